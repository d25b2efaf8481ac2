"""What another version of a policy does to decisions, and which of its changes are responsible.

A difference between two decisions is taken apart into effects: an answer, a verdict, a finding, a
duty, a cost. A change is responsible for an effect where taking that change back alone undoes it.
Where no single one does, the fewest that do so together are looked for; what no mixed policy can
show is told as the doing of the whole version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from mlpolicy.changes.difference import answer, difference, possible
from mlpolicy.core.decision import Decision, Finding, Reported, Verdict
from mlpolicy.core.node import node
from mlpolicy.core.program import Extension, Program
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.show import decimal_text, show
from mlpolicy.core.terms import Level, RuleState
from mlpolicy.dataclass import dataclass, field
from mlpolicy.versions.constructs import Change, Construct
from mlpolicy.versions.mixed import mixed, together

#: No more changes than these are taken back one by one: each needs a policy of its own.
MOST_CHANGES = 40
#: In the search for several that only together do it, no more mixed policies are made.
MOST_MIXED = 24

_ORDER = tuple(Verdict)


class What(StrEnum):
    """What is decided otherwise. The values are those of the JSON document."""

    VERDICT = "verdict"
    ANSWER = "answer"
    FINDING = "finding"
    DUTY = "obligation"
    COST = "cost"
    REPORT = "report"
    POSSIBLE = "possible"


@node(kw_only=True)
class Effect:
    """One thing that is decided otherwise: of a workload, or of the manifest where `workload` is
    None. `name` is the rule, the obligation or the cost, "" of answers and verdicts; `title` how
    people call it, "" where the policy does not say. `before` and `after` say how it stands, in
    words; `titled` is the same with the titles of answers beside them; `worse` where a verdict is
    stricter than before, or a finding or a duty is new; `is_quiet` where a check only waits, or
    only waited."""

    what: What
    workload: str | None
    name: str
    before: str
    after: str
    worse: bool = False
    is_quiet: bool = False
    title: str = field(default="", compare=False)
    titled: tuple[str, str] = field(default=("", ""), compare=False)

    @property
    def key(self) -> tuple[What, str | None, str]:
        """What tells it from other effects on the same decision."""
        return self.what, self.workload, self.name


def effects(before: Decision, after: Decision) -> tuple[Effect, ...]:
    """What is decided otherwise, the verdict first. INVARIANT: both are about one manifest."""
    found = difference(before, after)
    one, other = before.titles, after.titles
    made: list[Effect] = []
    if before.verdict is not after.verdict:
        worse = _ORDER.index(after.verdict) < _ORDER.index(before.verdict)
        made.append(
            Effect(
                what=What.VERDICT,
                workload=None,
                name="",
                before=before.verdict.value,
                after=after.verdict.value,
                worse=worse,
            )
        )
    for was, now, change in zip(before.workloads, after.workloads, found.workloads, strict=True):
        if change.before != change.after:
            made.append(
                Effect(
                    what=What.ANSWER,
                    workload=was.name,
                    name="",
                    before=answer(was),
                    after=answer(now),
                    titled=(answer(was, one), answer(now, other)),
                )
            )
        elif change.possible_before != change.possible_after:
            made.append(
                Effect(
                    what=What.POSSIBLE,
                    workload=was.name,
                    name="",
                    before=", ".join(change.possible_before) or "nothing",
                    after=", ".join(change.possible_after) or "nothing",
                    titled=(
                        ", ".join(possible(was, one)) or "nothing",
                        ", ".join(possible(now, other)) or "nothing",
                    ),
                )
            )
        made.extend(
            Effect(
                what=What.DUTY,
                workload=was.name,
                name=name,
                before=state or "not owed",
                after=then or "not owed",
                worse=not state,
                title=_title(name, before, after),
            )
            for name, state, then in change.duties
        )
        made.extend(
            Effect(
                what=What.COST,
                workload=was.name,
                name=f"{cost.formula}({cost.outcome})" if cost.outcome else cost.formula,
                before=_ends(cost.before),
                after=_ends(cost.after),
            )
            for cost in change.costs
        )
        made.extend(_reports(was.reports, now.reports, was.name))
    made.extend(_reports(before.reports, after.reports, None))
    made.extend(_findings(before, after))
    return tuple(made)


def _reports(
    before: Sequence[Reported], after: Sequence[Reported], workload: str | None
) -> Iterator[Effect]:
    """The values that the policy reports and that are others now."""
    was = {each.name: _reported(each) for each in before}
    now = {each.name: _reported(each) for each in after}
    for name in dict.fromkeys((*was, *now)):
        one, other = was.get(name, "not reported"), now.get(name, "not reported")
        if one != other:
            yield Effect(what=What.REPORT, workload=workload, name=name, before=one, after=other)


def _reported(each: Reported) -> str:
    return "error" if each.figure is None else show(each.figure.value, each.figure.of)


def _findings(before: Decision, after: Decision) -> list[Effect]:
    was = {(f.rule, f.workload): f for f in before.findings}
    now = {(f.rule, f.workload): f for f in after.findings}
    return [
        Effect(
            what=What.FINDING,
            workload=key[1],
            name=key[0],
            before=_stands(was.get(key)),
            after=_stands(now.get(key)),
            title=_title(key[0], before, after),
            worse=_weight(now.get(key)) > _weight(was.get(key)),
            is_quiet=not _is_told(was.get(key)) and not _is_told(now.get(key)),
        )
        for key in dict.fromkeys((*was, *now))
        if _stands(was.get(key)) != _stands(now.get(key))
    ]


def _title(name: str, before: Decision, after: Decision) -> str:
    """How people call a rule or an obligation, in the newer version where that has it."""
    titles = after.titles.findings.get(name) or before.titles.findings.get(name)
    return titles or ""


def _stands(finding: Finding | None) -> str:
    return "silent" if finding is None else f"{finding.state.value} ({finding.level.value})"


def _is_told(finding: Finding | None) -> bool:
    return finding is not None and finding.state is not RuleState.WAITING


def _weight(finding: Finding | None) -> int:
    """How much a finding weighs: nothing, or by its level where it fires, less where it waits."""
    if finding is None or finding.state not in (RuleState.FIRED, RuleState.WAITING):
        return 0
    levels = (Level.ADVISE, Level.WARN, Level.BLOCK)
    return 2 * levels.index(finding.level) + (2 if finding.state is RuleState.FIRED else 1)


def _ends(ends: tuple[Fraction | None, Fraction | None]) -> str:
    low, high = (None if each is None else decimal_text(each, 2) for each in ends)
    if low is None and high is None:
        return "not told"
    return low if low == high and low is not None else f"{low or '?'} .. {high or '?'}"


# ── Who is responsible ───────────────────────────────────────────────────────────────────

#: The decision of a program on what two versions are compared on; None where it makes none.
Decide = Callable[[Program], Decision | None]


@dataclass(kw_only=True)
class Mixtures:
    """The mixed policies that were made so far, by the changes taken back."""

    old: Program
    new: Program
    changes: tuple[Change, ...]
    made: dict[frozenset[Change], Program | None] = field(default_factory=dict)
    _together: Mapping[Change, frozenset[Change]] | None = None

    @property
    def groups(self) -> Sequence[tuple[Change, frozenset[Change]]]:
        """The changes that can be taken back, each with those that go with it, the fewest first."""
        if self._together is None:
            means = [change for change in self.changes if change.means]
            if len(means) > MOST_CHANGES:
                self._together = {}
            else:
                self._together = together(self.changes, self.old, self.new)
        return sorted(self._together.items(), key=lambda item: len(item[1]))

    def without(self, back: frozenset[Change]) -> Program | None:
        """The newer policy with these changes taken back; None where that is no policy."""
        if back not in self.made:
            self.made[back] = mixed(self.old, self.new, back)
        return self.made[back]


def responsible(
    mixtures: Mixtures, before: Decision, found: Sequence[Effect], decide: Decide
) -> dict[Effect, tuple[Change, ...]]:
    """For every effect the changes that are responsible; none where that could not be told, and
    the version as a whole is. `decide` decides by a mixed policy what `before` decided."""
    told: dict[Effect, tuple[Change, ...]] = {}
    left = {effect.key: effect for effect in found}
    alone: dict[Change, frozenset[tuple[What, str | None, str]]] = {}
    for change, group in mixtures.groups:
        undone = _undone(mixtures, before, found, decide, group)
        if undone is None:
            continue
        alone[change] = undone
        for key in undone & left.keys():
            told[left.pop(key)] = (change,)
    budget = MOST_MIXED
    while left and budget > 0:
        several = _several(mixtures, before, list(left.values()), decide, budget)
        if several is None:
            break
        changes, keys, spent = several
        budget -= spent
        for key in keys & left.keys():
            told[left.pop(key)] = changes
    return {effect: told.get(effect, ()) for effect in found}


def _undone(
    mixtures: Mixtures,
    before: Decision,
    found: Sequence[Effect],
    decide: Decide,
    back: frozenset[Change],
) -> frozenset[tuple[What, str | None, str]] | None:
    """Which effects are no more once these changes are taken back; None where that cannot be
    decided."""
    program = mixtures.without(back)
    decision = None if program is None else decide(program)
    if decision is None or len(decision.workloads) != len(before.workloads):
        return None
    still = {effect.key for effect in effects(before, decision)}
    return frozenset(effect.key for effect in found if effect.key not in still)


def _several(
    mixtures: Mixtures,
    before: Decision,
    left: Sequence[Effect],
    decide: Decide,
    budget: int,
) -> tuple[tuple[Change, ...], frozenset[tuple[What, str | None, str]], int] | None:
    """The fewest changes that together undo the first of these effects, what they undo, and how
    many policies were tried: of all together, one after the other is left standing as long as the
    effect stays undone."""
    groups = dict(mixtures.groups)
    if not groups:
        return None
    wanted = left[0].key

    def undoes(changes: Sequence[Change]) -> frozenset[tuple[What, str | None, str]] | None:
        back = frozenset(one for change in changes for one in groups[change])
        undone = _undone(mixtures, before, left, decide, back)
        return undone if undone is not None and wanted in undone else None

    kept = list(groups)
    undone = undoes(kept)
    spent = 1
    if undone is None:
        return None
    for change in tuple(kept):
        if spent >= budget or len(kept) == 1:
            break
        fewer = [each for each in kept if each is not change]
        spent += 1
        less = undoes(fewer)
        if less is not None:
            kept, undone = fewer, less
    return tuple(kept), undone, spent


# ── Many manifests ───────────────────────────────────────────────────────────────────────


@node(kw_only=True)
class Affected:
    """A case that is decided otherwise: a manifest of a file, or a test of the policy by its
    title. `effects` with the constructs that are responsible for each."""

    file: str
    name: str
    effects: tuple[tuple[Effect, tuple[Construct, ...]], ...]


@node(kw_only=True)
class Group:
    """What the same changes are responsible for; no `changes` where it could not be told which."""

    changes: tuple[Change, ...]
    hits: tuple[tuple[Affected, Effect], ...]

    @property
    def cases(self) -> int:
        """How many cases are decided otherwise by them."""
        return len({(each.file, each.name) for each, _ in self.hits})


def grouped(affected: Sequence[Affected], changes: Sequence[Change]) -> tuple[Group, ...]:
    """The effects by the changes that are responsible, those with the most cases first."""
    by_construct = {change.construct: change for change in changes}
    hits: dict[tuple[Construct, ...], list[tuple[Affected, Effect]]] = {}
    for each in affected:
        for effect, constructs in each.effects:
            hits.setdefault(constructs, []).append((each, effect))
    groups = [
        Group(changes=tuple(by_construct[one] for one in constructs), hits=tuple(found))
        for constructs, found in hits.items()
    ]
    return tuple(sorted(groups, key=lambda group: -group.cases))


@node(kw_only=True)
class Version:
    """A version of a policy, the extensions that decide with it, and the day for which it decided;
    "" where each manifest had its own."""

    name: str
    version: str
    digest: str
    day: str = ""
    extensions: tuple[Extension, ...] = ()

    def __str__(self) -> str:
        more = ", ".join(f"{each.name} {each.version}" for each in self.extensions)
        return f"{self.name} {self.version}" + (f" with {more}" if more else "")


def version_of(program: Program, day: str = "") -> Version:
    """A program by its name, version and digest, and the day for which it decides."""
    return Version(
        name=program.name,
        version=program.version,
        digest=program.digest,
        day=day,
        extensions=program.extensions,
    )


@node(kw_only=True)
class Report:
    """What two versions decide otherwise, of so many manifests with so many things
    that are decided, which `scopes` call by their names."""

    old: Version
    new: Version
    changes: tuple[Change, ...]
    affected: tuple[Affected, ...]
    manifests: int
    workloads: int
    scopes: Scopes

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Everything that is decided otherwise."""
        return tuple(effect for each in self.affected for effect, _ in each.effects)

    def fails(self, on: Sequence[str]) -> bool:
        """Is something decided otherwise that is named: `answer`, `worse` (a stricter verdict, a
        new finding or duty) or `any`?"""
        return any(
            "any" in on
            or ("answer" in on and effect.what is What.ANSWER)
            or ("worse" in on and effect.worse)
            for effect in self.effects
        )
