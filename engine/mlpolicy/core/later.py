"""Nodes of which a part is made when it is asked for.

A node of such a class is like any other: it equals another one where all of their fields are equal,
whether or not these were made, and what was made stays. So what nobody reads is never worked out.
"""

from __future__ import annotations

from collections.abc import Callable

from mlpolicy.typed import Any, SupportsIndex, TypeVar

T = TypeVar("T", bound="Later")


class Later:
    """What has fields that may be made later."""

    __slots__ = ("_make",)

    def __getattr__(self, name: str) -> Any:
        # Only asked for what is not there: a field that was not made yet, or no field at all.
        try:
            make = _MAKE.__get__(self)
        except AttributeError:
            raise AttributeError(f"{type(self).__name__} has no {name}") from None
        slot = type(self).__dict__.get(name)
        if slot is None or not hasattr(slot, "__set__"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        made = make(name)
        slot.__set__(self, made)
        return made

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        # What is copied, or kept in a file, has all of its fields.
        for name in type(self).__slots__:
            getattr(self, name)
        return super().__reduce_ex__(protocol)


_MAKE: Any = Later.__dict__["_make"]


def later(kind: type[T], make: Callable[[str], Any], **known: Any) -> T:
    """A node of a class, each of whose fields `make` makes, by its name, when it is asked for;
    those that are `known` it has at once."""
    made = object.__new__(kind)
    _MAKE.__set__(made, make)
    for name, value in known.items():
        kind.__dict__[name].__set__(made, value)
    return made
