"""Checks the tests of a policy: known fields, known names, expectations of one type.

The values of `given` are not compared with the schema here: to run a test, a manifest is made
of them, and that is validated as every manifest is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.check.declare import find
from mlpolicy.check.inputs import Schema
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Declared, Names, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.check.typecheck.context import ANY, Expressions, Here
from mlpolicy.check.typecheck.fit import expect, typed, unknown_member
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.terms import DutyState, RuleState, Scope, Status, Told
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree

#: What a workload can be.
STATES = tuple(state.value for state in Status)
#: What a path begins with.
SCOPES = frozenset(scope.value for scope in Scope)
#: How firm an answer can be.
FIRM = (Status.DECIDED.value, Status.PROVISIONAL.value)
#: What can become of a rule and of an obligation, by the word for it.
RULE_STATES: Mapping[str, RuleState] = {
    state.value: state
    for state in (
        RuleState.FIRED,
        RuleState.PASSED,
        RuleState.WAITING,
        RuleState.WAIVED,
        RuleState.DOES_NOT_APPLY,
    )
}
DUTY_STATES: Mapping[str, DutyState] = {
    "absent" if state is DutyState.NOT_OWED else state.value: state for state in DutyState
}


def cases(
    names: Names,
    parts: Parts,
    expressions: Expressions,
    schema: Schema | None,
    report: Report,
) -> tuple[core.PolicyTest, ...]:
    """All tests that are free of errors, in the order of their titles. (docs/language.md, Tests)"""
    checker = _Cases(
        names=names, parts=parts, expressions=expressions, schema=schema, report=report
    )
    checker.titles()
    made = [checker.test(declared) for _, declared in sorted(checker.by_title.items())]
    return tuple(test for test in made if test is not None)


@dataclass(slots=True, kw_only=True)
class _Cases:
    names: Names
    parts: Parts
    expressions: Expressions
    schema: Schema | None
    report: Report
    by_title: dict[str, Declared[tree.TestDecl]] = field(default_factory=dict)

    def titles(self) -> None:
        for declared in self.names.tests:
            title = declared.node.title
            first = self.by_title.setdefault(title, declared)
            if first is not declared:
                label = Label(first.origin, "the first one")
                message = "two tests have this title"
                help = "give one of them another title"
                self.report.error(
                    "MLP0201", message, declared.source, declared.node.span, help, (label,)
                )

    def test(self, declared: Declared[tree.TestDecl]) -> core.PolicyTest | None:
        node, source = declared.node, declared.source
        chain = self.chain(declared)
        if chain is None:
            return None
        for fact in node.given:
            if self.schema is not None:
                find(self.schema, fact.path, fact.path.steps, source, self.report)
        given = [
            core.GivenFact(
                Scope(fact.path.scope),
                fact.path.steps,
                _value(fact.value),
                Origin(ancestor.source, fact.span),
            )
            for ancestor in chain
            for fact in ancestor.node.given
        ]
        dates = [ancestor.node.as_of for ancestor in chain if ancestor.node.as_of is not None]
        here = Here(source=source, label=f"test {node.title}")
        found = [self.expectation(e, here.at(str(i))) for i, e in enumerate(node.expect, 1)]
        expected = [e for e in found if e is not None]
        if not node.expect:
            message = "this test expects nothing, so it would pass whatever comes of it"
            help = "write `expect …`: an answer, a state, a rule or a value"
            self.report.error("MLP0421", message, source, node.span, help)
        return core.PolicyTest(
            title=node.title,
            as_of=ordinal(dates[-1]) if dates else None,
            given=tuple(given),
            expected=tuple(expected),
            origin=Origin(source, node.span),
        )

    def chain(self, declared: Declared[tree.TestDecl]) -> list[Declared[tree.TestDecl]] | None:
        """The test and those it is like, the oldest first."""
        chain = [declared]
        while (like := chain[0].node.like) is not None:
            parent = self.by_title.get(like)
            here = chain[0]
            if parent is None:
                if here is declared:
                    known = self.by_title
                    span = here.node.span
                    unknown_name(self.report, "test", like, known, here.source, span)
                return None
            if any(parent is one for one in chain):
                if declared is min(chain, key=lambda one: one.node.title):
                    message = "this test is like itself"
                    help = "break the circle of `like` lines"
                    span = declared.node.span
                    self.report.error("MLP0409", message, declared.source, span, help)
                return None
            chain.insert(0, parent)
        return chain

    # -- expectations ----------------------------------------------------------------------

    def expectation(self, node: tree.Expectation, here: Here) -> core.Expected | None:
        origin = Origin(here.source, node.span)
        match node:
            case tree.ExpectAnswer():
                return self.answer(node, here)
            case tree.ExpectStatus():
                if not self.among(node.status, "state of a workload", STATES, here.source):
                    return None
                return core.ExpectedStatus(Status(node.status.text), origin)
            case tree.ExpectPossible():
                good = [self.outcome(name, here, ("infeasible",)) for name in node.outcomes]
                if not all(good):
                    return None
                return core.ExpectedPossible(frozenset(n.text for n in node.outcomes), origin)
            case tree.ExpectInput():
                return self.input(node, here)
            case tree.ExpectState():
                return self.state(node, here)
            case tree.ExpectValue():
                return self.value(node, here)

    def among(self, name: tree.Name, what: str, known: tuple[str, ...], source: Source) -> bool:
        if name.text in known:
            return True
        unknown_name(self.report, what, name.text, known, source, name.span)
        return False

    def outcome(self, name: tree.Name, here: Here, more: tuple[str, ...]) -> bool:
        kind = self.expressions.signatures.outcome
        if kind is None:
            return False
        if name.text in more or name.text in kind.members:
            return True
        unknown_member(self.expressions, name.text, kind, name.span, here)
        return False

    def answer(self, node: tree.ExpectAnswer, here: Here) -> core.Expected | None:
        good = self.outcome(node.outcome, here, ("infeasible", "nothing"))
        state: Status | None = None
        status: str | None = None
        own = self.expressions.signatures.own_statuses
        for word in node.words:
            if word.text in FIRM:
                state = Status(word.text)
            elif self.among(word, "status", (*own, *FIRM), here.source):
                status = word.text
            else:
                good = False
        if self.expressions.signatures.outcome is None:
            return None
        attributes = self.expressions.signatures.attributes
        for name, value in node.settings:
            if name.text not in attributes:
                what, span = "attribute", name.span
                unknown_name(self.report, what, name.text, attributes, here.source, span, "MLP0213")
                good = False
                continue
            written = tree.Var(value.text, span=value.span)
            wanted = attributes[name.text]
            constant = expect(self.expressions, written, wanted, here.at(name.text))
            good = good and constant is not None
        if not good:
            return None
        return core.ExpectedAnswer(
            outcome=node.outcome.text,
            state=state,
            status=status,
            settings=tuple((name.text, value.text) for name, value in node.settings),
            because=node.because,
            origin=Origin(here.source, node.span),
        )

    def input(self, node: tree.ExpectInput, here: Here) -> core.Expected | None:
        name: str | FieldPath = node.name.text
        scope, *steps = node.name.text.split(".")
        if scope in SCOPES and steps:
            name = FieldPath(Scope(scope), tuple(steps))
            if self.schema is not None:
                path = tree.PathLiteral(scope, tuple(steps), span=node.name.span)
                if find(self.schema, path, path.steps, here.source, self.report) is None:
                    return None
        else:
            known = [
                n
                for n, d in self.names.values.items()
                if isinstance(d.node, tree.InputDecl | tree.RecordsDecl)
            ]
            if name not in known:
                span = node.name.span
                unknown_name(self.report, "input", node.name.text, known, here.source, span)
                return None
        return core.ExpectedInput(Told(node.what), name, Origin(here.source, node.span))

    def state(self, node: tree.ExpectState, here: Here) -> core.Expected | None:
        finding = self.names.findings.get(node.name.text)
        if finding is None:
            known, span = self.names.findings, node.name.span
            what = "rule or obligation"
            unknown_name(self.report, what, node.name.text, known, here.source, span)
            return None
        rule = isinstance(finding.node, tree.RuleDecl)
        states: Mapping[str, RuleState | DutyState] = RULE_STATES if rule else DUTY_STATES
        what = "state of a rule" if rule else "state of an obligation"
        if not self.among(node.state, what, tuple(states), here.source):
            return None
        origin = Origin(here.source, node.span)
        return core.ExpectedState(node.name.text, states[node.state.text], origin)

    def value(self, node: tree.ExpectValue, here: Here) -> core.Expected | None:
        place = replace(here, compared=True)
        value = typed(self.expressions, node.value, ANY, place)
        if value is None:
            return None
        expected = expect(self.expressions, node.expected, value.type, here)
        if expected is None:
            return None
        return core.ExpectedValue(value, expected, Origin(here.source, node.span))


def _value(value: tree.PlainValue) -> core.GivenValue:
    match value:
        case tree.Plain():
            return value.value
        case tree.PlainList():
            return tuple(_value(item) for item in value.items)
        case tree.PlainMap():
            return _map(value)


def _map(value: tree.PlainMap) -> Mapping[str, core.GivenValue]:
    return {name: _value(item) for name, item in value.items}
