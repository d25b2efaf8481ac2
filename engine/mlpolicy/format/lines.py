"""The tokens and remarks of a file in, its logical lines out: what the grammar takes for one line,
whatever lines it was typed on, with remarks attached to what they stand at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlpolicy.source import Source
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.concrete import Branch, Leaf
from mlpolicy.syntax.fragments import GOES_ON, STRUCTURE
from mlpolicy.syntax.parse import looks_ahead, may_go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A token of a logical line. `rule` is the rule of the grammar that has it directly.

    `gap` stands before it where it is not the first of a printed line. `rank` says how far out a
    break before it is, the least being the outermost; None where no line may begin with it.
    `above` are remarks on lines of their own before it, `behind` is the one at the end of its
    line. `nested` is the number of brackets around it, those that it opens or closes left out.
    """

    text: str
    kind: str
    rule: str
    gap: str = ""
    rank: tuple[int, int] | None = None
    nested: int = 0
    above: tuple[str, ...] = ()
    behind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A logical line: `depth` blocks deep, `opens` where a block follows, `blank` where a blank
    line stands before it. `rule` is the rule of the grammar that ends with it."""

    depth: int
    rule: str
    pieces: tuple[Piece, ...]
    opens: bool
    blank: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on a line of its own, between two logical lines."""

    text: str
    depth: int
    blank: bool


Items = tuple[Line | Remark, ...]

#: Rules of the grammar within which brackets stand close to the word before them.
_CLOSE = frozenset({"call", "lookup", "parameter", "aggregate"})
#: Rules within which a colon stands close to the word before it: `yes: …`, `{low: 1}`.
_LABELLED = frozenset({"arm", "plain_entry"})
#: Rules whose commas end no line.
_SHORT = frozenset({"labels", "level"})
#: Rules within which a minus sign stands close to what follows it.
_SIGNED = frozenset({"negative", "plain"})
#: The rules that expressions are made of: a line is broken between its clauses first.
_EXPRESSIONS = frozenset(
    {
        *("binary", "negated", "is_not", "not_in", "at_end", "is_known", "negative"),
        *("conversion", "member", "aggregate", "where", "once", "over", "first_of", "best_of"),
        *("between", "below", "stating"),
    }
)
#: Operators of one chain, which is broken at all of them alike.
_CHAINS = {"or": "or", "and": "and", "+": "sum", "-": "sum", "*": "product", "/": "product"}
_OPENING, _CLOSING = "([{", ")]}"


def items_of(source: Source, trees: Sequence[Branch], comments: Sequence[t.Comment]) -> Items:
    """The logical lines and the remarks between them, in their order. INVARIANT: the trees and
    remarks are all that was read of the source, without a fault."""
    return _Reading(source, comments).items(trees)


def attachments(
    source: Source, trees: Sequence[Branch], comments: Sequence[t.Comment]
) -> tuple[tuple[str, int, str], ...]:
    """Each remark, with how it stands and how many words stand before it: `behind` the last of
    these on its line, `indented` on a line of its own between two declarations, or `above` what
    comes next. A token is one word, and a text as many as it has, so that it may be parted. This
    is read from the places alone, so that it can judge what `items_of` made."""
    ends: list[int] = []
    words: list[int] = [0]
    bounds: set[int] = {0}
    for tree in trees:
        for leaf in _words(tree):
            ends.append(leaf.span.end)
            words.append(words[-1] + (1 + leaf.text.count(" ") if leaf.kind == "STRING" else 1))
        bounds.add(len(ends))
    found: list[tuple[str, int, str]] = []
    for comment in comments:
        number = bisect_right(ends, comment.span.start)
        how = "above"
        if not _alone(source.text, comment):
            how = "behind"
        elif number in bounds and number and _indented(source.text, comment):
            how = "indented"
        found.append((how, words[number], comment.text))
    return tuple(found)


def _words(tree: Branch) -> Iterator[Leaf]:
    """The tokens of a declaration that are text."""
    for part in tree.parts:
        if isinstance(part, Branch):
            yield from _words(part)
        elif part.kind not in STRUCTURE and part.kind != GOES_ON:
            yield part


def _alone(text: str, comment: t.Comment) -> bool:
    """Does it stand on a line of its own?"""
    begin = text.rfind("\n", 0, comment.span.start) + 1
    return not text[begin : comment.span.start].strip(" \t\r\ufeff")


def _indented(text: str, comment: t.Comment) -> bool:
    return text[comment.span.start - 1 : comment.span.start] in (" ", "\t")


# ── Reading ──────────────────────────────────────────────────────────────────────────────


