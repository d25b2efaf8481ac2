"""Pages of real decisions, and how the tests read them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.render.html import page
from mlpolicy.render.json import decision_json
from tests.render.render_support import judged

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2026-11-22"
SCENARIOS = [
    path.name.removesuffix(".mlproject.yaml")
    for path in sorted((ROOT / "tests/policy/scenarios").glob("*.mlproject.yaml"))
]
#: The project with most workloads, one with waivers and estimates, one with nothing to offer.
LARGEST = "course-platform"
OTHERS = ["estimate", "infeasible", "undecided", "waived"]


def manifest(name: str) -> Path:
    (found,) = (
        path
        for folder in (
            "policy/scenarios",
            "policy/hybrid",
            "snapshots/manifests",
            "render/manifests",
        )
        for path in [ROOT / "tests" / folder / f"{name}.mlproject.yaml"]
        if path.exists()
    )
    return found


@cache
def pairs(name: str) -> tuple[tuple[Decision, Program], ...]:
    found = judged(manifest(name).relative_to(ROOT).as_posix())
    return ((found.decision, found.program),)


@cache
def html(*names: str) -> str:
    return page([pair for name in names for pair in pairs(name)])


@cache
def document(name: str) -> Any:
    ((decision, _),) = pairs(name)
    return json.loads(decision_json(decision))


@cache
def root(*names: str) -> Element:
    """The tree of a page, parsed once for all tests; not to be changed."""
    return parsed(html(*names))


def parsed(text: str) -> Element:
    """The tree of a page, by a parser that forgives nothing."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(text)
    assert isinstance(tree, Element)
    return tree


def words(element: Element) -> str:
    """All text of an element but that of its styles, spaces made single."""
    parts: list[str] = []

    def gather(each: Element) -> None:
        if each.tag == "style":
            return
        if each.text:
            parts.append(each.text)
        for child in each:
            # What a sentence has between backticks stands in a face of its own.
            mark = "`" if child.get("class") == "typed" else ""
            parts.append(mark)
            gather(child)
            parts.append(mark)
            if child.tail:
                parts.append(child.tail)

    gather(element)
    return flat("".join(parts))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
