"""What a session says of files that it cannot read or may not show, as diagnostics."""

from __future__ import annotations

import os

from mlpolicy.characters import one_line
from mlpolicy.diagnostics import CODES, Diagnostic, about
from mlpolicy.session.files import Files

Diagnostics = tuple[Diagnostic, ...]


def unreadable(fs: Files, file: str, error: OSError | ValueError) -> Diagnostic:
    """Why a file, as it was named, cannot be read."""
    if isinstance(error, FileNotFoundError):
        if fs.exists(file):
            message = f"`{file}` is a link to a file that is not there"
            return about("MLP0901", message, file, help="correct the link, or delete it")
        return about("MLP0901", f"there is no `{file}`", file, help=help_missing(fs, file))
    if isinstance(error, PermissionError):
        reason = "no permission"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror[0].lower() + error.strerror[1:]
    else:
        reason = "unknown reason"
    return about("MLP0902", f"cannot read `{file}`: {reason}", file)


def help_missing(fs: Files, path: str) -> str:
    """Name the neighbour that was probably meant."""
    from mlpolicy.suggest import nearest

    folder, name = os.path.split(path)
    try:
        close = nearest(
            name, [each.name for each in fs.entries(folder or ".") if each.name != name]
        )
    except OSError:
        return ""
    return f"did you mean `{posix(os.path.join(folder, close))}`?" if close else ""


def linked_out(file: str) -> Diagnostic:
    """That a file is not read, since a link leads out of where it seems to lie."""
    message = f"`{file}` is a link that leads out of its folder"
    return about("MLP0925", message, file, help="name the file that it leads to")


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


def shielded(fs: Files, faults: Diagnostics, file: str) -> Diagnostics:
    """The faults of a file that was named; without its text, where a link leads out from there."""
    is_out = file != "-" and fs.exists(file) and fs.leads_out(file)
    return unquoted(faults, file) if is_out else faults


def text_of(data: bytes, file: str) -> str | Diagnostic:
    """The text of a file in UTF-8, with or without a mark at its beginning."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"cannot read `{file}`: line {line} is not UTF-8"
        return about("MLP0902", message, file, help="save the file as UTF-8")


def posix(path: str) -> str:
    """A path as messages show it."""
    return path.replace(os.sep, "/")


def from_here(path: str) -> str:
    """A path as messages show it: relative where it lies below the current folder."""
    here = os.getcwd()
    below = path.removeprefix(os.path.join(here, ""))
    return one_line(posix(below))
