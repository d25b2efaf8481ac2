"""Sums, counts and conditions over the things that are decided, what comes before one, or a set."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.typecheck.context import ANY, Expressions, Here, Variable, origin_of
from mlpolicy.check.typecheck.fit import expect, in_words, typed, typed_number
from mlpolicy.check.typecheck.names import is_value
from mlpolicy.core import program as core
from mlpolicy.core.terms import Fold, Over
from mlpolicy.core.types import FLAG, NUMBER, Quantity, SetOf, Type
from mlpolicy.syntax import tree, visit


def typed_aggregate(env: Expressions, node: tree.Aggregate, here: Here) -> core.Expr | None:
    """`sum`, `count`, `any` or `all` over the things that are decided, over those upstream, or over
    a set.    (docs/language.md, Derived values)"""
    over, origin = node.over.text, origin_of(node, here.source)
    inner = here
    domain: core.Expr | None = None
    variable = ""
    if node.domain is not None:
        domain = typed(env, node.domain, ANY, here)
        if domain is None:
            return None
        if not isinstance(domain.type, SetOf):
            message = f"`over {over} in` wants a set, and this is {in_words(domain.type)}"
            env.error("MLP0301", message, node.domain.span, here, "name a set")
            return None
        if is_value(env, over, here):
            message = f"the variable `{over}` would hide the value `{over}`"
            help = "choose another name for the variable"
            env.error("MLP0208", message, node.over.span, here, help)
            return None
        variable = _variable(node, here)
        known = Variable(variable, domain.type.element)
        inner = replace(here, variables={**here.variables, over: known})
    elif over != "upstream" and env.scopes is not None and over != env.scopes.items:
        message = f"`over {over}` is nothing to go through"
        if over in env.report.lost:
            env.report.mark_invalid()
            return None
        own = f"`over {env.scopes.items}`, `over upstream` or " if env.scopes.items else ""
        help = f"write {own}`over {over} in SET`"
        env.error("MLP0313", message, node.over.span, here, help)
        return None
    where = None if node.where is None else expect(env, node.where, FLAG, inner)
    group: core.Expr | None = None
    if node.once_per is not None:
        named = tree.Var(node.once_per.text, span=node.once_per.span)
        group = typed(env, named, ANY, inner)
    fold = Fold(node.kind)
    if fold is Fold.SUM:
        body = typed_number(env, node.body, ANY, inner)
    else:
        body = expect(env, node.body, FLAG, inner)
    if body is None or (node.where and where is None) or (node.once_per and group is None):
        return None
    kind: Type = body.type
    if fold is Fold.COUNT:
        kind = Quantity(NUMBER)
    return core.AggregateExpr(
        kind=fold,
        body=body,
        where=where,
        once_per=group,
        over=_over(node),
        variable=variable,
        domain=domain,
        type=kind,
        origin=origin,
    )


def _over(node: tree.Aggregate) -> Over:
    if node.domain is not None:
        return Over.SET
    return Over.UPSTREAM if node.over.text == "upstream" else Over.ITEMS


def _variable(node: tree.Aggregate, here: Here) -> str:
    """What the variable of an aggregate is called in the program, whatever it is called in the
    policy: by how many variables there are at most within. So two policies that differ in such a
    name alone are one, and no variable hides another that is used within."""
    depth = _depth(node)
    name = "i" if depth == 1 else f"i{depth}"
    return f"{name}'" if name == here.parameter else name


def _depth(node: visit.Node) -> int:
    below = max(map(_depth, visit.children(node)), default=0)
    own = isinstance(node, tree.Aggregate) and node.domain is not None
    return below + own
