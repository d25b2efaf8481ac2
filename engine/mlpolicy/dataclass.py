"""Dataclasses that are quick to make.

Every command makes the same classes of values anew at its start, some three hundred for a
`check`. The decorator of the standard library writes and compiles up to six functions for each,
and its module loads ten others: together that took a third of the time of a `check`. This one
writes nothing while a program starts. Equality, hashing, printing, pickling and the refusal of
assignment are shared among all classes; so is the initialiser. Only where one class of values is
made, or compared, often, functions of its own are written for it.

`dataclasses.fields`, `dataclasses.replace`, `copy` and `pickle` work as with
`@dataclass(slots=True)` of the standard library.
"""

from __future__ import annotations

from itertools import repeat
from operator import attrgetter, call

__all__ = [
    "classes",
    "dataclass",
    "dataclass_transform",
    "field",
    "made",
    "replace",
    "setters_of",
    "state_of",
    "written",
]

TYPE_CHECKING = False  # `typing` alone takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import field, replace
    from typing import Any, NoReturn, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        """For the type checker alone."""
        return lambda made: made

    def field(**said):
        """What is said of a field besides its type; see `dataclasses.field`. `default`,
        `default_factory`, `init`, `repr`, `compare`, `kw_only` and `metadata` are understood."""
        if not _SAID.issuperset(said):
            raise TypeError(f"a field knows nothing of {', '.join(said.keys() - _SAID)}")
        return _Said(said)

    def replace(value, /, **changes):
        """The value with some fields changed; see `dataclasses.replace`."""
        kind = type(value)
        fields = _FIELDS.get(kind)
        if fields is None:
            from dataclasses import replace as standard

            return standard(value, **changes)
        for each in fields.values():
            if each.init and each.name not in changes:
                changes[each.name] = getattr(value, each.name)
        return kind(**changes)


#: What may be said of a field.
_SAID = frozenset(("default", "default_factory", "init", "repr", "compare", "kw_only", "metadata"))

#: After so many values of a class, or comparisons of them, it gets functions of its own. Up to
#: there, the shared ones take less time than writing and compiling takes.
_OFTEN = 10


class _Missing:
    """Stands where a field has no default."""


_MISSING = _Missing()


class _Said:
    """What a class says of a field, until the decorator has read it."""

    __slots__ = ("said",)

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said


class _Field:
    """A field of a class."""

    __slots__ = (
        *("compare", "default", "factory", "init", "kw_only"),
        *("metadata", "name", "repr", "type"),
    )

    def __init__(self, name: str, type_: object, kw_only: bool) -> None:
        self.name = name
        self.type = type_
        self.kw_only = kw_only
        self.default: Any = _MISSING
        self.factory: Any = None
        self.metadata: Any = None
        self.init = self.compare = self.repr = True

    def take(self, said: Mapping[str, Any]) -> _Field:
        """Takes over what a class says of it."""
        self.default = said.get("default", _MISSING)
        self.factory = said.get("default_factory")
        self.init = said.get("init", True)
        self.compare = said.get("compare", True)
        self.repr = said.get("repr", True)
        self.metadata = said.get("metadata")
        self.kw_only = said.get("kw_only", self.kw_only)
        return self


@dataclass_transform(field_specifiers=(field,))
def dataclass(
    cls: type[T] | None = None,
    *,
    frozen: bool = False,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
    caches: bool = False,
) -> Any:
    """Makes a class of values with slots and an initialiser.

    Equality is by kind and by the fields that have not said `compare=False`; without `eq`, a value
    equals itself alone, and is printed as any object. A `frozen` one can be hashed, and refuses
    assignment with `FrozenInstanceError`. With `order`, values of one class are compared as tuples
    of these fields. `kw_only` makes the initialiser take all fields by name only. `caches` gives
    room for cached properties.
    """

    def make(kind: type[T]) -> type[T]:
        return made(kind, frozen=frozen, eq=eq, order=order, kw_only=kw_only, caches=caches)

    return make if cls is None else make(cls)


