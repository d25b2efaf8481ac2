"""`mlpolicy policies`: which policies there are, what one says, whether one is sound."""

from __future__ import annotations

import datetime

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import as_of_option, format_option


@click.group("policies", short_help="List, show and check policies.")
def command() -> None:
    """List, show and check policies."""


@command.command("list", epilog="Example: mlpolicy policies list")
@format_option
def list_command(form: str) -> int:
    """List the built-in policies and their versions."""
    from mlpolicy.cli.output import emit
    from mlpolicy.workspace import builtin_policies

    packs = builtin_policies()
    if form == "json":
        from mlpolicy.render.json import Json, value_json

        rows: list[Json] = [
            {"name": name, "version": files.version, "effective": files.effective}
            for name, versions in packs.items()
            for files in versions
        ]
        emit(value_json({"policies": rows}))
    else:
        from mlpolicy.render.policies import list_text

        emit(list_text(packs, _today()))
    return ExitCode.PASS


@command.command(
    "show",
    epilog="Example: mlpolicy policies show aws-ml-selection@1",
    short_help="Show what a policy holds, and its thresholds.",
)
@click.argument("policy", metavar="NAME[@VERSION]|PATH")
@as_of_option
@format_option
def show(policy: str, as_of: str, form: str) -> int:
    """Show a policy: its digests, its sources, what it holds, its thresholds with the values
    in force and the clauses they rest on."""
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.workspace import Workspace

    workspace = Workspace()
    date = as_of if as_of not in ("", "today") else _today()
    files, faults = workspace.find(policy, date)
    program, said = workspace.program(files) if files else (None, ())
    complain((*faults, *said))
    if program is None:
        return ExitCode.NOT_EVALUATED
    if form == "json":
        from mlpolicy.render.policies import policy_json

        emit(policy_json(program, date))
    else:
        from mlpolicy.render.policies import policy_text

        emit(policy_text(program, date, width=width(), color=has_color()))
    return ExitCode.PASS


@command.command(
    "check",
    epilog="Example: mlpolicy policies check policies/my-policy/1.0.0",
    short_help="Check a policy: syntax, names, types, units, references.",
)
@click.argument("path", metavar="PATH|NAME[@VERSION]")
@format_option
def check(path: str, form: str) -> int:
    """Check a policy: syntax, names, types, units, references. Ends with 1 where it has
    faults, with 3 where it cannot be read."""
    from mlpolicy.cli.output import emit, has_color
    from mlpolicy.diagnostics import Severity
    from mlpolicy.workspace import Workspace

    workspace = Workspace()
    files, unread = workspace.find(path, _today())
    program, faults = workspace.program(files) if files else (None, unread)
    if form == "json":
        from mlpolicy.render.json import diagnostics_json

        emit(diagnostics_json(faults))
    else:
        from mlpolicy.render.diagnostics import diagnostics_text
        from mlpolicy.render.policies import checked_line

        emit(diagnostics_text(faults, color=has_color()))
        errors = sum(fault.severity is Severity.ERROR for fault in faults)
        if faults:
            emit("\n")
        emit(checked_line(program, path, errors, len(faults) - errors))
    if files is None or any(fault.code == "MLP0902" for fault in faults):
        return ExitCode.NOT_EVALUATED
    return ExitCode.PASS if program is not None else ExitCode.FINDINGS


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
