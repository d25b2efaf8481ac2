"""The decision tree as it is drawn: a map of all trees, and each tree as a line of questions.

In go the graph of a workload and its trace, out come the map (boxes and arrows with their
places) and for every tree its questions from top to bottom, each with the arms that leave it
and the one that goes on. Text that wraps is laid out by the browser; only the map has places.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from mlpolicy.core.decision import WorkloadDecision
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import StepKind
from mlpolicy.core.values import NO, YES, Truth
from mlpolicy.explain import ways
from mlpolicy.explain.deciding import find
from mlpolicy.render import titled, words
from mlpolicy.render.graph import Graph, GraphEdge, GraphNode, Reached, Shape
from mlpolicy.render.html.layered import Point, layered
from mlpolicy.render.html.words import Ref, Refs, Span, spans
from mlpolicy.render.path import steps
from mlpolicy.render.places import told

_DEPTH = 8
_STATES = tuple(Reached)


# ── The map ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A tree or an answer on the map, by its left upper corner; `lines` of its title, each with
    how far below the corner it stands."""

    name: str
    lines: tuple[tuple[int, str], ...]
    kind: Shape
    state: Reached
    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from box to box: the path data of its line, and the three corners of its head."""

    state: Reached
    line: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """All of it, with what it shows in words; `trail` is the way that was taken, from the first
    tree to the answer."""

    trail: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    box_height: int
    width: int
    height: int
    said: str


_MARGIN = 4
_LINE = 16  # pixels
_ROOM = 18  # above and below the lines of a box
_LETTERS = 20  # in a line of a box


def tree_map(graph: Graph, titles: Titles) -> Map:
    """Trees and answers as boxes, the answers of one name as one box; nothing where there is no
    tree."""
    if not graph.nodes:
        return Map(trail=(), boxes=(), arrows=(), box_height=0, width=0, height=0, said="")
    names: dict[str, tuple[GraphNode, Reached]] = {}
    box_of: dict[str, str] = {}
    for node in graph.nodes:
        if node.kind is Shape.IF:
            continue
        is_tree = node.kind is Shape.TREE
        box_of[node.id] = box = _tree(node.text) if is_tree else f"answer {node.text}"
        state = names[box][1] if box in names else Reached.NOT_TAKEN
        names[box] = (node, _firmer(state, node.state))
    arrows: dict[tuple[str, str], Reached] = {}
    for edge, tree in _leaving(graph):
        way = (_tree(tree), box_of[edge.target])
        arrows[way] = _firmer(arrows.get(way, Reached.NOT_TAKEN), edge.state)
    called = {box: _title(node, titles) for box, (node, _) in names.items()}
    parted = {box: textwrap.wrap(title, _LETTERS) or [""] for box, title in called.items()}
    widths = {box: max(map(_width, lines)) for box, lines in parted.items()}
    tall = _ROOM + _LINE * max(map(len, parted.values()), default=1)
    layout = layered(widths, arrows, tall)

    boxes = []
    for box, (node, state) in names.items():
        x, y = layout.boxes[box]
        left, top = x - widths[box] // 2 + _MARGIN, y - tall // 2 + _MARGIN
        first = (tall - _LINE * len(parted[box])) // 2 + 12
        boxes.append(
            Box(
                name=called[box],
                lines=tuple((first + _LINE * n, line) for n, line in enumerate(parted[box])),
                kind=node.kind,
                state=state,
                x=left,
                y=top,
                width=widths[box],
            )
        )
    drawn = [_arrow(state, layout.arrows[way], tall) for way, state in arrows.items()]
    # What was taken is drawn last, above the rest.
    drawn.sort(key=lambda arrow: -_STATES.index(arrow.state))
    return Map(
        trail=tuple((called[box], names[box][0].kind) for box in _trail(graph, arrows)),
        boxes=tuple(boxes),
        arrows=tuple(drawn),
        box_height=tall,
        width=layout.width + 2 * _MARGIN,
        height=layout.height + 2 * _MARGIN,
        said=_said(names, arrows, called),
    )


def _tree(name: str) -> str:
    """The box of a tree."""
    return f"tree {name}"


def _trail(graph: Graph, arrows: Mapping[tuple[str, str], Reached]) -> Iterator[str]:
    """The way that was taken, box by box."""
    here: str | None = next(_tree(node.text) for node in graph.nodes)
    while here is not None:
        yield here
        taken = [to for (of, to), state in arrows.items() if of == here and state is Reached.TAKEN]
        here = next(iter(taken), None)


def _title(node: GraphNode, titles: Titles) -> str:
    """What a box is called: a tree, an outcome, or a word for what is none."""
    is_tree = node.kind is Shape.TREE
    return titles.tree(node.text) if is_tree else titled.outcome(node.text, titles)


def _width(name: str) -> int:
    """Room for the name in a bold face of 13 pixels, as an even number."""
    return max(56, 2 * (4 * len(name) + 14))


def _firmer(one: Reached, other: Reached) -> Reached:
    return min(one, other, key=_STATES.index)


def _leaving(graph: Graph) -> Iterator[tuple[GraphEdge, str]]:
    """The arms that leave a tree or end in it, each with the tree it stands in."""
    questions = {node.id for node in graph.nodes if node.kind is Shape.IF}
    tree_of: dict[str, str] = {
        node.id: node.text for node in graph.nodes if node.kind is Shape.TREE
    }
    for edge in graph.edges:
        if edge.target in questions:
            tree_of[edge.target] = tree_of[edge.source]
        else:
            yield edge, tree_of[edge.source]


def _arrow(state: Reached, points: tuple[Point, ...], tall: int) -> Arrow:
    """From the lower edge of a box to the upper edge of another, in soft curves."""
    half = tall // 2
    places = [(x + _MARGIN, y + _MARGIN) for x, y in points]
    places[0] = (places[0][0], places[0][1] + half)
    end, tip = places[-1][0], places[-1][1] - half
    places[-1] = (end, tip - 7)
    line = [f"M{places[0][0]} {places[0][1]}"]
    for (x, y), (to_x, to_y) in pairwise(places):
        middle = (y + to_y) // 2
        line.append(f"C{x} {middle} {to_x} {middle} {to_x} {to_y}")
    head = f"{end - 5},{tip - 9} {end + 5},{tip - 9} {end},{tip}"
    return Arrow(state, "".join(line), head)


def _said(
    names: Mapping[str, tuple[GraphNode, Reached]],
    arrows: Mapping[tuple[str, str], Reached],
    called: Mapping[str, str],
) -> str:
    """The same in words, for who cannot see it."""

    def ways(wanted: Reached) -> str:
        return "; ".join(
            f"{called[source]} to {called[target]}"
            for (source, target), state in arrows.items()
            if state is wanted
        )

    taken, possible = ways(Reached.TAKEN), ways(Reached.POSSIBLE)
    parts = [f"Taken: {taken or 'none'}."]
    if possible:
        parts.append(f"Possible as well: {possible}.")
    rest = sum(state is Reached.NOT_TAKEN for _, state in names.values())
    if rest:
        parts.append(f"{rest} further trees and answers are not reached.")
    return " ".join(parts)


# ── The questions ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A step that a condition follows from: how deep, what, and where to look."""

    depth: int
    text: tuple[Span, ...]
    places: tuple[str, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A way out of a question: on which answer, to what, why, by which clauses."""

    on: str
    state: Reached
    kind: Shape
    target: str
    anchor: str
    why: tuple[str, ...]
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A condition, by its title and as it is written, with the value it took (empty where it was
    not met), what that rests on,
    the arms that leave, and the answer on which the line goes on (`on`; empty at the end).
    `aside` is a second line of questions that begins at one of its arms."""

    title: str
    text: str
    value: str
    state: Reached
    said: tuple[str, ...]
    lines: tuple[Line, ...]
    at: str
    refs: tuple[Ref, ...]
    arms: tuple[Arm, ...]
    on: str
    on_state: Reached | None
    aside: tuple[tuple[str, Reached, tuple[Question, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A tree: its name, what became of it, and its questions; `answer` where it has none.
    `unasked` are the questions of a taken tree that come after the path has left it."""

    title: str
    name: str
    anchor: str
    state: Reached
    at: str
    questions: tuple[Question, ...]
    unasked: tuple[Question, ...]
    answer: tuple[Arm, ...]


def lanes(
    graph: Graph, workload: WorkloadDecision, prefix: str, refs: Refs, titles: Titles
) -> list[Lane]:
    """Every tree: first those of the path in the order they were met, then the rest."""
    if not graph.nodes:
        return []
    return _Drawing(graph, workload, prefix, refs, titles).lanes()


class _Drawing:
    """One graph, taken apart. It holds what every step needs to look up."""

    def __init__(
        self, graph: Graph, workload: WorkloadDecision, prefix: str, refs: Refs, titles: Titles
    ) -> None:
        self._titles = titles
        self._prefix = prefix
        self._refs = refs
        self._nodes = {node.id: node for node in graph.nodes}
        self._arms: dict[str, list[GraphEdge]] = {}
        for edge in graph.edges:
            self._arms.setdefault(edge.source, []).append(edge)
        self._met = {
            step.at: step
            for tree in find(workload.trace, StepKind.TREE)
            for step in ways.branches(tree)
        }

    def lanes(self) -> list[Lane]:
        trees = [node for node in self._nodes.values() if node.kind is Shape.TREE]
        order = {name: number for number, name in enumerate(self._order(trees[0]))}
        trees.sort(key=lambda node: (_STATES.index(node.state), order.get(node.id, len(order))))
        return [self._lane(tree) for tree in trees]

    def _order(self, node: GraphNode) -> Iterator[str]:
        """The trees in the order in which the path meets them."""
        if node.kind is Shape.TREE:
            yield node.id
        for edge in self._arms.get(node.id, ()):
            if edge.state is Reached.TAKEN:
                yield from self._order(self._nodes[edge.target])

    def _lane(self, tree: GraphNode) -> Lane:
        (first,) = self._arms[tree.id]
        root = self._nodes[first.target]
        asks = root.kind is Shape.IF
        questions = tuple(self._questions(root)) if asks else ()
        asked = len(questions)
        if tree.state is Reached.TAKEN:
            while asked and questions[asked - 1].state is Reached.NOT_TAKEN:
                asked -= 1
        return Lane(
            title=self._titles.tree(tree.text),
            name=tree.text,
            anchor=f"{self._prefix}-{tree.id}",
            state=tree.state,
            at=told(tree.at),
            questions=questions[:asked],
            unasked=questions[asked:],
            answer=() if asks else (self._arm(first),),
        )

    def _questions(self, node: GraphNode | None) -> Iterator[Question]:
        while node is not None:
            question, node = self._question(node)
            yield question

    def _question(self, node: GraphNode) -> tuple[Question, GraphNode | None]:
        """The question, and the one that its line goes on with."""
        arms = self._arms[node.id]
        inner = [edge for edge in arms if self._nodes[edge.target].kind is Shape.IF]
        onward = inner[-1] if inner else None
        met = self._met.get(node.at) if node.state is Reached.TAKEN else None
        condition = met.children[0] if met is not None else None
        value = words.value(condition) if condition is not None else ""
        title = self._titles.value(node.asks) if node.asks else ""
        # What is asked by its title is asked so that a yes is a yes of the title.
        turned = node.negated and title not in ("", node.asks)
        said = [line for line in node.detail if line and line != value]
        titled_ = title if title != node.asks else ""
        lines = steps(condition, depth=_DEPTH) if condition is not None else []
        question = Question(
            title=titled_ or node.text,
            text=node.text,
            value=_turned(condition.value).value
            if turned and condition is not None and isinstance(condition.value, Truth)
            else value,
            state=node.state,
            said=tuple(said),
            lines=tuple(
                Line(step.depth, spans(step.left), step.places, self._refs(step.refs))
                for step in lines
            ),
            at=told(node.at),
            refs=self._refs(node.refs),
            arms=tuple(self._arm(edge, turned) for edge in arms if edge not in inner),
            on=_on(onward.arm, turned) if onward else "",
            on_state=onward.state if onward else None,
            aside=tuple(
                (
                    _on(edge.arm, turned),
                    edge.state,
                    tuple(self._questions(self._nodes[edge.target])),
                )
                for edge in inner
                if edge is not onward
            ),
        )
        return question, self._nodes[onward.target] if onward else None

    def _arm(self, edge: GraphEdge, turned: bool = False) -> Arm:
        target = self._nodes[edge.target]
        tree = target.kind is Shape.TREE
        why = (edge.text, *(() if tree else target.detail))
        return Arm(
            on=_on(edge.arm, turned),
            state=edge.state,
            kind=target.kind,
            target=self._called(target),
            anchor=f"{self._prefix}-{target.id}" if tree else "",
            why=tuple(part for part in why if part),
            refs=self._refs(edge.refs if tree else target.refs),
        )

    def _called(self, node: GraphNode) -> str:
        """A tree or an answer by its title."""
        if node.kind is Shape.TREE:
            return self._titles.tree(node.text)
        is_outcome = node.kind is not Shape.HOLD
        said = titled.outcome(node.text, self._titles) if is_outcome else node.text
        return f"{said} ({node.status})" if node.status else said


def _turned(answer: Truth) -> Truth:
    """What is answered where a question is asked the other way round."""
    return NO if answer is YES else YES if answer is NO else answer


def _on(arm: tuple[Truth, ...], turned: bool) -> str:
    """`no or unknown`; `turned` where the question is asked by its title, which is the other way
    round."""
    return " or ".join(_turned(answer).value if turned else answer.value for answer in arm)
