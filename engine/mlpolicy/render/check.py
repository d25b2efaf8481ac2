"""What `check` says: what may not pass, the worst first, and what came of all of it in the last
line.

A block for each manifest that does not pass: its verdict, name and path; each workload with its
answer, how firm that is and what it costs; what was found, a sentence first, how to fix it, where,
and the identifier last. Warnings of a manifest that is stopped are named: what stops it comes
first. What waits is told by the fact that most of it waits for. A manifest that passes, or of which
there is only advice, is counted; `-v` tells all of it all the same. The sums of a single manifest
say nothing that its block does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum

from mlpolicy.core.decision import Decision, Finding, Verdict, WorkloadDecision
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import FIRM, Level, RuleState, Status, WaitsFor
from mlpolicy.core.titles import Titles
from mlpolicy.render import figures, ledger, notices, settle, titled
from mlpolicy.render.findings import Told, by_rule, stating, waits
from mlpolicy.render.places import either
from mlpolicy.render.style import (
    Cell,
    bold,
    columns,
    cyan,
    dim,
    finish,
    green,
    pad,
    red,
    table,
    wrap,
    yellow,
)

_LABEL = 9
_INDENT = "  "


class Detail(Enum):
    """How much is told: the last lines alone; what does not pass; everything."""

    QUIET = "quiet"
    USUAL = "usual"
    ALL = "all"


#: From the worst on, as they are told and counted, with the words for a count of manifests.
_COUNTED: dict[Verdict, str] = {
    Verdict.BLOCK: "blocked",
    Verdict.ERROR: "in error",
    Verdict.INCOMPLETE: "incomplete",
    Verdict.WARN: "warned",
    Verdict.ADVISE: "advised",
    Verdict.PASS: "passed",
}
_ORDER = {verdict: number for number, verdict in enumerate(_COUNTED)}
_PAINT = {
    Verdict.BLOCK: red,
    Verdict.ERROR: red,
    Verdict.INCOMPLETE: yellow,
    Verdict.WARN: yellow,
    Verdict.ADVISE: cyan,
    Verdict.PASS: green,
}


def check_text(
    decisions: Iterable[Decision],
    skipped: int = 0,
    broken: int = 0,
    *,
    detail: Detail = Detail.USUAL,
    width: int = 100,
    color: bool = False,
) -> str:
    """What came of all manifests: a block for each that does not pass, then the sums. `skipped`
    files were none, `broken` ones could not be read."""
    checked = Checked(detail, width)
    for decision in decisions:
        checked.add(decision)
    return checked.text(skipped, broken, color=color)


class Checked:
    """What is said of manifests, gathered one by one: of a decision that was added, no more is kept
    than is said of it."""

    def __init__(self, detail: Detail, width: int) -> None:
        self.manifests = 0
        self._detail = detail
        self._width = width
        self._blocks: list[tuple[int, list[str]]] = []
        self._verdicts = dict.fromkeys(_COUNTED, 0)
        self._days: dict[tuple[str, str, str], set[str]] = {}
        self._checks = self._waiting = self._advice = self._waived = 0

    def add(self, decision: Decision, extensions: Mapping[FieldPath, str] | None = None) -> None:
        """One more decision; `extensions` would read what it states and no rule reads."""
        self.manifests += 1
        self._verdicts[decision.verdict] += 1
        policy = (titled.policy(decision.policy), decision.policy.digest)
        self._days.setdefault((*policy, decision.policy.key), set()).add(decision.as_of)
        counts = decision.counts
        self._checks += counts.fired + counts.waiting + counts.passed + counts.waived
        self._waived += counts.waived
        for finding in decision.findings:
            if finding.waits_for is WaitsFor.TEAM:
                self._waiting += finding.level is not Level.ADVISE
                self._advice += finding.level is Level.ADVISE
        idle = decision.verdict in (Verdict.PASS, Verdict.ADVISE)
        if self._detail is Detail.ALL or (self._detail is Detail.USUAL and not idle):
            block = self._block(decision)
            if self._detail is Detail.ALL:
                block += _aside(decision, extensions, self._width)
            self._blocks.append((_ORDER[decision.verdict], block))

    def text(self, skipped: int = 0, broken: int = 0, *, color: bool = False) -> str:
        """All that is said: the blocks, the worst first, and the sums."""
        lines: list[str] = []
        for _, block in sorted(self._blocks, key=lambda each: each[0]):
            lines += [*block, ""]
        if lines and self._detail is Detail.USUAL and self.manifests + broken + skipped == 1:
            lines.pop()
        else:
            lines += self._sums(skipped, broken)
        return finish("\n".join(lines) + "\n", color=color)

    def _block(self, decision: Decision) -> list[str]:
        width, all_ = self._width, self._detail is Detail.ALL
        groups = [
            group
            for group in by_rule(decision.findings, decision.scopes)
            if all_ or (group.state is RuleState.FIRED and group.level in (Level.BLOCK, Level.WARN))
        ]
        stopped = any(group.level is Level.BLOCK for group in groups)
        named = [
            group
            for group in groups
            if group.level is Level.WARN
            and stopped
            and not all_
            and decision.titles.finding(group.rule) != group.rule
        ]
        lines = _head(decision, width, apart=all_)
        for group in groups:
            if group not in named:
                for finding in group.findings:
                    lines += _finding(finding, decision, width)
        if named:
            titles = "; ".join(_short(group, decision.titles) for group in named)
            label = f"{_INDENT}{yellow(pad('warn', _LABEL - 2))}"
            lines += wrap(titles, width, label, " " * _LABEL)
        said = waits(decision.findings, decision.scopes)
        if said:
            path = decision.manifest_path
            command = f"mlpolicy ask {path}" if path not in ("", "-") else ""
            lines += _beside(f"{_INDENT}{said}", dim(command), width, _INDENT * 2)
            missing = stating(decision.findings)
            if missing is not None and decision.verdict is Verdict.INCOMPLETE:
                margin = " " * _LABEL
                fix = _flat(notices.fix(missing))
                lines += wrap(fix, width, f"{margin}{green('fix:')} ", margin)
        return lines

    def _sums(self, skipped: int, broken: int) -> list[str]:
        """How many manifests and checks came to what, by which policies."""
        parts = [
            _PAINT[verdict](f"{number} {_COUNTED[verdict]}")
            for verdict, number in self._verdicts.items()
            if number
        ]
        if broken:
            parts.insert(0, red(f"{broken} not evaluated"))
        if skipped:
            parts.append(f"{skipped} file{'' if skipped == 1 else 's'} skipped")
        number = self.manifests + broken
        left = f"{number} manifest{'' if number == 1 else 's'}: {', '.join(parts)}"
        judges = [
            f"{called} as of {', '.join(sorted(days))}"
            for (called, _, _), days in self._days.items()
        ]
        checks = self._of_checks()
        lines: list[str] = []
        if self._detail is Detail.ALL or len(judges) > 1:
            for judge, (_, digest, _) in zip(judges, self._days, strict=True):
                lines += wrap(dim(f"policy {judge} ({digest[:19]}…)"), self._width, "", _INDENT)
        elif judges:
            checks += f" of {judges[0]}"
        return [*lines, *_beside(left, dim(checks) if checks else "", self._width, "")]

    def _of_checks(self) -> str:
        """`214 checks, of which 9 wait`; with all detail also how many pieces of advice do."""
        if not self.manifests:
            return ""
        checks = f"{self._checks} check{'' if self._checks == 1 else 's'}"
        some = f"{self._advice} piece{'' if self._advice == 1 else 's'} of advice"
        parts = [str(self._waiting)] if self._waiting else []
        parts += [some] if self._advice and self._detail is Detail.ALL else []
        waits_ = f" ({' and '.join(parts)} wait)" if parts else ""
        waived = f", {self._waived} waived" if self._waived else ""
        return f"{checks}{waits_}{waived}"


def _aside(decision: Decision, extensions: Mapping[FieldPath, str] | None, width: int) -> list[str]:
    """What the answers rest on that nobody stated, which rows of the policy the manifest replaces,
    and what it states that no rule reads."""
    from mlpolicy.render import premises

    lines = premises.unstated_lines(decision.workloads, decision.titles, width, _INDENT)
    for row in decision.replaced:
        text = premises.replaced_text(row, decision.manifest_path)
        lines += wrap(f"replaced by the manifest: {text}", width, _INDENT, f"{_INDENT}  ")
    if unread := premises.unread_text(decision, extensions):
        lines += wrap(unread, width, _INDENT, f"{_INDENT}  ")
    return [dim(line) for line in lines]


def _head(decision: Decision, width: int, *, apart: bool) -> list[str]:
    """The verdict with the answers, and what is reported beside them."""
    lines = _verdict_and_answers(decision, width, apart=apart)
    for whose, name, value in figures.beside(decision):
        lines += wrap(_flat(f"{whose}: {name} {value}"), width, _INDENT, f"{_INDENT}  ")
    return lines


def _verdict_and_answers(decision: Decision, width: int, *, apart: bool) -> list[str]:
    """The verdict, the name and the path; of a single workload its answer too, where one line holds
    all of it; else, and where they stand `apart`, a line for each workload."""
    verdict = _PAINT[decision.verdict](decision.verdict.value.upper())
    name, path = bold(decision.manifest_name), dim(decision.manifest_path)
    workloads, titles = decision.workloads, decision.titles
    if len(workloads) == 1 and not apart:
        (each,) = workloads
        parts = [_answer(each, titles), _firm(each)(each.status.value), _cost(each)]
        line = f"{verdict}  {name}: {', '.join(part for part in parts if part)}"
        if columns(line) + 2 + columns(path) <= width:
            return _beside(line, path, width, "")
    return [*_beside(f"{verdict}  {name}", path, width, ""), *answer_rows(workloads, titles, width)]


def _short(group: Told, titles: Titles) -> str:
    """A finding by its title; whether it could be judged at all is said."""
    name = titles.finding(group.rule)
    unsure = all(finding.unjudged for finding in group.findings)
    return f"{name} (cannot be judged yet)" if unsure else name


def answer_rows(workloads: Sequence[WorkloadDecision], titles: Titles, width: int) -> list[str]:
    """A line for each workload: its answer, how firm that is, and what it costs."""
    rows = [
        [
            Cell(each.name),
            Cell(_answer(each, titles)),
            Cell(each.status.value, _firm(each)),
            Cell(_cost(each)),
        ]
        for each in workloads
    ]
    if not any(row[3].text for row in rows):
        rows = [row[:3] for row in rows]
    return table(rows, width, _INDENT, fold=1)


def _answer(workload: WorkloadDecision, titles: Titles) -> str:
    """`AI service (Amazon Comprehend, ready-made)`, `AI service or Amazon SageMaker`"""
    if workload.choice is not None:
        return titled.answer(workload.choice, titles)
    if workload.error is not None:
        return _flat(notices.fault_text(workload.error))
    if workload.status is Status.JUDGED:
        return _flat(figures.in_short(workload.reports, titles))
    possible = [titled.outcome(name, titles) for name in settle.possible(workload)]
    return _flat(workload.hold or either(possible) or "no answer")


def _firm(workload: WorkloadDecision) -> Callable[[str], str]:
    grave = (Status.INFEASIBLE, Status.ERROR)
    return red if workload.status in grave else green if workload.status in FIRM else yellow


def _cost(workload: WorkloadDecision) -> str:
    """`93,000.00 EUR over 12 months`; empty where nothing is known of it."""
    for cost in ledger.ledgers(workload):
        if not cost.low and cost.high is None:
            return ""
        over = f" over {decimal_text(cost.months)} months" if cost.months is not None else ""
        return f"{ledger.total(cost)} {cost.currency}{over}"
    return ""


def _finding(finding: Finding, decision: Decision, width: int) -> list[str]:
    """What is the matter, how to fix it, and where."""
    waived = finding.state is RuleState.WAIVED
    word = "waived" if waived else finding.level.value
    paint = {"block": red, "warn": yellow, "waived": dim}.get(word, cyan)
    whose = f"{finding.workload}: " if finding.workload and len(decision.workloads) > 1 else ""
    margin = " " * _LABEL
    said = f"{whose}{_flat(notices.say(finding))}"
    lines = wrap(said, width, f"{_INDENT}{paint(pad(word, _LABEL - 2))}", margin)
    fix = _flat(notices.fix(finding))
    fixes: list[str] = []
    if waived and finding.waiver is not None:
        fix = f"waiver {finding.waiver.id}, until {finding.waiver.expires_on}"
        fixes = wrap(fix, width, margin)
    elif fix:
        fixes = wrap(fix, width, f"{margin}{green('fix:')} ", margin)
    place = dim(f"{finding.at or ''}  {finding.rule}".strip())
    for block in (lines, fixes):  # beside the sentence, else beside the fix, else below both
        if block and columns(block[-1]) + 2 + columns(place) <= width:
            block[-1:] = _beside(block[-1], place, width, margin)
            return [*lines, *fixes]
    return [*lines, *fixes, *wrap(place, width, margin)]


def _beside(left: str, right: str, width: int, margin: str) -> list[str]:
    """Two texts on a line, one at each end; on two where they do not fit."""
    room = width - columns(left) - columns(right)
    if not right:
        return wrap(left.lstrip(" "), width, left[: len(left) - len(left.lstrip(" "))], margin)
    if room >= 2:
        return [f"{left}{' ' * room}{right}"]
    start = left[: len(left) - len(left.lstrip(" "))]
    first = wrap(left.lstrip(" "), width, start, margin or _INDENT)
    return [*first, *wrap(right, width, margin or _INDENT)]


def _flat(text: str) -> str:
    return " ".join(text.split())
