"""A logical line in, the lines on which it is printed out.

A line that fits stays one line. One that is too long is broken where a break is furthest out:
between its clauses first, then at its loosest operators, then within brackets. As many parts as fit
share a line; but where a chain of `and` or `or` is broken, each of its conditions has a line of
its own. A part that is still too long is broken in the same way, one step further in. A row goes on
with as many cells as fit on the next line, and a sentence with as many words, in quotes of its own.
What nothing can break, as a long name, stays as long as it is.

A title has a line of its own, always. A line ends behind a remark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mlpolicy.format.lines import Line, Piece, chunks, is_sentence

#: How long a line may be, in characters.
LIMIT = 110

_STEP = 2


def lines_of(line: Line) -> list[str]:
    """The lines of text, without line ends."""
    start = _STEP * line.depth
    # What goes on before a block within a declaration stands further in than the block, and what
    # goes on from a row further in than its first cell.
    deep = (line.opens and line.depth) or line.pieces[0].kind == "CELL"
    further = start + (2 * _STEP if deep else _STEP)
    printed = _Printed(line.pieces, start)
    printed.part(0, len(line.pieces), further)
    return printed.lines


class _Printed:
    """The lines of one logical line, so far."""

    def __init__(self, pieces: Sequence[Piece], start: int) -> None:
        self.pieces = pieces
        self.lines = [" " * start]
        self.begins = True

    def part(self, start: int, end: int, further: int) -> None:
        """Prints pieces, the first one here, and what goes on from it `further` in."""
        cuts = self.cuts(start, end)
        if not cuts or (self.fits(start, end) and not self.must_break(start + 1, end)):
            for number in range(start, end):
                if is_sentence(self.pieces[number]) and not self.fits(number, end):
                    self.sentence(number, end, further)
                else:
                    self.put(self.pieces[number])
            return
        chain = all(self.pieces[cut].text in ("and", "or") for cut in cuts)
        bounds = [start, *cuts, end]
        self.part(start, bounds[1], further)
        for here, there in pairwise(bounds[1:]):
            stays = (
                not self.must_break(here, here + 1)
                and not chain
                and (self.fits(here, there) or self.stays_open(here, there, further))
            )
            if not stays:
                self.new_line(here, further)
            self.part(here, there, further if stays else further + _STEP)

    def stays_open(self, start: int, end: int, further: int) -> bool:
        """Does a value stay behind its sign, since its brackets can be parted, or behind `=`, since
        it fits on no line of its own either?"""
        sign = self.pieces[start].text
        if sign not in ("=", "+"):
            return False
        opens = self.pieces[start + 1].text in ("[", "{")
        return opens or (sign == "=" and further + self.width(start, end) > LIMIT)

    def cuts(self, start: int, end: int) -> list[int]:
        """Where a part is broken: at all its outermost breaks."""
        ranks = {n: self.rank(n) for n in range(start + 1, end)}
        least = min((rank for rank in ranks.values() if rank is not None), default=None)
        return [n for n, rank in ranks.items() if rank is not None and rank == least]

    def rank(self, number: int) -> tuple[int, int] | None:
        rank = self.pieces[number].rank
        return (9, 0) if rank is None and self.must_break(number, number + 1) else rank

    def must_break(self, start: int, end: int) -> bool:
        """Does one of these pieces begin a line, whatever fits?"""
        for number in range(max(start, 1), end):
            piece, before = self.pieces[number], self.pieces[number - 1]
            titled = (before.rule == "title") != (piece.rule == "title")
            if titled or piece.above or before.behind:
                return True
        return False

    def fits(self, start: int, end: int) -> bool:
        gap = 0 if self.begins else len(self.pieces[start].gap)
        return len(self.lines[-1]) + gap + self.width(start, end) <= LIMIT

    def width(self, start: int, end: int) -> int:
        """How many characters wide pieces are on one line, without the gap before the first."""
        pieces = self.pieces[start:end]
        return len(pieces[0].text) + sum(len(p.gap) + len(p.text) for p in pieces[1:])

    def new_line(self, number: int, indent: int) -> None:
        for remark in self.pieces[number].above:
            self.lines.append(" " * indent + remark)
        self.lines.append(" " * indent)
        self.begins = True

    def sentence(self, number: int, end: int, further: int) -> None:
        """Prints a text on as many lines as it needs, and leaves room for what ends its part."""
        piece = self.pieces[number]
        behind = self.width(number, end) - len(piece.text)
        *most, last = chunks(piece)
        line = ""
        for chunk in most:
            line = self.goes_on(line, chunk, 0, further)
        line = self.goes_on(line, last, behind, further)
        self.put(replace(piece, text=f'"{line}"'))

    def goes_on(self, line: str, chunk: str, behind: int, further: int) -> str:
        """The line of a text that ends with a chunk: the one before it is printed where there is
        no room for it and what stands `behind`."""
        gap = "" if self.begins else " "
        if not line:
            return chunk
        if len(self.lines[-1] + gap + line + chunk) + 3 + behind <= LIMIT:
            return f"{line} {chunk}"
        self.lines[-1] += f'{gap}"{line}"'
        self.lines.append(" " * further)
        self.begins = True
        return chunk

    def put(self, piece: Piece) -> None:
        gap = "" if self.begins else piece.gap
        self.lines[-1] += gap + piece.text + (f"  {piece.behind}" if piece.behind else "")
        self.begins = False
