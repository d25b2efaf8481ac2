"""Whether a value fits a JSON Schema, where that can be said at once.

Nearly every manifest is valid, and jsonschema takes longer to import than a small manifest to
judge; so it is asked only where the answer from here is not a yes. This knows the keywords
that manifests are described with, each as JSON Schema means it. Whatever else a schema uses
is "cannot say", so jsonschema alone ever refuses a manifest, and tells why. A law compares the
two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from mlpolicy.typed import Any


def fits(schema: Any, value: object) -> bool | None:
    """Does the value fit? None is "cannot say". In `schema`, `$ref`s have been written out;
    numbers are `int` and `Decimal`, of which `5.0` is whole."""
    if isinstance(schema, bool):
        return schema
    return _all(_keeps(keyword, wanted, schema, value) for keyword, wanted in schema.items())


def _keeps(keyword: str, wanted: Any, schema: Mapping[str, Any], value: Any) -> bool | None:  # noqa: C901 - one match over all keywords
    """Does the value keep what one keyword of a schema asks?"""
    match keyword:
        case "type":
            return _is(wanted, value)
        case "enum":
            return _any(_same(member, value) for member in wanted)
        case "const":
            return _same(wanted, value)
        case "anyOf":
            return _any(fits(choice, value) for choice in wanted)
        case "allOf":
            return _all(fits(part, value) for part in wanted)
        case "if":
            match fits(wanted, value):
                case True:
                    return fits(schema.get("then", True), value)
                case False:
                    return fits(schema.get("else", True), value)
                case _:
                    return None
        case "then" | "else":
            return True  # They are asked by the `if` beside them.
        # Each of these asks something of one type of value, and nothing of any other.
        case "properties":
            return not isinstance(value, dict) or _all(
                fits(wanted[key], below) for key, below in value.items() if key in wanted
            )
        case "required":
            return not isinstance(value, dict) or all(key in value for key in wanted)
        case "additionalProperties" if "patternProperties" not in schema:
            known = schema.get("properties", {})
            return not isinstance(value, dict) or _all(
                fits(wanted, below) for key, below in value.items() if key not in known
            )
        case "items" if "prefixItems" not in schema:
            return not isinstance(value, list) or _all(fits(wanted, item) for item in value)
        case "minItems":
            return not isinstance(value, list) or len(value) >= wanted
        case "maxItems":
            return not isinstance(value, list) or len(value) <= wanted
        case "uniqueItems":
            return not (wanted and isinstance(value, list)) or _are_unique(value)
        case "pattern":
            return not isinstance(value, str) or matching(wanted, value)
        case "minLength":
            return not isinstance(value, str) or len(value) >= wanted
        case "maxLength":
            return not isinstance(value, str) or len(value) <= wanted
        case "minimum":
            return not _is_number(value) or bool(value >= wanted)
        case "maximum":
            return not _is_number(value) or bool(value <= wanted)
        case "exclusiveMinimum":
            return not _is_number(value) or bool(value > wanted)
        case _:
            return None


def _all(parts: Iterable[bool | None]) -> bool | None:
    """No if one is no, else "cannot say" if one is that."""
    sure: bool | None = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            sure = None
    return sure


def _any(parts: Iterable[bool | None]) -> bool | None:
    """Yes if one is yes, else "cannot say" if one is that."""
    sure: bool | None = False
    for part in parts:
        if part:
            return True
        if part is None:
            sure = None
    return sure


def _is(name: Any, value: Any) -> bool | None:
    match name:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "number":
            return _is_number(value)
        case "integer":
            return _is_number(value) and bool(value == int(value))
        case _:
            return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _same(member: object, value: object) -> bool | None:
    """One word, or one number; `true` is not 1."""
    if isinstance(member, str):
        return isinstance(value, str) and member == value
    if _is_number(member):
        return _is_number(value) and member == value
    return None


def _are_unique(items: list[object]) -> bool:
    """As our own `uniqueItems` has it: of words only."""
    words = [item for item in items if isinstance(item, str)]
    return len(set(words)) == len(words)


#: A field with a pattern holds at most so many characters, so that no search takes long.
LONGEST = 2_000


def matching(pattern: str, text: str) -> bool:
    """Is the text one of those that a pattern of a schema describes?"""
    return len(text) <= LONGEST and re.search(pattern, text) is not None


__all__ = ["LONGEST", "fits", "matching"]
