"""A checked manifest and the fields to mask in; its full form with tokens for values out.

Why the full form: it holds what was stated and nothing else. Comments, which may say anything,
and the spelling of the file are left behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mlpolicy.core.scopes import Scopes
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.manifest.load import checked
from mlpolicy.manifest.write import written
from mlpolicy.schema import Field, Schema
from mlpolicy.schema.nodes import Entry, Listing, Mapping, Node, Scalar
from mlpolicy.suggest import listing, nearest

#: A path into the full form: keys of mappings, positions in lists.
Path = tuple[str | int, ...]
#: The same for all items of a list: `*` for any position.
Pattern = tuple[str, ...]


def _beginnings(scopes: Scopes) -> dict[str, Pattern]:
    """How paths begin, and where that is in the full form."""
    return {
        "waiver": ("spec", "waivers", "*"),
        "metadata": ("metadata",),
        scopes.shared.word: ("spec",),
        scopes.each.word: ("spec", scopes.items, "*") if scopes.items else ("spec",),
    }


@dataclass(frozen=True, slots=True)
class Secret:
    """A value to be masked: where it stands (a JSON Pointer into the full form), its JSON text,
    and its plain text where that is long enough to be recognised elsewhere."""

    pointer: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Maskable:
    """One document, in the full form, with what is to be masked in it; `keys` are the pointers of
    keys below a mask that its author has chosen: only values are masked."""

    root: Mapping
    schema: Schema
    secrets: tuple[Secret, ...]
    keys: tuple[str, ...] = ()

    def masked(self, tokens: dict[str, str]) -> str:
        """The text of the full form, with a token for each pointer."""
        return written(_replaced(self.root, (), tokens), self.schema)

    def names(self, tokens: dict[str, str]) -> tuple[str, tuple[str, ...]]:
        """The names of the manifest and of the things in its list as the masked text has them."""
        root = _replaced(self.root, (), tokens)
        own = _plain(root.get("metadata", "name"))
        if not self.schema.scopes.items:
            return own, (own,)
        listed = root.get("spec", self.schema.scopes.items)
        items = listed.items if isinstance(listed, Listing) else ()
        return own, tuple(
            _plain(item.get("name") if isinstance(item, Mapping) else None) for item in items
        )

    def shown_elsewhere(
        self, secrets: Sequence[Secret], tokens: dict[str, str]
    ) -> Iterator[tuple[str, str]]:
        """Pairs of pointers: a masked value, and where its text stands unmasked here."""
        for path, node in _scalars(_replaced(self.root, (), tokens), ()):
            there = _pointer(path)
            if there in tokens:
                continue
            for secret in secrets:
                if secret.text and secret.text.casefold() in str(node.value).casefold():
                    yield secret.pointer, there
        for path in _free_keys(self.root, self.schema.root, ()):
            for secret in secrets:
                if secret.text and secret.text.casefold() in str(path[-1]).casefold():
                    yield secret.pointer, _pointer(path)


def _free_keys(node: Node, field: Field | None, path: Path) -> Iterator[Path]:
    """The paths of the keys that an author has chosen: those that the schema has no name for."""
    match node:
        case Mapping():
            for entry in node.entries:
                if field is None or entry.name not in field.children:
                    yield (*path, entry.name)
                below = field.at(entry.name) if field is not None else None
                yield from _free_keys(entry.value, below, (*path, entry.name))
        case Listing():
            for number, item in enumerate(node.items):
                yield from _free_keys(item, field.items if field else None, (*path, number))
        case Scalar():
            return


def maskable(
    data: bytes, file: str, schema: Schema, patterns: tuple[Pattern, ...]
) -> tuple[tuple[Maskable, ...], tuple[Diagnostic, ...]]:
    """The good documents of a file, in order. Masked is what the schema marks `x-sensitive`,
    and what the patterns name with all that is below it."""
    _, roots, diagnostics = checked(data, file, schema)
    found = []
    for root in roots:
        secrets = tuple(_secrets(root, schema.root, (), patterns, False))
        keys = tuple(
            _pointer(path)
            for path in _free_keys(root, schema.root, ())
            if any(_is_masked(path[:end], schema.root, patterns) for end in range(len(path)))
        )
        found.append(Maskable(root, schema, secrets, keys))
    return tuple(found), diagnostics


def patterns_of(
    paths: tuple[str, ...], schema: Schema
) -> tuple[tuple[Pattern, ...], list[Diagnostic]]:
    """Paths as policies write them, `person.birth`, resolved in a schema. A path
    without its beginning is one of what is said once."""
    patterns, faults = [], []
    beginnings = _beginnings(schema.scopes)
    for path in paths:
        steps = tuple(path.split("."))
        begin = steps[0] if steps[0] in beginnings else schema.scopes.shared.word
        rest = steps[1:] if steps[0] in beginnings else steps
        pattern = list(beginnings[begin])
        field = _below(schema.root, tuple(pattern))
        for step in rest:
            while field is not None and field.items is not None:
                pattern.append("*")
                field = field.items
            known = field.children if field is not None else {}
            below = field.at(step) if field is not None else None
            if below is None:
                close = nearest(step, known)
                help = f"did you mean `{close}`?" if close else ""
                if not help and known:
                    help = f"there are: {listing(known)}"
                message = f"the schema has no field `{path}` to mask"
                faults.append(about("MLP1116", message, help=help))
                break
            pattern.append(step)
            field = below
        else:
            patterns.append(tuple(pattern))
    return tuple(patterns), faults


def _below(field: Field, pattern: Pattern) -> Field | None:
    here: Field | None = field
    for step in pattern:
        if here is None:
            return None
        here = here.items if step == "*" else here.children.get(step)
    return here


def _secrets(
    node: Node, field: Field | None, path: Path, patterns: tuple[Pattern, ...], inside: bool
) -> Iterator[Secret]:
    inside = inside or (field is not None and field.sensitive) or _named(path, patterns)
    match node:
        case Scalar():
            # `unknown` says nothing that could be hidden, and something else than a text does.
            unknown = field is not None and field.unknown and node.value == "unknown"
            if inside and not unknown:
                yield _secret(node, path, field)
        case Listing():
            for number, item in enumerate(node.items):
                below = field.items if field else None
                yield from _secrets(item, below, (*path, number), patterns, inside)
        case Mapping():
            for entry in node.entries:
                below = field.at(entry.name) if field else None
                yield from _secrets(entry.value, below, (*path, entry.name), patterns, inside)


def _secret(node: Scalar, path: Path, field: Field | None) -> Secret:
    """A word of a fixed list is nobody's secret where it stands elsewhere."""
    text = ""
    match node.value:
        case bool() as flag:
            value = "true" if flag else "false"
        case int() | Decimal() as number:
            value = format(number, "f") if isinstance(number, Decimal) else str(number)
            text = value if sum(char.isdigit() for char in value) > 5 else ""
        case other:
            value = json.dumps(str(other), ensure_ascii=False)
            listed = field is not None and bool(field.members)
            text = str(other) if len(str(other)) > 3 and not listed else ""
    return Secret(_pointer(path), value, text)


