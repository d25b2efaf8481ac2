"""A report on code quality for GitLab: a list of issues, each with a fingerprint.

GitLab shows an issue at one line of one file. What is about no line stands at the first; what is
about no file (an option, a policy elsewhere) is named in the description, at a file of that name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import assert_never

from mlpolicy.render.json import Json, value_json
from mlpolicy.render.reports.github import by_manifest, told
from mlpolicy.render.reports.problems import Grade, Kind, Problem, in_repository


def gitlab(problems: Sequence[Problem]) -> str:
    """The list as a document; an empty one where nothing is said. What is waived is left out, as
    GitLab knows no such thing; checks that wait are one issue a manifest."""
    issues = [_issue(each) for each in problems if each.kind not in (Kind.WAIVED, Kind.WAITING)]
    for waiting in by_manifest(problems):
        first = waiting[0]
        marks = "".join(sorted(each.fingerprint for each in waiting))
        issues.append(
            _written(
                first,
                name="incomplete",
                text=f"{first.project}: {told(waiting)}",
                mark=hashlib.sha256(marks.encode()).hexdigest(),
                line=1,
            )
        )
    return value_json(issues)


def _issue(each: Problem) -> Json:
    text = f"{each.workload}: {each.message}" if each.workload else each.message
    if each.fix:
        text += f"  fix: {each.fix}"
    line = each.place.line if each.place is not None else 1
    return _written(each, name=each.id, text=text, mark=each.fingerprint, line=line)


def _written(each: Problem, *, name: str, text: str, mark: str, line: int) -> Json:
    return {
        "type": "issue",
        "check_name": name,
        "description": text,
        "content": {"body": f"mlpolicy rule {each.id} says more."},
        "categories": ["Style" if each.grade is Grade.NOTE else "Bug Risk"],
        "severity": _severity(each),
        "fingerprint": mark,
        "location": {
            "path": in_repository(each.file) or "mlpolicy",
            "lines": {"begin": line, "end": line},
        },
    }


def _severity(each: Problem) -> str:
    match each.grade:
        case Grade.ERROR:
            return "blocker" if each.kind is Kind.FIRED else "critical"
        case Grade.WARNING:
            return "major"
        case Grade.NOTE:
            return "info"
        case _:
            assert_never(each.grade)
