"""A JSON Schema, compiled once: a tree of fields, and the door to jsonschema.

A `Field` is what the schema says about one place of the *full* form, with `$ref`s followed
and the alternatives "unknown" and "estimate" told apart from the value proper. jsonschema
decides whether a manifest is valid, unless `accept` can tell at once that it is; the fields
are for telling a person why not, and for what JSON Schema cannot say (`x-` keywords, listed in
`Field`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property, lru_cache

from mlpolicy import kept
from mlpolicy.core.node import node
from mlpolicy.core.scopes import Scopes, scopes_of
from mlpolicy.core.types import Grain
from mlpolicy.dataclass import dataclass, field
from mlpolicy.diagnostics import Diagnostic, at
from mlpolicy.resources import resource_root
from mlpolicy.schema.accept import fits, matching
from mlpolicy.schema.keywords import NAMED, ONE, RANKS, SEVERAL
from mlpolicy.source import Source, Span
from mlpolicy.typed import Any


class Kind(StrEnum):
    """What a field holds. The value is the word used in messages."""

    MAPPING = "a mapping"
    LIST = "a list"
    TEXT = "text"
    NUMBER = "a number"
    INTEGER = "a whole number"
    FLAG = "`true` or `false`"


@node
class Atom:
    """`{"path": "skills.*", "in": ["strong"]}`: a value below a mapping is one of these words
    (or flags)."""

    path: tuple[str, ...]
    members: tuple[str | bool, ...]


@node
class Contradiction:
    """`x-contradictions`: where `when` holds, `excluded` must not."""

    when: Atom
    excluded: Atom
    message: str


@node(kw_only=True)
class Companion:
    """`x-stands-with`: a key that stands only beside one of some words of another, `beside`, or,
    with `or_absent`, where that one is absent; else `write` is the key that is meant."""

    key: str
    beside: str
    members: tuple[str, ...]
    write: str
    message: str
    or_absent: bool

    def allows(self, word: object) -> bool:
        """May the key stand beside this word of `beside`, or where there is none (None)?"""
        return self.or_absent if word is None else word in (*self.members, "unknown")


@node(kw_only=True)
class Field:
    """What the schema says about one place.

    `x-unit` is `unit`; `x-aliases` are other words for members, read as the member; `x-hints` are
    words only good for a suggestion; `x-words` is one sentence on each member; `x-fraction-guard`
    marks percentages that are never 1 or less, or are so only beside some words of another key
    (`small_beside`, that key with the words); `x-decimals` how many decimals are allowed;
    `x-order` pairs of keys whose values must not fall; `x-same` pairs of keys, an amount a month
    and one a day, that state one fact; `x-unique-by` the key that tells items of a list apart;
    `x-refers-to` the list whose items are named here; `x-acyclic` forbids circles of such names;
    `x-usual` are names that a text most often has: one that is nearly one of them is refused;
    `x-free-text` prose in spite of a pattern; `x-sensitive` what a record may mask; `x-editable`
    what a team can decide or arrange, so that a change of it may be proposed, and as what: one of
    `RANKS`; `x-intended` that it says what is intended and nothing about the world, so that
    whatever is stated is true; `x-statement` a text about what is stated beside it: why, or who
    says so (one of `STATEMENTS`); `x-measured-on` that the entries of a list are measurements, and
    which of their keys says on what. `statements` are the keys below it that hold an `x-statement`.
    """

    kind: Kind
    description: str = ""
    unit: str | None = None
    members: tuple[str | int | Decimal, ...] = ()
    pattern: str | None = None
    says: str = ""
    grain: Grain | None = None
    is_prose: bool = False
    least: int | Decimal | None = None
    most: int | Decimal | None = None
    above: int | Decimal | None = None
    below: int | Decimal | None = None
    shortest: int | None = None
    longest: int | None = None
    fewest_items: int = 0
    most_items: int | None = None
    unique_items: bool = False
    unknown: bool = False
    estimate: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    fraction_guard: bool = False
    small_beside: tuple[str, tuple[str, ...]] | None = None
    decimals: int | None = None
    order: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    companions: tuple[Companion, ...] = ()
    unique_by: str | None = None
    refers_to: str | None = None
    acyclic: bool = False
    sensitive: bool = False
    editable: str = ""
    intended: bool = False
    statement: str = ""
    measured_on: str = ""
    statements: tuple[str, ...] = ()
    children: Mapping[str, Field] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    other: Field | None = None
    items: Field | None = None

    def at(self, *path: str | int) -> Field | None:
        """The field at a path below this one; numbers go into lists."""
        here: Field | None = self
        for step in path:
            if here is None:
                return None
            here = here.items if isinstance(step, int) else here.children.get(step, here.other)
        return here


@dataclass(frozen=True, caches=True)
class Schema:
    """A JSON Schema with its fields, and the scopes that a policy has for the manifests that it
    describes. `raw` holds exact numbers and is not to be changed."""

    raw: Mapping[str, Any] = field(repr=False)
    scopes: Scopes

    @cached_property
    def root(self) -> Field:
        """The full form: what `then` says where the schema chooses between two forms."""
        return _field((_full_form(self.raw),), self.raw, ())

    @cached_property
    def short_form(self) -> Mapping[str, tuple[str, ...]]:
        """`x-short-form`: top-level keys of the short form, and where they go in the full."""
        moved = self.raw.get("x-short-form", {})
        return {key: tuple(path.split(".")) for key, path in moved.items()}

    @cached_property
    def homes(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """Every key of the schema, and the paths at which it may stand."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for path in _paths(self.root, ()):
            found.setdefault(path[-1], []).append(path)
        return {key: tuple(paths) for key, paths in found.items()}

    @cached_property
    def waivers(self) -> Schema:
        """The schema of a waiver file. Its items are those of `spec.waivers`, where manifests have
        such, else those that any policy has."""
        own = own_schema("waiver-file").raw
        version = self.root.children["apiVersion"].members[0]
        versions = dict.fromkeys((version, own["properties"]["apiVersion"]["const"]))
        stated = _raw_at(self.raw, "spec", "waivers")
        return Schema(
            {
                "$schema": self.raw.get("$schema"),
                "$defs": self.raw.get("$defs", {}) if stated else _of_each(own, self.scopes),
                "type": "object",
                "properties": {
                    "apiVersion": {"enum": list(versions)},
                    "kind": {"const": "Waivers"},
                    "waivers": stated or own["properties"]["waivers"],
                },
                "required": ["apiVersion", "kind", "waivers"],
                "additionalProperties": False,
            },
            self.scopes,
        )

    @cached_property
    def lean(self) -> Any:
        """The schema as a validator is to see it."""
        return _lean(self.raw, self.raw, {})

    @cached_property
    def _validator(self) -> Any:
        """Made where it is asked, and not kept between runs."""
        return _validator(self.lean)

    def errors(self, value: object) -> Iterator[Any]:
        """jsonschema's errors for a plain value, lazily, as its own error objects; none where
        the value is accepted without asking it."""
        if fits(self.lean, value):
            return iter(())
        return iter(self._validator.iter_errors(value))

    def worked_out(self) -> Schema:
        """The same, with all that every manifest needs of it worked out, to be kept."""
        _ = self.root, self.short_form, self.lean
        return self


