"""The decorator of nodes of programs, and of all other values that nothing may change: a frozen
dataclass that is quick to make."""

from __future__ import annotations

from mlpolicy.dataclass import dataclass_transform, field, made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T] | None = None, *, kw_only: bool = False, eq: bool = True) -> Any:
    """Makes a class of nodes: slots, an initialiser, no assignment afterwards, and equality and
    hashing by the fields that have not said `compare=False`; without `eq`, a node equals itself
    alone.

    `kw_only` makes the initialiser take all fields by name only. `dataclasses.fields`,
    `dataclasses.replace`, `copy` and `pickle` work as with `@dataclass(frozen=True, slots=True)`.
    """

    def make(kind: type[T]) -> type[T]:
        return made(kind, frozen=True, eq=eq, kw_only=kw_only)

    return make if cls is None else make(cls)
