"""Every view of a decision names the same answers, and its JSON is the decision, whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from mlpolicy.core.decision import Decision, WorkloadDecision
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.render import notices, titled
from mlpolicy.render.check import Detail, check_text
from mlpolicy.render.json import check_json, decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.replies import ask_text
from mlpolicy.render.text import explain
from mlpolicy.render.titled import NO_OPTION
from tests.command_support import as_checked, validator
from tests.profiles import lanes
from tests.render.render_support import MANIFESTS, ROOT, decided, judged, view

pytestmark = pytest.mark.slow

#: Small manifests, each in a state that the projects do not reach; `broken` has no decision.
STATES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "tests/snapshots/manifests").glob("*.yaml"))
    if "broken" not in path.name
)
SOME = lanes((*MANIFESTS, *STATES), plain=3)

#: What a view says of each workload: its status, and its outcome (of one in error, none).
Answers = dict[str, tuple[str, str]]


def answer(workload: WorkloadDecision) -> tuple[str, str]:
    choice = workload.choice
    return workload.status.value, (choice.outcome or "infeasible") if choice else ""


def answers(decision: Decision) -> Answers:
    return {workload.name: answer(workload) for workload in decision.workloads}


def of_json(decision: Decision) -> Answers:
    return {
        each["name"]: (
            each["status"],
            (each["choice"]["outcome"] or "infeasible") if each["choice"] else "",
        )
        for each in json.loads(decision_json(decision))["workloads"]
    }


def of_text(text: str, decision: Decision) -> Answers:
    """`workload NAME`, and below it `STATUS  OUTCOME: …`."""
    found = re.findall(r"^workload (\S+)\n([A-Z]+)(?:  (\w+))?", text, re.M)
    status = {each.status.value.upper(): each.status.value for each in decision.workloads}
    return {name: (status[word], outcome) for name, word, outcome in found}


def of_rows(text: str, decision: Decision) -> Answers:
    """A table with a row for each workload: `NAME  ANSWER (…)  STATUS  …`."""
    found: Answers = {}
    for each in decision.workloads:
        cells = next(
            cells
            for line in text.splitlines()
            if (cells := re.split(r" {2,}", line.strip()))[0] == each.name and len(cells) > 2
        )
        found[each.name] = (cells[2], named(cells[1], decision))
    return found


def named(answer: str, decision: Decision) -> str:
    """The outcome that an answer begins with the title of; its first word where there is none."""
    titles = decision.titles
    called = {**titles.members.get(titles.outcome, {}), "infeasible": NO_OPTION}
    word = re.split(r"\W", answer)[0]
    return next((name for name, said in called.items() if answer.startswith(said)), word)


def of_comment(text: str, decision: Decision) -> Answers:
    """The table of a comment: `| **NAME** | ANSWER … | STATUS | … |`."""
    rows = re.findall(r"^\| \*\*([^*]+)\*\* \| ([^|]*?) \| (\w+) \|", text, re.M)
    plain = [(name, answer.replace("\\", ""), status) for name, answer, status in rows]
    return {name: (status, named(answer, decision)) for name, answer, status in plain}


STATUSES = ("decided", "provisional", "undecided", "infeasible", "held", "error")


def settled(told: Answers) -> Answers:
    """Of workloads without an answer views say different things, each true: only the status."""
    return {
        name: (status, outcome if status in ("decided", "provisional", "infeasible") else "")
        for name, (status, outcome) in told.items()
    }


@pytest.mark.parametrize("manifest", SOME)
def test_every_view_names_the_same_answer(manifest: str) -> None:
    found = judged(manifest)
    decision = found.decision
    expected = settled(answers(decision))
    assert expected

    assert expected == settled(of_json(decision))
    for audience in (None, "author", "auditor"):
        assert expected == settled(of_text(view(manifest, audience), decision)), audience
    assert expected == settled(of_rows(explain(decision, width=400, audience="team"), decision))
    assert expected == settled(of_comment(markdown([(decision, found.program)]), decision))
    told = settled(of_rows(check_text([decision], detail=Detail.ALL, width=400), decision))
    assert {n: a for n, a in expected.items() if a[1]} == {n: a for n, a in told.items() if a[1]}


def test_a_view_that_names_another_answer_is_seen() -> None:
    """The comparison bites: each reader sees an outcome that is exchanged."""
    decision = decided(STATES[0])
    (name, (status, outcome)), *_ = answers(decision).items()
    comment = markdown([(decision, judged(STATES[0]).program)]).replace("\\", "")
    for text, read in (
        (explain(decision, width=100), of_text),
        (explain(decision, width=400, audience="team"), of_rows),
        (check_text([decision], detail=Detail.ALL, width=400), of_rows),
        (comment, of_comment),
    ):
        assert read(text, decision)[name] == (status, outcome)
        shown = titled.outcome(outcome, decision.titles)
        other = text.replace(shown, "another").replace(outcome, "another")
        assert read(other, decision)[name] == (status, "another")


# JSON.


@cache
def checked(manifest: str) -> Any:
    """The document of a check of this one manifest, which tells no steps."""
    decision = decided(manifest)
    decision = replace(decision, trace=replace(decision.trace, children=()))
    return json.loads(check_json([decision], ()))


@pytest.mark.parametrize("manifest", SOME)
def test_the_json_is_the_decision(manifest: str) -> None:
    """It fits its schema; what it holds is what was decided."""
    decision, value = decided(manifest), checked(manifest)
    validator("check").validate(value)
    (document,) = value["decisions"]
    assert document == as_checked(json.loads(decision_json(decision)))

    assert [each["name"] for each in document["workloads"]] == [w.name for w in decision.workloads]
    for each, workload in zip(document["workloads"], decision.workloads, strict=True):
        assert len(each["possible"]) == len(workload.possible)
        if workload.choice is not None:
            assert each["choice"]["because"] == list(workload.choice.because)
            assert each["choice"]["refs"] == list(workload.choice.refs)
        assert [s["ask"] for s in each["settled_by"]] == [
            ask_text(s.ask) for s in workload.settled_by
        ]
        assert [a["value"] for a in each["assumed"]] == [
            notices.figure(a.stands) for a in workload.assumed
        ]
        assert [o["id"] for o in each["obligations"]] == [o.id for o in workload.obligations]
        assert set(each["irrelevant"]) == set(map(str, workload.irrelevant))
    told = [(f["rule"], f["state"], f["workload"], f["say"]) for f in document["findings"]]
    listed = [
        f
        for f in decision.findings
        if not (f.state is RuleState.WAITING and f.level is Level.ADVISE)
    ]
    assert told == [(f.rule, f.state, f.workload, notices.say(f)) for f in listed]
    assert document["counts"]["waiting_advice"] == len(decision.findings) - len(listed)
    assert [w["id"] for w in document["waivers"]] == [w.id for w in decision.waivers]


@pytest.mark.parametrize("manifest", SOME)
def test_a_decision_agrees_with_itself(manifest: str) -> None:
    """Counts are counts, the verdict is the gravest, every choice is possible, and no answer to
    a question leads out of what is possible."""
    decision = decided(manifest)
    counts, (document,) = checked(manifest)["counts"], checked(manifest)["decisions"]
    states = Counter(f.state for f in decision.findings)
    fired = Counter(f.level for f in decision.findings if f.state is RuleState.FIRED)
    assert (counts["blocked"], counts["warned"]) == (fired[Level.BLOCK], fired[Level.WARN])
    assert (counts["waiting"], counts["waived"]) == (
        states[RuleState.WAITING],
        states[RuleState.WAIVED],
    )
    assert (document["verdict"] == "block") == bool(fired[Level.BLOCK])
    for workload in document["workloads"]:
        possible = {each["outcome"] or each["status"] for each in workload["possible"]}
        if workload["status"] == "decided":
            assert len(possible) == 1, workload["name"]
            assert workload["settled_by"] == []
        if workload["choice"] is not None and workload["choice"]["outcome"]:
            assert workload["choice"]["outcome"] in possible, workload["name"]
        for settle in workload["settled_by"]:
            told = {name for split in settle["when"] for name in split["possible"]}
            assert told <= possible, (workload["name"], settle["ask"])
        asked = {settle["path"] for settle in workload["settled_by"]}
        assert not asked & set(workload["irrelevant"]), workload["name"]
    cited = {ref for finding in document["findings"] for ref in finding["refs"]}
    assert cited <= set(decision.clauses)
