"""Finds and reads: manifests, configuration, policies, their ledgers and schemas.

The only module that reads files. What it finds it hands on as values: bytes, `Source`s, a
checked `Program`. What it cannot find or read becomes a diagnostic, and the rest goes on.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mlpolicy import cache, disk
from mlpolicy.config import NO_CONFIG, Config, read_config, tightened
from mlpolicy.core.node import node
from mlpolicy.diagnostics import CODES, Diagnostic, Severity, about
from mlpolicy.resources import resource_root
from mlpolicy.source import Origin, Source

if TYPE_CHECKING:
    from mlpolicy.core.facts import Document, Waiver
    from mlpolicy.core.program import Program
    from mlpolicy.ledger import Ledger
    from mlpolicy.manifest import Parsed
    from mlpolicy.schema import Schema

Diagnostics = tuple[Diagnostic, ...]

STDIN = "-"

#: No manifest may be longer than 1 MiB; a little more is read, so that the loader can say so.
MOST_BYTES = (1 << 20) + 1

#: No file of a policy, ledger or schema may be longer.
MOST_POLICY_BYTES = 4 << 20

#: No configuration may be longer.
MOST_CONFIG_BYTES = 1 << 20

# ── Manifests ────────────────────────────────────────────────────────────────────────────

_NAMED = re.compile(r"(?:[^/]+\.)?mlproject\.ya?ml", re.I)
_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_ENTERED = "node_modules"


@node
class Found:
    """Manifests in order, each once; how many files of a folder were passed over."""

    files: tuple[str, ...]
    skipped: int
    diagnostics: Diagnostics


def find_manifests(paths: Sequence[str]) -> Found:
    """The manifests that files, folders and patterns name (`-`: standard input).

    A file named so is always a manifest. A folder is searched: hidden folders and those of
    tools are not entered, links within it are followed once, and none is that leads out of it.
    A folder that is named and holds no manifest is a fault.
    """
    files: dict[str, str] = {}
    skipped: set[str] = set()
    faults: list[Diagnostic] = []
    for path in paths:
        if path == STDIN:
            files.setdefault(STDIN, STDIN)
            continue
        hits = [path]
        if not os.path.lexists(path) and any(char in path for char in "*?["):
            import glob

            hits = sorted(glob.glob(path, recursive=True))
        if not hits or not os.path.lexists(hits[0]):
            what = "nothing matches" if any(char in path for char in "*?[") else "there is no"
            faults.append(about("MLP0901", f"{what} `{path}`", path, help=_help_missing(path)))
            continue
        for hit in hits:
            if os.path.isdir(hit):
                walked = _walk(hit)
                for real, file in walked.files.items():
                    files.setdefault(real, file)
                skipped |= walked.skipped
                faults.extend(walked.faults)
                told = any(fault.severity is Severity.ERROR for fault in walked.faults)
                if hit == path and not walked.files and not told:
                    faults.append(_no_manifest(path, len(walked.skipped)))
            else:
                files.setdefault(os.path.realpath(hit), _posix(hit))
        if path not in hits and not files and not faults:
            faults.append(_no_manifest(path, len(skipped)))
    skipped -= files.keys()
    return Found(tuple(sorted(files.values())), len(skipped), tuple(faults))


def _no_manifest(path: str, skipped: int) -> Diagnostic:
    others = f"; {skipped} other YAML or JSON {'file' if skipped == 1 else 'files'} skipped"
    return about(
        "MLP0903",
        f"no manifest in `{path}`{others if skipped else ''}",
        help="name a file, or a folder with `mlproject.yaml` or `*.mlproject.yaml`; "
        "`mlpolicy manifest init` begins one",
    )


def read_manifest(file: str) -> bytes | Diagnostic:
    """The bytes of a manifest, or why there are none."""
    try:
        if file == STDIN:
            return sys.stdin.buffer.read(MOST_BYTES)
        return disk.head(file, MOST_BYTES)
    except OSError as error:
        return _unreadable(file, error)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO | Diagnostic]:
    """A file of any length, to be read piece by piece (`-`: standard input), or why not."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = open(file, "rb")  # noqa: SIM115 - closed below, what the caller does is not ours
    except OSError as error:
        yield _unreadable(file, error)
        return
    with stream:
        yield stream


def shown_name(file: str) -> str:
    """How messages call a manifest."""
    return "<stdin>" if file == STDIN else file


@node
class _Walked:
    """What a search of a folder has found, by where each file really is."""

    files: Mapping[str, str]
    skipped: frozenset[str]
    faults: Diagnostics


