"""What differs between two programs, construct by construct.

Programs are compared as they mean: neither places nor layout, the order of declarations nor the
names of variables are in them. So a policy that was only written otherwise does not differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, cast

from mlpolicy.check.digest import Meaning
from mlpolicy.core.node import node
from mlpolicy.core.program import (
    Bar,
    Define,
    Program,
    Rule,
    Template,
)
from mlpolicy.core.types import EnumType
from mlpolicy.core.visit import Node, map_children
from mlpolicy.source import Place
from mlpolicy.versions.within import WORDS, PartChange, differing, one_line, written

#: What a version is called, and not what it says.
IDENTITY = frozenset(("name", "version", "effective"))

#: The part in which enums stand: no program has it, since enums are types.
ENUMS = "enums"

#: What a construct is called of which a policy has one only, or several without a name.
SINGLE: Mapping[str, str] = {
    "language": "language",
    "manifest_kind": "manifest kind",
    "schema_name": "schema",
    "scopes": "scopes",
    "files": "manifest files",
    "api": "manifest apiVersion",
    "currency": "currency",
    "outcome": "outcome",
    "attributes": "attributes",
    "statuses": "statuses",
    "conversions": "conversions",
    "decision": "decision tree",
}

#: What a construct of a part of the program is called; bars and definitions say it themselves.
NAMED: Mapping[str, str] = {
    "inputs": "input",
    "catalogs": "catalog",
    "records": "records",
    "shortlists": "shortlist",
    "scores": "score",
    "trees": "tree",
    "obligations": "obligation",
    "rules": "rule",
    "reports": "report",
}


class How(StrEnum):
    """What became of a construct. The values are those of the JSON document."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"
    WORDS = "words"


@node
class Construct:
    """A construct of a policy: of which part of the program (a field of `Program`), and its name
    there; "" where the part is one construct as a whole."""

    part: str
    name: str = ""


@node(kw_only=True)
class Change:
    """A construct that differs. `kind` is what the policy calls such a construct, `before` the
    name it had where it was renamed. `retyped` where others see another type of it than before, so
    that one version of it cannot stand beside the rest of the other."""

    construct: Construct
    kind: str
    how: How
    parts: tuple[PartChange, ...]
    was: Place | None
    now: Place | None
    before: str = ""
    retyped: bool = False

    @property
    def means(self) -> bool:
        """May anything be decided otherwise because of it?"""
        return self.how is not How.WORDS


def changes(old: Program, new: Program) -> tuple[Change, ...]:
    """What differs, in the order in which it stands in a program: first what means something else,
    then what is only said in other words."""
    found: list[Change] = []
    found.extend(_enums(enums_of(old), enums_of(new)))
    for part in Meaning.__annotations__:
        if part in IDENTITY:
            continue
        was, now = _by_name(getattr(old, part)), _by_name(getattr(new, part))
        if part in SINGLE:
            found.extend(_single(part, was, now))
        else:
            found.extend(_named(part, was, now))
    found.extend(_beside("titles", old.titles, new.titles))
    found.extend(_beside("clauses", _cited(old), _cited(new)))
    return tuple(sorted(found, key=lambda change: not change.means))


# ── Enums ────────────────────────────────────────────────────────────────────────────────


def enums_of(program: Program) -> dict[str, EnumType]:
    """The enums that a program speaks of, by name; its outcome is one of them."""
    found: dict[str, EnumType] = {}

    def note(enum: EnumType) -> EnumType:
        found.setdefault(enum.name, enum)
        return enum

    for part in Meaning.__annotations__:
        with_enums(getattr(program, part), note)
    return found


