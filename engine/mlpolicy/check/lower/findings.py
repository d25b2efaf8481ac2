"""Rules and obligations."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.lower.draft import Draft, here_in
from mlpolicy.check.typecheck.context import ANY
from mlpolicy.check.typecheck.fit import expect, template, typed_number
from mlpolicy.core import program as core
from mlpolicy.core.terms import Level, Scope
from mlpolicy.core.types import FLAG, Quantity
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree


def lower_rule(draft: Draft, name: str, node: tree.RuleDecl, source: Source) -> None:
    """Adds a rule: when it fires, what it says, how to correct it, what bounds a waiver.
    (docs/language.md, Obligations and rules)"""
    refs = draft.references.need(node.refs, "a `rule`", source, node.name.span)
    here = replace(here_in(source, f"rule {name}"), choice=True, unknown="unknown")
    plain = replace(here, unknown="")
    when = expect(draft.expressions, node.when, FLAG, here.at("when"))
    say = template(draft.expressions, node.say, plain.at("say"))
    fix = None if node.fix is None else template(draft.expressions, node.fix, plain.at("fix"))
    bounds: core.Expr | None = None
    if node.bounds is not None:
        bounds = typed_number(draft.expressions, node.bounds, ANY, plain.at("bounds"))
        if bounds is not None and isinstance(bounds.type, Quantity):
            if dict(bounds.type.unit.dims).get("USD") != 1:
                message = f"a waiver bounds money, and this is in `{bounds.type}`"
                help = "name a value in USD"
                draft.report.error("MLP0302", message, source, node.bounds.span, help)
    if (
        when is None
        or say is None
        or (node.fix is not None and fix is None)
        or (node.bounds is not None and bounds is None)
    ):
        return
    draft.parts.rules[name] = core.Rule(
        name=name,
        level=Level(node.level),
        waivable=node.waivable,
        when=when,
        say=say,
        fix=fix,
        bounds=bounds,
        refs=refs,
        per=Scope.PROJECT,
        origin=Origin(source, node.span),
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
    draft.parts.obligations[name] = core.Obligation(
        name=name,
        level=Level(node.level),
        waivable=node.waivable,
        text=text,
        when=conditions["when"],
        met_when=conditions["met"],
        due_when=conditions["due"],
        refs=refs,
        origin=Origin(source, node.span),
    )
