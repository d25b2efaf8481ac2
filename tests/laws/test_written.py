"""What a policy is written with means nothing by itself: its words for what it decides, and whether
a case stands in a manifest or in a row of a test's examples."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from random import Random

import pytest
from hypothesis import given

from mlpolicy.check import examples as written_out
from mlpolicy.check.passes import check
from mlpolicy.core.decision import Decision, RuleResult
from mlpolicy.core.facts import Estimate
from mlpolicy.core.program import Program
from mlpolicy.core.scopes import Scopes, scopes_of
from mlpolicy.core.terms import Level, Per, RuleState, Status
from mlpolicy.explain.decision import decide_document
from mlpolicy.render.json import decision_json
from mlpolicy.schema import Schema
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from mlpolicy.testing import run_policy_tests
from tests.laws.choices import INPUTS, LEDGER, SCHEMA_TEXT
from tests.laws.examples import DRAWS, Case, draw_case, laws, program_of
from tests.laws.manifests import Manifest, Plain, document, put
from tests.laws.properties import decide
from tests.scopes import SCOPES

pytestmark = pytest.mark.slow

# ── Other words for what is decided ──────────────────────────────────────────────────────

#: The words of the first pack, and others that are as long and in the same alphabetical order.
_OTHER = {"project": "parlour", "workload": "wardrobe", "workloads": "wardrobes"}
_WORDS = re.compile(rf"\b({'|'.join(sorted(_OTHER, key=len, reverse=True))})\b")
_BACK = {other: word for word, other in _OTHER.items()}
_OTHERS = re.compile(rf"\b({'|'.join(sorted(_BACK, key=len, reverse=True))})\b")


def in_other_words(text: str) -> str:
    return _WORDS.sub(lambda found: _OTHER[found[0]], text)


def in_first_words(text: str) -> str:
    return _OTHERS.sub(lambda found: _BACK[found[0]], text)


@cache
def _other_schema() -> dict[str, object]:
    schema = json.loads(SCHEMA_TEXT.replace('"workloads"', '"wardrobes"'))
    assert isinstance(schema, dict)
    return schema


def _compiled(text: str) -> Program:
    source = Source("file1.mlp", text)
    file, faults = parse(source)
    assert faults == ()
    program, found = check(
        [(source, file)], schema=_other_schema(), ledgers={"guide": LEDGER}, digest="sha256:0"
    )
    assert program is not None, found
    return program


def _told(program: Program, case: Case, scopes: Scopes) -> str:
    stated = replace(document(case.manifest), scopes=scopes)
    day = case.as_of
    return decision_json(decide_document(program, stated, as_of=day, today=day))


@laws(12)
@given(DRAWS)
def test_the_words_of_the_manifest_line_change_no_decision(rng: Random) -> None:
    case = draw_case(rng)
    text = "\n".join(case.declarations) + "\n"
    same = program_of([text])

    found = _told(
        _compiled(in_other_words(text)), case, scopes_of("parlour", "wardrobe", "wardrobes")
    )

    assert '"wardrobe"' in found
    assert _without_meaning(in_first_words(found)) == _without_meaning(_told(same, case, SCOPES))


def _without_meaning(text: str) -> object:
    """The document without the digest of what the policy means: these words are part of that."""
    told = json.loads(text)
    del told["policy"]["meaning"]
    return told


# ── Rows of examples ─────────────────────────────────────────────────────────────────────

#: Inputs of a workload that a row may change.
_CHANGED = tuple(path for of, path in INPUTS.values() if of == "flag" and "workload" in path)


def stated(value: Plain) -> str:
    """A value as a test states it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return format(float(value), "f").rstrip("0").rstrip(".")
        case Estimate(low=low, high=high):
            return f"{{low: {stated(low)}, high: {stated(high)}}}"
        case list():
            return f"[{', '.join(map(stated, value))}]"
        case dict():
            return f"{{{', '.join(f'{k}: {stated(v)}' for k, v in value.items())}}}"
        case _:
            return "unknown" if value == "unknown" else f'"{value}"'


