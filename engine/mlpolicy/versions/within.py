"""Where two values of a program differ, part by part, and how these read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from mlpolicy.core.node import node
from mlpolicy.core.program import (
    Absent,
    Case,
    Catalog,
    CatalogRow,
    Choose,
    Conversion,
    Dated,
    IfNode,
    KeyHole,
    RecordField,
    Template,
    Typed,
)
from mlpolicy.core.scopes import Scope, Scopes
from mlpolicy.source import Origin, Place

#: The fields of nodes that hold words for people: nothing is decided by them.
WORDS = frozenset(("refs", "ask", "asks", "because", "say", "fix", "text", "reason"))


@node(kw_only=True)
class PartChange:
    """Something within a construct: where in it, in words, and how it reads in either version;
    "" where it is not there. `words` where it is for people only; `at` where it stands now, or
    stood."""

    where: str
    before: str
    after: str
    words: bool = False
    at: Place | None = None


#: How the fields of nodes are called where they differ; the others by their own name.
_CALLED: Mapping[str, str] = {
    "body": "",
    "root": "",
    "lines": "",
    "rows": "",
    "cells": "",
    "cases": "",
    "questions": "",
    "value": "",
    "sources": "from",
    "guard": "for",
    "condition": "if",
    "say": "say",
    "since": "from",
    "operands": "",
    "absent": "if absent",
    "if_unknown": "if unknown",
    "met_when": "met when",
    "due_when": "due when",
    "because": "because",
    "unknown_arm": "unknown",
    "settings": "with",
    "low": "range",
    "high": "range",
}


def differing(
    was: Any, now: Any, way: tuple[str, ...], words: bool = False
) -> Iterator[PartChange]:
    """Where two values that differ do so."""
    if was == now:
        return
    match was, now:
        case (None, _) | (_, None):
            yield _told(was, now, way, words)
        case (Choose(), Choose()) if was.strategy is now.strategy:
            yield from differing(was.cases, now.cases, way, words)
            yield from differing(was.otherwise, now.otherwise, (*way, "otherwise"), words)
        case (Typed(), _) | (_, Typed()) | (Template(), _):
            yield _told(was, now, way, words)
        case (tuple(), tuple()):
            yield from _among(was, now, way, words)
        case (Mapping(), Mapping()):
            for key in dict.fromkeys((*was, *now)):
                named = (*way, str(key))
                yield from differing(was.get(key), now.get(key), named, words)
        case (Catalog(), Catalog()):
            yield from _fields(was, now, way, words, ("rows",))
            yield from differing(_rows(was), _rows(now), way, words)
        case (IfNode(), IfNode()) if (arm := _passed_on(now, was)) is not None:
            yield _put_in(now, arm, (*way, f"before `{written(was.condition)}`"), words)
        case (IfNode(), IfNode()) if (arm := _passed_on(was, now)) is not None:
            gone = _put_in(was, arm, (*way, f"before `{written(now.condition)}`"), words)
            yield replace(gone, before=gone.after, after="")
        case (IfNode(), IfNode()):
            yield from differing(was.condition, now.condition, (*way, "if"), words)
            for arm in ("yes", "no", "unknown", "unknown_arm"):
                here = f"{arm.removesuffix('_arm')} of `{written(now.condition)}`"
                yield from differing(getattr(was, arm), getattr(now, arm), (here,), words)
        case _ if type(was) is type(now) and is_dataclass(was):
            yield from _fields(was, now, way, words)
        case _:
            yield _told(was, now, way, words)


def _passed_on(question: IfNode, node: IfNode) -> str | None:
    """The arm of a question that leads to a node just as it is elsewhere: the question was put in
    before it, or taken out. None where no arm does."""
    return next((arm for arm in ("no", "yes") if getattr(question, arm) == node), None)


def _put_in(question: IfNode, passes: str, way: tuple[str, ...], words: bool) -> PartChange:
    """A question that was put in, with what it answers itself."""
    other = question.yes if passes == "no" else question.no
    reply = "yes" if passes == "no" else "no"
    asked = f"{written(question.condition)}: {reply} -> {written(other)}"
    return PartChange(
        where=", ".join(dict.fromkeys(way)),
        before="",
        after=asked,
        words=words,
        at=question.origin.place,
    )


def _fields(
    was: Any, now: Any, way: tuple[str, ...], words: bool, without: tuple[str, ...] = ()
) -> Iterator[PartChange]:
    """The same of two nodes of one class, field by field."""
    for each in fields(was):
        if each.compare and each.name not in without:
            here = _called(each)
            yield from differing(
                getattr(was, each.name),
                getattr(now, each.name),
                (*way, here) if here else way,
                words or each.name in WORDS,
            )


def _called(each: Field[Any]) -> str:
    return _CALLED.get(each.name, each.name.replace("_", " "))


def _among(
    was: Sequence[Any], now: Sequence[Any], way: tuple[str, ...], words: bool
) -> Iterator[PartChange]:
    """The members of two tuples that differ: those that have a name or key by it, the others by
    their place."""
    left, right = _by_key(was), _by_key(now)
    if left is None or right is None:
        yield _told(was, now, way, words)
        return
    keys = dict.fromkeys((*left, *right))
    order = [key for key in left if key in right]
    moved = order != [key for key in right if key in left]
    for key in keys:
        yield from differing(left.get(key), right.get(key), (*way, key), words)
    if moved:
        yield _told(", ".join(left), ", ".join(right), (*way, "order"), words)


def _by_key(items: Sequence[Any]) -> dict[str, Any] | None:
    """Members by what tells them apart for a reader; None where they are mere values."""
    found: dict[str, Any] = {}
    for number, item in enumerate(items, 1):
        match item:
            case Dated():
                key = f"from {_day(item.since)}" if item.since else "always"
            case Case():
                key = f"when {written(item.guard)}"
            case _ if hasattr(item, "name"):
                key = str(item.name)
            case (str(name), _):
                key, item = name, item[1]
            case Conversion():
                key = item.text
            case _ if is_dataclass(item):
                key = f"{number}"
            case _:
                return None
        name, number = key, 1
        while key in found:
            number += 1
            key = f"{name} ({number})"
        found[key] = item
    return found


def _rows(catalog: Catalog) -> dict[str, CatalogRow]:
    """Rows by their keys and their day; those alike in both by their number too."""
    found: dict[str, CatalogRow] = {}
    for row in catalog.rows:
        words = (written(row.cells[key]) for key in catalog.keys if key in row.cells)
        day = f" from {_day(row.since)}" if row.since else ""
        key = name = f"row {' / '.join(words)}{day}"
        number = 1
        while key in found:
            number += 1
            key = f"{name} ({number})"
        found[key] = row
    return found


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _told(was: Any, now: Any, way: tuple[str, ...], words: bool) -> PartChange:
    at = next(
        (origin.place for each in (now, was) if (origin := getattr(each, "origin", None))), None
    )
    return PartChange(
        where=", ".join(dict.fromkeys(way)),
        before=written(was),
        after=written(now),
        words=words,
        at=at,
    )


def written(value: Any) -> str:
    """How a value of a program reads: an expression as it is quoted, a text with its holes."""
    match value:
        case None:
            return ""
        case str() | Scope() | Scopes():
            return str(value)
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case RecordField():
            return str(value.type)
        case KeyHole():
            return f"{{{value.key}}}"
        case Absent(unlimited=True):
            return "unlimited"
        case Absent():
            return written(value.value)
        case Template():
            return "".join(p if isinstance(p, str) else f"{{{written(p)}}}" for p in value.parts)
        case Fraction() | int():
            return str(value)
        case tuple() if any(isinstance(item, KeyHole) for item in value):
            return "".join(written(item) for item in value)
        case tuple() | frozenset():
            items = sorted(value) if isinstance(value, frozenset) else value
            return ", ".join(written(item) for item in items)
        case _:
            origin = getattr(value, "origin", None)
            if isinstance(origin, Origin):
                return one_line(origin.text)
            return str(getattr(value, "text", value))


def one_line(text: str) -> str:
    """A text of several lines in one."""
    return " ".join(text.split())
