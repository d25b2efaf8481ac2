"""A test of a policy as its author would write it: what a manifest states, and what was decided.

Facts stand as the manifest has them, one field a line. What is expected is the whole answer, what
else is possible, and every rule and obligation that has something to say: more than a test needs,
to be cut down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import assert_never

from mlpolicy.core.calendar import is_point
from mlpolicy.core.decision import Decision, WorkloadDecision
from mlpolicy.core.facts import DeclaredUnknown, Document, Estimate, Fact
from mlpolicy.core.scopes import Scope
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import DutyState, RuleState, Status
from mlpolicy.syntax.explain import RESERVED

_WORD = re.compile(r"[A-Za-z_]\w*(?:-\w+)*")

#: The state that a test expects where a decision has another: a test has no waivers.
_STATES: Mapping[RuleState, RuleState] = {
    RuleState.FIRED: RuleState.FIRED,
    RuleState.WAIVED: RuleState.FIRED,
    RuleState.WAITING: RuleState.WAITING,
}

#: Fields that say for which day and by which policy a manifest is judged, and no fact.
_BESIDE = frozenset({"decision_date", "policy"})


def written_test(
    title: str, document: Document, decision: Decision | None, *, brief: bool = False
) -> str:
    """A `test` with the facts of a document, and what was decided for it. Without a decision it
    expects nothing yet. A `brief` one states no owner, which every test fills in by itself, and
    names no rule that waits. What cannot be written in a test stands in a remark. INVARIANT: none
    of its workloads is `silent`."""
    lines = [f"test {quoted(title)}"]
    if decision is not None:
        lines.append(f"  as_of {decision.as_of}")
    several = len(document.workloads) > 1
    scopes = document.scopes
    beside = _BESIDE | {"owner"} if brief else _BESIDE
    facts = list(facts_of(scopes.shared, document.project, beside)) if scopes.items else []
    for workload in document.workloads:
        own = list(facts_of(scopes.each, workload.fact, frozenset({"name"}) | beside))
        if not several:
            facts += own
        else:
            lines += _block("given", facts)
            facts = []
            lines += _block(f"given for {_name(workload.name)}", own)
    lines += _block("given", facts)
    if decision is not None:
        for each in _expected(decision, several, waiting=not brief):
            lines.append(f"  expect {each}")
    return "\n".join(lines) + "\n"


def silent(document: Document) -> str:
    """The workload of several of which nothing is stated, so that no test can have it; empty where
    there is none."""
    if len(document.workloads) < 2:
        return ""
    for workload in document.workloads:
        facts = facts_of(document.scopes.each, workload.fact, frozenset({"name"}))
        if all(each.startswith("#") for each in facts):
            return workload.name
    return ""


def quoted(text: str) -> str:
    """A text in double quotes, as a policy has it."""
    told = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"\r?\n", r"\\n", told) + '"'


def _block(head: str, facts: list[str]) -> list[str]:
    return [f"  {head}", *(f"    {each}" for each in facts)] if facts else []


# ── Facts ────────────────────────────────────────────────────────────────────────────────


def facts_of(scope: Scope, fact: Fact, beside: frozenset[str]) -> Iterator[str]:
    """The facts below a scope, a line for each field; some fields aside."""
    assert isinstance(fact.value, Mapping)
    for name, below in fact.value.items():
        if name not in beside:
            yield from _lines(scope.word, name, below)


def _lines(path: str, name: str, fact: Fact) -> Iterator[str]:
    where = f"{path}.{name}"
    if not _WORD.fullmatch(name):
        yield f"# {where} has a key that a test cannot name"
    elif isinstance(fact.value, Mapping) and fact.value:
        for key, below in fact.value.items():
            yield from _lines(where, key, below)
    else:
        try:
            yield f"{where} = {_value(fact)}"
        except ValueError as error:
            yield f"# {where} has {error}"


def _value(fact: Fact) -> str:
    """A value as a test states it. Raises ValueError where it has a key that is no word."""
    match fact.value:
        case bool() as value:
            return "yes" if value else "no"
        case Fraction() as value:
            return decimal_text(value, grouped=False)
        case str() as value:
            return value if _is_word(value) or is_point(value) else quoted(value)
        case DeclaredUnknown():
            return "unknown"
        case Estimate(low=low, high=high):
            ends = [decimal_text(each, grouped=False) for each in (low, high)]
            return f"{{low: {ends[0]}, high: {ends[1]}}}"
        case tuple() as items:
            return f"[{', '.join(map(_value, items))}]"
        case Mapping() as entries:
            strange = [key for key in entries if not _WORD.fullmatch(key)]
            if strange:
                raise ValueError(f"the key {json.dumps(strange[0])}, which a test cannot name")
            inside = (f"{key}: {_value(below)}" for key, below in entries.items())
            return f"{{{', '.join(inside)}}}"
        case _:
            assert_never(fact.value)


def _name(text: str) -> str:
    """The name of a workload behind `for`."""
    return text if _is_word(text) else quoted(text)


def _is_word(text: str) -> bool:
    """Is a text read as the same where it stands without quotes?"""
    return bool(_WORD.fullmatch(text)) and text not in RESERVED and text not in ("true", "false")


# ── What was decided ─────────────────────────────────────────────────────────────────────


def _expected(decision: Decision, several: bool, *, waiting: bool) -> Iterator[str]:
    """What was decided, as expectations."""
    for workload in decision.workloads:
        of = f" for {_name(workload.name)}" if several else ""
        for each in expected_of(workload):
            yield f"{each}{of}"
    for result in decision.results:
        state = _STATES.get(result.state)
        if state is not None and (waiting or state is not RuleState.WAITING):
            of = f" for {_name(result.workload)}" if several and result.workload else ""
            yield f"{result.rule} {state.value}{of}"


def expected_of(workload: WorkloadDecision) -> Iterator[str]:
    """The answer of a workload, what else is possible, and its obligations, as expectations."""
    choice = workload.choice
    if choice is None:
        yield workload.status.value
    else:
        words = [choice.outcome or Status.INFEASIBLE.value]
        if workload.status in (Status.DECIDED, Status.PROVISIONAL):
            words.append(workload.status.value)
        if choice.outcome is not None and choice.status not in words:
            words.append(choice.status)
        stated = [
            f"{name} = {value}"
            for name, value in choice.attributes
            if value is not None and _WORD.fullmatch(value)
        ]
        yield f"answer = {' '.join(words)}" + (f" with {', '.join(stated)}" if stated else "")
    names = sorted({each.outcome or each.status for each in workload.possible})
    if len(names) > 1:
        yield f"possible = {{{', '.join(names)}}}"
    for duty in workload.obligations:
        if duty.state is not DutyState.NOT_OWED:
            yield f"{duty.id} {duty.state.value}"
