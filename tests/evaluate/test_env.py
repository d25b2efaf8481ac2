"""Environments are chains that share what they assume. The model: a chain is a plain mapping of all
that was assumed on the way, the last word counts."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.numbers import Range
from mlpolicy.core.symbols import InputSymbol, Symbol
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.env import NO_SYMBOLS, Env, Settled, Subject
from mlpolicy.evaluate.refine import join_envs
from mlpolicy.manifest import load
from tests.evaluate.evaluate_cases import SCHEMA, TODAY, program_of
from tests.profiles import examples

POLICY = """\
input fragile : flag from workload.fragile
decision tree choice : way
  if fragile
    yes: courier ref guide#G1
    no: post ref guide#G1
    unknown: post ref guide#G1
"""
NAMES = "abcdef"
_SYMBOLS: dict[str, Symbol] = {name: InputSymbol(1, name, "") for name in NAMES}

Refined = dict[Symbol, Range]
Conditions = dict[tuple[int, tuple[()]], bool]
Model = tuple[Refined, Conditions]

_RANGES = st.integers(0, 3).map(lambda low: Range(Fraction(low), Fraction(4)))
_REFINED = st.dictionaries(st.sampled_from([*_SYMBOLS.values()]), _RANGES, max_size=2)
_SETTLED = st.dictionaries(
    st.tuples(st.integers(0, 300), st.just(())), st.booleans(), min_size=1, max_size=3
)
#: Each says to which of the environments made so far it adds what.
_LINKS = st.lists(st.tuples(st.integers(0), _REFINED, _SETTLED), min_size=1, max_size=60)


def subject() -> Subject:
    """One workload of a run in which nothing was worked out."""
    (document,), _ = load(b"project: p\nworkloads: [{name: w}]\n", "m", SCHEMA)
    day = (TODAY if isinstance(TODAY, datetime.date) else datetime.date(2026, 1, 1)).toordinal()
    return begin(program_of(POLICY), document, day).envs["w"].subject


def longer(env: Env, refined: Refined, settled: Conditions) -> Env:
    """The environment with more assumed."""
    return env.with_all(refined, {k: Settled(v, NO_SYMBOLS) for k, v in settled.items()})


def says(env: Env, model: Model) -> bool:
    """Does an environment say what the model says, and no more?"""
    refined, settled = model
    keys = {(number, ()) for number in range(301)}
    found = {key: s.holds for key in keys if (s := env.settled.get(key)) is not None}
    bits = {number for number in range(301) if env.settled_ids >> number & 1}
    here = env._settled((1 << 301) - 1)
    return (
        dict(env.refined) == refined
        and env.narrowed == frozenset(refined)
        and found == settled
        and bits == {number for number, _ in settled}
        and dict(here) == settled
    )


@given(_LINKS)
@examples(200)
def test_a_chain_says_all_that_was_assumed_on_the_way(
    links: list[tuple[int, Refined, Conditions]],
) -> None:
    made: list[tuple[Env, Model, list[int]]] = [(Env(subject()), ({}, {}), [0])]
    for number, (where, refined, settled) in enumerate(links, 1):
        env, (r, s), way = made[where % len(made)]
        new = {key: holds for key, holds in settled.items() if key not in s}
        model = ({**r, **refined}, {**s, **new})
        made.append((longer(env, refined, new), model, [*way, number]))
    for env, model, _ in reversed(made):  # a longer one first: it is not asked for by a shorter one
        assert says(env, model)
    for env, (refined, settled), way in made:
        for above in way:
            other, (r, s), _ = made[above]
            more, conditions = env.beyond(other)
            assert {**r, **more} == refined
            assert {k: c.holds for k, c in conditions.items()} == {
                k: v for k, v in settled.items() if k not in s
            }


@pytest.mark.slow
@given(_REFINED, _SETTLED, st.lists(_LINKS, min_size=2, max_size=3))
@examples(200)
def test_joined_is_what_holds_in_all(
    refined: Refined, settled: Conditions, ways: list[list[tuple[int, Refined, Conditions]]]
) -> None:
    base = longer(Env(subject()), refined, settled)
    ends: list[tuple[Env, Model]] = []
    for links in ways:
        env, r, s = base, dict(refined), dict(settled)
        for _, more, conditions in links:
            new = {key: holds for key, holds in conditions.items() if key not in s}
            env = longer(env, more, new)
            r.update(more)
            s.update(new)
        ends.append((env, (r, s)))
    joined = join_envs([env for env, _ in ends], base)
    assert joined is not None
    ranges: Refined = {}
    for symbol in ends[0][1][0]:
        each = [r.get(symbol) for _, (r, _) in ends]
        hull = each[0]
        for one in each:
            hull = hull.hull(one) if hull is not None and one is not None else None
        if hull is not None:
            ranges[symbol] = hull
    held = {
        key: holds
        for key, holds in ends[0][1][1].items()
        if all(s.get(key) is holds for _, (_, s) in ends)
    }
    assert says(joined, (ranges, held))


def copied(length: int) -> int:
    """How many conditions are held by all links of a chain together, what they share once."""
    env = Env(subject())
    layers: dict[int, object] = {}
    for number in range(length):
        env = longer(env, {}, {(number, ()): True})
        layers.update({id(layer): layer for layer in env.settled._layers})
    return sum(len(layer) for layer in layers.values() if isinstance(layer, dict))


def test_a_chain_costs_little_more_than_its_length() -> None:
    assert copied(4000) < 2.5 * copied(2000)


@pytest.mark.slow
def test_a_chain_may_be_longer_than_calls_may_nest() -> None:
    symbol = _SYMBOLS["a"]
    here = Env(subject()).narrow(symbol, Range(Fraction(1), Fraction(2)))
    narrowed, reads = here.narrowed, frozenset((symbol,))
    for number in range(20_000):
        here = here.with_all({}, {(number % 300, ()): Settled(True, NO_SYMBOLS)})
    assert here.narrowed == narrowed == reads
    assert here._refined(reads)[1] == reads
