"""The path through a decision, line by line, from its trace: in the words of the policy's titles,
or as the policy writes it.

Each condition on one line: both sides with their values, what it came to, the margin, and at
the right where the value stands in the manifest and which clause the bar rests on. Below it,
indented, what it follows from, as far as it decided the matter: of an `and` that is no, the
parts that are no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlpolicy.core.terms import Form
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.core.values import UNKNOWN, Items, Truth
from mlpolicy.explain import ways
from mlpolicy.explain.deciding import (
    comparisons_below,
    decisive,
    denied,
    ground,
    is_computed,
    is_relation,
    is_taken,
    others_dropped,
    stated_at,
)
from mlpolicy.explain.kinds import GIVEN, NAMED, RELATIONS, SEARCHES
from mlpolicy.explain.known import is_open, same
from mlpolicy.explain.margins import margin
from mlpolicy.render import places as where
from mlpolicy.render import titled, words
from mlpolicy.render.places import either, told
from mlpolicy.render.reasons import (
    MOST_MEMBERS,
    Asked,
    Reply,
    fact,
    input_fact,
    line_title,
    members,
    named,
    positive,
    row_name,
    valued,
)
from mlpolicy.render.style import bold, columns, dim, green, pad, plain, red, wrap, yellow
from mlpolicy.source import Place

_LONGEST = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: how deep, what happened, and where to look: in the manifest (and the policy),
    and in which clauses. Of a line that says what it waits for, `short` is the rest of it."""

    depth: int
    left: str
    places: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    short: str = ""


