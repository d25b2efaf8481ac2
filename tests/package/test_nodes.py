"""The quick decorator of nodes makes what `dataclass` would make."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass, field

import pytest

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
    fresh = node(type("Small", (), {"__annotations__": {"a": "int", "b": "str"}, "b": "b"}))
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
        Named(1)  # type: ignore[misc]
    with pytest.raises(TypeError):
        Named(a=1, kept=2)  # type: ignore[call-arg]


def test_equal_by_kind_and_fields() -> None:
    assert Small(1) == Small(1, "b") != Small(2)
    assert Small(1) != Standard(1)
    assert len({Small(1), Small(1), Small(2), Empty(), Empty()}) == 3
    assert repr(Small(1)) == "Small(a=1, b='b')"
    assert dataclasses.replace(Small(1), a=2) == Small(2)
    assert pickle.loads(pickle.dumps(Small(1))) == Small(1)