def _walk(top: str) -> _Walked:
    """The manifests below a folder, and what could not be looked into."""
    from mlpolicy.manifest import sniff

    files: dict[str, str] = {}
    skipped: set[str] = set()
    faults: list[Diagnostic] = []
    entered: set[str] = set()
    shown_top = _posix(os.path.normpath(top))

    def unseen(error: OSError) -> None:
        faults.append(_unreadable(_posix(os.path.normpath(str(error.filename))), error))

    def leads_out(path: str) -> bool:
        return os.path.islink(path) and not disk.is_within(path, top)

    for folder, folders, names in os.walk(top, onerror=unseen, followlinks=True):
        real = os.path.realpath(folder)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        inner = []
        for name in sorted(folders):
            if name.startswith(".") or name == _NOT_ENTERED:
                continue
            path = os.path.join(folder, name)
            if leads_out(path):
                shown = _posix(os.path.normpath(path))
                message = f"the folder `{shown}` is a link that leads out of `{shown_top}`"
                help = "name it on the command line where it is to be searched"
                warning = Severity.WARNING
                faults.append(about("MLP0925", message, shown, help=help, severity=warning))
            else:
                inner.append(name)
        folders[:] = inner
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(_SUFFIXES):
                continue
            path = _posix(os.path.normpath(os.path.join(folder, name)))
            if not _NAMED.fullmatch(name):
                if leads_out(path) or (os.path.exists(path) and not disk.is_regular(path)):
                    skipped.add(os.path.realpath(path))
                    continue
                data = read_manifest(path)
                if isinstance(data, Diagnostic):
                    faults.append(data)
                    continue
                if not sniff(data):
                    skipped.add(os.path.realpath(path))
                    continue
            elif leads_out(path) and os.path.exists(path):
                message = f"`{path}` is a link that leads out of `{shown_top}`"
                help = "name the file that it leads to on the command line, or put a copy here"
                faults.append(about("MLP0925", message, path, help=help))
                continue
            files.setdefault(os.path.realpath(path), path)
    return _Walked(files, frozenset(skipped), tuple(faults))


def _help_missing(path: str) -> str:
    """Name the neighbour that was probably meant."""
    from mlpolicy.suggest import nearest

    folder, name = os.path.split(path)
    try:
        close = nearest(name, [each for each in os.listdir(folder or ".") if each != name])
    except OSError:
        return ""
    return f"did you mean `{_posix(os.path.join(folder, close))}`?" if close else ""


def _unreadable(file: str, error: OSError | ValueError) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        if os.path.islink(file):
            message = f"`{file}` is a link to a file that is not there"
            return about("MLP0901", message, file, help="correct the link, or delete it")
        return about("MLP0901", f"there is no `{file}`", file, help=_help_missing(file))
    if isinstance(error, PermissionError):
        reason = "no permission"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror[0].lower() + error.strerror[1:]
    else:
        reason = "unknown reason"
    return about("MLP0902", f"cannot read `{file}`: {reason}", file)


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


# ── Policies: where they stand ───────────────────────────────────────────────────────────

_POLICY_LINE = re.compile(
    r"^policy[ \t]+(?P<name>\S+)[ \t]+(?P<version>\S+)[ \t]+effective[ \t]+(?P<date>[0-9-]{10})",
    re.M,
)
_NUMBER = r"[0-9]{1,9}"
_TAIL = r"(?:\+[0-9A-Za-z.-]{1,100})?"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-([0-9A-Za-z.-]{{1,100}}))?{_TAIL}"
)
_WANTED = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{0,2}}(?:-[0-9A-Za-z.-]{{1,100}})?{_TAIL}")

#: What names a policy, other than a path, is not longer.
_MOST_NAME = 200

Rank = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


@node
class PolicyFiles:
    """One version of a policy where it stands, its text read but not understood.

    `shown` is how messages call its folder: the same on every machine for built-in packs.
    """

    name: str
    version: str
    effective: str
    folder: Path
    shown: str
    texts: tuple[tuple[str, bytes], ...] = field(repr=False)
    brought: Brought | None = field(default=None, repr=False)


@node
class Brought:
    """What a policy's text names, already read: its ledgers by their paths, and its schema.
    Where a policy comes with it, nothing more is read from its folder."""

    ledgers: tuple[tuple[str, bytes], ...]
    schema: tuple[str, bytes]


def builtin_policies() -> Mapping[str, tuple[PolicyFiles, ...]]:
    """The packs that come with mlpolicy: name -> versions, oldest first."""
    root = resource_root() / "policies"
    packs = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.is_dir() and (versions := _versions(folder, f"policies/{folder.name}")):
            packs[folder.name] = versions
    return packs


