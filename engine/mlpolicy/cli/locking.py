"""The lock file of a folder of policies: read, compared, and added to."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlpolicy import __version__
from mlpolicy.characters import decoded
from mlpolicy.cli.saving import save
from mlpolicy.core.node import node
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.lock import LOCK_FILE, Locked, differing, is_draft, lock_text, read_lock
from mlpolicy.pattern import pattern
from mlpolicy.session import PolicyFiles, Session
from mlpolicy.session.faults import linked_out, unreadable
from mlpolicy.session.files import DISK, read
from mlpolicy.session.policies import MOST_BYTES, versions_below

_POLICY = pattern(r"^policy[ \t]+(?P<name>[\w-]+)[ \t]+(?P<version>[\w.-]+)", re.MULTILINE)


@node(kw_only=True)
class Told:
    """What became of a lock file: how many versions it keeps, which were added (or would be), and
    what is wrong; `unread` where that could not be told."""

    file: str
    kept: int = 0
    added: tuple[str, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    unread: bool = False


def released(folder: str, program: Program, files: PolicyFiles) -> Told:
    """Compares one version with the lock file of the folder that it lies in. One that is not
    released yet is not kept there."""
    file = Path(folder, LOCK_FILE).as_posix()
    _, kept, faults = _kept(file)
    if faults:
        return Told(file=file, faults=tuple(faults), unread=True)
    one = _locked(program, files)
    was = {one.policy: kept[one.policy]} if one.policy in kept else {}
    changed, _ = differing(was, [one], file)
    return Told(file=file, kept=len(was), faults=changed)


def locked(folder: str, *, writes: bool) -> Told:
    """Compares the versions in a folder with its lock file, and adds the new ones to it."""
    file = Path(folder, LOCK_FILE).as_posix()
    found, faults = _versions(folder)
    before, kept, wrong = _kept(file)
    faults.extend(wrong)
    if any(fault.severity is Severity.ERROR for fault in faults):
        return Told(file=file, faults=tuple(faults), unread=True)
    changed, new = differing(kept, found, file)
    faults.extend(changed)
    if writes and new and not changed:
        fault = save(file, before, lock_text((*kept.values(), *new)).encode())
        if fault is not None:
            return Told(file=file, faults=(*faults, fault), unread=True)
    if not writes:
        for each in new:
            help = "run `mlpolicy policies lock` once it is released, and commit the file"
            message = f"`{each.policy}` is not locked in `{file}`"
            faults.append(about("MLP0930", message, file, help=help))
    names = tuple(each.policy for each in new)
    return Told(file=file, kept=len(kept), added=names, faults=tuple(faults))


def keeper(folder: Path) -> Path | None:
    """The nearest folder above a version that has a lock file: that of its policy, or that of
    several."""
    above = folder.resolve().parents[:2]
    return next((each for each in above if (each / LOCK_FILE).is_file()), None)


def is_released(file: str) -> bool:
    """Is a policy file, or a test, part of a version that a lock file keeps as it was released?"""
    for folder in Path(file).resolve().parents[:2]:
        lock = keeper(folder)
        names = {name for text in sorted(folder.glob("*.mlp")) for name in _named(text)}
        if lock is not None and names:
            _, kept, _ = _kept(f"{lock.as_posix()}/{LOCK_FILE}")
            return not names.isdisjoint(kept)
    return False


def _named(file: Path) -> Iterator[str]:
    """The policy that a file begins, as `NAME@VERSION`."""
    from mlpolicy.session.texts import read_policy_text

    read = read_policy_text(file.as_posix())
    if not isinstance(read, Diagnostic):
        for match in _POLICY.finditer(read[1].text):
            yield f"{match['name']}@{match['version']}"


def _kept(file: str) -> tuple[bytes | None, Mapping[str, Locked], list[Diagnostic]]:
    """A lock file: its bytes, None where there is none, what it keeps, and what is wrong."""
    if not DISK.exists(file):
        return None, {}, []
    if DISK.leads_out(file):  # what it leads to would be read, and written to
        return None, {}, [linked_out(file)]
    try:
        before = read(DISK, file, MOST_BYTES)
    except OSError as error:
        return None, {}, [unreadable(DISK, file, error)]
    source, fault = decoded(before, file, "MLP0902")
    if fault is not None:
        return None, {}, [fault]
    kept, wrong = read_lock(source)
    return before, kept, list(wrong)


def _locked(program: Program, files: PolicyFiles) -> Locked:
    """A version as it is kept: of an extension the digest of its own bytes, and what it means
    together with its core."""
    every = {each.name: each for each in program.extensions}
    one = every[files.by] if files.by else program
    return Locked(
        policy=f"{one.name}@{one.version}",
        digest=one.digest,
        meaning=program.meaning,
        engine=__version__,
        core=f"{program.name}@{program.version}" if files.by else "",
    )


def _versions(folder: str) -> tuple[list[Locked], list[Diagnostic]]:
    """The released versions in a folder, each checked; what cannot be read."""
    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    every, said = versions_below(folder)
    faults = list(said)
    found = []
    for files in every:
        if is_draft(files.version):
            continue
        whole, diagnostics = session.with_core(files, today)
        program = None
        if whole is not None:
            program, diagnostics = session.program(whole)
        if program is None or whole is None:
            faults.extend(diagnostics)
        else:
            found.append(_locked(program, whole))
    return found, faults
