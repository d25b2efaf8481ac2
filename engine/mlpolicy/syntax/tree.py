"""The syntax tree: a policy file as written.

Frozen nodes, one class per construct. Every node has a `span` that takes no part in
equality, so trees compare by what they say. Names are kept with their own span (`Name`), so
that a message can underline exactly the word that is wrong. Nothing here is resolved or
typed: `tier` may be an outcome, a parameter or a member; `check` finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from mlpolicy.core.types import Grain
from mlpolicy.source import NOWHERE, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all nodes have."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name(Node):
    """`ai_service`, `us-east-1`"""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted(Node):
    """`"household.yaml"`: a word in quotes that is no text for people."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """`guide#G6.1`: clause `clause` of the source declared as `source`."""

    source: str
    clause: str

    def __str__(self) -> str:
        return f"{self.source}#{self.clause}"


@dataclass(frozen=True, slots=True)
class Comment(Node):
    """`# …`, text without the sign; `span` says where."""

    text: str


@dataclass(frozen=True, slots=True)
class Title(Node):
    """`title "Amazon Comprehend"`: how people call what is declared, without holes. `span` is that
    of the text in its quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Called(Node):
    """`comprehend "Amazon Comprehend"` below an outcome or an enum: a member and its title."""

    name: Name
    title: Title


# ── Types ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """`flag`, `tier`, `text`, `date`, `number`, `%`, `EUR/month`: a name or a unit."""

    text: str


@dataclass(frozen=True, slots=True)
class SetType(Node):
    """`set of region`"""

    element: TypeName


@dataclass(frozen=True, slots=True)
class ListType(Node):
    """`list of rate`"""

    element: TypeName


Type = TypeName | SetType | ListType

# ── Expressions ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`85 %`, `0.0001 EUR/request`, `12`. `unit` is the text after the number, or empty."""

    value: Fraction
    unit: str
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DateLiteral(Node):
    """`2025-07-01` (checked to be a real date by the parser)."""

    text: str


@dataclass(frozen=True, slots=True)
class TimeLiteral(Node):
    """`09:30`, `2025-07-01T09:30:00Z` (checked to be a real one by the parser)."""

    text: str
    grain: Grain


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`"…"` with `{expression}` holes. `parts` alternates literal text and expressions in
    written order; a text without holes has one `str` part (or none when empty)."""

    parts: tuple[str | Expr, ...]


@dataclass(frozen=True, slots=True)
class YesNo(Node):
    """`yes`, `no`"""

    value: bool


@dataclass(frozen=True, slots=True)
class UnknownLiteral(Node):
    """`unknown` in an expression, `?` in a cell or a set."""


@dataclass(frozen=True, slots=True)
class AnyLiteral(Node):
    """`any` alone in a catalogue cell: the set that has every member."""


@dataclass(frozen=True, slots=True)
class Dash(Node):
    """`-` in a cell: does not apply; in a decision table, not asked."""


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`1 week .. 4 week`, `0 EUR ..`: an estimate, or a range. `high` None is open. `below`, in a
    cell of a decision table, of `1 week ..< 4 week`, to which `high` does not belong."""

    low: Expr
    high: Expr | None
    below: bool = False


@dataclass(frozen=True, slots=True)
class SetLiteral(Node):
    """`{a, b}`; with `?` among the items there may be more members."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[a, b, b]`, in this order"""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class PathLiteral(Node):
    """`person.birth`, `household.costs.{tier}.once`: a manifest field.
    Only in `from`, `given` and `or` of inputs. `steps` without the leading scope, `scope` as it is
    written; a keyed step is kept with its braces (`{tier}`)."""

    scope: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.scope, *self.steps))


@dataclass(frozen=True, slots=True)
class Var(Node):
    """A bare name."""

    name: str


