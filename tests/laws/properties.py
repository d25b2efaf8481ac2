"""The laws as predicates: what must hold between a decision and that of a completion.

Each gives the violations it finds, in words, so that tests, planted faults and a person
looking for a small example all use the same ones.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from unittest.mock import patch

from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Choice, Decision, RuleResult, WorkloadDecision
from mlpolicy.core.notices import NotJudged
from mlpolicy.core.program import ChoiceRef, IsProvisional, IsUnknownExpr, Program, Rule
from mlpolicy.core.terms import Said, Status
from mlpolicy.evaluate.env import Env
from mlpolicy.explain.decision import decide_document
from mlpolicy.source import Place
from tests.laws.manifests import Manifest, document


def decide(
    program: Program,
    manifest: Manifest,
    as_of: date,
    *,
    explain: bool = False,
) -> Decision:
    """The decision; without `explain` the answers are the same and come faster."""
    return decide_document(
        program,
        document(manifest),
        as_of=as_of,
        today=as_of,
        explain=explain,
    )


def outcome_name(choice: Choice) -> str:
    """What a choice is called among the possible ones: an infeasible and a held one have no
    outcome, their status tells them apart."""
    return choice.outcome or choice.status


def outcomes(workload: WorkloadDecision) -> frozenset[str]:
    return frozenset(outcome_name(c) for c in workload.possible)


def faulty(decision: Decision, name: str | None) -> bool:
    """Was it told that an error may come of it?"""
    return any(f.rule == "possible_fault" and f.workload in (name, None) for f in decision.findings)


def _listed(choice: Choice, among: tuple[Choice, ...]) -> bool:
    """Is it among these, an open attribute (None) standing for any value?"""
    return any(
        outcome_name(c) == outcome_name(choice)
        and all(
            a == b or a is None or b is None
            for (_, a), (_, b) in zip(c.attributes, choice.attributes, strict=True)
        )
        for c in among
    )


# ── (a) and (b): decided, and possible ───────────────────────────────────────────────────


def outcome_laws(partial: Decision, completed: Decision) -> list[str]:
    """Decided stays decided with the same outcome; what is possible only narrows, and what is
    shown on the completion was possible before, attributes included."""
    found = []
    for before, after in zip(partial.workloads, completed.workloads, strict=True):
        name = before.name
        if before.status is Status.ERROR:
            continue  # nothing was decided, so nothing is promised
        if after.status is Status.ERROR:
            if not any(faulty(partial, n) for n in (name, None)):
                found.append(f"{name}: error out of nothing: {after.error}")
            continue
        if not outcomes(after) <= outcomes(before):
            found.append(
                f"{name}: possible {sorted(outcomes(after))} is not within"
                f" {sorted(outcomes(before))}"
            )
        for choice in after.possible:
            if not _listed(choice, before.possible):
                found.append(
                    f"{name}: {outcome_name(choice)} {choice.attributes} was not listed among"
                    f" {[(outcome_name(c), c.attributes) for c in before.possible]}"
                )
                break
        if before.status is Status.DECIDED:
            for told in (before.choice, after.choice):
                if told is not None and not _listed(told, before.possible):
                    found.append(f"{name}: decided {told} is not listed")
        if before.status is Status.DECIDED:
            assert before.choice is not None
            # An author may mark a leaf of the same outcome provisional: the outcome stands.
            if after.choice is None or after.choice.outcome != before.choice.outcome:
                found.append(
                    f"{name}: {before.choice.outcome} became {after.status} {after.choice}"
                )
        if before.choice is not None and outcome_name(before.choice) not in outcomes(before):
            found.append(f"{name}: shown {before.choice.outcome} is not possible")
    return found


# ── (c): rules ───────────────────────────────────────────────────────────────────────────


def reads_answer(rule: Rule, program: Program) -> bool:
    return any(isinstance(e, ChoiceRef) for e in reached(rule.conditions, program))


def reads_standing(rule: Rule, program: Program) -> bool:
    """Does a rule ask how firm an answer is, or for its reasons?"""
    return any(
        isinstance(e, IsProvisional) or (isinstance(e, ChoiceRef) and e.attribute == Said.BECAUSE)
        for e in reached(rule.conditions, program)
    )


def asks_unknown(rule: Rule, program: Program) -> bool:
    return any(isinstance(e, IsUnknownExpr) for e in reached(rule.conditions, program))


def same_answers(partial: Decision, completed: Decision) -> bool:
    """Is what is shown the same, as far as a rule can ask for it?"""

    def told(decision: Decision) -> list[object]:
        return [
            (w.status, w.choice and dataclasses.replace(w.choice, refs=()))
            for w in decision.workloads
        ]

    return told(partial) == told(completed)


def _states(decision: Decision) -> dict[tuple[str, str | None], RuleResult]:
    return {(r.rule, r.workload): r for r in decision.results}


def rule_laws(program: Program, partial: Decision, completed: Decision) -> list[str]:
    """A rule that has fired, passed or does not apply keeps its state, whatever else comes to be
    known, whether or not it speaks of the answer. Read backwards it is the silence law: what
    fires does not pass because a fact is left out.

    Excepted: one that passed may turn out not to apply; one that asks `is unknown` may go from
    fired to passed, never the other way; one that fired because it could not be judged may do
    anything; one that asks whether an answer is provisional or what its reasons are is held to it
    only where no answer is, and while they are the same.
    """
    found = []
    same = same_answers(partial, completed)
    # An answer that in the end only the policy's owner can settle is not provisional for a rule.
    settled = all(w.status is not Status.PROVISIONAL for w in partial.workloads)
    unjudged = {(f.rule, f.workload) for f in partial.findings if f.unjudged}
    after = _states(completed)
    failed = {w.name for d in (partial, completed) for w in d.workloads if w.error}
    for key, before in _states(partial).items():
        rule = program.rules[before.rule]
        if before.state == "waiting" or before.workload in failed:
            continue
        if key in unjudged:
            continue
        if reads_standing(rule, program) and not (same and settled):
            continue
        if failed and reads_answer(rule, program):
            continue
        then = after.get(key)
        if then is None:
            found.append(f"{key}: {before.state}, then no result")
            continue
        was = "fired" if before.state == "waived" else before.state
        now = "fired" if then.state == "waived" else then.state
        if was == "fired" and asks_unknown(rule, program):
            continue
        if now != was:
            if was == "passed" and now == "does_not_apply":
                continue  # its guard was open, and what it asks held in no case
            if was == "does_not_apply" and now == "passed" and asks_unknown(rule, program):
                continue
            if now == "waiting" and any(
                isinstance(f.notice, NotJudged) for f in completed.findings if f.rule == before.rule
            ):
                continue
            found.append(f"{key}: {was} became {now}")
    return found


# ── (g): costs ───────────────────────────────────────────────────────────────────────────


def cost_laws(decision: Decision) -> list[str]:
    """Where nothing is missing and all is known, the ledger's lines add up to the total
    exactly. With estimates the total lies within what the lines add up to: two lines may
    share an unknown and take it at opposite ends, the total cannot."""
    found = []
    for workload in decision.workloads:
        for cost in workload.costs:
            if cost.missing:
                continue
            what = f"{workload.name}: {cost.formula}({cost.outcome})"
            low = sum((line.low for line in cost.lines), Fraction(0))
            highs = [line.high for line in cost.lines if line.high is not None]
            high = sum(highs, Fraction(0)) if len(highs) == len(cost.lines) else None
            known = all(line.low == line.high for line in cost.lines)
            if known and not (low == cost.low == cost.high == high):
                found.append(f"{what}: lines {low}..{high}, total {cost.low}..{cost.high}")
            if cost.low is not None and cost.low < low:
                found.append(f"{what}: lines from {low}, total from {cost.low}")
            if high is not None and (cost.high is None or cost.high > high):
                found.append(f"{what}: lines to {high}, total to {cost.high}")
    return found


# ── (d) and (h): what may not matter ─────────────────────────────────────────────────────


_PLACE = re.compile(r"file\d\.mlp:\d+:\d+")


def plainly(value: object) -> object:
    """A decision without places, digests and what a value has worked out and kept: what it
    says, not where."""
    if isinstance(value, Place):
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (
            type(value).__name__,
            tuple(
                (f.name, plainly(getattr(value, f.name)))
                for f in dataclasses.fields(value)
                if f.init and f.name not in ("digest", "manifest_digest")
            ),
        )
    if isinstance(value, Mapping):
        return tuple(sorted((k, plainly(v)) for k, v in value.items()))
    if isinstance(value, tuple | list):
        return tuple(plainly(v) for v in value)
    if isinstance(value, str):
        return _PLACE.sub("(a place in the policy)", value)
    return value


def loosely(value: object) -> object:
    """The same, with lists of words, and what is needed, in any order: that is told in the order
    of the workloads that need it."""
    match value:
        case ("needs", tuple(needs)):
            return ("needs", tuple(sorted((loosely(need) for need in needs), key=repr)))
    if isinstance(value, tuple):
        inner = tuple(loosely(v) for v in value)
        words = [v for v in inner if isinstance(v, str)]
        return tuple(sorted(words)) if len(words) == len(inner) else inner
    return value


def first_difference(a: object, b: object, path: str = "") -> str:
    """Where two plain values first differ, in words."""
    if type(a) is not type(b) or not isinstance(a, tuple):
        return f"{path}: {str(a)[:200]} / {str(b)[:200]}"
    assert isinstance(b, tuple)
    if len(a) != len(b):
        return f"{path}: {len(a)} and {len(b)} items: {str(a)[:300]} / {str(b)[:300]}"
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x != y:
            label = x[0] if isinstance(x, tuple) and x and isinstance(x[0], str) else str(i)
            return first_difference(x, y, f"{path}.{label}")
    return ""


# ── What is remembered ───────────────────────────────────────────────────────────────────


@contextmanager
def forgetting() -> Iterator[None]:
    """While it lasts, nothing that was worked out is found again: all is worked out where it is
    asked for."""
    with (
        patch.object(Env, "recall", lambda *_: None),
        patch.object(Env, "kept", lambda *_: None),
    ):
        yield


def memory_laws(program: Program, manifest: Manifest, as_of: date, told: Decision) -> list[str]:
    """What is remembered changes nothing: worked out anew wherever it is asked for, all comes
    to the same."""
    with forgetting():
        anew = decide(program, manifest, as_of)
    here, there = plainly(told), plainly(anew)
    return [] if here == there else [first_difference(here, there)]
