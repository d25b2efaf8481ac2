"""What `explain` and `check` say, kept word by word.

Each snapshot was read as an auditor would before it was accepted. `pytest tests/snapshots
--snapshot-update` writes them anew; read the difference before you keep it. The JSON is kept
without its trace (megabytes, and told by the text), except for the small policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from mlpolicy.cli import main

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STATES = sorted(p.name.split(".")[0] for p in (HERE / "manifests").glob("*.yaml"))
SCENARIOS = sorted(p.name.split(".")[0] for p in (ROOT / "tests/policy/scenarios").glob("*.yaml"))
AS_OF = "2026-11-22"


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def told(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextFile)


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as a shell would: everything it prints, and the code it ends with."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments: str) -> str:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        # The digest changes with every edit of the policy; that it is told is what counts.
        text = re.sub(r"sha256:[0-9a-f]{12}", "sha256:0123456789ab", out + err)
        return f"{text}exit code {left.value.code}\n"

    return command


def path_of(name: str) -> str:
    """The manifest, told from the root of the repository."""
    for folder in ("tests/snapshots/manifests", "tests/policy/scenarios"):
        path = Path(folder) / f"{name}.mlproject.yaml"
        if (ROOT / path).exists():
            return str(path)
    raise FileNotFoundError(name)


def options(name: str) -> list[str]:
    policy = ["--policy", "tests/snapshots/gate"] if name == "undecided" else []
    return [path_of(name), "--as-of", AS_OF, *policy]


@pytest.mark.parametrize("name", [*SCENARIOS, *STATES])
def test_the_explanation_is_as_it_was_read(name: str, run: Run, told: SnapshotAssertion) -> None:
    assert run("explain", *options(name)) == told


@pytest.mark.parametrize("name", [*SCENARIOS, *STATES])
def test_the_check_is_as_it_was_read(name: str, run: Run, told: SnapshotAssertion) -> None:
    assert run("check", *options(name)) == told


@pytest.mark.parametrize("name", [*SCENARIOS, *STATES])
def test_the_decision_document_is_as_it_was_read(
    name: str, run: Run, told: SnapshotAssertion
) -> None:
    printed, _, code = run("check", *options(name), "--format", "json").rpartition("exit code ")
    document = json.loads(printed)
    for decision in document["decisions"]:
        if name != "undecided":
            assert decision.pop("trace")
        assert decision["policy"].pop("digest").startswith("sha256:")
        assert decision["policy"].pop("meaning").startswith("sha256:")
    text = json.dumps(document, indent=2, ensure_ascii=False)
    assert f"{text}\nexit code {code}" == told
