"""The meaning of decision trees: what is possible, and what is shown.

A tree gives two things. *Possible* is every leaf that some completion of the unknowns may
reach: at an `if` whose condition is unknown, the union of its yes and no arms, each evaluated
with the condition assumed, and never of its unknown arm. *Shown* is what to say now: along
known conditions the leaf they lead to; at an unknown one the author's `unknown:` arm (an arm
shared with `no` is judged as if `no` held).

If all that is possible is one outcome, the condition did not matter: the answer is firm. If
not, whatever is shown is provisional. A shown answer that is not among the possible ones is
not shown: the workload is undecided, as it is where the author wrote no unknown arm.

What comes out is the *residual*: the tree with all that is known folded away, and what is open
left as branches with the conditions that they hang on. A tree that is entered again where the
same is assumed of what it reads is the same residual, so that arms which meet again cost once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from mlpolicy.core.node import node
from mlpolicy.core.program import (
    Expr,
    GotoNode,
    HoldNode,
    IfNode,
    Known,
    LeafNode,
    Template,
    TreeNode,
)
from mlpolicy.core.symbols import Symbol, order, relevant
from mlpolicy.core.terms import ChoiceStatus, UnknownArm
from mlpolicy.core.values import ANSWERLESS, INFEASIBLE, UNKNOWN, YES
from mlpolicy.dataclass import dataclass, field, replace
from mlpolicy.evaluate.env import NO_NOTES, NOTHING_BOUND, Env, Key, Notes, Result, Run
from mlpolicy.evaluate.holes import ask
from mlpolicy.evaluate.refine import assume, join_envs
from mlpolicy.evaluate.stated import read_all
from mlpolicy.evaluate.values import apart, result
from mlpolicy.source import Origin, Source, Span
from mlpolicy.typed import assert_never


@dataclass(frozen=True, eq=False)
class Leaf:
    """A leaf as reached: an outcome, or what stands for one where there is none."""

    node: LeafNode | HoldNode
    env: Env

    @property
    def outcome(self) -> str:
        """The outcome's name; `infeasible`, `held` or `undecided` where the leaf has none."""
        if isinstance(self.node, HoldNode):
            return self.node.says.value
        return self.node.outcome or INFEASIBLE

    @property
    def provisional(self) -> bool:
        """Did the author mark it so?"""
        return isinstance(self.node, LeafNode) and self.node.provisional


@dataclass(frozen=True, eq=False, kw_only=True)
class Branch:
    """A condition that was met. Known, one of `yes` and `no` is there; unknown, both, or one
    where no completion goes the other way (`impossible` says which). `shown` is what is shown,
    `arm` its unknown arm where that is one of its own."""

    node: IfNode
    env: Env
    condition: Result
    yes: Residual | None
    no: Residual | None
    arm: Residual | None = None

    @property
    def open(self) -> bool:
        """Is the condition unknown?"""
        return self.condition.value is UNKNOWN

    @property
    def impossible(self) -> bool | None:
        """The truth that an unknown condition cannot have here; None: either may be."""
        if not self.open or (self.yes is not None and self.no is not None):
            return None
        return self.yes is None


@dataclass(frozen=True, eq=False)
class Entry:
    """A `goto`, or the beginning: the tree that is entered, and what it comes to."""

    tree: str
    node: GotoNode | None
    env: Env
    into: Residual


