"""`mlpolicy verify`: all that has to hold of a policy before it is merged, in one command."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option, jobs_option
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.lock import LOCK_FILE
from mlpolicy.render.verify import Part, State, verified_json, verified_text

if TYPE_CHECKING:
    from mlpolicy.cli.locking import Told
    from mlpolicy.core.program import Program
    from mlpolicy.session import PolicyFiles, Session


@click.command(
    "verify",
    epilog="Example: mlpolicy verify policies --coverage 90",
    short_help="All checks of a policy in one.",
)
@click.argument("paths", nargs=-1, required=True, metavar="NAME[@VERSION]|PATH...")
@click.option(
    "--coverage",
    metavar="PERCENT",
    type=click.IntRange(0, 100),
    help="Of a hundred things, the tests have to reach so many; without it, it is not counted.",
)
@jobs_option
@format_option
def command(*, paths: tuple[str, ...], coverage: int | None, jobs: int, form: str) -> int:
    """Everything that has to hold of policies before a change of them is merged: the policy is
    sound, its tests pass and reach enough of it, every clause of its sources is accounted for, all
    of it can be reached, its text is in the one layout, nobody would stumble over it, and no
    released version has changed. A folder stands for every version of every policy in it. Of a
    version that `policies.lock` keeps, which may not change any more, only that is asked which may
    still go wrong: is it as it was released, is it sound, do its tests pass?

    Exit codes: 0; 1 something does not hold; 3 something cannot be read.
    """
    from mlpolicy.cli.output import complain, emit, has_color, width

    told: list[tuple[str, list[Part]]] = []
    faults: list[Diagnostic] = []
    together = [Path(path).resolve() for path in paths]
    for path in paths:
        versions, said = _versions(path)
        faults.extend(said)
        told.extend(
            (_name(files), list(_parts(files, coverage, jobs, together))) for files in versions
        )
        if (Path(path) / LOCK_FILE).is_file():
            unsound = any(parts[0].state is State.FAILED for _, parts in told)
            part = _not_compared() if unsound else _lock(path)
            told.append((Path(path, LOCK_FILE).as_posix(), [part]))
    if form == "json":
        emit(verified_json(told, faults))
    else:
        complain(faults)
        if told:
            emit(verified_text(told, width=width(), color=has_color()))
    if faults:
        return ExitCode.NOT_EVALUATED
    states = {part.state for _, parts in told for part in parts}
    if State.UNREAD in states:
        return ExitCode.NOT_EVALUATED
    return ExitCode.FINDINGS if State.FAILED in states else ExitCode.PASS


def _versions(path: str) -> tuple[Sequence[PolicyFiles], Sequence[Diagnostic]]:
    """The versions that are meant: those in a folder, or the one that a name means."""
    from mlpolicy.session import Session
    from mlpolicy.session.policies import versions_below

    if not Path(path).is_dir():
        files, faults = Session().find(path, _today())
        return ((files,) if files is not None else ()), faults
    session = Session()
    versions, faults = versions_below(path)
    found = []
    for each in versions:
        whole, more = session.with_core(each, _today())
        faults = (*faults, *more)
        found += [whole] if whole is not None else []
    return found, faults


def _name(files: PolicyFiles) -> str:
    own = files.named
    return f"{own.name} {own.version}" if own.version else own.shown


def _parts(
    files: PolicyFiles, coverage: int | None, jobs: int, together: Container[Path]
) -> Iterator[Part]:
    """What is checked of one version, one after the other. Of a policy that is not sound only the
    layout is checked besides: the rest rests on it. The folders of `together` are compared with
    their lock files as a whole.

    A version that a lock file keeps may not change any more. So of it only that is asked which may
    still go wrong with it: that it is sound, that its tests pass, and that it is as it was. What
    the house asks of a policy may have grown since, and is not asked of it.
    """
    from mlpolicy.cli.locking import keeper
    from mlpolicy.cli.stated import checked_with_tests
    from mlpolicy.session import Session

    session = Session()
    program, said = checked_with_tests(session, files)
    errors = sum(fault.severity is Severity.ERROR for fault in said)
    warnings = len(said) - errors
    yield Part(
        name="sound",
        state=State.PASSED if program is not None else State.FAILED,
        said=_counted(errors, warnings),
        faults=tuple(said),
    )
    if program is None:
        yield _layout(files.named)
        return
    above = keeper(files.named.folder)
    told = _released(above, files, session) if above is not None else None
    is_released = told is not None and told.kept > 0
    yield from _tests(files, session, program, None if is_released else coverage, jobs)
    if not is_released:
        yield _sources(files, session, program)
        yield _analysed(files, session)
        yield _layout(files.named)
        yield _linted(files, session)
    if told is not None and above not in together:
        yield _of_lock(told, "as it was released" if told.kept else "not released yet")
    if is_released:
        names = (*(("reached",) if coverage is not None else ()), *_OF_THE_HOUSE)
        said_of = "not asked of a released version"
        yield from (Part(name=name, state=State.UNASKED, said=said_of) for name in names)


#: The checks that a version was asked when it was released, as the house had them then.
_OF_THE_HOUSE = ("sources", "analysis", "layout", "lint")


def _counted(errors: int, warnings: int) -> str:
    parts = []
    for number, word in ((errors, "error"), (warnings, "warning")):
        if number:
            parts.append(f"{number} {word}{'' if number == 1 else 's'}")
    return ", ".join(parts)


def _tests(
    files: PolicyFiles, session: Session, program: Program, coverage: int | None, jobs: int
) -> Iterator[Part]:
    from mlpolicy.cli.test import Work, ran
    from mlpolicy.reach import counted, points_of
    from mlpolicy.render.coverage import percent
    from mlpolicy.render.policies import failure_text

    schema, _ = session.schema(program, files.folder)
    assert schema is not None  # the program was checked with it
    if not program.tests:
        help = "write a `test` in the policy's `tests/` folder"
        fault = about("MLP0918", "there are no tests", files.named.shown, help=help)
        yield Part(name="tests", state=State.FAILED, said="there are none", faults=(fault,))
        return
    work = Work(files.named.folder.as_posix(), _today(), coverage is not None)
    code = session.tested(files)[1]
    done = ran(work, work.begun(program, schema, code), range(len(program.tests)), jobs)
    failed = [each.result for each in done if not each.result.passed]
    yield Part(
        name="tests",
        state=State.FAILED if failed else State.PASSED,
        said=f"{len(done) - len(failed)} of {len(done)} pass",
        lines=tuple(
            f"{result.place.file}:{result.place.line}  {result.title}: {failure_text(failure)}"
            for result in failed
            for failure in result.failures
        ),
    )
    if coverage is not None:
        reach = counted(points_of(program, schema), [each.reached for each in done])
        reach = reach.within(files.holds)
        some, every = reach.share()
        enough = percent(reach) >= coverage
        yield Part(
            name="reached",
            state=State.PASSED if enough else State.FAILED,
            said=f"{some} of {every}, {percent(reach)} %, {coverage} % wanted",
            lines=() if enough else ("`mlpolicy test --coverage` names what is not reached",),
        )


def _sources(files: PolicyFiles, session: Session, program: Program) -> Part:
    from mlpolicy.coverage import cover, faults, named

    ledgers, unread = session.ledgers(files)
    if unread:
        return Part(name="sources", state=State.UNREAD, said="", faults=tuple(unread))
    if not ledgers:
        return Part(name="sources", state=State.PASSED, said="there are none")
    found = faults(cover(program, ledgers, None), named(program, ledgers))
    clauses = sum(len(ledger.entries) for ledger in ledgers.values())
    return Part(
        name="sources",
        state=State.FAILED if found else State.PASSED,
        said=f"{len(found)} of {clauses} entries are not accounted for"
        if found
        else f"{clauses} entries are accounted for",
        lines=("`mlpolicy sources check` names them",) if found else (),
    )


def _analysed(files: PolicyFiles, session: Session) -> Part:
    """What `mlpolicy analyze --quick` finds; what it does not settle fails nothing, and is told."""
    from mlpolicy.cli.analyze import ground_of, own_of
    from mlpolicy.render.witness import sentence
    from mlpolicy.witness.analysis import analysed

    ground, wrong = ground_of(session, files)
    if ground is None:
        return Part(name="analysis", state=State.UNREAD, said="", faults=tuple(wrong))
    found = own_of(files, analysed(ground, quick=True))
    said = [f"{len(found.findings)} found"] if found.findings else []
    said += [f"{len(found.unsettled)} not checked"] if found.unsettled else []
    return Part(
        name="analysis",
        state=State.FAILED if found.findings else State.PASSED,
        said=", ".join(said),
        lines=tuple(f"{each.place}  {sentence(each)}" for each in found.findings),
    )


def _layout(files: PolicyFiles) -> Part:
    from mlpolicy.session.texts import find_policy_texts

    found = find_policy_texts((files.folder.as_posix(),))
    would = [file for file in found.files if _would_change(file)]
    return Part(
        name="layout",
        state=State.FAILED if would else State.PASSED,
        said=f"{len(would)} of {len(found.files)} files" if would else "",
        lines=tuple(f"mlpolicy fmt {file}" for file in would),
    )


def _would_change(file: str) -> bool:
    """Would `mlpolicy fmt` change a file? One that it leaves as it is, it does not."""
    from mlpolicy.format import formatted
    from mlpolicy.session.texts import read_policy_text

    read = read_policy_text(file)
    if isinstance(read, Diagnostic):
        return False
    data, source = read
    text, _ = formatted(source)
    return text is not None and text.encode() != data.removeprefix(b"\xef\xbb\xbf")


def _linted(files: PolicyFiles, session: Session) -> Part:
    """What `mlpolicy lint` finds without running the tests; its notes fail nothing."""
    from mlpolicy.cli.lint import own_of, subject_of
    from mlpolicy.session import STDIN

    governing, unread = session.config(STDIN)
    whole, faults = session.with_tests(files)
    subject, wrong = subject_of(session, whole, tests=False) if whole else (None, ())
    if governing is None or subject is None:
        return Part(name="lint", state=State.UNREAD, said="", faults=(*unread, *faults, *wrong))
    found = [each for each in own_of(files, subject, governing.lint) if each.level != "note"]
    return Part(
        name="lint",
        state=State.FAILED if found else State.PASSED,
        said=f"{len(found)} found" if found else "",
        lines=tuple(f"{each.place}  {each.rule}: {each.message}" for each in found),
    )


def _not_compared() -> Part:
    return Part(name="lock", state=State.FAILED, said="not compared: a policy is not sound")


def _released(folder: Path, files: PolicyFiles, session: Session) -> Told:
    """What the lock file in a folder says of a version."""
    from mlpolicy.cli.locking import released

    program, _ = session.program(files)  # as it is released: without its tests
    assert program is not None
    here = Path.cwd().resolve()
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    return released(shown.as_posix(), program, files)


def _lock(folder: str) -> Part:
    from mlpolicy.cli.locking import locked

    told = locked(folder, writes=False)
    return _of_lock(told, f"{told.kept} kept")


def _of_lock(told: Told, said: str) -> Part:
    state = State.UNREAD if told.unread else State.FAILED if told.faults else State.PASSED
    return Part(name="lock", state=state, said="" if told.faults else said, faults=told.faults)


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
