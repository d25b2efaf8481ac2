"""However deep a policy is nested, through all that it names: it is worked out and explained, or
the checker says that it is too deep. Neither runs out of calls."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable

import pytest

from mlpolicy.core.program import MOST_LEVELS
from mlpolicy.core.terms import Status
from mlpolicy.evaluate import MOST_CALLS
from mlpolicy.render.json import decision_json
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.evaluate.evaluate_cases import decide, program_of

ONE = "project: p\nworkloads: [{name: w}]\n"
INPUTS = """\
input weight : kg in 0 kg .. from workload.weight_kg
input fragile : flag from workload.fragile
input urgent : flag from workload.urgent
"""


def ending(condition: str) -> str:
    return (
        f"decision tree choice : way\n  if {condition}\n"
        "    yes: post ref guide#G1\n    no: courier ref guide#G1\n"
    )


def definitions(n: int) -> str:
    """Each is the one before and one more: two levels."""
    each = "".join(f"define d{i} : number = d{i - 1} + 1 ref guide#G1\n" for i in range(1, n))
    first = "define d0 : number ref guide#G1\n  when fragile : 1\n  otherwise : 0\n"
    return INPUTS + first + each + ending(f"d{n - 1} > 5")


def scores(n: int) -> str:
    """Each asks the one before, which takes the most calls: one level."""
    each = "".join(
        f'score d{i} at least 1 of ref guide#G1\n  one "One?" : d{i - 1}\n  two "Two?" : urgent\n'
        for i in range(1, n)
    )
    return INPUTS + "define d0 : flag = fragile ref guide#G1\n" + each + ending(f"d{n - 1}")


def tables(n: int) -> str:
    """Each row of a table asks the table before: two levels."""
    each = "".join(
        f"table c{i} : way first\n  | fragile |\n"
        f"  | yes | -> c{i - 1} ref guide#G1\n  | - | -> none ref guide#G1\n"
        for i in range(1, n)
    )
    first = (
        "table c0 : way first\n  | urgent |\n"
        "  | yes | -> post ref guide#G1\n  | - | -> courier ref guide#G1\n"
    )
    return INPUTS + first + each + ending(f"c{n - 1} is post")


def trees(n: int) -> str:
    """Each goes on to the next, or ends: two levels."""
    each = "".join(
        f"tree t{i} : way\n  if {'fragile' if i % 2 else 'urgent'}\n"
        f"    yes: goto t{i + 1} ref guide#G1\n    no: goto t{i + 1} ref guide#G1\n"
        for i in range(n - 1)
    )
    begin = "decision tree choice : way\n  if weight > 5 kg : post ref guide#G1\n"
    return (
        f"{INPUTS}{begin}  otherwise : goto t0 ref guide#G1\n{each}"
        f"tree t{n - 1} : way\n  otherwise : courier ref guide#G1\n"
    )


def lines(n: int) -> str:
    """A tree of lines, each of which is asked where those before it were not met: one level."""
    each = "".join(
        f"  if weight > {2 * n - i} kg : {'post' if i % 2 else 'courier'} ref guide#G1\n"
        for i in range(n)
    )
    return f"{INPUTS}decision tree choice : way\n{each}  otherwise : post ref guide#G1\n"


#: The chains, with the levels that each of their parts has.
CHAINS = [(definitions, 2), (scores, 1), (tables, 2), (trees, 2), (lines, 1)]


FINE = (Status.UNDECIDED, Status.DECIDED, Status.PROVISIONAL)


def test_what_is_150_deep_is_decided() -> None:
    """What the fast lane tries of it."""
    decision = decide(program_of(definitions(150)), ONE)
    assert decision.workloads[0].status in FINE


@pytest.mark.slow
@pytest.mark.parametrize(("chain", "levels"), CHAINS)
def test_what_is_as_deep_as_may_be_is_decided_and_told(
    chain: Callable[[int], str], levels: int
) -> None:
    """The calls that are allowed are enough for the levels that are, with a tenth of them left."""
    program = program_of(chain((MOST_LEVELS - 10) // levels))
    pickle.loads(pickle.dumps(program))
    sys.setrecursionlimit(MOST_CALLS * 9 // 10)
    try:
        decision = decide(program, ONE)
        assert decision.workloads[0].status in FINE
        assert '"name": "w"' in decision_json(decision)
    finally:
        sys.setrecursionlimit(MOST_CALLS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chain", "deep"),
    [(definitions, 1000), (trees, 1000), (scores, 510), (tables, 260), (lines, 520)],
)
def test_what_is_deeper_is_said_to_be_too_deep(chain: Callable[[int], str], deep: int) -> None:
    """Also with fewer calls than the longest chain has parts: it calls for none of them anew."""
    if deep == 1000:
        sys.setrecursionlimit(deep)
    try:
        with pytest.raises(AssertionError, match=r"MLP0420 with all that `.*500 levels are nested"):
            program_of(chain(deep))
    finally:
        sys.setrecursionlimit(MOST_CALLS)


def test_the_first_that_is_too_deep_is_named_once() -> None:
    deepest = MOST_LEVELS // 2
    with pytest.raises(AssertionError) as told:
        program_of(definitions(deepest + 20))
    assert str(told.value).count("MLP0420") == 1


@pytest.mark.slow
@pytest.mark.parametrize("deep", [150, 5000])
@pytest.mark.parametrize("within", ["not (", "(fragile and "])
def test_one_declaration_has_a_limit_of_its_own(deep: int, within: str) -> None:
    text = f"define d : flag = {within * deep}fragile{')' * deep} ref guide#G1\n"
    _, faults = parse(Source("deep.mlp", text))
    assert [fault.code for fault in faults] == ["MLP0116"]
    assert "100 levels" in faults[0].message


@pytest.mark.slow
@pytest.mark.parametrize("deep", [150, 5000])
def test_parentheses_alone_are_no_levels(deep: int) -> None:
    text = f"define d : flag = {'(' * deep}fragile{')' * deep} ref guide#G1\n"
    assert decide(program_of(INPUTS + text + ending("d and urgent")), ONE).workloads


@pytest.mark.slow
@pytest.mark.parametrize("deep", [150, 1000])
def test_conditions_within_conditions_have_it_too(deep: int) -> None:
    indents = ["  " * i for i in range(1, deep + 1)]
    ifs = "".join(f"{space}if urgent\n{space} yes:\n" for space in indents)
    text = f"tree t : way\n{ifs}{'  ' * (deep + 1)}otherwise : post ref guide#G1\n"
    _, faults = parse(Source("deep.mlp", text))
    assert "MLP0116" in [fault.code for fault in faults]
