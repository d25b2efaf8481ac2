"""Text with a name, and places in it: what every message points at."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from mlpolicy.dataclass import dataclass, field
from mlpolicy.typed import NamedTuple


class Span(NamedTuple):
    """A half-open stretch of a source, in characters from its beginning."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of `other`, or of this one if that is
        later."""
        return Span(self.start, max(self.end, other.end))


NOWHERE = Span(0, 0)


@dataclass(frozen=True, order=True)
class Place:
    """A position a person can go to: file name, line and column, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, caches=True)
class Source:
    """A named text. `name` is what messages print; it is never opened from here. Where the
    text is a part of a longer one, `first` is the number of its first line there."""

    name: str
    text: str = field(repr=False)
    first: int = 1

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        *before_the_last, _ = self.text.split("\n")
        return tuple(accumulate((len(line) + 1 for line in before_the_last), initial=0))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset in characters. An offset outside the text
        counts as its nearest end."""
        line = bisect_right(self._starts, min(max(offset, 0), len(self.text)))
        return line + self.first - 1, offset - self._starts[line - 1] + 1

    def place(self, span: Span) -> Place:
        """Where `span` starts."""
        line, column = self.position(span.start)
        return Place(self.name, line, column)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1, or from `first`), without its line end."""
        index = number - self.first
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def slice(self, span: Span) -> str:
        """The text that `span` covers."""
        return self.text[span.start : span.end]


class Origin(NamedTuple):
    """A span together with the source it lies in. It takes part in equality, so a field that
    holds one is declared with `compare=False`. `form` is how the text there is quoted, where that
    is not as it was typed."""

    source: Source
    span: Span
    form: str | None = None

    @property
    def place(self) -> Place:
        """The position at which it starts: file, line, column."""
        return self.source.place(self.span)

    @property
    def text(self) -> str:
        """The text that it covers, as it is quoted: of an expression of a policy its one written
        form, which does not hang on how it was typed; of anything else the text itself."""
        return self.source.slice(self.span) if self.form is None else self.form
