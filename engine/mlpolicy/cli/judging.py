"""From paths to decisions: what `check` and `explain` have in common.

Which policy applies, in this order: the option, the configuration above the manifest, the
manifest itself, the built-in pack. The same order for the date, but that a manifest's own counts
for `check` only where the configuration says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from operator import is_
from pathlib import Path

from mlpolicy import approvals
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.progress import Line, progress
from mlpolicy.config import Config, is_date
from mlpolicy.core.decision import Decision, Verdict, identity
from mlpolicy.core.facts import Document, Required, Waiver
from mlpolicy.core.node import node
from mlpolicy.core.program import Program
from mlpolicy.core.terms import FIRM, RuleState
from mlpolicy.dataclass import replace
from mlpolicy.decide import Context, decide
from mlpolicy.diagnostics import Diagnostic, Matter, Severity, about, bounded, in_order
from mlpolicy.evaluate import Memory
from mlpolicy.manifest import Claim, Schema, claims
from mlpolicy.manifest.load import parsed_of
from mlpolicy.manifest.read import Reading, reading
from mlpolicy.session import (
    DISK,
    STDIN,
    Diagnostics,
    Files,
    PolicyFiles,
    Seeks,
    Session,
    find_manifests,
    read_manifest,
    shown_name,
)
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code
    from mlpolicy.changes.edits import ProvedEdit

#: From how many manifests on, or things to decide in one, it saves more than it costs to load the
#: compiled form of a policy.
_MANY = 4

#: For so many manifests it is worth to begin another process.
_A_PROCESS = 8


_Work = Callable[[str], tuple[list["Judgement"], list[Diagnostic]]]


@node(kw_only=True)
class Options:
    """What the command line says. Empty texts where it says nothing."""

    policy: str = ""
    as_of: str = ""
    waivers: str = ""
    config: str = ""
    extensions: tuple[str, ...] = ()


@node(kw_only=True)
class Judgement:
    """A decision, and all it was made from: which program, under which configuration, the
    document with what was read of its file, the files of the policy, the manifest's schema, the
    context (waivers of a waiver file, approvals, and the two days), and the compiled form of the
    program where it was used."""

    decision: Decision
    program: Program
    config: Config
    document: Document
    read: Reading
    files: PolicyFiles
    schema: Schema
    context: Context
    code: Code | None = None

    @property
    def data(self) -> bytes:
        """The bytes of the manifest's file."""
        return self.read.data

    def decide(
        self, document: Document, *, explain: bool = True, memory: Memory | None = None
    ) -> Decision:
        """The decision on another document, everything else being the same; `memory` as in
        `decide`."""
        context = replace(self.context, explain=explain)
        return decide(self.program, document, context, self.code, memory)


