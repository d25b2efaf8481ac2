"""What a row of the table of operators holds. The rows stand in `core/operators/__init__`.

An operator is known by its name, as it is written in a policy. Its shapes say which operands it
takes and what becomes of them: one for numbers, one for dates, and so on. Whatever fits none of
them is a type error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from fractions import Fraction
from types import UnionType

from mlpolicy.core import notices
from mlpolicy.core.node import node
from mlpolicy.core.numbers import Poly, Range
from mlpolicy.core.trace import StepKind
from mlpolicy.core.types import Type
from mlpolicy.core.values import NO, YES, Items, Truth, Value
from mlpolicy.typed import NamedTuple, assert_never


@node
class Given:
    """What an operator is given besides its operands: their types, and constants."""

    types: Sequence[Type]
    constants: Sequence[Fraction] = ()


#: What is given and the operands in, the value out. A range stands for a number of which no more
#: is known. Raises ZeroDivisionError where the operator faults.
Meaning = Callable[..., Value | Range]


@node
class Lies:
    """A number lies in a range."""

    number: Poly
    within: Range


@node
class Kept:
    """An operand is a member that `keep` accepts."""

    keep: Callable[[str], bool]


@node
class Narrowed:
    """An operand is a set of which no more than this is open."""

    to: Items


#: What follows of one operand: one of the above, or that it is yes or no.
Consequence = Lies | Kept | Narrowed | Truth

#: What is given, whether the whole is assumed to be yes, and the operands in; out comes what then
#: holds of one operand, or None.
Follows = Callable[..., Consequence | None]


class Turns(Enum):
    """Where the value of a comparison turns."""

    DIFFERENCE = "difference"  # where the left side less the right one changes its sign
    DAYS = "days"  # at the days of the other side
    WORDS = "words"  # at the words of the other side: all other words are alike
    TEXTS = "texts"  # at the words of the other side, and at other texts that hold them
    OPEN = "open"  # at texts that nothing tells


@node(kw_only=True)
class Shape:
    """Operands that an operator takes, and what becomes of them.

    `operands` are the kinds of their types; where there are more operands, the last kind stands
    for the others too. `alike` where their units must have the same dimensions. `result` gives
    the type of the whole, or None where the types do not go together after all. `follows` says,
    operand by operand, what an assumption about the whole tells of it.
    """

    operands: tuple[type | UnionType, ...]
    result: Callable[..., Type | None]
    meaning: Meaning
    alike: bool = False
    turns: Turns | None = None
    follows: tuple[Follows, ...] = ()

    def takes(self, types: Sequence[Type]) -> bool:
        """Are these operands of its kinds?"""
        last = len(self.operands) - 1
        i = 0
        for of in types:
            if not isinstance(of, self.operands[i]):
                return False
            if i < last:
                i += 1
        return True


class Connects(Enum):
    """How a condition is made of conditions, as far as assumptions go."""

    EVERY = "every"  # yes: every one is yes; no: some one is no
    SOME = "some"  # yes: some one is yes; no: every one is no
    OPPOSITE = "opposite"


class Steps(Enum):
    """What constant a function takes besides its operands: of one that gives a whole number of
    steps, which step."""

    UNIT = "unit"  # one of the operand's unit, which must be something that is counted
    GIVEN = "given"  # the last of the arguments, a literal
    EXPONENT = "exponent"  # no step: the last of the arguments says how often it is multiplied


@node
class Fault:
    """It faults where the operand at place `operand` is zero. `told` makes the fault of
    the author's wording, and whether it is sure; `may` says of a value whether it cannot be
    excluded."""

    operand: int
    told: Callable[[str, bool], notices.Fault]
    may: Callable[[Poly], bool]


@node(kw_only=True)
class Operator:
    """A row of the table.

    name      as a policy writes it
    written   an application of it, as an author would write it
    step      the kind of step that it is in an explanation
    verb      what it does to its operands, for messages
    shapes    operands and what becomes of them
    least     how few operands it takes, `most` how many (None: any number)
    connects  of a connective: what an assumption about the whole says of the parts
    steps     of a function that takes a constant: which, such as the step that it rounds to
    turned    of a comparison: the one that says the same with the sides exchanged
    fault     when it has no value
    later     it came after the first version of the language: a policy may have a value of its
              name, which then is meant
    """

    name: str
    written: str
    step: StepKind
    verb: str
    shapes: tuple[Shape, ...]
    least: int = 2
    most: int | None = 2
    connects: Connects | None = None
    steps: Steps | None = None
    turned: str = ""
    fault: Fault | None = None
    later: bool = False

    @property
    def decisive(self) -> Truth | None:
        """Of a connective: the value of one part with which the value of the whole stands."""
        match self.connects:
            case Connects.EVERY:
                return NO
            case Connects.SOME:
                return YES
            case Connects.OPPOSITE | None:
                return None
            case _:
                assert_never(self.connects)

    @property
    def is_function(self) -> bool:
        """Is it written with its operands in parentheses?"""
        return self.written.startswith(f"{self.name}(")

    def shape(self, types: Sequence[Type]) -> Shape | None:
        """The shape that operands of these types have; None where it takes no such operands."""
        for shape in self.shapes:
            if shape.takes(types):
                return shape
        return None

    def apply(self, given: Given, *values: Value) -> Value | Range:
        """What it comes to for these values, of types that it takes. A range stands for a number
        of which no more is known. Raises ZeroDivisionError where it faults."""
        shape = self.shape(given.types)
        assert shape is not None, (self.name, given)
        return shape.meaning(given, *values)


class Applied(NamedTuple):
    """What the table says of one application of an operator: its row, the value of a part with
    which the value of the whole stands (None: there is none), the shape that its operands have, and
    what it is given besides their values."""

    row: Operator
    decisive: Truth | None
    shape: Shape
    given: Given
