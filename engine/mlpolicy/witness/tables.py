"""Gaps and overlaps of decision tables, each with a manifest that shows it.

The cases come from the cuts of the columns, as for `policies check`. A case is a finding where a
valid manifest comes to it, and not where no manifest was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import combinations, islice, product
from math import prod

from mlpolicy.changes.editable import Line, plain, state
from mlpolicy.core import calendar
from mlpolicy.core.facts import Document
from mlpolicy.core.numbers import Range, range_of
from mlpolicy.core.program import Choose, Const, Define, Expr, InputRef
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.core.types import EnumType, Grain
from mlpolicy.core.values import YES, Days, Members, Num, Truth, Value
from mlpolicy.manifest.overlay import Plain
from mlpolicy.soundness.cuts import Column, Cuts, Part
from mlpolicy.soundness.ranges import Ranges
from mlpolicy.soundness.tables import MOST_CASES, columns_of
from mlpolicy.witness.findings import Finding, Kind, Unsettled
from mlpolicy.witness.goals import Matches
from mlpolicy.witness.ground import Slot
from mlpolicy.witness.proofs import Why
from mlpolicy.witness.search import Search, Witness

#: For so many cases of one table a manifest is looked for, looking at so many for each.
_MOST_TRIED = 6
_MOST_PAIRS = 40
_MOST_LOOKS = 60


def tables(search: Search, days: Sequence[date]) -> Iterator[Finding | Unsettled | Kind]:
    """What is found of the decision tables; a kind for each thing that is looked at."""
    cuts = Cuts(Ranges(search.ground.program))
    told: set[str] = set()
    for define in search.ground.program.defines.values():
        body = define.body
        if define.kind is not DefineKind.TABLE or not isinstance(body, Choose):
            continue
        called = define.name.partition(".")[0]
        table = _Table(search, days, cuts, define, body)
        # The outputs of one table have the same rows, which may agree in one and not in another.
        if called not in told:
            yield from table.found()
        elif body.strategy is Strategy.ANY and not body.disjoint:
            yield from table.overlaps()
        told.add(called)


class _Table:
    def __init__(
        self, search: Search, days: Sequence[date], cuts: Cuts, define: Define, body: Choose
    ) -> None:
        self.search, self.days, self.define, self.body = search, days, define, body
        self.columns: list[Column] = columns_of(body)
        self.every = (1 << len(body.cases)) - 1
        self.parts, self.exact = cuts.parts(self.columns, self.every)
        key = define.key
        self.keys: tuple[str, ...] = key.members if isinstance(key, EnumType) else ("",)

    def found(self) -> Iterator[Finding | Unsettled | Kind]:
        """What is found of the rows of the table."""
        yield Kind.GAP
        body = self.body
        if not (body.complete or body.strategy.takes_none or body.otherwise):
            why = self._why_not()
            yield from self._gaps() if why is None else [self._not_asked(Kind.GAP, why)]
        if body.strategy in (Strategy.UNIQUE, Strategy.ANY):
            yield Kind.OVERLAP
            if not body.disjoint:
                yield from self.overlaps()

    def overlaps(self) -> Iterator[Finding | Unsettled]:
        """Rows that match one case and must not, or not with other values."""
        why = self._why_not()
        yield from self._overlaps() if why is None else [self._not_asked(Kind.OVERLAP, why)]

    def _why_not(self) -> Why | None:
        if prod(len(each) for each in self.parts) > MOST_CASES:
            return Why.CASES
        return Why.ANSWER if self.define.of else None

    def _not_asked(self, kind: Kind, why: Why) -> Unsettled:
        return self._unsettled(kind, why, prod(len(each) for each in self.parts))

    def _gaps(self) -> Iterator[Finding | Unsettled]:
        rows = tuple(range(len(self.body.cases)))
        cases = (case for case in product(*self.parts) if not self._rows(case))
        tried = list(islice(cases, _MOST_TRIED))
        more = sum(1 for _ in cases)
        for case in tried:
            witness = self._witness((), rows, case)
            if witness is not None:
                yield self._finding(Kind.GAP, case, witness, len(tried) + more)
                return
        if tried:
            yield self._unsettled(Kind.GAP, Why.SEARCHED, len(tried) + more)

    def _overlaps(self) -> Iterator[Finding | Unsettled]:
        told: set[tuple[int, int]] = set()
        left = 0
        for case in product(*self.parts):
            rows = self._rows(case)
            if not rows & (rows - 1):
                continue
            held = [i for i in range(len(self.body.cases)) if rows >> i & 1]
            for pair in combinations(held, 2):
                if pair in told or self._say_the_same(pair):
                    continue
                told.add(pair)
                witness = None
                if len(told) <= _MOST_PAIRS:
                    witness = self._witness(pair, (), case)
                if witness is None:
                    left += 1
                else:
                    yield self._finding(Kind.OVERLAP, case, witness, 1, pair)
        if left:
            yield self._unsettled(Kind.OVERLAP, Why.SEARCHED, left)

    def _say_the_same(self, pair: tuple[int, int]) -> bool:
        one, other = (self.body.cases[row].value for row in pair)
        return self.body.strategy is Strategy.ANY and one == other

    def _rows(self, case: Sequence[Part]) -> int:
        rows = self.every
        for part in case:
            rows &= part.rows
        return rows

    def _witness(
        self, yes: tuple[int, ...], no: tuple[int, ...], case: Sequence[Part]
    ) -> tuple[Witness, str] | None:
        """A manifest of a case, and for which member of the table's key."""
        start = self._start(case)
        for key in self.keys[:_MOST_TRIED]:
            goal = Matches(table=self.define, body=self.body, yes=yes, no=no, key=key)
            for day in self.days[:2]:
                found = self.search.found(goal, day, start, _MOST_LOOKS)
                if found is not None:
                    return found, key
        return None

    def _start(self, case: Sequence[Part]) -> Document:
        """The open manifest with the fields stated that the columns of a case ask for."""
        document = self.search.ground.opened
        if not self.exact:
            return document
        for column, part in zip(self.columns, case, strict=True):
            slot = self._slot(column.asked)
            value = (
                stated(slot, part.value) if slot is not None and part.value is not None else None
            )
            if slot is not None and value is not None:
                document = state(document, slot.field, value)
        return document

    def _slot(self, asked: Expr) -> Slot | None:
        if not isinstance(asked, InputRef) or asked.key is not None:
            return None
        owners = (PROJECT_PLACE + 1, PROJECT_PLACE)
        meant = tuple(InputSymbol(owner, asked.name, "") for owner in owners)
        return next((slot for slot in self.search.ground.slots if slot.is_meant(meant)), None)

    def _finding(
        self,
        kind: Kind,
        case: Sequence[Part],
        witness: tuple[Witness, str],
        number: int,
        rows: tuple[int, ...] = (),
    ) -> Finding:
        found, key = witness
        value = self.body.cases[rows[0] if rows else 0].value
        text = " ".join(value.origin.text.split()) if isinstance(value, Const) else "unknown"
        name = self.define.name
        return Finding(
            kind=kind,
            name=name,
            origin=self.body.cases[rows[1]].origin if rows else self.define.origin,
            said=", ".join(part.written for part in case if part.written),
            others=tuple(str(self.body.cases[row].origin.place.line) for row in rows[:1])
            or ((str(number),) if number > 1 else ()),
            witness=found,
            expects=f"{name}({key}) = {text}" if key else f"{name} = {text}",
        )

    def _unsettled(self, kind: Kind, why: Why, number: int) -> Unsettled:
        return Unsettled(
            kind=kind,
            name=self.define.name,
            place=self.define.origin.place,
            said="",
            why=why,
            number=number,
        )


