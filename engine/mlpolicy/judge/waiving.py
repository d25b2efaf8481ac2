"""Waivers: applied last, they never hide a rule; a waived one has been evaluated like any other.
And the findings of the engine's own: about waivers, and about the day decided for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from mlpolicy.core.decision import Finding, WaiverStatus, WaiverUse
from mlpolicy.core.facts import Waiver, names_nobody, says_nothing
from mlpolicy.core.node import node
from mlpolicy.core.notices import (
    AboveBound,
    Figure,
    InFuture,
    NoAmount,
    NotShown,
    NotWaivable,
    NotWaived,
    SelfApproved,
    WaiverNote,
)
from mlpolicy.core.numbers import range_of
from mlpolicy.core.program import Expr, Program
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.core.values import Num
from mlpolicy.dataclass import dataclass, replace
from mlpolicy.evaluate.env import Bindings, Env
from mlpolicy.evaluate.unknowns import needs
from mlpolicy.evaluate.values import result
from mlpolicy.source import Place
from mlpolicy.suggest import nearest

#: A waiver is "expiring" from this many days before it ends.
SOON = 30


@node(kw_only=True)
class Beside:
    """What is to be said of waivers besides what they cover: `today`; the day that the manifest
    gives as its own (`stated`, None: none), and whether it is the one decided for (`dated`); the
    `owner` of the project; the waivers of the manifest where they do not count."""

    today: int
    stated: int | None
    dated: bool
    owner: str
    uncounted: Sequence[Waiver]


def in_force(waiver: Waiver, day: int) -> bool:
    """Is it approved, by somebody and for a reason, by a day, and not yet past its last one?"""
    if _is_bare(waiver):
        return False
    if date.fromisoformat(waiver.expires_on).toordinal() < day:
        return False
    approved = waiver.approved_on
    return not (approved and date.fromisoformat(approved).toordinal() > day)


def by_their_names(waivers: Sequence[Waiver], program: Program) -> list[Waiver]:
    """The waivers, each of the rule by the name that it has now. One of a rule for each row may
    name the rule of one row, or all."""
    now = {old: rule.name for rule in program.rules.values() for old in rule.was}
    for rule in program.rules.values():
        if rule.family:
            key = rule.name.removeprefix(rule.family)
            olds = [old.removesuffix(key) for old in rule.was if old.endswith(key)]
            now |= dict.fromkeys(olds, rule.family)
    return [replace(each, rule=now[each.rule]) if each.rule in now else each for each in waivers]


def _is_bare(waiver: Waiver) -> bool:
    """Does it say of nobody that they approved it, or no reason?"""
    return names_nobody(waiver.approved_by) or says_nothing(waiver.reason)


@dataclass
class WaiverState:
    """The waivers of one run, and which of them came to be used."""

    waivers: Sequence[Waiver]
    as_of: int
    used: dict[int, WaiverStatus]

    def active(self, waiver: Waiver) -> bool:
        """Is it in force on the day decided for?"""
        return in_force(waiver, self.as_of)

    def apply(
        self,
        names: Sequence[str],
        waivable: bool,
        workload: str | None,
        bounds: Expr | None,
        env: Env,
        b: Bindings,
    ) -> tuple[WaiverUse | None, NotWaived | None]:
        """The waiver that covers a fired rule of one of these names, if one does; else why the
        nearest does not."""
        refused: NotWaived | None = None
        for i, waiver in enumerate(self.waivers):
            if waiver.rule not in names:
                continue
            if waiver.workload is not None and waiver.workload != workload:
                continue
            if not self.active(waiver):
                continue
            if not waivable:
                self.used.setdefault(i, WaiverStatus.REFUSED)
                refused = NotWaived(waiver.id, NotWaivable())
                continue
            if waiver.max_amount is not None:
                above = _above(waiver.max_amount, bounds, env, b)
                if above is not None:
                    self.used.setdefault(i, WaiverStatus.BOUND)
                    refused = NotWaived(waiver.id, above)
                    continue
            self.used[i] = WaiverStatus.USED
            return use_of(waiver, WaiverStatus.USED, env.subject.run.program.currency), None
        return None, refused

    def touches(self, names: Sequence[str], workload: str | None) -> None:
        """A waiver of a rule that waits is not unused."""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule in names and waiver.workload in (None, workload) and self.active(waiver):
                self.used.setdefault(i, WaiverStatus.WAITING)


def _above(
    bound: Fraction, bounds: Expr | None, env: Env, b: Bindings
) -> NoAmount | AboveBound | NotShown | None:
    """Why an amount is not known to lie within a bound; None where it does."""
    currency = env.subject.run.program.currency
    if bounds is None:
        return NoAmount(bound, currency)
    found = result(bounds, env, b)
    assert isinstance(found.value, Num)
    extent = range_of(found.value.poly).range
    if extent.hi <= bound:
        return None
    if extent.lo > bound:
        return AboveBound(bound, currency, Figure(found.value, bounds.type))
    return NotShown(bound, currency, needs(found.open, env.subject.run))


def use_of(
    waiver: Waiver,
    state: WaiverStatus,
    currency: str,
    note: WaiverNote | None = None,
    close: str = "",
    held_on: str = "",
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
        max_amount=waiver.max_amount,
        currency=currency,
        ticket=waiver.ticket or "",
        expiring=note is WaiverNote.EXPIRING,
        close=close,
        held_on=held_on,
    )


def waiver_findings(
    state: WaiverState, program: Program, workloads: Sequence[str], beside: Beside
) -> tuple[list[WaiverUse], list[Finding]]:
    """Expired, expiring, unused and unknown ones, those that do not count, that hold only by the
    day which the manifest gives, or that were approved by whom they free."""
    families = (rule.family for rule in program.rules.values() if rule.family)
    known = [*program.rules, *dict.fromkeys(families), *program.obligations]
    uses: list[WaiverUse] = []
    findings: list[Finding] = []
    for i, waiver in enumerate(state.waivers):
        expires = date.fromisoformat(waiver.expires_on).toordinal()
        became = state.used.get(i, WaiverStatus.UNUSED)
        level: Level | None = None
        note: WaiverNote | None = None
        close = rule = held_on = ""
        active = state.active(waiver)
        if not active and beside.stated is not None and in_force(waiver, beside.stated):
            held_on = date.fromordinal(beside.stated).isoformat()
        if waiver.rule not in known:
            became, level = WaiverStatus.UNKNOWN_RULE, Level.BLOCK
            note, rule = WaiverNote.UNKNOWN_RULE, "waiver_unknown_rule"
            close = nearest(waiver.rule, known) or ""
        elif waiver.workload is not None and waiver.workload not in workloads:
            became, level = WaiverStatus.UNUSED, Level.WARN
            note, rule = WaiverNote.UNKNOWN_WORKLOAD, "waiver_unused"
            close = nearest(waiver.workload, workloads) or ""
        elif _is_bare(waiver):
            became, level = WaiverStatus.NOT_COUNTED, Level.WARN
            note, rule = WaiverNote.BARE, "waiver_not_counted"
        elif expires < state.as_of:
            became, level = WaiverStatus.EXPIRED, Level.WARN
            note, rule = WaiverNote.EXPIRED, "waiver_expired"
        elif not active:
            became, level = WaiverStatus.NOT_YET, Level.ADVISE
            note, rule = WaiverNote.NOT_YET, "waiver_unused"
        elif beside.dated and not in_force(waiver, beside.today):
            level, note, rule = Level.WARN, WaiverNote.BY_DATE, "waiver_by_date"
        elif became is WaiverStatus.UNUSED:
            level, note, rule = Level.ADVISE, WaiverNote.UNUSED, "waiver_unused"
        elif expires - state.as_of <= SOON:
            level, note, rule = Level.ADVISE, WaiverNote.EXPIRING, "waiver_expiring"
        use = use_of(waiver, became, program.currency, note, close, held_on)
        uses.append(use)
        if level is not None and note is not None:
            findings.append(_about(use, level, note, rule=rule))
        if active and (own := _self_approved(waiver, beside.owner)) is not None:
            findings.append(_about(use, Level.WARN, own, rule="waiver_self_approved"))
    for waiver in beside.uncounted:
        note = WaiverNote.NOT_COUNTED
        use = use_of(waiver, WaiverStatus.NOT_COUNTED, program.currency, note)
        uses.append(use)
        findings.append(_about(use, Level.WARN, note, rule="waiver_not_counted"))
    return uses, findings


def _about(
    use: WaiverUse, level: Level, notice: WaiverNote | SelfApproved, *, rule: str
) -> Finding:
    return Finding(
        rule=rule,
        level=level,
        state=RuleState.FIRED,
        workload=use.workload,
        say="",
        fix="",
        refs=(),
        needs=(),
        at=use.place,
        rule_at=None,
        waiver=use,
        notice=notice,
    )


def _self_approved(waiver: Waiver, owner: str) -> SelfApproved | None:
    """Whether who approved a waiver is who owns the project, or who asked for the waiver."""
    approver = _names(waiver.approved_by)
    if approver & _names(owner):
        return SelfApproved(asked=False)
    return SelfApproved(asked=True) if approver & _names(waiver.owner or "") else None


def _names(text: str) -> frozenset[str]:
    """What somebody may be known by: the text as a whole, and the address and the name in a text
    such as `Mina Harker <mina@example.com>`, without differences that carry no meaning."""
    import unicodedata

    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    name, _, address = folded.partition("<")
    parts = (folded, name.strip(), address.rstrip("> ").strip())
    return frozenset(part for part in parts if part)


def date_findings(as_of: int, today: int, stated: Place | None) -> list[Finding]:
    """A decision for a day that has not come."""
    if as_of <= today:
        return []
    return [
        Finding(
            rule="decision_date",
            level=Level.WARN,
            state=RuleState.FIRED,
            workload=None,
            say="",
            fix="",
            refs=(),
            needs=(),
            at=stated,
            rule_at=None,
            waiver=None,
            notice=InFuture(as_of),
        )
    ]
