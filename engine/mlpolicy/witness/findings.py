"""What an analysis finds, as values. The words are made in `render/witness`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mlpolicy.source import Origin, Place
from mlpolicy.witness.proofs import Why
from mlpolicy.witness.search import Witness


class Kind(StrEnum):
    """What is found. The values are those of the JSON document."""

    GAP = "gap"  # a case of a table that no row matches
    OVERLAP = "overlap"  # a case that rows match which must not
    ROW = "dead-row"
    ARM = "dead-arm"
    OUTCOME = "outcome"  # nothing reaches it
    NEVER = "never-fires"
    ALWAYS = "always-fires"
    EXCEPTION = "dead-exception"
    BOTH = "exceptions"  # two hold at once
    BARS = "bars"  # out of order
    DUTY = "duty"  # nobody owes it
    WORD = "word"  # no row for it


class By(StrEnum):
    """How something is shown that no manifest can show. The values are those of the document."""

    RANGES = "ranges"  # evaluated with every field open
    CASES = "cases"  # every case was looked at
    VALUES = "values"  # by the values that are written


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That something cannot be, or always is: how it is shown, over how many cases or days."""

    by: By
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `said` is what it is about besides the name: a case, an arm, a word;
    `others` what else has a part in it. One of `witness` and `proof` is there; `expects` is what
    the test expects that the witness fails."""

    kind: Kind
    name: str
    origin: Origin
    said: str = ""
    others: tuple[str, ...] = ()
    witness: Witness | None = None
    expects: str = ""
    proof: Proof | None = None
    day: date | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.origin.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Something that was neither shown to be so nor not to be so, and why."""

    kind: Kind
    name: str
    place: Place
    said: str
    why: Why
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that came of one policy: how many things of each kind were looked at, what was found, and
    what was not settled. `looks` is how many documents were evaluated for it."""

    looked_at: Mapping[Kind, int]
    findings: tuple[Finding, ...]
    unsettled: tuple[Unsettled, ...]
    days: tuple[date, ...]
    looks: int = field(default=0, compare=False)
