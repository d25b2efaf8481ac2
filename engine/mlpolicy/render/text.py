"""Decisions as text: `explain`, for one who wants to know why; `check`, a line a finding.

The verdict first, then for each workload the answer, the path to it, what it costs and what
would settle it; then what is found, told once for all workloads that it concerns, what could
not be judged yet, and the clauses that all of it rests on.

Four views of the same decision, for four readers. Whatever a shorter one says, the longer ones
say: `team` (a page of its own, in `team`) is part of the usual one, and that is part of both
`auditor` and `author`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mlpolicy.core.decision import (
    Choice,
    Cost,
    Decision,
    Finding,
    SourceKind,
    Verdict,
    WaiverUse,
    WorkloadDecision,
)
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.show import money
from mlpolicy.core.terms import PLAIN, DutyState, Level, RuleState, Status
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.explain.deciding import comparisons, find
from mlpolicy.explain.judged import judged_steps, why_passed
from mlpolicy.explain.margins import margin
from mlpolicy.render import citations, figures, ledger, notices, premises, settle, titled, words
from mlpolicy.render.approval import approved
from mlpolicy.render.findings import Told, by_rule, for_owner, shared, subject, unjudged, waiting
from mlpolicy.render.path import lines_below, node_lines, path_lines
from mlpolicy.render.places import SETTLED, either, gathered, needed, told
from mlpolicy.render.reasons import asked, deciding, fact
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
from mlpolicy.waivers import by_id

_DEEP = 12
#: Where in `check` what is said begins, behind the verdict or the level.
_LEVEL = 12
#: The lines of two screens: what a team is ready to read.
_SCREENS = 100
_DEPTH = {"author": _DEEP, "auditor": 8}


# ── explain ──────────────────────────────────────────────────────────────────────────────


def explain(
    decision: Decision,
    *,
    width: int = 100,
    color: bool = False,
    workload: str | None = None,
    rule: str | None = None,
    audience: str | None = None,
    extensions: Mapping[FieldPath, str] | None = None,
) -> str:
    """A decision for a reader: all of it, one `workload`, or one `rule` step by step.

    `audience` "team" says what to do, in brief; "auditor" adds full digests, every step and
    clause, all about waivers, and the rules that passed and why; "author" every step with its
    place in the policy, and every rule with its values. `extensions` are those that would read what
    the manifest states and no rule reads, by the field.
    """
    if audience == "team" and rule is None:
        from mlpolicy.render.team import team

        head = wrap(_title(decision), width, "", "  ")
        room = _SCREENS - len(head) - 3
        lines = [*head, "", *team(decision, workload, width, room, extensions)]
        lines += wrap(dim(policy_line(decision)), width, "", "  ")
        return finish(_joined(lines), color=color)
    lines = wrap(headline(decision), width, "", "  ")
    lines += wrap(policy_line(decision, full=audience == "auditor"), width, "", "  ")
    if rule is not None:
        lines += ["", *_of_rule(decision, rule, workload, width)]
        return finish(_joined(lines), color=color)
    if audience == "auditor":
        for said in approved(decision.policy):
            lines += wrap(said, width, "  ", "    ")
        lines += wrap(f"manifest {decision.manifest_digest}", width, "", "  ")
        for source in decision.sources:
            text = citations.source_text(source)
            lines += wrap(f"source {source.name}: {text}", width, "", "  ")
    lines.append("")
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    every = _in_every(shown)
    for each in shown:
        lines += [*workload_lines(decision, _without(each, every), width, audience), ""]
    titles = None if audience == "author" else decision.titles
    lines += _said_of_every(every, decision.scopes.each.word, width, titles)
    if workload is None and decision.reports:
        depth = _DEPTH.get(audience or "", 4)
        whole = next(find(decision.trace, StepKind.PROJECT), None)
        told_ = figures.lines(decision.reports, whole, width, depth) if whole else []
        lines += [f"reported of {decision.manifest_name}", *told_, ""]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    lines += _findings(found, width, decision)
    lines += _waiting(found, decision.scopes, width, advice=audience is not None)
    if workload is None:
        lines += _project(decision, width)
        lines += _waivers(decision, width, full=audience == "auditor")
    if workload is None and decision.replaced:
        lines.append("the manifest replaces, of the policy")
        for row in decision.replaced:
            text = premises.replaced_text(row, decision.manifest_path)
            lines += wrap(text, width, "  ", "    ")
        lines.append("")
    if workload is None and decision.unread:
        unread = premises.unread_text(decision, extensions)
        lines += [*wrap(dim(unread), width, "", "  "), ""]
    if audience == "auditor":
        lines += _passed(decision, workload, width)
    if audience == "author":
        lines += _rules(decision, workload, width)
    lines += _clauses(decision, shown, found, width, audience)
    lines += wrap(counts_line(decision), width, "", "  ")
    return finish(_joined(lines), color=color)


def in_brief(
    decisions: Sequence[Decision],
    *,
    width: int = 100,
    color: bool = False,
    workload: str | None = None,
) -> str:
    """Several manifests, a few lines each: the answers with their reasons, what stops each or what
    to do first; last how to see more of one."""
    from mlpolicy.render.team import in_brief as told_

    lines: list[str] = []
    for decision in decisions:
        lines += wrap(_title(decision), width, "", "  ")
        lines += [*told_(decision, workload, width), ""]
    last = "more of one: mlpolicy explain MANIFEST; a page of each: mlpolicy explain --for team"
    lines += wrap(last, width, "", "  ")
    for said in dict.fromkeys(map(policy_line, decisions)):
        lines += wrap(dim(said), width, "", "  ")
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


def headline(decision: Decision) -> str:
    """The verdict, of what, and what it comes from."""
    match decision.verdict:
        case Verdict.BLOCK | Verdict.WARN | Verdict.ADVISE:
            level = decision.verdict.value
            rules = [
                f.rule for f in decision.findings if f.state is RuleState.FIRED and f.level == level
            ]
            why = ", ".join(dict.fromkeys(rules))
        case Verdict.ERROR:
            why = ", ".join(w.name for w in decision.workloads if w.error is not None)
        case Verdict.INCOMPLETE:
            why = "; ".join(_lacking(decision))
        case Verdict.PASS:
            why = ""
    what = f"{bold(decision.manifest_name)} ({decision.manifest_path})"
    return f"{_verdict(decision.verdict)}  {what}{f': {why}' if why else ''}"


def _lacking(decision: Decision) -> Iterator[str]:
    """What makes a decision incomplete: answers, and checks of a level that counts."""
    none = [w.name for w in decision.workloads if w.status in (Status.UNDECIDED, Status.HELD)]
    if none:
        yield f"no answer yet for {', '.join(none)}"
    number = len(unjudged(decision.findings))
    if number:
        yield f"{_many(number, 'check')} could not be judged yet"


def _title(decision: Decision) -> str:
    """The verdict, and of what."""
    what = f"{bold(decision.manifest_name)} ({decision.manifest_path})"
    return f"{_verdict(decision.verdict)}  {what}"


def _verdict(verdict: Verdict) -> str:
    paint = {
        Verdict.BLOCK: red,
        Verdict.ERROR: red,
        Verdict.INCOMPLETE: yellow,
        Verdict.WARN: yellow,
        Verdict.ADVISE: cyan,
        Verdict.PASS: green,
    }[verdict]
    return paint(verdict.value.upper())


def policy_line(decision: Decision, *, full: bool = False) -> str:
    """Which policy decided, by name, version and digest, and for which day. The digest is cut short
    unless `full`, which adds the digest of its meaning and the language's version."""
    policy = decision.policy
    meaning = f", meaning {policy.meaning}, language {policy.language}" if full else ""
    named = [
        f"{each.name} {each.version} "
        f"({each.digest if full else f'{each.digest[:19]}…'}{meaning if each is policy else ''})"
        for each in (policy, *policy.extensions)
    ]
    more = f" with {', '.join(named[1:])}" if named[1:] else ""
    return f"policy {named[0]}{more} as of {decision.as_of}"


