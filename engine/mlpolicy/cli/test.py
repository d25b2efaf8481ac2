"""`mlpolicy test`: run a policy's own tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option, jobs_option

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.core.program import Program
    from mlpolicy.schema import Schema
    from mlpolicy.testing import TestResult

#: For so many tests it is worth to begin another process.
_A_PROCESS = 40


@click.command(
    "test",
    epilog="Example: mlpolicy test policies/my-policy/1.0.0",
    short_help="Run a policy's own tests.",
)
@click.argument("policy", metavar="[NAME[@VERSION]|PATH]", default="")
@jobs_option
@format_option
def command(policy: str, jobs: int, form: str) -> int:
    """Run the tests that a policy brings along. Where tests are named for clauses, as in
    "G7.2: …", also says how many of the clauses that the policy cites have a test of their own.
    Ends with 1 where a test fails, with 3 where the policy cannot be read or has no tests."""
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.coverage import own_tests
    from mlpolicy.diagnostics import about
    from mlpolicy.render.policies import TESTS_SCHEMA, tests_json, tests_text
    from mlpolicy.session import Session

    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    files, faults = session.find(policy, today)
    program, code, diagnostics = session.tested(files) if files else (None, None, ())
    schema = None
    if files is not None and program is not None:
        schema, missing = session.schema(program.schema_name, files.folder)
        diagnostics = (*diagnostics, *missing)
    if program is None or schema is None:
        return refused((*faults, *diagnostics), form, TESTS_SCHEMA)
    complain((*faults, *diagnostics))
    results = _results(policy, today, program, schema, code, jobs)
    assert files is not None
    ledgers, unread = session.ledgers(files)
    complain(unread)
    own = own_tests(program, ledgers, frozenset(r.title for r in results if r.passed))
    if not results:
        hint = "write a `test` in the policy's `tests/` folder"
        name = f"{program.name} {program.version}"
        fault = about("MLP0918", f"policy {name} has no tests", help=hint)
        return refused((fault,), form, TESTS_SCHEMA)
    if form == "json":
        emit(tests_json(program, results, own))
    else:
        emit(tests_text(program, results, own, width=width(), color=has_color()))
    return ExitCode.PASS if all(result.passed for result in results) else ExitCode.FINDINGS


def _results(
    policy: str, today: str, program: Program, schema: Schema, code: Code | None, jobs: int
) -> Sequence[TestResult]:
    """How the tests of a policy went, in their order."""
    from mlpolicy.cli.progress import progress
    from mlpolicy.cli.workers import Workers, cores
    from mlpolicy.testing import run_policy_tests

    many = len(program.tests)
    number = min(jobs or cores(), max(1, many if jobs else many // _A_PROCESS))
    if number <= 1:
        with progress("testing", many) as line:
            return run_policy_tests(program, schema, code, step=line)
    work = _runner(program, schema, code)
    results = []
    begun = partial(_begun, policy, today)
    with Workers(work, begun, number) as workers, progress("testing", many) as line:
        for result in workers.results(range(many)):
            results.append(result)
            line()
    return results


def _runner(program: Program, schema: Schema, code: Code | None) -> Callable[[int], TestResult]:
    """Runs the test of a number. What it decided is not kept: nothing is said of it."""
    from dataclasses import replace

    from mlpolicy.testing import run_test

    def run(number: int) -> TestResult:
        result = run_test(program.tests[number], program, schema, code=code)
        return replace(result, decision=None)

    return run


def _begun(policy: str, today: str) -> Callable[[int], TestResult]:
    """The same in a process that has read nothing yet. INVARIANT: the policy has been read before,
    without a fault."""
    from mlpolicy.session import Session

    session = Session()
    files, _ = session.find(policy, today)
    assert files is not None
    program, code, _ = session.tested(files)
    assert program is not None
    schema, _ = session.schema(program.schema_name, files.folder)
    assert schema is not None
    return _runner(program, schema, code)
