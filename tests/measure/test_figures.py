"""The figures: those of scikit-learn, and what must hold of any table."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.measure import (
    Measured,
    Metric,
    Share,
    Z,
    against,
    entries,
    in_percent,
    measure,
    wilson,
)

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())

Pairs = list[tuple[str, str]]


def measured(pairs: Pairs) -> Measured:
    text = "truth,said\n" + "".join(f"{true},{said}\n" for true, said in pairs)
    found, _ = measure([text.encode()], "t.csv", truth="truth", predicted="said")
    assert found is not None
    return found


# Against others.


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: str(len(case["classes"])))
def test_the_figures_are_those_of_scikit_learn(case: dict) -> None:  # type: ignore[type-arg]
    found = measured([(t, s) for t, s, number in case["counts"] for _ in range(number)])

    def same(figure: Fraction | None, expected: float) -> bool:
        assert figure is not None
        return float(figure) == pytest.approx(expected, abs=1e-12)

    assert same(found.accuracy.value, case["accuracy"])
    interval = found.accuracy.interval
    assert interval is not None
    assert [float(interval.low), float(interval.high)] == pytest.approx(case["wilson"], abs=1e-12)
    assert {one.label for one in found.classes} == set(case["classes"])
    for one in found.classes:
        expected = case["classes"][one.label]
        assert one.support == expected["support"]
        assert same(one.precision.value, expected["precision"])
        assert same(one.recall.value, expected["recall"])
        assert same(one.f1, expected["f1"])
    for average in found.averages:
        figures = (average.precision, average.recall, average.f1)
        for figure, expected in zip(figures, case[average.name], strict=True):
            assert same(figure, expected)


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    from statistics import NormalDist

    assert float(Z) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-14)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_intervals_of_the_literature(part: int, whole: int, low: str, high: str) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in
    Medicine 17, 1998: the score method."""
    interval = wilson(part, whole)
    assert round(interval.low, 4) == Fraction(low)
    assert round(interval.high, 4) == Fraction(high)


# Laws.

labels = st.sampled_from(["a", "b", "c", "d"])
tables = st.lists(st.tuples(labels, labels), min_size=1, max_size=60)


@given(tables)
def test_counts_add_up(pairs: Pairs) -> None:
    found = measured(pairs)
    classes = found.classes
    assert found.rows == len(pairs)
    assert sum(one.support for one in classes) == sum(one.predicted for one in classes)
    assert sum(one.support for one in classes) == found.rows
    assert sum(one.hits for one in classes) == found.accuracy.part
    _, weighted = found.averages
    # Averaged by how often a class is true, recall is accuracy.
    assert weighted.recall == found.accuracy.value


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pairs: Pairs, random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = measured(pairs), measured(shuffled)
    assert one.counts == other.counts
    assert (one.classes, one.averages) == (other.classes, other.averages)


@given(tables)
def test_other_labels_rename_and_change_nothing_else(pairs: Pairs) -> None:
    renamed = {"a": "z", "b": "y", "c": "x", "d": "w"}
    one = measured(pairs)
    other = measured([(renamed[true], renamed[said]) for true, said in pairs])
    figures = {
        renamed[c.label]: (c.support, c.predicted, c.hits, c.precision, c.f1) for c in one.classes
    }
    again = {c.label: (c.support, c.predicted, c.hits, c.precision, c.f1) for c in other.classes}
    assert figures == again
    assert (one.accuracy, one.averages) == (other.accuracy, other.averages)


shares = st.integers(1, 5000).flatmap(
    lambda whole: st.tuples(st.integers(0, whole), st.just(whole))
)


@given(shares)
def test_an_interval_lies_within_0_and_1_and_holds_the_share(share: tuple[int, int]) -> None:
    part, whole = share
    interval = wilson(part, whole)
    assert 0 <= interval.low <= Fraction(part, whole) <= interval.high <= 1
    mirrored = wilson(whole - part, whole)
    assert abs(interval.low - (1 - mirrored.high)) < Fraction(1, 10**30)
    shown = in_percent(interval)
    assert 0 <= shown.low <= interval.low * 100 <= interval.high * 100 <= shown.high <= 100


@given(shares, st.integers(1, 999))
def test_a_bar_is_straddled_where_it_lies_within_the_interval(
    share: tuple[int, int], thousandths: int
) -> None:
    bar = Fraction(thousandths, 1000)
    interval = wilson(*share)
    found = against(Metric.ACCURACY, Share(*share), bar)
    assert found.met == (Fraction(*share) >= bar)
    assert found.straddled == (interval.low < bar < interval.high)


