"""What an evaluation says: the decision, and the trace it follows from.

These values are the one source of every report: text, JSON and later formats are functions
of them and hold no opinion of their own. Numbers are exact `Fraction`s; `None` at an end of a
range is an open end.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.facts import Approval, Said
from mlpolicy.core.later import Later
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault, Figure, Notice, WaiverNote
from mlpolicy.core.numbers import Range
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import Cited, Clause, Program
from mlpolicy.core.replies import Given, Reply
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.terms import DutyState, Level, RuleState, Status, WaitsFor
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Basis, Step
from mlpolicy.core.types import Type, Unit
from mlpolicy.core.values import Value
from mlpolicy.dataclass import field
from mlpolicy.source import Place


class Verdict(StrEnum):
    """The first that applies, from the top."""

    BLOCK = "block"
    ERROR = "error"  # a workload ended in one
    INCOMPLETE = "incomplete"  # a block or a warning waits, or a workload has no answer
    WARN = "warn"
    ADVISE = "advise"
    PASS = "pass"


class WaiverStatus(StrEnum):
    """What became of a waiver."""

    USED = "used"
    UNUSED = "unused"
    WAITING = "waiting"  # its rule is
    BOUND = "bound"  # the amount is above its money bound
    REFUSED = "refused"  # its rule is not waivable
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    UNKNOWN_RULE = "unknown-rule"
    NOT_COUNTED = "not-counted"  # it stands in a manifest, or nobody approved it


@node(kw_only=True)
class Choice:
    """An answer: outcome (None: infeasible), its attributes (None: open), the leaf's status,
    the reasons along the path and their references."""

    outcome: str | None
    attributes: tuple[tuple[str, str | None], ...]
    status: str
    because: tuple[str, ...]
    refs: tuple[str, ...]


@node(kw_only=True)
class Interval:
    """From `low` to `high` in `unit`, None where there is no end; `low_open` and `high_open`
    where the end itself is left out. `narrow` marks one that holds a boundary which is no
    fraction."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool
    high_open: bool
    unit: str
    narrow: bool = False


@node
class Split:
    """One answer to a question and what would remain possible: `answer` the replies that
    leave the same, `possible` the outcomes; `range` where the answer is a number."""

    answer: tuple[Reply, ...]
    possible: tuple[str, ...]
    range: Interval | None = None


@node
class OpenCell:
    """A cell of a catalogue that the policy leaves open, for its owner to look up: the column,
    the words of the row's keys, and by which references."""

    column: str
    row: tuple[str, ...]
    catalog: str
    refs: tuple[str, ...]


@node(kw_only=True)
class Settle:
    """An input that can still change the outcome. `path` None where the policy itself does
    not know (then `at`). `removes` is the most outcomes that one answer removes; 0 where it
    takes other answers besides. `spread` is the most that one answer takes off the distance
    between the cheapest and the costliest cost still possible; None where that is not known; in
    `currency`. `workload` names the one whose input it is, where it is another's. Of an entry that
    a list lacks `given` says what is taken of its other fields. `settles` is how many of the other
    open inputs the policy takes for granted once this one is yes; 0 where that is less than two."""

    path: FieldPath | None
    ask: str | OpenCell
    removes: int
    when: tuple[Split, ...]
    at: Place | None = None
    spread: Fraction | None = None
    currency: str = ""
    workload: str | None = None
    given: Given = ()
    settles: int = 0


@node(kw_only=True)
class Assumption:
    """An absent input (for one member of its key, or "") that the policy gives a meaning to,
    and what it stands for; `computed` where the policy works it out from what is stated."""

    name: str
    key: str
    path: FieldPath
    stands: Figure
    refs: tuple[str, ...]
    computed: bool = False


class Founded(StrEnum):
    """How well a fact that an answer rests on is founded, the best first. The values are those of
    the JSON document."""

    MEASURED = "measured"  # the result of a measurement that says on what it was made
    CLAIMED = "claimed"  # stated
    ESTIMATED = "estimated"  # stated as a range
    COMPUTED = "computed"  # not stated; the policy works it out from what is
    ASSUMED = "assumed"  # not stated; the policy says what that means


