"""What is found of the subjects of a manifest: rules as they were judged, and obligations that are
overdue, waivers applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from mlpolicy.core.decision import Finding, RuleResult, WaiverUse
from mlpolicy.core.later import later
from mlpolicy.core.node import node
from mlpolicy.core.notices import Notice, NotJudged, NotWaived, Owing, Unproved
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import HasRow, Obligation, Program, Rule
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.terms import DutyState, Level, Per, RuleState, WaitsFor
from mlpolicy.core.values import NO, UNKNOWN, is_known
from mlpolicy.dataclass import dataclass, field, replace
from mlpolicy.evaluate.env import (
    NO_NOTES,
    NO_SYMBOLS,
    NOTHING_BOUND,
    Answer,
    End,
    Env,
    FaultError,
    Notes,
    Run,
)
from mlpolicy.evaluate.texts import fill
from mlpolicy.evaluate.trees import Residual
from mlpolicy.evaluate.unknowns import are_of_policy, asked_first, policy_places
from mlpolicy.evaluate.values import apart, result
from mlpolicy.explain.misspelt import misspelt
from mlpolicy.explain.places import Places
from mlpolicy.judge.answers import Decided, answering
from mlpolicy.judge.rules import Duty as JudgedDuty
from mlpolicy.judge.rules import Judged, duty, judge, owed_as_shown
from mlpolicy.judge.waiving import WaiverState
from mlpolicy.typed import Protocol

#: Of so many workloads, what was worked out to answer them is kept until they are judged. Of more,
#: memory would run out before time does: it is worked out again.
MOST_KEPT = 20


class Early(Protocol):
    """What a compiled form knows of rules, before they are judged."""

    def passed(
        self, rules: Sequence[Rule], workload: str, answer: Answer | None, ends: Sequence[End]
    ) -> list[RuleState | None]:
        """What became of each of these rules that surely does not fire, one that is judged by the
        answer at whichever of `ends` the tree comes out (empty: none is); None of one that may
        fire, or of which that is not known."""

    def standing(
        self, obligation: Obligation, owed: bool, workload: str, answer: Answer | None
    ) -> DutyState | None:
        """Where an obligation stands that is `owed` on the way shown, or is not; None where that is
        not known."""


@dataclass(kw_only=True)
class Findings:
    """What has been found so far, of all subjects."""

    run: Run
    state: WaiverState
    explain: bool
    settle: bool
    steps: bool
    places: Places
    early: Early | None = None
    findings: list[Finding] = field(default_factory=list)
    results: list[RuleResult] = field(default_factory=list)
    judged: dict[str, list[tuple[Judged, RuleState, str]]] = field(default_factory=dict)

    def forget(self, workload: str) -> None:
        """An error takes back what was found of a workload before."""
        self.findings[:] = [f for f in self.findings if f.workload != workload]
        self.results[:] = [r for r in self.results if r.workload != workload]

    def let_go(self, state: Decided, *, last: bool = False) -> None:
        """Gives back the memory of a workload that has been judged, which would be worked out
        again; after its `last` word, that of its answer and of its rules too."""
        if len(self.run.document.workloads) <= MOST_KEPT:
            return
        self.places.settle()
        state.env.subject.forget()
        state.let_go()
        if last:
            state.residual = None
            self.judged.pop(state.name, None)


@node(kw_only=True, eq=False)
class Conclusion:
    """What a rule came to, before waivers, with its words, as a memory can keep it: nothing in it
    is of one manifest. `passed` where there is nothing to tell; `notes` are for the memory."""

    state: RuleState
    level: Level
    passed: bool
    say: str
    fix: str
    needs: tuple[Need, ...]
    notice: Notice | None
    waits_for: WaitsFor | None
    unjudged: bool
    notes: Notes = NO_NOTES


def rules_asked(asked: Collection[str], workloads: Sequence[Decided], run: Run) -> Iterator[Rule]:
    """The rules that are asked about, and those that may end in a fault on the day decided for,
    which then takes the answer: those of extensions take none."""
    looked_up = run.program.reads.looked_up if run.as_of >= run.program.effective else {}
    lacking: dict[tuple[int, bool], bool] = {}
    for rule in run.program.rules.values():
        if rule.extension and rule.name not in asked:
            continue
        fails = rule.name not in looked_up
        by_answer = rule.name in run.program.reads.answer_rules
        for row in looked_up.get(rule.name, ()):
            key = (id(row), by_answer)
            if key not in lacking:
                lacking[key] = _may_lack(row, by_answer, workloads, run)
            fails = fails or lacking[key]
        if fails or rule.name in asked:
            yield rule


def _may_lack(row: HasRow, by_answer: bool, workloads: Sequence[Decided], run: Run) -> bool:
    """May a rule come to nothing but a row that a catalogue lacks? Not where there may be the row
    in each environment that the rule is judged in: wherever more is assumed inside the rule, its
    value hangs on that too. Of several workloads, a rule of one may speak of the others."""
    if len(workloads) != 1:
        return True
    (workload,) = workloads
    if workload.residual is None:
        return False  # it has ended in an error already, and none of its rules is judged
    residual, memory = workload.residual, run.memory

    def lacks() -> bool:
        there = result(row, workload.env, NOTHING_BOUND)
        if there.known or not by_answer:
            return there.value is NO
        return any(result(row, env, NOTHING_BOUND).value is NO for _, _, env in workload.choices)

    into = residual.into if by_answer and residual is not None else None
    if memory is None or (by_answer and into is None):
        return lacks()
    key, known = ("lacks", row.id, into), run.program.nodes[row.id]
    made: _Lacks | None = memory.recall(key, known, workload.env)
    if made is None:
        made = _Lacks(*apart(workload.env, lacks))
        memory.keep(key, known, made, NO_SYMBOLS, workload.env, worth=0)
    return made.lacks


@node(eq=False)
class _Lacks:
    """May a row be missing? With the notes for a memory."""

    lacks: bool
    notes: Notes


def judge_all(rules: list[Rule], workloads: list[Decided], found: Findings) -> None:
    """Judges these rules for every workload and for the whole. A fault of one ends its workload in
    an error; one of an extension, which may take no answer, or of the whole waits itself."""
    of_each = [rule for rule in rules if rule.per is not Per.SHARED]
    for workload in workloads:
        found.run.allow()
        if workload.error is None:
            passed = _early(of_each, workload, found)
            for rule, is_passed in zip(of_each, passed, strict=True):
                if is_passed:
                    continue
                fault = _judge(rule, workload, _answer(workload), found)
                if fault is not None:
                    workload.fail(fault)
                    found.forget(workload.name)
                    break
        found.let_go(workload)
    of_whole = [rule for rule in rules if rule.per is Per.SHARED]
    for rule, is_passed in zip(of_whole, _early(of_whole, None, found), strict=True):
        found.run.allow()
        if not is_passed:
            _judge(rule, None, None, found)


def _judge(
    rule: Rule, workload: Decided | None, answer: Answer | None, found: Findings
) -> FaultError | None:
    """Judges a rule for a workload, or for the whole. Gives back the fault that ends the workload
    in an error, where there is one."""
    name = None if workload is None else workload.name
    env, residual = found.run.project, None
    if workload is not None:
        env, residual = workload.env, workload.residual
    by_answer = residual is not None and rule.name in found.run.program.reads.answer_rules

    def judging() -> Judged:
        # Asked for once the workload has ended in an error, or was let go, it is worked out anew.
        possible = None
        if by_answer and workload is not None and workload.residual is residual:
            possible = workload.choices
        return judge(rule, name, env, answer, residual, possible)

    try:
        made, judged = _concluded(rule, env, residual, judging, found)
        _conclude(made, judged, rule, name, env, found)
    except FaultError as fault:
        if workload is not None and not rule.extension:
            return fault
        _not_judged(rule, rule.names, name, fault, found)
        level = rule.level_on(found.run.as_of)
        found.results.append(RuleResult(rule.name, level, name, RuleState.WAITING))
    return None


def _not_judged(
    about: Rule | Obligation,
    names: Sequence[str],
    workload: str | None,
    fault: FaultError,
    found: Findings,
) -> None:
    """Records that a fault stood in the way. Whoever asks is told, and the verdict waits: that the
    policy may be to blame lets nothing pass."""
    found.state.touches(names, workload)
    found.findings.append(
        Finding(
            rule=about.name,
            level=about.level_on(found.run.as_of),
            state=RuleState.WAITING,
            workload=workload,
            say="",
            fix="",
            refs=(),
            needs=(),
            at=fault.place,
            rule_at=None,
            notice=NotJudged(fault.fault),
            waits_for=WaitsFor.TEAM,
        )
    )


def _early(rules: Sequence[Rule], workload: Decided | None, found: Findings) -> list[bool]:
    """Records the rules of which it is known beforehand that they do not fire. Of each, is it one
    of these?"""
    if found.early is None or not rules:
        return [False] * len(rules)
    name = workload.name if workload is not None else None
    answer = _answer(workload) if workload is not None else None
    ends = workload.ends if workload is not None and workload.residual is not None else ()
    day, said = found.run.as_of, found.results
    states = found.early.passed(rules, name or "", answer, ends)
    for rule, became in zip(rules, states, strict=True):
        if became is not None:
            said.append(RuleResult(rule.name, rule.level_on(day), name, became))
    return [became is not None for became in states]


def _answer(workload: Decided) -> Answer | None:
    """The answer by which a workload is judged; None where it is held back."""
    return workload.answer if workload.answer and not workload.answer.held else None


def _concluded(
    rule: Rule, env: Env, residual: Residual | None, judging: Callable[[], Judged], found: Findings
) -> tuple[Conclusion, Callable[[], Judged]]:
    """What a rule comes to in an environment with nothing assumed, as a memory has kept it where
    there is one; and what gives the rule as it was judged. What rests on the answer is kept for
    the same residual of a tree: what is possible, and where, is then the same. Raises
    FaultError."""
    memory = found.run.memory
    if memory is None or found.explain:
        return _anew(judging)
    known, by_answer = memory.of_rule(rule, env)
    into = residual.into if by_answer and residual is not None else None
    if by_answer and into is None:
        return _anew(judging)
    key = ("rule", rule.name, into)
    made: Conclusion | None = memory.recall(key, known, env)
    if made is not None:
        return made, judging
    (fresh, judged), notes = apart(env, lambda: _anew(judging))
    memory.keep(key, known, replace(fresh, notes=notes), NO_SYMBOLS, env, worth=0)
    return fresh, judged


def _anew(judging: Callable[[], Judged]) -> tuple[Conclusion, Callable[[], Judged]]:
    judged = judging()
    say, fix = _texts(judged)
    passed = judged.value is NO
    run = judged.env.subject.run
    waits = judged.state is RuleState.WAITING
    made = Conclusion(
        state=judged.state,
        level=judged.level,
        passed=passed,
        say=say,
        fix=fix,
        needs=() if passed else _needs(judged, run),
        notice=None if passed else _unproved(judged) or misspelt(judged),
        waits_for=waits_for(judged.waits, run) if waits else None,
        unjudged=judged.unjudged is not None,
    )
    return made, lambda: judged


def _conclude(
    made: Conclusion,
    judging: Callable[[], Judged],
    rule: Rule,
    workload: str | None,
    env: Env,
    found: Findings,
) -> None:
    """Records a rule's outcome, waivers applied."""
    became = made.state
    use: WaiverUse | None = None
    refused: NotWaived | None = None
    if became is RuleState.FIRED and found.state.waivers:
        judged = judging()
        use, refused = found.state.apply(
            rule.names, rule.waivable, workload, rule.bounds, judged.env, judged.bindings
        )
        if use is not None:
            became = RuleState.WAIVED
    elif became is RuleState.WAITING:
        found.state.touches(rule.names, workload)
    if found.steps:
        told = (judging(), became, use.id if use else "")
        found.judged.setdefault(workload or "", []).append(told)
    found.results.append(RuleResult(rule.name, made.level, workload, became))
    if made.passed:
        return
    found.findings.append(
        later(
            Finding,
            found.places.later(judging, env),
            rule=rule.name,
            level=made.level,
            state=became,
            workload=workload,
            say=made.say,
            fix=made.fix,
            refs=rule.refs,
            needs=made.needs,
            rule_at=rule.origin.place,
            waiver=use,
            notice=refused or made.notice,
            waits_for=made.waits_for,
            unjudged=made.unjudged,
        )
    )


