"""What reads what: the names that are read below a node, and the graph of these names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlpolicy.core import program as core
from mlpolicy.core.terms import Over
from mlpolicy.core.visit import Node, walk

Graph = Mapping[str, frozenset[str]]


def of_one_workload(node: Node) -> bool:
    """Does what stands inside this node belong to one workload? What is added up over all
    workloads says nothing about one of them. For `walk` and `reads`, as `inside`."""
    return not (isinstance(node, core.AggregateExpr) and node.over is Over.ITEMS)


def reads(node: Node, inside: Callable[[Node], bool] | None = None) -> frozenset[str]:
    """The names of values, tables and shortlists that are read at or below `node`; with
    `inside`, nothing below a node of which it is false."""
    found: set[str] = set()
    for part in walk(node, inside=inside):
        match part:
            case core.InputRef() | core.BarRef() | core.DefRef():
                found.add(part.name)
            case core.RowRef() | core.LookupRow() | core.HasRow() | core.FirstRow():
                found.add(part.table)
            case core.BestRow() | core.ChargeExpr():
                found.add(part.table)
            case core.AnyRemains() | core.FirstRemaining():
                found.add(part.shortlist)
            case core.Shortlist():
                found.add(part.parent or part.table)
            case _:
                pass
    return frozenset(found)


def cycles(graph: Graph) -> list[tuple[str, ...]]:
    """One cycle of each group of names that reach themselves, from its first name on."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    circular = _circular(graph)
    for start in sorted(circular):
        if start in done:
            continue
        way = path(circular, start, start)
        if way is not None:
            found.append(way)
            done.update(way)
    return found


def _circular(graph: Graph) -> Graph:
    """The graph without what leads to no cycle: without the names that lead nowhere, those that
    then lead nowhere, and so on."""
    leading = {name: len(below & graph.keys()) for name, below in graph.items()}
    reading = backwards(graph)
    ends = [name for name, count in leading.items() if not count]
    for name in ends:
        for reader in reading.get(name, ()):
            leading[reader] -= 1
            if not leading[reader]:
                ends.append(reader)
    gone = frozenset(ends)
    return {name: below - gone for name, below in graph.items() if name not in gone}


def path(graph: Graph, start: str, goal: str) -> tuple[str, ...] | None:
    """A shortest path from `start` to `goal` along at least one edge, with both ends; None where
    there is none."""
    waiting = [start]
    before: dict[str, str] = {}
    for here in waiting:
        for name in sorted(graph.get(here, ())):
            if name == goal:
                way = [name, here]
                while here != start:
                    here = before[here]
                    way.append(here)
                return tuple(reversed(way))
            if name not in before and name in graph and name != start:
                before[name] = here
                waiting.append(name)
    return None


def backwards(graph: Graph) -> Graph:
    """The graph with every edge turned round."""
    found: dict[str, set[str]] = {}
    for name, below in graph.items():
        for one in below:
            found.setdefault(one, set()).add(name)
    return {name: frozenset(readers) for name, readers in found.items()}


def closure(graph: Graph, start: frozenset[str]) -> frozenset[str]:
    """All names that can be reached from `start`, these included."""
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return frozenset(seen)
