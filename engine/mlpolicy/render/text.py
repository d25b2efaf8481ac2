"""Decisions as text: `explain`, for one who wants to know why; `check`, a line a finding.

The verdict first, then for each workload the answer, the path to it, what it rests on, what it
costs and what would settle it; then the project's findings with their fixes, and what could
not be judged yet, grouped by what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from mlpolicy.core.decision import (
    Choice,
    Cost,
    CostLine,
    Decision,
    Finding,
    Settle,
    Status,
    Trace,
    Verdict,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.show import decimal_text, finite_places
from mlpolicy.render.json import totals
from mlpolicy.render.path import find, node_lines, path_lines
from mlpolicy.render.style import (
    bold,
    columns,
    cyan,
    dim,
    finish,
    green,
    pad,
    red,
    wrap,
    yellow,
)

_LEVELS = ("block", "warn", "advise")
_DEEP = 12


# ── explain ──────────────────────────────────────────────────────────────────────────────


def explain(
    decision: Decision,
    *,
    width: int = 100,
    color: bool = False,
    workload: str | None = None,
    rule: str | None = None,
    audience: str | None = None,
) -> str:
    """A decision for a reader: all of it, one `workload`, or one `rule` step by step.

    `audience` "team" leaves out clauses and steps below a condition; "auditor" adds full
    digests, the rules that passed and why; "author" adds every step and its place.
    """
    lines = [*wrap(_headline(decision), width, "", "  "), ""]
    if rule is not None:
        lines += _rule(decision, rule, workload, width)
        return finish(_joined(lines), color=color)
    for each in decision.workloads:
        if workload in (None, each.name):
            lines += [*_workload(decision, each, width, audience), ""]
    findings = [f for f in decision.findings if workload in (None, f.workload)]
    lines += _findings(decision, findings, width, audience)
    lines += _pending(findings, width)
    if workload is None:
        lines += _project(decision, width)
        lines += _waivers(decision.waivers, width)
    if audience == "auditor":
        lines += _passed(decision, workload, width)
    lines += wrap(_counts(decision), width, "", "  ")
    return finish(_joined(lines), color=color)


def _joined(lines: Sequence[str]) -> str:
    """Lines as a text, never two empty ones in a row, none at the end."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return "\n".join(kept) + "\n"


def _headline(decision: Decision) -> str:
    """The verdict, of what, and what it comes from."""
    match decision.verdict:
        case Verdict.BLOCK | Verdict.WARN | Verdict.ADVISE:
            level = decision.verdict.value
            rules = [f.rule for f in decision.findings if f.state == "fired" and f.level == level]
            why = ", ".join(dict.fromkeys(rules))
        case Verdict.UNDECIDED:
            open_ = (Status.UNDECIDED, Status.HELD, Status.ERROR)
            why = ", ".join(w.name for w in decision.workloads if w.status in open_)
        case Verdict.PENDING:
            number = sum(f.state == "pending" for f in decision.findings)
            why = f"{number} rule{'s' if number != 1 else ''} could not be judged yet"
        case Verdict.PASS:
            why = ""
    what = f"{bold(decision.manifest_name)} ({decision.manifest_path})"
    return f"{_verdict(decision.verdict)}  {what}{f': {why}' if why else ''}"


def _verdict(verdict: Verdict) -> str:
    paint = {
        Verdict.BLOCK: red,
        Verdict.UNDECIDED: yellow,
        Verdict.PENDING: yellow,
        Verdict.WARN: yellow,
        Verdict.ADVISE: cyan,
        Verdict.PASS: green,
    }[verdict]
    return paint(verdict.value.upper())


def _policy(decision: Decision, *, full: bool = False) -> str:
    policy = decision.policy
    digest = policy.digest if full else f"{policy.digest[:19]}…"
    meaning = f", meaning {policy.meaning}" if full else ""
    return f"policy {policy.name} {policy.version} ({digest}{meaning}) as of {decision.as_of}"


# One workload.


