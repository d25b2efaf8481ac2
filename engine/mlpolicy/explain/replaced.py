"""Which rows of a catalogue a manifest replaces: what it states, and what the policy has for the
same key on the day decided for."""

from __future__ import annotations

from collections.abc import Iterator

from mlpolicy.core.decision import Replaced, ReplacedRow
from mlpolicy.core.facts import Fact
from mlpolicy.core.notices import Figure
from mlpolicy.core.program import Catalog
from mlpolicy.core.rows import RowId
from mlpolicy.core.trace import Basis
from mlpolicy.evaluate.env import Env, FaultError, Run
from mlpolicy.evaluate.rows import (
    first_key,
    override_field,
    override_rows,
    read_cell,
    rows_in_force,
)


def replaced(run: Run) -> tuple[Replaced, ...]:
    """All of them, in the order of the policy's catalogues and of the manifest's list."""
    env = run.project
    catalogs = run.program.catalogs.values()
    return tuple(each for c in catalogs if c.override is not None for each in _of(c, env))


def _of(catalog: Catalog, env: Env) -> Iterator[Replaced]:
    first = catalog.keys[0]
    stated: dict[str, list[ReplacedRow]] = {}
    for number, fact in enumerate(override_rows(catalog.name, env)):
        word = override_field(fact, first)
        if word is not None and isinstance(word.value, str):
            row = RowId(table=catalog.name, index=number, of_manifest=True)
            stated.setdefault(word.value, []).append(_row(catalog, row, env, (), fact))
    for key, rows in stated.items():
        policy = [
            _row(catalog, row, env, written.refs or catalog.refs, None)
            for written in rows_in_force(catalog.name, env)
            if first_key(row := RowId(table=catalog.name, index=written.index), env) == key
        ]
        yield Replaced(catalog=catalog.name, key=key, stated=tuple(rows), policy=tuple(policy))


def _row(
    catalog: Catalog, row: RowId, env: Env, refs: tuple[str, ...], fact: Fact | None
) -> ReplacedRow:
    values = []
    for name, of in catalog.columns.items():
        if name == catalog.keys[0]:
            continue
        try:
            cell = read_cell(row, name, of, env)
        except FaultError:  # the workloads end in it, and say so
            continue
        if cell.basis is not Basis.NOT_APPLICABLE:
            values.append((name, Figure(cell.value, of)))
    return ReplacedRow(
        values=tuple(values),
        refs=refs,
        said=fact.said if fact is not None else None,
        place=fact.place if fact is not None else None,
    )
