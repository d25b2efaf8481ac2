"""Two decisions in, what differs between them out: answers, findings, duties, costs."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.decision import Choice, Cost, Decision, Finding, WorkloadDecision
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.terms import PLAIN
from mlpolicy.core.titles import Titles

_NO_TITLES = Titles()


@node(kw_only=True)
class CostChange:
    """One cost before and after; None where it is not told, or has no upper end."""

    formula: str
    outcome: str
    currency: str
    before: tuple[Fraction | None, Fraction | None]
    after: tuple[Fraction | None, Fraction | None]

    @property
    def by(self) -> tuple[Fraction | None, Fraction | None]:
        """After less before, at both ends."""
        low, high = (
            b - a if a is not None and b is not None else None
            for a, b in zip(self.before, self.after, strict=True)
        )
        return low, high


@node(kw_only=True)
class WorkloadChange:
    """What became of one workload. Answers and what is possible are told in words."""

    name: str
    before: str
    after: str
    possible_before: tuple[str, ...]
    possible_after: tuple[str, ...]
    duties: tuple[tuple[str, str, str], ...]  # id, state before, state after; empty: not owed
    costs: tuple[CostChange, ...]
    error: Fault | None = None

    @property
    def differs(self) -> bool:
        """Is there anything to tell: another answer, another set of possible answers, other
        obligations or other costs?"""
        return (
            self.before != self.after
            or self.possible_before != self.possible_after
            or bool(self.duties or self.costs)
        )


@node(kw_only=True)
class Difference:
    """`gone` and `new` are findings that are no longer told, or only now; `turned` those whose
    state changed, with the state before."""

    verdict_before: str
    verdict_after: str
    workloads: tuple[WorkloadChange, ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    turned: tuple[tuple[Finding, str], ...]

    @property
    def none(self) -> bool:
        """Is nothing different?"""
        return not (
            any(w.differs for w in self.workloads)
            or self.gone
            or self.new
            or self.turned
            or self.verdict_before != self.verdict_after
        )


def difference(before: Decision, after: Decision) -> Difference:
    """What differs. INVARIANT: both are about manifests with the same workloads."""
    was = {(f.rule, f.workload): f for f in before.findings}
    now = {(f.rule, f.workload): f for f in after.findings}
    return Difference(
        verdict_before=before.verdict.value,
        verdict_after=after.verdict.value,
        workloads=tuple(
            _workload(a, b) for a, b in zip(before.workloads, after.workloads, strict=True)
        ),
        gone=tuple(f for key, f in was.items() if key not in now),
        new=tuple(f for key, f in now.items() if key not in was),
        turned=tuple(
            (f, was[key].state)
            for key, f in now.items()
            if key in was and was[key].state != f.state
        ),
    )


def _workload(before: WorkloadDecision, after: WorkloadDecision) -> WorkloadChange:
    duties_before = {d.id: d.state for d in before.obligations}
    duties_after = {d.id: d.state for d in after.obligations}
    names = dict.fromkeys((*duties_before, *duties_after))
    duties = tuple(
        (name, duties_before.get(name, ""), duties_after.get(name, ""))
        for name in names
        if duties_before.get(name) != duties_after.get(name)
    )
    return WorkloadChange(
        name=before.name,
        before=answer(before),
        after=answer(after),
        possible_before=possible(before),
        possible_after=possible(after),
        duties=duties,
        costs=tuple(_costs(before, after)),
        error=after.error,
    )


def answer(workload: WorkloadDecision, titles: Titles = _NO_TITLES) -> str:
    """A workload's answer in a few words: `decided ai_service, service comprehend`; with titles
    beside what has one: `decided ai_service (AI service), service comprehend`."""
    words = workload.status.value
    if workload.choice is not None:
        words = f"{words} {_told(workload.choice, titles)}"
    return words


def possible(workload: WorkloadDecision, titles: Titles = _NO_TITLES) -> tuple[str, ...]:
    """The answers that are possible for a workload, in the same words."""
    return tuple(dict.fromkeys(_told(choice, titles) for choice in workload.possible))


def _told(choice: Choice, titles: Titles) -> str:
    outcome = choice.outcome or "infeasible"
    title = titles.answer(outcome)
    called = outcome if title == outcome else f"{outcome} ({title})"
    status = "" if choice.status in PLAIN else f" {choice.status}"
    settings = "".join(f", {name} {value}" for name, value in choice.attributes if value)
    return f"{called}{status}{settings}"


def _costs(before: WorkloadDecision, after: WorkloadDecision) -> list[CostChange]:
    was = {(c.formula, c.outcome): c for c in before.costs}
    now = {(c.formula, c.outcome): c for c in after.costs}
    found = []
    for key in dict.fromkeys((*was, *now)):
        one = now.get(key) or was[key]
        before_, after_ = _ends(was.get(key)), _ends(now.get(key))
        if before_ != after_:
            found.append(
                CostChange(
                    formula=one.formula,
                    outcome=one.outcome,
                    currency=one.currency,
                    before=before_,
                    after=after_,
                )
            )
    return found


def _ends(cost: Cost | None) -> tuple[Fraction | None, Fraction | None]:
    if cost is None or cost.missing:
        return (None, None)
    return (cost.low, cost.high)


__all__ = ["CostChange", "Difference", "WorkloadChange", "answer", "difference"]
