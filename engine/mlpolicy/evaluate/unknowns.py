"""Symbols as a person knows them: the field of the manifest that would fill one, how to ask for
it, and within what range."""

from __future__ import annotations

from collections.abc import Container, Iterable
from enum import StrEnum

from mlpolicy.core.facts import DeclaredUnknown, Estimate, Fact
from mlpolicy.core.fields import field_path, path_of
from mlpolicy.core.labels import asked, questioned
from mlpolicy.core.node import node
from mlpolicy.core.numbers import EVERYTHING, NEG, POS, Range
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import ChoiceRef, Const, Input, IsProvisional, PathRef, Program, Typed
from mlpolicy.core.rows import RowId
from mlpolicy.core.symbols import (
    AssumedSymbol,
    ConditionSymbol,
    EntrySymbol,
    FieldSymbol,
    InputSymbol,
    NameSymbol,
    NodeSymbol,
    Role,
    Symbol,
    relevant,
)
from mlpolicy.core.types import Quantity, Type
from mlpolicy.core.values import member
from mlpolicy.core.visit import walk
from mlpolicy.evaluate.env import Bindings, Env, Run
from mlpolicy.evaluate.inputs import fact_at, input_range, nearest
from mlpolicy.evaluate.rows import deepest, entries, list_place
from mlpolicy.source import Place

#: A node or name with such a role is unknown by what it is made of, which is told beside it.
MADE_OF_OTHERS = frozenset(
    (
        *(Role.JOIN, Role.EXCEPTIONS, Role.COUNT, Role.MEMBER, Role.MORE, Role.DAYS),
        *(Role.ROWS, Role.CASE),
    )
)


class State(StrEnum):
    """Why something is not known."""

    ABSENT = "absent"
    UNKNOWN = "unknown"  # the manifest says so
    ESTIMATE = "estimate"
    UNMEASURED = "unmeasured"
    POLICY = "policy"  # the policy itself leaves it open


@node(kw_only=True)
class Unknown:
    """A symbol that something could fill: a field of the manifest, or the policy's owner (`path`
    None). `name` is that of the input or column, `within` its range in base units, `whole`
    where only whole numbers are meant, `place` where it stands or would."""

    symbol: Symbol
    path: FieldPath | None
    name: str
    ask: str
    type: Type
    within: Range
    whole: bool
    state: State
    place: Place | None


def unknown_of(symbol: Symbol, run: Run) -> Unknown | None:
    """What a symbol stands for; None for one that nothing fills as such."""
    match symbol:
        case InputSymbol():
            return _input(symbol, run)
        case FieldSymbol():
            return _field(symbol, run)
        case EntrySymbol():
            return _entry(symbol, run)
        case NodeSymbol(role=Role.GAP):
            expr = run.exprs.get(symbol.node)
            if expr is None:
                return None
            place = expr.origin.place
            return Unknown(
                symbol=symbol,
                path=None,
                name="",
                ask="",
                type=expr.type,
                within=EVERYTHING,
                whole=False,
                state=State.POLICY,
                place=place,
            )
        case _:
            return None


def _input(symbol: InputSymbol, run: Run) -> Unknown | None:
    declared = run.program.inputs[symbol.name]
    if symbol.key in declared.missing_keys:
        return None
    env = run.subjects[symbol.subject]
    refused = _refused(declared, symbol.key, env)
    return Unknown(
        symbol=symbol,
        path=path_of(declared, symbol.key),
        name=_keyed(symbol.name, symbol.key),
        ask=questioned(declared, symbol.key, run.program.titles),
        type=declared.type,
        within=input_range(declared),
        whole=declared.whole,
        state=State.UNKNOWN if refused is not None else State.ABSENT,
        place=refused.place if refused is not None else nearest(declared, symbol.key, env),
    )


