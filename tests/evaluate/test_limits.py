"""What is worked out grows with the length of a policy and a manifest, not with the number of
ways through them; and it has a limit, past which an answer is only less sure. Both are counted in
expressions, never in time."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from mlpolicy.core import numbers
from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.core.terms import RuleState, Status
from mlpolicy.evaluate import begin, env
from mlpolicy.evaluate.trees import decide as decide_tree
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.render import settle
from mlpolicy.render.notices import fix
from tests.evaluate.evaluate_cases import HERE, SCHEMA, TODAY, decide, program_of
from tests.mdcase import Case, pages
from tests.profiles import lanes

CASES = pages(HERE / "cases")
ONE = "project: p\nworkloads: [{name: w}]\n"
INPUTS = """\
input weight : kg in 0 kg .. from workload.weight_kg
input fragile : flag from workload.fragile
input urgent : flag from workload.urgent
"""


def definitions(n: int) -> str:
    """Each on the one before, with a case."""
    each = "".join(
        f"define d{i} : number ref guide#G1\n  when weight > {i} kg : d{i - 1} + 1\n"
        f"  otherwise : d{i - 1}\n"
        for i in range(1, n + 1)
    )
    return f"""{INPUTS}define d0 : number ref guide#G1
  when fragile : 1
  otherwise : 0
{each}decision tree choice : way
  if d{n} > {n // 2}
    yes: post ref guide#G1
    no: courier ref guide#G1
"""


def arms(n: int) -> str:
    """Trees of which both arms go on to the next."""
    each = "".join(
        f"tree t{i} : way\n  if {'fragile' if i % 2 else 'urgent'}\n"
        f"    yes: goto t{i + 1} ref guide#G1\n    no: goto t{i + 1} ref guide#G1\n"
        for i in range(n)
    )
    return f"""{INPUTS}decision tree choice : way
  if weight > 5 kg
    yes: goto t0 ref guide#G1
    no: goto t0 ref guide#G1
{each}tree t{n} : way
  if weight > 7 kg
    yes: post ref guide#G1
    no: courier ref guide#G1
"""


def tables(n: int) -> str:
    """Each row of a table asks the table before, twice."""
    each = "".join(
        f"table c{i} : way first\n  | fragile | urgent |\n"
        f"  | yes | - | -> c{i - 1} ref guide#G1\n  | - | yes | -> c{i - 1} ref guide#G1\n"
        "  | - | - | -> none ref guide#G1\n"
        for i in range(1, n + 1)
    )
    return f"""{INPUTS}table c0 : way first
  | fragile |
  | yes | -> post ref guide#G1
  | - | -> courier ref guide#G1
{each}decision tree choice : way
  if c{n} is post
    yes: post ref guide#G1
    no: courier ref guide#G1
"""


def spent(program: Program) -> int:
    """How many expressions are evaluated until the one workload is decided."""
    documents, faults = load(ONE.encode(), "m.yaml", SCHEMA)
    assert not faults
    run = begin(program, documents[0], TODAY.toordinal())
    decide_tree(run.envs["w"])
    return run.spent


@pytest.mark.slow
@pytest.mark.parametrize("chain", [definitions, arms, tables])
def test_a_chain_costs_no_more_than_the_square_of_its_length(chain: Callable[[int], str]) -> None:
    """Twice as long takes four times as much at the most; each way through it on its own would
    take thousands of times as much."""
    shorter, longer = (spent(program_of(chain(n))) for n in (12, 24))
    assert 0 < longer <= 4 * shorter


def limited(case: Case, budget: int, monkeypatch: pytest.MonkeyPatch) -> Decision:
    with monkeypatch.context() as patch:
        patch.setattr(env, "BUDGET", budget)
        patch.setattr(env, "BUDGET_OF_EACH", 0)
        return decide(program_of(case.one("mlp").text), case.one("yaml").text)


@pytest.mark.slow
@pytest.mark.parametrize("case", lanes(CASES, plain=4, kind=attrgetter("path")), ids=str)
def test_past_the_limit_an_answer_is_less_sure_and_never_another(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = decide(program_of(case.one("mlp").text), case.one("yaml").text)
    for budget in (0, 3, 10, 30):
        told = limited(case, budget, monkeypatch)
        reached = [f for f in told.findings if f.rule == "unfinished"]
        assert all(f.state is RuleState.WAITING and fix(f) for f in reached)
        for here, there in zip(told.workloads, whole.workloads, strict=True):
            if here.status in (Status.ERROR, Status.HELD) or there.status is Status.ERROR:
                continue
            possible = {c.outcome for c in here.possible}
            assert {c.outcome for c in there.possible} <= possible
            if here.status is Status.DECIDED and there.status is Status.DECIDED:
                assert here.choice is not None
                assert there.choice is not None
                assert here.choice.outcome == there.choice.outcome
            assert set(here.irrelevant) <= set(there.irrelevant) or there.status is Status.DECIDED
        firm = {(r.rule, r.workload): r.state for r in whole.results}
        unjudged = {(f.rule, f.workload) for f in told.findings if f.unjudged}
        for result in told.results:
            if (result.rule, result.workload) in unjudged:
                continue  # it fired because it is not known, which is what the limit makes of it
            was = firm.get((result.rule, result.workload))
            if result.state is RuleState.FIRED:
                assert was in (RuleState.FIRED, None)
            if result.state is RuleState.PASSED:  # or it turns out not to apply
                assert was in (RuleState.PASSED, RuleState.DOES_NOT_APPLY, None)


def test_what_was_not_worked_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(definitions(6))
    monkeypatch.setattr(env, "BUDGET", 5)
    monkeypatch.setattr(env, "BUDGET_OF_EACH", 0)
    told = decide(program, ONE)
    (finding,) = (f for f in told.findings if f.rule == "unfinished")
    assert finding.workload == "w"
    assert finding.at is not None
    assert told.verdict != "pass"
    (workload,) = told.workloads
    assert workload.untried
    assert workload.irrelevant == ()
    assert "not every answer was tried" in " ".join(settle.in_full(workload, 200))


@pytest.mark.slow
def test_what_one_workload_takes_is_not_taken_from_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = program_of(definitions(6))
    many = "project: p\nworkloads:\n" + "".join(f"  - {{name: w{i}}}\n" for i in range(40))
    monkeypatch.setattr(env, "BUDGET", 2 * spent(program))
    monkeypatch.setattr(env, "BUDGET_OF_EACH", 0)
    documents, faults = load(many.encode(), "m.yaml", SCHEMA)
    assert not faults
    told = decide_document(program, documents[0], as_of=TODAY, today=TODAY, explain=False)
    assert [f for f in told.findings if f.rule == "unfinished"] == []


#: Chains of which each part takes the one before several times, within an operation.
FORMS = [
    "max(P * 2, P + 3) - P / 3",
    "(P + 1) * (P + 3) - P",
    "max(P, 2 * P - 3)",
    "min(max(P, 3), P * P)",
    "ceil(P / 3) + P",
    "abs(P - 7) - P",
    "round(P, 0.5) * P",
    "P / (P + 1) + P",
]


def numbers_of(form: str, n: int) -> Program:
    each = "".join(
        f"define x{i} : number = {form.replace('P', f'x{i - 1}')} ref guide#G1\n"
        for i in range(1, n + 1)
    )
    return program_of(f"""{INPUTS}define x0 : number = weight / 1 kg ref guide#G1
{each}decision tree choice : way
  if x{n} > 5
    yes: post ref guide#G1
    no: courier ref guide#G1
""")


def atoms_made(program: Program, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many operations of what is not known are made to decide."""
    count = 0
    made = numbers._operated

    def counted(*given: Any, **named: Any) -> numbers.Poly:
        nonlocal count
        count += 1
        return made(*given, **named)

    monkeypatch.setattr(numbers, "_operated", counted)
    decide(program, ONE)
    monkeypatch.undo()
    return count


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_chain_of_operations_on_what_is_not_known_does_not_double(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = (atoms_made(numbers_of(form, n), monkeypatch) for n in (12, 24))
    assert long <= 4 * short + 1_000
    known = decide(numbers_of(form, 6), ONE.replace("name: w", "name: w, weight_kg: 3"))
    assert known.workloads[0].status is Status.DECIDED
