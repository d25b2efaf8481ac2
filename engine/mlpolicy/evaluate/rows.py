"""Rows: catalogues, the manifest's records, shortlists, and what is read from them.

A catalogue is closed: no row means no. Records are open: no entry means that nobody has stated
one, so it is unknown. The rows that a lookup may give are those not surely excluded, up to the
first sure one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlpolicy.core import show as shown
from mlpolicy.core.facts import DeclaredUnknown, Fact
from mlpolicy.core.numbers import (
    EVERYTHING,
    NEG,
    POS,
    ZERO,
    Range,
    range_of,
)
from mlpolicy.core.program import (
    AndExpr,
    AnyRemains,
    AsOf,
    CatalogRow,
    ColumnRef,
    Const,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    IsExpr,
    KeyHole,
    LatestRow,
    LookupRow,
    PathRef,
    Program,
    RowRef,
    Shortlist,
)
from mlpolicy.core.trace import Basis, Dropped, StepKind
from mlpolicy.core.types import (
    FLAG,
    FlagType,
    Quantity,
    Type,
)
from mlpolicy.core.values import (
    NO,
    UNKNOWN,
    YES,
    Days,
    Members,
    Num,
    RowId,
    Rows,
    Truth,
    anything,
    conjunction,
    disjunction,
    is_known,
    truth,
)
from mlpolicy.evaluate.inputs import fact_at, path_name, read_fact
from mlpolicy.evaluate.logic import options_of, same_member
from mlpolicy.evaluate.nodes import (
    flag_of,
    joined,
    joined_slot,
    narrowed_to,
    node_of,
    said_here,
    value_of,
    watch,
)
from mlpolicy.evaluate.state import (
    Bindings,
    Candidate,
    Env,
    FaultError,
    Node,
    Slot,
)
from mlpolicy.source import Place

NOTHING = Bindings()


def rows_in_force(table: str, env: Env) -> tuple[CatalogRow, ...]:
    """The rows of a catalogue that hold at the decision's date, in written order."""
    as_of = env.subject.run.as_of
    return tuple(
        row
        for row in env.subject.run.program.catalogs[table].rows
        if (row.since is None or row.since <= as_of) and (row.until is None or as_of < row.until)
    )


def row_label(row: RowId, program: Program) -> str:
    """A row by its keys and first word after them, as a person would name it."""
    if row.table in program.catalogs:
        catalog = program.catalogs[row.table]
        if row.tag == "!":
            return f"{row.table} of the project, row {row.index + 1}"
        cells = catalog.rows[row.index].cells
        names = []
        for column in catalog.columns:
            cell = cells.get(column)
            if (
                isinstance(cell, Const)
                and isinstance(cell.value, str)
                and not isinstance(cell.type, FlagType)
            ):
                names.append(cell.value)
            if len(names) == len(catalog.keys) + 1:
                break
        return f"{row.table} {' / '.join(names) or row.index + 1}"
    if row.index < 0:
        return f"{row.table} {row.tag}: none is stated"
    return f"{row.table} {row.index + 1}"


def column(expr: ColumnRef, env: Env, b: Bindings) -> Node:
    rows = value_of(expr.row, env, b)
    assert isinstance(rows.value, Rows)
    nodes = tuple(
        _cell(row, expr, env) if row is not None else _no_row(expr, env, b)
        for row in considered(rows.value, env)
    )
    kept = () if isinstance(expr.row, RowRef) else (rows,)
    if len(nodes) == 1:
        node = nodes[0]
        if not kept:
            return node
        return Node(
            StepKind.COLUMN,
            expr.column,
            node.value,
            node.type,
            expr.origin,
            (*kept, node),
            None,
            node.refs,
            node.place,
        )
    label = said_here(expr, b)
    value = joined([n.value for n in nodes], label, env, nodes)
    slot = joined_slot(label, env)
    return node_of(StepKind.COLUMN, expr.column, value, expr, (*kept, *nodes), slot=slot)


def considered(rows: Rows, env: Env) -> tuple[RowId | None, ...]:
    """The rows a column is read from: all, or the one preferred for showing."""
    if not env.prefer or len(rows.options) == 1:
        return rows.options
    if rows.sure is not None:
        return (rows.sure,)
    return (next((r for r in rows.options if r is not None), None),)


