"""`explain --why-not`, `--what-if` and `--break-even` on the released policy and its examples."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.command_support import Command

pytestmark = pytest.mark.slow

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
    ask = ("--of", "authorise", "--break-even", path, "--format", "json")
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
    (decided,) = mlpolicy("check", changed, *AT, "--format", "json").json["decisions"]
    own = next(w for w in decided["workloads"] if w["name"] == "authorise")
    cost = {name: Fraction(own["costs"][name]["low"]) for name in ("diy", "sagemaker")}
    assert min(cost, key=lambda name: cost[name]) == cheaper


MAIL = """\
project: mail-mood
owner: team/cx
regions: [us-east-1]
budget: {horizon_months: 12}
workloads:
  - name: mail
    task: sentiment
    needs: {complete: true, languages: [en]}
    usage: {texts_per_month: 20000000, chars_per_text: 100}
    measurements:
      - {system: comprehend, metric: accuracy, value_pct: 91, dataset: d, sample_size: 500,
         measured_on: "2026-10-01"}
    costs:
      ai_service: {dev_usd: 5000}
      sagemaker: {dev_usd: 50000, service_monthly_usd: SERVICE, ops_monthly_usd: OPS}
"""
TEXTS = "workload.usage.texts_per_month"

#: The guide's own figures (step 4, and pitfall 4) at list prices: both sums in cents by hand.
GUIDE = [(500, 10000, Fraction(500_000_000, 3)), (2000, 5000, Fraction(120_000_000))]


@pytest.mark.parametrize(("service", "ops", "even"), GUIDE)
def test_the_guides_own_break_even_at_list_prices(
    mlpolicy: Command, tmp_path: Path, service: int, ops: int, even: Fraction
) -> None:
    """Each text is three units at least: 0.0001 USD up to ten million units, 0.00005 up to
    fifty, 0.000025 beyond."""
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(MAIL.replace("SERVICE", str(service)).replace("OPS", str(ops)), "utf-8")
    asked = ("--between", "sagemaker", "--and", "ai_service", "--format", "json")
    ran = mlpolicy("explain", manifest, *AT, "--break-even", TEXTS, *asked)
    pair = next(p for p in ran.json["pairs"] if p["formula"] == "tco")
    assert pair["outcomes"] == pair["between"] == ["sagemaker", "ai_service"]
    assert [Fraction(int(e["numerator"]), int(e["denominator"])) for e in pair["even"]] == [even]

    def tariff(texts: int) -> Fraction:
        units = 3 * texts
        parts = [(units, 10**7, "0.0001"), (units - 10**7, 4 * 10**7, "0.00005")]
        return sum(
            (max(0, min(n, most)) * Fraction(price) for n, most, price in parts),
            max(0, units - 5 * 10**7) * Fraction("0.000025"),
        )

    for side in pair["sides"]:
        for texts in {int(side["low"]), min(int(side["high"]), 10**12)}:
            ai, sagemaker = 5000 + 12 * tariff(texts), 50000 + 12 * Fraction(service + ops)
            told = {
                "ai_service": ai < sagemaker,
                "sagemaker": sagemaker < ai,
                None: ai == sagemaker,
            }
            assert told[side["cheaper"]], (side, texts)


BETWEEN = [
    ("assured_cost", "list_price", "list_price is less than assured_cost up to 109,999,999"),
    ("running(sagemaker)", "list_price", "running(sagemaker) is less than list_price from"),
    ("list_price", "machine_spend", "not told, state first workload.usage.instance_type"),
    ("sagemaker", "diy", "not told, state first workload.costs.diy.dev_usd"),
    ("sagemaker", "none", "neither the policy nor any field says tco(none)"),
    ("latency_limit", "chain_latency", "latency_limit has no limit here"),
]


@pytest.mark.parametrize(("one", "other", "said"), BETWEEN)
def test_any_two_amounts_are_compared_or_what_is_missing_is_named(
    mlpolicy: Command, tmp_path: Path, one: str, other: str, said: str
) -> None:
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(MAIL.replace("SERVICE", "500").replace("OPS", "10000"), "utf-8")
    asked = ("--break-even", TEXTS, "--between", one, "--and", other)
    ran = mlpolicy("explain", manifest, *AT, *asked)
    assert ran.code == 0
    assert said in " ".join(ran.out.split())
    schema = json.loads(mlpolicy("schema", "changes").out)
    told = mlpolicy("explain", manifest, *AT, *asked, "--format", "json").json
    Draft202012Validator(schema).validate(told)


NO_AMOUNT = [
    ("tco", "diy", "`tco` is one amount for each tier"),
    ("tco(digy)", "diy", "did you mean `tco(diy)`?"),
    ("listprice", "diy", "did you mean `list_price`?"),
    ("list_price", "diy", "`list_price` is in USD/month and `diy` in USD: they cannot be compared"),
    ("tight", "diy", "`tight` is no amount that could be compared"),
    ("tco(diy)", "tco( diy )", "`tco(diy)` is compared with itself"),
    ("zzzz", "diy", "there are the outcomes none, ai_service, sagemaker, diy"),
    ("diy", "", "`--between` and `--and` go together, with `--break-even`"),
]


@pytest.mark.parametrize(("one", "other", "said"), NO_AMOUNT)
def test_what_cannot_be_compared_is_one_clear_message(
    mlpolicy: Command, tmp_path: Path, one: str, other: str, said: str
) -> None:
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(MAIL.replace("SERVICE", "500").replace("OPS", "10000"), "utf-8")
    asked = ("--break-even", TEXTS, "--between", one, *(("--and", other) if other else ()))
    ran = mlpolicy("explain", manifest, *AT, *asked)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("error[") == 1
    assert said in " ".join(ran.err.split())


# ── --what-if ────────────────────────────────────────────────────────────────────────────


def test_what_if_tells_costs_to_the_cent_and_leaves_the_file_alone(mlpolicy: Command) -> None:
    before = PAYMENTS.read_bytes()
    ran = mlpolicy(
        *("explain", PAYMENTS, *AT, "--of", "authorise"),
        *("--what-if", "workload.costs.diy.dev_usd=400000.01", "--format", "json"),
    )
    assert ran.code == 0
    (own,) = (w for w in ran.json["difference"]["workloads"] if w["name"] == "authorise")
    cost = next(c for c in own["costs"] if (c["formula"], c["outcome"]) == ("tco", "diy"))
    assert cost["by"] == {"low": "0.01", "high": "0.01"}
    assert PAYMENTS.read_bytes() == before


def test_what_if_tells_the_new_answer(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--of", "recommend"),
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
    (("--of", "authorise", "--break-even", "workload.task"), "no single number"),
]


@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_a_slip_is_one_clear_message(mlpolicy: Command, asked: tuple[str, ...], said: str) -> None:
    ran = mlpolicy("explain", PAYMENTS, *AT, *asked)
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.count("error[") == 1
    assert said in ran.err


# ── --why-not ────────────────────────────────────────────────────────────────────────────


def test_a_need_is_told_as_a_fact_and_evidence_apart_and_no_change_claims_either(
    mlpolicy: Command,
) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--of", "recommend"),
        *("--why-not", "sagemaker", "--format", "json"),
    )
    assert ran.code == 0
    (answer,) = ran.json["answers"]
    assert answer["proof"] != "found"
    facts = {fact["path"]: fact["value"] for fact in answer["facts"]}
    assert facts["workload.needs.custom_architecture"] is True
    assert not set(facts) & set(answer["considered"])
    assert any(e["path"].startswith("workload.measurements") for e in answer["evidence"])


GERMAN = """
project: calls
owner: team/cx
regions: [eu-central-1]
team: {ml_level: none}
data_policy: {regimes: [gdpr], residency: {regions: [eu-central-1], strict: true}}
workloads:
  - {name: redact, task: pii-detection, needs: {languages: [de, en], complete: true}}
