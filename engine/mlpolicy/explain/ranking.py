"""The order of the questions that settle an answer: one for every view and for the interview."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.decision import Settle, WorkloadDecision
from mlpolicy.core.numbers import Infinite
from mlpolicy.core.replies import NumberReply

#: From so many digits on, a number that an answer turns at is large.
_LARGE = 7


def ranked(workload: WorkloadDecision) -> list[Settle]:
    """The questions of a workload: first what settles several others, then by how much one answer
    removes. Among equals first those that turn at no large number, which most projects are far
    from; then by the money that an answer takes off, those whose answer may rule out what is
    shown, and those whose answers remove most together."""
    now = {choice.outcome or "infeasible" for choice in workload.possible}
    shown = (workload.choice.outcome or "infeasible") if workload.choice else ""

    def rank(settle: Settle) -> tuple[int, int, int, Fraction, bool, int]:
        gone = [now - set(split.possible) for split in settle.when]
        return (
            -settle.settles,
            -settle.removes,
            _digits(settle) if _digits(settle) >= _LARGE else 0,
            -(settle.spread or Fraction(0)),
            not any(shown in names for names in gone),
            -sum(len(names) for names in gone),
        )

    return sorted(workload.settled_by, key=rank)


def _digits(settle: Settle) -> int:
    """How many digits the largest number has at which an answer turns, in its own unit."""
    ends = [
        abs(end / reply.unit.scale)
        for split in settle.when
        for reply in split.answer
        if isinstance(reply, NumberReply)
        for end in (reply.part.lo, reply.part.hi)
        if not isinstance(end, Infinite)
    ]
    return len(str(int(max(ends)))) if ends else 0