def _unproved(judged: Judged) -> Unproved | None:
    """What the engine says where a rule has no words for it that it cannot be judged."""
    own = judged.unjudged is None or judged.unjudged.say is not None
    return None if own else Unproved()


def _texts(judged: Judged) -> tuple[str, str]:
    """What a rule says that did not pass, and how to fix it; that it could not be judged it says
    in its own words for that, where it has some."""
    if judged.value is NO:
        return "", ""
    say, fix = judged.rule.say, judged.rule.fix
    if judged.unjudged is not None:
        say, fix = judged.unjudged.say or say, judged.unjudged.fix or fix
    texts = [fill(each.parts, judged.env, judged.bindings) if each else "" for each in (say, fix)]
    return texts[0], texts[1]


def _needs(judged: Judged, run: Run) -> tuple[Need, ...]:
    """What a rule that is not judged needs. One that waits for a settled answer says no more: what
    settles the answer stands with the answer; one that fired by it does."""
    if are_of_policy(judged.waits, run):
        return policy_places(judged.waits, run)
    if judged.unjudged is None and _hangs_on_answer(judged, run):
        return ()
    found = asked_first(judged.waits if judged.unjudged is not None else judged.open, run)
    return (*sorted(found, key=lambda need: -_grants(need, found, run.program)),)


