"""The tree of a document as written: scalars, lists and mappings with their places; and the exact
number that a text of digits stands for. YAML and TOML come to the same tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum, auto

from mlpolicy.core.node import node
from mlpolicy.source import Span


@node
class Faulty:
    """Stands for a value whose fault has been told; nothing more is said about it."""


FAULTY = Faulty()


@node
class Scalar:
    """`value` is what the text means, `text` what the file says, `quoted` whether in quotes.

    A key that was moved from the short form to the full one keeps its own word in `text`.
    """

    value: bool | int | Decimal | str | Faulty
    text: str
    span: Span
    quoted: bool = False


@node
class Listing:
    """`[a, b]`"""

    items: tuple[Node, ...]
    span: Span


@node
class Entry:
    """`key: value`. INVARIANT: the key's value is a string."""

    key: Scalar
    value: Node

    @property
    def name(self) -> str:
        """The key, as the schema has it."""
        return str(self.key.value)

    @property
    def value_is_mapping(self) -> bool:
        """Does the key stand before further keys?"""
        return isinstance(self.value, Mapping)


@node
class Mapping:
    """`{key: value}`. INVARIANT: no two entries have the same name."""

    entries: tuple[Entry, ...]
    span: Span

    def entry(self, name: str) -> Entry | None:
        """The entry called `name`."""
        for entry in self.entries:
            if entry.key.value == name:
                return entry
        return None

    def get(self, *path: str) -> Node | None:
        """The node at a path of keys, or None where it is absent."""
        here: Node = self
        for name in path:
            if not isinstance(here, Mapping) or (entry := here.entry(name)) is None:
                return None
            here = entry.value
        return here

    def texts(self) -> Sequence[str]:
        """The names of all entries, in order."""
        return [entry.name for entry in self.entries]


Node = Scalar | Listing | Mapping


#: The largest number, on either side of 0, and how many decimals one may have.
LARGEST = Decimal(10**15)
MOST_DECIMALS = 12


def exact(text: str) -> int | Decimal | None:
    """The number that a text of digits stands for, or None where it is out of bounds."""
    mantissa, _, power = text.lower().partition("e")
    if len(text) > 60:
        return None
    if len(power.lstrip("+-0")) > 3:  # beyond what `Decimal` takes, where it is written long enough
        return None if re.search("[1-9]", mantissa) else 0
    number = Decimal(text)
    if number.adjusted() > 16 or number.copy_abs() > LARGEST:
        return 0 if number == 0 else None
    if number == 0:
        return 0
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    if -(exponent + trailing) > MOST_DECIMALS:
        return None
    if exponent + trailing >= 0:
        return int(number)
    return Decimal((number.as_tuple().sign, digits[: len(digits) - trailing], exponent + trailing))


class Notation(Enum):
    """In what the author writes, so that help can be copied from a message."""

    YAML = auto()
    TOML = auto()

    def entry(self, key: str, value: str) -> str:
        """A key with its value."""
        return f"{key}: {value}" if self is Notation.YAML else f"{key} = {value}"

    def word(self, text: str) -> str:
        """A word as a value."""
        return text if self is Notation.YAML else f'"{text}"'
