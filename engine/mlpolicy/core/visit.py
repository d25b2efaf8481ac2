"""The one traversal of a program: the children of a node, a node with other children, all
nodes below one.

`parts` is the only place that knows which fields of which class hold nodes. It is a match over
every class of `core/program` that ends in `assert_never`: where a class is added to `Node`,
mypy names this place, and where a field is added, a test does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mlpolicy.core import program as core
from mlpolicy.dataclass import replace
from mlpolicy.traversal import Parts, Traversal
from mlpolicy.typed import TypeVar, assert_never

#: Every class of node that a program is made of.
Node = (
    core.Expr
    | core.Case
    | core.Conversion
    | core.Absent
    | core.InputSource
    | core.Input
    | core.Dated
    | core.ExceptionRule
    | core.Bar
    | core.CatalogRow
    | core.Catalog
    | core.RecordField
    | core.KeyHole
    | core.Records
    | core.Line
    | core.Shortlist
    | core.Question
    | core.Score
    | core.Define
    | core.Template
    | core.Duty
    | core.TreeNode
    | core.Tree
    | core.Obligation
    | core.IfUnknown
    | core.Rule
    | core.Report
    | core.Clause
    | core.Cited
    | core.Extension
    | core.GivenFact
    | core.GivenBar
    | core.Expected
    | core.PolicyTest
    | core.Reads
    | core.Known
    | core.Program
)

N = TypeVar("N", bound=Node)


def children(node: Node) -> list[Node]:
    """The nodes directly below `node`, in the order of its fields."""
    return _PROGRAM.children(node)


def map_children(node: N, f: Callable[[Node], Node]) -> N:
    """`node` with `f` of each of its children in their places.

    It is the very same object where `f` gives back every child as it was. `f` gives an
    expression for an expression, a node of a tree for a node of a tree, and of everything else
    the class that it was given; another class is a TypeError.
    """

    def checked(child: Node) -> Node:
        made = f(child)
        if type(made) is type(child):
            return made
        for family in (core.Typed, (core.LeafNode, core.HoldNode, core.GotoNode, core.IfNode)):
            if isinstance(child, family) and isinstance(made, family):
                return made
        raise TypeError(f"{type(made).__name__} cannot stand for {type(child).__name__}")

    changed = _PROGRAM.changed(node, checked)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]


def walk(*roots: Node, inside: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """Every node at and below the roots, each before what is below it, in written order.
    With `inside`, nothing below a node of which it is false."""
    return _PROGRAM.walk(roots, inside)


def walk_whole(program: core.Program) -> Iterator[Node]:
    """Every node of what a program declares, declaration after declaration; its tests apart."""
    groups: tuple[Iterable[Node], ...] = (
        program.inputs.values(),
        program.bars.values(),
        program.catalogs.values(),
        program.shortlists.values(),
        program.defines.values(),
        program.scores.values(),
        program.trees.values(),
        program.obligations.values(),
        program.rules.values(),
        program.reports.values(),
    )
    for group in groups:
        yield from walk(*group)


def parts(node: Node) -> Parts[Node]:  # noqa: C901 - one match over all kinds
    """The fields of `node` that hold nodes, by name, in the order of their declaration."""
    match node:
        # Expressions: those that hold no other, then those that do.
        case core.Const() | core.RowRef() | core.BarRef() | core.ParameterRef():
            return {}
        case core.PathRef() | core.VariableRef() | core.UnknownConst() | core.EveryMember():
            return {}
        case core.AnyRemains() | core.FirstRemaining() | core.AsOf() | core.ChoiceRef():
            return {}
        case core.InputRef():
            return {"key": node.key}
        case core.IsProvisional():
            return {"answer": node.answer}
        case core.ColumnRef():
            return {"row": node.row}
        case core.DefRef():
            return {"key": node.key, "row": node.row}
        case core.Apply():
            return {"operands": node.operands}
        case core.SetExpr() | core.ListExpr():
            return {"items": node.items}
        case core.BetweenExpr():
            return {"low": node.low, "high": node.high}
        case core.Report():
            return {"value": node.value}
        case core.ConvertExpr() | core.IsUnknownExpr():
            return {"operand": node.operand}
        case core.Choose():
            return {"cases": node.cases, "otherwise": node.otherwise}
        case core.Case():
            return {"guard": node.guard, "value": node.value}
        case core.LookupRow() | core.HasRow():
            return {"keys": node.keys}
        case core.FirstRow() | core.BestRow():
            return {"where": node.where}
        case core.ChargeExpr():
            return {"quantity": node.quantity, "keys": node.keys}
        case core.AggregateExpr():
            return {
                "body": node.body,
                "where": node.where,
                "once_per": node.once_per,
                "domain": node.domain,
            }
        # Trees.
        case core.IfNode():
            return {
                "condition": node.condition,
                "yes": node.yes,
                "no": node.no,
                "unknown_arm": node.unknown_arm,
            }
        case core.LeafNode():
            return {"settings": node.settings, "because": node.because}
        case core.HoldNode():
            return {"reason": node.reason}
        case core.GotoNode():
            return {"because": node.because}
        case core.Template():
            return {"parts": node.parts}
        case core.Tree():
            return {"root": node.root}
        # Definitions.
        case core.CatalogRow():
            return {"cells": node.cells}
        case core.Catalog():
            return {"rows": node.rows, "override": node.override}
        case core.Absent():
            return {"value": node.value, "when": node.when}
        case core.InputSource():
            return {"value": node.value, "paths": node.paths}
        case core.Input():
            return {"sources": node.sources, "absent": node.absent}
        case core.Dated():
            return {"value": node.value}
        case core.ExceptionRule():
            return {"guard": node.guard, "value": node.value}
        case core.Bar():
            return {"lines": node.lines, "exceptions": node.exceptions}
        case core.Records():
            return {
                "path": node.path,
                "columns": node.columns,
                "ask": node.ask,
                "asks": node.asks,
                "absent": node.absent,
            }
        case core.Line():
            return {"condition": node.condition}
        case core.Shortlist():
            return {"lines": node.lines}
        case core.Question():
            return {"text": node.text, "condition": node.condition}
        case core.Score():
            return {"questions": node.questions}
        case core.Define():
            return {"over": node.over, "body": node.body, "exceptions": node.exceptions}
        # Rules.
        case core.Rule():
            return {
                "guard": node.guard,
                "when": node.when,
                "if_unknown": node.if_unknown,
                "say": node.say,
                "fix": node.fix,
                "bounds": node.bounds,
            }
        case core.IfUnknown():
            return {"when": node.when, "say": node.say, "fix": node.fix}
        case core.Obligation():
            return {
                "text": node.text,
                "when": node.when,
                "met_when": node.met_when,
                "due_when": node.due_when,
            }
        # What holds no node.
        case core.Conversion() | core.RecordField() | core.KeyHole() | core.Duty():
            return {}
        case core.Clause() | core.Cited() | core.Extension() | core.Known() | core.GivenFact():
            return {}
        case core.Reads():
            return {
                "remaining": node.remaining,
                "inputs": node.inputs,
                "looked_up": node.looked_up,
                "columns": node.columns,
            }
        # Tests.
        case core.GivenBar():
            return {"value": node.value}
        case core.ExpectedValue():
            return {"value": node.value, "expected": node.expected}
        case core.ExpectedAnswer() | core.ExpectedStatus() | core.ExpectedPossible():
            return {}
        case core.ExpectedInput() | core.ExpectedState():
            return {}
        case core.PolicyTest():
            return {"given": node.given, "bars": node.bars, "expected": node.expected}
        case core.Program():
            return {
                "conversions": node.conversions,
                "inputs": node.inputs,
                "bars": node.bars,
                "catalogs": node.catalogs,
                "records": node.records,
                "shortlists": node.shortlists,
                "defines": node.defines,
                "scores": node.scores,
                "trees": node.trees,
                "obligations": node.obligations,
                "rules": node.rules,
                "reports": node.reports,
                "clauses": node.clauses,
                "sources": node.sources,
                "tests": node.tests,
                "reads": node.reads,
                "nodes": node.nodes,
                "extensions": node.extensions,
            }
        case _:
            assert_never(node)


_PROGRAM: Traversal[Node] = Traversal(parts)
