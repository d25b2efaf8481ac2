"""What would have to change, what would follow, where costs cross: as text and as values for
JSON (the document `mlpolicy/changes/v1`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import assert_never

from mlpolicy.changes.breakeven import EQUAL, BreakEven, Pair, Side
from mlpolicy.changes.difference import CostChange, Difference, WorkloadChange, difference
from mlpolicy.changes.told import Change, Proof, Setting, Stands, Turn, Wanted, WhyNot
from mlpolicy.core.decision import Cost, Decision, Finding, WorkloadDecision
from mlpolicy.core.facts import Estimate
from mlpolicy.core.paths import FieldPath, Gap, Hindrance, Need
from mlpolicy.core.show import decimal_text, finite_places, several
from mlpolicy.core.terms import Level, RuleState, Status
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.values import NO, UNKNOWN, YES
from mlpolicy.render import ledger, notices, reasons, titled, words
from mlpolicy.render.json import Json
from mlpolicy.render.places import either
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.style import bold, cyan, dim, finish, green, pad, wrap, yellow
from mlpolicy.render.team import answer_of
from mlpolicy.source import Place

SCHEMA = "mlpolicy/changes/v1"
#: Levels of rules, as a count of them is told.
LEVELS = tuple(Level)
#: The most fields that are named as what to state first.
MOST_FIRST = 3
#: The most fields that are named where something is not told for want of them.
MOST_NEEDS = 4
#: The most parts of a line that are told one by one.
MOST_SIDES = 8
_LABEL = 9
_NO_CHOICE = "which is a fact, not a choice"
_COUNT = {1: "one field", 2: "two fields", 3: "three fields"}


def _head(decision: Decision) -> str:
    policy = decision.policy
    return dim(f"{decision.manifest_name} · {titled.policy(policy)} as of {decision.as_of}")


def _told(lines: Sequence[tuple[str, str]], width: int, color: bool) -> str:
    """Lines with what they begin with, folded to the width."""
    folded: list[str] = []
    for indent, text in lines:
        folded.extend(wrap(text, width, indent, f"{indent}  ") if text else [""])
    return finish("\n".join(folded) + "\n", color=color)


Lines = Iterator[tuple[str, str]]


# ── --why-not ────────────────────────────────────────────────────────────────────────────


def why_not_text(
    answers: Sequence[WhyNot], decision: Decision, *, width: int = 100, color: bool = False
) -> str:
    """Why not, and the smallest changes, for a person."""
    lines: list[tuple[str, str]] = [("", _head(decision))]
    for answer in answers:
        lines.append(("", ""))
        lines.extend(_why_not(answer, decision))
    return _told(lines, width, color)


def _why_not(answer: WhyNot, decision: Decision) -> Lines:
    who = answer.workload or decision.scopes.shared.word
    titles = decision.titles
    if _errs(answer):
        yield "", f"{bold(who)}  is {_stands(answer.stands)}."
    elif answer.question is Wanted.OUTCOME:
        so = answer.stands == Stands(Status.PROVISIONAL, answer.wanted)
        but = ": what is still open may change it" if so else ""
        wanted = titled.outcome(answer.wanted, titles)
        stands = _stands(answer.stands, titles)
        yield "", f"{bold(who)}  why not {bold(wanted)}? Today the answer is {stands}{but}."
    else:
        yield "", f"{bold(who)}  {bold(answer.wanted)} is {_stands(answer.stands)}."
    if answer.proof is Proof.ALREADY:
        silent = answer.question is Wanted.SILENCE
        yield "  ", "It is silent: nothing to change." if silent else "Nothing to change."
        return
    yield from _turns(answer, titles)
    yield from _found(answer, titles)
    for change in answer.changes:
        yield from _change(change, answer, decision)
    if not answer.complete:
        yield "  ", f"there are further ones of {_COUNT[answer.size]}"
    yield from _tried(answer)
    yield from _rest(answer)
    yield from _first(answer, decision)


def _first(answer: WhyNot, decision: Decision) -> Lines:
    """What to state first, where no change makes it so for certain and something is open."""
    if answer.proof in (Proof.FOUND, Proof.IMPOSSIBLE) or _errs(answer):
        return
    own = next((w for w in decision.workloads if w.name == answer.workload), None)
    findings = [f for f in decision.findings if f.rule == answer.wanted]
    waits: list[Need] = [p for f in findings if f.workload == answer.workload for p in f.needs]
    settling: list[Need] = (
        [s.path for s in own.settled_by if s.path is not None] if own is not None else []
    )
    paths = list(dict.fromkeys(waits if answer.question is Wanted.SILENCE else settling))
    if not paths:
        return
    more = f" and {len(paths) - MOST_FIRST} more" if len(paths) > MOST_FIRST else ""
    asks = f"; `mlpolicy ask {decision.manifest_path}` asks what matters, in order"
    where = asks if decision.manifest_path not in ("", "-") else ""
    yield "  ", f"state first: {', '.join(map(str, paths[:MOST_FIRST]))}{more}{where}"


def _hindrance(found: Hindrance | None) -> str:
    """What keeps the outcome from being decided, as it is named; empty where nothing does."""
    match found:
        case Gap.NEVER:
            return "the answer"
        case Gap.POLICY:
            return "what the policy leaves open"
        case FieldPath() | Place():
            return str(found)
        case None:
            return ""
        case _:
            assert_never(found)


def _errs(answer: WhyNot) -> bool:
    return answer.stands.status is Status.ERROR


def _stands(stands: Stands, titles: Titles | None = None) -> str:
    """How it stands today, in a few words; with `titles`, as people call the answer."""
    if stands.rule is not None:
        return stands.rule.value
    assert stands.status is not None
    if stands.error is not None:
        return f"in error: {notices.fault_text(stands.error)}"
    status = stands.status.value
    if titles is not None and stands.shown:
        return f"{titled.outcome(stands.shown, titles)} ({status})"
    return " ".join(dict.fromkeys(word for word in (status, stands.shown) if word))


#: A condition that is one name, perhaps with a `not` before it: it is asked by its title.
_SIMPLE = re.compile(r"(?P<turned>not )?(?:any )?(?P<name>\w+)")


def _asked(turn: Turn, titles: Titles) -> str:
    """A condition of the path as its question with the answer, where the policy has one; else the
    condition itself, and what it came to."""
    found = _SIMPLE.fullmatch(turn.condition)
    title = titles.values.get(found["name"]) if found is not None else None
    if found is None or title is None:
        return f"`{turn.condition}`: {turn.came_to.value}"
    came_to = turn.came_to
    if found["turned"] and came_to is not UNKNOWN:
        came_to = NO if came_to is YES else YES
    reply = "not known" if came_to is UNKNOWN else came_to.value
    return f"{title}{'' if title.endswith('?') else ':'} {reply}"


def _turns(answer: WhyNot, titles: Titles) -> Lines:
    if not answer.turns:
        return
    *before, last = answer.turns
    if not last.last:
        before, last = list(answer.turns), None  # type: ignore[assignment]
    if last is not None:
        at = f"  {cyan(str(last.at))}" if last.at is not None else ""
        yield "  ", f"the path turned away at: {_asked(last, titles)}{at}"
        for step in last.values:
            yield "    ", _fact(step, titles)
        if last.facts:
            named = either([str(path) for path in last.facts])
            yield "    ", f"it would need another {named}, {_NO_CHOICE}"
    if before:
        yield (
            "  ",
            "it would also be reached by another answer to:"
            if last
            else ("it would be reached by another answer to:"),
        )
        for turn in before:
            yield "    ", _asked(turn, titles)


def _fact(step: Step, titles: Titles) -> str:
    """A fact or a comparison in the policy's titles, with the place of what is stated."""
    if step.kind is StepKind.INPUT and step.name.partition("(")[0] in titles.values:
        said, at = reasons.input_fact(step, titles)
        return f"{said} [{at}]" if at is not None else said
    return reasons.fact(step, titles) or words.stated(step)


