"""The commands about policies, schemas and manifests; the hook; the top level."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from mlpolicy.cli.commands import cli
from mlpolicy.cli.schema import DOCUMENTS
from tests.cli.cli_support import HERE, PACK, Run

ROOT = HERE.parents[1]


# The top level.


def test_help_lists_the_commands_in_a_fixed_order(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    found = re.findall(r"^  ([a-z]+)  ", ran.out, re.M)
    assert found[:4] == ["check", "explain", "rule", "ask"]


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands(found, (*path, name))


@pytest.mark.parametrize("command", list(_commands(cli)), ids=" ".join)
def test_every_command_has_help_with_an_example_that_can_be_typed(
    run: Run, project: Path, command: tuple[str, ...]
) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    _, found, example = " ".join(ran.out.split()).partition("Example: mlpolicy ")
    assert found
    words = shlex.split(example.partition(" > ")[0])
    here: click.Command = cli
    context = click.Context(cli)
    while isinstance(here, click.Group):
        _, inner, words = here.resolve_command(context, words)
        assert inner is not None
        here = inner
    assert here.make_context("example", words).params is not None


NOTHING = {
    ("analyze",): ("gone",),
    ("ask",): ("gone.yaml", "--answers", "gone"),
    ("check",): ("gone.yaml",),
    ("diff",): ("gone", "gone"),
    ("impact",): ("gone", "gone"),
    ("fmt",): ("gone",),
    ("lint",): ("gone",),
    ("measure",): ("gone.csv", "--truth", "a", "--predicted", "b"),
    ("policies", "check"): ("gone",),
    ("policies", "list"): (),
    ("policies", "show"): ("gone",),
    ("record", "add"): ("gone.yaml", "--log", "log"),
    ("record", "replay"): ("gone",),
    ("record", "verify"): ("gone",),
    ("replay",): ("gone",),
    ("rule",): ("gone", "--policy", "gone"),
    ("sources", "check"): ("gone",),
    ("sources", "list"): ("gone",),
    ("sources", "verify"): ("gone",),
    ("test",): ("gone",),
    ("policies", "lock"): ("gone",),
    ("mutate",): ("gone",),
    ("verify",): ("gone",),
    ("waivers",): ("gone.yaml",),
}


@pytest.mark.slow
@pytest.mark.parametrize("command", list(_commands(cli)), ids=" ".join)
def test_where_there_is_nothing_json_still_says_what_it_is(
    run: Run, project: Path, command: tuple[str, ...]
) -> None:
    """`Ran.json` validates the document against the schema that it names."""
    if "--format" not in run(*command, "--help").out or command == ("explain",):
        return
    ran = run(*command, *NOTHING[command], "--format", "json")
    assert ran.code == (0 if command == ("policies", "list") else 3)
    assert ran.err == ""
    assert ran.json["schema"].startswith("mlpolicy/")


def test_what_policies_and_tests_report_has_a_schema(run: Run) -> None:
    assert run("policies", "list", "--format", "json").json["schema"] == "mlpolicy/policies/v1"
    assert (
        run("policies", "show", PACK, "--format", "json").json["schema"] == "mlpolicy/policies/v1"
    )
    assert (
        run("policies", "check", PACK, "--format", "json").json["schema"] == "mlpolicy/policies/v1"
    )
    assert run("test", PACK, "--format", "json").json["schema"] == "mlpolicy/test/v1"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("tst", "did you mean `test`?"),
        ("manifst", "did you mean `manifest`?"),
        ("x", "there are: "),
    ],
)
def test_a_schema_that_is_not_there_is_told_with_the_nearest(
    run: Run, word: str, hint: str
) -> None:
    ran = run("schema", word)
    assert ran.code == 3
    assert f"there is no schema `{word}`; {hint}" in ran.err


def test_the_version(run: Run) -> None:
    import mlpolicy

    assert run("--version").out == f"mlpolicy {mlpolicy.__version__}\n"
    ran = subprocess.run(
        [sys.executable, "-m", "mlpolicy", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"mlpolicy {mlpolicy.__version__}\n"


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, mlpolicy; print([m for m in sys.modules if m.startswith('mlpolicy.')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


# Policies.


def test_a_sound_policy_is_told_with_what_it_holds(run: Run) -> None:
    ran = run("policies", "check", PACK)
    assert ran.code == 0
    assert "sentiment-choice 1.0.0 is sound: 9 inputs, 1 threshold, " in ran.out


def test_a_faulty_policy_is_1(run: Run, project: Path) -> None:
    policy = Path("pack/1.0.0/policy.mlp")
    policy.write_text(
        policy.read_text().replace("from workload.needs.domain", "from workload.neds.domain")
    )
    ran = run("policies", "check", "pack")
    assert ran.code == 1
    assert "error[MLP02" in ran.out
    assert "--> pack/1.0.0/policy.mlp:" in ran.out
    assert ran.out.endswith("pack: 1 error\n")
    value = run("policies", "check", "pack", "--format", "json").json
    assert value["diagnostics"][0]["file"] == "pack/1.0.0/policy.mlp"


def test_a_check_by_a_faulty_policy_is_3(run: Run, project: Path) -> None:
    policy = Path("pack/1.0.0/policy.mlp")
    policy.write_text(policy.read_text().replace("yes: diy", "yes: dyi"))
    ran = run("check", "manifests/good.mlproject.yaml")
    assert ran.code == 3
    assert "`dyi` is no member of `option`" in ran.err


def test_a_policy_that_cannot_be_read_is_3(run: Run, tmp_path: Path) -> None:
    assert run("policies", "check", "nowhere/at/all").code == 3
    (tmp_path / "p.mlp").write_bytes(b"policy p 1.0.0 effective 2025-01-01\n# \xff\n")
    ran = run("policies", "check", tmp_path / "p.mlp")
    assert ran.code == 3
    assert "line 2 is not UTF-8" in ran.out


def test_a_missing_ledger_or_schema_is_told(run: Run, project: Path) -> None:
    Path("pack/1.0.0/sources/notes.yaml").unlink()
    ran = run("policies", "check", "pack")
    assert ran.code != 0
    assert "pack/1.0.0/sources/notes.yaml" in ran.out
    policy = Path("pack/1.0.0/policy.mlp")
    policy.write_text(policy.read_text().replace("mlproject.v1", "mlproject.v9"))
    out = run("policies", "check", "pack").out
    assert "there is no schema `mlproject.v9.schema.json`" in out


def test_show_gives_digests_thresholds_and_their_clauses(run: Run) -> None:
    ran = run("policies", "show", PACK, "--as-of", "2025-12-01")
    assert ran.code == 0
    assert "accuracy_bar = 85 % since 2025-07-01, 88 % from 2026-01-01  notes#N1" in ran.out
    assert "notes#N1  The managed API must reach 85 of 100" in ran.out
    value = run("policies", "show", PACK, "--as-of", "2025-12-01", "--format", "json").json
    assert re.fullmatch("sha256:[0-9a-f]{64}", value["digest"])
    assert re.fullmatch("sha256:[0-9a-f]{64}", value["meaning"])
    assert value["thresholds"][0]["value"] == "85 %"
    assert [v["since"] for v in value["thresholds"][0]["values"]] == ["2025-07-01", "2026-01-01"]


def test_the_digest_is_over_bytes_and_the_meaning_is_not(run: Run, project: Path) -> None:
    before = run("policies", "show", "pack", "--format", "json").json
    policy = Path("pack/1.0.0/policy.mlp")
    policy.write_text(policy.read_text() + "# a remark\n")
    after = run("policies", "show", "pack", "--format", "json").json
    assert before["digest"] != after["digest"]
    assert before["meaning"] == after["meaning"]


def test_list_names_all_versions(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, date in (("1.0.0", "2025-01-01"), ("9.0.0", "2999-01-01")):
        folder = tmp_path / "policies" / "p" / version
        folder.mkdir(parents=True)
        (folder / "p.mlp").write_text(f"policy p {version} effective {date}\n")
    monkeypatch.setattr("mlpolicy.session.policies.resource_root", lambda: tmp_path)
    assert run("policies", "list").out == (
        "p  1.0.0       effective 2025-01-01  in effect\np  9.0.0       effective 2999-01-01\n"
    )
    value = run("policies", "list", "--format", "json").json
    assert value["policies"][1] == {
        "name": "p",
        "version": "9.0.0",
        "effective": "2999-01-01",
        "extends": None,
    }


# A policy's own tests.


#: A value of the policy's one test, and what comes of it.
GIVEN = "    workload.quality.positive_rate_pct = 90\n"
VALID = f"    project.aws.regions = [eu-west-1]\n    workload.task = sentiment\n{GIVEN}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (VALID, 0, "sentiment-choice 1.0.0: 1 passed, 0 failed"),
        (VALID.replace("90", "80"), 1, "        expected provisional, got decided"),
        (None, 3, "has no tests"),
    ],
)
def test_the_tests_of_a_policy_decide_the_exit_code(
    run: Run, tmp_path: Path, given: str | None, code: int, told: str
) -> None:
    shutil.copytree(PACK, tmp_path / "pack")
    file = tmp_path / "pack" / "1.0.0" / "policy.mlp"
    text = file.read_text()
    assert GIVEN in text
    whole = text[: text.index("test ")] if given is None else text.replace(GIVEN, given)
    file.write_text(whole)
    ran = run("test", tmp_path / "pack")
    assert ran.code == code
    assert told in ran.out + ran.err
    if given is not None:
        (test,) = run("test", tmp_path / "pack", "--format", "json").json["tests"]
        assert test["title"] == "accurate and plain"


# Schemas and manifests.


@pytest.mark.slow
@pytest.mark.parametrize("which", DOCUMENTS)
def test_schemas_are_printed_whole(run: Run, which: str) -> None:
    ran = run("schema", which, "--policy", PACK)
    assert ran.code == 0
    Draft202012Validator.check_schema(ran.json)


@pytest.mark.slow
def test_the_printed_check_schema_needs_no_other_file(run: Run, project: Path) -> None:
    schema = run("schema", "check").json
    report = run("check", "manifests", "--format", "json").json
    Draft202012Validator(schema).validate(report)
    decision = run("explain", "manifests/good.mlproject.yaml", "--format", "json").json
    Draft202012Validator(run("schema", "decision").json).validate(decision)


def test_a_new_manifest_is_valid_as_it_stands(run: Run, project: Path) -> None:
    ran = run("manifest", "init", "demo-7", "--policy", "pack")
    assert ran.code == 0
    assert yaml.safe_load(ran.out)["metadata"] == {"name": "demo-7"}
    assert max(len(line) for line in ran.out.splitlines()) <= 100
    Path("mlproject.yaml").write_text(ran.out)
    assert run("check", "mlproject.yaml").code == 0


def test_its_comments_are_valid_too(run: Run, project: Path) -> None:
    """Taking the comment marks away gives a manifest whose keys the schema knows."""
    text = run("manifest", "init", "demo", "--policy", "pack").out
    bare = re.sub(r"(?m)^( *)# (?=( {2})*[a-z_]+: )", r"\1", text)
    assert bare != text
    assert isinstance(yaml.safe_load(bare), dict)


def test_a_file_is_not_overwritten(run: Run, project: Path) -> None:
    assert run("manifest", "init", "-o", "mlproject.yaml", "--policy", "pack").code == 0
    ran = run("manifest", "init", "-o", "mlproject.yaml", "--policy", "pack")
    assert ran.code == 3
    assert "`mlproject.yaml` exists already" in ran.err
    assert (
        run("manifest", "init", "b", "-o", "mlproject.yaml", "--force", "--policy", "pack").code
        == 0
    )
    assert "name: b" in Path("mlproject.yaml").read_text()
    assert run("manifest", "init", "-o", "no/such/folder.yaml", "--policy", "pack").code == 3


def test_a_name_that_cannot_be_one_is_refused(run: Run) -> None:
    ran = run("manifest", "init", "a name: bad", "--policy", PACK)
    assert ran.code == 3
    assert ran.out == ""
    assert "cannot be the name of a project" in ran.err


def test_full_writes_the_short_form_out(run: Run, project: Path) -> None:
    ran = run("manifest", "full", "manifests/blocked.mlproject.yaml", "--policy", "pack")
    assert ran.code == 0
    assert yaml.safe_load(ran.out)["metadata"]["name"] == "too-much"
    assert run("manifest", "full", "manifests/broken.mlproject.yaml", "--policy", "pack").code == 3


# The hook.


def test_the_hook_is_woken_by_all_that_may_be_a_manifest() -> None:
    """Which of these are manifests is for the command to tell, as it is where it searches a folder
    (tests/field/cases/files.yaml)."""
    hook, *_ = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["id"], hook["entry"], hook["language"]) == (
        "mlpolicy-check",
        "mlpolicy check --only-manifests",
        "python",
    )
    assert hook["require_serial"] is True
    assert "files" not in hook
    assert (hook["types"], hook["types_or"]) == ([], ["yaml", "json", "symlink"])
    assert hook["args"] == ["--"]


@pytest.mark.slow
def test_the_schemas_that_ship_are_well_formed() -> None:
    for path in sorted((ROOT / "schemas").glob("*.json")):
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"https://mlpolicy.dev/schemas/{path.name}"


@pytest.mark.slow
def test_a_new_manifest_of_the_built_in_policy_tells_its_team_something(
    run: Run, project: Path
) -> None:
    Path("mlproject.yaml").write_text(run("manifest", "init", "demo").out)
    policy = ("--policy", "aws-ml-selection", "--as-of", "2026-11-22")
    (workload,) = run("explain", "mlproject.yaml", *policy, "--format", "json").json["workloads"]
    assert workload["name"] == "read-invoices"
    assert workload["choice"]["service"] == "textract"
    assert workload["settled_by"]
    assert run("check", "mlproject.yaml", *policy).code == 0
