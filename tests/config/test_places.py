"""What a configuration says, and where: places are exact however TOML lets it be written."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mlpolicy import tomltext
from mlpolicy.config import read_config
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.schema.nodes import Listing, Mapping, Node, Scalar
from mlpolicy.session import report_schema
from mlpolicy.source import Source
from tests.profiles import examples

#: A text; the path to a value; what is written at the place of its key and of the value
PLACES = [
    ('a = "x" # "y"\n', ["a"], "a", '"x"'),
    ("[t]\n# a = 1\n'a b' = 1_000\n", ["t", "a b"], "'a b'", "1_000"),
    ("[other]\na = 1\n[t]\na = 2\n", ["t", "a"], "a", "2"),
    ('x = """\na = 1\n"""\r\na = 2\r\n', ["a"], "a", "2"),
    ("x = 'a = 1'\na = 2026-01-02\n", ["a"], "a", "2026-01-02"),
    ("a = 2026-01-02 03:04:05 # late\n", ["a"], "a", "2026-01-02 03:04:05"),
    ("t.u.a = true\n", ["t", "u", "a"], "a", "true"),
    ('"t".a = [\n 1, # one\n "2]",\n]\n', ["t", "a", 1], '"2]"', '"2]"'),
    ("a = {b = {c = 1}, d.e = [{f = 2}]}", ["a", "d", "e", 0, "f"], "f", "2"),
    ("[[a]]\nb = 1\n[[a]]\nb = 2\n", ["a", 1, "b"], "b", "2"),
    ("[[a]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\n[[a.b]]\n[a.b.d]\nc=2", ["a", 1, "b", 1, "d", "c"],
     "c", "2"),
    ("[[ a ]] # x\nb = 1\n", ["a", 0], "[[ a ]]", "[[ a ]]"),
    ('"a\\"]" = """x""y""""\n', ['a"]'], '"a\\"]"', '"""x""y""""'),
]  # fmt: skip


def read(text: str) -> Mapping:
    node = tomltext.read(Source("f", text), "MLP0908")
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(("text", "path", "key", "value"), PLACES)
def test_keys_and_values_have_their_places(
    text: str, path: list[str | int], key: str, value: str
) -> None:
    node: Node = read(text)
    span = node.span
    for step in path:
        if isinstance(step, int):
            assert isinstance(node, Listing)
            node = node.items[step]
            span = node.span
        else:
            assert isinstance(node, Mapping)
            entry = node.entry(step)
            assert entry is not None
            node, span = entry.value, entry.key.span
    assert text[span.start : span.end] == key
    assert text[node.span.start : node.span.end] == value


def plain(node: Node) -> object:
    match node:
        case Mapping():
            return {entry.name: plain(entry.value) for entry in node.entries}
        case Listing():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value


KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f]'", '"\\u0067"', "h.i"])
TWO_LINES = '"""\ny = "1"\n"""'
VALUES = st.recursive(
    st.sampled_from(
        ["1", "-2.50", "true", '"x"', "'#'", TWO_LINES, "''''z'''''", '"""x""y""""', "1e3", "0x1F"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ " + ", #\n".join(items) + "\n]")
        | st.dictionaries(KEYS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{k} = {v}" for k, v in items.items()) + "}"
        )
    ),
    max_leaves=6,
)
TABLES = st.lists(
    st.tuples(
        st.sampled_from(["", "[t]", "[[l]]", "[ l . m ]", "[[l.n]]", '["u.v".w]']),
        st.dictionaries(KEYS, VALUES, max_size=3),
    ),
    max_size=5,
)


@examples(100)
@given(TABLES)
def test_whatever_tomllib_reads_is_read_the_same_with_a_place_for_each(tables: Any) -> None:
    text = "".join(
        heading + " # r\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for heading, entries in tables
    )
    node = tomltext.read(Source("f", text), "MLP0908")
    try:
        expected = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        assert isinstance(node, Diagnostic)
        return
    assert isinstance(node, Mapping)
    assert plain(node) == expected
    for value, span in scalars(node):
        again = tomllib.loads("x = " + text[span.start : span.end], parse_float=Decimal)
        assert again["x"] == value


def scalars(node: Node) -> list[tuple[object, Any]]:
    match node:
        case Mapping():
            return [each for entry in node.entries for each in scalars(entry.value)]
        case Listing():
            return [each for item in node.items for each in scalars(item)]
        case Scalar():
            return [(node.value, node.span)]


#: A configuration; the place, the message and the help
TOLD = [
    ("fail_on = 'block'", "1:11", "expected a list", 'write `["block"]`'),
    ("fail_on = ['blok']", "1:12", "`fail_on` has `blok`", "did you mean `block`?"),
    ("manifest_waivers = 'no'", "1:20", "expected `true` or `false`", "write `false`"),
    ("as_of = 2026-02-30", None, "not valid TOML", ""),
    ("as_of = '2026-02-30'", "1:9", "not a day of the calendar", "write a real date"),
    ("as_of = 'soon'", "1:9", "expected `today`, or a date", ""),
    ("approved = 'p@1'", "1:12", "`approved` is `p@1`; expected a list", "`[[approved]]`"),
    ("policy = 1.5", "1:10", "`policy` is the number 1.5", 'put it in quotes: `"1.5"`'),
    ("[approvd]", "1:2", "unknown key `approvd`", "did you mean `approved`?"),
    (
        "[other]\npolicy = 1\n",
        "1:2",
        "unknown key `other`",
        "keys there: policy, extensions, as_of",
    ),
]


@pytest.mark.parametrize(("text", "place", "message", "help"), TOLD)
def test_a_fault_says_what_was_expected_and_what_to_write(
    text: str, place: str | None, message: str, help: str
) -> None:
    config, [fault] = read_config(Source("mlpolicy.toml", text), table=False)
    assert config is None
    assert message in fault.message
    assert help in fault.help
    assert place is None or str(fault.place) == f"mlpolicy.toml:{place}"


def test_a_key_of_another_tool_is_not_taken_for_ours() -> None:
    text = "[tool.other]\npolicy = 1\n\n[tool.mlpolicy]\npolicy = 2\n"
    _, [fault] = read_config(Source("pyproject.toml", text), table=True)
    assert str(fault.place) == "pyproject.toml:5:10"


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ('policy = "p@1"\nas_of = "today"\nfail_on = ["warn"]\nrequire_approval = true', True),
        ('[[approved]]\npolicy = "p@1.0.0"\nby = "b"\non = "2026-01-02"\n', False),
        ('policy = ""', False),
        ('plicy = "p"', False),
    ],
)
def test_the_published_schema_says_the_same(text: str, is_good: bool) -> None:
    schema = json.loads(report_schema("configuration"))
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(tomllib.loads(text)) == is_good
    config, _ = read_config(Source("mlpolicy.toml", text), table=False)
    assert (config is not None) == is_good