def _found(answer: WhyNot, titles: Titles) -> Lines:
    silences = answer.question is Wanted.SILENCE
    wanted = "" if silences else titled.outcome(answer.wanted, titles)
    goal = "silences it" if silences else f"makes the answer {wanted}, decided"
    match answer.proof:
        case Proof.FOUND:
            one = len(answer.changes) == 1
            if answer.size == 1:
                yield "  ", green("This does it:" if one else "Any one of these changes does it:")
            else:
                fields = _COUNT[answer.size]
                lead = "These" if one else "Any of these sets of"
                does = "do" if one else "does"
                yield "  ", green(f"{lead} {fields} together {does} it; no fewer do:")
        case Proof.PROVISIONAL:
            why = f" while {_hindrance(answer.open_for)} is unknown" if answer.open_for else ""
            known = "No change of up to three fields" if not why else "No change"
            most = "No change was found that" if answer.untold else known
            yield "  ", yellow(f"{most} {goal}{why}. Provisionally:")
        case Proof.HINDERED:
            yield (
                "  ",
                yellow(
                    f"No change to the editable fields {goal} while "
                    f"{_hindrance(answer.open_for)} is unknown."
                ),
            )
        case Proof.IMPOSSIBLE:
            proved = "this is proved for every value of all of them together"
            if not answer.asked:
                proved = "none of them is read for it"
            yield "  ", yellow(f"No change to the editable fields {goal}: {proved}.")
        case Proof.MORE:
            yield "  ", yellow(f"No change of up to three fields {goal}. It takes more than that.")
        case Proof.UNTOLD if _errs(answer):
            yield (
                "  ",
                yellow("Nothing is told of changes while that error stands: correct it first."),
            )
        case Proof.UNTOLD:
            yield (
                "  ",
                yellow(
                    f"No change of up to three fields was found that {goal}, and it is not proved "
                    "that there is none."
                ),
            )
        case _:
            return


