"""The checked program: what means something.

A `Program` comes only out of `check`. Every name is resolved, every expression typed, every
number in base units, every sugar lowered: flat tree lines are nested `If`s, `when` lines,
tables, scores and exceptions are guarded cases. INVARIANT: evaluating a Program on facts
that passed the manifest's schema never meets a name or a type it does not know.

Expressions carry their type and their origin; neither takes part in equality except where a
field says so, so that equal expressions are one condition wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scope, Scopes
from mlpolicy.core.terms import (
    BarKind,
    ChoiceStatus,
    DeclaredAs,
    DefineKind,
    DutyState,
    Fold,
    Form,
    Level,
    Over,
    Per,
    RuleState,
    Said,
    Status,
    Strategy,
    Told,
    UnknownArm,
    Which,
)
from mlpolicy.core.titles import Titles
from mlpolicy.core.types import EnumType, Type
from mlpolicy.dataclass import field
from mlpolicy.source import Origin

#: Marks a field that the language did not have from its first version on. Where it is empty,
#: the meaning of a policy is written as it was before.
LATER: Mapping[str, bool] = {"later": True}

#: Marks a field that follows from others: it adds nothing to what a program means.
DERIVED: Mapping[str, bool] = {"derived": True}

#: How many expressions and steps of trees may stand within one another, those of the definitions
#: and trees that are named counted with them. What is nested deeper is no program.
MOST_LEVELS = 500

# ── Expressions ──────────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class Typed:
    """What all expressions have. `id` is given by `check`: equal expressions share one, and it
    is the place of what is known of them in `Program.nodes`. `origin` is for people only."""

    type: Type = field(compare=False)
    origin: Origin = field(compare=False, repr=False)
    id: int = field(default=-1, compare=False, repr=False)


@node
class Const(Typed):
    """A literal. `value` is a bool (flag), a Fraction in base units (quantity), a str (enum
    member or text) or an int (date, as a proleptic Gregorian ordinal)."""

    value: bool | Fraction | str | int


@node
class UnknownConst(Typed):
    """`unknown`, `?`: what the policy itself does not know. Unequal to every other one, so
    each has an identity of its own: the `label`, file:line:column."""

    label: str


@node
class EveryMember(Typed):
    """`any` in a cell: the set that has every member."""


@node(kw_only=True)
class BetweenExpr(Typed):
    """`1 week .. 4 week`: an estimate made by the policy. `high` None is open."""

    low: Expr
    high: Expr | None
    label: str


@node(kw_only=True)
class SetExpr(Typed):
    """`{a, b, ?}`; `open` where a `?` stands among the items. What one leaves open is not what
    another does: then it has an identity of its own, the `label`."""

    items: tuple[Expr, ...]
    open: bool
    label: str = ""


@node(kw_only=True)
class ListExpr(Typed):
    """`[a, b, b]`"""

    items: tuple[Expr, ...]


@node(kw_only=True)
class InputRef(Typed):
    """An input; `key` is the argument of a keyed one."""

    name: str
    key: Expr | None = None


@node(kw_only=True)
class PathRef(Typed):
    """A manifest field inside an input's `from … or …`. `unit`-bearing numbers are in the
    field's own unit; `keyed` marks a path with a `{parameter}` step."""

    scope: Scope
    steps: tuple[str, ...]


@node
class BarRef(Typed):
    """A threshold or a param, in force at `as_of`, with its exceptions."""

    name: str


@node(kw_only=True)
class DefRef(Typed):
    """A define, formula, cost, score or table. `key` is the argument of a keyed one, `row`
    the row of a definition `of` a catalogue."""

    name: str
    key: Expr | None = None
    row: Expr | None = None


@node
class ParameterRef(Typed):
    """The parameter inside a keyed definition or input: `tier` in `running(tier)`."""

    name: str


@node
class VariableRef(Typed):
    """`i` in `sum(…) over i in items`. The program gives variables names of its own, so that what
    they are called in the policy means nothing."""

    name: str


