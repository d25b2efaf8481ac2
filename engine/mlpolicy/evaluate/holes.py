"""Holes of a policy: a case of a table that no row matches, a row that a catalogue lacks, a bar
before its first value.

Where one is met, the value is unknown as far as the evaluation goes, so that a condition which
other parts decide is decided. Where a value that is asked for hangs on holes alone, that is a fault
of the policy; where it hangs on more, a fault may come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlpolicy.core.notices import Fault, Figure, NoRow, NoValueYet
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.program import (
    Apply,
    Choose,
    Const,
    Define,
    Expr,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import ConditionSymbol, NameSymbol, NodeSymbol, Role, Symbol
from mlpolicy.core.terms import DefineKind
from mlpolicy.core.values import Members
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Doubt, Env, FaultError, Result, Run
from mlpolicy.evaluate.rows import missed, there
from mlpolicy.evaluate.unknowns import MADE_OF_OTHERS
from mlpolicy.evaluate.values import result
from mlpolicy.source import Place


def ask(found: Result, env: Env, given: Expr | None = None) -> Result:
    """A value that is asked for and not only a part of another one. Where it is unknown by holes
    of the policy alone, raises FaultError; where holes are among what it is unknown by, tells that
    a fault may come of it. It matters only where the condition `given` holds."""
    if found.known or not found.open:
        return found
    run = env.subject.run
    sure = () if given is None else there(given, run.program)
    holes: list[NodeSymbol | NameSymbol] = []
    others: list[Symbol] = []
    for each in found.open:
        symbol = each.of[1] if isinstance(each, ConditionSymbol) else each
        if isinstance(symbol, NodeSymbol | NameSymbol):
            if _is_hole(symbol, run):
                if not (isinstance(symbol, NodeSymbol) and _missed(symbol, run) in sure):
                    holes.append(symbol)
                continue
            if symbol.role in MADE_OF_OTHERS:
                continue
        others.append(each)
    if not holes:
        return found
    # What a price that is missing would be is a part of the hole.
    nodes = {hole.node for hole in holes if isinstance(hole, NodeSymbol)}
    others = [s for s in others if not (isinstance(s, NodeSymbol) and s.node in nodes)]
    if not others:
        fault, place = _fault(holes[0], env, sure=True)
        raise FaultError(fault, place)
    for hole in holes:
        fault, place = _fault(hole, env, sure=False)
        subject = env.subject.place
        run.doubt(("hole", subject, hole), Doubt(subject, fault, tuple(others), place))
    return found


def _missed(symbol: NodeSymbol, run: Run) -> tuple[str, tuple[Expr, ...]] | None:
    """The catalogue and the keys of a row that is missing."""
    if symbol.role is not Role.MISSING:
        return None
    return missed(_column(symbol.node, run), run.program)


def is_hole(symbol: Symbol, run: Run) -> bool:
    """Does a symbol stand for a row that is missing, or for a bar before its first value?"""
    return isinstance(symbol, NodeSymbol | NameSymbol) and _is_hole(symbol, run)


def _is_hole(symbol: NodeSymbol | NameSymbol, run: Run) -> bool:
    if isinstance(symbol, NameSymbol):
        return symbol.role is Role.GAP and symbol.name in run.program.bars
    if symbol.role is Role.GAP:
        return symbol.node in tables(run)
    return symbol.role is Role.MISSING


def tables(run: Run) -> dict[int, Define]:
    """The decision tables of the program, by the ids of their bodies."""
    if run.tables is None:
        run.tables = {
            define.body.id: define
            for define in run.program.defines.values()
            if define.kind is DefineKind.TABLE
        }
    return run.tables


def _fault(symbol: NodeSymbol | NameSymbol, env: Env, *, sure: bool) -> tuple[Fault, Place | None]:
    run = env.subject.run
    if isinstance(symbol, NameSymbol):
        bar = run.program.bars[symbol.name]
        since = min(line.since for line in bar.lines)
        return NoValueYet(symbol.name, since, run.as_of), bar.origin.place
    b = _bindings(symbol)
    table = tables(run).get(symbol.node)
    if table is not None and isinstance(table.body, Choose):
        case = _case(((e.origin.text, e) for e in columns(table.body)), env, b) if sure else ()
        return NoRow(table.table, case, sure), table.origin.place
    expr = _column(symbol.node, run)
    looked_up = missed(expr, run.program)
    assert looked_up is not None
    catalog = run.program.catalogs[looked_up[0]]
    named = zip(catalog.keys, looked_up[1], strict=False)
    return NoRow(catalog.name, _case(named, env, b) if sure else (), sure), expr.origin.place


def _case(
    asked: Iterable[tuple[str, Expr]], env: Env, b: Bindings
) -> tuple[tuple[str, Figure], ...]:
    return tuple((name, Figure(result(expr, env, b).value, expr.type)) for name, expr in asked)


def _bindings(symbol: NodeSymbol) -> Bindings:
    """What the names of an expression stood for where it was met."""
    b = NOTHING_BOUND
    for name, bound in symbol.bound:
        if isinstance(bound, RowId):
            b = b.with_row(bound)
        else:
            b = b.with_name(name, Members(frozenset(bound)))
    return b


def _column(node: int, run: Run) -> Expr:
    """The expression of an id that reads a row: the first one, of several that are equal."""
    if run.columns is None:
        run.columns = {each.id: each for each in run.program.reads.columns}
    return run.columns[node]


def columns(table: Choose) -> Iterator[Expr]:
    """What the rows of a table ask of, each once: what their conditions compare with literals or
    with one another, in order."""
    seen: dict[Expr, None] = {}
    for case in table.cases:
        for condition in _conditions(case.guard):
            seen.setdefault(condition)
    yield from seen


def _conditions(guard: Expr) -> Iterator[Expr]:
    match guard:
        case Const():
            return
        case Apply(operator=operator, operands=operands) if OPERATORS[operator].connects:
            for operand in operands:
                yield from _conditions(operand)
        case Apply(operands=operands) if len(operands) == 2:
            yield next((each for each in operands if not isinstance(each, Const)), operands[0])
        case _:
            yield guard
