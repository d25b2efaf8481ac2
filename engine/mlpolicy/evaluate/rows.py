"""Rows: catalogues, the manifest's records, shortlists, and what is read from them.

A catalogue is closed: no row means no. Records are open: no entry means that nobody has stated
one, so it is unknown. The rows that a lookup may give are those not surely excluded, up to the
first sure one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction

from mlpolicy.core import calendar
from mlpolicy.core import show as shown
from mlpolicy.core.facts import DeclaredUnknown, Fact
from mlpolicy.core.labels import asked
from mlpolicy.core.node import node
from mlpolicy.core.notices import DatedLater
from mlpolicy.core.numbers import NEG, POS, Range, range_of
from mlpolicy.core.operators.compare import same_member
from mlpolicy.core.program import (
    Apply,
    BestRow,
    CatalogRow,
    ChargeExpr,
    ColumnRef,
    Const,
    DefRef,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    LookupRow,
    Program,
    RecordField,
    RowRef,
    Shortlist,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import PROJECT_PLACE, CellSymbol, EntrySymbol, Role
from mlpolicy.core.trace import Basis
from mlpolicy.core.types import DateType, Type
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Days,
    Members,
    Num,
    Rows,
    Truth,
    Value,
    anything,
    conjunction,
    disjunction,
    is_known,
    truth,
)
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env, FaultError
from mlpolicy.evaluate.inputs import fact_at, read_fact
from mlpolicy.evaluate.values import (
    flag,
    gap,
    joined,
    kept,
    node_symbol,
    read,
    value,
)
from mlpolicy.source import Place


def rows_in_force(table: str, env: Env) -> tuple[CatalogRow, ...]:
    """The rows of a catalogue that hold at the decision's date, in written order.
    (docs/language.md, Catalogues, records, shortlists)"""
    run = env.subject.run
    found = run.rows.get(table)
    if found is None:
        as_of = run.as_of
        found = run.rows[table] = tuple(
            row
            for row in run.program.catalogs[table].rows
            if (row.since is None or row.since <= as_of)
            and (row.until is None or as_of < row.until)
        )
    return found


# ── Which row ────────────────────────────────────────────────────────────────────────────


def lookup(expr: LookupRow, env: Env, b: Bindings) -> Value:
    """`reach[service]`: the rows of that key. (docs/language.md, Catalogues, records,
    shortlists)"""
    found = key_rows(expr.table, expr.keys, env, b)
    wanted = [value(key, env, b) for key in expr.keys]
    sure = has_rows(wanted, {first_key(row, env) for row, _ in found})
    return which(expr, firsts(found, may_be_none=not sure), env, b)


def which(expr: Expr, rows: Rows, env: Env, b: Bindings) -> Value:
    """Which of several rows it is, is a symbol."""
    if len(rows.options) == 1:
        return rows
    return read(env, node_symbol(expr, env, b, Role.ROWS), rows)


def firsts(found: Iterable[tuple[RowId, Truth]], *, may_be_none: bool = True) -> Rows:
    """The rows that may be the first: up to the first sure one, and none where no row is sure."""
    options: list[RowId | None] = []
    for row, verdict in found:
        options.append(row)
        if verdict is YES:
            return Rows(tuple(options), row)
    if may_be_none:
        options.append(None)
    return Rows(tuple(options), None)


def key_rows(
    table: str, keys: tuple[Expr, ...], env: Env, b: Bindings
) -> list[tuple[RowId, Truth]]:
    """The rows whose first key columns may equal the given keys, and how surely."""
    catalog = env.subject.run.program.catalogs[table]
    wanted = [value(k, env, b) for k in keys]
    found: list[tuple[RowId, Truth]] = []
    for i, fact in enumerate(override_rows(table, env)):
        verdict = conjunction(
            [
                _stated_is(fact, k, catalog.columns[k], w)
                for k, w in zip(catalog.keys, wanted, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((RowId(table=table, index=i, of_manifest=True), verdict))
    if any(v is YES for _, v in found):
        return found
    index = _index(table, env)
    first = wanted[0].options if isinstance(wanted[0], Members) else None
    if index is None or first is None:
        tried: Iterable[int] = (written.index for written in rows_in_force(table, env))
    else:
        tried = sorted(i for option in first for i in index.get(option, ()))
        if len(wanted) == 1:
            sure = YES if len(first) == 1 else UNKNOWN
            return [*found, *((RowId(table=table, index=i), sure) for i in tried)]
    for i in tried:
        row = RowId(table=table, index=i)
        verdict = conjunction(
            [
                _cell_is(cell(row, k, catalog.columns[k], env), w)
                for k, w in zip(catalog.keys, wanted, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((row, verdict))
    return found


def _index(table: str, env: Env) -> dict[str, list[int]] | None:
    """The rows in force by their first key, where all of these are plain words."""
    run = env.subject.run
    if table not in run.indexes:
        first = run.program.catalogs[table].keys[0]
        index: dict[str, list[int]] | None = {}
        for row in rows_in_force(table, env):
            written = row.cells.get(first)
            if index is None or not (isinstance(written, Const) and isinstance(written.value, str)):
                index = None
                break
            index.setdefault(written.value, []).append(row.index)
        run.indexes[table] = index
    return run.indexes[table]


def _stated_is(fact: Fact, column: str, of: Type, wanted: Value) -> Truth:
    stated = override_field(fact, column)
    if stated is None:
        return NO
    found = read_fact(stated, of, CellSymbol(PROJECT_PLACE, RowId(table="", index=0), column))
    return _cell_is(found, wanted)


def _cell_is(found: Value, wanted: Value) -> Truth:
    if isinstance(found, Truth):
        assert isinstance(wanted, Truth)
        return UNKNOWN if UNKNOWN in (found, wanted) else truth(found is wanted)
    assert isinstance(found, Members)
    assert isinstance(wanted, Members)
    return same_member(found.options, wanted.options)


def has_row(expr: HasRow, env: Env, b: Bindings) -> Truth:
    """`problem has task`. (docs/language.md, Catalogues, records, shortlists)"""
    found = key_rows(expr.table, expr.keys, env, b)
    verdict = disjunction([v for _, v in found])
    if verdict is UNKNOWN:
        wanted = [value(key, env, b) for key in expr.keys]
        if has_rows(wanted, {first_key(row, env) for row, _ in found}):
            return YES
    return verdict


def has_rows(wanted: Sequence[Value], keys: AbstractSet[str | None]) -> bool:
    """Is every word that the one key of a lookup may be among the keys of some rows?"""
    only = wanted[0]
    if len(wanted) > 1 or not isinstance(only, Members) or not only.options:
        return False
    return only.options <= keys


def first_key(row: RowId, env: Env) -> str | None:
    """The first key of a row of a catalogue, where it is a plain word."""
    if row.of_manifest:
        return None
    catalog = env.subject.run.program.catalogs[row.table]
    written = catalog.rows[row.index].cells.get(catalog.keys[0])
    return written.value if isinstance(written, Const) and isinstance(written.value, str) else None


def first_row(expr: FirstRow, env: Env, b: Bindings) -> Value:
    """`first offering where …`. (docs/language.md, Catalogues, records, shortlists)"""
    found: list[tuple[RowId, Truth]] = []
    for row, verdict in tried_rows(expr, env, b):
        if verdict is not NO:
            found.append((row, verdict))
    return which(expr, firsts(found), env, b)


def tried_rows(expr: FirstRow, env: Env, b: Bindings) -> Iterable[tuple[RowId, Truth]]:
    """The rows in force with the truth of the condition, up to the first that is sure."""
    for written in rows_in_force(expr.table, env):
        row = RowId(table=expr.table, index=written.index)
        verdict = flag(expr.where, env, b.with_row(row))
        yield row, verdict
        if verdict is YES:
            return


# ── Columns ──────────────────────────────────────────────────────────────────────────────


def column(expr: ColumnRef, env: Env, b: Bindings) -> Value:
    """`row.column`: of several rows one of their values; of no row a value that there is not.
    (docs/language.md, Catalogues, records, shortlists)"""
    rows = value(expr.row, env, b)
    assert isinstance(rows, Rows)
    symbol = node_symbol(expr, env, b, Role.JOIN)
    values = [
        cell(row, expr.column, expr.type, env)
        if row is not None
        else read(env, symbol, anything(expr.type, symbol, gap(expr.type)))
        for row in rows.options
    ]
    if None in rows.options:
        found = looks_up(expr.row, env.subject.run.program)
        if found is not None:
            missing(expr, [value(key, env, b) for key in found.keys], env, b)
    return joined(values, symbol, env, expr.type)


def looks_up(expr: Expr, program: Program) -> LookupRow | None:
    """The lookup by which an expression is the row that it is; None where there is none, or it
    cannot be seen at once."""
    match expr:
        case LookupRow():
            return expr
        case DefRef(name=name, key=None, row=None) if name in program.defines:
            found = program.defines[name]
            return None if found.exceptions else looks_up(found.body, program)
        case _:
            return None


def missed(expr: Expr | None, program: Program) -> tuple[str, tuple[Expr, ...]] | None:
    """The catalogue and the keys that an expression looks a row up by which may be missing."""
    match expr:
        case ColumnRef(row=row):
            found = looks_up(row, program)
            return None if found is None else (found.table, found.keys)
        case ChargeExpr(table=table, keys=keys):
            return table, keys
        case _:
            return None


def there(condition: Expr, program: Program) -> list[tuple[str, tuple[Expr, ...]]]:
    """The catalogues and keys of which there is a row where a condition holds, as far as it says
    so: `reach has service and …`."""
    match condition:
        case HasRow(table=table, keys=keys):
            return [(table, keys)]
        case Apply(operator="and", operands=operands):
            return [found for operand in operands for found in there(operand, program)]
        case Apply(operator="or", operands=(first, *rest)):
            each = [there(operand, program) for operand in rest]
            return [found for found in there(first, program) if all(found in e for e in each)]
        case DefRef(name=name, key=None, row=None) if name in program.defines:
            declared = program.defines[name]
            return [] if declared.exceptions else there(declared.body, program)
        case _:
            return []


def missing(expr: Expr, keys: Iterable[Value], env: Env, b: Bindings) -> None:
    """Says that a value hangs on a row that the catalogue lacks. An infeasible answer has no
    outcome, and what is keyed by it no row."""
    for key in keys:
        if isinstance(key, Members) and key.options is not None:
            if not key.options or NO_OUTCOME in key.options:
                return
    symbol = node_symbol(expr, env, b, Role.MISSING)
    env.subject.run.frame.meet(symbol)


def cell(row: RowId, name: str, of: Type, env: Env) -> Value:
    """A column of one row."""
    if not row.of_manifest:
        catalog = env.subject.run.program.catalogs.get(row.table)
        if catalog is not None:
            written = catalog.rows[row.index].cells.get(name)
            if isinstance(written, Const):
                return value(written, env, NOTHING_BOUND)  # rests on nothing
    key = (row, name)
    return kept(env, key, 0, lambda: read_cell(row, name, of, env).value)


@node(kw_only=True, eq=False)
class Cell:
    """A column of a row as read. `written` is the policy's own cell, `place` where the manifest
    states it, `path` the steps of its field where it is a column of an entry."""

    value: Value
    basis: Basis
    place: Place | None = None
    written: Expr | None = None
    meant: Expr | None = None
    refs: tuple[str, ...] = ()


def read_cell(row: RowId, name: str, of: Type, env: Env) -> Cell:
    """Reads a column of a row of a catalogue, of the manifest's list, or of an entry."""
    program = env.subject.run.program
    if row.table in program.records:
        return _read_entry(row, name, env)
    if row.of_manifest:
        return _read_override(row, name, of, env)
    catalog_row = program.catalogs[row.table].rows[row.index]
    written = catalog_row.cells.get(name)
    if written is None:
        symbol = CellSymbol(env.subject.place, row, name)
        found = read(env, symbol, anything(of, symbol))
        return Cell(value=found, basis=Basis.NOT_APPLICABLE, refs=catalog_row.refs)
    found = value(written, env, NOTHING_BOUND)
    basis = Basis.COMPUTED if is_known(found) else Basis.POLICY_UNKNOWN
    return Cell(value=found, basis=basis, written=written, refs=catalog_row.refs)