@lru_cache(maxsize=4)
def read_schema(
    data: bytes, file: str, scopes: Scopes
) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """The schema in a file, worked out, or None and everything that is wrong with it. Numbers
    stay exact; `file` is what messages print, `scopes` are those of the policy. The last ones are
    kept: of one process, several commands and several versions of a policy read the same."""
    import json

    from mlpolicy.schema.dialect import read

    raw, faults = read(data, file)
    if raw is None:
        return None, faults
    schema = Schema(raw, scopes)
    try:
        _enveloped(schema.worked_out())
        return schema, ()
    except _NotReadError as error:
        source = Source(file, data.decode("utf-8-sig"))
        where = ".".join(error.path)
        message = f"the field `{where}` {error.why}" if where else f"the schema {error.why}"
        name = json.dumps(error.path[-1]) if error.path else ""
        start = max(source.text.find(name), 0)
        return None, (at("MLP0917", message, source, Span(start, start + max(len(name), 1))),)


def _enveloped(schema: Schema) -> None:
    """Refuses a schema without the parts that every manifest has."""
    for path, kind in _ENVELOPE.items():
        field = schema.root.at(*path)
        where = ".".join("[]" if step == 0 else str(step) for step in path)
        if field is None or field.kind is not kind:
            raise _NotReadError(f"has no field `{where}` that is {kind}, as every manifest has")
    if not schema.root.children["apiVersion"].members:
        raise _NotReadError("allows any version; write it as `const`", ("apiVersion",))
    for key, home in schema.short_form.items():
        if len(home) < 2 or schema.root.at(*home) is None:
            said = ".".join(home)
            raise _NotReadError(f"moves `{key}` to `{said}`, which is no field", ("x-short-form",))


