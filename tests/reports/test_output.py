"""Reports in files, besides what standard output gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_support import Command
from tests.reports.reports_support import FORMATS


@pytest.mark.slow
def test_several_reports_of_one_run(mlpolicy: Command, folder: Path) -> None:
    output = [f"--output={form}=out-{form}" for form in FORMATS]
    ran = mlpolicy("check", ".", *output)
    assert ran.code == 3
    for form in FORMATS:
        alone = mlpolicy("check", ".", "--format", form)
        written = (folder / f"out-{form}").read_bytes().decode()
        assert written == (alone.out if form != "text" else ran.out + ran.err)
        assert alone.code == ran.code
    assert sorted(path.name for path in folder.glob(".out*")) == []


def test_a_report_replaces_the_one_before(mlpolicy: Command, folder: Path) -> None:
    (folder / "r.json").write_text("old")
    assert mlpolicy("check", "good.mlproject.yaml", "--output", "json=r.json").code == 0
    assert (folder / "r.json").read_text().startswith("{")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["sarf=x"], "there is no format `sarf`; did you mean `sarif`?"),
        (["x.sarif"], "there is no format `x.sarif`"),
        (["sarif"], "`sarif` names no file; write `sarif=FILE`"),
        (["sarif="], "names no file"),
        (["sarif=-"], "for standard output use `--format sarif`"),
        (["sarif=none/x"], "there is no folder `none`; make it first"),
        (["sarif=empty"], "`empty` is a folder"),
        (["sarif=pipe"], "`pipe` is no regular file"),
        (["sarif=x", "junit=x"], "`sarif` and `junit` go to one file"),
        (["sarif=x", "junit=./x"], "`sarif` and `junit` go to one file"),
        (["sarif=good.mlproject.yaml/x"], "not a directory"),
        (["sarif=a\0b"], "no name of a file"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_file_is_told_before_anything_is_judged(
    mlpolicy: Command, options: list[str], says: str
) -> None:
    if os.name == "posix":
        os.mkfifo("pipe")
    ran = mlpolicy("check", ".", *[f"--output={each}" for each in options])
    assert (ran.code, ran.out) == (3, "")
    assert says in ran.err
    assert not Path("x").exists()


@pytest.mark.slow
@pytest.mark.parametrize("file", ["good.mlproject.yaml", "broken.mlproject.yaml", "mlpolicy.toml"])
def test_what_was_read_is_not_written_over(mlpolicy: Command, folder: Path, file: str) -> None:
    before = (folder / file).read_bytes()
    ran = mlpolicy("check", ".", "--output", f"json={file}", "--output", "gitlab=r.json")
    assert ran.code == 3
    assert f"`{file}` was read in this run" in ran.err
    assert (folder / file).read_bytes() == before
    assert (folder / "r.json").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(mlpolicy: Command, folder: Path) -> None:
    (folder / "empty").chmod(0o500)
    ran = mlpolicy("check", "good.mlproject.yaml", "--output", "json=empty/r.json")
    assert ran.code == 3
    assert "cannot write `empty/r.json`" in ran.err
