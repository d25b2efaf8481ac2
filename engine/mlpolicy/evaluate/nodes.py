"""Making nodes and reading them: the small parts that every construct's meaning is made of.

`value_of` is the recursion: the meaning of an inner expression, whatever it is. The match over
all kinds of expression stands in `expressions` and is handed to the run, so that the modules
here depend on one another in one direction only.
"""

from __future__ import annotations

from collections.abc import Callable

from mlpolicy.core import show as shown
from mlpolicy.core.numbers import (
    Poly,
    Range,
    bases,
    range_of,
    unknown,
)
from mlpolicy.core.program import (
    ChoiceRef,
    Expr,
)
from mlpolicy.core.trace import Basis, Detail, StepKind
from mlpolicy.core.types import (
    EnumType,
    Quantity,
)
from mlpolicy.core.values import (
    Members,
    Num,
    Truth,
    Value,
    anything,
    is_known,
    join,
)
from mlpolicy.evaluate.logic import NO_OUTCOME
from mlpolicy.evaluate.state import (
    NOTHING_BOUND,
    Bindings,
    Env,
    Node,
    Slot,
)
from mlpolicy.source import Place


def value_of(expr: Expr, env: Env, b: Bindings) -> Node:
    """The abstract value of an expression, with the nodes it follows from."""
    return env.subject.run.evaluate(expr, env, b)


def node_of(
    kind: StepKind,
    name: str,
    value: Value,
    expr: Expr,
    children: tuple[Node, ...] = (),
    *,
    basis: Basis = Basis.COMPUTED,
    detail: Detail | None = None,
    refs: tuple[str, ...] = (),
    place: Place | None = None,
    asks: tuple[str, ...] = (),
    slot: str = "",
) -> Node:
    own = frozenset((slot,)) if slot else frozenset()
    of, origin = expr.type, expr.origin
    return Node(kind, name, value, of, origin, children, detail, refs, place, asks, own, basis)


def flag_of(node: Node) -> Truth:
    assert isinstance(node.value, Truth), node
    return node.value


def number_of(node: Node, env: Env) -> Poly:
    """The number of a node. An unlimited one never meets arithmetic (checked)."""
    assert isinstance(node.value, Num), node
    return node.value.poly


def members_of(node: Node) -> tuple[str, ...]:
    assert isinstance(node.value, Members), node
    options = node.value.options
    assert options is not None, node
    if isinstance(node.type, EnumType):
        return tuple(m for m in node.type.members if m in options)
    return tuple(sorted(options))


def narrowed_to(env: Env, slot: str, value: Value) -> Value:
    """`value`, met with what this environment assumes of the slot."""
    known = env.narrowed.get(slot)
    if known is None:
        return value
    if isinstance(known, Range):
        assert isinstance(value, Num)
        met = range_of(value.poly).range.meet(known)
        return Num(unknown(slot, known if met.empty else met))
    return known


def watch(env: Env, slot: Slot) -> None:
    if env.subject.watching:
        env.subject.slots.setdefault(slot.key, slot)


def said_here(expr: Expr, b: Bindings) -> str:
    """The identity of a quantity of which only the options are known: what is written, and
    what its names stand for. Two lookups with the same options are not the same quantity."""
    return f"{expr.origin.text}{b.tag}"


def joined_slot(label: str, env: Env) -> str:
    """The identity of a joined value. A node of one rests on it, even where it has been
    narrowed to a single value: elsewhere it is not."""
    return f"{env.subject.prefix}={label}"


def joined(values: list[Value], label: str, env: Env, nodes: tuple[Node, ...]) -> Value:
    """Values joined under a name of their own, which assumptions may narrow again."""
    slot = joined_slot(label, env)
    value = join(values, slot)
    if isinstance(value, Num) and slot in bases(value.poly):
        turns = env.subject.run.turns
        if turns is not None:
            of = next((n.type for n in nodes if isinstance(n.type, Quantity)), None)
            turns.join(slot, [v.poly for v in values if isinstance(v, Num)], of)
        if env.subject.watching:
            needs: dict[str, None] = {}
            for node in nodes:
                needs.update(dict.fromkeys(node.needs))
            env.subject.joined.setdefault(slot, tuple(needs))
    if slot in env.narrowed:
        return narrowed_to(env, slot, value)
    return value


def per_key(
    key: Node,
    label: str,
    env: Env,
    expr: Expr,
    one: Callable[[str], Node],
    kind: StepKind,
    name: str,
) -> Node:
    """Something keyed, by a key that may be several members: joined over them."""
    members = tuple(m for m in members_of(key) if m != NO_OUTCOME)
    if not members:
        slot = f"{env.subject.prefix}none:{label}"
        value = anything(expr.type, slot)
        return node_of(kind, name, value, expr, (key,), basis=Basis.NO_OUTCOME, slot=slot)
    nodes = tuple(one(m) for m in members)
    if isinstance(key.value, Members) and NO_OUTCOME in (key.value.options or ()):
        slot = f"{env.subject.prefix}none:{label}"
        none = anything(expr.type, slot)
        nodes = (*nodes, node_of(kind, name, none, expr, basis=Basis.NO_OUTCOME, slot=slot))
    if len(nodes) == 1:
        return nodes[0]
    value = joined([n.value for n in nodes], label, env, nodes)
    return node_of(kind, name, value, expr, (key, *nodes), slot=joined_slot(label, env))


def answer_env(key: Expr, env: Env, b: Bindings) -> Env:
    """What is keyed by the answer is asked with the answer's path assumed: `tco(answer)` is
    the cost of what is shown, where it is shown."""
    if isinstance(key, ChoiceRef) and not key.attribute:
        bound = b.choice if key.which == "choice" else b.answer
        if bound is not None and bound.reached is not None:
            return bound.reached.env
    return env


def preferred(expr: Expr, env: Env, *, traced: bool = False) -> Node:
    """A value as it is shown: the known one; else, where several are possible, the one that
    is preferred among them (the sure row, else the first), if it is one of them. `traced` says
    that the node itself will be told, and not only its value."""
    exact = value_of(expr, env, NOTHING_BOUND)
    if is_known(exact.value):
        return exact
    alone = traced and env.subject.run.explain
    shown_env = env.preferring() if alone else env.for_text()
    choice = value_of(expr, shown_env, NOTHING_BOUND)
    match exact.value, choice.value:
        case Members(options=possible), Members(options=picked) if possible and picked:
            return choice if picked <= possible else exact
        case _:
            return choice


def fill(parts: tuple[str | Expr, ...], env: Env, b: Bindings) -> str:
    """Text with its holes filled."""
    return _filled(parts, lambda part: value_of(part, env, b))


def fill_preferred(parts: tuple[str | Expr, ...], env: Env) -> str:
    """Text with its holes filled; what is open in it is shown as preferred."""
    return _filled(parts, lambda part: preferred(part, env))


def _filled(parts: tuple[str | Expr, ...], node: Callable[[Expr], Node]) -> str:
    words = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        else:
            found = node(part)
            words.append(shown.show(found.value, found.type))
    return "".join(words)
