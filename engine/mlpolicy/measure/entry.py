"""The entry of a manifest: what a measurement states there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.measure.labels import Measured
from mlpolicy.measure.shares import Interval, down, in_percent
from mlpolicy.suggest import listing, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a manifest states of a measurement, in percent. `sample_size` is the number of rows that
    the figure is a share of; of F1, those of its class."""

    metric: str
    value_pct: Fraction
    interval: Interval | None
    sample_size: int
    label: str = ""


def entries(
    measured: Measured, positive: str = ""
) -> tuple[tuple[Entry, ...], tuple[Diagnostic, ...]]:
    """The accuracy, and with a `positive` class its precision, recall and F1; what cannot be stated
    is reported."""
    shares = [("accuracy", measured.accuracy, "")]
    found: list[Entry] = []
    faults: list[Diagnostic] = []
    one = next((one for one in measured.classes if one.label == positive), None)
    if one is not None:
        shares += [("precision", one.precision, positive), ("recall", one.recall, positive)]
    elif positive:
        close = nearest(positive, measured.labels)
        named = listing(f"`{label}`" for label in measured.labels)
        help = f"did you mean `{close}`?" if close else f"the labels are {named}"
        message = f"no row is, or is predicted to be, `{positive}`"
        return (), (about("MLP1012", message, measured.file, help=help),)
    for metric, share, label in shares:
        if share.value is None:
            message = f"{metric} of `{label}` is not defined: it would divide by nothing"
            faults.append(_unfit(message, measured, "measure on cases of this class"))
            continue
        within = share.interval
        assert within is not None
        value = down(share.value * 100, 4)
        found.append(
            Entry(
                metric=metric,
                value_pct=value,
                interval=in_percent(within),
                sample_size=share.whole,
                label=label,
            )
        )
    if one is not None:
        found.append(
            Entry(
                metric="f1",
                value_pct=down(one.f1 * 100, 4),
                interval=None,
                sample_size=one.support,
                label=positive,
            )
        )
    for entry in found:
        if 0 < entry.value_pct <= 1:
            message = f"{entry.metric} is 1 % or less, which a manifest reads as a fraction"
            faults.append(_unfit(message, measured, "are the columns the right way round?"))
    return tuple(e for e in found if not 0 < e.value_pct <= 1), tuple(faults)


def _unfit(message: str, measured: Measured, help: str) -> Diagnostic:
    return about("MLP1013", message, measured.file, help=help, severity=Severity.WARNING)