@pytest.mark.slow
@given(shares, st.integers(1, 999))
def test_the_sample_needed_is_the_least_that_search_finds(
    share: tuple[int, int], thousandths: int
) -> None:
    """The ends of the interval for a share p of n, also where p·n is no whole number."""
    bar, value = Fraction(thousandths, 1000), Fraction(*share)
    found = against(Metric.ACCURACY, Share(*share), bar)
    if value == bar:
        assert found.needed is None
        return

    def told_apart(rows: int) -> bool:
        z2 = Z * Z
        # end <= bar, both sides squared: no root is needed
        middle = value * rows + z2 / 2 - bar * (rows + z2)
        root2 = z2 * (rows * value * (1 - value) + z2 / 4)
        return (middle > 0) == (value > bar) and middle**2 >= root2

    assert found.needed is not None
    assert told_apart(found.needed)
    assert found.needed == 1 or not told_apart(found.needed - 1)


def test_to_tell_87_from_85_takes_1225_rows() -> None:
    found = against(Metric.ACCURACY, Share(174, 200), Fraction(85, 100))
    assert (found.met, found.straddled, found.needed) == (True, True, 1225)
    assert wilson(1066, 1225).low > Fraction(85, 100)
    assert wilson(1065, 1225).low < Fraction(85, 100)


def test_a_share_on_the_bar_is_told_from_it_by_no_sample() -> None:
    found = against(Metric.ACCURACY, Share(85, 100), Fraction(85, 100))
    assert (found.met, found.straddled, found.needed) == (True, True, None)


# What does not exist.


def test_a_class_that_is_never_predicted_has_no_precision() -> None:
    found = measured([("a", "b"), ("b", "b")])
    first, second = found.classes
    assert (first.precision.value, first.precision.interval) == (None, None)
    assert (first.recall.value, first.f1) == (0, 0)
    assert second.precision.value == Fraction(1, 2)
    macro, weighted = found.averages
    assert (macro.precision, weighted.precision) == (None, None)
    assert macro.recall == Fraction(1, 2)


def test_a_class_that_is_never_true_has_no_recall_and_no_weight() -> None:
    found = measured([("a", "a"), ("a", "b")])
    assert found.classes[1].recall.value is None
    macro, weighted = found.averages
    assert macro.recall is None
    assert weighted.recall == Fraction(1, 2)


# The entry.


def test_no_figure_is_rounded_up_over_a_bar() -> None:
    """5 of 6 is 83.3333… %: with 83.3334 it would pass a bar of 83.3334 %."""
    (entry,), _ = entries(measured([("a", "a")] * 4 + [("b", "b"), ("b", "a")]))
    assert entry.value == Fraction("83.3333")
    assert entry.sample_size == 6
    assert entry.interval is not None
    assert entry.interval.low < entry.value < entry.interval.high


def test_a_positive_class_adds_its_precision_recall_and_f1() -> None:
    pairs = (
        [("spam", "spam")] * 8 + [("spam", "ham")] * 2 + [("ham", "spam")] + [("ham", "ham")] * 9
    )
    found, faults = entries(measured(pairs), "spam")
    assert faults == ()
    assert [(e.metric.value, e.value, e.sample_size) for e in found] == [
        ("accuracy", 85, 20),
        ("precision", Fraction("88.8888"), 9),
        ("recall", 80, 10),
        ("f1", Fraction("84.2105"), 10),
    ]
    assert [e.interval is None for e in found] == [False, False, False, True]


def test_what_is_not_defined_is_not_stated() -> None:
    found, faults = entries(measured([("a", "b"), ("b", "b")]), "a")
    assert [e.metric.value for e in found] == ["accuracy", "recall", "f1"]
    assert [fault.message for fault in faults] == [
        "precision of `a` is not defined: it would divide by nothing"
    ]


def test_what_a_manifest_would_take_for_a_fraction_is_not_stated() -> None:
    found, faults = entries(measured([("a", "b")] * 199 + [("a", "a")]))
    assert found == ()
    assert [fault.code for fault in faults] == ["MLP1013"]


# Reading.


@given(tables, st.integers(1, 40))
def test_the_pieces_of_a_file_do_not_matter(pairs: Pairs, size: int) -> None:
    data = ("truth,said\r\n" + "".join(f'"{t}",{s}\r\n' for t, s in pairs)).encode()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    found, _ = measure(pieces, "t.csv", truth="truth", predicted="said")
    assert found is not None
    assert found.counts == dict(Counter(pairs))
    assert found.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.slow
def test_a_file_is_read_as_a_stream() -> None:
    """A million rows leave nothing behind but their counts."""
    import tracemalloc

    def pieces() -> Iterator[bytes]:
        yield b"truth,said\n"
        for _ in range(1000):
            yield b"a,a\na,b\nb,b\nb,b\n" * 25

    tracemalloc.start()
    found, _ = measure(pieces(), "t.csv", truth="truth", predicted="said")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found is not None
    assert found.rows == 100_000
    assert peak < 1_000_000
