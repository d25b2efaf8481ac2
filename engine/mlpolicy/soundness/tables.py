"""What the rows of decision tables leave out, and what they say twice.

The values of each column are cut into parts at the words and numbers that its cells name: within a
part all rows turn out alike. Every combination of parts is a case. One that no row matches is a
gap, one that two rows of a `unique` table match is a fault, and a row that is the first to match no
case is never reached.

A condition that compares with more than literals may hold or not: rows that are never reached
whatever holds are told all the same, and nothing is said of gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product
from math import prod

from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.diagnostics import Label, Severity
from mlpolicy.soundness.cuts import Column, Cuts, Part, add
from mlpolicy.soundness.findings import Findings
from mlpolicy.soundness.ranges import Ranges

#: How many cases of one table are looked at. A table with more is not checked, and that is told.
MOST_CASES = 100_000

#: And of all tables of one policy together.
MOST_CASES_OF_ALL = 500_000

#: Numbers of cases that are larger are not told.
_MOST_COUNTED = 1_000_000_000

#: How many rows that take a case are pointed at.
_TAKERS = 3


@node
class _Case:
    """A combination of parts, and the rows that match it, as bits."""

    written: tuple[str, ...]
    rows: int

    @property
    def first(self) -> int:
        """The bit of the first row that matches; 0 where none does."""
        return self.rows & -self.rows


def check_tables(program: core.Program, cuts: Cuts, findings: Findings) -> None:
    """Reports rows that are never reached, rows that overlap or are doubled, and cases that no row
    matches."""
    for catalog in program.catalogs.values():
        _doubled_rows(catalog, findings)
    cases: list[int] = []
    told: set[str] = set()
    for name in sorted(program.defines):
        define = program.defines[name]
        if define.kind is DefineKind.TABLE and isinstance(define.body, core.Choose):
            _Table(
                define=define,
                body=define.body,
                cuts=cuts,
                cases=cases,
                findings=findings,
                again=define.table in told,
            ).check()
            told.add(define.table)


def prove(program: core.Program) -> core.Program:
    """The program with what is proved of its tables: that no two rows of one match the same case,
    and that some row matches every case; of a table with too many cases neither. What was proved
    before counts for nothing. A condition that compares with more than literals may hold or not, so
    that what is proved holds whatever it does."""
    cuts = Cuts(Ranges(program))
    counts: list[int] = []
    proved: dict[str, core.Define] = {}
    for name in sorted(program.defines):
        define = program.defines[name]
        body = define.body
        if define.kind is not DefineKind.TABLE or not isinstance(body, core.Choose):
            continue
        every = (1 << len(body.cases)) - 1
        parts, _ = cuts.parts(columns_of(body), every)
        disjoint = complete = False
        if _are_looked_at(prod(len(found) for found in parts), counts):
            rows = [_case(combination, every).rows for combination in product(*parts)]
            disjoint = all(not each & (each - 1) for each in rows)
            if not disjoint and body.strategy is Strategy.ANY:
                disjoint = all(_agree(body, each) for each in {*rows})
            complete = all(rows)
        body = replace(body, disjoint=disjoint, complete=complete)
        proved[name] = replace(define, body=body)
    return replace(program, defines={**program.defines, **proved}) if proved else program


def _agree(table: core.Choose, rows: int) -> bool:
    """Do rows, as bits, give the same?"""
    return len({case.value for i, case in enumerate(table.cases) if rows >> i & 1}) < 2


def columns_of(table: core.Choose) -> list[Column]:
    """What the rows of a table ask, each with the cells that ask it."""
    columns: list[Column] = []
    for number, case in enumerate(table.cases):
        for condition in conjuncts(case.guard):
            add(columns, 1 << number, condition)
    return columns


def _are_looked_at(count: int, counts: list[int]) -> bool:
    """Are so many cases few enough, for one table and with those of the tables before?"""
    if count > MOST_CASES or sum(counts) + count > MOST_CASES_OF_ALL:
        return False
    counts.append(count)
    return True


def _doubled_rows(catalog: core.Catalog, findings: Findings) -> None:
    """Rows of a catalogue that are alike in every cell and day."""
    first: dict[object, core.CatalogRow] = {}
    for row in catalog.rows:
        said = (tuple(sorted(row.cells.items(), key=lambda cell: cell[0])), row.since, row.until)
        if said in first:
            labels = (Label(first[said].origin, "the first one"),)
            message = "this row says what another one says"
            findings.warning("MLP0422", message, row.origin, "take one of the two out", labels)
        first.setdefault(said, row)


@dataclass(slots=True, kw_only=True)
class _Table:
    define: core.Define
    body: core.Choose
    cuts: Cuts
    cases: list[int]
    findings: Findings
    again: bool

    def check(self) -> None:
        columns = columns_of(self.body)
        every = (1 << len(self.body.cases)) - 1
        parts, exact = self.cuts.parts(columns, every)
        count = prod(len(found) for found in parts)
        if not _are_looked_at(count, self.cases):
            shown = f"{count:,}" if count <= _MOST_COUNTED else f"more than {_MOST_COUNTED:,}"
            message = f"not checked: {shown} cases of `{self.define.name}`, "
            message += f"and no more than {MOST_CASES:,} of one table are looked at"
            help = "make two tables of it, with fewer columns each"
            self.findings.tell(Severity.NOTE, "MLP0424", message, self.define.origin, help)
            return
        cases = [_case(combination, every) for combination in product(*parts)]
        if self.again:
            # Of a further output only what its own values say.
            if exact and self.body.strategy is Strategy.ANY:
                self._overlaps(cases, columns)
            return
        self._unreached(cases)
        self._doubled()
        if exact:
            # A row that stands where another does may be the one that is missing.
            if not self._overlaps(cases, columns):
                self._gaps(cases)

    # -- what is told ----------------------------------------------------------------------

    def _unreached(self, cases: Sequence[_Case]) -> None:
        first = self.body.strategy.in_order
        reached = 0
        for case in cases:
            reached |= case.first if first else case.rows
        for number, row in enumerate(self.body.cases):
            bit = 1 << number
            if reached & bit:
                continue
            takers = sorted({case.first for case in cases if case.rows & bit})
            rows = [self.body.cases[taker.bit_length() - 1] for taker in takers[:_TAKERS]]
            labels = tuple(Label(taker.origin, "taken here") for taker in rows)
            severity = Severity.ERROR
            if takers:
                message = "this row is never reached: what it matches is taken before it"
                help = "move it up, or take the row out"
                if self.body.strategy is Strategy.PRIORITY:
                    help = "let it give a word that comes first, or take the row out"
                if not list(conjuncts(row.guard)) and number == len(self.body.cases) - 1:
                    # What is left over is nothing: of no use, and no harm either.
                    severity = Severity.WARNING
            elif self.findings.follows(row.guard):
                continue
            else:
                message = "this row is never reached: nothing can be all that it asks for"
                help = "correct a condition, or take the row out"
            self.findings.tell(severity, "MLP0407", message, row.origin, help, labels)

    def _doubled(self) -> None:
        """In the other strategies a doubled row is never reached, or overlaps."""
        if not self.body.strategy.gathers:
            return
        for number, row in enumerate(self.body.cases):
            for other in self.body.cases[:number]:
                if other.guard == row.guard and other.value == row.value:
                    labels = (Label(other.origin, "the first one"),)
                    message = "this row says what another one says"
                    help = "take one of the two out"
                    self.findings.tell(
                        Severity.WARNING, "MLP0422", message, row.origin, help, labels
                    )
                    break

    def _overlaps(self, cases: Sequence[_Case], columns: Sequence[Column]) -> bool:
        """Reports rows that match one case; are there any? Where a column is worked out, the case
        may never occur."""
        if self.body.strategy not in (Strategy.UNIQUE, Strategy.ANY):
            return False
        stated = all(isinstance(column.asked, core.InputRef) for column in columns)
        told: set[tuple[int, int]] = set()
        found = False
        for case in cases:
            rows = [i for i in range(len(self.body.cases)) if case.rows >> i & 1]
            pairs = combinations(rows, 2) if self.body.strategy is Strategy.ANY else pairwise(rows)
            for first, second in pairs:
                if (first, second) in told:
                    continue
                told.add((first, second))
                message = f"two rows of a `unique` table match {_written(case)}"
                if self.body.strategy is Strategy.ANY:
                    if self._says_the_same(first, second):
                        continue
                    message = f"two rows of an `any` table match {_written(case)}, and differ"
                labels = (Label(self.body.cases[first].origin, "the other one"),)
                help = "let them match different cases, or make it a `first` table"
                severity = Severity.ERROR if stated else Severity.WARNING
                place = self.body.cases[second].origin
                self.findings.tell(severity, "MLP0422", message, place, help, labels)
                found = True
        return found

    def _says_the_same(self, *rows: int) -> bool:
        """Do some rows give the same?"""
        return len({self.body.cases[row].value for row in rows}) == 1

    def _gaps(self, cases: Sequence[_Case]) -> None:
        if self.body.strategy.gathers or self.body.otherwise is not None:
            return
        gaps = [case for case in cases if not case.rows]
        if not gaps:
            return
        more = {1: "", 2: ", nor 1 other case"}.get(len(gaps), f", nor {len(gaps) - 1} other cases")
        message = f"no row of `{self.define.table}` matches {_written(gaps[0])}{more}"
        help = (
            "add a row that does, or a last one `| otherwise | -> …`; where it occurs it is a fault"
        )
        self.findings.warning("MLP0423", message, self.define.origin, help)


def conjuncts(guard: core.Expr) -> Iterator[core.Expr]:
    """The conditions that all must hold; none where there is nothing to hold."""
    if isinstance(guard, core.Apply) and OPERATORS[guard.operator].connects is Connects.EVERY:
        for operand in guard.operands:
            yield from conjuncts(operand)
    elif not (isinstance(guard, core.Const) and guard.value is True):
        yield guard


def _case(combination: Sequence[Part], every: int) -> _Case:
    rows = every
    for part in combination:
        rows &= part.rows
    return _Case(tuple(part.written for part in combination), rows)


def _written(case: _Case) -> str:
    return "`" + "`, `".join(case.written) + "`" if case.written else "anything"
