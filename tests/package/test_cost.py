"""What it costs to decide, counted in calls of functions: the same on every machine, busy or not.

Times are measured by `benchmarks`. This is a guard: a change that makes something take half as
much again is to be noticed, and meant. Where it is, or where something has become cheaper, write
down the number that the message tells.
"""

from __future__ import annotations

import cProfile
import datetime
import gc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mlpolicy.api import Policy, load_policy
from mlpolicy.changes.change import why_not
from mlpolicy.changes.told import WhyNot
from mlpolicy.check.reads import reads_of
from mlpolicy.core.decision import Decision
from mlpolicy.decide import Context, decide
from mlpolicy.evaluate import Memory
from mlpolicy.evaluate.env import Env
from mlpolicy.manifest.overlay import Overlay, overlay
from mlpolicy.testing import run_test

HERE = Path(__file__).parents[1]
DAY = datetime.date(2026, 11, 22)

#: Thousands of calls. Python 3.12 and later make fewer of the same.
THOUSANDS = {
    "read": 16,
    "reads": 177,
    "check": 257,
    "explain": 1243,
    "hybrid": 422,
    "tests": 512,
    "why not": 3886,
    "why not, hybrid": 1336,
}
#: How many times as much is too much, and how little shows that a number is out of date.
MOST, LEAST = 1.5, 0.5

FIVE = b"""\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
workloads:
  - {name: read-invoices, task: invoice-extraction}
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("aws-ml-selection")


EIGHT = b"""\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
team: {ml_level: basic, infra_engineers: 2}
workloads:
  - name: read-invoices
    task: invoice-extraction
    usage: {documents_per_month: 50000, pages_per_document: 1}
"""


def _searching(policy: Policy, data: bytes, workload: str) -> Callable[[], object]:
    """The search for what would have to change for `sagemaker`."""
    program = policy.program
    schema, _ = policy.session.schema(program, policy.files.folder)
    document = policy.read(data)
    assert schema is not None
    context = Context(as_of=DAY, today=DAY, explain=False)
    today = decide(program, document, context)

    def search() -> WhyNot:
        memory = Memory()

        def confirm(changes: Sequence[Overlay]) -> Decision | None:
            overlaid, _ = overlay(data, document, schema, changes)
            return None if overlaid is None else decide(program, overlaid, context, memory=memory)

        return why_not(
            program,
            schema,
            document,
            today,
            confirm,
            wanted="sagemaker",
            workload=workload,
            as_of=DAY,
            memory=memory,
        )

    return search


def _deciding(policy: Policy, data: bytes, *, explain: bool = False) -> Callable[[], object]:
    """A decision as `explain` asks for it, or as `check` does."""
    document = policy.read(data)
    context = Context(as_of=DAY, today=DAY, explain=explain)
    return lambda: decide(policy.program, document, context)


def work(name: str, policy: Policy) -> Callable[[], object]:
    """What is counted."""
    program, hybrid = policy.program, HERE / "policy/hybrid/claims-desk.mlproject.yaml"
    match name:
        case "read":
            data = hybrid.read_bytes()
            return lambda: policy.read(data)
        case "reads":
            return lambda: reads_of(program)
        case "check":
            return _deciding(policy, FIVE)
        case "explain":
            return _deciding(policy, FIVE, explain=True)
        case "hybrid":
            return _deciding(policy, hybrid.read_bytes())
        case "why not":
            return _searching(policy, EIGHT, "read-invoices")
        case "why not, hybrid":
            cards = HERE / "policy/hybrid/card-payments.mlproject.yaml"
            return _searching(policy, cards.read_bytes(), "authorise")
        case "tests":
            files, _ = policy.session.find("aws-ml-selection", DAY.isoformat())
            assert files is not None
            whole, code, _ = policy.session.tested(files)
            schema, _ = policy.session.schema(program, policy.files.folder)
            assert whole is not None
            assert schema is not None
            some = whole.tests[::60]
            return lambda: [run_test(test, whole, schema, code=code) for test in some]
        case _:
            raise AssertionError(name)


def thousands(doing: Callable[[], object], *, again: bool = True) -> int:
    """How many thousand calls it takes `again`, once all is loaded that is loaded but once."""
    if again:
        doing()
    gc.collect()
    profile = cProfile.Profile()
    profile.enable()
    doing()
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats()) // 1000


def fault(name: str, found: int) -> str:
    """What is wrong with a number, or an empty text."""
    kept = THOUSANDS[name]
    if LEAST * kept <= found <= MOST * kept:
        return ""
    return f"{name}: {found} thousand calls, where {kept} are written down"


@pytest.mark.slow
@pytest.mark.parametrize("name", THOUSANDS)
def test_it_costs_what_it_did(name: str, policy: Policy) -> None:
    # Before a search, all is loaded by the decision of today; it loads nothing more.
    again = not name.startswith("why not")
    assert fault(name, thousands(work(name, policy), again=again)) == ""


@pytest.mark.slow
def test_a_planted_slowdown_is_noticed(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was worked out in one environment is found again in another."""
    monkeypatch.setattr(Env, "recall", lambda *_: None)
    assert fault("check", thousands(work("check", policy))) != ""
