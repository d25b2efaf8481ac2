"""Which questions would settle an open answer, and which unknowns do not matter.

Every unknown met while deciding is tried: a flag with yes and no, an enum with each member, a
number on each side of the points where a comparison of it turns. For each answer the tree is
evaluated again with it assumed; what remains possible is the split. An unknown that the
evaluation never met cannot matter to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from mlpolicy.core.decision import Settle, Split
from mlpolicy.core.numbers import Infinite, Range, point
from mlpolicy.core.program import InputRef
from mlpolicy.core.show import show_number
from mlpolicy.core.types import EnumType, Quantity, Type
from mlpolicy.core.values import NO, YES, Members, Value, is_known
from mlpolicy.evaluate.inputs import path_text
from mlpolicy.evaluate.nodes import value_of
from mlpolicy.evaluate.state import NOTHING_BOUND, Env, FaultError, Slot, Subject
from mlpolicy.evaluate.trees import Found, decide

Assumed = tuple[str, Value | Range]


def settling(found: Found, env: Env) -> tuple[Settle, ...]:
    """The questions that can still change the outcome, the most telling first."""
    if found.firm:
        return ()
    subject = env.subject
    watched = dict(subject.slots)
    splits = {key: tuple(values) for key, values in subject.splits.items()}
    subject.watching = subject.doubting = False
    results: list[Settle] = []
    now = set(found.outcomes)
    asked: set[str] = set()
    for path, slot, answers in _questions(watched, splits, subject):
        if path in asked and path:
            continue
        tried: list[tuple[str, tuple[str, ...]]] = []
        for text, (key, value) in answers:
            try:
                outcomes = decide(env.state(key, value)).outcomes
            except FaultError:
                outcomes = ("error",)
            tried.append((text, tuple(sorted(outcomes))))
        merged = _merged(tried)
        removes = max((len(now - set(p)) for _, p in tried), default=0)
        if tried and removes == 0:
            continue
        asked.add(path)
        results.append(
            Settle(
                path or None,
                slot.ask,
                removes,
                tuple(Split(text, possible) for text, possible in merged),
                slot.place if not path else None,
            )
        )
    subject.watching = subject.doubting = True
    results.sort(key=lambda s: (-s.removes, s.path is None, s.path or str(s.at)))
    return tuple(s for s in results if s.removes) or tuple(results)


def _questions(
    slots: dict[str, Slot], splits: dict[str, tuple[Fraction, ...]], subject: Subject
) -> Iterator[tuple[str, Slot, list[tuple[str, Assumed]]]]:
    by_path: dict[str, Slot] = {}
    for slot in slots.values():
        if slot.path:
            by_path.setdefault(slot.path, slot)
    # What is derived from one missing entry or field is asked for through it.
    for key, needs in subject.joined.items():
        if key in splits and len(needs) == 1 and needs[0] in by_path:
            slot = by_path[needs[0]]
            of = _number_type(slots, needs[0]) or slot.type
            yield needs[0], slot, list(_number_answers(key, of, splits[key], None, subject))
    for slot in slots.values():
        if slot.state == "policy":
            yield "", slot, []
        elif slot.state == "unmeasured":
            if slot.key in splits:
                yield slot.path, slot, list(_answers(slot, splits, subject))
        else:
            yield slot.path, slot, list(_answers(slot, splits, subject))
    for path, slot in by_path.items():
        if slot.state == "unmeasured":
            yield path, slot, []


def _number_type(slots: dict[str, Slot], path: str) -> Type | None:
    found = [s.type for s in slots.values() if s.path == path and isinstance(s.type, Quantity)]
    percents = [t for t in found if t.unit.text == "%"]
    return next(iter(percents or found), None)


def _answers(
    slot: Slot, splits: dict[str, tuple[Fraction, ...]], subject: Subject
) -> Iterator[tuple[str, Assumed]]:
    match slot.type:
        case EnumType():
            for name in slot.type.members:
                yield name, (slot.key, Members(frozenset((name,))))
        case Quantity():
            yield from _number_answers(
                slot.key, slot.type, splits.get(slot.key, ()), slot.within, subject
            )
        case _:
            if str(slot.type) == "flag":
                yield "yes", (slot.key, YES)
                yield "no", (slot.key, NO)


def _number_answers(
    key: str, of: Type, points: tuple[Fraction, ...], within: Range | None, subject: Subject
) -> Iterator[tuple[str, Assumed]]:
    """Below, at and above every point where a comparison turns."""
    if not isinstance(of, Quantity):  # a number made by cases of something else
        return
    whole = within or Range(Infinite(-1), Infinite(1))
    inside = sorted(p for p in points if whole.lo <= p <= whole.hi)
    if not inside:
        return
    unit = of.unit
    tail = f" {unit.text}" if unit.text and unit.text != "number" else ""
    previous: Fraction | None = None
    for turn in inside:
        low = whole.lo if previous is None else previous
        below = Range(low, turn, previous is not None or whole.lo_open, True)
        if not below.empty:
            text = f"below {show_number(turn, unit)}{tail}"
            if previous is not None:
                text = f"above {show_number(previous, unit)} and {text}"
            yield text, (key, below)
        yield f"exactly {show_number(turn, unit)}{tail}", (key, point(turn))
        previous = turn
    assert previous is not None
    above = Range(previous, whole.hi, True, whole.hi_open)
    if not above.empty:
        yield f"above {show_number(previous, unit)}{tail}", (key, above)


def _merged(tried: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """Answers next to each other that leave the same outcomes, told in one. A point that goes
    with what lies above it reads "from", one that goes with what lies below, "up to"."""
    merged: list[tuple[str, tuple[str, ...]]] = []
    i = 0
    while i < len(tried):
        _, outcomes = tried[i]
        j = i + 1
        while j < len(tried) and tried[j][1] == outcomes:
            j += 1
        merged.append((_span([t for t, _ in tried[i:j]]), outcomes))
        i = j
    return merged


def _span(texts: list[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    first, last = texts[0], texts[-1]
    if not any(t.startswith(("below ", "exactly ", "above ")) for t in texts):
        return (
            ", ".join(texts)
            if len(texts) <= 6
            else f"{', '.join(texts[:5])} or {len(texts) - 5} others"
        )
    low = ""
    if first.startswith("exactly "):
        low = f"from {first.removeprefix('exactly ')}"
    elif first.startswith("above "):
        low = first.split(" and below ")[0]
    high = ""
    if last.startswith("exactly "):
        high = f"up to {last.removeprefix('exactly ')}"
    elif "below " in last:
        high = "below " + last.rsplit("below ", 1)[1]
    return " ".join(part for part in (low, high) if part) or "any value"


def irrelevant(found: Found, env: Env) -> tuple[str, ...]:
    """Paths of the unknown inputs of the tree that are proved not to matter to the outcome:
    all of them where it is firm, else those that the evaluation never met."""
    subject = env.subject
    met = {slot.path for slot in subject.slots.values() if slot.path}
    subject.watching = subject.doubting = False
    paths: dict[str, None] = {}
    for name in sorted(subject.run.program.reads.tree_inputs):
        declared = subject.run.program.inputs[name]
        if declared.key is not None:
            continue
        expr = InputRef(type=declared.type, origin=declared.origin, name=name)
        try:
            node = value_of(expr, env, NOTHING_BOUND)
        except FaultError:
            continue
        if is_known(node.value):
            continue
        path = path_text(declared, "")
        if found.firm or path not in met:
            paths[path] = None
    subject.watching = subject.doubting = True
    return tuple(paths)
