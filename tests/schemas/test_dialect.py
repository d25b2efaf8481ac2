"""A policy's own schema: what is wrong with it is told with its place, and nothing is fetched."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlpolicy.diagnostics import CODES
from mlpolicy.manifest import load, load_waivers
from mlpolicy.resources import resource_root
from mlpolicy.schema import Field, Kind, Schema, dialect, load_schema, read_schema
from mlpolicy.schema.fields import own_schema
from tests.scopes import SCOPES

#: A schema of everything, small: another subject than machine learning.
SMALL: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {
        "name": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "maxLength": 40},
        "item": {
            "type": "object",
            "properties": {
                "name": {"$ref": "#/$defs/name"},
                "size": {
                    "anyOf": [
                        {"type": "number", "minimum": 0, "maximum": 100},
                        {
                            "type": "object",
                            "properties": {"low": {"type": "number"}, "high": {"type": "number"}},
                        },
                        {"const": "unknown"},
                    ],
                    "x-unit": "%",
                    "x-fraction-guard": True,
                    "x-decimals": 2,
                },
                "kind": {"enum": ["oak", "pine"], "x-aliases": {"fir": "pine"}, "x-hints": {}},
                "near": {
                    "type": "array",
                    "items": {"type": "string", "x-refers-to": "workloads"},
                    "x-acyclic": True,
                    "uniqueItems": True,
                    "maxItems": 9,
                },
                "sound": {"type": "boolean", "x-editable": "plan"},
                "rows": {"type": "integer", "exclusiveMinimum": 0, "maximum": 50},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "type": "object",
    "properties": {
        "apiVersion": {"const": "forest.dev/v1"},
        "kind": {"const": "Forest"},
        "metadata": {"type": "object", "properties": {"name": {"$ref": "#/$defs/name"}}},
        "spec": {
            "type": "object",
            "properties": {
                "owner": {"type": "string"},
                "day": {"type": "string", "format": "date", "pattern": "^[0-9-]{10}$"},
                "workloads": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/item"},
                    "minItems": 1,
                    "x-unique-by": "name",
                },
            },
            "required": ["workloads"],
            "x-order": [["owner", "day"]],
            "x-contradictions": [
                {
                    "if": {"path": "owner", "in": ["none"]},
                    "then_not": {"path": "day", "in": ["2026-01-01"]},
                    "message": "nobody owns it",
                }
            ],
        },
    },
    "required": ["apiVersion", "kind", "spec"],
    "additionalProperties": False,
    "x-short-form": {"forest": "metadata.name"},
}
TEXT = json.dumps(SMALL, indent=1)
MANIFEST = b"""\
forest: north
owner: team/green
day: 2026-11-22
workloads:
  - {name: one, size: 40, kind: fir, near: [two], sound: true, rows: 3}
  - {name: two, size: {low: 3, high: 5}, kind: oak}
