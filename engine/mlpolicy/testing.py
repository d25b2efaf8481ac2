"""Runs the tests of a policy.

A test's facts become a manifest, and the manifest goes the way of every other: it is read and
checked by the schema of the policy, then decided.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import assert_never

from mlpolicy.backends.python.runtime import Code, Compiled
from mlpolicy.core.decision import Choice, Decision, WorkloadDecision
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.numbers import NEG, POS, ZERO, range_of
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import (
    Dated,
    Expected,
    ExpectedAnswer,
    ExpectedInput,
    ExpectedPossible,
    ExpectedState,
    ExpectedStatus,
    ExpectedValue,
    GivenBar,
    GivenValue,
    PolicyTest,
    Program,
    UnknownConst,
)
from mlpolicy.core.show import decimal_text, finite_places, show
from mlpolicy.core.terms import ChoiceStatus, DutyState, Level, RuleState, Told
from mlpolicy.core.trace import Step, StepKind, walk
from mlpolicy.core.types import Quantity
from mlpolicy.core.values import Num, Value, is_known
from mlpolicy.decide import Context, decide
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import Bindings, Env, FaultError, Run
from mlpolicy.evaluate.holes import ask
from mlpolicy.evaluate.values import result
from mlpolicy.explain.tracer import Tracer
from mlpolicy.judge.answers import decide_workload
from mlpolicy.manifest import load
from mlpolicy.schema import Schema
from mlpolicy.source import Origin, Place, Span

#: What the manifest of a test is called, around the list of what it speaks of.
PROJECT = "test"
OWNER = "team/test"

INFEASIBLE = "infeasible"
NOTHING = "nothing"
ABSENT = "absent"

# ── Running tests ────────────────────────────────────────────────────────────────────────


#: What something came to: words of the policy, and the fault that took it, in the order told.
Got = tuple[str | Fault, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a test expected, and what came of it; with the steps that it follows from, where a value
    was asked for, or what became of a rule."""

    expected: str
    got: Got
    steps: tuple[Step, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test went. `decision` is what the facts came to, with the rules that the test names, or
    all where it was traced; None where they make no valid manifest, and where nothing but values
    was asked for. `asked` are the steps of the values that it asks for, where it was traced. `bars`
    are the values of the policy that it replaces, as they are written."""

    __test__ = False

    title: str
    passed: bool
    failures: tuple[Failure, ...]
    place: Place
    decision: Decision | None = field(default=None, repr=False, compare=False)
    asked: tuple[Step, ...] = field(default=(), repr=False, compare=False)
    bars: tuple[str, ...] = ()


def run_policy_tests(
    program: Program,
    schema: Schema,
    code: Code | None = None,
    *,
    step: Callable[[], None] = lambda: None,
) -> tuple[TestResult, ...]:
    """Every test of a policy, in the order in which they are written; with the help of its compiled
    form, if it has one. `step` is called after each."""
    results: list[TestResult] = []
    for test in sorted(program.tests, key=lambda test: test.origin.place):
        results.append(run_test(test, program, schema, code=code))
        step()
    return tuple(results)


def manifest_of(test: PolicyTest, schema: Schema) -> str:
    """The manifest that a test's facts amount to, as JSON text. Name, owner and envelope are
    filled in; nothing that a decision could rest on is."""
    return _json(_manifest(test, schema))


def _manifest(test: PolicyTest, schema: Schema) -> dict[str, object]:
    scopes = schema.scopes
    project: dict[str, object] = {}
    workloads: dict[str, dict[str, object]] = {name: {"name": name} for name in test.workloads}
    for fact in test.given:
        if not fact.scope.is_each or not scopes.items:
            _put(project, fact.steps, _plain(fact.value))
            continue
        for name, workload in workloads.items():
            if fact.of in ("", name):
                _put(workload, fact.steps, _plain(fact.value))
    if schema.root.at("spec", "owner") is not None:
        project.setdefault("owner", OWNER)
    head = {
        name: str(declared.members[0])
        for name in ("apiVersion", "kind")
        if (declared := schema.root.children[name]).members
    }
    spec, name = project, test.workloads[0]
    if scopes.items:
        spec, name = {**project, scopes.items: list(workloads.values())}, PROJECT
    return {**head, "metadata": {"name": name}, "spec": spec}


def stated_faults(program: Program, schema: Schema) -> tuple[Diagnostic, ...]:
    """What is wrong with the facts that the tests state, by the schema of the manifest, each where
    it is stated. What a manifest must say and a test leaves out is told when the test is run."""
    found: dict[tuple[str, Origin], Diagnostic] = {}
    for test in program.tests:
        place = test.origin.place
        written: list[_Written] = []
        text = _json(_manifest(test, schema), written)
        _, said = load(text.encode(), f"{place.file}:{place.line}", schema)
        for each in said:
            origin = _fact_at(each.origin.span, written, test, schema) if each.origin else None
            if origin is None or each.severity is not Severity.ERROR:
                continue
            # A test says `yes` where a manifest says `true`.
            message = each.message.replace("`true` or `false`", "`yes` or `no`")
            key = (message, origin)
            found.setdefault(key, replace(each, message=message, origin=origin, labels=()))
    return tuple(found.values())


def _fact_at(
    span: Span, written: Sequence[_Written], test: PolicyTest, schema: Schema
) -> Origin | None:
    """Where a test states what stands at a place of its manifest, as nearly as it says so."""
    fields = [each for each in written if each.span.start <= span.start < each.span.end]
    if not fields:
        return None
    way = max(fields, key=lambda each: each.span.start).way
    items, names = schema.scopes.items, test.workloads
    of, way = "", way[1:]
    if items and way[:1] == (items,) and len(way) > 1:
        of, way = names[int(way[1])], way[2:]
    steps = tuple([step for step in way if isinstance(step, str)])
    near = [
        fact
        for fact in test.given
        if (bool(of) if fact.scope.is_each and items else not of)
        and fact.of in ("", of)
        and steps[: len(fact.steps)] == tuple(fact.steps)
    ]
    return max(near, key=lambda each: len(each.steps)).origin if near else None


def _put(where: dict[str, object], steps: Sequence[str], value: object) -> None:
    """States a value below a mapping; below a list, in each of its entries."""
    first, *rest = steps
    if not rest:
        where[first] = value
        return
    below = where.get(first)
    if isinstance(below, list):
        entries = [entry for entry in below if isinstance(entry, dict)]
    else:
        if not isinstance(below, dict):
            below = where[first] = {}
        entries = [below]
    for entry in entries:
        _put(entry, rest, value)


def _plain(value: GivenValue) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


@node
class _Written:
    """A field as it stands in a text, with its name; and the names and numbers of entries on the
    way to it."""

    way: tuple[str | int, ...]
    span: Span


def _json(value: object, written: list[_Written] | None = None) -> str:
    """JSON text with exact numbers; `written` is told where each field stands."""
    parts: list[str] = []
    size = 0

    def put(text: str) -> None:
        nonlocal size
        parts.append(text)
        size += len(text)

    def write(value: object, way: tuple[str | int, ...]) -> None:
        match value:
            case Fraction():
                assert finite_places(value) is not None, value
                put(decimal_text(value, grouped=False))
            case Mapping():
                put("{")
                for number, (name, item) in enumerate(value.items()):
                    put(", " if number else "")
                    start, here = size, (*way, str(name))
                    put(f"{json.dumps(str(name))}: ")
                    write(item, here)
                    if written is not None:
                        written.append(_Written(here, Span(start, size)))
                put("}")
            case list():
                put("[")
                for number, item in enumerate(value):
                    put(", " if number else "")
                    write(item, (*way, number))
                put("]")
            case _:
                put(json.dumps(value, ensure_ascii=False))

    write(value, ())
    return "".join(parts)


#: The documents that the facts of a test make, and what is wrong with them.
Facts = tuple[Sequence[Document], Sequence[Diagnostic]]


def facts_of(test: PolicyTest, schema: Schema) -> Facts:
    """The documents that the facts of a test make, one where they are valid, and what is wrong."""
    place = test.origin.place
    return load(manifest_of(test, schema).encode(), f"{place.file}:{place.line}", schema)


@dataclass(frozen=True, kw_only=True)
class How:
    """How a test is run. With `traced`, its decision carries its trace, for coverage; that takes
    longer. `code` is the compiled form of the program, if there is one. `begun` is called with
    every run that begins, before anything is worked out in it. `memory` gives that of a day, for a
    program of which many tests are run."""

    traced: bool = False
    code: Code | None = None
    begun: Callable[[Run], None] | None = None
    memory: Callable[[datetime.date], Memory] | None = None


def run_test(
    test: PolicyTest,
    program: Program,
    schema: Schema,
    *,
    traced: bool = False,
    code: Code | None = None,
    begun: Callable[[Run], None] | None = None,
) -> TestResult:
    """One test. With `traced`, its decision carries its trace, for coverage; that takes longer.
    `begun` is called with every run that begins, before anything is worked out in it."""
    how = How(traced=traced, code=code, begun=begun)
    return run_facts(test, program, facts_of(test, schema), how)


def run_facts(test: PolicyTest, program: Program, facts: Facts, how: How) -> TestResult:
    """The same of a test whose facts were read (`facts_of`): for one that is run often."""
    traced, code, memory = how.traced, how.code, how.memory
    place = test.origin.place
    bars = tuple(f"{bar.name} = {bar.value.origin.text}" for bar in test.bars)
    documents, said = facts
    faults = [d for d in said if d.severity is Severity.ERROR]
    if faults or len(documents) != 1:
        valid = "facts that make a valid manifest"
        failures = tuple(Failure(valid, (_told(each),)) for each in said)
        return TestResult(
            title=test.title,
            passed=False,
            failures=failures or (Failure("a manifest", ("none",)),),
            place=place,
            bars=bars,
        )
    document = documents[0]
    as_of = day_of(test, document, program)
    if test.bars:
        (test, program), code, memory = _with_bars(test, program), None, None
    kept = memory(as_of) if memory is not None else None
    explain = traced or any(isinstance(e, ExpectedInput) for e in test.expected)
    settle = any(isinstance(e, ExpectedInput) and e.what is not Told.ASSUMED for e in test.expected)
    named = frozenset(e.name for e in test.expected if isinstance(e, ExpectedState))
    rules = None if traced else named
    asked = any(isinstance(e, ExpectedValue) for e in test.expected)
    decision = None
    if traced or not all(isinstance(e, ExpectedValue) for e in test.expected):
        context = Context(as_of=as_of, today=as_of, explain=explain, settle=settle, rules=rules)
        decision = decide(program, document, context, code, kept, how.begun)
    run = _answered(program, document, as_of, replace(how, code=code), kept) if asked else None
    failures = tuple(
        Failure(wanted, got if isinstance(got, tuple) else (got,), steps)
        for expected in test.expected
        for wanted, got in _differences(expected, decision, program, run)
        for steps in [_below(expected, program, document, as_of)]
    )
    return TestResult(
        title=test.title,
        passed=not failures,
        failures=failures,
        place=place,
        decision=decision,
        asked=_asked(test, run) if traced and run is not None else (),
        bars=bars,
    )


def _with_bars(test: PolicyTest, program: Program) -> tuple[PolicyTest, Program]:
    """The test, and the program with the values that the test gives to bars."""
    made = with_bars(replace(program, tests=(test,)), test.bars)
    return made.tests[0], made


def has_bar(program: Program, given: GivenBar) -> bool:
    """Does a program have the bar that a test states, with values of that kind?"""
    bar = program.bars.get(given.name)
    if bar is None:
        return False
    one, other = bar.type, given.value.type
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.unit.dims == other.unit.dims
    return one == other


def with_bars(program: Program, given: Iterable[GivenBar]) -> Program:
    """The program with these values of its thresholds and params, on all days. INVARIANT: it has
    a bar of each name, of the type of the value."""
    from mlpolicy.check.whole import whole

    bars = dict(program.bars)
    for each in given:
        line = Dated(0, each.value, (), each.origin)
        bars[each.name] = replace(bars[each.name], lines=(line,))
    return whole(replace(program, bars=bars))


def _told(fault: Diagnostic) -> str:
    return f"{fault.message} ({fault.help})" if fault.help else fault.message


def day_of(test: PolicyTest, document: Document, program: Program) -> datetime.date:
    """The test's own date, else the one its facts state, else the day the policy began."""
    if test.as_of is not None:
        return datetime.date.fromordinal(test.as_of)
    if document.decision_date is not None:
        return datetime.date.fromisoformat(document.decision_date)
    return datetime.date.fromordinal(program.effective)


# ── Expected and got ─────────────────────────────────────────────────────────────────────


def _differences(
    expected: Expected, decision: Decision | None, program: Program, run: Run | None
) -> Iterator[tuple[str, str | Got]]:
    """What was expected and what came instead; nothing where they agree."""
    if isinstance(expected, ExpectedValue):
        assert run is not None
        yield from _value(expected, run)
        return
    assert decision is not None
    if isinstance(expected, ExpectedState):
        found = _state(expected, decision, program)
        wanted = f"{expected.name} {_stands(expected.state, expected.level)}"
        if found is None:
            named = {each.name: each for each in decision.workloads}
            beside = _status(named[expected.of]) if expected.of else ("no result",)
            yield f"{wanted}{_for(expected, program)}", (f"{NOTHING}: ", *beside)
        elif found != (expected.state, expected.level or found[1]):
            level = found[1] if expected.level is not None else None
            yield f"{wanted}{_for(expected, program)}", _stands(found[0], level)
        return
    workload = next(each for each in decision.workloads if each.name == expected.of)
    match expected:
        case ExpectedAnswer():
            yield from _answer(expected, workload, program)
        case ExpectedStatus():
            if workload.status is not expected.status:
                yield f"{expected.status}{_for(expected, program)}", _status(workload)
        case ExpectedPossible():
            possible = {_outcome(choice) for choice in workload.possible}
            if possible != expected.outcomes:
                yield f"possible {_set(expected.outcomes)}{_for(expected, program)}", _set(possible)
        case ExpectedInput():
            yield from _input(expected, workload, program)


def _answer(
    expected: ExpectedAnswer, workload: WorkloadDecision, program: Program
) -> Iterator[tuple[str, str | Got]]:
    choice, of = workload.choice, _for(expected, program)
    got = _shown(workload)
    outcome = _outcome(choice) if choice else NOTHING
    if outcome != expected.outcome:
        yield f"answer {expected.outcome}{of}", got
        return
    if expected.state and workload.status is not expected.state:
        yield f"answer {expected.outcome} {expected.state}{of}", got
        return
    if choice is None:
        return
    if expected.status and choice.status != expected.status:
        yield f"answer {expected.outcome} {expected.status}{of}", got
        return
    attributes = dict(choice.attributes)
    for name, value in expected.settings:
        if attributes.get(name) != value:
            yield f"{name} = {value}{of}", f"{name} = {attributes.get(name) or 'nothing'}"
            return
    if expected.because is not None and expected.because not in choice.because:
        wanted = json.dumps(expected.because, ensure_ascii=False)
        yield f"because {wanted}{of}", f"because {_list(choice.because)}"


def _outcome(choice: Choice) -> str:
    if choice.outcome is not None:
        return choice.outcome
    return INFEASIBLE if choice.status == ChoiceStatus.INFEASIBLE else choice.status


def _shown(workload: WorkloadDecision) -> Got:
    choice = workload.choice
    if choice is None:
        return f"{NOTHING} (", *_status(workload), ")"
    stated = [f"{name} = {value}" for name, value in choice.attributes if value is not None]
    words = " ".join((_outcome(choice), choice.status, workload.status.value))
    return (f"{words} with {', '.join(stated)}" if stated else words,)


def _status(workload: WorkloadDecision) -> Got:
    said = workload.error or workload.hold
    if said:
        return f"{workload.status.value}: ", said
    if workload.choice is None:
        return (f"{workload.status.value}: {_set(_outcome(c) for c in workload.possible)}",)
    return (workload.status.value,)


def _set(names: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(set(names))) + "}"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts) or NOTHING


