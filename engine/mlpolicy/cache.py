"""Values kept between runs: checked programs and read schemas.

A convenience that may never be noticed: whatever goes wrong here, the value is made anew.
Entries are pickles, so an entry is read only where nobody else can have written it: the file
and its folder belong to this user and are writable by nobody else.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from mlpolicy import __version__
from mlpolicy.resources import resource_root

_MAGIC = b"mlpolicy cache 1\n"
_MOST_ENTRIES = 64


def load(kind: str, key: str) -> object | None:
    """The value stored under a key, or None."""
    folder = _folder()
    if folder is None:
        return None
    try:
        with (folder / f"{kind}-{key}").open("rb") as file:
            if not _ours(os.fstat(file.fileno())) or not _ours(folder.stat()):
                return None
            data = file.read()
        if not data.startswith(_MAGIC):
            return None
        import gc
        import pickle

        # A program is some ten thousand small values: collecting amid them doubles the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            value: object = pickle.loads(data[len(_MAGIC) :])
        finally:
            if collecting:
                gc.enable()
        return value
    except Exception:
        return None


def store(kind: str, key: str, value: object) -> None:
    """Keep a value. Written beside its place and renamed, so no reader sees half of it."""
    folder = _folder()
    if folder is None:
        return
    temporary = None
    try:
        import pickle
        import tempfile

        data = _MAGIC + pickle.dumps(value, protocol=5)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _ours(folder.stat()):
            return
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, folder / f"{kind}-{key}")
        _prune(folder)
    except Exception:
        if temporary is not None:
            try:
                os.unlink(temporary)
            except OSError:
                return


def _prune(folder: Path) -> None:
    """Forget the oldest entries, so that the folder does not grow for ever."""
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for entry in entries[_MOST_ENTRIES:]:
        entry.unlink(missing_ok=True)


def key_of(*parts: bytes) -> str:
    """A key for what is made from these bytes by this engine under this Python."""
    import sys
    from hashlib import sha256

    digest = sha256()
    version = f"{__version__} {sys.implementation.cache_tag} {_engine_state()}".encode()
    for part in (version, *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


@functools.cache
def _engine_state() -> str:
    """What may change without a new version: nothing when installed, the engine's files in a
    checkout."""
    package = Path(__file__).parent
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


def _folder() -> Path | None:
    if os.environ.get("MLPOLICY_NO_CACHE", "") not in ("", "0"):
        return None
    own = os.environ.get("MLPOLICY_CACHE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return Path(base) / "mlpolicy"
    home = os.path.expanduser("~")
    return Path(home) / ".cache" / "mlpolicy" if os.path.isabs(home) else None


def _ours(stat: os.stat_result) -> bool:
    if os.name != "posix":
        return True
    return stat.st_uid == os.geteuid() and not stat.st_mode & 0o022
