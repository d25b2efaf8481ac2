"""Writes every kept text anew from what the program says today. Read the difference before you
keep it.

    python -m tests.renew                       all of them
    python -m tests.renew tests/check           the cases and snapshots of a folder
    python -m tests.renew docs/cli.md           the outputs and tables of a page

Kept texts are the expectations of Markdown cases, the snapshots of views, what the pages show,
and the list of those tests of a policy that are traced (only where it no longer reaches all).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.docs import rewrite
from tests.docs.docs_support import PAGES, ROOT
from tests.policy import renew_reaching


def main(arguments: list[str]) -> int:
    """Gives the exit code: 0 where every text could be written."""
    wanted = [Path(argument).resolve() for argument in arguments]
    missing = [path for path in wanted if not path.exists()]
    if missing:
        print(f"there is no {missing[0]}", file=sys.stderr)
        return 3
    pages = [path for path in wanted if path in PAGES] if wanted else PAGES
    folders = [path for path in wanted if path not in PAGES] if wanted else [ROOT / "tests"]
    code = kept(folders) if folders else 0
    write(pages)
    if not wanted and renew_reaching.renewed():
        print("tests/policy/reaching.yaml written")
    changed()
    return code


def kept(folders: list[Path]) -> int:
    """Cases and snapshots: the tests that compare them write them instead."""
    code = pytest.main(["-q", "-n0", "--renew", "-p", "no:cacheprovider", *map(str, folders)])
    return 0 if code is pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


def write(pages: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as name:
        for number, page in enumerate(pages):
            before = page.read_text(encoding="utf-8")
            after = rewrite.rewritten(page, Path(name) / str(number), Path(name) / "cache")
            if after != before:
                page.write_text(after, encoding="utf-8", newline="\n")


def changed() -> None:
    """Says which files differ from the last commit."""
    subprocess.run(
        ["git", "-C", str(ROOT), "diff", "--stat", "--", "tests", "docs", "*.md"], check=False
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
