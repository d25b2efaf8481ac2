"""Released versions do not change: `mlpolicy policies lock`; and `mlpolicy verify`, which asks all
that has to hold of a policy at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlpolicy.cli.locking import released
from mlpolicy.lock import Locked, differing, lock_text, read_lock
from mlpolicy.session import Session
from mlpolicy.source import Source
from tests.command_support import Ran, in_process
from tests.policy.policy_support import PACK, SECOND, files_at


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one pack of one version; the current folder is the one above."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SECOND, tmp_path / "policies" / "archive-storage" / SECOND.name)
    return tmp_path / "policies"


def lock(*args: str) -> Ran:
    return in_process("policies", "lock", "policies", *args)


def edited(folder: Path, before: str, after: str) -> None:
    file = folder / "archive-storage" / SECOND.name / "policy.mlp"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def schema_changed(folder: Path) -> None:
    file = folder / "archive-storage" / SECOND.name / "schemas" / "archive.v1.schema.json"
    file.write_text(file.read_text().replace('"large"]', '"large", "huge"]', 1))


def line_changed(folder: Path, engine: str) -> None:
    """As if it had meant something else to the engine by which it was locked."""
    line = (folder / "policies.lock").read_text()
    changed = re.sub(r"sha256:\w{64} by mlpolicy@\S+", f"sha256:{'0' * 64}{engine}", line)
    assert changed != line
    (folder / "policies.lock").write_text(changed)


def removed(folder: Path) -> None:
    shutil.rmtree(folder / "archive-storage" / SECOND.name)
    shutil.copytree(SECOND, folder / "archive-storage" / "9.9.9")
    file = folder / "archive-storage" / "9.9.9" / "policy.mlp"
    file.write_text(file.read_text().replace(f" {SECOND.name} ", " 9.9.9 ", 1))


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a comment": (lambda f: edited(f, "policy ", "# new\npolicy "), "not what it means"),
    "a bar": (lambda f: edited(f, "= 10 ", "= 11 "), "and it has changed"),
    "gone": (removed, "is not there any more"),
    "its schema": (schema_changed, "reads another meaning in it: sha256:"),
    "its line": (lambda f: line_changed(f, ""), "sha256:000000000000… when it was locked\n"),
    "what an engine makes of it": (
        lambda f: line_changed(f, " by mlpolicy@0.0.1"),
        "sha256:000000000000… when it was locked, by mlpolicy 0.0.1\n",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_released_version_may_not_change(name: str, policies: Path) -> None:
    change, said = CHANGES[name]
    assert lock().code == 0
    change(policies)
    kept = (policies / "policies.lock").read_text()
    for options in ((), ("--check",)):
        ran = lock(*options)
        assert (ran.code, ran.err.count("error[MLP0929]")) == (1, 1)
        assert said in ran.err
    ran = in_process("verify", "policies")
    assert (ran.code, "FAILED  lock" in ran.out, ran.out.count("MLP0929")) == (1, True, 1)
    assert (policies / "policies.lock").read_text() == kept


#: The core with which an extension was locked, and how much is told of it where it is now with
#: archive-storage 1.0.0 and means something else.
CORES = {"archive-storage@1.0.0": 1, "archive-storage@0.9.0": 0, "": 0}


@pytest.mark.parametrize("core", CORES)
def test_an_extension_may_mean_something_else_with_another_core(core: str) -> None:
    now = Locked(
        policy="busy@1.0.0",
        digest="sha256:1",
        meaning="sha256:2",
        engine="0.1.0",
        core="archive-storage@1.0.0",
    )
    was = replace(now, meaning="sha256:3", core=core)
    told, new = differing({now.policy: was}, [now], "policies.lock")
    assert ([fault.code for fault in told], new) == (["MLP0929"] * CORES[core], ())


def test_what_is_kept_is_written_and_read_alike() -> None:
    digest = f"sha256:{'a' * 64}"
    one = Locked(policy="busy@1.0.0", digest=digest, meaning=digest)
    kept = [
        replace(one, engine="0.1.0", core="mail@1.0.0"),
        replace(one, policy="mail@1.0.0"),
        replace(one, policy="post@1.0.0", engine="0.1.0"),
    ]
    read, faults = read_lock(Source("policies.lock", lock_text(kept)))
    assert ([*read.values()], faults) == (kept, ())


@pytest.mark.slow
def test_one_version_alone_is_compared_with_the_lock_file_above_it(policies: Path) -> None:
    version = f"policies/archive-storage/{SECOND.name}"
    assert "lock" not in in_process("verify", version).out
    assert lock().code == 0
    assert "ok      lock      as it was released" in in_process("verify", version).out
    edited(policies, "policy ", "# new\npolicy ")
    ran = in_process("verify", version)
    assert (ran.code, "FAILED  lock" in ran.out, "MLP0929" in ran.out) == (1, True, True)


@pytest.mark.slow
def test_a_version_that_is_not_released_yet_is_no_fault(policies: Path) -> None:
    assert lock().code == 0
    new = policies / "archive-storage" / "9.9.9"
    shutil.copytree(policies / "archive-storage" / SECOND.name, new)
    text = (new / "policy.mlp").read_text()
    (new / "policy.mlp").write_text(text.replace(f" {SECOND.name} ", " 9.9.9 ", 1))
    ran = in_process("verify", "policies/archive-storage/9.9.9")
    assert (ran.code, "ok      lock      not released yet" in ran.out) == (0, True)


def test_what_is_not_kept_yet_is_added_and_told(policies: Path) -> None:
    ran = lock("--check")
    assert (ran.code, "error[MLP0930]" in ran.err) == (1, True)
    assert not (policies / "policies.lock").exists()
    assert f"added archive-storage@{SECOND.name}" in lock().out
    assert lock("--check").code == 0
    assert lock().out == "policies/policies.lock: 1 version kept\n"


def test_a_draft_may_change(policies: Path) -> None:
    edited(policies, f" {SECOND.name} ", f" {SECOND.name}-draft.1 ")
    assert lock().code == 0
    assert lock("--check").code == 0
    assert not (policies / "policies.lock").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("archive-storage@1.0.0 sha256:12\n", "this is no line of a lock file"),
        ("<<<<<<< HEAD\n", "this is no line of a lock file"),
        ("{line}{line}", "is locked twice"),
    ],
)
def test_a_lock_file_that_is_not_understood_is_told_by_line(
    text: str, said: str, policies: Path
) -> None:
    lock()
    file = policies / "policies.lock"
    whole = file.read_text().splitlines(keepends=True)[-1]
    file.write_text("# kept\n" + text.format(line=whole))
    ran = lock()
    assert (ran.code, said in ran.err) == (3, True), ran.err
    assert f"policies/policies.lock:{3 if 'twice' in said else 2}:1" in ran.err


def spread(folder: Path) -> None:
    edited(folder, "\n\n", "\n\n\n\n")


@pytest.mark.slow
def test_a_released_version_keeps_its_layout(policies: Path) -> None:
    spread(policies)
    lock()
    before = {file: file.read_bytes() for file in policies.rglob("*.mlp")}
    ran = in_process("fmt", "policies")
    assert (ran.code, "1 file left as released" in ran.out) == (0, True), ran.out
    assert {file: file.read_bytes() for file in policies.rglob("*.mlp")} == before
    (policies / "policies.lock").unlink()
    assert "1 file formatted" in in_process("fmt", "policies").out


def failing(folder: Path) -> None:
    file = folder / "archive-storage" / SECOND.name / "tests" / "more.mlp"
    file.write_text('test "fails"\n  expect answer = tape\n')


BROKEN: dict[str, tuple[Callable[[Path], None], str, int]] = {
    "nothing": (lambda f: None, "", 0),
    "a bar that is no number": (lambda f: edited(f, "threshold", "threshold x :"), "sound", 1),
    "its layout": (spread, "layout", 1),
    "a rule without a way out": (
        lambda f: edited(f, '  fix "put them on the calendar"\n', ""),
        "lint",
        1,
    ),
    "a test": (failing, "tests", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_hold_is_named(name: str, policies: Path) -> None:
    change, part, code = BROKEN[name]
    change(policies)
    ran = in_process("verify", "policies", "--format", "json")
    assert ran.code == code
    checks = {each["name"]: each["state"] for each in ran.json["policies"][0]["checks"]}
    failed = {name for name, state in checks.items() if state == "failed"}
    assert failed == ({part} if part else set())
    assert ("all of it holds" in in_process("verify", "policies").out) is (code == 0)


@pytest.mark.slow
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("name", BROKEN)
def test_of_a_released_version_that_is_asked_which_may_still_go_wrong(
    name: str, together: bool, policies: Path
) -> None:
    change, part, _ = BROKEN[name]
    if part in ("sources", "layout", "lint"):  # the house asks it only since
        change(policies)
    lock()
    if part not in ("sources", "layout", "lint"):
        change(policies)
    path = "policies" if together else f"policies/archive-storage/{SECOND.name}"
    ran = in_process("verify", path, "--coverage", "100", "--format", "json")
    checks = {each["name"]: each["state"] for each in ran.json["policies"][0]["checks"]}
    failed = {name for name, state in checks.items() if state == "failed"}
    wrong = {part} & {"sound", "tests"}
    assert (failed, ran.code) == (wrong, 1 if wrong else 0)
    if part != "sound":
        unasked = {name for name, state in checks.items() if state == "unasked"}
        assert unasked == {"reached", "sources", "analysis", "layout", "lint"}
        said = in_process("verify", path, "--coverage", "100").out
        assert "  -       reached, sources, analysis, layout, lint: not asked of a released" in said


@pytest.mark.slow
def test_what_the_tests_reach_is_a_gate(policies: Path) -> None:
    assert in_process("verify", "policies", "--coverage", "90").code == 0
    assert in_process("verify", "policies", "--coverage", "100").code == 1


def test_nothing_to_verify_is_no_success(policies: Path) -> None:
    (policies / "empty").mkdir()
    for path in ("policies/empty", "nowhere"):
        assert in_process("verify", path).code == 3


# ── What is shipped ──────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("changed", [False, True])
def test_the_shipped_version_that_is_released_is_as_it_was(changed: bool) -> None:
    """Its lock file lies beside its versions. 1.2.0 is not released yet."""
    files = files_at(PACK)
    if changed:
        (name, text), *rest = files.texts
        files = replace(files, texts=((name, text + b"# late\n"), *rest))
    program, said = Session().program(files)
    assert program is not None, said
    told = released(str(PACK.parent), program, files)
    assert (told.kept, told.unread) == (1, False)
    assert [fault.code for fault in told.faults] == ["MLP0929"] * changed


@pytest.mark.slow
def test_the_shipped_version_that_is_released_is_verified() -> None:
    ran = in_process("verify", str(PACK))
    assert (ran.code, "ok      lock      as it was released" in ran.out) == (0, True)
