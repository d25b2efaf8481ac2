"""The reports of `check` in the formats of other programs, and the files that they go to."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mlpolicy import __version__
from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.judging import Options, code_of, seeks, sorted_out, stream
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.cli.saving import save
from mlpolicy.config import Config
from mlpolicy.core.decision import Decision
from mlpolicy.core.node import node
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.render.check import Detail
from mlpolicy.session import find_manifests
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.changes.edits import ProvedEdit


@node(kw_only=True)
class Judged:
    """What a report is made from: the decisions in order, each with the configuration that it was
    made under, and with the edits that are proved, where a report brings them (`edits`); the
    programs that made them, by their digests; what is to be said about files, how
    many were passed over, and of how many not all could be read."""

    decided: tuple[tuple[Decision, Config], ...] = ()
    edits: tuple[tuple[ProvedEdit, ...], ...] = ()
    programs: Mapping[str, Program]
    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: int
    broken: int = 0

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions alone."""
        return tuple([decision for decision, _ in self.decided])

    @property
    def incomplete(self) -> bool:
        """Could something not be evaluated?"""
        return any(fault.severity is Severity.ERROR for fault in self.diagnostics) or any(
            workload.error is not None
            for decision in self.decisions
            for workload in decision.workloads
        )


def _judged(
    paths: Sequence[str], options: Options, skipped: int, jobs: int, *, explain: bool, edits: bool
) -> Judged:
    """What comes of the manifests at some paths, by so many processes as for the text."""
    found = find_manifests(paths, seeks(options))
    decided: list[tuple[Decision, Config]] = []
    edited: list[tuple[ProvedEdit, ...]] = []
    programs: dict[str, Program] = {}
    faults = list(found.diagnostics)
    broken = 0
    making = stream(found.files, options, explain=explain, jobs=jobs, programs=True, edits=edits)
    with closing(making) as told:
        for each in told:
            decided.extend(each.decided)
            edited.extend(each.edits)
            faults.extend(each.diagnostics)
            broken += any(fault.severity is Severity.ERROR for fault in each.diagnostics)
            for program in each.programs:
                programs.setdefault(program.key, program)
    return Judged(
        decided=tuple(decided),
        edits=tuple(edited),
        programs=programs,
        diagnostics=sorted_out(faults),
        skipped=found.skipped + skipped,
        broken=broken,
    )


def reports(
    paths: tuple[str, ...],
    options: Options,
    others: int,
    fail_on: tuple[str, ...],
    form: str,
    output: Sequence[tuple[str, str]],
    detail: Detail,
    jobs: int,
) -> ExitCode:
    """Judges the manifests at the paths (none of them where only `others` were named) in so many
    processes (`judging.stream`), writes every report, and gives the exit code."""
    forms = {form, *(each for each, _ in output)}
    if paths or not others:
        explain = bool(forms & {"json", "markdown"})
        edits = "sarif" in forms
        judged = _judged(paths or (".",), options, others, jobs, explain=explain, edits=edits)
    else:
        judged = Judged(programs={}, skipped=others)
    fails = [frozenset(fail_on or config.fail_on) for _, config in judged.decided]
    codes = [code_of(each, levels) for each, levels in zip(judged.decisions, fails, strict=True)]
    if judged.incomplete:
        codes.append(ExitCode.NOT_EVALUATED)
    code = worst(codes)
    written = [write(file, report(each, judged, fails, code), judged) for each, file in output]
    unwritten = [fault for fault in written if fault is not None]
    if form == "text":
        _print(judged, detail)
    else:
        emit(report(form, judged, fails, code))
    complain(unwritten)
    return ExitCode.NOT_EVALUATED if unwritten else code


def _print(judged: Judged, detail: Detail) -> None:
    """What is said on standard output, and of files on standard error."""
    from mlpolicy.render.check import check_text

    if judged.decided or judged.broken:
        counts = (judged.skipped, judged.broken)
        emit(check_text(judged.decisions, *counts, detail=detail, width=width(), color=has_color()))
    complain(judged.diagnostics)


def report(form: str, judged: Judged, fails: Sequence[frozenset[str]], code: ExitCode) -> str:
    """What was judged in the format of that name. `fails` holds for every judgement the levels at
    which the run fails, `code` is the exit code."""
    match form:
        case "text":
            from mlpolicy.render.check import check_text
            from mlpolicy.render.diagnostics import diagnostics_text

            some = judged.decided or judged.broken
            counts = (judged.skipped, judged.broken)
            text = check_text(judged.decisions, *counts) if some else ""
            return text + diagnostics_text(judged.diagnostics)
        case "json":
            from mlpolicy.render.json import check_json

            return check_json(judged.decisions, judged.diagnostics, judged.skipped, judged.broken)
        case "junit":
            from mlpolicy.render.reports.junit import junit

            return junit(list(zip(judged.decisions, fails, strict=True)), judged.diagnostics)
        case "markdown":
            from mlpolicy.render.reports.comment import comment

            programs = judged.programs
            pairs = [(each, programs[each.policy.key]) for each in judged.decisions]
            return comment(pairs, judged.diagnostics)
        case _:
            return _of_problems(form, judged, code)


def _of_problems(form: str, judged: Judged, code: ExitCode) -> str:
    from mlpolicy.render.reports.problems import problems

    found = problems(judged.decisions, judged.diagnostics, judged.edits)
    match form:
        case "sarif":
            from mlpolicy.render.reports.sarif import sarif

            whole = not judged.incomplete
            return sarif(found, judged.programs, __version__, whole=whole, code=code)
        case "github":
            from mlpolicy.render.reports.github import github

            return github(found)
        case "gitlab":
            from mlpolicy.render.reports.gitlab import gitlab

            return gitlab(found)
        case _:
            raise AssertionError(form)


# ── Files ────────────────────────────────────────────────────────────────────────────────


def unwritable(file: str) -> str:
    """Why no report can be written to a file, before there is one; or an empty text."""
    folder = Path(file).parent
    try:
        mode = Path(file).stat().st_mode
    except FileNotFoundError:
        if not folder.is_dir():
            return f"there is no folder `{folder}`; make it first"
        return ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name of a file"
        return f"cannot write `{file}`: {reason.lower()}"
    if stat.S_ISDIR(mode):
        return f"`{file}` is a folder; name a file in it"
    return "" if stat.S_ISREG(mode) else f"`{file}` is no regular file"


def write(file: str, text: str, judged: Judged) -> Diagnostic | None:
    """Put a report into a file, whole or not at all; or say why not. What was judged is never
    written over."""
    real = os.path.realpath(file)
    read = {os.path.realpath(each.manifest_path) for each in judged.decisions}
    read |= {os.path.realpath(each.file) for each in judged.diagnostics if each.file}
    read |= {os.path.realpath(config.file) for _, config in judged.decided if config.file}
    if real in read:
        message = f"`{file}` was read in this run; a report is not written over it"
        return about("MLP0902", message, file, help="name another file")
    try:
        before = Path(real).read_bytes()
    except FileNotFoundError:
        before = None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return about("MLP0902", f"cannot write `{file}`: {reason}", file)
    return save(file, before, text.encode("utf-8", "backslashreplace"))
