"""The ledger, added up anew: a script that reads nothing but the JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.cli.judging import Options, judge
from mlpolicy.core.decision import Decision
from mlpolicy.core.numbers import Poly, Range, add, const, fixed, mul, operation, unknown
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol, Symbol
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.manifest import load
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from mlpolicy.session import Session
from tests.command_support import validator
from tests.render.render_support import EIGHT, MANIFESTS, PROJECTS, QUICK, decided, judged

Json = dict[str, Any]


@cache
def document(manifest: str) -> Json:
    found: Json = json.loads(without_trace(decided(manifest)), parse_float=Fraction)
    return found


def without_trace(decision: Decision) -> str:
    """The trace is most of a document, and no part of a ledger."""
    return decision_json(
        replace(decision, trace=Step(kind=StepKind.POLICY, name=decision.policy.name))
    )


def costs(manifest: str) -> list[tuple[str, Json]]:
    """Every cost of every workload, further formulas too, and those of the project."""
    value = document(manifest)
    found: list[tuple[str, Json]] = []
    for workload in value["workloads"]:
        found += [(f"{workload['name']} {name}", cost) for name, cost in workload["costs"].items()]
    found += [(f"project {name}", cost) for name, cost in value["project"]["costs"].items()]
    for where, cost in list(found):
        found += [(f"{where} {name}", more) for name, more in cost.get("formulas", {}).items()]
    return found


@pytest.mark.parametrize("manifest", PROJECTS)
def test_every_line_adds_up_and_says_what_it_is_made_of(manifest: str) -> None:
    validator("decision").validate(json.loads(without_trace(decided(manifest))))
    for where, cost in costs(manifest):
        lines = cost["lines"]
        assert lines, where
        if not cost["missing"]:
            for end in ("low", "high"):
                assert sum(Fraction(line[end]) for line in lines) == Fraction(cost[end]), where
        for line in lines:
            told = (where, line["name"])
            figures = [source for source in line["sources"] if not source["counts"]]
            assert figures, told
            for source in line["sources"]:
                assert source["at"] or source["kind"] == "missing", (told, source)
                if source["kind"] in ("price", "bar", "assumed"):
                    assert source["refs"], (told, source)
            # What is worked out names what it is worked out from.
            kinds = [source["kind"] for source in figures]
            quantity = any(kind in ("stated", "estimate") for kind in kinds)
            if kinds[0] == "computed":
                assert quantity, told
            # How often it is taken comes from somewhere too, unless the formula says it.
            if line["count"] != 1 and cost["over"] == "horizon":
                assert any(source["counts"] for source in line["sources"]), told


@pytest.mark.parametrize("manifest", PROJECTS)
def test_a_range_names_what_widens_it(manifest: str) -> None:
    for where, cost in costs(manifest):
        bounded = [line for line in cost["lines"] if line["high"] is not None]
        widths = {line["name"]: Fraction(line["high"]) - Fraction(line["low"]) for line in bounded}
        if not any(widths.values()):
            assert (cost["uncertain"], cost["widest"]) == ([], None), where
            continue
        assert widths[cost["widest"]] == max(widths.values()), where
        assert cost["uncertain"], where
        removes = [Fraction(each["removes"]) for each in cost["uncertain"]]
        assert removes == sorted(removes, reverse=True), where
        assert max(removes) <= sum(widths.values()), where
        for each in cost["uncertain"]:
            assert each["needs"], where
            assert each["value"], where
            assert set(each["lines"]) <= {line["name"] for line in cost["lines"]}, where


ROUGH = """
project: letters
owner: team/digital-office
regions: [eu-central-1]
decision_date: "2026-11-22"
budget: {horizon_months: {low: 12, high: 18}}
workloads:
  - name: letters
    task: invoice-extraction
    needs: {complete: true, languages: [de]}
    usage: {documents_per_month: {low: 40000, high: 60000}, pages_per_document: {low: 1, high: 3}}
    costs: {ai_service: {dev_usd: {low: 8000, high: 12000}}}
    measurements:
      - {system: textract, metric: accuracy, value_pct: 93, sample_size: 900,
         measured_on: "2026-09-12", dataset: ours}
