"""How a figure comes about: the calculations behind a line of a ledger, as values.

A figure is taken apart along its steps into calculations with a name each: what a definition or a
formula works out, what a field is taken for where nothing is stated, and what a tariff charges.
Within one, everything has a name of its own or is a constant, so that a person can do it again
with nothing but what stands there. An earlier calculation is named by a later one, and told once.
"""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.decision import How, Reckoned, Reckoning, Tier
from mlpolicy.core.numbers import ZERO, Bound, Infinite, range_of
from mlpolicy.core.paths import Need
from mlpolicy.core.trace import Basis, Converted, LeftOut, OfRow, OfTier, Step, StepKind
from mlpolicy.core.types import Quantity, Unit
from mlpolicy.core.values import Num
from mlpolicy.dataclass import dataclass, field

#: Steps that stand for something that has been worked out elsewhere, under a name.
_NAMED = frozenset({StepKind.DEFINE, StepKind.COST})
_MEMBERS = frozenset({StepKind.ITEM, StepKind.WORKLOAD})


def reckonings(figure: Step) -> tuple[Reckoning, ...]:
    """The calculations that lead to a figure, each behind those that it builds on. None where it
    is stated, or known without any."""
    made = _Reckonings()
    last = made.of(figure)
    if last.how is not How.GIVEN:
        made.add(figure, last)
    return tuple(made.found.values())


@dataclass
class _Reckonings:
    """The calculations found so far, by what they are of: a name and what it came to."""

    found: dict[object, Reckoning] = field(default_factory=dict)
    met: dict[int, tuple[Step, Reckoned]] = field(default_factory=dict)

    def of(self, step: Step) -> Reckoned:
        """A figure as it stands within a calculation."""
        before = self.met.get(id(step))
        if before is None:
            # The step is kept, so that no other can come by its identity.
            before = self.met[id(step)] = (step, self._of(step))
        return before[1]

    def _of(self, step: Step) -> Reckoned:
        below = _figures(step)
        match step.kind:
            case StepKind.ARITHMETIC:
                parts = tuple([self.of(each) for each in below])
                return _reckoned(step, How.ARITHMETIC, parts, operator=step.name)
            case StepKind.CONVERT if below:
                factors = step.detail.texts if isinstance(step.detail, Converted) else ()
                inner = self.of(below[0])
                return _reckoned(step, How.CONVERTED, (inner,), factors=factors)
            case StepKind.CHARGE if below and step.basis is not Basis.NO_PRICE:
                return self._charge(step, below[0])
            case StepKind.AGGREGATE if below:
                return self._sum(step, below)
            case StepKind.CASES:
                chosen = [each.children[-1] for each in below]
                return self._one_of(step, chosen)
            case StepKind.COLUMN if below:
                return self._one_of(step, below)
            case StepKind.INPUT if step.basis is Basis.ASSUMED and below:
                return self._named(step, below)
            case _ if step.kind in _NAMED and below:
                return self._named(step, below)
            case _ if step.kind in _MEMBERS and below:
                return self.of(below[0])
            case _:
                return _reckoned(step, How.GIVEN, name=_name(step))

    def _named(self, step: Step, below: list[Step]) -> Reckoned:
        """What has a name: a calculation of its own, unless it only passes on what it is."""
        inner = self._one_of(step, below)
        if inner.how is How.GIVEN:
            return inner
        self.add(step, inner)
        return _reckoned(step, How.GIVEN, name=_called(step))

    def _one_of(self, step: Step, options: list[Step]) -> Reckoned:
        parts = tuple([self.of(each) for each in options])
        if len(parts) == 1:
            return parts[0]
        return _reckoned(step, How.ONE_OF if parts else How.GIVEN, parts, name=_name(step))

    def _sum(self, step: Step, below: list[Step]) -> Reckoned:
        counted = [each for each in below if not isinstance(each.detail, LeftOut)]
        parts = tuple([self.of(each) for each in counted])
        return parts[0] if len(parts) == 1 else _reckoned(step, How.SUM, parts)

    def _charge(self, step: Step, quantity: Step) -> Reckoned:
        prices = [each for each in step.children if isinstance(each.detail, OfTier)]
        if not prices:
            return _reckoned(step, How.GIVEN, name=step.text)
        name = prices[0].name
        priced = _reckoned(step, How.CHARGED, (self.of(quantity),), name=name)
        tiers = [
            _tier(price, price.detail, _unit(quantity), _unit(price), _unit(step))
            for price in prices
            if isinstance(price.detail, OfTier) and price.basis is not Basis.NOT_REACHED
        ]
        self.add(step, priced, tuple(tiers), (_unit(quantity), _unit(prices[0]), _unit(step)))
        return _reckoned(step, How.GIVEN, name=name)

    def add(
        self,
        step: Step,
        figure: Reckoned,
        tiers: tuple[Tier, ...] = (),
        units: tuple[Unit, Unit, Unit] | None = None,
    ) -> None:
        name = figure.name if figure.how is How.CHARGED else _called(step)
        of = _worded(step)
        made = Reckoning(
            figure=Reckoned(
                how=figure.how,
                value=figure.value,
                of=figure.of,
                name=name,
                operator=figure.operator,
                parts=figure.parts,
                factors=figure.factors,
            ),
            text=of.text or step.name,
            place=of.at,
            refs=step.refs,
            tiers=tiers,
            units=units,
        )
        self.found.setdefault((name, figure), made)


