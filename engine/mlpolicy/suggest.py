"""The nearest name, for "did you mean"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlpolicy.dataclass import dataclass

#: Nobody writes a longer name; comparing letters takes as long as both are, multiplied.
LONGEST = 64


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None where none is close enough to be a misspelling.

    A close name has few letters missing, added, wrong or swapped with the next one: at most one in
    a name of up to five letters, and one more for every three letters further. Where there is none,
    a name that begins as this one does is close. Of several, it is the one with the fewest changes
    in proportion to its length; a tie goes to the first in alphabetical order, so that messages do
    not depend on the order of declarations. Names of more
    than 64 letters are neither offered nor get an offer.
    """
    if len(name) > LONGEST:
        return None
    folded = _folded(name)
    best: tuple[float, str] | None = None
    begun: tuple[int, str] | None = None
    for candidate in sorted({each for each in known if len(each) <= LONGEST}):
        other = _folded(candidate)
        if folded == other:
            return candidate
        longer = max(len(folded), len(other))
        most = min(longer // 3, 5)
        if abs(len(folded) - len(other)) <= most:
            apart = _within(folded, other, most)
            if apart is not None and (best is None or apart / longer < best[0]):
                best = (apart / longer, candidate)
        if _begins(folded, other) and (begun is None or len(other) < begun[0]):
            begun = (len(other), candidate)
    found = best or begun
    return found[1] if found else None


@dataclass
class Guesses:
    """Guesses at the names of one file: only the first few are made, so that a file of slips
    costs no more than a file of names."""

    left: int = 20

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """The nearest known name, None where none is near or too many were asked for."""
        if self.left <= 0:
            return None
        self.left -= 1
        return nearest(name, known)


def likely(name: str, known: Iterable[str]) -> str | None:
    """The nearest known name, or one that stands within `name` as a word of its own (`comprehend`
    in `amazon-comprehend`). None where there is neither."""
    known = sorted(set(known))
    if close := nearest(name, known):
        return close
    words = re.split(r"[^a-z0-9]+", name.casefold())
    return next((one for one in known if one.casefold() in words), None)


#: Words that names have in common without meaning the same.
_SMALL = frozenset(("a", "an", "by", "for", "in", "is", "of", "on", "per", "the", "to"))


def of_same_words(name: str, known: Iterable[str]) -> str | None:
    """The known name all of whose words stand in `name`, in full or shortened to four letters or
    more (`minutes_per_month` in `audio_minutes_per_month`). Of several, the one with the most
    words, then the first in alphabetical order. None where there is none."""
    if len(name) > LONGEST:
        return None
    words = _words(name)
    found: tuple[int, str] | None = None
    for candidate in sorted(set(known)):
        others = _words(candidate)
        if others and all(any(_same(word, one) for word in words) for one in others):
            if found is None or len(others) > found[0]:
                found = (len(others), candidate)
    return found[1] if found else None


def _words(name: str) -> list[str]:
    return [word for word in _folded(name).split("_") if word and word not in _SMALL]


def _same(one: str, other: str) -> bool:
    """Are two words the same, but for the `s` of a plural, or for one being cut short?"""
    short, long = sorted((one.removesuffix("s"), other.removesuffix("s")), key=len)
    return short == long or (len(short) >= 4 and long.startswith(short))


def distance(one: str, other: str) -> int:
    """The number of letters to insert, delete, change, or swap with their neighbour that turn one
    text into the other (the optimal string alignment distance)."""
    apart = _within(one, other, max(len(one), len(other)))
    assert apart is not None
    return apart


def differ_by_one(one: str, other: str) -> bool:
    """Is the distance of two texts one? Far quicker than asking how far they are apart."""
    return one != other and _within(one, other, 1) is not None


def _within(one: str, other: str, most: int) -> int | None:
    """The distance of two texts, None where it is above `most`. Only so many letters to either
    side of the diagonal can count, and a row in which all is too far ends it."""
    far = most + 1
    before: list[int] = []
    row = [min(j, far) for j in range(len(other) + 1)]
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [far] * (len(other) + 1)
        row[0] = min(i, far)
        for j in range(max(1, i - most), min(len(other), i + most) + 1):
            against = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + 1)
            row[j] = cost
        if min(row) > most and (not before or min(before) > most):
            return None
    return row[-1] if row[-1] <= most else None


def listing(names: Iterable[str], limit: int = 8) -> str:
    """Names in order, as a phrase. A long list is cut, and says that it is."""
    ordered = list(names)
    shown = ", ".join(ordered[:limit])
    return f"{shown}, …" if len(ordered) > limit else shown


def _folded(name: str) -> str:
    """The name without differences that carry no meaning: capitals, `-` for `_`, the plural of a
    `policy`."""
    folded = name.casefold().replace("-", "_")
    return f"{folded[:-3]}y" if len(folded) > 5 and folded.endswith("ies") else folded


def _begins(name: str, other: str) -> bool:
    """Is one of them the beginning of the other, up to the end of a word? Of four letters and
    more, the beginning of a word will do."""
    short, long = sorted((name, other), key=len)
    if len(short) < 3 or not long.startswith(short):
        return False
    return not long[len(short)].isalnum() or (short == name and len(name) >= 4)
