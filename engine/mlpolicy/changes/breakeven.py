"""Where, along one number of a manifest, one amount comes to less than another: the costs of two
outcomes, or any two amounts of one unit that the policy has a name for.

Both are evaluated with the number left open, over all values it can have. Their difference is
then a formula in that number, and where it turns is solved exactly (`core.roots`). Where a
formula has cases that hang on the number, the line is cut at those too, and each part evaluated
by itself. What is told of a part was proved for all of it: whatever else is unknown may be, and
whatever the rests of steps are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import combinations, groupby

from mlpolicy.analyze.query import Amount, amounts
from mlpolicy.changes.editable import (
    EditableField,
    Line,
    bound,
    editables,
    interval_text,
    number_today,
    said,
)
from mlpolicy.changes.partition import Interval, Piece, partition
from mlpolicy.check.reads import reached
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.numbers import Poly, Range, bases, sub, unknown
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import (
    AggregateExpr,
    BarRef,
    ChoiceRef,
    Const,
    Define,
    DefRef,
    Expr,
    InputRef,
    Program,
)
from mlpolicy.core.roots import crossings, edges, sign_of, substitute, value_at
from mlpolicy.core.symbols import NameSymbol, NodeSymbol, Role, Symbol
from mlpolicy.core.terms import DefineKind, Over
from mlpolicy.core.types import EnumType, Quantity, Type, Unit
from mlpolicy.dataclass import dataclass, field
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.env import FaultError
from mlpolicy.evaluate.trees import decide
from mlpolicy.explain.ledger import costs
from mlpolicy.judge.answers import answer_of
from mlpolicy.schema import Schema
from mlpolicy.source import Origin

EQUAL = ""
#: The most evaluations of the policy for one pair.
MOST_EVALUATED = 120
#: The most parts of the line that are looked at; most are read off a formula that is solved.
MOST_LOOKS = 800


@node
class Named:
    """Something of a policy that is an amount: `name` as it is written, `tco(diy)`; of that,
    `declared` is the name of what is declared."""

    name: str
    declared: str
    unit: Unit
    expr: Expr


@node
class Side:
    """A part of the line and which of two amounts is less on all of it: its name, `EQUAL` where
    both are the same, None where that could not be told. `low` and `high` are its ends in the
    field's unit, both included."""

    where: str
    cheaper: str | None
    low: Fraction
    high: Fraction


@node(kw_only=True)
class Pair:
    """Two amounts: of two outcomes by one cost formula, or (`formula` empty) two that are named.
    `sides` follow each other without gap; `needs` is what else that is unknown some of them
    hang on; there are none where all of them do. `even` are the numbers at which both come to
    exactly the same, whether or not a manifest can state them. `unlimited` names those that have
    no limit, `unsaid` those that neither the policy nor any field of a manifest says;
    `answering` says that what could not be told hangs on the answer, which is open there."""

    formula: str
    first: str
    second: str
    sides: tuple[Side, ...]
    even: tuple[Fraction, ...]
    needs: tuple[Need, ...]
    unlimited: tuple[str, ...] = ()
    unit: str = ""
    answering: bool = False
    unsaid: tuple[str, ...] = ()


@node(kw_only=True)
class BreakEven:
    """The answer for one field of one workload. `today` is what is stated, in words."""

    workload: str
    path: FieldPath
    unit: str
    today: str
    pairs: tuple[Pair, ...]


# ── What can be compared ─────────────────────────────────────────────────────────────────


def comparable(program: Program) -> dict[str, Named]:
    """Everything in a policy that is an amount, by its name, in the order of the policy: inputs,
    bars, params, definitions and costs; what has a key, once for each of its members."""
    found: dict[str, Named] = {}
    for declared in program.inputs.values():
        for key in _keys(declared.key, declared.origin, declared.missing_keys):
            of, origin = declared.type, declared.origin
            _add(
                found,
                declared.name,
                key,
                of,
                InputRef(name=declared.name, key=key, type=of, origin=origin),
            )
    for bar in program.bars.values():
        _add(found, bar.name, None, bar.type, BarRef(bar.name, type=bar.type, origin=bar.origin))
    for define in program.defines.values():
        if define.of:
            continue
        for key in _keys(define.key, define.origin):
            of, origin = define.type, define.origin
            _add(
                found,
                define.name,
                key,
                of,
                DefRef(name=define.name, key=key, type=of, origin=origin),
            )
    return found


