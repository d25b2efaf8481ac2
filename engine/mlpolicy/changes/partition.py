"""A line of numbers cut exactly where something changes along it.

What goes in: the numbers a field can have (a whole grid: every number a manifest can state lies
on one) and a way to look at a stretch of them, which either says what holds on all of it or at
which numbers it may turn. What comes out: stretches next to each other, each with what holds on
it. Nothing is sampled: a stretch is only told as a whole if the look at it proved it so; where
no turning point is known it is halved, down to single numbers if need be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

L = TypeVar("L")

#: How many stretches are looked at before the rest stays untold.
MOST_LOOKS = 400


@dataclass(frozen=True, slots=True)
class Stretch:
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

    def is_cut_by(self, number: Fraction, whole: Stretch) -> bool:
        """Is it worth cutting a part of `whole` at this number? Not at an end at which it was
        cut already: what is open on both sides of it would be cut so for ever."""
        if number in (self.low, self.high):
            return number in (whole.low, whole.high)
        return number in self

    def nearest(self, number: Fraction) -> Fraction:
        """The number of the stretch that is nearest to another of the grid."""
        return min(max(number, self.low), self.high)

    def between(self, low: Fraction, high: Fraction) -> Stretch | None:
        """The part of it within two bounds, None where there is none."""
        first = max(self.low, -((-low) // self.step) * self.step)
        last = min(self.high, (high // self.step) * self.step)
        return Stretch(first, last, self.step) if first <= last else None


@dataclass(frozen=True, slots=True)
class Piece(Generic[L]):
    """A stretch and what holds on all of it; None where that could not be told."""

    stretch: Stretch
    holds: L | None


#: What holds on all of a stretch, or else where it may turn.
Look = Callable[[Stretch], tuple[L | None, Iterable[Fraction]]]


def partition(whole: Stretch, look: Look[L], most: int = MOST_LOOKS) -> tuple[Piece[L], ...]:
    """The whole line in pieces, in order, neighbours differing. A point is told by a look
    alone; a point of which a look says nothing stays untold."""
    found: list[Piece[L]] = []
    waiting = deque([whole])
    looks = 0
    while waiting:
        stretch = waiting.popleft()
        if looks >= most:
            found.append(Piece(stretch, None))
            continue
        looks += 1
        holds, turns = look(stretch)
        if holds is not None or stretch.is_point:
            found.append(Piece(stretch, holds))
        else:
            waiting.extend(_cut(stretch, turns))
    found.sort(key=lambda piece: piece.stretch.low)
    return _merged(found)


def _cut(stretch: Stretch, turns: Iterable[Fraction]) -> list[Stretch]:
    """The parts below, at and above every turning point; the two halves where none lies in it."""
    step = stretch.step
    parts: list[Stretch] = []
    low = stretch.low
    for turn in sorted({t for t in turns if t in stretch}):
        at = (turn // step) * step  # the turn itself, or the last number before it
        if at == turn:
            ends = ((low, turn - step), (turn, turn))
            following = turn + step
        else:
            ends = ((low, at), (turn, at))
            following = at + step
        parts.extend(Stretch(a, b, step) for a, b in ends if a <= b)
        low = following
    if low <= stretch.high:
        parts.append(Stretch(low, stretch.high, step))
    if len(parts) > 1:
        return parts
    middle = stretch.middle
    return [Stretch(stretch.low, middle, step), Stretch(middle + step, stretch.high, step)]


def _merged(pieces: list[Piece[L]]) -> tuple[Piece[L], ...]:
    merged: list[Piece[L]] = []
    for piece in pieces:
        if merged and merged[-1].holds == piece.holds:
            last = merged.pop().stretch
            piece = Piece(Stretch(last.low, piece.stretch.high, last.step), piece.holds)
        merged.append(piece)
    return tuple(merged)
