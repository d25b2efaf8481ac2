"""The compiled policy says what the reference says.

The law is checked over generated policies with manifests that state much and little, over every
manifest of the tests and over tests of the built-in policy. Planted faults show that it
bites, and the counts that it is about every construct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

from mlpolicy import straight
from mlpolicy.backends.python import generate, judging, plain, runtime
from mlpolicy.backends.python.runtime import Code
from mlpolicy.check.number import _Facts
from mlpolicy.core.facts import Document
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.program import IfNode, Known, PolicyTest
from mlpolicy.core.rows import RowId
from mlpolicy.decide import Context, decide
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import FaultError
from mlpolicy.evaluate.stated import read_all
from mlpolicy.manifest import load
from mlpolicy.testing import manifest_of
from tests.backends.comparing import (
    NEVER,
    Seen,
    compiled,
    constructs,
    decided_apart,
    draw,
    small_cases,
    values_apart,
)
from tests.laws.examples import DRAWS, laws
from tests.policy.policy_support import REPO, WHOLE, data, policy_at, program_at
from tests.profiles import lanes, scaled, some

AS_OF = date(2026, 11, 22)
MANIFESTS = sorted(
    path
    for folder in ("policy", "snapshots", "cli", "render")
    for path in (REPO / "tests" / folder).rglob("*.mlproject.yaml")
)
#: Of all manifests, those that every run tries: one in four, and two that show planted faults which
#: the others do not show.
SOME = lanes(
    MANIFESTS,
    plain=4,
    always=lambda path: path.name.split(".")[0] in ("claims-desk", "infeasible"),
)


def apart(rng: Random, manifests: int, seen: Seen) -> list[str]:
    """Where the two forms differ, over one policy and some manifests."""
    return [
        each
        for code, stated, as_of in draw(rng, manifests)
        for compare in (values_apart, decided_apart)
        for each in compare(code, stated, as_of, seen)
    ]


def test_one_drawn_policy_is_decided_alike() -> None:
    """What the fast lane tries of it."""
    assert apart(Random(1), 1, Seen()) == []


@pytest.mark.slow
@laws(240, costly=True)
@given(DRAWS)
def test_the_compiled_form_says_what_the_reference_says(rng: Random) -> None:
    assert apart(rng, 8, Seen()) == []


@pytest.mark.slow
def test_a_doubt_is_told_of_a_bar_before_its_first_line() -> None:
    """Found by the law: a division by such a bar was taken for one that cannot fault."""
    assert apart(Random(200236), 2, Seen()) == []


@pytest.mark.slow
def test_the_law_is_about_every_construct() -> None:
    seen = Seen()
    for code, stated, as_of in small_cases():
        assert values_apart(code, stated, as_of, seen) == []
        assert decided_apart(code, stated, as_of, Seen()) == []
    for seed in range(scaled(160, costly=True)):
        assert apart(Random(seed), 3, seen) == []
    kinds = constructs() | set(OPERATORS)
    assert {kind for kind in kinds if not seen.known[kind]} == set()
    assert not NEVER & set(seen.known)
    assert seen.helped > seen.decisions / 2
    assert seen.straight > seen.decisions / 20


# ── The built-in policy ──────────────────────────────────────────────────────────────────


@cache
def pack() -> Code:
    return compiled(program_at(WHOLE)[0])


@pytest.mark.slow
@pytest.mark.parametrize("path", SOME, ids=lambda path: path.name)
def test_every_manifest_of_the_tests_is_decided_alike(path: Path) -> None:
    code, schema = pack(), program_at(WHOLE)[1]
    documents, _ = load(path.read_bytes(), path.name, schema)
    for stated in documents:
        assert values_apart(code, stated, AS_OF, Seen()) == []
        assert decided_apart(code, stated, AS_OF, Seen()) == []


@pytest.mark.slow
def test_what_is_stated_is_read_where_its_absence_rests_on_the_answer() -> None:
    manifest = """\
