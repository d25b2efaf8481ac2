"""Small faults put into a policy: all that can be noticed is, and what is said not to be is not."""

from __future__ import annotations

import pickle
import shutil
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpolicy.check.number import Numbered, number
from mlpolicy.check.whole import whole
from mlpolicy.core.program import Program, Typed
from mlpolicy.core.visit import walk
from mlpolicy.mutate.apart import Watch
from mlpolicy.mutate.mutants import PARTS, Fault, Mutant, mutants
from mlpolicy.mutate.survivors import name_of, read_survivors
from mlpolicy.mutate.trial import End, Tried, prepared, tried
from mlpolicy.schema import Schema
from mlpolicy.session import Session
from mlpolicy.testing import run_test
from tests.command_support import Ran, in_process
from tests.policy.policy_support import REPO, SECOND, policy_at
from tests.profiles import DEEP
from tests.witness.planted import HEAD, TAIL
from tests.witness.test_planted import compiled
from tests.witness.test_planted import schema as schema_of

pytestmark = pytest.mark.slow


def ready(folder: Path = SECOND) -> tuple[Tried, list[Mutant]]:
    """All faults of a policy, with the tests that come to each, and those that can notice it."""
    program, schema = policy_at(folder)
    return tried_with(program, schema)


def tried_with(program: Program, schema: Schema) -> tuple[Tried, list[Mutant]]:
    base = Numbered(pickle.loads(pickle.dumps(program)))
    made = list(mutants(base.program))
    watch = Watch(base.program, made)
    return prepared(base, schema, [watch.met(t, schema)[1] for t in base.program.tests]), made


def with_fault(program: Program, part: str, name: str, declaration: object) -> Program:
    changed: dict[str, Any] = {part: {**getattr(program, part), name: declaration}}
    return whole(replace(program, **changed))


def test_no_test_that_is_not_run_would_notice() -> None:
    """What a test can notice is told by what it evaluates: the others are run here all the same,
    with a policy of which everything is worked out anew."""
    all_, made = ready()
    ends = set()
    for index, mutant in [*enumerate(made)][:: 3 if DEEP else 6]:
        program = with_fault(all_.program, mutant.part, mutant.name, mutant.declaration)
        failed = {t.title for t in program.tests if not run_test(t, program, all_.schema).passed}
        assert failed <= {program.tests[n].title for n in all_.apart.get(index, ())}, mutant
        found = tried(index, mutant, all_)
        ends.add(found.end)
        assert (found.end is End.NOTICED) == bool(failed), mutant
        assert found.end is not End.NOTICED or found.by in failed
    assert ends >= {End.NOTICED, End.SURVIVED}


def test_a_choice_that_leaves_tests_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law above bites: where nothing is found to come to something else, faults survive that
    a test would notice."""

    def noticed() -> set[int]:
        all_, made = ready()
        trees = [n for n, each in enumerate(made) if each.part == "trees"]
        return {n for n in trees if tried(n, made[n], all_).end is End.NOTICED}

    rightly = noticed()
    monkeypatch.setattr("mlpolicy.mutate.apart._aside", lambda *_: False)
    assert noticed() < rightly


def test_most_tests_are_not_run() -> None:
    """A small fault in what a test evaluates is mostly none for the facts of this test. (With
    another unit or operator, most come to something else.)"""
    all_, made = ready()
    small = [n for n, each in enumerate(made) if each.fault not in (Fault.UNIT, Fault.OPERATOR)]
    reached = sum(len(all_.reached.get(n, ())) for n in small)
    apart = sum(len(all_.apart.get(n, ())) for n in small)
    assert 0 < 2 * apart < reached < len(made) * len(all_.program.tests)


def test_a_program_with_another_declaration_is_as_one_that_is_checked_anew() -> None:
    """But for its ids, which stay as they are where nothing changed."""
    base = Numbered(pickle.loads(pickle.dumps(policy_at(SECOND)[0])))
    for mutant in [*mutants(base.program)][::3]:
        one = base.with_declaration(mutant.part, mutant.name, mutant.declaration)
        other = with_fault(base.program, mutant.part, mutant.name, mutant.declaration)
        for name in ("answer_rules", "tree_inputs", "answering", "grants", "fields", "facts"):
            assert getattr(one.reads, name) == getattr(other.reads, name), (mutant, name)
        assert known_of(one) == known_of(other), mutant


def known_of(program: Program) -> list[object]:
    """What is known of every expression of a program, in the order of its declarations, without
    ids."""
    found: list[object] = []
    for part in PARTS:
        for name in sorted(getattr(program, part)):
            for each in walk(getattr(program, part)[name]):
                if isinstance(each, Typed):
                    known = program.nodes[each.id]
                    conditions = bin(known.conditions).count("1")
                    found.append((type(each), replace(known, conditions=conditions)))
    return found


def test_every_kind_of_fault_is_made_and_each_is_another_policy() -> None:
    program, _ = policy_at(SECOND)
    made = list(mutants(program))
    assert {mutant.fault for mutant in made} >= {*Fault} - {Fault.COUNT, Fault.NEGATION}
    for mutant in made:
        assert mutant.declaration != getattr(program, mutant.part)[mutant.name]
        assert mutant.before != mutant.after
    assert len({name_of(mutant) for mutant in made}) == len(made)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("patience: 600 s", "600 minute"),
        ("long: 10 year", "10 month"),
        ("tape_price: 0.0011 USD/GB/month", "0.0011 USD/GB/year"),
        ("all_frozen: all(frozen) over workloads", "with `any`"),
    ],
)
def test_a_unit_or_an_operator_is_taken_for_another(before: str, after: str) -> None:
    made = {name_of(mutant) for mutant in mutants(policy_at(SECOND)[0])}
    assert any(each.endswith(f" {before} -> {after}") for each in made), sorted(made)


def test_two_faults_that_read_the_same_have_two_names() -> None:
    """What is kept of the one says nothing of the other."""
    program = compiled(TABLE.replace("| < 100 document/month  |", "| < 100 document/month |"))
    assert program is not None
    made = [each for each in mutants(program) if each.before == "100 document/month"]
    names = {name_of(each) for each in made}
    assert len(names) == len(made) > len({(each.before, each.after) for each in made})
    assert any(name.endswith(" (2)") for name in names)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SECOND, tmp_path / "old")
    shutil.copytree(SECOND, tmp_path / "new")
    return tmp_path / "new"


#: What a policy of one bar says; of its faults some are noticed, and some survive.
SMALL = """\
policy archive-storage 1.0.0 effective 2025-01-01
manifest ArchivePlan schema "archive.v1.schema.json" of project, workload in workloads
source house = "sources/house.yaml"
unit GB, read
currency USD
outcome class : tape < disk
input wait : s from workload.max_wait_s ask "How long may it take?"
threshold patience : s
  2025-01-01 = 600 s ref house#H3
