"""A report as a comment on a pull request: what could not be evaluated, then every decision."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.escaping import as_code, as_text
from mlpolicy.render.markdown import LONGEST, markdown
from mlpolicy.render.reports.problems import of_diagnostic

#: Of the room, what the messages about files may take.
_OF_FAULTS = LONGEST // 3
_BETWEEN = "\n---\n\n"


def comment(pairs: Sequence[tuple[Decision, Program]], diagnostics: Sequence[Diagnostic]) -> str:
    """The comment, of at most `LONGEST` characters; one sentence where there is nothing to tell.
    What there is no room for is left out by parts, the longest last, and the comment says so."""
    faults = _faults(diagnostics) if diagnostics else ""
    if not pairs:
        return faults or "No manifest was judged.\n"
    room = LONGEST - (len(faults) + len(_BETWEEN) if faults else 0)
    told = markdown(pairs, audience="team", longest=room)
    return f"{faults}{_BETWEEN}{told}" if faults else told


def _faults(diagnostics: Sequence[Diagnostic]) -> str:
    """What could not be evaluated: as many of the messages as there is room for."""
    lines = ["### Not evaluated", ""]
    room = _OF_FAULTS
    for shown, each in enumerate(map(of_diagnostic, diagnostics)):
        place = str(each.place) if each.place else each.file
        where = f"{as_code(place)} " if place else ""
        said = [f"- {where}{as_text(each.message)} ({as_code(each.id)})"]
        if each.fix:
            said.append(f"  - {as_text(each.fix)}")
        room -= sum(len(line) + 1 for line in said)
        if room < 0:
            lines.append(f"- and {len(diagnostics) - shown} more, which `mlpolicy check` tells")
            break
        lines += said
    return "\n".join([*lines, ""])
