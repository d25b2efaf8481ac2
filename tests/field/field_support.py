"""What the world throws at the command line, as data: files, a command, what must come of it.

A page in `cases` holds cases of one kind. `given` names files of the folder `given` (a folder is
copied with all that is in it). A case has:

    is: the fact that it shows
    files: {m.yaml: plan.yaml}            a file as one of `given`, or
           {m.yaml: {text: "…"}}          as it stands here, or
           {m.yaml: {from: plan.yaml, change: {"old": "new"}, add: "…"}}
           {m.csv: {rows: "a,a\n", times: 50, head: "…"}}, or
           {p.mlp: {from: p.mlp, chain: "define d{n} : … = d{before} …\n", times: 150, add: "…"}}
           {q.mlp: {text: "…", coded: utf-16}}, {x: {link: "target"}}, {x: {pipe: true}}
    do: [{run: [check, m.yaml], ends: 2, says: [a text], never: [a text]}]
    open: why it is not right yet         then the case must fail, and no longer when it is right
    slow: true                            left out of `just fast`, which has a third of the others

`says` and `never` are sought in both streams, however their lines are broken; a text with ` … ` in
it says that its pieces stand in this order. With `streams: apart`, `says` is sought on standard
output alone.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command_support import Command, Ran
from tests.yaml_support import yaml_of

HERE = Path(__file__).parent
GIVEN = HERE / "given"


@dataclass(frozen=True)
class Case:
    """A case as it stands in its page."""

    page: str
    fact: str
    files: dict[str, Any]
    steps: list[dict[str, Any]]
    open: str = ""
    slow: bool = False

    def __str__(self) -> str:
        return f"{self.page}: {self.fact}"


def cases() -> list[Case]:
    """All of them. A page that is not well formed fails here."""
    found = []
    for path in sorted((HERE / "cases").glob("*.yaml")):
        for each in yaml_of(path):
            assert set(each) <= {"is", "files", "do", "open", "slow"}, (
                f"{path.name}: {sorted(each)}"
            )
            for step in each["do"]:
                assert set(step) <= {"run", "ends", "says", "never", "streams"}, each["is"]
                assert {"run", "ends"} <= set(step), each["is"]
            found.append(
                Case(
                    path.stem,
                    each["is"],
                    each.get("files", {}),
                    each["do"],
                    each.get("open", ""),
                    each.get("slow", False),
                )
            )
    facts = [str(case) for case in found]
    assert len(set(facts)) == len(facts), "two cases show the same fact"
    return found


def make(folder: Path, files: dict[str, Any]) -> None:
    """Puts the files of a case into a folder."""
    for name, how in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match how:
            case str() if (GIVEN / how).is_dir():
                shutil.copytree(GIVEN / how, path, dirs_exist_ok=True)
            case str():
                shutil.copyfile(GIVEN / how, path)
            case {"link": target}:
                path.symlink_to(target)
            case {"pipe": True}:
                os.mkfifo(path)
            case {"folder": True}:
                path.mkdir(parents=True)
            case {"rows": rows, "times": times}:
                path.write_text(how.get("head", "") + rows * times, "utf-8", newline="")
            case {"text": text}:
                path.write_bytes(text.encode(how.get("coded", "utf-8")))
            case {"from": source}:
                text = (GIVEN / source).read_text("utf-8")
                for old, new in how.get("change", {}).items():
                    assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times"
                    text = text.replace(old, new)
                for number in range(1, how.get("times", 0) + 1):
                    line = how["chain"].replace("{n}", str(number))
                    text += line.replace("{before}", str(number - 1))
                path.write_bytes((text + how.get("add", "")).encode())
            case _:
                raise AssertionError(f"{name}: {how}")


def faults(ran: Ran, step: dict[str, Any]) -> list[str]:
    """Everything in which a command did not do what it must."""
    found = []
    if ran.code != step["ends"]:
        found.append(f"ended with {ran.code}, expected {step['ends']}")
    told = ran.out if step.get("streams") == "apart" else ran.out + ran.err
    for text in step.get("says", ()):
        if not _stands(text, told):
            found.append(f"does not say: {text}")
    for text in step.get("never", ()):
        if _stands(text, ran.out + ran.err):
            found.append(f"says: {text}")
    return found


def _stands(text: str, told: str) -> bool:
    """Whether a text was said. A text that begins with a line end must begin a line."""
    if text.startswith("\n"):
        return text in told
    pieces = [re.escape(" ".join(piece.split())) for piece in text.split(" … ")]
    return re.search(".*".join(pieces), " ".join(told.split())) is not None


def unsafe(text: str) -> list[str]:
    """The lines of an output that a CI system, a terminal or a reader could be deceived by."""
    from mlpolicy.characters import printed

    wrong = [line for line in text.split("\n") if line.strip().startswith("::")]
    wrong += re.findall(r".*##[A-Za-z]*\[.*", text)
    wrong += [line for line in text.split("\n") if printed(line) != line]
    return wrong


def run(case: Case, mlpolicy: Command) -> list[str]:
    """Everything that is wrong with a case, in the current folder."""
    wrong = []
    for step in case.steps:
        ran = mlpolicy(*step["run"])
        said = [f"$ {' '.join(step['run'])}", *faults(ran, step)]
        said += [f"is unsafe: {line!r}" for line in unsafe(ran.out + ran.err)]
        if len(said) > 1:
            wrong += [*said, ran.out[:3000], ran.err[:3000]]
    return wrong
