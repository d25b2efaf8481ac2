"""Reading the disk where what stands there is not trusted.

Only regular files are read, and only so many bytes of them: a named pipe, a device or a file
without end must neither stop a command nor fill its memory. Links are followed, and a caller can
ask where one leads. Imports nothing of the engine.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from mlpolicy.typed import BinaryIO

#: Ways of the system to name nothing, or a stream that is open already: a caller who names one
#: has chosen to read it.
_STREAMS = (os.devnull, "/dev/stdin", "/dev/fd/", "/proc/self/fd/")

#: What marks the top folder of a repository. In a linked working tree it is a file.
_REPOSITORY = ".git"


def read(path: str, most: int) -> bytes:
    """All bytes of a regular file of at most `most` bytes.

    Raises OSError where there is none, where it is no regular file, or where it is longer
    (EFBIG); `strerror` says which in words.
    """
    data = head(path, most + 1)
    if len(data) > most:
        raise too_long(path, most)
    return data


def too_long(path: str, most: int) -> OSError:
    """What is raised for a file of more than `most` bytes."""
    return OSError(errno.EFBIG, f"it is longer than {_size(most)}", path)


def head(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file, or of a stream that is open already; fewer where it
    is shorter. Raises OSError."""
    with streamed(path) as stream:
        return stream.read(most)


def streamed(path: str) -> BinaryIO:
    """A regular file, or a stream that is open already (`/dev/stdin`), open to be read piece by
    piece. Raises OSError."""
    if "\0" in path:
        raise OSError(errno.EINVAL, "its name holds a character that no name may hold", path)
    return open(path, "rb") if path.startswith(_STREAMS) else opened(path)


def opened(path: str) -> BinaryIO:
    """A regular file, open to be read piece by piece. Raises OSError."""
    # Opening a named pipe waits for a writer, unless it is told not to wait.
    handle = os.open(path, os.O_RDONLY | _CLOSE_ON_EXEC | _NO_WAIT | _BINARY)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, f"it is {_kind(mode)}, not a file", path)
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def is_regular(path: str) -> bool:
    """Is it a regular file, or a link to one?"""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_within(path: str, folder: str) -> bool:
    """Does a path, all links followed, lie in a folder or name the folder itself?"""
    try:
        return lies_below(os.path.realpath(path), os.path.realpath(folder))
    except ValueError:  # a name that no file can have
        return False


def lies_below(path: str, folder: str) -> bool:
    """Does a path lie in a folder, or name the folder itself, as the two are written? Both are
    absolute."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def upward(folder: str) -> Iterator[str]:
    """An absolute folder, and every folder above it, as it is written."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def repository_of(folder: str) -> str | None:
    """The top folder of the repository in which an absolute folder lies, or None.

    The repository of the current folder counts first, where the folder lies in it: a repository
    inside another one does not leave the outer one by that.
    """
    for start in (current_folder(), folder):
        if start is None:
            continue
        root = next(filter(_is_root, upward(start)), None)
        if root is not None and lies_below(folder, root):
            return root
    return None


def is_in_repository(folder: str) -> bool:
    """Does an absolute folder, all links followed, lie in any repository?"""
    return any(map(_is_root, upward(os.path.realpath(folder))))


def leads_out(path: str) -> bool:
    """Does a link, at the path or on the way to it, lead out of where the path seems to lie: its
    repository, else the current folder, else its own folder?"""
    if path.startswith(_STREAMS):
        return False
    whole = os.path.abspath(path)
    folder = os.path.dirname(whole)
    here = current_folder()
    bound = repository_of(folder)
    if bound is None:
        bound = here if here is not None and lies_below(whole, here) else folder
    return not is_within(whole, bound)


def _is_root(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, _REPOSITORY))


def current_folder() -> str | None:
    """The current folder, or None where it has been deleted."""
    try:
        return os.getcwd()
    except OSError:
        return None


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _size(most: int) -> str:
    return f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"


_CLOSE_ON_EXEC: int = getattr(os, "O_CLOEXEC", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