def _hangs_on_answer(judged: Judged, run: Run) -> bool:
    """Is it the answer alone that tells whether the rule applies, and no fact? What the rule would
    read if it did is then nothing to ask for."""
    guards = [each.guard for each in judged.instances if each.value is UNKNOWN]
    return bool(guards) and all(
        guard is not None and guard.value is UNKNOWN and not asked_first(tuple(guard.open), run)
        for guard in guards
    )


def _grants(need: Need, others: Collection[Need], program: Program) -> int:
    """To how many of the other facts that are needed the policy has an answer of its own once this
    one is stated with yes; 0 where that is less than two."""
    settled = program.reads.grants.get(need, ()) if isinstance(need, FieldPath) else ()
    many = sum(other in settled for other in others)
    return many if many > 1 else 0


def waits_for(symbols: Sequence[Symbol], run: Run) -> WaitsFor:
    """Who can tell what a finding waits for."""
    return WaitsFor.POLICY if are_of_policy(symbols, run) else WaitsFor.TEAM


# ── Obligations ──────────────────────────────────────────────────────────────────────────


@node(kw_only=True, eq=False)
class Owed:
    """Where an obligation stands, with its words, as a memory can keep it: nothing in it is of one
    manifest. `asked` where something was to be judged of it, `late` where it is overdue or may be,
    `waits_for` who can tell then; `judging` gives it as it was judged; `notes` are for the
    memory."""

    obligation: Obligation
    state: DutyState
    asked: bool
    late: bool
    text: str
    needs: tuple[Need, ...]
    waits_for: WaitsFor
    fault: FaultError | None
    judging: Callable[[], JudgedDuty] | None = None
    notes: Notes = NO_NOTES


