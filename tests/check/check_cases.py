"""Runs the checker on small policies, and tells what it says as the cases have it.

A case has one or more `mlp` blocks, one a file; a block whose `policy` line ends in `extends` is
an extension of the others. What is wrong is stated on its line, as a
comment: `# error[MLP0301]: "the underlined text"`; warnings likewise, but those about unused
names only where a case states one of them. An `errors` block after the policy holds the
messages in full. The lines every policy needs are added where a case has none of its own,
unless a block is marked `bare`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from mlpolicy.check.passes import Extending, check
from mlpolicy.core.program import Extension, Program
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
    entries={
        clause: Entry(id=clause, kind="rule", text=f"what {clause} says") for clause in CLAUSES
    },
)

PREAMBLE = {
    "policy": "policy small 1.0.0 effective 2026-01-01",
    "manifest": 'manifest MLProject schema "small.schema.json" of project, workload in workloads',
    "source": 'source guide = "sources/guide.yaml"',
    "unit": "unit request, person, page, item",
    "outcome": "outcome tier : none < service < platform with product : text\n"
    "  status unmet, conditional",
    "decision": 'decision tree choice : tier\n  otherwise : service because "simple" ref guide#G1',
}


def run(
    *texts: str, bare: bool = False, names: Sequence[str] = ()
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """Checks small policies: all texts are files of one policy."""
    names = names or names_of(texts)
    sources = [Source(name, text) for name, text in zip(names, texts, strict=True)]
    if not bare:
        whole = "\n".join(each.text for each in sources if not _extends(each))
        lines = [
            line for word, line in PREAMBLE.items() if not re.search(rf"^{word} ", whole, re.M)
        ]
        if "USD" in whole and "currency USD" not in whole:
            lines.append("currency USD")
        sources.append(Source("preamble.mlp", "\n".join(lines) + "\n"))
    files = []
    for source in sources:
        file, faults = parse(source)
        assert not faults, [(str(d.place), d.message) for d in faults]
        files.append((source, file))
    core = [each for each in files if not _extends(each[0])]
    extensions = [
        Extending(Extension(extends, "1.0.0", "sha256:1"), [each])
        for each in files
        if (extends := _extends(each[0]))
    ]
    alone = None
    if extensions:
        alone, _ = check(core, schema=SCHEMA, ledgers={"guide": LEDGER}, digest="sha256:0")
    return check(
        core,
        schema=SCHEMA,
        ledgers={"guide": LEDGER},
        digest="sha256:0",
        extensions=extensions,
        core=alone,
    )


def _extends(source: Source) -> str:
    """The name of the extension that a text is a file of; empty where it is one of the policy."""
    line = re.search(r"^policy (\S+) .* extends ", source.text, re.M)
    return line[1] if line else ""


def names_of(texts: Sequence[str]) -> list[str]:
    """The names of files that have none of their own."""
    return [f"file{number}.mlp" for number in range(1, len(texts) + 1)]


_STATED = r'(?:error|warning|note)\[MLP\d{4}\]: "[^"]*"'
_COMMENT = re.compile(rf"(?:^|  )# {_STATED}(?: {_STATED})*$", re.M)


def stated(text: str) -> list[tuple[str, str]]:
    """What a text says is wrong: severities and codes."""
    return re.findall(r'(error|warning|note)\[(MLP\d{4})\]: "[^"]*"', text)


def plain(text: str) -> str:
    """A text without the comments that say what is wrong."""
    return _COMMENT.sub("", text)


def told(text: str, name: str, diagnostics: Sequence[Diagnostic]) -> str:
    """A text with a comment on each line in which one of the diagnostics lies. One without a
    place is stated on the first line."""
    lines = plain(text).split("\n")
    faults = defaultdict(list)
    for d in diagnostics:
        if d.file == name:
            place = (d.place.line, d.place.column) if d.place else (1, 0)
            underlined = d.origin.text.split("\n")[0].split("  #")[0] if d.origin else ""
            underlined = underlined.replace('"', "'")
            faults[place[0]].append((place[1], d.code, f'{d.severity}[{d.code}]: "{underlined}"'))
    for number, found in faults.items():
        comment = " ".join(words for _, _, words in sorted(found))
        before = lines[number - 1]
        lines[number - 1] = f"{before}  # {comment}" if before else f"# {comment}"
    return "\n".join(lines)


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
