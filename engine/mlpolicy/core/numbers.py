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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce

from mlpolicy.core.node import node
from mlpolicy.core.symbols import OperationSymbol, Symbol, order


@dataclass(frozen=True, slots=True)
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
    if isinstance(a, Infinite):
        if isinstance(b, Infinite) and b.sign != a.sign:
            raise IndeterminateError
        return a
    return b if isinstance(b, Infinite) else a + b


def _mul(a: Bound, b: Bound) -> Bound:
    # 0 × ∞ is 0: an end of a range is a limit of finite values.
    if isinstance(a, Infinite) or isinstance(b, Infinite):
        sa, sb = _sign(a), _sign(b)
        return ZERO if sa * sb == 0 else Infinite(sa * sb)
    return a * b


def _sign(a: Bound) -> int:
    if isinstance(a, Infinite):
        return a.sign
    return (a > 0) - (a < 0)


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
    return (isinstance(a, Infinite) and a.sign < 0) or (isinstance(b, Infinite) and b.sign < 0)


def _is_pos_inf(a: Bound, b: Bound) -> bool:
    return (isinstance(a, Infinite) and a.sign > 0) or (isinstance(b, Infinite) and b.sign > 0)


def range_mul(a: Range, b: Range) -> Range:
    """The range of a product, from the ranges of its two factors. It counts both ends as belonging
    to it, and may be wider than the true one."""
    ends = [_mul(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    return Range(_least(ends), _greatest(ends))


def range_scale(a: Range, factor: Fraction) -> Range:
    """The range of a multiple, exactly. A negative `factor` swaps the ends."""
    if factor == 0:
        return point(ZERO)
    if factor == 1:
        return a
    lo, hi = _mul(a.lo, factor), _mul(a.hi, factor)
    if factor > 0:
        return Range(lo, hi, a.lo_open, a.hi_open)
    return Range(hi, lo, a.hi_open, a.lo_open)


def _least(bounds: Iterable[Bound]) -> Bound:
    return min(bounds, key=_Key)


def _greatest(bounds: Iterable[Bound]) -> Bound:
    return max(bounds, key=_Key)


@dataclass(frozen=True, slots=True)
class Atom:
    """An unknown. Two atoms with one `symbol` are one quantity, whatever their ranges say.

    `operation` is empty for a plain unknown; else it names what is done to `arguments`
    (`max`, `min`, `ceil`, `round`, `div`, `charge`, `product`), with `constants` besides.
    """

    symbol: Symbol
    range: Range = field(compare=False)
    operation: str = field(default="", compare=False)
    arguments: tuple[Poly, ...] = field(default=(), compare=False)
    constants: tuple[Fraction, ...] = field(default=(), compare=False)


#: A product with more terms than these is not multiplied out.
MOST_TERMS = 64

Monomial = tuple[tuple[Atom, int], ...]
#: How a number moves with an unknown: may it rise, may it fall.
Direction = tuple[bool, bool]


class _Kept:
    """What has been worked out of one polynomial; None where it has not been asked for yet."""

    ranged: Ranged | None = None
    bases: dict[Symbol, Atom] | None = None
    moves: dict[Symbol, Direction] | None = None


@node
class Poly:
    """A sum of monomials with exact coefficients. Equality is equality of like terms.

    What follows from the terms alone (`range_of`, `bases`, `_directions`) is worked out once
    for each object and kept in it. It is no part of what the polynomial is: equal ones may
    have atoms of other ranges.
    """

    terms: tuple[tuple[Monomial, Fraction], ...]
    _kept: _Kept = field(default_factory=_Kept, init=False, compare=False)

    @property
    def constant(self) -> Fraction | None:
        """The value in base units, where nothing in it is unknown; else None."""
        if not self.terms:
            return ZERO
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None

    @property
    def key(self) -> tuple[object, ...]:
        """A canonical form, equal for equal polynomials and sortable."""
        return tuple((tuple((order(a.symbol), n) for a, n in m), c) for m, c in self.terms)


def _poly(terms: Mapping[Monomial, Fraction]) -> Poly:
    kept = [(m, c) for m, c in terms.items() if c]
    if len(kept) > 1:
        kept.sort(key=lambda t: tuple((order(a.symbol), n) for a, n in t[0]))
    return Poly(tuple(kept))


def const(value: Fraction) -> Poly:
    """A known number, in base units, as a polynomial."""
    return Poly((((), value),) if value else ())


def unknown(symbol: Symbol, within: Range) -> Poly:
    """The unknown quantity `symbol`, somewhere in `within`; a constant where that range is one
    point."""
    if within.is_point:
        assert isinstance(within.lo, Fraction)
        return const(within.lo)
    return Poly(((((Atom(symbol, within), 1),), ONE),))


def add(a: Poly, b: Poly) -> Poly:
    """The sum, with like terms collected."""
    ca, cb = a.constant, b.constant
    if ca is not None and cb is not None:
        return const(ca + cb)
    terms = dict(a.terms)
    for monomial, coefficient in b.terms:
        terms[monomial] = terms.get(monomial, ZERO) + coefficient
    return _poly(terms)


def scale(a: Poly, factor: Fraction) -> Poly:
    """The multiple by a known number."""
    if factor == 1:
        return a
    return Poly(tuple((m, c * factor) for m, c in a.terms)) if factor else Poly(())


def sub(a: Poly, b: Poly) -> Poly:
    """The difference, with like terms collected: an unknown that stands on both sides cancels.
    (docs/language.md, Values)"""
    ca, cb = a.constant, b.constant
    if ca is not None and cb is not None:
        return const(ca - cb)
    return add(a, Poly(tuple((m, -c) for m, c in b.terms)))


def mul(a: Poly, b: Poly) -> Poly:
    """The product, multiplied out, with like terms collected."""
    ca, cb = a.constant, b.constant
    if ca is not None:
        return scale(b, ca)
    if cb is not None:
        return scale(a, cb)
    if len(a.terms) * len(b.terms) > MOST_TERMS:
        return _product(a, b)
    terms: dict[Monomial, Fraction] = {}
    for ma, xa in a.terms:
        for mb, xb in b.terms:
            product = _times(ma, mb)
            terms[product] = terms.get(product, ZERO) + xa * xb
    return _poly(terms)


def _product(a: Poly, b: Poly) -> Poly:
    """A product that is not multiplied out: an atom, of which only the range is known."""
    symbol = OperationSymbol("product", (a.key, b.key), ())
    within = range_mul(range_of(a).range, range_of(b).range)
    return Poly(((((Atom(symbol, within, "product", (a, b)), 1),), ONE),))


def _times(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for atom, n in b:
        powers[atom] = powers.get(atom, 0) + n
    return tuple(sorted(powers.items(), key=lambda p: order(p[0].symbol)))


def operation(name: str, arguments: tuple[Poly, ...], constants: tuple[Fraction, ...] = ()) -> Poly:
    """`max`, `min`, `ceil`, `round`, `div` or `charge` of polynomials: computed where all are
    constant, else an atom of its own. `div` by a constant stays a polynomial; by a known zero it
    raises ZeroDivisionError. (docs/language.md, Errors and Boundaries)"""
    if name == "product":
        return mul(*arguments)
    known = [a.constant for a in arguments]
    if name == "div":
        divisor = known[1]
        if divisor is not None:
            if divisor == 0:
                raise ZeroDivisionError
            return scale(arguments[0], 1 / divisor)
    if name in ("min", "max"):
        unique = tuple(dict.fromkeys(arguments))
        if len(unique) == 1:
            return unique[0]
        kept = _drop_dominated(name, unique)
        if len(kept) == 1:
            return kept[0]
        arguments = kept
        known = [a.constant for a in arguments]
    values = [k for k in known if k is not None]
    if len(values) == len(known):
        result = _apply(name, list(values), constants)
        assert isinstance(result, Fraction)
        return const(result)
    symbol = OperationSymbol(name, tuple(a.key for a in arguments), constants)
    return Poly(
        (
            (
                (
                    (
                        Atom(
                            symbol,
                            _operation_range(name, arguments, constants),
                            name,
                            arguments,
                            constants,
                        ),
                        1,
                    ),
                ),
                ONE,
            ),
        )
    )


def _drop_dominated(name: str, arguments: tuple[Poly, ...]) -> tuple[Poly, ...]:
    """The arguments of min or max that can decide it: one surely not below all others
    replaces those it dominates. Two that share no unknown are told apart by their ranges alone,
    the others by the range of their difference."""
    ranges = [range_of(a).range for a in arguments]
    best = _greatest(r.lo for r in ranges) if name == "max" else _least(r.hi for r in ranges)
    first = next(i for i, r in enumerate(ranges) if (r.lo if name == "max" else r.hi) == best)
    dropped = {
        i
        for i, r in enumerate(ranges)
        if i != first and (r.hi <= best if name == "max" else r.lo >= best)
    }
    unknowns = [frozenset(bases(a)) for a in arguments]
    for i, a in enumerate(arguments):
        for j, b in enumerate(arguments):
            if i == j or i in dropped or j in dropped or unknowns[i].isdisjoint(unknowns[j]):
                continue
            difference = range_of(sub(a, b)).range
            if difference.hi <= ZERO if name == "max" else difference.lo >= ZERO:
                dropped.add(i)
    return tuple(a for i, a in enumerate(arguments) if i not in dropped)


def _apply(name: str, values: list[Bound], constants: tuple[Fraction, ...]) -> Bound:
    """The operation at one point (its arguments may be infinite)."""
    match name:
        case "max":
            return _greatest(values)
        case "min":
            return _least(values)
        case "ceil":
            value = values[0]
            if isinstance(value, Infinite):
                return value
            step = constants[0]
            return -((-value / step).__floor__()) * step
        case "round":
            value = values[0]
            if isinstance(value, Infinite):
                return value
            step = constants[0]
            whole = abs(value) / step + Fraction(1, 2)
            return whole.__floor__() * step * (1 if value >= 0 else -1)
        case "charge":
            return _charge(values[0], constants)
        case "product":
            return _mul(values[0], values[1])
        case "div":
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
        case _:
            raise AssertionError(name)


def _charge(quantity: Bound, tiers: tuple[Fraction, ...]) -> Bound:
    """`tiers` is price₁, upper₁, price₂, upper₂, …, priceₙ: each part of the quantity at its
    tier's price. A last upper bound without a price after it ends the table."""
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


def _operation_range(
    name: str, arguments: tuple[Poly, ...], constants: tuple[Fraction, ...]
) -> Range:
    ranges = [range_of(a).range for a in arguments]
    if name == "div":
        above, below = ranges
        if below.lo <= ZERO <= below.hi:
            if below.lo == ZERO and below.lo_open and below.hi != ZERO:
                return range_mul(above, Range(ZERO, POS))
            if below.lo == ZERO and above.lo >= ZERO:
                return Range(ZERO, POS)
            return EVERYTHING
        inverse = Range(_inverse(below.hi), _inverse(below.lo))
        return range_mul(above, inverse)
    return Range(
        _apply(name, [r.lo for r in ranges], constants),
        _apply(name, [r.hi for r in ranges], constants),
    )


def _inverse(bound: Bound) -> Bound:
    return ZERO if isinstance(bound, Infinite) else 1 / bound


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


def _find_range(poly: Poly) -> Ranged:
    value = poly.constant
    if value is not None:
        return Ranged(point(value), False)
    linear = _linear(poly)
    if linear is not None:
        return Ranged(linear, False)
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


def _interval(poly: Poly) -> Range:
    total = point(ZERO)
    for monomial, coefficient in poly.terms:
        product = point(coefficient)
        for atom, n in monomial:
            product = range_mul(product, _power(atom.range, n))
        total = range_add(total, product)
    return Range(total.lo, total.hi)


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
    """The range of the derivative by each atom: the coefficient, where it stands alone."""
    alone: dict[Atom, Range] = {}
    mixed: dict[Atom, None] = {}
    for monomial, coefficient in poly.terms:
        if len(monomial) == 1 and monomial[0][1] == 1:
            alone[monomial[0][0]] = point(coefficient)
        else:
            mixed.update((atom, None) for atom, _n in monomial)
    return {**alone, **{atom: _interval(_derivative(poly, atom)) for atom in mixed}}


def _derivative(poly: Poly, by: Atom) -> Poly:
    terms: dict[Monomial, Fraction] = {}
    for monomial, coefficient in poly.terms:
        for atom, n in monomial:
            if atom == by:
                rest = tuple(
                    (a, m - 1 if a == by else m) for a, m in monomial if not (a == by and m == 1)
                )
                terms[rest] = terms.get(rest, ZERO) + coefficient * n
    return _poly(terms)


def _atom_directions(atom: Atom) -> Mapping[Symbol, Direction]:
    if not atom.operation:
        return {atom.symbol: (True, False)}
    found: dict[Symbol, Direction] = {}
    if atom.operation == "product":
        return dict.fromkeys((*bases(atom.arguments[0]), *bases(atom.arguments[1])), (True, True))
    if atom.operation == "div":
        above, below = atom.arguments
        below_range, above_range = range_of(below).range, range_of(above).range
        if below_range.lo < ZERO < below_range.hi:
            return dict.fromkeys((*bases(above), *bases(below)), (True, True))
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
    # min, max, ceil, round rise with their arguments; charge does where no price is negative.
    negative = atom.operation == "charge" and any(p < 0 for p in atom.constants[::2])
    for argument in atom.arguments:
        for key, (up, down) in _directions(argument).items():
            rises, falls = found.get(key, (False, False))
            found[key] = (rises or up, falls or down)
    if negative:
        return {key: (up or down, up or down) for key, (up, down) in found.items()}
    return found


def _at(poly: Poly, box: Mapping[Symbol, Bound]) -> Bound:
    """The value at one corner."""
    total: Bound = ZERO
    for monomial, coefficient in poly.terms:
        product: Bound = coefficient
        for atom, n in monomial:
            if atom.operation:
                value = _apply(
                    atom.operation, [_at(a, box) for a in atom.arguments], atom.constants
                )
            else:
                value = box[atom.symbol]
            for _ in range(n):
                product = _mul(product, value)
        total = _add(total, product)
    return total
