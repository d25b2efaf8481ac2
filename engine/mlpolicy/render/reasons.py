"""Why an answer is as it is, for people: the questions of its path, what was answered to each and
by which fact.

A condition that has a title is asked with it, and a `not` before it is no part of the question:
`not skilled: no` reads "Does the team know machine learning? yes". What has no title keeps the
policy's own wording. Text, pages and comments are made of the same values.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from mlpolicy.core.decision import WorkloadDecision
from mlpolicy.core.node import node
from mlpolicy.core.show import called, show
from mlpolicy.core.terms import Form
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Basis, Step, StepKind
from mlpolicy.core.types import EnumType
from mlpolicy.core.values import NO, UNKNOWN, YES, Days, Items, Members, Series, Truth, words_of
from mlpolicy.explain import ways
from mlpolicy.explain.deciding import comparisons, decisive, find, is_computed, stated_at, tally
from mlpolicy.explain.kinds import NAMED, SEARCHES
from mlpolicy.explain.known import is_open
from mlpolicy.explain.margins import margin
from mlpolicy.pattern import pattern
from mlpolicy.render import words
from mlpolicy.source import Place
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Match

#: Of a set of more members, those are told that the other side has too.
MOST_MEMBERS = 8


class Reply(StrEnum):
    """What was answered to a question."""

    YES = "yes"
    NO = "no"
    OPEN = "not known"


@node(kw_only=True)
class Asked:
    """A question of the path: what was answered, the facts behind it, each with its place in the
    manifest where it stands there, its `step`, whether the policy gives it
    a title, and what the answer led to; `goes_on` where it led
    to the next question only."""

    question: str
    reply: Reply
    facts: tuple[tuple[str, Place | None], ...]
    goes_on: bool
    step: Step
    titled: bool
    led_to: tuple[str, ...] = ()


#: How a comparison reads, by its operator, where it holds and where it does not.
_READS: dict[str, tuple[str, str]] = {
    "<": ("below", "not below"),
    "<=": ("at most", "above"),
    ">": ("above", "not above"),
    ">=": ("at least", "below"),
    "=": ("exactly", "not"),
    "is": ("", "not"),
    "in": ("one of", "not one of"),
    "within": ("within", "not within"),
}
#: The same of points of time.
_READS_DATED: dict[str, tuple[str, str]] = {
    "<": ("before", "not before"),
    "<=": ("not after", "after"),
    ">": ("after", "not after"),
    ">=": ("not before", "before"),
    "=": ("exactly", "not"),
}


#: What is gone through for the facts that a condition came from.
_CONDITIONS = frozenset(
    {
        *(StepKind.INPUT, StepKind.AND, StepKind.OR, StepKind.NOT, StepKind.DEFINE),
        *(StepKind.CASES, StepKind.CASE, StepKind.SCORE, StepKind.QUESTION),
    }
)


def asked(workload: WorkloadDecision, titles: Titles) -> list[Asked]:
    """The questions of the path that was walked, in order."""
    trees = list(find(workload.trace, StepKind.TREE))
    if not trees:
        return []
    full = _full_steps(trees[0])
    return [_asked(step, titles, full) for step in ways.walked(trees[0])]


def deciding(questions: list[Asked]) -> list[Asked]:
    """Those that led somewhere, and not just to the next question; all where none did."""
    return [each for each in questions if not each.goes_on] or questions


def positive(condition: Step) -> tuple[Step, bool]:
    """A condition without a `not` before it, and whether one was taken away."""
    turned = False
    while condition.kind is StepKind.NOT and len(condition.children) == 1:
        condition, turned = condition.children[0], not turned
    return condition, turned


def _asked(step: Step, titles: Titles, full: dict[tuple[StepKind, str, str], Step]) -> Asked:
    condition, turned = positive(step.children[0])
    shown, _ = ways.arms(step)
    came_to = step.value
    if turned and came_to is not UNKNOWN:
        came_to = NO if came_to is YES else YES
    form = ways.way(step).form
    goes_on = (
        form is Form.IF if step.value is UNKNOWN else form is not Form.BLOCK and ways.goes_on(step)
    )
    return Asked(
        question=named(condition, titles),
        reply={YES: Reply.YES, NO: Reply.NO}.get(came_to, Reply.OPEN)
        if isinstance(came_to, Truth)
        else Reply.OPEN,
        facts=tuple(_facts(_whole(condition, full), titles, full)),
        step=step,
        titled=condition.name.partition("(")[0] in titles.values,
        goes_on=goes_on,
        led_to=tuple(said for arm in shown for said in _because(arm)),
    )


def _because(arm: Step) -> Iterator[str]:
    if arm.kind in (StepKind.GOTO, StepKind.LEAF, StepKind.HOLD):
        yield from ways.reasons(arm)


def _full_steps(trace: Step) -> dict[tuple[StepKind, str, str], Step]:
    """The steps that were told in full, by what they are: one that is told again has no parts."""
    found: dict[tuple[StepKind, str, str], Step] = {}
    waiting = [trace]
    while waiting:
        step = waiting.pop()
        if step.children and not step.again:
            found.setdefault((step.kind, step.name, step.text), step)
        waiting.extend(step.children)
    return found


def _whole(step: Step, full: dict[tuple[StepKind, str, str], Step]) -> Step:
    """A step with its parts, also where they were told above."""
    return full.get((step.kind, step.name, step.text), step) if step.again else step


def _facts(
    condition: Step, titles: Titles, full: dict[tuple[StepKind, str, str], Step]
) -> Iterator[tuple[str, Place | None]]:
    """What a condition rests on: the rows that remain, or what dropped them; the comparisons that
    decided, with their sides; or the fact itself."""
    if condition.kind in SEARCHES:
        yield from _rows(condition, titles)
        return
    if condition.kind is StepKind.SCORE:
        yield from _score(condition)
        return
    if condition.kind is StepKind.INPUT:
        if condition.basis is Basis.ASSUMED:
            yield "computed" if is_computed(condition) else "assumed", None
        elif (place := stated_at(condition)) is not None:
            yield "stated", place
        return
    told: dict[str, Place | None] = {}
    for each in comparisons(condition, lambda step: _whole(step, full)):
        said = fact(each, titles)
        if said:
            told.setdefault(said, stated_at(each) or _place_below(each))
    for each in _inputs(condition, full):
        told.setdefault(*input_fact(each, titles))
    yield from list(told.items())[:3]


def _score(score: Step) -> Iterator[tuple[str, Place | None]]:
    """How many of its questions a score takes, and which are answered with yes."""
    found = tally(score)
    yes = [q for q in score.children if q.kind is StepKind.QUESTION and q.value is YES]
    open_ = f", {found.unknown} not known" if found.unknown else ""
    yield f"{found.yes} of {len(score.children)} are yes{open_}; it takes {found.needs}", None
    for question in yes:
        yield words.note(question) or question.text or question.name, _place_below(question)


def _place_below(step: Step) -> Place | None:
    return next((place for child in step.children if (place := stated_at(child))), None)


def _rows(search: Step, titles: Titles) -> Iterator[tuple[str, Place | None]]:
    rows = [child for child in search.children if child.kind is StepKind.ROW]
    if search.value is YES:
        remain = [row for row in rows if row.value is not NO]
        if remain:
            yield ", ".join(dict.fromkeys(row_name(row, titles) for row in remain)), None
        for each in remain:
            for line in (c for c in each.children if c.kind is StepKind.LINE and c.children):
                found = [c for c in comparisons(line.children[0]) if margin(c) is not None]
                yield from ((fact(c, titles), _place_below(c)) for c in found if fact(c, titles))
        return
    for row in rows:
        for line in decisive(row):
            if line.kind is not StepKind.LINE or line.value is YES or line.value is not row.value:
                continue
            found = list(comparisons(line.children[0])) if line.children else []
            said = [text for each in found if (text := fact(each, titles))]
            question = line_title(line.name, titles, search.name)
            place = next((p for each in found if (p := _place_below(each))), None)
            because = f" ({'; '.join(dict.fromkeys(said))})" if said else ""
            reply = Reply.NO if line.value is NO else Reply.OPEN
            if reply is Reply.OPEN and said:
                yield f"{row_name(row, titles)}: {'; '.join(dict.fromkeys(said))}", place
            else:
                yield f"{row_name(row, titles)}: {question} {reply.value}{because}", place


def line_title(name: str, titles: Titles, shortlist: str = "") -> str:
    """The title of a condition of a `shortlist`, or of any that has one of this name; else the name
    as words."""
    lines = (titles.lines.get(shortlist, {}), *titles.lines.values())
    return next((each[name] for each in lines if name in each), name.replace("_", " "))


def row_name(row: Step, titles: Titles) -> str:
    """A row by those words of its keys that have a title; else by all of them."""
    last = row.name.rsplit("/", 1)[-1].split()[-1]
    return next((each[last] for each in titles.members.values() if last in each), last)


def _inputs(
    condition: Step, full: dict[tuple[StepKind, str, str], Step], deepest: int = 6
) -> Iterator[Step]:
    """The facts that a condition came from outside of its comparisons, so far as they decided."""
    if condition.kind is StepKind.INPUT:
        yield condition
        return
    if deepest == 0 or condition.kind in SEARCHES:
        return
    for child in decisive(condition):
        child = _whole(child, full)
        if child.kind in _CONDITIONS:
            yield from _inputs(child, full, deepest - 1)


def input_fact(step: Step, titles: Titles) -> tuple[str, Place | None]:
    """A fact by its title, with its value, and where it is stated."""
    name = named(step, titles)
    colon = "" if name.endswith("?") else ":"
    return f"{name}{colon} {_valued(step, titles)}", stated_at(step)


def fact(relation: Step, titles: Titles) -> str:
    """A comparison as a person says it: `Measured quality: 93 %, at least 85 % (Required quality)`;
    empty where it is none of two sides. Of a word on the left (`data in offer.learns`) it is the
    right side that tells something."""
    if len(relation.children) != 2 or relation.name not in _READS:
        return ""
    left, right = relation.children
    if left.kind is StepKind.CONSTANT and right.kind is not StepKind.CONSTANT:
        asked = "" if relation.value is YES else f"; asked: {named(left, titles)}"
        return f"{named(right, titles)}: {_valued(right, titles)}{asked}"
    dated = isinstance(left.value, Days)
    holds, not_so = (_READS_DATED if dated else _READS)[relation.name]
    name = named(left, titles)
    if is_open(left.value):
        return f"{name}: {_valued(left, titles)}"
    if relation.kind is StepKind.IS and right.kind is StepKind.CONSTANT:
        return f"{name}: {_valued(left, titles)}"
    if is_open(right.value) or (relation.value is UNKNOWN and _is_unmeasured(left)):
        return f"{name}: {_valued(left, titles)}; {named(right, titles)}: {_valued(right, titles)}"
    if relation.value is UNKNOWN:
        reads = f"perhaps {holds}".rstrip()
    else:
        reads = holds if relation.value is YES else not_so
    if not reads:
        return f"{name}: {_valued(left, titles)}"
    said = (StepKind.CONSTANT, StepKind.CELL)
    dotted = _DOTTED.fullmatch(right.text) is not None
    titled = right.kind not in said and right.name.partition("(")[0] in titles.values and not dotted
    whose = f" ({named(right, titles)})" if titled else ""
    return f"{name}: {_valued(left, titles)}, {reads} {_side(right, left, titles)}{whose}"


def _side(step: Step, other: Step, titles: Titles) -> str:
    """A value; of a long set, the members that the other side has too, and how many more."""
    value = step.value
    if isinstance(value, Items) and value.must is not None and value.must == value.may:
        wanted = members(other)
        shown = sorted(value.must & wanted) or sorted(value.must)[:3]
        if len(value.must) > MOST_MEMBERS and len(shown) < len(value.must) and step.type:
            more = len(value.must) - len(shown)
            return f"{', '.join(called(shown, step.type, titles))} and {more} more"
    return valued(step, titles)


def members(step: Step) -> frozenset[str]:
    """The words that a value surely is, or has among its own."""
    match step.value:
        case Items(must=must) if must is not None:
            return must
        case Series() as listed:
            return words_of(listed).must or frozenset()
        case Members(options=options) if options is not None and len(options) == 1:
            return frozenset(word for word in options if word is not None)
        case _:
            return frozenset()


def _is_unmeasured(step: Step) -> bool:
    """Does it come from an entry that nobody has made: is that the part whose value it has?"""
    while step.basis is not Basis.NOT_MEASURED:
        same = [each for each in step.children if each.value == step.value]
        if not same:
            return False
        step = same[-1]
    return True


def _valued(step: Step, titles: Titles) -> str:
    """A value, and how it is known where nobody stated it."""
    if _is_unmeasured(step):
        return "not measured"
    if step.kind is StepKind.INPUT and step.basis is Basis.ABSENT:
        return "not stated"
    said = valued(step, titles)
    if step.kind is StepKind.INPUT and step.basis is Basis.ASSUMED:
        return f"{said} ({'computed' if is_computed(step) else 'assumed'})"
    return said


def valued(step: Step, titles: Titles) -> str:
    """What a step came to, a word of an enum by its title."""
    if isinstance(step.value, Members) and isinstance(step.type, EnumType):
        options = step.value.options
        if options:
            return show(step.value, step.type, titles)
    if is_open(step.value):
        return "not known"
    if isinstance(step.value, Items) and step.value.must and step.type is not None:
        sure = ", ".join(called(sorted(step.value.must), step.type, titles))
        return sure if step.value.may == step.value.must else show(step.value, step.type, titles)
    return words.plain_text(words.value(step))


def named(step: Step, titles: Titles) -> str:
    """What a step is called: its title, else its name or the policy's wording."""
    if step.name and (step.kind in NAMED or step.kind in SEARCHES):
        base, _, key = step.name.partition("(")
        title = titles.values.get(base)
        if title is not None:
            return f"{title} ({titles.answer(key.removesuffix(')'))})" if key else title
        if step.kind is StepKind.CELL or _DOTTED.fullmatch(base):
            return base.rsplit(".", 1)[-1].replace("_", " ")
        if step.name.isidentifier():
            return step.name.replace("_", " ")
    return in_words(" ".join((step.text or step.name).split()), titles)