def override_rows(table: str, env: Env) -> tuple[Fact, ...]:
    """The rows of a catalogue that the manifest states. (docs/language.md, Catalogues, records,
    shortlists)"""
    run = env.subject.run
    path = run.program.catalogs[table].override
    if path is None:
        return ()
    run.ask(table)
    fact = fact_at(path, env, NOTHING_BOUND)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def _read_override(row: RowId, name: str, of: Type, env: Env) -> Cell:
    found = override_field(override_rows(row.table, env)[row.index], name)
    symbol = CellSymbol(env.subject.place, row, name)
    if found is None:
        return Cell(value=read(env, symbol, anything(of, symbol)), basis=Basis.NOT_APPLICABLE)
    stated = read_fact(found, of, symbol)
    if not is_known(stated):
        stated = read(env, symbol, stated)
    return Cell(value=stated, basis=Basis.STATED, place=found.place)


def override_field(fact: Fact, name: str) -> Fact | None:
    """A column of a row the manifest states: the key of that name, or that name with its
    unit appended (`each_usd` for `each`)."""
    if not isinstance(fact.value, Mapping):
        return None
    for key in sorted(fact.value):
        if key == name or key.startswith(f"{name}_"):
            return fact.value[key]
    return None


# ── Entries ──────────────────────────────────────────────────────────────────────────────


