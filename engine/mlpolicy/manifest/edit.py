"""A manifest's text and changes to it in, the changed text out.

Why no library writes the text: those that keep comments (ruamel.yaml and its kin) read a file
into values and write all of it anew. They settle indentation, line ends and spacing for the
whole file, and a comment inside braces is lost. A commit that answers one question must show
one changed line. So the places that PyYAML's events give are used to cut and paste: every
character outside a changed place stays as it is.

Cutting can go wrong where YAML is stranger than this file knows. So the new text is read again
by the reader of manifests, and unless it holds exactly the old values and the change, the edit
is refused and nothing is returned.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias, cast

from mlpolicy.characters import clean
from mlpolicy.diagnostics import Diagnostic, about, at
from mlpolicy.manifest.read import LIMITS, Reading, reading
from mlpolicy.manifest.write import word
from mlpolicy.schema import Schema, nodes
from mlpolicy.source import Place, Source, Span
from mlpolicy.yamltext import Written, compose

Plain: TypeAlias = "bool | int | Decimal | str | Sequence[Plain] | Mapping[str, Plain]"
Path = tuple[str | int, ...]
Order = Callable[[Path], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """The place `path` of the document with this number (from 0) is to hold `value`.

    Mappings that the path goes through are made where they are absent. A number steps into a
    list; the length of the list adds an item to it (to an absent list, 0 does).
    """

    path: Path
    value: Plain
    document: int = 0


def edited(
    text: str, changes: Sequence[Change], file: str, *, order: Order = lambda path: ()
) -> str | Diagnostic:
    """The text with the changes made, all else untouched; or why that cannot be.

    `order` says, for the path of a mapping, in which order its keys are best written: a new
    key goes behind those that come before it.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    found = rewritten(reading(body.encode(), file), body, changes, order)
    return found if isinstance(found, Diagnostic) else mark + found[0]


def rewritten(
    read: Reading, text: str, changes: Sequence[Change], order: Order
) -> tuple[str, Reading] | Diagnostic:
    """The same of a text that has been read already; with what was read of the changed one."""
    for change in changes:
        found = _changed(read, text, change, order)
        if isinstance(found, Diagnostic):
            return found
        text, read = found.text, found.read
    return text, read


@dataclass(frozen=True, slots=True)
class Patch:
    """One stretch of a text, `span`, and what to write there instead; `read` is the whole file as
    it is read then."""

    span: Span
    text: str
    read: Reading


def patch(read: Reading, place: Place, value: str | bool) -> Patch | None:
    """The patch that writes a value where a word begins at `place`. None where no word does, or
    where it stands for several (an alias); where the text is not the one that was typed; and where
    the value cannot be written there in one piece."""
    text = read.source.text
    if read.data.decode("utf-8", "replace").removeprefix("\ufeff") != text:
        return None
    found = [
        (path, number)
        for number, document in enumerate(read.documents)
        if document.root is not None
        for path in _words_at(document.root, (), read.source, place)
    ]
    if len(found) != 1:
        return None
    ((path, number),) = found
    made = _changed(read, text, Change(path, value, number), lambda path: ())
    if isinstance(made, Diagnostic) or len(made.cuts) != 1:
        return None
    (cut,) = made.cuts
    spaces = 0
    while text[cut.start + spaces] == cut.text[spaces] == " ":
        spaces += 1
    return Patch(Span(cut.start + spaces, cut.end), cut.text[spaces:], made.read)


def _words_at(node: nodes.Node, path: Path, source: Source, place: Place) -> Iterator[Path]:
    """The paths of the words below a node that begin at a place."""
    match node:
        case nodes.Scalar():
            if source.place(node.span) == place:
                yield path
        case nodes.Listing():
            for number, item in enumerate(node.items):
                yield from _words_at(item, (*path, number), source, place)
        case nodes.Mapping():
            for entry in node.entries:
                yield from _words_at(entry.value, (*path, entry.key.text), source, place)


