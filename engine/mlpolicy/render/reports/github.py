"""A report as commands of a GitHub workflow: an annotation a problem, at its line.

A runner reads a line that begins with `::` as a command: parts of it that come from a manifest are
escaped as the runner unescapes them, so that no text ends the command or begins another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import assert_never

from mlpolicy.render.places import SETTLED
from mlpolicy.render.reports.problems import Grade, Kind, Problem, in_repository

_MOST = 6


def github(problems: Sequence[Problem]) -> str:
    """A line a problem, the gravest first; nothing where nothing is said. What is waived is no
    annotation; checks that wait are told once a manifest."""
    lines = [_command(each) for each in problems if each.kind not in (Kind.WAIVED, Kind.WAITING)]
    lines += [_waiting(each) for each in by_manifest(problems)]
    return "".join(f"{line}\n" for line in lines)


def by_manifest(problems: Sequence[Problem]) -> list[list[Problem]]:
    """The checks that wait, those of one manifest together."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for each in problems:
        if each.kind is Kind.WAITING:
            groups.setdefault((each.file, each.project), []).append(each)
    return list(groups.values())


def told(waiting: Sequence[Problem]) -> str:
    """Those of one manifest in a sentence, the facts first that most of them wait for."""
    counts = Counter(fact for each in waiting for fact in each.facts)
    facts = [fact for fact, _ in counts.most_common(_MOST)]
    more = f" and {len(counts) - _MOST} more" if len(counts) > _MOST else ""
    many = f"{len(waiting)} checks wait" if len(waiting) > 1 else "1 check waits"
    return f"{many} for {', '.join(facts) or SETTLED}{more}"


def _command(each: Problem) -> str:
    text = f"{each.workload}: {each.message}" if each.workload else each.message
    if each.fix:
        text += f"  fix: {each.fix}"
    return _line(each, each.id, f"{text}  (mlpolicy rule {each.id})")


def _waiting(waiting: Sequence[Problem]) -> str:
    first = waiting[0]
    return _line(first, "incomplete", f"{first.project}: {told(waiting)}", placed=False)


def _line(each: Problem, title: str, text: str, *, placed: bool = True) -> str:
    match each.grade:
        case Grade.ERROR:
            command = "error"
        case Grade.WARNING:
            command = "warning"
        case Grade.NOTE:
            command = "notice"
        case _:
            assert_never(each.grade)
    where: list[tuple[str, str]] = []
    file = in_repository(each.file)
    if file:
        where.append(("file", file))
        if placed and each.place is not None:
            where += [("line", str(each.place.line)), ("col", str(each.place.column))]
    where.append(("title", f"mlpolicy: {title}"))
    properties = ",".join(f"{name}={_property(value)}" for name, value in where)
    return f"::{command} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
