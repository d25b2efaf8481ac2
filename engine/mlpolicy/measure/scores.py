"""Tables of scores: how well they put one of two classes before the other."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from mlpolicy.characters import clean
from mlpolicy.measure.exact import exactly
from mlpolicy.measure.figures import Figure
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.numbers import Numbers
from mlpolicy.measure.table import Role, Table, is_no_value
from mlpolicy.suggest import listing, nearest

#: Different scores of a table at most.
MOST_SCORES = 1_000_000

ROLES = (
    Role(
        option="--truth",
        says="the true label",
        usual=("label", "truth", "y_true", "true", "class", "target", "actual"),
    ),
    Role(
        option="--predicted",
        says="the score",
        usual=(
            "score",
            "scores",
            "probability",
            "prob",
            "proba",
            "y_score",
            "confidence",
            "predicted",
        ),
    ),
)

#: Pairs of labels of which the second is the positive one.
_PAIRS = (
    ("0", "1"),
    ("false", "true"),
    ("no", "yes"),
    ("f", "t"),
    ("n", "y"),
    ("negative", "positive"),
)


def measured(
    table: Table, roles: tuple[Role, ...], positive: str
) -> tuple[tuple[Figure, ...], str]:
    """The area under the ROC curve, and the positive label: of all pairs of a positive and a
    negative row, the share in which the positive has the higher score; equal scores count half."""
    numbers = Numbers(table)
    counts: dict[Decimal, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for line, (cell, text) in table.rows(roles):
        label = cell.strip()
        if is_no_value(label):
            message = f"`{clean(label)}` in `{table.columns[0]}` says that there is no label"
            table.row_fault("MLP1005", message, line, "fill it in, or take the row out")
            continue
        score = numbers.read(text, table.columns[1], line)
        if score is None:
            continue
        totals[label] = totals.get(label, 0) + 1
        if len(totals) > 2:
            named = listing(f"`{clean(one[:40])}`" for one in totals)
            message = f"auc is about two classes, and `{table.columns[0]}` has more: {named}"
            table.refuse("MLP1018", message, "name the column of the label with `--truth`")
        here = counts.setdefault(score, {})
        here[label] = here.get(label, 0) + 1
        if len(counts) > MOST_SCORES:
            message = f"more than {MOST_SCORES:,} different scores"
            table.refuse("MLP1007", message, "measure a sample of the rows")
    if table.faults:
        return (), ""
    numbers.doubts()
    if len(totals) < 2:
        message = f"every row is truly `{clean(next(iter(totals))[:40])}`: auc compares two classes"
        table.refuse("MLP1018", message, "measure on cases of both classes")
    true = _positive(table, tuple(totals), positive)
    (other,) = (label for label in totals if label != true)
    twice = below = 0
    for score in sorted(counts):
        hits, misses = counts[score].get(true, 0), counts[score].get(other, 0)
        twice += hits * (2 * below + misses)
        below += misses
    area = Fraction(twice, 2 * totals[true] * totals[other])
    rows = sum(totals.values())
    return (Figure(metric=Metric.AUC, bounds=exactly(area), sample_size=rows),), true


def _positive(table: Table, labels: tuple[str, ...], positive: str) -> str:
    named = " or ".join(f"`{clean(label[:40])}`" for label in sorted(labels))
    if positive in labels:
        return positive
    if positive:
        close = nearest(positive, labels)
        help = f"did you mean `{close}`?" if close else f"it is {named}"
        table.refuse("MLP1012", f"no row is `{positive}`", help)
    folded = {label.casefold(): label for label in labels}
    known = next((pair for pair in _PAIRS if folded.keys() == set(pair)), None)
    if known is None:
        message = f"which label does a high score speak for, {named}?"
        table.refuse("MLP1012", message, "say so with `--positive LABEL`")
    return folded[known[1]]
