"""The linter: its page tells every rule with an example that is found, and the packs that ship are
clean. What each rule finds is shown on the page, which runs as a test (tests/docs)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from mlpolicy.config import LintConfig, LintIgnore
from mlpolicy.ledger import load_ledger
from mlpolicy.lint import RULES, Finding, Fix, Shown, Subject, lint
from mlpolicy.lint.fixes import corrected, fixes
from mlpolicy.lint.rules import _alike
from mlpolicy.resources import resource_root
from mlpolicy.schema import load_schema
from mlpolicy.session import report_schema
from mlpolicy.source import Origin, Place, Source, Span
from mlpolicy.syntax.parse import parse
from tests.command_support import in_process as run
from tests.laws.choices import LEDGER, SCHEMA_TEXT
from tests.laws.examples import DRAWS, laws
from tests.laws.generate import compile_policy, make_policy
from tests.scopes import SCOPES

ROOT = resource_root()
PAGE = (Path(__file__).parents[2] / "docs" / "lint.md").read_text("utf-8")
NAMES = [rule.name for rule in RULES]
PLAIN = LintConfig()


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_told_on_the_page_with_what_it_finds(name: str) -> None:
    heads = [part for part in PAGE.split("\n## ") if name in re.split(r", |\n", part)[:2]]
    assert len(heads) == 1
    assert f"[{name}]: " in heads[0]


def test_the_configuration_knows_every_rule() -> None:
    schema = json.loads(report_schema("configuration"))["properties"]["lint"]["properties"]
    assert list(schema["levels"]["properties"]) == NAMES
    assert schema["ignore"]["items"]["properties"]["rule"]["enum"] == NAMES


@pytest.mark.slow
def test_the_pack_that_ships_is_clean() -> None:
    ran = run("lint", str(ROOT / "policies" / "aws-ml-selection" / "1.2.0"))
    assert (ran.code, ran.out, ran.err) == (0, "1 policy: nothing found\n", "")


# ── Ignores and levels ───────────────────────────────────────────────────────────────────

POLICY = """\
policy small 1.0.0 effective 2026-01-01
manifest MLProject schema "laws.schema.json" of project, workload in workloads
source guide = "sources/guide.yaml"
outcome tier : none < service
unit person
input skill : person from project.team.people
decision tree choose : tier
  otherwise : none because "so" ref guide#C1
"""
NO_FIX = 'rule {name} advise{remark}\n  when skill > 1 person\n  say "so" ref guide#C1\n'


def subject(*texts: str, tested: Shown | None = None) -> Subject:
    """A small policy with more declarations."""
    every = (POLICY, *texts)
    program, errors, _ = compile_policy(*every)
    assert program is not None, errors
    sources = [Source(f"file{n}.mlp", text) for n, text in enumerate(every, 1)]
    return Subject(
        files=tuple((source, parse(source)[0]) for source in sources),
        program=program,
        ledgers={"guide": LEDGER},
        schema=load_schema(SCHEMA_TEXT, SCOPES),
        today="2026-11-22",
        tested=tested,
    )


def found(what: Subject, config: LintConfig = PLAIN) -> list[tuple[str, str, int]]:
    return [(each.rule, each.level, each.place.line) for each in lint(what, config)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (NO_FIX.format(name="a", remark="  # lint: ignore no-fix it is so"), None),
        ("# lint: ignore no-fix it is so\n" + NO_FIX.format(name="a", remark=""), None),
        ("# lint: ignore no-fix it is so\n# more\n\n" + NO_FIX.format(name="a", remark=""), None),
        ("# lint: ignore no-fix it is so\nunit b\n" + NO_FIX.format(name="a", remark=""), 3),
        (NO_FIX.format(name="a", remark="") + "# lint: ignore no-fix it is so\nunit b\n", 1),
        ("# lint: ignore no-reason it is so\n" + NO_FIX.format(name="a", remark=""), 2),
    ],
)
def test_a_remark_ignores_within_its_declaration_alone(text: str, line: int | None) -> None:
    told = [each for each in found(subject(text)) if each[0] != "unneeded-ignore"]
    assert told == ([("no-fix", "warning", line)] if line else [])
    unneeded = [each for each in found(subject(text)) if each[0] == "unneeded-ignore"]
    assert bool(unneeded) == bool(line)


ROW = """\
catalog reach by name ref guide#C1
  | name : text
      | far : flag | near : flag | {remark}
  | "a"
    | yes | no |