@node
class RowRef(Typed):
    """The current row inside a shortlist line, a definition `of` a catalogue or a `where`:
    `offering` in `offering.task is task`. `table` is the catalogue or records."""

    table: str


@node(kw_only=True)
class ColumnRef(Typed):
    """`row.column` of a catalogue or of records; of records also `row.group.column`, whose
    column is the path `group.column`."""

    row: Expr
    column: str


@node(kw_only=True)
class LookupRow(Typed):
    """`reach[service]`: the rows of that key that are in force at `as_of`."""

    table: str
    keys: tuple[Expr, ...]


@node(kw_only=True)
class HasRow(Typed):
    """`problem has task`"""

    table: str
    keys: tuple[Expr, ...]


@node(kw_only=True)
class FirstRow(Typed):
    """`first offering where …`"""

    table: str
    where: Expr


@node(kw_only=True)
class BestRow(Typed):
    """`best measurement with value_pct by sample_size, measured_on where …` (records are open: no
    entry is unknown). Entries that state all of `stating` come first; then, of numbers the greater
    is better, of days the later."""

    table: str
    stating: tuple[str, ...]
    by: tuple[str, ...]
    where: Expr | None


@node
class AnyRemains(Typed):
    """`any proven`"""

    shortlist: str


@node
class FirstRemaining(Typed):
    """`first proven`"""

    shortlist: str


@node(kw_only=True)
class Apply(Typed):
    """An operator of the table `core/operators` on its operands: `not a`, `a and b and c`,
    `x <= y`, `x is member`, `a + b`, `min(a, b)`. `constants` is the step of one that rounds, in
    base units."""

    operator: str
    operands: tuple[Expr, ...]
    constants: tuple[Fraction, ...] = ()


@node(kw_only=True)
class ConvertExpr(Typed):
    """`x as EUR/month`: multiplied by `factor`, which follows from declared conversions
    (`converts`, by index in `Program.conversions`)."""

    operand: Expr
    factor: Fraction
    converts: tuple[int, ...]


@node(kw_only=True)
class ChargeExpr(Typed):
    """`charge(quantity, price[item])`: the sum over the tiers of a price catalogue, rows of
    that key in order of their `up_to` column, each charging its part at the price column
    `each`."""

    quantity: Expr
    table: str
    keys: tuple[Expr, ...]


@node(kw_only=True)
class AggregateExpr(Typed):
    """`any all count sum` over `workloads`, `upstream`, or a set bound to `variable`."""

    kind: Fold
    body: Expr
    where: Expr | None
    once_per: Expr | None
    over: Over
    variable: str
    domain: Expr | None


@node
class AsOf(Typed):
    """The decision's date."""


@node(kw_only=True)
class ChoiceRef(Typed):
    """`choice` (each possible one) or `answer` (the one shown). `attribute` is empty (the
    outcome), `status`, `because`, or an attribute of the outcome."""

    which: Which
    attribute: Said | str = Said.OUTCOME


@node
class IsProvisional(Typed):
    """`answer.status is provisional`: whether the answer may still change, or its author marked
    it so; beside the leaf's own status. `answer` is that status."""

    answer: Expr


@node(kw_only=True)
class IsUnknownExpr(Typed):
    """`x is unknown` / `x is known`"""

    operand: Expr
    known: bool


@node
class Case:
    """One guarded case. `refs` as `source#clause`."""

    guard: Expr
    value: Expr
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Choose(Typed):
    """Guarded cases with a strategy: the one core construct of everything that chooses a
    value. `first` and `priority`: the first case whose guard holds, else `otherwise`. `unique`: at
    most one may hold. `any`: those that hold say the same. `collect`: the set or list of all that
    hold, or what their numbers come to. `otherwise` None is unknown; of a table, in
    which some row has to match, it is a fault.

    `disjoint` where it is proved that no two guards hold at once (of `any`: that differ),
    `complete` that one always does. Both follow from the rest, and say nothing new."""

    strategy: Strategy
    cases: tuple[Case, ...]
    otherwise: Expr | None
    label: str
    disjoint: bool = field(default=False, compare=False, metadata=LATER)
    complete: bool = field(default=False, compare=False, metadata=LATER)


