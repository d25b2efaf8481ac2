"""`python -m tests.backends.differential --pairs 2000`: the compiled form beside the reference.

Takes the cases of the evaluator, then draws policies, each with manifests that state little and
much, decides every pair in both ways and compares all that is decided: answers, findings with their
words, what they need, costs, reports, obligations, verdict. Of the first manifests of each policy
every value that is known is compared too. Ends with 1 where anything differs, or where something
that is to be compared never came up.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from random import Random

from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.terms import DutyState, RuleState, Status
from tests.backends.comparing import (
    Seen,
    constructs,
    decided_apart,
    draw,
    small_cases,
    values_apart,
)

#: Of so many manifests of a policy all values are compared.
OF_VALUES = 3
#: What no generated policy comes to: it has a tree, and no waiver stands in its manifests.
_NEVER = {f"status {Status.JUDGED}", f"rule {RuleState.WAIVED}"}


def wanted() -> set[str]:
    """What a run has to come to, besides the constructs."""
    states = [*(f"status {each}" for each in Status), *(f"rule {each}" for each in RuleState)]
    duties = [f"obligation {each}" for each in DutyState if each is not DutyState.NOT_OWED]
    return {*states, *duties, "cost", "report", "needs", "text", "straight"} - _NEVER


def run(pairs: int, seed: int, manifests: int) -> tuple[Seen, list[str]]:
    """What was compared, and what differs, with the number that it was drawn from."""
    seen = Seen()
    wrong: list[str] = []
    for code, stated, as_of in small_cases():
        found = decided_apart(code, stated, as_of, seen) + values_apart(code, stated, as_of, seen)
        wrong += [f"case of {code.program.name}: {each[:400]}" for each in found[:1]]
    while seen.decisions < pairs and len(wrong) < 10:
        for i, (code, stated, as_of) in enumerate(draw(Random(seed), manifests)):
            found = decided_apart(code, stated, as_of, seen)
            if i < OF_VALUES:
                found += values_apart(code, stated, as_of, seen)
            wrong += [f"seed {seed}, manifest {i}: {each[:400]}" for each in found[:1]]
        seed += 1
    return seen, wrong


def told(seen: Seen) -> tuple[list[str], list[str]]:
    """The lines of what was compared, and what never came up."""
    kinds = sorted(constructs() | set(OPERATORS))
    lines = [f"{seen.decisions:,} pairs, {seen.straight:,} decided by the compiled form alone"]
    lines.append(f"{'values of':<20}{'known':>10}{'left':>10}")
    counts = (seen.known, seen.open)
    lines += [f"{kind:<20}" + "".join(f"{each[kind]:>10,}" for each in counts) for kind in kinds]
    told_of = Counter(seen.told)
    told_of["straight"] = seen.straight
    lines += [f"{name:<30}{told_of[name]:>10,}" for name in sorted({*told_of, *wanted()})]
    missing = [kind for kind in kinds if not seen.known[kind]]
    return lines, [*missing, *(name for name in sorted(wanted()) if not told_of[name])]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.backends.differential", description=__doc__
    )
    parser.add_argument("--pairs", type=int, default=2_000, help="policy with manifest; 2000")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first policy; 0")
    parser.add_argument("--manifests", type=int, default=20, help="for each policy; 20")
    given = parser.parse_args()
    seen, wrong = run(given.pairs, given.seed, given.manifests)
    lines, missing = told(seen)
    print(*lines, *wrong, sep="\n")
    if missing:
        print(f"never compared: {', '.join(missing)}")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
