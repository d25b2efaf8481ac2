"""What the page of a policy's coverage says, as plain values.

The order is that of a reader's questions: how much is reached, of what, what is not and why; then
the policy line by line, each with what of it was reached and how often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.core.program import Program
from mlpolicy.core.visit import walk_whole
from mlpolicy.reach import KINDS, Coverage, Point
from mlpolicy.render.coverage import SEVERAL, percent, reason
from mlpolicy.source import Place, Source
from mlpolicy.testing import TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How much of a kind of thing was reached."""

    name: str
    reached: int
    of: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What no test reached: the thing, which part of it, where the page shows it, and why."""

    name: str
    part: str
    place: str
    anchor: str
    why: str


@dataclass(frozen=True, slots=True)
class Several:
    """What was missed of one kind."""

    name: str
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a thing, and how many tests reached it."""

    name: str
    hits: int


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing in a line, with its parts."""

    kind: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a policy: `look` is `all`, `some` or `none` of what is to be reached in it, and
    empty where there is nothing."""

    number: int
    anchor: str
    text: str
    look: str
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a policy, of which everything is shown that there is to reach something in."""

    name: str
    anchor: str
    reached: int
    of: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page. `wanted` is the percentage that a gate asks for; None without one."""

    policy: str
    tests: int
    failed: int
    reached: int
    of: int
    percent: int
    wanted: int | None
    passes: bool
    kinds: tuple[Kind, ...]
    missed: tuple[Several, ...]
    files: tuple[File, ...]


def view(
    program: Program, results: Sequence[TestResult], coverage: Coverage, wanted: int | None
) -> Page:
    """What there is to say of these results, and of what they reached."""
    some, every = coverage.share()
    failed = sum(not result.passed for result in results)
    named = sorted({point.place.file for point in coverage.points})
    anchors = {name: f"file-{number}" for number, name in enumerate(named, 1)}
    return Page(
        policy=f"{program.name} {program.version}",
        tests=len(results),
        failed=failed,
        reached=some,
        of=every,
        percent=percent(coverage),
        wanted=wanted,
        passes=not failed and percent(coverage) >= (wanted if wanted is not None else 100),
        kinds=tuple(_kinds(coverage)),
        missed=tuple(_missed(coverage, anchors)),
        files=tuple(_files(program, coverage, anchors)),
    )


def _kinds(coverage: Coverage) -> Iterator[Kind]:
    for kind in KINDS:
        some, every = coverage.share(kind)
        if every:
            yield Kind(name=SEVERAL[kind], reached=some, of=every, percent=100 * some // every)


def _missed(coverage: Coverage, anchors: dict[str, str]) -> Iterator[Several]:
    for kind in KINDS:
        found = tuple(
            Missed(
                name=point.name,
                part=point.part,
                place=f"{point.place.file}:{point.place.line}",
                anchor=_anchor(point.place, anchors),
                why=reason(coverage, point),
            )
            for point in coverage.missing
            if point.kind == kind
        )
        if found:
            yield Several(SEVERAL[kind], found)


def _anchor(place: Place, anchors: dict[str, str]) -> str:
    return f"{anchors[place.file]}-{place.line}"


# ── Line by line ─────────────────────────────────────────────────────────────────────────


def _files(program: Program, coverage: Coverage, anchors: dict[str, str]) -> Iterator[File]:
    points: dict[str, dict[int, list[Point]]] = {}
    for point in coverage.points:
        points.setdefault(point.place.file, {}).setdefault(point.place.line, []).append(point)
    texts = _texts(program)
    for name, at in sorted(points.items()):
        every = [point for each in at.values() for point in each]
        lines = (
            _line(number, text, at.get(number, []), coverage, anchors[name])
            for source in texts.get(name, ())
            if any(number in at for number in _numbers(source))
            for number, text in zip(_numbers(source), _lines(source), strict=True)
        )
        yield File(
            name=name,
            anchor=anchors[name],
            reached=sum(bool(coverage.hits.get(point)) for point in every),
            of=len(every),
            lines=tuple(lines),
        )


def _numbers(source: Source) -> range:
    """The numbers of the lines of a source."""
    return range(source.first, source.first + len(_lines(source)))


def _lines(source: Source) -> list[str]:
    return source.text.removesuffix("\n").split("\n")


def _texts(program: Program) -> dict[str, list[Source]]:
    """The texts that a program was made of, by the name of their file, in order."""
    found: dict[tuple[str, int], Source] = {}
    for node in walk_whole(program):
        origin = getattr(node, "origin", None)
        if origin is not None:
            found.setdefault((origin.source.name, origin.source.first), origin.source)
    texts: dict[str, list[Source]] = {}
    for (name, _), source in sorted(found.items(), key=lambda each: each[0]):
        texts.setdefault(name, []).append(source)
    return texts


def _line(number: int, text: str, points: Sequence[Point], coverage: Coverage, anchor: str) -> Line:
    hit = [bool(coverage.hits.get(point)) for point in points]
    things: dict[tuple[str, str, Place], list[Part]] = {}
    for point in points:
        part = Part(point.part, coverage.hits.get(point, 0))
        things.setdefault(point.thing, []).append(part)
    return Line(
        number=number,
        anchor=f"{anchor}-{number}",
        text=text.rstrip("\r"),
        look="" if not hit else "all" if all(hit) else "some" if any(hit) else "none",
        things=tuple(Thing(kind, tuple(parts)) for (kind, _, _), parts in things.items()),
    )