# One workload.


def workload_lines(
    decision: Decision, workload: WorkloadDecision, width: int, audience: str | None
) -> list[str]:
    """One workload: answer, path, costs, duties, and what would settle it."""
    manifest = decision.manifest_path
    full = audience in ("author", "auditor")
    titles = None if audience == "author" else decision.titles
    lines = wrap(f"{decision.scopes.each} {bold(workload.name)}", width, "", "  ")
    lines += wrap(_answer(workload, manifest), width, "", "  ")
    lines += settle.in_short(workload, width)
    if workload.choice is not None:
        if titles is not None:
            lines += wrap(titled.answer(workload.choice, titles), width, "  answer   ")
        for reason in workload.choice.because:
            lines += wrap(reason, width, "  because  ")
        if workload.choice.refs:
            lines += wrap(dim(" ".join(workload.choice.refs)), width, "  clauses  ")
    lines.append("")
    for tree in list(find(workload.trace, StepKind.TREE))[:1]:
        lines.append("  path")
        lines += path_lines(
            tree,
            width,
            depth=_DEPTH.get(audience or "", 4),
            outcomes=settle.possible(workload),
            brief=not full,
            places=audience == "author",
            asked=() if audience == "author" else asked(workload, decision.titles),
            titles=titles,
        )
    if workload.reports:
        depth = _DEPTH.get(audience or "", 4)
        told_ = figures.lines(workload.reports, workload.trace, width, depth)
        lines += ["", "  reported", *told_]
    if workload.rests_on:
        lines += ["", *premises.lines(workload, width, manifest, "  ")]
    lines += ledger.costs(workload, width, manifest, full=full, titles=titles)
    lines += _obligations(workload, width)
    lines += settle.in_full(workload, width)
    lines += settle.without_effect(workload, width)
    lines += settle.assumed(workload, width, titles)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _in_every(workloads: Sequence[WorkloadDecision]) -> WorkloadDecision | None:
    """What is assumed in every one of several workloads, and what matters to none of them: a
    workload of just that. It is told once."""
    judged = [each for each in workloads if each.error is None]
    if len(judged) < 2:
        return None
    first, *rest = judged
    assumed = tuple(a for a in first.assumed if all(a in each.assumed for each in rest))
    idle = tuple(i for i in first.irrelevant if all(i in each.irrelevant for each in rest))
    return replace(first, name="", choice=None, costs=(), possible=(), assumed=assumed,
                   irrelevant=idle)  # fmt: skip


