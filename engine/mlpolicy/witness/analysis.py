"""What no test of a policy shows: gaps and overlaps, arms and rows that nothing reaches, rules that
never or always fire, exceptions that may both hold, bars out of order, duties that nobody owes,
words without a row.

What can be is shown by a witness: a valid manifest, decided. What cannot be is proved (`proofs`).
What is neither is told, with the reason. Manifests with one workload are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

from mlpolicy.check.reads import reached
from mlpolicy.core.facts import Document
from mlpolicy.core.program import (
    Bar,
    Choose,
    Const,
    Define,
    ExceptionRule,
    ExpectedAnswer,
    ExpectedState,
    Expr,
    IfNode,
    InputRef,
    LeafNode,
    PolicyTest,
    Program,
    Tree,
    TreeNode,
)
from mlpolicy.core.terms import DutyState, RuleState
from mlpolicy.core.values import NO, YES, Truth
from mlpolicy.source import Origin
from mlpolicy.testing import day_of
from mlpolicy.witness.bars import out_of_order
from mlpolicy.witness.days import days_of
from mlpolicy.witness.findings import Analysis, By, Finding, Kind, Proof, Unsettled
from mlpolicy.witness.goals import (
    Applies,
    Arm,
    Both,
    Fires,
    Goal,
    Matches,
    Outcome,
    Owed,
    Some,
    seen,
)
from mlpolicy.witness.ground import Ground
from mlpolicy.witness.proofs import Proofs, Why
from mlpolicy.witness.rows import missing_rows
from mlpolicy.witness.search import MOST_WORK, Search, Spent, Witness
from mlpolicy.witness.tables import tables

#: So many tests that name something are tried as witnesses of it.
MOST_NAMED = 5

#: Of a table or definition with more rows or lines than this it is not asked which of them are
#: reached, which is told; so where they are more, counted once for each word of its key.
MOST_ROWS = 60
MOST_KEYED_ROWS = 240

#: For so many words of a key a manifest is looked for in which two exceptions hold.
MOST_KEYS = 6

#: So many expressions are worked out in the quick form.
QUICK_WORK = 60_000


#: What any test of a policy may come to, whatever it expects.
_IN_TESTS = Arm | Outcome | Applies | Matches | Some


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """Something that must be possible: if no manifest comes to the goal, that is a finding.
    `reads` are the expressions that it is made of, `own` those that it has alone."""

    kind: Kind
    name: str
    goal: Goal
    reads: tuple[Expr, ...]
    own: tuple[Expr, ...]
    finding: Finding
    always: Goal | None = None


def analysed(
    ground: Ground, *, quick: bool = False, step: Callable[[], None] = lambda: None
) -> Analysis:
    """What there is to tell of a policy. `quick` looks at fewer documents. `step` is called after
    each thing that was looked at."""
    program = ground.program
    days = days_of(ground.nodes, program.effective)
    search = Search(ground=ground, spent=Spent(left=QUICK_WORK if quick else MOST_WORK))
    proofs = Proofs(ground=ground, days=days)
    made = _Analyser(ground=ground, search=search, proofs=proofs, days=days, step=step)
    made.settle(list(questions(program)))
    made.unsettled += (each for each in _asked(program) if isinstance(each, Unsettled))
    made.exceptions()
    for finding in (*out_of_order(program, days), *_nobody_owes(program)):
        made.findings.append(finding)
    for part in (tables(search, days), missing_rows(search, days)):
        for each in part:
            if isinstance(each, Kind):
                made.count(each)
            elif isinstance(each, Finding):
                made.findings.append(each)
            else:
                made.unsettled.append(each)
    return Analysis(
        looked_at=made.looked_at,
        findings=tuple(sorted(_told(made.findings), key=lambda f: (f.place, f.kind, f.said))),
        unsettled=tuple(sorted(made.unsettled, key=lambda u: (u.place, u.kind, u.said))),
        days=days,
        looks=search.spent.looks,
    )


def _told(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What follows from another finding is not told beside it."""
    bars = {finding.origin for finding in findings if finding.kind is Kind.BARS}
    arms = Counter(finding.origin for finding in findings if finding.kind is Kind.ARM)
    some = any(number == 1 for number in arms.values())
    for finding in findings:
        if finding.kind in (Kind.ARM, Kind.ROW) and finding.origin in bars:
            continue
        # A step of which no arm is taken is not come to: what keeps it from that is told.
        if finding.kind is Kind.ARM and arms[finding.origin] > 1 and (some or bars):
            continue
        yield finding


