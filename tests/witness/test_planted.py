"""What is planted in drawn policies is found, nothing is found that is not there, and every witness
is a test that fails."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.check.passes import check
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Severity
from mlpolicy.render.manifest import skeleton
from mlpolicy.render.witness import witness_test
from mlpolicy.schema import Schema, load_schema
from mlpolicy.soundness import soundness
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from mlpolicy.testing import PROJECT, run_test
from mlpolicy.witness import goals
from mlpolicy.witness.analysis import analysed
from mlpolicy.witness.findings import Analysis, Kind
from mlpolicy.witness.ground import prepared
from tests.laws.choices import LEDGER
from tests.policy.policy_support import REPO
from tests.profiles import examples
from tests.scopes import SCOPES
from tests.witness.planted import (
    HEAD,
    TAIL,
    Step,
    cases,
    draw_cell,
    draw_rows,
    draw_tree,
    table_text,
    taken,
    tree_text,
)

VALID = "facts that make a valid manifest"


@cache
def schema() -> Schema:
    return load_schema((REPO / "schemas" / "mlproject.v1.schema.json").read_bytes(), SCOPES)


def compiled(*texts: str) -> Program | None:
    """The program of some files; None where a check refuses it."""
    files = [
        (source := Source(f"f{n}.mlp", text), parse(source)[0]) for n, text in enumerate(texts)
    ]
    program, found = check(files, schema=schema().raw, ledgers={"guide": LEDGER}, digest="sha256:0")
    told = (*found, *(soundness(program) if program is not None else ()))
    return None if any(d.severity is Severity.ERROR for d in told) else program


def analysis_of(text: str) -> Analysis | None:
    program = compiled(text)
    if program is None:
        return None
    ground = prepared(program, schema(), skeleton(schema(), PROJECT))
    assert ground is not None
    found = analysed(ground)
    holds_as_tests(text, found)
    return found


def holds_as_tests(text: str, found: Analysis) -> None:
    """Every witness, written as a test and read with the policy, fails, and its manifest is
    valid."""
    for finding in found.findings:
        if finding.witness is None:
            assert finding.proof is not None
            continue
        written = witness_test(finding)
        program = compiled(text, written)
        assert program is not None, written
        result = run_test(program.tests[-1], program, schema())
        assert not result.passed, written
        assert VALID not in {failure.expected for failure in result.failures}, written


def kinds(found: Analysis) -> set[Kind]:
    return {finding.kind for finding in found.findings}


@pytest.mark.slow
@examples(60)
@given(st.integers(0, 10**9))
def test_gaps_and_overlaps_of_drawn_tables_are_those_that_there_are(seed: int) -> None:
    rng = Random(seed)
    strategy, rows = rng.choice(("unique", "any", "first")), draw_rows(rng)
    found = analysis_of(f"{HEAD}{TAIL}{table_text(strategy, rows)}report drawn\n")
    matched = [[row for row in rows if row.matches(facts)] for facts in cases()]
    several = [each for each in matched if len(each) > 1]
    overlaps = {
        "unique": bool(several),
        "any": any(len({row.value for row in each}) > 1 for each in several),
        "first": False,
    }[strategy]
    if found is None:
        # A row that is never the first, or never reached at all, is refused by the check.
        firsts = [each[0] for each in matched if each]
        assert overlaps or any(all(row is not one for one in firsts) for row in rows)
        return
    assert (Kind.GAP in kinds(found)) is not all(matched)
    assert (Kind.OVERLAP in kinds(found)) is overlaps
    assert not [each for each in found.unsettled if each.kind in (Kind.GAP, Kind.OVERLAP)]


@examples(60)
@given(st.integers(0, 10**9))
def test_the_dead_arms_of_drawn_trees_are_those_that_no_case_takes(seed: int) -> None:
    rng = Random(seed)
    root = draw_tree(rng, 4)
    text, order = tree_text(root)
    found = analysis_of(f"{HEAD}{text}")
    if found is None or not isinstance(root, Step):
        return
    reached = {arm for facts in cases() for arm in taken(root, facts)}
    lines = {}
    program = compiled(f"{HEAD}{text}")
    assert program is not None
    number = len(f"{HEAD}".splitlines())
    steps = iter(order)
    for at, line in enumerate(text.splitlines(), number + 1):
        if " if " in f" {line.strip()} " and line.strip().startswith(("if ", "yes: if", "no: if")):
            lines[at] = next(steps)
    dead = {
        (line, word)
        for line, step in lines.items()
        for word, holds in (("yes", True), ("no", False))
        if (id(step), holds) not in reached
        and any((id(step), each) in reached for each in (True, False))
    }
    told = {
        (each.place.line, each.said.rpartition(": ")[2])
        for each in found.findings
        if each.kind is Kind.ARM
    }
    left = {
        (each.place.line, each.said.rpartition(": ")[2])
        for each in found.unsettled
        if each.kind is Kind.ARM
    }
    assert told <= dead, "a live arm is said to be dead"
    assert dead <= told, "a dead arm is not found"
    assert not left - {
        (line, word)
        for line, step in lines.items()
        for word in ("yes", "no")
        if (id(step), word == "yes") not in reached
    }


@examples(60)
@given(st.integers(0, 10**9))
def test_rules_that_never_or_always_fire_are_those_that_do(seed: int) -> None:
    rng = Random(seed)
    cells = [draw_cell(rng) for _ in range(rng.randrange(1, 4))]
    negated = [rng.random() < 0.4 for _ in cells]
    joined = rng.choice(("and", "or"))
    when = f" {joined} ".join(
        f"not ({cell.hidden})" if is_not else f"({cell.hidden})"
        for cell, is_not in zip(cells, negated, strict=True)
    )
    text = f'{HEAD}{TAIL}rule drawn advise\n  when {when}\n  say "so" ref guide#C1\n'
    found = analysis_of(text)
    join = all if joined == "and" else any
    fires = {
        join(cell.holds(facts) is not no for cell, no in zip(cells, negated, strict=True))
        for facts in cases()
    }
    if found is None:
        assert len(fires) == 1
        return
    left = {each.kind for each in found.unsettled}
    assert (Kind.NEVER in kinds(found) | left) is (fires == {False})
    if Kind.ALWAYS in kinds(found):
        assert fires == {True}
    assert Kind.NEVER not in kinds(found) or fires == {False}


def test_the_laws_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a row that matches is taken for one that does not, a witness passes as a test."""
    monkeypatch.setattr(goals, "negate", lambda truth: truth)
    rows = draw_rows(Random(3))
    assert not all(any(row.matches(facts) for row in rows) for facts in cases())
    with pytest.raises(AssertionError):
        holds(f"{HEAD}{TAIL}{table_text('first', rows)}report drawn\n")


def holds(text: str) -> None:
    found = analysis_of(text)
    assert found is not None
    assert Kind.GAP in kinds(found)