def _change(change: Change, answer: WhyNot, decision: Decision) -> Lines:
    for number, setting in enumerate(change.settings):
        lead = "- " if number == 0 else "  "
        yield "    ", f"{lead}{_setting(setting)}"
    found = difference(decision, change.after)
    brings = list(_brings(found, answer))
    if brings:
        yield "      ", dim("brings: " + "; ".join(brings))


def _setting(setting: Setting) -> str:
    whose = f" of {setting.workload}" if setting.workload else ""
    now = f" (now {setting.before})" if setting.before else " (not stated today)"
    verb = "change" if setting.before else "state"
    exact = setting.region == f"exactly {setting.shown}"
    if setting.region in ("", setting.shown) or exact:
        return f"{verb} {bold(str(setting.path))}{whose}{now} to {setting.shown}"
    least = "" if setting.exact else " at least"
    return (
        f"{verb} {bold(str(setting.path))}{whose}{now}: {setting.region}{least and ' (at least)'}, "
        f"nearest {setting.shown}"
    )


def _brings(found: Difference, answer: WhyNot) -> Iterator[str]:
    """What else it leads to."""
    for workload in found.workloads:
        expected = answer.question is Wanted.OUTCOME and workload.name == answer.workload
        if workload.before != workload.after and not expected:
            yield f"{workload.name}: {workload.before} -> {workload.after}"
    turned = [*((f, "") for f in found.new), *found.turned]
    fired = [f for f, _ in turned if f.state is RuleState.FIRED and f.rule != answer.wanted]
    if fired:
        yield "fires " + ", ".join(f"{f.rule} ({_whose(f)}{f.level})" for f in fired)
    waiting = [f for f, _ in turned if f.state is RuleState.WAITING]
    if waiting:
        levels = [f"{sum(f.level == level for f in waiting)} {level}" for level in LEVELS]
        yield f"left waiting: {', '.join(text for text in levels if text[0] != '0')}"
    others = [f for f in found.gone if f.rule != answer.wanted]
    if others:
        yield "no longer: " + ", ".join(dict.fromkeys(f.rule for f in others))
    if found.verdict_before != found.verdict_after:
        yield f"verdict {found.verdict_before} -> {found.verdict_after}"


def _whose(finding: Finding) -> str:
    return f"{finding.workload}, " if finding.workload else ""


