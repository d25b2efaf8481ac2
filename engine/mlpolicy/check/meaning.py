"""The digest of what a program means.

In goes a program, out `sha256:…` over a canonical text of it: the nodes, without their places
in files, without the digest of the files and without the wording of documents. Comments,
layout, the split into files and the order of declarations leave it unchanged; and so does a
newer mlpolicy whose language can say more.

This is a serialisation, not a traversal: every field of every node is written, numbers, types
and texts as well, so it reads the fields of the classes and does not go by `core/visit`. It is
the one canonical writer of a program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256

from mlpolicy.core.program import Program

#: What a program holds besides its meaning.
_ASIDE = ("digest", "meaning", "clauses", "documents", "tests", "reads")


def meaning(program: Program) -> str:
    """The digest of the program's canonical text."""
    out: list[str] = []
    for name in _names(type(program)):
        if name not in _ASIDE:
            out.append(f"{name}=")
            _write(getattr(program, name), out)
            out.append("\n")
    return "sha256:" + sha256("".join(out).encode()).hexdigest()


def _write(value: object, out: list[str]) -> None:
    if isinstance(value, tuple):
        out.append("(")
        for item in value:
            _write(item, out)
            out.append(",")
        out.append(")")
    elif isinstance(value, Mapping):
        out.append("{")
        for key in sorted(value):
            out.append(f"{key!r}:")
            _write(value[key], out)
            out.append(",")
        out.append("}")
    elif isinstance(value, frozenset):
        _write(tuple(sorted(value)), out)
    elif isinstance(value, Fraction):
        out.append(str(value))
    elif is_dataclass(value) and not isinstance(value, type):
        out.append(f"{type(value).__name__}(")
        later = _later(type(value))
        for name in _names(type(value)):
            part = getattr(value, name)
            if part or name not in later:
                _write(part, out)
                out.append(",")
        out.append(")")
    else:
        out.append(repr(value))


@cache
def _later(kind: type) -> frozenset[str]:
    """The fields that tell of what the language's first version could not say."""
    return frozenset(f.name for f in fields(kind) if f.metadata.get("later"))


def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name != "origin")
