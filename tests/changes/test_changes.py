"""`explain --why-not`, `--what-if` and `--break-even` on the released policy and its examples."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from command_support import Command

HERE = Path(__file__).parents[1] / "policy"
PAYMENTS = HERE / "hybrid" / "card-payments.mlproject.yaml"
SHOP = HERE / "hybrid" / "web-shop.mlproject.yaml"
AT = ("--as-of", "2026-11-22")


# ── --break-even ─────────────────────────────────────────────────────────────────────────

EVEN = [
    ("workload.costs.diy.dev_usd", "tco", ["diy", None, "sagemaker"], [Fraction(980000)]),
    ("workload.costs.diy.dev_usd", "year_one", ["diy", None, "sagemaker"], [Fraction(440000)]),
    ("project.budget.horizon_months", "tco", ["sagemaker", "diy"], [Fraction(100, 9)]),
    ("project.budget.horizon_months", "year_one", ["diy"], []),
]


@pytest.mark.parametrize(("path", "formula", "cheaper", "even"), EVEN)
def test_a_break_even_is_exact(
    mlpolicy: Command, path: str, formula: str, cheaper: list[str | None], even: list[Fraction]
) -> None:
    ask = ("--workload", "authorise", "--break-even", path, "--format", "json")
    ran = mlpolicy("explain", PAYMENTS, *AT, *ask)
    assert ran.code == 0
    pairs = ran.json["pairs"]
    pair = next(p for p in pairs if p["formula"] == formula)
    assert [side["cheaper"] for side in pair["sides"]] == cheaper
    met = [Fraction(int(e["numerator"]), int(e["denominator"])) for e in pair["even"]]
    assert met == even


@pytest.mark.parametrize(("months", "cheaper"), [(11, "sagemaker"), (12, "diy")])
def test_on_both_sides_the_evaluated_costs_say_the_same(
    mlpolicy: Command, tmp_path: Path, months: int, cheaper: str
) -> None:
    """Brute force around the crossing: the manifest is written with the number and decided."""
    text = PAYMENTS.read_text("utf-8")
    assert "horizon_months: 24" in text
    changed = tmp_path / "mlproject.yaml"
    changed.write_text(text.replace("horizon_months: 24", f"horizon_months: {months}"), "utf-8")
    decided = mlpolicy("explain", changed, *AT, "--format", "json").json
    own = next(w for w in decided["workloads"] if w["name"] == "authorise")
    cost = {name: Fraction(own["costs"][name]["low"]) for name in ("diy", "sagemaker")}
    assert min(cost, key=lambda name: cost[name]) == cheaper


# ── --what-if ────────────────────────────────────────────────────────────────────────────


def test_what_if_tells_costs_to_the_cent_and_leaves_the_file_alone(mlpolicy: Command) -> None:
    before = PAYMENTS.read_bytes()
    ran = mlpolicy(
        *("explain", PAYMENTS, *AT, "--workload", "authorise"),
        *("--what-if", "workload.costs.diy.dev_usd=400000.01", "--format", "json"),
    )
    assert ran.code == 0
    (own,) = (w for w in ran.json["difference"]["workloads"] if w["name"] == "authorise")
    cost = next(c for c in own["costs"] if (c["formula"], c["outcome"]) == ("tco", "diy"))
    assert cost["by"] == {"low": "0.01", "high": "0.01"}
    assert PAYMENTS.read_bytes() == before


def test_what_if_tells_the_new_answer(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--workload", "recommend"),
        *("--what-if", "workload.needs.custom_architecture=yes", "--format", "json"),
    )
    (own,) = (w for w in ran.json["difference"]["workloads"] if w["name"] == "recommend")
    assert own["answer"]["before"].startswith("provisional ai_service")
    assert own["answer"]["after"].startswith("decided sagemaker")


WRONG = [
    (("--what-if", "project.budgt.horizon_months=24"), "did you mean `project.budget.horizon_m"),
    (("--what-if", "budget.horizon_months=24"), "did you mean `project.budget.horizon_months`?"),
    (("--what-if", "project.budget.horizon_months=240"), "expected 1 to 60"),
    (("--what-if", "project.budget.horizon_months"), "has no `=`"),
    (("--what-if", "project.budget.horizon_months="), "there is no value after `=`"),
    (("--what-if", "project.budget=3"), "budget"),
    (("--what-if", "workload.quality.required_pct=88"), "the manifest has 4"),
    (("--why-not", "sagmaker"), "did you mean `sagemaker`?"),
    (("--why-not", "sagemaker", "--break-even", "project.budget.horizon_months"), "one at a time"),
    (("--why-not", "sagemaker", "--format", "html"), "no answer to this as `html`"),
    (("--break-even", "workload.quality.required_pct"), "the manifest has 4"),
    (("--workload", "authorise", "--break-even", "workload.task"), "no single number"),
]


@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_a_slip_is_one_clear_message(mlpolicy: Command, asked: tuple[str, ...], said: str) -> None:
    ran = mlpolicy("explain", PAYMENTS, *AT, *asked)
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.count("error[") == 1
    assert said in ran.err


# ── --why-not ────────────────────────────────────────────────────────────────────────────


def test_the_smallest_changes_each_give_it_and_evidence_is_told_apart(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--workload", "recommend"),
        *("--why-not", "sagemaker", "--format", "json"),
    )
    assert ran.code == 0
    (answer,) = ran.json["answers"]
    assert (answer["proof"], answer["fields"]) == ("found", 1)
    changed = {s["path"]: s["value"] for c in answer["changes"] for s in c["set"]}
    assert changed["workload.needs.custom_architecture"] is True
    assert any(e["path"].startswith("workload.measurements") for e in answer["evidence"])


def test_what_no_editable_field_can_give_is_proved_impossible(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--workload", "demand", "--why-not", "none", "--format", "json")
    )
    (answer,) = ran.json["answers"]
    assert answer["proof"] == "impossible"
    assert [t["condition"] for t in answer["turned_away"] if t["last"]] == ["not ml_needed"]


def test_a_rule_is_silenced_and_what_the_change_brings_is_told(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", PAYMENTS, *AT, "--workload", "authorise"),
        *("--why-not", "leave_for_scale", "--format", "json"),
    )
    (answer,) = ran.json["answers"]
    assert answer["stands"] == "fired"
    for change in answer["changes"]:
        assert not any(f["rule"] == "leave_for_scale" for f in change["brings"]["new"])
        assert any(f["rule"] == "leave_for_scale" for f in change["brings"]["gone"])
    assert answer["changes"]


@pytest.mark.parametrize("wanted", ["sagemaker", "above_need"])
def test_where_the_workload_is_in_error_that_is_what_to_mend(
    mlpolicy: Command, tmp_path: Path, wanted: str
) -> None:
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(
        "project: p\nowner: t\nregions: [us-east-1]\nworkloads:\n  - name: a\n"
        "    task: sentiment\n    volume: {requests_per_month: 5, requests_per_day: 9}\n",
        "utf-8",
    )
    ran = mlpolicy("explain", manifest, *AT, "--why-not", wanted)
    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert "a is in error: `volume` is stated twice and differs" in said
    assert said.endswith("Nothing is told of changes while that error stands: mend it first.")
