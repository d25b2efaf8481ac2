"""Rows as a person names them."""

from __future__ import annotations

from collections.abc import Mapping

from mlpolicy.core.program import Const, Input, KeyHole, Program
from mlpolicy.core.rows import RowId
from mlpolicy.core.titles import Titles
from mlpolicy.core.types import FlagType


def row_label(row: RowId, program: Program) -> str:
    """A row by its keys and the first word after them."""
    if row.table in program.catalogs:
        catalog = program.catalogs[row.table]
        if row.of_manifest:
            return f"{row.table} of the {program.scopes.shared}, row {row.index + 1}"
        cells = catalog.rows[row.index].cells
        names = []
        for column in catalog.columns:
            cell = cells.get(column)
            if (
                isinstance(cell, Const)
                and isinstance(cell.value, str)
                and not isinstance(cell.type, FlagType)
            ):
                names.append(cell.value)
            if len(names) == len(catalog.keys) + 1:
                break
        return f"{row.table} {' / '.join(names) or row.index + 1}"
    if row.index < 0:
        keys = ", ".join(f"{key} = {word}" for key, word in row.keys)
        return f"{row.table} {keys}: none is stated"
    return f"{row.table} {row.index + 1}"


def questioned(declared: Input, key: str, titles: Titles) -> str:
    """How an input is asked for, of one member of its key or "": in its own words, or else by its
    title; empty where it has neither."""
    if declared.ask:
        return declared.ask
    title = titles.values.get(declared.name, "")
    if not title or declared.key is None:
        return title
    return f"{title}: {titles.member(declared.key.name, key)}"


def asked(question: tuple[str | KeyHole, ...], keys: Mapping[str, str], titles: Titles) -> str:
    """A question about an entry, its keys filled in by their titles: `the system` where one is not
    known."""
    return "".join(
        part if isinstance(part, str) else titles.word(keys.get(part.key) or f"the {part.key}")
        for part in question
    )
