"""The decision tree as a graph, with the path of one workload in it; as Mermaid and as DOT.

`graph` is the one reading of it: every condition, outcome and hold that the decision can come
to, each tree once, and for each whether the workload's path took it, may yet take it, or left
it aside. What was met is known by its place in the policy, from the trace. The two writers
(and the page for a browser) draw these values and add nothing but looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from mlpolicy.core.decision import Decision, WorkloadDecision
from mlpolicy.core.node import node
from mlpolicy.core.program import (
    AnyRemains,
    Apply,
    DefRef,
    Expr,
    GotoNode,
    HoldNode,
    IfNode,
    InputRef,
    LeafNode,
    Program,
    Template,
    TreeNode,
)
from mlpolicy.core.terms import PLAIN, Form, Status, UnknownArm
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.values import NO, UNKNOWN, YES, Truth
from mlpolicy.explain import ways
from mlpolicy.explain.kinds import TREE
from mlpolicy.render import words
from mlpolicy.render.path import condition_lines
from mlpolicy.render.style import plain, wrap
from mlpolicy.source import Place


class Reached(StrEnum):
    """Did the path of the workload come here? The firmest first."""

    TAKEN = "taken"
    POSSIBLE = "possible"
    NOT_TAKEN = "not taken"


class Shape(StrEnum):
    """What a node of a graph stands for."""

    TREE = "tree"  # the head of a tree
    IF = "if"
    OUTCOME = "outcome"
    INFEASIBLE = "infeasible"
    HOLD = "hold"


@node(kw_only=True)
class GraphNode:
    """A condition, an answer, or the head of a tree, as `kind` says.

    `text` is the condition, the outcome or the name of the tree in the policy's words, `status`
    what an answer says of itself besides; `detail`, in lines, what it came to here with values and
    margins (of an answer, the reason and what it sets), of a condition empty where it was not met.
    `at` is its place in the policy. `asks` is the name of what a condition asks for, where it asks
    for nothing but that, and `negated` that it asks whether it is not so.
    """

    id: str
    kind: Shape
    text: str
    state: Reached
    detail: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    at: Place | None = None
    asks: str = ""
    negated: bool = False
    status: str = ""

    @property
    def label(self) -> str:
        """`sagemaker (conditional)`: an answer with what it says of itself."""
        return f"{self.text} ({self.status})" if self.status else self.text


@node(kw_only=True)
class GraphEdge:
    """From a node to the next. `arm` is what the condition comes to where the path goes here, one
    or two things; nothing from a tree to its first node. Where the arm goes to another tree,
    `text` says why and `refs` by which clauses."""

    source: str
    target: str
    arm: tuple[Truth, ...]
    state: Reached
    text: str = ""
    refs: tuple[str, ...] = ()


@node
class Graph:
    """The tree as one workload (`name`) went through it. Nodes stand in the policy's order,
    the first is the head of the decision tree; what was taken hangs together from there."""

    name: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


def graph(program: Program, workload: WorkloadDecision) -> Graph:
    """The whole decision tree of the policy, with the path that the workload took. Of a
    workload in error no path is known: everything is possible."""
    met = _met(workload)
    order = list(_trees(program))
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    for name in order:
        tree = program.trees[name]
        place = tree.origin.place
        head = _head(name)
        state, _ = met(StepKind.TREE, place)
        nodes.append(GraphNode(id=head, kind=Shape.TREE, text=name, state=state, at=place))
        # A node is called by its tree and its number there.
        for number, (above, arm, step) in enumerate(_steps(tree.root), 1):
            source = f"{head}_{above}" if above else head
            kind = _KINDS[type(step)]
            state, trace = met(kind, step.origin.place)
            if isinstance(step, GotoNode):
                why = words.note(trace) if trace else _written(step.because)
                edges.append(
                    GraphEdge(
                        source=source,
                        target=_head(step.tree),
                        arm=arm,
                        state=state,
                        text=_flat(why),
                        refs=step.refs,
                    )
                )
            else:
                nodes.append(_node(f"{head}_{number}", step, state, trace))
                edges.append(
                    GraphEdge(source=source, target=f"{head}_{number}", arm=arm, state=state)
                )
    return Graph(workload.name, tuple(nodes), tuple(edges))


def graphs(
    pairs: Sequence[tuple[Decision, Program]], workload: str | None = None
) -> Iterator[tuple[Decision, WorkloadDecision, Graph]]:
    """Every workload (or the one named so) with its decision and its graph."""
    for decision, program in pairs:
        for each in decision.workloads:
            if workload in (None, each.name):
                yield decision, each, graph(program, each)


_KINDS = {
    IfNode: StepKind.IF,
    LeafNode: StepKind.LEAF,
    HoldNode: StepKind.HOLD,
    GotoNode: StepKind.GOTO,
}


def _head(tree: str) -> str:
    return f"tree_{tree}"


def _trees(program: Program) -> Iterator[str]:
    """The decision tree and all that it leads to, each once, in the order first met;
    none where the policy gives no answers."""
    waiting = [program.decision] if program.decision else []
    order = dict.fromkeys(waiting)
    for name in waiting:
        for _, _, step in _steps(program.trees[name].root):
            if isinstance(step, GotoNode) and step.tree not in order:
                order[step.tree] = None
                waiting.append(step.tree)
    yield from order


def _steps(root: TreeNode) -> Iterator[tuple[int, tuple[Truth, ...], TreeNode]]:
    """The nodes of one tree from the top, each with the number of the node above (0 for none)
    and the arm that leads from there. Numbers count from 1 in this very order."""
    waiting: list[tuple[int, tuple[Truth, ...], TreeNode]] = [(0, (), root)]
    number = 0
    while waiting:
        above, arm, step = waiting.pop()
        number += 1
        yield above, arm, step
        if isinstance(step, IfNode):
            waiting += [(number, arm, further) for arm, further in reversed(_arms(step))]


def _arms(step: IfNode) -> list[tuple[tuple[Truth, ...], TreeNode]]:
    """The arms as they are drawn: one that is also taken while unknown says so. First the one
    that ends here, then the one that goes on, as the policy writes them."""
    arms: list[tuple[tuple[Truth, ...], TreeNode]] = [
        ((YES, UNKNOWN) if step.unknown is UnknownArm.YES else (YES,), step.yes),
        ((NO, UNKNOWN) if step.unknown is UnknownArm.NO else (NO,), step.no),
    ]
    if step.form is Form.UNLESS:
        arms.reverse()
    if step.unknown_arm is not None:
        arms.append(((UNKNOWN,), step.unknown_arm))
    return arms


def _asks(condition: Expr) -> tuple[str, bool]:
    """The name of what a condition asks for, and whether it asks that it is not so; empty where
    it is an expression of its own."""
    match condition:
        case Apply(operator="not", operands=(inner,)):
            name, negated = _asks(inner)
            return name, not negated
        case InputRef(name=name, key=None) | DefRef(name=name, key=None, row=None):
            return name, False
        case AnyRemains(shortlist=name):
            return name, False
        case _:
            return "", False


def _node(id: str, step: TreeNode, state: Reached, trace: Step | None) -> GraphNode:
    place = step.origin.place
    match step:
        case IfNode(condition=condition):
            met = condition_lines(trace.children[0]) if trace and trace.children else []
            refs = trace.children[0].refs if trace and trace.children else ()
            text = condition.origin.text
            asks, negated = _asks(condition)
            return GraphNode(
                id=id,
                kind=Shape.IF,
                text=text,
                asks=asks,
                negated=negated,
                detail=tuple(met),
                state=state,
                refs=refs,
                at=place,
            )
        case LeafNode():
            kind = Shape.OUTCOME if step.outcome else Shape.INFEASIBLE
            because = words.note(trace) if trace else _written(step.because)
            below = trace.children if trace else ()
            set_ = [f"{child.name} {words.value(child)}" for child in below]
            return GraphNode(
                id=id,
                kind=kind,
                text=step.outcome or "infeasible",
                status="" if step.status in PLAIN else step.status,
                detail=tuple(_flat(part) for part in (because, ", ".join(set_)) if part),
                state=state,
                refs=step.refs,
                at=place,
            )
        case HoldNode():
            reason = _flat(words.note(trace) if trace else _written(step.reason))
            return GraphNode(
                id=id,
                kind=Shape.HOLD,
                text=step.says.value,
                detail=(reason,) if reason else (),
                state=state,
                refs=step.refs,
                at=place,
            )
        case GotoNode():
            raise AssertionError("a goto is an edge")


def _written(text: Template | None) -> str:
    """A text of the policy whose holes nobody filled."""
    if text is None:
        return ""
    return "".join(
        part if isinstance(part, str) else f"{{{part.origin.text}}}" for part in text.parts
    )


def _flat(text: str) -> str:
    return " ".join(text.split())


# ── What was met ─────────────────────────────────────────────────────────────────────────

_Met = Callable[[StepKind, Place], tuple[Reached, Step | None]]


def _met(workload: WorkloadDecision) -> _Met:
    """What became of a step of the policy, by kind and place, with its trace where it was
    taken."""
    taken: dict[tuple[StepKind, Place | None], Step] = {}
    possible: set[tuple[StepKind, Place | None]] = set()

    def visit(step: Step, shown: bool) -> None:
        if step.kind in TREE:
            if shown:
                taken.setdefault((step.kind, step.at), step)
            else:
                possible.add((step.kind, step.at))
        after = step.children[1:] if step.kind is StepKind.IF else step.children
        arms = [child for child in after if child.kind is StepKind.ARM]
        for child in after:
            if child.kind is StepKind.ARM:
                possible.update((kind, met.at) for kind, met in ways.comes_past(child))
            elif child.kind in TREE:
                # What an arm of its own says while unknown may be overruled: where nothing,
                # or something else, is shown, the path ends before it.
                visit(child, shown and (len(arms) < 2 or _shows(child, workload)))

    for child in workload.trace.children:
        if child.kind is StepKind.TREE:
            visit(child, True)
    error = workload.status is Status.ERROR

    def state(kind: StepKind, place: Place) -> tuple[Reached, Step | None]:
        key = (kind, place)
        if key in taken:
            return Reached.TAKEN, taken[key]
        return Reached.POSSIBLE if error or key in possible else Reached.NOT_TAKEN, None

    return state


def _shows(arm: Step, workload: WorkloadDecision) -> bool:
    """Does this arm end in what the workload shows?"""
    end = ways.end(arm)
    if end is None:
        return False
    if workload.choice is None:
        return end.kind is StepKind.HOLD and workload.hold is not None
    because = workload.choice.because
    return end.name == (workload.choice.outcome or "infeasible") and all(
        reason in because for reason in ways.reasons(end)
    )


# ── Mermaid ──────────────────────────────────────────────────────────────────────────────

_LOOK = """\
  classDef taken fill:#ffffff,color:#111111,stroke:#111111,stroke-width:4px
  classDef possible fill:#ffffff,color:#111111,stroke:#111111,stroke-width:2px,stroke-dasharray:6 4
  classDef aside fill:#f4f4f4,color:#555555,stroke:#999999,stroke-width:1px"""
