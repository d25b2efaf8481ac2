"""What an answer rests on: what is named carries it, and says what the manifest says about it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection
from dataclasses import replace

import pytest

from mlpolicy.core.decision import Decision, Founded, Premise, WorkloadDecision
from mlpolicy.core.facts import DECLARED_UNKNOWN, Document, Fact, Workload
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Program
from mlpolicy.core.terms import RuleState, Status
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.trees import decide as decide_tree
from mlpolicy.explain.decision import decide_document
from mlpolicy.judge.answers import status_of
from mlpolicy.manifest import load
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.premises import said_text
from mlpolicy.render.text import explain
from mlpolicy.session import Session
from tests.policy.policy_support import HERE, WHOLE, program_at
from tests.profiles import lanes
from tests.scopes import SCOPES

pytestmark = pytest.mark.slow

DAY = datetime.date(2026, 11, 22)
QUICK = ("scenarios/call-sentiment", "hybrid/card-payments", "hybrid/plant-floor")
FIRM = (Status.DECIDED, Status.INFEASIBLE)


def documents(name: str) -> tuple[Program, Document]:
    program, schema = program_at(WHOLE)
    text = (HERE / f"{name}.mlproject.yaml").read_bytes()
    (found,), _ = load(text, name, schema)
    return program, found


def decided(name: str) -> tuple[Program, Document, Decision]:
    program, found = documents(name)
    decision = decide_document(program, found, as_of=DAY, today=DAY, settle=False)
    return program, found, decision


def carries(
    program: Program, document: Document, of: WorkloadDecision, by: Collection[Premise]
) -> bool:
    """Is the answer the same where all is unknown that is not named?"""
    left = reduced(program, document, of.name, {each.path for each in by})
    run = begin(program, left, DAY.toordinal())
    found = decide_tree(run.envs[of.name])
    shown = found.shown.outcome if found.shown is not None else None
    wanted = of.choice.outcome or "infeasible" if of.choice is not None else None
    return (status_of(found), shown) == (of.status, wanted)


def reduced(
    program: Program, document: Document, name: str, kept: Collection[FieldPath]
) -> Document:
    """The document in which all that the tree may read and that is not kept is unknown."""
    roots = {SCOPES.shared: document.project}
    roots[SCOPES.each] = next(w.fact for w in document.workloads if w.name == name)
    for declared in (program.inputs[each] for each in program.reads.tree_inputs):
        keys = declared.key.members if declared.key is not None else ("",)
        for path in (path for source in declared.sources for path in source.paths):
            for key in keys:
                steps = tuple(key if step.startswith("{") else step for step in path.steps)
                if FieldPath(path.scope, steps) not in kept and "decision_date" not in steps:
                    roots[path.scope] = put(roots[path.scope], steps, DECLARED_UNKNOWN)
    for records in program.records.values():
        entries = roots[records.path.scope].get(*records.path.steps)
        if entries is not None and isinstance(entries.value, tuple):
            left = {
                number: each
                for number, each in enumerate(entries.value)
                if FieldPath(records.path.scope, (*records.path.steps, number)) in kept
            }
            value = tuple(left.values()) or DECLARED_UNKNOWN
            roots[records.path.scope] = put(roots[records.path.scope], records.path.steps, value)
    workloads = tuple(
        Workload(w.name, roots[SCOPES.each]) if w.name == name else w for w in document.workloads
    )
    return replace(document, project=roots[SCOPES.shared], workloads=workloads)


def put(fact: Fact, steps: tuple[str, ...], value: object) -> Fact:
    inside = dict(fact.value) if isinstance(fact.value, dict) else {}
    there = inside.get(steps[0], Fact({}, fact.place))
    inside[steps[0]] = (
        put(there, steps[1:], value) if steps[1:] else Fact(value, there.place)  # type: ignore[arg-type]
    )
    return Fact(inside, fact.place)


def all_manifests() -> list[str]:
    folders = ("scenarios", "hybrid")
    files = [path for folder in folders for path in sorted((HERE / folder).glob("*.yaml"))]
    return [str(path.relative_to(HERE)).removesuffix(".mlproject.yaml") for path in files]


@pytest.mark.parametrize(
    "name",
    lanes(all_manifests(), plain=3),
)
def test_a_firm_answer_rests_on_what_is_named_alone(name: str) -> None:
    program, document, decision = decided(name)
    firm = [each for each in decision.workloads if each.status in FIRM]
    for each in firm:
        assert each.rests_on
        assert carries(program, document, each, each.rests_on), each.name


def test_without_what_is_named_the_answer_is_another() -> None:
    """The law above fails where a premise is forgotten: a planted fault."""
    program, document, decision = decided(QUICK[0])
    (each,) = decision.workloads
    for founded in (Founded.MEASURED, Founded.CLAIMED, Founded.COMPUTED, Founded.ASSUMED):
        fewer = [premise for premise in each.rests_on if premise.founded is not founded]
        assert len(fewer) < len(each.rests_on)
        assert not carries(program, document, each, fewer), founded


CLAIM = """
project: loans
owner: team/risk
decision_date: 2026-11-22
regions: [us-east-1]
team: {ml_level: data_science, by: head of the team}
workloads:
  - name: grade
    task: sentiment
    needs:
      custom_architecture: true
      because: "the regulator asks for *every* reason"
      by: team/risk
    volume: {requests_per_month: {low: 1000, high: 2000}}
    latency: {required_ms: 800}