decision tree storage : class
  if wait < patience : disk because "people wait for it" ref house#H3
  otherwise : tape because "without hurry" ref house#H3
"""
SMALL_TESTS = """\
test "soon"
  given
    workload.content = logs
    workload.max_wait_s = 60
  expect answer = disk
test "in two hours"
  like "soon"
  given
    workload.max_wait_s = 7200
  expect answer = tape
"""


@pytest.fixture
def small(pack: Path) -> Path:
    """The same folder with a policy of which all faults are soon made."""
    for test in (pack / "tests").iterdir():
        test.unlink()
    (pack / "policy.mlp").write_text(SMALL)
    (pack / "tests" / "bar.mlp").write_text(SMALL_TESTS)
    return pack


def mutate(*args: str) -> Ran:
    return in_process("mutate", *args)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `mutate` says of the policy as it stands, worked out once; no test changes it."""
    folder = tmp_path_factory.mktemp("mutated")
    shutil.copytree(SECOND, folder / "new")
    with chdir(folder):
        return mutate("new", "--format", "json").json


def test_only_what_differs_is_mutated(pack: Path) -> None:
    assert mutate("new", "--since", "old").code == 3
    file = pack / "policy.mlp"
    file.write_text(file.read_text().replace("= 600 s", "= 660 s"))
    for test in (pack / "tests").glob("*.mlp"):
        test.write_text(test.read_text().replace("max_wait_s = 600", "max_wait_s = 660"))
    found = mutate("new", "--since", "old", "--format", "json").json
    assert {each["name"] for each in found["faults"]} == {"patience"}


def test_the_missing_test_of_a_fault_notices_it(pack: Path, document: Any) -> None:
    """What is told to be pasted passes, and a fault that it is told for survives no more."""
    found = [each for each in document["faults"] if each["test"]]
    lost = [each for each in document["faults"] if each["end"] == "survived"]
    assert 4 <= len(found) <= len(lost)
    assert all(each["end"] == "survived" for each in found)
    (pack / "tests" / "pasted.mlp").write_text("\n".join(each["test"] for each in found))
    assert in_process("test", "new").code == 0
    now = {
        (each["name"], each["before"], each["after"], each["line"]): each["end"]
        for each in mutate("new", "--format", "json").json["faults"]
    }
    for each in found:
        assert now[each["name"], each["before"], each["after"], each["line"]] == "noticed", each


def test_what_is_not_noticed_comes_with_a_test_to_begin_with(pack: Path) -> None:
    old = pack.parent / "old" / "policy.mlp"
    text = old.read_text().replace("= 600 s", "= 660 s").replace("where answer > discard", "")
    old.write_text(text)
    said = mutate("new", "--since", "old").out
    assert "threshold patience  600 s -> 599 s" in said
    assert '    test "patience, not 599 s"\n      as_of ' in said
    assert '    test "all_running, not with >="\n      like "' in said


@pytest.mark.parametrize(("percent", "code"), [("0", 0), ("20", 0), ("100", 1)])
def test_a_share_is_a_gate(percent: str, code: int, small: Path) -> None:
    assert mutate("new", "--fail-under", percent).code == code


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
    all_, made = tried_with(program, schema_of())
    assert tried(made.index(mutant), mutant, all_).end is End.NOTICED
    stale = number(replace(program, defines={**program.defines, "size": mutant.declaration}))
    assert run_test(test, stale, schema_of()).passed


