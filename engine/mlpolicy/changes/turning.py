"""Where the path turned away from an outcome, and what, known or measured, would give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlpolicy.analyze.questions import settling_of_one
from mlpolicy.changes.asking import Search
from mlpolicy.changes.editable import field_at, without
from mlpolicy.changes.smallest import MOST_TOLD
from mlpolicy.changes.told import Evidence, Turn
from mlpolicy.core.decision import OpenCell, Settle, Split, WorkloadDecision
from mlpolicy.core.facts import Document
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import GotoNode, IfNode, LeafNode, Program, TreeNode
from mlpolicy.core.replies import Reply
from mlpolicy.core.trace import Basis, Step
from mlpolicy.core.trace import walk as steps_below
from mlpolicy.core.values import NO, UNKNOWN, YES
from mlpolicy.explain.deciding import stated_in
from mlpolicy.explain.ways import walked
from mlpolicy.schema import Schema
from mlpolicy.source import Place


def turned_away(
    program: Program, schema: Schema, own: WorkloadDecision, wanted: str
) -> tuple[Turn, ...]:
    """The `if`s of the path whose other arm leads to the wanted outcome; the last of them is
    the one after which nothing on the path does."""
    nodes: dict[Place, IfNode] = {}

    def index(tree: TreeNode) -> None:
        if isinstance(tree, IfNode):
            nodes[tree.origin.place] = tree
            for below in (tree.yes, tree.no, tree.unknown_arm):
                if below is not None:
                    index(below)

    for tree in program.trees.values():
        index(tree.root)
    turns: list[Turn] = []
    for step in walked(own.trace):
        found = nodes.get(step.at) if step.at is not None else None
        if found is None:
            continue
        if step.value is UNKNOWN:
            if any(_leads_to(arm, wanted, program, set()) for arm in (found.yes, found.no)):
                condition = step.children[0]
                text = condition.text or condition.name
                turns.append(
                    Turn(condition=text, came_to=UNKNOWN, values=(), at=step.at, last=False)
                )
            continue
        taken, other = (found.yes, found.no) if step.value is YES else (found.no, found.yes)
        if not _leads_to(other, wanted, program, set()):
            continue
        condition = step.children[0]
        last = not _leads_to(taken, wanted, program, set())
        text = condition.text or condition.name
        values = stated_in(condition)
        turns.append(
            Turn(
                condition=text,
                came_to=YES if step.value is YES else NO,
                values=values,
                at=step.at,
                last=last,
                facts=tuple(_unchosen(values, schema)) if last and len(values) == 1 else (),
            )
        )
        if last:
            break
    return tuple(turns)


def _unchosen(values: Iterable[Step], schema: Schema) -> Iterator[FieldPath]:
    """The fields stated behind some steps that a team can neither decide nor arrange."""
    found: dict[FieldPath, None] = {}
    for step in (below for value in values for below in steps_below(value)):
        path, stated = step.path, step.basis in (Basis.STATED, Basis.ESTIMATE)
        if path is None or not stated or not all(isinstance(key, str) for key in path.steps):
            continue
        field = field_at(schema, not path.is_shared, tuple(map(str, path.steps)))
        if field is not None and not field.editable:
            found[path] = None
    return iter(found)


def _leads_to(tree: TreeNode, wanted: str, program: Program, seen: set[str]) -> bool:
    match tree:
        case LeafNode():
            return tree.outcome == wanted
        case GotoNode():
            if tree.tree in seen:
                return False
            seen.add(tree.tree)
            return _leads_to(program.trees[tree.tree].root, wanted, program, seen)
        case IfNode():
            arms = (tree.yes, tree.no)
            return any(_leads_to(arm, wanted, program, seen) for arm in arms)
        case _:
            return False


def evidence_for(
    program: Program,
    document: Document,
    own: WorkloadDecision,
    wanted: str,
    search: Search,
) -> tuple[Evidence, ...]:
    """Answers about the world that would make it the outcome: (path, answer, question). What
    is open today; and where records stand in the way, what newer ones would have to say."""
    offered = {editable.path for editable in search.editables}
    found: dict[tuple[FieldPath, tuple[Reply, ...]], str | OpenCell] = {}

    def add(asked: Iterable[Settle]) -> None:
        for settle in asked:
            if settle.path is None or settle.path in offered:
                continue
            for split in settle.when:
                if _gives(split, wanted):
                    found.setdefault((settle.path, split.answer), settle.ask)

    add(own.settled_by)
    paths = [records.path for records in program.records.values()]
    bare = without(document, paths, own.name)
    if bare != document:
        add(settling_of_one(program, bare, search.as_of, own.name))
    return tuple((path, answer, ask_) for (path, answer), ask_ in found.items())[:MOST_TOLD]


def _gives(split: Split, wanted: str) -> bool:
    return split.possible == (wanted,)
