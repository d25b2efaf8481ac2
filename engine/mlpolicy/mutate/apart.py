"""In which tests a faulty part of a policy comes to something else than the part as it stands.

A test cannot notice a fault where all that it evaluates comes to the same with the fault in it. So
each test is run once, with the policy as it stands; wherever it evaluates an expression in which
faults are made, each faulty one is evaluated there too, and compared. What is known and the same
cannot change what follows. A value that is not known, and a fault, count as something else: what
is assumed of it may differ.

What is no expression is compared where it is asked for: a line of a bar in the expressions that
read the bar, a cell in those that read its column; of several rows that it may be, by what the
column may be then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mlpolicy.core.node import node
from mlpolicy.core.numbers import range_of
from mlpolicy.core.program import (
    Bar,
    BarRef,
    CatalogRow,
    ChargeExpr,
    Choose,
    ColumnRef,
    Const,
    Dated,
    DefRef,
    ExpectedInput,
    ExpectedState,
    Expr,
    IfNode,
    InputRef,
    PolicyTest,
    Program,
    Typed,
)
from mlpolicy.core.symbols import Role
from mlpolicy.core.types import RowType
from mlpolicy.core.values import UNKNOWN, Members, Num, Rows, Value, anything, is_known, join
from mlpolicy.core.visit import Node, children, map_children, walk
from mlpolicy.evaluate.env import Bindings, Env, FaultError, Frame, Observer, Run
from mlpolicy.evaluate.names import line_in_force
from mlpolicy.evaluate.rows import cell
from mlpolicy.evaluate.values import gap, node_symbol, result
from mlpolicy.mutate.mutants import PARTS, Mutant
from mlpolicy.schema import Schema
from mlpolicy.testing import TestResult, run_test


class _OpenError(Exception):
    """A condition that belongs to no program is not known: nothing can be assumed of it."""


#: Says whether something turns out otherwise where an expression came to a value.
Otherwise = Callable[[Value, Env, Bindings], bool]


@node
class Met:
    """By numbers of mutants: those that a test comes to, and those of them that come to something
    else there."""

    reached: frozenset[int]
    apart: frozenset[int]


NOTHING_MET = Met(frozenset(), frozenset())


class Watch:
    """What to compare, for some mutants of a program, where an expression is evaluated."""

    def __init__(self, program: Program, mutants: Sequence[Mutant]) -> None:
        self._program = program
        self._count = len(mutants)
        self._at: dict[int, list[tuple[int, Otherwise]]] = {}
        #: By mutant the rule or obligation that it is of: what becomes of it is seen by the tests
        #: that ask for it alone, unless it ends in a fault, which is one of the whole workload.
        self._of = {
            number: mutant.name
            for number, mutant in enumerate(mutants)
            if mutant.part in ("rules", "obligations")
        }
        #: Does the test that is run ask what settles an answer, or does not?
        self._settles = False
        self._uses = _uses(program)
        for number, mutant in enumerate(mutants):
            declared = getattr(program, mutant.part)[mutant.name]
            for expr, otherwise in self._compared(mutant, declared):
                self._at.setdefault(expr.id, []).append((number, otherwise))

    def met(self, test: PolicyTest, schema: Schema) -> tuple[TestResult, Met]:
        """How a test goes with the policy as it stands, and which mutants it can tell from it. One
        that replaces bars is a policy of its own: it may notice any."""
        if test.bars:
            every = frozenset(range(self._count))
            return run_test(test, self._program, schema), Met(every, every)
        reached: set[int] = set()
        apart: set[int] = set()
        self._settles = any(isinstance(each, ExpectedInput) for each in test.expected)
        asked = {each.name for each in test.expected if isinstance(each, ExpectedState)}
        unasked = {number for number, name in self._of.items() if name not in asked}

        def begun(run: Run) -> None:
            meaning = run.meaning

            def watched(expr: Expr, env: Env, b: Bindings) -> Value:
                here = self._at.get(expr.id)
                if here is None:
                    found = meaning(expr, env, b)
                    if found is UNKNOWN and expr.id < 0 and env.subject.run.observer is _ASIDE:
                        raise _OpenError
                    return found
                reached.update(number for number, _ in here if number not in unasked)
                try:
                    found = meaning(expr, env, b)
                except FaultError:
                    apart.update(number for number, _ in here)
                    raise
                for number, otherwise in here:
                    if number not in apart:
                        shows = _aside(otherwise, found, env, b)
                        if shows is FAULT or (shows and number not in unasked):
                            apart.add(number)
                return found

            run.meaning = watched

        result = run_test(test, self._program, schema, begun=begun)
        return result, Met(frozenset(reached | apart), frozenset(apart))

    # ── What is compared ─────────────────────────────────────────────────────────────────

    def _compared(self, mutant: Mutant, declared: Node) -> Iterator[tuple[Expr, Otherwise]]:
        """The expressions in which a mutant shows, each with what says that it does."""
        path = [*_path(declared, mutant.declaration)]
        was, is_ = path[-1]
        if isinstance(was, IfNode):
            yield was.condition, _always
        elif isinstance(was, Typed) and not isinstance(was, Const):
            yield was, _unlike(_unnumbered(was, is_))
        elif mutant.part == "bars":
            yield from self._of_bar(mutant.name, declared, path)
        elif mutant.part == "catalogs":
            yield from self._of_cell(mutant.name, path)
        elif mutant.part in ("defines", "scores"):
            yield from ((each, _always) for each in self._uses.get((DefRef, mutant.name), ()))
        elif mutant.part == "inputs":
            yield from ((each, _always) for each in self._uses.get((InputRef, mutant.name), ()))
        else:
            assert isinstance(was, Typed)
            yield was, _always

    def _of_bar(
        self, name: str, declared: Node, path: Sequence[tuple[Node, Node]]
    ) -> Iterator[tuple[Expr, Otherwise]]:
        """Where a bar is read: of a line in force without exceptions, what reads it comes to
        something else with the other value."""
        assert isinstance(declared, Bar)
        line, made = path[-2][0], path[-1][1]
        for use in self._uses.get((BarRef, name), ()):
            if not isinstance(line, Dated) or declared.exceptions or not isinstance(made, Const):
                yield use, _always
                continue
            other = _instead(use, name, replace(made, id=-1))
            yield use, _in_force(declared, line, _unlike(_unnumbered(use, other)))

    def _of_cell(
        self, table: str, path: Sequence[tuple[Node, Node]]
    ) -> Iterator[tuple[Expr, Otherwise]]:
        """Where a cell of a row is read, or may decide which rows there are."""
        was = path[-1][0]
        row = next(was for was, _ in path if isinstance(was, CatalogRow))
        columns = {name for name, cell in row.cells.items() if cell is was}
        catalog = self._program.catalogs[table]
        if columns & {*catalog.keys}:
            yield from ((each, _always) for each in self._uses.get(("table", table), ()))
            return
        keys = [row.cells.get(key) for key in catalog.keys]
        for each in self._uses.get(("table", table), ()):
            match each:
                case ColumnRef(column=column) if column in columns:
                    yield each, self._of_row(each, row.index, _unnumbered(*path[-1]))
                case ChargeExpr():
                    yield each, _of_keys(each.keys, keys)
                case _:
                    pass

    def _of_row(self, column: ColumnRef, index: int, made: Expr) -> Otherwise:
        """Where the row with another cell is one of those that an expression may be, and what the
        column may be is not the same with it. (Which of several values it is, is asked by nothing
        but the search for what settles an answer: what is assumed of the column is assumed of what
        it may be.)"""

        def otherwise(found: Value, env: Env, b: Bindings) -> bool:
            rows = result(column.row, env, b).value
            if not isinstance(rows, Rows):
                return True
            here = [
                each is not None and not each.of_manifest and each.index == index
                for each in rows.options
            ]
            if not any(here):
                return False
            if self._settles or len(here) == 1:
                return True
            of, symbol = column.type, node_symbol(column, env, b, Role.JOIN)
            was = [
                cell(each, column.column, of, env)
                if each is not None
                else anything(of, symbol, gap(of))
                for each in rows.options
            ]
            other = result(made, env, b).value
            is_ = [other if mine else value for mine, value in zip(here, was, strict=True)]
            return not _same(join(was, symbol), join(is_, symbol))

        return otherwise


def _uses(program: Program) -> Mapping[object, Sequence[Expr]]:
    """Where what is declared is read: for a bar the outermost expressions that name it, for a
    definition or an input those that are it, for a catalogue those that read of its rows."""
    found: dict[object, dict[int, Expr]] = {}
    declared = [each for part in (*PARTS, "records", "reports") for each in _of(program, part)]
    for outer in _outermost([*declared, *program.tests]):
        for each in walk(outer):
            match each:
                case BarRef(name=name):
                    found.setdefault((BarRef, name), {})[outer.id] = outer
                case DefRef(name=name) | InputRef(name=name):
                    found.setdefault((type(each), name), {})[each.id] = each
                case ColumnRef(row=row) if isinstance(row.type, RowType):
                    found.setdefault(("table", row.type.table), {})[each.id] = each
                case Typed() if isinstance(table := getattr(each, "table", None), str):
                    found.setdefault(("table", table), {})[each.id] = each
                case _:
                    pass
    return {key: tuple(each.values()) for key, each in found.items()}


def _of(program: Program, part: str) -> Iterable[Node]:
    declared: Mapping[str, Node] = getattr(program, part)
    return declared.values()


def _outermost(nodes: Iterable[Node]) -> Iterator[Expr]:
    waiting = [*nodes]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Typed):
            yield here
        else:
            waiting.extend(children(here))


def _path(was: Node, is_: Node) -> Iterator[tuple[Node, Node]]:
    """From a declaration and what it became down to the outermost expression that differs, or to
    what differs and is no expression."""
    while True:
        yield was, is_
        if isinstance(was, Typed) or type(was) is not type(is_):
            return
        below = [
            (one, other)
            for one, other in zip(children(was), children(is_), strict=True)
            if one is not other
        ]
        if len(below) != 1:
            return
        ((was, is_),) = below


def _unnumbered(was: Node, is_: Expr | Node) -> Expr:
    """What an expression became, without the ids of what it was: what is kept of the one is not
    true of the other, nor is what is proved of its cases."""
    kept = {id(each) for each in walk(was)}

    def bare(here: Node) -> Node:
        if id(here) in kept:
            return here
        made = map_children(here, bare)
        if isinstance(made, Choose):
            return replace(made, id=-1, disjoint=False, complete=False)
        return replace(made, id=-1) if isinstance(made, Typed) else made

    made = bare(is_)
    assert isinstance(made, Typed)
    return made


def _instead(here: Expr, name: str, made: Const) -> Expr:
    """An expression with a value in place of a bar."""

    def put(each: Node) -> Node:
        if isinstance(each, BarRef) and each.name == name:
            return made
        return map_children(each, put)

    found = put(here)
    assert isinstance(found, Typed)
    return found


FAULT = None

#: Is told what is met while something is only compared.
_ASIDE = Observer()

# ── When it shows ────────────────────────────────────────────────────────────────────────


def _aside(otherwise: Otherwise, found: Value, env: Env, b: Bindings) -> bool | None:
    """Does it show? `FAULT` where it ends in one. Nothing that is evaluated meanwhile counts for
    the run."""
    run = env.subject.run
    before = run.frame, run.observer, run.told, run.spent
    run.frame, run.observer, run.told = Frame(), _ASIDE, set()
    try:
        return otherwise(found, env, b)
    except FaultError:
        return FAULT
    except _OpenError:
        return True
    finally:
        run.frame, run.observer, run.told, run.spent = before


def _same(one: Value, other: Value) -> bool:
    """May two values be the same? Of numbers that are not known, what they lie between counts."""
    if isinstance(one, Num) and isinstance(other, Num):
        return one == other and range_of(one.poly).range == range_of(other.poly).range
    return one == other


def _always(found: Value, env: Env, b: Bindings) -> bool:
    return True


def _unlike(made: Expr) -> Otherwise:
    """Where what was made of the expression comes to another value, or one of them is open."""

    def otherwise(found: Value, env: Env, b: Bindings) -> bool:
        other = result(made, env, b).value
        return not is_known(found) or not is_known(other) or found != other

    return otherwise


def _in_force(declared: Bar, line: Dated, otherwise: Otherwise) -> Otherwise:
    """The same on days on which a line of a bar holds."""
    return lambda found, env, b: (
        line_in_force(declared, env.subject.run.as_of) is line and otherwise(found, env, b)
    )


def _of_keys(asked: Sequence[Expr], keys: Sequence[Expr | None]) -> Otherwise:
    """Where a row with these keys may be one that is asked for."""

    def otherwise(found: Value, env: Env, b: Bindings) -> bool:
        for expr, key in zip(asked, keys, strict=False):  # the tiers of one key are its rows
            member = result(expr, env, b).value
            if (
                isinstance(key, Const)
                and isinstance(member, Members)
                and member.options is not None
                and key.value not in member.options
            ):
                return False
        return True

    return otherwise
