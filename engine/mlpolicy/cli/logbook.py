"""A log of records on disk: its lines, the store beside it, and how one is added to it.

`LOG` holds the lines. `LOG.d/` holds what they rest on, each file under the sha256 of its own
bytes (decisions, which are long, compressed with gzip), pieces of lines that a crash left, and
the file that writers lock. `sha256sum` can check all of it.

What is written is written in this order, each step safely on disk before the next: the stored
files, the salts, the line. So a line never names what is not there, and a writer that is
stopped anywhere leaves at most files that nothing names, and a piece of a line at the end. The
next writer moves that piece into the store. Nothing is ever written over.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from mlpolicy import disk
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.records import Line, line_at
from mlpolicy.source import Source

#: So many times its packed length a document of ours never has; more is made to fill the memory.
MOST_PACKING = 400
#: How long a writer waits for the others.
PATIENCE_SECONDS = 60.0

#: What helps where the store is a link: it could lead anywhere, and a repository can bring it.
_LINKED = "a store is a folder beside its log: delete the link, or name another log"
_OPEN = "salts unmask what is masked: `chmod 600` the file, or name a new one"

_NAME = re.compile(r"(?:torn-)?([0-9a-f]{64})(?:\.gz)?")
#: How every line begins, whatever was recorded: keys are sorted.
_BEGIN = b'{"approvals":['


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did: the lines written, and the pieces of a torn line, if one was found:
    where it went, or an empty text where only its line end had been missing."""

    lines: tuple[bytes, ...]
    torn: str | None


def store_of(log: str) -> str:
    """The folder of what a log's records rest on: beside the log itself, where `log` is a link."""
    try:
        is_link = Path(log).is_symlink()
    except (OSError, ValueError):  # a name that no file can have
        is_link = False
    return f"{os.path.realpath(log) if is_link else log}.d"


# ── Reading ──────────────────────────────────────────────────────────────────────────────


def lines_of(log: str) -> Iterator[Line] | Diagnostic:
    """The lines of a log, one by one, or why it cannot be read. Where a link leads out of the log's
    repository or folder, no message shows any of its text."""
    try:
        stream = disk.opened(log)
    except FileNotFoundError:
        return about("MLP0901", f"there is no log `{log}`", log, help="`record add` begins one")
    except OSError as error:
        return _unreadable(log, error)

    is_out = disk.leads_out(log)

    def lines() -> Iterator[Line]:
        with stream:
            for number, data in enumerate(stream, 1):
                line = line_at(data, number, log)
                yield _hidden(line, log) if is_out else line

    return lines()


def _hidden(line: Line, log: str) -> Line:
    """The same line, of which messages can quote nothing."""
    from mlpolicy.session.faults import unquoted

    source = Source(log, "", line.number)
    return replace(line, faults=unquoted(line.faults, log), source=source)


def stored(log: str, name: str, most: int | None = None) -> bytes | Diagnostic | None:
    """The bytes stored under a name, unpacked; None where there are none. A diagnostic where
    they are not what the name says, or longer than `most`."""
    shown = f"{store_of(log)}/{name}"
    try:
        with disk.opened(f"{store_of(log)}/{name}") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unreadable(shown, error)
    if sha256(data).hexdigest() != name.removesuffix(".gz"):
        return about("MLP1108", f"`{shown}` is not what its name says", shown)
    if not name.endswith(".gz"):
        return data
    unpacked = _unpacked(data, most)
    if unpacked is None:
        return about("MLP1108", f"`{shown}` cannot be unpacked", shown)
    return unpacked


def names_of(log: str) -> tuple[str, ...]:
    """The names of all that lies in the store, but for the lock of its writers."""
    try:
        return tuple(
            sorted(each.name for each in Path(store_of(log)).iterdir() if each.name != "lock")
        )
    except OSError:
        return ()