define near : flag = reach["a"].near ref guide#C1
"""


def test_a_remark_behind_a_row_ignores_in_all_of_it() -> None:
    told = ("unused", "warning", 3)
    assert told in found(subject(ROW.format(remark="")))
    ignored = found(subject(ROW.format(remark=" # lint: ignore unused somebody else reads it")))
    assert [each for each in ignored if each[2] < 4] == []
    above = ROW.format(remark="").replace(
        "near : flag |", "# lint: ignore unused x\n      near : flag |"
    )
    assert [each for each in found(subject(above)) if each[2] < 4] == []


def test_an_ignore_that_is_wrong_is_found() -> None:
    text = NO_FIX.format(name="a", remark="  # lint: ignore no-fix")
    assert found(subject(text)) == [("ignore-reason", "warning", 1)]
    text = "unit b  # lint: ignore nofix whatever\n"
    assert found(subject(text)) == [("ignore-reason", "warning", 1)]


def test_the_configuration_sets_levels_and_ignores_by_name() -> None:
    what = subject(*(NO_FIX.format(name=name, remark="") for name in ("abc", "xyz")))
    off = LintConfig(levels=(("no-fix", "off"),))
    assert found(what, off) == []
    error = LintConfig(levels=(("no-fix", "error"),))
    assert found(what, error) == [("no-fix", "error", 1)] * 2
    origin = Origin(Source("mlpolicy.toml", "[[lint.ignore]]"), Span(0, 5))

    def ignoring(name: str) -> LintConfig:
        entry = LintIgnore(rule="no-fix", name=name, reason="so", origin=origin)
        return LintConfig(ignores=(entry,))

    assert found(what, ignoring("abc")) == [("no-fix", "warning", 1)]
    told = found(what, ignoring("other"))
    assert ("unneeded-ignore", "warning", 1) in told
    assert len(told) == 3


def test_rules_about_tests_are_silent_where_these_were_not_run() -> None:
    test = 'test "t"\n  given\n    project.strict = yes\n  expect answer = none decided\n'
    assert found(subject(test)) == []
    nothing = Shown(reached=frozenset(), idle=frozenset({Place("file2.mlp", 1, 1)}))
    rules = {rule for rule, _, _ in found(subject(test, tested=nothing))}
    assert rules == {"untested-clause", "idle-given"}


# ── Rules ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("smallest_gpu", "smallest_cpu", True),
        ("usual-model", "usual_model", True),
        ("level_1l", "level_ll", True),
        ("instance", "instances", False),
        ("step_1", "step_2", False),
        ("fast", "last", False),
        ("running_cost", "project_cost", False),
    ],
)
def test_names_are_confusable_where_they_look_alike(one: str, other: str, alike: bool) -> None:
    assert _alike(one, other) is _alike(other, one) is alike


def test_a_review_is_overdue_the_day_after() -> None:
    text = (
        'name: guide\ntitle: t\nreview_by: "{day}"\ndocument: {{as_of: "2026"}}\nfacts:\n'
        "  - {{id: F1, kind: fact, text: t, "
        'trust: A, source: s, as_of: "2026", review_by: "{month}"}}\n'
    )
    for day, month, lines in (
        ("2026-11-22", "2026-11", []),
        ("2026-11-21", "2026-10", [3, 6]),
        ("2026", "2025", [6]),
    ):
        ledger, faults = load_ledger(text.format(day=day, month=month).encode(), "guide.yaml")
        assert ledger is not None, faults
        what = subject()
        late = Subject(
            files=what.files,
            program=what.program,
            ledgers={"guide": ledger},
            schema=what.schema,
            today="2026-11-22",
        )
        assert [line for rule, _, line in found(late) if rule == "review-overdue"] == lines


def test_a_day_of_review_that_no_calendar_has_is_refused() -> None:
    text = b'name: g\ntitle: t\nreview_by: "2026-02-30"\nclauses: []\n'
    _, faults = load_ledger(text, "guide.yaml")
    assert "MLP0510" in {each.code for each in faults}


@pytest.mark.slow
@laws(12)
@given(DRAWS)
def test_any_policy_is_linted_and_says_the_same_when_corrected(rng: Random) -> None:
    declarations = make_policy(rng)
    text = "\n".join(f"{each}\n# lint: ignore no-fix not needed" for each in declarations) + "\n"
    program, errors, _ = compile_policy(text)
    assert program is not None, errors
    source = Source("file1.mlp", text)
    file, _ = parse(source)
    what = Subject(
        files=((source, file),),
        program=program,
        ledgers={"guide": LEDGER},
        schema=load_schema(SCHEMA_TEXT, SCOPES),
        today="2026-11-22",
    )
    made = fixes(lint(what, PLAIN), unsafe=False)
    after = corrected(source, made)
    assert after is not None
    assert parse(Source("file1.mlp", after))[0].declarations == file.declarations
    unneeded = [fix for fix in made if "no-fix" in fix.does]
    assert after.count("lint: ignore") == len(declarations) - len(unneeded)


@pytest.mark.slow
def test_files_of_one_policy_are_one_policy() -> None:
    folder = ROOT / "policies" / "aws-ml-selection" / "1.2.0"
    names = [folder / "tree.mlp", folder / "tests" / "steps.mlp", folder]
    assert run("lint", *map(str, names)).out == "1 policy: nothing found\n"


# ── Fixes ────────────────────────────────────────────────────────────────────────────────


def test_a_fix_that_is_called_safe_and_is_not_is_not_made() -> None:
    source = Source("p.mlp", "unit a\nenum b : c, d\n")
    origin = Origin(source, Span(7, 20))
    for safe, after in ((True, None), (False, "unit a\n")):
        assert corrected(source, [Fix("take it out", origin, "", safe=safe)]) == after
    broken = Fix("spoil it", origin, "enum", safe=False)
    assert corrected(source, [broken]) is None


def test_fixes_are_safe_unless_asked_for_more() -> None:
    origin = Origin(Source("p.mlp", "x"), Span(0, 1))
    made = [Fix("one", origin, "", safe=True), Fix("two", origin, "", safe=False)]
    told = [Finding(rule="unused", message="m", origin=origin, fix=fix) for fix in (*made, None)]
    assert fixes(told, unsafe=False) == (made[0],)
    assert fixes(told, unsafe=True) == tuple(made)


def test_the_command_mends_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```\w+\n# ([\w./]+)\n(.*?)```", PAGE, re.S)
    first = dict(reversed(blocks))
    Path("sources").mkdir()
    for name in ("policy.mlp", "tree.mlp", "sources/handbook.yaml"):
        Path(name).write_text(first[name])
    more = "enum speed : slow, fast\nenum weight : light, heavy\n"
    Path("more.mlp").write_text("# lint: ignore no-fix why\n" + more)
    assert run("lint", ".", "--unsafe-fixes").code == 3
    told = run("lint", ".", "--fix", "--format", "json").json
    assert [each["does"] for each in told["fixed"]] == ["take out the remark that ignores `no-fix`"]
    assert Path("more.mlp").read_text() == more
    ran = run("lint", ".", "--fix", "--unsafe-fixes")
    assert (ran.code, Path("more.mlp").read_text()) == (0, "")
    assert "take out `enum speed : slow, fast`  ./more.mlp:1:1" in ran.out
