"""The reference meaning: `evaluate(program, document) -> Decision`.

In order: every workload is decided; then what the answers cost; then obligations and rules,
which may speak of all workloads; then waivers; then the verdict. Each part returns values;
the trace is made of the very nodes that were evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mlpolicy.core.decision import (
    Assumption,
    Choice,
    ChoiceStatus,
    Cost,
    Counts,
    Decision,
    Finding,
    Level,
    PolicyId,
    RuleResult,
    Status,
    Verdict,
    WorkloadDecision,
)
from mlpolicy.core.facts import Document, Fact, Waiver, Workload
from mlpolicy.core.program import Program
from mlpolicy.core.show import show
from mlpolicy.core.trace import Basis, DutyState, OfPolicy, OfWorkload, RuleState, Step, StepKind
from mlpolicy.core.trace import Judged as JudgedAs
from mlpolicy.core.values import NO, YES, Members, is_known, member
from mlpolicy.evaluate.begin import begin
from mlpolicy.evaluate.costs import cost_env, costs
from mlpolicy.evaluate.expressions import evaluate_expression
from mlpolicy.evaluate.inputs import path_text
from mlpolicy.evaluate.nodes import preferred
from mlpolicy.evaluate.rules import (
    Judged,
    WaiverState,
    date_findings,
    duties,
    judge,
    result_of,
    waiver_findings,
)
from mlpolicy.evaluate.settle import irrelevant, settling
from mlpolicy.evaluate.state import (
    NOTHING_BOUND,
    Answer,
    Bindings,
    Env,
    FaultError,
    Node,
    Reached,
    Run,
    Subject,
)
from mlpolicy.evaluate.trace import trace_of
from mlpolicy.evaluate.trees import INFEASIBLE, Found, decide
from mlpolicy.source import Place

LEVELS = tuple(Level)
_STATES = (RuleState.FIRED, RuleState.PENDING, RuleState.WAIVED)


def evaluate(
    program: Program,
    document: Document,
    *,
    as_of: date,
    today: date,
    waivers: Sequence[Waiver] = (),
    allow_manifest_waivers: bool = True,
    explain: bool = True,
) -> Decision:
    """Applies a checked policy to a validated manifest.

    `as_of` is the one clock; `today` only tells whether it lies in the future or long past.
    `waivers` come from a waiver file; those of the manifest are added unless
    `allow_manifest_waivers` is off. Without `explain` the answers, findings and verdict are the
    same, but what only an explanation needs is left empty: the trace, the costs, what is
    assumed, what would settle an open answer and what is irrelevant. Raises nothing that
    depends on the manifest: an error in a workload is part of its result.
    """
    run = begin(program, document, as_of, explain)
    workloads = [_decide(workload, run) for workload in document.workloads]
    run.turns = None
    project = Env(Subject(run, None))
    run.envs[""] = project

    all_waivers = [*waivers, *(document.waivers if allow_manifest_waivers else ())]
    state = WaiverState(all_waivers, run.as_of, {})
    findings: list[Finding] = []
    results: list[RuleResult] = []
    rule_nodes: dict[str, list[Node]] = {}
    _judge_all(program, workloads, project, state, findings, results, rule_nodes)
    decided = tuple(
        _workload_decision(w, state, findings, rule_nodes.get(w.workload.name, []))
        for w in workloads
    )
    findings.extend(_doubts(workloads, project))
    names = [w.name for w in document.workloads]
    uses, about_waivers = waiver_findings(state, program, names)
    findings.extend(about_waivers)
    stated = document.project.get("decision_date")
    findings.extend(date_findings(run.as_of, today.toordinal(), stated.place if stated else None))

    ordered = tuple(sorted(findings, key=_finding_order))
    counts = _counts(results, ordered, len(document.workloads), program)
    outcomes: dict[str, int] = {}
    for name in (*program.outcome.members, INFEASIBLE):
        number = sum(1 for w in decided if w.choice is not None and _outcome_name(w.choice) == name)
        if number:
            outcomes[name] = number
    return Decision(
        PolicyId(program.name, program.version, program.digest, program.meaning, program.language),
        document.file,
        document.digest,
        document.name,
        as_of.isoformat(),
        _verdict(decided, ordered),
        decided,
        outcomes,
        _project_costs(decided),
        ordered,
        tuple(sorted(results, key=lambda r: (r.rule, r.workload or ""))),
        tuple(uses),
        Step(
            kind=StepKind.POLICY,
            name=program.name,
            detail=OfPolicy(program.version, as_of.toordinal()),
            children=tuple(
                [w.trace for w in decided]
                + [_traced(document.name, rule_nodes.get("", []) if explain else [], program)]
            ),
        ),
        counts,
        {ref: clause.text for ref, clause in sorted(program.clauses.items())},
    )


def answered(program: Program, document: Document, *, as_of: date) -> Run:
    """Every workload decided and nothing else judged: where any expression may be asked."""
    run = begin(program, document, as_of, explain=False)
    for workload in document.workloads:
        _decide(workload, run)
    run.envs[""] = Env(Subject(run, None))
    return run


def _outcome_name(choice: Choice) -> str:
    return choice.outcome or INFEASIBLE


def _traced(project: str, nodes: list[Node], program: Program) -> Step:
    told: set[int] = set()
    children = [trace_of(n, told, program) for n in nodes]
    return Step(kind=StepKind.PROJECT, name=project, children=tuple(children))


# ── One workload ─────────────────────────────────────────────────────────────────────────


class _Workload:
    """A workload while it is being decided: what was found, or the error that stopped it."""

    __slots__ = ("answer", "env", "error", "found", "place", "workload")

    def __init__(self, workload: Workload, env: Env) -> None:
        self.workload = workload
        self.env = env
        self.found: Found | None = None
        self.answer: Answer | None = None
        self.error: str | None = None
        self.place: Place | None = None

    def fail(self, fault: FaultError) -> None:
        self.error = fault.message
        self.place = fault.place
        self.found = None
        self.answer = None
        self.env.subject.run.answers.pop(self.workload.name, None)


def _decide(workload: Workload, run: Run) -> _Workload:
    env = run.envs[workload.name]
    state = _Workload(workload, env)
    try:
        found = decide(env)
    except FaultError as fault:
        state.fail(fault)
        return state
    state.found = found
    held = found.shown is not None and found.shown.hold is not None
    shown = None if held else found.shown
    outcomes = frozenset(found.outcomes)
    state.answer = Answer(shown, outcomes, not found.firm or _marked(found))
    run.answers[workload.name] = state.answer
    return state


def _marked(found: Found) -> bool:
    """Did the author call the shown leaf provisional?"""
    return found.shown is not None and found.shown.provisional


def _judge_all(
    program: Program,
    workloads: list[_Workload],
    project: Env,
    state: WaiverState,
    findings: list[Finding],
    results: list[RuleResult],
    nodes: dict[str, list[Node]],
) -> None:
    for workload in workloads:
        name = workload.workload.name
        for rule in program.rules.values():
            if rule.per == "project" or workload.error is not None:
                continue
            try:
                answer = workload.answer if workload.answer and workload.answer.reached else None
                judged = judge(rule, name, workload.env, answer, workload.found)
            except FaultError as fault:
                # An error takes back what was judged of the workload before.
                workload.fail(fault)
                findings[:] = [f for f in findings if f.workload != name]
                results[:] = [r for r in results if r.workload != name]
                continue
            _conclude(judged, state, findings, results, nodes)
    for rule in program.rules.values():
        if rule.per != "project":
            continue
        try:
            judged = judge(rule, None, project, None, None)
        except FaultError as fault:
            findings.append(_fault_finding(rule.name, Level(rule.level), None, fault))
            results.append(RuleResult(rule.name, Level(rule.level), None, RuleState.PENDING))
            continue
        _conclude(judged, state, findings, results, nodes)


def _fault_finding(rule: str, level: Level, workload: str | None, fault: FaultError) -> Finding:
    text = f"could not be judged: {fault.message}"
    return Finding(rule, level, RuleState.PENDING, workload, text, "", (), (), fault.place, None)


def _conclude(
    judged: Judged,
    state: WaiverState,
    findings: list[Finding],
    results: list[RuleResult],
    nodes: dict[str, list[Node]],
) -> None:
    """Records a rule's outcome, waivers applied."""
    rule, workload = judged.rule, judged.workload
    nodes.setdefault(workload or "", []).append(judged.node)
    if judged.value is NO:
        results.append(result_of(judged, RuleState.PASSED))
        return
    rule_at = rule.origin.place
    fired = judged.value is YES
    outcome = RuleState.FIRED if fired else RuleState.PENDING
    use = None
    say = judged.say
    if fired:
        use, refused = state.apply(
            rule.name, rule.waivable, workload, rule.bounds, judged.env, judged.bindings
        )
        if use is not None:
            outcome = RuleState.WAIVED
            judged.node.detail = JudgedAs(RuleState.WAIVED, use.id)
        elif refused:
            say = f"{say} ({refused})"
    else:
        state.touches(rule.name, workload)
    at = judged.at or _workload_place(judged)
    findings.append(
        Finding(
            rule.name,
            Level(rule.level),
            outcome,
            workload,
            say,
            judged.fix,
            rule.refs,
            judged.needs,
            at,
            rule_at,
            use,
        )
    )
    results.append(result_of(judged, outcome))


