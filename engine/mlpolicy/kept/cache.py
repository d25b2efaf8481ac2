"""Values kept between runs in a folder of the user.

What an entry holds decides what is allowed. So each entry is sealed with a secret of this user
(keyed BLAKE2b over kind, key and bytes), and nothing in it is read before its seal is checked:
an entry that came with a repository, from another user or from another machine has no valid
seal, and neither has one in which a bit has flipped. The secret is made at random on first use
and lies in the user's state folder. Neither folder may lie below the current folder or in a
repository, where it would be whatever was checked out.
"""

from __future__ import annotations

import functools
import os
import stat
import time
from pathlib import Path

from mlpolicy import __version__, disk
from mlpolicy.digest import blake2b, compare_digest
from mlpolicy.pattern import pattern
from mlpolicy.resources import resource_root

_MAGIC = b"mlpolicy cache 3\n"
_SEAL_BYTES = 32
_SECRET_BYTES = 32
_MOST_BYTES = 256 << 20
_MOST_ENTRIES = 64
_NEW = ".mlpolicy-new-"

#: The names of entries. Nothing else in the folder is ever deleted.
_ENTRY = pattern(r"(?:policy|schema|code|grammar)-[0-9a-f]{64}")

#: A file that a writer has begun and not finished within a day is left over.
_LEFT_OVER_SECONDS = 24 * 60 * 60


def load(kind: str, key: str) -> object | None:
    """The value stored under a key of `key_of`, or None."""
    folder = _folder()
    if folder is None:
        return None
    try:
        if not _ours(folder.stat()):
            return None
        data = _read_ours(folder / f"{kind}-{key}", 0o022)
        secret = _secret()
        start = len(_MAGIC) + _SEAL_BYTES
        if data is None or secret is None or not data.startswith(_MAGIC):
            return None
        from mlpolicy.kept.packing import unpack

        body = memoryview(data)[start:]
        if not compare_digest(data[len(_MAGIC) : start], _seal(secret, kind, key, body)):
            return None
        value: object = unpack(body)
        return value
    except Exception:
        return None


def store(kind: str, key: str, value: object) -> None:
    """Keep a value. Written beside its place and renamed, so no reader sees half of it."""
    folder = _folder()
    if folder is None:
        return
    try:
        from mlpolicy.kept.packing import pack

        body = pack(value)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = _secret() if _ours(folder.stat()) else None
        if secret is None:
            return
        data = _MAGIC + _seal(secret, kind, key, body) + body
        temporary = _written(folder, data)
        try:
            os.replace(temporary, folder / f"{kind}-{key}")
        except OSError:
            os.unlink(temporary)
        _prune(folder)
    except Exception:
        return


