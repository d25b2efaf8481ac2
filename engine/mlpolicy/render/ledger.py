"""What an answer costs, as text.

The answer's own cost is a ledger: a line for each term with its amount and where the figure
comes from, fields of the manifest and prices alike, and the total they add up to; a figure
that is missing has its line too, and what widens the total most is named. Of the other
outcomes, and by further formulas, there is one line each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from mlpolicy.core.decision import (
    Cost,
    CostLine,
    CostSource,
    Reckoning,
    SourceKind,
    WorkloadDecision,
)
from mlpolicy.core.paths import Need
from mlpolicy.core.show import decimal_text, finite_places
from mlpolicy.core.titles import Titles
from mlpolicy.explain.known import may_be_free
from mlpolicy.render import words
from mlpolicy.render.places import gathered, needed, told
from mlpolicy.render.style import bold, columns, dim, pad, wrap, yellow
from mlpolicy.source import Place


def costs(
    workload: WorkloadDecision,
    width: int,
    manifest: str,
    *,
    full: bool = False,
    titles: Titles | None = None,
) -> list[str]:
    """The ledger of the answer, then the others. In `full`, a ledger for every outcome, and
    everything that a figure is made of, assumptions and prices of nothing included, and all
    that widens the total. With `titles`, everything goes by these."""
    lines: list[str] = []
    own = ledgers(workload)
    if full:
        first = {cost.outcome: cost for cost in reversed(workload.costs)}
        own += [cost for cost in workload.costs if cost is first[cost.outcome] and cost not in own]
    for cost in own:
        lines += _ledger(cost, width, manifest, full, titles)
    others = others_of(workload, own)
    brief = [
        line
        for group in others
        for line in wrap(_together(group, titles=titles), width, "  ", "    ")
    ]
    return [*lines, *([""] if brief else []), *brief]


def ledgers(workload: WorkloadDecision) -> list[Cost]:
    """The costs that are told line by line: the answer's, by the policy's first formula."""
    shown = workload.choice.outcome if workload.choice else None
    return [cost for cost in workload.costs if cost.outcome == shown][:1]


def others_of(workload: WorkloadDecision, but: Sequence[Cost]) -> list[list[Cost]]:
    """All other costs, each said once; those of one outcome that wait for the same figures
    stand together."""
    groups: dict[tuple[object, ...], list[Cost]] = {}
    seen = {_figure(cost) for cost in but}
    for cost in workload.costs:
        if _figure(cost) not in seen:
            seen.add(_figure(cost))
            alone = () if cost.missing else (cost.formula, cost.months)
            groups.setdefault((cost.outcome, cost.missing, *alone), []).append(cost)
    return list(groups.values())


def _figure(cost: Cost) -> tuple[object, ...]:
    return (cost.outcome, cost.months, cost.low, cost.high, cost.missing)


def cost_line(cost: Cost, of: str = "") -> str:
    """A total on one line: `cost of diy over 12 months (tco): 1,200.00 EUR`."""
    return _together([cost], of)


def _together(group: Sequence[Cost], of: str = "", titles: Titles | None = None) -> str:
    first = group[0]
    spans = " and ".join(f"{_over(cost)}({_named(cost.formula, titles)})".strip() for cost in group)
    name = of or (titles.answer(first.outcome) if titles else first.outcome)
    title = f"cost{f' of {bold(name)}' if name else ''} {spans}"
    if first.missing:
        return f"{title}: not known, needs {gathered(first.missing)}"
    return f"{title}: {money_range(first.low, first.high)} {first.currency}"


def _named(name: str, titles: Titles | None) -> str:
    """A declaration by its title; as the policy writes it without `titles`."""
    if titles is None:
        return name
    from mlpolicy.render.reasons import called_of  # `check` shows totals alone

    return called_of(name, titles)


def _over(cost: Cost) -> str:
    months = cost.months
    if months is None:
        return ""
    return f"over {decimal_text(months)} month{'' if months == 1 else 's'} "


# ── One ledger ───────────────────────────────────────────────────────────────────────────


def _ledger(cost: Cost, width: int, manifest: str, full: bool, titles: Titles | None) -> list[str]:
    of = titles.answer(cost.outcome) if titles else cost.outcome
    what = f" of {bold(of)}" if cost.outcome else ""
    title = f"cost{what} {_over(cost)}({_named(cost.formula, titles)})"
    spans = dict.fromkeys(
        f"  {dim(_source(source, manifest, titles))}"
        for line in cost.lines
        for source in line.sources
        if source.counts
    )
    lines = ["", *wrap(f"{title}{''.join(spans)}", width, "  ", "    ")]
    known = [line for line in cost.lines if not is_missing(line)]
    places = decimals([n for line in known for n in (line.low, line.high)])
    rows = [
        (
            _named(line_name(line, cost), titles),
            money_range(line.low, line.high, places) if not is_missing(line) else "unknown",
            _origin(line, cost.currency, manifest, waits_for(line, cost), full, titles),
            [found for each in line.reckonings for found in _worked(each, width, manifest, titles)]
            if full
            else [],
        )
        for line in cost.lines
    ]
    rows.append(("total", total(cost, places), _beside_total(cost), []))
    wide = min(40, max(columns(name) for name, *_ in rows))
    right = max(columns(amount) for _, amount, *_ in rows)
    for name, number, origin, below in rows:
        told_ = f"{number:>{right}}"
        paint = yellow if number == "unknown" else bold if name == "total" else str
        first = f"    {pad(name, wide)}  {paint(told_)}  "
        if columns(first) > width // 2 and name != "total":
            lines += [first.rstrip(), *wrap(origin, width, "        ")]
        else:
            lines += wrap(origin, width, first)
        lines += below
    for said in elsewhere(cost, titles):
        lines += wrap(said, width, f"    {yellow('note')}: ", "      ")
    for said in uncertain(cost, 12 if full else 1, titles):
        lines += wrap(said, width, "    ", "      ")
    return lines


def _worked(reckoning: Reckoning, width: int, manifest: str, titles: Titles | None) -> list[str]:
    """A calculation: the policy's wording, then the sums with figures."""
    from mlpolicy.render.reckoning import worked  # `check` shows totals alone

    each = worked(reckoning)

    def looks(place: Place | None, refs: tuple[str, ...]) -> str:
        cited = " ".join(part for part in (told(place, manifest), *refs) if part)
        return f"  {dim(cited)}" if cited else ""

    wording = each.text
    if titles is not None:
        from mlpolicy.render.reasons import in_words

        wording = in_words(wording, titles)
    head = f"{bold(_named(each.name, titles))} = {wording}{looks(each.place, each.refs)}"
    lines = wrap(head, width, " " * 8, " " * 12)
    for sum_ in each.sums:
        said = f"= {sum_.text}{looks(sum_.place, sum_.refs)}"
        lines += wrap(said, width, " " * 10, " " * 12)
    if each.value:
        lines += wrap(f"= {bold(each.value)}", width, " " * 10, " " * 12)
    return lines


