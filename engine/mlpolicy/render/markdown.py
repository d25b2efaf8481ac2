"""Decisions as a comment for a pull request, in the Markdown of GitHub and GitLab.

In the order of a reader's questions: the answers with what they cost, what stops the manifest, what
to do next; then the reasons: warnings, what is owed, what settles what is open, what each option
costs, what waits; the paths and ledgers folded away; the digests last. Whatever comes from a
manifest or a policy is escaped, so that no text of theirs becomes a link, a mention, a tag or a
column. A comment has a greatest length. What stands later and is longer gives way first, and the
comment says what it leaves out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.core.decision import Decision, Finding, Founded, WorkloadDecision
from mlpolicy.core.program import Program
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.terms import FIRM, Level, RuleState
from mlpolicy.core.titles import Titles
from mlpolicy.explain.ranking import ranked
from mlpolicy.render import brief, citations, figures, ledger, notices, premises, settle, titled
from mlpolicy.render.escaping import as_code as _code
from mlpolicy.render.escaping import as_text as _text
from mlpolicy.render.findings import Told, by_rule, freeing, shared, unjudged
from mlpolicy.render.places import SETTLED, asked, lacking, told
from mlpolicy.render.replies import ask_text, replies_text
from mlpolicy.render.style import plain
from mlpolicy.render.team import answer_of, costs_head, owed
from mlpolicy.render.text import counts_line, explain, workload_lines

#: GitHub takes comments of 65,536 characters.
LONGEST = 65_000
_WIDTH = 100
#: What one manifest may take of a comment about many, at the least.
_SHORT = 1_500
_CLIPPED = 300  # characters of a text in the shortest form


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what is said of a manifest; `rank` counts from what is never left out."""

    rank: int
    title: str
    text: str


