"""Tables of labels: the true and the predicted class of each row, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from unicodedata import normalize

from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.measure import amounts, rankings, scores, transcripts
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.shares import Share
from mlpolicy.measure.table import NoColumnError, RefusedError, Role, Table, is_no_value
from mlpolicy.suggest import nearest

#: Classes of a table at most.
MOST_LABELS = 1_000

_TRUE = ("label", "truth", "true", "true_label", "y_true", "actual", "expected", "gold")
_SAID = ("predicted", "prediction", "predicted_label", "y_pred", "answer", "output")


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: how often it is true (`support`), predicted, and both (`hits`)."""

    label: str
    support: int
    predicted: int
    hits: int

    @property
    def precision(self) -> Share:
        """Of the rows predicted so, how many are."""
        return Share(self.hits, self.predicted)

    @property
    def recall(self) -> Share:
        """Of the rows that are so, how many are predicted."""
        return Share(self.hits, self.support)

    @property
    def f1(self) -> Fraction:
        """2·hits / (support + predicted): the harmonic mean of precision and recall where both
        exist, and 0 for a class that is true and never predicted, or the other way round."""
        return Fraction(2 * self.hits, self.support + self.predicted)


@dataclass(frozen=True, slots=True)
class Average:
    """Precision, recall and F1 over all classes; None where a class lacks the figure."""

    name: str
    precision: Fraction | None
    recall: Fraction | None
    f1: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A table with its counts. `counts` are rows by (truth, predicted); `separator` is the sign
    between cells; `digest` is that of the file's bytes."""

    file: str
    digest: str
    separator: str
    truth: str
    predicted: str
    counts: Mapping[tuple[str, str], int]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(self.counts.values())

    @property
    def accuracy(self) -> Share:
        """The share of rows whose prediction is the truth."""
        return Share(sum(n for (true, said), n in self.counts.items() if true == said), self.rows)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that is true or predicted of some row, in alphabetical order."""
        return tuple(sorted({label for pair in self.counts for label in pair}))

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        """The figures of each class, in the order of the labels."""
        support: Counter[str] = Counter()
        predicted: Counter[str] = Counter()
        for (true, said), number in self.counts.items():
            support[true] += number
            predicted[said] += number
        return tuple(
            ClassFigures(
                label, support[label], predicted[label], self.counts.get((label, label), 0)
            )
            for label in self.labels
        )

    @property
    def averages(self) -> tuple[Average, Average]:
        """`macro`: every class counts the same. `weighted`: by how often it is true."""
        classes = self.classes
        even = [Fraction(1, len(classes))] * len(classes)
        often = [Fraction(one.support, self.rows) for one in classes]
        return _average("macro", classes, even), _average("weighted", classes, often)


def _average(name: str, classes: tuple[ClassFigures, ...], weights: list[Fraction]) -> Average:
    def over(shares: Iterable[Share]) -> Fraction | None:
        total = Fraction(0)
        for share, weight in zip(shares, weights, strict=True):
            if not weight:
                continue  # a class that counts for nothing may lack the figure
            if share.value is None:
                return None
            total += share.value * weight
        return total

    f1 = sum((one.f1 * weight for one, weight in zip(classes, weights, strict=True)), Fraction(0))
    precision = over(one.precision for one in classes)
    recall = over(one.recall for one in classes)
    return Average(name, precision, recall, f1)


def measure(
    stream: Iterable[bytes], file: str, *, truth: str = "", predicted: str = ""
) -> tuple[Measured | None, tuple[Diagnostic, ...]]:
    """Measures a table, which is read once and not kept; or says what is wrong with it.

    `stream` gives the file's bytes in pieces of any size; `file` is what messages print,
    `truth` and `predicted` are the names of two columns; an empty one is known by its usual names.
    """
    table = Table(stream, file)
    roles = (
        Role(option="--truth", column=truth, says="the truth", usual=_TRUE),
        Role(option="--predicted", column=predicted, says="the prediction", usual=_SAID),
    )
    try:
        return _measured(table, roles)
    except RefusedError as refused:
        fault = refused.diagnostic
        other = None if truth or predicted else _other_kind(table.names)
        if isinstance(refused, NoColumnError) and other is not None:
            fault = replace(fault, help=f"the columns are those of `--metric {other.value}`")
        return None, (*table.diagnostics(), fault)


def _other_kind(names: tuple[str, ...]) -> Metric | None:
    """A metric for which a table has columns with all the usual names."""
    kinds = (
        (Metric.NDCG, rankings.ROLES),
        (Metric.WER, transcripts.ROLES),
        (Metric.WAPE, amounts.ROLES),
        (Metric.AUC, scores.ROLES),
    )
    return next(
        (metric for metric, roles in kinds if all(role.found(names) for role in roles)), None
    )


def _measured(
    table: Table, roles: tuple[Role, Role]
) -> tuple[Measured | None, tuple[Diagnostic, ...]]:
    counts: Counter[tuple[str, str]] = Counter()
    labels: set[str] = set()
    for _, (true, said) in table.rows(roles):
        truth, predicted = table.columns
        pair = (true, said)
        counts[pair] += 1
        labels.update(pair)
        if len(labels) > MOST_LABELS:
            _refuse_amounts(table, tuple(counts))
            message = f"more than {MOST_LABELS:,} different labels in `{truth}`, `{predicted}`"
            table.refuse("MLP1007", message, "name the columns that hold labels")
    if table.faults:
        return None, table.diagnostics()
    _refuse_amounts(table, tuple(counts))
    truth, predicted = table.columns
    found = Measured(
        file=table.file,
        digest=table.digest,
        separator=table.separator,
        truth=truth,
        predicted=predicted,
        counts=dict(counts),
    )
    return found, (*table.passed_over(), *_warnings(found))


#: `é` is one character, or an `e` and an accent.
_COMPOSED = "how letters are composed"


#: Dashes, apostrophes and quotes that programs write for one another.
_SAME_SIGNS = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u00b4`"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e"), '"'),
}
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]{1,2})?")
#: Between two letters or digits: `not_spam`, `not-spam` and `not spam`.
_JOINED = re.compile(r"(?<=[^\W_])[ _-]+(?=[^\W_])")


def _looks(label: str) -> str:
    """What a label has in common with all that people would take for the same."""
    plain = " ".join(normalize("NFKC", label).translate(_SAME_SIGNS).casefold().split())
    if len(plain) <= 40 and _NUMBER.fullmatch(plain):
        return format(Decimal(plain).normalize(), "f")
    return _JOINED.sub(" ", plain)


#: So many different whole numbers may be classes.
_MOST_NUMBERED = 20


def _refuse_amounts(table: Table, pairs: tuple[tuple[str, str], ...]) -> None:
    """Refuses columns that hold amounts, and says by which metrics such are compared."""
    true, said = ({pair[place] for pair in pairs} for place in (0, 1))
    truth, predicted = table.columns
    if len(true) <= 2 and not _are_amounts(true) and _are_amounts(said):
        message = f"`{predicted}` holds scores, not labels"
        help = "measure them by `--metric auc`, or name a column of labels"
        table.refuse("MLP1016", message, help)
    if _are_amounts(true | said):
        message = f"`{truth}` and `{predicted}` hold amounts, not labels"
        help = "measure a forecast by `--metric wape`, `mape`, `mae` or `rmse`"
        table.refuse("MLP1016", message, help)


def _are_amounts(labels: Iterable[str]) -> bool:
    """Are these numbers of things rather than names of classes: all are numbers, and one has a
    fraction or there are many?"""
    found = [_looks(label) for label in labels]
    if not all(re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", label) for label in found):
        return False
    return len(set(found)) > _MOST_NUMBERED or any("." in label or "," in label for label in found)


def _warnings(measured: Measured) -> Iterator[Diagnostic]:
    """What is allowed and yet likely a mistake."""

    def warning(code: str, message: str, help: str) -> Diagnostic:
        return about(code, message, measured.file, help=help, severity=Severity.WARNING)

    for one in measured.classes:
        if is_no_value(one.label):
            message = f"`{one.label}` counts as a class like any other"
            help = "where it means that there is no value, fill it in or take the row out"
            yield warning("MLP1015", message, help)
    true = [one.label for one in measured.classes if one.support]
    if len(true) == 1:
        message = f"every row is truly `{true[0]}`"
        yield warning("MLP1009", message, "measure on cases of every class")
    composed = {normalize("NFC", label): label for label in true}
    for one in measured.classes:
        if not one.support:
            close = nearest(one.label, true)
            help = f"did you mean `{close}`?" if close else "add cases of it, or correct the label"
            if normalize("NFC", one.label) in composed:
                help = f"it differs from a true label only in {_COMPOSED}"
            times = f"{one.predicted:,} row{'s' if one.predicted != 1 else ''}"
            message = f"`{one.label}` is predicted in {times} and never true"
            yield warning("MLP1010", message, help)
    alike: dict[str, list[str]] = {}
    for label in measured.labels:
        alike.setdefault(_looks(label), []).append(label)
    for labels in alike.values():
        if len(labels) > 1:
            named = " and ".join(f"`{label}`" for label in labels)
            message = f"{named} count as {len(labels)} classes"
            if len({normalize("NFC", label) for label in labels}) < len(labels):
                message += f", and some differ only in {_COMPOSED}"
                yield warning("MLP1011", message, "save the table in one Unicode form, such as NFC")
                continue
            yield warning("MLP1011", message, "write them alike where they mean the same")
