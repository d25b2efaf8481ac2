"""One run's view of the files: finds manifests, configuration and policies, reads and checks
them, each once.

All files are read through `files`: the disk, the disk with texts that are not saved yet, or what
a record has stored. `manifests`, `configuration` and `policies` find, `load` reads and checks,
`cache` keeps what was checked between runs. What cannot be found or read becomes a diagnostic,
and the rest goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from mlpolicy.config import Config
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.resources import resource_root
from mlpolicy.session.configuration import Configurations, folder_of, is_named, lies_with
from mlpolicy.session.faults import Diagnostics, shielded, text_of, unquoted, unreadable
from mlpolicy.session.files import DISK, Disk, Files, Overlay, Stored, read
from mlpolicy.session.load import (
    Parts,
    Read,
    check_program,
    find_schema,
    kept_schema,
    ledger_files,
    needs_of,
    no_schema,
    parts_of,
    read_code,
    read_program,
    schema_data,
)
from mlpolicy.session.manifests import (
    STDIN,
    Found,
    Seeks,
    Sought,
    find_manifests,
    only_manifests,
    opened,
    read_manifest,
    shown_name,
)
from mlpolicy.session.policies import (
    MOST_BYTES,
    Declared,
    PolicyFiles,
    builtin_policies,
    declared_in,
    default_policy,
    find_core,
    find_policy,
    identified,
    joined,
    part,
    rank,
)
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.core.facts import Document, Waiver
    from mlpolicy.core.program import Program
    from mlpolicy.core.scopes import Scopes
    from mlpolicy.ledger import Ledger
    from mlpolicy.manifest import Parsed
    from mlpolicy.schema import Schema

__all__ = [
    "DISK",
    "STDIN",
    "Diagnostics",
    "Disk",
    "Files",
    "Found",
    "Overlay",
    "Parts",
    "PolicyFiles",
    "Seeks",
    "Session",
    "Sought",
    "Stored",
    "builtin_policies",
    "bytes_at",
    "engine_digest",
    "find_manifests",
    "find_policy",
    "identified",
    "is_named",
    "lies_with",
    "manifest_schema",
    "only_manifests",
    "opened",
    "rank",
    "read_manifest",
    "report_schema",
    "schema_by",
    "shown_name",
]


_Key = tuple[tuple[Path, tuple[str, ...]], ...]


class Session:
    """What one run reads, through the files that it is given. Everything is read and checked
    once."""

    def __init__(self, fs: Files = DISK, *, config: str = "") -> None:
        """`config` names the configuration that governs, whatever stands above a manifest; where
        it is empty, the environment may name one."""
        self.fs = fs
        self._configs = Configurations(fs, config)
        self._found: dict[tuple[str, str, str, bool], tuple[PolicyFiles | None, Diagnostics]] = {}
        self._programs: dict[_Key, Read] = {}
        self._codes: dict[_Key, Code | None] = {}
        self._schemas: dict[tuple[str, Scopes], Schema] = {}
        self._waivers: dict[tuple[str, str, Scopes], tuple[tuple[Waiver, ...], Diagnostics]] = {}

    # Configuration.

    def config(self, file: str) -> tuple[Config | None, Diagnostics]:
        """The configuration that governs a manifest (`-`: the current folder); None where it is
        faulty."""
        whole = self.fs.absolute("." if file == STDIN else file)
        return self._configs.governing(whole if file == STDIN else os.path.dirname(whole))

    # Policies.

    def find(
        self, spec: str, as_of: str, *, base: Path | None = None, paths: bool = True
    ) -> tuple[PolicyFiles | None, Diagnostics]:
        """`find_policy`, or the built-in one for an empty spec, once for each question."""
        key = (spec, as_of, str(base), paths)
        if key not in self._found:
            files, faults = (
                find_policy(spec, as_of=as_of, base=base, paths=paths, fs=self.fs)
                if spec
                else default_policy(as_of)
            )
            if files is not None:
                files, more = self.with_core(files, as_of)
                faults = (*faults, *more)
            self._found[key] = files, faults
        return self._found[key]

    def with_core(self, files: PolicyFiles, as_of: str) -> tuple[PolicyFiles | None, Diagnostics]:
        """An extension together with its core, which it was named for; a policy as it is."""
        if not files.extends:
            return files, ()
        core, faults = find_core(self.fs, files, as_of)
        if core is None:
            return None, faults
        whole, wrong = joined(core, files)
        return (replace(whole, by=files.name) if whole else None), (*faults, *wrong)

    def unnamed(self, as_of: str, kind: str, api: str) -> tuple[PolicyFiles | None, Diagnostics]:
        """The built-in policy for a manifest that names none, by its kind and `apiVersion`."""
        key = ("", as_of, f"{kind} {api}", False)
        if key not in self._found:
            self._found[key] = default_policy(as_of, of=(kind, api))
        return self._found[key]

    def seeks(self, policy: str, as_of: str) -> Seeks:
        """What tells of a folder how its manifests are known: as the policy says that is named, or
        else the one of the configuration that governs the folder, or else each built-in one."""

        def sought(folder: str) -> tuple[Sought, Diagnostics]:
            config, faults = self._configs.governing(self.fs.absolute(folder))
            if policy:
                files, said = self.find(policy, as_of)
            elif config is not None and config.policy:
                files, said = self.configured_policy(config, as_of)
            else:
                return _sought(self._builtin), faults if config is None else ()
            if files is None:
                return _sought(()), said
            declared = declared_in(files)
            # A policy of which not even that can be read is at fault, not the folder.
            return _sought((declared,)), said if declared.kind else self.program(files)[1]

        return sought

    @cached_property
    def _builtin(self) -> tuple[Declared, ...]:
        return tuple(declared_in(each[-1]) for each in builtin_policies().values())

    def configured_policy(
        self, config: Config, as_of: str
    ) -> tuple[PolicyFiles | None, Diagnostics]:
        """The policy that a configuration names. Where a repository's own configuration names one
        outside of it, no text of that is shown: it may be any file of the machine."""
        stated_in = config.chosen_in or config.file
        files, faults = self.find(config.policy, as_of, base=Path(stated_in).parent)
        return (self._as_configured(files, config) if files else None), faults

    def _as_configured(self, files: PolicyFiles, config: Config) -> PolicyFiles:
        """A policy of which no text is shown where a configuration reaches out for it."""
        if not self._configs.reaches_out(str(files.folder), config):
            return files
        return replace(files, hidden=not files.folder.is_relative_to(resource_root()))

    def with_extensions(
        self, files: PolicyFiles, config: Config | None, named: Sequence[str], as_of: str
    ) -> tuple[PolicyFiles | None, Diagnostics]:
        """A policy with the extensions that a configuration names, if one does, and with those that
        are `named` besides. Relative paths start from the file that states them."""
        whole: PolicyFiles | None = files
        for stated in config.extensions if config is not None else ():
            assert config is not None
            assert whole is not None
            found, faults = self._extension(files, stated.text, as_of, folder_of(stated))
            if found is not None:
                whole, faults = joined(whole, self._as_configured(found, config))
            if found is None or whole is None:
                return None, tuple(replace(e, origin=e.origin or stated.origin) for e in faults)
        for spec in named:
            found, faults = self._extension(files, spec, as_of, None)
            if found is not None and whole is not None:
                whole, faults = joined(whole, found)
            if found is None or whole is None:
                return None, faults
        return whole, ()

    def _extension(
        self, core: PolicyFiles, spec: str, as_of: str, base: Path | None
    ) -> tuple[PolicyFiles | None, Diagnostics]:
        return find_policy(spec, as_of=as_of, base=base, fs=self.fs, core=core)

    def program(
        self, files: PolicyFiles, *, anew: bool = False
    ) -> tuple[Program | None, Diagnostics]:
        """The checked program of a policy, and what is to be said about its text; with `anew`,
        whatever the cache holds."""
        if anew:
            program, _, _, diagnostics = check_program(self.fs, files, anew=True)
            return program, _told(files, diagnostics)
        read = self._read(files)
        return read.program, _told(files, read.diagnostics)

    def code(self, files: PolicyFiles) -> Code | None:
        """The compiled form of the program of a policy; None where it has faults."""
        key = _key(files)
        if key not in self._codes:
            self._codes[key] = read_code(self._read(files))
        return self._codes[key]

    def _read(self, files: PolicyFiles) -> Read:
        key = _key(files)
        if key not in self._programs:
            self._programs[key] = read_program(self.fs, files)
        return self._programs[key]

    def tested(
        self, files: PolicyFiles, *, every: bool = False
    ) -> tuple[Program | None, Code | None, Diagnostics]:
        """The program together with the tests that stand in the policy's `tests/` folder, and its
        compiled form. Nothing but running them reads those: they are no part of what decides. Where
        an extension was named, the tests are its own; with `every`, those of all parts."""
        whole, faults = self.with_tests(files)
        if whole is None:
            return None, None, faults
        read = read_program(self.fs, whole)
        program = read.program
        if program is not None and not every:
            own = [test for test in program.tests if files.holds(test.origin.source.name)]
            program = replace(program, tests=tuple(own))
        return program, read_code(read), _told(files, read.diagnostics)

    def with_tests(self, files: PolicyFiles) -> tuple[PolicyFiles | None, Diagnostics]:
        """The files of a policy, and of its extensions, together with those of their `tests/`
        folders; None where one of these cannot be read."""
        faults: list[Diagnostic] = []
        whole = []
        for each in files.parts:
            texts, wrong = self._tests_of(each)
            faults.extend(wrong)
            whole.append(replace(each, texts=(*each.texts, *texts)))
        if faults:
            return None, tuple(faults)
        core, *extensions = whole
        return replace(core, extensions=tuple(extensions), by=files.by), ()

    def _tests_of(self, files: PolicyFiles) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
        texts: list[tuple[str, bytes]] = []
        faults: list[Diagnostic] = []
        folder = str(files.folder / "tests")
        try:
            entries = self.fs.entries(folder) if self.fs.is_folder(folder) else ()
        except OSError as error:
            shown = f"{files.shown}/tests" if files.shown else "tests"
            return [], [unreadable(self.fs, shown, error)]
        for entry in entries:
            if not entry.name.endswith(".mlp"):
                continue
            name = f"tests/{entry.name}"
            shown = f"{files.shown}/{name}" if files.shown else name
            data = part(self.fs, files.folder, name, shown)
            if isinstance(data, Diagnostic):
                faults.append(data)
            else:
                texts.append((name, data))
        return texts, faults

    def parts(self, files: PolicyFiles) -> tuple[Parts | None, Diagnostics]:
        """The bytes of all that the text of a policy names, or why they cannot be had."""
        return parts_of(self.fs, files)

    def ledgers(self, files: PolicyFiles) -> tuple[Mapping[str, Ledger], Diagnostics]:
        """The ledgers of a policy's sources and of its extensions', by the source's name."""
        from mlpolicy.ledger import load_ledger

        found: dict[str, tuple[str, bytes]] = {}
        faults: list[Diagnostic] = []
        for each in files.parts:
            read, unread = ledger_files(self.fs, each, needs_of(each).sources)
            found.update(read)
            faults.extend(unread)
        ledgers = {}
        for name, (file, data) in found.items():
            ledger, diagnostics = load_ledger(data, file)
            faults.extend(diagnostics)
            if ledger is not None:
                ledgers[name] = ledger
        return ledgers, _told(files, tuple(faults))

    # Schemas, manifests, waivers.

    def schema_text(self, name: str, folder: Path | None = None) -> str | Diagnostic:
        """The text of the manifest schema of that file name, as the policy in `folder` sees it."""
        path = find_schema(self.fs, name, folder)
        data = no_schema(name) if path is None else schema_data(self.fs, path, folder, name)
        return data if isinstance(data, Diagnostic) else text_of(data, name)

    def schema(
        self, program: Program, folder: Path | None = None
    ) -> tuple[Schema | None, Diagnostics]:
        """The schema by which a policy reads manifests, as the one in `folder` sees it."""
        name, scopes = program.schema_name, program.scopes
        key = (str(find_schema(self.fs, name, folder)), scopes)
        if key not in self._schemas:
            text = self.schema_text(name, folder)
            if isinstance(text, Diagnostic):
                return None, (text,)
            schema, faults = kept_schema(text, name, scopes)
            if schema is None:
                return None, faults
            self._schemas[key] = schema
        return self._schemas[key], ()

    def documents(
        self, data: bytes, file: str, program: Program, folder: Path | None
    ) -> tuple[tuple[Document, ...], Diagnostics]:
        """The documents of a manifest file, all read by the schema of one policy."""
        from mlpolicy.manifest import parse

        schema, faults = self.schema(program, folder)
        if schema is None:
            return (), faults
        parsed = parse(data, shown_name(file))
        documents, faults = self.checked(parsed, file, [schema] * len(parsed.written))
        return tuple(document for _, document in documents), faults

    def checked(
        self, parsed: Parsed, file: str, schemas: Sequence[Schema | None]
    ) -> tuple[tuple[tuple[int, Document], ...], Diagnostics]:
        """The documents of a manifest file that has been read, each checked by the schema of its
        number; one without a schema is passed over."""
        from mlpolicy.manifest import load_parsed

        documents, faults = load_parsed(parsed, schemas)
        return documents, shielded(self.fs, faults, file)

    def waivers(
        self, file: str, program: Program, folder: Path | None, config: Config | None = None
    ) -> tuple[tuple[Waiver, ...], Diagnostics]:
        """The waivers of a waiver file, read by the schema of a policy. `config` is the
        configuration that names it, if one does."""
        key = (file, str(find_schema(self.fs, program.schema_name, folder)), program.scopes)
        if key not in self._waivers:
            self._waivers[key] = self._read_waivers(file, program, folder, config)
        return self._waivers[key]

    def _read_waivers(
        self, file: str, program: Program, folder: Path | None, config: Config | None
    ) -> tuple[tuple[Waiver, ...], Diagnostics]:
        from mlpolicy.manifest import load_waivers

        data = read_manifest(file, self.fs)
        if isinstance(data, Diagnostic):
            return (), (data,)
        schema, faults = self.schema(program, folder)
        if schema is None:
            return (), faults
        waivers, faults = load_waivers(data, file, schema)
        outside = config is not None and self._configs.reaches_out(file, config)
        return waivers, unquoted(faults, file) if outside else shielded(self.fs, faults, file)


