"""How deep a program is nested, through the definitions and trees that it names.

In go the parts of a program without circles, out come those at which it becomes deeper than
`MOST_LEVELS`. A program within this limit can be evaluated and explained with the calls that Python
is allowed to nest (`evaluate.MOST_CALLS`), whatever the manifest states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import assert_never

from mlpolicy.check.reads import Definitions, body, named
from mlpolicy.core.program import MOST_LEVELS, GotoNode, IfNode, LeafNode, Typed
from mlpolicy.core.terms import DeclaredAs
from mlpolicy.core.visit import Node, children


class Judging(StrEnum):
    """The kinds of declaration that nothing names as a part of an expression."""

    TREE = "tree"
    RULE = "rule"
    OBLIGATION = "obligation"


#: What has a name and a depth: its kind and name.
Named = tuple[DeclaredAs | Judging, str]


def too_deep(program: Definitions) -> list[Named]:
    """What is deeper than `MOST_LEVELS` though nothing that it names is, in the order of kinds and
    names."""
    depths = _Depths(program)
    return [
        each
        for each in _declared(program)
        if depths.of(each) > MOST_LEVELS
        and all(depths.of(below) <= MOST_LEVELS for below in depths.names(each))
    ]


def _declared(program: Definitions) -> Iterator[Named]:
    groups: tuple[tuple[DeclaredAs | Judging, Mapping[str, Node]], ...] = (
        (DeclaredAs.INPUT, program.inputs),
        (DeclaredAs.BAR, program.bars),
        (DeclaredAs.CATALOG, program.catalogs),
        (DeclaredAs.SHORTLIST, program.shortlists),
        (DeclaredAs.DEFINITION, program.defines),
        (DeclaredAs.DEFINITION, program.scores),
        (Judging.TREE, program.trees),
        (Judging.RULE, program.rules),
        (Judging.OBLIGATION, program.obligations),
    )
    for kind, declared in groups:
        for name in sorted(declared):
            yield kind, name


class _Depths:
    """How deep each declaration is nested. It keeps a stack of its own, since what it is about is
    nested deeper than calls may be."""

    def __init__(self, program: Definitions) -> None:
        self.program = program
        self.declared = frozenset(_declared(program))
        self.found: dict[Named, int] = {}
        self.below: dict[Named, dict[Named, int]] = {}
        self.own: dict[Named, int] = {}

    def of(self, start: Named) -> int:
        """The depth of a declaration: its own expressions, and under each that names another one
        the depth of that."""
        waiting = [start]
        while waiting:
            each = waiting[-1]
            if each in self.found:
                waiting.pop()
                continue
            open_ = [name for name in self.names(each) if name not in self.found]
            if open_:
                waiting.extend(open_)
                continue
            ends = [at + self.found[name] for name, at in self.below[each].items()]
            self.found[each] = max([self.own[each], *ends])
            waiting.pop()
        return self.found[start]

    def names(self, each: Named) -> Mapping[Named, int]:
        """What a declaration names, each with the depth at which it is named."""
        if each not in self.below:
            below: dict[Named, int] = {}
            deepest = 0
            waiting = [(node, 0) for node in self._roots(each)]
            while waiting:
                node, depth = waiting.pop()
                depth += isinstance(node, Typed | IfNode | GotoNode | LeafNode)
                deepest = max(deepest, depth)
                # What has a fault of its own may be named and stand nowhere.
                for name in self.declared.intersection(self._named(node)):
                    below[name] = max(below.get(name, 0), depth)
                waiting.extend((child, depth) for child in children(node))
            self.below[each], self.own[each] = below, deepest
        return self.below[each]

    def _roots(self, each: Named) -> Iterator[Node]:
        kind, name = each
        match kind:
            case Judging.TREE:
                yield self.program.trees[name].root
            case Judging.RULE:
                yield self.program.rules[name]
            case Judging.OBLIGATION:
                yield self.program.obligations[name]
            case DeclaredAs():
                yield from body(kind, name, self.program)
            case _:
                assert_never(kind)

    def _named(self, node: Node) -> Iterator[Named]:
        if isinstance(node, GotoNode):
            yield Judging.TREE, node.tree
        yield from named(node, self.program)
