"""Where files come from: the disk, the disk with texts that are not saved yet, or what a record
has stored. All that a session reads goes through one of these."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Mapping, Sequence

from mlpolicy import disk
from mlpolicy.core.node import node
from mlpolicy.typed import Protocol


@node
class Entry:
    """What a folder holds under a name. Links are followed for `is_folder`."""

    name: str
    is_folder: bool
    is_link: bool


class Files(Protocol):
    """Files by their paths. Methods that read raise OSError, with the reason in words."""

    def head(self, path: str, most: int) -> bytes:
        """The first `most` bytes of a regular file."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """What a folder holds, by name."""

    def exists(self, path: str) -> bool:
        """Does anything stand there, be it a link that leads nowhere?"""

    def is_folder(self, path: str) -> bool:
        """Is it a folder, or a link to one?"""

    def is_regular(self, path: str) -> bool:
        """Is it a regular file, or a link to one?"""

    def real(self, path: str) -> str:
        """The same name for whatever is the same file."""

    def is_within(self, path: str, folder: str) -> bool:
        """Does a path, all links followed, lie in a folder?"""

    def leads_out(self, path: str) -> bool:
        """Does a link lead out of the repository, or the folder, in which a path seems to lie?"""

    def absolute(self, path: str) -> str:
        """The path from the top of the file system, links not followed."""

    def repository(self, folder: str) -> str | None:
        """The top folder of the repository in which an absolute folder lies."""

    def owner(self, path: str) -> int | None:
        """The number of the user to whom a file or folder belongs, where users have one."""


def read(fs: Files, path: str, most: int) -> bytes:
    """All bytes of a regular file of at most `most` bytes. Raises OSError."""
    data = fs.head(path, most + 1)
    if len(data) > most:
        raise disk.too_long(path, most)
    return data


class Disk:
    """What lies on the disk."""

    def head(self, path: str, most: int) -> bytes:
        """Raises OSError for a pipe or a device, which could keep the reader for ever. Standard
        input may be named."""
        return disk.head(path, most)

    def entries(self, folder: str) -> Sequence[Entry]:
        """Raises OSError where the folder cannot be listed."""
        with os.scandir(folder) as found:
            entries = [Entry(each.name, _is_folder(each), each.is_symlink()) for each in found]
        return sorted(entries, key=lambda entry: entry.name)

    def exists(self, path: str) -> bool:
        """A link counts, wherever it leads."""
        return os.path.lexists(path)

    def is_folder(self, path: str) -> bool:
        """Links are followed."""
        return os.path.isdir(path)

    def is_regular(self, path: str) -> bool:
        """Links are followed; False where the file cannot be looked at."""
        return disk.is_regular(path)

    def real(self, path: str) -> str:
        """The path with all links followed; as it is, where no file can have such a name."""
        try:
            return os.path.realpath(path)
        except ValueError:  # a name that no file can have
            return path

    def is_within(self, path: str, folder: str) -> bool:
        """Links of both paths are followed."""
        return disk.is_within(path, folder)

    def leads_out(self, path: str) -> bool:
        """Follows the links of the path and of the repository or folder around it."""
        return disk.leads_out(path)

    def absolute(self, path: str) -> str:
        """From the current folder."""
        return os.path.abspath(path)

    def repository(self, folder: str) -> str | None:
        """That of the current folder goes before that of the folder itself; None outside of any."""
        return disk.repository_of(folder)

    def owner(self, path: str) -> int | None:
        """None on systems whose files have no such number, and for what cannot be looked at."""
        if os.name != "posix":
            return None
        try:
            return os.stat(path).st_uid
        except (OSError, ValueError):
            return None


class Overlay(Disk):
    """The disk, with texts in the place of some files: what an editor has not saved, or what is
    to be written."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        """`texts` are the bytes of files by their paths; those need not exist."""
        self._texts = {os.path.abspath(path): data for path, data in texts.items()}

    def head(self, path: str, most: int) -> bytes:
        """The first `most` bytes of the text that stands in the file's place, else of the file."""
        text = self._texts.get(os.path.abspath(path))
        return super().head(path, most) if text is None else text[:most]

    def entries(self, folder: str) -> Sequence[Entry]:
        """What the disk holds and the files that have a text, each name once."""
        here = os.path.abspath(folder)
        own = {
            os.path.basename(path): Entry(os.path.basename(path), False, False)
            for path in self._texts
            if os.path.dirname(path) == here
        }
        below = {} if own and not super().is_folder(folder) else super().entries(folder)
        merged = {**{entry.name: entry for entry in below}, **own}
        return sorted(merged.values(), key=lambda entry: entry.name)

    def exists(self, path: str) -> bool:
        """True for every file that has a text."""
        return os.path.abspath(path) in self._texts or super().exists(path)

    def is_folder(self, path: str) -> bool:
        """False for every file that has a text, whatever the disk holds there."""
        return os.path.abspath(path) not in self._texts and super().is_folder(path)

    def is_regular(self, path: str) -> bool:
        """True for every file that has a text."""
        return os.path.abspath(path) in self._texts or super().is_regular(path)

    def is_within(self, path: str, folder: str) -> bool:
        """For a file that has a text by its path alone, since no link is followed to it."""
        if os.path.abspath(path) in self._texts:
            return disk.lies_below(os.path.abspath(path), os.path.abspath(folder))
        return super().is_within(path, folder)

    def leads_out(self, path: str) -> bool:
        """False for every file that has a text: no link is followed to it."""
        return os.path.abspath(path) not in self._texts and super().leads_out(path)


class Stored:
    """Files that a record has stored, and nothing else: whatever is not among them does not
    exist. There are no links, and no repository."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        """`texts` are the bytes of files by their paths, with `/` between the parts."""
        self._texts = {self.absolute(path): data for path, data in texts.items()}

    def head(self, path: str, most: int) -> bytes:
        """Raises FileNotFoundError for a path that was not stored."""
        text = self._texts.get(self.absolute(path))
        if text is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return text[:most]

    def entries(self, folder: str) -> Sequence[Entry]:
        """The names in a folder, as the stored paths have it. Raises FileNotFoundError where none
        lies in it."""
        top = posixpath.join(self.absolute(folder), "")
        below = [path.removeprefix(top) for path in self._texts if path.startswith(top)]
        if not below:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
        names = {path.split("/")[0]: "/" in path for path in below}
        return [Entry(name, is_folder, False) for name, is_folder in sorted(names.items())]

    def exists(self, path: str) -> bool:
        """Is it a stored file, or a folder that holds one?"""
        return self.is_regular(path) or self.is_folder(path)

    def is_folder(self, path: str) -> bool:
        """Does a stored file lie below the path?"""
        top = posixpath.join(self.absolute(path), "")
        return any(each.startswith(top) for each in self._texts)

    def is_regular(self, path: str) -> bool:
        """Was a file stored under the path?"""
        return self.absolute(path) in self._texts

    def real(self, path: str) -> str:
        """The absolute path: there are no links to follow."""
        return self.absolute(path)

    def is_within(self, path: str, folder: str) -> bool:
        """What was recorded for a policy belongs to it, wherever it stood."""
        return True

    def leads_out(self, path: str) -> bool:
        """False: there are no links."""
        return False

    def absolute(self, path: str) -> str:
        """From the top, with `/` between the parts and without `.` and `..`."""
        return posixpath.normpath(posixpath.join("/", path.replace(os.sep, "/")))

    def repository(self, folder: str) -> str | None:
        """None: stored files are no repository."""
        return None

    def owner(self, path: str) -> int | None:
        """None: stored files belong to nobody."""
        return None


DISK = Disk()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
