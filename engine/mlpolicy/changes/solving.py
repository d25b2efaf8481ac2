"""From values that do it to a change: evaluated as a manifest of its own, with nothing that it does
not need, and with all the values of each field that do it too."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from mlpolicy.analyze.query import Tried
from mlpolicy.changes.asking import Search, does_it, restated
from mlpolicy.changes.editable import (
    EditableField,
    Line,
    Options,
    Subset,
    interval_text,
    number_of,
    number_today,
    plain,
    plain_of,
    said,
    state,
)
from mlpolicy.changes.partition import Interval
from mlpolicy.changes.told import Change, Setting
from mlpolicy.changes.trying import distance, pick, pieces_of, tried_values
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath
from mlpolicy.manifest.overlay import Overlay, Plain, node_of

#: The most of them for a set of one field; half of it for two, a third for three.
MOST_FOR_A_SET = 60


def solve(search: Search, chosen: Sequence[EditableField]) -> tuple[Change | None, bool]:
    """Values of exactly these fields that do it, nearest first; and whether, where there are
    none, that is sure."""
    rank = {Options: 0, Subset: 1, Line: 2}
    order = sorted(chosen, key=lambda editable: rank[type(editable.domain)])
    sure = True
    for values, told in tried_values(search, search.document, order):
        sure = sure and told
        if values is None:
            continue
        change = _change(search, chosen, {editable.key: value for editable, value in values})
        if change is not None:
            return change, True
        sure = False  # something else, such as an error in another rule, took it back
    return None, sure


def _change(
    search: Search, chosen: Sequence[EditableField], values: dict[tuple[str, FieldPath], Plain]
) -> Change | None:
    """The change, evaluated as a manifest, without fields that it does not need; None where
    the schema refuses it or it does not do it after all."""
    needed = list(chosen)
    for size in range(1, len(needed)):
        for part in combinations(chosen, size):
            trial = search.ask(restated(search, part, values))
            if trial.holds is Tried.YES:
                return None  # a smaller one, told among its own size
    search.limit = search.trials + MOST_FOR_A_SET
    if len(needed) > 1:
        for editable in needed:
            _draw_near(search, editable, needed, values)
    search.limit = max(search.limit, search.trials + MOST_FOR_A_SET)
    after = search.confirm([Overlay(k.workload, k.steps, node_of(values[k.key])) for k in needed])
    if after is None or not does_it(search.question, after):
        return None
    settings = tuple(_setting(search, editable, needed, values) for editable in needed)
    return Change(settings, after)


def _draw_near(
    search: Search,
    editable: EditableField,
    needed: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> None:
    """Moves one number as near to what is stated as the other settings allow."""
    if not isinstance(editable.domain, Line):
        return
    others = [other for other in needed if other.key != editable.key]
    pieces = pieces_of(search, restated(search, others, values), editable, ())
    here = number_today(editable)
    good = [piece.interval for piece in pieces if piece.holds is Tried.YES]
    if good:
        nearest = min(good, key=lambda interval: distance(interval, here))
        values[editable.key] = plain(editable, pick(editable, nearest, here))


def _setting(
    search: Search,
    editable: EditableField,
    needed: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> Setting:
    value = values[editable.key]
    others = [other for other in needed if other.key != editable.key]
    document = restated(search, others, values)
    region, exact = _region(search, document, editable, value)
    before = "" if editable.today is None else said(plain_of(editable.today), editable)
    return Setting(
        path=editable.path,
        workload=editable.workload,
        before=before,
        value=value,
        shown=said(value, editable),
        region=region,
        exact=exact,
    )


def _region(
    search: Search, document: Document, editable: EditableField, value: Plain
) -> tuple[str, bool]:
    """All values of one field that do it with the others as they are, in words; and whether
    its ends are proved."""
    if isinstance(editable.domain, Line):
        pieces = pieces_of(search, document, editable, ())
        number = number_of(value, editable)
        good = [piece.interval for piece in pieces if piece.holds is Tried.YES]
        mine = next((s for s in good if number in s), Interval(number, number, Fraction(1)))
        whole = editable.domain.interval
        outside = [n for n in (mine.low - mine.step, mine.high + mine.step) if n in whole]
        exact = all(
            search.ask(state(document, editable, plain(editable, n))).holds is not Tried.YES
            for n in outside
        )
        return interval_text(mine, editable), exact
    if isinstance(editable.domain, Options):
        does = [
            v
            for v in editable.domain.values
            if v == value or search.ask(state(document, editable, v)).holds is Tried.YES
        ]
        words = [said(v, editable) for v in does]
        return " or ".join(words), editable.domain.all_there_are
    return said(value, editable), False