"""


def test_the_obstacle_is_the_line_that_failed_and_a_fact_is_called_one(
    mlpolicy: Command, tmp_path: Path
) -> None:
    """Task, access, regions and regimes all hold; the language does not."""
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(GERMAN)
    ask = ("--why-not", "ai_service")
    (answer,) = mlpolicy("explain", manifest, *AT, *ask, "--format", "json").json["answers"]
    (last,) = [turn for turn in answer["turned_away"] if turn["last"]]
    assert last["values"] == ["languages within offering.languages: {de, en} against {en, es}"]
    assert last["facts"] == ["workload.needs.languages"]
    said = mlpolicy("explain", manifest, *AT, *ask).out
    assert "it would need another workload.needs.languages, which is a fact, not a choice" in said


def test_to_do_without_a_need_is_a_choice_and_to_claim_one_is_not(
    mlpolicy: Command, tmp_path: Path
) -> None:
    manifest = tmp_path / "mlproject.yaml"
    needs = "{languages: [de], complete: true}"
    manifest.write_text(
        GERMAN.replace("{languages: [de, en], complete: true}", needs)
        .replace("pii-detection", "sentiment")
        .replace("needs: {", "needs: {custom_architecture: true, ")
    )
    ask = ("--why-not", "ai_service", "--format", "json")
    (answer,) = mlpolicy("explain", manifest, *AT, *ask).json["answers"]
    settings = [setting for change in answer["changes"] for setting in change["set"]]
    given_up = [s["value"] for s in settings if s["path"] == "workload.needs.custom_architecture"]
    assert given_up == [False]
    assert answer["facts"] == []


def test_what_no_editable_field_can_give_is_proved_impossible(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", SHOP, *AT, "--of", "demand", "--why-not", "none", "--format", "json")
    )
    (answer,) = ran.json["answers"]
    assert answer["proof"] == "impossible"
    assert [t["condition"] for t in answer["turned_away"] if t["last"]] == ["not ml_needed"]


def test_a_rule_is_silenced_and_what_the_change_brings_is_told(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("explain", PAYMENTS, *AT, "--of", "authorise", "--extension", "moving"),
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
        "    task: sentiment\n    measurements:\n      - {system: comprehend, metric: accuracy,"
        " value_pct: 91, dataset: d, sample_size: 900, measured_on: 2026-11-25}\n",
        "utf-8",
    )
    ran = mlpolicy("explain", manifest, *AT, "--why-not", wanted)
    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert "a is in error: `measured_on` of entry 1 is 2026-11-25, after 2026-11-22." in said
    assert said.endswith("Nothing is told of changes while that error stands: correct it first.")


def test_the_search_keeps_to_its_limit(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a field is a free text, of which every word of the policy could be tried."""
    from mlpolicy.analyze.query import ask
    from mlpolicy.changes import asking, solving

    asked: list[int] = []

    def counted(*args: object, **named: object) -> object:
        asked.append(1)
        return ask(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "ask", counted)
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(
        "project: p\nowner: team/x\nregions: [us-east-1]\n"
        "workloads: [{name: w, task: invoice-extraction}]\n"
    )
    assert mlpolicy("explain", manifest, *AT, "--why-not", "sagemaker").code == 0
    assert 50 < len(asked) <= asking.MOST_TRIALS + solving.MOST_FOR_A_SET
