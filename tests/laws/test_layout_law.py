"""The layout law: how a policy is typed, in what order, in which files and with which local names,
changes nothing that is decided, but digests of bytes and places.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, note

from mlpolicy.source import Source
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.parse import parse
from mlpolicy.syntax.visit import Node, walk
from mlpolicy.syntax.written import written
from tests.evaluate.evaluate_cases import decide as decide_small
from tests.evaluate.evaluate_cases import program_of as program_of_small
from tests.evaluate.evaluate_cases import tell
from tests.laws.examples import DRAWS, Case, draw_case, draw_nested_case, laws
from tests.laws.generate import compile_policy, make_nested_policy, make_policy
from tests.laws.properties import decide, first_difference, plainly
from tests.laws.relayout import RENAMED, Habits, relaid, retyped


@pytest.mark.slow
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


def outer(node: Node) -> Iterator[Node]:
    """All nodes below one, but for those within expressions."""
    return walk(node, inside=lambda below: not isinstance(below, t.Expr))


#: What stands only in cells, in ranges and after the `from` of an input.
_ELSEWHERE = (t.Between, t.AnyLiteral, t.Dash, t.PathLiteral)


@pytest.mark.slow
@laws(20)
@given(DRAWS)
def test_the_written_form_of_an_expression_is_that_expression(rng: Random) -> None:
    """It parses into an equal tree, which is written the same."""
    for declaration in make_policy(rng):
        tree, _ = parse(Source("policy.mlp", declaration + "\n"))
        inside = (n for d in tree.declarations if not isinstance(d, t.InputDecl) for n in outer(d))
        for node in inside:
            if not isinstance(node, t.Expr) or isinstance(node, _ELSEWHERE):
                continue
            text = f"define d : flag = {written(node)} ref guide#C1\n"
            again, faults = parse(Source("again.mlp", text))
            assert faults == (), text
            (define,) = again.declarations
            assert isinstance(define, t.DefineDecl)
            assert define.value is not None
            assert define.value == node, text
            assert written(define.value) == written(node)


@pytest.mark.slow
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
    return plainly(here), first_named(plainly(there))


def first_named(value: object) -> object:
    """The same with the local names that it had at first, where the policy is quoted."""
    if isinstance(value, tuple):
        return tuple(first_named(item) for item in value)
    return RENAMED.sub(r"\1", value) if isinstance(value, str) else value


@pytest.mark.slow
@laws(60)
@given(DRAWS)
def test_what_is_decided_does_not_hang_on_layout(rng: Random) -> None:
    draw = rng.choice((draw_case, draw_nested_case))
    here, there = relaid_case(draw(rng), rng, explain=False)
    assert here == there, first_difference(here, there)


@pytest.mark.slow
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


NAMED = """\
enum kind : letter, parcel
catalog tariff by kind ref guide#G1
  | kind : kind | price : USD |
  | letter | 1 USD |
  | parcel | ? |
define kinds : set of kind = {letter, parcel} ref guide#G1
define first_total : USD = sum(tariff[k].price) over k in kinds ref guide#G1
define second_total : USD = sum(tariff[k].price) over k in kinds ref guide#G1
decision tree choice : way
  if first_total - second_total = 0 USD : courier because "same" ref guide#G1
  otherwise : post because "different" ref guide#G1
"""


def test_a_local_name_decides_nothing() -> None:
    """The least case: two sums that differ in the name of what they go through are one."""
    manifest = "project: p\nworkloads: [{name: a}]\n"
    begin, first, second = NAMED.partition("define second_total")
    other = begin + first + second.replace("[k]", "[thing]").replace("over k", "over thing")
    assert other.count("thing") == 2
    programs = [program_of_small(text) for text in (NAMED, other)]
    same, named = (tell(decide_small(program, manifest)) for program in programs)
    assert "a: decided courier" in same
    assert same == named
    assert programs[0].meaning == programs[1].meaning
