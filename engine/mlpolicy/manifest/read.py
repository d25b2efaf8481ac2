"""Bytes of a file in, trees of nodes out, one for each YAML document.

`yamltext` gives the text as it is written; here it gets its meaning. Scalars are resolved by the
rules of YAML 1.2, of which only `true`, `false` and decimal numbers are taken, and numbers stay
exact; aliases are written out, within limits; tags, merge keys and repeated keys are refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from mlpolicy import yamltext
from mlpolicy.characters import clean, code_point, decoded
from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, Label, about, at
from mlpolicy.pattern import pattern
from mlpolicy.schema.nodes import (
    FAULTY,
    Entry,
    Faulty,
    Listing,
    Mapping,
    Node,
    Scalar,
    exact,
)
from mlpolicy.source import Origin, Source, Span
from mlpolicy.typed import assert_never
from mlpolicy.yamltext import Limits, Stop, Why, compose

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 20
MOST_NODES = 100_000
MOST_FROM_ALIASES = 10_000
MOST_ITEMS = 1_000
LIMITS = Limits(MOST_DEPTH, MOST_NODES, MOST_ITEMS)

_NUMBER = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
#: YAML 1.1 takes `010` for 8.
_ZEROS = pattern(r"[-+]?0+(?=[0-9])")
#: The rest of a number whose mark between thousands ends an entry in braces: `{a: 50,000}`.
_GROUP = pattern(r"[0-9]{3}")
#: The decimals behind a comma: other than three digits, which may be thousands.
_PLACES = pattern(r"[0-9]{1,2}|[0-9]{4,12}")
_NOT_FINITE = pattern(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@node
class Written:
    """One YAML document: its tree and what is wrong with its text. `root` is None where the
    document is empty; with a fault that stops reading there is no `Written` at all."""

    root: Node | None
    faults: tuple[Diagnostic, ...]


@node(kw_only=True, eq=False)
class Reading:
    """A file that was read: its bytes, its documents as far as they can be read, each as it is
    written, and what stopped the reading."""

    data: bytes
    source: Source
    documents: tuple[Written, ...]
    stopped: tuple[Diagnostic, ...]
    as_written: tuple[yamltext.Written | None, ...] = ()


def read(data: bytes, file: str) -> tuple[Source, tuple[Written, ...], tuple[Diagnostic, ...]]:
    """The documents of a file, as far as it can be read, and what stopped the reading."""
    found = reading(data, file)
    return found.source, found.documents, found.stopped


def reading(data: bytes, file: str) -> Reading:
    """The same with what it was made from."""
    if len(data) > MOST_BYTES:
        fault = about(
            "MLP0602",
            f"the file has {len(data):,} bytes; at most {MOST_BYTES:,} are read",
            file,
            help="split the manifest, or move what is not part of the manifest elsewhere",
        )
        return Reading(data=data, source=Source(file, ""), documents=(), stopped=(fault,))
    source, fault_or_none = _decode(data, file)
    if fault_or_none:
        return Reading(data=data, source=source, documents=(), stopped=(fault_or_none,))
    composed = compose(source.text, LIMITS)
    reader = _Reader(source)
    documents: list[Written] = []
    try:
        for written in composed.documents:
            documents.append(reader.document(written))
        if composed.stop is None:
            return Reading(
                data=data,
                source=source,
                documents=tuple(documents),
                stopped=(),
                as_written=tuple(composed.documents),
            )
        stop = _told(composed.stop, source)
        reader.document(composed.part)
    except _StoppedError as stopped:
        stop = stopped.diagnostic
    return Reading(
        data=data, source=source, documents=tuple(documents), stopped=(*reader.faults, stop)
    )


def _told(stop: Stop, source: Source) -> Diagnostic:
    """What stopped the reading of a text, as a diagnostic."""
    match stop.why:
        case Why.NOT_YAML:
            if (slip := _slip(source, stop)) is not None:
                return slip
            message = f"not valid YAML: {stop.problem}"
            labels: tuple[Label, ...] = ()
            if stop.begun is not None:
                labels = (Label(Origin(source, stop.begun[0]), stop.begun[1]),)
            return at("MLP0603", message, source, stop.span, help=stop.help, labels=labels)
        case Why.TOO_DEEP:
            return _too_deep(source, stop.span)
        case Why.TOO_MANY_VALUES:
            message = f"the file holds more than {MOST_NODES:,} values"
            return at("MLP0602", message, source, stop.span)
        case Why.TOO_MANY_ENTRIES:
            message = f"more than {MOST_ITEMS:,} entries in one place"
            help = "split the file into several"
            return at("MLP0602", message, source, stop.span, help=help)
        case _:
            assert_never(stop.why)


_SPACES = pattern("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_JSON_PIECES = pattern(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|(?P<remark>//[^\n]*|/\*)')


def _slip(source: Source, stop: Stop) -> Diagnostic | None:
    """What a person has most probably done, where the parser of YAML stopped for it later."""
    text = source.text
    if re.search(r"^\s*(?:(?://|/\*|#)[^\n]*\n\s*)*[{\[]", text):
        for piece in _JSON_PIECES.finditer(text):
            if piece["remark"]:
                span = Span(piece.start(), piece.start() + 2)
                help = "delete it, or begin it with `#`"
                return at("MLP0603", "JSON has no remarks", source, span, help=help)
    begin = stop.begun[0].start if stop.begun is not None else stop.span.start
    first = text.rfind("\n", 0, min(begin, stop.span.start)) + 1
    last = text.find("\n", stop.span.start)
    space = _SPACES.search(text, first, last if last >= 0 else len(text))
    if space is None:
        return None
    message = f"not valid YAML: {code_point(space[0])} is no space there"
    return at("MLP0603", message, source, Span(*space.span()), help="write a plain space")


def _too_deep(source: Source, span: Span) -> Diagnostic:
    message = f"nested more than {MOST_DEPTH} levels deep"
    return at("MLP0605", message, source, span, help="flatten the file")


def _decode(data: bytes, file: str) -> tuple[Source, Diagnostic | None]:
    """The text of the file. JSON's pairs of escapes are written as YAML has them."""
    source, fault = decoded(data, file, "MLP0601")
    if fault is None and source.text.lstrip()[:1] in ("{", "["):
        source = Source(file, _PAIR.sub(_joined, source.text))
    return source, fault


