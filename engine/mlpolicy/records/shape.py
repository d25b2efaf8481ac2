"""The text of a line in, the record in it out, with every part of its kind; or why it is none."""

from __future__ import annotations

import json
from typing import Any

from mlpolicy.characters import code_point, hidden
from mlpolicy.records.differences import dotted
from mlpolicy.records.form import FORM, Value, canonical
from mlpolicy.schema.fields import own_schema

#: No line that we write comes near it.
MOST_BYTES = 16 << 20


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
    _fits(value)
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


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a JSON object",
    "array": "a list",
    "null": "null",
}


def _fits(value: Value) -> None:
    """Refuses what is no record. jsonschema is asked only where `accept` does not say yes:
    replaying a thousand records would wait for it."""
    error = next(own_schema("record").errors(value), None)
    if error is None:
        return
    while error.validator == "anyOf":  # null, or what comes before it
        inner = [each for each in error.context if each.schema_path[0] == 0]
        error = inner[0]
    path = ""
    for step in error.absolute_path:
        path = f"{path}[{step}]" if isinstance(step, int) else dotted(path, step)
    match error.validator:
        case "required":
            missing = next(key for key in error.validator_value if key not in error.instance)
            raise NotARecordError(f"`{dotted(path, missing)}` is missing")
        case "additionalProperties":
            known = error.schema["properties"]
            strange = next(key for key in error.instance if key not in known)
            shown = dotted(path, strange)[:80]
            raise NotARecordError(f"it has a key `{shown}` that no record has")
        case "type":
            raise NotARecordError(f"`{path}` is not {_KINDS[error.validator_value]}")
        case _:
            raise NotARecordError(f"`{path}` is `{str(error.instance)[:80]}`")
