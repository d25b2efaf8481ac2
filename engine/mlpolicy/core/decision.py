"""What an evaluation says: the decision, and the trace it follows from.

These values are the one source of every report: text, JSON and later formats are functions
of them and hold no opinion of their own. Numbers are exact `Fraction`s; `None` at an end of a
range is an open end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from fractions import Fraction

from mlpolicy.core.facts import Approval
from mlpolicy.core.node import node
from mlpolicy.source import Place


class Verdict(StrEnum):
    """The first that applies, from the top."""

    BLOCK = "block"
    UNDECIDED = "undecided"
    PENDING = "pending"
    WARN = "warn"
    ADVISE = "advise"
    PASS = "pass"


class Status(StrEnum):
    """How firm a workload's answer is."""

    DECIDED = "decided"
    PROVISIONAL = "provisional"
    UNDECIDED = "undecided"
    HELD = "held"
    ERROR = "error"


@node
class Trace:
    """One step of the evaluation: a construct of the policy with the value it took.

    `kind` names the construct (`input`, `threshold`, `compare`, `if`, `rule`, …), `name` the
    declaration or operator, `value` what it came to, as shown. `text` is the policy's own
    wording, `note` what a reader must know besides (absent, assumed, margin, dropped at …).
    `at` is the place in the policy, `from_` the place in the manifest. `needs` are the
    manifest paths without which the value stays unknown. A definition used again appears
    without its children.
    """

    kind: str
    name: str
    value: str = ""
    text: str = ""
    note: str = ""
    at: Place | None = None
    from_: Place | None = None
    refs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    children: tuple[Trace, ...] = ()


@node
class Choice:
    """An answer: outcome (None: infeasible), its attributes (None: open), the leaf's status,
    the reasons along the path and their references."""

    outcome: str | None
    attributes: tuple[tuple[str, str | None], ...]
    status: str
    because: tuple[str, ...]
    refs: tuple[str, ...]


@node
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
    """One answer to a question and what would remain possible: `answer` as shown ("below
    85 %", "yes"), `possible` the outcomes; `range` where the answer is a number."""

    answer: str
    possible: tuple[str, ...]
    range: Interval | None = None


@node
class Settle:
    """An input that can still change the outcome. `path` None where the policy itself does
    not know (then `at`). `removes` is the most outcomes that one answer removes; 0 where it
    takes other answers besides. `spread` is the most that one answer takes off the distance
    between the cheapest and the dearest cost still possible; None where that is not known.
    `workload` names the one whose input it is, where it is another's. Of an entry that a list
    lacks `given` says what is taken of its other fields ("sample_size from 200")."""

    path: str | None
    ask: str
    removes: int
    when: tuple[Split, ...]
    at: Place | None = None
    spread: Fraction | None = None
    workload: str | None = None
    given: str = ""


@node
class Assumption:
    """An absent input that the policy gives a meaning to."""

    name: str
    path: str
    value: str
    refs: tuple[str, ...]


@node
class Duty:
    """An obligation and where it stands: owed, met, overdue, maybe."""

    id: str
    level: str
    text: str
    state: str
    refs: tuple[str, ...]
    needs: tuple[str, ...] = ()


@node
class CostSource:
    """Something that a line's figure is made of. `kind` is "stated" or "estimate" (a field of
    the manifest), "assumed" (a field not stated, and what the policy takes it for), "price" (a
    cell of a catalogue, with the row's references), "bar" (a threshold or param), "policy" (the
    policy's own figure) or "missing". `name` is the path or the declaration; `value` as shown;
    `place` where it stands, in the manifest or the policy. `counts` where it says how many
    times the figure is taken, as a horizon does."""

    kind: str
    name: str
    value: str
    place: Place | None
    refs: tuple[str, ...]
    counts: bool = False


