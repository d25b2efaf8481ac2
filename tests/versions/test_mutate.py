"""Small faults put into a policy: all that can be noticed is, and what is said not to be is not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpolicy.check.number import number
from mlpolicy.check.whole import whole
from mlpolicy.core.program import Program
from mlpolicy.mutate import trial as trials
from mlpolicy.mutate.mutants import Fault, mutants
from mlpolicy.mutate.trial import End, Map, Tried, prepared, spread, touched, tried
from mlpolicy.testing import run_test
from tests.command_support import Ran, in_process
from tests.policy.policy_support import SECOND, policy_at
from tests.witness.planted import HEAD, TAIL
from tests.witness.test_planted import compiled
from tests.witness.test_planted import schema as schema_of


def ready() -> Tried:
    program, schema = policy_at(SECOND)
    places = Map(program)
    results = [(test, run_test(test, program, schema, traced=True)) for test in program.tests]
    touches = [touched(test, result, program, places) for test, result in results]
    return prepared(program, schema, touches)


def with_fault(program: Program, part: str, name: str, declaration: object) -> Program:
    changed: dict[str, Any] = {part: {**getattr(program, part), name: declaration}}
    return whole(replace(program, **changed))


def test_no_test_that_is_not_run_would_notice() -> None:
    """What a test can notice is told by its steps: the others are run here all the same."""
    all_ = ready()
    chosen, every = spread(mutants(all_.program), 16)
    assert len(chosen) == 16 < every
    ends = set()
    for mutant in chosen:
        program = with_fault(all_.program, mutant.part, mutant.name, mutant.declaration)
        failed = {t.title for t in program.tests if not run_test(t, program, all_.schema).passed}
        found = tried(mutant, all_)
        ends.add(found.end)
        assert (found.end is End.NOTICED) == bool(failed), mutant
        assert found.end is not End.NOTICED or found.by in failed
    assert ends >= {End.NOTICED, End.SURVIVED}


def test_a_choice_that_leaves_tests_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law above bites: with the tests of nothing, every fault survives."""
    monkeypatch.setattr(trials.Map, "at", lambda self, place: None)
    all_ = ready()
    ends = {tried(mutant, all_).end for mutant in mutants(all_.program) if mutant.part == "trees"}
    assert ends == {End.UNREACHED}


def test_every_kind_of_fault_is_made_and_each_is_another_policy() -> None:
    program, _ = policy_at(SECOND)
    made = list(mutants(program))
    assert {mutant.fault for mutant in made} >= {*Fault} - {Fault.COUNT, Fault.NEGATION}
    for mutant in made:
        assert mutant.declaration != getattr(program, mutant.part)[mutant.name]
        assert mutant.before != mutant.after


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SECOND, tmp_path / "old")
    shutil.copytree(SECOND, tmp_path / "new")
    return tmp_path / "new"


def mutate(*args: str) -> Ran:
    return in_process("mutate", *args)


def test_only_what_differs_is_mutated(pack: Path) -> None:
    assert mutate("new", "--since", "old").code == 3
    file = pack / "policy.mlp"
    file.write_text(file.read_text().replace("= 600 s", "= 660 s"))
    for test in (pack / "tests").glob("*.mlp"):
        test.write_text(test.read_text().replace("max_wait_s = 600", "max_wait_s = 660"))
    found = mutate("new", "--since", "old", "--format", "json").json
    assert {each["name"] for each in found["faults"]} == {"patience"}


def test_what_is_not_noticed_comes_with_a_test_to_begin_with(pack: Path) -> None:
    said = mutate("new").out
    assert "threshold patience  600 s -> 599 s" in said
    assert '    test "patience, not 599 s"\n      like "' in said


@pytest.mark.parametrize(("percent", "code"), [("0", 0), ("50", 0), ("100", 1)])
def test_a_share_is_a_gate(percent: str, code: int, pack: Path) -> None:
    assert mutate("new", "--most", "12", "--fail-under", percent).code == code


def test_a_policy_whose_tests_fail_is_not_mutated(pack: Path) -> None:
    (pack / "tests" / "more.mlp").write_text('test "fails"\n  expect answer = tape\n')
    ran = mutate("new")
    assert (ran.code, "a test fails without any fault: “fails”" in ran.err) == (1, True)


TABLE = f"""{HEAD}
table size : queue unique ref guide#C3
  | documents |
  | >= 100 document/month | -> nightly
  | < 100 document/month  | -> direct
{TAIL}
rule queued advise
  when not size is streamed
  say "so" ref guide#C3
test "at the border"
  given
    project.aws.regions = [eu-west-1]
    workload.task = invoice-extraction
    workload.usage.documents_per_month = 100
  expect queued fired
"""


def test_what_is_proved_of_a_table_is_proved_anew_of_the_faulty_one() -> None:
    """`<=` for `<` makes two rows match at the border, which is an error in a `unique` table. With
    what was proved of the table before it is one of them, and no test would notice."""
    program = compiled(TABLE)
    assert program is not None
    (mutant,) = (each for each in mutants(program) if each.after == "with `<=`")
    (test,) = program.tests
    all_ = prepared(
        program, schema_of(), [trials.Touches(frozenset({("defines", "size")}), frozenset())]
    )
    assert tried(mutant, all_).end is End.NOTICED
    stale = number(replace(program, defines={**program.defines, "size": mutant.declaration}))
    assert run_test(test, stale, schema_of()).passed