"""


def loans() -> Decision:
    program, schema = program_at(WHOLE)
    (found,), faults = load(CLAIM.encode(), "m.yaml", schema)
    assert not faults
    return decide_document(program, found, as_of=DAY, today=DAY)


def test_a_fact_carries_what_is_said_beside_it() -> None:
    (grade,) = loans().workloads
    by_path = {str(each.path): each for each in grade.rests_on}
    need = by_path["workload.needs.custom_architecture"]
    assert need.founded is Founded.CLAIMED
    assert said_text(need) == "because “the regulator asks for *every* reason”, says team/risk"
    assert (need.place and need.place.line) == 11
    assert said_text(by_path["workload.latency.required_ms"]) == "no reason stated"
    level = by_path["project.team.ml_level"]
    assert said_text(level) == "no reason stated, says head of the team"
    # Where the schema has no place for a reason, none is missed.
    assert said_text(by_path["workload.task"]) == ""
    volume = by_path["workload.volume.requests_per_month"]
    assert volume.founded is Founded.ESTIMATED


def test_a_reason_that_says_nothing_is_none() -> None:
    program, schema = program_at(WHOLE)
    text = CLAIM.replace('"the regulator asks for *every* reason"', "to be decided by Kim")
    text = text.replace("by: team/risk", "by: TBD (ask Kim)")
    (found,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    (grade,) = decide_document(program, found, as_of=DAY, today=DAY, settle=False).workloads
    need = next(each for each in grade.rests_on if "custom_architecture" in str(each.path))
    assert said_text(need) == "no reason stated"


COUNTS = """
  - {system: comprehend, metric: accuracy, value_pct: 91, sample_size: 400,
     measured_on: "2026-09-01", dataset: march}"""
APART = {
    "a vendor's figure": COUNTS.replace("march", "the vendor's page"),
    "a part of the data": COUNTS.replace("march", "march, slice: German letters"),
    "too few cases": COUNTS.replace("400", "20"),
    "too old": COUNTS.replace("2026", "2024"),
    "another metric": COUNTS.replace("accuracy", "f1"),
    "another service": COUNTS.replace("comprehend", "textract"),
    "excelled by a larger sample": COUNTS.replace("400", "300"),
}


@pytest.mark.parametrize("entry", APART.values(), ids=APART)
def test_an_entry_that_does_not_count_carries_nothing(entry: str) -> None:
    program, schema = program_at(WHOLE, alone=True)
    start = CLAIM[: CLAIM.index("    needs:")]
    start += "    needs: {complete: true, languages: [en]}\n    measurements:"
    for entries, counted in ((entry + COUNTS, [1]), (COUNTS + entry, [0])):
        (found,), faults = load(f"{start}{indented(entries)}\n".encode(), "m.yaml", schema)
        assert not faults
        (grade,) = decide_document(program, found, as_of=DAY, today=DAY, settle=False).workloads
        told = [each for each in grade.rests_on if "measurements" in str(each.path)]
        assert {each.path.steps[1] for each in told} == set(counted)
        measured = [each for each in told if each.founded is Founded.MEASURED]
        assert [each.path.steps[1] for each in measured] == counted
        assert carries(program, found, grade, grade.rests_on)


def test_a_figure_that_is_set_aside_is_no_measurement_an_answer_rests_on() -> None:
    program, schema = program_at(WHOLE, alone=True)
    start = CLAIM[: CLAIM.index("    needs:")] + "    measurements:"
    entry = APART["a vendor's figure"]
    text = f"{start}{indented(entry)}\n"
    (found,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    (grade,) = decide_document(program, found, as_of=DAY, today=DAY, settle=False).workloads
    assert [each for each in grade.rests_on if each.founded is Founded.MEASURED] == []


def indented(entries: str) -> str:
    return entries.replace("\n", "\n    ")


ASKS = """
input why : text from workload.needs.because
rule unfounded_need warn
  for custom_architecture
  when why is unknown
  say "no reason is stated" ref guide#G4.2
"""


def test_a_policy_asks_for_a_reason_as_for_any_other_field() -> None:
    files, faults = Session().find(str(WHOLE), "2026-11-22")
    assert files is not None, faults
    texts = tuple(
        (name, text + ASKS.encode() if name.endswith("findings.mlp") else text)
        for name, text in files.texts
        if "tests" not in name
    )
    program, said = Session().program(replace(files, texts=texts), anew=True)
    assert program is not None, said
    _, schema = program_at(WHOLE)
    for text, fires in ((CLAIM, False), (CLAIM.replace("because:", "# because:"), True)):
        (found,), _ = load(text.encode(), "m.yaml", schema)
        decision = decide_document(program, found, as_of=DAY, today=DAY, explain=False)
        fired = {f.rule for f in decision.findings if f.state is RuleState.FIRED}
        assert ("unfounded_need" in fired) is fires


def test_every_view_says_what_is_said() -> None:
    program, _ = program_at(WHOLE)
    decision = loans()
    for audience in ("team", None, "auditor"):
        text = explain(decision, audience=audience, width=1000)
        assert "because “the regulator asks for *every* reason”, says team/risk" in text
    comment = markdown([(decision, program)])
    assert "regulator asks for \\*every\\* reason" in comment
    premises = json.loads(decision_json(decision))["workloads"][0]["rests_on"]
    said = next(each for each in premises if "custom" in each["path"])
    assert said["because"] == "the regulator asks for *every* reason"
    assert (said["by"], said["founded"], said["values"]) == ("team/risk", "claimed", {"": "yes"})