#: How many of the fields that were tried are named.
_TRIED = 6


def _tried(answer: WhyNot) -> Lines:
    """What was tried in vain; and where to look for what stands in the way, where no step of the
    path tells it."""
    if answer.proof not in (Proof.UNTOLD, Proof.MORE) or _errs(answer):
        return
    if answer.asked:
        named = ", ".join(map(str, answer.asked[:_TRIED]))
        left = len(answer.asked) - _TRIED
        more = f" and {left} more" if left > 0 else ""
        yield "  ", f"tried, alone and up to three together: {named}{more}"
    if answer.question is Wanted.SILENCE:
        whose = f" --of {answer.workload}" if answer.workload else ""
        yield "  ", f"what stands in the way: `mlpolicy explain --rule {answer.wanted}{whose}`"


def _rest(answer: WhyNot) -> Lines:
    if answer.untold and not _errs(answer):
        few = answer.untold[:2]
        sets = ", or of ".join(" with ".join(map(str, paths)) for paths in few)
        more = len(answer.untold) - len(few)
        tail = f"; nor of {more} more sets of fields" if more > 1 else ""
        tail = tail or ("; nor of 1 more set of fields" if more else "")
        yield "  ", dim(f"not worked out to the end: whether a change of {sets} does it{tail}")
    for fact in answer.facts:
        whose = f" of {fact.workload}" if fact.workload else ""
        now = f" (now {fact.before})" if fact.before else " (not stated today)"
        yield "  ", f"it would need {fact.path}{whose}{now} to be {fact.shown}, {_NO_CHOICE}"
    for path, ask in answer.settling:
        question = f": {ask_text(ask)}" if ask else ""
        yield "  ", f"the answer is not final, and this would settle it: {path}{question}"
    for path, reply, ask in answer.evidence:
        question = f" ({ask_text(ask)})" if ask else ""
        yield (
            "  ",
            f"evidence, not a change: {path} {replies_text(reply)} would make it so{question}",
        )


def why_not_value(answers: Sequence[WhyNot], decision: Decision) -> Json:
    """The same as values."""
    return {**_document("why-not", decision), "answers": [_answer(a, decision) for a in answers]}


def _document(question: str, decision: Decision) -> dict[str, Json]:
    policy = decision.policy
    return {
        "schema": SCHEMA,
        "question": question,
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "digest": policy.digest,
            "extensions": [
                {"name": each.name, "version": each.version, "digest": each.digest}
                for each in policy.extensions
            ],
        },
        "manifest": {
            "path": decision.manifest_path,
            "digest": decision.manifest_digest,
            "name": decision.manifest_name,
        },
        "as_of": decision.as_of,
    }


def _answer(answer: WhyNot, decision: Decision) -> Json:
    return {
        "workload": answer.workload,
        "asked_for": answer.question,
        "wanted": answer.wanted,
        "stands": _stands(answer.stands),
        "turned_away": [_turn(turn) for turn in answer.turns],
        "proof": answer.proof.value,
        "fields": answer.size,
        "changes": [_change_value(change, decision) for change in answer.changes],
        "complete": answer.complete,
        "untold": [list(map(str, paths)) for paths in answer.untold],
        "open_for": _hindrance(answer.open_for) or None,
        "considered": [str(path) for path in answer.asked],
        "facts": [
            {
                "path": str(fact.path),
                "workload": fact.workload,
                "before": fact.before,
                "value": _plain(fact.value),
                "shown": fact.shown,
            }
            for fact in answer.facts
        ],
        "settling": [{"path": str(path), "ask": ask_text(ask)} for path, ask in answer.settling],
        "evidence": [
            {"path": str(path), "answer": replies_text(reply), "ask": ask_text(ask)}
            for path, reply, ask in answer.evidence
        ],
    }


def _turn(turn: Turn) -> Json:
    at = turn.at
    return {
        "condition": turn.condition,
        "came_to": turn.came_to.value,
        "values": [words.stated(step) for step in turn.values],
        "last": turn.last,
        "facts": list(map(str, turn.facts)),
        "at": {"file": at.file, "line": at.line, "column": at.column} if at else None,
    }


