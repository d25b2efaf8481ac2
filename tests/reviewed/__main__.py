"""Prints what `check` says of the reviewed manifests, and how many questions of `ask` lead from
five lines to an answer: `python -m tests.reviewed`."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from pathlib import Path

from tests.command_support import in_process
from tests.reviewed.asking import TASKS, asked_of, facts
from tests.reviewed.reviewed_support import after, disagreements, lines, manifests, said


def main() -> None:
    """Prints a line for each manifest, then the figures."""
    passed: list[int] = []
    open_: list[int] = []
    stopped: list[int] = []
    wrong = slipped = unblocked = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for reviewed in manifests():
            told = said(reviewed, in_process, Path(folder))
            length = len(lines(in_process))
            passes = told.verdict in ("pass", "advise", "warn")
            (passed if passes else stopped if told.code else open_).append(length)
            slipped += told.code == 0 and not reviewed.passes
            if told.code:
                unblocked += said(after(reviewed), in_process, Path(folder)).code == 0
            differs = disagreements(reviewed, told)
            wrong += bool(differs)
            answers = ", ".join(f"{name} {answer}" for name, answer in told.answers.items())
            head = f"{told.code} {told.verdict:<10} {length:>3} lines"
            print(f"{head}  {reviewed.fact}: {answers}")
            for text in told.blocked_by:
                print(f"        stopped by {text[:150]}")
            for text in differs:
                print(f"     ** {text[:150]}")
    kinds = {"pass": passed, "are incomplete": open_, "are stopped": stopped}
    for name, lengths in kinds.items():
        print(f"{len(lengths)} {name}, {statistics.median(lengths or [0])} lines in the middle")
    print(
        f"{unblocked} of {len(stopped)} that are stopped pass once their team changes facts or plan"
    )
    print(f"{slipped} pass that an architect would stop; an architect differs in {wrong}")
    counts = {}
    for task in TASKS:
        asked = asked_of(task)
        counts[task] = facts(asked)
        print(f"{counts[task]} questions, {len(asked)} prompts: {task} ({', '.join(asked)})")
    most = max(counts, key=lambda task: counts[task])
    middle = statistics.median(counts.values())
    print(
        f"{middle:g} questions in the middle, at most {counts[most]} ({most}), from five lines on"
    )


if __name__ == "__main__":
    main()