def _figures(step: Step) -> list[Step]:
    """The steps below that hold amounts. A case that does not match holds none."""
    return [
        each
        for each in step.children
        if isinstance(each.value, Num) and each.kind is not StepKind.EXCEPTION
    ]


def _called(step: Step) -> str:
    """The name of a definition, with the row that it was worked out for."""
    return f"{step.name}[{step.detail.row}]" if isinstance(step.detail, OfRow) else step.name


def _worded(step: Step) -> Step:
    """The step in which the policy's wording of a calculation stands: down through names and
    chosen cases."""
    while not step.text:
        below = [each for each in _figures(step) if each.kind is not StepKind.PRICE]
        if len(below) != 1 or (step.kind is StepKind.CASE and not below):
            return step
        step = below[0]
    return step


def _reckoned(
    step: Step,
    how: How,
    parts: tuple[Reckoned, ...] = (),
    *,
    name: Need | str = "",
    operator: str = "",
    factors: tuple[str, ...] = (),
) -> Reckoned:
    assert step.value is not None
    assert step.type is not None
    return Reckoned(
        how=how,
        value=step.value,
        of=step.type,
        name=name,
        operator=operator,
        parts=parts,
        factors=factors,
    )


def _name(step: Step) -> Need | str:
    """What a figure is called; empty for a constant."""
    if step.kind is StepKind.CONSTANT:
        return ""
    if step.kind is StepKind.FACT and step.path is not None:
        return step.path
    return step.name or step.text


def _unit(step: Step) -> Unit:
    return step.type.unit if isinstance(step.type, Quantity) else Unit((), Fraction(1))


def _tier(price: Step, tier: OfTier, quantity: Unit, per: Unit, amount: Unit) -> Tier:
    """A tier in the units of its quantity, its price and what they make."""
    assert isinstance(price.value, Num)
    found = range_of(price.value.poly).range
    low, high = _end(found.lo), _end(found.hi)
    least = tier.low * (low or ZERO)
    most = None if tier.high is None or high is None else tier.high * high
    return Tier(
        above=tier.above / quantity.scale,
        up_to=None if tier.up_to is None else tier.up_to / quantity.scale,
        low=tier.low / quantity.scale,
        high=None if tier.high is None else tier.high / quantity.scale,
        price_low=None if low is None else low / per.scale,
        price_high=None if high is None else high / per.scale,
        amount_low=least / amount.scale,
        amount_high=None if most is None else most / amount.scale,
        place=price.from_ or price.at,
        refs=price.refs,
    )


def _end(bound: Bound) -> Fraction | None:
    return None if isinstance(bound, Infinite) else bound
