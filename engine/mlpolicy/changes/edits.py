"""Edits of a manifest that are proved to silence a finding, for reports that editors apply.

An edit writes another word where one stands, in a field that says what is intended (`x-intended`):
there nothing that a team writes can be untrue. The changed bytes are read and decided like any
manifest. An edit is told only where the finding is gone, every answer is as it was, and what fires
instead is less grave; that is told with it. Few are tried: what is not told may exist all the same,
and `--why-not` looks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from mlpolicy.changes.editable import EditableField, Options, editables, field_at, plain_of
from mlpolicy.check.reads import reached
from mlpolicy.core.decision import Choice, Decision, Finding, WorkloadDecision
from mlpolicy.core.facts import Document, Fact
from mlpolicy.core.node import node
from mlpolicy.core.program import InputRef, Program
from mlpolicy.core.terms import Level, RuleState, Status
from mlpolicy.manifest.edit import Patch, patch
from mlpolicy.manifest.load import load_read
from mlpolicy.manifest.read import Reading
from mlpolicy.schema import Schema
from mlpolicy.source import Origin

#: The most words tried for one finding.
MOST_WORDS = 6
#: The most workloads decided again for one manifest, of which each try decides all.
MOST_DECIDED = 200

Decide = Callable[[Document], Decision]


@node(kw_only=True)
class ProvedEdit:
    """An edit that silences `rule` for `workload`: `text` written where `origin` is, the value of
    the field at `steps` of the workload. `comes` are the rules that then fire and did not, with
    their levels, `waits` those that then wait."""

    rule: str
    workload: str
    steps: tuple[str, ...]
    origin: Origin
    text: str
    comes: tuple[tuple[str, Level], ...]
    waits: tuple[tuple[str, Level], ...]

    def silences(self, finding: Finding) -> bool:
        """Is it an edit for this finding?"""
        fired = finding.state is RuleState.FIRED
        return fired and (finding.rule, finding.workload) == (self.rule, self.workload)


def edits(
    program: Program,
    schema: Schema,
    document: Document,
    read: Reading,
    decision: Decision,
    decide: Decide,
) -> tuple[ProvedEdit, ...]:
    """The edits for the findings that fired for one workload each, on a document of the file
    `read`. `decision` is that on the document, `decide` makes one on a changed document."""
    left = MOST_DECIDED // max(len(document.workloads), 1)
    after: dict[tuple[object, str | bool], tuple[Patch, Decision] | None] = {}
    found: list[ProvedEdit] = []
    for finding in decision.findings:
        if finding.state is not RuleState.FIRED or finding.workload is None:
            continue
        answer = _answer(decision, finding.workload)
        words = _words(program, schema, document, answer, finding)
        for editable, value in islice(words, MOST_WORDS):
            key = (editable.key, value)
            if key not in after:
                if not left:
                    break
                left -= 1
                after[key] = _tried(read, schema, document, editable, value, decide)
            made = after[key]
            if made is None or not _is_better(finding, decision, made[1], value in answer):
                continue
            new = _new(decision, made[1])
            edit = ProvedEdit(
                rule=finding.rule,
                workload=finding.workload,
                steps=editable.steps,
                origin=Origin(read.source, made[0].span),
                text=made[0].text,
                comes=_rules(new, RuleState.FIRED),
                waits=_rules(new, RuleState.WAITING),
            )
            found.append(edit)
            if value in answer:
                break  # no other word has as much to be said for it
    return tuple(found)


def _answer(decision: Decision, workload: str) -> tuple[str | None, ...]:
    """The words of the answer that is shown for a workload."""
    choice = next(each.choice for each in decision.workloads if each.name == workload)
    return (choice.outcome, *(word for _, word in choice.attributes)) if choice else ()


def _words(
    program: Program,
    schema: Schema,
    document: Document,
    answer: tuple[str | None, ...],
    finding: Finding,
) -> Iterator[tuple[EditableField, str | bool]]:
    """The fields that the finding's rule reads and that say what is intended, each with the other
    words that it may have: first those of the answer, and of free text only these."""
    rule = program.rules.get(finding.rule)
    if rule is None or finding.workload is None:
        return
    exprs = list(reached([*rule.conditions], program))
    names = dict.fromkeys(e.name for e in exprs if isinstance(e, InputRef))
    for editable in editables(program, document, schema, names, [finding.workload], exprs):
        domain = editable.domain
        if editable.workload is None or not isinstance(domain, Options):
            continue
        if not _may_change(schema, document, editable):
            continue
        today = plain_of(editable.today)
        for value in sorted(domain.values, key=lambda each: each not in answer):
            named = domain.all_there_are or value in answer
            if isinstance(value, str | bool) and value != today and named:
                yield editable, value


def _may_change(schema: Schema, document: Document, editable: EditableField) -> bool:
    """Does a field say in a word what is intended, with no text beside it? Such a text is about
    the word that stands there."""
    here = field_at(schema, True, editable.steps)
    today = editable.today
    if here is None or not here.intended or today is None:
        return False
    if not isinstance(today.value, str | bool):
        return False
    if today.said is not None and (today.said.because or today.said.by):
        return False
    around = field_at(schema, True, editable.steps[:-1])
    beside = _of(document, editable).get(*editable.steps[:-1])
    if around is None or beside is None:
        return False
    return not any(
        beside.get(name) is not None
        for name, field in around.children.items()
        if field.is_prose or field.statement
    )


def _of(document: Document, editable: EditableField) -> Fact:
    return next(each.fact for each in document.workloads if each.name == editable.workload)


def _tried(
    read: Reading,
    schema: Schema,
    document: Document,
    editable: EditableField,
    value: str | bool,
    decide: Decide,
) -> tuple[Patch, Decision] | None:
    """The edit and the decision on the changed file; None where the file cannot be changed so, or
    is then no manifest."""
    assert editable.today is not None
    made = patch(read, editable.today.place, value)
    if made is None:
        return None
    documents, _ = load_read(made.read, schema)
    same = [
        each
        for each in documents
        if each.name == document.name and each.project.place == document.project.place
    ]
    return (made, decide(same[0])) if len(same) == 1 else None


def _is_better(finding: Finding, before: Decision, after: Decision, is_answer: bool) -> bool:
    """Is the finding gone, every answer as it was, and nothing there instead that is as grave? With
    another word than that of the answer the rule has to pass: where it no longer applies, the
    policy is only not asked any more."""
    if any(_key(each) == _key(finding) for each in after.findings):
        return False
    passed = any(
        (each.rule, each.workload) == _key(finding) and each.state is RuleState.PASSED
        for each in after.results
    )
    if not (passed or is_answer):
        return False
    if [_shown(each) for each in before.workloads] != [_shown(each) for each in after.workloads]:
        return False
    order = tuple(Level)
    return not any(
        each.state is RuleState.FIRED and order.index(each.level) <= order.index(finding.level)
        for each in _new(before, after)
    )


def _new(before: Decision, after: Decision) -> list[Finding]:
    """The findings that are told after a change and were not told so before."""
    told = {(_key(each), each.state, each.level) for each in before.findings}
    return [each for each in after.findings if (_key(each), each.state, each.level) not in told]


def _rules(findings: list[Finding], state: RuleState) -> tuple[tuple[str, Level], ...]:
    told = {(each.rule, each.level): None for each in findings if each.state is state}
    return tuple(told)


def _key(finding: Finding) -> tuple[str, str | None]:
    return finding.rule, finding.workload


def _shown(workload: WorkloadDecision) -> tuple[Status, Choice | None]:
    return workload.status, workload.choice
