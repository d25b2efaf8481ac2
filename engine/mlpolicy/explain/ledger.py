"""The ledger of a cost: a formula taken apart into lines, each with all that it is made of.

A total is a sum of terms. Where a term's figure comes from, of what it is made, and which
unknown widens the total by how much is read off the steps of the formula. Of an unknown that
stands in the total to the first power, outside of `max`, `ceil` and tiered prices, the width is
convex in it, so that no value in between removes less than its ends do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from mlpolicy.core import node as nodes
from mlpolicy.core.currencies import CODES
from mlpolicy.core.decision import (
    Apart,
    Cost,
    CostLine,
    CostSource,
    LineOrigin,
    SourceKind,
    Uncertain,
)
from mlpolicy.core.numbers import (
    ZERO,
    Infinite,
    Poly,
    add,
    bases,
    const,
    fixed,
    mul,
    range_of,
)
from mlpolicy.core.paths import FieldPath, Need, order
from mlpolicy.core.program import Apply, Define, DefRef, Expr
from mlpolicy.core.symbols import Symbol
from mlpolicy.core.terms import DefineKind
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.core.types import Quantity, Unit
from mlpolicy.core.values import Members, Num, is_known
from mlpolicy.dataclass import replace
from mlpolicy.evaluate.env import Answer, Bindings, Env
from mlpolicy.evaluate.unknowns import unknown_of
from mlpolicy.evaluate.values import result
from mlpolicy.explain.apart import apart
from mlpolicy.explain.reckoning import reckonings
from mlpolicy.explain.total import cost_bindings, cost_env, end_of
from mlpolicy.explain.tracer import Tracer
from mlpolicy.source import Place


@nodes.node(kw_only=True)
class Term:
    """One addend: `each` times `factor`, from `node`."""

    name: str
    node: Step
    each: Poly
    factor: Poly
    counted: tuple[Step, ...]
    refs: tuple[str, ...]

    @property
    def total(self) -> Poly:
        """The amount over the whole time, in the currency of the formula."""
        return mul(self.each, self.factor)


def costs(env: Env, answer: Answer | None) -> tuple[Cost, ...]:
    """Every cost formula for every outcome about which anything is stated or known. Raises
    FaultError."""
    program = env.subject.run.program
    tracer = Tracer(program, full=True)
    found: list[Cost] = []
    for define in program.defines.values():
        if define.kind is not DefineKind.COST:
            continue
        keys = define.key.members if define.key else ("",)
        for key in keys:
            cost = _cost(define, key, env, answer, tracer)
            if cost is not None:
                found.append(cost)
    return tuple(found)


def _cost(define: Define, key: str, env: Env, answer: Answer | None, tracer: Tracer) -> Cost | None:
    b = cost_bindings(define, key, answer)
    env = cost_env(key, env, answer)
    total = result(define.body, env, b).value
    assert isinstance(total, Num)
    terms = _Terms(env, tracer).of(define.body, b)
    wanted = answer is not None and key in answer.outcomes
    if not any(_is_stated(t.node) for t in terms) and (not wanted or _has_no_field(terms)):
        return None
    extent = range_of(total.poly)
    over = result(define.over, env, b).value if define.over is not None else None
    months: Fraction | None = None
    over_text = ""
    if isinstance(over, Num) and define.over is not None:
        months = over.poly.constant
        over_text = define.over.origin.text
    run = env.subject.run
    other = apart(run.program.clauses, run.document, env.subject.workload, run.program.scopes)
    lines = tuple(_line(t, other, run.program.currency) for t in terms)
    return Cost(
        formula=define.name,
        outcome=key,
        over=over_text,
        months=months,
        currency=run.program.currency,
        low=end_of(extent.range.lo),
        high=end_of(extent.range.hi),
        wider=extent.wider,
        lines=lines,
        missing=_missing(terms),
        refs=define.refs,
        uncertain=_uncertain(tracer.step(define.body, env, b), terms, env),
        widest=_widest(lines),
    )


def _missing(terms: list[Term]) -> tuple[Need, ...]:
    """The paths without which some line has an open end; an estimate is not missing."""
    needs: dict[Need, None] = {}
    for term in terms:
        extent = range_of(term.total).range
        if isinstance(extent.lo, Infinite) or isinstance(extent.hi, Infinite):
            needs.update(dict.fromkeys(term.node.needs))
    return tuple(needs)


def _has_no_field(terms: list[Term]) -> bool:
    """Is there a figure that the manifest has no place for, so that nobody can ever state it?"""
    return any(_width(term.total) is None and not term.node.needs for term in terms)


def _is_stated(node: Step) -> bool:
    """Does some manifest field stand behind this figure?"""
    return any(_states(n) for n in _amounts(node))


@nodes.node
class _Terms:
    """Takes formulas apart into addends."""

    env: Env
    tracer: Tracer

    def of(self, expr: Expr, b: Bindings) -> list[Term]:
        """The addends of an expression, through the formulas it names."""
        match expr:
            case Apply(operator="+", operands=(left, right)):
                return [*self.of(left, b), *self.of(right, b)]
            case Apply(operator="-", operands=(left, right)):
                minus = const(Fraction(-1))
                negative = [replace(t, each=mul(t.each, minus)) for t in self.of(right, b)]
                return [*self.of(left, b), *negative]
            case Apply(operator="*", operands=(left, right)):
                for sum_, factor in ((left, right), (right, left)):
                    addends = self.of(sum_, b)
                    if len(addends) > 1 or _is_rate(sum_):
                        by = self.tracer.step(factor, self.env, b)
                        poly = _poly(by)
                        return [
                            replace(t, factor=mul(t.factor, poly), counted=(*t.counted, by))
                            for t in addends
                        ]
            case DefRef():
                opened = self._open(expr, b)
                if opened is not None:
                    return opened
            case _:
                pass
        node = self.tracer.step(expr, self.env, b)
        name = node.name if node.kind in _NAMED else expr.origin.text
        return [
            Term(
                name=name,
                node=node,
                each=_poly(node),
                factor=const(Fraction(1)),
                counted=(),
                refs=node.refs,
            )
        ]

    def _open(self, expr: DefRef, b: Bindings) -> list[Term] | None:
        """The addends of a formula named by one, where it is a plain sum."""
        define = self.env.subject.run.program.defines.get(expr.name)
        if define is None or define.exceptions or expr.row is not None:
            return None
        if not isinstance(define.body, Apply | DefRef):
            return None
        inner = b.inner()
        if expr.key is not None:
            key = result(expr.key, self.env, b).value
            if not isinstance(key, Members) or not key.options or len(key.options) != 1:
                return None
            inner = inner.with_name(define.parameter, key)
        terms = self.of(define.body, inner)
        return terms if len(terms) > 1 else None


def _poly(step: Step) -> Poly:
    assert isinstance(step.value, Num)
    return step.value.poly


def _is_open(step: Step) -> bool:
    """Is the value of a step not known?"""
    return step.value is not None and not is_known(step.value)


_NAMED = frozenset({StepKind.INPUT, StepKind.DEFINE})


def _is_rate(expr: Expr) -> bool:
    """Money per time: what a span of time multiplies."""
    return (
        isinstance(expr.type, Quantity)
        and any(d in CODES and p == 1 for d, p in expr.type.unit.dims)
        and len(expr.type.unit.dims) > 1
    )


def _line(term: Term, other: Mapping[str, Apart], money: str) -> CostLine:
    total, each = range_of(term.total).range, range_of(term.each).range
    count = term.factor.constant or Fraction(1)
    of = term.node.type
    assert isinstance(of, Quantity)
    origin, place = _origin(term.node)
    low, high = end_of(total.lo), end_of(total.hi)
    return CostLine(
        name=term.name,
        low=low if low is not None else Fraction(0),
        high=high,
        each_low=end_of(each.lo) or Fraction(0),
        each_high=end_of(each.hi),
        per=f"{money}/month" if of.unit.dims == ((money, 1), ("month", -1)) else of.unit.text,
        count=count,
        origin=origin,
        place=place,
        refs=term.refs or _refs(term.node),
        sources=tuple(_told_apart(source, other) for source in _sources(term)),
        reckonings=reckonings(term.node),
    )


def _origin(node: Step) -> tuple[LineOrigin, Place | None]:
    """Where a figure comes from: the manifest field, else the policy's own line."""
    if node.kind is StepKind.INPUT and node.basis is Basis.ASSUMED:
        below = [n for n in _amounts(node) if n is not node and _states(n)]
        if below:
            paths = tuple(dict.fromkeys(_path(n) for n in below))
            return LineOrigin(SourceKind.COMPUTED, paths), below[0].from_
        return LineOrigin(SourceKind.ASSUMED), node.at
    stated = next((n for n in _amounts(node) if _states(n)), None)
    if stated is not None:
        return LineOrigin(SourceKind.STATED, (_path(stated),)), stated.from_
    if node.needs:
        return LineOrigin(SourceKind.MISSING, node.needs), node.from_
    return LineOrigin(SourceKind.POLICY), node.at


