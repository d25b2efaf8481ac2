"""What is said never to be so is so in no manifest, and what is said always to be in all: over
policies and manifests that the laws of the language draw, partial ones too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from mlpolicy.core.facts import Document
from mlpolicy.core.program import Program
from mlpolicy.core.values import NO, YES
from mlpolicy.schema import Schema
from mlpolicy.witness import proofs
from mlpolicy.witness.analysis import Question, questions
from mlpolicy.witness.days import days_of
from mlpolicy.witness.goals import Look, seen
from mlpolicy.witness.ground import Ground
from mlpolicy.witness.proofs import Proofs
from tests.laws.choices import SCHEMA
from tests.laws.examples import DRAWS, laws, program_of
from tests.laws.generate import make_policy
from tests.laws.manifests import AS_OF, document, draw_manifest
from tests.scopes import SCOPES

_MANIFESTS = 12


def drawn(rng: Random, openness: int | None = None) -> Document:
    """A manifest with one workload, called as the one of a test is."""
    found = document(draw_manifest(rng, openness=openness, workloads=1))
    (workload,) = found.workloads
    return replace(found, workloads=(replace(workload, name=SCOPES.each.word),))


def proved(program: Program, rng: Random) -> tuple[list[Question], list[Question]]:
    """What is proved never to be so, and what always to be."""
    ground = Ground(
        program=program,
        schema=Schema(SCHEMA, SCOPES),
        document=drawn(rng),
        slots=(),
    )
    made = Proofs(ground=ground, days=days_of(ground.nodes, program.effective))
    asked = list(questions(program))
    never = [each for each in asked if made.never(each.goal, each.reads) is True]
    always = [each for each in asked if made.always(each.goal, each.reads) is True]
    return never, always


def broken(rng: Random) -> Iterator[str]:
    """What is proved of a drawn policy and is not so of a drawn manifest."""
    program = program_of(make_policy(rng))
    never, always = proved(program, rng)
    days = [day for day in AS_OF if day.toordinal() >= program.effective]
    for _ in range(_MANIFESTS if never or always else 0):
        manifest = drawn(rng, rng.choice((0, 0, 30)))
        look = Look(program, manifest, rng.choice(days), opened=False)
        yield from (
            f"never: {each.kind} {each.name} {each.finding.said}"
            for each in never
            if seen(each.goal, look).truth is YES
        )
        yield from (
            f"always: {each.kind} {each.name}"
            for each in always
            if seen(each.goal, look).truth is NO
        )
        look.close()


@pytest.mark.slow
@laws(160, costly=True)
@given(DRAWS)
def test_a_proof_holds_of_every_drawn_manifest(rng: Random) -> None:
    assert not list(broken(rng))


def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where several workloads, days and rows of a manifest are no obstacle, and a drawn manifest
    stands for all of them, a proof breaks."""
    monkeypatch.setattr(Ground, "unstated", lambda self, left_out=(): self.document)
    monkeypatch.setattr(proofs, "barred", lambda reads, program, days: None)
    assert any(list(broken(Random(seed))) for seed in range(12))


@pytest.mark.slow
def test_something_is_proved_of_drawn_policies() -> None:
    lacking = {"never", "always"}
    for seed in range(40):
        never, always = proved(program_of(make_policy(Random(seed))), Random(seed))
        lacking -= {"never"} if never else set()
        lacking -= {"always"} if always else set()
        if not lacking:
            break
    assert not lacking
