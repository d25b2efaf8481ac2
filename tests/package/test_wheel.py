"""What is delivered is the wheel: alone in an empty environment it decides by a shipped policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.package.package_support import ROOT, clean_environment

pytestmark = pytest.mark.packaging

MANIFEST = """\
project: invoice-intake
owner: team/finance-ops
regions: [us-east-1]
workloads:
  - name: read-invoices
    task: invoice-extraction
    usage: {documents_per_month: 50000, pages_per_document: 1}
"""


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of an environment that holds the wheel and what it asks for."""
    home = tmp_path_factory.mktemp("empty")
    environment = clean_environment()
    subprocess.run([sys.executable, "-m", "virtualenv", "-q", home], env=environment, check=True)
    folder = home / ("Scripts" if sys.platform == "win32" else "bin")
    done = subprocess.run(
        [str(folder / "python"), "-m", "pip", "install", "-q", str(wheel)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / "python"


def run(
    python: Path, *arguments: str, folder: Path, cache: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {**clean_environment(), "MLPOLICY_CACHE_DIR": cache or str(folder / ".cache")}
    return subprocess.run(
        [str(python), *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def checkout_says(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The same of the checkout, which has checked its policies for other tests."""
    kept = os.environ["MLPOLICY_CACHE_DIR"]
    return run(Path(sys.executable), *command, folder=folder, cache=kept)


def test_it_decides_and_explains_in_another_folder(python: Path, tmp_path: Path) -> None:
    (tmp_path / "mlproject.yaml").write_text(MANIFEST)
    for arguments in (["check"], ["check"], ["explain", "mlproject.yaml"]):  # cold, warm
        done = run(python, "-m", "mlpolicy", *arguments, "--as-of", "2026-11-22", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "read-invoices" in done.stdout
        assert "AI service (Amazon Textract" in done.stdout


def test_it_says_the_same_as_the_checkout(python: Path, tmp_path: Path) -> None:
    (tmp_path / "mlproject.yaml").write_text(MANIFEST)
    command = ["-m", "mlpolicy", "explain", "mlproject.yaml", "--format", "json"]
    command += ["--as-of", "2026-11-22"]
    packed = run(python, *command, folder=tmp_path)
    here = checkout_says(command, tmp_path)
    assert packed.returncode == here.returncode == 0, packed.stderr + here.stderr
    assert json.loads(packed.stdout) == json.loads(here.stdout)


def test_it_writes_the_same_page_as_the_checkout(python: Path, tmp_path: Path) -> None:
    """The templates are in the wheel."""
    (tmp_path / "mlproject.yaml").write_text(MANIFEST)
    command = ["-m", "mlpolicy", "explain", "mlproject.yaml", "--format", "html"]
    command += ["--as-of", "2026-11-22"]
    packed = run(python, *command, folder=tmp_path)
    here = checkout_says(command, tmp_path)
    assert packed.returncode == here.returncode == 0, packed.stderr + here.stderr
    # Places in the policy are told by the file's own name, wherever it is installed.
    assert packed.stdout == here.stdout


def test_the_python_interface_is_there(python: Path, tmp_path: Path) -> None:
    code = "import mlpolicy; print(mlpolicy.load_policy('aws-ml-selection').version)"
    done = run(python, "-c", code, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_check_on_a_machine_parses_nothing(python: Path, tmp_path: Path) -> None:
    (tmp_path / "mlproject.yaml").write_text(MANIFEST)
    code = (
        "import sys\nfrom mlpolicy.cli import main\n"
        "try: main(['check', 'mlproject.yaml'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules "
        "if name in ('lark', 'jsonschema', 'mlpolicy.check.passes')])"
    )
    done = run(python, "-c", code, folder=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_it_asks_for_the_libraries_we_chose_and_no_more(python: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as m, re\n"
        "print(sorted(re.match(r'[\\w.-]+', r)[0].lower()\n"
        "  for r in m.requires('mlpolicy') if 'extra ==' not in r))"
    )
    done = run(python, "-c", code, folder=tmp_path)
    assert done.stdout.strip() == (
        "['click', 'filelock', 'jinja2', 'jsonschema', 'lark', 'pyyaml', 'referencing']"
    )


def test_it_carries_its_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mlpolicy"}
    for folder in ("grammar", "policies", "schemas"):
        shipped = {
            n.removeprefix("mlpolicy/") for n in names if n.startswith(f"mlpolicy/{folder}/")
        }
        present = {
            str(path.relative_to(ROOT)).replace("\\", "/")
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        assert shipped == present
    assert "mlpolicy/py.typed" in names
    checked = [name for name in names if name.startswith("mlpolicy/checked/")]
    assert len([name for name in checked if "/policy-" in name]) >= 2
    assert len([name for name in checked if "/grammar-" in name]) == 1
    assert not [name for name in names if "cache" in name and not name.endswith("cache.py")]
