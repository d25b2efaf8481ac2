"""The tree as it was walked: its conditions, its arms, and where each of them leads."""

from __future__ import annotations

from collections.abc import Iterator

from mlpolicy.core.terms import Form
from mlpolicy.core.trace import LeadsTo, Passes, Reasons, Step, StepKind, Way
from mlpolicy.core.values import UNKNOWN, YES
from mlpolicy.explain.kinds import TREE


def way(step: Step) -> Way:
    """How an `if` is written, and what was shown of it."""
    assert isinstance(step.detail, Way), step
    return step.detail


def leads_to(arm: Step) -> LeadsTo:
    """Where an arm leads that is not shown."""
    assert isinstance(arm.detail, LeadsTo), arm
    return arm.detail


def reasons(step: Step) -> tuple[str, ...]:
    """The author's reasons at a goto, a leaf or a hold."""
    return step.detail.texts if isinstance(step.detail, Reasons) else ()


def branches(step: Step) -> Iterator[Step]:
    """All `if`s that were evaluated below a step, in the order in which they were met."""
    for child in step.children:
        if child.kind is StepKind.IF and child.children:
            yield child
        if child.kind in (StepKind.IF, StepKind.TREE, StepKind.GOTO):
            yield from branches(child)


def walked(step: Step) -> Iterator[Step]:
    """The `if`s of the path that was walked, in order; it ends where nothing is shown."""
    for child in step.children:
        if child.kind in (StepKind.TREE, StepKind.GOTO):
            yield from walked(child)
        elif child.kind is StepKind.IF:
            yield child
            yield from walked(child)
            return


def arms(step: Step) -> tuple[list[Step], list[Step]]:
    """What follows the condition of an `if`: the step that is shown next (none or one), and the
    arms that are not."""
    after = step.children[1:]
    shown = [child for child in after if child.kind is not StepKind.ARM]
    return shown, [child for child in after if child.kind is StepKind.ARM]


def is_passed(step: Step) -> bool:
    """Did a condition that is known only let the path go on to the next one?"""
    shown, _ = arms(step)
    return step.value is not UNKNOWN and [child.kind for child in shown] == [StepKind.IF]


def goes_on(step: Step) -> bool:
    """Does the path go on behind an `if` or `unless` that is known, and not into its arm?"""
    return (step.value is YES) == (way(step).form is Form.UNLESS)


def steps_of_tree(step: Step) -> Iterator[Step]:
    """The steps of trees right below one."""
    return (child for child in step.children if child.kind in TREE)


def comes_past(arm: Step) -> Iterator[tuple[StepKind, Step]]:
    """The steps of a tree that an arm comes past which is possible and not shown."""
    for each in arm.children:
        if isinstance(each.detail, Passes):
            yield each.detail.kind, each


def end(step: Step) -> Step | None:
    """The leaf or hold in which a shown arm ends; None where nothing is shown there."""
    while step.kind not in (StepKind.LEAF, StepKind.HOLD):
        below = list(steps_of_tree(step))
        if not below:
            return None
        step = below[-1]
    return step
