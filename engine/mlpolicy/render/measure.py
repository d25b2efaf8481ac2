"""Measurements as text, JSON, and as entries of a manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from mlpolicy.core.show import decimal_text
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.manifest.write import word
from mlpolicy.measure import (
    LEVEL_PCT,
    SEPARATORS,
    Bar,
    Entry,
    Interval,
    Measured,
    Share,
    in_percent,
)
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, columns, dim, finish, green, pad, red, wrap, yellow

#: What the JSON document of this command says it is.
SCHEMA = "mlpolicy/measure/v1"

_UNDEFINED = "not defined"
_WIDEST = 32


def measured_text(
    measured: Measured,
    bar: Bar | None,
    entry: str,
    *,
    written: str = "",
    width: int = 100,
    color: bool = False,
) -> str:
    """The figures, the bar if there is one, and the entry to paste (empty: none), or what has
    been `written`."""
    share = measured.accuracy
    mark = SEPARATORS[measured.separator]
    what = f"`{measured.truth}` is the truth, `{measured.predicted}` the prediction"
    lines = wrap(
        f"{bold(measured.file)}  {_many(measured.rows, 'row')}, {mark}-separated; {what}",
        width,
        "",
        "  ",
    )
    lines.append(f"  {dim(measured.digest)}")
    of = f"{share.part:,} of {share.whole:,}"
    lines += ["", f"accuracy  {bold(_percent(share.value))}  {_range(share.interval)}  {of}"]
    if bar is not None:
        lines += wrap(_bar(share, bar), width, "", "  ")
    lines += ["", *_table(measured)]
    undefined = any(
        figure.value is None for one in measured.classes for figure in (one.precision, one.recall)
    )
    if undefined:
        text = f"{_UNDEFINED}: no row is of that class, or none is predicted to be"
        lines += wrap(text, width, "", "  ")
    lines += wrap(f"ranges are {LEVEL_PCT} % Wilson intervals", width)
    if written:
        lines += ["", *wrap(written, width, "", "  ")]
    elif entry:
        lines += ["", "to be pasted into the workload of a manifest:", "", *entry.splitlines()]
    else:
        lines += ["", "with `--system NAME` this becomes an entry for a manifest"]
    return finish("\n".join(lines) + "\n", color=color)


def measurements_yaml(
    entries: Sequence[Entry], measured: Measured, *, system: str, dataset: str, measured_on: str
) -> str:
    """The entries as a manifest has them."""
    lines = ["measurements:"]
    for entry in entries:
        for number, (key, value) in enumerate(
            _fields(entry, measured, system, dataset, measured_on)
        ):
            lines.append(f"  {'  ' if number else '- '}{key}: {value}")
    return finish("\n".join(lines) + "\n", color=False)


def measured_json(
    measured: Measured,
    bar: Bar | None,
    entries: Sequence[Entry],
    diagnostics: Sequence[Diagnostic],
    *,
    system: str,
    dataset: str,
    measured_on: str,
) -> str:
    """The document `mlpolicy/measure/v1`: what was measured, beside the bar that the policy sets,
    with the entries for a manifest."""
    return value_json(
        {
            "schema": SCHEMA,
            "file": measured.file,
            "digest": measured.digest,
            "separator": SEPARATORS[measured.separator],
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
            "bar": None
            if bar is None
            else {
                "bar_pct": bar.bar * 100,
                "met": bar.met,
                "straddled": bar.straddled,
                "needed": bar.needed,
            },
            "measurements": [
                {
                    "system": system,
                    "metric": entry.metric,
                    "value_pct": entry.value_pct,
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
                    "measured_on": measured_on,
                    "dataset": dataset,
                    "source": _source(measured),
                }
                for entry in entries
                if system
            ],
            "diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics],
        }
    )


# ── Text ─────────────────────────────────────────────────────────────────────────────────


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


def _fields(
    entry: Entry, measured: Measured, system: str, dataset: str, measured_on: str
) -> Iterator[tuple[str, str]]:
    yield "system", _word(system)
    yield "metric", entry.metric
    yield "value_pct", decimal_text(entry.value_pct, grouped=False)
    if entry.label:
        yield "slice", _word(f"class={entry.label}")
    if entry.interval is not None:
        low = decimal_text(entry.interval.low, grouped=False)
        high = decimal_text(entry.interval.high, grouped=False)
        yield "confidence_interval", f"{{low: {low}, high: {high}, level_pct: {LEVEL_PCT}}}"
    yield "sample_size", str(entry.sample_size)
    yield "measured_on", f'"{measured_on}"'
    yield "dataset", _word(dataset)
    yield "source", _word(_source(measured))


def _source(measured: Measured) -> str:
    return f"mlpolicy measure {measured.file}, {measured.digest}"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]*[A-Za-z0-9]")


def _word(text: str) -> str:
    """Text as every YAML reader takes it for text."""
    if _PLAIN.fullmatch(text) and text.casefold() not in ("true", "false", "null", "yes", "no"):
        return text
    return word(text)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────


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
