"""Where in the manifest a finding points."""

from __future__ import annotations

from collections.abc import Iterator

from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.explain.kinds import WRAPPERS
from mlpolicy.source import Place


def manifest_place(condition: Step) -> Place | None:
    """The manifest field that a condition rests on: what is stated, before where something
    might be; what it compares, before what else it asks; then in the order of the condition."""
    atoms = sorted(_atoms(condition), key=lambda atom: atom.kind is not StepKind.COMPARE)
    places = (_place(atom, stated) for stated in (True, False) for atom in atoms)
    return next((place for place in places if place is not None), None)


def field_place(step: Step) -> Place | None:
    """The first place in the manifest that a step follows from."""
    if step.from_ is not None:
        return step.from_
    return next((p for child in step.children if (p := field_place(child)) is not None), None)


def _atoms(step: Step) -> Iterator[Step]:
    if step.kind in WRAPPERS:
        for child in step.children:
            yield from _atoms(child)
    else:
        yield step


def _place(step: Step, stated: bool) -> Place | None:
    """Where a value stands, or would if it were `stated`: of all it follows from, what has this
    very value comes first."""
    if step.from_ is not None:
        absent = step.basis in (Basis.ABSENT, Basis.ASSUMED)
        return None if stated and absent else step.from_
    for child in sorted(step.children, key=lambda child: child.value != step.value):
        place = _place(child, stated)
        if place is not None:
            return place
    return None