@node
class Judged:
    """All decisions in order of path, what is to be said about files; how many files were passed
    over, and how many manifests were not evaluated, or not all documents in them."""

    judgements: tuple[Judgement, ...]
    diagnostics: Diagnostics
    skipped: int
    broken: int = 0

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions alone, in the order of the judgements."""
        return tuple(judgement.decision for judgement in self.judgements)

    @property
    def unread(self) -> bool:
        """Is there a file of which no decision was made?"""
        return any(fault.severity is Severity.ERROR for fault in self.diagnostics)

    @property
    def incomplete(self) -> bool:
        """Could something not be evaluated?"""
        return self.unread or any(
            workload.error is not None
            for decision in self.decisions
            for workload in decision.workloads
        )


def judge(
    paths: Sequence[str],
    options: Options,
    *,
    explain: bool = True,
    dated: bool = True,
    fs: Files = DISK,
) -> Judged:
    """Find the manifests that `paths` name and decide each of them. Without `explain`, what
    only an explanation needs is left out of the decisions. With `dated` the day counts that a
    manifest gives as its own, else only where the configuration says so. All files are those of
    `fs`."""
    found = find_manifests(paths, seeks(options, fs), fs)
    task = _Task(options=options, explain=explain, dated=dated, many=len(found.files))
    work = task.begin(fs)
    judgements: list[Judgement] = []
    faults = list(found.diagnostics)
    broken = 0
    with progress("deciding", len(found.files)) as step:
        for file in found.files:
            decided, diagnostics = work(file)
            judgements.extend(decided)
            faults.extend(diagnostics)
            broken += any(fault.severity is Severity.ERROR for fault in diagnostics)
            step()
    return Judged(tuple(judgements), sorted_out(faults), found.skipped, broken)


def seeks(options: Options, fs: Files = DISK) -> Seeks:
    """How the manifests in a folder are known, with these options."""
    as_of = options.as_of if is_date(options.as_of) else ""
    day = as_of or datetime.datetime.now(datetime.UTC).date().isoformat()
    return Session(fs, config=options.config).seeks(options.policy, day)


class Trying:
    """What judges each of `many` manifests in several ways, to see what would come of it: for
    today, unless the options say otherwise, and by policies that nobody has to have approved. What
    would settle an answer and where something stands is left out. INVARIANT: the options name the
    configuration of the session, so that a file is read once for all of them."""

    def __init__(self, session: Session, several: Sequence[Options], many: int) -> None:
        self._session = session
        self._today = datetime.datetime.now(datetime.UTC).date()
        self._tasks = [
            _Task(
                options=options,
                explain=False,
                dated=False,
                many=many,
                approved=False,
                settle=False,
            )
            for options in several
        ]

    def read(self, file: str) -> tuple[Given | None, Diagnostics]:
        """A manifest file, or why it cannot be read."""
        return _given(file, self._session)

    def judged(
        self, given: Given, rules: Sequence[frozenset[str] | None]
    ) -> list[tuple[list[Judgement], list[Diagnostic]]]:
        """What comes of it in each way; where rules are named, of those only."""
        return [
            _judged(given, replace(task, rules=some), self._session, self._today)
            for task, some in zip(self._tasks, rules, strict=True)
        ]


def sorted_out(diagnostics: list[Diagnostic]) -> Diagnostics:
    """What is to be said about files, in order; that a manifest's day is not used, once for all of
    them and last."""
    notes = [each for each in diagnostics if each.matter is Matter.UNUSED_DAY]
    rest = in_order([each for each in diagnostics if each.matter is not Matter.UNUSED_DAY])
    files = list(dict.fromkeys(each.file for each in notes))
    return (*rest, _not_used(files[0], len(files) - 1)) if files else rest


def _not_used(file: str, more: int = 0) -> Diagnostic:
    others = f" and of {more} more" if more else ""
    return about(
        "MLP0927",
        f"the `decision_date` of `{file}`{others} is not used: this command decides as of today, "
        "or for the day of `--as-of` or of the configuration",
        file,
        help="`explain` and `record add` use it; `decision_date = true` in the configuration at "
        "the top lets it count here too",
        severity=Severity.NOTE,
    )


@node(kw_only=True)
class Told:
    """What a report says of one manifest file: the decisions, each with the configuration that
    it was made under, and what is to be said about the file. Where reports quote the policies,
    `programs` are those that the same process has not told before; where they bring edits, `edits`
    holds those of each decision. Nothing else is held."""

    decided: tuple[tuple[Decision, Config], ...]
    diagnostics: Diagnostics
    programs: tuple[Program, ...] = ()
    edits: tuple[tuple[ProvedEdit, ...], ...] = ()


def stream(
    files: Sequence[str],
    options: Options,
    *,
    explain: bool = False,
    places: bool = True,
    jobs: int = 0,
    programs: bool = False,
    settle: bool = True,
    steps: bool = False,
    bare: bool = False,
    edits: bool = False,
) -> Generator[Told]:
    """What comes of each of these manifests, in their order, each as soon as it is there, with
    its `steps` only where they are asked for. The day that one gives as its own counts only
    where the configuration says so. With several `jobs`, so many processes work at it; 0 leaves
    the number to us. `explain` and `settle` are those of a `Context`; without `places`, it is
    left out where findings that wait point. Where `bare`, no step is made at all. With `programs`,
    the processes bring the programs too, and with `edits` the edits that are proved. Raises
    CommandError where one of them ends early."""
    many = len(files)
    task = _Task(
        options=options,
        explain=explain,
        places=places,
        bare=bare,
        dated=False,
        many=many,
        programs=programs,
        settle=settle,
        steps=steps,
        edits=edits,
    )
    work = task.telling()
    number = _processes(files, jobs)
    if number == 1:
        with progress("deciding", many) as line:
            for file in files:
                yield from _aside(line, work(file))
        return
    from mlpolicy.cli.workers import Workers

    with progress("deciding"):
        first = work(files[0])  # what it reads is there for all workers
    with Workers(work, task.telling, number) as workers, progress("deciding", many) as line:
        yield from _aside(line, first)
        for told in workers.results(files[1:]):
            yield from _aside(line, told)


def _aside(line: Line, told: Told) -> Iterator[Told]:
    with line.aside():
        yield told
    line()


def _processes(files: Sequence[str], jobs: int) -> int:
    """In how many processes to decide. What is read from standard input is read in this one."""
    if STDIN in files:
        return 1
    from mlpolicy.cli.workers import cores

    return max(1, min(jobs or cores(), len(files) - 1 if jobs else len(files) // _A_PROCESS))


@node(kw_only=True)
class _Task:
    """What is done with each of `many` manifests. It can be sent to another process. Where it need
    not be `approved`, a policy judges that the configuration would refuse."""

    options: Options
    explain: bool
    dated: bool
    many: int
    approved: bool = True
    places: bool = True
    settle: bool = True
    programs: bool = False
    steps: bool = False
    bare: bool = False
    edits: bool = False
    rules: frozenset[str] | None = None

    def begin(self, fs: Files = DISK) -> _Work:
        """What does it, with a session of its own."""
        session = Session(fs, config=self.options.config)
        today = datetime.datetime.now(datetime.UTC).date()

        def work(file: str) -> tuple[list[Judgement], list[Diagnostic]]:
            return _judge_file(file, self, session, today)

        return work

    def telling(self) -> Callable[[str], Told]:
        """The same, of which only what a report says is kept."""
        work = self.begin()
        told: set[str] = set()

        def tell(file: str) -> Told:
            judgements, diagnostics = work(file)
            part = without_steps if self.places else _without_places
            decided = tuple(
                [
                    (each.decision if self.steps else part(each.decision), each.config)
                    for each in judgements
                ]
            )
            new = {each.program.key: each.program for each in judgements if self.programs}
            programs = tuple([program for key, program in new.items() if key not in told])
            told.update(new)
            edits = tuple([_edits(each) for each in judgements if self.edits])
            return Told(
                decided=decided,
                diagnostics=in_order(diagnostics),
                programs=programs,
                edits=edits,
            )

        return tell


class Given:
    """A manifest file that was read, with the configuration that it is under and what there is to
    say of both."""

    def __init__(self, file: str, config: Config, read: Reading, faults: Diagnostics) -> None:
        self.file, self.config, self.read, self.faults = file, config, read, faults
        self.parsed = parsed_of(read)
        self._checked: tuple[list[Schema | None], _Checked] | None = None

    def checked(self, session: Session, schemas: list[Schema | None]) -> _Checked:
        """Its documents, each checked by its schema; by the same ones only once."""
        before = self._checked
        if before is not None and all(map(is_, before[0], schemas)):
            return before[1]
        found = session.checked(self.parsed, self.file, schemas)
        self._checked = schemas, found
        return found


_Checked = tuple[tuple[tuple[int, Document], ...], Diagnostics]


def _given(file: str, session: Session) -> tuple[Given | None, Diagnostics]:
    """A manifest file as it is read, or why it cannot be."""
    data = read_manifest(file, session.fs)
    if isinstance(data, Diagnostic):
        return None, (data,)
    config, faults = session.config(file)
    if config is None:
        return None, faults
    return Given(file, config, reading(data, shown_name(file)), faults), ()


def _judge_file(
    file: str, task: _Task, session: Session, today: datetime.date
) -> tuple[list[Judgement], list[Diagnostic]]:
    given, faults = _given(file, session)
    if given is None:
        return [], list(faults)
    return _judged(given, task, session, today)


def _judged(
    given: Given, task: _Task, session: Session, today: datetime.date
) -> tuple[list[Judgement], list[Diagnostic]]:
    file, options, config, read = given.file, task.options, given.config, given.read
    faults = list(given.faults)
    judges: list[_Judge | None] = []
    folder = "." if file == STDIN else Path(file).parent.as_posix()
    day = today.isoformat()

    def domains() -> Sequence[str]:
        return session.seeks(options.policy, day)(folder)[0].domains

    unjudged: list[Diagnostic] = []
    for claim in claims(given.parsed, domains):
        judge, diagnostics = _judge_of(claim, options, config, session, today, task.dated)
        if judge is not None and judge.passes_over:
            faults.append(_not_used(read.source.name))
        judges.append(judge)
        unjudged.extend(diagnostics)
    faults.extend(bounded(unjudged))
    documents, diagnostics = given.checked(
        session, [judge.schema if judge else None for judge in judges]
    )
    faults.extend(diagnostics)
    judgements: list[Judgement] = []
    for number, document in documents:
        judge = judges[number]
        assert judge is not None
        diagnostics = approvals.faults(config, identity(judge.program), judge.as_of.isoformat())
        if task.approved:
            faults.extend(diagnostics)
            if any(fault.severity is Severity.ERROR for fault in diagnostics):
                continue
        required, diagnostics = _required(config, judge.schema)
        faults.extend(diagnostics)
        if diagnostics:
            continue
        waivers, diagnostics = _waivers(options, config, judge.program, judge.files, session)
        faults.extend(diagnostics)
        context = Context(
            as_of=judge.as_of,
            today=today,
            waivers=waivers,
            manifest_waivers=config.manifest_waivers,
            dated=judge.dated,
            require=required,
            approvals=config.approvals,
            explain=task.explain,
            settle=task.settle,
            steps=not task.bare,
            rules=task.rules,
        )
        many = max(task.many, len(document.workloads)) >= _MANY
        code = session.code(judge.files) if many and not task.explain else None
        decision = decide(judge.program, document, context, code)
        judgements.append(
            Judgement(
                decision=decision,
                program=judge.program,
                config=config,
                document=document,
                read=read,
                files=judge.files,
                schema=judge.schema,
                context=context,
                code=code,
            )
        )
    return judgements, faults


def _edits(judgement: Judgement) -> tuple[ProvedEdit, ...]:
    """The edits of a manifest that are proved to silence findings about it."""
    from mlpolicy.changes.edits import edits

    memory = Memory()
    return edits(
        judgement.program,
        judgement.schema,
        judgement.document,
        judgement.read,
        judgement.decision,
        lambda document: judgement.decide(document, explain=False, memory=memory),
    )


def without_steps(decision: Decision) -> Decision:
    """A decision as a report holds it."""
    return replace(decision, trace=replace(decision.trace, children=()))


def _without_places(decision: Decision) -> Decision:
    """The same for a report that does not say where findings that wait point. It is left out where
    it would have to be worked out: that of a rule or an obligation."""
    findings = [
        replace(each, at=None) if each.state is RuleState.WAITING and each.rule_at else each
        for each in decision.findings
    ]
    return replace(without_steps(decision), findings=tuple(findings))


@node(kw_only=True)
class _Judge:
    """What judges one document: for which day, by which policy, read by which schema; whether the
    day is the document's own (`dated`), or passes over another one that it states."""

    as_of: datetime.date
    files: PolicyFiles
    program: Program
    schema: Schema
    dated: bool
    passes_over: bool


