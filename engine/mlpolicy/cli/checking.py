"""What `mlpolicy check` does with its options. Nothing here needs click: see `quick`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from mlpolicy.cli import judging
from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.core.decision import Decision
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.render.check import Checked, Detail
from mlpolicy.session import find_manifests
from mlpolicy.session import only_manifests as sift


def check(
    *,
    paths: tuple[str, ...],
    policy: str,
    extensions: tuple[str, ...],
    as_of: str,
    waivers: str,
    config: str,
    fail_on: tuple[str, ...],
    only_manifests: bool,
    if_judge_changed: bool,
    jobs: int,
    verbose: bool,
    quiet: bool,
    trace: bool,
    form: str,
    output: tuple[tuple[str, str], ...] = (),
) -> int:
    """Judges the manifests at the paths, and says what came of it: on standard output in
    `form`, and in files, each with its format, in `output`. Gives the exit code. Of a decision
    no more is kept than is said of it; with `trace`, the JSON tells every step. With several
    `jobs`, so many processes work at it; 0 leaves that to us."""
    options = judging.Options(
        policy=policy, as_of=as_of, waivers=waivers, config=config, extensions=extensions
    )
    detail = Detail.QUIET if quiet else Detail.ALL if verbose else Detail.USUAL
    others = 0
    if if_judge_changed:
        from mlpolicy.cli.judge_files import are_of_judge

        paths, others = ((".",), 0) if are_of_judge(paths, config) else ((), len(paths))
    elif only_manifests and paths:
        paths, others = sift(paths, judging.seeks(options))
    if others and not paths and form == "text" and not output:
        return ExitCode.PASS
    if output or form not in ("text", "json") or (others and not paths):
        from mlpolicy.cli.reporting import reports

        return reports(paths, options, others, fail_on, form, output, detail, jobs)
    found = find_manifests(paths or (".",), judging.seeks(options))
    document = form == "json"
    whole = detail is Detail.ALL and not document
    told = judging.stream(
        found.files,
        options,
        explain=document or whole,
        places=document,
        jobs=jobs,
        settle=document,
        steps=document and trace,
        bare=document and not trace,
    )
    said = _Said(told, fail_on, found.diagnostics, found.skipped + others)
    with closing(told):
        if document:
            _json(said)
        else:
            _text(said, detail)
    if said.unread:
        said.codes.append(ExitCode.NOT_EVALUATED)
    return worst(said.codes)


class _Said:
    """What has come of the manifests so far: what is to be said about files, the exit codes that
    decisions ask for, how many manifests were not evaluated, or not all documents in them."""

    def __init__(
        self,
        told: Iterator[judging.Told],
        fail_on: tuple[str, ...],
        diagnostics: Sequence[Diagnostic],
        skipped: int,
    ) -> None:
        self._told = told
        self._fail_on = fail_on
        self._faults = list(diagnostics)
        self.codes: list[ExitCode] = []
        self.skipped = skipped
        self.broken = 0

    def decisions(self) -> Iterator[Decision]:
        """The decisions one by one, each of which is noted."""
        for each in self._told:
            self._faults.extend(each.diagnostics)
            self.broken += any(fault.severity is Severity.ERROR for fault in each.diagnostics)
            for decision, config in each.decided:
                self.codes.append(judging.code_of(decision, self._fail_on or config.fail_on))
                if any(workload.error is not None for workload in decision.workloads):
                    self.codes.append(ExitCode.NOT_EVALUATED)
                yield decision

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is to be said about all files so far, in order."""
        return judging.sorted_out(self._faults)

    @property
    def unread(self) -> bool:
        """Is there a file of which no decision was made?"""
        return any(fault.severity is Severity.ERROR for fault in self._faults)


def _text(said: _Said, detail: Detail) -> None:
    checked = Checked(detail, width())
    readers = None
    if detail is Detail.ALL:
        from mlpolicy.session.elsewhere import Readers

        readers = Readers()
    for decision in said.decisions():
        checked.add(decision, readers.of(decision) if readers is not None else {})
    if checked.manifests or said.broken:
        emit(checked.text(said.skipped, said.broken, color=has_color()))
    complain(said.diagnostics)


def _json(said: _Said) -> None:
    from mlpolicy.render.json import check_pieces

    for piece in check_pieces(
        said.decisions(), lambda: (said.diagnostics, said.skipped, said.broken)
    ):
        emit(piece)
