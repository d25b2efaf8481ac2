"""Who may know whom: each part of the engine imports only from the rows above it, every
library has one door, and a quick command loads little."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "engine"

#: part -> the parts that it may import from. Every one of them stands in a row above.
MAY_IMPORT: dict[str, set[str]] = {
    "dataclass": set(),
    "pattern": set(),
    "digest": set(),
    "typed": {"dataclass"},
    "source": set(),
    "disk": set(),
    "suggest": set(),
    "resources": set(),
    "kept": {"disk", "resources"},
    "traversal": set(),
    "yamltext": {"source"},
    "diagnostics": {"source"},
    "characters": {"source", "diagnostics"},
    "core": {"source", "traversal"},
    "schema": {"kept", "characters", "source", "suggest", "resources", "diagnostics", "core"},
    "tomltext": {"source", "diagnostics", "core", "schema"},
    "config": {"characters", "source", "diagnostics", "core", "tomltext", "schema"},
    "approvals": {"diagnostics", "core", "config"},
    "required": {"characters", "suggest", "diagnostics", "core", "config", "schema"},
    "ledger": {"characters", "source", "suggest", "diagnostics", "yamltext", "schema"},
    "syntax": {
        *("kept", "characters", "source", "suggest", "resources", "traversal", "diagnostics"),
        "core",  # what a point of time is
    },
    "format": {"source", "diagnostics", "syntax"},
    "manifest": {"schema", "characters", "source", "suggest", "diagnostics", "core", "yamltext"},
    "soundness": {"source", "diagnostics", "core"},
    "check": {
        *("schema", "source", "suggest", "diagnostics", "core", "ledger", "syntax"),
        "soundness",
    },
    "evaluate": {"source", "core"},
    "backends": {"source", "core", "check", "evaluate"},
    "judge": {"source", "suggest", "core", "evaluate"},
    "analyze": {"source", "core", "evaluate", "judge"},
    "explain": {"source", "suggest", "core", "evaluate", "judge", "analyze"},
    "straight": {"source", "core", "approvals", "evaluate", "backends", "judge", "explain"},
    "decide": {"core", "approvals", "evaluate", "backends", "explain", "straight"},
    "session": {
        *("characters", "source", "disk", "suggest", "resources", "diagnostics", "core", "config"),
        *("ledger", "schema", "syntax", "manifest", "check", "soundness", "backends", "kept"),
    },
    "testing": {
        *("source", "suggest", "diagnostics", "core", "schema", "manifest", "evaluate", "check"),
        "soundness",
        *("judge", "decide", "session", "explain", "backends"),
    },
    "lock": {"source", "core", "diagnostics"},
    "reach": {"source", "core", "explain", "schema", "soundness"},
    "coverage": {"source", "suggest", "diagnostics", "core", "explain", "ledger"},
    "lint": {"source", "suggest", "core", "config", "schema", "ledger", "syntax"},
    "measure": {"characters", "source", "suggest", "diagnostics"},
    "waivers": {"source", "core"},
    "records": {
        *("source", "diagnostics", "characters", "core", "schema", "manifest", "decide"),
        *("config", "required", "session"),
    },
    "interview": {
        "schema",
        "characters",
        "source",
        "suggest",
        "diagnostics",
        "core",
        "manifest",
        "explain",
    },
    "changes": {
        *("schema", "source", "core", "check", "evaluate", "judge", "analyze", "explain"),
        "manifest",
    },
    "versions": {"source", "core", "check", "changes"},
    "starter": {"source", "core", "format"},
    "witness": {
        *("source", "diagnostics", "core", "check", "evaluate", "judge", "analyze", "schema"),
        *("manifest", "changes", "soundness", "decide", "testing", "versions"),
    },
    "mutate": {
        "source",
        "diagnostics",
        "core",
        "check",
        "decide",
        "evaluate",
        "schema",
        "testing",
        "versions",
        "witness",
    },
    "render": {
        *(
            "witness",
            "lint",
            "syntax",
            "characters",
            "schema",
            "source",
            "diagnostics",
            "core",
            "explain",
            "manifest",
            "session",
            "testing",
        ),
        *(
            "coverage",
            "reach",
            "measure",
            "waivers",
            "records",
            "interview",
            "changes",
            "versions",
            "mutate",
        ),
    },
    "api": {"source", "diagnostics", "core", "config", "required", "decide", "session", "render"},
    "cli": {
        *("source", "disk", "suggest", "diagnostics", "characters", "core", "config"),
        *("approvals", "required", "schema", "manifest", "evaluate", "backends", "decide"),
        *("ledger", "session", "testing", "coverage", "measure", "waivers", "records"),
        *("interview", "changes", "versions", "reach", "lock", "mutate", "witness"),
        *("render", "api", "format", "lint", "syntax", "starter"),
    },
    "__main__": {"cli"},
    "": {"core", "api"},  # `mlpolicy` itself: names re-exported
}

#: What every part below them may import.
FOR_ALL = {"dataclass", "pattern", "digest", "typed"}

#: library -> the modules that may import it.
DOORS: dict[str, set[str]] = {
    "lark": {"syntax.parse"},
    "jsonschema": {"schema.fields"},
    "referencing": {"schema.fields"},
    "yaml": {"yamltext.parsed"},
    "_sha2": {"digest"},  # Python's own, from 3.12 on
    "filelock": {"cli.logbook"},
    "click": {"cli"},  # and every command in it
    "jinja2": {"render.html"},
}


@cache
def parsed() -> dict[Path, ast.Module]:
    """Every file of the engine."""
    return {
        path: ast.parse(path.read_text()) for path in sorted((ENGINE / "mlpolicy").rglob("*.py"))
    }


#: Parts of the standard library under the names that another version of Python has for them.
OF_OTHER_VERSIONS = {"_sha2", "_sha256"}


@cache
def modules() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Module -> (modules of ours, libraries) that it imports, anywhere in its text."""
    names = {
        ".".join(path.relative_to(ENGINE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in parsed()
    }
    found = {}
    for name, path in names.items():
        ours, libraries = set(), set()
        for node in ast.walk(parsed()[path]):
            match node:
                case ast.Import():
                    imported = [alias.name for alias in node.names]
                case ast.ImportFrom(module=str(module)):
                    below = [f"{module}.{alias.name}" for alias in node.names]
                    imported = [one if one in names else module for one in below]
                case _:
                    continue
            for one in imported:
                top = one.split(".")[0]
                if top == "mlpolicy":
                    ours.add(one.removeprefix("mlpolicy").removeprefix("."))
                elif top not in sys.stdlib_module_names | OF_OTHER_VERSIONS:
                    libraries.add(top)
        short = name.removeprefix("mlpolicy").removeprefix(".")
        # `from mlpolicy import __version__` is a value, and the empty name everyone may use it.
        found[short] = (frozenset(ours - {short, ""}), frozenset(libraries))
    return found


def part(module: str) -> str:
    return module.split(".")[0]


def test_the_table_is_in_order() -> None:
    """No row names a part that stands below it."""
    rows = list(MAY_IMPORT)
    for row, (name, allowed) in enumerate(MAY_IMPORT.items()):
        assert allowed <= set(rows[:row]), name


@pytest.mark.slow
def test_every_module_stands_in_the_table() -> None:
    assert {part(module) for module in modules()} - set(MAY_IMPORT) == set()


@pytest.mark.slow
def test_a_module_imports_only_from_the_rows_above() -> None:
    """Tells all modules that do not."""
    wrong = {
        f"{module} imports {other}"
        for module, (ours, _) in modules().items()
        for other in ours
        if part(other) not in {part(module), *FOR_ALL, *MAY_IMPORT[part(module)]}
    }
    assert wrong == set()


@pytest.mark.slow
def test_the_checker_reads_trees_and_not_text() -> None:
    for module, (ours, _) in modules().items():
        if part(module) == "check":
            read = {name for name in ours if part(name) == "syntax"}
            assert read <= {
                "syntax.tree",
                "syntax.visit",
                "syntax.written",
                "syntax.states",
                "syntax.foreign",
            }, module


@pytest.mark.slow
def test_no_two_modules_need_each_other() -> None:
    imports = {module: ours for module, (ours, _) in modules().items()}
    both = {(a, b) for a, ours in imports.items() for b in ours if a in imports.get(b, ())}
    assert both == set()


@pytest.mark.slow
def test_words_are_made_in_render_and_read_nowhere() -> None:
    """What follows from a step is asked of `explain`: nothing but a report makes words of it,
    and what works values out knows of neither."""
    readers = {module for module, (ours, _) in modules().items() if "render.words" in ours}
    assert readers
    assert {part(module) for module in readers} == {"render"}
    for room in ("evaluate", "judge", "analyze"):
        assert not MAY_IMPORT[room] & {"explain", "render"}
    assert "render" not in MAY_IMPORT["explain"]


@pytest.mark.slow
def test_a_library_is_used_behind_its_door_only() -> None:
    """Tells all modules that use another, or one that is not among the libraries we chose."""
    assert len(modules()) > 100
    wrong = {
        f"{module} imports {library}"
        for module, (_, libraries) in modules().items()
        for library in libraries
        if not {module, part(module)} & DOORS.get(library, set())
    }
    assert wrong == set()


def loaded(arguments: list[str], cache_folder: Path) -> set[str]:
    """The modules that a command loads, in a process of its own."""
    code = (
        "import sys\n"
        "from mlpolicy.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    import os

    environment = {**os.environ, "MLPOLICY_CACHE_DIR": str(cache_folder)}
    environment.pop("MLPOLICY_NO_CACHE", None)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.slow
def test_check_with_a_warm_cache_loads_no_parser(tmp_path: Path) -> None:
    """Neither the parser nor the checker nor anything for other reports; and nothing at all
    that only a fault needs."""
    manifest = tmp_path / "mlproject.yaml"
    manifest.write_text(
        "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads: [{name: w, task: sentiment}]\n"
    )
    (tmp_path / "mlpolicy.toml").write_text('fail_on = ["warn"]\nmanifest_waivers = false\n')
    command = ["check", str(manifest), "--as-of", "2026-11-22"]
    loaded(command, tmp_path / "cache")
    names = loaded(command, tmp_path / "cache")
    assert {"mlpolicy.evaluate", "mlpolicy.tomltext"} <= names
    heavy = {
        *("yaml", "dataclasses", "inspect", "pickle", "hashlib", "hmac", "json", "tempfile"),
        *("mlpolicy.schema.explain", "mlpolicy.yamltext.parsed", "click", "calendar", "locale"),
        *("unicodedata", "graphlib"),
        *("lark", "mlpolicy.syntax.parse", "mlpolicy.check.lower", "mlpolicy.ledger"),
        "mlpolicy.schema.dialect",
        *("difflib", "jinja2", "hypothesis", "pytest", "sqlite3", "asyncio", "pygls"),
        *("mlpolicy.cli.explain", "mlpolicy.testing", "mlpolicy.render.policies"),
        *("mlpolicy.cli.reporting", "mlpolicy.render.reports", "mlpolicy.render.rule"),
        *("mlpolicy.render.markdown", "mlpolicy.cli.saving", "xml.sax"),
        *("multiprocessing", "mlpolicy.analyze.partition", "mlpolicy.explain.walked"),
        *("mlpolicy.explain.tracer", "mlpolicy.explain.steps", "mlpolicy.explain.ledger"),
        *("mlpolicy.render.path", "mlpolicy.render.team", "mlpolicy.render.reckoning"),
        *("mlpolicy.cli.ask", "mlpolicy.interview", "mlpolicy.manifest.edit", "jsonschema"),
    }
    assert heavy & names == set()
    (tmp_path / "mlpolicy.toml").unlink()  # the reader of TOML loads `typing`
    assert "typing" not in loaded(command, tmp_path / "cache")


@pytest.mark.slow
@pytest.mark.parametrize("command", [["analyze", "--quick"], ["mutate", "--most", "1"]])
def test_tools_of_an_author_with_a_warm_cache_load_no_checker(
    command: list[str], tmp_path: Path
) -> None:
    """They ask what an expression reads, which is a module of the checker: the passes of it load
    for longer than a small policy is analyzed."""
    policy = str(ENGINE.parent / "tests" / "policy" / "second_pack")
    loaded([*command, policy], tmp_path / "cache")
    names = loaded([*command, policy], tmp_path / "cache")
    assert "mlpolicy.check.reads" in names
    assert {"mlpolicy.check.passes", "mlpolicy.syntax.tree", "lark"} & names == set()


def test_help_and_version_load_no_engine(tmp_path: Path) -> None:
    for arguments in (["--version"], ["--help"]):
        names = loaded(arguments, tmp_path)
        assert {"mlpolicy.evaluate", "mlpolicy.session", "yaml", "lark"} & names == set()


@pytest.mark.slow
def test_one_module_asks_for_decisions() -> None:
    """Whoever decides goes through `decide`: nobody forgets the approvals, or the waivers."""
    asked = {}
    for path, file in parsed().items():
        for node in ast.walk(file):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "decide_document":
                asked[path.relative_to(ENGINE / "mlpolicy").as_posix()] = True
    assert list(asked) == ["decide.py"]