def _keys(
    key: EnumType | None, origin: Origin, missing: frozenset[str] = frozenset()
) -> Iterator[Const | None]:
    if key is None:
        yield None
        return
    for each in key.members:
        if each not in missing:
            yield Const(each, type=key, origin=origin)


def _add(found: dict[str, Named], name: str, key: Const | None, of: Type, expr: Expr) -> None:
    if isinstance(of, Quantity):
        written = f"{name}({key.value})" if key is not None else name
        found[written] = Named(written, name, of.unit, expr)


def named(program: Program, name: str) -> tuple[Named, ...]:
    """What a name that was asked for means: an amount; or an outcome's cost by each formula."""
    every = comparable(program)
    if name in every:
        return (every[name],)
    if name not in program.outcome.members:
        return ()
    costs = (d.name for d in program.defines.values() if d.kind is DefineKind.COST)
    return tuple(every[f"{cost}({name})"] for cost in costs if f"{cost}({name})" in every)


def number_field(
    program: Program, document: Document, schema: Schema, workload: str, path: FieldPath
) -> EditableField | None:
    """The number at a path of the manifest, None where the policy reads no such number."""
    found = editables(program, document, schema, program.inputs, (workload,), any_field=True)
    for editable in found:
        if (
            editable.path == path
            and isinstance(editable.domain, Line)
            and editable.domain.grain is None
        ):
            return editable
    return None


def number_paths(
    program: Program, document: Document, schema: Schema, workload: str
) -> tuple[FieldPath, ...]:
    """Every path that `number_field` knows."""
    found = editables(program, document, schema, program.inputs, (workload,), any_field=True)
    return tuple(k.path for k in found if isinstance(k.domain, Line) and k.domain.grain is None)


def break_even(
    program: Program,
    document: Document,
    editable: EditableField,
    workload: str,
    *,
    as_of: date,
    between: tuple[str, str] | None = None,
) -> BreakEven:
    """Every two outcomes with a cost, by every cost formula, along one number; or these two,
    each an outcome or a name of `comparable`."""
    line = _Along(
        program=program, document=document, editable=editable, workload=workload, as_of=as_of
    )
    pairs = _named_pairs(line, between) if between is not None else _cost_pairs(line)
    return BreakEven(
        workload=workload,
        path=editable.path,
        unit=editable.unit.text,
        today=said_today(editable),
        pairs=tuple(pairs),
    )


def said_today(editable: EditableField) -> str:
    """What the manifest states of it, in words; empty where nothing."""
    number = number_today(editable)
    if number is not None:
        return said(number, editable)
    return "" if editable.today is None else "not one number"


def _cost_pairs(line: _Along) -> Iterator[Pair]:
    every = comparable(line.program)
    for define in line.program.defines.values():
        if define.kind is not DefineKind.COST or define.key is None:
            continue
        outcomes = _priced(line, define)
        for first, second in combinations(outcomes, 2):
            one, other = (every[f"{define.name}({outcome})"] for outcome in (first, second))
            yield _pair(line, define.name, (first, second), (one, other))


def _priced(line: _Along, define: Define) -> tuple[str, ...]:
    """The outcomes about whose cost the manifest or the policy says anything at all."""
    assert define.key is not None
    run = begin(line.program, line.document, line.as_of.toordinal())
    env = run.envs[line.workload]
    try:
        ledger = costs(env, answer_of(decide(env)))
    except FaultError:
        return ()
    told = {cost.outcome for cost in ledger if cost.formula == define.name}
    return tuple(name for name in define.key.members if name in told)


def _named_pairs(line: _Along, between: tuple[str, str]) -> Iterator[Pair]:
    """Two outcomes are compared by each cost; an outcome and an amount by each that has its
    unit."""
    one, other = (named(line.program, name) for name in between)
    outcomes = line.program.outcome.members
    if all(name in outcomes for name in between):
        for a, b in zip(one, other, strict=True):
            yield _pair(line, a.declared, between, (a, b))
        return
    for a in one:
        for b in other:
            if a.unit.dims == b.unit.dims:
                yield _pair(line, "", (a.name, b.name), (a, b))