@dataclass(frozen=True, slots=True)
class Column(Node):
    """`offering.service`, `answer.status`, `price[item].each`"""

    of: Expr
    name: Name


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """`reach[offering.service]`: the row of a catalogue with that key."""

    catalog: Name
    keys: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`tco(answer)`, `min(a, b)`, `max`, `ceil`, `round(x, 0.01 EUR)`, `charge(q, price[i])`"""

    function: Name
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """`not a`"""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """`-a`"""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`a and b`, `a or b`, `a + b`, `a - b`, `a * b`, `a / b`, and the comparisons
    `<  <=  >  >=  =  is  in  within  mentions  matches`, `starts with`, `ends with`, `has` (right
    side: the key)."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class IsUnknown(Node):
    """`x is unknown` (`negated` false), `x is known` (`negated` true)"""

    operand: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class As(Node):
    """`x as EUR/month`: an explicit, declared conversion. Binds tighter than `*`."""

    operand: Expr
    unit: TypeName


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
    """`any proven`: does a row of the shortlist remain?"""

    shortlist: Name


@dataclass(frozen=True, slots=True)
class FirstOf(Node):
    """`first proven`: the first row that remains, in written order; also
    `first offering where …` (then `where` is set)."""

    rows: Name
    where: Expr | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf(Node):
    """`best measurement with value_pct by sample_size, measured_on where …`"""

    records: Name
    stating: tuple[Name, ...]
    by: tuple[Name, ...]
    where: Expr | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Node):
    """`any(c) over workloads`, `all`, `count`, `sum(x where c once per g) over workloads`,
    `… over upstream`, `sum(x) over i in items`. `over` is `workloads`, `upstream` or the
    variable's name; `domain` the set it runs over (None for the first two)."""

    kind: str
    body: Expr
    where: Expr | None
    once_per: Name | None
    over: Name
    domain: Expr | None


Expr = (
    Number
    | DateLiteral
    | TimeLiteral
    | Text
    | YesNo
    | UnknownLiteral
    | AnyLiteral
    | Dash
    | Between
    | SetLiteral
    | ListLiteral
    | PathLiteral
    | Var
    | Column
    | Lookup
    | Call
    | Not
    | Negate
    | Binary
    | IsUnknown
    | As
    | AnyOf
    | FirstOf
    | BestOf
    | Aggregate
)

# ── Declarations ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDecl(Node):
    """`policy aws-ml-selection 1.0.0 effective 2025-01-01`; an extension says of which policy."""

    name: Name
    version: str
    effective: DateLiteral
    extends: Extends | None = None


