"""Tables of texts: how many edits lead from what was said to what was written down."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from unicodedata import normalize

from mlpolicy.characters import clean
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.measure.exact import exactly
from mlpolicy.measure.figures import Figure
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.table import Role, Table, is_no_value
from mlpolicy.suggest import listing

#: Pairs of words or characters of one row, and of a table, at most.
MOST_PAIRS = 1_000_000_000
MOST_PAIRS_OF_ALL = 100_000_000_000

ROLES = (
    Role(
        option="--truth",
        says="the reference",
        usual=("reference", "references", "ref", "truth", "expected", "text"),
    ),
    Role(
        option="--predicted",
        says="the transcript",
        usual=(
            "transcript",
            "transcription",
            "hypothesis",
            "hyp",
            "predicted",
            "prediction",
            "output",
        ),
        may_be_empty=True,
    ),
)


def measured(
    table: Table, roles: tuple[Role, ...], metrics: tuple[Metric, ...]
) -> tuple[tuple[Figure, ...], tuple[Diagnostic, ...]]:
    """WER and CER of a table of references and transcripts: the edits of all rows over the
    words, or characters, of all references. The table has the faults; what is told is given."""
    edits = dict.fromkeys(metrics, 0)
    units = dict.fromkeys(metrics, 0)
    rows = empty = pairs = 0
    odd: set[str] = set()
    for line, (reference, transcript) in table.rows(roles):
        rows += 1
        words = normalize("NFC", reference).split(), normalize("NFC", transcript).split()
        empty += not words[1]
        odd.update(text.strip() for text in (reference, transcript) if _is_no_value(text))
        for metric in metrics:
            true: Sequence[str] = words[0]
            said: Sequence[str] = words[1]
            if metric is Metric.CER:
                true, said = " ".join(true), " ".join(said)
            size = len(true) * len(said)
            pairs += size
            if size > MOST_PAIRS:
                unit = "words" if metric is Metric.WER else "characters"
                message = f"too long to be compared: {len(true):,} and {len(said):,} {unit}"
                table.row_fault("MLP1007", message, line, "cut both texts at the same pauses")
                continue
            if pairs > MOST_PAIRS_OF_ALL:
                table.refuse(
                    "MLP1007", "the texts together are too long", "measure a sample of them"
                )
            edits[metric] += distance(true, said)
            units[metric] += len(true)
    if table.faults:
        return (), ()
    told: tuple[Diagnostic, ...] = ()
    if odd:
        named = listing(f"`{clean(text)}`" for text in sorted(odd))
        message = f"{named} alone in a cell counts as words like any other"
        help = "where it means that there is no text, fill it in or take the row out"
        told = (about("MLP1015", message, table.file, help=help, severity=Severity.WARNING),)
    if empty:
        many = "1 transcript is" if empty == 1 else f"{empty:,} transcripts are"
        message = f"{many} empty, and every word of the reference counts as missed"
        help = "take the row out if the system was not asked"
        told += (about("MLP1019", message, table.file, help=help, severity=Severity.WARNING),)
    return tuple(
        Figure(
            metric=one,
            bounds=exactly(Fraction(edits[one], units[one])),
            sample_size=rows,
            part=edits[one],
            whole=units[one],
        )
        for one in metrics
    ), told


def _is_no_value(text: str) -> bool:
    return is_no_value(text)


def distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Levenshtein's distance: how many items are to be replaced, left out or put in.

    A column of the usual table is kept as the bits of two whole numbers: where it grows, and where
    it shrinks, by 1 from row to row (G. Myers, A fast bit-vector algorithm for approximate string
    matching, JACM 46, 1999; in the form of H. Hyyrö, 2003, for whole distances).
    """
    if not one:
        return len(other)
    where: dict[str, int] = {}
    for row, item in enumerate(one):
        where[item] = where.get(item, 0) | 1 << row
    full, last = (1 << len(one)) - 1, 1 << len(one) - 1
    grows, shrinks, found = full, 0, len(one)
    for item in other:
        equal = where.get(item, 0)
        diagonal = (((equal & grows) + grows) ^ grows) | equal | shrinks
        right_grows = shrinks | (full & ~(diagonal | grows))
        right_shrinks = grows & diagonal
        found += bool(right_grows & last) - bool(right_shrinks & last)
        right_grows = (right_grows << 1 | 1) & full
        right_shrinks = right_shrinks << 1 & full
        grows = right_shrinks | (full & ~(diagonal | right_grows))
        shrinks = right_grows & diagonal & full
    return found
