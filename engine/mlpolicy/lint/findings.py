"""What is linted, and what is found, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.core.program import Program
from mlpolicy.ledger import Ledger
from mlpolicy.schema import Schema
from mlpolicy.source import Origin, Place, Source, Span
from mlpolicy.syntax import tree as t


@dataclass(frozen=True, slots=True)
class Shown:
    """What running the tests of a policy showed: of each clause that is cited (`source#id`)
    whether a test reaches it, and where the tests stand that pass without what they give: of one
    with examples, all of its rows."""

    reached: frozenset[str]
    idle: frozenset[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A policy with all that was read of it. `files` are its files and those of its tests, parsed
    without a fault; `today` is an ISO date; `tested` is None where its tests were not run."""

    files: tuple[tuple[Source, t.File], ...]
    program: Program
    ledgers: Mapping[str, Ledger]
    schema: Schema
    today: str
    tested: Shown | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that would fix a finding: what it does, as `remove the remark`, and the text that
    stands in the place of `origin` afterwards. A safe one touches remarks only."""

    does: str
    origin: Origin
    text: str
    safe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: by which rule, what, where, and what to do. `names` are the names of the
    declarations that it is about, by which a configuration may ignore it."""

    rule: str
    message: str
    origin: Origin
    help: str = ""
    names: frozenset[str] = frozenset()
    other: Origin | None = None
    fix: Fix | None = None
    level: str = ""

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.origin.place

    def at_level(self, level: str) -> Finding:
        """The same at a level: `note`, `warning` or `error`."""
        return replace(self, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: its name, the level that it has by default (`note`, `warning`, `error` or `off`), and
    the function that finds what it is against. `tests` where that needs the tests to be run."""

    name: str
    level: str
    find: Callable[[Subject], Iterator[Finding]] = field(repr=False)
    tests: bool = False


def named(decl: t.Decl) -> frozenset[str]:
    """The name of a declaration, or the title of a test."""
    if isinstance(decl, t.TestDecl):
        return frozenset({decl.title})
    name = getattr(decl, "name", None)
    return frozenset({name.text}) if isinstance(name, t.Name) else frozenset()


def here(source: Source, span: Span) -> Origin:
    """A place in a file."""
    return Origin(source, span)
