"""Finds the files of policies, one by one, and reads their text: for what looks at a text and not
at a policy."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mlpolicy.characters import one_line
from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.session.faults import (
    Diagnostics,
    help_missing,
    linked_out,
    posix,
    text_of,
    unreadable,
)
from mlpolicy.session.files import DISK, Files, read
from mlpolicy.session.policies import MOST_BYTES, PolicyFiles
from mlpolicy.source import Source

_NOT_ENTERED = "node_modules"


@node
class PolicyTexts:
    """Files in order, each once, and what was wrong with the places that were named."""

    files: tuple[str, ...]
    diagnostics: Diagnostics


def find_policy_texts(paths: Sequence[str], fs: Files = DISK) -> PolicyTexts:
    """The policy files that files and folders name. A file that is named is one, whatever it is
    called. A folder is searched for `*.mlp`: hidden folders and those of tools are not entered,
    and no link is followed."""
    files: dict[str, str] = {}
    faults: list[Diagnostic] = []
    for path in paths:
        if fs.is_folder(path):
            before = len(files), len(faults)
            _walk(fs, path, files, faults)
            if (len(files), len(faults)) == before:
                help = "name a file, or a folder with `.mlp` files"
                faults.append(about("MLP0907", f"no policy file in `{path}`", path, help=help))
        elif fs.leads_out(path) and fs.exists(fs.real(path)):
            faults.append(linked_out(posix(path)))
        elif fs.exists(path):
            files.setdefault(fs.real(path), posix(path))
        else:
            help = help_missing(fs, path)
            faults.append(about("MLP0901", f"there is no `{path}`", path, help=help))
    return PolicyTexts(tuple(files.values()), tuple(faults))


def _walk(fs: Files, folder: str, files: dict[str, str], faults: list[Diagnostic]) -> None:
    try:
        entries = fs.entries(folder)
    except OSError as error:
        faults.append(unreadable(fs, posix(os.path.normpath(folder)), error))
        return
    for entry in entries:
        path = posix(os.path.normpath(os.path.join(folder, entry.name)))
        if entry.is_link or entry.name.startswith(".") or entry.name == _NOT_ENTERED:
            continue
        if entry.is_folder:
            _walk(fs, path, files, faults)
        elif entry.name.endswith(".mlp"):
            files.setdefault(fs.real(path), path)


def policy_sources(files: PolicyFiles) -> tuple[Source, ...]:
    """The texts of a policy, by the names that messages give them. INVARIANT: the policy has been
    read without a fault."""
    found = []
    for name, data in files.texts:
        file = one_line(f"{files.shown}/{name}" if files.shown else name)
        text = text_of(data, file)
        assert isinstance(text, str)
        found.append(Source(file, text))
    return tuple(found)


def read_policy_text(file: str, fs: Files = DISK) -> tuple[bytes, Source] | Diagnostic:
    """The bytes of a policy file and the text that they are, a byte order mark left out; or why
    it cannot be read."""
    try:
        data = read(fs, file, MOST_BYTES)
    except OSError as error:
        return unreadable(fs, file, error)
    text = text_of(data, file)
    return text if isinstance(text, Diagnostic) else (data, Source(file, text))
