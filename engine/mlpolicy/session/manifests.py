"""Finds manifests, and reads their bytes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from mlpolicy import disk
from mlpolicy.characters import hidden_in_name, one_line
from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.session.faults import Diagnostics, help_missing, posix, unreadable
from mlpolicy.session.files import DISK, Files
from mlpolicy.typed import BinaryIO

STDIN = "-"

#: No manifest may be longer than 1 MiB; a little more is read, so that the loader can say so.
MOST_BYTES = (1 << 20) + 1

_SUFFIXES = (".yaml", ".yml", ".json")
_NOT_ENTERED = "node_modules"


@node
class Sought:
    """How a search knows the manifests of policies: by the names of their files, as these policies
    declare them, and by what the `apiVersion` in them begins with."""

    files: tuple[str, ...]
    domains: tuple[str, ...]

    def is_named(self, name: str) -> bool:
        """Is a file called as manifests are? `.yaml` stands for `.yml` and `.json` too."""
        return any(pattern.fullmatch(name) for pattern in map(_pattern, self.files))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    stem, dot, ending = name.rpartition(".")
    if dot and ending in ("yaml", "yml"):
        return re.compile(rf"{_any(stem)}\.(?:ya?ml|json)", re.I)
    return re.compile(_any(name), re.I)


def _any(text: str) -> str:
    return "[^/]+".join(map(re.escape, text.split("*")))


#: What tells of a folder how its manifests are known, and what is wrong with what says so.
Seeks = Callable[[str], tuple[Sought, Diagnostics]]


@node
class Found:
    """Manifests in order, each once; how many files of a folder were passed over."""

    files: tuple[str, ...]
    skipped: int
    diagnostics: Diagnostics


def only_manifests(
    paths: Sequence[str], seeks: Seeks, fs: Files = DISK
) -> tuple[tuple[str, ...], int]:
    """Of files that are named, those that a search of their folder would judge, and how many
    others there are. What is no file that can be looked at stays, so that it is told."""
    kept = []
    for path in paths:
        parts = posix(os.path.normpath(path)).split("/")
        if any((part.startswith(".") and part != "..") or part == _NOT_ENTERED for part in parts):
            continue
        if os.path.islink(path) and (fs.is_folder(path) or not _has_suffix(path)):
            continue  # what lies in the folder is named by itself
        if fs.is_regular(path):
            sought, _ = seeks(os.path.dirname(path) or ".")
            if not _has_suffix(path) or _look(fs, path, parts[-1], "", sought) is False:
                continue
        kept.append(path)
    return tuple(kept), len(paths) - len(kept)


def _has_suffix(path: str) -> bool:
    return path.lower().endswith(_SUFFIXES)


def find_manifests(paths: Sequence[str], seeks: Seeks, fs: Files = DISK) -> Found:
    """The manifests that files, folders and patterns name (`-`: standard input).

    A file named so is always a manifest. A folder is searched, for what `seeks` says: hidden
    folders and those of tools are not entered, links within it are followed once, and none is that
    leads out of it. A place that is named and holds no manifest is a fault, whatever the others
    hold.
    """
    files: dict[str, str] = {}
    skipped: set[str] = set()
    faults: list[Diagnostic] = []
    for path in paths:
        if path == STDIN:
            files.setdefault(STDIN, STDIN)
            continue
        hits = [path]
        if not fs.exists(path) and any(char in path for char in "*?["):
            import glob

            hits = sorted(glob.glob(path, recursive=True))
        if not hits or not fs.exists(hits[0]):
            what = "nothing matches" if any(char in path for char in "*?[") else "there is no"
            faults.append(about("MLP0901", f"{what} `{path}`", path, help=help_missing(fs, path)))
            continue
        some, others = False, 0
        sought: Sought | None = None
        said: Diagnostics = ()
        for hit in hits:
            if fs.is_folder(hit):
                sought, said = seeks(hit)
                walked = _walk(fs, hit, sought)
                for real, file in walked.files.items():
                    files.setdefault(real, file)
                skipped |= walked.skipped
                faults.extend(walked.faults)
                told = any(fault.severity is Severity.ERROR for fault in walked.faults)
                some = some or told or bool(walked.files)
                others += len(walked.skipped)
            else:
                some = True
                files.setdefault(fs.real(hit), posix(hit))
        if not some:
            faults.extend(said or (_no_manifest(path, others, sought),))
    skipped -= files.keys()
    names = (hidden_in_name(file) for file in sorted(files.values()))
    faults.extend(fault for fault in names if fault is not None)
    return Found(tuple(sorted(files.values())), len(skipped), tuple(faults))


def _no_manifest(path: str, skipped: int, sought: Sought | None) -> Diagnostic:
    names = [f"`{name}`" for name in sought.files] if sought is not None else []
    folder = f"name a file, or a folder with {' or '.join(names)}" if names else "name a file"
    others = f"; {skipped} other YAML or JSON {'file' if skipped == 1 else 'files'} skipped"
    return about(
        "MLP0903",
        f"no manifest in `{path}`{others if skipped else ''}",
        path,
        help=f"{folder}; `mlpolicy manifest init` begins one",
    )


def read_manifest(file: str, fs: Files = DISK) -> bytes | Diagnostic:
    """The bytes of a manifest, or why there are none."""
    try:
        if file == STDIN:
            return sys.stdin.buffer.read(MOST_BYTES)
        return fs.head(file, MOST_BYTES)
    except OSError as error:
        return unreadable(fs, file, error)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO | Diagnostic]:
    """A regular file of any length, or a stream that is open already (`-`: standard input), to be
    read piece by piece; or why there is none."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = disk.streamed(file)
    except OSError as error:
        yield unreadable(DISK, file, error)
        return
    with stream:
        yield stream


