"""What is said to be impossible is, and what is said to take more does: small policies, each with
the one answer that is true of it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from mlpolicy.changes.smallest import smallest
from mlpolicy.changes.told import Proof
from mlpolicy.core.terms import Per
from tests.changes.test_change_laws import search_for
from tests.laws.examples import Case, program_of
from tests.laws.manifests import Manifest, document

HEAD = """\
policy laws 1.0.0 effective 2026-01-01
manifest MLProject schema "laws.schema.json" of project, workload in workloads
source guide = "sources/guide.yaml"
unit request, person
currency USD
outcome tier : none < service < platform < custom
enum task : ta, tb, tc
enum stage : idea < poc < build < live
enum region from project.regions
input complete : flag from workload.needs.complete
input explain : flag from workload.needs.explain
input audit : flag from workload.needs.audit
input own_data : flag from workload.needs.own_data
input stage : stage from project.lifecycle
input regions : set of region from project.regions
input languages : set of text from workload.needs.languages
input quality : % in 0 % .. 100 % from workload.quality_pct
input people : person from project.team.people
input group : text from workload.group
input target : date from project.timeline.target
"""
NEEDS = {"complete": False, "explain": False, "audit": False, "own_data": False}


def tree(condition: str) -> str:
    return f"""
decision tree choose : tier
  if {condition}
    yes: custom ref guide#C1
    no: none ref guide#C1
"""


OWED = """
obligation report warn "report it" ref guide#C1
  when explain ref guide#C1
  met when audit ref guide#C1
  due when stage >= build ref guide#C1
"""
TWO_EXCEPTIONS = """
threshold good : %
  2025-01-01 = 40 % ref guide#C1
exception one to good when complete -> 80 % ref guide#C1
exception other to good when explain -> 90 % ref guide#C1
rule low warn
  when quality < good
  say "?"
  ref guide#C1
