"""Which configuration governs, and that nothing below it, or from outside, takes its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.cli_support import AS_OF, Run

BLOCKED = "services/a/blocked.mlproject.yaml"
WAIVER = """
waivers:
  - id: W-1
    rule: premature_model
    workload: mood
    owner: team/x
    reason: "a pilot of the stack"
    approved_by: cto@example.com
    approved_on: "2026-10-01"
    expires_on: "2027-10-01"
"""
STRICT = f'policy = "./pack"\nas_of = "{AS_OF}"\nmanifest_waivers = false\n'


@pytest.fixture
def repository(project: Path) -> Path:
    """A repository whose configuration lets no manifest waive anything, and a manifest that is
    blocked and waives that itself."""
    (project / ".git").mkdir()
    (project / "mlpolicy.toml").write_text(STRICT)
    (project / "services" / "a").mkdir(parents=True)
    text = (project / "manifests" / "blocked.mlproject.yaml").read_text()
    (project / BLOCKED).write_text(text + WAIVER.lstrip("\n"))
    return project


def test_the_manifest_of_these_tests_is_blocked_by_the_configuration(
    run: Run, repository: Path
) -> None:
    assert run("check", BLOCKED).code == 2
    Path("mlpolicy.toml").write_text(STRICT.replace("false", "true"))
    assert run("check", BLOCKED).code == 0


# Below the governing one.


@pytest.mark.parametrize("folder", ["services/a", "services"])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('policy = "../pack"', "policy"),
        ('as_of = "today"', "as_of"),
        ('waivers = "w.yaml"', "waivers"),
        ('log = "l.jsonl"', "log"),
        ("manifest_waivers = true", "manifest_waivers"),
        (
            f'[[approved]]\npolicy = "p@1.0.0"\ndigest = "sha256:{"0" * 64}"\nby = "x"\n'
            "on = 2026-01-01",
            "approved",
        ),
    ],
    ids=lambda each: each.partition(" ")[0],
)
def test_a_configuration_below_another_may_not_loosen_it(
    run: Run, repository: Path, folder: str, text: str, key: str
) -> None:
    Path(folder, "mlpolicy.toml").write_text(f"# ours\n{text}\n")
    ran = run("check", BLOCKED)
    assert ran.code == 3
    assert f"MLP0922]: `{key}` in `{folder}/mlpolicy.toml` is not allowed" in ran.err
    assert "`mlpolicy.toml` above it governs" in ran.err
    assert f"--> {folder}/mlpolicy.toml:2:" in ran.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mlpolicy.toml", ""),
        ("mlpolicy.toml", "# nothing\n"),
        ("pyproject.toml", "[tool.mlpolicy]\n"),
        ("pyproject.toml", '[project]\nname = "mlpolicy-user"\n'),
    ],
)
def test_an_empty_configuration_takes_nothing_away(
    run: Run, repository: Path, name: str, text: str
) -> None:
    Path("services/a", name).write_text(text)
    ran = run("check", "-v", BLOCKED)
    assert (ran.code, ran.err) == (2, "")
    assert f"as of {AS_OF}" in ran.out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("manifest_waivers = false", 2),
        ("manifest_waivers = true", 0),
        ("require_approval = true", 3),
        ("require_approval = false", 0),
        ('fail_on = ["advise"]', 1),
        ("fail_on = []", 0),
    ],
)
def test_a_configuration_below_another_may_tighten_it(
    run: Run, repository: Path, text: str, code: int
) -> None:
    Path("mlpolicy.toml").write_text(STRICT.replace("false", "true"))
    Path("services/mlpolicy.toml").write_text(text + "\n")
    ran = run("check", BLOCKED)
    assert ran.code == code
    if code == 3:
        assert "MLP0921" in ran.err


def test_levels_of_fail_on_add_up(run: Run, repository: Path) -> None:
    """A lower list does not replace the governing one."""
    Path("mlpolicy.toml").write_text(STRICT.replace("false", 'true\nfail_on = ["advise"]'))
    assert run("check", BLOCKED).code == 1
    Path("services/mlpolicy.toml").write_text('fail_on = ["block"]\n')
    assert run("check", BLOCKED).code == 1


def test_an_approval_that_the_root_requires_is_required_below(run: Run, repository: Path) -> None:
    Path("mlpolicy.toml").write_text(STRICT + "require_approval = true\n")
    Path("services/a/mlpolicy.toml").write_text("require_approval = false\n")
    ran = run("check", BLOCKED)
    assert ran.code == 3
    assert "MLP0922" in ran.err


def test_two_configurations_in_one_folder_are_refused(run: Run, repository: Path) -> None:
    Path("pyproject.toml").write_text('[tool.mlpolicy]\npolicy = "./pack"\n')
    ran = run("check", BLOCKED)
    assert ran.code == 3
    assert "MLP0923]: `mlpolicy.toml` and `pyproject.toml` are two configurations" in ran.err


# Above the repository.


def test_nothing_above_the_repository_is_read(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it looked at: a fault there is no fault here."""
    (repository / ".git").rename(repository / "services" / ".git")
    Path("services/mlpolicy.toml").write_text(STRICT.replace("./pack", "../pack"))
    Path("mlpolicy.toml").write_text("= broken")
    assert run("check", BLOCKED).code == 2
    monkeypatch.chdir("services/a")
    assert run("check", Path(BLOCKED).name).code == 2


