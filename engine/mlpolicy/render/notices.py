"""The words for faults and notices: what the engine itself says of an evaluation."""

from __future__ import annotations

from mlpolicy.core.decision import Finding, WaiverUse
from mlpolicy.core.notices import (
    AboveBound,
    BothApply,
    DatedLater,
    DividesByZero,
    Fault,
    Figure,
    Grows,
    InFuture,
    Lacking,
    Misspelt,
    NoAmount,
    NoRow,
    NotJudged,
    NotShown,
    NotWaivable,
    NotWaived,
    NoValueYet,
    OutOfRange,
    Owing,
    Possible,
    RowsMatch,
    SelfApproved,
    StatedTwice,
    StrangeMember,
    Unfinished,
    Unproved,
    WaiverNote,
)
from mlpolicy.core.numbers import MOST_DIGITS
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.show import money, show, show_date, show_range
from mlpolicy.core.types import Quantity
from mlpolicy.typed import assert_never

# ── Faults ───────────────────────────────────────────────────────────────────────────────


def fault_text(fault: Fault) -> str:
    """A fault in a line, without a final stop."""
    match fault:
        case StatedTwice(first=first, other=other):
            name = keyed(fault.input, fault.key)
            one, two = (
                f"{figure(each)}{f' ({at})' if at else ''}"
                for each, at in ((first, fault.first_at), (other, fault.other_at))
            )
            return f"`{name}` is stated twice and differs: {one} and {two}"
        case OutOfRange(stated=stated, within=within):
            assert isinstance(stated.of, Quantity)
            extent = show_range(within.lo, within.hi, stated.of.unit)
            return f"`{keyed(fault.input, fault.key)}` is {figure(stated)}, outside {extent}"
        case StrangeMember(input="", word=word, known=known):
            return f"`{word}` is not one of {', '.join(known)}"
        case StrangeMember(word=word, known=known):
            name = keyed(fault.input, fault.key)
            there_are = f"it has {', '.join(known)}"
            return f"`{name}` is `{word}`, which this policy does not know: {there_are}"
        case BothApply(exceptions=exceptions, to=to, values=values, sure=sure):
            names = " and ".join(f"`{name}`" for name in exceptions)
            if not sure:
                return f"{names} may both apply to `{to}`"
            return f"{names} both apply to `{to}`, with {' and '.join(map(figure, values))}"
        case RowsMatch(values=values, sure=sure):
            rows = (
                "two rows that differ, of an `any` table,"
                if fault.any
                else "two rows of a unique table"
            )
            if not sure:
                return f"{rows} may match"
            return f"{rows} match: {' and '.join(map(figure, values))}"
        case NoRow(table=table, sure=False):
            return f"perhaps no row of `{table}` matches"
        case NoRow(table=table, case=missing):
            named = [f"{asked} = {figure(found)}" for asked, found in missing]
            return f"no row of `{table}` matches {', '.join(named) or 'anything'}"
        case NoValueYet(name=name, since=since, as_of=as_of):
            begins = f": its first value is from {show_date(since)}"
            return f"`{name}` has no value on {show_date(as_of)}{begins}"
        case DividesByZero(text=text, sure=sure):
            return f"`{text}` {'divides' if sure else 'may divide'} by zero"
        case Grows(text=text):
            return f"`{text}` comes to a number of more than {MOST_DIGITS:,} digits"
        case DatedLater(column=column, entry=entry, day=day, as_of=as_of):
            return f"`{column}` of entry {entry + 1} is {show_date(day)}, after {show_date(as_of)}"
        case _:
            assert_never(fault)


def figure(each: Figure) -> str:
    """A value as a person reads it."""
    return show(each.value, each.of)


def keyed(name: str, key: str) -> str:
    """An input or a definition for one member of its key: `tco(diy)`."""
    return f"{name}({key})" if key else name


# ── Findings ─────────────────────────────────────────────────────────────────────────────


def say(finding: Finding) -> str:
    """What a finding says: the author's words, the engine's, or both."""
    match finding.notice:
        case None | Misspelt():
            return finding.say
        case Unproved():
            return f"cannot be judged yet: {finding.say}"
        case NotJudged(fault=fault):
            return f"could not be judged: {fault_text(fault)}"
        case Possible(fault=fault):
            return fault_text(fault)
        case Unfinished():
            return "what is open was not worked out further here: there are too many cases of it"
        case Owing(late=late):
            return f"{'overdue' if late else 'owed'}: {finding.say}"
        case NotWaived():
            return f"{finding.say} ({_not_waived(finding.notice)})"
        case WaiverNote():
            assert finding.waiver is not None
            return waiver_note(finding.waiver)
        case SelfApproved(asked=asked):
            assert finding.waiver is not None
            use = finding.waiver
            who = "who asked for it" if asked else "who owns it"
            return f"waiver `{use.id}` of `{use.rule}` was approved by {use.approved_by}, {who}"
        case Lacking(path=path, unknown=unknown):
            return f"`{path}` is {'unknown' if unknown else 'not stated'}, and is required here"
        case InFuture(day=day):
            return f"the decision date {show_date(day)} is in the future"
        case _:
            assert_never(finding.notice)


def fix(finding: Finding) -> str:
    """What to do about a finding; empty where nothing is said."""
    match finding.notice:
        case Unfinished():
            first = "State more of what is unknown"
            return f"{first}; or have the policy define this with fewer open cases."
        case WaiverNote():
            assert finding.waiver is not None
            return _about_waiver(finding.waiver, finding.notice)
        case SelfApproved():
            return "have it approved by somebody else"
        case Lacking():
            return _line_to_add(finding.notice)
        case InFuture():
            return "use today or an earlier date"
        case Misspelt(nearest=nearest):
            more = f" Else {finding.fix}" if finding.fix else ""
            return f"did you mean `{nearest}`?{more}"
        case _:
            return _with_settling(finding) if finding.unjudged else finding.fix


