"""Logs of records as text and JSON: what was added, whether a log is whole, what a replay gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.records import Replayed, Verified
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, dim, finish, green, red, wrap, yellow

#: The form of what is reported; `schemas/records.v1.schema.json` says it for others.
SCHEMA = "mlpolicy/records/v1"

_WORDS = {
    "same": ("same", green),
    "differs": ("DIFFERS", red),
    "faulty": ("FAULTY", red),
    "open": ("OPEN", yellow),
}


# ── Adding ───────────────────────────────────────────────────────────────────────────────


def added_text(
    log: str, records: Sequence[Mapping[str, Any]], *, width: int = 100, color: bool = False
) -> str:
    """What `record add` says for people: each record added, with what was masked in it."""
    lines: list[str] = []
    for record in records:
        lines += wrap(_about(record), width, f"recorded {record['number']}  ", "    ")
        masked = record["masked"]
        if masked:
            hidden = [*masked["manifest"], *(f"waivers: {path}" for path in masked["waivers"])]
            text = ", ".join(hidden) or "nothing, since no field to mask is stated"
            lines += wrap(text, width, "  masked: ", "    ")
    head = records[-1]
    lines += wrap(f"{log}: record {head['number']} is the head, {head['hash']}", width, "", "  ")
    return finish("\n".join(lines) + "\n", color=color)


def added_json(
    log: str, records: Sequence[Mapping[str, Any]], diagnostics: Sequence[Diagnostic]
) -> str:
    """The document `mlpolicy/records/v1` of `record add`; `head` is null where nothing was
    added."""
    return value_json(
        {
            "schema": SCHEMA,
            "log": log,
            "head": records[-1]["hash"] if records else None,
            "records": [_record(record) for record in records],
            "diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics],
        }
    )


# ── Verifying ────────────────────────────────────────────────────────────────────────────


def verified_text(found: Verified, *, width: int = 100, color: bool = False) -> str:
    """What `record verify` says for people: the faults of a log first, then how many records it
    has."""
    lines: list[str] = []
    for fault in found.faults:
        lines += _fault(fault, width, "")
    for note in found.notes:
        lines += wrap(note, width, f"{dim('note:')} ", "  ")
    many = _counted(found.records, "record")
    if found.masked:
        many += f", {found.masked} of them masked"
    if found.faults:
        state = red(_counted(len(found.faults), "fault"))
        lines += wrap(f"{found.log}: {many}, {state}", width, "", "  ")
    else:
        state = green("chain and store are whole")
        lines += wrap(f"{found.log}: {many}, {state}; nothing was decided again", width, "", "  ")
    lines += wrap(f"head {found.head}{_after(found.after)}", width, "", "  ")
    return finish("\n".join(lines) + "\n", color=color)


def verified_json(found: Verified) -> str:
    """The document `mlpolicy/records/v1` of `record verify`."""
    return value_json(
        {
            "schema": SCHEMA,
            "log": found.log,
            "records": found.records,
            "masked": found.masked,
            "head": found.head,
            "after_expected": found.after,
            "whole": not found.faults,
            "diagnostics": [diagnostic_value(fault) for fault in found.faults],
            "notes": list(found.notes),
        }
    )


def _after(after: int | None) -> str:
    if after is None:
        return ""
    if not after:
        return ", as expected"
    return f"; the expected record is there, and {_counted(after, 'record')} after it"


# ── Replaying ────────────────────────────────────────────────────────────────────────────


def replay_text(
    log: str, results: Sequence[Replayed], *, width: int = 100, color: bool = False
) -> str:
    """What `replay` says for people: a line for each record, with what differs below it."""
    lines: list[str] = []
    for result in results:
        word, paint = _WORDS[result.result]
        what = _about(result.record) if result.record else "no record"
        number = result.record["number"] if result.record else f"in line {result.line}"
        lines += wrap(f"{bold(str(number))}  {what}", width, f"{paint(f'{word:<7}')}  ", "    ")
        for fault in result.faults:
            lines += _fault(fault, width, "  ")
        for note in result.notes:
            lines += wrap(note, width, "  ", "    ")
    counts = _counts(results)
    parts = [
        f"{counts['same']} the same",
        *([f"{counts['differs']} different"] if counts["differs"] else []),
        *([f"{counts['faulty']} faulty"] if counts["faulty"] else []),
        *([f"{counts['open']} not replayed"] if counts["open"] else []),
    ]
    many = _counted(len(results), "record")
    lines += wrap(f"{log}: {many} decided again: {', '.join(parts)}", width, "", "  ")
    return finish("\n".join(lines) + "\n", color=color)


def replay_json(log: str, results: Sequence[Replayed]) -> str:
    """The document `mlpolicy/records/v1` of `replay`."""
    return value_json(
        {
            "schema": SCHEMA,
            "log": log,
            "records": [
                {
                    "line": result.line,
                    "result": result.result,
                    **(_record(result.record) if result.record else {"number": None}),
                    "diagnostics": [diagnostic_value(fault) for fault in result.faults],
                    "notes": list(result.notes),
                }
                for result in results
            ],
            "counts": dict(_counts(results)),
        }
    )


def _counts(results: Sequence[Replayed]) -> dict[str, int]:
    return {word: sum(result.result == word for result in results) for word in _WORDS}


# ── Parts ────────────────────────────────────────────────────────────────────────────────


def _about(record: Mapping[str, Any]) -> str:
    by = f" by {record['recorded_by']}" if record["recorded_by"] else ""
    return (
        f"{record['decision']['verdict'].upper()}  {record['manifest']['path']}: "
        f"{record['manifest']['name']}  policy {_policy(record)} as of "
        f"{record['as_of']}, recorded {record['recorded_at']}{by}"
    )


def _policy(record: Mapping[str, Any]) -> str:
    policy = record["policy"]
    more = ", ".join(f"{each['name']} {each['version']}" for each in policy["extensions"])
    return f"{policy['name']} {policy['version']}" + (f" with {more}" if more else "")


def _record(record: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "number": record["number"],
        "hash": record["hash"],
        "recorded_at": record["recorded_at"],
        "manifest": record["manifest"]["path"],
        "document": record["manifest"]["document"],
        "name": record["manifest"]["name"],
        "policy": _policy(record),
        "as_of": record["as_of"],
        "verdict": record["decision"]["verdict"],
        "masked": [*record["masked"]["manifest"], *record["masked"]["waivers"]]
        if record["masked"]
        else [],
    }


def _fault(fault: Diagnostic, width: int, indent: str) -> list[str]:
    """A fault on its own lines: with its place, and without the text of the log's line, which
    is long and says nothing to a reader."""
    paint = red if fault.severity is Severity.ERROR else yellow
    place = f"{fault.place.file}:{fault.place.line}: " if fault.place else ""
    head = f"{indent}{paint(f'{fault.severity.value}[{fault.code}]')}: "
    lines = wrap(f"{place}{fault.message}", width, head, f"{indent}  ")
    if fault.help:
        lines += wrap(fault.help, width, f"{indent}  = help: ", f"{indent}    ")
    return lines


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
