"""`mlpolicy waivers`: which exceptions stand, who approved them, and what they cover."""

from __future__ import annotations

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    extension_option,
    format_option,
    policy_option,
    waivers_option,
)


@click.command(
    "waivers",
    epilog="Example: mlpolicy waivers services/ --as-of 2026-12-31",
    short_help="List waivers.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@policy_option
@extension_option
@as_of_option
@waivers_option
@config_option
@format_option
def command(
    paths: tuple[str, ...],
    policy: str,
    extensions: tuple[str, ...],
    as_of: str,
    waivers: str,
    config: str,
    form: str,
) -> int:
    """List the waivers of manifests and of the waiver file: which are used, and for what;
    which are unused, expired, about to expire, not yet in force, above their bound, not counted
    since they stand in a manifest, or name a rule that the policy does not have.

    PATH is a file, a folder, a pattern, or `-` for standard input; without one, the current
    folder. The states are those that `check` reports.

    Exit codes: 0 all is well; 1 a waiver has expired or names an unknown rule; 3 something
    could not be evaluated.
    """
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.render.waivers import waivers_json, waivers_text
    from mlpolicy.waivers import listed

    options = Options(
        policy=policy, as_of=as_of, waivers=waivers, config=config, extensions=extensions
    )
    judged = judge(paths or (".",), options, explain=False, dated=False)
    found = listed(judged.decisions)
    manifests = len(judged.decisions)
    if form == "json":
        emit(waivers_json(found, judged.diagnostics, manifests))
    else:
        if judged.judgements and (found or not judged.incomplete):
            emit(waivers_text(found, manifests, width=width(), color=has_color()))
        complain(judged.diagnostics)
    if judged.incomplete:
        return ExitCode.NOT_EVALUATED
    return ExitCode.FINDINGS if any(one.faulty for one in found) else ExitCode.PASS
