"""The same policy as somebody else would have typed it: other spaces and indentation, lines broken
wherever the language allows it, more blank lines; and remarks put wherever one may stand.

It works on the logical lines of `mlpolicy.format.lines`, so that it breaks lines of constructs that
it has never heard of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from mlpolicy.format.lines import Items, Line, Piece, Remark, chunks, is_sentence, items_of
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse_lossless


def items(text: str) -> Items:
    """The logical lines of a text without faults."""
    source = Source("noise.mlp", text)
    file, trees, problems = parse_lossless(source)
    assert problems == (), (problems, text)
    return items_of(source, trees, file.comments)


def may_break(piece: Piece, before: Piece) -> bool:
    """May a line begin with a piece of a logical line?"""
    if not (piece.gap or loose(piece, before)):
        return False
    within = piece.nested or (before.nested and piece.text in ")]}")
    return piece.rank is not None or bool(within)


def loose(piece: Piece, before: Piece) -> bool:
    """May there be spaces, where none are needed?"""
    return before.text in "([{," or piece.text in ")]},"


def noisy(made: Items, rng: Random) -> str:
    """A text of these lines, laid out at random, with `\\n` or `\\r\\n` at the ends of lines."""
    step = rng.choice((1, 2, 3, 4))
    out: list[str] = []
    for number, item in enumerate(made):
        deeper = number > 0 and item.depth > made[number - 1].depth
        if item.blank or (deeper and isinstance(item, Line)):
            blank = "" if rng.random() < 0.5 else " " * rng.randint(1, 5)
            out += [blank] * rng.randint(1 if item.blank else 0, 3)
        indent = " " * (step * item.depth)
        if isinstance(item, Remark):
            within = item.depth and rng.random() < 0.5 and _goes_on(made, number)
            out.append(" " * rng.randint(1, 9) * bool(within) + indent * (not within) + item.text)
        else:
            out += _line(item, indent, rng)
    end = rng.choice(("\n", "\n", "\r\n"))
    return "".join(line + end for line in out)


def _goes_on(made: Items, number: int) -> bool:
    """Does a declaration go on below a remark?"""
    line = next((each for each in made[number:] if isinstance(each, Line)), None)
    return line is not None and line.depth > 0


def _line(line: Line, indent: str, rng: Random) -> list[str]:
    out = [indent]
    pieces: Sequence[Piece] = line.pieces
    for number, piece in enumerate(pieces):
        if number:
            before = pieces[number - 1]
            free = may_break(piece, before)
            if before.behind or piece.above or (free and rng.random() < 0.15):
                for remark in piece.above:
                    out += [""] * rng.choice((0, 0, 1))
                    out.append(" " * rng.randint(1, 12) + remark)
                out.append(indent + " " * rng.randint(1, 12))
            else:
                out[-1] += _gap(before, piece, rng)
        if is_sentence(piece):
            first, *more = _parted(piece, rng)
            out[-1] += first
            out += [f"{indent} {' ' * rng.randint(1, 12)}{each}" for each in more]
        else:
            out[-1] += piece.text
        if piece.behind:
            out[-1] += " " * rng.randint(1, 20) + piece.behind
    if not pieces[-1].behind:
        out[-1] += " " * rng.choice((0, 0, 0, 3))
    return out


def _parted(piece: Piece, rng: Random) -> list[str]:
    """A sentence on the lines of somebody, in quotes."""
    lines: list[str] = []
    for chunk in chunks(piece):
        if lines and rng.random() < 0.8:
            lines[-1] += f" {chunk}"
        else:
            lines.append(chunk)
    return [f'"{line}"' for line in lines]


def _gap(before: Piece, piece: Piece, rng: Random) -> str:
    if piece.gap:
        return " " * rng.choice((1, 1, 1, 2, 7))
    return " " * (rng.randint(0, 2) if loose(piece, before) else 0)


def _halved(pieces: Sequence[Piece], rng: Random) -> list[Piece]:
    """The pieces, here and there with a sentence in two."""
    made: list[Piece] = []
    for piece in pieces:
        parts = chunks(piece) if is_sentence(piece) else []
        if len(parts) > 1 and rng.random() < 0.1:
            at = rng.randrange(1, len(parts))
            one, other = " ".join(parts[:at]), " ".join(parts[at:])
            made += [replace(piece, text=f'"{one}"'), replace(piece, text=f'"{other}"', gap=" ")]
        else:
            made.append(piece)
    return made


def remarked(made: Items, rng: Random) -> Items:
    """The same lines with remarks, at the ends of lines and on lines of their own, and with blank
    lines."""
    found: list[Line | Remark] = []
    for number, item in enumerate(made):
        if isinstance(item, Remark):
            found.append(item)
            continue
        first = number == 0 or item.depth <= made[number - 1].depth
        while rng.random() < 0.15:
            depth = item.depth if item.depth or rng.random() < 0.5 else int(number > 0)
            below = found[-1] if found else None
            if isinstance(below, Remark) and not item.depth:
                depth = min(depth, below.depth)
            blank = bool(found) and first and rng.random() < 0.3
            found.append(Remark(f"# remark {rng.randrange(1000)}", depth, blank))
        pieces: list[Piece] = []
        halved = _halved(item.pieces, rng)
        for place, piece in enumerate(halved):
            if place and is_sentence(piece) and is_sentence(halved[place - 1]):
                piece = replace(piece, above=(f"# remark {rng.randrange(1000)}",))
            elif place and may_break(piece, halved[place - 1]) and rng.random() < 0.05:
                text = f"# remark {rng.randrange(1000)}"
                if rng.random() < 0.5:
                    pieces[-1] = replace(pieces[-1], behind=text)
                else:
                    piece = replace(piece, above=(text, "#"))
            pieces.append(piece)
        if rng.random() < 0.1:
            pieces[-1] = replace(pieces[-1], behind="# at the end, with ref guide#C1")
        blank = item.blank or (bool(found) and first and rng.random() < 0.1)
        found.append(replace(item, pieces=tuple(pieces), blank=blank))
    return tuple(found)
