"""The path through a decision, line by line, from its trace.

Each condition on one line: both sides with their values, what it came to, the margin, and at
the right where the value stands in the manifest and which clause the bar rests on. Below it,
indented, what it follows from, as far as it decided the matter: of an `and` that is no, the
parts that are no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.core.decision import Trace
from mlpolicy.render.places import asked, either, told
from mlpolicy.render.style import bold, columns, dim, green, pad, plain, red, wrap, yellow

_NAMED = frozenset(
    {"input", "threshold", "param", "define", "formula", "cost", "table", "score", "row"}
    | {"cell", "entry", "shortlist", "first", "latest", "lookup", "choice", "answer"}
    | {"as_of", "parameter", "exception", "rule", "obligation", "fact"}
)
_RELATIONS = frozenset({"compare", "is", "in", "within"})
_SILENT = frozenset({"constant", "fact", "parameter", "assumed", "as_of"})
_TRUTHS = ("yes", "no", "unknown")
_ANY = frozenset({"any", "first"})
_AGAIN = "as above"
_TAKEN = "taken so on this path"
_LONGEST = 90
_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class Step:
    """A line: how deep, what happened, and where to look."""

    depth: int
    left: str
    right: str = ""


def path_lines(
    trace: Trace,
    width: int,
    *,
    depth: int,
    outcomes: Sequence[str] = (),
    brief: bool = False,
    places: bool = False,
) -> list[str]:
    """The path below a `tree` node as lines; `outcomes` gives the order to name them in. In
    `brief`, of a condition that was merely passed only the margins are told, and not all that
    it follows from. With `places`, each step says where it stands in the policy."""
    lines: list[str] = []
    for step in _walk(trace, 0, _How(depth, tuple(outcomes), brief, places, set())):
        lines += _laid_out(step, width, "    ")
    return lines


@dataclass(frozen=True, slots=True)
class _How:
    """How a path is told. `margins` are those told so far: in brief each is told once."""

    depth: int
    outcomes: tuple[str, ...]
    brief: bool
    places: bool
    margins: set[str]

    def once(self, steps: Iterable[Step]) -> Iterator[Step]:
        """In brief, what a line waits for is told where it first does."""
        for step in steps:
            head = step.left.partition("  ")[0]
            if not self.brief or "  needs " not in plain(step.left):
                yield step
            elif step.left in self.margins:
                yield Step(step.depth, f"{head}  {dim(f'({_AGAIN})')}")
            else:
                self.margins.add(step.left)
                yield step

    def at(self, step: Trace) -> str:
        """Where a step stands in the policy, as a part of what stands at the right."""
        return f"{told(step.at)} " if self.places and step.at else ""


def find(trace: Trace, kinds: tuple[str, ...], name: str = "") -> Iterator[Trace]:
    """Every node of these kinds (and that name), outermost first."""
    if trace.kind in kinds and name in ("", trace.name):
        yield trace
        return
    for child in trace.children:
        yield from find(child, kinds, name)


def node_lines(trace: Trace, width: int, *, depth: int) -> list[str]:
    """A node and what it follows from, all of it down to a depth."""
    lines: list[str] = []
    for step in _expression(trace, 0, depth, pruned=False):
        lines += _laid_out(step, width, "  ")
    return lines


def lines_below(trace: Trace, width: int, *, depth: int, margin: str) -> list[str]:
    """What a node follows from, without the node itself."""
    lines: list[str] = []
    for step in _below(trace, 0, depth - 1, pruned=False):
        lines += _laid_out(step, width, margin)
    return lines


def condition_lines(condition: Trace, most: int = 2) -> list[str]:
    """What a condition came to, in plain words: its value, then the comparisons below it that
    decided so, those with a margin or still open before others, no more than `most`."""
    if condition.kind in _RELATIONS and len(condition.children) == 2:
        return [plain(_line(condition))]
    noted = condition.note and _AGAIN not in condition.note and condition.kind in _NAMED
    note = f" {_note(condition)}" if noted else ""
    if condition.kind == "score":
        note = f" ({condition.note})"
    found = list(_comparisons(condition))
    telling = [each for each in found if each.note or each.value == "unknown"] or found[:1]
    lines = dict.fromkeys(_line(each) for each in telling)
    return [plain(f"{condition.value}{note}"), *(plain(line) for line in list(lines)[:most])]


def comparisons(condition: Trace) -> Iterator[Trace]:
    """The comparisons that a condition follows from, so far as they decided it: itself, or
    those below it."""
    if condition.kind in _RELATIONS and len(condition.children) == 2:
        yield condition
    else:
        yield from _comparisons(condition)


def steps(condition: Trace, *, depth: int) -> list[Step]:
    """What a condition follows from, step by step, for a report that lays them out itself.
    The texts carry the marks of `style`."""
    return list(_below(condition, 0, depth))


def _comparisons(node: Trace) -> Iterator[Trace]:
    """The comparisons that a condition follows from, as far as they decided it."""
    for child in _decisive(node):
        if child.kind in _RELATIONS and len(child.children) == 2:
            yield child
        elif child.value in _TRUTHS or child.kind in ("row", "case", "cases"):
            yield from _comparisons(child)


# ── The tree ─────────────────────────────────────────────────────────────────────────────


def _walk(node: Trace, level: int, how: _How) -> Iterator[Step]:
    outcomes = how.outcomes
    match node.kind:
        case "tree":
            for child in node.children:
                yield from _walk(child, level, how)
        case "if" if node.children:
            condition, *arms = node.children
            notes = _way(node, arms, outcomes)
            way = f"  {dim('(' + '; '.join(notes) + ')')}" if notes else ""
            yield Step(level, f"{_line(condition)}{way}", f"{how.at(node)}{_right(condition)}")
            if how.brief and (_passed(node, arms) or condition.kind == "score"):
                yield from _margins(condition, level + 1, how.margins)
            else:
                yield from how.once(_below(condition, level + 1, how.depth - 1))
            for line in _arms(node, arms, outcomes):
                yield Step(level + 1, line)
            for arm in arms:
                if arm.kind != "arm":
                    yield from _walk(arm, level, how)
        case "goto":
            because = f"  {node.note}" if node.note else ""
            yield Step(level, f"-> goto {bold(node.name)}{because}", f"{how.at(node)}{_refs(node)}")
            for child in node.children:
                yield from _walk(child, level, how)
        case "leaf" | "hold":
            because = f"  {node.note}" if node.note else ""
            left = f"-> {bold(node.name or node.value)}{because}"
            yield Step(level, left, f"{how.at(node)}{_refs(node)}")
            for child in node.children:
                yield Step(level + 1, f"{child.name} = {child.value}", _right(child))
        case _:
            yield from _expression(node, level, how.depth)


def _passed(node: Trace, arms: Sequence[Trace]) -> bool:
    """Did a condition that is known only let the path go on to the next one?"""
    taken = [arm for arm in arms if arm.kind != "arm"]
    return node.value in ("yes", "no") and [arm.kind for arm in taken] == ["if"]


def _margins(condition: Trace, level: int, told_: set[str]) -> Iterator[Step]:
    """By how much a condition was passed, so far as that is not `told_` yet; of a score, each
    question with its margins."""
    if condition.kind in _RELATIONS:
        return
    if condition.kind == "score":
        for question in condition.children:
            yield Step(level, _line(question), _right(question))
            yield from _margins(question, level + 1, set())
        return
    for each in _comparisons(condition):
        line = _line(each)
        if each.note and line not in told_:
            told_.add(line)
            yield Step(level, line, _right(each))


def _way(node: Trace, arms: Sequence[Trace], outcomes: tuple[str, ...]) -> list[str]:
    """How the path goes on behind a condition, in a few words: of a known one, and of an
    unknown one that has but one way out (`if`, `unless`)."""
    others = [f"{arm.name} -> {_leads(arm, outcomes)}" for arm in arms if arm.kind == "arm"]
    if node.value == "unknown":
        if _is_block(node):
            return []
        way = "goes on while unknown" if node.name == "if" else "not shown, so taken"
    elif node.name == "block":
        way = node.note if node.note.startswith("cannot be") else ""
    else:
        goes_on = (node.value == "yes") == (node.name == "unless")
        way = "goes on" if goes_on else "taken"
    return [*([way] if way else []), *others]


def _arms(node: Trace, arms: Sequence[Trace], outcomes: tuple[str, ...]) -> Iterator[str]:
    """Where each arm of an unknown condition leads, and which is taken meanwhile."""
    if node.value != "unknown" or not _is_block(node):
        return
    others = {arm.name: arm for arm in arms if arm.kind == "arm"}
    taken = any(arm.kind != "arm" for arm in arms)
    for name in ("if yes", "if no"):
        if name in others:
            yield f"{name} -> {_leads(others[name], outcomes)}"
        else:
            yield f"{name}, and while unknown, as follows"
    if len(others) == 2:
        yield "while unknown, as follows" if taken else "while unknown: no answer"


def _is_block(node: Trace) -> bool:
    """Are its arms written out? Then each is told on a line."""
    return node.name not in ("if", "unless") or node.note.startswith("cannot be")


def _leads(arm: Trace, outcomes: tuple[str, ...]) -> str:
    """Where an arm leads: the outcomes in their order, or what the policy says."""
    said = arm.note or arm.value
    names = said.split(" or ")
    if len(names) < 2:
        return said
    order = {name: number for number, name in enumerate(outcomes)}
    return either(sorted(names, key=lambda name: order.get(name, len(order))))


# ── Conditions and values ────────────────────────────────────────────────────────────────


def _expression(node: Trace, level: int, depth: int, *, pruned: bool = True) -> Iterator[Step]:
    only = _only(node, depth) if pruned else None
    if only is not None:
        said, note = _compared(only) if only.kind in _RELATIONS else (_short(only.text), "")
        looks = dict.fromkeys(f"{_right(node)} {_right(only)}".split())
        right = " ".join(sorted(looks, key=lambda look: "#" in look))
        yield Step(level, f"{node.name}: {_paint(node.value)}  {said}{note}{_waits(node)}", right)
        return
    yield Step(level, _line(node), _right(node))
    yield from _below(node, level + 1, depth - 1, pruned=pruned)


def _only(node: Trace, depth: int) -> Trace | None:
    """The one condition that a line of a shortlist consists of, where nothing more is to be
    said of it: both are told in one line."""
    if node.kind != "line" or depth < 2:
        return None
    steps = list(_below(node, 0, depth - 1))
    if len(steps) != 1:
        return None
    child = node
    while len(_decisive(child)) == 1 and child.kind not in (*_RELATIONS, "not"):
        (child,) = _decisive(child)
    kind = child.kind in _RELATIONS or (child.kind == "not" and child.text)
    return child if kind and child.value == node.value else None


def _below(node: Trace, level: int, depth: int, *, pruned: bool = True) -> Iterator[Step]:
    """What a node follows from."""
    if depth <= 0:
        return
    if node.kind == "not" and len(node.children) == 1:
        yield from _below(node.children[0], level, depth, pruned=pruned)
        return
    children = _decisive(node) if pruned else node.children
    for child in children:
        if child.kind in _SILENT or (pruned and child is _ground(node)):
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
    if node.kind in _ANY and node.note and node.note != _AGAIN:
        rest = node.note if children else node.note.replace(" other row", " row")
        yield Step(level, dim(rest))


def _ground(node: Trace) -> Trace | None:
    """The one fact for which something is assumed: it is told in the same line."""
    if node.kind != "input" or not node.note.startswith("assumed"):
        return None
    heard = [child for child in node.children if child.kind not in _SILENT]
    return heard[0] if len(heard) == 1 and not heard[0].children else None


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
            return (*lines, *_left_open(earlier))
        return undecided or lines
    if node.kind == "case":
        return tuple(child for child in children if child.kind != "constant")
    return children


def _left_open(row: Trace) -> tuple[Trace, ...]:
    """The lines of earlier shortlists that leave a row open, where later ones took it on."""
    lines = tuple(each for each in row.children if each.kind == "line" and each.value != "yes")
    earlier = next((child for child in row.children if child.kind == "row"), None)
    return lines if lines or earlier is None else _left_open(earlier)


def _line(node: Trace) -> str:
    match node.kind:
        case "compare" | "is" | "in" | "within" if len(node.children) == 2:
            said, note = _compared(node)
            return f"{said}: {_paint(node.value)}{note}"
        case "not" if _denied(node) is not None:
            said, note = _compared(node.children[0])
            return f"not ({said}): {_paint(node.value)}{note}"
        case "score":
            return f"{node.name}: {_paint(node.value)} ({node.note})"
        case "question":
            noted = [_note(c) for c in node.children[:1] if c.kind == "input" and c.note]
            so = f"  {noted[0]}" if noted and not _adds(node.children[0], node) else ""
            so = so or (f"  {dim(f'({_TAKEN})')}" if _is_taken(node) else "")
            return f"{_paint(node.value)}  {node.note or node.text}{so}{_waits(node)}"
        case "row":
            note = node.note or node.value
            return f"{node.name}: {note}"
        case "line":
            return f"{node.name}: {_paint(node.value)}{_waits(node)}"
        case "case":
            return f"{node.name} {node.note}: {node.value}" if node.note else node.value
        case "any" | "first" | "latest":
            again = f"  {_note(node)}" if node.note == _AGAIN else ""
            return f"{node.kind} {node.name}: {_paint(node.value)}{again}"
        case "choices":
            return f"each choice that is possible: {_paint(node.value)}"
        case "exception":
            return f"exception {node.name}: {node.note}"
        case _ if node.kind in _NAMED or not node.text:
            note = f"  {_note(node)}" if node.note else ""
            return f"{node.name or node.kind} = {_paint(node.value)}{note}"
        case _:
            note = f"  {_note(node)}" if node.note else ""
            return f"{_short(node.text)}: {_paint(node.value)}{note}"


def _is_taken(node: Trace) -> bool:
    """Does a condition rest on something unknown that the path has gone on with?"""
    if _TAKEN in node.note:
        return True
    return node.value in _TRUTHS and any(map(_is_taken, _decisive(node)))


def _denied(node: Trace) -> Trace | None:
    """The comparison that a `not` stands before: its sides are told in the same line."""
    child = node.children[0] if len(node.children) == 1 else None
    compares = child is not None and child.kind in _RELATIONS and len(child.children) == 2
    return child if compares else None


def _compared(node: Trace) -> tuple[str, str]:
    """Both sides of a comparison, and its margin."""
    if len(node.children) != 2:
        return _short(node.text), ""
    left, right = node.children
    note = f", {node.note}" if node.note else ""
    return f"{_side(left, right)} {node.name} {_side(right, left)}", note


def _waits(node: Trace) -> str:
    """What an unknown line of a shortlist, or question of a score, waits for."""
    if node.value != "unknown" or not node.needs:
        return ""
    more = ", …" if len(node.needs) > 3 else ""
    return dim(f"  needs {', '.join(asked(need) for need in node.needs[:3])}{more}")


def _side(node: Trace, other: Trace) -> str:
    """One side of a comparison, with its value."""
    if node.kind == "constant":
        return _cut(node.value, other.value)
    name = node.name if node.kind in _NAMED and node.name else _short(node.text or node.name)
    value = _cut(node.value, other.value)
    if node.kind == "input" and node.note.startswith("assumed"):
        value = f"{value}, assumed"
    elif node.kind == "input" and node.value == "unknown" and node.note:
        value = node.note
    return f"{name} ({value})" if value else name


def _cut(value: str, other: str) -> str:
    """A long set by those of its members that the other side has too, and a few besides."""
    if not (value.startswith("{") and value.endswith("}")):
        return value
    members = value[1:-1].split(", ")
    if len(members) <= _MEMBERS:
        return value
    wanted = set(other.strip("{}").split(", "))
    common = [member for member in members if member in wanted]
    shown = common or members[:3]
    if len(shown) == len(members):
        return value
    return f"{{{', '.join(shown)} and {len(members) - len(shown)} more}}"


def _note(node: Trace) -> str:
    ground = _ground(node)
    as_ = f", as {ground.name} = {ground.value}" if ground is not None else ""
    return dim(f"({node.note}{as_})")


def _right(node: Trace) -> str:
    """Where to look: the manifest's place, and the clauses."""
    parts: list[str] = []
    nodes = [node]
    if node.kind in _RELATIONS:
        nodes += [c for c in node.children if c.kind not in _SILENT]
    elif node.kind == "not" and _denied(node) is not None:
        (compared,) = node.children
        nodes += [compared, *(c for c in compared.children if c.kind not in _SILENT)]
    elif node.kind in ("question", "line", "not"):
        nodes += node.children[:1]
    elif node.kind in ("and", "or"):
        parts_ = _decisive(node)
        nodes += parts_ if all(part.kind == "input" for part in parts_) else ()
    ground = _ground(node)
    for each in (*nodes, *([ground] if ground is not None else [])):
        place = _stated(each)
        if place:
            parts.append(place)
    for each in nodes:
        parts += each.refs
    return " ".join(dict.fromkeys(parts))


def _stated(node: Trace) -> str:
    """Where the manifest states this value: here, or below where the value came from."""
    if node.from_ is not None:
        place = node.from_
        name = place.file.rsplit("/", 1)[-1]
        # Where nothing is stated, there is no place to look at.
        nothing = node.note.startswith(("assumed", "absent")) or (
            node.value == "unknown" and node.note == ""
        )
        return "" if nothing else f"{name}:{place.line}:{place.column}"
    if node.kind in _RELATIONS:
        return ""
    for child in node.children:
        if child.value == node.value or node.kind == "convert":
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
    if len(words) <= _LONGEST:
        return words
    return f"{words[: _LONGEST - 1].rpartition(' ')[0] or words[: _LONGEST - 2]} …"


def _laid_out(step: Step, width: int, margin: str) -> list[str]:
    indent = margin + "  " * step.depth
    lines = wrap(step.left, width, indent, indent + "    ")
    right = step.right.strip()
    if not right:
        return lines
    if columns(right) <= width - columns(lines[-1]) - 2:
        at = max(columns(lines[-1]) + 2, min(56, width - columns(right)))
        lines[-1] = pad(lines[-1], at) + dim(right)
        return lines
    return [*lines, *(dim(line) for line in wrap(right, width, indent + "    "))]