def _without(workload: WorkloadDecision, every: WorkloadDecision | None) -> WorkloadDecision:
    if every is None:
        return workload
    return replace(
        workload,
        assumed=tuple(a for a in workload.assumed if a not in every.assumed),
        irrelevant=tuple(i for i in workload.irrelevant if i not in every.irrelevant),
    )


def _said_of_every(
    every: WorkloadDecision | None, word: str, width: int, titles: Titles | None
) -> list[str]:
    if every is None:
        return []
    lines = [*settle.without_effect(every, width), *settle.assumed(every, width, titles)]
    return [f"in every {word}", *lines[1:], ""] if lines else []


def _answer(workload: WorkloadDecision, manifest: str) -> str:
    paint = {
        Status.DECIDED: green,
        Status.PROVISIONAL: yellow,
        Status.UNDECIDED: yellow,
        Status.INFEASIBLE: red,
        Status.HELD: yellow,
        Status.JUDGED: green,
        Status.ERROR: red,
    }[workload.status]
    status = paint(workload.status.value.upper())
    if workload.error is not None:
        place = f"  {dim(told(workload.at, manifest))}" if workload.at else ""
        return f"{status}  {notices.fault_text(workload.error)}{place}"
    possible = settle.possible(workload)
    if workload.hold is not None:
        after = f"; possible: {either(possible)}" if len(possible) > 1 else ""
        return f"{status}  {workload.hold}{after}"
    if workload.status is Status.JUDGED:
        return f"{status}  by the rules of the policy"
    if workload.choice is None:
        return f"{status}  {either(possible) or 'no answer'}"
    may = settle.may_become(workload)
    answer = _choice(workload.choice, workload.possible)
    return f"{status}  {answer}{f'; {may}' if may else ''}"


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
    status = "" if choice.status in PLAIN else f" ({choice.status})"
    return f"{bold(_outcome(choice))}{f': {named}' if named else ''}{status}"


def _obligations(workload: WorkloadDecision, width: int) -> list[str]:
    """What is owed; of what is overdue the finding says more."""
    if not workload.obligations:
        return []
    lines = ["", "  owed with this answer"]
    for duty in workload.obligations:
        paint = {"met": green, "overdue": red}.get(duty.state, yellow)
        what = "owed" if duty.state is DutyState.MAYBE else "met or overdue"
        needs = f" (whether it is {what} needs {gathered(duty.needs)})" if duty.needs else ""
        refs = f"  {dim(' '.join(duty.refs))}" if duty.refs else ""
        text = f"{duty.id}: {duty.text}{needs}{refs}"
        lines += wrap(text, width, f"    {paint(pad(duty.state, 8))}")
    return lines