Expr = (
    Const
    | UnknownConst
    | EveryMember
    | BetweenExpr
    | SetExpr
    | ListExpr
    | InputRef
    | PathRef
    | BarRef
    | DefRef
    | ParameterRef
    | VariableRef
    | RowRef
    | ColumnRef
    | LookupRow
    | HasRow
    | FirstRow
    | BestRow
    | AnyRemains
    | FirstRemaining
    | Apply
    | ConvertExpr
    | ChargeExpr
    | AggregateExpr
    | AsOf
    | ChoiceRef
    | IsProvisional
    | IsUnknownExpr
    | Choose
)

# ── Definitions ──────────────────────────────────────────────────────────────────────────


@node
class Conversion:
    """`convert 1 month = 730 hour`: `left` base units of one side equal `right` of the other."""

    text: str
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node
class Absent:
    """What an absent input means. `unlimited`, or `value` (where `when`, if given, holds)."""

    unlimited: bool
    value: Expr | None
    when: Expr | None
    refs: tuple[str, ...]


@node
class InputSource:
    """One written form of an input: an expression over `PathRef`s (mostly just one), already
    in the input's own dimensions. `paths` are those it reads."""

    value: Expr
    paths: tuple[PathRef, ...]


@node(kw_only=True)
class Input:
    """A declared input. `per` is `workload` or `project`; `low`/`high` the declared range in
    base units (None: open). `whole` where the schema says integer. `key` is the outcome or
    enum that keys it; `keyed_paths` lists, per member, whether the schema has the path."""

    name: str
    type: Type
    per: Per
    sources: tuple[InputSource, ...]
    low: Fraction | None
    high: Fraction | None
    low_open: bool
    whole: bool
    absent: Absent | None
    ask: str
    key: EnumType | None
    missing_keys: frozenset[str]
    origin: Origin = field(compare=False, repr=False)


