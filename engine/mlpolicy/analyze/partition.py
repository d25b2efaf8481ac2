"""What an unknown may be, cut into the parts that leave different outcomes possible.

`regions` is the door: for one manifest path of one workload, every part of its range (or every
member) with the outcomes that remain possible there. The cuts are the values at which a
comparison of the policy turns, solved exactly (`core.roots`); nothing is sampled. They are found
in rounds, for a comparison may be met only once the input is narrowed: each part that leaves
more than one outcome is evaluated again with the input restricted to it, and cut where something
met there turns, until nothing does.

What is told of a region is sound: no completion of the other unknowns has another outcome while
the input lies in it. A boundary that is no fraction (the root of a square, say) is told as a
region of its own whose range is marked `narrow`, in which it lies. What is not covered: where a
comparison joins the input with more than two further unknowns, only the ends of their ranges are
solved for, and a part within which the outcomes still change may stay whole; a text or a set of
texts is told by the words the policy compares it with, and the rest as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import islice, pairwise, product

from mlpolicy.analyze.turns import Turns
from mlpolicy.core import calendar
from mlpolicy.core.decision import Interval
from mlpolicy.core.facts import Document
from mlpolicy.core.node import node
from mlpolicy.core.numbers import (
    ZERO,
    Atom,
    Bound,
    Poly,
    Range,
    bases,
    const,
    point,
    sub,
)
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Expr, PathRef, Program
from mlpolicy.core.replies import (
    AnyReply,
    DayReply,
    Given,
    NumberReply,
    Reply,
    Span,
    Take,
    WordReply,
)
from mlpolicy.core.roots import Crossings, crossings, substitute
from mlpolicy.core.symbols import (
    PROJECT_PLACE,
    ConditionSymbol,
    EntrySymbol,
    InputSymbol,
    OperationSymbol,
    RestSymbol,
    Symbol,
    order,
)
from mlpolicy.core.types import (
    DateType,
    EnumType,
    FlagType,
    Grain,
    Quantity,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.core.values import NO, UNKNOWN, YES, Days, Items, Members, Value
from mlpolicy.dataclass import dataclass, field, replace
from mlpolicy.evaluate import Memory, begin
from mlpolicy.evaluate.env import NOTHING_BOUND, Env, FaultError
from mlpolicy.evaluate.refine import assume
from mlpolicy.evaluate.trees import Branch, Residual, decide
from mlpolicy.evaluate.unknowns import State, Unknown, unknown_of
from mlpolicy.evaluate.values import result

Values = Mapping[Symbol, Value | Range]

ERROR = "error"
#: How many expressions the questions about one workload may evaluate.
BUDGET = 60_000
#: How many terms of comparisons are solved for them.
_SOLVED = 20_000
#: What is named where they were not worked out further.
QUESTIONS = -1
_ROUNDS = 4
_CUTS = 48
_COMBINED = 36
_MEMBERS = 24
_ENTRIES = 8
_OTHER = "\N{BLACK QUESTION MARK ORNAMENT}"  # a word that no policy compares anything with


@node
class Region:
    """A part of what an input may be. `reply` tells it, `outcomes` are those still possible
    there, in the policy's order.

    `range` are the ends, where it is a number of that field; where the policy works the input
    out from its field, the reply names the input and there is none. Of a
    flag, an enum, a text or a set `members` names what is meant; of a set, each member gives
    two regions, with it and without it.
    """

    reply: Reply
    outcomes: tuple[str, ...]
    range: Interval | None = None
    members: tuple[str, ...] = ()


# ── What remains possible ────────────────────────────────────────────────────────────────


def possible(
    residual: Residual, env: Env, values: Values, of: frozenset[str] | None = None
) -> frozenset[str]:
    """The outcomes of `residual` (what the tree came to in `env`) that remain possible when some
    of its symbols take these values. Only conditions that depend on them are evaluated again;
    an arm is not looked at where all its outcomes have been met already. With `of`, only these
    are looked for, and where one of them remains, nothing is told of the others."""
    query = _Remaining(env.state(values), values, env)
    touched = frozenset(values)
    try:
        if of is not None and (left := query.left(residual, touched, None, of)):
            return left
        left = query.left(residual, touched, None, frozenset(residual.outcomes))
    except FaultError:
        return frozenset((ERROR,))
    # Nothing at all would mean that the values themselves cannot be.
    return left or frozenset(residual.outcomes)


#: What was assumed on the way to a part of a residual.
_Steps = tuple[tuple[Expr, bool], ...]


@dataclass(frozen=True)
class _Remaining:
    """What remains possible with some values; `root` is where they are stated, `env` where the
    residual was begun."""

    root: Env
    values: Values
    env: Env
    met: dict[tuple[int, frozenset[str]], frozenset[str]] = field(default_factory=dict)

    def left(
        self,
        residual: Residual,
        touched: frozenset[Symbol],
        here: Env | None,
        wanted: frozenset[str],
        way: _Steps = (),
    ) -> frozenset[str]:
        """`here` is None as long as no condition on the way depended on what is touched: then
        what was assumed on the `way` holds as it did, and the values are stated on top of it."""
        mine = wanted.intersection(residual.outcomes)
        if not mine or len(residual.outcomes) == 1 or touched.isdisjoint(residual.reads):
            return mine
        if here is not None:
            return self._below(residual, touched, here, mine, ())
        # Nothing on the way was touched, so that arms which meet again meet the same.
        known = self.met.get((id(residual), mine))
        if known is None:
            known = self._below(residual, touched, None, mine, way)
            self.met[id(residual), mine] = known
        return known

    def _below(
        self,
        residual: Residual,
        touched: frozenset[Symbol],
        here: Env | None,
        mine: frozenset[str],
        way: _Steps,
    ) -> frozenset[str]:
        at = residual.at
        if not isinstance(at, Branch) or not at.open:
            (only,) = residual.arms
            return self.left(only, touched, here, mine, way)
        if here is None and touched.isdisjoint(at.condition.reads):
            return self._arms(at, touched, None, mine, way)
        if here is None:
            here = self._reached(at, way).state(self.values, self.root)
        expr = at.node.condition
        found = result(expr, here, NOTHING_BOUND).value
        touched |= at.condition.reads
        if found is not UNKNOWN:
            arm = at.yes if found is YES else at.no
            return self.left(arm, touched, here, mine) if arm is not None else frozenset()
        return self._arms(at, touched, here, mine, ())

    def _reached(self, at: Branch, way: _Steps) -> Env:
        """The environment in which a branch was met: where another run has worked it out, the one
        to which the way leads in this run."""
        if at.env.subject is self.env.subject:
            return at.env
        env = self.env
        for condition, holds in way:
            env = assume(condition, holds, env, NOTHING_BOUND) or env
        return env

    def _arms(
        self,
        at: Branch,
        touched: frozenset[Symbol],
        here: Env | None,
        mine: frozenset[str],
        way: _Steps,
    ) -> frozenset[str]:
        """First the arm of which nothing need be evaluated."""
        got: frozenset[str] = frozenset()
        arms = [(arm, holds) for arm, holds in ((at.yes, True), (at.no, False)) if arm is not None]
        for arm, holds in sorted(arms, key=lambda a: _costs(a[0], touched)):
            if mine.isdisjoint(frozenset(arm.outcomes) - got):
                continue
            inner = here
            if here is not None:
                inner = assume(at.node.condition, holds, here, NOTHING_BOUND)
                if inner is None:
                    continue
            further = (*way, (at.node.condition, holds)) if here is None else ()
            got |= self.left(arm, touched, inner, mine - got, further)
        return got


def _costs(arm: Residual, touched: frozenset[Symbol]) -> int:
    """First the arms of which nothing need be evaluated."""
    return 0 if len(arm.outcomes) == 1 or touched.isdisjoint(arm.reads) else 1


# ── Where something turns ────────────────────────────────────────────────────────────────


@dataclass
class Points:
    """Values at which something turns: exact ones, and narrow ranges that hold one. `whole` is
    False where further ones may be missing."""

    exact: set[Fraction] = field(default_factory=set)
    narrow: list[Range] = field(default_factory=list)
    whole: bool = True

    def add(self, found: Crossings) -> None:
        """Takes in where one difference changes its sign."""
        self.exact |= found.points
        self.narrow.extend(r for r in found.between if r not in self.narrow)
        self.whole = self.whole and found.whole


#: A difference, by its number, and the ranges of its unknowns but one, as far as they are others
#: than where it was met first: told apart by these.
_Key = tuple[int, tuple[tuple[Symbol, Range], ...]]


class Solver:
    """Where the comparisons that were met turn, in one unknown at a time."""

    def __init__(self, met: Turns, solved: dict[object, Crossings] | None = None) -> None:
        self.by_slot: dict[Symbol, dict[_Key, tuple[Poly, Range]]] = {}
        self.first: dict[Poly, tuple[int, dict[Symbol, Range]]] = {}
        self.joins: dict[tuple[Symbol, Poly], None] = {}
        self.known: dict[tuple[Symbol, int], Points] = {}
        self.solved: dict[object, Crossings] = solved if solved is not None else {}
        self.effort = 0
        self.learn(met)

    def copied(self) -> Solver:
        """One that may learn more, by itself."""
        other = Solver(Turns(), self.solved)
        other.by_slot = {slot: dict(polys) for slot, polys in self.by_slot.items()}
        other.first = dict(self.first)
        other.joins = dict(self.joins)
        other.known = dict(self.known)
        return other

    def learn(self, turns: Turns) -> None:
        """Takes in what an evaluation met. Of one difference only the widest range of the
        unknown in question is kept."""
        news = False
        for poly in turns.differences.values():
            atoms = bases(poly)
            if poly not in self.first:
                ranges = {slot: atom.range for slot, atom in atoms.items()}
                self.first[poly] = (len(self.first), ranges)
            number, first = self.first[poly]
            others = [(k, a.range) for k, a in atoms.items() if a.range != first.get(k)]
            for slot, atom in atoms.items():
                key = (number, tuple([each for each in others if each[0] != slot]))
                before = self.by_slot.setdefault(slot, {})
                met, within = before.get(key, (poly, None))
                hull = atom.range if within is None else within.hull(atom.range)
                if hull != within:
                    before[key] = (met, hull)
                    news = True
        for slot, values in turns.made.items():
            for value in values:
                if (slot, value) not in self.joins:
                    self.joins[slot, value] = None
                    news = True
        if news:
            self.known.clear()

    def turns(self, slot: Symbol, depth: int = 2) -> Points:
        """Every value of the unknown at which a comparison turns: by itself, or where another
        unknown in it is at an end of its range or at a turn of its own."""
        known = self.known.get((slot, depth))
        if known is None:
            known = self.known[slot, depth] = Points()
            for poly, within in self.by_slot.get(slot, {}).values():
                self._solve(poly, slot, within, depth, known)
            if depth:
                for joined, value in self.joins:
                    if slot in bases(value) and joined != slot:
                        for turn in sorted(self.turns(joined, depth - 1).exact)[:_CUTS]:
                            within = bases(value)[slot].range
                            self._solve(sub(value, const(turn)), slot, within, depth, known)
        return known

    def _solve(self, poly: Poly, slot: Symbol, within: Range, depth: int, found: Points) -> None:
        others = [atom for key, atom in bases(poly).items() if key != slot]
        self.effort += len(poly.terms) * (1 + len(others))
        if self.effort > _SOLVED:
            found.whole = False
            return
        if not others:
            found.add(self._crossings(poly, slot, within))
            return
        for other in others:
            self._unbounded(poly, slot, within, other, others, found)
        choices = [self._values(other, depth if len(others) < 3 else 0) for other in others]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > _COMBINED:
            found.whole = False
            lows, highs = tuple(c[0] for c in choices), tuple(c[-1] for c in choices)
            combos = [lows, highs]
        else:
            combos = list(product(*choices))
        for combo in combos:
            values = {o.symbol: const(v) for o, v in zip(others, combo, strict=True)}
            try:
                single = substitute(poly, values)
            except ZeroDivisionError:
                continue
            if slot in bases(single):
                found.add(self._crossings(single, slot, within))

    def _values(self, other: Atom, depth: int) -> list[Fraction]:
        """The ends of another unknown's range, and where it turns itself."""
        within = other.range
        values = {e for e in (within.lo, within.hi) if isinstance(e, Fraction)}
        if depth:
            turns = self.turns(other.symbol, depth - 1).exact
            values |= {t for t in turns if within.lo <= t <= within.hi}
        return sorted(values)

    def _unbounded(
        self,
        poly: Poly,
        slot: Symbol,
        within: Range,
        other: Atom,
        others: list[Atom],
        found: Points,
    ) -> None:
        """Where another unknown has no end, its factor decides the sign far out: it turns where
        that factor does."""
        if isinstance(other.range.lo, Fraction) and isinstance(other.range.hi, Fraction):
            return
        factor = const(ZERO)
        for monomial, coefficient in poly.terms:
            for place, (atom, power) in enumerate(monomial):
                if power == 1 and not atom.operation and atom.symbol == other.symbol:
                    rest = (*monomial[:place], *monomial[place + 1 :])
                    factor = Poly((*factor.terms, (rest, coefficient)))
        keys = set(bases(factor))
        if keys == {slot}:
            found.add(self._crossings(factor, slot, within))
        elif slot in keys:
            found.whole = False

    def _crossings(self, poly: Poly, slot: Symbol, within: Range) -> Crossings:
        key: object = (poly, slot, within)
        found = self.solved.get(key)
        if found is None:
            found = self.solved[key] = crossings(poly, slot, within)
        return found