@pytest.mark.slow
def test_a_repository_within_does_not_leave_the_one_that_is_checked(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("services/a/.git").write_text("gitdir: ../../.git/modules/a\n")
    assert run("check", BLOCKED).code == 2
    monkeypatch.chdir("services/a")
    assert "sentiment-choice" not in run("check", "-v", Path(BLOCKED).name).out


def test_without_a_repository_the_topmost_of_this_user_governs(run: Run, repository: Path) -> None:
    (repository / ".git").rmdir()
    Path("services/a/mlpolicy.toml").write_text("")
    assert run("check", BLOCKED).code == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_configuration_of_another_user_is_told_and_not_read(run: Run, repository: Path) -> None:
    (repository / ".git").rmdir()
    os.chown("mlpolicy.toml", 1234, 1234)
    Path("services/a/mlpolicy.toml").write_text("manifest_waivers = true\n")
    ran = run("check", BLOCKED, "--policy", "pack")
    assert ran.code == 0
    assert "warning[MLP0924]: `mlpolicy.toml` belongs to another user and is not read" in ran.err
    (repository / ".git").mkdir()
    assert run("check", BLOCKED).code == 3


# Named.


@pytest.fixture
def central(repository: Path) -> Path:
    """A configuration outside the repository."""
    folder = repository.parent / f"{repository.name}-central"
    folder.mkdir()
    text = STRICT.replace("./pack", (repository / "pack").as_posix()).replace("false", "true")
    (folder / "governance.toml").write_text(text)
    return folder / "governance.toml"


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_configuration_can_be_named(
    run: Run, repository: Path, central: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Then it governs alone, whatever stands in the repository."""
    Path("services/a/mlpolicy.toml").write_text('policy = "elsewhere"\n')
    options: tuple[str | Path, ...] = ("--config", central)
    if way == "variable":
        options = ()
        monkeypatch.setenv("MLPOLICY_CONFIG", str(central))
    assert run("check", BLOCKED, *options).code == 0
    central.write_text(central.read_text().replace("true", "false"))
    assert run("check", BLOCKED, *options).code == 2


def test_the_option_goes_before_the_variable(
    run: Run, repository: Path, central: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLPOLICY_CONFIG", str(repository / "gone.toml"))
    assert run("check", BLOCKED, "--config", central).code == 0
    ran = run("check", BLOCKED)
    assert ran.code == 3
    assert "there is no `gone.toml`" in ran.err
    assert "MLPOLICY_CONFIG names this file" in ran.err


def test_a_named_one_of_the_repository_is_tightened_from_below(run: Run, repository: Path) -> None:
    Path("other.toml").write_text(STRICT.replace("false", "true"))
    assert run("check", BLOCKED, "--config", "other.toml").code == 0
    Path("services/mlpolicy.toml").write_text("manifest_waivers = false\n")
    assert run("check", BLOCKED, "--config", "other.toml").code == 2
    Path("services/mlpolicy.toml").write_text('policy = "./pack"\n')
    ran = run("check", BLOCKED, "--config", "other.toml")
    assert ran.code == 3
    assert "`other.toml` above it governs" in ran.err


@pytest.mark.parametrize(
    "command",
    [
        ("check", BLOCKED),
        ("explain", BLOCKED),
        ("waivers", BLOCKED),
        ("ask", BLOCKED, "--answers", os.devnull),
        ("record", "add", BLOCKED, "--log", "l.jsonl"),
        ("policies", "show", "pack"),
        ("measure", "t.csv", *("--truth", "t", "--predicted", "p"), *("--system", "comprehend"),
         "--into", BLOCKED),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_every_command_that_reads_a_configuration_takes_its_name(
    run: Run, repository: Path, command: tuple[str, ...]
) -> None:
    Path("t.csv").write_text("t,p\n" + "a,a\nb,b\n" * 20)
    ran = run(*command, "--config", "gone.toml")
    assert ran.code == 3
    assert "there is no `gone.toml`" in ran.err
    ran = run(*command, "--config", " ")
    assert ran.code == 3
    assert "it is empty; name a configuration" in ran.err


def test_a_project_file_without_a_table_is_no_configuration(run: Run, repository: Path) -> None:
    Path("other").mkdir()
    Path("other/pyproject.toml").write_text('[project]\nname = "x"\n')
    ran = run("check", BLOCKED, "--config", "other/pyproject.toml")
    assert ran.code == 3
    assert "MLP0908]: `other/pyproject.toml` has no table `[tool.mlpolicy]`" in ran.err


# A log that the repository chooses.


def test_a_configured_log_stays_in_the_repository(
    run: Run, repository: Path, central: Path
) -> None:
    outside = f'log = "../{central.parent.name}/log.jsonl"\n'
    Path("mlpolicy.toml").write_text(STRICT.replace("false", "true") + outside)
    ran = run("record", "add", BLOCKED)
    assert ran.code == 3
    assert "`log` in `mlpolicy.toml` leads out of its repository" in ran.err
    assert list(central.parent.iterdir()) == [central]
    central.write_text(central.read_text() + 'log = "log.jsonl"\n')
    assert run("record", "add", BLOCKED, "--config", central).code == 0
    assert (central.parent / "log.jsonl").exists()
    log = repository / "log.jsonl"
    log.symlink_to(central.parent / "other.jsonl")
    Path("mlpolicy.toml").write_text(STRICT.replace("false", 'true\nlog = "log.jsonl"'))
    assert run("record", "add", BLOCKED).code == 3
