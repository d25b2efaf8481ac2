"""`mlpolicy fmt`: what it reads, what it writes, and how it ends."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tests.command_support import in_process as run

WRONG = "define a:flag=yes   # why\nunit page\n"
RIGHT = "define a : flag = yes  # why\nunit page\n"
BROKEN = "define a : flag = (\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack" / "tests").mkdir(parents=True)
    (tmp_path / "pack" / "a.mlp").write_text(WRONG)
    (tmp_path / "pack" / "tests" / "b.mlp").write_text(RIGHT)
    return tmp_path


def test_a_folder_is_formatted_with_all_below_it(here: Path) -> None:
    ran = run("fmt")
    said = "formatted pack/a.mlp\n1 file formatted, 1 file in layout already\n"
    assert (ran.code, ran.out, ran.err) == (0, said, "")
    assert (here / "pack" / "a.mlp").read_text() == RIGHT
    assert run("fmt", "pack").out == "2 files in layout already\n"


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_what_would_change_is_told_and_not_written(here: Path, option: str) -> None:
    ran = run("fmt", option, "pack")
    assert ran.code == 1
    assert "pack/a.mlp" in ran.out
    assert ("+define a : flag = yes  # why" in ran.out) == (option == "--diff")
    assert (here / "pack" / "a.mlp").read_text() == WRONG
    assert run("fmt", option, "pack/tests").code == 0


def test_a_file_with_a_fault_is_left_and_told_and_the_others_go_on(here: Path) -> None:
    (here / "pack" / "broken.mlp").write_text(BROKEN)
    ran = run("fmt", "pack")
    assert ran.code == 3
    assert "pack/broken.mlp:1:19" in ran.err
    assert "1 file formatted, 1 file in layout already, 1 file left with faults" in ran.out
    assert (here / "pack" / "broken.mlp").read_text() == BROKEN
    assert (here / "pack" / "a.mlp").read_text() == RIGHT


def test_line_ends_and_a_byte_order_mark_stay(here: Path) -> None:
    file = here / "windows.mlp"
    file.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    assert run("fmt", "windows.mlp").code == 0
    assert file.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert run("fmt", "--check", "windows.mlp").code == 0


def test_what_cannot_be_read_or_is_no_text_is_told(here: Path) -> None:
    (here / "latin.mlp").write_bytes("# caf\xe9\n".encode("latin-1"))
    (here / "empty").mkdir()
    for path, message in (
        ("latin.mlp", "line 1 is not UTF-8"),
        ("nowhere", "there is no `nowhere`"),
        ("empty", "no policy file in `empty`"),
    ):
        ran = run("fmt", path)
        assert ran.code == 3
        assert message in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_is_read_only_is_told(here: Path) -> None:
    (here / "pack" / "a.mlp").chmod(0o444)
    ran = run("fmt", "pack")
    assert ran.code == 3
    assert "it is read-only" in ran.err
    assert (here / "pack" / "a.mlp").read_text() == WRONG


def test_a_link_is_formatted_where_it_is_named_and_not_where_it_is_met(here: Path) -> None:
    (here / "other").mkdir()
    (here / "other" / "link.mlp").symlink_to(here / "pack" / "a.mlp")
    assert run("fmt", "other").code == 3
    assert run("fmt", "other/link.mlp").code == 0
    assert (here / "pack" / "a.mlp").read_text() == RIGHT
    assert (here / "other" / "link.mlp").is_symlink()


def test_what_became_of_each_file_is_told_as_json() -> None:
    told = run("fmt", "--format", "json", "pack").json
    assert told["files"] == [
        {"file": "pack/a.mlp", "state": "changed"},
        {"file": "pack/tests/b.mlp", "state": "unchanged"},
    ]
    told = run("fmt", "--format", "json", "nowhere").json
    assert [each["code"] for each in told["diagnostics"]] == ["MLP0901"]


def test_standard_input_is_formatted_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    typed(WRONG)
    assert run("fmt", "-").out == RIGHT
    typed(BROKEN)
    ran = run("fmt", "-")
    assert (ran.code, ran.out) == (3, "")
    assert "<stdin>:1:19" in ran.err
    assert run("fmt", "-", "pack").code == 3
