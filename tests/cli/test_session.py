"""Finding manifests, configuration and policies."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from mlpolicy.config import Asked, Config, read_config
from mlpolicy.session import Session, find_manifests, find_policy, rank
from mlpolicy.source import Source
from tests.cli.cli_support import AS_OF, PACK, Run

TODAY = "2026-11-22"

GOOD = "manifests/good.mlproject.yaml"
SHORT = (
    "project: x\nowner: team/x\nregions: [eu-west-1]\nworkloads:\n- {name: a, task: sentiment}\n"
)


# Manifests.


def test_a_folder_is_searched_for_manifests_only(tmp_path: Path) -> None:
    for name in (
        "mlproject.yaml",
        "a/voice.mlproject.yml",
        "a/claims.json",
        "a/other.json",
        "b/values.yaml",
        ".hidden/mlproject.yaml",
        "node_modules/mlproject.yaml",
        ".venv/mlproject.yaml",
        "a/notes.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        claims = name == "a/claims.json"
        path.write_text('{"apiVersion": "mlpolicy.dev/v1"}' if claims else "x: 1\n")
    found = find_manifests([str(tmp_path)], Session().seeks("", TODAY))
    names = [os.path.relpath(file, tmp_path).replace(os.sep, "/") for file in found.files]
    assert names == ["a/claims.json", "a/voice.mlproject.yml", "mlproject.yaml"]
    assert found.skipped == 2
    assert found.diagnostics == ()


def test_a_named_file_is_always_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_text(SHORT)
    assert find_manifests([str(path)], Session().seeks("", TODAY)).files == (path.as_posix(),)


def test_each_manifest_once_whatever_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlproject.yaml").write_text(SHORT)
    found = find_manifests(
        ["mlproject.yaml", ".", "*.yaml", str(tmp_path / "mlproject.yaml")],
        Session().seeks("", TODAY),
    )
    assert len(found.files) == 1


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mlproject.yaml").write_text(SHORT)
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(find_manifests([str(tmp_path)], Session().seeks("", TODAY)).files) == 1


# Configuration.


def config(text: str, *, table: bool = False) -> tuple[Config | None, list[str]]:
    found, faults = read_config(Source("mlpolicy.toml", text), table=table)
    return found, [f"{fault.place}: {fault.code} {fault.message}; {fault.help}" for fault in faults]


def test_all_keys_are_read() -> None:
    found, faults = config(
        'policy = "p@1"\nas_of = 2026-01-02\nwaivers = "w.yaml"\nmanifest_waivers = false\n'
        'fail_on = ["warn", "incomplete"]\nlog = "l.jsonl"\ndecision_date = true\n'
        'require = ["lifecycle"]\n'
    )
    assert faults == []
    assert found == Config(
        file="mlpolicy.toml",
        policy="p@1",
        as_of="2026-01-02",
        waivers="w.yaml",
        manifest_waivers=False,
        decision_date=True,
        require=(Asked("lifecycle"),),
        fail_on=("warn", "incomplete"),
        log="l.jsonl",
    )


def test_an_unknown_key_is_an_error_with_place_and_suggestion() -> None:
    found, faults = config('policy = "p"\nfail-on = ["warn"]\n')
    assert found is None
    assert faults == [
        "mlpolicy.toml:2:1: MLP0909 unknown key `fail-on`: keys are written with lower case and "
        "underscores; write `fail_on`"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "policy = 1",
        'as_of = "soon"',
        'manifest_waivers = "no"',
        'fail_on = "block"',
        "fail_on = [1]",
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error(text: str) -> None:
    found, faults = config(text + "\n")
    assert found is None
    assert len(faults) == 1
    assert "MLP0910" in faults[0]


def test_what_is_not_toml_is_told_with_its_place() -> None:
    _, faults = config('policy = "p"\nas_of = \n')
    assert faults[0].startswith("mlpolicy.toml:2:9: MLP0908 not valid TOML: ")


def test_a_pyproject_without_our_table_is_passed_over() -> None:
    assert config("[tool.other]\nmlpolicy = 1\n", table=True) == (None, [])


def test_a_table_of_pyproject_serves_as_well(run: Run, project: Path) -> None:
    Path("mlpolicy.toml").rename("pyproject.toml")
    Path("pyproject.toml").write_text('[tool.mlpolicy]\npolicy = "./pack"\nas_of = "today"\n')
    assert run("check", GOOD).code == 0


def test_waivers_in_manifests_count_where_the_configuration_says_so(
    run: Run, project: Path
) -> None:
    blocked = Path("manifests/blocked.mlproject.yaml")
    listed = WAIVER.partition("waivers:\n")[2]
    blocked.write_text(blocked.read_text() + "waivers:\n" + listed)
    ran = run("check", blocked, "-v")
    assert ran.code == 2
    said = " ".join(ran.out.split())
    assert "does not count: it stands in the manifest" in said
    assert "`manifest_waivers = true`" in said
    config = Path("mlpolicy.toml")
    config.write_text(config.read_text() + "manifest_waivers = true\n")
    assert run("check", blocked).code == 0


def test_a_faulty_configuration_stops_its_manifests(run: Run, project: Path) -> None:
    Path("mlpolicy.toml").write_text('polcy = "x"\n')
    ran = run("check", GOOD)
    assert ran.code == 3
    assert "did you mean `policy`?" in ran.err
    assert "--> mlpolicy.toml:1:1" in ran.err


def test_the_configured_policy_is_found_from_its_folder(run: Run, project: Path) -> None:
    os.chdir("manifests")
    assert run("check", "good.mlproject.yaml").code == 0


def test_the_judged_does_not_choose_the_judge(run: Run, project: Path) -> None:
    manifest = Path(GOOD).read_text()
    Path(GOOD).write_text(manifest.replace("  owner:", "  policy: other-policy\n  owner:"))
    assert "policy sentiment-choice 1.0.0" in run("check", "-v", GOOD).out


def test_a_manifest_names_no_path(run: Run, project: Path) -> None:
    Path("mlpolicy.toml").unlink()
    manifest = Path(GOOD).read_text()
    Path(GOOD).write_text(manifest.replace("  owner:", "  policy: pack/1.0.0\n  owner:"))
    assert run("check", "-v", GOOD).code == 3


def test_a_configured_date_goes_before_the_manifests_own(run: Run, project: Path) -> None:
    manifest = Path(GOOD).read_text()
    dated = manifest.replace("  owner:", '  decision_date: "2025-08-01"\n  owner:')
    Path(GOOD).write_text(dated)
    assert f"as of {AS_OF}" in run("check", "-v", GOOD).out
    assert "as of 2026-03-04" in run("check", "-v", GOOD, "--as-of", "2026-03-04").out
    Path("mlpolicy.toml").write_text('policy = "./pack"\n')
    ran = run("check", "-v", GOOD)
    assert "as of 2025-08-01" not in ran.out
    assert ran.err.count("note[MLP0927]: the `decision_date` of `manifests/good") == 1
    assert "as of 2025-08-01" in run("explain", GOOD).out
    Path("mlpolicy.toml").write_text('policy = "./pack"\ndecision_date = true\n')
    ran = run("check", "-v", GOOD)
    assert "as of 2025-08-01" in ran.out
    assert ran.err == ""


WAIVER = """\
apiVersion: mlpolicy.dev/v1
kind: Waivers
waivers:
  - id: W-1
    rule: premature_model
    workload: mood
    owner: team/x
    reason: "a pilot of the stack"
    approved_by: cto@example.com
    approved_on: "2026-10-01"
    expires_on: "2027-10-01"