def line_name(line: CostLine, cost: Cost) -> str:
    """`dev` of `dev(ai_service)`, under its own cost."""
    return line.name.removesuffix(f"({cost.outcome})")


def total(cost: Cost, places: int = 2) -> str:
    """The total; where figures are missing, the least that it can be."""
    if not cost.missing:
        return money_range(cost.low, cost.high, places)
    return f"at least {decimal_text(cost.low, max(places, 2))}" if cost.low else "unknown"


def _beside_total(cost: Cost) -> str:
    if cost.missing:
        number = figures_missing(cost)
        unit = f"{cost.currency}  " if cost.low else ""
        return f"{unit}{number} figure{'' if number == 1 else 's'} missing"
    return f"{cost.currency}{'  may be wider than the true range' if cost.wider else ''}"


def figures_missing(cost: Cost) -> int:
    """How many lines of a ledger have no end. A line may wait for one of several paths, so
    the paths are no measure of what is missing."""
    return sum(line.high is None for line in cost.lines) or len(cost.missing)


def uncertain(cost: Cost, most: int, titles: Titles | None = None) -> list[str]:
    """What widens a total, in sentences: the terms that matter most, then the widest line."""
    if not cost.uncertain:
        return []
    widest = next((line for line in cost.lines if line.name == cost.widest), None)
    said: list[str] = []
    what = "what is known of the total" if cost.missing else "the total"
    for each in cost.uncertain[:most]:
        value = f", {value}" if (value := words.uncertain_value(each)) else ""
        if len(cost.uncertain) == 1 and not cost.wider and not cost.missing:
            does = f"knowing it makes {what} exact"
        else:
            least = f"{decimal_text(each.removes, 2)} {cost.currency}"
            does = f"knowing it narrows {what} by at least {least}"
        head = "then" if said else "most uncertain"
        said.append(f"{yellow(head)}: {needed(each.needs)}{value}; {does}")
    if widest is not None and widest.high is not None:
        said[0] += f"; widest line: {_named(line_name(widest, cost), titles)}"
    return said


