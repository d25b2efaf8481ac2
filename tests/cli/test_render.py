"""Renderers on decisions made by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction

import pytest

from mlpolicy.core.decision import Assumption, LineOrigin, Settle, SourceKind, Split, Verdict
from mlpolicy.core.notices import Figure
from mlpolicy.core.terms import Form, Status
from mlpolicy.core.trace import Basis, LeadsTo, Step, StepKind
from mlpolicy.core.types import FLAG, TEXT, SetOf
from mlpolicy.core.values import NO, UNKNOWN, YES, Truth, Unlimited, known_set
from mlpolicy.diagnostics import Diagnostic, Label, Severity
from mlpolicy.render.check import check_text
from mlpolicy.render.diagnostics import diagnostic_line, diagnostics_text
from mlpolicy.render.json import check_json, decision_json, value_json
from mlpolicy.render.path import path_lines
from mlpolicy.render.style import Cell, columns, finish, table, wrap
from mlpolicy.render.text import explain
from mlpolicy.source import Origin, Place, Source, Span
from tests.cli.cli_support import HERE
from tests.cli.hand_made import DECISION, LEDGER, MOOD, SAY_NO, SAY_YES, branch, word, workload_step
from tests.command_support import validator
from tests.mdcase import Case, Golden, for_each, read
from tests.paths import path

# JSON.


def test_a_decision_fits_its_schema_and_has_the_keys_of_the_contract_in_order() -> None:
    text = decision_json(DECISION)
    value = json.loads(text)
    validator("decision").validate(value)
    assert list(value) == [
        "schema", "policy", "manifest", "as_of", "currency", "scopes", "verdict", "workloads",
        "project", "reports", "findings", "waivers", "replaced", "unread", "sources", "clauses",
        "trace", "counts",
    ]  # fmt: skip
    assert list(value["workloads"][0]) == [
        "name", "status", "hold", "error", "choice", "possible", "settled_by", "irrelevant",
        "assumed", "rests_on", "obligations", "costs", "reports", "plan",
    ]  # fmt: skip
    assert list(value["findings"][0]) == [
        "rule", "title", "level", "state", "workload", "say", "fix", "refs", "needs",
        "waits_for", "unjudged", "at",
        "rule_at", "waiver",
    ]  # fmt: skip
    before = json.dumps({**value, "trace": 0}, indent=2, ensure_ascii=False).split('0,\n  "counts"')
    assert text.startswith(before[0])
    assert text.endswith(before[1] + "\n")


def test_a_trace_has_a_line_for_each_step() -> None:
    text = decision_json(DECISION)
    steps = [line for line in text.splitlines() if '{"kind": ' in line]
    assert '    {"kind": "workload", "name": "mood", "value": "provisional", "span": null, ' in text
    assert len(steps) == 11
    assert '"typed": {"is": "number", "low": "85", "high": "85", "unit": "%", ' in steps[5]
    assert steps[5].endswith('"basis": "stated", "children": []},')


def test_a_check_fits_its_schema() -> None:
    source = Source("m.yaml", "a: b\n")
    faults = (
        Diagnostic(
            code="MLP0901", message="there is no `x`", origin=None, help="look again", file="x"
        ),
        Diagnostic(
            code="MLP0902",
            message="no",
            origin=Origin(source, Span(3, 4)),
            severity=Severity.WARNING,
        ),
    )
    value = json.loads(check_json([DECISION, DECISION], faults, 2))
    validator("check").validate(value)
    assert value["counts"] == {
        "manifests": 2, "not_evaluated": 0, "workloads": 8, "rules": 6, "blocked": 2, "warned": 0,
        "advised": 2, "waiting": 6, "waived": 2, "skipped": 2,
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


CASES = read(HERE / "cases" / "hand_made.md")
SHOWN = {
    "explain": lambda: explain(DECISION, width=100),
    "check": lambda: check_text([DECISION], 3),
}


@for_each(CASES)
def test_a_report_reads_as_it_was_read(case: Case, golden: Golden) -> None:
    golden.holds(case, "text", SHOWN[case.one("view").text.strip()]())


def test_on_a_terminal_a_finding_is_laid_out_and_says_the_same() -> None:
    whole = check_text([DECISION], 3, width=200)
    for width in (60, 80, 120):
        narrow = check_text([DECISION], 3, width=width)
        assert sorted(narrow.split()) == sorted(whole.split())
        assert all(len(line) <= width for line in narrow.splitlines())


@pytest.mark.parametrize("fold", [None, 1])
@pytest.mark.parametrize("width", range(40, 130, 6))
def test_a_table_keeps_its_columns_at_every_width(width: int, fold: int | None) -> None:
    rows = [
        ("sentiment", "AI service (Amazon Comprehend, ready-made)", "decided", "7,750.00 USD"),
        ("redact-every-call-and-letter", "no feasible option", "infeasible", ""),
        ("w", "Amazon SageMaker or your own platform", "undecided", "at least 1.00 USD"),
    ]
    lines = table([[Cell(cell) for cell in row] for row in rows], width, "  ", fold)
    assert max(map(len, lines)) <= width
    # Two spaces stand in every line before each of the columns.
    edges = [
        at
        for at in range(3, width)
        if all(line[at - 2 : at].strip() == "" for line in lines)
        and any(line[at : at + 1].strip() for line in lines)
    ]
    assert len(edges) >= 3
    for row in rows:
        for cell in row:
            for part in cell.split():
                assert part in "".join(lines).replace(" ", "") or len(part) > 8


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
    good = condition(
        StepKind.IS, "is", YES, word(StepKind.INPUT, "a", came_to="x"), word(StepKind.CONSTANT, "x")
    )
    bad = condition(
        StepKind.IS, "is", NO, word(StepKind.INPUT, "c", came_to="x"), word(StepKind.CONSTANT, "d")
    )
    both = condition(StepKind.DEFINE, "covered", NO, condition(StepKind.AND, "and", NO, good, bad))
    branches = branch(Form.BLOCK, NO, both, word(StepKind.LEAF, "diy"))
    tree = word(StepKind.TREE, "t", branches, came_to="diy")
    workload = replace(MOOD, trace=workload_step("mood", Status.DECIDED, tree))
    text = explain(replace(DECISION, workloads=(workload,)))
    assert "    covered = no\n      c (x) is d: no\n    -> diy\n" in text


def test_wide_characters_take_two_columns() -> None:
    assert columns("日本") == 4
    assert wrap("日本 日本 ab", 9) == ["日本 日本", "ab"]


def test_a_word_that_does_not_fit_stands_on_a_line_of_its_own() -> None:
    assert wrap("workload.usage.x of it", 20, "  needs: ", "    ") == [
        "  needs:",
        "    workload.usage.x",
        "    of it",
    ]
    assert wrap("a  bbbbbb", 8, "", "  ") == ["a", "  bbbbbb"]
    assert wrap("at least 85 % of it", 12) == ["at least", "85 % of it"]


# The path.


def condition(kind: StepKind, name: str, value: Truth, *children: Step) -> Step:
    return Step(kind=kind, name=name, value=value, type=FLAG, children=children)


def path_of(trace: Step) -> list[str]:
    lines = path_lines(trace, 100, depth=4, outcomes=("ai_service", "sagemaker", "diy"))
    return [finish(line, color=False) for line in lines]


LEAF_ = word(StepKind.LEAF, "ai_service")
OWN = replace(condition(StepKind.INPUT, "own", UNKNOWN), basis=Basis.ABSENT)


def arm(when: bool, *outcomes: str) -> Step:
    leads = LeadsTo(when, outcomes, possible=True)
    return replace(word(StepKind.ARM, "if yes" if when else "if no"), detail=leads)


@pytest.mark.parametrize(
    ("node", "lines"),
    [
        (
            branch(Form.IF, UNKNOWN, OWN, LEAF_, arm(True, "diy", "sagemaker")),
            ["own = unknown  (absent)  (goes on while unknown; if yes -> sagemaker or diy)"],
        ),
        (
            branch(Form.UNLESS, UNKNOWN, OWN, LEAF_, arm(True, "sagemaker")),
            ["own = unknown  (absent)  (not shown, so taken; if yes -> sagemaker)"],
        ),
        (
            branch(Form.BLOCK, UNKNOWN, OWN, LEAF_, arm(True, "diy")),
            [
                "own = unknown  (absent)",
                "  if yes -> diy",
                "  if no, and while unknown, as follows",
            ],
        ),
        (
            branch(Form.BLOCK, UNKNOWN, OWN, LEAF_, arm(True, "diy"), arm(False, "ai_service")),
            [
                "own = unknown  (absent)",
                "  if yes -> diy",
                "  if no -> ai_service",
                "  while unknown, as follows",
            ],
        ),
        (
            branch(Form.BLOCK, UNKNOWN, OWN, arm(True, "diy"), arm(False, "ai_service")),
            [
                "own = unknown  (absent)",
                "  if yes -> diy",
                "  if no -> ai_service",
                "  while unknown: no answer",
            ],
        ),
    ],
)
def test_an_unknown_condition_shows_every_arm_and_which_is_taken(
    node: Step, lines: list[str]
) -> None:
    told = [line.removeprefix("    ") for line in path_of(node)]
    assert [line for line in told if line != "-> ai_service"] == lines


def test_a_long_set_is_told_by_what_both_sides_have() -> None:
    many = known_set(frozenset(f"r{n}" for n in range(12)))
    for mine, shown in [("r7", "{r7 and 11 more}"), ("x", "{r0, r1, r10 and 9 more}")]:
        regions = replace(
            word(StepKind.INPUT, "regions"), value=known_set(frozenset({mine})), type=SetOf(TEXT)
        )
        of = replace(word(StepKind.ATTRIBUTE, "of"), value=many, type=SetOf(TEXT))
        (line,) = path_of(condition(StepKind.WITHIN, "within", NO, regions, of))
        assert line == f"    regions ({{{mine}}}) within of ({shown}): no"


# What it costs and what would settle it.


def test_the_answer_has_a_ledger_and_the_others_a_line_and_nothing_is_said_twice() -> None:
    year = replace(LEDGER, formula="year")
    other = replace(
        LEDGER,
        outcome="diy",
        lines=(),
        low=None,
        high=None,
        missing=(path("workload.w.a"), path("workload.w.b")),
    )
    longer = replace(LEDGER, formula="long", months=Fraction(36))
    mood = replace(MOOD, costs=(LEDGER, other, year, longer))
    text = explain(replace(DECISION, workloads=(mood,)))
    assert text.count("\n  cost of sagemaker over 24 months") == 1
    assert "  cost of sagemaker over 36 months (long): 2,410.005 .. 7,210.005 USD\n" in text
    assert "  cost of diy over 24 months (tco): not known, needs workload.w.{a, b}\n" in text


def test_a_missing_figure_has_its_line_in_the_ledger() -> None:
    build, run_ = LEDGER.lines
    gone = replace(
        build,
        low=Fraction(0),
        high=None,
        origin=LineOrigin(SourceKind.MISSING, (path("workload.dev_usd"),)),
    )
    open_ = replace(run_, high=None, each_high=None)
    cost = replace(
        LEDGER,
        lines=(gone, open_),
        high=None,
        missing=(path("workload.dev_usd"), path("workload.texts")),
    )
    text = explain(replace(DECISION, workloads=(replace(MOOD, costs=(cost,)),)))
    assert re.search(r"\n    build +unknown  needs workload.dev_usd\n", text)
    assert re.search(r"\n    run +at least 2,400.00  24 × at least 100.00 USD/month", text)
    assert "needs workload.texts\n" in text
    assert re.search(r"\n    total +at least 2,410.005  USD  2 figures missing\n", text)


def test_an_answer_that_removes_one_of_many_says_which() -> None:
    three = (*MOOD.possible, replace(MOOD.possible[0], outcome="diy"))
    both = ("ai_service", "sagemaker", "diy")
    asks = (
        Settle(
            path=path("workload.idle"),
            ask="",
            removes=1,
            when=(Split(SAY_YES, both), Split(SAY_NO, both)),
        ),
        Settle(
            path=path("workload.a"),
            ask="A?",
            removes=1,
            when=(Split(SAY_YES, both[1:]), Split(SAY_NO, both)),
        ),
        Settle(
            path=path("workload.b"),
            ask="",
            removes=1,
            when=(Split(SAY_YES, both[:2]), Split(SAY_NO, ("sagemaker",))),
        ),
        *(Settle(path=path(f"workload.c{n}"), ask="", removes=1, when=()) for n in range(9)),
    )
    mood = replace(MOOD, possible=three, settled_by=asks)
    text = explain(replace(DECISION, workloads=(mood,)), width=120)
    assert "\n  settled by  workload.b; workload.a; workload.idle; 9 more below\n" in text
    assert "    workload.a  A?\n      yes: rules out ai_service; no: all stay possible\n" in text
    assert "    workload.b\n      yes: rules out diy; no -> sagemaker\n" in text
    assert "    workload.idle\n    workload.c0\n" in text
    assert "    and 4 more (all with --format json)\n" in text


def test_a_long_list_of_what_does_not_matter_is_cut() -> None:
    mood = replace(MOOD, irrelevant=tuple(path(f"workload.f{n}") for n in range(11)))
    text = explain(replace(DECISION, workloads=(mood,)))
    assert "workload.f7 and 3 more (all with --format json)\n" in text.replace("\n    ", " ")


def test_an_assumption_about_another_outcome_is_left_out() -> None:
    given = [
        Assumption(
            name="ops", key=name, path=path("workload.w"), stands=Figure(Unlimited(), TEXT), refs=()
        )
        for name in ("sagemaker", "ai_service")
    ]
    text = explain(replace(DECISION, workloads=(replace(MOOD, assumed=tuple(given)),)))
    assert "  assumed, as nothing is stated: ops: unlimited (workload.w)\n" in text


def test_what_only_the_policy_could_say_is_asked_of_it() -> None:
    needs = (path("workload.x"), Place("policies/p/1.0.0/catalogue.mlp", 96, 27))
    waits = replace(DECISION.findings[1], needs=needs)
    text = check_text([replace(DECISION, findings=(waits,))])
    assert "  1 check waits for workload.x" in text
    of_policy = replace(waits, needs=needs[1:])
    text = check_text([replace(DECISION, findings=(of_policy,))])
    assert "  1 check waits for what the policy does not know (catalogue.mlp:96:27)" in text


# Diagnostics.


def test_a_diagnostic_underlines_what_it_means() -> None:
    source = Source("p/inputs.mlp", "unit a\n\tinput x : % from workload.qualty\n")
    start = source.text.index("workload")
    fault = Diagnostic(
        code="MLP0203",
        message="unknown field `workload.qualty`",
        origin=Origin(source, Span(start, start + len("workload.qualty"))),
        help="did you mean `workload.quality`?",
        labels=(Label(Origin(source, Span(0, 4)), "declared here"),),
    )
    assert diagnostics_text([fault]) == (
        "error[MLP0203]: unknown field `workload.qualty`\n"
        "  --> p/inputs.mlp:2:19\n"
        "2 |     input x : % from workload.qualty\n"
        "  |                      ^^^^^^^^^^^^^^^\n"
        "  --> p/inputs.mlp:1:1\n"
        "1 | unit a\n"
        "  | ---- declared here\n"
        "  = help: did you mean `workload.quality`?\n"
    )
    assert diagnostic_line(fault) == (
        "p/inputs.mlp:2:19: error[MLP0203]: unknown field `workload.qualty`"
    )


def test_a_very_long_line_is_shown_around_the_fault() -> None:
    source = Source("m.yaml", "x" * 5000 + "BAD" + "y" * 5000)
    text = diagnostics_text(
        [Diagnostic(code="MLP0601", message="no", origin=Origin(source, Span(5000, 5003)))]
    )
    line, marks = text.splitlines()[2:4]
    assert len(line) < 120
    assert line[marks.index("^") : marks.rindex("^") + 1] == "BAD"


def test_a_fault_at_the_very_end_or_over_several_lines_is_still_one_mark() -> None:
    source = Source("m.yaml", "a: 1\nb: 2")
    for span in (Span(9, 9), Span(0, 9)):
        text = diagnostics_text(
            [Diagnostic(code="MLP0601", message="no", origin=Origin(source, span))]
        )
        assert "^" in text


def test_expected_texts_have_no_trailing_space() -> None:
    for case in CASES:
        lines = case.one("text").text.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []
