"""What is told of an open answer holds: its questions, their answers and what does not matter."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, note

from mlpolicy.analyze.partition import regions
from mlpolicy.core.numbers import Range
from mlpolicy.core.roots import crossings, roots, signs, simplest_between, value_at
from tests.laws.examples import DRAWS, draw_case, draw_nested_case, laws
from tests.laws.manifests import document
from tests.laws.properties import outcomes
from tests.laws.settling import (
    complete_laws,
    exact_laws,
    explained,
    irrelevance_laws,
    partition_laws,
    split_laws,
)
from tests.laws.test_numbers import X, draw_number

pytestmark = pytest.mark.slow


@laws(60)
@given(DRAWS)
def test_stating_an_answer_leaves_what_was_told(rng: Random) -> None:
    """At a split point, just below it and just above, at the ends and between, and for every
    member: what is possible once the value is stated was told before."""
    case = draw_nested_case(rng) if rng.randrange(2) else draw_case(rng, 50, workloads=1)
    note(str(case))
    assert split_laws(case, rng) == []


@laws(60)
@given(DRAWS)
def test_answers_are_a_partition_and_every_open_answer_has_a_question(rng: Random) -> None:
    case = draw_nested_case(rng) if rng.randrange(2) else draw_case(rng, 50)
    note(str(case))
    decision = explained(case)
    assert partition_laws(decision) == []
    for workload in decision.workloads:
        assert complete_laws(workload) == []


@laws(40)
@given(DRAWS)
def test_what_is_irrelevant_changes_nothing(rng: Random) -> None:
    """A field that is told not to matter is given three values, all others being the same: some
    hundred completions in the profile `deep`, more than ten thousand in the thorough one."""
    case = draw_case(rng, 60, workloads=1)
    note(str(case))
    assert irrelevance_laws(case, rng, 5) == []


@laws(50)
@given(DRAWS)
def test_a_split_point_is_where_the_outcome_changes(rng: Random) -> None:
    """Where one number is all that is unknown of a deep tree, stating it gives exactly what is
    told: the outcome at the point, and at a hair's breadth on either side."""
    case = draw_nested_case(rng)
    note(str(case))
    assert exact_laws(case) == []


@laws(30)
@given(DRAWS)
def test_regions_tell_what_the_questions_tell(rng: Random) -> None:
    """The door for one path and the list of questions agree."""
    case = draw_nested_case(rng)
    note(str(case))
    decision = explained(case)
    workload = decision.workloads[0]
    for settle in workload.settled_by:
        if settle.path is None or settle.workload is not None:
            continue
        found = regions(case.program, document(case.manifest), case.as_of, "w0", settle.path)
        told = [r.outcomes for r in found]
        now = outcomes(workload)
        assert max((len(now - set(t)) for t in told), default=0) == settle.removes
        if settle.when and settle.when[0].range is not None:
            assert [((r.reply,), r.range) for r in found] == [
                (s.answer, s.range) for s in settle.when
            ]


# ── Where a number turns ─────────────────────────────────────────────────────────────────


@laws(300)
@given(DRAWS)
def test_between_two_crossings_the_sign_is_the_same(rng: Random) -> None:
    """Whatever stands in a formula of one unknown: brute force over many values finds no change
    of sign that was not told, and at each exact point there is one."""
    within = Range(Fraction(rng.randrange(-5, 3)), Fraction(rng.randrange(4, 40)))
    poly = draw_number(rng, {X: within}, 3)
    found = crossings(poly, X, within)
    note(f"{poly} in {within}: {found}")
    assert isinstance(within.lo, Fraction)
    assert isinstance(within.hi, Fraction)
    values = sorted(
        {within.lo + (within.hi - within.lo) * k / 240 for k in range(241)} | found.points
    )
    seen = [(v, value_at(poly, X, v)) for v in values]
    known = [(v, (s > 0) - (s < 0)) for v, s in seen if s is not None]
    if not found.whole:
        return
    edges = [(p, p) for p in found.points] + [(r.lo, r.hi) for r in found.between]
    for (a, one), (b, other) in pairwise(known):
        if one != other:
            assert any(lo <= b and hi >= a for lo, hi in edges), (a, b, one, other)
    told = signs(poly, X, within)
    if told is not None:
        assert {sign for _, sign in known} <= told


@laws(60)
@given(DRAWS)
def test_roots_that_are_fractions_are_found_exactly(rng: Random) -> None:
    """A product of linear factors and one with no real root: exactly the factors' roots."""
    wanted = {Fraction(rng.randrange(-40, 41), rng.randrange(1, 13)) for _ in range(3)}
    coefficients = [Fraction(1)]
    for root in wanted:
        coefficients = _times(coefficients, [-root, Fraction(1)])
    coefficients = _times(coefficients, [Fraction(rng.randrange(1, 9)), Fraction(0), Fraction(1)])
    exact, narrow = roots(coefficients, Range(Fraction(-100), Fraction(100)))
    assert set(exact) == wanted
    assert narrow == []


def test_a_root_that_is_none_is_enclosed() -> None:
    exact, narrow = roots([Fraction(-2), Fraction(0), Fraction(1)], Range(Fraction(0), Fraction(9)))
    assert exact == []
    (place,) = narrow
    assert isinstance(place.lo, Fraction)
    assert isinstance(place.hi, Fraction)
    assert place.lo**2 < 2 < place.hi**2
    assert place.hi - place.lo < Fraction(1, 10**8)


@laws(100)
@given(DRAWS)
def test_the_simplest_fraction_is_the_simplest(rng: Random) -> None:
    a = Fraction(rng.randrange(-50, 50), rng.randrange(1, 30))
    b = a + Fraction(rng.randrange(0, 20), rng.randrange(1, 60))
    found = simplest_between(a, b)
    assert a <= found <= b
    for denominator in range(1, found.denominator):
        assert -((-a * denominator).__floor__()) > b * denominator


def _times(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    product = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            product[i + j] += x * y
    return product