def _input(
    expected: ExpectedInput, workload: WorkloadDecision, program: Program
) -> Iterator[tuple[str, str | Got]]:
    names = _paths(expected.name, program)
    match expected.what:
        case Told.IRRELEVANT:
            got = list(workload.irrelevant)
        case Told.SETTLED_BY:
            got = [s.path for s in workload.settled_by if s.path is not None]
        case Told.ASSUMED:
            got = [a.path for a in workload.assumed]
            if any(a.name == expected.name and not a.key for a in workload.assumed):
                return
        case _:
            assert_never(expected.what)
    if not any(path.is_of(name) for path in got for name in names):
        words = expected.what.value.replace("_", " ")
        yield (
            f"{words} {expected.name}{_for(expected, program)}",
            ", ".join(map(str, got)) or NOTHING,
        )


def _paths(name: str | FieldPath, program: Program) -> tuple[FieldPath, ...]:
    """The fields that an input's name (or a field itself) means."""
    if isinstance(name, FieldPath):
        return (name,)
    if name in program.inputs:
        found = [path for source in program.inputs[name].sources for path in source.paths]
    else:
        found = [program.records[name].path]
    return tuple(FieldPath(path.scope, path.steps) for path in found)


def _state(
    expected: ExpectedState, decision: Decision, program: Program
) -> tuple[RuleState | DutyState, Level | None] | None:
    """What became of a rule or an obligation, and at which level that is told, None where nobody is
    told; None where an error took the rules."""
    name, of = expected.name, expected.of
    if name in program.obligations:
        duties = next(each for each in decision.workloads if each.name == of).obligations
        found = ((duty.state, duty.level) for duty in duties if duty.id == name)
        return next(found, (DutyState.NOT_OWED, None))
    told = (r for r in decision.results if r.rule == name and (r.workload or "") == of)
    return next(((result.state, result.level) for result in told), None)