def stated(slot: Slot, value: Value) -> Plain:
    """A value as a manifest would state it in a field; None where there is none."""
    match value:
        case Truth():
            return value is YES
        case Members(options=options):
            (word,) = options or ("",)
            return word if word != "\0" else "other"
        case Days(lo=low, hi=high):
            day = low if low is not None else high
            line = slot.field.domain
            grain = line.grain if isinstance(line, Line) else None
            return None if day is None else calendar.write(day, grain or Grain.DAY)
        case Num():
            return _number(slot, range_of(value.poly).range)
        case _:
            return None


def _number(slot: Slot, within: Range) -> Plain:
    """A number of a field within a range of base units, the plainest one."""
    domain = slot.field.domain
    if not isinstance(domain, Line):
        return None
    line, scale = domain.interval, slot.field.unit.scale
    low = within.lo / scale if isinstance(within.lo, Fraction) else line.low
    high = within.hi / scale if isinstance(within.hi, Fraction) else line.high
    beside = max(line.step, min(Fraction(1), (high - low) / 4))
    inside = line.between(
        low + beside if within.lo_open else low, high - beside if within.hi_open else high
    )
    inside = inside or line.between(low, high)
    if inside is None:
        return None
    return plain(slot.field, inside.nearest(Fraction(0) if within.lo_open else inside.low))