def _workload_place(judged: Judged) -> Place | None:
    workload = judged.env.subject.workload
    return workload.fact.place if workload else judged.env.subject.run.document.project.place


def _workload_decision(
    state: _Workload, waivers: WaiverState, findings: list[Finding], rules: list[Node]
) -> WorkloadDecision:
    workload = state.workload
    at = workload.fact.place
    try:
        if state.error is None:
            return _decided(state, waivers, findings, rules)
    except FaultError as fault:
        state.fail(fault)
    findings[:] = [f for f in findings if f.workload != workload.name]
    assert state.error is not None
    return WorkloadDecision(
        workload.name,
        Status.ERROR,
        None,
        None,
        (),
        (),
        (),
        (),
        (),
        (),
        _plan(workload),
        state.error,
        state.place or at,
        Step(
            kind=StepKind.WORKLOAD,
            name=workload.name,
            detail=OfWorkload(Status.ERROR.value, state.error),
            from_=state.place or at,
        ),
    )


def _decided(
    state: _Workload, waivers: WaiverState, findings: list[Finding], rules: list[Node]
) -> WorkloadDecision:
    workload, env, found = state.workload, state.env, state.found
    assert found is not None
    shown = found.shown
    held = shown is not None and shown.hold is not None
    if held and found.firm:
        status = Status.HELD
    elif shown is None:
        status = Status.UNDECIDED
    elif held:
        status = Status.HELD
    elif found.firm and not _marked(found):
        status = Status.DECIDED
    else:
        status = Status.PROVISIONAL
    explain = env.subject.run.explain
    settled = settling(found, env) if explain else ()
    choice = _choice(shown) if shown is not None and not held else None
    owed, duty_nodes, late = duties(env, state.answer, found)
    name = workload.name
    for obligation, became, needs, node in late:
        fired = became is DutyState.OVERDUE
        outcome = RuleState.FIRED if fired else RuleState.PENDING
        use = None
        if fired:
            use, _ = waivers.apply(
                obligation.name, obligation.waivable, name, None, env, NOTHING_BOUND
            )
            outcome = RuleState.WAIVED if use else RuleState.FIRED
        else:
            waivers.touches(obligation.name, name)
        duty = next(d for d in owed if d.id == obligation.name)
        say = f"overdue: {duty.text}" if fired else f"owed: {duty.text}"
        findings.append(
            Finding(
                obligation.name,
                Level(obligation.level),
                outcome,
                name,
                say,
                "",
                obligation.refs,
                needs,
                _field_place(node) or workload.fact.place,
                obligation.origin.place,
                use,
            )
        )
    children = [found.node, *duty_nodes]
    ledger = costs(env, state.answer) if explain else ()
    cost_nodes = _cost_nodes(ledger, env, state.answer)
    children.extend(cost_nodes)
    program = env.subject.run.program
    told: set[int] = set()
    traces = [trace_of(n, told, program) for n in (*children, *rules)] if explain else []
    return WorkloadDecision(
        name,
        status,
        shown.hold if shown is not None and held else None,
        choice,
        _possible(found),
        settled,
        irrelevant(found, env, settled) if explain else (),
        _assumptions([found.node, *_of_answer(cost_nodes, ledger, choice)], program)
        if explain
        else (),
        tuple(owed),
        ledger,
        _plan(workload),
        None,
        workload.fact.place,
        Step(
            kind=StepKind.WORKLOAD,
            name=name,
            detail=OfWorkload(status.value),
            from_=workload.fact.place,
            children=tuple(traces),
        ),
    )