"""


#: Policy, project, workload, what is wanted; how the search ends, and the sets of fields it finds
#: (None: whichever), and whether all is told.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], str, Proof, list[set[str]], bool]] = {
    "four flags": (
        tree("complete and explain and audit and own_data"),
        {},
        {"needs": NEEDS},
        "custom",
        Proof.MORE,
        [],
        True,
    ),
    "three flags": (
        tree("complete and explain and audit"),
        {},
        {"needs": NEEDS},
        "custom",
        Proof.FOUND,
        [{"complete", "explain", "audit"}],
        True,
    ),
    "two ways of two": (
        tree("(complete and explain) or (audit and own_data)"),
        {},
        {"needs": NEEDS},
        "custom",
        Proof.FOUND,
        [{"complete", "explain"}, {"audit", "own_data"}],
        True,
    ),
    "nothing": (
        tree("quality > 100 %"),
        {},
        {"quality_pct": 50},
        "custom",
        Proof.IMPOSSIBLE,
        [],
        True,
    ),
    "one number in two conditions": (
        tree("quality > 80 % and quality < 80 %"),
        {},
        {"quality_pct": 50},
        "custom",
        Proof.IMPOSSIBLE,
        [],
        True,
    ),
    "a list of three words more": (
        tree('"en" in languages and "de" in languages and "fr" in languages'),
        {},
        {"needs": {"languages": []}},
        "custom",
        Proof.FOUND,
        [{"languages"}],
        True,
    ),
    "a list of three words more, of many": (
        tree(
            '"en" in languages and "de" in languages and "fr" in languages and not '
            '("it" in languages or "es" in languages or "pt" in languages)'
        ),
        {},
        {"needs": {"languages": []}},
        "custom",
        Proof.UNTOLD,
        [],
        False,
    ),
    "a free text that the policy does not name": (
        tree('not (group is "north") and not (group is "south")'),
        {},
        {"group": "north"},
        "custom",
        Proof.UNTOLD,
        [],
        False,
    ),
    "a list of three members more": (
        tree("eu in regions and us in regions and ap in regions"),
        {"regions": []},
        {},
        "custom",
        Proof.FOUND,
        [{"regions"}],
        True,
    ),
    "a day": (
        tree("target >= 2027-01-01"),
        {"timeline": {"target": "2026-06-15"}},
        {},
        "custom",
        Proof.FOUND,
        [{"target"}],
        True,
    ),
    "what is unknown must be known": (
        tree("complete and explain"),
        {},
        {"needs": {"complete": False}},
        "custom",
        Proof.FOUND,
        [{"complete", "explain"}],
        True,
    ),
    "a rule that asks whether it is unknown": (
        tree("complete")
        + '\nrule ask_it warn\n  when people is unknown\n  say "?"\n  ref guide#C1\n',
        {},
        {"needs": NEEDS},
        "ask_it",
        Proof.FOUND,
        [{"people"}],
        True,
    ),
    "a rule that speaks of the answer": (
        tree("complete") + '\nrule dear warn\n  when answer is none\n  say "?"\n  ref guide#C1\n',
        {},
        {"needs": NEEDS},
        "dear",
        Proof.FOUND,
        [{"complete"}],
        True,
    ),
    "what is absent is taken for what another field says": (
        "input strict : flag from project.strict\n  if absent yes when complete ref guide#C1\n"
        + tree("strict"),
        {},
        {"needs": NEEDS},
        "custom",
        Proof.FOUND,
        [{"strict"}, {"complete"}],
        True,
    ),
    "an error today, which another value of a field would take away": (
        tree("quality > good") + TWO_EXCEPTIONS,
        {},
        {"needs": {**NEEDS, "complete": True, "explain": True}, "quality_pct": 50},
        "low",
        Proof.UNTOLD,
        [],
        False,
    ),
    "a rule of the project, silenced in any of its workloads": (
        tree("complete")
        + "\nrule audited warn\n  when count(audit) over workloads >= 1"
        + '\n  say "?"\n  ref guide#C1\n',
        {},
        {"needs": {**NEEDS, "audit": True}},
        "audited",
        Proof.FOUND,
        [{"audit"}],
        True,
    ),
    "a rule of the project that reads the project alone": (
        tree("complete") + '\nrule few warn\n  when people < 3 person\n  say "?"\n  ref guide#C1\n',
        {"team": {"people": 2}},
        {"needs": NEEDS},
        "few",
        Proof.FOUND,
        [{"people"}],
        True,
    ),
    "an obligation that is met by a field": (
        tree("complete") + OWED,
        {"lifecycle": "live"},
        {"needs": {**NEEDS, "explain": True}},
        "report",
        Proof.FOUND,
        [{"audit"}, {"explain"}, {"lifecycle"}],
        True,
    ),
    "a rule that nothing silences": (
        tree("complete")
        + '\nrule always warn\n  when people >= 0 person\n  say "?"\n  ref guide#C1\n',
        {"team": {"people": 2}},
        {"needs": NEEDS},
        "always",
        Proof.IMPOSSIBLE,
        [],
        True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_search_ends_as_is_true(name: str) -> None:
    policy, project, workload, wanted, proof, sets, told = CASES[name]
    program = program_of([HEAD + policy])
    manifest = Manifest(_plain(project), [{"name": "w0", **_plain(workload)}])
    case = Case([], program, date(2026, 6, 15), manifest, None, None)  # type: ignore[arg-type]
    rule = program.rules.get(wanted)
    whose = None if rule is not None and rule.per is Per.SHARED else "w0"
    found = smallest(search_for(case, document(manifest), wanted, whose, most=9))
    assert found.proof is proof, found
    told_sets = [{str(s.path.steps[-1]) for s in c.settings} for c in found.changes]
    assert sorted(map(sorted, told_sets)) == sorted(map(sorted, sets))
    assert (not found.untold) is told


def _plain(value: Any) -> Any:
    """Numbers as a manifest holds them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    return value
