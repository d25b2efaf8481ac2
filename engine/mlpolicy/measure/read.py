"""Any kind of table but labels: reads it, and computes the metrics that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from mlpolicy.diagnostics import Diagnostic
from mlpolicy.measure import amounts, rankings, scores, transcripts
from mlpolicy.measure.figures import Column, Figures
from mlpolicy.measure.metrics import Kind, Metric
from mlpolicy.measure.table import RefusedError, Role, Table


def compute(
    stream: Iterable[bytes],
    file: str,
    *,
    metrics: tuple[Metric, ...],
    columns: Mapping[str, str],
    positive: str = "",
    at: int | None = None,
) -> tuple[Figures | None, tuple[Diagnostic, ...]]:
    """The figures of a table, which is read once; or what is wrong with it.

    `metrics` are of one kind, which is not that of labels. `columns` are the names that were given,
    by option; a column that none is given for is known by its usual names.
    """
    table = Table(stream, file)
    kind = metrics[0].kind
    assert all(metric.kind is kind for metric in metrics)
    told: tuple[Diagnostic, ...] = ()
    try:
        match kind:
            case Kind.AMOUNTS:
                figures = amounts.measured(table, _named(amounts.ROLES, columns), metrics)
            case Kind.TRANSCRIPTS:
                roles = _named(transcripts.ROLES, columns)
                figures, told = transcripts.measured(table, roles, metrics)
            case Kind.SCORES:
                figures, positive = scores.measured(table, _named(scores.ROLES, columns), positive)
            case Kind.RANKINGS:
                roles = _named(rankings.ROLES, columns)
                figures, told = rankings.measured(table, roles, metrics, at)
            case Kind.LABELS:
                raise AssertionError(kind)
            case _:
                assert_never(kind)
    except RefusedError as refused:
        return None, (*table.diagnostics(), refused.diagnostic)
    if table.faults:
        return None, table.diagnostics()
    found = Figures(
        file=file,
        digest=table.digest,
        separator=table.separator,
        kind=kind,
        columns=tuple(
            Column(role.option, name) for role, name in zip(table.roles, table.columns, strict=True)
        ),
        rows=table.number_of_rows,
        figures=figures,
        positive=positive if kind is Kind.SCORES else "",
        at=at,
    )
    return found, (*table.passed_over(), *told)


def _named(roles: tuple[Role, ...], columns: Mapping[str, str]) -> tuple[Role, ...]:
    """The roles with the columns that were given for them."""
    named = []
    for role in roles:
        other = role.otherwise
        if other is not None and columns.get(other.option):
            role = replace(other, column=columns[other.option])
        elif columns.get(role.option):
            role = replace(role, column=columns[role.option])
        named.append(role)
    return tuple(named)