def _of_answer(nodes: list[Node], ledger: tuple[Cost, ...], choice: Choice | None) -> list[Node]:
    """The cost nodes of the outcome that is shown."""
    outcome = choice.outcome if choice else None
    return [n for n, cost in zip(nodes, ledger, strict=True) if cost.outcome == outcome]


def _assumptions(nodes: list[Node], program: Program) -> tuple[Assumption, ...]:
    """What the shown answer and its costs rest on that nobody stated."""
    found: dict[str, Assumption] = {}
    seen: set[int] = set()

    def visit(node: Node) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        if node.kind in (StepKind.INPUT, StepKind.ENTRY) and node.basis is Basis.ASSUMED:
            name, _, key = node.name.rstrip(")").partition("(")
            path = (
                node.asks[0]
                if node.kind is StepKind.ENTRY
                else path_text(program.inputs[name], key)
            )
            found[path] = Assumption(node.name, path, show(node.value, node.type), node.refs)
        for child in decisive(node):
            visit(child)

    for node in nodes:
        visit(node)
    return tuple(found[path] for path in sorted(found))


def decisive(node: Node) -> tuple[Node, ...]:
    """The parts a value rests on: of an `and` that is no, the first part that is no."""
    if (node.kind, node.value) in ((StepKind.AND, NO), (StepKind.OR, YES)):
        return next(((c,) for c in node.children if c.value is node.value), ())
    return node.children