"""


def test_a_waiver_file_waives(run: Run, project: Path) -> None:
    blocked = "manifests/blocked.mlproject.yaml"
    Path("w.yaml").write_text(WAIVER)
    ran = run("check", blocked, "--waivers", "w.yaml", "-v")
    assert ran.code == 0
    assert re.search(r"^  waived .*premature_model$", ran.out, re.M | re.S)
    assert ran.out.endswith(", 1 waived\n")
    config = Path("mlpolicy.toml")
    config.write_text(config.read_text() + 'waivers = "w.yaml"\n')
    os.chdir("manifests")
    assert run("check", "blocked.mlproject.yaml").code == 0


def test_a_missing_waiver_file_is_3(run: Run, project: Path) -> None:
    assert run("check", GOOD, "--waivers", "gone.yaml").code == 3


# Policies.


def pack(folder: Path, *versions: tuple[str, str]) -> Path:
    for version, date in versions:
        (folder / version).mkdir(parents=True)
        line = f"policy p {version} effective {date}\n"
        (folder / version / "policy.mlp").write_text(f"# a policy\n{line}")
    return folder


VERSIONS = (
    ("1.2.0", "2025-01-01"),
    ("1.10.0", "2026-01-01"),
    ("2.0.0", "2027-01-01"),
    ("2.1.0-rc.1", "2025-01-01"),
)


@pytest.mark.parametrize(
    ("wanted", "as_of", "found"),
    [
        ("", "2026-06-01", "1.10.0"),
        ("", "2025-06-01", "1.2.0"),
        ("", "2027-06-01", "2.0.0"),
        ("@1", "2027-06-01", "1.10.0"),
        ("@1.2", "2027-06-01", "1.2.0"),
        ("@2.0.0", "2025-06-01", "2.0.0"),
        ("@2.1.0-rc.1", "2025-06-01", "2.1.0-rc.1"),
    ],
)
def test_versions_are_chosen_by_number_and_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, as_of: str, found: str
) -> None:
    pack(tmp_path / "policies" / "p", *VERSIONS)
    monkeypatch.setattr("mlpolicy.session.policies.resource_root", lambda: tmp_path)
    files, faults = find_policy(f"p{wanted}", as_of=as_of)
    assert faults == ()
    assert files is not None
    assert files.version == found


@pytest.mark.parametrize(
    ("spec", "as_of", "code"),
    [
        ("p@3", "2026-06-01", "MLP0905"),
        ("p@1.3.0", "2026-06-01", "MLP0905"),
        ("p@latest", "2026-06-01", "MLP0906"),
        ("p", "2020-01-01", "MLP0912"),
        ("p@2", "2026-01-01", "MLP0912"),
        ("q", "2026-01-01", "MLP0904"),
        ("./q", "2026-01-01", "MLP0901"),
    ],
)
def test_a_version_that_is_not_there_names_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, as_of: str, code: str
) -> None:
    pack(tmp_path / "policies" / "p", *VERSIONS)
    monkeypatch.setattr("mlpolicy.session.policies.resource_root", lambda: tmp_path)
    files, faults = find_policy(spec, as_of=as_of)
    assert files is None
    (fault,) = faults
    assert fault.code == code
    assert ("1.10.0 (from 2026-01-01)" if spec.startswith("p") else "p") in fault.help


def test_a_path_may_be_a_pack_a_version_or_a_file(tmp_path: Path) -> None:
    folder = pack(tmp_path / "p", *VERSIONS)
    for path, found in (
        (folder, "1.10.0"),
        (folder / "2.0.0", "2.0.0"),
        (folder / "1.2.0" / "policy.mlp", "1.2.0"),
    ):
        files, faults = find_policy(str(path), as_of="2026-06-01")
        assert faults == ()
        assert files is not None
        assert files.version == found


def test_a_folder_without_policy_is_told(tmp_path: Path) -> None:
    (fault,) = find_policy(str(tmp_path), as_of="2026-06-01")[1]
    assert fault.code == "MLP0907"


def test_versions_are_ordered_as_semantic_versions() -> None:
    texts = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.11"]
    texts += ["1.0.0", "1.0.1", "1.2.0", "1.10.0", "10.0.0"]
    ranks = [rank(text) for text in texts]
    assert None not in ranks
    assert sorted(ranks, key=lambda r: r or ()) == ranks
    assert rank("1.2") is None


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A policy of two files, with its tests."""
    (tmp_path / "p" / "tests").mkdir(parents=True)
    (tmp_path / "p" / "policy.mlp").write_text("policy p 1.0.0 effective 2025-01-01\n")
    (tmp_path / "p" / "tree.mlp").write_text("# the rest\n")
    (tmp_path / "p" / "tests" / "bars.mlp").write_text("# tests\n")
    return tmp_path / "p"


