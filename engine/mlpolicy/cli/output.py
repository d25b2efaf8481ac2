"""Where text goes: results to standard output, messages to standard error."""

from __future__ import annotations

import contextlib
import os
import sys

from mlpolicy.cli.exits import ExitCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from mlpolicy.diagnostics import Diagnostic


class CommandError(Exception):
    """Why a command cannot go on, in a sentence without a final stop."""


def report(text: str) -> None:
    """Write to standard error what ends a command, as it stands, where anybody reads it."""
    from mlpolicy.render.style import finish

    with contextlib.suppress(OSError):
        sys.stderr.write(finish(text, color=False))


def emit(text: str) -> None:
    """Write a result. UTF-8 and plain line ends on every machine; a reader who stopped
    reading is no fault."""
    _write(sys.stdout, text)


def say(stream: TextIO, text: str) -> None:
    """Write a part of a conversation, at once."""
    _write(stream, text)


def complain(diagnostics: Sequence[Diagnostic]) -> None:
    """Write diagnostics to standard error."""
    if diagnostics:
        from mlpolicy.render.diagnostics import diagnostics_text

        wide = {"width": width()} if sys.stderr.isatty() else {}
        _write(sys.stderr, diagnostics_text(diagnostics, color=has_color(sys.stderr), **wide))


def refused(diagnostics: Sequence[Diagnostic], form: str, schema: str) -> ExitCode:
    """Say why there is nothing to report: as the document `schema`, where JSON was asked for."""
    from mlpolicy.render.json import diagnostics_json

    if form == "json":
        emit(diagnostics_json(diagnostics, schema))
    else:
        complain(diagnostics)
    return ExitCode.NOT_EVALUATED


def has_color(stream: TextIO | None = None) -> bool:
    """Only on a terminal, and not where the user says no."""
    stream = sys.stdout if stream is None else stream
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """How wide text may be: `COLUMNS`, the terminal, or 100."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit() and int(stated) > 0:
        return max(40, int(stated))
    if sys.stdout.isatty():
        try:
            return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
        except OSError:
            return 100
    return 100


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.flush()
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(text)
        else:
            buffer.write(text.encode("utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        _to_nowhere(stream)
    except OSError as error:
        _to_nowhere(stream)
        reason = (error.strerror or "unknown reason").lower()
        raise CommandError(f"the output could not be written: {reason}") from error


def _to_nowhere(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