def _is_masked(path: Path, field: Field | None, patterns: tuple[Pattern, ...]) -> bool:
    """Is what stands here masked, with all that is below it?"""
    if _named(path, patterns):
        return True
    for step in path:
        if field is not None:
            field = field.items if isinstance(step, int) else field.at(step)
    return field is not None and field.sensitive


def _named(path: Path, patterns: tuple[Pattern, ...]) -> bool:
    return any(
        len(pattern) == len(path)
        and all(
            step == want or (want == "*" and isinstance(step, int))
            for step, want in zip(path, pattern, strict=True)
        )
        for pattern in patterns
    )


def _pointer(path: Path) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _replaced(root: Mapping, path: Path, tokens: dict[str, str]) -> Mapping:
    entries = tuple(
        Entry(entry.key, _exchanged(entry.value, (*path, entry.name), tokens))
        for entry in root.entries
    )
    return Mapping(entries, root.span)


def _exchanged(node: Node, path: Path, tokens: dict[str, str]) -> Node:
    match node:
        case Scalar():
            token = tokens.get(_pointer(path))
            return node if token is None else Scalar(token, token, node.span, True)
        case Listing():
            items = (_exchanged(item, (*path, n), tokens) for n, item in enumerate(node.items))
            return Listing(tuple(items), node.span)
        case Mapping():
            return _replaced(node, path, tokens)


def _scalars(node: Node, path: Path) -> Iterator[tuple[Path, Scalar]]:
    match node:
        case Scalar():
            yield path, node
        case Listing():
            for number, item in enumerate(node.items):
                yield from _scalars(item, (*path, number))
        case Mapping():
            for entry in node.entries:
                yield from _scalars(entry.value, (*path, entry.name))


def _plain(node: Node | None) -> str:
    return str(node.value) if isinstance(node, Scalar) else ""