"""


@pytest.mark.slow
def test_knowing_a_field_removes_what_was_said() -> None:
    """Each end written into the manifest instead, and all of it decided again."""

    def width(cost: Json) -> Fraction:
        return Fraction(cost["high"]) - Fraction(cost["low"])

    before = answer_cost(decide(ROUGH))
    said = {need: each["removes"] for each in before["uncertain"] for need in each["needs"]}
    ranges = re.findall(r"(\w+): \{low: (\d+), high: (\d+)\}", ROUGH)
    assert {need.rpartition(".")[2] for need in said} == {field for field, _, _ in ranges}
    for field, low, high in ranges:
        (removes,) = [value for need, value in said.items() if need.endswith(field)]
        written = f"{field}: {{low: {low}, high: {high}}}"
        ends = (decide(ROUGH.replace(written, f"{field}: {end}")) for end in (low, high))
        left = [width(answer_cost(value)) for value in ends]
        assert Fraction(removes) == width(before) - max(left), field
    assert next(iter(said)).endswith("pages_per_document")


def answer_cost(value: Json) -> Json:
    (workload,) = value["workloads"]
    found: Json = workload["costs"][workload["choice"]["outcome"]]
    return found


def decide(text: str) -> Json:
    judgement = judged(EIGHT)
    schema, faults = Session().schema(judgement.program, judgement.files.folder)
    assert schema is not None, faults
    documents, said = load(text.encode(), "eight.yaml", schema)
    assert len(documents) == 1, said
    found: Json = json.loads(without_trace(judgement.decide(documents[0])), parse_float=Fraction)
    return found


# Fixing an unknown.

ENDS = st.integers(0, 20).map(lambda n: Fraction(n, 4))
SYMBOLS = tuple(InputSymbol(PROJECT_PLACE, name, "") for name in "abc")


@st.composite
def polys(draw: st.DrawFn, depth: int = 3) -> Poly:
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            return const(draw(ENDS))
        return unknown(draw(st.sampled_from(SYMBOLS)), Range(Fraction(0), Fraction(5)))
    left, right = draw(polys(depth - 1)), draw(polys(depth - 1))
    match draw(st.sampled_from(("+", "*", "max", "min", "ceil", "charge"))):
        case "+":
            return add(left, right)
        case "*":
            return mul(left, right)
        case "ceil":
            return operation("ceil", (left,), (Fraction(1),))
        case "charge":
            return operation("charge", (left,), (Fraction(3), Fraction(2), Fraction(1)))
        case name:
            return operation(name, (left, right))


@given(polys(), st.permutations(SYMBOLS), st.fixed_dictionaries(dict.fromkeys(SYMBOLS, ENDS)))
def test_fixing_one_unknown_after_another_gives_one_value_whatever_the_order(
    poly: Poly, order: list[Symbol], values: dict[Symbol, Fraction]
) -> None:
    def all_fixed(symbols: list[Symbol]) -> Fraction | None:
        found = poly
        for symbol in symbols:
            found = fixed(found, symbol, values[symbol])
        return found.constant

    assert all_fixed(order) is not None
    assert all_fixed(order) == all_fixed(list(SYMBOLS))


# ── How a figure comes about ─────────────────────────────────────────────────────────────


SOME = tuple(path for path in MANIFESTS if path.endswith(QUICK))


def calculations() -> list[tuple[str, Json]]:
    """Every calculation of every line, with where it stands."""
    return [
        (f"{manifest} {where} {line['name']} {each['name']}", each)
        for manifest in (*SOME, EIGHT)
        for where, cost in costs(manifest)
        for line in cost["lines"]
        for each in line["reckoned"]
    ]


def exact(figure: Json) -> Fraction | None:
    """The value of a figure that is one number."""
    low, high = figure["low"], figure["high"]
    return Fraction(low) if low is not None and low == high else None


OF_TWO: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "max": max,
    "min": min,
}
OF_ONE: dict[str, Callable[[Fraction], Fraction]] = {
    "ceil": lambda a: Fraction(-(-a // 1)),
    "floor": lambda a: Fraction(a // 1),
    "abs": abs,
}


def again(figure: Json) -> Fraction | None:
    """A figure worked out from nothing but its parts; None where one is not known. What is
    converted is taken as it stands."""
    found = [again(part) for part in figure.get("parts", ())]
    parts = [part for part in found if part is not None]
    match figure["how"]:
        case "given" | "converted" | "charged":
            return exact(figure)
        case "one of":
            return None
        case "sum":
            return sum(parts, Fraction(0)) if len(parts) == len(found) else None
    if len(parts) < len(found):
        return None
    operator = figure["operator"]
    return OF_TWO[operator](*parts) if len(parts) == 2 else OF_ONE[operator](*parts)


@pytest.mark.slow
def test_every_calculation_can_be_done_again_from_what_stands_there() -> None:
    """A person with the page and a calculator comes to the same figure."""
    done = 0
    for where, each in calculations():
        found = again(each)
        if each["how"] == "charged":
            tiers = each["tiers"]
            for tier in tiers:
                for end in ("low", "high"):
                    units, price, amount = (tier[k][end] for k in ("quantity", "price", "amount"))
                    if None not in (units, price, amount):
                        assert Fraction(units) * Fraction(price) == Fraction(amount), where
            for end in ("low", "high"):
                amounts = [tier["amount"][end] for tier in tiers]
                if each[end] is not None and None not in amounts:
                    assert sum(map(Fraction, amounts)) == Fraction(each[end]), where
                    done += 1
        elif found is not None:
            assert found == exact(each), where
            done += 1
    assert done > 20


@pytest.mark.slow
def test_what_a_calculation_names_is_given_or_was_worked_out_before() -> None:
    named = 0
    for manifest in (*SOME, EIGHT):
        for where, cost in costs(manifest):
            for line in cost["lines"]:
                known: dict[str, tuple[Any, Any]] = {}
                for each in line["reckoned"]:
                    for part in _below(each):
                        if part["name"] in known:
                            assert known[part["name"]] == (part["low"], part["high"]), where
                            named += 1
                    known[each["name"]] = (each["low"], each["high"])
                    assert each["text"], (where, each["name"])
    assert named > 5


def _below(figure: Json) -> list[Json]:
    found: list[Json] = []
    for part in figure.get("parts", ()):
        found += [part, *_below(part)]
    return found


VOLUME = """
project: call-mood
owner: team/cx
regions: [us-east-1]
workloads:
  - name: mood
    task: sentiment
    usage: {texts_per_month: 2400000, chars_per_text: 10000}
    needs: {complete: true, languages: [en]}
