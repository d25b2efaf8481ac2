"""Size: what a manifest of many workloads takes, and that letting go of what was worked out
changes nothing of what is decided."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlpolicy.cli.judging import _MANY as MANY
from mlpolicy.explain import decision as deciding
from mlpolicy.explain import findings
from tests.command_support import Command, as_checked
from tests.field.field_support import GIVEN

HEAD = "project: big\nowner: team/x\nregions: [us-east-1]\ndecision_date: 2026-11-22\nworkloads:\n"


def many(number: int) -> str:
    tasks = ("invoice-extraction", "sentiment", "churn", "image-labels")
    lines = (f"  - {{name: w{n}, task: {tasks[n % len(tasks)]}}}\n" for n in range(number))
    return HEAD + "".join(lines)


@pytest.mark.parametrize("number", [MANY - 1, MANY])
@pytest.mark.parametrize(
    "policy", [pytest.param("aws-ml-selection", marks=pytest.mark.slow), "tiny"]
)
def test_letting_go_changes_nothing(
    policy: str, number: int, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the reference alone, and with the compiled form."""
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(many(number), "utf-8")
    named = str(GIVEN / policy) if policy == "tiny" else policy
    views = ["check", "check --format json", "explain --format json"]
    for view in views if policy == "tiny" else views[:1]:
        told = []
        for most in (1_000, 0):
            monkeypatch.setattr(deciding, "MOST_KEPT", most)
            monkeypatch.setattr(findings, "MOST_KEPT", most)
            command, *options = view.split()
            told.append(mlpolicy(command, "m.yaml", "--policy", named, *options))
        assert told[0] == told[1]
    told = [mlpolicy("check", "m.yaml", "--policy", named)]
    assert ("1 manifest: " if policy == "tiny" else "checks wait") in told[0].out


@pytest.mark.slow
def test_the_json_of_check_leaves_the_steps_to_explain(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(many(1), "utf-8")
    ran = mlpolicy("check", "m.yaml", "--format", "json", "--as-of", "2026-11-22")
    [decision] = ran.json["decisions"]
    assert decision["trace"]["children"] == []
    assert len(ran.out) < 100_000
    explained = mlpolicy("explain", "m.yaml", "--format", "json").json
    assert explained["trace"]["children"]
    assert explained["clauses"]
    assert as_checked(explained) == as_checked(decision) == decision


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how memory is counted")
def test_memory_stays_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(many(60), "utf-8")
    code = (
        "import re, sys\n"
        "from mlpolicy.cli import main\n"
        "try:\n    main(['check', 'm.yaml'])\n"
        "except SystemExit:\n    pass\n"
        # Not `ru_maxrss`, which a process takes over from the one that began it.
        "status = open('/proc/self/status').read()\n"
        "print(re.search('VmHWM:\\\\s*(\\\\d+)', status)[1], file=sys.stderr)\n"
    )
    environment = {**os.environ, "MLPOLICY_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "checks wait" in done.stdout, done.stderr
    assert int(done.stderr.split()[-1]) < 160 * 1024


def test_help_into_a_closed_pipe_ends_as_ever(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for arguments in (["check", "--help"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-m", "mlpolicy", *arguments],
            cwd=tmp_path,
            stdout=writer,
            stderr=subprocess.PIPE,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writer)


@pytest.mark.slow
def test_what_is_packed_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    import gzip
    from hashlib import sha256

    from mlpolicy.cli.logbook import MOST_PACKING, stored
    from mlpolicy.diagnostics import Diagnostic

    for size, is_fine in ((1 << 20, True), (MOST_PACKING << 19, False)):
        packed = gzip.compress(b" " * size, mtime=0)
        assert (len(packed) * MOST_PACKING + (1 << 20) >= size) is is_fine
        name = f"{sha256(packed).hexdigest()}.gz"
        store = tmp_path / "l.jsonl.d"
        store.mkdir(exist_ok=True)
        (store / name).write_bytes(packed)
        found = stored(str(tmp_path / "l.jsonl"), name, 1 << 30)
        assert isinstance(found, bytes) is is_fine
        assert is_fine or (isinstance(found, Diagnostic) and "cannot be unpacked" in found.message)