def find_policy(
    spec: str, *, as_of: str, base: Path | None = None, paths: bool = True
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy that `NAME`, `NAME@1`, `NAME@1.2.0`, `@1` (of the built-in pack) or a path means.

    A name means the newest stable version that is effective at `as_of` (an ISO date); an
    exact version means just that. Relative paths start from `base`. With `paths` off, only
    names are understood: a manifest may not bring its own judge.
    """
    is_path = bool(set(spec) & set("/\\")) or spec.endswith(".mlp") or spec in (".", "..")
    if len(spec) > _MOST_NAME and not (paths and is_path):
        shown = f"{spec[:40]}…"
        message = f"`{shown}` is {len(spec):,} characters long, too long for the name of a policy"
        hint = "write NAME or NAME@VERSION; `mlpolicy policies list` shows the built-in policies"
        return None, (about("MLP0904", message, shown, help=hint),)
    name, at, wanted = spec.partition("@")
    if at and not wanted:
        hint = "write 1, 1.2 or 1.2.0 after it, or leave the `@` out"
        message = f"`{spec}` names no version after the `@`"
        return None, (about("MLP0906", message, spec, help=hint),)
    if at and not name:
        return default_policy(as_of, wanted)
    root = resource_root() / "policies" / name
    builtin = bool(name) and name not in (".", "..") and not set(name) & set("/\\")
    if builtin and os.path.isdir(root) and (versions := _versions(root, f"policies/{name}")):
        return _choose(spec, wanted, versions, as_of)
    path = (base / spec) if base else Path(spec)
    if paths and (is_path or os.path.lexists(path)):
        return _policy_at(spec, path, as_of)
    from mlpolicy.suggest import listing, nearest

    known = list(builtin_policies())
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else f"built-in policies: {listing(known)}"
    if not paths and is_path:
        message = f"`{spec}` is a path; a manifest names its policy as NAME or NAME@VERSION"
        return None, (about("MLP0904", message, spec, help=hint),)
    return None, (about("MLP0904", f"unknown policy `{name}`", spec, help=hint),)


def default_policy(as_of: str, wanted: str = "") -> tuple[PolicyFiles | None, Diagnostics]:
    """The built-in pack's newest stable version that is effective at `as_of`; the `wanted` one
    where that is not empty."""
    from mlpolicy.suggest import listing

    packs = builtin_policies()
    if len(packs) == 1:
        ((name, versions),) = packs.items()
        return _choose(f"{name}@{wanted}" if wanted else name, wanted, versions, as_of)
    message = "several built-in policies and none is named" if packs else "no built-in policy"
    hint = f"give `--policy` one of {listing(packs)}" if packs else "give `--policy` a path"
    return None, (about("MLP0911", message, help=hint),)


def rank(version: str) -> Rank | None:
    """The order of semantic versions (a pre-release before its release), None for others."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    major, minor, patch, pre = found.groups()
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in (pre.split(".") if pre else ())
    )
    return int(major), int(minor), int(patch), 0 if pre else 1, parts


def _policy_at(spec: str, path: Path, as_of: str) -> tuple[PolicyFiles | None, Diagnostics]:
    """A policy by path: a version's folder, or a file in it; one `.mlp` file by itself; a pack's
    folder."""
    shown = _posix(os.path.normpath(spec))
    if os.path.isdir(path):
        try:
            names = os.listdir(path)
        except OSError as error:
            return None, (_unreadable(spec, error),)
        if any(name.endswith(".mlp") for name in names):
            return _read_folder(path, shown)
        if faults := _unclear_versions(path, shown):
            return None, faults
        if versions := _versions(path, shown):
            return _choose(spec, "", versions, as_of)
        return None, (
            about(
                "MLP0907",
                f"`{spec}` holds no policy",
                spec,
                help="name a folder with `.mlp` files, or one whose folders are versions",
            ),
        )
    if disk.leads_out(str(path)) and os.path.exists(path):
        message = f"`{shown}` is a link that leads out of its folder"
        return None, (about("MLP0925", message, shown, help="name the file that it leads to"),)
    try:
        data = disk.read(str(path), MOST_POLICY_BYTES)
    except OSError as error:
        diagnostic = _unreadable(spec, error)
        if diagnostic.code == "MLP0901" and not diagnostic.help:
            from mlpolicy.suggest import listing

            hint = f"built-in policies: {listing(builtin_policies())}"
            diagnostic = about(diagnostic.code, f"there is no policy at `{spec}`", spec, help=hint)
        return None, (diagnostic,)
    here = _posix(os.path.dirname(shown))
    beside, faults = _beside(path, here, data)
    if beside is not None or faults:
        return beside, faults
    return _identify(path.parent, here, ((path.name, data),), spec)


