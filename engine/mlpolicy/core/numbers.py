"""Numbers that may be unknown: exact polynomials over unknown quantities, and their ranges.

A number is a polynomial with exact fractions as coefficients over *atoms*. An atom is an
unknown quantity (an input, a cell the policy leaves open) or an operation that no polynomial
can express (`max`, `ceil`, a division by an unknown). Adding and subtracting collects like
terms, so an unknown that stands on both sides of a comparison cancels.

The range of a polynomial over the ranges of its atoms is found like this:

1. a constant is itself;
2. if it rises or falls with every unknown it depends on (judged by the range of each partial
   derivative), its value at two corners of the box is its exact range;
3. otherwise interval arithmetic gives a range that contains the true one; it is marked
   `wider`.

Corners are never enumerated: a polynomial that bends inside the box would escape them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations

from mlpolicy.core.node import node
from mlpolicy.core.symbols import OperationSymbol, Symbol, order
from mlpolicy.dataclass import dataclass, field
from mlpolicy.typed import final


@final
@dataclass(frozen=True)
class Infinite:
    """An open end. `sign` is 1 or -1."""

    sign: int

    def __neg__(self) -> Infinite:
        return Infinite(-self.sign)

    def __lt__(self, other: Bound) -> bool:
        return self.sign < 0 and not (isinstance(other, Infinite) and other.sign < 0)

    def __gt__(self, other: Bound) -> bool:
        return self.sign > 0 and not (isinstance(other, Infinite) and other.sign > 0)

    def __le__(self, other: Bound) -> bool:
        return not self > other

    def __ge__(self, other: Bound) -> bool:
        return not self < other


Bound = Fraction | Infinite
POS = Infinite(1)
NEG = Infinite(-1)
ZERO = Fraction(0)
ONE = Fraction(1)


class IndeterminateError(Exception):
    """Infinity minus infinity: no value at this corner."""


def _add(a: Bound, b: Bound) -> Bound:
    if type(a) is Infinite:
        if type(b) is Infinite and b.sign != a.sign:
            raise IndeterminateError
        return a
    if type(b) is Infinite or a is ZERO:
        return b
    return a if b is ZERO else a + b


def _mul(a: Bound, b: Bound) -> Bound:
    # 0 × ∞ is 0: an end of a range is a limit of finite values.
    if type(a) is Infinite or type(b) is Infinite:
        sa, sb = _sign(a), _sign(b)
        return ZERO if sa * sb == 0 else Infinite(sa * sb)
    if a is ONE or b is ONE:
        return b if a is ONE else a
    return ZERO if a is ZERO or b is ZERO else a * b


def _sign(a: Bound) -> int:
    if type(a) is Infinite:
        return a.sign
    above = a.numerator
    return (above > 0) - (above < 0)


@node
class Range:
    """From `lo` to `hi`, in base units. An open end (`lo_open`, `hi_open`) does not belong to the
    range."""

    lo: Bound
    hi: Bound
    lo_open: bool = False
    hi_open: bool = False

    @property
    def is_point(self) -> bool:
        """Is there just one number in it?"""
        return self.lo == self.hi and not isinstance(self.lo, Infinite)

    @property
    def empty(self) -> bool:
        """Is there no number in it?"""
        return self.lo > self.hi or (self.lo == self.hi and (self.lo_open or self.hi_open))

    def hull(self, other: Range) -> Range:
        """The least range that contains both."""
        if self.lo == other.lo:
            lo, lo_open = self.lo, self.lo_open and other.lo_open
        else:
            lo, lo_open = min(
                ((self.lo, self.lo_open), (other.lo, other.lo_open)), key=lambda p: _Key(p[0])
            )
        if self.hi == other.hi:
            hi, hi_open = self.hi, self.hi_open and other.hi_open
        else:
            hi, hi_open = max(
                ((self.hi, self.hi_open), (other.hi, other.hi_open)), key=lambda p: _Key(p[0])
            )
        return Range(lo, hi, lo_open, hi_open)

    def meet(self, other: Range) -> Range:
        """What lies in both. It may be empty."""
        lo, lo_open = self.lo, self.lo_open
        if other.lo > lo:
            lo, lo_open = other.lo, other.lo_open
        elif other.lo == lo:
            lo_open = lo_open or other.lo_open
        hi, hi_open = self.hi, self.hi_open
        if other.hi < hi:
            hi, hi_open = other.hi, other.hi_open
        elif other.hi == hi:
            hi_open = hi_open or other.hi_open
        return Range(lo, hi, lo_open, hi_open)


class _Key:
    """Orders bounds for min and max."""

    __slots__ = ("bound",)

    def __init__(self, bound: Bound) -> None:
        self.bound = bound

    def __lt__(self, other: _Key) -> bool:
        return bool(self.bound < other.bound)


EVERYTHING = Range(NEG, POS)


def point(value: Fraction) -> Range:
    """The range of one number."""
    return Range(value, value)


def range_add(a: Range, b: Range) -> Range:
    """The range of a sum, from the ranges of its two parts. It may be wider than the true one where
    these depend on each other."""
    lo = NEG if _is_neg_inf(a.lo, b.lo) else _add(a.lo, b.lo)
    hi = POS if _is_pos_inf(a.hi, b.hi) else _add(a.hi, b.hi)
    return Range(lo, hi, a.lo_open or b.lo_open, a.hi_open or b.hi_open)


def _is_neg_inf(a: Bound, b: Bound) -> bool:
    return (type(a) is Infinite and a.sign < 0) or (type(b) is Infinite and b.sign < 0)


def _is_pos_inf(a: Bound, b: Bound) -> bool:
    return (type(a) is Infinite and a.sign > 0) or (type(b) is Infinite and b.sign > 0)


def range_mul(a: Range, b: Range) -> Range:
    """The range of a product, from the ranges of its two factors. It counts both ends as belonging
    to it, and may be wider than the true one."""
    if _is_amount(a) and _is_amount(b):
        return Range(_mul(a.lo, b.lo), _mul(a.hi, b.hi))
    ends = [_mul(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    return Range(_least(ends), _greatest(ends))


def _is_amount(a: Range) -> bool:
    """Is nothing in it below zero? So are most numbers of a policy."""
    return isinstance(a.lo, Fraction) and a.lo.numerator >= 0


def range_scale(a: Range, factor: Fraction) -> Range:
    """The range of a multiple, exactly. A negative `factor` swaps the ends."""
    sign = factor.numerator
    if sign == 0:
        return point(ZERO)
    if factor is ONE or factor == 1:
        return a
    lo, hi = _mul(a.lo, factor), _mul(a.hi, factor)
    if sign > 0:
        return Range(lo, hi, a.lo_open, a.hi_open)
    return Range(hi, lo, a.hi_open, a.lo_open)


def _least(bounds: Iterable[Bound]) -> Bound:
    return min(bounds, key=_Key)


def _greatest(bounds: Iterable[Bound]) -> Bound:
    return max(bounds, key=_Key)


@dataclass(frozen=True, kw_only=True)
class Atom:
    """An unknown. Two atoms with one `symbol` are one quantity, whatever their ranges say.

    `operation` is empty for a plain unknown; else it names the row of `OPERATIONS` that says what
    is done to `arguments`, with `constants` besides.
    """

    symbol: Symbol
    range: Range = field(compare=False)
    operation: str = field(default="", compare=False)
    arguments: tuple[Poly, ...] = field(default=(), compare=False)
    constants: tuple[Fraction, ...] = field(default=(), compare=False)


#: A product with more terms than these is not multiplied out; nor is one in which so many terms
#: would stand in all, with those within its operations: a product that was not multiplied out would
#: be written anew in each term of the next, which is one in each term of the one after.
MOST_TERMS = 64
MOST_WRITTEN = 256

#: No amount has so many digits, before its point or behind it, nor is one multiplied with itself so
#: often: what goes on growing would take time and memory without end.
MOST_DIGITS = 1_000
MOST_POWER = 64
_TOO_LONG = 1 << MOST_DIGITS * 10 // 3

#: So many operations may stand within one another in a number that is not known: a `max` of `max`es
#: of the same unknown doubles what has to be looked at with every step.
MOST_NESTED = 200

Monomial = tuple[tuple[Atom, int], ...]
#: How a number moves with an unknown: may it rise, may it fall.
Direction = tuple[bool, bool]


class _Kept:
    """What has been worked out of one polynomial; None where it has not been asked for yet."""

    ranged: Ranged | None = None
    bases: dict[Symbol, Atom] | None = None
    moves: dict[Symbol, Direction] | None = None
    size: int | None = None
    written: int | None = None
    hash: int | None = None

    def __getstate__(self) -> dict[str, object]:
        """All but the hash, which another process works out otherwise."""
        return {name: value for name, value in self.__dict__.items() if name != "hash"}


@node
class Poly:
    """A sum of monomials with exact coefficients. Equality is equality of like terms.

    What follows from the terms alone (`range_of`, `bases`, `_directions`, the hash) is worked out
    once for each object and kept in it. It is no part of what the polynomial is: equal ones may
    have atoms of other ranges.
    """

    terms: tuple[tuple[Monomial, Fraction], ...]
    _kept: _Kept = field(default_factory=_Kept, init=False, compare=False)

    def __hash__(self) -> int:
        kept = self._kept
        if kept.hash is None:
            kept.hash = hash(self.terms)
        return kept.hash

    @property
    def constant(self) -> Fraction | None:
        """The value in base units, where nothing in it is unknown; else None."""
        terms = self.terms
        if not terms:
            return ZERO
        return terms[0][1] if not terms[0][0] and not terms[1:] else None

    @property
    def key(self) -> tuple[object, ...]:
        """A canonical form, equal for equal polynomials and sortable."""
        return tuple((tuple((order(a.symbol), n) for a, n in m), c) for m, c in self.terms)


def _poly(terms: Mapping[Monomial, Fraction]) -> Poly:
    kept = [(m, c) for m, c in terms.items() if c]
    if len(kept) > 1:
        kept.sort(key=lambda t: tuple((order(a.symbol), n) for a, n in t[0]))
    return Poly(tuple(kept))


def nested(poly: Poly) -> int:
    """How many operations stand in it within one operation, in the one that has the most of them.
    One that stands there twice is counted twice."""
    return max((_size(atom) for monomial, _ in poly.terms for atom, _n in monomial), default=0)


def _size(atom: Atom) -> int:
    """The operations of an atom: its own, and those within its arguments."""
    return 1 + sum(map(_sizes, atom.arguments)) if atom.operation else 0


def _sizes(poly: Poly) -> int:
    kept = poly._kept
    if kept.size is None:
        kept.size = sum(_size(atom) for monomial, _ in poly.terms for atom, _n in monomial)
    return kept.size


def _written(poly: Poly) -> int:
    """How many terms it has, with those of the arguments of its operations."""
    kept = poly._kept
    if kept.written is None:
        atoms = [atom for monomial, _ in poly.terms for atom, _n in monomial if atom.operation]
        within = sum(_written(argument) for atom in atoms for argument in atom.arguments)
        kept.written = len(poly.terms) + within
    return kept.written


def grows(poly: Poly) -> bool:
    """Is a number past what any amount can be?"""
    for monomial, coefficient in poly.terms:
        if _is_long(coefficient) or sum(power for _, power in monomial) > MOST_POWER:
            return True
        if any(_is_long(end) for atom, _ in monomial for end in (atom.range.lo, atom.range.hi)):
            return True
    return False


def _is_long(number: Bound) -> bool:
    if type(number) is Infinite:
        return False
    return not (-_TOO_LONG < number.numerator < _TOO_LONG and number.denominator < _TOO_LONG)


def const(value: Fraction) -> Poly:
    """A known number, in base units, as a polynomial."""
    return Poly((((), value),) if value else ())


def unknown(symbol: Symbol, within: Range) -> Poly:
    """The unknown quantity `symbol`, somewhere in `within`; a constant where that range is one
    point."""
    if within.is_point:
        assert isinstance(within.lo, Fraction)
        return const(within.lo)
    return Poly(((((Atom(symbol=symbol, range=within), 1),), ONE),))


def add(a: Poly, b: Poly) -> Poly:
    """The sum, with like terms collected."""
    ca, cb = a.constant, b.constant
    if ca is not None and cb is not None:
        return const(ca + cb)
    terms = dict(a.terms)
    for monomial, coefficient in b.terms:
        before = terms.get(monomial)
        terms[monomial] = coefficient if before is None else before + coefficient
    return _poly(terms)


def scale(a: Poly, factor: Fraction) -> Poly:
    """The multiple by a known number."""
    if factor is ONE or factor == 1:
        return a
    return Poly(tuple([(m, c * factor) for m, c in a.terms])) if factor else Poly(())


def sub(a: Poly, b: Poly) -> Poly:
    """The difference, with like terms collected: an unknown that stands on both sides cancels.
    (docs/language.md, Values)"""
    ca, cb = a.constant, b.constant
    if ca is not None and cb is not None:
        return const(ca - cb)
    return add(a, Poly(tuple([(m, -c) for m, c in b.terms])))


def mul(a: Poly, b: Poly) -> Poly:
    """The product, multiplied out, with like terms collected."""
    ca, cb = a.constant, b.constant
    if ca is not None:
        return scale(b, ca)
    if cb is not None:
        return scale(a, cb)
    long, short = len(a.terms), len(b.terms)
    written = _written(a) * short + _written(b) * long - long * short
    if long * short > MOST_TERMS or written > MOST_WRITTEN:
        return _operated("product", (a, b))
    terms: dict[Monomial, Fraction] = {}
    for ma, xa in a.terms:
        for mb, xb in b.terms:
            product = _times(ma, mb)
            terms[product] = terms.get(product, ZERO) + xa * xb
    return _poly(terms)


def _times(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for atom, n in b:
        powers[atom] = powers.get(atom, 0) + n
    return tuple(sorted(powers.items(), key=lambda p: order(p[0].symbol)))


def operation(name: str, arguments: tuple[Poly, ...], constants: tuple[Fraction, ...] = ()) -> Poly:
    """An operation of the table `OPERATIONS` on polynomials: computed where all are constant, a
    polynomial where it comes to one, else an atom of its own. `div` by a known zero raises
    ZeroDivisionError. (docs/language.md, Errors and Boundaries)"""
    row = OPERATIONS[name]
    if row.simpler is not None:
        simpler = row.simpler(arguments)
        if isinstance(simpler, Poly):
            return simpler
        arguments = simpler
    values = [value for a in arguments if (value := a.constant) is not None]
    if len(values) == len(arguments):
        result = row.at(values, constants)
        assert isinstance(result, Fraction)
        return const(result)
    return _operated(name, arguments, constants)


def _operated(name: str, arguments: tuple[Poly, ...], constants: tuple[Fraction, ...] = ()) -> Poly:
    """An operation as an atom, of which only the range is known."""
    row = OPERATIONS[name]
    symbol = OperationSymbol(name, tuple(a.key for a in arguments), constants)
    ranges = [range_of(a).range for a in arguments]
    if row.within is not None:
        within = row.within(ranges)
    else:
        lows, highs = [r.lo for r in ranges], [r.hi for r in ranges]
        within = Range(row.at(lows, constants), row.at(highs, constants))
    return Poly(
        (
            (
                (
                    (
                        Atom(
                            symbol=symbol,
                            range=within,
                            operation=name,
                            arguments=arguments,
                            constants=constants,
                        ),
                        1,
                    ),
                ),
                ONE,
            ),
        )
    )


def may_divide_by_zero(poly: Poly) -> bool:
    """Does some division in it have a divisor whose range contains zero?"""
    for monomial, _ in poly.terms:
        for atom, _n in monomial:
            if atom.operation == "div":
                r = range_of(atom.arguments[1]).range
                if r.lo <= ZERO <= r.hi and not (
                    (r.lo == ZERO and r.lo_open) or (r.hi == ZERO and r.hi_open)
                ):
                    return True
            if any(may_divide_by_zero(a) for a in atom.arguments):
                return True
    return False


def fixed(poly: Poly, symbol: Symbol, value: Fraction) -> Poly:
    """The polynomial where one of its plain unknowns has become known. Raises
    ZeroDivisionError where it then divides by zero."""
    total = const(ZERO)
    for monomial, coefficient in poly.terms:
        product = const(coefficient)
        for atom, n in monomial:
            if atom.operation:
                arguments = tuple(fixed(a, symbol, value) for a in atom.arguments)
                part = operation(atom.operation, arguments, atom.constants)
            elif atom.symbol == symbol:
                part = const(value)
            else:
                part = Poly(((((atom, 1),), ONE),))
            for _ in range(n):
                product = mul(product, part)
        total = add(total, product)
    return total


@node
class Ranged:
    """A range, and whether it may be wider than the true one."""

    range: Range
    wider: bool


def bases(poly: Poly) -> Mapping[Symbol, Atom]:
    """The plain unknowns a polynomial depends on, by key."""
    kept = poly._kept
    if kept.bases is None:
        kept.bases = _find_bases(poly)
    return kept.bases


def _find_bases(poly: Poly) -> dict[Symbol, Atom]:
    found: dict[Symbol, Atom] = {}
    for monomial, _ in poly.terms:
        for atom, _n in monomial:
            if atom.operation:
                for argument in atom.arguments:
                    found.update(bases(argument))
            else:
                found[atom.symbol] = atom
    return found


def range_of(poly: Poly) -> Ranged:
    """The range of a polynomial over the ranges of its unknowns."""
    kept = poly._kept
    if kept.ranged is None:
        kept.ranged = _find_range(poly)
    return kept.ranged


def narrowings(poly: Poly, wanted: Range) -> Iterator[tuple[Atom, Range]]:
    """Where the unknowns of a number lie if it lies in `wanted`: each plain one that it is linear
    in, with the range that the other terms leave it. The range is empty where that cannot be."""
    for monomial, coefficient in poly.terms:
        if len(monomial) != 1 or monomial[0][1] != 1 or monomial[0][0].operation:
            continue
        atom = monomial[0][0]
        rest = Poly(tuple(t for t in poly.terms if t[0] != monomial))
        if any(a == atom for m, _ in rest.terms for a, _n in m):
            continue
        opposite = range_scale(range_of(rest).range, -ONE)
        allowed = range_scale(range_add(wanted, opposite), 1 / coefficient)
        yield atom, atom.range.meet(allowed)


def within(poly: Poly, wanted: Range) -> Poly | None:
    """The same number where it is known to lie in `wanted`: with narrower ranges of its unknowns.
    None where it cannot lie there."""
    if range_of(poly).range.meet(wanted).empty:
        return None
    found = poly
    for atom, met in narrowings(poly, wanted):
        if met.empty:
            return None
        linear = ((atom, 1),)
        factor = next(c for m, c in found.terms if m == linear)
        others = Poly(tuple(term for term in found.terms if term[0] != linear))
        found = add(others, scale(unknown(atom.symbol, met), factor))
    return found


def _find_range(poly: Poly) -> Ranged:
    value = poly.constant
    if value is not None:
        return Ranged(point(value), False)
    exact = _linear(poly) or _alone(poly)
    if exact is not None:
        return Ranged(exact, False)
    try:
        corners = _corners(poly)
    except IndeterminateError:
        corners = None
    if corners is not None:
        return Ranged(corners, False)
    return Ranged(_interval(poly), True)


def is_linear(poly: Poly) -> bool:
    """Is every term a coefficient times one plain unknown?"""
    return all(
        not m or (len(m) == 1 and m[0][1] == 1 and not m[0][0].operation) for m, _ in poly.terms
    )


def _linear(poly: Poly) -> Range | None:
    """Exact, with open ends, where every term is a coefficient times one plain unknown."""
    if not is_linear(poly):
        return None
    parts = [range_scale(m[0][0].range, c) if m else point(c) for m, c in poly.terms]
    return reduce(range_add, parts)


def _alone(poly: Poly) -> Range | None:
    """Exact, where it is a multiple of one operation that tells its range exactly, and a known
    number."""
    (*rest, (monomial, _)) = poly.terms
    if len(monomial) != 1 or monomial[0][1] != 1 or any(m for m, _ in rest):
        return None
    atom = monomial[0][0]
    exact = OPERATIONS[atom.operation].exact if atom.operation else None
    if exact is None or not exact(atom.arguments):
        return None
    parts = [range_scale(m[0][0].range, c) if m else point(c) for m, c in poly.terms]
    return reduce(range_add, parts)


def _interval(poly: Poly) -> Range:
    total = point(ZERO)
    for monomial, coefficient in poly.terms:
        total = range_add(total, _term(monomial, coefficient))
    return Range(total.lo, total.hi)


def _term(monomial: Monomial, coefficient: Fraction) -> Range:
    parts = [_power(atom.range, n) for atom, n in monomial]
    return range_scale(reduce(range_mul, parts) if parts else point(ONE), coefficient)


def _power(r: Range, n: int) -> Range:
    result = r
    for _ in range(n - 1):
        result = range_mul(result, r)
    if n % 2 == 0 and result.lo < ZERO:
        result = Range(ZERO, result.hi)
    return result


def _corners(poly: Poly) -> Range | None:
    """The exact range where the polynomial is monotone in every unknown, else None."""
    low: dict[Symbol, Bound] = {}
    high: dict[Symbol, Bound] = {}
    low_open = high_open = False
    moves = _directions(poly)
    for key, atom in bases(poly).items():
        rises, falls = moves[key]
        if rises and falls:
            return None
        r = atom.range
        low[key], high[key] = (r.hi, r.lo) if falls else (r.lo, r.hi)
        if (r.lo_open or r.hi_open) and _is_strict(poly, atom):
            # An end that the unknown never takes is one that the number never takes.
            low_open = low_open or (r.hi_open if falls else r.lo_open)
            high_open = high_open or (r.lo_open if falls else r.hi_open)
    return Range(_at(poly, low), _at(poly, high), low_open, high_open)


def _is_strict(poly: Poly, atom: Atom) -> bool:
    """Does it surely rise (or surely fall) with an unknown that stands in it plainly?"""
    if any(a.operation and atom.symbol in bases(Poly(((((a, 1),), ONE),))) for a in _atoms(poly)):
        return False
    slope = _slopes(poly).get(atom, point(ZERO))
    return slope.lo > ZERO or slope.hi < ZERO


def _directions(poly: Poly) -> Mapping[Symbol, Direction]:
    """How it moves with each of its plain unknowns."""
    kept = poly._kept
    if kept.moves is None:
        kept.moves = _find_directions(poly)
    return kept.moves


def _find_directions(poly: Poly) -> dict[Symbol, Direction]:
    found = dict.fromkeys(bases(poly), (False, False))
    for atom, slope in _slopes(poly).items():
        for key, (up, down) in _atom_directions(atom).items():
            rises, falls = found[key]
            if slope.hi > ZERO:
                rises, falls = rises or up, falls or down
            if slope.lo < ZERO:
                rises, falls = rises or down, falls or up
            found[key] = (rises, falls)
    return found


def _atoms(poly: Poly) -> dict[Atom, None]:
    return {atom: None for monomial, _ in poly.terms for atom, _n in monomial}


def _slopes(poly: Poly) -> dict[Atom, Range]:
    """The range of the derivative by each atom: the coefficient, where it stands alone. No two
    terms have the same derivative by an atom, so that there are no like terms to collect."""
    found: dict[Atom, Range] = {}
    for monomial, coefficient in poly.terms:
        for i, (atom, n) in enumerate(monomial):
            rest = (*monomial[:i], *([(atom, n - 1)] if n > 1 else ()), *monomial[i + 1 :])
            slope = _term(rest, coefficient * n)
            found[atom] = range_add(found[atom], slope) if atom in found else slope
    return {atom: Range(slope.lo, slope.hi) for atom, slope in found.items()}


def _atom_directions(atom: Atom) -> Mapping[Symbol, Direction]:
    if not atom.operation:
        return {atom.symbol: (True, False)}
    return OPERATIONS[atom.operation].moves(atom)


def _at(poly: Poly, box: Mapping[Symbol, Bound]) -> Bound:
    """The value at one corner."""
    total: Bound = ZERO
    for monomial, coefficient in poly.terms:
        product: Bound = coefficient
        for atom, n in monomial:
            if atom.operation:
                values = [_at(a, box) for a in atom.arguments]
                value = OPERATIONS[atom.operation].at(values, atom.constants)
            else:
                value = box[atom.symbol]
            for _ in range(n):
                product = _mul(product, value)
        total = _add(total, product)
    return total


# ── Operations that no polynomial can express ────────────────────────────────────────────


@node
class Bends:
    """Where an operation turns: at the zeros of some differences. Between two of these it is one
    polynomial, `inside`, told from what its arguments come to anywhere there."""

    differences: Callable[[tuple[Poly, ...], tuple[Fraction, ...]], list[Poly]]
    inside: Callable[[tuple[Poly, ...], tuple[Fraction, ...], Sequence[Fraction]], Poly]


@node
class Jumps:
    """It jumps wherever its argument is a multiple of the step (its only constant) and `shift`
    steps more, and is constant in between."""

    shift: Fraction


@node
class Poles:
    """It is a quotient: it jumps where its second argument is zero, and elsewhere its sign is
    that of a polynomial, by which it is multiplied."""


@node(kw_only=True)
class Operation:
    """A row an operation: all that is known of it.

    at       its value where its arguments have these values, which may be infinite; it may raise
             IndeterminateError
    turns    where it bends or jumps; None where that is not worked out
    within   its range, from those of its arguments; None: it rises with each of them
    moves    how an atom of it moves with each unknown in it
    exact    whether its range is the true one for these arguments, where it does not follow from
             how it moves
    simpler  the polynomial that it comes to, or the arguments that it hangs on
    rest     the polynomial from which it differs by no more than a rest, and the range of that
    """

    at: Callable[[Sequence[Bound], tuple[Fraction, ...]], Bound]
    turns: Bends | Jumps | Poles | None
    within: Callable[[list[Range]], Range] | None = None
    moves: Callable[[Atom], Mapping[Symbol, Direction]] = field(default=lambda atom: _rising(atom))
    exact: Callable[[tuple[Poly, ...]], bool] | None = None
    simpler: Callable[[tuple[Poly, ...]], Poly | tuple[Poly, ...]] | None = None
    rest: Callable[[Poly, tuple[Fraction, ...]], tuple[Poly, Range] | None] | None = None


def _rising(atom: Atom) -> dict[Symbol, Direction]:
    """It rises with each of its arguments."""
    found: dict[Symbol, Direction] = {}
    for argument in atom.arguments:
        for key, (up, down) in _directions(argument).items():
            rises, falls = found.get(key, (False, False))
            found[key] = (rises or up, falls or down)
    return found


def _anyhow(atom: Atom) -> dict[Symbol, Direction]:
    """It may rise and fall with everything in it."""
    return dict.fromkeys((key for a in atom.arguments for key in bases(a)), (True, True))


# min, max


def _extreme(greatest: bool) -> Operation:
    def simpler(arguments: tuple[Poly, ...]) -> Poly | tuple[Poly, ...]:
        kept = tuple(dict.fromkeys(arguments))
        kept = _drop_dominated(greatest, kept) if len(kept) > 1 else kept
        return kept[0] if len(kept) == 1 else kept

    def inside(
        arguments: tuple[Poly, ...], _: tuple[Fraction, ...], values: Sequence[Fraction]
    ) -> Poly:
        return arguments[values.index(max(values) if greatest else min(values))]

    return Operation(
        at=lambda values, _: _greatest(values) if greatest else _least(values),
        turns=Bends(lambda a, _: [sub(one, other) for one, other in combinations(a, 2)], inside),
        simpler=simpler,
    )


def _drop_dominated(greatest: bool, arguments: tuple[Poly, ...]) -> tuple[Poly, ...]:
    """The arguments of min or max that can decide it: one surely not below all others
    replaces those it dominates. Two that share no unknown are told apart by their ranges alone,
    the others by the range of their difference."""
    ranges = [range_of(a).range for a in arguments]
    best = _greatest(r.lo for r in ranges) if greatest else _least(r.hi for r in ranges)
    first = next(i for i, r in enumerate(ranges) if (r.lo if greatest else r.hi) == best)
    dropped = {
        i
        for i, r in enumerate(ranges)
        if i != first and (r.hi <= best if greatest else r.lo >= best)
    }
    readers: dict[Symbol, list[int]] = {}
    for i, a in enumerate(arguments):
        for symbol in bases(a):
            readers.setdefault(symbol, []).append(i)
    for i, a in enumerate(arguments):
        if i in dropped:
            continue
        for j in sorted({j for symbol in bases(a) for j in readers[symbol]}):
            if i == j or i in dropped or j in dropped:
                continue
            difference = range_of(sub(a, arguments[j])).range
            if difference.hi <= ZERO if greatest else difference.lo >= ZERO:
                dropped.add(i)
    return tuple(a for i, a in enumerate(arguments) if i not in dropped)


# abs


def _distance(ranges: list[Range]) -> Range:
    """How far from zero: of a range that zero lies in, as far as its farther end."""
    (extent,) = ranges
    below = Range(ZERO, -extent.lo, False, extent.lo_open)
    return below.hull(Range(ZERO, extent.hi, False, extent.hi_open))


def _without_sign(arguments: tuple[Poly, ...]) -> Poly | tuple[Poly, ...]:
    """The number itself, or its opposite, where it does not lie on both sides of zero."""
    extent = range_of(arguments[0]).range
    if extent.lo >= ZERO:
        return arguments[0]
    return scale(arguments[0], -ONE) if extent.hi <= ZERO else arguments


# ceil, floor, round


def _stepwise(
    nearest: Callable[[Fraction, Fraction], Fraction], shift: Fraction, rest: Range
) -> Operation:
    """`nearest` gives the whole number of steps; `rest` is what the result has over the argument,
    in steps."""

    def at(values: Sequence[Bound], constants: tuple[Fraction, ...]) -> Bound:
        (value,), (step,) = values, constants
        return value if isinstance(value, Infinite) else nearest(value, step) * step

    return Operation(
        at=at, turns=Jumps(shift), rest=lambda argument, c: (argument, range_scale(rest, c[0]))
    )


def _half_away(value: Fraction, step: Fraction) -> Fraction:
    whole = (abs(value) / step + _HALF).__floor__()
    return Fraction(whole if value >= 0 else -whole)


_HALF = Fraction(1, 2)


# Tiered prices


def _charge(values: Sequence[Bound], tiers: tuple[Fraction, ...]) -> Bound:
    """`tiers` is price₁, upper₁, price₂, upper₂, …, priceₙ: each part of the quantity at its
    tier's price. A last upper bound without a price after it ends the table."""
    quantity = values[0]
    total: Bound = ZERO
    below = ZERO
    for i in range(0, len(tiers), 2):
        price = tiers[i]
        upper: Bound = tiers[i + 1] if i + 1 < len(tiers) else POS
        part: Bound = quantity if quantity < upper else upper
        if isinstance(part, Infinite):
            return total if price == 0 or part.sign < 0 else POS
        total = _add(total, (part - below) * price if part > below else ZERO)
        if isinstance(upper, Infinite) or quantity <= upper:
            break
        below = upper
    return total


