"""The command line: what starts a command, and what becomes of whatever it ends with.

One command a file; a command's file is loaded when it is called. What is called most is called
without click (`quick`); everything else is read by it (`commands`).
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys

from mlpolicy import __version__
from mlpolicy.cli import quick
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.output import CommandError, report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

ISSUES = "https://github.com/mlpolicy/mlpolicy/issues"


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
        code = quick.call(sys.argv[1:] if args is None else args)
        if code is None:
            from mlpolicy.cli.commands import call

            code = call(args)
        return code
    except CommandError as error:
        report(f"Error: {error}\n")
        return ExitCode.NOT_EVALUATED
    except KeyboardInterrupt:
        report("\n")  # what follows does not stand behind the terminal's `^C`
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
    if isinstance(error, FileNotFoundError):
        from mlpolicy.disk import current_folder

        if current_folder() is not None:
            return ""
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
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end


def _silence() -> None:
    """The reader of our output has gone: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
