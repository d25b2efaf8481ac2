"""The cache: used where it may be, never noticed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from mlpolicy import cache
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.workspace import Workspace
from tests.cli.cli_support import AS_OF, PACK, Run


def program_of(path: Path | str) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    workspace = Workspace()
    files, _ = workspace.find(str(path), AS_OF)
    assert files is not None
    return workspace.program(files)


def entries() -> list[Path]:
    return sorted(Path(os.environ["MLPOLICY_CACHE_DIR"]).glob("policy-*"))


def test_a_program_comes_back_from_the_cache_as_it_went_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = program_of(PACK)
    assert len(entries()) == 1

    def refuse(*_: object) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr("mlpolicy.workspace._check_program", refuse)
    assert program_of(PACK) == first


@pytest.mark.parametrize(
    "change",
    [
        ("pack/1.0.0/policy.mlp", "\n# more\n"),
        ("pack/1.0.0/sources/notes.yaml", "\n# more\n"),
    ],
)
def test_any_change_of_a_part_makes_a_new_program(project: Path, change: tuple[str, str]) -> None:
    before, _ = program_of("pack")
    path, more = change
    Path(path).write_text(Path(path).read_text() + more)
    after, _ = program_of("pack")
    assert before is not None
    assert after is not None
    assert before.digest != after.digest


def test_a_schema_beside_the_policy_is_part_of_it(project: Path) -> None:
    program_of("pack")
    Path("pack/1.0.0/mlproject.v1.schema.json").write_text("{}")
    program, faults = program_of("pack")
    assert program is None
    assert faults


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"mlpolicy cache 1\n", b"mlpolicy cache 1\n\x80"]
)
def test_a_damaged_entry_is_made_anew(data: bytes) -> None:
    first = program_of(PACK)
    (entry,) = entries()
    entry.write_bytes(data)
    assert program_of(PACK) == first
    assert entry.read_bytes() != data


def test_an_entry_of_another_kind_is_not_believed() -> None:
    first = program_of(PACK)
    (entry,) = entries()
    entry.write_bytes(b"mlpolicy cache 1\n" + pickle.dumps({"program": None}))
    assert program_of(PACK) == first


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_what_others_could_have_written_is_not_read() -> None:
    cache.store("thing", "k", "value")
    assert cache.load("thing", "k") == "value"
    folder = Path(os.environ["MLPOLICY_CACHE_DIR"])
    (folder / "thing-k").chmod(0o666)
    assert cache.load("thing", "k") is None
    (folder / "thing-k").chmod(0o600)
    folder.chmod(0o777)
    assert cache.load("thing", "k") is None


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPOLICY_NO_CACHE", "1")
    program_of(PACK)
    assert entries() == []


def test_a_place_that_cannot_be_written_is_no_fault(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(project / "file" / "below"))
    ran = run("check", "manifests/good.mlproject.yaml")
    assert ran.code == 0
    assert ran.err == ""


def test_what_cannot_be_pickled_is_not_kept() -> None:
    cache.store("thing", "k", lambda: None)
    assert cache.load("thing", "k") is None
    assert list(Path(os.environ["MLPOLICY_CACHE_DIR"]).iterdir()) == []


def test_old_entries_are_forgotten() -> None:
    for number in range(70):
        cache.store("thing", str(number), number)
    folder = Path(os.environ["MLPOLICY_CACHE_DIR"])
    assert len(list(folder.iterdir())) == 64
    assert cache.load("thing", "69") == 69
