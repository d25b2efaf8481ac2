"""What was worked out for one document, for the next that states the same of what it rests on.

A search for changes puts a hundred questions to documents that differ in a few fields. What the
program says an expression may read of a manifest (`Known.facts`) tells whether a result of one
document is that of another: where both state the same there, and the same is assumed.

A result is not kept where evaluating it told an observer of a doubt, since the next run is to be
told too; where it hangs on the answer or on other workloads; and where not all was worked out.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from mlpolicy.core.facts import Fact
from mlpolicy.core.program import Expr, Known
from mlpolicy.core.symbols import Symbol
from mlpolicy.evaluate.env import NOTHING_BOUND, Env, Key
from mlpolicy.evaluate.inputs import fact_at, input_bindings


class Memory:
    """Results of runs of one program for one day. It lives as long as a search."""

    def __init__(self) -> None:
        self.kept: dict[object, dict[frozenset[Symbol], dict[object, object]]] = {}
        self.exprs: dict[int, Expr] = {}
        self._ids: dict[Hashable, int] = {}

    def recall(self, key: Key, known: Known, env: Env) -> Any:
        """What was kept under this key where the same was stated and assumed; else None."""
        if not known.repeats:
            return None
        return env.among(self.kept.get(self._key(key, known, env)), known.conditions)

    def keep(
        self, key: Key, known: Known, made: object, reads: frozenset[Symbol], env: Env
    ) -> None:
        """Keeps for the next runs what was made for an expression, which rests on `reads`."""
        if known.repeats and not env.subject.run.unfinished:
            groups = self.kept.setdefault(self._key(key, known, env), {})
            env.put(groups, made, reads, known.conditions)

    def _key(self, key: Key, known: Known, env: Env) -> object:
        return (env.subject.name, self._stamp(known.facts, env), key)

    def _stamp(self, facts: int, env: Env) -> int:
        """A number that tells apart what is stated of a set of facts (as bits)."""
        stamps = env.subject.stamps
        found = stamps.get(facts)
        if found is None:
            stated = (facts, *(self._stated(i, env) for i in _bits(facts)))
            found = stamps[facts] = self._id((env.subject.run.opened, stated))
        return found

    def _stated(self, number: int, env: Env) -> int:
        """The same of one of them."""
        found = env.subject.stated.get(number)
        if found is None:
            found = env.subject.stated[number] = self._id((number, _statement(number, env)))
        return found

    def _id(self, thing: Hashable) -> int:
        return self._ids.setdefault(thing, len(self._ids))


def _bits(facts: int) -> list[int]:
    return [i for i in range(facts.bit_length()) if facts >> i & 1]


def _statement(number: int, env: Env) -> Hashable:
    """What the manifest states of an input, of a list, or of a catalogue's rows."""
    program = env.subject.run.program
    name = program.reads.facts[number]
    declared = program.inputs.get(name)
    if declared is None:
        records, catalog = program.records.get(name), program.catalogs.get(name)
        path = records.path if records is not None else catalog.override if catalog else None
        return _plain(fact_at(path, env, NOTHING_BOUND)) if path is not None else None
    found: list[Hashable] = []
    for key in declared.key.members if declared.key is not None else ("",):
        b = input_bindings(declared, key, NOTHING_BOUND)
        for source in declared.sources:
            found.extend(_plain(fact_at(path, env, b)) for path in source.paths)
    return tuple(found)


def _plain(fact: Fact | None) -> Hashable:
    """What is stated, without its place."""
    if fact is None:
        return None
    value = fact.value
    if isinstance(value, Mapping):
        return tuple((name, _plain(below)) for name, below in sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(_plain(below) for below in value)
    return (type(value).__name__, value)
