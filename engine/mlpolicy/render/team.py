"""What a project team needs of a decision, on two screens: answers, costs, what to do next.

A table of the workloads; then the actions, the gravest first and each once with the workloads
that it is about: what is found with its fix, what is owed, which questions settle an answer,
and which figures to state. What does not fit is counted, with the command that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.core.decision import Decision, Finding, WorkloadDecision
from mlpolicy.core.paths import Need
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import FIRM, PLAIN, DutyState, Level, RuleState, Status
from mlpolicy.render import ledger, notices, settle
from mlpolicy.render.findings import Told, by_rule, shared, waiting
from mlpolicy.render.places import either, gathered
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.style import bold, columns, cyan, dim, green, pad, red, wrap, yellow

_LABEL = 9
_VARIANTS = 2
_QUESTIONS = 6
_FACTS = 12
_MISSING = 5


def team(decision: Decision, workload: str | None, width: int, room: int) -> list[str]:
    """The page below its head, for all workloads or for one, in as many lines as there is
    `room` for; of the actions, one is always told."""
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    groups = [group for group in by_rule(found) if group.state is not RuleState.WAIVED]
    waived = [_waived(group, width) for group in by_rule(found) if group.state is RuleState.WAIVED]
    grave = [_finding(group, width) for group in groups if group.level is not Level.ADVISE]
    advice = [_finding(group, width) for group in groups if group.level is Level.ADVISE]
    actions = [*grave, *_owed(shown, found, width), *waived, *advice]
    table = _table(shown, width)
    rows = [*_questions(shown, width), *_facts(shown, found, width)]
    name = f" --workload {workload}" if workload else ""
    command = f"mlpolicy explain {decision.manifest_path}{name}"
    last = wrap(f"all of it, with the reasons: {command}", width, "", "  ")
    # The empty lines, the title of the actions and how many are left besides.
    taken = len(table) + sum(map(len, rows)) + len(last) + 5
    fit, left = _fitting(actions, room - taken)
    lines = [*table, ""]
    if fit:
        lines += ["do next", *(line for block in fit for line in block)]
        if left:
            lines.append(f"  and {left} more action{'' if left == 1 else 's'}")
        lines.append("")
    return [*lines, *(line for block in rows for line in block), "", *last]


def _fitting(blocks: Sequence[list[str]], room: int) -> tuple[list[list[str]], int]:
    """As many of the first blocks as there is room for, one at least; how many are left."""
    fit: list[list[str]] = []
    for block in blocks:
        room -= len(block)
        if room < 0 and fit:
            break
        fit.append(block)
    return fit, len(blocks) - len(fit)


# ── The table ────────────────────────────────────────────────────────────────────────────


def _table(workloads: Sequence[WorkloadDecision], width: int) -> list[str]:
    """A row for each workload: its answer, how firm that is, what it costs; and why."""
    priced = any(ledger.ledgers(each) for each in workloads)
    head = ("workload", "answer", "", costs_head(workloads) if priced else "")
    rows = [(e.name, answer_of(e), _status(e), cost_of(e, workloads)) for e in workloads]
    wide = [max(columns(row[n]) for row in (head, *rows)) for n in range(3)]
    lines = []
    for number, row in enumerate((head, *rows)):
        cells = [pad(cell, size) for cell, size in zip(row, wide, strict=False)]
        line = "  ".join([*cells, row[3]]).rstrip()
        if columns(line) <= width:
            lines.append(bold(line) if number == 0 else line)
        else:
            lines += wrap("  ".join(part for part in row if part), width, "", "    ")
        if number:
            why = workloads[number - 1]
            reasons = why.choice.because if why.choice else ()
            may = settle.may_become(why)
            said = "; ".join([*reasons, *([may] if may else [])])
            lines += wrap(dim(said), width, "    ") if said else []
    return lines


def answer_of(workload: WorkloadDecision) -> str:
    """`ai_service (comprehend, pretrained)`; without an answer, why, or which are possible."""
    choice = workload.choice
    if choice is None:
        if workload.error is not None:
            return notices.fault_text(workload.error)
        return workload.hold or either(settle.possible(workload)) or "no answer"
    named = [value for _, value in choice.attributes if value is not None]
    status = choice.status if choice.status not in PLAIN else ""
    outcome = choice.outcome or "infeasible"
    parts = [*(named if choice.outcome else ()), *([status] if status else [])]
    return f"{outcome} ({', '.join(parts)})" if parts else outcome


def _status(workload: WorkloadDecision) -> str:
    grave = (Status.INFEASIBLE, Status.ERROR)
    paint = (
        red if workload.status in grave else {Status.DECIDED: green}.get(workload.status, yellow)
    )
    return paint(workload.status.value)


def _months(workloads: Sequence[WorkloadDecision]) -> str:
    """The span that all costs are for, where it is one: ` over 24 months`."""
    spans = {cost.months for each in workloads for cost in ledger.ledgers(each)}
    months = next(iter(spans)) if len(spans) == 1 else None
    return f" over {decimal_text(months)} months" if months is not None else ""


def costs_head(workloads: Sequence[WorkloadDecision]) -> str:
    """The head of the column of costs."""
    return f"cost{_months(workloads)}, USD"


def cost_of(workload: WorkloadDecision, workloads: Sequence[WorkloadDecision]) -> str:
    """What the answer costs, in a column for all of these workloads."""
    for cost in ledger.ledgers(workload):
        spans = not _months(workloads) and cost.months is not None
        over = f" over {decimal_text(cost.months)} months" if spans and cost.months else ""
        return f"{ledger.total(cost)}{over}"
    return ""


# ── What to do ───────────────────────────────────────────────────────────────────────────


def _finding(group: Told, width: int) -> list[str]:
    """Whom it is about, what is the matter, how to mend it."""
    paint = {"block": red, "warn": yellow}.get(group.level, cyan)
    subjects = group.subjects
    lines = wrap(
        f"{bold(group.rule)}  {', '.join(subjects)}",
        width,
        f"  {paint(pad(group.level.upper(), _LABEL - 2))}",
        " " * _LABEL,
    )
    of = [(f.workload or "project", f) for f in group.findings]
    lines += _variants([(name, notices.say(f)) for name, f in of], subjects, "", width)
    return lines + _variants([(name, notices.fix(f)) for name, f in of], subjects, "fix: ", width)


def _waived(group: Told, width: int) -> list[str]:
    """What is accepted, and until when."""
    lines = wrap(
        f"{bold(group.rule)}  {', '.join(group.subjects)}",
        width,
        f"  {dim(pad('waived', _LABEL - 2))}",
        " " * _LABEL,
    )
    by = [
        (f.workload or "project", f"{f.waiver.id}, until {f.waiver.expires_on}: {f.waiver.reason}")
        for f in group.findings
        if f.waiver is not None
    ]
    return lines + _variants(by, group.subjects, "", width)


def _variants(
    parts: Sequence[tuple[str, str]], subjects: tuple[str, ...], lead: str, width: int
) -> list[str]:
    lines: list[str] = []
    texts = shared(parts)
    for names, text in texts[:_VARIANTS]:
        whose = "" if names == subjects else f"{', '.join(names)}: "
        first = " " * _LABEL + (green(lead) if lead else "") + whose
        lines += wrap(text, width, first, " " * _LABEL + "  ")
    more = sum(len(names) for names, _ in texts[_VARIANTS:])
    return [*lines, f"{' ' * _LABEL}and {more} more like it"] if more else lines


def _owed(
    workloads: Sequence[WorkloadDecision], findings: Sequence[Finding], width: int
) -> list[list[str]]:
    """What is owed and not overdue yet (of that there is a finding), one block for each duty."""
    blocks = []
    for id, parts in owed(workloads, findings).items():
        subjects = tuple(dict.fromkeys(name for name, _ in parts))
        lines = wrap(
            f"{bold(id)}  {', '.join(subjects)}",
            width,
            f"  {yellow(pad('owed', _LABEL - 2))}",
            " " * _LABEL,
        )
        blocks.append([*lines, *_variants(parts, subjects, "", width)])
    return blocks


def owed(
    workloads: Sequence[WorkloadDecision], findings: Sequence[Finding]
) -> dict[str, list[tuple[str, str]]]:
    """The duties that are owed and that no finding tells yet: each with the workloads that owe
    it and what it asks of them."""
    told = {
        (finding.rule, finding.workload) for finding in findings if finding.state is RuleState.FIRED
    }
    duties: dict[str, list[tuple[str, str]]] = {}
    for workload in workloads:
        for duty in workload.obligations:
            if duty.state is DutyState.OWED and (duty.id, workload.name) not in told:
                duties.setdefault(duty.id, []).append((workload.name, duty.text))
    return duties


def _questions(workloads: Sequence[WorkloadDecision], width: int) -> list[list[str]]:
    """The most telling question of each answer that is not firm, with what it settles."""
    asked: dict[str, list[str]] = {}
    texts: dict[str, tuple[str, str]] = {}
    for workload in workloads:
        ranked = settle.ranked(workload)
        if workload.status in FIRM or not ranked:
            continue
        first = ranked[0]
        name = settle.question(first)
        asked.setdefault(name, []).append(workload.name)
        now = settle.possible(workload)
        telling = len({split.possible for split in first.when}) > 1
        answers = [
            f"{replies_text(split.answer)}{settle.leaves(split.possible, now)}"
            for split in first.when
        ]
        beside = f" ({settle.given(first)})" if first.given else ""
        texts.setdefault(
            name, (ask_text(first.ask), f"{'; '.join(answers)}{beside}" if telling else "")
        )
    if not asked:
        return []
    lines = ["what settles it"]
    for name in list(asked)[:_QUESTIONS]:
        ask, answers_ = texts[name]
        told = f"{bold(name)} ({', '.join(asked[name])}){f'  {ask}' if ask else ''}"
        lines += wrap(told, width, "  ", "      ")
        if answers_ and len(asked[name]) == 1:
            lines += wrap(answers_, width, "    ", "      ")
    more = len(asked) - _QUESTIONS
    if more > 0:
        lines.append(f"  and {more} more question{'' if more == 1 else 's'}")
    return [[*lines, ""]]


def _facts(
    workloads: Sequence[WorkloadDecision], findings: Sequence[Finding], width: int
) -> list[list[str]]:
    """The figures without which there is no total, and the facts that rules wait for."""
    blocks = []
    costs: dict[tuple[tuple[Need, ...], str], list[str]] = {}
    for workload in workloads:
        for cost in ledger.ledgers(workload):
            if cost.missing:
                costs.setdefault((cost.missing, ""), []).append(workload.name)
            elif cost.uncertain:
                key = (cost.uncertain[0].needs, " more exactly")
                costs.setdefault(key, []).append(workload.name)
    if costs:
        lines = ["state, to know the costs"]
        for (paths, how), names in costs.items():
            more = f" and {len(paths) - _MISSING} more" if len(paths) > _MISSING else ""
            what = f"{gathered(paths[:_MISSING])}{more}{how}"
            lines += wrap(f"{what} ({', '.join(names)})", width, "  ", "    ")
        blocks.append([*lines, ""])
    groups, advice = waiting(findings)
    number = advice + sum(len(names) for rules in groups.values() for names in rules.values())
    counts: dict[Need, int] = {}
    for needs, rules in groups.items():
        for need in needs:
            counts[need] = counts.get(need, 0) + sum(map(len, rules.values()))
    told = sorted(counts, key=lambda need: -counts[need])
    if number:
        head = f"{number} rule{'' if number == 1 else 's'} could not be judged yet"
        most = f"; most wait for: {gathered(tuple(told[:_FACTS]))}" if told else ""
        blocks.append(wrap(f"{head}{most}", width, "", "  "))
    return blocks
