"""What all tests share: the command line in this process, and the texts that are kept."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.mdcase")

# What is loaded and collected lives to the end: no garbage is looked for until all of it is there,
# never amid it, and then as seldom as in a command (`mlpolicy.cli.main`).
gc.disable()

# Where Python is told to keep no compiled modules beside their files, those of a run of tests and
# of the processes that it starts are kept with what pytest keeps, or each would compile them all.
COMPILED = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(COMPILED)

from mlpolicy.kept.cache import _MOST_ENTRIES as MOST_ENTRIES  # noqa: E402 (as the next)
from tests import profiles  # noqa: E402 (behind the rewriting)
from tests.command_support import Command, Ran  # noqa: E402
from tests.mdcase import Golden  # noqa: E402

#: The files that take longest, the longest first.
LONGEST = (
    "tests/docs/test_docs.py",
    "tests/package/test_pre_commit.py",
    "tests/render/test_agree.py",
    "tests/policy/test_coverage.py",
    "tests/changes/test_changes.py",
    "tests/laws/test_laws.py",
    "tests/versions/test_mutate.py",
    "tests/backends/test_python.py",
    "tests/field/test_field.py",
    "tests/package/test_wheel.py",
    "tests/mistakes/test_mistakes.py",
    "tests/changes/test_change_laws.py",
    "tests/policy/test_mutations.py",
    "tests/package/test_cost.py",
    "tests/versions/test_lock.py",
    "tests/records/test_anywhere.py",
    "tests/reviewed/test_reviewed.py",
    "tests/policy/test_whole_guide.py",
    "tests/policy/test_extensions.py",
    "tests/soundness/test_rows.py",
    "tests/evaluate/test_depth.py",
    "tests/records/test_replay.py",
    "tests/package/test_ci.py",
    "tests/field/test_size.py",
    "tests/laws/test_extending.py",
    "tests/cli/test_new.py",
    "tests/policy/test_silence.py",
    "tests/field/test_fuzz.py",
    "tests/policy/test_money.py",
    "tests/config/test_siblings.py",
    "tests/format/test_format.py",
    "tests/interview/test_ask.py",
    "tests/reports/test_rule.py",
    "tests/versions/test_commands.py",
    "tests/policy/test_money_siblings.py",
    "tests/records/test_writers.py",
    "tests/reports/test_edits.py",
    "tests/cli/test_jobs.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew",
        action="store_true",
        help="write the expected texts anew instead of comparing them: use `python -m tests.renew`",
    )


def pytest_report_header() -> str:
    return f"hypothesis profile: {profiles.PROFILE}"


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--renew"):
        if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
            raise pytest.UsageError("--renew writes files in turn: add -n0")
        config.option.update_snapshots = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no worker is left with one of them at the
    end. What is marked `deep` is left to that profile. With `--renew`, only the tests that keep a
    text run."""
    if not profiles.DEEP:
        left = {item: None for item in items if item.get_closest_marker("deep")}
        config.hook.pytest_deselected(items=[*left])
        items[:] = [item for item in items if item not in left]
    longest = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: longest.get(item.nodeid.split("::")[0], len(longest)))
    if config.getoption("--renew"):
        kept = [i for i in items if {"golden", "snapshot"} & set(getattr(i, "fixturenames", ()))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def pytest_collection_finish() -> None:
    gc.set_threshold(200_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Garbage is looked for once more, not seven times: what is left is about to go anyway."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return import_module("tests.scheduling").scheduling(config, log)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Iterator[Golden]:
    """Compares the expectations of Markdown cases. One that was compared with nothing fails."""
    golden = Golden(renew=request.config.getoption("--renew"))
    failed = request.session.testsfailed
    yield golden
    if request.session.testsfailed == failed:
        assert not golden.left(), "\n".join(golden.left())


@pytest.fixture(autouse=True, scope="session")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All tests of a run, in all workers and in the processes they start, have one cache, sealed
    with a secret of the tests: a policy is checked once. It forgets nothing while they run."""
    from mlpolicy.kept import cache

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("MLPOLICY_CACHE_DIR", str(folder / "cache"))
        patch.delenv("MLPOLICY_NO_CACHE", raising=False)
        patch.setattr(cache, "_MOST_ENTRIES", 10_000)
        if sys.pycache_prefix == str(COMPILED):
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(COMPILED))
        yield


@pytest.fixture
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new cache with a secret of its own, for a test whose subject it is; its folder."""
    folder = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("MLPOLICY_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setattr("mlpolicy.kept.cache._MOST_ENTRIES", MOST_ENTRIES)
    (folder / "cache").mkdir(mode=0o700)
    return folder / "cache"


@pytest.fixture
def mlpolicy(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command line in this process, with an environment of its own."""
    from mlpolicy.cli import main

    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "MLPOLICY_DEBUG", "MLPOLICY_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: str | Path) -> Ran:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as exit:
            main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        assert isinstance(exit.value.code, int)
        return Ran(exit.value.code, out.decode(), err.decode())

    return call


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often YAML is read, a manifest checked and a decision made: the calls of three
    functions, in whatever module they are made."""
    import mlpolicy.cli.judging  # so that every module that has one of them is there
    import mlpolicy.interview
    from mlpolicy.explain.decision import decide_document
    from mlpolicy.manifest.load import load_parsed
    from mlpolicy.manifest.read import reading

    assert mlpolicy.interview
    assert mlpolicy.cli.judging
    counts: Counter[str] = Counter()

    def wrapped(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            counts[name] += 1
            return function(*args, **options)

        return call

    functions: dict[str, Callable[..., Any]]
    functions = {"read": reading, "load": load_parsed, "decide": decide_document}
    for name, function in functions.items():
        counting = wrapped(name, function)
        for module in [m for n, m in sys.modules.items() if n.startswith("mlpolicy.")]:
            for attribute, value in list(vars(module).items()):
                if value is function:
                    monkeypatch.setattr(module, attribute, counting)
    return counts