# Findings, the project, waivers.


def _findings(findings: Sequence[Finding], width: int, decision: Decision) -> list[str]:
    lines: list[str] = []
    for group in by_rule(findings, decision.scopes):
        lines += _finding(group, width, decision.manifest_path)
    return ["findings", *lines, ""] if lines else []


def _finding(group: Told, width: int, manifest: str) -> list[str]:
    """What a rule says, once where it says the same of several workloads; how to fix it; and last
    where, and what the rule is called."""
    subjects, of = group.subjects, group.each
    says = shared([(name, notices.say(f)) for name, f in of]) or [(subjects, group.rule)]
    lines: list[str] = []
    for names, text in says:
        lead = "      " if lines else f"  {_level(group)}  "
        lines += wrap(f"{', '.join(names)}: {text}", width, lead, "          ")
    lines += _shared(
        [(name, notices.fix(f)) for name, f in of], subjects, f"{green('fix:')} ", width
    )
    if group.state is RuleState.WAIVED:
        waivers = [(name, _waiver(f.waiver, manifest)) for name, f in of if f.waiver]
        lines += _shared(waivers, subjects, "waived by ", width)
    places = [told(f.at, manifest) for _, f in of if f.at]
    places += [f"rule at {told(f.rule_at)}" for _, f in of if f.rule_at]
    refs = [ref for _, f in of for ref in f.refs]
    looks = ", ".join(dict.fromkeys(places))
    cited = " ".join(dict.fromkeys(refs))
    named = dim("  ".join(part for part in (looks, group.rule, cited) if part))
    return [*lines, *wrap(named, width, "      ")]


def _shared(
    parts: Sequence[tuple[str, str]], subjects: tuple[str, ...], lead: str, width: int
) -> list[str]:
    lines: list[str] = []
    for names, text in shared(parts):
        whose = "" if names == subjects else f"{', '.join(names)}: "
        lines += wrap(text, width, f"      {lead}{whose}", "          ")
    return lines


def _level(group: Told) -> str:
    if group.state is RuleState.WAIVED:
        return dim(f"waived ({group.level})")
    paint = {"block": red, "warn": yellow}.get(group.level, cyan)
    return paint(group.level.upper())


def _waiting(findings: Sequence[Finding], scopes: Scopes, width: int, *, advice: bool) -> list[str]:
    """Rules that wait, grouped by what they wait for; advice is counted, or listed too."""
    groups, counted = waiting(findings, scopes, advice=advice)
    owned = for_owner(findings)
    if not groups and not counted:
        return _owned(owned, scopes, width)
    lines = ["not judged yet"]
    for needs, rules in groups.items():
        names = ", ".join(f"{rule} ({', '.join(subjects)})" for rule, subjects in rules.items())
        what = gathered(needs) or SETTLED
        lines += wrap(f"{names}  {yellow('needs')} {what}", width, "  ", "    ")
    if counted:
        also = "and " if groups else ""
        lines.append(f"  {also}{_advice(counted)}")
    return [*lines, "", *_owned(owned, scopes, width)]


def _owned(owned: Mapping[str, Sequence[Finding]], scopes: Scopes, width: int) -> list[str]:
    """What waits for the policy's owner: it stops no team."""
    if not owned:
        return []
    lines = ["for the owner of the policy to look up"]
    for rule, found in owned.items():
        lines += wrap(_looked_up(rule, found, scopes), width, "  ", "    ")
    return [*lines, ""]


def _looked_up(rule: str, found: Sequence[Finding], scopes: Scopes) -> str:
    subjects = ", ".join(dict.fromkeys(subject(each, scopes.shared.word) for each in found))
    places = dict.fromkeys(need for finding in found for need in finding.needs)
    return f"{rule} ({subjects})  {dim(needed(tuple(places)))}"


