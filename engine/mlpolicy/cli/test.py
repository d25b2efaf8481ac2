"""`mlpolicy test`: run a policy's own tests, and say what of the policy they reach."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import jobs_option
from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.render import titled

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.core.program import PolicyTest, Program
    from mlpolicy.reach import Coverage, Point
    from mlpolicy.schema import Schema
    from mlpolicy.testing import TestResult

#: For so many tests it is worth to begin another process.
_A_PROCESS = 40

_AT = re.compile(r"(?P<file>.+\.mlp)(?::(?P<line>[1-9][0-9]{0,8}))?")


@click.command(
    "test",
    epilog="Example: mlpolicy test policies/my-policy/1.0.0 -k borderline",
    short_help="Run a policy's own tests.",
)
@click.argument("policy", metavar="[NAME[@VERSION]|PATH|FILE:LINE]", default="")
@click.option("-k", "words", metavar="TEXT", default="", help="Only tests with this in the title.")
@click.option("--coverage", is_flag=True, help="Count what of the policy the tests reach.")
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.IntRange(0, 100),
    help="End with 1 where fewer of a hundred things are reached; counts them.",
)
@click.option(
    "--slow",
    metavar="N",
    type=click.IntRange(1),
    help="Name the N tests that took longest.",
)
@jobs_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "lcov", "html"]),
    default="text",
    help="Text for people, JSON, or the format of another program; `lcov` and `html` count what is "
    "reached, the latter as a page that shows it line by line.",
)
def command(
    *,
    policy: str,
    words: str,
    coverage: bool,
    fail_under: int | None,
    slow: int | None,
    jobs: int,
    form: str,
) -> int:
    """Run the tests that a policy brings along, in the order in which they are written. A file of
    its `tests/` folder stands for the tests in it, FILE:LINE for the one that stands there. Where
    tests are named for clauses, as in "G7.2: …", also says how many of the clauses that the policy
    cites have a test of their own.

    Exit codes: 0; 1 a test fails, or less is reached than --fail-under says; 3 the policy cannot
    be read, or there is no such test.
    """
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.coverage import own_tests
    from mlpolicy.reach import counted, points_of
    from mlpolicy.render.coverage import coverage_text, lcov, percent
    from mlpolicy.render.policies import TESTS_SCHEMA, tests_json, tests_junit, tests_text
    from mlpolicy.session import Session

    chosen = _chosen(policy, words)
    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    files, faults = session.find(chosen.policy, today)
    program, code, diagnostics = session.tested(files) if files else (None, None, ())
    schema = None
    if files is not None and program is not None:
        schema, missing = session.schema(program, files.folder)
        diagnostics = (*diagnostics, *missing)
    if program is None or schema is None:
        return refused((*faults, *diagnostics), form, TESTS_SCHEMA)
    assert files is not None
    complain((*faults, *diagnostics))
    numbers = chosen.among(program.tests)
    if not numbers:
        return refused((_none(program, chosen),), form, TESTS_SCHEMA)
    traced = coverage or fail_under is not None or form in ("lcov", "html")
    work = Work(chosen.policy, today, traced)
    done = ran(work, work.begun(program, schema, code), numbers, jobs)
    results = [each.result for each in done]
    reach: Coverage | None = None
    if traced:
        reach = counted(points_of(program, schema), [each.reached for each in done])
        reach = reach.within(files.holds)
    ledgers, unread = session.ledgers(files)
    complain(unread)
    whole = len(numbers) == len(program.tests)
    passed = frozenset(result.title for result in results if result.passed)
    own = own_tests(program, ledgers, passed, files.holds) if whole else ()
    match form:
        case "json":
            emit(tests_json(program, results, own, reach))
        case "junit":
            emit(tests_junit(program, results))
        case "lcov":
            assert reach is not None
            emit(lcov(reach))
        case "html":
            from mlpolicy.render.html import coverage_page

            assert reach is not None
            emit(coverage_page(program, results, reach, wanted=fail_under))
        case _:
            emit(tests_text(program, results, own, width=width(), color=has_color()))
            if reach is not None:
                emit("\n" + coverage_text(reach, width=width(), color=has_color()))
            if slow:
                emit(_slowest(done, slow))
    enough = reach is None or percent(reach) >= (fail_under or 0)
    return ExitCode.PASS if len(passed) == len(results) and enough else ExitCode.FINDINGS


# ── Which tests ──────────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class _Chosen:
    """Which policy, and which of its tests: those in a file (its whole path), the one that stands
    at a line of it, those with some words in the title. What is not asked for is empty or 0."""

    policy: str
    file: Path | None = None
    line: int = 0
    words: str = ""

    def among(self, tests: Sequence[PolicyTest]) -> list[int]:
        """The numbers of the tests that are meant, in the order in which they are written."""
        order = sorted(range(len(tests)), key=lambda n: tests[n].origin.place)
        found = [
            n
            for n in order
            if self.words.casefold() in tests[n].title.casefold()
            and (self.file is None or Path(tests[n].origin.place.file).resolve() == self.file)
        ]
        if self.line:
            found = _standing_at(self.line, [(n, tests[n]) for n in found])
        return found


def _standing_at(line: int, tests: Sequence[tuple[int, PolicyTest]]) -> list[int]:
    """The numbers of the tests that stand at a line of their file: of the rows of examples the one
    at or before it, or all of them where it stands before the first."""
    begun = [test.block.place.line for _, test in tests if test.block.place.line <= line]
    block = [(n, test) for n, test in tests if begun and test.block.place.line == max(begun)]
    rows = [n for n, test in block if test.origin.place.line <= line]
    return rows[-1:] or [n for n, _ in block]


def _chosen(policy: str, words: str) -> _Chosen:
    found = _AT.fullmatch(policy)
    file = Path(found["file"]) if found is not None else None
    if found is None or file is None or not file.is_file():
        return _Chosen(policy=policy, words=words)
    inside = file.resolve().parent.name == "tests"
    line = int(found["line"] or 0)
    if not inside and not line:
        return _Chosen(policy=policy, words=words)
    folder = file.parent / ".." if inside else file.parent
    return _Chosen(policy=os.path.relpath(folder), file=file.resolve(), line=line, words=words)


def _none(program: Program, chosen: _Chosen) -> Diagnostic:
    name = f"policy {titled.policy(program)}"
    if not program.tests:
        hint = "write a `test` in the policy's `tests/` folder"
        return about("MLP0918", f"{name} has no tests", help=hint)
    parts = [
        f"with `{chosen.words}` in its title" if chosen.words else "",
        f"in `{os.path.relpath(chosen.file)}`" if chosen.file else "",
        f"at line {chosen.line}" if chosen.line else "",
    ]
    wanted = " ".join(part for part in parts if part)
    hint = f"there are {len(program.tests)}; without `-k` and a file all of them run"
    return about("MLP0918", f"{name} has no test {wanted}", help=hint)


# ── Running them ─────────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class Ran:
    """How a test went, without its decision; what of the policy it reached, and how many seconds
    of this machine it took."""

    result: TestResult
    reached: frozenset[Point]
    seconds: float


class Work:
    """What is done with the test of a number; begun anew in a process that has read nothing.
    INVARIANT: the policy has been read before, without a fault."""

    def __init__(self, policy: str, today: str, traced: bool) -> None:
        self._policy, self._today, self._traced = policy, today, traced

    def __call__(self) -> Callable[[int], Ran]:
        """What runs the test of a number, in a process that has read nothing yet."""
        from mlpolicy.session import Session

        session = Session()
        files, _ = session.find(self._policy, self._today)
        assert files is not None
        program, code, _ = session.tested(files)
        assert program is not None
        schema, _ = session.schema(program, files.folder)
        assert schema is not None
        return self.begun(program, schema, code)

    def begun(self, program: Program, schema: Schema, code: Code | None) -> Callable[[int], Ran]:
        """The same with what has been read."""
        import time
        from dataclasses import replace

        from mlpolicy.reach import points_of, reached
        from mlpolicy.testing import run_test

        points = points_of(program, schema) if self._traced else None

        def run(number: int) -> Ran:
            began = time.process_time()
            test = program.tests[number]
            result = run_test(test, program, schema, traced=self._traced, code=code)
            took = time.process_time() - began
            found: frozenset[Point] = frozenset()
            if points is not None and result.decision is not None:
                found = reached(points, result.decision, result.asked)
            return Ran(result=replace(result, decision=None, asked=()), reached=found, seconds=took)

        return run


def ran(prepare: Work, work: Callable[[int], Ran], numbers: Sequence[int], jobs: int) -> list[Ran]:
    """How the tests of these numbers went, in this order."""
    from mlpolicy.cli.progress import progress
    from mlpolicy.cli.workers import Workers, cores

    many = len(numbers)
    number = min(jobs or cores(), max(1, many if jobs else many // _A_PROCESS))
    told: list[Ran] = []
    if number <= 1:
        with progress("testing", many) as line:
            for each in numbers:
                told.append(work(each))
                line()
        return told
    with Workers(work, prepare, number) as workers, progress("testing", many) as line:
        for one in workers.results(numbers):
            told.append(one)
            line()
    return told


def _slowest(done: Sequence[Ran], many: int) -> str:
    slowest = sorted(done, key=lambda each: -each.seconds)[:many]
    lines = [f"  {each.seconds * 1000:7.0f} ms  {each.result.title}" for each in slowest]
    return "\n".join(["", "slowest:", *lines]) + "\n"
