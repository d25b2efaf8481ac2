"""Which regular expressions a schema may have: those that cannot take long.

Python tries every way to divide a text among the repeats of an expression. Where a text can be
divided in many ways, as by `(a+)+`, the time grows with a power of the text's length, or doubles
with each letter. So an expression is refused unless its form shows that there are few ways:

- what is repeated and holds a part of varying length begins or ends with one character that the
  rest of it cannot be, such as the hyphen of `(-[a-z]+)*`; its branches begin differently;
- at most one repeat is followed by another that can go on with the same characters, and none
  where the expression may begin anywhere in the text.

With texts of at most `LONGEST` characters, no search takes longer than a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from mlpolicy.schema.accept import LONGEST

#: Stands for all characters beyond Latin-1.
_OTHER = 256
_ALL = frozenset(range(_OTHER + 1))


def refusal(pattern: str) -> str | None:
    """Why a schema may not have this expression, None where it may."""
    if len(pattern) > LONGEST:
        return f"it has more than {LONGEST:,} characters"
    try:
        re.compile(pattern)
        items = list(import_module("re._parser").parse(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        return f"it is no regular expression: {error}"
    try:
        return _slow(items)
    except _UnclearError as unclear:
        return str(unclear)


class _UnclearError(Exception):
    """The form of an expression does not show that it is quick; never leaves this module."""


def _slow(items: Sequence[Any]) -> str | None:
    begins = [str(item[1]) for item in items[:1] if str(item[0]) == "AT"]
    is_free = begins not in (["AT_BEGINNING"], ["AT_BEGINNING_STRING"])
    flat = _flat(items)
    overlaps = _overlaps(flat)
    if any(map(_varies, flat)) and overlaps + is_free > 1:
        return "it can divide a text in very many ways among its repeats"
    return None


def _overlaps(flat: Sequence[Any]) -> int:
    """How often, at any depth, a repeat is followed by one that can go on with the same
    characters, with nothing between that tells where the first one ends."""
    count = _in_a_row(flat)
    for name, argument in ((str(item[0]), item[1]) for item in flat):
        match name:
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                inner = _flat(argument[2])
                if argument[1] > 1:
                    _distinct(inner)
                count += _overlaps(inner)
            case "ATOMIC_GROUP":
                count += _overlaps(_flat(argument))
            case "BRANCH":
                count += sum(_overlaps(_flat(choice)) for choice in argument[1])
            case "ASSERT" | "ASSERT_NOT":
                count += _overlaps(_flat(argument[1]))
            case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
                pass
            case _:
                raise _UnclearError("it refers to what it found before, or has conditions")
    return count


def _in_a_row(flat: Sequence[Any]) -> int:
    count = 0
    for place, item in enumerate(flat):
        if not _varies(item):
            continue
        own = _characters([item])
        for later in flat[place + 1 :]:
            goes_on = own & _first([later])
            if goes_on and _varies(later):
                count += 1
                break
            if not goes_on and not _may_be_empty(later):
                break
    return count


def _distinct(flat: Sequence[Any]) -> None:
    """Refuses a repeated part that can be told apart from its neighbours in several ways."""
    if not any(map(_varies, flat)):
        return
    for mark, rest in ((flat[0], flat[1:]), (flat[-1], flat[:-1])):
        sign = _characters([mark]) if str(mark[0]) in _ONE else frozenset()
        if sign and not sign & _characters(rest) and not any(map(_forks, rest)):
            if not _in_a_row(rest):
                return
    raise _UnclearError(
        "it repeats a part that itself varies in length, and no character marks where one ends"
    )


_ONE = ("LITERAL", "NOT_LITERAL", "IN")


def _flat(items: Iterable[Any]) -> list[Any]:
    """The items, with groups opened."""
    flat: list[Any] = []
    for item in items:
        if str(item[0]) == "SUBPATTERN":
            flat += _flat(item[1][3])
        elif str(item[0]) != "AT":
            flat.append(item)
    return flat


def _varies(item: Any) -> bool:
    """Can it take texts of several lengths, or one text in several ways?"""
    match str(item[0]), item[1]:
        case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (least, most, body)):
            return bool(most != least) or any(map(_varies, _flat(body)))
        case "BRANCH", (_, choices):
            widths = {_width(choice) for choice in choices}
            return _forks(item) or len(widths) > 1 or None in widths
        case "ATOMIC_GROUP", body:
            return any(map(_varies, _flat(body)))
        case _:
            return False


def _forks(item: Any) -> bool:
    """Can one character be taken by several of its branches?"""
    match str(item[0]), item[1]:
        case "BRANCH", (_, choices):
            firsts = [_first(_flat(choice)) for choice in choices]
            empty = sum(all(map(_may_be_empty, _flat(choice))) for choice in choices)
            if empty > 1 or len(frozenset().union(*firsts)) < sum(map(len, firsts)):
                return True
            return any(map(_forks, (item for choice in choices for item in _flat(choice))))
        case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (_, _, body)):
            return any(map(_forks, _flat(body)))
        case _:
            return False


def _width(items: Iterable[Any]) -> int | None:
    """How many characters items take, None where that varies."""
    flat = [item for item in _flat(items) if str(item[0]) not in ("ASSERT", "ASSERT_NOT")]
    return len(flat) if all(str(item[0]) in (*_ONE, "ANY") for item in flat) else None


def _may_be_empty(item: Any) -> bool:
    match str(item[0]), item[1]:
        case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (least, _, body)):
            return bool(least == 0) or all(map(_may_be_empty, _flat(body)))
        case "BRANCH", (_, choices):
            return any(all(map(_may_be_empty, _flat(choice))) for choice in choices)
        case "ATOMIC_GROUP", body:
            return all(map(_may_be_empty, _flat(body)))
        case (("ASSERT" | "ASSERT_NOT"), _):
            return True
        case _:
            return False


def _first(flat: Sequence[Any]) -> frozenset[int]:
    """The characters that items can begin with."""
    found: frozenset[int] = frozenset()
    for item in flat:
        match str(item[0]), item[1]:
            case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (_, _, body)):
                found |= _first(_flat(body))
            case "BRANCH", (_, choices):
                found = found.union(*(_first(_flat(choice)) for choice in choices))
            case "ATOMIC_GROUP", body:
                found |= _first(_flat(body))
            case _:
                found |= _characters([item])
        if not _may_be_empty(item):
            break
    return found


def _characters(items: Iterable[Any]) -> frozenset[int]:
    """Every character that items can take, any number of them."""
    found: frozenset[int] = frozenset()
    for name, argument in ((str(item[0]), item[1]) for item in items):
        match name:
            case "LITERAL":
                found |= {min(argument, _OTHER)}
            case "NOT_LITERAL":
                found |= _ALL - ({argument} if argument < _OTHER else set())
            case "ANY":
                found |= _ALL
            case "IN":
                found |= _class(argument)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                found |= _characters(argument[2])
            case "SUBPATTERN":
                found |= _characters(argument[3])
            case "ATOMIC_GROUP":
                found |= _characters(argument)
            case "BRANCH":
                for choice in argument[1]:
                    found |= _characters(choice)
            case _:
                pass  # takes no character
    return found


def _class(parts: Sequence[Any]) -> frozenset[int]:
    """The characters of `[…]`."""
    found: set[int] = set()
    negated = False
    for name, argument in ((str(part[0]), part[1]) for part in parts):
        match name:
            case "NEGATE":
                negated = True
            case "LITERAL":
                found.add(min(argument, _OTHER))
            case "RANGE":
                found.update(range(min(argument[0], _OTHER), min(argument[1], _OTHER) + 1))
            case _:
                found |= _category(str(argument))
    if not negated:
        return frozenset(found)
    return _ALL - found | {_OTHER}


@cache
def _category(name: str) -> frozenset[int]:
    """The characters of `\\d`, `\\S` and their kin."""
    kind, _, is_not = name.removeprefix("CATEGORY_").rpartition("NOT_")[::-1]
    sign = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}.get(kind)
    if sign is None:
        return _ALL
    known = re.compile(rf"\{sign.upper() if is_not else sign}")
    return frozenset(code for code in range(_OTHER) if known.match(chr(code))) | {_OTHER}
