"""What the tests of a policy reached, as text, JSON and in the form of LCOV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from mlpolicy.reach import KINDS, Coverage, How, Kind, Point, why
from mlpolicy.render.json import Json
from mlpolicy.render.style import dim, finish, green, pad, red, wrap

#: What there are several of, by its kind.
SEVERAL = {
    Kind.LEAF: "leaves",
    Kind.ARM: "arms",
    Kind.THRESHOLD: "sides of thresholds",
    Kind.PARAM: "sides of params",
    Kind.LINE: "lines of definitions",
    Kind.ROW: "rows of tables",
    Kind.CELL: "cells, yes and no",
    Kind.CATALOG: "rows of catalogues",
    Kind.EXCEPTION: "exceptions",
    Kind.RULE: "states of rules",
    Kind.OBLIGATION: "states of obligations",
}


def coverage_text(coverage: Coverage, *, width: int, color: bool) -> str:
    """How much of each kind was reached, and everything that was not, with why."""
    lines = ["reached by the tests:"]
    for kind in KINDS:
        some, every = coverage.share(kind)
        if every:
            paint = green if some == every else red
            lines.append(f"  {paint(pad(f'{some} of {every}', 12))}  {SEVERAL[kind]}")
    some, every = coverage.share()
    lines.append(f"  {pad(f'{some} of {every}', 12)}  {percent(coverage)} %")
    if coverage.missing:
        lines += ["", "not reached:"]
    for point in coverage.missing:
        where = f"{point.place.file}:{point.place.line}"
        part = f", {point.part}" if point.part else ""
        text = (
            f"{point.kind.value} {point.name}{part}  {dim(where)}  {dim(reason(coverage, point))}"
        )
        lines += wrap(text.rstrip(), width, "  ", "    ")
    return finish("\n".join(lines) + "\n", color=color)


def percent(coverage: Coverage) -> int:
    """How many of a hundred points were reached, rounded down: 100 is all of them."""
    some, every = coverage.share()
    return 100 * some // every if every else 100


def reason(coverage: Coverage, point: Point) -> str:
    """Why no test reached a point: what it came to instead, or what stood before it."""
    found = why(coverage, point)
    counts = ", ".join(f"{part} {hits} ×" for part, hits in found.parts)
    before = f"`{_asked(found.at)}`{_where(found.at, point)}" if found.at else ""
    match found.how:
        case How.OTHERWISE:
            return f"tests reach {counts}"
        case How.STEP:
            return f"an earlier step decides: {before} comes to {counts}"
        case How.SHOWN:
            return f"another arm is shown where {before} comes to {counts}"
        case How.GUARD:
            return f"its condition comes to {counts}"
        case How.LINE:
            return f"earlier ones apply, such as {before}, {found.parts[0][1]} ×"
        case How.BESIDE:
            (_, met), (_, every) = found.parts
            return f"tests come to {met} of the {every} rows"
        case How.NOBODY:
            return "no test comes to it"
        case _:
            assert_never(found.how)


def _where(other: Point, point: Point) -> str:
    """Where another point stands, seen from one."""
    if other.place.file == point.place.file:
        return f" in line {other.place.line}"
    return f" in {other.place.file}:{other.place.line}"


def _asked(point: Point) -> str:
    """What a point is called within its tree or definition."""
    return point.name.partition(": ")[2] or point.name


def coverage_value(coverage: Coverage) -> Json:
    """The same for a JSON document."""
    return {
        "reached": coverage.share()[0],
        "of": coverage.share()[1],
        "kinds": {
            kind.value: {"reached": coverage.share(kind)[0], "of": coverage.share(kind)[1]}
            for kind in KINDS
        },
        "points": [
            {
                "kind": point.kind.value,
                "name": point.name,
                "part": point.part or None,
                "file": point.place.file,
                "line": point.place.line,
                "hits": coverage.hits.get(point, 0),
                "why": None if coverage.hits.get(point) else reason(coverage, point),
            }
            for point in coverage.points
        ],
    }


def lcov(coverage: Coverage) -> str:
    """The same as LCOV's tracefile: a line of a file for each thing that can be reached there, a
    branch for each of its parts."""
    files: dict[str, list[Point]] = {}
    for point in coverage.points:
        files.setdefault(point.place.file, []).append(point)
    lines: list[str] = ["TN:"]
    for file, points in sorted(files.items()):
        lines += [f"SF:{file}", *_branches(points, coverage), *_lines(points, coverage)]
        lines.append("end_of_record")
    return "\n".join(lines) + "\n"


def _branches(points: Sequence[Point], coverage: Coverage) -> Iterator[str]:
    found = hit = 0
    blocks: dict[tuple[str, str, int], list[Point]] = {}
    for point in points:
        if point.part:
            blocks.setdefault((point.kind, point.name, point.place.line), []).append(point)
    for block, ((_, _, line), parts) in enumerate(blocks.items()):
        for branch, point in enumerate(parts):
            hits = coverage.hits.get(point, 0)
            found, hit = found + 1, hit + bool(hits)
            yield f"BRDA:{line},{block},{branch},{hits}"
    yield f"BRF:{found}"
    yield f"BRH:{hit}"


def _lines(points: Sequence[Point], coverage: Coverage) -> Iterator[str]:
    most: dict[int, int] = {}
    for point in points:
        hits = coverage.hits.get(point, 0)
        most[point.place.line] = max(most.get(point.place.line, 0), hits)
    for line, hits in sorted(most.items()):
        yield f"DA:{line},{hits}"
    yield f"LF:{len(most)}"
    yield f"LH:{sum(map(bool, most.values()))}"
