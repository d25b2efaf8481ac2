"""Answers as they are shown: the one that stands, and those that are still possible."""

from __future__ import annotations

from mlpolicy.core.decision import Choice
from mlpolicy.core.node import node
from mlpolicy.core.program import HoldNode, LeafNode
from mlpolicy.core.show import show
from mlpolicy.core.values import Members, is_known
from mlpolicy.dataclass import replace
from mlpolicy.evaluate.env import NO_NOTES, NO_SYMBOLS, NOTHING_BOUND, Env, Notes
from mlpolicy.evaluate.representative import preferred
from mlpolicy.evaluate.texts import fill_preferred
from mlpolicy.evaluate.trees import Leaf, Residual, Way, shown_way, ways
from mlpolicy.evaluate.values import apart, result
from mlpolicy.judge.answers import because, references


@node(kw_only=True, eq=False)
class Answers:
    """What is told of the answers of a workload, as a memory can keep it: nothing in it is of one
    manifest. `choice` is the one that is shown, None where none is; `hold` why it is held back;
    `possible` are those that may still come out; `notes` are for the memory."""

    choice: Choice | None
    hold: str | None
    possible: tuple[Choice, ...]
    notes: Notes = NO_NOTES


def answers(residual: Residual) -> Answers:
    """What is told of the answers that a tree came to."""
    shown = residual.shown
    held = shown is not None and isinstance(shown.node, HoldNode)
    return Answers(
        choice=shown_choice(shown, shown_way(residual)) if shown is not None and not held else None,
        hold=hold_reason(shown, shown_way(residual)) if shown is not None and held else None,
        possible=possible_choices(residual, ways(residual)),
    )


def answers_kept(residual: Residual, env: Env) -> Answers:
    """The same, as a memory has kept it for manifests of which the tree comes to the same."""
    run = env.subject.run
    memory, into = run.memory, residual.into
    if memory is None or into is None:
        return answers(residual)
    known = memory.of_trees(env)
    key = ("answers", into)
    made: Answers | None = memory.recall(key, known, env)
    if made is None:
        fresh, notes = apart(env, lambda: answers(residual))
        made = replace(fresh, notes=notes)
        memory.keep(key, known, made, NO_SYMBOLS, env, worth=0)
    return made


def hold_reason(leaf: Leaf, way: Way) -> str:
    """Why a leaf holds the answer back, in the author's words."""
    assert isinstance(leaf.node, HoldNode)
    return fill_preferred(leaf.node.reason.parts, way.env)


def shown_choice(leaf: Leaf, way: Way) -> Choice:
    """A reached leaf as it is shown: where an attribute is open, the sure row, else the first."""
    if not isinstance(leaf.node, LeafNode):
        return Choice(
            outcome=None,
            attributes=(),
            status=leaf.node.says,
            because=(hold_reason(leaf, way),),
            refs=references(leaf, way),
        )
    settings = dict(leaf.node.settings)
    attributes: list[tuple[str, str | None]] = []
    for name in way.env.subject.run.program.attributes:
        shown: str | None = None
        if name in settings:
            found = preferred(settings[name], way.env)
            if is_known(found) and found != Members(frozenset()):
                shown = show(found, settings[name].type)
        attributes.append((name, shown))
    return Choice(
        outcome=leaf.node.outcome or None,
        attributes=tuple(attributes),
        status=leaf.node.status,
        because=because(leaf, way),
        refs=references(leaf, way),
    )


def possible_choices(residual: Residual, routes: dict[Leaf, Way]) -> tuple[Choice, ...]:
    """Every distinct choice that may still come out, attributes that are open listed one by
    one, in order of the outcome."""
    choices: dict[tuple[object, ...], Choice] = {}
    for leaf in residual.possible:
        for choice in _variants(leaf, routes[leaf]):
            choices.setdefault((choice.outcome, choice.attributes, choice.status), choice)
    members = residual.at.env.subject.run.program.outcome.members
    order = {name: i for i, name in enumerate(members)}
    return tuple(
        sorted(
            choices.values(),
            key=lambda c: (
                order.get(c.outcome or "", len(order)),
                c.status,
                tuple((n, v or "") for n, v in c.attributes),
            ),
        )
    )


def _variants(leaf: Leaf, way: Way) -> list[Choice]:
    variants = [shown_choice(leaf, way)]
    if not isinstance(leaf.node, LeafNode):
        return variants
    for name, setting in leaf.node.settings:
        found = result(setting, way.env, NOTHING_BOUND).value
        options = found.options if isinstance(found, Members) else None
        if not options or len(options) == 1 or len(options) > 12:
            continue
        variants = [
            Choice(
                outcome=choice.outcome,
                attributes=tuple((n, option if n == name else v) for n, v in choice.attributes),
                status=choice.status,
                because=choice.because,
                refs=choice.refs,
            )
            for choice in variants
            for option in sorted(options)
        ]
    return variants
