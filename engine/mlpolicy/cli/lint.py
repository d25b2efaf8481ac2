"""`mlpolicy lint`: what the readers of a policy would stumble over."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import config_option, format_option

if TYPE_CHECKING:
    from mlpolicy.config import LintConfig
    from mlpolicy.core.program import Program
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.ledger import Ledger
    from mlpolicy.lint import Finding, Fix, Shown, Subject
    from mlpolicy.schema import Schema
    from mlpolicy.session import PolicyFiles, Session
    from mlpolicy.source import Origin, Place


@click.command(
    "lint",
    epilog="Example: mlpolicy lint policies/my-policy/1.0.0",
    short_help="Find what readers of a policy would stumble over.",
)
@click.argument("policies", nargs=-1, metavar="[NAME[@VERSION]|PATH]...")
@click.option("--tests", is_flag=True, help="Also run the tests: what do they not show?")
@click.option("--fix", is_flag=True, help="Correct what changes no word of the policy.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: also what takes words out.")
@config_option
@format_option
def command(
    policies: tuple[str, ...], tests: bool, fix: bool, unsafe_fixes: bool, config: str, form: str
) -> int:
    """Find what readers of a policy would stumble over, beyond what `policies check` says:
    names easily confused, answers without a reason, messages that may read "unknown", reviews
    that are overdue. A remark `# lint: ignore RULE reason`, or the configuration, says that
    something is meant.

    Ends with 1 where there is an error or a warning, with 3 where a policy cannot be read or
    does not check.
    """
    from mlpolicy.cli.output import complain, emit, has_color
    from mlpolicy.lint.fixes import fixes
    from mlpolicy.render.lint import findings_json, findings_text, fixes_text
    from mlpolicy.session import STDIN, Session

    if unsafe_fixes and not fix:
        raise click.UsageError("--unsafe-fixes goes with --fix")
    governing, faults = Session(config=config).config(STDIN)
    said = list(faults)
    found: list[Finding] = []
    fixed: list[Fix] = []
    linted: set[PolicyFiles] = set()
    for policy in policies or ("",):
        if governing is None:
            break
        session = Session(config=config)
        files, wrong = _files(session, policy)
        if files is None:
            said.extend(wrong)
            continue
        if files in linted:
            continue
        linted.add(files)
        subject, wrong = subject_of(session, files, tests=tests)
        if subject is None:
            said.extend(wrong)
            continue
        own = own_of(files, subject, governing.lint)
        wanted = fixes(own, unsafe=unsafe_fixes) if fix else ()
        if wanted:
            if form == "text":
                emit(fixes_text(wanted))
            fixed.extend(wanted)
            said.extend(_mend(subject, files, wanted))
            own = tuple(each for each in own if each.fix not in wanted)
        found.extend(own)
    if form == "json":
        emit(findings_json(found, fixed, said))
    else:
        complain(said)
        if not said or found:
            emit(findings_text(found, len(linted), color=has_color()))
    if said:
        return ExitCode.NOT_EVALUATED
    return ExitCode.FINDINGS if any(e.level != "note" for e in found) else ExitCode.PASS


def _files(session: Session, policy: str) -> tuple[PolicyFiles | None, tuple[Diagnostic, ...]]:
    """The files of a policy with those of its tests, or why there are none. A file of its tests
    stands for the policy, as any other file of it does."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    file = Path(policy)
    if file.suffix == ".mlp" and file.absolute().parent.name == "tests":
        policy = os.path.normpath(file.parent / "..")
    files, faults = session.find(policy, today)
    return session.with_tests(files) if files is not None else (None, faults)


def own_of(files: PolicyFiles, subject: Subject, config: LintConfig) -> tuple[Finding, ...]:
    """What is found in the part of a policy that was named: in an extension and not in its core, or
    in a core."""
    from mlpolicy.lint import lint

    return tuple(each for each in lint(subject, config) if files.holds(each.place.file))


def subject_of(
    session: Session, files: PolicyFiles, *, tests: bool
) -> tuple[Subject | None, tuple[Diagnostic, ...]]:
    """What there is to lint of a policy, whose `files` are also those of its tests, or why there
    is nothing. With `tests`, these are run."""
    from mlpolicy.lint import Subject
    from mlpolicy.session.texts import policy_sources
    from mlpolicy.syntax.parse import parse

    program, faults = session.program(files)
    if program is None:
        return None, faults
    schema, missing = session.schema(program, files.folder)
    ledgers, unread = session.ledgers(files)
    if schema is None:
        return None, (*missing, *unread)
    subject = Subject(
        files=tuple(
            (source, parse(source)[0]) for each in files.parts for source in policy_sources(each)
        ),
        program=program,
        ledgers=ledgers,
        schema=schema,
        today=datetime.datetime.now(datetime.UTC).date().isoformat(),
        tested=_tested(program, ledgers, schema) if tests else None,
    )
    return subject, ()


def _tested(program: Program, ledgers: Mapping[str, Ledger], schema: Schema) -> Shown:
    """What the tests of a policy show, and which of them pass without their own facts."""
    from mlpolicy.cli.progress import progress
    from mlpolicy.coverage import cover, traced
    from mlpolicy.lint import Shown
    from mlpolicy.testing import run_test

    seen = {}
    idle: set[Place] = set()
    needed: set[Place] = set()
    with progress("testing", len(program.tests)) as line:
        for test in program.tests:
            result = run_test(test, program, schema, traced=True)
            if result.passed and result.decision is not None:
                seen[test.title] = traced(program, result.decision)
                given = tuple(fact for fact in test.given if not _is_in(test.block, fact.origin))
                bars = tuple(bar for bar in test.bars if not _is_in(test.block, bar.origin))
                if len(given) + len(bars) < len(test.given) + len(test.bars):
                    other = replace(test, given=given, bars=bars)
                    passes = run_test(other, program, schema).passed
                    (idle if passes else needed).add(test.block.place)
            line()
    reached = {
        account.ref
        for source in cover(program, ledgers, seen)
        for account in source.accounts
        if account.citations and not account.untested
    }
    return Shown(frozenset(reached), frozenset(idle - needed))


def _is_in(block: Origin, origin: Origin) -> bool:
    """Does a fact stand in a test, and not in one that it is like?"""
    span = block.span
    own = origin.source.name == block.source.name
    return own and span.start <= origin.span.start <= span.end


def _mend(subject: Subject, files: PolicyFiles, wanted: Sequence[Fix]) -> list[Diagnostic]:
    """Writes the files that the fixes change; what could not be written."""
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import about
    from mlpolicy.lint.fixes import corrected

    faults = []
    touched = {fix.origin.source.name for fix in wanted}
    texts = [(each.folder, *text) for each in files.parts for text in each.texts]
    for (folder, name, data), (source, _) in zip(texts, subject.files, strict=True):
        if source.name not in touched:
            continue
        text = corrected(source, wanted)
        if text is None:
            message = f"`{source.name}` could not be fixed; it stays as it is"
            help = "a fault of mlpolicy: report it with the file"
            faults.append(about("MLP1501", message, source.name, help=help))
            continue
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        fault = save(str(folder / name), data, mark + text.encode())
        if fault is not None:
            faults.append(fault)
    return faults
