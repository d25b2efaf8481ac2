"""Why something was not reached, from what was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from mlpolicy.reach.counted import Coverage
from mlpolicy.reach.points import Kind, Point, Thing


class How(Enum):
    """In which way something was not reached."""

    OTHERWISE = auto()  # it was come to, and came to something else
    STEP = auto()  # a step before it always decided otherwise
    SHOWN = auto()  # its condition came to this, and another arm was shown
    GUARD = auto()  # it was looked at, and did not hold
    LINE = auto()  # a line before it always applied
    BESIDE = auto()  # others of its kind were come to: rows of the same table or catalogue
    NOBODY = auto()  # no test asks for it at all


@dataclass(frozen=True, slots=True)
class Why:
    """In which way, what stood before it (None: nothing), and how often this came to what."""

    how: How
    at: Point | None = None
    parts: tuple[tuple[str, int], ...] = ()


def why(coverage: Coverage, point: Point) -> Why:
    """Why no case reached a point that it is `coverage` of."""
    there = _beside(coverage, point)
    if there:
        return Why(How.OTHERWISE, None, there)
    match point.kind:
        case Kind.LEAF | Kind.ARM:
            return _before(coverage, point)
        case Kind.LINE | Kind.ROW | Kind.EXCEPTION:
            return _line(coverage, point)
        case Kind.CELL:
            (row,) = coverage.there.before[point.thing]
            found = _line(coverage, row)
            return found if not coverage.hits.get(row) else Why(How.NOBODY)
        case Kind.CATALOG:
            return _catalog(coverage, point)
        case _:
            return Why(How.NOBODY)


def _beside(coverage: Coverage, point: Point) -> tuple[tuple[str, int], ...]:
    """How often the other parts of the same thing were reached: none was where it was never
    come to at all."""
    return _counts(coverage, coverage.parts.get(point.thing, ()))


def _counts(coverage: Coverage, parts: Iterable[Point]) -> tuple[tuple[str, int], ...]:
    found = ((each.part, coverage.hits.get(each, 0)) for each in parts)
    return tuple((part, hits) for part, hits in found if part and hits)


def _before(coverage: Coverage, point: Point) -> Why:
    """The nearest step before it that was come to, and led elsewhere."""
    waiting, seen = [point.thing], set[Thing]()
    while waiting:
        thing = waiting.pop(0)
        seen.add(thing)
        for arm in coverage.there.before.get(thing, ()):
            parts = _beside(coverage, arm)
            if coverage.hits.get(arm):
                return Why(How.SHOWN, arm, parts)
            if parts:
                return Why(How.STEP, arm, parts)
            if arm.thing not in seen:
                waiting.append(arm.thing)
    return Why(How.NOBODY)


def _line(coverage: Coverage, point: Point) -> Why:
    parts = _counts(coverage, coverage.there.guards.get(point.place, {}).values())
    if parts:
        return Why(How.GUARD, None, parts)
    for other in coverage.there.behind.get(point.thing, ()):
        if coverage.hits.get(other):
            return Why(How.LINE, other, (("", coverage.hits[other]),))
    return Why(How.NOBODY)


def _catalog(coverage: Coverage, point: Point) -> Why:
    rows = next(each for each in coverage.there.catalogs.values() if point in each)
    met = sum(1 for row in rows if coverage.hits.get(row))
    return Why(How.BESIDE, None, (("", met), ("", len(rows)))) if met else Why(How.NOBODY)
