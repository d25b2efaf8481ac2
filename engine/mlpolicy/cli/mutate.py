"""`mlpolicy mutate`: small faults put into a policy, to see whether its tests notice."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from mlpolicy.cli.analyze import ground_of
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option, jobs_option
from mlpolicy.cli.output import complain, emit, has_color, refused, width
from mlpolicy.cli.progress import progress
from mlpolicy.cli.saving import save
from mlpolicy.cli.workers import Workers, cores
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.mutate.apart import Met, Watch
from mlpolicy.mutate.missing import missing
from mlpolicy.mutate.mutants import Mutant, mutants
from mlpolicy.mutate.survivors import (
    SURVIVORS_FILE,
    Survivors,
    read_survivors,
    stale,
    survivors_text,
)
from mlpolicy.mutate.trial import End, Tried, base_of, prepared, spread, tried
from mlpolicy.render import titled
from mlpolicy.render.mutate import (
    SCHEMA,
    Mutated,
    missing_test,
    mutated_json,
    mutated_text,
    share,
)
from mlpolicy.schema import Schema
from mlpolicy.session import PolicyFiles, Session
from mlpolicy.session.faults import text_of
from mlpolicy.session.files import DISK, read
from mlpolicy.session.policies import MOST_BYTES
from mlpolicy.testing import run_test
from mlpolicy.versions.constructs import changes
from mlpolicy.witness.ground import Ground

#: For so many items it is worth to begin another process.
_A_PROCESS = 20

#: So many faults are made, unless another number is asked for.
MOST = 400

#: For so many of the faults that survive the missing test is looked for, which takes long.
MOST_SOUGHT = 20

T = TypeVar("T")
R = TypeVar("R")


@click.command(
    "mutate",
    epilog="Example: mlpolicy mutate policies/next --since aws-ml-selection@1.2.0",
    short_help="Put small faults into a policy: do its tests notice?",
)
@click.argument("policy", metavar="[NAME[@VERSION]|PATH]", default="")
@click.option("--since", metavar="OLD", default="", help="Only in what differs from this version.")
@click.option(
    "--most",
    metavar="N",
    type=click.IntRange(1),
    default=None,
    help=f"No more faults, spread evenly over all that can be made.  [default: {MOST}]",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Make all faults, and write those that survive into tests/survivors.txt.",
)
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.IntRange(0, 100),
    default=0,
    help="End with 1 where fewer of a hundred faults are noticed.",
)
@jobs_option
@format_option
def command(
    *,
    policy: str,
    since: str,
    most: int | None,
    keep: bool,
    fail_under: int,
    jobs: int,
    form: str,
) -> int:
    """Make the small faults that people make, one at a time, and run the tests that can notice:
    a number one step higher or lower, a week for a day, `<` for `<=`, `or` for `and`, `max` for
    `min`, a condition or a `not` left out, arms the wrong way round, one yes too few. What no test
    notices is told, with a test to
    begin with; but for what the policy's tests/survivors.txt keeps with a reason.

    Exit codes: 0; 1 fewer faults are noticed than --fail-under says, a fault survives that is not
    kept with a reason where others are, or is kept and does not survive, or a test fails without
    any; 3 the policy cannot be read, has no tests, or there is nothing to make a fault in.
    """
    if keep and (since or most is not None):
        raise click.UsageError("`--keep` makes all faults; it goes with no `--since` and `--most`")
    session = Session()
    read = _read(session, policy)
    if isinstance(read, tuple):
        return refused(read, form, SCHEMA)
    wanted: Callable[[str, str], bool] = _every
    if since:
        files, faults = session.find(since, _today())
        old, said = session.program(files) if files else (None, ())
        if old is None:
            return refused((*faults, *said), form, SCHEMA)
        wanted = _differing(old, read.program)
    every = [each for each in mutants(read.program, wanted) if read.holds(each.at.file)]
    made = every if keep else spread(every, most or MOST)
    kept, wrong = read.survivors
    if wrong:
        return refused(wrong, form, SCHEMA)
    if not made:
        what = f"that differs from `{since}` " if since else ""
        help = "faults are made in numbers, comparisons, conditions, trees and scores"
        message = f"there is nothing {what}to make a fault in"
        return refused((about("MLP0931", message, policy, help=help),), form, SCHEMA)
    watch = Watch(read.program, made)
    results = _shared("testing", lambda n: read.met(watch, n), range(len(read.program.tests)), jobs)
    failed = [title for title, passed, _ in results if not passed]
    if failed:
        message = f"a test fails without any fault: “{failed[0]}”"
        complain((about("MLP0931", message, policy, help="see `mlpolicy test`"),))
        return ExitCode.FINDINGS
    all_ = prepared(read.base, read.schema, [met for _, _, met in results])
    numbers = range(len(made))
    trials = _shared("mutating", lambda number: tried(number, made[number], all_), numbers, jobs)
    if keep:
        fault = save(read.file, read.before, survivors_text(trials, kept).encode())
        if fault is not None:
            return refused((fault,), form, SCHEMA)
        kept, _ = read_survivors(survivors_text(trials, kept), read.shown)
    gone = stale(kept, trials, all_made=not since and len(made) == len(every))
    left = [
        number
        for number, trial in enumerate(trials)
        if trial.end is End.SURVIVED and trial.tried and not kept.reason(trial.mutant)
    ]
    sought = left[: 0 if keep else MOST_SOUGHT]
    ground = read.ground(session) if sought else None
    tests = _shared("seeking", lambda n: _missing(n, made[n], all_, ground), sought, jobs)
    found = {number: test for number, test in zip(sought, tests, strict=True) if test}
    run = Mutated(program=read.program, trials=trials, every=len(every), kept=kept, missing=found)
    if form == "json":
        emit(mutated_json(run, gone))
    else:
        emit(mutated_text(run, width=width(), color=has_color()))
        complain(gone)
    survives = any(
        trial.end is not End.NOTICED and not kept.reason(trial.mutant) for trial in trials
    )
    if share(trials) < fail_under or gone or (kept.faults and survives):
        return ExitCode.FINDINGS
    return ExitCode.PASS


def _missing(number: int, mutant: Mutant, all_: Tried, ground: Ground | None) -> str:
    """The missing test of a fault, one that expects what the faulty policy does not decide; empty
    where none was found."""
    for shown, after in missing(number, mutant, all_, ground):
        test = missing_test(mutant, shown)
        decided = missing_test(mutant, replace(shown, before=after)).splitlines()
        # What says less, as `answer = a` does of `answer = a with x = 1`, holds of both.
        if not all(any(f"{d} ".startswith(f"{e} ") for d in decided) for e in test.splitlines()):
            return test
    return ""


class _Policy:
    """A policy with its tests, as read."""

    def __init__(self, program: Program, schema: Schema, files: PolicyFiles) -> None:
        self.base = base_of(program)
        self.program = self.base.program
        self.schema, self.holds, self._files = schema, files.holds, files
        own = files.named
        self.file = str(own.folder / "tests" / SURVIVORS_FILE)
        self.shown = "/".join(filter(None, (own.shown, "tests", SURVIVORS_FILE)))
        self.before: bytes | None = None

    @property
    def survivors(self) -> tuple[Survivors, tuple[Diagnostic, ...]]:
        """The faults that are kept with a reason, and what is wrong with their file."""
        found = read(DISK, self.file, MOST_BYTES) if Path(self.file).exists() else b""
        text = text_of(found, self.shown)
        if isinstance(text, Diagnostic):
            return read_survivors("", self.shown)[0], (text,)
        self.before = found if isinstance(found, bytes) and found else None
        return read_survivors(text, self.shown)

    def ground(self, session: Session) -> Ground | None:
        """What a search for manifests begins with; None where no manifest can be begun with."""
        found, _ = ground_of(session, self._files)
        return replace(found, program=self.program) if found is not None else None

    def met(self, watch: Watch, number: int) -> tuple[str, bool, Met]:
        """The title of a test, whether it passes, and what it can notice."""
        test = self.program.tests[number]
        result, met = watch.met(test, self.schema)
        passed = result.passed or run_test(test, self.program, self.schema).passed
        return test.title, passed, met


def _read(session: Session, policy: str) -> _Policy | tuple[Diagnostic, ...]:
    files, faults = session.find(policy, _today())
    program, _, said = session.tested(files) if files else (None, None, ())
    if program is None or files is None:
        return (*faults, *said)
    schema, missing = session.schema(program, files.folder)
    if schema is None:
        return missing
    complain((*faults, *said))
    if not program.tests:
        help = "write a `test` in the policy's `tests/` folder"
        name = titled.policy(program)
        return (about("MLP0918", f"policy {name} has no tests", help=help),)
    return _Policy(program, schema, files)


def _every(part: str, name: str) -> bool:
    return True


def _differing(old: Program, new: Program) -> Callable[[str, str], bool]:
    """Is a declaration one that means something else than in an older version?"""
    found = {
        (change.construct.part, change.construct.name)
        for change in changes(old, new)
        if change.means
    }
    return lambda part, name: (part, name) in found


def _shared(doing: str, work: Callable[[T], R], items: Sequence[T], jobs: int) -> list[R]:
    """What comes of each item, in their order, in several processes where there is much to do.
    They are forked, so that they have what has been read; elsewhere one process does all."""
    number = min(jobs or cores(), max(1, len(items) // _A_PROCESS))
    done: list[R] = []
    if number <= 1 or not sys.platform.startswith("linux"):
        with progress(doing, len(items)) as line:
            for item in items:
                done.append(work(item))
                line()
        return done
    with Workers(work, lambda: work, number) as workers, progress(doing, len(items)) as line:
        for one in workers.results(items):
            done.append(one)
            line()
    return done


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
