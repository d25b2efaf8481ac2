"""What small policies decide, case by case; and that every construct shows in a trace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.evaluate.evaluate_cases import HERE, Case, decide, kinds, program_of, read_cases, tell

FILES = sorted((HERE / "cases").glob("*.md"))
CASES = [(path, case) for path in FILES for case in read_cases(path)]


@pytest.mark.parametrize(("path", "case"), CASES, ids=[c.title for _, c in CASES])
def test_the_case_comes_out_as_told(path: Path, case: Case) -> None:
    told = tell(decide(program_of(case.policy), case.manifest))
    if os.environ.get("MLPOLICY_REWRITE"):
        _rewrite(path, case, told)
        return
    assert told == case.told


def _rewrite(path: Path, case: Case, told: str) -> None:
    text = path.read_text("utf-8")
    title = case.title.split(": ", 1)[1]
    start = text.index(f"## {title}\n")
    end = text.find("\n## ", start)
    end = len(text) if end < 0 else end
    section = text[start:end]
    before = section[: section.index("```text\n")] if "```text\n" in section else section
    block = f"{before.rstrip()}\n```text\n{told}```\n"
    path.write_text(text[:start] + block + text[end:], "utf-8")


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
    "records": "latest",
    "shortlist": "any",
    "shortlist, first": "first",
    "shortlist line": "line",
    "define": "define",
    "formula": "formula",
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


def test_every_construct_that_has_a_line_shows_in_some_trace() -> None:
    seen: set[str] = set()
    for _, case in CASES:
        seen |= kinds(decide(program_of(case.policy), case.manifest).trace)
    missing = {construct for construct, kind in TELLING.items() if kind not in seen}
    assert not missing, f"no case shows {sorted(missing)}"
