"""A small policy, a manifest with something to hide, and a log of both."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.command_support import Command

POLICY = """\
policy parcels 1.0.0 effective 2025-01-01
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
"""
LEDGER = """\
name: notes
title: Notes
document: {as_of: "2026"}
facts:
  - {id: N1, kind: fact, text: t, trust: A, source: s, as_of: "2026"}
"""
MANIFEST = """\
project: parcels          # the comment of Quincey Morris
owner: quincey.morris@example.com
regions: [us-east-1]
business: {problem: "Parcels for Castle Dracula arrive late — “zu spät”"}
workloads:
  - {name: a, task: sentiment, costs: {ai_service: {service_monthly_usd: 150}}}
  - {name: b, task: sentiment, costs: {ai_service: {service_monthly_usd: 734215.25}}}
  - {name: open, task: sentiment}
"""
WAIVERS = """\
apiVersion: mlpolicy.dev/v1
kind: Waivers
waivers:
  - {id: W1, rule: dear, workload: a, expires_on: "2026-12-31", reason: "Renfield agreed to it",
     owner: lucy@example.com, approved_by: abraham@example.com}
"""
AS_OF = "2026-06-01"


def begin(folder: Path) -> None:
    """Policy, manifest and waiver file in a folder."""
    (folder / "policy").mkdir()
    (folder / "policy" / "policy.mlp").write_text(POLICY, encoding="utf-8")
    (folder / "policy" / "notes.yaml").write_text(LEDGER, encoding="utf-8")
    (folder / "mlproject.yaml").write_text(MANIFEST, encoding="utf-8")
    (folder / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")


def add(mlpolicy: Command, log: str = "log.jsonl", *options: str, code: int = 0) -> Any:
    """Record the manifest; the JSON that the command prints."""
    ran = mlpolicy(
        *("record", "add", "mlproject.yaml", "--log", log, "--policy", "policy"),
        *("--as-of", AS_OF, "--format", "json", *options),
    )
    assert (ran.code, ran.err) == (code, ""), ran
    return ran.json


def records(log: Path) -> list[Any]:
    return [json.loads(line) for line in log.read_bytes().splitlines()]


def copied(log: Path, there: Path) -> Path:
    """A copy of a log and its store under another name."""
    shutil.copyfile(log, there)
    shutil.copytree(f"{log}.d", f"{there}.d")
    return there
