"""The steps of a decision tree: the way that is shown, and where the arms beside it lead."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from mlpolicy.core.program import GotoNode, HoldNode, IfNode, LeafNode, TreeNode
from mlpolicy.core.terms import UnknownArm
from mlpolicy.core.trace import LeadsTo, Passes, Reasons, Step, StepKind, Way
from mlpolicy.core.types import FLAG, TEXT
from mlpolicy.core.values import INFEASIBLE, UNKNOWN, Value, member
from mlpolicy.evaluate.env import NOTHING_BOUND, Env
from mlpolicy.evaluate.texts import fill_preferred
from mlpolicy.evaluate.trees import Branch, Entry, Leaf, Residual, arm_of, inside_arms
from mlpolicy.explain.tracer import Tracer
from mlpolicy.source import Place


def tree_step(residual: Residual, tracer: Tracer) -> Step:
    """The step of the decision tree of a workload."""
    match residual.at:
        case Entry() as entry:
            return _tree(entry, entry.env, tracer)
        case _:
            raise AssertionError(residual)


def _tree(entry: Entry, env: Env, tracer: Tracer) -> Step:
    below = _step(entry.into, env, tracer)
    tree = tracer.program.trees[entry.tree]
    assert below.value is not None
    return tracer.make(StepKind.TREE, entry.tree, below.value, TEXT, tree.origin, (below,))


def _step(residual: Residual, env: Env, tracer: Tracer) -> Step:
    match residual.at:
        case Leaf() as leaf:
            return _leaf(leaf, env, tracer)
        case Entry() as entry:
            tree = _tree(entry, env, tracer)
            node = entry.node
            assert node is not None
            assert tree.value is not None
            told = Reasons((fill_preferred(node.because.parts, env),)) if node.because else None
            return tracer.make(
                StepKind.GOTO,
                entry.tree,
                tree.value,
                TEXT,
                node.origin,
                (tree,),
                detail=told,
                refs=node.refs,
            )
        case Branch() as branch:
            return _branch(branch, env, tracer)
        case _:
            assert_never(residual.at)


def _leaf(leaf: Leaf, env: Env, tracer: Tracer) -> Step:
    node = leaf.node
    if isinstance(node, HoldNode):
        reason = Reasons((fill_preferred(node.reason.parts, env),))
        return tracer.make(
            StepKind.HOLD,
            node.says.value,
            member(node.says.value),
            TEXT,
            node.origin,
            detail=reason,
            refs=node.refs,
        )
    attributes = []
    for name, setting in node.settings:
        found = tracer.step(setting, env, NOTHING_BOUND)
        assert found.value is not None
        assert found.type is not None
        attributes.append(
            tracer.make(
                StepKind.ATTRIBUTE,
                name,
                found.value,
                found.type,
                setting.origin,
                (found,),
                refs=found.refs,
            )
        )
    told = Reasons((fill_preferred(node.because.parts, env),)) if node.because else None
    return tracer.make(
        StepKind.LEAF,
        leaf.outcome,
        member(leaf.outcome),
        TEXT,
        node.origin,
        attributes,
        detail=told,
        refs=node.refs,
    )


def _branch(branch: Branch, env: Env, tracer: Tracer) -> Step:
    node = branch.node
    condition = tracer.step(node.condition, env, NOTHING_BOUND)
    if not branch.open:
        taken = branch.yes or branch.no
        assert taken is not None
        holds = branch.yes is not None
        aside = _aside(not holds, node.no if holds else node.yes, node)
        below = (condition, _step(taken, env, tracer), aside)
        return _if(node, branch.condition.value, below, None, tracer)
    impossible = branch.impossible
    if impossible is not None:
        ((only, inside),) = inside_arms(branch, env)
        return _if(node, UNKNOWN, (condition, _step(only, inside, tracer)), impossible, tracer)
    assert branch.yes is not None
    assert branch.no is not None
    shown = arm_of(node.unknown, branch.yes, branch.no, branch.arm)
    arms = [(arm, inside) for arm, inside in inside_arms(branch, env) if arm is shown]
    steps = [condition, *(_step(arm, inside, tracer) for arm, inside in arms[:1])]
    for arm, when in ((branch.yes, True), (branch.no, False)):
        if arm is not shown:
            steps.append(_possible(arm, when, tracer))
    return _if(node, UNKNOWN, tuple(steps), None, tracer)


def _if(
    node: IfNode,
    found: Value,
    below: tuple[Step, ...],
    impossible: bool | None,
    tracer: Tracer,
) -> Step:
    way = Way(node.form, node.unknown, impossible)
    return tracer.make(StepKind.IF, node.form, found, FLAG, node.origin, below, detail=way)


def _aside(when: bool, node: TreeNode, above: IfNode) -> Step:
    """An arm that is not taken: where it begins, from the policy alone."""
    return Step(
        kind=StepKind.ARM,
        name="if yes" if when else "if no",
        detail=_leads_to(when, node),
        at=above.origin.place,
    )


def _leads_to(when: bool, node: TreeNode) -> LeadsTo:
    match node:
        case LeafNode():
            return LeadsTo(when, (node.outcome or INFEASIBLE,))
        case HoldNode():
            return LeadsTo(when, (node.says.value,))
        case GotoNode():
            return LeadsTo(when, tree=node.tree)
        case IfNode():
            return LeadsTo(when)
        case _:
            assert_never(node)


def _possible(arm: Residual, when: bool, tracer: Tracer) -> Step:
    """An arm that is possible and not shown: where it leads, and each step it comes past."""
    _, name, place = _begins(arm, tracer)
    return replace(
        tracer.make(
            StepKind.ARM,
            "if yes" if when else "if no",
            member(name),
            TEXT,
            None,
            _passes(arm, tracer),
            detail=LeadsTo(when, arm.outcomes, possible=True),
        ),
        at=place,
    )


def _begins(arm: Residual, tracer: Tracer) -> tuple[StepKind, str, Place | None]:
    """The kind, name and place of the step that something begins with."""
    match arm.at:
        case Leaf() as leaf:
            kind = StepKind.HOLD if isinstance(leaf.node, HoldNode) else StepKind.LEAF
            return kind, leaf.outcome, leaf.node.origin.place
        case Entry() as entry:
            assert entry.node is not None
            return StepKind.GOTO, entry.tree, entry.node.origin.place
        case Branch() as branch:
            return StepKind.IF, branch.node.form, branch.node.origin.place
        case _:
            assert_never(arm.at)


def _passes(arm: Residual, tracer: Tracer) -> list[Step]:
    """What an arm that is possible and not shown comes past: each step of its trees once, by
    its place, without what it follows from."""
    found: dict[tuple[StepKind, Place | None], Step] = {}
    seen: set[int] = set()

    def note(kind: StepKind, name: str, place: Place | None) -> None:
        made = Step(
            kind=StepKind.REACH,
            name=kind.value,
            value=member(name),
            type=TEXT,
            detail=Passes(kind),
            at=place,
        )
        found.setdefault((kind, place), made)

    def visit(here: Residual) -> None:
        if id(here) in seen:
            return
        seen.add(id(here))
        note(*_begins(here, tracer))
        if isinstance(here.at, Entry):
            tree = tracer.program.trees[here.at.tree]
            note(StepKind.TREE, here.at.tree, tree.origin.place)
        for below in _in_order(here):
            visit(below)

    visit(arm)
    return list(found.values())


def _in_order(here: Residual) -> tuple[Residual, ...]:
    """What may follow: the arm that is shown first."""
    at = here.at
    if isinstance(at, Branch) and at.open and at.node.unknown is UnknownArm.NO:
        return tuple(reversed(here.arms))
    return here.arms
