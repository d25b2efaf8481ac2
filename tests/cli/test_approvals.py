"""Who approved the policy that judges: stated by whoever runs the check, bound to bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.approvals import concerning, settled
from mlpolicy.config import Config, read_config
from mlpolicy.core.decision import PolicyId
from mlpolicy.core.facts import Approval
from mlpolicy.source import Source
from tests.cli.cli_support import AS_OF, Ran, Run

GOOD = "manifests/good.mlproject.yaml"
OTHER = "sha256:" + "0" * 64
ENTRY = """
[[approved]]
policy = "{policy}"
digest = "{digest}"
by = "the board <board@example.com>"
on = "{on}"
"""


@pytest.fixture
def digest(run: Run, project: Path) -> str:
    """That of the policy of these tests, which is `sentiment-choice@1.0.0`."""
    return str(json.loads(run("policies", "show", "pack", "--format", "json").out)["digest"])


def configured(*entries: str, require: bool = False) -> None:
    required = f"require_approval = {str(require).lower()}\n"
    head = f'policy = "./pack"\nas_of = "{AS_OF}"\n{required}'
    Path("mlpolicy.toml").write_text(head + "".join(entries))


def approval(digest: str, *, policy: str = "sentiment-choice@1.0.0", on: str = "2025-06-01") -> str:
    return ENTRY.format(policy=policy, digest=digest, on=on)


def policy_of(ran: Ran) -> Any:
    return json.loads(ran.out)["policy"]


def test_what_nobody_states_is_said_and_does_no_harm(run: Run, project: Path) -> None:
    policy = policy_of(run("explain", GOOD, "--format", "json"))
    assert policy["approvals"] == []
    assert policy["not_approved"] == "nobody states that this version was approved"
    ran = run("explain", GOOD, "--for", "auditor")
    assert "\n  nobody states that this version was approved\n" in ran.out
    assert ran.err == ""


@pytest.mark.slow
def test_who_approved_these_bytes_is_told_to_the_auditor(run: Run, digest: str) -> None:
    configured(approval(digest) + 'ticket = "GOV-12"\n', approval(digest, on="2025-07-01"))
    policy = policy_of(run("explain", GOOD, "--format", "json"))
    assert policy["not_approved"] is None
    assert policy["approvals"] == [
        {"by": "the board <board@example.com>", "on": "2025-06-01", "ticket": "GOV-12"},
        {"by": "the board <board@example.com>", "on": "2025-07-01", "ticket": None},
    ]
    first = "approved by the board <board@example.com> on 2025-06-01 (GOV-12), for this digest"
    text = run("explain", GOOD, "--for", "auditor").out
    assert f"\n  {first}\n" in text
    assert "\n  approved by the board <board@example.com> on 2025-07-01, for this digest\n" in text
    assert first in run("explain", GOOD, "--for", "auditor", "--format", "markdown").out
    page = run("explain", GOOD, "--format", "html").out
    assert first.replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.mark.parametrize("require", [False, True])
def test_a_policy_edited_after_its_approval_is_told(
    run: Run, digest: str, *, require: bool
) -> None:
    configured(approval(OTHER), require=require)
    ran = run("check", GOOD)
    assert ran.code == (3 if require else 0)
    assert ("error[MLP0921]" if require else "warning[MLP0920]") in ran.err
    assert "--> mlpolicy.toml:7:1\n7 | digest = " in ran.err
    assert f"has another digest: {OTHER}; the policy's own is {digest}" in ran.err
    assert ran.err.count("[MLP") == 1
    if not require:
        policy = policy_of(run("explain", GOOD, "--format", "json"))
        assert policy["approvals"] == []
        assert OTHER in policy["not_approved"]


def test_a_new_approval_beside_the_old_one_is_enough(run: Run, digest: str) -> None:
    configured(approval(OTHER), approval(digest), require=True)
    ran = run("check", GOOD)
    assert (ran.code, ran.err) == (0, "")


def test_one_changed_byte_ends_an_approval(run: Run, digest: str) -> None:
    configured(approval(digest), require=True)
    assert run("check", GOOD).code == 0
    file = next(Path("pack").rglob("*.mlp"))
    file.write_text(file.read_text() + "# a comment\n")
    ran = run("check", GOOD)
    assert ran.code == 3
    assert "has another digest" in ran.err


def test_where_an_approval_is_required_and_none_is_stated_nothing_is_judged(
    run: Run, digest: str
) -> None:
    configured(require=True)
    ran = run("check", GOOD, "manifests")
    assert ran.code == 3
    assert ran.err.count("MLP0921") == 1  # whatever the number of manifests
    assert "nobody states that `sentiment-choice@1.0.0` was approved" in ran.err
    assert "--> mlpolicy.toml:3:1\n3 | require_approval = true" in ran.err
    assert digest in ran.err
    assert run("explain", GOOD).code == 3
    assert run("record", "add", GOOD, "--log", "log.jsonl").code == 3
    assert not Path("log.jsonl").exists()


@pytest.mark.slow
def test_the_option_does_not_get_round_it(run: Run, digest: str) -> None:
    """`--policy` chooses another judge; the organisation still says who may be one."""
    configured(approval(digest), require=True)
    ran = run("check", GOOD, "--policy", "aws-ml-selection@1.0.0")
    assert ran.code == 3
    assert "nobody states that `aws-ml-selection@1.0.0` was approved" in ran.err


@pytest.mark.parametrize("require", [False, True])
def test_an_approval_counts_from_its_day_on(run: Run, digest: str, *, require: bool) -> None:
    configured(approval(digest, on="2026-06-02"), require=require)
    assert run("check", GOOD, "--as-of", "2026-06-02").code == 0
    ran = run("check", GOOD, "--as-of", "2026-06-01")
    if require:
        assert ran.code == 3
        assert "is not approved as of 2026-06-01" in ran.err
        assert "--> mlpolicy.toml:9:1\n9 | on = " in ran.err
    else:
        assert (ran.code, ran.err) == (0, "")
        said = policy_of(run("explain", GOOD, "--format", "json", "--as-of", "2026-06-01"))
        assert said["not_approved"].endswith("approved this version only on 2026-06-02")


def test_a_digest_under_a_wrong_name_approves_nothing(run: Run, digest: str) -> None:
    configured(approval(digest, policy="sentiment-choice@0.9.0"), require=True)
    ran = run("check", GOOD)
    assert ran.code == 3
    assert "has this digest, and calls it `sentiment-choice@0.9.0`" in ran.err
    assert "--> mlpolicy.toml:6:1\n6 | policy = " in ran.err


def test_what_policies_show_prints_approves_once_it_is_filled_in(run: Run, digest: str) -> None:
    shown = run("policies", "show", "pack").out
    block = shown[shown.index("  [[approved]]") :].split("\n\n")[0].replace("\n  ", "\n")
    configured(block.strip() + "\n", require=True)
    ran = run("check", GOOD)
    assert ran.code == 3  # nobody has filled it in
    assert "expected the name of who approved it" in ran.err
    filled = block.replace('by = ""', 'by = "me"').replace('on = ""', 'on = "2025-06-01"')
    configured(filled.strip() + "\n", require=True)
    assert run("check", GOOD).code == 0
    again = run("policies", "show", "pack").out
    assert "  approval    approved by me on 2025-06-01, for this digest\n" in again
    assert "[[approved]]" not in again
    known = json.loads(run("policies", "show", "pack", "--format", "json").out)
    assert known["approvals"] == [{"by": "me", "on": "2025-06-01", "ticket": None}]


POLICY = PolicyId(
    name="p", version="1.0.0", digest="sha256:" + "a" * 64, meaning="sha256:" + "b" * 64, language=1
)
STATED = st.builds(
    Approval,
    policy=st.sampled_from(["p@1.0.0", "p@1.0.1", "q@1.0.0"]),
    digest=st.sampled_from([POLICY.digest, OTHER]),
    by=st.sampled_from(["the board", "the other board"]),
    on=st.sampled_from(["2025-12-31", "2026-01-01", "2026-01-02"]),
)


@pytest.mark.slow
@given(st.lists(STATED, max_size=6))
def test_exactly_the_approvals_of_these_bytes_by_that_day_hold(stated: list[Approval]) -> None:
    """And where there are none, it says why: never both, never neither."""
    found = settled(POLICY, stated, "2026-01-01")
    wanted = [
        each
        for each in stated
        if (each.policy, each.digest) == ("p@1.0.0", POLICY.digest) and each.on != "2026-01-02"
    ]
    assert list(found.approvals) == wanted
    assert (found.not_approved is None) == bool(wanted)
    # What is about other policies changes nothing, so a record may leave it out.
    assert settled(POLICY, concerning(stated, POLICY), "2026-01-01") == found


# What may stand in an entry.


def faults_in(text: str, *, table: bool = False) -> list[str]:
    found, faults = read_config(Source("mlpolicy.toml", text), table=table)
    assert (found is None) == bool(faults)
    return [f"{fault.place}: {fault.code} {fault.message}" for fault in faults]


SOUND = f'policy = "p@1.0.0"\ndigest = "{OTHER}"\nby = "b"\non = 2026-01-02\n'


def read(text: str, *, table: bool = False) -> Config:
    found, faults = read_config(Source("mlpolicy.toml", text), table=table)
    assert found is not None, faults
    return found


def test_an_approval_is_read_in_each_spelling() -> None:
    inline = f'{{policy = "p@1.0.0", digest = "{OTHER}", by = "b", on = "2026-01-02"}}'
    first = read(f"[[approved]]\n{SOUND}")
    assert [a.on for a in first.approvals] == ["2026-01-02"]
    assert read(f"approved = [{inline}]\n") == first
    assert read(f"[[tool.mlpolicy.approved]]\n{SOUND}", table=True) == first
    assert (
        read(f"[[ approved ]] # x\n{SOUND}[[approved]]\n{SOUND}").approvals[0]
        == (first.approvals[0])
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("p@1.0.0", "p"), "4:10: MLP0910 `policy` is `p`; expected the policy's name and whole"),
        (("p@1.0.0", "p@1"), "4:10: MLP0910 `policy` is `p@1`; expected the policy's name and"),
        ((OTHER, OTHER[:-1]), "5:10: MLP0910 `digest` is `sha256:0"),
        ((OTHER, OTHER.upper()), "5:10: MLP0910 `digest` is `SHA256:0"),
        (('"b"', '""'), "6:6: MLP0910 `by` is empty; expected the name of who approved it"),
        (('"b"', '"  "'), "6:6: MLP0910 `by` is `  `; expected the name of who approved it"),
        (('"b"', r'"b\u001b[2J"'), "6:6: MLP0910 `by` contains the control character U+001B"),
        (('"b"', r'"b\n"'), "6:6: MLP0910 `by` contains the control character U+000A"),
        (("2026-01-02", '"2026-02-30"'), "7:6: MLP0910 `on` is `2026-02-30`, which is not a day"),
        (("2026-01-02", '"today"'), "7:6: MLP0910 `on` is `today`; expected a date"),
        (("2026-01-02", "2026-01-02T00:00:00Z"), "7:6: MLP0910 `on` is `2026-01-02T00:00:00Z`; "),
        (("by", "bye"), "6:1: MLP0909 unknown key `bye` in item 1 of `approved`"),
        (('by = "b"', ""), "4:1: MLP0910 `by` is missing in item 1 of `approved`"),
    ],
)
def test_what_an_approval_cannot_say_is_told_where_it_stands(
    change: tuple[str, str], fault: str
) -> None:
    text = f'policy = "p@1"\n# two lines before\n[[approved]]\n{SOUND.replace(*change)}'
    [told] = faults_in(text)
    assert told.startswith(f"mlpolicy.toml:{fault}")


def test_a_fault_is_told_in_its_own_entry() -> None:
    second = SOUND.replace("2026-01-02", "3")
    told = faults_in(f"[[approved]]\n{SOUND}\n[[approved]]\n{second}")
    assert told == [
        "mlpolicy.toml:11:6: MLP0910 `on` is the number 3; expected a date as `YYYY-MM-DD`"
    ]
    [told_of_table] = faults_in("[approved]\n")
    assert told_of_table.startswith(
        "mlpolicy.toml:1:1: MLP0910 `approved` is a mapping; expected a list, each item a mapping"
    )
