"""Bytes of a manifest file in, checked documents and diagnostics out.

The order: bytes to nodes (`read`), short form to full form, the JSON Schema (`schema`, told
by `explain`), what the schema's `x-` keywords ask (`constraints`), nodes to facts. A document with
an error is not returned; the others of the same file are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from functools import cache

from mlpolicy.core.facts import (
    DECLARED_UNKNOWN,
    DeclaredUnknown,
    Document,
    Estimate,
    Fact,
    Said,
    Waiver,
    Workload,
    says_nothing,
)
from mlpolicy.core.node import node
from mlpolicy.core.scopes import Scopes
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Label, Matter, about, at, bounded, in_order
from mlpolicy.digest import sha256
from mlpolicy.manifest.read import Reading, Written, reading
from mlpolicy.pattern import pattern
from mlpolicy.schema import Field, Schema
from mlpolicy.schema.faults import BODY, faults_in
from mlpolicy.schema.nodes import Entry, Listing, Mapping, Node, Scalar
from mlpolicy.source import Origin, Place, Source, Span
from mlpolicy.suggest import Guesses, listing, nearest

#: What the documents of one file decide together: as many things as one document may list.
MOST_DECIDED = 500
#: So many documents of one file are looked at, sound or not.
MOST_DOCUMENTS = 1_000


@node(kw_only=True)
class Parsed:
    """A file that has been read as YAML and is not checked by a schema yet: its documents that
    are not empty, and what stopped the reading."""

    source: Source
    digest: str
    written: tuple[Written, ...]
    stopped: tuple[Diagnostic, ...]
    is_blank: bool


@node(kw_only=True)
class Claim:
    """What a document of a file says of how it is to be judged, before any schema has checked it:
    the policy that it names and its date, its `kind` and `apiVersion`, and where the policy is
    named."""

    policy: str | None
    decision_date: str | None
    kind: str | None
    api: str | None
    origin: Origin | None


def parse(data: bytes, file: str) -> Parsed:
    """Reads the YAML of a file. No schema is needed for this, so that what a document says of its
    policy can be looked at before the policy says which schema reads the document."""
    return parsed_of(reading(data, file))


def parsed_of(found: Reading) -> Parsed:
    """The same of a file that has been read already."""
    data = found.data
    documents = found.documents
    filled = tuple(each for each in documents if each.root is not None or each.faults)
    stopped = found.stopped
    if len(filled) > MOST_DOCUMENTS:
        stopped = (*stopped, _more_documents(filled[MOST_DOCUMENTS], found.source))
        filled = filled[:MOST_DOCUMENTS]
    digest = f"sha256:{sha256(data).hexdigest()}"
    return Parsed(
        source=found.source,
        digest=digest,
        written=filled,
        stopped=stopped,
        is_blank=not data.strip(b" \t\r\n\xef\xbb\xbf"),
    )


def _more_documents(next_one: Written, source: Source) -> Diagnostic:
    message = f"the file holds more than {MOST_DOCUMENTS:,} documents; what follows is not read"
    help = "split the file into several"
    if next_one.root is None:
        return about("MLP0602", message, source.name, help=help)
    return at("MLP0602", message, source, next_one.root.span, help=help)


def claims(parsed: Parsed, domains: Callable[[], Sequence[str]]) -> tuple[Claim, ...]:
    """What each document says of how it is to be judged, in either form of a manifest. A
    document of another tool, whose `apiVersion` is of none of these domains, says nothing."""
    found = []
    for written in parsed.written:
        root = written.root
        body = root.get(BODY) if isinstance(root, Mapping) else None
        home = body if isinstance(body, Mapping) else root
        policy = home.get("policy") if isinstance(home, Mapping) else None
        date = home.get("decision_date") if isinstance(home, Mapping) else None
        if (policy is not None or date is not None) and isinstance(root, Mapping):
            own = domains() if root.get("apiVersion") is not None else ()
            if own and all(_is_foreign(root, each) for each in own):
                policy = date = None
        found.append(
            Claim(
                policy=_word(policy),
                decision_date=_word(date),
                kind=_word(root.get("kind")) if isinstance(root, Mapping) else None,
                api=_word(root.get("apiVersion")) if isinstance(root, Mapping) else None,
                origin=Origin(parsed.source, policy.span) if policy is not None else None,
            )
        )
    return tuple(found)


def _word(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def load(
    data: bytes, file: str, schema: Schema
) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The good manifests of a file, and everything that is wrong with it.

    Never both empty: a file without a manifest has a diagnostic that says so.
    """
    return load_read(reading(data, file), schema)


