"""Calls: of a value that has a key, of the functions in the table of operators, of `charge`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from mlpolicy.check.declare import Value
from mlpolicy.check.names import FUNCTIONS, unknown_name
from mlpolicy.check.typecheck.context import (
    ANY,
    Expressions,
    Here,
    Wanted,
    how_many,
    origin_of,
)
from mlpolicy.check.typecheck.fit import misfit, same_dims, typed_number
from mlpolicy.check.typecheck.names import typed_value
from mlpolicy.check.typecheck.rows import table_named, typed_keys
from mlpolicy.core import program as core
from mlpolicy.core.numbers import MOST_POWER
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Operator, Steps
from mlpolicy.core.types import Quantity
from mlpolicy.source import Origin
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


def typed_call(env: Expressions, node: tree.Call, want: Wanted, here: Here) -> core.Expr | None:
    """A call: of a value that has a key, of a function in the table of operators, or of `charge`.
    (docs/language.md, Reading order of operators)"""
    name, origin = node.function.text, origin_of(node, here.source)
    signature = env.signatures.values.get(name)
    if signature is not None:
        return _call_value(env, signature, node, origin, here)
    inner = replace(here, compared=False)
    if name == "charge":
        return _charge(env, node, inner)
    row = OPERATORS.get(name)
    if row is not None and row.is_function:
        return _function(env, row, node, want, inner)
    known = {*(n for n, v in env.signatures.values.items() if v.keyed), *FUNCTIONS}
    span = node.function.span
    if name in env.signatures.tables:
        keys = ", ".join(map(written, node.arguments)) or "KEY"
        message = f"`{name}` is a catalogue and no function"
        env.error("MLP0202", message, span, here, f"look a row up: `{name}[{keys}]`")
        return None
    if name in env.units.known() and len(node.arguments) == 1:
        message = f"`{name}` is a unit and no function"
        help = f"write `{written(node.arguments[0])} as {name}` to convert"
        env.error("MLP0202", message, span, here, help)
        return None
    unknown_name(env.report, "function", name, known, here.source, span)
    return None


def _call_value(
    env: Expressions, signature: Value, node: tree.Call, origin: Origin, here: Here
) -> core.Expr | None:
    name = node.function.text
    if not signature.keyed:
        message = f"`{name}` has one value and takes no key"
        env.error("MLP0308", message, node.span, here, f"write `{name}`")
        return None
    if not _arity(env, node, 1, 1, here, f"{name}(KEY)"):
        return None
    return typed_value(env, name, node.arguments[0], origin, here)


def _arity(
    env: Expressions, node: tree.Call, least: int, most: int | None, here: Here, written: str
) -> bool:
    count = len(node.arguments)
    if count >= least and (most is None or count <= most):
        return True
    many = f"{least} or more values" if most is None else how_many(least, "value")
    message = f"`{node.function.text}` takes {many}, and here are {count}"
    env.error("MLP0307", message, node.span, here, f"write `{written}`")
    return False


def _function(
    env: Expressions, row: Operator, node: tree.Call, want: Wanted, here: Here
) -> core.Expr | None:
    """A function of the table of operators: numbers, and a step where it is given."""
    given = 0 if row.steps in (None, Steps.UNIT) else 1
    most = None if row.most is None else row.most + given
    if not _arity(env, node, row.least + given, most, here, row.written):
        return None
    wanted = want if row.steps is None and row.shapes[0].alike else ANY
    if row.steps is Steps.EXPONENT:
        return _power(env, row, node, here)
    found = [typed_number(env, argument, wanted, here) for argument in node.arguments]
    operands = [operand for operand in found if operand is not None]
    if len(operands) != len(found):
        return None
    constants: tuple[Fraction, ...] = ()
    match row.steps:
        case Steps.UNIT:
            if not _is_counted(env, row, node, operands[0], here):
                return None
            constants = (Fraction(1),)
        case Steps.GIVEN:
            step = _step(env, row, node, operands[0], operands.pop(), here)
            if step is None:
                return None
            constants = (step,)
        case Steps.EXPONENT | None:
            pass
        case _:
            assert_never(row.steps)
    for other in operands[1:]:
        if not same_dims(env, row.verb, operands[0], other, node.span, here):
            return None
    types = [operand.type for operand in operands]
    shape = row.shape(types)
    kind = shape.result(*types) if shape is not None else None
    assert kind is not None, row.name
    origin = origin_of(node, here.source)
    return core.Apply(
        operator=row.name, operands=tuple(operands), constants=constants, type=kind, origin=origin
    )


def _power(env: Expressions, row: Operator, node: tree.Call, here: Here) -> core.Expr | None:
    """A number multiplied with itself so often as a whole number that is written says."""
    base = typed_number(env, node.arguments[0], ANY, here)
    exponent = node.arguments[1]
    if (
        not isinstance(exponent, tree.Number)
        or exponent.unit
        or exponent.value not in range(1, MOST_POWER + 1)
    ):
        message = f"the exponent of `{row.name}` is a whole number from 1 to {MOST_POWER}"
        help = f"write it as a number, as in `{row.written}`"
        env.error("MLP0313", message, exponent.span, here, help)
        return None
    if base is None:
        return None
    assert isinstance(base.type, Quantity)
    unit = base.type.unit
    for _ in range(1, int(exponent.value)):
        unit = unit.times(base.type.unit)
    return core.Apply(
        operator=row.name,
        operands=(base,),
        constants=(exponent.value,),
        type=Quantity(unit),
        origin=origin_of(node, here.source),
    )


def _is_counted(
    env: Expressions, row: Operator, node: tree.Call, operand: core.Expr, here: Here
) -> bool:
    assert isinstance(operand.type, Quantity)
    continuous = [d for d, _ in operand.type.unit.dims if d not in env.units.countable]
    if continuous:
        message = f"there is no whole number of `{operand.type}`"
        help = f"divide by the step first, as in `{row.name}(x / 1 hour)`"
        env.error("MLP0310", message, node.span, here, help)
    return not continuous


def _step(
    env: Expressions,
    row: Operator,
    node: tree.Call,
    operand: core.Expr,
    step: core.Expr,
    here: Here,
) -> Fraction | None:
    if not isinstance(step, core.Const) or not isinstance(step.value, Fraction) or step.value <= 0:
        message = "a step of rounding is a number above zero"
        env.error("MLP0313", message, node.arguments[-1].span, here, "write it as in `0.01 hour`")
        return None
    same = same_dims(env, row.verb, operand, step, node.span, here, "to steps of")
    return step.value if same else None


def _charge(env: Expressions, node: tree.Call, here: Here) -> core.Expr | None:
    if not _arity(env, node, 2, 2, here, "charge(quantity, CATALOGUE[KEY])"):
        return None
    quantity = typed_number(env, node.arguments[0], ANY, here)
    prices = node.arguments[1]
    if not isinstance(prices, tree.Lookup):
        message = "`charge` takes the rows of a price catalogue"
        help = "write `charge(quantity, CATALOGUE[KEY])`"
        env.error("MLP0313", message, prices.span, here, help)
        return None
    table = table_named(env, prices.catalog, here)
    if table is None:
        return None
    for column in ("up_to", "each"):
        if column not in table.columns:
            message = f"`{prices.catalog.text}` has no column `{column}`"
            help = "a price catalogue has the columns `up_to` and `each`"
            env.error("MLP0213", message, prices.span, here, help)
            return None
    names = tuple(key for key in table.keys if key != "up_to")
    keys = typed_keys(env, table, names, prices, here)
    up_to, each = table.columns["up_to"], table.columns["each"]
    if quantity is None or keys is None or up_to is None or each is None:
        return None
    if not isinstance(up_to, Quantity) or not isinstance(each, Quantity):
        message = "`up_to` and `each` of a price catalogue are quantities"
        help = "give the columns units, as `request/month` and `EUR/request`"
        env.error("MLP0301", message, prices.span, here, help)
        return None
    assert isinstance(quantity.type, Quantity)
    if quantity.type.unit.dims != up_to.unit.dims:
        misfit(env, node.arguments[0].span, quantity.type, up_to, here)
        return None
    return core.ChargeExpr(
        quantity=quantity,
        table=prices.catalog.text,
        keys=keys,
        type=Quantity(quantity.type.unit.times(each.unit)),
        origin=origin_of(node, here.source),
    )