@dataclass(kw_only=True)
class _Analyser:
    ground: Ground
    search: Search
    proofs: Proofs
    days: Sequence[date]
    step: Callable[[], None]
    looked_at: dict[Kind, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)

    def count(self, kind: Kind) -> None:
        """One more of a kind was looked at."""
        self.looked_at[kind] = self.looked_at.get(kind, 0) + 1
        self.step()

    def settle(self, questions: list[Question]) -> None:
        """Tells what is never or always so: by proofs, where the manifest of which all is open
        says so, which costs least; then by what the tests of the policy come to, and a search.
        What none of them comes to may be proved all the same."""
        left: list[Question] = []
        for question in questions:
            self.count(question.kind)
            if self._is(question.goal, NO) and self._never(question):
                continue
            if question.always is not None and self._is(question.goal, YES):
                if self._always(question):
                    continue
            left.append(question)
        left = [each for each in left if not self._named(each)]
        left = self._seeded(left)
        for question in left:
            if self._witnessed(question) is None and not self._never(question):
                self._open(question)

    def _is(self, goal: Goal, truth: Truth) -> bool:
        """Does the manifest of which all is open come to a goal, or surely not?"""
        return self.search.may(goal, self.days[0]) is truth

    def _never(self, question: Question) -> bool:
        """Is it proved that it is never so?"""
        never = self.proofs.never(question.goal, question.reads) is True
        if never:
            proof = Proof(by=By.RANGES, number=len(self.days))
            self.findings.append(replace(question.finding, proof=proof))
        return never

    def _always(self, question: Question) -> bool:
        """Is it always so? Then a manifest shows it."""
        always = self.proofs.always(question.goal, question.reads)
        if always is not True:
            return False
        day = self.days[0]
        given = self.ground.given(self.ground.document)
        witness = self.search.checked(question.goal, day, given)
        proof = Proof(by=By.RANGES, number=len(self.days))
        self.findings.append(
            Finding(
                kind=Kind.ALWAYS,
                name=question.name,
                origin=question.finding.origin,
                witness=witness,
                expects=f"{question.name} passed",
                proof=proof,
            )
        )
        return True

    def _named(self, question: Question) -> bool:
        """Does a test that names it come to it?"""
        named = [test for test in self.ground.seeds if _names(test, question)]
        tests = sorted(named, key=lambda test: not _expects(test, question.name))[:MOST_NAMED]
        begun = [found for test in tests if (found := self._document(test)) is not None]
        for document, day in begun:
            look = self.search.look(document, day, opened=False)
            holds = seen(question.goal, look).truth is YES
            self.search.done(look)
            if holds:
                return True
        inputs = _inputs(question.own, self.ground.program) if begun else frozenset[str]()
        return any(self.search.near(question.goal, *each, inputs) for each in begun[:2])

    def _document(self, test: PolicyTest) -> tuple[Document, date] | None:
        document = self.ground.loaded(test.given)
        if document is None or len(document.workloads) != 1:
            return None
        return document, day_of(test, document, self.ground.program)

    def _seeded(self, questions: list[Question]) -> list[Question]:
        """Those of the trees that no test of the policy comes to, and none that is close to one."""
        left = [each for each in questions if isinstance(each.goal, _IN_TESTS)]
        others = [each for each in questions if each not in left]
        close: dict[int, tuple[Document, date]] = {}
        for test in self.ground.seeds:
            if not left or self.search.spent.left <= 0:
                break
            found = self._document(test)
            if found is None:
                continue
            look = self.search.look(*found, opened=False)
            left = [each for each in left if seen(each.goal, look).truth is not YES]
            for node, _ in look.taken:
                close.setdefault(node, found)
            self.search.done(look)
        for question in list(left):
            goal = question.goal
            if isinstance(goal, Arm) and id(goal.node) in close:
                inputs = _inputs(question.own, self.ground.program)
                if self.search.near(goal, *close[id(goal.node)], inputs) is not None:
                    left.remove(question)
        return [*left, *others]

    def _witnessed(self, question: Question) -> Witness | None:
        for day in self.days[:2]:
            found = self.search.found(question.goal, day)
            if found is not None:
                return found
        return None

    def _open(self, question: Question) -> None:
        why = self.proofs.why_not(question.reads) or Why.SEARCHED
        self.unsettled.append(
            Unsettled(
                kind=question.kind,
                name=question.name,
                place=question.finding.place,
                said=question.finding.said,
                why=why,
            )
        )

    def exceptions(self) -> None:
        """Exceptions to one declaration that may hold at once, which is an error where they do."""
        program = self.ground.program
        for declared in _with_exceptions(program):
            for number, one in enumerate(declared.exceptions):
                for other in declared.exceptions[number + 1 :]:
                    self._both(declared, one, other)

    def _both(self, declared: Bar | Define, one: ExceptionRule, other: ExceptionRule) -> None:
        self.count(Kind.BOTH)
        names = (one.name, other.name)
        reads = (one.guard, other.guard)
        said = f"{names[0]} and {names[1]}"
        if isinstance(declared, Define) and declared.of:
            self._unsettled(Kind.BOTH, declared, said, Why.ANSWER)
            return
        goals = [Both(declared, one, other, key) for key in _keys(declared)]
        goals = [goal for goal in goals if self.proofs.never(goal, reads) is not True]
        if not goals:
            return
        for goal, day in product(goals[:MOST_KEYS], self.days[:2]):
            witness = self.search.found(goal, day)
            if witness is not None:
                self.findings.append(
                    Finding(
                        kind=Kind.BOTH,
                        name=declared.name,
                        origin=goal.other.origin,
                        said=said,
                        others=names,
                        witness=witness,
                        expects=f"{called(declared, goal.key)} = {literal(goal.other.value)}",
                    )
                )
                return
        self._unsettled(Kind.BOTH, declared, said, Why.SEARCHED)

    def _unsettled(self, kind: Kind, declared: Bar | Define, said: str, why: Why) -> None:
        self.unsettled.append(
            Unsettled(
                kind=kind, name=declared.name, place=declared.origin.place, said=said, why=why
            )
        )


