"""Manifests with an architect's opinion of each (`manifests.yaml`), and what `check` says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.command_support import Command
from tests.yaml_support import yaml_of

HERE = Path(__file__).parent
#: The day on which all of them are judged.
DAY = "2026-11-22"
CHECK = ("check", "mlproject.yaml", "--as-of", DAY)


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """A manifest, and what an architect would say of it."""

    fact: str
    why: str
    passes: bool
    answers: dict[str, list[str]]
    manifest: str
    unblocked: dict[str, str] = field(default_factory=dict)
    open: str = ""

    def __str__(self) -> str:
        return self.fact


@dataclass(frozen=True, kw_only=True)
class Said:
    """What `check` said of a manifest: its code, answers and what blocks."""

    code: int
    answers: dict[str, str]
    blocked_by: list[str]
    verdict: str


def manifests() -> list[Reviewed]:
    """All of them. An entry that is not well formed fails here."""
    read = yaml_of(HERE / "manifests.yaml")
    return [
        Reviewed(
            fact=each["is"],
            **{key: value for key, value in each.items() if key != "is"},
        )
        for each in read
    ]


def said(reviewed: Reviewed, mlpolicy: Command, folder: Path) -> Said:
    """What `check` says of it, in the current folder."""
    (folder / "mlproject.yaml").write_text(reviewed.manifest, "utf-8")
    told = mlpolicy(*CHECK, "--format", "json")
    document = json.loads(told.out)
    answers, blocked_by, verdict = {}, [], "refused"
    for decision in document["decisions"]:
        verdict = decision["verdict"]
        for workload in decision["workloads"]:
            choice = workload["choice"]
            unanswered = workload["status"] in ("undecided", "held", "error", "infeasible")
            answers[workload["name"]] = (
                workload["status"]
                if unanswered or choice is None
                else choice["outcome"] or choice["status"]
            )
        blocked_by += [
            f"{finding['rule']}: {finding['say']}"
            for finding in decision["findings"]
            if finding["level"] == "block" and finding["state"] == "fired"
        ]
    return Said(
        code=told.code,
        answers=answers,
        blocked_by=blocked_by,
        verdict=verdict,
    )


def after(reviewed: Reviewed) -> Reviewed:
    """The manifest as its team changes it where it may not pass."""
    text = reviewed.manifest
    for old, new in reviewed.unblocked.items():
        assert text.count(old) == 1, (reviewed.fact, old)
        text = text.replace(old, new)
    return replace(reviewed, manifest=text)


def lines(mlpolicy: Command) -> list[str]:
    """The lines that a person reads of the manifest that is in the current folder."""
    told = mlpolicy(*CHECK)
    return (told.out + told.err).splitlines()


def disagreements(reviewed: Reviewed, told: Said) -> list[str]:
    """In what mlpolicy and the architect differ."""
    found = []
    if (told.code == 0) != reviewed.passes:
        found.append(f"ends with {told.code} ({told.verdict}): {reviewed.why}")
    for name, fair in reviewed.answers.items():
        if told.answers.get(name) not in fair:
            found.append(f"{name} is {told.answers.get(name)}, expected {' or '.join(fair)}")
    return found
