"""What an answer rests on, in words: each fact, how well it is founded, and what the manifest says
about it; what of it nobody stated, what no rule reads, and which rows the manifest replaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mlpolicy.core.decision import (
    Decision,
    Founded,
    Premise,
    Replaced,
    ReplacedRow,
    WorkloadDecision,
)
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.show import show
from mlpolicy.core.titles import Titles
from mlpolicy.render import notices, words
from mlpolicy.render.findings import shared
from mlpolicy.render.places import gathered, told
from mlpolicy.render.style import bold, dim, pad, wrap
from mlpolicy.source import Place

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


def stated_lines(workload: WorkloadDecision, titles: Titles, width: int) -> list[str]:
    """What was stated, as people call it, each fact with its line of the manifest; those that are
    founded alike, and of which the same is said, together."""
    groups: dict[tuple[Founded, str], list[str]] = {}
    for each in workload.rests_on:
        if each.founded not in UNSTATED:
            groups.setdefault((each.founded, said_text(each)), []).append(
                f"{called(each, titles)}{line_of(each.place)}"
            )
    found = [bold("rests on")] if groups else []
    for (founded, said), texts in groups.items():
        about = f"of all these: {said}" if said and len(texts) > 1 else said
        text = "; ".join([*texts, about] if about else texts)
        found += wrap(text, width, f"  {pad(founded, _WIDEST)}  ", " " * (_WIDEST + 4))
    return found


def line_of(place: Place | None) -> str:
    """` (line 14)`: where something stands in the manifest that the page is about."""
    return f" {dim(f'(line {place.line})')}" if place is not None else ""


def called(premise: Premise, titles: Titles) -> str:
    """A fact as people call it, with its value: `Required quality: 85 %`; of an entry of a list all
    that is stated there: `Amazon Comprehend, accuracy, 91 %`."""
    on = premise.said.measured_on if premise.said is not None else ""
    values = [show(figure.value, figure.of, titles) for _, figure in premise.values]
    value = ", ".join(words.plain_text(text) for text in values if text != on)
    if any(column for column, _ in premise.values):
        return value or str(premise.path)
    last = next((step for step in reversed(premise.path.steps) if isinstance(step, str)), "")
    title = titles.values.get(premise.name) or (premise.name or last).replace("_", " ")
    key = f" ({titles.answer(premise.key)})" if premise.key else ""
    colon = "" if title.endswith("?") or not value else ":"
    return f"{title}{key}{colon}{f' {value}' if value else ''}"


def unstated(
    workloads: Sequence[WorkloadDecision], titles: Titles
) -> dict[Founded, list[tuple[tuple[str, ...], str]]]:
    """What the answers rest on that nobody stated: what is assumed, and narrows so which answers
    are possible, and what is computed from what is stated. Each once, with the names of the
    workloads that it is about; none where these are all."""
    found: dict[Founded, list[tuple[str, str]]] = {word: [] for word in reversed(UNSTATED)}
    for workload in workloads:
        for each in workload.rests_on:
            if each.founded in found:
                found[each.founded].append((workload.name, called(each, titles)))
    every = tuple(each.name for each in workloads)
    told_: dict[Founded, list[tuple[tuple[str, ...], str]]] = {}
    for word, parts in found.items():
        groups: dict[tuple[str, ...], list[str]] = {}
        for names, text in shared(parts):
            groups.setdefault(() if names == every else names, []).append(text)
        if groups:  # what all have in common stands first
            told_[word] = [(names, "; ".join(groups[names])) for names in sorted(groups, key=bool)]
    return told_


def unstated_lines(
    workloads: Sequence[WorkloadDecision], titles: Titles, width: int, margin: str
) -> list[str]:
    """The same as lines, with how each is founded before it."""
    lines: list[str] = []
    for word, groups in unstated(workloads, titles).items():
        if word is Founded.COMPUTED and len(workloads) > 1:
            continue  # of several, what follows from what is stated is only counted
        lead = f"{margin}{pad(word, _WIDEST)}  "
        for names, text in groups:
            whose = f"{', '.join(names)}: " if names else ""
            lines += wrap(f"{whose}{text}", width, lead, " " * len(lead))
            lead = " " * len(lead)
    return lines


def unread_text(decision: Decision, extensions: Mapping[FieldPath, str] | None = None) -> str:
    """What the manifest states and no rule reads, in one line; empty where there is nothing. Of a
    field that one of the shipped `extensions` reads, which one that is."""
    groups: dict[str, list[FieldPath]] = {}
    for each in decision.unread:
        groups.setdefault((extensions or {}).get(each.path, ""), []).append(each.path)
    if not groups:
        return ""
    parts = [
        f"{gathered(tuple(paths))}{f' (the extension {name} reads it)' if name else ''}"
        for name, paths in groups.items()
    ]
    return f"stated, and read by no rule: {'; '.join(parts)}"


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
