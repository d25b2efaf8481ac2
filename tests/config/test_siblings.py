"""What stands where a configuration, a waiver file, a policy or a log should: every kind of thing
that is no readable file, in every place, is told and is never a pass; and every way to write that
nobody knows is none to write that somebody does."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from tests.command_support import Command
from tests.profiles import lanes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices"),
]

MANIFEST = """\
project: p
owner: team/x
regions: [us-east-1]
workloads:
  - {name: w, task: sentiment, plan: {outcome: ai_service}}
"""

#: What may stand at a path, and is no text that can be read.
THINGS: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a terminal of nobody": lambda path: path.symlink_to("/dev/full"),
    "a link to nothing": lambda path: path.symlink_to("gone/away"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a folder": lambda path: path.mkdir(),
    "a link to a folder": lambda path: path.symlink_to("."),
    "no UTF-8": lambda path: path.write_bytes(b"a = \xff\xfe\xfa\n"),
    "UTF-16": lambda path: path.write_bytes('policy = "x"\n'.encode("utf-16")),
    "a NUL": lambda path: path.write_bytes(b'policy = "x\x00"\n'),
    "a hidden sign": lambda path: path.write_bytes('policy = "x\u202e"\n'.encode()),
    "too much": lambda path: path.write_bytes(b"#" * (9 << 20)),
    "a file without sense": lambda path: path.write_bytes(b"[[[[ = \n"),
}

#: Where it may stand, and how a command comes to it.
PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "the configuration": ("mlpolicy.toml", ("check", "svc")),
    "one below it": ("svc/mlpolicy.toml", ("check", "svc")),
    "a named one": ("central.toml", ("check", "svc", "--config", "central.toml")),
    "a waiver file": ("w.yaml", ("check", "svc", "--waivers", "w.yaml")),
    "the waiver file of waivers": ("w.yaml", ("waivers", "svc", "--waivers", "w.yaml")),
    "a policy": ("p.mlp", ("check", "svc", "--policy", "p.mlp")),
    "a log": ("l.jsonl", ("record", "verify", "l.jsonl")),
    "a log to replay": ("l.jsonl", ("replay", "l.jsonl")),
}


@pytest.mark.parametrize(("place", "thing"), lanes(product(PLACES, THINGS), plain=3, fast=9))
def test_what_is_no_readable_file_is_told_and_never_a_pass(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, thing: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".git").mkdir()
    Path("svc").mkdir()
    Path("svc/mlproject.yaml").write_text(MANIFEST)
    name, command = PLACES[place]
    THINGS[thing](Path(name))
    ran = mlpolicy(*command)
    assert ran.code in (1, 3), ran
    assert Path(name).name in ran.err + ran.out
    assert "Traceback" not in ran.err
    assert "PASS" not in ran.out


NOBODY = ["unknown", "Unknown", "uNKNOWN", "TBD", "tbd.", "n/a", "N.A.", "none", "?", "???", "-"]
NOBODY += ["—", " ", "  ", "\t", "(unknown)", "<unknown>", "'unknown'", "unknown ", " unknown", "…"]


@pytest.mark.parametrize("word", lanes(NOBODY, fast=7))
@pytest.mark.parametrize("key", ["approved_by", "reason"])
def test_a_waiver_that_names_nobody_or_no_reason_lifts_nothing(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text((Path(__file__).parents[1] / "field/given/plan.yaml").read_text())
    said = {"approved_by": "board@example.com", "reason": "a pilot", key: word}
    stated = "".join(f"    {name}: {_quoted(text)}\n" for name, text in said.items())
    Path("w.yaml").write_text(
        "apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers:\n  - id: W-1\n    rule: above_need\n"
        f'{stated}    expires_on: "2099-12-31"\n'
    )
    ran = mlpolicy("check", "m.yaml", "--waivers", "w.yaml")
    assert ran.code in (2, 3), ran
    assert "  waived   above_need" not in ran.out


@pytest.mark.parametrize("word", NOBODY)
def test_an_approval_by_nobody_is_none(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlproject.yaml").write_text(MANIFEST)
    Path("mlpolicy.toml").write_text(
        f'[[approved]]\npolicy = "aws-ml-selection@1.2.0"\ndigest = "sha256:{"0" * 64}"\n'
        f"by = {_quoted(word)}\non = 2026-01-01\n"
    )
    ran = mlpolicy("check")
    assert ran.code == 3, ran
    assert "`by`" in ran.err


DAYS = [
    "2026-W48-6",
    "2026-333",
    "2026-02-30",
    "20261122",
    "tomorrow",
    "unknown",
    "2026-11-22T00:00",
]
DAYS += ["２026-11-22", "2026-11-22 ", "26-11-22", ""]


@pytest.mark.parametrize("day", lanes(DAYS, fast=5))
@pytest.mark.parametrize("where", ["as_of", "on", "expires_on", "approved_on", "option"])
def test_what_is_no_day_is_none_anywhere(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, day: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlproject.yaml").write_text(MANIFEST)
    options: tuple[str, ...] = ()
    match where:
        case "as_of":
            Path("mlpolicy.toml").write_text(f"as_of = {_quoted(day)}\n")
        case "on":
            Path("mlpolicy.toml").write_text(
                f'[[approved]]\npolicy = "aws-ml-selection@1.2.0"\ndigest = "sha256:{"0" * 64}"\n'
                f'by = "board"\non = {_quoted(day)}\n'
            )
        case "option":
            options = ("--as-of", day)
        case _:
            days = {"expires_on": "2099-12-31", where: day}
            stated = "".join(f"    {name}: {_quoted(text)}\n" for name, text in days.items())
            Path("w.yaml").write_text(
                "apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers:\n  - id: W-1\n"
                f"    rule: above_need\n    reason: a pilot\n    approved_by: board\n{stated}"
            )
            options = ("--waivers", "w.yaml")
    ran = mlpolicy("check", *options)
    if where == "option" and not day:
        return  # no option is given then
    assert ran.code == 3, ran
    assert "Traceback" not in ran.err


def _quoted(text: str) -> str:
    """A text as YAML and TOML both write it."""
    return '"' + text.replace("\\", "\\\\").replace("\t", "\\t") + '"'
