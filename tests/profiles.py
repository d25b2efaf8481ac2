"""How long the properties search. `HYPOTHESIS_PROFILE` chooses:

fast        a fifth of the examples, the same ones every time: for the inner loop
default     the number that each property states, the same ones every time
thorough    twenty times as many, new ones every time: for a night
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

PROFILES = ("fast", "default", "thorough")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
assert PROFILE in PROFILES, f"HYPOTHESIS_PROFILE is {PROFILE}; expected one of {PROFILES}"
THOROUGH = PROFILE == "thorough"


def scaled(number: int) -> int:
    """So many examples in the profile `default`, as many as the profile makes of them."""
    match PROFILE:
        case "fast":
            return max(number // 5, 3)
        case "thorough":
            return number * 20
        case _:
            return number


def examples(number: int) -> settings:
    """So many examples, scaled by the profile; no deadline, since machines differ."""
    return settings(
        max_examples=scaled(number),
        deadline=None,
        derandomize=not THOROUGH,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=THOROUGH,
    )


settings.register_profile("mlpolicy", examples(100))
settings.load_profile("mlpolicy")
