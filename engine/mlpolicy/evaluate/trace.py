"""From the evaluator's nodes to the trace that reports read.

The walk is the same one: a trace node is a node, its value written out. A definition that
was told once in a tree is not told again: later mentions keep its value and leave its
children to the first.
"""

from __future__ import annotations

from mlpolicy.core.decision import Trace
from mlpolicy.core.program import Program
from mlpolicy.core.show import show
from mlpolicy.core.values import Rows
from mlpolicy.evaluate.rows import row_label
from mlpolicy.evaluate.state import SETS_NONE, Node

#: Kinds with a name of their own, worth telling once.
_TOLD_ONCE = frozenset(
    {"input", "define", "formula", "cost", "score", "table", "threshold", "param", "any", "first"}
)


def trace_of(node: Node, told: set[int], program: Program) -> Trace:
    """The trace of a node and all it follows from. `told` are the nodes told already."""
    again = id(node) in told and node.kind in _TOLD_ONCE
    told.add(id(node))
    note = node.note
    children: tuple[Trace, ...] = ()
    if again and node.children:
        note = f"{note}; as above" if note else "as above"
    else:
        children = tuple(trace_of(child, told, program) for child in node.children)
    return Trace(
        node.kind,
        node.name,
        _value(node, program),
        _text(node),
        note,
        node.origin.place if node.origin else None,
        node.place,
        node.refs,
        node.needs,
        children,
    )


def _value(node: Node, program: Program) -> str:
    """The value as shown; rows by their keys."""
    if isinstance(node.value, Rows):
        names = [row_label(r, program) if r else "none" for r in node.value.options]
        return names[0] if len(names) == 1 else "one of " + ", ".join(names)
    return "none" if node.note == SETS_NONE else show(node.value, node.type)


def _text(node: Node) -> str:
    """The policy's own wording of an expression; a declaration is known by its name."""
    if node.origin is None or node.kind in _DECLARED:
        return ""
    return " ".join(node.origin.text.split())


_DECLARED = frozenset(
    {
        "input",
        "tree",
        "if",
        "leaf",
        "hold",
        "goto",
        "rule",
        "obligation",
        "threshold",
        "param",
        "define",
        "formula",
        "cost",
        "score",
        "table",
        "shortlist",
        "row",
        "line",
        "case",
        "question",
        "exception",
        "project",
        "workload",
        "arm",
        "reach",
        "entry",
    }
)