@node(kw_only=True)
class Premise:
    """A fact that the shown answer rests on, at `path` and `place` in the manifest: a field, or an
    entry of a list. `values` are what is stated there, by the column of the entry ("" for a field);
    `name` is the input that it is, for the member `key`, where it is one. `said` is what the
    manifest says about it, None where it cannot."""

    path: FieldPath
    name: str
    key: str
    values: tuple[tuple[str, Figure], ...]
    founded: Founded
    said: Said | None
    place: Place | None


@node(kw_only=True)
class Duty:
    """An obligation and where it stands: owed, met, overdue, maybe."""

    id: str
    level: Level
    text: str
    state: DutyState
    refs: tuple[str, ...]
    needs: tuple[Need, ...] = ()


class SourceKind(StrEnum):
    """What a part of a figure is. The values are those of the JSON document."""

    STATED = "stated"  # a field of the manifest
    ESTIMATE = "estimate"  # the same, stated as a range
    ASSUMED = "assumed"  # a field not stated, and what the policy takes it for
    COMPUTED = "computed"  # a field not stated, which the policy works out from others
    PRICE = "price"  # a cell of a catalogue, with the row's references
    BAR = "bar"  # a threshold or param
    POLICY = "policy"  # the policy's own figure
    MISSING = "missing"


@node(kw_only=True)
class Apart:
    """That a fact was established where a `field` of the manifest `holds` some words, and this one
    has `stated` others."""

    field: str
    holds: tuple[str, ...]
    stated: tuple[str, ...]


@node(kw_only=True)
class CostSource:
    """Something that a line's figure is made of. `name` is the field, the declaration or the
    column, empty where the policy leaves the figure open: then `basis` says how. `value` is of
    the type `of`; `place` where it stands, in the manifest or the policy. `counts` where it says
    how many times the figure is taken, as a horizon does; `apart` where it was established for
    other manifests than this one."""

    kind: SourceKind
    name: Need | str
    value: Value
    of: Type
    place: Place | None
    refs: tuple[str, ...]
    counts: bool = False
    basis: Basis = Basis.COMPUTED
    apart: Apart | None = None


class How(StrEnum):
    """How a figure is made of its parts. The values are those of the JSON document."""

    GIVEN = "given"  # it is not worked out here: a field, a price, a bar, an earlier calculation
    ARITHMETIC = "arithmetic"  # by an operator or a function
    CONVERTED = "converted"  # into another unit
    CHARGED = "charged"  # a quantity by a tariff
    SUM = "sum"  # over the members of a set or over workloads
    ONE_OF = "one_of"  # it is not known which of several applies


@node(kw_only=True)
class Reckoned:
    """A figure within a calculation, and how it is made of others. `name` is what the manifest or
    the policy calls it, `""` for a constant and for what stands within an expression; `operator`
    that of ARITHMETIC; `factors` the declared conversions of CONVERTED, as written."""

    how: How
    value: Value
    of: Type
    name: Need | str = ""
    operator: str = ""
    parts: tuple[Reckoned, ...] = ()
    factors: tuple[str, ...] = ()


@node(kw_only=True)
class Tier:
    """A tier of a tariff and what lies in it: from `above` up to `up_to` (None: no end) of the
    quantity, `low`..`high` of it at `price_low`..`price_high`, which makes `amount_low`..
    `amount_high`. An end that is not known is None. Quantities are in the unit of the quantity,
    prices and amounts in those of price and charge."""

    above: Fraction
    up_to: Fraction | None
    low: Fraction
    high: Fraction | None
    price_low: Fraction | None
    price_high: Fraction | None
    amount_low: Fraction
    amount_high: Fraction | None
    place: Place | None
    refs: tuple[str, ...]


@node(kw_only=True)
class Reckoning:
    """A calculation that a figure comes from: `figure` is what comes out, made of parts that are
    given or come out of an earlier calculation; `text` is the policy's wording. `tiers` are those
    that the quantity of a charge reaches, with the units of quantity, price and amount."""

    figure: Reckoned
    text: str
    place: Place | None
    refs: tuple[str, ...]
    tiers: tuple[Tier, ...] = ()
    units: tuple[Unit, Unit, Unit] | None = None


