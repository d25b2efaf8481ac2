"""Texts, ranges, sets and dates as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from mlpolicy.check.typecheck.context import (
    ANY,
    BROKEN,
    Expressions,
    Here,
    NoType,
    Wanted,
    origin_of,
)
from mlpolicy.check.typecheck.fit import expect, in_words, literal_type, member_of, same_dims, typed
from mlpolicy.check.typecheck.names import is_bare
from mlpolicy.core import calendar
from mlpolicy.core import program as core
from mlpolicy.core.types import TEXT, EnumType, ListOf, Quantity, SetOf, TextType
from mlpolicy.syntax import tree


def typed_text(env: Expressions, node: tree.Text, want: Wanted, here: Here) -> core.Expr | None:
    """A text, or a member of an enum that is written as one."""
    if any(not isinstance(part, str) for part in node.parts):
        help = "write the text without `{…}`: only reasons, messages and questions have holes"
        env.error("MLP0315", "a value has no holes", node.span, here, help)
        return None
    text = "".join(part for part in node.parts if isinstance(part, str))
    if isinstance(want, EnumType):
        return member_of(env, text, want, node.span, here)
    return core.Const(text, type=TEXT, origin=origin_of(node, here.source))


def typed_range(env: Expressions, node: tree.Between, want: Wanted, here: Here) -> core.Expr | None:
    """`low .. high`, two quantities of one unit."""
    low = typed(env, node.low, want, here)
    high = None if node.high is None else typed(env, node.high, want, here)
    if low is None or (node.high is not None and high is None):
        return None
    for side, written in ((low, node.low), (high, node.high)):
        if side is not None and written is not None:
            if not isinstance(side.type, Quantity):
                message = f"a range goes between numbers, and this is {in_words(side.type)}"
                env.error("MLP0301", message, written.span, here, "write two quantities")
                return None
    if high is not None and not same_dims(env, "put in one range", low, high, node.span, here):
        return None
    if isinstance(low, core.Const) and isinstance(high, core.Const):
        assert isinstance(low.value, Fraction)
        assert isinstance(high.value, Fraction)
        if low.value > high.value:
            help = "write the smaller end first"
            env.error("MLP0313", "this range is empty", node.span, here, help)
            return None
    return core.BetweenExpr(
        low=low,
        high=high,
        label=env.label(here),
        type=low.type,
        origin=origin_of(node, here.source),
    )


def typed_set(
    env: Expressions, node: tree.SetLiteral, want: Wanted, here: Here
) -> core.Expr | None:
    """`{a, b}`, whose members are all of one type."""
    unknown = any(isinstance(item, tree.UnknownLiteral) for item in node.items)
    written = [item for item in node.items if not isinstance(item, tree.UnknownLiteral)]
    wanted: Wanted = ANY
    if isinstance(want, SetOf | ListOf):
        wanted = want.element
    elif isinstance(want, NoType):
        wanted = want
    found = _members(env, written, wanted, "set", node, here)
    if found is None:
        return None
    element, items = found
    label = env.label(here) if unknown else ""
    origin = origin_of(node, here.source)
    return core.SetExpr(items=items, open=unknown, label=label, type=SetOf(element), origin=origin)


def typed_list(
    env: Expressions, node: tree.ListLiteral, want: Wanted, here: Here
) -> core.Expr | None:
    """`[a, b, b]`, whose members are all of one type."""
    wanted: Wanted = ANY
    if isinstance(want, SetOf | ListOf):
        wanted = want.element
    elif isinstance(want, NoType):
        wanted = want
    found = _members(env, node.items, wanted, "list", node, here)
    if found is None:
        return None
    element, items = found
    return core.ListExpr(items=items, type=ListOf(element), origin=origin_of(node, here.source))


def _members(
    env: Expressions,
    written: Sequence[tree.Expr],
    element: Wanted,
    what: str,
    node: tree.Expr,
    here: Here,
) -> tuple[EnumType | TextType, tuple[core.Expr, ...]] | None:
    """The members of a set or a list, in their order, and of what type they are. Where nothing else
    says that, one that has a type of its own does."""
    items: dict[int, core.Expr | None] = {}
    places = list(range(len(written)))
    if isinstance(element, NoType):
        places.sort(key=lambda i: is_bare(env, written[i], here))
    for i in places:
        if isinstance(element, NoType):
            found = items[i] = typed(env, written[i], element, here)
            if found is None:
                element = BROKEN
            elif isinstance(found.type, EnumType | TextType):
                element = found.type
            else:
                message = f"there is no {what} of `{found.type}`"
                help = "list members of an enum, or texts"
                env.error("MLP0301", message, written[i].span, here, help)
                return None
        else:
            items[i] = expect(env, written[i], element, here)
    if isinstance(element, NoType):
        if not items:
            literal_type(env, element, f"this {what}", node.span, here)
        return None
    good = tuple(item for _, item in sorted(items.items()) if item is not None)
    if len(good) != len(items):
        return None
    assert isinstance(element, EnumType | TextType)
    return element, good


def point(node: tree.TimeLiteral) -> int:
    """A time of day or a moment in the steps of its grain. One that does not exist has been
    reported by the parser."""
    try:
        return calendar.read(node.text, node.grain)
    except calendar.NoPointError:
        return 0


def ordinal(node: tree.DateLiteral) -> int:
    """A date as a proleptic Gregorian ordinal. A day that does not exist has been reported by the
    parser."""
    try:
        return date.fromisoformat(node.text).toordinal()
    except ValueError:
        return date.min.toordinal()
