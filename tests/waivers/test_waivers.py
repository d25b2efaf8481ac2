"""`mlpolicy waivers`: every state a waiver can be in, the same in every command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command_support import Command
from tests.profiles import examples

POLICY = """\
policy small 1.0.0 effective 2025-01-01
manifest MLProject schema "mlproject.v1.schema.json" of project, workload in workloads
  files "mlproject.yaml", "*.mlproject.yaml"
currency USD
source notes = "notes.yaml"
outcome carrier : post < courier
input price : USD/month from workload.costs.ai_service.service_monthly_usd
decision tree choice : carrier
  if price > 500 USD/month : courier because "dear" ref notes#N1
  otherwise                : post because "cheap" ref notes#N1
rule dear block
  when price > 100 USD/month
  say "it costs {price}" ref notes#N1
  bounds price * 1 month
rule very_dear block not waivable
  when price > 10000 USD/month
  say "it costs far too much" ref notes#N1
"""
LEDGER = """\
name: notes
title: Notes
document: {as_of: "2026"}
facts:
  - {id: N1, kind: fact, text: t, trust: A, source: s, as_of: "2026"}
"""
MANIFEST = """\
project: parcels
owner: team/x
regions: [us-east-1]
workloads:
  - {name: a, task: sentiment, costs: {ai_service: {service_monthly_usd: 150}}}
  - {name: b, task: sentiment, costs: {ai_service: {service_monthly_usd: 250}}}
  - {name: cheap, task: sentiment, costs: {ai_service: {service_monthly_usd: 50}}}
  - {name: huge, task: sentiment, costs: {ai_service: {service_monthly_usd: 20000}}}
  - {name: open, task: sentiment}