def _for(expected: Expected, program: Program) -> str:
    """`for letters`, where a test names what its facts are of."""
    return f" for {expected.of}" if expected.of not in ("", program.scopes.each.word) else ""


def _stands(state: RuleState | DutyState, level: Level | None) -> str:
    """`fired as block`; without a level where none is asked for, or none is told."""
    word = ABSENT if state is DutyState.NOT_OWED else state.value
    told = level is not None and state not in (RuleState.PASSED, RuleState.DOES_NOT_APPLY)
    return f"{word} as {level}" if told else word


def _answered(
    program: Program,
    document: Document,
    as_of: datetime.date,
    how: How,
    memory: Memory | None,
) -> Run:
    """Every workload decided and nothing else judged: where any expression may be asked."""
    run = begin(program, document, as_of.toordinal(), memory=memory)
    if how.begun is not None:
        how.begun(run)
    if how.code is not None:
        Compiled(how.code, run)
    for workload in document.workloads:
        found = decide_workload(workload, run)
        if found.answer is not None:
            run.answers[workload.name] = found.answer
    return run


def _asked(test: PolicyTest, run: Run) -> tuple[Step, ...]:
    """The steps of the values that a test asks for; none of one that ends in a fault."""
    tracer = Tracer(run.program, full=True)
    steps: list[Step] = []
    for expected in test.expected:
        if isinstance(expected, ExpectedValue):
            env, bound = _shown_answer(run, expected.of)
            with contextlib.suppress(FaultError):
                steps.append(tracer.step(expected.value, env, bound))
    return tuple(steps)


