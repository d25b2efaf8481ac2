"""What must hold of the questions that settle an answer, as predicates.

Each gives the violations it finds, in words, so that tests and planted faults use the same.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from random import Random

from mlpolicy.core.decision import Decision, Interval, Settle, WorkloadDecision
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.replies import Reply, Take, WordReply
from mlpolicy.core.terms import Status
from tests.laws.examples import Case
from tests.laws.manifests import Hole, Manifest, Plain, complete, fill
from tests.laws.properties import decide, faulty, outcomes

TINY = Fraction(1, 10**6)


def explained(case: Case) -> Decision:
    return decide(case.program, case.manifest, case.as_of, explain=True)


def hole_of(case: Case, where: int, path: FieldPath | None) -> Hole | None:
    """The field of a manifest that a path names, where a completion may fill it."""
    if path is None or path.entry or not all(isinstance(step, str) for step in path.steps):
        return None
    hole = Hole(-1 if path.is_shared else where, tuple(map(str, path.steps)))
    return hole if hole in case.openness.holes(case.manifest) else None


def values_in(extent: Interval, whole: bool) -> list[Fraction]:
    """Values of a range: its ends, hard by them, and between."""
    low, high = extent.low, extent.high
    found: list[Fraction] = []
    if low is not None:
        found += [low, low + TINY, low + 1]
    if high is not None:
        found += [high, high - TINY, high - 1]
    if low is not None and high is not None:
        found.append((low + high) / 2)
    if low is None and high is None:
        found += [Fraction(-7), Fraction(0), Fraction(7, 2), Fraction(10**6)]
    return sorted({v for v in found if lies_in(v, extent) and (v.denominator == 1 or not whole)})


def lies_in(value: Fraction, extent: Interval) -> bool:
    if extent.low is not None and (value < extent.low or (value == extent.low and extent.low_open)):
        return False
    return extent.high is None or not (
        value > extent.high or (value == extent.high and extent.high_open)
    )


def stated(case: Case, hole: Hole, value: Plain) -> Manifest:
    made = case.manifest.copied()
    fill(made, hole, copy.deepcopy(value))
    return made


def answers(
    case: Case, where: int, settle: Settle
) -> Iterator[tuple[Plain, frozenset[str], tuple[Reply, ...]]]:
    """Values that one may state, with what was told to be possible then."""
    hole = hole_of(case, where, settle.path)
    if hole is None or settle.workload is not None:
        return
    domain = case.openness.domain(case.manifest, hole)
    for split in settle.when:
        possible = frozenset(split.possible)
        if split.range is not None:
            inside = [v for v in domain.values if isinstance(v, Fraction)]
            low, high = min(inside), max(inside)
            for number in values_in(split.range, domain.whole):
                if low <= number <= high:
                    yield number, possible, split.answer
        else:
            for value in domain.values:
                if _is_meant(value, split.answer):
                    yield value, possible, split.answer


def _is_meant(value: Plain, replies: tuple[Reply, ...]) -> bool:
    """Is this a value that a split means, where it is none of numbers? (`yes`, a member, a set
    with one.)"""
    meant = [(each.take, each.word) for each in replies if isinstance(each, WordReply)]
    if isinstance(value, bool):
        return (Take.IS, "yes" if value else "no") in meant
    if isinstance(value, str):
        return (Take.IS, value) in meant or (Take.TEXT, value) in meant
    if isinstance(value, list):
        if not value:
            return (Take.NOTHING, "") in meant
        return any((Take.WITH, item) in meant for item in value)
    return False


def split_laws(case: Case, rng: Random, most: int = 24) -> list[str]:
    """Whoever states a value finds possible only what was told of it before, and so does every
    completion from there."""
    found = []
    decision = explained(case)
    for where, workload in enumerate(decision.workloads):
        if workload.status is Status.ERROR:
            continue
        tried = [
            (settle, value, possible, text)
            for settle in workload.settled_by
            for value, possible, text in answers(case, where, settle)
        ]
        rng.shuffle(tried)
        for settle, value, possible, text in tried[:most]:
            hole = hole_of(case, where, settle.path)
            assert hole is not None
            manifest = stated(case, hole, value)
            after = decide(case.program, manifest, case.as_of).workloads[where]
            if after.status is Status.ERROR:
                continue
            if not outcomes(after) <= possible:
                found.append(
                    f"{workload.name}: {settle.path} = {value} ({text}) leaves"
                    f" {sorted(outcomes(after))}, told {sorted(possible)}"
                )
    return found


def exact_laws(case: Case) -> list[str]:
    """Where one number is all that is unknown, stating it gives the very outcomes that are told:
    at the ends of every answer, or a hair's breadth inside where the end is left out."""
    found = []
    workload = explained(case).workloads[0]
    if len(workload.settled_by) != 1:
        return []
    (settle,) = workload.settled_by
    hole = hole_of(case, 0, settle.path)
    if hole is None:
        return []
    domain = case.openness.domain(case.manifest, hole)
    inside = [v for v in domain.values if isinstance(v, Fraction)]
    step = Fraction(1) if domain.whole else TINY
    for split in settle.when:
        if split.range is None or split.range.narrow:
            continue
        low, high = split.range.low, split.range.high
        values = [low + step if split.range.low_open else low] if low is not None else []
        values += [high - step if split.range.high_open else high] if high is not None else []
        for value in values:
            if not min(inside) <= value <= max(inside):
                continue
            after = decide(case.program, stated(case, hole, value), case.as_of).workloads[0]
            if outcomes(after) != frozenset(split.possible):
                found.append(
                    f"{settle.path} = {value} ({split.answer}): {sorted(outcomes(after))}, told"
                    f" {sorted(split.possible)}"
                )
    return found


