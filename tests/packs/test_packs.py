"""Policies of other fields, written as their authors would: what the engine must be able to say of
them, and that nothing of the first field is needed for it."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.core.terms import Status
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.render import figures, titled
from mlpolicy.render.check import Detail, check_text
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from mlpolicy.testing import run_policy_tests
from tests.command_support import in_process
from tests.policy.policy_support import policy_at

HERE = Path(__file__).parent
PACKS = ("household", "ai-act", "shifts")


def folder(pack: str) -> Path:
    return HERE / pack / "1.0.0"


def judged(pack: str, manifest: str, day: str) -> tuple[Decision, Program]:
    program, schema = policy_at(folder(pack))
    data = (HERE / pack / manifest).read_bytes()
    (document,), faults = load(data, manifest, schema)
    assert faults == ()
    as_of = datetime.date.fromisoformat(day)
    return decide_document(program, document, as_of=as_of, today=as_of), program


@pytest.mark.parametrize("pack", PACKS)
def test_the_tests_of_a_pack_pass(pack: str) -> None:
    program, schema = policy_at(folder(pack))
    results = run_policy_tests(program, schema)
    assert len(results) > 9
    assert [(each.title, each.failures) for each in results if not each.passed] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("manifest", "day", "disposable"),
    [
        ("couple.yaml", "2017-06-15", "9,416.67 EUR/month"),
        # Two basic incomes, the allowance for a child of three, less the least housing tax.
        ("family.yaml", "2017-06-15", "1,783.33 EUR/month"),
        # Before December 2016 a basic income is of adults without a salary alone, and so theirs.
        ("family.yaml", "2016-06-15", "1,783.33 EUR/month"),
        # At six the child is no longer young.
        ("family.yaml", "2020-06-15", "1,183.33 EUR/month"),
    ],
)
def test_a_household_is_told_what_it_has(manifest: str, day: str, disposable: str) -> None:
    decision, program = judged("household", manifest, day)

    (told,) = [each for each in decision.reports if each.name == "disposable"]
    assert figures.said(told) == disposable
    assert decision.currency == "EUR"
    assert {each.status for each in decision.workloads} == {Status.JUDGED}
    views = (
        explain(decision, width=100),
        check_text([decision], detail=Detail.ALL),
        markdown([(decision, program)]),
        page([(decision, program)]),
    )
    for view in views:
        assert disposable in view
        assert "no answer" not in view
        assert "USD" not in view
    value = json.loads(decision_json(decision))
    assert [each["name"] for each in value["reports"]] == ["disposable", "housing_tax"]
    assert value["workloads"][0]["choice"] is None
    assert value["workloads"][0]["possible"] == []


def test_what_a_figure_follows_from_is_told() -> None:
    decision, _ = judged("household", "couple.yaml", "2017-06-15")

    text = explain(decision, width=100, audience="author")

    assert "income_tax = 600.00 EUR/month" in text
    assert "(salary + capital + pension) * tax_rate: 600.00 EUR/month" in text
    assert "couple.yaml:8:34" in text


def test_a_figure_that_lacks_a_fact_names_it() -> None:
    program, schema = policy_at(folder("household"))
    data = (HERE / "household" / "couple.yaml").read_text("utf-8")
    text = data.replace("occupancy: tenant", "rent: unknown")
    (document,), _ = load(text.encode(), "m.yaml", schema)
    day = datetime.date(2016, 6, 15)
    decision = decide_document(program, document, as_of=day, today=day)

    (told,) = [each for each in decision.reports if each.name == "disposable"]
    assert [str(need) for need in told.needs] == ["household.rent"]
    assert "needs household.rent" in figures.said(told)


def test_a_status_of_the_policy_is_told_by_its_title() -> None:
    program, schema = policy_at(folder("ai-act"))
    more = "annex_iii: III.4.a, derogation: {detects_patterns: unknown, profiling: false}"
    text = (HERE / "ai-act" / "hr.yaml").read_text("utf-8").replace("annex_iii: III.4.a", more)
    (document,), faults = load(text.encode(), "hr.yaml", schema)
    assert faults == ()
    day = datetime.date(2026, 11, 22)
    decision = decide_document(program, document, as_of=day, today=day)

    choice = decision.workloads[0].choice
    assert choice is not None
    assert (choice.outcome, choice.status) == ("high", "requires_review")
    assert titled.answer(choice, decision.titles) == "high risk (to be reviewed by a lawyer)"


@pytest.mark.parametrize("pack", PACKS)
def test_a_page_speaks_of_costs_only_where_a_policy_computes_them(pack: str) -> None:
    manifest = {"household": "couple.yaml", "ai-act": "hr.yaml", "shifts": "week.yaml"}[pack]
    decision, program = judged(pack, manifest, "2026-11-22")
    told = page([(decision, program)])
    assert not any(each.costs for each in decision.workloads)
    assert 'data-label="Cost"' not in told
    assert "none given" not in told


@pytest.mark.slow
@pytest.mark.parametrize("version", ["mlpolicy.dev/v1", "example.org/v1"])
def test_a_policy_whose_manifests_have_no_waivers_takes_a_file_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert in_process("new", "pack", "desk").code == 0
    Path("waivers.yaml").write_text(
        f"apiVersion: {version}\nkind: Waivers\nwaivers:\n"
        "  - {id: W-1, rule: second_look, request: second, reason: agreed, approved_by: me@x.org,\n"
        '     expires_on: "2099-01-01"}\n'
    )
    ran = in_process(
        *("check", "desk/example.yaml", "--policy", "desk", "--waivers", "waivers.yaml", "-v")
    )
    assert "second: waiver `W-1` is unused: `second_look` did not fire" in ran.out
    wrong = Path("waivers.yaml").read_text().replace("request:", "workload:")
    Path("waivers.yaml").write_text(wrong)
    ran = in_process(
        *("check", "desk/example.yaml", "--policy", "desk", "--waivers", "waivers.yaml")
    )
    assert (ran.code, "unknown key `workload`" in ran.err) == (3, True)


def test_a_rule_for_each_row_is_explained_row_by_row() -> None:
    decision, _ = judged("ai-act", "hr.yaml", "2026-11-22")

    every = explain(decision, rule="transparent", width=100)
    one = explain(decision, rule="transparent.made", width=100)

    heading = re.compile(r"^transparent\.(\w+) · system", re.M)
    assert set(heading.findall(every)) == {"machine", "made", "emotion", "deepfake"}
    assert set(heading.findall(one)) == {"made"}
