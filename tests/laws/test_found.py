"""Small cases of faults that the laws found, kept where a generated case would be rare."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from mlpolicy.core.facts import Estimate
from mlpolicy.core.terms import Status
from tests.laws.examples import program_of
from tests.laws.manifests import Manifest, Plain
from tests.laws.properties import decide, outcome_laws, outcomes, rule_laws

HEAD = [
    "policy small 1.0.0 effective 2026-01-01",
    'manifest MLProject schema "laws.schema.json" of project, workload in workloads',
    'source guide = "sources/guide.yaml"',
    "unit request, person",
    "currency USD",
    "outcome tier : none < service < platform < custom with product : product",
    "  status unmet",
    "enum product : red, green, blue",
    "enum region from project.regions",
    "enum task : ta, tb, tc",
    "enum item : ia, ib",
    "input wish : product from workload.product",
    "input task : task from workload.task",
    "input plan : tier from workload.plan",
    "input explain : flag from workload.needs.explain",
    "input audit : flag from workload.needs.audit",
    "input volume : request/month from workload.per_month",
    "input budget : USD/month from project.budget.monthly_usd",
    "input dev(tier) : USD from workload.costs.{tier}.dev_usd",
    """catalog reach by product ref guide#C1
  | product : product | places : set of region | pace : ms |
  | red | any | 100 ms |
  | green | {ap} | 10 ms |
  | blue | {ap} | 1000 ms |""",
    """catalog grade by task ref guide#C1
  | task : task | product : product |
  | ta | red |
  | tb | green |
  | tc | blue |""",
    """catalog price by item, up_to ref guide#C1
  | item : item | up_to : request/month | each : USD/request |
  | ia | - | 1 USD/request |
  | ib | - | 2 USD/request |""",
]
ONE = "define one : item ref guide#C1\n  when explain : ia\n  otherwise : ib"
OTHER = """define other : tier ref guide#C1
  when explain : platform
  when task is ta : none
  when task is tb : service
  otherwise : custom"""
COSTS: dict[str, Plain] = {
    "service": {"dev_usd": Fraction(5)},
    "platform": {"dev_usd": Fraction(9)},
}
DAY = date(2026, 2, 1)


def one(**workload: Plain) -> Manifest:
    return Manifest({}, [{"name": "w0", **workload}])


@pytest.mark.parametrize(
    ("condition", "define", "partial", "completed"),
    [
        (
            "reach[wish].pace < reach[grade[task].product].pace",
            "",
            one(),
            one(product="green", task="ta"),
        ),
        (
            "dev(plan) < dev(other)",
            OTHER,
            one(costs=COSTS),
            one(costs=COSTS, plan="service", needs={"explain": True}),
        ),
        (
            "charge(volume, price[one]) < charge(2 * volume, price[one])",
            ONE,
            one(per_month=Fraction(5)),
            one(per_month=Fraction(5), needs={"explain": True}),
        ),
    ],
    ids=["column", "keyed", "charge"],
)
def test_two_lookups_with_the_same_options_are_two_quantities(
    condition: str, define: str, partial: Manifest, completed: Manifest
) -> None:
    """They do not cancel in a comparison."""
    tree = (
        f"decision tree choose : tier\n  if {condition}\n"
        "    yes: custom ref guide#C1\n    no: none ref guide#C1"
    )
    program = program_of([*HEAD, define, tree])
    before, after = decide(program, partial, DAY), decide(program, completed, DAY)
    assert outcomes(before.workloads[0]) == {"custom", "none"}
    assert outcome_laws(before, after) == []
    assert after.workloads[0].status is Status.DECIDED


def test_an_answer_that_may_be_infeasible_or_held_is_not_one_of_the_outcomes() -> None:
    """`answer` of an undecided workload is no outcome while it may be none."""
    tree = """decision tree choose : tier
  if explain
    yes: platform ref guide#C1
    no: {other}"""
    rule = """rule planned block ref guide#C1
  when answer >= none
  say "planned"