class _Reading:
    """One pass over a file: its tokens and its remarks, both in order."""

    def __init__(self, source: Source, comments: Sequence[t.Comment]) -> None:
        self.text = source.text
        self.comments = list(comments)
        self.made: list[Line | Remark] = []
        self.end = 1 if self.text.startswith("\ufeff") else 0
        self.next = 0
        self.any_line = False

    def items(self, trees: Sequence[Branch]) -> Items:
        for tree in trees:
            self.declaration(tree)
        self.remarks(len(self.text), None)
        return tuple(self.made)

    def declaration(self, tree: Branch) -> None:
        depth = 0
        line: list[tuple[Leaf, Piece]] = []
        ended: tuple[int, str, list[tuple[Leaf, Piece]]] | None = None
        first = True

        def made(opens: bool) -> None:
            nonlocal ended, first
            if ended is not None:
                at, rule, pieces = ended
                self.line(at, rule, pieces, opens, first)
                first = False
            ended = None

        for leaf, piece in pieces_of(tree):
            if leaf.kind == "_NL":
                if line:
                    ended, line = (depth, piece.rule, line), []
            elif leaf.kind == "_INDENT":
                made(True)
                depth += 1
            elif leaf.kind == "_DEDENT":
                made(False)
                depth -= 1
            else:
                made(False)
                line.append((leaf, piece))
        made(False)

    def line(
        self, depth: int, rule: str, tokens: list[tuple[Leaf, Piece]], opens: bool, first: bool
    ) -> None:
        start = tokens[0][0].span.start
        self.remarks(start, None if first else depth)
        deeper = bool(self.made) and depth > self.made[-1].depth
        blank = self.is_blank(start) and not (deeper and not first)
        pieces: list[Piece] = []
        for leaf, piece in tokens:
            above: list[str] = []
            while (comment := self.before(leaf.span.start)) is not None:
                if pieces and not above and not _alone(self.text, comment):
                    pieces[-1] = replace(pieces[-1], behind=_text(comment))
                else:
                    above.append(_text(comment))
            pieces.append(replace(piece, above=tuple(above)))
            self.end = leaf.span.end
        stop = self.text.find("\n", self.end)
        if (behind := self.before(stop if stop >= 0 else len(self.text))) is not None:
            pieces[-1] = replace(pieces[-1], behind=_text(behind))
            self.end = behind.span.end
        pieces = _sentences(_texts_of_cells(pieces) if rule == "row" else pieces)
        pieces[0] = replace(pieces[0], gap="")
        self.any_line = True
        self.made.append(
            Line(depth=depth, rule=rule, pieces=tuple(pieces), opens=opens, blank=blank)
        )

    def remarks(self, until: int, depth: int | None) -> None:
        """The remarks before an offset; those between two declarations (`depth` None) belong to
        the upper one where they are indented."""
        while (comment := self.before(until)) is not None:
            indented = _indented(self.text, comment)
            above = self.made[-1] if self.made else None
            at = depth if depth is not None else int(indented and self.any_line)
            deeper = above is not None and at > above.depth
            blank = self.is_blank(comment.span.start) and not (deeper and depth is not None)
            self.made.append(Remark(_text(comment), at, blank))
            self.end = comment.span.end

    def before(self, offset: int) -> t.Comment | None:
        """The next remark, where it stands before an offset."""
        if self.next < len(self.comments) and self.comments[self.next].span.start < offset:
            self.next += 1
            return self.comments[self.next - 1]
        return None

    def is_blank(self, offset: int) -> bool:
        """Does a blank line stand between the last item and an offset?"""
        return self.text.count("\n", self.end, offset) > 1


