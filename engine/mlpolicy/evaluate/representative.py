"""A value as it is shown where it is open: of several rows the sure one, else the first; of
several cases the first that surely applies, else what is left. It is never used for what is
firm: it picks, one after another, what the open symbols `ROWS` and `CASE` stand for."""

from __future__ import annotations

from mlpolicy.core.program import Choose, Expr
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import NodeSymbol, Role
from mlpolicy.core.values import YES, Members, Rows, Value
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env
from mlpolicy.evaluate.values import result

#: How many choices are picked at the most.
_PICKS = 64


def preferred(expr: Expr, env: Env, b: Bindings = NOTHING_BOUND) -> Value:
    """The value as it is shown: the known one; else the representative, if that is one of what is
    possible. (docs/language.md, Possible, shown, provisional)"""
    exact = result(expr, env, b)
    if exact.known:
        return exact.value
    picked = result(expr, picking(expr, env, b), b).value
    match exact.value, picked:
        case Members(options=possible), Members(options=names) if possible and names:
            return picked if names <= possible else exact.value
        case _:
            return picked


def picking(expr: Expr, env: Env, b: Bindings = NOTHING_BOUND) -> Env:
    """The environment in which what is open in an expression has been picked."""
    for _ in range(_PICKS):
        found = result(expr, env, b)
        if found.known:
            return env
        symbol = next(
            (
                s
                for s in found.open
                if isinstance(s, NodeSymbol)
                and s.role in (Role.ROWS, Role.CASE)
                and s not in env.refined
            ),
            None,
        )
        if symbol is None:
            return env
        env = env.narrow(symbol, _pick(symbol, env, b))
    return env


def _pick(symbol: NodeSymbol, env: Env, b: Bindings) -> Rows:
    expr = env.subject.run.exprs[symbol.node]
    inner = _bindings(symbol, b)
    if isinstance(expr, Choose):
        for i, case in enumerate(expr.cases):
            if result(case.guard, env, inner).value is YES:
                return _row(i)
        return _row(len(expr.cases))
    rows = result(expr, env, inner).value
    assert isinstance(rows, Rows)
    if rows.sure is not None:
        return Rows((rows.sure,), rows.sure)
    first = next((row for row in rows.options if row is not None), None)
    return Rows((first,), first)


def _row(index: int) -> Rows:
    row = RowId(table="", index=index)
    return Rows((row,), row)


def _bindings(symbol: NodeSymbol, b: Bindings) -> Bindings:
    """What the names stood for where the symbol was met."""
    inner = Bindings((), (), b.answer, b.choice)
    for name, bound in symbol.bound:
        if isinstance(bound, RowId):
            inner = inner.with_row(bound)
        else:
            inner = inner.with_name(name, Members(frozenset(bound)))
    return inner
