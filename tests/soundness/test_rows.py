"""What is told of look-ups without a row, against every manifest there is of small policies.

A word that is told is looked up by some manifest; where nothing is told of a catalogue, no manifest
ends in the error that it has no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import product
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.notices import NoRow, Possible
from mlpolicy.core.program import Expr, Program
from mlpolicy.core.values import Members, Value
from mlpolicy.decide import Context, decide
from mlpolicy.evaluate import amounts, rows
from mlpolicy.evaluate.env import Bindings, Env
from mlpolicy.soundness import formulas, lookups
from mlpolicy.soundness import rows as soundness_rows
from mlpolicy.soundness.cuts import Cuts
from mlpolicy.soundness.ranges import Ranges
from mlpolicy.soundness.rows import Lacking, lacking_rows
from tests.laws.choices import MEMBERS, REF
from tests.laws.examples import laws, program_of
from tests.laws.generate import Maker
from tests.laws.manifests import Manifest, Plain, document, put
from tests.profiles import DEEP

pytestmark = pytest.mark.slow

DAYS = (date(2026, 3, 1), date(2026, 9, 1))
FIELDS: dict[tuple[str, ...], tuple[Plain | None, ...]] = {
    ("task",): MEMBERS["task"],
    ("product",): MEMBERS["product"],
    ("needs", "explain"): (True, False),
    ("needs", "audit"): (True, None),
    ("per_month",): (Fraction(0), Fraction(10), None),
}


# ── Policies ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Drawn:
    """The declarations of one policy. The catalogues `whole` lack no row."""

    rng: Random
    whole: frozenset[str] = frozenset()
    out: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def condition(self, depth: int = 2, *, answer: bool = False) -> str:
        draw = self.rng.randrange(10)
        if depth and draw < 3:
            word = self.rng.choice(("and", "or"))
            parts = [self.condition(depth - 1, answer=answer) for _ in range(2)]
            return f"({f' {word} '.join(parts)})"
        if depth and draw == 3:
            return f"not ({self.condition(depth - 1, answer=answer)})"
        words = [
            *("explain", "audit", "load > 5 request/month", "load = 0 request/month"),
            *("job is ta", "job in {ta, tb}", "job is not tc", "wish is red", "hue is blue"),
            *("grid has job", "grid has job and grid[job].easy", "shade has hue"),
            *("grid[job].easy", "load > grid[job].least", "grid[job].tint is wish"),
            *("shade[hue].dark", "shade[wish].dark", "shade[grid[job].tint].dark"),
            *("pair[job, wish].fits", "busy(job)", "busy(ta)", "paired"),
            *self.flags,
        ]
        if answer:
            words += ["answer is service", "answer >= platform", "staff[answer].many"] * 2
            words += ["shade[answer.product].dark"]
        return self.rng.choice(words)

    def rows(self, name: str, words: list[str], cells: str, percent: int) -> str:
        """The rows of a catalogue for some of the words, some of them for some days."""
        kept = [word for word in words if self.chance(percent)]
        spare, flag = self.rng.choice(words), self.rng.choice(("yes", "no"))
        ends = [self.rng.choice(("-", "-", "-", "2026-07-01")) for _ in words]
        lines = [
            f"  | {word} | {cells} | {'-' if name in self.whole else until} |\n"
            for word, until in zip(words, ends, strict=True)
            if name in self.whole or word in (kept or [spare])
        ]
        return "".join(lines).replace("FLAG", flag)

    def policy(self) -> list[str]:
        maker = Maker(self.rng)
        maker.head()
        self.out = maker.out
        absent = self.rng.choice(("", " if absent grid[job].least", " if absent 3 request/month"))
        if absent and self.chance(30):
            absent += f" when {self.rng.choice(('grid has job', 'explain', 'job is ta'))}"
        if absent:
            absent += f" {REF}"
        pairs = [f"{task} | {tint}" for task in MEMBERS["task"] for tint in MEMBERS["product"]]
        grid = self.rows("grid", list(MEMBERS["task"]), "FLAG | 2 request/month | red", 70)
        self.out += [
            "input job : task from workload.task",
            "input wish : product from workload.product",
            "input explain : flag from workload.needs.explain",
            "input audit : flag from workload.needs.audit",
            f"input load : request/month from workload.per_month{absent}",
            f"catalog grid by task {REF}\n"
            "  | task : task | easy : flag | least : request/month | tint : product | until |\n"
            + grid,
            f"catalog shade by product {REF}\n  | product : product | dark : flag | until |\n"
            + self.rows("shade", list(MEMBERS["product"]), "FLAG", 70),
            f"catalog pair by task, product {REF}\n"
            "  | task : task | product : product | fits : flag | until |\n"
            + self.rows("pair", pairs, "FLAG", 85),
            f"catalog staff by tier {REF}\n  | tier : tier | many : flag | until |\n"
            + self.rows("staff", ["none", "service", "platform", "custom"], "FLAG", 70),
            f"define hue : product {REF}\n"
            f"  when {self.rng.choice(('job is ta', 'explain', 'load > 5 request/month'))} : red\n"
            f"  otherwise : {self.rng.choice(('blue', 'wish'))}",
            f"define busy(task) : flag {REF}\n"
            f"  when {self.rng.choice(('task is ta', 'explain', 'grid has task'))} : yes\n"
            "  otherwise : load >= grid[task].least",
            f"table paired : flag first {REF}\n  | job | wish |\n  | ta | - | -> yes\n"
            "  | - | red | -> no\n  | otherwise | -> pair[job, wish].fits",
        ]
        for name in ("fine", "good"):
            self.out.append(f"define {name} : flag = {self.condition()} {REF}")
            self.flags.append(name)
        self.out.append(
            f"score needs at least 1 of {REF}\n"
            f'  one "One?" : {self.condition(1)}\n  two "Two?" : {self.condition(1)}'
        )
        self.flags.append("needs")
        self.out += [self.tree("decision tree choice", " : goto rest"), self.tree("tree rest", "")]
        for i in range(2):
            guard = f"  for {self.condition(1, answer=True)}\n" if self.chance(50) else ""
            say = self.rng.choice(("so", "{grid[job].least}", "{answer}"))
            self.out.append(
                f'rule r{i} warn\n{guard}  when {self.condition(answer=True)}\n  say "{say}" {REF}'
            )
        return self.out

    def tree(self, head: str, goto: str) -> str:
        def leaf() -> str:
            tier = self.rng.choice(("none", "service", "platform"))
            tint = self.rng.choice(("red", "green", "hue", "grid[job].tint"))
            return f'{tier} with product = {tint} because "so" {REF}'

        lines = [f"{head} : tier"]
        for _ in range(self.rng.randrange(1, 3)):
            word = self.rng.choice(("if", "if", "unless"))
            aim = f'goto rest because "so" {REF}' if goto and self.chance(60) else leaf()
            lines.append(f"  {word} {self.condition()} : {aim}")
        lines += [
            f"  if {self.condition()}",
            f"    yes: {leaf()}",
            f'    no: goto rest because "so" {REF}' if goto else f"    no: {leaf()}",
            f"    unknown: {leaf()}",
        ]
        return "\n".join(lines)


TABLES = frozenset(("grid", "shade", "pair", "staff"))


# ── What is so, and what is told ─────────────────────────────────────────────────────────


def manifests() -> Iterator[Manifest]:
    for values in product(*FIELDS.values()):
        workload: dict[str, Plain] = {"name": "w"}
        for path, value in zip(FIELDS, values, strict=True):
            put(workload, path, value)
        yield Manifest({}, [workload])


@dataclass
class Seen:
    """The words of which some manifest looked up a row that is not there, and the catalogues of
    which some manifest ends in the error that they have none."""

    words: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)


def seen(program: Program) -> Seen:
    found = Seen()
    original = rows.missing

    def missing(expr: Expr, keys: list[Value], env: Env, b: Bindings) -> None:
        keys = list(keys)
        looked_up = rows.missed(expr, program)
        assert looked_up is not None
        words = [key.options for key in keys if isinstance(key, Members)]
        if all(options is not None and len(options) == 1 for options in words):
            table, _ = looked_up
            found.words.add((table, tuple(word for options in words for word in options or ())))
        original(expr, keys, env, b)

    with patch.object(rows, "missing", missing), patch.object(amounts, "missing", missing):
        for manifest, day in product(manifests(), DAYS):
            context = Context(as_of=day, today=day, settle=False, manifest_waivers=False)
            decision = decide(program, document(manifest), context)
            faults = [workload.error for workload in decision.workloads]
            faults += [
                finding.notice.fault
                for finding in decision.findings
                if isinstance(finding.notice, Possible)
            ]
            found.faults |= {each.table for each in faults if isinstance(each, NoRow) and each.sure}
    return found


def told(program: Program) -> list[Lacking]:
    return lacking_rows(program, Cuts(Ranges(program)))


def broken(seed: int, *, share: int = 1) -> list[str]:
    """What is told of a drawn policy and is not so, or is so and not told. Of each catalogue, or of
    one in a `share` of them, it is told as if the others lacked no row, so that no other error
    comes first."""
    program = program_of(Drawn(Random(seed)).policy())
    said = told(program)
    spoken = {each.lookup.table for each in said}
    wrong = [f"not told of {table}" for table in sorted(seen(program).faults - spoken)]
    for table in sorted(spoken)[seed % share :: share]:
        alone = program_of(Drawn(Random(seed), whole=TABLES - {table}).policy())
        so, here = seen(alone), told(alone)
        wrong += [
            f"told of {table}: {words}"
            for each in here
            for words in each.reached
            if (table, words) not in so.words
        ]
        if table in so.faults and not here:
            wrong.append(f"not told of {table} alone")
    return wrong


@given(seed=st.integers(0, 2**64 - 1))
@laws(8, costly=True)
def test_what_is_told_is_so_and_nothing_that_is_so_is_passed_over(seed: int) -> None:
    assert broken(seed, share=1 if DEEP else 3) == []


def never_come_to(*_: object) -> bool:
    return True


def every_case_is_sure(formula: object, held: int, not_held: int) -> bool:
    return True


def two_values(formula: formulas.Formula, held: int, not_held: int) -> bool | None:
    return formulas.holds_with(formula, held)


def all_is_stated(self: object, asked: Expr) -> bool:
    return True


#: What is put in place of what, and the seed of a policy that soon shows it.
PLANTED = {
    "no word is come to": (soundness_rows._Case, "never", never_come_to, 3),
    "what is open holds": (soundness_rows, "holds_as_far", every_case_is_sure, 3),
    "what is open does not hold": (soundness_rows, "holds_as_far", two_values, 1),
    "every value may be stated": (soundness_rows._Case, "_is_free", all_is_stated, 3),
    "other parts of an `and` are forgotten": (lookups.Way, "on", lambda self, *_: self, 3),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_law_finds_what_is_planted(planted: str) -> None:
    where, name, wrong, shown = PLANTED[planted]
    with patch.object(where, name, wrong):
        assert any(broken(seed) for seed in (shown, *range(40)))


def test_most_of_what_is_so_is_surely_told() -> None:
    """Where it is told at all, more than that it was not checked is told of a part at least."""
    sure = still_open = 0
    for seed in range(15):
        for each in told(program_of(Drawn(Random(seed)).policy())):
            sure += len(each.reached)
            still_open += len(each.open)
    assert 3 * sure > still_open > 0
