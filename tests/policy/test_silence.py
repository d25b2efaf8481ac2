"""Saying less never helps: to delete a fact from a manifest never makes one that may not pass, or
cannot be judged, one that passes.

Left aside are the facts that say that there is something to judge: what is planned, how far the
project is, what it may cost and when it has to be there. An organisation that wants these stated
requires them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from mlpolicy.core.decision import Verdict
from mlpolicy.core.facts import Document, Fact, Workload
from mlpolicy.core.program import Program
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.schema import Field, Schema
from tests.policy.policy_support import HERE, WHOLE, policy_at
from tests.reviewed.reviewed_support import manifests as reviewed

DAY = datetime.date(2026, 11, 22)
#: Facts without which there is nothing to judge.
TO_JUDGE = frozenset({"plan", "lifecycle", "budget", "timeline"})
STOPPED = (Verdict.BLOCK, Verdict.ERROR, Verdict.INCOMPLETE)

Path = tuple[str | int, ...]


def verdict(program: Program, document: Document) -> Verdict:
    found = decide_document(program, document, as_of=DAY, today=DAY, explain=False, settle=False)
    return found.verdict


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
    """The document without one of its facts, for each that may be left out."""
    of_project, of_workload = schema.root.at("spec"), schema.root.at("spec", "workloads", 0)
    assert of_project is not None
    assert of_workload is not None
    for path, project in _without(document.project, of_project):
        yield path, replace(document, project=project)
    for number, workload in enumerate(document.workloads):
        for path, fact in _without(workload.fact, of_workload):
            several = list(document.workloads)
            several[number] = Workload(workload.name, fact)
            yield path, replace(document, workloads=tuple(several))


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


def sample(several: list[Document], schema: Schema, size: int, seed: int) -> list[
    tuple[Document, Path, Document]
]:  # fmt: skip
    every = [(each, path, less) for each in several for path, less in shorter(each, schema)]
    return Random(seed).sample(every, min(size, len(every)))


#: A plan for less than the needs call for: it is blocked for the architecture alone.
NEEDY = """
project: loans
owner: team/risk
lifecycle: build
regions: [us-east-1]
team: {ml_level: data_science, infra_engineers: 0}
data_policy: {contains: [none], regimes: [], residency: {strict: false}}
workloads:
  - name: grade
    task: sentiment
    needs:
      custom_architecture: true
      interpretability: false
      model_audit: false
      proprietary_data: false
      domain_features: false
      strict_compliance: false
      languages: [en]
    usage: {texts_per_month: 10000, chars_per_text: 1000}
    volume: {requests_per_month: 10000}
    data: {labelled_examples: 5000, test_set_size: 400}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 91, sample_size: 400,
         measured_on: "2026-09-01", dataset: ours}
    plan: {outcome: ai_service, service: comprehend}
"""


def needy(schema: Schema) -> list[tuple[Document, Path, Document]]:
    (document,), faults = load(NEEDY.encode(), "m.yaml", schema)
    assert not faults
    wanted = [("needs",), ("needs", "custom_architecture"), ("needs", "languages"), ("team",)]
    return [(document, path, less) for path, less in shorter(document, schema) if path in wanted]


def test_saying_less_never_helps() -> None:
    program, schema = policy_at(WHOLE)
    cases = needy(schema)
    assert len(cases) == 4
    assert verdict(program, cases[0][0]) is Verdict.BLOCK
    assert helped(program, cases) == []


def test_a_policy_that_reads_silence_as_no_is_found_out() -> None:
    """A planted fault: that nothing is said of the architecture means that there is no need."""
    program, schema = policy_at(WHOLE)
    need = program.inputs["custom_architecture"]
    assert need.absent is not None
    planted = replace(need, absent=replace(need.absent, when=None))
    wrong = replace(program, inputs={**program.inputs, need.name: planted})
    assert helped(wrong, needy(schema)) == ["m.yaml: without ('needs', 'custom_architecture')"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_saying_less_never_helps_in_any_manifest_at_hand(seed: int) -> None:
    program, schema = policy_at(WHOLE)
    assert helped(program, sample(documents(schema), schema, 12, seed)) == []
