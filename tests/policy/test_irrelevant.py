"""What an explanation calls irrelevant is: manifests that state it at random, alone and together,
come to the same possible answers."""

from __future__ import annotations

import datetime
import json
import random
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpolicy.core.decision import Decision
from mlpolicy.core.notices import StatedTwice
from mlpolicy.core.paths import FieldPath
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.schema import Field, Kind
from tests.policy.policy_support import HERE, WHOLE, program_at
from tests.profiles import scaled

pytestmark = pytest.mark.slow

DAY = datetime.date(2026, 11, 22)
#: How many completions of each manifest, of which the profile takes its share: a thousand together.
COMPLETIONS = {
    "scenarios/call-sentiment": 200,
    "scenarios/card-fraud": 200,
    "scenarios/chest-xrays": 200,
    "scenarios/invoices": 200,
    "scenarios/recommendations": 200,
}


def test_there_are_a_thousand() -> None:
    assert sum(COMPLETIONS.values()) == 1000


@pytest.mark.parametrize("name", COMPLETIONS)
def test_whatever_an_irrelevant_field_states_the_answers_stay(name: str) -> None:
    text = (HERE / f"{name}.mlproject.yaml").read_text("utf-8")
    before = decided(text, explain=True)
    answers = {workload.name: outcomes(workload.name, before) for workload in before.workloads}
    chance = random.Random(name)
    tried = 0
    while tried < scaled(COMPLETIONS[name]):
        subject = chance.choice(before.workloads)
        paths = [path for path in subject.irrelevant if not path.is_shared]
        if not paths or chance.random() < 0.2:
            paths = list(subject.irrelevant)
        chosen = chance.sample(paths, chance.randint(1, len(paths)))
        changed = stated(text, subject.name, chosen, chance)
        after = decided(changed, explain=False) if changed is not None else None
        if after is None or contradicts_itself(subject.name, after):
            continue  # No completion: what does not go together cannot all be so.
        assert outcomes(subject.name, after) == answers[subject.name], (subject.name, changed)
        tried += 1


def contradicts_itself(name: str, decision: Decision) -> bool:
    """One volume stated by two fields, and differently: an error, and no answer."""
    (workload,) = (each for each in decision.workloads if each.name == name)
    return isinstance(workload.error, StatedTwice)


def outcomes(name: str, decision: Decision) -> set[str | None]:
    (workload,) = (each for each in decision.workloads if each.name == name)
    assert workload.error is None, workload.error
    return {choice.outcome for choice in workload.possible}


def decided(text: str, *, explain: bool) -> Any:
    program, schema = program_at(WHOLE)
    program = replace(program, rules={})  # Rules do not choose, and judging them takes time.
    documents, faults = load(text.encode(), "m.yaml", schema)
    if faults:
        assert not explain
        return None
    (document,) = documents
    return decide_document(program, document, as_of=DAY, today=DAY, explain=explain)


@cache
def plain(text: str) -> Any:
    return yaml.safe_load(text)


def stated(text: str, workload: str, paths: list[FieldPath], chance: random.Random) -> str | None:
    """The manifest with a value at each path that has none; None where nothing could be added."""
    schema = program_at(WHOLE)[1]
    manifest = deepcopy(plain(text))
    spec = manifest.get("spec", manifest)
    added = False
    for path in paths:
        steps, of_workload = path.steps, not path.is_shared
        start: tuple[str | int, ...] = ("spec", "workloads", 0) if of_workload else ("spec",)
        field = schema.root.at(*start, *steps)
        assert field is not None, path
        value = some_value(field, chance)
        root = (
            next(each for each in spec["workloads"] if each["name"] == workload)
            if of_workload
            else spec
        )
        for step in steps[:-1]:
            root = root.setdefault(step, {})
        if value is not None and root.get(steps[-1], "unknown") == "unknown":
            root[steps[-1]] = value
            added = True
    return json.dumps(manifest) if added else None


def some_value(field: Field, chance: random.Random) -> Any:
    """Anything that the field takes."""
    match field.kind:
        case Kind.FLAG:
            return chance.choice([True, False])
        case Kind.NUMBER | Kind.INTEGER if not field.members:
            least = int(field.least if field.least is not None else field.above or 0) + 1
            most = least + 10 ** chance.randint(0, 9)
            return chance.randint(least, min(most, int(field.most)) if field.most else most)
        case Kind.LIST:
            members = field.items.members if field.items is not None else ()
            kept = [str(member) for member in members] or ["en", "de", "es"]
            return sorted(chance.sample(kept, chance.randint(1, min(3, len(kept)))))
        case _ if field.members:
            return str(chance.choice(field.members))
        case _:
            return chance.choice(["ml.m5.large", "ml.p3.2xlarge"])


def test_the_manifests_are_there() -> None:
    assert all(Path(HERE / f"{name}.mlproject.yaml").is_file() for name in COMPLETIONS)