def _below(
    expected: Expected, program: Program, document: Document, as_of: datetime.date
) -> tuple[Step, ...]:
    """What an expectation that was not met follows from: the steps of a value or of a rule; none of
    others, since what an answer follows from is for `explain` to tell."""
    if isinstance(expected, ExpectedValue):
        run = _answered(program, document, as_of, How(), None)
        env, bound = _shown_answer(run, expected.of)
        with contextlib.suppress(FaultError):
            return (_unplaced(Tracer(program, full=True).step(expected.value, env, bound)),)
    if isinstance(expected, ExpectedState):
        context = Context(as_of=as_of, today=as_of, settle=False, rules=frozenset({expected.name}))
        decision = decide(program, document, context)
        for part in decision.trace.children:
            if part.name in (expected.of, document.name):
                for step in walk(part):
                    if step.kind is StepKind.RULE and step.name == expected.name:
                        return (_unplaced(step),)
    return ()


def _unplaced(step: Step) -> Step:
    """A step without its places in the manifest, which nobody wrote."""
    return replace(step, from_=None, children=tuple(map(_unplaced, step.children)))


def _shown_answer(run: Run, workload: str) -> tuple[Env, Bindings]:
    """Where the shown answer of a workload holds; without one, the whole project."""
    answer = run.answers.get(workload)
    shown = answer.reached if answer is not None else None
    return shown.env if shown is not None else run.envs[workload], Bindings(answer=answer)


