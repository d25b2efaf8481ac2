"""Decisions as text: `explain`, for one who wants to know why; `check`, a line a finding.

The verdict first, then for each workload the answer, the path to it, what it costs, its
findings with their fixes, and what would settle it; then what is found about the project, and
what could not be judged yet, grouped by what it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlpolicy.core.decision import (
    Choice,
    Decision,
    Finding,
    Status,
    Trace,
    Verdict,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.render import ledger, settle
from mlpolicy.render.json import totals
from mlpolicy.render.path import find, node_lines, path_lines
from mlpolicy.render.places import either, needed, told
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
    lines = wrap(_headline(decision), width, "", "  ")
    lines += [*wrap(_policy(decision, full=audience == "auditor"), width, "", "  "), ""]
    if rule is not None:
        lines += _rule(decision, rule, workload, width)
        return finish(_joined(lines), color=color)
    clauses = _Clauses(decision, shown=audience != "team")
    for each in decision.workloads:
        if workload in (None, each.name):
            lines += [*_workload(decision, each, width, audience, clauses), ""]
    if workload is None:
        names = {each.name for each in decision.workloads}
        about = [f for f in decision.findings if f.workload not in names]
        lines += _findings("findings about the project", about, width, decision, clauses)
    lines += [
        "",
        *_pending([f for f in decision.findings if workload in (None, f.workload)], width),
    ]
    if workload is None:
        lines += _project(decision, width)
        lines += _waivers(decision.waivers, width, decision.manifest_path)
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


class _Clauses:
    """The clauses that conclusions rest on, in our words: each of them once."""

    def __init__(self, decision: Decision, *, shown: bool) -> None:
        self._texts = decision.clauses if shown else {}
        self._told: set[str] = set()

    def lines(self, refs: Iterable[str], width: int, margin: str) -> list[str]:
        known = [ref for ref in refs if ref in self._texts]
        fresh = [ref for ref in known if ref not in self._told]
        again = [ref for ref in known if ref in self._told]
        self._told.update(fresh)
        longest = max((columns(ref) for ref in fresh), default=0)
        lines: list[str] = []
        for ref in fresh:
            text = " ".join(self._texts[ref].split())
            lines += wrap(text, width, f"{margin}{cyan(pad(ref, longest))}  ")
        if again:
            lines += wrap(f"{cyan(' '.join(again))}  as above", width, margin)
        return lines


def _workload(
    decision: Decision,
    workload: WorkloadDecision,
    width: int,
    audience: str | None,
    clauses: _Clauses,
) -> list[str]:
    manifest = decision.manifest_path
    lines = wrap(f"workload {bold(workload.name)}", width, "", "  ")
    lines += wrap(_answer(workload, manifest), width, "", "  ")
    lines += settle.in_short(workload, width)
    if workload.choice is not None:
        for reason in workload.choice.because:
            lines += wrap(reason, width, "  because  ")
    lines.append("")
    depth = {"team": 1, "author": _DEEP}.get(audience or "", 4)
    trees = list(find(workload.trace, ("tree",)))
    for tree in trees[:1]:
        lines.append("  path")
        lines += path_lines(tree, width, depth=depth, outcomes=settle.possible(workload))
    if workload.choice is not None:
        rests_on = clauses.lines(workload.choice.refs, width, "    ")
        lines += ["", "  clauses", *rests_on] if rests_on else []
    lines += ledger.costs(workload, width, manifest)
    own = [f for f in decision.findings if f.workload == workload.name]
    found = _findings("findings", own, width - 2, decision, clauses)
    lines += ["", *(f"  {line}" if line else "" for line in found)] if found else []
    lines += _obligations(workload, width)
    lines += settle.in_full(workload, width)
    lines += settle.without_effect(workload, width)
    lines += settle.assumed(workload, width)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _answer(workload: WorkloadDecision, manifest: str) -> str:
    paint = {
        Status.DECIDED: green,
        Status.PROVISIONAL: yellow,
        Status.UNDECIDED: yellow,
        Status.HELD: yellow,
        Status.ERROR: red,
    }[workload.status]
    status = paint(workload.status.value.upper())
    if workload.error is not None:
        place = f"  {dim(told(workload.at, manifest))}" if workload.at else ""
        return f"{status}  {workload.error}{place}"
    possible = settle.possible(workload)
    if workload.hold is not None:
        after = f"; possible: {either(possible)}" if len(possible) > 1 else ""
        return f"{status}  {workload.hold}{after}"
    if workload.choice is None:
        return f"{status}  {either(possible) or 'no answer'}"
    others = [name for name in possible if name != _outcome(workload.choice)]
    may = f"; may become {either(others)}" if others else ""
    return f"{status}  {_choice(workload.choice, workload.possible)}{may}"


def _outcome(choice: Choice) -> str:
    return choice.outcome or "infeasible"


def _choice(choice: Choice, possible: tuple[Choice, ...]) -> str:
    """`ai_service: service comprehend (conditional)`. An attribute is open where the same
    outcome may yet have it; one that the outcome does not set is left out."""
    open_names = {
        name
        for other in possible
        if other.outcome == choice.outcome
        for name, value in other.attributes
        if value is not None
    }
    named = ", ".join(
        f"{name} {value if value is not None else 'open'}"
        for name, value in choice.attributes
        if choice.outcome is not None and (value is not None or name in open_names)
    )
    status = "" if choice.status in ("final", _outcome(choice)) else f" ({choice.status})"
    return f"{bold(_outcome(choice))}{f': {named}' if named else ''}{status}"


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


# Findings, the project, waivers.


def _findings(
    title: str, findings: Sequence[Finding], width: int, decision: Decision, clauses: _Clauses
) -> list[str]:
    lines: list[str] = []
    order = {level: number for number, level in enumerate(_LEVELS)}
    fired = [f for f in findings if f.state != "pending"]
    fired.sort(key=lambda f: (f.state == "waived", order.get(f.level, len(order))))
    for finding in fired:
        lines += _finding(finding, width, decision.manifest_path)
        lines += clauses.lines(finding.refs, width, "      ")
    return [title, *lines] if lines else []


def _finding(finding: Finding, width: int, manifest: str) -> list[str]:
    lines = [f"  {_level(finding)}  {bold(finding.rule)}"]
    lines += wrap(finding.say, width, "      ")
    if finding.fix:
        lines += wrap(finding.fix, width, f"      {green('fix:')} ")
    if finding.waiver is not None and finding.state == "waived":
        lines += wrap(_waiver(finding.waiver, manifest), width, "      waived by ")
    places = [told(finding.at, manifest)] if finding.at else []
    if finding.rule_at is not None:
        places.append(f"rule at {told(finding.rule_at)}")
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
        names = ", ".join(f"{rule} ({', '.join(subjects)})" for rule, subjects in rules.items())
        lines += wrap(f"{names}  {yellow('needs')} {needed(needs)}", width, "  ", "    ")
    if advice:
        also = "and " if groups else ""
        lines.append(f"  {also}{_advice(advice)}")
    return [*lines, ""]


def _project(decision: Decision, width: int) -> list[str]:
    """Several workloads together: how many have which answer, and what each answer costs."""
    if len(decision.workloads) < 2:
        return []
    lines = [f"project {bold(decision.manifest_name)}"]
    outcomes = ", ".join(f"{name} {number}" for name, number in decision.outcomes.items())
    lines += wrap(outcomes or "none yet", width, "  answers: ")
    seen: set[str] = set()
    for name, cost in decision.project_costs:
        if name not in seen:
            lines += wrap(ledger.cost_line(cost, f"{name} as {cost.outcome}"), width, "  ", "    ")
        seen.add(name)
    return [*lines, ""]


def _waivers(waivers: Sequence[WaiverUse], width: int, manifest: str) -> list[str]:
    if not waivers:
        return []
    lines = ["waivers"]
    for waiver in waivers:
        subject = f" for {waiver.workload}" if waiver.workload else ""
        lines += wrap(
            f"{waiver.rule}{subject}: {waiver.state}; {_waiver(waiver, manifest)}",
            width,
            "  ",
            "    ",
        )
    return [*lines, ""]


def _waiver(waiver: WaiverUse, manifest: str) -> str:
    note = f"; {waiver.note}" if waiver.note and f"`{waiver.id}`" not in waiver.note else ""
    place = f"  {dim(told(waiver.place, manifest))}" if waiver.place else ""
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
    lines: list[str] = []
    clauses = _Clauses(decision, shown=True)
    subjects: list[tuple[str, tuple[list[str], list[Finding]]]] = []
    for each in decision.workloads:
        if workload in (None, each.name):
            steps = _rule_steps(each.trace, rule, width)
            subjects.append(
                (each.name, (steps, [f for f in decision.findings if f.workload == each.name]))
            )
    if workload is None:
        top = [c for c in decision.trace.children if c.kind in ("rule", "obligation", "project")]
        steps = [line for child in top for line in _rule_steps(child, rule, width)]
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
                lines += wrap(needed(finding.needs), width, "  needs ")
            else:
                lines += _finding(finding, width, decision.manifest_path)
                lines += clauses.lines(finding.refs, width, "      ")
        lines.append("")
    if not lines:
        lines.append(f"{rule} was not judged here")
    return lines


def _rule_steps(trace: Trace, rule: str, width: int) -> list[str]:
    lines: list[str] = []
    for node in find(trace, ("rule", "obligation"), rule):
        lines += node_lines(node, width, depth=_DEEP)
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
        detail = workload.error or workload.hold or either(settle.possible(workload))
        return f"{workload.status.value}{f' ({_flat(detail)})' if detail else ''}"
    firm = "" if workload.status is Status.DECIDED else f" ({workload.status.value})"
    return f"{_outcome(workload.choice)}{firm}"


def _check_lines(decision: Decision) -> list[str]:
    lines = []
    order = {level: number for number, level in enumerate(_LEVELS)}
    fired = [f for f in decision.findings if f.state != "pending"]
    fired.sort(key=lambda f: (f.state == "waived", order.get(f.level, len(order))))
    for finding in fired:
        subject = finding.workload or "project"
        level = "waived" if finding.state == "waived" else finding.level
        paint = {"block": red, "warn": yellow, "waived": dim}.get(level, cyan)
        lines.append(
            f"  {paint(pad(level, 7))}  {bold(finding.rule)}  {subject}: {_flat(finding.say)}"
        )
        after = [
            f"fix: {_flat(finding.fix)}" if finding.fix else "",
            f"waiver {finding.waiver.id}" if finding.waiver else "",
            dim(str(finding.at)) if finding.at else "",
        ]
        if any(after):
            lines.append(f"           {'  '.join(part for part in after if part)}")
    groups, advice = _waiting(decision.findings)
    for needs, rules in groups.items():
        names = ", ".join(f"{rule} ({', '.join(subjects)})" for rule, subjects in rules.items())
        lines.append(f"  {yellow('pending')}  {names}: needs {needed(needs)}")
    if advice:
        lines.append(f"  {yellow('pending')}  {_advice(advice)}")
    return lines


def _advice(number: int) -> str:
    return f"{number} piece{'' if number == 1 else 's'} of advice"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _many(number: int, word: str) -> str:
    """`1 manifest`, `2 manifests`."""
    return f"{number} {word}" + ("" if number == 1 else "s")
