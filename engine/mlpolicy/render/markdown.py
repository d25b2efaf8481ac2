"""Decisions as a comment for a pull request, in the Markdown of GitHub and GitLab.

The verdict, a table of the workloads, what is found with its fixes, what is owed, what settles
what is open and what each option costs; the paths and ledgers folded away; the digests last.
Whatever comes from a manifest or a policy is escaped, so that no text of theirs becomes a link, a
mention, a tag or a column. A comment has a greatest length: what is folded away gives way first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from mlpolicy.core.decision import Decision, Finding, WorkloadDecision
from mlpolicy.core.program import Program
from mlpolicy.core.terms import FIRM, Level, RuleState
from mlpolicy.render import ledger, notices, settle
from mlpolicy.render.escaping import as_code as _code
from mlpolicy.render.escaping import as_text as _text
from mlpolicy.render.findings import Told, by_rule, shared, waiting
from mlpolicy.render.places import asked, gathered, told
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.style import plain
from mlpolicy.render.team import answer_of, cost_of, costs_head, owed
from mlpolicy.render.text import counts_line, explain, headline, workload_lines

#: GitHub takes 65,536 characters. What is asked for first is never cut; see `markdown`.
_LONGEST = 60_000
_WIDTH = 100
_QUESTIONS = 8


def markdown(
    pairs: Sequence[tuple[Decision, Program]],
    *,
    workload: str | None = None,
    audience: str | None = None,
) -> str:
    """A comment about these decisions, or about one `workload` of them.

    Folded away stand the path and the ledger of each workload; for "author" and "auditor" the
    whole of what `explain` tells them; for the "team" nothing. What would make the comment too
    long is left out from the end, and the comment says so.
    """
    decisions = [decision for decision, _ in pairs]
    open_ = [_summary(decision, workload) for decision in decisions]
    folded = [list(_details(decision, workload, audience)) for decision in decisions]
    room = _LONGEST - sum(len(part) for part in open_)
    parts = []
    for decision, summary, details in zip(decisions, open_, folded, strict=True):
        kept = []
        for block in details:
            if len(block) > room:
                kept.append(
                    "More than fits here: "
                    f"{_code(f'mlpolicy explain {decision.manifest_path}')} tells all of it.\n"
                )
                break
            room -= len(block)
            kept.append(block)
        parts.append("\n".join([summary, *kept, _digests(decision)]))
    return "\n---\n\n".join(parts)


# ── What is always shown ─────────────────────────────────────────────────────────────────


def _summary(decision: Decision, workload: str | None) -> str:
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    verdict, _, rest = plain(headline(decision)).partition("  ")
    lines = [f"### {verdict}: {_text(rest)}", "", *_table(shown), ""]
    groups = by_rule(found)
    grave = [
        group
        for group in groups
        if group.state is not RuleState.WAIVED and group.level is not Level.ADVISE
    ]
    advice = [
        group
        for group in groups
        if group.state is not RuleState.WAIVED and group.level is Level.ADVISE
    ]
    waived = [group for group in groups if group.state is RuleState.WAIVED]
    manifest = decision.manifest_path
    if grave:
        lines += ["#### Findings", "", *_findings(grave, manifest), ""]
    lines += _owed(shown, found)
    if advice:
        lines += _folded(_many(len(advice), "piece", "s of advice", " of advice"),
                         _findings(advice, manifest))  # fmt: skip
    if waived:
        lines += ["#### Waived", "", *_findings(waived, manifest), ""]
    lines += _questions(shown)
    lines += _costs(shown)
    groups_, _ = waiting(found, advice=True)
    waiting_ = sum(len(names) for rules in groups_.values() for names in rules.values())
    if waiting_:
        needs = dict.fromkeys(need for needs in groups_ for need in needs)
        body = [f"- {_code(asked(need))}" for need in needs]
        title = f"{_many(waiting_, 'rule', 's')} could not be judged yet"
        lines += _folded(f"{title}; the facts that they wait for", body) if body else [title, ""]
    return "\n".join(lines)


def _table(workloads: Sequence[WorkloadDecision]) -> list[str]:
    rows = [
        (
            f"**{_text(each.name)}**",
            _text(answer_of(each)) + _reasons(each),
            each.status.value,
            _text(cost_of(each, workloads)),
        )
        for each in workloads
    ]
    head = costs_head(workloads)
    return _columns(("workload", "answer", "status", head), rows, "lllr")


def _reasons(workload: WorkloadDecision) -> str:
    because = list(workload.choice.because) if workload.choice else []
    may = settle.may_become(workload)
    said = [*because, *([may] if may else [])]
    return f"<br>{_text('; '.join(said))}" if said else ""


def _findings(groups: Iterable[Told], manifest: str) -> list[str]:
    lines = []
    for group in groups:
        level = f"waived ({group.level})" if group.state is RuleState.WAIVED else group.level
        subjects = group.subjects
        lines.append(f"- **{level}** {_code(group.rule)} {_text(', '.join(subjects))}")
        of = [(f.workload or "project", f) for f in group.findings]
        parts = [("", [(name, notices.say(f)) for name, f in of])]
        parts.append(("fix: ", [(name, notices.fix(f)) for name, f in of]))
        parts.append(("waived by ", [(name, _waived(f.waiver.id, f.waiver.approved_by,
                      f.waiver.expires_on, f.waiver.reason)) for name, f in of
                      if f.waiver is not None and group.state is RuleState.WAIVED]))  # fmt: skip
        for lead, texts in parts:
            for names, text in shared(texts):
                whose = "" if names == subjects else f"{', '.join(names)}: "
                lines.append(f"  - {lead}{_text(f'{whose}{text}')}")
        places = dict.fromkeys(told(f.at, manifest) for _, f in of if f.at)
        refs = dict.fromkeys(ref for _, f in of for ref in f.refs)
        looks = " ".join(_code(look) for look in (*places, *refs))
        if looks:
            lines.append(f"  - {looks}")
    return lines


def _owed(workloads: Sequence[WorkloadDecision], findings: Sequence[Finding]) -> list[str]:
    """What is owed with the answers and not overdue yet."""
    lines = []
    for id, parts in owed(workloads, findings).items():
        subjects = tuple(dict.fromkeys(name for name, _ in parts))
        lines.append(f"- {_code(id)} {_text(', '.join(subjects))}")
        for names, text in shared(parts):
            whose = "" if names == subjects else f"{', '.join(names)}: "
            lines.append(f"  - {_text(f'{whose}{text}')}")
    return ["#### Owed", "", *lines, ""] if lines else []


def _waived(id: str, approved_by: str, until: str, reason: str) -> str:
    return f"{id}, approved by {approved_by}, until {until}: {reason}"


def _questions(workloads: Sequence[WorkloadDecision]) -> list[str]:
    """The most telling question of each answer that is not firm."""
    lines = []
    for workload in workloads:
        ranked = settle.ranked(workload)
        if workload.status in FIRM or not ranked:
            continue
        first = ranked[0]
        now = settle.possible(workload)
        answers = [
            f"{replies_text(split.answer)}{settle.leaves(split.possible, now)}"
            for split in first.when
        ]
        telling = len({split.possible for split in first.when}) > 1
        ask = f" {_text(ask_text(first.ask))}" if first.ask else ""
        lines.append(f"- **{_text(workload.name)}**: {_code(settle.question(first))}{ask}")
        if telling:
            beside = f" ({settle.given(first)})" if first.given else ""
            lines.append(f"  - {_text('; '.join(answers) + beside)}")
    return ["#### What settles it", "", *lines, ""] if lines else []


def _costs(workloads: Sequence[WorkloadDecision]) -> list[str]:
    """Each option of each workload by the policy's first formula, the answer's own in bold."""
    rows = []
    for workload in workloads:
        own = ledger.ledgers(workload)
        seen: set[str] = set()
        for cost in [*own, *workload.costs]:
            if cost.outcome in seen:
                continue
            seen.add(cost.outcome)
            mark = "**" if cost in own else ""
            beside = [f"missing: {gathered(cost.missing)}"] if cost.missing else []
            beside += [plain(said) for said in ledger.uncertain(cost, 1)]
            rows.append((
                _text(workload.name),
                f"{mark}{_text(cost.outcome or cost.formula)}{mark}",
                _text(ledger.total(cost)),
                _text("; ".join(beside)),
            ))  # fmt: skip
    if not rows:
        return []
    table = _columns(("workload", "option", costs_head(workloads), ""), rows, "llrl")
    return ["#### Costs", "", *table, ""]


# ── What is folded away ──────────────────────────────────────────────────────────────────


def _details(decision: Decision, workload: str | None, audience: str | None) -> Iterable[str]:
    if audience == "team":
        return
    if audience in ("author", "auditor"):
        text = explain(decision, width=_WIDTH, workload=workload, audience=audience)
        yield "\n".join(_folded(f"all of it, for the {audience}", _fenced(text)))
        return
    for each in decision.workloads:
        if workload in (None, each.name):
            text = plain("\n".join(workload_lines(decision, each, _WIDTH, audience)))
            yield "\n".join(_folded(f"{each.name}: path and costs", _fenced(text)))


def _digests(decision: Decision) -> str:
    policy = decision.policy
    return (
        f"{_text(counts_line(decision))}. "
        f"Policy {_text(policy.name)} {_text(policy.version)} as of {decision.as_of}\n\n"
        f"<sub>policy {_code(policy.digest)} manifest {_code(decision.manifest_digest)}</sub>\n"
    )


def _folded(title: str, body: Sequence[str]) -> list[str]:
    summary = html.escape(" ".join(plain(title).split()))
    return ["<details>", f"<summary>{summary}</summary>", "", *body, "", "</details>", ""]


def _fenced(text: str) -> list[str]:
    """A block of text as it stands, in a fence longer than any in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return [f"{fence}text", text.rstrip("\n"), fence]


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    marks = {"l": "---", "r": "---:"}
    return [
        f"| {' | '.join(head)} |".replace("|  |", "| |"),
        f"| {' | '.join(marks[side] for side in sides)} |",
        *(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows),
    ]


def _many(number: int, word: str, plural: str, single: str = "") -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {word}{single if number == 1 else plural}"
