"""The waivers of many decisions, each once, with what became of it in every manifest.

In go decisions, out come waivers. Their states are those of the decisions: nothing is judged
again here, so that `waivers`, `check` and `explain` cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mlpolicy.core.decision import Decision, Finding, WaiverStatus, WaiverUse
from mlpolicy.core.terms import RuleState
from mlpolicy.source import Place

#: The states of a waiver. Where manifests differ, the first here that one of them gives.
STATES = (
    WaiverStatus.UNKNOWN_RULE,
    WaiverStatus.EXPIRED,
    WaiverStatus.USED,
    WaiverStatus.BOUND,
    WaiverStatus.REFUSED,
    WaiverStatus.NOT_YET,
    WaiverStatus.WAITING,
    WaiverStatus.UNUSED,
    WaiverStatus.NOT_COUNTED,
)
#: What must be put right.
FAULTY = (WaiverStatus.UNKNOWN_RULE, WaiverStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What became of a waiver in one manifest. `state` and `expiring` are the decision's own, and
    `said` is all it tells of the waiver; `covers` are the findings it waives, `leaves` those that
    it was meant for and does not cover."""

    manifest: str
    project: str
    as_of: str
    state: WaiverStatus
    expiring: bool
    said: WaiverUse
    covers: tuple[Finding, ...]
    leaves: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A waiver, and its state in all manifests together."""

    waiver: WaiverUse
    state: WaiverStatus
    expiring: bool
    uses: tuple[Use, ...]

    @property
    def faulty(self) -> bool:
        """Is it in a state that needs attention, as listed in `FAULTY`?"""
        return self.state in FAULTY


def listed(decisions: Iterable[Decision]) -> tuple[Listed, ...]:
    """The waivers of decisions, in the order of their ids. A waiver of a waiver file, which
    applies to many manifests, is listed once."""
    found: dict[tuple[Place | None, str], list[tuple[WaiverUse, Use]]] = {}
    for decision in decisions:
        for waiver in decision.waivers:
            key = (waiver.place, waiver.id)
            found.setdefault(key, []).append((waiver, _use(waiver, decision)))
    all_of_them = [_listed(pairs) for pairs in found.values()]
    return tuple(sorted(all_of_them, key=lambda one: (by_id(one.waiver), _order(one.waiver.place))))


def _listed(pairs: list[tuple[WaiverUse, Use]]) -> Listed:
    state = min((use.state for _, use in pairs), key=STATES.index)
    expiring = any(use.expiring for _, use in pairs)
    return Listed(pairs[0][0], state, expiring, tuple(use for _, use in pairs))


def _use(waiver: WaiverUse, decision: Decision) -> Use:
    covers = tuple(
        finding
        for finding in decision.findings
        if finding.state is RuleState.WAIVED
        and finding.waiver is not None
        and (finding.waiver.id, finding.waiver.place) == (waiver.id, waiver.place)
    )
    leaves: tuple[Finding, ...] = ()
    if waiver.state in (WaiverStatus.BOUND, WaiverStatus.REFUSED):
        leaves = tuple(
            finding
            for finding in decision.findings
            if finding.state is RuleState.FIRED
            and finding.rule == waiver.rule
            and waiver.workload in (None, finding.workload)
        )
    return Use(
        manifest=decision.manifest_path,
        project=decision.manifest_name,
        as_of=decision.as_of,
        state=waiver.state,
        expiring=waiver.expiring,
        said=waiver,
        covers=covers,
        leaves=leaves,
    )


def by_id(waiver: WaiverUse) -> tuple[tuple[bool, int, str], ...]:
    """The order of waivers in a list: by their ids, the numbers in them as numbers, so that `W-9`
    stands before `W-10`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", waiver.id)
    return tuple((each.isdigit(), int(each) if each.isdigit() else 0, each) for each in parts)


def _order(place: Place | None) -> tuple[str, int, int]:
    return (place.file, place.line, place.column) if place else ("", 0, 0)