def _change_value(change: Change, decision: Decision) -> Json:
    return {
        "set": [
            {
                "path": str(s.path),
                "workload": s.workload,
                "before": s.before,
                "value": _plain(s.value),
                "shown": s.shown,
                "region": s.region,
                "exact": s.exact,
            }
            for s in change.settings
        ],
        "brings": _difference_value(difference(decision, change.after)),
    }


def _plain(value: object) -> Json:
    match value:
        case None:
            return "unknown"
        case bool() | str():
            return value
        case Fraction():
            return value
        case Estimate():
            return {"low": value.low, "high": value.high}
        case tuple():
            return [str(item) for item in value]
        case _:
            return str(value)


# ── --what-if ────────────────────────────────────────────────────────────────────────────


def what_if_text(
    found: Difference,
    stated: Sequence[tuple[str, str]],
    before: Decision,
    after: Decision,
    *,
    full: bool = False,
    width: int = 100,
    color: bool = False,
) -> str:
    """What would become of it, for a person: what changes in answers, costs and findings; in
    `full`, all that would stand otherwise."""
    said = ", ".join(f"{path} = {value}" for path, value in stated)
    lines = [*wrap(f"if the manifest stated {bold(said)}", width, "", "  "), ""]
    if found.none:
        lines.append("  Nothing would be different.")
        return finish("\n".join(lines) + "\n", color=color)
    told = list(_effects(found, before, after, width))
    lines += told or wrap("Answers, costs and findings stay as they are.", width, "  ")
    if full:
        lines += ["", bold("all that would stand otherwise")]
        for indent, text in _otherwise(found, before):
            lines += wrap(text, width, indent, f"{indent}  ")
    elif _more(found, before, after):
        lines += ["", *wrap(dim("what else would stand otherwise: --full"), width, "", "  ")]
    lines += ["", *wrap(_head(before), width, "", "  ")]
    return finish("\n".join(lines) + "\n", color=color)


def _effects(found: Difference, before: Decision, after: Decision, width: int) -> Iterator[str]:
    """What changes in answers, costs and findings, a line for each."""
    many = len(before.workloads) > 1
    for was, now in zip(before.workloads, after.workloads, strict=True):
        lines = [*_answers(was, now, before, after), *_totals(was, now)]
        if many and lines:
            yield f"  {bold(was.name)}"
        for label, text in lines:
            yield from wrap(text, width, f"  {pad(label, _LABEL)}", " " * (_LABEL + 4))
    if found.verdict_before != found.verdict_after:
        text = f"{found.verdict_before} -> {bold(found.verdict_after)}"
        yield from wrap(text, width, f"  {pad('verdict', _LABEL)}")
    for sign, findings in (("new", _fired_now(found)), ("gone", _fired_before(found))):
        for finding in findings:
            whose = f"{finding.workload}: " if many and finding.workload else ""
            text = f"{finding.level.value}  {whose}{notices.say(finding)}  {dim(finding.rule)}"
            yield from wrap(text, width, f"  {pad(sign, _LABEL)}", " " * (_LABEL + 4))


def _answers(
    was: WorkloadDecision, now: WorkloadDecision, before: Decision, after: Decision
) -> Iterator[tuple[str, str]]:
    one, other = answer_of(was, before.titles), answer_of(now, after.titles)
    if one != other:
        yield "answer", f"{one} ({was.status.value}) -> {bold(other)} ({now.status.value})"
    elif was.status is not now.status:
        yield "answer", f"{one}: {was.status.value} -> {bold(now.status.value)}"


def _totals(was: WorkloadDecision, now: WorkloadDecision) -> Iterator[tuple[str, str]]:
    """`225,000.00 -> 294,000.00 EUR over 24 months, +69,000.00`: what the answer costs."""
    first, then = (next(iter(ledger.ledgers(each)), None) for each in (was, now))
    if first is None or then is None:
        if then is not None:
            yield "cost", f"{ledger.total(then)} {then.currency}{_over(then)}"
        return
    if (first.low, first.high, first.months) == (then.low, then.high, then.months):
        return
    spans = _over(first) if first.months != then.months else ""
    text = (
        f"{ledger.total(first)}{spans} -> {bold(ledger.total(then))} {then.currency}{_over(then)}"
    )
    low, high = (
        b - a if a is not None and b is not None else None
        for a, b in ((first.low, then.low), (first.high, then.high))
    )
    if low is not None and low == high and not first.missing and not then.missing:
        text += f", {'+' if low > 0 else ''}{_money(low)}"
    yield "cost", text