def _told(files: PolicyFiles, faults: Diagnostics) -> Diagnostics:
    """What is said of a policy: without its text, where one of its parts shows none."""
    hidden = next((each.shown for each in files.parts if each.hidden), None)
    return faults if hidden is None else unquoted(faults, hidden)


def _sought(declared: Sequence[Declared]) -> Sought:
    domains = (each.api.partition("/")[0] for each in declared if each.api)
    names = (name for each in declared for name in each.files)
    return Sought(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(domains)))


def _key(files: PolicyFiles) -> _Key:
    """What tells what was read of a policy: with its tests it is another program."""
    return tuple((each.folder, tuple(name for name, _ in each.texts)) for each in files.parts)


def manifest_schema(policy: str = "") -> tuple[str | None, Diagnostics]:
    """The text of the schema by which a policy (by default the built-in one) reads manifests."""
    session, files, program, faults = _named(policy)
    if files is None or program is None:
        return None, faults
    text = session.schema_text(program.schema_name, files.folder)
    return (None, (text,)) if isinstance(text, Diagnostic) else (text, ())


def schema_by(policy: str = "") -> tuple[Schema | None, Diagnostics]:
    """The schema by which a policy (by default the built-in one) reads manifests, worked out."""
    session, files, program, faults = _named(policy)
    if files is None or program is None:
        return None, faults
    return session.schema(program, files.folder)