def made(
    cls: type[T],
    *,
    frozen: bool,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
    caches: bool = False,
) -> type[T]:
    """The class with slots and with all that its values do. Its parameters are those of
    `dataclass`."""
    space = dict(cls.__dict__)
    fields, slots = _fields_of(cls, space, kw_only)
    space["__slots__"] = (*slots, "__dict__") if caches else tuple(slots)
    space["__match_args__"] = tuple([f.name for f in fields.values() if f.init and not f.kw_only])
    space.pop("__dict__", None)
    space.pop("__weakref__", None)
    space["__init__"] = _begin
    space["__getstate__"] = state_of
    space["__setstate__"] = _restore
    space["__dataclass_fields__"] = _STANDARD_FIELDS
    space["__dataclass_params__"] = _STANDARD_PARAMS
    if eq:
        space.setdefault("__repr__", _show)
        space.setdefault("__eq__", _equal)
        if space.get("__hash__") is None:
            space["__hash__"] = _hash if frozen else None
    if order:
        space |= _ORDER
    if frozen:
        space["__setattr__"] = _refuse_setting
        space["__delattr__"] = _refuse_deleting
    metaclass: Any = type(cls)
    new: type[T] = metaclass(cls.__name__, cls.__bases__, space)
    new.__qualname__ = cls.__qualname__
    _FIELDS[new] = fields
    _FROZEN[new] = frozen
    return new


def _fields_of(
    cls: type, space: dict[str, Any], kw_only: bool
) -> tuple[dict[str, _Field], list[str]]:
    """All fields of a class, and the names of those that no class above it has. What the class
    says of them is taken out of its attributes."""
    fields: dict[str, _Field] = {}
    for base in cls.__mro__[-2:0:-1]:
        fields.update(_FIELDS.get(base, ()))
    above = set(fields)
    for name, type_ in cls.__annotations__.items():
        if "ClassVar" in str(type_):
            continue
        each = _Field(name, type_, kw_only)
        default = space.pop(name, _MISSING)
        if type(default) is _Said:
            each.take(default.said)
        elif type(default).__name__ == "Field":
            raise TypeError(f"{cls.__name__}.{name}: take `field` from mlpolicy.dataclass")
        else:
            each.default = default
        fields[name] = each
    return fields, [name for name in fields if name not in above]


#: The fields of a class, those of the classes above it first.
_FIELDS: dict[type, dict[str, _Field]] = {}

#: Does a class refuse assignment?
_FROZEN: dict[type, bool] = {}


def classes() -> tuple[type, ...]:
    """Every class that was made here so far."""
    return tuple(_FIELDS)


class _Kept(dict[type, "Any"]):
    """What is worked out of a class when it is first asked for. A class that extends one that was
    made here, and was not made here itself, has what that one has."""

    def __init__(self, work_out: Callable[[type], object]) -> None:
        self._work_out = work_out

    def __missing__(self, kind: type) -> object:
        value = self[kind] = self._work_out(_of(kind))
        return value


def _of(kind: type) -> type:
    """The class itself, or the nearest one above it that was made here."""
    return next(one for one in kind.__mro__ if one in _FIELDS)


def _identity_of(kind: type) -> Callable[[Any], object]:
    names = [each.name for each in _FIELDS[kind].values() if each.compare]
    return attrgetter(*names) if names else _nothing


def _nothing(_: object) -> None:
    """The identity of a value without fields: its class alone tells it apart."""


#: What gets the values of the fields that make up the identity of a value.
_IDENTITY = _Kept(_identity_of)


def _slots_of(kind: type) -> list[Any]:
    slots = [getattr(kind, name) for name in _FIELDS[kind]]
    caching = [base for base in kind.__mro__ if "__dict__" in base.__dict__ and base is not type]
    return slots + [base.__dict__["__dict__"] for base in caching[:1]]


#: What gets all that a value holds, in order: its fields, and what its properties have cached.
_GETTERS = _Kept(lambda kind: tuple([slot.__get__ for slot in _slots_of(kind)]))

#: What fills its slots with these: only that can where assignment is refused.
_SETTERS = _Kept(lambda kind: tuple([slot.__set__ for slot in _slots_of(kind)]))


def _defaults_of(kind: type) -> dict[str, Any] | None:
    """The defaults of a class; None where a field is no argument, or its default is made anew."""
    fields = _FIELDS[kind].values()
    if any(not each.init or each.factory is not None for each in fields):
        return None
    return {each.name: each.default for each in fields if each.default is not _MISSING}


_DEFAULTS = _Kept(_defaults_of)


# ── Making values ────────────────────────────────────────────────────────────────────────

