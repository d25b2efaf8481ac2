"""The ledgers of the first policy pack are complete and sound."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from mlpolicy.ledger import Ledger, load_ledger
from mlpolicy.resources import resource_root

SOURCES = resource_root() / "policies" / "aws-ml-selection" / "1.0.0" / "sources"

#: How many clauses each group of the guide has, G1 to G24.
CLAUSES = (7, 20, 11, 8, 10, 8, 8, 10, 5, 6, 5, 5, 7, 5, 5, 4, 13, 5, 8, 8, 7, 15, 15, 21)
#: How many resolutions there are of arithmetic, conflicts, undefined cases and code defects.
RESOLUTIONS = {"A": 16, "C": 25, "U": 21, "D": 9}


def shipped(name: str) -> Ledger:
    ledger, diagnostics = load_ledger((SOURCES / name).read_bytes(), name)
    assert diagnostics == ()
    assert ledger is not None
    return ledger


@pytest.fixture(scope="module")
def guide() -> Ledger:
    return shipped("guide.yaml")


@pytest.fixture(scope="module")
def facts() -> Ledger:
    return shipped("facts.yaml")


def test_the_guide_is_pinned(guide: Ledger) -> None:
    assert guide.name == "guide"
    assert guide.lines == 644
    assert guide.sha256 == "5352b0848e6d56bf7cfed2e3aec045ed10a19be871f932a652c63abaffe9f3fb"


def test_the_guide_has_exactly_its_216_clauses_in_order(guide: Ledger) -> None:
    expected = [
        f"G{group}.{number}"
        for group, count in enumerate(CLAUSES, start=1)
        for number in range(1, count + 1)
    ]
    assert len(expected) == 216
    assert [id for id, entry in guide.entries.items() if entry.lines] == expected


def test_the_guide_has_exactly_our_resolutions(guide: Ledger) -> None:
    expected = [
        f"{letter}{number}"
        for letter, count in RESOLUTIONS.items()
        for number in range(1, count + 1)
    ]
    found = [id for id, entry in guide.entries.items() if entry.kind == "resolution"]
    assert found == expected
    assert len(guide.entries) == 216 + len(expected)


def test_clauses_of_a_group_follow_each_other_in_the_document(guide: Ledger) -> None:
    starts: dict[str, list[int]] = {}
    for id, entry in guide.entries.items():
        if match := re.match(r"\d+", entry.lines):
            starts.setdefault(id.split(".")[0], []).append(int(match[0]))
    firsts = [group[0] for group in starts.values()]
    assert firsts == sorted(firsts)
    # Every clause lies after the beginning of its group and before that of the next.
    for group, following in zip(starts.values(), [*firsts[1:], 645], strict=True):
        assert group[0] == min(group)
        assert max(group) < following


def test_only_what_the_guide_is_silent_on_settles_nothing(guide: Ledger) -> None:
    silent = [e.id for e in guide.entries.values() if e.kind == "resolution" and not e.settles]
    assert silent == ["U17"]


def test_resolutions_settle_clauses_and_no_other_resolutions(guide: Ledger) -> None:
    for entry in guide.entries.values():
        assert all(guide.entries[id].lines for id in entry.settles), entry.id


def test_every_text_is_a_sentence(guide: Ledger, facts: Ledger) -> None:
    for entry in (*guide.entries.values(), *facts.entries.values()):
        for text in filter(None, (entry.text, entry.because)):
            assert text.endswith((".", "?")), entry.id
            assert len(text) > 25, entry.id
            assert text == " ".join(text.split()), entry.id


def test_no_two_entries_say_the_same(guide: Ledger, facts: Ledger) -> None:
    texts = Counter(e.text for e in (*guide.entries.values(), *facts.entries.values()))
    assert [text for text, times in texts.items() if times > 1] == []


def test_facts_number_through_in_six_sections(facts: Ledger) -> None:
    expected = []
    for section in range(1, 7):
        count = sum(id.startswith(f"F{section}.") for id in facts.entries)
        assert count > 0
        expected += [f"F{section}", *(f"F{section}.{n}" for n in range(1, count + 1))]
    assert list(facts.entries) == expected


def test_facts_pin_no_document_and_say_when_they_were_compiled(facts: Ledger) -> None:
    assert facts.name == "facts"
    assert facts.sha256 is None
    assert facts.as_of == "2026-11-22"


def test_no_fact_is_from_after_the_ledger(facts: Ledger) -> None:
    last = date.fromisoformat(facts.as_of)
    for entry in facts.entries.values():
        for day in filter(None, (entry.as_of, entry.since)):
            assert date.fromisoformat((day + "-01-01")[:10]) <= last, entry.id
        assert entry.since <= entry.as_of, entry.id


def test_region_facts_count_what_they_list(facts: Ledger) -> None:
    for id in (f"F3.{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 11)):
        text = facts.entries[id].text
        match = re.search(r"in (\d+) of 34 regions: (.*)\.$", text)
        assert match is not None, id
        regions = match[2].split(", ")
        assert len(set(regions)) == int(match[1]), id
