"""The search: of all sets of fields the smallest that do it, fewest fields first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations

from mlpolicy.analyze.query import Tried
from mlpolicy.changes.asking import MOST_TRIALS, Search, does_it
from mlpolicy.changes.editable import EditableField, Line, Options, Subset, plain_of, said
from mlpolicy.changes.proofs import Ruled
from mlpolicy.changes.solving import MOST_FOR_A_SET, solve
from mlpolicy.changes.told import Change, Proof, Setting
from mlpolicy.changes.trying import MOST_WORDS, Values
from mlpolicy.changes.weighing import burden, idleness, weight, weights
from mlpolicy.core.paths import FieldPath, Hindrance
from mlpolicy.core.terms import Status
from mlpolicy.manifest.overlay import Overlay, Plain, node_of

#: The most fields that are changed together.
MOST_FIELDS = 3
#: The most changes that are told.
MOST_TOLD = 8
#: Where so many were made, no further set of several fields is asked about.
MOST_FOR_SEVERAL = 100
#: The most to find something provisional, where nothing else was found, and for one field.
MOST_IN_VAIN = 60


@dataclass(slots=True, kw_only=True)
class Found:
    """What a search found: how it ended, the changes of the least size, the sets of which nothing
    could be told, what must become known first, and whether all of that size were tried."""

    proof: Proof
    size: int = 0
    changes: list[Change] = field(default_factory=list)
    untold: list[tuple[FieldPath, ...]] = field(default_factory=list)
    open_for: Hindrance | None = None
    complete: bool = True


def smallest(search: Search) -> Found:
    """Every smallest change: all sets of the least number of fields that do it. Where not all
    could be worked out, nothing is told of the fields that do not."""
    fields: list[tuple[FieldPath, ...]] = [(editable.path,) for editable in search.editables]
    found = _searched(search)
    if not search.limited or found.proof is Proof.ALREADY:
        return found
    if found.proof is Proof.FOUND:
        return replace(found, untold=fields, complete=False)
    return Found(proof=Proof.UNTOLD, untold=fields)


def _searched(search: Search) -> Found:
    stated = search.ask(search.document)
    if stated.holds is Tried.YES or stated.status is Status.ERROR:
        today = search.confirm([])
        if today is not None and does_it(search.question, today):
            return Found(proof=Proof.ALREADY)
        # An error in the workload takes the answer back: nothing is told of any field.
        return Found(proof=Proof.UNTOLD, untold=[(editable.path,) for editable in search.editables])
    everything = search.ask_open(search.editables)
    if not search.editables or (everything.holds is Tried.NO and everything.blocked_by is None):
        return Found(proof=Proof.IMPOSSIBLE)
    result = Found(proof=Proof.MORE)
    ruled = Ruled(search=search)
    matter, result.open_for = ruled.whole(everything)
    if result.open_for is not None:
        result.proof = Proof.HINDERED
    else:
        # What does not matter with all of them open matters in no set of them.
        search.editables = tuple(ruled.of(matter))
        ruled = Ruled(search=search)
        for size in range(1, MOST_FIELDS + 1):
            _of_size(search, ruled, size, result)
            result.untold = [tuple(k.path for k in ruled.of(mask)) for mask in ruled.untold]
            if result.changes:
                result.proof, result.size = Proof.FOUND, size
                result.changes.sort(key=lambda change: burden(change, search))
                return result
        if result.untold:
            result.proof = Proof.UNTOLD
    provisional = provisional_change(search)
    if provisional is not None:
        result.proof, result.size = Proof.PROVISIONAL, len(provisional.settings)
        result.changes = [provisional]
    return result


def _of_size(search: Search, ruled: Ruled, size: int, result: Found) -> None:
    """Adds every change of so many fields, and what could not be told."""
    order = sorted(range(len(search.editables)), key=lambda i: (weight(search.editables[i]), i))
    by_weight = sorted(combinations(order, size), key=lambda p: weights(search, p))
    if size == 1:  # all of them are told, so those first that are quick to try
        by_weight.sort(key=lambda p: isinstance(search.editables[p[0]].domain, Line))
    for places in by_weight:
        mask = sum(1 << place for place in places)
        chosen = [search.editables[place] for place in sorted(places)]
        if ruled.out(mask) or any(not part & ~mask for part in ruled.untold):
            continue
        if size > 1 and len(result.changes) >= MOST_TOLD:
            result.complete = False
            return
        if search.spent or (size > 1 and search.trials >= MOST_FOR_SEVERAL):
            ruled.untold.append(mask)
            continue
        if ruled.learn(mask):
            continue
        search.limit = min(MOST_TRIALS, search.trials + MOST_FOR_A_SET // size)
        change, told = solve(search, chosen)
        search.limit = MOST_TRIALS
        if change is not None:
            result.changes.append(change)
        elif not told:
            ruled.untold.append(mask)


def facts_alone(search: Search) -> tuple[Setting, ...]:
    """Needs of which each alone would give what is asked for, if the task had it."""
    if not search.needs:
        return ()
    alone = replace(search, editables=search.needs, trials=0, limited=False, provisional=[])
    if alone.ask(alone.document).holds is Tried.YES:
        return ()
    found = Found(proof=Proof.MORE)
    _of_size(alone, Ruled(search=alone), 1, found)
    by_path = {(each.workload, each.path): each for each in search.needs}
    return tuple(
        setting
        for change in found.changes
        for setting in change.settings
        if idleness(by_path[setting.workload, setting.path], setting.value)
    )


def provisional_change(search: Search) -> Change | None:
    """A change of one field after which the outcome is shown as provisional."""
    base = search.ask(search.document)
    if search.question.outcome is None or base.shown == search.question.outcome:
        return None
    end, search.decided = search.trials + MOST_IN_VAIN, False
    search.provisional.clear()  # what the search met by the way is not what is plainest
    for editable in sorted(
        search.editables, key=lambda editable: (_many(editable), weight(editable))
    ):
        if search.trials >= end:
            break
        trial = search.ask_open((editable,))
        if trial.holds is Tried.NO or not trial.may_show:
            continue
        search.limit = min(end, search.trials + MOST_IN_VAIN // 2)
        solve(search, (editable,))
        for values in search.provisional:
            change = _shown_so(search, values)
            if change is not None:
                return change
        search.provisional.clear()
    return None


def _many(editable: EditableField) -> int:
    """How long it takes to go through a field's values: few, many, a line of numbers."""
    match editable.domain:
        case Options(values=values):
            return int(len(values) > MOST_WORDS)
        case Subset(members=members):
            return int(len(members) > MOST_WORDS)
        case _:
            return 2


def _shown_so(search: Search, values: Values) -> Change | None:
    """The change as a manifest of its own, where the outcome is shown by it."""
    after = search.confirm([Overlay(k.workload, k.steps, node_of(v)) for k, v in values])
    if after is None:
        return None
    own = next(w for w in after.workloads if w.name == search.question.workload)
    if own.choice is None or own.choice.outcome != search.question.outcome:
        return None
    return Change(tuple(_stated_so(editable, value) for editable, value in values), after)


def _stated_so(editable: EditableField, value: Plain) -> Setting:
    before = "" if editable.today is None else said(plain_of(editable.today), editable)
    shown = said(value, editable)
    return Setting(
        path=editable.path,
        workload=editable.workload,
        before=before,
        value=value,
        shown=shown,
        region=shown,
        exact=False,
    )
