"""How an explanation tells where something stands.

The manifest's full path stands in the first line and the policy's name in the second, so
places in them go by the file's own name. Where a list is made to be clicked on (`check`),
places stay whole.
"""

from __future__ import annotations

import re

from mlpolicy.source import Place

#: What is waited for where no fact is named: the answer itself, while several are possible.
SETTLED = "a settled answer"

_IN_POLICY = re.compile(r"(?:.*/)?([^/]+\.mlp:\d+:\d+)", re.S)


def told(place: Place | None, manifest: str = "") -> str:
    """`costs.mlp:12:1`. A place in neither the policy nor the manifest keeps its path."""
    if place is None:
        return ""
    file = place.file
    if file == manifest or file.endswith(".mlp"):
        file = file.rsplit("/", 1)[-1]
    return f"{file}:{place.line}:{place.column}"


def asked(need: str) -> str:
    """What is waited for: a path of the manifest, or a place where the policy itself is open."""
    found = _IN_POLICY.fullmatch(need)
    return f"what the policy does not know ({found[1]})" if found else need


def needed(needs: tuple[str, ...]) -> str:
    """Everything that is waited for, in one phrase."""
    return ", ".join(asked(need) for need in needs) or SETTLED


def gathered(paths: tuple[str, ...]) -> str:
    """The same, with fields of one parent together: `workload.costs.diy.{dev_usd, weeks}`."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        parent, dot, name = path.rpartition(".")
        plain = dot and not re.search(r"[^\w.]", path)
        groups.setdefault(parent if plain else path, []).append(name if plain else "")
    parts = []
    for parent, names in groups.items():
        if names == [""]:
            parts.append(asked(parent))
        else:
            of = names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"
            parts.append(f"{parent}.{of}")
    return ", ".join(parts)


def either(names: list[str] | tuple[str, ...]) -> str:
    """`a, b or c`"""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
