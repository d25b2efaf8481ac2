"""The traversals of program and syntax: they know every field that holds a node.

Here, and only here, fields are looked through by reflection, to find what `parts` forgets.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mlpolicy.check.passes import check
from mlpolicy.core import program as core
from mlpolicy.core import visit as core_visit
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax import tree
from mlpolicy.syntax import visit as syntax_visit
from mlpolicy.syntax.parse import parse

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Kind:
    """A tree, its traversal, its classes of node, and a large example."""

    module: ModuleType
    visit: ModuleType
    abstract: tuple[type, ...]
    example: Callable[[], Any]

    @property
    def classes(self) -> set[type]:
        return {
            value
            for value in vars(self.module).values()
            if isinstance(value, type)
            and is_dataclass(value)
            and value.__module__ == self.module.__name__
            and value not in self.abstract
        }


@cache
def sample_program() -> core.Program:
    files = sorted((TESTS / "check" / "sample").glob("*.mlp"))
    sources = [Source(path.name, path.read_text("utf-8")) for path in files]
    schema = json.loads((resource_root() / "schemas" / "mlproject.v1.schema.json").read_text())
    pairs = [(source, parse(source)[0]) for source in sources]
    program, _ = check(pairs, schema=schema, ledgers={}, digest="sha256:0")
    assert program is not None
    return program


@cache
def sample_file() -> tree.File:
    return parse(Source("s", (TESTS / "syntax" / "data" / "sample.mlp").read_text("utf-8")))[0]


KINDS = [
    pytest.param(Kind(core, core_visit, (core.Typed,), sample_program), id="program"),
    pytest.param(Kind(tree, syntax_visit, (tree.Node,), sample_file), id="syntax"),
]


def held(value: object, classes: set[type]) -> Iterator[object]:
    """The nodes that the value of a field holds, by reflection."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from held(item, classes)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from held(item, classes)
    elif type(value) in classes:
        yield value


def filled(kind: Kind) -> dict[type, object]:
    """A node of every class whose fields hold distinct nodes wherever their types allow one."""
    return {cls: _made(cls, kind) for cls in kind.classes}


def _made(cls: type, kind: Kind, depth: int = 0) -> Any:
    hints = typing.get_type_hints(cls, vars(kind.module))
    return cls(**{f.name: _value(hints[f.name], kind, depth + 1) for f in fields(cls)})


def _value(hint: Any, kind: Kind, depth: int) -> Any:
    """A value of a type, with nodes in it where it has room for them."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        inner = args[:1] if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(_value(arg, kind, depth) for arg in inner)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {"key": _value(args[1], kind, depth)}
    if args and origin is not frozenset:  # a union: its part with most room for nodes
        best = sorted(args, key=lambda arg: -_room(arg, kind))
        return _value(best[0], kind, depth)
    if hint in kind.classes:
        return _made(hint, kind, depth) if depth < 3 else object.__new__(hint)
    return None


def _room(hint: Any, kind: Kind) -> int:
    if hint in kind.classes:
        return 1
    args = typing.get_args(hint)
    return (
        max((2 if typing.get_origin(hint) is tuple else 0) + _room(a, kind) for a in args)
        if (args)
        else 0
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_is_a_node_of_the_traversal(kind: Kind) -> None:
    assert set(typing.get_args(kind.visit.Node)) == kind.classes


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_children_are_all_nodes_that_the_fields_hold(kind: Kind) -> None:
    for cls, node in filled(kind).items():
        expected = [n for f in fields(cls) for n in held(getattr(node, f.name), kind.classes)]
        found = kind.visit.children(node)
        assert [id(n) for n in found] == [id(n) for n in expected], cls.__name__


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_children_of_an_example(kind: Kind) -> None:
    seen = set()
    for node in kind.visit.walk(kind.example()):
        expected = [n for f in fields(node) for n in held(getattr(node, f.name), kind.classes)]
        assert [id(n) for n in kind.visit.children(node)] == [id(n) for n in expected], node
        seen.add(type(node))
    assert len(seen) > 50


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_mapping_to_the_same_changes_nothing(kind: Kind) -> None:
    for node in (*filled(kind).values(), *kind.visit.walk(kind.example())):
        assert kind.visit.map_children(node, lambda child: child) is node


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_mapping_replaces_each_child_in_its_place(kind: Kind) -> None:
    def copied(node: Any) -> Any:
        made = type(node)(**{f.name: getattr(node, f.name) for f in fields(node)})
        return kind.visit.map_children(made, copied)

    example = kind.example()
    anew = copied(example)
    assert anew == example
    pairs = list(zip(kind.visit.walk(example), kind.visit.walk(anew), strict=True))
    assert all(type(one) is type(other) and one is not other for one, other in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_walk_goes_into_what_it_is_told_to(kind: Kind) -> None:
    example = kind.example()
    assert list(kind.visit.walk(example, inside=lambda node: False)) == [example]
    firsts = [id(n) for n in kind.visit.walk(example, inside=lambda node: node is example)]
    assert firsts == [id(example), *map(id, kind.visit.children(example))]


def test_another_kind_of_node_does_not_stand_in_a_place() -> None:
    number = tree.Number(value=1, unit="", text="1")  # type: ignore[arg-type]
    name = tree.Name("a")
    column = tree.Column(tree.Var("row"), name)
    assert syntax_visit.map_children(column, lambda n: number if n is column.of else n) == (
        tree.Column(number, name)
    )
    with pytest.raises(TypeError, match="Number cannot stand for Name"):
        syntax_visit.map_children(column, lambda n: number if n is name else n)
