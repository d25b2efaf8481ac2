"""The nearest name, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None where none is close enough to be a slip.

    Ties go to the first in alphabetical order, so that messages do not depend on the order
    in which names were declared.
    """
    from difflib import SequenceMatcher

    folded = name.casefold().replace("-", "_")
    best: tuple[float, str] | None = None
    for candidate in sorted(set(known)):
        other = candidate.casefold().replace("-", "_")
        if folded == other:
            return candidate
        score = SequenceMatcher(None, folded, other).ratio()
        if score >= 0.7 and (best is None or score > best[0]):
            best = (score, candidate)
    return best[1] if best else None


def listing(names: Iterable[str], limit: int = 8) -> str:
    """Names in order, as a phrase; a long list is cut and says so."""
    ordered = list(names)
    shown = ", ".join(ordered[:limit])
    return f"{shown}, …" if len(ordered) > limit else shown
