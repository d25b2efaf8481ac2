"""Rules, obligations and waivers: what is found once the answers stand.

A rule that speaks of `choice` is judged once for every choice still possible, with that
choice assumed; it has fired, or passed, only if all agree. A rule whose condition is unknown is
pending and names what it waits for. Waivers are applied last and never hide a rule: a waived
one has been evaluated like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mlpolicy.core import trace
from mlpolicy.core.decision import Duty, Finding, Level, RuleResult, WaiverStatus, WaiverUse
from mlpolicy.core.facts import Waiver
from mlpolicy.core.node import node
from mlpolicy.core.numbers import range_of
from mlpolicy.core.program import Expr, Obligation, Program, Rule
from mlpolicy.core.show import decimal_text, show
from mlpolicy.core.trace import Basis, DutyState, RuleState, StepKind
from mlpolicy.core.types import FLAG
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, Truth
from mlpolicy.evaluate.assume import join_envs
from mlpolicy.evaluate.nodes import fill, value_of
from mlpolicy.evaluate.state import Answer, Bindings, Env, Node, Reached
from mlpolicy.evaluate.trees import Found
from mlpolicy.source import Place
from mlpolicy.suggest import nearest

#: A waiver is "expiring" from this many days before it ends.
SOON = 30
#: A decision date older than this many days is a finding.
STALE = 90


@node
class Judged:
    """A rule's outcome for one subject, before waivers."""

    rule: Rule
    workload: str | None
    value: Truth
    say: str
    fix: str
    needs: tuple[str, ...]
    at: Place | None
    node: Node
    env: Env
    bindings: Bindings


def judge(
    rule: Rule, workload: str | None, env: Env, answer: Answer | None, found: Found | None
) -> Judged:
    """Evaluates one rule for one subject."""
    subject = env.subject
    subject.watching = False
    plain = Bindings(answer=answer)
    if found is not None and rule.name in subject.run.program.reads.choice_rules:
        node, env, b = _per_choice(rule, env, plain, found)
    else:
        b = plain
        node = value_of(rule.when, env, b)
    value = node.value
    assert isinstance(value, Truth)
    say = fix = ""
    if value is not NO:
        say = fill(rule.say.parts, env, b)
        fix = fill(rule.fix.parts, env, b) if rule.fix else ""
    state = {YES: RuleState.FIRED, NO: RuleState.PASSED, UNKNOWN: RuleState.PENDING}[value]
    became = trace.Judged(state)
    wrapped = Node(StepKind.RULE, rule.name, value, FLAG, rule.origin, (node,), became, rule.refs)
    needs = asked_first(wrapped.needs)
    place = _manifest_place(node)
    return Judged(rule, workload, value, say, fix, needs, place, wrapped, env, b)