def _charge_moves(atom: Atom) -> dict[Symbol, Direction]:
    """It rises with the quantity where no price is negative."""
    return _anyhow(atom) if any(price < 0 for price in atom.constants[::2]) else _rising(atom)


def _in_tier(
    arguments: tuple[Poly, ...], tiers: tuple[Fraction, ...], values: Sequence[Fraction]
) -> Poly:
    """A tiered charge where it is known in which tier the quantity lies."""
    (quantity,), (amount,) = arguments, values
    total, below = ZERO, ZERO
    for i in range(0, len(tiers), 2):
        price = tiers[i]
        upper = tiers[i + 1] if i + 1 < len(tiers) else None
        if amount <= below:
            break
        if upper is None or amount <= upper:
            return add(const(total), scale(sub(quantity, const(below)), price))
        total += (upper - below) * price
        below = upper
    return const(total)


def _last_tier(quantity: Poly, tiers: tuple[Fraction, ...]) -> tuple[Poly, Range] | None:
    """A tiered price as the price of the last tier that may be reached and a rest. The rest is
    straight between the ends of the tiers, so that its least and most are among those."""
    extent = range_of(quantity).range
    if isinstance(extent.lo, Infinite):
        return None
    price = ZERO
    ends = {extent.lo}
    for end in (ZERO, *tiers[1::2]):
        if extent.lo <= end <= extent.hi:
            ends.add(end)
    if isinstance(extent.hi, Fraction):
        ends.add(extent.hi)
    for i in range(0, len(tiers), 2):
        upper: Bound = tiers[i + 1] if i + 1 < len(tiers) else POS
        if extent.hi <= upper:
            price = tiers[i]
            break
    rests = []
    for end in ends:
        charged = _charge((end,), tiers)
        assert isinstance(charged, Fraction)
        rests.append(charged - price * end)
    return scale(quantity, price), Range(min(rests), max(rests))


