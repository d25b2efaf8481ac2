"""What is said of a program holds of every manifest: a condition comes to nothing that was ruled
out, and a number lies in the range that was told. Over generated policies and manifests."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given

from mlpolicy.core.numbers import Range, point, unknown
from mlpolicy.core.program import Choose, Expr, Program, Typed
from mlpolicy.core.symbols import PROJECT_PLACE, NameSymbol, Role
from mlpolicy.core.types import FlagType, Quantity
from mlpolicy.core.values import UNKNOWN, YES, Num, Truth, Value
from mlpolicy.core.visit import walk
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.env import NOTHING_BOUND, FaultError
from mlpolicy.evaluate.values import result
from mlpolicy.soundness import cuts
from mlpolicy.soundness.conditions import Looked
from mlpolicy.soundness.cuts import Cuts
from mlpolicy.soundness.findings import Findings
from mlpolicy.soundness.ranges import Ranges
from mlpolicy.soundness.tables import columns_of
from tests.laws.choices import REF
from tests.laws.examples import DRAWS, laws, program_of
from tests.laws.generate import Maker, make_policy
from tests.laws.manifests import AS_OF, document, draw_manifest


def unbound(program: Program) -> Iterator[Expr]:
    """The expressions of a program that mean something by themselves, each once."""
    seen: set[int] = set()
    parts = (program.defines, program.scores, program.trees, program.rules, program.obligations)
    for part in parts:
        for node in walk(*part.values()):
            if isinstance(node, Typed) and node.id not in seen:
                seen.add(node.id)
                known = program.nodes[node.id]
                if not (known.rows or known.names or known.answering):
                    yield node


def broken(rng: Random) -> list[str]:
    """What a drawn policy comes to that was ruled out, for some drawn manifests."""
    program = program_of(make_policy(rng))
    ranges = Ranges(program)
    looked = Looked(program=program, cuts=Cuts(ranges), findings=Findings())
    found = []
    for _ in range(6):
        manifest = draw_manifest(rng, openness=rng.choice((0, 0, 20)), workloads=1)
        days = [day for day in AS_OF if day.toordinal() >= program.effective]
        run = begin(program, document(manifest), rng.choice(days).toordinal())
        env = next(run.envs[each.name] for each in run.document.workloads)
        run.allow()
        for expr in unbound(program):
            try:
                value = result(expr, env, NOTHING_BOUND).value
            except FaultError:
                continue
            if not allowed(expr, value, looked, ranges):
                found.append(f"{expr.origin.text} is {value}")
    return found


def allowed(expr: Expr, value: Value, looked: Looked, ranges: Ranges) -> bool:
    match expr.type:
        case FlagType():
            assert isinstance(value, Truth)
            return value is UNKNOWN or (value is YES) in looked.outcomes(expr, ())
        case Quantity() if isinstance(value, Num) and isinstance(value.poly.constant, Fraction):
            within = ranges.of(expr)
            at = point(value.poly.constant)
            return not at.meet(Range(within.lo, within.hi)).empty
        case _:
            return True


@pytest.mark.slow
@given(rng=DRAWS)
@laws(40)
def test_nothing_comes_to_what_was_ruled_out(rng: Random) -> None:
    assert broken(rng) == []


@pytest.mark.slow
def test_what_a_text_holds_is_not_told_by_the_texts_that_are_named() -> None:
    """Found by the law: a text that is put together matches a pattern; no named one does."""
    assert broken(Random(566)) == []


def only_points(within: Range, step: Fraction | None) -> bool:
    return within.is_point


def always_zero(within: Range) -> Num:
    return Num(unknown(NameSymbol(PROJECT_PLACE, "", Role.GAP), point(Fraction(0))))


PLANTED = {
    "what lies between two numbers is forgotten": ("_holds_any", only_points),
    "every number is taken for zero": ("_number", always_zero),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_the_law_finds_what_is_planted(planted: str) -> None:
    name, wrong = PLANTED[planted]
    with patch.object(cuts, name, wrong):
        assert any(broken(Random(seed)) for seed in range(60))


@pytest.mark.slow
def test_bounds_in_one_column_rule_out_what_each_of_them_does_by_itself() -> None:
    """The quick way through a column of bounds gives what asking each cell of each value does."""
    rng = Random(7)
    signs, told = ("<", "<=", ">", ">="), 0
    for _ in range(40):
        rows = "\n".join(
            f"  | {rng.choice(signs)} {rng.randrange(9) * 10} person | -> {i}"
            for i in range(rng.randrange(1, 9))
        )
        table = f"table t : number collect max {REF}\n  | n |\n{rows}\nreport t"
        tree = f'decision tree choice : tier\n  otherwise : none because "so" {REF}'
        maker = Maker(rng)
        maker.head()
        people = "input n : person from project.team.people"
        program = program_of([*maker.out, people, table, tree])
        body = program.defines["t"].body
        assert isinstance(body, Choose)
        every = (1 << len(body.cases)) - 1
        quick = Cuts(Ranges(program)).parts(columns_of(body), every)
        with patch.object(cuts, "_bounds", lambda *_: None):
            assert Cuts(Ranges(program)).parts(columns_of(body), every) == quick
        told += len(quick[0][0])
    assert told > 100
