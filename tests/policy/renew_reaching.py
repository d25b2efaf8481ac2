"""Writes `reaching.yaml` anew: tests of version 1.1.0 that between them reach every leaf, arm and
side of a threshold. To trace all its tests takes minutes, to trace these takes seconds.
`python -m tests.renew` calls this.
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from mlpolicy.testing import Point, counted, points_of, reached, run_test
from tests.policy.policy_support import HERE, WHOLE, data, policy_at

HEAD = """\
# Tests of version 1.1.0 that between them reach every leaf, arm and side of a threshold: these are
# traced. Written by `python -m tests.renew`; a title that is no longer there makes the gate fail.

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


def reach_all(titles: list[str]) -> bool:
    """Are these tests of the policy, and do they reach all that can be reached?"""
    program, schema = policy_at(WHOLE)
    points = points_of(program, schema)
    kept = [test for test in program.tests if test.title in titles]
    found = [run_test(test, program, schema, traced=True).decision for test in kept]
    reaches = [reached(points, decision) for decision in found if decision]
    return len(kept) == len(titles) and not counted(points, reaches).missing


def renewed() -> bool:
    """Writes the list where it no longer reaches all, and tells whether it was written."""
    if reach_all(data("reaching.yaml")):
        return False
    program, schema = policy_at(WHOLE)
    points = points_of(program, schema)
    found = {}
    for test in program.tests:
        decision = run_test(test, program, schema, traced=True).decision
        found[test.title] = reached(points, decision) if decision else frozenset()
    text = yaml.safe_dump(few(found), width=1000, allow_unicode=True)
    (HERE / "reaching.yaml").write_text(HEAD + text, "utf-8")
    return True
