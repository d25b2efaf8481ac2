"""Reads and checks what a policy is made of: its program, its ledgers, its schema."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlpolicy import disk
from mlpolicy import kept as keep
from mlpolicy.characters import hidden_in_name, one_line
from mlpolicy.core.node import node
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Matter, about
from mlpolicy.resources import resource_root
from mlpolicy.session.faults import Diagnostics, text_of, unreadable
from mlpolicy.session.files import Files
from mlpolicy.session.policies import PolicyFiles, part
from mlpolicy.source import Origin, Source
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.check.passes import Needs
    from mlpolicy.core.program import Program
    from mlpolicy.core.scopes import Scopes
    from mlpolicy.ledger import Ledger
    from mlpolicy.schema import Schema
    from mlpolicy.syntax import tree


@node(kw_only=True)
class _Kept:
    """A checked program as it lies in the cache, with what it was checked against; `sources` are
    those of the core and of each extension."""

    schema: str | None
    sources: tuple[tuple[tuple[str, str], ...], ...]
    state: str
    program: Program
    diagnostics: Diagnostics


@node
class Parts:
    """All that a policy's text names, as read: its schema by its name, and by their paths its
    ledgers, and those of each of its extensions."""

    ledgers: tuple[tuple[str, bytes], ...]
    schema: tuple[str, bytes]
    of_extensions: tuple[tuple[tuple[str, bytes], ...], ...] = ()


# ── Programs ─────────────────────────────────────────────────────────────────────────────


@node
class Read:
    """A policy as read: its program (None where it has faults), what is to be said about it, and
    what tells its program from every other one."""

    program: Program | None
    diagnostics: Diagnostics
    key: str


def read_program(fs: Files, files: PolicyFiles) -> Read:
    """Parse and check a policy, or take it from the cache where none of its parts changed."""
    key = _key(files)
    kept = keep.load("policy", key)
    if isinstance(kept, _Kept) and kept.state == _state(fs, files, kept.schema, kept.sources):
        return Read(kept.program, kept.diagnostics, key + kept.state)
    program, schema, sources, diagnostics = check_program(fs, files)
    state = ""
    if program is not None:
        state = _state(fs, files, schema, sources)
        kept = _Kept(
            schema=schema,
            sources=sources,
            state=state,
            program=program,
            diagnostics=diagnostics,
        )
        keep.store("policy", key, kept)
    return Read(program, diagnostics, key + state)


def read_code(read: Read) -> Code | None:
    """The compiled form of a program, generated or taken from the cache; None where there is no
    program. It is kept as bytes of `marshal`, which hold for one version of Python: so do the
    entries of the cache."""
    import marshal

    from mlpolicy.backends.python.runtime import Code

    if read.program is None:
        return None
    key = keep.key_of(read.key.encode())
    kept = keep.load("code", key)
    if not isinstance(kept, bytes):
        from mlpolicy.backends.python.compiling import code_of

        kept = marshal.dumps(code_of(read.program))
        keep.store("code", key, kept)
    return Code(read.program, marshal.loads(kept))


#: The text of a file of a policy is not what it seems, or cannot be read, or not to its end.
_UNREAD = frozenset((Matter.ALPHABETS, Matter.HIDDEN, Matter.CUT_SHORT, Matter.UNREADABLE))


#: The sources that each part of a policy names: the core, then its extensions.
Sources = tuple[tuple[tuple[str, str], ...], ...]


def check_program(
    fs: Files, files: PolicyFiles, *, anew: bool = False
) -> tuple[Program | None, str | None, Sources, Diagnostics]:
    """The program, the schema and the sources it names, and all diagnostics. A core is checked by
    itself before it is together with extensions (`anew`, whatever the cache holds of it): what is
    wrong with it is not theirs."""
    from mlpolicy.check.passes import Extending, check
    from mlpolicy.core.program import Extension
    from mlpolicy.diagnostics import Severity
    from mlpolicy.soundness import soundness

    core: Program | None = None
    if files.extensions:
        if anew:
            core, _, _, said = check_program(fs, files.parts[0])
        else:
            alone = read_program(fs, files.parts[0])
            core, said = alone.program, alone.diagnostics
        if core is None:
            return None, None, ((),) * len(files.parts), said
    parts = [_parsed(fs, each) for each in files.parts]
    first = parts[0]
    faults = [fault for each in parts for fault in each.faults]
    sources = tuple(tuple(sorted(each.wanted.sources.items())) for each in parts)
    if any(fault.matter in _UNREAD for fault in faults):
        # What the file may declare is missing: all else that could be told only follows from that.
        return None, first.wanted.schema, sources, _told(faults)
    schema = None
    if first.wanted.schema is not None:
        schema_data = schema_bytes(fs, first.wanted.schema, files)
        if isinstance(schema_data, Diagnostic):
            faults.append(schema_data)
        elif first.wanted.scopes is not None:
            from mlpolicy.schema import read_schema

            schema, found = read_schema(schema_data, first.wanted.schema, first.wanted.scopes)
            faults.extend(found)
    whole = not any(fault.severity is Severity.ERROR for fault in faults)
    program, found = check(
        first.trees,
        schema=schema,
        ledgers={name: each for part in reversed(parts) for name, each in part.ledgers.items()},
        digest=first.digest,
        extensions=[
            Extending(Extension(part.name, part.version, each.digest), each.trees)
            for part, each in zip(files.extensions, parts[1:], strict=True)
        ],
        core=core,
    )
    # A row or a line that could not be read may be what a warning misses.
    faults.extend(each for each in found if whole or each.severity is Severity.ERROR)
    if program is not None and whole:
        faults.extend(soundness(program))
    if any(fault.severity is Severity.ERROR for fault in faults):
        program = None
    return program, first.wanted.schema, sources, _told(faults)


def _told(faults: Sequence[Diagnostic]) -> Diagnostics:
    """What is wrong with a policy, in order; of each of its files the first messages."""
    from mlpolicy.diagnostics import bounded, in_order

    of_files: dict[str, list[Diagnostic]] = {}
    for fault in faults:
        of_files.setdefault(fault.file, []).append(fault)
    return in_order([one for each in of_files.values() for one in bounded(each)])


@node(kw_only=True)
class _Parsed:
    """A core or an extension as it is written: the trees of its files, what they name, its ledgers
    and its digest, and what is wrong with any of this."""

    trees: Sequence[tuple[Source, tree.File]]
    wanted: Needs
    ledgers: Mapping[str, Ledger]
    digest: str
    faults: Sequence[Diagnostic]


def _parsed(fs: Files, files: PolicyFiles) -> _Parsed:
    from mlpolicy.check.passes import needs
    from mlpolicy.ledger import load_ledger
    from mlpolicy.syntax.parse import parse

    faults: list[Diagnostic] = []
    trees = []
    for name, data in files.texts:
        file = one_line(f"{files.shown}/{name}" if files.shown else name)
        text = text_of(data, file)
        if isinstance(text, Diagnostic):
            faults.append(text)
            continue
        source = Source(file, text)
        parsed, found = parse(source)
        faults.extend(found)
        if (strange := hidden_in_name(name)) is not None:
            faults.append(strange)
        trees.append((source, parsed))
    wanted = needs(trees)
    read: dict[str, tuple[str, bytes]] = {}
    ledgers: dict[str, Ledger] = {}
    if not any(fault.matter in _UNREAD for fault in faults):
        read, unread = ledger_files(fs, files, wanted.sources, wanted.places)
        faults.extend(unread)
    for name, (file, data) in read.items():
        ledger, found = load_ledger(data, file)
        faults.extend(found)
        if ledger is not None:
            ledgers[name] = ledger
    return _Parsed(
        trees=trees,
        wanted=wanted,
        ledgers=ledgers,
        digest=_digest(files, read),
        faults=faults,
    )


def needs_of(files: PolicyFiles) -> Needs:
    """The schema and the ledgers that the text of a core, or of an extension, names."""
    from mlpolicy.check.passes import needs
    from mlpolicy.syntax.parse import parse

    texts = [Source(name, data.decode("utf-8-sig", "replace")) for name, data in files.texts]
    return needs([(text, parse(text)[0]) for text in texts])


def parts_of(fs: Files, files: PolicyFiles) -> tuple[Parts | None, Diagnostics]:
    """The bytes of all that the text of a policy names, so that it can be checked where its
    folder is not."""
    kept = keep.load("policy", _key(files))
    if isinstance(kept, _Kept):
        # The key is over the text, and the text alone says what it needs.
        name, sources = kept.schema or "", [dict(each) for each in kept.sources]
    else:
        needed = [needs_of(each) for each in files.parts]
        name, sources = needed[0].schema or "", [dict(each.sources) for each in needed]
    faults: list[Diagnostic] = []
    ledgers = []
    for part_, wanted in zip(files.parts, sources, strict=True):
        found, unread = ledger_files(fs, part_, wanted)
        faults.extend(unread)
        ledgers.append(tuple(sorted((wanted[name], data) for name, (_, data) in found.items())))
    schema = schema_bytes(fs, name, files)
    if isinstance(schema, Diagnostic):
        return None, (*faults, schema)
    if faults:
        return None, tuple(faults)
    return Parts(ledgers[0], (name, schema), tuple(ledgers[1:])), ()


def _key(files: PolicyFiles) -> str:
    parts: list[bytes] = []
    for each in files.parts:
        parts += (each.shown.encode(), str(len(each.texts)).encode())
        parts += (piece for name, data in each.texts for piece in (name.encode(), data))
    return keep.key_of(*parts)


def _digest(files: PolicyFiles, ledgers: Mapping[str, tuple[str, bytes]]) -> str:
    """`sha256:…` over names and bytes of the policy's files and sources, in order."""
    from hashlib import sha256

    prefix = f"{files.shown}/" if files.shown else ""
    parts = [
        *files.texts,
        *((shown.removeprefix(prefix), data) for shown, data in ledgers.values()),
    ]
    digest = sha256()
    for name, data in sorted(parts):
        for piece in (name.encode(), data):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"