def _project(decision: Decision, width: int) -> list[str]:
    """Several workloads together: how many have which answer, and what each answer costs."""
    if len(decision.workloads) < 2:
        return []
    lines = [f"{decision.scopes.shared} {bold(decision.manifest_name)}"]
    outcomes = ", ".join(f"{name} {number}" for name, number in decision.outcomes.items())
    if all(each.status is Status.JUDGED for each in decision.workloads):
        return []
    open_ = [each.name for each in decision.workloads if each.choice is None]
    none = f"none yet for {', '.join(open_)}" if open_ else ""
    said = "; ".join(part for part in (outcomes, none) if part)
    lines += wrap(said or "none yet", width, "  answers: ")
    first: dict[str, Cost] = {}
    for name, cost in decision.project_costs:
        first.setdefault(name, cost)
    for name, cost in first.items():
        if not cost.missing:
            lines += wrap(ledger.cost_line(cost, f"{name} as {cost.outcome}"), width, "  ", "    ")
    missing = [name for name, cost in first.items() if cost.missing]
    if missing:
        lines += wrap(", ".join(missing), width, "  costs not known in full: ", "    ")
    return [*lines, ""]


def _waivers(decision: Decision, width: int, *, full: bool) -> list[str]:
    """Every waiver with its state; in `full`, with owner, day of approval, bound and ticket."""
    manifest = decision.manifest_path
    if not decision.waivers:
        return ["waivers: none", ""] if full else []
    lines = ["waivers"]
    for waiver in sorted(decision.waivers, key=by_id):
        subject = f" for {waiver.workload}" if waiver.workload else ""
        became = words.waiver_state(waiver.state, waiver.expiring)
        text = f"{waiver.rule}{subject}: {became}; {_waiver(waiver, manifest)}"
        more = [
            f"owner {waiver.owner}" if waiver.owner else "",
            f"approved on {waiver.approved_on}" if waiver.approved_on else "",
            f"up to {money(waiver.max_amount, waiver.currency)}"
            if waiver.max_amount is not None
            else "",
            f"ticket {waiver.ticket}" if waiver.ticket else "",
        ]
        lines += wrap(text, width, "  ", "    ")
        if full and any(more):
            lines += wrap(", ".join(part for part in more if part), width, "    ")
    return [*lines, ""]


def _waiver(waiver: WaiverUse, manifest: str) -> str:
    place = f"  {dim(told(waiver.place, manifest))}" if waiver.place else ""
    return (
        f"{waiver.id}, approved by {waiver.approved_by}, until {waiver.expires_on}: "
        f"{waiver.reason}{place}"
    )


def _passed(decision: Decision, workload: str | None, width: int) -> list[str]:
    """The rules that passed: with its reason each that compares a number, since there it is a
    question of how much; the others by name, since what they speak of is not so here."""
    steps = judged_steps(decision, workload)
    near: dict[str, list[tuple[str, str]]] = {}
    far: dict[str, list[str]] = {}
    aside: dict[str, list[str]] = {}
    for result in decision.results:
        subject = result.workload or decision.scopes.shared.word
        if workload not in (None, result.workload):
            continue
        if result.state is RuleState.DOES_NOT_APPLY:
            aside.setdefault(result.rule, []).append(subject)
        elif result.state is RuleState.PASSED:
            failing = why_passed(steps, result)
            if any(margin(each) is not None for each in failing):
                near.setdefault(result.rule, []).append(
                    (subject, why_not(failing, decision.titles))
                )
            else:
                far.setdefault(result.rule, []).append(subject)
    if not near and not far and not aside:
        return []
    lines = ["passed"]
    for rule, parts in near.items():
        for names, reason in shared(parts):
            lines += wrap(f"{rule} ({', '.join(names)}): {reason}", width, "  ", "    ")
    every = {each.name for each in decision.workloads} if workload is None else {workload}

    def named(rules: dict[str, list[str]]) -> str:
        return ", ".join(
            rule if set(names) == every else f"{rule} ({', '.join(dict.fromkeys(names))})"
            for rule, names in rules.items()
        )

    if far:
        lines += wrap(named(far), width, "  what they speak of is not so here: ", "    ")
    if aside:
        lines += wrap(named(aside), width, "  do not apply: ", "    ")
    lines.append("  why, step by step: mlpolicy explain --rule NAME")
    return [*lines, ""]


def why_not(failing: Sequence[Step], titles: Titles) -> str:
    """Why a condition is not met, as people call what it compares."""
    said = [fact(each, titles) or words.reason((each,)) for each in failing]
    return "; ".join(dict.fromkeys(said))


#: What became of a rule of which a reason says enough.
_QUIET = (RuleState.PASSED, RuleState.DOES_NOT_APPLY)