# ── What a figure is made of ─────────────────────────────────────────────────────────────


def _sources(term: Term) -> tuple[CostSource, ...]:
    """All that goes into a line: into its figure, then into how often it is taken."""
    found: dict[tuple[object, ...], CostSource] = {}
    for node, counts in ((term.node, False), *((by, True) for by in term.counted)):
        met = list(_made_of(node))
        if not met and not counts:
            met = [_source(SourceKind.POLICY, term.name, node)]
        for source in met:
            told = replace(source, counts=counts)
            found.setdefault((told.kind, told.name, told.basis, told.place, counts), told)
    return tuple(found.values())


def _told_apart(source: CostSource, other: Mapping[str, Apart]) -> CostSource:
    """A figure of the policy, with what it was established for where that is not this manifest."""
    if source.kind is not SourceKind.PRICE:
        return source
    return replace(source, apart=next((other[r] for r in source.refs if r in other), None))


def _made_of(node: Step) -> Iterator[CostSource]:
    match node.kind:
        case StepKind.INPUT if node.basis is Basis.ASSUMED:
            place = node.at
            worked_out = any(each is not node and _states(each) for each in _amounts(node))
            kind = SourceKind.COMPUTED if worked_out else SourceKind.ASSUMED
            yield _source(kind, _path(node), node, place)
        case StepKind.INPUT | StepKind.FACT | StepKind.ENTRY if _states(node):
            kind = SourceKind.ESTIMATE if _is_open(node) else SourceKind.STATED
            yield _source(kind, _path(node), node, node.from_)
            return
        case StepKind.INPUT | StepKind.ENTRY if _is_open(node) and not node.children:
            for path in node.needs:
                yield _source(SourceKind.MISSING, path, node, node.from_)
            return
        case StepKind.PRICE if node.basis is Basis.NOT_REACHED:
            return
        case StepKind.PRICE | StepKind.CELL:
            yield _source(SourceKind.PRICE, node.name, node, node.from_)
            return
        case StepKind.THRESHOLD | StepKind.PARAM:
            yield _source(SourceKind.BAR, node.name, node)
            return
        case StepKind.CONSTANT if node.basis is not Basis.COMPUTED:
            yield replace(_source(SourceKind.POLICY, "", node), basis=node.basis)
            return
    for child in _inner(node):
        yield from _made_of(child)