def _state(fs: Files, files: PolicyFiles, schema: str | None, sources: Sources) -> str:
    """What a cached program depends on besides the policy's own text."""
    found = schema_bytes(fs, schema, files) if schema else b""
    pieces = [b"" if isinstance(found, Diagnostic) else found]
    for each, wanted in zip(files.parts, sources, strict=True):
        ledgers, _ = ledger_files(fs, each, dict(wanted))
        pieces.append(str(len(ledgers)).encode())
        for name, (_, data) in sorted(ledgers.items()):
            pieces += (name.encode(), data)
    return keep.key_of(*pieces)


# ── Ledgers and schemas ──────────────────────────────────────────────────────────────────


def ledger_files(
    fs: Files,
    files: PolicyFiles,
    sources: Mapping[str, str],
    places: Mapping[str, Origin] | None = None,
) -> tuple[dict[str, tuple[str, bytes]], list[Diagnostic]]:
    """The bytes of each source's ledger that can be read: name -> (file as shown, bytes).
    `places` says where a source names its ledger."""
    found: dict[str, tuple[str, bytes]] = {}
    faults = []
    for name, relative in sorted(sources.items()):
        shown = f"{files.shown}/{relative}" if files.shown else relative
        data = part(fs, files.folder, relative, shown)
        if isinstance(data, Diagnostic):
            place = (places or {}).get(name)
            faults.append(replace(data, origin=place, file=place.source.name) if place else data)
        else:
            found[name] = (shown, data)
    return found, faults