def path_lines(
    trace: Step,
    width: int,
    *,
    depth: int,
    outcomes: Sequence[str] = (),
    brief: bool = False,
    places: bool = False,
    asked: Sequence[Asked] = (),
    titles: Titles | None = None,
) -> list[str]:
    """The path below a `tree` node as lines; `outcomes` gives the order to name them in. In
    `brief`, of a condition that was merely passed only the margins are told, and not all that
    it follows from. With `places`, each step says where it stands in the policy. With the questions
    that are `asked` on the path, a condition is told as its question, without a `not`; with
    `titles`, what it follows from is told in these."""
    lines: list[str] = []
    for step in _walk(
        trace,
        0,
        _How(
            depth=depth,
            outcomes=tuple(outcomes),
            brief=brief,
            places=places,
            margins=set(),
            asked={id(each.step): each for each in asked},
            titles=titles,
        ),
    ):
        lines += _laid_out(step, width, "    ")
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How a path is told. `margins` are those told so far: in brief each is told once."""

    depth: int
    outcomes: tuple[str, ...]
    brief: bool
    places: bool
    margins: set[str]
    asked: Mapping[int, Asked]
    titles: Titles | None

    def once(self, steps: Iterable[Line]) -> Iterator[Line]:
        """In brief, what a line waits for is told where it first does."""
        for step in steps:
            if not self.brief or not step.short:
                yield step
            elif step.left in self.margins:
                yield Line(depth=step.depth, left=f"{step.short}  {dim(f'({words.AS_ABOVE})')}")
            else:
                self.margins.add(step.left)
                yield step

    def at(self, step: Step) -> tuple[str, ...]:
        """Where a step stands in the policy, as a part of what stands at the right."""
        return (told(step.at),) if self.places and step.at else ()


def node_lines(trace: Step, width: int, *, depth: int) -> list[str]:
    """A node and what it follows from, all of it down to a depth."""
    lines: list[str] = []
    for step in _expression(trace, 0, depth, pruned=False):
        lines += _laid_out(step, width, "  ")
    return lines


def lines_below(trace: Step, width: int, *, depth: int, margin: str) -> list[str]:
    """What a node follows from, without the node itself."""
    lines: list[str] = []
    for step in _below(trace, 0, depth - 1, pruned=False):
        lines += _laid_out(step, width, margin)
    return lines


def condition_lines(condition: Step, most: int = 2) -> list[str]:
    """What a condition came to, in plain words: its value, then the comparisons below it that
    decided so, those with a margin or still open before others, no more than `most`."""
    if is_relation(condition):
        return [plain(_line(condition))]
    noted = condition.kind in NAMED and not condition.again and words.note(condition)
    note = f" {_note(condition)}" if noted else ""
    if condition.kind is StepKind.SCORE:
        note = f" ({words.note(condition)})"
    found = list(comparisons_below(condition))
    telling = [each for each in found if margin(each) or each.value is UNKNOWN] or found[:1]
    lines = dict.fromkeys(_line(each) for each in telling)
    said = f"{words.value(condition)}{note}"
    return [plain(said), *(plain(line) for line in list(lines)[:most])]


def steps(condition: Step, *, depth: int) -> list[Line]:
    """What a condition follows from, step by step, for a report that lays them out itself.
    The texts carry the marks of `style`."""
    return list(_below(condition, 0, depth))


# ── The tree ─────────────────────────────────────────────────────────────────────────────


def _walk(node: Step, level: int, how: _How) -> Iterator[Line]:
    match node.kind:
        case StepKind.TREE:
            for child in node.children:
                yield from _walk(child, level, how)
        case StepKind.IF if node.children:
            condition = node.children[0]
            shown, aside = ways.arms(node)
            question = how.asked.get(id(node))
            question = question if question is not None and question.titled else None
            turned = question is not None and positive(condition)[1]
            notes = _way(node, aside, how, turned)
            way = f"  {dim('(' + '; '.join(notes) + ')')}" if notes else ""
            places, refs = _looks(condition)
            yield Line(
                depth=level,
                left=f"{_line(condition) if question is None else _question(question)}{way}",
                places=(*how.at(node), *places),
                refs=refs,
            )
            if question is not None and ways.is_passed(node) and (how.brief or not how.titles):
                yield from _facts(question, level + 1)
            elif question is not None and how.titles is not None:
                follows = [*_in_words(positive(condition)[0], level + 1, how.depth - 1, how.titles)]
                yield from follows or _facts(question, level + 1)
            elif how.brief and (ways.is_passed(node) or condition.kind is StepKind.SCORE):
                yield from _margins(condition, level + 1, how.margins)
            else:
                yield from how.once(_below(condition, level + 1, how.depth - 1))
            for line in _arms(node, bool(shown), aside, how):
                yield Line(depth=level + 1, left=line)
            for arm in shown:
                yield from _walk(arm, level, how)
        case StepKind.GOTO:
            because = f"  {words.note(node)}" if words.note(node) else ""
            to = f"goto {bold(node.name)}"
            if how.titles is not None and node.name in how.titles.trees:
                to = f"next: {bold(how.titles.tree(node.name))}"
            yield Line(
                depth=level,
                left=f"-> {to}{because}",
                places=how.at(node),
                refs=node.refs,
            )
            for child in node.children:
                yield from _walk(child, level, how)
        case StepKind.LEAF | StepKind.HOLD:
            because = f"  {words.note(node)}" if words.note(node) else ""
            name = node.name if how.titles is None else how.titles.answer(node.name)
            yield Line(
                depth=level,
                left=f"-> {bold(name)}{because}",
                places=how.at(node),
                refs=node.refs,
            )
            for child in node.children:
                said = f"{child.name} = {words.value(child)}"
                if how.titles is not None:
                    said = f"{child.name}: {valued(child, how.titles)}"
                yield _looking(child, level + 1, said)
        case _:
            yield from _expression(node, level, how.depth)


def _question(question: Asked) -> str:
    """`Is there an AI service for this task? yes`"""
    paint = {Reply.YES: green, Reply.NO: red, Reply.OPEN: yellow}[question.reply]
    return f"{question.question} {paint(question.reply.value)}"


def _facts(question: Asked, level: int) -> Iterator[Line]:
    """On what the answer to a question rests, each fact with its place in the manifest."""
    for said, place in question.facts:
        yield Line(depth=level, left=said, places=_place(place) if place is not None else ())


#: What is told by its title with its value.
_CALLED = frozenset(
    {
        *(StepKind.DEFINE, StepKind.COST, StepKind.TABLE, StepKind.SCORE, StepKind.THRESHOLD),
        *(StepKind.PARAM, StepKind.FIRST, StepKind.ANY, StepKind.CHOICE),
    }
)


def _in_words(node: Step, level: int, depth: int, titles: Titles) -> Iterator[Line]:
    """What a condition or a value follows from, so far as it decided, as people call it. What has
    only the policy's own wording is left out; what it follows from is told in its place."""
    if depth <= 0:
        return
    told_: set[str] = set()
    for child in decisive(node):
        said = _worded(child, titles)
        if is_relation(node) and child.kind is StepKind.INPUT:
            said = ""  # both sides stand in the line itself
        if child.kind in GIVEN or not said or said in told_:
            deeper = () if child.kind in GIVEN else _in_words(child, level, depth, titles)
            yield from (line for line in deeper if line.left not in told_)
            continue
        told_.add(said)
        again = f"  {dim(f'({words.AS_ABOVE})')}" if child.again else ""
        yield _looking(child, level, f"{said}{again}")
        for line in _in_words(child, level + 1, depth - 1, titles):
            if line.left != said:
                yield line
    rest = others_dropped(node) if node.kind in SEARCHES else None
    if rest is not None:
        beside = bool(decisive(node))
        left = words.dropped(rest, beside_others=beside).replace("_", " ")
        yield Line(depth=level, left=dim(left))


