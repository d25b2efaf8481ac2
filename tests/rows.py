"""Many small checks in one test. A test of its own costs two milliseconds for each row, in every
worker and in what hands the tests out: more than many a row takes. What fails is told by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def each(rows: Iterable[T], name: Callable[[T], object], check: Callable[[T], None]) -> None:
    """Checks every row, also behind one that fails; fails with the names of all that do."""
    wrong = []
    for row in rows:
        try:
            check(row)
        except Exception as fault:
            wrong.append(f"{name(row)}: {type(fault).__name__}: {fault}")
    assert not wrong, "\n\n".join(wrong)
