"""Words of an enum for which a catalogue has no row though it is looked up by them.

It is a finding where a valid manifest ends in that error. Where the manifest of which all is open
leaves no doubt of it, as with a lookup that asks `has` first, there is nothing to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from mlpolicy.changes.editable import state
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.notices import NoRow, Possible
from mlpolicy.core.program import Const, Expr, InputRef, LookupRow, Program
from mlpolicy.core.symbols import InputSymbol
from mlpolicy.core.types import EnumType
from mlpolicy.core.visit import walk_whole
from mlpolicy.decide import Context, decide
from mlpolicy.witness.findings import Finding, Kind, Unsettled
from mlpolicy.witness.goals import Word
from mlpolicy.witness.proofs import Why
from mlpolicy.witness.search import Search, Witness

#: For so many words of one lookup a manifest is looked for, beginning with so many tests.
_MOST_WORDS = 12
_MOST_SEEDS = 20
_MOST_LOOKS = 60

#: What a whole decision is counted as, in expressions that are worked out.
_DECIDING = 3_000


def missing_rows(search: Search, days: Sequence[date]) -> Iterator[Finding | Unsettled | Kind]:
    """What is found of lookups by a word of an enum; a kind for each that is looked at."""
    program = search.ground.program
    told: set[tuple[str, str]] = set()
    doubted: frozenset[str] | None = None
    for expr in walk_whole(program):
        if not isinstance(expr, LookupRow) or expr.table not in program.catalogs:
            continue
        key = expr.keys[0]
        of = key.type
        if len(expr.keys) != 1 or not isinstance(of, EnumType):
            continue
        text = " ".join(key.origin.text.split())
        if (expr.table, text) in told:
            continue
        told.add((expr.table, text))
        yield Kind.WORD
        words = _without_row(expr.table, of.members, days[0], program)
        if not words:
            continue
        doubted = doubted if doubted is not None else _doubted(search, days[0])
        if expr.table not in doubted:
            continue
        known = program.nodes[key.id]
        if known.rows or known.names or known.answering:
            yield _unsettled(expr, words, Why.ANSWER)
            continue
        left = []
        for word in words[:_MOST_WORDS]:
            witness = _witness(search, expr.table, key, word, days[0])
            if witness is None:
                left.append(word)
                continue
            yield Finding(
                kind=Kind.WORD,
                name=expr.table,
                origin=expr.origin,
                said=word,
                others=(text,),
                witness=witness,
                expects="decided",
            )
        left += words[_MOST_WORDS:]
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


def _unsettled(expr: LookupRow, words: Sequence[str], why: Why) -> Unsettled:
    return Unsettled(
        kind=Kind.WORD,
        name=expr.table,
        place=expr.origin.place,
        said=", ".join(words[:_MOST_WORDS]),
        why=why,
        number=len(words),
    )


def _without_row(table: str, words: Sequence[str], day: date, program: Program) -> list[str]:
    """The words for which no row is in force on a day."""
    catalog = program.catalogs[table]
    at, there = day.toordinal(), set()
    for row in catalog.rows:
        written = row.cells.get(catalog.keys[0])
        if not isinstance(written, Const):
            return []
        if (row.since is None or row.since <= at) and (row.until is None or at < row.until):
            there.add(written.value)
    return [word for word in words if word not in there]


def _witness(search: Search, table: str, key: Expr, word: str, day: date) -> Witness | None:
    """A manifest that ends in the error that a catalogue has no row for a word."""
    ground = search.ground
    found = search.found(Word(key, word), day, most=_MOST_LOOKS)
    if found is not None and _fails(search, found, table):
        return found
    if not isinstance(key, InputRef) or key.key is not None:
        return None
    meant = tuple(
        InputSymbol(owner, key.name, "") for owner in (ground.program.scopes.each.word, "")
    )
    slot = next((each for each in ground.slots if each.is_meant(meant)), None)
    if slot is None:
        return None
    for test in ground.seeds[:_MOST_SEEDS]:
        if search.spent.left <= 0:
            return None
        begun = ground.loaded(test.given)
        if begun is None or len(begun.workloads) != 1:
            continue
        given = ground.given(state(begun, slot.field, word))
        document = ground.loaded(given)
        if document is not None:
            made = Witness(given=given, day=day, document=document)
            if _fails(search, made, table):
                return made
    return None


def _fails(search: Search, witness: Witness, table: str) -> bool:
    error = _decided(search, witness.document, witness.day).workloads[0].error
    return isinstance(error, NoRow) and error.table == table
