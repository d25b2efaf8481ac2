"""Inputs: where each is read from, what the schema says of it, its range, what absence means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from mlpolicy.check.declare import Value
from mlpolicy.check.inputs import Field, Missing
from mlpolicy.check.lower.draft import Draft, here_in
from mlpolicy.check.typecheck.context import Here
from mlpolicy.check.typecheck.fit import expect, has_percent, in_words
from mlpolicy.check.typecheck.names import field_at, keyed_paths, typed_path
from mlpolicy.check.units import plain
from mlpolicy.core import program as core
from mlpolicy.core.numbers import EVERYTHING, POS, ZERO, Range, range_of, unknown
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Given
from mlpolicy.core.symbols import PROJECT_PLACE, FieldSymbol
from mlpolicy.core.terms import Per
from mlpolicy.core.types import (
    FLAG,
    POINTS,
    DateType,
    EnumType,
    Quantity,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.core.values import Num
from mlpolicy.core.visit import walk
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree, visit


def lower_input(draft: Draft, name: str, node: tree.InputDecl, source: Source) -> None:
    """Adds an input: where it is read from, within which range, and what absence means.
    (docs/language.md, Inputs)"""
    value = draft.signatures.values[name]
    here = here_in(source, name, value)
    made: list[core.InputSource] = []
    fields: list[Field | None] = []
    good = value.type is not None
    for number, written in enumerate(node.sources, 1):
        place = replace(here.at(f"from{number}"), paths=True)
        read = _input_source(draft, name, written, value, place)
        fields.append(read[1])
        if read[0] is None:
            good = False
        else:
            made.append(read[0])
    stated = _stated_range(draft, node.within, value, here)
    absent = _absent(draft, node.if_absent, value, here)
    if node.if_absent is not None and absent is None:
        good = False
    if not good or value.type is None or stated is None:
        return
    low, high, low_open = _range(draft, node, fields, stated, source)
    missing = _missing_keys(draft, node, value)
    draft.parts.inputs[name] = core.Input(
        name=name,
        type=value.type,
        per=Per.SHARED,
        sources=tuple(made),
        low=low,
        high=high,
        low_open=low_open,
        whole=bool(fields) and all(f is not None and f.whole for f in fields),
        absent=absent,
        ask=node.ask,
        key=value.key,
        missing_keys=missing,
        origin=Origin(source, node.span),
    )


def _input_source(
    draft: Draft, name: str, written: tree.Expr, value: Value, here: Here
) -> tuple[core.InputSource | None, Field | None]:
    """One written form of an input, and what the schema says of it where it is one field."""
    found: Field | None = None
    if isinstance(written, tree.PathLiteral):
        if value.type is not None and (offer := _new_field(draft, written, value.type)):
            message = f"the manifest schema has no field `{written}`"
            draft.report.error("MLP0203", message, here.source, written.span, offer)
            return None, None
        expr = typed_path(draft.expressions, written, here)
        if expr is None or value.type is None:
            return None, None
        found = field_at(draft.expressions, written, here)
        if found is None:
            return None, None
        if not _agree(draft, value.type, found.type, written, here):
            # What uses it may take it for what it is declared as, or for what it is.
            draft.signatures.values[name] = replace(value, type=None)
            return None, None
    elif (path := _without_scope(draft, name, written)) is not None:
        message = f"`{name}` reads itself: a field begins with its scope"
        draft.report.error("MLP0203", message, here.source, written.span, f"write `{path}`")
        return None, None
    else:
        expr = expect(draft.expressions, written, value.type, here)
        if expr is None:
            return None, None
        if isinstance(written, tree.As) and isinstance(written.operand, tree.PathLiteral):
            found = _converted(draft, written.operand, expr, here)
    paths = tuple(dict.fromkeys(n for n in walk(expr) if isinstance(n, core.PathRef)))
    return core.InputSource(expr, paths), found


def _new_field(draft: Draft, path: tree.PathLiteral, kind: Type) -> str:
    """How to add a field to the schema that an input reads; empty where the schema has it, or one
    that may be meant."""
    steps = path.steps
    if draft.schema is None or path.scope not in draft.schema.scopes.words:
        return ""
    if path.scope in draft.report.lost or any(step[:1] == "{" for step in steps):
        return ""
    found = draft.schema.field(path.scope, steps)
    if not isinstance(found, Missing) or found.depth < len(steps) - 1 or not found.known:
        return ""
    if nearest(steps[-1], found.known) or (stated := _in_schema(kind)) is None:
        return ""
    beside = "`, `".join(found.known[:2])
    field = {steps[-1]: {**stated, "anyOf": [stated.pop("anyOf"), {"const": "unknown"}]}}
    return f"add it to the schema, beside `{beside}`: `{json.dumps(field)[1:-1]}`"


def _in_schema(kind: Type) -> dict[str, object] | None:
    """What a schema says of a field of a type, `anyOf` in the end; None for what no field is."""
    match kind:
        case Quantity():
            unit = {} if kind.unit.text in ("", "number") else {"x-unit": kind.unit.text}
            return {**unit, "anyOf": {"type": "number", "minimum": 0}}
        case EnumType():
            return {"anyOf": {"enum": list(kind.members)}}
        case SetOf(EnumType() as element):
            return {"anyOf": {"type": "array", "items": {"enum": list(element.members)}}}
        case SetOf():
            return {"anyOf": {"type": "array", "items": {"type": "string"}}}
        case DateType():
            return {"anyOf": {"type": "string", "format": str(kind)}}
        case TextType():
            return {"anyOf": {"type": "string"}}
        case _ if kind == FLAG:
            return {"anyOf": {"type": "boolean"}}
        case _:
            return None


def _without_scope(draft: Draft, name: str, written: tree.Expr) -> str | None:
    """The field that is meant where an input is read from its own name."""
    if draft.schema is None or not isinstance(written, tree.Var) or written.name != name:
        return None
    for scope in reversed(draft.schema.scopes.words):
        if isinstance(draft.schema.field(scope, (name,)), Field):
            return f"{scope}.{name}"
    return None


def _converted(draft: Draft, path: tree.PathLiteral, expr: core.Expr, here: Here) -> Field | None:
    """The range of a field seen through a conversion."""
    found = field_at(draft.expressions, path, here)
    if found is None or not isinstance(expr, core.ConvertExpr):
        return None
    return replace(
        found,
        whole=False,
        low=None if found.low is None else found.low * expr.factor,
        high=None if found.high is None else found.high * expr.factor,
    )


def _agree(draft: Draft, declared: Type, stated: Type, path: tree.PathLiteral, here: Here) -> bool:
    """Does the schema say the same of the field as the policy does?"""
    match declared, stated:
        case Quantity(mine), Quantity(theirs):
            if mine.dims == theirs.dims:
                return True
            message = f"`{path}` is in `{stated}` by the manifest schema, "
            message += f"and `{declared}` is declared"
            units = draft.expressions.units
            if units.way(theirs.dims, mine.dims) is not None:
                help = f"write `from {path} as {declared}`"
            elif not theirs.dims:
                help = f'add `"x-unit": "{declared}"` to the field in the schema'
            else:
                help = f"declare it in `{stated}`, or correct its `x-unit` in the schema"
            draft.report.error("MLP0205", message, here.source, path.span, help)
            return False
        case EnumType(), EnumType():
            return _members_agree(draft, declared, stated, path, here)
        case SetOf(EnumType() as mine_of), SetOf(EnumType() as theirs_of):
            return _members_agree(draft, mine_of, theirs_of, path, here)
        case TextType(), EnumType():
            return True
        case SetOf(TextType()), SetOf():
            return True
        case _ if declared == stated:
            return True
    name = _plain_name(stated)
    message = f"`{path}` is a {name} by the manifest schema, and `{declared}` is declared"
    help = {
        "flag": "declare it as `flag`",
        "text": "declare it as `text`",
        **{point: f"declare it as `{point}`" for point in POINTS},
        "set of texts": "declare it as `set of text`",
    }.get(name, f"declare `enum NAME from {path}`")
    if isinstance(stated, Quantity):
        help = f"declare it as `{stated}`"
    if (word := _enum_of(draft, stated)) is not None:
        help = f"declare it as `{word}`"
    draft.report.error("MLP0205", message, here.source, path.span, help)
    return False


def _enum_of(draft: Draft, stated: Type) -> str | None:
    """The type of the policy with the words that the schema has for a field; None where it has
    none."""
    element = stated.element if isinstance(stated, SetOf) else stated
    if not isinstance(element, EnumType):
        return None
    for name, enum in sorted(draft.signatures.enums.items()):
        if enum is not None and set(enum.members) == set(element.members):
            return f"set of {name}" if isinstance(stated, SetOf) else name
    return None


def _members_agree(
    draft: Draft, mine: EnumType, theirs: EnumType, path: tree.PathLiteral, here: Here
) -> bool:
    """The policy must know every member that the schema allows, since a manifest may state it. The
    policy may have more of them (a catalogue uses them), and the outcome may have fewer, since not
    every policy knows every answer."""
    unknown = [m for m in theirs.members if m not in mine.members]
    declared = draft.names.types.get(mine.name)
    is_outcome = declared is not None and isinstance(declared.node, tree.OutcomeDecl)
    if not unknown or (is_outcome and len(unknown) < len(theirs.members)):
        return True
    message = f"`{path}` may say {_quoted(unknown)}, which `{mine}` has not"
    help = f"declare `enum NAME from {path}`"
    if not is_outcome:
        help = f"add it to `enum {mine}`, or {help}"
    draft.report.unlisted.update((mine.name, word) for word in unknown)
    labels: tuple[Label, ...] = ()
    if declared is not None:
        spot = Origin(declared.source, declared.node.name.span)
        labels = (Label(spot, "declared here"),)
    draft.report.error("MLP0214", message, here.source, path.span, help, labels)
    return False


def _stated_range(
    draft: Draft, within: tree.Between | None, value: Value, here: Here
) -> tuple[Fraction | None, Fraction | None] | None:
    """The range after `in`, in base units. None: reported."""
    if within is None:
        return None, None
    if value.type is None:
        return None
    if not isinstance(value.type, Quantity):
        message = f"only a number has a range, and this is {in_words(value.type)}"
        help = "take the range out"
        draft.report.error("MLP0301", message, here.source, within.span, help)
        return None
    found = expect(draft.expressions, within, value.type, here.at("in"))
    if not isinstance(found, core.BetweenExpr):
        return None
    ends: list[Fraction | None] = []
    for end, written in ((found.low, within.low), (found.high, within.high)):
        if end is None:
            ends.append(None)
        elif isinstance(end, core.Const) and isinstance(end.value, Fraction):
            if written and not has_percent(draft.expressions, written, end, value.type, here):
                return None
            ends.append(end.value)
        elif written is not None:
            message = "the ends of a range are numbers"
            help = "write it as `0 % .. 100 %`"
            draft.report.error("MLP0313", message, here.source, written.span, help)
            return None
    return ends[0], ends[1]


def _range(
    draft: Draft,
    node: tree.InputDecl,
    fields: Sequence[Field | None],
    stated: tuple[Fraction | None, Fraction | None],
    source: Source,
) -> tuple[Fraction | None, Fraction | None, bool]:
    """The input's range: the declared one, which lies in the schema's, or the schema's."""
    lows = [f.low if f is not None else None for f in fields]
    highs = [f.high if f is not None else None for f in fields]
    low = None if None in lows else min((b for b in lows if b is not None), default=None)
    high = None if None in highs else max((b for b in highs if b is not None), default=None)
    low_open = low is not None and all(f.low_open for f in fields if f is not None and f.low == low)
    if node.within is None or draft.schema is None:
        return (stated[0], stated[1], False) if node.within is not None else (low, high, low_open)
    for written, found in zip(node.sources, fields, strict=True):
        if found is None:
            continue
        below = found.low is not None and (stated[0] is None or stated[0] < found.low)
        above = found.high is not None and (stated[1] is None or stated[1] > found.high)
        if below or above:
            message = f"this range goes beyond that of `{source.slice(written.span)}`"
            unit = found.type.unit if isinstance(found.type, Quantity) else None
            help = f"the manifest schema allows {_range_text(found, unit)}"
            draft.report.error("MLP0206", message, source, node.within.span, help)
            break
    return stated[0], stated[1], low_open and stated[0] == low