def _worded(step: Step, titles: Titles) -> str:
    """A step by its title, with what it came to; empty where it has only a wording."""
    match step.kind:
        case _ if is_relation(step):
            said, found = fact(step, titles), margin(step)
            beside = words.margin_text(found) if found is not None else ""
            return f"{said}, {beside}" if said and beside and not is_open(step.value) else said
        case StepKind.INPUT:
            return input_fact(step, titles)[0]
        case StepKind.QUESTION:
            return f"{words.note(step) or step.text}: {_value(step)}"
        case StepKind.ROW if isinstance(step.value, Truth):
            return f"{row_name(step, titles)}: {words.remains(step).replace('_', ' ')}"
        case StepKind.LINE:
            title = line_title(step.name, titles)
            colon = "" if title.endswith("?") else ":"
            return f"{title}{colon} {_value(step)}"
        case kind if kind in _CALLED and step.name.partition("(")[0] in titles.values:
            name = named(step, titles)
            colon = "" if name.endswith("?") else ":"
            return f"{name}{colon} {valued(step, titles)}{_beside(step)}"
        case _:
            return ""


def _place(place: Place) -> tuple[str, ...]:
    return (f"{place.file.rsplit('/', 1)[-1]}:{place.line}:{place.column}",)


def _margins(condition: Step, level: int, told_: set[str]) -> Iterator[Line]:
    """By how much a condition was passed, so far as that is not `told_` yet; of a score, each
    question with its margins."""
    if condition.kind in RELATIONS:
        return
    if condition.kind is StepKind.SCORE:
        for question in condition.children:
            yield _step_line(question, level)
            yield from _margins(question, level + 1, set())
        return
    for each in comparisons_below(condition):
        line = _line(each)
        if margin(each) and line not in told_:
            told_.add(line)
            yield _looking(each, level, line)


def _way(node: Step, aside: Sequence[Step], how: _How, turned: bool = False) -> list[str]:
    """How the path goes on behind a condition, in a few words: of a known one, and of an
    unknown one that has but one way out (`if`, `unless`). `turned` where it is told without the
    `not` before it."""
    others = [f"{_when(arm, turned)} -> {_leads(arm, how)}" for arm in aside]
    form = ways.way(node).form
    if node.value is UNKNOWN:
        if _is_block(node):
            return []
        way = "goes on while unknown" if form is Form.IF else "not shown, so taken"
    elif form is Form.BLOCK:
        way = ""
    else:
        way = "goes on" if ways.goes_on(node) else "taken"
    return [*([way] if way else []), *others]


