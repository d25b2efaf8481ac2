"""What a manifest states is read before anything is decided on it.

So a fault in it is found whatever would have asked for it, and a condition whose value cannot
matter any more need not be evaluated to find it (`Known.safe`).
"""

from __future__ import annotations

from mlpolicy.core.program import Input
from mlpolicy.core.rows import RowId
from mlpolicy.core.types import EnumType
from mlpolicy.evaluate.env import NOTHING_BOUND, Env, Frame
from mlpolicy.evaluate.inputs import fact_at, input_bindings, read_input
from mlpolicy.evaluate.rows import cell, day_of, entries, override_rows
from mlpolicy.evaluate.values import result


def read_all(env: Env) -> None:
    """Reads every input that is stated, and every word and day of a stated list.

    Raises FaultError where two written forms of an input differ, a number lies outside its
    range, a word is none that the policy knows, or an entry of which the best is asked for is
    dated after the day decided for (docs/language.md, Errors).
    """
    run = env.subject.run
    outer, run.frame = run.frame, Frame()
    try:
        _inputs(env)
        _entries(env)
        _overrides(env)
    finally:
        run.frame = outer


def _inputs(env: Env) -> None:
    program, ahead = env.subject.run.program, env.subject.ahead
    has_read = ahead.has_read if ahead is not None else frozenset()
    for name, plain in program.reads.inputs.items():
        if name in has_read:
            continue
        if _is_stated(program.inputs[name], "", env):
            result(plain, env, NOTHING_BOUND)
    for declared in program.inputs.values():
        if declared.name in has_read:
            continue
        for key in declared.key.members if declared.key is not None else ():
            if _is_stated(declared, key, env):
                read_input(declared, key, env, NOTHING_BOUND)


def _is_stated(declared: Input, key: str, env: Env) -> bool:
    b = input_bindings(declared, key, NOTHING_BOUND)
    return any(
        fact_at(path, env, b) is not None for source in declared.sources for path in source.paths
    )


def _entries(env: Env) -> None:
    program = env.subject.run.program
    for table, records in program.records.items():
        dated = dict(program.reads.dated).get(table, ())
        for i, fact in enumerate(entries(table, env)):
            row = RowId(table=table, index=i)
            for name, column in records.columns.items():
                if isinstance(column.type, EnumType):
                    cell(row, name, column.type, env)
            for by in dated:
                day_of(row, by, records.columns[by].type, fact, env)


def _overrides(env: Env) -> None:
    for table, catalog in env.subject.run.program.catalogs.items():
        for i in range(len(override_rows(table, env))):
            for name, of in catalog.columns.items():
                if isinstance(of, EnumType):
                    cell(RowId(table=table, index=i, of_manifest=True), name, of, env)