def lower_floors(draft: Draft) -> None:
    """Sets the least value 0 for inputs that are made of fields and numbers which are never
    negative."""
    for name, made in draft.parts.inputs.items():
        declared = draft.names.value(name).node
        assert isinstance(declared, tree.InputDecl)
        if made.low is None and made.high is None and declared.within is None:
            if isinstance(made.type, Quantity) and _input_has_floor(draft, name, set()):
                draft.parts.inputs[name] = replace(made, low=Fraction(0))


def _input_has_floor(draft: Draft, name: str, seen: set[str]) -> bool:
    made = draft.parts.inputs.get(name)
    if made is None or name in seen:
        return False
    if made.low is not None:
        return made.low >= 0
    return all(_has_floor(draft, s.value, seen | {name}) for s in made.sources)


def _has_floor(draft: Draft, expr: core.Expr, seen: set[str]) -> bool:
    match expr:
        case core.Const(value=Fraction() as value):
            return value >= 0
        case core.PathRef():
            found = draft.schema.field(expr.scope.word, expr.steps) if draft.schema else None
            return isinstance(found, Field) and found.low is not None and found.low >= 0
        case core.InputRef():
            return _input_has_floor(draft, expr.name, seen)
        case core.BarRef():
            bar = draft.parts.bars.get(expr.name)
            return (
                bar is not None
                and not bar.exceptions
                and all(_has_floor(draft, line.value, seen) for line in bar.lines)
            )
        case core.Apply():
            return _result_has_floor(expr, [_has_floor(draft, o, seen) for o in expr.operands])
        case core.ConvertExpr():
            return _has_floor(draft, expr.operand, seen)
        case _:
            return False


