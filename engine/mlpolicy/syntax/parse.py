"""Text in, `tree.File` and diagnostics out.

A file is first cut into declarations, at the lines that start in column 1. Strings, comments
and brackets are recognised on the way, so that a bracket left open costs one declaration and
not the rest of the file. Each declaration is then parsed by itself, with the LALR parser built
from `grammar/mlpolicy.lark`, and `build` makes its nodes. So recovery is simple: a fault in one
declaration is reported once, and the next declaration is parsed as if it stood alone.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lark import Lark, Token, Tree
from lark import __version__ as lark_version
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.grammar import Rule
from lark.lark import PostLex
from lark.lexer import PatternRE, PatternStr, TerminalDef
from lark.utils import TextSlice

from mlpolicy import kept
from mlpolicy.characters import code_point, hidden_in
from mlpolicy.diagnostics import MOST_TOLD, Diagnostic, Matter, at, in_order
from mlpolicy.pattern import pattern
from mlpolicy.resources import resource_root
from mlpolicy.source import Source, Span
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building import Builder
from mlpolicy.syntax.concrete import Branch, Leaf
from mlpolicy.syntax.explain import DECLARATIONS, Fault, belongs_above, explain, unknown_declaration
from mlpolicy.syntax.visit import Node, children

#: Nobody writes deeper trees than this, and the passes after this one rely on it.
DEPTH = 100

#: The number of faulty rows of one table that one run reports.
ROWS = 20


#: The files that were read last, by their text: nothing in a file says where it lies.
_READ: dict[str, t.File] = {}
#: So many at the most: those of a few policies.
MOST_READ = 30


def parse(source: Source) -> tuple[t.File, tuple[Diagnostic, ...]]:
    """What could be read of a policy file, and the diagnostics on the rest, in their order.

    Never raises: a declaration with a fault is left out of the file, or of a table only its
    faulty rows. A text of which all could be read is not read again: of a policy that somebody
    works at, most files stay as they are.
    """
    file = _READ.get(source.text)
    if file is not None:
        return file, ()
    file, problems = _parse(source, lambda _: None)
    if not problems:
        if len(_READ) >= MOST_READ:
            del _READ[next(iter(_READ))]
        _READ[source.text] = file
    return file, problems


def parse_lossless(
    source: Source,
) -> tuple[t.File, tuple[Branch, ...], tuple[Diagnostic, ...]]:
    """The same with the tokens of every declaration in their rules, in the order of the file.
    These are complete where there is no diagnostic."""
    trees: list[Tree[Token]] = []
    file, problems = _parse(source, trees.append)
    return file, tuple(map(_concrete, trees)) if not problems else (), problems


def may_go_on(text: str) -> bool:
    """May a line that begins with `text`, indented, go on with the line before it?"""
    return _parser().continued.match("\n " + text) is not None


def looks_ahead(kind: str) -> bool:
    """Does a terminal of the grammar ask what follows it on its line?"""
    return kind in _parser().ahead


def _concrete(tree: Tree[Token]) -> Branch:
    """A parse tree of Lark as nodes of ours. INVARIANT: it is not nested too deeply, since its
    declaration was read."""
    return Branch(
        str(tree.data),
        tuple(
            _concrete(part)
            if isinstance(part, Tree)
            else Leaf(part.type, str(part), Span(part.start_pos or 0, part.end_pos or 0))
            for part in tree.children
        ),
    )


def _parse(
    source: Source, keep: Callable[[Tree[Token]], None]
) -> tuple[t.File, tuple[Diagnostic, ...]]:
    """What `parse` says; `keep` gets the parse tree of each declaration that was read."""
    cut = _cut(source)
    problems = cut.problems
    declarations: list[t.Decl] = []
    outdented = False
    before: list[Diagnostic] = []
    for chunk in cut.chunks:
        if len(problems) >= MOST_TOLD:
            message = "what follows is not read: too much is wrong before"
            span = Span(chunk.start, chunk.start + 1)
            problems.append(at("MLP0614", message, source, span, help="correct that first"))
            break
        declaration, faults = _declaration(source, chunk, keep)
        if not belongs_above(source, chunk.start, chunk.end):
            outdented = False
        elif outdented:
            continue
        else:
            # Lines that should be indented: reported once, at the first of them.
            outdented = True
            # What the declaration above lacks is what these lines would have given it.
            for problem in before:
                if problem.matter in (Matter.INDENTATION, Matter.PART):
                    problems.remove(problem)
        problems.extend(faults)
        before = faults
        if declaration is not None:
            declarations.append(declaration)
    problems.extend(_mixed_names(source))
    if fault := hidden_in(source):
        problems = [fault]  # whatever else is found may follow from what nobody sees
    span = Span(0, len(source.text))
    return t.File(tuple(declarations), tuple(cut.comments), span=span), in_order(problems)


def _mixed_names(source: Source) -> Iterator[Diagnostic]:
    """Names that a reader would take for others, each once."""
    if source.text.isascii():
        return
    told: set[str] = set()
    for piece in _NAME_OR_OTHER.finditer(source.text):
        name = piece["name"]
        if not name or name.isascii() or name in told:
            continue
        told.add(name)
        stranger = _stranger(name)
        if stranger is not None:
            start = piece.start("name") + stranger
            message = f"`{name}` mixes alphabets: it has {code_point(name[stranger])}"
            help = "write a name in the letters of one alphabet"
            yield at("MLP0117", message, source, Span(start, start + 1), help=help)


#: Alphabets with letters that look the same, as Unicode's names of their letters begin.
_ALIKE = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU", "FULLWIDTH")


def _stranger(name: str) -> int | None:
    """The place of the first letter of a name that is not of the alphabet of most of them."""
    import unicodedata

    alphabets = [unicodedata.name(char, "").split(" ")[0] for char in name]
    known = [alphabet for alphabet in alphabets if alphabet in _ALIKE]
    common = max(dict.fromkeys(known), key=known.count, default="")
    places = (n for n, alphabet in enumerate(alphabets) if alphabet in _ALIKE)
    return next((place for place in places if alphabets[place] != common), None)


# ── Cutting a file into declarations ─────────────────────────────────────────────────────


@dataclass(slots=True)
class _Chunk:
    """One declaration's text. `faulty` where a fault of it is reported: no other one is."""

    start: int
    end: int
    faulty: bool = False


