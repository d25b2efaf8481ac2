"""Runs the checker on small policies, and reads cases written in Markdown.

A case is a heading that states a fact and one or more `mlp` blocks, one a file. What is wrong
is stated on its line, as a comment: `# error[MLP0301]: "the underlined text"`; warnings
likewise, but those about unused names only where a case states one of them. A `text` block
after the policy holds the messages in full. The lines every policy needs are added where a
case has none of its own, unless the block is marked `mlp bare`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mlpolicy.check import check
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.ledger import Entry, Ledger
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse

HERE = Path(__file__).parent
SCHEMA = cast(Mapping[str, object], json.loads((HERE / "small.schema.json").read_text("utf-8")))
CLAUSES = ("G1", "G1.1", "G1.2", "G2", "C1")
LEDGER = Ledger(
    name="guide",
    title="A small guide",
    sha256="0" * 64,
    entries={clause: Entry(clause, "rule", f"what {clause} says") for clause in CLAUSES},
)

PREAMBLE = {
    "policy": "policy small 1.0.0 effective 2026-01-01",
    "manifest": 'manifest MLProject schema "small.schema.json"',
    "source": 'source guide = "sources/guide.yaml"',
    "unit": "unit request, person, page, item",
    "outcome": "outcome tier : none < service < platform with product : text",
    "decision": 'decision tree choice : tier\n  otherwise : service because "simple" ref guide#G1',
}


@dataclass(frozen=True)
class Case:
    """A heading, its files, and the messages it states in full (empty: not stated)."""

    title: str
    files: tuple[str, ...]
    bare: bool
    messages: str


def read_cases(path: Path) -> list[Case]:
    """The cases of a Markdown file, in order."""
    cases = []
    for section in re.split(r"^## ", path.read_text("utf-8"), flags=re.M)[1:]:
        title, _, rest = section.partition("\n")
        blocks = re.findall(r"^```(.*?)\n(.*?)^```", rest, flags=re.M | re.S)
        files = tuple(text for kind, text in blocks if kind.startswith("mlp"))
        bare = any(kind == "mlp bare" for kind, _ in blocks)
        messages = "".join(text for kind, text in blocks if kind == "text")
        cases.append(Case(f"{path.stem}: {title.strip()}", files, bare, messages))
    return cases


def run(*texts: str, bare: bool = False) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """Checks small policies: all texts are files of one policy."""
    sources = [Source(f"file{number}.mlp", text) for number, text in enumerate(texts, 1)]
    if not bare:
        whole = "\n".join(texts)
        lines = [
            line for word, line in PREAMBLE.items() if not re.search(rf"^{word} ", whole, re.M)
        ]
        sources.append(Source("preamble.mlp", "\n".join(lines) + "\n"))
    files = []
    for source in sources:
        file, faults = parse(source)
        assert not faults, [(str(d.place), d.message) for d in faults]
        files.append((source, file))
    return check(files, schema=SCHEMA, ledgers={"guide": LEDGER}, digest="sha256:0")


_STATED = re.compile(r'(error|warning)\[(MLP\d{4})\]: "([^"]*)"')


def stated(texts: tuple[str, ...]) -> list[tuple[str, int, str, str, str]]:
    """What a case says is wrong: file, line, severity, code, underlined text."""
    return sorted(
        (f"file{number}.mlp", line_number, severity, code, text)
        for number, file in enumerate(texts, 1)
        for line_number, line in enumerate(file.split("\n"), 1)
        for severity, code, text in _STATED.findall(line)
    )


def found(
    diagnostics: tuple[Diagnostic, ...], expected: list[tuple[str, int, str, str, str]]
) -> list[tuple[str, int, str, str, str]]:
    """The same of what the checker says."""
    unused = any(code == "MLP0216" for *_, code, _ in expected)
    return sorted(
        (
            d.file,
            d.place.line if d.place else 0,
            str(d.severity),
            d.code,
            d.origin.text.split("\n")[0].split("  #")[0].replace('"', "'") if d.origin else "",
        )
        for d in diagnostics
        if unused or d.code != "MLP0216"
    )


def full(diagnostics: tuple[Diagnostic, ...], *, unused: bool = False) -> str:
    """Messages and help, as a `text` block holds them."""
    lines = []
    for d in diagnostics:
        if unused or d.code != "MLP0216":
            lines.append(f"{d.severity}[{d.code}]: {d.message}")
            lines.extend(f"  {label.message}: {label.origin.place}" for label in d.labels)
            if d.help:
                lines.append(f"  help: {d.help}")
    return "".join(f"{line}\n" for line in lines)