# Division


def _quotient(values: Sequence[Bound], _: tuple[Fraction, ...]) -> Bound:
    above, below = values
    if isinstance(below, Infinite):
        if isinstance(above, Infinite):
            raise IndeterminateError
        return ZERO
    if below == 0:
        raise IndeterminateError
    if isinstance(above, Infinite):
        return _mul(above, 1 / below)
    return above / below


def _by_constant(arguments: tuple[Poly, ...]) -> Poly | tuple[Poly, ...]:
    above, below = arguments
    divisor = below.constant
    if divisor is None:
        return arguments
    if divisor == 0:
        raise ZeroDivisionError
    return scale(above, 1 / divisor)


def _quotient_range(ranges: list[Range]) -> Range:
    above, below = ranges
    if below.lo <= ZERO <= below.hi:
        if below.lo == ZERO and below.lo_open and below.hi != ZERO:
            return range_mul(above, Range(ZERO, POS))
        if below.lo == ZERO and above.lo >= ZERO:
            return Range(ZERO, POS)
        return EVERYTHING
    return range_mul(above, Range(_inverse(below.hi), _inverse(below.lo)))


def _inverse(bound: Bound) -> Bound:
    return ZERO if isinstance(bound, Infinite) else 1 / bound


def _quotient_moves(atom: Atom) -> dict[Symbol, Direction]:
    above, below = atom.arguments
    below_range, above_range = range_of(below).range, range_of(above).range
    if below_range.lo < ZERO < below_range.hi:
        return _anyhow(atom)
    found: dict[Symbol, Direction] = {}
    for key, (up, down) in _directions(above).items():
        found[key] = (down, up) if below_range.hi <= ZERO else (up, down)
    # d(a/b) = -a/b² · db: falls with b where a is positive.
    for key, (below_up, below_down) in _directions(below).items():
        up, down = found.get(key, (False, False))
        if above_range.hi > ZERO:
            up, down = up or below_down, down or below_up
        if above_range.lo < ZERO:
            up, down = up or below_up, down or below_down
        found[key] = (up, down)
    return found


