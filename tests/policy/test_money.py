"""Money figures of the eight projects, worked out a second time: in plain fractions, from prices
as the sources quote them and numbers of the manifests, not from the formulas of the policy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any

import pytest

from mlpolicy.render.json import decision_json
from tests.policy.policy_support import HERE, WHOLE, decide, program_at

#: Hours of a month as the sources count them: 0.065 USD an hour are 47.45 USD a month.
MONTH = Fraction("47.45") / Fraction("0.065")
MILLION, THOUSAND, HOUR = 1_000_000, 1_000, 3_600


def usd(text: str) -> Fraction:
    return Fraction(text)


def texts(number: int, chars: int) -> Fraction:
    """Comprehend: 0.0001 USD for a unit of 100 characters, three units at the least."""
    units = number * max(3, ceil(Fraction(chars, 100)))
    assert units <= 10 * MILLION, "beyond the first price"
    return units * usd("0.0001")


def recommendations(number: int) -> Fraction:
    """Personalize: 0.15 USD a thousand, and one a second at the least while a campaign stands."""
    each = usd("0.15") / THOUSAND
    return max(number * each, HOUR * MONTH * each)


M5, G5, G4DN = usd("0.23"), usd("1.4084"), usd("0.7364")  # USD an hour on SageMaker

#: Project, workload, months, and what the service or the machines cost in them: least and most.
COSTS: list[tuple[str, str, int, Fraction, Fraction | None]] = [
    ("web-shop", "recommend", 24, recommendations(12 * MILLION), None),
    ("web-shop", "review-sentiment", 24, texts(150_000, 420), None),
    ("web-shop", "product-photos", 24, 60_000 * usd("0.001"), None),
    ("claims-desk", "read-forms", 36, 30_000 * 3 * usd("0.065"), None),
    ("claims-desk", "photo-labels", 36, 120_000 * usd("0.001"), None),
    ("claims-desk", "fraud-score", 36, 2 * MONTH * G5 + 40 * G5, None),
    ("clinic-letters", "dictation", 12, 40_000 * usd("0.075"), None),
    ("clinic-letters", "letter-entities", 12, texts(20_000, 3_000), None),
    ("support-voice", "transcribe", 24, 60_000 * usd("0.006"), 60_000 * usd("0.024")),
    ("support-voice", "redact", 24, texts(12_000, 4_500), None),
    ("support-voice", "to-english", 24, 40 * usd("15"), None),
    ("support-voice", "spoken-reply", 24, 3 * usd("16"), None),
    ("plant-floor", "vibration", 12, MONTH * M5 + 20 * M5, None),
    ("plant-floor", "delivery-notes", 12, 9_000 * 2 * usd("0.015"), None),
    ("plant-floor", "manuals", 12, 6 * usd("15"), None),
    ("city-newsroom", "captions", 12, 30_000 * usd("0.006"), 30_000 * usd("0.024")),
    ("city-newsroom", "archive-faces", 12, 500_000 * usd("0.001"), None),
    ("course-platform", "essay-sentiment", 24, texts(40_000, 900), None),
    ("course-platform", "narration", 24, 9 * usd("30"), None),
    ("course-platform", "next-course", 24, recommendations(300_000), None),
]

LAMBDA_AWAKE = 20_000 * usd("1.5")  # seconds of work in a month

#: Project, workload, rule, and every amount of money that its sentence names, in its order.
SAID: list[tuple[str, str | None, str, list[Fraction]]] = [
    ("web-shop", "recommend", "personalize_upkeep", [
        20 * usd("0.05") + 4 * 8 * MILLION * usd("0.002") / THOUSAND, Fraction(0)]),
    ("web-shop", "review-sentiment", "cache_it", [texts(150_000, 420) * usd("0.12")]),
    ("web-shop", "review-sentiment", "price_only", [texts(150_000, 420) - 40]),
    ("claims-desk", "fraud-score", "right_size", [2 * MONTH * (G5 - G4DN)]),
    ("claims-desk", "fraud-score", "scale_it", [MONTH * G5]),
    ("claims-desk", "fraud-score", "spot_training", [40 * G5 * usd("0.70"), 40 * G5]),
    ("support-voice", "transcribe", "batch_minutes", [
        Fraction(0), 60_000 * (usd("0.010") - usd("0.006"))]),
    ("plant-floor", "vibration", "go_asynchronous", [
        MONTH * M5, MONTH * M5 - 400_000 * usd("0.9") / HOUR * M5]),
    ("plant-floor", "vibration", "spot_needs_checkpoints", [20 * M5 * usd("0.70")]),
    ("city-newsroom", "reader-churn", "autopilot_cost", [2 * 6 * M5, 5 * 6 * M5, 6 * M5]),
    ("card-payments", "authorise", "leave_for_scale", [
        24 * Fraction(140_000 + 20_000) - (400_000 + 100_000 + 24 * (70_000 + 45_000))]),
    ("course-platform", "plagiarism", "go_serverless", [
        LAMBDA_AWAKE * 4 * usd("0.00002"), MONTH * M5 - LAMBDA_AWAKE * 4 * usd("0.00002")]),
    ("course-platform", "plagiarism", "spot_training", [10 * M5 * usd("0.70"), 10 * M5]),
    ("course-platform", "narration", "cache_it", [9 * usd("30") * usd("0.35")]),
    ("course-platform", "essay-sentiment", "step_down_saves", [
        6_000 + 2_000 + 24 * texts(40_000, 900),
        24 * Fraction(4_200) - (6_000 + 2_000 + 24 * texts(40_000, 900))]),
]  # fmt: skip

#: Advice that waits, as another answer is still possible: what it says of money is as exact.
WAITING = {("recommend", "personalize_upkeep"), ("narration", "cache_it")}

AMOUNT = re.compile(r"(\d[\d,]*\.\d+)(?= USD| \.\. )")


@cache
def explained(project: str, *stated: tuple[str, str]) -> Any:
    """The decision of a project as other programs read it; `stated` is what its workloads of some
    names state besides."""
    text = (HERE / "hybrid" / f"{project}.mlproject.yaml").read_text("utf-8")
    for name, line in stated:
        text = text.replace(f"- name: {name}\n", f"- name: {name}\n      {line}\n")
    return json.loads(decision_json(decide(*program_at(WHOLE), f"{project}.mlproject.yaml", text)))


def cents(amount: Fraction) -> Fraction:
    """To the cent, as the sentences say it."""
    return Fraction(round(amount * 100), 100)


def line_of(project: str, workload: str, name: str) -> dict[str, Any]:
    """The line of that name in the ledger of the workload's answer."""
    (found,) = (w for w in explained(project)["workloads"] if w["name"] == workload)
    lines = found["costs"][found["choice"]["outcome"]]["lines"]
    (line,) = (line for line in lines if line["name"].startswith(name))
    return dict(line)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("project", "workload", "months", "least", "most"), COSTS, ids=lambda value: str(value)
)
def test_what_a_service_costs(
    project: str, workload: str, months: int, least: Fraction, most: Fraction | None
) -> None:
    line = line_of(project, workload, "service_cost")
    assert line["count"] == months
    assert Fraction(line["low"]) == months * least
    assert Fraction(line["high"]) == months * (least if most is None else most)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("project", "workload", "rule", "amounts"), SAID, ids=lambda value: str(value)[:40]
)
def test_what_a_finding_says_of_money(
    project: str, workload: str | None, rule: str, amounts: list[Fraction]
) -> None:
    state = "waiting" if (workload, rule) in WAITING else "fired"
    (say,) = (
        finding["say"]
        for finding in explained(project)["findings"]
        if (finding["rule"], finding["workload"], finding["state"]) == (rule, workload, state)
    )
    said = [Fraction(text.replace(",", "")) for text in AMOUNT.findall(say)]
    assert said == [cents(amount) for amount in amounts], say


