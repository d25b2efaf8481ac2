"""Waivers: applied last, they never hide a rule; a waived one has been evaluated like any other.
And the findings of the engine's own: about waivers, and about the day decided for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mlpolicy.core.decision import Finding, WaiverStatus, WaiverUse
from mlpolicy.core.facts import Waiver
from mlpolicy.core.numbers import range_of
from mlpolicy.core.program import Expr, Program
from mlpolicy.core.show import decimal_text, show
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
    ) -> tuple[WaiverUse | None, str]:
        """The waiver that covers a fired rule, if one does; else why the nearest does not."""
        refused = ""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule != rule or (waiver.workload is not None and waiver.workload != workload):
                continue
            if not self.active(waiver):
                continue
            if not waivable:
                self.used.setdefault(i, WaiverStatus.REFUSED)
                refused = f"waiver `{waiver.id}` has no effect: the rule is not waivable"
                continue
            if waiver.max_usd is not None:
                within, why = _within_bound(waiver, bounds, env, b)
                if not within:
                    self.used.setdefault(i, WaiverStatus.BOUND)
                    refused = f"waiver `{waiver.id}` does not cover it: {why}"
                    continue
            self.used[i] = WaiverStatus.USED
            return use_of(waiver, WaiverStatus.USED, ""), ""
        return None, refused

    def touches(self, rule: str, workload: str | None) -> None:
        """A waiver of a pending rule is not unused."""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule == rule and waiver.workload in (None, workload) and self.active(waiver):
                self.used.setdefault(i, WaiverStatus.PENDING)


def _within_bound(waiver: Waiver, bounds: Expr | None, env: Env, b: Bindings) -> tuple[bool, str]:
    limit = waiver.max_usd
    assert limit is not None
    stated = f"{decimal_text(limit, 2)} USD"
    if bounds is None:
        return False, f"its bound of {stated} cannot be shown, the rule bounds no amount"
    found = result(bounds, env, b)
    assert isinstance(found.value, Num)
    extent = range_of(found.value.poly).range
    if extent.hi <= limit:
        return True, ""
    if extent.lo > limit:
        return False, f"{show(found.value, bounds.type)} is above its bound of {stated}"
    missing = ", ".join(map(str, needs(found.open, env.subject.run)))
    return False, f"its bound of {stated} cannot be shown" + (
        f" without {missing}" if missing else ""
    )


def use_of(waiver: Waiver, state: WaiverStatus, note: str, expiring: bool = False) -> WaiverUse:
    """A waiver with what became of it, for the decision."""
    return WaiverUse(
        waiver.id,
        waiver.rule,
        waiver.workload,
        waiver.approved_by,
        waiver.expires_on,
        waiver.reason,
        state,
        note,
        waiver.place,
        waiver.owner or "",
        waiver.approved_on or "",
        waiver.max_usd,
        waiver.ticket or "",
        expiring,
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
        expiring = False
        level: Level | None = None
        note = fix = rule = ""
        if waiver.rule not in known:
            became, level = WaiverStatus.UNKNOWN_RULE, Level.BLOCK
            rule = "waiver_unknown_rule"
            note = (
                f"waiver `{waiver.id}` names rule `{waiver.rule}`, which this policy does not have"
            )
            close = nearest(waiver.rule, known)
            fix = (
                f"did you mean `{close}`?"
                if close
                else "name a rule of the policy, or remove the waiver"
            )
        elif waiver.workload is not None and waiver.workload not in workloads:
            became, level, rule = WaiverStatus.UNUSED, Level.WARN, "waiver_unused"
            note = (
                f"waiver `{waiver.id}` names workload `{waiver.workload}`, "
                "which this manifest does not have"
            )
            close = nearest(waiver.workload, workloads)
            fix = (
                f"did you mean `{close}`?"
                if close
                else "name a workload of the manifest, or remove the waiver"
            )
        elif expires < state.as_of:
            became, level, rule = WaiverStatus.EXPIRED, Level.WARN, "waiver_expired"
            note = f"waiver `{waiver.id}` of `{waiver.rule}` expired on {waiver.expires_on}"
            fix = "have it approved again, or remove it"
        elif not state.active(waiver):
            became, level, rule = WaiverStatus.NOT_YET, Level.ADVISE, "waiver_unused"
            note = f"waiver `{waiver.id}` is approved only from {waiver.approved_on}"
            fix = "wait for the date, or correct it"
        elif became is WaiverStatus.UNUSED:
            level, rule = Level.ADVISE, "waiver_unused"
            note = f"waiver `{waiver.id}` is unused: `{waiver.rule}` did not fire"
            fix = "remove it"
        elif expires - state.as_of <= SOON:
            expiring, level, rule = True, Level.ADVISE, "waiver_expiring"
            note = f"waiver `{waiver.id}` of `{waiver.rule}` expires on {waiver.expires_on}"
            fix = "settle the finding, or have the waiver approved again"
        use = use_of(waiver, became, note, expiring)
        uses.append(use)
        if level is not None:
            findings.append(
                Finding(
                    rule,
                    level,
                    RuleState.FIRED,
                    waiver.workload,
                    note,
                    fix,
                    (),
                    (),
                    waiver.place,
                    None,
                    use,
                )
            )
    return uses, findings


def date_findings(as_of: int, today: int, stated: Place | None) -> list[Finding]:
    """A decision date in the future, or long past."""
    shown = date.fromordinal(as_of).isoformat()
    if as_of > today:
        text = f"the decision date {shown} is in the future"
        return [
            Finding(
                "decision_date",
                Level.WARN,
                RuleState.FIRED,
                None,
                text,
                "use today or an earlier date",
                (),
                (),
                stated,
                None,
            )
        ]
    if today - as_of > STALE:
        text = f"the decision date {shown} is {today - as_of} days old"
        return [
            Finding(
                "decision_date",
                Level.ADVISE,
                RuleState.FIRED,
                None,
                text,
                f"decide again as of today; a date is good for {STALE} days",
                (),
                (),
                stated,
                None,
            )
        ]
    return []