@dataclass(frozen=True, slots=True)
class Extends(Node):
    """`extends aws-ml-selection 1.2.0`: the core of an extension, and the first version of it that
    it fits."""

    name: Name
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDecl(Node):
    """`manifest Household schema "household.v1.schema.json" of household, person in persons`, with
    `files "household.yaml"` and `api "mlpolicy.dev/v1"` below. `shared` is the scope of what is
    said once, `each` that of the things in the list `items`; `each` and `items` are None where a
    manifest is one such thing as a whole, called `shared`."""

    kind: Name
    schema: str
    shared: Name
    each: Name | None = None
    items: Name | None = None
    files: tuple[Quoted, ...] = ()
    api: Quoted | None = None
    schema_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SourceDecl(Node):
    """`source guide = "sources/guide.yaml"`"""

    name: Name
    path: str
    path_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class UnitDecl(Node):
    """`unit request, page, person`"""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class ReportDecl(Node):
    """`report disposable, housing`: values that every view prints."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class CurrencyDecl(Node):
    """`currency EUR`"""

    name: Name


@dataclass(frozen=True, slots=True)
class ConvertDecl(Node):
    """`convert 1 month = 730 hour ref facts#F5`"""

    left: Number
    right: Number
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """`service : service` in `with`"""

    name: Name
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeDecl(Node):
    """`outcome tier : none < ai_service < sagemaker with service : service, approach : approach`,
    and below it the statuses that a leaf may give it, and how all of these are called."""

    name: Name
    members: tuple[Name, ...]
    attributes: tuple[Attribute, ...]
    title: Title | None = None
    statuses: tuple[Name, ...] = ()
    called: tuple[Called, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumDecl(Node):
    """`enum approach : pretrained, customised` (unordered), `enum lifecycle : idea < poc`
    (ordered), `enum task from workload.task` (members come from the manifest schema; then
    `members` is empty), and below it how its members are `called`."""

    name: Name
    members: tuple[Name, ...]
    ordered: bool
    path: PathLiteral | None
    title: Title | None = None
    called: tuple[Called, ...] = ()


@dataclass(frozen=True, slots=True)
class IfAbsent(Node):
    """`if absent unlimited ref …` (`value` None), `if absent 12 month ref …`,
    `if absent no when needs_complete ref …`"""

    value: Expr | None
    when: Expr | None
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDecl(Node):
    """`input accuracy : % in 0 % .. 100 % from workload.quality.required_pct or … if absent
    … ask "…"`. `parameter` is the key of a keyed input: `input dev(tier) : EUR from
    workload.costs.{tier}.dev_usd`. `sources` are the written forms, first one first; each is
    a path or an expression over paths."""

    name: Name
    parameter: Name | None
    type: Type
    within: Between | None
    sources: tuple[Expr, ...]
    if_absent: IfAbsent | None
    ask: str
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class RecordColumn(Node):
    """`confidence_interval.low if absent 0 ref guide#U5`, `p99_ms ask "…"`: a field of an
    entry, by its steps, and what its absence means or what to ask for it."""

    steps: tuple[Name, ...]
    if_absent: IfAbsent | None
    ask: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsDecl(Node):
    """`records measurement from workload.measurements by system, metric ask "…"`, and lines
    about its columns. The holes of a question are keys."""

    name: Name
    path: PathLiteral
    keys: tuple[Name, ...]
    ask: Text | None = None
    columns: tuple[RecordColumn, ...] = ()
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class DatedLine(Node):
    """`2025-07-01 = 85 % ref guide#G6.1`"""

    date: DateLiteral
    value: Expr
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdDecl(Node):
    """`threshold accuracy_bar : %` or `param price : EUR/request`, with dated lines."""

    keyword: str  # "threshold" or "param"
    name: Name
    type: Type
    lines: tuple[DatedLine, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class Header(Node):
    """`service : service`: a column's name and type. The columns `from`, `until` and `ref`
    carry no type."""

    name: Name
    type: Type | None


@dataclass(frozen=True, slots=True)
class InForce(Node):
    """`from 2026-01-01 until 2027-01-01`: the first day that counts, and the first that does not
    any more."""

    since: DateLiteral | None
    until: DateLiteral | None


@dataclass(frozen=True, slots=True)
class Row(Node):
    """`| a | b |`. Cells are expressions, `Between`, `Dash`, `UnknownLiteral`, `AnyLiteral`;
    the cell of a `ref` column is a tuple of references."""

    cells: tuple[Expr | tuple[Ref, ...], ...]
    force: InForce | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogDecl(Node):
    """`catalog offering by task or project.prices ref …` and a text table. `override` is
    the manifest list whose rows take precedence."""

    name: Name
    keys: tuple[Name, ...]
    override: PathLiteral | None
    refs: tuple[Ref, ...]
    header: tuple[Header, ...]
    rows: tuple[Row, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistLine(Node):
    """`task "Does it do the task?" : offering.task is task ref guide#C16`"""

    name: Name
    condition: Expr
    refs: tuple[Ref, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistDecl(Node):
    """`shortlist proven of fast ref …` with named lines."""

    name: Name
    of: Name
    refs: tuple[Ref, ...]
    lines: tuple[ShortlistLine, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine(Node):
    """`when tier is ai_service : list_price from 2027-01-01 ref …`; `otherwise : unknown`, which
    has no condition"""

    condition: Expr | None
    value: Expr
    refs: tuple[Ref, ...]
    force: InForce | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineDecl(Node):
    """`define` or `cost`. One of `value`, `cases` and `lines` is given.

    `define covered : flag = …`; `define fee : EUR` with lines such as `2026-01-01 = 5 EUR`;
    `define quality of offering : %` with cases;
    `define running(tier) : EUR/month = …`; `cost tco(tier) : EUR over horizon = …`."""

    keyword: str  # "define", "cost"
    name: Name
    parameter: Name | None
    of: Name | None
    type: Type
    over: Expr | None
    value: Expr | None
    cases: tuple[CaseLine, ...]
    lines: tuple[DatedLine, ...] = ()
    refs: tuple[Ref, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Node):
    """`vocab "Is the vocabulary domain-specific?" : vocab ref …`"""

    name: Name
    text: Text
    condition: Expr
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDecl(Node):
    """`score needs_custom at least 2 of ref …` and questions."""

    name: Name
    target: int
    refs: tuple[Ref, ...]
    questions: tuple[Question, ...]
    title: Title | None = None


# ── Trees ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """`service = offer.service` in a leaf's `with`"""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Node):
    """`sagemaker conditional with approach = autopilot owe hire because "…" ref …`.
    `outcome` None is `infeasible "…"`. `status` is a word after the outcome, or empty."""

    outcome: Name | None
    status: str
    settings: tuple[Setting, ...]
    because: Text | None
    owes: tuple[Name, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Node):
    """`hold "compliance must say so"`, `undecided "…"`: `word` is which of them."""

    word: str
    reason: Text
    owes: tuple[Name, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(Node):
    """`goto custom owe baseline_first because "…" ref …`"""

    tree: Name
    because: Text | None
    owes: tuple[Name, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class FlatLine(Node):
    """`if c : leaf`, `unless c : leaf`, `otherwise : leaf` (`condition` None)"""

    keyword: str  # "if", "unless", "otherwise"
    condition: Expr | None
    action: Action


@dataclass(frozen=True, slots=True)
class Arm(Node):
    """`yes: …`, `no, unknown: …`"""

    labels: tuple[str, ...]
    action: Action


@dataclass(frozen=True, slots=True)
class IfBlock(Node):
    """`if c` and its arms, indented."""

    condition: Expr
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Body(Node):
    """Lines of a tree in order: flat lines, and at most one `if` block, which comes last."""

    lines: tuple[FlatLine | IfBlock, ...]


Action = Leaf | Hold | Goto | Body


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeDecl(Node):
    """`decision tree choice : tier`, `tree custom : tier`"""

    decision: bool
    name: Name
    type: TypeName
    body: Body
    title: Title | None = None


# ── Tables, exceptions, duties, rules ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`>= 10 ms` in a decision table's cell."""

    operator: str
    value: Expr


@dataclass(frozen=True, slots=True)
class CellTests(Node):
    """`< 18 or >= 60`, `> 5 and < 9` in a decision table's cell: one of the tests holds, or both
    do."""

    operator: str  # "and", "or"
    tests: tuple[Comparison | CellTests | Between, ...]


#: What only the cell of a decision table may say of its column, besides expressions.
CellTest = Comparison | CellTests


@dataclass(frozen=True, slots=True)
class Heading(Node):
    """`age`, `risk : score / 2`: what a column of a decision table asks, and how it is called."""

    name: Name | None
    asked: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow(Node):
    """`| batch | - | -> asynchronous from 2027-01-01 ref …`. Cells: `Dash`, `Comparison`,
    `CellTests`, `Between`, a set (member of), any other expression (equal to), `Not` one of these.
    A value for each output."""

    cells: tuple[Expr | CellTest, ...]
    values: tuple[Expr, ...]
    refs: tuple[Ref, ...]
    force: InForce | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDecl(Node):
    """`table hosting : mode first ref …`. Its first row is the `header`; `otherwise` are the
    last ones, which have no cells. With several `outputs` each has a name, and there is no
    `type`."""

    name: Name
    parameter: Name | None
    type: Type | None
    outputs: tuple[Attribute, ...]
    strategy: str  # "unique", "any", "priority", "first", "collect", "collect list", …
    header: tuple[Heading, ...]
    rows: tuple[TableRow, ...]
    otherwise: tuple[TableRow, ...]
    refs: tuple[Ref, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionDecl(Node):
    """`exception pilot to accuracy_bar when horizon <= 3 month -> 80 % from 2026-01-01 ref …`"""

    name: Name
    target: Name
    condition: Expr
    value: Expr
    force: InForce | None
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class LaterLevel(Node):
    """`block from 2027-01-01` behind the first level of a rule or an obligation."""

    level: str
    since: DateLiteral


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationDecl(Node):
    """`obligation pilot warn "…" when … met when … due when … ref …`. `later` are the levels that
    it has from later days on, `force` the days on which it holds at all."""

    name: Name
    level: str
    later: tuple[LaterLevel, ...] = ()
    force: InForce | None = None
    waivable: bool
    text: Text
    when: Expr | None
    met_when: Expr | None
    due_when: Expr | None
    refs: tuple[Ref, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IfUnknown(Node):
    """`if unknown block when lifecycle >= build` of a rule, with a `say` and a `fix` of its own.
    `level` is that of a rule."""

    level: str | Expr
    when: Expr | None
    say: Text | None
    fix: Text | None


@dataclass(frozen=True, slots=True)
class Former(Node):
    """`lacks_frameworks for frameworks`: how a rule was called, or the one for a row."""

    name: Name
    row: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDecl(Node):
    """`rule above_need was too_much block not waivable` with `for`, `when`, `if unknown`, `say`,
    `fix`, `bounds`. `was` are names that it had: a waiver of one of them is a waiver of it.
    `later` are the levels that it has from later days on, `force` the days on which it holds.
    `each` is the catalogue for each row of which it is a rule; a column of it may say the level of
    each, `care.level`. Else `level` is a word: "block", "warn", "advise"."""

    name: Name
    was: tuple[Former, ...]
    level: str | Expr
    later: tuple[LaterLevel, ...] = ()
    force: InForce | None = None
    waivable: bool
    each: Name | None = None
    guard: Expr | None
    when: Expr
    if_unknown: IfUnknown | None
    say: Text
    fix: Text | None
    bounds: Expr | None
    refs: tuple[Ref, ...]
    title: Title | None = None


# ── Tests ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Plain(Node):
    """A manifest value in a test: a number or a bare word (`text`, not quoted), a quoted
    string, `yes`/`no`. `value` is a bool, a Fraction or a str. A number has a `unit` where it
    stands for a bar, in a row of examples."""

    value: bool | Fraction | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PlainList(Node):
    """`[a, b]`"""

    items: tuple[PlainValue, ...]


@dataclass(frozen=True, slots=True)
class PlainMap(Node):
    """`{low: 1, high: 3}`"""

    items: tuple[tuple[str, PlainValue], ...]


PlainValue = Plain | PlainList | PlainMap


@dataclass(frozen=True, slots=True)
class Given(Node):
    """`workload.task = sentiment`. `of` is the workload of `given for letters`; without it a fact
    of a workload is one of each."""

    path: PathLiteral
    value: PlainValue
    of: Name | None = None


@dataclass(frozen=True, slots=True)
class GivenBar(Node):
    """`accuracy_bar = 88 %` in a `given`: the value that a threshold or param has in the test.
    There is no such value `of` one workload."""

    name: Name
    value: Expr
    of: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectAnswer(Node):
    """`expect answer = ai_service final with service = comprehend because "…"`. `outcome` is
    an outcome, `infeasible` or `nothing`; `words` are the workload's status (`decided`,
    `provisional`) and the choice's (`final`, `unmet`, …), in any order. Of every expectation, `of`
    is the workload of `for letters`."""

    outcome: Name
    words: tuple[Name, ...]
    settings: tuple[tuple[Name, Name], ...]
    because: str | None
    of: Name | None = None


@dataclass(frozen=True, slots=True)
class ExpectStatus(Node):
    """`expect undecided`, `expect held`, `expect error`, `expect decided`, …"""

    status: Name
    of: Name | None = None


@dataclass(frozen=True, slots=True)
class ExpectPossible(Node):
    """`expect possible = {ai_service, sagemaker}` (`infeasible` is a member too)"""

    outcomes: tuple[Name, ...]
    of: Name | None = None


@dataclass(frozen=True, slots=True)
class ExpectInput(Node):
    """`expect irrelevant ml_level`, `expect settled_by workload.measurements`,
    `expect assumed horizon`: `what` is the first word, `name` an input or a path's text."""

    what: str
    name: Name
    of: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectState(Node):
    """`expect borderline fired as warn`, `expect pilot owed`: a rule or obligation, its state
    (fired, passed, waiting, waived, does_not_apply; owed, met, overdue, maybe, absent), and at
    which level it is told. A rule of one row is named with its key, `lacks.frameworks`."""

    name: Name
    state: Name
    of: Name | None = None
    level: Name | None = None


@dataclass(frozen=True, slots=True)
class ExpectValue(Node):
    """`expect running(ai_service) = 50.00 EUR/month`, `expect tco(diy) = unknown`"""

    value: Expr
    expected: Expr
    of: Name | None = None


Expectation = ExpectAnswer | ExpectStatus | ExpectPossible | ExpectInput | ExpectState | ExpectValue


@dataclass(frozen=True, slots=True)
class AnswerCell(Node):
    """`by_hand decided because "…"` in a row of examples: several words, or a reason."""

    words: tuple[Name, ...]
    because: str | None


@dataclass(frozen=True, slots=True)
class GivenColumn(Node):
    """`workload.task`, `accuracy_bar`, `workload.task for letters` in the heading of examples."""

    target: PathLiteral | Name
    of: Name | None


@dataclass(frozen=True, slots=True)
class ExpectedColumn(Node):
    """`answer`, `possible`, a rule, an obligation or a value, in the heading of examples."""

    value: Expr
    of: Name | None


@dataclass(frozen=True, slots=True)
class Example(Node):
    """A row of examples: what is given (`-` where nothing is), and what is expected (`-` where
    nothing is asked). A cell of a bar's column is an expression."""

    given: tuple[PlainValue | Expr | Dash, ...]
    expected: tuple[Expr | AnswerCell | Dash, ...]


@dataclass(frozen=True, slots=True)
class Examples(Node):
    """`examples` of a test: its heading, and a row for each test."""

    given: tuple[GivenColumn, ...]
    expected: tuple[ExpectedColumn, ...]
    rows: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDecl(Node):
    """`test "…"` with `like "…"` (facts of another test first), `as_of`, `given`, `expect`, and
    `examples`, each row of which is a test."""

    __test__ = False

    title: str
    like: str | None
    as_of: DateLiteral | None
    given: tuple[Given | GivenBar, ...]
    expect: tuple[Expectation, ...]
    examples: Examples | None = None


Decl = (
    PolicyDecl
    | ManifestDecl
    | SourceDecl
    | UnitDecl
    | CurrencyDecl
    | ReportDecl
    | ConvertDecl
    | OutcomeDecl
    | EnumDecl
    | InputDecl
    | RecordsDecl
    | ThresholdDecl
    | CatalogDecl
    | ShortlistDecl
    | DefineDecl
    | ScoreDecl
    | TreeDecl
    | TableDecl
    | ExceptionDecl
    | ObligationDecl
    | RuleDecl
    | TestDecl
)


@dataclass(frozen=True, slots=True)
class File(Node):
    """One `.mlp` file: its declarations in written order, and every comment."""

    declarations: tuple[Decl, ...]
    comments: tuple[Comment, ...]
