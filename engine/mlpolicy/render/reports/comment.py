"""A report as a comment on a pull request: what could not be evaluated, then every decision."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.escaping import as_code, as_text
from mlpolicy.render.markdown import markdown
from mlpolicy.render.reports.problems import of_diagnostic

#: GitHub takes comments of so many characters.
LONGEST = 65_536
_MOST_FAULTS = 50


def comment(pairs: Sequence[tuple[Decision, Program]], diagnostics: Sequence[Diagnostic]) -> str:
    """The comment; one sentence where there is nothing to tell. It is no longer than `LONGEST`."""
    parts = []
    if diagnostics:
        lines = ["### Not evaluated", ""]
        for each in map(of_diagnostic, diagnostics[:_MOST_FAULTS]):
            place = str(each.place) if each.place else each.file
            where = f"{as_code(place)} " if place else ""
            lines.append(f"- {where}{as_text(each.message)} ({as_code(each.id)})")
            if each.fix:
                lines.append(f"  - {as_text(each.fix)}")
        if len(diagnostics) > _MOST_FAULTS:
            lines.append(f"- and {len(diagnostics) - _MOST_FAULTS} more")
        parts.append("\n".join([*lines, ""]))
    if pairs:
        parts.append(markdown(pairs, audience="team"))
    if not parts:
        return "No manifest was judged.\n"
    return _cut("\n---\n\n".join(parts))


def _cut(text: str) -> str:
    """A comment with its last lines left out, where it is too long."""
    if len(text) <= LONGEST:
        return text
    more = "\nMore than fits here: `mlpolicy check` tells all of it.\n"
    kept = text[: LONGEST - len(more) - 200].rpartition("\n")[0]
    depth = kept.count("<details>") - kept.count("</details>")
    fence = "\n```" if kept.count("\n```") % 2 else ""
    return f"{kept}{fence}{'</details>' * max(0, depth)}\n{more}"