def partition_laws(decision: Decision) -> list[str]:
    """The ranges of a question follow on one another, without gap or overlap, and neighbours
    leave different outcomes."""
    found = []
    for workload in decision.workloads:
        for settle in workload.settled_by:
            ranges = [s for s in settle.when if s.range is not None]
            for one, other in pairwise(ranges):
                a, b = one.range, other.range
                assert a is not None
                assert b is not None
                name = f"{workload.name}: {settle.path}: {one.answer} / {other.answer}"
                if a.high is None or a.high != b.low or a.high_open == b.low_open:
                    found.append(f"{name}: not side by side")
                if one.possible == other.possible and not (a.narrow or b.narrow):
                    found.append(f"{name}: no change")
    return found


def complete_laws(workload: WorkloadDecision) -> list[str]:
    """An open answer that somebody could settle has a question, the most telling first, and no
    input of its own is both asked for and told not to matter."""
    found = []
    if workload.status is Status.ERROR or len(outcomes(workload)) < 2:
        return ["a firm answer has questions"] if workload.settled_by else []
    if not workload.settled_by:
        found.append(f"{workload.name}: open, and nothing settles it")
    asked = {s.path for s in workload.settled_by if s.workload is None}
    found += [f"{p}: asked for and irrelevant" for p in workload.irrelevant if p in asked]
    ranks = [(-s.removes, -(s.spread or 0)) for s in workload.settled_by]
    if ranks != sorted(ranks):
        found.append(f"{workload.name}: not in order {ranks}")
    for settle in workload.settled_by:
        now = outcomes(workload)
        most = max((len(now - set(s.possible)) for s in settle.when), default=0)
        if most != settle.removes:
            found.append(f"{settle.path}: removes {settle.removes}, and its answers {most}")
    return found


def irrelevance_laws(case: Case, rng: Random, times: int) -> list[str]:
    """Whatever all other fields turn out to be, one that is told not to matter may be anything:
    the outcome is the same."""
    found = []
    decision = explained(case)
    for where, workload in enumerate(decision.workloads):
        holes = [hole_of(case, where, path) for path in workload.irrelevant]
        fields = [h for h in holes if h is not None]
        if workload.status is Status.ERROR or not fields:
            continue
        for _ in range(times):
            manifest = complete(case.manifest, case.openness, rng, keep=0)
            hole = fields[rng.randrange(len(fields))]
            came: dict[frozenset[str], Plain] = {}
            values = list(case.openness.domain(case.manifest, hole).values)
            rng.shuffle(values)
            for value in values[:3]:
                made = manifest.copied()
                fill(made, hole, None)
                if hole not in case.openness.holes(made):
                    break  # stated in another form by now
                fill(made, hole, copy.deepcopy(value))
                done = decide(case.program, made, case.as_of)
                after = done.workloads[where]
                if after.status is not Status.ERROR and not faulty(done, None):
                    came.setdefault(outcomes(after), value)
            if len(came) > 1:
                found.append(f"{workload.name}: {hole.path}: {came}")
    return found
