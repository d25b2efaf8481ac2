"""Costs on a page: stacked bars on one scale, and the ledger that each of them stands for.

In go the costs of a decision, out come amounts as text and lengths in hundredths of the
widest bar. A bar shows what is certain line by line, then how far the estimates may reach,
and an open end where something is missing: then it is not a total, and nowhere called one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.core.decision import Cost, CostLine, CostSource, Reckoning, SourceKind
from mlpolicy.core.show import decimal_text
from mlpolicy.core.titles import Titles
from mlpolicy.render import brief, ledger, words
from mlpolicy.render.html.scale import hundredths, rounded_up
from mlpolicy.render.html.words import Ref, Refs, Span, counted
from mlpolicy.render.html.words import spans as spans_of
from mlpolicy.render.places import gathered, lacking, told
from mlpolicy.render.reckoning import worked

_MOST = 3  # of what widens a total
_SERIES = 8  # looks of lines, told apart by their letters as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is certain of a line, as a part of a bar. `wide` where its letter fits in."""

    key: str
    series: int
    start: str
    width: str
    middle: str
    wide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A cost as a bar. `reach` is where the estimates go on to; `open` where a part is not
    known at all: then `amount` is what is known so far."""

    name: str
    shown: bool
    amount: str
    pieces: tuple[Piece, ...]
    reach: tuple[str, str, str] | None
    open: bool
    missing: str
    wider: bool


@dataclass(frozen=True, slots=True)
class Key:
    """What a letter stands for."""

    key: str
    series: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Costs by one formula, on one scale."""

    formula: str
    over: str
    currency: str
    bars: tuple[Bar, ...]
    keys: tuple[Key, ...]
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a figure is made of: `kind` is "" for what the manifest states."""

    name: str
    value: str
    kind: str
    place: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """How a figure is worked out: its name, the policy's wording, the sums with figures, each with
    its place and clauses, and what comes out (empty where the one sum says so)."""

    name: str
    text: str
    sums: tuple[tuple[str, str, tuple[Ref, ...]], ...]
    value: str
    place: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a ledger. `sum` is how the amount comes about: `12 × 50.00 EUR/month`."""

    key: str
    series: int
    name: str
    amount: str
    known: bool
    sum: str
    sources: tuple[Source, ...]
    worked: tuple[Calculation, ...]
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every line, and what they add up to; no total where a line is missing."""

    title: str
    formula: str
    outcome: str
    over: str
    currency: str
    shown: bool
    spans: tuple[Source, ...]
    rows: tuple[Row, ...]
    total: str
    missing: str
    wider: bool
    uncertain: tuple[tuple[Span, ...], ...]
    elsewhere: tuple[str, ...]
    refs: tuple[Ref, ...]


def charts(costs: Sequence[tuple[str, Cost]], shown: str | None, titles: Titles) -> list[Chart]:
    """A chart for each formula; each cost stands under its name. Where two formulas say the
    same of everything, the second is left out."""
    found: list[Chart] = []
    said: list[list[tuple[str, object]]] = []
    for formula in dict.fromkeys(cost.formula for _, cost in costs):
        chosen = [(name, cost) for name, cost in costs if cost.formula == formula]
        same = [(name, _figures(cost)) for name, cost in chosen]
        if same not in said:
            found.append(_chart(formula, chosen, shown, titles))
        said.append(same)
    return found


def ledgers(
    costs: Sequence[Cost], shown: str | None, refs: Refs, manifest: str, titles: Titles
) -> list[Ledger]:
    """A ledger for each cost, first the one of the answer by the policy's first formula;
    formulas that say the same are told together."""
    groups: dict[tuple[object, ...], list[Cost]] = {}
    for cost in costs:
        groups.setdefault((cost.outcome, _figures(cost)), []).append(cost)
    first = next((group for (name, _), group in groups.items() if name == shown), None)
    found = [_ledger(group, group is first, refs, manifest, titles) for group in groups.values()]
    return sorted(found, key=lambda ledger: not ledger.shown)


def _figures(cost: Cost) -> object:
    """What makes two costs the same to a reader."""
    lines = tuple((line.name, line.low, line.high, line.count) for line in cost.lines)
    return cost.months, lines, cost.missing


def amount(cost: Cost) -> str:
    """A cost in a few words; where figures are missing, the least that it can be, or that
    nothing is known."""
    known = ledger.total(cost)
    return known if known == "unknown" else f"{known} {cost.currency}"


def missing(cost: Cost) -> str:
    """`1 figure missing`; empty where none is."""
    figures = ledger.figures_missing(cost)
    return f"{counted(figures, 'figure')} missing" if cost.missing else ""


def over(months: Fraction | None) -> str:
    """`over 12 months`; empty where a formula is not for a span of time."""
    if months is None:
        return ""
    return f"over {decimal_text(months)} month{'' if months == 1 else 's'}"


def _keys(costs: Iterable[Cost], titles: Titles) -> dict[str, Key]:
    """Every line's name with a letter, in the order first met."""
    names = dict.fromkeys(ledger.line_name(line, cost) for cost in costs for line in cost.lines)
    return {
        name: Key(_letter(number), number % _SERIES + 1, titles.value(name))
        for number, name in enumerate(names)
    }


