"""The properties bite: each planted fault breaks a law within a few examples.

A fault replaces one function of the evaluator, wherever it has been imported, with one that
makes a mistake somebody could make.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings

from mlpolicy.core import numbers, values
from mlpolicy.core.decision import Settle
from mlpolicy.core.numbers import Poly, Range, Ranged, bases, const, scale
from mlpolicy.core.program import Expr, IfNode, Rule, SetExpr
from mlpolicy.core.types import Quantity, Type
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, RowId, Rows, Truth, Value
from mlpolicy.evaluate import expressions, regions, rows, rules, settle, trees
from mlpolicy.evaluate.assume import narrow_number as original_narrow_number
from mlpolicy.evaluate.nodes import value_of
from mlpolicy.evaluate.state import NOTHING_BOUND, Answer, Bindings, Env, Node, Settled
from mlpolicy.evaluate.trees import Found
from tests.laws import settling
from tests.laws import test_numbers as numbers_test
from tests.laws.examples import DRAWS, draw_case, draw_gapped_case, draw_nested_case, laws
from tests.laws.properties import outcome_laws, rule_laws

pytestmark = pytest.mark.slow

Plant = Callable[[pytest.MonkeyPatch], None]


def replace_everywhere(patch: pytest.MonkeyPatch, original: object, faulty: object) -> None:
    """Puts `faulty` wherever `original` has been imported."""
    found = 0
    for name, module in list(sys.modules.items()):
        if name == "mlpolicy" or name.startswith("mlpolicy."):
            for attribute, value in list(vars(module).items()):
                if value is original:
                    patch.setattr(module, attribute, faulty)
                    found += 1
    assert found


# ── The laws, as what a fault may break ──────────────────────────────────────────────────


def outcomes_break(rng: Random) -> list[str]:
    case = draw_case(rng)
    return [
        broken
        for keep in (0, 30)
        for broken in outcome_laws(case.decision, case.completion(rng, keep)[1])
    ]


def nested_outcomes_break(rng: Random) -> list[str]:
    case = draw_nested_case(rng)
    return [
        broken
        for keep in (0, 0, 30, 30)
        for broken in outcome_laws(case.decision, case.completion(rng, keep)[1])
    ]


def rules_break(rng: Random) -> list[str]:
    case = draw_case(rng)
    return [
        broken
        for keep in (0, 30)
        for broken in rule_laws(case.program, case.decision, case.completion(rng, keep)[1])
    ]


def gaps_break(rng: Random) -> list[str]:
    case, completed = draw_gapped_case(rng)
    return [
        *outcome_laws(case.decision, completed),
        *rule_laws(case.program, case.decision, completed),
    ]


def ranges_break(rng: Random) -> list[str]:
    ranges, poly = numbers_test.draw_formula(rng)
    extent = numbers.range_of(poly).range
    found = numbers_test.values_of(rng, ranges, poly, 25)
    return [str(v) for v in found if not numbers_test.lies_in(v, extent)]


def breaks(law: Callable[[Random], list[str]], examples: int) -> bool:
    @settings(laws(examples), derandomize=True, report_multiple_bugs=False)
    @given(DRAWS)
    def holds(rng: Random) -> None:
        assert law(rng) == []

    try:
        holds()
    except AssertionError:
        return True
    return False


# ── The faults ───────────────────────────────────────────────────────────────────────────


def unknown_is_no_in_and(patch: pytest.MonkeyPatch) -> None:
    def conjunction(parts: list[Truth]) -> Truth:
        return YES if all(p is YES for p in parts) else NO

    replace_everywhere(patch, values.conjunction, conjunction)


def unknown_is_no_in_or(patch: pytest.MonkeyPatch) -> None:
    def disjunction(parts: list[Truth]) -> Truth:
        return YES if YES in parts else NO

    replace_everywhere(patch, values.disjunction, disjunction)


def unknown_is_no_in_if(patch: pytest.MonkeyPatch) -> None:
    original = trees._if

    def faulty(node: IfNode, env: Env, path: trees.Path) -> Found:
        condition = value_of(node.condition, env, NOTHING_BOUND)
        if condition.value is UNKNOWN:
            return trees._branch(node.no, env, path)
        return original(node, env, path)

    patch.setattr(trees, "_if", faulty)


def an_unknown_arm_is_firm(patch: pytest.MonkeyPatch) -> None:
    original = trees._if

    def faulty(node: IfNode, env: Env, path: trees.Path) -> Found:
        condition = value_of(node.condition, env, NOTHING_BOUND)
        if condition.value is UNKNOWN and node.unknown_arm is not None:
            return trees._branch(node.unknown_arm, env, path)
        return original(node, env, path)

    patch.setattr(trees, "_if", faulty)


def ranges_by_corners(patch: pytest.MonkeyPatch) -> None:
    def range_of(poly: Poly) -> Ranged:
        unknowns = bases(poly)
        ends = [(atom.range.lo, atom.range.hi) for atom in unknowns.values()]
        found = []
        for corner in product(*ends):
            try:
                found.append(numbers._at(poly, dict(zip(unknowns, corner, strict=True))))
            except numbers.IndeterminateError:
                return original(poly)
        return Ranged(Range(numbers._least(found), numbers._greatest(found)), False)

    original = numbers.range_of
    replace_everywhere(patch, original, range_of)


def narrowing_to_the_wrong_side(patch: pytest.MonkeyPatch) -> None:
    def narrow_number(poly: Poly, wanted: Range, env: Env) -> Env | None:
        return original_narrow_number(scale(poly, Fraction(-1)), wanted, env)

    replace_everywhere(patch, original_narrow_number, narrow_number)


def pending_is_passed(patch: pytest.MonkeyPatch) -> None:
    original = rules.judge

    def judge(
        rule: Rule, workload: str | None, env: Env, answer: Answer | None, found: Found | None
    ) -> rules.Judged:
        judged = original(rule, workload, env, answer, found)
        return dataclasses.replace(judged, value=NO) if judged.value is UNKNOWN else judged

    replace_everywhere(patch, original, judge)


def pending_fires(patch: pytest.MonkeyPatch) -> None:
    original = rules.judge

    def judge(
        rule: Rule, workload: str | None, env: Env, answer: Answer | None, found: Found | None
    ) -> rules.Judged:
        judged = original(rule, workload, env, answer, found)
        return dataclasses.replace(judged, value=YES) if judged.value is UNKNOWN else judged

    replace_everywhere(patch, original, judge)


def the_first_possible_row_is_sure(patch: pytest.MonkeyPatch) -> None:
    def firsts(found: list[tuple[RowId, Truth]], may_be_none: bool) -> Rows:
        first = found[0][0] if found else None
        return Rows((first,), first)

    replace_everywhere(patch, rows._firsts, firsts)


def absent_is_zero(patch: pytest.MonkeyPatch) -> None:
    original = values.anything

    def anything(of: Type, slot: str, within: Range = numbers.EVERYTHING) -> Value:
        if isinstance(of, Quantity):
            return Num(const(Fraction(0)))
        return original(of, slot, within)

    replace_everywhere(patch, original, anything)


def a_choice_is_its_first_leaf(patch: pytest.MonkeyPatch) -> None:
    original = rules._per_choice

    def per_choice(
        rule: Rule, env: Env, plain: Bindings, found: Found
    ) -> tuple[Node, Env, Bindings]:
        one = dataclasses.replace(found, possible=found.possible[:1])
        return original(rule, env, plain, one)

    replace_everywhere(patch, original, per_choice)


def memory_without_what_it_rests_on(patch: pytest.MonkeyPatch) -> None:
    def remember(self: Env, key: object, node: Node) -> None:
        env: Env | None = self
        while env is not None:
            env.memo.setdefault(key, node)
            env = env.parent

    patch.setattr(Env, "remember", remember)


def what_a_set_leaves_open_is_no_unknown(patch: pytest.MonkeyPatch) -> None:
    """`{en, ?}` without an unknown of its own: what was assumed of it on one arm of the tree is
    then remembered as if nothing had been assumed."""

    def set_(expr: SetExpr, env: Env, b: Bindings) -> Node:
        return dataclasses.replace(original(expr, env, b), own=frozenset())

    def settle_(self: Env, condition: Expr, bindings: Bindings, holds: bool, node: Node) -> Env:
        key = (self.subject.run.same(condition), bindings.plain)
        settled = {**self.settled, key: Settled(holds, node.slots)}
        return Env(self.subject, self.narrowed, settled, self.prefer, self, node.slots, self.stated)

    original = expressions._set
    patch.setattr(expressions, "_set", set_)
    patch.setattr(Env, "settle", settle_)


# ── Faults of what settles an answer ─────────────────────────────────────────────────────


def splits_break(rng: Random) -> list[str]:
    return settling.split_laws(draw_nested_case(rng), rng)


def exactness_breaks(rng: Random) -> list[str]:
    return settling.exact_laws(draw_nested_case(rng))


def partition_breaks(rng: Random) -> list[str]:
    return settling.partition_laws(settling.explained(draw_nested_case(rng)))


def irrelevance_breaks(rng: Random) -> list[str]:
    return settling.irrelevance_laws(draw_case(rng, 60, workloads=1), rng, 4)


def a_bar_belongs_to_what_lies_below(patch: pytest.MonkeyPatch) -> None:
    original = regions._parts

    def parts(whole: Range, cuts: set[Fraction]) -> Iterator[Range]:
        for part in original(whole, cuts):
            if not part.is_point:
                yield Range(part.lo, part.hi, part.lo_open, False)

    patch.setattr(regions, "_parts", parts)


def the_first_turn_is_all(patch: pytest.MonkeyPatch) -> None:
    original = regions.Solver.turns

    def turns(self: regions.Solver, slot: str, depth: int = 2) -> regions.Points:
        found = original(self, slot, depth)
        return regions.Points(set(sorted(found.exact)[:1]), found.narrow, found.whole)

    patch.setattr(regions.Solver, "turns", turns)


def an_arm_is_as_it_was(patch: pytest.MonkeyPatch) -> None:
    """What a condition narrowed is forgotten, so that an arm below it keeps what it had."""
    original = regions._left

    def left(
        found: Found,
        touched: frozenset[str],
        here: Env | None,
        root: Env,
        values: regions.Values,
        wanted: frozenset[str],
    ) -> frozenset[str]:
        if here is not None and len(found.outcomes) > 1:
            return frozenset(found.outcomes[:1])
        return original(found, touched, here, root, values, wanted)

    patch.setattr(regions, "_left", left)


def neighbours_are_told_apart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(regions, "_merged_parts", lambda parts: parts)


def what_removes_nothing_alone_is_irrelevant(patch: pytest.MonkeyPatch) -> None:
    original = settle.irrelevant

    def irrelevant(found: Found, env: Env, asked: tuple[Settle, ...]) -> tuple[str, ...]:
        none = (s.path for s in asked if s.path is not None and not s.removes)
        return (*original(found, env, asked), *none)

    replace_everywhere(patch, original, irrelevant)


FAULTS: list[tuple[Plant, Callable[[Random], list[str]], int]] = [
    (unknown_is_no_in_and, outcomes_break, 60),
    (unknown_is_no_in_and, rules_break, 60),
    (unknown_is_no_in_or, outcomes_break, 60),
    (unknown_is_no_in_or, rules_break, 60),
    (unknown_is_no_in_if, outcomes_break, 30),
    (an_unknown_arm_is_firm, outcomes_break, 60),
    (ranges_by_corners, ranges_break, 300),
    (narrowing_to_the_wrong_side, nested_outcomes_break, 100),
    (pending_is_passed, rules_break, 30),
    (pending_fires, rules_break, 30),
    (the_first_possible_row_is_sure, outcomes_break, 100),
    (absent_is_zero, outcomes_break, 60),
    (a_choice_is_its_first_leaf, rules_break, 150),
    (memory_without_what_it_rests_on, nested_outcomes_break, 100),
    (what_a_set_leaves_open_is_no_unknown, gaps_break, 500),
    (a_bar_belongs_to_what_lies_below, exactness_breaks, 120),
    (the_first_turn_is_all, exactness_breaks, 120),
    (an_arm_is_as_it_was, splits_break, 60),
    (neighbours_are_told_apart, partition_breaks, 60),
    (what_removes_nothing_alone_is_irrelevant, irrelevance_breaks, 60),
]


@pytest.mark.parametrize(
    ("plant", "law", "examples"),
    FAULTS,
    ids=[f"{plant.__name__}-{law.__name__}" for plant, law, _ in FAULTS],
)
def test_a_planted_fault_is_caught(
    plant: Plant,
    law: Callable[[Random], list[str]],
    examples: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the fault the law breaks; the fault is what breaks it, since `test_laws.py` and
    `test_numbers.py` hold the same laws without."""
    plant(monkeypatch)
    assert breaks(law, examples)