"""


@pytest.mark.slow
def test_the_split_of_a_large_volume_stands_in_the_document(tmp_path: Path) -> None:
    """240 million units in three tiers: 1,000 + 2,000 + 4,750."""
    path = tmp_path / "mlproject.yaml"
    path.write_text(VOLUME, encoding="utf-8")
    (found,) = judge([str(path)], Options(as_of="2026-11-22")).judgements
    value = json.loads(without_trace(found.decision))
    (line,) = (
        line
        for line in value["workloads"][0]["costs"]["ai_service"]["lines"]
        if line["name"].startswith("service_cost")
    )
    (charge,) = (each for each in line["reckoned"] if each["how"] == "charged")
    assert charge["parts"][0]["low"] == "240000000"
    assert [tier["quantity"]["low"] for tier in charge["tiers"]] == [
        "10000000",
        "40000000",
        "190000000",
    ]
    assert [tier["amount"]["low"] for tier in charge["tiers"]] == ["1000", "2000", "4750"]


@pytest.mark.slow
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_a_price_of_another_region_says_so(tmp_path: Path, region: str) -> None:
    """The policy's ledger says for which manifests its prices were established."""
    path = tmp_path / "mlproject.yaml"
    path.write_text(VOLUME.replace("us-east-1", region), encoding="utf-8")
    (found,) = judge([str(path)], Options(as_of="2026-11-22")).judgements
    value = json.loads(without_trace(found.decision))
    apart = [
        source["apart"]
        for cost in value["workloads"][0]["costs"].values()
        for line in cost["lines"]
        for source in line["sources"]
        if "apart" in source
    ]
    pairs = [(found.decision, found.program)]
    views = [explain(found.decision), page(pairs), markdown(pairs)]
    said = f"may differ for {region}"
    if region == "us-east-1":
        assert not apart
        assert not any(said in " ".join(view.split()) for view in views)
    else:
        told = {"field": "project.aws.regions", "holds": ["us-east-1"], "stated": [region]}
        assert apart
        assert all(each == told for each in apart)
        assert all(said in " ".join(view.split()) for view in views)
