"""Entries of records: fields within groups, questions for what is missing, meaning of absence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlpolicy.core.program import Program
from mlpolicy.core.trace import Step
from tests.evaluate.evaluate_cases import decide, program_of, tell

POLICY = """
records trial from workload.trials by carrier
  ask "How often is {carrier} in time?"
  spread.low_pct ask "How low has {carrier} come?"
  spread.high_pct if absent 100 % ref guide#G2
define tried : trial = best trial by tried_on where trial.carrier is "swift" ref guide#G1
decision tree choice : way
  if tried.spread.low_pct >= 80 % and tried.spread.high_pct >= 90 %
    yes: courier because "sure" ref guide#G1
    no: own_van because "unsure" ref guide#G1
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return program_of(POLICY)


def manifest(*workloads: str) -> str:
    return "project: p\nworkloads:\n" + "".join(f"  - {{name: {w}}}\n" for w in workloads)


def trial(rest: str) -> str:
    return f'a, trials: [{{carrier: swift, tried_on: "2026-03-01"{rest}}}]'


def nodes(trace: Step) -> Iterator[Step]:
    yield trace
    for child in trace.children:
        yield from nodes(child)


CASES = {
    "a stated field decides": (
        trial(", spread: {low_pct: 80, high_pct: 95}"),
        """\
a: decided courier
  because sure
verdict pass
""",
    ),
    "a field just below the bar decides the other way": (
        trial(", spread: {low_pct: 79.9, high_pct: 95}"),
        """\
a: decided own_van
  because unsure
verdict pass
""",
    ),
    "an estimate in a group is a range": (
        trial(", spread: {low_pct: {low: 70, high: 90}, high_pct: 95}"),
        """\
a: undecided nothing
  possible: courier; own_van
  settled by workload.trials[0].spread.low_pct: below 80 % -> own_van; from 80 % -> courier
verdict incomplete
""",
    ),
    "what an entry leaves out has the meaning that the policy gives it": (
        trial(", spread: {low_pct: 80}"),
        """\
a: decided courier
  because sure
  assumed trial.spread.high_pct = 100 %
verdict pass
""",
    ),
    "what an entry says to be unknown is unknown all the same": (
        trial(", spread: {low_pct: 80, high_pct: unknown}"),
        """\
a: undecided nothing
  possible: courier; own_van
  settled by workload.trials[0].spread.high_pct: below 90 % -> own_van; from 90 % -> courier
verdict incomplete
""",
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_field_within_a_group_is_read_like_any_other(title: str, program: Program) -> None:
    stated, told = CASES[title]
    assert told == tell(decide(program, manifest(stated)))


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ("a", {"workload.trials[carrier = swift]": "How often is swift in time?"}),
        (trial(""), {"workload.trials[0].spread.low_pct": "How low has swift come?"}),
        (
            trial(", spread: unknown"),
            {
                "workload.trials[0].spread.low_pct": "How low has swift come?",
                "workload.trials[0].spread.high_pct": "",
            },
        ),
    ],
    ids=["no entry", "no group", "the group is unknown"],
)
def test_what_is_missing_is_asked_for_in_the_words_of_the_policy(
    stated: str, asked: dict[str, str], program: Program
) -> None:
    decision = decide(program, manifest(stated))
    found = {str(s.path): s.ask for s in decision.workloads[0].settled_by}
    assert found.items() <= asked.items()
    assert found


def test_a_key_that_is_not_known_is_called_by_its_name() -> None:
    text = POLICY.replace('trial.carrier is "swift"', "trial.sample >= 1 parcel")
    decision = decide(program_of(text), manifest("a"))
    assert [s.ask for s in decision.workloads[0].settled_by] == [
        "How often is the carrier in time?"
    ]


def test_the_trace_shows_where_a_field_stands_or_would_stand(program: Program) -> None:
    text = manifest(trial(", spread: {low_pct: 80}"))
    places = {
        node.name: node.from_
        for node in nodes(decide(program, text).trace)
        if node.kind == "entry" and node.name.startswith("trial.spread")
    }
    line = text.splitlines()[2]
    low, high = places["trial.spread.low_pct"], places["trial.spread.high_pct"]
    assert low is not None
    assert (low.line, low.column) == (3, line.index("80") + 1)
    assert high is not None
    assert (high.line, high.column) == (3, line.index("spread") + 1)


def test_an_absent_field_that_is_taken_to_mean_something_cites_why(program: Program) -> None:
    decision = decide(program, manifest(trial(", spread: {low_pct: 80}")))
    assert [(str(a.path), a.refs) for a in decision.workloads[0].assumed] == [
        ("workload.trials[0].spread.high_pct", ("guide#G2",))
    ]


def test_a_policy_without_such_lines_keeps_its_meaning() -> None:
    """What the language learnt later leaves the digest of older policies as it was."""
    plain = POLICY.replace('  ask "How often is {carrier} in time?"\n', "")
    plain = plain.replace('  spread.low_pct ask "How low has {carrier} come?"\n', "")
    plain = plain.replace("  spread.high_pct if absent 100 % ref guide#G2\n", "")
    plain = plain.replace("tried.spread.low_pct", "tried.on_time_pct")
    plain = plain.replace("tried.spread.high_pct", "tried.on_time_pct")
    assert program_of(plain).meaning == (
        "sha256:9eb3387a2d42d830ec1c36a45f965a41c0a50b27ddfa0ec6cf8de9a11c0b86a4"
    )
    assert program_of(POLICY).meaning != program_of(plain).meaning