def total(values: Callable[[dict[str, Any]], str], ledger: dict[str, Any]) -> Fraction:
    return sum((Fraction(values(line)) for line in ledger["lines"]), Fraction(0))


@pytest.mark.slow
@pytest.mark.parametrize("project", sorted({project for project, *_ in COSTS}))
def test_every_ledger_adds_up(project: str) -> None:
    """What is known to the last line is the sum of its lines; the rest says what is missing."""
    seen = 0
    for workload in explained(project)["workloads"]:
        for cost in workload["costs"].values():
            for ledger in (cost, *cost["formulas"].values()):
                assert Fraction(ledger["low"]) == total(lambda line: line["low"], ledger)
                if ledger["missing"]:
                    assert ledger["high"] is None
                elif ledger["high"] is not None:
                    assert Fraction(ledger["high"]) == total(lambda line: line["high"], ledger)
                seen += 1
    assert seen


def running(project: str) -> Fraction:
    """What the services and machines of a project cost in a month."""
    return sum((each for name, _, _, each, _ in COSTS if name == project), Fraction(0))


@pytest.mark.slow
def test_the_budget_counts_every_workload_once() -> None:
    """Claims desk: four priced workloads, the operation of one model, and one not priced. While the
    answers of two are open, what they cost is not sure; measured, they count too."""
    redact, photos = texts(90_000, 1_200), 120_000 * usd("0.001")
    known = redact + running("claims-desk") + 6_000
    assert budget_said("claims-desk") == [cents(known - redact - photos), 12_000]
    measured = "value_pct: 99, sample_size: 900, measured_on: '2026-10-05', dataset: ours}]"
    stated = (
        ("redact", f"measurements: [{{system: comprehend, metric: recall, {measured}"),
        ("redact", "quality: {metric: recall, required_pct: 90}"),
        ("photo-labels", f"measurements: [{{system: rekognition, metric: accuracy, {measured}"),
    )
    assert budget_said("claims-desk", *stated) == [cents(known), 12_000]


def budget_said(project: str, *stated: tuple[str, str]) -> list[Fraction]:
    """The amounts that the finding of the budget names."""
    found = explained(project, *stated)["findings"]
    (finding,) = (each for each in found if each["rule"] == "over_budget")
    assert finding["state"] == "fired"
    return [Fraction(text.replace(",", "")) for text in AMOUNT.findall(finding["say"])]
