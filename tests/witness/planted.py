"""Small policies with tables, trees and rules over three fields, drawn at random, and what is so of
them, worked out case by case from what was drawn: neither parsed, checked nor evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

MODES = ("real-time", "batch", "async", "streaming")
QUEUES = ("direct", "nightly", "streamed")
FLAG = (True, False)
NUMBERS = (10, 50, 100)

#: A value of each field: the mode, the flag, the number of documents.
Facts = tuple[str, bool, int]

HEAD = """
policy drawn 1.0.0 effective 2026-01-01
manifest MLProject schema "mlproject.v1.schema.json" of project, workload in workloads
source guide = "guide.yaml"
unit document
enum mode from workload.mode
enum queue : direct, nightly, streamed
outcome way : direct < nightly < streamed
input mode : mode from workload.mode
input explain : flag from workload.needs.interpretability
input documents : document/month from workload.usage.documents_per_month
"""

TAIL = """
decision tree choice : way
  otherwise : direct because "so" ref guide#C1
"""


def cases() -> Iterator[Facts]:
    """Every case that the drawn policies can tell apart."""
    numbers = sorted({n + d for n in NUMBERS for d in (-1, 0, 1)})
    yield from product(MODES, FLAG, numbers)


@dataclass(frozen=True)
class Cell:
    """A condition on one field, how a policy writes it, and in a way that no check sees through."""

    text: str
    hidden: str
    holds: Callable[[Facts], bool]


def draw_cell(rng: Random) -> Cell:
    kind = rng.randrange(3)
    if kind == 0:
        word = rng.choice(MODES)
        return Cell(f"mode is {word}", f"mode is {word}", lambda facts: facts[0] == word)
    if kind == 1:
        return Cell("explain", "explain", lambda facts: facts[1])
    number, more = rng.choice(NUMBERS), rng.random() < 0.5
    sign = ">=" if more else "<"
    return Cell(
        f"documents {sign} {number} document/month",
        f"documents * 2 {sign} {number * 2} document/month",
        lambda facts: (facts[2] >= number) is more,
    )


@dataclass(frozen=True)
class Row:
    """A row of a table: a mode, a flag and numbers (None: not asked), and what it gives."""

    mode: str | None
    flag: bool | None
    number: tuple[str, int] | None
    value: str

    def matches(self, facts: Facts) -> bool:
        mode, flag, number = facts
        if self.mode is not None and mode != self.mode:
            return False
        if self.flag is not None and flag is not self.flag:
            return False
        if self.number is None:
            return True
        return number >= self.number[1] if self.number[0] == ">=" else number < self.number[1]

    @property
    def text(self) -> str:
        flag = "-" if self.flag is None else "yes" if self.flag else "no"
        number = "-" if self.number is None else f"{self.number[0]} {self.number[1]} document/month"
        return f"  | {self.mode or '-'} | {flag} | {number} | -> {self.value}"


def draw_rows(rng: Random) -> list[Row]:
    return [
        Row(
            mode=rng.choice((None, *MODES)),
            flag=rng.choice((None, None, True, False)),
            number=rng.choice((None, None, (rng.choice(("<", ">=")), rng.choice(NUMBERS)))),
            value=rng.choice(QUEUES),
        )
        for _ in range(rng.randrange(2, 7))
    ]


def table_text(strategy: str, rows: Sequence[Row]) -> str:
    """A table whose number column is worked out: which of its cases can be is for the analysis."""
    lines = [f"table drawn : queue {strategy} ref guide#C1"]
    lines.append("  | mode | explain | much : documents * 1 |")
    lines += [row.text for row in rows]
    return "\n".join(lines) + "\n"


# ── Trees ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Step:
    """An `if` with two arms, each another one or a queue; `line` of its text from 0."""

    cell: Cell
    yes: Step | str
    no: Step | str


def draw_tree(rng: Random, depth: int) -> Step | str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(QUEUES)
    return Step(draw_cell(rng), draw_tree(rng, depth - 1), draw_tree(rng, depth - 1))


def tree_text(root: Step | str) -> tuple[str, list[Step]]:
    """The text of a tree, and its steps in the order in which they are written."""
    lines, order = ["decision tree choice : way"], list[Step]()

    def write(here: Step | str, indent: str, before: str) -> None:
        if isinstance(here, str):
            lines.append(f'{before}{here} because "so" ref guide#C1')
            return
        order.append(here)
        lines.append(f"{before}")
        lines.append(f"{indent}if {here.cell.hidden}")
        for word, arm in (("yes", here.yes), ("no", here.no)):
            write(arm, f"{indent}    ", f"{indent}  {word}: ")

    if isinstance(root, str):
        lines.append(f'  otherwise : {root} because "so" ref guide#C1')
    else:
        write(root, "  ", "")
    return "\n".join(line for line in lines if line.strip()) + "\n", order


def taken(root: Step | str, facts: Facts) -> Iterator[tuple[int, bool]]:
    """The arms that are taken for some facts, by the identity of their step."""
    here = root
    while isinstance(here, Step):
        holds = here.cell.holds(facts)
        yield id(here), holds
        here = here.yes if holds else here.no
