"""Compares types: may this expression stand where that type is wanted? What does not fit is
reported in the author's words.
"""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.typecheck.context import (
    ANY,
    BROKEN,
    Expressions,
    Here,
    NoType,
    Wanted,
    is_reference,
)
from mlpolicy.check.units import plain
from mlpolicy.core import program as core
from mlpolicy.core.types import (
    DateType,
    EnumType,
    Grain,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree
from mlpolicy.syntax.written import written


def typed(env: Expressions, node: tree.Expr, want: Wanted, here: Here) -> core.Expr | None:
    """The expression with its type; None where something is wrong with it, which has been reported.
    `want` is what is wanted of it."""
    return env.check(env, node, want, here)


def expect(env: Expressions, node: tree.Expr, wanted: Type | None, here: Here) -> core.Expr | None:
    """The expression, which must be of the type `wanted`; None where it is not, which has been
    reported. `wanted` None is a type that could not be read."""
    found = typed(env, node, BROKEN if wanted is None else wanted, here)
    if found is None or wanted is None:
        return None
    if fits(env, found.type, wanted):
        return found if has_percent(env, node, found, wanted, here) else None
    if isinstance(node, tree.Var) and isinstance(wanted, TextType):
        message = f"{in_words(wanted)} is wanted here, and `{node.name}` is {in_words(found.type)}"
        help = f'write `"{node.name}"` if the word is meant'
        env.error("MLP0301", message, node.span, here, help)
        return None
    misfit(env, node.span, found.type, wanted, here)
    return None


def template(env: Expressions, text: tree.Text, here: Here) -> core.Template | None:
    """A text with its holes, each of which takes a value of any type; None where one has an
    error."""
    parts: list[str | core.Expr] = []
    good = True
    for part in text.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        hole = typed(env, part, ANY, replace(here, compared=is_reference(part)))
        if hole is None:
            good = False
        elif isinstance(hole.type, RowType):
            message = f"{in_words(hole.type)} cannot be printed"
            env.error("MLP0301", message, part.span, here, "name one of its columns")
            good = False
        else:
            parts.append(hole)
    return core.Template(tuple(parts)) if good else None


def typed_number(env: Expressions, node: tree.Expr, want: Wanted, here: Here) -> core.Expr | None:
    """An operand that must be a number with some unit; None where it is not, which has been
    reported."""
    found = typed(env, node, want, here)
    if found is None or isinstance(found.type, Quantity):
        return found
    message = f"a number is wanted here, and this is {in_words(found.type)}"
    env.error("MLP0301", message, node.span, here, "write a quantity")
    return None


def literal_type(env: Expressions, want: Wanted, what: str, span: Span, here: Here) -> Type | None:
    """The type that the surroundings give to a literal without one of its own."""
    if not isinstance(want, NoType):
        return want
    if not want.reported:
        help = "give the value a name and a type: `define NAME : TYPE = …`"
        env.error("MLP0314", f"nothing here says what {what} is", span, here, help)
    return None


def member_of(
    env: Expressions, name: str, enum: EnumType, span: Span, here: Here
) -> core.Expr | None:
    """A word as a member of an enum."""
    if name in enum.members:
        return core.Const(name, type=enum, origin=Origin(here.source, span))
    unknown_member(env, name, enum, span, here)
    return None


def unknown_member(env: Expressions, name: str, enum: EnumType, span: Span, here: Here) -> None:
    """Reports that an enum has no such member, and which one may be meant; not of one that a field
    of the manifest may say, or of a name that is declared twice: that is reported there."""
    if (enum.name, name) in env.report.unlisted or name in env.report.lost:
        env.report.mark_invalid()
        return
    close = nearest(name, enum.members)
    if close is not None:
        help = f"did you mean `{close}`?"
    else:
        help = f"members are: {listing(enum.members)}"
    message = f"`{name}` is no member of `{enum}`"
    env.error("MLP0207", message, span, here, help)


def fits(env: Expressions, found: Type, wanted: Type) -> bool:
    """May a value of type `found` stand where `wanted` is?"""
    match found, wanted:
        case Quantity(one), Quantity(other):
            return one.dims == other.dims
        case EnumType(), EnumType():
            return set(found.members) <= set(wanted.members)
        case EnumType(), TextType():
            return True
        case (SetOf(one), SetOf(other)) | (ListOf(one), ListOf(other)):
            return fits(env, one, other)
        case _:
            return found == wanted


def same_dims(
    env: Expressions,
    verb: str,
    left: core.Expr,
    right: core.Expr,
    span: Span,
    here: Here,
    joined: str = "and",
) -> bool:
    """Can two quantities be added or compared? Reports it where they cannot. (docs/language.md,
    Units)"""
    assert isinstance(left.type, Quantity)
    assert isinstance(right.type, Quantity)
    if left.type.unit.dims == right.type.unit.dims:
        return True
    help = _bridge(env, left.type.unit, right.type.unit)
    message = f"cannot {verb} `{left.type}` {joined} `{right.type}`"
    labels = tuple(
        Label(side.origin, f"this is `{side.type}`")
        for side in (left, right)
        if side.origin.span != span
    )
    env.report.error("MLP0302", message, here.source, span, help, labels)
    return False


def _bridge(env: Expressions, left: Unit, right: Unit) -> str:
    """How to bring two units together, as an instruction."""
    if env.units.way(left.dims, right.dims) is not None:
        target = left.text or "number"
        return f"convert one side, as in `… as {target}`"
    if not left.dims or not right.dims:
        return f"write the unit `{right.text or left.text}` after the number without one"
    return env.units.missing(left, right)


def has_percent(
    env: Expressions, node: tree.Expr, found: core.Expr, wanted: Type, here: Here
) -> bool:
    """Is the sign there where a percentage is wanted? Without it `85` would be 8500 %, and `1` the
    whole; it is reported. Zero is the same either way."""
    if (
        isinstance(node, tree.Number)
        and isinstance(found.type, Quantity)
        and isinstance(wanted, Quantity)
        and (found.type.unit.text, wanted.unit.text) == ("", "%")
        and node.value != 0
    ):
        message = f"a number in `%` is wanted here, and `{plain(node.value)}` has no unit"
        written = f"`{plain(node.value)} %`"
        if node.value <= 1:
            written = f"`{plain(node.value * 100)} %`, or {written} if so little is meant"
        help = f"write {written}"
        env.error("MLP0302", message, node.span, here, help)
        return False
    return True


def misfit(env: Expressions, span: Span, found: Type, wanted: Type, here: Here) -> None:
    """Reports that a value of one type stands where another is wanted."""
    match found, wanted:
        case Quantity(one), Quantity(other):
            message = f"`{wanted}` is wanted here, and this is `{found}`"
            help = _bridge(env, other, one)
            if env.units.way(one.dims, other.dims) is not None:
                help = f"convert it: `… as {wanted}`"
            elif len(one.dims) == len(other.dims) == 1 and env.units.currency in (
                one.text,
                other.text,
            ):
                help = f"write a value in `{wanted}`"
            env.error("MLP0302", message, span, here, help)
        case ((EnumType() | SetOf()), (EnumType() | SetOf())) if _both_closed(env, found, wanted):
            _enums_differ(env, span, found, wanted, here)
        case _:
            message = f"{in_words(wanted)} is wanted here, and this is {in_words(found)}"
            help = f"write a value of type `{wanted}`"
            if isinstance(wanted, EnumType):
                help = f"write one of: {listing(wanted.members)}"
            env.error("MLP0301", message, span, here, help)


def _both_closed(env: Expressions, one: Type, other: Type) -> bool:
    if isinstance(one, SetOf) and isinstance(other, SetOf):
        one, other = one.element, other.element
    return isinstance(one, EnumType) and isinstance(other, EnumType)


def _enums_differ(env: Expressions, span: Span, one: Type, other: Type, here: Here) -> None:
    mine = one.element if isinstance(one, SetOf) else one
    theirs = other.element if isinstance(other, SetOf) else other
    assert isinstance(mine, EnumType)
    assert isinstance(theirs, EnumType)
    only = [member for member in mine.members if member not in theirs.members]
    message = f"`{mine}` and `{theirs}` are different enums"
    help = f"declare both with one enum; only `{mine}` has: {listing(only)}"
    env.error("MLP0306", message, span, here, help)


def incomparable(env: Expressions, node: tree.Binary, one: Type, other: Type, here: Here) -> None:
    """Reports that two values cannot be compared."""
    bare_one = one.element if isinstance(one, SetOf) else one
    bare_other = other.element if isinstance(other, SetOf) else other
    if isinstance(bare_one, EnumType) and isinstance(bare_other, EnumType):
        _enums_differ(env, node.span, bare_one, bare_other, here)
        return
    message = f"cannot compare `{one}` and `{other}`"
    help = "compare values of one kind"
    for kind, side in ((one, node.right), (other, node.left)):
        if isinstance(kind, DateType) and (point := _as_point(kind, side)):
            help = point
    for kind, side in ((one, node.left), (other, node.right)):
        if isinstance(kind, RowType) and (table := env.signatures.tables.get(kind.table)):
            columns = [name for name in table.columns if name not in table.keys]
            if columns:
                help = f"name a column of the row: `{written(side)}.{columns[0]}`"
    if isinstance(one, DateType) and isinstance(other, DateType):
        help = "compare a day with a day, a time with a time, and a day and time with its like"
    env.error("MLP0302", message, node.span, here, help)


def _as_point(kind: DateType, node: tree.Expr) -> str:
    """How a point of time is written that stands there as a text or a number."""
    match node:
        case tree.Text(parts=(str() as text,)):
            return f"write it without quotes: `{text}`"
        case tree.Number() if kind.grain is Grain.TIME and not node.unit and 0 <= node.value < 24:
            return f"write a time of day: `{int(node.value):02}:00`"
        case tree.Number():
            return f"write a {kind}, as in `{_POINTS[kind.grain]}`"
        case _:
            return ""


_POINTS = {
    Grain.DAY: "2026-01-31",
    Grain.TIME: "09:30",
    Grain.MOMENT: "2026-01-31T09:30:00Z",
}


def in_words(kind: Type) -> str:
    """A value of a type, in words."""
    match kind:
        case Quantity():
            return f"a number in `{kind}`" if kind.unit.text not in ("", "number") else "a number"
        case EnumType():
            return f"a member of `{kind}`"
        case _:
            return f"a `{kind}`"
