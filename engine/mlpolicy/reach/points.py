"""All that a case can reach in a policy, from the policy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from math import prod

from mlpolicy.core.labels import row_label
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.program import (
    AnyRemains,
    Apply,
    BarRef,
    Case,
    Catalog,
    Choose,
    ColumnRef,
    Const,
    ConvertExpr,
    Define,
    DefRef,
    Expr,
    GotoNode,
    HasRow,
    HoldNode,
    IfNode,
    InputRef,
    LeafNode,
    ListExpr,
    Obligation,
    PathRef,
    Program,
    Rule,
    SetExpr,
    Template,
    Tree,
    TreeNode,
    Typed,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.terms import BarKind, ChoiceStatus, DefineKind, DutyState, RuleState, UnknownArm
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import FlagType
from mlpolicy.core.values import NO, UNKNOWN, YES
from mlpolicy.core.visit import walk as nodes_below
from mlpolicy.core.visit import walk_whole
from mlpolicy.explain.margins import Side
from mlpolicy.schema import Schema
from mlpolicy.soundness.cuts import Cuts, asks
from mlpolicy.soundness.ranges import Ranges
from mlpolicy.soundness.tables import columns_of, conjuncts
from mlpolicy.source import Place


class Kind(StrEnum):
    """What can be reached, in the order in which it is told. The values are those of the JSON
    document; a guard is what a condition comes to, which nobody has to reach."""

    LEAF = "leaf"
    ARM = "arm"
    THRESHOLD = "threshold"
    PARAM = "param"
    LINE = "line"
    ROW = "row"
    CELL = "cell"
    CATALOG = "catalog"
    EXCEPTION = "exception"
    RULE = "rule"
    OBLIGATION = "obligation"
    GUARD = "guard"


KINDS = tuple(kind for kind in Kind if kind is not Kind.GUARD)
SIDES = tuple(side.value for side in Side)

#: How many cases of a table are gone through to tell which of its cells can fail.
MOST_CASES = 10_000

#: The three values of a condition, as parts.
_TRUTHS = tuple(truth.value for truth in (YES, NO, UNKNOWN))
_RULE = (RuleState.FIRED, RuleState.PASSED, RuleState.WAITING)

#: A thing that has parts: its kind, its name and its place.
Thing = tuple[Kind, str, Place]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Something that a case can reach. `part` is which side or state of it;
    empty where there is one only."""

    kind: Kind
    name: str
    part: str
    place: Place

    def __str__(self) -> str:
        part = f", {self.part}" if self.part else ""
        return f"{self.place}: {self.kind} {self.name}{part}"

    @property
    def thing(self) -> Thing:
        """What it is a part of."""
        return self.kind, self.name, self.place