def unsound(log: str) -> tuple[list[Diagnostic], list[str]]:
    """The files of the store that are not what their names say; the pieces of torn lines."""
    faults, torn = [], []
    for name in names_of(log):
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        shown = f"{store_of(log)}/{name}"
        if name.startswith("torn-"):
            torn.append(shown)
        try:
            with disk.opened(f"{store_of(log)}/{name}") as file:
                data = file.read()
        except OSError as error:
            faults.append(_unreadable(shown, error))
            continue
        if sha256(data).hexdigest() != found[1]:
            faults.append(about("MLP1108", f"`{shown}` is not what its name says", shown))
    return faults, torn


def _unpacked(data: bytes, most: int | None) -> bytes | None:
    """What was packed with gzip; None where it was not, or is longer than it should be."""
    unpacker = zlib.decompressobj(wbits=31)
    bound = MOST_PACKING * len(data) + (1 << 20)
    most = bound if most is None else min(most, bound)
    try:
        unpacked = unpacker.decompress(data, most + 1)
    except zlib.error:
        return None
    whole = unpacker.eof and not unpacker.unused_data and not unpacker.unconsumed_tail
    return unpacked if whole else None


# ── Adding ───────────────────────────────────────────────────────────────────────────────


def packed(data: bytes) -> tuple[str, bytes]:
    """A long document as it is stored: its name there, and its bytes."""
    small = gzip.compress(data, compresslevel=6, mtime=0)
    return f"{sha256(small).hexdigest()}.gz", small


def plain(data: bytes) -> tuple[str, bytes]:
    """The same for what is stored as it is."""
    return sha256(data).hexdigest(), data


def add(
    log: str,
    files: Sequence[tuple[str, bytes]],
    make: Callable[[int, str | None], tuple[list[bytes], bytes]],
    salts: str = "",
) -> Added | Diagnostic:
    """Append lines to a log, with the files that they rest on.

    `make` takes the number of the first line and the hash of the one before it and gives the
    lines and what is to be kept in the file `salts`. It is called with the log locked.
    """
    from filelock import FileLock, Timeout

    # Two names of one log must lead to one lock and one store.
    shown, log = log, os.path.realpath(log)
    store = store_of(log)
    try:
        if Path(log).is_dir():
            return about("MLP1113", f"cannot write `{shown}`: it is a folder", shown)
        if not _may_be_log(log):
            return _no_log(shown)
        if Path(store).is_symlink():
            return about(
                "MLP1113", f"cannot write `{store_of(shown)}`: it is a link", shown, help=_LINKED
            )
        if salts and _is_open_to_others(salts):
            return about(
                "MLP1113", f"cannot write `{salts}`: others may read it", salts, help=_OPEN
            )
        with contextlib.suppress(FileExistsError):
            Path(store).mkdir()
        with FileLock(Path(store, "lock"), timeout=PATIENCE_SECONDS):
            return _add(log, store, files, make, salts)
    except Timeout:
        seconds = f"{PATIENCE_SECONDS:.0f}"
        message = f"cannot write `{shown}`: others have held it for {seconds} seconds"
        return about("MLP1113", message, shown, help="try again; nothing was recorded")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        message = f"cannot write `{shown}`: {reason}"
        help = "make its folder first" if isinstance(error, FileNotFoundError) else ""
        return about("MLP1113", message, shown, help=help)


def _add(
    log: str,
    store: str,
    files: Sequence[tuple[str, bytes]],
    make: Callable[[int, str | None], tuple[list[bytes], bytes]],
    salts: str,
) -> Added | Diagnostic:
    new = not os.path.lexists(log)
    handle = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        size = os.fstat(handle).st_size
        last, tail = _end(handle, size)
        found = _last(last, log)
        if isinstance(found, Diagnostic):
            return found
        number, head = found
        torn: str | None = None
        if tail:
            whole = line_at(tail + b"\n", 1, log)
            if _follows(whole, number, head):
                assert whole.record is not None
                _write(handle, b"\n")
                torn, number, head = "", number + 1, whole.record["hash"]
            else:
                name = f"torn-{sha256(tail).hexdigest()}"
                torn = f"{Path(store, name)}"
                if fault := _put(store, name, tail):
                    return fault
                os.ftruncate(handle, size - len(tail))
                os.fsync(handle)
        for name, data in files:
            if fault := _put(store, name, data):
                return fault
        lines, kept = make(number + 1, head)
        if salts:
            _append(salts, kept)
        end = os.fstat(handle).st_size
        try:
            _write(handle, b"".join(lines))
        except OSError:
            # The disk is full: take the piece back, while nobody else can be writing.
            with contextlib.suppress(OSError):
                os.ftruncate(handle, end)
            raise
        if new:
            _sync_folder(Path(log).parent)
        return Added(tuple(lines), torn)
    finally:
        os.close(handle)


