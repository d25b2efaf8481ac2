"""What the repository offers for CI is what its host's schema says, and its steps do what they say:
they are run here, with the commands of this environment, in a repository of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.package.package_support import ROOT, clean_environment
from tests.profiles import DEEP
from tests.reports.reports_support import commands, gitlab, junit, sarif, valid

ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"
CI = ROOT / "docs" / "ci"

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

posix = pytest.mark.skipif(os.name != "posix", reason="bash")


def read(path: Path) -> Any:
    """A YAML file in which `on` is a word, as its host reads it."""
    text = path.read_text()
    value = yaml.safe_load(text)
    if True in value:
        value["on"] = value.pop(True)
    return value


def test_the_files_are_what_their_schemas_say() -> None:
    valid("github-actions.json", read(ACTION))
    valid("github-workflows.json", read(CI / "github.yml"))
    valid("gitlab-ci.json", read(CI / "gitlab.yml"))


def test_the_page_shows_the_files_themselves() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    for name in ("github.yml", "gitlab.yml"):
        assert f"```yaml\n{(CI / name).read_text()}```" in page


def test_the_workflow_uses_the_action_as_it_is() -> None:
    (job,) = read(CI / "github.yml")["jobs"].values()
    (step,) = [each for each in job["steps"] if "/actions/check@" in each.get("uses", "")]
    assert ACTION.parent.relative_to(ROOT).as_posix() in step["uses"]
    assert set(step["with"]) <= set(read(ACTION)["inputs"])


def test_no_input_stands_in_the_text_of_a_script() -> None:
    """There it would be code. All inputs are used."""
    action = read(ACTION)
    used = set(re.findall(r"inputs\.([\w-]+)", ACTION.read_text()))
    assert used == set(action["inputs"])
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


class Runner:
    """Runs the steps of the composite action as a runner does, in a repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs = folder.parent / "outputs"
        self.environment = {
            **clean_environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MLPOLICY_CACHE_DIR": str(folder.parent / "cache"),
        }

    def run(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        action = read(ACTION)
        values = {name: each["default"] for name, each in action["inputs"].items()} | inputs
        self.outputs.write_text("")
        (step,) = [each for each in action["runs"]["steps"] if each.get("id") == "check"]
        environment = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], text)
            for name, text in step["env"].items()
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={**self.environment, **environment, "GITHUB_OUTPUT": str(self.outputs)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "repository"
    (folder / "services a").mkdir(parents=True)
    (folder / "mlproject.yaml").write_text(GOOD)
    (folder / "services a" / "over.mlproject.yaml").write_text(BLOCKED)
    (folder / "mlpolicy.toml").write_text('policy = "aws-ml-selection@1"\nas_of = "2026-11-22"\n')
    return Runner(folder)


@posix
@pytest.mark.slow
def test_the_action_annotates_reports_and_fails(runner: Runner) -> None:
    done = runner.run(**{"fail-on": "warn advise", "junit": "t.xml", "comment": "c.md"})
    assert done.returncode == 2, done.stderr
    assert "code=2\n" in runner.outputs.read_text()
    told = commands(done.stdout)
    assert ("error", "services a/over.mlproject.yaml") in {(n, p["file"]) for n, p, _ in told}
    assert any("premature_model" in p["title"] for _, p, _ in told)
    assert sarif((runner.folder / "mlpolicy.sarif").read_text())["results"]
    assert junit((runner.folder / "t.xml").read_text()).iter("failure")
    assert "read-invoices" in (runner.folder / "c.md").read_text()


@posix
@pytest.mark.slow
def test_the_action_passes_and_takes_paths_a_line(runner: Runner) -> None:
    done = runner.run(paths="mlproject.yaml\n", sarif="")
    assert done.returncode == 0, done.stderr
    assert "code=0\n" in runner.outputs.read_text()
    assert not list(runner.folder.glob("*.sarif"))
    done = runner.run(paths="mlproject.yaml\nservices a\n", sarif="")
    assert done.returncode == 2
    done = runner.run(paths="$(touch pwned)\n; touch pwned\n--help", sarif="x.sarif")
    assert done.returncode == 3
    assert not (runner.folder / "pwned").exists()
    assert "code=3\n" in runner.outputs.read_text()


@posix
@pytest.mark.slow
def test_the_job_for_gitlab_writes_its_reports(runner: Runner) -> None:
    (job,) = read(CI / "gitlab.yml").values()
    environment = {**runner.environment, **job["variables"]}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=runner.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    reports = job["artifacts"]["reports"]
    assert gitlab((runner.folder / reports["codequality"]).read_text())
    assert junit((runner.folder / reports["junit"]).read_text()).iter("failure")
    for line in job["before_script"]:
        subprocess.run(["bash", "-n", "-c", line], check=True)


def steps_of_the_image() -> list[list[str]]:
    """The lines of the Dockerfile, as word and rest."""
    lines = [line for line in (CI / "Dockerfile").read_text().splitlines() if line.strip()]
    text = re.sub(r"\\\n\s*", "", "\n".join(line for line in lines if not line.startswith("#")))
    return [line.split(" ", 1) for line in text.splitlines()]


def test_the_image_is_small_and_runs_as_nobody_special() -> None:
    """What a linter of such files asks for: a fixed base, no cache, no root, no shell around the
    command, and everything that is copied is what the package is built of."""
    steps = steps_of_the_image()
    assert {word for word, _ in steps} <= {
        *("FROM", "COPY", "RUN", "USER", "WORKDIR", "ENTRYPOINT", "CMD"),
    }
    for word, rest in steps:
        match word:
            case "FROM":
                assert re.match(r"[\w./-]+:[\w.-]+(?: AS \w+)?$", rest)
                assert ":latest" not in rest
            case "RUN":
                assert "--no-cache-dir" in rest
                assert "sudo" not in rest
            case "ENTRYPOINT" | "CMD":
                assert isinstance(json.loads(rest), list)
    words = [word for word, _ in steps]
    assert steps[words.index("USER")][1] not in ("root", "0")
    assert words.index("USER") < words.index("ENTRYPOINT")
    entry = json.loads(steps[words.index("ENTRYPOINT")][1])
    assert entry == ["mlpolicy"]
    left_out = (CI / "Dockerfile.dockerignore").read_text().split()
    for part in ("engine", "grammar", "policies", "schemas", "pyproject.toml", "README.md"):
        assert (ROOT / part).exists()
        assert part not in left_out


def copied_into_the_image(folder: str, names: list[str]) -> set[str]:
    """What of a folder is left out: what is named, at the top, and behind `**/` everywhere."""
    left_out = (CI / "Dockerfile.dockerignore").read_text().split()
    everywhere = {each.removeprefix("**/") for each in left_out if each.startswith("**/")}
    return {name for name in names if name in everywhere} | (
        set(left_out) & set(names) if Path(folder) == ROOT else set()
    )


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.packaging
@pytest.mark.skipif(sys.platform != "linux", reason="the image is one of Linux")
def test_the_steps_of_the_image_build_what_it_starts(
    tmp_path: Path, wheel: Path, handed: Callable[[Path], None]
) -> None:
    """Each stage in a fresh environment, in place of the base image; `useradd` alone is left out.
    The folders of the image are folders here, and the network is there for the first stage only.
    Of what is copied the wheel can be built; it is, with the profile `deep`."""
    steps = steps_of_the_image()
    places = {"/src": tmp_path / "src", "/wheels": tmp_path / "wheels"}
    shutil.copytree(ROOT, places["/src"], ignore=copied_into_the_image)
    packed = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    needed = [
        name.relative_to("mlpolicy")
        for name in packed
        if name.parts[0] == "mlpolicy" and name.parts[1] != "checked"
    ]
    assert len(needed) > 100
    for name in needed:
        assert any((places["/src"] / top / name).exists() for top in ("", "engine/mlpolicy")), name
    for file in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        assert (places["/src"] / file).exists(), file
    if not DEEP:
        handed(places["/src"])
    stage = 0
    for word, rest in steps:
        if word == "FROM":
            stage += 1
            made = [sys.executable, "-m", "virtualenv", "-q", str(tmp_path / f"stage{stage}")]
            subprocess.run(made, check=True, env=clean_environment())
        if word != "RUN":
            continue
        scripts = tmp_path / f"stage{stage}" / "bin"
        environment = {**clean_environment(), "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
        for command in rest.split(" && "):
            if command.startswith("useradd "):
                continue
            for place, here in places.items():
                command = re.sub(rf"(?<=\s){place}\b", str(here), command)
            done = subprocess.run(
                ["sh", "-ec", command], env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert not places["/wheels"].exists()
    work = tmp_path / "work"
    work.mkdir()
    (work / "mlproject.yaml").write_text(BLOCKED)
    work.chmod(0o555)
    words = dict(steps)
    entry, usual = json.loads(words["ENTRYPOINT"]), json.loads(words["CMD"])
    own = {**clean_environment(), "HOME": str(tmp_path / "home")}
    started = [str(tmp_path / f"stage{stage}" / "bin" / entry[0]), *entry[1:], *usual]
    done = subprocess.run(started, cwd=work, env=own, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, ""), done
    assert "BLOCK  over-built" in done.stdout
