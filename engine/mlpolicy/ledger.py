"""Reads a ledger of sources: what a policy's `ref` lines point at.

In goes the text of a YAML file such as `sources/guide.yaml`, out comes a `Ledger`, or what is
wrong with the text. A ledger names a document, pins it by its sha256 or says at which address
it is, and holds entries in up to three sections:

    clauses:      what the document says, with its lines or its part there, in our words
    resolutions:  how the policy reads it where it errs, contradicts itself or is silent
    facts:        dated statements with a source and a mark of trust each

A clause that only describes or advises may be excused from being cited, with the reason:
`excuse`; one that an extension of the policy says, and not its core, names it: `extension`.
`schemas/ledger.v1.schema.json` says what each part holds; what that cannot say is
checked here.

The document itself need not be at hand; where it is, `verify` compares it with the pin.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import assert_never

from mlpolicy.characters import clean, decoded
from mlpolicy.diagnostics import Diagnostic, Label, at, in_order
from mlpolicy.schema import nodes
from mlpolicy.schema.faults import Path, faults_in
from mlpolicy.schema.fields import own_schema
from mlpolicy.schema.nodes import FAULTY, Listing, Mapping, Node, Scalar
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import Guesses, listing
from mlpolicy.yamltext import Limits, Why, Written, compose

#: The sections that hold entries.
SECTIONS = ("clauses", "resolutions", "facts")

#: Fields of a manifest, by scope and steps, each with the words that a fact was established for.
Where = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

#: The kinds of clause that may be excused from being cited: they decide and compute nothing.
EXCUSABLE = ("fact", "advice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to refer to: a clause, a resolution or a fact.

    A clause has `lines`, or the part of the document that it is (`at`), and `excuse` where no
    construct needs to cite it; where an extension of the policy is to cite it, and not its core, it
    names that `extension`, as a resolution does; a resolution has `settles` and `because`; a fact
    has `trust` (A, B or C), `source`, `as_of` and, where known, `since`; `where` names fields of
    the manifest with the words for which it was established. Any may have `review_by`, the day by
    which somebody is to look at it again. What an entry does not have is empty.
    """

    id: str
    kind: str
    text: str
    lines: str = ""
    at: str = ""
    settles: tuple[str, ...] = ()
    because: str = ""
    trust: str = ""
    source: str = ""
    as_of: str = ""
    since: str = ""
    review_by: str = ""
    excuse: str = ""
    extension: str = ""
    where: Where = ()
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def line(self) -> int:
        """The line of this entry in the ledger's file, or 0 for an entry made by hand."""
        return self.origin.place.line if self.origin else 0


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A checked ledger. INVARIANT: ids are unique, and every id in `settles` is an entry.

    `sha256` is None, and `document` and `lines` are empty, where the ledger has no single
    document behind it, or one that is known by its `address`; `as_of` then says when it was
    compiled, or read there. `published` says what of the
    document may be published, and where it is to be had; empty where the ledger does not say.
    `review_by` is the day by which somebody is to look at it again, and `review_at` where that
    stands. Entries keep their order.
    """

    name: str
    title: str
    sha256: str | None
    entries: abc.Mapping[str, Entry]
    document: str = ""
    address: str = ""
    lines: int = 0
    as_of: str = ""
    published: str = ""
    review_by: str = ""
    review_at: Origin | None = field(default=None, compare=False, repr=False)


@lru_cache(maxsize=8)  # of a policy that somebody works at, the ledgers mostly stay as they are
def load_ledger(data: bytes, file: str) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
    """The ledger in `data`, the bytes of a YAML file, or None; and the diagnostics on it. `file` is
    the name that messages print."""
    source, fault = decoded(data, file, "MLP0501")
    if fault is not None:
        return None, (fault,)
    written = _read(source)
    if isinstance(written, Diagnostic):
        return None, (written,)
    reader = _Reader(source, [])
    root = reader.node(written, None)
    if not isinstance(root, Mapping):
        help = "write `name: …`, `title: …`, `document:` and a section of entries"
        message = "a ledger is made of fields, each `name: value` on its line"
        return None, (at("MLP0502", message, source, root.span, help=help),)
    told = {fault.origin for fault in reader.faults}
    rules = tuple(_broken_rules(root, source))
    # An excuse that may not stand there need not be said to be empty.
    better = {fault.origin for fault in rules}
    faults = [fault for fault in reader.faults if fault.origin not in better]
    faults += faults_in(root, own_schema("ledger"), source, told=told, code=_code)
    faults += rules
    if not faults and not any(_entries(root)):
        help = f"add entries under {listing(f'`{name}`' for name in SECTIONS)}"
        faults = [at("MLP0503", "the ledger has no entries", source, root.span, help=help)]
    return (None, in_order(faults)) if faults else (_ledger(root, source), ())


def verify(ledger: Ledger, data: bytes) -> bool:
    """Is `data` the very document that the ledger pins by its sha256? False where it pins none."""
    from hashlib import sha256

    return ledger.sha256 is not None and sha256(data).hexdigest() == ledger.sha256


# -- from the text to its nodes ----------------------------------------------------------------

#: A ledger needs four levels; whatever goes deeper is a mistake or an attack.
_LIMITS = Limits(depth=8, values=1_000_000, entries=1_000_000)


def _read(source: Source) -> Written | Diagnostic:
    """The root of the one YAML document in `source`, or the first thing that prevents it."""

    def refuse(message: str, span: Span, help: str) -> Diagnostic:
        return at("MLP0502", message, source, span, help=help)

    composed = compose(source.text, _LIMITS)
    roots = [*composed.documents, *([composed.part] if composed.part else [])]
    if composed.stop is not None and len(roots) < 2:
        stop = composed.stop
        match stop.why:
            case Why.NOT_YAML:
                message = f"this is not YAML: {stop.problem}"
                help = "check the indentation, and put text with `: ` or `#` into quotes"
                return at("MLP0501", message, source, stop.span, help=help)
            case Why.TOO_DEEP:
                message = f"lists and mappings are nested more than {_LIMITS.depth} deep"
                return refuse(message, stop.span, "a ledger needs four levels at most")
            case Why.TOO_MANY_VALUES | Why.TOO_MANY_ENTRIES:
                message = f"the ledger holds more than {_LIMITS.values:,} values"
                return refuse(message, stop.span, "split it into several sources")
            case _:
                assert_never(stop.why)
    if not roots or roots[0] is None:
        message = "the ledger is empty"
        help = "write at least `name`, `title`, `document` and a section of entries"
        return refuse(message, Span(0, 0), help)
    if len(roots) > 1:
        span = roots[1].span if roots[1] else Span(0, 0)
        help = "keep one ledger in the file and remove the line `---`"
        return refuse("the file holds more than one YAML document", span, help)
    return _no_alias(roots[0], refuse) or roots[0]


def _no_alias(
    written: Written, refuse: Callable[[str, Span, str], Diagnostic]
) -> Diagnostic | None:
    """Refuses aliases, and what is no name of a field."""
    if written.alias:
        return refuse("a ledger has no aliases", written.span, "write the value out in full")
    for key, value in written.entries or ():
        if not key.is_scalar:
            help = "write a name before the colon"
            return refuse("the name of a field must be text", _first(key), help)
        if (fault := _no_alias(value, refuse)) is not None:
            return fault
    found = (_no_alias(each, refuse) for each in written.items or ())
    return next((fault for fault in found if fault is not None), None)


def _first(written: Written) -> Span:
    """Where a node begins: of a list or mapping, its first character."""
    return written.span if written.is_scalar else Span(written.start, written.start + 1)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Gives what is written its meaning: every value of a ledger is text. `faults` takes what is
    wrong with the text."""

    source: Source
    faults: list[Diagnostic]

    def node(self, written: Written, key: Written | None) -> Node:
        """A value; `key` is the name of its field, None for an item of a list."""
        span = self.first_line(written)
        if written.entries is not None:
            return self.mapping(written.entries, span)
        if written.items is not None:
            return Listing(tuple(self.node(each, None) for each in written.items), span)
        if not written.text.strip():
            name = f"`{clean(key.text)}`" if key else "this item"
            place = key.span if key else Span(written.start, max(written.stop, written.start + 1))
            help = "write the value after the colon" if key else "write a value, or delete it"
            self.faults.append(at("MLP0503", f"{name} is empty", self.source, place, help=help))
            # What is said of this value is said at its own place.
            return Scalar(FAULTY, written.text, place)
        return Scalar(written.text, written.text, span, bool(written.style))

    def mapping(self, written: list[tuple[Written, Written]], span: Span) -> Mapping:
        """The fields of a mapping; one that is given twice counts once."""
        entries: dict[str, nodes.Entry] = {}
        for key, value in written:
            node = self.node(value, key)
            if (first := entries.get(key.text)) is not None:
                label = Label(Origin(self.source, first.key.span), "first given here")
                message = f"the field `{clean(key.text)}` stands here twice"
                help = "keep one of the two"
                self.faults.append(
                    at("MLP0505", message, self.source, key.span, help=help, labels=(label,))
                )
                continue
            entries[key.text] = nodes.Entry(Scalar(key.text, key.text, key.span), node)
        return Mapping(tuple(entries.values()), span)

    def first_line(self, written: Written) -> Span:
        """Where a value stands; of a block only its first line."""
        line = self.source.text.find("\n", written.start)
        end = min(written.stop, line) if line > 0 else written.stop
        return Span(written.start, max(end, written.start + 1))


