"""What SECURITY.md promises is held by tests: each row names some, and all of them are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "SECURITY.md"


def promises(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The rows of all tables: what is promised, and by what it is held."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 2 and cells[0] != "Promise":
            found.append((cells[0], tuple(re.findall(r"`([^`]+)`", cells[1]))))
    return found


@cache
def known_in(file: str) -> frozenset[str]:
    """The tests of a file of code, by name; of a page of cases, the facts that it shows."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    text = path.read_text("utf-8")
    if path.suffix == ".yaml":
        return frozenset(case["is"] for case in yaml.safe_load(text))
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def lost(held: tuple[str, ...]) -> list[str]:
    """What a row names that is not there."""
    found = []
    for each in held:
        file, _, name = each.partition("::")
        if file.startswith("python -m "):
            module = file.removeprefix("python -m ").replace(".", "/")
            found += [] if (ROOT / f"{module}.py").is_file() else [each]
        elif file.endswith(".yaml"):
            found += [] if known_in(file) else [each]
        elif name not in known_in(file):
            found.append(each)
    return found


@pytest.mark.parametrize(("promise", "held"), promises(SECURITY.read_text("utf-8")))
def test_every_promise_names_tests_that_are_there(promise: str, held: tuple[str, ...]) -> None:
    assert held, promise
    assert lost(held) == []


def test_the_tables_are_read() -> None:
    assert len(promises(SECURITY.read_text("utf-8"))) >= 19


@pytest.mark.parametrize(
    "named",
    [
        "tests/docs/test_security.py",
        "tests/docs/test_security.py::test_of_nothing",
        "tests/docs/gone.py::test_the_tables_are_read",
        "tests/field/cases/gone.yaml",
        "python -m tests.gone",
    ],
)
def test_what_is_not_there_is_noticed(named: str) -> None:
    assert lost((named,)) == [named]