def _beside(path: Path, shown: str, data: bytes) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy of which a file is a part: all files of its folder, where just one of them
    begins a policy. A file that begins one beside others that do is a policy of its own."""
    if path.suffix != ".mlp":
        return None, ()
    files, faults = _read_folder(path.parent, shown)
    if files is None:
        return None, faults
    begin = [name for name, text in files.texts if _begins(text)]
    if len(begin) == 1 and len(files.texts) > 1:
        return files, ()
    if len(begin) > 1 and not _begins(data):
        message = f"`{_posix(str(path))}` begins no policy, and several files beside it do"
        names = [f"`{shown}/{name}`" if shown else f"`{name}`" for name in begin]
        hint = f"name one of {', '.join(names)}"
        return None, (about("MLP0907", message, _posix(str(path)), help=hint),)
    folder = path.absolute().parent
    if not begin and folder.name == "tests":
        above, _ = _read_folder(folder.parent, "")
        if above is not None and any(_begins(text) for _, text in above.texts):
            message = f"`{_posix(str(path))}` holds tests of a policy, and is none"
            hint = f"name its folder, `{_posix(os.path.normpath(os.path.join(shown, '..')))}`"
            return None, (about("MLP0907", message, _posix(str(path)), help=hint),)
    return None, ()


def _begins(text: bytes) -> bool:
    return _POLICY_LINE.search(text.decode("utf-8", "replace")) is not None


def _versions(pack: Path, shown: str) -> tuple[PolicyFiles, ...]:
    """The versions of a pack, oldest first; folders that hold no policy are passed over."""
    found = []
    for folder in pack.iterdir():
        if folder.is_dir() and any(folder.glob("*.mlp")):
            files, _ = _read_folder(folder, f"{shown}/{folder.name}")
            if files is not None and (order := rank(files.version)) is not None:
                found.append((order, files.shown, files))
    return tuple(files for _, _, files in sorted(found, key=lambda entry: entry[:2]))


def _unclear_versions(pack: Path, shown: str) -> Diagnostics:
    """Why the versions of a pack cannot all be told apart. One that cannot be read may be the one
    that applies: the next older one must not judge in its place."""
    faults: list[Diagnostic] = []
    for folder in sorted(pack.iterdir()):
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        here = f"{shown}/{folder.name}"
        try:
            if not any(name.endswith(".mlp") for name in os.listdir(folder)):
                continue
        except OSError as error:
            faults.append(_unreadable(here, error))
            continue
        files, said = _read_folder(folder, here)
        faults.extend(said)
        if files is not None and rank(files.version) is None:
            message = f"`{here}` does not say which version it is"
            hint = "mend its line `policy NAME 1.2.0 effective 2026-01-31`, or name one folder"
            faults.append(about("MLP0907", message, here, help=hint))
    return tuple(faults)


def _read_folder(folder: Path, shown: str) -> tuple[PolicyFiles | None, Diagnostics]:
    texts: list[tuple[str, bytes]] = []
    faults: list[Diagnostic] = []
    for path in sorted(folder.glob("*.mlp"), key=lambda path: path.name):
        data = _part(folder, path.name, f"{shown}/{path.name}" if shown else path.name)
        if isinstance(data, Diagnostic):
            faults.append(data)
        else:
            texts.append((path.name, data))
    if faults:
        return None, tuple(faults)
    return _identify(folder, shown, tuple(texts), shown)


def _part(folder: Path, relative: str, shown: str) -> bytes | Diagnostic:
    """The bytes of a file of a policy, which stands in the policy's folder, or why not."""
    path = str(folder / relative)
    try:
        if os.path.isabs(relative) or not disk.is_within(path, str(folder)):
            message = f"`{shown}` does not lie in the policy's folder"
            help = "put the file into the policy's folder and name it from there, without links"
            return about("MLP0925", message, shown, help=help)
        return disk.read(path, MOST_POLICY_BYTES)
    except (OSError, ValueError) as error:
        return _unreadable(shown, error)


def _identify(
    folder: Path, shown: str, texts: tuple[tuple[str, bytes], ...], spec: str
) -> tuple[PolicyFiles | None, Diagnostics]:
    """Name, version and date by a look at the `policy` line; checking comes later.

    A policy whose line is faulty is still handed on, so that the checker can say what is
    wrong with it.
    """
    for _, data in texts:
        line = _POLICY_LINE.search(data.decode("utf-8", "replace"))
        if line:
            return PolicyFiles(
                line["name"], line["version"], line["date"], folder, shown, texts
            ), ()
    return PolicyFiles(spec, "", "", folder, shown, texts), ()


def _choose(
    spec: str, wanted: str, versions: Sequence[PolicyFiles], as_of: str
) -> tuple[PolicyFiles | None, Diagnostics]:
    available = ", ".join(f"{v.version} (from {v.effective})" for v in versions)
    hint = f"there are: {available}"
    if wanted and not _WANTED.fullmatch(wanted):
        message = f"`{wanted}` is not a version"
        return None, (about("MLP0906", message, spec, help=f"write 1, 1.2 or 1.2.0; {hint}"),)
    if rank(wanted) is not None:
        exact = [v for v in versions if rank(v.version) == rank(wanted)]
        if exact:
            return exact[-1], ()
        return None, (about("MLP0905", f"there is no `{spec}`", spec, help=hint),)
    prefix = wanted.split(".") if wanted else []
    fitting = [
        v
        for v in versions
        if v.version.split("-")[0].split(".")[: len(prefix)] == prefix and _is_stable(v.version)
    ]
    if not fitting:
        what = f"`{spec}`" if wanted else f"stable version of `{spec}`"
        return None, (about("MLP0905", f"there is no {what}", spec, help=hint),)
    effective = [v for v in fitting if v.effective <= as_of]
    if effective:
        return effective[-1], ()
    message = f"no version of `{spec}` is effective on {as_of}"
    return None, (about("MLP0912", message, spec, help=hint),)


def _is_stable(version: str) -> bool:
    order = rank(version)
    return order is not None and order[3] == 1


# ── Policies: reading ────────────────────────────────────────────────────────────────────


@node
class _Kept:
    """A checked program as it lies in the cache, with what it was checked against."""

    schema: str | None
    sources: tuple[tuple[str, str], ...]
    state: str
    program: Program
    diagnostics: Diagnostics


# ── Configuration ────────────────────────────────────────────────────────────────────────

#: Names the configuration that governs, where no option does.
_CONFIG_VARIABLE = "MLPOLICY_CONFIG"

_PROJECT_FILE = "pyproject.toml"
_CONFIG_FILES = ("mlpolicy.toml", _PROJECT_FILE)