def _named(policy: str) -> tuple[Session, PolicyFiles | None, Program | None, Diagnostics]:
    import datetime

    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    files, faults = session.find(policy, today)
    program, diagnostics = session.program(files) if files else (None, ())
    return session, files, program, (*faults, *diagnostics)


def report_schema(which: str) -> str:
    """The schema of one of our own documents (`decision`, `check`, …), in one piece."""
    import json

    folder = resource_root() / "schemas"
    text = (folder / f"{which}.v1.schema.json").read_text("utf-8")
    if which != "check":
        return text
    schema = json.loads(text)
    decision = json.loads((folder / "decision.v1.schema.json").read_text("utf-8"))
    schema["$defs"] = {"decision": decision}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def bytes_at(path: str) -> Iterator[bytes]:
    """What stands today at a path that was noted once: seen from the current folder, and among
    what comes along with mlpolicy."""
    for place in (path, str(resource_root() / path)):
        try:
            yield read(DISK, place, MOST_BYTES)
        except OSError:
            continue


def engine_digest() -> str:
    """`sha256:…` over what decides, besides the policy: the engine's own source files and the
    grammar, by their names. The same for a checkout and for what is installed from it."""
    from mlpolicy.digest import sha256

    package = Path(__file__).parents[1]
    own = ("grammar", "policies", "schemas")
    files = {f"grammar/{path.name}": path for path in (resource_root() / "grammar").glob("*.lark")}
    for path in package.rglob("*.py"):
        name = path.relative_to(package)
        if name.parts[0] not in own:
            files[name.as_posix()] = path
    digest = sha256()
    for shown, path in sorted(files.items()):
        for piece in (shown.encode(), path.read_bytes()):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"
