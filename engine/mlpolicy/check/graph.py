"""What reads what: walks through the nodes of a program, and the graph of its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache

from mlpolicy.core import program as core
from mlpolicy.source import Origin

Graph = Mapping[str, frozenset[str]]


def walk(node: object, *, outside_workloads: bool = False) -> Iterator[object]:
    """Every node at and below `node`. With `outside_workloads`, not what is added up over all
    workloads: that says nothing about one of them."""
    stack: list[object] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, tuple):
            stack.extend(reversed(here))
        elif isinstance(here, Mapping):
            stack.extend(reversed(list(here.values())))
        elif is_dataclass(here) and not isinstance(here, type | Origin):
            yield here
            if (
                outside_workloads
                and isinstance(here, core.AggregateExpr)
                and here.over == "workloads"
            ):
                continue
            stack.extend(getattr(here, name) for name in reversed(_parts(type(here))))


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The fields that may hold further nodes."""
    skipped = ("origin", "type", "columns", "key_type")
    return tuple(f.name for f in fields(kind) if f.name not in skipped)


def reads(node: object, *, outside_workloads: bool = False) -> frozenset[str]:
    """The names of values, tables and shortlists that are read at or below `node`."""
    found: set[str] = set()
    for part in walk(node, outside_workloads=outside_workloads):
        match part:
            case core.InputRef() | core.BarRef() | core.DefRef():
                found.add(part.name)
            case core.RowRef() | core.LookupRow() | core.HasRow() | core.FirstRow():
                found.add(part.table)
            case core.LatestRow() | core.ChargeExpr():
                found.add(part.table)
            case core.AnyRemains() | core.FirstRemaining():
                found.add(part.shortlist)
            case core.Shortlist():
                found.add(part.parent or part.table)
            case _:
                pass
    return frozenset(found)


def cycles(graph: Graph) -> list[tuple[str, ...]]:
    """One cycle of each knot of names that reach themselves, each from its first name on."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        way = path(graph, start, start)
        if way is not None:
            found.append(way)
            done.update(way)
    return found


def path(graph: Graph, start: str, goal: str) -> tuple[str, ...] | None:
    """A shortest way along at least one edge, with both ends."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in waiting:
        for name in sorted(graph.get(way[-1], ())):
            if name == goal:
                return (*way, name)
            if name not in seen and name in graph:
                seen.add(name)
                waiting.append((*way, name))
    return None


def closure(graph: Graph, start: frozenset[str]) -> frozenset[str]:
    """All names reached from `start`, those included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return frozenset(seen)
