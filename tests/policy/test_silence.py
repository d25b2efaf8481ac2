"""Saying less never helps: to delete a fact from a manifest never makes one that may not pass, or
cannot be judged, one that passes.

Left aside are the two facts that say that there is something to judge: what is planned, and how
far the project is. An organisation that wants these stated requires them. Where a manifest states
that all is said, for the project or for the needs of a workload, that is no longer true once a fact
is taken away: the statement goes with the fact.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from random import Random

import pytest
import yaml

from mlpolicy.core.decision import Decision, Verdict
from mlpolicy.core.facts import Document, Fact, Workload
from mlpolicy.core.program import Program
from mlpolicy.core.terms import RuleState, WaitsFor
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.schema import Field, Schema
from tests.policy.policy_support import HERE, WHOLE, program_at
from tests.profiles import scaled
from tests.reviewed.reviewed_support import manifests as reviewed

DAY = datetime.date(2026, 11, 22)
#: Facts without which there is nothing to judge.
TO_JUDGE = frozenset({"plan", "lifecycle"})
#: What says that all is said, of the project and of the needs of a workload.
COMPLETE = "complete"
STOPPED = (Verdict.BLOCK, Verdict.ERROR, Verdict.INCOMPLETE)

Path = tuple[str | int, ...]


def decided(program: Program, document: Document) -> Decision:
    return decide_document(program, document, as_of=DAY, today=DAY, explain=False, settle=False)


def verdict(program: Program, document: Document) -> Verdict:
    return decided(program, document).verdict


def documents(schema: Schema) -> list[Document]:
    """All manifests of these folders, and those that were reviewed."""
    folders = [HERE / "scenarios", HERE / "hybrid", HERE / "cases"]
    folders.append(HERE.parent / "snapshots" / "manifests")
    texts = [
        (path.name, path.read_text("utf-8"))
        for folder in folders
        for path in sorted(folder.glob("*.mlproject.yaml"))
    ]
    texts += [(each.fact, each.manifest) for each in reviewed()]
    return [each for name, text in texts for each in load(text.encode(), name, schema)[0]]


def shorter(document: Document, schema: Schema) -> Iterator[tuple[Path, Document]]:
    """The document without one of its facts, for each that may be left out, and without what says
    that all is said."""
    of_project, of_workload = schema.root.at("spec"), schema.root.at("spec", "workloads", 0)
    assert of_project is not None
    assert of_workload is not None
    open_ = replace(
        document,
        project=_opened(document.project),
        workloads=tuple(Workload(each.name, _opened(each.fact)) for each in document.workloads),
    )
    for path, project in _without(open_.project, of_project):
        yield path, replace(open_, project=project)
    for number, workload in enumerate(open_.workloads):
        for path, fact in _without(workload.fact, of_workload):
            several = list(open_.workloads)
            several[number] = Workload(workload.name, fact)
            yield path, replace(open_, workloads=tuple(several))


def _opened(fact: Fact) -> Fact:
    """The same without `complete`, there and in its groups."""
    if not isinstance(fact.value, dict):
        return fact
    return replace(
        fact, value={key: _opened(below) for key, below in fact.value.items() if key != COMPLETE}
    )


def _without(fact: Fact, field: Field) -> Iterator[tuple[Path, Fact]]:
    if isinstance(fact.value, dict):
        for name, below in fact.value.items():
            child = field.at(name)
            if name not in field.required and name not in TO_JUDGE:
                rest = {key: value for key, value in fact.value.items() if key != name}
                yield (name,), replace(fact, value=rest)
            for path, left in _without(below, child) if child and name not in TO_JUDGE else ():
                yield (name, *path), replace(fact, value={**fact.value, name: left})
    elif isinstance(fact.value, tuple) and field.items is not None and field.items.children:
        for number, below in enumerate(fact.value):
            before, after = fact.value[:number], fact.value[number + 1 :]
            if before or after:  # an empty list would say that there is none
                yield (number,), replace(fact, value=(*before, *after))
            for path, left in _without(below, field.items):
                yield (number, *path), replace(fact, value=(*before, left, *after))


def helped(program: Program, cases: list[tuple[Document, Path, Document]]) -> list[str]:
    """Where saying less made a manifest pass that was stopped."""
    before: dict[int, Verdict] = {}
    found = []
    for document, path, less in cases:
        if id(document) not in before:
            before[id(document)] = verdict(program, document)
        if before[id(document)] in STOPPED and verdict(program, less) not in STOPPED:
            found.append(f"{document.file}: without {path}")
    return found


def every(several: list[Document], schema: Schema) -> list[tuple[Document, Path, Document]]:
    return [(each, path, less) for each in several for path, less in shorter(each, schema)]


#: A manifest of which nothing stops anything, and where all is said.
PASSING = """
project: loans
owner: team/risk
complete: true
regions: [us-east-1]
lifecycle: build
business: {risk_rating: low}
data_policy: {contains: [none]}
team: {ml_level: data_science, infra_engineers: 0}
workloads:
  - name: grade
    task: sentiment
    needs: {complete: true, languages: [en]}
    usage: {texts_per_month: 10000, chars_per_text: 1000}
    volume: {requests_per_month: 10000}
    data: {labelled_examples: 5000, test_set_size: 400}
    costs: {ai_service: {dev_usd: 1000}}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 91, sample_size: 400,
         measured_on: "2026-09-01", dataset: ours}
    plan: {outcome: ai_service, service: comprehend}