def _when(arm: Step, turned: bool) -> str:
    """`if yes`, `if no`: at which answer an arm is taken."""
    return arm.name if not turned else f"if {'no' if ways.leads_to(arm).when else 'yes'}"


def _arms(node: Step, shows: bool, aside: Sequence[Step], how: _How) -> Iterator[str]:
    """Where each arm of an unknown condition leads, and which is taken meanwhile."""
    if node.value is not UNKNOWN or not _is_block(node):
        return
    others = {ways.leads_to(arm).when: arm for arm in aside}
    for when, name in ((True, "if yes"), (False, "if no")):
        if when in others:
            yield f"{name} -> {_leads(others[when], how)}"
        else:
            yield f"{name}, and while unknown, as follows"
    if len(others) == 2:
        yield "while unknown, as follows" if shows else "while unknown: no answer"


def _is_block(node: Step) -> bool:
    """Are its arms written out? Then each is told on a line."""
    way = ways.way(node)
    return way.form is Form.BLOCK or way.impossible is not None


def _leads(arm: Step, how: _How) -> str:
    """Where an arm leads: the outcomes in their order, or what the policy says."""
    leads, titles = ways.leads_to(arm), how.titles
    if leads.outcomes:
        order = {name: number for number, name in enumerate(how.outcomes)}
        names = sorted(leads.outcomes, key=lambda name: order.get(name, len(order)))
        return either([titled.outcome(name, titles) for name in names] if titles else names)
    if titles is not None and leads.tree in titles.trees:
        return titles.tree(leads.tree)
    return words.leads_to(leads)


# ── Conditions and values ────────────────────────────────────────────────────────────────


def _expression(node: Step, level: int, depth: int, *, pruned: bool = True) -> Iterator[Line]:
    only = _only(node, depth) if pruned else None
    if only is not None:
        said, note = _compared(only) if only.kind in RELATIONS else (_short(only.text), "")
        head, waits = f"{node.name}: {_value(node)}", _waits(node)
        places, refs = (_once(a, b) for a, b in zip(_looks(node), _looks(only), strict=True))
        if only.kind is StepKind.NOT:
            # It only names a definition: the facts of that are found by their places.
            places = _once(places, *(_looks(each)[0] for each in comparisons_below(only)))
        yield Line(
            depth=level,
            left=f"{head}  {said}{note}{waits}",
            places=places,
            refs=refs,
            short=head if waits else "",
        )
        return
    yield _step_line(node, level)
    yield from _below(node, level + 1, depth - 1, pruned=pruned)


def _only(node: Step, depth: int) -> Step | None:
    """The one condition that a line of a shortlist consists of, where nothing more is to be
    said of it: both are told in one line."""
    if node.kind is not StepKind.LINE or depth < 2:
        return None
    steps = list(_below(node, 0, depth - 1))
    if len(steps) != 1:
        return None
    child = node
    while len(decisive(child)) == 1 and child.kind not in (*RELATIONS, StepKind.NOT):
        (child,) = decisive(child)
    tells = child.kind in RELATIONS or (child.kind is StepKind.NOT and child.text)
    return child if tells and same(child, node) else None


def _below(node: Step, level: int, depth: int, *, pruned: bool = True) -> Iterator[Line]:
    """What a node follows from."""
    if depth <= 0:
        return
    if node.kind is StepKind.NOT and len(node.children) == 1:
        yield from _below(node.children[0], level, depth, pruned=pruned)
        return
    children = decisive(node) if pruned else node.children
    for child in children:
        if child.kind in GIVEN or (pruned and child is ground(node)):
            continue
        if node.kind in RELATIONS and not child.children:
            continue  # both sides stand in the line itself
        if child.kind in _PARTS and same(child, node):
            # `define x = a and b`: the definition's line has said it.
            yield from _below(child, level, depth, pruned=pruned)
            continue
        if node.kind in _HEADED and not _adds(child, node):
            yield from _below(child, level, depth, pruned=pruned)
            continue
        yield from _expression(child, level, depth, pruned=pruned)
    rest = others_dropped(node) if node.kind in SEARCHES else None
    if rest is not None:
        again = f"; {words.AS_ABOVE}" if node.again else ""
        yield Line(depth=level, left=dim(words.dropped(rest, beside_others=bool(children)) + again))