def entries(table: str, env: Env) -> tuple[Fact, ...]:
    """The entries of a list that the manifest states."""
    run = env.subject.run
    run.ask(table)
    fact = fact_at(run.program.records[table].path, env, NOTHING_BOUND)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def entry_symbol(row: RowId, name: str, env: Env) -> EntrySymbol:
    """The symbol of a column of an entry."""
    path = env.subject.run.program.records[row.table].path
    return EntrySymbol(env.subject.place if path.scope.is_each else PROJECT_PLACE, row, name)


def _read_entry(row: RowId, name: str, env: Env) -> Cell:
    records = env.subject.run.program.records[row.table]
    declared = records.columns[name]
    low = NEG if declared.low is None else declared.low
    high = POS if declared.high is None else declared.high
    within = Range(low, high, declared.low_open)
    symbol = entry_symbol(row, name, env)

    def unknown() -> Value:
        return read(env, symbol, anything(declared.type, symbol, within))

    if row.index < 0:
        return Cell(value=unknown(), basis=Basis.NOT_MEASURED, place=list_place(row.table, env))
    found = deepest(entries(row.table, env)[row.index], declared.steps)
    if isinstance(found, Place) and name in records.absent:
        meant = records.absent[name]
        assert meant.value is not None
        assumed = value(meant.value, env, NOTHING_BOUND)
        return Cell(
            value=assumed, basis=Basis.ASSUMED, place=found, meant=meant.value, refs=meant.refs
        )
    if isinstance(found, Place):
        return Cell(value=unknown(), basis=Basis.ABSENT, place=found)
    if isinstance(found.value, DeclaredUnknown):
        return Cell(value=unknown(), basis=Basis.DECLARED_UNKNOWN, place=found.place)
    stated = read_fact(found, declared.type, symbol)
    if is_known(stated):
        return Cell(value=stated, basis=Basis.STATED, place=found.place)
    return Cell(value=read(env, symbol, stated), basis=Basis.ESTIMATE, place=found.place)


