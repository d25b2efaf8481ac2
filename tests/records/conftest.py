"""A folder with a log, for the tests of records."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_support import Command
from tests.records.records_support import add, begin


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Policy, manifest and waiver file, in the current folder."""
    begin(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def log(project: Path, mlpolicy: Command) -> Path:
    """A log of three records: plain, with a waiver file, and masked."""
    add(mlpolicy)
    add(mlpolicy, "log.jsonl", "--waivers", "waivers.yaml", "--by", "the tests")
    add(mlpolicy, "log.jsonl", "--mask", "--salts", "salts.jsonl")
    return project / "log.jsonl"
