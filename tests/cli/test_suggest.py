"""The nearest name: what counts as a slip, and which of several is offered."""

from __future__ import annotations

import pytest

from mlpolicy.suggest import distance, nearest

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
