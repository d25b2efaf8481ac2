"""The command line. One command a file; a command's file is loaded when it is called."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from mlpolicy import __version__
from mlpolicy.cli.exits import ExitCode
from mlpolicy.disk import current_folder

ISSUES = "https://github.com/mlpolicy/mlpolicy/issues"

#: In the order of `--help`: name -> what it does, in one line.
COMMANDS = {
    "check": "Judge manifests: one line each, and one for each finding.",
    "explain": "Say why: the path, the values, the costs, what would settle it.",
    "ask": "Ask only what can still change the result, and write it down.",
    "policies": "List, show and check policies.",
    "schema": "Print the JSON Schema of manifests and of reports.",
    "manifest": "Begin a manifest, or write one out in full.",
    "test": "Run a policy's own tests.",
    "sources": "List, check and verify what a policy rests on.",
    "measure": "Compute accuracy and its kin from a labelled table.",
    "waivers": "List waivers: used, unused, expired, expiring.",
    "record": "Keep decisions in a log, verify it.",
    "replay": "Decide again what a log recorded, and say what differs.",
}


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
            from mlpolicy.suggest import nearest

            close = nearest(args[0], COMMANDS)
            hint = f"did you mean `{close}`?" if close else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: mlpolicy check mlproject.yaml",
)
@click.version_option(__version__, prog_name="mlpolicy", message="%(prog)s %(version)s")
def cli() -> None:
    """Policy as code for choosing how to build machine-learning workloads."""


def run() -> NoReturn:
    """The command as a shell starts it.

    It leaves the process without taking it apart: freeing a few hundred thousand objects one
    by one takes a sixth of the time of a `check`, and the system frees them at once.
    """
    code = int(ExitCode.BUG)
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else code
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    # Nearly all that one manifest creates lives to the end: looking for garbage amid it is in
    # vain. Of many manifests, what was made for the first few is freed in time.
    gc.set_threshold(200_000, 20, 20)
    _open_standard()
    code = _run(args)
    try:
        sys.stdout.flush()
    except OSError:
        _silence()
    sys.exit(int(code))


def _run(args: Sequence[str] | None) -> int:
    stdout = sys.stdout
    try:
        result = cli.main(args, prog_name="mlpolicy", standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.PASS
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        from mlpolicy.render.style import finish

        said = io.StringIO()
        error.show(said)
        with contextlib.suppress(OSError):
            sys.stderr.write(finish(said.getvalue(), color=False))
        return ExitCode.NOT_EVALUATED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as exit:
        if sys.stdout is not stdout:  # what click does where nobody reads its help
            _silence()
            return ExitCode.PASS
        return exit.code if isinstance(exit.code, int) else ExitCode.BUG
    except Exception as error:
        lacking = _lacking(error)
        if lacking:
            with contextlib.suppress(OSError):
                print(f"Error: {lacking}", file=sys.stderr)
            return ExitCode.NOT_EVALUATED
        return _bug(error)


#: What the machine lacks is neither our fault nor that of the files.
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO))


def _lacking(error: Exception) -> str:
    """What the machine lacks, where that is why a command ended; or an empty text."""
    if not isinstance(error, OSError):
        return ""
    if error.errno in _FULL:
        _silence()
        return str(error.strerror).lower()
    if isinstance(error, FileNotFoundError) and current_folder() is None:
        return "the current folder has been deleted; change to one that exists"
    return ""


def _bug(error: Exception) -> ExitCode:
    """Our fault, not the user's: one message, and where to take it."""
    if os.environ.get("MLPOLICY_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    from mlpolicy.render.style import finish

    what = finish(" ".join(f"{type(error).__name__}: {error}".split())[:300], color=False)
    print(
        f"mlpolicy {__version__}: this is a bug in mlpolicy, not a fault of your files: {what}\n"
        f"  please report it at {ISSUES}\n"
        "  MLPOLICY_DEBUG=1 shows where it happened",
        file=sys.stderr,
    )
    return ExitCode.BUG


def _open_standard() -> None:
    """A stream that the caller has closed is an empty one to read, and nowhere to write to."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open to the end
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end


def _silence() -> None:
    """Whoever read our output has gone: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
