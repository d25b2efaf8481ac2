"""For which manifests a fact was established, beside what this one states.

A price that is known for some values of a field is no price for others. A ledger says for which it
holds; the figure is used all the same, and its reader is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlpolicy.core.decision import Apart
from mlpolicy.core.facts import Document, Fact, Workload
from mlpolicy.core.program import Clause
from mlpolicy.core.scopes import Scopes


def apart(
    clauses: Mapping[str, Clause],
    document: Document,
    workload: Workload | None,
    scopes: Scopes,
) -> dict[str, Apart]:
    """Of the clauses, by reference, those that hold for other values of a field than are stated.
    Where the field is not stated, nothing is known to differ."""
    found: dict[str, Apart] = {}
    for ref, clause in clauses.items():
        for (scope, *steps), holds in clause.where:
            is_each = scope == scopes.each.word
            root = workload and workload.fact if is_each else document.project
            stated = _words(root.get(*steps)) if root else ()
            if not set(stated) <= set(holds):
                field = ".".join((scope, *steps))
                found.setdefault(ref, Apart(field=field, holds=holds, stated=stated))
    return found


def _words(fact: Fact | None) -> tuple[str, ...]:
    """The words that a field states: one, or those of a list."""
    if fact is None:
        return ()
    facts = fact.value if isinstance(fact.value, tuple) else (fact,)
    return tuple(each.value for each in facts if isinstance(each.value, str))
