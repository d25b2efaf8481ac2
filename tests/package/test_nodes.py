"""The quick decorators make what the standard `dataclass` would make."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mlpolicy import dataclass as quick
from mlpolicy.core import decision, facts, numbers, program, values
from mlpolicy.core.node import node
from mlpolicy.dataclass import classes, field


@node
class Small:
    """Two fields, one with a default."""

    a: int
    b: str = "b"


@node(kw_only=True)
class Named:
    """By name only; a list of its own for each."""

    a: int
    many: list[int] = field(default_factory=list)
    told: str = field(default="", compare=False)
    kept: int | None = field(default=None, init=False, compare=False)
    made: list[int] = field(default_factory=list, init=False)


@node
class Empty:
    """Nothing."""


@dataclass
class Standard:
    """As `Small`, by the standard decorator."""

    a: int
    b: str = "b"


@pytest.mark.parametrize("arguments", [(), (1,), (1, "x"), (1, "x", 2)])
@pytest.mark.parametrize("named", [{}, {"a": 1}, {"b": "x"}, {"c": 1}])
def test_a_node_takes_what_a_dataclass_takes(
    arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    def made(kind: type) -> object:
        try:
            return dataclasses.astuple(kind(*arguments, **named))
        except TypeError:
            return TypeError

    # The first of its kind is made by another way than those that follow.
    fresh: type = node(type("Small", (), {"__annotations__": {"a": "int", "b": "str"}, "b": "b"}))
    assert made(fresh) == made(Standard)
    assert made(fresh) == made(Standard)
    assert made(Small) == made(Standard)


def test_by_name_only_and_made_anew() -> None:
    one, other = Named(a=1), Named(a=1, told="x")
    assert one == other
    assert one.many == []
    assert one.many is not other.many
    assert one.made == []
    assert one.made is not other.made
    assert one.kept is None
    with pytest.raises(TypeError):
        Named(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Named(a=1, kept=2)  # type: ignore[call-arg]


@node(kw_only=True, eq=False)
class Own:
    """Equal to itself alone."""

    a: int


def test_without_eq_a_node_equals_itself_alone() -> None:
    one, other = Own(a=1), Own(a=1)
    assert one == one
    assert one != other
    assert len({one, other}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.a = 2  # type: ignore[misc]
    assert dataclasses.replace(one, a=3).a == 3


def test_equal_by_kind_and_fields() -> None:
    assert Small(1) == Small(1, "b") != Small(2)
    assert Small(1) != Standard(1)
    assert len({Small(1), Small(1), Small(2), Empty(), Empty()}) == 3
    assert repr(Small(1)) == "Small(a=1, b='b')"
    assert dataclasses.replace(Small(1), a=2) == Small(2)
    assert pickle.loads(pickle.dumps(Small(1))) == Small(1)


@node(kw_only=True)
class Above:
    """A class that others extend."""

    kept: int = 0


@node
class Below(Above):
    """A field of its own, and one of the class above."""

    own: list[int]


NODES = [
    pytest.param(Small(1), "a", id="by position"),
    pytest.param(Named(a=1), "many", id="by name"),
    pytest.param(Named(a=1), "kept", id="not among the arguments"),
    pytest.param(Below([1], kept=2), "kept", id="of the class above"),
    pytest.param(Below([1], kept=2), "own", id="of the class below"),
    pytest.param(Empty(), "anything", id="no such field"),
]


@pytest.mark.parametrize(("value", "name"), NODES)
def test_a_node_refuses_assignment_and_deletion(value: object, name: str) -> None:
    before = repr(value)
    with pytest.raises(dataclasses.FrozenInstanceError, match=name):
        setattr(value, name, 1)
    with pytest.raises(AttributeError, match=name):
        delattr(value, name)
    assert repr(value) == before


@pytest.mark.parametrize(("value", "name"), NODES)
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_what_is_copied_is_whole(value: object, name: str, protocol: int) -> None:
    for other in (
        pickle.loads(pickle.dumps(value, protocol)),
        copy.copy(value),
        copy.deepcopy(value),
    ):
        assert other == value
        for each in dataclasses.fields(value):  # type: ignore[arg-type]
            assert getattr(other, each.name) == getattr(value, each.name)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(other, name, 1)


def test_every_node_of_the_engine_refuses_assignment() -> None:
    modules = {module.__name__ for module in (decision, facts, numbers, program, values)}
    kinds = [kind for kind in classes() if kind.__module__ in modules]
    assert {kind.__module__ for kind in kinds} == modules
    for kind in kinds:
        bare: object = object.__new__(kind)
        for name in (*(f.name for f in dataclasses.fields(kind)), "other"):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(bare, name, 1)


@quick.dataclass(frozen=True, order=True, caches=True)
class Ordered:
    """Compared by its first field alone."""

    a: int
    told: str = field(default="", compare=False, metadata={"later": True})

    @functools.cached_property
    def worked_out(self) -> list[int]:
        return [self.a]


@quick.dataclass(kw_only=True)
class Changing:
    """May be changed."""

    a: int
    many: list[int] = field(default_factory=list)


def many(make: Callable[[int], object]) -> Iterator[object]:
    """Values of a fresh class, so many that it has functions of its own for the last of them."""
    for number in range(3 * quick._OFTEN):
        yield make(number)


@pytest.mark.parametrize("often", [False, True], ids=["a few", "many"])
def test_values_stay_the_same_when_functions_are_written_for_them(often: bool) -> None:
    """What is made and compared by the shared functions equals what is made afterwards, and has
    the same hash: it is found again."""
    fresh: type = node(type("Small", (), {"__annotations__": {"a": "int", "b": "str"}, "b": "b"}))
    first = [fresh(number) for number in range(5)]
    found = {one: number for number, one in enumerate(first)}
    if often:
        list(many(fresh))
        for _ in many(fresh):
            assert first[0] != first[1]
        assert fresh.__eq__ is not Small.__eq__
    for number, one in enumerate(first):
        assert one == fresh(number)
        assert one == fresh(a=number, b="b")
        assert found[fresh(number)] == number
        assert one != fresh(number, "c")
    assert first[1] != Small(1)


def test_order_and_caches() -> None:
    one, other = Ordered(1, "x"), Ordered(2)
    assert one == Ordered(1, "y")
    assert one < other <= other
    assert other > one >= one
    assert one.worked_out is one.worked_out
    assert dataclasses.fields(one)[1].metadata["later"]
    with pytest.raises(TypeError):
        field(hash=True)
    with pytest.raises(TypeError):
        assert one < 1  # type: ignore[operator]
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.a = 2  # type: ignore[misc]


def test_what_may_be_changed_has_no_hash() -> None:
    one = Changing(a=1)
    one.a = 2
    one.many.append(1)
    assert one == Changing(a=2, many=[1]) != Changing(a=2)
    assert quick.replace(one, a=3) == Changing(a=3, many=[1])
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(TypeError):
        quick.replace(one, b=3)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        one.b = 3  # type: ignore[attr-defined]
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
