"""A manifest's bytes and some changed fields in, the document they would make out.

The file is read again and the fields are set in its tree, so that what comes out has passed the
schema and its constraints like any other manifest. Nothing is written: that is not a way to edit
files, but to ask what would follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from mlpolicy.core.facts import Document, Estimate
from mlpolicy.core.show import decimal_text, finite_places
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.digest import sha256
from mlpolicy.manifest.load import checked, document_of, faults_of
from mlpolicy.manifest.read import read
from mlpolicy.schema import Field, Kind, Schema
from mlpolicy.schema.nodes import FAULTY, Entry, Listing, Mapping, Node, Scalar
from mlpolicy.source import NOWHERE, Span

#: A plain value as it would be stated: `None` is the word `unknown`.
Plain = bool | Fraction | str | Estimate | tuple[str, ...] | None

_BETWEEN = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\.\.\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")


@dataclass(frozen=True, slots=True)
class Overlay:
    """One field and what it would state. `workload` is None for a field that is said
    once; such a field stands under `spec`, one of a thing that is decided within that thing."""

    workload: str | None
    steps: tuple[str, ...]
    node: Node


def overlay(
    data: bytes, document: Document, schema: Schema, changes: Sequence[Overlay]
) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document with the changes made, or what the schema has against it.

    `document` says which of a file's documents is meant. INVARIANT: the bytes have passed this
    schema before, so whatever is wrong comes of the changes.
    """
    source, roots, _ = checked(data, document.file, schema)
    for root in roots:
        was = document_of(root, document.digest, schema, source)
        if was.project.place != document.project.place or was.name != document.name:
            continue
        changed = root
        for change in changes:
            changed = _with(changed, change, schema.scopes.items)
        faults = faults_of(changed, schema, source)
        if faults:
            return None, tuple(faults)
        told = "\n".join(f"{c.workload} {'.'.join(c.steps)} {_spelled(c.node)}" for c in changes)
        digest = sha256(f"{document.digest}\n{told}".encode()).hexdigest()
        return document_of(changed, f"sha256:{digest}", schema, source), ()
    raise AssertionError("the document is not one of its own file")


def read_value(text: str, field: Field) -> Node | Diagnostic:
    """A value as a manifest would have it, from a command line: `88`, `10..20`, `unknown`,
    `[a, b]`, `{low: 1, high: 2}`; `yes` and `no` where a flag is wanted."""
    between = _BETWEEN.fullmatch(text)
    if between:
        text = f"{{low: {between[1]}, high: {between[2]}}}"
    if field.kind is Kind.FLAG and text.strip() in ("yes", "no"):
        text = "true" if text.strip() == "yes" else "false"
    if field.kind is Kind.LIST and text.strip() and text.strip()[0] not in "[{":
        text = text if text.strip() == "unknown" else f"[{text}]"
    _, written, stopped = read(text.encode(), "")
    faults = [*stopped, *(fault for each in written for fault in each.faults)]
    if faults:
        return faults[0]
    if len(written) != 1 or written[0].root is None:
        return about(
            "MLP1302", "there is no value after `=`", help="write a value, or the word `unknown`"
        )
    return _placed(written[0].root, NOWHERE)


def node_of(value: Plain) -> Node:
    """A plain value as a node of a manifest."""
    match value:
        case None:
            return Scalar("unknown", "unknown", NOWHERE)
        case bool():
            return Scalar(value, "true" if value else "false", NOWHERE)
        case Fraction():
            text = plain_number(value)
            number = int(text) if value.denominator == 1 else Decimal(text)
            return Scalar(number, text, NOWHERE)
        case str():
            return Scalar(value, value, NOWHERE)
        case Estimate():
            ends = (("low", value.low), ("high", value.high))
            entries = (Entry(Scalar(n, n, NOWHERE), node_of(end)) for n, end in ends)
            return Mapping(tuple(entries), NOWHERE)
        case tuple():
            return Listing(tuple(node_of(item) for item in value), NOWHERE)


def plain_number(value: Fraction) -> str:
    """A number as a manifest would have it. INVARIANT: it has a finite decimal form."""
    places = finite_places(value)
    assert places is not None, value
    if places <= 12:
        return decimal_text(value, 0, False)
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f")


def _with(root: Mapping, change: Overlay, key: str) -> Mapping:
    if change.workload is None or not key:
        return _set(root, ("spec", *change.steps), change.node)
    spec = root.get("spec")
    assert isinstance(spec, Mapping)
    listed = spec.get(key)
    assert isinstance(listed, Listing)
    items = []
    for item in listed.items:
        name = item.get("name") if isinstance(item, Mapping) else None
        is_it = isinstance(name, Scalar) and name.value == change.workload
        items.append(_set(item, change.steps, change.node) if is_it else item)
    return _set(root, ("spec", key), Listing(tuple(items), listed.span))


def _set(node: Node, steps: tuple[str, ...], value: Node) -> Mapping:
    """The mapping with the value at a path below it; mappings on the way are made."""
    entries = node.entries if isinstance(node, Mapping) else ()
    there = next((entry for entry in entries if entry.name == steps[0]), None)
    inner: Node
    if len(steps) > 1:
        inner = _set(there.value if there else Mapping((), node.span), steps[1:], value)
    else:
        inner = _placed(value, there.value.span if there else node.span)
    if there is None:
        key = Scalar(steps[0], steps[0], node.span)
        return Mapping((*entries, Entry(key, inner)), node.span)
    kept = tuple(Entry(there.key, inner) if each is there else each for each in entries)
    return Mapping(kept, node.span)


def _placed(node: Node, span: Span) -> Node:
    """The node as if all of it stood at one place."""
    match node:
        case Scalar():
            return replace(node, span=span)
        case Listing():
            return Listing(tuple(_placed(item, span) for item in node.items), span)
        case Mapping():
            entries = (
                Entry(replace(e.key, span=span), _placed(e.value, span)) for e in node.entries
            )
            return Mapping(tuple(entries), span)


def _spelled(node: Node) -> str:
    match node:
        case Scalar():
            return "" if node.value is FAULTY else str(node.value)
        case Listing():
            return f"[{', '.join(_spelled(item) for item in node.items)}]"
        case Mapping():
            inside = ", ".join(f"{e.name}: {_spelled(e.value)}" for e in node.entries)
            return f"{{{inside}}}"


__all__ = ["Overlay", "Plain", "node_of", "overlay", "plain_number", "read_value"]
