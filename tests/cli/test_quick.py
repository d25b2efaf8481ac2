"""What is read without click is read as click reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlpolicy.cli import quick
from mlpolicy.cli.commands import cli
from tests.cli.cli_support import Run
from tests.profiles import examples

READ = {"check": quick.check_options, "explain": quick.explain_options}


def click_command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def by_click(name: str, args: list[str]) -> dict[str, object] | None:
    """What click makes of the arguments of a command, None where it refuses them or does not call
    the command."""
    try:
        with click_command(name).make_context(name, list(args)) as context:
            return dict(context.params)
    except (click.ClickException, click.exceptions.Exit):
        return None


WORDS = [
    *(
        name
        for command in READ
        for option in click_command(command).params
        for name in option.opts
        if name.startswith("-")
    ),
    *("a.yaml", "b", "-", "", " ", "--", "-x", "--pol", "--no-such", "--help", "-h", "=", "*"),
    *("today", "2026-11-22", "2026-W48-6", "2026-02-30", "aws-ml-selection@1", "waivers.yaml"),
    *("block", "warn", "advise", "incomplete", "pending", "WARN", "text", "json", "sarif", "html"),
    *("1", "2", "0", "-1", "é", "\udcff"),
]
word = st.sampled_from(WORDS)
argument = word | st.builds("{}={}".format, word, word) | st.text(max_size=4)


@pytest.mark.slow
@given(st.sampled_from(sorted(READ)), st.lists(argument, max_size=6))
@example("check", ["a", "--policy", "b", "--fail-on=warn", "--fail-on", "block", "c"])
@example("check", ["--policy="])
@example("check", ["--as-of"])
@example("check", ["--only-manifests=yes"])
@example("explain", ["--of", "a", "--of", "b", "--full", "--for=team", "c"])
@example("explain", ["--rule", "a"])
@examples(2000)
def test_options_are_read_as_click_reads_them(name: str, args: list[str]) -> None:
    read = READ[name](args)
    if read is not None:
        assert read == by_click(name, args)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("check", []),
        ("check", ["a.yaml"]),
        ("check", ["-"]),
        ("check", ["--only-manifests", "a.yaml", "b.yaml"]),
        ("check", ["--policy", "p@1", "--as-of", "2026-11-22", "a", "--fail-on", "warn"]),
        ("check", ["--as-of=today", "--waivers=w.yaml", "--config", "m.toml", "--format", "json"]),
        ("explain", []),
        ("explain", ["a.yaml", "--as-of", "2026-11-22", "--for", "auditor", "--of", "w"]),
        ("explain", ["-", "--full", "--extension", "a", "--extension=b", "--format", "json"]),
    ],
)
def test_what_is_plain_needs_no_click(name: str, args: list[str]) -> None:
    """Or the comparison above would compare nothing."""
    assert READ[name](args) == by_click(name, args) != None  # noqa: E711


def test_the_help_is_that_of_click(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with cli.make_context("mlpolicy", [], resilient_parsing=True) as context:
        assert quick.help_text() == cli.get_help(context) + "\n"
    assert run("--help").out == run("-h").out == quick.help_text()
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, run("--help").out.splitlines())) <= 60


@pytest.mark.slow
@pytest.mark.parametrize(
    "args",
    [["--version"], ["--help"], ["check", "mlproject.yaml"], ["explain", "mlproject.yaml"]],
)
def test_click_is_not_loaded_for_what_is_called_most(args: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom mlpolicy.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('click' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *args]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stderr.splitlines()[-1] == "False"
