"""From values that do it to a change: evaluated as a manifest of its own, with nothing that it does
not need, and with all the values of each field that do it too."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from itertools import combinations

from mlpolicy.analyze.query import Tried
from mlpolicy.changes.asking import Search, does_it, goes_round, restated
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
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath
from mlpolicy.manifest.overlay import Overlay, Plain, node_of

#: The most of them for a set of one field; half of it for two, a third for three.
MOST_FOR_A_SET = 60


class Fails(Enum):
    """Why values that silence a rule, or give an outcome, are no change: something else takes it
    back (the schema, an error, a smaller change), or it only goes round the rule."""

    BACK = "back"
    ROUND = "round"


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
        if isinstance(change, Change):
            return change, True
        sure = (
            sure and change is Fails.ROUND
        )  # something else, such as an error in another rule, took it back
    return None, sure


def _change(
    search: Search, chosen: Sequence[EditableField], values: dict[tuple[str, FieldPath], Plain]
) -> Change | Fails:
    """The change, evaluated as a manifest, without fields that it does not need; or why there is
    none."""
    needed = list(chosen)
    for size in range(1, len(needed)):
        for part in combinations(chosen, size):
            trial = search.ask(restated(search, part, values))
            if trial.holds is Tried.YES:
                return Fails.BACK  # a smaller one, told among its own size
    search.limit = search.trials + MOST_FOR_A_SET
    if len(needed) > 1:
        for editable in needed:
            _draw_near(search, editable, needed, values)
    search.limit = max(search.limit, search.trials + MOST_FOR_A_SET)
    after = _after(search, needed, values)
    if after is None or not does_it(search.question, after):
        return Fails.BACK
    if goes_round(search, needed, after):
        return Fails.ROUND
    settings = tuple(_setting(search, editable, needed, values) for editable in needed)
    return Change(settings, after)


def _after(
    search: Search,
    fields: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> Decision | None:
    """The decision on the manifest with these fields so."""
    return search.confirm([Overlay(k.workload, k.steps, node_of(values[k.key])) for k in fields])


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
    if search.question.rule is not None and isinstance(editable.domain, Options):
        region = " or ".join(_ways(search, editable, needed, values))
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


def _ways(
    search: Search,
    editable: EditableField,
    needed: Sequence[EditableField],
    values: dict[tuple[str, FieldPath], Plain],
) -> list[str]:
    """Of the words of one field those that silence the rule and do not just go round it."""
    assert isinstance(editable.domain, Options)
    found = []
    for value in editable.domain.values:
        own = values[editable.key] == value
        after = None if own else _after(search, needed, {**values, editable.key: value})
        does = after is not None and does_it(search.question, after)
        if own or (after is not None and does and not goes_round(search, needed, after)):
            found.append(said(value, editable))
    return found


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
