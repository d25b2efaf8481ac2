"""What a project team needs of a decision, on two screens: the answers and what they cost, what
stops it and how to fix that, what to do next, why, and on what the answers rest.

What is printed speaks in the policy's titles; identifiers stand at the end of a line, for the
commands that take them. Of the actions, the gravest first and each once with the workloads that
it is about. What does not fit is counted, with the command that shows it. Of several manifests each
has a few lines (`in_brief`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mlpolicy.core.decision import Decision, Finding, WorkloadDecision
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import DutyState, Level, RuleState, Status
from mlpolicy.core.titles import Titles
from mlpolicy.explain.ranking import ranked
from mlpolicy.render import figures, ledger, notices, premises, settle, titled
from mlpolicy.render.check import answer_rows
from mlpolicy.render.findings import Told, by_rule, shared, waits
from mlpolicy.render.places import either, lacking, told
from mlpolicy.render.reasons import Asked, Reply, asked, deciding
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.style import (
    Cell,
    bold,
    columns,
    cyan,
    dim,
    green,
    pad,
    red,
    table,
    wrap,
    yellow,
)

_LABEL = 9
_VARIANTS = 2
_QUESTIONS = 6
_MISSING = 5
_ACTIONS = 12
_UNTITLED = Titles()
#: The width of the longest reply to a question.
_REPLY = max(len(each) for each in Reply)


def team(
    decision: Decision,
    workload: str | None,
    width: int,
    room: int,
    extensions: Mapping[FieldPath, str] | None = None,
) -> list[str]:
    """The page below its head, for all workloads or for one, in as many lines as there is
    `room` for; of the actions, one is always told. `extensions` are those that would read a field
    that no rule reads, by the field."""
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    titles = decision.titles
    where = decision.manifest_path
    stops, actions = _to_do(decision, shown, found, width)
    answers = _answers(shown, titles, width)
    for whose, name, value in figures.beside(decision, workload):
        answers += wrap(f"{whose}: {name} {value}", width, "  ", "    ")
    why = [
        *_why(shown, titles, width),
        *_resting(shown, titles, width),
        *_beside(decision, workload, width, extensions),
    ]
    rows = [*_questions(shown, titles, width), *_facts(shown, found, decision.scopes, where, width)]
    name = f" --of {workload}" if workload else ""
    last = wrap(
        dim(f"the whole path, all checks and clauses: mlpolicy explain{name} --full {where}"),
        width,
        "",
        "  ",
    )
    taken = sum(map(len, (answers, why, *stops, *rows, last))) + 8
    fit, left = _fitting(actions, room - taken)
    lines = [*answers, ""]
    if stops:
        lines += [bold("what stops it"), *(line for block in stops for line in block), ""]
    if fit:
        lines += [bold("do next"), *(line for block in fit for line in block)]
        if left:
            lines.append(f"  and {left} more, with --full")
        lines.append("")
    return [*lines, *(line for block in rows for line in block), *why, *last]


def in_brief(decision: Decision, workload: str | None, width: int) -> list[str]:
    """One of several manifests, below its head: the answers with their reasons, what stops it, the
    first thing to do otherwise, and what settles the answer."""
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    stops, actions = _to_do(decision, shown, found, width)
    lines = answer_rows(shown, decision.titles, width)
    reasons = [
        (each.name, "; ".join(each.choice.because)) for each in shown if each.choice is not None
    ]
    for names, reason in shared(reasons):
        whose = f"{', '.join(names)}: " if len(shown) > 1 else ""
        lines += wrap(f"{whose}because: {reason}", width, "  ", "    ")
    lines += [line for block in stops or actions[:1] for line in block]
    open_ = [each for each in shown if ranked(each)]
    for each in open_[:1]:
        first = ranked(each)[0]
        field, ask = settle.question(first), ask_text(first.ask)
        whose = f"{each.name}: " if len(shown) > 1 else ""
        label = f"  {yellow(pad('to say', _LABEL - 2))}"
        said = wrap(f"{whose}{ask or field}", width, label, " " * _LABEL)
        lines += _with_tail(said, dim(field if ask else ""), width)
    return lines


def _to_do(
    decision: Decision,
    shown: Sequence[WorkloadDecision],
    found: Sequence[Finding],
    width: int,
) -> tuple[list[list[str]], list[list[str]]]:
    """What stops these workloads, and all else that is to be done, a block for each."""
    groups = by_rule(found, decision.scopes)
    fired = [group for group in groups if group.state is not RuleState.WAIVED]

    def at(level: Level) -> list[list[str]]:
        return [_finding(g, width, decision.manifest_path) for g in fired if g.level is level]

    waived = [_waived(g, width) for g in groups if g.state is RuleState.WAIVED]
    rest = [*at(Level.WARN), *_owed(shown, found, width), *waived, *at(Level.ADVISE)]
    return at(Level.BLOCK), rest


def _fitting(blocks: Sequence[list[str]], room: int) -> tuple[list[list[str]], int]:
    """As many of the first blocks as there is room for, one at least; how many are left."""
    fit: list[list[str]] = []
    for block in blocks:
        room -= len(block)
        if (room < 0 and fit) or len(fit) == _ACTIONS:
            break
        fit.append(block)
    return fit, len(blocks) - len(fit)


# ── The answers ──────────────────────────────────────────────────────────────────────────


def _answers(workloads: Sequence[WorkloadDecision], titles: Titles, width: int) -> list[str]:
    """A row for each workload: its answer, how firm that is, what it costs; and below it what it
    may become, where that is known."""
    priced = any(ledger.ledgers(each) for each in workloads)
    rows = [
        [
            Cell(each.name, bold),
            Cell(answer_of(each, titles), bold if each.choice is not None else str),
            Cell(each.status.value, _paint(each)),
            *([Cell(cost_of(each, workloads))] if priced else []),
        ]
        for each in workloads
    ]
    if priced:
        rows.insert(0, [Cell(""), Cell(""), Cell(""), Cell(costs_head(workloads), dim)])
    lines = table(rows, width, fold=1)
    for each in workloads:
        may = settle.may_become(each, titles)
        if may:
            whose = f"{each.name}: " if len(workloads) > 1 else ""
            lines += wrap(f"{whose}{may}", width, "  ", "    ")
    return lines


def answer_of(workload: WorkloadDecision, titles: Titles = _UNTITLED) -> str:
    """`AI service (Amazon Comprehend)`; without an answer, why, or which are possible."""
    if workload.choice is not None:
        return titled.answer(workload.choice, titles)
    if workload.error is not None:
        return notices.fault_text(workload.error)
    if workload.status is Status.JUDGED:
        return figures.in_short(workload.reports, titles)
    possible = [titled.outcome(name, titles) for name in settle.possible(workload)]
    return workload.hold or either(possible) or "no answer"


def _paint(workload: WorkloadDecision) -> Callable[[str], str]:
    if workload.choice is not None and workload.choice.outcome is None:
        return red
    return {Status.DECIDED: green, Status.INFEASIBLE: red, Status.ERROR: red}.get(
        workload.status, yellow
    )


def _months(workloads: Sequence[WorkloadDecision]) -> str:
    """The span that all costs are for, where it is one: ` over 24 months`."""
    spans = {cost.months for each in workloads for cost in ledger.ledgers(each)}
    months = next(iter(spans)) if len(spans) == 1 else None
    return f" over {decimal_text(months)} months" if months is not None else ""


def costs_head(workloads: Sequence[WorkloadDecision]) -> str:
    """The head of the column of costs."""
    codes = (cost.currency for each in workloads for cost in ledger.ledgers(each))
    return f"{next(codes, '')}{_months(workloads) or ', cost'}"


def cost_of(workload: WorkloadDecision, workloads: Sequence[WorkloadDecision]) -> str:
    """What the answer costs, in a column for all of these workloads."""
    for cost in ledger.ledgers(workload):
        spans = not _months(workloads) and cost.months is not None
        over = f" over {decimal_text(cost.months)} months" if spans and cost.months else ""
        return f"{ledger.total(cost)}{over}"
    return ""


# ── What to do ───────────────────────────────────────────────────────────────────────────


def _finding(group: Told, width: int, manifest: str) -> list[str]:
    """What is the matter and with whom, how to fix it, and where; its identifier last."""
    paint = {"block": red, "warn": yellow}.get(group.level, cyan)
    of = group.each
    label = f"  {paint(pad(group.level.upper(), _LABEL - 2))}"
    places = list(dict.fromkeys(told(f.at, manifest) for _, f in of if f.at))
    looks = f"{places[0]}  {group.rule}" if len(places) == 1 else group.rule
    said = _variants([(n, notices.say(f)) for n, f in of], group.subjects, label, width)
    fixes = _variants(
        [(name, notices.fix(f)) for name, f in of],
        group.subjects,
        " " * _LABEL + green("fix: "),
        width,
        named=False,
    )
    return _with_tail([*said, *fixes], dim(looks), width)


def _with_tail(lines: list[str], tail: str, width: int) -> list[str]:
    """A tail behind the last line where it fits, else on a line of its own."""
    if not tail:
        return lines
    if columns(lines[-1]) + 2 + columns(tail) <= width:
        return [*lines[:-1], f"{lines[-1]}  {tail}"]
    return [*lines, *wrap(tail, width, " " * _LABEL, " " * _LABEL + "  ")]


def _waived(group: Told, width: int) -> list[str]:
    """What is accepted, and until when."""
    label = f"  {dim(pad('waived', _LABEL - 2))}"
    by = [
        (
            name,
            f"{notices.say(f)} (until {f.waiver.expires_on}: {f.waiver.reason})",
        )
        for name, f in group.each
        if f.waiver is not None
    ]
    return _with_tail(_variants(by, group.subjects, label, width), dim(group.rule), width)


def _variants(
    parts: Sequence[tuple[str, str]],
    subjects: tuple[str, ...],
    lead: str,
    width: int,
    named: bool = True,
) -> list[str]:
    """Each text once, with the workloads that it is about."""
    lines: list[str] = []
    texts = shared(parts)
    for names, text in texts[:_VARIANTS]:
        whose = f"{', '.join(names)}: " if named or names != subjects else ""
        first = lead if not lines else " " * columns(lead)
        lines += wrap(f"{whose}{text}", width, first, " " * _LABEL + "  ")
    more = sum(len(names) for names, _ in texts[_VARIANTS:])
    return [*lines, f"{' ' * _LABEL}and {more} more like it"] if more else lines


def _owed(
    workloads: Sequence[WorkloadDecision], findings: Sequence[Finding], width: int
) -> list[list[str]]:
    """What is to be done and not overdue yet (of that there is a finding), a block for each."""
    blocks = []
    for id, parts in owed(workloads, findings).items():
        subjects = tuple(dict.fromkeys(name for name, _ in parts))
        label = f"  {yellow(pad('to do', _LABEL - 2))}"
        blocks.append(_with_tail(_variants(parts, subjects, label, width), dim(id), width))
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


def _questions(
    workloads: Sequence[WorkloadDecision], titles: Titles, width: int
) -> list[list[str]]:
    """The most telling question of each answer that is not firm, with what it settles; and, under
    a heading of its own, of one that is, and may still be carried out in several ways, the one
    that tells how."""
    firm = [each for each in workloads if each.status is Status.DECIDED]
    rest = [each for each in workloads if each not in firm]
    several = len(workloads) > 1
    return [
        *_asked("to settle the answer, say", rest, several, titles, width),
        *_asked("to settle how it is done, say", firm, several, titles, width),
    ]


def _asked(
    heading: str,
    workloads: Sequence[WorkloadDecision],
    several: bool,
    titles: Titles,
    width: int,
) -> list[list[str]]:
    """The most telling question of each of these workloads, under a heading; `several` where the
    page tells of more than one."""
    asked: dict[str, list[str]] = {}
    texts: dict[str, tuple[str, str]] = {}
    for workload in workloads:
        questions = ranked(workload)
        if not questions:
            continue
        first = questions[0]
        name = settle.question(first)
        asked.setdefault(name, []).append(workload.name)
        now = settle.possible(workload)
        telling = len({split.possible for split in first.when}) > 1
        answers = [
            f"{replies_text(split.answer)}{settle.leaves(split.possible, now, titles)}"
            for split in first.when
        ]
        beside = f" ({settle.given(first)})" if first.given else ""
        said = f"{'; '.join(answers)}{beside}" if telling else ""
        said = "; ".join(part for part in (settle.more(first), said) if part)
        ask, known = ask_text(first.ask), texts.get(name)
        texts[name] = (ask, said if known is None or known[1] == said else "")
    if not asked:
        return []
    lines = [bold(heading)]
    for name in list(asked)[:_QUESTIONS]:
        ask, answers_ = texts[name]
        whose = f"{', '.join(asked[name])}: " if several else ""
        lines += wrap(f"{whose}{ask or name}", width, "  ", "      ")
        if answers_:
            lines += wrap(answers_, width, "    ", "      ")
        if ask:
            lines += wrap(dim(name), width, "    ", "      ")
    more = len(asked) - _QUESTIONS
    if more > 0:
        lines.append(f"  and {more} more question{'' if more == 1 else 's'}")
    return [[*lines, ""]]


def _facts(
    workloads: Sequence[WorkloadDecision],
    findings: Sequence[Finding],
    scopes: Scopes,
    manifest: str,
    width: int,
) -> list[list[str]]:
    """The figures without which there is no total, and how many checks wait for which fact."""
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
        lines = [bold("to know the costs, say")]
        for (paths, how), names in costs.items():
            whose = f"{', '.join(names)}: " if len(workloads) > 1 else ""
            lines += wrap(f"{whose}{lacking(paths, _MISSING, how)}", width, "  ", "    ")
        blocks.append([*lines, ""])
    said = waits(findings, scopes)
    if said:
        command = f"mlpolicy ask {manifest}" if manifest not in ("", "-") else ""
        if columns(said) + columns(command) + 4 <= width:
            blocks.append([f"{said}    {dim(command)}".rstrip(" "), ""])
        else:
            asks = wrap(dim(command), width, "  ", "    ") if command else []
            blocks.append([*wrap(said, width, "", "  "), *asks, ""])
    return blocks


# ── Why ──────────────────────────────────────────────────────────────────────────────────


def _why(workloads: Sequence[WorkloadDecision], titles: Titles, width: int) -> list[str]:
    """The reasons, and the questions that decided; how many led to the next one only."""
    lines: list[str] = []
    for each in workloads:
        questions = asked(each, titles)
        choice = each.choice
        if not questions and choice is None:
            continue
        told_ = deciding(questions)
        name = "why" if len(workloads) == 1 else f"why {each.name}"
        lines.append(bold(name))
        for reason in choice.because if choice is not None else ():
            lines += wrap(reason, width, "  ", "    ")
        wide = min(max((columns(q.question) for q in told_), default=0), width // 2)
        for question in told_:
            lines += _told(question, wide, width)
        left = len(questions) - len(told_)
        if left and told_ and len(workloads) == 1:
            many = f"{left} more question{'' if left == 1 else 's'}"
            lines.append(dim(f"    and {many} on the way, with --full"))
        if choice is not None and choice.refs and len(workloads) == 1:
            lines += wrap(dim(f"clauses: {' '.join(choice.refs)}"), width, "  ", "    ")
        if len(workloads) > 1 and each.rests_on:
            lines += wrap(dim(f"rests on: {premises.counts(each)}"), width, "  ", "    ")
        lines.append("")
    return lines


def _resting(workloads: Sequence[WorkloadDecision], titles: Titles, width: int) -> list[str]:
    """Of one workload every fact that its answer rests on; of several what nobody stated."""
    stated = premises.stated_lines(workloads[0], titles, width) if len(workloads) == 1 else []
    rest = premises.unstated_lines(workloads, titles, width, "  ")
    if not stated and not rest:
        return []
    return [*(stated or [bold("rests on")]), *rest, ""]


def _beside(
    decision: Decision,
    workload: str | None,
    width: int,
    extensions: Mapping[FieldPath, str] | None,
) -> list[str]:
    """What the manifest replaces of the policy, and what it states that no rule reads."""
    if workload is not None:
        return []
    lines: list[str] = []
    for row in decision.replaced:
        text = premises.replaced_text(row, decision.manifest_path)
        lines += wrap(f"replaced by the manifest: {text}", width, "", "  ")
    if unread := premises.unread_text(decision, extensions):
        lines += wrap(dim(unread), width, "", "  ")
    return [*lines, ""] if lines else []


def _told(question: Asked, wide: int, width: int) -> list[str]:
    """A question with its answer, and the facts behind it: beside it where there is room."""
    facts = "; ".join(f"{said}{premises.line_of(place)}" for said, place in question.facts)
    paint = yellow if question.reply is Reply.OPEN else str
    said = f"    {pad(question.question, wide)}  {paint(pad(question.reply.value, _REPLY))}"
    if columns(said) + 2 + columns(facts) <= width:
        return [f"{said}  {dim(facts)}".rstrip(" ") if facts else said.rstrip(" ")]
    line = wrap(said.strip(" "), width, "    ", "      ")
    return [*line, *(dim(each) for each in wrap(facts, width, " " * 8))]
