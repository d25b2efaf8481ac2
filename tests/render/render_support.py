"""What the tests of the views share: every manifest of the policy's tests, decided once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from mlpolicy.cli.judging import Judgement, Options, judge
from mlpolicy.core.decision import Decision
from mlpolicy.render.text import explain

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EIGHT = "tests/render/manifests/eight.mlproject.yaml"
#: The five scenarios, the hybrid projects, and one with eight workloads.
MANIFESTS = tuple(
    path.relative_to(ROOT).as_posix()
    for folder in ("tests/policy/scenarios", "tests/policy/hybrid", "tests/render/manifests")
    for path in sorted((ROOT / folder).glob("*.yaml"))
)
QUICK = ("/call-sentiment.mlproject.yaml", "/card-fraud.mlproject.yaml")
#: What a test that looks at each is parametrised with, all but two marked as slow.
PROJECTS = tuple(
    pytest.param(path, marks=() if path.endswith(QUICK) else pytest.mark.slow) for path in MANIFESTS
)
VIEWS = (None, "team", "author", "auditor")


@cache
def judged(manifest: str) -> Judgement:
    """A manifest as the policy that applies on that day decides it, told from the root."""
    found = judge([str(ROOT / manifest)], Options(as_of="2026-11-22"))
    (judgement,) = found.judgements
    return judgement


def decided(manifest: str) -> Decision:
    return judged(manifest).decision


@cache
def view(manifest: str, audience: str | None, width: int = 100) -> str:
    """What `explain` says of it to one reader."""
    return explain(decided(manifest), audience=audience, width=width)


def flat(text: str) -> str:
    """A text without its line breaks and indents."""
    return " ".join(text.split())


def facts(text: str) -> set[str]:
    """The facts that a view states word by word: numbers, paths, places, clauses, rules and
    names, each by itself. What a view says of itself (`and 3 more`, which command shows the
    rest) is none."""
    text = re.sub(r"all of it, with the reasons: .*", "", flat(text))
    text = re.sub(r"\band \d+ (other|more|pieces?)\b[^.;:]*?(?=[;.):]|$| [a-z]+[._])", "", text)
    # Fields of one parent stand together: `workload.costs.diy.{dev_usd, weeks}`.
    text = re.sub(
        r"([\w.]+)\.\{([\w, ]+)\}",
        lambda found: " ".join(f"{found[1]}.{name}" for name in found[2].split(", ")),
        text,
    )
    # On a page about one manifest, a place in it may be told by its line.
    text = re.sub(r"(\.yaml:)(\d+)(:\d+)", r"\1\2\3 \2", text)
    # A digest may be cut short.
    words = (word.strip('().,;:{}[]…!?"') for word in text.split())
    return {
        word[:19] if word.startswith("sha256:") else word
        for word in words
        if re.search(r"\d|[._#/]", word)
    }
