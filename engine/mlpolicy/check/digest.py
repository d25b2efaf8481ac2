"""The semantic digest of a program: a digest of what it says, not of how it is written.

In goes all that a program means, out comes `sha256:…` over a canonical text of it: the nodes,
without their places in files, without the digest of the files and without the wording of
documents. Comments, layout, the split into files and the order of declarations leave it
unchanged, and so does a newer mlpolicy whose language can say more. In a program, and in every
document about one, it is called `meaning`.

This is a serialisation, not a traversal: every field of every node is written, numbers, types
and texts as well, so it reads the fields of the classes and does not go by `core/visit`. It is
the one canonical writer of a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import Any, TypedDict, cast

from mlpolicy.core import program as core
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.types import EnumType, Type


class Meaning(TypedDict):
    """The fields of a program that say what it means, in the order in which they are written.
    The others are its digests, what it cites, its tests, and what is worked out from these."""

    name: str
    version: str
    effective: int
    language: int
    manifest_kind: str
    schema_name: str
    scopes: Scopes
    files: tuple[str, ...]
    api: str
    currency: str
    outcome: EnumType
    attributes: Mapping[str, Type]
    statuses: tuple[str, ...]
    conversions: tuple[core.Conversion, ...]
    inputs: Mapping[str, core.Input]
    bars: Mapping[str, core.Bar]
    catalogs: Mapping[str, core.Catalog]
    records: Mapping[str, core.Records]
    shortlists: Mapping[str, core.Shortlist]
    defines: Mapping[str, core.Define]
    scores: Mapping[str, core.Score]
    trees: Mapping[str, core.Tree]
    decision: str
    obligations: Mapping[str, core.Obligation]
    rules: Mapping[str, core.Rule]
    reports: Mapping[str, core.Report]


#: What the first version of the language could not say of a policy as a whole.
_LATER = frozenset({"files", "api", "currency", "statuses", "reports"})


def semantic_digest(meaning: Meaning) -> str:
    """`sha256:` and the digest, in hexadecimal, of the canonical text of what a program means."""
    values: Mapping[str, object] = meaning
    out: list[str] = []
    for name in Meaning.__annotations__:
        if name in _LATER and not values[name]:
            continue
        out.append(f"{name}=")
        _write(values[name], out)
        out.append("\n")
    return "sha256:" + sha256("".join(out).encode()).hexdigest()


def _write(value: object, out: list[str]) -> None:
    kind = type(value)
    writer = _WRITERS.get(kind)
    if writer is None:
        writer = _WRITERS[kind] = _writer_of(kind)
    writer(value, out)


#: What writes the values of each class that was met.
_WRITERS: dict[type, Callable[[Any, list[str]], None]] = {}


def _writer_of(kind: type) -> Callable[[Any, list[str]], None]:
    if issubclass(kind, tuple):
        return _write_items
    if issubclass(kind, Mapping):
        return _write_mapping
    if issubclass(kind, frozenset):
        return lambda value, out: _write_items(sorted(value), out)
    if issubclass(kind, Fraction):
        return lambda value, out: out.append(str(value))
    if is_dataclass(kind):
        return _node_writer(cast(type, kind))
    if issubclass(kind, StrEnum):
        return lambda value, out: out.append(repr(value.value))
    return lambda value, out: out.append(repr(value))


def _write_items(value: Iterable[object], out: list[str]) -> None:
    out.append("(")
    for item in value:
        _write(item, out)
        out.append(",")
    out.append(")")


def _write_mapping(value: Mapping[str, object], out: list[str]) -> None:
    out.append("{")
    for key in sorted(value):
        out.append(f"{key!r}:")
        _write(value[key], out)
        out.append(",")
    out.append("}")


def _node_writer(kind: type) -> Callable[[Any, list[str]], None]:
    """Writes a node with its fields; of those that came later, the ones in which something is
    said."""
    later = {f.name: f.default for f in fields(kind) if f.metadata.get("later")}
    names = [
        f.name
        for f in fields(kind)
        if f.name not in ("origin", "id") and not f.metadata.get("derived")
    ]

    def write(value: object, out: list[str]) -> None:
        if isinstance(value, core.Apply) and value.operator in _FIRST:
            _write_first(value, out)
            return
        out.append(f"{kind.__name__}(")
        for name in names:
            part = getattr(value, name)
            if name not in later or (part and part != later[name]):
                _write(part, out)
                out.append(",")
        out.append(")")

    return write


def _write_first(value: core.Apply, out: list[str]) -> None:
    """Writes an operator as the first version of the language did."""
    kind, named, together = _FIRST[value.operator]
    said = (value.operator,) if named else ()
    operands = (value.operands,) if together else value.operands
    out.append(f"{kind}(")
    for each in (value.type, *said, *operands, *value.constants):
        _write(each, out)
        out.append(",")
    out.append(")")


#: How the operators of the first version of the language are written: the word for it, whether
#: the operator is named, and whether the operands stand together. Later ones are written like
#: every node, so that the digest of a policy without them stays as it was.
_FIRST: Mapping[str, tuple[str, bool, bool]] = {
    "not": ("NotExpr", False, False),
    "and": ("AndExpr", False, True),
    "or": ("OrExpr", False, True),
    "is": ("IsExpr", False, False),
    "in": ("InExpr", False, False),
    "within": ("WithinExpr", False, False),
    "ceil": ("CeilExpr", False, False),
    "round": ("RoundExpr", False, False),
    **dict.fromkeys(("<", "<=", ">", ">=", "="), ("CompareExpr", True, False)),
    **dict.fromkeys(("+", "-", "*", "/"), ("ArithExpr", True, False)),
    **dict.fromkeys(("min", "max"), ("MinMax", True, True)),
}