# -- what a schema cannot say --------------------------------------------------------------

_CODES = {"MLP0702": "MLP0504", "MLP0703": "MLP0503", "MLP0704": "MLP0502", "MLP0712": "MLP0505"}
_FIELDS = {"kind": "MLP0506", "sha256": "MLP0507", "lines": "MLP0509"}


def _code(path: Path, code: str) -> str:
    """The code of a fault in a ledger, from that of the same fault in a manifest."""
    if code in _CODES or code == "MLP0611":
        return _CODES.get(code, code)
    return _FIELDS.get(str(path[-1]) if path else "", "MLP0510")


def _entries(root: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Every entry with its section, in the order of the sections."""
    for section in SECTIONS:
        listed = root.get(section)
        for item in listed.items if isinstance(listed, Listing) else ():
            if isinstance(item, Mapping):
                yield section, item


def _broken_rules(root: Mapping, source: Source) -> Iterator[Diagnostic]:
    """What is wrong besides what the schema says; parts that do not fit it are passed over."""
    yield from _two_ways(root, source)
    last = _number(_text(root.get("document", "lines")))
    ids: dict[str, tuple[str, Scalar]] = {}
    are_sound = True
    for section, entry in _entries(root):
        yield from _bad_lines(entry, last, source)
        yield from _bad_excuse(section, entry, source)
        for name in ("as_of", "since", "review_by"):
            yield from _bad_date(entry.get(name), name, source)
        id = entry.get("id")
        if not isinstance(id, Scalar) or not isinstance(id.value, str):
            are_sound = False
            continue
        first_section, first = ids.setdefault(id.value, (section, id))
        are_sound &= first is id
        if first_section != section:
            label = Label(Origin(source, first.span), "first given here")
            message = f"`{first_section}` and `{section}` have an entry `{clean(id.text)}` each"
            help = "give one of the two another id, or remove it"
            yield at("MLP0505", message, source, id.span, help=help, labels=(label,))
    yield from _bad_date(root.get("document", "as_of"), "as_of", source)
    yield from _bad_date(root.get("review_by"), "review_by", source)
    # Where an id is missing or repeated, a claim may mean that one: tell the cause alone.
    if are_sound:
        yield from _bad_claims(root, source, tuple(ids))


def _two_ways(root: Mapping, source: Source) -> Iterator[Diagnostic]:
    """Refuses a document that is known in two ways, and a clause that is placed in two."""
    document = root.get("document")
    address = document.entry("address") if isinstance(document, Mapping) else None
    for name in ("file", "lines", "sha256") if address is not None else ():
        assert isinstance(document, Mapping)
        if (pin := document.entry(name)) is not None:
            message = f"a document with an `address` has no `{name}`"
            help = "a file is pinned by `file`, `lines` and `sha256`; keep these, or the address"
            yield at("MLP0502", message, source, pin.key.span, help=help)
    wrong, right = ("lines", "at") if address is not None else ("at", "lines")
    for section, entry in _entries(root):
        found = entry.entry(wrong) if section == "clauses" else None
        if found is not None and entry.get(right) is not None:
            has = "an address" if address is not None else "lines"
            message = f"a clause of a document with {has} has no `{wrong}`"
            help = f"keep `{right}`, and remove `{wrong}`"
            yield at("MLP0502", message, source, found.key.span, help=help)


def _bad_claims(root: Mapping, source: Source, ids: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Refuses a claim to settle what is not an entry, or itself."""
    guesses, known = Guesses(), frozenset(ids)
    for _, entry in _entries(root):
        owner, targets = _text(entry.get("id")), entry.get("settles")
        for target in targets.items if isinstance(targets, Listing) else ():
            if not isinstance(target, Scalar) or target.value is FAULTY:
                continue
            if target.text == owner:
                message = f"`{clean(owner)}` cannot settle itself"
                help = "name the clauses it decides on"
                yield at("MLP0508", message, source, target.span, help=help)
            elif target.text not in known:
                guess = guesses.nearest(target.text, ids)
                help = f"did you mean `{guess}`?" if guess else "name an entry of this ledger"
                message = f"`{clean(owner)}` settles `{clean(target.text)}`, which is no entry here"
                yield at("MLP0508", message, source, target.span, help=help)


def _bad_lines(entry: Mapping, last: int | None, source: Source) -> Iterator[Diagnostic]:
    """Refuses lines that run backwards or lie outside of a document of `last` lines,
    where their number is known."""
    node = entry.get("lines")
    for part in _text(node).split(", "):
        low, _, high = part.partition("-")
        begin, end = _number(low), _number(high or low)
        if node is None or begin is None or end is None:
            return
        if not 1 <= begin <= end or (last is not None and end > last):
            message = f"there are no lines `{part}`" + (f" among 1-{last}" if last else "")
            help = "count from 1, the lower number first, within the document"
            yield at("MLP0509", message, source, node.span, help=help)
            return


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else None


def _bad_date(node: Node | None, name: str, source: Source) -> Iterator[Diagnostic]:
    """Refuses a day, month or year that no calendar has."""
    from datetime import date

    text = _text(node)
    if node is None or len(text) not in (4, 7, 10):  # The schema has told of every other.
        return
    try:
        date.fromisoformat((text + "-01-01")[:10])  # the first day of a month or year
    except ValueError:
        message = f"`{name}` is `{clean(text)}`, which is not a day of the calendar"
        help = "write a real day, month or year, as in `2026-04-30`, `2026-04` or `2026`"
        yield at("MLP0510", message, source, node.span, help=help)


def _bad_excuse(section: str, entry: Mapping, source: Source) -> Iterator[Diagnostic]:
    """Refuses to excuse a clause that has a consequence."""
    kind = _text(entry.get("kind"))
    excuse = entry.entry("excuse")
    if section == "clauses" and excuse is not None and kind and kind not in EXCUSABLE:
        message = f"a clause of kind `{clean(kind)}` cannot be excused"
        kinds = " and ".join(f"`{name}`" for name in EXCUSABLE)
        help = f"cite it in the policy, or settle it in a resolution; only {kinds} are excused"
        yield at("MLP0511", message, source, excuse.key.span, help=help)


# -- from the nodes to a ledger ------------------------------------------------------------


def _text(node: Node | None) -> str:
    """The text of a field; empty where it is absent, or no text."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _ledger(root: Mapping, source: Source) -> Ledger:
    """The ledger of a tree. INVARIANT: the tree has no fault."""
    entries = [_entry(each, source) for _, each in _entries(root)]
    review = root.get("review_by")
    return Ledger(
        name=_text(root.get("name")),
        title=_text(root.get("title")),
        sha256=_text(root.get("document", "sha256")) or None,
        entries=MappingProxyType({entry.id: entry for entry in entries}),
        document=_text(root.get("document", "file")),
        address=_text(root.get("document", "address")),
        lines=_number(_text(root.get("document", "lines"))) or 0,
        as_of=_text(root.get("document", "as_of")),
        published=_text(root.get("document", "published")),
        review_by=_text(review),
        review_at=Origin(source, review.span) if review is not None else None,
    )


def _entry(node: Mapping, source: Source) -> Entry:
    id, settles = node.get("id"), node.get("settles")
    assert id is not None
    return Entry(
        id=_text(id),
        kind=_text(node.get("kind")),
        text=_text(node.get("text")),
        lines=_text(node.get("lines")),
        at=" ".join(_text(node.get("at")).split()),
        settles=tuple(map(_text, settles.items)) if isinstance(settles, Listing) else (),
        because=_text(node.get("because")),
        trust=_text(node.get("trust")),
        source=_text(node.get("source")),
        as_of=_text(node.get("as_of")),
        since=_text(node.get("since")),
        review_by=_text(node.get("review_by")),
        excuse=_text(node.get("excuse")),
        extension=_text(node.get("extension")),
        where=_where(node.get("where")),
        origin=Origin(source, id.span),
    )


def _where(node: Node | None) -> Where:
    """The fields that a fact is bound to, by scope and steps, each with its words."""
    if not isinstance(node, Mapping):
        return ()
    return tuple(
        (tuple(each.key.text.split(".")), tuple(map(_text, each.value.items)))
        for each in node.entries
        if isinstance(each.value, Listing)
    )