def _no_row(expr: ColumnRef, env: Env, b: Bindings) -> Node:
    # The same unknown as where there may be a row: what was assumed of it stays assumed.
    slot = f"{env.subject.prefix}={said_here(expr, b)}"
    within = Range(ZERO, POS) if isinstance(expr.type, Quantity) else EVERYTHING
    value = narrowed_to(env, slot, anything(expr.type, slot, within))
    return node_of(StepKind.COLUMN, expr.column, value, expr, basis=Basis.NO_ROW, slot=slot)


def _cell(row: RowId, expr: ColumnRef, env: Env) -> Node:
    key = ("cell", row, expr.column)
    node = env.recall(key)
    if node is None:
        node = read_cell(row, expr.column, expr.type, env, expr)
        env.remember(key, node)
    return node


def read_cell(row: RowId, column: str, of: Type, env: Env, expr: Expr) -> Node:
    program = env.subject.run.program
    if row.table in program.records:
        return _record_field(row, column, env, expr)
    name = f"{row.table}.{column}"
    if row.tag == "!":
        return _override_cell(row, column, of, env, expr)
    written = program.catalogs[row.table].rows[row.index]
    cell = written.cells.get(column)
    if cell is None:
        slot = f"{env.subject.prefix}none:{row}.{column}"
        return Node(
            StepKind.CELL,
            name,
            anything(of, slot),
            of,
            written.origin,
            refs=written.refs,
            own=frozenset((slot,)),
            basis=Basis.NOT_APPLICABLE,
        )
    inner = value_of(cell, env, Bindings())
    # What the policy itself leaves open is asked of the policy, by its place.
    asks = () if is_known(inner.value) else (str(cell.origin.place),)
    return Node(
        StepKind.CELL,
        name,
        inner.value,
        of,
        cell.origin,
        detail=inner.detail,
        refs=written.refs,
        asks=asks,
        own=inner.slots,
        basis=inner.basis,
        taken=inner.taken,
    )


def _override_rows(table: str, env: Env) -> tuple[Fact, ...]:
    path = env.subject.run.program.catalogs[table].override
    if path is None:
        return ()
    fact = fact_at(path, env, NOTHING)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def _override_cell(row: RowId, column: str, of: Type, env: Env, expr: Expr) -> Node:
    fact = _override_rows(row.table, env)[row.index]
    found = _override_field(fact, column)
    slot = f"{env.subject.prefix}{row}.{column}"
    if found is None:
        return Node(
            StepKind.CELL,
            f"{row.table}.{column}",
            anything(of, slot),
            of,
            expr.origin,
            own=frozenset((slot,)),
            basis=Basis.NOT_APPLICABLE,
        )
    return Node(
        StepKind.CELL,
        f"{row.table}.{column}",
        read_fact(found, of, slot),
        of,
        expr.origin,
        place=found.place,
    )


def _override_field(fact: Fact, column: str) -> Fact | None:
    """A column of a row the manifest states: the key of that name, or that name with its
    unit appended (`each_usd` for `each`)."""
    if not isinstance(fact.value, Mapping):
        return None
    for key in sorted(fact.value):
        if key == column or key.startswith(f"{column}_"):
            return fact.value[key]
    return None


