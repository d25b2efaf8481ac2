"""A manifest of which all that is read is known, decided by the compiled form alone.

`decision` evaluates the tree, rules, obligations, figures and cost of every workload by compiled
functions, in one go. Where one of these meets something that is not known, that may end in an
error, or that takes more than known values to judge (a waiver, a word that a catalogue lacks), it
gives none, and the reference decides. What was evaluated becomes a decision as it is asked for:
every part of it is made once, when it is read (`core/later`), and is the same that the reference
makes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mlpolicy.approvals import settled
from mlpolicy.backends.python.plain import (
    FIRED,
    KEPT_OUT,
    NOT_KNOWN,
    NOT_OWED,
    OVERDUE,
    PASSED,
    STANDS,
    Plain,
    StrangeError,
    U,
    abstract,
    ends,
)
from mlpolicy.backends.python.runtime import Chosen, Compiled, Frame, Whole, worked_out
from mlpolicy.core.decision import (
    Choice,
    Cost,
    Decision,
    Duty,
    Finding,
    PolicyId,
    Reported,
    RuleResult,
    Verdict,
    WorkloadDecision,
)
from mlpolicy.core.later import later
from mlpolicy.core.notices import Figure, Owing
from mlpolicy.core.program import (
    Expr,
    GotoNode,
    HasRow,
    HoldNode,
    LeafNode,
    Obligation,
    Report,
    Rule,
    Template,
)
from mlpolicy.core.show import show
from mlpolicy.core.terms import DefineKind, Per, RuleState, Status
from mlpolicy.core.trace import OfPolicy, OfWorkload, Step, StepKind
from mlpolicy.core.types import Quantity
from mlpolicy.core.values import Members
from mlpolicy.core.visit import walk
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.texts import filled
from mlpolicy.explain.decision import (
    counts_of,
    finding_order,
    outcomes_of,
    project_costs_of,
    verdict_of,
)
from mlpolicy.explain.workload import plan_of
from mlpolicy.judge.answers import Decided, decide_workload
from mlpolicy.judge.rules import duty, judge, owed_as_shown
from mlpolicy.judge.waiving import date_findings
from mlpolicy.source import Place

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code, Ended
    from mlpolicy.core.facts import Approval, Document, Workload


def decision(
    whole: Whole, as_of: date, today: date, approvals: Sequence[Approval] = ()
) -> Decision | None:
    """The decision of a policy on a manifest without waivers, made without the reference; None
    where that has to make it."""
    sheet = _sheet_of(whole.code, as_of)
    if whole.strange:
        return None
    try:
        subjects = _decided(sheet, whole)
        if subjects is None:
            return None
        project = _Subject(sheet, whole.frames[""], None, None)
        if not project.is_judged(sheet.shared_rules):
            return None
    except StrangeError:
        return None
    return later(Decision, _Made(sheet, whole, (*subjects, project), today, approvals).part)


def _decided(sheet: _Sheet, whole: Whole) -> list[_Subject] | None:
    """The workloads as decided and judged; None where something is not known."""
    tree = sheet.code.tree
    subjects: list[_Subject] = []
    for workload in whole.document.workloads:
        frame = whole.frames[workload.name]
        route = sheet.route(tree(frame) if tree is not None else ())
        if route is None:
            return None
        chosen = route.chosen(frame)
        whole.answers[workload.name] = chosen
        subjects.append(_Subject(sheet, frame, workload, route))
    for subject in subjects:
        if not subject.is_judged(sheet.each_rules):
            return None
    return subjects


# ── A policy on a day ────────────────────────────────────────────────────────────────────


def _sheet_of(code: Code, as_of: date) -> _Sheet:
    found = code.sheets.get(as_of)
    if found is None:
        found = code.sheets[as_of] = _Sheet(code, as_of)
    return found


class _Sheet:
    """What is the same for all manifests that a policy decides on one day."""

    def __init__(self, code: Code, day: date) -> None:
        program = code.program
        self.code = code
        self.program = program
        self.day = day
        self.as_of = day.toordinal()
        self.ends = ends(program)
        self._rows_of: dict[str, tuple[HasRow, ...]] = {}
        self.routes: dict[Ended | tuple[()], _Route] = {}
        self.each_rules = self._rules(Per.EACH)
        self.shared_rules = self._rules(Per.SHARED)
        self.duties = [
            (each, code.duties[each.name])
            for each in program.obligations.values()
            if each.holds_on(self.as_of)
        ]
        reports = program.reports.values()
        self.each_reports = [_Told(report, code) for report in reports if report.per is Per.EACH]
        self.shared_reports = [
            _Told(report, code) for report in reports if report.per is not Per.EACH
        ]
        costs = (d for d in program.defines.values() if d.kind is DefineKind.COST)
        self.cost = next(costs, None)

    def _rules(self, per: Per) -> list[tuple[Callable[[Frame], int], Rule]]:
        rules = self.program.rules.values()
        # A workload is judged by every rule that is not one of the project.
        shared = per is Per.SHARED
        return [
            (self.code.rules[rule.name], rule)
            for rule in rules
            if (rule.per is Per.SHARED) is shared
        ]

    def looked_up(self, rule: Rule) -> tuple[HasRow, ...]:
        """The rows that the condition of a rule asks for by one key."""
        found = self._rows_of.get(rule.name)
        if found is None:
            rows = (node for node in walk(rule.when) if isinstance(node, HasRow))
            found = self._rows_of[rule.name] = tuple(row for row in rows if len(row.keys) == 1)
        return found

    def route(self, ended: Ended | tuple[()]) -> _Route | None:
        """The way to where a tree ended."""
        if ended is None:
            return None
        found = self.routes.get(ended)
        if found is None:
            found = self.routes[ended] = _Route(ended, self)
        return found

    @cached_property
    def policy(self) -> PolicyId:
        """Which policy decides, nothing being stated about it."""
        program = self.program
        return PolicyId(
            name=program.name,
            version=program.version,
            digest=program.digest,
            meaning=program.meaning,
            language=program.language,
        )


class _Route:
    """The way to an end of the tree: what is said, owed and cited on it. `ended` is empty where the
    policy has no tree."""

    def __init__(self, ended: Ended | tuple[()], sheet: _Sheet) -> None:
        self.sheet = sheet
        nodes: list[LeafNode | HoldNode | GotoNode] = []
        while isinstance(ended, tuple) and ended:
            nodes.append(sheet.ends[ended[0]])
            ended = ended[1]
        if isinstance(ended, int):
            nodes.append(sheet.ends[ended])
        self.end = nodes[-1] if nodes else None
        assert not isinstance(self.end, GotoNode)
        self.refs = tuple(dict.fromkeys(ref for node in nodes for ref in node.refs))
        self.owed = frozenset(name for node in nodes for name in node.owes)
        self.templates: list[Template] = []
        for node in nodes:
            if not isinstance(node, HoldNode) and node.because is not None:
                self.templates.append(node.because)
        self.settings = dict(self.end.settings) if isinstance(self.end, LeafNode) else {}
        parts = [part for template in self.templates for part in template.parts]
        self.is_same = not self.settings and all(isinstance(part, str) for part in parts)
        self.status = self._status()
        self._choice: Choice | None = None

    def _status(self) -> Status:
        match self.end:
            case LeafNode(provisional=True):
                return Status.PROVISIONAL
            case LeafNode(outcome=outcome):
                return Status.DECIDED if outcome else Status.INFEASIBLE
            case HoldNode(says=says):
                return Status(says)
            case _:
                return Status.JUDGED

    def chosen(self, frame: Frame) -> Chosen:
        """What `answer` stands for."""
        if not isinstance(self.end, LeafNode):
            return Chosen(None, None, False)

        def because() -> tuple[str, ...] | None:
            choice = self.choice(frame)
            return None if choice is None else choice.because

        return Chosen(self.end, frame, self.end.provisional, because)

    def choice(self, frame: Frame) -> Choice | None:
        """The answer; None where one of its attributes or reasons is not known."""
        if self._choice is not None:
            return self._choice
        leaf = self.end
        assert isinstance(leaf, LeafNode)
        attributes: list[tuple[str, str | None]] = []
        for name in self.sheet.program.attributes:
            shown: str | None = None
            if name in self.settings:
                setting = self.settings[name]
                value = worked_out(setting, frame)
                if value is U:
                    return None
                found = abstract(value, setting.type)
                if found != Members(frozenset()):
                    shown = show(found, setting.type)
            attributes.append((name, shown))
        because = [_text(template, frame) for template in self.templates]
        if None in because:
            return None
        made = Choice(
            outcome=leaf.outcome or None,
            attributes=tuple(attributes),
            status=leaf.status,
            because=tuple(text for text in because if text is not None),
            refs=self.refs,
        )
        if self.is_same:
            self._choice = made
        return made


class _Told:
    """A value that the policy reports, and how it is made."""

    __slots__ = ("name", "refs", "type", "value", "work")

    def __init__(self, report: Report, code: Code) -> None:
        declared = code.program.defines.get(report.name) or code.program.scores.get(report.name)
        self.name = report.name
        self.refs = declared.refs if declared is not None else ()
        self.value = report.value
        self.type = report.value.type
        self.work = code.functions.get(report.value.id) or partial(worked_out, report.value)

    def made(self, value: Plain) -> Reported:
        """The report of a value."""
        figure = Figure(abstract(value, self.type), self.type)
        return Reported(name=self.name, figure=figure, needs=(), refs=self.refs)


def _text(template: Template | None, frame: Frame) -> str | None:
    """A text with its holes filled; None where something in it is not known."""
    if template is None:
        return ""
    values: dict[int, Plain] = {}
    for part in template.parts:
        if not isinstance(part, str):
            value = values[id(part)] = worked_out(part, frame)
            if value is U:
                return None

    def found(part: Expr) -> Any:
        return abstract(values[id(part)], part.type)

    return filled(template.parts, frame.code.program.titles, found)


# ── One workload, or the project ─────────────────────────────────────────────────────────


class _Subject:
    """A workload, or the project (`workload` None), while and after it is decided."""

    __slots__ = (
        *("base", "choice", "cost", "duties", "fired", "frame", "hold", "route", "sheet"),
        *("states", "values", "workload"),
    )

    def __init__(
        self, sheet: _Sheet, frame: Frame, workload: Workload | None, route: _Route | None
    ) -> None:
        self.sheet = sheet
        self.base = self.frame = frame
        self.workload = workload
        self.route = route
        self.choice: Choice | None = None
        self.hold: str | None = None
        self.cost: tuple[Plain, Plain] | None = None
        self.states: list[int] = []
        self.fired: list[tuple[Rule, str, str]] = []
        self.duties: list[tuple[Obligation, int, str]] = []
        self.values: list[Plain] = []

    def is_judged(self, rules: list[tuple[Callable[[Frame], int], Rule]]) -> bool:
        """Works out all that is said of it. Is all of it known?"""
        route, sheet = self.route, self.sheet
        if self.workload is not None and sheet.code.speaks:
            chosen = self.base.whole.answers[self.workload.name]
            self.frame = self.base.answered(chosen, chosen)
        states = self.states = [rule(self.frame) for rule, _ in rules]
        if NOT_KNOWN in states:
            return False
        if FIRED in states:
            for (_, rule), state in zip(rules, states, strict=True):
                if state == FIRED and not self._fires(rule):
                    return False
        if route is None:
            return self._is_told(sheet.shared_reports)
        return self._is_answered(route) and self._is_told(sheet.each_reports)

    def _is_told(self, reports: list[_Told]) -> bool:
        frame = self.frame
        self.values = [told.work(frame) for told in reports]
        return U not in self.values

    def _is_answered(self, route: _Route) -> bool:
        match route.end:
            case LeafNode():
                self.choice = route.choice(self.base)
                if self.choice is None:
                    return False
            case HoldNode(reason=reason):
                self.hold = _text(reason, self.base)
                if self.hold is None:
                    return False
            case _:
                pass
        return self._is_owed(route) and self._is_priced(route)

    def _fires(self, rule: Rule) -> bool:
        """Takes in a rule that fired. Is it known what it says?"""
        nodes = self.sheet.program.nodes
        for row in self.sheet.looked_up(rule):
            # One that is not there may be about a word that the catalogue lacks.
            bound = nodes[row.id].rows or nodes[row.id].names
            if bound or worked_out(row, self.frame) is not True:
                return False
        say, fix = (_text(text, self.frame) for text in (rule.say, rule.fix))
        if say is None or fix is None:
            return False
        self.fired.append((rule, say, fix))
        return True

    def _is_owed(self, route: _Route) -> bool:
        for obligation, judged in self.sheet.duties:
            state = judged(self.frame, obligation.name in route.owed)
            if state is None:
                return False
            if state != NOT_OWED:
                text = _text(obligation.text, self.frame)
                if text is None:
                    return False
                self.duties.append((obligation, state, text))
        return True

    def _is_priced(self, route: _Route) -> bool:
        """Works out the total of the answer, as `explain/ledger` has it."""
        cost, leaf = self.sheet.cost, route.end
        if cost is None or not isinstance(leaf, LeafNode) or (cost.key and not leaf.outcome):
            return True
        amount = _of_answer(cost.body, self.frame, leaf.outcome)
        over = None if cost.over is None else _of_answer(cost.over, self.frame, leaf.outcome)
        self.cost = amount, over
        return amount is not U and over is not U

    # ── What is made of it ───────────────────────────────────────────────────────────────

    def made(self, name: str) -> Any:
        """A field of the decision of a workload."""
        workload, route, sheet = self.workload, self.route, self.sheet
        assert workload is not None
        assert route is not None
        match name:
            case "name":
                return workload.name
            case "status":
                return route.status
            case "hold":
                return self.hold if sheet.program.decision else None
            case "choice":
                return self.choice
            case "possible":
                return self._possible(route)
            case "obligations":
                return tuple(self._duty(*each) for each in self.duties)
            case "costs":
                return self._costs(route)
            case "plan":
                return plan_of(workload)
            case "at":
                return workload.fact.place
            case "trace":
                detail = OfWorkload(route.status)
                place = workload.fact.place
                kind = StepKind.WORKLOAD
                return Step(kind=kind, name=workload.name, detail=detail, from_=place)
            case "reports":
                return self.reports(sheet.each_reports)
            case "untried":
                return False
            case "error":
                return None
            case _:
                return ()

    def reports(self, reports: list[_Told]) -> tuple[Reported, ...]:
        """What the policy reports of it."""
        return tuple([told.made(v) for told, v in zip(reports, self.values, strict=True)])

    def _possible(self, route: _Route) -> tuple[Choice, ...]:
        if not self.sheet.program.decision:
            return ()
        if self.choice is not None:
            return (self.choice,)
        assert isinstance(route.end, HoldNode)
        assert self.hold is not None
        held = (self.hold,)
        status = route.end.says
        return (Choice(outcome=None, attributes=(), status=status, because=held, refs=route.refs),)

    def _duty(self, obligation: Obligation, state: int, text: str) -> Duty:
        return Duty(
            id=obligation.name,
            level=obligation.level_on(self.sheet.as_of),
            text=text,
            state=STANDS[state],
            refs=obligation.refs,
        )

    def _costs(self, route: _Route) -> tuple[Cost, ...]:
        if self.cost is None:
            return ()
        cost, leaf = self.sheet.cost, route.end
        assert cost is not None
        assert isinstance(leaf, LeafNode)
        amount, over = self.cost
        total = _exact(amount, cost.body)
        return (
            Cost(
                formula=cost.name,
                outcome=leaf.outcome if cost.key else "",
                over="",
                months=None if cost.over is None else _exact(over, cost.over),
                currency=self.sheet.program.currency,
                low=total,
                high=total,
                wider=False,
                lines=(),
                missing=(),
                refs=cost.refs,
            ),
        )

    def results(self, rules: list[tuple[Callable[[Frame], int], Rule]]) -> list[RuleResult]:
        """What became of every rule."""
        name, day = self.workload.name if self.workload is not None else None, self.sheet.as_of
        return [
            RuleResult(rule.name, rule.level_on(day), name, _STATES[state])
            for (_, rule), state in zip(rules, self.states, strict=True)
        ]


_STATES = {
    FIRED: RuleState.FIRED,
    PASSED: RuleState.PASSED,
    KEPT_OUT: RuleState.DOES_NOT_APPLY,
}


def _of_answer(expr: Expr, frame: Frame, outcome: str) -> Plain:
    """The value of a part of a cost formula for the outcome of the answer."""
    names = frame.code.program.nodes[expr.id].names
    return worked_out(expr, frame, (outcome,) if names else ())


def _exact(value: Plain, expr: Expr) -> Any:
    found = abstract(value, expr.type)
    assert isinstance(expr.type, Quantity)
    return found.poly.constant  # type: ignore[union-attr]


# ── The whole ────────────────────────────────────────────────────────────────────────────


class _Made:
    """What a decision is made of, part by part."""

    def __init__(
        self,
        sheet: _Sheet,
        whole: Whole,
        subjects: tuple[_Subject, ...],
        today: date,
        approvals: Sequence[Approval],
    ) -> None:
        self.sheet = sheet
        self.whole = whole
        self.document = whole.document
        self.workloads = subjects[:-1]
        self.project = subjects[-1]
        self.today = today
        self.approvals = approvals

    def part(self, name: str) -> Any:
        """A field of the decision."""
        found = _PARTS.get(name)
        return found(self) if found is not None else ()

    def policy(self) -> PolicyId:
        policy = self.sheet.policy
        return settled(policy, self.approvals, self.day()) if self.approvals else policy

    def day(self) -> str:
        return self.sheet.day.isoformat()

    @cached_property
    def decided(self) -> tuple[WorkloadDecision, ...]:
        return tuple([later(WorkloadDecision, each.made) for each in self.workloads])

    def verdict(self) -> Verdict:
        return verdict_of(self.decided, self.findings)

    def outcomes(self) -> dict[str, int]:
        return outcomes_of(self.sheet.program, self.decided)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        found = [self._fired(each, *fired) for each in self._all() for fired in each.fired]
        for each in self.workloads:
            late = [(owed, text) for owed, state, text in each.duties if state == OVERDUE]
            found.extend(self._late(each, *pair) for pair in late)
        stated = self.document.project.get("decision_date")
        place = stated.place if stated else None
        found.extend(date_findings(self.sheet.as_of, self.today.toordinal(), place))
        return tuple(sorted(found, key=finding_order))

    def _all(self) -> tuple[_Subject, ...]:
        return (*self.workloads, self.project)

    def _fired(self, subject: _Subject, rule: Rule, say: str, fix: str) -> Finding:
        return self._finding(subject, rule, say, fix, None, lambda judged: judged.place)

    def _late(self, subject: _Subject, obligation: Obligation, text: str) -> Finding:
        notice = Owing(late=True)
        return self._finding(subject, obligation, text, "", notice, lambda judged: judged.owed)

    def _finding(
        self,
        subject: _Subject,
        about: Rule | Obligation,
        say: str,
        fix: str,
        notice: Owing | None,
        place: Callable[[_Judged], Callable[[Workload | None, Any], Place | None]],
    ) -> Finding:
        """A finding that fired; where it points is worked out when it is asked for."""
        fields: dict[str, Any] = {
            "rule": about.name,
            "level": about.level_on(self.sheet.as_of),
            "state": RuleState.FIRED,
            "workload": subject.workload.name if subject.workload is not None else None,
            "say": say,
            "fix": fix,
            "refs": about.refs,
            "needs": (),
            "rule_at": about.origin.place,
            "waiver": None,
            "notice": notice,
            "waits_for": None,
            "unjudged": False,
        }

        def made(name: str) -> Any:
            return place(self._judged)(subject.workload, about) if name == "at" else fields[name]

        return later(Finding, made)

    @cached_property
    def _judged(self) -> _Judged:
        return _Judged(self.sheet, self.document)

    @cached_property
    def results(self) -> tuple[RuleResult, ...]:
        found = [r for each in self.workloads for r in each.results(self.sheet.each_rules)]
        found += self.project.results(self.sheet.shared_rules)
        return tuple(sorted(found, key=lambda r: (r.rule, r.workload or "")))

    def counts(self) -> Any:
        many = len(self.document.workloads)
        return counts_of([*self.results], self.findings, many, self.sheet.program)

    def trace(self) -> Step:
        program = self.sheet.program
        project = Step(kind=StepKind.PROJECT, name=self.document.name)
        return Step(
            kind=StepKind.POLICY,
            name=program.name,
            detail=OfPolicy(program.version, self.sheet.as_of),
            children=(*(w.trace for w in self.decided), project),
        )


#: How each field of a decision is made. What is not among them is empty.
_PARTS: dict[str, Callable[[_Made], Any]] = {
    "policy": _Made.policy,
    "manifest_path": lambda made: made.document.file,
    "manifest_digest": lambda made: made.document.digest,
    "manifest_name": lambda made: made.document.name,
    "as_of": _Made.day,
    "currency": lambda made: made.sheet.program.currency,
    "scopes": lambda made: made.sheet.program.scopes,
    "verdict": _Made.verdict,
    "workloads": lambda made: made.decided,
    "outcomes": _Made.outcomes,
    "project_costs": lambda made: project_costs_of(made.decided),
    "findings": lambda made: made.findings,
    "results": lambda made: made.results,
    "trace": _Made.trace,
    "counts": _Made.counts,
    "reports": lambda made: made.project.reports(made.sheet.shared_reports),
    "titles": lambda made: made.sheet.program.titles,
    "clauses": lambda made: dict(sorted(made.sheet.program.clauses.items())),
    "sources": lambda made: tuple(made.sheet.program.sources.values()),
}


class _Judged:
    """The same manifest as the reference judges it: what tells where in it a finding points."""

    def __init__(self, sheet: _Sheet, document: Document) -> None:
        from mlpolicy.explain.pointing import place_of
        from mlpolicy.explain.tracer import Tracer

        self.run = begin(sheet.program, document, sheet.as_of)
        Compiled(sheet.code, self.run)
        self.workloads: dict[str, Decided] = {}
        for workload in document.workloads:
            self.workloads[workload.name] = decide_workload(workload, self.run)
        tracer = Tracer(sheet.program, brief=True)
        self.place_of = partial(place_of, tracer=tracer)

    def place(self, workload: Workload | None, rule: Rule) -> Place | None:
        """Where a finding of a rule points."""
        if workload is None:
            judged = judge(rule, None, self.run.project, None, None)
        else:
            state = self.workloads[workload.name]
            answer = state.answer if state.answer and not state.answer.held else None
            judged = judge(rule, workload.name, state.env, answer, state.residual, state.choices)
        return self.place_of(judged, judged.env)

    def owed(self, workload: Workload | None, obligation: Obligation) -> Place | None:
        """Where the finding of an overdue obligation points."""
        assert workload is not None
        state = self.workloads[workload.name]
        assert state.residual is not None
        owed = obligation.name in owed_as_shown(state.residual)
        return self.place_of(duty(obligation, owed, state.env, state.answer), state.env)
