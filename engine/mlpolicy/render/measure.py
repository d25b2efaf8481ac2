"""Measurements as text, JSON, and as entries of a manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.core.show import decimal_text
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.manifest.write import word
from mlpolicy.measure import (
    LEVEL_PCT,
    SEPARATORS,
    Bar,
    Bounds,
    Entry,
    Figure,
    Figures,
    Interval,
    Kind,
    Measured,
    Metric,
    Share,
    in_percent,
    stated,
)
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, columns, dim, finish, green, pad, red, wrap, yellow

#: What the JSON document of this command says it is.
SCHEMA = "mlpolicy/measure/v1"

_UNDEFINED = "not defined"
_WIDEST = 32


@dataclass(frozen=True, slots=True)
class Named:
    """What an entry says beside the figure; `measured_on` is an ISO date."""

    system: str
    dataset: str
    measured_on: str


def measured_text(
    measured: Measured | Figures,
    bar: Bar | None,
    entry: str,
    *,
    positive: str = "",
    written: str = "",
    offered: bool = True,
    width: int = 100,
    color: bool = False,
) -> str:
    """The figures, the bar if there is one, and the entry to paste (empty: none), or what has
    been `written`. `positive` is the class that the bar may be about. Where there is no entry, it
    is said how to get one if that is `offered`."""
    mark = SEPARATORS[measured.separator]
    lines = wrap(
        f"{bold(measured.file)}  {_many(measured.rows, 'row')}, {mark}-separated; "
        f"{_columns(measured)}",
        width,
        "",
        "  ",
    )
    lines += [f"  {dim(measured.digest)}", ""]
    if isinstance(measured, Figures):
        lines += _figures(measured, bar, width)
    else:
        lines += _labels(measured, bar, positive, width)
    if written:
        lines += ["", *wrap(written, width, "", "  ")]
    elif entry:
        lines += ["", "to be pasted into a manifest:", "", *entry.splitlines()]
    elif offered:
        lines += ["", "with `--system NAME` this becomes an entry for a manifest"]
    return finish("\n".join(lines) + "\n", color=color)


def measurements_yaml(entries: Sequence[Entry], measured: Measured | Figures, named: Named) -> str:
    """The entries as a manifest has them."""
    lines = ["measurements:"]
    for entry in entries:
        for number, (key, value) in enumerate(_fields(entry, measured, named)):
            lines.append(f"  {'  ' if number else '- '}{key}: {value}")
    return finish("\n".join(lines) + "\n", color=False)


def measured_json(
    measured: Measured | Figures,
    bar: Bar | None,
    entries: Sequence[Entry],
    diagnostics: Sequence[Diagnostic],
    named: Named,
) -> str:
    """The document `mlpolicy/measure/v1`: what was measured, beside the bar that it is compared
    with, and the entries for a manifest."""
    kind = measured.kind if isinstance(measured, Figures) else Kind.LABELS
    return value_json(
        {
            "schema": SCHEMA,
            "file": measured.file,
            "digest": measured.digest,
            "separator": SEPARATORS[measured.separator],
            "kind": kind.value,
            **(
                _figures_value(measured)
                if isinstance(measured, Figures)
                else _labels_value(measured)
            ),
            "bar": None if bar is None else _bar_value(bar),
            "measurements": [
                {
                    "system": named.system,
                    "metric": entry.metric.value,
                    "value_pct" if entry.metric.is_percentage else "value": entry.value,
                    **({"slice": f"class={entry.label}"} if entry.label else {}),
                    **(
                        {
                            "confidence_interval": {
                                "low": entry.interval.low,
                                "high": entry.interval.high,
                                "level_pct": LEVEL_PCT,
                            }
                        }
                        if entry.interval
                        else {}
                    ),
                    "sample_size": entry.sample_size,
                    "measured_on": named.measured_on,
                    "dataset": named.dataset,
                    "source": _source(measured),
                }
                for entry in entries
                if named.system
            ],
            "diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics],
        }
    )


# ── Text ─────────────────────────────────────────────────────────────────────────────────

#: What the column of an option is.
_ROLES = {
    "--truth": "the truth",
    "--predicted": "the prediction",
    "--query": "the query",
    "--rank": "the rank",
}
_UNITS = {Metric.WER: "word", Metric.CER: "character"}


def _columns(measured: Measured | Figures) -> str:
    if isinstance(measured, Measured):
        return f"`{measured.truth}` is the truth, `{measured.predicted}` the prediction"
    first, *others = (f"`{one.name}` is {_ROLES[one.option]}" for one in measured.columns)
    return ", ".join((first, *(other.replace(" is ", " ", 1) for other in others)))


def _figures(measured: Figures, bar: Bar | None, width: int) -> list[str]:
    """A line for each figure, the bar, and that there is no interval."""
    lines = []
    wide = max(len(one.metric.value) for one in measured.figures)
    for one in measured.figures:
        value = bold(_figure(one.metric, one.bounds))
        over = _over(one, measured)
        lines += wrap(f"{one.metric.value.ljust(wide)}  {value}  {over}", width, "", "  ")
        if bar is not None and bar.metric is one.metric:
            lines += wrap(_plain_bar(bar), width, "", "  ")
    better = "lower" if measured.figures[0].metric.lower_is_better else "higher"
    text = f"{better} is better; no interval is given: Wilson's is for shares of rows only"
    return [*lines, *wrap(text, width, "", "  ")]


def _over(figure: Figure, measured: Figures) -> str:
    """What a figure is over."""
    if figure.part is not None and figure.whole is not None:
        words = _many(figure.whole, _UNITS[figure.metric])
        return f"{_many(figure.part, 'edit')} in {words}"
    if measured.kind is Kind.RANKINGS:
        queries = "1 query" if figure.sample_size == 1 else f"{figure.sample_size:,} queries"
        first = "" if measured.at is None else f", the first {_many(measured.at, 'row')} of each"
        return f"over {queries}{first}"
    if measured.kind is Kind.SCORES:
        return f"a high score speaks for {_class(measured.positive)}"
    return f"over {_many(figure.sample_size, 'row')}"


def _figure(metric: Metric, bounds: Bounds) -> str:
    """A figure as its entry has it: rounded to the worse side, never over a missed bar."""
    value = stated(metric, bounds.high if metric.lower_is_better else bounds.low)
    return f"{decimal_text(value)} %" if metric.is_percentage else decimal_text(value)


def _plain_bar(bar: Bar) -> str:
    """A bar beside a figure without an interval."""
    value = (
        f"{decimal_text(bar.bar * 100)} %" if bar.metric.is_percentage else decimal_text(bar.bar)
    )
    lower = bar.metric.lower_is_better
    match bar.met:
        case True:
            said = f"{green('met')}: {bar.metric.value} is at {'most' if lower else 'least'} that"
        case False:
            said = f"{red('missed')}: {bar.metric.value} is {'above' if lower else 'below'} it"
        case None:
            said = f"{yellow('not known')}: {bar.metric.value} is too near to it to be told apart"
    return f"bar {value}  {said}"


def _labels(measured: Measured, bar: Bar | None, positive: str, width: int) -> list[str]:
    share = measured.accuracy
    of = f"{share.part:,} of {share.whole:,}"
    lines = [f"accuracy  {bold(_percent(share.value))}  {_range(share.interval)}  {of}"]
    if bar is not None and bar.metric is Metric.ACCURACY:
        lines += wrap(_bar(share, bar), width, "", "  ")
    lines += ["", *_table(measured)]
    undefined = any(
        figure.value is None for one in measured.classes for figure in (one.precision, one.recall)
    )
    if undefined:
        text = f"{_UNDEFINED}: no row is of that class, or none is predicted to be"
        lines += wrap(text, width, "", "  ")
    lines += wrap(f"ranges are {LEVEL_PCT} % Wilson intervals", width)
    if bar is not None and bar.metric.of_a_class:
        (one,) = (one for one in measured.classes if one.label == positive)
        shares = {Metric.PRECISION: one.precision, Metric.RECALL: one.recall}
        of_one = shares.get(bar.metric)
        value = _percent(one.f1) if of_one is None else _percent(of_one.value)
        compared = _plain_bar(bar) if of_one is None else _bar(of_one, bar)
        head = f"{bar.metric.value} of {_class(positive)}  {bold(value)}"
        lines += ["", head, *wrap(compared, width, "", "  ")]
    return lines


def _table(measured: Measured) -> list[str]:
    """A row for each class, then the two averages."""
    head = ("class", "true", "predicted", "precision", "", "recall", "", "F1")
    rows: list[tuple[str, ...]] = [head]
    for one in measured.classes:
        rows.append(
            (
                _class(one.label),
                f"{one.support:,}",
                f"{one.predicted:,}",
                _percent(one.precision.value),
                _range(one.precision.interval),
                _percent(one.recall.value),
                _range(one.recall.interval),
                _percent(one.f1),
            )
        )
    for average in measured.averages:
        figures = (_percent(average.precision), "", _percent(average.recall), "")
        rows.append((f"{average.name} average", "", "", *figures, _percent(average.f1)))
    wide = [max(columns(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(map(pad, row, wide)).rstrip() for row in rows]


def _class(label: str) -> str:
    """A label as it can stand in a table: in quotes where it would not be seen as it is."""
    if label != label.strip() or not label.isprintable():
        label = json.dumps(label, ensure_ascii=False)
    return label if columns(label) <= _WIDEST else f"{label[: _WIDEST - 1]}…"


def _bar(share: Share, bar: Bar) -> str:
    """`bar 85 %  the interval holds it: …`"""
    stated = f"{decimal_text(bar.bar * 100)} %"
    head = f"bar {stated}  "
    if bar.needed is None:
        return f"{head}{green('met')}, exactly: no sample, however large, would tell the two apart"
    if not bar.straddled:
        return f"{head}{green('met') if bar.met else red('missed')}: the interval lies {_side(bar)}"
    more = _many(bar.needed - share.whole, "more row")
    return (
        f"{head}{'met' if bar.met else 'missed'}, {yellow('but the interval holds it')}: to tell "
        f"{_percent(share.value)} from {stated} takes {_many(bar.needed, 'row')}, {more}"
    )


def _side(bar: Bar) -> str:
    return "above it" if bar.met else "below it"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def _percent(share: Fraction | None) -> str:
    return _UNDEFINED if share is None else f"{_places(share * 100)} %"


def _range(interval: Interval | None) -> str:
    if interval is None:
        return ""
    shown = in_percent(interval)
    return f"{_places(shown.low)} .. {_places(shown.high)} %"


def _places(number: Fraction) -> str:
    """Two decimals, half away from zero: for show."""
    cents = (number * 200 + 1).__floor__() // 2
    return f"{cents // 100}.{cents % 100:02}"


# ── Entries ──────────────────────────────────────────────────────────────────────────────


def _fields(entry: Entry, measured: Measured | Figures, named: Named) -> Iterator[tuple[str, str]]:
    yield "system", _word(named.system)
    yield "metric", entry.metric.value
    key = "value_pct" if entry.metric.is_percentage else "value"
    yield key, decimal_text(entry.value, grouped=False)
    if entry.label:
        yield "slice", _word(f"class={entry.label}")
    if entry.interval is not None:
        low = decimal_text(entry.interval.low, grouped=False)
        high = decimal_text(entry.interval.high, grouped=False)
        yield "confidence_interval", f"{{low: {low}, high: {high}, level_pct: {LEVEL_PCT}}}"
    yield "sample_size", str(entry.sample_size)
    yield "measured_on", f'"{named.measured_on}"'
    yield "dataset", _word(named.dataset)
    yield "source", _word(_source(measured))


def _source(measured: Measured | Figures) -> str:
    at = f" --k {measured.at}" if isinstance(measured, Figures) and measured.at else ""
    return f"mlpolicy measure {measured.file}{at}, {measured.digest}"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]*[A-Za-z0-9]")


def _word(text: str) -> str:
    """Text as every YAML reader takes it for text."""
    if _PLAIN.fullmatch(text) and text.casefold() not in ("true", "false", "null", "yes", "no"):
        return text
    return word(text)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────


def _figures_value(measured: Figures) -> dict[str, Json]:
    return {
        "columns": {one.option.removeprefix("--"): one.name for one in measured.columns},
        "rows": measured.rows,
        "positive": measured.positive or None,
        "k": measured.at,
        "figures": [
            {
                "metric": one.metric.value,
                "percent": one.metric.is_percentage,
                "low": _rounded(one.metric, one.bounds.low, -1),
                "high": _rounded(one.metric, one.bounds.high, 1),
                "lower_is_better": one.metric.lower_is_better,
                "part": one.part,
                "whole": one.whole,
                "sample_size": one.sample_size,
            }
            for one in measured.figures
        ],
    }


def _rounded(metric: Metric, number: Fraction, side: int) -> Fraction:
    """In percent or as an amount, with twelve decimals, downwards (-1) or upwards (1)."""
    scaled = (number * 100 if metric.is_percentage else number) * 10**12
    whole = -((-scaled).__floor__()) if side > 0 else scaled.__floor__()
    return Fraction(whole, 10**12)


def _labels_value(measured: Measured) -> dict[str, Json]:
    return {
        "truth": measured.truth,
        "predicted": measured.predicted,
        "rows": measured.rows,
        "accuracy": _share(measured.accuracy),
        "classes": [
            {
                "label": one.label,
                "true": one.support,
                "predicted": one.predicted,
                "hits": one.hits,
                "precision": _share(one.precision),
                "recall": _share(one.recall),
                "f1_pct": one.f1 * 100,
            }
            for one in measured.classes
        ],
        "averages": {
            average.name: {
                "precision_pct": _hundred(average.precision),
                "recall_pct": _hundred(average.recall),
                "f1_pct": _hundred(average.f1),
            }
            for average in measured.averages
        },
    }


def _bar_value(bar: Bar) -> Json:
    return {
        "metric": bar.metric.value,
        "bar_pct" if bar.metric.is_percentage else "bar": (
            bar.bar * 100 if bar.metric.is_percentage else bar.bar
        ),
        "met": bar.met,
        "straddled": bar.straddled,
        "needed": bar.needed,
    }


def _share(share: Share) -> Json:
    interval = share.interval
    return {
        "pct": _hundred(share.value),
        "low_pct": None if interval is None else interval.low * 100,
        "high_pct": None if interval is None else interval.high * 100,
        "part": share.part,
        "whole": share.whole,
    }


def _hundred(share: Fraction | None) -> Fraction | None:
    return None if share is None else share * 100
