"""The layout law: how a policy is typed, in what order and in which files, changes nothing that is
decided, but digests of bytes and places.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given, note

from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.evaluate.evaluate_cases import decide as decide_small
from tests.evaluate.evaluate_cases import program_of as program_of_small
from tests.evaluate.evaluate_cases import tell
from tests.laws.examples import DRAWS, Case, draw_case, draw_nested_case, laws
from tests.laws.generate import compile_policy, make_nested_policy, make_policy
from tests.laws.properties import decide, first_difference, plainly
from tests.laws.relayout import Habits, relaid, retyped

quoted_as_typed = pytest.mark.xfail(
    strict=False, reason="reasons and traces quote a condition as it was typed"
)


@laws(40)
@given(DRAWS)
def test_what_is_typed_in_another_way_is_the_same_tree(rng: Random) -> None:
    """The other layouts are layouts: they parse, and into equal declarations."""
    for declaration in make_policy(rng):
        text = retyped(declaration, Habits.of(rng), rng)
        before, _ = parse(Source("before.mlp", declaration + "\n"))
        after, faults = parse(Source("after.mlp", text))
        assert faults == (), text
        assert after.declarations == before.declarations, text


@laws(25)
@given(DRAWS)
def test_the_meaning_of_a_policy_does_not_hang_on_its_layout(rng: Random) -> None:
    make = rng.choice((make_policy, make_nested_policy))
    declarations = make(rng)
    before, _, _ = compile_policy("\n".join(declarations) + "\n")
    after, errors, _ = compile_policy(*relaid(declarations, rng))
    assert before is not None
    assert after is not None, errors
    assert after.meaning == before.meaning


def relaid_case(case: Case, rng: Random, *, explain: bool) -> tuple[Any, Any]:
    """The decision of a case, and of the case under the same policy in another layout."""
    texts = relaid(case.declarations, rng)
    note("\n---\n".join(texts))
    program, errors, _ = compile_policy(*texts)
    assert program is not None, errors
    here = decide(case.program, case.manifest, case.as_of, explain=explain)
    there = decide(program, case.manifest, case.as_of, explain=explain)
    return plainly(here), plainly(there)


def unspaced(value: object) -> object:
    """The same without white space in texts: what is said, not how the policy
    typed the condition that is quoted."""
    if isinstance(value, tuple):
        return tuple(unspaced(item) for item in value)
    return re.sub(r"\s", "", value) if isinstance(value, str) else value


@pytest.mark.slow
@laws(60)
@given(DRAWS)
def test_what_is_decided_does_not_hang_on_layout(rng: Random) -> None:
    draw = rng.choice((draw_case, draw_nested_case))
    here, there = map(unspaced, relaid_case(draw(rng), rng, explain=False))
    assert here == there, first_difference(here, there)


@pytest.mark.slow
@quoted_as_typed
@laws(20)
@given(DRAWS)
def test_the_words_of_a_decision_do_not_hang_on_layout(rng: Random) -> None:
    here, there = relaid_case(draw_case(rng), rng, explain=False)
    assert here == there, first_difference(here, there)


@pytest.mark.slow
@quoted_as_typed
@laws(10)
@given(DRAWS)
def test_an_explanation_does_not_hang_on_layout(rng: Random) -> None:
    here, there = relaid_case(draw_case(rng), rng, explain=True)
    assert here == there, first_difference(here, there)


SPACE = """\
enum kind : letter, parcel, pallet
input kind : kind from workload.kind ask "What is it?"
catalog tariff by kind ref guide#G1
  | kind : kind | price : USD |
  | letter | 1 USD |
  | parcel | 5 USD |
  | pallet | 40 USD |
decision tree choice : way
  if tariff[kind].price - tariff[{kind}].price = 0 USD : courier because "same" ref guide#G1
  otherwise : post because "different" ref guide#G1
"""


def test_a_space_within_brackets_decides_nothing() -> None:
    """The least case: a price less itself is nothing, whatever is not known."""
    manifest = "project: p\nworkloads: [{name: a}]\n"
    close, wide = (
        tell(decide_small(program_of_small(SPACE.format(kind=kind)), manifest))
        for kind in ("kind", " kind ")
    )
    assert "a: decided courier" in close
    assert close == wide
