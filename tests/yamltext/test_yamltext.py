"""Events of YAML: the same whichever parser gives them, and no limit but ours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import yaml

from mlpolicy.yamltext import Limits, Written
from mlpolicy.yamltext import parsed as yamltext

#: More levels than any version of libyaml allows, and more than ours.
DEEP = 3_000
TEXTS = {
    "brackets": "[" * DEEP,
    "closed brackets": "[" * DEEP + "]" * DEEP,
    "braces": "{a: " * DEEP,
    "one bracket a line": "[\n" * DEEP,
    "brackets behind other text": "a: 1\nb: é😀\nc: " + "[" * DEEP,
    "brackets in a flow of words": "a: [b, 'c[[', d, " + "[" * DEEP,
    "dashes": "- " * DEEP,
    "question marks": "? " * DEEP,
}


def told(event: yaml.Event) -> tuple[object, ...]:
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    value = getattr(event, "value", None)
    return type(event), start.index, end.index, value, getattr(event, "anchor", None)


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_limit_of_the_parser_is_never_met_before_ours(text: str) -> None:
    """A hundred levels can be read of a text that nests without end."""
    got = [told(event) for event in islice(yamltext.events(text), 200)]
    plain = [told(event) for event in islice(yaml.parse(text, Loader=yaml.Loader), 200)]
    assert got == plain
    assert sum(one[0] in (yaml.SequenceStartEvent, yaml.MappingStartEvent) for one in got) > 90


def test_a_limit_of_another_name_is_passed_over_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other versions name other limits; what counts is that the text is not at fault."""
    text = "a: [b, c, d]\n"
    whole = [told(event) for event in yaml.parse(text, Loader=yaml.Loader)]
    parse = yaml.parse

    def limited(stream: str, Loader: object) -> Iterator[yaml.Event]:  # noqa: N803 - PyYAML's word
        for number, event in enumerate(parse(stream, Loader=yaml.Loader)):
            if number == 5 and Loader is yamltext.LOADER:
                mark: Any = event.start_mark
                raise yaml.MarkedYAMLError("while scanning", mark, "maximum of tokens", mark)
            yield event

    monkeypatch.setattr(yamltext, "LOADER", object())
    monkeypatch.setattr(yaml, "parse", limited)
    assert [told(event) for event in yamltext.events(text)] == whole


@pytest.mark.parametrize("text", ["a: [b", "a: b: c", "'x", "a:\n\t- b", "*", "%YAML 9.9\n---\n"])
def test_what_is_not_yaml_stays_so(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        list(yamltext.events(text))


# -- nodes ---------------------------------------------------------------------------------

LIMITS = Limits(depth=4, values=12, entries=3)


def plain(node: Written | None) -> object:
    """A node as Python has it, with what is special about it."""
    if node is None:
        return None
    if node.alias:
        return f"*{node.alias}"
    if node.entries is not None:
        return {str(plain(key)): plain(value) for key, value in node.entries}
    if node.items is not None:
        return [plain(item) for item in node.items]
    return "".join((node.tag, node.style[:1], node.text))


@pytest.mark.parametrize(
    ("text", "documents", "part", "why"),
    [
        ("", [], None, None),
        ("---\n---\na\n", ["", "a"], None, None),
        ("{a: [b, 'c'], d: *x}", [{"a": ["b", "'c"], "d": "*x"}], None, None),
        ("a: !!str |\n  b\n", [{"a": "tag:yaml.org,2002:str|b\n"}], None, None),
        ("a: 1\na: 2\n", [{"a": "2"}], None, None),
        ("[[[[a]]]]", [[[[["a"]]]]], None, None),
        ("[[[[[a]]]]]", [], [[[[]]]], "TOO_DEEP"),
        ("x\n---\n[[[[" + "[" * 5_000, ["x"], [[[[]]]], "TOO_DEEP"),
        ("[1, 2, 3]", [["1", "2", "3"]], None, None),
        ("[1, 2, 3, 4]", [], ["1", "2", "3", "4"], "TOO_MANY_ENTRIES"),
        ("[[1, 2, 3], [1, 2, 3], [1, 2, 3]]", [], [["1", "2", "3"]] * 2 + [["1", "2", "3"]],
         "TOO_MANY_VALUES"),
        ("a: b\n---\na: [b", [{"a": "b"}], {"a": ["b"]}, "NOT_YAML"),
        ("a: b: c", [], {"a": "b"}, "NOT_YAML"),
        ("'open", [], None, "NOT_YAML"),
    ],
)  # fmt: skip
def test_a_text_becomes_nodes_up_to_its_limits(
    text: str, documents: list[object], part: object, why: str | None
) -> None:
    found = yamltext.compose(text, LIMITS)
    assert [plain(each) for each in found.documents] == documents
    assert plain(found.part) == part
    assert (found.stop.why.name if found.stop else None) == why


def test_places_are_those_of_the_text() -> None:
    text = "a: [b, 'c']  # remark\nd:\n  - |\n    x\n\n  # y\ne: &f\n  g: h\n"
    (root,) = yamltext.compose(text, Limits(9, 99, 99)).documents
    assert root is not None
    assert root.entries is not None
    (_, first), (_, second), (_, third) = root.entries
    assert text[first.start : first.end] == "[b, 'c']"
    assert second.items is not None
    assert text[second.start : second.end].startswith("- |\n    x\n")
    assert text[third.last.start : third.end] == "h"
    assert (third.anchor, third.flow, first.flow) == ("f", False, True)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("a: b: c", "quote text"),
        ("a:\n\t- b", "tabs"),
        ("[a", "close the bracket"),
        ("a: 1\n b: 2", "begin `b` in the same column as `a`"),
    ],
)
def test_what_is_not_yaml_comes_with_a_way_out(text: str, help: str) -> None:
    stop = yamltext.compose(text, LIMITS).stop
    assert stop is not None
    assert help in stop.help
