"""Named tuples that are made without `typing` are like those of `typing`."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from mlpolicy import typed


class Ours(typed.NamedTuple):
    """Three places, one with a default."""

    a: int
    b: str
    c: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """Of its own."""
        return self.a


class Theirs(typing.NamedTuple):
    """The same by `typing`."""

    a: int
    b: str
    c: tuple[int, ...] = ()


@pytest.mark.parametrize("arguments", [(), (1,), (1, "x"), (1, "x", (2,)), (1, "x", (2,), 3)])
@pytest.mark.parametrize("named", [{}, {"a": 1}, {"b": "x"}, {"c": (2,)}, {"d": 1}])
@pytest.mark.parametrize("often", [1, 100])
def test_a_value_takes_what_that_of_typing_takes(
    arguments: tuple[object, ...], named: dict[str, object], often: int
) -> None:
    def made(kind: type) -> object:
        try:
            return tuple(kind(*arguments, **named))
        except TypeError:
            return TypeError

    for _ in range(often):
        assert made(Ours) == made(Theirs)


def test_it_is_used_like_one_of_typing() -> None:
    one, other = Ours(1, "x"), Theirs(1, "x")
    assert tuple(one) == tuple(other)
    assert repr(one) == repr(other).replace("Theirs", "Ours")
    assert (one.first, one.b, one.c) == (1, "x", ())
    assert (one._fields, one._field_defaults) == (other._fields, other._field_defaults)
    assert one._replace(b="y") == other._replace(b="y")
    assert Ours._make([1, "x", ()]) == one
    assert one._asdict() == other._asdict()
    assert type(one._replace(a=2)) is Ours
    match one:
        case Ours(1, b, c=()):
            assert b == "x"
        case _:
            raise AssertionError
    for same in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
        assert (same, type(same)) == (one, Ours)
    with pytest.raises(ValueError, match="unexpected"):
        one._replace(d=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Ours._make([1])
    with pytest.raises(AttributeError):
        one.a = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        one.d = 2  # type: ignore[attr-defined]


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(AssertionError, match="'x'"):
        typed.assert_never("x")  # type: ignore[arg-type]


def test_every_name_stands_for_that_of_typing() -> None:
    for name in typed.__all__:
        assert hasattr(typing, name)
        assert hasattr(typed, name)
