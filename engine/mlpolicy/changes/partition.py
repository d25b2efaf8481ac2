"""A line of numbers cut exactly where something changes along it.

What goes in: the numbers a field can have (a whole grid: every number a manifest can state lies
on one) and a way to look at an interval of them, which either says what holds on all of it or at
which numbers it may turn. What comes out: intervals next to each other, each with what holds on
it. Nothing is sampled: an interval is only told as a whole if the look at it proved it so; where
no turning point is known it is halved, down to single numbers if need be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

L = TypeVar("L")

#: How many intervals are looked at before the rest stays untold.
MOST_LOOKS = 400


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers `low`, `low + step`, … `high` of a grid that runs through 0."""

    low: Fraction
    high: Fraction
    step: Fraction

    @property
    def is_point(self) -> bool:
        """Does it hold one number only?"""
        return self.low == self.high

    @property
    def middle(self) -> Fraction:
        """The number of the grid in the middle of it, or just below."""
        return ((self.low + self.high) / 2 // self.step) * self.step

    def __contains__(self, number: Fraction) -> bool:
        return self.low <= number <= self.high

    def is_cut_by(self, number: Fraction, whole: Interval) -> bool:
        """Is it worth cutting a part of `whole` at this number? Not at an end at which it was
        cut already: what is open on both sides of it would be cut so for ever."""
        if number in (self.low, self.high):
            return number in (whole.low, whole.high)
        return number in self

    def nearest(self, number: Fraction) -> Fraction:
        """The number of the interval that is nearest to another of the grid."""
        return min(max(number, self.low), self.high)

    def between(self, low: Fraction, high: Fraction) -> Interval | None:
        """The part of it within two bounds, None where there is none."""
        first = max(self.low, -((-low) // self.step) * self.step)
        last = min(self.high, (high // self.step) * self.step)
        return Interval(first, last, self.step) if first <= last else None


@dataclass(frozen=True, slots=True)
class Piece(Generic[L]):
    """An interval and what holds on all of it; None where that could not be told."""

    interval: Interval
    holds: L | None


#: What holds on all of an interval, or else where it may turn.
Look = Callable[[Interval], tuple[L | None, Iterable[Fraction]]]


def partition(whole: Interval, look: Look[L], most: int = MOST_LOOKS) -> tuple[Piece[L], ...]:
    """The whole line in pieces, in order, neighbours differing. A point is told by a look
    alone; a point of which a look says nothing stays untold."""
    found: list[Piece[L]] = []
    waiting = deque([whole])
    looks = 0
    while waiting:
        interval = waiting.popleft()
        if looks >= most:
            found.append(Piece(interval, None))
            continue
        looks += 1
        holds, turns = look(interval)
        if holds is not None or interval.is_point:
            found.append(Piece(interval, holds))
        else:
            waiting.extend(_cut(interval, turns))
    found.sort(key=lambda piece: piece.interval.low)
    return _merged(found)


def _cut(interval: Interval, turns: Iterable[Fraction]) -> list[Interval]:
    """The parts below, at and above every turning point; the two halves where none lies in it."""
    step = interval.step
    parts: list[Interval] = []
    low = interval.low
    for turn in sorted({t for t in turns if t in interval}):
        at = (turn // step) * step  # the turn itself, or the last number before it
        if at == turn:
            ends = ((low, turn - step), (turn, turn))
            following = turn + step
        else:
            ends = ((low, at), (turn, at))
            following = at + step
        parts.extend(Interval(a, b, step) for a, b in ends if a <= b)
        low = following
    if low <= interval.high:
        parts.append(Interval(low, interval.high, step))
    if len(parts) > 1:
        return parts
    middle = interval.middle
    return [Interval(interval.low, middle, step), Interval(middle + step, interval.high, step)]


def _merged(pieces: list[Piece[L]]) -> tuple[Piece[L], ...]:
    merged: list[Piece[L]] = []
    for piece in pieces:
        if merged and merged[-1].holds == piece.holds:
            last = merged.pop().interval
            piece = Piece(Interval(last.low, piece.interval.high, last.step), piece.holds)
        merged.append(piece)
    return tuple(merged)
