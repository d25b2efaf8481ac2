"""`mlpolicy check`: what it says and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_support import AS_OF, Run

GOOD = "manifests/good.mlproject.yaml"
BLOCKED = "manifests/blocked.mlproject.yaml"
OPEN = "manifests/open.mlproject.yaml"
BROKEN = "manifests/broken.mlproject.yaml"


def test_a_line_for_each_manifest_and_finding_and_the_sum(run: Run, project: Path) -> None:
    ran = run("check", BLOCKED)
    assert ran.code == 2
    first, answer, found, fix, *_ = ran.out.splitlines()
    assert first.split() == ["BLOCK", "too-much", BLOCKED]
    assert answer.split()[:3] == ["mood", "ai_service", "(comprehend)"]
    assert answer.split()[3] == "decided"
    assert answer.endswith("1,240.00 USD over 24 months")
    assert found.startswith("  block  you plan diy where ai_service is enough")
    assert fix.startswith("         fix: build ai_service first")
    assert fix.endswith(f"{BLOCKED}:12:21  premature_model")
    assert "1 manifest" not in ran.out
    *_, policy, sums = run("check", BLOCKED, "-v").out.splitlines()
    assert policy.startswith(f"policy sentiment-choice 1.0.0 as of {AS_OF} (sha256:")
    assert sums.startswith("1 manifest: 1 blocked  ")
    assert " checks" in sums


def test_only_what_does_not_pass_is_told_the_worst_first(run: Run, project: Path) -> None:
    ran = run("check", OPEN, BLOCKED)
    heads = [line.split()[0] for line in ran.out.splitlines() if line[:1].isupper()]
    assert heads == ["BLOCK", "INCOMPLETE"]
    assert "2 manifests: 1 blocked, 1 incomplete" in ran.out
    assert f"mlpolicy ask {OPEN}" in ran.out
    quiet = run("check", OPEN, BLOCKED, "--quiet")
    assert quiet.code == ran.code
    assert ran.out.endswith(quiet.out)
    assert len(quiet.out.splitlines()) == 1
    assert f"sentiment-choice 1.0.0 as of {AS_OF}" in quiet.out


def test_other_files_of_a_folder_are_counted_as_skipped(run: Run, project: Path) -> None:
    ran = run("check", "manifests")
    assert ran.code == 3
    assert "4 manifests: 1 not evaluated, 1 blocked, 2 incomplete, 1 file skipped" in ran.out
    assert ran.out.count("of sentiment-choice 1.0.0 as of") == 1
    assert "error[MLP" in ran.err
    assert f"{BROKEN}:6:5" in ran.err


@pytest.mark.parametrize(
    ("paths", "options", "code"),
    [
        ((GOOD,), (), 0),
        ((GOOD,), ("--fail-on", "incomplete"), 4),
        ((GOOD,), ("--fail-on", "warn"), 0),
        ((BLOCKED,), (), 2),
        ((BLOCKED,), ("--fail-on", "advise"), 2),
        ((OPEN,), (), 0),
        ((OPEN,), ("--fail-on", "incomplete", "--fail-on", "warn"), 4),
        ((BROKEN,), (), 3),
        ((BROKEN, BLOCKED), (), 3),
        ((BLOCKED, OPEN), ("--fail-on", "incomplete"), 2),
        (("nowhere.yaml",), (), 3),
        (("pack",), (), 3),
        (("no/*.yaml",), (), 3),
        (("manifests/g*.yaml",), (), 0),
    ],
)
def test_exit_codes(
    run: Run, project: Path, paths: tuple[str, ...], options: tuple[str, ...], code: int
) -> None:
    assert run("check", *paths, *options).code == code


def test_advice_fails_only_where_it_is_named(run: Run, project: Path) -> None:
    manifest = Path(GOOD).read_text().replace("domain_features: false", "domain_features: true")
    Path("mlproject.yaml").write_text(
        manifest.replace("interpretability: true", "interpretability: false")
    )
    assert "own_words" not in run("check", "mlproject.yaml").out
    assert "own_words" in run("check", "mlproject.yaml", "--verbose").out
    assert run("check", "mlproject.yaml").code == 0
    assert run("check", "mlproject.yaml", "--fail-on", "advise").code == 1


@pytest.mark.parametrize(
    "args",
    [
        ("check", "--fail-on", "sometimes", GOOD),
        ("check", "--frob"),
        ("check", "--as-of", "2026-13-01", GOOD),
        ("check", "--as-of", "20260101", GOOD),
        ("chekc",),
        ("policies", "check"),
    ],
)
def test_wrong_usage_is_3_and_says_so(run: Run, project: Path, args: tuple[str, ...]) -> None:
    ran = run(*args)
    assert ran.code == 3
    assert ran.out == ""
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("columns", ["60", "100"])
def test_without_a_command_the_help_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = run()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == run("--help").out


def test_a_misspelt_command_names_the_nearest(run: Run) -> None:
    assert "did you mean `check`?" in run("chekc").err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--extension", "x", "check"), "`--extension` goes after the command; it is an option of"),
        (("--for", "team", "explain"), "goes after the command; it is an option of `explain`\n"),
        (("check", "--for", "team"), "`check` has no option `--for`; it is one of `explain`\n"),
        (("record", "add", "--for", "x"), "`record add` has no option `--for`; it is one of"),
        (("check", "--formt", "json"), "Did you mean"),
        (
            (GOOD,),
            f"there is no command `{GOOD}`; to judge this file: `mlpolicy check {GOOD}`",
        ),
        (("gone.yaml",), "there is no command `gone.yaml`; commands: check, "),
        (("record", "show"), "`record` has no command `show`; it has add, replay, verify\n"),
        (("policies", "lst"), "`policies` has no command `lst`; did you mean `list`?\n"),
        (("explain", "--why-not", GOOD), f"is a file; write `--why-not OUTCOME {GOOD}`\n"),
        (
            ("explain", GOOD, "--what-if", "project.lifecycle", "build"),
            "takes PATH=VALUE; write `--what-if project.lifecycle=build`\n",
        ),
    ],
)
def test_what_stands_in_a_wrong_place_is_told_its_place(
    run: Run, project: Path, args: tuple[str, ...], said: str
) -> None:
    ran = run(*args)
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


def test_nothing_to_evaluate_is_never_a_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("a: 1\n")
    ran = run("check", tmp_path)
    assert ran.code == 3
    assert "error[MLP0903]" in ran.err
    assert "1 other YAML or JSON file skipped" in ran.err


def test_an_unreadable_file_leaves_the_others_evaluated(run: Run, project: Path) -> None:
    ran = run("check", GOOD, "gone.yaml")
    assert ran.code == 3
    assert "support-calls" in ran.out
    assert "error[MLP0901]: there is no `gone.yaml`" in ran.err


def test_a_missing_file_names_its_nearest_neighbour(run: Run, project: Path) -> None:
    assert f"did you mean `{GOOD}`?" in run("check", "manifests/god.mlproject.yaml").err


@pytest.mark.slow
def test_json_is_the_check_document(run: Run, project: Path) -> None:
    ran = run("check", "manifests", "--format", "json")
    assert ran.code == 3
    assert ran.err == ""
    document = ran.json
    assert list(document) == ["schema", "decisions", "diagnostics", "counts"]
    assert [d["manifest"]["name"] for d in document["decisions"]] == [
        "too-much",
        "support-calls",
        "hardly-known",
    ]
    assert {d["file"] for d in document["diagnostics"]} == {BROKEN}
    assert document["counts"]["skipped"] == 1
    assert document["counts"]["blocked"] == 1


def test_the_same_inputs_give_the_same_bytes(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("check", "manifests", "--format", "json").out
    assert run("check", "manifests", "--format", "json").out == first
    monkeypatch.setenv("MLPOLICY_NO_CACHE", "1")
    assert run("check", "manifests", "--format", "json").out == first


def test_levels_of_the_configuration_hold_without_the_option(run: Run, project: Path) -> None:
    config = Path("mlpolicy.toml")
    config.write_text(config.read_text() + 'fail_on = ["incomplete"]\n')
    assert run("check", GOOD).code == 4
    assert run("check", GOOD, "--fail-on", "warn").code == 0


def test_the_manifest_may_come_from_standard_input(project: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "mlpolicy", "check", "-"],
        input=Path(GOOD).read_bytes(),
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[0].split() == [b"INCOMPLETE", b"support-calls", b"<stdin>"]


def test_a_reader_who_stops_reading_is_no_fault(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mlpolicy", "explain", GOOD, BLOCKED, "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert err == b""


def test_a_bug_of_ours_is_70_and_says_where_to_report_it(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("inner")

    monkeypatch.setattr("mlpolicy.cli.judging.stream", broken)
    ran = run("check", GOOD)
    assert ran.code == 70
    assert "this is a bug in mlpolicy" in ran.err
    assert "https://github.com/mlpolicy/mlpolicy/issues" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("MLPOLICY_DEBUG", "1")
    assert "Traceback" in run("check", GOOD).err


def test_an_interruption_is_130(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlpolicy.cli.judging.stream", interrupted)
    assert run("check", GOOD).code == 130


@pytest.mark.slow
@pytest.mark.usefixtures("own_cache")
def test_check_loads_no_other_command_and_a_warm_one_no_checker(project: Path) -> None:
    code = (
        "import sys\nfrom mlpolicy.cli import main\n"
        "try: main(['check', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith(('lark', 'mlpolicy.check', "
        "'mlpolicy.syntax', 'mlpolicy.ledger', 'mlpolicy.cli.explain', 'mlpolicy.api'))]"
        ", file=sys.stderr)"
    )
    # Several runs, for one who edits the engine meanwhile: that makes a cache cold.
    loaded = [
        subprocess.run([sys.executable, "-c", code, GOOD], capture_output=True, check=True).stderr
        for _ in range(4)
    ]
    assert b"lark" in loaded[0]
    assert b"[]" in [text.strip() for text in loaded]


@pytest.mark.slow
def test_with_trace_the_json_has_every_step(run: Run, project: Path) -> None:
    (brief,) = run("check", "--format", "json", GOOD).json["decisions"]
    assert brief["trace"]["children"] == []
    (whole,) = run("check", "--format", "json", "--trace", GOOD).json["decisions"]
    assert whole["trace"]["children"]
    assert {**whole, "trace": None} == {**brief, "trace": None}
    ran = run("check", "--trace", GOOD)
    assert ran.code == 3
    assert "--trace is for --format json" in ran.err
