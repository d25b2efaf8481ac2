"""The tables of the documentation are those of the code, and each stands on a page."""

from __future__ import annotations

from enum import StrEnum

import click
import pytest

from mlpolicy.cli.commands import cli
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.names import COMMANDS
from mlpolicy.core.decision import Founded, Verdict
from mlpolicy.core.terms import DutyState, RuleState, Status, WaitsFor
from tests.docs import grammar_page
from tests.docs.docs_support import PAGES, ROOT, blocks, exchanges
from tests.docs.docs_tables import TABLES, replaced


@pytest.mark.slow
@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_is_as_the_code_has_it(name: str) -> None:
    pages = [page for page in PAGES if f"<!-- table: {name} -->" in page.read_text("utf-8")]
    assert len(pages) == 1
    text = pages[0].read_text(encoding="utf-8")
    assert text == replaced(text, name), "run: python -m tests.renew PAGE"


def test_every_part_of_the_grammar_is_told_and_no_other() -> None:
    assert grammar_page.terminals() == set(grammar_page.TERMINALS)


def _commands() -> list[str]:
    names = []
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            names += [f"{name} {inner}" for inner in command.commands]
        else:
            names.append(name)
    return names


def test_every_command_shows_its_help_on_the_page() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name in _commands():
        assert f"$ mlpolicy {name} --help\n" in text, name


def test_no_help_on_the_page_leaves_an_option_out() -> None:
    page = ROOT / "docs" / "cli.md"
    found = [
        e for b in blocks(page.read_text("utf-8")) if b.kind == "console" for e in exchanges(b)
    ]
    for help in (exchange for exchange in found if exchange.command.endswith("--help")):
        assert "…" not in {line.strip() for line in help.shown}, help.command


def test_every_exit_code_is_on_the_page() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in text, code


#: The sets of words that reports are told in, and the heading of the table that explains each.
WORDS: dict[str, type[StrEnum]] = {
    "Verdict": Verdict,
    "Status": Status,
    "State": RuleState,
    "Waits for": WaitsFor,
    "State of an obligation": DutyState,
    "Word": Founded,
}


@pytest.mark.parametrize("heading", WORDS)
def test_every_word_of_a_report_is_explained_and_no_other(heading: str) -> None:
    text = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
    _, _, table = text.partition(f"| {heading} | Means ")
    rows = table.partition("\n\n")[0].splitlines()[2:]
    told = [row.split("|")[1].strip() for row in rows]
    assert told == [f"`{word}`" for word in WORDS[heading]]
