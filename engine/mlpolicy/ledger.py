"""Reads a ledger of sources: what a policy's `ref` lines point at.

In goes the text of a YAML file such as `sources/guide.yaml`, out comes a `Ledger`, or what is
wrong with the text. A ledger names a document, pins it by its sha256, and holds entries in up
to three sections:

    clauses:      what the document says, with its lines there, in our words
    resolutions:  how the policy reads it where it errs, contradicts itself or is silent
    facts:        dated statements with a source and a mark of trust each

A clause that only describes or advises may be excused from being cited, with the reason:
`excuse`.

The document itself need not be at hand; where it is, `verify` compares it with the pin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import assert_never

from mlpolicy.characters import decoded
from mlpolicy.diagnostics import Diagnostic, Label, at, in_order
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import Guesses, listing
from mlpolicy.yamltext import Limits, Why, Written, compose

#: What a clause of the document can be.
CLAUSE_KINDS = (
    "threshold",
    "rule",
    "table",
    "formula",
    "advice",
    "catalog",
    "scenario",
    "tree",
    "fact",
)

#: The kinds of clause that may be excused from being cited: they decide and compute nothing.
EXCUSABLE = ("fact", "advice")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to refer to: a clause, a resolution or a fact.

    A clause has `lines`, and `excuse` where no construct needs to cite it; a resolution has
    `settles` and `because`; a fact has `trust` (A, B or C), `source`, `as_of` and, where known,
    `since`. What an entry does not have is empty.
    """

    id: str
    kind: str
    text: str
    lines: str = ""
    settles: tuple[str, ...] = ()
    because: str = ""
    trust: str = ""
    source: str = ""
    as_of: str = ""
    since: str = ""
    excuse: str = ""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def line(self) -> int:
        """The line of this entry in the ledger's file, or 0 for an entry made by hand."""
        return self.origin.place.line if self.origin else 0


@dataclass(frozen=True)
class Ledger:
    """A checked ledger. INVARIANT: ids are unique, and every id in `settles` is an entry.

    `sha256` is None, and `document` and `lines` are empty, where the ledger has no single
    document behind it; `as_of` then says when it was compiled. Entries keep their order.
    """

    name: str
    title: str
    sha256: str | None
    entries: Mapping[str, Entry]
    document: str = ""
    lines: int = 0
    as_of: str = ""


def load_ledger(data: bytes, file: str) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
    """The ledger in `data`, the bytes of a YAML file, or None; and the diagnostics on it. `file` is
    the name that messages print."""
    source, fault = decoded(data, file, "MLP0501")
    if fault is not None:
        return None, (fault,)
    read = _read(source)
    if isinstance(read, Diagnostic):
        return None, (read,)
    return _Loader(source).load(read)


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


# -- from the tree to a ledger ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """What the entries of a section look like."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    kinds: tuple[str, ...]


_SECTIONS = {
    "clauses": _Section(("id", "lines", "kind", "text"), ("excuse",), CLAUSE_KINDS),
    "resolutions": _Section(("id", "kind", "settles", "text", "because"), (), ("resolution",)),
    "facts": _Section(("id", "kind", "text", "trust", "source", "as_of"), ("since",), ("fact",)),
}
_PIN = ("file", "lines", "sha256")
_TRUST = ("A", "B", "C")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STRETCH = re.compile(r"([0-9]{1,7})(?:-([0-9]{1,7}))?")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")

_Fields = dict[str, tuple[Written, Written]]


