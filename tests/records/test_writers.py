"""Several writers at once, and writers that are stopped anywhere: nothing is lost, nothing is
glued together, and the log can be read."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlpolicy.cli import logbook
from mlpolicy.records import Line, canonical, chain_faults, line_at, line_of, sealed
from tests.command_support import Command
from tests.profiles import some
from tests.records.records_support import AS_OF, add, records

#: Records the manifest again and again, and says so each time; with `slowly`, in small pieces,
#: so that a signal meets it in mid-write.
WRITER = """\
import os, sys, time
from mlpolicy.cli import logbook, main

name, times, slowly = sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["slowly"]
if slowly:
    whole = logbook._write
    def write(handle, data):
        if not data.startswith(b'{"approvals":'):
            return whole(handle, data)
        for start in range(0, len(data), 20):
            os.write(handle, data[start:start + 20])
            time.sleep(0.004)
    logbook._write = write
said = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
for number in range(times):
    try:
        main(["record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy",
              "--as-of", "2026-06-01", "--by", f"{name}-{number}"])
    except SystemExit as left:
        assert left.code == 0, left.code
    os.write(said, f"{name}-{number}\\n".encode())
"""


#: Adds lines like the first one of another log, with nothing to think about in between: then
#: writers meet as often as they can.
QUICK = """\
import json, sys
from mlpolicy.cli import logbook
from mlpolicy.records import line_of, sealed

name, times = sys.argv[1], int(sys.argv[2])
like = json.loads(open("whole.jsonl", "rb").readline())
for number in range(times):
    text = f"{name}-{number}".encode()

    def make(at, previous):
        body = {**like, "number": at, "previous": previous, "recorded_by": text.decode()}
        return [line_of(sealed(body))], text + b"\\n"

    added = logbook.add("log.jsonl", [logbook.plain(b"shared"), logbook.plain(text)], make, "kept")
    assert isinstance(added, logbook.Added), added