#: `product` is one with too many terms to be multiplied out.
OPERATIONS: Mapping[str, Operation] = {
    "min": _extreme(greatest=False),
    "max": _extreme(greatest=True),
    "abs": Operation(
        at=lambda values, _: _greatest((values[0], -values[0])),
        turns=Bends(lambda a, _: [a[0]], lambda a, _, v: a[0] if v[0] >= 0 else scale(a[0], -ONE)),
        within=_distance,
        exact=lambda a: is_linear(a[0]),
        moves=_anyhow,
        simpler=_without_sign,
    ),
    "ceil": _stepwise(
        lambda value, step: Fraction(-((-value / step).__floor__())),
        ZERO,
        Range(ZERO, ONE, False, True),
    ),
    "floor": _stepwise(
        lambda value, step: Fraction((value / step).__floor__()),
        ZERO,
        Range(-ONE, ZERO, True, False),
    ),
    "round": _stepwise(_half_away, _HALF, Range(-_HALF, _HALF)),
    "charge": Operation(
        at=_charge,
        turns=Bends(
            lambda a, tiers: [sub(a[0], const(end)) for end in (ZERO, *tiers[1::2])], _in_tier
        ),
        moves=_charge_moves,
        rest=_last_tier,
    ),
    "div": Operation(
        at=_quotient,
        turns=Poles(),
        within=_quotient_range,
        moves=_quotient_moves,
        simpler=_by_constant,
    ),
    "product": Operation(
        at=lambda values, _: _mul(values[0], values[1]),
        turns=None,
        within=lambda ranges: range_mul(ranges[0], ranges[1]),
        moves=_anyhow,
        simpler=lambda arguments: mul(arguments[0], arguments[1]),
    ),
}