# ── The parts of a range ─────────────────────────────────────────────────────────────────


@node(kw_only=True)
class Piece:
    """A part of what an unknown may be: the reply that tells it, what is assumed of its slots, and
    the outcomes possible there."""

    reply: Reply
    values: Values
    outcomes: frozenset[str]
    extent: Range | None = None
    narrow: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Asked:
    """One unknown that may be asked about: the slots that one answer fills, the first of which
    gives the words. Of an entry that records lack, `beside` are its other columns."""

    slots: tuple[Unknown, ...]
    beside: tuple[Unknown, ...] = ()

    @property
    def keys(self) -> tuple[Symbol, ...]:
        """The symbols that an answer fills."""
        return tuple(s.symbol for s in self.slots)

    @property
    def type(self) -> Type:
        """The type of the answer."""
        return self.slots[0].type


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to one question. `given` says what is taken of the entry's other columns."""

    asked: Asked
    pieces: list[Piece]
    given: Given = ()


@dataclass(eq=False, kw_only=True)
class Settling:
    """What is needed to try answers: what the tree came to, where, and what was met on the way.
    Past `until` evaluated expressions no more is tried. `of` are the outcomes that are asked about,
    None where all are."""

    found: Residual
    env: Env
    solver: Solver
    met: Turns
    until: int
    of: frozenset[str] | None = None

    @property
    def exhausted(self) -> bool:
        """Has as much been tried as the budget allows?"""
        return self.env.subject.run.spent > self.until

    def try_out(self, values: Values) -> frozenset[str]:
        """The outcomes possible with these values; what is compared on the way is noted. Once
        the budget is spent, all that are possible at all, which is always sound."""
        if self.exhausted:
            subject = self.env.subject
            subject.run.unfinished.setdefault((subject.name, QUESTIONS), None)
            return frozenset(self.found.outcomes)
        turns = Turns()
        with self.env.subject.run.observed(turns):
            left = possible(self.found, self.env, values, self.of)
        if turns.differences or turns.made:
            self.solver.learn(turns)
        for slot, words in turns.said.items():
            self.met.said.setdefault(slot, {}).update(words)
        self.met.open_words |= turns.open_words
        for slot, days in turns.dated.items():
            self.met.dated.setdefault(slot, {}).update(days)
        return left


