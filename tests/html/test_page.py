"""The page says what the decision says, is whole by itself, and lets nobody speak but us."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from mlpolicy.core.decision import Cost, CostLine, Decision, Finding, LineOrigin, SourceKind
from mlpolicy.core.notices import DividesByZero
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Program
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import Level, RuleState, Status, WaitsFor
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.render import titled
from mlpolicy.render.brief import cost_text
from mlpolicy.render.citations import origin_text
from mlpolicy.render.findings import freeing
from mlpolicy.render.graph import Graph, GraphEdge, GraphNode, Reached, Shape
from mlpolicy.render.html import _environment, page
from mlpolicy.render.html.tree import tree_map
from mlpolicy.render.ledger import ledgers
from mlpolicy.render.notices import say
from mlpolicy.render.style import plain
from mlpolicy.render.text import counts_line
from mlpolicy.render.words import source_name, source_value
from tests.html.html_support import (
    AS_OF,
    LARGEST,
    OTHERS,
    ROOT,
    SCENARIOS,
    document,
    flat,
    html,
    manifest,
    pairs,
    parsed,
    root,
    words,
)
from tests.scopes import SCOPES

pytestmark = pytest.mark.slow

NAMES = [*SCENARIOS, LARGEST, *OTHERS]
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202e<img src=x onerror=alert(2)>"


# ── Whole by itself ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_nothing_and_runs_nothing(name: str) -> None:
    text = html(name)
    page_ = parsed(text)
    for element in page_.iter():
        assert element.tag not in ("script", "link", "iframe", "img", "object", "embed", "base")
        for attribute, value in element.items():
            assert not attribute.lower().startswith("on"), attribute
            if attribute in ("href", "{http://www.w3.org/1999/xlink}href"):
                assert value.startswith("#"), value
            assert attribute != "src"
    style = "".join(element.text or "" for element in page_.iter("style"))
    assert set(re.findall(r"url\((.*?)\)", style)) <= {"#hatch"}
    assert "@import" not in style
    policies = [
        element.get("content", "")
        for element in page_.iter("meta")
        if element.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("names", [*([name] for name in NAMES), SCENARIOS])
def test_every_name_on_the_page_is_one_and_every_link_arrives(names: list[str]) -> None:
    page_ = root(*names)
    ids = Counter(element.get("id") for element in page_.iter() if element.get("id"))
    assert [name for name, number in ids.items() if number > 1] == []
    wanted = [element.get("href", "").removeprefix("#") for element in page_.iter("a")]
    wanted += [
        name
        for element in page_.iter()
        for attribute in ("aria-labelledby", "aria-describedby")
        for name in element.get(attribute, "").split()
    ]
    assert [name for name in wanted if name not in ids] == []


@pytest.mark.parametrize("names", [pytest.param([LARGEST], marks=pytest.mark.slow), SCENARIOS])
def test_headings_go_down_one_level_at_a_time(names: list[str]) -> None:
    page_ = root(*names)
    levels = [
        int(str(element.tag)[1])
        for element in page_.iter()
        if re.fullmatch("h[1-6]", str(element.tag))
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    for above, below in pairwise(levels):
        assert below <= above + 1


@pytest.mark.parametrize("name", [*SCENARIOS, LARGEST])
def test_every_drawing_says_in_words_what_it_shows(name: str) -> None:
    drawings = [element for element in root(name).iter() if element.tag.endswith("svg")]
    shown = [element for element in drawings if element.get("role") == "img"]
    assert shown
    for drawing in drawings:
        if drawing.get("role") == "img":
            titles = [child for child in drawing if child.tag.endswith("title")]
            assert len(titles) == 1
            assert words(titles[0])
        elif drawing.get("aria-hidden") != "true":
            # A part of a drawing that has a title.
            assert not list(drawing.itertext()) or drawing.get("overflow")


# ── What the decision says ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_of_the_decision_stands_on_the_page(name: str) -> None:
    said = words(root(name))
    whole = document(name)
    titles = pairs(name)[0][0].titles

    def stands(*facts: str | None) -> None:
        for fact in facts:
            assert fact is None or flat(fact) in said, fact

    policy, about = whole["policy"], whole["manifest"]
    stands(policy["name"], policy["version"], policy["digest"], policy["meaning"])
    stands(about["path"], about["name"], about["digest"], whole["as_of"], whole["verdict"])
    for workload in whole["workloads"]:
        stands(workload["name"], workload["status"], workload["hold"], workload["error"])
        for choice in [workload["choice"], *workload["possible"]]:
            if choice is not None:
                stands(titled.outcome(choice["outcome"], titles))
        if workload["choice"] is not None:
            stands(*workload["choice"]["because"], *workload["choice"]["refs"])
            stands(workload["choice"]["title"], workload["choice"]["outcome"])
            stands(workload["choice"].get("service"), workload["choice"].get("approach"))
        for settle in workload["settled_by"]:
            stands(settle["path"], settle["ask"])
            if len({tuple(split["possible"]) for split in settle["when"]}) > 1:
                stands(*(split["answer"] for split in settle["when"]))
        stands(*workload["irrelevant"])
        for assumed in workload["assumed"]:
            stands(assumed["path"], assumed["value"], *assumed["refs"])
        for duty in workload["obligations"]:
            stands(duty["id"], duty["text"], duty["state"], *duty["refs"], *duty["needs"])
        stands(*(workload["plan"] or {}).values())
    for finding in whole["findings"]:
        stands(finding["rule"], finding["level"])
        # One of the facts that it waits for is that by which it is told.
        assert not finding["needs"] or any(flat(need) in said for need in finding["needs"])
        if finding["state"] != "waiting":
            stands(finding["say"], finding["fix"], *finding["refs"])
            at = finding["at"]
            if at is not None:
                stands(f":{at['line']}:{at['column']}")
        if finding["waiver"] is not None:
            waiver = finding["waiver"]
            stands(waiver["id"], waiver["approved_by"], waiver["expires_on"], waiver["reason"])
    counts = whole["counts"]
    stands(f"{counts['fired']} fired", f"{counts['waiting']} waiting", f"of {counts['rules']} rule")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_every_cost_stands_on_the_page(name: str) -> None:
    said = words(root(name))
    ((decision, _),) = pairs(name)
    for workload in decision.workloads:
        for cost in workload.costs:
            for line in cost.lines:
                name_ = line.name.removesuffix(f"({cost.outcome})")
                assert decision.titles.value(name_) in said
                if line.high is not None:
                    assert decimal_text(line.low, 2) in said
                    assert decimal_text(line.high, 2) in said
                for source in line.sources:
                    if source.kind is not SourceKind.MISSING:
                        assert flat(source_name(source)) in said
                        assert flat(source_value(source)) in said


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_that_is_cited_is_told(name: str) -> None:
    page_ = root(name)
    ((decision, _),) = pairs(name)
    told = {
        words(entry.find("dt")): words(entry.find("dd"))  # type: ignore[arg-type]
        for element in page_.iter("dl")
        if element.get("class") == "clauses"
        for entry in element
    }
    for ref, text in told.items():
        assert text.startswith(flat(decision.clauses[ref].text))
        assert flat(origin_text(decision.clauses[ref])) in text
    conclusions = {
        ref
        for workload in decision.workloads
        if workload.choice is not None
        for ref in workload.choice.refs
    } | {ref for finding in decision.findings if finding.state == "fired" for ref in finding.refs}
    assert conclusions & set(decision.clauses) <= set(told)


@pytest.mark.parametrize("name", NAMES)
def test_ledgers_add_up_or_give_no_total(name: str) -> None:
    """Read off the page, as a reader with a pencil would."""
    for table in root(name).iter("table"):
        if table.get("class") != "ledger":
            continue
        body, foot = table.find("tbody"), table.find("tfoot")
        assert body is not None
        assert foot is not None
        amounts = [words(row.find("td")) for row in body]  # type: ignore[arg-type]
        label, total = (words(cell) for cell in next(iter(foot)))
        if label.startswith("Not the total"):
            assert "unknown" in amounts or any("at least" in amount for amount in amounts)
            assert total == "unknown" or total.startswith("at least ")
        else:
            assert label.startswith("Total")
            ends = [_ends(amount) for amount in amounts]
            assert _ends(total) == (sum(low for low, _ in ends), sum(high for _, high in ends))


def _ends(amount: str) -> tuple[Decimal, Decimal]:
    low, _, high = amount.replace(",", "").partition(" .. ")
    return Decimal(low), Decimal(high or low)


def test_a_bar_with_something_missing_is_said_to_be_no_total() -> None:
    missing = shown = 0
    for name in NAMES:
        for figure in root(name).iter("figure"):
            if figure.get("class") != "chart":
                continue
            for bar in figure.iter("li"):
                said = words(bar)
                shown += 1
                if "missing" in said:
                    missing += 1
                    assert "Missing: " in said
                    assert re.search(r"not known.*: \d+ figures? missing", said)
                    assert any(child.get("class") == "open-end" for child in bar.iter())
                else:
                    assert "not known" not in said
    assert 0 < missing < shown


def test_estimates_are_drawn_from_the_least_to_the_most() -> None:
    ((decision, program),) = pairs("waived")
    (workload,) = decision.workloads
    cost = workload.costs[0]
    wide = replace(cost.lines[0], low=Fraction(1000), high=Fraction(3000))
    rest = sum((line.low for line in cost.lines[1:]), Fraction(0))
    ranged = replace(cost, lines=(wide, *cost.lines[1:]), low=rest + 1000, high=rest + 3000)
    text = page([(_with_costs(decision, ranged), program)])
    low, high = decimal_text(rest + 1000, 2), decimal_text(rest + 3000, 2)
    assert f"{low} .. {high} USD" in words(parsed(text))
    assert 'class="reach"' in text
    assert text.count('class="whisker"') >= 2


def test_a_saving_is_not_drawn_as_a_cost() -> None:
    """Lines of which one is negative do not stand side by side; their sum does."""
    ((decision, program),) = pairs("waived")
    (workload,) = decision.workloads
    cost = workload.costs[0]
    saved = replace(cost.lines[0], low=Fraction(-500), high=Fraction(-500))
    rest = sum((line.low for line in cost.lines[1:]), Fraction(0))
    less = replace(cost, lines=(saved, *cost.lines[1:]), low=rest - 500, high=rest - 500)
    page_ = parsed(page([(_with_costs(decision, less), program)]))
    assert "-500.00" in words(page_)
    drawn = [each.get("width") for each in page_.iter() if "series-0" in each.get("class", "")]
    assert drawn


def _with_costs(decision: Decision, *costs: Cost) -> Decision:
    (workload,) = decision.workloads
    return replace(decision, workloads=(replace(workload, costs=costs),))


def test_one_workload_alone() -> None:
    ((decision, program),) = pairs(LARGEST)
    first, *others = [workload.name for workload in decision.workloads]
    page_ = parsed(page([(decision, program)], workload=first))
    headings = [words(element) for element in page_.iter("h2")]
    assert f"workload {first}" in headings
    assert not [name for name in others if f"workload {name}" in headings]


def test_several_manifests_are_one_page_with_a_table_of_contents() -> None:
    page_ = root(*SCENARIOS)
    (contents,) = (each for each in page_.iter("nav"))
    for name in SCENARIOS:
        assert document(name)["manifest"]["name"] in words(contents)
    clauses = [
        words(next(iter(entry)))
        for each in page_.iter("dl")
        if each.get("class") == "clauses"
        for entry in each
    ]
    assert len(clauses) == len(set(clauses))  # one policy, so its clauses once
    assert f"{len(SCENARIOS)} manifests" in [words(each) for each in page_.iter("h1")]


def test_a_workload_in_error_says_so_and_shows_no_path() -> None:
    ((decision, program),) = pairs("waived")
    (workload,) = decision.workloads
    failed = replace(
        workload,
        status=Status.ERROR,
        error=DividesByZero("a / b", sure=True),
        choice=None,
        possible=(),
        costs=(),
        trace=Step(kind=StepKind.WORKLOAD, name=workload.name),
    )
    said = words(parsed(page([(replace(decision, workloads=(failed,)), program)])))
    assert "a / b divides by zero" in said.replace("`", "")
    assert "Taken: none." in said


def test_a_workload_on_hold_says_why_and_what_is_possible() -> None:
    ((decision, program),) = pairs("undecided")
    first = decision.workloads[0]
    held = replace(first, status=Status.HELD, hold="ask the board first", choice=None)
    page_ = parsed(page([(replace(decision, workloads=(held,)), program)]))
    (answer,) = (
        each for each in page_.iter("div") if each.get("class") == "first-answer look-held"
    )
    assert words(answer) == "Answer ask the board first held"
    assert "Why possible: " in words(page_)


# ── What a reader asks first ─────────────────────────────────────────────────────────────


def cover(name: str) -> Element:
    return next(each for each in root(name).iter("header") if "cover" in each.get("class", ""))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_begins_with_answer_cost_what_stops_it_and_what_is_next(name: str) -> None:
    ((decision, _),) = pairs(name)
    said = words(cover(name))
    assert decision.verdict.value in said
    places = [said.index(decision.manifest_name)]
    for workload in decision.workloads:
        if workload.choice is not None:
            assert titled.answer(workload.choice, decision.titles) in said
            assert flat("; ".join(workload.choice.because)) in said
        for cost in ledgers(workload):
            assert cost_text(cost) in said
    fired = [f for f in decision.findings if f.state == "fired" and f.level == "block"]
    for finding in fired[:1]:
        places.append(said.index("What stops it"))
        assert flat(say(finding)) in said
    places.append(said.index("Next "))
    assert places == sorted(places)
    assert "nothing is left to do" not in said.lower() or not fired


@pytest.mark.parametrize("name", NAMES)
def test_findings_stand_before_the_path_and_costs_before_the_margins(name: str) -> None:
    for section in root(name).iter("section"):
        if section.get("class") != "workload":
            continue
        titles = [words(each) for each in section.iter() if re.fullmatch("h[3-4]", str(each.tag))]
        order = ["Findings", "Cost of each option", "The path", "Margins"]
        found = [titles.index(each) for each in order if each in titles]
        assert found == sorted(found)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_feasible_is_never_green(name: str) -> None:
    """Nor has a `yes` or a `no` of the path a colour of its own."""
    for element in root(name).iter():
        looks = element.get("class", "").split()
        if "no feasible option" in words(element) and "look-decided" in looks:
            assert element.tag in ("section", "header", "article")
        assert not {"look-yes", "look-no"} & set(looks)
    style = "".join(each.text or "" for each in root(name).iter("style"))
    assert not re.search(r"truth-(yes|no)[^}]*(green|red)", style)


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_is_told_by_its_sentence(name: str) -> None:
    ((decision, _),) = pairs(name)
    sentences = {flat(say(each)) for each in decision.findings}
    for item in root(name).iter("li"):
        if item.get("class", "").startswith("finding look-") and item.get("id"):
            (heading,) = (each for each in item if re.fullmatch("h[3-6]", str(each.tag)))
            assert any(words(heading).endswith(sentence) for sentence in sentences)


@pytest.mark.parametrize("name", NAMES)
def test_every_check_that_waits_is_told_once_and_the_counts_agree(name: str) -> None:
    ((decision, _),) = pairs(name)
    waiting = [each for each in decision.findings if each.state == "waiting"]
    told = [
        words(rule)
        for table in root(name).iter("table")
        if "waiting" in table.get("class", "")
        for rule in table.iter("span")
        if rule.get("class") == "rule"
    ]
    assert set(told) == {each.rule for each in waiting}
    groups = [*freeing([f for f in waiting if f.level == "advise"], SCOPES)]
    groups += freeing([f for f in waiting if f.level != "advise"], SCOPES)
    assert len(told) == sum(len(group.checks) for group in groups)
    assert sum(len(e.findings) for group in groups for e in group.checks) == len(waiting)
    assert plain(counts_line(decision)) in words(root(name))


def test_the_fact_that_frees_most_stands_first() -> None:
    def waits(rule: str, *steps: str) -> Finding:
        needs = tuple(FieldPath(SCOPES.shared, (step,)) for step in steps)
        return Finding(
            rule=rule,
            level=Level.BLOCK,
            state=RuleState.WAITING,
            workload=None,
            say="",
            fix="",
            refs=(),
            needs=needs,
            at=None,
            rule_at=None,
            waits_for=WaitsFor.TEAM,
        )

    found = freeing([waits("a", "x"), waits("b", "y", "z"), waits("c", "z"), waits("d")], SCOPES)
    assert [(str(each.fact), [told.rule for told in each.checks]) for each in found] == [
        ("project.z", ["b", "c"]),
        ("project.x", ["a"]),
        ("None", ["d"]),
    ]
    assert [list(map(str, each.also)) for each in found] == [["project.y"], [], []]


# ── Nobody else speaks ───────────────────────────────────────────────────────────────────


def test_what_others_wrote_is_shown_and_never_obeyed() -> None:
    ((decision, program),) = pairs("waived")
    text = page([(_poisoned(decision), program)])
    _harmless(text)
    assert text.count("&lt;script&gt;") > 30
    assert "\\u001b" in text
    assert "\\u202e" in text


def _poisoned(decision: Decision) -> Decision:
    """A decision in which every text that comes from a file is hostile."""
    (workload,) = decision.workloads
    renamed = f"{workload.name}{HOSTILE}"
    assert workload.choice is not None

    def line(each: CostLine) -> CostLine:
        return replace(
            each, name=f"{each.name}{HOSTILE}", origin=LineOrigin(SourceKind.STATED, (HOSTILE,))
        )

    def trace(step: Step) -> Step:
        text = f"{step.text}{HOSTILE}" if step.text else ""
        name = (
            f"{step.name}{HOSTILE}" if step.kind in ("input", "threshold", "define") else step.name
        )
        return replace(step, text=text, name=name, children=tuple(map(trace, step.children)))

    return replace(
        decision,
        manifest_name=HOSTILE,
        manifest_path=HOSTILE,
        workloads=(
            replace(
                workload,
                name=renamed,
                choice=replace(workload.choice, because=(HOSTILE,), outcome=HOSTILE),
                irrelevant=(FieldPath(SCOPES.each, (HOSTILE,)),),
                assumed=tuple(replace(each, name=HOSTILE) for each in workload.assumed),
                obligations=tuple(replace(each, text=HOSTILE) for each in workload.obligations),
                costs=tuple(
                    replace(cost, outcome=HOSTILE, lines=tuple(map(line, cost.lines)))
                    for cost in workload.costs
                ),
                plan={"outcome": HOSTILE},
                trace=trace(workload.trace),
            ),
        ),
        findings=tuple(
            replace(each, say=HOSTILE, fix=HOSTILE, workload=each.workload and renamed)
            for each in decision.findings
        ),
        waivers=tuple(replace(each, reason=HOSTILE, owner=HOSTILE) for each in decision.waivers),
        clauses={
            ref: replace(clause, text=HOSTILE, source=HOSTILE, because=HOSTILE)
            for ref, clause in decision.clauses.items()
        },
        sources=tuple(replace(each, title=HOSTILE, published=HOSTILE) for each in decision.sources),
    )


def test_nor_is_what_stands_in_a_drawing() -> None:
    nodes = (
        GraphNode(id="tree_a", kind=Shape.TREE, text=f"a{HOSTILE}", state=Reached.TAKEN),
        GraphNode(
            id="tree_a_1",
            kind=Shape.OUTCOME,
            text=f"b{HOSTILE}",
            status=HOSTILE,
            detail=(HOSTILE,),
            state=Reached.TAKEN,
        ),
    )
    edge = GraphEdge(source="tree_a", target="tree_a_1", arm=(), state=Reached.TAKEN)
    drawn = tree_map(Graph(HOSTILE, nodes, (edge,)), Titles())
    module = _environment().get_template("tree.html.j2").module
    text = str(module.map(drawn, "m"))  # type: ignore[attr-defined]
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_a_manifest_cannot_put_markup_on_the_page(tmp_path: Path) -> None:
    """From the file to the page, through everything in between."""
    path = tmp_path / "mlproject.yaml"
    source = manifest("infeasible").read_text()
    assert "the supplier suggested it" in source
    hostile = "'<b>bold</b><script>alert(1)</script> & more'"
    path.write_text(source.replace("the supplier suggested it", hostile))
    from mlpolicy.cli.judging import Options, judge

    judged = judge([str(path)], Options(as_of=AS_OF))
    text = page([(each.decision, each.program) for each in judged.judgements])
    _harmless(text)
    assert "<b>bold</b><script>alert(1)</script> & more" in words(parsed(text))


def _harmless(text: str) -> None:
    page_ = parsed(text)
    assert "<script" not in text
    for element in page_.iter():
        assert element.tag not in ("script", "img")
        assert not [name for name in element.keys() if name.startswith("on")]  # noqa: SIM118


# ── The same bytes ───────────────────────────────────────────────────────────────────────


def test_the_same_inputs_give_the_same_bytes() -> None:
    """In other processes, with other hash seeds, languages and time zones."""
    found = []
    for seed, language, zone in (("1", "C", "UTC"), ("77", "de_DE.UTF-8", "Asia/Tokyo")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "LC_ALL": language,
            "TZ": zone,
        }
        command = [sys.executable, "-m", "mlpolicy", "explain", "--format", "html"]
        path = manifest("call-sentiment").relative_to(ROOT)
        done = subprocess.run(
            [*command, "--as-of", AS_OF, str(path)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=True,
        )
        found.append(done.stdout)
    assert found[0] == found[1]
    assert found[0].startswith(b'<!doctype html>\n<html lang="en">')
    assert b"\r" not in found[0]


def test_an_empty_list_is_a_page_too() -> None:
    assert "0 manifests" in words(parsed(page([])))


def test_the_program_and_the_decision_are_left_as_they_were() -> None:
    pair: tuple[Decision, Program] = pairs("waived")[0]
    before = repr(pair[0])
    assert page([pair]) == page([pair])
    assert repr(pair[0]) == before