def load_schema(text: bytes | str, scopes: Scopes) -> Schema:
    """The schema in a JSON text, for the manifests of a policy with these scopes. Raises
    `ValueError` where it is none."""
    data = text.encode() if isinstance(text, str) else text
    schema, faults = read_schema(data, "schema", scopes)
    if schema is None:
        raise ValueError(faults[0].message)
    return schema


@cache
def own_schema(name: str) -> Schema:
    """The schema of a file of ours, `schemas/NAME.v1.schema.json`: of a ledger, a configuration, a
    record. It is not checked as that of a policy is; a test reads all of them."""
    data = (resource_root() / "schemas" / f"{name}.v1.schema.json").read_bytes()
    key = kept.key_of(b"own", data)
    found = kept.load("schema", key)
    if isinstance(found, Schema):
        return found
    import json

    schema = Schema(json.loads(data, parse_float=Decimal), _NO_SCOPES).worked_out()
    kept.store("schema", key, schema)
    return schema


#: Our own documents decide nothing.
_NO_SCOPES = scopes_of("document")

#: Fields within fields.
MOST_LEVELS = 30

#: What the engine knows of a manifest, whatever its subject is.
_ENVELOPE: Mapping[tuple[str | int, ...], Kind] = {
    ("apiVersion",): Kind.TEXT,
    ("kind",): Kind.TEXT,
    ("spec",): Kind.MAPPING,
}


class _NotReadError(ValueError):
    """Why fields cannot be made of a schema: `path` is that of the field."""

    def __init__(self, why: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.path = why, path


def _validator(lean: Any) -> Any:
    """A compiled validator that takes `Decimal` for a number and counts `5.0` as whole."""
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError
    from referencing import Registry

    registry: Any = Registry

    def is_number(_: object, value: object) -> bool:
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool)

    def is_integer(_: object, value: object) -> bool:
        return is_number(_, value) and value == int(value)  # type: ignore[call-overload]

    def unique(_: Any, wanted: bool, value: object, __: Any) -> Iterator[ValidationError]:
        # jsonschema compares every pair where items cannot be sorted; ours are words.
        if wanted and isinstance(value, list):
            words = [item for item in value if isinstance(item, str)]
            if len(set(words)) != len(words):
                yield ValidationError("has non-unique elements")

    def matches(_: Any, wanted: str, value: object, __: Any) -> Iterator[ValidationError]:
        if isinstance(value, str) and not matching(wanted, value):
            yield ValidationError("does not match")

    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": is_number, "integer": is_integer}
    )
    extend: Any = validators.extend
    keywords = {"uniqueItems": unique, "pattern": matches}
    extended = extend(Draft202012Validator, keywords, type_checker=checker)
    # Nothing is ever fetched: a schema that names anything else is refused when it is read.
    return extended(lean, registry=registry(retrieve=_refuse))


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is not fetched")


