"""Which changes to tell first: what a change asks of a team."""

from __future__ import annotations

from collections.abc import Iterable

from mlpolicy.changes.asking import Search
from mlpolicy.changes.editable import EditableField, Line, Options, number_of, plain_of
from mlpolicy.changes.told import Change
from mlpolicy.manifest.overlay import Plain
from mlpolicy.schema import RANKS


def weight(editable: EditableField) -> tuple[bool, int]:
    """What changing a field asks of a team: to state what is not stated yet before what
    contradicts the manifest, then by its rank in the schema."""
    return (plain_of(editable.today) is not None, editable.rank)


def weights(search: Search, places: Iterable[int]) -> tuple[tuple[bool, int], ...]:
    """The same of several fields, the heaviest first."""
    return tuple(sorted((weight(search.editables[place]) for place in places), reverse=True))


def burden(
    change: Change, search: Search
) -> tuple[int, tuple[tuple[bool, int], ...], tuple[int, ...]]:
    """The order in which changes of one size are told: last what no team would do for it, which
    is to do with less of what it has, to take on a need that the task does not have, or, plainer
    still to see through, to make up a number that nobody asked for."""
    keys = [(editable.workload, editable.path) for editable in search.editables]
    places = tuple(keys.index((s.workload, s.path)) for s in change.settings)
    idle = max(
        idleness(search.editables[place], setting.value)
        for place, setting in zip(places, change.settings, strict=True)
    )
    return idle, weights(search, places), places


def idleness(editable: EditableField, value: Plain) -> int:
    """How little sense it makes to a team to state this: 0 where it makes some, 2 where none."""
    rank = RANKS[editable.rank] if editable.rank < len(RANKS) else ""
    now = plain_of(editable.today)
    line = isinstance(editable.domain, Line)
    match rank:
        case "demand" | "need" if now is None and line:
            return 2
        case "need" if isinstance(value, tuple):
            return int(any(word not in (now if isinstance(now, tuple) else ()) for word in value))
        case "need":
            return int(value is True)
        case "effort" if now is not None and line:
            return int(number_of(value, editable) < number_of(now, editable))
        case "effort" if isinstance(editable.domain, Options):
            values = editable.domain.values
            known = value in values and now in values
            return int(known and values.index(value) < values.index(now))
        case _:
            return 0
