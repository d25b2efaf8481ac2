"""Places of a manifest as a policy and its reports name them, as values.

A place belongs to what is said once, or to each of the things that are decided, whichever one is
spoken of. How it is written is
for people: nothing takes the text of a place apart, save where a person has typed it.
"""

from __future__ import annotations

from enum import Enum, auto

from mlpolicy.core.scopes import Scope
from mlpolicy.source import Place
from mlpolicy.typed import NamedTuple, assert_never


class FieldPath(NamedTuple):
    """A field: the names of the keys that lead to it, and the index (from 0) where one of them
    is an item of a list. Of an entry that a list lacks, `entry` holds the keys, with the words
    that they would have."""

    scope: Scope
    steps: tuple[str | int, ...]
    entry: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """As it is written: `workload.measurements[0].share`, `workload.tests[system = x]`."""
        steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.steps)
        keys = ", ".join(f"{key} = {word}" for key, word in self.entry)
        return f"{self.scope}{steps}{f'[{keys}]' if keys else ''}"

    @property
    def is_shared(self) -> bool:
        """Is it the same field for each of the things that are decided?"""
        return not self.scope.is_each

    def below(self, *steps: str | int) -> FieldPath:
        """The field at these steps below it."""
        return FieldPath(self.scope, (*self.steps, *steps), self.entry)

    def is_of(self, other: FieldPath) -> bool:
        """Is it this very place, an item of the list there, or a field of such an item?"""
        if self == other:
            return True
        length = len(other.steps)
        same = self.scope == other.scope and self.steps[:length] == other.steps
        further = self.steps[length:]
        return same and (isinstance(further[0], int) if further else bool(self.entry))


#: What would tell a thing that is not known: a field of the manifest, or a place in the policy
#: that the policy's owner has left open.
Need = FieldPath | Place


class Gap(Enum):
    """What keeps an outcome from being decided where nothing that could be stated does."""

    NEVER = auto()  # it is not possible at all
    POLICY = auto()  # something that the policy leaves open


#: What keeps an outcome from being decided.
Hindrance = Need | Gap


def order(need: Need | None) -> tuple[object, ...]:
    """A sort key: places of the policy first, then fields, by what they are made of."""
    match need:
        case None:
            return (0,)
        case Place():
            return (1, need.file, need.line, need.column)
        case FieldPath():
            return (2, need.scope, tuple(map(str, need.steps)), need.entry)
        case _:
            assert_never(need)
