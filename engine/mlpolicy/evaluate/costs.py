"""The ledger: every cost as lines that add up to it.

The body of a `cost` formula is taken apart at its sums, through the formulas it names; a
product of a sum and a factor gives one line per addend, each times the factor. What cannot
be taken apart is one line. Lines keep the amount of one period, how many periods, and where
the figure comes from: every field of the manifest, every price of a catalogue and every
assumption that goes into it.

Where a total is a range, what widens it is ranked. An unknown is set to each end of its range,
the others keeping theirs; what the total's width loses at the end where it loses least is what
knowing it is sure to remove. For an unknown that stands plainly in the total (to the first
power, outside of `max`, `ceil` and tiered prices) the width is convex in it, so that no value
in between removes less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from mlpolicy.core import node as nodes
from mlpolicy.core.decision import Cost, CostLine, CostSource, LineOrigin, SourceKind, Uncertain
from mlpolicy.core.numbers import (
    ZERO,
    Infinite,
    Poly,
    Range,
    add,
    bases,
    const,
    fixed,
    mul,
    range_of,
)
from mlpolicy.core.program import ArithExpr, Define, DefRef, Expr
from mlpolicy.core.show import show_range
from mlpolicy.core.trace import Basis, StepKind
from mlpolicy.core.types import Quantity
from mlpolicy.core.values import Num, is_known, member
from mlpolicy.evaluate.inputs import path_text
from mlpolicy.evaluate.nodes import value_of
from mlpolicy.evaluate.state import Answer, Bindings, Env, Node
from mlpolicy.source import Place


@nodes.node
class Term:
    """One addend: `each` times `factor`, from `node`."""

    name: str
    node: Node
    each: Poly
    factor: Poly
    counted: tuple[Node, ...]
    refs: tuple[str, ...]

    @property
    def total(self) -> Poly:
        return mul(self.each, self.factor)


def costs(env: Env, answer: Answer | None) -> tuple[Cost, ...]:
    """Every cost formula for every outcome about which anything is stated or known."""
    program = env.subject.run.program
    found: list[Cost] = []
    for define in program.defines.values():
        if define.kind != "cost":
            continue
        keys = define.key.members if define.key else ("",)
        for key in keys:
            cost = _cost(define, key, env, answer)
            if cost is not None:
                found.append(cost)
    return tuple(found)


def _cost(define: Define, key: str, env: Env, answer: Answer | None) -> Cost | None:
    b = Bindings(answer=answer)
    env = cost_env(key, env, answer)
    if define.key is not None:
        b = b.with_name(define.parameter, member(key))
    node = value_of(define.body, env, b)
    assert isinstance(node.value, Num)
    terms = _terms(define.body, env, b)
    wanted = answer is not None and key in answer.outcomes
    if not any(_is_stated(t.node) for t in terms) and (not wanted or _has_no_field(terms)):
        return None
    extent = range_of(node.value.poly)
    over = value_of(define.over, env, b) if define.over is not None else None
    months: Fraction | None = None
    over_text = ""
    if over is not None and isinstance(over.value, Num):
        months = over.value.poly.constant
        over_text = define.over.origin.text if define.over is not None else ""
    missing = _missing(terms)
    lines = tuple(_line(t, env) for t in terms)
    uncertain = _uncertain(node, terms, env)
    return Cost(
        define.name,
        key,
        over_text,
        months,
        "USD",
        _end(extent.range.lo),
        _end(extent.range.hi),
        extent.wider,
        lines,
        missing,
        define.refs,
        uncertain,
        _widest(lines),
    )


def cost_env(key: str, env: Env, answer: Answer | None) -> Env:
    """The cost of what is shown is asked with its path assumed; others with nothing assumed."""
    if answer is not None and answer.reached is not None and answer.reached.outcome == key:
        return answer.reached.env
    return env


def _end(bound: Fraction | Infinite) -> Fraction | None:
    return None if isinstance(bound, Infinite) else bound


def _missing(terms: list[Term]) -> tuple[str, ...]:
    """The paths without which some line has an open end; an estimate is not missing."""
    needs: dict[str, None] = {}
    for term in terms:
        extent = range_of(term.total).range
        if isinstance(extent.lo, Infinite) or isinstance(extent.hi, Infinite):
            needs.update(dict.fromkeys(term.node.needs))
    return tuple(needs)


def _has_no_field(terms: list[Term]) -> bool:
    """Is there a figure that the manifest has no place for, so that nobody can ever state it?"""
    return any(_width(term.total) is None and not term.node.needs for term in terms)


def _is_stated(node: Node) -> bool:
    """Does some manifest field stand behind this figure?"""
    return any(_states(n) for n in _amounts(node))


def _terms(expr: Expr, env: Env, b: Bindings) -> list[Term]:
    """The addends of an expression, through the formulas it names."""
    node = value_of(expr, env, b)
    match expr:
        case ArithExpr(operator="+", left=left, right=right):
            return [*_terms(left, env, b), *_terms(right, env, b)]
        case ArithExpr(operator="-", left=left, right=right):
            minus = const(Fraction(-1))
            negative = [replace(t, each=mul(t.each, minus)) for t in _terms(right, env, b)]
            return [*_terms(left, env, b), *negative]
        case ArithExpr(operator="*", left=left, right=right):
            for sum_, factor in ((left, right), (right, left)):
                addends = _terms(sum_, env, b)
                if len(addends) > 1 or _is_rate(sum_):
                    by = value_of(factor, env, b)
                    assert isinstance(by.value, Num)
                    poly = by.value.poly
                    return [
                        replace(t, factor=mul(t.factor, poly), counted=(*t.counted, by))
                        for t in addends
                    ]
        case DefRef():
            opened = _open(expr, env, b)
            if opened is not None:
                return opened
    assert isinstance(node.value, Num)
    name = node.name if node.kind in _NAMED else expr.origin.text
    return [Term(name, node, node.value.poly, const(Fraction(1)), (), node.refs)]


_NAMED = frozenset({StepKind.INPUT, StepKind.DEFINE, StepKind.FORMULA})


def _is_rate(expr: Expr) -> bool:
    """Money per time: what a span of time multiplies."""
    return (
        isinstance(expr.type, Quantity)
        and ("USD", 1) in expr.type.unit.dims
        and len(expr.type.unit.dims) > 1
    )


def _open(expr: DefRef, env: Env, b: Bindings) -> list[Term] | None:
    """The addends of a formula named by one, where it is a plain sum."""
    program = env.subject.run.program
    define = program.defines.get(expr.name)
    if define is None or define.exceptions or expr.row is not None:
        return None
    if not isinstance(define.body, ArithExpr | DefRef):
        return None
    inner = b.inner()
    if expr.key is not None:
        key = value_of(expr.key, env, b).value
        options = getattr(key, "options", None)
        if not options or len(options) != 1:
            return None
        inner = inner.with_name(define.parameter, key)
    terms = _terms(define.body, env, inner)
    return terms if len(terms) > 1 else None


def _line(term: Term, env: Env) -> CostLine:
    total, each = range_of(term.total).range, range_of(term.each).range
    count = term.factor.constant or Fraction(1)
    of = term.node.type
    assert isinstance(of, Quantity)
    origin, place = _origin(term.node, env)
    low, high = _end(total.lo), _end(total.hi)
    return CostLine(
        term.name,
        low if low is not None else Fraction(0),
        high,
        _end(each.lo) or Fraction(0),
        _end(each.hi),
        "USD/month" if of.unit.dims == (("USD", 1), ("month", -1)) else of.unit.text,
        count,
        origin,
        place,
        term.refs or _refs(term.node),
        _sources(term, env),
    )


def _origin(node: Node, env: Env) -> tuple[LineOrigin, Place | None]:
    """Where a figure comes from: the manifest field, else the policy's own line."""
    if node.kind is StepKind.INPUT and node.basis is Basis.ASSUMED:
        below = [n for n in _amounts(node) if n is not node and _states(n)]
        if below:
            paths = tuple(dict.fromkeys(_path(n, env) for n in below))
            return LineOrigin(SourceKind.ASSUMED, paths), below[0].place
        return LineOrigin(SourceKind.ASSUMED), node.origin.place if node.origin else None
    stated = next((n for n in _amounts(node) if _states(n)), None)
    if stated is not None:
        return LineOrigin(SourceKind.STATED, (_path(stated, env),)), stated.place
    if node.needs:
        return LineOrigin(SourceKind.MISSING, node.needs), node.place
    return LineOrigin(SourceKind.POLICY), node.origin.place if node.origin else None