def answers(asked: Asked, settling: Settling) -> Answers:
    """Every part of what an unknown may be, with what is possible there. An entry is stated as
    a whole: its other columns are taken so that it tells most, and no more of them than need
    be."""
    # What is met while one question is tried is no matter of the next.
    settling = replace(settling, solver=settling.solver.copied())
    best = Answers(asked, _pieces(asked, settling, {}))
    if not asked.beside:
        return best
    found = settling.found
    open_ = _beside(asked, settling)
    most = removes(found, best.pieces)
    chosen: dict[Symbol, _Option] = {}
    for combo in islice(product(*(options for _, options in open_)), _ENTRIES):
        if most + 1 >= len(found.outcomes):
            break
        given = {s.symbol: option for (s, _), option in zip(open_, combo, strict=True)}
        tried = _pieces(asked, settling, {k: value for k, (_, _, value) in given.items()})
        if removes(found, tried) > most:
            most, chosen, best = removes(found, tried), given, Answers(asked, tried)
    for key in list(chosen):
        fewer = {k: value for k, (_, _, value) in chosen.items() if k != key}
        tried = _pieces(asked, settling, fewer)
        if removes(found, tried) == most:
            del chosen[key]
            best = Answers(asked, tried)
    return Answers(asked, best.pieces, tuple((name, reply) for name, reply, _ in chosen.values()))


