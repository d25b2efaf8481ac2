"""How good a system is, from a table of true and predicted labels.

In go the bytes of a CSV file, line by line, out comes a `Measured`: counts, and the figures that
follow from them. Counts are integers and ratios fractions; the one root, in the interval, is
taken with forty digits. No binary float is used. A figure whose divisor is 0 is
`None`: it does not exist, and is never taken for 0.

What is enough, good or large is for a policy to say, not for this module.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import chain, islice
from unicodedata import normalize

from mlpolicy.characters import clean, code_point, hidden
from mlpolicy.diagnostics import Diagnostic, Severity, about, at
from mlpolicy.source import Source, Span
from mlpolicy.suggest import listing, nearest

# ── Figures ──────────────────────────────────────────────────────────────────────────────

#: The two-sided 95 % quantile of the normal distribution, to forty digits: the x with
#: erf(x / √2) = 0.95.
Z = Fraction("1.959963984540054235524594430520551527956")
LEVEL_PCT = 95
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a share may lie; both ends are from 0 to 1. INVARIANT: the share itself lies in it."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, both counts of rows, with its interval. Where `whole` is 0 there is
    neither value nor interval."""

    part: int
    whole: int

    @property
    def value(self) -> Fraction | None:
        """The share, from 0 to 1; None of an empty whole."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def interval(self) -> Interval | None:
        """Its Wilson interval at 95 %; None of an empty whole."""
        return wilson(self.part, self.whole) if self.whole else None


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


def wilson(part: int, whole: int) -> Interval:
    """The 95 % score interval of a share (E. B. Wilson, Probable inference, the law of
    succession, and statistical inference, JASA 22, 1927):

        (k + z²/2 ± z·√(k(n-k)/n + z²/4)) / (n + z²)

    The ends are within 10⁻³⁰ of the true ones. Of none or of all, one end is 0 or 1 itself.
    """
    assert 0 <= part <= whole
    assert whole
    z2 = Z * Z
    middle = part + z2 / 2
    reach = Z * _root(Fraction(part * (whole - part), whole) + z2 / 4)
    low = Fraction(0) if part == 0 else (middle - reach) / (whole + z2)
    high = Fraction(1) if part == whole else (middle + reach) / (whole + z2)
    return Interval(low, high)


def _root(square: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = _DIGITS
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


# ── A bar ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Bar:
    """A share compared with a bar. `needed` is the least sample size at which the same share would
    be distinguished from the bar; None where no sample would be enough, because they are equal."""

    bar: Fraction
    met: bool
    straddled: bool
    needed: int | None


def against(share: Share, bar: Fraction) -> Bar:
    """Does the interval leave open on which side of the bar the truth lies?

    An end of Wilson's interval is where |p - b| = z·√(b(1-b)/n): the interval holds exactly those b
    that the score test does not reject. So both questions have answers without a root: b is inside
    where n·(p-b)² < z²·b(1-b), and distinguished from p from n = z²·b(1-b)/(p-b)² on.
    """
    value = share.value
    assert value is not None
    spread = Z * Z * bar * (1 - bar)
    apart = (value - bar) ** 2
    if not apart:
        return Bar(bar, True, True, None)
    needed = max(1, -(-spread // apart))
    return Bar(bar, value >= bar, share.whole * apart < spread, needed)


# ── The entry of a manifest ──────────────────────────────────────────────────────────────


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
        value = _down(share.value * 100, 4)
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
                value_pct=_down(one.f1 * 100, 4),
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


def in_percent(interval: Interval) -> Interval:
    """The interval in percent with two decimals, rounded outwards, so that it is never narrower
    than the true one."""
    return Interval(_down(interval.low * 100, 2), -_down(-interval.high * 100, 2))


def _unfit(message: str, measured: Measured, help: str) -> Diagnostic:
    return about("MLP1013", message, measured.file, help=help, severity=Severity.WARNING)


def _down(number: Fraction, places: int) -> Fraction:
    """The greatest decimal with so many places that is not above the number: a figure must not be
    rounded up over a bar that it misses, nor an interval be made narrower."""
    scale = 10**places
    return Fraction(number.numerator * scale // number.denominator, scale)


# ── The table ────────────────────────────────────────────────────────────────────────────

#: Line, cell, rows and classes of a table at most.
MOST_LINE = 1 << 20
MOST_ROWS = 100_000_000
MOST_LABELS = 1_000
#: What other programs write where they have no value. It may be a label all the same.
_NO_VALUE = frozenset(
    (
        "nan",
        "-nan",
        "null",
        "none",
        "nil",
        "na",
        "n/a",
        "#n/a",
        "#na",
        "#null!",
        "<na>",
        "\\n",
        "nat",
    )
)
#: The number of faulty rows that are reported one by one.
MOST_FAULTS = 5

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}

_Row = tuple[int, int, list[str]]  # first line, last line, cells


class _RefusedError(Exception):
    """The table cannot be read on; never leaves this module."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def measure(
    stream: Iterable[bytes], file: str, *, truth: str, predicted: str
) -> tuple[Measured | None, tuple[Diagnostic, ...]]:
    """Measures a table, which is read once and not kept; or says what is wrong with it.

    `stream` gives the file's bytes in pieces of any size; `file` is what messages print,
    `truth` and `predicted` are the names of two columns.
    """
    table = _Table(stream, file)
    try:
        return table.measured(truth, predicted)
    except _RefusedError as refused:
        return None, (*table.diagnostics(), refused.diagnostic)


