"""The decorator of program nodes: a dataclass that is quick to make.

A program has some eighty kinds of node, and every command that evaluates makes their classes
anew at its start. The standard decorator writes and compiles six functions for each; that
alone took a third of the time of a `check`. This one lets it write `__init__` only, and
shares equality, hashing and printing among all nodes. Type checkers see frozen dataclasses
and refuse assignment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def node(cls: type[T]) -> type[T]: ...
@overload
def node(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T] | None = None, *, kw_only: bool = False) -> Any:
    """Makes a class of nodes: slots, an initialiser, and equality by the fields that have not
    said `compare=False`."""

    def make(kind: type[T]) -> type[T]:
        made = dataclass(init=True, repr=False, eq=False, slots=True, kw_only=kw_only)(kind)
        _COMPARED[made] = tuple(f.name for f in fields(made) if f.compare)  # type: ignore[arg-type]
        made.__eq__ = _equal  # type: ignore[method-assign]
        made.__hash__ = _hash  # type: ignore[method-assign]
        made.__repr__ = _show  # type: ignore[method-assign]
        return made

    return make if cls is None else make(cls)


#: The fields that make up a node's identity, by its class.
_COMPARED: dict[type, tuple[str, ...]] = {}


def _equal(self: object, other: object) -> bool:
    if self is other:
        return True
    if type(self) is not type(other):
        return False
    return all(getattr(self, n) == getattr(other, n) for n in _COMPARED[type(self)])


def _hash(self: object) -> int:
    kind = type(self)
    return hash((kind.__name__, *(getattr(self, n) for n in _COMPARED[kind])))


def _show(self: object) -> str:
    inside = ", ".join(f"{n}={getattr(self, n)!r}" for n in _COMPARED[type(self)])
    return f"{type(self).__name__}({inside})"