def _judge_of(
    claim: Claim,
    options: Options,
    config: Config,
    session: Session,
    today: datetime.date,
    dated: bool,
) -> tuple[_Judge | None, Diagnostics]:
    """The judge of a document, from what stands in it before it is checked, or why there is none:
    the document names its policy, and the policy the schema that reads the document."""
    stated = claim.decision_date or ""
    stated = stated if is_date(stated) else ""
    counts = dated or config.decision_date
    as_of = _as_of(options, config, stated if counts else "", today)
    own = bool(counts and stated and not options.as_of and not config.as_of)
    passes_over = bool(stated and not own and not options.as_of and stated != as_of.isoformat())
    files, diagnostics = _policy(options, config, claim, as_of, session)
    if claim.policy and not options.policy and not config.policy:
        diagnostics = tuple(
            replace(each, origin=each.origin or claim.origin) for each in diagnostics
        )
    if files is None:
        return None, diagnostics
    program, more = session.program(files)
    diagnostics = (*diagnostics, *more)
    if program is None:
        return None, diagnostics
    schema, more = session.schema(program, files.folder)
    diagnostics = (*diagnostics, *more)
    if schema is None:
        return None, diagnostics
    judge = _Judge(
        as_of=as_of,
        files=files,
        program=program,
        schema=schema,
        dated=own,
        passes_over=passes_over,
    )
    return judge, diagnostics


