"""What no change touches comes to the same: where the rules that one may touch, judged alone, tell
no difference, there is none."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from mlpolicy.check.whole import whole
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.program import Program
from mlpolicy.dataclass import replace
from mlpolicy.decide import Context, decide
from mlpolicy.manifest import load
from mlpolicy.mutate.mutants import mutants
from mlpolicy.testing import day_of, manifest_of
from mlpolicy.versions import touched as module
from mlpolicy.versions.constructs import changes
from mlpolicy.versions.impact import effects
from mlpolicy.versions.touched import touched
from tests.policy.policy_support import SECOND, policy_at


@cache
def documents() -> tuple[tuple[Document, Context], ...]:
    program, schema = policy_at(SECOND)
    found = []
    for test in program.tests:
        (document,), _ = load(manifest_of(test, schema).encode(), test.title, schema)
        day = day_of(test, document, program)
        found.append((document, Context(as_of=day, today=day, explain=False, settle=False)))
    return tuple(found[::3])


@cache
def versions() -> tuple[tuple[Program, Program], ...]:
    """The second pack, with each of the faults that people make in it."""
    old, _ = policy_at(SECOND)
    made = []
    for fault in list(mutants(old))[::4]:
        part = {**getattr(old, fault.part), fault.name: fault.declaration}
        changed: dict[str, Any] = {fault.part: part}
        made.append((old, whole(replace(old, **changed))))
    return tuple(made)


def decided(
    program: Program, document: Document, context: Context, rules: frozenset[str] | None
) -> Decision:
    return decide(program, document, replace(context, rules=rules))


def missed() -> Counter[str]:
    """What happened: differences that judging some rules alone does not tell, and the rest."""
    seen: Counter[str] = Counter()
    for old, new in versions():
        found = changes(old, new)
        one, other = touched(old, found), touched(new, found)
        if one is None or other is None:
            seen["all"] += 1
            continue
        seen["fewer"] += len(one) < len(old.rules)
        for document, context in documents():
            wide = effects(*(decided(p, document, context, None) for p in (old, new)))
            if not wide:
                seen["the same"] += 1
                continue
            before = decided(old, document, context, one)
            narrow = effects(before, decided(new, document, context, other))
            seen["told" if narrow else "missed"] += 1
    return seen


@pytest.mark.slow
def test_what_is_decided_otherwise_is_told_by_the_rules_that_are_touched() -> None:
    seen = missed()
    assert seen["missed"] == 0
    assert min(seen["told"], seen["the same"], seen["fewer"]) > 5, seen


@pytest.mark.slow
def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no regard to what rules read by name, differences are missed."""
    monkeypatch.setattr(module, "_names", lambda start, program: iter(()))
    assert missed()["missed"] > 0
