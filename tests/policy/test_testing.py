"""The runner of policy tests: a test that fails says what it expected and what it got, and
nothing of a policy's tests takes part in what the policy decides."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpolicy.render import policies
from mlpolicy.render.policies import failure_text
from mlpolicy.session import PolicyFiles, Session
from mlpolicy.testing import manifest_of, run_policy_tests, run_test
from tests.policy.policy_support import PACK, REPO, SECOND, data, policy_at, read

FAILING: list[dict[str, Any]] = data("failing.yaml")


def second() -> PolicyFiles:
    files, said = Session().find(str(SECOND), "2026-11-22")
    assert files is not None, said
    return files


@pytest.mark.slow
@pytest.mark.parametrize("case", FAILING, ids=lambda case: case["says"][0])
def test_a_failing_test_says_what_differs(case: dict[str, Any]) -> None:
    lines = [f"  {line}\n" for line in case["test"].splitlines()]
    text = 'test "fails"\n  as_of 2026-06-01\n' + "".join(lines)
    files = second()
    extra = ("more.mlp", text.encode())
    program, schema = read(replace(files, texts=(*files.texts, extra)))
    (test,) = (test for test in program.tests if test.title == "fails")
    result = run_test(test, program, schema)
    assert not result.passed
    assert result.place.file.endswith("more.mlp")
    assert len(result.failures) == len(case["says"]), result.failures
    for got, wanted in zip(map(failure_text, result.failures), case["says"], strict=True):
        assert wanted in got


def test_results_come_in_written_order_and_each_test_has_one() -> None:
    program, schema = policy_at(SECOND)
    results = run_policy_tests(program, schema)
    assert [result.place for result in results] == sorted(result.place for result in results)
    assert {result.title for result in results} == {test.title for test in program.tests}


@pytest.mark.slow
def test_only_the_envelope_is_filled_in() -> None:
    """Name and owner, and nothing that a decision could rest on."""
    program, schema = policy_at(PACK)
    (test,) = (t for t in program.tests if t.title.startswith("999 interactions"))
    document = json.loads(manifest_of(test, schema))
    (workload,) = document["spec"].pop("workloads")
    assert document == {
        "apiVersion": "mlpolicy.dev/v1",
        "kind": "MLProject",
        "metadata": {"name": "test"},
        "spec": {
            "aws": {"regions": ["us-east-1"]},
            "team": {"ml_level": "basic"},
            "owner": "team/test",
        },
    }
    assert workload["name"] == "workload"
    assert set(workload) == {"name", "task", "data", "needs", "measurements"}


def test_tests_are_no_part_of_what_decides(tmp_path: Path) -> None:
    """They are read to be run: with them or without, with faults or without, a policy has the
    same digest."""
    pack = shutil.copytree(SECOND, tmp_path / "1.0.0")
    digests = set()
    for spoil in (False, True):
        if spoil:
            (pack / "tests" / "keeping.mlp").write_text('test "broken\n')
        session = Session()
        files, _ = session.find(str(pack), "2026-11-22")
        assert files is not None
        program, said = session.program(files)
        assert program is not None, said
        assert program.tests == ()
        digests.add(program.digest)
    assert len(digests) == 1
    assert files is not None
    broken, _, said = Session().tested(files)
    assert broken is None
    assert any("tests/keeping.mlp" in str(fault.place) for fault in said)


@pytest.mark.parametrize("folder", [PACK, SECOND], ids=["first", "second"])
def test_no_test_stands_among_the_files_that_decide(folder: Path) -> None:
    assert not any(
        line.startswith('test "')
        for path in folder.glob("*.mlp")
        for line in path.read_text("utf-8").splitlines()
    )


def test_the_first_pack_keeps_to_its_six_files() -> None:
    assert sorted(path.name for path in PACK.glob("*.mlp")) == [
        "catalogue.mlp",
        "costs.mlp",
        "findings.mlp",
        "policy.mlp",
        "thresholds.mlp",
        "tree.mlp",
    ]
    assert PACK.relative_to(REPO).as_posix() == "policies/aws-ml-selection/1.0.0"


@pytest.mark.slow
def test_several_processes_say_what_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from mlpolicy.cli import main

    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(tmp_path / "cache"))
    pack = shutil.copytree(SECOND, tmp_path / "1.0.0")
    file = pack / "policy.mlp"
    file.write_text(file.read_text().replace("= 600 s ref", "= 601 s ref"))
    told = []
    for jobs in ("1", "3"):
        with pytest.raises(SystemExit) as ended:
            main(["test", str(pack), "--jobs", jobs])
        told.append((ended.value.code, *capfd.readouterr()))
    assert told[0] == told[1]
    assert told[0][0] == 1
    assert "FAILED" in told[0][1]


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "code"), [(False, 0), (True, 1)])
def test_the_command_ends_with_1_where_a_test_fails(
    spoil: bool,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from mlpolicy.cli import main

    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(tmp_path / "cache"))
    pack = shutil.copytree(SECOND, tmp_path / "1.0.0")
    if spoil:
        file = pack / "policy.mlp"
        file.write_text(file.read_text().replace("= 600 s ref", "= 601 s ref"))
    with pytest.raises(SystemExit) as ended:
        main(["test", str(pack)])
    out = capfd.readouterr().out
    assert ended.value.code == code
    assert ("FAILED  whoever can wait ten minutes can wait for a tape" in out) is spoil
    assert f"{27 if spoil else 28} passed, {int(spoil)} failed" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("4", ["alone"]),
        ("6", ["rows: 9, -", "rows: 10, -", "rows: 10, 11 read/month"]),
        ("15", ["rows: 9, -", "rows: 10, -", "rows: 10, 11 read/month"]),
        ("16", ["rows: 9, -"]),
        ("18", ["rows: 10, 11 read/month"]),
        ("20", ["rows: 10, 11 read/month"]),
    ],
)
def test_a_line_of_a_file_stands_for_a_row_of_examples_or_all_of_them(
    line: str,
    titles: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(tmp_path / "cache"))
    pack = shutil.copytree(SECOND, tmp_path / "1.0.0")
    (pack / "tests" / "rows.mlp").write_text(
        """\