_PAIR = pattern(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def _joined(pair: re.Match[str]) -> str:
    r"""JSON writes a character beyond the first plane as two escapes, YAML as `\U0001F600`."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


class _StoppedError(Exception):
    """Nothing behind this place is read; never leaves this module."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@node
class _Read:
    """A node with its number of values and of levels, aliases written out."""

    node: Node
    size: int
    height: int


class _Reader:
    """Gives documents their meaning; keeps what is wrong with the one at hand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Diagnostic] = []
        self._anchors: dict[str, _Read] = {}
        self._around: list[str] = []  # anchors of the nodes that are open
        self._from_aliases = 0

    def document(self, root: yamltext.Written | None) -> Written:
        """A document, and what is wrong with its text."""
        self.faults, self._anchors, self._around = [], {}, []
        read = None
        if root is not None:
            if root.is_scalar and not root.style and root.text == "":
                self._tag(root)  # an empty document
            else:
                read = self._node(root, None, 0)
        return Written(read.node if read else None, tuple(self.faults))

    def _fault(self, code: str, message: str, span: Span, help: str = "", *labels: Label) -> None:
        self.faults.append(at(code, message, self.source, span, help=help, labels=labels))

    def _stop(self, message: str, span: Span, help: str) -> _StoppedError:
        return _StoppedError(at("MLP0606", message, self.source, span, help=help))

    def _node(self, written: yamltext.Written, key: Scalar | None, depth: int) -> _Read:
        """The meaning of a node below `depth` others; `key` is that of its entry."""
        if written.alias:
            return self._alias(written, depth)
        self._tag(written)
        if written.is_scalar:
            value = written.text if written.style else self._resolve(written, key, depth)
            scalar = Scalar(value, written.text, written.span, bool(written.style))
            read = _Read(scalar, 1, 1)
        else:
            self._around.append(written.anchor)
            read = self._collection(written, depth)
            self._around.pop()
        if written.anchor:
            self._anchors[written.anchor] = read
        return read

    def _collection(self, written: yamltext.Written, depth: int) -> _Read:
        size = height = 1
        entries: dict[str, Entry] = {}
        items: list[Node] = []
        for name, each in written.entries or ():
            if written.flow and self._goes_on(name, each):
                continue
            key, known = self._key(name, entries, depth + 1)
            read = self._node(each, key, depth + 1)
            size += known.size + read.size
            height = max(height, known.height + 1, read.height + 1)
            if key is not None:
                entries[key.text] = Entry(key, read.node)
        for each in written.items or ():
            read = self._node(each, None, depth + 1)
            size += read.size
            height = max(height, read.height + 1)
            items.append(read.node)
        # A block has no bracket to point at: show its first line, not all of it.
        start, text = written.start, self.source.text
        line_end = text.find("\n", start)
        end = max(start + 1, min(written.stop, line_end if line_end > 0 else written.stop))
        span = Span(start, end - 1 if text[start:end].endswith("\r") else end)
        if written.entries is not None:
            return _Read(Mapping(tuple(entries.values()), span), size, height)
        return _Read(Listing(tuple(items), span), size, height)

    def _goes_on(self, name: yamltext.Written, value: yamltext.Written) -> bool:
        """Is an entry in braces the rest of the number before it?"""
        if name.style or value.style or value.text or not value.is_scalar:
            return False
        text, start = self.source.text, max(name.start - 40, 0)
        if _PLACES.fullmatch(name.text):
            whole = re.search(r"(?<![\w.,])[0-9]+(?:\.[0-9]{3})*,$", text[start : name.start])
            if whole is None:
                return False
            span = Span(start + whole.start(), name.end)
            shown = self.source.slice(span)
            number = shown.replace(".", "").replace(",", ".")
            help = f"write it with a decimal point: `{number}`"
            self._fault("MLP0612", f"the comma in `{shown}` ends the entry", span, help)
            return True
        if not _GROUP.fullmatch(name.text):
            return False
        begun = re.search(r"(?<![\w.,])[1-9][0-9]{0,2}(?:,[0-9]{3})*,$", text[start : name.start])
        if begun is None:
            return False
        if not re.compile(",[0-9]{3}(?![0-9])").match(text, name.end):
            span = Span(start + begun.start(), name.end)
            shown = self.source.slice(span)
            help = f"write plain digits: `{shown.replace(',', '')}`"
            self._fault("MLP0612", f"the comma in `{shown}` ends the entry", span, help)
        return True

    def _key(
        self, written: yamltext.Written, entries: dict[str, Entry], depth: int
    ) -> tuple[Scalar | None, _Read]:
        """The key, if it is one that can be used; the entry is dropped otherwise."""
        if written.is_scalar:
            self._tag(written)
            text, quoted = written.text, bool(written.style)
            read = _Read(Scalar(text, text, written.span, quoted), 1, 1)
            if written.anchor:
                self._anchors[written.anchor] = read
            if text == "<<" and not quoted:
                message = "merge keys are not part of YAML 1.2 and not read"
                self._fault("MLP0607", message, written.span, "write the keys out")
        else:
            read = self._node(written, None, depth)
        node = read.node
        if not isinstance(node, Scalar):
            self._fault(
                "MLP0613",
                "a list or mapping cannot be a key",
                node.span,
                "write `key: value` with a single word as key",
            )
            return None, read
        if before := entries.get(node.text):
            self._fault(
                "MLP0609",
                f"the key `{clean(node.text)}` stands here twice",
                node.span,
                "keep one of the two",
                Label(Origin(self.source, before.key.span), "first given here"),
            )
            return None, read
        if node.text == "<<" and not node.quoted:
            return None, read
        return Scalar(node.text, node.text, node.span, node.quoted), read

    def _resolve(
        self, written: yamltext.Written, key: Scalar | None, depth: int
    ) -> bool | int | Decimal | str | Faulty:
        """What a scalar without quotes means."""
        text, span = written.text, written.span
        if text == "true" or text == "false":
            return text == "true"
        if text in _NULLS:
            if not depth:
                return text
            what = f"`{clean(key.text)}`" if key else "this item"
            start = key.span.start if key and text == "" else span.start
            message, help = f"{what} has no value", "delete it, or give a value"
            if key:
                help = "write a value; a key that is optional may also be `unknown` or left out"
            if key and text == "" and (remark := self._remark(key)):
                message += ": `#` begins a remark"
                help = f'put the text in quotes: `"{clean(remark)}"`'
            self._fault("MLP0610", message, Span(start, max(start + 1, span.end)), help)
            return FAULTY
        if _NOT_FINITE.fullmatch(text):
            self._fault("MLP0612", f"`{text}` is not a finite number", span, "write `unknown`")
            return FAULTY
        if not _NUMBER.fullmatch(text):
            return text
        if zeros := _ZEROS.match(text):
            plain = clean(text[zeros.end() :])
            sign = "-" if text[0] == "-" else ""
            message = (
                f"the number `{clean(text)}` begins with a zero, which some readers take for octal"
            )
            help = f"write `{sign}{plain}`, or put it in quotes if it is text"
            self._fault("MLP0612", message, span, help)
            return FAULTY
        if (number := exact(text)) is None:
            self._fault(
                "MLP0612",
                f"the number `{clean(text)}` is too large or too fine",
                span,
                "keep within 10^15 and 12 decimals, or put it in quotes if it is text",
            )
            return FAULTY
        return number

    def _remark(self, key: Scalar) -> str:
        """What stands behind a key and looks like its value, yet is a remark."""
        found = re.compile(r"[\"']?:[ \t]+(#[^\s#][^\n]*)").match(self.source.text, key.span.end)
        return found[1].rstrip() if found else ""

    def _tag(self, written: yamltext.Written) -> None:
        if written.tag:
            tag = written.tag.replace("tag:yaml.org,2002:", "!!")
            start = written.start
            span = written.span if written.is_scalar else Span(start, start + 1)
            message = f"the tag `{clean(tag)}` is not read in a manifest"
            self._fault("MLP0608", message, span, "delete the tag; put text in quotes")

    def _alias(self, written: yamltext.Written, depth: int) -> _Read:
        name, span = clean(written.alias), written.span
        if written.alias in self._around:
            message = f"the alias `*{name}` stands inside what it names"
            raise self._stop(message, span, "write the values out")
        target = self._anchors.get(written.alias)
        if target is None:
            message = f"the alias `*{name}` has no anchor before it"
            raise self._stop(message, span, f"write `&{name}` before the value that is meant")
        self._from_aliases += target.size
        if self._from_aliases > MOST_FROM_ALIASES:
            message = f"the aliases of this file stand for more than {MOST_FROM_ALIASES:,} values"
            raise self._stop(message, span, "write the values out")
        if depth + target.height > MOST_DEPTH:
            raise _StoppedError(_too_deep(self.source, span))
        return target