@node
class LineOrigin:
    """Where the figure of a line comes from: STATED, COMPUTED (from `paths`), ASSUMED, MISSING
    (for want of `paths`) or POLICY."""

    kind: SourceKind
    paths: tuple[Need | str, ...] = ()


@node(kw_only=True)
class Uncertain:
    """Something unknown that widens a total: `needs` would tell it, `within` is what is
    known of it in base units, to be shown in `unit` (both None where it is no number), `removes`
    how much of the width is gone once it is known, at the end of its range where least goes;
    `lines` the lines that it widens, the widest first."""

    needs: tuple[Need, ...]
    within: Range | None
    unit: Unit | None
    removes: Fraction
    lines: tuple[str, ...]


@node(kw_only=True)
class CostLine:
    """One additive term. `low`..`high` is its amount over the horizon, already multiplied by
    `count`; `per` the unit of one period (`EUR/month`) or the currency; `origin` says where the
    figure comes from, `place` where that stands; `sources` says it of every part of it, and
    `reckonings` how the one comes out of the other, in the order in which one reckons."""

    name: str
    low: Fraction
    high: Fraction | None
    each_low: Fraction
    each_high: Fraction | None
    per: str
    count: Fraction
    origin: LineOrigin
    place: Place | None
    refs: tuple[str, ...]
    sources: tuple[CostSource, ...] = ()
    reckonings: tuple[Reckoning, ...] = ()


@node(kw_only=True)
class Cost:
    """The cost of one outcome by one `cost` formula. Where something is missing, the total
    is not given and `missing` names the paths. `wider` where the range may be wider than
    the true one. `uncertain` ranks what widens the total (or, where something is missing, what
    is known of it), `widest` names the widest of those lines. INVARIANT: without `missing`,
    the lines add up to the total exactly."""

    formula: str
    outcome: str
    over: str
    months: Fraction | None
    currency: str
    low: Fraction | None
    high: Fraction | None
    wider: bool
    lines: tuple[CostLine, ...]
    missing: tuple[Need, ...]
    refs: tuple[str, ...]
    uncertain: tuple[Uncertain, ...] = ()
    widest: str = ""


@node(kw_only=True)
class Reported:
    """A value that the policy reports; `needs` are what is missing for it, `refs` why it is as it
    is. `figure` is None where it ends in an `error`."""

    name: str
    figure: Figure | None
    needs: tuple[Need, ...]
    refs: tuple[str, ...]
    error: Fault | None = None


@node(kw_only=True)
class WaiverUse:
    """A waiver and what became of it. `expiring` where it is in force and its end is near;
    `max_amount` is in `currency`; `close` is the rule or workload that it may mean, where it names
    none; `held_on` the day that the manifest gives as its own, where the waiver is in force on that
    day and not on the one decided for."""

    id: str
    rule: str
    workload: str | None
    approved_by: str
    expires_on: str
    reason: str
    state: WaiverStatus
    note: WaiverNote | None
    place: Place | None
    owner: str = ""
    approved_on: str = ""
    max_amount: Fraction | None = None
    currency: str = ""
    ticket: str = ""
    expiring: bool = False
    close: str = ""
    held_on: str = ""


@node(kw_only=True)
class Finding(Later):
    """A rule about a workload (or the project, `workload` None) that fired, is waiting or is
    waived. `needs` are what a waiting one waits for, and `waits_for` says who can tell it;
    `unjudged` where it fired because what it needs is not known. `say` and `fix` are the author's
    words, and `notice` what the engine itself says."""

    rule: str
    level: Level
    state: RuleState
    workload: str | None
    say: str
    fix: str
    refs: tuple[str, ...]
    needs: tuple[Need, ...]
    at: Place | None
    rule_at: Place | None
    waiver: WaiverUse | None = None
    notice: Notice | None = None
    waits_for: WaitsFor | None = None
    unjudged: bool = False


@node
class RuleResult:
    """A rule's outcome for one subject. Why one passed is read off its step of the trace."""

    rule: str
    level: Level
    workload: str | None
    state: RuleState


