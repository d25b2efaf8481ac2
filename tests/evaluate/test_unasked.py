"""Rules that nobody asks about are judged only where one of their parts may end in an error."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import pytest

from mlpolicy.core.program import Program
from mlpolicy.core.terms import RuleState
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from tests.evaluate.evaluate_cases import SCHEMA, program_of

FIRST, BEFORE = date(2026, 1, 1), date(2025, 12, 31)  # the policy's first day, and the one before

PARTED = """\
input weight : kg from workload.weight_kg
param box : kg/parcel
  {since} = 5 kg/parcel ref guide#G1
define boxes : parcel = ceil(weight / {by}) ref guide#G1
rule many advise
  when boxes > 3 parcel
  say "{{boxes}}" ref guide#G1
"""


@cache
def parted(since: str, by: str) -> Program:
    return program_of(PARTED.format(since=since, by=by))


def found(program: Program, day: date, rules: frozenset[str] | None) -> set[str]:
    """Which rules were judged, and the findings of the engine itself."""
    text = b"project: p\nworkloads:\n  - {name: a, weight_kg: 30}\n"
    (document,), _ = load(text, "m.yaml", SCHEMA)
    decision = decide_document(program, document, as_of=day, today=day, rules=rules)
    judged = {result.rule for result in decision.results}
    failed = {"error" for workload in decision.workloads if workload.error is not None}
    return judged | failed | {f.rule for f in decision.findings if f.rule == "possible_fault"}


@pytest.mark.parametrize(
    ("since", "by", "day", "judged"),
    [
        ("2026-01-01", "box", FIRST, set()),  # its value of that day is not zero
        ("2026-01-01", "box", BEFORE, {"error"}),  # it has none yet
        ("2026-01-02", "box", FIRST, {"error"}),
        ("2026-01-01", "max(box, 1 kg/parcel)", BEFORE, {"error"}),
        ("2026-01-01", "max(box, 1 kg/parcel)", FIRST, set()),  # at least one
        ("2026-01-01", "max(box, 0 kg/parcel)", FIRST, {"many"}),  # that it is 5 is not looked into
    ],
)
def test_a_rule_that_may_err_is_judged_though_nobody_asks(
    since: str, by: str, day: date, judged: set[str]
) -> None:
    program = parted(since, by)
    assert found(program, day, frozenset()) == judged
    assert found(program, day, None) - {"many"} == judged - {"many"}


def test_a_rule_that_is_asked_about_is_judged() -> None:
    program = parted("2026-01-01", "box")
    assert "many" in found(program, FIRST, frozenset({"many"}))
    (document,), _ = load(
        b"project: p\nworkloads:\n  - {name: a, weight_kg: 30}\n", "m.yaml", SCHEMA
    )
    decision = decide_document(
        program, document, as_of=FIRST, today=FIRST, rules=frozenset({"many"})
    )
    assert [result.state for result in decision.results] == [RuleState.FIRED]


LOOKED_UP = """\
input kind : kind from workload.kind
enum kind from workload.kind
catalog rate by kind ref guide#G2
  | kind : kind | each : USD/parcel |
  | letter      | 1 USD/parcel      |
  | parcel      | 2 USD/parcel      |
decision tree choice : way
  if kind is pallet : own_van because "too big" ref guide#G1
  otherwise : post because "small" ref guide#G1
rule dear advise
{guard}  when {when}
  say "{{rate[kind].each}}" ref guide#G1