def _keys(declared: Bar | Define) -> tuple[str, ...]:
    """The words of the key of a declaration, "" where it has none."""
    key = declared.key if isinstance(declared, Define) else None
    return ("",) if key is None else key.members


def called(declared: Bar | Define, key: str) -> str:
    """How a test asks for a declared value."""
    return f"{declared.name}({key})" if key else declared.name


def literal(expr: Expr) -> str:
    """A literal as it is written; `unknown` for any other expression."""
    return " ".join(expr.origin.text.split()) if isinstance(expr, Const) else "unknown"


def _names(test: PolicyTest, question: Question) -> bool:
    """Does a test expect something of what a question is about?"""
    name = question.name
    for expected in test.expected:
        match expected:
            case ExpectedState() if expected.name == name:
                return True
            case ExpectedAnswer() if isinstance(question.goal, Outcome):
                if expected.outcome == name:
                    return True
            case _:
                pass
    return False


#: What a rule that fires and a duty that is owed come to.
_HAPPENS = frozenset((RuleState.FIRED, DutyState.OWED, DutyState.MET, DutyState.OVERDUE))


def _expects(test: PolicyTest, name: str) -> bool:
    """Does a test expect that a rule fires, or that an obligation is owed?"""
    return any(
        isinstance(each, ExpectedState) and each.name == name and each.state in _HAPPENS
        for each in test.expected
    )


