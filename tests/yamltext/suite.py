"""The public YAML test suite (`suite.json`, with `suite.license`): what our reader makes of each
case, told as the events that the suite has of it, and the table of it in the docs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlpolicy.manifest.read import LIMITS, reading
from mlpolicy.yamltext import Written, compose

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A text of the suite: its events, up to the fault where it has one."""

    id: str
    text: str
    invalid: bool
    events: tuple[str, ...]


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the suite."""
    return tuple(
        Case(each["id"], each["yaml"], each["fail"], tuple(_plain(each["tree"] or "")))
        for each in json.loads((HERE / "suite.json").read_text("utf-8"))
    )


def _plain(tree: str) -> Iterator[str]:
    """The events of a tree of the suite. Whether a mark of a document or a bracket is written is
    left out: no manifest depends on it."""
    for line in tree.splitlines():
        event = line.strip(" ") if not line.lstrip().startswith("=VAL") else line.lstrip(" ")
        if event in ("+STR", "-STR") or event.startswith(("+DOC", "-DOC")):
            if event.startswith("+DOC"):
                yield "+DOC"
            continue
        yield re.sub(r"^(\+(?:MAP|SEQ))(?: (?:\{\}|\[\]))?", r"\1", event)


# ── What our reader makes of a text ──────────────────────────────────────────────────────


def events(text: str) -> tuple[str, ...] | None:
    """The events of a text as our reader has it; None where it is no YAML to it."""
    composed = compose(text, LIMITS)
    if composed.stop is not None:
        return None
    found: list[str] = []
    for document in composed.documents:
        found.append("+DOC")
        found.extend(_of(document) if document is not None else ("=VAL :",))
    return tuple(found)


def _of(node: Written) -> Iterator[str]:
    properties = f" &{node.anchor}" if node.anchor else ""
    properties += f" <{node.tag}>" if node.tag else ""
    if node.alias:
        yield f"=ALI *{node.alias}"
    elif node.entries is not None:
        yield f"+MAP{properties}"
        for key, value in node.entries:
            yield from _of(key)
            yield from _of(value)
        yield "-MAP"
    elif node.items is not None:
        yield f"+SEQ{properties}"
        for item in node.items:
            yield from _of(item)
        yield "-SEQ"
    else:
        yield f"=VAL{properties} {node.style or ':'}{_escaped(node.text)}"


def _escaped(text: str) -> str:
    for sign, written in (
        ("\\", "\\\\"),
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\b", "\\b"),
        ("\r", "\\r"),
    ):
        text = text.replace(sign, written)
    return text


def told(case: Case) -> str:
    """What our reader says of a case, and whether the suite says the same."""
    read = events(case.text)
    if case.invalid:
        return "refused" if read is None else "accepted"
    if read is None:
        return "not read"
    return "read" if read == case.events else "read otherwise"


def by_manifest(case: Case) -> str:
    """The code of the first fault of a text where it is read as a manifest is; empty where it has
    none."""
    read = reading(case.text.encode(), "m.yaml")
    faults = [fault for each in read.documents for fault in each.faults] + list(read.stopped)
    return faults[0].code if faults else ""


#: Why a text that the suite calls valid is refused, by the code of what is said of it.
REASONS = {
    "MLP0603": "libyaml does not read it",
    "MLP0608": "it has a tag",
    "MLP0610": "a key or an item has no value",
    "MLP0613": "a list or a mapping is a key",
}


def table() -> str:
    """The result as the docs print it: what a manifest may be of all that the suite has."""
    found: dict[tuple[bool, str], list[str]] = {}
    for case in cases():
        code = by_manifest(case)
        if case.invalid:
            said = "refused" if code else "**read**"
        elif code:
            said = f"refused: {REASONS[code]} (`{code}`)"
        else:
            said = "read, as the suite has it" if told(case) == "read" else "**read otherwise**"
        found.setdefault((case.invalid, said), []).append(case.id)
    lines = [
        f"{len(cases())} cases, {sum(case.invalid for case in cases())} of them invalid:",
        "",
        "| By the suite | As a manifest | Cases | Which |",
        "|---|---|---|---|",
    ]
    for (invalid, said), ids in sorted(found.items(), key=lambda each: (each[0][0], -len(each[1]))):
        which = ", ".join(f"`{id}`" for id in ids) if len(ids) <= MOST_NAMED else ""
        lines.append(f"| {'invalid' if invalid else 'valid'} | {said} | {len(ids)} | {which} |")
    return "\n".join(lines)


#: Of no more cases than these the names are printed.
MOST_NAMED = 20