"""
    for other in (
        'hold "ask" ref guide#C1',
        'undecided "ask" ref guide#C1',
        'infeasible "no way" ref guide#C1',
    ):
        program = program_of([*HEAD, tree.format(other=other), rule])
        decision = decide(program, one(), DAY)
        assert [r.state for r in decision.results] == ["waiting"]


def test_leaves_of_one_outcome_are_choices_of_their_own() -> None:
    """`choice.status` and attributes are asked of every leaf that is possible."""
    tree = """decision tree choose : tier
  if explain
    yes: platform with product = red ref guide#C1
    no: platform unmet with product = blue ref guide#C1"""
    rules = [
        f'rule r{i} block ref guide#C1\n  when {condition}\n  say "so"'
        for i, condition in enumerate(("choice.status is unmet", "choice.product is red"))
    ]
    program = program_of([*HEAD, tree, *rules])
    before = decide(program, one(), DAY)
    assert before.workloads[0].status is Status.DECIDED
    assert [r.state for r in before.results] == ["waiting", "waiting"]
    for explain in (True, False):
        after = decide(program, one(needs={"explain": explain}), DAY)
        assert rule_laws(program, before, after) == []


def test_a_firm_answer_does_not_come_from_an_unknown_arm() -> None:
    """Where all that is possible is one outcome, its attributes are those of the other arms."""
    tree = """decision tree choose : tier
  if explain
    yes: platform with product = red ref guide#C1
    no: platform with product = green ref guide#C1
    unknown: platform with product = blue ref guide#C1"""
    program = program_of([*HEAD, tree])
    decision = decide(program, one(), DAY)
    assert decision.workloads[0].choice is not None
    assert decision.workloads[0].choice.attributes == (("product", "red"),)
    assert {c.attributes for c in decision.workloads[0].possible} == {
        (("product", "red"),),
        (("product", "green"),),
    }


def test_a_tree_may_ask_about_all_workloads() -> None:
    """An aggregate over workloads is there before any of them is decided, and a key is in
    sight inside it."""
    count = "define planned(tier) : number = count(plan is tier) over workloads ref guide#C1"
    tree = """decision tree choose : tier
  if planned(service) >= 2
    yes: platform ref guide#C1
    no: service ref guide#C1"""
    program = program_of([*HEAD, count, tree])
    manifest = Manifest({}, [{"name": f"w{i}", "plan": "service"} for i in range(2)])
    decision = decide(program, manifest, DAY)
    assert [w.choice and w.choice.outcome for w in decision.workloads] == ["platform"] * 2


def test_every_member_is_a_set_like_any_other() -> None:
    """`any` in a cell has every member: surely not within a set that lacks one."""
    tree = """decision tree choose : tier
  if reach[red].places within {eu, us}
    yes: platform ref guide#C1
    no: service ref guide#C1"""
    program = program_of([*HEAD, tree])
    assert outcomes(decide(program, one(), DAY).workloads[0]) == {"service"}


def test_what_was_assumed_of_a_shortlist_is_not_remembered_beyond() -> None:
    """`any b` is no where `any a` is assumed not to hold, and nowhere else."""
    lists = [
        "shortlist a of grade ref guide#C1\n  here : explain ref guide#C1",
        "shortlist b of a ref guide#C1\n  there : yes ref guide#C1",
    ]
    tree = """decision tree choose : tier
  if any a
    yes: platform ref guide#C1
    no:
      if any b
        yes: custom ref guide#C1
        no: none ref guide#C1"""
    rule = 'rule left warn ref guide#C1\n  when any b\n  say "left"'
    program = program_of([*HEAD, *lists, tree, rule])
    decision = decide(program, one(), DAY)
    assert outcomes(decision.workloads[0]) == {"platform", "none"}
    assert [r.state for r in decision.results] == ["waiting"]


@pytest.mark.parametrize("condition", ["any b", "(first a).product is red"])
def test_what_is_settled_of_a_shortlist_is_not_remembered_beyond(condition: str) -> None:
    """The same where nothing but the shortlist itself can be assumed: no input is refined."""
    parts = [
        """catalog lot by product ref guide#C1
  | product : product | tasks : set of task |
  | red | {ta, ?} |
  | green | {ta, ?} |""",
        "shortlist a of lot ref guide#C1\n  here : task in lot.tasks ref guide#C1",
        "shortlist b of a ref guide#C1\n  there : yes ref guide#C1",
        f"""decision tree choose : tier
  if any a
    yes:
      if {condition}
        yes: custom ref guide#C1
        no: none ref guide#C1
    no:
      if {condition}
        yes: platform ref guide#C1
        no: service ref guide#C1""",
        f'rule left warn ref guide#C1\n  when {condition}\n  say "left"',
    ]
    decision = decide(program_of([*HEAD, *parts]), one(task="tb"), DAY)
    assert [r.state for r in decision.results] == ["waiting"]
    possible = {"custom", "service"} | ({"none", "platform"} if "first" in condition else set())
    assert outcomes(decision.workloads[0]) == possible


