"""What evaluated cases reached of a policy, and what they did not.

It is counted from the steps of decisions, never from the text of a test, so that layout has no
part in it: a leaf is reached when it is shown, an arm when the condition came to that value on the
way there, a threshold when a known value was compared with it below, at or above, a line of a
definition or a table when it applied, a rule and an obligation in each state that they can be in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlpolicy.core.decision import Decision
from mlpolicy.core.program import (
    AnyRemains,
    Apply,
    Catalog,
    Choose,
    ColumnRef,
    Const,
    DefRef,
    Expr,
    HasRow,
    HoldNode,
    IfNode,
    InputRef,
    LeafNode,
    ListExpr,
    Obligation,
    PathRef,
    Program,
    SetExpr,
    TreeNode,
)
from mlpolicy.core.terms import BarKind, DutyState, RuleState
from mlpolicy.core.trace import Step, StepKind, walk
from mlpolicy.core.types import FlagType
from mlpolicy.core.values import YES, Truth
from mlpolicy.core.visit import walk as nodes_below
from mlpolicy.explain.margins import Side, first_shown, sides
from mlpolicy.explain.ways import way
from mlpolicy.schema import Schema
from mlpolicy.source import Place


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Something that a case can reach. `kind` is one of `KINDS`, `part` which side or state of it;
    empty where there is one only."""

    kind: str
    name: str
    part: str
    place: Place

    def __str__(self) -> str:
        part = f", {self.part}" if self.part else ""
        return f"{self.place}: {self.kind} {self.name}{part}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is to reach, and how many cases reached it."""

    points: tuple[Point, ...]
    hits: Mapping[Point, int]

    @property
    def missing(self) -> tuple[Point, ...]:
        """The points that no case reached, in their order."""
        return tuple(point for point in self.points if not self.hits.get(point))

    def share(self, kind: str = "") -> tuple[int, int]:
        """Reached and all, of one kind or of all."""
        chosen = [point for point in self.points if kind in ("", point.kind)]
        return sum(1 for point in chosen if self.hits.get(point)), len(chosen)

    def beside(self, point: Point) -> tuple[tuple[str, int], ...]:
        """How often the other parts of the same thing were reached: none was where it was never
        come to at all."""
        return tuple(
            (other.part, self.hits.get(other, 0))
            for other in self.points
            if (other.kind, other.name, other.place) == (point.kind, point.name, point.place)
            and other != point
        )