def excludes(asked: Asked, settling: Settling, wanted: str) -> bool:
    """Is there an answer with which `wanted` is not possible, and no error is?"""
    # What is met while one question is tried is no matter of the next.
    settling = replace(settling, solver=settling.solver.copied(), of=frozenset((wanted,)))

    def told(given: Values) -> bool:
        pieces = _pieces(asked, settling, given)
        return any(wanted not in each.outcomes and ERROR not in each.outcomes for each in pieces)

    if told({}):
        return True
    open_ = _beside(asked, settling)
    for combo in islice(product(*(options for _, options in open_)), _ENTRIES):
        given = {s.symbol: value for (s, _), (_, _, value) in zip(open_, combo, strict=True)}
        if given and told(given):
            return True
    return False


def _beside(asked: Asked, settling: Settling) -> list[tuple[Unknown, list[_Option]]]:
    """The further columns of an entry of which there are parts to try, with these."""
    choices = [(slot, _coarse(slot, settling)) for slot in asked.beside]
    return [(slot, options) for slot, options in choices if options]


#: What a further column of an entry may be: its name, the reply, the value.
_Option = tuple[str, Reply, Value | Range]


def _coarse(slot: Unknown, settling: Settling) -> list[_Option]:
    """A few parts of a further column of an entry, the highest first."""
    assert isinstance(slot.symbol, EntrySymbol)
    name = slot.symbol.column
    match slot.type:
        case Quantity(unit=unit):
            cuts = sorted(settling.solver.turns(slot.symbol).exact)
            whole = slot.within
            bounds = [c for c in cuts if whole.lo < c <= whole.hi][-3:]
            if not bounds:
                return []
            ends: list[Bound] = [whole.lo, *bounds, whole.hi]
            parts: list[_Option] = []
            for i, (lo, hi) in enumerate(pairwise(ends)):
                last = i == len(bounds)
                lo_open = whole.lo_open if i == 0 else False
                part = Range(lo, hi, lo_open, whole.hi_open if last else True)
                parts.append((name, _number_reply(part, whole, unit, None), part))
            return list(reversed(parts))
        case DateType(grain):
            days = sorted(settling.met.dated.get(slot.symbol, ()))[-2:]
            options: list[_Option] = []
            after: int | None = None
            for day in reversed(days):
                options.append((name, DayReply(Span.FROM_TO, grain, day, after), Days(day, after)))
                after = day - 1
            if after is not None:
                options.append(
                    (name, DayReply(Span.FROM_TO, grain, None, after), Days(None, after))
                )
            return options
        case FlagType():
            return [(name, WordReply(Take.IS, each.value), each) for each in (YES, NO)]
        case _:
            return []


