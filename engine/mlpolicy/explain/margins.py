"""How far apart the two sides of a comparison lie, and on which side of its bars a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

from mlpolicy.core import calendar
from mlpolicy.core.node import node
from mlpolicy.core.numbers import sub
from mlpolicy.core.trace import Step, StepKind, walk
from mlpolicy.core.types import PERCENT, DateType, Grain, Unit
from mlpolicy.core.values import Days, Num, is_known
from mlpolicy.dataclass import replace
from mlpolicy.explain.kinds import CONDITIONS
from mlpolicy.explain.known import unit_of
from mlpolicy.source import Place


class Side(StrEnum):
    """Where a value lies, seen from a bar."""

    BELOW = "below"
    AT = "at"
    ABOVE = "above"


@node
class Margin:
    """The left side less the right one, exactly, in the left side's unit; of points of time, in
    days or hours. `points` where two shares lie apart by percentage points, `dated` where both
    sides are points of time."""

    amount: Fraction
    unit: Unit
    points: bool = False
    dated: bool = False

    @property
    def side(self) -> Side:
        """Where the left side lies, seen from the right one."""
        if self.amount == 0:
            return Side.AT
        return Side.ABOVE if self.amount > 0 else Side.BELOW

    def turned(self) -> Margin:
        """The same, seen from the other side."""
        return replace(self, amount=-self.amount)


def margin(step: Step) -> Margin | None:
    """The margin of a comparison whose sides are both known; None of anything else."""
    if step.kind is not StepKind.COMPARE or len(step.children) != 2:
        return None
    left, right = step.children
    match left.value, right.value:
        case Num(), Num():
            if not (is_known(left.value) and is_known(right.value)):
                return None
            difference = sub(left.value.poly, right.value.poly).constant
            assert difference is not None, step
            unit = unit_of(left.type)
            return Margin(difference / unit.scale, unit, unit.text == PERCENT.text)
        case Days(), Days():
            if not (is_known(left.value) and is_known(right.value)):
                return None
            assert left.value.lo is not None
            assert right.value.lo is not None
            grain = left.type.grain if isinstance(left.type, DateType) else Grain.DAY
            whole = grain is Grain.DAY
            unit = Unit((("s", 1),), Fraction(86400 if whole else 3600), "day" if whole else "hour")
            steps = Fraction(left.value.lo - right.value.lo)
            return Margin(steps * calendar.seconds(grain) / unit.scale, unit, dated=True)
        case _:
            return None


# ── The sides of bars ────────────────────────────────────────────────────────────────────

#: The steps that were shown first, with what they follow from: by kind, name and place.
First = Mapping[tuple[StepKind, str, Place | None], Step]


def first_shown(step: Step) -> First:
    """The steps below one that have steps below themselves, each as it was first shown."""
    found: dict[tuple[StepKind, str, Place | None], Step] = {}
    for each in walk(step):
        if each.children:
            found.setdefault((each.kind, each.name, each.at), each)
    return found


def sides(step: Step, first: First) -> Iterator[tuple[str, Side]]:
    """The bars that a comparison measures a known value against, each with the side on which it
    was found: a param that is one side of it, and the thresholds that a side is made of."""
    found = margin(step)
    if found is None:
        return
    for operand, seen in zip(step.children, (found.turned().side, found.side), strict=True):
        for name in (*_param(operand), *_thresholds(operand, first)):
            yield name, seen


def _param(step: Step) -> tuple[str, ...]:
    """The param that a side of a comparison is, whatever its unit is converted to."""
    while step.kind is StepKind.CONVERT:
        step = step.children[0]
    return (step.name,) if step.kind is StepKind.PARAM else ()


def _thresholds(step: Step, first: First) -> Iterator[str]:
    """The thresholds that a value is made of; a condition inside it is a matter of its own."""
    seen: set[int] = set()
    waiting = [step]
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.kind is StepKind.THRESHOLD:
            yield here.name
        if here.kind not in CONDITIONS:
            whole = here if here.children else first.get((here.kind, here.name, here.at), here)
            waiting.extend(reversed(whole.children))