def facts(manifest: Manifest) -> list[str]:
    """The facts of a manifest with one workload, a line each."""
    (workload,) = manifest.workloads
    fields = {f"workload.{k}": v for k, v in workload.items() if k != "name"}
    fields |= {f"project.{k}": v for k, v in manifest.project.items()}
    return [line for path, value in fields.items() for line in _lines(path, value)]


def _lines(path: str, value: Plain) -> list[str]:
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in _lines(f"{path}.{key}", each)]
    return [f"    {path} = {stated(value)}"]


def outcome_cell(decision: Decision) -> str:
    """The answer of the only workload as a row expects it."""
    (workload,) = decision.workloads
    if workload.choice is None or workload.status not in (Status.DECIDED, Status.PROVISIONAL):
        return workload.status.value
    return f"{workload.choice.outcome or 'infeasible'} {workload.status.value}"


def _with(manifest: Manifest, values: Mapping[str, bool]) -> Manifest:
    made = manifest.copied()
    for path, value in values.items():
        put(made.workloads[0], tuple(path.split(".")[1:]), value)
    return made


def _stands(result: RuleResult, rng: Random) -> str:
    """What became of a rule, with the level of half of what is told."""
    told = result.state in (RuleState.FIRED, RuleState.WAITING, RuleState.WAIVED)
    return f"{result.state} as {result.level}" if told and rng.random() < 0.5 else result.state


def written_test(case: Case, rng: Random, *, wrong: bool) -> tuple[str, int]:
    """A test whose rows expect what is decided, the level of some of what is told, and how many
    rows it has; with `wrong`, the last one expects another state or level of its first rule."""
    rules = sorted(name for name, rule in case.program.rules.items() if rule.per is Per.EACH)
    rows: list[str] = []
    for values in (
        [True] * len(_CHANGED),
        [rng.random() < 0.5 for _ in _CHANGED],
        [False] * len(_CHANGED),
    ):
        manifest = _with(case.manifest, dict(zip(_CHANGED, values, strict=True)))
        decision = decide(case.program, manifest, case.as_of)
        results = {result.rule: result for result in decision.results}
        told = [_stands(results[rule], rng) if rule in results else "-" for rule in rules]
        if wrong and len(rows) == 2:
            first = results.get(rules[0])
            if first is None or first.state is not RuleState.FIRED:
                told[0] = "fired"
            else:
                others = [level for level in Level if level is not first.level]
                told[0] = rng.choice(["passed", f"fired as {rng.choice(others)}"])
        cells = [*map(stated, values), f"-> {outcome_cell(decision)}", *told]
        rows.append(f"    | {' | '.join(cells)} |")
    lines = [
        'test "as it is decided"',
        f"  as_of {case.as_of.isoformat()}",
        "  given",
        *facts(case.manifest),
        "  examples",
        f"    | {' | '.join(_CHANGED)} | -> answer | {' | '.join(rules)} |",
        *rows,
    ]
    return "\n".join(lines), len(rows)


def _results(case: Case, test: str) -> list[bool]:
    program = program_of([*case.declarations, test])
    schema = Schema(json.loads(SCHEMA_TEXT), SCOPES)
    return [each.passed for each in run_policy_tests(program, schema)]


@laws(16)
@given(DRAWS)
def test_a_row_of_examples_expects_what_a_manifest_is_decided(rng: Random) -> None:
    case = draw_case(rng, workloads=1)
    test, count = written_test(case, rng, wrong=False)

    assert _results(case, test) == [True] * count, test


@laws(8)
@given(DRAWS)
def test_a_row_that_expects_anything_else_fails(rng: Random) -> None:
    case = draw_case(rng, workloads=1)
    test, count = written_test(case, rng, wrong=True)

    assert _results(case, test) == [*[True] * (count - 1), False], test


def test_a_cell_that_is_not_given_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law bites: without what the cells state, some row is decided otherwise."""
    monkeypatch.setattr(written_out, "_given", lambda cell, column: None)

    def fails(seed: int) -> bool:
        rng = Random(seed)
        case = draw_case(rng, workloads=1)
        return False in _results(case, written_test(case, rng, wrong=False)[0])

    assert any(map(fails, range(20)))
