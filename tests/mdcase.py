"""Cases written in Markdown: one reader, one comparison, one way to renew them.

A page holds cases. A case is a heading of the second level that states a fact, prose for people
where it helps, and fenced blocks. The info string of a block says what the block is:

    ```mlp                 a policy file, without a name of its own
    ```mlp tree.mlp        a policy file with a name: the word with a dot
    ```mlp bare            a mark that the runner of the folder understands: `bare`
    ```yaml after          a file as it must be afterwards: what is expected

Blocks of the kinds in `KINDS`, and blocks with the mark `after`, are what the case expects.
A longer fence may hold a block with fences in it. The runner of a folder works out the texts,
and hands each to the `golden` fixture, which compares, or with `--renew` writes the page anew.
A test that leaves an expectation uncompared fails, so no block can be there without effect.

    def test_a_case_reads_as_it_says(case: Case, golden: Golden) -> None:
        golden.holds(case, "tree", dump(parse(case.one("mlp").text)))
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import pytest

from tests.profiles import lanes
from tests.shown import agrees, renewed

#: What is expected: nodes, messages, a decision in short, what was said in turn, any output.
KINDS = ("tree", "errors", "decision", "conversation", "text")
#: What is given: files by their language, what is typed, a change to a file, a view to show.
GIVEN = ("mlp", "yaml", "json", "typed", "change", "view")

_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<info>[^`]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: kind, name of its file, marks, text; `index` counts within its case and
    `line` is that of the fence in the page, from 1."""

    kind: str
    name: str
    marks: frozenset[str]
    text: str
    index: int
    line: int

    @property
    def expected(self) -> bool:
        return self.kind in KINDS or "after" in self.marks


@dataclass(frozen=True)
class Case:
    """A heading and its blocks."""

    path: Path
    title: str
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.title}"

    def all(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a kind that are given, or all of a kind that is expected."""
        return tuple(b for b in self.blocks if b.kind == kind and b.expected is (kind in KINDS))

    def one(self, *kinds: str) -> Block:
        """The only block of these kinds, as `all` has them."""
        found = [block for kind in kinds for block in self.all(kind)]
        assert len(found) == 1, f"{self}: {len(found)} blocks of {' or '.join(kinds)}, expected 1"
        return found[0]

    @property
    def after(self) -> Block | None:
        """The file as it must be afterwards, where the case says so."""
        return next((block for block in self.blocks if "after" in block.marks), None)

    @property
    def kind(self) -> str:
        """The kind of the case: that of its first expectation."""
        return next((block.kind for block in self.blocks if block.expected), "")


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a page, in order. Raises AssertionError where the page is not well formed."""
    cases = tuple(_cases(path, path.read_text(encoding="utf-8").splitlines(keepends=True)))
    titles = [case.title for case in cases]
    twice = {title for title in titles if titles.count(title) > 1}
    assert not twice, f"{path.name}: headings that stand twice: {sorted(twice)}"
    assert cases, f"{path.name}: no case"
    return cases


def pages(folder: Path) -> tuple[Case, ...]:
    """The cases of all pages of a folder."""
    return tuple(case for path in sorted(folder.glob("*.md")) for case in read(path))


def for_each(cases: Iterable[Case], *, fast: int = 1) -> pytest.MarkDecorator:
    """Runs a test once for each case; its title is the name of the run. In the fast lane there is
    one in so many of each page."""
    rows = lanes(cases, fast=fast, kind=attrgetter("path"))
    return pytest.mark.parametrize("case", rows, ids=str)


def _cases(path: Path, lines: list[str]) -> Iterator[Case]:
    title: str | None = None
    blocks: list[Block] = []
    number = 0
    while number < len(lines):
        line = lines[number].rstrip("\n")
        if line.startswith("## "):
            if title is not None:
                yield _case(path, title, blocks)
            title, blocks = line[3:].strip(), []
        elif opening := _FENCE.fullmatch(line):
            where = f"{path.name}:{number + 1}"
            assert title is not None, f"{where}: a block before the first heading"
            end = number + 1
            while end < len(lines) and lines[end].rstrip() != opening["ticks"]:
                end += 1
            assert end < len(lines), f"{where}: the block is not closed"
            text = "".join(lines[number + 1 : end])
            blocks.append(_block(where, opening["info"].split(), text, len(blocks), number + 1))
            number = end
        number += 1
    if title is not None:
        yield _case(path, title, blocks)


def _block(where: str, info: list[str], text: str, index: int, line: int) -> Block:
    kind, *rest = info or [""]
    assert kind in KINDS + GIVEN, f"{where}: no runner reads a block `{kind}`"
    names = [word for word in rest if "." in word]
    assert len(names) < 2, f"{where}: two names for one block"
    marks = frozenset(rest) - set(names)
    return Block(kind, names[0] if names else "", marks, text, index, line)


def _case(path: Path, title: str, blocks: list[Block]) -> Case:
    assert blocks, f"{path.name}: `{title}` has no blocks"
    return Case(path, title, tuple(blocks))


@dataclass
class Golden:
    """Compares what cases expect with what is, or writes it anew."""

    renew: bool
    _seen: dict[tuple[Path, str], tuple[Case, set[int]]] = field(default_factory=dict)

    def holds(self, case: Case, what: str | Block, actual: str) -> None:
        """Is the block (or the only one of a kind) as `actual`? `--renew` writes it, and adds one
        of a kind where the case has none."""
        block = self._find(case, what)
        expected = block.text if block else None
        if self.renew and actual != expected:
            rewrite(case, block, what if isinstance(what, str) else what.kind, actual)
            return
        assert expected == actual, f"{case} (line {block.line if block else '?'})"

    def shows(self, case: Case, kind: str, actual: str) -> None:
        """The same for a block that leaves lines out: `…` stands for any lines, and `…` in a
        line for any text."""
        block = self._find(case, kind)
        assert block is not None, f"{case}: no block `{kind}`"
        shown, output = tuple(block.text.splitlines()), actual.splitlines()
        if self.renew:
            fresh = "".join(f"{line}\n" for line in renewed(shown, output))
            if fresh != block.text:
                rewrite(case, block, kind, fresh)
            return
        assert agrees(shown, output), (
            f"{case} (line {block.line}): expected\n{block.text}\ngot\n{actual}"
        )

    def _find(self, case: Case, what: str | Block) -> Block | None:
        _, seen = self._seen.setdefault((case.path, case.title), (case, set()))
        if isinstance(what, Block):
            block: Block | None = what
        else:
            block = case.one(what) if case.all(what) or not self.renew else None
        if block is not None:
            seen.add(block.index)
        return block

    def left(self) -> list[str]:
        """The expectations of the cases seen that nothing was compared with."""
        return [
            f"{case}: the block `{block.kind}` in line {block.line} was compared with nothing"
            for case, seen in self._seen.values()
            for block in case.blocks
            if block.expected and block.index not in seen
        ]


def rewrite(case: Case, block: Block | None, kind: str, text: str) -> None:
    """Writes a block of a case anew; without a block, adds one of the kind at the case's end."""
    lines = case.path.read_text(encoding="utf-8").splitlines(keepends=True)
    now = next(one for one in read(case.path) if one.title == case.title)
    last = now.blocks[-1] if block is None else now.blocks[block.index]
    start = last.line  # the fence is line `start - 1`, from 0; the text begins behind it
    end = start + len(last.text.splitlines())
    if block is None:
        lines[end + 1 : end + 1] = ["\n", f"```{kind}\n", text, "```\n"]
    else:
        lines[start:end] = [text]
    case.path.write_text("".join(lines), encoding="utf-8", newline="\n")