def _with_settling(finding: Finding) -> str:
    """How to fix what fired because it could not be judged: the fact that settles most is named,
    and how many others there are."""
    fields = [need for need in finding.needs if isinstance(need, FieldPath)]
    if not fields:
        return finding.fix
    more = f" ({len(fields) - 1} more can settle it too)" if len(fields) > 1 else ""
    return "; ".join(part for part in (finding.fix, f"or state {fields[0]}{more}") if part)


def _line_to_add(notice: Lacking) -> str:
    """What to write where a required field is not stated."""
    *_, last = (*notice.path.steps,)
    few = f", one of {', '.join(notice.members)}" if notice.members else ""
    if notice.unknown and not notice.missing:
        return f"write what is known for `{last}`: `{last}: {notice.sample}`{few}"
    keys = notice.missing or (str(last),)
    if notice.path.steps[-len(keys) :] != keys:  # a key that the field is not stated without
        return f"add `{keys[0]}: …` below `{last}`"
    line = notice.sample
    for key in reversed(keys[1:]):
        line = f"{{{key}: {line}}}"
    home = notice.path.steps[: -len(keys)]
    where = f"below `{home[-1]}`" if home else f"to the {notice.path.scope}"
    verb = "write" if not notice.missing else "add"
    return f"{verb} `{keys[0]}: {line}` {where}{few}"


def _not_waived(notice: NotWaived) -> str:
    name = f"waiver `{notice.waiver}`"
    match notice.why:
        case NotWaivable():
            return f"{name} has no effect: the rule is not waivable"
        case NoAmount(bound, currency):
            most = money(bound, currency)
            why = f"its bound of {most} cannot be shown, the rule bounds no amount"
        case AboveBound(bound, currency, amount):
            why = f"{figure(amount)} is above its bound of {money(bound, currency)}"
        case NotShown(bound, currency, needs):
            without = f" without {', '.join(map(str, needs))}" if needs else ""
            why = f"its bound of {money(bound, currency)} cannot be shown{without}"
        case _:
            assert_never(notice.why)
    return f"{name} does not cover it: {why}"


# ── Waivers ──────────────────────────────────────────────────────────────────────────────


def waiver_note(use: WaiverUse) -> str:
    """What there is to say of a waiver; empty where nothing is."""
    name = f"waiver `{use.id}`"
    match use.note:
        case None:
            return ""
        case WaiverNote.UNKNOWN_RULE:
            return f"{name} names rule `{use.rule}`, which this policy does not have"
        case WaiverNote.UNKNOWN_WORKLOAD:
            return f"{name} names `{use.workload}`, which this manifest does not have"
        case WaiverNote.EXPIRED:
            return f"{name} of `{use.rule}` expired on {use.expires_on}{_held(use)}"
        case WaiverNote.NOT_YET:
            return f"{name} is approved only from {use.approved_on}{_held(use)}"
        case WaiverNote.UNUSED:
            return f"{name} is unused: `{use.rule}` did not fire"
        case WaiverNote.EXPIRING:
            return f"{name} of `{use.rule}` expires on {use.expires_on}"
        case WaiverNote.NOT_COUNTED:
            return f"{name} of `{use.rule}` does not count: it stands in the manifest"
        case WaiverNote.BARE:
            return f"{name} of `{use.rule}` does not count: who approved it, or why, is not known"
        case WaiverNote.BY_DATE:
            return (
                f"{name} of `{use.rule}` counts only by the `decision_date` of the manifest, and "
                f"not today: it holds {_extent(use)}"
            )
        case _:
            assert_never(use.note)


def _held(use: WaiverUse) -> str:
    """That a waiver would be in force by the day that the manifest gives as its own."""
    if not use.held_on:
        return ""
    return f"; the `decision_date` of the manifest, {use.held_on}, does not bring it back"


def _extent(use: WaiverUse) -> str:
    """From when until when a waiver is in force."""
    since = f"from {use.approved_on} " if use.approved_on else ""
    return f"{since}until {use.expires_on}"


def _about_waiver(use: WaiverUse, note: WaiverNote) -> str:
    close = f"did you mean `{use.close}`?" if use.close else ""
    match note:
        case WaiverNote.UNKNOWN_RULE:
            own = close or "name a rule of the policy, or remove the waiver"
            return f"{own}; `mlpolicy rule {use.rule}` says whether an extension has it"
        case WaiverNote.UNKNOWN_WORKLOAD:
            return close or "name one that the manifest has, or remove the waiver"
        case WaiverNote.EXPIRED:
            return "have it approved again, or remove it"
        case WaiverNote.NOT_YET:
            return "wait for the date, or correct it"
        case WaiverNote.UNUSED:
            return "remove it"
        case WaiverNote.EXPIRING:
            return "settle the finding, or have the waiver approved again"
        case WaiverNote.NOT_COUNTED:
            return (
                "put it into the waiver file that the configuration names; or have "
                "`manifest_waivers = true` written into the configuration at the top"
            )
        case WaiverNote.BARE:
            return "write who approved it and the reason, or remove it"
        case WaiverNote.BY_DATE:
            return "have it approved again, or decide as of today"
        case _:
            assert_never(note)