def _over(cost: Cost) -> str:
    return f" over {decimal_text(cost.months)} months" if cost.months is not None else ""


def _fired_now(found: Difference) -> list[Finding]:
    turned = [finding for finding, _ in found.turned]
    return [f for f in (*found.new, *turned) if f.state is RuleState.FIRED]


def _fired_before(found: Difference) -> list[Finding]:
    """What fired before and does so no more; of what is told otherwise now, as it is told now."""
    turned = [f for f, was in found.turned if was == RuleState.FIRED.value]
    return [*(f for f in found.gone if f.state is RuleState.FIRED), *turned]


def _more(found: Difference, before: Decision, after: Decision) -> bool:
    """Does more stand otherwise than answers, costs and findings?"""
    silent = [
        *(f for f in (*found.new, *found.gone) if f.state is not RuleState.FIRED),
        *(f for f, was in found.turned if RuleState.FIRED.value not in (was, f.state.value)),
    ]
    return bool(silent) or any(
        w.duties or w.costs or w.possible_before != w.possible_after for w in found.workloads
    )


def _otherwise(found: Difference, before: Decision) -> Lines:
    for workload in found.workloads:
        if workload.differs:
            yield from _workload(workload)
    for title, findings in (("checks that are gone", found.gone), ("new checks", found.new)):
        if findings:
            yield "  ", f"{title}:"
            yield from (("    ", _finding(f, before.titles)) for f in findings)
    if found.turned:
        yield "  ", "checks that stand otherwise:"
        for finding, was in found.turned:
            yield "    ", f"{_finding(finding, before.titles)} (was {was})"


def _finding(finding: Finding, titles: Titles) -> str:
    """A finding with its sentence; of what waits, whose sentence may have holes, its title."""
    whose = f"{finding.workload}: " if finding.workload else ""
    waits = finding.state is RuleState.WAITING
    said = titles.finding(finding.rule) if waits else notices.say(finding)
    return f"{finding.state.value} ({finding.level.value})  {whose}{said}  {finding.rule}"


def _workload(workload: WorkloadChange) -> Lines:
    yield "  ", bold(workload.name)
    if workload.before != workload.after:
        yield "    ", f"{workload.before} -> {bold(workload.after)}"
    else:
        yield "    ", f"{workload.before}, as before"
    if workload.error is not None:
        yield "    ", yellow(notices.fault_text(workload.error))
    if workload.possible_before != workload.possible_after:
        before = " | ".join(workload.possible_before) or "nothing"
        after = " | ".join(workload.possible_after) or "nothing"
        yield "    ", f"possible: {before} -> {after}"
    for name, was, now in workload.duties:
        yield "    ", f"obligation {name}: {was or 'not owed'} -> {now or 'not owed'}"
    for cost in workload.costs:
        yield "    ", _cost(cost)


def _cost(cost: CostChange) -> str:
    of = f"({cost.outcome})" if cost.outcome else ""
    before, after = (_range(ends, cost.currency) for ends in (cost.before, cost.after))
    text = f"{cost.formula}{of}: {before} -> {after}"
    low, high = cost.by
    if low is None and high is None:
        return text
    if low == high or high is None or low is None:
        only = low if low is not None else high
        assert only is not None
        return f"{text} ({_signed(only, cost.currency)})"
    return f"{text} ({_signed(low, cost.currency)} .. {_signed(high, cost.currency)})"


def _signed(amount: Fraction, currency: str) -> str:
    sign = "+" if amount > 0 else ""
    return f"{sign}{_money(amount)} {currency}" if amount else "no difference"


