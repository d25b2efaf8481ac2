"""The command line, in a folder with a small policy and manifests of every kind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.cli_support import AS_OF, HERE, PACK


def _waiver(id: str, rule: str, reason: str) -> str:
    approved = 'approved_by: board@example.com, approved_on: "2026-10-01", expires_on: "2027-01-31"'
    return f"  - {{id: {id}, rule: {rule}, owner: team/x, reason: {reason!r}, {approved}}}\n"


WAIVED = "waivers:\n" + _waiver("W-1", "premature_model", 'a <trial> & "more"')
WAIVED += _waiver("W-2", "premature_modl", "misspelt")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: manifests, a configuration, and the policy that this names."""
    for path in (HERE / "manifests").glob("*.mlproject.yaml"):
        shutil.copy(path, tmp_path / path.name)
    blocked = (tmp_path / "blocked.mlproject.yaml").read_text()
    (tmp_path / "waived.mlproject.yaml").write_text(blocked.replace("too-much", "let-go") + WAIVED)
    shutil.copytree(PACK, tmp_path / "pack")
    (tmp_path / "mlpolicy.toml").write_text(
        f'policy = "./pack"\nas_of = "{AS_OF}"\nmanifest_waivers = true\n'
    )
    (tmp_path / "empty").mkdir()
    (tmp_path / "ugly").mkdir()
    broken = tmp_path / "broken-policy" / "1.0.0"
    shutil.copytree(PACK / "1.0.0", broken)
    policy = broken / "policy.mlp"
    policy.write_text(policy.read_text().replace("planned > choice", "planed > choice"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
