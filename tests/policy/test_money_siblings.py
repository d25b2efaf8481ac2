"""What a service costs, for many volumes: each price is worked out a second time, from the sentence
of the source that the policy cites, in plain fractions. Volumes lie on both sides of every tier."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import ceil
from random import Random
from typing import Any

import pytest

from mlpolicy.render.json import check_json
from tests.policy.policy_support import WHOLE, decide, program_at
from tests.profiles import scaled

#: So many manifests of each kind.
EACH = scaled(48)
MILLION = 1_000_000

HEAD = """\
project: real
owner: team/x
regions: [us-east-1]
decision_date: 2026-11-22
team: {ml_level: data_science, infra_engineers: 0}
data_policy: {contains: [none]}
workloads:
  - name: w
"""
NEEDS = "    needs: {complete: true, languages: [en]}\n"
OWN = "    needs: {complete: true, proprietary_data: true}\n"

#: What it costs a month, at least and at most; None where the source names no price.
Costs = tuple[Fraction, Fraction | None]
Drawn = tuple[str, Costs]


def tiered(number: Fraction | int, *tiers: tuple[int | None, str]) -> Fraction:
    """The price of so many: each tier up to its end at its own price."""
    total, begin = Fraction(0), 0
    for end, price in tiers:
        here = number - begin if end is None else min(number, end) - begin
        total += max(Fraction(0), Fraction(here)) * Fraction(price)
        begin = end or begin
    return total


def exactly(amount: Fraction) -> Costs:
    return amount, amount


def around(rng: Random, *ends: int) -> int:
    """A volume below, at or above one of the ends of tiers."""
    end = rng.choice(ends)
    return rng.choice((end - 1, end, end + 1, end // rng.randint(2, 999), end * rng.randint(2, 9)))


def texts(rng: Random) -> Drawn:
    chars = rng.choice((1, 99, 100, 101, 299, 300, 301, 1000, rng.randint(1, 5000)))
    blocks = max(3, ceil(Fraction(chars, 100)))
    number = around(rng, 10 * MILLION, 50 * MILLION) // blocks + 1
    cost = tiered(
        number * blocks,
        (10 * MILLION, "0.0001"),
        (50 * MILLION, "0.00005"),
        (None, "0.000025"),
    )
    usage = (
        f"    task: sentiment\n    usage: {{texts_per_month: {number}, chars_per_text: {chars}}}\n"
    )
    return NEEDS + usage, exactly(cost)


PAGES = {"text": ("0.0015", "0.0006"), "forms": ("0.05", "0.04"), "tables": ("0.015", "0.01")}


def pages(rng: Random) -> Drawn:
    wanted = rng.choice((["forms"], ["tables"], ["forms", "tables"]))
    number, each = around(rng, MILLION), rng.choice((1, 1, 2, 7))
    cost = sum(
        (tiered(number * each, (MILLION, PAGES[one][0]), (None, PAGES[one][1])) for one in wanted),
        Fraction(0),
    )
    features = ", ".join(wanted)
    usage = f"{{documents_per_month: {number}, pages_per_document: {each}, features: [{features}]}}"
    return f"{NEEDS}    task: document-forms\n    usage: {usage}\n", exactly(cost)


def images(rng: Random) -> Drawn:
    number, apis = around(rng, MILLION), rng.choice((1, 1, 2))
    stated = f"{{images_per_month: {number}, apis_per_image: {apis}}}"
    usage = f"    task: image-labels\n    usage: {stated}\n"
    first = tiered(min(number * apis, MILLION), (None, "0.001"))
    if number * apis <= MILLION:
        return NEEDS + usage, exactly(first)
    more = number * apis - MILLION  # 0.0008 or less, in the highest tier about half of the first
    return NEEDS + usage, (first + more * Fraction("0.0004"), first + more * Fraction("0.0008"))


def translated(rng: Random) -> Drawn:
    number = rng.randint(1, 10**9)
    usage = f"    task: translation\n    usage: {{chars_per_month: {number}}}\n"
    needs = NEEDS.replace("[en]", "[en, de]")
    return needs + usage, exactly(Fraction(number) * Fraction("15") / MILLION)


def spoken(rng: Random) -> Drawn:
    engine, price = rng.choice((("standard", "4"), ("neural", "16"), ("generative", "30")))
    number = rng.randint(1, 10**9)
    usage = (
        f"    task: text-to-speech\n    usage: {{chars_per_month: {number}, engine: {engine}}}\n"
    )
    return NEEDS + usage, exactly(Fraction(number) * Fraction(price) / MILLION)


def heard(rng: Random) -> Drawn:
    number = rng.randint(1, 10**6)
    usage = f"    task: speech-to-text\n    usage: {{minutes_per_month: {number}}}\n"
    return NEEDS + usage, (number * Fraction("0.006"), number * Fraction("0.024"))


MACHINES = {"ml.m5.xlarge": "0.23", "ml.g4dn.xlarge": "0.7364", "ml.g5.xlarge": "1.4084"}


def machines(rng: Random) -> Drawn:
    name, price = rng.choice(list(MACHINES.items()))
    number, hours = rng.randint(1, 40), rng.randint(1, 744)
    usage = f"{{instance_type: {name}, instances: {number}, hours_per_month: {hours}}}"
    cost = number * hours * Fraction(price)
    return f"{OWN}    task: churn\n    usage: {usage}\n", (cost, None)  # training is not stated


def endpoint(rng: Random) -> Drawn:
    """An endpoint has as many units as the load needs: each does 100 characters a second, and costs
    0.0005 USD a second; a month has 730 hours."""
    number, chars = rng.randint(1, 5 * MILLION), rng.randint(1, 500)
    load = Fraction(number * chars, 730 * 3600)
    cost = max(1, ceil(load / 100)) * Fraction("0.0005") * 3600 * 730
    usage = f"{{texts_per_month: {number}, chars_per_text: {chars}}}"
    tail = "    mode: real-time\n    data: {labelled_examples: 5000}\n"
    return f"{NEEDS}    task: text-classification\n    usage: {usage}\n{tail}", exactly(cost)


KINDS: tuple[Callable[[Random], Drawn], ...] = (
    *(texts, pages, images, translated, spoken, heard, machines, endpoint),
)


@cache
def told(text: str) -> dict[str, Any]:
    """The line of the service, in the costs of the first outcome that can come out."""
    policy = program_at(WHOLE, alone=True)
    decision = decide(*policy, "m.mlproject.yaml", HEAD + text)
    (found,) = json.loads(check_json([decision], ()))["decisions"]
    (workload,) = found["workloads"]
    costs = workload["costs"]
    outcome = "sagemaker" if "task: churn" in text else "ai_service"
    (line,) = (line for line in costs[outcome]["lines"] if line["name"].startswith("service_cost"))
    assert line["count"] == 12
    return dict(line)


def wrong(line: dict[str, Any], costs: Costs) -> str:
    """What is not as the source has it; empty where all is."""
    low, high = costs
    said = Fraction(line["low"]), None if line["high"] is None else Fraction(line["high"])
    if said[0] != 12 * low:
        return f"at least {said[0]}, by the source {12 * low}"
    if high is not None and said[1] != 12 * high:
        return f"at most {said[1]}, by the source {12 * high}"
    if high is None and said[1] is not None and said[1] == said[0]:
        return f"{said[0]} for certain, and the source names no one price"
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_a_service_costs_what_the_source_says(kind: Callable[[Random], Drawn]) -> None:
    rng = Random(f"money {kind.__name__}")
    for _ in range(EACH):
        text, costs = kind(rng)
        assert not (said := wrong(told(text), costs)), f"{text}{said}"


def test_a_wrong_price_is_noticed() -> None:
    """A month too many, a tier too late, and an open price that is told as a firm one."""
    line = {"low": "1200", "high": "1200"}
    assert wrong(line, exactly(Fraction(100))) == ""
    assert "at least" in wrong(line, exactly(Fraction(101)))
    assert "at most" in wrong({"low": "1200", "high": "1300"}, exactly(Fraction(100)))
    assert "no one price" in wrong(line, (Fraction(100), None))
    assert tiered(25, (10, "3"), (20, "2"), (None, "1")) == 55
