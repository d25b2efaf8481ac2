"""What is called most, read without click, whose loading takes longer than what is asked for.

Only what is plain is read here: options in their full form, each with its value behind it. All
else, and whatever is wrong, is left to click, which says the same of all that is read here: a test
compares the two.
"""

from __future__ import annotations

import os

from mlpolicy import __version__
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.names import ABOUT, COMMANDS, EXAMPLE, PROGRAM

TYPE_CHECKING = False  # `typing` alone takes a fifth of what `--version` takes
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: How wide the help is, with a margin; on a narrower terminal click breaks its lines.
_WIDE = 80


def call(args: Sequence[str]) -> int | None:
    """Does what the arguments ask for, and gives the exit code; None where click has to."""
    # There, click writes out patterns; and with this variable, it completes for a shell.
    if os.name == "nt" or f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        return None
    match list(args):
        case ["--version"]:
            return _say(f"{PROGRAM} {__version__}\n")
        case [] | ["--help" | "-h"] if _columns() >= _WIDE:
            return _say(help_text())
        case ["check", *rest]:
            options = check_options(rest)
            if options is None:
                return None
            from mlpolicy.cli.checking import check

            return check(**options)  # type: ignore[arg-type]
        case _:
            return None


def _say(text: str) -> int:
    from mlpolicy.cli.output import emit

    emit(text)
    return ExitCode.PASS


def _columns() -> int:
    """How wide the terminal is, as click finds it."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit() and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(1).columns or _WIDE
    except OSError:
        return _WIDE


def help_text() -> str:
    """What `mlpolicy --help` says on a terminal that is wide enough."""
    options = (
        ("--version", "Show the version and exit."),
        ("-h, --help", "Show this message and exit."),
    )
    return "\n".join(
        [
            f"Usage: {PROGRAM} [OPTIONS] COMMAND [ARGS]...",
            "",
            f"  {ABOUT}",
            "",
            "Options:",
            *_table(options),
            "",
            "Commands:",
            *_table(tuple(COMMANDS.items())),
            "",
            f"  {EXAMPLE}",
            "",
        ]
    )


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    wide = max(len(name) for name, _ in rows)
    return [f"  {name:<{wide}}  {what}" for name, what in rows]


# ── check ────────────────────────────────────────────────────────────────────────────────


def _text(value: str) -> bool:
    return bool(value.strip())


def _date(value: str) -> bool:
    if value == "today":
        return True
    from mlpolicy.config import is_date

    return is_date(value)


def _level(value: str) -> bool:
    return value in ("block", "warn", "advise", "incomplete")


def _form(value: str) -> bool:
    return value in ("text", "json")


#: Options of `check` that take a value: what they are called in Python, and which values are read.
_VALUED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "--policy": ("policy", _text),
    "--extension": ("extensions", _text),
    "--as-of": ("as_of", _date),
    "--waivers": ("waivers", _text),
    "--config": ("config", _text),
    "--fail-on": ("fail_on", _level),
    "--format": ("form", _form),
}
_FLAGS = {
    "--only-manifests": "only_manifests",
    "--if-judge-changed": "if_judge_changed",
    "-v": "verbose",
    "--verbose": "verbose",
    "-q": "quiet",
    "--quiet": "quiet",
}
_NUMBERS = {"--jobs": "jobs"}
_MANY = frozenset(("fail_on", "extensions"))


def _number(value: str) -> bool:
    return value.isascii() and value.isdigit() and 0 < len(value) < 4 and int(value) > 0


def check_options(args: Sequence[str]) -> dict[str, object] | None:
    """The options of `check` as its function takes them; None where click has to read them."""
    found: dict[str, object] = {
        **{name: () if name in _MANY else "" for name, _ in _VALUED.values()},
        **dict.fromkeys(_FLAGS.values(), False),
        **dict.fromkeys(_NUMBERS.values(), 0),
        "form": "text",
        "output": (),
    }
    paths: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "-" or not arg.startswith("-"):
            paths.append(arg)
            continue
        if arg in _FLAGS:
            found[_FLAGS[arg]] = True
            continue
        option, stuck, value = arg.partition("=")
        if not stuck:
            value = next(left, "-")
        if option in _NUMBERS and _number(value):
            found[_NUMBERS[option]] = int(value)
            continue
        if option not in _VALUED or value.startswith("-"):
            return None
        name, reads = _VALUED[option]
        if not reads(value):
            return None
        before = found[name]
        found[name] = (*before, value) if isinstance(before, tuple) else value
    return {"paths": tuple(paths), **found}
