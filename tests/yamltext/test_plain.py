"""What is read without PyYAML is read as PyYAML reads it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, note

from mlpolicy.yamltext import Limits, parsed, plain
from tests.laws.examples import DRAWS, laws

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(depth=6, values=400, entries=40)
WIDE = Limits(depth=20, values=100_000, entries=1_000)

FILES = sorted(
    path
    for folder in ("policies", "tests", "docs", "benchmarks")
    for path in (ROOT / folder).rglob("*.yaml")
)

#: Whole lines, and what a person may type into one.
LINES = [
    *("a: 1", "b:", "c: some words", "d: 'in quotes' # remark", 'e: "in quotes"', "f: [a, b, -1]"),
    *("g: {h: i, j: [k, {l: m}]}", "- n", "- o: p", "- - q", "-", "# remark", "", "r: s: t", "u"),
    *("- [v]", "w: x#y", "z: 12:30", "a: - b", "'a': b", "a:b", "- 'c': d", "e:   f   ", "- g:"),
    *("a: [b", "a: 'b''c'", 'a: "b\\n"', "a: &b c", "a: *b", "a: |", "a: >-", "---", "...", "%Y 1"),
    *("? a", "a: !b c", "a: ~", "a: @b", "a: b\tc", "a: b: ", "a: 'b'c", "a: [b]c", "a: [b,]"),
    *("a: [b, , c]", "a: {b}", "a: {b:c}", "a: [b: c]", "a: [b?c]", "a: - ", "é: è", "a: é"),
]
PIECES = [*" -:#[]{},'\"\\&*!|>%@`?~\n\t", ": ", "- ", " #", "\n  ", "a", "1"]


def typed(rng: Random) -> str:
    """A text as a person may type it: lines, at most three slips, and a line end or none."""
    lines = [" " * rng.randrange(7) + rng.choice(LINES) for _ in range(rng.randrange(9))]
    text = "\n".join(lines)
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(PIECES) + text[place:]
    return text + "\n" * rng.randrange(2)


def same(text: str, limits: Limits) -> bool:
    """Is a text read plainly, and then as PyYAML reads it?"""
    found = plain.composed(text, limits)
    if found is None:
        return False
    assert found == parsed.compose(text, limits)
    return True


#: Where a slip of the plain reader was found.
FOUND = ("a:\n- b\nc: d\n", "- a\n- b: c\n  d:\n\n  # e\n\n")


@pytest.mark.slow
@given(DRAWS)
@laws(400)
def test_a_text_is_read_as_pyyaml_reads_it(rng: Random) -> None:
    text = typed(rng)
    note(text)
    assume(same(text, LIMITS))


@pytest.mark.parametrize("text", FOUND)
def test_a_text_that_was_read_otherwise_is_read_alike(text: str) -> None:
    assert same(text, LIMITS)


def test_files_are_read_as_pyyaml_reads_them() -> None:
    """And most of them are written plainly, or this would compare nothing."""
    read = [same(path.read_text("utf-8"), WIDE) for path in FILES]
    assert len(read) > 40
    assert sum(read) > len(read) / 2


@pytest.mark.parametrize(
    "limits",
    [Limits(1, 400, 40), Limits(6, 5, 40), Limits(6, 400, 1)],
    ids=["deep", "many", "long"],
)
def test_what_passes_a_limit_is_left_to_pyyaml(limits: Limits) -> None:
    text = "a: [b, c]\nd:\n  e: f\n"
    assert same(text, LIMITS)
    assert plain.composed(text, limits) is None
    assert parsed.compose(text, limits).stop is not None


@pytest.mark.parametrize("line", [line for line in LINES if plain.composed(line, LIMITS) is None])
def test_what_it_does_not_know_it_does_not_say(line: str) -> None:
    for text in (line, f"a:\n  {line}\n", f"- {line}\n"):
        if (found := plain.composed(text, LIMITS)) is not None:
            assert found == parsed.compose(text, LIMITS)


def test_a_file_of_a_megabyte_takes_no_call_for_each_level(tmp_path: Path) -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(3000))
    assert plain.composed(deep, WIDE) is None
    brackets = "a: " + "[" * 50_000
    assert plain.composed(brackets, WIDE) is None
