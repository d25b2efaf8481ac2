"""How good a system is, from a table: what is right and what the system said, row by row.

In go the bytes of a CSV file, line by line, out come counts and the figures that follow from
them. `table` reads rows of any table; each kind of table has a module: `labels`. `shares` has the
interval of a share and what a bar is compared with; `entry` is what a manifest states. Counts are
integers and ratios fractions; a root is taken with forty digits. No binary float is used. A
figure whose divisor is 0 is `None`: it does not exist, and is never taken for 0.

What is enough, good or large is for a policy to say, not for this package.
"""

from __future__ import annotations

from mlpolicy.measure.entry import Entry, entries
from mlpolicy.measure.labels import Average, ClassFigures, Measured, measure
from mlpolicy.measure.shares import LEVEL_PCT, Bar, Interval, Share, Z, against, in_percent, wilson
from mlpolicy.measure.table import MOST_FAULTS, SEPARATORS

__all__ = [
    "LEVEL_PCT",
    "MOST_FAULTS",
    "SEPARATORS",
    "Average",
    "Bar",
    "ClassFigures",
    "Entry",
    "Interval",
    "Measured",
    "Share",
    "Z",
    "against",
    "entries",
    "in_percent",
    "measure",
    "wilson",
]