def _refused(declared: Input, key: str, env: Env) -> Fact | None:
    """The field that says `unknown`."""
    b = Bindings()
    if declared.key is not None:
        b = b.with_name(declared.key.name, member(key))
    for source in declared.sources:
        for path in source.paths:
            fact = fact_at(path, env, b)
            if fact is None:
                break
            if isinstance(fact.value, DeclaredUnknown):
                return fact
    return None


def _keyed(name: str, key: str) -> str:
    return f"{name}({key})" if key else name


def _readers(symbol: FieldSymbol, run: Run) -> Iterable[tuple[Input, PathRef]]:
    """The inputs that read a field."""
    for declared in run.program.inputs.values():
        for source in declared.sources:
            for path in source.paths:
                if (path.scope.word, *path.steps) == symbol.path:
                    yield declared, path


def _field(symbol: FieldSymbol, run: Run) -> Unknown | None:
    for declared, path in _readers(symbol, run):
        b = Bindings()
        if declared.key is not None:
            b = b.with_name(declared.key.name, member(symbol.key))
        fact = fact_at(path, run.subjects[symbol.subject], b)
        within = EVERYTHING
        if (
            fact is not None
            and isinstance(fact.value, Estimate)
            and isinstance(path.type, Quantity)
        ):
            scale = path.type.unit.scale
            within = Range(fact.value.low * scale, fact.value.high * scale)
        return Unknown(
            symbol=symbol,
            path=field_path(path, symbol.key),
            name=_keyed(declared.name, symbol.key),
            ask=questioned(declared, symbol.key, run.program.titles),
            type=path.type,
            within=within,
            whole=declared.whole,
            state=State.ESTIMATE,
            place=fact.place if fact is not None else None,
        )
    return None


def _entry(symbol: EntrySymbol, run: Run) -> Unknown:
    row, env = symbol.row, run.subjects[symbol.subject]
    records = run.program.records[row.table]
    column = records.columns[symbol.column]
    within = Range(
        NEG if column.low is None else column.low,
        POS if column.high is None else column.high,
        column.low_open,
    )
    name, path = f"{row.table}.{symbol.column}", entry_path(row, symbol.column, run.program)
    if row.index < 0:
        place = list_place(row.table, env)
        return Unknown(
            symbol=symbol,
            path=path,
            name=name,
            ask=row.ask,
            type=column.type,
            within=within,
            whole=False,
            state=State.UNMEASURED,
            place=place,
        )
    fact = entries(row.table, env)[row.index]
    found = deepest(fact, column.steps)
    keys = {
        k: str(f.value) for k in records.keys if (f := fact.get(k)) and isinstance(f.value, str)
    }
    ask = asked(records.asks.get(symbol.column, ()), keys, run.program.titles)
    state, place = State.ABSENT, found if isinstance(found, Place) else found.place
    if isinstance(found, Fact) and isinstance(found.value, Estimate):
        state = State.ESTIMATE
        if isinstance(column.type, Quantity):
            scale = column.type.unit.scale
            within = Range(found.value.low * scale, found.value.high * scale)
    return Unknown(
        symbol=symbol,
        path=path,
        name=name,
        ask=ask,
        type=column.type,
        within=within,
        whole=False,
        state=state,
        place=place,
    )


def entry_path(row: RowId, column: str, program: Program) -> FieldPath:
    """The path of a column of an entry; of one that is missing, the list with its keys."""
    records = program.records[row.table]
    path = field_path(records.path)
    if row.index >= 0:
        return path.below(row.index, *records.columns[column].steps)
    return FieldPath(path.scope, path.steps, row.keys)


def needs(symbols: Iterable[Symbol], run: Run) -> tuple[Need, ...]:
    """The fields of the manifest that would tell some symbols, in their order; of an open cell
    of a catalogue its place in the policy."""
    found: dict[Need, None] = {}

    def add(path: FieldPath | None) -> None:
        if path is not None:
            found[path] = None

    for symbol in symbols:
        match symbol:
            case InputSymbol(name=name, key=key) | AssumedSymbol(name=name, key=key):
                declared = run.program.inputs[name]
                if key not in declared.missing_keys:
                    add(path_of(declared, key))
            case FieldSymbol(key=key):
                for declared, _ in _readers(symbol, run):
                    add(path_of(declared, key))
                    break
            case EntrySymbol():
                add(entry_path(symbol.row, symbol.column, run.program))
            case NodeSymbol(role=Role.GAP, node=node):
                place = cells(run).get(node)
                if place is not None:
                    found[place] = None
            case _:
                pass
    return tuple(found)


