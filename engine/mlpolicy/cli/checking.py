"""What `mlpolicy check` does with its options. Nothing here needs click: see `quick`."""

from __future__ import annotations

import sys
from collections.abc import Sequence, Set
from dataclasses import replace

from mlpolicy.cli import judging
from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.core.decision import Decision, Verdict
from mlpolicy.core.terms import FIRM, RuleState
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.session import only_manifests as sift


def check(
    *,
    paths: tuple[str, ...],
    policy: str,
    as_of: str,
    waivers: str,
    config: str,
    fail_on: tuple[str, ...],
    only_manifests: bool,
    form: str,
    output: tuple[tuple[str, str], ...] = (),
) -> int:
    """Judges the manifests at the paths, and says what came of it: on standard output in `form`,
    and in files, each with its format, in `output`. Gives the exit code."""
    options = judging.Options(policy, as_of, waivers, config)
    forms = {form, *(each for each, _ in output)}
    others = 0
    judged = judging.Judged((), (), 0)
    named = bool(paths)
    if only_manifests and named:
        paths, others = sift(paths)
    if paths or not named:
        explain = bool(forms & {"json", "markdown"})
        judged = judging.judge(paths or (".",), options, explain=explain, trace=False)
    judged = replace(judged, skipped=judged.skipped + others)
    fails = [frozenset(fail_on or each.config.fail_on) for each in judged.judgements]
    codes = [
        code_of(each.decision, levels)
        for each, levels in zip(judged.judgements, fails, strict=True)
    ]
    if judged.incomplete:
        codes.append(ExitCode.NOT_EVALUATED)
    code = worst(codes)
    unwritten = _write(output, judged, fails, code) if output else []
    if form == "text":
        _text(judged)
    else:
        from mlpolicy.cli.reporting import report

        emit(report(form, judged, fails, code))
    complain(unwritten)
    return ExitCode.NOT_EVALUATED if unwritten else code


def _text(judged: judging.Judged) -> None:
    """What is said on standard output, and of files on standard error."""
    from mlpolicy.render.text import check_text

    if judged.judgements or judged.broken:
        wide = width() if sys.stdout.isatty() else None
        counts = (judged.skipped, judged.broken)
        emit(check_text(judged.decisions, *counts, width=wide, color=has_color()))
    complain(judged.diagnostics)


def _write(
    output: Sequence[tuple[str, str]],
    judged: judging.Judged,
    fails: Sequence[frozenset[str]],
    code: ExitCode,
) -> list[Diagnostic]:
    """Writes the files of reports; why one could not be written."""
    from mlpolicy.cli.reporting import report, write

    written = [write(file, report(each, judged, fails, code), judged) for each, file in output]
    return [fault for fault in written if fault is not None]


def code_of(decision: Decision, fail_on: Set[str]) -> ExitCode:
    """The code for one decision. A block always fails; other levels where they are named."""
    fired = {finding.level for finding in decision.findings if finding.state is RuleState.FIRED}
    if decision.verdict is Verdict.BLOCK or "block" in fired:
        return ExitCode.BLOCKED
    is_open = decision.verdict is Verdict.INCOMPLETE or any(
        workload.status not in FIRM for workload in decision.workloads
    )
    if "incomplete" in fail_on and is_open:
        return ExitCode.INCOMPLETE
    return ExitCode.FINDINGS if fired & fail_on else ExitCode.PASS
