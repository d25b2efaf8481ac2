"""A way to hold an interview in this process: lines are typed."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.command_support import Ran
from tests.interview.interview_support import Ask


@pytest.fixture
def mlpolicy(
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Ask:
    """Runs a command in an empty folder, with `typed` on standard input."""
    from mlpolicy.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "MLPOLICY_DEBUG", "MLPOLICY_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: str | Path, typed: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), "utf-8"))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit:
            main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        assert isinstance(exit.value.code, int)
        return Ran(exit.value.code, out.decode(), err.decode())

    return call