def asked_first(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Manifest paths before the policy's own places: a team is asked what a team can say, and
    sent to the policy only where nothing else would help."""
    paths = tuple(n for n in needs if n.startswith(("project.", "workload.")))
    return paths or needs


def _per_choice(rule: Rule, env: Env, plain: Bindings, found: Found) -> tuple[Node, Env, Bindings]:
    """The rule with each possible choice assumed: yes or no only if all agree."""
    # Leaves of one outcome may differ in status and attributes: each is a choice of its own.
    by_leaf: dict[int, list[Reached]] = {}
    for reached in found.possible:
        by_leaf.setdefault(id(reached.leaf), []).append(reached)
    nodes = []
    for ways in by_leaf.values():
        joined = join_envs([r.env for r in ways], env) or env
        reached = replace(ways[0], env=joined)
        choice = Answer(reached, frozenset((reached.outcome,)), not found.firm)
        b = Bindings(answer=plain.answer, choice=choice)
        nodes.append((value_of(rule.when, joined, b), joined, b))
    values = {n.value for n, _, _ in nodes}
    if len(nodes) == 1:
        return nodes[0]
    value = values.pop() if len(values) == 1 else UNKNOWN
    first = next((n for n in nodes if n[0].value is not NO), nodes[0])
    children = tuple(
        Node(StepKind.CHOICE, ways[0].outcome, n.value, FLAG, rule.origin, (n,))
        for ways, (n, _, _) in zip(by_leaf.values(), nodes, strict=True)
    )
    merged = Node(StepKind.CHOICES, "choice", value, FLAG, rule.origin, children)
    return merged, first[1], first[2]


def _manifest_place(node: Node) -> Place | None:
    """The manifest field that the condition rests on: what is stated, before where something
    might be; what it compares, before what else it asks; then in the order of the condition."""
    atoms = sorted(_atoms(node), key=lambda atom: atom.kind is not StepKind.COMPARE)
    places = (_place(atom, stated) for stated in (True, False) for atom in atoms)
    return next((place for place in places if place is not None), None)


def _atoms(node: Node) -> Iterator[Node]:
    if node.kind in (StepKind.AND, StepKind.RULE, StepKind.CHOICES, StepKind.CHOICE):
        for child in node.children:
            yield from _atoms(child)
    else:
        yield node


def _place(node: Node, stated: bool) -> Place | None:
    """Where a value stands, or would if it were `stated`: of all it follows from, what has this
    very value comes first."""
    if node.place is not None:
        absent = node.basis in (Basis.ABSENT, Basis.ASSUMED)
        return None if stated and absent else node.place
    for child in sorted(node.children, key=lambda child: child.value != node.value):
        place = _place(child, stated)
        if place is not None:
            return place
    return None


# ── Obligations ──────────────────────────────────────────────────────────────────────────


def duties(
    env: Env, answer: Answer | None, found: Found
) -> tuple[list[Duty], list[Node], list[tuple[Obligation, DutyState, tuple[str, ...], Node]]]:
    """Every obligation that is, or may be, owed; and those overdue (or whose due date is
    unknown), which become findings."""
    program = env.subject.run.program
    env.subject.watching = False
    shown = found.shown
    owed = frozenset(shown.owes) if shown is not None else frozenset()
    b = Bindings(answer=answer)
    result: list[Duty] = []
    nodes: list[Node] = []
    late: list[tuple[Obligation, DutyState, tuple[str, ...], Node]] = []
    for obligation in program.obligations.values():
        children: list[Node] = []
        state = DutyState.OWED if obligation.name in owed else DutyState.NOT_OWED
        if state is DutyState.NOT_OWED and obligation.when is not None:
            when = value_of(obligation.when, env, b)
            children.append(when)
            state = _WHEN[_truth(when)]
        if state is DutyState.NOT_OWED:
            if children:
                nodes.append(_duty_node(obligation, children, state))
            continue
        if obligation.met_when is not None:
            met = value_of(obligation.met_when, env, b)
            children.append(met)
            if met.value is YES:
                state = DutyState.MET
        due: Node | None = None
        if state is DutyState.OWED and obligation.due_when is not None:
            due = value_of(obligation.due_when, env, b)
            children.append(due)
            if due.value is YES:
                state = DutyState.OVERDUE
        text = fill(obligation.text.parts, env, b)
        needs: tuple[str, ...] = ()
        if state in (DutyState.OWED, DutyState.MAYBE):
            needs = asked_first(tuple(dict.fromkeys(n for c in children for n in c.needs)))
        level = Level(obligation.level)
        result.append(Duty(obligation.name, level, text, state, obligation.refs, needs))
        node = _duty_node(obligation, children, state)
        nodes.append(node)
        waits = state is DutyState.OWED and due is not None and due.value is UNKNOWN
        if state is DutyState.OVERDUE or waits:
            late.append((obligation, state, needs, node))
    return result, nodes, late


#: Where a duty stands by its condition.
_WHEN = {YES: DutyState.OWED, UNKNOWN: DutyState.MAYBE, NO: DutyState.NOT_OWED}


def _duty_node(obligation: Obligation, children: list[Node], state: DutyState) -> Node:
    value = {DutyState.MAYBE: UNKNOWN, DutyState.NOT_OWED: NO}.get(state, YES)
    origin, refs, name = obligation.origin, obligation.refs, obligation.name
    owed = trace.Owed(state)
    return Node(StepKind.OBLIGATION, name, value, FLAG, origin, tuple(children), owed, refs)


def _truth(node: Node) -> Truth:
    assert isinstance(node.value, Truth)
    return node.value


# ── Waivers ──────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class WaiverState:
    """The waivers of one run, and which of them came to be used."""

    waivers: Sequence[Waiver]
    as_of: int
    used: dict[int, WaiverStatus]

    def active(self, waiver: Waiver) -> bool:
        """In force: approved by then and not yet past its last day."""
        if date.fromisoformat(waiver.expires_on).toordinal() < self.as_of:
            return False
        return not (
            waiver.approved_on and date.fromisoformat(waiver.approved_on).toordinal() > self.as_of
        )

    def apply(
        self,
        rule: str,
        waivable: bool,
        workload: str | None,
        bounds: Expr | None,
        env: Env,
        b: Bindings,
    ) -> tuple[WaiverUse | None, str]:
        """The waiver that covers a fired rule, if one does; else why the nearest does not."""
        refused = ""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule != rule or (waiver.workload is not None and waiver.workload != workload):
                continue
            if not self.active(waiver):
                continue
            if not waivable:
                self.used.setdefault(i, WaiverStatus.REFUSED)
                refused = f"waiver `{waiver.id}` has no effect: the rule is not waivable"
                continue
            if waiver.max_usd is not None:
                within, why = _within_bound(waiver, bounds, env, b)
                if not within:
                    self.used.setdefault(i, WaiverStatus.BOUND)
                    refused = f"waiver `{waiver.id}` does not cover it: {why}"
                    continue
            self.used[i] = WaiverStatus.USED
            return use_of(waiver, WaiverStatus.USED, ""), ""
        return None, refused

    def touches(self, rule: str, workload: str | None) -> None:
        """A waiver of a pending rule is not unused."""
        for i, waiver in enumerate(self.waivers):
            if waiver.rule == rule and waiver.workload in (None, workload) and self.active(waiver):
                self.used.setdefault(i, WaiverStatus.PENDING)


def _within_bound(waiver: Waiver, bounds: Expr | None, env: Env, b: Bindings) -> tuple[bool, str]:
    limit = waiver.max_usd
    assert limit is not None
    stated = f"{decimal_text(limit, 2)} USD"
    if bounds is None:
        return False, f"its bound of {stated} cannot be shown, the rule bounds no amount"
    node = value_of(bounds, env, b)
    assert isinstance(node.value, Num)
    extent = range_of(node.value.poly).range
    if extent.hi <= limit:
        return True, ""
    if extent.lo > limit:
        return False, f"{show(node.value, node.type)} is above its bound of {stated}"
    missing = ", ".join(node.needs)
    return False, f"its bound of {stated} cannot be shown" + (
        f" without {missing}" if missing else ""
    )


def use_of(waiver: Waiver, state: WaiverStatus, note: str, expiring: bool = False) -> WaiverUse:
    return WaiverUse(
        waiver.id,
        waiver.rule,
        waiver.workload,
        waiver.approved_by,
        waiver.expires_on,
        waiver.reason,
        state,
        note,
        waiver.place,
        waiver.owner or "",
        waiver.approved_on or "",
        waiver.max_usd,
        waiver.ticket or "",
        expiring,
    )


def waiver_findings(
    state: WaiverState, program: Program, workloads: Sequence[str]
) -> tuple[list[WaiverUse], list[Finding]]:
    """Expired, expiring, unused and unknown ones."""
    known = [*program.rules, *program.obligations]
    uses: list[WaiverUse] = []
    findings: list[Finding] = []
    for i, waiver in enumerate(state.waivers):
        expires = date.fromisoformat(waiver.expires_on).toordinal()
        became = state.used.get(i, WaiverStatus.UNUSED)
        expiring = False
        level: Level | None = None
        note = fix = rule = ""
        if waiver.rule not in known:
            became, level = WaiverStatus.UNKNOWN_RULE, Level.BLOCK
            rule = "waiver_unknown_rule"
            note = (
                f"waiver `{waiver.id}` names rule `{waiver.rule}`, which this policy does not have"
            )
            close = nearest(waiver.rule, known)
            fix = (
                f"did you mean `{close}`?"
                if close
                else "name a rule of the policy, or remove the waiver"
            )
        elif waiver.workload is not None and waiver.workload not in workloads:
            became, level, rule = WaiverStatus.UNUSED, Level.WARN, "waiver_unused"
            note = (
                f"waiver `{waiver.id}` names workload `{waiver.workload}`, "
                "which this manifest does not have"
            )
            close = nearest(waiver.workload, workloads)
            fix = (
                f"did you mean `{close}`?"
                if close
                else "name a workload of the manifest, or remove the waiver"
            )
        elif expires < state.as_of:
            became, level, rule = WaiverStatus.EXPIRED, Level.WARN, "waiver_expired"
            note = f"waiver `{waiver.id}` of `{waiver.rule}` expired on {waiver.expires_on}"
            fix = "have it approved again, or remove it"
        elif not state.active(waiver):
            became, level, rule = WaiverStatus.NOT_YET, Level.ADVISE, "waiver_unused"
            note = f"waiver `{waiver.id}` is approved only from {waiver.approved_on}"
            fix = "wait for the date, or correct it"
        elif became is WaiverStatus.UNUSED:
            level, rule = Level.ADVISE, "waiver_unused"
            note = f"waiver `{waiver.id}` is unused: `{waiver.rule}` did not fire"
            fix = "remove it"
        elif expires - state.as_of <= SOON:
            expiring, level, rule = True, Level.ADVISE, "waiver_expiring"
            note = f"waiver `{waiver.id}` of `{waiver.rule}` expires on {waiver.expires_on}"
            fix = "settle the finding, or have the waiver approved again"
        use = use_of(waiver, became, note, expiring)
        uses.append(use)
        if level is not None:
            findings.append(
                Finding(
                    rule,
                    level,
                    RuleState.FIRED,
                    waiver.workload,
                    note,
                    fix,
                    (),
                    (),
                    waiver.place,
                    None,
                    use,
                )
            )
    return uses, findings


def date_findings(as_of: int, today: int, stated: Place | None) -> list[Finding]:
    """A decision date in the future, or long past."""
    shown = date.fromordinal(as_of).isoformat()
    if as_of > today:
        text = f"the decision date {shown} is in the future"
        return [
            Finding(
                "decision_date",
                Level.WARN,
                RuleState.FIRED,
                None,
                text,
                "use today or an earlier date",
                (),
                (),
                stated,
                None,
            )
        ]
    if today - as_of > STALE:
        text = f"the decision date {shown} is {today - as_of} days old"
        return [
            Finding(
                "decision_date",
                Level.ADVISE,
                RuleState.FIRED,
                None,
                text,
                f"decide again as of today; a date is good for {STALE} days",
                (),
                (),
                stated,
                None,
            )
        ]
    return []


def result_of(judged: Judged, state: RuleState) -> RuleResult:
    return RuleResult(judged.rule.name, Level(judged.rule.level), judged.workload, state)