def _workload(
    decision: Decision, workload: WorkloadDecision, width: int, audience: str | None
) -> list[str]:
    policy = _policy(decision, full=audience == "auditor")
    head = f"{decision.manifest_name} · workload {bold(workload.name)} · {policy}"
    lines = wrap(head, width, "", "  ")
    lines += wrap(_answer(workload), width, "", "  ")
    if workload.choice is not None:
        for reason in workload.choice.because:
            lines += wrap(reason, width, "  because  ")
    lines.append("")
    depth = {"team": 1, "author": _DEEP}.get(audience or "", 4)
    trees = list(find(workload.trace, ("tree",)))
    for tree in trees[:1]:
        lines.append("  path")
        lines += path_lines(tree, width, depth=depth, manifest=decision.manifest_path)
    lines += _settled_by(workload, width)
    if workload.irrelevant:
        lines += wrap(
            ", ".join(workload.irrelevant), width, "  does not matter for the choice: ", "    "
        )
    lines += _obligations(workload, width)
    lines += _costs(workload, width)
    lines += _assumed(workload, width)
    if workload.choice is not None and audience != "team":
        lines += _clauses(decision, workload.choice.refs, width)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _answer(workload: WorkloadDecision) -> str:
    paint = {
        Status.DECIDED: green,
        Status.PROVISIONAL: yellow,
        Status.UNDECIDED: yellow,
        Status.HELD: yellow,
        Status.ERROR: red,
    }[workload.status]
    status = paint(workload.status.value.upper())
    if workload.error is not None:
        place = f"  {workload.at}" if workload.at else ""
        return f"{status}  {workload.error}{place}"
    possible = tuple(dict.fromkeys(_outcome(choice) for choice in workload.possible))
    if workload.hold is not None:
        after = f"; possible: {_or(possible)}" if len(possible) > 1 else ""
        return f"{status}  {workload.hold}{after}"
    if workload.choice is None:
        return f"{status}  {_or(possible) or 'no answer'}"
    others = [name for name in possible if name != _outcome(workload.choice)]
    may = f"; may become {_or(others)}" if others else ""
    return f"{status}  {_choice(workload.choice)}{may}"


def _outcome(choice: Choice) -> str:
    return choice.outcome or "infeasible"


def _choice(choice: Choice) -> str:
    """`ai_service: service comprehend (conditional)`"""
    named = ", ".join(
        f"{name} {value if value is not None else 'open'}" for name, value in choice.attributes
    )
    status = "" if choice.status in ("final", _outcome(choice)) else f" ({choice.status})"
    return f"{bold(_outcome(choice))}{f': {named}' if named else ''}{status}"


