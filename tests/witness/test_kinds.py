"""Every kind of finding, once, in a policy that has one of each; and none in a policy without."""

from __future__ import annotations

import json

import pytest

from mlpolicy.core.program import Program
from mlpolicy.render.manifest import skeleton
from mlpolicy.render.witness import found_json, found_text
from mlpolicy.testing import PROJECT
from mlpolicy.witness.analysis import MOST_ROWS, analysed
from mlpolicy.witness.findings import Kind
from mlpolicy.witness.ground import prepared
from mlpolicy.witness.proofs import Why
from tests.policy.policy_support import REPO, SECOND, policy_at
from tests.witness.planted import HEAD, TAIL
from tests.witness.test_planted import analysis_of, schema

ALL = f"""{HEAD}
outcome_of_none
threshold low : document/month
  2026-01-01 = 100 document/month ref guide#C1
threshold high : document/month
  2026-01-01 = 1000 document/month ref guide#C1
  2027-01-01 = 10 document/month ref guide#C1
exception pilot to low when explain -> 80 document/month ref guide#C1
exception large to low when documents > high -> 90 document/month ref guide#C1
exception never to low when many and documents * 2 < 10 document/month -> 7 document/month
  ref guide#C1
catalog speed by mode ref guide#C2
  | mode : mode | each : hour |
  | batch       | 1 hour      |
  | async       | 2 hour      |
define fast : flag = speed[mode].each < 2 hour ref guide#C1
define many : flag = documents > high ref guide#C1
decision tree choice : way
  if many and documents * 2 < 5 document/month : streamed because "both" ref guide#C1
  if fast : nightly because "fast" ref guide#C1
  otherwise : direct because "not shown" ref guide#C1
define size : queue
  when documents > high : direct ref guide#C3
  when documents > 1000 document/month : nightly ref guide#C3
  when documents * 2 > 1000 document/month and documents < 7 document/month : streamed ref guide#C3
  otherwise : streamed ref guide#C3
rule never_fires advise
  when many and documents * 2 < high
  say "so" ref guide#C3
rule always_fires advise
  when documents * 2 >= documents
  say "use {{much}} {{size}} at {{low}}" ref guide#C3
obligation duty warn "nothing" ref guide#C1
table much : queue unique ref guide#C3
  | many | explain |
  | yes  | -       | -> nightly
  | -    | yes     | -> streamed
""".replace("outcome_of_none\n", "")


@pytest.mark.slow
def test_each_kind_is_found_where_it_is_planted() -> None:
    found = analysis_of(ALL)
    assert found is not None
    told = {(each.kind, each.name) for each in found.findings}
    assert told == {
        (Kind.BOTH, "low"),
        (Kind.EXCEPTION, "never"),
        (Kind.WORD, "speed"),
        (Kind.ARM, "choice"),
        (Kind.OUTCOME, "streamed"),
        (Kind.BARS, "size"),
        (Kind.ROW, "size"),
        (Kind.NEVER, "never_fires"),
        (Kind.ALWAYS, "always_fires"),
        (Kind.DUTY, "duty"),
        (Kind.GAP, "much"),
        (Kind.OVERLAP, "much"),
    }
    words = [each.said for each in found.findings if each.kind is Kind.WORD]
    assert words == ["real-time", "streaming"]


LINES = "\n".join(
    f"  when documents * 2 > {100 * (MOST_ROWS + 1 - n)} document/month : direct ref guide#C3"
    for n in range(MOST_ROWS + 1)
)

