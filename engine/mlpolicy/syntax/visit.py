"""The one traversal of the syntax tree: the children of a node, a node with other children, all
nodes below one.

`parts` is the only place that knows which fields of which class hold nodes. It is a match over
every class of `syntax/tree` that ends in `assert_never`: where a class is added to `Node`,
mypy names this place, and where a field is added, a test does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar, assert_never

from mlpolicy.syntax import tree as t
from mlpolicy.traversal import Parts, Traversal

#: Every class of node that a file is made of.
Node = (
    t.Name
    | t.Quoted
    | t.Ref
    | t.Comment
    | t.Title
    | t.Extends
    | t.Called
    | t.Type
    | t.Expr
    | t.Decl
    | t.Attribute
    | t.IfAbsent
    | t.RecordColumn
    | t.DatedLine
    | t.Header
    | t.InForce
    | t.Row
    | t.ShortlistLine
    | t.CaseLine
    | t.Question
    | t.Setting
    | t.Action
    | t.FlatLine
    | t.Arm
    | t.IfBlock
    | t.Comparison
    | t.CellTests
    | t.Heading
    | t.TableRow
    | t.IfUnknown
    | t.Former
    | t.LaterLevel
    | t.PlainValue
    | t.Given
    | t.GivenBar
    | t.AnswerCell
    | t.GivenColumn
    | t.ExpectedColumn
    | t.Example
    | t.Examples
    | t.Expectation
    | t.File
)

N = TypeVar("N", bound=Node)


def children(node: Node) -> list[Node]:
    """The nodes directly below `node`, in the order of its fields."""
    return _SYNTAX.children(node)


def map_children(node: N, f: Callable[[Node], Node]) -> N:
    """`node` with `f` of each of its children in their places.

    It is the very same object where `f` gives back every child as it was. `f` gives an
    expression for an expression, an action for an action, a type for a type, a value for a value
    of a test, and of everything else the class that it was given; another class is a TypeError.
    """

    def checked(child: Node) -> Node:
        made = f(child)
        if type(made) is type(child):
            return made
        for family in (t.Expr, t.Action, t.Type, t.PlainValue):
            if isinstance(child, family) and isinstance(made, family):
                return made
        raise TypeError(f"{type(made).__name__} cannot stand for {type(child).__name__}")

    changed = _SYNTAX.changed(node, checked)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]


def walk(*roots: Node, inside: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """Every node at and below the roots, each before what is below it, in the order of fields.
    With `inside`, nothing below a node of which it is false."""
    return _SYNTAX.walk(roots, inside)


def parts(node: Node) -> Parts[Node]:  # noqa: C901 - one match over all kinds
    """The fields of `node` that hold nodes, by name, in the order of their declaration."""
    match node:
        # Words, types and literals: nothing below them.
        case (
            t.Name()
            | t.Quoted()
            | t.Ref()
            | t.Comment()
            | t.Title()
            | t.TypeName()
            | t.Number()
            | t.DateLiteral()
            | t.TimeLiteral()
        ):
            return {}
        case t.YesNo() | t.UnknownLiteral() | t.AnyLiteral() | t.Dash() | t.PathLiteral() | t.Var():
            return {}
        case t.SetType() | t.ListType():
            return {"element": node.element}
        # Expressions.
        case t.Text():
            return {"parts": node.parts}
        case t.Between():
            return {"low": node.low, "high": node.high}
        case t.SetLiteral() | t.ListLiteral():
            return {"items": node.items}
        case t.Column():
            return {"of": node.of, "name": node.name}
        case t.Lookup():
            return {"catalog": node.catalog, "keys": node.keys}
        case t.Call():
            return {"function": node.function, "arguments": node.arguments}
        case t.Not() | t.Negate() | t.IsUnknown():
            return {"operand": node.operand}
        case t.Binary():
            return {"left": node.left, "right": node.right}
        case t.As():
            return {"operand": node.operand, "unit": node.unit}
        case t.AnyOf():
            return {"shortlist": node.shortlist}
        case t.FirstOf():
            return {"rows": node.rows, "where": node.where}
        case t.BestOf():
            return {
                "records": node.records,
                "stating": node.stating,
                "by": node.by,
                "where": node.where,
            }
        case t.Aggregate():
            return {
                "body": node.body,
                "where": node.where,
                "once_per": node.once_per,
                "over": node.over,
                "domain": node.domain,
            }
        # Declarations.
        case t.PolicyDecl():
            return {"name": node.name, "effective": node.effective, "extends": node.extends}
        case t.Extends():
            return {"name": node.name}
        case t.ManifestDecl():
            return {
                "kind": node.kind,
                "shared": node.shared,
                "each": node.each,
                "items": node.items,
                "files": node.files,
                "api": node.api,
            }
        case t.SourceDecl():
            return {"name": node.name}
        case t.Former():
            return {"name": node.name, "row": node.row}
        case t.UnitDecl() | t.ReportDecl():
            return {"names": node.names}
        case t.CurrencyDecl():
            return {"name": node.name}
        case t.ConvertDecl():
            return {"left": node.left, "right": node.right, "refs": node.refs}
        case t.Attribute() | t.Header():
            return {"name": node.name, "type": node.type}
        case t.OutcomeDecl():
            return {
                "name": node.name,
                "members": node.members,
                "attributes": node.attributes,
                "title": node.title,
                "statuses": node.statuses,
                "called": node.called,
            }
        case t.EnumDecl():
            return {
                "name": node.name,
                "members": node.members,
                "path": node.path,
                "title": node.title,
                "called": node.called,
            }
        case t.Called():
            return {"name": node.name, "title": node.title}
        case t.IfAbsent():
            return {"value": node.value, "when": node.when, "refs": node.refs}
        case t.InputDecl():
            return {
                "name": node.name,
                "parameter": node.parameter,
                "type": node.type,
                "within": node.within,
                "sources": node.sources,
                "if_absent": node.if_absent,
                "title": node.title,
            }
        case t.RecordColumn():
            return {"steps": node.steps, "if_absent": node.if_absent, "ask": node.ask}
        case t.RecordsDecl():
            return {
                "name": node.name,
                "path": node.path,
                "keys": node.keys,
                "ask": node.ask,
                "columns": node.columns,
                "title": node.title,
            }
        case t.DatedLine():
            return {"date": node.date, "value": node.value, "refs": node.refs}
        case t.ThresholdDecl():
            return {
                "name": node.name,
                "type": node.type,
                "lines": node.lines,
                "title": node.title,
            }
        case t.InForce():
            return {"since": node.since, "until": node.until}
        case t.Row():
            return {"cells": node.cells, "force": node.force}
        case t.CatalogDecl():
            return {
                "name": node.name,
                "keys": node.keys,
                "override": node.override,
                "refs": node.refs,
                "header": node.header,
                "rows": node.rows,
                "title": node.title,
            }
        case t.ShortlistLine():
            return {
                "name": node.name,
                "condition": node.condition,
                "refs": node.refs,
                "title": node.title,
            }
        case t.ShortlistDecl():
            return {
                "name": node.name,
                "of": node.of,
                "refs": node.refs,
                "lines": node.lines,
                "title": node.title,
            }
        case t.CaseLine():
            return {
                "condition": node.condition,
                "value": node.value,
                "refs": node.refs,
                "force": node.force,
            }
        case t.DefineDecl():
            return {
                "name": node.name,
                "parameter": node.parameter,
                "of": node.of,
                "type": node.type,
                "over": node.over,
                "value": node.value,
                "cases": node.cases,
                "lines": node.lines,
                "refs": node.refs,
                "title": node.title,
            }
        case t.Question():
            return {
                "name": node.name,
                "text": node.text,
                "condition": node.condition,
                "refs": node.refs,
            }
        case t.ScoreDecl():
            return {
                "name": node.name,
                "refs": node.refs,
                "questions": node.questions,
                "title": node.title,
            }
        # Trees.
        case t.Setting():
            return {"name": node.name, "value": node.value}
        case t.Leaf():
            return {
                "outcome": node.outcome,
                "settings": node.settings,
                "because": node.because,
                "owes": node.owes,
                "refs": node.refs,
            }
        case t.Hold():
            return {"reason": node.reason, "owes": node.owes, "refs": node.refs}
        case t.Goto():
            return {
                "tree": node.tree,
                "because": node.because,
                "owes": node.owes,
                "refs": node.refs,
            }
        case t.FlatLine():
            return {"condition": node.condition, "action": node.action}
        case t.Arm():
            return {"action": node.action}
        case t.IfBlock():
            return {"condition": node.condition, "arms": node.arms}
        case t.Body():
            return {"lines": node.lines}
        case t.TreeDecl():
            return {
                "name": node.name,
                "type": node.type,
                "body": node.body,
                "title": node.title,
            }
        # Tables, exceptions, obligations, rules.
        case t.Comparison():
            return {"value": node.value}
        case t.CellTests():
            return {"tests": node.tests}
        case t.Heading():
            return {"name": node.name, "asked": node.asked}
        case t.TableRow():
            return {
                "cells": node.cells,
                "values": node.values,
                "refs": node.refs,
                "force": node.force,
            }
        case t.TableDecl():
            return {
                "name": node.name,
                "parameter": node.parameter,
                "type": node.type,
                "outputs": node.outputs,
                "header": node.header,
                "rows": node.rows,
                "otherwise": node.otherwise,
                "refs": node.refs,
                "title": node.title,
            }
        case t.ExceptionDecl():
            return {
                "name": node.name,
                "target": node.target,
                "condition": node.condition,
                "value": node.value,
                "force": node.force,
                "refs": node.refs,
            }
        case t.LaterLevel():
            return {"since": node.since}
        case t.ObligationDecl():
            return {
                "name": node.name,
                "later": node.later,
                "force": node.force,
                "text": node.text,
                "when": node.when,
                "met_when": node.met_when,
                "due_when": node.due_when,
                "refs": node.refs,
                "title": node.title,
            }
        case t.IfUnknown():
            return {
                "level": node.level,
                "when": node.when,
                "say": node.say,
                "fix": node.fix,
            }
        case t.RuleDecl():
            return {
                "name": node.name,
                "was": node.was,
                "level": node.level,
                "later": node.later,
                "force": node.force,
                "each": node.each,
                "guard": node.guard,
                "when": node.when,
                "if_unknown": node.if_unknown,
                "say": node.say,
                "fix": node.fix,
                "bounds": node.bounds,
                "refs": node.refs,
                "title": node.title,
            }
        # Tests.
        case t.Plain():
            return {}
        case t.PlainList() | t.PlainMap():
            return {"items": node.items}
        case t.Given():
            return {"path": node.path, "value": node.value, "of": node.of}
        case t.GivenBar():
            return {"name": node.name, "value": node.value, "of": node.of}
        case t.ExpectAnswer():
            return {
                "outcome": node.outcome,
                "words": node.words,
                "settings": node.settings,
                "of": node.of,
            }
        case t.ExpectStatus():
            return {"status": node.status, "of": node.of}
        case t.ExpectPossible():
            return {"outcomes": node.outcomes, "of": node.of}
        case t.ExpectInput():
            return {"name": node.name, "of": node.of}
        case t.ExpectState():
            return {"name": node.name, "state": node.state, "of": node.of, "level": node.level}
        case t.ExpectValue():
            return {"value": node.value, "expected": node.expected, "of": node.of}
        case t.AnswerCell():
            return {"words": node.words}
        case t.GivenColumn():
            return {"target": node.target, "of": node.of}
        case t.ExpectedColumn():
            return {"value": node.value, "of": node.of}
        case t.Example():
            return {"given": node.given, "expected": node.expected}
        case t.Examples():
            return {"given": node.given, "expected": node.expected, "rows": node.rows}
        case t.TestDecl():
            return {
                "as_of": node.as_of,
                "given": node.given,
                "expect": node.expect,
                "examples": node.examples,
            }
        case t.File():
            return {"declarations": node.declarations, "comments": node.comments}
        case _:
            assert_never(node)


_SYNTAX: Traversal[Node] = Traversal(parts)
