"""The tree of a YAML document as written: scalars, lists and mappings with their places."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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
        return str(self.key.value)

    @property
    def value_is_mapping(self) -> bool:
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
