"""A program as it stands on one day: of what has a history, only what is in force then."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.core.program import Bar, Catalog, Program


def in_force(program: Program, day: int) -> Program:
    """The program with those values and rows that are in force on a day (its ordinal), as if they
    had always held. It decides for that day as the program does. A bar that has no value yet keeps
    its history."""
    return replace(
        program,
        bars={name: _bar(bar, day) for name, bar in program.bars.items()},
        catalogs={name: _catalog(table, day) for name, table in program.catalogs.items()},
    )


def _bar(bar: Bar, day: int) -> Bar:
    begun = [line for line in bar.lines if line.since <= day]
    return replace(bar, lines=(replace(begun[-1], since=0),)) if begun else bar


def _catalog(catalog: Catalog, day: int) -> Catalog:
    rows = [
        row
        for row in catalog.rows
        if (row.since is None or row.since <= day) and (row.until is None or day < row.until)
    ]
    now = (replace(row, index=n, since=None, until=None) for n, row in enumerate(rows))
    return replace(catalog, rows=tuple(now))
