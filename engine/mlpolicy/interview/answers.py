"""A file of answers in, the state of an interview with all of them taken out.

The file is one mapping: a path, or the word for what is said once, or the name of a thing that is
decided; below these two more paths, or groups as in a manifest. Values are those of a manifest, or
texts as they would be typed. Nothing is written here; where one answer does not fit, none is to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from mlpolicy.characters import clean
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scopes
from mlpolicy.diagnostics import Diagnostic, Severity, about, at
from mlpolicy.interview.beginning import first_questions, fits, given_path
from mlpolicy.interview.questions import (
    BODY,
    InterviewContext,
    Question,
    State,
    answered,
    completing,
    field_at,
    is_stated,
    not_known,
    settling,
)
from mlpolicy.manifest.edit import Path, Plain, plain
from mlpolicy.manifest.read import read
from mlpolicy.manifest.typed import Unread, value_of
from mlpolicy.schema import Field, Kind, Schema
from mlpolicy.schema.nodes import Entry, Listing, Node, Scalar
from mlpolicy.schema.nodes import Mapping as MappingNode
from mlpolicy.source import NOWHERE, Source
from mlpolicy.suggest import listing, nearest

Diagnostics = tuple[Diagnostic, ...]

#: Whose answer it is (empty: what is said once), and the field.
Key = tuple[str, FieldPath]

#: What stands for "nobody knows".
UNKNOWN = frozenset(("?", "don't know", "dont know", "don’t know", "unknown", "idk", "no idea"))


@dataclass(frozen=True, slots=True)
class Given:
    """Answers by whose they are (empty: said once) and path, each with its key and value."""

    source: Source
    answers: Mapping[Key, Entry]

    def key_of(self, question: Question) -> Key | None:
        """The key of the answer to a question, if there is one."""
        key = (question.owner, question.path)
        return key if key in self.answers else None


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file of answers as written."""

    source: Source
    root: MappingNode


def parse_answers(data: bytes, file: str) -> AnswerFile | Diagnostics:
    """A file of answers, or why it is none."""
    source, written, stopped = read(data, file)
    filled = [each for each in written if each.root is not None or each.faults]
    faults = (*stopped, *(fault for each in filled for fault in each.faults))
    if faults:
        return faults
    if not filled:
        return AnswerFile(source, MappingNode((), NOWHERE))
    root = filled[0].root
    if len(filled) > 1 or not isinstance(root, MappingNode):
        found = "several documents" if len(filled) > 1 else "no mapping"
        message = f"`{clean(file)}` is no file of answers: it holds {found}"
        return (about("MLP1205", message, file, help="write `path: answer` lines"),)
    return AnswerFile(source, root)


def spread(answer_file: AnswerFile, schema: Schema, names: tuple[str, ...]) -> Given | Diagnostics:
    """The answers by whose they are and path. Without `names` there is no manifest yet: the one
    thing that is named, or none, is the one to begin with."""
    source, root = answer_file.source, answer_file.root
    answers: dict[Key, Entry] = {}
    faults: list[Diagnostic] = []
    scopes = schema.scopes
    shared, each = scopes.shared.word, scopes.each.word
    owners = [e.name for e in root.entries if _is_owner(e, scopes)]
    begins = not names
    if begins and len(owners) > 1:
        second = next(e for e in root.entries if e.name == owners[1])
        help = "answer for the first one; add the others to the manifest once it is there"
        message = f"a new manifest begins with one {each}"
        return (at("MLP1203", message, source, second.key.span, help=help),)
    known = names or tuple(owners)
    for entry in root.entries:
        scope, dot, _ = entry.name.partition(".")
        if scope == shared and scopes.items and (dot or entry.value_is_mapping):
            _collect(entry, "" if not dot else shared, shared, "", answers, faults, schema, source)
        elif scope == each and (dot or entry.value_is_mapping):
            if len(known) > 1:
                help = f"put it below one of {listing(known)}"
                message = f"`{clean(entry.name)}`: of which {each}?"
                faults.append(at("MLP1203", message, source, entry.key.span, help=help))
                continue
            owner = known[0] if known else ""
            _collect(
                entry,
                "" if not dot else each,
                each,
                owner,
                answers,
                faults,
                schema,
                source,
            )
        elif entry.name in known and entry.value_is_mapping:
            _collect(entry, "", each, entry.name, answers, faults, schema, source)
        else:
            near = nearest(entry.name, [*known, shared])
            help = f"did you mean `{near}`?" if near else f"there are: {listing([*known, shared])}"
            message = f"`{clean(entry.name)}` is neither {scopes.a()} nor a path"
            faults.append(at("MLP1203", message, source, entry.key.span, help=help))
    return tuple(faults) if faults else Given(source, answers)


