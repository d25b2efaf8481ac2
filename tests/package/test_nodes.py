"""The quick decorator of nodes makes what `dataclass` would make."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field

import pytest

from mlpolicy.core import decision, facts, numbers, program, values
from mlpolicy.core.node import _SLOTS as SLOTS
from mlpolicy.core.node import node


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
    kinds = [kind for kind in SLOTS if kind.__module__ in modules]
    assert {kind.__module__ for kind in kinds} == modules
    for kind in kinds:
        bare: object = object.__new__(kind)
        for name in (*(f.name for f in dataclasses.fields(kind)), "other"):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(bare, name, 1)