KEYED = f"""{HEAD}
threshold high : document/month
  2026-01-01 = 1000 document/month ref guide#C1
define load(way) : queue
  when way is streamed and documents > high : direct ref guide#C3
  when way is nightly and documents > high and documents * 2 < 5 document/month : nightly
    ref guide#C3
  otherwise : streamed ref guide#C3
exception pilot to load when explain and way is nightly -> direct ref guide#C3
exception large to load when documents > high and way is nightly -> nightly ref guide#C3
exception none to load when documents > high and documents * 2 < 5 document/month -> direct
  ref guide#C3
define long : queue
{LINES}
  otherwise : nightly ref guide#C3
table two : (fast : queue, slow : queue) any ref guide#C3
  | much : documents * 2 | explain |
  | < 100 document/month | yes     | -> direct, nightly
  | < 10 document/month  | -       | -> direct, streamed
decision tree choice : way
  if explain
    yes: direct because "so" ref guide#C1
    no: nightly because "so" ref guide#C1
    unknown:
      if mode is batch
        yes: nightly because "so" ref guide#C1
        no: direct because "so" ref guide#C1
rule r advise
  when load(nightly) is direct or two.slow is direct or two.fast is direct or long is direct
  say "so" ref guide#C3
"""


@pytest.mark.slow
def test_what_has_a_key_or_several_outputs_is_looked_at_too() -> None:
    found = analysis_of(KEYED)
    assert found is not None
    told = {(each.kind, each.name) for each in found.findings}
    assert told == {
        (Kind.ROW, "load"),
        (Kind.EXCEPTION, "none"),
        (Kind.BOTH, "load"),
        (Kind.GAP, "two.fast"),
        (Kind.OVERLAP, "two.slow"),
        (Kind.OUTCOME, "streamed"),
    }
    (row,) = (each for each in found.findings if each.kind is Kind.ROW)
    assert row.said.startswith("when way is nightly")
    (both,) = (each for each in found.findings if each.kind is Kind.BOTH)
    assert both.expects == "load(nightly) = direct"


@pytest.mark.slow
def test_what_is_not_looked_at_is_told() -> None:
    found = analysis_of(KEYED)
    assert found is not None
    told = {(each.kind, each.name, each.why, each.number) for each in found.unsettled}
    assert told == {
        (Kind.ROW, "long", Why.LINES, MOST_ROWS + 1),
        (Kind.ARM, "choice", Why.SHOWN, 0),
    }
    said = " ".join(found_text("keyed", found).split())
    assert "of 61 rows and lines: there are too many of them: long (61 rows and lines)" in said
    assert "of 2 arms: it is asked only while something is unknown: choice `mode is" in said
    (value,) = json.loads(found_json([("keyed", "1.0.0", found)]))["policies"]
    told_in_json = {(each["name"], each["why"], each["number"]) for each in value["not_checked"]}
    assert told_in_json == {("long", "lines", MOST_ROWS + 1), ("choice", "shown", 0)}


def test_nothing_is_found_in_a_policy_without_a_fault() -> None:
    found = analysis_of(f'{HEAD}{TAIL}rule r advise\n  when explain\n  say "so" ref guide#C1\n')
    assert found is not None
    assert {each.kind for each in found.findings} == {Kind.OUTCOME}
    assert not found.unsettled


def test_what_counts_other_workloads_is_never_said_to_be_proved() -> None:
    rule = 'rule r advise\n  when count(explain) over workloads >= 2\n  say "so" ref guide#C1\n'
    found = analysis_of(f"{HEAD}{TAIL}{rule}")
    assert found is not None
    assert [(each.name, each.why) for each in found.unsettled] == [("r", Why.WORKLOADS)]


def test_the_search_is_the_same_every_time() -> None:
    program, schema_of = policy_at(SECOND)
    assert isinstance(program, Program)
    made = [prepared(program, schema_of, skeleton(schema_of, PROJECT)) for _ in range(2)]
    one, other = (analysed(each, quick=True) for each in made if each is not None)
    assert one == other
    assert schema() is not None


def test_a_policy_of_one_thing_a_manifest_is_analyzed_as_any_other() -> None:
    program, schema_of = policy_at(REPO / "tests" / "packs" / "trip" / "1.0.0")
    ground = prepared(program, schema_of, skeleton(schema_of, PROJECT))
    assert ground is not None
    found = analysed(ground)
    assert (found.findings, found.unsettled) == ((), ())
    assert found.looked_at[Kind.ARM] == 2