def into_list(
    root: nodes.Mapping,
    path: Path,
    entry: Mapping[str, Plain],
    same: Sequence[str],
    renewed: Sequence[str],
    document: int = 0,
) -> tuple[tuple[Change, ...], bool]:
    """The changes that put `entry` into the list at `path`, and whether it stood there.

    It is the item that agrees with it in all of the keys `same`. Of such an item the keys
    `renewed` are taken from the new entry, also where that has none; the others stay.
    """
    held: nodes.Node | None = root
    for step in path:
        if isinstance(step, str):
            held = held.get(step) if isinstance(held, nodes.Mapping) else None
        else:
            held = held.items[step] if isinstance(held, nodes.Listing) else None
    items = held.items if isinstance(held, nodes.Listing) else ()
    for number, item in enumerate(items):
        old = plain(item)
        if not isinstance(old, dict) or any(not _same(old.get(k), entry.get(k)) for k in same):
            continue
        here = (*path, number)
        if any(key in old and key not in entry for key in renewed):
            kept = {key: value for key, value in old.items() if key not in renewed}
            return (Change(here, {**entry, **kept}, document),), True
        changes: list[Change] = []
        for key, value in entry.items():
            if isinstance(value, Mapping) and isinstance(old.get(key), Mapping):
                changes += [Change((*here, key, inner), v, document) for inner, v in value.items()]
            elif not _same(old.get(key), value):
                changes.append(Change((*here, key), value, document))
        return tuple(changes), True
    return (Change((*path, len(items)), entry, document),), False


def begun(value: Mapping[str, Plain]) -> str:
    """The text of a new manifest that holds these values."""
    return "".join(f"{line}\n" for line in _Layout("\n", 2, 2, False).entries(value))


def begun_json(value: Mapping[str, Plain]) -> str:
    """The same, as JSON."""
    return _json_lines(value, 0) + "\n"


def shown(value: Plain) -> str:
    """A value on one line, as a manifest has it."""
    return _Layout("\n", 2, 2, False).flow(value)


def plain(node: nodes.Node) -> Plain:
    """A tree of nodes as plain values."""
    match node:
        case nodes.Scalar():
            return cast(Plain, node.value)
        case nodes.Listing():
            return [plain(item) for item in node.items]
        case nodes.Mapping():
            return {entry.name: plain(entry.value) for entry in node.entries}


def key_order(schema: Schema, *, is_short: bool) -> Order:
    """The order in which a schema lists the keys of its mappings."""

    def order(path: Path) -> Sequence[str]:
        if not is_short:
            found = schema.root.at(*path)
            return tuple(found.children) if found else ()
        body = schema.root.children["spec"]
        if path:
            found = body.at(*path)
            return tuple(found.children) if found else ()
        moved = [key for key in schema.short_form if key not in body.children]
        keys = list(body.children)
        for key in reversed(moved):
            home = schema.short_form[key]
            keys.insert(keys.index(home[1]) if home[0] == "spec" else 0, key)
        return tuple(keys)

    return order


# -- the places of a text --------------------------------------------------------------------


#: Texts in a block.
_BLOCKS = ("|", ">")

_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _places(read: Reading, text: str) -> tuple[tuple[Written | None, ...], set[str]]:
    """The root of each document as it is written, and the names of all aliases."""
    # JSON writes some characters as two escapes, which YAML does not know: any text of the same
    # length will do, as only places are wanted.
    roots = read.as_written
    if read.source.text != text:
        parsed = _PAIR.sub(lambda pair: pair[1] + "x" * 12, text)
        roots = tuple(compose(parsed, LIMITS).documents)
    aliases: set[str] = set()
    waiting = [root for root in roots if root is not None]
    while waiting:
        here = waiting.pop()
        if here.alias:
            aliases.add(here.alias)
        waiting += here.items or ()
        waiting += [each for entry in here.entries or () for each in entry]
    return roots, aliases