def _value(expected: ExpectedValue, run: Run) -> Iterator[tuple[str, str | Got]]:
    """What an expression comes to where the shown answer holds."""
    env, bound = _shown_answer(run, expected.of)
    text = expected.value.origin.text
    try:
        got = ask(result(expected.value, env, bound), env)
        wanted = result(expected.expected, env, bound)
    except FaultError as fault:
        yield text, (fault.fault,)
        return
    met = _same(got.value, wanted.value)
    if isinstance(expected.expected, UnknownConst):
        met = _is_open(got.value)
    if not met:
        said = show(wanted.value, expected.expected.type)
        yield f"{text} = {said}{_for(expected, run.program)}", show(got.value, expected.value.type)


def _same(got: Value, wanted: Value) -> bool:
    """One value, or one range."""
    if isinstance(got, Num) and isinstance(wanted, Num):
        mine, other = range_of(got.poly).range, range_of(wanted.poly).range
        return (mine.lo, mine.hi) == (other.lo, other.hi)
    return got == wanted


def _is_open(got: Value) -> bool:
    """Is nothing known of a value? Of a number, that it is not below zero may be."""
    if isinstance(got, Num):
        within = range_of(got.poly).range
        return within.hi == POS and within.lo in (ZERO, NEG)
    return not is_known(got)
