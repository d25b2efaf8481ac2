"""Text for a page: emphasis taken from a text's marks, and references that lead to clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MARKS = re.compile("\x01([bdrgyc])|\x02")
#: A `no` on the path is neither good nor bad: what is green or red in a text is plain here.
_LOOKS = {"b": "strong", "d": "quiet", "r": "strong", "g": "strong", "y": "open", "c": "quiet"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text and how it looks: empty, strong, quiet, open."""

    text: str
    look: str


def spans(text: str) -> tuple[Span, ...]:
    """A text with the marks of `style`, cut where the look changes."""
    found: list[Span] = []
    looks: list[str] = []
    end = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > end:
            found.append(Span(text[end : mark.start()], looks[-1] if looks else ""))
        if mark[1]:
            looks.append(_LOOKS[mark[1]])
        elif looks:
            looks.pop()
        end = mark.end()
    if end < len(text):
        found.append(Span(text[end:], looks[-1] if looks else ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a clause; `anchor` is where the page tells it, empty where it does not."""

    text: str
    anchor: str


class Refs:
    """The clauses of one policy, and which of them the page has cited. It fills while the
    values of a page are made, and gives its list at the end."""

    def __init__(self, texts: Mapping[str, str], prefix: str) -> None:
        self._texts = dict(texts)
        self._prefix = prefix
        self._cited: set[str] = set()

    def add(self, texts: Mapping[str, str]) -> None:
        """What another decision by the same policy cites."""
        self._texts.update(texts)

    def __call__(self, refs: Iterable[str]) -> tuple[Ref, ...]:
        """References with their anchors, each once; they count as cited from now on."""
        return tuple(self._ref(ref) for ref in dict.fromkeys(refs))

    def cited(self) -> list[tuple[Ref, str]]:
        """Every clause that was cited, with its text, in the order of its source."""
        cited = sorted(self._cited, key=_numbers)
        return [(Ref(ref, self._anchor(ref)), " ".join(self._texts[ref].split())) for ref in cited]

    def _ref(self, ref: str) -> Ref:
        if ref not in self._texts:
            return Ref(ref, "")
        self._cited.add(ref)
        return Ref(ref, self._anchor(ref))

    def _anchor(self, ref: str) -> str:
        return f"{self._prefix}-{re.sub(r'[^A-Za-z0-9.]', '-', ref)}"


def _numbers(ref: str) -> tuple[list[tuple[str, int]], str]:
    """`guide#G2.10` behind `guide#G2.9`."""
    parts = re.findall(r"(\D*)(\d*)", ref)
    return [(text, int(number or 0)) for text, number in parts], ref


def counted(number: int, one: str, many: str = "") -> str:
    """`1 workload`, `2 workloads`"""
    return f"{number} {one if number == 1 else many or one + 's'}"
