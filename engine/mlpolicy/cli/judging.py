"""From paths to decisions: what `check` and `explain` have in common.

Which policy applies, in this order: the option, the configuration above the manifest, the
manifest itself, the built-in pack. The same order for the date.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

from mlpolicy import approvals
from mlpolicy.config import Config
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document, Waiver
from mlpolicy.core.node import node
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, Severity, in_order
from mlpolicy.evaluate import evaluate
from mlpolicy.workspace import (
    Diagnostics,
    PolicyFiles,
    Workspace,
    find_manifests,
    find_schema,
    read_manifest,
)


@node
class Options:
    """What the command line says. Empty texts where it says nothing."""

    policy: str = ""
    as_of: str = ""
    waivers: str = ""
    config: str = ""


@node
class Judgement:
    """A decision, and all it was made from: which program, under which configuration, the
    document with the bytes of its file, the files of the policy and of the manifest's schema,
    the waivers of a waiver file, and the two days."""

    decision: Decision
    program: Program
    config: Config
    document: Document
    data: bytes
    files: PolicyFiles
    schema: Path | None
    waivers: tuple[Waiver, ...]
    as_of: datetime.date
    today: datetime.date

    def decide(self, document: Document, *, explain: bool = True) -> Decision:
        """The decision on another document, everything else being the same."""
        decision = evaluate(
            self.program,
            document,
            as_of=self.as_of,
            today=self.today,
            waivers=self.waivers,
            allow_manifest_waivers=self.config.manifest_waivers,
            explain=explain,
        )
        return approvals.with_approvals(decision, self.config.approvals)


@node
class Judged:
    """All decisions in order of path, what is to be said about files, files passed over."""

    judgements: tuple[Judgement, ...]
    diagnostics: Diagnostics
    skipped: int

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(judgement.decision for judgement in self.judgements)

    @property
    def incomplete(self) -> bool:
        """Could something not be evaluated?"""
        if any(fault.severity is Severity.ERROR for fault in self.diagnostics):
            return True
        return any(
            workload.error is not None
            for decision in self.decisions
            for workload in decision.workloads
        )


def judge(paths: Sequence[str], options: Options, *, explain: bool = True) -> Judged:
    """Find the manifests that `paths` name and decide each of them. Without `explain`, what
    only an explanation needs is left out of the decisions."""
    found = find_manifests(paths)
    workspace = Workspace(options.config)
    today = datetime.datetime.now(datetime.UTC).date()
    judgements: list[Judgement] = []
    faults = list(found.diagnostics)
    for file in found.files:
        decided, said = _judge_file(file, options, workspace, today, explain)
        judgements.extend(decided)
        faults.extend(said)
    return Judged(tuple(judgements), in_order(faults), found.skipped)


def judge_bytes(file: str, data: bytes, options: Options) -> Judged:
    """Decide what is to be written to `file`, as if it stood there."""
    today = datetime.datetime.now(datetime.UTC).date()
    judgements, faults = _judge_file(file, options, Workspace(options.config), today, True, data)
    return Judged(tuple(judgements), in_order(faults), 0)


def _judge_file(
    file: str,
    options: Options,
    workspace: Workspace,
    today: datetime.date,
    explain: bool,
    known: bytes | None = None,
) -> tuple[list[Judgement], list[Diagnostic]]:
    data = read_manifest(file) if known is None else known
    if isinstance(data, Diagnostic):
        return [], [data]
    config, said = workspace.config(file)
    if config is None:
        return [], list(said)
    faults = list(said)
    documents, schema_used = _documents(data, file, options, config, workspace, today, faults)
    judgements: list[Judgement] = []
    for number, document in enumerate(documents):
        as_of = _as_of(options, config, document.decision_date, today)
        files, said = _policy(options, config, document.policy, as_of, workspace)
        faults.extend(said)
        program, said = workspace.program(files) if files else (None, ())
        faults.extend(said)
        if files is None or program is None:
            continue
        said = approvals.faults(config, approvals.identity(program), as_of.isoformat())
        faults.extend(said)
        if any(fault.severity is Severity.ERROR for fault in said):
            continue
        schema = find_schema(program.schema_name, files.folder)
        if schema != schema_used:
            # Read by another policy's schema so far: read again by this one's.
            again, said = workspace.documents(data, file, program, files.folder)
            faults.extend(said)
            if number >= len(again):
                continue
            document = again[number]
        waivers, said = _waivers(options, config, program, files, workspace)
        faults.extend(said)
        decision = evaluate(
            program,
            document,
            as_of=as_of,
            today=today,
            waivers=waivers,
            allow_manifest_waivers=config.manifest_waivers,
            explain=explain,
        )
        decision = approvals.with_approvals(decision, config.approvals)
        judgements.append(
            Judgement(
                *(decision, program, config, document, data, files, schema),
                *(waivers, as_of, today),
            )
        )
    return judgements, faults


#: A glance at a manifest before it is read. A wrong glance costs a second reading, no more.
_GLANCE = re.compile(
    rb"^[ \t]*[\"']?(policy|decision_date)[\"']?[ \t]*:[ \t]*[\"']?([^\s\"'#,]+)", re.M
)


def _documents(
    data: bytes,
    file: str,
    options: Options,
    config: Config,
    workspace: Workspace,
    today: datetime.date,
    faults: list[Diagnostic],
) -> tuple[tuple[Document, ...], Path | None]:
    """The documents, read by the schema of the policy that seems to apply, and that schema.

    A manifest names its policy, and the policy the schema by which the manifest is read. So
    the policy is first guessed from the text, then established from the document.
    """
    seen = {key.decode(): value.decode("utf-8", "replace") for key, value in _GLANCE.findall(data)}
    date = seen.get("decision_date")
    try:
        as_of = _as_of(options, config, date, today)
    except ValueError:
        as_of = _as_of(options, config, None, today)
    for stated in (seen.get("policy"), None):
        files, said = _policy(options, config, stated, as_of, workspace)
        program, more = workspace.program(files) if files else (None, ())
        if files is not None and program is not None:
            documents, found = workspace.documents(data, file, program, files.folder)
            faults.extend(found)
            return documents, find_schema(program.schema_name, files.folder)
        if stated is None or options.policy or config.policy:
            faults.extend((*said, *more))
            break
    return (), None


def _policy(
    options: Options, config: Config, stated: str | None, as_of: datetime.date, workspace: Workspace
) -> tuple[PolicyFiles | None, Diagnostics]:
    day = as_of.isoformat()
    if options.policy:
        return workspace.find(options.policy, day)
    if config.policy:
        return workspace.find(config.policy, day, base=Path(config.file).parent)
    return workspace.find(stated or "", day, paths=False)


def _as_of(
    options: Options, config: Config, stated: str | None, today: datetime.date
) -> datetime.date:
    text = options.as_of or config.as_of or stated or "today"
    return today if text == "today" else datetime.date.fromisoformat(text)


def _waivers(
    options: Options, config: Config, program: Program, files: PolicyFiles, workspace: Workspace
) -> tuple[tuple[Waiver, ...], Diagnostics]:
    file = waiver_file(options, config)
    if not file:
        return (), ()
    named_by = "" if options.waivers else config.file
    return workspace.waivers(file, program.schema_name, files.folder, named_by)


def waiver_file(options: Options, config: Config) -> str:
    """The waiver file that the option, or else the configuration, names; or an empty text."""
    if options.waivers or not config.waivers:
        return options.waivers
    return Path(config.file).parent.joinpath(config.waivers).as_posix()
