"""The three sources of files: the disk, the disk with unsaved texts, what a record has stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpolicy.session import DISK, Files, Overlay, PolicyFiles, Session, Stored, find_manifests
from mlpolicy.session.files import read
from tests.cli.cli_support import AS_OF

TODAY = "2026-11-22"

MANIFEST = b"project: x\n"
KINDS = ("disk", "overlay", "stored")


def files_of(kind: str, texts: dict[str, bytes]) -> Files:
    """The same files in the current folder from each of the sources."""
    if kind == "overlay":
        return Overlay(texts)
    if kind == "stored":
        return Stored(texts)
    for path, data in texts.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    return DISK


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").mkdir()


@pytest.mark.parametrize("kind", KINDS)
def test_each_source_reads_the_same(kind: str) -> None:
    fs = files_of(kind, {"a/mlproject.yaml": MANIFEST, "a/notes.txt": b"12345"})
    assert read(fs, "a/notes.txt", 5) == b"12345"
    assert read(fs, "./a/../a/notes.txt", 5) == b"12345"
    assert fs.head("a/notes.txt", 2) == b"12"
    with pytest.raises(OSError, match="it is longer than"):
        read(fs, "a/notes.txt", 4)
    with pytest.raises(FileNotFoundError):
        read(fs, "a/gone.txt", 4)
    assert [entry.name for entry in fs.entries("a")] == ["mlproject.yaml", "notes.txt"]
    assert [entry.name for entry in fs.entries(".") if entry.is_folder] == ["a"]
    assert fs.exists("a/notes.txt")
    assert fs.is_regular("a/notes.txt")
    assert not fs.exists("a/gone.txt")
    assert fs.is_folder("a")
    assert not fs.is_folder("a/notes.txt")
    assert fs.is_within("a/notes.txt", "a")
    assert not fs.leads_out("a/notes.txt")
    assert fs.real("./a/notes.txt") == fs.real("a/notes.txt")
    assert find_manifests(["a"], Session(fs).seeks("", TODAY), fs).files == ("a/mlproject.yaml",)
    assert find_manifests(["a/mlproject.yaml"], Session(fs).seeks("", TODAY), fs).files == (
        "a/mlproject.yaml",
    )
    assert find_manifests(["b"], Session(fs).seeks("", TODAY), fs).diagnostics[0].code == "MLP0901"


def test_an_unsaved_text_stands_before_the_file_and_beside_the_others() -> None:
    Path("a/old.mlproject.yaml").write_bytes(b"old")
    Path("a/other.mlproject.yaml").write_bytes(b"other")
    fs = Overlay({"a/old.mlproject.yaml": b"new", "a/more.mlproject.yaml": b"more"})
    assert read(fs, "a/old.mlproject.yaml", 10) == b"new"
    assert read(fs, "a/other.mlproject.yaml", 10) == b"other"
    found = find_manifests(["a"], Session(fs).seeks("", TODAY), fs).files
    assert found == tuple(f"a/{name}.mlproject.yaml" for name in ("more", "old", "other"))
    assert Path("a/old.mlproject.yaml").read_bytes() == b"old"


def test_an_unsaved_text_replaces_a_link(tmp_path: Path) -> None:
    Path("a/x.mlproject.yaml").symlink_to("/etc/hostname")
    fs = Overlay({"a/x.mlproject.yaml": MANIFEST})
    assert read(fs, "a/x.mlproject.yaml", 100) == MANIFEST
    assert not fs.leads_out("a/x.mlproject.yaml")
    assert fs.is_within("a/x.mlproject.yaml", "a")


def test_a_policy_can_be_checked_from_what_is_stored(project: Path) -> None:
    """What a record stores gives the same program as the disk, although nothing stands there."""
    session = Session()
    found, _ = session.find("pack", AS_OF)
    assert found is not None
    parts, faults = session.parts(found)
    assert parts is not None, faults
    texts = {f"/p/{path}": data for path, data in (*found.texts, *parts.ledgers, parts.schema)}
    stored = Session(Stored(texts))
    moved = PolicyFiles(
        name="", version="", effective="", folder=Path("/p"), shown=found.shown, texts=found.texts
    )
    program, faults = stored.program(moved, anew=True)
    assert program is not None, faults
    assert program == session.program(found)[0]
    assert stored.ledgers(moved)[0].keys() == session.ledgers(found)[0].keys()
    without = Session(Stored({path: data for path, data in texts.items() if "notes" not in path}))
    program, faults = without.program(moved, anew=True)
    assert program is None
    assert [fault.code for fault in faults] == ["MLP0901"]


def test_an_unsaved_policy_is_the_one_that_judges(project: Path) -> None:
    path = Path("pack/1.0.0/policy.mlp")
    changed = path.read_bytes() + b"\n# more\n"
    program, _ = judged_by(Session())
    again, _ = judged_by(Session(Overlay({str(path): changed})))
    assert program != again


def judged_by(session: Session) -> tuple[str, object]:
    found, faults = session.find("pack", AS_OF)
    assert found is not None, faults
    program, faults = session.program(found)
    assert program is not None, faults
    return program.digest, faults
