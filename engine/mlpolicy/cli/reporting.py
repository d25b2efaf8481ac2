"""The reports of `check` in the formats of other programs, and the files that they go to."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlpolicy import __version__
from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.judging import Judged, Options, code_of, judge, without_steps
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.cli.saving import save
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.render.check import Detail


def reports(
    paths: tuple[str, ...],
    options: Options,
    others: int,
    fail_on: tuple[str, ...],
    form: str,
    output: Sequence[tuple[str, str]],
    detail: Detail,
) -> ExitCode:
    """Judges the manifests at the paths (none of them where only `others` were named), writes every
    report, and gives the exit code."""
    forms = {form, *(each for each, _ in output)}
    judged = Judged((), (), 0)
    if paths or not others:
        explain = bool(forms & {"json", "markdown"})
        judged = judge(paths or (".",), options, explain=explain, dated=False)
    kept = [replace(each, decision=without_steps(each.decision)) for each in judged.judgements]
    judged = replace(judged, judgements=tuple(kept), skipped=judged.skipped + others)
    fails = [frozenset(fail_on or each.config.fail_on) for each in kept]
    codes = [code_of(each.decision, levels) for each, levels in zip(kept, fails, strict=True)]
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

    if judged.judgements or judged.broken:
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

            some = judged.judgements or judged.broken
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

            pairs = [(each.decision, each.program) for each in judged.judgements]
            return comment(pairs, judged.diagnostics)
        case _:
            return _of_problems(form, judged, code)


def _of_problems(form: str, judged: Judged, code: ExitCode) -> str:
    from mlpolicy.render.reports.problems import problems

    found = problems(judged.decisions, judged.diagnostics)
    match form:
        case "sarif":
            from mlpolicy.render.reports.sarif import sarif

            programs = {each.decision.policy.digest: each.program for each in judged.judgements}
            whole = not judged.incomplete
            return sarif(found, programs, __version__, whole=whole, code=code)
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
    read = {os.path.realpath(each.decision.manifest_path) for each in judged.judgements}
    read |= {os.path.realpath(each.file) for each in judged.diagnostics if each.file}
    read |= {os.path.realpath(each.config.file) for each in judged.judgements if each.config.file}
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