def _rules(decision: Decision, workload: str | None, width: int) -> list[str]:
    """Every rule with its place and what became of it: those that passed or do not apply with
    their reason, the others with what they follow from."""
    nodes = judged_steps(decision, workload)
    rules: dict[str, list[tuple[str, RuleState, str]]] = {}
    levels: dict[str, str] = {}
    for result in decision.results:
        if workload in (None, result.workload):
            levels[result.rule] = result.level
            subject = result.workload or ""
            quiet = result.state in _QUIET
            said = words.reason(why_passed(nodes, result)) if quiet else ""
            rules.setdefault(result.rule, []).append((subject, result.state, said))
    lines: list[str] = []
    for rule, results in rules.items():
        places = [nodes[rule, subject].at for subject, _, _ in results if (rule, subject) in nodes]
        place = f"  {dim(told(places[0]))}" if places else ""
        lines.append(f"  {bold(rule)} ({levels[rule]}){place}")
        states = [
            (subject or decision.scopes.shared.word, (state, said))
            for subject, state, said in results
        ]
        for names, (state, reason) in shared(states):
            because = f": {reason}" if reason else ""
            became = state.replace("_", " ")
            lines += wrap(f"{became} ({', '.join(names)}){because}", width, "    ", "      ")
        for subject, state, _ in results:
            node = nodes.get((rule, subject))
            if state not in _QUIET and node is not None:
                lines += lines_below(node, width, depth=4, margin=" " * 8)
    return ["rules", *lines, ""] if lines else []


#: What stands in the trace beside the workloads.
_OF_THE_PROJECT = frozenset({StepKind.RULE, StepKind.OBLIGATION, StepKind.PROJECT})


# The clauses.


def _clauses(
    decision: Decision,
    workloads: Sequence[WorkloadDecision],
    findings: Sequence[Finding],
    width: int,
    audience: str | None,
) -> list[str]:
    """The texts of the clauses, in our words, each once: of the answers, blocks and warnings; for
    the auditor of all that speaks for this decision, and the others by their names; for the author
    of all that is cited."""
    cited: dict[str, None] = {}
    for workload in workloads:
        if workload.choice is not None:
            cited.update(dict.fromkeys(workload.choice.refs))
    for finding in findings:
        if finding.state is not RuleState.WAITING and (
            audience or finding.level in (Level.BLOCK, Level.WARN)
        ):
            cited.update(dict.fromkeys(finding.refs))
    if audience:
        for workload in workloads:
            cited.update(dict.fromkeys(_refs(workload)))
    known = sorted((ref for ref in cited if ref in decision.clauses), key=_natural)
    if not known:
        return []
    longest = max(columns(ref) for ref in known)
    title = "clauses" if audience else "clauses of the answers, blocks and warnings"
    lines = wrap(title, width)
    speak = set(known)
    if audience == "auditor":
        speak = _speaking(workloads, findings, decision.titles)
        title = "clauses that speak for this decision"
        lines = wrap(title, width)
    for ref in (each for each in known if each in speak):
        clause = decision.clauses[ref]
        origin = citations.origin_text(clause) if audience == "auditor" else ""
        text = f"{citations.clause_text(clause)}{dim(f' ({origin})') if origin else ''}"
        lines += wrap(text, width, f"  {cyan(pad(ref, longest))}  ")
    others = [each for each in known if each not in speak]
    if others:
        lead = "  cited besides, on the way to it or of what is not so here: "
        lines += ["", *wrap(" ".join(others), width, lead, "    ")]
        lines += ["  what each says: mlpolicy sources list"]
    return [*lines, ""]


def _speaking(
    workloads: Sequence[WorkloadDecision], findings: Sequence[Finding], titles: Titles
) -> set[str]:
    """The clauses that a decision follows from: of the answers and what decided them, of what was
    found and is owed, and of the prices and bars that the cost is made of."""
    found = {ref for f in findings if f.state is not RuleState.WAITING for ref in f.refs}
    for each in workloads:
        if each.choice is not None:
            found.update(each.choice.refs)
        for question in deciding(asked(each, titles)):
            condition = question.step.children[0]
            found.update(condition.refs)
            for compared in comparisons(condition):
                bars = find(compared, StepKind.THRESHOLD, StepKind.PARAM)
                sides = (compared, *compared.children, *bars)
                found.update(ref for side in sides for ref in side.refs)
        for duty in each.obligations:
            if duty.state is not DutyState.MET:
                found.update(duty.refs)
        for cost in ledger.ledgers(each):
            for line in cost.lines:
                made = ledger.made_of(line, False)
                found.update(ref for s in made if s.kind in _FIGURES for ref in s.refs)
    return found


