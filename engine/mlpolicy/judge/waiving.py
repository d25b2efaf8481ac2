"""Waivers: applied last, they never hide a rule; a waived one has been evaluated like any other.
And the findings of the engine's own: about waivers, and about the day decided for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from mlpolicy.core.decision import Finding, WaiverStatus, WaiverUse
from mlpolicy.core.facts import Waiver
from mlpolicy.core.notices import (
    AboveBound,
    Dated,
    Figure,
    NoAmount,
    NotShown,
    NotWaivable,
    NotWaived,
    WaiverNote,
)
from mlpolicy.core.numbers import range_of
from mlpolicy.core.program import Expr, Program
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.core.values import Num
from mlpolicy.evaluate.env import Bindings, Env
from mlpolicy.evaluate.unknowns import needs
from mlpolicy.evaluate.values import result
from mlpolicy.source import Place
from mlpolicy.suggest import nearest

#: A waiver is "expiring" from this many days before it ends.
SOON = 30
#: A decision date older than this many days is a finding.
STALE = 90


@dataclass(slots=True)
class WaiverState:
    """The waivers of one run, and which of them came to be used."""

    waivers: Sequence[Waiver]
    as_of: int
    used: dict[int, WaiverStatus]

    def active(self, waiver: Waiver) -> bool:
        """In force: approved by then and not yet past its last day."""
        if date.fromisoformat(waiver.expires_on).toordinal() < self.as_of:
            return False
        return not (
            waiver.approved_on and date.fromisoformat(waiver.approved_on).toordinal() > self.as_of
        )

    def apply(
        self,
        rule: str,
        waivable: bool,
        workload: str | None,
        bounds: Expr | None,
        env: Env,
        b: Bindings,
    ) -> tuple[WaiverUse | None, NotWaived | None]:
        """The waiver that covers a fired rule, if one does; else why the nearest does not."""
        refused: NotWaived | None = None
        for i, waiver in enumerate(self.waivers):
            if waiver.rule != rule or (waiver.workload is not None and waiver.workload != workload):
                continue
            if not self.active(waiver):
                continue
            if not waivable:
                self.used.setdefault(i, WaiverStatus.REFUSED)
                refused = NotWaived(waiver.id, NotWaivable())
                continue
            if waiver.max_usd is not None:
                above = _above(waiver.max_usd, bounds, env, b)
                if above is not None:
                    self.used.setdefault(i, WaiverStatus.BOUND)
                    refused = NotWaived(waiver.id, above)
                    continue
            self.used[i] = WaiverStatus.USED
            return use_of(waiver, WaiverStatus.USED), None
        return None, refused

    def touches(self, rule: str, workload: str | None) -> None:
        """A waiver of a rule that waits is not unused."""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule == rule and waiver.workload in (None, workload) and self.active(waiver):
                self.used.setdefault(i, WaiverStatus.WAITING)


def _above(
    bound: Fraction, bounds: Expr | None, env: Env, b: Bindings
) -> NoAmount | AboveBound | NotShown | None:
    """Why an amount is not known to lie within a bound, in USD; None where it does."""
    if bounds is None:
        return NoAmount(bound)
    found = result(bounds, env, b)
    assert isinstance(found.value, Num)
    extent = range_of(found.value.poly).range
    if extent.hi <= bound:
        return None
    if extent.lo > bound:
        return AboveBound(bound, Figure(found.value, bounds.type))
    return NotShown(bound, needs(found.open, env.subject.run))


def use_of(
    waiver: Waiver, state: WaiverStatus, note: WaiverNote | None = None, close: str = ""
) -> WaiverUse:
    """A waiver with what became of it, for the decision."""
    return WaiverUse(
        id=waiver.id,
        rule=waiver.rule,
        workload=waiver.workload,
        approved_by=waiver.approved_by,
        expires_on=waiver.expires_on,
        reason=waiver.reason,
        state=state,
        note=note,
        place=waiver.place,
        owner=waiver.owner or "",
        approved_on=waiver.approved_on or "",
        max_usd=waiver.max_usd,
        ticket=waiver.ticket or "",
        expiring=note is WaiverNote.EXPIRING,
        close=close,
    )


def waiver_findings(
    state: WaiverState, program: Program, workloads: Sequence[str]
) -> tuple[list[WaiverUse], list[Finding]]:
    """Expired, expiring, unused and unknown ones."""
    known = [*program.rules, *program.obligations]
    uses: list[WaiverUse] = []
    findings: list[Finding] = []
    for i, waiver in enumerate(state.waivers):
        expires = date.fromisoformat(waiver.expires_on).toordinal()
        became = state.used.get(i, WaiverStatus.UNUSED)
        level: Level | None = None
        note: WaiverNote | None = None
        close = rule = ""
        if waiver.rule not in known:
            became, level = WaiverStatus.UNKNOWN_RULE, Level.BLOCK
            note, rule = WaiverNote.UNKNOWN_RULE, "waiver_unknown_rule"
            close = nearest(waiver.rule, known) or ""
        elif waiver.workload is not None and waiver.workload not in workloads:
            became, level = WaiverStatus.UNUSED, Level.WARN
            note, rule = WaiverNote.UNKNOWN_WORKLOAD, "waiver_unused"
            close = nearest(waiver.workload, workloads) or ""
        elif expires < state.as_of:
            became, level = WaiverStatus.EXPIRED, Level.WARN
            note, rule = WaiverNote.EXPIRED, "waiver_expired"
        elif not state.active(waiver):
            became, level = WaiverStatus.NOT_YET, Level.ADVISE
            note, rule = WaiverNote.NOT_YET, "waiver_unused"
        elif became is WaiverStatus.UNUSED:
            level, note, rule = Level.ADVISE, WaiverNote.UNUSED, "waiver_unused"
        elif expires - state.as_of <= SOON:
            level, note, rule = Level.ADVISE, WaiverNote.EXPIRING, "waiver_expiring"
        use = use_of(waiver, became, note, close)
        uses.append(use)
        if level is not None:
            findings.append(
                Finding(
                    rule=rule,
                    level=level,
                    state=RuleState.FIRED,
                    workload=waiver.workload,
                    say="",
                    fix="",
                    refs=(),
                    needs=(),
                    at=waiver.place,
                    rule_at=None,
                    waiver=use,
                    notice=note,
                )
            )
    return uses, findings


def date_findings(as_of: int, today: int, stated: Place | None) -> list[Finding]:
    """A decision date in the future, or long past."""
    age = today - as_of
    if 0 <= age <= STALE:
        return []
    level = Level.WARN if age < 0 else Level.ADVISE
    notice = Dated(as_of, age, STALE)
    fired = RuleState.FIRED
    return [
        Finding(
            rule="decision_date",
            level=level,
            state=fired,
            workload=None,
            say="",
            fix="",
            refs=(),
            needs=(),
            at=stated,
            rule_at=None,
            waiver=None,
            notice=notice,
        )
    ]
