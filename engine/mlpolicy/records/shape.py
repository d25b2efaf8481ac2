"""The text of a line in, the record in it out, with every part of its kind; or why it is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpolicy.characters import code_point, hidden
from mlpolicy.records.differences import dotted
from mlpolicy.records.form import FORM, Value, canonical

#: No line that we write comes near it.
MOST_BYTES = 16 << 20

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class NotARecordError(ValueError):
    """Why a text is no record; `needle` is the part of it that is meant."""

    def __init__(self, message: str, needle: str = "") -> None:
        super().__init__(message)
        self.needle = needle


def record_in(text: bytes) -> Value:
    """The record in a line, or `NotARecordError`. It has every part that a chain and a replay
    ask for, each of its kind."""
    if len(text) > MOST_BYTES:
        raise NotARecordError(f"the line has {len(text):,} bytes")
    try:
        line = text.decode()
    except UnicodeDecodeError:
        raise NotARecordError("it is not UTF-8") from None
    if (offset := hidden(line)) is not None:
        char = line[offset]
        raise NotARecordError(f"{code_point(char)} is not allowed in a text file", char)
    try:
        value = json.loads(line, object_pairs_hook=_once)
    except NotARecordError:
        raise
    except json.JSONDecodeError as error:
        raise NotARecordError(f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except (ValueError, RecursionError):
        raise NotARecordError("it is not JSON that could be a record") from None
    if not isinstance(value, dict):
        raise NotARecordError("it is no JSON object")
    form = value.get("schema")
    if isinstance(form, str) and form != FORM and form.startswith("mlpolicy/record/"):
        raise NotARecordError(f"form `{form[:40]}`", f'"schema":"{form}"')
    if form != FORM:
        raise NotARecordError(f"it has no `schema` that says `{FORM}`")
    _fits(value, _SHAPE, "")
    try:
        same = canonical(value) == text
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise NotARecordError(
            "it is not in the canonical form, so it was written by something else"
        )
    return value


def _once(pairs: list[tuple[str, Any]]) -> Value:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotARecordError(f"the key `{key[:60]}` stands in it twice", f'"{key}"')
            seen.add(key)
    return value


@dataclass(frozen=True, slots=True)
class _Maybe:
    """null, or this."""

    shape: Any


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a form."""

    pattern: re.Pattern[str]


def _name_in_store() -> _Text:
    return _Text(re.compile(r"[0-9a-f]{64}(\.gz)?"))


_PART = {"path": str, "digest": _Text(_DIGEST)}
_DAY = _Text(re.compile(r"\d{4}-\d\d-\d\d"))
#: What a record has. `schemas/record.v1.schema.json` says the same for others; a test compares
#: the two. jsonschema is not asked here: replaying a thousand records would wait for it.
_SHAPE: Mapping[str, Any] = {
    "schema": str,
    "number": int,
    "previous": _Maybe(_Text(_DIGEST)),
    "hash": _Text(_DIGEST),
    "recorded_at": _Text(_INSTANT),
    "recorded_by": _Maybe(str),
    "as_of": _DAY,
    "today": _DAY,
    "asked": {"policy": str, "as_of": str, "waivers": str},
    "configuration": _Maybe(
        {
            "file": str,
            "policy": str,
            "as_of": str,
            "waivers": str,
            "manifest_waivers": bool,
            "require_approval": bool,
        }
    ),
    "manifest_waivers": bool,
    "approvals": [
        {"policy": str, "digest": _Text(_DIGEST), "by": str, "on": _DAY, "ticket": _Maybe(str)}
    ],
    "engine": {
        "version": str,
        "digest": _Text(_DIGEST),
        "python": str,
        "libraries": {"PyYAML": str, "jsonschema": str, "lark": str},
    },
    "policy": {
        "name": str,
        "version": str,
        "digest": _Text(_DIGEST),
        "meaning": str,
        "language": int,
        "folder": str,
        "files": [_PART],
        "sources": [_PART],
    },
    "manifest_schema": _PART,
    "manifest": {**_PART, "document": int, "name": str},
    "waivers": _Maybe(_PART),
    "masked": _Maybe(
        {
            "manifest": [str],
            "waivers": [str],
            "original": {
                "manifest": _Text(_DIGEST),
                "waivers": _Maybe(_Text(_DIGEST)),
                "decision": _Text(_DIGEST),
            },
        }
    ),
    "decision": {
        "verdict": str,
        "workloads": [
            {
                "name": str,
                "status": str,
                "outcome": _Maybe(str),
                "answer": _Maybe(str),
                "possible": [_Maybe(str)],
                "obligations": [{"id": str, "state": str}],
            }
        ],
        "findings": [
            {
                "rule": str,
                "level": str,
                "state": str,
                "workload": _Maybe(str),
                "waiver": _Maybe(str),
            }
        ],
        "document": _Maybe({"stored": _name_in_store(), "digest": _Text(_DIGEST), "length": int}),
    },
}


def _fits(value: Any, shape: Any, path: str) -> None:
    match shape:
        case _Maybe():
            if value is not None:
                _fits(value, shape.shape, path)
        case _Text():
            _fits(value, str, path)
            if not shape.pattern.fullmatch(value):
                raise NotARecordError(f"`{path}` is `{value[:80]}`")
        case dict():
            if not isinstance(value, dict):
                raise NotARecordError(f"`{path}` is no JSON object")
            for key in (*shape, *value):
                if key not in value:
                    raise NotARecordError(f"`{dotted(path, key)}` is missing")
                if key not in shape:
                    raise NotARecordError(
                        f"it has a key `{dotted(path, key)[:80]}` that no record has"
                    )
                _fits(value[key], shape[key], dotted(path, key))
        case list():
            if not isinstance(value, list):
                raise NotARecordError(f"`{path}` is no list")
            for number, item in enumerate(value):
                _fits(item, shape[0], f"{path}[{number}]")
        case _:
            if type(value) is not shape:
                raise NotARecordError(f"`{path}` is not {_KINDS[shape]}")


_KINDS = {str: "a text", int: "a whole number", bool: "true or false"}