#: The parts of a thing, by their names.
Parts = Mapping[str, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """All there is to reach in a policy, by its place or name. `bars` are thresholds, and the
    params that a comparison names; `lines` those of definitions, and rows of tables; `cells` their
    conditions, by the place of the row and of the cell; `catalogs` the rows of a catalogue in
    order, the same in `rows` by their places, in `prices` by that of the price in them, and in
    `keyed` by the keys that have one row. `guards` are what the conditions of lines and exceptions
    come to, which nobody has to reach. `before` tells of a thing the points of which one has to be
    reached to come to it, and `behind` of a line those before it, where the first one that holds
    decides."""

    leaves: Mapping[Place, Point]
    arms: Mapping[Place, Parts]
    bars: Mapping[str, Parts]
    lines: Mapping[Place, Point] = field(default_factory=dict)
    cells: Mapping[Place, Mapping[Place, Parts]] = field(default_factory=dict)
    catalogs: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    keyed: Mapping[tuple[str, tuple[str, ...]], Point] = field(default_factory=dict)
    rows: Mapping[Place, Point] = field(default_factory=dict)
    prices: Mapping[Place, Point] = field(default_factory=dict)
    exceptions: Mapping[Place, Point] = field(default_factory=dict)
    rules: Mapping[str, Mapping[RuleState, Point]] = field(default_factory=dict)
    obligations: Mapping[str, Mapping[DutyState, Point]] = field(default_factory=dict)
    guards: Mapping[Place, Parts] = field(default_factory=dict)
    before: Mapping[Thing, tuple[Point, ...]] = field(default_factory=dict)
    behind: Mapping[Thing, tuple[Point, ...]] = field(default_factory=dict)

    def all(self) -> tuple[Point, ...]:
        """Every point: kind by kind, each in the order of the files, its parts in their own."""
        points = [*self.leaves.values(), *self.lines.values(), *self.exceptions.values()]
        for parts in (*self.arms.values(), *self.bars.values()):
            points += parts.values()
        for cells in self.cells.values():
            for parts in cells.values():
                points += parts.values()
        for rows in self.catalogs.values():
            points += rows
        for rule in self.rules.values():
            points += (rule[state] for state in _RULE if state in rule)
        for duty in self.obligations.values():
            points += duty.values()
        return tuple(sorted(points, key=lambda p: (KINDS.index(p.kind), p.place, p.name)))


def points_of(program: Program, schema: Schema) -> Points:
    """What there is to reach. An arm that no valid manifest reaches is not among it: a
    condition that reads nothing but fields the schema requires is never unknown."""
    trees = _Trees(program, schema)
    tables = _Tables(program)
    catalogs = {name: _rows(catalog, program) for name, catalog in program.catalogs.items()}
    exceptions = {
        each.origin.place: Point(Kind.EXCEPTION, each.name, "", each.origin.place)
        for named in (program.bars, program.defines)
        for declared in named.values()
        for each in declared.exceptions
    }
    return Points(
        leaves=trees.leaves,
        arms=trees.arms,
        bars=_bars(program),
        lines=tables.lines,
        cells=tables.cells,
        catalogs=catalogs,
        keyed=_by_keys(program, catalogs),
        rows={point.place: point for rows in catalogs.values() for point in rows},
        prices=_prices(program, catalogs),
        exceptions=exceptions,
        rules={name: _rule(rule, program, schema) for name, rule in program.rules.items()},
        obligations={name: _states(duty) for name, duty in program.obligations.items()},
        guards={
            place: {part: Point(Kind.GUARD, "", part, place) for part in _TRUTHS}
            for place in (*tables.lines, *exceptions)
        },
        before={**trees.before, **tables.before},
        behind=tables.behind,
    )


# ── Trees ────────────────────────────────────────────────────────────────────────────────


class _Trees:
    """The leaves and arms of all trees, and through which arms one comes to each."""

    def __init__(self, program: Program, schema: Schema) -> None:
        self._program, self._schema = program, schema
        self.leaves: dict[Place, Point] = {}
        self.arms: dict[Place, dict[str, Point]] = {}
        self.before: dict[Thing, tuple[Point, ...]] = {}
        self._entered: dict[str, tuple[Point, ...]] = {}
        for tree in program.trees.values():
            self._node(tree, tree.root, ())
        # What a tree begins with is come to where another one goes to it.
        for tree in program.trees.values():
            place = tree.root.origin.place
            begins = [*self.arms.get(place, {}).values(), *filter(None, [self.leaves.get(place)])]
            for point in begins:
                self.before[point.thing] = self._entered.get(tree.name, ())

    def _node(self, tree: Tree, node: TreeNode, before: tuple[Point, ...]) -> None:
        place = node.origin.place
        match node:
            case GotoNode(tree=other):
                self._entered[other] = (*self._entered.get(other, ()), *before)
            case LeafNode() | HoldNode():
                point = Point(Kind.LEAF, f"{tree.name}: {_ending(node)}", "", place)
                self.leaves[place] = point
                self.before[point.thing] = (*self.before.get(point.thing, ()), *before)
            case IfNode():
                self._arms(tree, node, before)

    def _arms(self, tree: Tree, node: IfNode, before: tuple[Point, ...]) -> None:
        place = node.origin.place
        known = _never_unknown(node.condition, self._program, self._schema)
        name = f"{tree.name}: {node.condition.origin.text}"
        parts = (YES.value, NO.value) if known else _TRUTHS
        arms = {part: Point(Kind.ARM, name, part, place) for part in parts}
        self.arms[place] = arms
        thing = arms[YES.value].thing
        self.before[thing] = (*self.before.get(thing, ()), *before)
        unknown = [arms[UNKNOWN.value]] if not known else []
        shared = {UnknownArm.YES: YES.value, UnknownArm.NO: NO.value}.get(node.unknown, "")
        for part, below in ((YES.value, node.yes), (NO.value, node.no)):
            self._node(tree, below, (arms[part], *(unknown if shared == part else ())))
        if node.unknown_arm is not None:
            self._node(tree, node.unknown_arm, tuple(unknown))


def _ending(node: LeafNode | HoldNode) -> str:
    """What a tree ends in, as it is said, however it was typed."""
    if isinstance(node, HoldNode):
        return f'{node.says} "{_said(node.reason)}"'
    settings = ", ".join(f"{name} = {value.origin.text}" for name, value in node.settings)
    because = f'because "{_said(node.because)}"' if node.because is not None else ""
    words = [
        node.outcome or "infeasible",
        "provisional" if node.provisional else "",
        node.status if node.outcome and node.status != ChoiceStatus.FINAL else "",
        f"with {settings}" if settings else "",
        because,
    ]
    return " ".join(word for word in words if word)


def _said(text: Template) -> str:
    return "".join(p if isinstance(p, str) else f"{{{p.origin.text}}}" for p in text.parts)


# ── Bars ─────────────────────────────────────────────────────────────────────────────────


def _bars(program: Program) -> dict[str, dict[str, Point]]:
    """The thresholds, and those params that a comparison names: a value may lie on each side."""
    compared = _compared(program)
    return {
        bar.name: {
            side: Point(Kind(bar.kind.value), bar.name, side, bar.origin.place) for side in SIDES
        }
        for bar in program.bars.values()
        if bar.kind is BarKind.THRESHOLD or bar.name in compared
    }


def _compared(program: Program) -> frozenset[str]:
    """The bars that are one side of a comparison of numbers or days."""
    found: set[str] = set()
    for node in walk_whole(program):
        if isinstance(node, Apply) and OPERATORS[node.operator].step is StepKind.COMPARE:
            sides = map(_bare, node.operands)
            found.update(side.name for side in sides if isinstance(side, BarRef))
    return frozenset(found)


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, ConvertExpr):
        expr = expr.operand
    return expr


