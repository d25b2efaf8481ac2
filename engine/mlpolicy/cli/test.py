"""`mlpolicy test`: run a policy's own tests."""

from __future__ import annotations

import datetime

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option


@click.command(
    "test",
    epilog="Example: mlpolicy test policies/my-policy/1.0.0",
    short_help="Run a policy's own tests.",
)
@click.argument("policy", metavar="[NAME[@VERSION]|PATH]", default="")
@format_option
def command(policy: str, form: str) -> int:
    """Run the tests that a policy brings along. Where tests are named for clauses, as in
    "G7.2: …", also says how many of the clauses that the policy cites have a test of their own.
    Ends with 1 where a test fails, with 3 where the policy cannot be read or has no tests."""
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.cli.progress import progress
    from mlpolicy.coverage import own_tests
    from mlpolicy.diagnostics import about
    from mlpolicy.render.policies import TESTS_SCHEMA, tests_json, tests_text
    from mlpolicy.session import Session
    from mlpolicy.testing import run_policy_tests

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
    with progress("testing", len(program.tests)) as step:
        results = run_policy_tests(program, schema, code, step=step)
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