# ── What a figure is made of ─────────────────────────────────────────────────────────────


def _sources(term: Term, env: Env) -> tuple[CostSource, ...]:
    """All that goes into a line: into its figure, then into how often it is taken."""
    found: dict[tuple[object, ...], CostSource] = {}
    for node, counts in ((term.node, False), *((by, True) for by in term.counted)):
        met = list(_made_of(node, env))
        if not met and not counts:
            met = [_source(SourceKind.POLICY, term.name, node)]
        for source in met:
            told = replace(source, counts=counts)
            found.setdefault((told.kind, told.name, told.basis, told.place, counts), told)
    return tuple(found.values())


def _made_of(node: Node, env: Env) -> Iterator[CostSource]:
    match node.kind:
        case StepKind.INPUT if node.basis is Basis.ASSUMED:
            place = node.origin.place if node.origin else None
            yield _source(SourceKind.ASSUMED, _path(node, env), node, place)
        case StepKind.INPUT | StepKind.FACT | StepKind.ENTRY if _states(node):
            kind = SourceKind.STATED if is_known(node.value) else SourceKind.ESTIMATE
            yield _source(kind, _path(node, env), node, node.place)
            return
        case StepKind.INPUT | StepKind.ENTRY if not is_known(node.value) and not node.children:
            for path in node.needs:
                yield _source(SourceKind.MISSING, path, node, node.place)
            return
        case StepKind.PRICE if node.basis is Basis.NOT_REACHED:
            return
        case StepKind.PRICE | StepKind.CELL:
            yield _source(SourceKind.PRICE, node.name, node, node.place)
            return
        case StepKind.THRESHOLD | StepKind.PARAM:
            yield _source(SourceKind.BAR, node.name, node)
            return
        case StepKind.CONSTANT if node.basis is not Basis.COMPUTED:
            yield replace(_source(SourceKind.POLICY, "", node), basis=node.basis)
            return
    for child in _inner(node):
        yield from _made_of(child, env)


