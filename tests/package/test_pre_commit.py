"""The commit hook, run by the real pre-commit from a clone of this repository.

Installing the clone hands over the wheel that the tests of the package make; with the profile
`deep` (tests/profiles.py) it is built anew, as on the machine of a user."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package.package_support import ROOT, clean_environment
from tests.profiles import DEEP

pytestmark = pytest.mark.packaging

CONFIGURATION = 'policy = "aws-ml-selection@1"\nas_of = "2026-11-22"\nwaivers = "allowed.yaml"\n'
NO_WAIVERS = "apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers: []\n"

GOOD = """\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
workloads:
  - name: read-invoices
    task: invoice-extraction
"""
BLOCKED = (
    GOOD.replace("invoice-intake", "over-built")
    + "    needs: {complete: true, languages: [en]}\n"
    + "    plan: {outcome: sagemaker}\nlifecycle: build\n"
)
BROKEN = GOOD.replace("invoice-intake", "misspelt") + "    qualty: {required_pct: 88}\n"

Git = Callable[..., subprocess.CompletedProcess[str]]


def _git(folder: Path, environment: dict[str, str]) -> Git:
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return git


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What all repositories here share: pre-commit installs the hooks once."""
    work = tmp_path_factory.mktemp("hook")
    return {
        **clean_environment(),
        "PRE_COMMIT_HOME": str(work / "home"),
        "MLPOLICY_CACHE_DIR": str(work / "cache"),
        "PIP_COMPILE": "0",  # most of what is installed is never imported
        "GIT_CONFIG_GLOBAL": str(work / "no-config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        # A git that distrusts clones from folders of other owners is told to trust ours.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


@pytest.fixture(scope="module")
def cloned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pre-commit clones: the repository as it stands, with its wheel in place of a build."""
    if DEEP:
        whole: Path = request.getfixturevalue("checkout")
        return whole
    folder = tmp_path_factory.mktemp("cloned") / "mlpolicy"
    folder.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    request.getfixturevalue("handed")(folder)
    return folder


@pytest.fixture(scope="module")
def revision(cloned: Path, environment: dict[str, str]) -> str:
    """The same, committed."""
    ours = _git(cloned, environment)
    ours("init", "-q", "-b", "main")
    ours("add", "--all")
    done = ours("commit", "-q", "-m", "as it stands")
    assert done.returncode == 0, done.stdout
    return ours("rev-parse", "HEAD").stdout.strip()


@pytest.fixture(scope="module")
def project(
    cloned: Path,
    revision: str,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Path]:
    """Makes a repository whose commits are held up by these hooks of ours."""

    def made(hooks: str) -> Path:
        folder = tmp_path_factory.mktemp("project")
        _git(folder, environment)("init", "-q", "-b", "main")
        (folder / ".pre-commit-config.yaml").write_text(
            f"repos:\n  - repo: {cloned.as_posix()}\n    rev: {revision}\n    hooks: [{hooks}]\n"
        )
        installed = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install", "--install-hooks"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert installed.returncode == 0, installed.stdout
        return folder

    return made


@pytest.fixture(scope="module")
def git(project: Callable[[str], Path], environment: dict[str, str]) -> Git:
    """git in a project whose commits are held up by the hook."""
    folder = project(
        "{id: mlpolicy-check}, {id: mlpolicy-check-all}, {id: mlpolicy-fmt}, {id: mlpolicy-lint}"
    )
    (folder / "mlpolicy.toml").write_text(CONFIGURATION)
    (folder / "allowed.yaml").write_text(NO_WAIVERS)
    return _git(folder, environment)


@pytest.fixture
def commit(git: Git) -> Callable[[str, str], subprocess.CompletedProcess[str]]:
    def commit(name: str, text: str) -> subprocess.CompletedProcess[str]:
        git("reset", "-q")
        folder = Path(git("rev-parse", "--show-toplevel").stdout.strip())
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        git("add", "--", name)
        return git("commit", "-m", f"add {name}")

    return commit


Commit = Callable[[str, str], subprocess.CompletedProcess[str]]


@pytest.mark.sweep
def test_a_good_manifest_is_committed(commit: Commit, git: Git) -> None:
    done = commit("mlproject.yaml", GOOD)
    assert done.returncode == 0, done.stdout
    assert "mlpolicy check" in done.stdout
    assert "Passed" in done.stdout
    assert git("ls-tree", "--name-only", "HEAD").stdout.split() == ["mlproject.yaml"]


def test_a_plan_that_is_built_before_it_is_needed_is_not_committed(commit: Commit) -> None:
    done = commit("services/over.mlproject.yaml", BLOCKED)
    assert done.returncode == 1
    assert "exit code: 2" in done.stdout
    assert "premature_model" in done.stdout
    assert "measure Amazon Textract on your own labelled data" in " ".join(done.stdout.split())


def test_a_broken_manifest_is_not_committed(commit: Commit) -> None:
    done = commit("services/broken.mlproject.yaml", BROKEN)
    assert done.returncode == 1
    assert "exit code: 3" in done.stdout
    assert "services/broken.mlproject.yaml:7:5" in done.stdout
    assert "did you mean `quality`?" in done.stdout


def test_a_manifest_by_another_name_is_not_committed(commit: Commit) -> None:
    full = (
        "apiVersion: mlpolicy.dev/v1\nkind: MLProject\nmetadata: {name: x}\n"
        "spec: {owner: team/x, aws: {regions: [us-east-1]}, workloads: [{name: a, tsk: x}]}\n"
    )
    for name, text in (("MLProject.yml", BLOCKED), ("infra/decision.yaml", full)):
        done = commit(name, text)
        assert done.returncode == 1, done.stdout
        assert name in done.stdout


def test_a_name_is_not_taken_for_an_option(commit: Commit) -> None:
    done = commit("-x.mlproject.yaml", GOOD)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_other_files_are_passed_over(commit: Commit) -> None:
    done = commit("notes.yaml", "a: 1\n")
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout
    done = commit("notes.txt", "a: 1\n")
    assert done.returncode == 0, done.stdout
    assert "no files to check" in done.stdout


# ── A policy ─────────────────────────────────────────────────────────────────────────────

PACK = Path(__file__).parents[1] / "policy" / "second_pack" / "1.0.0"


def test_a_policy_is_laid_out_and_linted_before_it_is_committed(git: Git) -> None:
    folder = Path(git("rev-parse", "--show-toplevel").stdout.strip())
    git("reset", "-q")
    shutil.copytree(PACK, folder / "archive")
    git("add", "archive")
    assert git("commit", "--no-verify", "-m", "a policy").returncode == 0
    policy, test = folder / "archive" / "policy.mlp", folder / "archive" / "tests" / "keeping.mlp"
    plain = policy.read_text()

    def change(text: str) -> subprocess.CompletedProcess[str]:
        policy.write_text(text)
        test.write_text(test.read_text() + "# one more\n")
        git("add", "archive")
        return git("commit", "-m", "change it")

    done = change(plain.replace("unit GB, read", "unit   GB,read"))
    assert done.returncode == 1, done.stdout
    assert "files were modified by this hook" in done.stdout
    assert policy.read_text() == plain
    done = change(plain + "unit crate\n")
    assert done.returncode == 0, done.stdout
    done = change(plain.replace('  fix "ask when it ends"\n', ""))
    assert done.returncode == 1, done.stdout
    assert "warning[no-fix]: rule `nothing_free`" in done.stdout
    git("reset", "-q", "--hard")
    git("rm", "-rqf", "archive")


# ── A repository of policies ─────────────────────────────────────────────────────────────

RELEASED, NEXT = "policies/archive-storage/1.0.0", "policies/archive-storage/1.1.0"
OFFLINE = dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
    "http://127.0.0.1:9",
)


@pytest.fixture(scope="module")
def policies(project: Callable[[str], Path], environment: dict[str, str]) -> Path:
    """A released version of a policy, which may not change any more, and the next one, with a hook
    for each tool of its author."""
    folder = project(
        "{id: mlpolicy-fmt}, {id: mlpolicy-lint},"
        f" {{id: mlpolicy-policies-check, args: [{NEXT}]}},"
        f" {{id: mlpolicy-analyze, args: [{NEXT}]}},"
        f" {{id: mlpolicy-sources-check, args: [{NEXT}]}},"
        " {id: mlpolicy-policies-lock, args: [policies/archive-storage]},"
        f" {{id: mlpolicy-test, args: [{NEXT}, --fail-under, '90']}},"
        " {id: mlpolicy-verify, args: [policies]}"
    )
    shutil.copytree(PACK, folder / RELEASED)
    kept = subprocess.run(
        [sys.executable, "-m", "mlpolicy", "policies", "lock", "policies/archive-storage"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert kept.returncode == 0, kept.stdout + kept.stderr
    shutil.copytree(PACK, folder / NEXT)
    file = folder / NEXT / "policy.mlp"
    file.write_text(
        file.read_text().replace("archive-storage 1.0.0", "archive-storage 1.1.0-draft.1")
    )
    return folder


def _became(said: str) -> dict[str, str]:
    """What became of each hook, by its name: Passed, Failed or Skipped."""
    lines = re.findall(r"^(mlpolicy [a-z ]+?)\.+(?:\(.*\))?(Passed|Failed|Skipped)$", said, re.M)
    return {name.removeprefix("mlpolicy "): state for name, state in lines}


TOOLS = (
    *("fmt", "lint", "policies check", "analyze", "sources check", "policies lock"),
    *("test", "verify"),
)
#: What is wrong: the file, what is put in place of what, and what a hook says.
Slip = tuple[str, str, str, str]
#: Slips of a commit, which no hook but the last tells both, and the hooks that stop it.
FAULTS: dict[str, tuple[tuple[Slip, ...], set[str]]] = {
    "a name that is not there": (
        ((f"{NEXT}/policy.mlp", "keep > 0 year", "kept_for > 0 year", "unknown name `kept_for`"),),
        {"lint", "policies check", "analyze", "sources check", "test", "verify"},
    ),
    "a rule without a remedy, and a test that fails": (
        (
            (f"{NEXT}/policy.mlp", '  fix "ask when it ends"\n', "", "no-fix"),
            (
                *(f"{NEXT}/tests/keeping.mlp", "expect share = 0.67", "expect share = 0.68"),
                "expected share = 0.68 USD/month",
            ),
        ),
        {"lint", "test", "verify"},
    ),
    "a layout of one's own, and a released version that changes": (
        (
            (
                *(f"{NEXT}/policy.mlp", "unit GB, read", "unit   GB,read"),
                "files were modified by this hook",
            ),
            (
                *(f"{RELEASED}/policy.mlp", "ask when it ends", "ask when it does"),
                "and it has changed",
            ),
        ),
        {"fmt", "policies lock", "verify"},
    ),
    "a table with a gap": (
        (
            (
                *(
                    f"{NEXT}/policy.mlp",
                    "  | {films, logs} | -       | -> one   ref house#H5\n",
                    "",
                ),
                "no row of `copies_of` matches",
            ),
        ),
        {"fmt", "analyze", "test", "verify"},
    ),
    "a clause that is not there": (
        ((f"{NEXT}/sources/house.yaml", "id: H2", "id: H9", "house#H2"),),
        {"policies check", "analyze", "sources check", "test", "verify"},
    ),
}


#: Of these, what the plain run tries in one commit: together they make every hook fail.
FEW = ("a name that is not there", "a layout of one's own, and a released version that changes")
#: What is tried at once: the names of it.
TRIED = [(name,) for name in FAULTS] if DEEP else [FEW]


def test_every_tool_of_an_author_holds_up_something() -> None:
    assert set().union(*(FAULTS[name][1] for name in FEW)) == set(TOOLS)


@pytest.mark.sweep
def test_the_tools_of_an_author_pass_a_good_change_and_hold_up_others(
    policies: Path, environment: dict[str, str]
) -> None:
    git = _git(policies, {**environment, **OFFLINE, "PIP_NO_INDEX": "1"})
    git("add", "--all")
    done = git("commit", "-m", "two versions")
    assert done.returncode == 0, done.stdout
    assert _became(done.stdout) == dict.fromkeys(TOOLS, "Passed")
    for names in TRIED:
        slips = [slip for name in names for slip in FAULTS[name][0]]
        stopping = set().union(*(FAULTS[name][1] for name in names))
        for file, old, new, _ in slips:
            text = (policies / file).read_text()
            assert old in text, names
            (policies / file).write_text(text.replace(old, new))
        git("add", "--all")
        done = git("commit", "-m", " and ".join(names))
        assert done.returncode == 1, (names, done.stdout)
        became = _became(done.stdout)
        failed = {hook for hook, state in became.items() if state == "Failed"}
        assert (failed, set(became)) == (stopping, set(TOOLS)), (names, done.stdout)
        for *_, said in slips:
            assert said in done.stdout, (names, done.stdout)
        git("reset", "-q", "--hard")
    # What no policy reads is nobody's business.
    (policies / "notes.txt").write_text("x\n")
    git("add", "--all")
    done = git("commit", "-m", "a note")
    assert done.returncode == 0, done.stdout
    assert _became(done.stdout) == dict.fromkeys(TOOLS, "Skipped")


# ── A monorepo of thirty manifests ───────────────────────────────────────────────────────

WAIVER = """\
apiVersion: mlpolicy.dev/v1
kind: Waivers
waivers:
  - id: W-1
    rule: premature_model
    owner: team/finance-ops
    reason: "a trial, ends with the quarter"
    approved_by: board@example.com
    approved_on: "2026-11-01"
    expires_on: "2027-01-31"
"""
BLOCKED_IN_FULL = """\
{"apiVersion": "mlpolicy.dev/v1", "kind": "MLProject", "metadata": {"name": "over-built"},
 "spec": {"owner": "team/finance-ops", "lifecycle": "build", "aws": {"regions": ["us-east-1"]},
  "workloads": [{"name": "read-invoices", "task": "invoice-extraction",
   "needs": {"complete": true, "languages": ["en"]}, "plan": {"outcome": "sagemaker"}}]}}
"""


@pytest.fixture
def monorepo(git: Git) -> Path:
    """Thirty manifests, committed without the hook: one of them is blocked unless it is waived."""
    folder = Path(git("rev-parse", "--show-toplevel").stdout.strip())
    git("rm", "-rqf", "--ignore-unmatch", ".")
    for left in folder.rglob("*.y*ml"):
        if ".git" not in left.parts and left.name != ".pre-commit-config.yaml":
            left.unlink()
    for number in range(29):
        path = folder / f"services/s{number:02}/mlproject.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD.replace("invoice-intake", f"intake-{number}"))
    (folder / "services/s29").mkdir(exist_ok=True)
    (folder / "services/s29/ml.json").write_text(BLOCKED_IN_FULL)
    (folder / "allowed.yaml").write_text(WAIVER)
    (folder / "mlpolicy.toml").write_text(CONFIGURATION)
    git("add", "services", "allowed.yaml", "mlpolicy.toml", ".pre-commit-config.yaml")
    done = git("commit", "--no-verify", "-m", "thirty")
    assert done.returncode == 0, done.stdout
    return folder


def test_a_change_of_the_judge_is_held_up_by_every_manifest(monorepo: Path, git: Git) -> None:
    def change(file: str, text: str) -> subprocess.CompletedProcess[str]:
        (monorepo / file).write_text(text)
        git("add", "--", file)
        done = git("commit", "-m", f"change {file}")
        if done.returncode:
            git("reset", "-q", "--hard")
        return done

    # Neither the judge nor a manifest: nothing is judged.
    done = change("notes.txt", "x\n")
    assert done.returncode == 0, done.stdout
    assert "30 manifests" not in done.stdout
    # The waiver is taken away: the manifest that it covered is blocked, though nobody touched it.
    done = change("allowed.yaml", NO_WAIVERS)
    assert done.returncode == 1, done.stdout
    assert "services/s29/ml.json" in done.stdout
    assert "premature_model" in done.stdout
    assert "30 manifests" in done.stdout
    # The configuration no longer names the waiver file: the same.
    done = change("mlpolicy.toml", CONFIGURATION.replace('waivers = "allowed.yaml"\n', ""))
    assert done.returncode == 1, done.stdout
    assert "premature_model" in done.stdout
    # A change of it that blocks nothing is committed, and what is warned of is seen.
    done = change("mlpolicy.toml", CONFIGURATION + "manifest_waivers = false\n")
    assert done.returncode == 0, done.stdout
    assert "30 manifests" in done.stdout
