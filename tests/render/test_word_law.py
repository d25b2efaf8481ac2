"""Words are made and never read: with every sentence of `render.words` and `render.notices`
replaced, all that a program reads of a decision stays as it is."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mlpolicy import coverage
from mlpolicy.core.trace import StepKind
from mlpolicy.explain.deciding import find
from mlpolicy.interview import questions
from mlpolicy.reach import Kind, points_of, reached
from mlpolicy.render import ledger, notices, words
from mlpolicy.render.html import scale
from mlpolicy.render.json import decision_json
from mlpolicy.render.text import explain
from tests.render.render_support import ROOT, decided, judged

#: A provisional one, one with a score and a shortlist, and one with costs that are missing.
MANIFESTS = (
    "tests/policy/scenarios/call-sentiment.mlproject.yaml",
    "tests/policy/scenarios/chest-xrays.mlproject.yaml",
    "tests/policy/hybrid/claims-desk.mlproject.yaml",
)
PLACEHOLDER = "¤"

#: Where sentences are made.
MADE_OF = (words, notices)
#: The keys of the document that hold what is written for people.
WRITTEN = frozenset(("value", "note", "from", "name", "say", "fix", "error"))


def sentences() -> dict[str, Callable[..., str]]:
    """Every function that makes a sentence."""
    found: dict[str, Callable[..., str]] = {
        name: made
        for module in MADE_OF
        for name, made in vars(module).items()
        if inspect.isfunction(made)
        and made.__module__ == module.__name__
        and made.__annotations__.get("return") == "str"
    }
    assert {"note", "value", "margin_text", "reason", "line_origin"} <= set(found)
    assert {"fault_text", "say", "fix", "waiver_note"} <= set(found)
    return found


@contextmanager
def replaced() -> Iterator[None]:
    """Where something was said, a placeholder stands; where nothing was, nothing does."""

    def instead(made: Callable[..., str]) -> Callable[..., str]:
        return lambda *of, **how: PLACEHOLDER if made(*of, **how) else ""

    with pytest.MonkeyPatch.context() as patch:
        hidden = {id(made): instead(made) for made in sentences().values()}
        for module in [m for n, m in sys.modules.items() if n.startswith("mlpolicy.")]:
            for name, made in list(vars(module).items()):
                if id(made) in hidden:
                    patch.setattr(module, name, hidden[id(made)])
        for name, said in list(vars(words).items()):
            if isinstance(said, str) and name.isupper():
                patch.setattr(words, name, PLACEHOLDER)
        yield


def bones(value: Any, key: str = "") -> Any:
    """A document without what is written for people: its keys, numbers and typed values."""
    match value:
        case dict():
            # What a fact states stands by the columns of its entry.
            return {k: bones(v, "value" if key == "values" else k) for k, v in value.items()}
        case list():
            return [bones(each, key) for each in value]
        case str() if key in WRITTEN:
            return bool(value)
        case _:
            return value


def read_of(manifest: str) -> dict[str, object]:
    """What coverage, the interview, the number lines and the ledgers read of a decision."""
    judgement, decision = judged(manifest), decided(manifest)
    program = judgement.program
    schema, today = judgement.schema, judgement.context.today
    context = questions.InterviewContext(
        file=manifest,
        schema=schema,
        programs=(program,),
        decide=lambda _, document: judgement.decide(document),
        told=notices.fault_text,
        today=today,
    )
    state = questions.begin((ROOT / manifest).read_text(), context)
    assert isinstance(state, questions.State)
    asked = [*questions.settling(state, context), *questions.completing(state, context)]
    trees = [t for w in decision.workloads for t in find(w.trace, StepKind.TREE)]
    margins = scale.margins(c for tree in trees for c in scale.conditions(tree))
    costs = [cost for workload in decision.workloads for cost in workload.costs]
    found = reached(points_of(program, schema), decision)
    assert any(point.kind is Kind.THRESHOLD for point in found)
    return {
        "coverage": found,
        "citations": coverage.traced(program, decision),
        "questions": [(each.key, each.ask, each.reasons) for each in asked],
        "scales": [each.scale for each in margins],
        "waits": [ledger.waits_for(line, cost) for cost in costs for line in cost.lines],
        "made of": [ledger.made_of(line, False) for cost in costs for line in cost.lines],
        "document": bones(json.loads(decision_json(decision))),
    }


@pytest.mark.slow
@pytest.mark.parametrize("manifest", MANIFESTS)
def test_with_every_sentence_replaced_nothing_that_is_read_changes(manifest: str) -> None:
    before, told = read_of(manifest), explain(decided(manifest), audience="auditor")
    with replaced():
        after, hidden = read_of(manifest), explain(decided(manifest), audience="auditor")
    for part, value in before.items():
        assert after[part] == value, part
    # The sentences were replaced indeed: a reader would see it.
    assert PLACEHOLDER in hidden
    assert hidden != told


def test_a_number_that_is_read_from_a_sentence_would_be_seen() -> None:
    manifest = MANIFESTS[0]
    decision = decided(manifest)
    trees = [t for w in decision.workloads for t in find(w.trace, StepKind.TREE)]

    def read() -> list[bool]:
        found = scale.margins(c for tree in trees for c in scale.conditions(tree))
        return [each.margin.endswith("below") for each in found]

    before = read()
    assert any(before)
    with replaced():
        assert read() != before