# ── One pair ─────────────────────────────────────────────────────────────────────────────

#: What a look can say of a part besides -1, 0 and 1: the sign hangs on something else that is
#: unknown; or it was not looked at for long enough.
_HANGS, _UNSEEN = 2, 3


@dataclass(kw_only=True)
class _Along:
    """A number of a manifest, and how often the policy was evaluated along it."""

    program: Program
    document: Document
    editable: EditableField
    workload: str
    as_of: date

    @property
    def whole(self) -> Interval:
        assert isinstance(self.editable.domain, Line)
        return self.editable.domain.interval

    def base(self, interval: Interval) -> Range:
        """A part of the line, in base units."""
        scale = self.editable.unit.scale
        return Range(interval.low * scale, interval.high * scale)


@dataclass(kw_only=True)
class _Difference:
    """The difference of two amounts along a line. `solved` are the parts of it on which it is a
    formula in the number alone, so that the policy need not be asked again there."""

    line: _Along
    pair: tuple[Named, Named]
    others: bool
    evaluated: int = 0
    solved: list[tuple[Interval, Poly]] = field(default_factory=list)
    needs: dict[Need, None] = field(default_factory=dict)
    unlimited: dict[str, None] = field(default_factory=dict)
    unsaid: dict[str, None] = field(default_factory=dict)
    even: set[Fraction] = field(default_factory=set)

    def on(self, interval: Interval) -> tuple[tuple[Amount, ...], Poly | None, frozenset[Fraction]]:
        """Both amounts on a part of the line, their difference, and where what they hang on
        turns; nothing where they cannot be evaluated."""
        line = self.line
        self.evaluated += 1
        there = bound(line.document, line.editable, interval)
        exprs = [each.expr for each in self.pair]
        found = amounts(line.program, there, line.workload, exprs, line.as_of, others=self.others)
        if found is None:
            return (), None, frozenset()
        made, turns = found
        a, b = (each.poly for each in made)
        for each, amount in zip(self.pair, made, strict=True):
            if amount.poly is None:
                self.unlimited[each.name] = None
        return made, None if a is None or b is None else sub(a, b), turns(line.editable.slot)

    def look(self, interval: Interval) -> tuple[int | None, Iterable[Fraction]]:
        """The sign of the difference on all of a part, or where it may turn there."""
        slot, scale = self.line.editable.slot, self.line.editable.unit.scale
        within = self.line.base(interval)
        difference = next((p for part, p in self.solved if _holds(part, interval)), None)
        points: frozenset[Fraction] = frozenset()
        made: tuple[Amount, ...] = ()
        if difference is None:
            if self.evaluated >= MOST_EVALUATED:
                return _UNSEEN, ()
            made, difference, points = self.on(interval)
            if difference is None:
                return (_HANGS if made or interval.is_point else None), ()
            if set(bases(difference)) <= {slot}:
                self.solved.append((interval, difference))
        try:
            here = substitute(difference, {slot: unknown(slot, within)})
        except ZeroDivisionError:
            return _UNSEEN if interval.is_point else None, ()
        sign = sign_of(here)
        if sign is not None:
            return sign, ()
        if interval.is_point:
            return self.hanging(made)
        cuts = {point / scale for point in points | self.turning(here, within)}
        inside = [cut for cut in cuts if interval.is_cut_by(cut, self.line.whole)]
        if inside:
            return None, inside
        # A formula in this number alone turns where no zero was told; one of which only cases are
        # known may be told in parts. Halving helps only where it is told somewhere.
        cases = any(_is_of_cases(symbol) for symbol in bases(here))
        if set(bases(here)) == {slot} or (cases and self.told_somewhere(interval)):
            return None, ()
        return self.hanging(made)

    def told_somewhere(self, interval: Interval) -> bool:
        """Is the sign known at the ends of a part, or in the middle?"""
        for number in (interval.low, interval.middle, interval.high):
            difference = self.on(Interval(number, number, interval.step))[1]
            if difference is not None and sign_of(difference) is not None:
                return True
        return False

    def hanging(self, made: tuple[Amount, ...]) -> tuple[int, tuple[()]]:
        """Notes what else the difference hangs on."""
        for each, amount in zip(self.pair, made, strict=False):
            others = [need for need in amount.needs if need != self.line.editable.path]
            self.needs.update(dict.fromkeys(others))
            if amount.poly is not None and set(bases(amount.poly)) - {self.line.editable.slot}:
                if not others:
                    self.unsaid[each.name] = None
        return _HANGS, ()

    def turning(self, here: Poly, within: Range) -> set[Fraction]:
        """Where a difference may turn: its zeros, exact or as a narrow range; and where the
        others that it hangs on can no longer make up for it."""
        slot = self.line.editable.slot
        if set(bases(here)) != {slot}:
            return edges(here, slot, within)
        found = crossings(here, slot, within)
        zeros = {p for p in found.points if value_at(here, slot, p) == 0}
        self.even |= {zero / self.line.editable.unit.scale for zero in zeros}
        ends = (end for narrow in found.between for end in (narrow.lo, narrow.hi))
        points = found.points | {end for end in ends if isinstance(end, Fraction)}
        return points if found.whole else points | edges(here, slot, within)

    def is_even(self, at: Fraction) -> bool:
        """Do both come to the same there, as the policy has it?"""
        point = Interval(at, at, Fraction(1))
        slot = self.line.editable.slot
        for part, poly in self.solved:
            if at in part:
                return value_at(poly, slot, at * self.line.editable.unit.scale) == 0
        difference = self.on(point)[1]
        return difference is not None and difference.constant == 0


