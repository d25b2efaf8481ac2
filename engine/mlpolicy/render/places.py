"""How an explanation tells where something stands.

The manifest's full path stands in the first line and the policy's name in the second, so
places in them go by the file's own name. Where a list is made to be clicked on (`check`),
places stay whole.
"""

from __future__ import annotations

from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.source import Place

#: What is waited for where no fact is named: the answer itself, while several are possible.
SETTLED = "a settled answer"

_PRICE = "a price that the policy does not have"


def told(place: Place | None, manifest: str = "") -> str:
    """`costs.mlp:12:1`. A place in neither the policy nor the manifest keeps its path."""
    if place is None:
        return ""
    file = place.file
    if file == manifest or file.endswith(".mlp"):
        file = file.rsplit("/", 1)[-1]
    return f"{file}:{place.line}:{place.column}"


def asked(need: Need) -> str:
    """What is waited for: a path of the manifest, or a place where the policy itself is open."""
    if isinstance(need, Place):
        return f"what the policy does not know ({told(need)})"
    return str(need)


def needed(needs: tuple[Need, ...]) -> str:
    """Everything that is waited for, in one phrase."""
    return ", ".join(asked(need) for need in needs) or SETTLED


def gathered(needs: tuple[Need, ...]) -> str:
    """The same, with fields of one parent together: `workload.costs.diy.{dev_usd, weeks}`."""
    groups: dict[object, list[Need]] = {}
    for need in needs:
        parent: object = need
        if isinstance(need, FieldPath) and all(map(_is_word, need.steps)) and not need.entry:
            parent = (need.scope, need.steps[:-1])
        groups.setdefault(parent, []).append(need)
    return ", ".join(_together(group) for group in groups.values())


def lacking(needs: tuple[Need, ...], most: int | None = None, how: str = "") -> str:
    """What a figure lacks, for a reader who does not open the policy: the fields to state (the
    first `most` of them, and `how` they are to be said), and that the policy has no price, without
    the place where it has none."""
    fields = tuple(need for need in needs if isinstance(need, FieldPath))
    if not fields:
        return f"{_PRICE}: state it under `prices`, or ask its owner" if needs else ""
    named = fields[:most]
    left = len(fields) - len(named)
    more = f" and {left} more" if left else ""
    beside = f"; {_PRICE}" if len(fields) < len(needs) else ""
    return f"{gathered(named)}{more}{how}{beside}"


def _is_word(step: str | int) -> bool:
    return isinstance(step, str) and step.replace("_", "a").isalnum()


def _together(needs: list[Need]) -> str:
    """Fields of one parent, or what stands alone."""
    first, *others = needs
    if not others or not isinstance(first, FieldPath):
        return asked(first)
    names = ", ".join(str(need.steps[-1]) for need in needs if isinstance(need, FieldPath))
    above = FieldPath(first.scope, first.steps[:-1])
    return f"{above}.{{{names}}}"


def either(names: list[str] | tuple[str, ...]) -> str:
    """`a, b or c`"""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