def _end(handle: int, size: int) -> tuple[bytes, bytes]:
    """The end of a log: its last whole line, and what stands after it without an end."""
    at, data = size, b""
    while at > 0:
        step = min(1 << 16, at)
        at -= step
        os.lseek(handle, at, os.SEEK_SET)
        piece = b""
        while len(piece) < step and (more := os.read(handle, step - len(piece))):
            piece += more
        data = piece + data
        if data.count(b"\n") >= 2:
            break
    whole, ended, tail = data.rpartition(b"\n")
    if not ended:
        return b"", data
    return whole.rpartition(b"\n")[2] + b"\n", tail


def _last(line: bytes, log: str) -> tuple[int, str | None] | Diagnostic:
    """Number and hash of the last whole record of a log. Nothing is added behind one that
    was altered."""
    if not line:
        return 0, None
    last = line_at(line, 1, log)
    if last.record is None or last.faults:
        reason = last.faults[0].message
        message = f"nothing is added to `{log}`, whose last record is not sound: {reason}"
        return about(last.faults[0].code, message, log, help="see `mlpolicy record verify`")
    return last.record["number"], last.record["hash"]


def _is_open_to_others(path: str) -> bool:
    """Is there such a file, which others than its owner may read or write? No, where the system
    does not tell."""
    try:
        return os.name == "posix" and Path(path).stat().st_mode & 0o077 != 0
    except FileNotFoundError:
        return False


def _may_be_log(log: str) -> bool:
    """A look at the beginning: a slip of the hand must not cost anybody a file."""
    try:
        with Path(log).open("rb") as file:
            begin = file.read(len(_BEGIN))
    except FileNotFoundError:
        return True
    return _BEGIN.startswith(begin)


def _no_log(log: str) -> Diagnostic:
    message = f"`{log}` is no log of records, and is left as it is"
    return about("MLP1102", message, log, help="name another file, or one that does not exist yet")


def _follows(line: Line, number: int, head: str | None) -> bool:
    record = line.record
    return (
        record is not None
        and not line.faults
        and record["number"] == number + 1
        and record["previous"] == head
    )


def _put(store: str, name: str, data: bytes) -> Diagnostic | None:
    """A file of the store, there as a whole or not at all. What is there already is kept; it
    is looked at, since a record may not rest on something else."""
    path = Path(store, name)
    try:
        if path.read_bytes() == data:
            return None
        message = f"nothing is recorded: `{path}` is not what its name says"
        return about("MLP1108", message, f"{path}", help="see `mlpolicy record verify`")
    except FileNotFoundError:
        pass
    temporary = Path(store, f".new-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)
    try:
        try:
            _write(handle, data)
        finally:
            os.close(handle)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(Path(store))
    return None


def _append(path: str, data: bytes) -> None:
    """Salts: only their owner may read them."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size:
            os.lseek(handle, size - 1, os.SEEK_SET)
            if os.read(handle, 1) != b"\n":
                # A writer was stopped here; no record was written for its piece.
                data = b"\n" + data
        _write(handle, data)
    finally:
        os.close(handle)
    _sync_folder(Path(path).absolute().parent)


def _write(handle: int, data: bytes) -> None:
    """All of it, safely on disk."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk. Not every system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unreadable(file: str, error: OSError) -> Diagnostic:
    reason = "it is a folder" if isinstance(error, IsADirectoryError) else error.strerror
    message = f"cannot read `{file}`: {(reason or 'unknown reason').lower()}"
    return about("MLP0902", message, file)
