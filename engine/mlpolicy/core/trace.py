"""The steps of an evaluation, as values: what was evaluated, to what, and on what it rests.

A `Step` says which construct of the policy was evaluated (`kind`, `name`, `node`), the value
it came to, and what a reader needs besides, as data: on what the value rests (`basis`) and a
`detail` that belongs to its kind. No step holds a sentence of the engine. Which steps decided,
what a margin is and what a step waits for is worked out in `explain`; words are made in
`render`. The only texts in a step are the author's own: names, wording, reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.terms import DutyState, Form, RuleState, Status, UnknownArm
from mlpolicy.core.types import Type
from mlpolicy.core.values import Truth, Value
from mlpolicy.source import Place


class StepKind(StrEnum):
    """The construct that a step stands for. The values are the keys of the JSON trace."""

    POLICY = "policy"
    PROJECT = "project"
    WORKLOAD = "workload"
    TREE = "tree"
    IF = "if"
    ARM = "arm"  # an arm that is not shown: where it leads
    REACH = "reach"  # a step of an arm that is possible and not shown
    GOTO = "goto"
    LEAF = "leaf"
    HOLD = "hold"
    ATTRIBUTE = "attribute"
    RULE = "rule"
    OBLIGATION = "obligation"
    CHOICES = "choices"  # a rule for every choice that is possible
    CHOICE = "choice"
    ANSWER = "answer"
    ASSUMED = "assumed"  # a condition that this path takes as settled
    CONSTANT = "constant"
    INPUT = "input"
    FACT = "fact"
    ENTRY = "entry"
    CELL = "cell"
    COLUMN = "column"
    ROW = "row"
    LINE = "line"
    LOOKUP = "lookup"
    HAS = "has"
    FIRST = "first"
    BEST = "best"
    ANY = "any"
    THRESHOLD = "threshold"
    PARAM = "param"
    EXCEPTION = "exception"
    DEFINE = "define"
    COST = "cost"
    TABLE = "table"
    SCORE = "score"
    QUESTION = "question"
    CASES = "cases"
    CASE = "case"
    TEXTS = "texts"  # two texts compared: starts with, ends with, matches
    AND = "and"
    OR = "or"
    NOT = "not"
    COMPARE = "compare"
    IS = "is"
    IN = "in"
    WITHIN = "within"
    ARITHMETIC = "arithmetic"
    CONVERT = "convert"
    CHARGE = "charge"
    PRICE = "price"
    AGGREGATE = "aggregate"
    ITEM = "item"
    PARAMETER = "parameter"
    AS_OF = "as_of"


class Basis(StrEnum):
    """On what a value rests."""

    COMPUTED = "computed"  # follows from the steps below
    STATED = "stated"
    ESTIMATE = "estimate"  # stated as a range
    ASSUMED = "assumed"  # not stated; the policy says what that means
    ABSENT = "absent"
    DECLARED_UNKNOWN = "declared_unknown"
    NO_FIELD = "no_field"  # the manifest has no place for it
    NOT_MEASURED = "not_measured"  # an entry that a list lacks
    TAKEN = "taken"  # a condition taken as settled on this path
    POLICY_UNKNOWN = "policy_unknown"  # the policy's own `?`
    POLICY_ESTIMATE = "policy_estimate"  # the policy's own range
    NO_ROW = "no_row"
    NO_CASE = "no_case"
    NO_OUTCOME = "no_outcome"  # keyed by an answer that is infeasible
    NO_PRICE = "no_price"
    NO_ANSWER = "no_answer"  # no answer is shown
    HELD = "held"
    NOT_SET = "not_set"  # an attribute that the answer does not set
    NOT_APPLICABLE = "not_applicable"  # `-` in a cell
    NOT_REACHED = "not_reached"  # the tier of a tariff above the quantity


@node
class OfPolicy:
    """Of the whole: the version, and the day decided for (ordinal)."""

    version: str
    as_of: int


@node
class OfWorkload:
    """Of a workload: its status, and the error where there is one."""

    status: Status
    error: Fault | None = None


@node
class Way:
    """Of an `if`: how it is written, what is shown while it is unknown, and which of `yes` and
    `no` was shown to be impossible here (None: neither)."""

    form: Form
    unknown: UnknownArm
    impossible: bool | None = None


@node
class LeadsTo:
    """Of an arm that is not shown: for which truth it is, and where it leads: to these
    outcomes, to a tree, or (with neither) to further questions. `possible` where it may still
    be taken: then it was evaluated and has outcomes. One that is not taken has no value."""

    when: bool
    outcomes: tuple[str, ...] = ()
    tree: str = ""
    possible: bool = False


@node
class Passes:
    """Of a step of an arm that is possible and not shown: which step of a tree it comes past."""

    kind: StepKind


@node
class Reasons:
    """Of a goto, a leaf or a hold: the author's reasons, holes filled."""

    texts: tuple[str, ...]


