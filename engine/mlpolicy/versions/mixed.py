"""The newer of two programs with some of its constructs as they are in the older one.

What one construct does is seen by taking it back: what is then decided as before, it was
responsible for. A construct that cannot be taken back alone takes others with it, or is not taken
back at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlpolicy.check.reads import named
from mlpolicy.check.whole import whole
from mlpolicy.core.program import (
    BestRow,
    ChargeExpr,
    Const,
    Duty,
    FirstRow,
    GotoNode,
    HasRow,
    HoldNode,
    LeafNode,
    LookupRow,
    Program,
    RowRef,
    Shortlist,
)
from mlpolicy.core.terms import DeclaredAs
from mlpolicy.core.types import EnumType
from mlpolicy.core.visit import Node, walk
from mlpolicy.versions.constructs import ENUMS, Change, Construct, How, enums_of, with_enums

#: The part of a program in which a declaration of some kind stands.
PARTS: Mapping[DeclaredAs, tuple[str, ...]] = {
    DeclaredAs.INPUT: ("inputs",),
    DeclaredAs.BAR: ("bars",),
    DeclaredAs.DEFINITION: ("defines", "scores"),
    DeclaredAs.CATALOG: ("catalogs", "records"),
    DeclaredAs.SHORTLIST: ("shortlists",),
}


def together(
    changes: Iterable[Change], old: Program, new: Program
) -> dict[Change, frozenset[Change]]:
    """For every change that means something, itself and those that have to be taken back with it:
    what its older form names and the newer program has not, and what names it where the older one
    has it not. One that is seen by others as of another type is left out, and what needs it."""
    by_place = {change.construct: change for change in changes if change.means}
    needs: dict[Change, set[Change]] = {
        change: set() for change in by_place.values() if change.construct.part != ENUMS
    }
    for change in needs:
        before = _older(change, old)
        if before is not None:
            needs[change].update(_of(_names(before, old), by_place, old))
        if before is None:
            for other in needs:
                now = _newer(other, new)
                if now is not None and change.construct in _names(now, new):
                    needs[change].add(other)
    found: dict[Change, frozenset[Change]] = {}
    for change in needs:
        closed, waiting = {change}, [change]
        while waiting:
            for more in needs.get(waiting.pop(), set()) - closed:
                closed.add(more)
                waiting.append(more)
        if not any(each.retyped for each in closed):
            found[change] = frozenset(closed)
    return found


def mixed(old: Program, new: Program, back: Iterable[Change]) -> Program | None:
    """The newer program with these changes taken back; None where that is no program: what stands
    there names a word that the newer one does not have."""
    parts: dict[str, Any] = {}
    enums = enums_of(new)
    for change in back:
        part, name = change.construct.part, change.construct.name
        if not name:
            parts[part] = getattr(old, part)
            continue
        here = parts.setdefault(part, dict(getattr(new, part)))
        before = _older(change, old)
        here.pop(name, None)
        if before is not None:
            here[change.before or name] = with_enums(before, lambda e: enums.get(e.name, e))
    made = replace(new, **parts)
    return whole(made) if _fits(made) else None


def _older(change: Change, old: Program) -> Any:
    name = change.before or change.construct.name
    return (
        None
        if change.how is How.ADDED or not name
        else getattr(old, change.construct.part).get(name)
    )


def _newer(change: Change, new: Program) -> Any:
    return None if change.how is How.REMOVED else _declared(new, change.construct)


def _declared(program: Program, construct: Construct) -> Any:
    return getattr(program, construct.part).get(construct.name) if construct.name else None


def _of(
    names: Iterable[Construct], changes: Mapping[Construct, Change], old: Program
) -> Iterable[Change]:
    """Of what an older form names, the changes by which that went away."""
    for name in names:
        change = changes.get(name)
        if change is not None and change.how is How.REMOVED:
            yield change


def _names(declared: Node, program: Program) -> set[Construct]:
    """The constructs of a program that a declaration names."""
    return {
        Construct(part, name)
        for parts, name in _references(declared, program)
        for part in parts
        if name in getattr(program, part)
    }


def _references(declared: Node, program: Program) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a declaration names: in which parts of a program that may stand, and the name."""
    for node in walk(declared):
        for kind, name in named(node, program):
            yield PARTS[kind], name
        match node:
            case LeafNode() | HoldNode():
                yield from ((("obligations",), name) for name in node.owes)
            case GotoNode():
                yield ("trees",), node.tree
                yield from ((("obligations",), name) for name in node.owes)
            case Duty():
                yield ("obligations",), node.obligation
            case Shortlist():
                yield ("catalogs",), node.table
                if node.parent:
                    yield ("shortlists",), node.parent
            case RowRef() | LookupRow() | HasRow() | FirstRow() | BestRow() | ChargeExpr():
                yield ("catalogs", "records"), node.table
            case _:
                pass


def _fits(program: Program) -> bool:
    """Does everything stand there that is named, and is every word one of its enum?"""
    return all(
        _is_whole(declared, program)
        for part in (*_NAMING, "catalogs")
        for declared in getattr(program, part).values()
    )


#: The parts of a program whose declarations name others.
_NAMING = (*("inputs", "bars", "shortlists", "defines", "scores", "trees", "rules", "obligations"),)


def _is_whole(declared: Node, program: Program) -> bool:
    for parts, name in _references(declared, program):
        if not any(name in getattr(program, part) for part in parts):
            return False
    constants = (node for node in walk(declared) if isinstance(node, Const))
    return all(
        not isinstance(each.type, EnumType) or each.value in each.type.members for each in constants
    )
