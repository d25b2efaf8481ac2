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
    from collections.abc import Callable, Mapping, Sequence

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
        case ["explain", *rest]:
            options = explain_options(rest)
            if options is None:
                return None
            from mlpolicy.cli.explaining import explain

            return explain(**options)  # type: ignore[arg-type]
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


# ── check and explain ────────────────────────────────────────────────────────────────────


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


def _audience(value: str) -> bool:
    return value in ("team", "author", "auditor")


def _number(value: str) -> bool:
    return value.isascii() and value.isdigit() and 0 < len(value) < 4 and int(value) > 0


#: Options that take a value, of both commands: what they are called in Python, and which values
#: are read.
_BOTH: dict[str, tuple[str, Callable[[str], bool]]] = {
    "--policy": ("policy", _text),
    "--extension": ("extensions", _text),
    "--as-of": ("as_of", _date),
    "--waivers": ("waivers", _text),
    "--config": ("config", _text),
    "--format": ("form", _form),
}
_OF_CHECK = {**_BOTH, "--fail-on": ("fail_on", _level), "--jobs": ("jobs", _number)}
_OF_EXPLAIN = {**_BOTH, "--of": ("workload", _text), "--for": ("audience", _audience)}

#: Flags, and what they are called in Python.
_FLAGS_OF_CHECK = {
    "--only-manifests": "only_manifests",
    "--if-judge-changed": "if_judge_changed",
    "-v": "verbose",
    "--verbose": "verbose",
    "-q": "quiet",
    "--quiet": "quiet",
}
_FLAGS_OF_EXPLAIN = {"--full": "full"}


def check_options(args: Sequence[str]) -> dict[str, object] | None:
    """The options of `check` as its function takes them; None where click has to read them."""
    given = _options(args, _OF_CHECK, _FLAGS_OF_CHECK)
    if given is None:
        return None
    return {"paths": (), "fail_on": (), "jobs": 0, "output": (), "trace": False, **given}


def explain_options(args: Sequence[str]) -> dict[str, object] | None:
    """The options of `explain` as its function takes them; None where click has to read them."""
    given = _options(args, _OF_EXPLAIN, _FLAGS_OF_EXPLAIN)
    if given is None:
        return None
    named = dict.fromkeys(("workload", "rule", "audience", "why_not", "break_even", "between"))
    return {**named, "and_": None, "what_if": (), "manifests": given.pop("paths"), **given}


def _options(
    args: Sequence[str],
    valued: Mapping[str, tuple[str, Callable[[str], bool]]],
    flags: Mapping[str, str],
) -> dict[str, object] | None:
    """The options in the arguments, with what both commands have where they are not given."""
    found: dict[str, object] = {
        **dict.fromkeys(("policy", "as_of", "waivers", "config"), ""),
        **dict.fromkeys(flags.values(), False),
        "extensions": (),
        "form": "text",
    }
    paths: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "-" or not arg.startswith("-"):
            paths.append(arg)
            continue
        if arg in flags:
            found[flags[arg]] = True
            continue
        option, stuck, value = arg.partition("=")
        if not stuck:
            value = next(left, "-")
        if option not in valued or value.startswith("-"):
            return None
        name, reads = valued[option]
        if not reads(value):
            return None
        if name in _MANY:
            before = found.get(name, ())
            assert isinstance(before, tuple)
            found[name] = (*before, value)
        else:
            found[name] = int(value) if reads is _number else value
    return {**found, "paths": tuple(paths)}


#: What may be given several times.
_MANY = frozenset(("fail_on", "extensions"))
