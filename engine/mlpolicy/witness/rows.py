"""Words of enums for which a catalogue has no row though it is looked up by them.

It is a finding where a valid manifest ends in that error. Where the manifest of which all is open
leaves no doubt of it, as with a lookup that asks `has` first, there is nothing to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from math import prod

from mlpolicy.changes.editable import state
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.notices import NoRow, Possible
from mlpolicy.core.program import ChargeExpr, Const, Expr, InputRef, LookupRow, Program
from mlpolicy.core.symbols import PROJECT_PLACE, InputSymbol
from mlpolicy.core.types import EnumType
from mlpolicy.decide import Context, decide
from mlpolicy.soundness.tables import MOST_CASES
from mlpolicy.witness.findings import Finding, Kind, Unsettled
from mlpolicy.witness.goals import Words
from mlpolicy.witness.ground import Ground, Slot
from mlpolicy.witness.proofs import Why
from mlpolicy.witness.search import Search, Witness

_Lookup = LookupRow | ChargeExpr
#: A word for each key of a row.
_Words = tuple[str, ...]

#: For so many words of one lookup a manifest is looked for, beginning with so many tests.
_MOST_WORDS = 12
_MOST_SEEDS = 20
_MOST_LOOKS = 60

#: What a whole decision is counted as, in expressions that are worked out.
_DECIDING = 3_000


def missing_rows(search: Search, days: Sequence[date]) -> Iterator[Finding | Unsettled | Kind]:
    """What is found of lookups by words of enums, of one or of several; a kind for each that is
    looked at."""
    program = search.ground.program
    told: set[tuple[str, str]] = set()
    doubted: frozenset[str] | None = None
    for expr in search.ground.nodes:
        if not isinstance(expr, LookupRow | ChargeExpr) or expr.table not in program.catalogs:
            continue
        text = ", ".join(" ".join(key.origin.text.split()) for key in expr.keys)
        if (expr.table, text) in told:
            continue
        told.add((expr.table, text))
        yield Kind.WORD
        lacking = _without_row(expr, days[0], program)
        if not isinstance(lacking, Why) and not lacking:
            continue
        doubted = doubted if doubted is not None else _doubted(search, days[0])
        if expr.table not in doubted:
            continue
        known = [program.nodes[key.id] for key in expr.keys]
        if isinstance(lacking, Why):
            yield _unsettled(expr, (), lacking)
        elif any(each.rows or each.names or each.answering for each in known):
            yield _unsettled(expr, lacking, Why.ANSWER)
        else:
            yield from _searched(search, expr, lacking, text, days[0])


def _searched(
    search: Search, expr: _Lookup, lacking: Sequence[_Words], text: str, day: date
) -> Iterator[Finding | Unsettled]:
    """A finding for each of the words that lack a row and that a manifest comes to."""
    left: list[_Words] = []
    for words in lacking[:_MOST_WORDS]:
        witness = _witness(search, expr, words, day)
        if witness is None:
            left.append(words)
            continue
        yield Finding(
            kind=Kind.WORD,
            name=expr.table,
            origin=expr.origin,
            said=", ".join(words),
            others=(text,),
            witness=witness,
            expects="decided",
        )
    left += lacking[_MOST_WORDS:]
    if left:
        yield _unsettled(expr, left, Why.SEARCHED)


def _doubted(search: Search, day: date) -> frozenset[str]:
    """The catalogues of which a row may be missing, as far as a decision can tell of the manifest
    of which all is open."""
    decision = _decided(search, search.ground.unstated(), day)
    found = set()
    faults = [each.notice.fault for each in decision.findings if isinstance(each.notice, Possible)]
    for fault in (*faults, *(workload.error for workload in decision.workloads)):
        if isinstance(fault, NoRow):
            found.add(fault.table)
    return frozenset(found)


def _decided(search: Search, document: Document, day: date) -> Decision:
    search.spent.looks += 1
    search.spent.left -= _DECIDING
    context = Context(as_of=day, today=day, explain=False, settle=False, manifest_waivers=False)
    return decide(search.ground.program, document, context)


def _unsettled(expr: _Lookup, lacking: Sequence[_Words], why: Why) -> Unsettled:
    return Unsettled(
        kind=Kind.WORD,
        name=expr.table,
        place=expr.origin.place,
        said=", ".join(" / ".join(words) for words in lacking[:_MOST_WORDS]),
        why=why,
        number=len(lacking),
    )


def _without_row(expr: _Lookup, day: date, program: Program) -> list[_Words] | Why:
    """The words, one for each key, for which no row is in force on a day; or why that is not
    told."""
    catalog = program.catalogs[expr.table]
    columns = catalog.keys[: len(expr.keys)]
    enums = [key.type for key in expr.keys if isinstance(key.type, EnumType)]
    if len(enums) != len(expr.keys):
        return Why.KEYS
    if prod(len(enum.members) for enum in enums) > MOST_CASES:
        return Why.CASES
    at, there = day.toordinal(), set[tuple[object, ...]]()
    for row in catalog.rows:
        written = [row.cells.get(column) for column in columns]
        words = tuple(cell.value for cell in written if isinstance(cell, Const))
        if len(words) != len(columns):
            return Why.KEYS
        if (row.since is None or row.since <= at) and (row.until is None or at < row.until):
            there.add(words)
    return [each for each in product(*(enum.members for enum in enums)) if each not in there]


def _witness(search: Search, expr: _Lookup, words: _Words, day: date) -> Witness | None:
    """A manifest that ends in the error that a catalogue has no row for these words."""
    asked = tuple(zip(expr.keys, words, strict=True))
    found = search.found(Words(asked), day, most=_MOST_LOOKS)
    if found is not None and _fails(search, found, expr.table):
        return found
    slots = [(_slot(search.ground, key), word) for key, word in asked]
    stated = [(slot, word) for slot, word in slots if slot is not None]
    if len(stated) != len(slots):
        return None
    for test in search.ground.seeds[:_MOST_SEEDS]:
        if search.spent.left <= 0:
            return None
        document = search.ground.loaded(test.given)
        if document is None or len(document.workloads) != 1:
            continue
        for slot, word in stated:
            document = state(document, slot.field, word)
        made = _made(search.ground, document, day)
        if made is not None and _fails(search, made, expr.table):
            return made
    return None


def _made(ground: Ground, document: Document, day: date) -> Witness | None:
    given = ground.given(document)
    loaded = ground.loaded(given)
    return None if loaded is None else Witness(given=given, day=day, document=loaded)


def _slot(ground: Ground, key: Expr) -> Slot | None:
    """The field that a key is read from; None where it is more than a field."""
    if not isinstance(key, InputRef) or key.key is not None:
        return None
    owners = (PROJECT_PLACE + 1, PROJECT_PLACE)
    meant = tuple(InputSymbol(owner, key.name, "") for owner in owners)
    return next((each for each in ground.slots if each.is_meant(meant)), None)


def _fails(search: Search, witness: Witness, table: str) -> bool:
    error = _decided(search, witness.document, witness.day).workloads[0].error
    return isinstance(error, NoRow) and error.table == table