def with_enums(value: Any, f: Callable[[EnumType], EnumType]) -> Any:
    """A value of a program with `f` of every enum in it: the same object where all stay."""
    match value:
        case EnumType():
            return f(value)
        case tuple():
            items = [with_enums(item, f) for item in value]
            same = all(one is other for one, other in zip(items, value, strict=True))
            return value if same else tuple(items)
        case Mapping():
            return {key: with_enums(item, f) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {
                each.name: made
                for each in fields(value)
                if each.name not in ("origin", "id")
                and (made := with_enums(getattr(value, each.name), f))
                is not getattr(value, each.name)
            }
            return replace(value, **changed) if changed else value
        case _:
            return value


def _by_name(value: Any) -> Any:
    """The same with enums that are nothing but names: that an enum has another word is told of the
    enum, and not of all that is of its type."""
    return with_enums(value, lambda enum: EnumType(enum.name, (), enum.ordered))


def _enums(old: Mapping[str, EnumType], new: Mapping[str, EnumType]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        gone = tuple(
            word for word in (was.members if was else ()) if not now or word not in now.members
        )
        more = tuple(
            word for word in (now.members if now else ()) if not was or word not in was.members
        )
        parts = [PartChange(where="words", before=written(gone), after=written(more))]
        if was and now and not gone and not more:
            parts = [PartChange(where="order", before=_listed(was), after=_listed(now))]
        yield Change(
            construct=Construct(ENUMS, name),
            kind="enum",
            how=How.ADDED if was is None else How.REMOVED if now is None else How.CHANGED,
            parts=tuple(parts),
            was=None,
            now=None,
            retyped=True,
        )


def _listed(enum: EnumType) -> str:
    return (" < " if enum.ordered else ", ").join(enum.members)


# ── Declarations ─────────────────────────────────────────────────────────────────────────


def _single(part: str, was: object, now: object) -> Iterator[Change]:
    if was == now:
        return
    yield Change(
        construct=Construct(part),
        kind=SINGLE[part],
        how=How.CHANGED if _bare(was) != _bare(now) else How.WORDS,
        parts=tuple(differing(was, now, ())),
        was=None,
        now=None,
        retyped=part not in ("conversions", "decision"),
    )


def _named(part: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    renamed = _renamed(was, now) if part == "rules" else {}
    gone = set(renamed.values())
    for name in dict.fromkeys((*was, *now)):
        before = renamed.get(name, name)
        one, other = was.get(before), now.get(name)
        if name in gone and name not in now:
            continue
        if other is None:
            yield _whole(part, name, one, How.REMOVED)
        elif one is None:
            yield _whole(part, name, other, How.ADDED)
        elif one != other:
            yield _between(part, name, one, other, before)


def _renamed(was: Mapping[str, Rule], now: Mapping[str, Rule]) -> dict[str, str]:
    """The rules that say which one they were, by their new name."""
    return {
        name: before
        for name, rule in now.items()
        if name not in was
        for before in rule.was[-1:]
        if before in was and before not in now
    }


def _whole(part: str, name: str, declared: Any, how: How) -> Change:
    text = one_line(declared.origin.text)
    place = declared.origin.place
    gone = how is How.REMOVED
    return Change(
        construct=Construct(part, name),
        kind=_kind(part, declared),
        how=how,
        parts=(PartChange(where="", before=text if gone else "", after="" if gone else text),),
        was=place if gone else None,
        now=None if gone else place,
    )


def _between(part: str, name: str, was: Any, now: Any, before: str) -> Change:
    same = _bare(was) == _bare(now)
    renamed = before != name
    how = How.RENAMED if renamed else How.WORDS if same else How.CHANGED
    left = _without_names(was) if renamed else was
    right = _without_names(now) if renamed else now
    if renamed and _bare(left) != _bare(right):
        how = How.CHANGED
    return Change(
        construct=Construct(part, name),
        kind=_kind(part, now),
        how=how,
        parts=tuple(differing(left, right, ())),
        was=was.origin.place,
        now=now.origin.place,
        before=before if renamed else "",
        retyped=_signature(was) != _signature(now),
    )


def _without_names(rule: Rule) -> Rule:
    return replace(rule, name="", family="", was=())


def _kind(part: str, declared: object) -> str:
    match declared:
        case Bar() | Define():
            return declared.kind.value
        case _:
            return NAMED[part]


def _signature(declared: Any) -> object:
    """What others rely on: the types of a construct."""
    names = ("type", "columns", "key", "per", "keys", "table", "of")
    return [(name, getattr(declared, name, None)) for name in names]


# ── Words apart ──────────────────────────────────────────────────────────────────────────


def _bare(value: object) -> object:
    """The same without its words."""
    if is_dataclass(value) and not isinstance(value, type) and hasattr(value, "origin"):
        return _bare_node(cast("Node", value))
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    return value


def _bare_node(value: Node) -> Node:
    if isinstance(value, Template):
        return Template(())
    bare = map_children(value, _bare_node)
    blank = {
        each.name: type(getattr(bare, each.name))()
        for each in fields(bare)
        if each.name in WORDS and getattr(bare, each.name) and _is_plain(getattr(bare, each.name))
    }
    return replace(bare, **blank) if blank else bare


def _is_plain(value: object) -> bool:
    return isinstance(value, str | tuple | Mapping)


# ── Words that stand beside ──────────────────────────────────────────────────────────────


def _beside(kind: str, was: object, now: object) -> Iterator[Change]:
    """The words that stand beside what is declared, where they differ."""
    parts = tuple(differing(was, now, (), words=True))
    if parts:
        yield Change(
            construct=Construct(kind), kind=kind, how=How.WORDS, parts=parts, was=None, now=None
        )


def _cited(program: Program) -> dict[str, str]:
    """The clauses that are cited, and what is said of them."""
    return {ref: clause.text for ref, clause in program.clauses.items()}


__all__ = ["Change", "Construct", "How", "changes"]
