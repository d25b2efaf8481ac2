"""Where, along one number of a manifest, one outcome becomes cheaper than another.

The cost of every outcome is evaluated with the number left open, over all values it can have.
The difference of two costs is then a formula in that number, and where it turns is solved
exactly (`core.roots`). Where a formula has cases that hang on the number, the line is cut at
those too, and each part evaluated by itself. What is told of a part was proved for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import combinations

from mlpolicy.changes.editable import Knob, Line, bound, knobs, number_today, said, stretch_text
from mlpolicy.changes.partition import Stretch, partition
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.numbers import ZERO, Poly, Range, bases, range_of, sub
from mlpolicy.core.program import Define, Program
from mlpolicy.core.roots import crossings
from mlpolicy.evaluate.trial import cost_of, priced
from mlpolicy.manifest.schema import Schema

EQUAL = ""


@node
class Side:
    """A part of the line and which outcome is cheaper on all of it: its name, `EQUAL` where
    both cost the same, None where that could not be told. `low` and `high` are its ends in the
    field's unit, both included."""

    where: str
    cheaper: str | None
    low: Fraction
    high: Fraction


@node
class Pair:
    """Two outcomes by one formula. `sides` follow each other without gap; where the costs hang
    on something else that is unknown there are none, and `needs` says on what. `even` are the
    numbers at which both cost exactly the same, whether or not a manifest can state them."""

    formula: str
    first: str
    second: str
    sides: tuple[Side, ...]
    even: tuple[Fraction, ...]
    needs: tuple[str, ...]


@node
class BreakEven:
    """The answer for one field of one workload. `today` is what is stated, in words."""

    workload: str
    path: str
    unit: str
    today: str
    pairs: tuple[Pair, ...]


def number_field(
    program: Program, document: Document, schema: Schema, workload: str, path: str
) -> Knob | None:
    """The number at a path of the manifest, None where the policy reads no such number."""
    found = knobs(program, document, schema, program.inputs, (workload,), any_field=True)
    for knob in found:
        if knob.path == path and isinstance(knob.domain, Line) and not knob.domain.days:
            return knob
    return None


def number_paths(
    program: Program, document: Document, schema: Schema, workload: str
) -> tuple[str, ...]:
    """Every path that `number_field` knows."""
    found = knobs(program, document, schema, program.inputs, (workload,), any_field=True)
    return tuple(k.path for k in found if isinstance(k.domain, Line) and not k.domain.days)


def break_even(
    program: Program, document: Document, knob: Knob, workload: str, *, as_of: date
) -> BreakEven:
    """Every two outcomes with a cost, by every cost formula, along one number."""
    pairs: list[Pair] = []
    for define in program.defines.values():
        if define.kind != "cost" or define.key is None:
            continue
        outcomes = priced(program, document, define, workload, as_of)
        for first, second in combinations(outcomes, 2):
            pairs.append(_pair(program, document, knob, workload, as_of, define, first, second))
    today = said_today(knob)
    return BreakEven(workload, knob.path, knob.unit.text, today, tuple(pairs))


def said_today(knob: Knob) -> str:
    """What the manifest states of it, in words; empty where nothing."""
    number = number_today(knob)
    if number is not None:
        return said(number, knob)
    return "" if knob.today is None else "not one number"


def _pair(
    program: Program,
    document: Document,
    knob: Knob,
    workload: str,
    as_of: date,
    define: Define,
    first: str,
    second: str,
) -> Pair:
    assert isinstance(knob.domain, Line)
    whole, scale = knob.domain.stretch, knob.unit.scale
    even: set[Fraction] = set()
    needs: dict[str, None] = {}

    def look(stretch: Stretch) -> tuple[int | None, Iterable[Fraction]]:
        there = bound(document, knob, stretch)
        costs = cost_of(program, there, workload, define, (first, second), as_of)
        if costs is None:
            return None, ()
        (a, needs_a), (b, needs_b), turns = costs
        difference = sub(a, b)
        sign = _sign(difference)
        if sign is not None:
            return sign, ()
        if stretch.is_point:
            needs.update(dict.fromkeys(n for n in (*needs_a, *needs_b) if n != knob.path))
            return None, ()
        points = {turn / scale for turn in turns(knob.slot)}
        if set(bases(difference)) == {knob.slot}:
            within = Range(stretch.low * scale, stretch.high * scale)
            found = crossings(difference, knob.slot, within)
            zeros = {point / scale for point in found.points}
            even.update(zeros)
            points |= zeros
            ends = (end for narrow in found.between for end in (narrow.lo, narrow.hi))
            points |= {end / scale for end in ends if isinstance(end, Fraction)}
        return None, [point for point in points if stretch.is_cut_by(point, whole)]

    pieces = partition(whole, look, 120)
    names = {-1: first, 0: EQUAL, 1: second}
    told = [piece for piece in pieces if piece.holds is not None]
    if not told:
        return Pair(define.name, first, second, (), (), tuple(needs))
    sides = tuple(
        Side(
            stretch_text(piece.stretch, knob),
            None if piece.holds is None else names[piece.holds],
            piece.stretch.low,
            piece.stretch.high,
        )
        for piece in pieces
    )
    zero = tuple(
        sorted(
            x
            for x in even
            if _is_even(program, document, knob, workload, as_of, define, first, second, x)
        )
    )
    return Pair(define.name, first, second, sides, zero, tuple(needs))


def _is_even(
    program: Program,
    document: Document,
    knob: Knob,
    workload: str,
    as_of: date,
    define: Define,
    first: str,
    second: str,
    at: Fraction,
) -> bool:
    there = bound(document, knob, Stretch(at, at, Fraction(1)))
    costs = cost_of(program, there, workload, define, (first, second), as_of)
    return costs is not None and sub(costs[0][0], costs[1][0]).constant == 0


def _sign(difference: Poly) -> int | None:
    """Of a difference over all its unknowns: below zero, zero or above on all of it."""
    value = difference.constant
    if value is not None:
        return (value > 0) - (value < 0)
    extent = range_of(difference).range
    if extent.lo == extent.hi == ZERO:
        return 0
    if extent.hi < ZERO:
        return -1
    return 1 if extent.lo > ZERO else None


__all__ = ["EQUAL", "BreakEven", "Pair", "Side", "break_even", "number_field", "number_paths"]
