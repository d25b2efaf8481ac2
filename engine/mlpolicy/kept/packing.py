"""Values of the engine as bytes, and back: quicker than a pickle, and unable to run anything.

A kept policy is some twenty thousand small values, which every start makes anew. A pickle makes
them one by one, each through functions of Python. Here values of one kind that rest on nothing but
what is there already are made together: their fields lie side by side in columns, and loops of the
interpreter's own fill the slots. What needs no making (texts, whole numbers, tuples of such) is
read by `marshal`, in a form that every version of Python reads.

What comes back are values of classes of this package, of the few others named here, and nothing
else. The bytes hold for one version of the engine.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import islice, repeat
from sys import byteorder

from mlpolicy.dataclass import classes, setters_of, state_of
from mlpolicy.typed import Any

#: How the values of a group are made.
_NODE, _TUPLE, _NAMED, _LIST, _DICT, _SET, _FROZEN, _FRACTION, _DECIMAL, _ENUM = range(10)

#: What a column holds: places in the table, whole numbers, values as they are, or one for all.
_PLACES, _NUMBERS, _VALUES, _SAME = range(4)

#: As what numbers are written, by how many bytes each takes.
_WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}

#: The version of marshal's format that every Python since 3.4 reads.
_MARSHAL = 4

_ATOMS = frozenset((type(None), bool, int, str, bytes))
_HOLDERS = {tuple: _TUPLE, list: _LIST, dict: _DICT, set: _SET, frozenset: _FROZEN}


def pack(value: object) -> bytes:
    """The value as bytes. Raises TypeError for a value of a kind that is not known here."""
    return marshal.dumps((byteorder, *_Packer().packed(value)), _MARSHAL)


def unpack(data: bytes | memoryview) -> Any:
    """The value that was packed. The bytes must be those of `pack`: the caller has made sure
    that nobody else wrote them."""
    import gc

    order, plain, kinds, groups, root = marshal.loads(data)
    if order != byteorder:
        raise ValueError("written by a machine with another order of bytes")
    table: list[Any] = list(plain)
    place = table.__getitem__
    found = [_kind(module, name) for module, name in kinds]
    # Looking for garbage amid so many small values doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for how, kind, many, columns in groups:
            read = [_column(said, column, place) for said, column in columns]
            table += _MAKERS[how](found[kind] if kind >= 0 else None, many, read)
    finally:
        if collecting:
            gc.enable()
    return table[root]


def _kind(module: str, name: str) -> Any:
    if module.partition(".")[0] != "mlpolicy":
        raise ValueError(f"{module} is not ours")
    from importlib import import_module

    kind = import_module(module)
    for part in name.split("."):
        kind = getattr(kind, part)
    return kind


def _column(said: int, column: Any, place: Callable[[int], Any]) -> Iterable[Any]:
    if said in (_PLACES, _NUMBERS):
        width, data = column
        numbers = memoryview(data).cast(width)
        return map(place, numbers) if said == _PLACES else numbers
    return repeat(column) if said == _SAME else column


# ── Making values of one kind ────────────────────────────────────────────────────────────


def _nodes(kind: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    made = list(map(object.__new__, repeat(kind, many)))
    for fill, column in zip(setters_of(kind), columns, strict=True):
        any(map(fill, made, column))  # a loop of the interpreter's own: nothing is returned
    return made


def _named(kind: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    return list(map(tuple.__new__, repeat(kind, many), zip(*columns, strict=False)))


def _runs(make: Callable[[Iterable[Any]], Any]) -> Callable[..., list[Any]]:
    """Makes what has any number of items: a column with their numbers, and one with all items."""

    def runs(_: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
        items = iter(columns[1])
        return [make(islice(items, length)) for length, _ in _upto(columns[0], many)]

    return runs


def _upto(column: Iterable[Any], many: int) -> Iterator[tuple[Any, int]]:
    return zip(column, range(many), strict=False)


def _dicts(_: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    keys, values = iter(columns[1]), iter(columns[2])
    return [
        dict(zip(islice(keys, length), islice(values, length), strict=True))
        for length, _ in _upto(columns[0], many)
    ]


def _fractions(_: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    made = list(map(object.__new__, repeat(Fraction, many)))
    # As `Fraction` itself makes one whose parts have nothing in common.
    for one, above, below in zip(made, *columns, strict=False):
        one._numerator = above
        one._denominator = below
    return made


def _decimals(_: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    return [Decimal(text) for text, _ in _upto(columns[0], many)]


def _members(kind: Any, many: int, columns: list[Iterable[Any]]) -> list[Any]:
    return [kind[name] for name, _ in _upto(columns[0], many)]


_MAKERS: dict[int, Callable[..., list[Any]]] = {
    _NODE: _nodes,
    _TUPLE: _runs(tuple),
    _NAMED: _named,
    _LIST: _runs(list),
    _DICT: _dicts,
    _SET: _runs(set),
    _FROZEN: _runs(frozenset),
    _FRACTION: _fractions,
    _DECIMAL: _decimals,
    _ENUM: _members,
}


# ── Packing ──────────────────────────────────────────────────────────────────────────────


#: The rank of a value while what it rests on is ranked.
_BEGUN = -1


class _Packer:
    """Sorts values into groups, each after all that its values rest on."""

    def __init__(self) -> None:
        self.ranks: dict[int, int] = {}
        self.plain: set[int] = set()
        self.held: list[Any] = []  # what is told apart by its `id` must not go
        self.states: dict[int, tuple[Any, ...]] = {}
        self.groups: dict[tuple[int, int, int], list[Any]] = {}
        self.kinds: dict[Any, int] = {}
        self.table: list[Any] = []
        self.places: dict[object, int] = {}
        self.ours = frozenset(classes())

    def packed(self, root: object) -> tuple[Any, ...]:
        """What `marshal` writes."""
        self._rank(root)
        order = sorted(self.groups)
        columns = {key: list(self._columns(key[1], self.groups[key])) for key in order}
        for column in (each for several in columns.values() for each in several):
            if not self._is_plain(column):
                for value in column:
                    self._note(value)
        self._note(root)
        at = len(self.table)
        for key in order:
            for value in self.groups[key]:
                self.places[id(value)] = at
                at += 1
        groups = tuple(
            (how, kind, len(self.groups[rank, how, kind]), tuple(map(self._written, several)))
            for (rank, how, kind), several in columns.items()
        )
        kinds = tuple([(kind.__module__, kind.__qualname__) for kind in self.kinds])
        return tuple(self.table), kinds, groups, self._place(root)

    def _is_plain(self, column: list[Any]) -> bool:
        return all(id(value) in self.plain for value in column)

    def _note(self, value: Any) -> None:
        """Gives a plain value that others name a place in the table."""
        if id(value) in self.plain and (key := _key(value)) not in self.places:
            self.places[key] = len(self.table)
            self.table.append(value)

    def _place(self, value: Any) -> int:
        return self.places[_key(value) if id(value) in self.plain else id(value)]

    def _written(self, column: list[Any]) -> tuple[int, Any]:
        if self._is_plain(column):
            if column and all(value is column[0] for value in column):
                return _SAME, column[0]
            if all(type(value) is int and 0 <= value < 1 << 64 for value in column):
                return _NUMBERS, _numbers(column)
            return _VALUES, tuple(column)
        return _PLACES, _numbers([self._place(value) for value in column])

    def _rank(self, root: object) -> None:
        """Puts a value and all that it rests on into groups: what rests on nothing comes first."""
        waiting: list[tuple[Any, list[Any] | None]] = [(root, None)]
        while waiting:
            value, inside = waiting.pop()
            if inside is None:
                if id(value) in self.ranks:
                    if self.ranks[id(value)] == _BEGUN:
                        raise TypeError(f"a {type(value).__name__} that holds itself is not kept")
                    continue
                self.ranks[id(value)] = _BEGUN
                inside = self._inside(value)
                self.held.append((value, inside))
                waiting.append((value, inside))
                waiting.extend((one, None) for one in inside)
            else:
                rank = 1 + max([self.ranks[id(one)] for one in inside], default=-1)
                self.ranks[id(value)] = rank
                self._sort(value, inside, rank)

    def _sort(self, value: Any, inside: list[Any], rank: int) -> None:
        kind: Any = type(value)
        if kind in _ATOMS or (kind in _HOLDERS and self._is_plain(inside)):
            self.plain.add(id(value))
            return
        if kind in _HOLDERS:
            how, named = _HOLDERS[kind], None
        elif kind is Fraction:
            how, named = _FRACTION, None
        elif kind is Decimal:
            how, named = _DECIMAL, None
        else:
            how = _NODE if kind in self.ours else _NAMED if issubclass(kind, tuple) else _ENUM
            named = kind
        number = self.kinds.setdefault(named, len(self.kinds)) if named is not None else -1
        self.groups.setdefault((rank, how, number), []).append(value)

    def _inside(self, value: Any) -> list[Any]:
        """The values that a value rests on."""
        kind = type(value)
        if kind in _ATOMS or kind is Fraction or kind is Decimal or isinstance(value, Enum):
            return []
        if kind is dict:
            return [*value.keys(), *value.values()]
        if kind in _HOLDERS or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
            return list(value)
        if kind in self.ours:
            self.states[id(value)] = state_of(value)
            return list(self.states[id(value)])
        raise TypeError(f"{kind.__name__} is not kept")

    def _columns(self, how: int, values: list[Any]) -> Iterator[list[Any]]:
        """The parts of values of one kind, side by side."""
        match how:
            case _ if how == _NODE:
                rows = [self.states[id(value)] for value in values]
                yield from (list(column) for column in zip(*rows, strict=True))
            case _ if how == _NAMED:
                yield from (list(column) for column in zip(*values, strict=True))
            case _ if how == _DICT:
                yield self._plainly([len(value) for value in values])
                yield [key for value in values for key in value]
                yield [each for value in values for each in value.values()]
            case _ if how == _FRACTION:
                yield self._plainly([value.numerator for value in values])
                yield self._plainly([value.denominator for value in values])
            case _ if how == _DECIMAL:
                yield self._plainly([str(value) for value in values])
            case _ if how == _ENUM:
                yield self._plainly([value.name for value in values])
            case _:
                yield self._plainly([len(value) for value in values])
                yield [item for value in values for item in value]

    def _plainly(self, column: list[Any]) -> list[Any]:
        """Values that are made here, and need no place."""
        self.held.append(column)
        self.plain.update(map(id, column))
        return column


def _numbers(column: list[int]) -> tuple[str, bytes]:
    most = max(column, default=0)
    width = next(width for width in _WIDTHS if most < 1 << 8 * width)
    return _WIDTHS[width], b"".join([number.to_bytes(width, byteorder) for number in column])


def _key(value: Any) -> object:
    """What is the same of two plain values that may stand for each other: `1` is not `True`, and
    a list is itself alone."""
    return (type(value), value) if type(value) in _ATOMS else ("", id(value))