@node
class Uncertain:
    """Something unknown that widens a total: `needs` are the paths that would tell it, `value`
    what is known of it, `removes` how much of the width is gone once it is known, at the end of
    its range where least goes; `lines` the lines that it widens, the widest first."""

    needs: tuple[str, ...]
    value: str
    removes: Fraction
    lines: tuple[str, ...]


@node
class CostLine:
    """One additive term. `low`..`high` is its amount over the horizon, already multiplied by
    `count`; `per` the unit of one period (`USD/month`) or `USD`; `origin` says where the
    figure comes from: a manifest field with its place, or the policy line; `sources` says it
    of every part of it."""

    name: str
    low: Fraction
    high: Fraction | None
    each_low: Fraction
    each_high: Fraction | None
    per: str
    count: Fraction
    origin: str
    place: Place | None
    refs: tuple[str, ...]
    sources: tuple[CostSource, ...] = ()


@node
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
    missing: tuple[str, ...]
    refs: tuple[str, ...]
    uncertain: tuple[Uncertain, ...] = ()
    widest: str = ""


@node
class WaiverUse:
    """A waiver and what became of it: `used`, `unused`, `pending` (its rule is), `bound` (above
    its money bound), `refused` (its rule is not waivable), `expired`, `not-yet`,
    `unknown-rule`; those in force end with `, expiring` where the end is near."""

    id: str
    rule: str
    workload: str | None
    approved_by: str
    expires_on: str
    reason: str
    state: str
    note: str
    place: Place | None
    owner: str = ""
    approved_on: str = ""
    max_usd: Fraction | None = None
    ticket: str = ""


@node
class Finding:
    """A rule about a workload (or the project, `workload` None) that fired, is pending or is
    waived. `needs` are the paths a pending one waits for."""

    rule: str
    level: str
    state: str  # fired, pending, waived
    workload: str | None
    say: str
    fix: str
    refs: tuple[str, ...]
    needs: tuple[str, ...]
    at: Place | None
    rule_at: Place | None
    waiver: WaiverUse | None = None


@node
class RuleResult:
    """A rule's outcome for one subject: fired, passed, pending or waived."""

    rule: str
    level: str
    workload: str | None
    state: str
    reason: str  # for a passed one: its first failing atom


@node
class WorkloadDecision:
    """The answer for one workload."""

    name: str
    status: Status
    hold: str | None
    choice: Choice | None
    possible: tuple[Choice, ...]
    settled_by: tuple[Settle, ...]
    irrelevant: tuple[str, ...]
    assumed: tuple[Assumption, ...]
    obligations: tuple[Duty, ...]
    costs: tuple[Cost, ...]
    plan: Mapping[str, str] | None
    error: str | None
    at: Place | None
    trace: Trace


@node
class Counts:
    rules: int
    fired: int
    pending: int
    passed: int
    waived: int
    workloads: int
    manifests: int = 1


#: Why no approval holds, where none is stated.
NOBODY = "nobody states that this version was approved"


@node
class PolicyId:
    """Which policy decided: name, version, digest of its bytes, digest of its meaning; and who
    approved just these bytes by the day decided for, or else why that is not known.

    INVARIANT: `not_approved` is None where there are `approvals`, and only there.
    """

    name: str
    version: str
    digest: str
    meaning: str
    language: int
    approvals: tuple[Approval, ...] = ()
    not_approved: str | None = NOBODY


@node
class Decision:
    """Everything the policy says about one manifest."""

    policy: PolicyId
    manifest_path: str
    manifest_digest: str
    manifest_name: str
    as_of: str
    verdict: Verdict
    workloads: tuple[WorkloadDecision, ...]
    outcomes: Mapping[str, int]
    project_costs: tuple[tuple[str, Cost], ...]
    findings: tuple[Finding, ...]
    results: tuple[RuleResult, ...]
    waivers: tuple[WaiverUse, ...]
    trace: Trace
    counts: Counts
    clauses: Mapping[str, str] = field(default_factory=dict)
