"""The nodes of a YAML file as they are written, and what stopped the reading."""

from __future__ import annotations

from enum import Enum, auto

from mlpolicy.dataclass import dataclass
from mlpolicy.source import Span


@dataclass(kw_only=True)
class Written:
    """A scalar, list, mapping or alias as it is written.

    `start` and `stop` are the parser's places; `end` lies behind its last character that is no
    blank or remark, for a text in a block behind its last line. `style` is `'`, `"`, `|` or `>`,
    empty for a plain scalar. A mapping has `entries`, a list `items`; `flow` says whether in
    brackets. An alias has the name of what it stands for.
    """

    start: int
    end: int
    stop: int
    text: str = ""
    style: str = ""
    flow: bool = True
    tag: str = ""
    anchor: str = ""
    alias: str = ""
    entries: list[tuple[Written, Written]] | None = None
    items: list[Written] | None = None

    @property
    def span(self) -> Span:
        """From its beginning to where the parser ends it."""
        return Span(self.start, self.stop)

    @property
    def is_scalar(self) -> bool:
        """Is it neither a list nor a mapping nor an alias?"""
        return self.entries is None and self.items is None and not self.alias

    @property
    def last(self) -> Written:
        """The innermost value at its end."""
        here = self
        while not here.flow:
            below = here.entries[-1][1] if here.entries else here.items[-1] if here.items else None
            if below is None:
                break
            here = below
        return here


@dataclass(frozen=True)
class Limits:
    """How much of a file is read: levels, values in all, and entries in one place."""

    depth: int
    values: int
    entries: int


class Why(Enum):
    """What stops the reading of a text."""

    NOT_YAML = auto()
    TOO_DEEP = auto()
    TOO_MANY_VALUES = auto()
    TOO_MANY_ENTRIES = auto()


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where reading stopped, and why. Where the text is not YAML, `problem` says what is wrong,
    `help` what to do, and `begun` where that began and how it is called, if it lies elsewhere."""

    why: Why
    span: Span
    problem: str = ""
    help: str = ""
    begun: tuple[Span, str] | None = None


@dataclass(frozen=True)
class Composed:
    """The documents that were read to their end (None: an empty one); what there is of the next
    one where reading stopped, with what is still open cut off."""

    documents: tuple[Written | None, ...]
    part: Written | None = None
    stop: Stop | None = None