def _result_has_floor(expr: core.Apply, floors: list[bool]) -> bool:
    """Is what an operator gives never below zero, where these of its operands are not?"""
    types = [operand.type for operand in expr.operands]
    if not all(isinstance(of, Quantity) for of in types):
        return False
    operands = [
        Num(
            unknown(
                FieldSymbol(PROJECT_PLACE, (), str(i)), Range(ZERO, POS) if floor else EVERYTHING
            )
        )
        for i, floor in enumerate(floors)
    ]
    found = OPERATORS[expr.operator].apply(Given(types, expr.constants), *operands)
    return isinstance(found, Num) and range_of(found.poly).range.lo >= ZERO


def _absent(
    draft: Draft, node: tree.IfAbsent | None, value: Value, here: Here
) -> core.Absent | None:
    if node is None:
        return None
    span = node.span
    refs = draft.references.need(node.refs, "an `if absent`", here.source, span)
    if node.value is None and value.type is not None:
        if not isinstance(value.type, Quantity | DateType):
            message = f"{in_words(value.type)} cannot be unlimited"
            help = "write the value that absence means"
            draft.report.error("MLP0309", message, here.source, span, help)
    stated: core.Expr | None = None
    if node.value is not None:
        stated = expect(draft.expressions, node.value, value.type, here.at("absent"))
    when: core.Expr | None = None
    if node.when is not None:
        when = expect(draft.expressions, node.when, FLAG, here.at("absent_when"))
    if (node.value is not None and stated is None) or (node.when is not None and when is None):
        return None
    return core.Absent(node.value is None, stated, when, refs)


