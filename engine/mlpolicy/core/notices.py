"""What the engine itself has to say of an evaluation, as values: a kind and what belongs to it.

A fault stops the evaluation of a workload, or could not be excluded (`sure` no). A notice is
what a finding says that no author wrote. The words for both are made in `render`.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.numbers import Range
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.types import Type
from mlpolicy.core.values import Value
from mlpolicy.source import Place


@node
class Figure:
    """A value with its type, by which it is shown."""

    value: Value
    of: Type


# ── Faults ───────────────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class StatedTwice:
    """An input (for one member of its key, or "") is stated in two forms that differ; where each
    stands, if it is one field."""

    input: str
    key: str
    first: Figure
    other: Figure
    first_at: Place | None = None
    other_at: Place | None = None


@node
class OutOfRange:
    """What is stated of an input lies outside of the range that the policy declares."""

    input: str
    key: str
    stated: Figure
    within: Range


@node
class StrangeMember:
    """A word is stated of an input, or (`input` empty) somewhere, that is none of `known`."""

    input: str
    key: str
    word: str
    known: tuple[str, ...]


@node
class BothApply:
    """Several exceptions apply to one declaration, with these values (none where not `sure`)."""

    exceptions: tuple[str, ...]
    to: str
    values: tuple[Figure, ...]
    sure: bool


@node
class RowsMatch:
    """Several rows of a unique table match, with these values (none where not `sure`); or, of one
    whose rows may all match if they say the same (`any`), such as differ."""

    values: tuple[Figure, ...]
    sure: bool
    any: bool = False


@node
class NoRow:
    """No row of a table matches, or a catalogue has none for what is looked up: `case` are the
    things that are asked, as they are written, with what each is (none where not `sure`)."""

    table: str
    case: tuple[tuple[str, Figure], ...]
    sure: bool


@node
class NoValueYet:
    """A threshold or param has no value on the day decided for: its first is of `since`."""

    name: str
    since: int
    as_of: int


@node
class DividesByZero:
    """A division, as it is written."""

    text: str
    sure: bool


@node
class DatedLater:
    """An entry (from 0) whose column holds a day after the one decided for (ordinals)."""

    column: str
    entry: int
    day: int
    as_of: int


@node
class Grows:
    """An operation, as it is written, whose number has more digits than any amount."""

    text: str


Fault = (
    StatedTwice
    | OutOfRange
    | StrangeMember
    | BothApply
    | RowsMatch
    | NoRow
    | NoValueYet
    | DividesByZero
    | DatedLater
    | Grows
)

# ── Notices ──────────────────────────────────────────────────────────────────────────────


@node
class NotJudged:
    """A rule of the project, or one of an extension, could not be judged."""

    fault: Fault


@node
class Possible:
    """A fault could not be excluded."""

    fault: Fault


@node
class Unfinished:
    """What is open was not worked out further, for there are too many cases of it."""


@node
class Owing:
    """Of a finding about an obligation: it is `late`, or may be owed."""

    late: bool


@node
class Unproved:
    """Of a finding that fired because what it needs is not known, and whose rule has no words of
    its own for that."""


@node
class Misspelt:
    """A catalogue has no row for `word`, and `nearest` is the one that it has."""

    word: str
    nearest: str


@node
class NotWaivable:
    """The rule that a waiver names allows none."""


@node
class NoAmount:
    """A waiver has a bound, in a currency, and the rule bounds no amount."""

    bound: Fraction
    currency: str


@node
class AboveBound:
    """The amount is above a waiver's bound, in a currency."""

    bound: Fraction
    currency: str
    amount: Figure


@node
class NotShown:
    """It cannot be shown that the amount is within a waiver's bound, in a currency, without
    `needs`."""

    bound: Fraction
    currency: str
    needs: tuple[Need, ...]


@node
class NotWaived:
    """A rule fired although a waiver names it: `why` that one (by its id) does not cover it."""

    waiver: str
    why: NotWaivable | NoAmount | AboveBound | NotShown


class WaiverNote(StrEnum):
    """What there is to say of a waiver, whatever it covers."""

    UNKNOWN_RULE = "unknown_rule"
    UNKNOWN_WORKLOAD = "unknown_workload"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    UNUSED = "unused"
    EXPIRING = "expiring"
    NOT_COUNTED = "not_counted"
    BARE = "bare"
    BY_DATE = "by_date"


@node
class SelfApproved:
    """A waiver was approved by whom it frees: the owner of the project, or (`asked`) who asked for
    the waiver and answers for it."""

    asked: bool


@node(kw_only=True)
class Lacking:
    """A field that the configuration requires is not stated: `missing` are the keys of its path
    that are not there, none where it is `unknown` or empty. `sample` is how a value is written,
    `members` are the words it may be, if there are only some."""

    path: FieldPath
    missing: tuple[str, ...]
    unknown: bool
    sample: str
    members: tuple[str, ...]


@node
class InFuture:
    """The day decided for has not come."""

    day: int


Notice = (
    NotJudged
    | Possible
    | Unfinished
    | Owing
    | Unproved
    | Misspelt
    | NotWaived
    | WaiverNote
    | SelfApproved
    | Lacking
    | InFuture
)
