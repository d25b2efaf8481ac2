"""Diagnostics as text: message, place, the line with the fault underlined, what to do.

error[MLP0203]: unknown field `workload.qualty.required_pct`
  --> inputs.mlp:12:33
12 | input required : % from workload.qualty.required_pct
   |                         ^^^^^^^^^^^^^^^
   = help: did you mean `workload.quality.required_pct`?
"""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.characters import one_line
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.render.style import bold, columns, cyan, finish, red, wrap, yellow
from mlpolicy.source import Origin

_WIDEST = 100
_PAINT = {Severity.ERROR: red, Severity.WARNING: yellow, Severity.NOTE: cyan}


#: Wide enough for any sentence: where nobody looks at a screen, a message stays on its line.
_ONE_LINE = 1_000_000


def diagnostics_text(
    diagnostics: Sequence[Diagnostic], *, color: bool = False, width: int = _ONE_LINE
) -> str:
    """All of them, an empty line between two."""
    blocks = ["\n".join(_lines(diagnostic, width)) for diagnostic in diagnostics]
    return finish("\n\n".join(blocks) + "\n" if blocks else "", color=color)


def diagnostic_line(diagnostic: Diagnostic) -> str:
    """One diagnostic on one line, for lists: `file:line:column: error[CODE]: message`."""
    place = str(diagnostic.place) if diagnostic.place else diagnostic.file
    where = f"{place}: " if place else ""
    line = f"{where}{diagnostic.severity.value}[{diagnostic.code}]: {diagnostic.message}"
    return finish(" ".join(line.split()), color=False)


def _lines(diagnostic: Diagnostic, width: int) -> list[str]:
    paint = _PAINT[diagnostic.severity]
    head = paint(f"{diagnostic.severity.value}[{diagnostic.code}]")
    lines = wrap(bold(" ".join(diagnostic.message.split())), width, f"{head}: ", "  ")
    margin = 1
    if diagnostic.origin is not None:
        places = [diagnostic.origin, *(label.origin for label in diagnostic.labels)]
        margin = max(len(str(origin.place.line)) for origin in places)
        lines += _snippet(diagnostic.origin, "^", "", margin, "-->")
        for label in diagnostic.labels:
            lines += _snippet(label.origin, "-", label.message, margin, "-->")
    elif diagnostic.file and f"`{diagnostic.file}`" not in diagnostic.message:
        lines.append(f"{' ' * margin} {cyan('-->')} {one_line(diagnostic.file)}")
    if diagnostic.help:
        help = " ".join(diagnostic.help.split())
        lines += wrap(help, width, f"{' ' * margin} {cyan('=')} help: ")
    return lines


def _snippet(origin: Origin, mark: str, message: str, margin: int, arrow: str) -> list[str]:
    """The place, its line, and the part of it that is meant."""
    place = origin.place
    text = origin.source.line(place.line)
    start = min(place.column - 1, len(text))
    length = origin.span.end - origin.span.start
    end = max(start + 1, min(start + length, len(text)))
    text, start, end = _window(text, start, end)
    before = columns(text[:start].replace("\t", "    "))
    under = max(1, columns(text[start:end].replace("\t", "    ")))
    paint = red if mark == "^" else cyan
    line = f"{cyan(f'{place.line:>{margin}} |')} {text.replace(chr(9), '    ')}"
    marks = paint(mark * under)
    note = f" {message}" if message else ""
    return [
        f"{' ' * margin} {cyan(arrow)} {place}",
        line.rstrip(),
        f"{' ' * margin} {cyan('|')} {' ' * before}{marks}{note}",
    ]


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """A part of a very long line, around what is meant."""
    if len(text) <= _WIDEST * 2:
        return text, start, end
    left = max(0, start - 30)
    right = min(len(text), left + _WIDEST)
    shown = f"{'…' if left else ''}{text[left:right]}{'…' if right < len(text) else ''}"
    shift = left - (1 if left else 0)
    return shown, start - shift, min(end, right) - shift