#: Parts that need no line of their own where they come to what stands above.
_PARTS = frozenset({StepKind.CASES, StepKind.CASE, StepKind.AND, StepKind.OR})
#: What is told in its own words, with the value of the one condition or value below it.
_HEADED = frozenset({StepKind.QUESTION, StepKind.LINE, StepKind.ATTRIBUTE, StepKind.CASE})


def _adds(child: Step, node: Step) -> bool:
    """Does the condition of a question say more than the question with its answer?"""
    if child.kind is StepKind.NOT and node.kind is StepKind.LINE and is_open(child.value):
        # What is open is called by the name that a shorter telling of it has: `not shut_out`.
        return bool(child.text) and any(each.kind in NAMED for each in child.children)
    return child.kind in RELATIONS or (child.kind in NAMED and not same(child, node))


def _step_line(node: Step, level: int) -> Line:
    """The line of a step; shorter where what it waits for was told before."""
    head = ""
    if _waits(node) and node.kind in (StepKind.QUESTION, StepKind.LINE):
        head = _value(node) if node.kind is StepKind.QUESTION else f"{node.name}: {_value(node)}"
    return _looking(node, level, _line(node), head)


def _looking(node: Step, depth: int, left: str, short: str = "") -> Line:
    """A line that says where to look for what a step says."""
    places, refs = _looks(node)
    return Line(depth=depth, left=left, places=places, refs=refs, short=short)


def _line(node: Step) -> str:
    note = words.note(node)
    match node.kind:
        case _ if is_relation(node):
            said, margin_ = _compared(node)
            return f"{said}: {_value(node)}{margin_}"
        case StepKind.NOT if denied(node) is not None:
            said, margin_ = _compared(node.children[0])
            return f"not ({said}): {_value(node)}{margin_}"
        case StepKind.SCORE:
            return f"{node.name}: {_value(node)} ({note})"
        case StepKind.QUESTION:
            return f"{_value(node)}  {note or node.text}{_aside(node)}{_waits(node)}"
        case StepKind.ROW:
            return f"{node.name}: {note or words.value(node)}"
        case StepKind.LINE:
            return f"{node.name}: {_value(node)}{_waits(node)}"
        case StepKind.CASE:
            return f"{node.name} {note}: {words.value(node)}" if note else words.value(node)
        case StepKind.ANY | StepKind.FIRST | StepKind.BEST:
            again = f"  {dim(f'({note})')}" if node.again and node.detail is None else ""
            return f"{node.kind.value} {node.name}: {_value(node)}{again}"
        case StepKind.CHOICES:
            return f"each choice that is possible: {_value(node)}"
        case StepKind.EXCEPTION:
            return f"exception {node.name}: {note}"
        case _ if node.kind in NAMED or not node.text:
            return f"{node.name or node.kind.value} = {_value(node)}{_beside(node)}"
        case _:
            return f"{_short(node.text)}: {_value(node)}{_beside(node)}"


def _beside(node: Step) -> str:
    return f"  {_note(node)}" if words.note(node) else ""


def _aside(question: Step) -> str:
    """What is to be known of the fact that a question asks for, where the question says all
    else; or that the path has gone on without knowing."""
    for child in question.children[:1]:
        if child.kind is StepKind.INPUT and words.note(child) and not _adds(child, question):
            return f"  {_note(child)}"
    return f"  {dim(f'({words.TAKEN})')}" if is_taken(question) else ""


def _compared(node: Step) -> tuple[str, str]:
    """Both sides of a comparison, and its margin."""
    if len(node.children) != 2:
        return _short(node.text), ""
    left, right = node.children
    note = f", {words.note(node)}" if words.note(node) else ""
    return f"{_side(left, right)} {node.name} {_side(right, left)}", note