def _pieces(asked: Asked, settling: Settling, given: Values) -> list[Piece]:
    slot = asked.slots[0]
    of = asked.type
    keys = asked.keys
    match of:
        case Quantity(unit=unit):
            return _number_pieces(asked, unit, settling, given)
        case DateType(grain):
            return _date_pieces(asked, grain, settling, given)
        case FlagType():
            options = [_is(each.value, each) for each in (YES, NO)]
        case EnumType(members=members):
            options = [_is(m, Members(frozenset((m,)))) for m in members]
        case SetOf(element=element):
            options = _set_options(slot, element, settling)
        case TextType():
            options = _text_options(slot, settling)
        case _:
            return []
    found = []
    for reply, value, names in options:
        values = {**given, **dict.fromkeys(keys, value)}
        found.append(
            Piece(reply=reply, values=values, outcomes=settling.try_out(values), members=names)
        )
    return found


#: A reply with the value that it means, and the members that it names.
_Reply = tuple[Reply, Value, tuple[str, ...]]


def _is(word: str, value: Value) -> _Reply:
    return WordReply(Take.IS, word), value, (word,)


def _set_options(slot: Unknown, element: EnumType | TextType, settling: Settling) -> list[_Reply]:
    """Of a set, each member with it and without it."""
    if isinstance(element, EnumType):
        members: list[str] = list(element.members)
        every: frozenset[str] | None = frozenset(members)
    else:
        # Words that the policy never names are all alike, unless it compares two unknown sets.
        members = sorted(settling.met.said.get(slot.symbol, ()))
        alike = slot.symbol not in settling.met.open_words
        every = frozenset((*members, _OTHER)) if alike else None
    options: list[_Reply] = []
    if not members or len(members) > _MEMBERS:
        return options
    for name in members:
        options.append((WordReply(Take.WITH, name), Items(frozenset((name,)), every), (name,)))
        if every is not None:
            without = Items(frozenset(), every - {name})
            options.append((WordReply(Take.WITHOUT, name), without, (name,)))
    options.append((WordReply(Take.NOTHING), Items(frozenset(), frozenset()), ()))
    return options


def _text_options(slot: Unknown, settling: Settling) -> list[_Reply]:
    words = sorted(settling.met.said.get(slot.symbol, ()))
    if not words or len(words) > _MEMBERS:
        return []
    options: list[_Reply] = [
        (WordReply(Take.TEXT, word), Members(frozenset((word,))), (word,)) for word in words
    ]
    # Compared only with these words, all others are alike; else nothing is known of them.
    alike = slot.symbol not in settling.met.open_words
    other = Members(frozenset((_OTHER,)) if alike else None)
    return [*options, (WordReply(Take.OTHER), other, ())]