def _or(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _assumed(workload: WorkloadDecision, width: int) -> list[str]:
    if not workload.assumed:
        return []
    lines = ["", "  assumed, as nothing is stated"]
    for assumed in workload.assumed:
        refs = f"  {dim(' '.join(assumed.refs))}" if assumed.refs else ""
        text = f"{assumed.name} = {assumed.value}  {dim(assumed.path)}{refs}"
        lines += wrap(text, width, "    ", "      ")
    return lines


def _obligations(workload: WorkloadDecision, width: int) -> list[str]:
    if not workload.obligations:
        return []
    lines = ["", "  owed with this answer"]
    for duty in workload.obligations:
        paint = {"met": green, "overdue": red}.get(duty.state, yellow)
        needs = f" (needs {', '.join(duty.needs)})" if duty.needs else ""
        refs = f"  {dim(' '.join(duty.refs))}" if duty.refs else ""
        text = f"{duty.id}: {duty.text}{needs}{refs}"
        lines += wrap(text, width, f"    {paint(pad(duty.state, 8))}")
    return lines


def _settled_by(workload: WorkloadDecision, width: int) -> list[str]:
    if not workload.settled_by:
        return []
    if workload.status in (Status.UNDECIDED, Status.HELD, Status.PROVISIONAL):
        title = "what settles it"
    else:
        title = "what could still change it"
    lines = ["", f"  {title}"]
    for settle in workload.settled_by:
        lines += _settle(settle, width)
    return lines


def _settle(settle: Settle, width: int) -> list[str]:
    name = settle.path or (f"the policy itself does not know  {settle.at or ''}").rstrip()
    ask = f"  {settle.ask}" if settle.ask else ""
    lines = wrap(f"{bold(name)}{ask}", width, "    ", "      ")
    for split in settle.when:
        lines += wrap(f"{split.answer} -> {_or(split.possible)}", width, "      ", "        ")
    return lines


def _clauses(decision: Decision, refs: Iterable[str], width: int) -> list[str]:
    """The clauses that a conclusion rests on, in our words."""
    known = [(ref, decision.clauses[ref]) for ref in refs if ref in decision.clauses]
    if not known:
        return []
    lines = ["", "  clauses"]
    longest = max(columns(ref) for ref, _ in known)
    for ref, text in known:
        lines += wrap(" ".join(text.split()), width, f"    {cyan(pad(ref, longest))}  ")
    return lines


# Costs.


def _costs(workload: WorkloadDecision, width: int) -> list[str]:
    """The policy's first cost formula as ledgers, further ones as totals. Of an outcome that
    is not the answer, only what is known in full."""
    lines: list[str] = []
    told: set[str] = set()
    brief: list[str] = []
    shown = workload.choice.outcome if workload.choice else None
    for cost in workload.costs:
        further = cost.outcome in told
        told.add(cost.outcome)
        if further or (cost.missing and cost.outcome != shown):
            brief += wrap(
                _cost_line(f"{cost.outcome} ({cost.formula})", cost), width, "  cost of ", "    "
            )
        else:
            lines += _cost(cost, width)
    return [*lines, *([""] if brief else []), *brief]


def _cost(cost: Cost, width: int, name: str = "") -> list[str]:
    """A ledger: a line for each term, and the total they add up to."""
    over = f" over {decimal_text(cost.months)} months" if cost.months is not None else ""
    what = name or cost.outcome
    title = f"  cost of {bold(what)}{over} ({cost.formula})"
    if cost.missing:
        paths = ", ".join(cost.missing)
        lines = ["", *wrap(f"{title.strip()}: not known, needs {paths}", width, "  ", "    ")]
    else:
        lines = ["", title]
    known = [line for line in cost.lines if not cost.missing or line.high is not None]
    if not known:
        return lines
    places = _places([n for line in known for n in (line.low, line.high)])
    amounts = [_range(line.low, line.high, places) for line in known]
    total = "" if cost.missing else _range(cost.low, cost.high, places)
    names = [line.name for line in known] + ["total"]
    wide = min(40, max(columns(each) for each in names))
    right = max([columns(amount) for amount in amounts] + [columns(total)])
    for line, amount in zip(known, amounts, strict=True):
        first = f"    {pad(line.name, wide)}  {amount:>{right}}  "
        if columns(first) > width // 2:
            lines += [first.rstrip(), *wrap(_origin(line, cost.currency), width, "        ")]
        else:
            lines += wrap(_origin(line, cost.currency), width, first)
    if not cost.missing:
        wider = "  may be wider than the true range" if cost.wider else ""
        lines.append(
            f"    {pad('total', wide)}  {bold(f'{total:>{right}}')}  {cost.currency}{wider}"
        )
    return lines


def _origin(line: CostLine, currency: str) -> str:
    """`24 × 500.00 USD/month  costs.ai_service.ops_monthly_usd  m.yaml:9:5`"""
    each = f"{_range(line.each_low, line.each_high)} {line.per or currency}"
    times = f"{decimal_text(line.count)} × {each}  " if line.count != 1 else ""
    place = f"  {line.place}" if line.place and str(line.place) not in line.origin else ""
    refs = f"  {' '.join(line.refs)}" if line.refs else ""
    return f"{times}{dim(f'{line.origin}{place}{refs}')}".rstrip()


def _places(amounts: Iterable[Fraction | None]) -> int:
    """Two decimals, or as many as the finest amount of a ledger has, so that it adds up."""
    found = (finite_places(amount) for amount in amounts if amount is not None)
    return min(12, max((places for places in found if places is not None), default=2))


def _range(low: Fraction | None, high: Fraction | None, places: int = 2) -> str:
    least = max(places, 2)
    if low is None:
        return "unknown" if high is None else f"at most {decimal_text(high, least)}"
    if high is None:
        return f"at least {decimal_text(low, least)}"
    if low == high:
        return decimal_text(low, least)
    return f"{decimal_text(low, least)} .. {decimal_text(high, least)}"


def _cost_line(name: str, cost: Cost) -> str:
    """A total on one line."""
    over = f" over {decimal_text(cost.months)} months" if cost.months is not None else ""
    if cost.missing:
        return f"{name}{over}: not known, needs {', '.join(cost.missing)}"
    return f"{name}{over}: {_range(cost.low, cost.high)} {cost.currency}"


# Findings, the project, waivers.


def _findings(
    decision: Decision, findings: Sequence[Finding], width: int, audience: str | None
) -> list[str]:
    lines: list[str] = []
    order = {level: number for number, level in enumerate(_LEVELS)}
    told = [f for f in findings if f.state != "pending"]
    told.sort(key=lambda f: (f.state == "waived", order.get(f.level, len(order))))
    if told:
        lines += ["findings"]
    for finding in told:
        lines += _finding(finding, width)
        if audience != "team":
            lines += [
                line.replace("    ", "      ", 1)
                for line in _clauses(decision, finding.refs, width - 2)[2:]
            ]
    return [*lines, ""] if lines else []


def _finding(finding: Finding, width: int) -> list[str]:
    level = _level(finding)
    subject = f" · workload {finding.workload}" if finding.workload else ""
    lines = [f"  {level}  {bold(finding.rule)}{subject}"]
    lines += wrap(finding.say, width, "      ")
    if finding.fix:
        lines += wrap(finding.fix, width, f"      {green('fix:')} ")
    if finding.waiver is not None and finding.state == "waived":
        lines += wrap(_waiver(finding.waiver), width, "      waived by ")
    places = [str(finding.at)] if finding.at else []
    if finding.rule_at is not None:
        places.append(f"rule at {finding.rule_at}")
    if places:
        lines += wrap(dim(", ".join(places)), width, "      ")
    return lines


def _level(finding: Finding) -> str:
    if finding.state == "waived":
        return dim(f"waived ({finding.level})")
    paint = {"block": red, "warn": yellow}.get(finding.level, cyan)
    return paint(finding.level.upper())


def _waiting(
    findings: Iterable[Finding],
) -> tuple[dict[tuple[str, ...], dict[str, list[str]]], int]:
    """Pending rules by what they wait for, then by rule with their subjects; and how many
    pieces of advice wait, which are only counted."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    advice = 0
    for finding in findings:
        if finding.state != "pending":
            continue
        if finding.level == "advise":
            advice += 1
            continue
        rules = groups.setdefault(finding.needs, {})
        rules.setdefault(finding.rule, []).append(finding.workload or "project")
    return groups, advice


def _pending(findings: Sequence[Finding], width: int) -> list[str]:
    """Rules that wait, grouped by what they wait for."""
    groups, advice = _waiting(findings)
    if not groups and not advice:
        return []
    lines = ["not judged yet"]
    for needs, rules in groups.items():
        title = ", ".join(needs) or "an answer"
        lines += wrap(title, width, f"  {yellow('needs')} ", "    ")
        for rule, subjects in rules.items():
            lines += wrap(f"{rule} ({', '.join(subjects)})", width, "      ", "        ")
    if advice:
        also = "and " if groups else ""
        lines.append(f"  {also}{advice} piece{'s' if advice > 1 else ''} of advice")
    return [*lines, ""]


def _project(decision: Decision, width: int) -> list[str]:
    """Several workloads together: how many have which answer, and what each answer costs."""
    if len(decision.workloads) < 2:
        return []
    lines = [f"project {bold(decision.manifest_name)}"]
    outcomes = ", ".join(f"{name} {number}" for name, number in decision.outcomes.items())
    lines += wrap(outcomes or "none yet", width, "  answers: ")
    told: set[str] = set()
    for name, cost in decision.project_costs:
        if name not in told:
            line = _cost_line(f"{name} ({cost.outcome})", cost)
            lines += wrap(line, width, "  cost of ", "    ")
        told.add(name)
    return [*lines, ""]


def _waivers(waivers: Sequence[WaiverUse], width: int) -> list[str]:
    if not waivers:
        return []
    lines = ["waivers"]
    for waiver in waivers:
        subject = f" for {waiver.workload}" if waiver.workload else ""
        lines += wrap(
            f"{waiver.rule}{subject}: {waiver.state}; {_waiver(waiver)}", width, "  ", "    "
        )
    return [*lines, ""]


def _waiver(waiver: WaiverUse) -> str:
    note = f"; {waiver.note}" if waiver.note else ""
    place = f"  {dim(str(waiver.place))}" if waiver.place else ""
    return (
        f"{waiver.id}, approved by {waiver.approved_by}, until {waiver.expires_on}: "
        f"{waiver.reason}{note}{place}"
    )


def _passed(decision: Decision, workload: str | None, width: int) -> list[str]:
    passed = [
        result
        for result in decision.results
        if result.state == "passed" and workload in (None, result.workload)
    ]
    if not passed:
        return []
    lines = ["passed"]
    for result in passed:
        subject = f" ({result.workload})" if result.workload else ""
        reason = f": {result.reason}" if result.reason else ""
        lines += wrap(f"{result.rule}{subject}{reason}", width, "  ", "    ")
    return [*lines, ""]


def _counts(decision: Decision) -> str:
    counts = decision.counts
    return (
        f"{counts.fired} fired, {counts.pending} pending, {counts.passed} passed, "
        f"{counts.waived} waived, of {counts.rules} rules"
    )


# One rule.


def _rule(decision: Decision, rule: str, workload: str | None, width: int) -> list[str]:
    """A rule step by step, for each subject it was judged for."""
    lines = [*wrap(_policy(decision), width, "", "  "), ""]
    subjects: list[tuple[str, tuple[list[str], list[Finding]]]] = []
    for each in decision.workloads:
        if workload in (None, each.name):
            steps = _rule_steps(each.trace, rule, width, decision.manifest_path)
            subjects.append(
                (each.name, (steps, [f for f in decision.findings if f.workload == each.name]))
            )
    if workload is None:
        top = [c for c in decision.trace.children if c.kind in ("rule", "obligation", "project")]
        steps = [
            line
            for child in top
            for line in _rule_steps(child, rule, width, decision.manifest_path)
        ]
        subjects.append(("", (steps, [f for f in decision.findings if f.workload is None])))
    for name, (steps, findings) in subjects:
        results = [r for r in decision.results if r.rule == rule and (r.workload or "") == name]
        found = [f for f in findings if f.rule == rule]
        if not (steps or results or found):
            continue
        state = results[0].state if results else ""
        subject = f" · workload {bold(name)}" if name else ""
        lines += wrap(f"{bold(rule)}{subject}{f': {state}' if state else ''}", width, "", "  ")
        lines += steps
        for finding in found:
            if finding.state == "pending":
                lines += wrap(", ".join(finding.needs), width, "  needs ")
            else:
                lines += _finding(finding, width)
                lines += _clauses(decision, finding.refs, width)[1:]
        lines.append("")
    if len(lines) == 2:
        lines.append(f"{rule} was not judged here")
    return lines


def _rule_steps(trace: Trace, rule: str, width: int, manifest: str) -> list[str]:
    lines: list[str] = []
    for node in find(trace, ("rule", "obligation"), rule):
        lines += node_lines(node, width, depth=_DEEP, manifest=manifest)
    return lines


# ── check ────────────────────────────────────────────────────────────────────────────────


def check_text(decisions: Sequence[Decision], skipped: int = 0, *, color: bool = False) -> str:
    """A line for each manifest, one for each finding, and the sum."""
    lines: list[str] = []
    for decision in decisions:
        lines.append(_manifest_line(decision))
        lines += _check_lines(decision)
    sums = totals(decisions, skipped)
    passed_over = f"; {sums.skipped} files skipped" if sums.skipped else ""
    lines.append(
        f"{_many(sums.manifests, 'manifest')}, {_many(sums.workloads, 'workload')}, "
        f"{_many(sums.rules, 'rule')}: "
        f"{sums.blocked} blocked, {sums.warned} warned, {sums.advised} advised, "
        f"{sums.pending} pending, {sums.waived} waived{passed_over}"
    )
    return finish("\n".join(lines) + "\n", color=color)


def _manifest_line(decision: Decision) -> str:
    answers = ", ".join(f"{w.name} {_brief(w)}" for w in decision.workloads)
    return (
        f"{pad(_verdict(decision.verdict), 9)}  {decision.manifest_path}: "
        f"{bold(decision.manifest_name)}: {answers}  {dim(_policy(decision))}"
    )


def _brief(workload: WorkloadDecision) -> str:
    """`ai_service comprehend`, `undecided (ai_service or sagemaker)`"""
    if workload.choice is None:
        possible = tuple(dict.fromkeys(_outcome(choice) for choice in workload.possible))
        detail = workload.error or workload.hold or _or(possible)
        return f"{workload.status.value}{f' ({_flat(detail)})' if detail else ''}"
    firm = "" if workload.status is Status.DECIDED else f" ({workload.status.value})"
    return f"{_outcome(workload.choice)}{firm}"


def _check_lines(decision: Decision) -> list[str]:
    lines = []
    order = {level: number for number, level in enumerate(_LEVELS)}
    told = [f for f in decision.findings if f.state != "pending"]
    told.sort(key=lambda f: (f.state == "waived", order.get(f.level, len(order))))
    for finding in told:
        subject = finding.workload or "project"
        level = "waived" if finding.state == "waived" else finding.level
        paint = {"block": red, "warn": yellow, "waived": dim}.get(level, cyan)
        fix = f"  fix: {_flat(finding.fix)}" if finding.fix else ""
        waiver = f"  waiver {finding.waiver.id}" if finding.waiver else ""
        place = f"  {finding.at}" if finding.at else ""
        lines.append(
            f"  {paint(pad(level, 7))}  {bold(finding.rule)}  {subject}: "
            f"{_flat(finding.say)}{fix}{waiver}{dim(place)}"
        )
    groups, _ = _waiting(decision.findings)
    for needs, rules in groups.items():
        names = ", ".join(f"{rule} ({', '.join(subjects)})" for rule, subjects in rules.items())
        lines.append(f"  {yellow('pending')}  {names}: needs {', '.join(needs) or 'an answer'}")
    return lines


def _flat(text: str) -> str:
    return " ".join(text.split())


def _many(number: int, word: str) -> str:
    """`1 manifest`, `2 manifests`."""
    return f"{number} {word}" + ("" if number == 1 else "s")
