"""What the schema requires of every manifest in, the first questions out; their answers in, a
new manifest out.

A question carries its place as decisions name it (`household.rent`, `person.birth`); the place
in the full form goes with it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scopes
from mlpolicy.interview.questions import Purpose, Question, full_path
from mlpolicy.manifest.edit import Path, Plain, begun
from mlpolicy.manifest.read import read
from mlpolicy.schema import Field, Kind, Schema
from mlpolicy.schema.constraints import broken_constraints
from mlpolicy.schema.explain import explain
from mlpolicy.schema.nodes import Mapping as MappingNode
from mlpolicy.schema.nodes import Node

Given = Mapping[tuple[str | int, ...], Plain]


def name_of(scopes: Scopes) -> FieldPath:
    """The name of a manifest, which the full form holds with its metadata."""
    return FieldPath(scopes.shared, ("name",))


def first_questions(schema: Schema, given: Given) -> Question | None:
    """What a new manifest still lacks of what the schema requires, or None."""
    for path, field in _required(schema.root, ()):
        if path not in given:
            return _first(path, field, schema.scopes)
    for error in schema.errors(full_form(schema, given)):
        if error.validator != "required":
            continue
        above = tuple(error.absolute_path)
        for key in error.validator_value:
            here = (*above, str(key))
            wanted = schema.root.at(*here)
            if wanted is not None and here not in given and key not in error.instance:
                return _first(here, wanted, schema.scopes)
    return None


def _first(path: tuple[str | int, ...], field: Field, scopes: Scopes) -> Question:
    return Question(
        document=0,
        workload="",
        path=begin_path(path, scopes),
        ask=field.description,
        purpose=Purpose.BEGIN,
        field=field,
    )


def begin_path(path: tuple[str | int, ...], scopes: Scopes) -> FieldPath:
    """`household.rent`, `person.birth`: a place of the full form as decisions name it."""
    if path == full_path(name_of(scopes), scopes):
        return name_of(scopes)
    home = len(scopes.home)
    if path[:home] == scopes.home:
        return FieldPath(scopes.each, path[home:])
    return FieldPath(scopes.shared, path[1:])


def given_path(question: Question, scopes: Scopes) -> tuple[str | int, ...]:
    """The place of the full form that a first question is about."""
    return full_path(question.path, scopes)


def _required(field: Field, path: tuple[str | int, ...]) -> Iterator[tuple[Path, Field]]:
    for name, child in field.children.items():
        if name not in field.required or len(child.members) == 1:
            continue
        here = (*path, name)
        if child.kind is Kind.MAPPING:
            yield from _required(child, here)
        elif child.kind is Kind.LIST and child.items and child.items.kind is Kind.MAPPING:
            yield from _required(child.items, (*here, 0))
        else:
            yield here, child


def full_form(schema: Schema, given: Given) -> dict[str, Plain]:
    """A new manifest in the full form, with what only one word can be."""
    value: dict[str, Plain] = {
        name: cast(Plain, child.members[0])
        for name, child in schema.root.children.items()
        if len(child.members) == 1 and name in schema.root.required
    }
    for path, each in given.items():
        _place(value, path, each)
    return value


def short_form(schema: Schema, given: Given) -> dict[str, Plain]:
    """The same in the short form, where the schema has one, else in the full."""
    if not schema.short_form:
        return full_form(schema, given)
    homes = {home: key for key, home in schema.short_form.items()}
    value: dict[str, Plain] = {}
    for path, each in given.items():
        home = homes.get(tuple(str(step) for step in path))
        _place(value, (home,) if home else path[1:], each)
    return value


def _place(value: dict[str, Plain], path: Path, each: Plain) -> None:
    here: dict[str, Plain] = value
    for step, after in pairwise(path):
        if isinstance(step, int):
            continue
        if isinstance(after, int):
            items = cast("list[dict[str, Plain]]", here.setdefault(step, [{}]))
            here = items[0]
        else:
            here = cast("dict[str, Plain]", here.setdefault(step, {}))
    here[str(path[-1])] = each


def fits(question: Question, value: Plain, schema: Schema, given: Given) -> tuple[str, str]:
    """Why an answer to a first question is no value of its field, with what to do; or two
    empty texts."""
    trial = full_form(schema, {**given, given_path(question, schema.scopes): value})
    text = begun(trial)
    source, written, _ = read(text.encode(), "")
    root = written[0].root
    assert isinstance(root, MappingNode)
    node = _node_at(root, given_path(question, schema.scopes))
    name = str(question.path.steps[-1])
    for fault in (
        *(explain(node, question.field, name, source) if node is not None else ()),
        *broken_constraints(root, schema.root, source),
    ):
        return fault.message, fault.help
    return "", ""


def _node_at(root: Node, path: Path) -> Node | None:
    here: Node | None = root
    for step in path:
        if isinstance(step, int):
            items: Sequence[Node] = getattr(here, "items", ())
            here = items[step] if step < len(items) else None
        else:
            here = here.get(step) if isinstance(here, MappingNode) else None
    return here