def _texts_of_cells(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a row of data, with a text that is a whole cell as a sentence."""
    made = list(pieces)
    for number in range(1, len(made) - 1):
        around = made[number - 1].kind, made[number + 1].kind
        if made[number].kind == "STRING" and around == ("CELL", "CELL"):
            made[number] = replace(made[number], rule="sentence")
    return made


def _sentences(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with the lines of each sentence in one, but where a remark stands between two."""
    made: list[Piece] = []
    for piece in pieces:
        last = made[-1] if made else None
        if (
            last is None
            or not (is_sentence(last) and is_sentence(piece))
            or last.behind
            or piece.above
        ):
            made.append(piece)
        else:
            whole = f"{last.text[:-1]} {piece.text[1:]}"
            made[-1] = replace(last, text=whole, behind=piece.behind)
    return made


def is_sentence(piece: Piece) -> bool:
    """Is it a text that may stand on several lines?"""
    return piece.rule in ("sentence", "sentences")


def chunks(piece: Piece) -> list[str]:
    """A sentence, parted wherever a line of it may end: at each single space outside of what is
    shown in braces, but before `%`. Quotes are left out."""
    text, found = piece.text[1:-1], []
    start = place = deep = 0
    while place < len(text):
        char, step = text[place], 1
        if char == "\\" or (not deep and text[place : place + 2] in ("{{", "}}")):
            step = 2
        elif char == "{":
            deep += 1
        elif char == "}":
            deep = max(0, deep - 1)
        elif char == " " and not deep and _alone_in(text, place):
            found.append(text[start:place])
            start = place + 1
        place += step
    return [*found, text[start:]]


def _alone_in(text: str, place: int) -> bool:
    """Is there a word on both sides of a space, and no sign that belongs to a number?"""
    left, right = text[:place], text[place + 1 :]
    spaced = left[-1:].isspace() or right[:1].isspace() or not (left and right)
    return not (spaced or left.endswith("\\n") or right.startswith(("\\n", "%")))


def _text(comment: t.Comment) -> str:
    return f"#{comment.text}"


def pieces_of(tree: Branch) -> Iterator[tuple[Leaf, Piece]]:
    """Every token of a declaration with what layout has to know of it, remarks left out."""
    flat = [each for each in _leaves(tree, 0, None) if each[0].kind != GOES_ON]
    nested = 0
    previous: tuple[Leaf, str] | None = None
    for number, (leaf, rule, rank) in enumerate(flat):
        if leaf.kind in STRUCTURE:
            yield leaf, Piece(text="", kind=leaf.kind, rule=rule)
            if not nested:
                previous = None
            continue
        if leaf.text in _CLOSING:
            nested -= 1
        gap = "" if previous is None else _gap(*previous, leaf, rule)
        yield (
            leaf,
            Piece(
                text=_normal(leaf),
                kind=leaf.kind,
                rule=rule,
                gap=gap,
                rank=_rank(rank, nested, previous, flat, number),
                nested=nested,
            ),
        )
        if leaf.text in _OPENING:
            nested += 1
        previous = leaf, rule


def _leaves(
    tree: Branch, depth: int, rank: tuple[int, int] | None
) -> Iterator[tuple[Leaf, str, tuple[int, int] | None]]:
    """The tokens below a rule, each with its rule and how far out a break before it would be:
    within an expression or not, and how many rules deep."""
    for number, part in enumerate(tree.parts):
        own = (int(tree.rule in _EXPRESSIONS), depth) if number else rank
        if isinstance(part, Leaf):
            yield part, tree.rule, own
        else:
            chained = number == 0 and _chain(part) is not None and _chain(part) == _chain(tree)
            yield from _leaves(part, depth if chained else depth + 1, own)


def _chain(tree: Branch) -> str | None:
    if tree.rule != "binary":
        return None
    operator = tree.parts[1]
    return _CHAINS.get(operator.text) if isinstance(operator, Leaf) else None


def _rank(
    rank: tuple[int, int] | None,
    nested: int,
    previous: tuple[Leaf, str] | None,
    flat: Sequence[tuple[Leaf, str, object]],
    number: int,
) -> tuple[int, int] | None:
    """The rank of a break before a token; None where there can or should be none."""
    if rank is None or previous is None or looks_ahead(previous[0].kind):
        return None
    listed = previous[0].text == "," and previous[1] not in _SHORT
    if _in_row(flat, number):
        if flat[number][0].kind == "CELL" or previous[0].kind == "ARROW":
            return None
        if previous[0].kind == "CELL":
            begun = number > 1 and flat[number - 2][0].kind not in STRUCTURE
            return rank if begun else None
    if nested:
        if listed:
            return 2, rank[1]
        if previous[0].text in _OPENING or not may_go_on(_ahead(flat, number)):
            return None
        return 2, rank[1]
    if listed:
        return 1, rank[1]
    return rank if may_go_on(_ahead(flat, number)) else None


def _in_row(flat: Sequence[tuple[Leaf, str, object]], number: int) -> bool:
    """Does a bar of a table follow on the line? A row may go on with any of its cells."""
    for leaf, _, _ in flat[number:]:
        if leaf.kind in ("CELL", "_NL"):
            return leaf.kind == "CELL"
    return False


def _ahead(flat: Sequence[tuple[Leaf, str, object]], number: int) -> str:
    """A token and the next one as they are printed one after the other, or the first words of a
    line that end it."""
    (leaf, rule, _), *more = flat[number : number + 2]
    if not more or more[0][0].kind in STRUCTURE:
        return leaf.text + " "
    return leaf.text + _gap(leaf, rule, more[0][0], more[0][1]) + more[0][0].text


def _gap(left: Leaf, left_rule: str, right: Leaf, right_rule: str) -> str:
    """What stands between two tokens of a line."""
    close = (
        left.text in _OPENING
        or right.text in _CLOSING
        or right.text == ","
        or "." in (left.text, right.text)
        or (right.text in ("(", "[") and right_rule in _CLOSE)
        or (right.text == ":" and right_rule in _LABELLED)
        or (left.text == "-" and left_rule in _SIGNED)
    )
    return "" if close else " "


def _normal(leaf: Leaf) -> str:
    """A token's text; a number has one space before its unit."""
    if leaf.kind != "NUMBER":
        return leaf.text
    digits = leaf.text.rstrip("%") if leaf.text.endswith("%") else leaf.text
    return leaf.text if digits == leaf.text else f"{digits.rstrip()} %"
