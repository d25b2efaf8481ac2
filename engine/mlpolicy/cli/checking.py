"""What `mlpolicy check` does with its options. Nothing here needs click: see `quick`."""

from __future__ import annotations

import sys
from dataclasses import replace

from mlpolicy.cli import judging
from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.core.decision import Decision, Verdict
from mlpolicy.core.terms import FIRM, RuleState
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
) -> int:
    """Judges the manifests at the paths, and says what came of it; the exit code."""
    options = judging.Options(policy, as_of, waivers, config)
    others = 0
    if only_manifests and paths:
        paths, others = sift(paths)
        if not paths:
            return ExitCode.PASS
    judged = judging.judge(paths or (".",), options, explain=form == "json", trace=False)
    judged = replace(judged, skipped=judged.skipped + others)
    if form == "json":
        from mlpolicy.render.json import check_json

        emit(check_json(judged.decisions, judged.diagnostics, judged.skipped, judged.broken))
    else:
        from mlpolicy.render.text import check_text

        if judged.judgements or judged.broken:
            wide = width() if sys.stdout.isatty() else None
            counts = (judged.skipped, judged.broken)
            emit(check_text(judged.decisions, *counts, width=wide, color=has_color()))
        complain(judged.diagnostics)
    codes = [
        code_of(judgement.decision, fail_on or judgement.config.fail_on)
        for judgement in judged.judgements
    ]
    if judged.incomplete:
        codes.append(ExitCode.NOT_EVALUATED)
    return worst(codes)


def code_of(decision: Decision, fail_on: tuple[str, ...]) -> ExitCode:
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