def deepest(entry: Fact, steps: Sequence[str]) -> Fact | Place:
    """The field of an entry that these steps lead to, or the fact above it that says `unknown`;
    where it is absent, the place of the deepest group that is there."""
    here = entry
    for step in steps:
        if isinstance(here.value, DeclaredUnknown):
            return here
        found = here.get(step)
        if found is None:
            return here.key_place or here.place
        here = found
    return here


def list_place(table: str, env: Env) -> Place | None:
    """Where a list stands, or where it would."""
    path = env.subject.run.program.records[table].path
    fact = fact_at(path, env, NOTHING_BOUND)
    if fact is not None:
        return fact.key_place or fact.place
    subject = env.subject
    if path.scope.is_each and subject.workload:
        return subject.workload.fact.place
    return subject.run.document.project.place


def day_of(row: RowId, by: str, of: Type, fact: Fact, env: Env) -> Days:
    """The point of time in a column of an entry. Raises FaultError where it lies after the day
    decided for; a day begins in the east before it begins where that is told, so that the next is
    no fault."""
    day = cell(row, by, of, env)
    assert isinstance(day, Days)
    as_of = env.subject.run.as_of
    assert isinstance(of, DateType)
    found = None if day.lo is None else calendar.day_of(day.lo, of.grain)
    if found is not None and found > as_of + 1:
        raise FaultError(DatedLater(by, row.index, found, as_of), fact.place)
    return day