_SHAPES = {
    Shape.TREE: ('[["', '"]]'),
    Shape.IF: ('("', '")'),
    Shape.OUTCOME: ('(["', '"])'),
    Shape.INFEASIBLE: ('[/"', '"/]'),
    Shape.HOLD: ('[/"', '"/]'),
}
_ARROWS = {Reached.TAKEN: "==>", Reached.POSSIBLE: "-.->", Reached.NOT_TAKEN: "-->"}
_CLASSES = {Reached.TAKEN: "taken", Reached.POSSIBLE: "possible", Reached.NOT_TAKEN: "aside"}


def mermaid(pairs: Sequence[tuple[Decision, Program]], *, workload: str | None = None) -> str:
    """A flowchart in Mermaid, as GitHub and GitLab draw it: thick for what was taken, dashed
    for what is possible, thin for the rest. Of several workloads only what was taken or is
    possible, side by side; of one the whole tree."""
    found = list(graphs(pairs, workload))
    lines = ["flowchart TD", _LOOK]
    lines += [f"  %% {said}" for said in _legend(len(found))]
    for number, (decision, each, whole) in enumerate(found, 1):
        shown = whole if len(found) == 1 else _met_only(whole)
        lines.append(f'  subgraph w{number}["{_for_mermaid(_title(decision, each))}"]')
        for point in shown.nodes:
            opened, closed = _SHAPES[point.kind]
            label = "<br>".join(_for_mermaid(line) for line in _label(point))
            name = f"w{number}_{point.id}"
            lines.append(f"    {name}{opened}{label}{closed}:::{_CLASSES[point.state]}")
        for edge in shown.edges:
            said = "<br>".join(_for_mermaid(line) for line in _edge_label(edge))
            arrow = _ARROWS[edge.state]
            told = f'{arrow}|"{said}"|' if said else arrow
            lines.append(f"    w{number}_{edge.source} {told} w{number}_{edge.target}")
        lines.append("  end")
    return "\n".join(lines) + "\n"


