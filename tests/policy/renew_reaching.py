"""Writes `reaching.yaml` anew: for each version, tests that between them reach every leaf, arm and
side of a threshold. To trace all its tests takes minutes, to trace these takes seconds.
`python -m tests.renew` calls this.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from mlpolicy.reach import Point, counted, points_of, reached
from mlpolicy.testing import run_test
from tests.policy.policy_support import HERE, PACK, WHOLE, data, policy_at

HEAD = """\
# Tests of each version that between them reach every leaf, arm and side of a threshold: these are
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


def reach_all(folder: Path, titles: list[str]) -> bool:
    """Are these tests of the policy, and do they reach all that can be reached?"""
    program, schema = policy_at(folder)
    points = points_of(program, schema)
    kept = [test for test in program.tests if test.title in titles]
    found = [run_test(test, program, schema, traced=True).decision for test in kept]
    reaches = [reached(points, decision) for decision in found if decision]
    return len(kept) == len(titles) and not counted(points, reaches).missing


def renewed() -> bool:
    """Writes the lists that no longer reach all, and tells whether any was written."""
    kept = data("reaching.yaml")
    made = {
        folder.name: kept[folder.name]
        if reach_all(folder, kept.get(folder.name, []))
        else enough(folder)
        for folder in (PACK, WHOLE)
    }
    if made == kept:
        return False
    text = yaml.safe_dump(made, width=1000, allow_unicode=True)
    (HERE / "reaching.yaml").write_text(HEAD + text, "utf-8")
    return True


def enough(folder: Path) -> list[str]:
    """Tests of a policy that reach all that its tests reach."""
    program, schema = policy_at(folder)
    points = points_of(program, schema)
    found = {}
    for test in program.tests:
        decision = run_test(test, program, schema, traced=True).decision
        found[test.title] = reached(points, decision) if decision else frozenset()
    return few(found)
