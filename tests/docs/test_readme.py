"""The two commands of the README are the ones that are run, and the README names no machine."""

from __future__ import annotations

import re

from tests.docs.docs_support import PAGES, ROOT, blocks


def commands() -> list[str]:
    """The one-line commands of the README's first two shell blocks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [block.text.strip() for block in blocks(text) if block.kind == "sh"][:2]


def test_the_second_command_ends_the_integration_run() -> None:
    run = (ROOT / ".ci" / "run").read_text().strip().splitlines()
    assert commands()[1] == run[-1]


def test_the_first_command_explains_the_five_scenarios() -> None:
    first = commands()[0]
    assert "\n" not in first
    folder = ROOT / first.split()[-1]
    names = {path.name.split(".")[0] for path in folder.glob("*.yaml")}
    expected = {"recommendations", "chest-xrays", "call-sentiment", "card-fraud", "invoices"}
    assert names >= expected


def test_no_page_names_a_path_of_somebodys_machine() -> None:
    for page in [*PAGES, ROOT / "CHANGELOG.md", ROOT / "SECURITY.md"]:
        found = re.findall(r"(?<![\w.])/(?:home|tmp|work|root|Users|opt|var)/\S*", page.read_text())
        assert not found, f"{page.name}: {found}"