def best(expr: BestRow, env: Env, b: Bindings) -> Value:
    """The best entry that meets the condition. Those that state what is wanted come before others;
    among them the first column of the order in which two differ tells. What is left are all that no
    sure one surely excels; where two are alike in every column, it may be either. Records are open:
    where no entry surely meets the condition, there may be one that nobody has stated, so the
    answer may be that one. Raises FaultError where an entry is dated after the day decided for.
    (docs/language.md, Catalogues, records, shortlists)"""
    columns = env.subject.run.program.records[expr.table].columns
    order = [(name, columns[name].type) for name in expr.by]
    stating = [columns[name] for name in expr.stating]
    found: list[tuple[RowId, Truth, tuple[_Between, ...]]] = []
    for i, fact in enumerate(entries(expr.table, env)):
        row = RowId(table=expr.table, index=i)
        verdict = flag(expr.where, env, b.with_row(row)) if expr.where else YES
        rank = (_states(fact, stating), *(_rank(row, n, of, fact, env) for n, of in order))
        if verdict is not NO:
            found.append((row, verdict, rank))
    sure = [rank for _, verdict, rank in found if verdict is YES]
    left = [each for each in found if not any(_excels(rank, each[2]) for rank in sure)]
    options: list[RowId | None] = [row for row, _, _ in left]
    alone = options[0] if len(left) == 1 and left[0][1] is YES else None
    if not sure:
        options.append(_missing_entry(expr, env, b))
    return which(expr, Rows(tuple(options), alone), env, b)


#: Where a number or a day lies, both ends included; None is open.
_Between = tuple[Fraction | int | None, Fraction | int | None]


def _states(fact: Fact, columns: Sequence[RecordField]) -> _Between:
    """1 where an entry states all of the columns, 0 where it lacks one; either where one is stated
    to be unknown."""
    found = [deepest(fact, each.steps) for each in columns]
    if any(isinstance(each, Place) for each in found):
        return 0, 0
    is_open = any(isinstance(f, Fact) and isinstance(f.value, DeclaredUnknown) for f in found)
    return (0 if is_open else 1), 1


def _rank(row: RowId, name: str, of: Type, fact: Fact, env: Env) -> _Between:
    """Where a column of an order lies, of one entry."""
    if isinstance(of, DateType):
        day = day_of(row, name, of, fact, env)
        return day.lo, day.hi
    found = cell(row, name, of, env)
    assert isinstance(found, Num)
    lies = range_of(found.poly).range
    low, high = lies.lo, lies.hi
    return (
        low if isinstance(low, Fraction) else None,
        high if isinstance(high, Fraction) else None,
    )


def _excels(one: tuple[_Between, ...], other: tuple[_Between, ...]) -> bool:
    """Is the first surely better: no column before the one that tells may be worse in it?"""
    for (low, _), (_, high) in zip(one, other, strict=True):
        if low is None or high is None or low < high:
            return False
        if low > high:
            return True
    return False


def _missing_entry(expr: BestRow, env: Env, b: Bindings) -> RowId:
    """The entry that nobody has stated, by the keys that the condition fixes."""
    program = env.subject.run.program
    records = program.records[expr.table]
    wanted = _wanted_keys(expr, env, b)
    keys = tuple((k, wanted[k]) for k in records.keys if k in wanted)
    # Without its keys, what one lookup lacks is not what another does.
    whole = all(k in wanted for k in records.keys)
    of = -1 if whole else expr.id
    ask = asked(records.ask, wanted, program.titles)
    return RowId(table=expr.table, index=-1, keys=keys, of=of, ask=ask)