@node
class InForce:
    """Of a bar: when its value changes next, or the first day it has one (ordinals)."""

    changes_on: int | None = None
    not_before: int | None = None


@node
class Asked:
    """Of a question: its text, holes filled."""

    text: str


@node
class Target:
    """Of a score: how many questions must be yes, and what each came to, by its name and in
    order. (A score that was shown before has no children to read that from.)"""

    count: int
    answers: tuple[tuple[str, Truth], ...]


@node
class Dropped:
    """Of `any`: how many rows were left out of the steps, and at which lines they dropped out."""

    rows: int
    lines: tuple[str, ...]


@node
class Converted:
    """Of a conversion: the declared conversions used, as written."""

    texts: tuple[str, ...]


@node
class Wording:
    """Of `is known` and `is unknown`: what they are asked of, as written, and which it is."""

    text: str
    known: bool


@node
class Guarded:
    """Of a case: it has a guard, which is the first of its children."""


@node
class OfTier:
    """Of a price of a tariff: from which quantity it holds up to which (None: no end), and how
    much of the charged quantity lies there, all in base units. An end that is not known is None."""

    above: Fraction
    up_to: Fraction | None
    low: Fraction
    high: Fraction | None


@node
class OfRow:
    """Of a definition for one row: the row, as a person names it."""

    row: str


@node
class Judged:
    """Of a rule: what became of it, and the waiver that covers it."""

    state: RuleState
    waiver: str = ""


@node
class Owed:
    """Of an obligation: where it stands."""

    state: DutyState


@node
class Failed:
    """Of another workload that could not be evaluated: the error."""

    fault: Fault


@node
class LeftOut:
    """Of a member of an aggregate that its `where` leaves out."""


Detail = (
    OfPolicy
    | OfWorkload
    | Way
    | LeadsTo
    | Passes
    | Reasons
    | InForce
    | Asked
    | Target
    | Dropped
    | Converted
    | Wording
    | Guarded
    | OfTier
    | OfRow
    | Judged
    | Owed
    | Failed
    | LeftOut
)


@node(kw_only=True)
class Step:
    """One step of the evaluation.

    `node` is the id of the expression or declaration in the program (-1: none), `value` what it
    came to with its `type` (None for a step that has no value: the policy, a workload). `taken`
    where the value was narrowed by what this path assumes. `again` where the step was shown
    before, with what it follows from. `rows` names the rows of a value that is one of several
    rows, in order, by their keys ("" where it is none). `input` is the
    input that it reads, for the member `key`. `text` is the policy's own wording, `at`
    the place in the policy, `from_` the place in the manifest, `refs` the clauses, `needs` the
    manifest paths without which the value stays unknown.
    """

    kind: StepKind
    name: str
    node: int = -1
    value: Value | None = None
    type: Type | None = None
    basis: Basis = Basis.COMPUTED
    taken: bool = False
    again: bool = False
    detail: Detail | None = None
    rows: tuple[str, ...] = ()
    input: str = ""
    key: str = ""
    path: FieldPath | None = None
    text: str = ""
    at: Place | None = None
    from_: Place | None = None
    refs: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    children: tuple[Step, ...] = ()


def walk(step: Step) -> Iterator[Step]:
    """The step and all steps below it, each before its children."""
    waiting = [step]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.children))
