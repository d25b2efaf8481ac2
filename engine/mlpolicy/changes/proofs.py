"""Which sets of fields are proved to be no smallest change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlpolicy.analyze.query import Trial, Tried
from mlpolicy.changes.asking import MOST_TRIALS, Search, matters
from mlpolicy.changes.editable import EditableField, leave_open
from mlpolicy.core.paths import Hindrance

#: The most to widen a set that is ruled out.
MOST_TO_WIDEN = 12


@dataclass(slots=True, kw_only=True)
class Ruled:
    """Which sets of fields are proved to be no smallest change. Sets are bits over the editables.

    A fact is two sets: of the sets within the first, none does it that has a field outside of
    the second, or else it does so without that field too. Where nothing within the first does
    it, the second is empty. So one evaluation with many fields open speaks of all their subsets,
    and a set that is ruled out is first widened as far as the same holds. What could not be told
    of a set is not looked for with further fields either: it is `untold` with all that hold it.
    """

    search: Search
    facts: list[tuple[int, int]] = field(default_factory=list)
    untold: list[int] = field(default_factory=list)
    asked: dict[int, Trial] = field(default_factory=dict)
    mattering: dict[int, int] = field(default_factory=dict)

    def of(self, mask: int) -> list[EditableField]:
        """The fields of a set."""
        return [
            editable for place, editable in enumerate(self.search.editables) if mask >> place & 1
        ]

    def ask(self, mask: int) -> Trial:
        """What comes of today's manifest with the fields of a set open."""
        if mask not in self.asked:
            self.asked[mask] = self.search.ask_open(self.of(mask))
        return self.asked[mask]

    def matter(self, mask: int) -> int:
        """The fields of a set on which it can still hang whether any part of it does it."""
        found = self.mattering.get(mask)
        if found is None:
            found = self.mattering[mask] = self._matter(mask, self.ask(mask))
            if mask & ~found:  # whatever it was asked for, it speaks of all its parts
                self.facts.append((mask, found))
        return found

    def _matter(self, mask: int, trial: Trial) -> int:
        if trial.holds is Tried.NO:
            return 0
        editables_ = enumerate(self.search.editables)
        return mask & sum(
            1 << place for place, editable in editables_ if matters(self.search, editable, trial)
        )

    def whole(self, trial: Trial) -> tuple[int, Hindrance | None]:
        """The same of all of them; and what keeps them all from doing it."""
        mask = (1 << len(self.search.editables)) - 1
        self.asked[mask] = trial
        if trial.blocked_by is not None:
            return 0, trial.blocked_by
        return self.matter(mask), self.hindered(mask)

    def hindered(self, mask: int, only: Hindrance | None = None) -> Hindrance | None:
        """What keeps the outcome from being decided whatever the fields of a set state."""
        opened = self.of(mask)
        return self.search.hindered(leave_open(self.search.document, opened), opened, only)

    def out(self, mask: int) -> bool:
        """Is this set ruled out by what is known?"""
        return any(not mask & ~within and mask & ~matter for within, matter in self.facts)

    def learn(self, mask: int) -> bool:
        """Asks about a set. Where it is ruled out, so are others for the same reason."""
        if mask & ~self.matter(mask):
            only = None
        else:
            only = self.hindered(mask)
            if only is None:
                return False
        everything = [1 << place for place in range(len(self.search.editables))]
        self.search.limit = min(MOST_TRIALS, self.search.trials + MOST_TO_WIDEN)
        widest = self._widened(mask, mask, everything, only)
        self.search.limit = MOST_TRIALS
        if only is not None:
            self.facts.append((widest, 0))
        else:
            self.matter(widest)
        return True

    def _widened(
        self, mask: int, within: int, further: Sequence[int], only: Hindrance | None
    ) -> int:
        """`within` and as much of `further` as leaves `mask` ruled out."""
        further = [bit for bit in further if not within & bit]
        if not further or self.search.spent:
            return within
        wider = within | sum(further)
        out = self.hindered(wider, only) is not None if only else mask & ~self.matter(wider)
        if out:
            return wider
        if len(further) == 1:
            return within
        half = len(further) // 2
        within = self._widened(mask, within, further[:half], only)
        return self._widened(mask, within, further[half:], only)