class _Loader:
    """Checks a tree and keeps the diagnostics, so that one run reports them all."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self.ids: dict[str, Written] = {}
        self.ids_sound = True
        self.guesses = Guesses()

    def load(self, root: Written) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
        required = ("name", "title", "document")
        top = self.fields(root, "the ledger", required, tuple(_SECTIONS))
        sections = [(name, *top[name]) for name in _SECTIONS if name in top]
        name = self.text(top, "name")
        title = self.text(top, "title")
        if name and not _ID.fullmatch(name):
            help = "begin with a letter, then letters, digits, `-` and `_`"
            self.fault("MLP0510", f"`{name}` is not a name", top["name"][1].span, help)
        document, sha256, lines, as_of = self.document(top, "clauses" in top)

        entries: dict[str, Entry] = {}
        claims: list[tuple[str, Written]] = []
        for section, key, node in sections:
            if node.items is None:
                help = "begin every entry with `- id: …`"
                self.fault("MLP0502", f"`{section}` must be a list of entries", key.span, help)
                continue
            for item in node.items:
                entry = self.entry(item, _SECTIONS[section], lines, claims)
                if entry is not None:
                    entries.setdefault(entry.id, entry)
        # Where an id is missing or repeated, a claim may mean that one: tell the cause alone.
        if self.ids_sound:
            for owner, target in claims:
                self.settled(owner, target)
        if not entries and not self.found:
            help = f"add entries under {listing(f'`{name}`' for name in _SECTIONS)}"
            self.fault("MLP0503", "the ledger has no entries", _first(root), help)
        if self.found:
            return None, in_order(self.found)
        held = MappingProxyType(entries)
        return Ledger(name, title, sha256, held, document, lines, as_of), ()

    def document(self, top: _Fields, pinned: bool) -> tuple[str, str | None, int, str]:
        """File, pin, number of lines and date of the document behind the ledger."""
        if "document" not in top:
            return "", None, 0, ""
        node = top["document"][1]
        given = {key.text for key, _ in node.entries or ()}
        pinned = pinned or not given.isdisjoint(_PIN)
        required, optional = (_PIN, ("as_of",)) if pinned else (("as_of",), _PIN)
        fields = self.fields(node, "`document`", required, optional)
        sha256 = self.text(fields, "sha256") or None
        if sha256 and not _SHA256.fullmatch(sha256):
            message = f"`{_short(sha256)}` is not a sha256"
            help = "write the 64 digits 0-9 and a-f that `sha256sum` prints for the document"
            self.fault("MLP0507", message, fields["sha256"][1].span, help)
        count = self.text(fields, "lines")
        lines = int(count) if re.fullmatch("[1-9][0-9]{0,6}", count) else 0
        if count and not lines:
            message = f"`{_short(count)}` is not a number of lines"
            help = "write how many lines the document has, as a whole number"
            self.fault("MLP0509", message, fields["lines"][1].span, help)
        return self.text(fields, "file"), sha256, lines, self.date(fields, "as_of")

    def entry(
        self, node: Written, section: _Section, lines: int, claims: list[tuple[str, Written]]
    ) -> Entry | None:
        """The entry in `node`. Adds what it says to settle to `claims`; notes its id."""
        id_node = self.peek(node, "id")
        what = f"entry `{_short(id_node.text)}`" if id_node else "this entry"
        fields = self.fields(node, what, section.required, section.optional)
        id = self.text(fields, "id")
        if not id or id_node is None:
            self.ids_sound = False
            return None
        if not _ID.fullmatch(id):
            help = "begin with a letter, as in `G6.1`; no spaces"
            self.fault("MLP0510", f"`{_short(id)}` is not an id", id_node.span, help)
        if (first := self.ids.setdefault(id, id_node)) is not id_node:
            self.ids_sound = False
            label = Label(Origin(self.source, first.span), "first given here")
            help = "give one of the two another id, or remove it"
            self.fault("MLP0505", f"the id `{id}` is given twice", id_node.span, help, label)
        settles = self.settles(fields)
        claims.extend((id, target) for target in settles)
        kind = self.choice(fields, "kind", section.kinds, "MLP0506")
        return Entry(
            id=id,
            kind=kind,
            text=self.text(fields, "text"),
            lines=self.lines(fields, lines),
            settles=tuple(target.text for target in settles),
            because=self.text(fields, "because"),
            trust=self.choice(fields, "trust", _TRUST, "MLP0510"),
            source=self.text(fields, "source"),
            as_of=self.date(fields, "as_of"),
            since=self.date(fields, "since"),
            excuse=self.excuse(fields, kind),
            origin=Origin(self.source, id_node.span),
        )

    def fields(
        self, node: Written, what: str, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> _Fields:
        """The fields of a mapping by name; those that are missing, unknown or repeated are
        reported."""
        if node.entries is None:
            message = f"{what} must be fields, each `name: value` on its line"
            names = listing(f"`{name}`" for name in required)
            self.fault("MLP0502", message, _first(node), f"write the fields {names}")
            return {}
        known = (*required, *optional)
        fields: _Fields = {}
        unknown: set[str] = set()
        for key, value in node.entries:
            name = key.text
            if name in fields:
                label = Label(Origin(self.source, fields[name][0].span), "first given here")
                message = f"{what} has `{_short(name)}` twice"
                self.fault("MLP0505", message, key.span, "keep one of the two", label)
            elif name in known:
                fields[name] = (key, value)
            else:
                guess = self.guesses.nearest(name, known)
                meant = f"did you mean `{guess}`?" if guess else ""
                help = meant or f"fields here: {listing(f'`{name}`' for name in known)}"
                message = f"{what} has no field `{_short(name)}`"
                self.fault("MLP0504", message, key.span, help)
                unknown.add(guess or "")
        for name in required:
            # A misspelt field is reported once, as misspelt.
            if name not in fields and name not in unknown:
                message = f"{what} lacks `{name}`"
                self.fault("MLP0503", message, _first(node), f"add a line `{name}: …`")
        return fields

    def peek(self, node: Written, name: str) -> Written | None:
        """The text of a field, before it is checked."""
        values = (value for key, value in node.entries or () if key.text == name)
        first = next(values, None)
        return first if first is not None and first.is_scalar and first.text else None

    def text(self, fields: _Fields, name: str) -> str:
        """The text of a field, or nothing where it is absent; an empty one is reported."""
        if name not in fields:
            return ""
        key, node = fields[name]
        if not node.is_scalar:
            message = f"`{name}` must be text"
            self.fault("MLP0502", message, key.span, "write one value after the colon")
            return ""
        if not node.text.strip():
            message = f"`{name}` is empty"
            self.fault("MLP0503", message, key.span, "write the value after the colon")
            return ""
        return node.text

    def choice(self, fields: _Fields, name: str, allowed: tuple[str, ...], code: str) -> str:
        """The text of a field that is one of a few words."""
        value = self.text(fields, name)
        if value and value not in allowed:
            guess = self.guesses.nearest(value, allowed)
            words = listing((f"`{word}`" for word in allowed), len(allowed))
            help = f"did you mean `{guess}`?" if guess else f"write one of {words}"
            message = f"`{_short(value)}` is no {name} of an entry here"
            self.fault(code, message, fields[name][1].span, help)
        return value

    def date(self, fields: _Fields, name: str) -> str:
        """A year, a month or a day: no more precise than what is known."""
        from datetime import date

        value = self.text(fields, name)
        if value:
            try:
                good = _DATE.fullmatch(value) is not None
                date.fromisoformat((value + "-01-01")[:10])  # the first day of a month or year
            except ValueError:
                good = False
            if not good:
                message = f"`{_short(value)}` is not a date"
                help = "write a day, month or year, as in `2026-04-30`, `2026-04` or `2026`"
                self.fault("MLP0510", message, fields[name][1].span, help)
        return value

    def lines(self, fields: _Fields, last: int) -> str:
        """Lines of the document, as in `3`, `10-73` or `416, 421`."""
        value = self.text(fields, "lines")
        for part in value.split(", ") if value else ():
            match = _STRETCH.fullmatch(part)
            if match is None:
                message = f"`{_short(value)}` names no lines"
                help = "write lines as in `3`, `10-73` or `416, 421`"
            else:
                begin, end = int(match[1]), int(match[2] or match[1])
                if 1 <= begin <= end and (end <= last or not last):
                    continue
                message = f"there are no lines `{part}`" + (f" among 1-{last}" if last else "")
                help = "count from 1, the lower number first, within the document"
            self.fault("MLP0509", message, fields["lines"][1].span, help)
            break
        return value

    def settles(self, fields: _Fields) -> tuple[Written, ...]:
        """The ids in a list `settles`, which may be empty where the document is silent."""
        if "settles" not in fields:
            return ()
        key, node = fields["settles"]
        if node.items is not None and all(item.is_scalar for item in node.items):
            return tuple(node.items)
        message = "`settles` must be a list of ids"
        self.fault("MLP0502", message, key.span, "write ids in brackets, as in `[G6.1, G6.2]`")
        return ()

    def excuse(self, fields: _Fields, kind: str) -> str:
        """Why no construct needs to cite a clause; refused where the clause has a consequence."""
        if "excuse" in fields and kind in CLAUSE_KINDS and kind not in EXCUSABLE:
            message = f"a clause of kind `{kind}` cannot be excused"
            kinds = " and ".join(f"`{name}`" for name in EXCUSABLE)
            help = f"cite it in the policy, or settle it in a resolution; only {kinds} are excused"
            self.fault("MLP0511", message, fields["excuse"][0].span, help)
            return ""
        return self.text(fields, "excuse")

    def settled(self, owner: str, target: Written) -> None:
        """Refuses a claim to settle what is not an entry, or itself."""
        if target.text == owner:
            message = f"`{owner}` cannot settle itself"
            self.fault("MLP0508", message, target.span, "name the clauses it decides on")
        elif target.text not in self.ids:
            guess = self.guesses.nearest(target.text, self.ids)
            help = f"did you mean `{guess}`?" if guess else "name an entry of this ledger"
            message = f"`{owner}` settles `{_short(target.text)}`, which is no entry here"
            self.fault("MLP0508", message, target.span, help)

    def fault(self, code: str, message: str, span: Span, help: str, *labels: Label) -> None:
        self.found.append(at(code, message, self.source, span, help=help, labels=labels))


def _short(value: str) -> str:
    """A user's text, fit for one line of a message."""
    line = " ".join(value.split())
    return line if len(line) <= 70 else line[:69] + "…"
