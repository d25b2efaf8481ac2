"""What is named on a command line: several places one of which holds nothing, days that are none,
readers who go away. Each kind is made by a generator; the sentences are looked at in `cases`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.session import Session, find_manifests
from tests.command_support import Command
from tests.field.field_support import GIVEN
from tests.profiles import examples

TODAY = "2026-11-22"

#: A policy that takes no time.
TINY = ("--policy", str(GIVEN / "tiny"))

#: What may be named -> is there a manifest?
PLACES = {
    "one": True,
    "one/mlproject.yaml": True,
    "deep": True,
    "one/": True,
    "./deep/../one": True,
    "o*": True,
    "one/*.yaml": True,
    "d*p": True,
    "**/mlproject.yaml": True,
    "empty": False,
    "others": False,
    "empty/": False,
    "hidden": False,
    "e*y": False,
    "oth*": False,
    "empty/*": False,
    "[eh]*": False,
    "gone": False,
    "gone/*.yaml": False,
    "one/gone.yaml": False,
    "": False,
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("tree")
    for name in ("one", "deep/er/still", "empty", "others", "hidden/.h"):
        (top / name).mkdir(parents=True)
    text = (GIVEN / "small.yaml").read_text()
    for name in (
        "one/mlproject.yaml",
        "deep/er/still/x.mlproject.yaml",
        "hidden/.h/mlproject.yaml",
    ):
        (top / name).write_text(text)
    (top / "others" / "notes.yaml").write_text("a: 1\n")
    return top


@given(st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=4))
@examples(300)
def test_each_of_several_places_holds_a_manifest(tree: Path, named: list[str]) -> None:
    before = Path.cwd()
    os.chdir(tree)
    try:
        found = find_manifests(named, Session().seeks("", TODAY))
    finally:
        os.chdir(before)
    bad = [place for place in named if not PLACES[place]]
    assert [fault.file for fault in found.diagnostics] == bad
    assert bool(found.files) == (len(bad) < len(named))
    assert len(set(found.files)) == len(found.files)


@pytest.mark.slow
def test_the_command_ends_with_3_where_one_of_them_is_empty(
    mlpolicy: Command, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    for place, held in PLACES.items():
        ran = mlpolicy("check", "one", place, "--format", "json", *TINY)
        assert (ran.code == 3) is not held, place


# ── Days ─────────────────────────────────────────────────────────────────────────────────

#: Forms of a day that some readers know, and a manifest, a waiver or an option does not.
NO_DAYS = (
    *("2026-W48-6", "2026W486", "2026-W48", "2026-332", "20261128", "2026-11", "26-11-28"),
    *("2026-11-28T00:00", "2026-11-28Z", "28.11.2026", "11/28/2026", "\uff12026-11-28"),
    *("2026-11-31", "2026-02-29", "2026-13-01", "0000-01-01", "2026-11-28 ", "\u0662026-11-28"),
    *("-2026-11-28", "2026–11–28", "tomorrow", "Today"),
)
WAIVER = """\
apiVersion: mlpolicy.dev/v1
kind: Waivers
waivers:
  - id: W-1
    rule: many
    owner: team/x
    reason: "x"
    approved_by: b@example.com
    approved_on: APPROVED
    expires_on: EXPIRES
"""
APPROVED = """\
[[approved]]
policy = "aws-ml-selection@1.2.0"
digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
by = "b@example.com"
on = DAY
"""


def _stated(where: str, day: str) -> tuple[dict[str, str], list[str]]:
    """Files, and a command that reads a day in one of them, or as an option."""
    text, said = (GIVEN / "small.yaml").read_text(), json.dumps(day, ensure_ascii=False)
    dateless = text.replace("decision_date: 2026-11-28\n", "")
    match where:
        case "option":
            return {}, ["check", "m.yaml", f"--as-of={day}", *TINY]
        case "option of explain":
            return {}, ["explain", "m.yaml", f"--as-of={day}", *TINY]
        case "option of rule":
            return {}, ["rule", "many", f"--as-of={day}", *TINY]
        case "configuration":
            return {"mlpolicy.toml": f"as_of = {said}\n"}, ["check", "m.yaml"]
        case "manifest":
            return {"m.yaml": f"{dateless}decision_date: {said}\n"}, ["check", "m.yaml", *TINY]
        case "waiver":
            waiver = WAIVER.replace("APPROVED", '"2026-11-01"').replace("EXPIRES", said)
        case "approval of a waiver":
            waiver = WAIVER.replace("APPROVED", said).replace("EXPIRES", '"2027-01-31"')
        case "approval of a policy":
            return {"mlpolicy.toml": APPROVED.replace("DAY", said)}, ["check", "m.yaml"]
        case _:
            raise AssertionError(where)
    return {"w.yaml": waiver}, ["check", "m.yaml", "--waivers", "w.yaml", *TINY]


WHERE = (
    *("option", "option of explain", "option of rule", "configuration", "manifest", "waiver"),
    *("approval of a waiver", "approval of a policy"),
)


@pytest.mark.slow
@pytest.mark.parametrize("where", WHERE)
def test_what_is_no_day_is_refused_everywhere(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Each place takes a day; forms of it that only some readers know it does not take."""
    monkeypatch.chdir(tmp_path)
    for day in ("2026-11-28", *NO_DAYS):
        Path("m.yaml").write_text((GIVEN / "small.yaml").read_text())
        files, command = _stated(where, day)
        for name, text in files.items():
            Path(name).write_text(text)
        ran = mlpolicy(*command)
        assert (ran.code == 3) is (day in NO_DAYS), (day, ran.out, ran.err)
        assert ran.err or day not in NO_DAYS


# ── Readers who go away, and folders ─────────────────────────────────────────────────────

COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    "check": (("check", "plan.yaml"), 2),
    "sarif": (("check", "plan.yaml", "--format", "sarif"), 2),
    "github": (("check", "plan.yaml", "--format", "github"), 2),
    "junit": (("check", "plan.yaml", "--format", "junit", "--output", "gitlab=q.json"), 2),
    "rule": (("rule", "above_need"), 0),
    "help": (("check", "--help"), 0),
}


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80"}


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="pipes")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_reader_who_goes_away_changes_no_exit_code(tmp_path: Path, name: str) -> None:
    (tmp_path / "plan.yaml").write_bytes((GIVEN / "plan.yaml").read_bytes())
    arguments, code = COMMANDS[name]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mlpolicy", *arguments],
            cwd=tmp_path,
            env=_environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == code
    assert done.stderr == "" or done.stderr.startswith("note[MLP0927]")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a folder that is in use can be deleted")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--format", "sarif"),
        ("check", "--if-judge-changed", "--", "mlpolicy.toml"),
        ("check", "--only-manifests", "--", "a.yaml"),
        ("check", ".", "--output", "sarif=x.sarif"),
        ("rule", "above_need"),
    ],
    ids=" ".join,
)
def test_a_folder_that_is_gone_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "gone").mkdir()
    command = 'cd gone && rmdir ../gone && exec "$0" -m mlpolicy "$@"'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, *arguments],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr or done.stdout
