"""The test that is missing where a fault survives: facts of which the policy decides otherwise than
the one with the fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.decide import Context, decide
from mlpolicy.mutate.mutants import Mutant
from mlpolicy.mutate.trial import Tried
from mlpolicy.testing import day_of
from mlpolicy.versions.impact import What, effects
from mlpolicy.witness.differing import Case, Shown, varied
from mlpolicy.witness.ground import Ground
from mlpolicy.witness.search import Witness

#: The facts of so many tests are decided by both.
MOST_TRIED = 12

#: Of so many a field is changed, which makes no more manifests than these.
MOST_VARIED = 3
MOST_CASES = 90


def missing(
    number: int, mutant: Mutant, all_: Tried, ground: Ground | None
) -> Iterator[tuple[Shown, Decision]]:
    """What the policy decides and the one with this fault, of this number, decides otherwise: of
    the facts of tests that come to it, then, where there is a ground, of facts that differ from
    those in one field. With it what the faulty policy decides. First an answer, a finding or an
    obligation, then what waits."""
    quiet: list[tuple[Shown, Decision]] = []
    faulty = all_.base.with_declaration(mutant.part, mutant.name, mutant.declaration)
    for document, day in _cases(number, all_, ground, faulty):
        context = Context(as_of=day, today=day, explain=False, settle=False)
        before, after = (decide(each, document, context) for each in (all_.program, faulty))
        found = tuple(each for each in effects(before, after) if each.what in _ASKED)
        if not found:
            continue
        witness = Witness(given=(), day=day, document=document)
        if ground is not None:
            given = ground.given(document)
            loaded = ground.loaded(given)
            if loaded is None:
                continue
            witness = Witness(given=given, day=day, document=loaded)
        shown = Shown(witness=witness, effects=found, before=before)
        if all(each.is_quiet for each in found):
            quiet.append((shown, after))
        else:
            yield shown, after
    yield from quiet


_ASKED = (What.ANSWER, What.POSSIBLE, What.FINDING, What.DUTY)


def _cases(number: int, all_: Tried, ground: Ground | None, faulty: Program) -> Iterator[Case]:
    one = all_.program.scopes.each.word
    tests = all_.program.tests
    apart = all_.apart.get(number, ())
    met = [*apart, *(n for n in all_.reached.get(number, ()) if n not in apart)]
    near: list[Case] = []
    for n in [n for n in met if tests[n].workloads == (one,) and not tests[n].bars][:MOST_TRIED]:
        (document,), _ = all_.kept.facts(n)
        near.append((document, day_of(tests[n], document, all_.program)))
    yield from near
    if ground is not None:
        yield from varied(ground, replace(ground, program=faulty), near[:MOST_VARIED], MOST_CASES)