def load_read(
    found: Reading, schema: Schema
) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The same of a file that has been read already."""
    parsed = parsed_of(found)
    documents, diagnostics = load_parsed(parsed, [schema] * len(parsed.written))
    return tuple(document for _, document in documents), diagnostics


def load_parsed(
    parsed: Parsed, schemas: Sequence[Schema | None]
) -> tuple[tuple[tuple[int, Document], ...], tuple[Diagnostic, ...]]:
    """The good manifests of a file, each with the number of its document from 0, and everything
    that is wrong with the file. Each document is checked by the schema of its number; one without
    is passed over."""
    roots, diagnostics = _checked(parsed, schemas, "a manifest")
    documents = []
    for number, root in roots:
        schema = schemas[number]
        assert schema is not None
        documents.append((number, document_of(root, parsed.digest, schema, parsed.source)))
    return tuple(documents), diagnostics


def load_waivers(
    data: bytes, file: str, schema: Schema
) -> tuple[tuple[Waiver, ...], tuple[Diagnostic, ...]]:
    """The waivers of a waiver file (`kind: Waivers`), whose items are those of a manifest."""
    source, roots, diagnostics = checked(data, file, schema.waivers)
    waivers: list[Waiver] = []
    for root in roots:
        waivers.extend(
            _waivers(_fact(root, schema.waivers.root, source, None).get("waivers"), schema.scopes)
        )
    return tuple(waivers), diagnostics


@cache
def _claim(domain: str) -> re.Pattern[bytes]:
    """That a document states an `apiVersion` of this domain."""
    own = re.escape(domain.encode())
    return re.compile(
        rb"""^[ \t{-]*["']?apiVersion["']?\s*:\s*["']?%b/|["']apiVersion["']\s*:\s*["']%b/"""
        % (own, own),
        re.MULTILINE,
    )


_WAIVERS = pattern(rb"""^[ \t{]*["']?kind["']?\s*:\s*["']?Waivers\b""", re.MULTILINE)
_OTHER_KIND = pattern(rb"""^["']?kind["']?\s*:\s*["']?(?!Waivers\b)\w""", re.MULTILINE)


def sniff(data: bytes, domains: Sequence[str]) -> bool:
    """Whether a file claims to be a manifest, told from its first 64 KiB without parsing: it states
    an `apiVersion` that begins with one of these domains.

    A file that holds nothing but waivers is not a manifest and does not count.
    """
    head = data[:65536]
    if not any(_claim(domain).search(head) for domain in domains):
        return False
    return not (_WAIVERS.search(head) and not _OTHER_KIND.search(head))


def checked(
    data: bytes, file: str, schema: Schema
) -> tuple[Source, tuple[Mapping, ...], tuple[Diagnostic, ...]]:
    """The roots of the good documents of a file, in the full form, and all diagnostics."""
    parsed = parse(data, file)
    roots, diagnostics = _checked(parsed, [schema] * len(parsed.written), _what(schema))
    return parsed.source, tuple(root for _, root in roots), diagnostics


def _checked(
    parsed: Parsed, schemas: Sequence[Schema | None], what: str
) -> tuple[tuple[tuple[int, Mapping], ...], tuple[Diagnostic, ...]]:
    """The roots of the good documents in the full form, each with its number, and all
    diagnostics. `what` says what the file should hold."""
    source = parsed.source
    roots: list[tuple[int, Mapping]] = []
    diagnostics = list(parsed.stopped[:-1])
    ended = list(parsed.stopped[-1:])  # told however much else there is
    total = 0
    if not parsed.written and not parsed.stopped:
        state = "is empty" if parsed.is_blank else "holds no values"
        fault = about("MLP0604", f"the file {state}", source.name, help=f"write {what} into it")
        return (), (fault,)
    guesses = Guesses()
    ours = [
        schema is None or not _is_foreign(document.root, _domain_of(schema))
        for document, schema in zip(parsed.written, schemas, strict=True)
    ]
    for number, (document, schema) in enumerate(zip(parsed.written, schemas, strict=True)):
        if schema is None or (not ours[number] and any(ours)):
            continue
        faults = list(document.faults)
        full: Mapping | None = None
        if document.root is not None:
            full, found = _full_form(document.root, schema, source)
            faults.extend(found)
        if full is not None:
            told = {fault.origin for fault in faults}
            found = tuple(faults_of(full, schema, source, told, guesses))
            # A key that could not be read may be the one that seems to be missing.
            lost = any(fault.matter is Matter.KEY for fault in faults)
            faults.extend([each for each in found if not lost or each.matter is not Matter.MISSING])
        diagnostics.extend(faults)
        if full is not None and not faults:
            total += _decided(full, schema)
            if roots and total > MOST_DECIDED:
                ended.append(_too_many(full, schema, source))
                break
            roots.append((number, full))
    return tuple(roots), in_order([*bounded(diagnostics), *ended])


def _listed(full: Mapping, schema: Schema) -> Listing | None:
    """The things that a document lists; None where it is one of them as a whole."""
    items = schema.scopes.items
    found = full.get(BODY, items) if items else None
    return found if isinstance(found, Listing) else None


def _decided(full: Mapping, schema: Schema) -> int:
    """How many things a document decides; a document counts as one at least."""
    listed = _listed(full, schema)
    return max(1, len(listed.items)) if listed is not None else 1


def _too_many(full: Mapping, schema: Schema, source: Source) -> Diagnostic:
    listed = _listed(full, schema)
    many = schema.scopes.many if listed is not None else "documents"
    message = (
        f"with this document the file holds more than {MOST_DECIDED} {many}; "
        "neither it nor what follows is read"
    )
    span = listed.span if listed is not None else full.span
    return at("MLP0602", message, source, span, help="split the file into several")


def _what(schema: Schema) -> str:
    """How messages call a file of this schema."""
    kind = schema.root.children.get("kind")
    return "a waiver file" if kind is not None and kind.members == ("Waivers",) else "a manifest"


def _domain_of(schema: Schema) -> str:
    return str(schema.root.children["apiVersion"].members[0]).split("/")[0]


def _is_foreign(root: Node | None, own: str) -> bool:
    """A document of another tool, such as a catalogue entry beside the manifest."""
    claim = root.get("apiVersion") if isinstance(root, Mapping) else None
    if not isinstance(claim, Scalar) or not isinstance(claim.value, str):
        return False
    domain = claim.value.split("/")[0][:100]
    return domain != own and nearest(domain, [own]) is None


# -- short form to full form ---------------------------------------------------------------


def _full_form(
    root: Node, schema: Schema, source: Source
) -> tuple[Mapping | None, tuple[Diagnostic, ...]]:
    """The document in the full form; None where it is no manifest at all."""
    if not isinstance(root, Mapping):
        found = "a list" if isinstance(root, Listing) else "a single value"
        keys = listing(_short_required(schema) if schema.short_form else [])
        help = f"write `key: value` lines; a manifest begins with {keys}" if keys else ""
        if not schema.short_form:
            help = f"write `key: value` lines, with {listing(schema.root.children)}"
        no = f"no {_what(schema).split(maxsplit=1)[1]}"
        message = f"this is {no}: it is {found}, not a mapping"
        return None, (at("MLP0701", message, source, root.span, help=help),)
    top = schema.root.children
    if not schema.short_form:
        if root.entries and not any(entry.name in top for entry in root.entries):
            help = f"begin with {listing(f'`{name}`' for name in top)}"
            message = (
                f"this is no {_what(schema).removeprefix('a ')}: it has none of the keys of one"
            )
            return None, (at("MLP0701", message, source, root.entries[0].key.span, help=help),)
        return root, _other_kind(root, schema.root, source)
    body = schema.root.children[BODY]
    known = {*schema.short_form, *body.children}
    marks = [entry for entry in root.entries if entry.name in top]
    if marks:
        words = [entry for entry in root.entries if entry.name in known]
        other = _other_kind(root, schema.root, source)
        if other or not words or any(entry.value_is_mapping for entry in marks):
            return root, other
        message = f"`{marks[0].name}` and `{words[0].name}` belong to two forms of a manifest"
        delete = " and ".join(f"`{entry.name}`" for entry in marks)
        help = f"delete {delete} for the short form, or write the full form with `{BODY}`"
        label = Label(Origin(source, marks[0].key.span), "the full form begins here")
        span = words[0].key.span
        return None, (at("MLP0701", message, source, span, help=help, labels=(label,)),)
    names = [entry.name[:100] for entry in root.entries[:100]]
    near = [name for name in names if name in known or nearest(name, known)]
    if len(near) < 2 and not known.intersection(names):
        return None, (
            at(
                "MLP0701",
                "this is no manifest: it has none of the keys of one",
                source,
                root.entries[0].key.span if root.entries else root.span,
                help=f"begin with {listing([f'`{key}`' for key in _short_required(schema)])}",
            ),
        )
    return _lengthen(root, schema, source)


def _short_required(schema: Schema) -> list[str]:
    body = schema.root.children[BODY]
    moved = {path[1] for path in schema.short_form.values() if len(path) > 2}
    return [*schema.short_form, *(key for key in body.required if key not in moved)]


def _other_kind(root: Mapping, field: Field, source: Source) -> tuple[Diagnostic, ...]:
    """Told alone where the document is of another kind or version: the rest would be noise."""
    for name in ("apiVersion", "kind"):
        found, wanted = root.get(name), field.children.get(name)
        if wanted is None or not isinstance(found, Scalar) or found.value in wanted.members:
            continue
        from mlpolicy.schema.explain import explain

        told = tuple(explain(found, wanted, name, source))
        if found.value == "Waivers":
            told = tuple(
                replace(d, help="a waiver file is read with `--waivers FILE`") for d in told
            )
        return tuple(
            Diagnostic(code="MLP0701", message=d.message, origin=d.origin, help=d.help, file=d.file)
            for d in told
        )
    return ()


def _lengthen(
    root: Mapping, schema: Schema, source: Source
) -> tuple[Mapping, tuple[Diagnostic, ...]]:
    """The short form, rewritten; every key and value keeps its place."""
    start = root.entries[0].key.span if root.entries else root.span
    faults: list[Diagnostic] = []
    moved = [entry for entry in root.entries if entry.name in schema.short_form]
    stay = [entry for entry in root.entries if entry.name not in schema.short_form]
    full = Mapping((Entry(Scalar(BODY, BODY, start), Mapping(tuple(stay), start)),), start)
    for path in schema.short_form.values():
        full = _with(full, path[:-1], None, start)
    for entry in moved:
        path = schema.short_form[entry.name]
        if (there := full.get(*path)) is not None:
            message = f"`{entry.name}` and `{'.'.join(path[1:])}` say the same thing twice"
            label = Label(Origin(source, there.span), "also given here")
            span = entry.key.span
            help = "keep one of the two"
            faults.append(at("MLP0716", message, source, span, help=help, labels=(label,)))
            continue
        key = Scalar(path[-1], entry.key.text, entry.key.span)
        full = _with(full, path[:-1], Entry(key, entry.value), start)
    known = {entry.name: entry for entry in full.entries}
    ordered: list[Entry] = []
    for name, field in schema.root.children.items():
        if name in known:
            ordered.append(known[name])
        elif len(field.members) == 1 and name in schema.root.required:
            word = str(field.members[0])
            ordered.append(Entry(Scalar(name, name, start), Scalar(word, word, start)))
    return Mapping(tuple(ordered), root.span), tuple(faults)


def _with(node: Mapping, path: tuple[str, ...], entry: Entry | None, start: Span) -> Mapping:
    """`node` with `entry` added to the mapping at `path`, which is made where absent."""
    if not path:
        return Mapping((*node.entries, entry), node.span) if entry else node
    there = node.entry(path[0])
    if there is None:
        empty = Mapping((), start)
        there = Entry(Scalar(path[0], path[0], start), empty)
        node = Mapping((*node.entries, there), node.span)
    if not isinstance(there.value, Mapping):
        return node
    inner = Entry(there.key, _with(there.value, path[1:], entry, start))
    kept = tuple(inner if each is there else each for each in node.entries)
    return Mapping(kept, node.span)


# -- validation ----------------------------------------------------------------------------


def faults_of(
    full: Mapping,
    schema: Schema,
    source: Source,
    told: Set[Origin | None] = frozenset(),
    guesses: Guesses | None = None,
) -> list[Diagnostic]:
    """Everything wrong with one document in the full form, each thing once; nothing of a document
    of another kind or version, of which that alone is told."""
    if _other_kind(full, schema.root, source):
        return []
    return faults_in(full, schema, source, told=told, guesses=guesses)


# -- nodes to facts ------------------------------------------------------------------------


def _fact(
    node: Node,
    field: Field | None,
    source: Source,
    key: Place | None,
    said: Said | None = None,
    measured_on: str = "",
) -> Fact:
    """The fact of a node. `said` is what is said of all that it is part of; `measured_on` the key
    that says on what it was measured, where it is an entry of a list of measurements."""
    place = source.place(node.span)
    match node:
        case Mapping() if field and field.estimate:
            return Fact(Estimate(_bound(node, "low"), _bound(node, "high")), place, key, said)
        case Mapping():
            said = _said(node, field, said, measured_on)
            facts: dict[str, Fact] = {}
            for entry in node.entries:
                child = field.at(entry.name) if field else None
                here = source.place(entry.key.span)
                about = None if child is not None and child.statement else said
                facts[entry.name] = _fact(entry.value, child, source, here, about)
            return Fact(facts, place, key, said)
        case Listing():
            items = field.items if field else None
            on = field.measured_on if field else ""
            below = tuple(_fact(item, items, source, None, said, on) for item in node.items)
            return Fact(below, place, key, said)
        case Scalar():
            return Fact(_value(node, field), place, key, said)


def _said(node: Mapping, field: Field | None, of: Said | None, measured_on: str) -> Said | None:
    """What a mapping says of all that is stated in it; where it says nothing, what is said of that
    which it is part of."""
    if field is None or not (field.statements or measured_on):
        return of
    found = {field.children[name].statement: _word(node.get(name)) for name in field.statements}
    on = _word(node.get(measured_on)) if measured_on else None
    found["measured_on"] = None if on == "unknown" else on
    texts = {name: text for name, text in found.items() if text and not says_nothing(text)}
    own = Said(keys=field.statements, **texts)
    return own if of is None or texts else of


def _value(node: Scalar, field: Field | None) -> bool | Fraction | str | DeclaredUnknown:
    match node.value:
        case bool() as flag:
            return flag
        case int() | Decimal() as number:
            return Fraction(number)
        case str() as word if field:
            if word == "unknown" and field.unknown:
                return DECLARED_UNKNOWN
            return field.aliases.get(word, word)
        case other:
            return str(other)


def _bound(node: Mapping, name: str) -> Fraction:
    bound = node.get(name)
    assert isinstance(bound, Scalar)
    assert isinstance(bound.value, (int, Decimal))
    return Fraction(bound.value)


def document_of(root: Mapping, digest: str, schema: Schema, source: Source) -> Document:
    """The document of a tree. INVARIANT: `root` is in the full form and has no fault."""
    fact = _fact(root, schema.root, source, None)
    spec = fact.get("spec")
    assert spec is not None
    assert isinstance(spec.value, dict)
    scopes = schema.scopes
    kept = {key: each for key, each in spec.value.items() if key not in scopes.not_fields}
    shared = Fact(kept, spec.place, spec.key_place)
    name = _words(fact, "metadata", "name") or ""
    workloads: tuple[Workload, ...] = (Workload(name, shared),)
    if scopes.items:
        listed = spec.value[scopes.items].value
        assert isinstance(listed, tuple)
        workloads = tuple(Workload(_words(each, "name") or "", each) for each in listed)
    return Document(
        file=source.name,
        digest=digest,
        kind=_words(fact, "kind") or "",
        name=name,
        policy=_words(spec, "policy"),
        decision_date=_words(spec, "decision_date"),
        project=shared,
        workloads=workloads,
        waivers=_waivers(spec.get("waivers"), scopes),
        scopes=scopes,
    )


def _words(fact: Fact, *path: str) -> str | None:
    found = fact.get(*path)
    return found.value if found is not None and isinstance(found.value, str) else None


def _waivers(fact: Fact | None, scopes: Scopes) -> tuple[Waiver, ...]:
    if fact is None or not isinstance(fact.value, tuple):
        return ()
    return tuple(_waiver(each, scopes) for each in fact.value)


def _waiver(fact: Fact, scopes: Scopes) -> Waiver:
    most = fact.get("max_amount")
    return Waiver(
        id=_words(fact, "id") or "",
        rule=_words(fact, "rule") or "",
        workload=_words(fact, scopes.each.word),
        owner=_words(fact, "owner"),
        reason=_words(fact, "reason") or "",
        approved_by=_words(fact, "approved_by") or "",
        approved_on=_words(fact, "approved_on"),
        expires_on=_words(fact, "expires_on") or "",
        max_amount=most.value if most is not None and isinstance(most.value, Fraction) else None,
        ticket=_words(fact, "ticket"),
        place=fact.place,
    )
