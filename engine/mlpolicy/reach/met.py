"""What the steps of one decision show to have been reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.decision import Decision
from mlpolicy.core.trace import Basis, Step, StepKind, walk
from mlpolicy.core.values import YES, Members, Rows, Truth
from mlpolicy.explain.margins import First, first_shown, sides
from mlpolicy.explain.ways import way
from mlpolicy.reach.points import Point, Points
from mlpolicy.source import Place


def reached(points: Points, decision: Decision, asked: Sequence[Step] = ()) -> frozenset[Point]:
    """What the steps of one decision show to have been reached, and those of values that were
    `asked` for besides; with what the conditions of lines came to, which tells why others were
    not."""
    found: set[Point] = set()
    for part in (*decision.trace.children, *asked):
        first = first_shown(part)
        for step in walk(part):
            found.update(_of(step, points, first))
    for result in decision.results:
        found.update(filter(None, (points.rules.get(result.rule, {}).get(result.state),)))
    for workload in decision.workloads:
        for duty in workload.obligations:
            found.update(filter(None, (points.obligations.get(duty.id, {}).get(duty.state),)))
    return frozenset(found)


def _of(step: Step, points: Points, first: First) -> Iterator[Point]:
    """What one step shows to have been reached."""
    at = step.at
    if at is None:
        return
    match step.kind:
        case StepKind.LEAF | StepKind.HOLD if at in points.leaves:
            yield points.leaves[at]
        case StepKind.IF if at in points.arms:
            arm = points.arms[at].get(_truth(step))
            if arm is not None and way(step).impossible is None:
                yield arm
        case StepKind.COMPARE:
            for name, side in sides(step, first):
                if name in points.bars:
                    yield points.bars[name][side.value]
        case StepKind.CASE if at in points.lines:
            yield from _line(step, at, points)
        case StepKind.EXCEPTION if at in points.exceptions:
            yield from _guard(step, at, points)
            if step.children and step.children[0].value == YES:
                yield points.exceptions[at]
        case StepKind.LOOKUP | StepKind.FIRST | StepKind.HAS | StepKind.ANY | StepKind.PRICE:
            yield from _rows(step, at, points)
        case _:
            pass


def _truth(step: Step) -> str:
    return step.value.value if isinstance(step.value, Truth) else ""


# ── Lines ────────────────────────────────────────────────────────────────────────────────


def _line(step: Step, at: Place, points: Points) -> Iterator[Point]:
    """A line that applied, what its condition came to, and of a row what its cells did."""
    if step.name == "otherwise":
        yield points.lines[at]
        return
    yield from _guard(step, at, points)
    if step.children[0].value == YES:
        yield points.lines[at]
    cells = points.cells.get(at, {})
    for cell in (step.children[0], *step.children[0].children) if cells else ():
        if cell.at is not None and cell.at in cells:
            yield from filter(None, [cells[cell.at].get(_truth(cell))])


def _guard(step: Step, at: Place, points: Points) -> Iterator[Point]:
    """What the condition of a line came to."""
    guard = step.children[0] if step.children else None
    if guard is not None and at in points.guards and isinstance(guard.value, Truth):
        yield points.guards[at][guard.value.value]


# ── Rows of catalogues ───────────────────────────────────────────────────────────────────


def _rows(step: Step, at: Place, points: Points) -> Iterator[Point]:
    """The rows that something came to, and to no other: by their keys, as the first that will do,
    as one that is left of many, or as a tier that is charged."""
    match step.kind:
        case StepKind.LOOKUP | StepKind.FIRST if isinstance(step.value, Rows):
            options = step.value.options
            for row in options if len(options) == 1 else ():
                if row is not None and not row.of_manifest and row.table in points.catalogs:
                    yield points.catalogs[row.table][row.index]
        case StepKind.HAS if step.value == YES:
            found = points.keyed.get((step.name, _words(step)))
            if found is not None:
                yield found
        case StepKind.ANY:
            left = [each for each in step.children if each.kind is StepKind.ROW]
            places = [each.at for each in left if each.value == YES and each.at is not None]
            yield from (points.rows[place] for place in places if place in points.rows)
        case StepKind.PRICE if at in points.prices and step.basis is not Basis.NOT_REACHED:
            yield points.prices[at]
        case _:
            pass


def _words(step: Step) -> tuple[str, ...]:
    """The keys that are asked for, where each is one word."""
    found: list[str] = []
    for child in step.children:
        if not isinstance(child.value, Members) or len(child.value.options or ()) != 1:
            return ()
        found.extend(child.value.options or ())
    return tuple(found)