def test_what_is_shown_is_asked_where_it_is_shown() -> None:
    """Two arms come to one tree: what is worked out for the shown answer assumes nothing that
    only the other arm does."""
    parts = [
        "define effort(tier) : number ref guide#C1\n  when explain : 1\n  otherwise : 2",
        """decision tree choose : tier
  if explain
    yes: goto inner ref guide#C1
    no: none ref guide#C1
    unknown: goto inner ref guide#C1""",
        """tree inner : tier
  if audit : platform because "effort {effort(platform)}" ref guide#C1
  otherwise : platform because "effort {effort(platform)}" ref guide#C1""",
        'rule easy warn ref guide#C1\n  when effort(answer) < 1.5\n  say "easy"',
    ]
    decision = decide(program_of([*HEAD, *parts]), one(needs={"audit": True}), DAY)
    (workload,) = decision.workloads
    assert workload.status is Status.PROVISIONAL
    assert workload.choice is not None
    assert workload.choice.because == ("effort 2",)
    assert [r.state for r in decision.results] == ["waiting"]


def test_what_is_told_on_the_way_is_that_of_the_way_shown() -> None:
    """Reasons and obligations come with the arm that is shown, not with another one that comes
    to the same tree."""
    parts = [
        """decision tree choose : tier
  if explain
    yes: goto inner owe pilot because "explained" ref guide#C1
    no: none ref guide#C1
    unknown: goto inner because "not known" ref guide#C1""",
        "tree inner : tier\n  if audit : platform ref guide#C1\n  otherwise : service ref guide#C1",
        'obligation pilot warn "measure" ref guide#C1',
    ]
    decision = decide(program_of([*HEAD, *parts]), one(needs={"audit": True}), DAY)
    (workload,) = decision.workloads
    assert workload.choice is not None
    assert workload.choice.because == ("not known",)
    assert workload.obligations == ()


def test_what_an_estimate_was_narrowed_to_is_not_remembered_beyond() -> None:
    """Where an arm leaves one value of an estimate, what is worked out there is that arm's."""
    parts = [
        "define thrice : request/month = 3 * volume ref guide#C1",
        """decision tree choose : tier
  if explain
    yes:
      if volume >= 5 request/month
        yes:
          if thrice > 14 request/month
            yes: platform ref guide#C1
            no: service ref guide#C1
        no: service ref guide#C1
    no:
      if thrice >= 6 request/month
        yes: none ref guide#C1
        no: custom ref guide#C1""",
    ]
    program = program_of([*HEAD, *parts])
    partial = decide(program, one(per_month=Estimate(Fraction(1), Fraction(5))), DAY)
    completed = decide(program, one(per_month=Fraction(1), needs={"explain": False}), DAY)
    assert outcomes(partial.workloads[0]) == {"platform", "service", "none", "custom"}
    assert outcome_laws(partial, completed) == []


def test_of_disjoint_rows_one_is_sure_only_where_those_before_do_not_match() -> None:
    """The second row surely matches once the first does not; so both may give their word."""
    table = """table way : product any ref guide#C1
  | explain | audit |
  | yes     | -     | -> red
  | no      | -     | -> blue"""
    tree = "decision tree choose : tier\n  otherwise : none with product = way ref guide#C1"
    program = program_of([*HEAD, table, tree])
    (open_,) = decide(program, one(), DAY).workloads
    assert {dict(choice.attributes)["product"] for choice in open_.possible} == {"red", "blue"}
    for stated, word in ((True, "red"), (False, "blue")):
        (known,) = decide(program, one(needs={"explain": stated}), DAY).workloads
        assert known.choice is not None
        assert dict(known.choice.attributes)["product"] == word
