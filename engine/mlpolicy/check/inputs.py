"""What a policy can read of a manifest: a field's path goes in, its type and range come out.

The schema's fields are read by `schema`; here they get the types of the policy language, without
the estimate and `unknown`, which every optional field allows.

A bound of 10^15 or beyond is the manifest format's limit on all numbers and no statement
about the field: it is read as open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import assert_never

from mlpolicy import schema
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.types import (
    BASE_UNITS,
    FLAG,
    TEXT,
    DateType,
    EnumType,
    Quantity,
    SetOf,
    Type,
    Unit,
    read_unit,
)
from mlpolicy.schema import Kind

_LIMIT = Fraction(10**15)
_NONE: Mapping[str, Field] = MappingProxyType({})


class FieldKind(StrEnum):
    """What a policy may read a field as."""

    VALUE = "value"
    GROUP = "group"
    RECORDS = "records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What the schema says of one field. `kind` is `value`, `group` (an object; within an entry of
    records with its `columns`) or `records` (a list of objects, with `columns`). `low` and `high`
    are in base units, None where open; `low_open` where the bound itself is not allowed; `whole` of
    an integer. (docs/language.md, Inputs)"""

    kind: FieldKind
    type: Type = TEXT
    whole: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    columns: Mapping[str, Field] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such field: `depth` is the number of steps that are right, `known` the names that
    exist there."""

    depth: int
    known: tuple[str, ...]


class Schema:
    """The fields of one manifest kind."""

    def __init__(self, root: schema.Field, scopes: Scopes) -> None:
        self.scopes = scopes
        spec = root.children.get("spec", root)
        self._roots: dict[str, schema.Field | None] = dict.fromkeys(scopes.words, spec)
        if scopes.items:
            listed = spec.children.get(scopes.items)
            self._roots[scopes.each.word] = listed.items if listed is not None else None

    def field(
        self, scope: str, steps: tuple[str, ...], *, entries: bool = False
    ) -> Field | Missing:
        """The field at `steps` of a scope, by its word, or what is missing on the way to it. With
        `entries` the steps may lead on into the entries of a list."""
        here = self._roots[scope]
        for depth, step in enumerate(steps):
            if entries and here is not None and here.kind is Kind.LIST:
                here = here.items
            known = _children(here) if here is not None else {}
            if step not in known:
                return Missing(depth, tuple(known))
            here = known[step]
        path = ".".join((scope, *steps))
        return Field(kind=FieldKind.GROUP) if here is None else _read(here, path, in_entry=False)


def _read(field: schema.Field, path: str, *, in_entry: bool) -> Field:
    """A field of the schema as a policy reads it; a group has columns within an entry only."""
    words = tuple(each for each in field.members if isinstance(each, str) and each != "unknown")
    match field.kind:
        case Kind.LIST:
            items = field.items
            if items is not None and items.kind is Kind.MAPPING:
                return Field(kind=FieldKind.RECORDS, columns=_columns(items, path))
            if items is not None and items.kind is Kind.TEXT:
                element = _read(items, path, in_entry=False).type
                return Field(
                    kind=FieldKind.VALUE,
                    type=SetOf(element if isinstance(element, EnumType) else TEXT),
                )
            return Field(kind=FieldKind.VALUE, type=SetOf(TEXT))
        case Kind.MAPPING if field.children and not _children(field):
            return Field(kind=FieldKind.VALUE, type=TEXT)
        case Kind.MAPPING:
            return Field(kind=FieldKind.GROUP, columns=_columns(field, path) if in_entry else _NONE)
        case Kind.FLAG:
            return Field(kind=FieldKind.VALUE, type=FLAG)
        case Kind.NUMBER | Kind.INTEGER:
            return _number(field)
        case Kind.TEXT if words:
            return Field(kind=FieldKind.VALUE, type=EnumType(path, words))
        case Kind.TEXT:
            return Field(
                kind=FieldKind.VALUE, type=TEXT if field.grain is None else DateType(field.grain)
            )
        case _:
            assert_never(field.kind)


def _children(field: schema.Field) -> Mapping[str, schema.Field]:
    """The fields of a group. An interval from `low` to `high` is one value, as an estimate is."""
    return {} if set(field.children) == {"low", "high"} else field.children


def _columns(field: schema.Field, path: str) -> Mapping[str, Field]:
    """The fields of an entry of a list, or of a group within one."""
    return {
        name: _read(child, f"{path}.{name}", in_entry=True)
        for name, child in sorted(_children(field).items())
    }


def _number(field: schema.Field) -> Field:
    unit = read_schema_unit(field.unit or "")
    low: Fraction | None = _bound(field.least)
    high: Fraction | None = _bound(field.most)
    above, below = _bound(field.above), _bound(field.below)
    low_open = False
    if above is not None and (low is None or above >= low):
        low = above
        low_open = True
    if below is not None and (high is None or below < high):
        high = below
    return Field(
        kind=FieldKind.VALUE,
        type=Quantity(unit),
        whole=field.kind is Kind.INTEGER,
        low=None if low is None else low * unit.scale,
        high=None if high is None else high * unit.scale,
        low_open=low_open,
    )


def _bound(value: int | Decimal | None) -> Fraction | None:
    """A bound of a field, None where it is open."""
    if value is None:
        return None
    bound = Fraction(value)
    return None if abs(bound) >= _LIMIT else bound


def read_schema_unit(text: str) -> Unit:
    """The unit that the schema spells in `x-unit`; every word in it that is not built in is a
    countable unit."""
    unit = read_unit(text, frozenset(text.split("/")) - set(BASE_UNITS))
    assert isinstance(unit, Unit)
    return unit
