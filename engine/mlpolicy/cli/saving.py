"""Writing a file of the user's: whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from mlpolicy.cli.output import CommandError
from mlpolicy.diagnostics import Diagnostic, about


def fresh(folder: Path, how: str) -> None:
    """Makes a folder for new files; one that is there has to be empty. Raises CommandError where it
    is not, or cannot be made; `how` says what to do then."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"`{folder.as_posix()}` is there already; {how}")
    made(folder, folder)


def made(folder: Path, whole: Path) -> None:
    """Makes a folder within `whole`. Raises CommandError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise CommandError(f"cannot write `{whole.as_posix()}`: {reason}") from error


def save(file: str, before: bytes | None, after: bytes) -> Diagnostic | None:
    """Put `after` where `before` stood (None: where nothing did), or say why not.

    A new file is written beside the old one and takes its place at the very end, so that a
    crash leaves the one or the other. Links are followed and permissions kept.
    """
    target = os.path.realpath(file)
    folder, name = os.path.split(target)
    written: str | None = None
    try:
        if _bytes(target) != before:
            what = "has been changed" if before is not None else "exists by now"
            message = f"`{file}` {what} since it was read; nothing was written"
            return about("MLP1202", message, file, help="run the command again")
        if before is not None and not _is_writable(target):
            message = f"cannot write `{file}`: it is read-only"
            return about("MLP0902", message, file, help="make it writable first")
        handle, written = tempfile.mkstemp(prefix=f".{name}.", suffix=".new", dir=folder)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), _mode(target))
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        if _bytes(target) != before:
            message = f"`{file}` has been changed since it was read; nothing was written"
            return about("MLP1202", message, file, help="run the command again")
        Path(written).replace(target)
        written = None
        _sync_folder(folder)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        help = "make its folder first" if isinstance(error, FileNotFoundError) else ""
        return about("MLP0902", f"cannot write `{file}`: {reason}", file, help=help)
    finally:
        if written is not None:
            with contextlib.suppress(OSError):
                Path(written).unlink()
    return None


def _bytes(file: str) -> bytes | None:
    """What stands in a file, or None where there is none."""
    try:
        return Path(file).read_bytes()
    except FileNotFoundError:
        return None


def _is_writable(file: str) -> bool:
    """Whether a file may be changed: another file in its place would be a change as well."""
    return bool(_mode(file) & 0o222) and os.access(file, os.W_OK)


def _mode(file: str) -> int:
    """The permissions of a file; those of a new one where there is none."""
    try:
        return stat.S_IMODE(Path(file).stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: str) -> None:
    """See to it that the new name outlives a loss of power, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