def _letter(number: int) -> str:
    """A … Z, then A2, B2 …"""
    turn, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(turn + 1) if turn else "")


def _chart(
    formula: str, costs: Sequence[tuple[str, Cost]], shown: str | None, titles: Titles
) -> Chart:
    keys = _keys((cost for _, cost in costs), titles)
    widest = max((_longest(cost) for _, cost in costs), default=Fraction(0))
    # Room at the right for an open end.
    scale = rounded_up(widest * Fraction(21, 20)) if widest > 0 else Fraction(1)
    bars = tuple(_bar(name, cost, keys, scale, shown, titles) for name, cost in costs)
    used = {piece.key for bar in bars for piece in bar.pieces}
    first = costs[0][1]
    months = {cost.months for _, cost in costs}
    return Chart(
        formula=titles.value(formula),
        over=over(first.months) if len(months) == 1 else "",
        currency=first.currency,
        bars=bars,
        keys=tuple(key for key in keys.values() if key.key in used),
        last=f"{decimal_text(scale)} {first.currency}" if widest > 0 else "",
    )


def _longest(cost: Cost) -> Fraction:
    known = sum((max(line.low, Fraction(0)) for line in cost.lines), Fraction(0))
    return max(known, cost.high or Fraction(0))


def _bar(
    name: str,
    cost: Cost,
    keys: dict[str, Key],
    scale: Fraction,
    shown: str | None,
    titles: Titles,
) -> Bar:
    known = sum((line.low for line in cost.lines), Fraction(0))
    pieces = []
    at = Fraction(0)
    # Where a line is a saving, the lines do not stand side by side: one piece for their sum.
    if all(line.low >= 0 for line in cost.lines):
        for line in cost.lines:
            if line.low > 0:
                key = keys[ledger.line_name(line, cost)]
                width = line.low / scale
                middle = hundredths((at + line.low / 2) / scale)
                pieces.append(
                    Piece(
                        key=key.key,
                        series=key.series,
                        start=hundredths(at / scale),
                        width=hundredths(width),
                        middle=middle,
                        wide=width >= Fraction(1, 25),
                    )
                )
                at += line.low
    elif known > 0:
        pieces.append(
            Piece(
                key="",
                series=0,
                start="0%",
                width=hundredths(known / scale),
                middle="0%",
                wide=False,
            )
        )
        at = known
    reach = None
    if not cost.missing and cost.high is not None and cost.high > at:
        reach = (
            hundredths(at / scale),
            hundredths((cost.high - at) / scale),
            hundredths(cost.high / scale),
        )
    open_ = bool(cost.missing) or cost.high is None
    return Bar(
        name=titles.answer(name) if name == cost.outcome else name,
        shown=shown is not None and cost.outcome == shown,
        amount=brief.cost_text(cost) if cost.missing else amount(cost),
        pieces=tuple(pieces),
        reach=reach,
        open=open_,
        missing=lacking(cost.missing),
        wider=cost.wider,
    )