@dataclass(slots=True)
class _Cut:
    chunks: list[_Chunk] = field(default_factory=list)
    comments: list[t.Comment] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)


_PIECE = pattern(
    r"""(?P<text>"(?:\\[^\r\n]|[^"\\\r\n])*(?P<closed>"?))
    |(?<![\w-])[A-Za-z][\w-]*\#[A-Za-z]\w*
    |(?<!\w)(?P<comment>\#[^\r\n]*)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<line>\n)""",
    re.VERBOSE,
)
#: A name where it is no part of a text or a remark.
_NAME_OR_OTHER = pattern(r'"(?:\\[^\r\n]|[^"\\\r\n])*"?|(?<!\w)#[^\r\n]*|(?P<name>[^\W\d]\w*)')
_TAB = pattern(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
_WORD = pattern(r"[A-Za-z_]\w*(?:-\w+)*")
_DECLARATION = pattern(rf"(?:{'|'.join(DECLARATIONS)})[ \t]+[\w\"]")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def _cut(source: Source) -> _Cut:  # noqa: C901 - one pass over the pieces of a text
    text = source.text
    cut = _Cut()
    starts: list[int] = []
    reported: list[int] = []  # offsets of the faults that are reported here
    brackets: list[tuple[str, int]] = []

    def report(code: str, message: str, span: Span, help: str) -> None:
        cut.problems.append(at(code, message, source, span, help=help))
        reported.append(span.start)

    def line_begins(offset: int) -> None:
        """A line starts here: does a declaration?"""
        if offset >= len(text) or text[offset] in " \t\r\n#":
            return
        if brackets and not _DECLARATION.match(text, offset):
            return
        unclosed()
        starts.append(offset)

    def unclosed() -> None:
        if brackets:
            sign, offset = brackets[-1]
            report(
                "MLP0104",
                f"`{sign}` is never closed",
                Span(offset, offset + 1),
                f"close it with `{_PAIRS[sign]}`",
            )
            brackets.clear()

    first = 1 if text.startswith("\ufeff") else 0
    line_begins(first)
    for piece in _PIECE.finditer(text, first):
        match piece.lastgroup:
            case "closed" | "text":
                if not piece["closed"]:
                    report(
                        "MLP0103",
                        "this text is not closed on its line",
                        Span(piece.start(), piece.start() + len(piece[0].rstrip())),
                        'close it with `"`; a text stands on one line',
                    )
            case "comment":
                end = piece.start() + len(piece[0].rstrip())
                comment = text[piece.start() + 1 : end]
                cut.comments.append(t.Comment(comment, span=Span(piece.start(), end)))
            case "line":
                line_begins(piece.end())
            case "open":
                brackets.append((piece[0], piece.start()))
            case "close":
                if brackets and _PAIRS[brackets[-1][0]] == piece[0]:
                    brackets.pop()
                else:
                    here = Span(piece.start(), piece.end())
                    report("MLP0104", f"`{piece[0]}` closes nothing", here, "remove it, or open it")
                    brackets.clear()
    unclosed()

    ends = [*starts[1:], len(text)] if starts else []
    chunks = [
        _Chunk(start, _trim(cut, text, start, end)) for start, end in zip(starts, ends, strict=True)
    ]
    before = _trim(cut, text, first, starts[0] if starts else len(text))
    lost = text[first:before]
    if lost.strip() and not cut.problems:
        stray = next(
            (m for m in re.finditer(r"\S+", text[:before]) if not _in_comment(cut, m.start())), None
        )
        if stray is not None:
            report(
                "MLP0106",
                "this line is indented, but no declaration stands above it",
                Span(stray.start(), stray.end()),
                "begin a declaration in column 1",
            )
    for tab in _TAB.finditer(text):
        index = bisect_left(starts, tab.end()) - 1
        if index >= 0 and chunks[index].faulty:
            continue
        report(
            "MLP0105",
            "this line is indented with a tab",
            Span(tab.start(), tab.end()),
            "indent with spaces, two for each step",
        )
        if index >= 0:
            chunks[index].faulty = True
    for offset in reported:
        for chunk in chunks:
            if chunk.start <= offset < chunk.end:
                chunk.faulty = True
    cut.chunks = chunks
    return cut


def _in_comment(cut: _Cut, offset: int) -> bool:
    return any(c.span.start <= offset < c.span.end for c in cut.comments)


def _trim(cut: _Cut, text: str, start: int, end: int) -> int:
    """`end` moved back before white space and comments."""
    index = bisect_left(cut.comments, end, key=lambda c: c.span.start)
    while end > start:
        if text[end - 1] in " \t\r\n\ufeff":
            end -= 1
        elif index and cut.comments[index - 1].span.end == end:
            index -= 1
            end = cut.comments[index].span.start
        else:
            break
    return max(start, end)


# ── Parsing one declaration ──────────────────────────────────────────────────────────────


class _BadIndent(Exception):  # noqa: N818
    """A line that returns to no indentation in use above it."""

    def __init__(self, token: Token) -> None:
        self.token = token


class _Indenter(PostLex):
    """Turns the white space at line beginnings into `_INDENT` and `_DEDENT`. A line that stands
    further in than the row of a table before it goes on with that row, and an indented one with a
    line that ends with a comma.

    Keeps nothing between two streams: a text's hole is parsed while its line is. At the end
    the last line is ended and all blocks are closed, whatever the text ends with.
    """

    always_accept = ("_NL",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        levels = [0]
        token = None
        begins = in_row = listing = False
        for token in stream:
            kind = token.type
            if kind == "_NL":
                width = len(token) - token.rindex("\n") - 1
                if depth or (in_row and width > levels[-1]) or (listing and width):
                    continue
                begins = True
                yield token
                if width > levels[-1]:
                    levels.append(width)
                    yield Token.new_borrow_pos("_INDENT", "", token)
                else:
                    while width < levels[-1]:
                        levels.pop()
                        yield Token.new_borrow_pos("_DEDENT", "", token)
                    if width != levels[-1]:
                        raise _BadIndent(token)
                continue
            if begins:
                begins, in_row = False, kind == "CELL"
            if kind in ("LPAR", "LSQB", "LBRACE"):
                depth += 1
            elif kind in ("RPAR", "RSQB", "RBRACE"):
                depth -= 1
            listing = kind == "COMMA"
            yield token
        if token is not None:
            end = token.end_pos if token.end_pos is not None else 0
            yield Token("_NL", "\n", end, end_pos=end)
            for _ in levels[1:]:
                yield Token("_DEDENT", "", end, end_pos=end)


@dataclass(frozen=True, slots=True)
class _Parser:
    """The parser made from the grammar, the words of the language by their terminals, and what
    stands between two lines where the second goes on with the first, and which terminals ask what
    follows them.
    Neither changes, so that one parser serves every file, and every thread."""

    lark: Lark
    words: Mapping[str, str]
    continued: re.Pattern[str]
    ahead: frozenset[str]


@cache
def _parser() -> _Parser:
    """The one parser, made from the tables that are kept of it, since working these out takes
    longer than parsing and checking a policy of middle size."""
    grammar = (resource_root() / "grammar" / "mlpolicy.lark").read_text(encoding="utf-8")
    key = kept.key_of(grammar.encode(), lark_version.encode())
    try:
        found: Any = kept.load("grammar", key)
        data, memo, words = found
        made: Any = Lark
        lark = made._load_from_dict(data, memo, postlex=_Indenter())
    except Exception:
        lark, words = _worked_out(grammar)
        kept.store("grammar", key, (*_tables(lark), words))
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in lark.terminals}
    ahead = frozenset(name for name, pattern in patterns.items() if pattern.endswith("=)"))
    return _Parser(lark, words, re.compile(patterns["CONTINUED"]), ahead)


def _tables(lark: Lark) -> tuple[dict[str, Any], dict[int, Any]]:
    """What has been worked out of the grammar, as plain values."""
    data, memo = lark.memo_serialize([TerminalDef, Rule])
    # What is a function is in the tables already, or given anew.
    data["options"] = {**data["options"], "postlex": None, "edit_terminals": None}
    return data, memo


def _worked_out(grammar: str) -> tuple[Lark, dict[str, str]]:
    """The parser of a grammar, and its words. Garbage collection is off while it is made: it finds
    nothing in the parse tables, and takes a quarter of the time."""
    words: dict[str, str] = {}

    def end_words(terminal: TerminalDef) -> None:
        """A word of the language ends where the word in the text ends, and goes before a name."""
        pattern = terminal.pattern
        if isinstance(pattern, PatternStr) and pattern.value[0].isalpha():
            words[terminal.name] = pattern.value
            terminal.pattern = PatternRE(pattern.value + r"(?!\w|-\w)")
            terminal.priority = 3

    collecting = gc.isenabled()
    gc.disable()
    try:
        lark = Lark(
            grammar,
            parser="lalr",
            lexer="contextual",
            start=["start", "hole"],
            postlex=_Indenter(),
            keep_all_tokens=True,
            maybe_placeholders=False,
            edit_terminals=end_words,
        )
    finally:
        if collecting:
            gc.enable()
    return lark, words


def _declaration(
    source: Source, chunk: _Chunk, keep: Callable[[Tree[Token]], None]
) -> tuple[t.Decl | None, list[Diagnostic]]:
    """The declaration of a chunk, and what is wrong in it; nothing where that is known already."""
    problem = unknown_declaration(source, chunk.start, chunk.end)
    if problem is not None:
        return None, [] if chunk.faulty else [problem]
    text = source.text
    faults: list[Diagnostic] = []
    for _ in range(ROWS):
        declaration, problems, fault = _once(source, text, chunk, keep)
        if fault is None or (faults and _of_what_is_left_out(source, text, fault)):
            break  # read, or what is missing has been reported and left out
        faults.append(fault)
        row = _row(text, fault.origin.span.start, chunk) if fault.origin else None
        if row is None:
            break
        # A faulty row or fact is reported and left out; the ones below it are still read.
        blank = re.sub(r"[^\r\n]", " ", text[row.start : row.end])
        text = text[: row.start] + blank + text[row.end :]
    if faults and declaration is None:
        # What the builder noted may follow from the fault, so the fault comes alone.
        problems = []
    return declaration, [] if chunk.faulty else faults + problems


def _once(
    source: Source, text: str, chunk: _Chunk, keep: Callable[[Tree[Token]], None]
) -> tuple[t.Decl | None, list[Diagnostic], Diagnostic | None]:
    """One pass over a declaration: the node and what the builder noted, or the first fault."""
    parser = _parser()

    def hole(start: int, end: int) -> t.Expr | None:
        try:
            parsed = parser.lark.parse(TextSlice(source.text, start, end), start="hole")
        except UnexpectedInput as error:
            fault = _fault(error, end)
            builder.problems.append(explain(source, start, end, fault, parser.words, hole=True))
            return None
        expression: t.Expr = _built(parsed, builder)
        return expression

    builder = Builder(source, hole)
    end = len(text[: chunk.end].rstrip())
    try:
        parsed = parser.lark.parse(TextSlice(text, chunk.start, end), start="start")
    except UnexpectedInput as error:
        fault = _fault(error, chunk.end)
        explained = explain(source, chunk.start, chunk.end, fault, parser.words, hole=False)
        return None, [], explained
    except _BadIndent as error:
        place = error.token.end_pos or chunk.start
        word = re.compile(r"\w+|\S").match(source.text, place, chunk.end)
        problem = at(
            "MLP0106",
            "this line starts in a column that no line above it starts in",
            source,
            Span(place, word.end() if word else place),
            help="give it the indentation of the lines it belongs with",
        )
        return None, [], problem
    declaration: t.Decl | None = _built(parsed, builder)
    if declaration is not None and chunk.end - chunk.start > 4 * DEPTH:
        deep = _too_deep(declaration)
        if deep is not None:
            return None, builder.problems, _deep(source, deep)
    keep(parsed)
    return declaration, builder.problems, None


def _built(root: Tree[Token], builder: Builder) -> Any:
    """What the builder makes of a parse tree, from the leaves up and from left to right.
    Without recursion, since a text may be nested as deeply as it is long."""
    order: list[Tree[Token]] = []
    waiting = [root]
    while waiting:
        tree = waiting.pop()
        order.append(tree)
        waiting.extend(child for child in tree.children if type(child) is Tree)
    made: dict[int, Any] = {}
    for tree in reversed(order):
        parts = [made[id(c)] if type(c) is Tree else c for c in tree.children]
        made[id(tree)] = getattr(builder, tree.data)(parts)
    return made[id(root)]


def _fault(error: UnexpectedInput, end: int) -> Fault:
    """What Lark's error says: where, what was found, what could have stood there."""
    state: Any = error.state
    if isinstance(error, UnexpectedToken):
        token = error.token
        place = end if token.type == "$END" else token.start_pos
        return Fault(place or 0, token.type, _accepted(state))
    return Fault(error.pos_in_stream or 0, "", _accepted(state))


def _accepted(state: Any) -> frozenset[str]:
    """The terminals that the parser could have gone on with, tried one by one: a state also
    knows terminals that fail after some reductions."""
    kept = set()
    for terminal in state.parse_conf.states[state.position]:
        if not terminal.isupper():
            continue
        trial = state.copy(deepcopy_values=False)
        trial.parse_conf = _silent(trial.parse_conf)
        try:
            trial.feed_token(Token(terminal, ""), is_end=terminal == "$END")
        except UnexpectedToken:
            continue
        kept.add(terminal)
    return frozenset(kept)


def _silent(conf: Any) -> Any:
    quiet = copy(conf)
    quiet.callbacks = {}
    return quiet


def _of_what_is_left_out(source: Source, text: str, fault: Diagnostic) -> bool:
    """Does a fault follow from lines that were reported and left out? It lacks what they would have
    given: indented lines, or a row below a heading."""
    if fault.matter is Matter.INDENTATION or fault.origin is None:
        return True
    end = text.find("\n", fault.origin.span.start)
    after = text.find("\n", end + 1) if end >= 0 else -1
    below = slice(end + 1, after if after >= 0 else len(text))
    return end >= 0 and not text[below].strip() and bool(source.text[below].strip())


_ROW = pattern(r"[ \t]+(?:\||\d{4}-|expect\b|[A-Za-z_][\w-]*\.[^\n]*=)")
_BLANK = pattern(r"[ \t]*")
_GOES_ON = pattern(r"\r?\n[ \t]+(?:->|(?:ref|because|with|and|or)\b|[+*/=-][ \t]|[<>]=?[ \t])")


def _row(text: str, place: int, chunk: _Chunk) -> Span | None:
    """The line of a place, or all lines of its row of a table, if those around do not depend on
    them."""
    span = row_around(text, place, Span(chunk.start, chunk.end))
    if span.start <= chunk.start or not _ROW.match(text, span.start):
        return None
    if text[span.start : span.end].lstrip().startswith("|"):
        if "|" not in text[chunk.start : span.start]:
            return None  # the header
    return None if _GOES_ON.match(text, span.end) else span


def row_around(text: str, place: int, within: Span) -> Span:
    """The line of a place in a declaration, or all lines of the row of a table that it is of."""
    start = _begin_of_row(text, text.rfind("\n", 0, place) + 1, within)
    end = _end_of_line(text, place, within)
    if text[start:end].lstrip().startswith("|"):
        while end < within.end and _indent(text, end + 1) > _indent(text, start):
            end = _end_of_line(text, end + 1, within)
    return Span(start, end)


def _begin_of_row(text: str, start: int, within: Span) -> int:
    """The line with which the row begins that goes on at `start`; `start`, where none does."""
    least, line = _indent(text, start), start
    while line > within.start:
        line = text.rfind("\n", 0, line - 1) + 1
        indent = _indent(text, line)
        if text[line : _end_of_line(text, line, within)].isspace():
            continue
        bar = text.startswith("|", line + indent)
        if indent < least:
            return line if bar else start
        if bar and indent == least:
            return start
    return start


def _end_of_line(text: str, place: int, within: Span) -> int:
    stop = text.find("\n", place)
    return within.end if stop < 0 else min(stop, within.end)


def _indent(text: str, line: int) -> int:
    """How far in the line begins that starts at an offset."""
    words = _BLANK.match(text, line)
    assert words is not None
    return words.end() - line


def _deep(source: Source, span: Span) -> Diagnostic:
    return at(
        "MLP0116",
        f"this is nested more than {DEPTH} levels deep",
        source,
        Span(span.start, min(span.end, span.start + 40)),
        help="name its parts with `define`",
    )


def _too_deep(declaration: t.Decl) -> Span | None:
    """Where a declaration nests too deeply, if it does. Without recursion, which would itself
    be too deep."""
    stack: list[tuple[Node, int]] = [(declaration, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEPTH:
            return node.span
        stack.extend((child, depth + 1) for child in children(node))
    return None
