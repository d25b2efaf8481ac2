"""Where the boxes of a small graph go, and the lines between them.

In go names and arrows, out come whole coordinates, layer below layer from the first name on.
Each box stands one layer below the lowest that leads to it. An arrow over several layers takes a
lane in each of those between, so that it passes beside the boxes there. Which box stands beside
which is found by sweeps: each goes where the middle of its neighbours above is, then of those
below, and the order with the fewest crossings is kept. All of it follows from the order of the
names and arrows alone: the same graph is drawn the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

Point = tuple[int, int]

_BESIDE, _BELOW = 20, 44
_LANE = 10  # the room that a passing arrow takes in a layer
_ROUNDS = 8


class _Lane(NamedTuple):
    """The place of an arrow in a layer that it passes."""

    source: str
    target: str
    layer: int


#: A box, by its name, or a lane.
_Place = str | _Lane


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box, the points that each arrow goes through from the middle of its first
    box to that of its last, and the size of it all. In every layer that an arrow passes it goes
    straight down, from one point to another."""

    boxes: dict[str, Point]
    arrows: dict[tuple[str, str], tuple[Point, ...]]
    width: int
    height: int


def layered(widths: Mapping[str, int], arrows: Iterable[tuple[str, str]], height: int) -> Layout:
    """Boxes by name, each with its width, in layers. Every one can be reached from the first;
    the arrows make no circle, and no two of them are the same."""
    arrows = tuple(arrows)
    layer = _layers(widths, arrows)
    ways: dict[tuple[str, str], tuple[_Place, ...]] = {
        (a, b): (a, *(_Lane(a, b, i) for i in range(layer[a] + 1, layer[b])), b) for a, b in arrows
    }
    rows: list[list[_Place]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in widths:
        rows[layer[name]].append(name)
    for way in ways.values():
        for place in way:
            if isinstance(place, _Lane):
                rows[place.layer].append(place)
    beside = _Neighbours(ways.values())
    rows = _ordered(rows, beside)
    room = {p: widths[p] if isinstance(p, str) else _LANE for row in rows for p in row}
    middles = _middles(rows, beside, room)
    left = min(round(middle) - room[place] // 2 for place, middle in middles.items())
    right = max(round(middle) + room[place] // 2 for place, middle in middles.items())

    def across(place: _Place) -> int:
        return round(middles[place]) - left

    def top(number: int) -> int:
        return number * (height + _BELOW)

    boxes = {name: (across(name), top(layer[name]) + height // 2) for name in widths}
    lines = {
        (a, b): (
            boxes[a],
            *(
                (across(lane), top(layer[a] + number) + edge)
                for number, lane in enumerate(way[1:-1], 1)
                for edge in (0, height)
            ),
            boxes[b],
        )
        for (a, b), way in ways.items()
    }
    return Layout(boxes, lines, right - left, top(len(rows) - 1) + height)


def _layers(names: Iterable[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The number of arrows on the longest way to each."""
    layer = dict.fromkeys(names, 0)
    moved = True
    while moved:
        moved = False
        for source, target in arrows:
            if layer[target] <= layer[source]:
                layer[target] = layer[source] + 1
                moved = True
    return layer


class _Neighbours:
    """What each place is joined to in the layer above it, and in the one below."""

    def __init__(self, ways: Iterable[Sequence[_Place]]) -> None:
        self.above: dict[_Place, list[_Place]] = {}
        self.below: dict[_Place, list[_Place]] = {}
        for way in ways:
            for one, next in pairwise(way):
                self.below.setdefault(one, []).append(next)
                self.above.setdefault(next, []).append(one)


def _ordered(rows: list[list[_Place]], beside: _Neighbours) -> list[list[_Place]]:
    """The rows in the order with the fewest crossings that the sweeps come to."""
    best, fewest = rows, _crossings(rows, beside)
    for round_ in range(2 * _ROUNDS):
        joined = beside.below if round_ % 2 else beside.above
        swept: list[list[_Place]] = []
        for row in reversed(rows) if round_ % 2 else rows:
            stands = {place: number for number, place in enumerate(swept[-1])} if swept else {}
            now = {place: float(number) for number, place in enumerate(row)}
            for place in row:
                found = [stands[other] for other in joined.get(place, ()) if other in stands]
                if found:
                    now[place] = sum(found) / len(found)
            swept.append(sorted(row, key=now.__getitem__))
        rows = swept[::-1] if round_ % 2 else swept
        crossings = _crossings(rows, beside)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: list[list[_Place]], beside: _Neighbours) -> int:
    count = 0
    for row, next in pairwise(rows):
        stands = {place: number for number, place in enumerate(next)}
        ends = [
            (number, stands[other])
            for number, place in enumerate(row)
            for other in beside.below.get(place, ())
        ]
        count += sum((a < c) != (b < d) for a, b in ends for c, d in ends if a != c and b != d) // 2
    return count


def _middles(
    rows: list[list[_Place]], beside: _Neighbours, room: Mapping[_Place, int]
) -> dict[_Place, float]:
    """Where the middle of each place is: near the middle of what it is joined to, in the order of
    its row, and as far from its neighbours as both are wide."""
    found: dict[_Place, float] = {}
    for row in rows:
        _put(row, [0.0] * len(row), room, found)
    for round_ in range(2 * _ROUNDS):
        joined = beside.below if round_ % 2 else beside.above
        for row in reversed(rows) if round_ % 2 else rows:
            wanted = []
            for place in row:
                near = [found[other] for other in joined.get(place, ())]
                wanted.append(sum(near) / len(near) if near else found[place])
            _put(row, wanted, room, found)
    return found


def _put(
    row: Sequence[_Place],
    wanted: Sequence[float],
    room: Mapping[_Place, int],
    found: dict[_Place, float],
) -> None:
    """Puts the places of a row where they are wanted, or as near to that as the room between them
    allows: those that want the same room are moved as one."""
    offsets = [0.0]
    for one, next in pairwise(row):
        offsets.append(offsets[-1] + (room[one] + room[next]) / 2 + _BESIDE)
    groups: list[tuple[float, int]] = []  # the sum of what is wanted, and of how many
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            before = groups.pop()
            total, count = total + before[0], count + before[1]
        groups.append((total, count))
    starts = [total / count for total, count in groups for _ in range(count)]
    for place, start, offset in zip(row, starts, offsets, strict=True):
        found[place] = start + offset
