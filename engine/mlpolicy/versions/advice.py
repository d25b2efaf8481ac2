"""By which number of its version a policy should be raised, and why.

The third number for words; the second for what decides nothing otherwise that a manifest already
states, or does so from an announced day on; the first for all else: an answer may change for a
manifest that nobody edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from mlpolicy.core.node import node
from mlpolicy.core.program import Bar, Obligation, Program, Rule
from mlpolicy.core.terms import Level
from mlpolicy.versions.constructs import ENUMS, Change, How


class Raise(StrEnum):
    """Which number to raise. The values are those of the JSON document."""

    NOTHING = "nothing"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@node
class Advice:
    """Which number to raise, and the changes that ask for it."""

    number: Raise
    changes: tuple[Change, ...] = ()


_ORDER = tuple(Raise)


def advice(changes: Sequence[Change], old: Program, new: Program) -> Advice:
    """The number that the gravest of the changes asks for."""
    wanted = {change: _asks(change, old, new) for change in changes}
    number = max(wanted.values(), key=_ORDER.index, default=Raise.NOTHING)
    return Advice(number, tuple(change for change, each in wanted.items() if each is number))


def _asks(change: Change, old: Program, new: Program) -> Raise:
    if not change.means:
        return Raise.PATCH
    part, name = change.construct.part, change.construct.name
    match change.how:
        case How.RENAMED:
            return Raise.MINOR
        case How.ADDED if part == "rules":
            return Raise.MAJOR if _ever_blocks(new.rules[name]) else Raise.MINOR
        case How.ADDED if part == "obligations":
            owed = new.obligations[name].when is not None
            blocks = _ever_blocks(new.obligations[name])
            return Raise.MAJOR if owed and blocks else Raise.MINOR
        case How.ADDED:
            return Raise.MINOR  # by itself it does nothing: what reads it has changed too
        case How.CHANGED if part == "bars":
            later = _is_announced(old.bars[name], new.bars[name], new.effective)
            return Raise.MINOR if later else Raise.MAJOR
        case How.CHANGED if part == ENUMS:
            return Raise.MAJOR if any(each.before for each in change.parts) else Raise.MINOR
        case _:
            return Raise.MAJOR


def _ever_blocks(declared: Rule | Obligation) -> bool:
    """Is it at level block, on whatever day?"""
    return Level.BLOCK in (declared.level, *(level for _, level in declared.later))


def _is_announced(old: Bar, new: Bar, effective: int) -> bool:
    """Does a bar only get values that begin after the day on which the version does?"""
    more = [line for line in new.lines if line not in old.lines]
    return (
        old.exceptions == new.exceptions
        and all(line in new.lines for line in old.lines)
        and all(line.since > effective for line in more)
    )