def _waits(node: Step) -> str:
    """What an unknown line of a shortlist, or question of a score, waits for."""
    if not is_open(node.value) or not node.needs:
        return ""
    more = ", …" if len(node.needs) > 3 else ""
    return dim(f"  needs {', '.join(where.asked(need) for need in node.needs[:3])}{more}")


def _side(node: Step, other: Step) -> str:
    """One side of a comparison, with its value."""
    value = _cut(node, other)
    if node.kind is StepKind.CONSTANT:
        return value
    name = node.name if node.kind in NAMED and node.name else _short(node.text or node.name)
    if node.kind is StepKind.INPUT and node.basis is Basis.ASSUMED:
        value = f"{value}, {'computed' if is_computed(node) else 'assumed'}"
    elif node.kind is StepKind.INPUT and is_open(node.value) and words.note(node):
        value = words.note(node)
    return f"{name} ({value})" if value else name


def _cut(node: Step, other: Step) -> str:
    """A long set by those of its members that the other side has too, and a few besides."""
    value = node.value
    if not isinstance(value, Items) or value.must is None or value.may is None:
        return words.value(node)
    if value.may - value.must or len(value.must) <= MOST_MEMBERS:
        return words.value(node)
    every = sorted(value.must)
    wanted = members(other)
    common = [member for member in every if member in wanted]
    shown = common or every[:3]
    if len(shown) == len(every):
        return words.value(node)
    return f"{{{', '.join(shown)} and {len(every) - len(shown)} more}}"


def _note(node: Step) -> str:
    because = ground(node)
    as_ = f", as {because.name} = {words.value(because)}" if because is not None else ""
    return dim(f"({words.note(node)}{as_})")


def _looks(node: Step) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where to look: the manifest's place, and the clauses."""
    places: list[str] = []
    nodes = [node]
    compared = denied(node) if node.kind is StepKind.NOT else None
    if node.kind in RELATIONS:
        nodes += [c for c in node.children if c.kind not in GIVEN]
    elif compared is not None:
        nodes += [compared, *(c for c in compared.children if c.kind not in GIVEN)]
    elif node.kind in (StepKind.QUESTION, StepKind.LINE, StepKind.NOT):
        nodes += node.children[:1]
    elif node.kind in (StepKind.AND, StepKind.OR):
        parts_ = decisive(node)
        nodes += parts_ if all(part.kind is StepKind.INPUT for part in parts_) else ()
    because = ground(node)
    for each in (*nodes, *([because] if because is not None else [])):
        place = stated_at(each)
        if place is not None:
            places.append(f"{place.file.rsplit('/', 1)[-1]}:{place.line}:{place.column}")
    return _once(places), _once(*(each.refs for each in nodes))


def _once(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _value(node: Step) -> str:
    """What a step came to; yes, no and unknown in their colours."""
    said = words.value(node)
    if is_open(node.value) and node.basis is not Basis.NOT_SET:
        return yellow(said)
    match node.value:
        case Truth.YES:
            return green(said)
        case Truth.NO:
            return red(said)
        case _:
            return said


def _short(text: str) -> str:
    """The policy's wording on one line."""
    words = " ".join(text.split())
    if len(words) <= _LONGEST:
        return words
    return f"{words[: _LONGEST - 1].rpartition(' ')[0] or words[: _LONGEST - 2]} …"


def _laid_out(step: Line, width: int, margin: str) -> list[str]:
    indent = margin + "  " * step.depth
    lines = wrap(step.left, width, indent, indent + "    ")
    right = " ".join((*step.places, *step.refs))
    if not right:
        return lines
    if columns(right) <= width - columns(lines[-1]) - 2:
        at = max(columns(lines[-1]) + 2, min(56, width - columns(right)))
        lines[-1] = pad(lines[-1], at) + dim(right)
        return lines
    return [*lines, *(dim(line) for line in wrap(right, width, indent + "    "))]