def key_of(*parts: bytes) -> str:
    """A key for what is made from these bytes by this engine under this Python."""
    import sys

    digest = blake2b(digest_size=32)
    python = f"{sys.implementation.cache_tag} {sys.version}"
    version = f"{__version__} {python} {_engine_state()}".encode()
    for part in (version, *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


@functools.cache
def _engine_state() -> str:
    """What may change without a new version: nothing when installed, the engine's files in a
    checkout."""
    package = Path(__file__).parents[1]
    if resource_root() == package:
        return ""
    states = []
    for folder, _, names in sorted(os.walk(package)):
        for name in sorted(names):
            if name.endswith(".py"):
                stat = os.stat(os.path.join(folder, name))
                states.append(f"{folder} {name} {stat.st_mtime_ns} {stat.st_size}")
    for path in sorted((resource_root() / "grammar").glob("*.lark")):
        stat = path.stat()
        states.append(f"{path.name} {stat.st_mtime_ns} {stat.st_size}")
    return "\n".join(states)


def _prune(folder: Path) -> None:
    """Forget the oldest entries, so that the folder does not grow for ever, and what writers
    have left unfinished. Other files are not touched."""
    entries: list[tuple[float, str]] = []
    now = time.time()
    with os.scandir(folder) as found:
        for file in found:
            if not file.is_file(follow_symlinks=False):
                continue
            age = now - file.stat(follow_symlinks=False).st_mtime
            if _ENTRY.fullmatch(file.name):
                entries.append((age, file.path))
            elif file.name.startswith(_NEW) and age > _LEFT_OVER_SECONDS:
                os.unlink(file.path)
    for _, path in sorted(entries)[_MOST_ENTRIES:]:
        os.unlink(path)


# ── The secret ───────────────────────────────────────────────────────────────────────────


def _seal(secret: bytes, kind: str, key: str, body: bytes | memoryview) -> bytes:
    """What only somebody who has the secret can write of an entry."""
    seal = blake2b(f"{kind}-{key}\n".encode(), digest_size=_SEAL_BYTES, key=secret)
    seal.update(body)
    return seal.digest()


def _secret() -> bytes | None:
    """This user's secret, made where there is none; None where none can be kept.

    One that others could have read or written, or that is damaged, is replaced: entries sealed
    with the old one are then made anew.
    """
    folder = _state_folder()
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _ours(folder.stat()):
        return None
    place = folder / "cache-secret"
    kept = _kept_secret(place)
    if kept is not None:
        return kept
    made = os.urandom(_SECRET_BYTES)
    temporary = _written(folder, made)
    try:
        # Unlike a rename, a link does not take the place of what another process has just made.
        os.link(temporary, place)
    except FileExistsError:
        kept = _kept_secret(place)
        if kept is None:
            os.replace(temporary, place)
            return made
    except OSError:
        os.unlink(temporary)
        raise
    os.unlink(temporary)
    return kept or made


def _kept_secret(place: Path) -> bytes | None:
    try:
        kept = _read_ours(place, 0o077)
    except OSError:
        return None
    return kept if kept is not None and len(kept) == _SECRET_BYTES else None


def _written(folder: Path, data: bytes) -> str:
    """A new file of mode 0600 with these bytes; its path."""
    import tempfile

    handle, path = tempfile.mkstemp(dir=folder, prefix=_NEW)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError:
        os.unlink(path)
        raise
    return path


# ── Folders ──────────────────────────────────────────────────────────────────────────────


def _folder() -> Path | None:
    """Where entries lie, or None where nothing is to be kept."""
    if os.environ.get("MLPOLICY_NO_CACHE", "") not in ("", "0"):
        return None
    own = os.environ.get("MLPOLICY_CACHE_DIR")
    if own:
        return _usable(own)
    return _user_folder("XDG_CACHE_HOME", ".cache")


def _state_folder() -> Path | None:
    return _user_folder("XDG_STATE_HOME", os.path.join(".local", "state"))


def _user_folder(variable: str, below_home: str) -> Path | None:
    """Our folder among those that this user keeps for programs."""
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), below_home)
    return _usable(os.path.join(base, "mlpolicy"))


def _usable(folder: str) -> Path | None:
    """The folder, unless what lies there may have been checked out: it is named relatively, lies
    below the current folder, or in a repository."""
    try:
        if not os.path.isabs(folder) or disk.is_in_repository(folder):
            return None
        here = os.getcwd()
        # Everything lies below the top of a file system, and nobody works there.
        if os.path.dirname(here) != here and disk.is_within(folder, here):
            return None
        return Path(folder)
    except (OSError, ValueError):
        return None


def _read_ours(path: Path, others: int) -> bytes | None:
    """The bytes of a regular file of this user to which others have none of these permissions;
    None where it is not one. Links are not followed."""
    flags = os.O_RDONLY
    for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"):
        flags |= getattr(os, name, 0)
    handle = os.open(path, flags)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or not _ours(state, others):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(_MOST_BYTES + 1)
        return data if len(data) <= _MOST_BYTES else None
    finally:
        os.close(handle)


def _ours(state: os.stat_result, others: int = 0o022) -> bool:
    """Does it belong to this user, others having none of these permissions?"""
    if os.name != "posix":
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & others
