"""What a checked program holds, and what it does not depend on."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from inspect import get_annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.check.digest import Meaning
from mlpolicy.check.passes import Needs, check, needs
from mlpolicy.core import program as core
from mlpolicy.core.program import Program
from mlpolicy.core.terms import Per
from mlpolicy.core.visit import walk
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.check.check_cases import HERE, LEDGER, SCHEMA, full, run
from tests.profiles import examples
from tests.scopes import SCOPES

SAMPLE = sorted((HERE / "sample").glob("*.mlp"))


def checked(files: dict[str, str], schema: dict[str, object]) -> Program:
    """The program of files that have no fault."""
    pairs = [(source, parse(source)[0]) for source in (Source(n, t) for n, t in files.items())]
    program, diagnostics = check(pairs, schema=schema, ledgers={}, digest="sha256:0")
    assert program is not None, full(diagnostics)
    assert full(diagnostics) == ""
    return program


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    file = resource_root() / "schemas" / "mlproject.v1.schema.json"
    read = json.loads(file.read_text("utf-8"))
    assert isinstance(read, dict)
    return read


@pytest.fixture(scope="module")
def sample(schema: dict[str, object]) -> Program:
    return checked({path.name: path.read_text("utf-8") for path in SAMPLE}, schema)


def operators(expr: core.Expr) -> list[str]:
    """The operator of an application, then those of its operands."""
    assert isinstance(expr, core.Apply)
    below = [operand for operand in expr.operands if isinstance(operand, core.Apply)]
    assert len(below) == len(expr.operands)
    return [expr.operator, *(operand.operator for operand in below)]


def one(text: str) -> Program:
    """The program of a small policy without a fault."""
    program, diagnostics = run(text)
    assert program is not None, full(diagnostics)
    return program


# -- the large sample ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_large_policy_becomes_a_program(sample: Program) -> None:
    assert sample.name == "sample-selection"
    assert date(2026, 1, 1).toordinal() == sample.effective
    assert sample.decision == "choice"
    assert list(sample.trees) == ["capped", "choice", "custom", "evidence", "short", "stay"]


@pytest.mark.slow
def test_mappings_are_sorted_by_name(sample: Program) -> None:
    for field in ("inputs", "bars", "catalogs", "records", "shortlists", "defines", "rules"):
        names = list(getattr(sample, field))
        assert sorted(names) == names
        assert names


def test_labels_are_unique_in_the_program(sample: Program) -> None:
    labels = [
        node.label
        for node in walk(sample)
        if isinstance(node, core.UnknownConst | core.BetweenExpr | core.Choose)
    ]

    assert len(set(labels)) == len(labels)
    assert {"usual_bar/otherwise", "offering[5].languages", "price[16].each"} < {
        *labels,
        *(f"{c.name}[{r.index + 1}].languages" for c in sample.catalogs.values() for r in c.rows),
    }


def test_who_reads_a_workload_is_judged_for_each(sample: Program) -> None:
    assert sample.rules["above_need"].per is Per.EACH
    assert sample.rules["over_budget"].per is Per.SHARED
    assert sample.rules["one_tier_for_all"].per is Per.SHARED
    assert sample.defines["chain_latency"].per is Per.EACH
    assert sample.defines["project_running"].per is Per.SHARED
    assert sample.scores["custom_needs"].per is Per.EACH
    assert sample.inputs["weeks_left"].per is Per.SHARED


# -- the meaning ---------------------------------------------------------------------------


def declarations(text: str) -> list[str]:
    """The declarations of a file, each with its indented lines; comments fall away."""
    lines = [line for line in text.split("\n") if line.strip() and line[:1] != "#"]
    return [chunk for chunk in re.split(r"\n(?=\S)", "\n".join(lines)) if chunk]


@pytest.mark.slow
@examples(5)
@given(data=st.data())
def test_the_meaning_depends_on_neither_order_nor_files(
    data: st.DataObject, schema: dict[str, object], sample: Program
) -> None:
    chunks = [chunk for path in SAMPLE for chunk in declarations(path.read_text("utf-8"))]
    shuffled = data.draw(st.permutations(chunks))
    cut = data.draw(st.integers(0, len(chunks)))

    program = checked(
        {"b.mlp": "\n".join(shuffled[:cut]), "a.mlp": "\n".join(shuffled[cut:])}, schema
    )

    assert sample == replace(program, digest=sample.digest)
    assert sample.meaning == program.meaning


def test_the_digest_covers_all_of_a_program_but_what_is_named_here() -> None:
    aside = {"digest", "meaning", "clauses", "sources", "tests", "reads", "nodes", "titles"}
    aside |= {"extensions"}

    assert [f.name for f in fields(core.Program) if f.name not in aside] == [
        *get_annotations(Meaning)
    ]


def test_the_meaning_does_not_depend_on_comments_and_layout() -> None:
    dense = "define a : flag = yes and no\nthreshold b : %\n  2026-01-01 = 0.5 % ref guide#G1\n"
    loose = (
        "# why\n\ndefine a : flag = yes  # so\n   and no\n\nthreshold b : %   # a bar\n"
        "      2026-01-01   = 0.50 %\n        ref guide#G1\n"
    )

    assert one(dense) == one(loose)
    assert one(dense).meaning == one(loose).meaning


@pytest.mark.parametrize(
    "other",
    [
        "threshold b : %\n  2026-01-01 = 86 % ref guide#G1\n",
        "threshold b : %\n  2026-01-02 = 85 % ref guide#G1\n",
        "threshold b : %\n  2026-01-01 = 85 % ref guide#G2\n",
        "threshold b : number\n  2026-01-01 = 85 % ref guide#G1\n",
        "param b : %\n  2026-01-01 = 85 % ref guide#G1\n",
        "threshold b : %\n  2026-01-01 = 85 % .. 85 % ref guide#G1\n",
    ],
)
def test_the_meaning_changes_with_what_is_said(other: str) -> None:
    text = "threshold b : %\n  2026-01-01 = 85 % ref guide#G1\n"

    assert one(text).meaning != one(other).meaning


def test_a_title_is_no_part_of_the_meaning() -> None:
    plain = one("enum size : small, large\ndefine a : flag = yes\n")
    called = one(
        'enum size : small, large\n  small "Small"\ndefine a : flag = yes title "Always?"\n'
    )

    assert plain.meaning == called.meaning
    assert called.titles.value("a") == "Always?"
    assert called.titles.member("size", "small") == "Small"
    assert called.titles.member("size", "large") == "large"


def test_the_rule_of_a_row_is_titled_by_the_word_of_its_own_enum() -> None:
    said = one(
        'enum want : must, other\n  other "of anything else"\n'
        'enum errand : reading, other\n  other "Another task"\n'
        "catalog shortage by want ref guide#G1\n"
        "  | want : want | enough : flag |\n  | must | no |\n  | other | yes |\n"
        'rule short warn ref guide#G1 title "Too little"\n  for each row of shortage\n'
        '  when shortage.enough\n  say "short"\n'
    )

    titles = said.titles.findings
    assert titles["short.other"] == "Too little: of anything else"
    assert titles["short.must"] == "Too little: must"


@pytest.mark.slow
def test_the_meaning_is_the_same_in_every_process() -> None:
    """Nothing in it depends on the order of a set."""
    import subprocess
    import sys

    code = "from tests.check.test_program import one, KEYED; print(one(KEYED).meaning)"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert {one(KEYED).meaning + "\n"} == found


KEYED = (
    "enum size : a, b, c, d, platform\n"
    "input dev(size) : USD from workload.costs.{size}.dev_usd\n"
    "define fee : USD = dev(platform)\n"
)

# -- lowering ------------------------------------------------------------------------------


def test_flat_lines_are_nested_ifs_that_share_unknown_with_no() -> None:
    root = (
        one(
            "input explain : flag from workload.needs.explain\n"
            "input audit : flag from workload.needs.audit\n"
            "decision tree choice : tier\n"
            '  if explain : none because "a" ref guide#G1\n'
            '  unless audit : service because "b" ref guide#G1\n'
            '  otherwise : platform because "c" ref guide#G1\n'
        )
        .trees["choice"]
        .root
    )

    assert isinstance(root, core.IfNode)
    assert (root.form, root.unknown, root.unknown_arm) == ("if", "no", None)
    assert isinstance(root.yes, core.LeafNode)
    assert root.yes.outcome == "none"
    rest = root.no
    assert isinstance(rest, core.IfNode)
    assert (rest.form, rest.unknown, rest.unknown_arm) == ("unless", "no", None)
    assert isinstance(rest.yes, core.LeafNode)
    assert isinstance(rest.no, core.LeafNode)
    assert (rest.yes.outcome, rest.no.outcome) == ("platform", "service")


@pytest.mark.parametrize(
    ("arms", "unknown"),
    [
        ("    yes: none ref guide#G1\n    no: service ref guide#G1\n", "none"),
        ("    yes: none ref guide#G1\n    no, unknown: service ref guide#G1\n", "no"),
        ("    yes, unknown: none ref guide#G1\n    no: service ref guide#G1\n", "yes"),
        (
            "    yes: none ref guide#G1\n    no: service ref guide#G1\n"
            '    unknown: hold "say it"\n',
            "own",
        ),
    ],
)
def test_an_unknown_arm_is_its_own_or_shared(arms: str, unknown: str) -> None:
    text = "input explain : flag from workload.needs.explain\n"
    root = one(text + "decision tree choice : tier\n  if explain\n" + arms).trees["choice"].root

    assert isinstance(root, core.IfNode)
    assert unknown == root.unknown
    assert (unknown == "own") == isinstance(root.unknown_arm, core.HoldNode)


def test_a_table_is_cases_guarded_by_its_cells() -> None:
    define = one(
        "input explain : flag from workload.needs.explain\n"
        "input task : task from workload.task\n"
        "input required : % from workload.quality.required_pct\n"
        "enum task from workload.task\n"
        "table host : tier unique ref guide#G1\n"
        "  | explain | task | required |\n"
        "  | yes | {ocr, churn} | >= 90 % | -> platform\n"
        "  | -   | sentiment    | 85 %    | -> service ref guide#G2\n"
        "  | -   | -            | -       | -> none\n"
    ).defines["host"]

    assert isinstance(define.body, core.Choose)
    assert (define.body.strategy, define.body.otherwise, define.kind) == ("unique", None, "table")
    first, second, third = define.body.cases
    assert operators(first.guard) == ["and", "is", "in", ">="]
    assert operators(second.guard) == ["and", "is", "="]
    assert second.refs == ("guide#G2",)
    assert isinstance(third.guard, core.Const)
    assert third.guard.value is True


def test_collect_gathers_a_set() -> None:
    define = one(
        "enum duty : a, b\n"
        "input explain : flag from workload.needs.explain\n"
        "table duties : set of duty collect ref guide#G1\n"
        "  | explain |\n"
        "  | yes | -> a\n"
        "  | -   | -> b\n"
    ).defines["duties"]

    assert str(define.type) == "set of duty"
    assert isinstance(define.body, core.Choose)
    assert [str(case.value.type) for case in define.body.cases] == ["duty", "duty"]


def test_collect_list_keeps_an_order_and_by_priority_that_of_the_words() -> None:
    defines = one(
        "enum duty : a, b\n"
        "input explain : flag from workload.needs.explain\n"
        "table written : list of duty collect list ref guide#G1\n"
        "  | explain |\n"
        "  | yes | -> b\n"
        "  | -   | -> a\n"
        "  | otherwise | -> b\n"
        "table ranked : list of duty collect list by priority ref guide#G1\n"
        "  | explain |\n"
        "  | yes | -> b\n"
        "  | -   | -> a\n"
    ).defines

    def given(name: str) -> list[object]:
        body = defines[name].body
        assert isinstance(body, core.Choose)
        return [case.value.value for case in body.cases if isinstance(case.value, core.Const)]

    assert str(defines["written"].type) == "list of duty"
    assert given("written") == ["b", "a"]
    assert given("ranked") == ["a", "b"]


def test_values_are_in_base_units_and_keep_their_written_unit() -> None:
    bars = one(
        "threshold share : %\n  2026-01-01 = 85 % ref guide#G1\n"
        "threshold pace : USD/year\n  2026-01-01 = 24 USD/year ref guide#G1\n"
        "threshold wait : ms\n  2026-01-01 = 250 ms ref guide#G1\n"
    ).bars

    def value(name: str) -> object:
        constant = bars[name].lines[0].value
        assert isinstance(constant, core.Const)
        return constant.value, str(constant.type)

    assert (Fraction(85, 100), "%") == value("share")
    assert (Fraction(2), "USD/year") == value("pace")
    assert (Fraction(1, 4), "ms") == value("wait")


def test_dated_lines_are_in_order_of_their_dates() -> None:
    bar = one(
        "threshold share : %\n  2026-06-01 = 88 % ref guide#G1\n  2026-01-01 = 85 % ref guide#G1\n"
    ).bars["share"]

    since = [line.since for line in bar.lines]
    assert sorted(since) == since


def test_conversions_follow_the_power_of_the_dimension() -> None:
    define = one(
        "convert 1 month = 730 hour ref guide#G1\n"
        "define a : USD/month = 0.23 USD/hour as USD/month\n"
    ).defines["a"]

    assert isinstance(define.body, core.ConvertExpr)
    assert isinstance(define.body.operand, core.Const)
    assert isinstance(define.body.operand.value, Fraction)
    assert Fraction("167.9") == define.body.operand.value * define.body.factor
    assert define.body.converts == (0,)


def test_ranges_come_from_the_schema_or_are_declared() -> None:
    inputs = one(
        "convert 1 month = 730 hour ref guide#G1\n"
        "input required : % from workload.quality.required_pct\n"
        "input limit : ms from workload.latency_ms\n"
        "input volume : request/month from workload.volume.per_month\n"
        "  or workload.volume.per_day as request/month\n"
        "input some : request/month in 10 request/month .. from workload.volume.per_month\n"
        "input both : request/month from workload.volume.per_month or volume * 2\n"
    ).inputs

    def bounds(name: str) -> tuple[Fraction | None, Fraction | None, bool, bool]:
        found = inputs[name]
        return found.low, found.high, found.low_open, found.whole

    assert bounds("required") == (0, 1, False, False)
    assert bounds("limit") == (0, None, True, False)
    assert bounds("volume") == (0, None, False, False)
    assert bounds("some") == (10, None, False, True)
    assert bounds("both") == (0, None, False, False)


def test_a_keyed_input_says_for_which_keys_the_schema_has_nothing() -> None:
    assert frozenset({"a", "b", "c", "d"}) == one(KEYED).inputs["dev"].missing_keys


def test_a_shortlist_of_a_shortlist_goes_through_the_rows_of_the_catalogue() -> None:
    lists = one(
        "catalog offer by task ref guide#G1\n"
        "  | task : text | size : number |\n"
        "  | ocr | - |\n"
        "shortlist some of offer ref guide#G1\n"
        "  a : offer.task is ocr ref guide#G1\n"
        "shortlist few of some ref guide#G1\n"
        "  b : offer.size > 1 ref guide#G1\n"
    )

    assert (lists.shortlists["few"].table, lists.shortlists["few"].parent) == ("offer", "some")
    assert list(lists.catalogs["offer"].rows[0].cells) == ["task"]


def test_cited_clauses_and_documents_come_along() -> None:
    program = one("threshold a : %\n  2026-01-01 = 85 % ref guide#G1.1\n")

    assert list(program.clauses) == ["guide#G1", "guide#G1.1"]
    assert program.clauses["guide#G1.1"].text == "what G1.1 says"
    assert (program.sources["guide"].title, program.sources["guide"].sha256) == (
        "A small guide",
        "0" * 64,
    )


def test_a_test_holds_the_facts_of_what_it_is_like_first() -> None:
    test = one(
        'test "b"\n  like "a"\n  as_of 2026-02-01\n  given\n    workload.needs.explain = no\n'
        "  expect answer = service provisional unmet with product = x\n"
        'test "a"\n  given\n    workload.quality = {required_pct: 88}\n  expect decided\n'
    ).tests[1]

    assert test.title == "b"
    assert [fact.steps for fact in test.given] == [("quality",), ("needs", "explain")]
    assert [{"required_pct": Fraction(88)}, False] == [fact.value for fact in test.given]
    answer = test.expected[0]
    assert isinstance(answer, core.ExpectedAnswer)
    assert (
        answer.state,
        answer.status,
        answer.settings,
    ) == ("provisional", "unmet", (("product", "x"),))


# -- what is read from outside -------------------------------------------------------------


def test_needs_names_the_schema_and_the_sources() -> None:
    source = Source(
        "a.mlp",
        'manifest MLProject schema "x.json" of project, workload in workloads\n'
        'source b = "b.yaml"\nsource a = "a.yaml"\n',
    )

    assert Needs("x.json", {"a": "a.yaml", "b": "b.yaml"}, SCOPES) == needs(
        [(source, parse(source)[0])]
    )


def test_needs_are_those_of_the_first_declaration_by_the_name_of_its_file() -> None:
    texts = {
        "b.mlp": 'manifest MLProject schema "later.json" of project, workload in workloads\n'
        'source a = "later.yaml"\n',
        "a.mlp": 'source a = "first.yaml"\n'
        'manifest MLProject schema "first.json" of project, workload in workloads\n'
        'manifest MLProject schema "second.json" of project, workload in workloads\n'
        'source a = "second.yaml"\n',
    }
    sources = [Source(name, text) for name, text in texts.items()]

    assert Needs("first.json", {"a": "first.yaml"}, SCOPES) == needs(
        [(s, parse(s)[0]) for s in sources]
    )


def test_what_the_parser_could_not_read_is_not_told_again() -> None:
    source = Source(
        "a.mlp",
        "policy p 1.0.0 effective 2026-01-01\n"
        'manifest MLProject schema "x.json" of project, workload in workloads\ncurrency USD\n'
        "outcome tier = none\n"
        "enum size from\n"
        "define fee(tier) : USD/pice = = 1\n"
        "unit pice,\n"
        "define b : size = a\n"
        "define c : USD/pice = fee(none)\n"
        "define a : size is 1\n"
        "decision tree choice : tier\n  otherwise goto next\n"
        "tree next : tier\n  otherwise : none\n",
    )
    file, faults = parse(source)

    program, diagnostics = check(
        [(source, file)], schema=SCHEMA, ledgers={"guide": LEDGER}, digest=""
    )

    assert len(faults) == 6
    assert program is None
    assert [d.code for d in diagnostics] == ["MLP0212"]


def test_without_a_schema_or_a_ledger_nothing_is_reported_of_them() -> None:
    text = (
        "policy p 1.0.0 effective 2026-01-01\n"
        'manifest MLProject schema "x.json" of project, workload in workloads\n'
        'source guide = "g.yaml"\noutcome tier : none < service\n'
        "enum task from workload.task\n"
        "input task : task from workload.no.such\n"
        "input done : flag from workload.none\n"
        "records r from workload.list by key\n"
        "define fresh : flag = done and task is anything\n"
        "define newest : r = best r by day\n"
        "define high : flag = newest.value > 3\n"
        "decision tree choice : tier\n  otherwise : none ref guide#Z9\n"
    )
    source = Source("a.mlp", text)
    pairs = [(source, parse(source)[0])]

    program, diagnostics = check(pairs, schema=None, ledgers={}, digest="")

    assert program is None
    assert full(diagnostics) == ""
    assert check(pairs, schema=SCHEMA, ledgers={"guide": LEDGER}, digest="")[1]


def test_roundings_to_other_steps_are_other_expressions() -> None:
    """Equal expressions share an id; a step is a part of what they are."""
    bodies = [
        define.body
        for define in one(
            "input budget : USD/month from project.budget.monthly_usd\n"
            "define dime : USD/month = round(budget, 0.1 USD/month) ref guide#G1\n"
            "define cent : USD/month = round(budget, 0.01 USD/month) ref guide#G1\n"
            "define again : USD/month = round(budget, 0.01 USD/month) ref guide#G1\n"
        ).defines.values()
    ]
    again, cent, dime = bodies
    assert again.id == cent.id
    assert dime.id not in (-1, cent.id)


ALONE = (
    "policy p 1.0.0 effective 2026-01-01\n"
    'manifest MLProject schema "x.json" of project, workload in workloads\n'
    'source guide = "sources/guide.yaml"\n'
)


def alone(text: str) -> tuple[core.Program | None, tuple[Diagnostic, ...]]:
    source = Source("a.mlp", ALONE + text)
    file, faults = parse(source)
    assert not faults
    return check([(source, file)], schema=SCHEMA, ledgers={"guide": LEDGER}, digest="")


def test_a_policy_of_rules_and_figures_needs_no_outcome_and_no_tree() -> None:
    program, diagnostics = alone(
        "input explain : flag from workload.needs.explain\n"
        'rule r warn\n  when explain\n  say "r" ref guide#G1\n'
        "report explain\n"
    )

    assert diagnostics == ()
    assert program is not None
    assert (program.decision, program.outcome.members, list(program.reports)) == (
        "",
        (),
        ["explain"],
    )


def test_without_an_outcome_nothing_speaks_of_an_answer() -> None:
    program, diagnostics = alone('rule r warn\n  when answer is none\n  say "r" ref guide#G1\n')

    assert program is None
    assert [(d.code, d.message) for d in diagnostics] == [
        ("MLP0414", "`answer` stands for an answer, and this policy gives none")
    ]


def test_an_outcome_without_a_tree_and_a_tree_without_one_are_told() -> None:
    _, lacks_tree = alone("outcome tier : none < service\n")
    _, lacks_outcome = alone("decision tree t : tier\n  otherwise : none ref guide#G1\n")

    assert [d.code for d in lacks_tree] == ["MLP0403"]
    assert "MLP0401" in [d.code for d in lacks_outcome]