def _date_pieces(asked: Asked, grain: Grain, settling: Settling, given: Values) -> list[Piece]:
    """Between the points that it is compared with, and at each of them."""
    days = sorted(settling.met.dated.get(asked.slots[0].symbol, ()))[:_CUTS]
    cuts: list[DayReply] = []
    first, last = calendar.ends(grain)
    before: int | None = None
    for day in days:
        if day != first if before is None else day - before > 1:
            after = None if before is None else before + 1
            cuts.append(DayReply(Span.BETWEEN, grain, after, day - 1))
        cuts.append(DayReply(Span.ON, grain, day, day))
        before = day
    if before is not None and before != last:
        cuts.append(DayReply(Span.BETWEEN, grain, before + 1, None))
    found: list[Piece] = []
    begins: int | None = None
    for cut in cuts:
        values: Values = {**given, **dict.fromkeys(asked.keys, Days(cut.first, cut.last))}
        outcomes = settling.try_out(values)
        if found and found[-1].outcomes == outcomes:
            values = {**given, **dict.fromkeys(asked.keys, Days(begins, cut.last))}
            found[-1] = Piece(
                reply=DayReply(Span.FROM_TO, grain, begins, cut.last),
                values=values,
                outcomes=outcomes,
            )
        else:
            found.append(Piece(reply=cut, values=values, outcomes=outcomes))
            begins = cut.first
    return found


def _number_pieces(asked: Asked, unit: Unit, settling: Settling, given: Values) -> list[Piece]:
    whole = asked.slots[0].within
    grain = unit.scale if asked.slots[0].whole else None
    # Of an input that is worked out from its field, the answer tells the input.
    name = "" if _is_plain(asked.slots[0], settling.env) else asked.slots[0].name
    # With nothing narrowed, what is possible is what the tree came to.
    known = {} if given else {whole: frozenset(settling.found.outcomes)}

    def reach(part: Range) -> frozenset[str]:
        left = known.get(part)
        if left is None:
            inside = _on_grain(part, grain)
            if inside is None:
                left = frozenset()
            else:
                left = settling.try_out({**given, **dict.fromkeys(asked.keys, inside)})
            known[part] = left
        return left

    cuts: set[Fraction] = set()
    narrow: list[Range] = []
    sure = True
    for _ in range(_ROUNDS):
        fresh: set[Fraction] = set()
        sure = True
        for key in asked.keys:
            turns = settling.solver.turns(key)
            sure = sure and turns.whole
            fresh |= {_grained(t, grain) for t in turns.exact}
            for part in turns.narrow:
                assert isinstance(part.lo, Fraction)
                assert isinstance(part.hi, Fraction)
                if grain is not None:
                    fresh.add(_grained(part.lo, grain))
                elif part not in narrow and _strictly(part.lo, whole):
                    narrow.append(part)
                    fresh |= {part.lo, part.hi}
        fresh = {t for t in fresh if whole.lo <= t <= whole.hi} - cuts
        if not fresh or len(cuts) >= _CUTS:
            break
        cuts |= set(sorted(fresh)[: _CUTS - len(cuts)])
        for part in _parts(whole, cuts):
            reach(part)
    if not sure and grain is None:
        found = _probed(whole, cuts, reach)
        narrow.extend(found)
        for part in found:
            cuts |= {e for e in (part.lo, part.hi) if isinstance(e, Fraction)}
    parts = [
        (p, reach(p), any(r.lo == p.lo and r.hi == p.hi for r in narrow))
        for p in _parts(whole, cuts)
        if _on_grain(p, grain) is not None
    ]
    merged = _in_steps(_merged_parts(parts), grain)
    return [
        Piece(
            reply=_number_reply(part, whole, unit, grain, is_narrow, name),
            values={**given, **dict.fromkeys(asked.keys, _on_grain(part, grain) or part)},
            outcomes=outcomes,
            extent=None if name else part,
            narrow=is_narrow,
        )
        for part, outcomes, is_narrow in merged
    ]


def _is_plain(slot: Unknown, env: Env) -> bool:
    """Is it the field itself that is asked for, in the field's own unit?"""
    if not isinstance(slot.symbol, InputSymbol):
        return True
    declared = env.subject.run.program.inputs[slot.symbol.name]
    return not declared.sources or isinstance(declared.sources[0].value, PathRef)


def _strictly(value: Fraction, within: Range) -> bool:
    return within.lo < value < within.hi


def _grained(value: Fraction, grain: Fraction | None) -> Fraction:
    """For whole numbers, the first that is not below."""
    return value if grain is None else -((-value / grain).__floor__()) * grain


def _on_grain(part: Range, grain: Fraction | None) -> Range | None:
    """The whole numbers in a part; None where there is none."""
    if part.empty:
        return None
    if grain is None:
        return part
    lo, hi = part.lo, part.hi
    if isinstance(lo, Fraction):
        up = _grained(lo, grain)
        lo = up + grain if up == lo and part.lo_open else up
    if isinstance(hi, Fraction):
        down = (hi / grain).__floor__() * grain
        hi = down - grain if down == hi and part.hi_open else down
    return None if lo > hi else Range(lo, hi)


