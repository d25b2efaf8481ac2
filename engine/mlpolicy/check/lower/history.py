"""Values that change with the day: lines that count from one day on, or until another.

Of lines that ask the same, the one counts that began last, so that a value gets a history by one
line more. (docs/language.md, Derived values)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mlpolicy.check.lower.draft import Draft, days_of
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.terms import Strategy
from mlpolicy.core.types import DATE, FLAG, Type
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree

#: Days from the first one on and before the second, as ordinals.
Days = tuple[int, int]

_FIRST, _LAST = 0, 10**9
EVERY_DAY: Days = (_FIRST, _LAST)


@node
class Dated:
    """A line: what it asks besides the day, its own days where it names some, and its place."""

    asked: object
    force: tree.InForce | None
    span: Span


@node
class Value:
    """The value of a line that asks nothing but the day."""

    value: core.Expr
    force: tree.InForce | None
    refs: tuple[str, ...]
    span: Span


def counting(draft: Draft, lines: Sequence[Dated], what: str, source: Source) -> list[list[Days]]:
    """On which days each line counts: on its own, apart from those on which another that asks the
    same has begun since. Two that begin on one day are reported."""
    own = [_own(draft, line.force, what, source) for line in lines]
    found: list[list[Days]] = []
    for i, line in enumerate(lines):
        left = [own[i]]
        for k, other in enumerate(lines):
            if k == i or other.force is None or other.asked != line.asked:
                continue
            if line.force is not None and own[k][0] == own[i][0]:
                if k < i:
                    _begin_alike(draft, other.span, line.span, source)
            elif line.force is None or own[k][0] > own[i][0]:
                left = [part for each in left for part in _without(each, own[k])]
        found.append(left)
    return found


def _own(draft: Draft, force: tree.InForce | None, what: str, source: Source) -> Days:
    if force is None:
        return EVERY_DAY
    since, until = days_of(draft, force, what, source)
    return (_FIRST if since is None else since, _LAST if until is None else until)


def _without(days: Days, taken: Days) -> list[Days]:
    parts = ((days[0], min(days[1], taken[0])), (max(days[0], taken[1]), days[1]))
    return [part for part in parts if part[0] < part[1]]


def _begin_alike(draft: Draft, first: Span, second: Span, source: Source) -> None:
    message = "this line and another ask the same and begin on the same day"
    label = Label(Origin(source, first), "the other line")
    help = "keep one of them, or correct a day"
    draft.report.error("MLP0410", message, source, second, help, (label,))


def on_days(
    days: Sequence[Days], guards: Sequence[core.Expr], line: Origin, whole: Origin | None = None
) -> core.Expr:
    """What has to hold for a line: its own conditions, on the days on which it counts. `line` is
    where these days stand, `whole` how all of it is quoted; without it, by its days."""
    parts: list[core.Expr] = []
    line = line._replace(form=_written(days))
    whole = whole or line
    if EVERY_DAY not in days:
        spans = [_within(each, line) for each in days]
        if len(spans) == 1:
            parts = spans[0]
        elif spans:
            parts = [_joined("or", [_all(span, line) for span in spans], line)]
        else:
            parts = [core.Const(False, type=FLAG, origin=line)]
    parts = [*parts, *guards]
    return _all(parts, whole) if parts else core.Const(True, type=FLAG, origin=whole)


def _written(days: Sequence[Days]) -> str:
    """The days of a line as they are quoted, however they were typed: `from … until …`."""
    spans = []
    for since, until in days:
        begin = f"from {date.fromordinal(since)}" if since != _FIRST else ""
        end = f"until {date.fromordinal(until)}" if until != _LAST else ""
        spans.append(f"{begin} {end}".strip())
    return " or ".join(spans)


def _within(days: Days, origin: Origin) -> list[core.Expr]:
    as_of = core.AsOf(type=DATE, origin=origin)
    edges = ((">=", days[0], _FIRST), ("<", days[1], _LAST))
    return [
        _joined(operator, [as_of, core.Const(day, type=DATE, origin=origin)], origin)
        for operator, day, open_end in edges
        if day != open_end
    ]


def _all(parts: Sequence[core.Expr], origin: Origin) -> core.Expr:
    return parts[0] if len(parts) == 1 else _joined("and", parts, origin)


def _joined(operator: str, operands: Sequence[core.Expr], origin: Origin) -> core.Expr:
    return core.Apply(operator=operator, operands=tuple(operands), type=FLAG, origin=origin)


def by_day(
    draft: Draft, lines: Sequence[Value], kind: Type, label: str, source: Source
) -> core.Expr | None:
    """The value of lines that ask nothing but the day: of the one that counts on it, and of the one
    without days where no other does. None where there is no line."""
    always = [line for line in lines if line.force is None]
    dated = [line for line in lines if line.force is not None]
    if not lines:
        return None
    if not always:
        message = "on other days nothing is left: one `otherwise` has no days"
        help = "take `from` and `until` away from the first one"
        draft.report.error("MLP0410", message, source, lines[0].span, help)
        return lines[0].value
    for line in always[1:]:
        _begin_alike(draft, always[0].span, line.span, source)
    if not dated:
        return always[0].value
    spans = [Dated(None, line.force, line.span) for line in dated]
    cases: list[core.Case] = []
    for line, days in zip(dated, counting(draft, spans, "this line", source), strict=True):
        origin = Origin(source, line.span)
        cases.append(core.Case(on_days(days, (), origin), line.value, line.refs, origin))
    return core.Choose(
        strategy=Strategy.FIRST,
        cases=tuple(cases),
        otherwise=always[0].value,
        label=label,
        type=kind,
        origin=Origin(source, Span(lines[0].span.start, lines[-1].span.end)),
    )


def from_day_to_day(
    draft: Draft, name: str, lines: Sequence[tuple[tree.DatedLine, core.Expr]], source: Source
) -> list[Value]:
    """The lines of a definition that has a value from each day on. The first one has to hold when
    the policy begins, and counts until the second does."""
    in_order = sorted(lines, key=lambda each: ordinal(each[0].date))
    first = in_order[0][0].date
    policy = draft.names.policy
    if policy is not None and ordinal(first) > ordinal(policy.node.effective):
        day = policy.node.effective.text
        message = f"`{name}` has no value before {first.text}, and the policy decides from {day} on"
        help = f"add a line for the days from {day} on"
        draft.report.error("MLP0410", message, source, first.span, help)
    found: list[Value] = []
    for line, value in in_order:
        refs = draft.references.check(line.refs, source)
        force = tree.InForce(line.date, None, span=line.date.span) if found else None
        found.append(Value(value, force, refs, line.span))
    return found