def _is_owner(entry: Entry, scopes: Scopes) -> bool:
    return entry.value_is_mapping and entry.name.partition(".")[0] not in scopes.words


def _collect(
    entry: Entry,
    scope: str,
    default: str,
    owner: str,
    answers: dict[Key, Entry],
    faults: list[Diagnostic],
    schema: Schema,
    source: Source,
) -> None:
    """The answers at and below a key. `scope` is empty where the key names no place itself."""
    if not scope:
        assert isinstance(entry.value, MappingNode)
        waiting = [(_joined(default, child.name), child) for child in entry.value.entries]
    else:
        waiting = [(entry.name, entry)]
    while waiting:
        path, here = waiting.pop(0)
        place = path_typed(path, schema.scopes)
        field = field_at(place, schema) if place is not None else None
        if place is None or field is None:
            path = str(place or path)
            near = nearest(path, _paths(schema))
            help = f"did you mean `{near}`?" if near else ""
            message = f"a manifest has no `{clean(path)}`"
            faults.append(at("MLP1203", message, source, here.key.span, help=help))
        elif field.kind is Kind.MAPPING and isinstance(here.value, MappingNode):
            waiting[:0] = [(f"{place}.{child.name}", child) for child in here.value.entries]
        else:
            answers[owner, place] = here


def _joined(scope: str, name: str) -> str:
    return name if name.startswith(f"{scope}.") else f"{scope}.{name}"


_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]")
_ENTRY = re.compile(r"\[([^\[\]]*=[^\[\]]*)\]$")


def path_typed(text: str, scopes: Scopes) -> FieldPath | None:
    """The place that a person has written, as `person.tests[ system=x ].share`; None where it
    is no place of a manifest."""
    scope = scopes.named(text.partition(".")[0])
    if scope is None:
        return None
    body = text[len(scope.word) :]
    tag = _ENTRY.search(body)
    keys = [part.partition("=") for part in tag[1].split(",")] if tag else []
    if not all(sign for _, sign, _ in keys):
        return None
    entry = tuple((key.strip(), word.strip()) for key, _, word in keys)
    body = body[: tag.start()] if tag else body
    steps = list(_STEP.finditer(body))
    if not steps or "".join(step[0] for step in steps) != body:
        return None
    return FieldPath(scope, tuple(int(s[2]) if s[2] else s[1] for s in steps), entry)


def _paths(schema: Schema) -> list[str]:
    """Every place of a manifest, as decisions name it."""

    def below(field: Field, path: str) -> Iterator[str]:
        for name, child in field.children.items():
            if path == shared and name == schema.scopes.items:
                continue
            yield f"{path}.{name}"
            yield from below(child, f"{path}.{name}")

    shared, each = (scope.word for scope in (schema.scopes.shared, schema.scopes.each))
    item = schema.root.at(*schema.scopes.home) if schema.scopes.items else None
    return [*below(schema.root.children[BODY], shared), *(below(item, each) if item else ())]


# -- taking them ---------------------------------------------------------------------------------


def take(
    state: State, context: InterviewContext, given: Given
) -> tuple[State, frozenset[Key], Diagnostics]:
    """The state with every answer that is asked for, which these are, and what does not fit."""
    used: set[Key] = set()
    faults: list[Diagnostic] = []
    while True:
        for question in chain(settling(state, context), completing(state, context)):
            key = given.key_of(question)
            if key is not None and key not in used:
                break
        else:
            return state, frozenset(used), tuple(faults)
        used.add(key)
        entry = given.answers[key]
        found = _answer(state, question, entry.value, context)
        if isinstance(found, State):
            state = found
        else:
            message, help = found
            said = f"`{clean(str(key[1]))}`: {message}"
            faults.append(at("MLP1203", said, given.source, entry.value.span, help=help))