#: How many values of a class were made by the shared initialiser.
_MADE: dict[type, int] = {}


def _begin(self: object, *values: Any, **named: Any) -> None:
    """The initialiser of a class until many values of it were made."""
    kind = _of(type(self))
    often = _MADE[kind] = _MADE.get(kind, 0) + 1
    fill = _fill if _DEFAULTS[kind] is None else _fill_at_once
    if often > _OFTEN or not fill(self, kind, values, named):
        # Where the arguments do not fit, the initialiser of its own says what Python says.
        kind.__init__ = _initialiser(kind)  # type: ignore[misc]
        kind.__init__(self, *values, **named)  # type: ignore[misc]


def _fill_at_once(self: object, kind: type, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """As `_fill`, where all fields are arguments and no value is made anew."""
    given = {**_DEFAULTS[kind], **named}
    if values:
        places = dict(zip(kind.__match_args__, values, strict=False))  # type: ignore[attr-defined]
        if len(places) != len(values) or places.keys() & named.keys():
            return False
        given |= places
    fields = _FIELDS[kind]
    if given.keys() != fields.keys():
        return False
    any(map(call, _SETTERS[kind], repeat(self), map(given.__getitem__, fields)))
    return True


def _fill(self: object, kind: type, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Fills the slots; False where the arguments do not fit."""
    given, used, most = 0, 0, len(values)
    for each, setter in zip(_FIELDS[kind].values(), _SETTERS[kind], strict=False):
        value = _MISSING
        if each.init:
            if not each.kw_only and given < most:
                value = values[given]
                given += 1
                if each.name in named:
                    return False
            elif each.name in named:
                value = named[each.name]
                used += 1
        if value is _MISSING:
            if each.factory is not None:
                value = each.factory()
            elif each.default is not _MISSING:
                value = each.default
            elif each.init:
                return False
            else:
                continue
        setter(self, value)
    return given == most and used == len(named)


def _initialiser(kind: type) -> Callable[..., None]:
    """What the standard decorator would write: `def __init__(self, a, b=default, *, c): …`."""
    space: dict[str, Any] = {"MISSING": _MISSING}
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    frozen = _FROZEN[kind]
    for each, setter in zip(_FIELDS[kind].values(), _SETTERS[kind], strict=False):
        name, value = each.name, each.name
        if each.factory is not None:
            space[f"make_{name}"] = each.factory
            made_anew = f"make_{name}()"
            value = f"{made_anew} if {name} is MISSING else {name}" if each.init else made_anew
        space[f"default_{name}"] = each.default
        if each.init:
            has_default = each.default is not _MISSING or each.factory is not None
            parameter = f"{name}=default_{name}" if has_default else name
            (named if each.kw_only else plain).append(parameter)
        elif each.default is not _MISSING:
            value = f"default_{name}"
        elif each.factory is None:
            continue
        space[f"set_{name}"] = setter
        lines.append(f"    set_{name}(self, {value})" if frozen else f"    self.{name} = {value}")
    parameters = ["self", *plain, *(["*", *named] if named else ())]
    return written(f"def __init__({', '.join(parameters)}):", lines or ["    pass"], space)


def written(head: str, lines: list[str], space: dict[str, Any]) -> Callable[..., Any]:
    """A function, compiled from its text."""
    exec("\n".join([head, *lines]), space)
    found: Callable[..., Any] = space[head[len("def ") : head.index("(")]]
    return found


# ── Comparing them ───────────────────────────────────────────────────────────────────────

#: How many values of a class were compared by the shared function, and hashed.
_COMPARED: dict[type, int] = {}


def _equal(self: object, other: object) -> bool:
    if self is other:
        return True
    kind = type(self)
    if kind is not type(other):
        return NotImplemented  # type: ignore[no-any-return]
    often = _COMPARED[kind] = _COMPARED.get(kind, 0) + 1
    if often == _OFTEN:
        _compare_quickly(kind)
    identity = _IDENTITY[kind]
    same: bool = identity(self) == identity(other)
    return same


def _hash(self: object) -> int:
    kind = type(self)
    often = _COMPARED[kind] = _COMPARED.get(kind, 0) + 1
    if often == _OFTEN:
        _compare_quickly(kind)
    return hash((kind.__name__, _IDENTITY[kind](self)))


def _compare_quickly(kind: type) -> None:
    """Gives a class functions of its own for equality and hashing, which come to the same."""
    if kind not in _FIELDS:
        return
    names = [each.name for each in _FIELDS[kind].values() if each.compare]
    if not names:
        return
    one, other = (", ".join([f"{who}.{name}" for name in names]) for who in ("self", "other"))
    if len(names) > 1:
        one, other = f"({one})", f"({other})"
    lines = [
        "    if self is other: return True",
        "    if self.__class__ is not other.__class__: return NotImplemented",
        f"    return {one} == {other}",
    ]
    if kind.__dict__.get("__eq__") is _equal:
        kind.__eq__ = written("def __eq__(self, other):", lines, {})  # type: ignore[method-assign]
    if kind.__dict__.get("__hash__") is _hash:
        line = f"    return hash(({kind.__name__!r}, {one}))"
        kind.__hash__ = written("def __hash__(self):", [line], {})  # type: ignore[method-assign]


def _less(self: object, other: object) -> bool:
    return NotImplemented if type(self) is not type(other) else _tuple(self) < _tuple(other)


def _less_or_equal(self: object, other: object) -> bool:
    return NotImplemented if type(self) is not type(other) else _tuple(self) <= _tuple(other)


def _greater(self: object, other: object) -> bool:
    return NotImplemented if type(self) is not type(other) else _tuple(self) > _tuple(other)


def _greater_or_equal(self: object, other: object) -> bool:
    return NotImplemented if type(self) is not type(other) else _tuple(self) >= _tuple(other)


def _tuple(self: object) -> tuple[Any, ...]:
    fields = _FIELDS[_of(type(self))].values()
    return tuple([getattr(self, each.name) for each in fields if each.compare])


_ORDER: dict[str, Any] = {
    "__lt__": _less,
    "__le__": _less_or_equal,
    "__gt__": _greater,
    "__ge__": _greater_or_equal,
}


# ── The rest ─────────────────────────────────────────────────────────────────────────────


def _show(self: object) -> str:
    shown = [f for f in _FIELDS[_of(type(self))].values() if f.repr and f.compare]
    inside = ", ".join([f"{f.name}={getattr(self, f.name)!r}" for f in shown])
    return f"{type(self).__qualname__}({inside})"


def _refuse_setting(self: object, name: str, value: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: object, name: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def state_of(self: object) -> tuple[object, ...]:
    """What a pickle keeps: the values of the fields in order, without their names, and what cached
    properties have worked out. What a private one has is worked out again."""
    kind = type(self)
    parts = [get(self, kind) for get in _GETTERS[kind]]
    if len(parts) > len(_FIELDS[_of(kind)]):
        parts[-1] = {name: value for name, value in parts[-1].items() if name[0] != "_"}
    return tuple(parts)


def setters_of(kind: type) -> tuple[Callable[[object, Any], None], ...]:
    """What fills a value with each part of such a state."""
    found: tuple[Callable[[object, Any], None], ...] = _SETTERS[kind]
    return found


def _restore(self: object, state: tuple[object, ...]) -> None:
    setters = setters_of(type(self))
    if len(setters) != len(state):
        raise ValueError(f"a {type(self).__name__} has {len(setters)} fields, not {len(state)}")
    any(map(call, setters, repeat(self), state))  # a loop of the interpreter's own


class _Standard:
    """An attribute of a class that the functions of `dataclasses` read, made by the standard
    decorator when one of them first asks."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, _: object, owner: type) -> object:
        from dataclasses import field, make_dataclass

        kind = _of(owner)
        every = []
        for each in _FIELDS[kind].values():
            said: dict[str, Any] = {
                name: getattr(each, name)
                for name in ("init", "repr", "compare", "kw_only", "metadata")
            }
            if each.default is not _MISSING:
                said["default"] = each.default
            elif each.factory is not None:
                said["default_factory"] = each.factory
            every.append((each.name, each.type, field(**said)))
        same = make_dataclass(
            kind.__name__, every, init=False, repr=False, eq=False, frozen=_FROZEN[kind]
        )
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            setattr(kind, name, getattr(same, name))
        return getattr(same, self._name)


_STANDARD_FIELDS = _Standard("__dataclass_fields__")
_STANDARD_PARAMS = _Standard("__dataclass_params__")