def _source(
    kind: SourceKind, name: Need | str, node: Step, place: Place | None = None
) -> CostSource:
    where = place or node.at
    assert node.value is not None
    assert node.type is not None
    return CostSource(
        kind=kind, name=name, value=node.value, of=node.type, place=where, refs=node.refs
    )


# ── What widens a total ──────────────────────────────────────────────────────────────────


def _uncertain(root: Step, terms: list[Term], env: Env) -> tuple[Uncertain, ...]:
    """The unknowns of a total by how much of its width is sure to go once they are known. Lines
    with an open end are left out: they are missing, which is worse, and told as such."""
    total = const(ZERO)
    for term in terms:
        if _width(term.total) is not None:
            total = add(total, term.total)
    width = _width(total)
    if not width:
        return ()
    found: list[Uncertain] = []
    for key, atom in bases(total).items():
        ends = (atom.range.lo, atom.range.hi)
        left = [_width_at(total, key, end) for end in ends if isinstance(end, Fraction)]
        if len(left) < 2 or any(rest is None for rest in left):
            continue
        most = max(rest for rest in left if rest is not None)
        needs, unit = _about(key, root, env)
        # A line's width beside its spread when this is known: what it adds to that line.
        adds = [(_added(t.total, key, ends), t.name) for t in terms]
        lines = tuple(name for _, name in sorted((-w, name) for w, name in adds if w > 0))
        found.append(
            Uncertain(
                needs=needs,
                within=atom.range if unit else None,
                unit=unit,
                removes=max(ZERO, width - most),
                lines=lines,
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.removes, tuple(map(order, each.needs)))))