project: p
owner: team/x
regions: [us-east-1]
team: {ml_level: data_science, infra_engineers: 0}
timeline: {weeks: 6}
workloads:
  - {name: w, task: medical-image-diagnosis, needs: {custom_architecture: true},
     costs: {sagemaker: {weeks: 5}}}
"""
    documents, _ = load(manifest.encode(), "m.yaml", program_at(WHOLE)[1])
    assert decided_apart(pack(), documents[0], AS_OF, Seen()) == []


@cache
def some_tests() -> list[PolicyTest]:
    """Of the tests of the policy, the profile's share, of those that between them reach all of it a
    larger one: all of both in `deep`."""
    reaching = data("reaching.yaml")[WHOLE.name]
    tests = policy_at(WHOLE)[0].tests
    reach = [test for test in tests if test.title in reaching]
    others = [test for test in tests if test.title not in reaching]
    return [*some(reach), *some(others, costly=True)]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(12))
def test_the_tests_of_the_policy_are_decided_alike(part: int) -> None:
    program, schema = policy_at(WHOLE)
    for test in some_tests()[part::12]:
        documents, _ = load(manifest_of(test, schema).encode(), test.title, schema)
        for stated in documents:
            as_of = date.fromordinal(test.as_of or program.effective)
            assert decided_apart(pack(), stated, as_of, Seen()) == [], test.title


# ── Faults that the reference tells ──────────────────────────────────────────────────────


@pytest.mark.slow
def test_what_the_reference_has_to_refuse_is_left_to_it() -> None:
    """A manifest that the reference tells a fault of is not read by the compiled form."""
    refused = 0
    for code, stated, as_of in small_cases():
        run = begin(code.program, stated, as_of.toordinal())
        strange = runtime.Compiled(code, run).strange
        told = []
        for env in run.envs.values():
            try:
                read_all(env)
            except FaultError as fault:
                told.append(fault)
        assert told or not strange
        refused += strange
    assert refused


@pytest.mark.slow
def test_only_the_days_asked_for_last_are_remembered() -> None:
    code = next(iter(small_cases()))[0]

    def remembered(day: int) -> Memory | None:
        with code.remembering(day) as memory:
            return memory

    days = range(1, runtime.MOST_DAYS + 3)
    assert {remembered(day) for day in days} == {None}
    first = {day: remembered(day) for day in days}
    kept = list(days)[-runtime.MOST_DAYS :]
    assert {remembered(day) is first[day] for day in kept} == {True}
    assert remembered(days[0]) is not first[days[0]]


@pytest.mark.slow
def test_what_a_workload_is_called_is_no_matter_to_what_is_remembered() -> None:
    program, schema = program_at(WHOLE)
    code = compiled(program)
    context = Context(as_of=AS_OF, today=AS_OF, explain=False)

    def remembered(name: str) -> int:
        """How much is remembered once a manifest that calls its workload so was decided."""
        manifest = f"""\
project: p-{name}
owner: team/x
regions: [us-east-1]
workloads: [{{name: {name}, task: sentiment}}]
"""
        (document,), _ = load(manifest.encode(), f"{name}.yaml", schema)
        decide(program, document, context, code)
        with code.remembering(AS_OF.toordinal()) as memory:
            return memory.size if memory is not None else 0

    first, second, third = map(remembered, ("reviews", "mails", "letters"))
    assert first == 0 < second == third


@pytest.mark.slow
def test_a_memory_that_is_full_takes_no_more_until_it_is_worn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = 100
    monkeypatch.setattr(runtime, "MOST_REMEMBERED", most)
    program, schema = policy_at(WHOLE)
    code = compiled(program)
    context = Context(as_of=AS_OF, today=AS_OF, explain=False)
    seen: list[Memory] = []
    while len(seen) < 2:
        manifest = f"""\