def owing(state: Decided, found: Findings) -> list[Owed]:
    """Every obligation of a workload that has a condition or is owed on the way shown. Raises
    FaultError."""
    assert state.residual is not None
    run, shown = found.run, owed_as_shown(state.residual)
    made: list[Owed] = []
    for obligation in run.program.obligations.values():
        owed = obligation.name in shown
        if obligation.holds_on(run.as_of) and (owed or obligation.when is not None):
            made.append(_owing(obligation, owed, state, found))
    return [each for each in made if each.asked or each.state is not DutyState.NOT_OWED]


def _owing(obligation: Obligation, owed: bool, state: Decided, found: Findings) -> Owed:
    """The same of one, as a memory has kept it where there is one."""
    env, memory = state.env, found.run.memory

    def judging() -> JudgedDuty:
        return _readable(duty(obligation, owed, env, state.answer), state)

    def anew() -> Owed:
        each = judging()
        return Owed(
            obligation=obligation,
            state=each.state,
            asked=bool(each.conditions),
            late=each.late,
            text="" if each.state is DutyState.NOT_OWED else _asks_for(each, state),
            needs=asked_first(each.open, found.run),
            waits_for=waits_for(each.open, found.run),
            fault=each.fault,
            judging=lambda: each,
        )

    if found.early is not None:
        stands = found.early.standing(obligation, owed, state.name, state.answer)
        said = stands is DutyState.NOT_OWED
        if stands is not None and (said or not obligation.extension):
            text = "" if said else fill(obligation.text.parts, env, answering(state))
            return Owed(
                obligation=obligation,
                state=stands,
                asked=True,
                late=stands is DutyState.OVERDUE,
                text=text,
                needs=(),
                waits_for=waits_for((), found.run),
                fault=None,
                judging=judging,
            )
    if memory is None or found.explain:
        return anew()
    known, by_answer = memory.of_rule(obligation, env)
    into = state.residual.into if by_answer and state.residual is not None else None
    if by_answer and into is None:
        return anew()
    key = ("duty", obligation.name, owed, into)
    made: Owed | None = memory.recall(key, known, env)
    if made is not None:
        return replace(made, judging=judging)
    fresh, notes = apart(env, anew)
    if fresh.fault is None:
        kept = replace(fresh, judging=None, notes=notes)
        memory.keep(key, known, kept, NO_SYMBOLS, env, worth=0)
    return fresh