"""


@cache
def looking_up(guard: str, when: str) -> Program:
    return program_of(LOOKED_UP.format(guard=guard, when=when))


def judged_of(program: Program, kind: str, rules: frozenset[str] | None) -> set[str]:
    """Which rules were judged, and whether the workload ended in an error."""
    text = f"project: p\nworkloads:\n  - {{name: a{kind}}}\n"
    (document,), _ = load(text.encode(), "m.yaml", SCHEMA)
    decision = decide_document(program, document, as_of=FIRST, today=FIRST, rules=rules)
    failed = {"error" for workload in decision.workloads if workload.error is not None}
    return {result.rule for result in decision.results} | failed


DEAR = "rate[kind].each > 1 USD/parcel"


@pytest.mark.parametrize(
    ("guard", "when", "kind", "judged"),
    [
        ("", DEAR, ", kind: parcel", set()),  # there is a row
        ("", DEAR, ", kind: pallet", {"error"}),  # there is none
        ("  for kind is letter\n", DEAR, ", kind: pallet", {"dear"}),  # which its guard leaves out
        ("  for rate has kind\n", DEAR, ", kind: pallet", set()),  # and this says beforehand
        ("", DEAR, "", set()),  # there may be one
        # With an answer that comes of pallets alone, there is none.
        ("", f"choice is own_van and {DEAR}", "", {"error"}),
        ("", f"choice is own_van and {DEAR}", ", kind: letter", set()),
    ],
)
def test_a_rule_is_judged_though_nobody_asks_where_a_row_is_missing(
    guard: str, when: str, kind: str, judged: set[str]
) -> None:
    program = looking_up(guard, when)
    assert judged_of(program, kind, frozenset()) == judged
    assert judged_of(program, kind, None) - {"dear"} == judged - {"dear"}


MANY = """\
input kind : kind from workload.kind
input heavy : kg from workload.weight_kg
enum kind from workload.kind
catalog rate by kind ref guide#G2
  | kind : kind | each : USD/parcel |
{rows}
define each : USD/parcel ref guide#G1
  when heavy > 3 kg : rate[kind].each
  otherwise         : 1 USD/parcel
{tree}
"""
TREES = (
    'decision tree choice : way\n  otherwise : post because "small" ref guide#G1',
    """\
decision tree choice : way
  if kind is pallet : own_van because "too big" ref guide#G1
  if heavy > 3 kg : courier because "heavy" ref guide#G1
  otherwise : post because "small" ref guide#G1""",
)
LOOKUP = "rate[kind].each > 1 USD/parcel"
CONDITIONS = (
    LOOKUP,
    f"answer is own_van and {LOOKUP}",
    f"choice is own_van or {LOOKUP}",
    f"kind is letter and {LOOKUP}",
    f"not (rate has kind) or {LOOKUP}",
    f"heavy > 3 kg and {LOOKUP}",
    "each > 1 USD/parcel",
)
GUARDS = ("", "  for rate has kind\n", "  for kind is pallet\n", "  for choice is own_van\n")
STATED = [
    f"{kind}{heavy}"
    for kind in ("", ", kind: letter", ", kind: pallet", ", kind: unknown")
    for heavy in ("", ", weight_kg: 5", ", weight_kg: {low: 1, high: 4}")
]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [("letter",), ("parcel", "pallet")])
@pytest.mark.parametrize("tree", TREES)
def test_an_error_is_found_whether_a_rule_is_asked_about_or_not(
    rows: tuple[str, ...], tree: str
) -> None:
    written = "\n".join(f"  | {row} | 2 USD/parcel |" for row in rows)
    rules = [
        f'rule r{i} advise\n{guard}  when {when}\n  say "{{rate[kind].each}}" ref guide#G1'
        for i, (guard, when) in enumerate(product(GUARDS, CONDITIONS))
    ]
    whole = program_of(MANY.format(rows=written, tree=tree), *rules)
    seen: Counter[tuple[bool, bool]] = Counter()
    for rule, stated in product(whole.rules.values(), STATED):
        program = replace(whole, rules={rule.name: rule})
        asked, unasked = (judged_of(program, stated, each) for each in (None, frozenset[str]()))
        assert ("error" in asked) == ("error" in unasked), (rule, stated)
        seen["error" in asked, rule.name in unasked] += 1
    assert seen[True, False]
    # Most rules that come to no error are not judged.
    assert seen[False, False] > 2 * seen[False, True]
