"""Times of day and moments in manifests: what is read, and what is told to be written otherwise."""

from __future__ import annotations

import json
from datetime import date

import pytest

from mlpolicy.core.facts import Document
from mlpolicy.explain.decision import decide_document
from mlpolicy.manifest import load
from mlpolicy.render.json import decision_json
from tests.packs.test_packs import folder
from tests.policy.policy_support import policy_at

DAY = date(2026, 3, 1)
HEAD = """\
apiVersion: example.org/v1
kind: Roster
metadata: {name: week}
spec:
  shifts:
    - name: kim
"""
MOMENT = "a day and a time as `YYYY-MM-DDTHH:MM:SS`, with the offset from UTC or `unknown`"
TIME = "a time of day as `HH:MM` or `unknown`"


def told(lines: str) -> tuple[tuple[Document, ...], list[tuple[str, str]]]:
    _, schema = policy_at(folder("shifts"))
    documents, faults = load((HEAD + lines).encode(), "roster.yaml", schema)
    return documents, [(fault.message, fault.help) for fault in faults]


@pytest.mark.parametrize(
    ("line", "expected", "help"),
    [
        ("clock_in: 9:15", TIME, "write `09:15`"),
        ("clock_in: 9:15 pm", TIME, "write `21:15`"),
        ("clock_in: 09:15+01:00", TIME, "a time of day has no offset: write `09:15`"),
        ("clock_in: noon", TIME, "write hours and minutes, such as `09:30`"),
        ("clock_in: 915", TIME, ""),
        ("begins: 2026-03-02T07:00:00", MOMENT, "write the offset too: `2026-03-02T07:00:00Z`"),
        ("begins: 2026-03-02 07:00:00+0100", MOMENT, "write `2026-03-02T07:00:00+01:00`"),
        ("begins: 2026-03-02t07:00:00z", MOMENT, "write `2026-03-02T07:00:00Z`"),
        ("begins: 2026-03-02", MOMENT, "write day, time and offset"),
        ("clock_in: 24:00", "not a time of the clock", "write a real time"),
        ("begins: 2026-02-30T07:00:00Z", "not a day and time of the calendar", "write a real"),
    ],
)
def test_what_is_no_point_of_time_gets_one_message(line: str, expected: str, help: str) -> None:
    documents, faults = told(f"      {line}\n")
    ((message, told_help),) = faults
    assert documents == ()
    assert message.endswith(expected)
    assert told_help.startswith(help)


def test_the_second_of_two_moments_is_not_before_the_first() -> None:
    _, faults = told(
        "      begins: 2026-03-02T07:00:00+01:00\n      ends: 2026-03-02T06:30:00+00:00\n"
    )
    assert faults == []
    _, faults = told(
        "      begins: 2026-03-02T07:00:00+01:00\n      ends: 2026-03-02T06:30:00+01:00\n"
    )
    ((message, _),) = faults
    assert message == (
        "`begins` is 2026-03-02T07:00:00+01:00, after `ends`, 2026-03-02T06:30:00+01:00"
    )


def test_one_moment_decides_the_same_however_it_is_written() -> None:
    program, _ = policy_at(folder("shifts"))

    def reports(begins: str) -> str:
        ((document,), _) = told(f"      begins: {begins}\n      ends: 2026-03-02T16:00:00Z\n")
        decision = decide_document(program, document, as_of=DAY, today=DAY)
        (roster,) = json.loads(decision_json(decision))["workloads"]
        return json.dumps(roster["reports"])

    found = {
        reports(begins)
        for begins in ("2026-03-02T07:00:00+01:00", "2026-03-02T06:00Z", "2026-03-02T01:00-05:00")
    }
    assert len(found) == 1
    assert '"is": "moments", "low": "2026-03-03T03:00:00Z"' in found.pop()