def _missing_keys(draft: Draft, node: tree.InputDecl, value: Value) -> frozenset[str]:
    """The members of the key for which the schema has none of the paths."""
    if value.key is None or draft.schema is None:
        return frozenset()
    paths = [
        part
        for part in visit.walk(*node.sources)
        if isinstance(part, tree.PathLiteral) and any(step[:1] == "{" for step in part.steps)
    ]
    if not paths:
        return frozenset()
    return frozenset(
        member
        for member in value.key.members
        if all(
            isinstance(draft.schema.field(p.scope, keyed_paths(p, value.key)[member]), Missing)
            for p in paths
        )
    )


def _plain_name(kind: Type) -> str:
    match kind:
        case EnumType():
            return "word of a fixed list"
        case SetOf(EnumType()):
            return "set of words of a fixed list"
        case SetOf():
            return "set of texts"
        case Quantity():
            return f"number in `{kind}`"
        case _:
            return str(kind)


def _quoted(words: Sequence[str]) -> str:
    return listing([f"`{word}`" for word in words], 4)


def _range_text(found: Field, unit: Unit | None) -> str:
    scale = unit.scale if unit is not None else Fraction(1)
    word = f" {unit.text}" if unit is not None and unit.text not in ("", "number") else ""
    low = "" if found.low is None else f"{plain(found.low / scale)}{word} "
    high = "" if found.high is None else f" {plain(found.high / scale)}{word}"
    more = " (more than the first)" if found.low_open else ""
    return f"`{low}..{high}`{more}"
