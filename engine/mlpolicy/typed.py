"""What modules take from `typing`, without loading it.

A type checker reads the names below as those of `typing`. While a program runs, types are texts
that nobody reads: then the names stand for as little as their use needs. `NamedTuple` makes classes
like those of `typing`; what makes their values is written where one is made often.
"""

from __future__ import annotations

from mlpolicy.dataclass import written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        Any,
        BinaryIO,
        ClassVar,
        Generic,
        NamedTuple,
        NoReturn,
        Protocol,
        SupportsIndex,
        TypeAlias,
        TypeVar,
        assert_never,
        cast,
        final,
    )
else:
    try:
        from _collections import _tuplegetter as field_at
    except ImportError:  # another Python than CPython
        from operator import itemgetter

        def field_at(place, _):
            """What gives the item in a place of a tuple."""
            return property(itemgetter(place))

    Any = BinaryIO = ClassVar = NoReturn = SupportsIndex = TypeAlias = object

    def TypeVar(name, **_):  # noqa: N802 - the word of `typing`
        """Nothing asks what it is."""
        return name

    class Protocol:
        """A class that says what others have."""

    class Generic:
        """A class with parameters, which nothing reads while a program runs."""

        def __class_getitem__(cls, _):
            return cls

    def assert_never(value, /):
        """Says that a value of a kind that cannot be is there."""
        raise AssertionError(f"Expected code to be unreachable, but got: {value!r}")

    def cast(_, value):
        """The value itself."""
        return value

    def final(made):
        """The class itself."""
        return made

    class _Named(type):
        """The class of classes of named tuples, while they are made."""

        def __new__(cls, name, bases, space):
            if not bases:
                return type.__new__(cls, name, bases, space)
            fields = tuple(space["__annotations__"])
            defaults = {field: space.pop(field) for field in fields if field in space}
            for place, field in enumerate(fields):
                space[field] = field_at(place, "")
            space |= _COMMON
            space |= {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            return type(name, (tuple,), space)

    class NamedTuple(metaclass=_Named):
        """A tuple of which each place has a name; see `typing.NamedTuple`."""

    #: How many values of a class were made by the shared function, and when it gets its own.
    _MADE = {}
    _OFTEN = 40

    def _new(cls, *values, **named):
        """Makes a value, until many of its class were made."""
        often = _MADE[cls] = _MADE.get(cls, 0) + 1
        if often <= _OFTEN:
            if not named and len(values) == len(cls._fields):
                return tuple.__new__(cls, values)
            given = dict(zip(cls._fields, values, strict=False))
            every = {**cls._field_defaults, **given, **named}
            if every.keys() == set(cls._fields) and len(given) == len(values):
                if not given.keys() & named.keys():
                    return tuple.__new__(cls, [every[name] for name in cls._fields])
        own = next(kind for kind in cls.__mro__ if "_fields" in kind.__dict__)
        parameters = [
            f"{name}=defaults[{name!r}]" if name in cls._field_defaults else name
            for name in cls._fields
        ]
        made = written(
            f"def __new__(cls, {', '.join(parameters)}):",
            [f"    return make(cls, ({', '.join(cls._fields)},))"],
            {"make": tuple.__new__, "defaults": cls._field_defaults},
        )
        if often > _OFTEN:
            own.__new__ = staticmethod(made)
        return made(cls, *values, **named)

    def _make(cls, values):
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **changes):
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {list(changes)!r}")
        return made

    def _show(self):
        inside = ", ".join(
            [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        )
        return f"{type(self).__name__}({inside})"

    _COMMON = {
        "__slots__": (),
        "__new__": staticmethod(_new),
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": lambda self: dict(zip(self._fields, self, strict=True)),
        "__repr__": _show,
        "__getnewargs__": lambda self: tuple(self),
    }

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "ClassVar",
    "Generic",
    "NamedTuple",
    "NoReturn",
    "Protocol",
    "SupportsIndex",
    "TypeAlias",
    "TypeVar",
    "assert_never",
    "cast",
    "final",
]
