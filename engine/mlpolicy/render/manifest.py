"""A manifest to begin with, written from the schema alone.

What is required is there to be filled in; what is optional stands in comments, with what the
schema says about it. Nothing here knows what a manifest is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpolicy.core.calendar import SOME
from mlpolicy.render.style import wrap
from mlpolicy.schema import Field, Kind, Schema

_WIDTH = 96


def skeleton(schema: Schema, name: str) -> str:
    """A minimal manifest of this schema, in the full form, that is valid as it stands."""
    lines = ["# What is unknown may be left out, or said so: `unknown`. It never counts as no."]
    lines += _mapping(schema.root, schema, (), "", {("metadata", "name"): name})
    return "\n".join(lines) + "\n"


def _mapping(
    field: Field, schema: Schema, path: tuple[str, ...], indent: str, given: Mapping[Any, str]
) -> Iterator[str]:
    """The required keys with values, then the optional ones in comments."""
    required = [key for key in field.children if key in field.required]
    optional = [key for key in field.children if key not in field.required]
    for key in required:
        child = field.children[key]
        here = (*path, key)
        if child.kind is Kind.MAPPING:
            # Without a key below it, it would have no value.
            empty = "" if child.required else " {}  # take `{}` away to state what is below"
            yield f"{indent}{key}:{empty}"
            yield from _mapping(child, schema, here, f"{indent}  ", given)
        elif child.kind is Kind.LIST and child.items and child.items.kind is Kind.MAPPING:
            yield f"{indent}{key}:"
            first, *rest = _mapping(child.items, schema, here, f"{indent}    ", given)
            yield f"{indent}  - {first.strip()}"
            yield from rest
        else:
            value = given.get(here) or _value(child, schema, here)
            yield from _said(f"{indent}{key}: {value}", _about(child), indent)
    for key in optional:
        child = field.children[key]
        if len(path) == 0 or path == ("metadata",):
            continue
        yield from _optional(key, child, schema, (*path, key), f"{indent}# ")


def _optional(
    key: str, field: Field, schema: Schema, path: tuple[str, ...], indent: str
) -> Iterator[str]:
    if field.kind is Kind.MAPPING and field.children:
        yield from _said(f"{indent}{key}:", field.description, indent)
        for name, child in field.children.items():
            line = f"{indent}  {name}: {_example(child, schema, (*path, name))}"
            yield from _said(line, _about(child), f"{indent}  ")
    elif field.kind is Kind.LIST and field.items and field.items.children:
        names = ", ".join(field.items.children)
        about = f"{field.description} Each has: {names}"
        yield from _said(f"{indent}{key}: []", about, indent)
    else:
        yield from _said(f"{indent}{key}: {_example(field, schema, path)}", _about(field), indent)


def _said(line: str, about: str, mark: str) -> Iterator[str]:
    """A key with what is to be said about it: behind it, or above it where that is too long.

    `mark` is what the line begins with; a remark in a commented part has a mark of its own,
    so that taking the first marks away leaves a manifest.
    """
    text = " ".join(about.split())
    if not text:
        yield line
    elif len(f"{line}  # {text}") <= _WIDTH:
        yield f"{line}  # {text}"
    else:
        yield from wrap(text, _WIDTH, f"{mark}# ", f"{mark}# ")
        yield line


def _about(field: Field) -> str:
    """What the schema says: description, unit, and the members of a closed set."""
    of = field.items if field.kind is Kind.LIST and field.items else field
    unit = f" ({of.unit})" if of.unit else ""
    members = [str(member) for member in of.members]
    choice = f" One of: {', '.join(members)}" if len(members) > 1 else ""
    return f"{field.description}{unit}{choice}".strip()


def _example(field: Field, schema: Schema, path: tuple[str, ...]) -> str:
    """A value for a comment: `unknown` where that may be said, else as for a required one."""
    if field.unknown:
        return "unknown"
    if field.kind is Kind.MAPPING:
        return "{}"
    if field.kind is Kind.LIST and not (field.items and field.items.members):
        return _value(field, schema, path) if _example_at(schema, path) else "[]"
    return _value(field, schema, path)


def _value(field: Field, schema: Schema, path: tuple[str, ...]) -> str:
    """A value that is valid: the schema's example, its first member, or the plainest one."""
    example = _example_at(schema, path)
    if field.kind is Kind.LIST:
        if isinstance(example, list) and example:
            return f"[{', '.join(_scalar(item) for item in example)}]"
        inner = _value(field.items, schema, (*path, "")) if field.items else ""
        return f"[{inner}]" if inner else "[]"
    if example is not None and not isinstance(example, (list, dict)):
        return _scalar(example)
    if field.members:
        return _scalar(field.members[0])
    match field.kind:
        case Kind.FLAG:
            return "false"
        case Kind.NUMBER | Kind.INTEGER:
            return str(field.least if field.least is not None else 1)
        case _:
            return "to-be-stated" if field.grain is None else f'"{SOME[field.grain]}"'


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    plain = all(char.isalnum() or char in "-_./@" for char in text) and text[:1].isalpha()
    if isinstance(value, str) and not (
        plain and text not in ("true", "false", "null", "yes", "no")
    ):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def _example_at(schema: Schema, path: tuple[str, ...]) -> object:
    """The first of the schema's `examples` at a path; an empty step goes into a list."""
    here: Any = schema.raw.get("then", schema.raw)
    for step in path:
        here = _resolved(here, schema)
        if step == "":
            here = here.get("items", {})
            continue
        if "properties" not in here and "items" in here:
            here = _resolved(here["items"], schema)
        here = here.get("properties", {}).get(step, {})
    examples = _resolved(here, schema).get("examples") or [None]
    return examples[0]


def _resolved(node: Any, schema: Schema) -> Any:
    while isinstance(node, Mapping) and "$ref" in node:
        target: Any = schema.raw
        for step in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node if isinstance(node, Mapping) else {}
