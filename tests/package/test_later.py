"""A node of which a part is made when it is asked for is like any other."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from mlpolicy.core.later import Later, later
from mlpolicy.core.node import node


@node(kw_only=True)
class Pair(Later):
    """Two numbers."""

    one: int
    other: int = 2


def made(asked: list[str], one: int = 1) -> Pair:
    def make(name: str) -> int:
        asked.append(name)
        return {"one": one, "other": 2}[name]

    return later(Pair, make)


def test_a_field_is_made_once_when_it_is_asked_for() -> None:
    asked: list[str] = []
    pair = made(asked)
    assert not asked
    assert (pair.other, pair.other) == (2, 2)
    assert asked == ["other"]


def test_what_is_known_is_not_made() -> None:
    asked: list[str] = []
    pair = later(Pair, lambda name: asked.append(name) or 1, other=5)  # type: ignore[func-returns-value]
    assert pair.other == 5
    assert not asked
    assert (pair, asked) == (Pair(one=1, other=5), ["one"])


def test_it_equals_one_that_was_made_at_once() -> None:
    assert made([]) == Pair(one=1)
    assert hash(made([])) == hash(Pair(one=1))
    assert made([], one=3) != Pair(one=1)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_a_copy_has_all_fields(again) -> None:  # type: ignore[no-untyped-def]
    asked: list[str] = []
    assert again(made(asked)) == Pair(one=1)
    assert asked == ["one", "other"]
    assert replace(made([]), other=5) == Pair(one=1, other=5)


def test_nothing_else_can_be_asked_for_or_assigned() -> None:
    pair = made([])
    with pytest.raises(AttributeError, match="Pair has no third"):
        _ = pair.third
    with pytest.raises(AttributeError, match="has no one"):
        _ = object.__new__(Pair).one
    with pytest.raises(FrozenInstanceError):
        pair.one = 5  # type: ignore[misc]