def _ledger(
    costs: Sequence[Cost], shown: bool, refs: Refs, manifest: str, titles: Titles
) -> Ledger:
    cost = costs[0]
    keys = _keys(costs, titles)
    known = [line for line in cost.lines if not ledger.is_missing(line)]
    places = ledger.decimals([end for line in known for end in (line.low, line.high)])
    spans = dict.fromkeys(source for line in cost.lines for source in line.sources if source.counts)
    of = f" of {titles.answer(cost.outcome)}" if cost.outcome else ""
    return Ledger(
        title=" ".join(part for part in (f"Cost{of}", over(cost.months)) if part),
        formula=" and ".join(titles.value(each.formula) for each in costs),
        outcome=titles.answer(cost.outcome),
        over=over(cost.months),
        currency=cost.currency,
        shown=shown,
        spans=tuple(_source(source, refs, manifest) for source in spans),
        rows=tuple(_row(line, cost, keys, places, refs, manifest) for line in cost.lines),
        total=ledger.total(cost, places),
        missing=missing(cost),
        wider=cost.wider,
        elsewhere=tuple(ledger.elsewhere(cost)),
        uncertain=tuple(spans_of(said) for said in ledger.uncertain(cost, _MOST)),
        refs=refs(ref for each in costs for ref in each.refs),
    )


def _row(
    line: CostLine,
    cost: Cost,
    keys: dict[str, Key],
    places: int,
    refs: Refs,
    manifest: str,
) -> Row:
    key = keys[ledger.line_name(line, cost)]
    needs = ledger.waits_for(line, cost)
    unknown = ledger.is_missing(line)
    each = f"{ledger.money_range(line.each_low, line.each_high)} {line.per or cost.currency}"
    made = ledger.made_of(line, True)
    sources = [_source(source, refs, manifest) for source in made]
    if not sources and not (unknown and needs):
        sources = [
            Source(
                name=words.line_origin(line.origin),
                value="",
                kind="",
                place=told(line.place, manifest),
                refs=refs(line.refs),
            )
        ]
    return Row(
        key=key.key,
        series=key.series,
        name=key.name,
        amount="unknown" if unknown else ledger.money_range(line.low, line.high, places),
        known=not unknown,
        sum="" if unknown or line.count == 1 else f"{decimal_text(line.count)} × {each}",
        sources=tuple(sources),
        worked=tuple(_worked(each, refs, manifest) for each in line.reckonings),
        needs=gathered(needs) if needs else "",
    )


def _worked(each: Reckoning, refs: Refs, manifest: str) -> Calculation:
    made = worked(each)
    return Calculation(
        name=made.name,
        text=made.text,
        sums=tuple((sum_.text, told(sum_.place, manifest), refs(sum_.refs)) for sum_ in made.sums),
        value=made.value,
        place=told(made.place, manifest),
        refs=refs(made.refs),
    )


#: What a reader must know of a source besides; what is stated, and a price, go without saying.
_KINDS = {
    SourceKind.ESTIMATE: "estimate",
    SourceKind.ASSUMED: "assumed",
    SourceKind.COMPUTED: "computed",
    SourceKind.POLICY: "set by the policy",
}


def _source(source: CostSource, refs: Refs, manifest: str) -> Source:
    return Source(
        name=words.source_name(source),
        value=words.source_value(source),
        kind=_KINDS.get(source.kind, ""),
        place=told(source.place, manifest),
        refs=refs(source.refs),
    )