# ── Definitions and tables ───────────────────────────────────────────────────────────────


class _Tables:
    """The lines of definitions and the rows of tables, of which one or another applies, and the
    cells of these rows."""

    def __init__(self, program: Program) -> None:
        self._cuts = Cuts(Ranges(program))
        self.lines: dict[Place, Point] = {}
        self.cells: dict[Place, dict[Place, dict[str, Point]]] = {}
        self.before: dict[Thing, tuple[Point, ...]] = {}
        self.behind: dict[Thing, tuple[Point, ...]] = {}
        for define in program.defines.values():
            for node in nodes_below(define.body):
                if isinstance(node, Choose):
                    self._choose(define, node, node is define.body)

    def _choose(self, define: Define, node: Choose, whole: bool) -> None:
        table = define.kind is DefineKind.TABLE and whole
        kind = Kind.ROW if table else Kind.LINE
        # A table with several outputs has the same rows for each of them.
        name = define.table if table else define.name
        earlier: list[Point] = []
        for case in node.cases:
            asked, given = case.guard.origin.text, case.value.origin.text
            said = case.origin.text if table else f"when {asked} : {given}"
            point = Point(kind, f"{name}: {said}", "", case.origin.place)
            self._line(point, earlier if node.strategy.in_order else [])
            earlier.append(point)
        if node.otherwise is not None and node.otherwise.origin.place != node.origin.place:
            place = node.otherwise.origin.place
            said = f"{name}: otherwise : {node.otherwise.origin.text}"
            self._line(Point(kind, said, "", place), earlier)
        if table:
            self._cells(name, node)

    def _line(self, point: Point, earlier: list[Point]) -> None:
        self.lines.setdefault(point.place, point)
        self.behind[point.thing] = tuple(earlier)

    def _cells(self, name: str, table: Choose) -> None:
        """The cells of each row. That one fails is not asked for where it never does: where a row
        before it takes every case in which it would."""
        fails = self._fails(table)
        for number, case in enumerate(table.cases):
            row = case.origin.place
            if row in self.cells:
                continue  # the same row with another output
            found: dict[Place, dict[str, Point]] = {}
            for cell in _cells_of(case):
                place = cell.origin.place
                may = fails is None or any(
                    asks(0, condition)[0] in fails[number] for condition in conjuncts(cell)
                )
                said = f"{name}: {cell.origin.text}, in {case.origin.text}"
                parts = (YES.value, NO.value) if may else (YES.value,)
                found[place] = {part: Point(Kind.CELL, said, part, place) for part in parts}
                self.before[found[place][YES.value].thing] = (self.lines[row],)
            self.cells[row] = found

    def _fails(self, table: Choose) -> list[list[Expr]] | None:
        """For each row, the columns that can rule it out where it is looked at; None where that is
        not told: any cell may fail then."""
        every = (1 << len(table.cases)) - 1
        columns = columns_of(table)
        parts, exact = self._cuts.parts(columns, every)
        if not exact or prod(map(len, parts)) > MOST_CASES:
            return None
        out = [0] * len(columns)
        for combination in product(*parts):
            rows = every
            for part in combination:
                rows &= part.rows
            first = rows & -rows
            looked = (first | (first - 1)) if first and table.strategy.in_order else every
            for i, part in enumerate(combination):
                out[i] |= looked & ~part.rows
        return [
            [column.asked for column, bits in zip(columns, out, strict=True) if bits >> number & 1]
            for number in range(len(table.cases))
        ]


def _cells_of(case: Case) -> tuple[Expr, ...]:
    """The conditions of a row, a cell each; none where it has none but dashes."""
    guard = case.guard
    if isinstance(guard, Const):
        return ()
    whole = guard.origin.place == case.origin.place and guard.origin.text == case.origin.text
    if whole and isinstance(guard, Apply):
        if OPERATORS[guard.operator].connects is Connects.EVERY:
            return guard.operands
    return (guard,)


