"""Checked manifests in, their full form as YAML text out. Comments are not kept, numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mlpolicy.characters import printed
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.manifest.load import checked
from mlpolicy.pattern import pattern
from mlpolicy.schema import Field, Schema
from mlpolicy.schema.nodes import Listing, Mapping, Node, Scalar


def full(data: bytes, file: str, schema: Schema) -> tuple[str, tuple[Diagnostic, ...]]:
    """The good documents of a file in the full form, aliases read, and the diagnostics."""
    _, roots, diagnostics = checked(data, file, schema)
    return "---\n".join(written(root, schema) for root in roots), diagnostics


def written(root: Mapping, schema: Schema) -> str:
    """One document, already checked and in the full form, as text."""
    return "".join(f"{line}\n" for line in _lines(root, schema.root))


def _lines(node: Mapping, field: Field | None) -> Iterator[str]:
    for entry in node.entries:
        child = field.at(entry.name) if field else None
        key = word(entry.name)
        match entry.value:
            case Mapping() if _fits(entry.value):
                yield f"{key}: {_flow(entry.value, child)}"
            case Mapping():
                yield f"{key}:"
                yield from (f"  {line}" for line in _lines(entry.value, child))
            case Listing() if any(isinstance(item, Mapping) for item in entry.value.items):
                yield f"{key}:"
                for item in entry.value.items:
                    yield from _item(item, child.items if child else None)
            case _:
                yield f"{key}: {_flow(entry.value, child)}"


def _item(node: Node, field: Field | None) -> Iterator[str]:
    if not isinstance(node, Mapping) or not node.entries:
        yield f"  - {_flow(node, field)}"
        return
    for number, line in enumerate(_lines(node, field)):
        yield f"  {'  ' if number else '- '}{line}"


def _fits(node: Mapping) -> bool:
    """Whether a mapping goes on one line: an estimate, or nothing in it."""
    return not node.entries or set(node.texts()) == {"low", "high"}


def _flow(node: Node, field: Field | None) -> str:
    match node:
        case Mapping():
            inside = ", ".join(
                f"{word(e.name)}: {_flow(e.value, field.at(e.name) if field else None)}"
                for e in node.entries
            )
            return f"{{{inside}}}"
        case Listing():
            items = field.items if field else None
            return f"[{', '.join(_flow(item, items) for item in node.items)}]"
        case Scalar(value=bool() as flag):
            return "true" if flag else "false"
        case Scalar(value=int() | Decimal() as number):
            return format(number, "f") if isinstance(number, Decimal) else str(number)
        case Scalar():
            text = str(node.value)
            return word(field.aliases.get(text, text) if field else text)


_SAFE = pattern(r"[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def word(text: str) -> str:
    """A string as every YAML reader, of 1.1 or 1.2, takes it for a string."""
    if _SAFE.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    import json

    quoted = json.dumps(text, ensure_ascii=False).replace("##", r"\x23#")
    return "".join(
        char if char.isprintable() and printed(char) == char else f"\\U{ord(char):08X}"
        for char in quoted
    )
