"""What small policies decide, case by case; and that every construct shows in a trace."""

from __future__ import annotations

import pytest

from mlpolicy.core.decision import Decision
from tests.evaluate.evaluate_cases import HERE, decide, kinds, program_of, tell
from tests.mdcase import Case, Golden, for_each, pages

CASES = pages(HERE / "cases")


def decided(case: Case) -> Decision:
    return decide(program_of(case.one("mlp").text), case.one("yaml").text)


@for_each(CASES, fast=4)
def test_the_case_comes_out_as_told(case: Case, golden: Golden) -> None:
    golden.holds(case, "decision", tell(decided(case)))


#: The constructs to which the language gives a line in an explanation, and the kind of node
#: that tells each.
TELLING = {
    "policy": "policy",
    "source and ref": "threshold",
    "convert": "convert",
    "outcome": "leaf",
    "input": "input",
    "threshold": "threshold",
    "param": "param",
    "catalog": "row",
    "records": "best",
    "shortlist": "any",
    "shortlist, first": "first",
    "shortlist line": "line",
    "define": "define",
    "cost": "cost",
    "score": "score",
    "question": "question",
    "tree": "tree",
    "if": "if",
    "arm not taken": "arm",
    "goto": "goto",
    "hold": "hold",
    "table": "table",
    "table row": "case",
    "exception": "exception",
    "obligation": "obligation",
    "rule": "rule",
    "compare": "compare",
    "is": "is",
    "in": "in",
    "within": "within",
    "and": "and",
    "or": "or",
    "not": "not",
    "has": "has",
    "lookup": "lookup",
    "aggregate": "aggregate",
    "charge": "charge",
    "arithmetic": "arithmetic",
}


@pytest.mark.slow
def test_every_construct_that_has_a_line_shows_in_some_trace() -> None:
    seen: set[str] = set()
    for case in CASES:
        seen |= kinds(decided(case).trace)
    missing = {construct for construct, kind in TELLING.items() if kind not in seen}
    assert not missing, f"no case shows {sorted(missing)}"