_SAID_ONLY = frozenset(
    (
        "$schema",
        "$id",
        "$defs",
        "definitions",
        "$anchor",
        "$comment",
        "title",
        "description",
        "examples",
        "default",
    )
) | {"format", "patternErrorMessage", "$ref"}


def _lean(node: Any, raw: Mapping[str, Any], made: dict[str, Any]) -> Any:
    """The schema as jsonschema is to see it: `$ref`s written out and annotations left out.

    It means the same and is twice as fast: jsonschema looks a `$ref` up for every value. `made`
    keeps what each `$ref` came to, which many share.
    """
    if not isinstance(node, Mapping):
        return node
    lean: dict[str, Any] = {}
    for key, value in node.items():
        if key in _SAID_ONLY or key.startswith("x-"):
            continue
        if key in NAMED:
            lean[key] = {name: _lean(child, raw, made) for name, child in value.items()}
        elif key in ONE:
            lean[key] = _lean(value, raw, made)
        elif key in SEVERAL:
            lean[key] = [_lean(choice, raw, made) for choice in value]
        else:
            lean[key] = value
    if "$ref" not in node:
        return lean
    ref = node["$ref"]
    if ref not in made:
        made[ref] = _lean(_target(node, raw), raw, made)
    target = made[ref]
    return {**lean, "allOf": [target, *lean.get("allOf", ())]} if lean else target