def _policy(
    options: Options, config: Config, claim: Claim, as_of: datetime.date, session: Session
) -> tuple[PolicyFiles | None, Diagnostics]:
    day = as_of.isoformat()
    if options.policy or config.policy:
        return chosen(options, config, day, session)
    if claim.policy:
        files, faults = session.find(claim.policy, day, paths=False)
    else:
        files, faults = session.unnamed(day, claim.kind or "", claim.api or "")
    if files is None:
        return None, faults
    whole, more = session.with_extensions(files, config, options.extensions, day)
    return whole, (*faults, *more)


def chosen(
    options: Options, config: Config, day: str, session: Session
) -> tuple[PolicyFiles | None, Diagnostics]:
    """The policy that options or a configuration choose, whatever a manifest says, with its
    extensions; without a choice, the built-in one. An option that names the policy leaves none of
    the configuration's extensions."""
    if options.policy or not config.policy:
        files, faults = session.find(options.policy, day)
    else:
        files, faults = session.configured_policy(config, day)
    if files is None:
        return None, faults
    governing = None if options.policy else config
    whole, more = session.with_extensions(files, governing, options.extensions, day)
    return whole, (*faults, *more)


def _as_of(options: Options, config: Config, stated: str, today: datetime.date) -> datetime.date:
    text = options.as_of or config.as_of or stated or "today"
    return today if text == "today" else datetime.date.fromisoformat(text)


