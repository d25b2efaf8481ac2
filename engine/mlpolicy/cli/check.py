"""`mlpolicy check`: judge manifests, for the commit hook and for CI."""

from __future__ import annotations

from typing import Any

import click

from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    extension_option,
    jobs_option,
    policy_option,
    waivers_option,
)

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")


def _outputs(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Formats with their files. Whatever is wrong with one is told before anything is judged."""
    if not values:
        return ()
    import os

    from mlpolicy.cli.reporting import unwritable
    from mlpolicy.suggest import nearest

    found: dict[str, tuple[str, str]] = {}
    for value in values:
        form, given, file = value.partition("=")
        if form not in FORMATS:
            close = nearest(form, FORMATS)
            hint = f"did you mean `{close}`?" if close else f"there are: {', '.join(FORMATS)}"
            raise click.BadParameter(f"there is no format `{form}`; {hint}")
        if not given or not file.strip():
            raise click.BadParameter(f"`{value}` names no file; write `{form}=FILE`")
        if file == "-":
            raise click.BadParameter(f"`-` is no file; for standard output use `--format {form}`")
        fault = unwritable(file)
        if fault:
            raise click.BadParameter(fault)
        before = found.setdefault(os.path.realpath(file), (form, file))
        if before != (form, file):
            raise click.BadParameter(f"`{before[0]}` and `{form}` go to one file, `{file}`")
    return tuple(found.values())


@click.command(
    "check",
    epilog="Example: mlpolicy check --fail-on warn --fail-on incomplete services/",
    short_help="Judge manifests.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@policy_option
@extension_option
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
@click.option(
    "--if-judge-changed",
    is_flag=True,
    help="Judge all manifests of the current folder, but only where one of the files named is the "
    "configuration, its waiver file, or a part of its policy: for the commit hook.",
)
@jobs_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="What standard output gets: text for people, JSON, or the format of another program.",
)
@click.option(
    "--output",
    multiple=True,
    metavar="FORMAT=FILE",
    callback=_outputs,
    help="Write a report to a file besides; may be repeated.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="With --format json: every step of each decision too, which makes it some thirty times "
    "as large.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell what passes too, and all advice.")
@click.option("-q", "--quiet", is_flag=True, help="Only the sums.")
def command(**options: Any) -> int:
    """Judge manifests: what may not pass, the worst first, with what to do about it.

    PATH is a file, a folder, a pattern, or `-` for standard input; without one, the current
    folder.

    Exit codes: 0 pass; 1 findings at a level named by --fail-on; 2 blocked; 3 something could
    not be evaluated; 4 incomplete or an answer that is not firm, with --fail-on incomplete.
    """
    from mlpolicy.cli.checking import check

    if options["trace"] and options["form"] != "json":
        raise click.UsageError("--trace is for --format json; for people, use `mlpolicy explain`")
    return check(**options)