def _record_field(row: RowId, column: str, env: Env, expr: Expr) -> Node:
    records = env.subject.run.program.records[row.table]
    declared = records.columns[column]
    name = f"{row.table}.{column}"
    within = Range(
        NEG if declared.low is None else declared.low,
        POS if declared.high is None else declared.high,
        declared.low_open,
    )
    prefix = env.subject.prefix if records.path.scope == "workload" else ""
    if row.index < 0:
        slot = f"{prefix}record:{row.table}[{row.tag}{row.of}].{column}"
        path = f"{path_name(records.path)}[{row.tag}]" if row.tag else path_name(records.path)
        place = _list_place(records.path, env)
        watch(
            env,
            Slot(slot, path, name, row.ask, declared.type, within, False, "unmeasured", place),
        )
        value = narrowed_to(env, slot, anything(declared.type, slot, within))
        return Node(
            StepKind.ENTRY,
            name,
            value,
            declared.type,
            records.origin,
            place=place,
            asks=(path,),
            own=frozenset((slot,)),
            basis=Basis.NOT_MEASURED,
        )
    fact = _entries(row.table, env)[row.index]
    found = _deepest(fact, column)
    slot = f"{prefix}record:{row.table}[{row.index}].{column}"
    path = f"{path_name(records.path)}[{row.index}].{column}"
    if isinstance(found, Place) and column in records.absent:
        meant = records.absent[column]
        assert meant.value is not None
        inner = value_of(meant.value, env, NOTHING)
        return Node(
            StepKind.ENTRY,
            name,
            inner.value,
            declared.type,
            records.origin,
            refs=meant.refs,
            place=found,
            asks=(path,),
            own=inner.slots,
            basis=Basis.ASSUMED,
        )
    if isinstance(found, Place) or isinstance(found.value, DeclaredUnknown):
        place = found if isinstance(found, Place) else found.place
        ask = _asked(records.asks.get(column, ()), lambda key: _stated_key(fact, key))
        watch(env, Slot(slot, path, name, ask, declared.type, within, False, "absent", place))
        value = narrowed_to(env, slot, anything(declared.type, slot, within))
        basis = Basis.ABSENT if isinstance(found, Place) else Basis.DECLARED_UNKNOWN
        return Node(
            StepKind.ENTRY,
            name,
            value,
            declared.type,
            records.origin,
            place=place,
            asks=(path,),
            own=frozenset((slot,)),
            basis=basis,
        )
    value = read_fact(found, declared.type, slot)
    asks: tuple[str, ...] = ()
    if isinstance(value, Num) and not is_known(value):
        asks = (path,)
        extent = range_of(value.poly).range
        watch(
            env,
            Slot(
                slot,
                path,
                name,
                _asked(records.asks.get(column, ()), lambda key: _stated_key(fact, key)),
                declared.type,
                extent,
                False,
                "estimate",
                found.place,
            ),
        )
        value = narrowed_to(env, slot, value)
    own = frozenset((slot,)) if asks else frozenset()
    return Node(
        StepKind.ENTRY,
        name,
        value,
        declared.type,
        records.origin,
        place=found.place,
        asks=asks,
        own=own,
        basis=Basis.ESTIMATE if asks else Basis.STATED,
    )


def _deepest(entry: Fact, column: str) -> Fact | Place:
    """The field of an entry at a path such as `confidence_interval.low`, or the fact above it
    that says `unknown`; where it is absent, the place of the deepest group that is there."""
    here = entry
    for step in column.split("."):
        if isinstance(here.value, DeclaredUnknown):
            return here
        found = here.get(step)
        if found is None:
            return here.key_place or here.place
        here = found
    return here


def _asked(question: tuple[str | KeyHole, ...], stated: Callable[[str], str]) -> str:
    """A question about an entry, its keys filled in: `the system` where one is not known."""
    return "".join(
        part if isinstance(part, str) else stated(part.key) or f"the {part.key}"
        for part in question
    )


def _stated_key(entry: Fact, key: str) -> str:
    found = entry.get(key)
    return found.value if found is not None and isinstance(found.value, str) else ""


def _entries(table: str, env: Env) -> tuple[Fact, ...]:
    fact = fact_at(env.subject.run.program.records[table].path, env, NOTHING)
    return fact.value if fact is not None and isinstance(fact.value, tuple) else ()


def _list_place(path: PathRef, env: Env) -> Place | None:
    fact = fact_at(path, env, NOTHING)
    if fact is not None:
        return fact.key_place or fact.place
    subject = env.subject
    if path.scope == "workload" and subject.workload:
        return subject.workload.fact.place
    return subject.run.document.project.place


