"""Writes `reaching.yaml` anew: tests of version 1.1.0 that between them reach every leaf, arm and
side of a threshold. To trace all its tests takes minutes, to trace these takes seconds.

    python tests/policy/renew_reaching.py
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from mlpolicy.testing import Point, points_of, reached, run_test
from tests.policy.policy_support import HERE, WHOLE, policy_at

HEAD = """\
# Tests of version 1.1.0 that between them reach every leaf, arm and side of a threshold: these are
# traced. Written by renew_reaching.py; a title that is no longer there makes the gate fail.

"""


def few(found: Mapping[str, frozenset[Point]]) -> list[str]:
    """Titles that reach all that any title reaches; at each step the one that adds most."""
    left = frozenset().union(*found.values())
    kept: list[str] = []
    while left:
        best = min(found, key=lambda title: (-len(found[title] & left), title))
        kept.append(best)
        left -= found[best]
    return sorted(kept)


def main() -> None:
    program, schema = policy_at(WHOLE)
    points = points_of(program, schema)
    found = {}
    for test in program.tests:
        decision = run_test(test, program, schema, traced=True).decision
        found[test.title] = reached(points, decision) if decision else frozenset()
    text = yaml.safe_dump(few(found), width=1000, allow_unicode=True)
    (HERE / "reaching.yaml").write_text(HEAD + text, "utf-8")


if __name__ == "__main__":
    main()
