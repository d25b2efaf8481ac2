"""Events of YAML: the same whichever parser gives them, and no limit but ours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import yaml

from mlpolicy import yamltext

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
