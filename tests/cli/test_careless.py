"""What careless hands do on the command line: each mistake has one clear message and code 3."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from mlpolicy.cli.saving import save
from mlpolicy.session import find_policy
from tests.cli.cli_support import PACK, Run

GOOD = "manifests/good.mlproject.yaml"
SHORT = (
    "project: x\nowner: team/x\nregions: [eu-west-1]\nworkloads:\n- {name: a, task: sentiment}\n"
)


# Which policy.


def test_a_version_alone_is_one_of_the_built_in_pack() -> None:
    for spec, found in (("@1.0.0", "1.0.0"), ("@1.2.0", "1.2.0"), ("@1", "1.0.0")):
        files, faults = find_policy(spec, as_of="2026-11-21")
        assert faults == ()
        assert files is not None
        assert (files.name, files.version) == ("aws-ml-selection", found)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("@2", "there is no `aws-ml-selection@2`"),
        ("@latest", "`latest` is not a version"),
        ("@", "`@` names no version after the `@`"),
        ("aws-ml-selection@", "`aws-ml-selection@` names no version after the `@`"),
        ("", "it is empty; name a policy, or leave the option out"),
        (" ", "it is empty; name a policy, or leave the option out"),
    ],
)
def test_a_policy_that_is_half_named_is_not_guessed(
    run: Run, project: Path, spec: str, said: str
) -> None:
    ran = run("check", GOOD, "--policy", spec)
    assert ran.code == 3
    assert said in ran.err
    assert ran.out == "" or "1 manifest: 1 not evaluated" in ran.out


def test_a_version_that_cannot_be_told_is_not_passed_over_for_an_older_one(
    run: Run, project: Path
) -> None:
    """The older one would judge in its place, and nobody would hear of it."""
    policy = Path("pack/2.0.0/policy.mlp")
    shutil.copytree(PACK / "1.0.0", policy.parent)
    text = policy.read_text("utf-8")
    assert text.count("policy sentiment-choice ") == 1
    policy.write_text(text.replace("policy sentiment-choice ", "polcy sentiment-choice "), "utf-8")
    ran = run("check", GOOD, "--policy", "./pack")
    assert ran.code == 3
    assert "`pack/2.0.0` does not say which version it is" in ran.err
    assert run("check", GOOD, "--policy", "./pack/1.0.0").code == 0


# Files.


def test_a_link_to_nowhere_is_told_as_one(run: Run, project: Path) -> None:
    Path("gone.mlproject.yaml").symlink_to("nowhere")
    ran = run("check", "gone.mlproject.yaml")
    assert ran.code == 3
    assert "`gone.mlproject.yaml` is a link to a file that is not there" in ran.err
    assert "did you mean" not in ran.err


def test_a_read_only_file_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mlproject.yaml"
    file.write_bytes(b"a: 1\n")
    file.chmod(0o444)
    fault = save(str(file), b"a: 1\n", b"a: 2\n")
    assert fault is not None
    assert fault.message == f"cannot write `{file}`: it is read-only"
    assert file.read_bytes() == b"a: 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mlproject.yaml"]


def test_a_folder_that_is_not_there_is_not_made(run: Run, tmp_path: Path) -> None:
    ran = run("manifest", "init", "--output", str(tmp_path / "no" / "mlproject.yaml"))
    assert ran.code == 3
    assert "= help: make its folder first" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "= help: write a waiver file into it"),
        ("[1, 2]\n", "this is no waiver file: it is a list, not a mapping"),
        (SHORT, "this is no waiver file: it has none of the keys of one"),
    ],
)
def test_what_is_no_waiver_file_is_not_called_a_manifest(
    run: Run, project: Path, text: str, said: str
) -> None:
    Path("waivers.yaml").write_text(text)
    ran = run("check", GOOD, "--waivers", "waivers.yaml")
    assert ran.code == 3
    assert said in ran.err
    assert ran.err.count("error[") == 1
    assert "manifest" not in ran.err


def test_a_waiver_file_that_is_named_as_a_manifest_is_told_where_it_belongs(
    run: Run, project: Path
) -> None:
    Path("w.yaml").write_text("apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers: []\n")
    ran = run("check", "w.yaml")
    assert ran.code == 3
    assert "= help: a waiver file is read with `--waivers FILE`\n" in ran.err


@pytest.mark.parametrize("command", ["check", "explain", "waivers", "ask"])
def test_an_empty_name_of_a_waiver_file_is_not_none(run: Run, project: Path, command: str) -> None:
    """A variable that is not set must not drop the waivers without a word."""
    ran = run(command, GOOD, "--waivers", "")
    assert (ran.code, ran.out) == (3, "")
    assert "it is empty; name a waiver file, or leave the option out" in ran.err


def test_waivers_that_cannot_be_read_are_not_counted(run: Run, project: Path) -> None:
    ran = run("waivers", GOOD, "--waivers", "gone.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert "there is no `gone.yaml`" in ran.err


def test_more_entries_than_are_read_are_told_with_a_way_out(run: Run, project: Path) -> None:
    items = "".join(f"- {{name: a{number}, task: sentiment}}\n" for number in range(1001))
    Path("x.yaml").write_text(SHORT.partition("- {")[0] + items)
    ran = run("check", "x.yaml")
    assert ran.code == 3
    assert "more than 1,000 entries in one place" in ran.err
    assert "= help: split the file into several\n" in ran.err


def test_a_control_character_is_called_one(run: Run, project: Path) -> None:
    Path("x.yaml").write_text(SHORT.replace("team/x", "team\x01x"))
    ran = run("check", "x.yaml")
    assert ran.code == 3
    assert "the control character U+0001 is not allowed in a text file" in ran.err


@pytest.mark.parametrize(
    ("date", "help"),
    [
        ("22.11.2026", "write `2026-11-22`"),
        ("2.1.2026", "write `2026-01-02`"),
        ("2026/1/2", "write `2026-01-02`"),
        ("2026-11-22T10:00:00Z", "write `2026-11-22`"),
        ("11/12/2026", "write year, month and day, such as `2026-01-31`"),
        ("soon", "write year, month and day, such as `2026-01-31`"),
    ],
)
def test_a_date_in_another_order_is_told_how_to_write_it(
    run: Run, project: Path, date: str, help: str
) -> None:
    Path("x.yaml").write_text(f"{SHORT}decision_date: {date}\n", "utf-8")
    ran = run("check", "x.yaml")
    assert ran.code == 3
    assert f"= help: {help}\n" in ran.err


def test_a_tab_is_called_a_tab(run: Run, project: Path) -> None:
    Path("x.yaml").write_text("project: x\n\towner: team/x\n")
    ran = run("check", "x.yaml")
    assert ran.code == 3
    assert "tab" in ran.err.splitlines()[0]


# The other end of the output.


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    line = f'"{sys.executable}" -m mlpolicy {command}'
    return subprocess.run(line, shell=True, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("command", [f"check {GOOD}", "--help", "schema manifest"])
def test_a_full_disk_is_no_bug_of_ours(project: Path, command: str) -> None:
    ran = _shell(f"{command} > /dev/full")
    assert ran.returncode == 3
    assert "no space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "bug" not in ran.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes streams so")
@pytest.mark.parametrize(
    ("rest", "code"), [(f"{GOOD} >&-", 0), (f"{GOOD} 2>&-", 0), ("- <&-", 3), ("nofile 2>&-", 3)]
)
def test_a_closed_stream_changes_no_exit_code(project: Path, rest: str, code: int) -> None:
    ran = _shell(f"check {rest}")
    assert ran.returncode == code
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("arguments", [("manifest", "init", "--force", "-o", "m.yaml")])
def test_a_full_disk_leaves_the_old_file(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Wherever the disk is full: while the new file is made, written, or put in its place."""

    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    old = "project: mine\n"
    for owner, name in ((tempfile, "mkstemp"), (os, "fsync"), (Path, "replace")):
        Path("m.yaml").write_text(old, "utf-8")
        before = sorted(path.name for path in Path().iterdir())
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, full)
            ran = run(*arguments)
        assert ran.code == 3, name
        assert "cannot write `m.yaml`: no space left on device" in ran.err, name
        assert Path("m.yaml").read_text("utf-8") == old, name
        assert sorted(path.name for path in Path().iterdir()) == before, name
