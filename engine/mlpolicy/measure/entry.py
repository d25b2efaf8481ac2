"""The entry of a manifest: what a measurement states there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.measure.figures import Figures
from mlpolicy.measure.labels import Measured
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.shares import Interval, Share, down, in_percent
from mlpolicy.suggest import listing, nearest

#: The largest amount that a manifest states.
_MOST = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a manifest states of a measurement, in percent or in the unit of the amounts.

    `sample_size` is the number of rows or queries that the figure is over; of precision and recall,
    of the rows that it is a share of; of F1, those of its class.
    """

    metric: Metric
    value: Fraction
    interval: Interval | None
    sample_size: int
    label: str = ""


def stated(metric: Metric, figure: Fraction) -> Fraction:
    """A figure as an entry has it: in percent with four decimals, or an amount with six. It is
    rounded to the worse side: down where more is better, up where less is."""
    value, places = (figure * 100, 4) if metric.is_percentage else (figure, 6)
    return -down(-value, places) if metric.lower_is_better else down(value, places)


def entries(
    measured: Measured, positive: str = "", metrics: tuple[Metric, ...] = ()
) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    """The accuracy, and with a `positive` class its precision, recall and F1; of these only
    `metrics` where some are named. What cannot be stated is reported."""
    shares: list[tuple[Metric, Share, str]] = [(Metric.ACCURACY, measured.accuracy, "")]
    found: list[Entry] = []
    faults: list[Diagnostic] = []
    one = next((one for one in measured.classes if one.label == positive), None)
    if one is not None:
        shares.append((Metric.PRECISION, one.precision, positive))
        shares.append((Metric.RECALL, one.recall, positive))
    elif positive:
        close = nearest(positive, measured.labels)
        named = listing(f"`{label}`" for label in measured.labels)
        help = f"did you mean `{close}`?" if close else f"the labels are {named}"
        message = f"no row is, or is predicted to be, `{positive}`"
        return (), (about("MLP1012", message, measured.file, help=help),)
    for metric, share, label in shares:
        if metrics and metric not in metrics:
            continue
        if share.value is None:
            message = f"{metric.value} of `{label}` is not defined: it would divide by nothing"
            faults.append(_unfit(message, measured.file, "measure on cases of this class"))
            continue
        within = share.interval
        assert within is not None
        found.append(
            Entry(
                metric=metric,
                value=stated(metric, share.value),
                interval=in_percent(within),
                sample_size=share.whole,
                label=label,
            )
        )
    if one is not None and (not metrics or Metric.F1 in metrics):
        found.append(
            Entry(
                metric=Metric.F1,
                value=stated(Metric.F1, one.f1),
                interval=None,
                sample_size=one.support,
                label=positive,
            )
        )
    return _fit(found, faults, measured.file)


def figure_entries(figures: Figures) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    """The figures of any other table; what cannot be stated is reported."""
    found = [
        Entry(
            metric=one.metric,
            value=stated(
                one.metric,
                one.bounds.high if one.metric.lower_is_better else one.bounds.low,
            ),
            interval=None,
            sample_size=one.sample_size,
        )
        for one in figures.figures
    ]
    return _fit(found, [], figures.file)


def _fit(
    found: list[Entry], faults: list[Diagnostic], file: str
) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    fit = []
    for entry in found:
        name = entry.metric.value
        if not entry.metric.is_percentage and entry.value > _MOST:
            message = f"{name} is larger than any amount in a manifest"
            faults.append(_unfit(message, file, "measure in a larger unit"))
        elif entry.metric.is_percentage and entry.value > 100:
            message = f"{name} is above 100 %, which no percentage in a manifest is"
            faults.append(_unfit(message, file, "are the columns the right way round?"))
        elif not entry.metric.lower_is_better and 0 < entry.value <= 1:
            message = f"{name} is 1 % or less, which a manifest reads as a fraction"
            faults.append(_unfit(message, file, "are the columns the right way round?"))
        else:
            fit.append(entry)
    return tuple(fit), tuple(faults)


def _unfit(message: str, file: str, help: str) -> Diagnostic:
    return about("MLP1013", message, file, help=help, severity=Severity.WARNING)