project: p
owner: team/x
regions: [us-east-1]
workloads: [{{name: w, task: sentiment, volume: {{requests_per_month: {len(seen) + 1}}}}}]
"""
        (document,), _ = load(manifest.encode(), "m.yaml", schema)
        assert decide(program, document, context, code) == decide(program, document, context)
        with code.remembering(AS_OF.toordinal()) as memory:
            if memory is not None and memory not in seen:
                seen.append(memory)
            assert memory is None or memory.size <= most
    assert seen[0].size == most
    assert seen[0].is_worn


# ── Planted faults ───────────────────────────────────────────────────────────────────────


def turned(patch: pytest.MonkeyPatch, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    patch.setattr(owner, name, make(getattr(owner, name)))


def _other_compare(before: Any) -> Any:
    def faulty(operator: str, *rest: Any) -> Any:
        return before({"<": "<=", ">": ">="}.get(operator, operator), *rest)

    return faulty


def _unknown_is_no(before: Any) -> Any:
    return lambda rows: False if before(rows) is plain.U else before(rows)


def _first_anyway(before: Any) -> Any:
    return lambda rows: rows[0][0] if rows is not plain.U and rows else before(rows)


def _another_row(before: Any) -> Any:
    def faulty(s: Any, table: str, keys: Any) -> Any:
        found = before(s, table, keys)
        return found if found is plain.U or not found else found - 1

    return faulty


def _all_rows(before: Any) -> Any:
    return lambda self, table: tuple(r.index for r in self.program.catalogs[table].rows)


def _no_scale(before: Any) -> Any:
    return lambda fact, of: (
        fact.value if type(fact.value).__name__ == "Fraction" else before(fact, of)
    )


def _half_down(before: Any) -> Any:
    return lambda value, step: -before(-value, step) if value < 0 else value // step * step


def _quotient_of_zero(before: Any) -> Any:
    return lambda above, below: 0 if below == 0 else before(above, below)


def _no_faults(before: Any) -> Any:
    return lambda self, expr: True


def _always_assumed(before: Any) -> Any:
    def faulty(self: Any, frame: Any, key: str) -> Any:
        absent = self._declared.absent
        if absent is None or absent.value is None:
            return before(self, frame, key)
        return self._worked_out(absent.value, frame, key)

    return faulty


def _oldest(before: Any) -> Any:
    def faulty(s: Any, table: str, stating: Any, by: Any, test: Any) -> Any:
        found = before(s, table, stating, by, test)
        return found if found is plain.U else RowId(table=table, index=0)

    return faulty


def _one_frame(before: Any) -> Any:
    def faulty(self: Any, answer: Any, choice: Any) -> Any:
        right = before(self, answer, choice)
        others = (f for f in self.others.values() if f.choice is not None)
        return right if choice is None else next(others)

    return faulty


def _no_overrides(before: Any) -> Any:
    def faulty(s: Any, table: str, keys: Any) -> Any:
        s.overridden.clear()
        return before(s, table, keys)

    return faulty


def _all_workloads(before: Any) -> Any:
    return lambda self, answering: self.workloads(answering)


def _exceptions_missed(before: Any) -> Any:
    return lambda self, declared: self.line("found = base")


def _score_of_one(before: Any) -> Any:
    def faulty(self: Any, name: str) -> None:
        before(self, name)
        self.line("if found is U and sure: found = True")

    return faulty


def _stops_anywhere(before: Any) -> Any:
    def faulty(self: Any, operands: Any, *, stop: bool) -> None:
        before(self, operands[:-1] if len(operands) > 2 else operands, stop=stop)

    return faulty


def _arms_swapped(before: Any) -> Any:
    def faulty(self: Any, node: Any, body: Any) -> Any:
        return before(self, replace(node, yes=node.no, no=node.yes), body)

    return lambda self, node, body: (
        faulty(self, node, body) if isinstance(node, IfNode) else before(self, node, body)
    )


def _no_holes(before: Any) -> Any:
    def faulty(template: Any, frame: Any) -> Any:
        if template is None:
            return before(template, frame)
        said = tuple(part for part in template.parts if isinstance(part, str))
        return before(replace(template, parts=said), frame)

    return faulty


def _nothing_cited(before: Any) -> Any:
    def faulty(self: Any, ended: Any, sheet: Any) -> None:
        before(self, ended, sheet)
        self.refs = ()

    return faulty


def _as_multiple(before: Any) -> Any:
    return lambda above, below: above


def _whatever_is_stated(before: Any) -> Any:
    return lambda self, env, question: 0


def _nothing_asked(before: Any) -> Any:
    return lambda self, key, expr, known, b: ()


def _no_answer_read(before: Any) -> Any:
    return lambda self, rule, program: (Known(alone=True), False)


def _known_of_nothing(before: Any) -> Any:
    def faulty(self: Any, expr: Any) -> Any:
        return replace(before(self, expr), facts=0)

    return faulty


def _instead(value: int) -> Any:
    return lambda before: value


PLANTED = {
    "the arms of a tree are taken for each other": (judging._Trees, "node", _arms_swapped),
    "a rule that does not apply has passed": (judging, "KEPT_OUT", _instead(plain.PASSED)),
    "an obligation that is owed is met": (judging, "OWED", _instead(plain.MET)),
    "what an answer cites is left out": (straight._Route, "__init__", _nothing_cited),
    "texts without what stands in their holes": (straight, "_text", _no_holes),
    "a number is the multiple that it is held as": (runtime, "ratio", _as_multiple),
    "a comparison lets equal through": (runtime, "ordered", _other_compare),
    "a shortlist that may keep a row keeps none": (runtime, "any_of", _unknown_is_no),
    "a row that may remain is the first": (runtime, "first_of", _first_anyway),
    "the row before that of a key": (runtime, "lookup", _another_row),
    "rows that are not in force": (runtime.Day, "rows", _all_rows),
    "a number without its unit": (runtime, "stated", _no_scale),
    "a half is rounded down": (runtime, "rounded", _half_down),
    "a division by zero is zero": (runtime, "divided", _quotient_of_zero),
    "nothing may meet a fault": (generate._Module, "is_safe", _no_faults),
    "what is absent is assumed without its condition": (
        *(runtime._Reader, "_assumed", _always_assumed),
    ),
    "an old entry": (runtime, "best", _oldest),
    "one choice is taken for another": (runtime.Frame, "answered", _one_frame),
    "prices of the manifest are passed over": (runtime, "_rows_of", _no_overrides),
    "upstream is all workloads": (runtime.Frame, "upstream", _all_workloads),
    "no exception applies": (generate._Body, "excepted", _exceptions_missed),
    "one answer is enough for a score": (generate._Body, "score", _score_of_one),
    "the last operand is not looked at": (generate._Body, "several", _stops_anywhere),
    "what is open is remembered whatever is stated": (Memory, "_response", _whatever_is_stated),
    "a rule is remembered whatever is answered": (Memory, "of_rule", _no_answer_read),
    "what is known is remembered whatever it is": (Memory, "question", _nothing_asked),
    "what is known was read nowhere": (_Facts, "_known", _known_of_nothing),
}


#: The seed of a drawn policy that is known to show a fault which the small ones do not show.
SHOWN = {
    "a number is the multiple that it is held as": 2,
    "the last operand is not looked at": 2,
    "what is open is remembered whatever is stated": 0,
    "a rule is remembered whatever is answered": 2,
    "what is known is remembered whatever it is": 0,
    "what is known was read nowhere": 0,
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, make = PLANTED[fault]
    turned(monkeypatch, owner, name, make)
    known = (draw(Random(SHOWN[name]), 6) for name in [fault] if name in SHOWN)
    drawn = (draw(Random(seed), 6) for seed in range(60))
    assert any(_breaks(cases) for cases in chain(known, [small_cases()], drawn))


def _breaks(cases: Iterable[tuple[Code, Document, date]]) -> bool:
    for code, stated, as_of in cases:
        try:
            if any(
                compare(code, stated, as_of, Seen()) for compare in (decided_apart, values_apart)
            ):
                return True
        except (AssertionError, AttributeError, KeyError, TypeError):
            return True  # a value that the reference could not have made
    return False
