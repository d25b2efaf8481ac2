"""The public YAML test suite: what our readers make of it. The result is a table of
`docs/limitations.md`, which `tests/docs` compares."""

from __future__ import annotations

from mlpolicy.manifest.read import LIMITS
from mlpolicy.yamltext import parsed, plain
from tests.rows import each
from tests.yamltext.suite import Case, by_manifest, cases, events, told


def test_the_suite_is_whole() -> None:
    found = cases()
    assert (len(found), sum(case.invalid for case in found)) == (402, 94)
    assert len({case.id for case in found}) == 402
    assert sum(bool(case.events) for case in found) > 380  # some end before their first event


def test_what_is_read_is_what_pyyaml_reads() -> None:
    each(cases(), lambda case: case.id, read_alike)


def read_alike(case: Case) -> None:
    """The reader of what is plainly written says the same as PyYAML, or nothing."""
    quick = plain.composed(case.text, LIMITS)
    assert quick is None or quick == parsed.compose(case.text, LIMITS)
    assert not case.invalid or quick is None, "what is invalid is not plainly written"


def test_nothing_that_pyyaml_refuses_is_read_as_a_manifest() -> None:
    for case in cases():
        assert events(case.text) is not None or by_manifest(case), case.id


def test_a_case_that_is_told_otherwise_is_noticed() -> None:
    [case] = [case for case in cases() if case.id == "229Q"]
    assert told(case) == "read"
    other = case.text.replace("Mark", "Marc")
    assert told(Case(case.id, other, invalid=False, events=case.events)) == "read otherwise"
    assert told(Case(case.id, other, invalid=True, events=case.events)) == "accepted"
