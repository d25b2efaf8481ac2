"""Renderers on decisions made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from cli_support import HERE
from hand_made import DECISION, LEDGER, MOOD
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from mlpolicy.core.decision import Trace, Verdict
from mlpolicy.diagnostics import Diagnostic, Label, Severity
from mlpolicy.render.diagnostics import diagnostic_line, diagnostics_text
from mlpolicy.render.json import check_json, decision_json, value_json
from mlpolicy.render.style import columns, wrap
from mlpolicy.render.text import check_text, explain
from mlpolicy.source import Origin, Source, Span

SCHEMAS = HERE.parents[1] / "schemas"


def validator(which: str) -> Draft202012Validator:
    schemas = [json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    schema = json.loads((SCHEMAS / f"{which}.v1.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=registry)


# JSON.


def test_a_decision_fits_its_schema_and_has_the_keys_of_the_contract_in_order() -> None:
    text = decision_json(DECISION)
    value = json.loads(text)
    validator("decision").validate(value)
    assert list(value) == [
        "schema", "policy", "manifest", "as_of", "verdict", "workloads", "project", "findings",
        "trace", "counts",
    ]  # fmt: skip
    assert list(value["workloads"][0]) == [
        "name", "status", "hold", "error", "choice", "possible", "settled_by", "irrelevant",
        "assumed", "obligations", "costs", "plan",
    ]  # fmt: skip
    assert list(value["findings"][0]) == [
        "rule", "level", "state", "workload", "say", "fix", "refs", "needs", "at", "rule_at",
        "waiver",
    ]  # fmt: skip
    before = json.dumps({**value, "trace": 0}, indent=2, ensure_ascii=False).split('0,\n  "counts"')
    assert text.startswith(before[0])
    assert text.endswith(before[1] + "\n")


def test_a_trace_has_a_line_for_each_step() -> None:
    text = decision_json(DECISION)
    steps = [line for line in text.splitlines() if '"kind": ' in line]
    assert '    {"kind": "workload", "name": "mood", "value": "provisional", "span": null, ' in text
    assert len(steps) == 9
    assert steps[5].endswith('"refs": [], "needs": [], "children": []},')


def test_a_check_fits_its_schema() -> None:
    source = Source("m.yaml", "a: b\n")
    faults = (
        Diagnostic("MLP0901", "there is no `x`", None, "look again", file="x"),
        Diagnostic("MLP0902", "no", Origin(source, Span(3, 4)), severity=Severity.WARNING),
    )
    value = json.loads(check_json([DECISION, DECISION], faults, 2))
    validator("check").validate(value)
    assert value["counts"] == {
        "manifests": 2, "workloads": 8, "rules": 6, "blocked": 2, "warned": 0, "advised": 2,
        "pending": 6, "waived": 2, "skipped": 2,
    }  # fmt: skip
    assert value["diagnostics"][0]["line"] is None
    assert (value["diagnostics"][1]["line"], value["diagnostics"][1]["column"]) == (1, 4)


def test_the_schema_refuses_what_the_contract_does_not_have() -> None:
    value = json.loads(decision_json(DECISION))
    value["workloads"][0]["costs"]["sagemaker"]["low"] = 1.5
    value["verdict"] = "maybe"
    assert len(list(validator("decision").iter_errors(value))) == 2


def test_money_is_an_exact_decimal_string_and_an_open_end_null() -> None:
    cost = replace(LEDGER, low=Fraction("0.1") + Fraction("0.2"), high=None)
    value = json.loads(decision_json(replace(DECISION, workloads=(replace(MOOD, costs=(cost,)),))))
    told = value["workloads"][0]["costs"]["sagemaker"]
    assert (told["low"], told["high"]) == ("0.3", None)
    assert told["lines"][0]["low"] == "10.005"
    assert (told["months"], told["lines"][1]["count"]) == (24, 24)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(-1, 10**14 * 3), "0"),
        (Fraction(1, 10**14), "0.00000000000001"),
        (Fraction(10**15) + Fraction(1, 100), "1000000000000000.01"),
    ],
)
def test_numbers_are_written_exactly_where_a_decimal_is(number: Fraction, text: str) -> None:
    assert value_json(number) == f"{text}\n"


def test_further_cost_formulas_stand_beside_the_first() -> None:
    costs = (LEDGER, replace(LEDGER, formula="first_year"))
    value = json.loads(decision_json(replace(DECISION, workloads=(replace(MOOD, costs=costs),))))
    validator("decision").validate(value)
    told = value["workloads"][0]["costs"]
    assert list(told) == ["sagemaker"]
    assert told["sagemaker"]["formula"] == "tco"
    assert list(told["sagemaker"]["formulas"]) == ["first_year"]


# Text.


def test_the_explanation_by_hand() -> None:
    assert (HERE / "expected" / "explain.txt").read_text() == explain(DECISION, width=100)


def test_the_check_by_hand() -> None:
    assert (HERE / "expected" / "check.txt").read_text() == check_text([DECISION], 3)


def test_a_ledger_has_decimals_enough_to_add_up() -> None:
    text = explain(DECISION)
    assert "  build                  10.005" in text
    assert "  run    2,400.000 .. 7,200.000" in text
    assert "  total  2,410.005 .. 7,210.005" in text


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_no_line_of_words_is_wider_than_asked(width: int) -> None:
    for line in explain(DECISION, width=width).splitlines():
        words = line.split()
        if columns(line) > width:
            assert max(map(len, words)) + 30 > width, line


def test_every_verdict_has_a_headline() -> None:
    for verdict in Verdict:
        first = explain(replace(DECISION, verdict=verdict)).splitlines()[0]
        assert first.startswith(
            f"{verdict.value.upper()}  support-calls ({DECISION.manifest_path})"
        )


def test_no_file_speaks_to_the_readers_terminal() -> None:
    nasty = replace(MOOD, hold="\x1b[2J\u202egone\x07", choice=None)
    for color in (False, True):
        text = explain(replace(DECISION, workloads=(nasty,)), color=color)
        assert "\\u001b[2J\\u202egone\\u0007" in text
        assert "\x07" not in text
        assert "\u202e" not in text


def test_an_and_that_fails_shows_the_part_that_fails() -> None:
    good = Trace(
        "compare",
        "<",
        "yes",
        "a < b",
        children=(Trace("input", "a", "1"), Trace("input", "b", "2")),
    )
    bad = Trace(
        "is", "is", "no", "c is d", children=(Trace("input", "c", "x"), Trace("constant", "", "d"))
    )
    both = Trace(
        "define",
        "covered",
        "no",
        children=(Trace("and", "and", "no", "a < b and c is d", children=(good, bad)),),
    )
    leaf = Trace("leaf", "diy", "diy")
    tree = Trace("tree", "t", "diy", children=(Trace("if", "block", "no", children=(both, leaf)),))
    workload = replace(MOOD, trace=Trace("workload", "mood", children=(tree,)))
    text = explain(replace(DECISION, workloads=(workload,)))
    assert "    covered = no\n      c (x) is d: no\n    -> diy\n" in text


def test_wide_characters_take_two_columns() -> None:
    assert columns("日本") == 4
    assert wrap("日本 日本 ab", 9) == ["日本 日本", "ab"]


# Diagnostics.


def test_a_diagnostic_underlines_what_it_means() -> None:
    source = Source("p/inputs.mlp", "unit a\n\tinput x : % from workload.qualty\n")
    start = source.text.index("workload")
    fault = Diagnostic(
        "MLP0203",
        "unknown field `workload.qualty`",
        Origin(source, Span(start, start + len("workload.qualty"))),
        "did you mean `workload.quality`?",
        (Label(Origin(source, Span(0, 4)), "declared here"),),
    )
    assert diagnostics_text([fault]) == (
        "error[MLP0203]: unknown field `workload.qualty`\n"
        "  --> p/inputs.mlp:2:19\n"
        "2 |     input x : % from workload.qualty\n"
        "  |                      ^^^^^^^^^^^^^^^\n"
        "  ::: p/inputs.mlp:1:1\n"
        "1 | unit a\n"
        "  | ---- declared here\n"
        "  = help: did you mean `workload.quality`?\n"
    )
    assert diagnostic_line(fault) == (
        "p/inputs.mlp:2:19: error[MLP0203]: unknown field `workload.qualty`"
    )


def test_a_very_long_line_is_shown_around_the_fault() -> None:
    source = Source("m.yaml", "x" * 5000 + "BAD" + "y" * 5000)
    text = diagnostics_text([Diagnostic("MLP0601", "no", Origin(source, Span(5000, 5003)))])
    line, marks = text.splitlines()[2:4]
    assert len(line) < 120
    assert line[marks.index("^") : marks.rindex("^") + 1] == "BAD"


def test_a_fault_at_the_very_end_or_over_several_lines_is_still_one_mark() -> None:
    source = Source("m.yaml", "a: 1\nb: 2")
    for span in (Span(9, 9), Span(0, 9)):
        text = diagnostics_text([Diagnostic("MLP0601", "no", Origin(source, span))])
        assert "^" in text


def test_expected_texts_have_no_trailing_space() -> None:
    for path in sorted(Path(HERE / "expected").glob("*.txt")):
        assert [line for line in path.read_text().splitlines() if line != line.rstrip()] == []
