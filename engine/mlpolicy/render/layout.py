"""What `fmt` did with each file, as text and JSON, and what it would change, as a patch."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mlpolicy.characters import one_line
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import finish

#: What the JSON document of `fmt` says it is.
SCHEMA = "mlpolicy/fmt/v1"


class State(StrEnum):
    """What became of a file. `WOULD_CHANGE` where nothing was to be written, `RELEASED` where it is
    of a released version, which keeps the layout that it had."""

    CHANGED = "changed"
    WOULD_CHANGE = "would change"
    UNCHANGED = "unchanged"
    RELEASED = "released"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file and what became of it."""

    file: str
    state: State


_SAID = {State.CHANGED: "formatted", State.WOULD_CHANGE: "would format"}


def states_text(states: Sequence[FileState]) -> str:
    """A line for each file that is not in its layout, and the numbers."""
    lines = [f"{_SAID[s.state]} {one_line(s.file)}" for s in states if s.state in _SAID]
    counts = {state: sum(s.state is state for s in states) for state in State}
    told = [
        f"{number} {'file' if number == 1 else 'files'} {said}"
        for number, said in (
            (counts[State.CHANGED], "formatted"),
            (counts[State.WOULD_CHANGE], "to format"),
            (counts[State.UNCHANGED], "in layout already"),
            (counts[State.RELEASED], "left as released"),
            (counts[State.REFUSED], "left with faults"),
        )
        if number
    ]
    return finish("\n".join([*lines, ", ".join(told)]) + "\n" if told else "", color=False)


def states_json(states: Sequence[FileState], diagnostics: Sequence[Diagnostic]) -> str:
    """The same as JSON, with what is wrong."""
    files: list[Json] = [{"file": s.file, "state": s.state.value} for s in states]
    said: list[Json] = [diagnostic_value(diagnostic) for diagnostic in diagnostics]
    return value_json({"schema": SCHEMA, "files": files, "diagnostics": said})


def patch(file: str, before: str, after: str) -> str:
    """What would change in a file, as a unified diff."""
    name = one_line(file)
    found = difflib.unified_diff(
        before.replace("\r\n", "\n").splitlines(keepends=True),
        after.replace("\r\n", "\n").splitlines(keepends=True),
        name,
        f"{name} (formatted)",
    )
    lines = [line if line.endswith("\n") else f"{line}\n" for line in found]
    return finish("".join(lines), color=False)
