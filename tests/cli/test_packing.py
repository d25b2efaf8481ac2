"""What is kept between runs comes back as it was."""

from __future__ import annotations

import marshal
import sys
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.api import load_policy
from mlpolicy.core.node import node
from mlpolicy.core.terms import Level
from mlpolicy.core.values import Truth
from mlpolicy.dataclass import field
from mlpolicy.kept.packing import pack, unpack
from mlpolicy.source import Origin, Source, Span
from tests.profiles import examples


@node
class Pair:
    """Two values, and one that makes no difference."""

    one: object
    other: object = None
    beside: object = field(default=0, compare=False)


class Named(NamedTuple):
    """Not of the engine."""

    one: int


atoms = (
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.integers()
    | st.text(max_size=3)
    | st.binary(max_size=3)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.sampled_from([*Level, *Truth])
    | st.builds(Span, st.integers(0, 9), st.integers(0, 9))
)
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3)
        | st.builds(Level, st.sampled_from(Level)).map(lambda one: {one: 1})
        | st.frozensets(atoms, max_size=3)
        | st.sets(st.text(max_size=2), max_size=3)
        | st.builds(Span, inner, inner)
    ),
    max_leaves=30,
)


def same(one: object, other: object) -> bool:
    """Equal, and of one kind throughout: `1` is not `True`."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, tuple | list):
        assert isinstance(other, tuple | list)
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        assert isinstance(other, dict)
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return True


@pytest.mark.slow
@given(values)
@examples(400)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert same(unpack(pack(value)), value)


@pytest.mark.slow
def test_a_program_comes_back_with_all_that_makes_no_difference() -> None:
    program = load_policy("aws-ml-selection").program
    found = unpack(pack(program))
    assert found == program
    assert [rule.origin for rule in found.rules.values()] == [
        rule.origin for rule in program.rules.values()
    ]
    assert found.nodes == program.nodes


def test_what_is_one_value_stays_one() -> None:
    shared = Origin(Source("a", "text"), Span(1, 2))
    found = unpack(pack([shared, (shared, 1), {"a": shared}]))
    assert found[0] is found[1][0] is found[2]["a"]
    assert found[0].source.position(3) == (1, 4)


def test_what_a_property_has_worked_out_is_kept() -> None:
    policy = load_policy("aws-ml-selection")
    schema, _ = policy.session.schema(policy.program, policy.files.folder)
    assert schema is not None
    assert schema.root is schema.root
    assert schema._validator is not None
    kept = vars(unpack(pack(schema)))
    assert {"root", "short_form", "lean"} <= kept.keys()
    assert "_validator" not in kept, "a private one is made where it is asked"


@pytest.mark.parametrize(
    "value",
    [Pair(1), Named(1), lambda: None, 1.5, object(), {"a": 1j}],
    ids=["node", "named", "function", "float", "object", "complex"],
)
def test_what_is_not_of_the_engine_is_not_kept(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        unpack(pack(value))


@pytest.mark.parametrize(
    "kind", [("os", "system"), ("mlpolicyx", "a"), ("mlpolicy.disk", "os.getcwd")]
)
def test_nothing_is_called_for_what_an_entry_names(kind: tuple[str, str]) -> None:
    """Classes of the engine alone are looked up; of these, nothing is run."""
    group = (0, 0, 1, ())
    with pytest.raises((ValueError, KeyError, AttributeError, TypeError)):
        unpack(marshal.dumps((sys.byteorder, (), (kind,), (group,), 0)))


def test_circles_are_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(TypeError, match="holds itself"):
        pack(circle)
    assert unpack(pack([Fraction(1, 3), Decimal("1.50")])) == [Fraction(1, 3), Decimal("1.50")]
