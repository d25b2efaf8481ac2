"""Levels with a day, and days on which a rule, an obligation or a line of a definition holds."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cache

import pytest

from mlpolicy.core.program import Program
from mlpolicy.decide import Context, decide
from mlpolicy.manifest import load
from mlpolicy.render.policies import failure_text
from mlpolicy.schema import Schema
from mlpolicy.session import Session
from mlpolicy.testing import run_policy_tests
from mlpolicy.versions.force import in_force
from tests.policy.policy_support import HERE, SECOND, read

MORE = """\
define busy : flag
  when reads > 1000 read/month : yes until 2026-07-01 ref house#H2
  when reads > 100 read/month  : yes from 2026-07-01 ref house#H2
  otherwise                    : no ref house#H2
rule busy_one advise, block from 2027-01-01 ref house#H2
  when busy
  say "it is read often"
  fix "make a copy"
rule new_one warn from 2026-12-01, block from 2027-06-01 until 2028-01-01 not waivable ref house#H2
  for content is registers
  when reads > 10 read/month
  say "it is read often"
  fix "make a copy"
obligation tell_house advise, warn from 2027-01-01 until 2027-06-01 "tell the house"
  when reads > 10 read/month ref house#H2
test "days"
  given
    workload.content = registers
    workload.legal_hold = no
    workload.keep_years = 12
    workload.reads_per_month = 500
  examples
    | as_of      | workload.content | -> busy | busy_one        | new_one        | tell_house     |
    | 2026-06-30 | -                | -> no   | passed          | does_not_apply | owed as advise |
    | 2026-07-01 | -                | -> yes  | fired as advise | does_not_apply | owed           |
    | 2026-12-01 | -                | -> yes  | fired           | fired as warn  | owed as advise |
    | 2026-12-01 | logs             | -> yes  | fired           | does_not_apply | owed           |
    | 2026-12-31 | -                | -> yes  | fired as advise | fired as warn  | owed as advise |
    | 2027-01-01 | -                | -> yes  | fired as block  | fired as warn  | owed as warn   |
    | 2027-05-31 | -                | -> yes  | fired as block  | fired as warn  | owed as warn   |
    | 2027-06-01 | -                | -> yes  | fired as block  | fired as block | absent         |
    | 2028-01-01 | -                | -> yes  | fired as block  | does_not_apply | absent         |
test "another level than that of the day"
  like "days"
  as_of 2027-01-01
  expect busy_one fired as advise
  expect new_one passed
  expect tell_house owed as block
  expect tell_house met as warn
"""


@cache
def policy() -> tuple[Program, Schema]:
    files, said = Session().find(str(SECOND), "2026-11-22")
    assert files is not None, said
    return read(replace(files, texts=(*files.texts, ("more.mlp", MORE.encode()))))


@pytest.mark.slow
def test_what_holds_on_a_day_holds_from_it_on_and_until_another() -> None:
    results = [each for each in run_policy_tests(*policy()) if each.title.startswith("days: ")]
    assert len(results) == 9
    assert [(each.title, each.failures) for each in results if not each.passed] == []


@pytest.mark.slow
def test_another_level_than_that_of_the_day_is_told() -> None:
    (found,) = [each for each in run_policy_tests(*policy()) if each.title.startswith("another")]
    assert [failure_text(each) for each in found.failures] == [
        "expected busy_one fired as advise, got fired as block",
        "expected new_one passed, got fired",
        "expected tell_house owed as block, got owed as warn",
        "expected tell_house met as warn, got owed as warn",
    ]


@pytest.mark.parametrize("taken", [False, True], ids=["whole", "as it is on the day"])
@pytest.mark.parametrize(
    ("day", "busy", "new", "duty"),
    [
        ("2026-12-31", "advise", "warn", "advise"),
        ("2027-01-01", "block", "warn", "warn"),
        ("2027-05-31", "block", "warn", "warn"),
        ("2027-06-01", "block", "block", None),
        ("2028-01-01", "block", None, None),
    ],
)
def test_a_level_is_that_of_the_day(
    day: str, busy: str, new: str | None, duty: str | None, *, taken: bool
) -> None:
    program, schema = policy()
    on = datetime.date.fromisoformat(day)
    if taken:
        program = in_force(program, on.toordinal())
        assert program.rules["busy_one"].later == ()
    text = (HERE / "second_pack" / "archive.yaml").read_text("utf-8")
    text = text.replace("reads_per_month: 30,", "reads_per_month: 500,")
    documents, faults = load(text.encode(), "archive.yaml", schema)
    assert documents, faults
    decision = decide(program, documents[0], Context(as_of=on, today=on))
    fired = {
        (each.rule, each.level.value)
        for found in (decision.findings, decision.results)
        for each in found
        if each.state.value == "fired" and each.rule in ("busy_one", "new_one")
    }
    assert fired == {("busy_one", busy)} | ({("new_one", new)} if new else set())
    duties = {
        each.level.value
        for workload in decision.workloads
        for each in workload.obligations
        if each.id == "tell_house" and each.state.value == "owed"
    }
    assert duties == ({duty} if duty else set())
