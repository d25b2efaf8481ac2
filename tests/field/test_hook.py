"""The hook and the folder see the same: every file that `check .` judges triggers the hook, which
then judges it too. What pre-commit passes on is worked out as pre-commit does, by `identify`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from identify.identify import tags_from_path

from mlpolicy.cli.judge_files import are_of_judge
from mlpolicy.session import Session, find_manifests, only_manifests
from tests.profiles import examples

TODAY = "2026-11-22"

ROOT = Path(__file__).resolve().parents[2]
HOOKS = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links")

FULL = "apiVersion: mlpolicy.dev/v1\nkind: MLProject\n"
CONTENTS = {
    "short": "project: p\n",
    "full": FULL,
    "full in JSON": '{"apiVersion": "mlpolicy.dev/v1", "kind": "MLProject"}',
    "full with a mark": f"\ufeff{FULL}",
    "full after a remark": f"# a remark\n---\n{FULL}",
    "the second document": f"a: 1\n---\n{FULL}",
    "other": "a: 1\n",
    "another API": "apiVersion: v1\nkind: Pod\n",
    "empty": "",
    "broken": "a: [\n",
    "not text": "\0\0",
}
STEMS = ("mlproject", "MLProject", "a.mlproject", "-x.mlproject", "infra", "ml project", "é", "x:y")
SUFFIXES = (".yaml", ".yml", ".json", ".YAML", ".Yml", ".JSON", ".txt", "", ".toml")
FOLDERS = ("", "a/", "a/b c/", ".github/", "node_modules/", "a/node_modules/x/", "-d/")

name = st.builds("{}{}{}".format, st.sampled_from(FOLDERS), st.sampled_from(STEMS),
                 st.sampled_from(SUFFIXES))  # fmt: skip
files = st.dictionaries(name, st.sampled_from(sorted(CONTENTS)), min_size=1, max_size=6)
links = st.dictionaries(name, name | st.sampled_from(["nowhere", "../out.yaml", "a"]), max_size=2)

seen: Counter[str] = Counter()


def passed_on(hook: str) -> list[str]:
    """The files of the current folder, as git would track them, that pre-commit passes on."""
    declared = HOOKS[hook]
    found = []
    for folder, folders, names in os.walk("."):
        linked = [each for each in folders if (Path(folder) / each).is_symlink()]
        for each in (*names, *linked):
            path = os.path.normpath(Path(folder) / each)
            tags = tags_from_path(path)
            every, some = set(declared.get("types", ["file"])), set(declared.get("types_or", []))
            if every <= tags and (not some or some & tags):
                found.append(path)
    return found


def real(paths: tuple[str, ...]) -> set[str]:
    return {os.path.realpath(path) for path in paths}


@given(files, links)
@examples(300)
def test_what_a_search_judges_triggers_the_hook(
    made: dict[str, str], linked: dict[str, str]
) -> None:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as top:
        try:
            (Path(top) / "r").mkdir()
            Path(f"{top}/out.yaml").write_text(FULL)
            os.chdir(f"{top}/r")
            for path, content in made.items():
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_text(CONTENTS[content])
            for path, target in linked.items():
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(path):
                    Path(path).symlink_to(os.path.relpath(target, Path(path).parent))
            searched = find_manifests((".",), Session().seeks("", TODAY))
            kept, _ = only_manifests(tuple(passed_on("mlpolicy-check")), Session().seeks("", TODAY))
            hooked = find_manifests(kept, Session().seeks("", TODAY))
            assert real(searched.files) <= real(hooked.files)
            outside = os.path.realpath("../out.yaml")
            more = real(hooked.files) - {outside} - real(searched.files)
            assert not any(Path(path).exists() for path in more)  # a link to nothing is told twice
            assert not more or searched.diagnostics
            seen["judged"] += len(searched.files)
            seen["passed over"] += searched.skipped
            seen["links"] += len(linked)
        finally:
            os.chdir(before)


def test_the_property_above_was_about_something() -> None:
    """It runs after it: both kinds of file were among those made, and links."""
    if not seen:
        pytest.skip("run alone")
    assert min(seen["judged"], seen["passed over"], seen["links"]) > 5, seen


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["mlpolicy.toml"], True),
        (["services/a/mlpolicy.toml"], True),
        (["services/pyproject.toml"], True),
        (["governance/allowed.txt"], True),
        (["p/1.0.0/policy.mlp"], True),
        (["p/1.0.0/sources/notes.yaml"], True),
        (["p/2.0.0/new.mlp"], True),
        (["services/a/mlproject.yaml"], False),
        (["notes.txt", "other/policy.mlp"], False),
        (["allowed.txt", "governance/allowed.txt.orig", "p2/policy.mlp"], False),
        (["notes.txt", "./p/1.0.0/../1.0.0/policy.mlp"], True),
        ([], True),
    ],
    ids=str,
)
def test_the_second_hook_knows_the_judge(
    changed: list[str], expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "tests" / "cli" / "packs" / "sentiment" / "1.0.0", tmp_path / "p/1.0.0")
    (tmp_path / ".git").mkdir()
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "allowed.txt").write_text("waivers: []\n")
    (tmp_path / "mlpolicy.toml").write_text('policy = "./p"\nwaivers = "governance/allowed.txt"\n')
    monkeypatch.chdir(tmp_path)
    assert are_of_judge(changed, "") is expected


def test_a_judge_that_cannot_be_read_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for text in ('policy = "./gone"\n', "policy = \n", 'waivers = "w.yaml"\npolicy = "nobody"\n'):
        (tmp_path / "mlpolicy.toml").write_text(text)
        assert are_of_judge(["notes.txt"], "")