"""
AS_OF = "2026-06-01"
COMMON = 'reason: "agreed", approved_by: boss@example.com'

#: id -> (what it says besides, the state it is in, what it covers)
STATES = {
    "used": ('rule: dear, workload: a, expires_on: "2026-12-31"', "used", ["dear a"]),
    "soon": (
        'rule: dear, workload: huge, expires_on: "2026-07-01"',
        "used, expiring",
        ["dear huge"],
    ),
    "over": ('rule: dear, workload: b, expires_on: "2026-12-31", max_amount: 200', "bound", []),
    "unused": ('rule: dear, workload: cheap, expires_on: "2026-12-31"', "unused", []),
    "waiting": ('rule: dear, workload: open, expires_on: "2026-12-31"', "waiting", []),
    "refused": ('rule: very_dear, workload: huge, expires_on: "2026-12-31"', "refused", []),
    "expired": ('rule: dear, workload: cheap, expires_on: "2026-05-31"', "expired", []),
    "later": (
        'rule: dear, workload: b, approved_on: "2026-06-02", expires_on: "2026-12-31"',
        "not-yet",
        [],
    ),
    "unknown": ('rule: deer, expires_on: "2026-12-31"', "unknown-rule", []),
}


def waivers(*names: str) -> str:
    return "waivers:\n" + "".join(f"  - {{id: {n}, {COMMON}, {STATES[n][0]}}}\n" for n in names)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pack").mkdir()
    Path("pack/policy.mlp").write_text(POLICY)
    Path("pack/notes.yaml").write_text(LEDGER)
    Path("mlpolicy.toml").write_text('policy = "./pack"\nmanifest_waivers = true\n')
    Path("mlproject.yaml").write_text(MANIFEST)


def add(text: str) -> None:
    Path("mlproject.yaml").write_text(MANIFEST + text)


def separate(text: str, file: str = "w.yaml") -> str:
    Path(file).write_text(f"apiVersion: mlpolicy.dev/v1\nkind: Waivers\n{text}")
    return file


def listed(mlpolicy: Command, *options: str) -> dict[str, dict]:  # type: ignore[type-arg]
    ran = mlpolicy("waivers", "--as-of", AS_OF, "--format", "json", *options)
    return {one["id"]: one for one in ran.json["waivers"]}


# States.


@pytest.mark.slow
@pytest.mark.parametrize("name", list(STATES))
@pytest.mark.parametrize("where", ["manifest", "file"])
def test_a_waiver_is_in_one_state(mlpolicy: Command, name: str, where: str) -> None:
    options: tuple[str, ...] = ()
    if where == "manifest":
        add(waivers(name))
    else:
        options = ("--waivers", separate(waivers(name)))
    one = listed(mlpolicy, *options)[name]
    _, state, covers = STATES[name]
    assert one["in"][0]["state"] == state
    assert one["state"] == state.removesuffix(", expiring")
    assert one["expiring"] == state.endswith("expiring")
    assert [f"{f['rule']} {f['workload']}" for f in one["in"][0]["covers"]] == covers
    code = mlpolicy("waivers", "--as-of", AS_OF, *options).code
    assert code == (1 if name in ("expired", "unknown") else 0)


def test_the_text_says_who_until_when_and_what_for(mlpolicy: Command) -> None:
    add(waivers(*STATES))
    ran = mlpolicy("waivers", "--as-of", AS_OF)
    assert ran.code == 1
    assert "used            used  dear for a  mlproject.yaml:11\n" in ran.out
    assert "  approved by boss@example.com, until 2026-12-31, up to 200.00 USD\n" in ran.out
    assert "  covers: block dear of a: it costs 150.00 USD/month\n" in ran.out
    assert "bound not met   over  dear for b" in ran.out
    said = " ".join(ran.out.split())
    assert "waiver `over` does not cover it: 250.00 USD is above its bound of 200.00 USD" in said
    assert "not waivable    refused  very_dear for huge" in ran.out
    assert "did you mean" not in ran.out
    total = " ".join(ran.out.split("\n\n")[-1].split())
    assert total == (
        "9 waivers in 1 manifest: 1 unknown rule, 1 expired, 2 used, 1 bound not met, "
        "1 not waivable, 1 not yet, 1 waiting, 1 unused, 1 expiring within 30 days"
    )


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-05-01", "not-yet"),
        ("2026-05-02", "used"),
        ("2026-11-30", "used"),
        ("2026-12-01", "used, expiring"),
        ("2026-12-31", "used, expiring"),
        ("2027-01-01", "expired"),
    ],
)
def test_the_first_and_the_last_day_count(mlpolicy: Command, as_of: str, state: str) -> None:
    add(
        f"waivers:\n  - {{id: W, {COMMON}, rule: dear, workload: a, "
        'approved_on: "2026-05-02", expires_on: "2026-12-31"}\n'
    )
    ran = mlpolicy("waivers", "--as-of", as_of, "--format", "json")
    assert ran.json["waivers"][0]["in"][0]["state"] == state


# The same in every command.

chosen = st.lists(st.sampled_from(list(STATES)), unique=True, min_size=1)


@pytest.mark.slow
@examples(15)
@given(chosen, st.dates(min_value=date(2026, 4, 1), max_value=date(2027, 2, 1)))
def test_check_and_explain_see_the_same(mlpolicy: Command, names: list[str], day: object) -> None:
    half = len(names) // 2
    add(waivers(*names[:half]) if half else "")
    options = ("--as-of", str(day), "--waivers", separate(waivers(*names[half:])))
    found = mlpolicy("waivers", *options, "--format", "json").json["waivers"]
    covered = {
        (one["id"], finding["rule"], finding["workload"])
        for one in found
        for use in one["in"]
        for finding in use["covers"]
    }
    states = {one["id"]: (use["state"], use["note"]) for one in found for use in one["in"]}
    reports = [
        mlpolicy("check", *options, "--format", "json").json["decisions"][0],
        mlpolicy("explain", "mlproject.yaml", *options, "--format", "json").json,
    ]
    for decision in reports:
        told = [f for f in decision["findings"] if f["waiver"]]
        assert {
            (f["waiver"]["id"], f["rule"], f["workload"]) for f in told if f["state"] == "waived"
        } == covered
        about = {
            f["waiver"]["id"]: (f["waiver"]["state"], f["waiver"]["note"])
            for f in told
            if f["rule"].startswith("waiver_")
        }
        assert about == {name: states[name] for name in about}
        quiet = {name for name, (state, _) in states.items() if state in ("used", "waiting")}
        assert set(states) - set(about) <= quiet | {
            name for name, (state, _) in states.items() if state in ("bound", "refused")
        }


# Files.


@pytest.mark.slow
def test_a_waiver_of_a_file_is_told_once_for_all_manifests(mlpolicy: Command) -> None:
    Path("second.mlproject.yaml").write_text(MANIFEST.replace("name: a,", "name: z,"))
    found = listed(mlpolicy, "--waivers", separate(waivers("used")))
    assert list(found) == ["used"]
    one = found["used"]
    assert one["state"] == "used"
    assert [(use["manifest"], use["state"]) for use in one["in"]] == [
        ("mlproject.yaml", "used"),
        ("second.mlproject.yaml", "unused"),
    ]
    text = mlpolicy("waivers", "--as-of", AS_OF, "--waivers", "w.yaml").out
    assert "covers: block dear of a in mlproject.yaml:" in text
    assert "1 waiver in 2 manifests: 1 used\n" in text


def test_a_configured_file_counts_too(mlpolicy: Command) -> None:
    separate(waivers("used"))
    Path("mlpolicy.toml").write_text('policy = "./pack"\nwaivers = "w.yaml"\n')
    assert list(listed(mlpolicy)) == ["used"]


@pytest.mark.slow
def test_where_manifests_may_not_waive_it_is_said(mlpolicy: Command) -> None:
    add(waivers("used"))
    Path("mlpolicy.toml").write_text('policy = "./pack"\nmanifest_waivers = false\n')
    ran = mlpolicy("waivers", "--as-of", AS_OF)
    assert ran.code == 0
    assert list(listed(mlpolicy)) == ["used"]
    assert "not counted  used  dear for a" in ran.out
    assert "note: waiver `used` of `dear` does not count: it stands in the manifest" in ran.out
    assert "1 waiver in 1 manifest: 1 not counted\n" in ran.out


def test_owner_ticket_and_bound_are_told(mlpolicy: Command) -> None:
    add(
        f"waivers:\n  - {{id: W, {COMMON}, rule: dear, workload: a, owner: team/x, ticket: T-7, "
        'approved_on: "2026-05-02", expires_on: "2026-12-31", max_amount: 150}\n'
    )
    text = " ".join(mlpolicy("waivers", "--as-of", AS_OF).out.split())
    assert (
        "owner team/x, approved by boss@example.com on 2026-05-02, until 2026-12-31, "
        "up to 150.00 USD, T-7"
    ) in text
    one = listed(mlpolicy)["W"]
    assert (one["owner"], one["ticket"], one["max_amount"]) == ("team/x", "T-7", "150.00")
    assert one["at"] == {"file": "mlproject.yaml", "line": 11, "column": 5}


# Bad input.

BAD = {
    "no reason": ('rule: dear, approved_by: b, expires_on: "2026-12-31"', "MLP0703", "`reason`"),
    "empty reason": (
        'rule: dear, reason: "", approved_by: b, expires_on: "2026-12-31"',
        "MLP07",
        "reason",
    ),
    "nobody approved": ('rule: dear, reason: r, expires_on: "2026-12-31"', "MLP0703", "approved"),
    "no end": ("rule: dear, reason: r, approved_by: b", "MLP0703", "`expires_on`"),
    "no rule": ('reason: r, approved_by: b, expires_on: "2026-12-31"', "MLP0703", "`rule`"),
    "no such day": (
        'rule: dear, reason: r, approved_by: b, expires_on: "2026-02-30"',
        "MLP0709",
        "2026-02-30",
    ),
    "dates reversed": (
        'rule: dear, reason: r, approved_by: b, approved_on: "2027-01-01", '
        'expires_on: "2026-12-31"',
        "MLP0717",
        "approved_on",
    ),
    "bound in words": (
        'rule: dear, reason: r, approved_by: b, expires_on: "2026-12-31", max_amount: $5K',
        "MLP0705",
        "max_amount",
    ),
    "unknown key": (
        'rule: dear, reason: r, approved_by: b, expires_on: "2026-12-31", until: x',
        "MLP0702",
        "`until`",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(BAD))
@pytest.mark.parametrize("where", ["manifest", "file"])
def test_a_bad_waiver_is_3_with_its_place(mlpolicy: Command, name: str, where: str) -> None:
    said, code, message = BAD[name]
    text = f"waivers:\n  - {{id: W, {said}}}\n"
    options: tuple[str, ...] = ()
    if where == "manifest":
        add(text)
    else:
        options = ("--waivers", separate(text))
    ran = mlpolicy("waivers", "--as-of", AS_OF, *options)
    assert ran.code == 3
    assert f"error[{code}" in ran.err
    assert message in ran.err
    assert f"--> {'mlproject.yaml:11' if where == 'manifest' else 'w.yaml:4'}:" in ran.err


def test_two_waivers_of_one_id_are_refused(mlpolicy: Command) -> None:
    add(waivers("used", "used"))
    ran = mlpolicy("waivers", "--as-of", AS_OF)
    assert ran.code == 3
    assert "MLP0712" in ran.err


def test_a_workload_that_is_not_there_is_refused_in_a_manifest(mlpolicy: Command) -> None:
    add(waivers("used").replace("workload: a", "workload: aa"))
    ran = mlpolicy("waivers", "--as-of", AS_OF)
    assert ran.code == 3
    assert "MLP0713" in ran.err


def test_a_missing_waiver_file_and_no_manifest_are_3(mlpolicy: Command) -> None:
    assert mlpolicy("waivers", "--waivers", "gone.yaml").code == 3
    Path("empty").mkdir()
    assert mlpolicy("waivers", "empty").code == 3


def test_an_unknown_rule_goes_before_a_use_elsewhere(mlpolicy: Command) -> None:
    """Two manifests may be judged by two policies: what one of them blocks must be seen."""
    add(waivers("unknown"))
    value = json.loads(mlpolicy("waivers", "--as-of", AS_OF, "--format", "json").out)
    assert value["counts"]["unknown_rule"] == 1
    note = value["waivers"][0]["in"][0]["note"]
    assert note == "waiver `unknown` names rule `deer`, which this policy does not have"