@node(kw_only=True)
class WorkloadDecision(Later):
    """The answer for one workload. `rests_on` is what carries the answer that is shown. `untried`
    says that not every answer to what is open was tried, so that more than `settled_by` names may
    settle it. `reports` are the values that the policy reports of it."""

    name: str
    status: Status
    hold: str | None
    choice: Choice | None
    possible: tuple[Choice, ...]
    settled_by: tuple[Settle, ...]
    irrelevant: tuple[FieldPath, ...]
    assumed: tuple[Assumption, ...]
    obligations: tuple[Duty, ...]
    costs: tuple[Cost, ...]
    plan: Mapping[str, str] | None
    error: Fault | None
    at: Place | None
    trace: Step
    untried: bool = False
    rests_on: tuple[Premise, ...] = ()
    reports: tuple[Reported, ...] = ()


@node(kw_only=True)
class Counts:
    """How many rules and obligations were judged in one state, over how many workloads and
    manifests. `rules` counts those that the policy declares; the five after it count results, of
    which a rule has one for each workload."""

    rules: int
    fired: int
    waiting: int
    passed: int
    waived: int
    does_not_apply: int
    workloads: int
    manifests: int = 1


#: Why no approval holds, where none is stated.
NOBODY = "nobody states that this version was approved"


@node(kw_only=True)
class PolicyId:
    """Which policy decided: name, version, digest of its bytes, digest of its meaning; and who
    approved just these bytes by the day decided for, or else why that is not known.

    `extensions` are those that decided with it, each with its own bytes; `meaning` is that of the
    whole.

    INVARIANT: `not_approved` is None where there are `approvals`, and only there.
    """

    name: str
    version: str
    digest: str
    meaning: str
    language: int
    approvals: tuple[Approval, ...] = ()
    not_approved: str | None = NOBODY
    extensions: tuple[PolicyId, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from every other one: the digests of all its bytes. That of a program is
        the same."""
        return " ".join((self.digest, *(each.digest for each in self.extensions)))


def identity(program: Program) -> PolicyId:
    """Which policy a program is, nothing being stated about it."""
    extensions = tuple(
        PolicyId(
            name=each.name,
            version=each.version,
            digest=each.digest,
            meaning=program.meaning,
            language=program.language,
        )
        for each in program.extensions
    )
    return PolicyId(
        name=program.name,
        version=program.version,
        digest=program.digest,
        meaning=program.meaning,
        language=program.language,
        extensions=extensions,
    )


@node(kw_only=True)
class ReplacedRow:
    """A row of a catalogue without its first key: what stands in its columns; of the policy by
    which references, of the manifest where, and what is said about it."""

    values: tuple[tuple[str, Figure], ...]
    refs: tuple[str, ...]
    said: Said | None
    place: Place | None


@node(kw_only=True)
class Replaced:
    """The rows that the manifest states for a `key` of a catalogue, and those of the policy that
    they stand in for; none where the policy has none."""

    catalog: str
    key: str
    stated: tuple[ReplacedRow, ...]
    policy: tuple[ReplacedRow, ...]


@node
class Unread:
    """A field that the manifest states and nothing of the policy reads, first stated at `place`;
    `workloads` are those that state it."""

    path: FieldPath
    workloads: tuple[str, ...]
    place: Place


@node(kw_only=True)
class Decision(Later):
    """Everything the policy says about one manifest; `unread` is what the manifest states that no
    part of the policy reads, `scopes` are the policy's words for what is decided and for what is
    said once, `currency` is the code of all its amounts (empty where the policy names none),
    `replaced` what it puts in place of rows of the policy, `clauses` are those that the policy
    cites, `sources` what they stand in."""

    policy: PolicyId
    manifest_path: str
    manifest_digest: str
    manifest_name: str
    as_of: str
    currency: str
    scopes: Scopes
    verdict: Verdict
    workloads: tuple[WorkloadDecision, ...]
    outcomes: Mapping[str, int]
    project_costs: tuple[tuple[str, Cost], ...]
    findings: tuple[Finding, ...]
    results: tuple[RuleResult, ...]
    waivers: tuple[WaiverUse, ...]
    trace: Step
    counts: Counts
    reports: tuple[Reported, ...] = ()
    titles: Titles = Titles()
    unread: tuple[Unread, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    clauses: Mapping[str, Clause] = field(default_factory=dict)
    sources: tuple[Cited, ...] = ()