ROWS = f"""{HEAD}
catalog machine by mode ref guide#C3
  | mode : mode | speed : number |
  | real-time   | 10             |
  | batch       | 20             |
  | async       | 30             |
  | streaming   | 40             |
{TAIL}
rule fast advise
  when machine[mode].speed > 25
  say "so" ref guide#C3
test "which row is not known"
  given
    project.aws.regions = [eu-west-1]
    workload.task = invoice-extraction
  expect fast waiting
test "the second row"
  like "which row is not known"
  given
    workload.mode = batch
  expect fast passed
test "which row is not known, and what settles it is asked"
  like "which row is not known"
  expect fast waiting
  expect irrelevant mode
"""


def test_a_cell_between_others_shows_only_where_its_row_is_the_one() -> None:
    """Where the row is not known, a column lies between the least and the greatest of its cells;
    what settles an answer may ask for each."""
    program = compiled(ROWS)
    assert program is not None
    all_, made = tried_with(program, schema_of())
    told: dict[str, set[str]] = {}
    for number_, mutant in enumerate(made):
        if mutant.part == "catalogs":
            tests = {all_.program.tests[n].title for n in all_.apart.get(number_, ())}
            assert told.setdefault(mutant.before, tests) == tests
    open_ = "which row is not known"
    second, asked = "the second row", f"{open_}, and what settles it is asked"
    assert told == {
        "10": {open_, asked},
        "20": {second, asked},
        "30": {asked},
        "40": {open_, asked},
    }


# ── What is kept with a reason ───────────────────────────────────────────────────────────────


def test_survivors_are_kept_with_their_reasons_until_they_are_noticed(small: Path) -> None:
    file = small / "tests" / "survivors.txt"
    first = mutate("new", "--keep")
    assert first.code == 1  # no reason is given yet
    text = file.read_text()
    assert "\n?\n  threshold " in text
    assert "\n  threshold patience: 600 s -> 599 s\n" in text
    file.write_text(text.replace("\n?\n", "\nNobody measures a wait to the second.\n"))
    ran = mutate("new")
    assert (ran.code, "kept with a reason in new/tests/survivors.txt" in ran.out) == (0, True)
    assert "begin with" not in ran.out
    said = mutate("new", "--format", "json").json
    reasons = {each["reason"] for each in said["faults"]}
    assert reasons == {None, "Nobody measures a wait to the second."}
    assert mutate("new", "--keep").code == 0
    assert "\nNobody measures a wait to the second.\n  " in file.read_text()

    # Another layout and another place of the declaration change nothing.
    policy = small / "policy.mlp"
    policy.write_text(policy.read_text() + "\n\n# a remark\n")
    assert mutate("new").code == 0

    # What no longer survives is told where it stands.
    gone = "  threshold patience: 600 s -> 1 s\n"
    file.write_text(file.read_text() + gone)
    line = file.read_text().count("\n")
    ran = mutate("new")
    assert (ran.code, "cannot be made any more" in ran.err) == (1, True)
    assert f"new/tests/survivors.txt:{line}:3" in ran.err
    assert mutate("new", "--most", "2").code == 0  # only all of them together can tell


def test_a_kept_fault_that_a_test_notices_is_told(small: Path) -> None:
    told = mutate("new", "--format", "json").json
    noticed = next(each for each in told["faults"] if each["by"] is not None)
    name = f"{noticed['kind']} {noticed['name']}: {noticed['before']} -> {noticed['after']}"
    (small / "tests" / "survivors.txt").write_text(f"So it is.\n  {name}\n")
    ran = mutate("new")
    assert (ran.code, "a test notices this fault now" in ran.err) == (1, True)


def test_a_broken_file_of_survivors_is_told_with_its_place(small: Path) -> None:
    (small / "tests" / "survivors.txt").write_text("noticed 1 of 2\n  threshold a: 1 -> 2\n")
    ran = mutate("new")
    assert (ran.code, "survivors.txt:2:3" in ran.err) == (3, True)


def test_what_is_kept_is_all_that_survives(pack: Path) -> None:
    assert mutate("new", "--keep", "--most", "3").code == 3
    assert mutate("new", "--keep", "--since", "old").code == 3


SHIPPED = sorted((REPO / "policies").glob("*/*/tests/survivors.txt"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parts[-4])
def test_every_survivor_of_a_shipped_pack_has_a_reason_and_can_be_made(file: Path) -> None:
    """That none of them is noticed, and no other one survives, is for `mlpolicy mutate` to say,
    which takes minutes."""
    kept, wrong = read_survivors(file.read_text(), file.name)
    session = Session()
    files, _ = session.find(str(file.parents[1]), "2026-11-22")
    assert files is not None
    program, _ = session.program(files)
    assert program is not None
    made = [each for each in mutants(program) if files.holds(each.at.file)]
    assert not wrong
    assert {*kept.faults} <= {name_of(each) for each in made}
    assert all(each.reason for each in kept.faults.values())
    assert kept.noticed > 0
