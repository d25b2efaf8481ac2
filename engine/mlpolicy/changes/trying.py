"""Values of some fields that do what is asked for, nearest first: members are tried, numbers are
cut exactly where something turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from mlpolicy.analyze.query import Trial, Tried
from mlpolicy.changes.asking import Search, matters
from mlpolicy.changes.editable import (
    FINEST,
    EditableField,
    Line,
    Options,
    Subset,
    bound,
    leave_open,
    number_today,
    plain,
    plain_of,
    state,
)
from mlpolicy.changes.partition import Interval, Piece, partition
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.show import finite_places
from mlpolicy.core.terms import Status
from mlpolicy.manifest.overlay import Plain

#: Of a list of no more words than this every subset is tried.
MOST_WORDS = 5


Values = tuple[tuple[EditableField, Plain], ...]


def tried_values(
    search: Search,
    document: Document,
    rest: Sequence[EditableField],
    left: Mapping[tuple[str, FieldPath], Sequence[Plain]] = {},
) -> Iterator[tuple[Values | None, bool]]:
    """Values of the fields in `rest` that do it, as they are found; None with whether a part
    that was searched in vain is surely empty. `left` are the values that are not ruled out yet, of
    the fields of which some are."""
    editable, others = rest[0], rest[1:]
    if isinstance(editable.domain, Line):
        yield from _tried_line(search, document, editable, others)
        return
    few = _fewest(rest)
    if few is not editable and few.key not in left:
        left = {**left, few.key: _left(search, document, few, rest)}
    if not left.get(few.key, (None,)):
        yield from () if _is_told_whole(few) else ((None, False),)
        return
    for value in left.get(editable.key) or _candidates(editable):
        if search.spent:
            yield None, False
            return
        stated = state(document, editable, value)
        if others:
            if search.ask(leave_open(stated, others), others).holds is Tried.NO:
                continue
            for found, told in tried_values(search, stated, others, left):
                yield (((editable, value), *found), told) if found is not None else (None, told)
        else:
            trial = search.ask(stated)
            if trial.holds is Tried.YES:
                yield ((editable, value),), True
            else:
                note_provisional(search, trial, stated, ((editable, value),))
    if not _is_told_whole(editable):
        yield None, False


def _fewest(rest: Sequence[EditableField]) -> EditableField:
    """The field with the fewest values to try; the first of several, and of numbers."""
    return min(
        (each for each in rest if not isinstance(each.domain, Line)),
        key=lambda each: sum(1 for _ in _candidates(each)),
    )


def _left(
    search: Search, document: Document, editable: EditableField, rest: Sequence[EditableField]
) -> list[Plain]:
    """The values of a field with which the others of `rest`, being open, may still do it: where
    those have many values, asking so costs less than trying each of them."""
    others = [other for other in rest if other is not editable]
    found: list[Plain] = []
    for value in _candidates(editable):
        there = leave_open(state(document, editable, value), others)
        if search.spent or search.ask(there, others).holds is not Tried.NO:
            found.append(value)
    return found


def _tried_line(
    search: Search, document: Document, editable: EditableField, others: Sequence[EditableField]
) -> Iterator[tuple[Values | None, bool]]:
    pieces = pieces_of(search, document, editable, others)
    here = number_today(editable)
    for piece in sorted(pieces, key=lambda p: (distance(p.interval, here), p.interval.is_point)):
        if piece.holds is Tried.NO:
            continue
        if not others:
            if piece.holds is Tried.YES:
                number = pick(editable, piece.interval, here)
                yield ((editable, plain(editable, number)),), True
            else:
                number = pick(editable, piece.interval, here)
                stated = state(document, editable, plain(editable, number))
                trial = search.ask(stated)
                if trial.holds is Tried.YES:
                    yield ((editable, plain(editable, number)),), True
                note_provisional(search, trial, stated, ((editable, plain(editable, number)),))
                yield None, _in_vain(search, document, editable, piece)
            continue
        interval = piece.interval
        tries = dict.fromkeys((pick(editable, interval, here), interval.low, interval.high))
        for number in tries:
            if search.spent:
                break
            stated = state(document, editable, plain(editable, number))
            for found, _ in tried_values(search, stated, others):
                if found is not None:
                    yield ((editable, plain(editable, number)), *found), True
        yield None, interval.is_point


def _in_vain(
    search: Search, document: Document, editable: EditableField, piece: Piece[Tried]
) -> bool:
    """Is it sure that no number of an interval does it, the only one that is open there?"""
    if piece.interval.is_point:
        return piece.holds is not None
    if search.spent:
        return False
    return search.hindered(bound(document, editable, piece.interval), (editable,)) is not None


def pieces_of(
    search: Search, document: Document, editable: EditableField, others: Sequence[EditableField]
) -> tuple[Piece[Tried], ...]:
    """The line of one number, with the other fields open: where it does it, where not, where
    that is open."""
    assert isinstance(editable.domain, Line)
    whole = editable.domain.interval

    def look(interval: Interval) -> tuple[Tried | None, Iterable[Fraction]]:
        there = leave_open(bound(document, editable, interval), others)
        opened = others if interval.is_point else (editable, *others)
        trial = search.ask(there, opened, turning=bool(opened))
        if trial.holds is not Tried.OPEN or interval.is_point or search.spent:
            return trial.holds, ()
        if not matters(search, editable, trial):
            return Tried.OPEN, ()  # proved not to hang on this field here
        turns = [turn / editable.unit.scale for turn in trial.turns(editable.slot)]
        inside = [turn for turn in turns if interval.is_cut_by(turn, whole)]
        if inside:
            return None, inside
        # Nothing is known to turn in here. Halving helps only where the ends differ.
        ends = {at(number) for number in (interval.low, interval.middle, interval.high)}
        return (Tried.OPEN if ends == {Tried.OPEN} else None), ()

    def at(number: Fraction) -> Tried:
        there = bound(document, editable, Interval(number, number, number))
        return search.ask(leave_open(there, others), others).holds

    return partition(whole, look, 60 if others else 150)


def distance(interval: Interval, here: Fraction | None) -> Fraction:
    """How far an interval is from what is stated; 0 where nothing is."""
    return Fraction(0) if here is None else abs(interval.nearest(here) - here)


def pick(editable: EditableField, interval: Interval, here: Fraction | None) -> Fraction:
    """The number of an interval that is nearest to what is stated. Where the finest step is all
    that keeps it from a bar, the nearest with as many decimals as the bar and today's number;
    where nothing is stated, the end at a bar."""
    assert isinstance(editable.domain, Line)
    whole = editable.domain.interval
    if here is None:
        near = interval.low if interval.low > whole.low else interval.high
        if interval.low == whole.low and interval.high == whole.high:
            near = interval.nearest(Fraction(1) if 0 < whole.low < 1 else Fraction(0))
    else:
        near = interval.nearest(here)
    if interval.step != FINEST or near in (whole.low, whole.high):
        return near
    places = finite_places(here) if here is not None else 0
    least = max(
        places or 0,
        *(
            finite_places(near + d) or 0
            for d in (-FINEST, FINEST)
            if (finite_places(near + d) or 0) < 12
        ),
        0,
    )
    if (finite_places(near) or 0) <= least:
        return near
    for decimals in range(least, 12):
        step = Fraction(1, 10**decimals)
        part = interval.between(interval.low, interval.high)
        assert part is not None
        coarse = Interval(-whole.high - 1, whole.high + 1, step).between(
            interval.low, interval.high
        )
        if coarse is not None:
            return coarse.nearest(near)
    return near


def _is_told_whole(editable: EditableField) -> bool:
    """Are the candidates all values that the field can have?"""
    match editable.domain:
        case Options(all_there_are=whole):
            return whole
        case Subset(members=members, all_there_are=whole):
            return whole and len({*members, *(_words(editable) or ())}) <= MOST_WORDS
        case _:
            return False


def _words(editable: EditableField) -> tuple[str, ...] | None:
    now = plain_of(editable.today)
    return now if isinstance(now, tuple) else None


def _candidates(editable: EditableField) -> Iterator[Plain]:
    """The values of a field that has no line, other than today's, nearest first."""
    now = plain_of(editable.today)
    match editable.domain:
        case Options(values=values):
            place = values.index(now) if now in values else 0
            ordered = sorted(values, key=lambda v: abs(values.index(v) - place))
            yield from (value for value in ordered if value != now)
        case Subset(members=members):
            yield from _subsets(members, _words(editable))
        case _:
            return


def _subsets(members: tuple[str, ...], now: tuple[str, ...] | None) -> Iterator[Plain]:
    """Lists that differ from today's by one word, then by two; by any number where the words
    are few; without one, the empty list."""
    base = now or ()
    if now is None or now:
        yield ()
    toggles = tuple(dict.fromkeys((*base, *members)))
    few = len(toggles) <= MOST_WORDS
    for count in range(1, (len(toggles) if few else 2) + 1):
        for chosen in combinations(toggles, count):
            kept = tuple(m for m in base if m not in chosen)
            added = tuple(m for m in chosen if m not in base)
            if len(toggles) > 20 and count == 2:
                return
            if kept or added:
                yield (*kept, *added)


def note_provisional(search: Search, trial: Trial, document: Document, values: Values) -> None:
    """Keeps a change after which the wanted outcome is shown, though not decided."""
    if search.question.outcome is None or trial.shown != search.question.outcome:
        return
    if trial.status is Status.PROVISIONAL:
        search.provisional.append(values)
