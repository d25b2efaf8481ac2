"""What the tests of the command line share: a way to run it, and a clean place to run in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.cli_support import AS_OF, HERE, PACK, Ran, Run


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "MLPOLICY_DEBUG", "MLPOLICY_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command line in this process."""
    from mlpolicy.cli import main

    def call(*args: str | Path) -> Ran:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit:
            main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        assert isinstance(exit.value.code, int)
        return Ran(exit.value.code, out.decode(), err.decode())

    return call


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the manifests of this folder's tests, a copy of the pack, and a
    configuration that names it."""
    shutil.copytree(HERE / "manifests", tmp_path / "manifests")
    shutil.copytree(PACK, tmp_path / "pack")
    (tmp_path / "mlpolicy.toml").write_text(f'policy = "./pack"\nas_of = "{AS_OF}"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path
