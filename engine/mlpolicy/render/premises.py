"""What an answer rests on, in words: each fact, how well it is founded, and what the manifest says
about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlpolicy.core.decision import (
    Decision,
    Founded,
    Premise,
    Replaced,
    ReplacedRow,
    WorkloadDecision,
)
from mlpolicy.render import notices
from mlpolicy.render.places import gathered, told
from mlpolicy.render.style import bold, dim, pad, wrap

#: What nobody stated; the others were stated by somebody.
UNSTATED = (Founded.COMPUTED, Founded.ASSUMED)
NO_REASON = "no reason stated"
_WIDEST = max(len(each) for each in Founded)


def value_text(premise: Premise) -> str:
    """`yes`; of an entry all that is stated there and is not said elsewhere: `comprehend,
    accuracy, 91 %`."""
    on = premise.said.measured_on if premise.said is not None else ""
    texts = [notices.figure(figure) for _, figure in premise.values]
    return ", ".join(text for text in texts if text != on)


def said_text(premise: Premise) -> str:
    """What the manifest says about a fact: on what it was measured, why it is so and who says it;
    that it says no reason, where it could. Empty where there is nothing to say."""
    said = premise.said
    if said is None:
        return ""
    parts = [f"on “{said.measured_on}”"] if said.measured_on else []
    if said.because:
        parts.append(f"because “{said.because}”")
    elif lacks_reason(premise):
        parts.append(NO_REASON)
    if said.by:
        parts.append(f"says {said.by}")
    return ", ".join(parts)


def lacks_reason(premise: Premise) -> bool:
    """Is it a claim for which no reason is stated, though one could be?"""
    said = premise.said
    claimed = premise.founded in (Founded.CLAIMED, Founded.ESTIMATED)
    return claimed and said is not None and not said.because


def counts(workload: WorkloadDecision) -> str:
    """`1 measured, 5 claimed, 3 assumed; 2 without a reason`."""
    founded = Counter(each.founded for each in workload.rests_on)
    parts = [f"{founded[kind]} {kind.value}" for kind in Founded if founded[kind]]
    bare = sum(map(lacks_reason, workload.rests_on))
    return ", ".join(parts) + (f"; {bare} without a reason" if bare else "")


def lines(workload: WorkloadDecision, width: int, manifest: str, margin: str = "") -> list[str]:
    """Every fact that was stated, with its place; those that are founded alike, and of which the
    same is said, together. The others are counted: they are listed as what is assumed."""
    if not workload.rests_on:
        return []
    groups: dict[tuple[Founded, str], list[str]] = {}
    for each in workload.rests_on:
        if each.founded not in UNSTATED:
            place = f" {dim(f'[{told(each.place, manifest)}]')}" if each.place is not None else ""
            value = value_text(each)  # none where only what it was measured on was looked at
            text = f"{each.path}{f': {value}' if value else ''}{place}"
            groups.setdefault((each.founded, said_text(each)), []).append(text)
    found = [f"{margin}{'rests on' if margin else bold('rests on')}"]
    for (founded, said), texts in groups.items():
        about = f"of all these: {said}" if said and len(texts) > 1 else said
        text = "; ".join([*texts, about] if about else texts)
        found += wrap(text, width, f"{margin}  {pad(founded, _WIDEST)}  ", f"{margin}    ")
    rest = [each for each in workload.rests_on if each.founded in UNSTATED]
    if rest:
        found += wrap(_unstated(rest), width, f"{margin}  ", f"{margin}    ")
    return found


def _unstated(premises: Sequence[Premise]) -> str:
    numbers = [(word, sum(each.founded is word for each in premises)) for word in UNSTATED]
    return f"and on what nobody states: {' and '.join(f'{n} {word}' for word, n in numbers if n)}"


def unread_text(decision: Decision) -> str:
    """What the manifest states and no rule reads, in one line; empty where there is nothing."""
    if not decision.unread:
        return ""
    return f"stated, and read by no rule: {gathered(tuple(each.path for each in decision.unread))}"


def replaced_text(each: Replaced, manifest: str = "") -> str:
    """What the manifest states in place of rows of the policy: `price comprehend: each 0.00008
    EUR/billed, because “our contract” [m.yaml:9:5]; instead of …`."""
    stated = []
    for row in each.stated:
        about = [f"because “{row.said.because}”"] if row.said and row.said.because else [NO_REASON]
        about += [f"says {row.said.by}"] if row.said and row.said.by else []
        place = f" [{told(row.place, manifest)}]" if row.place is not None else ""
        stated.append(f"{', '.join((_columns(row), *about))}{place}")
    policy = []
    for row in each.policy:
        refs = f" ({' '.join(row.refs)})" if row.refs else ""
        policy.append(f"{_columns(row)}{refs}")
    instead = f"instead of {'; '.join(policy)}" if policy else "of which the policy has none"
    return f"{each.catalog} {each.key}: {'; '.join(stated)}; {instead}"


def _columns(row: ReplacedRow) -> str:
    return " ".join(f"{name} {notices.figure(figure)}" for name, figure in row.values)
