"""`mlpolicy check`: judge manifests, for the commit hook and for CI."""

from __future__ import annotations

from typing import Any

import click

from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    format_option,
    jobs_option,
    policy_option,
    waivers_option,
)


@click.command(
    "check",
    epilog="Example: mlpolicy check --fail-on warn --fail-on incomplete services/",
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
    type=click.Choice(["block", "warn", "advise", "incomplete"]),
    help="What makes the command fail besides a block; may be repeated.",
)
@click.option(
    "--only-manifests",
    is_flag=True,
    help="Pass over the files named that are no manifests, as a search of a folder does: for the "
    "commit hook.",
)
@jobs_option
@format_option
def command(**options: Any) -> int:
    """Judge manifests: one line each, and one for each finding.

    PATH is a file, a folder, a pattern, or `-` for standard input; without one, the current
    folder.

    Exit codes: 0 pass; 1 findings at a level named by --fail-on; 2 blocked; 3 something could
    not be evaluated; 4 incomplete or an answer that is not firm, with --fail-on incomplete.
    """
    from mlpolicy.cli.checking import check

    return check(**options)