def _field_place(node: Node) -> Place | None:
    if node.place is not None:
        return node.place
    for child in node.children:
        place = _field_place(child)
        if place is not None:
            return place
    return None


def _cost_nodes(ledger: tuple[Cost, ...], env: Env, answer: Answer | None) -> list[Node]:
    """The evaluated cost formulas, for the trace."""
    program = env.subject.run.program
    nodes = []
    for cost in ledger:
        define = program.defines[cost.formula]
        b = Bindings(answer=answer)
        if define.key is not None:
            b = b.with_name(define.parameter, member(cost.outcome))
        body = evaluate_expression(define.body, cost_env(cost.outcome, env, answer), b)
        label = f"{cost.formula}({cost.outcome})" if cost.outcome else cost.formula
        nodes.append(
            Node(
                StepKind.COST,
                label,
                body.value,
                define.type,
                define.origin,
                (body,),
                None,
                define.refs,
            )
        )
    return nodes


def _choice(reached: Reached) -> Choice:
    """A reached leaf as it is shown: where an attribute is open, the sure row, else the first."""
    if reached.leaf is None:
        return Choice(None, (), ChoiceStatus.HELD, (reached.hold or "",), reached.refs)
    settings = dict(reached.leaf.settings)
    attributes: list[tuple[str, str | None]] = []
    for name in reached.env.subject.run.program.attributes:
        value: str | None = None
        if name in settings:
            node = preferred(settings[name], reached.env)
            if is_known(node.value) and node.value != Members(frozenset()):
                value = show(node.value, node.type)
        attributes.append((name, value))
    return Choice(
        reached.leaf.outcome or None,
        tuple(attributes),
        ChoiceStatus(reached.leaf.status),
        reached.because,
        reached.refs,
    )


def _possible(found: Found) -> tuple[Choice, ...]:
    """Every distinct choice that may still come out, attributes that are open listed one by
    one, in order of the outcome."""
    choices: dict[tuple[object, ...], Choice] = {}
    for reached in found.possible:
        for choice in _variants(reached):
            key = (choice.outcome, choice.attributes, choice.status)
            choices.setdefault(key, choice)
    if found.possible:
        program = found.possible[0].env.subject.run.program
        order = {name: i for i, name in enumerate(program.outcome.members)}
        return tuple(
            sorted(
                choices.values(),
                key=lambda c: (
                    order.get(c.outcome or "", len(order)),
                    c.status,
                    tuple((n, v or "") for n, v in c.attributes),
                ),
            )
        )
    return tuple(choices.values())