def is_named(config: str) -> bool:
    """Does the option, or else the environment, name the configuration?"""
    return bool(config or os.environ.get(_CONFIG_VARIABLE, ""))


def _config_in(folder: str) -> tuple[Config | None, Diagnostics]:
    """The configuration that stands in a folder; None without diagnostics where none does."""
    found: Config | None = None
    for name in _CONFIG_FILES:
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            continue
        config, faults = _config_at(path)
        if faults:
            return None, faults
        if found is not None and config is not None:
            message = f"`{found.file}` and `{config.file}` are two configurations of one folder"
            help = f"keep one of them: delete `{found.file}`, or the table `[tool.mlpolicy]`"
            return None, (about("MLP0923", message, config.file, help=help),)
        found = found or config
    return found, ()


def _config_at(path: str) -> tuple[Config | None, Diagnostics]:
    """The configuration in a file; None without diagnostics where a project file has none."""
    shown = _from_here(path)
    is_project = os.path.basename(path) == _PROJECT_FILE
    try:
        data = disk.read(path, MOST_CONFIG_BYTES)
    except OSError as error:
        return None, (_unreadable(shown, error),)
    if is_project and b"mlpolicy" not in data:
        return None, ()
    text = _text(data, shown)
    if isinstance(text, Diagnostic):
        return None, (text,)
    config, faults = read_config(Source(shown, text), table=is_project)
    return config, unquoted(faults, shown) if disk.leads_out(path) else faults


def _named_config(path: str, *, by_option: bool) -> tuple[Config | None, Diagnostics]:
    """The configuration in a file that an option or the environment names."""
    config, faults = _config_at(os.path.abspath(path))
    shown = _from_here(os.path.abspath(path))
    if config is None and not faults:
        message = f"`{shown}` has no table `[tool.mlpolicy]`"
        return None, (about("MLP0908", message, shown, help="name a file that has one"),)
    if by_option:
        return config, faults
    note = f"the variable {_CONFIG_VARIABLE} names this file"
    return config, tuple(replace(each, help=each.help or note) for each in faults)


def _foreign_config(above: str, folder: str) -> Diagnostic | None:
    """A warning that a folder above a manifest's holds a configuration of another user, who does
    not choose the judge. Only asked outside a repository, where anything may stand above."""
    if os.name != "posix":
        return None
    known = {os.geteuid(), os.stat(folder).st_uid if os.path.isdir(folder) else os.geteuid()}
    for name in _CONFIG_FILES:
        path = os.path.join(above, name)
        try:
            owner = os.stat(path).st_uid
        except OSError:
            continue
        if owner not in known:
            shown = _from_here(path)
            message = f"`{shown}` belongs to another user and is not read"
            help = f"name it with `--config {shown}` where it is to govern"
            return about("MLP0924", message, shown, help=help, severity=Severity.WARNING)
    return None


def unquoted(diagnostics: Diagnostics, file: str) -> Diagnostics:
    """The same faults of a file without any of its text: what a link leads to may be nothing
    that everybody who sees the messages may read."""
    told = []
    for each in diagnostics:
        line = f" in line {each.place.line}" if each.place else ""
        title = CODES[each.code][0]
        message = f"{title[0].lower()}{title[1:]}{line}; the text is not shown"
        help = f"`{file}` leads out of its repository or folder: run mlpolicy on the file itself"
        told.append(about(each.code, message, file, help=help, severity=each.severity))
    return tuple(told)


# ── One run ──────────────────────────────────────────────────────────────────────────────