"""


def told(text: str) -> list[str]:
    schema, faults = read_schema(text.encode(), "s.json", SCOPES)
    assert (schema is None) == bool(faults)
    for each in faults:
        assert each.code == "MLP0917"
        assert "\n" not in each.message + each.help
    return [f"{each.place}: {each.message}" for each in faults]


def test_the_small_schema_reads_a_manifest() -> None:
    assert told(TEXT) == []
    [document], faults = load(MANIFEST, "m", load_schema(TEXT, SCOPES))
    assert faults == ()
    assert [each.name for each in document.workloads] == ["one", "two"]
    assert load_waivers(b"waivers: []\napiVersion: forest.dev/v1\nkind: Waivers\n", "w",
                        load_schema(TEXT, SCOPES)) == ((), ())  # fmt: skip


@pytest.mark.parametrize("path", sorted((resource_root() / "schemas").glob("mlproject*.json")))
def test_shipped_schemas_of_manifests_are_sound(path: Any) -> None:
    assert told(path.read_text("utf-8")) == []


@pytest.mark.parametrize("name", ["ledger", "configuration", "record"])
def test_schemas_of_our_own_files_are_sound_and_read_as_fields(name: str) -> None:
    data = (resource_root() / "schemas" / f"{name}.v1.schema.json").read_bytes()
    raw, faults = dialect.read(data, name)
    assert faults == ()
    schema = own_schema(name)
    assert schema.raw == raw
    if name != "record":  # Its faults are told without fields: nobody writes one by hand.
        assert schema.root.children
        for field in below(schema.root):
            assert field.description or field.kind is Kind.MAPPING


def below(field: Field) -> Iterator[Field]:
    for child in (*field.children.values(), *([field.items] if field.items else [])):
        yield child
        yield from below(child)


OWNER = '"owner": {\n     "type": "string"\n    }'
#: what is written, in place of what; the place; part of the message
BAD = [
    ('"type": "string"', '"$ref": "http://127.0.0.1:1/x"', "leads out of the file, to `http:"),
    ('"type": "string"', '"$ref": "file:///etc/passwd"', "leads out of the file"),
    ('"type": "string"', '"$ref": "other.json#/a"', "leads out of the file"),
    ('"type": "string"', '"$ref": "#name"', "leads out of the file"),
    ('"type": "string"', '"$dynamicRef": "http://127.0.0.1:1/x"', "`$dynamicRef` is not read"),
    ('"type": "string"', '"$recursiveRef": "#"', "`$recursiveRef` is not read"),
    ('"type": "string"', '"$ref": "#/$defs/nme"', "which is not there"),
    ('"type": "string"', '"$ref": "#/properties/spec"', "goes round in a circle"),
    ('"type": "string"', '"$ref": "#"', "goes round in a circle"),
    ('"type": "string"', '"$ref": "#/required"', "which is no schema"),
    ('"type": "string"', '"type": "string", "pattern": "(a"', "no regular expression"),
    ('"type": "string"', '"type": "string", "pattern": "^(a+)+$"', "cannot be used"),
    ('"type": "string"', '"type": "txt"', "`type` is the text `txt`; expected one of object"),
    ('"type": "string"', '"type": "null"', "has no `type` that a manifest can"),
    ('"type": "string"', '"title": "any"', "has no `type`"),
    ('"type": "string"', '"type": "array"', "a list whose `items` are not described"),
    ('"type": "string"', '"type": "string", "maxLength": -1', "expected a whole number"),
    ('"type": "string"', '"type": "number", "minimum": "0"', "expected a number"),
    ('"type": "string"', '"type": "number", "maximum": 1e99', "the number `1e99` is too long"),
    ('"type": "string"', '"type": "number", "maximum": NaN', "`NaN` is no number of JSON"),
    ('"type": "string"', f'"type": "number", "maximum": {"9" * 5000}', "is too long"),
    ('"type": "string"', '"enum": []', "expected a list of values"),
    ('"type": "string"', '"type": "object", "properties": 5', "expected a mapping from names"),
    ('"type": "string"', '"type": "object", "properties": {"a": 5}', "expected a mapping from"),
    ('"type": "string"', '"type": "object", "patternProperties": {"(": {}}', "no regular"),
    ('"type": "string"', '"type": "string", "x-unit": 3', "`x-unit` is the number 3; expected"),
    ('"type": "string"', '"type": "string", "x-editable": "maybe"', "expected one of plan"),
    ('"type": "string"', '"type": "string", "x-intended": "yes"', "expected `true` or `false`"),
    ('"type": "string"', '"type": "string", "x-statement": "why"', "expected one of because, by"),
    ('"type": "string"', '"type": "string", "x-measured-on": 1', "expected a text"),
    ('"type": "string"', '"type": "string", "x-aliases": ["a"]', "a mapping from words"),
    ('"type": "string"', '"type": "string", "x-stands-with": [{}]', "a list of `key`"),
    ('"type": "string"', '"type": "string", "x-contradictions": [{}]', "a list of `if`"),
    ('"type": "string"', '"type": "string" "title"', "not valid JSON: expecting ',' delimiter"),
    ('"type": "string"', '"items": ' + "[" * 5000 + "]" * 5000, "nested more than 100 levels"),
    ('"type": "string"', '"not": ' + '{"not": ' * 5000 + "{}" + "}" * 5000, "nested more than"),
    ('"type": "string"', '"type": "string", "title": "a\u202eb"', "U+202E RIGHT-TO-LEFT OVERRIDE"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=[new[:50] for _, new, _ in BAD])
def test_a_bad_schema_is_told_with_its_place(old: str, new: str, message: str) -> None:
    start = TEXT.index(OWNER) + OWNER.index(old)
    text = TEXT[:start] + new + TEXT[start + len(old) :]
    schema, faults = read_schema(text.encode(), "s.json", SCOPES)
    assert schema is None
    assert message in faults[0].message
    assert len(faults) == 1
    place = faults[0].place
    assert place is not None
    first = text[:start].count("\n") + 1
    assert first - 1 <= place.line <= first + new.count("\n")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("x-short-form", 5, "`x-short-form` is the number 5; expected a mapping from keys"),
        ("x-short-form", {"a": "metadata"}, "moves `a` to `metadata`, which is no field"),
        ("x-short-form", {"a": "spec.nothing"}, "which is no field"),
        ("properties", {}, "has no field `apiVersion` that is text, as every manifest has"),
        ("properties", [], "expected a mapping from names to schemas"),
        ("then", 5, "`then` is the number 5; expected a schema"),
    ],
)
def test_a_bad_top_of_a_schema_is_told(key: str, value: object, message: str) -> None:
    [said] = told(json.dumps({**SMALL, key: value}))
    assert message in said


def test_a_field_is_what_all_schemas_say_of_it() -> None:
    """`allOf`, alternatives and what stands behind an `if` speak of the same field."""
    raw = copy.deepcopy(SMALL)
    raw["$defs"]["item"]["allOf"] = [
        {"properties": {"size": {"description": "how large"}, "age": {"type": "integer"}}},
        {
            "if": {"properties": {"kind": {"const": "oak"}}},
            "then": {"properties": {"acorns": {"type": "number"}}, "required": ["acorns"]},
        },
    ]
    item = load_schema(json.dumps(raw), SCOPES).root.at("spec", "workloads", 0)
    assert item is not None
    size, age, acorns = (item.children[name] for name in ("size", "age", "acorns"))
    assert (size.description, size.most, size.unknown, size.estimate) == (
        "how large",
        100,
        True,
        True,
    )
    assert (age.kind.name, acorns.kind.name) == ("INTEGER", "NUMBER")
    assert item.required == ("name",)
    both = load_schema(json.dumps(raw).replace('"boolean"', '["string", "null"]'), SCOPES)
    sound = both.root.at("spec", "workloads", 0, "sound")
    assert sound is not None
    assert sound.kind.name == "TEXT"


@pytest.mark.parametrize("text", ["", "[]", "5", "null", '"a"', "{", "\u00a0", '{"a": 1}}'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    assert len(told(text)) == 1


def test_references_that_multiply_are_refused() -> None:
    """Thirty names, each of which stands for the next one twice: 2^30 parts."""
    raw = copy.deepcopy(SMALL)
    for number in range(30):
        below = {"$ref": f"#/$defs/n{number + 1}"}
        raw["$defs"][f"n{number}"] = {"type": "object", "properties": {"a": below, "b": below}}
    raw["$defs"]["n30"] = {"type": "string"}
    raw["properties"]["spec"]["properties"]["owner"] = {"$ref": "#/$defs/n0"}
    [said] = told(json.dumps(raw))
    assert "stand for more than 50,000 parts" in said


def test_a_chain_of_references_is_bounded() -> None:
    raw = copy.deepcopy(SMALL)
    for number in range(2000):
        raw["$defs"][f"n{number}"] = {"$ref": f"#/$defs/n{number + 1}"}
    raw["$defs"]["n2000"] = {"type": "string"}
    raw["properties"]["spec"]["properties"]["owner"] = {"$ref": "#/$defs/n0"}
    [said] = told(json.dumps(raw))
    assert "lead through more than 200 parts" in said


def test_a_validator_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where a schema gets to it that was never read."""

    def no(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", no)
    monkeypatch.setattr(socket, "create_connection", no)
    for reference in ("http://127.0.0.1:1/x", "file:///etc/hostname"):
        raw = json.loads(TEXT, parse_float=Decimal)
        raw["properties"]["spec"]["properties"]["owner"] = {"$dynamicRef": reference}
        with pytest.raises(Exception, match="Unresolvable"):
            list(
                Schema(raw, SCOPES).errors({"apiVersion": "forest.dev/v1", "spec": {"owner": "a"}})
            )


def test_a_text_for_a_pattern_is_bounded() -> None:
    """Whatever the pattern is, it looks at 2,000 characters."""
    raw = copy.deepcopy(SMALL)
    raw["properties"]["spec"]["properties"]["owner"]["pattern"] = "^a*a*$"
    schema = load_schema(json.dumps(raw), SCOPES)
    assert load(MANIFEST.replace(b"team/green", b"a" * 2000), "m", schema)[1] == ()
    for text in (b"a" * 2001, b"a" * 100_000 + b"b"):
        [fault] = load(MANIFEST.replace(b"team/green", text), "m", schema)[1]
        assert (fault.code, "at most 2000 are allowed" in fault.message) == ("MLP0719", True)


def paths(node: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [above]
    if isinstance(node, dict):
        for key, value in node.items():
            found += paths(value, (*above, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            found += paths(value, (*above, number))
    return found


PATHS = paths(SMALL)[1:]
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [
        *(5, -1, True, None, "", "x", "a.b", [], {}, [1], ["a"], [["a", "b"]], {"a": 1}),
        *("#", "#/$defs/item", "#/properties/spec", {"$ref": "#"}, {"$ref": "#/$defs/name"}),
        *({"type": "object"}, {"type": "array"}, {"const": "unknown"}, {"type": "string"}, False),
        *("^(a+)+$", "(", "string", "number", "object", "array", ["string", "null"], 1.5),
        *({"path": "a", "in": []}, {"anyOf": []}, {"enum": [1, "a"]}, {"properties": {}}),
    ]
)
KEYS = st.sampled_from(["type", "anyOf", "$ref", "then", "if", "const", "enum", "items", "not"])


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(PATHS), VALUES, st.none() | KEYS), min_size=1, max_size=2)
)
def test_any_schema_is_read_or_told_and_then_reads_any_manifest(
    changes: list[tuple[tuple[str | int, ...], object, str | None]],
) -> None:
    raw = copy.deepcopy(SMALL)
    for path, value, key in changes:
        here: Any = raw
        try:
            for step in path[:-1]:
                here = here[step]
            if key is not None and isinstance(here[path[-1]], dict):
                here[path[-1]][key] = copy.deepcopy(value)
            else:
                here[path[-1]] = copy.deepcopy(value)
        except (LookupError, TypeError):
            continue
    schema, faults = read_schema(json.dumps(raw).encode(), "s.json", SCOPES)
    for each in faults:
        assert each.code in CODES
        assert each.origin is not None
    if schema is None:
        assert faults
        return
    jsonschema.Draft202012Validator.check_schema(raw)
    for manifest in (MANIFEST, MANIFEST.replace(b"40", b"x").replace(b"one", b"1"), b"[]", b"a: 1"):
        documents, said = load(manifest, "m", schema)
        assert documents or said
    load_waivers(b"apiVersion: forest.dev/v1\nkind: Waivers\nwaivers: [a]\n", "w", schema)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"type": "object", "title": "x", "type": "array"}',
            ["s.json:1:34: the key `type` stands twice in one object"],
        ),
        (
            '{"type": "object",\n "properties": {"a": {}, "\\u0061": {}}}',
            ["s.json:2:26: the key `a` stands twice in one object"],
        ),
        (
            '{"enum": [{"a": 1, "b": {"a": 1}}, {"a": 1}, "a", ["a", "a"]], "enum": ["enum"]'
            ',\n"enum": []}',
            [
                "s.json:1:64: the key `enum` stands twice in one object",
                "s.json:2:1: the key `enum` stands twice in one object",
            ],
        ),
    ],
)
def test_a_key_that_stands_twice_is_told_with_its_place(text: str, said: list[str]) -> None:
    assert told(text) == said