TWO_KEYS = f"""{HEAD}
catalog pace by mode, queue ref guide#C2
  | mode : mode | queue : queue | each : hour |
  | real-time   | direct        | 1 hour      |
  | real-time   | nightly       | 1 hour      |
  | real-time   | streamed      | 1 hour      |
  | batch       | direct        | 1 hour      |
  | batch       | nightly       | 1 hour      |
  | async       | direct        | 1 hour      |
  | async       | nightly       | 1 hour      |
  | async       | streamed      | 1 hour      |
  | streaming   | direct        | 1 hour      |
  | streaming   | nightly       | 1 hour      |
  | streaming   | streamed      | 1 hour      |
define wanted : queue
  when explain : streamed ref guide#C3
  when documents > 100 document/month : nightly ref guide#C3
  otherwise : direct ref guide#C3
decision tree choice : way
  if pace[mode, wanted].each < 2 hour : nightly because "fast" ref guide#C1
  if explain : streamed because "slow" ref guide#C1
  otherwise : direct because "slow" ref guide#C1
"""


@pytest.mark.slow
def test_words_of_several_keys_that_lack_a_row_are_found_together() -> None:
    found = analysis_of(TWO_KEYS)
    assert found is not None
    (word,) = (each for each in found.findings if each.kind is Kind.WORD)
    assert (word.name, word.said, word.others) == ("pace", "batch, streamed", ("mode, wanted",))
    assert word.witness is not None
    stated = {each.steps: each.value for each in word.witness.given}
    assert stated[("mode",)] == "batch"
    assert stated[("needs", "interpretability")] is True


def test_rows_that_are_looked_up_by_a_text_are_told_as_not_checked() -> None:
    text = f"""{HEAD}
input team : text from project.owner
catalog desk by name ref guide#C2
  | name : text | each : hour |
  | "one"       | 1 hour      |
decision tree choice : way
  if desk[team].each < 2 hour : nightly because "fast" ref guide#C1
  otherwise : direct because "slow" ref guide#C1
"""
    found = analysis_of(text)
    assert found is not None
    told = [(each.name, each.why) for each in found.unsettled if each.kind is Kind.WORD]
    assert told == [("desk", Why.KEYS)]
    said = " ".join(found_text("desks", found).split())
    assert "rows are looked up by more than words of an enum: desk" in said


def test_rows_of_a_table_over_fields_alone_are_asked_for_too() -> None:
    """That no case is left out says nothing of the schema, which may allow none of a row's."""
    rows = (("< 7", "nightly"), (">= 7", "direct"))
    text = "".join(f"  | {cell} document/month | -> {gives}\n" for cell, gives in rows)
    found = analysis_of(
        f"{HEAD}{TAIL}table size : queue first ref guide#C3\n  | documents |\n{text}"
        'rule r advise\n  when size is direct\n  say "so" ref guide#C3\n'
    )
    assert found is not None
    assert found.looked_at[Kind.ROW] == 2
    assert {each.kind for each in found.findings} == {Kind.OUTCOME}
    assert not found.unsettled


@pytest.mark.slow
def test_a_table_of_a_thousand_rows_is_soon_looked_at() -> None:
    """Its gaps and overlaps are, and that no more of its rows was asked for is told."""
    heading, per = "| mode | documents |", "document/month"
    rows = "".join(
        f"  | {mode} | >= {10 * n} {per} and < {10 * (n + 1)} {per} | -> nightly\n"
        for mode in ("real-time", "batch", "async", "streaming")
        for n in range(250)
    )
    found = analysis_of(f"{HEAD}{TAIL}table size : queue unique ref guide#C3\n  {heading}\n{rows}")
    assert found is not None
    assert found.looks < 10
    assert Kind.GAP in {each.kind for each in found.findings}
    assert [(each.kind, each.name, each.why, each.number) for each in found.unsettled] == [
        (Kind.ROW, "size", Why.LINES, 1000)
    ]
