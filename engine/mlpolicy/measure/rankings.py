"""Tables of rankings: for each query, how early the relevant rows come."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from mlpolicy.characters import clean
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.measure.exact import Bounds, Sum, discount, exactly
from mlpolicy.measure.figures import Figure
from mlpolicy.measure.metrics import Metric
from mlpolicy.measure.numbers import Numbers
from mlpolicy.measure.table import Role, Table, is_no_value

#: Rows of a table of rankings at most: they are kept, to be sorted by query.
MOST_RANKED = 1_000_000
#: Rows of one query at most.
MOST_OF_QUERY = 10_000

RANK = Role(option="--rank", says="the rank", usual=("rank", "position"))
ROLES = (
    Role(
        option="--query",
        says="the query or user",
        usual=("query", "query_id", "qid", "user", "user_id", "session", "session_id"),
    ),
    Role(
        option="--truth",
        says="the relevance",
        usual=("relevance", "relevant", "rel", "gain", "truth", "label"),
    ),
    Role(
        option="--predicted",
        says="the score",
        usual=("score", "scores", "predicted", "prediction", "y_score"),
        otherwise=RANK,
    ),
)

_Ranked = list[tuple[Decimal, Decimal]]  # what orders a row, and its relevance


def measured(
    table: Table, roles: tuple[Role, ...], metrics: tuple[Metric, ...], at: int | None
) -> tuple[tuple[Figure, ...], tuple[Diagnostic, ...]]:
    """NDCG and MAP of the first `at` rows of each query (None: of all); the table has the faults.

    NDCG: the relevances, each over log₂(position + 1), over the same in the best order. MAP: the
    mean of the precision at each relevant row, over how many there could be. Where scores are
    equal, the figure is the mean over all orders of these rows. A query without a relevant row has
    no figure, and is told.
    """
    numbers = Numbers(table)
    queries: dict[str, _Ranked] = {}
    rows = 0
    for line, (query, gain, order) in table.rows(roles):
        rows += 1
        if is_no_value(query):
            message = f"`{clean(query.strip())}` in `{table.columns[0]}` says that there is none"
            table.row_fault("MLP1005", message, line, "fill it in, or take the row out")
            continue
        if rows > MOST_RANKED:
            table.refuse(
                "MLP1007", f"more than {MOST_RANKED:,} rows", "measure a sample of the queries"
            )
        relevance = numbers.read(gain, table.columns[1], line)
        key = numbers.read(order, table.columns[2], line)
        if relevance is None or key is None:
            continue
        if relevance < 0:
            message = f"`{clean(gain.strip())}` in `{table.columns[1]}` is below 0"
            table.row_fault("MLP1017", message, line, "write 0 for what is not relevant")
            continue
        ranked = queries.setdefault(query.strip(), [])
        ranked.append((key, relevance))
        if len(ranked) > MOST_OF_QUERY:
            message = f"`{clean(query.strip()[:40])}` has more than {MOST_OF_QUERY:,} rows"
            table.refuse("MLP1007", message, "name the column of queries or users with `--query`")
    ranks = table.roles[2].option == RANK.option
    if ranks and not table.faults:
        for query, ranked in queries.items():
            _ranks(table, query, ranked)
    if table.faults:
        return (), ()
    numbers.doubts()
    sums = {metric: Sum() for metric in metrics}
    none = 0
    for ranked in queries.values():
        if not any(relevance for _, relevance in ranked):
            none += 1
            continue
        ranked.sort(key=lambda one: one[0], reverse=not ranks)
        tied = [
            [Fraction(relevance) for _, relevance in group]
            for _, group in groupby(ranked, key=lambda one: one[0])
        ]
        for metric, total in sums.items():
            total.add(_ndcg(tied, at) if metric is Metric.NDCG else _precision(tied, at))
    counted = len(queries) - none
    if not counted:
        message = f"no query has a relevant row: `{table.columns[1]}` is 0 everywhere"
        table.refuse("MLP1018", message, "measure on queries for which something is relevant")
    told: tuple[Diagnostic, ...] = ()
    if none:
        many = "1 query has" if none == 1 else f"{none:,} queries have"
        message = f"{many} no relevant row, and no figure: the mean is over the other {counted:,}"
        help = "add the relevant rows, or measure apart how often nothing is to be found"
        told = (about("MLP1018", message, table.file, help=help, severity=Severity.WARNING),)
    return tuple(
        Figure(metric=metric, bounds=total.total.over(counted), sample_size=counted)
        for metric, total in sums.items()
    ), told


def _ranks(table: Table, query: str, ranked: _Ranked) -> None:
    """Ranks are 1, 2, 3 and so on: with one missing or twice, the order is not known."""
    for number, (rank, _) in enumerate(sorted(ranked), 1):
        if rank == number:
            continue
        message = f"rank {number} of `{clean(query[:40])}` is missing"
        if rank == number - 1 > 0:
            message = f"rank {number - 1} of `{clean(query[:40])}` is given twice"
        elif rank < number:
            message = f"`{clean(query[:40])}` has a rank {rank}"
        help = "number the rows of each query 1, 2, 3 and so on, without gaps"
        table.refuse("MLP1018", message, help)


def _gains(tied: list[list[Fraction]], at: int | None) -> Iterator[Fraction]:
    """The relevance at each position up to `at`; among equal scores, the mean of theirs."""
    position = 0
    for group in tied:
        mean = sum(group, Fraction(0)) / len(group)
        for _ in group:
            if position == at:
                return
            position += 1
            yield mean


def _ndcg(tied: list[list[Fraction]], at: int | None) -> Bounds:
    gains = list(_gains(tied, at))
    best = sorted((gain for group in tied for gain in group), reverse=True)[:at]
    if gains == best:
        return exactly(1)
    found, ideal = _discounted(gains), _discounted(best)
    return Bounds(found.low / ideal.high, min(Fraction(1), found.high / ideal.low))


def _discounted(gains: list[Fraction]) -> Bounds:
    by = [discount(position) for position in range(1, len(gains) + 1)]
    low = sum((gain * one.low for gain, one in zip(gains, by, strict=True)), Fraction(0))
    high = sum((gain * one.high for gain, one in zip(gains, by, strict=True)), Fraction(0))
    return Bounds(low, high)


def _precision(tied: list[list[Fraction]], at: int | None) -> Bounds:
    """Average precision. In a group of n equal scores with r relevant rows, a position is
    relevant in r/n of the orders, and each earlier one of the group then in (r-1)/(n-1) of them."""
    relevant = [sum(1 for gain in group if gain) for group in tied]
    total, before, position = Sum(), 0, 0
    for group, hits in zip(tied, relevant, strict=True):
        size = len(group)
        for earlier in range(size):
            position += 1
            if at is not None and position > at:
                break
            others = Fraction(earlier * (hits - 1), size - 1) if size > 1 else Fraction(0)
            if hits:
                total.add(exactly(Fraction(hits, size) * (before + 1 + others) / position))
        before += hits
    most = before if at is None else min(before, at)
    return total.total.over(most)
