"""Checks one expression: a syntax tree goes in, a typed core expression comes out.

Types flow in both directions. An expression is checked with what is wanted of it: a type, or
ANY where nothing is known, or BROKEN where an error above has been reported already. A bare
word takes its meaning from that: in `task is sentiment` the left side is a value, and its type
makes the right side a member. Of two operands the one that stands by itself goes first.

A result of None means that the fault has been reported; the caller reports nothing more.

The match over all expressions is here; what its rows do is in `literals`, `names`, `rows`,
`functions`, `operators` and `aggregates`, which use the parts in `fit` and `context`.
"""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.declare import Signatures
from mlpolicy.check.inputs import Schema
from mlpolicy.check.report import Report
from mlpolicy.check.typecheck.aggregates import typed_aggregate
from mlpolicy.check.typecheck.context import Expressions, Here, Wanted, is_reference, origin_of
from mlpolicy.check.typecheck.fit import expect, in_words, literal_type
from mlpolicy.check.typecheck.functions import typed_call
from mlpolicy.check.typecheck.literals import (
    ordinal,
    point,
    typed_list,
    typed_range,
    typed_set,
    typed_text,
)
from mlpolicy.check.typecheck.names import typed_name, typed_path
from mlpolicy.check.typecheck.operators import (
    typed_conversion,
    typed_is_unknown,
    typed_negation,
    typed_operator,
)
from mlpolicy.check.typecheck.rows import (
    shortlist_named,
    typed_best,
    typed_column,
    typed_first,
    typed_lookup,
)
from mlpolicy.check.units import Units
from mlpolicy.core import program as core
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.types import DATE, FLAG, POINTS, Quantity, SetOf
from mlpolicy.syntax import tree


def expressions(
    signatures: Signatures,
    units: Units,
    schema: Schema | None,
    scopes: Scopes | None,
    report: Report,
) -> Expressions:
    """What checks the expressions of one policy."""
    return Expressions(
        signatures=signatures,
        units=units,
        schema=schema,
        scopes=scopes,
        report=report,
        check=_expression,
    )


def _expression(env: Expressions, node: tree.Expr, want: Wanted, here: Here) -> core.Expr | None:  # noqa: C901 - one match over all kinds
    origin = origin_of(node, here.source)
    if here.compared and not is_reference(node):
        here = replace(here, compared=False)
    match node:
        case tree.Number():
            unit = env.units.of(node.unit, here.source, node.span)
            if unit is None:
                return None
            return core.Const(node.value * unit.scale, type=Quantity(unit), origin=origin)
        case tree.DateLiteral():
            return core.Const(ordinal(node), type=DATE, origin=origin)
        case tree.TimeLiteral(grain=grain):
            return core.Const(point(node), type=POINTS[grain.value], origin=origin)
        case tree.YesNo():
            return core.Const(node.value, type=FLAG, origin=origin)
        case tree.Text():
            return typed_text(env, node, want, here)
        case tree.UnknownLiteral():
            known = literal_type(env, want, "`unknown`", node.span, here)
            if known is None:
                return None
            return core.UnknownConst(env.label(here), type=known, origin=origin)
        case tree.AnyLiteral():
            known = literal_type(env, want, "`any`", node.span, here)
            if known is None:
                return None
            if not isinstance(known, SetOf):
                help = "name the value, or give the column the type of a set"
                message = f"`any` is a set, and {in_words(known)} is wanted here"
                env.error("MLP0301", message, node.span, here, help)
                return None
            return core.EveryMember(type=known, origin=origin)
        case tree.Dash():
            help = "write it only alone in a cell of a table"
            env.error("MLP0301", "`-` is no value", node.span, here, help)
            return None
        case tree.Between():
            return typed_range(env, node, want, here)
        case tree.SetLiteral():
            return typed_set(env, node, want, here)
        case tree.ListLiteral():
            return typed_list(env, node, want, here)
        case tree.PathLiteral():
            return typed_path(env, node, here)
        case tree.Var():
            return typed_name(env, node, want, here)
        case tree.Column():
            return typed_column(env, node, here)
        case tree.Lookup():
            return typed_lookup(env, node, here)
        case tree.Call():
            return typed_call(env, node, want, here)
        case tree.Not():
            inner = replace(here, unknown="not" if here.unknown else "")
            operand = expect(env, node.operand, FLAG, inner)
            return operand and core.Apply(
                operator="not", operands=(operand,), type=FLAG, origin=origin
            )
        case tree.Negate():
            return typed_negation(env, node, here)
        case tree.Binary():
            return typed_operator(env, node, want, here)
        case tree.IsUnknown():
            return typed_is_unknown(env, node, here)
        case tree.As():
            return typed_conversion(env, node, here)
        case tree.AnyOf():
            if shortlist_named(env, node.shortlist, here) is None:
                return None
            return core.AnyRemains(node.shortlist.text, type=FLAG, origin=origin)
        case tree.FirstOf():
            return typed_first(env, node, here)
        case tree.BestOf():
            return typed_best(env, node, here)
        case tree.Aggregate():
            return typed_aggregate(env, node, here)