class Workspace:
    """One run's view of the files: everything is read and checked once."""

    def __init__(self, config: str = "") -> None:
        """`config` names the configuration that governs, whatever stands above a manifest; where
        it is empty, the environment may name one."""
        self._named = config
        self._configs: dict[str, tuple[Config | None, Diagnostics]] = {}
        self._stated: dict[str, tuple[Config | None, Diagnostics]] = {}
        self._found: dict[tuple[str, str, str, bool], tuple[PolicyFiles | None, Diagnostics]] = {}
        self._programs: dict[tuple[Path, str], tuple[Program | None, Diagnostics]] = {}
        self._schemas: dict[str, Schema] = {}
        self._waivers: dict[tuple[str, str], tuple[tuple[Waiver, ...], Diagnostics]] = {}

    # Configuration.

    def config(self, file: str) -> tuple[Config | None, Diagnostics]:
        """The configuration that governs a manifest; None where it is faulty.

        It is the one that an option or the environment names, else the one nearest the top of
        the manifest's repository. Those between it and the manifest may only tighten it.
        """
        folder = os.getcwd() if file == STDIN else os.path.dirname(os.path.abspath(file))
        if folder not in self._configs:
            self._configs[folder] = self._governing(folder)
        return self._configs[folder]

    def _governing(self, folder: str) -> tuple[Config | None, Diagnostics]:
        root = disk.repository_of(folder)
        above = list(disk.upward(folder))
        if root is not None:
            above = above[: above.index(root) + 1]
        governing: Config | None = None
        said: list[Diagnostic] = []
        if named := self._named or os.environ.get(_CONFIG_VARIABLE, ""):
            governing, faults = _named_config(named, by_option=bool(self._named))
            if governing is None:
                return None, faults
            top = os.path.dirname(os.path.abspath(named))
            same = root is not None and disk.lies_below(top, root)
            above = [each for each in above if same and each != top and disk.lies_below(each, top)]
        for each in reversed(above):
            if root is None and each != folder and (foreign := _foreign_config(each, folder)):
                said.append(foreign)
                continue
            if each not in self._stated:
                self._stated[each] = _config_in(each)
            config, faults = self._stated[each]
            if config is not None and governing is not None:
                config, faults = tightened(governing, config)
            if faults:
                return None, (*said, *faults)
            governing = config if config is not None else governing
        return governing or NO_CONFIG, tuple(said)

    # Policies.

    def find(
        self, spec: str, as_of: str, *, base: Path | None = None, paths: bool = True
    ) -> tuple[PolicyFiles | None, Diagnostics]:
        """`find_policy`, or `default_policy` for an empty spec, once for each question."""
        key = (spec, as_of, str(base), paths)
        if key not in self._found:
            self._found[key] = (
                find_policy(spec, as_of=as_of, base=base, paths=paths)
                if spec
                else default_policy(as_of)
            )
        return self._found[key]

    def program(self, files: PolicyFiles) -> tuple[Program | None, Diagnostics]:
        """The checked program of a policy, and what is to be said about its text."""
        key = (files.folder, files.texts[0][0] if len(files.texts) == 1 else "")
        if key not in self._programs:
            self._programs[key] = _read_program(files)
        return self._programs[key]

    def tested(self, files: PolicyFiles) -> tuple[Program | None, Diagnostics]:
        """The program together with the tests that stand in the policy's `tests/` folder.
        Nothing but running them reads those: they are no part of what decides."""
        texts = list(files.texts)
        faults: list[Diagnostic] = []
        for path in sorted((files.folder / "tests").glob("*.mlp"), key=lambda path: path.name):
            name = f"tests/{path.name}"
            data = _part(files.folder, name, f"{files.shown}/{name}" if files.shown else name)
            if isinstance(data, Diagnostic):
                faults.append(data)
            else:
                texts.append((name, data))
        if faults:
            return None, tuple(faults)
        return _read_program(replace(files, texts=tuple(texts)))

    def ledgers(self, files: PolicyFiles) -> tuple[Mapping[str, Ledger], Diagnostics]:
        """The ledgers of a policy's sources, by the source's name."""
        from mlpolicy.check import needs
        from mlpolicy.ledger import load_ledger
        from mlpolicy.syntax.parse import parse

        sources = [Source(name, data.decode("utf-8-sig", "replace")) for name, data in files.texts]
        wanted = needs([(source, parse(source)[0]) for source in sources])
        found, faults = _read_ledger_files(files, wanted.sources)
        ledgers = {}
        for name, (file, data) in found.items():
            ledger, said = load_ledger(data, file)
            faults.extend(said)
            if ledger is not None:
                ledgers[name] = ledger
        return ledgers, tuple(faults)

    # Schemas, manifests, waivers.

    def schema(self, name: str, folder: Path | None = None) -> tuple[Schema | None, Diagnostics]:
        """The manifest schema of that file name, as the policy in `folder` sees it."""
        path = find_schema(name, folder)
        if path is None:
            return None, (_no_schema(name),)
        if str(path) not in self._schemas:
            data = _schema_data(path, folder, name)
            text = data if isinstance(data, Diagnostic) else _text(data, name)
            if isinstance(text, Diagnostic):
                return None, (text,)
            schema, faults = _read_schema(text, name)
            if schema is None:
                return None, faults
            self._schemas[str(path)] = schema
        return self._schemas[str(path)], ()

    def documents(
        self, data: bytes, file: str, program: Program, folder: Path | None
    ) -> tuple[tuple[Document, ...], Diagnostics]:
        """The documents of a manifest file, read by the schema of a policy."""
        from mlpolicy.manifest import load

        schema, faults = self.schema(program.schema_name, folder)
        if schema is None:
            return (), faults
        documents, faults = load(data, shown_name(file), schema)
        return documents, unquoted(faults, file) if _is_elsewhere(file) else faults

    def checked(
        self, parsed: Parsed, file: str, schemas: Sequence[Schema | None]
    ) -> tuple[tuple[tuple[int, Document], ...], Diagnostics]:
        """The documents of a manifest file that has been read, each by the schema of its
        number."""
        from mlpolicy.manifest import load_parsed

        documents, faults = load_parsed(parsed, schemas)
        return documents, unquoted(faults, file) if _is_elsewhere(file) else faults

    def waivers(
        self, file: str, schema_name: str, folder: Path | None, config: str = ""
    ) -> tuple[tuple[Waiver, ...], Diagnostics]:
        """The waivers of a waiver file, read by the schema of a policy. `config` is the
        configuration that names it, if one does."""
        outside = _is_elsewhere(file) or (bool(config) and not lies_with(file, config))
        key = (file, str(find_schema(schema_name, folder)))
        if key not in self._waivers:
            from mlpolicy.manifest import load_waivers

            data = read_manifest(file)
            schema, faults = self.schema(schema_name, folder)
            if isinstance(data, Diagnostic):
                faults = (data,)
            if isinstance(data, Diagnostic) or schema is None:
                self._waivers[key] = (), faults
            else:
                waivers, faults = load_waivers(data, file, schema)
                self._waivers[key] = waivers, unquoted(faults, file) if outside else faults
        return self._waivers[key]