def shown_name(file: str) -> str:
    """How messages call a manifest."""
    return "<stdin>" if file == STDIN else one_line(file)


@node
class _Walked:
    """What a search of a folder has found, by where each file really is."""

    files: Mapping[str, str]
    skipped: frozenset[str]
    faults: Diagnostics


def _walk(fs: Files, top: str, sought: Sought) -> _Walked:
    """The manifests below a folder, and what could not be looked into."""
    files: dict[str, str] = {}
    skipped: set[str] = set()
    faults: list[Diagnostic] = []
    entered: set[str] = set()
    shown_top = posix(os.path.normpath(top))
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        if fs.real(folder) in entered:
            continue
        entered.add(fs.real(folder))
        try:
            entries = fs.entries(folder)
        except OSError as error:
            faults.append(unreadable(fs, posix(os.path.normpath(folder)), error))
            continue
        inner: list[str] = []
        for entry in entries:
            path = posix(os.path.normpath(os.path.join(folder, entry.name)))
            if entry.name.startswith(".") or (entry.is_folder and entry.name == _NOT_ENTERED):
                continue
            leads_out = entry.is_link and not fs.is_within(path, top)
            if entry.is_folder and leads_out:
                message = f"the folder `{path}` is a link that leads out of `{shown_top}`"
                help = "name it on the command line where it is to be searched"
                warning = Severity.WARNING
                faults.append(about("MLP0925", message, path, help=help, severity=warning))
            elif entry.is_folder:
                inner.append(os.path.join(folder, entry.name))
            elif _has_suffix(entry.name):
                found = _look(fs, path, entry.name, shown_top if leads_out else "", sought)
                if isinstance(found, Diagnostic):
                    faults.append(found)
                elif found:
                    files.setdefault(fs.real(path), path)
                else:
                    skipped.add(fs.real(path))
        waiting.extend(reversed(inner))
    return _Walked(files, frozenset(skipped), tuple(faults))


def _look(fs: Files, path: str, name: str, left: str, sought: Sought) -> bool | Diagnostic:
    """Is a file that a search has met a manifest? `left` is the folder that a link to the file
    leads out of."""
    from mlpolicy.manifest import sniff

    if sought.is_named(name):
        if not left or not (fs.is_regular(path) or fs.is_folder(path)):
            return True
        message = f"`{path}` is a link that leads out of `{left}`"
        help = "name the file that it leads to on the command line, or put a copy here"
        return about("MLP0925", message, path, help=help)
    if left or not fs.is_regular(path):
        return False if left or _stands(fs, path) else unreadable(fs, path, FileNotFoundError())
    data = read_manifest(path, fs)
    return data if isinstance(data, Diagnostic) else sniff(data, sought.domains)


def _stands(fs: Files, path: str) -> bool:
    """Does something stand at a path that is no link to nothing?"""
    return fs.exists(fs.real(path))
