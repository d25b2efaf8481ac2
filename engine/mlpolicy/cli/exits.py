"""What the exit codes mean, and which one wins where several apply."""

from __future__ import annotations

from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """One meaning each. For commands other than `check`, 1 is: the thing has faults."""

    PASS = 0
    FINDINGS = 1
    BLOCKED = 2
    NOT_EVALUATED = 3
    INCOMPLETE = 4
    BUG = 70
    INTERRUPTED = 130


_FIRST = (
    ExitCode.BUG,
    ExitCode.NOT_EVALUATED,
    ExitCode.BLOCKED,
    ExitCode.INCOMPLETE,
    ExitCode.FINDINGS,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The first of 70, 3, 2, 4, 1 that is among them, else 0."""
    present = set(codes)
    return next((code for code in _FIRST if code in present), ExitCode.PASS)
