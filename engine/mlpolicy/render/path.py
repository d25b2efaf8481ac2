"""The path through a decision, line by line, from its trace.

Each condition on one line: both sides with their values, what it came to, the margin, and at
the right where the value stands in the manifest and which clause the bar rests on. Below it,
indented, what it follows from, as far as it decided the matter: of an `and` that is no, the
parts that are no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlpolicy.core.decision import Trace
from mlpolicy.render.style import bold, columns, dim, green, pad, red, wrap, yellow

_NAMED = frozenset(
    {"input", "threshold", "param", "define", "formula", "cost", "table", "score", "row"}
    | {"cell", "entry", "shortlist", "first", "latest", "lookup", "choice", "answer"}
    | {"as_of", "parameter", "exception", "rule", "obligation", "fact"}
)
_RELATIONS = frozenset({"compare", "is", "in", "within"})
_SILENT = frozenset({"constant", "fact", "parameter", "assumed", "as_of"})
_TRUTHS = ("yes", "no", "unknown")
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Step:
    """A line: how deep, what happened, and where to look."""

    depth: int
    left: str
    right: str = ""


def path_lines(trace: Trace, width: int, *, depth: int, manifest: str = "") -> list[str]:
    """The path below a `tree` node as lines. Places in `manifest` are told by its last name."""
    lines: list[str] = []
    for step in _walk(trace, 0, depth):
        lines += _laid_out(step, width, "    ", manifest)
    return lines


def find(trace: Trace, kinds: tuple[str, ...], name: str = "") -> Iterator[Trace]:
    """Every node of these kinds (and that name), outermost first."""
    if trace.kind in kinds and name in ("", trace.name):
        yield trace
        return
    for child in trace.children:
        yield from find(child, kinds, name)


def node_lines(trace: Trace, width: int, *, depth: int, manifest: str = "") -> list[str]:
    """A node and what it follows from, all of it down to a depth."""
    lines: list[str] = []
    for step in _expression(trace, 0, depth, pruned=False):
        lines += _laid_out(step, width, "  ", manifest)
    return lines


# ── The tree ─────────────────────────────────────────────────────────────────────────────


def _walk(node: Trace, level: int, depth: int) -> Iterator[Step]:
    match node.kind:
        case "tree":
            for child in node.children:
                yield from _walk(child, level, depth)
        case "if" if node.children:
            condition, *arms = node.children
            taken = [arm for arm in arms if arm.kind != "arm"]
            passed = [arm for arm in arms if arm.kind == "arm" and arm.value == "not taken"]
            notes = [node.note] if node.name != "block" and node.note else []
            notes += [f"{arm.name} -> {arm.note}" for arm in passed]
            how = f"  {dim('(' + '; '.join(notes) + ')')}" if notes else ""
            yield Step(level, f"{_line(condition)}{how}", _right(condition))
            yield from _below(condition, level + 1, depth - 1)
            for arm in arms:
                if arm.kind == "arm" and arm not in passed:
                    yield Step(level + 1, f"{arm.name} -> {arm.note or arm.value}")
            if node.value == "unknown" and node.name == "block":
                yield Step(level + 1, dim(node.note))
            for arm in taken:
                yield from _walk(arm, level, depth)
        case "goto":
            because = f"  {node.note}" if node.note else ""
            yield Step(level, f"-> {bold(node.name)}{because}", _refs(node))
            for child in node.children:
                yield from _walk(child, level, depth)
        case "leaf" | "hold":
            because = f"  {node.note}" if node.note else ""
            yield Step(level, f"-> {bold(node.name or node.value)}{because}", _refs(node))
            for child in node.children:
                yield Step(level + 1, f"{child.name} = {child.value}", _right(child))
        case _:
            yield from _expression(node, level, depth)


# ── Conditions and values ────────────────────────────────────────────────────────────────


def _expression(node: Trace, level: int, depth: int, *, pruned: bool = True) -> Iterator[Step]:
    yield Step(level, _line(node), _right(node))
    yield from _below(node, level + 1, depth - 1, pruned=pruned)


def _below(node: Trace, level: int, depth: int, *, pruned: bool = True) -> Iterator[Step]:
    """What a node follows from."""
    if depth <= 0:
        return
    if node.kind == "not" and len(node.children) == 1:
        yield from _below(node.children[0], level, depth, pruned=pruned)
        return
    children = _decisive(node) if pruned else node.children
    for child in children:
        if child.kind in _SILENT:
            continue
        if node.kind in _RELATIONS and not child.children:
            continue  # both sides stand in the line itself
        if child.kind in ("cases", "case", "and", "or") and child.value == node.value:
            # `define x = a and b`: the definition's line has said it.
            yield from _below(child, level, depth, pruned=pruned)
            continue
        if node.kind in ("question", "line", "attribute", "case") and not _adds(child, node):
            yield from _below(child, level, depth, pruned=pruned)
            continue
        yield from _expression(child, level, depth, pruned=pruned)


def _adds(child: Trace, node: Trace) -> bool:
    """Does the condition of a question say more than the question with its answer?"""
    return child.kind in _RELATIONS or (child.kind in _NAMED and child.value != node.value)


def _decisive(node: Trace) -> tuple[Trace, ...]:
    """The parts that made it what it is."""
    children = node.children
    if node.kind in ("and", "all") and node.value in ("no", "unknown"):
        return tuple(child for child in children if child.value == node.value)
    if node.kind == "or" and node.value in ("yes", "unknown"):
        return tuple(child for child in children if child.value == node.value)
    if node.kind == "cases":
        return tuple(child for child in children if child.note != "does not match")
    if node.kind == "row":
        lines = tuple(child for child in children if child.kind == "line")
        undecided = tuple(child for child in lines if child.value != "yes")
        earlier = next((child for child in children if child.kind == "row"), None)
        if not undecided and earlier is not None and earlier.value != "yes":
            return _decisive(earlier)
        return undecided or lines
    if node.kind == "case":
        return tuple(child for child in children if child.kind != "constant")
    return children


def _line(node: Trace) -> str:
    match node.kind:
        case "compare" | "is" | "in" | "within" if len(node.children) == 2:
            left, right = node.children
            said = f"{_side(left)} {node.name} {_side(right)}"
            note = f", {node.note}" if node.note else ""
            return f"{said}: {_paint(node.value)}{note}"
        case "score":
            return f"{node.name}: {_paint(node.value)} ({node.note})"
        case "question":
            return f"{_paint(node.value)}  {node.note or node.text}{_waits(node)}"
        case "row":
            note = node.note or node.value
            return f"{node.name}: {note}"
        case "line":
            return f"{node.name}: {_paint(node.value)}{_waits(node)}"
        case "case":
            return f"{node.name} {node.note}: {node.value}" if node.note else node.value
        case "any" | "first" | "latest":
            return f"{node.kind} {node.name}: {_paint(node.value)}"
        case "exception":
            return f"exception {node.name}: {node.note}"
        case _ if node.kind in _NAMED or not node.text:
            note = f"  {_note(node)}" if node.note else ""
            return f"{node.name or node.kind} = {_paint(node.value)}{note}"
        case _:
            note = f"  {_note(node)}" if node.note else ""
            return f"{_short(node.text)}: {_paint(node.value)}{note}"


def _waits(node: Trace) -> str:
    """What an unknown line of a shortlist, or question of a score, waits for."""
    if node.value != "unknown" or not node.needs:
        return ""
    more = ", …" if len(node.needs) > 3 else ""
    return dim(f"  needs {', '.join(node.needs[:3])}{more}")


def _side(node: Trace) -> str:
    """One side of a comparison, with its value."""
    if node.kind == "constant":
        return node.value
    name = node.name if node.kind in _NAMED and node.name else _short(node.text or node.name)
    value = node.value
    if node.kind == "input" and node.note.startswith("assumed"):
        value = f"{value}, assumed"
    elif node.kind == "input" and node.value == "unknown" and node.note:
        value = node.note
    return f"{name} ({value})" if value else name


def _note(node: Trace) -> str:
    return dim(f"({node.note})")


def _right(node: Trace) -> str:
    """Where to look: the manifest's place, and the clauses."""
    parts: list[str] = []
    nodes = [node]
    if node.kind in _RELATIONS:
        nodes += [c for c in node.children if c.kind not in _SILENT]
    elif node.kind in ("question", "line", "not"):
        nodes += node.children[:1]
    for each in nodes:
        place = _stated(each)
        if place:
            parts.append(place)
    for each in nodes:
        parts += each.refs
    return " ".join(dict.fromkeys(parts))