def find_schema(fs: Files, name: str, folder: Path | None) -> Path | None:
    """A schema file: in the policy's `schemas/`, beside the policy, or among ours."""
    if not name or os.path.basename(name) != name:
        return None
    own = [folder / "schemas" / name, folder / name] if folder is not None else []
    ours = resource_root() / "schemas" / name
    found = next((path for path in own if fs.exists(str(path))), None)
    return found or (ours if ours.is_file() else None)


def schema_data(fs: Files, path: Path, folder: Path | None, name: str) -> bytes | Diagnostic:
    """The bytes of a schema that `find_schema` found for a policy in a folder."""
    if folder is not None and disk.lies_below(str(path), str(folder)):
        return part(fs, folder, str(path.relative_to(folder)), name)
    try:
        return path.read_bytes()
    except OSError as error:
        return unreadable(fs, name, error)


def schema_bytes(fs: Files, name: str, files: PolicyFiles) -> bytes | Diagnostic:
    """The bytes of the schema that a policy names, or why there are none."""
    path = find_schema(fs, name, files.folder)
    return schema_data(fs, path, files.folder, name) if path is not None else no_schema(name)


def kept_schema(text: str, name: str, scopes: Scopes) -> tuple[Schema | None, Diagnostics]:
    """The schema in a text, or the same as it was kept, worked out already."""
    from mlpolicy.schema import Schema, read_schema

    key = keep.key_of(text.encode(), " ".join(map(str, scopes)).encode())
    kept = keep.load("schema", key)
    if isinstance(kept, Schema):
        return kept, ()
    schema, faults = read_schema(text.encode(), name, scopes)
    if schema is not None:
        keep.store("schema", key, schema)
    return schema, faults


def no_schema(name: str) -> Diagnostic:
    """That a policy names a schema which is not there."""
    from mlpolicy.suggest import listing

    ours = sorted(path.name for path in (resource_root() / "schemas").glob("ml*.schema.json"))
    hint = f"put it into the policy's `schemas/` folder, or use one of {listing(ours)}"
    return about("MLP0915", f"there is no schema `{name}`", name, help=hint)