@dataclass(frozen=True, eq=False, kw_only=True, caches=True)
class Residual:
    """What a tree comes to from some node on. `symbols` are all that its conditions and settings
    rest on, `notes` are for a memory. It holds in every environment in which the same is stated and
    assumed of these, so that below the beginning it may be of another run: what holds on the way
    to a leaf follows from where one begins."""

    at: Leaf | Branch | Entry
    possible: tuple[Leaf, ...]
    shown: Leaf | None
    symbols: frozenset[Symbol] = field(default=frozenset())
    notes: Notes = NO_NOTES

    @cached_property
    def way(self) -> Way:
        """The way to the leaf that is shown, from where it begins (`shown_way`)."""
        return _shown_way(self)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes still possible, in the order they were met."""
        return tuple(dict.fromkeys(leaf.outcome for leaf in self.possible))

    @property
    def into(self) -> Residual | None:
        """What the tree came to, as a memory gives it to several manifests: what is possible, and
        what holds there, is the same for all of them. None where that cannot be said."""
        return self.at.into if isinstance(self.at, Entry) else None

    @property
    def firm(self) -> bool:
        """Is all that is possible one outcome?"""
        return len(self.outcomes) == 1

    @cached_property
    def arms(self) -> tuple[Residual, ...]:
        """What may follow."""
        match self.at:
            case Leaf():
                return ()
            case Entry(into=into):
                return (into,)
            case Branch(yes=yes, no=no):
                return tuple(arm for arm in (yes, no) if arm is not None)
            case _:
                assert_never(self.at)

    @cached_property
    def reads(self) -> frozenset[Symbol]:
        """Every symbol that an open condition from here on is evaluated from."""
        _arms_first(self, "reads")
        own = self.at.condition.reads if isinstance(self.at, Branch) and self.at.open else _NONE
        return own.union(*(arm.reads for arm in self.arms))

    @cached_property
    def relevant(self) -> frozenset[Symbol]:
        """The symbols that can still change the outcome. What is not among them is proved not
        to: below here either all leaves have one outcome, or no condition that is unknown
        depends on it."""
        if len(self.outcomes) < 2:
            return _NONE
        _arms_first(self, "relevant")
        return self._asked.union(*(arm.relevant for arm in self.arms))

    @cached_property
    def telling(self) -> frozenset[Symbol]:
        """The symbols that can still change the leaf, be its outcome the same or not."""
        if len({id(leaf.node) for leaf in self.possible}) < 2:
            return _NONE
        _arms_first(self, "telling")
        return self._asked.union(*(arm.telling for arm in self.arms))

    @cached_property
    def asks(self) -> tuple[Symbol, ...]:
        """What the open conditions are unknown by, those asked first at the front."""
        found: dict[Symbol, None] = {}
        seen = {id(self)}
        waiting = [self]
        for here in waiting:
            if isinstance(here.at, Branch) and here.at.open:
                found.update(here.at.condition.open)
            for arm in here.arms:
                if id(arm) not in seen:
                    seen.add(id(arm))
                    waiting.append(arm)
        return tuple(found)

    @cached_property
    def settling(self) -> tuple[Symbol, ...]:
        """What would tell the outcome, in the order in which the tree asks for it; where there is
        but one, what would tell the leaf."""
        wanted = self.relevant if len(self.outcomes) > 1 else self.telling
        asked = [symbol for symbol in self.asks if symbol in wanted]
        return (*asked, *sorted(wanted.difference(asked), key=order))

    @property
    def _asked(self) -> frozenset[Symbol]:
        """What the condition here is unknown by, where it leaves two arms open."""
        if isinstance(self.at, Branch) and self.at.open and len(self.arms) == 2:
            return relevant(self.at.condition.open)
        return _NONE


_NONE: frozenset[Symbol] = frozenset()


def _arms_first(residual: Residual, name: str) -> None:
    """Works out a property of all that may follow, the last first, so that asking for it does not
    nest as many calls as the tree has levels."""
    waiting = [*residual.arms]
    while waiting:
        open_ = [arm for arm in waiting[-1].arms if name not in arm.__dict__]
        if open_:
            waiting.extend(open_)
        else:
            getattr(waiting.pop(), name)


#: Where a policy without a tree ends: it gives no answer.
_JUDGED = HoldNode(
    says=ChoiceStatus.JUDGED,
    reason=Template(()),
    owes=(),
    refs=(),
    origin=Origin(Source("", ""), Span(0, 0)),
)


def decide(env: Env) -> Residual:
    """Reads what is stated, and evaluates the decision tree of the program. Raises FaultError, also
    for a fault of what is stated that the tree would not ask for. (docs/language.md, Trees,
    Possible, shown, provisional, and Errors)"""
    read_all(env)
    decision = env.subject.run.program.decision
    if not decision:
        leaf = Leaf(_JUDGED, env)
        return Residual(at=leaf, possible=(leaf,), shown=leaf)
    return _enter(decision, None, env)


def _enter(name: str, goto: GotoNode | None, env: Env) -> Residual:
    run = env.subject.run
    root = run.program.trees[name].root
    conditions = _known(root, run).conditions
    key: Key = ("tree", name)
    into: Residual | None = env.kept(key, conditions)
    if into is None:
        into = _node(root, env)
        env.keep(key, into, into.symbols, conditions)
    else:
        run.frame.note(into.notes)
    entry = Entry(name, goto, env, into)
    return Residual(
        at=entry,
        possible=into.possible,
        shown=into.shown,
        symbols=into.symbols,
        notes=into.notes,
    )


def _known(node: TreeNode, run: Run) -> Known:
    """What is known of a node and of all that may follow it, without evaluating it: the conditions
    that they may meet, and whether they read nothing but the manifest."""
    found = run.trees.get(id(node))
    if found is None:
        parts = [run.program.nodes[expr.id] for expr in _expressions(node)]
        match node:
            case IfNode():
                arms = (node.yes, node.no, node.unknown_arm)
                parts.extend(_known(arm, run) for arm in arms if arm is not None)
            case GotoNode(tree=tree):
                parts.append(_known(run.program.trees[tree].root, run))
            case _:
                pass
        conditions = 0
        for part in parts:
            conditions |= part.conditions
        found = Known(conditions=conditions, alone=all(part.repeats for part in parts))
        run.trees[id(node)] = found
    return found


def _expressions(node: TreeNode) -> Iterator[Expr]:
    match node:
        case IfNode():
            yield node.condition
        case LeafNode():
            for _, setting in node.settings:
                yield setting
        case _:
            pass


def _node(node: TreeNode, env: Env) -> Residual:
    match node:
        case LeafNode() | HoldNode():
            leaf = Leaf(node, env)
            symbols: frozenset[Symbol] = _NONE
            for expr in _expressions(node):
                symbols |= ask(result(expr, env, NOTHING_BOUND), env).reads
            return Residual(at=leaf, possible=(leaf,), shown=leaf, symbols=symbols)
        case GotoNode():
            return _enter(node.tree, node, env)
        case IfNode():
            return _remembered(node, env)
        case _:
            assert_never(node)


def _remembered(node: IfNode, env: Env) -> Residual:
    """What an `if` comes to, as an earlier run has worked it out where there is a memory."""
    run = env.subject.run
    memory = run.memory
    if memory is None:
        return _branch(node, env)
    known = _known(node, run)
    key: Key = ("node", id(node))
    made: Residual | None = memory.recall(key, known, env)
    if made is None:
        branch, notes = apart(env, lambda: _branch(node, env))
        made = replace(branch, notes=notes)
        memory.keep(key, known, made, made.symbols, env)
    else:
        run.frame.note(made.notes)
    return made


def _branch(node: IfNode, env: Env) -> Residual:
    condition = ask(result(node.condition, env, NOTHING_BOUND), env)
    reads = condition.reads
    if condition.value is not UNKNOWN:
        holds = condition.value is YES
        taken = _node(node.yes if holds else node.no, env)
        arms = (taken, None) if holds else (None, taken)
        at = Branch(node=node, env=env, condition=condition, yes=arms[0], no=arms[1])
        return Residual(
            at=at, possible=taken.possible, shown=taken.shown, symbols=reads | taken.symbols
        )
    yes_env = assume(node.condition, True, env, NOTHING_BOUND)
    no_env = assume(node.condition, False, env, NOTHING_BOUND)
    # An arm that no completion reaches is not possible, so the other one is what there is.
    if (yes_env is None) != (no_env is None):
        only_env = yes_env or no_env
        assert only_env is not None
        only = _node(node.yes if yes_env is not None else node.no, only_env)
        arms = (only, None) if yes_env is not None else (None, only)
        at = Branch(node=node, env=env, condition=condition, yes=arms[0], no=arms[1])
        return Residual(
            at=at, possible=only.possible, shown=only.shown, symbols=reads | only.symbols
        )
    yes = _node(node.yes, yes_env or env)
    no = _node(node.no, no_env or env)
    own = _node(node.unknown_arm, env) if node.unknown_arm is not None else None
    possible = tuple(dict.fromkeys((*yes.possible, *no.possible)))
    arm = arm_of(node.unknown, yes, no, own)
    symbols = reads | yes.symbols | no.symbols | (own.symbols if own is not None else _NONE)
    at = Branch(node=node, env=env, condition=condition, yes=yes, no=no, arm=own)
    return Residual(at=at, possible=possible, shown=_shown(possible, yes, no, arm), symbols=symbols)


def arm_of(
    unknown: UnknownArm, yes: Residual | None, no: Residual | None, own: Residual | None
) -> Residual | None:
    """The arm that the author shows while a condition is unknown; None where there is none."""
    match unknown:
        case UnknownArm.YES:
            return yes
        case UnknownArm.NO:
            return no
        case UnknownArm.OWN:
            return own
        case UnknownArm.NONE:
            return None
        case _:
            assert_never(unknown)


def _shown(
    possible: tuple[Leaf, ...], yes: Residual, no: Residual, arm: Residual | None
) -> Leaf | None:
    """The author's arm where it says something possible; without one, the shared outcome of
    both arms, if they have but one, in its most cautious form. An unknown arm of its own says
    what to do while it matters: where all that is possible is one outcome, it is not asked, or
    it would show attributes that no completion has."""
    outcomes = {leaf.outcome for leaf in possible}
    if len(outcomes) == 1 and arm is not yes and arm is not no:
        arm = None
    if arm is not None and arm.shown is not None:
        if arm.shown.outcome in outcomes:
            return arm.shown
        if arm.shown.outcome in ANSWERLESS and len(outcomes) > 1:
            return arm.shown
    if len(outcomes) == 1:
        shown = [r.shown for r in (yes, no) if r.shown is not None]
        return min(shown, key=_caution) if shown else possible[0]
    return None


def _caution(leaf: Leaf) -> tuple[bool, int]:
    """The most cautious first: what the author marked provisional, then by status, in the order in
    which the policy lists them. What is infeasible comes before all of these, what is final after
    them: where an open attribute is shown, none is lost."""
    if not isinstance(leaf.node, LeafNode) or not leaf.node.outcome:
        return (not leaf.provisional, -1)
    own = leaf.env.subject.run.program.statuses
    place = own.index(leaf.node.status) if leaf.node.status in own else len(own)
    return (not leaf.provisional, place)


# ── The ways through a residual ──────────────────────────────────────────────────────────


@node
class Way:
    """How a leaf is reached: the trees entered on the way, each with what was assumed there, and
    what is assumed at the leaf. (A residual that several arms come to stands in one of them; what
    holds on a way follows from the way.)"""

    entries: tuple[tuple[Entry, Env], ...]
    env: Env


def ways(residual: Residual) -> dict[Leaf, Way]:
    """The first way to each leaf that is possible or shown, in the order they are met. A leaf that
    is possible is not reached through the arm for unknown, even where a tree that both go on to is
    met there first."""
    found: dict[Leaf, Way] = {}

    def visit(
        here: Residual, entries: tuple[tuple[Entry, Env], ...], env: Env, own: bool, seen: set[int]
    ) -> None:
        if id(here) in seen:
            return
        seen.add(id(here))
        match here.at:
            case Leaf() as leaf:
                found.setdefault(leaf, Way(entries, env))
            case Entry() as entry:
                visit(entry.into, (*entries, (entry, env)), env, own, seen)
            case Branch() as branch:
                for arm, inside in inside_arms(branch, env):
                    if own or arm is not branch.arm:
                        visit(arm, entries, inside, own, seen)
            case _:
                assert_never(here.at)

    for own in (False, True):
        visit(residual, (), residual.at.env, own, set())
    return found


def inside_arms(branch: Branch, env: Env) -> list[tuple[Residual, Env]]:
    """The arms of a branch that is reached in `env`, each with what is assumed in it: yes, no, and
    its unknown arm, in which nothing is."""
    arms = [
        (arm, _after(branch, holds, env))
        for arm, holds in ((branch.yes, True), (branch.no, False))
        if arm is not None
    ]
    return arms if branch.arm is None else [*arms, (branch.arm, env)]


def shown_way(residual: Residual) -> Way:
    """The way to the leaf that is shown. Only for a residual that shows one. (docs/language.md,
    Possible, shown, provisional)"""
    return residual.way


def _shown_way(residual: Residual) -> Way:
    entries: list[tuple[Entry, Env]] = []
    here, env = residual, residual.at.env
    while not isinstance(here.at, Leaf):
        if isinstance(here.at, Entry):
            entries.append((here.at, env))
            here = here.at.into
        else:
            here, env = shown_arm(here, here.at, env)
    return Way(tuple(entries), env)


def shown_arm(residual: Residual, branch: Branch, env: Env) -> tuple[Residual, Env]:
    """The arm of a branch that the shown way goes on with: the author's arm for unknown, where it
    shows the leaf, else the one that does."""
    said = arm_of(branch.node.unknown, branch.yes, branch.no, branch.arm)
    if said is None or said.shown is not residual.shown:
        arms = (branch.yes, branch.no, branch.arm)
        said = next(arm for arm in arms if arm is not None and arm.shown is residual.shown)
    if said is branch.yes or said is branch.no:
        return said, _after(branch, said is branch.yes, env)
    return said, env


def assumed(residual: Residual) -> dict[Leaf, Env]:
    """What holds wherever a possible leaf is reached: of a residual that several arms come to,
    what holds in all of them."""
    order: list[Residual] = []
    seen: set[int] = set()

    def visit(here: Residual) -> None:
        if id(here) in seen:
            return
        seen.add(id(here))
        for arm in here.arms:
            visit(arm)
        order.append(here)

    visit(residual)
    arriving: dict[int, list[Env]] = {id(residual): [residual.at.env]}
    found: dict[Leaf, Env] = {}
    for here in reversed(order):
        envs = arriving[id(here)]
        env = envs[0] if len(envs) == 1 else join_envs(list(envs), residual.at.env)
        assert env is not None
        match here.at:
            case Leaf() as leaf:
                found[leaf] = env
            case Entry() as entry:
                arriving.setdefault(id(entry.into), []).append(env)
            case Branch() as branch:
                for arm, holds in ((branch.yes, True), (branch.no, False)):
                    if arm is not None:
                        arriving.setdefault(id(arm), []).append(_after(branch, holds, env))
            case _:
                assert_never(here.at)
    return found


def _after(branch: Branch, holds: bool, env: Env) -> Env:
    """What is assumed in an arm of a branch that is reached in `env`."""
    if not branch.open:
        return env
    return assume(branch.node.condition, holds, env, NOTHING_BOUND) or env