def _parts(whole: Range, cuts: set[Fraction]) -> Iterator[Range]:
    """The range cut at these points: each point, and what lies between."""
    lo: Bound = whole.lo
    lo_open = whole.lo_open
    for cut in sorted(cuts):
        below = Range(lo, cut, lo_open, True)
        if not below.empty:
            yield below
        if cut == whole.hi and whole.hi_open:
            return
        if not (cut == whole.lo and whole.lo_open):
            yield point(cut)
        lo, lo_open = cut, True
    above = Range(lo, whole.hi, lo_open, whole.hi_open)
    if not above.empty:
        yield above


def _merged_parts(
    parts: list[tuple[Range, frozenset[str], bool]],
) -> list[tuple[Range, frozenset[str], bool]]:
    """Neighbours that leave the same outcomes, told in one. A narrow part holds a boundary that
    is not known more exactly, so it goes with its neighbours only where both are alike."""
    merged: list[tuple[Range, frozenset[str], bool]] = []
    for i, (part, outcomes, narrow) in enumerate(parts):
        if narrow:
            sides = [merged[-1][1] if merged else outcomes]
            sides.append(parts[i + 1][1] if i + 1 < len(parts) else outcomes)
            narrow = any(side != outcomes for side in sides)
        if merged and not narrow and not merged[-1][2] and merged[-1][1] == outcomes:
            before = merged[-1][0]
            part = Range(before.lo, part.hi, before.lo_open, part.hi_open)
            merged[-1] = (part, outcomes, False)
        else:
            merged.append((part, outcomes, narrow))
    return merged


def _in_steps(
    parts: list[tuple[Range, frozenset[str], bool]], grain: Fraction | None
) -> list[tuple[Range, frozenset[str], bool]]:
    """Of whole numbers, each part from its first one to below the next part's first."""
    if grain is None:
        return parts
    inner = [_on_grain(part, grain) or part for part, _, _ in parts]
    told = []
    for i, (part, outcomes, narrow) in enumerate(parts):
        here = inner[i]
        if i + 1 < len(inner):
            part = Range(here.lo, inner[i + 1].lo, False, True)
        else:
            part = Range(here.lo, part.hi, False, part.hi_open)
        told.append((part, outcomes, narrow))
    return told


def _probed(whole: Range, cuts: set[Fraction], reach: object) -> list[Range]:
    """Where the comparisons could not all be solved: values inside each part are tried, and a
    change between two of them is enclosed."""
    assert callable(reach)
    found: list[Range] = []
    for part in list(_parts(whole, cuts)):
        if part.is_point or len(reach(part)) < 2:
            continue
        lo, hi = part.lo, part.hi
        low = lo if isinstance(lo, Fraction) else (hi if isinstance(hi, Fraction) else ZERO) - 1000
        high = hi if isinstance(hi, Fraction) else low + max(abs(low), Fraction(1)) * 1000
        width = high - low
        tried = [low + width * k / 1000 for k in (1, 100, 500, 900, 999)]
        for a, b in pairwise(tried):
            left, right = reach(point(a)), reach(point(b))
            if left == right:
                continue
            for _ in range(60):
                if b - a <= max(abs(b), Fraction(1)) / 10**9:
                    break
                middle = (a + b) / 2
                if reach(point(middle)) == left:
                    a = middle
                else:
                    b = middle
            found.append(Range(a, b, True, True))
    return found


def _number_reply(
    part: Range,
    whole: Range,
    unit: Unit,
    grain: Fraction | None,
    narrow: bool = False,
    name: str = "",
) -> NumberReply:
    inner = _on_grain(part, grain) or part
    first = _on_grain(whole, grain) or whole
    return NumberReply(
        part=inner if inner.is_point else part,
        unit=unit,
        lowest=part.lo == first.lo and part.lo_open == first.lo_open,
        highest=part.hi == whole.hi and part.hi_open == whole.hi_open,
        narrow=narrow,
        name=name,
    )


# ── What can be asked ────────────────────────────────────────────────────────────────────


def settling_of(found: Residual, env: Env, met: Turns) -> Settling:
    """What is needed to try answers about a workload that has been decided; `met` is what was
    compared while it was."""
    return Settling(
        found=found, env=env, solver=Solver(met), met=met, until=env.subject.run.spent + BUDGET
    )


