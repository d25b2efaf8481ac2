"""The one layout: pages that show it, laws that hold for every policy, and planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, note

import mlpolicy.format as room
from mlpolicy.format import LIMIT, formatted
from mlpolicy.format.columns import aligned
from mlpolicy.format.layout import lines_of
from mlpolicy.format.lines import Items, Line, attachments
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse_lossless
from tests.format.noise import items, noisy, remarked
from tests.laws.examples import DRAWS, laws
from tests.laws.generate import make_nested_policy, make_policy
from tests.mdcase import Case, Golden, for_each, pages
from tests.profiles import lanes

HERE = Path(__file__).parent
TESTS = HERE.parent
CASES = pages(HERE / "cases")
SAMPLE = (TESTS / "syntax" / "data" / "sample.mlp").read_text("utf-8")
#: A version that is released keeps the layout that it had.
RELEASED = "aws-ml-selection/1.0.0/"
#: Every policy file that is kept here, but for one whose layout is what it is kept for.
KEPT = sorted(
    path
    for folder in (resource_root() / "policies", TESTS)
    for path in folder.rglob("*.mlp")
    if path.name != "sample.mlp" and RELEASED not in path.as_posix()
)


def laid(text: str, name: str = "policy.mlp") -> str:
    """A text in its layout."""
    written, faults = formatted(Source(name, text))
    assert written is not None, faults
    return written


@for_each(CASES)
def test_a_policy_gets_the_layout_that_the_page_shows(case: Case, golden: Golden) -> None:
    after = case.after
    assert after is not None
    written = laid(case.one("mlp").text)
    assert laid(written) == written
    golden.holds(case, after, written)


@pytest.mark.parametrize("path", lanes(KEPT, fast=12), ids=lambda path: "/".join(path.parts[-3:]))
def test_every_policy_that_is_kept_here_is_in_its_layout(path: Path) -> None:
    text = path.read_text("utf-8")
    assert laid(text, path.name) == text, "run: mlpolicy fmt policies tests"


def test_no_line_of_a_shipped_policy_is_longer_than_a_screen_is_wide() -> None:
    shipped = [path for path in KEPT if path.is_relative_to(resource_root() / "policies")]
    lines = [(path, line) for path in shipped for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 1000
    assert [(path, line) for path, line in lines if len(line) > LIMIT] == []


# ── Laws ─────────────────────────────────────────────────────────────────────────────────


def drawn(rng: Random) -> str:
    """A policy at random."""
    return "\n".join(rng.choice((make_policy, make_nested_policy))(rng)) + "\n"


def told(text: str) -> tuple[object, object]:
    """What a text says: its tree, and its remarks with what they are attached to."""
    source = Source("policy.mlp", text)
    file, trees, problems = parse_lossless(source)
    assert problems == (), (problems, text)
    return file.declarations, attachments(source, trees, file.comments)


@pytest.mark.slow
@laws(24)
@given(DRAWS)
def test_layout_changes_neither_the_tree_nor_a_remark(rng: Random) -> None:
    text = noisy(remarked(items(drawn(rng)), rng), rng)
    note(text)
    written = laid(text)
    assert told(written) == told(text)
    assert laid(written) == written


@pytest.mark.slow
@laws(24)
@given(DRAWS)
def test_one_layout_comes_of_every_way_to_type_a_policy(rng: Random) -> None:
    made = remarked(items(drawn(rng)), rng)
    one, other = noisy(made, rng), noisy(made, rng)
    note(f"{one}\n---\n{other}")
    assert laid(one).splitlines() == laid(other).splitlines()


@pytest.mark.slow
def test_the_sample_of_all_constructs_has_one_layout() -> None:
    made = items(SAMPLE)
    for seed in range(3):
        assert laid(noisy(made, Random(seed))).splitlines() == laid(SAMPLE).splitlines()


@pytest.mark.slow
@laws(8)
@given(DRAWS)
def test_a_line_that_is_too_long_cannot_be_broken(rng: Random) -> None:
    """But for a remark at its end."""
    for line in aligned(items(laid(drawn(rng)))):
        assert isinstance(line, Line)
        for printed in lines_of(line):
            if len(printed) > LIMIT:
                breaks = [p for p in line.pieces if p.rank is not None]
                assert not any(f" {p.text} " in printed[LIMIT // 2 :] for p in breaks), printed


# ── Planted faults ───────────────────────────────────────────────────────────────────────

TEXT = """\
define a : flag = (b or c) and d  # why
  ref guide#C1, guide#C2
# above
define b : flag = yes
rule c warn
  when b
  say "one word"
    # and another
    "is enough"
"""

Spoil = Callable[[Items], Items]


def spoiled(change: Callable[[Line], Line]) -> Spoil:
    def spoil(made: Items) -> Items:
        return tuple(change(item) if isinstance(item, Line) else item for item in made)

    return spoil


def without(*texts: str) -> Spoil:
    return spoiled(
        lambda line: replace(line, pieces=tuple(p for p in line.pieces if p.text not in texts))
    )


FAULTS: dict[str, Spoil] = {
    "a remark is lost": lambda made: tuple(item for item in made if isinstance(item, Line)),
    "a remark at the end of a line is lost": spoiled(
        lambda line: replace(line, pieces=tuple(replace(p, behind="") for p in line.pieces))
    ),
    "a remark moves to the end of the declaration": spoiled(
        lambda line: replace(
            line,
            pieces=(
                *(replace(p, behind="") for p in line.pieces[:-1]),
                replace(line.pieces[-1], behind="".join(p.behind for p in line.pieces)),
            ),
        )
    ),
    "a remark moves to another declaration": lambda made: made[::-1],
    "parentheses are lost": without("(", ")"),
    "a word is lost": without("and", "d"),
    "a word of a text is lost": spoiled(
        lambda line: replace(
            line,
            pieces=tuple(
                replace(p, text=p.text.replace("one ", "")) if p.kind == "STRING" else p
                for p in line.pieces
            ),
        )
    ),
    "a remark within a text moves behind it": spoiled(
        lambda line: replace(
            line,
            pieces=tuple(
                replace(p, above=(), behind=" ".join(p.above)) if p.kind == "STRING" else p
                for p in line.pieces
            ),
        )
    ),
    "a line loses its space": spoiled(
        lambda line: replace(line, pieces=tuple(replace(p, gap="") for p in line.pieces))
    ),
    "a declaration is indented": spoiled(lambda line: replace(line, depth=1)),
    "an operator becomes another one": spoiled(
        lambda line: replace(
            line,
            pieces=tuple(replace(p, text="and") if p.text == "or" else p for p in line.pieces),
        )
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_layout_that_would_say_something_else_is_refused(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert laid(TEXT) == TEXT
    monkeypatch.setattr(room, "aligned", lambda made: FAULTS[fault](aligned(made)))
    written, faults = formatted(Source("policy.mlp", TEXT))
    assert written is None
    assert [each.code for each in faults] == ["MLP1501"]