#: Names that a policy writes: `offering.timed.p99_ms`, `reach[offering.service].regions`.
_DOTTED = pattern(r"[a-z_]\w*(?:\[[^\]]*\])?(?:\.[a-z_]\w*)+")
_IDENTIFIER = pattern(r"[a-z_]\w*(?:\[[^\]]*\])?(?:\.[a-z_]\w*)+|\b[a-z]\w*_\w+")


def called_of(name: str, titles: Titles) -> str:
    """What a declaration is called: its title, for one member of its key `Price of the service (an
    AI service)`; else its name as words."""
    base, _, key = name.partition("(")
    if "[" in base:  # for a row: `listed[offering sentiment / comprehend]`
        base, key = name.partition("[")[0], ""
    title = titles.values.get(base)
    if title is None:
        return in_words(name, titles)
    return f"{title} ({titles.answer(key.removesuffix(')'))})" if key else title


def in_words(wording: str, titles: Titles) -> str:
    """The wording of a policy with words in place of its names: what is read of a row by the name
    of the column, a name of several words without the `_`."""

    def instead(found: Match[str]) -> str:
        return found[0].rsplit("]", 1)[-1].rsplit(".", 1)[-1].replace("_", " ")

    return titles.values.get(wording) or _IDENTIFIER.sub(instead, wording)
