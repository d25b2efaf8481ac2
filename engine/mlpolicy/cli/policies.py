"""`mlpolicy policies`: which policies there are, what one says, whether one is sound."""

from __future__ import annotations

import datetime

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.groups import Group
from mlpolicy.cli.options import as_of_option, config_option, extension_option, format_option


@click.group(
    "policies",
    cls=Group,
    epilog="Example: mlpolicy policies list",
    short_help="List, show and check policies.",
)
def command() -> None:
    """List, show and check policies."""


@command.command("list", epilog="Example: mlpolicy policies list")
@format_option
def list_command(form: str) -> int:
    """List the built-in policies and their versions."""
    from mlpolicy.cli.output import emit
    from mlpolicy.session import builtin_policies

    packs = builtin_policies()
    if form == "json":
        from mlpolicy.render.policies import list_json

        emit(list_json(packs))
    else:
        from mlpolicy.render.policies import list_text

        emit(list_text(packs, _today()))
    return ExitCode.PASS


@command.command(
    "show",
    epilog="Example: mlpolicy policies show aws-ml-selection@1",
    short_help="Show what a policy holds, and its thresholds.",
)
@click.argument("policy", required=False, default="", metavar="[NAME[@VERSION]|PATH]")
@extension_option
@as_of_option
@config_option
@format_option
def show(policy: str, extensions: tuple[str, ...], as_of: str, config: str, form: str) -> int:
    """Show a policy: its digests, who approved it, its sources, what it holds, its thresholds
    with the values in force and the clauses they rest on, and its rules. Without a name it is the
    one that the configuration names, else the built-in one."""
    from mlpolicy import approvals
    from mlpolicy.cli.judging import Options, chosen
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.core.decision import identity
    from mlpolicy.render.policies import SCHEMA
    from mlpolicy.session import STDIN, Session

    session = Session(config=config)
    date = as_of if as_of not in ("", "today") else _today()
    governing, unread = session.config(STDIN)
    if governing is None:
        return refused(unread, form, SCHEMA)
    files, faults = chosen(Options(policy=policy, extensions=extensions), governing, date, session)
    program, diagnostics = session.program(files) if files else (None, ())
    if program is None:
        return refused((*faults, *diagnostics, *unread), form, SCHEMA)
    complain((*faults, *diagnostics, *unread))
    known = approvals.settled(identity(program), governing.approvals, date)
    if form == "json":
        from mlpolicy.render.policies import policy_json

        emit(policy_json(program, date, known))
    else:
        from mlpolicy.render.policies import policy_text

        file = governing.file or "mlpolicy.toml"
        entry = approvals.entry(known, file)
        emit(policy_text(program, date, known, entry, file, width=width(), color=has_color()))
    return ExitCode.PASS


@command.command(
    "check",
    epilog="Example: mlpolicy policies check policies/my-policy/1.0.0",
    short_help="Check a policy: syntax, names, types, units, references.",
)
@click.argument("path", metavar="PATH|NAME[@VERSION]")
@format_option
def check(path: str, form: str) -> int:
    """Check a policy and its tests: syntax, names, types, units, references. Ends with 1 where
    it has faults, with 3 where it cannot be read. It runs no test."""
    from mlpolicy.cli.output import emit, has_color
    from mlpolicy.cli.stated import checked_with_tests
    from mlpolicy.diagnostics import Matter, Severity
    from mlpolicy.session import Session

    session = Session()
    files, unread = session.find(path, _today())
    program, faults = checked_with_tests(session, files, every=True) if files else (None, unread)
    if form == "json":
        from mlpolicy.render.json import diagnostics_json
        from mlpolicy.render.policies import SCHEMA

        emit(diagnostics_json(faults, SCHEMA))
    else:
        from mlpolicy.render.diagnostics import diagnostics_text
        from mlpolicy.render.policies import checked_line

        emit(diagnostics_text(faults, color=has_color()))
        errors = sum(fault.severity is Severity.ERROR for fault in faults)
        warnings = sum(fault.severity is Severity.WARNING for fault in faults)
        if faults:
            emit("\n")
        emit(checked_line(program, path, errors, warnings))
    if files is None or any(fault.matter is Matter.UNREADABLE for fault in faults):
        return ExitCode.NOT_EVALUATED
    return ExitCode.PASS if program is not None else ExitCode.FINDINGS


@command.command(
    "lock",
    epilog="Example: mlpolicy policies lock policies --check",
    short_help="Keep released versions from changing.",
)
@click.argument("folder", metavar="FOLDER")
@click.option("--check", is_flag=True, help="Write nothing; say what is not as it is kept.")
@format_option
def lock(folder: str, check: bool, form: str) -> int:
    """Keep the digests of the released versions in FOLDER, a pack of versions or a folder of packs,
    in its file `policies.lock`. A version that is kept there may not change any more; new ones are
    added, drafts such as 2.0.0-draft.1 are passed over.

    Exit codes: 0; 1 a version that is kept has changed or is gone, or with --check one is not kept
    yet; 3 something cannot be read.
    """
    from mlpolicy.cli.locking import locked
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.diagnostics import Severity
    from mlpolicy.render.policies import SCHEMA, lock_line

    told = locked(folder, writes=not check)
    if form == "json":
        from mlpolicy.render.json import diagnostics_json

        emit(diagnostics_json(told.faults, SCHEMA))
    else:
        complain(told.faults)
        if not told.unread:
            emit(lock_line(told.file, told.kept, told.added, check=check))
    if told.unread:
        return ExitCode.NOT_EVALUATED
    faulty = any(fault.severity is Severity.ERROR for fault in told.faults)
    return ExitCode.FINDINGS if faulty else ExitCode.PASS


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