def questions(found: Residual, env: Env) -> dict[tuple[str, FieldPath], list[Asked]]:
    """The symbols that can still change the outcome and that a manifest could fill, by the
    workload they belong to ("" for this one and the project) and their path: for each path one
    way of asking or several."""
    run = env.subject.run
    by_path: dict[tuple[str, FieldPath], list[Unknown]] = {}
    for symbol in sorted(found.relevant, key=order):
        unknown = unknown_of(symbol, run)
        if unknown is not None and unknown.path is not None:
            place = (
                PROJECT_PLACE
                if isinstance(symbol, OperationSymbol | RestSymbol | ConditionSymbol)
                else symbol.subject
            )
            other = "" if place == env.subject.place else run.subjects[place].subject.name
            by_path.setdefault((other, unknown.path), []).append(unknown)
    asked: dict[tuple[str, FieldPath], list[Asked]] = {}
    for where, group in by_path.items():
        ways = asked[where] = []
        missing = tuple(slot for slot in group if slot.state is State.UNMEASURED)
        for lead in sorted(missing, key=_lead):
            ways.append(Asked((lead,), tuple(s for s in missing if s is not lead)))
        same: dict[object, list[Unknown]] = {}
        for slot in group:
            if slot.state is not State.UNMEASURED:
                same.setdefault((slot.type, str(slot.type)), []).append(slot)
        ways.extend(Asked(tuple(each)) for each in same.values())
    return asked


def _lead(slot: Unknown) -> tuple[int, object]:
    """By which column of an entry to ask for it: a share first, then another number."""
    if isinstance(slot.type, Quantity):
        return (0 if slot.type.unit.text == "%" else 1, order(slot.symbol))
    return (2, order(slot.symbol))


def decided_for(
    program: Program,
    document: Document,
    as_of: date,
    workload: str,
    memory: Memory | None = None,
) -> tuple[Residual, Env, Turns] | None:
    """A workload decided to ask about it: what its tree came to, where, and what was compared;
    None where an error took the answer. `memory` holds what earlier runs had worked out."""
    env = begin(program, document, as_of.toordinal(), memory=memory).envs[workload]
    met = Turns()
    try:
        with env.subject.run.observed(met):
            return decide(env), env, met
    except FaultError:
        return None


def regions(
    program: Program, document: Document, as_of: date, workload: str, path: FieldPath
) -> tuple[Region, ...]:
    """For one field (as `Settle.path` names it) of
    one workload: what it may be, cut where the possible outcomes change.

    Regions of a number come in order, without gap or overlap; those of a flag, an enum or a
    text one for each member. Where the path cannot change the outcome there is one region,
    any value. Nothing is returned for a path that is known, or that nothing can be told of.
    """
    opened = decided_for(program, document, as_of, workload)
    if opened is None:
        return ()
    found, env, met = opened
    place = {name: i for i, name in enumerate(program.outcome.members)}

    def told(outcomes: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(outcomes, key=lambda o: (place.get(o, len(place)), o)))

    ways = questions(found, env).get(("", path))
    if not ways:
        run = env.subject.run
        unknown = any((u := unknown_of(s, run)) and u.path == path for s in found.symbols)
        return (Region(AnyReply(), told(frozenset(found.outcomes))),) if unknown else ()
    settling = settling_of(found, env, met)
    best = most_telling(ways, settling)
    return tuple(
        Region(piece.reply, told(piece.outcomes), interval(best.asked, piece), piece.members)
        for piece in best.pieces
    )


def most_telling(ways: list[Asked], settling: Settling) -> Answers:
    """Of several ways to ask for one path, the one with the answer that removes most. Of an
    entry that is missing, the first column that removes anything: the others are `given`."""
    found = settling.found
    best: Answers | None = None
    for way in ways:
        tried = answers(way, settling)
        if best is None or removes(found, tried.pieces) > removes(found, best.pieces):
            best = tried
        if way.beside and removes(found, best.pieces):
            break
    assert best is not None
    return best


def interval(asked: Asked, piece: Piece) -> Interval | None:
    """The ends of a part of a number's range, in the unit in which it is asked."""
    part = piece.extent
    if part is None or not isinstance(asked.type, Quantity):
        return None
    unit = asked.type.unit
    low = part.lo / unit.scale if isinstance(part.lo, Fraction) else None
    high = part.hi / unit.scale if isinstance(part.hi, Fraction) else None
    return Interval(
        low=low,
        high=high,
        low_open=part.lo_open,
        high_open=part.hi_open,
        unit=unit.text,
        narrow=piece.narrow,
    )


def removes(found: Residual, parts: list[Piece]) -> int:
    """The most outcomes that one of the answers rules out."""
    now = frozenset(found.outcomes)
    return max((len(now - part.outcomes) for part in parts), default=0)
