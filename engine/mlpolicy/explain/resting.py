"""What a shown answer rests on: from the steps of its path, so far as they decided it, the facts
that were stated and how well each is founded, and what the policy assumes of those that were not.

Of a condition only the part is gone through that decided it: of an `and` that does not hold, the
first part that does not. So a decided answer stays what it is, whatever all that is not named here
turns out to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlpolicy.core.decision import Assumption, Founded, Premise
from mlpolicy.core.facts import Document, Estimate, Fact, Workload
from mlpolicy.core.notices import Figure
from mlpolicy.core.paths import FieldPath, order
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.core.values import NO, YES, Rows
from mlpolicy.explain.deciding import decisive, is_computed

#: The steps to a fact that is no column of an entry.
_ITSELF: tuple[str | int, ...] = ()

_FACTS = frozenset({StepKind.INPUT, StepKind.FACT, StepKind.ENTRY})
_STATED = frozenset({Basis.STATED, Basis.ESTIMATE})
_ORDER = tuple(Founded)

#: A fact, or an entry of a list: the workload whose it is, and where it stands.
_Stated = tuple[str, FieldPath]


def assumptions(steps: list[Step]) -> tuple[Assumption, ...]:
    """What the shown answer and its costs rest on that nobody stated, worked out from what is
    stated or assumed."""
    found: dict[FieldPath, Assumption] = {}
    for step in _carrying(steps):
        if step.kind in (StepKind.INPUT, StepKind.ENTRY) and step.basis is Basis.ASSUMED:
            assert step.path is not None
            name = step.input or step.name
            found[step.path] = Assumption(
                name=name,
                key=step.key,
                path=step.path,
                stands=_figure(step),
                refs=step.refs,
                computed=is_computed(step),
            )
    return tuple(found[path] for path in sorted(found, key=order))


def premises(tree: Step, document: Document, workload: Workload) -> tuple[Premise, ...]:
    """What the shown answer rests on, the best founded first, else in the order of the path. The
    columns of an entry of a list are told together, and with what the policy works out, the facts
    that it works it out from."""
    names: dict[_Stated, tuple[str, str]] = {}
    values: dict[_Stated, dict[tuple[str | int, ...], Figure]] = {}
    absent: dict[_Stated, Founded] = {}
    for step in _carrying([tree]):
        path = step.path
        if step.kind not in _FACTS or path is None:
            continue
        whose = _whose(step, path, document, workload)
        if step.basis is Basis.ASSUMED:
            entry, column = (whose, path), _ITSELF
            absent[entry] = Founded.COMPUTED if is_computed(step) else Founded.ASSUMED
        elif step.basis in _STATED and not _is_made(step):
            inside, column = _entry(path)
            entry = (whose, inside)
        else:
            continue
        names.setdefault(entry, (step.input, step.key))
        values.setdefault(entry, {}).setdefault(column, _figure(step))
    found = [
        _premise(entry, names[entry], told, absent.get(entry), document)
        for entry, told in values.items()
    ]
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.founded)))


def _whose(step: Step, path: FieldPath, document: Document, workload: Workload) -> str:
    """The workload of whose fact a step tells: what is counted over workloads rests on those of
    others, which are known by where they stand."""
    if not path.scope.is_each or step.from_ is None:
        return workload.name
    for each in (workload, *document.workloads):
        fact = _fact(each.fact, path)
        if fact is not None and fact.place == step.from_:
            return each.name
    return workload.name


def _premise(
    entry: _Stated,
    name: tuple[str, str],
    values: Mapping[tuple[str | int, ...], Figure],
    absent: Founded | None,
    document: Document,
) -> Premise:
    owner, path = entry
    facts = {each.name: each.fact for each in document.workloads}
    root = document.project if not path.scope.is_each else facts[owner]
    fact = None if absent else _fact(root, path)
    said = fact.said if fact is not None else None
    if absent is not None:
        founded = absent
    elif said is not None and said.measured_on:
        founded = Founded.MEASURED
    elif fact is not None and any(_estimates(fact, column) for column in values):
        founded = Founded.ESTIMATED
    else:
        founded = Founded.CLAIMED
    return Premise(
        path=path,
        name=name[0],
        key=name[1],
        values=tuple([(".".join(map(str, steps)), found) for steps, found in values.items()]),
        founded=founded,
        said=said,
        place=fact.place if fact is not None else None,
    )


def _estimates(fact: Fact, column: Sequence[str | int]) -> bool:
    """Is the fact, or the column of it that these steps lead to, stated as a range?"""
    below = fact.get(*map(str, column)) if column else fact
    return below is not None and isinstance(below.value, Estimate)


def _fact(root: Fact, path: FieldPath) -> Fact | None:
    here: Fact | None = root
    for step in path.steps:
        if here is None:
            return None
        if isinstance(step, str):
            here = here.get(step)
        else:
            entries = here.value if isinstance(here.value, tuple) else ()
            here = entries[step] if step < len(entries) else None
    return here


def _entry(path: FieldPath) -> tuple[FieldPath, tuple[str | int, ...]]:
    """The entry of a list that a path leads into, and the steps to its column; or the path
    itself."""
    for number, step in enumerate(path.steps):
        if isinstance(step, int):
            return FieldPath(path.scope, path.steps[: number + 1]), path.steps[number + 1 :]
    return path, _ITSELF


def _is_made(step: Step) -> bool:
    """Is an input made of several facts, which are told below it?"""
    waiting = list(step.children) if step.kind is StepKind.INPUT else []
    while waiting:
        each = waiting.pop()
        if each.kind is StepKind.FACT:
            return True
        waiting.extend(each.children)
    return False


def _figure(step: Step) -> Figure:
    assert step.value is not None
    assert step.type is not None
    return Figure(step.value, step.type)


def _carrying(steps: list[Step]) -> Iterator[Step]:
    """The steps and all that they rest on, each once."""
    seen: set[int] = set()
    waiting = list(reversed(steps))
    while waiting:
        step = waiting.pop()
        if id(step) in seen:
            continue
        seen.add(id(step))
        yield step
        waiting.extend(reversed(_rests_on(step)))


def _rests_on(step: Step) -> tuple[Step, ...]:
    """The parts a value rests on: of an `and` that is no, the first part that is no; of entries of
    which the best counts, those that may be it. One that is set aside, or that another excels,
    could as well be missing."""
    if (step.kind, step.value) in ((StepKind.AND, NO), (StepKind.OR, YES)):
        return decisive(step)[:1]
    if step.kind is StepKind.BEST and isinstance(step.value, Rows):
        counted = {row.index for row in step.value.options if row is not None}
        return tuple(each for i, each in enumerate(step.children) if i in counted)
    return step.children
