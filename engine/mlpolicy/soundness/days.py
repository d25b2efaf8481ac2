"""Values that do not hold when the policy decides: those that begin after its first day, so that
there is none until then, and those that are over before it.
"""

from __future__ import annotations

from mlpolicy.core import program as core
from mlpolicy.core.show import show_date
from mlpolicy.core.types import Quantity
from mlpolicy.soundness.findings import Findings


def idle_days(program: core.Program, findings: Findings) -> None:
    """Reports what is missing on the first day of a policy, and what never holds from then on."""
    effective = program.effective
    day = show_date(effective)
    for bar in program.bars.values():
        _bar(bar, effective, day, findings)
    for catalog in program.catalogs.values():
        _rows(catalog, effective, day, findings)
    for rule in program.rules.values():
        _levels(rule, effective, day, findings)
    for owed in program.obligations.values():
        _levels(owed, effective, day, findings)
        if owed.until is not None and owed.until <= effective:
            message = f"`{owed.name}` never holds: the policy decides from {day}, and it ends on "
            message += show_date(owed.until)
            findings.warning("MLP0429", message, owed.origin, "take it out, or correct a date")


def _levels(
    declared: core.Rule | core.Obligation, effective: int, day: str, findings: Findings
) -> None:
    begun = [since for since, _ in declared.later if since <= effective]
    if begun:
        message = f"the first level of `{declared.name}` never holds: the policy decides from {day}"
        message += f", and another level holds from {show_date(begun[-1])}"
        findings.warning("MLP0429", message, declared.origin, "take it out, or correct a date")


def _bar(bar: core.Bar, effective: int, day: str, findings: Findings) -> None:
    if bar.lines and bar.lines[0].since > effective:
        message = f"the policy decides from {day}, and `{bar.name}` has no value before "
        message += show_date(bar.lines[0].since)
        help = f"begin with a value from {day} on, or let the policy begin later"
        findings.warning("MLP0428", message, bar.lines[0].origin, help)
    for line, following in zip(bar.lines, bar.lines[1:], strict=False):
        if following.since <= effective:
            message = f"this value never holds: the policy decides from {day}, and another value "
            message += f"holds from {show_date(following.since)}"
            findings.warning("MLP0429", message, line.origin, "take it out, or correct a date")


def _rows(catalog: core.Catalog, effective: int, day: str, findings: Findings) -> None:
    # A key that is a number tells apart the steps of one thing.
    words = [key for key in catalog.keys if not isinstance(catalog.columns[key], Quantity)]
    first: dict[tuple[core.Expr | None, ...], core.CatalogRow] = {}
    for row in catalog.rows:
        if row.until is not None and row.until <= effective:
            message = f"this row never holds: the policy decides from {day}, and it ends on "
            message += show_date(row.until)
            findings.warning("MLP0429", message, row.origin, "take it out, or correct a date")
            continue
        keys = tuple(row.cells.get(key) for key in words)
        if keys not in first or (row.since or 0) < (first[keys].since or 0):
            first[keys] = row
    for row in first.values():
        if row.since is not None and row.since > effective:
            message = f"the policy decides from {day}, and `{catalog.name}` has no such row "
            message += f"before {show_date(row.since)}"
            help = f"add the row that holds from {day} on, or let the policy begin later"
            findings.warning("MLP0428", message, row.origin, help)