"""


def writer(name: str, times: int, *more: str, code: str = WRITER) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, name, str(times), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_eight_writers_lose_nothing(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy, "whole.jsonl")
    shutil.copytree("whole.jsonl.d", "log.jsonl.d")
    writers = [writer(f"w{number}", 25, code=QUICK) for number in range(8)]
    for one in writers:
        _, err = one.communicate(timeout=300)
        assert (one.returncode, err) == (0, b"")
    found = records(project / "log.jsonl")
    by = [record["recorded_by"] for record in found]
    assert sorted(by) == sorted(f"w{n}-{m}" for n in range(8) for m in range(25))
    for name in range(8):
        own = [int(each.split("-")[1]) for each in by if each.startswith(f"w{name}-")]
        assert own == sorted(own), "what one writer says first stands first"
    assert (project / "kept").read_text().split() == by, "salts are kept in the same order"
    assert mlpolicy("record", "verify", "log.jsonl").code == 0
    assert len(list((project / "log.jsonl.d").glob("*[0-9a-f]"))) > 200


@pytest.mark.slow
def test_commands_at_once_lose_nothing(project: Path, mlpolicy: Command) -> None:
    writers = [writer(f"w{number}", 4) for number in range(4)]
    for one in writers:
        _, err = one.communicate(timeout=300)
        assert (one.returncode, err) == (0, b"")
    by = [record["recorded_by"] for record in records(project / "log.jsonl")]
    assert sorted(by) == sorted(f"w{n}-{m}" for n in range(4) for m in range(4))
    assert mlpolicy("replay", "log.jsonl").code == 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_writer_killed_anywhere_leaves_a_log_that_can_be_read(
    project: Path, mlpolicy: Command
) -> None:
    rng = random.Random(7)
    log = project / "log.jsonl"
    told: list[str] = []
    torn = 0
    for turn in range(8):
        one = writer(f"w{turn}", 1000, "slowly")
        assert one.stdout is not None
        told.append(one.stdout.readline().decode().strip())
        time.sleep(rng.uniform(0, 0.6))
        if turn % 2:
            _wait_for_a_torn_line(log)
        os.kill(one.pid, signal.SIGKILL)
        rest, _ = one.communicate()
        told += rest.decode().split()
        torn += not log.read_bytes().endswith(b"\n")
        ran = mlpolicy("record", "verify", "log.jsonl", "--format", "json")
        assert {fault["code"] for fault in ran.json["diagnostics"]} <= {"MLP1106"}
        if turn % 3 == 0:
            last = f"after-{turn}"
            ran = mlpolicy(
                *("record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy"),
                *("--as-of", AS_OF, "--by", last),
            )
            assert ran.code == 0, ran
            told.append(last)
            assert mlpolicy("record", "verify", "log.jsonl").code == 0
    mlpolicy("record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy")
    assert torn, "no writer was met in mid-write: the test shows nothing"
    there = {record["recorded_by"] for record in records(log)}
    assert set(told) <= there, "what a writer said was recorded is there"
    assert mlpolicy("record", "verify", "log.jsonl").code == 0
    assert mlpolicy("replay", "log.jsonl").code == 0


def _wait_for_a_torn_line(log: Path) -> None:
    """However fast the machine is: half of the writers are stopped in mid-write."""
    until = time.monotonic() + 60
    while log.read_bytes().endswith(b"\n") and time.monotonic() < until:
        time.sleep(0.001)


def _append(log: Path, by: str) -> logbook.Added:
    """A record like the last one, added to the log."""
    like = records_like(log)

    def make(number: int, previous: str | None) -> tuple[list[bytes], bytes]:
        body = {**like, "number": number, "previous": previous, "recorded_by": by}
        return [line_of(sealed(body))], b""

    added = logbook.add(str(log), [], make)
    assert isinstance(added, logbook.Added), added
    return added


def records_like(log: Path) -> dict[str, object]:
    return dict(records(log.with_name("whole.jsonl"))[0])


@pytest.mark.slow
def test_a_line_torn_at_any_byte_is_moved_aside(
    project: Path, mlpolicy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never glued to the next record, never dropped; and a record that only lacks its line end
    stays a record."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    log = project / "log.jsonl"
    add(mlpolicy, "whole.jsonl")
    _append(log, "first")
    _append(log, "second")
    whole = log.read_bytes()
    first, second = whole.splitlines(keepends=True)
    for base, last, step in ((first, second, 1), (b"", first, 29)):
        for cut in {*some(range(1, len(last), step)), len(last) - 1}:
            log.write_bytes(base + last[:cut])
            added = _append(log, "next")
            lines = log.read_bytes().splitlines(keepends=True)
            complete = cut == len(last) - 1
            kept = [base] if base else []
            assert lines[: len(kept)] == kept
            assert len(lines) == len(kept) + 1 + complete
            if complete:
                assert added.torn == ""
                assert lines[len(kept)] == last
            else:
                assert added.torn is not None
                piece = Path(added.torn)
                assert piece.read_bytes() == last[:cut]
                piece.unlink()
            before: Line | None = None
            for number, data in enumerate(lines, 1):
                line = line_at(data, number, "log")
                assert not line.faults
                assert list(chain_faults(before, line)) == []
                before = line


@pytest.mark.slow
def test_a_torn_line_is_told_by_every_command(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy)
    add(mlpolicy)
    log = project / "log.jsonl"
    data = log.read_bytes()
    log.write_bytes(data[:-50])
    ran = mlpolicy("record", "verify", "log.jsonl", "--format", "json")
    (fault,) = ran.json["diagnostics"]
    assert (ran.code, fault["code"], fault["line"]) == (1, "MLP1106", 2)
    ran = mlpolicy("replay", "log.jsonl", "--format", "json")
    assert (ran.code, [one["result"] for one in ran.json["records"]]) == (1, ["same", "faulty"])
    ran = mlpolicy("record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy")
    assert ran.code == 0
    assert "left by a writer that was stopped" in ran.err
    ran = mlpolicy("record", "verify", "log.jsonl", "--format", "json")
    assert ran.code == 0
    assert "is a piece of a line" in ran.json["notes"][0]
    (piece,) = (project / "log.jsonl.d").glob("torn-*")
    assert data.endswith(piece.read_bytes() + data[-50:])


@pytest.mark.slow
def test_a_full_disk_takes_the_piece_back(
    project: Path, mlpolicy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(mlpolicy)
    log = project / "log.jsonl"
    before = log.read_bytes()

    def full(handle: int, data: bytes) -> None:
        os.write(handle, data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logbook, "_write", full)
    ran = mlpolicy("record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy")
    assert (ran.code, ran.out) == (3, "")
    assert "no space left on device" in ran.err
    assert log.read_bytes() == before


def test_a_log_that_others_hold_is_waited_for_and_given_up(
    project: Path, mlpolicy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    add(mlpolicy)
    monkeypatch.setattr(logbook, "PATIENCE_SECONDS", 0.2)
    with FileLock("log.jsonl.d/lock"):
        ran = mlpolicy(
            "record", "add", "mlproject.yaml", "--log", "log.jsonl", "--policy", "policy"
        )
    assert ran.code == 3
    assert "nothing was recorded" in ran.err
    assert len(records(project / "log.jsonl")) == 1


def test_two_names_of_a_log_are_one_log(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy)
    (project / "other").symlink_to("log.jsonl")
    add(mlpolicy, "other")
    assert not (project / "other.d").exists()
    ran = mlpolicy("record", "verify", "log.jsonl", "--format", "json")
    assert (ran.code, ran.json["records"]) == (0, 2)


def test_the_canonical_form_is_the_one_of_rfc_8785() -> None:
    """For what records hold: texts of any kind, whole numbers, true, false, null."""
    value: dict[str, object] = {"b": 'é\u2028\x07\n"\\/', "a": [True, None, 10, {}], "ä": ""}
    expected = '{"a":[true,null,10,{}],"b":"é\u2028\\u0007\\n\\"\\\\/","ä":""}'
    assert canonical(value) == expected.encode()
