"""Bytes of a file in, trees of nodes out, one for each YAML document.

Why not `yaml.safe_load`, or PyYAML's composer: the composer of libyaml recurses, so that a
file of open brackets ends the process; the loader speaks YAML 1.1, where `no` is false and
`1_000` a number; and both lose places, duplicate keys and exact decimals. So the events of
the parser are read here one by one, with a stack of our own and limits on depth, size and
what aliases may add, and scalars are resolved by the rules of YAML 1.2, of which only
`true`, `false` and decimal numbers are taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from mlpolicy.characters import clean, decoded
from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, Label, about, at
from mlpolicy.manifest.nodes import FAULTY, Entry, Faulty, Listing, Mapping, Node, Scalar
from mlpolicy.source import Origin, Source, Span
from mlpolicy.yamltext import events

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 20
MOST_NODES = 100_000
MOST_FROM_ALIASES = 10_000
MOST_ITEMS = 1_000
LARGEST = Decimal(10**15)
MOST_DECIMALS = 12

_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@node
class Written:
    """One YAML document: its tree and what is wrong with its text. `root` is None where the
    document is empty; with a fault that stops reading there is no `Written` at all."""

    root: Node | None
    faults: tuple[Diagnostic, ...]


def read(data: bytes, file: str) -> tuple[Source, tuple[Written, ...], tuple[Diagnostic, ...]]:
    """The documents of a file, as far as it can be read, and what stopped the reading."""
    if len(data) > MOST_BYTES:
        fault = about(
            "MLP0602",
            f"the file has {len(data):,} bytes; at most {MOST_BYTES:,} are read",
            file,
            help="split the project, or move what is not part of the manifest elsewhere",
        )
        return Source(file, ""), (), (fault,)
    source, fault_or_none = _decode(data, file)
    if fault_or_none:
        return source, (), (fault_or_none,)
    documents: list[Written] = []
    builder = _Builder(source)
    try:
        for event in events(source.text):
            done = builder.take(event)
            if builder.stopped:
                return source, tuple(documents), (*builder.faults, builder.stopped)
            if done:
                documents.append(done)
    except yaml.MarkedYAMLError as error:
        return source, tuple(documents), (*builder.faults, _not_yaml(error, source))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        fault = at("MLP0603", f"not valid YAML: {_plain(str(error))}", source, Span(0, 1))
        return source, tuple(documents), (*builder.faults, fault)
    return source, tuple(documents), ()


def _decode(data: bytes, file: str) -> tuple[Source, Diagnostic | None]:
    """The text of the file. JSON's pairs of escapes are written as YAML has them."""
    source, fault = decoded(data, file, "MLP0601")
    if fault is None and source.text.lstrip()[:1] in ("{", "["):
        source = Source(file, _PAIR.sub(_joined, source.text))
    return source, fault


_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


def _joined(pair: re.Match[str]) -> str:
    r"""JSON writes a character beyond the first plane as two escapes, YAML as `\U0001F600`."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


_PROBLEMS = (
    (
        "mapping values are not allowed",
        "a `: ` stands where no key can be; quote text that has one",
    ),
    ("cannot start any token", "use spaces, not tabs; quote text that begins with a sign"),
    ("tab character", "indent with spaces, not tabs"),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
    ("expected ',' or", "close the bracket, or put a comma between the items"),
    ("did not find expected key", "let keys of one mapping begin in the same column"),
    ("did not find expected '-'", "let the `-` of one list stand in the same column"),
    ("expected node content", "close the bracket, or write a value"),
    ("unexpected end of stream", "close the quotes"),
)


def _not_yaml(error: yaml.MarkedYAMLError, source: Source) -> Diagnostic:
    problem = _plain(str(error.problem or "cannot be read"))
    mark = error.problem_mark or error.context_mark
    offset = min(int(getattr(mark, "index", 0) or 0), max(len(source.text) - 1, 0))
    if "cannot start any token" in problem and source.text[offset : offset + 1] == "\t":
        problem = "a tab character indents this line"
    labels: tuple[Label, ...] = ()
    begun: Any = error.context_mark
    if error.context and begun is not None and begun.line != getattr(mark, "line", -1):
        start = min(int(begun.index), len(source.text))
        labels = (Label(Origin(source, Span(start, start + 1)), _plain(str(error.context))),)
    help = next((text for part, text in _PROBLEMS if part in problem), "")
    return at(
        "MLP0603",
        f"not valid YAML: {problem}",
        source,
        Span(offset, offset + 1),
        help=help,
        labels=labels,
    )


def _plain(text: str) -> str:
    """A message of PyYAML on one line, without its own places."""
    return " ".join(re.sub(r"[^\x20-\x7e]", " ", text.split(' in "<')[0]).split()).rstrip(".")


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been seen."""

    start: int
    first: int
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: Scalar | None = None
    awaits_value: bool = False
    size: int = 1
    height: int = 1