# -- one change --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cut:
    """The stretch from `start` to `end` is replaced."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Changed:
    """A changed text, as it is read, and what was cut."""

    text: str
    read: Reading
    cuts: tuple[_Cut, ...]


class _RefusedError(Exception):
    """Why a place cannot be changed; leaves this module as a diagnostic."""

    def __init__(self, why: str, offset: int, help: str) -> None:
        super().__init__(why)
        self.why, self.offset, self.help = why, offset, help


def _changed(read: Reading, body: str, change: Change, order: Order) -> _Changed | Diagnostic:
    before, file = read.documents, read.source.name
    if read.stopped:
        return read.stopped[0]
    if change.document >= len(before) or (root := before[change.document].root) is None:
        return about("MLP1201", "there is no document to change", file)
    if before[change.document].faults:
        return before[change.document].faults[0]
    source = Source(file, body)
    name = _dotted(change.path)
    try:
        roots, aliases = _places(read, body)
        spot = roots[change.document]
        assert spot is not None
        cuts = list(_Editor(body, aliases, order).cuts(spot, change.path, change.value))
    except _RefusedError as refused:
        span = Span(refused.offset, refused.offset + 1)
        message = f"`{name}` cannot be written here: {refused.why}"
        return at("MLP1201", message, source, span, help=refused.help)
    after = body
    for cut in sorted(cuts, key=lambda cut: cut.start, reverse=True):
        after = after[: cut.start] + cut.text + after[cut.end :]
    # INVARIANT: what leaves here holds the old values and the change, and nothing else.
    new = reading(after.encode(), file)
    found = new.documents
    wanted = [document.root and plain(document.root) for document in before]
    wanted[change.document] = _put(plain(root), change.path, change.value)
    got = [document.root and plain(document.root) for document in found]
    faults = [len(document.faults) for document in found]
    if new.stopped or not _same(wanted, got) or faults != [len(d.faults) for d in before]:
        message = f"`{name}` cannot be written without touching something else"
        start = spot.start
        help = f"write it yourself: `{name}: {_Layout(chr(10), 2, 2, False).flow(change.value)}`"
        return at("MLP1201", message, source, Span(start, start + 1), help=help)
    return _Changed(after, new, tuple(cuts))


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return clean(text, 200)


def _put(value: Plain | None, path: Path, new: Plain) -> Plain:
    """The plain value with the change made."""
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        items = list(cast("Sequence[Plain]", value or ()))
        below = items[step] if step < len(items) else None
        items[step : step + 1] = [_put(below, tuple(rest), new)]
        return items
    entries = dict(cast("Mapping[str, Plain]", value or {}))
    entries[step] = _put(entries.get(step), tuple(rest), new)
    return entries


def _same(one: object, other: object) -> bool:
    """Equal in value; `true` is not 1, and the order of keys does not count."""
    match one, other:
        case (Mapping(), Mapping()):
            return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(map(_same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and one == other


@dataclass(frozen=True, slots=True)
class _Layout:
    """How values are written: the line end, how far a mapping is indented below its key, how
    far the dash of a list is, and whether the file is JSON."""

    line_end: str
    step: int
    dash: int
    json: bool

    def flow(self, value: Plain) -> str:
        """On one line."""
        match value:
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case Decimal():
                return format(value, "f")
            case str():
                return self.word(value)
            case Mapping():
                inside = (f"{self.word(key)}: {self.flow(item)}" for key, item in value.items())
                return f"{{{', '.join(inside)}}}"
            case _:
                return f"[{', '.join(self.flow(item) for item in value)}]"

    def word(self, text: str) -> str:
        if self.json:
            return json.dumps(text, ensure_ascii=not text.isprintable())
        return word(text)

    def entry(self, key: str, value: Plain) -> Iterator[str]:
        """The lines of `key: value`, as they stand in a block."""
        name = self.word(key)
        match value:
            case Mapping() if not _on_one_line(value):
                yield f"{name}:"
                for line in self.entries(value):
                    yield " " * self.step + line
            case list() | tuple() if any(isinstance(item, Mapping) for item in value):
                yield f"{name}:"
                for item in value:
                    for line in self.item(item):
                        yield " " * self.dash + line
            case _:
                yield f"{name}: {self.flow(value)}"

    def entries(self, value: Mapping[str, Plain]) -> Iterator[str]:
        for key, item in value.items():
            yield from self.entry(key, item)

    def item(self, value: Plain) -> Iterator[str]:
        """The lines of `- value`."""
        if not isinstance(value, Mapping) or not value:
            yield f"- {self.flow(value)}"
            return
        for number, line in enumerate(self.entries(value)):
            yield f"{'  ' if number else '- '}{line}"


@dataclass(frozen=True)
class _Editor:
    """Works out the cuts for one change."""

    text: str
    aliases: set[str]
    order: Order
    at: list[int] = field(default_factory=list)

    def cuts(self, root: Written, path: Path, value: Plain) -> Iterator[_Cut]:
        spot, key = root, None
        for number, step in enumerate(path):
            self._may_enter(spot, path[:number])
            rest = path[number + 1 :]
            if isinstance(step, str):
                if spot.entries is None:
                    raise self._unlike(spot, path[:number], "a mapping")
                held = [entry for entry in spot.entries if entry[0].text == step]
                if not held:
                    yield from self._add_entry(spot, path[:number], step, _nested(rest, value))
                    return
                key, spot = held[0]
            else:
                if spot.items is None:
                    raise self._unlike(spot, path[:number], "a list")
                if step >= len(spot.items):
                    yield from self._add_item(key, spot, _nested(rest, value))
                    return
                key, spot = None, spot.items[step]
        yield from self._replace(key, spot, value)

    def _may_enter(self, spot: Written, path: Path) -> None:
        name = _dotted(path)
        if spot.alias:
            why = f"`{name}` is the alias `*{clean(spot.alias)}`, which also stands elsewhere"
            raise _RefusedError(why, spot.start, "write the values of the alias out")
        self._not_shared(spot)

    def _not_shared(self, spot: Written) -> None:
        if spot.anchor and spot.anchor in self.aliases:
            why = f"the alias `*{clean(spot.anchor)}` stands for this value in another place"
            help = f"write the values out where `*{clean(spot.anchor)}` stands"
            raise _RefusedError(why, spot.start, help)

    def _unlike(self, spot: Written, path: Path, wanted: str) -> _RefusedError:
        name = _dotted(path) or "the document"
        return _RefusedError(f"`{name}` is not {wanted}", spot.start, "correct it by hand")

    # Adding.

    def _add_entry(self, spot: Written, path: Path, name: str, value: Plain) -> Iterator[_Cut]:
        entries = spot.entries or []
        if spot.flow:
            layout = self.layout(spot)
            ends = [(key.start, last.end) for key, last in entries]
            yield from self._add_in_flow(spot, ends, f"{layout.word(name)}: {layout.flow(value)}")
            return
        ranks = {key: rank for rank, key in enumerate(self.order(path))}
        behind = entries[-1]
        if name in ranks:
            before = [entry for entry in entries if ranks.get(entry[0].text, 10**6) < ranks[name]]
            behind = before[-1] if before else behind
        indent = " " * self._column(entries[0][0].start)
        lines = [indent + line for line in self.layout(spot).entry(name, value)]
        yield self._lines(self._behind(behind[1]), lines)

    def _add_item(self, key: Written | None, spot: Written, value: Plain) -> Iterator[_Cut]:
        items = spot.items or []
        layout = self.layout(spot)
        if not spot.flow:
            indent = " " * self._column(self._dash(spot))
            yield self._lines(self._behind(spot), [indent + line for line in layout.item(value)])
        elif not items and key is not None and isinstance(value, Mapping) and self._ends_line(spot):
            # `measurements: []` becomes a list of lines; a remark behind it stays there.
            indent = " " * (self._column(key.start) + layout.dash)
            colon = self.text.rindex(":", key.end, spot.start)
            yield _Cut(colon + 1, spot.end, "")
            yield self._lines(self._behind(spot), [indent + line for line in layout.item(value)])
        else:
            ends = [(item.start, item.end) for item in items]
            yield from self._add_in_flow(spot, ends, layout.flow(value))

    def _add_in_flow(
        self, spot: Written, parts: list[tuple[int, int]], written: str
    ) -> Iterator[_Cut]:
        """`, written` before the closing bracket; on a line of its own where the last part is."""
        close = spot.end - 1
        if not parts:
            inside = self.text.index("{" if spot.entries is not None else "[", spot.start) + 1
            if self.text[inside:close].strip():
                raise _RefusedError("a remark stands in the brackets", inside, "write it by hand")
            yield _Cut(inside, close, written)
            return
        start, end = parts[-1]
        line = self._line_start(start)
        lead = self.text[line:start]
        own_line = not lead.strip() and line > spot.start
        comma = re.match(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*[ \t]*,", self.text[end:close])
        if not own_line:
            yield _Cut(end, end, f", {written}")
            return
        new = f"{self.line_end}{lead}{written}"
        line_stop = re.compile(r"[^\r\n]*").match(self.text, end)
        assert line_stop is not None
        if line_stop.end() > close or (line_stop.end() == end and not comma):
            yield _Cut(end, end, f",{new}")
        elif comma and end + comma.end() <= line_stop.end():
            yield _Cut(line_stop.end(), line_stop.end(), f"{new},")
        elif comma:
            raise _RefusedError("a comma stands on a line of its own", end, "write it by hand")
        else:
            yield _Cut(end, end, ",")
            yield _Cut(line_stop.end(), line_stop.end(), new)

    def _lines(self, offset: int, lines: list[str]) -> _Cut:
        """The lines, put in where a line begins or the text ends."""
        written = self.line_end.join(lines)
        if offset > 0 and self.text[offset - 1] not in "\r\n":
            return _Cut(offset, offset, self.line_end + written)
        return _Cut(offset, offset, written + self.line_end)

    # Replacing.

    def _replace(self, key: Written | None, spot: Written, value: Plain) -> Iterator[_Cut]:
        self._not_shared(spot)
        layout = self.layout(spot)
        is_lines = (isinstance(value, Mapping) and not _on_one_line(value)) or (
            isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value)
        )
        if spot.style in _BLOCKS:
            last = self._behind(spot)
            stop = self.line_end if last > spot.start and self.text[last - 1] in "\r\n" else ""
            yield _Cut(spot.start, last, layout.flow(value) + stop)
        elif spot.flow:
            yield _Cut(spot.start, spot.end, layout.flow(value))
        elif key is None and isinstance(value, Mapping) and spot.entries:
            # An item of a list: its first line goes on behind the dash.
            indent = self.line_end + " " * self._column(spot.entries[0][0].start)
            end = self._content_end(spot)
            yield _Cut(spot.start, end, indent.join(layout.entries(value)))
        elif key is None or is_lines:
            raise _RefusedError("it spans several lines", spot.start, "correct it by hand")
        else:
            colon = self.text.index(":", key.end)
            yield _Cut(colon + 1, self._content_end(spot), f" {layout.flow(value)}")

    # Places.

    @property
    def line_end(self) -> str:
        """How lines of this file end."""
        found = re.search(r"\r\n|\n|\r", self.text)
        return found[0] if found else "\n"

    def layout(self, spot: Written) -> _Layout:
        """How this file indents, taken from the first places that show it."""
        step, dash = 2, 2
        shown = re.search(
            r"^( *)(?:- +)?[^\s#:-][^\r\n:]*:[ \t]*(?:\r\n|\n|\r)( +)[^\s#-]", self.text, re.M
        )
        if shown and len(shown[2]) > len(shown[1]) and "- " not in shown[0].splitlines()[0]:
            step = min(len(shown[2]) - len(shown[1]), 8)
        listed = re.search(r"^( *)[^\s#:-][^\r\n:]*:[ \t]*(?:\r\n|\n|\r)( *)- ", self.text, re.M)
        if listed and len(listed[2]) >= len(listed[1]):
            dash = min(len(listed[2]) - len(listed[1]), 8)
        return _Layout(self.line_end, step, dash, self._is_json())

    def _is_json(self) -> bool:
        if self.text.lstrip()[:1] != "{":
            return False
        try:
            json.loads(self.text)
        except ValueError:
            return False
        return True

    def _line_start(self, offset: int) -> int:
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def _column(self, offset: int) -> int:
        return offset - self._line_start(offset)

    def _dash(self, spot: Written) -> int:
        """Where the first dash of a list stands."""
        assert spot.items
        return self.text.rindex("-", spot.start, max(spot.items[0].start, spot.start + 1))

    def _ends_line(self, spot: Written) -> bool:
        """Does nothing but a remark follow on its line?"""
        rest = re.compile(r"[^\r\n]*").match(self.text, spot.end)
        return rest is not None and re.fullmatch(r"[ \t]*(#.*)?", rest[0]) is not None

    def _content_end(self, spot: Written) -> int:
        """Behind its last character; for a text in a block, before the end of its last line."""
        last = spot.last
        end = self._behind(last) if last.style in _BLOCKS else last.end
        return len(self.text[:end].rstrip("\r\n")) if last.style in _BLOCKS else end

    def _behind(self, spot: Written) -> int:
        """Where a new line can be put in behind the value: the start of a line, or the end."""
        last = spot.last
        if last.style not in _BLOCKS:
            line = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?").match(self.text, last.end)
            assert line is not None
            return line.end()
        head = re.compile(r"[^\r\n]*").match(self.text, last.start)
        end = last.end
        if head is not None and "+" not in head[0].split("#")[0]:
            kept = self.text[:end].rstrip(" \t\r\n")
            line = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?").match(self.text, len(kept))
            assert line is not None
            end = min(end, line.end())
        return end


def _on_one_line(value: Mapping[str, Plain]) -> bool:
    """Whether a group is written in brackets: an estimate, an interval, or nothing in it."""
    numbers = all(isinstance(item, (int, Decimal)) for item in value.values())
    return not value or (numbers and {"low", "high"} <= set(value))


def _nested(path: Path, value: Plain) -> Plain:
    """The value with the mappings and lists around it that the path goes through."""
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [value]
    return value


def _json_lines(value: Plain, depth: int) -> str:
    layout = _Layout("\n", 2, 2, True)
    inner, outer = "  " * (depth + 1), "  " * depth
    match value:
        case Mapping() if value:
            parts = [
                f"{inner}{layout.word(key)}: {_json_lines(item, depth + 1)}"
                for key, item in value.items()
            ]
            return "{\n" + ",\n".join(parts) + f"\n{outer}}}"
        case list() | tuple() if any(isinstance(item, Mapping) for item in value):
            parts = [f"{inner}{_json_lines(item, depth + 1)}" for item in value]
            return "[\n" + ",\n".join(parts) + f"\n{outer}]"
        case _:
            return layout.flow(value)
