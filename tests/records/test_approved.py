"""A record keeps who approved the policy, and a replay says the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlpolicy.records.form import line_of, sealed
from tests.command_support import Command
from tests.records.records_support import records

pytestmark = pytest.mark.slow

ENTRY = """
[[approved]]
policy = "{policy}"
digest = "{digest}"
by = "Abraham van Helsing"
on = "2025-06-01"
"""


def own(mlpolicy: Command) -> str:
    """The entry that approves the policy of these tests."""
    digest = mlpolicy("policies", "show", "policy", "--format", "json").json["digest"]
    return ENTRY.format(policy="parcels@1.0.0", digest=digest)


def begun(mlpolicy: Command) -> Path:
    """A log of one decision, made under a configuration that approves the policy, and another
    one that is none of its business."""
    other = ENTRY.format(policy="letters@1.0.0", digest="sha256:" + "1" * 64)
    text = own(mlpolicy)
    Path("mlpolicy.toml").write_text(f'policy = "./policy"\nrequire_approval = true\n{text}{other}')
    ran = mlpolicy("record", "add", "mlproject.yaml", "--log", "approved.jsonl")
    assert ran.code == 0, ran.err
    return Path("approved.jsonl")


def replayed(mlpolicy: Command, log: Path) -> Any:
    ran = mlpolicy("replay", str(log), "--format", "json")
    return ran.code, json.loads(ran.out)


def test_a_replay_needs_no_configuration(project: Path, mlpolicy: Command) -> None:
    log = begun(mlpolicy)
    Path("mlpolicy.toml").unlink()
    code, said = replayed(mlpolicy, log)
    assert (code, said["records"][0]["result"]) == (0, "same")
    (record,) = records(log)
    assert [stated["by"] for stated in record["approvals"]] == ["Abraham van Helsing"]
    assert record["configuration"]["require_approval"] is True


def test_another_approver_put_in_later_is_named(project: Path, mlpolicy: Command) -> None:
    """Even where the hash was made to fit."""
    log = begun(mlpolicy)
    (record,) = records(log)
    record["approvals"][0]["by"] = "Renfield"
    log.write_bytes(line_of(sealed(record)))
    code, said = replayed(mlpolicy, log)
    assert code == 1
    assert said["records"][0]["result"] == "differs"
    assert "policy.approvals[0].by" in json.dumps(said)


def test_an_approver_is_not_masked_unseen(project: Path, mlpolicy: Command) -> None:
    """Who approved stands in the record in clear, so it must not tell what is masked."""
    text = own(mlpolicy).replace("Abraham van Helsing", "quincey.morris@example.com")
    Path("mlpolicy.toml").write_text(f'policy = "./policy"\n{text}')
    options = ("--log", "masked.jsonl", "--mask-field", "project.owner", "--salts", "salts")
    ran = mlpolicy("record", "add", "mlproject.yaml", *options)
    assert ran.code == 3
    assert "MLP1115" in ran.err
    assert not Path("masked.jsonl").exists()
