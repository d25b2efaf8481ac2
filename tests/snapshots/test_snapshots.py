"""What every view says of a decision, kept word by word.

Each snapshot was read as an auditor and as a team would before it was accepted.
`python -m tests.renew` writes them anew; read the difference before you keep it. Version, date and
width are pinned, so that a later version of the policy disturbs nothing. The JSON is kept without
its trace (megabytes, and told by the text), except for the small policy.
"""

from __future__ import annotations

import datetime
import json
import re
from functools import cache
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from mlpolicy.cli import main
from mlpolicy.cli.judging import code_of
from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.explain.decision import decide_document
from mlpolicy.render.check import check_text
from mlpolicy.render.graph import dot, mermaid
from mlpolicy.render.json import check_json
from mlpolicy.render.markdown import markdown
from mlpolicy.render.text import explain
from mlpolicy.session import Session

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("tests/snapshots/manifests", "tests/policy/scenarios", "tests/policy/hybrid")
AS_OF = datetime.date(2026, 11, 22)
OLD, NEW, GATE = "aws-ml-selection@1.0.0", "aws-ml-selection@1.2.0", "tests/snapshots/gate"


def names(folder: str) -> list[str]:
    return sorted(path.name.split(".")[0] for path in (ROOT / folder).glob("*.yaml"))


SCENARIOS = names("tests/policy/scenarios")
#: Small manifests, each in a state that the scenarios do not reach; `broken` has no decision.
STATES = [f"small-{name}" for name in names("tests/snapshots/manifests") if name != "broken"]

#: A view with the ending of its file.
VIEWS = {
    "explain": "txt",
    "team": "txt",
    "author": "txt",
    "auditor": "txt",
    "check": "txt",
    "comment": "md",
    "tree": "mmd",
    "graph": "dot",
    "decision": "json",
}
#: Few enough to be read whole after a change: what a view says of a project is kept where no
#: other snapshot says the same. That the other views and projects agree with these is told by
#: the tests of `tests/render`.
FURTHER = [
    ("call-sentiment", OLD, "explain"),
    ("invoices", NEW, "auditor"),
    ("card-fraud", NEW, "author"),
    ("recommendations", NEW, "comment"),
    ("chest-xrays", NEW, "tree"),
    # AI services in a chain and an infeasible answer; hardware at the edge and outside AWS; plans
    # that are blocked, with money.
    ("city-newsroom", NEW, "explain"),
    ("plant-floor", NEW, "explain"),
    ("plant-floor", NEW, "tree"),
    ("web-shop", NEW, "explain"),
    ("web-shop", NEW, "team"),
    ("web-shop", NEW, "comment"),
    ("small-provisional", NEW, "check"),
    ("small-waived", NEW, "check"),
    ("small-undecided", GATE, "check"),
    ("small-undecided", GATE, "graph"),
    ("small-undecided", GATE, "decision"),
    ("small-infeasible", NEW, "decision"),
    ("small-estimate", NEW, "decision"),
]
CASES = [
    *((name, NEW, view) for name in SCENARIOS for view in ("explain", "team", "check")),
    *((name, GATE if name == "small-undecided" else NEW, "explain") for name in STATES),
    *FURTHER,
]


def case_id(name: str, policy: str, view: str) -> str:
    return f"{name}.{view}{'-1.0.0' if policy == OLD else ''}"


def slow(name: str) -> tuple[pytest.MarkDecorator, ...]:
    """Large projects, and those of which most is open, take seconds to decide."""
    quick = ("call-sentiment", "small-undecided", "small-infeasible", "small-waived")
    return () if name in quick else (pytest.mark.slow,)


@pytest.mark.parametrize(
    ("name", "policy", "view"),
    [pytest.param(*case, id=case_id(*case), marks=slow(case[0])) for case in CASES],
)
def test_told(name: str, policy: str, view: str, snapshot: SnapshotAssertion) -> None:
    """The view of the decision is as it was read."""
    assert seen(name, policy, view) == snapshot.use_extension(FILES[VIEWS[view]])


BROKEN = ("check", "check --format json")


@pytest.mark.parametrize("command", BROKEN)
def test_broken(
    command: str,
    snapshot: SnapshotAssertion,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is said of a manifest that cannot be judged is as it was read."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    first, *options = command.split()
    pinned = ["--policy", NEW, "--as-of", AS_OF.isoformat()]
    with pytest.raises(SystemExit) as left:
        main([first, "tests/snapshots/manifests/broken.mlproject.yaml", *pinned, *options])
    out, err = capsys.readouterr()
    assert f"{out}{err}exit code {left.value.code}\n" == snapshot.use_extension(FILES["txt"])


def test_no_snapshot_is_left_of_a_case_that_is_gone() -> None:
    told = {f"test_told[{case_id(*case)}].{VIEWS[case[2]]}" for case in CASES}
    broken = {f"test_broken[{command}].txt" for command in BROKEN}
    kept = HERE / "__snapshots__" / "test_snapshots"
    assert {path.name for path in kept.iterdir()} == told | broken


def test_the_snapshots_are_few_enough_to_be_read() -> None:
    files = list((HERE / "__snapshots__" / "test_snapshots").iterdir())
    assert len(files) < 50
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) < 12_000


def seen(name: str, policy: str, view: str) -> str:
    """What a view says, its digests made alike: they change with every edit of a policy, and
    that they are told is what counts."""
    decision, program = judged(name, policy)
    match view:
        case "check":
            text = f"{check_text([decision])}exit code {code_of(decision, frozenset())}\n"
        case "comment":
            text = markdown([(decision, program)])
        case "tree":
            text = mermaid([(decision, program)])
        case "graph":
            text = dot([(decision, program)])
        case "decision":
            text = without_trace(decision) if policy != GATE else check_json([decision], ())
        case _:
            text = explain(decision, width=100, audience=None if view == "explain" else view)
    return re.sub(r"sha256:[0-9a-f]+", masked, text)


def masked(digest: re.Match[str]) -> str:
    return f"sha256:{('0123456789abcdef' * 4)[: len(digest[0]) - 7]}"


def without_trace(decision: Decision) -> str:
    document = json.loads(check_json([decision], ()))
    for each in document["decisions"]:
        assert each.pop("trace")
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are told from the root of the repository."""
    monkeypatch.chdir(ROOT)


@cache
def judged(name: str, policy: str) -> tuple[Decision, Program]:
    """A manifest decided, once for all views. The day of the test takes no part: it would say,
    after a while, that the date is long past."""
    small = name.startswith("small-")
    file = f"{name.removeprefix('small-')}.mlproject.yaml"
    folders = FOLDERS[:1] if small else FOLDERS[1:]
    path = next(found for f in folders if (ROOT / (found := f"{f}/{file}")).exists())
    session = Session()
    files, faults = session.find(policy, AS_OF.isoformat())
    assert files is not None, faults
    program, faults = session.program(files)
    assert program is not None, faults
    documents, faults = session.documents((ROOT / path).read_bytes(), path, program, files.folder)
    assert len(documents) == 1, faults
    return decide_document(program, documents[0], as_of=AS_OF, today=AS_OF), program


class Text(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class Markdown(Text):
    file_extension = "md"


class Mermaid(Text):
    file_extension = "mmd"


class Dot(Text):
    file_extension = "dot"


class Json(Text):
    file_extension = "json"


FILES = {kind.file_extension: kind for kind in (Text, Markdown, Mermaid, Dot, Json)}