#: What Mermaid, or the HTML that it makes, would read as its own.
_MERMAID_OWN = re.compile(r"[\"#&<>`\\*]|%(?=%)")


def _for_mermaid(text: str) -> str:
    return _MERMAID_OWN.sub(lambda found: f"#{ord(found[0])};", _flat(plain(text)))


# ── DOT ──────────────────────────────────────────────────────────────────────────────────

_DOT_SHAPES = {
    Shape.TREE: "shape=cds",
    Shape.IF: "shape=box",
    Shape.OUTCOME: "shape=box",
    Shape.INFEASIBLE: "shape=box, peripheries=2",
    Shape.HOLD: "shape=box, peripheries=2",
}
_DOT_LOOKS = {
    Reached.TAKEN: 'penwidth=3, color="#111111", fontcolor="#111111"',
    Reached.POSSIBLE: 'penwidth=1.5, color="#111111", fontcolor="#111111"',
    Reached.NOT_TAKEN: 'penwidth=0.8, color="#8a8a8a", fontcolor="#595959"',
}


def dot(pairs: Sequence[tuple[Decision, Program]], *, workload: str | None = None) -> str:
    """The same for Graphviz."""
    found = list(graphs(pairs, workload))
    lines = ["digraph decision {"]
    lines += [f"  // {said}" for said in _legend(len(found))]
    lines += [
        '  graph [rankdir=TB, fontname="Helvetica", labeljust=l, ranksep=0.4];',
        '  node [fontname="Helvetica", fontsize=11, margin="0.15,0.08"];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for number, (decision, each, whole) in enumerate(found, 1):
        shown = whole if len(found) == 1 else _met_only(whole)
        lines += [
            f"  subgraph cluster_w{number} {{",
            f"    label={_for_dot([_title(decision, each)])};",
        ]
        for point in shown.nodes:
            looks = _dot_looks(point.state, "rounded" if point.kind is Shape.OUTCOME else "")
            lines.append(
                f"    w{number}_{point.id} [label={_for_dot(_label(point))}, "
                f"{_DOT_SHAPES[point.kind]}, {looks}];"
            )
        for edge in shown.edges:
            said = _edge_label(edge)
            label = f"label={_for_dot(said)}, " if said else ""
            lines.append(
                f"    w{number}_{edge.source} -> w{number}_{edge.target} "
                f"[{label}{_dot_looks(edge.state, '')}];"
            )
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_looks(state: Reached, style: str) -> str:
    """Thick, dashed or thin; and the corners of an outcome."""
    styles = [style] if style else []
    if state is Reached.POSSIBLE:
        styles.append("dashed")
    drawn = f'style="{",".join(styles)}", ' if styles else ""
    return f"{drawn}{_DOT_LOOKS[state]}"


def _for_dot(lines: Sequence[str]) -> str:
    """A quoted label of centred lines."""
    told = []
    for line in lines:
        text = _flat(plain(line)).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
        told.append(text)
    return '"' + "\\n".join(told) + '"'


# ── What both say ────────────────────────────────────────────────────────────────────────

_WIDE = 44


def _legend(number: int) -> list[str]:
    said = ["thick: the path taken; dashed: possible as well; thin: not taken"]
    if number > 1:
        said.append("what is neither taken nor possible is left out: --of NAME draws it all")
    return said


def _title(decision: Decision, workload: WorkloadDecision) -> str:
    """`invoice-intake / read-invoices: provisional ai_service`"""
    choice = workload.choice
    answer = f" {choice.outcome or 'infeasible'}" if choice else ""
    return f"{decision.manifest_name} / {workload.name}: {workload.status.value}{answer}"


def _label(point: GraphNode) -> list[str]:
    head = f"tree {point.text}" if point.kind is Shape.TREE else point.label
    lines = wrap(f"{head}?" if point.kind is Shape.IF else head, _WIDE)
    for detail in point.detail:
        lines += wrap(detail, _WIDE)
    return lines


def _edge_label(edge: GraphEdge) -> list[str]:
    arm = ", ".join(edge.arm)
    text = f"{arm}: {edge.text}" if arm and edge.text else arm or edge.text
    return wrap(text, _WIDE) if text else []


def _met_only(whole: Graph) -> Graph:
    """The part of a graph that was taken or is possible."""
    nodes = tuple(point for point in whole.nodes if point.state is not Reached.NOT_TAKEN)
    edges = tuple(edge for edge in whole.edges if edge.state is not Reached.NOT_TAKEN)
    return Graph(whole.name, nodes, edges)