"""

#: One fact more, or a fact that is another, by which it is blocked: what it is, and by which rule.
BINDING: dict[str, tuple[str, str, dict[str, object]]] = {
    "where data must stay": (
        "data_policy.residency",
        "residency",
        {
            "data_policy": {
                "contains": ["none"],
                "residency": {"strict": True, "regions": ["eu-west-1"]},
            }
        },
    ),
    "a limit of the monthly cost": ("budget", "over_budget", {"budget": {"monthly_usd": 1}}),
    "a limit of the cost to build it": (
        "budget.one_off_usd",
        "over_one_off_budget",
        {"budget": {"one_off_usd": 10}},
    ),
    "a day": ("timeline.target_date", "too_late", {"timeline": {"target_date": "2026-11-23"}}),
    "weeks": ("timeline.weeks", "too_late", {"timeline": {"weeks": 0}}),
    "that no machine learning is needed": (
        "workload.ml_needed",
        "above_need",
        {"workload": {"ml_needed": False}},
    ),
    "a need": (
        "workload.needs.custom_architecture",
        "short_of_need.must",
        {
            "workload": {
                "needs": {"complete": True, "languages": ["en"], "custom_architecture": True}
            }
        },
    ),
    "a time to answer": (
        "workload.latency",
        "short_of_need.must",
        {
            "workload": {
                "latency": {"required_ms": 20},
                "measurements": [
                    {
                        "system": "comprehend",
                        "metric": "accuracy",
                        "value_pct": 91,
                        "sample_size": 400,
                        "measured_on": "2026-09-01",
                        "dataset": "ours",
                        "p99_ms": 60,
                    }
                ],
            }
        },
    ),
    "a required quality": (
        "workload.quality",
        "short_of_need.must",
        {"workload": {"quality": {"metric": "accuracy", "required_pct": 94}}},
    ),
    "that a figure is one of a part": (
        "workload.measurements.0.slice",
        "untested_at_risk",
        {
            "business": {"risk_rating": "high"},
            "workload": {
                "measurements": [
                    {
                        "system": "comprehend",
                        "metric": "accuracy",
                        "value_pct": 91,
                        "sample_size": 400,
                        "measured_on": "2026-09-01",
                        "dataset": "ours",
                        "slice": "short ones",
                    }
                ]
            },
        },
    ),
    "the larger of two measurements": (
        "workload.measurements.1",
        "short_of_need.must",
        {
            "workload": {
                "measurements": [
                    {
                        "system": "comprehend",
                        "metric": "accuracy",
                        "value_pct": value,
                        "sample_size": size,
                        "measured_on": "2026-09-01",
                        "dataset": "ours",
                    }
                    for value, size in ((91, 400), (70, 900))
                ]
            }
        },
    ),
    "a price of one's own": (
        "prices.0",
        "over_budget",
        {
            "budget": {"monthly_usd": 500},
            "prices": [{"item": "comprehend", "each_usd": 0.05}],
        },
    ),
    "a bill": (
        "workload.costs.ai_service.service_monthly_usd",
        "over_budget",
        {
            "budget": {"monthly_usd": 500},
            "workload": {"costs": {"ai_service": {"dev_usd": 1000, "service_monthly_usd": 5000}}},
        },
    ),
}


def stated(facts: dict[str, object], *left_out: str) -> str:
    """The manifest that passes with some facts, and without some others."""
    made = yaml.safe_load(PASSING)
    inside = deepcopy(facts)
    made["workloads"][0].update(inside.pop("workload", {}))
    made.update(inside)
    for path in left_out:
        *above, last = path.removeprefix("workload.").split(".")
        here = made["workloads"][0] if path.startswith("workload.") else made
        for step in above:
            here = here[int(step)] if isinstance(here, list) else here[step]
        del here[int(last) if isinstance(here, list) else last]
    return yaml.safe_dump(made)


def loaded(text: str, schema: Schema) -> Document:
    (document,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    return document


@pytest.mark.slow
def test_where_all_is_said_it_passes() -> None:
    program, schema = program_at(WHOLE, alone=True)
    assert verdict(program, loaded(PASSING, schema)) is Verdict.PASS


@pytest.mark.slow
def test_without_the_statement_it_waits_for_nothing_else() -> None:
    program, schema = program_at(WHOLE, alone=True)
    found = decided(program, loaded(stated({}, "complete"), schema))
    assert found.verdict is Verdict.INCOMPLETE
    waiting = [f for f in found.findings if f.waits_for is WaitsFor.TEAM and f.level != "advise"]
    assert [(each.rule, [str(need) for need in each.needs]) for each in waiting] == [
        ("left_out", ["project.complete"])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("which", BINDING)
def test_what_would_stop_it_is_not_left_out_in_silence(which: str) -> None:
    """The fact stops it; left out it is missed by nothing, and yet it does not pass before
    somebody states that nothing is left out."""
    program, schema = program_at(WHOLE, alone=True)
    path, rule, facts = BINDING[which]
    found = decided(program, loaded(stated(facts), schema))
    assert found.verdict is Verdict.BLOCK
    assert rule in {f.rule for f in found.findings if f.state is RuleState.FIRED}
    assert verdict(program, loaded(stated(facts, path, "complete"), schema)) in STOPPED
    untrue = verdict(program, loaded(stated(facts, path), schema))
    assert untrue not in STOPPED, "it would be missed anyway, so that this row shows nothing"


@pytest.mark.slow
def test_saying_less_never_helps() -> None:
    program, schema = program_at(WHOLE, alone=True)
    cases = every([loaded(stated(facts), schema) for _, _, facts in BINDING.values()], schema)
    assert len(cases) > 300
    assert helped(program, Random(1).sample(cases, 60)) == []


@pytest.mark.slow
def test_a_policy_that_asks_nobody_whether_all_is_said_is_found_out() -> None:
    """A planted fault: without that rule, who leaves out the one fact that stops it passes."""
    program, schema = program_at(WHOLE, alone=True)
    rules = {name: rule for name, rule in program.rules.items() if name != "left_out"}
    document = loaded(stated(BINDING["weeks"][2]), schema)
    less = loaded(stated(BINDING["weeks"][2], "timeline"), schema)
    assert helped(replace(program, rules=rules), [(document, ("timeline",), less)]) == [
        "m.yaml: without ('timeline',)"
    ]


@pytest.mark.slow
def test_a_policy_that_takes_silence_for_completeness_is_found_out() -> None:
    """A planted fault: that nothing is said of it means that all is said."""
    program, schema = program_at(WHOLE, alone=True)
    said = program.inputs["all_said"]
    taken = program.inputs["ml_needed"].absent
    assert taken is not None
    wrong = replace(program, inputs={**program.inputs, "all_said": replace(said, absent=taken)})
    assert helped(wrong, every([loaded(stated(BINDING["weeks"][2]), schema)], schema))


@pytest.mark.slow
def test_saying_less_never_helps_in_any_manifest_at_hand() -> None:
    program, schema = program_at(WHOLE, alone=True)
    cases = every(documents(schema), schema)
    assert len(cases) > 1000
    assert helped(program, Random(1).sample(cases, scaled(len(cases), costly=True))) == []