def _width(poly: Poly) -> Fraction | None:
    extent = range_of(poly).range
    if isinstance(extent.lo, Infinite) or isinstance(extent.hi, Infinite):
        return None
    return extent.hi - extent.lo


def _width_at(poly: Poly, key: Symbol, value: Fraction) -> Fraction | None:
    try:
        return _width(fixed(poly, key, value))
    except ZeroDivisionError:
        return None


def _added(poly: Poly, key: Symbol, ends: tuple[Fraction | Infinite, ...]) -> Fraction:
    """How much of a line's own width goes with this unknown."""
    width = _width(poly)
    if width is None or key not in bases(poly):
        return ZERO
    left = [_width_at(poly, key, end) for end in ends if isinstance(end, Fraction)]
    return width - max((rest for rest in left if rest is not None), default=width)


def _about(symbol: Symbol, root: Step, env: Env) -> tuple[tuple[Need, ...], Unit | None]:
    """What would tell an unknown, and its unit where it is a number: from the deepest
    step that is it."""
    unknown = unknown_of(symbol, env.subject.run)
    node = _deepest(root, symbol) or root
    of = unknown.type if unknown is not None else node.type
    unit = of.unit if isinstance(of, Quantity) else None
    if unknown is not None:
        need = unknown.path or unknown.place
        return ((need,) if need is not None else (), unit)
    return (node.needs, unit)


def _deepest(node: Step, key: Symbol) -> Step | None:
    for child in _inner(node):
        found = _deepest(child, key)
        if found is not None:
            return found
    return node if key in bases(_poly(node)) else None


def _widest(lines: tuple[CostLine, ...]) -> str:
    wide = [(line.high - line.low, line.name) for line in lines if line.high is not None]
    most = max((width for width, _ in wide), default=ZERO)
    return next((name for width, name in wide if most and width == most), "")


def _states(node: Step) -> bool:
    return (
        node.kind in (StepKind.INPUT, StepKind.FACT, StepKind.ENTRY)
        and node.from_ is not None
        and node.basis in (Basis.STATED, Basis.ESTIMATE)
    )


def _path(node: Step) -> FieldPath | str:
    """The field of a stated value, or the name of a column."""
    if node.kind is StepKind.ENTRY or node.path is None:
        return node.name
    return node.path


_BESIDE = frozenset(
    {
        *(StepKind.ANY, StepKind.FIRST, StepKind.ROW, StepKind.LOOKUP, StepKind.BEST),
        *(StepKind.COMPARE, StepKind.IS, StepKind.IN, StepKind.WITHIN),
    }
)


def _amounts(node: Step) -> list[Step]:
    """The nodes whose amounts go into a figure: not those of the conditions that chose it."""
    found = [node]
    for child in _inner(node):
        found.extend(_amounts(child))
    return found


def _inner(node: Step) -> list[Step]:
    children = node.children[-1:] if node.kind is StepKind.CASE else node.children
    return [c for c in children if c.kind not in _BESIDE and isinstance(c.value, Num)]


def _all(node: Step) -> list[Step]:
    found = [node]
    for child in node.children:
        found.extend(_all(child))
    return found


def _refs(node: Step) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in _all(node):
        found.update(dict.fromkeys(each.refs))
    return tuple(found)