def _waivers(
    options: Options, config: Config, program: Program, files: PolicyFiles, session: Session
) -> tuple[tuple[Waiver, ...], Diagnostics]:
    file = waiver_file(options, config)
    if not file:
        return (), ()
    named_by = None if options.waivers else config
    return session.waivers(file, program, files.folder, named_by)


def _required(config: Config, schema: Schema) -> tuple[tuple[Required, ...], Diagnostics]:
    """What the configuration requires of a manifest, as the schema that reads it has it."""
    if not config.require:
        return (), ()
    from mlpolicy.required import resolved

    return resolved(config.require, schema)


def waiver_file(options: Options, config: Config) -> str:
    """The waiver file that the option, or else the configuration, names; or an empty text."""
    if options.waivers or not config.waivers:
        return options.waivers
    return Path(config.file).parent.joinpath(config.waivers).as_posix()


def code_of(decision: Decision, fail_on: Collection[str]) -> ExitCode:
    """The code for one decision. A block always fails; other levels where they are named."""
    fired = {finding.level for finding in decision.findings if finding.state is RuleState.FIRED}
    if decision.verdict is Verdict.BLOCK or "block" in fired:
        return ExitCode.BLOCKED
    is_open = decision.verdict is Verdict.INCOMPLETE or any(
        workload.status not in FIRM for workload in decision.workloads
    )
    if "incomplete" in fail_on and is_open:
        return ExitCode.INCOMPLETE
    return ExitCode.FINDINGS if fired & set(fail_on) else ExitCode.PASS
