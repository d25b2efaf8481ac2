"""Whole manifests decided by the first policy pack: the guide's five scenarios, its two cost
tables to the cent, and projects of several workloads. What must come is in `scenarios.yaml`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from mlpolicy.core.decision import Decision, WorkloadDecision
from mlpolicy.render.notices import say
from tests.policy.policy_support import HERE, PACK, data, decide, policy_at

pytestmark = pytest.mark.slow

CASES: list[dict[str, Any]] = data("scenarios.yaml")


def case_id(case: dict[str, Any]) -> str:
    change = f", {case['change'][1].strip()}" if "change" in case else ""
    manifest: str = case["manifest"]
    return (manifest.removesuffix(".mlproject.yaml") + change).replace("\n", " ")


def of_version(case: dict[str, Any], version: str) -> dict[str, Any]:
    """A case with what a later version says otherwise on purpose, if it is that version's turn."""
    changed = dict(case.get(version, {}))
    because = changed.pop("because", {})
    workloads = {
        name: {**wanted, "because": because[name]} if name in because else wanted
        for name, wanted in case["workloads"].items()
    }
    return {**case, **changed, "workloads": workloads}


def decision_of(case: dict[str, Any], folder: Any = None) -> Decision:
    program, schema = folder or policy_at(PACK)
    text = (HERE / case["manifest"]).read_text("utf-8")
    if "change" in case:
        old, new = case["change"]
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in the manifest"
        text = text.replace(old, new)
    settle = any("irrelevant" in wanted for wanted in case["workloads"].values())
    return decide(program, schema, case["manifest"], text, settle=settle)


def faults(case: dict[str, Any], decision: Decision) -> list[str]:
    """Everything in which a decision differs from what must come."""
    found: list[str] = []

    def same(what: str, got: object, wanted: object) -> None:
        if got != wanted:
            found.append(f"{what}: expected {wanted}, got {got}")

    workloads = {workload.name: workload for workload in decision.workloads}
    for name, wanted in case["workloads"].items():
        for what, got in _workload(workloads[name], wanted):
            same(f"{name} {what}", got, wanted[what])
    fired = {finding.rule for finding in decision.findings if finding.state == "fired"}
    for rule in case.get("fired", ()):
        same(rule, "fired" if rule in fired else "not fired", "fired")
    for rule in case.get("not", ()):
        same(rule, "fired" if rule in fired else "not fired", "not fired")
    for rule, state in case.get("results", {}).items():
        states = {result.state for result in decision.results if result.rule == rule}
        same(rule, sorted(states), state if isinstance(state, list) else [state])
    for rule, text in case.get("says", {}).items():
        told = [f for f in decision.findings if f.rule == rule]
        first = [f for f in told if f.state == "fired"] or told
        same(rule, {say(f) for f in first}, {text})
    if "outcomes" in case:
        same("outcomes", dict(decision.outcomes), case["outcomes"])
    if "verdict" in case:
        same("verdict", decision.verdict.value, case["verdict"])
    return found


def _workload(workload: WorkloadDecision, wanted: dict[str, Any]) -> list[tuple[str, object]]:
    """What is asked about a workload, as it is."""
    choice = workload.choice
    answer: dict[str, object] = {}
    because: tuple[str, ...] = ()
    if choice is not None:
        answer = {"outcome": choice.outcome, **dict(choice.attributes), "status": choice.status}
        because = choice.because
    duties = {duty.id: duty.state for duty in workload.obligations}
    totals = {c.outcome: c for c in workload.costs if c.formula == "tco" and not c.missing}
    got: dict[str, object] = {
        "status": workload.status.value,
        "answer": answer,
        "because": wanted.get("because") if wanted.get("because") in because else because,
        "possible": sorted({c.outcome or "infeasible" for c in workload.possible}),
        "irrelevant": [
            p for p in wanted.get("irrelevant", ()) if p in map(str, workload.irrelevant)
        ],
        "duties": {name: duties.get(name, "absent") for name in wanted.get("duties", ())},
        "totals": {name: str(cost.low) for name, cost in totals.items() if cost.low == cost.high},
    }
    if "difference" in wanted:
        low = totals["sagemaker"].low, totals["ai_service"].low
        got["difference"] = str(low[0] - low[1]) if None not in low else None  # type: ignore
    return [(what, got[what]) for what in wanted]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_manifest_is_decided_as_the_guide_says(case: dict[str, Any]) -> None:
    assert faults(case, decision_of(case)) == []


def test_every_manifest_has_a_case() -> None:
    stored = {path.relative_to(HERE).as_posix() for path in HERE.glob("*/*.mlproject.yaml")}
    assert stored == {case["manifest"] for case in (*CASES, *data("hybrid.yaml"))}


def test_scenarios_state_every_need() -> None:
    """As a team would that has read the questionnaire: each of its flags is true or false."""
    program, schema = policy_at(PACK)
    del program
    from mlpolicy.manifest import load

    for path in sorted((HERE / "scenarios").glob("*.yaml")):
        (document,), _ = load(path.read_bytes(), path.name, schema)
        needs = document.workloads[0].fact.get("needs")
        assert needs is not None
        for flag in (
            "custom_architecture",
            "proprietary_data",
            "domain_features",
            "interpretability",
            "model_audit",
            "strict_compliance",
        ):
            stated = needs.get(flag)
            assert stated is not None, f"{path.name}: {flag}"
            assert isinstance(stated.value, bool), f"{path.name}: {flag}"
        team = document.project.get("team")
        assert team is None, f"{path.name}: the guide states no team"


@pytest.mark.parametrize("name", ["step-4", "pitfall-4"])
def test_ledgers_add_up(name: str) -> None:
    """By arithmetic of our own over the JSON, in decimals: each line is count times a stated
    figure (or zero), and the lines are the total."""
    from mlpolicy.render.json import decision_json

    case = next(c for c in CASES if c["manifest"] == f"costs/{name}.mlproject.yaml")
    document = json.loads(decision_json(decision_of(case)))
    (workload,) = document["workloads"]
    stated = {
        f"workload.costs.{tier}.{field}": Decimal(str(value))
        for tier, fields in data(case["manifest"])["spec"]["workloads"][0]["costs"].items()
        for field, value in fields.items()
        if field != "basis"
    }
    seen = set()
    for tier, total in case["workloads"]["sentiment"]["totals"].items():
        cost = workload["costs"][tier]
        for ledger in (cost, *cost["formulas"].values()):
            assert ledger["missing"] == []
            assert ledger["currency"] == "USD"
            assert ledger["months"] == 12
            added = Decimal(0)
            for line in ledger["lines"]:
                assert line["low"] == line["high"]
                path = line["from"].split(" ")[0]
                each = stated.get(path, Decimal(0))
                assert path in stated or path == "assumed"
                assert line["count"] == (12 if line["per"] == "USD/month" else 1)
                assert Decimal(line["low"]) == line["count"] * each
                seen.add(path)
                added += Decimal(line["low"])
            assert Decimal(ledger["low"]) == Decimal(ledger["high"]) == added == Decimal(total)
    assert seen == {*stated, "assumed"}
