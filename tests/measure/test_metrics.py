"""Metrics of amounts, texts, scores and rankings: those of others, and what must always hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.diagnostics import Severity
from mlpolicy.measure import (
    Bounds,
    Figures,
    Kind,
    Metric,
    compute,
    exact,
    held_against,
    transcripts,
)
from mlpolicy.measure.exact import Sum, discount, exactly, root

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))

AMOUNTS = (Metric.MAE, Metric.RMSE, Metric.MAPE, Metric.WAPE)
HEADS = {
    "amounts": ("actual", "forecast"),
    "transcripts": ("reference", "transcript"),
    "scores": ("label", "score"),
    "rankings": ("query", "relevance", "score"),
}

Rows = Sequence[Sequence[object]]


def tried(
    metrics: tuple[Metric, ...], rows: Rows, **options: Any
) -> tuple[Figures | None, list[str]]:
    head = options.pop("head", HEADS[metrics[0].kind.value])
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in (head, *rows))
    found, said = compute([text.encode()], "t.csv", metrics=metrics, columns={}, **options)
    return found, [one.code for one in said]


def bounds(metrics: tuple[Metric, ...], rows: Rows, **options: Any) -> dict[Metric, Bounds]:
    found, said = tried(metrics, rows, **options)
    assert found is not None, said
    return {one.metric: one.bounds for one in found.figures}


def exact_figure(metric: Metric, rows: Rows, **options: Any) -> Fraction:
    found = bounds((metric,), rows, **options)[metric]
    assert found.low == found.high
    return found.low


# Against others.


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, place) for kind in HEADS for place in range(len(REFERENCE[kind]))],
)
def test_the_figures_are_those_of_scikit_learn_and_jiwer(kind: str, place: int) -> None:
    case = REFERENCE[kind][place]
    metrics = tuple(metric for metric in Metric if metric.value in case)
    assert metrics
    found = bounds(metrics, case["rows"], **({"at": case["k"]} if "k" in case else {}))
    for metric, one in found.items():
        assert float(one.low) == pytest.approx(case[metric.value], abs=1e-12, rel=1e-12)
        assert 0 <= one.high - one.low < Fraction(1, 10**30)


def test_average_precision_at_k_of_the_literature() -> None:
    """C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008, 8.4: the
    mean of the precision at each relevant document. Found at 1, 3 and 6: (1 + 2/3 + 3/6) / 3."""
    rows = [("q", int(place in (1, 3, 6)), 10 - place) for place in range(1, 8)]
    assert exact_figure(Metric.MAP, rows) == Fraction(13, 18)
    assert exact_figure(Metric.MAP, rows, at=2) == Fraction(1, 2)


# Arithmetic.


@given(st.fractions(min_value=0, max_value=10**12))
def test_a_root_lies_between_its_bounds(square: Fraction) -> None:
    found = root(square)
    assert found.low**2 <= square <= found.high**2
    assert found.high - found.low <= Fraction(1, 10**exact.DECIMALS)
    again = root(square * square)
    assert again.low == again.high == square


@given(st.integers(1, 100_000))
def test_a_discount_lies_between_its_bounds(position: int) -> None:
    """Against two hundred digits of the logarithm."""
    with localcontext() as context:
        context.prec = 200
        true = Fraction(Decimal(2).ln() / Decimal(position + 1).ln())
    found = discount(position)
    slack = Fraction(1, 10**190)
    assert found.low - slack <= true <= found.high + slack
    assert found.high - found.low <= Fraction(1, 10**50)


@given(st.lists(st.fractions(0, 10), max_size=40), st.randoms(use_true_random=False))
def test_a_sum_holds_the_sum_in_any_order(terms: list[Fraction], random: Any) -> None:
    shuffled = list(terms)
    random.shuffle(shuffled)
    sums = Sum(), Sum()
    for one, other in zip(terms, shuffled, strict=True):
        sums[0].add(exactly(one))
        sums[1].add(exactly(other))
    assert sums[0].total == sums[1].total
    assert sums[0].total.low <= sum(terms) <= sums[0].total.high


def test_a_sum_of_many_divisors_has_close_bounds() -> None:
    total = Sum()
    for number in range(1, 8000):
        total.add(exactly(Fraction(1, number)))
    assert 0 < total.total.high - total.total.low < Fraction(1, 10**35)


# Laws.

amounts = st.decimals("0.01", 10**6, places=2)
pairs = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20)
words = st.lists(st.sampled_from(["a", "bc", "É", "cab"]), min_size=1, max_size=12).map(" ".join)
texts = st.lists(st.tuples(words, words), min_size=1, max_size=6)
scored = st.lists(
    st.tuples(st.sampled_from(["no", "yes"]), st.integers(-3, 3)), min_size=2, max_size=30
).filter(lambda rows: len({label for label, _ in rows}) == 2)
ranked = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=12
).filter(lambda rows: any(relevance for _, relevance, _ in rows))


@given(amounts=st.lists(amounts, min_size=1), texts=st.lists(words, min_size=1))
def test_what_is_right_has_no_error(amounts: list[Decimal], texts: list[str]) -> None:
    for one in bounds(AMOUNTS, [(a, a) for a in amounts]).values():
        assert one == exactly(0)
    for one in bounds((Metric.WER, Metric.CER), [(a, a) for a in texts]).values():
        assert one == exactly(0)


@given(pairs, texts, scored, ranked, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    pairs: Rows, texts: Rows, scored: Rows, ranked: Rows, random: Any
) -> None:
    for metrics, rows in (
        (AMOUNTS, pairs),
        ((Metric.WER, Metric.CER), texts),
        ((Metric.AUC,), scored),
        ((Metric.NDCG, Metric.MAP), ranked),
    ):
        shuffled = list(rows)
        random.shuffle(shuffled)
        assert bounds(metrics, rows) == bounds(metrics, shuffled)


@given(pairs, st.integers(1, 50))
def test_a_larger_unit_makes_smaller_amounts_and_the_same_shares(pairs: Any, by: int) -> None:
    one = bounds(AMOUNTS, pairs)
    other = bounds(AMOUNTS, [(true * by, said * by) for true, said in pairs])
    assert other[Metric.MAE].low == one[Metric.MAE].low * by
    assert (other[Metric.MAPE], other[Metric.WAPE]) == (one[Metric.MAPE], one[Metric.WAPE])
    # The mean of squares is at least the square of the mean.
    assert one[Metric.RMSE].high >= one[Metric.MAE].low


@given(scored)
def test_scores_turned_round_have_the_rest_of_the_area(rows: list[tuple[str, int]]) -> None:
    area = exact_figure(Metric.AUC, rows)
    assert exact_figure(Metric.AUC, [(label, -score) for label, score in rows]) == 1 - area
    assert exact_figure(Metric.AUC, rows, positive="no") == 1 - area
    high = [score for label, score in rows if label == "yes"]
    low = [score for label, score in rows if label == "no"]
    won = sum(Fraction((a > b) + (a >= b), 2) for a in high for b in low)
    assert area == won / (len(high) * len(low))


@given(st.text("abc", max_size=70), st.text("abc", max_size=70))
def test_the_distance_is_that_of_the_table(one: str, other: str) -> None:
    above = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        here = [row]
        for column, right in enumerate(other, 1):
            same = above[column - 1] + (left != right)
            here.append(min(above[column] + 1, here[-1] + 1, same))
        above = here
    assert transcripts.distance(one, other) == transcripts.distance(other, one) == above[-1]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=5).filter(
        lambda rows: any(relevance for relevance, _ in rows)
    ),
    st.sampled_from([None, 1, 2, 3]),
)
def test_equal_scores_give_the_mean_of_all_orders(
    rows: list[tuple[int, int]], at: int | None
) -> None:
    orders = [
        order for order in permutations(rows) if all(a[1] >= b[1] for a, b in pairwise(order))
    ]
    found = bounds((Metric.NDCG, Metric.MAP), [("q", *row) for row in rows], at=at)
    apart = [
        bounds(
            (Metric.NDCG, Metric.MAP),
            [("q", relevance, place) for place, (relevance, _) in enumerate(order, 1)],
            at=at,
            head=("query", "relevance", "rank"),
        )
        for order in orders
    ]
    mean = sum((one[Metric.MAP].low for one in apart), Fraction(0)) / len(orders)
    assert found[Metric.MAP] == exactly(mean)
    low = sum(one[Metric.NDCG].low for one in apart) / len(orders)
    high = sum(one[Metric.NDCG].high for one in apart) / len(orders)
    assert low <= found[Metric.NDCG].high
    assert found[Metric.NDCG].low <= high


@given(ranked)
def test_the_best_order_is_1_and_none_is_better(rows: list[tuple[str, int, int]]) -> None:
    best = [(query, relevance, relevance) for query, relevance, _ in rows]
    for one in bounds((Metric.NDCG, Metric.MAP), best).values():
        assert one == exactly(1)
    for one in bounds((Metric.NDCG, Metric.MAP), rows).values():
        assert 0 <= one.low <= one.high <= 1


# A bar.


@given(st.sampled_from(list(Metric)), st.fractions(0, 1), st.fractions(0, 1))
def test_an_error_is_met_from_below_and_all_else_from_above(
    metric: Metric, figure: Fraction, bar: Fraction
) -> None:
    said = held_against(metric, exactly(figure), bar).met
    assert said is (figure <= bar if metric.lower_is_better else figure >= bar)


@pytest.mark.parametrize("metric", [Metric.RMSE, Metric.NDCG])
def test_a_bar_between_the_bounds_is_neither_met_nor_missed(metric: Metric) -> None:
    assert held_against(metric, Bounds(Fraction(1), Fraction(3)), Fraction(2)).met is None
    assert held_against(metric, Bounds(Fraction(1), Fraction(3)), Fraction(4)).met is (
        metric is Metric.RMSE
    )


# Cells.


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12),
        ("+12.50", Fraction("12.5")),
        ("-.5", Fraction("-0.5")),
        ("1e-05", Fraction(1, 100_000)),
        ("12,5", Fraction("12.5")),
        ("0,125", Fraction("0.125")),
        ("1.234,5", Fraction("1234.5")),
        ("1,234.5", Fraction("1234.5")),
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
    ],
)
def test_a_number_is_read_where_it_is_one_for_certain(cell: str, number: Fraction) -> None:
    assert exact_figure(Metric.MAE, [(cell, 0)]) == abs(number)


@pytest.mark.parametrize(
    "cell",
    ["1,234", "NA", "None", "\\N", "nan", "inf", "12 %", "$5", "1 234", "1e99", "9" * 70, "٣", "-"],
)
def test_what_is_no_number_for_certain_is_refused(cell: str) -> None:
    assert tried((Metric.MAE,), [(cell, 1), (2, 3)]) == (None, ["MLP1017"])


def test_a_table_has_one_decimal_mark() -> None:
    for rows in ([("1.5", "2,5")], [("1", "2,5"), ("1.234", "1")], [("1.234", "1"), ("1", "2,5")]):
        assert tried((Metric.MAE,), rows) == (None, ["MLP1017"])


# What is not defined.


@pytest.mark.parametrize(
    ("metric", "rows", "code"),
    [
        (Metric.MAPE, [(0, 1), (1, 1)], "MLP1018"),
        (Metric.WAPE, [(0, 1), (0, 0)], "MLP1018"),
        (Metric.AUC, [("yes", 1), ("yes", 0)], "MLP1018"),
        (Metric.AUC, [("a", 1), ("b", 0), ("c", 0)], "MLP1018"),
        (Metric.AUC, [("good", 1), ("bad", 0)], "MLP1012"),
        (Metric.AUC, [("yes", 1), ("NA", 0)], "MLP1005"),
        (Metric.WER, [("", "a")], "MLP1005"),
        (Metric.NDCG, [("None", 1, 1), ("q", 1, 1)], "MLP1005"),
        (Metric.NDCG, [("q", 0, 1)], "MLP1018"),
        (Metric.MAP, [("q", -1, 1), ("q", 1, 1)], "MLP1017"),
    ],
)
def test_what_is_not_defined_is_no_figure(metric: Metric, rows: Rows, code: str) -> None:
    assert tried((metric,), rows) == (None, [code])


def test_an_empty_transcript_has_missed_every_word_and_is_told() -> None:
    found, said = tried((Metric.WER,), [("one two", ""), ("three", "three")])
    assert found is not None
    assert found.figures[0].bounds == exactly(Fraction(2, 3))
    assert said == ["MLP1019"]


def test_a_text_that_looks_like_no_value_is_told() -> None:
    found, said = tried((Metric.WER,), [("\\N", "one"), ("null", "NA"), ("none of it", "none")])
    assert found is not None
    assert said == ["MLP1015"]


def test_a_query_without_relevant_rows_is_left_out_and_told() -> None:
    found, said = tried((Metric.MAP,), [("a", 1, 1), ("b", 0, 1)])
    assert found is not None
    assert (found.figures[0].sample_size, found.figures[0].bounds) == (1, exactly(1))
    assert said == ["MLP1018"]


@pytest.mark.parametrize("ranks", [(1, 1), (1, 3), (0, 1), (2, 3), ("1.5", 1)])
def test_ranks_run_from_1_without_gaps(ranks: tuple[object, object]) -> None:
    rows = [("q", 1, rank) for rank in ranks]
    head = ("query", "relevance", "rank")
    assert tried((Metric.MAP,), rows, head=head) == (None, ["MLP1018"])


def test_texts_that_are_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "MOST_PAIRS", 8)
    assert tried((Metric.WER,), [("a b c", "a b c")]) == (None, ["MLP1007"])
    assert tried((Metric.CER,), [("ab", "abcd")])[0] is not None


# Anything.

cells = st.one_of(
    st.sampled_from(
        ["", "yes", "no", "NA", "0", "1", "-2", "1.5", "1,5", "1,234", "1e30", '"', "\\N"]
    ),
    st.text(max_size=8),
)


@given(
    st.sampled_from([metric for metric in Metric if metric.kind is not Kind.LABELS]),
    st.lists(st.lists(cells, min_size=1, max_size=4), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([None, 1, 3]),
)
def test_any_table_has_figures_or_a_fault(
    metric: Metric, rows: list[list[str]], separator: str, at: int | None
) -> None:
    head = separator.join(HEADS[metric.kind.value])
    text = head + "\n" + "".join(separator.join(row) + "\n" for row in rows)
    data = text.encode("utf-8", "surrogatepass")
    found, said = compute([data], "t.csv", metrics=(metric,), columns={}, at=at)
    assert (found is None) == any(one.severity is Severity.ERROR for one in said)
    assert found is None or 0 <= found.figures[0].bounds.low <= found.figures[0].bounds.high