def _range(ends: tuple[Fraction | None, Fraction | None], currency: str) -> str:
    low, high = ends
    if low is None and high is None:
        return "not told"
    if high is None:
        assert low is not None
        return f"at least {_money(low)} {currency}"
    if low is None:
        return f"at most {_money(high)} {currency}"
    return (
        f"{_money(low)} {currency}"
        if low == high
        else f"{_money(low)} .. {_money(high)} {currency}"
    )


def _money(amount: Fraction) -> str:
    return decimal_text(amount, 2)


def what_if_value(
    found: Difference, stated: Sequence[tuple[str, str]], before: Decision, after: Decision
) -> Json:
    """The same as values."""
    return {
        **_document("what-if", before),
        "stated": [{"path": path, "value": value} for path, value in stated],
        "manifest_after": {"digest": after.manifest_digest},
        "difference": _difference_value(found),
    }


def _difference_value(found: Difference) -> Json:
    return {
        "verdict": {"before": found.verdict_before, "after": found.verdict_after},
        "workloads": [
            {
                "name": w.name,
                "answer": {"before": w.before, "after": w.after},
                "possible": {"before": list(w.possible_before), "after": list(w.possible_after)},
                "obligations": [
                    {"id": name, "before": was or None, "after": now or None}
                    for name, was, now in w.duties
                ],
                "costs": [_cost_value(cost) for cost in w.costs],
            }
            for w in found.workloads
            if w.differs
        ],
        "gone": [_finding_value(f) for f in found.gone],
        "new": [_finding_value(f) for f in found.new],
        "turned": [{**_finding_value(f), "before": before} for f, before in found.turned],
    }


def _finding_value(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "state": finding.state,
        "workload": finding.workload,
        "say": notices.say(finding),
    }


def _cost_value(cost: CostChange) -> Json:
    def ends(pair: tuple[Fraction | None, Fraction | None]) -> Json:
        low, high = pair
        return {"low": _decimal(low), "high": _decimal(high)}

    return {
        "formula": cost.formula,
        "outcome": cost.outcome,
        "currency": cost.currency,
        "before": ends(cost.before),
        "after": ends(cost.after),
        "by": ends(cost.by),
    }


def _decimal(amount: Fraction | None) -> str | None:
    return None if amount is None else decimal_text(amount, 2, grouped=False)


# ── --break-even ─────────────────────────────────────────────────────────────────────────


def break_even_text(
    found: BreakEven, decision: Decision, *, width: int = 100, color: bool = False
) -> str:
    """Where costs cross, for a person."""
    lines: list[tuple[str, str]] = [("", _head(decision))]
    now = f" (now {found.today})" if found.today else " (not stated today)"
    lines.append(("", f"{bold(found.workload)}  break-even along {bold(str(found.path))}{now}"))
    if not found.pairs:
        lines.append(("  ", "No two outcomes have a cost here that could be compared."))
    formula: str | None = None
    untold: dict[str, dict[str, list[str]]] = {}
    for pair in found.pairs:
        if all(side.cheaper is None for side in pair.sides):
            both = f"{pair.first} and {pair.second}"
            formulas = untold.setdefault(_why_untold(pair), {}).setdefault(both, [])
            formulas.extend([pair.formula] if pair.formula else [])
            continue
        if pair.formula != formula:
            formula = pair.formula
            lines.extend((("", ""), ("  ", f"by {formula}")) if formula else (("", ""),))
        lines.extend(("    " if formula else "  ", line) for line in _pair(pair, found))
    if untold:
        lines.append(("", ""))
    for why, pairs in untold.items():
        told = "; ".join(
            f"{both} (by {' and '.join(names)})" if names else both for both, names in pairs.items()
        )
        lines.append(("  ", f"{why}: {told}"))
    return _told(lines, width, color)


