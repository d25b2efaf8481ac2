"""The reader of Markdown cases: what it takes, what it refuses, and that a case can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import mdcase
from tests.mdcase import Case, Golden, read
from tests.shown import agrees, renewed

PAGE = """\
# A page

Some words.

## Two and two are four

The sum of a small file.

```mlp sum.mlp bare
2 + 2
```
```decision
4
```

## A longer fence holds a shorter one

````text
```mlp
x
```
````
"""


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_has_its_title_and_its_blocks(tmp_path: Path) -> None:
    first, second = read(page(tmp_path, PAGE))
    block = first.one("mlp")
    assert (str(first), first.kind) == ("page: Two and two are four", "decision")
    assert (block.name, block.marks, block.text, block.line) == (
        "sum.mlp",
        {"bare"},
        "2 + 2\n",
        9,
    )
    assert second.one("text").text == "```mlp\nx\n```\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("```decision", "```decsion", "page.md:12: no runner reads a block `decsion`"),
        ("```decision\n4\n```\n", "```decision\n4\n", "the block is not closed"),
        ("## A longer fence holds a shorter one", "## Two and two are four", "stand twice"),
        ("## Two and two are four\n", "", "a block before the first heading"),
        ("````text\n```mlp\nx\n```\n````\n", "", "has no blocks"),
        ("sum.mlp", "sum.mlp more.mlp", "two names for one block"),
        (PAGE, "# A page\n", "no case"),
    ],
)
def test_a_page_that_is_not_well_formed_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert PAGE.count(old) == 1
    with pytest.raises(AssertionError, match=said):
        read(page(tmp_path, PAGE.replace(old, new)))


def case(folder: Path, kind: str, text: str) -> Case:
    (only,) = read(page(folder, f"## It is so\n\n```mlp\nx\n```\n\n```{kind}\n{text}```\n"))
    return only


@pytest.mark.parametrize("kind", mdcase.KINDS)
def test_an_expectation_that_is_not_met_fails(tmp_path: Path, kind: str) -> None:
    golden, one = Golden(renew=False), case(tmp_path, kind, "4\n")
    golden.holds(one, kind, "4\n")
    with pytest.raises(AssertionError):
        golden.holds(one, kind, "5\n")
    golden.shows(one, kind, "4\n")
    with pytest.raises(AssertionError):
        golden.shows(one, kind, "4\n5\n")


@pytest.mark.parametrize("kind", [*mdcase.KINDS, "yaml after"])
def test_an_expectation_that_nothing_was_compared_with_is_told(tmp_path: Path, kind: str) -> None:
    golden, one = Golden(renew=False), case(tmp_path, kind, "4\n")
    golden.holds(one, one.one("mlp"), "x\n")
    assert len(golden.left()) == 1
    golden.holds(one, one.blocks[1], "4\n")
    assert golden.left() == []


def test_a_case_without_its_expectation_fails(tmp_path: Path) -> None:
    (one,) = read(page(tmp_path, "## It is so\n\n```mlp\nx\n```\n"))
    with pytest.raises(AssertionError, match="0 blocks of decision"):
        Golden(renew=False).holds(one, "decision", "")


def test_renewing_writes_the_one_block_and_leaves_the_rest(tmp_path: Path) -> None:
    path = page(tmp_path, PAGE)
    first, second = read(path)
    golden = Golden(renew=True)
    golden.holds(first, "decision", "four\nas ever\n")
    golden.holds(second, "text", "```mlp\nx\n```\n")
    golden.holds(second, "errors", "none\n")
    expected = PAGE.replace("```decision\n4\n", "```decision\nfour\nas ever\n")
    assert path.read_text() == expected + "\n```errors\nnone\n```\n"
    again = Golden(renew=False)
    for one, text in zip(read(path), ("four\nas ever\n", "```mlp\nx\n```\n"), strict=True):
        again.holds(one, one.kind, text)


def test_what_was_left_out_stays_left_out() -> None:
    output = ["a", "b 1", "c", "d", "e"]
    shown = ("a", "…", "e")
    assert agrees(shown, output)
    assert not agrees(shown, ["a", "b 1"])
    assert not agrees(("a", "e"), output)
    assert renewed(("a", "…", "e at first"), [*output[:-1], "e at last"]) == ["a", "…", "e at last"]
    assert renewed(("x …",), ["sha256:0123456789abcdef"]) == ["sha256:…"]