def _asks_for(each: JudgedDuty, state: Decided) -> str:
    """What an obligation asks for. Where it may not be owed, and a value in its text is not known
    either, its title is told: a sentence with an unknown value in it says nothing."""
    obligation, env, names = each.obligation, state.env, answering(state)
    title = env.subject.run.program.titles.findings.get(obligation.name)
    if each.fault is not None:
        return title or obligation.name
    holes = [part for part in obligation.text.parts if not isinstance(part, str)]
    said = fill(obligation.text.parts, env, names)
    if each.state is not DutyState.MAYBE or all(
        is_known(result(part, env, names).value) for part in holes
    ):
        return said
    return title or said


def _readable(each: JudgedDuty, state: Decided) -> JudgedDuty:
    """An obligation of which what it asks for can be told: one of an extension whose text ends in a
    fault is not judged."""
    if each.obligation.extension and each.state is not DutyState.NOT_OWED:
        try:
            _asks_for(each, state)
        except FaultError as fault:
            return replace(each, state=DutyState.MAYBE, due=NO, fault=fault)
    return each


def late(each: Owed, state: Decided, found: Findings) -> None:
    """An obligation that is overdue, or may be, is a finding, and so is a fault of one."""
    obligation, name = each.obligation, state.name
    if each.fault is not None:
        _not_judged(obligation, (obligation.name,), name, each.fault, found)
        return
    became, use = RuleState.WAITING, None
    if each.state is DutyState.OVERDUE:
        use, _ = found.state.apply(
            (obligation.name,), obligation.waivable, name, None, state.env, NOTHING_BOUND
        )
        became = RuleState.WAIVED if use else RuleState.FIRED
    else:
        found.state.touches((obligation.name,), name)
    assert each.judging is not None
    found.findings.append(
        later(
            Finding,
            found.places.later(each.judging, state.env),
            rule=obligation.name,
            level=obligation.level_on(found.run.as_of),
            state=became,
            workload=name,
            say=each.text,
            fix="",
            refs=obligation.refs,
            needs=each.needs,
            rule_at=obligation.origin.place,
            waiver=use,
            notice=Owing(late=each.state is DutyState.OVERDUE),
            waits_for=each.waits_for if became is RuleState.WAITING else None,
            unjudged=False,
        )
    )
