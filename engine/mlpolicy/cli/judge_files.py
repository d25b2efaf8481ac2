"""Which files the judge is made of: the configuration, its waiver file, and its policy."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from mlpolicy.cli.judging import Options, chosen
from mlpolicy.session import STDIN, Session
from mlpolicy.session.configuration import folder_of

#: Files that may be a configuration, wherever they stand: one further down may tighten.
_CONFIGURATIONS = ("mlpolicy.toml", "pyproject.toml")


def are_of_judge(paths: Sequence[str], config: str) -> bool:
    """Is one of these files a part of what judges the manifests of the current folder? Yes where
    none is named, and where the configuration cannot be read: then all is looked at."""
    if not paths or any(Path(path).name in _CONFIGURATIONS for path in paths):
        return True
    session = Session(config=config)
    governing, _ = session.config(STDIN)
    if governing is None:
        return True
    tops = [governing.file] if governing.file else []
    folder = Path(governing.file).parent
    if governing.waivers:
        tops.append(str(folder / governing.waivers))
    named = [folder / each for each in (governing.policy,) if each]
    named += [folder_of(each).joinpath(each.text) for each in governing.extensions]
    # A version, a folder of versions, or any file of a policy.
    tops += [str(each if each.is_dir() else each.parent) for each in named if each.exists()]
    if named:
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        files, _ = chosen(Options(), governing, day, session)
        if files is None:
            return True
        tops += [str(each.folder) for each in files.parts]
    real = {os.path.realpath(top) for top in tops}
    return any(_is_below(os.path.realpath(path), real) for path in paths)


def _is_below(path: str, tops: set[str]) -> bool:
    return any(path == top or path.startswith(f"{top.rstrip(os.sep)}{os.sep}") for top in tops)
