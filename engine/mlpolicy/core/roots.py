"""Where a number that depends on one unknown turns: the exact points where its sign changes.

`crossings` takes a polynomial (see `core.numbers`) with one unknown left in it and a range. It
splits the range where a `min`, `max`, tiered price, `ceil`, `round` or division bends or jumps,
until each piece is a plain polynomial, and takes the roots of that. A root that is a fraction is
found exactly, of any degree; one that is not is given as a narrow range that holds it, never as
a wrong number. Whole stretches in which the sign cannot change are left out early, so that a
million steps of a `ceil` cost some twenty evaluations.

`relaxed` proves the sign for a stretch with any number of steps in it: a step is its argument
and a rest that is smaller than one step, a tariff is its last price and a rest that is bounded.
From some number on the rests cannot make up for the distance (`edges`), so that the sign is
proved there up to infinity.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

from mlpolicy.core.numbers import (
    ONE,
    OPERATIONS,
    ZERO,
    Atom,
    Bends,
    Bound,
    IndeterminateError,
    Jumps,
    Poles,
    Poly,
    Range,
    add,
    bases,
    const,
    mul,
    operation,
    range_of,
    sub,
    unknown,
)
from mlpolicy.core.symbols import RestSymbol, Symbol, order
from mlpolicy.dataclass import dataclass, field
from mlpolicy.typed import assert_never

_PIECES = 400
_STEPS = 8
_MANY = 4  # unknowns of which both ends are tried together
_FINE = 9  # decimal places, from its first digit on, of a root that is no fraction


@dataclass
class Crossings:
    """Where a sign changes along a range.

    `points` are the exact values at which it does. `between` are narrow open ranges each of which
    holds a change at a value that is no fraction. `whole` is False where the search was given up
    somewhere, so that a change may be missing.
    """

    points: set[Fraction] = field(default_factory=set)
    between: list[Range] = field(default_factory=list)
    whole: bool = True


def substitute(poly: Poly, values: Mapping[Symbol, Poly]) -> Poly:
    """The polynomial with some of its unknowns replaced. Raises ZeroDivisionError where that
    divides by zero."""
    if not any(key in values for key in bases(poly)):
        return poly
    total = const(ZERO)
    for monomial, coefficient in poly.terms:
        product = const(coefficient)
        for atom, power in monomial:
            inner = _replaced(atom, values)
            for _ in range(power):
                product = mul(product, inner)
        total = add(total, product)
    return total


def _replaced(atom: Atom, values: Mapping[Symbol, Poly]) -> Poly:
    if not atom.operation:
        return values.get(atom.symbol) or unknown(atom.symbol, atom.range)
    arguments = tuple(substitute(a, values) for a in atom.arguments)
    return operation(atom.operation, arguments, atom.constants)


def value_at(poly: Poly, key: Symbol, at: Fraction) -> Fraction | None:
    """The value of `poly`, whose only unknown is `key`, at one point; None where it has none (a
    division by zero)."""
    try:
        return _valued(poly, key, at)
    except (ZeroDivisionError, IndeterminateError):
        return None


def _valued(poly: Poly, key: Symbol, at: Fraction) -> Fraction | None:
    """The same, with numbers alone: no polynomial is made on the way. Raises IndeterminateError."""
    total = ZERO
    for monomial, coefficient in poly.terms:
        part = coefficient
        for atom, power in monomial:
            value: Bound | None
            if atom.operation:
                values = [_valued(argument, key, at) for argument in atom.arguments]
                known = [each for each in values if each is not None]
                if len(known) < len(values):
                    return None
                value = OPERATIONS[atom.operation].at(known, atom.constants)
            elif atom.symbol == key:
                value = at
            else:
                value = atom.range.lo if atom.range.is_point else None
            if not isinstance(value, Fraction):
                return None
            part *= value if power == 1 else value**power
        total += part
    return total


def crossings(poly: Poly, key: Symbol, within: Range) -> Crossings:
    """Where the sign of `poly`, whose only unknown is `key`, changes inside `within`. The finite
    ends of the range are among the points looked at. What cannot be found out makes `whole`
    False."""
    found = Crossings()
    search = _Search(key, found)
    try:
        search.look(poly, within, 0)
    except IndeterminateError:
        found.whole = False
    found.points |= {e for e in (within.lo, within.hi) if isinstance(e, Fraction)}
    found.points = _telling(poly, key, within, found)
    return found


def signs(poly: Poly, key: Symbol, within: Range) -> frozenset[int] | None:
    """Which of -1, 0 and 1 the sign of `poly` takes in a range of its only unknown `key`; None
    where that could not be found out."""
    turns = crossings(poly, key, within)
    if not turns.whole or turns.between:
        return None
    tried = [p for p in turns.points if not within.meet(Range(p, p)).empty]
    ends: list[Bound] = [within.lo, *sorted(turns.points), within.hi]
    for lo, hi in pairwise(ends):
        middle = _middle(lo, hi)
        if middle is not None:
            tried.append(middle)
    for end, left_out in ((within.lo, within.lo_open), (within.hi, within.hi_open)):
        if isinstance(end, Fraction) and not left_out:
            tried.append(end)
    found = {_sign(value_at(poly, key, value)) for value in tried}
    return None if None in found else frozenset(sign for sign in found if sign is not None)


# ── A step is its argument and a rest ────────────────────────────────────────────────────


def relaxed(poly: Poly) -> Poly:
    """The polynomial with each `ceil`, `round` and tiered price in it replaced by its argument and
    an unknown rest. What holds of it for every rest holds of the polynomial, because the real rests
    are among them. A step that is written twice has one rest."""
    if not any(atom.operation for monomial, _ in poly.terms for atom, _n in monomial):
        return poly
    total = const(ZERO)
    for monomial, coefficient in poly.terms:
        part = const(coefficient)
        for atom, power in monomial:
            inner = _relaxed(atom)
            for _ in range(power):
                part = mul(part, inner)
        total = add(total, part)
    return total


def _relaxed(atom: Atom) -> Poly:
    if not atom.operation:
        return _plainly(atom)
    arguments = tuple(relaxed(argument) for argument in atom.arguments)
    rest_of = OPERATIONS[atom.operation].rest
    told = rest_of(arguments[0], atom.constants) if rest_of is not None else None
    if told is None:
        return operation(atom.operation, arguments, atom.constants)
    plain, within = told
    return add(plain, unknown(RestSymbol(order(atom.symbol)), within))


def sign_of(poly: Poly) -> int | None:
    """The sign of `poly` where it is the same for all values of all its unknowns: -1, 0 or 1. None
    where it is not, or where that could not be shown."""
    value = poly.constant
    if value is not None:
        return _sign(value)
    found = _sign_of(poly)
    if found is not None:
        return found
    loose = relaxed(poly)
    return None if loose is poly else _sign_of(loose)


def _sign_of(poly: Poly) -> int | None:
    extent = range_of(poly).range
    if extent.lo == extent.hi == ZERO:
        return 0
    if extent.hi < ZERO or (extent.hi == ZERO and extent.hi_open):
        return -1
    return 1 if extent.lo > ZERO or (extent.lo == ZERO and extent.lo_open) else None


def edges(poly: Poly, key: Symbol, within: Range) -> set[Fraction]:
    """The numbers in a range of the unknown `key` at which the sign of `poly` may become the same
    for all values of its other unknowns, rests of steps included.

    They are where it turns while each other unknown is at an end of its range. They prove nothing:
    `sign_of` does, on both sides of each.
    """
    loose = relaxed(substitute(poly, {key: unknown(key, within)}))
    others = {name: atom for name, atom in bases(loose).items() if name != key}
    found: set[Fraction] = set()
    for ends in _corners(loose, others):
        try:
            turns = crossings(substitute(loose, ends), key, within)
        except ZeroDivisionError:
            continue
        found |= turns.points
        for narrow in turns.between:
            found |= {end for end in (narrow.lo, narrow.hi) if isinstance(end, Fraction)}
    return {point for point in found if within.lo <= point <= within.hi}


def _corners(poly: Poly, others: Mapping[Symbol, Atom]) -> list[dict[Symbol, Poly]]:
    """Ends of the ranges of these unknowns: where the polynomial is least, where it is most; of
    an unknown with which it may both rise and fall, both ends."""
    rising: dict[Symbol, bool | None] = {key: _rises(poly, atom) for key, atom in others.items()}
    free = [key for key, rises in rising.items() if rises is None]
    found = []
    for most in (False, True):
        for picked in itertools.product(
            (False, True), repeat=len(free) if len(free) <= _MANY else 0
        ):
            corner: dict[Symbol, Poly] = {}
            for key, atom in others.items():
                rises = rising[key]
                if rises is None:
                    high = picked[free.index(key)] if picked else most
                else:
                    high = rises is most
                end = atom.range.hi if high else atom.range.lo
                if isinstance(end, Fraction):
                    corner[key] = const(end)
            if len(corner) == len(others) and corner not in found:
                found.append(corner)
    return found


def _rises(poly: Poly, atom: Atom) -> bool | None:
    """Does it surely rise with an unknown that stands in it plainly, or surely fall? None where
    neither is sure."""
    slope = const(ZERO)
    for monomial, coefficient in poly.terms:
        part, there = const(coefficient), False
        for other, power in monomial:
            if other == atom and power == 1:
                there = True
                continue
            if other == atom or (
                other.operation and any(atom.symbol in bases(a) for a in other.arguments)
            ):
                return None
            for _ in range(power):
                part = mul(part, _plainly(other))
        if there:
            slope = add(slope, part)
    extent = range_of(slope).range
    if extent.lo >= ZERO:
        return True
    return False if extent.hi <= ZERO else None


def _telling(poly: Poly, key: Symbol, within: Range, found: Crossings) -> set[Fraction]:
    """The points around which the sign does change: not those where a piece merely bends.

    The sign at a point is compared with that of the stretches beside it, up to the next point or
    narrow range; not with that inside a narrow range, whose own change is no matter of the point.
    """
    narrow = {(place.lo, place.hi) for place in found.between}
    stops = {*found.points, *itertools.chain.from_iterable(narrow), within.lo, within.hi}
    inside = sorted(p for p in stops if isinstance(p, Fraction) and within.lo <= p <= within.hi)
    kept: set[Fraction] = set()
    for i, at in enumerate(inside):
        if at not in found.points:
            continue
        below = inside[i - 1] if i else within.lo
        above = inside[i + 1] if i + 1 < len(inside) else within.hi
        signs = {_sign(value_at(poly, key, at))}
        for lo, hi in ((below, at), (at, above)):
            middle = None if (lo, hi) in narrow else _middle(lo, hi)
            if middle is not None:
                signs.add(_sign(value_at(poly, key, middle)))
        if len(signs) > 1:
            kept.add(at)
    return kept


def _sign(value: Fraction | None) -> int | None:
    return None if value is None else (value > 0) - (value < 0)


def _middle(lo: Bound, hi: Bound) -> Fraction | None:
    """Some value between two; None where there is none."""
    if isinstance(lo, Fraction) and isinstance(hi, Fraction):
        return (lo + hi) / 2 if lo < hi else None
    if isinstance(lo, Fraction):
        return lo + max(abs(lo), ONE)
    if isinstance(hi, Fraction):
        return hi - max(abs(hi), ONE)
    return ZERO


class _Search:
    """One search: the unknown, what was found, and how many pieces may still be looked at."""

    def __init__(self, key: Symbol, found: Crossings) -> None:
        self.key = key
        self.found = found
        self.left = _PIECES

    def look(self, poly: Poly, piece: Range, depth: int) -> None:
        if piece.lo > piece.hi:
            return
        self.left -= 1
        if self.left < 0 or depth > 120:
            self.found.whole = False
            return
        if piece.is_point:
            assert isinstance(piece.lo, Fraction)
            self.found.points.add(piece.lo)
            return
        try:
            here = substitute(poly, {self.key: unknown(self.key, Range(piece.lo, piece.hi))})
        except ZeroDivisionError:
            self.found.whole = False
            return
        value = here.constant
        if value is not None:
            if value == 0:
                self._ends(piece)
            return
        extent = range_of(here).range
        if extent.lo > ZERO or extent.hi < ZERO:
            return
        atom = _bent(here, self.key)
        if atom is None:
            self._roots(here, piece)
            return
        if self._apart(here, piece):
            return
        match OPERATIONS[atom.operation].turns:
            case Bends() as bends:
                self._bend(here, atom, bends, piece, depth)
            case Jumps(shift=shift):
                self._steps(here, atom, shift, piece, depth)
            case Poles():
                self._division(here, atom, piece, depth)
            case None:
                self.found.whole = False
            case turns:
                assert_never(turns)

    def _ends(self, piece: Range) -> None:
        self.found.points.update(e for e in (piece.lo, piece.hi) if isinstance(e, Fraction))

    def _split(self, poly: Poly, piece: Range, at: list[Fraction], depth: int) -> None:
        """Each part of the piece between the given points, and the points themselves."""
        lo: Bound = piece.lo
        for point in at:
            self.found.points.add(point)
            self.look(poly, Range(lo, point), depth + 1)
            lo = point
        self.look(poly, Range(lo, piece.hi), depth + 1)

    def _inner(self, poly: Poly, piece: Range) -> list[Fraction] | None:
        """Where another polynomial turns, strictly inside the piece. What is known of that
        only as a narrow range splits the piece at both of its ends."""
        turns = crossings(poly, self.key, piece)
        if not turns.whole:
            self.found.whole = False
        points = set(turns.points)
        for narrow in turns.between:
            points.update(e for e in (narrow.lo, narrow.hi) if isinstance(e, Fraction))
        return sorted(p for p in points if piece.lo < p < piece.hi)

    def _apart(self, poly: Poly, piece: Range) -> bool:
        """Where the unknown stands within one operation only, the sign turns where this operation
        passes a number at which the sign of what is around it turns. So operations that stand
        within each other are solved one by one, and their pieces do not multiply. False where it
        does not, or where such a number is no fraction."""
        jumping = _jumping(poly, self.key)
        if jumping is not None:
            self._passes(*jumping, piece)
            return True
        inner = _alone(poly, self.key)
        if inner is None:
            return False
        around, part = inner
        outer = crossings(around, part.symbol, part.range)
        if not outer.whole or outer.between:
            return False
        self._passes(_plainly(part), outer.points, piece)
        return True

    def _passes(self, poly: Poly, points: Iterable[Fraction], piece: Range) -> None:
        """Finds where another polynomial passes some numbers."""
        for point in points:
            turns = crossings(sub(poly, const(point)), self.key, piece)
            self.found.points |= turns.points
            self.found.between.extend(turns.between)
            self.found.whole = self.found.whole and turns.whole

    def _bend(self, poly: Poly, atom: Atom, bends: Bends, piece: Range, depth: int) -> None:
        """Split where it bends; where it does not, the polynomial that it is there."""
        cuts: set[Fraction] = set()
        for difference in bends.differences(atom.arguments, atom.constants):
            cuts.update(self._inner(difference, piece) or ())
        if cuts and not self._too_narrow(piece, cuts):
            self._split(poly, piece, sorted(cuts), depth)
            return
        middle = _middle(piece.lo, piece.hi)
        assert middle is not None
        values = [value_at(a, self.key, middle) for a in atom.arguments]
        known = [v for v in values if v is not None]
        if len(known) < len(values):
            self.found.whole = False
            return
        inside = bends.inside(atom.arguments, atom.constants, known)
        self.look(_with(poly, atom, inside), piece, depth + 1)

    def _division(self, poly: Poly, atom: Atom, piece: Range, depth: int) -> None:
        above, below = atom.arguments
        cuts = self._inner(below, piece) or []
        if cuts and not self._too_narrow(piece, set(cuts)):
            self._split(poly, piece, cuts, depth)
            return
        power = max((n for m, _ in poly.terms for a, n in m if a == atom), default=0)
        total = const(ZERO)
        for monomial, coefficient in poly.terms:
            n = next((n for a, n in monomial if a == atom), 0)
            part = const(coefficient)
            for other, times in monomial:
                if other != atom:
                    for _ in range(times):
                        part = mul(part, _plainly(other))
            for _ in range(n):
                part = mul(part, above)
            for _ in range(power - n):
                part = mul(part, below)
            total = add(total, part)
        self.look(total, piece, depth + 1)

    def _steps(self, poly: Poly, atom: Atom, part: Fraction, piece: Range, depth: int) -> None:
        """At every step where they are few, else half the piece each. It jumps `part` of a step
        above each multiple of the step."""
        inner, step = atom.arguments[0], atom.constants[0]
        shift = part * step
        extent = range_of(
            substitute(inner, {self.key: unknown(self.key, Range(piece.lo, piece.hi))})
        ).range
        few = False
        if isinstance(extent.lo, Fraction) and isinstance(extent.hi, Fraction):
            first = ((extent.lo - shift) / step).__floor__()
            last = -((shift - extent.hi) / step).__floor__()
            few = last - first <= _STEPS
        if not few:
            if sign_of(poly) is not None:
                return
            inside = sorted(p for p in edges(poly, self.key, piece) if piece.lo < p < piece.hi)
            if inside:
                self._split(poly, piece, inside, depth)
                return
            middle = self._half(piece)
            if middle is None:
                self.found.whole = False
                return
            self._split(poly, piece, [middle], depth)
            return
        cuts: set[Fraction] = set()
        for k in range(first, last + 1):
            cuts.update(self._inner(sub(inner, const(k * step + shift)), piece) or ())
        if cuts and not self._too_narrow(piece, cuts):
            self._split(poly, piece, sorted(cuts), depth)
            return
        middle = _middle(piece.lo, piece.hi)
        assert middle is not None
        amount = value_at(inner, self.key, middle)
        level = None
        if amount is not None:
            level = operation(atom.operation, (const(amount),), atom.constants)
        if level is None:
            self.found.whole = False
            return
        self.look(_with(poly, atom, level), piece, depth + 1)

    def _half(self, piece: Range) -> Fraction | None:
        """Where to halve: far out first where the piece has no end."""
        lo, hi = piece.lo, piece.hi
        if isinstance(lo, Fraction) and isinstance(hi, Fraction):
            return (lo + hi) / 2
        if isinstance(lo, Fraction):
            return max(lo * 1000, ONE) if lo >= 0 else ZERO
        if isinstance(hi, Fraction):
            return min(hi * 1000, -ONE) if hi <= 0 else ZERO
        return ZERO

    def _too_narrow(self, piece: Range, cuts: set[Fraction]) -> bool:
        """Around a bend that is no fraction pieces would be cut for ever."""
        if not (isinstance(piece.lo, Fraction) and isinstance(piece.hi, Fraction)):
            return False
        narrow = piece.hi - piece.lo <= 2 * _step_at((piece.lo + piece.hi) / 2)
        if narrow:
            self.found.between.append(Range(piece.lo, piece.hi, True, True))
        return narrow

    def _roots(self, poly: Poly, piece: Range) -> None:
        exact, narrow = roots(_coefficients(poly), piece)
        self.found.points.update(exact)
        self.found.between.extend(narrow)


def _bent(poly: Poly, key: Symbol) -> Atom | None:
    """The first part of it that is no polynomial in the unknown."""
    for monomial, _ in poly.terms:
        for atom, _n in monomial:
            if atom.operation and any(key in bases(a) for a in atom.arguments):
                return atom
    return None


def _alone(poly: Poly, key: Symbol) -> tuple[Poly, Atom] | None:
    """The operation within which alone the unknown stands, with what is around it: the polynomial
    with the operation taken for an unknown. Of operations that stand within each other it is the
    outermost one around which there is something that can turn."""
    part = _only([poly], key)
    if part is None:
        return None
    if any(part in dict(monomial) and monomial != ((part, 1),) for monomial, _ in poly.terms):
        return _with(poly, part, unknown(part.symbol, part.range)), part
    inner = _only(part.arguments, key)
    if inner is None:
        return None
    free = unknown(inner.symbol, inner.range)
    arguments = tuple(_with(argument, inner, free) for argument in part.arguments)
    return _with(poly, part, operation(part.operation, arguments, part.constants)), inner


def _jumping(poly: Poly, key: Symbol) -> tuple[Poly, list[Fraction]] | None:
    """Of a multiple of one step, and a number: the argument of the step, and the numbers around the
    one step at which the sign turns, where it jumps to the next one."""
    part = _only([poly], key)
    if part is None:
        return None
    terms = dict(poly.terms)
    factor, rest = terms.pop(((part, 1),), None), terms.pop((), ZERO)
    turns = OPERATIONS[part.operation].turns
    if factor is None or terms or not isinstance(turns, Jumps):
        return None
    step = part.constants[0]
    below = (-rest / factor / step).__floor__()
    return part.arguments[0], [(k + turns.shift) * step for k in range(below - 1, below + 3)]


def _only(polys: Iterable[Poly], key: Symbol) -> Atom | None:
    """The one operation of which the unknown is a part; None where there are several, or it stands
    beside one."""
    found: Atom | None = None
    for atom in (atom for poly in polys for monomial, _ in poly.terms for atom, _n in monomial):
        if atom.symbol == key:
            return None
        if atom.operation and any(key in bases(argument) for argument in atom.arguments):
            if found is not None and found != atom:
                return None
            found = atom
    return found


def _plainly(atom: Atom) -> Poly:
    return Poly(((((atom, 1),), ONE),))


def _with(poly: Poly, atom: Atom, instead: Poly) -> Poly:
    """The polynomial with one of its operations replaced."""
    total = const(ZERO)
    for monomial, coefficient in poly.terms:
        part = const(coefficient)
        for other, power in monomial:
            factor = instead if other == atom else _plainly(other)
            for _ in range(power):
                part = mul(part, factor)
        total = add(total, part)
    return total


# ── Polynomials in one unknown ───────────────────────────────────────────────────────────

Coefficients = list[Fraction]  # of the powers 0, 1, 2, …; the last one is not zero


def _coefficients(poly: Poly) -> Coefficients:
    found: dict[int, Fraction] = {}
    for monomial, coefficient in poly.terms:
        found[sum(n for _, n in monomial)] = coefficient
    return [found.get(i, ZERO) for i in range(max(found, default=0) + 1)]


def roots(coefficients: Coefficients, within: Range) -> tuple[list[Fraction], list[Range]]:
    """The real roots in a range, by Sturm's theorem: those that are fractions, exactly, and for
    each other one a narrow open range that holds it and no further root."""
    p = _trimmed(coefficients)
    if len(p) < 2:
        return [], []
    if len(p) == 2:
        root = -p[0] / p[1]
        return ([root] if within.lo <= root <= within.hi else []), []
    exact: list[Fraction] = []
    narrow: list[Range] = []
    p = _quotient(p, _common(p, _slope(p)))[0]
    chain = _sturm(p)
    bound = 1 + max(abs(c / p[-1]) for c in p[:-1])
    lo = within.lo if isinstance(within.lo, Fraction) else -bound
    hi = within.hi if isinstance(within.hi, Fraction) else bound
    waiting = [(lo, hi)]
    for end in {lo, hi}:
        if _at(p, end) == 0 and within.lo <= end <= within.hi:
            exact.append(end)
    while waiting:
        a, b = waiting.pop()
        count = _changes(chain, a) - _changes(chain, b)  # roots in (a, b]
        if _at(p, b) == 0:
            count -= 1
        if count < 1 or a >= b:
            continue
        if count > 1:
            middle = (a + b) / 2
            if _at(p, middle) == 0:
                exact.append(middle)
            waiting += [(a, middle), (middle, b)]
            continue
        found, place = _one_root(p, chain, a, b)
        if found is not None:
            exact.append(found)
        else:
            narrow.append(place)
    return sorted(set(exact)), narrow


def _one_root(
    p: Coefficients, chain: list[Coefficients], a: Fraction, b: Fraction
) -> tuple[Fraction | None, Range]:
    """The one root in (a, b): the denominator of a fraction that is a root divides the leading
    coefficient in whole numbers, so that in a range narrow enough only the simplest fraction
    can be it."""
    common = lcm(*(c.denominator for c in p))
    numbers = [int(c * common) for c in p]
    largest = abs(numbers[-1] // gcd(*numbers))
    enough = min(Fraction(1, 2 * largest * largest), _step_at((a + b) / 2))
    while b - a >= enough:
        middle = (a + b) / 2
        if _at(p, middle) == 0:
            return middle, Range(a, b, True, True)
        before = _changes(chain, a) - _changes(chain, middle)
        # A root at the very end `a` is not one of (a, middle].
        a, b = (a, middle) if before else (middle, b)
        enough = min(enough, _step_at((a + b) / 2))
    simplest = simplest_between(a, b)
    if _at(p, simplest) == 0:
        return simplest, Range(a, b, True, True)
    step = _step_at((a + b) / 2)
    return None, Range((a / step).__floor__() * step, -((-b / step).__floor__()) * step, True, True)


def _step_at(value: Fraction) -> Fraction:
    """How finely a root of this size is given: to some nine digits."""
    places = _FINE
    size = abs(value)
    while size >= 10 and places > 0:
        size /= 10
        places -= 1
    return Fraction(1, 10**places)


def simplest_between(a: Fraction, b: Fraction) -> Fraction:
    """The fraction in [a, b] with the least denominator."""
    if a > b:
        a, b = b, a
    if a <= 0 <= b:
        return ZERO
    if b < 0:
        return -simplest_between(-b, -a)
    whole = -((-a).__floor__())
    if whole <= b:
        return Fraction(whole)
    below = a.__floor__()
    return below + 1 / simplest_between(1 / (b - below), 1 / (a - below))


def _trimmed(p: Coefficients) -> Coefficients:
    while p and p[-1] == 0:
        p = p[:-1]
    return p


def _at(p: Coefficients, x: Fraction) -> Fraction:
    total = ZERO
    for c in reversed(p):
        total = total * x + c
    return total


def _slope(p: Coefficients) -> Coefficients:
    return _trimmed([c * i for i, c in enumerate(p)][1:])


def _quotient(p: Coefficients, q: Coefficients) -> tuple[Coefficients, Coefficients]:
    """(quotient, remainder)"""
    rest = list(p)
    result = [ZERO] * max(len(p) - len(q) + 1, 1)
    while len(rest) >= len(q) and rest:
        factor = rest[-1] / q[-1]
        shift = len(rest) - len(q)
        result[shift] = factor
        for i, c in enumerate(q):
            rest[i + shift] -= factor * c
        rest = _trimmed(rest[:-1])
    return _trimmed(result), rest


def _common(p: Coefficients, q: Coefficients) -> Coefficients:
    """The greatest common divisor."""
    while q:
        p, q = q, _quotient(p, q)[1]
    return [c / p[-1] for c in p]


def _sturm(p: Coefficients) -> list[Coefficients]:
    chain = [p, _slope(p)]
    while chain[-1]:
        chain.append([-c for c in _quotient(chain[-2], chain[-1])[1]])
    return chain[:-1]


def _changes(chain: list[Coefficients], x: Fraction) -> int:
    signs = [v > 0 for v in (_at(p, x) for p in chain) if v != 0]
    return sum(a != b for a, b in pairwise(signs))


__all__ = [
    "Crossings",
    "crossings",
    "edges",
    "relaxed",
    "roots",
    "sign_of",
    "signs",
    "simplest_between",
    "substitute",
    "value_at",
]
