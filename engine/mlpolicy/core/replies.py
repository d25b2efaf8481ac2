"""What a person may reply to a question, as values: a part of what the unknown may be."""

from __future__ import annotations

from enum import StrEnum

from mlpolicy.core.node import node
from mlpolicy.core.numbers import Range
from mlpolicy.core.types import Grain, Unit


class Take(StrEnum):
    """How a reply means a word."""

    IS = "is"  # yes, no, a member
    TEXT = "text"  # free text
    WITH = "with"  # a set that has it
    WITHOUT = "without"
    NOTHING = "nothing"  # the empty set
    OTHER = "other"  # any word that the policy does not name


@node
class WordReply:
    """One word, or a set by one of its members."""

    take: Take
    word: str = ""


@node(kw_only=True)
class NumberReply:
    """A part of a number's range, in base units; shown in `unit`. `lowest` and `highest` where
    it begins or ends with the whole range. `narrow` where it only encloses a boundary that is
    no fraction. `name` is the input, where the policy works it out from the field."""

    part: Range
    unit: Unit
    lowest: bool
    highest: bool
    narrow: bool = False
    name: str = ""


class Span(StrEnum):
    """How points of time lie to those that the policy compares with."""

    ON = "on"  # the one point
    BETWEEN = "between"  # none of them
    FROM_TO = "from_to"  # some of them, with their ends


@node
class DayReply:
    """Points of time of one grain, from `first` to `last`, both included; None where there is no
    end."""

    span: Span
    grain: Grain
    first: int | None
    last: int | None


@node
class AnyReply:
    """Whatever it is."""


Reply = WordReply | NumberReply | DayReply | AnyReply

#: What is taken of other columns of an entry: each with its name.
Given = tuple[tuple[str, Reply], ...]
