"""What is computed of any table that is not one of labels, and how a bar compares with it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.measure.exact import Bounds
from mlpolicy.measure.metrics import Kind, Metric
from mlpolicy.measure.shares import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A metric: a ratio (1 is 100 %), or an amount in the unit of the table.

    `sample_size` is how many rows, or queries, it is over. Where it is a ratio of two counts,
    `part` and `whole` are these: edits and words, or edits and characters.
    """

    metric: Metric
    bounds: Bounds
    sample_size: int
    part: int | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it was taken for."""

    option: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A table with its figures. `columns` are in the order of the kind; `positive` is the class
    that a score speaks for, `at` how many first rows of a ranking count (None: all)."""

    file: str
    digest: str
    separator: str
    kind: Kind
    columns: tuple[Column, ...]
    rows: int
    figures: tuple[Figure, ...]
    positive: str = ""
    at: int | None = None


def held_against(metric: Metric, bounds: Bounds, bar: Fraction) -> Bar:
    """An exact figure, or one between bounds, compared with a bar in the same unit. A bar between
    the bounds is neither met nor missed. Nothing is said of chance: there is no interval."""
    better, worse = bounds.high, bounds.low
    if metric.lower_is_better:
        met = True if better <= bar else False if worse > bar else None
    else:
        met = True if worse >= bar else False if better < bar else None
    return Bar(metric=metric, bar=bar, met=met, straddled=None, needed=None)
