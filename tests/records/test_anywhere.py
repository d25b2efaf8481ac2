"""The same bytes on every machine: another locale, time zone, hash seed and Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from tests.records.records_support import begin

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OTHERS = (
    {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/Adak", "PYTHONHASHSEED": "4711", "PYTHONUTF8": "0"},
    {"LC_ALL": "de_DE.ISO-8859-1", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "99"},
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy of the package as it is installed, which stays as it is while a test runs."""
    there = tmp_path_factory.mktemp("installed")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "engine" / "mlpolicy", there / "mlpolicy", ignore=skip)
    for name in ("grammar", "policies", "schemas"):
        shutil.copytree(ROOT / name, there / "mlpolicy" / name, ignore=skip)
    return str(there)


def environment(**more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MLPOLICY_", "GIT_", "LC_", "PYTHON", "VIRTUAL_ENV"))
    }
    return {**kept, "MLPOLICY_NO_CACHE": "1", **more}


def kept() -> dict[str, str]:
    """For a command that is no more than a step on the way: what others checked is taken."""
    return {"MLPOLICY_NO_CACHE": "", "MLPOLICY_CACHE_DIR": os.environ["MLPOLICY_CACHE_DIR"]}


def run(python: str, *arguments: str, **more: str) -> str:
    done = subprocess.run(
        [python, "-m", "mlpolicy", *arguments], env=environment(**more), capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b""), done
    return done.stdout.decode()


@pytest.fixture(scope="module")
def recorded(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with records of a project with several workloads, by the shipped policy, and of a
    small one."""
    project = tmp_path_factory.mktemp("recorded")
    begin_at = project / "small"
    begin_at.mkdir()
    begin(begin_at)
    scenario = ROOT / "tests" / "policy" / "scenarios" / "call-sentiment.mlproject.yaml"
    shutil.copyfile(scenario, project / "mlproject.yaml")
    add = ("record", "add", "--log", "log.jsonl")

    def mlpolicy(*arguments: str) -> None:
        run(sys.executable, *arguments, PYTHONPATH=engine, **kept())

    with chdir(project):
        mlpolicy(*add, "mlproject.yaml", "--policy", "aws-ml-selection@1.0.0")
        mlpolicy(*add, "small/mlproject.yaml", "--policy", "small/policy")
    return project


@pytest.fixture
def long_log(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of these records, in a current folder of one's own."""
    project = Path(shutil.copytree(recorded, tmp_path / "project"))
    monkeypatch.chdir(project)
    return project / "log.jsonl"


def test_another_locale_time_zone_and_hash_seed(long_log: Path, engine: str) -> None:
    replay = ("replay", "log.jsonl", "--format", "json")
    expected = run(sys.executable, *replay, PYTHONPATH=engine, **kept())
    assert json.loads(expected)["counts"]["same"] == 2
    for other in OTHERS:
        assert run(sys.executable, *replay, **other, PYTHONPATH=engine) == expected


def _other_pythons() -> list[str]:
    """Interpreters of another minor version that could run mlpolicy."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = [f"3.{minor}" for minor in (14, 13, 12, 11) if f"3.{minor}" != own]
    found = []
    for version in wanted:
        places = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"]
        names = [str(path) for place in places for path in place.glob(f"{version}.*/bin/python")]
        found += sorted(names, reverse=True)[:1]
        if not names and (path := shutil.which(f"python{version}")):
            found.append(path)
    return found


@pytest.mark.packaging
def test_another_python(
    long_log: Path, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("other")
    reasons = []
    for python in _other_pythons():
        made = subprocess.run(
            [sys.executable, "-m", "virtualenv", "-q", "-p", python, str(home)],
            env=environment(),
            capture_output=True,
            text=True,
        )
        if made.returncode:
            reasons.append(f"{python}: {made.stderr.strip()[-200:]}")
            continue
        other = str(home / "bin" / "python")
        libraries = ["lark", "PyYAML", "jsonschema", "click", "filelock"]
        done = subprocess.run(
            [other, "-m", "pip", "install", "-q", "--no-compile", *libraries],
            env=environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            reasons.append(f"{python}: {done.stderr.strip()[-200:]}")
            continue
        break
    else:
        pytest.skip(f"no second Python here: {reasons or 'none found'}")
    # Nothing is kept for another Python before: it reads and checks the policy itself, once.
    more = {"PYTHONPATH": engine, **kept()}
    said = json.loads(run(other, "replay", "log.jsonl", "--format", "json", **more))
    assert [record["result"] for record in said["records"]] == ["same", "same"]
    # And the other way round: what the other one records comes out the same here.
    add = ("record", "add", "mlproject.yaml", "--policy", "aws-ml-selection@1.0.0")
    run(other, *add, "--log", "other.jsonl", **more)
    run(sys.executable, "replay", "other.jsonl", **more)
    mine, theirs = (
        json.loads(Path(log).read_text("utf-8").splitlines()[0])
        for log in ("log.jsonl", "other.jsonl")
    )
    assert mine["engine"]["python"] != theirs["engine"]["python"]
    assert mine["engine"]["digest"] == theirs["engine"]["digest"]
    for one in (mine, theirs):
        del one["decision"]["document"]["stored"]  # gzip may pack differently
    assert mine["decision"] == theirs["decision"]
    assert mine["policy"] == theirs["policy"]


def test_the_engine_has_one_digest_installed_or_not(tmp_path: Path) -> None:
    checkout, package = tmp_path / "checkout", tmp_path / "installed" / "mlpolicy"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "engine", checkout / "engine", ignore=skip)
    shutil.copytree(checkout / "engine" / "mlpolicy", package)
    for name in ("grammar", "policies", "schemas"):
        shutil.copytree(ROOT / name, checkout / name, ignore=skip)
        shutil.copytree(checkout / name, package / name)
    (package / "policies" / "tool.py").write_text("# no part of the engine\n")
    code = "from mlpolicy.session import engine_digest; print(engine_digest())"

    def digest(path: Path) -> str:
        more = environment(PYTHONPATH=str(path))
        done = subprocess.run([sys.executable, "-c", code], env=more, capture_output=True)
        return done.stdout.decode()

    expected = digest(checkout / "engine")
    assert expected.startswith("sha256:")
    assert digest(package.parent) == expected
    file = package / "evaluate" / "meaning.py"
    file.write_bytes(file.read_bytes() + b"\n")
    assert digest(package.parent) != expected
