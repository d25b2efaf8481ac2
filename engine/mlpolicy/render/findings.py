"""Findings as a reader meets them: the same rule about several things told once.

Blocks come first, then warnings and advice, and last what is waived. Where a rule says the same
of several things it is said once, with their names; where it says different things, each
stands with its name. What waits for facts is grouped by what it waits for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from mlpolicy.core.decision import Finding
from mlpolicy.core.node import node
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.terms import Level, RuleState, WaitsFor
from mlpolicy.render.places import gathered
from mlpolicy.typed import TypeVar

LEVELS = tuple(Level)


@node(kw_only=True)
class Told:
    """A rule with all its findings at one level and in one state. `whole` is the policy's word for
    what is said once."""

    rule: str
    level: str
    state: str
    findings: tuple[Finding, ...]
    whole: str

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom the findings are about, each once: names of what is decided, or the whole."""
        return tuple(dict.fromkeys(name for name, _ in self.each))

    @property
    def each(self) -> list[tuple[str, Finding]]:
        """Each finding with whom it is about."""
        return [(subject(finding, self.whole), finding) for finding in self.findings]


def subject(finding: Finding, whole: str) -> str:
    """Whom it is about."""
    return finding.workload or whole


def _as_one(found: Sequence[Finding], scopes: Scopes) -> Told:
    """Findings that are alike in rule, level and state, as one."""
    first = found[0]
    return Told(
        rule=first.rule,
        level=first.level,
        state=first.state,
        findings=tuple(found),
        whole=scopes.shared.word,
    )


def by_rule(findings: Iterable[Finding], scopes: Scopes) -> list[Told]:
    """What fired or is waived, merged over what is decided, the gravest first."""
    groups: dict[tuple[bool, int, str], list[Finding]] = {}
    for finding in findings:
        if finding.state is RuleState.WAITING:
            continue
        level = LEVELS.index(finding.level) if finding.level in LEVELS else len(LEVELS)
        groups.setdefault((finding.state is RuleState.WAIVED, level, finding.rule), []).append(
            finding
        )
    order = sorted(groups, key=lambda key: key[:2])
    return [_as_one(found, scopes) for found in (groups[key] for key in order)]


def unjudged(findings: Iterable[Finding]) -> list[Finding]:
    """The checks that make a decision incomplete: those that wait and are no mere advice."""
    return [f for f in findings if f.waits_for is WaitsFor.TEAM and f.level is not Level.ADVISE]


def for_owner(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The checks that wait for what the policy itself leaves open, by rule: nothing for a team."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.waits_for is WaitsFor.POLICY:
            found.setdefault(finding.rule, []).append(finding)
    return found


T = TypeVar("T", bound=Hashable)


def shared(parts: Sequence[tuple[str, T]]) -> list[tuple[tuple[str, ...], T]]:
    """Texts (or what they are made of) with the names that each stands for: `(name, text)` in,
    `(names, text)` out, each text once, empty ones left out."""
    found: dict[T, list[str]] = {}
    for name, text in parts:
        if text:
            found.setdefault(text, []).append(name)
    return [(tuple(dict.fromkeys(names)), text) for text, names in found.items()]


def waiting(
    findings: Iterable[Finding], scopes: Scopes, *, advice: bool = False
) -> tuple[dict[tuple[Need, ...], dict[str, list[str]]], int]:
    """Rules that wait, by what they wait for, then by rule with their subjects; and how many
    pieces of advice wait, which are only counted unless `advice` is asked for. What waits for the
    policy's owner stands apart (`for_owner`)."""
    groups: dict[tuple[Need, ...], dict[str, list[str]]] = {}
    counted = 0
    for finding in findings:
        if finding.waits_for is not WaitsFor.TEAM:
            continue
        if finding.level is Level.ADVISE and not advice:
            counted += 1
            continue
        rules = groups.setdefault(finding.needs, {})
        rules.setdefault(finding.rule, []).append(subject(finding, scopes.shared.word))
    return groups, counted


@node
class Freed:
    """Checks that wait, of which one `fact` frees more than any other (None: they wait for an
    answer to be settled), and what they need besides."""

    fact: Need | None
    checks: tuple[Told, ...]
    also: tuple[Need, ...]


def freeing(findings: Iterable[Finding], scopes: Scopes) -> list[Freed]:
    """Checks that wait for the team, each told once: with the fact that most of those not told yet
    wait for, and among equals the one that frees most by itself."""
    left = [finding for finding in findings if finding.waits_for is WaitsFor.TEAM]
    groups: list[Freed] = []
    while left:
        counts: dict[Need, tuple[int, int]] = {}
        for finding in left:
            for need in finding.needs:
                every, alone = counts.get(need, (0, 0))
                counts[need] = (every + 1, alone + (len(finding.needs) == 1))
        fact = max(counts, key=lambda need: counts[need]) if counts else None
        chosen = [each for each in left if fact is None or fact in each.needs]
        left = [each for each in left if fact is not None and fact not in each.needs]
        also = dict.fromkeys(need for each in chosen for need in each.needs if need != fact)
        groups.append(Freed(fact, _told(chosen, scopes), tuple(also)))
    return groups


def _told(findings: Sequence[Finding], scopes: Scopes) -> tuple[Told, ...]:
    rules: dict[tuple[int, str], list[Finding]] = {}
    for each in findings:
        rules.setdefault((LEVELS.index(each.level), each.rule), []).append(each)
    return tuple(
        _as_one(found, scopes) for _, found in sorted(rules.items(), key=lambda item: item[0][0])
    )


def waits(findings: Sequence[Finding], scopes: Scopes) -> str:
    """`12 checks wait, 9 of them for project.lifecycle; 4 pieces of advice wait too`: how many
    checks cannot be judged, and the fact that most of them wait for; empty where none waits."""
    groups, _ = waiting(findings, scopes)
    counts: dict[Need, int] = {}
    number = 0
    for needs, rules in groups.items():
        many = sum(map(len, rules.values()))
        number += many
        for need in needs:
            counts[need] = counts.get(need, 0) + many
    if not number:
        return ""
    verb = "check waits" if number == 1 else "checks wait"
    fields = [need for need in counts if isinstance(need, FieldPath)]
    if not fields:
        return f"{number} {verb} for {gathered(tuple(counts))}" if counts else f"{number} {verb}"
    first = max(fields, key=lambda need: counts[need])
    if counts[first] == number:
        return f"{number} {verb} for {gathered((first,))}"
    if counts[first] == 1:
        return f"{number} {verb}"
    return f"{number} {verb}, {counts[first]} of them for {gathered((first,))}"


def stating(findings: Iterable[Finding]) -> Finding | None:
    """Where all checks wait for one fact, the first of them whose fix says how to state it; None
    where more is missing, or none says so."""
    waiting_ = unjudged(findings)
    needs = {finding.needs for finding in waiting_}
    if len(needs) != 1 or len(needed := needs.pop()) != 1 or not isinstance(needed[0], FieldPath):
        return None
    stated = f"`{needed[0].steps[-1]}:"
    return next((finding for finding in waiting_ if stated in finding.fix), None)
