"""Two documents in, the first place at which they differ out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place at which two documents differ, and what stands there in each, as JSON;
    None where there is nothing."""

    path: str
    recorded: str | None
    now: str | None


def first_difference(recorded: str, now: str) -> Difference | None:
    """Of two JSON documents, in the order of the first. Texts that differ in their spelling
    only differ at the top."""
    try:
        was = json.loads(recorded, parse_float=Decimal)
        found = _differ(was, json.loads(now, parse_float=Decimal), "")
    except (ValueError, InvalidOperation, RecursionError):
        return Difference("", recorded[:200], now[:200])
    if found is None and recorded != now:
        return Difference("", "the same values in another spelling", None)
    return found


def value_difference(recorded: object, now: object, path: str = "") -> Difference | None:
    """The same for two values."""
    return _differ(recorded, now, path)


#: What is compared last: a trace differs wherever anything does, and says it less plainly.
_LAST = ("trace",)


def _differ(was: Any, now: Any, path: str) -> Difference | None:
    if isinstance(was, dict) and isinstance(now, dict):
        keys = [*was, *(key for key in now if key not in was)]
        keys.sort(key=lambda key: key in _LAST)
        for key in keys:
            there = dotted(path, key)
            if key not in was or key not in now:
                return Difference(
                    there,
                    _shown(was[key]) if key in was else None,
                    _shown(now[key]) if key in now else None,
                )
            if found := _differ(was[key], now[key], there):
                return found
        return None
    if isinstance(was, list) and isinstance(now, list):
        for number in range(max(len(was), len(now))):
            there = f"{path}[{number}]"
            if number >= len(was):
                return Difference(there, None, _shown(now[number]))
            if number >= len(now):
                return Difference(there, _shown(was[number]), None)
            if found := _differ(was[number], now[number], there):
                return found
        return None
    if type(was) is not type(now) or was != now:
        return Difference(path, _shown(was), _shown(now))
    return None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:200]}…"


def difference_text(found: Difference) -> str:
    """One line: where, and both values."""
    where = f"`{found.path}`" if found.path else "the document"
    if found.recorded is None:
        return f"{where}: nothing was recorded, now {found.now}"
    if found.now is None:
        return f"{where}: recorded {found.recorded}, now nothing"
    return f"{where}: recorded {found.recorded}, now {found.now}"


def dotted(path: str, key: str) -> str:
    """The place of a key below another place."""
    return f"{path}.{key}" if path else key