class _Table:
    """A table while it is read: the lines, their digest, what is wrong so far."""

    def __init__(self, stream: Iterable[bytes], file: str) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.lines = self._lines(stream)
        self.number = 0  # the line handed on last
        self.recent: list[str] = []  # the lines of the row being read
        self.faults: list[Diagnostic] = []
        self.unreported = 0

    def measured(
        self, truth: str, predicted: str
    ) -> tuple[Measured | None, tuple[Diagnostic, ...]]:
        separator, rows = self._opened(truth, predicted)
        _, last, names = next(rows)
        one, other = self._columns(names, truth, predicted, last)
        counts: Counter[tuple[str, str]] = Counter()
        labels: set[str] = set()
        seen = 0
        for first, _, cells in rows:
            seen += 1
            if seen > MOST_ROWS:
                self._refuse("MLP1007", f"more than {MOST_ROWS:,} rows", "measure a sample of them")
            if len(cells) != len(names):
                many = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                message = f"{many} where the first line has {len(names)}"
                mark = SEPARATORS[separator]
                help = f"put a cell that holds a {mark} into double quotes"
                if len(cells) < len(names):
                    help = f"write a {mark} between the cells of each row"
                self._row_fault("MLP1004", message, first, help)
                continue
            pair = (cells[one], cells[other])
            empty = [
                name
                for name, cell in zip((truth, predicted), pair, strict=True)
                if not cell.strip()
            ]
            if empty:
                named = " and ".join(f"`{name}`" for name in empty)
                message = f"no value in {named}"
                self._row_fault("MLP1005", message, first, "fill it in, or take the row out")
                continue
            strange = next((c for c in pair if c not in labels and hidden(c) is not None), None)
            if strange is not None:
                char = strange[hidden(strange) or 0]
                message = f"`{clean(strange)}` has {code_point(char)}, which no text file may hold"
                self._row_fault("MLP0611", message, first, "delete it")
                continue
            counts[pair] += 1
            labels.update(pair)
            if len(labels) > MOST_LABELS:
                message = f"more than {MOST_LABELS:,} different labels in `{truth}`, `{predicted}`"
                self._refuse("MLP1007", message, "name the columns that hold labels")
        if not seen:
            self._refuse("MLP1001", f"`{self.file}` has names of columns and no rows", "add rows")
        if self.faults:
            return None, self.diagnostics()
        if _are_amounts(labels):
            message = f"`{truth}` and `{predicted}` hold amounts, not labels"
            help = "name columns of labels; how far amounts lie apart is not measured"
            self._refuse("MLP1016", message, help)
        digest = f"sha256:{self.digest.hexdigest()}"
        found = Measured(
            file=self.file,
            digest=digest,
            separator=separator,
            truth=truth,
            predicted=predicted,
            counts=dict(counts),
        )
        return found, tuple(_warnings(found))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The diagnostics on rows; the last one says how many more there are."""
        if not self.unreported:
            return tuple(self.faults)
        noun = "row has a fault" if self.unreported == 1 else "rows have faults"
        message = f"{self.unreported:,} more {noun}"
        return (*self.faults, about("MLP1004", message, self.file, help="correct these first"))

    # Lines.

    def _lines(self, stream: Iterable[bytes]) -> Iterator[str]:
        """The lines as text; the digest is over every byte."""
        rest = b""
        for piece in stream:
            self.digest.update(piece)
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield self._text(line + b"\n")
            if len(rest) > MOST_LINE:
                yield self._text(rest)
        if rest:
            yield self._text(rest)

    def _text(self, line: bytes) -> str:
        self.number += 1
        if len(line) > MOST_LINE:
            message = f"line {self.number} has more than {MOST_LINE:,} bytes"
            self._refuse("MLP1007", message, "is this a table of labels?")
        if self.number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if b"\0" in line or line.startswith((b"\xff\xfe", b"\xfe\xff")):
            message = f"line {self.number} of `{self.file}` is not text"
            self._refuse("MLP1003", message, "save the file as UTF-8; UTF-16 is not read")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            message = f"line {self.number} of `{self.file}` is not UTF-8"
            self._refuse("MLP1003", message, "save the file as UTF-8")
        self.recent.append(text)
        return text

    # Rows.

    def _told_separator(self, head: list[str]) -> str | None:
        """The separator that a first line `sep=;` tells a spreadsheet, which is no row."""
        found = re.fullmatch(r"\"?sep=([,;\t])\"?\r?\n?", head[0], re.I) if head else None
        return found[1] if found else None

    def _opened(self, truth: str, predicted: str) -> tuple[str, Iterator[_Row]]:
        """The separator, and the rows from the first on.

        The separator is the one by which the first row has both columns; where there is none,
        the one by which it has the most cells.
        """
        head = list(islice(self.lines, 20))
        if not any(line.strip() for line in head):
            self._refuse("MLP1001", f"`{self.file}` is empty", "a table begins with column names")
        self.number, self.recent = 0, []
        if (told := self._told_separator(head)) is not None:
            del head[0]
            self.number = 1
            return told, self._rows(chain(self._again(head), self.lines), told)
        best: tuple[bool, int] = (False, 0)
        separator = ","
        for candidate in SEPARATORS:
            try:
                row: list[str] = next(filter(None, csv.reader(head, delimiter=candidate)), [])
            except csv.Error:
                continue
            names = [name.strip() for name in row]
            rank = ({truth, predicted} <= set(names), len(names))
            if rank > best:
                best, separator = rank, candidate
        return separator, self._rows(chain(self._again(head), self.lines), separator)

    def _again(self, head: list[str]) -> Iterator[str]:
        """The lines that were looked at to find the separator."""
        for line in head:
            self.number += 1
            self.recent.append(line)
            yield line

    def _rows(self, lines: Iterable[str], separator: str) -> Iterator[_Row]:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            first = self.number + 1
            self.recent = []
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self._torn(first, error)
            if cells is None:
                return
            if cells:  # an empty line is no row
                yield first, self.number, cells

    def _torn(self, first: int, error: csv.Error) -> None:
        said = str(error)
        if "field larger" in said or "unexpected end" in said:
            message, help = "a quote is opened and never closed", "close it, or double it"
        elif "expected after" in said:
            message = "text follows a closing quote"
            help = 'double a quote that stands inside a cell: `""`'
        elif "new-line" in said:
            message = "a line ends with a carriage return alone"
            help = "save the file with line ends LF or CRLF"
        else:
            message, help = f"this is not CSV: {said}", "save the table as CSV again"
        raise _RefusedError(self._at("MLP1006", message, first, help))

    def _columns(self, names: list[str], truth: str, predicted: str, line: int) -> tuple[int, int]:
        """Where the two columns stand."""
        stripped = [name.strip() for name in names]
        faults = []
        for name in dict.fromkeys((truth, predicted)):
            number = stripped.count(name)
            if number == 0:
                close = nearest(name, stripped)
                columns = listing(f"`{column}`" for column in stripped)
                help = f"did you mean `{close}`?" if close else f"the columns are {columns}"
                faults.append(self._at("MLP1002", f"no column `{name}`", line, help))
            elif number > 1:
                message = f"{number} columns are called `{name}`"
                faults.append(self._at("MLP1008", message, line, "give each its own name"))
        if truth == predicted and not faults:
            message = f"`{truth}` cannot be both the truth and the prediction"
            help = "give `--truth` and `--predicted` different columns"
            faults.append(self._at("MLP1008", message, line, help))
        if faults:
            self.faults += faults[:-1]
            raise _RefusedError(faults[-1])
        return stripped.index(truth), stripped.index(predicted)

    # Faults.

    def _row_fault(self, code: str, message: str, line: int, help: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(self._at(code, message, line, help))
        else:
            self.unreported += 1

    def _at(self, code: str, message: str, line: int, help: str) -> Diagnostic:
        """A fault of the row being read, which begins on `line`."""
        text = (self.recent[0] if self.recent else "").rstrip("\r\n")
        source = Source(self.file, text, line)
        return at(code, message, source, Span(0, len(text)), help=help)

    def _refuse(self, code: str, message: str, help: str) -> None:
        raise _RefusedError(about(code, message, self.file, help=help))


#: `é` is one character, or an `e` and an accent.
_COMPOSED = "how letters are composed"


def _looks(label: str) -> str:
    """What a label has in common with all that people would take for the same."""
    plain = " ".join(normalize("NFKC", label).casefold().split())
    if len(plain) <= 40 and re.fullmatch(r"[-+]?[0-9]+(?:\.[0-9]*)?", plain):
        return format(Decimal(plain).normalize(), "f")
    return plain


#: So many different whole numbers may be classes.
_MOST_NUMBERED = 20


def _are_amounts(labels: Iterable[str]) -> bool:
    """Are these numbers of things rather than names of classes: all are numbers, and one has a
    fraction or there are many?"""
    found = [_looks(label) for label in labels]
    if not all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", label) for label in found):
        return False
    return len(set(found)) > _MOST_NUMBERED or any("." in label for label in found)


def _warnings(measured: Measured) -> Iterator[Diagnostic]:
    """What is allowed and yet likely a mistake."""

    def warning(code: str, message: str, help: str) -> Diagnostic:
        return about(code, message, measured.file, help=help, severity=Severity.WARNING)

    for one in measured.classes:
        if one.label.strip().casefold() in _NO_VALUE:
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
