"""What is said of two versions is so: over generated policies, checked against policies that were
written out and read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given

from mlpolicy.check.digest import Meaning
from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.versions import constructs, force, impact
from mlpolicy.versions.constructs import changes
from mlpolicy.versions.impact import Mixtures, effects, responsible
from tests.laws.examples import DRAWS, draw_case, laws, program_of
from tests.laws.generate import filled, fillings, make_gapped_policy, make_policy
from tests.laws.manifests import AS_OF, Manifest, draw_manifest
from tests.laws.properties import decide
from tests.laws.relayout import relaid

DAY = AS_OF[1]


@pytest.mark.slow
@laws(20)
@given(DRAWS)
def test_what_is_only_laid_out_otherwise_does_not_differ(rng: Random) -> None:
    declarations = make_policy(rng)
    before = program_of(declarations)
    after = program_of(list(relaid(declarations, rng)))
    assert changes(before, after) == ()


class Versions:
    """Two versions of a policy that differ in what was looked up, declaration by declaration, and
    a manifest."""

    def __init__(self, rng: Random) -> None:
        declarations, gaps = make_gapped_policy(rng)
        self.before = filled(declarations, fillings(gaps, rng))
        self.after = filled(declarations, fillings(gaps, rng))
        self.old, self.new = program_of(self.before), program_of(self.after)
        self.manifest: Manifest = draw_manifest(rng, openness=rng.randrange(50), workloads=1)

    @property
    def differing(self) -> dict[str, int]:
        """The names of the declarations that differ, with their places."""
        pairs = zip(self.before, self.after, strict=True)
        return {one.split()[1]: n for n, (one, other) in enumerate(pairs) if one != other}

    def decide(self, program: Program) -> Decision:
        return decide(program, self.manifest, DAY)

    def taken_back(self, names: tuple[str, ...]) -> Decision:
        """What the newer text decides with some declarations as they stand in the older one."""
        declarations = list(self.after)
        for name in names:
            declarations[self.differing[name]] = self.before[self.differing[name]]
        return self.decide(program_of(declarations))


@laws(40)
@given(DRAWS)
def test_just_the_declarations_that_differ_are_named(rng: Random) -> None:
    versions = Versions(rng)
    found = changes(versions.old, versions.new)
    assert {change.construct.name for change in found} == set(versions.differing)
    assert all(change.means for change in found)


def holds(versions: Versions) -> int:
    """Whoever is said to be responsible is; how many effects there were."""
    before, after = versions.decide(versions.old), versions.decide(versions.new)
    found = effects(before, after)
    mixtures = Mixtures(
        old=versions.old, new=versions.new, changes=changes(versions.old, versions.new)
    )
    told = responsible(mixtures, before, found, versions.decide)
    for effect in found:
        names = tuple(change.construct.name for change in told[effect])
        assert names, f"nothing is responsible for {effect}"
        still = {each.key for each in effects(before, versions.taken_back(names))}
        assert effect.key not in still, (names, effect)
        if len(names) > 1:
            for name in names:
                alone = {each.key for each in effects(before, versions.taken_back((name,)))}
                assert effect.key in alone, f"{name} alone undoes {effect}"
    return len(found)


@pytest.mark.slow
@laws(40)
@given(DRAWS)
def test_taking_back_what_is_responsible_undoes_the_effect(rng: Random) -> None:
    holds(Versions(rng))


@pytest.mark.slow
@laws(20)
@given(DRAWS)
def test_what_is_in_force_decides_as_the_whole_history_does(rng: Random) -> None:
    case = draw_case(rng)
    assert_in_force(case.program, case.manifest, case.as_of)


def assert_in_force(program: Program, manifest: Manifest, day: date) -> None:
    now = force.in_force(program, day.toordinal())
    assert effects(decide(program, manifest, day), decide(now, manifest, day)) == ()


# ── Planted faults ───────────────────────────────────────────────────────────────────────

#: Some of these seeds show every planted fault; to be found anew where the generators change.
SEEDS = range(40)


def fails(law: Callable[[Random], object]) -> bool:
    for seed in SEEDS:
        try:
            law(Random(seed))
        except AssertionError:
            return True
    return False


def test_a_change_that_is_not_taken_back_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "_undone", lambda m, b, found, d, back: {e.key for e in found})
    assert fails(lambda rng: holds(Versions(rng)))


@pytest.mark.slow
def test_a_value_of_another_day_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(force, "_bar", lambda bar, day: replace(bar, lines=bar.lines[:1]))

    def law(rng: Random) -> None:
        case = draw_case(rng)
        assert_in_force(case.program, case.manifest, case.as_of)

    assert fails(law)


def test_every_part_of_what_a_program_means_is_compared() -> None:
    named = {*constructs.IDENTITY, *constructs.SINGLE, *constructs.NAMED, "bars", "defines"}
    assert named == set(Meaning.__annotations__)
