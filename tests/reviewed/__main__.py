"""Prints what `check` says of the reviewed manifests: `python -m tests.reviewed`."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from pathlib import Path

from tests.command_support import in_process
from tests.reviewed.reviewed_support import disagreements, lines, manifests, said


def main() -> None:
    """Prints a line for each manifest, then the figures."""
    passed: list[int] = []
    stopped: list[int] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for reviewed in manifests():
            told = said(reviewed, in_process, Path(folder))
            length = len(lines(in_process))
            (passed if told.code == 0 else stopped).append(length)
            differs = disagreements(reviewed, told)
            wrong += bool(differs)
            answers = ", ".join(f"{name} {answer}" for name, answer in told.answers.items())
            head = f"{told.code} {told.verdict:<10} {length:>3} lines"
            print(f"{head}  {reviewed.fact}: {answers}")
            for text in told.blocked_by:
                print(f"        stopped by {text[:150]}")
            for text in differs:
                print(f"     ** {text[:150]}")
    print(f"{len(passed)} pass, {len(stopped)} are stopped; an architect differs in {wrong}")
    print(f"median lines of `check`: {statistics.median(passed or [0])} where it passes,")
    print(f"{statistics.median(stopped or [0])} where it is stopped")


if __name__ == "__main__":
    main()
