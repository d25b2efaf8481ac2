"""`mlpolicy impact`: whose decisions another version of a policy changes, and by which change."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import click

from mlpolicy.backends.python.runtime import Code
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.judging import Given, Judgement, Options, Trying, seeks
from mlpolicy.cli.logbook import lines_of, store_of, stored
from mlpolicy.cli.options import as_of_option, config_option, jobs_option, waivers_option
from mlpolicy.cli.output import complain, emit, has_color, refused, width
from mlpolicy.cli.progress import progress
from mlpolicy.config import is_date
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.program import PolicyTest, Program
from mlpolicy.decide import Context, decide
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.manifest import load
from mlpolicy.records import Inputs, Line
from mlpolicy.records.decide import decided_by
from mlpolicy.records.replay import inputs_of
from mlpolicy.render import titled
from mlpolicy.render.versions import IMPACT_SCHEMA, impact_json, impact_markdown, impact_text
from mlpolicy.schema import Schema
from mlpolicy.session import STDIN, PolicyFiles, Session, find_manifests
from mlpolicy.testing import day_of, has_bar, manifest_of, with_bars
from mlpolicy.versions.constructs import changes
from mlpolicy.versions.force import in_force
from mlpolicy.versions.impact import (
    Affected,
    Decide,
    Mixtures,
    Report,
    effects,
    grouped,
    responsible,
    version_of,
)
from mlpolicy.versions.touched import touched

#: For so many cases it is worth to begin another process.
_A_PROCESS = 8


@click.command(
    "impact",
    epilog="Example: mlpolicy impact aws-ml-selection@1.2.0 policies/next services/",
    short_help="Say whose decisions another version changes.",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--log", metavar="FILE", default="", help="Decide what this log recorded again.")
@click.option("--tests", is_flag=True, help="Decide the facts of the tests of both versions.")
@as_of_option
@click.option(
    "--new-as-of",
    metavar="DATE",
    default="",
    help="Another day for NEW: who is affected when a dated value begins?",
)
@waivers_option
@config_option
@jobs_option
@click.option(
    "--fail-on",
    type=click.Choice(["answer", "worse", "any"]),
    multiple=True,
    help="What makes the command end with 1; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text for people, JSON, or a comment on a pull request.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name every manifest, and every effect.")
def command(
    *,
    old: str,
    new: str,
    paths: tuple[str, ...],
    log: str,
    tests: bool,
    as_of: str,
    new_as_of: str,
    waivers: str,
    config: str,
    jobs: int,
    fail_on: tuple[str, ...],
    form: str,
    verbose: bool,
) -> int:
    """Decide the same by two versions of a policy, OLD and NEW, and say what comes out otherwise:
    answers, verdicts, findings, obligations and costs, by the change of the policy that is
    responsible. A change is responsible where taking it back alone undoes the effect.

    PATH is a file, a folder, a pattern, or `-` for standard input; without one, the current
    folder. With --log or --tests no PATH is needed. With --new-as-of, OLD and NEW may be the same
    version on two days.

    Exit codes: 0; 1 something is decided otherwise that --fail-on names; 3 something could not
    be evaluated.
    """
    if new_as_of and not is_date(new_as_of):
        raise click.BadParameter(f"`{new_as_of}` is no date; write it as 2026-11-22")
    if log and tests:
        raise click.UsageError("`--log` and `--tests` do not go together")
    if (log or tests) and (paths or waivers):
        other = "--log" if log else "--tests"
        raise click.UsageError(f"`{other}` goes with no PATH and no `--waivers`")
    asked = _Asked(
        specs=(old, new), days=(as_of, new_as_of or as_of), waivers=waivers, config=config
    )
    versions = _Versions(asked)
    if versions.faults:
        return refused(versions.faults, form, IMPACT_SCHEMA)
    source = _Tests(versions) if tests else _Log(versions, log) if log else _Files(versions, paths)
    if not source.cases:
        return refused(source.faults, form, IMPACT_SCHEMA)
    told = _told(source, jobs)
    faults = [*source.faults, *dict.fromkeys(fault for each in told for fault in each.faults)]
    report = Report(
        old=version_of(versions.old, asked.days[0]),
        new=version_of(versions.new, asked.days[1]),
        changes=versions.mixtures.changes,
        affected=tuple(one for each in told for one in each.affected),
        manifests=sum(each.manifests for each in told),
        workloads=sum(each.workloads for each in told),
        scopes=versions.new.scopes,
    )
    groups = grouped(report.affected, report.changes)
    if form == "json":
        emit(impact_json(report, groups, faults))
    else:
        if form == "markdown":
            emit(impact_markdown(report, groups))
        elif report.manifests:
            emit(impact_text(report, groups, verbose=verbose, width=width(), color=has_color()))
        complain(faults)
    if any(fault.severity is Severity.ERROR for fault in faults):
        return ExitCode.NOT_EVALUATED
    return ExitCode.FINDINGS if report.fails(fail_on) else ExitCode.PASS


@node(kw_only=True)
class _Asked:
    """What the command line says of both versions."""

    specs: tuple[str, str]
    days: tuple[str, str]
    waivers: str
    config: str


class _Versions:
    """Both versions, read and checked; `faults` where one of them cannot be."""

    old: Program
    new: Program

    def __init__(self, asked: _Asked) -> None:
        self.asked = asked
        self.session = Session(config=asked.config)
        self.faults: list[Diagnostic] = []
        self.files: list[PolicyFiles] = []
        read: list[Program] = []
        for spec, day in zip(asked.specs, asked.days, strict=True):
            files, faults = self.session.find(spec, day or _today())
            program, said = self.session.program(files) if files else (None, ())
            if program is None or files is None:
                self.faults += [*faults, *said]
            else:
                read.append(program)
                self.files.append(files)
        if not self.faults:
            self.old, self.new = read

    @cached_property
    def mixtures(self) -> Mixtures:
        """Both programs, as they are on the days for which they decide, and what differs."""
        old, new = self.old, self.new
        one, other = self.asked.days
        if one != other:
            old, new = in_force(old, _ordinal(one)), in_force(new, _ordinal(other))
        return Mixtures(old=old, new=new, changes=changes(old, new))

    def schema(self, number: int) -> Schema:
        """The schema by which the older (0) or the newer version (1) reads manifests."""
        program = (self.old, self.new)[number]
        schema, _ = self.session.schema(program, self.files[number].folder)
        assert schema is not None  # the program was checked with it
        return schema

    def code(self, number: int) -> Code | None:
        """The compiled form of the older (0) or the newer version (1)."""
        return self.session.code(self.files[number])


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _ordinal(day: str) -> int:
    return datetime.date.fromisoformat(day or _today()).toordinal()


# ── What is decided twice ────────────────────────────────────────────────────────────────


@node(kw_only=True)
class _Pair:
    """One case decided by both versions, and how it is decided by a mixed one."""

    file: str
    name: str
    before: Decision
    after: Decision
    decide: Decide


@node(kw_only=True)
class _Result:
    """What came of a case: how many manifests and workloads were decided by both versions, those
    that are decided otherwise, and what is to be said about it."""

    manifests: int = 0
    workloads: int = 0
    affected: tuple[Affected, ...] = ()
    faults: tuple[Diagnostic, ...] = ()


class _Source(ABC):
    """Where cases come from: each is a number. A call decides one of them."""

    def __init__(self, versions: _Versions) -> None:
        self.versions = versions
        self.faults: list[Diagnostic] = []
        self.cases: Sequence[int] = ()

    @abstractmethod
    def pairs(self, case: int, faults: list[Diagnostic]) -> Iterator[_Pair]:
        """What both versions decide of a case."""

    def __call__(self, case: int) -> _Result:
        faults: list[Diagnostic] = []
        affected: list[Affected] = []
        pairs = list(self.pairs(case, faults))
        for pair in pairs:
            found = effects(pair.before, pair.after)
            if found:
                told = responsible(self.versions.mixtures, pair.before, found, pair.decide)
                by = [(one, tuple(change.construct for change in told[one])) for one in found]
                affected.append(Affected(file=pair.file, name=pair.name, effects=tuple(by)))
        return _Result(
            manifests=len(pairs),
            workloads=sum(len(pair.after.workloads) for pair in pairs),
            affected=tuple(affected),
            faults=tuple(faults),
        )


class _Files(_Source):
    """The manifests of some paths."""

    def __init__(self, versions: _Versions, paths: Sequence[str]) -> None:
        super().__init__(versions)
        asked = versions.asked
        named = Options(
            policy=asked.specs[1],
            as_of=asked.days[1],
            waivers=asked.waivers,
            config=asked.config,
        )
        found = find_manifests(tuple(paths) or (".",), seeks(named))
        self.faults.extend(found.diagnostics)
        self.files = found.files
        self.cases = range(len(found.files))
        self._trying = Trying(
            versions.session,
            [
                Options(policy=spec, as_of=day, waivers=asked.waivers, config=asked.config)
                for spec, day in zip(asked.specs, asked.days, strict=True)
            ],
            len(found.files),
        )

    @cached_property
    def _touched(self) -> tuple[frozenset[str] | None, ...]:
        """The rules of each version that a change may touch; None where all are judged. On two days
        anything may be otherwise that counts days."""
        versions = self.versions
        if len({*versions.asked.days}) > 1:
            return None, None
        of = [touched(each, versions.mixtures.changes) for each in (versions.old, versions.new)]
        return (None, None) if None in of else tuple(of)

    def pairs(self, case: int, faults: list[Diagnostic]) -> Iterator[_Pair]:
        given, said = self._trying.read(self.files[case])
        faults.extend(said)
        if given is None:
            return
        pairs, more = self._decided(given, self._touched)
        if None not in self._touched and any(effects(p.before, p.after) for p in pairs):
            pairs, more = self._decided(given, (None, None))
        faults.extend(more)
        yield from pairs

    def _decided(
        self, given: Given, rules: Sequence[frozenset[str] | None]
    ) -> tuple[list[_Pair], list[Diagnostic]]:
        """What both versions decide of a file, by these of their rules, and what is to be said."""
        (before, said), (after, more) = self._trying.judged(given, rules)
        was = _by_name(before)
        pairs = [
            _Pair(
                file=each.document.file,
                name=each.document.name,
                before=was[key].decision,
                after=each.decision,
                decide=_by(each.document, replace(each.context, explain=False)),
            )
            for key, each in _by_name(after).items()
            if key in was
        ]
        return pairs, list(dict.fromkeys((*said, *more)))


def _by_name(judgements: Sequence[Judgement]) -> dict[tuple[str, int], Judgement]:
    """Judgements by the names of their manifests; of several with one name, by their order too."""
    found: dict[tuple[str, int], Judgement] = {}
    seen: Counter[str] = Counter()
    for each in judgements:
        name = each.document.name
        found[name, seen[name]] = each
        seen[name] += 1
    return found


def _by(document: Document, context: Context) -> Decide:
    return lambda program: decide(program, document, context)


class _Tests(_Source):
    """The facts of the tests of both versions; of one that both have, as the newer states them. A
    bar among them counts in every version that has it."""

    def __init__(self, versions: _Versions) -> None:
        super().__init__(versions)
        self._made: dict[object, tuple[Program, Program]] = {}
        found: dict[str, PolicyTest] = {}
        for files in versions.files:
            program, _, said = versions.session.tested(files)
            if program is None:
                self.faults.extend(said)
            else:
                found.update({test.title: test for test in program.tests})
        self.tests = tuple(found.values())
        self.cases = range(len(self.tests))
        if not self.tests and not self.faults:
            help = "write a `test` in the `tests/` folder of the policy"
            self.faults.append(about("MLP0918", "neither version has tests", help=help))

    def pairs(self, case: int, faults: list[Diagnostic]) -> Iterator[_Pair]:
        test = self.tests[case]
        place = test.origin.place
        file = f"{place.file}:{place.line}"
        made: list[tuple[Document, Context]] = []
        for number, program in enumerate((self.versions.old, self.versions.new)):
            schema = self.versions.schema(number)
            documents, said = load(manifest_of(test, schema).encode(), file, schema)
            if len(documents) != 1 or any(each.severity is Severity.ERROR for each in said):
                reason = said[0].message if said else "they make none"
                name = titled.policy(program)
                message = f"the facts of “{test.title}” are no manifest for {name}: {reason}"
                faults.append(about("MLP1111", message, file))
                return
            day = self.versions.asked.days[number]
            date = datetime.date.fromisoformat(day) if day else day_of(test, documents[0], program)
            made.append((documents[0], Context(as_of=date, today=date, explain=False)))
        faults.extend(self._missing(test, file))
        before, after = (
            self._decided(test, number, document, context)
            for number, (document, context) in enumerate(made)
        )
        document, context = made[1]
        yield _Pair(
            file=file,
            name=test.title,
            before=before,
            after=after,
            decide=lambda program: decide(self._with_bars(test, program), document, context),
        )

    def _decided(
        self, test: PolicyTest, number: int, document: Document, context: Context
    ) -> Decision:
        program = (self.versions.old, self.versions.new)[number]
        if not test.bars:
            return decide(program, document, context, self.versions.code(number))
        return decide(self._with_bars(test, program), document, context)

    def _with_bars(self, test: PolicyTest, program: Program) -> Program:
        """A version or a mixed one with the bars that a test states and that it has."""
        bars = tuple(bar for bar in test.bars if has_bar(program, bar))
        if not bars:
            return program
        key = id(program), tuple((bar.name, bar.value) for bar in bars)
        if key not in self._made:
            self._made[key] = program, with_bars(program, bars)
        return self._made[key][1]

    def _missing(self, test: PolicyTest, file: str) -> Iterator[Diagnostic]:
        """That a test states a bar which a version does not have."""
        for program in (self.versions.old, self.versions.new):
            for bar in test.bars:
                if not has_bar(program, bar):
                    message = (
                        f"“{test.title}” states the bar `{bar.name}`, and {program.name} "
                        f"{program.version} has none with such values: it decides without it"
                    )
                    help = "write a test for each version to compare what each makes of its bar"
                    yield about("MLP0933", message, file, help=help, severity=Severity.WARNING)


class _Log(_Source):
    """What a log of decisions recorded, each for the day it was decided for unless another one is
    asked for."""

    def __init__(self, versions: _Versions, log: str) -> None:
        super().__init__(versions)
        self.log = log
        lines = lines_of(log)
        self.lines: list[Line] = []
        if isinstance(lines, Diagnostic):
            self.faults.append(lines)
            return
        for line in lines:
            if line.record is None:
                self.faults.extend(line.faults)
            else:
                self.lines.append(line)
        self.cases = range(len(self.lines))
        if not self.lines and not self.faults:
            help = "`mlpolicy record add` records decisions"
            self.faults.append(about("MLP1112", f"`{log}` has no record", log, help=help))

    def pairs(self, case: int, faults: list[Diagnostic]) -> Iterator[_Pair]:
        line = self.lines[case]
        store = store_of(self.log)
        inputs, wrong = inputs_of(
            line, store, Path(store).is_dir(), lambda name, most: stored(self.log, name, most)
        )
        faults.extend(wrong)
        if inputs is None:
            return
        made: list[Decision] = []
        for number, program in enumerate((self.versions.old, self.versions.new)):
            decision, said = self._decided(program, inputs, number)
            if decision is None:
                record = f"record {line.number} of `{self.log}`"
                reason = said[0].message if said else "its inputs make no manifest"
                message = f"{record} cannot be decided by {titled.policy(program)}"
                faults.append(about("MLP1111", f"{message}: {reason}", self.log))
                return
            made.append(decision)
        before, after = made
        yield _Pair(
            file=f"{self.log}:{line.number}",
            name=after.manifest_name,
            before=before,
            after=after,
            decide=lambda program: self._decided(program, inputs, 1)[0],
        )

    def _decided(
        self, program: Program, inputs: Inputs, number: int
    ) -> tuple[Decision | None, tuple[Diagnostic, ...]]:
        day = self.versions.asked.days[number]
        if day:
            inputs = replace(inputs, as_of=datetime.date.fromisoformat(day))
        return decided_by(program, self.versions.schema(number), inputs, explain=False)


def _told(source: _Source, jobs: int) -> list[_Result]:
    """What comes of each case, in their order."""
    from mlpolicy.cli.workers import MOST_A_PIECE, Workers, cores, spare_garbage

    many = len(source.cases)
    number = min(jobs or cores(), max(1, many if jobs else many // _A_PROCESS))
    told: list[_Result] = []
    if number <= 1 or (isinstance(source, _Files) and STDIN in source.files):
        with progress("deciding", many) as line:
            for case in source.cases:
                told.append(source(case))
                line()
                if len(told) % MOST_A_PIECE == 0:
                    spare_garbage()
        return told
    with progress("deciding"):
        told.append(source(source.cases[0]))  # what it reads is there for all workers
    with (
        Workers(source.__call__, _again(source), number) as workers,
        progress("deciding", many) as line,
    ):
        line()
        for one in workers.results(source.cases[1:]):
            told.append(one)
            line()
    return told


def _again(source: _Source) -> Callable[[], Callable[[int], _Result]]:
    """What begins the same in a process that has read nothing yet."""
    asked = source.versions.asked
    match source:
        case _Files():
            return _Begun(asked, _Files, source.files)
        case _Log():
            return _Begun(asked, _Log, source.log)
        case _:
            return _Begun(asked, _Tests)


class _Begun:
    """A source that can be sent to another process, and is made there."""

    def __init__(self, asked: _Asked, kind: Callable[..., _Source], *more: object) -> None:
        self._asked, self._kind, self._more = asked, kind, more

    def __call__(self) -> Callable[[int], _Result]:
        return self._kind(_Versions(self._asked), *self._more)