def _target(node: Mapping[str, Any], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a node's `$ref` points at, within the same file."""
    here: Any = raw
    for step in str(node["$ref"]).removeprefix("#/").split("/"):
        here = here[step.replace("~1", "/").replace("~0", "~")]
    assert isinstance(here, dict)
    return here


def _full_form(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part that describes the full form, where the schema chooses between two forms."""
    then = raw.get("then")
    return then if isinstance(then, Mapping) else raw


def _raw_at(raw: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The schema text at a path of properties of the full form; empty where there is none."""
    here = _merged(_full_form(raw), raw)
    for key in path:
        here = _merged(here.get("properties", {}).get(key, {}), raw)
    return here


def _of_each(own: Mapping[str, Any], scopes: Scopes) -> dict[str, Any]:
    """The definitions of a waiver file, with the policy's word for a thing that it decides."""
    waiver = own["$defs"]["waiver"]
    word = scopes.each.word
    named = {word if key == "each" else key: below for key, below in waiver["properties"].items()}
    return {**own["$defs"], "waiver": {**waiver, "properties": named}}


def _merged(node: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """A schema node with its `$ref` followed; what stands beside the `$ref` is added."""
    beside = {key: value for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    below = _merged(_target(node, raw), raw)
    if "required" in beside and "required" in below:
        beside["required"] = list(dict.fromkeys([*below["required"], *beside["required"]]))
    if "properties" in beside and "properties" in below:
        beside["properties"] = {**below["properties"], **beside["properties"]}
    return {**below, **beside}


# -- a schema read as fields ---------------------------------------------------------------

Schemas = tuple[Mapping[str, Any], ...]


@node
class _Said:
    """All schemas that speak of one place, without the alternatives "unknown" and "estimate":
    the place's own first, then what it refers to. `always` are those that hold whatever the
    manifest says, which leaves out what stands behind an `if`."""

    parts: Schemas
    always: Schemas
    unknown: bool
    estimate: bool

    def first(self, key: str, default: Any = None) -> Any:
        """What the first of them says under a keyword."""
        return next((part[key] for part in self.parts if key in part), default)

    def all(self, key: str) -> list[Any]:
        """What each of them says under a keyword."""
        return [part[key] for part in self.parts if key in part]

    @property
    def children(self) -> Mapping[str, Schemas]:
        found: dict[str, Schemas] = {}
        for properties in self.all("properties"):
            for name, schema in properties.items():
                if isinstance(schema, bool):
                    why = "is described by `true` or `false`, not by a schema"
                    raise _NotReadError(why, (name,))
                found[name] = (*found.get(name, ()), schema)
        return found


def _said(schemas: Schemas, raw: Mapping[str, Any]) -> _Said:
    parts: list[Mapping[str, Any]] = []
    always: list[Mapping[str, Any]] = []
    unknown = estimate = False
    seen: set[int] = set()
    # A schema; whether it holds always; whether it is one of several alternatives.
    waiting: list[tuple[Any, bool, bool]] = [(each, True, False) for each in reversed(schemas)]
    while waiting:
        schema, holds, one_of = waiting.pop()
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        target = _target(schema, raw) if "$ref" in schema else schema
        if schema.get("const") == "unknown" or target.get("const") == "unknown":
            unknown = True
            continue
        if one_of and _is_estimate({**target, **schema}):
            estimate = True
            continue
        parts.append(schema)
        if holds:
            always.append(schema)
        further = [(target, holds, one_of)] if "$ref" in schema else []
        further += [(each, holds, False) for each in schema.get("allOf", ())]
        for key in ("anyOf", "oneOf"):
            choices = schema.get(key, ())
            further += [(each, False, len(choices) > 1) for each in choices]
        further += [(schema[key], False, False) for key in ("then", "else") if key in schema]
        waiting.extend(reversed(further))
    return _Said(tuple(parts), tuple(always), unknown, estimate)


def _is_estimate(node: Mapping[str, Any]) -> bool:
    return set(node.get("properties", ())) == {"low", "high"}


def _field(schemas: Schemas, raw: Mapping[str, Any], around: tuple[frozenset[int], ...]) -> Field:
    """The field that the schemas speak of. `around` are those that it stands in: what holds
    itself is read once."""
    if len(around) > MOST_LEVELS:
        raise _NotReadError(f"is nested more than {MOST_LEVELS} levels deep")
    said = _said(schemas, raw)
    members = _members(said.parts)
    kind = _kind(said.parts)
    own = frozenset(id(part) for part in said.parts if "$ref" not in part)
    inside = (*around, own)
    children: Mapping[str, Field] = {}
    items: Field | None = None
    other: Field | None = None
    if own not in around:
        children = {name: _child(name, below, raw, inside) for name, below in said.children.items()}
        others = tuple(each for each in said.all("additionalProperties") if isinstance(each, dict))
        other = _child("*", others, raw, inside) if others else None
        described = tuple(each for each in said.all("items") if isinstance(each, dict))
        items = _child("[]", described, raw, inside) if described else None
    if kind is Kind.LIST and items is None and own not in around:
        raise _NotReadError("is a list whose `items` are not described")
    grain = _GRAINS.get(said.first("format", "")) if kind is Kind.TEXT else None
    pattern = said.first("pattern")
    prose = kind is Kind.TEXT and not members and grain is None and pattern is None
    editable = said.first("x-editable")
    return Field(
        kind=kind,
        description=str(said.first("description", "")),
        unit=said.first("x-unit"),
        members=members,
        pattern=pattern,
        says=said.first("patternErrorMessage", ""),
        grain=grain,
        is_prose=prose or bool(said.first("x-free-text")),
        least=max(said.all("minimum"), default=None),
        most=min(said.all("maximum"), default=None),
        above=max(said.all("exclusiveMinimum"), default=None),
        below=min(said.all("exclusiveMaximum"), default=None),
        shortest=said.first("minLength"),
        longest=said.first("maxLength"),
        fewest_items=said.first("minItems", 0),
        most_items=said.first("maxItems"),
        unique_items=bool(said.first("uniqueItems")),
        unknown=said.unknown,
        estimate=said.estimate,
        aliases=said.first("x-aliases", {}),
        hints=said.first("x-hints", {}),
        words=said.first("x-words", {}),
        usual=tuple(said.first("x-usual", ())),
        fraction_guard=bool(said.first("x-fraction-guard")),
        small_beside=_small_beside(said.first("x-fraction-guard")),
        decimals=said.first("x-decimals"),
        order=tuple((low, high) for low, high in said.first("x-order", ())),
        same=tuple((month, day) for month, day in said.first("x-same", ())),
        contradictions=tuple(_contradiction(law) for law in said.first("x-contradictions", ())),
        companions=tuple(_companion(law) for law in said.first("x-stands-with", ())),
        unique_by=said.first("x-unique-by"),
        refers_to=said.first("x-refers-to"),
        acyclic=bool(said.first("x-acyclic")),
        editable=RANKS[0] if editable is True else editable or "",
        intended=bool(said.first("x-intended")),
        sensitive=bool(said.first("x-sensitive")),
        statement=said.first("x-statement", ""),
        measured_on=said.first("x-measured-on", ""),
        statements=tuple(name for name, child in children.items() if child.statement),
        children=children,
        required=tuple(
            dict.fromkeys(key for part in said.always for key in part.get("required", ()))
        ),
        other=other,
        items=items,
    )


def _child(
    name: str, schemas: Schemas, raw: Mapping[str, Any], around: tuple[frozenset[int], ...]
) -> Field:
    """The field of a key, or of what a list holds (`[]`), or of any other key (`*`)."""
    try:
        return _field(schemas, raw, around)
    except _NotReadError as error:
        raise _NotReadError(error.why, (name, *error.path)) from None


def _members(parts: Schemas) -> tuple[Any, ...]:
    """The words or numbers that a field may hold, where they are listed."""
    found: dict[Any, None] = {}
    for part in parts:
        listed = [*part.get("enum", ()), *([part["const"]] if "const" in part else [])]
        found.update((each, None) for each in listed if isinstance(each, str | int | Decimal))
    return tuple(found)


def _kind(parts: Schemas) -> Kind:
    """What the schemas say together: of several types the one that holds more."""
    kinds: set[str] = set()
    for part in parts:
        stated = part.get("type", ())
        kinds.update([stated] if isinstance(stated, str) else stated)
        for value in (*part.get("enum", ()), *([part["const"]] if "const" in part else [])):
            match value:
                case bool():
                    kinds.add("boolean")
                case int() | Decimal():
                    kinds.add("number")
                case str():
                    kinds.add("string")
                case _:
                    pass
    if any("properties" in part for part in parts):
        kinds.add("object")
    for name, kind in _KINDS.items():
        if name in kinds:
            return kind
    raise _NotReadError("has no `type` that a manifest can hold; give it one, or words as `enum`")


_GRAINS = {grain.value: grain for grain in Grain}
_KINDS = {
    "array": Kind.LIST,
    "object": Kind.MAPPING,
    "boolean": Kind.FLAG,
    "number": Kind.NUMBER,
    "integer": Kind.INTEGER,
    "string": Kind.TEXT,
}


def _contradiction(law: Mapping[str, Any]) -> Contradiction:
    when, excluded = law["if"], law["then_not"]
    return Contradiction(
        Atom(tuple(when["path"].split(".")), tuple(when["in"])),
        Atom(tuple(excluded["path"].split(".")), tuple(excluded["in"])),
        law["message"],
    )


def _small_beside(guard: Any) -> tuple[str, tuple[str, ...]] | None:
    """Beside which words of which key a percentage may be 1 or less."""
    return (guard["not_with"], tuple(guard["in"])) if isinstance(guard, dict) else None


def _companion(law: Mapping[str, Any]) -> Companion:
    return Companion(
        key=law["key"],
        beside=law["with"],
        members=tuple(law["in"]),
        write=law["write"],
        message=law["message"],
        or_absent=law["or_absent"],
    )


def _paths(field: Field, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, child in field.children.items():
        yield (*above, name)
        yield from _paths(child, (*above, name))
    if field.items is not None:
        yield from _paths(field.items, above)