def _variants(reached: Reached) -> list[Choice]:
    base = _choice(reached)
    if reached.leaf is None:
        return [base]
    variants = [base]
    for i, (name, setting) in enumerate(reached.leaf.settings):
        del i
        node = evaluate_expression(setting, reached.env, NOTHING_BOUND)
        options = node.value.options if isinstance(node.value, Members) else None
        if not options or len(options) == 1 or len(options) > 12:
            continue
        more = []
        for choice in variants:
            for option in sorted(options):
                attributes = tuple((n, option if n == name else v) for n, v in choice.attributes)
                more.append(
                    Choice(choice.outcome, attributes, choice.status, choice.because, choice.refs)
                )
        variants = more
    return variants


def _plan(workload: Workload) -> dict[str, str] | None:
    fact = workload.fact.get("plan")
    if fact is None or not hasattr(fact.value, "items"):
        return None
    return {key: _plain(value) for key, value in fact.value.items()}


def _plain(fact: Fact) -> str:
    return fact.value if isinstance(fact.value, str) else show_plain(fact)


def show_plain(fact: Fact) -> str:
    """A stated value as text."""
    return "unknown" if not isinstance(fact.value, bool) else ("yes" if fact.value else "no")


# ── The whole ────────────────────────────────────────────────────────────────────────────


def _doubts(workloads: list[_Workload], project: Env) -> list[Finding]:
    """Where the evaluation could not exclude a fault: two exceptions that may both apply, a
    division by what may be zero."""
    found: list[Finding] = []
    for name, subject in [
        *((w.workload.name, w.env.subject) for w in workloads if w.error is None),
        (None, project.subject),
    ]:
        for text, needs, place in subject.doubts.values():
            found.append(_possible_fault(text, name, needs, place))
    return found


def _possible_fault(
    text: str, workload: str | None, needs: tuple[str, ...], place: Place | None
) -> Finding:
    name, level, state = "possible_fault", Level.WARN, RuleState.PENDING
    return Finding(name, level, state, workload, text, "", (), needs, None, place)


def _finding_order(finding: Finding) -> tuple[int, int, str, str]:
    level, state = LEVELS.index(finding.level), _STATES.index(finding.state)
    return (state, level, finding.workload or "", finding.rule)


def _counts(
    results: list[RuleResult], findings: tuple[Finding, ...], workloads: int, program: Program
) -> Counts:
    states = [r.state for r in results]
    return Counts(
        len(program.rules),
        sum(1 for f in findings if f.state is RuleState.FIRED),
        sum(1 for f in findings if f.state is RuleState.PENDING),
        states.count(RuleState.PASSED),
        sum(1 for f in findings if f.state is RuleState.WAIVED),
        workloads,
    )


def _verdict(workloads: tuple[WorkloadDecision, ...], findings: tuple[Finding, ...]) -> Verdict:
    """The first that applies: block, undecided, pending, warn, advise, pass."""
    fired = {f.level for f in findings if f.state is RuleState.FIRED}
    if Level.BLOCK in fired:
        return Verdict.BLOCK
    if any(w.status in (Status.UNDECIDED, Status.HELD, Status.ERROR) for w in workloads):
        return Verdict.UNDECIDED
    if any(f.state is RuleState.PENDING for f in findings):
        return Verdict.PENDING
    if Level.WARN in fired:
        return Verdict.WARN
    if Level.ADVISE in fired:
        return Verdict.ADVISE
    return Verdict.PASS


def _project_costs(workloads: tuple[WorkloadDecision, ...]) -> tuple[tuple[str, Cost], ...]:
    """The chosen outcome's costs of every workload, by workload."""
    found: list[tuple[str, Cost]] = []
    for workload in workloads:
        chosen = workload.choice.outcome if workload.choice else None
        found.extend((workload.name, c) for c in workload.costs if c.outcome == chosen)
    return tuple(found)


__all__ = ["answered", "evaluate"]