def _answer(
    state: State, question: Question, node: Node, context: InterviewContext
) -> State | tuple[str, str]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        if node.text.strip().casefold() in UNKNOWN:
            return not_known(state, question, context)
    value: Plain | Unread
    if question.column and isinstance(node, MappingNode):
        held = {
            entry.name: _value(entry.value, _child(question, entry.name, context), context)
            for entry in node.entries
        }
        for each in held.values():
            if isinstance(each, Unread):
                return each.message, each.help
        if not held:
            return "the entry is empty", "write its keys"
        column, value = next(iter(held.items()))
        rest: dict[str, Plain] = {
            name: each
            for name, each in held.items()
            if name != column and not isinstance(each, Unread)
        }
        entry = {**dict(question.entry or {}), **rest}
        question = replace(question, entry=entry, column=column, completes=True)
    else:
        value = _value(node, question.field, context)
    if isinstance(value, Unread):
        return value.message, value.help
    found = answered(state, question, value, context)
    if isinstance(found, State):
        return found
    if not found:
        return "the manifest cannot be read with it", ""
    first = found[0]
    return (
        (first.message, first.help) if isinstance(first, Diagnostic) else (context.told(first), "")
    )


def _child(question: Question, name: str, context: InterviewContext) -> Field | None:
    listed = field_at(question.path, context.schema)
    return listed.items.at(name) if listed is not None and listed.items is not None else None


def _value(node: Node, field: Field | None, context: InterviewContext) -> Plain | Unread:
    """A value as the file has it; a text is read as if it had been typed."""
    match node:
        case Scalar(value=str()) if field is not None:
            return value_of(node.text, field, today=context.today)
        case Listing() if field is not None and field.items is not None:
            items: list[Plain] = []
            for each in node.items:
                item = _value(each, field.items, context)
                if isinstance(item, Unread):
                    return item
                items.append(item)
            return items
        case _:
            return plain(node)


def unused(
    given: Given, used: frozenset[Key], state: State, context: InterviewContext
) -> tuple[Diagnostic, ...]:
    """The answers nobody asked for, as warnings that say why."""
    told = []
    for key, entry in given.answers.items():
        if key in used:
            continue
        owner, path = key
        number = next(
            (
                n
                for n, document in enumerate(state.documents)
                if not owner or any(each.name == owner for each in document.workloads)
            ),
            0,
        )
        why = "no answer to it can change the result"
        if is_stated(state, number, owner, path):
            why = "the manifest states it already"
        said = f"`{clean(str(path))}` was not asked for{f' of `{owner}`' if owner else ''}: {why}"
        told.append(at("MLP1204", said, given.source, entry.key.span, severity=Severity.WARNING))
    return tuple(told)


def begun_with(
    given: Given, schema: Schema, today: date
) -> tuple[dict[Path, Plain], frozenset[Key], Diagnostics]:
    """The first answers of a new manifest, which of those given they are, and what is missing
    or does not fit."""
    owner = next((owner for owner, _ in given.answers if owner), "")
    found: dict[Path, Plain] = {}
    used: set[Key] = set()
    faults: list[Diagnostic] = []
    while (question := first_questions(schema, found)) is not None:
        key = ("" if question.path.is_shared else owner, question.path)
        entry = given.answers.get(key)
        if entry is None and question.path == FieldPath(schema.scopes.each, ("name",)) and owner:
            found[given_path(question, schema.scopes)] = owner
            continue
        if entry is None:
            message = f"`{question.path}` has no answer, and every manifest states it"
            help = question.field.description
            faults.append(about("MLP1203", message, given.source.name, help=help))
            found[given_path(question, schema.scopes)] = ""
            continue
        used.add(key)
        value: Plain | Unread = plain(entry.value)
        if isinstance(entry.value, Scalar) and isinstance(entry.value.value, str):
            value = value_of(entry.value.text, question.field, today=today)
        why, help = (value.message, value.help) if isinstance(value, Unread) else ("", "")
        if not isinstance(value, Unread):
            why, help = fits(question, value, schema, found)
        if why or isinstance(value, Unread):
            message = f"`{question.path}`: {why}"
            faults.append(at("MLP1203", message, given.source, entry.value.span, help=help))
            found[given_path(question, schema.scopes)] = ""
        else:
            found[given_path(question, schema.scopes)] = value
    return found, frozenset(used), tuple(faults)
