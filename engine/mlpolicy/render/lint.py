"""What `lint` finds in policies, as text and JSON, and what it does about it."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.characters import one_line
from mlpolicy.diagnostics import Diagnostic, Label, Severity
from mlpolicy.lint import Finding, Fix
from mlpolicy.render.diagnostics import diagnostics_text
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import finish

#: What the JSON document of `lint` says it is.
SCHEMA = "mlpolicy/lint/v1"


def _diagnostic(finding: Finding) -> Diagnostic:
    """A finding as a message; its code is the name of its rule."""
    labels = (Label(finding.other, "the other one"),) if finding.other is not None else ()
    return Diagnostic(
        code=finding.rule,
        message=finding.message,
        origin=finding.origin,
        help=finding.help,
        labels=labels,
        severity=Severity(finding.level),
    )


def findings_text(findings: Sequence[Finding], policies: int, *, color: bool) -> str:
    """All findings, and how many there are."""
    told = diagnostics_text([_diagnostic(each) for each in findings], color=color)
    counts = [
        f"{number} {level}{'s' if number != 1 else ''}"
        for level in ("error", "warning", "note")
        if (number := sum(each.level == level for each in findings))
    ]
    what = "1 policy" if policies == 1 else f"{policies} policies"
    last = f"{what}: {', '.join(counts) or 'nothing found'}\n"
    return f"{told}\n{last}" if told else last


def findings_json(
    findings: Sequence[Finding], fixed: Sequence[Fix], diagnostics: Sequence[Diagnostic]
) -> str:
    """The same as JSON, with what was fixed, and what is wrong where a policy cannot be linted."""
    found: list[Json] = [
        {
            "rule": each.rule,
            "level": each.level,
            "message": each.message,
            "help": each.help,
            "file": each.place.file,
            "line": each.place.line,
            "column": each.place.column,
            "fix": None if each.fix is None else {"does": each.fix.does, "safe": each.fix.safe},
        }
        for each in findings
    ]
    made: list[Json] = [{"does": fix.does, **_at(fix)} for fix in fixed]
    said: list[Json] = [diagnostic_value(each) for each in diagnostics]
    return value_json({"schema": SCHEMA, "findings": found, "fixed": made, "diagnostics": said})


def _at(fix: Fix) -> dict[str, Json]:
    return {"file": fix.origin.place.file, "line": fix.origin.place.line}


def fixes_text(made: Sequence[Fix]) -> str:
    """What is about to be done, a line each."""
    lines = [f"{one_line(fix.does)}  {fix.origin.place}\n" for fix in made]
    return finish("".join(lines), color=False)
