"""Thresholds, params, definitions, costs, scores, and the exceptions to them."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.check import declare
from mlpolicy.check.lower.draft import Draft, here_in, once
from mlpolicy.check.lower.history import (
    Dated,
    Value,
    by_day,
    counting,
    from_day_to_day,
    on_days,
)
from mlpolicy.check.names import unknown_name
from mlpolicy.check.typecheck.context import ANY, Here
from mlpolicy.check.typecheck.fit import expect, template, typed_number
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.terms import BarKind, DeclaredAs, DefineKind, Per, Strategy
from mlpolicy.core.types import FLAG, Quantity, Type
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree


def lower_bar(
    draft: Draft,
    name: str,
    node: tree.ThresholdDecl,
    source: Source,
    exceptions: tuple[core.ExceptionRule, ...],
) -> None:
    """Adds a threshold or a param: what holds from which day on. (docs/language.md, Thresholds,
    params, exceptions)"""
    kind = draft.signatures.values[name].type
    if not node.lines:
        draft.report.mark_invalid()
    seen: dict[int, tree.DatedLine] = {}
    lines: list[core.Dated] = []
    for line in sorted(node.lines, key=lambda line: line.date.text):
        since = ordinal(line.date)
        refs = draft.references.need(line.refs, f"a line of a {node.keyword}", source, line.span)
        here = here_in(source, f"{name}[{line.date.text}]")
        value = expect(draft.expressions, line.value, kind, here)
        _once_a_day(draft, name, line, seen, source)
        if value is not None:
            lines.append(core.Dated(since, value, refs, Origin(source, line.span)))
    if kind is None or len(lines) != len(node.lines):
        return
    origin = Origin(source, node.span)
    draft.parts.bars[name] = core.Bar(
        kind=BarKind(node.keyword),
        name=name,
        type=kind,
        lines=tuple(lines),
        exceptions=exceptions,
        origin=origin,
    )


def _once_a_day(
    draft: Draft, name: str, line: tree.DatedLine, seen: dict[int, tree.DatedLine], source: Source
) -> None:
    """Notes the day of a line; a second line of that day is reported."""
    since = ordinal(line.date)
    if since in seen:
        label = Label(Origin(source, seen[since].date.span), "the first one")
        message = f"`{name}` has two values from {line.date.text} on"
        help = "keep one, or correct a date"
        draft.report.error("MLP0410", message, source, line.date.span, help, (label,))
    seen.setdefault(since, line)


def lower_define(
    draft: Draft,
    name: str,
    node: tree.DefineDecl,
    source: Source,
    exceptions: tuple[core.ExceptionRule, ...],
) -> None:
    """Adds a definition or a cost: its value, or the first case that holds.
    (docs/language.md, Derived values)"""
    value = draft.signatures.values[name]
    here = here_in(source, name, value)
    refs = draft.references.check(node.refs, source)
    if node.keyword == "cost" and not node.refs:
        cited = [line.refs for line in node.cases] + [line.refs for line in node.lines]
        if not cited or not all(cited):
            draft.references.need((), "a `cost`", source, node.name.span)
    over: core.Expr | None = None
    if node.over is not None:
        over = _duration(draft, node.over, here.at("over"))
    if node.value is not None:
        body = expect(draft.expressions, node.value, value.type, here)
    elif node.lines:
        body = _lines(draft, node, value.type, here, source)
    else:
        body = _cases(draft, node.cases, value.type, here, source, node.span)
    if body is None:
        cases = [node.value] if node.value is not None else [each.value for each in node.cases]
        spans = [each.span for each in (*cases, *(line.value for line in node.lines))]
        draft.report.mistyped(name, Origin(source, node.span), spans)
    if node.keyword == "cost" and isinstance(value.type, Quantity):
        money = draft.expressions.units.currency
        if not money:
            message = "a `cost` is an amount of money, and the policy names no currency"
            help = "add `currency EUR`, with the code of yours, or write `define` for `cost`"
            draft.report.error("MLP0302", message, source, node.type.span, help)
        elif dict(value.type.unit.dims) != {money: 1}:
            message = f"a `cost` is in `{money}`, and this is in `{value.type}`"
            help = f"declare it in `{money}`, or write `define` for `cost`"
            draft.report.error("MLP0302", message, source, node.type.span, help)
    if body is None or value.type is None or (node.over is not None and over is None):
        return
    draft.parts.defines[name] = core.Define(
        kind=DefineKind(node.keyword),
        name=name,
        type=value.type,
        parameter=value.parameter,
        key=value.key,
        of=value.of,
        over=over,
        body=body,
        refs=refs,
        exceptions=exceptions,
        per=Per.SHARED,
        origin=Origin(source, node.span),
    )


def _lines(
    draft: Draft, node: tree.DefineDecl, kind: Type | None, here: Here, source: Source
) -> core.Expr | None:
    """`2026-01-01 = …` lines: what holds from which day on."""
    name = node.name.text
    label = draft.expressions.label(here)
    seen: dict[int, tree.DatedLine] = {}
    found: list[tuple[tree.DatedLine, core.Expr]] = []
    for line in node.lines:
        _once_a_day(draft, name, line, seen, source)
        value = expect(draft.expressions, line.value, kind, here.at(line.date.text))
        if value is not None:
            found.append((line, value))
    if len(found) != len(node.lines) or len(seen) != len(found) or kind is None:
        return None
    return by_day(draft, from_day_to_day(draft, name, found, source), kind, label, source)


def _duration(draft: Draft, node: tree.Expr, here: Here) -> core.Expr | None:
    found = typed_number(draft.expressions, node, ANY, here)
    if found is None:
        return None
    assert isinstance(found.type, Quantity)
    if found.type.unit.dims not in ((("month", 1),), (("s", 1),)):
        message = f"a cost is over a time, and this is in `{found.type}`"
        help = "write it as `over 12 month`"
        draft.report.error("MLP0302", message, here.source, node.span, help)
        return None
    return found


def _cases(
    draft: Draft,
    lines: Sequence[tree.CaseLine],
    kind: Type | None,
    here: Here,
    source: Source,
    span: Span,
) -> core.Expr | None:
    """`when … : …` lines, lowered to the first case that holds."""
    made: list[core.Case] = []
    left: list[Value] = []
    good = True
    label = draft.expressions.label(here)
    asking = [line for line in lines if line.condition is not None]
    dated = [Dated(line.condition, line.force, line.span) for line in asking]
    days = iter(counting(draft, dated, "this line", source))
    for number, line in enumerate(lines, 1):
        origin = Origin(source, line.span)
        if left and line.condition is not None:
            draft.report.mark_invalid()
            continue
        refs = draft.references.check(line.refs, source)
        if line.condition is None:
            at = here.at("otherwise" if not left else f"otherwise{len(left) + 1}")
            value = expect(draft.expressions, line.value, kind, at)
            good = good and value is not None
            if value is not None:
                left.append(Value(value, line.force, refs, line.span))
            continue
        guard = expect(draft.expressions, line.condition, FLAG, here.at(f"{number}/when"))
        value = expect(draft.expressions, line.value, kind, here.at(str(number)))
        if guard is None or value is None:
            good = False
        else:
            guard = on_days(next(days), (guard,), origin, guard.origin)
            made.append(core.Case(guard, value, refs, origin))
    if not good or kind is None:
        return None
    return core.Choose(
        strategy=Strategy.FIRST,
        cases=tuple(made),
        otherwise=by_day(draft, left, kind, f"{label}/otherwise", source),
        label=label,
        type=kind,
        origin=Origin(source, span),
    )


def lower_score(draft: Draft, name: str, node: tree.ScoreDecl, source: Source) -> None:
    """Adds a score: its questions, and how many of them must be answered with yes.
    (docs/language.md, Scores)"""
    refs = draft.references.check(node.refs, source)
    if not node.refs and not all(question.refs for question in node.questions):
        draft.references.need((), "a `score`", source, node.name.span)
    if not 1 <= node.target <= len(node.questions):
        count = len(node.questions)
        message = f"{node.target} of {count} questions is never or always reached"
        help = f"write a number from 1 to {count}"
        draft.report.error("MLP0419", message, source, node.name.span, help)
    seen: dict[str, tree.Name] = {}
    questions: list[core.Question] = []
    for question in node.questions:
        once(draft, question.name, seen, source)
        here = here_in(source, f"{name}/{question.name.text}")
        text = template(draft.expressions, question.text, here.at("text"))
        condition = expect(draft.expressions, question.condition, FLAG, here)
        cited = draft.references.check(question.refs, source)
        if text is not None and condition is not None:
            origin = Origin(source, question.span)
            questions.append(
                core.Question(
                    name=question.name.text,
                    text=text,
                    condition=condition,
                    refs=cited,
                    origin=origin,
                )
            )
    if len(questions) == len(node.questions):
        draft.parts.scores[name] = core.Score(
            name=name,
            target=node.target,
            questions=tuple(questions),
            refs=refs,
            per=Per.SHARED,
            origin=Origin(source, node.span),
        )


def lower_exceptions(draft: Draft) -> dict[str, list[core.ExceptionRule]]:
    """All exceptions by their target, in the order of their names. (docs/language.md, Thresholds,
    params, exceptions)"""
    made: dict[str, list[core.ExceptionRule]] = {}
    for name, declared in sorted(draft.names.exceptions.items()):
        node, source = declared.node, declared.source
        refs = draft.references.need(node.refs, "an `exception`", source, node.name.span)
        target = node.target.text
        value = draft.signatures.values.get(target)
        if value is None or value.kind is DeclaredAs.INPUT or _is_score(draft, target):
            _wrong_target(draft, node, value, source)
            continue
        here = here_in(source, f"exception {name}", value)
        guard = expect(draft.expressions, node.condition, FLAG, here.at("when"))
        stated = expect(draft.expressions, node.value, value.type, here)
        if guard is not None and stated is not None:
            days = counting(draft, [Dated(None, node.force, node.span)], "this exception", source)
            origin = Origin(source, node.span)
            guard = on_days(days[0], (guard,), origin, guard.origin)
            rule = core.ExceptionRule(
                name=name, guard=guard, value=stated, refs=refs, origin=Origin(source, node.span)
            )
            made.setdefault(target, []).append(rule)
    return made


def _is_score(draft: Draft, name: str) -> bool:
    declared = draft.names.values.get(name)
    return declared is not None and isinstance(declared.node, tree.ScoreDecl)


def _wrong_target(
    draft: Draft, node: tree.ExceptionDecl, value: declare.Value | None, source: Source
) -> None:
    target = node.target.text
    if value is not None or target in draft.names.exceptions or target in draft.names.values:
        message = f"there is no exception to `{target}`"
        help = "make it to a threshold, a param or a definition"
        draft.report.error("MLP0417", message, source, node.target.span, help)
        return
    known = [
        name
        for name, v in draft.signatures.values.items()
        if v.kind is not DeclaredAs.INPUT and not _is_score(draft, name)
    ]
    what = "threshold, param or definition"
    unknown_name(draft.report, what, target, known, source, node.target.span, "MLP0417")
