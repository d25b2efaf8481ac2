"""A decided answer that may be carried out in several ways says what tells which, everywhere."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.core.terms import Status
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.render.html import page
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from tests.command_support import Command
from tests.policy.policy_support import WHOLE, program_at

DAY = datetime.date(2026, 11, 22)
START = """
project: p
owner: team/p
lifecycle: build
aws: {regions: [us-east-1], account: existing}
team: {ml_level: data_science, infra_engineers: 0}
data_policy: {contains: [none], regimes: []}
workloads:
  - name: w
"""
#: By which leaf is reached, and by what a leaf sets.
OPEN = {
    "a leaf": (
        "    task: churn\n    volume: {requests_per_month: 10000}\n",
        ["workload.needs.custom_architecture", "workload.needs.complete", "project.complete"],
        "    needs: {complete: true}\n",
    ),
    "an attribute": (
        "    task: document-forms\n    quality: {required_pct: 80}\n"
        "    needs: {interpretability: false, model_audit: false, custom_architecture: false,"
        " domain_features: false, languages: [en]NEED}\n"
        "    costs: {ai_service: {service_monthly_usd: 100}}\n"
        "    measurements: [{system: textract, metric: accuracy, value_pct: 90, sample_size: 900,"
        ' measured_on: "2026-09-01", dataset: ours}]\n',
        ["workload.needs.proprietary_data"],
        ", proprietary_data: false",
    ),
}


def decided(text: str) -> Decision:
    program, schema = program_at(WHOLE, alone=True)
    (document,), faults = load(text.encode(), "m.yaml", schema)
    assert not faults
    return decide_document(program, document, as_of=DAY, today=DAY)


def text_of(case: str, *, stated: bool = False) -> str:
    workload, _, more = OPEN[case]
    if "NEED" in workload:
        return START + workload.replace("NEED", more if stated else "")
    return START + workload + (more if stated else "")


@pytest.mark.slow
@pytest.mark.parametrize("case", OPEN)
def test_what_tells_how_is_named(case: str) -> None:
    (found,) = decided(text_of(case)).workloads
    assert found.status is Status.DECIDED
    assert len(found.possible) == 2
    assert [str(each.path) for each in found.settled_by] == OPEN[case][1]
    assert {each.path for each in found.settled_by}.isdisjoint(found.irrelevant)


@pytest.mark.slow
@pytest.mark.parametrize("case", OPEN)
def test_once_it_is_stated_one_way_is_left_and_nothing_asked(case: str) -> None:
    (found,) = decided(text_of(case, stated=True)).workloads
    assert found.status is Status.DECIDED
    assert len(found.possible) == 1
    assert found.settled_by == ()


@pytest.mark.slow
@pytest.mark.parametrize("case", OPEN)
def test_every_view_names_it(case: str) -> None:
    program, _ = program_at(WHOLE, alone=True)
    decision = decided(text_of(case))
    wanted = OPEN[case][1][0]
    for audience in ("team", None, "auditor", "author"):
        told = explain(decision, audience=audience, width=200)
        assert wanted in told.split("does not matter")[0]
    assert wanted.replace("_", r"\_") in markdown([(decision, program)]).split("Owed")[0]
    assert wanted in page([(decision, program)])


def test_the_interview_asks_for_it(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.mlproject.yaml").write_text(text_of("a leaf"), "utf-8")
    typed = io.TextIOWrapper(io.BytesIO(b"no\nquit\n"), "utf-8")
    monkeypatch.setattr("sys.stdin", typed)
    told = mlpolicy("ask", "m.mlproject.yaml").out
    assert "Must the model have an architecture of your own?" in told
    assert "custom_architecture: false" in Path("m.mlproject.yaml").read_text("utf-8")
