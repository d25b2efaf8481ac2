"""The properties bite: each planted fault breaks a law.

A fault replaces one function of the evaluator, wherever it has been imported, with one that
makes a mistake somebody could make.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from mlpolicy.analyze import partition, questions
from mlpolicy.core import numbers, values
from mlpolicy.core.decision import Settle
from mlpolicy.core.numbers import Poly, Range, Ranged, bases, const, scale
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Expr, IfNode, SetExpr
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import Role, Symbol
from mlpolicy.core.types import Quantity, Type
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, Rows, Truth, Value
from mlpolicy.evaluate import refine, rows, trees
from mlpolicy.evaluate.env import NOTHING_BOUND, Answer, Bindings, Env, Key, Result
from mlpolicy.evaluate.trees import Residual
from mlpolicy.evaluate.values import node_symbol, result
from mlpolicy.judge import answers, rules
from tests.laws import settling
from tests.laws import test_numbers as numbers_test
from tests.laws.examples import (
    draw_case,
    draw_gapped_case,
    draw_nested_case,
    nested_completions,
)
from tests.laws.properties import memory_laws, outcome_laws, rule_laws

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
        for _, completed in nested_completions(case, rng, 12)
        for broken in outcome_laws(case.decision, completed)
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


def memory_breaks(rng: Random) -> list[str]:
    case = draw_nested_case(rng)
    return memory_laws(case.program, case.manifest, case.as_of, case.decision)


def gaps_memory_breaks(rng: Random) -> list[str]:
    case, _ = draw_gapped_case(rng)
    return memory_laws(case.program, case.manifest, case.as_of, case.decision)


def ranges_break(rng: Random) -> list[str]:
    ranges, poly = numbers_test.draw_formula(rng)
    extent = numbers.range_of(poly).range
    found = numbers_test.values_of(rng, ranges, poly, 25)
    return [str(v) for v in found if not numbers_test.lies_in(v, extent)]


#: Of the first so many cases one shows a fault.
MOST = 600


def showing(law: Callable[[Random], list[str]], seed: int) -> int | None:
    """The seed of a case that breaks a law: the one that is known to, or, where what is generated
    has changed since, the first that does."""
    return next((each for each in (seed, *range(MOST)) if law(Random(each))), None)


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
    original = trees._branch

    def faulty(node: IfNode, env: Env) -> Residual:
        condition = result(node.condition, env, NOTHING_BOUND)
        if condition.value is UNKNOWN:
            return _resting_on(condition, trees._node(node.no, env))
        return original(node, env)

    patch.setattr(trees, "_branch", faulty)


def an_unknown_arm_is_firm(patch: pytest.MonkeyPatch) -> None:
    original = trees._branch

    def faulty(node: IfNode, env: Env) -> Residual:
        condition = result(node.condition, env, NOTHING_BOUND)
        if condition.value is UNKNOWN and node.unknown_arm is not None:
            return _resting_on(condition, trees._node(node.unknown_arm, env))
        return original(node, env)

    patch.setattr(trees, "_branch", faulty)


def _resting_on(condition: Result, arm: Residual) -> Residual:
    return dataclasses.replace(arm, symbols=arm.symbols | condition.reads)


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
    original = refine.narrow_number

    def narrow_number(poly: Poly, wanted: Range, env: Env) -> Env | None:
        return original(scale(poly, Fraction(-1)), wanted, env)

    replace_everywhere(patch, original, narrow_number)


def waiting_is_passed(patch: pytest.MonkeyPatch) -> None:
    original = rules.judge

    def judge(*args: Any) -> rules.Judged:
        judged = original(*args)
        return dataclasses.replace(judged, value=NO) if judged.value is UNKNOWN else judged

    replace_everywhere(patch, original, judge)


def the_shown_answer_is_judged(patch: pytest.MonkeyPatch) -> None:
    original = answers.choices

    def choices(residual: Residual) -> list[answers.Possible]:
        found = original(residual)
        shown = residual.shown.outcome if residual.shown is not None else ""
        return [each for each in found if each[0] == shown] or found

    replace_everywhere(patch, original, choices)


def waiting_fires(patch: pytest.MonkeyPatch) -> None:
    original = rules.judge

    def judge(*args: Any) -> rules.Judged:
        judged = original(*args)
        return dataclasses.replace(judged, value=YES) if judged.value is UNKNOWN else judged

    replace_everywhere(patch, original, judge)


def the_first_possible_row_is_sure(patch: pytest.MonkeyPatch) -> None:
    def firsts(found: Iterable[tuple[RowId, Truth]], *, may_be_none: bool = True) -> Rows:
        first = next((row for row, _ in found), None)
        return Rows((first,), first)

    replace_everywhere(patch, rows.firsts, firsts)


def absent_is_zero(patch: pytest.MonkeyPatch) -> None:
    original = values.anything

    def anything(of: Type, symbol: Symbol, within: Range = numbers.EVERYTHING) -> Value:
        if isinstance(of, Quantity):
            return Num(const(Fraction(0)))
        return original(of, symbol, within)

    replace_everywhere(patch, original, anything)


def a_choice_is_its_first_leaf(patch: pytest.MonkeyPatch) -> None:
    original = answers.choices

    def choices(residual: Residual) -> list[tuple[str, Answer, Env]]:
        return original(residual)[:1]

    replace_everywhere(patch, original, choices)


# ── Faults of what is remembered ─────────────────────────────────────────────────────────


def a_result_of_an_arm_is_remembered_above_it(patch: pytest.MonkeyPatch) -> None:
    original = Env.remember

    def remember(self: Env, key: Key, found: Result, conditions: int) -> None:
        env = self.parent
        while env is not None:
            env.memo.setdefault(key, found)
            env = env.parent
        original(self, key, found, conditions)

    patch.setattr(Env, "remember", remember)


def kept_whatever_is_assumed(patch: pytest.MonkeyPatch, of: Callable[[Key], bool]) -> None:
    """What was made last under a key of this kind is taken wherever it is asked for."""
    for name in ("kept", "recall"):
        original = getattr(Env, name)

        def found(self: Env, key: Key, conditions: int, original: Any = original) -> Any:
            if not of(key):
                return original(self, key, conditions)
            made = self.subject.kept.get(key, {}).values()
            every = [one for each in made for one in each.made.values()]
            return every[-1] if every else None

        patch.setattr(Env, name, found)


def _kind_of(key: Key) -> object:
    return key[0] if isinstance(key, tuple) else key


def a_result_holds_whatever_is_assumed(patch: pytest.MonkeyPatch) -> None:
    kept_whatever_is_assumed(patch, lambda key: _kind_of(key) not in ("assume", "tree"))


def an_assumption_of_one_arm_is_kept_for_another(patch: pytest.MonkeyPatch) -> None:
    kept_whatever_is_assumed(patch, lambda key: _kind_of(key) == "assume")


def a_tree_entered_again_is_the_same_whatever_is_assumed(patch: pytest.MonkeyPatch) -> None:
    kept_whatever_is_assumed(patch, lambda key: _kind_of(key) == "tree")


def a_settled_condition_is_no_assumption(patch: pytest.MonkeyPatch) -> None:
    """What was worked out where a condition was taken as settled is taken where it was not."""
    patch.setattr(Env, "_settled", lambda self, conditions: frozenset())


def what_a_set_leaves_open_is_no_unknown(patch: pytest.MonkeyPatch) -> None:
    """`{en, ?}` without a symbol of its own, and the conditions that ask for it not told: what
    was assumed of it on one arm of the tree is then remembered as if nothing had been."""
    meaning = importlib.import_module("mlpolicy.evaluate.meaning")
    original = meaning._set

    def set_(expr: SetExpr, env: Env, b: Bindings) -> Value:
        found: Value = original(expr, env, b)
        symbol = node_symbol(expr, env, b, Role.GAP)
        frame = env.subject.run.frame
        frame.reads -= {symbol}
        frame.drop({symbol})
        return found

    patch.setattr(meaning, "_set", set_)
    a_settled_condition_is_no_assumption(patch)


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
    original = partition._parts

    def parts(whole: Range, cuts: set[Fraction]) -> Iterator[Range]:
        for part in original(whole, cuts):
            if not part.is_point:
                yield Range(part.lo, part.hi, part.lo_open, False)

    patch.setattr(partition, "_parts", parts)


def the_first_turn_is_all(patch: pytest.MonkeyPatch) -> None:
    original = partition.Solver.turns

    def turns(self: partition.Solver, slot: Symbol, depth: int = 2) -> partition.Points:
        found = original(self, slot, depth)
        return partition.Points(set(sorted(found.exact)[:1]), found.narrow, found.whole)

    patch.setattr(partition.Solver, "turns", turns)


def an_arm_is_as_it_was(patch: pytest.MonkeyPatch) -> None:
    """What a condition narrowed is forgotten, so that an arm below it keeps what it had."""
    original = partition._Remaining.left

    def left(
        self: partition._Remaining,
        residual: Residual,
        touched: frozenset[Symbol],
        here: Env | None,
        wanted: frozenset[str],
        way: tuple[tuple[Expr, bool], ...] = (),
    ) -> frozenset[str]:
        if here is not None and len(residual.outcomes) > 1:
            return frozenset(residual.outcomes[:1])
        return original(self, residual, touched, here, wanted, way)

    patch.setattr(partition._Remaining, "left", left)


def neighbours_are_told_apart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(partition, "_merged_parts", lambda parts: parts)


def what_removes_nothing_alone_is_irrelevant(patch: pytest.MonkeyPatch) -> None:
    original = questions.irrelevant

    def irrelevant(found: Residual, env: Env, asked: tuple[Settle, ...]) -> tuple[FieldPath, ...]:
        none = (s.path for s in asked if s.path is not None and not s.removes)
        return (*original(found, env, asked), *none)

    replace_everywhere(patch, original, irrelevant)


#: A fault, a law that it breaks, and the seed of a case that shows it.
FAULTS: list[tuple[Plant, Callable[[Random], list[str]], int]] = [
    (unknown_is_no_in_and, outcomes_break, 7),
    (unknown_is_no_in_and, rules_break, 1),
    (unknown_is_no_in_or, outcomes_break, 1),
    (unknown_is_no_in_or, rules_break, 2),
    (unknown_is_no_in_if, outcomes_break, 1),
    (an_unknown_arm_is_firm, outcomes_break, 10),
    (ranges_by_corners, ranges_break, 0),
    (narrowing_to_the_wrong_side, nested_outcomes_break, 0),
    (waiting_is_passed, rules_break, 4),
    (waiting_fires, rules_break, 2),
    (the_shown_answer_is_judged, rules_break, 10),
    (the_first_possible_row_is_sure, outcomes_break, 2),
    (absent_is_zero, outcomes_break, 7),
    (a_choice_is_its_first_leaf, rules_break, 53),
    (a_result_of_an_arm_is_remembered_above_it, nested_outcomes_break, 3),
    (a_result_holds_whatever_is_assumed, memory_breaks, 6),
    (a_result_holds_whatever_is_assumed, gaps_memory_breaks, 3),
    (an_assumption_of_one_arm_is_kept_for_another, memory_breaks, 323),
    (a_tree_entered_again_is_the_same_whatever_is_assumed, nested_outcomes_break, 3),
    (a_tree_entered_again_is_the_same_whatever_is_assumed, memory_breaks, 3),
    (a_settled_condition_is_no_assumption, gaps_break, 10),
    (a_settled_condition_is_no_assumption, gaps_memory_breaks, 3),
    (what_a_set_leaves_open_is_no_unknown, gaps_break, 10),
    (a_bar_belongs_to_what_lies_below, exactness_breaks, 1),
    (the_first_turn_is_all, exactness_breaks, 1),
    (an_arm_is_as_it_was, splits_break, 2),
    (neighbours_are_told_apart, partition_breaks, 2),
    (what_removes_nothing_alone_is_irrelevant, irrelevance_breaks, 24),
]


@pytest.mark.parametrize(
    ("plant", "law", "seed"),
    FAULTS,
    ids=[f"{plant.__name__}-{law.__name__}" for plant, law, _ in FAULTS],
)
def test_a_planted_fault_is_caught(
    plant: Plant, law: Callable[[Random], list[str]], seed: int
) -> None:
    """With the fault the law breaks; without, it holds of the same case: the fault breaks it."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        found = showing(law, seed)
    assert found is not None
    assert law(Random(found)) == []
    if found != seed:
        warnings.warn(f"the case of {seed} shows it no longer, that of {found} does", stacklevel=1)