test "alone"
  given
    workload.content = logs
  expect all_frozen = unknown

test "rows"
  given
    workload.content = registers
    workload.legal_hold = no
    workload.keep_years = 12
    workload.max_wait_s = 5
    project.house = large

  examples
    | workload.reads_per_month | often         | -> answer |
    | 9                        | -             | -> tape   |
    | 10                       | -             | -> disk   |
    | 10                       | 11 read/month | -> tape   |

"""
    )
    from mlpolicy.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["test", f"{pack / 'tests' / 'rows.mlp'}:{line}", "--format", "json"])
    told = json.loads(capfd.readouterr().out)["tests"]
    assert [test["title"] for test in told] == titles
    assert [test["bars"] for test in told if "11 read" in test["title"]] in (
        [],
        [["often = 11 read/month"]],
    )
    assert ended.value.code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "passes"),
    [
        ("keep", True),
        ("budget - running(disk)", True),
        ("keep + 5 year", False),
        ("min(keep, 5 year)", False),
        ("min(keep, 0 year)", False),
        ("frozen", True),
    ],
)
def test_what_nothing_is_known_of_is_unknown(value: str, passes: bool) -> None:
    """A difference too, which has no end on either side."""
    text = f'test "open"\n  given\n    workload.content = logs\n  expect {value} = unknown\n'
    files = second()
    program, schema = read(replace(files, texts=(*files.texts, ("more.mlp", text.encode()))))
    (test,) = (test for test in program.tests if test.title == "open")
    assert run_test(test, program, schema).passed is passes


def test_a_test_that_fails_shows_what_a_value_and_a_rule_follow_from() -> None:
    case = FAILING[-1]
    lines = [f"  {line}\n" for line in case["test"].splitlines()]
    text = 'test "fails"\n  as_of 2026-06-01\n' + "".join(lines)
    files = second()
    program, schema = read(replace(files, texts=(*files.texts, ("more.mlp", text.encode()))))
    (test,) = (test for test in program.tests if test.title == "fails")
    told = policies.tests_text(
        program, [run_test(test, program, schema)], (), width=100, color=False
    )
    assert "FAILED  fails  (with disk_price = 1 USD/GB/month, often = 1 read/month)" in told
    assert "              films = 0.022 USD/month\n" in told
    assert "            answer (tape) > discard: yes\n" in told
    assert "more.mlp:1:" not in told  # no place in the manifest that nobody wrote
