"""Whether two versions decide any manifest otherwise, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpolicy.core.decision import Decision
from mlpolicy.core.terms import RuleState
from mlpolicy.render.json import Json
from mlpolicy.render.style import bold, dim, wrap
from mlpolicy.render.witness import test_text
from mlpolicy.render.written import expected_of
from mlpolicy.versions.impact import Effect, What
from mlpolicy.witness.differing import Compared, NotShown, Shown

#: So many effects of one manifest are told, unless all are asked for.
_FEW = 6

_WHY: Mapping[NotShown, str] = {
    NotShown.CASES: "there are too many cases to decide all of them",
    NotShown.NUMBERS: "numbers are reckoned with, or texts or days read",
    NotShown.LISTS: "lists of entries are read",
    NotShown.WORKLOADS: "several workloads are read together",
    NotShown.DAYS: "days are counted",
    NotShown.WAIVERS: "what may be waived differs",
    NotShown.FIELDS: "what is read from a manifest differs, or is read in several forms",
}


def compared_lines(found: Compared, width: int, *, verbose: bool = False) -> Iterator[str]:
    """Manifests that are decided otherwise, each with a test; or that there is none, and whether
    that is proved."""
    for shown in found.shown:
        yield from wrap(bold("decided otherwise"), width)
        loud = [each for each in shown.effects if verbose or not each.is_quiet]
        told = loud or list(shown.effects)
        for effect in told if verbose else told[:_FEW]:
            yield from wrap(_said(effect), width, "  ", "    ")
        more = len(shown.effects) - (len(told) if verbose else min(len(told), _FEW))
        if more:
            yield dim(f"  and {more:,} more (-v)")
        yield "  this test expects what the older version decides:"
        for line in shown_test(shown).splitlines():
            yield f"    {line}"
        yield ""
    yield from wrap(_summary(found), width, "", "  ")


def _summary(found: Compared) -> str:
    number = f"{found.number:,} manifests"
    if found.why_not is None:
        cases = f"by all {found.number:,} cases that the versions can tell apart"
        if not found.otherwise:
            return f"proved: no manifest is decided otherwise, {cases}"
        return f"{found.otherwise:,} decided otherwise and no other, {cases}"
    why = _WHY[found.why_not]
    if not found.shown:
        return f"not shown equal: {number} were decided by both, and none otherwise; {why}"
    return f"more may be decided otherwise: {number} were decided by both; {why}"


def _said(effect: Effect) -> str:
    name, before, after = titled(effect)
    return f"{effect.what.value}{f' {name}' if name else ''}: {before} -> {after}"


def titled(effect: Effect) -> tuple[str, str, str]:
    """What an effect is on, before and after, with the titles that the policy gives them beside
    the identifiers."""
    before, after = effect.titled
    name = f"{effect.name} ({effect.title})" if effect.title else effect.name
    return name, before or effect.before, after or effect.after


def shown_test(shown: Shown, title: str = "") -> str:
    """A test that expects what the older version decides; called by what differs first, unless it
    has another title."""
    expects = [f"expect {each}" for each in _expected(shown)]
    if title:
        return test_text(title, shown.witness, expects)
    loud = [each for each in shown.effects if not each.is_quiet] or list(shown.effects)
    about = f"{loud[0].what.value} {loud[0].name}".rstrip()
    before = loud[0].before.replace('"', "'")
    return test_text(f"{about} is {before}", shown.witness, expects)


def _expected(shown: Shown) -> list[str]:
    """What the older version decides of what is decided otherwise."""
    known = _known(shown.before)
    rules = [e.name for e in shown.effects if e.what is What.FINDING and e.name in known]
    found = [_state(name, shown.before) for name in dict.fromkeys(rules[:_FEW])]
    duties = [
        f"{each.name} {'absent' if each.before == 'not owed' else each.before}"
        for each in shown.effects
        if each.what is What.DUTY
    ]
    answers = any(each.what not in (What.FINDING, What.DUTY) for each in shown.effects)
    if answers or not (found or duties):
        told = [each for each in expected_of(shown.before.workloads[0]) if each not in duties]
        found = [*told, *found]
    return [*found, *duties]


def _known(decision: Decision) -> set[str]:
    return {result.rule for result in decision.results}


def _state(rule: str, decision: Decision) -> str:
    state = next(each.state for each in decision.results if each.rule == rule)
    return f"{rule} {RuleState(state).value}"


def compared_value(found: Compared) -> Json:
    """The part `compared` of the document of `diff`."""
    equal = "no" if found.otherwise else "proved" if found.why_not is None else "not_shown"
    return {
        "manifests": found.number,
        "equal": equal,
        "why_not": found.why_not.value if found.why_not is not None else None,
        "otherwise": found.otherwise,
        "shown": [
            {
                "test": shown_test(shown),
                "effects": [
                    {
                        "what": effect.what.value,
                        "name": effect.name or None,
                        "before": effect.before,
                        "after": effect.after,
                    }
                    for effect in shown.effects
                ],
            }
            for shown in found.shown
        ],
    }
