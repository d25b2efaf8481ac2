"""Outputs as a page shows them: some lines left out, and written anew after a change.

A line `…` stands for any lines, `…` in a line for any text.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher


def matches(shown: str, line: str) -> bool:
    """Is this the line, where `…` stands for any text?"""
    if "…" not in shown:
        return shown.rstrip() == line
    pattern = ".*".join(re.escape(piece) for piece in shown.rstrip().split("…"))
    return re.fullmatch(pattern, line) is not None


def agrees(shown: tuple[str, ...], output: list[str]) -> bool:
    """Does the output have the lines shown, in their order and with gaps only at `…`?"""
    lines = list(shown)
    while lines and not lines[-1].strip():
        lines.pop()
    reachable = {0}
    for line in lines:
        if line.strip() == "…":
            reachable = set(range(min(reachable, default=len(output) + 1), len(output) + 1))
        else:
            reachable = {
                at + 1 for at in reachable if at < len(output) and matches(line, output[at])
            }
    return len(output) in reachable


def renewed(shown: tuple[str, ...], output: list[str]) -> list[str]:
    """The lines to show now: those that the page showed before, as they read today, and `…`
    where it left something out. Lines that have no like in the output are dropped, so what
    this gives is to be read before it is kept."""
    if agrees(shown, output):
        return list(shown)
    if not shown:
        return [short(line) for line in output]
    pairs: list[tuple[int, str]] = []
    at = 0
    gaps: set[int] = set()  # places in `pairs` before which something was left out
    for line in shown:
        if line.strip() == "…":
            gaps.add(len(pairs))
            continue
        far = at + 1 if not line.strip() else len(output)
        same = [i for i in range(at, min(far, len(output))) if matches(line, output[i])]
        if same:
            pairs.append((same[0], line))
            at = same[0] + 1
            continue
        near = [
            (SequenceMatcher(None, line.replace("…", ""), output[i]).ratio(), -i)
            for i in range(at, min(at + 12, len(output)))
            if line.strip() and output[i].strip()
        ]
        if near and max(near)[0] > 0.7:
            place = -max(near)[1]
            pairs.append((place, short(output[place])))
            at = place + 1
    fresh: list[str] = []
    before = 0
    for index, (place, line) in enumerate(pairs):
        if place > before:
            few = output[before:place]
            fresh += map(short, few) if index not in gaps and place - before <= 3 else ["…"]
        fresh.append(line)
        before = place + 1
    rest = output[before:]
    if rest:
        fresh += ["…"] if len(pairs) in gaps or len(rest) > 3 else map(short, rest)
    return fresh


def short(line: str) -> str:
    """A line without the digits of its digests: they change with every edit of a policy."""
    return re.sub(r"sha256:[0-9a-f]{6,}…?", "sha256:…", line)