def _why_untold(pair: Pair) -> str:
    if pair.unlimited:
        have = "has" if len(pair.unlimited) == 1 else "have"
        return f"not told, {' and '.join(pair.unlimited)} {have} no limit here"
    paths = [need for need in pair.needs if isinstance(need, FieldPath)]
    if paths:
        few = ", ".join(map(str, paths[:MOST_NEEDS]))
        more = len(paths) - MOST_NEEDS
        return f"not told, state first {few}{f' and {more} more' if more > 0 else ''}"
    if pair.needs:
        return f"not told, the policy itself does not know {', '.join(map(str, pair.needs))}"
    if pair.unsaid:
        return f"not told, neither the policy nor any field says {' or '.join(pair.unsaid)}"
    if pair.answering:
        return "not told, it hangs on the answer, which is open"
    return "not told, for want of what the policy itself does not know"


def _pair(pair: Pair, found: BreakEven) -> Iterator[str]:
    both = f"{pair.first} and {pair.second}"
    less = "cheaper" if pair.formula else "less"
    if len(pair.sides) == 1:
        side = pair.sides[0]
        if side.cheaper == EQUAL:
            yield f"{both} {_same(pair)} at any number"
        else:
            other = pair.second if side.cheaper == pair.first else pair.first
            yield f"{side.cheaper} is always {less} than {other}"
        return
    first, *inner, last = pair.sides
    if len(pair.sides) <= MOST_SIDES:
        for side in pair.sides:
            yield _side(side, pair)
    else:
        yield _side(first, pair)
        unit = several(found.unit)
        places = f"from {_number(inner[0].low)} to {_number(inner[-1].high)} {unit}".rstrip()
        often = sum(side.cheaper is not None for side in inner)
        untold = ", not all told" if any(side.cheaper is None for side in inner) else ""
        yield f"{places}: now one, now the other, {often} times{untold} (each in `--format json`)"
        yield _side(last, pair)
    stated = {side.low for side in pair.sides if side.cheaper == EQUAL and side.low == side.high}
    further = [at for at in pair.even if at not in stated]
    if 0 < len(further) <= MOST_SIDES and len(pair.sides) <= MOST_SIDES:
        places = ", ".join(_number(at) for at in further)
        yield dim(f"{_what(pair)} meet at {places} {several(found.unit)}".rstrip())


def _side(side: Side, pair: Pair) -> str:
    if side.cheaper is None:
        known = not (pair.needs or pair.unlimited or pair.unsaid or pair.answering)
        return f"{side.where}: {'could not be told' if known else _why_untold(pair)}"
    if side.cheaper == EQUAL:
        return f"{side.where}: {pair.first} and {pair.second} {_same(pair)}"
    other = pair.second if side.cheaper == pair.first else pair.first
    less = "cheaper" if pair.formula else "less"
    return f"{bold(side.cheaper)} is {less} than {other} {side.where}"


def _same(pair: Pair) -> str:
    return "cost the same" if pair.formula else "come to the same"


def _what(pair: Pair) -> str:
    return "the costs" if pair.formula else "they"


def _number(number: Fraction) -> str:
    places = finite_places(number)
    if places is not None and places <= 12:
        return decimal_text(number, places)
    return f"{number.numerator}/{number.denominator} (about {decimal_text(number)})"


def break_even_value(found: BreakEven, decision: Decision) -> Json:
    """The same as values."""
    return {
        **_document("break-even", decision),
        "workload": found.workload,
        "path": str(found.path),
        "unit": found.unit,
        "today": found.today,
        "pairs": [
            {
                "formula": pair.formula or None,
                "outcomes": [pair.first, pair.second] if pair.formula else None,
                "between": [pair.first, pair.second],
                "unit": pair.unit,
                "sides": [
                    {
                        "where": side.where,
                        "low": side.low,
                        "high": side.high,
                        "cheaper": side.cheaper or None,
                        "told": side.cheaper is not None,
                    }
                    for side in pair.sides
                ],
                "even": [
                    {"numerator": str(at.numerator), "denominator": str(at.denominator)}
                    for at in pair.even
                ],
                "needs": list(map(str, pair.needs)),
                "unlimited": list(pair.unlimited),
                "unsaid": list(pair.unsaid),
                "rests_on_answer": pair.answering,
            }
            for pair in found.pairs
        ],
    }


__all__ = [
    "break_even_text",
    "break_even_value",
    "what_if_text",
    "what_if_value",
    "why_not_text",
    "why_not_value",
]
