"""The meaning of decision trees: what is possible, and what is shown.

A tree gives two things. *Possible* is every leaf that some completion of the unknowns may
reach: at an `if` whose condition is unknown, the union of its yes and no arms, each evaluated
with the condition assumed, and never of its unknown arm. *Shown* is what to say now: along
known conditions the leaf they lead to; at an unknown one the author's `unknown:` arm (an arm
shared with `no` is judged as if `no` held).

If all that is possible is one outcome, the condition did not matter: the answer is firm. If
not, whatever is shown is provisional. A shown answer that is not among the possible ones is
not shown: the workload is undecided, as it is where the author wrote no unknown arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from mlpolicy.core.node import node
from mlpolicy.core.numbers import bases
from mlpolicy.core.program import GotoNode, HoldNode, IfNode, LeafNode, Template, TreeNode
from mlpolicy.core.trace import Form, LeadsTo, Passes, Reasons, StepKind, UnknownArm, Way
from mlpolicy.core.types import FLAG, TEXT
from mlpolicy.core.values import UNKNOWN, YES, Members, Num, is_known, member
from mlpolicy.evaluate.assume import assume
from mlpolicy.evaluate.nodes import fill_preferred, value_of
from mlpolicy.evaluate.state import NOTHING_BOUND, Env, Node, Reached
from mlpolicy.source import Place

INFEASIBLE = "infeasible"
HELD = "held"

#: From the most cautious to the firmest: where an open attribute is shown, none is lost.
CAUTION = (INFEASIBLE, "unmet", "conditional", "consider", "retain", "final")


@dataclass(frozen=True, eq=False)
class Found:
    """What a tree comes to. `firm` where all that is possible is one outcome. `fork` is the
    first condition that is unknown on the way, None where the way leads to one leaf."""

    possible: tuple[Reached, ...]
    shown: Reached | None
    node: Node
    fork: Fork | None = None

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.outcome for r in self.possible))

    @property
    def firm(self) -> bool:
        return len(self.outcomes) == 1

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every unknown that a condition from here on is evaluated from."""
        if self.fork is None:
            return frozenset()
        arms = [arm.reads for arm in (self.fork.yes, self.fork.no) if arm is not None]
        return self.fork.condition.slots.union(*arms)

    @cached_property
    def rests(self) -> frozenset[str]:
        """The unknowns that can still change the outcome. What is not among them is proved
        not to: below here either all leaves have one outcome, or no condition that is unknown
        depends on it."""
        if self.fork is None or len(self.outcomes) < 2:
            return frozenset()
        arms = [arm.rests for arm in (self.fork.yes, self.fork.no) if arm is not None]
        own = live(self.fork.condition) if len(arms) == 2 else frozenset()
        return own.union(*arms)


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """A condition that is unknown, where it stands, and what follows either way; None where
    no completion goes that way."""

    node: IfNode
    condition: Node
    env: Env
    yes: Found | None
    no: Found | None


#: Kinds of node whose parent reads nothing but their value: where that is known, nothing
#: below them can change it.
_CLOSED = frozenset(
    {
        *(StepKind.AND, StepKind.OR, StepKind.NOT, StepKind.COMPARE, StepKind.IS, StepKind.IN),
        *(StepKind.WITHIN, StepKind.HAS, StepKind.ANY, StepKind.SCORE, StepKind.QUESTION),
        *(StepKind.INPUT, StepKind.DEFINE, StepKind.FORMULA, StepKind.COST, StepKind.THRESHOLD),
        *(StepKind.PARAM, StepKind.ARITHMETIC, StepKind.CONVERT, StepKind.TABLE),
        *(StepKind.FACT, StepKind.CONSTANT, StepKind.ASSUMED),
    }
)


