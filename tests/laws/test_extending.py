"""The law of extensions: whatever one declares, its core decides as it does alone, in the reference
and in the compiled form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, note

from mlpolicy.check.whole import whole as made_whole
from mlpolicy.core.program import Program
from mlpolicy.decide import Context, decide
from tests.backends.comparing import compiled
from tests.laws.examples import DRAWS, laws
from tests.laws.extending import changed, extended
from tests.laws.manifests import AS_OF, document, draw_manifest

pytestmark = pytest.mark.slow

HOWS = ("reference", "compiled")


def same(program: Program) -> Program:
    return program


def broken(
    rng: Random, spoil: Callable[[Program], Program] = same, hows: tuple[str, ...] = HOWS
) -> dict[str, str]:
    """What the extension of a drawn policy has changed of it, in words, by how it was decided."""
    alone, whole, core, more = extended(rng)
    whole = spoil(whole)
    stated = document(draw_manifest(rng))
    day = AS_OF[rng.randrange(len(AS_OF))]
    context = Context(as_of=day, today=day, explain=False)
    found = {}
    for how in hows:
        one, other = (
            decide(program, stated, context, compiled(program) if how == "compiled" else None)
            for program in (alone, whole)
        )
        if said := changed(one, other, alone):
            text = "\n".join([*core, "# more", *more])
            found[how] = f"{said}\n{stated.project} {stated.workloads} {day}\n{text}"
    return found


@laws(20)
@given(DRAWS)
def test_an_extension_changes_nothing_of_its_core(rng: Random) -> None:
    found = broken(rng)
    note("\n".join(found.values()))
    assert not found


def test_extensions_are_drawn_that_find_something_and_leave_columns_out() -> None:
    found: set[str] = set()
    wanted = {"absent", "exception", "fired", "passed", "waiting", "owed"}
    for seed in range(12):
        if wanted <= found:
            break
        rng = Random(seed)
        _, whole, _, more = extended(rng)
        found |= {"absent"} if any("| - " in each for each in more) else set()
        found |= {"exception"} if any(each.startswith("exception") for each in more) else set()
        stated = document(draw_manifest(rng))
        decision = decide(whole, stated, Context(as_of=AS_OF[0], today=AS_OF[0]))
        found |= {str(each.state) for each in decision.results if each.rule.startswith("x")}
        found |= {"owed" for w in decision.workloads for d in w.obligations if d.id == "x_owed"}
    assert wanted <= found, found


# ── Planted faults: what an extension must never do ──────────────────────────────────────


def another_bar(program: Program) -> Program:
    """The bar of the extension counts for that of the core."""
    bars = dict(program.bars)
    bars["good"] = replace(bars["x_good"], name="good")
    return made_whole(replace(program, bars=bars))


def another_condition(program: Program) -> Program:
    """A rule of the core asks what one of the extension asks."""
    rules = dict(program.rules)
    one = rules["whole"]
    rules["whole"] = replace(one, when=rules["x_whole"].when, guard=rules["x_whole"].guard)
    return made_whole(replace(program, rules=rules))


def another_level(program: Program) -> Program:
    """A rule of the core is told at the level of one of the extension."""
    rules = dict(program.rules)
    rules["count_answers"] = replace(rules["count_answers"], level=rules["x_whole"].level)
    return made_whole(replace(program, rules=rules))


def another_duty(program: Program) -> Program:
    """An obligation of the core is owed where that of the extension is."""
    duties = dict(program.obligations)
    duties["report"] = replace(duties["report"], when=duties["x_owed"].when)
    return made_whole(replace(program, obligations=duties))


def fault_of_the_core(program: Program) -> Program:
    """A fault that a rule or an obligation of the extension meets ends the workload in an error."""
    rules = {n: replace(each, extension="") for n, each in program.rules.items()}
    duties = {n: replace(each, extension="") for n, each in program.obligations.items()}
    return replace(program, rules=rules, obligations=duties)


#: Each with the seed of a policy that is known to show it.
PLANTED: dict[Callable[[Program], Program], int] = {
    another_bar: 0,
    another_condition: 4,
    another_level: 0,
    another_duty: 3,
    fault_of_the_core: 23,
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_noticed(fault: Callable[[Program], Program], how: str) -> None:
    seeds = (PLANTED[fault], *range(40))
    assert any(broken(Random(seed), fault, (how,)) for seed in seeds)
