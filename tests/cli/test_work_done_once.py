"""How often a command reads YAML, checks a manifest and decides: counted, not timed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.cli.cli_support import Run

GOOD = "manifests/good.mlproject.yaml"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("check", GOOD), {"read": 1, "load": 1, "decide": 1}),
        (("explain", GOOD), {"read": 1, "load": 1, "decide": 1}),
        (("check", GOOD, "--policy", "pack"), {"read": 1, "load": 1, "decide": 1}),
        (("waivers", GOOD), {"read": 1, "load": 1, "decide": 1}),
        (("explain", GOOD, "--format", "json"), {"read": 1, "load": 1, "decide": 1}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else None,
)
def test_a_command_does_its_work_once(
    run: Run, project: Path, counted: Counter[str], command: tuple[str, ...], expected: object
) -> None:
    run(*command)
    assert dict(counted) == expected


def test_documents_of_one_file_are_read_together(
    run: Run, project: Path, counted: Counter[str]
) -> None:
    text = Path(GOOD).read_text()
    Path("two.mlproject.yaml").write_text(f"{text}---\n{text}")
    run("check", "two.mlproject.yaml")
    assert dict(counted) == {"read": 1, "load": 1, "decide": 2}
