"""Where in the manifest a finding points, worked out from the steps of what it was judged by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.program import Apply, Expr
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.evaluate.env import Bindings, Env, FaultError
from mlpolicy.explain.steps import duty_step
from mlpolicy.explain.tracer import Stands, Tracer, is_taken
from mlpolicy.judge.rules import Duty, Instance, Judged
from mlpolicy.source import Place


def place_of(found: Judged | Duty, env: Env, tracer: Tracer) -> Place | None:
    """Where in the manifest a rule that did not pass points, or an obligation that is late: to what
    its condition rests on, or to what is decided in `env`, a workload or the whole."""
    if isinstance(found, Duty):
        place = field_place(duty_step(found, tracer))
    else:
        try:
            place = manifest_place(found.instances, tracer, found.rule.guard)
        except FaultError:  # in a part that the rule was judged without
            place = None
    subject = env.subject
    whole = subject.workload.fact if subject.workload else subject.run.document.project
    return place or whole.place


def manifest_place(
    instances: Sequence[Instance], tracer: Tracer, guard: Expr | None = None
) -> Place | None:
    """The manifest field that a condition rests on, as it was judged for one choice or several:
    what is stated, before where something might be; what it compares, before what else it asks;
    then in the order of the condition, and last of the `guard` of the rule, if it has one. Steps
    are made only of the parts that are looked at."""
    atoms = [
        (part, each.env, each.bindings)
        for each in instances
        if not each.is_kept_out
        for expr in (each.expr, guard)
        if expr is not None
        for part in _atoms(expr, each.env, each.bindings)
    ]
    atoms.sort(key=lambda atom: not _compares(atom[0]) or is_taken(*atom))
    might: Place | None = None
    for atom in atoms:
        here = _standing(tracer.step(*atom), tracer.stands)
        if here.stated is not None:
            return here.stated
        might = might or here.might
    return might


def field_place(step: Step) -> Place | None:
    """The first place in the manifest that a step follows from."""
    return _field_place(step, set())


def _field_place(step: Step, without: set[int]) -> Place | None:
    """`without` are the steps, by their identity, that are known to follow from no place: one step
    may stand below many."""
    if step.from_ is not None:
        return step.from_
    if id(step) in without:
        return None
    without.add(id(step))
    found = (_field_place(child, without) for child in step.children)
    return next((place for place in found if place is not None), None)


def _atoms(expr: Expr, env: Env, b: Bindings) -> Iterator[Expr]:
    """The parts of a condition that are joined by `and`, outermost first."""
    if isinstance(expr, Apply) and _joins(expr) and not is_taken(expr, env, b):
        for part in expr.operands:
            yield from _atoms(part, env, b)
    else:
        yield expr


def _joins(expr: Apply) -> bool:
    return OPERATORS[expr.operator].connects is Connects.EVERY


def _compares(expr: Expr) -> bool:
    return isinstance(expr, Apply) and OPERATORS[expr.operator].step is StepKind.COMPARE


def _standing(step: Step, stands: dict[int, Stands]) -> Stands:
    """Where a value is stated, or else might be: of all it follows from, what has this very value
    comes first. `stands` keeps it for the steps that were looked at, by their identity: one step
    may stand below many."""
    found = stands.get(id(step))
    if found is not None:
        return found
    at = step.from_
    if at is not None:
        absent = step.basis in (Basis.ABSENT, Basis.ASSUMED)
        found = Stands(step, None if absent else at, at)
    else:
        stated = might = None
        children = step.children
        if len(children) > 1:
            children = tuple(sorted(children, key=lambda child: child.value != step.value))
        for child in children:
            below = _standing(child, stands)
            might = might or below.might
            if below.stated is not None:
                stated = below.stated
                break
        found = Stands(step, stated, might)
    stands[id(step)] = found
    return found
