"""`mlpolicy sources`: what a policy's sources say, and how much of it the policy says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.groups import Group
from mlpolicy.cli.options import format_option
from mlpolicy.render import titled

if TYPE_CHECKING:
    from mlpolicy.core.program import Program
    from mlpolicy.coverage import Traced
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.ledger import Ledger
    from mlpolicy.schema import Schema

_policy_argument = click.argument("policy", metavar="[NAME[@VERSION]|PATH]", default="")
_source_option = click.option("--source", metavar="NAME", help="Only this source of the policy.")


@click.group(
    "sources",
    cls=Group,
    epilog="Example: mlpolicy sources check aws-ml-selection",
    short_help="List, check and verify a policy's sources.",
)
def command() -> None:
    """List, check and verify a policy's sources."""


@command.command(
    "list",
    epilog="Example: mlpolicy sources list aws-ml-selection --uncited",
    short_help="List each clause, and what cites it.",
)
@_policy_argument
@_source_option
@click.option("--uncited", is_flag=True, help="Only what no construct cites.")
@click.option("--tests", "tests", is_flag=True, help="Also the tests that are named for each.")
@click.option("--traced", is_flag=True, help="Run the tests, and count those that reach each.")
@format_option
def list_command(
    policy: str, source: str | None, uncited: bool, tests: bool, traced: bool, form: str
) -> int:
    """List each clause with the constructs that cite it, the resolutions that settle it, or
    the reason why it is excused. With --tests also the tests whose title begins with its id;
    with --traced those whose trace reaches a construct that cites it."""
    from mlpolicy.cli.output import emit, has_color, width
    from mlpolicy.coverage import cover
    from mlpolicy.render.sources import accounts_json, accounts_text

    read = _read(policy, source, tested=tests or traced)
    _say(read, form)
    if read.program is None:
        return ExitCode.NOT_EVALUATED
    seen = None
    if traced:
        assert read.schema is not None
        seen, _ = _traced(read.program, read.schema)
        if seen is None:
            return ExitCode.NOT_EVALUATED
    covered = cover(read.program, read.ledgers, seen)
    name = titled.policy(read.program)
    if form == "json":
        emit(accounts_json(name, covered, uncited=uncited, tests=tests or traced, traced=traced))
    else:
        emit(
            accounts_text(
                covered,
                uncited=uncited,
                tests=tests or traced,
                traced=traced,
                width=width(),
                color=has_color(),
            )
        )
    return ExitCode.PASS


@command.command(
    "check",
    epilog="Example: mlpolicy sources check aws-ml-selection --traced",
    short_help="Check that every clause is cited, settled or excused.",
)
@_policy_argument
@_source_option
@click.option("--traced", is_flag=True, help="Count a citation only where a test reaches it.")
@format_option
def check(policy: str, source: str | None, traced: bool, form: str) -> int:
    """Check that every clause is cited, settled by a resolution that is cited, or excused;
    and that every resolution is cited.

    Ends with 1 where one is not, where a reference leads nowhere, where an excused clause is
    cited all the same, or where a test is named for a clause that is not there; with 3 where
    the policy or a ledger cannot be read.
    """
    from mlpolicy.cli.output import emit, has_color, width
    from mlpolicy.coverage import cover, faults, named
    from mlpolicy.render.sources import checked_json, checked_text

    read = _read(policy, source, tested=True)
    _say(read, form)
    if read.program is None:
        return ExitCode.FINDINGS if read.leads_nowhere else ExitCode.NOT_EVALUATED
    seen, note = None, ""
    if traced:
        assert read.schema is not None
        seen, note = _traced(read.program, read.schema)
        if seen is None:
            return ExitCode.NOT_EVALUATED
    covered = cover(read.program, read.ledgers, seen)
    # Whose tests are named for another source's clauses is not this source's fault.
    own = named(read.program, read.ledgers) if source is None else None
    found = faults(covered, own)
    name = titled.policy(read.program)
    if form == "json":
        emit(checked_json(name, covered, found, note=note))
    else:
        emit(checked_text(name, covered, found, note=note, width=width(), color=has_color()))
    return ExitCode.FINDINGS if found else ExitCode.PASS