#: What can be reached, in the order in which it is told.
KINDS = ("leaf", "arm", "threshold", "line", "exception", "rule", "obligation")
SIDES = tuple(side.value for side in Side)
_RULE = (RuleState.FIRED, RuleState.PASSED, RuleState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """All there is to reach in a policy, by its place or name. `lines` are those of definitions
    and tables."""

    leaves: Mapping[Place, Point]
    arms: Mapping[Place, Mapping[str, Point]]
    thresholds: Mapping[str, Mapping[str, Point]]
    lines: Mapping[Place, Point] = field(default_factory=dict)
    exceptions: Mapping[Place, Point] = field(default_factory=dict)
    rules: Mapping[str, Mapping[RuleState, Point]] = field(default_factory=dict)
    obligations: Mapping[str, Mapping[DutyState, Point]] = field(default_factory=dict)

    def all(self) -> tuple[Point, ...]:
        """Every point: kind by kind, each in the order of the files."""
        points = [*self.leaves.values(), *self.lines.values(), *self.exceptions.values()]
        for parts in (*self.arms.values(), *self.thresholds.values()):
            points += parts.values()
        for rule in self.rules.values():
            points += rule.values()
        for duty in self.obligations.values():
            points += duty.values()
        return tuple(sorted(points, key=lambda p: (KINDS.index(p.kind), p.place, p)))


def points_of(program: Program, schema: Schema) -> Points:
    """What there is to reach. An arm that no valid manifest reaches is not among it: a
    condition that reads nothing but fields the schema requires is never unknown."""
    leaves: dict[Place, Point] = {}
    arms: dict[Place, dict[str, Point]] = {}
    for tree in program.trees.values():
        for node in _nodes(tree.root):
            place = node.origin.place
            text = " ".join(node.origin.text.split())
            if isinstance(node, IfNode):
                known = _never_unknown(node.condition, program, schema)
                name = f"{tree.name}: {node.condition.origin.text}"
                parts = ("yes", "no") if known else ("yes", "no", "unknown")
                arms[place] = {part: Point("arm", name, part, place) for part in parts}
            elif isinstance(node, LeafNode | HoldNode):
                leaves[place] = Point("leaf", f"{tree.name}: {text}", "", place)
    thresholds = {
        bar.name: {side: Point("threshold", bar.name, side, bar.origin.place) for side in SIDES}
        for bar in program.bars.values()
        if bar.kind is BarKind.THRESHOLD
    }
    return Points(
        leaves=leaves,
        arms=arms,
        thresholds=thresholds,
        lines=_lines(program),
        exceptions=_exceptions(program),
        rules={
            rule.name: {s: Point("rule", rule.name, s.value, rule.origin.place) for s in _RULE}
            for rule in program.rules.values()
        },
        obligations={name: _states(duty) for name, duty in program.obligations.items()},
    )


def _states(duty: Obligation) -> dict[DutyState, Point]:
    """The states that an obligation can come to: one that says when it is met can be met."""
    states = {
        DutyState.OWED: True,
        DutyState.MET: duty.met_when is not None,
        DutyState.OVERDUE: duty.due_when is not None,
    }
    place = duty.origin.place
    return {
        state: Point("obligation", duty.name, state.value, place)
        for state, there in states.items()
        if there
    }


def _lines(program: Program) -> dict[Place, Point]:
    """The lines of definitions and the rows of tables, of which one or another applies."""
    found: dict[Place, Point] = {}
    for define in program.defines.values():
        for node in nodes_below(define.body):
            if isinstance(node, Choose):
                for case in node.cases:
                    text = " ".join(case.origin.text.split())
                    place = case.origin.place
                    found[place] = Point("line", f"{define.name}: {text}", "", place)
    return found


def _exceptions(program: Program) -> dict[Place, Point]:
    lists = [
        *(bar.exceptions for bar in program.bars.values()),
        *(define.exceptions for define in program.defines.values()),
    ]
    return {
        each.origin.place: Point("exception", each.name, "", each.origin.place)
        for exceptions in lists
        for each in exceptions
    }


def coverage(program: Program, decisions: Iterable[Decision], schema: Schema) -> Coverage:
    """What of a policy the steps of decisions reached."""
    points = points_of(program, schema)
    return counted(points, (reached(points, decision) for decision in decisions))


def counted(points: Points, cases: Iterable[frozenset[Point]]) -> Coverage:
    """The same from what each case reached."""
    hits = Counter(point for case in cases for point in case)
    return Coverage(points.all(), dict(hits))


def reached(points: Points, decision: Decision, asked: Sequence[Step] = ()) -> frozenset[Point]:
    """What the steps of one decision show to have been reached, and those of values that were
    `asked` for besides."""
    found: set[Point] = set()
    for part in (*decision.trace.children, *asked):
        first = first_shown(part)
        for step in walk(part):
            if step.at is None:
                continue
            match step.kind:
                case StepKind.LEAF | StepKind.HOLD if step.at in points.leaves:
                    found.add(points.leaves[step.at])
                case StepKind.IF:
                    came_to = step.value.value if isinstance(step.value, Truth) else ""
                    arm = points.arms.get(step.at, {}).get(came_to)
                    if arm is not None and way(step).impossible is None:
                        found.add(arm)
                case StepKind.COMPARE:
                    for name, side in sides(step, first):
                        if name in points.thresholds:
                            found.add(points.thresholds[name][side.value])
                case StepKind.CASE if step.at in points.lines and _applied(step):
                    found.add(points.lines[step.at])
                case StepKind.EXCEPTION if step.at in points.exceptions and _applied(step):
                    found.add(points.exceptions[step.at])
                case _:
                    pass
    for result in decision.results:
        found.update(filter(None, (points.rules.get(result.rule, {}).get(result.state),)))
    for workload in decision.workloads:
        for duty in workload.obligations:
            found.update(filter(None, (points.obligations.get(duty.id, {}).get(duty.state),)))
    return frozenset(found)


def _applied(step: Step) -> bool:
    """Did a guarded line surely apply?"""
    return bool(step.children) and step.children[0].value == YES


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    if isinstance(node, IfNode):
        for arm in (node.yes, node.no, node.unknown_arm):
            if arm is not None:
                yield from _nodes(arm)


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
