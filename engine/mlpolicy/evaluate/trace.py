"""From the evaluator's nodes to the steps that explanations read.

The walk is the same one: a step is a node. A definition that was told once in a tree is not
told again: later mentions keep its value and leave its children to the first.
"""

from __future__ import annotations

from mlpolicy.core.program import Program
from mlpolicy.core.trace import LeadsTo, Step, StepKind
from mlpolicy.core.values import Rows
from mlpolicy.evaluate.rows import row_label
from mlpolicy.evaluate.state import Node

#: Kinds with a name of their own, worth telling once.
_TOLD_ONCE = frozenset(
    {
        *(StepKind.INPUT, StepKind.DEFINE, StepKind.FORMULA, StepKind.COST, StepKind.SCORE),
        *(StepKind.TABLE, StepKind.THRESHOLD, StepKind.PARAM, StepKind.ANY, StepKind.FIRST),
    }
)


def trace_of(node: Node, told: set[int], program: Program) -> Step:
    """The step of a node and all it follows from. `told` are the nodes told already."""
    again = bool(node.children) and id(node) in told and node.kind in _TOLD_ONCE
    told.add(id(node))
    aside = isinstance(node.detail, LeadsTo) and not node.detail.possible
    return Step(
        kind=node.kind,
        name=node.name,
        value=None if aside else node.value,
        type=None if aside else node.type,
        basis=node.basis,
        taken=node.taken,
        again=again,
        detail=node.detail,
        rows=_rows(node, program),
        text=_text(node),
        at=node.origin.place if node.origin else None,
        from_=node.place,
        refs=node.refs,
        needs=node.needs,
        children=() if again else tuple(trace_of(c, told, program) for c in node.children),
    )


def _rows(node: Node, program: Program) -> tuple[str, ...]:
    """The rows of a value by their keys."""
    if not isinstance(node.value, Rows):
        return ()
    return tuple(row_label(row, program) if row else "" for row in node.value.options)


def _text(node: Node) -> str:
    """The policy's own wording of an expression; a declaration is known by its name."""
    if node.origin is None or node.kind in _DECLARED:
        return ""
    return " ".join(node.origin.text.split())


_DECLARED = frozenset(
    {
        *(StepKind.INPUT, StepKind.TREE, StepKind.IF, StepKind.LEAF, StepKind.HOLD),
        *(StepKind.GOTO, StepKind.RULE, StepKind.OBLIGATION, StepKind.THRESHOLD),
        *(StepKind.PARAM, StepKind.DEFINE, StepKind.FORMULA, StepKind.COST, StepKind.SCORE),
        *(StepKind.TABLE, StepKind.ROW, StepKind.LINE, StepKind.CASE, StepKind.QUESTION),
        *(StepKind.EXCEPTION, StepKind.PROJECT, StepKind.WORKLOAD, StepKind.ARM),
        *(StepKind.REACH, StepKind.ENTRY),
    }
)
