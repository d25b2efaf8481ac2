"""Where an answer may turn: what was compared while it was worked out."""

from __future__ import annotations

from mlpolicy.core.numbers import Poly, bases
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.types import Type
from mlpolicy.dataclass import dataclass, field
from mlpolicy.evaluate.env import Doubt, Observer
from mlpolicy.typed import ClassVar


@dataclass(eq=False, kw_only=True)
class Doubts(Observer):
    """Records on what it hangs whether a fault happens that could not be excluded."""

    doubted: set[Symbol] = field(default_factory=set)

    def doubt(self, key: object, doubt: Doubt) -> None:
        """A fault cannot be excluded."""
        self.doubted.update(doubt.needs)


@dataclass(eq=False, kw_only=True)
class Turns(Doubts):
    """Records differences that were compared with zero, what a joined number may be, and the
    words and days that something unknown was compared with. `open_words` are unknowns that were
    compared with another unknown."""

    compares: ClassVar[bool] = True
    differences: dict[object, Poly] = field(default_factory=dict)
    made: dict[Symbol, dict[Poly, None]] = field(default_factory=dict)
    types: dict[Symbol, Type] = field(default_factory=dict)
    said: dict[Symbol, dict[str, None]] = field(default_factory=dict)
    open_words: set[Symbol] = field(default_factory=set)
    dated: dict[Symbol, dict[int, None]] = field(default_factory=dict)

    def compared(self, difference: Poly) -> None:
        """Over the ranges that its unknowns had there."""
        ranges = tuple(atom.range for atom in bases(difference).values())
        self.differences.setdefault((difference, ranges), difference)

    def joined(self, symbol: Symbol, values: list[Poly], of: Type | None) -> None:
        """A number that is one of several."""
        self.made.setdefault(symbol, {}).update(dict.fromkeys(values))
        if of is not None:
            self.types.setdefault(symbol, of)

    def words(self, symbols: frozenset[Symbol], words: frozenset[str] | None) -> None:
        """Words that something unknown is compared with."""
        for symbol in symbols:
            if words is None:
                self.open_words.add(symbol)
            else:
                self.said.setdefault(symbol, {}).update(dict.fromkeys(sorted(words)))

    def days(self, symbols: frozenset[Symbol], days: list[int]) -> None:
        """Days that something unknown is compared with."""
        for symbol in symbols:
            self.dated.setdefault(symbol, {}).update(dict.fromkeys(days))
