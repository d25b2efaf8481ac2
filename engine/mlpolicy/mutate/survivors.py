"""Faults that no test notices and that are kept with the reason why, in a file beside the tests:

    # Faults that no test notices, and why none has to: `mlpolicy mutate --keep` writes this.
    noticed 156 of 160

    Both rows have the same price on this day.
      rule few_days: days < 30 day -> with `<=`

What stands in column 1 is a reason, what is indented below it the faults that it is for: in what
they are, and how it reads before and after. So a fault is found again wherever its declaration
moves to, and is another one as soon as what it stands in is written otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, Severity, at
from mlpolicy.mutate.mutants import Mutant
from mlpolicy.mutate.trial import End, Trial
from mlpolicy.source import Source, Span

#: The name of the file, in the folder of a policy's tests.
SURVIVORS_FILE = "survivors.txt"
_HEAD = (
    "# Faults that no test notices, and why none has to: `mlpolicy mutate --keep` writes this.\n"
)
_SCORE = re.compile(r"noticed (?P<noticed>\d+) of (?P<made>\d+)")

#: Stands where a reason is still to be given.
NO_REASON = "?"


@node
class Kept:
    """A fault that is kept: its reason, empty where none is given yet, and where it stands."""

    reason: str
    span: Span


@node
class Survivors:
    """What a file keeps: the faults by their names, and how many of how many were noticed."""

    source: Source
    faults: Mapping[str, Kept]
    noticed: int = 0
    made: int = 0

    def reason(self, mutant: Mutant) -> str:
        """Why no test has to notice a fault; empty where nothing says so."""
        kept = self.faults.get(name_of(mutant))
        return kept.reason if kept is not None else ""


def name_of(mutant: Mutant) -> str:
    """What a fault is called: in what it is, how it reads before and after, and which one it is of
    several in that declaration that read so."""
    nth = f" ({mutant.nth})" if mutant.nth > 1 else ""
    return f"{mutant.kind} {mutant.name}: {mutant.before} -> {mutant.after}{nth}"


def read_survivors(text: str, file: str) -> tuple[Survivors, tuple[Diagnostic, ...]]:
    """What a file keeps, and what is wrong with it."""
    source = Source(file, text)
    found: dict[str, Kept] = {}
    faults: list[Diagnostic] = []
    reason: list[str] = []
    below = False
    score = None
    start = 0
    for line in text.splitlines(keepends=True):
        words = " ".join(line.split())
        span = Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
        start += len(line)
        if not words or line.startswith("#"):
            continue
        if (read := _SCORE.fullmatch(words)) and score is None and line[0] not in " \t":
            score = read
        elif line[0] not in " \t":
            reason = [words] if below else [*reason, words]
            below = False
        elif not reason or ": " not in words or " -> " not in words:
            message = "this is no fault with a reason above it"
            hint = "write a reason in column 1, below it `  KIND NAME: BEFORE -> AFTER`"
            faults.append(at("MLP0934", message, source, span, help=hint))
        else:
            below = True
            said = " ".join(reason)
            found[words] = Kept("" if said == NO_REASON else said, span)
    noticed, made = (int(score["noticed"]), int(score["made"])) if score else (0, 0)
    return Survivors(source, found, noticed, made), tuple(faults)


def stale(kept: Survivors, trials: Iterable[Trial], *, all_made: bool) -> list[Diagnostic]:
    """What is kept and no longer so: a fault that a test notices now, and, where all faults were
    made, one that cannot be made any more."""
    noticed: set[str] = set()
    others: set[str] = set()
    for trial in trials:
        (noticed if trial.end is End.NOTICED else others).add(name_of(trial.mutant))
    found: list[Diagnostic] = []
    for name, each in kept.faults.items():
        if name in others:
            continue
        if name in noticed:
            message = f"a test notices this fault now: `{name}`"
        elif all_made:
            message = f"this fault cannot be made any more: `{name}`"
        else:
            continue
        hint = "take the line out, or let `mlpolicy mutate --keep` write the file again"
        warning = Severity.WARNING
        found.append(at("MLP0935", message, kept.source, each.span, help=hint, severity=warning))
    return found


def survivors_text(trials: Sequence[Trial], before: Survivors) -> str:
    """The text of the file after a run of all faults: reasons that were given are kept."""
    by_reason: dict[str, dict[str, None]] = {}
    for trial in trials:
        if trial.end is not End.NOTICED:
            reason = before.reason(trial.mutant) or NO_REASON
            by_reason.setdefault(reason, {})[name_of(trial.mutant)] = None
    noticed = sum(trial.end is End.NOTICED for trial in trials)
    blocks = [f"{_HEAD}noticed {noticed} of {len(trials)}"]
    for reason in sorted(by_reason, key=lambda each: (each == NO_REASON, each)):
        blocks.append("\n".join([*_filled(reason), *(f"  {each}" for each in by_reason[reason])]))
    return "\n\n".join(blocks) + "\n"


def _filled(reason: str) -> list[str]:
    """A reason in lines of at most a hundred characters."""
    lines: list[str] = [""]
    for word in reason.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > 100:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
