"""A question put to a manifest is answered as the manifest would be decided."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mlpolicy.analyze.query import Question, Tried, ask
from mlpolicy.core.symbols import FieldSymbol
from mlpolicy.core.terms import Status
from mlpolicy.evaluate import Memory
from mlpolicy.evaluate.env import Run
from mlpolicy.manifest import load
from tests.evaluate.evaluate_cases import SCHEMA, TODAY, program_of

POLICY = """\
input urgent : flag from workload.urgent
convert 1 month = 30 day ref guide#C1
input volume : parcel/month from workload.per_month or workload.per_day as parcel/month
decision tree choice : way
  if urgent and volume > 3000 parcel/month
    yes: courier ref guide#G1
    no: post ref guide#G1
"""


@pytest.mark.parametrize(("per_day", "holds"), [(100, Tried.YES), (200, Tried.NO)])
def test_two_spellings_that_differ_are_an_error_though_they_are_not_asked_for(
    per_day: int, holds: Tried
) -> None:
    stated = f"urgent: false, per_month: 3000, per_day: {per_day}"
    text = f"{{name: w, {stated}}}"
    (document,), faults = load(f"project: p\nworkloads: [{text}]\n".encode(), "m.yaml", SCHEMA)
    assert not faults
    question = Question(outcome="post", rule=None, workload="w")
    found = ask(program_of(POLICY), document, question, as_of=TODAY, open_=False)
    assert found.holds is holds
    assert (found.status is Status.ERROR) is (holds is Tried.NO)


OPEN = "{name: w, urgent: true, per_month: {low: 1000, high: 5000}}"


def _turns(memory: Memory | None, *, asked_before: bool) -> frozenset[Fraction]:
    (document,), faults = load(f"project: p\nworkloads: [{OPEN}]\n".encode(), "m.yaml", SCHEMA)
    assert not faults
    program = program_of(POLICY)
    question = Question(outcome="post", rule=None, workload="w")
    trials = [
        ask(program, document, question, as_of=TODAY, open_=True, turning=turning, memory=memory)
        for turning in ((False, True) if asked_before else (True,))
    ]
    slot = FieldSymbol(1, ("workload", "per_month"), "")
    return trials[-1].turns(slot)


def test_where_an_answer_turns_is_told_of_what_is_remembered_too() -> None:
    anew = _turns(None, asked_before=False)
    assert len(anew) == 1
    assert _turns(Memory(), asked_before=True) == anew


def test_what_an_observer_was_told_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: where it is not told again, the test above breaks."""
    monkeypatch.setattr(Run, "take", lambda *_: None)
    assert _turns(Memory(), asked_before=True) == frozenset()