@command.command(
    "verify",
    epilog="Example: mlpolicy sources verify aws-ml-selection guide.txt",
    short_help="Say whether a file is the document of a ledger.",
)
@click.argument("arguments", nargs=-1, required=True, metavar="[NAME[@VERSION]|PATH] FILE")
@_source_option
@format_option
def verify(arguments: tuple[str, ...], source: str | None, form: str) -> int:
    """Say whether FILE is the very document that a source's ledger was made from: whether its
    sha256 is the one that the ledger pins. Ends with 1 where it is not."""
    from hashlib import sha256

    from mlpolicy.cli.output import emit, has_color
    from mlpolicy.diagnostics import Diagnostic, about
    from mlpolicy.render.sources import verified_json, verified_text
    from mlpolicy.session import STDIN, opened, shown_name

    if len(arguments) > 2:
        raise click.UsageError("name one policy and one FILE")
    policy, file = ("", *arguments) if len(arguments) == 1 else arguments
    read = _read(policy, source)
    _say(read, form)
    if read.program is None:
        return ExitCode.NOT_EVALUATED
    pins = {name: ledger.sha256 for name, ledger in read.ledgers.items() if ledger.sha256}
    if len(pins) != 1:
        names = " or ".join(f"`--source {name}`" for name in pins)
        message = "several sources pin a document" if pins else "no document is pinned"
        help = f"say which: {names}" if pins else "name a source whose ledger has a `sha256`"
        return _refused(about("MLP0515", message, source or "", help=help), form)
    ((name, pinned),) = pins.items()
    digest = sha256()
    with opened(file) as stream:
        if isinstance(stream, Diagnostic):
            if len(arguments) == 1 and not stream.help:
                hint = "FILE is the document; a policy may be named before it"
                stream = replace(stream, help=hint)
            return _refused(stream, form)
        while piece := stream.read(1 << 20):
            digest.update(piece)
    found = digest.hexdigest()
    shown = shown_name(file) if file == STDIN else file
    if form == "json":
        emit(verified_json(shown, name, found, pinned))
    else:
        emit(verified_text(shown, name, found, pinned, color=has_color()))
    return ExitCode.PASS if found == pinned else ExitCode.FINDINGS


# ── Reading ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Read:
    """A policy with its ledgers, or `program` None and in `diagnostics` why."""

    program: Program | None
    ledgers: Mapping[str, Ledger]
    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def leads_nowhere(self) -> bool:
        """Is all that is wrong with the policy what its references and ledgers say? That is a
        fault of the thing checked; a policy that cannot be understood cannot be checked."""
        from mlpolicy.diagnostics import Matter, Severity

        errors = [each for each in self.diagnostics if each.severity is Severity.ERROR]
        matters = (Matter.REFERENCE, Matter.LEDGER)
        return bool(errors) and all(each.matter in matters for each in errors)


def _refused(fault: Diagnostic, form: str) -> ExitCode:
    """Why there is no answer."""
    from mlpolicy.cli.output import refused
    from mlpolicy.render.sources import SCHEMA

    return refused((fault,), form, SCHEMA)


def _say(read: _Read, form: str) -> None:
    """What is to be said of the policy: as JSON where nothing else will be."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.render.json import diagnostics_json
    from mlpolicy.render.sources import SCHEMA

    if read.program is None and form == "json":
        emit(diagnostics_json(read.diagnostics, SCHEMA))
    else:
        complain(read.diagnostics)


def _read(policy: str, source: str | None, *, tested: bool = False) -> _Read:
    """The policy (with its tests where `tested`) and its ledgers, or that of one source."""
    from mlpolicy.diagnostics import about
    from mlpolicy.session import Session
    from mlpolicy.suggest import listing, nearest

    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    files, diagnostics = session.find(policy, today)
    if files is None:
        return _Read(None, {}, None, diagnostics)
    if tested:
        program, _, diagnostics = session.tested(files, every=True)
    else:
        program, diagnostics = session.program(files)
    if program is None:
        return _Read(None, {}, None, diagnostics)
    schema, missing = session.schema(program, files.folder)
    ledgers, unread = session.ledgers(files)
    diagnostics = (*diagnostics, *missing, *unread)
    if schema is None:
        return _Read(None, {}, None, diagnostics)
    if not ledgers or (source is not None and source not in ledgers):
        name = titled.policy(program)
        close = nearest(source, ledgers) if source else None
        help = f"did you mean `{close}`?" if close else f"there are: {listing(ledgers) or 'none'}"
        message = f"policy {name} has no source" + (f" `{source}`" if source else "")
        return _Read(None, {}, None, (*diagnostics, about("MLP0514", message, help=help)))
    if source is not None:
        ledgers = {source: ledgers[source]}
    return _Read(program, ledgers, schema, diagnostics)


def _traced(program: Program, schema: Schema) -> tuple[Mapping[str, Traced] | None, str]:
    """What each of the policy's own tests reaches, by its title, and how many there are. A test
    that fails shows nothing: what it reaches is not what its author meant."""
    from mlpolicy.cli.output import complain
    from mlpolicy.coverage import traced
    from mlpolicy.diagnostics import about
    from mlpolicy.testing import run_test

    seen: dict[str, Traced] = {}
    for test in program.tests:
        result = run_test(test, program, schema, traced=True)
        if result.passed and result.decision is not None:
            seen[result.title] = traced(program, result.decision)
    if not seen:
        name = titled.policy(program)
        message = f"policy {name} has no test{' that passes' if program.tests else 's'}"
        hint = "write a `test` in the policy's `tests/` folder; `mlpolicy test` runs them"
        complain((about("MLP0918", message, help=hint),))
        return None, ""
    failed = len(program.tests) - len(seen)
    failing = f"; {failed} failed and do{'es' if failed == 1 else ''} not count" if failed else ""
    tests = f"{len(seen)} test{'s' if len(seen) != 1 else ''}"
    return seen, f"traced through {tests}{failing}"
