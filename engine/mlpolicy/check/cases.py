"""Checks the tests of a policy: known fields, known names, expectations of one type.

The values of `given` are not compared with the schema here: to run a test, a manifest is made
of them, and that is validated as every manifest is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlpolicy.check.declare import find
from mlpolicy.check.examples import STATES, rows
from mlpolicy.check.inputs import Schema
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Declared, Names, ValueDecl, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.check.structure import per_of
from mlpolicy.check.typecheck.context import ANY, Expressions, Here
from mlpolicy.check.typecheck.fit import expect, typed, unknown_member
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import with_article
from mlpolicy.core.terms import DutyState, Level, Per, RuleState, Status, Told
from mlpolicy.core.visit import Node
from mlpolicy.diagnostics import Label
from mlpolicy.pattern import pattern
from mlpolicy.source import Origin, Source, Span
from mlpolicy.syntax import tree
from mlpolicy.syntax.states import help_for

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
_LEVELS = tuple(level.value for level in Level)
#: What nobody is told of.
_UNTOLD = frozenset(("passed", "does_not_apply", "absent"))
_NEXT = pattern(r"^[^\s#]", re.M)
_EXPECTS = pattern(r"^[ \t]+expect\b", re.M)


def cases(
    names: Names,
    parts: Parts,
    expressions: Expressions,
    schema: Schema | None,
    report: Report,
) -> tuple[core.PolicyTest, ...]:
    """All tests that are free of errors, in the order of their titles. (docs/language.md, Tests)"""
    checker = _Cases(
        names=names,
        parts=parts,
        expressions=expressions,
        schema=schema,
        report=report,
        per=per_of(parts),
    )
    checker.titles()
    declared = sorted(checker.by_title.items())
    made = [test for _, each in declared for test in checker.tests(each)]
    return tuple(sorted(made, key=lambda test: test.title))


def _says_expect(declared: Declared[tree.TestDecl]) -> bool:
    """Does a line of a test expect something, be it one that cannot be read?"""
    text, start = declared.source.text, declared.node.span.end
    end = _NEXT.search(text, start)
    return _EXPECTS.search(text, start, end.start() if end else len(text)) is not None


@dataclass(slots=True, kw_only=True)
class _Cases:
    names: Names
    parts: Parts
    expressions: Expressions
    schema: Schema | None
    report: Report
    per: Callable[[Node], Per]
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

    def tests(self, declared: Declared[tree.TestDecl]) -> Iterator[core.PolicyTest]:
        """The tests of a declaration: one, or one for each row of its examples. Nothing where it
        cannot be read."""
        node, source = declared.node, declared.source
        chain = self.chain(declared)
        if chain is None:
            return
        origin = Origin(source, node.span)
        examples = node.examples
        if not node.expect and _says_expect(declared):
            self.report.mark_invalid()  # what is wrong with that line is reported already
        elif not node.expect and examples is None:
            message = "this test expects nothing, so it would pass whatever comes of it"
            help = "write `expect …`: an answer, a state, a rule or a value"
            self.report.error("MLP0421", message, source, node.span, help)
        here = Here(source=source, label=f"test {node.title}")
        known = _workloads(chain)
        whose = tuple(known) or (self.word,)
        for own in node.given:
            if isinstance(own, tree.GivenBar) and own.name.text == "as_of":
                help = "write `as_of 2026-01-31` beside `given`"
                message = "the day of a test is no fact"
                self.report.error("MLP0432", message, source, own.name.span, help)
                continue
            self.stated(own.path if isinstance(own, tree.Given) else own.name, own.of, source)
        for column in examples.given if examples is not None else ():
            self.stated(column.target, column.of, source)
        facts = [
            self.fact(fact, _in_file_of(ancestor, here))
            for ancestor in chain
            for fact in ancestor.node.given
        ]
        expected = self.all_expected(node.expect, known, here)
        dates = [ancestor.node.as_of for ancestor in chain if ancestor.node.as_of is not None]
        as_of = ordinal(dates[-1]) if dates else None
        if examples is None:
            yield _made(node.title, node.title, as_of, facts, whose, expected, origin, origin)
            return
        if not examples.rows:
            self.report.mark_invalid()
        kind = self.expressions.signatures.outcome
        outcomes = kind.members if kind is not None else ()
        findings = frozenset((*self.findings, *self.names.findings))
        for row in rows(node, source, outcomes, findings, self.report):
            if row.title in self.by_title:
                message = "two tests have this title, made of the test's own and the cells"
                help = "let the rows differ in what they give"
                first = Label(self.by_title[row.title].origin, "the first one")
                self.report.error("MLP0201", message, source, row.span, help, (first,))
                continue
            self.by_title[row.title] = Declared(node, source)
            inside = here.at(row.title)
            more = [self.fact(fact, inside) for fact in row.given]
            wanted = self.all_expected(row.expected, known, inside)
            at = Origin(source, row.span)
            day = as_of if row.as_of is None else ordinal(row.as_of)
            given, every = [*facts, *more], [*expected, *wanted]
            yield _made(row.title, node.title, day, given, whose, every, at, origin)

    def stated(
        self, what: tree.PathLiteral | tree.Name, of: tree.Name | None, source: Source
    ) -> None:
        """Reports what a test cannot state: a field that there is not, a name that is no bar's, and
        of one workload what is of all of them."""
        if isinstance(what, tree.Name) and what.text == "as_of":
            message = "the day is that of the whole test"
        elif isinstance(what, tree.Name):
            if self.bar(what.text) is None:
                known = [n for n in self.names.values if self.bar(n) is not None]
                kind = "threshold or param"
                named = self.names.values.get(what.text)
                if named is not None and isinstance(named.node, tree.InputDecl):
                    message = f"`{what.text}` is an input, and a test states the field it reads"
                    help = f"write `{source_of(named)} = …`"
                    self.report.error("MLP0202", message, source, what.span, help)
                    return
                unknown_name(self.report, kind, what.text, known, source, what.span)
                return
            message = f"`{what.text}` is a value of the policy, and none of {self.one}"
        else:
            if self.schema is not None:
                find(self.schema, what, what.steps, source, self.report, entries=True)
            if self.names.scope(what).is_each:
                return
            message = f"`{what}` is no field of {self.one}"
        if of is not None:
            help = "state it without `for`"
            self.report.error("MLP0432", message, source, what.span, help)

    def bar(self, name: str) -> tree.ThresholdDecl | None:
        declared = self.names.values.get(name)
        node = declared.node if declared is not None else None
        return node if isinstance(node, tree.ThresholdDecl) else None

    def fact(
        self, fact: tree.Given | tree.GivenBar, here: Here
    ) -> core.GivenFact | core.GivenBar | None:
        """A fact of a test; None of a bar whose value is not of its type, which is reported."""
        origin = Origin(here.source, fact.span)
        if isinstance(fact, tree.GivenBar):
            name = fact.name.text
            if self.bar(name) is None:
                return None
            kind = self.expressions.signatures.values[name].type
            value = expect(self.expressions, fact.value, kind, here.at(name))
            return None if value is None else core.GivenBar(name, value, origin)
        return core.GivenFact(
            scope=self.names.scope(fact.path),
            steps=fact.path.steps,
            value=_value(fact.value),
            origin=origin,
            of=fact.of.text if fact.of is not None else "",
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
                    span = _like(here)
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

    def all_expected(
        self, nodes: Sequence[tree.Expectation], known: Sequence[str], here: Here
    ) -> list[core.Expected]:
        """What is expected, each of its workload."""
        found = []
        for number, node in enumerate(nodes, 1):
            made = self.expectation(node, here.at(str(number)))
            of = None if made is None else self.whose(made, node, known, here.source)
            if made is not None and of is not None:
                found.append(replace(made, of=of))
        return found

    def whose(
        self, made: core.Expected, node: tree.Expectation, known: Sequence[str], source: Source
    ) -> str | None:
        """The workload that an expectation speaks of, empty where it is of the whole; None where
        that cannot be told, which is reported."""
        whole = self.is_of_the_whole(made)
        if node.of is None:
            if whole or len(known) < 2:
                return "" if whole else (*known, self.word)[0]
            message = (
                f"this test has several {self.many}, and does not say of which this is expected"
            )
            help = f"write `for {known[0]}` behind it"
            self.report.error("MLP0432", message, source, node.span, help)
            return None
        if whole and isinstance(made, core.ExpectedState):
            message = f"`{made.name}` is judged of the whole, and not for {self.one}"
            self.report.error("MLP0432", message, source, node.of.span, "take `for` away")
            return None
        if node.of.text not in known:
            span = node.of.span
            unknown_name(self.report, self.word, node.of.text, known, source, span)
            return None
        return node.of.text

    def is_of_the_whole(self, made: core.Expected) -> bool:
        match made:
            case core.ExpectedState(name=name):
                rule = self.parts.rules.get(name)
                return rule is not None and rule.per is Per.SHARED
            case core.ExpectedValue(value=value):
                return self.per(value) is Per.SHARED
            case _:
                return False

    def expectation(self, node: tree.Expectation, here: Here) -> core.Expected | None:
        origin = Origin(here.source, node.span)
        match node:
            case tree.ExpectAnswer():
                return self.answer(node, here)
            case tree.ExpectStatus():
                if node.status.text in self.findings:
                    message = f"this does not say what `{node.status.text}` comes to"
                    help = (
                        "write its state behind it, as `fired` of a rule or `owed` of an obligation"
                    )
                    self.report.error("MLP0301", message, here.source, node.status.span, help)
                    return None
                if not self.among(node.status, f"state of {self.one}", STATES, here.source):
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

    @property
    def word(self) -> str:
        """How the policy calls one of the things that it decides."""
        return scopes.each.word if (scopes := self.names.scopes()) is not None else "thing"

    @property
    def one(self) -> str:
        """The same, with an article."""
        return with_article(self.word)

    @property
    def many(self) -> str:
        """How it calls several of them."""
        return scopes.many if (scopes := self.names.scopes()) is not None else "things"

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
            elif "outcome" in self.report.lost:
                self.report.mark_invalid()
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
        if steps:
            path = tree.PathLiteral(scope, tuple(steps), span=node.name.span)
            name = FieldPath(self.names.scope(path), tuple(steps))
            if self.schema is not None:
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

    def is_broken(self, name: str) -> bool:
        """Is it a rule or an obligation that has an error of its own, or is declared twice?"""
        declared = name.partition(".")[0]
        if declared in self.report.lost:
            return True
        made = {each.family for each in self.parts.rules.values()}.union(self.findings)
        return declared in self.names.findings and declared not in made

    @property
    def findings(self) -> Sequence[str]:
        """The names of what a test may expect a state of."""
        return (*self.parts.rules, *self.parts.obligations)

    def state(self, node: tree.ExpectState, here: Here) -> core.Expected | None:
        name, span = node.name.text, node.name.span
        if name not in self.findings:
            what = "rule or obligation"
            if rows := [each.name for each in self.parts.rules.values() if each.family == name]:
                message = f"`{name}` is judged for each row, and this does not say for which"
                help = f"name the rule of one row, as `{rows[0]}`"
                self.report.error("MLP0432", message, here.source, span, help)
            elif self.is_broken(name):
                self.report.mark_invalid()
            else:
                unknown_name(self.report, what, name, self.findings, here.source, span)
            return None
        rule = name not in self.parts.obligations
        states: Mapping[str, RuleState | DutyState] = RULE_STATES if rule else DUTY_STATES
        what = "state of a rule" if rule else "state of an obligation"
        if node.state.text not in states:
            said, source = node.state, here.source
            if help := help_for(said.text, states):
                message = f"unknown {what} `{said.text}`"
                self.report.error("MLP0202", message, source, said.span, help)
            else:
                unknown_name(self.report, what, said.text, states, source, said.span)
            return None
        origin = Origin(here.source, node.span)
        if node.level is not None and node.state.text in _UNTOLD:
            message = f"a finding that is `{node.state.text}` has no level: nobody is told of it"
            help = "take `as` and the level away, or expect another state"
            self.report.error("MLP0432", message, here.source, node.level.span, help)
            return None
        level = None
        if node.level is not None:
            if node.level.text not in _LEVELS:
                said = node.level
                unknown_name(self.report, "level", said.text, _LEVELS, here.source, said.span)
                return None
            level = Level(node.level.text)
        state = states[node.state.text]
        return core.ExpectedState(name=node.name.text, state=state, origin=origin, level=level)

    def value(self, node: tree.ExpectValue, here: Here) -> core.Expected | None:
        place = replace(here, compared=True)
        if isinstance(node.value, tree.Var) and node.value.name in self.findings:
            message = f"`{node.value.name}` is a rule or an obligation, and has a state"
            help = f"write the state behind it, without `=`: `{node.value.name} fired`"
            self.report.error("MLP0202", message, here.source, node.value.span, help)
            return None
        value = typed(self.expressions, node.value, ANY, place)
        if value is None:
            return None
        expected = expect(self.expressions, node.expected, value.type, here)
        if expected is None:
            return None
        return core.ExpectedValue(value, expected, Origin(here.source, node.span))


def _like(declared: Declared[tree.TestDecl]) -> Span:
    """Where a test says which one it is like."""
    span = declared.node.span
    written = declared.source.text.find("like", span.start, span.end)
    begin = declared.source.text.find('"', written) if written >= 0 else -1
    end = declared.source.text.find('"', begin + 1)
    return span if begin < 0 or end < 0 else Span(begin, end + 1)


def source_of(declared: Declared[ValueDecl]) -> str:
    """What an input reads, as it is written."""
    assert isinstance(declared.node, tree.InputDecl)
    return declared.source.slice(declared.node.sources[0].span)


def _in_file_of(declared: Declared[tree.TestDecl], here: Here) -> Here:
    """The same place in the file of a test that this one is like."""
    return replace(here, source=declared.source)


def _workloads(chain: Sequence[Declared[tree.TestDecl]]) -> tuple[str, ...]:
    """The workloads that a test and those that it is like name, in the order in which they do."""
    facts = (fact for declared in chain for fact in declared.node.given)
    named = [fact.of for fact in facts if isinstance(fact, tree.Given)]
    if (examples := chain[-1].node.examples) is not None:
        named += [column.of for column in examples.given]
    return tuple(dict.fromkeys(name.text for name in named if name is not None))


def _made(
    title: str,
    whole: str,
    as_of: int | None,
    facts: Sequence[core.GivenFact | core.GivenBar | None],
    known: Sequence[str],
    expected: Sequence[core.Expected],
    origin: Origin,
    block: Origin,
) -> core.PolicyTest:
    return core.PolicyTest(
        title=title,
        whole=whole,
        as_of=as_of,
        given=tuple(fact for fact in facts if isinstance(fact, core.GivenFact)),
        bars=tuple(fact for fact in facts if isinstance(fact, core.GivenBar)),
        workloads=tuple(known),
        expected=tuple(expected),
        origin=origin,
        block=block,
    )


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
