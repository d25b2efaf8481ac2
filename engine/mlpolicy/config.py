"""The configuration of a repository: which policy judges its manifests, and how.

`mlpolicy.toml`, or the table `[tool.mlpolicy]` of `pyproject.toml`. The judged must not choose
the judge: what stands here goes before what a manifest says of itself. Reads text, not files;
`workspace` finds the file.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from mlpolicy.diagnostics import Diagnostic, about, at
from mlpolicy.source import Source, Span

LEVELS = ("block", "warn", "advise", "pending")


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration file says. Empty texts and None stand for keys it does not have.

    `file` is where it stands (empty: there is none); `policy`, `waivers` and `log` are as
    written, paths in them relative to that file. `as_of` is "today" or an ISO date.
    """

    file: str = ""
    policy: str = ""
    as_of: str = ""
    waivers: str = ""
    manifest_waivers: bool = True
    fail_on: tuple[str, ...] = ()
    log: str = ""


NO_CONFIG = Config()


def read_config(source: Source, *, table: bool) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The configuration in a TOML text; with `table`, in its `[tool.mlpolicy]`.

    None without diagnostics where that table does not exist: the search goes on upward.
    """
    import tomllib

    try:
        values = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return None, (_not_toml(source, str(error)),)
    if table:
        tools = values.get("tool")
        own = tools.get("mlpolicy") if isinstance(tools, dict) else None
        if own is None:
            return None, ()
        if not isinstance(own, dict):
            return None, (
                about(
                    "MLP0908",
                    "`tool.mlpolicy` is not a table",
                    source.name,
                    help="write `[tool.mlpolicy]`",
                ),
            )
        values = own
    known: dict[str, tuple[Callable[[object], bool], str]] = {
        "policy": (_is_text, 'a text: `policy = "NAME@1"`, or a path'),
        "as_of": (_is_as_of, '"today" or a date such as 2026-11-22'),
        "waivers": (_is_text, 'a file: `waivers = "waivers.yaml"`'),
        "log": (_is_text, 'a file: `log = "decisions.jsonl"`'),
        "manifest_waivers": (lambda v: isinstance(v, bool), "true or false"),
        "fail_on": (_is_levels, f"a list of {', '.join(LEVELS)}"),
    }
    faults: list[Diagnostic] = []
    good: dict[str, object] = {}
    for key, value in values.items():
        span = _span_of(source, key)
        if key not in known:
            from mlpolicy.suggest import nearest

            close = nearest(key, known)
            hint = f"did you mean `{close}`?" if close else f"keys are {', '.join(known)}"
            faults.append(at("MLP0909", f"unknown key `{key}`", source, span, help=hint))
        elif not known[key][0](value):
            wanted = known[key][1]
            faults.append(
                at(
                    "MLP0910",
                    f"`{key}` has a value it cannot take",
                    source,
                    span,
                    help=f"give {wanted}",
                )
            )
        else:
            good[key] = value
    if faults:
        return None, tuple(faults)
    fail_on = good.get("fail_on", ())
    return (
        Config(
            file=source.name,
            policy=str(good.get("policy", "")),
            as_of=str(good.get("as_of", "")),
            waivers=str(good.get("waivers", "")),
            manifest_waivers=good.get("manifest_waivers", True) is True,
            fail_on=tuple(str(level) for level in fail_on) if isinstance(fail_on, list) else (),
            log=str(good.get("log", "")),
        ),
        (),
    )


def is_date(text: str) -> bool:
    """Is it an ISO date, written in full?"""
    if len(text) != 10:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_as_of(value: object) -> bool:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return True
    return isinstance(value, str) and (value == "today" or is_date(value))


def _is_levels(value: object) -> bool:
    return isinstance(value, list) and all(level in LEVELS for level in value)


def _not_toml(source: Source, text: str) -> Diagnostic:
    """tomllib names the place only in its sentence: `… (at line 3, column 5)`."""
    import re

    found = re.search(r" \(at line (\d+), column (\d+)\)", text)
    message = f"not valid TOML: {text[: found.start()] if found else text.split(' (at ')[0]}"
    message = message[0].lower() + message[1:]
    if found is None:
        return about("MLP0908", message, source.name)
    offset = _offset(source, int(found[1]), int(found[2]))
    return at("MLP0908", message, source, Span(offset, offset + 1))


def _offset(source: Source, line: int, column: int) -> int:
    lines = source.text.splitlines(keepends=True)
    return sum(len(text) for text in lines[: line - 1]) + column - 1


def _span_of(source: Source, key: str) -> Span:
    """Where `key` is written. tomllib keeps no places, so the line is looked for again."""
    import re

    found = re.search(rf"^[ \t]*(?:[\"']?){re.escape(key)}(?=[\"']?[ \t]*[=.])", source.text, re.M)
    if found is None:
        found = re.search(re.escape(key), source.text)
    return Span(found.end() - len(key), found.end()) if found else Span(0, 0)