def _source(kind: SourceKind, name: str, node: Node, place: Place | None = None) -> CostSource:
    where = place or (node.origin.place if node.origin else None)
    return CostSource(kind, name, node.value, node.type, where, node.refs)


# ── What widens a total ──────────────────────────────────────────────────────────────────


def _uncertain(root: Node, terms: list[Term], env: Env) -> tuple[Uncertain, ...]:
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
        needs, value = _about(key, atom.range, root, env)
        # A line's width beside its spread when this is known: what it adds to that line.
        adds = [(_added(t.total, key, ends), t.name) for t in terms]
        lines = tuple(name for _, name in sorted((-w, name) for w, name in adds if w > 0))
        found.append(Uncertain(needs, value, max(ZERO, width - most), lines))
    return tuple(sorted(found, key=lambda each: (-each.removes, each.needs)))


def _width(poly: Poly) -> Fraction | None:
    extent = range_of(poly).range
    if isinstance(extent.lo, Infinite) or isinstance(extent.hi, Infinite):
        return None
    return extent.hi - extent.lo


def _width_at(poly: Poly, key: str, value: Fraction) -> Fraction | None:
    try:
        return _width(fixed(poly, key, value))
    except ZeroDivisionError:
        return None


def _added(poly: Poly, key: str, ends: tuple[Fraction | Infinite, ...]) -> Fraction:
    """How much of a line's own width goes with this unknown."""
    width = _width(poly)
    if width is None or key not in bases(poly):
        return ZERO
    left = [_width_at(poly, key, end) for end in ends if isinstance(end, Fraction)]
    return width - max((rest for rest in left if rest is not None), default=width)


def _about(key: str, within: Range, root: Node, env: Env) -> tuple[tuple[str, ...], str]:
    """The paths that would tell an unknown, and its range, from the deepest node that is it."""
    subject = env.subject
    node = _deepest(root, key) or root
    assert isinstance(node.type, Quantity)
    slot = subject.slots.get(key)
    of = slot.type if slot is not None else node.type
    value = show_range(within.lo, within.hi, of.unit) if isinstance(of, Quantity) else ""
    if slot is not None:
        return ((slot.path or str(slot.place),), value)
    return (subject.joined.get(key) or node.needs, value)


def _deepest(node: Node, key: str) -> Node | None:
    for child in _inner(node):
        found = _deepest(child, key)
        if found is not None:
            return found
    assert isinstance(node.value, Num)
    return node if key in bases(node.value.poly) else None


def _widest(lines: tuple[CostLine, ...]) -> str:
    wide = [(line.high - line.low, line.name) for line in lines if line.high is not None]
    most = max((width for width, _ in wide), default=ZERO)
    return next((name for width, name in wide if most and width == most), "")


def _states(node: Node) -> bool:
    return (
        node.kind in (StepKind.INPUT, StepKind.FACT, StepKind.ENTRY)
        and node.place is not None
        and node.basis in (Basis.STATED, Basis.ESTIMATE)
    )


def _path(node: Node, env: Env) -> str:
    """The manifest path of a stated value."""
    name, _, key = node.name.rstrip(")").partition("(")
    declared = env.subject.run.program.inputs.get(name)
    return path_text(declared, key) if declared is not None else node.name


_BESIDE = frozenset(
    {
        *(StepKind.ANY, StepKind.FIRST, StepKind.ROW, StepKind.LOOKUP, StepKind.LATEST),
        *(StepKind.COMPARE, StepKind.IS, StepKind.IN, StepKind.WITHIN),
    }
)


def _amounts(node: Node) -> list[Node]:
    """The nodes whose amounts go into a figure: not those of the conditions that chose it."""
    found = [node]
    for child in _inner(node):
        found.extend(_amounts(child))
    return found


def _inner(node: Node) -> list[Node]:
    children = node.children[-1:] if node.kind is StepKind.CASE else node.children
    return [c for c in children if c.kind not in _BESIDE and isinstance(c.value, Num)]


def _all(node: Node) -> list[Node]:
    found = [node]
    for child in node.children:
        found.extend(_all(child))
    return found


def _refs(node: Node) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in _all(node):
        found.update(dict.fromkeys(each.refs))
    return tuple(found)
