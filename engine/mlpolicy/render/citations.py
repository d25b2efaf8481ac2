"""What a decision cites: the sources, the clauses, and where each fact comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mlpolicy.core.decision import Cost, CostLine, Decision, WorkloadDecision
from mlpolicy.core.program import Cited, Clause
from mlpolicy.core.trace import Step

_TRUST = {
    "A": "the first source",
    "B": "a dated copy that agrees with others",
    "C": "a single or contradicted source",
}


class Stated(Protocol):
    """A clause, or an entry of a ledger: what either says of where it comes from."""

    @property
    def lines(self) -> str:
        """Where in its document."""

    @property
    def because(self) -> str:
        """Why a document is read so."""

    @property
    def at(self) -> str:
        """The part of its document that it is."""

    @property
    def trust(self) -> str:
        """How far to trust a fact."""

    @property
    def source(self) -> str:
        """Who says a fact."""

    @property
    def as_of(self) -> str:
        """For which day."""

    @property
    def since(self) -> str:
        """From when it has held."""


def source_text(source: Cited) -> str:
    """A source in a line: title, digest or day, and what may be published of it."""
    of = f"sha256:{source.sha256}" if source.sha256 else ""
    if source.as_of:
        of = f"as of {source.as_of}"
    lines = f"{source.lines} lines" if source.lines else ""
    facts = ", ".join(part for part in (source.address, lines, of) if part)
    said = " ".join(source.published.split())
    return f"{source.title}{f' ({facts})' if facts else ''}{f'. {said}' if said else ''}"


def clause_text(clause: Clause) -> str:
    """What a clause says, on one line."""
    return " ".join(clause.text.split())


def origin_text(clause: Stated) -> str:
    """Where a clause comes from: its lines in the document, or who says a fact, for which day and
    how far to trust it; empty where nothing is known."""
    if clause.lines:
        many = "lines" if any(mark in clause.lines for mark in ",-") else "line"
        return f"{many} {clause.lines} of the document"
    if clause.at:
        return f"{clause.at} of the document"
    if clause.because:
        return f"our reading, because {' '.join(clause.because.split())}"
    if not clause.trust:
        return ""
    since = f", holds since {clause.since}" if clause.since else ""
    says = f"{' '.join(clause.source.split())}; as of {clause.as_of}{since}"
    return f"trust {clause.trust} ({_TRUST.get(clause.trust, '')}): {says}"


def refs_of(decision: Decision) -> set[str]:
    """Every clause that a decision cites anywhere, that it knows."""
    found: set[str] = set()
    for workload in decision.workloads:
        found.update(workload_refs(workload))
        for choice in workload.possible:
            found.update(choice.refs)
    for finding in decision.findings:
        found.update(finding.refs)
    for _, cost in decision.project_costs:
        found.update(cost_refs(cost))
    found.update(step_refs(decision.trace))
    return found & set(decision.clauses)


def workload_refs(workload: WorkloadDecision) -> Iterator[str]:
    """Everything that is cited of a workload, but for its path."""
    if workload.choice is not None:
        yield from workload.choice.refs
    for duty in workload.obligations:
        yield from duty.refs
    for assumed in workload.assumed:
        yield from assumed.refs
    for cost in workload.costs:
        yield from cost_refs(cost)


def cost_refs(cost: Cost) -> Iterator[str]:
    """Everything that a cost cites."""
    yield from cost.refs
    for line in cost.lines:
        yield from line_refs(line)


def line_refs(line: CostLine) -> Iterator[str]:
    """Everything that a line of a ledger cites."""
    yield from line.refs
    for source in line.sources:
        yield from source.refs
    for each in line.reckonings:
        yield from each.refs
        for tier in each.tiers:
            yield from tier.refs


def step_refs(step: Step) -> Iterator[str]:
    """Everything that a step and those below it cite."""
    waiting, met = [step], set()
    while waiting:
        here = waiting.pop()
        if id(here) not in met:
            met.add(id(here))
            yield from here.refs
            waiting.extend(here.children)