def _inputs(own: Iterable[Expr], program: Program) -> frozenset[str]:
    """The inputs that some expressions read."""
    return frozenset(expr.name for expr in reached(own, program) if isinstance(expr, InputRef))


# ── What must be possible ────────────────────────────────────────────────────────────────


def questions(program: Program) -> Iterator[Question]:
    """What is asked of a policy: whether all can be of which its form says that it can."""
    return (each for each in _asked(program) if isinstance(each, Question))


def _asked(program: Program) -> Iterator[Question | Unsettled]:
    """Everything of which a policy says by its form that it can be; unsettled where it is not
    asked."""
    every = _every_condition(program)
    for tree in program.trees.values():
        for node in _ifs(tree.root):
            for holds in (True, False):
                word = "yes" if holds else "no"
                text = " ".join(node.condition.origin.text.split())
                finding = Finding(
                    kind=Kind.ARM, name=tree.name, origin=node.origin, said=f"{text}: {word}"
                )
                yield Question(
                    kind=Kind.ARM,
                    name=tree.name,
                    goal=Arm(node, holds),
                    reads=every,
                    own=(node.condition,),
                    finding=finding,
                )
        yield from _below_unknown(tree)
    for outcome in program.outcome.members if program.decision else ():
        origin = _leaf_of(outcome, program)
        yield Question(
            kind=Kind.OUTCOME,
            name=outcome,
            goal=Outcome(outcome),
            reads=every,
            own=(),
            finding=Finding(kind=Kind.OUTCOME, name=outcome, origin=origin),
        )
    for rule in program.rules.values():
        if isinstance(rule.when, Const):
            continue
        conditions = tuple(e for e in (rule.guard, rule.when) if e is not None)
        answering = rule.name in program.reads.answer_rules
        reads = (*conditions, *(every if answering else ()))
        yield Question(
            kind=Kind.NEVER,
            name=rule.name,
            goal=Fires(rule),
            reads=reads,
            own=conditions,
            finding=Finding(kind=Kind.NEVER, name=rule.name, origin=rule.origin),
            always=Fires(rule, fires=False),
        )
    for duty in program.obligations.values():
        if duty.when is not None or _owing(duty.name, program):
            when = (duty.when,) if duty.when is not None else ()
            yield Question(
                kind=Kind.DUTY,
                name=duty.name,
                goal=Owed(duty),
                reads=(*when, *every),
                own=when,
                finding=Finding(kind=Kind.DUTY, name=duty.name, origin=duty.origin),
            )
    yield from _rows(program)
    for declared in _with_exceptions(program):
        for exception in declared.exceptions:
            finding = Finding(
                kind=Kind.EXCEPTION,
                name=exception.name,
                origin=exception.origin,
                said=declared.name,
            )
            if isinstance(declared, Define) and declared.of:
                yield _not_asked(finding, Why.ANSWER)
                continue
            goals = tuple(Applies(declared, exception, key) for key in _keys(declared))
            yield Question(
                kind=Kind.EXCEPTION,
                name=exception.name,
                goal=Some(goals),
                reads=(exception.guard,),
                own=(exception.guard,),
                finding=finding,
            )


def _not_asked(finding: Finding, why: Why, number: int = 0) -> Unsettled:
    """What would be found is not asked."""
    return Unsettled(
        kind=finding.kind,
        name=finding.name,
        place=finding.place,
        said=finding.said,
        why=why,
        number=number,
    )


def _with_exceptions(program: Program) -> list[Bar | Define]:
    found: list[Bar | Define] = [*program.bars.values(), *program.defines.values()]
    return [each for each in found if each.exceptions]


