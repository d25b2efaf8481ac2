"""All commands, read by click. A command's file is loaded when it is called."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from mlpolicy import __version__
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.names import ABOUT, COMMANDS, EXAMPLE, PROGRAM


class _Lazy(click.Group):
    """Loads a command where it is called, and only that."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"mlpolicy.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from mlpolicy.disk import is_regular
            from mlpolicy.suggest import nearest

            close = nearest(args[0], COMMANDS)
            hint = f"did you mean `{close}`?" if close else f"commands: {', '.join(COMMANDS)}"
            if not close and is_regular(args[0]):
                hint = f"to judge this file: `{PROGRAM} check {args[0]}`"
            ctx.fail(f"there is no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Lazy,
    help=ABOUT,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXAMPLE,
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def cli() -> None:
    """All commands."""


def call(args: Sequence[str] | None) -> int:
    """Runs the command that the arguments name (None: those of the process); its exit code. What
    is wrong with them is said, and is NOT_EVALUATED. Without arguments it says what there is."""
    args = sys.argv[1:] if args is None else args
    try:
        result = cli.main(args or ["--help"], prog_name=PROGRAM, standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.PASS
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        from mlpolicy.cli.output import report

        said = io.StringIO()
        (_placed(error) or error).show(said)
        report(said.getvalue())
        return ExitCode.NOT_EVALUATED


def _placed(error: click.ClickException) -> click.UsageError | None:
    """What is said of an option that the command asked has not, and others have: which these are.
    What `click` guesses (`--version` for `--extension`) would lead elsewhere. None of all else."""
    if not isinstance(error, click.NoSuchOption) or (ctx := error.ctx) is None:
        return None
    option = error.option_name
    having = [name for name in COMMANDS if option in _options(name, ctx)]
    if not having:
        return None
    told = f"of {', '.join(f'`{name}`' for name in having)}"
    if ctx.parent is None:
        return click.UsageError(f"`{option}` goes after the command; it is an option {told}", ctx)
    asked = ctx.command_path.partition(" ")[2]
    return click.UsageError(f"`{asked}` has no option `{option}`; it is one {told}", ctx)


def _options(name: str, ctx: click.Context) -> set[str]:
    """The options of a command, those of its parts not counted."""
    command = cli.get_command(ctx, name)
    return {said for each in (command.params if command else ()) for said in each.opts}
