"""The smallest change: what would have to be stated otherwise for an outcome, or for a rule to
be silent.

Fewest fields first. Of the editable fields that the question rests on, every set of one, then
of two, then of three is asked about (`asking`) with its fields open: a no is a proof that no
values of them do it (`proofs`). What is left is searched for values (`trying`): members are tried,
numbers are cut exactly where something turns (`partition`), the nearest to what is stated is
taken. The search (`smallest`) ends with the first size for which something is found. Nothing is
reported that has not been evaluated as a manifest of its own, and every proper part of it too
(`solving`).

Never claimed: that something is impossible for want of having found it. A set that is neither
proved impossible nor has values found for it is told as such (`untold`).
"""

from __future__ import annotations

from datetime import date

from mlpolicy.changes.asking import search_of
from mlpolicy.changes.smallest import MOST_TOLD, facts_alone, smallest
from mlpolicy.changes.told import Confirm, Evidence, Proof, Stands, Wanted, WhyNot
from mlpolicy.changes.turning import evidence_for, turned_away
from mlpolicy.core.decision import Decision, OpenCell, WorkloadDecision
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Program
from mlpolicy.core.terms import FIRM, RuleState, Status
from mlpolicy.evaluate import Memory
from mlpolicy.schema import Schema

#: The most facts that are told to settle an answer: those that tell most come first.
MOST_SETTLING = 3


def why_not(
    program: Program,
    schema: Schema,
    document: Document,
    today: Decision,
    confirm: Confirm,
    *,
    wanted: str,
    workload: str | None,
    as_of: date,
    memory: Memory,
) -> WhyNot:
    """Why `wanted` (an outcome of the policy, or the silence of one of its rules) is not so
    for `workload` (None: the project), and the smallest changes by which it would be. `memory`
    holds what was worked out for other questions about the manifest."""
    search = search_of(program, schema, document, confirm, wanted, workload, as_of, memory)
    is_outcome = wanted in program.outcome.members
    own = next((w for w in today.workloads if w.name == workload), None)
    turns = turned_away(program, schema, own, wanted) if is_outcome and own is not None else ()
    search.today = today
    found = smallest(search)
    # To have a need is no way to silence a rule.
    facts = facts_alone(search) if is_outcome and found.proof is not Proof.ALREADY else ()
    evidence: tuple[Evidence, ...] = ()
    if is_outcome and own is not None and found.proof is not Proof.ALREADY:
        evidence = evidence_for(program, document, own, wanted, search)
    shown = list(found.changes[:MOST_TOLD])
    return WhyNot(
        question=Wanted.OUTCOME if is_outcome else Wanted.SILENCE,
        wanted=wanted,
        workload=workload,
        stands=_stands(today, own, wanted, is_outcome, workload),
        turns=turns,
        proof=found.proof,
        changes=tuple(shown),
        complete=found.complete and len(found.changes) == len(shown),
        size=found.size,
        untold=tuple(found.untold),
        open_for=found.open_for,
        asked=tuple(editable.path for editable in search.editables),
        evidence=evidence,
        facts=facts,
        settling=_settling(own) if not is_outcome and search.question.speaks else (),
    )


def _settling(own: WorkloadDecision | None) -> tuple[tuple[FieldPath, str | OpenCell], ...]:
    """What would settle an answer that is not final: the fields, with their questions."""
    if own is None or own.status in FIRM:
        return ()
    told = [(each.path, each.ask) for each in own.settled_by if each.path is not None]
    return tuple(told[:MOST_SETTLING])


def _stands(
    today: Decision,
    own: WorkloadDecision | None,
    wanted: str,
    is_outcome: bool,
    workload: str | None,
) -> Stands:
    """How it stands today."""
    if own is not None and own.status is Status.ERROR:
        return Stands(own.status, error=own.error)
    if is_outcome:
        assert own is not None
        shown = own.choice.outcome or "infeasible" if own.choice is not None else ""
        return Stands(own.status, shown)
    states = [f.state for f in today.findings if f.rule == wanted and f.workload == workload]
    return Stands(rule=states[0] if states else RuleState.PASSED)