#: What a figure is made of that a clause speaks for.
_FIGURES = (SourceKind.PRICE, SourceKind.BAR)


def _refs(workload: WorkloadDecision) -> Iterator[str]:
    """Everything that is cited where a workload is told."""
    yield from citations.workload_refs(workload)
    for tree in find(workload.trace, StepKind.TREE):
        yield from citations.step_refs(tree)


def _natural(ref: str) -> list[tuple[int, int, str]]:
    """`guide#G3.9` before `guide#G3.10`."""
    parts = re.split(r"(\d+)", ref)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def counts_line(decision: Decision) -> str:
    """How many rules fired, wait, passed, are waived and do not apply. Their sum may be larger
    than the number of rules, since a rule is judged for each workload; then both are named."""
    counts = decision.counts
    results = counts.fired + counts.waiting + counts.passed + counts.waived + counts.does_not_apply
    of = f", of {counts.rules} rules"
    beside = counts.does_not_apply
    idle = f", {beside} {'does' if beside == 1 else 'do'} not apply" if beside else ""
    if results > counts.rules:  # a rule for each workload, and duties besides
        duties = " and of duties" if any(each.obligations for each in decision.workloads) else ""
        of = f": {results} results of {counts.rules} rules{duties}"
    return (
        f"{counts.fired} fired, {counts.waiting} waiting, {counts.passed} passed, "
        f"{counts.waived} waived{idle}{of}"
    )


# One rule.


def _of_rule(decision: Decision, rule: str, workload: str | None, width: int) -> list[str]:
    """A rule step by step; of a rule for each row of a catalogue that of every row."""
    judged = dict.fromkeys(each.rule for each in decision.results)
    rows = [name for name in judged if name.startswith(f"{rule}.")]
    return [line for name in rows or [rule] for line in _rule(decision, name, workload, width)]


def _rule(decision: Decision, rule: str, workload: str | None, width: int) -> list[str]:
    """A rule step by step, for each subject it was judged for."""
    lines: list[str] = []
    cited: list[Finding] = []
    subjects: list[tuple[str, tuple[list[str], list[Finding]]]] = []
    for each in decision.workloads:
        if workload in (None, each.name):
            steps = _rule_steps(each.trace, rule, width)
            subjects.append(
                (each.name, (steps, [f for f in decision.findings if f.workload == each.name]))
            )
    if workload is None:
        top = [c for c in decision.trace.children if c.kind in _OF_THE_PROJECT]
        steps = [line for child in top for line in _rule_steps(child, rule, width)]
        subjects.append(("", (steps, [f for f in decision.findings if f.workload is None])))
    for name, (steps, findings) in subjects:
        results = [r for r in decision.results if r.rule == rule and (r.workload or "") == name]
        found = [f for f in findings if f.rule == rule]
        if not (steps or results or found):
            continue
        state = results[0].state if results else ""
        subject = f" · {decision.scopes.each} {bold(name)}" if name else ""
        lines += wrap(f"{bold(rule)}{subject}{f': {state}' if state else ''}", width, "", "  ")
        lines += steps
        for finding in found:
            if finding.state is RuleState.WAITING:
                lines += wrap(needed(finding.needs), width, "  needs ")
            else:
                whole = decision.scopes.shared.word
                group = Told(
                    rule=finding.rule,
                    level=finding.level,
                    state=finding.state,
                    findings=(finding,),
                    whole=whole,
                )
                lines += _finding(group, width, decision.manifest_path)
                cited.append(finding)
        lines.append("")
    if not lines:
        lines.append(f"{rule} was not judged here")
    lines += _clauses(decision, (), cited, width, "author")
    return lines


def _rule_steps(trace: Step, rule: str, width: int) -> list[str]:
    lines: list[str] = []
    for node in find(trace, StepKind.RULE, StepKind.OBLIGATION, name=rule):
        lines += node_lines(node, width, depth=_DEEP)
    return lines


def _advice(number: int) -> str:
    return f"{number} piece{'' if number == 1 else 's'} of advice"


def _many(number: int, word: str) -> str:
    """`1 manifest`, `2 manifests`."""
    return f"{number} {word}" + ("" if number == 1 else "s")