def are_of_policy(symbols: Iterable[Symbol], run: Run) -> bool:
    """Does the policy itself leave open all that would tell these symbols, so that no team can: a
    cell of a catalogue, a threshold, a param?"""
    own = False
    for each in symbols:
        symbol = each.of[1] if isinstance(each, ConditionSymbol) else each
        match symbol:
            case NodeSymbol(role=Role.GAP, node=node) if node in _looked_up(run):
                own = True
            case NameSymbol(role=Role.GAP, name=name) if name in run.program.bars:
                own = True
            case NodeSymbol(role=Role.GAP | Role.LIMIT | Role.FAILED | Role.NONE | Role.KNOWN):
                return False
            case NodeSymbol() | NameSymbol():
                pass  # it is made of others
            case _:
                return False
    return own


def are_of_answers(symbols: Iterable[Symbol], whose: Container[int], run: Run) -> bool:
    """Is it the answers to these (`whose`) by which the symbols are unknown, and nothing else?"""
    own = False
    for each in relevant(symbols):
        match each:
            case NodeSymbol(role=Role.NONE, node=node, subject=subject) if subject in whose:
                if not isinstance(run.exprs.get(node), ChoiceRef | IsProvisional):
                    return False
                own = True
            case NodeSymbol(role=role) | NameSymbol(role=role) if role in MADE_OF_OTHERS:
                pass
            case _:
                return False
    return own


def _looked_up(run: Run) -> frozenset[int]:
    if run.looked_up is None:
        run.looked_up = looked_up(run.program)
    return run.looked_up


def looked_up(program: Program) -> frozenset[int]:
    """The ids of all that stands in the cells of catalogues and the lines of bars, but for plain
    values: what the policy leaves open there is for its owner to look up."""
    rows = [row for catalog in program.catalogs.values() for row in catalog.rows]
    said = [cell for row in rows for cell in row.cells.values()]
    said += [line.value for bar in program.bars.values() for line in bar.lines]
    found = walk(*(expr for expr in said if expr.__class__ is not Const))
    return frozenset(node.id for node in found if isinstance(node, Typed))


def policy_places(symbols: Iterable[Symbol], run: Run) -> tuple[Place, ...]:
    """Where the policy leaves open what would tell some symbols."""
    found: dict[Place, None] = {}
    for symbol in symbols:
        place = None
        match symbol:
            case NodeSymbol(role=Role.GAP, node=node) if node in run.exprs:
                place = run.exprs[node].origin.place
            case NameSymbol(role=Role.GAP, name=name) if name in run.program.bars:
                place = run.program.bars[name].origin.place
            case _:
                pass
        if place is not None:
            found[place] = None
    return tuple(found)


def cells(run: Run) -> dict[int, Place]:
    """Where the cells of the catalogues stand, by their ids."""
    if run.cells is None:
        run.cells = {
            cell.id: cell.origin.place
            for catalog in run.program.catalogs.values()
            for row in catalog.rows
            for cell in row.cells.values()
            if cell.origin.place is not None
        }
    return run.cells


_FIELDS = (InputSymbol, AssumedSymbol, FieldSymbol, EntrySymbol)


def asked_first(symbols: tuple[Symbol, ...], run: Run) -> tuple[Need, ...]:
    """What would tell some symbols: manifest paths before the policy's own places. A team is
    asked what a team can say, and sent to the policy only where nothing else would help."""
    fields = [s for s in symbols if isinstance(s, _FIELDS)]
    return needs(fields, run) or needs(symbols, run)
