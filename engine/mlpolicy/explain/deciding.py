"""The parts of a step that made it what it is.

`decisive` is the one answer to "which part decided": of an `and` that is no, the parts that
are no; of a row that remains open, the lines that leave it open. All else here follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlpolicy.core.node import node
from mlpolicy.core.trace import Basis, Dropped, Guarded, Step, StepKind, Target
from mlpolicy.core.values import NO, UNKNOWN, YES, Truth
from mlpolicy.explain.kinds import GIVEN, RELATIONS
from mlpolicy.explain.known import content, is_condition, is_open, same
from mlpolicy.source import Place


def decisive(step: Step) -> tuple[Step, ...]:
    """The parts that made it what it is; all of them where each had a part in it."""
    children = step.children
    match step.kind, step.value:
        case (StepKind.AND, Truth.NO | Truth.UNKNOWN) | (StepKind.OR, Truth.YES | Truth.UNKNOWN):
            return tuple(child for child in children if child.value is step.value)
        case StepKind.CASES, _:
            return tuple(child for child in children if case_state(child) is not NO)
        case StepKind.ROW, _:
            return _deciding_lines(step)
        case StepKind.CASE, _:
            return tuple(child for child in children if child.kind is not StepKind.CONSTANT)
        case _:
            return children


def _deciding_lines(row: Step) -> tuple[Step, ...]:
    """The lines of a shortlist that dropped a row or leave it open; all where it remains."""
    lines = tuple(child for child in row.children if child.kind is StepKind.LINE)
    undecided = tuple(line for line in lines if line.value is not YES)
    earlier = _earlier(row)
    if not undecided and earlier is not None and earlier.value is not YES:
        return (*lines, *_left_open(earlier))
    return undecided or lines


def _earlier(row: Step) -> Step | None:
    """The same row in the shortlist before."""
    return next((child for child in row.children if child.kind is StepKind.ROW), None)


def _left_open(row: Step) -> tuple[Step, ...]:
    """The lines of earlier shortlists that leave a row open, where later ones took it on."""
    lines = tuple(
        child for child in row.children if child.kind is StepKind.LINE and child.value is not YES
    )
    earlier = _earlier(row)
    return lines if lines or earlier is None else _left_open(earlier)


def is_relation(step: Step) -> bool:
    """Does it compare two sides that are both shown?"""
    return step.kind in RELATIONS and len(step.children) == 2


def _as_it_is(step: Step) -> Step:
    return step


def comparisons(condition: Step, whole: Callable[[Step], Step] = _as_it_is) -> Iterator[Step]:
    """The comparisons that a condition follows from, so far as they decided it: itself, or
    those below it. `whole` gives a step with its parts where these were told above."""
    if is_relation(condition):
        yield condition
    else:
        yield from comparisons_below(condition, whole)


def comparisons_below(step: Step, whole: Callable[[Step], Step] = _as_it_is) -> Iterator[Step]:
    """The comparisons below a step, so far as they decided it."""
    for child in map(whole, decisive(step)):
        if is_relation(child):
            yield child
        elif is_condition(child) or child.kind in (StepKind.ROW, StepKind.CASE, StepKind.CASES):
            yield from comparisons_below(child, whole)


def denied(step: Step) -> Step | None:
    """The comparison that a `not` stands before."""
    child = step.children[0] if len(step.children) == 1 else None
    return child if child is not None and is_relation(child) else None


def ground(step: Step) -> Step | None:
    """The one fact for which something is assumed of an input; None where there are several,
    or one that follows from others."""
    if step.kind is not StepKind.INPUT or step.basis is not Basis.ASSUMED:
        return None
    heard = [child for child in step.children if child.kind not in GIVEN]
    return heard[0] if len(heard) == 1 and not heard[0].children else None


def is_computed(step: Step) -> bool:
    """Is what stands for an input that nobody stated worked out from what somebody did state?"""
    if step.kind is not StepKind.INPUT or step.basis is not Basis.ASSUMED:
        return False
    waiting = list(step.children)
    while waiting:
        each = waiting.pop()
        if each.kind is StepKind.INPUT and each.basis in (Basis.STATED, Basis.ESTIMATE):
            return True
        waiting.extend(each.children)
    return False


def is_taken(step: Step) -> bool:
    """Does a condition rest on something unknown that the path has gone on with?"""
    if step.taken or step.basis is Basis.TAKEN:
        return True
    return is_condition(step) and any(map(is_taken, decisive(step)))


def stated_at(step: Step) -> Place | None:
    """Where the manifest states the value of a step: there, or where the value came from."""
    if step.from_ is not None:
        nothing = step.basis in (Basis.ASSUMED, Basis.ABSENT) or (
            is_open(step.value) and step.basis in (Basis.COMPUTED, Basis.STATED)
        )
        return None if nothing else step.from_
    if step.kind in RELATIONS:
        return None
    for child in step.children:
        if step.kind is StepKind.CONVERT or same(child, step):
            found = stated_at(child)
            if found is not None:
                return found
    return None


def find(step: Step, *kinds: StepKind, name: str = "") -> Iterator[Step]:
    """Every step of these kinds (and that name), outermost first; none inside another."""
    if step.kind in kinds and name in ("", step.name):
        yield step
        return
    for child in step.children:
        yield from find(child, *kinds, name=name)


def stated_in(condition: Step, most: int = 4, deepest: int = 6) -> tuple[Step, ...]:
    """What a condition came from, in order, so far as it decided: its comparisons and, outside of
    them, its inputs; each once, and no more than `most`."""
    found: dict[tuple[object, ...], Step] = {}

    def visit(here: Step, depth: int) -> None:
        if depth > deepest or len(found) >= most:
            return
        if is_relation(here) or here.kind is StepKind.INPUT:
            sides = here.children if is_relation(here) else (here,)
            found[(here.text or here.name, *(content(side) for side in sides))] = here
            return
        for child in decisive(here):
            visit(child, depth + 1)

    visit(condition, 0)
    return tuple(found.values())


# ── What became of a part ────────────────────────────────────────────────────────────────


def case_state(case: Step) -> Truth | None:
    """Does a case apply? None for the one that stands for all others."""
    guard = case.children[0].value if isinstance(case.detail, Guarded) else None
    return guard if isinstance(guard, Truth) else None


def exception_state(exception: Step) -> Truth:
    """Does an exception apply?"""
    guard = exception.children[0].value
    assert isinstance(guard, Truth), exception
    return guard


def is_shortlisted(row: Step) -> bool:
    """Is it a row of a shortlist, which remains or drops out, and not one that was searched?"""
    parts = (StepKind.ROW, StepKind.LINE)
    return isinstance(row.value, Truth) and all(child.kind in parts for child in row.children)


def dropped_at(row: Step) -> str:
    """The line at which a row of a shortlist dropped out; empty where it has not."""
    lines = (child for child in row.children if child.kind is StepKind.LINE and child.value is NO)
    line = next(lines, None)
    return line.name if line is not None else ""


def others_dropped(search: Step) -> Dropped | None:
    """The rows of a shortlist that are left out of its steps."""
    return search.detail if isinstance(search.detail, Dropped) else None


@node(kw_only=True)
class Tally:
    """What the questions of a score came to: how many are yes, unknown and no, and how many it
    takes. `enough` are those of which one more would be enough, None where one is not."""

    yes: int
    unknown: int
    no: int
    needs: int
    enough: tuple[str, ...] | None


def tally(score: Step) -> Tally:
    """The sum of a score."""
    assert isinstance(score.detail, Target), score
    answers, needs = score.detail.answers, score.detail.count
    yes, unknown, no = (sum(v is each for _, v in answers) for each in (YES, UNKNOWN, NO))
    lacks_one = score.value is not YES and yes == needs - 1
    others = tuple(name for name, value in answers if value is not YES)
    return Tally(yes=yes, unknown=unknown, no=no, needs=needs, enough=others if lacks_one else None)
