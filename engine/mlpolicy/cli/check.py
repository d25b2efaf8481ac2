"""`mlpolicy check`: judge manifests, for the commit hook and for CI."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    format_option,
    policy_option,
    waivers_option,
)
from mlpolicy.core.terms import RuleState


@click.command(
    "check",
    epilog="Example: mlpolicy check --fail-on warn --fail-on pending services/",
    short_help="Judge manifests.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@policy_option
@as_of_option
@waivers_option
@config_option
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["block", "warn", "advise", "pending"]),
    help="What makes the command fail besides a block; may be repeated.",
)
@click.option(
    "--only-manifests",
    is_flag=True,
    help="Pass over the files named that are no manifests, as a search of a folder does: for the "
    "commit hook.",
)
@format_option
def command(
    paths: tuple[str, ...],
    policy: str,
    as_of: str,
    waivers: str,
    config: str,
    fail_on: tuple[str, ...],
    only_manifests: bool,
    form: str,
) -> int:
    """Judge manifests: one line each, and one for each finding.

    PATH is a file, a folder, a pattern, or `-` for standard input; without one, the current
    folder.

    Exit codes: 0 pass; 1 findings at a level named by --fail-on; 2 blocked; 3 something could
    not be evaluated; 4 undecided, pending or provisional, with --fail-on pending.
    """
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.session import only_manifests as sift

    options = Options(policy, as_of, waivers, config)
    others = 0
    if only_manifests and paths:
        paths, others = sift(paths)
        if not paths:
            return ExitCode.PASS
    judged = judge(paths or (".",), options, explain=form == "json", trace=False)
    judged = replace(judged, skipped=judged.skipped + others)
    if form == "json":
        from mlpolicy.render.json import check_json

        emit(check_json(judged.decisions, judged.diagnostics, judged.skipped))
    else:
        from mlpolicy.render.text import check_text

        if judged.judgements:
            wide = width() if sys.stdout.isatty() else None
            emit(check_text(judged.decisions, judged.skipped, width=wide, color=has_color()))
        complain(judged.diagnostics)
    codes = [
        code_of(judgement.decision, fail_on or judgement.config.fail_on)
        for judgement in judged.judgements
    ]
    if judged.incomplete:
        codes.append(ExitCode.NOT_EVALUATED)
    return worst(codes)


def code_of(decision: object, fail_on: tuple[str, ...]) -> ExitCode:
    """The code for one decision. A block always fails; other levels where they are named."""
    from mlpolicy.core.decision import Decision, Verdict
    from mlpolicy.core.terms import Status

    assert isinstance(decision, Decision)
    fired = {finding.level for finding in decision.findings if finding.state is RuleState.FIRED}
    if decision.verdict is Verdict.BLOCK or "block" in fired:
        return ExitCode.BLOCKED
    is_open = decision.verdict in (Verdict.UNDECIDED, Verdict.PENDING) or any(
        workload.status is Status.PROVISIONAL for workload in decision.workloads
    )
    if "pending" in fail_on and is_open:
        return ExitCode.UNDECIDED
    return ExitCode.FINDINGS if fired & set(fail_on) else ExitCode.PASS
