"""What a manifest states and no part of the policy reads: each field once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpolicy.core.decision import Unread
from mlpolicy.core.facts import Document, Fact
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Program
from mlpolicy.core.scopes import Scope
from mlpolicy.source import Place

#: What the engine itself reads.
ENGINE = frozenset(
    {
        *((False, (key,)) for key in ("owner", "policy", "decision_date")),
        *((True, (key,)) for key in ("name", "depends_on")),
    }
)


def unread(program: Program, document: Document) -> tuple[Unread, ...]:
    """The fields in the order in which they are first stated, those of the project first."""
    found: dict[FieldPath, tuple[Place, dict[str, None]]] = {}
    scopes = program.scopes
    roots = [(scopes.shared, "", document.project)] if scopes.items else []
    roots += [(scopes.each, workload.name, workload.fact) for workload in document.workloads]
    for scope, name, root in roots:
        for steps, fact in _not_read(root, scope, (), program):
            path = FieldPath(scope, steps)
            _, whose = found.setdefault(path, (fact.key_place or fact.place, {}))
            if name:
                whose[name] = None
    return tuple(Unread(path, tuple(whose), place) for path, (place, whose) in found.items())


def _not_read(
    fact: Fact, scope: Scope, steps: tuple[str, ...], program: Program
) -> Iterator[tuple[tuple[str, ...], Fact]]:
    if (scope, steps) in program.reads.fields or (scope.is_each, steps) in ENGINE:
        return
    if not program.scopes.items and (False, steps) in ENGINE:
        return
    if isinstance(fact.value, Mapping) and fact.value:
        said = fact.said.keys if fact.said is not None else ()
        for key, below in fact.value.items():
            if key not in said:
                yield from _not_read(below, scope, (*steps, key), program)
    elif isinstance(fact.value, tuple) and fact.value and isinstance(fact.value[0].value, Mapping):
        for entry in fact.value:
            yield from _not_read(entry, scope, steps, program)
    else:
        yield steps, fact
