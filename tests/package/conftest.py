"""What the tests of the package share: a copy of the repository, and a wheel built from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.package.package_support import ROOT, clean_environment


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as git would have it after `git add --all`, in a folder of its own."""
    target = tmp_path_factory.mktemp("checkout") / "mlpolicy"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        for name in listed.stdout.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target / name)
    else:  # an unpacked source distribution
        ignored = shutil.ignore_patterns(".*", "__pycache__", "dist", "build")
        shutil.copytree(ROOT, target, ignore=ignored)
        shutil.copy2(ROOT / ".pre-commit-hooks.yaml", target)
    return target


@pytest.fixture(scope="session")
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the source distribution as a release is, once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "wheel.lock"):
        if not list((shared / "dist").glob("*.whl")):
            checkout = request.getfixturevalue("checkout")
            done = subprocess.run(
                [sys.executable, "-m", "build", "--outdir", str(shared / "dist"), str(checkout)],
                env=clean_environment(),
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        (built,) = (shared / "dist").glob("*.whl")
    return built


#: A backend that makes nothing, for who builds this project: the wheel is there.
_HANDED = """\
import shutil
def build_wheel(folder, config_settings=None, metadata_directory=None):
    shutil.copy({wheel!r}, folder)
    return {name!r}
"""


@pytest.fixture(scope="session")
def handed(wheel: Path) -> Callable[[Path], None]:
    """Turns a folder with the project into one whose build hands over the wheel that was made."""

    def hand(folder: Path) -> None:
        (folder / "handed.py").write_text(_HANDED.format(wheel=str(wheel), name=wheel.name))
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "handed"\nbackend-path = ["."]\n'
        )

    return hand