def _stated(node: Trace) -> str:
    """Where the manifest states this value: here, or below where the value came from."""
    if node.from_ is not None:
        return str(node.from_)
    if node.kind in _RELATIONS:
        return ""
    for child in node.children:
        if child.value == node.value:
            found = _stated(child)
            if found:
                return found
    return ""


def _refs(node: Trace) -> str:
    return " ".join(node.refs)


def _paint(value: str) -> str:
    match value:
        case "yes":
            return green(value)
        case "no":
            return red(value)
        case "unknown":
            return yellow(value)
        case _:
            return value


def _short(text: str) -> str:
    """The policy's wording on one line."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def _laid_out(step: Step, width: int, margin: str, manifest: str) -> list[str]:
    indent = margin + "  " * step.depth
    lines = wrap(step.left, width, indent, indent + "    ")
    right = step.right
    if manifest:
        right = right.replace(f"{manifest}:", f"{manifest.rsplit('/', 1)[-1]}:")
    if not right:
        return lines
    if columns(right) <= width - columns(lines[-1]) - 2:
        at = max(columns(lines[-1]) + 2, min(56, width - columns(right)))
        lines[-1] = pad(lines[-1], at) + dim(right)
        return lines
    return [*lines, *(dim(line) for line in wrap(right, width, indent + "    "))]