def _wanted_keys(expr: BestRow, env: Env, b: Bindings) -> dict[str, str]:
    """Which entry is missing: those of its columns that the condition fixes, as shown."""
    wanted: dict[str, str] = {}

    def visit(condition: Expr) -> None:
        match condition:
            case Apply(operator="and", operands=operands):
                for operand in operands:
                    visit(operand)
            case Apply(
                operator="is",
                operands=(ColumnRef(row=RowRef(table=table), column=name), right),
            ) if table == expr.table:
                found = value(right, env, b)
                if is_known(found):
                    wanted[name] = shown.show(found, right.type)
            case _:
                pass

    if expr.where is not None:
        visit(expr.where)
    return wanted


# ── Shortlists ───────────────────────────────────────────────────────────────────────────


@node(eq=False)
class Candidate:
    """A row of a shortlist: whether it remains (`remains`), whether it came through the lists
    before (`earlier`, None: there is none), and what each line said, up to the first no."""

    row: RowId
    remains: Truth
    earlier: Truth | None
    lines: tuple[Truth, ...]


def candidates(name: str, env: Env, b: Bindings) -> list[Candidate]:
    """The rows that come to a shortlist (all of a catalogue's in force, or those its parent does
    not surely drop), with how far down its lines each comes. (docs/language.md, Catalogues,
    records, shortlists)"""
    run = env.subject.run
    program = run.program
    declared = program.shortlists[name]
    run.spend(len(program.catalogs[declared.table].rows))
    if declared.parent:
        before = [
            (c.row, c.remains) for c in candidates(declared.parent, env, b) if c.remains is not NO
        ]
        return [_candidate(declared, row, earlier, env, b) for row, earlier in before]
    rows = rows_in_force(declared.table, env)
    return [
        _candidate(declared, RowId(table=declared.table, index=w.index), None, env, b) for w in rows
    ]


def _candidate(
    declared: Shortlist, row: RowId, earlier: Truth | None, env: Env, b: Bindings
) -> Candidate:
    inner = b.inner().with_row(row)
    lines: list[Truth] = []
    for line in declared.lines:
        lines.append(flag(line.condition, env, inner))
        if lines[-1] is NO:
            break
    before = () if earlier is None else (earlier,)
    return Candidate(row, conjunction([*before, *lines]), earlier, tuple(lines))


def any_remains(name: str, env: Env, b: Bindings) -> Truth:
    """`any proven`: does any row of the shortlist remain? (docs/language.md, Catalogues, records,
    shortlists)"""
    program = env.subject.run.program
    parent = program.shortlists[name].parent
    rows = candidates(name, env, b)
    verdict = disjunction([c.remains for c in rows])
    if verdict is UNKNOWN and parent and _lines_are_sure(rows):
        # Whatever comes through the list before comes through this one.
        said = program.reads.remaining.get(parent)
        return flag(said, env, b) if said is not None else any_remains(parent, env, b)
    return verdict


def _lines_are_sure(rows: list[Candidate]) -> bool:
    """Does every row that came this far surely meet the shortlist's own lines?"""
    return all(
        all(line is YES for line in c.lines)
        for c in rows
        if c.earlier is not None and c.earlier is not NO
    )


def first_remaining(expr: FirstRemaining, env: Env, b: Bindings) -> Value:
    """`first proven`. (docs/language.md, Catalogues, records, shortlists)"""
    rows = candidates(expr.shortlist, env, b)
    found = [(c.row, c.remains) for c in rows if c.remains is not NO]
    said = env.subject.run.program.reads.remaining.get(expr.shortlist)
    inner = b.inner()
    remains = (
        flag(said, env, inner) if said is not None else any_remains(expr.shortlist, env, inner)
    )
    rows_ = firsts(found, may_be_none=remains is not YES)
    if not rows_.options:
        rows_ = Rows((None,))
    if len(rows_.options) == 1 and rows_.options[0] is not None and rows_.sure is None:
        rows_ = Rows(rows_.options, rows_.options[0])
    return which(expr, rows_, env, b)
