"""Logical lines in, the same with wider gaps out, so that neighbours of a kind stand in columns.

Lists are aligned: rows of tables and catalogues, neighbouring inputs and enums, the cases of a
definition, the steps of a tree, the questions of a score. Sentences are not. A blank line, or a
remark on a line of its own, ends a list; but the rows of a table are one list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from mlpolicy.format.layout import LIMIT
from mlpolicy.format.lines import Items, Line, Piece, Remark

#: The columns of a list, by the rule of its lines: each the words or kinds of token that begin it.
COLUMNS: dict[str, tuple[frozenset[str], ...]] = {
    "input": (frozenset({":"}), frozenset({"from"})),
    "enum": (frozenset({":", "from"}),),
    "member_called": (frozenset({"STRING"}),),
    "record_column": (frozenset({"if", "ask"}),),
    "case": (frozenset({":"}),),
    "flat": (frozenset({":"}),),
    "question": (frozenset({"STRING"}), frozenset({":"})),
    "shortlist_line": (frozenset({"STRING"}), frozenset({":"})),
}

#: The rules of the lines of tables.
_ROWS = frozenset({"header", "row", "table_row", "examples_heading", "example"})

#: A list one of whose lines reaches further before a column has no such column.
_FAR = 60
#: A table that is wider than a line has columns of at most this width.
_WIDE = 40


def aligned(items: Items) -> Items:
    """The items, with the gaps that put neighbours in columns."""
    made = list(items)
    for group in _tables(items):
        for number, line in zip(group, _table([_line(items, n) for n in group]), strict=True):
            made[number] = line
    for group in _lists(items):
        for number, line in zip(group, _list([_line(items, n) for n in group]), strict=True):
            made[number] = line
    return tuple(made)


def _line(items: Items, number: int) -> Line:
    item = items[number]
    assert isinstance(item, Line)
    return item


def _padded(line: Line, number: int, more: int) -> Line:
    """A line with more spaces before one of its pieces."""
    piece = line.pieces[number]
    wider = replace(piece, gap=piece.gap + " " * more)
    return replace(line, pieces=(*line.pieces[:number], wider, *line.pieces[number + 1 :]))


def _width(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.gap) + len(piece.text) for piece in pieces)


def _in_one(pieces: Sequence[Piece]) -> bool:
    """Are they printed on one line, as far as remarks go?"""
    return not any(p.above for p in pieces[1:]) and not any(p.behind for p in pieces[:-1])


# ── Lists ────────────────────────────────────────────────────────────────────────────────


def _lists(items: Items) -> Iterator[list[int]]:
    """The numbers of the lines of each list. Between two declarations of one stands what is
    indented below the upper one."""
    group: list[int] = []
    for number, item in enumerate(items):
        last = _line(items, group[-1]) if group else None
        if isinstance(item, Remark):
            if last is not None and item.depth <= last.depth:
                yield group
                group = []
        elif last is None:
            group = [number] if item.rule in COLUMNS else []
        elif item.depth > last.depth == 0 and not (item.rule in COLUMNS and item.depth == 1):
            continue
        elif item.rule == last.rule and item.depth == last.depth and not item.blank:
            group.append(number)
        else:
            yield group
            group = [number] if item.rule in COLUMNS else []
    if group:
        yield group


def _list(lines: Sequence[Line]) -> list[Line]:
    """The lines of a list, in columns where these do no harm: where no line reaches too far
    before one, and none has to be broken for one."""
    made = list(lines)
    for column in COLUMNS[lines[0].rule]:
        at = {n: where for n, line in enumerate(made) if (where := _where(line, column))}
        reach = {n: 2 * made[n].depth + _width(made[n].pieces[:where]) for n, where in at.items()}
        furthest = max(reach.values(), default=0)
        if furthest > _FAR:
            continue
        if any(own < furthest and _tight(made[n], furthest - own) for n, own in reach.items()):
            continue
        for n, where in at.items():
            made[n] = _padded(made[n], where, furthest - reach[n])
    return made


def _where(line: Line, column: frozenset[str]) -> int | None:
    """The piece of a line that begins a column, with something behind it."""
    for number, piece in enumerate(line.pieces[:-1]):
        if number and not piece.nested and (piece.text in column or piece.kind in column):
            alone = _in_one(line.pieces[: number + 1])
            return number if alone and _head(line) <= LIMIT else None
    if line.pieces[-1].kind in column:
        return len(line.pieces) - 1
    return None


def _tight(line: Line, more: int) -> bool:
    """Would a line have to be broken that is so much wider?"""
    return _head(line) + more > LIMIT


def _head(line: Line) -> int:
    """How wide a line is up to its first clause."""
    clauses = (n for n, p in enumerate(line.pieces) if n and p.rank is not None and not p.rank[0])
    first = next(clauses, len(line.pieces))
    return 2 * line.depth + _width(line.pieces[:first])


# ── Tables ───────────────────────────────────────────────────────────────────────────────


def _tables(items: Items) -> Iterator[list[int]]:
    """The numbers of the lines of each table."""
    group: list[int] = []
    for number, item in enumerate(items):
        if isinstance(item, Line) and item.rule in _ROWS:
            group.append(number)
        elif isinstance(item, Line) and group:
            yield group
            group = []
    if group:
        yield group


def _table(lines: Sequence[Line]) -> list[Line]:
    """The rows of a table. A row is one line, however long. In a table that is wider than a line
    a very wide cell stands in no column, and moves the rest of its row; its last cells are not
    filled up."""
    bars = [_bars(line) for line in lines]
    cells = [
        [_width(line.pieces[a + 1 : b]) for a, b in pairwise(at)]
        for line, at in zip(lines, bars, strict=True)
    ]
    widths = _widths(cells)
    fits = 2 * lines[0].depth + 1 + sum(2 + width for width in widths) <= LIMIT
    if not fits:
        widths = [*_widths([[w if w <= _WIDE else 0 for w in row] for row in cells])[:-1], 0]
    made = []
    for line, at, own in zip(lines, bars, cells, strict=True):
        for bar, wide, width in zip(at[1:], widths, own, strict=False):
            if width > wide or not _in_one(line.pieces):
                break
            line = _padded(line, bar, wide - width)
        made.append(line)
    return _list_of_outcomes(made, [at[-1] for at in bars])


def _bars(line: Line) -> list[int]:
    """The pieces that part the cells of a row."""
    return [n for n, piece in enumerate(line.pieces) if piece.kind == "CELL" and not piece.nested]


def _widths(cells: Sequence[Sequence[int]]) -> list[int]:
    """How wide each column is."""
    most = max(map(len, cells))
    return [max((row[c] for row in cells if c < len(row)), default=0) for c in range(most)]


def _list_of_outcomes(lines: Sequence[Line], last: Sequence[int]) -> list[Line]:
    """The references behind the outcomes of a decision table, in a column of their own."""
    where = [
        next((n for n in range(bar, len(line.pieces)) if line.pieces[n].kind == "REF"), None)
        for line, bar in zip(lines, last, strict=True)
    ]
    wide = [
        _width(line.pieces[bar + 1 : at]) if at is not None else 0
        for line, bar, at in zip(lines, last, where, strict=True)
    ]
    return [
        _padded(line, at, max(wide) - own) if at is not None else line
        for line, at, own in zip(lines, where, wide, strict=True)
    ]