def markdown(
    pairs: Sequence[tuple[Decision, Program]],
    *,
    workload: str | None = None,
    audience: str | None = None,
    longest: int = LONGEST,
) -> str:
    """A comment about these decisions, or about one `workload` of them, of at most `longest`
    characters, which are some thousands.

    Folded away stand the path and the ledger of each workload; for "author" and "auditor" the
    whole of what `explain` tells them; for the "team" nothing. What would make the comment too
    long is left out from the end, and the comment says so.
    """
    decisions = [decision for decision, _ in pairs]
    told_ = _heads(decisions, workload, longest // 2)
    last = len(told_)
    more = len(decisions) - last
    rest = f"\n---\n\nAnd {_many(more, 'more manifest', 's')}, for which there is no room here.\n"
    room = longest - sum(len(head) + 8 for head in told_) - (len(rest) if more else 0)
    room -= sum(_OF_A_NOTE + len(each.manifest_path) for each in decisions[:last])
    parts = [list(_parts(each, workload, audience)) for each in decisions[:last]]
    kept: set[tuple[int, int]] = set()
    # What matters most of every manifest, before what matters less of any.
    order = sorted(
        (part.rank, number, place)
        for number, several in enumerate(parts)
        for place, part in enumerate(several)
    )
    for _, number, place in order:
        size = len(parts[number][place].text) + 1
        if size <= room:
            room -= size
            kept.add((number, place))
    blocks = []
    for number, (head, several) in enumerate(zip(told_, parts, strict=True)):
        texts = [part.text for place, part in enumerate(several) if (number, place) in kept]
        left = [part.title for place, part in enumerate(several) if (number, place) not in kept]
        if left:
            texts.append(_left_out(left, decisions[number].manifest_path))
        blocks.append("\n".join([head, *texts]))
    return "\n---\n\n".join(blocks) + (rest if more else "")


_OF_A_NOTE = 400


def _left_out(titles: Sequence[str], path: str) -> str:
    """What there was no room for, and where it is to be had."""
    names = list(dict.fromkeys(titles))
    shown = ", ".join(names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    command = _code(f"mlpolicy explain {path}")
    return f"Left out here, as it is too long: {_text(shown[:200])}{more}. {command} tells it.\n"


def _heads(decisions: Sequence[Decision], workload: str | None, room: int) -> list[str]:
    """The beginning of what is said of each manifest, in full where there is room, and of as many
    manifests as there is room for."""
    for short in (False, True):
        heads = [_head(decision, workload, short=short) for decision in decisions]
        if sum(map(len, heads)) <= room or all(len(head) <= _SHORT for head in heads):
            break
    fit: list[str] = []
    for head in heads:
        room -= len(head) + _OF_A_NOTE
        if room < 0 and fit:
            break
        fit.append(head)
    return fit


# ── What a reader asks first ─────────────────────────────────────────────────────────────


def _head(decision: Decision, workload: str | None, *, short: bool) -> str:
    """Verdict, answers with their costs, what stops it, what is next."""
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    name, path = decision.manifest_name, decision.manifest_path
    said = brief.verdict_text(decision, found)
    lines = [f"### {decision.verdict.value.upper()}: {_text(_clip(name))}", ""]
    lines += [f"{said} {_code(_clip(path))}", ""]
    if short:
        open_ = sum(each.status not in FIRM for each in shown)
        lines += [f"{decision.scopes.counted(len(shown))}, {open_} without a firm answer", ""]
    else:
        lines += [*_table(shown, decision), ""]
        told = [
            (_text(whose), _text(n), _text(v)) for whose, n, v in figures.beside(decision, workload)
        ]
        if told:
            lines += [*_columns(("of", "reported", "value"), told, "llr"), ""]
    stops = brief.stopping(found)
    if stops:
        title = "What stops it" if stops[0].level is Level.BLOCK else "Warnings"
        lines += [f"**{title}**", ""]
        for finding in stops[: 1 if short else 3]:
            of = f"{finding.workload}: " if finding.workload and len(decision.workloads) > 1 else ""
            told_ = f"{of}{notices.say(finding)}"
            lines.append(f"- **{finding.level.value}** {_text(_clip(told_) if short else told_)}")
        more = len(stops) - (1 if short else 3)
        lines += [f"- and {more} more", ""] if more > 0 else [""]
    step = brief.next_step(shown, found)
    of = f"{step.of}: " if step.of and len(decision.workloads) > 1 else ""
    said = f"{of}{brief.sentence(brief.next_text(step))}"
    lines += [f"**Next**: {_text(_clip(said) if short else said)}", ""]
    return "\n".join(lines)


def _clip(text: str) -> str:
    return text if len(text) <= _CLIPPED else f"{text[:_CLIPPED]}…"


def _table(workloads: Sequence[WorkloadDecision], decision: Decision) -> list[str]:
    titles = decision.titles
    rows = [
        (
            f"**{_text(each.name)}**",
            _text(titled.answer(each.choice, titles) if each.choice else answer_of(each, titles))
            + _reasons(each, titles),
            each.status.value,
            _text(_cost(each)),
        )
        for each in workloads
    ]
    return _columns((decision.scopes.each.word, "answer", "status", "cost"), rows, "lllr")


def _cost(workload: WorkloadDecision) -> str:
    return next(map(brief.cost_text, ledger.ledgers(workload)), "")


def _reasons(workload: WorkloadDecision, titles: Titles) -> str:
    because = list(workload.choice.because) if workload.choice else []
    may = settle.may_become(workload, titles)
    said = [*because, *([may] if may else [])]
    return f"<br>{_text('; '.join(said))}" if said else ""


# ── The reasons ──────────────────────────────────────────────────────────────────────────


def _parts(decision: Decision, workload: str | None, audience: str | None) -> Iterator[_Part]:
    """All that follows the beginning, in the order in which it stands. The digests give way
    last, then what is found, and first what is folded away."""
    shown = [each for each in decision.workloads if workload in (None, each.name)]
    found = [f for f in decision.findings if workload in (None, f.workload)]
    groups = by_rule(found, decision.scopes)
    manifest = decision.manifest_path
    waived = [group for group in groups if group.state is RuleState.WAIVED]
    fired = [group for group in groups if group.state is not RuleState.WAIVED]
    grave = [group for group in fired if group.level is not Level.ADVISE]
    advice = [group for group in fired if group.level is Level.ADVISE]

    def titled_(title: str, body: Sequence[str]) -> str:
        return "\n".join([f"#### {title}", "", *body, ""])

    if grave:
        yield _Part(1, "findings", titled_("Findings", _findings(grave, manifest)))
    if waived:
        yield _Part(1, "what is waived", titled_("Waived", _findings(waived, manifest)))
    if lines := _owed(shown, found):
        yield _Part(2, "what is owed", titled_("Owed", lines))
    if lines := _questions(shown, decision.titles):
        yield _Part(2, "what settles it", titled_("What settles it", lines))
    if lines := _costs(shown, decision):
        yield _Part(2, "the cost of each option", titled_("Costs", lines))
    waiting = unjudged(found)
    if waiting:
        title = f"{_many(len(waiting), 'check', 's')} could not be judged yet"
        yield _Part(
            3, "checks that wait", "\n".join(_folded(title, _waiting(waiting, decision.scopes)))
        )
    if advice:
        title = _many(len(advice), "piece", "s of advice", " of advice")
        yield _Part(3, "advice", "\n".join(_folded(title, _findings(advice, manifest))))
    if lines := _premises(shown, manifest):
        title = "What the answers rest on" if len(shown) > 1 else "What the answer rests on"
        yield _Part(3, "what the answers rest on", "\n".join(_folded(title, lines)))
    for title, text in _details(decision, workload, audience):
        yield _Part(4, title, text)
    yield _Part(0, "digests", _digests(decision, audience))


def _premises(workloads: Sequence[WorkloadDecision], manifest: str) -> list[str]:
    """What each answer rests on: how well every fact is founded, and what is said about it."""
    lines = []
    for workload in workloads:
        if len(workloads) > 1 and workload.rests_on:
            lines.append(f"- **{_text(workload.name)}**: {premises.counts(workload)}")
        indent = "  " if len(workloads) > 1 else ""
        for each in workload.rests_on:
            if each.founded is Founded.ASSUMED and len(workloads) > 1:
                continue
            said = premises.said_text(each)
            value = f"{premises.value_text(each)}{f', {said}' if said else ''}"
            place = f" {_code(told(each.place, manifest))}" if each.place is not None else ""
            lines.append(f"{indent}- {each.founded}: {_code(str(each.path))} {_text(value)}{place}")
    return lines


def _waiting(findings: Sequence[Finding], scopes: Scopes) -> list[str]:
    """Checks that wait, by the fact that frees most of them."""
    lines = []
    for group in freeing(findings, scopes):
        names = "; ".join(f"{each.rule} ({', '.join(each.subjects)})" for each in group.checks)
        fact = _code(asked(group.fact)) if group.fact is not None else SETTLED
        lines.append(f"- {fact}: {_text(names)}")
    return lines


def _findings(groups: Iterable[Told], manifest: str) -> list[str]:
    lines = []
    for group in groups:
        level = f"waived ({group.level})" if group.state is RuleState.WAIVED else group.level
        subjects = group.subjects
        of = group.each
        says = shared([(name, notices.say(f)) for name, f in of])
        names = _text(", ".join(subjects))
        if len(says) == 1:
            lines.append(f"- **{level}** {_text(says[0][1])} ({names})")
        else:
            lines.append(f"- **{level}** {names}")
            lines += [f"  - {_text(', '.join(whom) + ': ' + text)}" for whom, text in says]
        parts = [("fix: ", [(name, notices.fix(f)) for name, f in of])]
        parts.append(("waived by ", [(name, _waived(f.waiver.id, f.waiver.approved_by,
                      f.waiver.expires_on, f.waiver.reason)) for name, f in of
                      if f.waiver is not None and group.state is RuleState.WAIVED]))  # fmt: skip
        for lead, texts in parts:
            for whom, text in shared(texts):
                whose = "" if whom == subjects else f"{', '.join(whom)}: "
                lines.append(f"  - {lead}{_text(f'{whose}{text}')}")
        places = dict.fromkeys(told(f.at, manifest) for _, f in of if f.at)
        refs = dict.fromkeys(ref for _, f in of for ref in f.refs)
        looks = " ".join(_code(look) for look in (group.rule, *places, *refs))
        lines.append(f"  - {looks}")
    return lines


def _owed(workloads: Sequence[WorkloadDecision], findings: Sequence[Finding]) -> list[str]:
    """What is owed with the answers and not overdue yet."""
    lines = []
    for id, parts in owed(workloads, findings).items():
        texts = shared(parts)
        for names, text in texts:
            lines.append(f"- {_text(text)} ({_text(', '.join(names))}) {_code(id)}")
    return lines


def _waived(id: str, approved_by: str, until: str, reason: str) -> str:
    return f"{id}, approved by {approved_by}, until {until}: {reason}"


def _questions(workloads: Sequence[WorkloadDecision], titles: Titles) -> list[str]:
    """The most telling question of each answer that is open, or open in how it is carried out."""
    lines = []
    for workload in workloads:
        questions = ranked(workload)
        if not questions:
            continue
        first = questions[0]
        now = settle.possible(workload)
        answers = [
            f"{replies_text(split.answer)}{settle.leaves(split.possible, now, titles)}"
            for split in first.when
        ]
        telling = len({split.possible for split in first.when}) > 1
        ask = f" {_text(ask_text(first.ask))}" if first.ask else ""
        lines.append(f"- **{_text(workload.name)}**: {_code(settle.question(first))}{ask}")
        beside = f" ({settle.given(first)})" if first.given else ""
        said = ["; ".join(answers) + beside] if telling else []
        if first.settles:
            said.insert(0, settle.more(first))
        if said:
            lines.append(f"  - {_text('; '.join(said))}")
        if workload.untried:
            lines.append(f"  - {_text(settle.UNTRIED)}")
    return lines


def _costs(workloads: Sequence[WorkloadDecision], decision: Decision) -> list[str]:
    """Each option of each thing that is decided, by the policy's first formula; the answer's own
    in bold."""
    titles = decision.titles
    rows = []
    for workload in workloads:
        own = ledger.ledgers(workload)
        seen: set[str] = set()
        for cost in [*own, *workload.costs]:
            if cost.outcome in seen:
                continue
            seen.add(cost.outcome)
            mark = "**" if cost in own else ""
            beside = [f"missing: {lacking(cost.missing)}"] if cost.missing else []
            beside += ledger.elsewhere(cost)
            beside += [plain(said) for said in ledger.uncertain(cost, 1)]
            option = titles.answer(cost.outcome) if cost.outcome else titles.value(cost.formula)
            rows.append((
                _text(workload.name),
                f"{mark}{_text(option)}{mark}",
                _text(ledger.total(cost)),
                _text("; ".join(beside)),
            ))  # fmt: skip
    if not rows:
        return []
    return _columns((decision.scopes.each.word, "option", costs_head(workloads), ""), rows, "llrl")


# ── What is folded away ──────────────────────────────────────────────────────────────────


def _details(
    decision: Decision, workload: str | None, audience: str | None
) -> Iterator[tuple[str, str]]:
    """What is folded away, each with its title."""
    if audience == "team":
        return
    if audience in ("author", "auditor"):
        text = explain(decision, width=_WIDTH, workload=workload, audience=audience)
        title = f"all of it, for the {audience}"
        yield title, "\n".join(_folded(title, _fenced(text)))
        return
    for each in decision.workloads:
        if workload in (None, each.name):
            text = plain("\n".join(workload_lines(decision, each, _WIDTH, audience)))
            title = f"{each.name}: path and costs"
            yield title, "\n".join(_folded(title, _fenced(text)))


def _digests(decision: Decision, audience: str | None) -> str:
    policy = decision.policy
    sources = [
        f"source {_text(source.name)}: {_text(citations.source_text(source))}"
        for source in decision.sources
        if audience == "auditor"
    ]
    extensions = "".join(f" {_text(each.name)} {_code(each.digest)}" for each in policy.extensions)
    return (
        f"{_text(counts_line(decision))}. "
        f"Policy {_text(titled.policy(policy))} as of {decision.as_of}\n\n"
        + "".join(
            f"- replaced: {_text(premises.replaced_text(each, decision.manifest_path))}\n"
            for each in decision.replaced
        )
        + ("\n" if decision.replaced else "")
        + (f"{_text(premises.unread_text(decision))}\n\n" if decision.unread else "")
        + "".join(f"{said}\n\n" for said in sources)
        + f"<sub>policy {_code(policy.digest)}{extensions} manifest "
        + f"{_code(decision.manifest_digest)}</sub>\n"
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
