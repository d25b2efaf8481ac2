"""A document's nodes and its schema in, everything that is wrong with the document out.

The JSON Schema says where (`fields`), `explain` says why, and `constraints` says what JSON Schema
cannot. One way for all files that a person writes: manifests, waivers, ledgers of sources,
configurations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from itertools import islice

from mlpolicy.characters import clean
from mlpolicy.dataclass import replace
from mlpolicy.diagnostics import Diagnostic, Matter, at
from mlpolicy.schema.constraints import broken_constraints
from mlpolicy.schema.fields import Field, Schema
from mlpolicy.schema.nodes import FAULTY, Listing, Mapping, Node, Notation, Scalar
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import Guesses, nearest
from mlpolicy.typed import TypeAlias

#: Keys and numbers of items that lead to a value.
Path: TypeAlias = "tuple[str | int, ...]"

#: Faults told of one document; what a file full of noise is worth, and a bound on the work.
MOST_ERRORS = 100

#: The key of the full form under which the keys of a short form stand.
BODY = "spec"


def _own_code(_: Path, code: str) -> str:
    return code


def faults_in(
    full: Mapping,
    schema: Schema,
    source: Source,
    *,
    told: Set[Origin | None] = frozenset(),
    guesses: Guesses | None = None,
    code: Callable[[Path, str], str] = _own_code,
    notation: Notation = Notation.YAML,
) -> list[Diagnostic]:
    """Everything that is wrong with a document, each thing once.

    `full` is the document in the form that `schema.root` describes, and `source` its text. `told`
    are the places of faults that were found when the text was read; nothing more is said of them.
    `guesses` are those that may still be made at what a misspelt word means. `code` gives the code
    of a diagnostic from the path of the value and the code that a manifest has for it, so that
    another file can have codes of its own; `notation` is that of the text.
    """
    places = {origin.span.start for origin in told if origin}
    broken = list(islice(broken_constraints(full, schema.root, source, guesses), MOST_ERRORS))
    places |= {_start(fault) for fault in broken if fault.matter is Matter.HIDDEN}
    faults: list[tuple[Path, Diagnostic]] = []
    seen: set[tuple[object, ...]] = set()
    for error in islice(schema.errors(_plain(full, schema.root)), MOST_ERRORS):
        path = tuple(error.absolute_path)
        kind = error.validator if error.validator in ("required", "additionalProperties") else ""
        if (path, kind) in seen or len(faults) >= MOST_ERRORS:
            continue
        seen.add((path, kind))
        for fault in islice(_told(error, path, full, schema, source, notation), MOST_ERRORS):
            if fault.matter is Matter.MISSING or _start(fault) not in places:
                faults.append((path, fault))
    if seen and not faults and not broken and not told:
        # INVARIANT: what the schema refuses is never returned, even if we cannot say why.
        message = "the file does not fit its schema"
        faults.append(((), at("MLP0704", message, source, full.span)))
    # A value that is wrong in itself is not also told to break a constraint.
    wrong = {_start(fault) for _, fault in faults if fault.matter is not Matter.MISSING}
    faults += (((), each) for each in broken if _start(each) not in wrong)
    return [replace(fault, code=code(path, fault.code)) for path, fault in faults]


def _start(fault: Diagnostic) -> int:
    return fault.origin.span.start if fault.origin else -1


def _told(
    error: object,
    path: Path,
    full: Mapping,
    schema: Schema,
    source: Source,
    notation: Notation,
) -> Iterator[Diagnostic]:
    """One error of jsonschema, told as ours."""
    from mlpolicy.schema.explain import explain, explain_item

    node, field = _locate(path, full, schema.root)
    name = _name(path, full)
    validator = str(getattr(error, "validator", ""))
    match validator, node:
        case "additionalProperties", Mapping() if field.children:
            yield from _unknown_keys(node, field, path, full, schema, source)
        case "required", Mapping():
            wanted = [str(key) for key in getattr(error, "validator_value", ())]
            yield from _missing_keys(node, field, wanted, path, full, schema, source, notation)
        case _:
            told = explain_item if path and isinstance(path[-1], int) else explain
            reasons = list(told(node, field, name, source, notation))
            yield from reasons
            if not reasons and not _has_fault(node):
                message = f"`{clean(name)}` does not fit the schema: {clean(validator)}"
                yield at("MLP0704", message, source, node.span)


def _has_fault(node: Node) -> bool:
    match node:
        case Scalar():
            return node.value is FAULTY
        case Listing():
            return any(_has_fault(item) for item in node.items)
        case Mapping():
            return any(_has_fault(entry.value) for entry in node.entries)


def _locate(path: Path, full: Mapping, root: Field) -> tuple[Node, Field]:
    """The node and the field at a path of jsonschema."""
    node: Node = full
    field = root
    for step in path:
        below: Node | None = None
        if isinstance(step, int) and isinstance(node, Listing):
            below = node.items[step]
        elif isinstance(step, str) and isinstance(node, Mapping):
            below = node.get(step)
        child = field.at(step)
        if below is None or child is None:
            break
        node, field = below, child
    return node, field


def _name(path: Path, full: Mapping) -> str:
    """The last key of a path, in the word the file has for it."""
    name = "file"
    here: Node | None = full
    for step in path:
        match here, step:
            case Listing(), int():
                here = here.items[step]
            case Mapping(), str():
                entry = here.entry(step)
                name = entry.key.text if entry else step
                here = entry.value if entry else None
    return name


def _shown(path: Path, full: Mapping, root: Field) -> str:
    """A path for people: ` under `quality` of `intent``, or nothing at the top."""
    if len(path) <= 1:
        return ""
    node: Node = full
    field: Field | None = root
    owner = inside = ""
    for step in path:
        below: Node | None = None
        if isinstance(step, int) and isinstance(node, Listing):
            below = node.items[step]
            called = (field.unique_by if field else None) or "name"
            name = below.get(called) if isinstance(below, Mapping) else None
            if isinstance(name, Scalar) and isinstance(name.value, str):
                owner = f" of `{clean(name.value)}`"
            else:
                owner = f" of item {step + 1}{inside}"
        elif isinstance(step, str) and isinstance(node, Mapping):
            below, inside = node.get(step), f" of `{step}`"
        if below is None:
            break
        node, field = below, field.at(step) if field else None
    last = path[-1]
    return f" under `{last}`{owner}" if isinstance(last, str) else owner.replace(" of ", " in ", 1)


def _unknown_keys(
    node: Mapping,
    field: Field,
    path: Path,
    full: Mapping,
    schema: Schema,
    source: Source,
) -> Iterator[Diagnostic]:
    from mlpolicy.schema.explain import unknown_key

    is_short = _was_short(full)
    where = "" if is_short and len(path) == 1 else _shown(path, full, schema.root)
    also = tuple(schema.short_form) if is_short and path == (BODY,) else ()
    for entry in node.entries:
        if entry.name in field.children:
            continue
        homes = _homes(entry.name, schema, is_short)
        yield unknown_key(entry.name, entry.key.span, field, where, homes, also, source)


def _homes(name: str, schema: Schema, is_short: bool) -> tuple[tuple[str, ...], ...]:
    """Where a key would be right, as paths of the form the document is written in."""
    homes = list(schema.homes.get(name, ()))
    if not is_short and name in schema.short_form:
        homes.append(schema.short_form[name])
    return tuple(home[1:] if is_short and home[0] == BODY else home for home in homes)


def _was_short(full: Mapping) -> bool:
    """Whether the document was rewritten: then its top-level keys share one place."""
    spans = {entry.key.span for entry in full.entries}
    return len(full.entries) > 1 and len(spans) == 1


def _missing_keys(
    node: Mapping,
    field: Field,
    wanted: list[str],
    path: Path,
    full: Mapping,
    schema: Schema,
    source: Source,
    notation: Notation,
) -> Iterator[Diagnostic]:
    from mlpolicy.schema.explain import missing_key

    is_short = _was_short(full)
    at_top = not path or (is_short and len(path) == 1)
    strange = [entry.name for entry in node.entries if entry.name not in field.children]
    back = {target: key for key, target in schema.short_form.items()} if is_short else {}
    names = set(node.texts())
    if is_short:
        body_node = full.get(BODY)
        strange.extend(body_node.texts() if isinstance(body_node, Mapping) else ())
    strange = strange[:MOST_ERRORS]
    first = node.entries[0].key.span if node.entries else node.span
    for key in wanted:
        if key in names:
            continue
        target = tuple(str(step) for step in (*path, key))
        shown = back.get(target, key)
        if any(
            nearest(name[:100], [shown]) or _snake(name) == shown
            for name in strange
            if name not in field.children and name != shown
        ):
            continue
        where = "" if at_top or target in back else _shown(path, full, schema.root)
        span = full.span if is_short and not node.entries else first
        yield missing_key(shown, field.children.get(key), where, span, source, notation)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _plain(node: Node, field: Field | None) -> object:
    """The node as jsonschema takes it: dicts, lists, strings, exact numbers, aliases read."""
    match node:
        case Scalar(value=str() as word):
            return field.aliases.get(word, word) if field and field.aliases else word
        case Scalar():
            return node.value
        case Listing():
            items = field.items if field else None
            return [_plain(item, items) for item in node.items]
        case Mapping():
            return {
                entry.name: _plain(entry.value, field.at(entry.name) if field else None)
                for entry in node.entries
            }
