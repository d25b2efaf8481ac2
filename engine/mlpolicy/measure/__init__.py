"""How good a system is, from a table: what is right and what the system said, row by row.

In go the bytes of a CSV file, line by line, out come counts and the figures that follow from
them. `table` reads rows of any table; each kind of table has a module: `labels` (`measure`),
`amounts`, `transcripts`, `scores` and `rankings` (`compute`). `metrics` says what each metric is
computed from, `shares` has the interval of a share and what a bar is compared with, `entry` is
what a manifest states.

Counts are integers and ratios fractions; what is irrational lies between two fractions (`exact`).
No binary float is used. A figure whose divisor is 0 does not exist, and is never taken for 0.

What is enough, good or large is for a policy to say, not for this package.
"""

from __future__ import annotations

from mlpolicy.measure.entry import Entry, entries, figure_entries, stated
from mlpolicy.measure.exact import Bounds
from mlpolicy.measure.figures import Column, Figure, Figures, held_against
from mlpolicy.measure.labels import Average, ClassFigures, Measured, measure
from mlpolicy.measure.metrics import Kind, Metric
from mlpolicy.measure.read import compute
from mlpolicy.measure.shares import LEVEL_PCT, Bar, Interval, Share, Z, against, in_percent, wilson
from mlpolicy.measure.table import MOST_FAULTS, SEPARATORS

__all__ = [
    "LEVEL_PCT",
    "MOST_FAULTS",
    "SEPARATORS",
    "Average",
    "Bar",
    "Bounds",
    "ClassFigures",
    "Column",
    "Entry",
    "Figure",
    "Figures",
    "Interval",
    "Kind",
    "Measured",
    "Metric",
    "Share",
    "Z",
    "against",
    "compute",
    "entries",
    "figure_entries",
    "held_against",
    "in_percent",
    "measure",
    "stated",
    "wilson",
]
