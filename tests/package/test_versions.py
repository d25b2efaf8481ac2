"""The versions that the tests are run with fit what pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib

from tests.package.package_support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]


def plain(name: str) -> str:
    """A name as package registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> dict[str, str]:
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    return {plain(name): version for name, version in (line.split("==") for line in lines)}


def bounds() -> dict[str, str]:
    """Library -> its lower bound."""
    found = [re.match(r"([\w.-]+)>=([\d.]+)", line) for line in NEEDED]
    return {plain(each[1]): each[2] for each in found if each}


def numbers(version: str) -> list[int]:
    parts = [int(part) for part in re.findall(r"\d+", version)]
    while parts and parts[-1] == 0:
        parts.pop()
    return parts


def test_every_library_has_a_lower_bound() -> None:
    assert len(bounds()) == len(NEEDED)


def test_the_lowest_versions_are_the_lower_bounds() -> None:
    lowest = pinned("constraints-lowest.txt")
    assert lowest.keys() == bounds().keys()
    for name, bound in bounds().items():
        assert numbers(lowest[name]) == numbers(bound), name


def test_the_exact_versions_cover_every_library_and_are_allowed() -> None:
    exact = pinned("constraints.txt")
    assert bounds().keys() <= exact.keys()
    for name, bound in bounds().items():
        assert numbers(exact[name]) >= numbers(bound), name
