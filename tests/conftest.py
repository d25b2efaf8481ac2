"""A way to run the command line in this process, with a cache and an environment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_support import Command, Ran


@pytest.fixture
def mlpolicy(
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    from mlpolicy.cli import main

    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "MLPOLICY_DEBUG", "MLPOLICY_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: str | Path) -> Ran:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit:
            main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        assert isinstance(exit.value.code, int)
        return Ran(exit.value.code, out.decode(), err.decode())

    return call
