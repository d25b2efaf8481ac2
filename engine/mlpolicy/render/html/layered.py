"""Where the boxes of a small graph go: the one door to grandalf.

In go names and arrows, out come whole coordinates, layer below layer from the first name on.
An arrow over several layers has a point in each of them, so that it passes between the boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grandalf.graphs import Edge, Vertex, graph_core  # type: ignore[import-untyped]
from grandalf.layouts import SugiyamaLayout, VertexViewer  # type: ignore[import-untyped]

Point = tuple[int, int]

_BESIDE, _BELOW = 20, 44
_LANE = 10  # the room that a passing arrow takes in a layer
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box, the middles that each arrow goes through from its first box to
    its last, and the size of it all."""

    boxes: dict[str, Point]
    arrows: dict[tuple[str, str], tuple[Point, ...]]
    width: int
    height: int


class _Route:
    """Takes from grandalf the points of an arrow."""

    points: Sequence[tuple[float, float]] = ()

    def setpath(self, points: Sequence[tuple[float, float]]) -> None:
        self.points = points


def layered(widths: Mapping[str, int], arrows: Iterable[tuple[str, str]], height: int) -> Layout:
    """Boxes by name, each with its width, in layers. Every one can be reached from the first;
    the arrows make no circle, and no two of them are the same."""
    vertices = {name: Vertex(name) for name in widths}
    for name, vertex in vertices.items():
        vertex.view = VertexViewer(widths[name], height)
    edges = [Edge(vertices[source], vertices[target]) for source, target in arrows]
    for edge in edges:
        edge.view = _Route()
    # Not through grandalf's `Graph`, which hands its arrows on in the order of a set: the
    # drawing would be another one each time.
    drawing = SugiyamaLayout(graph_core(list(vertices.values()), edges))
    drawing.xspace, drawing.yspace, drawing.dw = _BESIDE, _BELOW, _LANE
    drawing.init_all(roots=[next(iter(vertices.values()))])
    drawing.draw(_ROUNDS)

    paths = [edge.view.points for edge in edges]
    passed = [x for path in paths for x, _ in path]
    places = [(*vertex.view.xy, widths[name] / 2) for name, vertex in vertices.items()]
    left = min([x - half for x, _, half in places] + passed)
    right = max([x + half for x, _, half in places] + passed)
    top = min(y for _, y, _ in places) - height / 2
    bottom = max(y for _, y, _ in places) + height / 2

    def at(point: tuple[float, float]) -> Point:
        return round(point[0] - left), round(point[1] - top)

    return Layout(
        {name: at(vertex.view.xy) for name, vertex in vertices.items()},
        {
            (edge.v[0].data, edge.v[1].data): tuple(at(point) for point in path)
            for edge, path in zip(edges, paths, strict=True)
        },
        round(right - left),
        round(bottom - top),
    )
