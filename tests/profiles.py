"""How long the properties search. Each states a number of examples; `HYPOTHESIS_PROFILE` chooses
how many of them are tried:

fast        a twentieth, the same ones every time: for the inner loop
default     an eighth, the same ones every time: for every change
deep        all of them, the same ones every time: for a change to what a law is about
thorough    twenty times as many, new ones every time: for a night

Where one example takes long (`costly`), `fast` and `default` try a third of these, two at least.

A test that is marked `deep` runs with `deep` and `thorough` only: `lanes` marks rows of a sweep of
which the others are a fixed share.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

T = TypeVar("T")

PROFILES = {
    "fast": Fraction(1, 20),
    "default": Fraction(1, 8),
    "deep": Fraction(1),
    "thorough": Fraction(20),
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
assert PROFILE in PROFILES, f"HYPOTHESIS_PROFILE is {PROFILE}; expected one of {[*PROFILES]}"
THOROUGH = PROFILE == "thorough"
DEEP = PROFILES[PROFILE] >= 1
#: No fewer are tried, and of what is costly.
LEAST, LEAST_COSTLY = 4, 2


def scaled(number: int, *, costly: bool = False) -> int:
    """As many as the profile makes of the number that a property states."""
    share = PROFILES[PROFILE]
    if costly and share < 1:
        return max(int(number * share / 3), LEAST_COSTLY)
    return max(int(number * share), LEAST)


def some(items: Sequence[T], *, costly: bool = False) -> Sequence[T]:
    """As many of the items as the profile makes of them, spread over all."""
    return items[:: max(len(items) // scaled(len(items), costly=costly), 1)]


def lanes(
    rows: Iterable[T],
    *,
    plain: int = 1,
    fast: int = 1,
    kind: Callable[[T], object] = lambda _: None,
    always: Callable[[T], bool] = lambda _: False,
) -> list[ParameterSet]:
    """The rows of a test, of which a tuple is all arguments of one: of each kind one in `plain` for
    every run and one in `fast` for the fast lane, the first one among them. What is `always` asked
    for is in both.

    The others are marked `slow`, and `deep` where the plain run leaves them out. A sweep is cut so
    only where what it is about goes one way for all rows of a kind."""
    met: Counter[object] = Counter()
    found = []
    for row in rows:
        place, marks = met[kind(row)], []
        met[kind(row)] += 1
        if not always(row):
            marks += [pytest.mark.slow] if place % fast else []
            marks += [pytest.mark.deep] if place % plain else []
        arguments = row if isinstance(row, tuple) else (row,)
        found.append(pytest.param(*arguments, marks=marks))
    return found


def examples(number: int, *, costly: bool = False) -> settings:
    """So many examples, scaled by the profile; no deadline, since machines differ."""
    return settings(
        max_examples=scaled(number, costly=costly),
        deadline=None,
        derandomize=not THOROUGH,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=THOROUGH,
    )


settings.register_profile("mlpolicy", examples(100))
settings.load_profile("mlpolicy")
