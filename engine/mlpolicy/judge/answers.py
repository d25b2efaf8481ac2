"""The answer of a workload: what the tree came to, as `answer` and `choice` speak of it."""

from __future__ import annotations

from functools import partial

from mlpolicy.core.facts import Workload
from mlpolicy.core.notices import Fault
from mlpolicy.core.program import HoldNode, LeafNode
from mlpolicy.core.terms import Status
from mlpolicy.core.values import INFEASIBLE
from mlpolicy.dataclass import dataclass, replace
from mlpolicy.evaluate.env import Answer, Bindings, End, Env, FaultError, Reached, Run
from mlpolicy.evaluate.refine import join_envs
from mlpolicy.evaluate.texts import fill_preferred
from mlpolicy.evaluate.trees import Leaf, Residual, Way, assumed, decide, shown_way, ways
from mlpolicy.evaluate.unknowns import are_of_policy
from mlpolicy.source import Place


@dataclass(eq=False, kw_only=True)
class Decided:
    """A workload while it is judged: what its tree came to, or the error that stopped it."""

    workload: Workload
    env: Env
    residual: Residual | None = None
    answer: Answer | None = None
    error: Fault | None = None
    place: Place | None = None
    _ends: tuple[End, ...] | None = None
    _choices: list[Possible] | None = None

    @property
    def ends(self) -> tuple[End, ...]:
        """Where the tree may end (`ends_of`). Only while there is a residual."""
        if self._ends is None:
            assert self.residual is not None
            self._ends = ends_of(self.residual)
        return self._ends

    @property
    def choices(self) -> list[Possible]:
        """Every answer that is possible (`choices`), worked out when it is first asked for: where
        a memory or a compiled form says what became of a rule, nobody does."""
        if self._choices is None:
            assert self.residual is not None
            self._choices = choices(self.residual)
        return self._choices

    def let_go(self) -> None:
        """Gives back what can be worked out again."""
        self._choices = None

    @property
    def name(self) -> str:
        """The name of the workload."""
        return self.workload.name

    def fail(self, fault: FaultError) -> None:
        """An error takes the answer back."""
        self.error, self.place = fault.fault, fault.place
        self.residual = self.answer = self._choices = self._ends = None
        self.env.subject.run.answers.pop(self.name, None)


def decide_workload(workload: Workload, run: Run) -> Decided:
    """Decides a workload, and tells the run its answer."""
    state = Decided(workload=workload, env=run.envs[workload.name])
    run.allow()
    try:
        state.residual = decide(state.env)
        state.answer = answer_of(state.residual)
    except FaultError as fault:
        state.fail(fault)
        return state
    run.answers[workload.name] = judged_answer(state.residual)
    return state


def judged_answer(residual: Residual) -> Answer:
    """What others judge by: the answer, or that it is open while it may be another. (What is shown
    meanwhile says what to do now, and nothing passes by it.)"""
    answer = answer_of(residual)
    if len(residual.possible) > 1:
        return Answer(reached=None, outcomes=answer.outcomes, provisional=answer.provisional)
    return replace(answer, whole=True)


def answer_of(residual: Residual) -> Answer:
    """What `answer` stands for."""
    shown = residual.shown
    provisional = not residual.firm or (shown is not None and shown.provisional)
    if shown is None or isinstance(shown.node, HoldNode):
        return Answer(
            reached=None,
            outcomes=frozenset(residual.outcomes),
            provisional=provisional,
            held=shown is not None,
        )
    way = shown_way(residual)
    reached = Reached(shown.node, way.env, lambda: because(shown, way))
    return Answer(reached=reached, outcomes=frozenset(residual.outcomes), provisional=provisional)


def status_of(residual: Residual) -> Status:
    """How firm the answer is."""
    shown = residual.shown
    if shown is None:
        return Status.UNDECIDED
    if isinstance(shown.node, HoldNode):
        return Status(shown.node.says)
    if not residual.firm or shown.provisional:
        return Status.PROVISIONAL
    return Status.INFEASIBLE if shown.outcome == INFEASIBLE else Status.DECIDED


#: An answer that is possible: its outcome, what `choice` and `answer` then stand for, and what
#: holds wherever it is reached.
Possible = tuple[str, Answer, Env]


def ends_of(residual: Residual) -> tuple[End, ...]:
    """Where a tree may end, in the order of `choices`, without what holds there."""
    open_ = _may_change(residual)
    nodes = [leaves[0].node for leaves in _by_node(residual)]
    return tuple([(node if isinstance(node, LeafNode) else None, open_) for node in nodes])


def _by_node(residual: Residual) -> list[list[Leaf]]:
    """The leaves that are possible, those together that are one in the policy."""
    found: dict[int, list[Leaf]] = {}
    for leaf in residual.possible:
        found.setdefault(id(leaf.node), []).append(leaf)
    return list(found.values())


def _may_change(residual: Residual) -> bool:
    """May something that a team can tell still change the answer?"""
    shown = residual.shown
    if shown is not None and shown.provisional:
        return True
    run = residual.at.env.subject.run
    return not residual.firm and not are_of_policy(residual.relevant, run)


def choices(residual: Residual) -> list[Possible]:
    """Every answer that is possible. Leaves of one outcome may differ in status and attributes:
    each is an answer of its own. Where only the policy's owner can tell which of them it is, they
    are not provisional: nothing that a team could do would settle them."""
    open_ = _may_change(residual)
    envs = assumed(residual)
    found: list[Possible] = []
    for leaves in _by_node(residual):
        first = leaves[0]
        root = residual.at.env
        env = join_envs([envs[leaf] for leaf in leaves], root) or root
        outcomes = frozenset((first.outcome,))
        if isinstance(first.node, HoldNode):
            answer = Answer(reached=None, outcomes=outcomes, provisional=open_, held=True)
        else:
            because_of = partial(_because, first, residual)
            answer = Answer(
                reached=Reached(first.node, env, because_of),
                outcomes=outcomes,
                provisional=open_,
                whole=True,
            )
        found.append((first.outcome, answer, env))
    return found


# ── What is told on the way ──────────────────────────────────────────────────────────────


def _because(leaf: Leaf, residual: Residual) -> tuple[str, ...]:
    return because(leaf, ways(residual)[leaf])


def because(leaf: Leaf, way: Way) -> tuple[str, ...]:
    """The reasons on the way to a leaf, the leaf's own last."""
    texts = [
        fill_preferred(entry.node.because.parts, env)
        for entry, env in way.entries
        if entry.node is not None and entry.node.because is not None
    ]
    if isinstance(leaf.node, LeafNode) and leaf.node.because is not None:
        texts.append(fill_preferred(leaf.node.because.parts, way.env))
    return tuple(texts)


def references(leaf: Leaf, way: Way) -> tuple[str, ...]:
    """The references on the way to a leaf, each once."""
    nodes = [*(e.node for e, _ in way.entries if e.node is not None), leaf.node]
    return tuple(dict.fromkeys(ref for node in nodes for ref in node.refs))


def owed_on_the_way(leaf: Leaf, way: Way) -> tuple[str, ...]:
    """The obligations that come with the way to a leaf, each once."""
    nodes = [*(e.node for e, _ in way.entries if e.node is not None), leaf.node]
    return tuple(dict.fromkeys(name for node in nodes for name in node.owes))


def answering(state: Decided) -> Bindings:
    """What names stand for where the answer of a workload is spoken of."""
    return Bindings(answer=state.answer)
