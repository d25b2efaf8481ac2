"""The quick acceptor against jsonschema: wherever it says yes or no, jsonschema says the same."""

from __future__ import annotations

import copy
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.manifest import load
from mlpolicy.resources import resource_root
from mlpolicy.schema import Schema, load_schema
from mlpolicy.schema.accept import fits
from mlpolicy.schema.fields import _validator
from tests.profiles import examples
from tests.scopes import SCOPES

ROOT = Path(__file__).parents[2]
MANIFESTS = sorted((ROOT / "tests" / "policy").rglob("*.mlproject.yaml"))

words = st.sampled_from(["", "a", "ab", "abc", "é", "unknown", "1"])
numbers = st.one_of(
    st.integers(-3, 3), st.sampled_from([Decimal("0.5"), Decimal("2.0"), Decimal("-1.25")])
)
scalars = st.one_of(words, numbers, st.booleans())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
types = st.sampled_from(["object", "array", "string", "boolean", "number", "integer"])
counts = st.integers(0, 3)


def schemas_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas with any of the keywords that are known, and two that are not."""
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": types,
        "enum": st.lists(st.one_of(words, numbers), min_size=1, max_size=3),
        "const": st.one_of(words, numbers),
        "anyOf": st.lists(inner, min_size=1, max_size=3),
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "if": inner,
        "then": inner,
        "else": inner,
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "additionalProperties": inner,
        "items": inner,
        "minItems": counts,
        "maxItems": counts,
        "uniqueItems": st.booleans(),
        "pattern": st.sampled_from(["^a", "b$", "^(?!unknown$)", "."]),
        "minLength": counts,
        "maxLength": counts,
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "not": inner,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=1),
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
    }
    return st.one_of(
        *(st.fixed_dictionaries({name: each}) for name, each in keywords.items()),
        st.fixed_dictionaries({}, optional=keywords).map(lambda s: dict(list(s.items())[:5])),
    )


schemas: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.booleans(), st.builds(dict)), schemas_of, max_leaves=6
)


@pytest.mark.slow
@examples(400)
@given(schema=schemas, value=values)
def test_what_it_says_jsonschema_says(schema: Any, value: Any) -> None:
    said = fits(schema, value)
    if said is not None:
        assert _validator(schema).is_valid(value) is said


#: One schema for each keyword and bound, and values on, below and above each bound.
EDGES: list[Any] = [
    *({"type": each} for each in ("object", "array", "string", "boolean", "number", "integer")),
    *({"enum": ["a", 1, Decimal("0.5")]}, {"const": "a"}, {"const": 1}, {"const": Decimal("0.5")}),
    *({"minItems": 2}, {"maxItems": 1}, {"uniqueItems": True}, {"uniqueItems": False}),
    *({"minLength": 2}, {"maxLength": 1}, {"pattern": "b"}, {"pattern": "^b"}),
    *({"minimum": 1}, {"maximum": 1}, {"exclusiveMinimum": 1}, {"minimum": Decimal("0.5")}),
    *({"required": ["a"]}, {"properties": {"a": False}}, {"properties": {"a": {"const": 1}}}),
    *({"additionalProperties": False}, {"properties": {"a": True}, "additionalProperties": False}),
    *({"items": {"type": "string"}}, {"prefixItems": [True], "items": False}),
    *({"if": {"const": 1}, "then": False}, {"if": {"const": 1}, "else": False}, {"then": False}),
]
VALUES: list[Any] = [
    *("", "a", "b", "ab", "ba", 0, 1, 2, -1, Decimal("0.5"), Decimal("1.0"), Decimal("1.5")),
    *(True, False, [], ["a"], ["a", "b"], ["a", "a"], [1, 1], [1, "a"], [1], ["a", 1, "a"]),
    *({}, {"a": 1}, {"a": 2}, {"b": 1}, {"a": 1, "b": 1}),
]


@pytest.mark.parametrize("schema_", EDGES, ids=str)
def test_every_keyword_at_its_edges(schema_: Any) -> None:
    judge = _validator(schema_)
    for value in VALUES:
        assert fits(schema_, value) in (judge.is_valid(value), None), value
    if "prefixItems" not in schema_:
        assert all(fits(schema_, value) is not None for value in VALUES)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema(
        (resource_root() / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES
    )


@pytest.fixture(scope="module")
def written(schema: Schema) -> list[Any]:
    """Manifests as the schema sees them: what `fits` was asked about each."""
    asked: list[Any] = []

    class Asked(Schema):
        def errors(self, value: object) -> Any:
            asked.append(value)
            return super().errors(value)

    for path in MANIFESTS:
        assert load(path.read_bytes(), path.name, Asked(schema.raw, SCOPES))[1] == ()
    return asked


@pytest.mark.slow
def test_every_good_manifest_is_accepted_at_once(schema: Schema, written: list[Any]) -> None:
    assert len(written) >= len(MANIFESTS) > 10
    assert all(fits(schema.lean, value) is True for value in written)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in below:
        found.append((*path, key))
        if isinstance(inner, (dict, list)):
            found.extend(_spots(inner, (*path, key)))
    return found


OTHERS: list[Any] = [
    *("unknown", "", "x" * 3000, "a b", "sentiment", True, False, 0, 1, -1, 101, 10**16),
    *(Decimal("0.5"), Decimal("2.0"), [], {}, ["x", "x"], ["x", 1], {"low": 1, "high": 2}),
    {"low": 1},
]


@pytest.mark.slow
@examples(250)
@given(seed=st.integers(0, 2**32))
def test_of_a_spoilt_manifest_it_says_what_jsonschema_says(
    schema: Schema, written: list[Any], seed: int
) -> None:
    rng = Random(seed)
    value = copy.deepcopy(rng.choice(written))
    for _ in range(rng.randint(1, 3)):
        *above, key = rng.choice(_spots(value))
        here = value
        for step in above:
            here = here[step]
        match rng.randrange(4):
            case 0:
                del here[key]
            case 1 if isinstance(here, dict):
                here[rng.choice(["strange", "name", "low"])] = rng.choice(OTHERS)
            case _:
                here[key] = copy.deepcopy(rng.choice(OTHERS))
    assert fits(schema.lean, value) is schema._validator.is_valid(value)


@pytest.mark.parametrize(
    ("schema_", "value"),
    [
        ({"oneOf": [True]}, 1),
        ({"type": ["string", "number"]}, 1),
        ({"const": True}, True),
        ({"patternProperties": {"a": True}, "additionalProperties": False}, {"a": 1}),
        ({"if": {"not": True}, "else": False}, 1),
        ({"anyOf": [False, {"format": "date"}]}, 1),
    ],
)
def test_what_it_does_not_know_it_does_not_say(schema_: Any, value: Any) -> None:
    assert fits(schema_, value) is None


def test_a_kept_schema_is_the_same(schema: Schema) -> None:
    import pickle

    kept = pickle.loads(pickle.dumps(load_schema(_text(), SCOPES).worked_out()))
    assert (kept.root, kept.short_form, kept.lean) == (schema.root, schema.short_form, schema.lean)
    assert list(kept.errors({"apiVersion": 1}))


def _text() -> str:
    return (resource_root() / "schemas" / "mlproject.v1.schema.json").read_text("utf-8")


@pytest.mark.slow
def test_jsonschema_is_loaded_for_a_fault_only() -> None:
    code = (
        "import sys\nfrom mlpolicy.manifest import load, load_schema\n"
        "from mlpolicy.core.scopes import scopes_of\n"
        "SCOPES = scopes_of('project', 'workload', 'workloads')\n"
        "schema = load_schema(open(sys.argv[1], encoding='utf-8').read(), SCOPES)\n"
        "documents, faults = load(sys.argv[2].encode(), 'm.yaml', schema)\n"
        "print(len(documents), len(faults), 'jsonschema' in sys.modules)"
    )
    good = (
        "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads: [{name: w, task: sentiment}]\n"
    )
    schema = str(resource_root() / "schemas" / "mlproject.v1.schema.json")
    said = []
    for text in (good, good.replace("owner", "ownr")):
        command = [sys.executable, "-c", code, schema, text]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said == ["1 0 False\n", "0 1 True\n"]
