"""The words of a step: its note, its value, and the few sentences that are made of them.

Everything here is made and nothing is read: a step holds values, `explain` says what follows
from them, and what a person reads of it is written here. Replacing every sentence in this file
changes no number, no coverage, no question and no key of a JSON document; a test does so.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlpolicy.core.decision import CostSource, LineOrigin, SourceKind, Uncertain, WaiverStatus
from mlpolicy.core.numbers import const
from mlpolicy.core.show import decimal_text, show, show_date, show_range
from mlpolicy.core.terms import Form, RuleState, UnknownArm
from mlpolicy.core.trace import (
    Asked,
    Basis,
    Converted,
    Dropped,
    Failed,
    Guarded,
    InForce,
    Judged,
    LeadsTo,
    LeftOut,
    OfPolicy,
    OfRow,
    OfTier,
    OfWorkload,
    Owed,
    Passes,
    Reasons,
    Step,
    StepKind,
    Target,
    Way,
    Wording,
)
from mlpolicy.core.types import Quantity
from mlpolicy.core.values import NO, UNKNOWN, YES, Num, Rows
from mlpolicy.explain.deciding import (
    case_state,
    dropped_at,
    exception_state,
    is_computed,
    is_shortlisted,
    tally,
)
from mlpolicy.explain.kinds import REASONS
from mlpolicy.explain.margins import Margin, Side, margin
from mlpolicy.explain.ways import way
from mlpolicy.render.notices import fault_text
from mlpolicy.typed import assert_never

AS_ABOVE = "as above"
TAKEN = "taken so on this path"
EQUAL = "exactly equal"
COMPUTED = "computed from what is stated"

BASES = {
    Basis.COMPUTED: "",
    Basis.STATED: "",
    Basis.ESTIMATE: "",
    Basis.ASSUMED: "assumed: none is stated",
    Basis.ABSENT: "absent",
    Basis.DECLARED_UNKNOWN: "declared unknown",
    Basis.NO_FIELD: "the manifest has no such field",
    Basis.NOT_MEASURED: "not measured",
    Basis.TAKEN: TAKEN,
    Basis.POLICY_UNKNOWN: "this policy does not know",
    Basis.POLICY_ESTIMATE: "estimate of the policy",
    Basis.NO_ROW: "no row",
    Basis.NO_CASE: "no case matches",
    Basis.NO_OUTCOME: "no outcome, so no value",
    Basis.NO_PRICE: "no price",
    Basis.NO_ANSWER: "no answer is shown",
    Basis.HELD: "held",
    Basis.NOT_SET: "the answer sets none",
    Basis.NOT_APPLICABLE: "does not apply",
    Basis.NOT_REACHED: "not reached",
}
CASES = {YES: "matches", NO: "does not match", UNKNOWN: "may match", None: ""}
EXCEPTIONS = {YES: "applies", NO: "does not apply", UNKNOWN: "may apply"}
SIDES = {Side.BELOW: "below", Side.ABOVE: "above"}
DAYS = {Side.BELOW: "earlier", Side.ABOVE: "later"}


# ── A step ───────────────────────────────────────────────────────────────────────────────


def note(step: Step) -> str:
    """What a reader must know of a step besides its value; empty where there is nothing."""
    said = own_note(step)
    if step.taken:
        said = f"{said}, {TAKEN}" if said else TAKEN
    return "; ".join(part for part in (said, AS_ABOVE if step.again else "") if part)


def own_note(step: Step) -> str:  # noqa: C901 - one match over all kinds
    """The same without what the path takes for granted, and without `as above`."""
    if step.basis is Basis.NOT_REACHED or isinstance(step.detail, Guarded | None):
        return _of_kind(step) or basis(step)
    match step.detail:
        case OfPolicy(as_of=as_of):
            return f"as of {show_date(as_of)}"
        case OfWorkload(error=error):
            return fault_text(error) if error is not None else ""
        case LeadsTo():
            return leads_to(step.detail)
        case Reasons(texts=texts):
            return "; ".join(texts)
        case InForce(changes_on=changes, not_before=first):
            if first is not None:
                return f"no value before {show_date(first)}"
            return f"changes on {show_date(changes)}" if changes is not None else ""
        case Asked(text=text):
            return text
        case Target():
            return tally_text(step)
        case Dropped():
            return dropped(step.detail, beside_others=True)
        case Converted(texts=texts):
            return "; ".join(texts)
        case OfRow(row=row):
            return f"for {row}"
        case OfTier():
            return basis(step)
        case Judged(state=state, waiver=waiver):
            return f"fired, waived by {waiver}" if state is RuleState.WAIVED else state.value
        case Owed(state=duty):
            return duty.value
        case Failed(fault=fault):
            return fault_text(fault)
        case LeftOut():
            return "left out"
        case Passes() | Wording():
            return ""
        case Way():
            return way_text(step)
        case _:
            assert_never(step.detail)


def _of_kind(step: Step) -> str:
    """What follows from the kind of a step and its values alone."""
    match step.kind:
        case StepKind.COMPARE:
            found = margin(step)
            return margin_text(found) if found is not None else ""
        case StepKind.CASE:
            return CASES[case_state(step)]
        case StepKind.EXCEPTION:
            return EXCEPTIONS[exception_state(step)]
        case StepKind.ROW if is_shortlisted(step):
            return remains(step)
        case _:
            return ""


def basis(step: Step) -> str:
    """On what a value rests, where that is worth a word. Only of an input is it said that it
    is an estimate: of an entry, the range says so."""
    if step.basis is Basis.ESTIMATE and step.kind is StepKind.INPUT:
        return "estimate"
    if is_computed(step):
        return COMPUTED
    return BASES[step.basis]


def value(step: Step) -> str:
    """What a step came to; rows by their keys."""
    if step.value is None or step.type is None:
        match step.detail:
            case OfPolicy(version=version):
                return version
            case OfWorkload(status=status):
                return status
            case LeadsTo():
                return "not taken"
            case _:
                return ""
    if step.basis is Basis.NOT_SET:
        return "none"
    if isinstance(step.value, Rows):
        names = [row or "none" for row in step.rows]
        return names[0] if len(names) == 1 else "one of " + ", ".join(names)
    return show(step.value, step.type)


def margin_text(found: Margin) -> str:
    """`6 percentage points above`, `3 days earlier`, `exactly equal`."""
    if found.side is Side.AT:
        return EQUAL
    size = abs(found.amount)
    if found.points:
        number = decimal_text(size)
        return f"{number} percentage point{'' if number == '1' else 's'} {SIDES[found.side]}"
    amount = show(Num(const(size * found.unit.scale)), Quantity(found.unit))
    return f"{amount} {(DAYS if found.dated else SIDES)[found.side]}"


def tally_text(score: Step) -> str:
    """`2 yes, 1 unknown, 3 no; needs 3; one more of {a, b} would reach it`"""
    sum_ = tally(score)
    said = f"{sum_.yes} yes, {sum_.unknown} unknown, {sum_.no} no; needs {sum_.needs}"
    if sum_.enough is not None:
        said += f"; one more of {{{', '.join(sum_.enough)}}} would reach it"
    return said


def dropped(rows: Dropped, *, beside_others: bool) -> str:
    """`4 other rows drop out at region, price`; without `beside_others` no row was shown."""
    other = "other " if beside_others else ""
    many = "row drops" if rows.rows == 1 else "rows drop"
    return f"{rows.rows} {other}{many} out at {', '.join(rows.lines)}"


def remains(row: Step) -> str:
    """What became of a row of a shortlist."""
    if row.value is NO:
        return f"drops out at {dropped_at(row)}"
    return "remains" if row.value is YES else "may remain"


def stated(step: Step) -> str:
    """A comparison with both sides and the margin; an input with its value and where it is
    stated."""
    said = note(step)
    match step.kind, step.children:
        case StepKind.INPUT, _:
            at = str(step.from_) if step.from_ is not None else ""
            beside = f" ({', '.join(each for each in (said, at) if each)})" if said else ""
            return f"{step.name} is {value(step)}{beside or (f' at {at}' if at else '')}"
        case _, (left, right):
            beside = f" ({said})" if said else ""
            return f"{step.text}: {value(left)} against {value(right)}{beside}"
        case _:
            return f"{step.text or step.name}: {value(step)}"


def plain_text(shown: str) -> str:
    """A value as one says it: an empty set is none."""
    return "none" if shown == "{}" else shown


# ── The tree ─────────────────────────────────────────────────────────────────────────────


def way_text(step: Step) -> str:
    """How the path goes on behind a condition."""
    found = way(step)
    if found.impossible is not None:
        return impossible(found.impossible)
    if step.value is UNKNOWN:
        return f"unknown: {_while_unknown(found.form, found.unknown)}"
    yes = step.value is YES
    match found.form:
        case Form.UNLESS:
            return "shown, so go on" if yes else "not shown, so taken"
        case Form.IF:
            return "shown, so taken" if yes else "not so, go on"
        case Form.BLOCK:
            return "yes" if yes else "no"
        case _:
            assert_never(found.form)


def impossible(truth: bool) -> str:
    """A condition that is unknown and has but one answer on this path."""
    return f"cannot be {'yes' if truth else 'no'} here"


def _while_unknown(form: Form, arm: UnknownArm) -> str:
    """Which arm is shown while the condition is unknown."""
    match arm:
        case UnknownArm.OWN:
            return "its unknown arm is taken"
        case UnknownArm.NONE:
            return "no arm for unknown"
        case _ if form is Form.IF:
            return "passed over"
        case _ if form is Form.UNLESS:
            return "not shown, so taken"
        case _:
            return f"taken as {arm.value}"


def leads_to(arm: LeadsTo) -> str:
    """Where an arm leads."""
    if arm.outcomes:
        return " or ".join(arm.outcomes)
    return f"goto {arm.tree}" if arm.tree else "further questions"


# ── Why a rule passed ────────────────────────────────────────────────────────────────────


def reason(failing: Iterable[Step]) -> str:
    """Why a condition is not met, from the parts that failed."""
    return "; ".join(dict.fromkeys(map(_does_not_hold, failing)))


def _does_not_hold(step: Step) -> str:
    if step.kind in REASONS:
        return f"{step.name} is {value(step)}"
    wording = step.text or step.name
    match step.kind, step.children:
        case StepKind.NOT, (child,) if child.text:
            return f"{child.text} holds"
        case StepKind.IS, _ if isinstance(step.detail, Wording):
            known = "unknown" if step.detail.known else "known"
            return f"{step.detail.text} is {known}"
        case ((StepKind.COMPARE | StepKind.IS | StepKind.IN | StepKind.WITHIN), (left, right)):
            sides = f"{value(left)} {step.name} {value(right)}"
            return f"{sides} does not hold ({wording})"
        case _:
            return f"{wording} does not hold"


# ── Waivers ──────────────────────────────────────────────────────────────────────────────


def waiver_state(state: WaiverStatus, expiring: bool) -> str:
    """What became of a waiver, in a word or two."""
    return f"{state.value}, expiring" if expiring else state.value


# ── Costs ────────────────────────────────────────────────────────────────────────────────


def source_name(source: CostSource) -> str:
    """What a part of a figure is called; how the policy leaves it open, where it does."""
    return str(source.name) or BASES[source.basis]


def source_value(source: CostSource) -> str:
    """A part of a figure as shown."""
    return show(source.value, source.of)


def uncertain_value(uncertain: Uncertain) -> str:
    """What is known of something that widens a total; empty where it is no number."""
    within, unit = uncertain.within, uncertain.unit
    return show_range(within.lo, within.hi, unit) if within and unit else ""


def line_origin(origin: LineOrigin) -> str:
    """Where the figure of a line comes from."""
    paths = ", ".join(map(str, origin.paths))
    match origin.kind:
        case SourceKind.COMPUTED:
            return f"computed from {paths}"
        case SourceKind.ASSUMED:
            return "assumed"
        case SourceKind.MISSING:
            return f"missing: {paths}"
        case SourceKind.STATED:
            return paths
        case _:
            return "policy"