@pytest.mark.parametrize("named", ["policy.mlp", "tree.mlp"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_file_of_a_policy_names_the_whole_policy(
    parts: Path, monkeypatch: pytest.MonkeyPatch, named: str, *, inside: bool
) -> None:
    """One file of several cannot be judged by itself, and nobody means that."""
    monkeypatch.chdir(parts if inside else parts.parent)
    files, faults = find_policy(named if inside else f"p/{named}", as_of="2026-06-01")
    assert faults == ()
    assert files is not None
    assert [name for name, _ in files.texts] == ["policy.mlp", "tree.mlp"]
    assert (files.version, files.shown) == ("1.0.0", "" if inside else "p")


def test_policies_side_by_side_stay_apart(parts: Path) -> None:
    (parts / "other.mlp").write_text("policy other 2.0.0 effective 2025-01-01\n")
    files, faults = find_policy(str(parts / "other.mlp"), as_of="2026-06-01")
    assert faults == ()
    assert files is not None
    assert [name for name, _ in files.texts] == ["other.mlp"]
    files, (fault,) = find_policy(str(parts / "tree.mlp"), as_of="2026-06-01")
    assert files is None
    assert fault.code == "MLP0907"
    assert "begins no policy, and several files beside it do" in fault.message
    assert "other.mlp`" in fault.help
    assert "policy.mlp`" in fault.help


@pytest.mark.parametrize(
    ("at", "named", "folder"), [("..", "p/tests/bars.mlp", "p"), ("tests", "bars.mlp", "..")]
)
def test_a_file_of_tests_is_no_policy(
    parts: Path, monkeypatch: pytest.MonkeyPatch, at: str, named: str, folder: str
) -> None:
    monkeypatch.chdir(parts / at)
    files, (fault,) = find_policy(named, as_of="2026-06-01")
    assert files is None
    assert fault.code == "MLP0907"
    assert fault.help == f"name its folder, `{folder}`"


def test_a_policy_in_one_file_needs_no_folder(run: Run, project: Path) -> None:
    ran = run("check", GOOD, "--policy", PACK / "1.0.0" / "policy.mlp")
    assert ran.code == 0
