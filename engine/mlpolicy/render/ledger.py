"""What an answer costs, as text.

The answer's own cost is a ledger: a line for each term with its amount and where the figure
comes from, and the total they add up to; a figure that is missing has its line too. Of the
other outcomes, and by further formulas, there is one line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from mlpolicy.core.decision import Cost, CostLine, WorkloadDecision
from mlpolicy.core.show import decimal_text, finite_places
from mlpolicy.render.places import gathered, told
from mlpolicy.render.style import bold, columns, dim, pad, wrap, yellow

_MISSING = "missing: "


def costs(workload: WorkloadDecision, width: int, manifest: str) -> list[str]:
    """The ledger of the answer, then the others."""
    shown = workload.choice.outcome if workload.choice else None
    ledger: list[str] = []
    brief: list[str] = []
    seen: dict[str, set[tuple[object, ...]]] = {}
    for cost in workload.costs:
        same = (cost.months, cost.low, cost.high, cost.missing)
        said = seen.setdefault(cost.outcome, set())
        if cost.outcome == shown and not said:
            ledger += _ledger(cost, width, manifest)
        elif same not in said:
            brief += wrap(cost_line(cost), width, "  ", "    ")
        said.add(same)
    return [*ledger, *([""] if brief else []), *brief]


def cost_line(cost: Cost, of: str = "") -> str:
    """A total on one line: `cost of diy over 12 months (tco): 1,200.00 USD`."""
    title = _title(cost, of or cost.outcome)
    if cost.missing:
        return f"{title}: not known, needs {gathered(cost.missing)}"
    return f"{title}: {_range(cost.low, cost.high)} {cost.currency}"


def _title(cost: Cost, of: str) -> str:
    months = cost.months
    over = ""
    if months is not None:
        over = f" over {decimal_text(months)} month{'' if months == 1 else 's'}"
    what = f" of {bold(of)}" if of else ""
    return f"cost{what}{over} ({cost.formula})"


def _ledger(cost: Cost, width: int, manifest: str) -> list[str]:
    lines = ["", *wrap(_title(cost, cost.outcome), width, "  ", "    ")]
    known = [line for line in cost.lines if not _is_missing(line)]
    places = _places([n for line in known for n in (line.low, line.high)])
    rows = [
        (
            line.name.removesuffix(f"({cost.outcome})"),
            _range(line.low, line.high, places) if not _is_missing(line) else "unknown",
            _origin(line, cost.currency, manifest, _waits(line, cost)),
        )
        for line in cost.lines
    ]
    wider = "  may be wider than the true range" if cost.wider else ""
    total = "unknown" if cost.missing else _range(cost.low, cost.high, places)
    rows.append(("total", total, f"{cost.currency}{wider}" if not cost.missing else ""))
    wide = min(40, max(columns(name) for name, _, _ in rows))
    right = max(columns(amount) for _, amount, _ in rows)
    for name, amount, origin in rows:
        number = f"{amount:>{right}}"
        paint = yellow if amount == "unknown" else bold if name == "total" else str
        first = f"    {pad(name, wide)}  {paint(number)}  "
        if columns(first) > width // 2 and name != "total":
            lines += [first.rstrip(), *wrap(origin, width, "        ")]
        else:
            lines += wrap(origin, width, first)
    return lines


def _is_missing(line: CostLine) -> bool:
    """Is nothing at all known of it?"""
    return line.high is None and line.low == 0


def _waits(line: CostLine, cost: Cost) -> tuple[str, ...]:
    """What an open end waits for, so far as that is this line's alone."""
    if line.origin.startswith(_MISSING):
        return tuple(re.split(r", (?![^\[]*\])", line.origin.removeprefix(_MISSING)))
    others = [each for each in cost.lines if each is not line and each.high is None]
    if line.high is not None or not all(each.origin.startswith(_MISSING) for each in others):
        return ()
    told_ = {need for each in others for need in _waits(each, cost)}
    return tuple(path for path in cost.missing if path not in told_)


def _origin(line: CostLine, currency: str, manifest: str, needs: tuple[str, ...]) -> str:
    """`24 × 500.00 USD/month  costs.ai_service.ops_monthly_usd  m.yaml:9:5`"""
    waits = f"needs {gathered(needs)}" if needs else ""
    if _is_missing(line) and waits:
        return waits
    each = f"{_range(line.each_low, line.each_high)} {line.per or currency}"
    times = f"{decimal_text(line.count)} × {each}  " if line.count != 1 else ""
    place = f"  {told(line.place, manifest)}" if line.place else ""
    refs = f"  {' '.join(line.refs)}" if line.refs else ""
    return "  ".join(part for part in (times + dim(f"{line.origin}{place}{refs}"), waits) if part)


def _places(amounts: Iterable[Fraction | None]) -> int:
    """Two decimals, or as many as the finest amount of a ledger has, so that it adds up."""
    found = (finite_places(amount) for amount in amounts if amount is not None)
    return min(12, max((places for places in found if places is not None), default=2))


def _range(low: Fraction | None, high: Fraction | None, places: int = 2) -> str:
    least = max(places, 2)
    if low is None:
        return "unknown" if high is None else f"at most {decimal_text(high, least)}"
    if high is None:
        return f"at least {decimal_text(low, least)}"
    if low == high:
        return decimal_text(low, least)
    return f"{decimal_text(low, least)} .. {decimal_text(high, least)}"
