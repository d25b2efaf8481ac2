"""Rules, obligations, and the values that are reported."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.lower.draft import Draft, days_in, days_of, here_in
from mlpolicy.check.lower.each import LevelsOfRows, column_of_level, is_of_rows, rule_of_each_row
from mlpolicy.check.typecheck.context import ANY, Here
from mlpolicy.check.typecheck.fit import expect, template, typed, typed_number
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.terms import Level, Per
from mlpolicy.core.types import FLAG, Quantity, RowType
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree


def lower_report(draft: Draft, node: tree.ReportDecl, source: Source) -> None:
    """Adds the values that every view prints. (docs/language.md, Obligations and rules)"""
    for name in node.names:
        here = here_in(source, f"report {name.text}")
        if name.text in draft.parts.reports:
            message, help = f"`{name.text}` is reported twice", "keep one of them"
            draft.report.error("MLP0201", message, source, name.span, help)
            continue
        value = typed(draft.expressions, tree.Var(name.text, span=name.span), ANY, here)
        if value is not None and isinstance(value.type, RowType):
            message = f"`{name.text}` is a row, and a report prints values"
            help = "report a column of it: `define NAME : TYPE = " + name.text + ".COLUMN`"
            draft.report.error("MLP0301", message, source, name.span, help)
        elif value is not None:
            origin = Origin(source, name.span)
            draft.parts.reports[name.text] = core.Report(
                name=name.text,
                value=value,
                per=Per.EACH,
                extension=draft.names.extension_of(source),
                origin=origin,
            )


def lower_rule(draft: Draft, name: str, node: tree.RuleDecl, source: Source) -> None:
    """Adds a rule: to what it applies, when it fires, what it says, how to correct it, what it
    means that it cannot be judged, what bounds a waiver.
    (docs/language.md, Obligations and rules)"""
    refs = draft.references.check(node.refs, source)
    if node.each is None:
        refs = draft.references.need(node.refs, "a `rule`", source, node.name.span)
    here = replace(here_in(source, f"rule {name}"), choice=True, unknown="unknown")
    if node.each is not None:
        if not is_of_rows(draft, node, source):
            return  # what is said of its rows means nothing
        here = replace(here, rows=frozenset({node.each.text}))
    plain = replace(here, unknown="")
    level, level_in = _level(draft, node.level, node, plain, source)
    unknown_in = ""
    guard = None
    if node.guard is not None:
        guard = expect(draft.expressions, node.guard, FLAG, here.at("for"))
    when = expect(draft.expressions, node.when, FLAG, here.at("when"))
    if_unknown = None
    if node.if_unknown is not None:
        beside, unknown_in = _level(draft, node.if_unknown.level, node, plain, source)
        if_unknown = _if_unknown(draft, node.if_unknown, beside, here, plain, source)
    say = template(draft.expressions, node.say, plain.at("say"))
    fix = None if node.fix is None else template(draft.expressions, node.fix, plain.at("fix"))
    bounds: core.Expr | None = None
    if node.bounds is not None:
        bounds = typed_number(draft.expressions, node.bounds, ANY, plain.at("bounds"))
        if bounds is not None and isinstance(bounds.type, Quantity):
            money = draft.expressions.units.currency
            if not money or dict(bounds.type.unit.dims).get(money) != 1:
                message = f"a waiver bounds money, and this is in `{bounds.type}`"
                help = (
                    f"name a value in `{money}`" if money else "name the `currency` of the policy"
                )
                draft.report.error("MLP0302", message, source, node.bounds.span, help)
    if (
        level is None
        or when is None
        or say is None
        or (node.guard is not None and guard is None)
        or (node.if_unknown is not None and if_unknown is None)
        or (node.fix is not None and fix is None)
        or (node.bounds is not None and bounds is None)
    ):
        return
    if node.force is not None:
        days = days_in(draft, node.force, "this rule", source)
        parts = (*days, guard) if guard is not None else days
        guard = parts[0]
        if len(parts) > 1:
            guard = core.Apply(operator="and", operands=parts, type=FLAG, origin=parts[-1].origin)
    made = core.Rule(
        name=name,
        was=tuple(old.name.text for old in node.was if old.row is None),
        level=level,
        later=_later(node.later),
        waivable=node.waivable,
        guard=guard,
        when=when,
        if_unknown=if_unknown,
        say=say,
        fix=fix,
        bounds=bounds,
        refs=refs,
        per=Per.SHARED,
        extension=draft.names.extension_of(source),
        origin=Origin(source, node.span),
    )
    if node.each is None:
        draft.parts.rules[name] = made
        if (lone := next((old.row for old in node.was if old.row), None)) is not None:
            message = "a rule of its own has no rows"
            help = f"take `for {lone.text}` out, or write `for each row of CATALOGUE`"
            draft.report.error("MLP0204", message, source, lone.span, help)
        return
    levels = LevelsOfRows(level_in, unknown_in)
    of_rows = list(rule_of_each_row(draft, made, node, levels, source))
    draft.parts.rules |= {each.name: each for each in of_rows}
    if not all(each.refs for each in of_rows):
        draft.references.need((), "a `rule`, or each row of its catalogue,", source, node.name.span)


def _level(
    draft: Draft, level: str | tree.Expr, node: tree.RuleDecl, here: Here, source: Source
) -> tuple[Level | None, str]:
    """The level that a rule has by a word; or any, and the column of each row that says it. None
    where there is no such column, which is reported."""
    if isinstance(level, str):
        return Level(level), ""
    column = column_of_level(draft, level, node.each, here.at("level"), source)
    return (Level.ADVISE, column) if column else (None, "")


def _later(levels: tuple[tree.LaterLevel, ...]) -> tuple[tuple[int, Level], ...]:
    return tuple((ordinal(each.since), Level(each.level)) for each in levels)


def _if_unknown(
    draft: Draft,
    node: tree.IfUnknown,
    level: Level | None,
    here: Here,
    plain: Here,
    source: Source,
) -> core.IfUnknown | None:
    made = draft.expressions
    beside = replace(here, unknown="both")
    when = None if node.when is None else expect(made, node.when, FLAG, beside.at("if unknown"))
    say = None if node.say is None else template(made, node.say, plain.at("if unknown say"))
    fix = None if node.fix is None else template(made, node.fix, plain.at("if unknown fix"))
    parts = ((node.when, when), (node.say, say), (node.fix, fix))
    if level is None or any(written is not None and checked is None for written, checked in parts):
        return None
    return core.IfUnknown(
        level=level, when=when, say=say, fix=fix, origin=Origin(source, node.span)
    )


def lower_obligation(draft: Draft, name: str, node: tree.ObligationDecl, source: Source) -> None:
    """Adds an obligation: when it is owed, when it is met and when it is overdue.
    (docs/language.md, Obligations and rules)"""
    refs = draft.references.check(node.refs, source)
    here = here_in(source, f"obligation {name}")
    text = template(draft.expressions, node.text, here.at("text"))
    conditions: dict[str, core.Expr | None] = {}
    good = text is not None
    for part, written, unknown in (
        ("when", node.when, "unknown"),
        ("met", node.met_when, "known"),
        ("due", node.due_when, "unknown"),
    ):
        conditions[part] = None
        if written is not None:
            place = replace(here.at(part), unknown=unknown)
            conditions[part] = expect(draft.expressions, written, FLAG, place)
            good = good and conditions[part] is not None
    if not good or text is None:
        return
    since, until = None, None
    if node.force is not None:
        since, until = days_of(draft, node.force, "this obligation", source)
    draft.parts.obligations[name] = core.Obligation(
        name=name,
        level=Level(node.level),
        later=_later(node.later),
        since=since,
        until=until,
        waivable=node.waivable,
        text=text,
        when=conditions["when"],
        met_when=conditions["met"],
        due_when=conditions["due"],
        refs=refs,
        extension=draft.names.extension_of(source),
        origin=Origin(source, node.span),
    )
