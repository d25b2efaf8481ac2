"""Whatever a report names has a page: what it means, why, and what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import mlpolicy
from mlpolicy.diagnostics import CODES
from mlpolicy.render.reports import problems
from mlpolicy.render.rule import CHECKS, known, page_of, rule_json, rule_markdown, rule_text
from mlpolicy.session import Session
from tests.command_support import Command
from tests.reports.reports_support import sarif

ENGINE = Path(mlpolicy.__file__).parent


def _program(spec: str = "aws-ml-selection@1"):  # type: ignore[no-untyped-def]
    session = Session()
    files, faults = session.find(spec, "2026-11-22")
    assert files is not None, faults
    program, faults = session.program(files)
    assert program is not None, faults
    return program


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_everything_in_a_report_has_a_page(mlpolicy: Command, form: str) -> None:
    run = sarif(mlpolicy("check", ".", "--format", "sarif").out)
    named = {each["ruleId"] for each in run["results"]}
    assert {"premature_model", "MLP0702", "waiver_unknown_rule"} <= named
    for id in sorted(named):
        ran = mlpolicy("rule", id, "--format", form)
        assert (ran.code, ran.err) == (0, "")
        assert id in ran.out
        if form == "json":
            assert ran.json["id"] == id


def test_every_name_that_the_engine_gives_a_finding_has_a_page() -> None:
    """A finding's rule is that of a policy, or one of these words in the engine's text."""
    named = {problems.NO_ANSWER, problems.NOT_FEASIBLE, problems.NOT_EVALUATED}
    for path in sorted(ENGINE.rglob("*.py")):
        if path.parent.name not in ("judge", "explain"):
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="rule", value=ast.Constant(value=str(word))) if word:
                    named.add(word)
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    for name, value in zip(names, values, strict=True):
                        if getattr(name, "id", "") == "rule" and isinstance(value, ast.Constant):
                            named.add(str(value.value))
                case _:
                    pass
    assert {"decision_date", "waiver_unused", "unfinished"} <= named
    assert named == set(CHECKS)


def test_every_page_says_what_it_means_and_what_to_do() -> None:
    program = _program()
    for id in known(program):
        page = page_of(id, program)
        assert page is not None
        assert page.title
        assert page.means
        if page.kind in ("rule", "obligation"):
            assert page.condition or page.kind == "obligation"
            assert page.place is not None
            assert page.waivable is not None
            assert page.why
            assert all(each.text for each in page.why), id
        if page.kind == "check":
            assert page.fix
        for text in (rule_text(page), rule_markdown(page), rule_json(page)):
            assert not re.search(r"^\s*::", text, re.M)
    assert set(CODES) <= set(known(program))


@pytest.mark.usefixtures("folder")
def test_a_rule_of_a_policy_is_told_whole(mlpolicy: Command) -> None:
    said = mlpolicy("rule", "premature_model").out
    for text in (
        "premature_model  a rule of sentiment-choice 1.0.0, level block",
        "planned > choice",
        "build {choice} first",
        "notes#N4",
        "It stops a commit.",
        "By a waiver that names `premature_model`",
        "pack/1.0.0/policy.mlp:53:1",
    ):
        assert text in said
    assert "It cannot be waived." in mlpolicy("rule", "dear").out


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_an_unknown_name_gets_the_nearest(mlpolicy: Command, form: str) -> None:
    for wrong, near in (("premature_modl", "premature_model"), ("MLP9702", "MLP0702")):
        ran = mlpolicy("rule", wrong, "--format", form)
        assert ran.code == 3
        assert f"did you mean `{near}`?" in ran.out + ran.err
        if form == "json":
            assert ran.json["diagnostics"][0]["code"] == "MLP0914"


@pytest.mark.parametrize("name", ["guide#G22.8", "G22.8"])
def test_a_clause_is_told_where_a_rule_is_asked_for(mlpolicy: Command, name: str) -> None:
    ran = mlpolicy("rule", name, "--policy", "aws-ml-selection@1")
    assert ran.code == 3
    assert "`guide#G22.8` is a clause: Use the AI service if its accuracy exceeds 85 %" in ran.err
    assert "there are: " in mlpolicy("rule", "G22.88", "--policy", "aws-ml-selection@1").err


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_policy_is_the_one_that_would_judge(mlpolicy: Command) -> None:
    assert mlpolicy("rule", "above_need").code == 3
    assert mlpolicy("rule", "above_need", "--policy", "aws-ml-selection@1").code == 0
    assert mlpolicy("rule", "dear", "--policy", "aws-ml-selection@1").code == 3
    assert mlpolicy("rule", "dear", "--policy", "broken-policy").code == 3
    for id in ("MLP0702", "no_answer"):
        assert mlpolicy("rule", id, "--policy", "broken-policy").code == 0


@pytest.mark.slow
def test_an_example_fires(mlpolicy: Command, tmp_path: Path) -> None:
    """One in eight of the rules, in turn over the alphabet, each with its own example."""
    rules = sorted(_program().rules)
    shown = 0
    for id in rules[::8]:
        page = mlpolicy("rule", id, "--policy", "aws-ml-selection@1", "--format", "json").json
        if page["example"] is None:
            continue
        file = tmp_path / f"{id}.yaml"
        file.write_text(page["example"]["manifest"])
        day = page["example"]["as_of"]
        options = ("--as-of", day, "--policy", "aws-ml-selection@1", "--format", "json")
        found = mlpolicy("check", str(file), *options).json["decisions"][0]["findings"]
        assert (id, "fired") in {(each["rule"], each["state"]) for each in found}
        shown += 1
    assert shown > len(rules) / 10


@pytest.mark.slow
def test_nearly_every_rule_of_the_shipped_policy_has_an_example(mlpolicy: Command) -> None:
    """Those without are named here, so that a new one is noticed."""
    without = set()
    session = Session()
    core, _ = session.find("aws-ml-selection@1", "2026-11-22")
    assert core is not None
    files, _ = session.with_extensions(core, None, ["savings", "moving", "team"], "2026-11-22")
    assert files is not None
    program, _, _ = session.tested(files, every=True)
    assert program is not None
    from mlpolicy.cli.rule import _fires

    for id in (*program.rules, *program.obligations):
        if not any(_fires(id, test, program) for test in program.tests):
            without.add(id)
    assert without == {"unlawful_plan", "batch_saves"}