@node
class _Anchored:
    node: Node
    size: int
    height: int


class _Builder:
    """Takes parser events one by one; keeps what is open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stopped: Diagnostic | None = None
        self.faults: list[Diagnostic] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._root: Node | None = None
        self._nodes = 0
        self._from_aliases = 0

    def take(self, event: Any) -> Written | None:
        """The document that ends with this event, if one does."""
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._open(event, isinstance(event, yaml.MappingStartEvent))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self.faults, self._anchors, self._root = [], {}, None
            case yaml.DocumentEndEvent():
                done = Written(self._root, tuple(self.faults))
                self.faults = []
                return done
        return None

    def _fault(self, code: str, message: str, span: Span, help: str = "", *labels: Label) -> None:
        self.faults.append(at(code, message, self.source, span, help=help, labels=labels))

    def _stop(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.stopped = at(code, message, self.source, span, help=help)

    def _scalar(self, event: Any) -> None:
        span = Span(event.start_mark.index, event.end_mark.index)
        text: str = event.value
        is_key = bool(self._stack) and self._stack[-1].is_mapping and self._awaits_key()
        self._tag(event, span)
        quoted = bool(event.style)
        if is_key or quoted:
            value: bool | int | Decimal | str | Faulty = text
        elif not self._stack and text == "":
            return  # an empty document
        else:
            value = self._resolve(text, span)
        if is_key and not quoted and text == "<<":
            self._fault(
                "MLP0607",
                "merge keys are not part of YAML 1.2 and not read",
                span,
                "write the keys out",
            )
        self._add(Scalar(value, text, span, quoted), 1, 1)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(Scalar(value, text, span, quoted), 1, 1)

    def _resolve(self, text: str, span: Span) -> bool | int | Decimal | str | Faulty:
        """What a scalar without quotes means."""
        if text == "true" or text == "false":
            return text == "true"
        if text in _NULLS:
            if not self._stack:
                return text
            key = self._stack[-1].key
            what = f"`{clean(key.text)}`" if key else "this item"
            start = key.span.start if key and text == "" else span.start
            self._fault(
                "MLP0610",
                f"{what} has no value",
                Span(start, max(start + 1, span.end)),
                "write `unknown`, or leave the key out" if key else "delete it, or give a value",
            )
            return FAULTY
        if _NOT_FINITE.fullmatch(text):
            self._fault("MLP0612", f"`{text}` is not a finite number", span, "write `unknown`")
            return FAULTY
        if not _NUMBER.fullmatch(text):
            return text
        if (number := exact(text)) is None:
            self._fault(
                "MLP0612",
                f"the number `{clean(text)}` is too large or too fine",
                span,
                "keep within 10^15 and 12 decimals, or put it in quotes if it is text",
            )
            return FAULTY
        return number

    def _tag(self, event: Any, span: Span) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._fault(
                "MLP0608",
                f"the tag `{clean(tag)}` is not read in a manifest",
                span,
                "delete the tag; put text in quotes",
            )

    def _awaits_key(self) -> bool:
        return not self._stack[-1].awaits_value

    def _open(self, event: Any, is_mapping: bool) -> None:
        start = event.start_mark.index
        span = Span(start, start + 1)
        if len(self._stack) >= MOST_DEPTH:
            self._stop(
                "MLP0605", f"nested more than {MOST_DEPTH} levels deep", span, "flatten the file"
            )
            return
        self._tag(event, span)
        self._stack.append(_Open(start, event.end_mark.index, event.anchor, is_mapping))

    def _close(self, event: Any) -> None:
        end: int = event.end_mark.index
        done = self._stack.pop()
        # A block has no bracket to point at: show its first line, not all of it.
        text = self.source.text
        line_end = text.find("\n", done.start)
        span = Span(done.start, max(done.start + 1, min(end, line_end if line_end > 0 else end)))
        if text[done.start : span.end].endswith("\r"):
            span = Span(span.start, span.end - 1)
        node: Node
        if done.is_mapping:
            node = Mapping(tuple(done.entries.values()), span)
        else:
            node = Listing(tuple(done.items), span)
        self._add(node, done.size, done.height)
        if done.anchor:
            self._anchors[done.anchor] = _Anchored(node, done.size, done.height)

    def _alias(self, event: Any) -> None:
        span = Span(event.start_mark.index, event.end_mark.index)
        if any(open.anchor == event.anchor for open in self._stack):
            self._stop(
                "MLP0606",
                f"the alias `*{clean(event.anchor)}` stands inside what it names",
                span,
                "write the values out",
            )
            return
        target = self._anchors.get(event.anchor)
        if target is None:
            self._stop(
                "MLP0606",
                f"the alias `*{clean(event.anchor)}` has no anchor before it",
                span,
                f"write `&{clean(event.anchor)}` before the value that is meant",
            )
            return
        self._from_aliases += target.size
        if self._from_aliases > MOST_FROM_ALIASES:
            self._stop(
                "MLP0606",
                f"the aliases of this file stand for more than {MOST_FROM_ALIASES:,} values",
                span,
                "write the values out",
            )
            return
        if len(self._stack) + target.height > MOST_DEPTH:
            self._stop(
                "MLP0605", f"nested more than {MOST_DEPTH} levels deep", span, "flatten the file"
            )
            return
        self._add(target.node, target.size, target.height)

    def _add(self, node: Node, size: int, height: int) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._stop("MLP0602", f"the file holds more than {MOST_NODES:,} values", node.span)
            return
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if not parent.is_mapping:
            parent.items.append(node)
        elif not parent.awaits_value:
            parent.awaits_value = True
            parent.key = self._key(node, parent)
        else:
            parent.awaits_value = False
            if parent.key is not None:
                parent.entries[parent.key.text] = Entry(parent.key, node)
            parent.key = None
        if len(parent.items) > MOST_ITEMS or len(parent.entries) > MOST_ITEMS:
            help = "split the file into several"
            message = f"more than {MOST_ITEMS:,} entries in one place"
            self._stop("MLP0602", message, node.span, help)

    def _key(self, node: Node, parent: _Open) -> Scalar | None:
        """The key, if it is one that can be used; the entry is dropped otherwise."""
        if not isinstance(node, Scalar):
            self._fault(
                "MLP0613",
                "a list or mapping cannot be a key",
                node.span,
                "write `key: value` with a single word as key",
            )
            return None
        if before := parent.entries.get(node.text):
            self._fault(
                "MLP0609",
                f"the key `{clean(node.text)}` stands here twice",
                node.span,
                "keep one of the two",
                Label(Origin(self.source, before.key.span), "first given here"),
            )
            return None
        if node.text == "<<" and not node.quoted:
            return None
        return Scalar(node.text, node.text, node.span, node.quoted)


def exact(text: str) -> int | Decimal | None:
    """The number that a text of digits stands for, or None where it is out of bounds."""
    mantissa, _, power = text.lower().partition("e")
    if len(text) > 60:
        return None
    if len(power.lstrip("+-0")) > 3:  # beyond what `Decimal` takes, where it is written long enough
        return None if re.search("[1-9]", mantissa) else 0
    number = Decimal(text)
    if number.adjusted() > 16 or number.copy_abs() > LARGEST:
        return 0 if number == 0 else None
    if number == 0:
        return 0
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    if -(exponent + trailing) > MOST_DECIMALS:
        return None
    if exponent + trailing >= 0:
        return int(number)
    return Decimal((number.as_tuple().sign, digits[: len(digits) - trailing], exponent + trailing))
