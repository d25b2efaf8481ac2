"""The decision on the words of the language names every word that came and every one that went."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs import grammar_page

#: The words of version 1 of the language.
_VERSION_1 = """
absent advise all and any as as_of ask assumed at because block bounds by catalog collect
convert cost decision define due effective enum exception expect first fix formula from given
goto has hold if in infeasible input irrelevant is known latest least like manifest met no not
obligation of on once or otherwise outcome over owe param per policy records ref rule say schema
score set settled_by shortlist source table test threshold to tree unique unit unknown unless
unlimited until waivable warn when where with within yes
"""
VERSION_1 = frozenset(_VERSION_1.split())
DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "decisions" / "0048-which-words-came-and-what-each-earns.md"
#: The first cell of a row of the table.
_CELL = re.compile(r"^\| (?P<words>`[^|]+) \|", re.MULTILINE)


def test_each_word_that_came_has_a_row_and_each_that_went_is_named() -> None:
    words, _ = grammar_page.words()
    text = PAGE.read_text("utf-8")
    rows = [word for cell in _CELL.finditer(text) for word in re.findall(r"`(\w+)`", cell["words"])]
    assert sorted(rows) == sorted(words - VERSION_1)
    gone = text[text.index("Gone are") :].split("\n\n", 1)[0]
    assert VERSION_1 - words <= set(re.findall(r"`(\w+)`", gone))


def test_the_counts_are_those_of_the_grammars() -> None:
    text = PAGE.read_text("utf-8")
    words, _ = grammar_page.words()
    assert f"Version 1 had {len(VERSION_1)} words" in text
    assert len(words) - len(VERSION_1) == 20
    assert "There are twenty words more" in text


def test_the_language_is_read_in_twenty_minutes() -> None:
    """At 250 words a minute, which is what people read who look at examples too."""
    assert len((DOCS / "language.md").read_text("utf-8").split()) <= 20 * 260


def test_the_page_of_the_language_has_every_word_of_it() -> None:
    """What the grammar has and the page does not show can be learned nowhere."""
    text = (DOCS / "language.md").read_text("utf-8")
    said = set(re.findall(r"[a-z_]+", text))
    assert grammar_page.words()[0] - said == set()
