"""What is wrong with a file, as a value: code, place, message, help.

A diagnostic is built where the fault is found and turned into text only by `render`.
`CODES` is the one catalogue of codes; `docs/diagnostics.md` is the same table for people,
and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlpolicy.source import Origin, Place, Source, Span


class Severity(StrEnum):
    """How bad it is. Only `ERROR` stops a file from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """The other half of a story: a second place and what it has to do with the first."""

    origin: Origin
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault, one message.

    `message` is lower case, has no final stop and puts the user's text in backticks;
    `help` is an instruction, or empty where we know no way out. `origin` is None only where
    there is no text to point at (a missing file, a bad option); then `file` names the thing.
    """

    code: str
    message: str
    origin: Origin | None = None
    help: str = ""
    labels: tuple[Label, ...] = ()
    severity: Severity = Severity.ERROR
    file: str = ""

    @property
    def place(self) -> Place | None:
        return self.origin.place if self.origin else None


def at(
    code: str,
    message: str,
    source: Source,
    span: Span,
    *,
    help: str = "",
    labels: tuple[Label, ...] = (),
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A diagnostic at a span of a source."""
    assert code in CODES, code
    return Diagnostic(code, message, Origin(source, span), help, labels, severity, source.name)


def about(
    code: str, message: str, file: str = "", *, help: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """A diagnostic about a thing without text: a missing file, an option."""
    assert code in CODES, code
    return Diagnostic(code, message, None, help, (), severity, file)


def in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and place, then code; exact repeats once."""

    def key(d: Diagnostic) -> tuple[str, int, int, str, str]:
        place = d.place
        file = place.file if place else d.file
        line, column = (place.line, place.column) if place else (0, 0)
        return (file, line, column, d.code, d.message)

    seen = {(*key(d), d.help): d for d in diagnostics}
    return tuple(seen[k] for k in sorted(seen))


#: code -> (title, what it means and how to mend it). Ranges: 01 syntax, 02 names and inputs,
#: 03 types and units, 04 structure, 05 sources, 06 manifest text, 07 manifest content,
#: 08 evaluation, 09 finding and loading.
CODES: dict[str, tuple[str, str]] = {
    # -- 01 syntax -------------------------------------------------------------------------
    # -- 02 names and inputs ---------------------------------------------------------------
    # -- 03 types and units ----------------------------------------------------------------
    # -- 04 structure ----------------------------------------------------------------------
    # -- 05 sources ------------------------------------------------------------------------
    # -- 06 manifest text ------------------------------------------------------------------
    # -- 07 manifest content ---------------------------------------------------------------
    # -- 08 evaluation ---------------------------------------------------------------------
    # -- 09 finding and loading ------------------------------------------------------------
}