def _is_elsewhere(file: str) -> bool:
    """Does a link lead from a file that is named to another place?"""
    return file != STDIN and os.path.lexists(file) and disk.leads_out(file)


def lies_with(file: str, config: str) -> bool:
    """Does a file that a configuration names lie in the repository, or below the folder, of
    the configuration?"""
    folder = os.path.dirname(os.path.abspath(config))
    return disk.is_within(file, disk.repository_of(folder) or folder)


def manifest_schema(policy: str = "") -> tuple[str | None, Diagnostics]:
    """The text of the schema by which a policy (by default the built-in one) reads manifests."""
    import datetime

    workspace = Workspace()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    files, faults = workspace.find(policy, today)
    program, said = workspace.program(files) if files else (None, ())
    if files is None or program is None:
        return None, (*faults, *said)
    path = find_schema(program.schema_name, files.folder)
    if path is None:
        return None, (_no_schema(program.schema_name),)
    data = _schema_data(path, files.folder, program.schema_name)
    text = data if isinstance(data, Diagnostic) else _text(data, program.schema_name)
    return (None, (text,)) if isinstance(text, Diagnostic) else (text, ())


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


def find_schema(name: str, folder: Path | None) -> Path | None:
    """A schema file: in the policy's `schemas/`, beside the policy, or among ours."""
    if not name or os.path.basename(name) != name:
        return None
    own = [folder / "schemas" / name, folder / name] if folder is not None else []
    places = [*own, resource_root() / "schemas" / name]
    return next((path for path in places if os.path.lexists(path)), None)


def _schema_data(path: Path, folder: Path | None, name: str) -> bytes | Diagnostic:
    """The bytes of a schema that `find_schema` found for a policy in a folder."""
    if folder is not None and disk.lies_below(str(path), str(folder)):
        return _part(folder, str(path.relative_to(folder)), name)
    try:
        return path.read_bytes()
    except OSError as error:
        return _unreadable(name, error)


def bytes_at(path: str) -> Iterator[bytes]:
    """What stands today at a path that was noted once: seen from the current folder, and among
    what comes along with mlpolicy."""
    for place in (path, str(resource_root() / path)):
        try:
            yield disk.read(place, MOST_POLICY_BYTES)
        except OSError:
            continue


