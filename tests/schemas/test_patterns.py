"""Regular expressions of a schema: what can take long is refused, ordinary ones are not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpolicy.resources import resource_root
from mlpolicy.schema.patterns import refusal


def shipped() -> list[str]:
    found: set[str] = set()

    def note(node: dict[str, object]) -> dict[str, object]:
        if isinstance(pattern := node.get("pattern"), str):
            found.add(pattern)
        return node

    for path in (resource_root() / "schemas").glob("*.json"):
        json.loads(path.read_text(), object_hook=note)
    return sorted(found)


GOOD = [
    *(r"^[^@]+@[^@]+$", r"^(ab)*$", r"^(a|b)*$", r"\d{3}", r"^(\w+,)*$", r"a+$", r"^.*$"),
    *(r"^v\d+(\.\d+){0,2}$", r"^(?:a|b)+@x$", r"^(a|ab)*$", r"^[a-z]+(-[a-z]+)*(:[0-9]+)?$"),
    *(r"^(?!unknown$)\S(.*\S)?$", r"^(ab|cd)?$", r"", r"^$", r"^(?:a,|b,)*$", r"^.+@.+$"),
]
BAD = [
    *(r"^(a+)+$", r"(a*)*b", r"^(a|a)*$", r"^(a?)*$", r"^(a|b|ab)+$", r"a*a*b", r"^a*a*a*$"),
    *(r"^.+@.+\..+$", r"^(\w+\s?)*$", r"^([a-z]+-?)*$", r"(", r"(a)\1", r"^(.*,)*x$"),
    *(r"^((ab)+c?)*$", r"^(?:a+|b)*$", r"^([a-z]{1,60}){1,60}$", r"^(,a*,)*$", r"^(-(a|a))*$"),
    *(r"^(-a?a?)*$", r"^((a+){0,5}){0,5}$", r"^(?:a*a*a*|b)$", r"^(?:x(a+)+)?$", r"(?=(a+)+b)"),
    *(r"^(-(ab?|abb?))*$", "a" * 3000, r"^(a)?(?(1)b|c)$"),
]


@pytest.mark.parametrize("pattern", [*GOOD, *shipped()])
def test_an_ordinary_expression_is_allowed(pattern: str) -> None:
    assert refusal(pattern) is None


@pytest.mark.parametrize("pattern", BAD)
def test_one_that_can_take_long_is_refused_with_the_reason(pattern: str) -> None:
    said = refusal(pattern)
    assert said
    assert "\n" not in said


class Counted:
    """Matches as Python's `re` does, by going back, and counts the steps."""

    def __init__(self, pattern: str, most: int) -> None:
        self.items = list(import_module("re._parser").parse(pattern))
        self.most, self.steps = most, 0

    def search(self, text: str) -> None:
        for start in range(len(text) + 1):
            if any(True for _ in self.run(self.items, 0, text, start)):
                return

    def run(self, items: Any, index: int, text: str, at: int) -> Iterator[int]:
        self.steps += 1
        if self.steps > self.most:
            raise TimeoutError
        if index == len(items):
            yield at
            return
        name, argument = str(items[index][0]), items[index][1]
        for end in self.one(name, argument, text, at):
            yield from self.run(items, index + 1, text, end)

    def one(self, name: str, argument: Any, text: str, at: int) -> Iterator[int]:
        match name:
            case "AT":
                if (at == 0) if "BEGINNING" in str(argument) else (at == len(text)):
                    yield at
            case "SUBPATTERN":
                yield from self.run(list(argument[3]), 0, text, at)
            case "BRANCH":
                for choice in argument[1]:
                    yield from self.run(list(choice), 0, text, at)
            case "MAX_REPEAT":
                least, most, body = argument
                yield from self.repeat(least, most, body, text, at, 0)
            case "LITERAL":
                if text[at : at + 1] == chr(argument):
                    yield at + 1
            case "IN":
                if at < len(text) and any(
                    ord(text[at]) == part[1]
                    if str(part[0]) == "LITERAL"
                    else part[1][0] <= ord(text[at]) <= part[1][1]
                    for part in argument
                ):
                    yield at + 1
            case _:
                raise AssertionError(name)

    def repeat(
        self, least: int, most: int, body: Any, text: str, at: int, done: int
    ) -> Iterator[int]:
        self.steps += 1
        if self.steps > self.most:
            raise TimeoutError
        if done < most:
            for end in self.run(list(body), 0, text, at):
                if end > at:
                    yield from self.repeat(least, most, body, text, end, done + 1)
        if done >= least:
            yield at


PARTS = st.recursive(
    st.sampled_from(["a", "b", "-", "[ab]", "[a-c]"]),
    lambda below: st.one_of(
        st.tuples(below, below).map("".join),
        st.tuples(below, below).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(below, st.sampled_from(["*", "+", "?", "{0,3}", "{2,9}"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(PARTS, st.sampled_from(["^", ""]), st.text("ab-", min_size=1, max_size=4))
def test_what_is_allowed_takes_few_steps(part: str, begins: str, word: str) -> None:
    """Steps grow with the square of the text's length at most: law, counted on a plain matcher."""
    pattern = f"{begins}{part}$"
    if refusal(pattern) is not None:
        return
    re.compile(pattern)
    for length in (20, 40):
        text = (word * length)[:length] + "!"
        Counted(pattern, 60 * length * length).search(text)
