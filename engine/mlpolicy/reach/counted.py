"""How many cases reached each thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.reach.met import reached
from mlpolicy.reach.points import Kind, Point, Points, Thing, points_of
from mlpolicy.schema import Schema


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is to reach, and how many cases reached it. `hits` counts besides what is not
    asked for and only tells why something else was not reached; `parts` are those of a thing."""

    there: Points
    points: tuple[Point, ...]
    hits: Mapping[Point, int]
    parts: Mapping[Thing, tuple[Point, ...]] = field(repr=False)

    @property
    def missing(self) -> tuple[Point, ...]:
        """The points that no case reached, in their order."""
        return tuple(point for point in self.points if not self.hits.get(point))

    def within(self, holds: Callable[[str], bool]) -> Coverage:
        """The same of those files only of which `holds` is true."""
        return replace(self, points=tuple(p for p in self.points if holds(p.place.file)))

    def share(self, kind: Kind | None = None) -> tuple[int, int]:
        """Reached and all, of one kind or of all."""
        chosen = [point for point in self.points if kind in (None, point.kind)]
        return sum(1 for point in chosen if self.hits.get(point)), len(chosen)


def coverage(program: Program, decisions: Iterable[Decision], schema: Schema) -> Coverage:
    """What of a policy the steps of decisions reached."""
    points = points_of(program, schema)
    return counted(points, (reached(points, decision) for decision in decisions))


def counted(points: Points, cases: Iterable[frozenset[Point]]) -> Coverage:
    """The same from what each case reached."""
    hits = Counter(point for case in cases for point in case)
    parts: dict[Thing, list[Point]] = {}
    for point in (every := points.all()):
        parts.setdefault(point.thing, []).append(point)
    for rule in points.rules.values():
        for point in rule.values():
            if point not in parts.setdefault(point.thing, []):
                parts[point.thing].append(point)
    return Coverage(points, every, dict(hits), {thing: tuple(of) for thing, of in parts.items()})
