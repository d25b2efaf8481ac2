"""What the generated policies are made of: every production of the grammar, every operator, every
kind of node. So a law that holds for them holds for the whole language."""

from __future__ import annotations

from collections import Counter
from dataclasses import is_dataclass
from random import Random

import pytest

from mlpolicy.core import program as core
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.visit import walk
from mlpolicy.source import Source
from mlpolicy.syntax.concrete import Branch
from mlpolicy.syntax.parse import _parser, parse_lossless
from tests.laws.generate import compile_policy, make_policy

_TESTS = """
test like as_of given for_workload fact bar_fact plain plain_list plain_map plain_entry expect
expect_answer word expect_settings expect_setting expect_possible expect_input expect_status
expect_state expect_value examples examples_heading given_column expected_column example answer_cell
impossible
"""
#: Rules of the grammar that no generated policy uses, with where they are tried.
ELSEWHERE = {
    "title": "means nothing: tests/render",
    "member_called": "means nothing, as a title",
    "question_of": "a question, which means nothing: tests/interview",
    "manifest_line": "which files are manifests: tests/cli/test_governing",
    "extends": "tests/check/cases/extensions, tests/policy/test_extensions",
    "sentences": "a text of several pieces in a cell: tests/laws/test_layout_law",
    "was": "which waivers count: tests/check/cases/names",
    "former": "a name of such a rule, as above",
    "record_column": "what an absent column means: tests/evaluate/test_records",
    # A test decides nothing: test_written holds that its rows expect what manifests are decided.
    **dict.fromkeys(_TESTS.split(), "tests/laws/test_written"),
}
#: A title, as above.
TITLES = {("shortlist_line", "STRING")}
#: Nodes that stand in no generated program: a base, the hole of a test, what is tried elsewhere.
BESIDES = {"Typed", "KeyHole", "Duty", "Extension", "GivenFact", "GivenBar", "PolicyTest"}


def _productions() -> set[tuple[str, str]]:
    """Each rule of the grammar with each terminal that stands directly in it."""
    return {
        (name, symbol.name)
        for rule in _parser().lark.rules
        if not (name := str(rule.alias or rule.origin.name)).startswith("_")
        for symbol in rule.expansion
        if symbol.is_term and not symbol.name.startswith("_")
    }


@pytest.mark.slow
def test_every_production_of_the_grammar_is_generated() -> None:
    """Each terminal of each rule stands in some generated policy, but where `ELSEWHERE` says where
    it is tried. The first policies that do so between them are enough."""
    found: Counter[tuple[str, str]] = Counter()
    wanted = {pair for pair in _productions() if pair[0] not in ELSEWHERE} - TITLES
    for seed in range(120):
        source = Source("a.mlp", "\n".join(make_policy(Random(seed))) + "\n")
        waiting = list(parse_lossless(source)[1])
        while waiting:
            branch = waiting.pop()
            for part in branch.parts:
                if isinstance(part, Branch):
                    waiting.append(part)
                else:
                    found[branch.rule, part.kind] += 1
        if all(found[pair] for pair in wanted):
            break
    assert len(wanted) > 200
    assert sorted(pair for pair in wanted if not found[pair]) == []
    assert [pair for pair in found if pair in TITLES or pair[0] in ELSEWHERE] == []


@pytest.mark.slow
def test_every_operator_and_every_node_is_generated() -> None:
    """Each operator, and each kind of node that means something, stands in one of the first
    programs."""
    kinds = {
        name
        for name, kind in vars(core).items()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == core.__name__
    }
    tests = {name for name in kinds if name.startswith("Expected")}
    wanted = {*OPERATORS, *(kinds - BESIDES - tests)}
    operators: Counter[str] = Counter()
    nodes: Counter[str] = Counter()
    for seed in range(60):
        program, _, _ = compile_policy("\n".join(make_policy(Random(seed))) + "\n")
        assert program is not None
        for node in walk(program):
            nodes[type(node).__name__] += 1
            if isinstance(node, core.Apply):
                operators[node.operator] += 1
        if wanted <= {*operators, *nodes}:
            break
    assert [name for name in OPERATORS if not operators[name]] == []
    assert {name for name in kinds if not nodes[name]} == BESIDES | tests