# ── Catalogues ───────────────────────────────────────────────────────────────────────────


def _rows(catalog: Catalog, program: Program) -> tuple[Point, ...]:
    return tuple(
        Point(
            Kind.CATALOG,
            row_label(RowId(table=catalog.name, index=row.index), program),
            "",
            row.origin.place,
        )
        for row in sorted(catalog.rows, key=lambda row: row.index)
    )


def _by_keys(
    program: Program, catalogs: Mapping[str, tuple[Point, ...]]
) -> dict[tuple[str, tuple[str, ...]], Point]:
    """The rows that are alone with their keys, which are words."""
    found: dict[tuple[str, tuple[str, ...]], list[Point]] = {}
    for name, catalog in program.catalogs.items():
        for row in catalog.rows:
            cells = [row.cells.get(key) for key in catalog.keys]
            words = tuple(str(c.value) for c in cells if isinstance(c, Const))
            if words and len(words) == len(catalog.keys):
                found.setdefault((name, words), []).append(catalogs[name][row.index])
    return {keys: rows[0] for keys, rows in found.items() if len(rows) == 1}


def _prices(program: Program, catalogs: Mapping[str, tuple[Point, ...]]) -> dict[Place, Point]:
    """The rows by the place of the price in them, which is what a charge shows."""
    return {
        row.cells["each"].origin.place: catalogs[name][row.index]
        for name, catalog in program.catalogs.items()
        for row in catalog.rows
        if "each" in row.cells
    }


# ── Rules and obligations ────────────────────────────────────────────────────────────────


def _rule(rule: Rule, program: Program, schema: Schema) -> dict[RuleState, Point]:
    """The states of a rule, with those that only tell why it is in no other. One whose conditions
    are known for every valid manifest waits for nothing."""
    place = rule.origin.place
    states = [*_RULE, RuleState.DOES_NOT_APPLY]
    if all(_never_unknown(each, program, schema) for each in rule.conditions):
        states.remove(RuleState.WAITING)
    return {state: Point(Kind.RULE, rule.name, state.value, place) for state in states}


def _states(duty: Obligation) -> dict[DutyState, Point]:
    """The states that an obligation can come to: one that says when it is met can be met."""
    states = {
        DutyState.OWED: True,
        DutyState.MET: duty.met_when is not None,
        DutyState.OVERDUE: duty.due_when is not None,
    }
    place = duty.origin.place
    return {
        state: Point(Kind.OBLIGATION, duty.name, state.value, place)
        for state, there in states.items()
        if there
    }


# ── What is never unknown ────────────────────────────────────────────────────────────────


def _never_unknown(expr: Expr, program: Program, schema: Schema) -> bool:
    """Is the expression known for every valid manifest? Said only where it is plain: it reads
    nothing but literals, required fields and whole columns of literals, itself or by name."""

    def known(*parts: Expr) -> bool:
        return all(_never_unknown(part, program, schema) for part in parts)

    match expr:
        case Const():
            return True
        case SetExpr(items=items, open=is_open):
            return not is_open and known(*items)
        case ListExpr(items=items):
            return known(*items)
        case Apply(operands=operands, type=FlagType()):
            return known(*operands)
        case HasRow(keys=keys):
            return known(*keys)
        case BarRef(name=name):
            bar = program.bars[name]
            return known(*(line.value for line in bar.lines)) and all(
                known(each.guard, each.value) for each in bar.exceptions
            )
        case Choose(cases=cases, otherwise=Typed() as otherwise):
            return known(otherwise) and all(known(case.guard, case.value) for case in cases)
        case DefRef(name=name, key=None, row=None) if name in program.defines:
            return known(program.defines[name].body)
        case InputRef(name=name):
            sources = program.inputs[name].sources
            return (
                len(sources) == 1
                and isinstance(sources[0].value, PathRef)
                and all(_is_required(path, schema) for path in sources[0].paths)
            )
        case ColumnRef(row=row, column=column):
            table = program.catalogs.get(getattr(row, "table", ""))
            return (
                table is not None
                and _is_plain(table)
                and known(*(cells.cells[column] for cells in table.rows if column in cells.cells))
            )
        case AnyRemains(shortlist=shortlist):
            listed = program.shortlists[shortlist]
            return not listed.parent and known(*(line.condition for line in listed.lines))
        case _:
            return False


def _is_plain(table: Catalog) -> bool:
    return table.override is None


def _is_required(path: PathRef, schema: Schema) -> bool:
    above = schema.root.at(*(schema.scopes.home if path.scope.is_each else ("spec",)))
    for step in path.steps:
        if above is None or step not in above.required:
            return False
        above = above.at(step)
    return above is not None and not above.unknown