def brought_along(files: PolicyFiles) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy together with the bytes of all that its text names, so that it can be checked
    where its folder is not."""
    kept = cache.load("policy", _key(files))
    if isinstance(kept, _Kept):
        # The key is over the text, and the text alone says what it needs.
        name, wanted = kept.schema or "", dict(kept.sources)
    else:
        from mlpolicy.check import needs
        from mlpolicy.syntax.parse import parse

        texts = [Source(name, data.decode("utf-8-sig", "replace")) for name, data in files.texts]
        needed = needs([(text, parse(text)[0]) for text in texts])
        name, wanted = needed.schema or "", dict(needed.sources)
    found, faults = _read_ledger_files(files, wanted)
    schema = _schema_bytes(name, files)
    if isinstance(schema, Diagnostic):
        return None, (*faults, schema)
    if faults:
        return None, tuple(faults)
    ledgers = {wanted[source]: data for source, (_, data) in found.items()}
    return replace(files, brought=Brought(tuple(sorted(ledgers.items())), (name, schema))), ()


def program_from(files: PolicyFiles, *, anew: bool) -> tuple[Program | None, Diagnostics]:
    """The checked program of a policy; with `anew`, whatever the cache holds."""
    if not anew:
        return _read_program(files)
    program, _, _, diagnostics = _check_program(files)
    return program, diagnostics


def engine_digest() -> str:
    """`sha256:…` over what decides, besides the policy: the engine's own source files and the
    grammar, by their names. The same for a checkout and for what is installed from it."""
    from hashlib import sha256

    package = Path(__file__).parent
    own = ("grammar", "policies", "schemas")
    files = {f"grammar/{path.name}": path for path in (resource_root() / "grammar").glob("*.lark")}
    for path in package.rglob("*.py"):
        name = path.relative_to(package)
        if name.parts[0] not in own:
            files[name.as_posix()] = path
    digest = sha256()
    for shown, path in sorted(files.items()):
        for part in (shown.encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _read_program(files: PolicyFiles) -> tuple[Program | None, Diagnostics]:
    """Parse and check a policy, or take it from the cache where none of its parts changed."""
    key = _key(files)
    kept = cache.load("policy", key)
    if isinstance(kept, _Kept):
        ledgers, _ = _read_ledger_files(files, dict(kept.sources))
        if kept.state == _state(files, kept.schema, ledgers):
            return kept.program, kept.diagnostics
    program, schema, sources, diagnostics = _check_program(files)
    if program is not None:
        ledgers, _ = _read_ledger_files(files, sources)
        state = _state(files, schema, ledgers)
        kept = _Kept(schema, tuple(sorted(sources.items())), state, program, diagnostics)
        cache.store("policy", key, kept)
    return program, diagnostics


def _key(files: PolicyFiles) -> str:
    parts = (part for name, data in files.texts for part in (name.encode(), data))
    return cache.key_of(files.shown.encode(), *parts)


#: The text of a file of a policy is not what it seems, or cannot be read.
_UNREAD = frozenset(("MLP0117", "MLP0611", "MLP0902"))


def _check_program(
    files: PolicyFiles,
) -> tuple[Program | None, str | None, Mapping[str, str], Diagnostics]:
    """The program, the schema and the sources it names, and all diagnostics."""
    from mlpolicy.check import check, needs
    from mlpolicy.diagnostics import Severity, in_order
    from mlpolicy.ledger import load_ledger
    from mlpolicy.syntax.parse import parse

    faults: list[Diagnostic] = []
    parsed = []
    for name, data in files.texts:
        file = f"{files.shown}/{name}" if files.shown else name
        text = _text(data, file)
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
    ledger_bytes, unread = _read_ledger_files(files, wanted.sources, wanted.places)
    faults.extend(unread)
    ledgers: dict[str, Ledger] = {}
    for name, (file, data) in ledger_bytes.items():
        ledger, found = load_ledger(data, file)
        faults.extend(found)
        if ledger is not None:
            ledgers[name] = ledger
    schema = None
    if wanted.schema is not None:
        schema_data = _schema_bytes(wanted.schema, files)
        if isinstance(schema_data, Diagnostic):
            faults.append(schema_data)
        else:
            from mlpolicy.schema import read_schema

            read, found = read_schema(schema_data, wanted.schema)
            faults.extend(found)
            schema = read.raw if read is not None else None
    program, found = check(
        parsed, schema=schema, ledgers=ledgers, digest=_digest(files, ledger_bytes)
    )
    faults.extend(found)
    if any(fault.severity is Severity.ERROR for fault in faults):
        program = None
    return program, wanted.schema, wanted.sources, in_order(faults)


def _read_ledger_files(
    files: PolicyFiles, sources: Mapping[str, str], places: Mapping[str, Origin] | None = None
) -> tuple[dict[str, tuple[str, bytes]], list[Diagnostic]]:
    """The bytes of each source's ledger that can be read: name -> (file as shown, bytes).
    `places` says where a source names its ledger."""
    found: dict[str, tuple[str, bytes]] = {}
    faults = []
    for name, relative in sorted(sources.items()):
        shown = f"{files.shown}/{relative}" if files.shown else relative
        if files.brought is not None:
            brought = dict(files.brought.ledgers)
            if relative in brought:
                found[name] = (shown, brought[relative])
            else:
                faults.append(about("MLP0901", f"there is no `{shown}`", shown))
            continue
        part = _part(files.folder, relative, shown)
        if isinstance(part, Diagnostic):
            place = (places or {}).get(name)
            faults.append(replace(part, origin=place, file=place.source.name) if place else part)
        else:
            found[name] = (shown, part)
    return found, faults


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
        for part in (name.encode(), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _state(files: PolicyFiles, schema: str | None, ledgers: Mapping[str, tuple[str, bytes]]) -> str:
    """What a cached program depends on besides the policy's own text."""
    found = _schema_bytes(schema, files) if schema else b""
    data = b"" if isinstance(found, Diagnostic) else found
    names = " ".join(sorted(ledgers)).encode()
    return cache.key_of(_digest(files, ledgers).encode(), names, data)


def _schema_bytes(name: str, files: PolicyFiles) -> bytes | Diagnostic:
    """The bytes of the schema that a policy names, or why there are none."""
    if files.brought is not None:
        own, data = files.brought.schema
        return data if own == name else _no_schema(name)
    path = find_schema(name, files.folder)
    return _schema_data(path, files.folder, name) if path is not None else _no_schema(name)


def _read_schema(text: str, name: str) -> tuple[Schema | None, Diagnostics]:
    """The schema in a text, or the same as it was kept, worked out already."""
    from mlpolicy.schema import Schema, read_schema

    key = cache.key_of(text.encode())
    kept = cache.load("schema", key)
    if isinstance(kept, Schema):
        return kept, ()
    schema, faults = read_schema(text.encode(), name)
    if schema is not None:
        cache.store("schema", key, schema)
    return schema, faults


def _no_schema(name: str) -> Diagnostic:
    from mlpolicy.suggest import listing

    ours = sorted(path.name for path in (resource_root() / "schemas").glob("ml*.schema.json"))
    hint = f"put it into the policy's `schemas/` folder, or use one of {listing(ours)}"
    return about("MLP0915", f"there is no schema `{name}`", name, help=hint)


def _text(data: bytes, file: str) -> str | Diagnostic:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"cannot read `{file}`: line {line} is not UTF-8"
        return about("MLP0902", message, file, help="save the file as UTF-8")


def _from_here(path: str) -> str:
    """A path as messages show it: relative where it lies below the current folder."""
    here = os.getcwd()
    below = path.removeprefix(os.path.join(here, ""))
    return _posix(below)
