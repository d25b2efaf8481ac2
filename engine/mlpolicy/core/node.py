"""The decorator of program nodes: a frozen dataclass that is quick to make.

A program has some eighty kinds of node, and every command that evaluates makes their classes
anew at its start. The standard decorator writes and compiles six functions for each; that
alone took a third of the time of a `check`. This one lets it write none: equality, hashing,
printing, pickling and the refusal of assignment are shared among all nodes, and the initialiser
is written when a first node of its kind is made from its fields, which those of a kept policy
never are. It fills the slots through their descriptors, as does the loading of a pickled node;
everything else that assigns to a node, or deletes from it, gets a `FrozenInstanceError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from itertools import repeat
from operator import attrgetter, call
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def node(cls: type[T]) -> type[T]: ...
@overload
def node(*, kw_only: bool = False, eq: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T] | None = None, *, kw_only: bool = False, eq: bool = True) -> Any:
    """Makes a class of nodes: slots, an initialiser, no assignment afterwards, and equality and
    hashing by the fields that have not said `compare=False`; without `eq`, a node equals itself
    alone.

    `kw_only` makes the initialiser take all fields by name only. `dataclasses.field`,
    `dataclasses.replace`, `copy` and `pickle` work as with `@dataclass(frozen=True, slots=True)`.
    """

    def make(kind: type[T]) -> type[T]:
        made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(kind)
        every = fields(made)  # type: ignore[arg-type]
        _COMPARED[made] = tuple(f.name for f in every if f.compare)
        _IDENTITY[made] = attrgetter(*_COMPARED[made]) if _COMPARED[made] else _nothing
        _SLOTS[made] = tuple(getattr(made, f.name) for f in every)
        _SETTERS[made] = tuple(slot.__set__ for slot in _SLOTS[made])
        made.__init__ = _first_of(made)  # type: ignore[method-assign]
        if eq:
            made.__eq__ = _equal  # type: ignore[method-assign]
            made.__hash__ = _hash  # type: ignore[method-assign]
        made.__repr__ = _show  # type: ignore[method-assign]
        made.__setattr__ = _refuse_setting  # type: ignore[method-assign]
        made.__delattr__ = _refuse_deleting  # type: ignore[method-assign]
        made.__getstate__ = _state  # type: ignore[method-assign]
        made.__setstate__ = _restore  # type: ignore[attr-defined]
        return made

    return make if cls is None else make(cls)


#: The fields that make up a node's identity, by its class.
_COMPARED: dict[type, tuple[str, ...]] = {}

#: What gets the values of these fields.
_IDENTITY: dict[type, Callable[[Any], object]] = {}

#: The descriptors of all its fields, in order, by its class: only they can fill a slot.
_SLOTS: dict[type, tuple[Any, ...]] = {}


#: What fills each of these slots.
_SETTERS: dict[type, tuple[Callable[[object, object], None], ...]] = {}


def _first_of(made: Any) -> Callable[..., None]:
    """The initialiser of a class until its first use, which puts the real one in its place."""

    def first(self: Any, *values: Any, **named: Any) -> None:
        made.__init__ = _initialiser(made)
        made.__init__(self, *values, **named)

    return first


def _initialiser(made: Any) -> Callable[..., None]:
    """What `dataclass` would write: `def __init__(self, a, b=default, *, c): set_a(self, a) …`."""
    space: dict[str, Any] = {"MISSING": MISSING}
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for each, slot in zip(fields(made), _SLOTS[made], strict=True):
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            space[f"make_{name}"] = each.default_factory
            made_anew = f"make_{name}()"
            value = f"{made_anew} if {name} is MISSING else {name}" if each.init else made_anew
        space[f"default_{name}"] = each.default
        if each.init:
            has_default = each.default is not MISSING or each.default_factory is not MISSING
            parameter = f"{name}=default_{name}" if has_default else name
            (named if each.kw_only else plain).append(parameter)
        elif each.default is not MISSING:
            value = f"default_{name}"
        space[f"set_{name}"] = slot.__set__
        lines.append(f"    set_{name}(self, {value})")
    parameters = ["self", *plain, *(["*", *named] if named else ())]
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *(lines or ["    pass"])]), space)
    written: Callable[..., None] = space["__init__"]
    return written


def _equal(self: object, other: object) -> bool:
    if self is other:
        return True
    if type(self) is not type(other):
        return False
    identity = _IDENTITY[type(self)]
    return identity(self) == identity(other)


def _hash(self: object) -> int:
    kind = type(self)
    return hash((kind.__name__, _IDENTITY[kind](self)))


def _nothing(_: object) -> None:
    """The identity of a node without fields: its class alone tells it apart."""


def _show(self: object) -> str:
    inside = ", ".join(f"{n}={getattr(self, n)!r}" for n in _COMPARED[type(self)])
    return f"{type(self).__name__}({inside})"


def _refuse_setting(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: object) -> tuple[object, ...]:
    """What a pickle keeps: the values of the fields in order, without their names."""
    kind = type(self)
    return tuple([slot.__get__(self, kind) for slot in _SLOTS[kind]])


def _restore(self: object, state: tuple[object, ...]) -> None:
    setters = _SETTERS[type(self)]
    if len(setters) != len(state):
        raise ValueError(f"a {type(self).__name__} has {len(setters)} fields, not {len(state)}")
    any(map(call, setters, repeat(self), state))  # a loop of the interpreter's own
