"""Looks for a valid manifest that comes to a goal.

All fields that the policy reads are open at first. What the goal hangs on is then stated, one field
after the other, with the values at which something turns; where no value of the fields that are
still open can come to it, the search goes back. What is found states nothing that it does not need,
has passed the schema, and comes to the goal as it stands.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from mlpolicy.changes.editable import fact_at, state
from mlpolicy.core.facts import Document
from mlpolicy.core.program import GivenFact
from mlpolicy.core.values import NO, YES, Truth
from mlpolicy.evaluate import Memory
from mlpolicy.witness.goals import Goal, Look, seen
from mlpolicy.witness.ground import Ground, Slot

#: So many documents are looked at for one goal.
MOST_LOOKS = 300

#: And beginning with a test of the policy, of which few fields are open.
MOST_NEAR = 40

#: So many expressions are worked out for all goals of a policy.
MOST_WORK = 1_500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A valid manifest with one workload, as the facts of a test, and the day for which it is
    decided."""

    given: tuple[GivenFact, ...]
    day: date
    document: Document = field(repr=False, compare=False)


@dataclass(slots=True)
class Spent:
    """How many expressions may still be worked out, and how many documents were looked at."""

    left: int = MOST_WORK
    looks: int = 0


class _EnoughError(Exception):
    """The search for one goal has looked at enough."""


@dataclass(slots=True, kw_only=True)
class Search:
    """The searches over one policy. `spent` counts over all of them. The manifest of which all is
    open, with which each begins, is worked out once for all of them."""

    ground: Ground
    spent: Spent = field(default_factory=Spent)
    _left: int = 0
    _memories: dict[date, Memory] = field(default_factory=dict)
    _opened: dict[date, Look] = field(default_factory=dict)

    def look(self, document: Document, day: date, *, opened: bool) -> Look:
        """A document on a day; it counts."""
        self.spent.looks += 1
        memory = self._memory(day) if document is self.ground.opened else None
        return Look(self.ground.program, document, day, opened=opened, memory=memory)

    def may(self, goal: Goal, day: date) -> Truth:
        """What the manifest of which all is open comes to; it does not count."""
        look = self._opened.get(day)
        if look is None:
            opened, memory = self.ground.opened, self._memory(day)
            look = Look(self.ground.program, opened, day, opened=True, memory=memory)
            self._opened[day] = look
        return seen(goal, look).truth

    def _memory(self, day: date) -> Memory:
        return self._memories.setdefault(day, Memory())

    def found(
        self, goal: Goal, day: date, start: Document | None = None, most: int = MOST_LOOKS
    ) -> Witness | None:
        """A manifest that comes to a goal; None where none was found, which proves nothing.
        `start` is a document in which some fields are stated already, the others open."""
        document = start if start is not None else self.ground.opened
        slots = [s for s in self.ground.slots if start is None or _is_open(s, start, self.ground)]
        self._left = most
        try:
            return self._within(goal, day, document, slots)
        except _EnoughError:
            return None

    def _within(
        self, goal: Goal, day: date, document: Document, open_: Sequence[Slot]
    ) -> Witness | None:
        if self._left <= 0 or self.spent.left <= 0:
            raise _EnoughError
        self._left -= 1
        look = self.look(document, day, opened=True)
        here = seen(goal, look)
        if here.truth is NO:
            self.done(look)
            return None
        slot = next((each for each in open_ if each.is_meant(here.hangs_on)), None)
        if here.truth is YES or slot is None:
            self.done(look)
            return self.closed(goal, day, document, open_)
        if slot.entries:
            values = tuple(slot.lengthened(document, here.hangs_on, look.turns))
            rest = list(open_)
        else:
            values = slot.tried(look.turns(slot.field.slot))
            rest = [each for each in open_ if each is not slot]
        self.done(look)
        for value in values:
            found = self._within(goal, day, state(document, slot.field, value), rest)
            if found is not None:
                return found
        return None

    def done(self, look: Look) -> None:
        """A look is done with: what it took counts."""
        self.spent.left -= look.run.spent + 20
        look.close()

    def near(
        self, goal: Goal, document: Document, day: date, names: Container[str]
    ) -> Witness | None:
        """A manifest that comes to a goal, beginning with one in which only the fields are open
        from which these inputs are read."""
        slots = [
            slot
            for slot in self.ground.slots
            if any(getattr(symbol, "name", None) in names for symbol in slot.field.slots)
        ]
        start = self.ground.open(document, slots)
        return self.found(goal, day, start, MOST_NEAR)

    def closed(
        self, goal: Goal, day: date, document: Document, open_: Iterable[Slot]
    ) -> Witness | None:
        """The document with what is open left out, where that is valid and comes to the goal."""
        plain = self.ground.drop(document, open_)
        return self.checked(goal, day, self.ground.given(plain))

    def checked(self, goal: Goal, day: date, given: tuple[GivenFact, ...]) -> Witness | None:
        """A witness of these facts, where they are valid and come to the goal."""
        loaded = self.ground.loaded(given)
        if loaded is None:
            return None
        look = self.look(loaded, day, opened=False)
        holds = seen(goal, look).truth is YES
        self.done(look)
        return Witness(given=given, day=day, document=loaded) if holds else None


def _is_open(slot: Slot, document: Document, ground: Ground) -> bool:
    return fact_at(document, slot.field.workload, slot.field.steps) == fact_at(
        ground.opened, slot.field.workload, slot.field.steps
    )