def _holds(part: Interval, interval: Interval) -> bool:
    return part.low <= interval.low and interval.high <= part.high


def _is_of_cases(symbol: Symbol) -> bool:
    """Is it one of several values, of which only the cases are known?"""
    joins = (Role.JOIN, Role.EXCEPTIONS)
    return isinstance(symbol, NodeSymbol | NameSymbol) and symbol.role in joins


def _pair(line: _Along, formula: str, names: tuple[str, str], pair: tuple[Named, Named]) -> Pair:
    exprs: list[Expr] = [each.expr for each in pair]
    kinds = list(reached(exprs, line.program))
    others = any(isinstance(e, AggregateExpr) and e.over is not Over.SET for e in kinds)
    difference = _Difference(line=line, pair=pair, others=others)
    pieces = partition(line.whole, difference.look, MOST_LOOKS)
    unit = pair[0].unit.text
    answering = any(isinstance(e, ChoiceRef) for e in kinds)
    answering = answering and any(piece.holds == _HANGS for piece in pieces)
    sides = tuple(_sides(pieces, names, line))
    if all(side.cheaper is None for side in sides):
        sides = ()
    even = tuple(sorted(at for at in difference.even if difference.is_even(at)))
    return Pair(
        formula=formula,
        first=names[0],
        second=names[1],
        sides=sides,
        even=even if sides else (),
        needs=_stateable(difference.needs),
        unlimited=tuple(difference.unlimited),
        unit=unit,
        answering=answering,
        unsaid=() if answering else tuple(difference.unsaid),
    )


def _sides(pieces: Iterable[Piece[int]], names: tuple[str, str], line: _Along) -> Iterator[Side]:
    """The parts of the line; those next to each other that could not be told are one."""
    less: Mapping[int | None, str] = {-1: names[0], 0: EQUAL, 1: names[1]}
    for cheaper, group in groupby(pieces, key=lambda piece: less.get(piece.holds)):
        parts = [piece.interval for piece in group]
        interval = Interval(parts[0].low, parts[-1].high, parts[0].step)
        yield Side(interval_text(interval, line.editable), cheaper, interval.low, interval.high)


def _stateable(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The paths that a manifest can state. What only the policy could tell has a place in its
    files, and is told where there is nothing else to state first."""
    paths = tuple(need for need in needs if isinstance(need, FieldPath))
    return paths or tuple(needs)


__all__ = [
    "EQUAL",
    "BreakEven",
    "Named",
    "Pair",
    "Side",
    "break_even",
    "comparable",
    "named",
    "number_field",
    "number_paths",
]