def key_rows(
    table: str, keys: tuple[Expr, ...], env: Env, b: Bindings
) -> tuple[list[tuple[RowId, Truth]], tuple[Node, ...]]:
    """The rows whose first key columns may equal the given keys, and how surely."""
    catalog = env.subject.run.program.catalogs[table]
    nodes = tuple(value_of(k, env, b) for k in keys)
    found: list[tuple[RowId, Truth]] = []
    for i, fact in enumerate(_override_rows(table, env)):
        row = RowId(table, i, "!")
        verdict = conjunction(
            [
                _stated_is(fact, k, catalog.columns[k], node)
                for k, node in zip(catalog.keys, nodes, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((row, verdict))
    if any(v is YES for _, v in found):
        return found, nodes
    index = _index(table, env)
    if index is not None and len(nodes) == 1 and isinstance(nodes[0].value, Members):
        options = nodes[0].value.options
        if options is not None:
            sure = YES if len(options) == 1 else UNKNOWN
            rows = sorted(i for option in options for i in index.get(option, ()))
            return [*found, *((RowId(table, i), sure) for i in rows)], nodes
    for written in rows_in_force(table, env):
        verdict = conjunction(
            [
                _cell_is(RowId(table, written.index), k, catalog.columns[k], node, env)
                for k, node in zip(catalog.keys, nodes, strict=False)
            ]
        )
        if verdict is not NO:
            found.append((RowId(table, written.index), verdict))
    return found, nodes


def _index(table: str, env: Env) -> dict[str, list[int]] | None:
    """The rows in force by their first key, where all of these are plain words."""
    run = env.subject.run
    if table not in run.indexes:
        first = run.program.catalogs[table].keys[0]
        index: dict[str, list[int]] | None = {}
        for row in rows_in_force(table, env):
            cell = row.cells.get(first)
            if index is None or not (isinstance(cell, Const) and isinstance(cell.value, str)):
                index = None
                break
            index.setdefault(cell.value, []).append(row.index)
        run.indexes[table] = index
    return run.indexes[table]


def _stated_is(fact: Fact, column: str, of: Type, key: Node) -> Truth:
    cell = _override_field(fact, column)
    if cell is None:
        return NO
    value = read_fact(cell, of, "")
    assert isinstance(value, Members)
    return same_member(value.options, options_of(key))


def _cell_is(row: RowId, column: str, of: Type, key: Node, env: Env) -> Truth:
    cell = read_cell(row, column, of, env, _anchor(row, env))
    if isinstance(cell.value, Truth):
        assert isinstance(key.value, Truth)
        return UNKNOWN if UNKNOWN in (cell.value, key.value) else truth(cell.value is key.value)
    return same_member(options_of(cell), options_of(key))


def _anchor(row: RowId, env: Env) -> Expr:
    written = env.subject.run.program.catalogs[row.table].rows[row.index]
    return AsOf(type=FLAG, origin=written.origin)


def lookup(expr: LookupRow, env: Env, b: Bindings) -> Node:
    found, nodes = key_rows(expr.table, expr.keys, env, b)
    return node_of(StepKind.LOOKUP, expr.table, _firsts(found, may_be_none=True), expr, nodes)


def _firsts(found: list[tuple[RowId, Truth]], may_be_none: bool) -> Rows:
    """The rows that may be the first: up to the first sure one, and none where no row is sure."""
    options: list[RowId | None] = []
    sure: RowId | None = None
    for row, verdict in found:
        options.append(row)
        if verdict is YES:
            sure = row
            break
    if sure is None and may_be_none:
        options.append(None)
    return Rows(tuple(options), sure)


def has_row(expr: HasRow, env: Env, b: Bindings) -> Node:
    found, nodes = key_rows(expr.table, expr.keys, env, b)
    value = disjunction([v for _, v in found])
    if value is UNKNOWN and len(nodes) == 1 and isinstance(nodes[0].value, Members):
        options = nodes[0].value.options
        if options is not None:
            keys = {first_key(row, env) for row, _ in found}
            if options <= keys:
                value = YES
    return node_of(StepKind.HAS, expr.table, value, expr, nodes)


def first_key(row: RowId, env: Env) -> str | None:
    if row.tag == "!":
        return None
    catalog = env.subject.run.program.catalogs[row.table]
    cell = catalog.rows[row.index].cells.get(catalog.keys[0])
    return cell.value if isinstance(cell, Const) and isinstance(cell.value, str) else None


def first_row(expr: FirstRow, env: Env, b: Bindings) -> Node:
    found: list[tuple[RowId, Truth]] = []
    nodes = []
    for written in rows_in_force(expr.table, env):
        row = RowId(expr.table, written.index)
        node = value_of(expr.where, env, b.with_row(row))
        nodes.append(
            Node(
                StepKind.ROW,
                row_label(row, env.subject.run.program),
                node.value,
                FLAG,
                written.origin,
                (node,),
                None,
                written.refs,
            )
        )
        if node.value is not NO:
            found.append((row, flag_of(node)))
        if node.value is YES:
            break
    return node_of(StepKind.FIRST, expr.table, _firsts(found, may_be_none=True), expr, tuple(nodes))


def latest(expr: LatestRow, env: Env, b: Bindings) -> Node:
    """The newest entry that meets the condition. Records are open: where no entry surely
    meets it, there may be one nobody has stated, so the answer may be that one."""
    subject = env.subject
    as_of = subject.run.as_of
    candidates: list[tuple[RowId, Truth, Days]] = []
    nodes: list[Node] = []
    undated: frozenset[str] = frozenset()
    for i, fact in enumerate(_entries(expr.table, env)):
        row = RowId(expr.table, i)
        met = value_of(expr.where, env, b.with_row(row)) if expr.where else None
        verdict = flag_of(met) if met else YES
        dated = _record_field(row, expr.by, env, expr)
        day = dated.value
        assert isinstance(day, Days)
        undated |= dated.slots
        if day.lo is not None and day.lo > as_of:
            raise FaultError(
                f"`{expr.by}` of entry {i + 1} is {shown.show_date(day.lo)}, after "
                f"{shown.show_date(as_of)}",
                fact.place,
            )
        nodes.append(
            Node(
                StepKind.ENTRY,
                f"{expr.table} {i + 1}",
                verdict,
                FLAG,
                expr.origin,
                (met,) if met else (),
                place=fact.place,
            )
        )
        if verdict is not NO:
            candidates.append((row, verdict, day))
    sure_days = [d.lo for _, v, d in candidates if v is YES and d.lo is not None and d.lo == d.hi]
    newest = max(sure_days, default=None)
    options: list[RowId | None] = [
        row for row, _, d in candidates if newest is None or d.hi is None or d.hi >= newest
    ]
    sure = None
    if len(options) == 1 and any(v is YES for r, v, _ in candidates if r == options[0]):
        sure = options[0]
    if not any(v is YES for _, v, _ in candidates):
        records = subject.run.program.records[expr.table]
        wanted = _wanted_keys(expr, env, b)
        tag = ", ".join(f"{k} = {wanted[k]}" for k in records.keys if k in wanted)
        whole = all(k in wanted for k in records.keys)
        ask = _asked(records.ask, lambda key: wanted.get(key, ""))
        # Without its keys, what one lookup lacks is not what another does.
        options.append(RowId(expr.table, -1, tag, "" if whole else said_here(expr, b), ask))
    node = node_of(StepKind.LATEST, expr.table, Rows(tuple(options), sure), expr, tuple(nodes))
    node.own = undated
    return node


def _wanted_keys(expr: LatestRow, env: Env, b: Bindings) -> dict[str, str]:
    """Which entry is missing: those of its columns that the condition fixes, as shown."""
    wanted: dict[str, str] = {}

    def visit(condition: Expr) -> None:
        match condition:
            case AndExpr(operands=operands):
                for operand in operands:
                    visit(operand)
            case IsExpr(left=ColumnRef(row=RowRef(table=table), column=column), right=right) if (
                table == expr.table
            ):
                node = value_of(right, env, b)
                if is_known(node.value):
                    wanted[column] = shown.show(node.value, node.type)

    if expr.where is not None:
        visit(expr.where)
    return wanted


def candidates(shortlist: str, env: Env, b: Bindings) -> tuple[Candidate, ...]:
    """The rows that come to a shortlist (all of a catalogue's in force, or those its parent
    does not surely drop), with how far down its lines each comes."""
    program = env.subject.run.program
    declared = program.shortlists[shortlist]
    key = (shortlist, b.speaker(("shortlist", shortlist) in program.reads.answering))
    found = env.rows.get(key)
    if found is None:
        before: list[tuple[RowId, Candidate | None]]
        if declared.parent:
            earlier = candidates(declared.parent, env, b)
            before = [(c.row, c) for c in earlier if c.node.value is not NO]
        else:
            rows = rows_in_force(declared.table, env)
            before = [(RowId(declared.table, w.index), None) for w in rows]
        found = tuple(_candidate(declared, row, c, env, b) for row, c in before)
        env.rows[key] = found
    return found


def _candidate(
    shortlist: Shortlist, row: RowId, earlier: Candidate | None, env: Env, b: Bindings
) -> Candidate:
    answering = ("shortlist", shortlist.name) in env.subject.run.program.reads.answering
    key = (shortlist.name, row, b.speaker(answering))
    found = env.recall_candidate(key)
    if found is not None:
        return found
    lines: list[Node] = []
    dropped = ""
    inner = b.inner().with_row(row)
    for number, line in enumerate(shortlist.lines):
        # Most assumptions touch one line of a row; the others are as they were.
        met = ("line", number, key)
        condition = env.recall_same(met)
        if condition is None:
            condition = value_of(line.condition, env, inner)
            env.remember(met, condition)
        value = condition.value
        lines.append(
            Node(StepKind.LINE, line.name, value, FLAG, line.origin, (condition,), None, line.refs)
        )
        if value is NO:
            dropped = line.name
            break
    values = [flag_of(n) for n in lines]
    if earlier is not None:
        values.insert(0, flag_of(earlier.node))
    verdict = conjunction(values)
    nodes = (*((earlier.node,) if earlier else ()), *lines)
    origin = env.subject.run.program.catalogs[row.table].rows[row.index].origin
    node = Node(StepKind.ROW, row_label(row, env.subject.run.program), verdict, FLAG, origin, nodes)
    found = Candidate(row, node, earlier.node if earlier else None, tuple(lines), dropped)
    env.remember_candidate(key, found)
    return found


def any_remains(expr: AnyRemains, env: Env, b: Bindings) -> Node:
    answering = ("shortlist", expr.shortlist) in env.subject.run.program.reads.answering
    key = ("any", expr.shortlist, b.speaker(answering))
    node = env.recall(key)
    if node is None:
        shortlist = env.subject.run.program.shortlists[expr.shortlist]
        rows = candidates(expr.shortlist, env, b)
        value = disjunction([flag_of(c.node) for c in rows])
        if value is UNKNOWN and shortlist.parent and _lines_are_sure(rows):
            parent = AnyRemains(type=FLAG, origin=expr.origin, shortlist=shortlist.parent)
            value = flag_of(value_of(parent, env, b))
        close = [c for c in rows if c.node.value is not NO or _came_far(c)]
        node = node_of(
            StepKind.ANY,
            expr.shortlist,
            value,
            expr,
            tuple(c.node for c in close),
            detail=_others_dropped([c for c in rows if c not in close]),
            refs=shortlist.refs,
        )
        node.own = _rows_rest_on(expr.shortlist, env, b)
        env.remember(key, node)
    return node


def _rows_rest_on(shortlist: str, env: Env, b: Bindings) -> frozenset[str]:
    """The unknowns that decide which rows remain: those of the rows that dropped out, here or
    in a list before, too, though an explanation does not show them."""
    found: frozenset[str] = frozenset()
    while shortlist:
        for candidate in candidates(shortlist, env, b):
            found |= candidate.node.slots
        shortlist = env.subject.run.program.shortlists[shortlist].parent
    return found


def _others_dropped(rows: list[Candidate]) -> Dropped | None:
    """The rows not worth a line of their own: how many, and where they dropped out."""
    if not rows:
        return None
    return Dropped(len(rows), tuple(dict.fromkeys(c.dropped_at for c in rows)))


def _came_far(candidate: Candidate) -> bool:
    """Worth telling: it passed at least one line before it dropped out."""
    return candidate.parent is not None or any(n.value is not NO for n in candidate.lines)


def _lines_are_sure(rows: tuple[Candidate, ...]) -> bool:
    """Does every row that came this far surely meet the shortlist's own lines?"""
    return all(
        all(line.value is YES for line in c.lines)
        for c in rows
        if c.parent is not None and c.parent.value is not NO
    )


def first_remaining(expr: FirstRemaining, env: Env, b: Bindings) -> Node:
    rows = candidates(expr.shortlist, env, b)
    found = [(c.row, flag_of(c.node)) for c in rows if c.node.value is not NO]
    some = AnyRemains(type=FLAG, origin=expr.origin, shortlist=expr.shortlist)
    remains = value_of(some, env, b.inner())
    value = _firsts(found, may_be_none=remains.value is not YES)
    if not value.options:
        value = Rows((None,))
    if len(value.options) == 1 and value.options[0] is not None and value.sure is None:
        value = Rows(value.options, value.options[0])
    shown_rows = tuple(c.node for c in rows if c.node.value is not NO)
    node = node_of(StepKind.FIRST, expr.shortlist, value, expr, shown_rows)
    node.own = _rows_rest_on(expr.shortlist, env, b)
    return node