def elsewhere(cost: Cost, titles: Titles | None = None) -> list[str]:
    """Prices that were established for other manifests than this one, each field once."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], dict[str, None]] = {}
    for line in cost.lines:
        for source in line.sources:
            if (known := source.apart) is not None:
                names = found.setdefault((known.field, known.holds, known.stated), {})
                names[_named(words.source_name(source), titles)] = None
    return [
        f"{', '.join(names)} known for {field} {', '.join(holds)}; may differ for "
        f"{', '.join(each for each in stated if each not in holds)}, as the manifest states"
        for (field, holds, stated), names in found.items()
    ]


def is_missing(line: CostLine) -> bool:
    """Is nothing at all known of it?"""
    return line.high is None and line.low == 0


def waits_for(line: CostLine, cost: Cost) -> tuple[Need, ...]:
    """What an open end waits for, so far as that is this line's alone."""
    if line.origin.kind is SourceKind.MISSING:
        return tuple(need for need in line.origin.paths if not isinstance(need, str))
    others = [each for each in cost.lines if each is not line and each.high is None]
    if line.high is not None or any(e.origin.kind is not SourceKind.MISSING for e in others):
        return ()
    told_ = {need for each in others for need in waits_for(each, cost)}
    return tuple(path for path in cost.missing if path not in told_)


def _origin(
    line: CostLine,
    currency: str,
    manifest: str,
    needs: tuple[Need, ...],
    full: bool,
    titles: Titles | None,
) -> str:
    """`24 × 500.00 EUR/month  workload.costs.ai_service.ops_monthly_usd  m.yaml:9:5`; of what
    is worked out, the fields and prices that it is made of."""
    waits = f"needs {gathered(needs)}" if needs else ""
    if is_missing(line) and waits:
        return waits
    each = f"{money_range(line.each_low, line.each_high)} {line.per or currency}"
    times = f"{decimal_text(line.count)} × {each}" if line.count != 1 else ""
    made = made_of(line, full)
    if len(made) > 1:
        start = made[0]
        head = start.kind in (SourceKind.ASSUMED, SourceKind.COMPUTED)
        said = [_source(source, manifest, titles) for source in (made[1:] if head else made)]
        own = f"{start.kind.value} ({_looks(start, manifest)}) from " if head else "from "
        from_ = f"{own}{'; '.join(said)}"
    else:
        place = f"  {told(line.place, manifest)}" if line.place else ""
        refs = f"  {' '.join(line.refs)}" if line.refs else ""
        from_ = f"{words.line_origin(line.origin)}{place}{refs}"
    return "  ".join(part for part in (times, dim(from_), waits) if part)


def made_of(line: CostLine, full: bool) -> list[CostSource]:
    """The sources of a figure that a reader is told of. What is missing has words of its own;
    unless in `full`, assumptions below the first and prices of nothing are left out."""
    found = [
        each for each in line.sources if not each.counts and each.kind is not SourceKind.MISSING
    ]
    if full:
        return found
    return [
        source
        for number, source in enumerate(found)
        if number == 0
        or source.kind in (SourceKind.STATED, SourceKind.ESTIMATE, SourceKind.BAR)
        or (
            source.kind in (SourceKind.PRICE, SourceKind.POLICY)
            and not may_be_free(source.value, source.of)
        )
    ]


def _source(source: CostSource, manifest: str, titles: Titles | None) -> str:
    """`price translate 0.000015 EUR/billed (catalogue.mlp:70:43 facts#F5.17)`"""
    assumed = ", assumed" if source.kind is SourceKind.ASSUMED else ""
    name = words.source_name(source)
    if isinstance(source.name, str):
        name = _named(name, titles)
    said = f"{name} {words.source_value(source)}"
    return f"{said}{assumed} ({_looks(source, manifest)})"


def _looks(source: CostSource, manifest: str) -> str:
    return " ".join(part for part in (told(source.place, manifest), *source.refs) if part)


# ── Amounts ──────────────────────────────────────────────────────────────────────────────


def decimals(amounts: Iterable[Fraction | None]) -> int:
    """Two decimals, or as many as the finest amount of a ledger has, so that it adds up."""
    found = (finite_places(amount) for amount in amounts if amount is not None)
    return min(12, max((places for places in found if places is not None), default=2))


def money_range(low: Fraction | None, high: Fraction | None, places: int = 2) -> str:
    """`1,200.00`, `1,200.00 .. 1,500.00`, `at least 1,200.00`, `unknown`."""
    least = max(places, 2)
    if low is None:
        return "unknown" if high is None else f"at most {decimal_text(high, least)}"
    if high is None:
        return f"at least {decimal_text(low, least)}"
    if low == high:
        return decimal_text(low, least)
    return f"{decimal_text(low, least)} .. {decimal_text(high, least)}"