def _rows(program: Program) -> Iterator[Question | Unsettled]:
    """The rows of tables and the lines of definitions, of which the first that holds counts."""
    told: set[str] = set()
    for define in program.defines.values():
        body = define.body
        if not isinstance(body, Choose):
            continue
        # The outputs of one table have the same rows.
        called = define.name.partition(".")[0]
        if called in told:
            continue
        told.add(called)
        why = _why_not_rows(define, body, program)
        if why is not None:
            finding = Finding(kind=Kind.ROW, name=called, origin=define.origin)
            yield _not_asked(finding, why, len(body.cases))
            continue
        for number, case in enumerate(body.cases):
            before = tuple(range(number)) if body.strategy.in_order else ()
            guards = tuple(each.guard for each in body.cases[: number + 1])
            goals = tuple(
                Matches(table=define, body=body, yes=(number,), no=before, key=key)
                for key in _keys(define)
            )
            yield Question(
                kind=Kind.ROW,
                name=called,
                goal=Some(goals),
                reads=guards,
                own=guards,
                finding=Finding(
                    kind=Kind.ROW,
                    name=called,
                    origin=case.origin,
                    said=" ".join(case.origin.text.split()),
                ),
            )


def _why_not_rows(define: Define, body: Choose, program: Program) -> Why | None:
    """Why it is not asked which rows are reached; None where it is."""
    known = [program.nodes[case.guard.id] for case in body.cases]
    bound = {define.parameter} if define.key is not None else set[str]()
    if define.of or any(k.answering or k.rows or {*k.names} - bound for k in known):
        return Why.ANSWER
    rows = len(body.cases)
    if rows > MOST_ROWS or rows * len(_keys(define)) > MOST_KEYED_ROWS:
        return Why.LINES
    return None


def _below_unknown(tree: Tree) -> Iterator[Unsettled]:
    """The arms of a tree below an arm for what is unknown."""
    asked = {id(node) for node in _ifs(tree.root)}
    for node in _nodes((tree,)):
        if isinstance(node, IfNode) and id(node) not in asked:
            text = " ".join(node.condition.origin.text.split())
            for word in ("yes", "no"):
                said = f"{text}: {word}"
                finding = Finding(kind=Kind.ARM, name=tree.name, origin=node.origin, said=said)
                yield _not_asked(finding, Why.SHOWN)


def _ifs(node: TreeNode) -> Iterator[IfNode]:
    """The conditions of a tree, but not those below an arm for what is unknown."""
    if isinstance(node, IfNode):
        yield node
        for arm in (node.yes, node.no):
            yield from _ifs(arm)


def _every_condition(program: Program) -> tuple[Expr, ...]:
    return tuple(node.condition for tree in program.trees.values() for node in _ifs(tree.root))


def _leaf_of(outcome: str, program: Program) -> Origin:
    """The first leaf of an outcome; the tree that decides where there is none."""
    leaves = [leaf for leaf in _leaves(program) if leaf.outcome == outcome]
    return leaves[0].origin if leaves else program.trees[program.decision].origin


def _leaves(program: Program) -> Iterator[LeafNode]:
    for node in _nodes(program.trees.values()):
        if isinstance(node, LeafNode):
            yield node


def _nodes(trees: Iterable[Tree]) -> Iterator[TreeNode]:
    waiting: list[TreeNode] = [tree.root for tree in trees]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, IfNode):
            arms = (node.yes, node.no, node.unknown_arm)
            waiting.extend(arm for arm in arms if arm is not None)


def _owing(duty: str, program: Program) -> bool:
    return any(
        duty in node.owes for node in _nodes(program.trees.values()) if not isinstance(node, IfNode)
    )


def _nobody_owes(program: Program) -> Iterator[Finding]:
    """Duties that neither have a condition nor stand at any step of a tree."""
    for duty in program.obligations.values():
        if duty.when is None and not _owing(duty.name, program):
            yield Finding(
                kind=Kind.DUTY,
                name=duty.name,
                origin=duty.origin,
                proof=Proof(by=By.VALUES, number=len(program.trees)),
            )
