"""`check` in several processes: the same as in one, no process is left behind, and nothing is
held of what has been told."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlpolicy.cli import judging
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.decide import decide
from mlpolicy.explain.places import MOST_OPEN
from tests.cli.cli_support import AS_OF, Run
from tests.profiles import lanes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")

MANIFEST = """\
project: p{number}
owner: team/x
regions: [us-east-1]
workloads:
  - {{name: w, task: {task}, volume: {{requests_per_month: {number}000}}}}
"""


@pytest.fixture
def many(project: Path) -> Path:
    """A folder of manifests, some of them faulty in one way or another."""
    folder = project / "many"
    folder.mkdir()
    for number in range(1, 13):
        task = ("sentiment", "translation", "no-such-task")[number % 3]
        text = MANIFEST.format(number=number, task=task)
        (folder / f"p{number:02}.mlproject.yaml").write_text(text)
    (folder / "broken.mlproject.yaml").write_text("project: [")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "form", lanes(["text", "markdown", "sarif", "json", "junit", "gitlab"], plain=3)
)
def test_several_processes_say_what_one_says(run: Run, many: Path, form: str) -> None:
    one = run("check", "many", "--format", form, "--jobs", "1")
    assert one.code == 3
    assert "no-such-task" in one.out + one.err
    for jobs in ("2", "5", "40"):
        assert run("check", "many", "--format", form, "--jobs", jobs) == one
    assert run("check", "many", "--format", form) == one


@pytest.mark.slow
def test_a_process_that_ends_early_is_one_clear_error(
    run: Run, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()

    def dies(*args: object, **named: object) -> Decision:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return decide(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "decide", dies)
    ran = run("check", "many", "--jobs", "2")
    assert ran.code == 3
    assert ran.err == (
        "Error: a process that did a part of the work has ended early (killed by signal 9); "
        "`--jobs 1` does all of it in one\n"
    )


@pytest.mark.slow
def test_a_bug_in_a_worker_is_told_as_one(
    run: Run, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()

    def fails(*args: object, **named: object) -> Decision:
        if os.getpid() != here:
            raise KeyError("planted")
        return decide(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "decide", fails)
    ran = run("check", "many", "--jobs", "2")
    assert ran.code == 70
    assert "KeyError: 'planted'" in ran.err


def _of_group(group: int) -> set[int]:
    """The processes of a group that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(of) == group and state != "Z":
                found.add(int(entry.name))
    return found


def _within(seconds: float, holds: object) -> None:
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_behind(many: Path, sent: signal.Signals) -> None:
    """An interruption goes to all processes of a terminal; a kill to the first alone."""
    text = MANIFEST.format(number=1, task="sentiment")
    for number in range(2000):
        (many / f"q{number}.mlproject.yaml").write_text(text)
    command = [sys.executable, "-m", "mlpolicy", "check", "many", "--jobs", "3", "--as-of", AS_OF]
    began = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _within(60, lambda: len(_of_group(began.pid)) == 4)
    if sent is signal.SIGINT:
        os.killpg(began.pid, sent)
    else:
        os.kill(began.pid, sent)
    _, err = began.communicate(timeout=60)
    _within(60, lambda: not _of_group(began.pid))
    assert began.returncode == (130 if sent is signal.SIGINT else -9)
    assert err.strip() == b""


@pytest.mark.slow
def test_nothing_is_held_of_what_has_been_told(many: Path) -> None:
    files = [str(path) for path in sorted(many.glob("p*.yaml")) if int(path.name[1:3]) % 3 != 2]
    options = judging.Options(as_of=AS_OF)
    gc.collect()
    gc.freeze()  # what was there before is not looked at
    try:
        for told in judging.stream(files, options, jobs=1):
            assert told.decided
            del told
            # The one that has just been told, and runs that places are still worked out from.
            assert alive() <= 1 + MOST_OPEN
    finally:
        gc.unfreeze()


def alive() -> int:
    """How many decisions and documents there are in this process that are not frozen."""
    gc.collect()
    return sum(isinstance(each, Decision | Document) for each in gc.get_objects())
