"""Reads the manifest's JSON Schema: a field's path goes in, its type and range come out.

A schema says the same thing in many ways: a field may be described in several places
(`allOf`, `then`), by reference, and as a choice between a value, an estimate and the word
`unknown`. So a field is a bundle of all schemas that speak of it, and its type is what they
say together, leaving out the estimate and `unknown`, which every optional field allows.

A bound of 10^15 or beyond is the manifest format's limit on all numbers and no statement
about the field: it is read as open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from mlpolicy.core.types import (
    BASE_UNITS,
    DATE,
    FLAG,
    TEXT,
    EnumType,
    Quantity,
    SetOf,
    Type,
    Unit,
    read_unit,
)

Schemas = tuple[Mapping[str, object], ...]

_LIMIT = Fraction(10**15)
_NONE: Mapping[str, Field] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """What the schema says of one field. `kind` is `value`, `group` (an object; within an entry of
    records with its `columns`) or `records` (a list of objects, with `columns`). `low` and `high`
    are in base units, None where open; `low_open` where the bound itself is not allowed; `whole` of
    an integer. (docs/language.md, Inputs)"""

    kind: str
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

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        spec = self._children((document,)).get("spec", (document,))
        workloads = self._children(spec).get("workloads", ())
        self._roots: dict[str, Schemas] = {"project": spec, "workload": self._items(workloads)}

    def field(self, scope: str, steps: tuple[str, ...]) -> Field | Missing:
        """The field at `steps` of `scope` (`project` or `workload`), or what is missing on the way
        to it."""
        here = self._roots[scope]
        for depth, step in enumerate(steps):
            children = self._children(here)
            if step not in children:
                return Missing(depth, tuple(children))
            here = children[step]
        return self._read(here, ".".join((scope, *steps)))

    # -- walking ---------------------------------------------------------------------------

    def _parts(self, schemas: Schemas) -> Iterator[Mapping[str, object]]:
        """Every schema that speaks of the field, without estimates and `unknown`."""
        seen: set[int] = set()
        stack: list[object] = list(reversed(schemas))
        while stack:
            schema = stack.pop()
            if not isinstance(schema, Mapping) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if schema.get("const") == "unknown" or _is_estimate(schema):
                continue
            yield schema
            further: list[object] = []
            if isinstance(reference := schema.get("$ref"), str):
                further.append(self._resolve(reference))
            for key in ("allOf", "anyOf", "oneOf"):
                if isinstance(alternatives := schema.get(key), list):
                    further.extend(alternatives)
            further.extend(schema[key] for key in ("then", "else") if key in schema)
            stack.extend(reversed(further))

    def _resolve(self, reference: str) -> object:
        here: object = self._document
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step:
                name = step.replace("~1", "/").replace("~0", "~")
                here = here.get(name) if isinstance(here, Mapping) else None
        return here

    def _children(self, schemas: Schemas) -> dict[str, Schemas]:
        children: dict[str, Schemas] = {}
        for part in self._parts(schemas):
            properties = part.get("properties")
            if isinstance(properties, Mapping):
                for name, schema in properties.items():
                    if isinstance(schema, Mapping):
                        children[name] = (*children.get(name, ()), schema)
        return children

    def _items(self, schemas: Schemas) -> Schemas:
        found = (part.get("items") for part in self._parts(schemas))
        return tuple(items for items in found if isinstance(items, Mapping))

    # -- reading ---------------------------------------------------------------------------

    def _read(self, schemas: Schemas, path: str, around: frozenset[int] | None = None) -> Field:
        """The field that the schemas speak of. `around`, within an entry of a list, are those
        that it stands in: what holds itself is read once."""
        parts = tuple(self._parts(schemas))
        kinds = _kinds(parts)
        if "array" in kinds:
            return self._read_list(schemas, path, around or frozenset())
        if "object" in kinds or any("properties" in part for part in parts):
            return Field("group", columns=self._entry(schemas, path, around))
        if "boolean" in kinds:
            return Field("value", FLAG)
        if kinds & {"number", "integer"}:
            return _read_number(parts, kinds)
        if members := _members(parts):
            return Field("value", EnumType(path, members))
        if any(part.get("format") == "date" for part in parts):
            return Field("value", DATE)
        return Field("value", TEXT)

    def _entry(
        self, schemas: Schemas, path: str, around: frozenset[int] | None
    ) -> Mapping[str, Field]:
        """The fields of an entry, or of a group within one."""
        own = frozenset(id(part) for part in self._parts(schemas))
        if around is None or own & around:
            return _NONE
        return {
            name: self._read(children, f"{path}.{name}", around | own)
            for name, children in sorted(self._children(schemas).items())
        }

    def _read_list(self, schemas: Schemas, path: str, around: frozenset[int]) -> Field:
        items = self._items(schemas)
        if self._children(items):
            return Field("records", columns=self._entry(items, path, around))
        element = self._read(items, path)
        if element.kind == "value" and isinstance(element.type, EnumType):
            return Field("value", SetOf(element.type))
        return Field("value", SetOf(TEXT))


def _is_estimate(schema: Mapping[str, object]) -> bool:
    properties = schema.get("properties")
    return isinstance(properties, Mapping) and set(properties) == {"low", "high"}


def _kinds(parts: Schemas) -> set[str]:
    kinds: set[str] = set()
    for part in parts:
        stated = part.get("type")
        if isinstance(stated, str):
            kinds.add(stated)
        elif isinstance(stated, list):
            kinds.update(s for s in stated if isinstance(s, str))
        for value in _values(part):
            if isinstance(value, bool):
                kinds.add("boolean")
            elif isinstance(value, int | float | Decimal):
                kinds.add("number")
    return kinds


def _values(part: Mapping[str, object]) -> list[object]:
    """The values that `enum` or `const` allows, without `unknown`."""
    listed = part.get("enum")
    values = list(listed) if isinstance(listed, list) else []
    if "const" in part:
        values.append(part["const"])
    return [value for value in values if value != "unknown"]


def _members(parts: Schemas) -> tuple[str, ...]:
    members: dict[str, None] = {}
    for part in parts:
        members.update((value, None) for value in _values(part) if isinstance(value, str))
    return tuple(members)


def _read_number(parts: Schemas, kinds: set[str]) -> Field:
    stated = next((unit for part in parts if isinstance(unit := part.get("x-unit"), str)), "")
    unit = read_schema_unit(stated)
    low: Fraction | None = None
    high: Fraction | None = None
    low_open = False
    for part in parts:
        for key in ("minimum", "exclusiveMinimum"):
            bound = _number(part.get(key))
            if bound is not None and bound > -_LIMIT and (low is None or bound >= low):
                low, low_open = bound, key == "exclusiveMinimum"
        for key in ("maximum", "exclusiveMaximum"):
            bound = _number(part.get(key))
            if bound is not None and bound < _LIMIT and (high is None or bound < high):
                high = bound
    return Field(
        "value",
        Quantity(unit),
        whole="number" not in kinds,
        low=None if low is None else low * unit.scale,
        high=None if high is None else high * unit.scale,
        low_open=low_open,
    )


def read_schema_unit(text: str) -> Unit:
    """The unit that the schema spells in `x-unit`; every word in it that is not built in is a
    countable unit."""
    unit = read_unit(text, frozenset(text.split("/")) - set(BASE_UNITS))
    assert isinstance(unit, Unit)
    return unit


def _number(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | Decimal):
        return None
    return Fraction(str(value))
