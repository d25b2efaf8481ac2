"""Finds the configuration that governs a manifest, with what those below it tighten."""

from __future__ import annotations

import os
from pathlib import Path

from mlpolicy import disk
from mlpolicy.config import NO_CONFIG, Asked, Config, read_config, tightened
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.session.faults import Diagnostics, from_here, text_of, unquoted, unreadable
from mlpolicy.session.files import DISK, Files, read
from mlpolicy.source import Source

#: No configuration may be longer.
MOST_BYTES = 1 << 20

#: Names the configuration that governs, where no option does.
VARIABLE = "MLPOLICY_CONFIG"

_PROJECT_FILE = "pyproject.toml"
_FILES = ("mlpolicy.toml", _PROJECT_FILE)

Stated = tuple[Config | None, Diagnostics]


class Configurations:
    """The configurations that one run meets, each read once."""

    def __init__(self, fs: Files, named: str) -> None:
        """`named` is the configuration that an option names, or empty."""
        self._fs = fs
        self._option = named
        self._governing: dict[str, Stated] = {}
        self._stated: dict[str, Stated] = {}

    def governing(self, folder: str) -> Stated:
        """The configuration that governs the manifests of an absolute folder; None where it, or
        one that should tighten it, is faulty.

        It is the one that an option or the environment names, else the one nearest the top of
        the repository. Those between it and the folder may only tighten it.
        """
        if folder not in self._governing:
            self._governing[folder] = self._look(folder)
        return self._governing[folder]

    def _look(self, folder: str) -> Stated:
        root = self._fs.repository(folder)
        above = list(disk.upward(folder))
        if root is not None:
            above = above[: above.index(root) + 1]
        governing: Config | None = None
        diagnostics: list[Diagnostic] = []
        if named := self._option or os.environ.get(VARIABLE, ""):
            governing, faults = self._named(named)
            if governing is None:
                return None, faults
            top = os.path.dirname(self._fs.absolute(named))
            same = root is not None and disk.lies_below(top, root)
            above = [each for each in above if same and each != top and disk.lies_below(each, top)]
        for each in reversed(above):
            if root is None and each != folder and (foreign := _foreign(self._fs, each, folder)):
                diagnostics.append(foreign)
                continue
            if each not in self._stated:
                self._stated[each] = _stated_in(self._fs, each)
            config, faults = self._stated[each]
            if config is not None and governing is not None:
                config, faults = tightened(governing, config)
            if faults:
                return None, (*diagnostics, *faults)
            governing = config if config is not None else governing
        return governing or NO_CONFIG, tuple(diagnostics)

    def _named(self, path: str) -> Stated:
        """The configuration in a file that the option or the environment names."""
        whole = self._fs.absolute(path)
        config, faults = _stated_at(self._fs, whole)
        if config is None and not faults:
            shown = from_here(whole)
            message = f"`{shown}` has no table `[tool.mlpolicy]`"
            faults = (about("MLP0908", message, shown, help="name a file that has one"),)
        if not self._option:
            note = f"the variable {VARIABLE} names this file"
            faults = tuple(replace(each, help=each.help or note) for each in faults)
        return config, faults

    def reaches_out(self, file: str, config: Config) -> bool:
        """Does a configuration that nobody named, and that came with the repository, name a file
        outside of it?"""
        named = is_named(self._option) and not config.chosen_in
        return not named and not lies_with(file, config.chosen_in or config.file, self._fs)


def folder_of(stated: Asked) -> Path:
    """The folder from which a path counts that a configuration states."""
    assert stated.origin is not None
    return Path(stated.origin.source.name).parent


def is_named(config: str) -> bool:
    """Does the option, or else the environment, name the configuration?"""
    return bool(config or os.environ.get(VARIABLE, ""))


def lies_with(file: str, config: str, fs: Files = DISK) -> bool:
    """Does a file that a configuration names lie in the repository, or below the folder, of
    the configuration?"""
    folder = os.path.dirname(fs.absolute(config))
    return fs.is_within(file, fs.repository(folder) or folder)


def _stated_in(fs: Files, folder: str) -> Stated:
    """The configuration that stands in a folder; None without diagnostics where none does."""
    found: Config | None = None
    for name in _FILES:
        path = os.path.join(folder, name)
        if not fs.exists(path):
            continue
        config, faults = _stated_at(fs, path)
        if faults:
            return None, faults
        if found is not None and config is not None:
            message = f"`{found.file}` and `{config.file}` are two configurations of one folder"
            help = f"keep one of them: delete `{found.file}`, or the table `[tool.mlpolicy]`"
            return None, (about("MLP0923", message, config.file, help=help),)
        found = found or config
    return found, ()


def _stated_at(fs: Files, path: str) -> Stated:
    """The configuration in a file; None without diagnostics where a project file has none."""
    shown = from_here(path)
    is_project = os.path.basename(path) == _PROJECT_FILE
    try:
        data = read(fs, path, MOST_BYTES)
    except OSError as error:
        return None, (unreadable(fs, shown, error),)
    # What is no UTF-8 may hold our name otherwise, and is told.
    if is_project and b"mlpolicy" not in data and b"\0" not in data:
        return None, ()
    text = text_of(data, shown)
    if isinstance(text, Diagnostic):
        return None, (text,)
    config, faults = read_config(Source(shown, text), table=is_project)
    if config is None:
        return None, unquoted(faults, shown) if fs.leads_out(path) else faults
    from mlpolicy.digest import sha256

    return replace(config, digests=((shown, f"sha256:{sha256(data).hexdigest()}"),)), ()


def _foreign(fs: Files, above: str, folder: str) -> Diagnostic | None:
    """A warning that a folder above a manifest's holds a configuration of another user, who does
    not choose the judge. Only asked outside a repository, where anything may stand above."""
    if os.name != "posix":
        return None
    known = {os.geteuid(), fs.owner(folder)}
    for name in _FILES:
        path = os.path.join(above, name)
        owner = fs.owner(path)
        if owner is not None and owner not in known:
            shown = from_here(path)
            message = f"`{shown}` belongs to another user and is not read"
            help = f"name it with `--config {shown}` where it is to govern"
            return about("MLP0924", message, shown, help=help, severity=Severity.WARNING)
    return None
