"""No text of a manifest, and no name of a file, steers the program that reads a report."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.core.terms import Level
from mlpolicy.render.reports.github import github
from mlpolicy.render.reports.gitlab import gitlab
from mlpolicy.render.reports.problems import Grade, Kind, Problem
from mlpolicy.render.reports.sarif import sarif
from mlpolicy.source import Place
from tests.command_support import Command
from tests.profiles import examples
from tests.reports import reports_support as read

_PIECES = ["::error::x", "::set-env name=A::b", "%0A", "%", ",", ":", "=", "##[error]x", "##vso[a]",
           "\r", "\n", "\r\n", " ", "::", "::stop-commands::t", "]]>", "<a>", "&", '"', "'",
           "x", "é", "\u2028", "%25", "/", "#", "?"]  # fmt: skip
ugly = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=6).map("".join)


@st.composite
def problem(draw: st.DrawFn) -> Problem:
    file = draw(ugly)
    place = Place(file, draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    return Problem(
        kind=draw(st.sampled_from([Kind.FIRED, Kind.FAULT, Kind.ANSWER, Kind.WAITING])),
        id=draw(st.sampled_from(["a_rule", "MLP0702"])),
        grade=draw(st.sampled_from(Grade)),
        level=Level.BLOCK,
        file=file,
        place=draw(st.sampled_from([place, None])),
        project=draw(ugly),
        workload=draw(st.none() | ugly),
        message=draw(ugly),
        fix=draw(ugly),
        facts=tuple(draw(st.lists(ugly, max_size=2))),
        fingerprint="0" * 64,
    )


@given(st.lists(problem(), max_size=4))
@examples(300)
def test_a_text_is_never_a_command_of_its_own(problems: list[Problem]) -> None:
    """A runner finds a command a problem, those that wait of one manifest as one, and in it the
    very texts."""
    found = read.commands(github(problems))
    waiting = {(each.file, each.project) for each in problems if each.kind is Kind.WAITING}
    told = [each for each in problems if each.kind is not Kind.WAITING]
    assert len(found) == len(told) + len(waiting)
    for each, (name, properties, data) in zip(told, found, strict=False):
        assert name in ("error", "warning", "notice")
        assert set(properties) <= {"file", "line", "col", "title"}
        assert properties["title"] == f"mlpolicy: {each.id}"
        assert each.message in data
        assert each.fix in data


@given(st.lists(problem(), max_size=3))
@examples(100)
def test_texts_are_data_in_json(problems: list[Problem]) -> None:
    written = gitlab(problems)
    for each, issue in zip(
        [one for one in problems if one.kind is not Kind.WAITING], json.loads(written), strict=False
    ):
        assert each.message in issue["description"]
    results = json.loads(sarif(problems, {}, "1.0.0", whole=True, code=0))["runs"][0]["results"]
    assert len(results) == len(problems)
    assert "##[" not in written


NAMES = ["x\n::error title=gate::passed.mlproject.yaml", "a,b%3A=c.mlproject.yaml", "é &<'\".yaml"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="names of files")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["blocked", "broken"])
def test_a_name_of_a_file_is_data(mlpolicy: Command, folder: Path, name: str, kind: str) -> None:
    (folder / f"{kind}.mlproject.yaml").rename(folder / name)
    for form in read.FORMATS:
        ran = mlpolicy("check", name, "--format", form)
        assert ran.code == (2 if kind == "blocked" else 3)
        match form:
            case "github":
                found = read.commands(ran.out)
                assert {command for command, _, _ in found} <= {"error", "warning", "notice"}
                assert {p["title"].startswith("mlpolicy: ") for _, p, _ in found} == {True}
            case "sarif":
                assert read.sarif(ran.out)["results"]
            case "junit":
                read.junit(ran.out)
            case "gitlab":
                assert read.gitlab(ran.out)
            case _:
                lines = (ran.out + ran.err).splitlines()
                assert not any(line.startswith("::") for line in lines)