def live(node: Node) -> frozenset[str]:
    """The unknowns that can still change the value of a node: those it depends on, less what
    stands only below a part whose value is known already."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.kind in _CLOSED and is_known(here.value):
            continue
        found |= here.own
        if isinstance(here.value, Num):
            found.update(bases(here.value.poly))
        waiting.extend(here.children)
    return frozenset(found)


@node
class Path:
    """What was collected on the way: reasons, references, duties."""

    because: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    owes: tuple[str, ...] = ()

    def plus(
        self, because: Template | None, refs: tuple[str, ...], owes: tuple[str, ...], env: Env
    ) -> Path:
        reasons = self.because
        if because is not None:
            reasons = (*reasons, _told(because, env))
        return Path(
            reasons,
            tuple(dict.fromkeys((*self.refs, *refs))),
            tuple(dict.fromkeys((*self.owes, *owes))),
        )


def _told(text: Template, env: Env) -> str:
    return fill_preferred(text.parts, env) if env.subject.watching else ""


def decide(env: Env) -> Found:
    """Evaluates the decision tree of the program."""
    program = env.subject.run.program
    return _tree(program.decision, env, Path())


def _tree(name: str, env: Env, path: Path) -> Found:
    tree = env.subject.run.program.trees[name]
    found = _branch(tree.root, env, path)
    node = Node(StepKind.TREE, name, found.node.value, TEXT, tree.origin, (found.node,))
    return Found(found.possible, found.shown, node, found.fork)


def _branch(node: TreeNode, env: Env, path: Path) -> Found:
    match node:
        case LeafNode():
            return _leaf(node, env, path)
        case HoldNode():
            return _hold(node, env, path)
        case GotoNode():
            further = path.plus(node.because, node.refs, node.owes, env)
            found = _tree(node.tree, env, further)
            step = Node(
                StepKind.GOTO,
                node.tree,
                found.node.value,
                TEXT,
                node.origin,
                (found.node,),
                _reasons(further.because[len(path.because) :]),
                node.refs,
            )
            return Found(found.possible, found.shown, step, found.fork)
        case IfNode():
            return _if(node, env, path)
        case _:
            assert_never(node)


def _leaf(leaf: LeafNode, env: Env, path: Path) -> Found:
    taken = path.plus(leaf.because, leaf.refs, leaf.owes, env)
    outcome = leaf.outcome or INFEASIBLE
    reached = Reached(
        leaf, None, outcome, taken.because, taken.refs, taken.owes, env, leaf.provisional
    )
    settings = leaf.settings if env.subject.watching else ()
    children = tuple(
        Node(StepKind.ATTRIBUTE, name, n.value, n.type, n.origin, (n,), None, n.refs)
        for name, setting in settings
        for n in (value_of(setting, env, NOTHING_BOUND),)
    )
    reasons = _reasons(taken.because[len(path.because) :])
    value, origin = member(outcome), leaf.origin
    node = Node(StepKind.LEAF, outcome, value, TEXT, origin, children, reasons, leaf.refs)
    return Found((reached,), reached, node)


def _reasons(texts: tuple[str, ...]) -> Reasons | None:
    return Reasons(texts) if texts else None


def _hold(leaf: HoldNode, env: Env, path: Path) -> Found:
    reason = _told(leaf.reason, env)
    taken = path.plus(None, leaf.refs, leaf.owes, env)
    reached = Reached(None, reason, HELD, taken.because, taken.refs, taken.owes, env)
    reasons, value = Reasons((reason,)), member(HELD)
    node = Node(StepKind.HOLD, HELD, value, TEXT, leaf.origin, (), reasons, leaf.refs)
    return Found((reached,), reached, node)


def _if(node: IfNode, env: Env, path: Path) -> Found:
    condition = value_of(node.condition, env, NOTHING_BOUND)
    if condition.value is not UNKNOWN:
        holds = condition.value is YES
        taken = _branch(node.yes if holds else node.no, env, path)
        other = Node(
            StepKind.ARM,
            "if no" if holds else "if yes",
            Members(frozenset()),
            TEXT,
            node.origin,
            (),
            _leads_to(not holds, node.no if holds else node.yes),
        )
        step = _step(node, condition, taken.node, None, other)
        return Found(taken.possible, taken.shown, step, taken.fork)

    yes_env = assume(node.condition, True, env, NOTHING_BOUND)
    no_env = assume(node.condition, False, env, NOTHING_BOUND)
    # An arm that no completion reaches is not possible, so the other one is what there is.
    if yes_env is None and no_env is not None:
        only = _branch(node.no, no_env, path)
        fork = Fork(node, condition, env, None, only)
        return Found(only.possible, only.shown, _step(node, condition, only.node, True), fork)
    if no_env is None and yes_env is not None:
        only = _branch(node.yes, yes_env, path)
        fork = Fork(node, condition, env, only, None)
        return Found(only.possible, only.shown, _step(node, condition, only.node, False), fork)

    yes = _branch(node.yes, yes_env or env, path)
    no = _branch(node.no, no_env or env, path)
    possible = (*yes.possible, *no.possible)
    arm = _unknown_arm(node, yes, no, env, path)
    shown = _shown(possible, yes, no, arm)
    children = [condition]
    if arm is not None:
        children.append(arm.node)
    others = [f for f in (yes, no) if f is not arm]
    children.extend(
        Node(
            StepKind.ARM,
            "if yes" if f is yes else "if no",
            member(f.node.name),
            TEXT,
            f.node.origin,
            _reached(f.node) if env.subject.watching and env.subject.run.explain else (),
            LeadsTo(f is yes, f.outcomes, possible=True),
        )
        for f in others
    )
    way = _way(node, None)
    step = Node(StepKind.IF, node.form, UNKNOWN, FLAG, node.origin, tuple(children), way)
    return Found(possible, shown, step, Fork(node, condition, env, yes, no))


def _step(
    node: IfNode, condition: Node, taken: Node, impossible: bool | None, *others: Node
) -> Node:
    children = (condition, taken, *others)
    way = _way(node, impossible)
    return Node(StepKind.IF, node.form, condition.value, FLAG, node.origin, children, way)


def _way(node: IfNode, impossible: bool | None) -> Way:
    return Way(Form(node.form), UnknownArm(node.unknown), impossible)


def _leads_to(when: bool, node: TreeNode) -> LeadsTo:
    """Where an arm that is not taken begins, from the policy alone."""
    match node:
        case LeafNode():
            return LeadsTo(when, (node.outcome or INFEASIBLE,))
        case HoldNode():
            return LeadsTo(when, (HELD,))
        case GotoNode():
            return LeadsTo(when, tree=node.tree)
        case IfNode():
            return LeadsTo(when)
        case _:
            assert_never(node)


_STEPS = (StepKind.TREE, StepKind.IF, StepKind.GOTO, StepKind.LEAF, StepKind.HOLD)


def _reached(node: Node) -> tuple[Node, ...]:
    """What an arm that is possible and not shown comes past: each step of its trees once, by
    its place, without what it follows from."""
    found: dict[tuple[str, Place | None], Node] = {}

    def visit(step: Node) -> None:
        if step.kind is StepKind.REACH:
            found.setdefault((step.name, step.origin.place if step.origin else None), step)
        elif step.kind in _STEPS:
            passes, value = Passes(step.kind), member(step.name)
            met = Node(StepKind.REACH, step.kind.value, value, TEXT, step.origin, (), passes)
            found.setdefault((step.kind, step.origin.place if step.origin else None), met)
        if step.kind is StepKind.IF:
            # The first child is the condition. Where both arms are told as such, what is left
            # is an unknown arm of its own: it says what to do, and is never possible.
            after = step.children[1:]
            arms = [child for child in after if child.kind is StepKind.ARM]
            for child in arms if len(arms) == 2 else after:
                visit(child)
        elif step.kind in (*_STEPS, StepKind.ARM):
            for child in step.children:
                visit(child)

    visit(node)
    return tuple(found.values())


def _unknown_arm(node: IfNode, yes: Found, no: Found, env: Env, path: Path) -> Found | None:
    match node.unknown:
        case "no":
            return no
        case "yes":
            return yes
        case "own":
            assert node.unknown_arm is not None
            return _branch(node.unknown_arm, env, path)
        case _:
            return None


def _shown(
    possible: tuple[Reached, ...], yes: Found, no: Found, arm: Found | None
) -> Reached | None:
    """The author's arm where it says something possible; without one, the shared outcome of
    both arms, if they have but one, in its most cautious form. An unknown arm of its own says
    what to do while it matters: where all that is possible is one outcome, it is not asked, or
    it would show attributes that no completion has."""
    outcomes = {r.outcome for r in possible}
    if len(outcomes) == 1 and arm is not yes and arm is not no:
        arm = None
    if arm is not None and arm.shown is not None and arm.shown.outcome in outcomes:
        return arm.shown
    if (
        arm is not None
        and arm.shown is not None
        and arm.shown.hold is not None
        and len(outcomes) > 1
    ):
        return arm.shown
    if len(outcomes) == 1:
        shown = [f.shown for f in (yes, no) if f.shown is not None]
        return min(shown, key=_caution) if shown else possible[0]
    return None


def _caution(reached: Reached) -> tuple[bool, int]:
    """The most cautious first: what the author marked provisional, then by status."""
    status = reached.leaf.status if reached.leaf else INFEASIBLE
    place = CAUTION.index(status) if status in CAUTION else len(CAUTION)
    return (not reached.provisional, place)
