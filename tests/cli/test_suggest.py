"""The nearest name: what counts as a slip, and which of several is offered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy import suggest
from mlpolicy.check.passes import check
from mlpolicy.ledger import load_ledger
from mlpolicy.manifest import load
from mlpolicy.resources import resource_root
from mlpolicy.schema import load_schema
from mlpolicy.source import Source
from mlpolicy.suggest import LONGEST, Guesses, differ_by_one, distance, nearest, of_same_words
from mlpolicy.syntax.parse import parse
from tests.scopes import SCOPES

TIERS = ("none", "ai_service", "sagemaker", "diy")
FIELDS = ("accuracy", "required_pct", "requests_per_month", "task", "usage")


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("task", "tsk", 1),
        ("diy", "dyi", 1),
        ("diy", "div", 1),
        ("ab", "ba", 1),
        ("abcd", "badc", 2),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_letters_are_put_in_taken_out_changed_and_swapped(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == apart
    assert distance(other, one) == apart
    assert differ_by_one(one, other) is (apart == 1)


@pytest.mark.parametrize(
    ("name", "known", "offered"),
    [
        ("dyi", TIERS, "diy"),
        ("sagemkaer", TIERS, "sagemaker"),
        ("AI-Service", TIERS, "ai_service"),
        ("tsk", FIELDS, "task"),
        ("acuracy", FIELDS, "accuracy"),
        ("required", FIELDS, "required_pct"),
        ("requests", FIELDS, "requests_per_month"),
        ("usage_of_it", FIELDS, "usage"),
        ("aws", ("aws-ml-selection", "storage"), "aws-ml-selection"),
        ("G228", ("G2.8", "G22.8"), "G22.8"),
        ("cot", ("cut", "cat"), "cat"),
        ("policy", ("check", "policies"), "policies"),
        ("zebra", FIELDS, None),
        ("ai", ("diy",), None),
        ("no", ("on",), None),
        ("us", ("usage",), None),
        ("own", ("owner",), None),
        ("x" * 1_000_000, FIELDS, None),
        ("diy", (), None),
    ],
)
def test_the_nearest_name(name: str, known: tuple[str, ...], offered: str | None) -> None:
    assert nearest(name, known) == offered
    assert nearest(name, reversed(known)) == offered


MONTHLY = ("chars_per_text", "documents_per_month", "minutes_per_call", "minutes_per_month", "to")


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("audio_minutes_per_month", "minutes_per_month"),
        ("minutes_of_audio_per_month", "minutes_per_month"),
        ("monthly_documents", "documents_per_month"),
        ("month_documents", "documents_per_month"),
        ("characters_in_text", "chars_per_text"),
        ("pages_per_month", None),
        ("per_to", None),
        ("min_per_month", None),
        ("", None),
        ("minutes_month_" * 5_000, None),
    ],
)
def test_a_name_of_the_same_words(name: str, offered: str | None) -> None:
    assert of_same_words(name, MONTHLY) == offered
    assert of_same_words(name, reversed(MONTHLY)) == offered


# -- How much work guesses make: counted, never timed ------------------------------------------


def work(done: Callable[[], object]) -> int:
    """How many lines of the engine are run."""
    lines = 0

    def inside(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return inside

    def called(frame: FrameType, event: str, _: object) -> Any:
        return inside if "/mlpolicy/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        done()
    finally:
        sys.settrace(before)
    return lines


SCHEMA = load_schema(
    (resource_root() / "schemas" / "mlproject.v1.schema.json").read_bytes(), SCOPES
)


def manifest_of_slips(many: int) -> None:
    """Each workload depends on one that is nearly there."""
    long = "long-name-of-a-workload-" * 2
    rows = "".join(
        f"- {{name: {long}{n:04}, task: sentiment, depends_on: [{long}{n:04}x]}}\n"
        for n in range(many)
    )
    head = "project: p\nowner: team/x\nregions: [eu-west-1]\nworkloads:\n"
    assert load((head + rows).encode(), "m", SCHEMA)[1]


def ledger_of_slips(many: int) -> None:
    entries = "".join(
        f"- {{id: Clause{n:05}, kind: resolution, settles: [Cluase{n:05}], text: t, because: b}}\n"
        for n in range(many)
    )
    head = "name: a\ntitle: t\ndocument: {as_of: 2026-11}\nresolutions:\n"
    assert load_ledger((head + entries).encode(), "s")[1]


def policy_of_slips(many: int) -> None:
    text = "".join(f"define value_of_it_{n:04} : flag = vlaue_of_it_{n:04}\n" for n in range(many))
    source = Source("p.mlp", text)
    tree, faults = parse(source)
    assert faults == ()
    assert check([(source, tree)], schema=None, ledgers={}, digest="")[1]


@pytest.mark.slow
@pytest.mark.parametrize("slips", [manifest_of_slips, ledger_of_slips, policy_of_slips])
def test_twice_as_many_slips_are_twice_the_work(slips: Callable[[int], None]) -> None:
    slips(3)  # what is only done once
    some, more = work(lambda: slips(50)), work(lambda: slips(100))
    assert more < 2.5 * some


def test_a_long_text_makes_no_work() -> None:
    known = ["b" * 50_000, *TIERS]
    assert nearest("a" * 50_000, known) is None
    assert nearest("b" * (LONGEST + 1), ["b" * (LONGEST + 2)]) is None
    assert work(lambda: nearest("a" * 50_000, known)) < 100
    assert work(lambda: nearest("a" * 50, known)) < 1_000


def test_only_the_first_guesses_of_a_file_are_made() -> None:
    guesses = Guesses(2)
    assert [guesses.nearest("dyi", TIERS) for _ in range(3)] == ["diy", "diy", None]


@given(st.text("abc", max_size=9), st.text("abc", max_size=9), st.integers(0, 9))
def test_a_bounded_distance_is_the_distance_or_none(one: str, other: str, most: int) -> None:
    def whole(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        cost = min(
            whole(i - 1, j) + 1,
            whole(i, j - 1) + 1,
            whole(i - 1, j - 1) + (one[i - 1] != other[j - 1]),
        )
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            cost = min(cost, whole(i - 2, j - 2) + 1)
        return cost

    one, other = one[:5], other[:5]
    apart = whole(len(one), len(other))
    assert distance(one, other) == apart
    assert differ_by_one(one, other) is (apart == 1)
    assert suggest._within(one, other, most) == (apart if apart <= most else None)