@node
class Dated:
    """A value from a date on (ordinal; 0 for a line that always held)."""

    since: int
    value: Expr
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class ExceptionRule:
    """`exception pilot to accuracy_bar when … -> 80 %`"""

    name: str
    guard: Expr
    value: Expr
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Bar:
    """A threshold or a param: its dated lines, oldest first, and its exceptions."""

    kind: BarKind
    name: str
    type: Type
    lines: tuple[Dated, ...]
    exceptions: tuple[ExceptionRule, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class CatalogRow:
    """A row: its cells by column, its dates (ordinals; `since` inclusive, `until` exclusive)
    and references. `index` is its written place, from 0."""

    index: int
    cells: Mapping[str, Expr]
    since: int | None
    until: int | None
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Catalog:
    """Keyed rows. `override` is the manifest list whose rows come before these."""

    name: str
    keys: tuple[str, ...]
    columns: Mapping[str, Type]
    rows: tuple[CatalogRow, ...]
    override: PathRef | None
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class RecordField:
    """A column of records: its type, the declared range of its numbers, and the `steps` from an
    entry to its field (`confidence_interval.low` has two)."""

    type: Type
    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    steps: tuple[str, ...] = field(default=(), compare=False, metadata=DERIVED)


@node
class KeyHole:
    """`{system}` in a question about an entry: a key of the records."""

    key: str


@node(kw_only=True)
class Records:
    """A list in the manifest, queried like a catalogue.

    `columns` are the fields of an entry, and those of their fields that the policy reads,
    under their paths (`confidence_interval.low`). `ask` is the question for an entry that is
    missing, `asks` for a column that an entry lacks, `absent` what such a column means where
    it is left out. A hole of a question is a key of the records.
    """

    name: str
    path: PathRef
    keys: tuple[str, ...]
    columns: Mapping[str, RecordField]
    origin: Origin = field(compare=False, repr=False)
    ask: tuple[str | KeyHole, ...] = field(default=(), metadata=LATER)
    asks: Mapping[str, tuple[str | KeyHole, ...]] = field(default_factory=dict, metadata=LATER)
    absent: Mapping[str, Absent] = field(default_factory=dict, metadata=LATER)


@node
class Line:
    """A named line of a shortlist."""

    name: str
    condition: Expr
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Shortlist:
    """Candidates of `table` that pass the lines of `parent` (empty: all rows) and these."""

    name: str
    table: str
    parent: str
    lines: tuple[Line, ...]
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Question:
    """A question of a score: `q "…" : condition`."""

    name: str
    text: Template
    condition: Expr
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Score:
    """`score … at least k of`: yes when `target` or more of the questions are."""

    name: str
    target: int
    questions: tuple[Question, ...]
    refs: tuple[str, ...]
    per: Per
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Define:
    """A define, formula or cost, its `when` lines lowered to `Choose`; a decision table is a
    `Choose` too (`kind` "table"), and `table` its name: of one with several outputs, each is a
    definition. `key` is the parameter's type, `of` the catalogue whose
    rows it is a column of; `over` the span of time a cost is for. `per` is `workload` or
    `project`, by what it reads."""

    kind: DefineKind
    name: str
    type: Type
    parameter: str
    key: EnumType | None
    of: str
    over: Expr | None
    body: Expr
    refs: tuple[str, ...]
    exceptions: tuple[ExceptionRule, ...]
    per: Per
    origin: Origin = field(compare=False, repr=False)
    table: str = field(default="", compare=False, metadata=DERIVED)


# ── Trees ────────────────────────────────────────────────────────────────────────────────


@node
class Template:
    """Text with holes: strings and expressions in order."""

    parts: tuple[str | Expr, ...]


@node
class Duty:
    """`owe pilot`: an obligation that comes with the path."""

    obligation: str
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class LeafNode:
    """An outcome. `outcome` empty is infeasible. `status`: final,
    infeasible, or one that the outcome declares; `provisional` where the author wrote it."""

    outcome: str
    status: str
    provisional: bool
    settings: tuple[tuple[str, Expr], ...]
    because: Template | None
    owes: tuple[str, ...]
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class HoldNode:
    """No answer. `hold "…"`: until somebody has looked; `undecided "…"`: the policy has none.
    `says` is which of them, HELD or UNDECIDED."""

    says: ChoiceStatus
    reason: Template
    owes: tuple[str, ...]
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class GotoNode:
    """`goto tree because "…"`: the other tree decides."""

    tree: str
    because: Template | None
    owes: tuple[str, ...]
    refs: tuple[str, ...]
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class IfNode:
    """`unknown`: "own" (the node `unknown_arm`), "no" or "yes" (shared with that arm: judged
    as if it held), "none" (no such arm). A flat `if` line shares with `no`; `unless` is
    `if not …` with `unknown` shared with its `no` lowered to: condition as written,
    yes = the rest, no = its leaf, unknown shared with `no`. `form` is how it was written:
    "if", "unless" or "block"."""

    condition: Expr
    yes: TreeNode
    no: TreeNode
    unknown: UnknownArm
    unknown_arm: TreeNode | None
    form: Form
    origin: Origin = field(compare=False, repr=False)


TreeNode = LeafNode | HoldNode | GotoNode | IfNode


@node
class Tree:
    """`tree name : outcome` and what is below it; `decision` on the one that decides."""

    name: str
    decision: bool
    root: TreeNode
    origin: Origin = field(compare=False, repr=False)


# ── Rules ────────────────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class Obligation:
    """Something owed. `when` None: owed only where a path owes it. `per` by what it reads. `later`
    are the levels that it has from later days on (ordinals); it is owed from the day `since` and
    before the day `until`, where there is one. `extension` is the name of the one that declares it,
    empty for the policy's own; so it is of rules and reports."""

    name: str
    level: Level
    waivable: bool
    text: Template
    when: Expr | None
    met_when: Expr | None
    due_when: Expr | None
    refs: tuple[str, ...]
    later: tuple[tuple[int, Level], ...] = field(default=(), metadata=LATER)
    since: int | None = field(default=None, metadata=LATER)
    until: int | None = field(default=None, metadata=LATER)
    extension: str = field(default="", compare=False, metadata=DERIVED)
    origin: Origin = field(compare=False, repr=False)

    def level_on(self, day: int) -> Level:
        """Its level on a day (an ordinal)."""
        return _level_on(self.level, self.later, day)

    def holds_on(self, day: int) -> bool:
        """Can it be owed on a day (an ordinal)?"""
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


def _level_on(first: Level, later: tuple[tuple[int, Level], ...], day: int) -> Level:
    return next((level for since, level in reversed(later) if since <= day), first)


@node(kw_only=True)
class IfUnknown:
    """What it means that a rule cannot be judged: unless `when` is known not to hold, the rule
    fires at this level, with words of its own where it has some."""

    level: Level
    when: Expr | None
    say: Template | None
    fix: Template | None
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Rule:
    """`rule name level`, `when … say …`: what it says where its condition holds, and by whom it may
    be waived (`waivable`) within which `bounds`. Where its `guard` does not hold it does not apply.
    `per` by what it reads; `was` are names that it had before, by which waivers may know it.
    `later` are the levels that it has from later days on (ordinals). Of one that stands for a row
    of a catalogue, `family` is the name of the rule for each row, and `name` that with the key."""

    name: str
    was: tuple[str, ...]
    level: Level
    waivable: bool
    guard: Expr | None
    when: Expr
    if_unknown: IfUnknown | None
    say: Template
    fix: Template | None
    bounds: Expr | None
    refs: tuple[str, ...]
    per: Per
    later: tuple[tuple[int, Level], ...] = field(default=(), metadata=LATER)
    family: str = field(default="", metadata=LATER)
    extension: str = field(default="", compare=False, metadata=DERIVED)
    origin: Origin = field(compare=False, repr=False)

    def level_on(self, day: int) -> Level:
        """Its level on a day (an ordinal)."""
        return _level_on(self.level, self.later, day)

    @property
    def names(self) -> tuple[str, ...]:
        """By what it may be named where it is waived: its name, and that of the rule for each row
        that it is of."""
        return (self.name, self.family) if self.family else (self.name,)

    @property
    def conditions(self) -> tuple[Expr, ...]:
        """What it is judged by: its guard, its condition, and when being unknown counts."""
        beside = self.if_unknown.when if self.if_unknown is not None else None
        return tuple(expr for expr in (self.guard, self.when, beside) if expr is not None)


@node(kw_only=True)
class Report:
    """A value that every view prints. `per` by what it reads."""

    name: str
    value: Expr
    per: Per
    extension: str = field(default="", compare=False, metadata=DERIVED)
    origin: Origin = field(compare=False, repr=False)


#: Fields of a manifest, by scope and steps, each with words that it may say.
Where = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@node(kw_only=True)
class Clause:
    """What a reference points at, for the explanation. A clause of a document has `lines` there, or
    is a part of it that has a name (`at`); a resolution says why it is read so (`because`), a fact
    how far to trust it (`trust`), who says so (`source`), for which day (`as_of`) and since when,
    and `where` it holds: fields of the manifest, by scope and steps, each with the words for which
    it was established. What it does not have is empty."""

    ref: str
    kind: str
    text: str
    lines: str = ""
    at: str = ""
    because: str = ""
    trust: str = ""
    source: str = ""
    as_of: str = ""
    since: str = ""
    where: Where = ()


@node(kw_only=True)
class Cited:
    """What a policy's references point into: a document, known by its title and digest, or by its
    `address` and the day on which it was read there (`as_of`), or a collection without one, of
    that day. `published` says what of it may be published and
    where those who need it may ask. What is not known is empty."""

    name: str
    title: str
    sha256: str = ""
    address: str = ""
    lines: int = 0
    as_of: str = ""
    published: str = ""


# ── Tests ────────────────────────────────────────────────────────────────────────────────


#: A value of a test's `given`, as a manifest would hold it. The word `unknown` is a str.
GivenValue = bool | Fraction | str | tuple["GivenValue", ...] | Mapping[str, "GivenValue"]


@node(kw_only=True)
class GivenFact:
    """`workload.quality.required_pct = 88`: `steps` below the scope (`project`, `workload`). `of`
    is the workload that it is stated of; empty for the project, and for each workload."""

    scope: Scope
    steps: tuple[str, ...]
    value: GivenValue
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


@node
class GivenBar:
    """`accuracy_bar = 88 %`: the value that a threshold or param has in a test, on all days."""

    name: str
    value: Expr
    origin: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class ExpectedAnswer:
    """`expect answer = ai_service final with service = comprehend because "…"`. `outcome` is a
    member, `infeasible` or `nothing`. `state` is the workload's (`decided`, `provisional`) or
    empty, `status` the choice's (`final`, or one of the policy) or empty. Of every expectation,
    `of` is the workload that it speaks of; empty where that is the whole project."""

    outcome: str
    state: Status | None
    status: str | None
    settings: tuple[tuple[str, str], ...]
    because: str | None
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


@node
class ExpectedStatus:
    """`expect undecided`: decided, provisional, undecided, held or error."""

    status: Status
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


@node
class ExpectedPossible:
    """`expect possible = {ai_service, sagemaker}`; `infeasible` may be among them."""

    outcomes: frozenset[str]
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


@node
class ExpectedInput:
    """`expect irrelevant ml_level`, `expect settled_by workload.measurements`, `expect assumed
    horizon`: `name` is that of an input or of records, or a field."""

    what: Told
    name: str | FieldPath
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


@node(kw_only=True)
class ExpectedState:
    """`expect borderline fired as warn`, `expect pilot owed`: a rule (fired, passed, waiting,
    waived, does_not_apply) or an obligation (owed, met, overdue, maybe, absent), and the level at
    which it is told; None: at any."""

    name: str
    state: RuleState | DutyState
    origin: Origin = field(compare=False, repr=False)
    of: str = ""
    level: Level | None = None


@node
class ExpectedValue:
    """`expect running(ai_service) = 50.00 EUR/month`, `expect tco(diy) = unknown`: both sides
    are of one type; `expected` is an `UnknownConst` for `unknown`, and may be a range."""

    value: Expr
    expected: Expr
    origin: Origin = field(compare=False, repr=False)
    of: str = ""


Expected = (
    ExpectedAnswer
    | ExpectedStatus
    | ExpectedPossible
    | ExpectedInput
    | ExpectedState
    | ExpectedValue
)


@node(kw_only=True)
class PolicyTest:
    """`test "…"`, or one row of its `examples`: facts and what must come of them. `given` holds the
    facts of `like` first; a later fact on the same path replaces an earlier one, as in `bars`.
    `workloads` are its workloads. `as_of` is an ordinal. `whole` is the title of the whole `test`,
    by which `like` names it, and `block` where that stands; `origin` of a row is where the row
    does."""

    title: str
    whole: str
    as_of: int | None
    given: tuple[GivenFact, ...]
    bars: tuple[GivenBar, ...]
    workloads: tuple[str, ...]
    expected: tuple[Expected, ...]
    origin: Origin = field(compare=False, repr=False)
    block: Origin = field(compare=False, repr=False)


@node(kw_only=True)
class Known:
    """What is known of an expression without evaluating it.

    `rows` and `names` are the tables and parameters that must be bound for it. `answering` says
    that it rests on the answer, `shared` that it means the same for every workload. `conditions`
    is a set of ids, as bits: the conditions that evaluating it may meet, in it or in a
    definition that it names. `safe` says that evaluating it cannot end in a fault, and leaves no
    doubt of one, once what the manifest states was read: where its value cannot matter, it need
    not be evaluated. `safe_in_force` says the same for the days from the policy's first on.
    `facts` are, of a field of the manifest, the inputs that read it: places in `Reads.facts`, as
    bits. `alone` where it reads nothing of other workloads, `repeats` where it does not read the
    answer either: nothing but the manifest.
    """

    rows: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    answering: bool = False
    shared: bool = False
    conditions: int = 0
    safe: bool = False
    safe_in_force: bool = False
    facts: int = 0
    alone: bool = False

    @property
    def repeats(self) -> bool:
        """Does it read nothing but the manifest?"""
        return self.alone and not self.answering


@node(kw_only=True)
class Reads:
    """What a program's parts read, worked out once.

    `tree_inputs`: the inputs that the decision tree can read. `answer_rules`: the rules that
    are judged by the answer. `answering`: the inputs and definitions, as (kind, name), that rest on
    the answer; what does not is evaluated once whatever the answer. `remaining`: by the name of
    a shortlist, the `any` of it that the policy says somewhere; `inputs`: the same of inputs
    without a key; `facts`: the inputs, lists and catalogues that a manifest may state something
    of; `fields`: those fields of a manifest that some expression may read, each with all below
    it, of a list of entries without their places; `dated`: the lists of which the best entry is
    asked for, each with those columns of its order that say a day; `grants`: fields that are
    answered with yes or no, each with the fields to which the policy has an answer of its own once
    it is yes; `looked_up`: by the name of a rule, the rows that its conditions may look up in vain
    from the policy's first day on, as conditions that there is one. A rule is not among them where
    it may lack something else; `columns`: the expressions that read a row which may be missing,
    each where it stands first.
    """

    tree_inputs: frozenset[str] = frozenset()
    answer_rules: frozenset[str] = frozenset()
    answering: frozenset[tuple[DeclaredAs, str]] = frozenset()
    remaining: Mapping[str, AnyRemains] = field(default_factory=dict)
    inputs: Mapping[str, InputRef] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    fields: frozenset[tuple[Scope, tuple[str, ...]]] = frozenset()
    dated: tuple[tuple[str, tuple[str, ...]], ...] = ()
    grants: Mapping[FieldPath, frozenset[FieldPath]] = field(default_factory=dict)
    looked_up: Mapping[str, tuple[HasRow, ...]] = field(default_factory=dict)
    columns: tuple[ColumnRef | ChargeExpr, ...] = ()


@node
class Extension:
    """An extension with which a policy decides: its name and version, and the digest of its files
    and sources."""

    name: str
    version: str
    digest: str


@node(kw_only=True)
class Program:
    """A checked policy. `clauses` holds those that the policy cites, by `source#clause`.
    `scopes` are its words for what is decided and for what is said once, `files` the names of the
    files that are its manifests and `api` their `apiVersion`, both empty where it says none.
    `currency` is the code of its money, empty where it declares none; `statuses` are what a leaf
    may say of an outcome, the most cautious first.
    A policy of rules and figures alone has no outcome (one without members) and no `decision`.
    `digest` is that of the policy's own files, `extensions` are those that decide with it; all else
    is of both together."""

    name: str
    version: str
    effective: int
    language: int
    digest: str
    meaning: str
    manifest_kind: str
    schema_name: str
    scopes: Scopes
    files: tuple[str, ...]
    api: str
    currency: str
    outcome: EnumType
    attributes: Mapping[str, Type]
    statuses: tuple[str, ...]
    conversions: tuple[Conversion, ...]
    inputs: Mapping[str, Input]
    bars: Mapping[str, Bar]
    catalogs: Mapping[str, Catalog]
    records: Mapping[str, Records]
    shortlists: Mapping[str, Shortlist]
    defines: Mapping[str, Define]
    scores: Mapping[str, Score]
    trees: Mapping[str, Tree]
    decision: str
    obligations: Mapping[str, Obligation]
    rules: Mapping[str, Rule]
    reports: Mapping[str, Report]
    clauses: Mapping[str, Clause]
    sources: Mapping[str, Cited]
    tests: tuple[PolicyTest, ...] = ()
    titles: Titles = Titles()
    reads: Reads = Reads()
    nodes: tuple[Known, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from every other one: the digests of all its bytes."""
        return " ".join((self.digest, *(each.digest for each in self.extensions)))
