"""What a look at a log came to, for those who tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpolicy.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of a line: `same`, `differs` (what is decided today), `faulty` (record or
    inputs are not as they were), `open` (cannot be replayed here). `record` is None where the
    line is none; notes are no faults."""

    line: int
    record: Mapping[str, Any] | None
    result: str
    faults: tuple[Diagnostic, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at a log found, without deciding anything. `after` counts the records after
    the expected one; None where none was expected."""

    log: str
    records: int
    head: str
    masked: int
    faults: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    after: int | None
