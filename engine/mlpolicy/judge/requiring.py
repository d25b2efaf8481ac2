"""What a configuration requires of a manifest: a field that is not stated is a finding.

What is said counts, and not that a key stands there: `unknown`, a word that stands for it, an
empty mapping and a list of no entries say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlpolicy.core.decision import Finding
from mlpolicy.core.facts import DeclaredUnknown, Document, Fact, Required, says_nothing
from mlpolicy.core.node import node
from mlpolicy.core.notices import Lacking
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.source import Place


def lacking(document: Document, required: Sequence[Required]) -> list[Finding]:
    """A finding for each required field that the project, or one of its workloads, does not
    state. It blocks, and no waiver lifts it."""
    found = []
    for each in required:
        subjects: list[tuple[str | None, Fact]] = [(None, document.project)]
        if not each.path.is_shared:
            subjects = [(workload.name, workload.fact) for workload in document.workloads]
        for workload, fact in subjects:
            gap = _gap(fact, _keys(each), each)
            if gap is not None:
                found.append(_finding(each, workload, gap))
    return found


@node
class _Gap:
    """Where something is not stated: the keys that are not there, or else that it is unknown."""

    at: Place
    missing: tuple[str, ...]
    unknown: bool


def _keys(required: Required) -> tuple[str, ...]:
    return tuple(step for step in required.path.steps if isinstance(step, str))


def _gap(fact: Fact, keys: tuple[str, ...], required: Required) -> _Gap | None:
    """What lacks at these keys below a fact; of a list, in the first of its items that lacks it."""
    if not keys:
        return _unsaid(fact, required)
    match fact.value:
        case DeclaredUnknown():
            return _Gap(fact.key_place or fact.place, keys, True)
        case tuple() as items:
            if not items:
                return _Gap(fact.key_place or fact.place, keys, False)
            gaps = (_gap(item, keys, required) for item in items)
            return next((gap for gap in gaps if gap is not None), None)
        case _:
            below = fact.get(keys[0])
            if below is None:
                return _Gap(fact.key_place or fact.place, keys, False)
            return _gap(below, keys[1:], required)


def _unsaid(fact: Fact, required: Required) -> _Gap | None:
    """Why a field that is there states nothing."""
    place = fact.key_place or fact.place
    match fact.value:
        case tuple() as items if required.entries and not items:
            return _Gap(place, (), False)
        case Mapping() as below:
            for key in required.needed:
                if key not in below:
                    return _Gap(place, (key,), False)
            if not below:
                return _Gap(place, (), False)
            if any(_is_empty(below[key]) for key in required.needed):
                return _Gap(place, (), True)
            said = [key for key, each in below.items() if not _is_empty(each)]
            if said and all(key in required.remarks for key in said):
                return _Gap(place, (), False)
        case str() as text if required.free and says_nothing(text):
            return _Gap(place, (), True)
    return _Gap(place, (), True) if _is_empty(fact) else None


def _is_empty(fact: Fact) -> bool:
    """Does it say nothing but that something is not known?"""
    match fact.value:
        case DeclaredUnknown():
            return True
        case Mapping() as below:
            return all(_is_empty(each) for each in below.values())
        case tuple() as items:
            return bool(items) and all(_is_empty(each) for each in items)
        case _:
            return False


def _finding(required: Required, workload: str | None, gap: _Gap) -> Finding:
    return Finding(
        rule="fact_required",
        level=Level.BLOCK,
        state=RuleState.FIRED,
        workload=workload,
        say="",
        fix="",
        refs=(),
        needs=(required.path,),
        at=gap.at,
        rule_at=None,
        notice=Lacking(
            path=required.path,
            missing=gap.missing,
            unknown=gap.unknown,
            sample=required.sample,
            members=required.members,
        ),
    )
