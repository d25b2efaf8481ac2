"""Where in the manifest a finding points."""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from weakref import ref

from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.program import Apply, Expr
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.evaluate.env import Bindings, Env, Run
from mlpolicy.explain.tracer import Stands, Tracer, is_taken
from mlpolicy.judge.rules import Instance
from mlpolicy.source import Place

#: Of so many decisions at most, what was evaluated is kept until somebody reads where they point.
MOST_OPEN = 4


class Places:
    """Where in the manifest the findings of one run point. All of it is worked out when the first
    one is read, since most readers never ask. Until then the run is kept: it is let go when its
    decision is, and of more than `MOST_OPEN` decisions the oldest one is worked out at once."""

    __slots__ = ("__weakref__", "_found", "_lock", "_open", "_run", "_waiting")

    def __init__(self, run: Run) -> None:
        self._run = run
        self._open = True
        self._waiting: list[Callable[[Tracer], Place | None]] = []
        self._found: list[Place | None] = []
        self._lock = allocate_lock()  # findings may be read in several threads

    def later(self, work: Callable[[Tracer], Place | None]) -> Callable[[str], Place | None]:
        """What gives the place that `work` works out, when it is asked for."""
        index = len(self._found) + len(self._waiting)
        self._waiting.append(work)

        def made(_: str) -> Place | None:
            self.settle(last=True)
            return self._found[index]

        return made

    def settle(self, *, last: bool = False) -> None:
        """Works out what was not worked out yet. After the `last` time the run is let go."""
        with self._lock:
            if not self._open:
                return
            if self._waiting:
                self._run.allow()
                tracer = Tracer(self._run.program, brief=True)
                self._found += [work(tracer) for work in self._waiting]
                self._waiting.clear()
            if last:
                self._let_go()

    def leave(self) -> None:
        """The decision is made, and nothing else will be asked of the run."""
        if not self._waiting:
            self._let_go()
            return
        _OPEN.append(ref(self))
        if len(_OPEN) > MOST_OPEN:
            oldest = _OPEN.popleft()()
            if oldest is not None:
                oldest.settle(last=True)

    def _let_go(self) -> None:
        self._open = False
        self._run.forget()

    def __del__(self) -> None:
        if self._open:
            self._run.forget()


#: The decisions whose places were not asked for yet, the oldest first.
_OPEN: deque[ref[Places]] = deque()


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
