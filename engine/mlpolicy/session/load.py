"""Reads and checks what a policy is made of: its program, its ledgers, its schema."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlpolicy import disk
from mlpolicy import kept as keep
from mlpolicy.characters import one_line
from mlpolicy.core.node import node
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.resources import resource_root
from mlpolicy.session.faults import Diagnostics, text_of, unreadable
from mlpolicy.session.files import Files
from mlpolicy.session.policies import PolicyFiles, part
from mlpolicy.source import Origin, Source
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.check import Needs
    from mlpolicy.core.program import Program
    from mlpolicy.core.scopes import Scopes
    from mlpolicy.ledger import Ledger
    from mlpolicy.schema import Schema


@node(kw_only=True)
class _Kept:
    """A checked program as it lies in the cache, with what it was checked against."""

    schema: str | None
    sources: tuple[tuple[str, str], ...]
    state: str
    program: Program
    diagnostics: Diagnostics


@node
class Parts:
    """All that a policy's text names, as read: its ledgers by their paths, and its schema by its
    name."""

    ledgers: tuple[tuple[str, bytes], ...]
    schema: tuple[str, bytes]


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
    if isinstance(kept, _Kept):
        ledgers, _ = ledger_files(fs, files, dict(kept.sources))
        if kept.state == _state(fs, files, kept.schema, ledgers):
            return Read(kept.program, kept.diagnostics, key + kept.state)
    program, schema, sources, diagnostics = check_program(fs, files)
    state = ""
    if program is not None:
        ledgers, _ = ledger_files(fs, files, sources)
        state = _state(fs, files, schema, ledgers)
        kept = _Kept(
            schema=schema,
            sources=tuple(sorted(sources.items())),
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


#: The text of a file of a policy is not what it seems, or cannot be read.
_UNREAD = frozenset(("MLP0117", "MLP0611", "MLP0902"))


def check_program(
    fs: Files,
    files: PolicyFiles,
) -> tuple[Program | None, str | None, Mapping[str, str], Diagnostics]:
    """The program, the schema and the sources it names, and all diagnostics."""
    from mlpolicy.check import check, needs
    from mlpolicy.diagnostics import Severity, in_order
    from mlpolicy.ledger import load_ledger
    from mlpolicy.soundness import soundness
    from mlpolicy.syntax.parse import parse

    faults: list[Diagnostic] = []
    parsed = []
    for name, data in files.texts:
        file = one_line(f"{files.shown}/{name}" if files.shown else name)
        text = text_of(data, file)
        if isinstance(text, Diagnostic):
            faults.append(text)
            continue
        source = Source(file, text)
        tree, found = parse(source)
        faults.extend(found)
        parsed.append((source, tree))
    wanted = needs(parsed)
    if any(fault.code in _UNREAD for fault in faults):
        # What the file may declare is missing: all else that could be told only follows from that.
        return None, wanted.schema, wanted.sources, in_order(faults)
    ledger_bytes, unread = ledger_files(fs, files, wanted.sources, wanted.places)
    faults.extend(unread)
    ledgers: dict[str, Ledger] = {}
    for name, (file, data) in ledger_bytes.items():
        ledger, found = load_ledger(data, file)
        faults.extend(found)
        if ledger is not None:
            ledgers[name] = ledger
    schema = None
    if wanted.schema is not None:
        schema_data = schema_bytes(fs, wanted.schema, files)
        if isinstance(schema_data, Diagnostic):
            faults.append(schema_data)
        elif wanted.scopes is not None:
            from mlpolicy.schema import read_schema

            schema, found = read_schema(schema_data, wanted.schema, wanted.scopes)
            faults.extend(found)
    program, found = check(
        parsed, schema=schema, ledgers=ledgers, digest=_digest(files, ledger_bytes)
    )
    faults.extend(found)
    if program is not None:
        faults.extend(soundness(program))
    if any(fault.severity is Severity.ERROR for fault in faults):
        program = None
    return program, wanted.schema, wanted.sources, in_order(faults)


def needs_of(files: PolicyFiles) -> Needs:
    """The schema and the ledgers that the text of a policy names."""
    from mlpolicy.check import needs
    from mlpolicy.syntax.parse import parse

    texts = [Source(name, data.decode("utf-8-sig", "replace")) for name, data in files.texts]
    return needs([(text, parse(text)[0]) for text in texts])


def parts_of(fs: Files, files: PolicyFiles) -> tuple[Parts | None, Diagnostics]:
    """The bytes of all that the text of a policy names, so that it can be checked where its
    folder is not."""
    kept = keep.load("policy", _key(files))
    if isinstance(kept, _Kept):
        # The key is over the text, and the text alone says what it needs.
        name, wanted = kept.schema or "", dict(kept.sources)
    else:
        needed = needs_of(files)
        name, wanted = needed.schema or "", dict(needed.sources)
    found, faults = ledger_files(fs, files, wanted)
    schema = schema_bytes(fs, name, files)
    if isinstance(schema, Diagnostic):
        return None, (*faults, schema)
    if faults:
        return None, tuple(faults)
    ledgers = {wanted[source]: data for source, (_, data) in found.items()}
    return Parts(tuple(sorted(ledgers.items())), (name, schema)), ()


def _key(files: PolicyFiles) -> str:
    parts = (part for name, data in files.texts for part in (name.encode(), data))
    return keep.key_of(files.shown.encode(), *parts)


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


def _state(
    fs: Files, files: PolicyFiles, schema: str | None, ledgers: Mapping[str, tuple[str, bytes]]
) -> str:
    """What a cached program depends on besides the policy's own text."""
    found = schema_bytes(fs, schema, files) if schema else b""
    data = b"" if isinstance(found, Diagnostic) else found
    parts = [part for name, (_, data) in sorted(ledgers.items()) for part in (name.encode(), data)]
    return keep.key_of(data, *parts)


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
