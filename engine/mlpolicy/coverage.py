"""How much of its sources a policy says: which construct cites which clause.

In goes a checked program and the ledgers of its sources, out comes an account of every entry:
who cites it, which resolution settles it, or why it is excused. What is left over is missing:
something the document says and the policy does not.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

from mlpolicy.core import program as core
from mlpolicy.core.decision import Decision, Trace
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.ledger import EXCUSABLE, Entry, Ledger
from mlpolicy.source import Origin, Place

# ── What a policy cites ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Construct:
    """A construct that says why it exists: `threshold accuracy_bar from 2026-01-01`."""

    kind: str
    name: str
    refs: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


#: What the constructs that carry references are called, besides those whose `kind` says it.
KINDS: Mapping[type, str] = {
    core.Conversion: "convert",
    core.Absent: "if absent",
    core.Dated: "",
    core.ExceptionRule: "exception",
    core.Catalog: "catalog",
    core.CatalogRow: "row",
    core.Shortlist: "shortlist",
    core.Line: "line",
    core.Score: "score",
    core.Question: "question",
    core.Define: "",
    core.Case: "case",
    core.LeafNode: "answer",
    core.HoldNode: "hold",
    core.GotoNode: "goto",
    core.Rule: "rule",
    core.Obligation: "obligation",
}


def constructs(program: core.Program) -> tuple[Construct, ...]:
    """Every construct of a program that cites something, by its place."""
    found = {
        construct
        for part in (
            program.conversions,
            program.inputs,
            program.bars,
            program.catalogs,
            program.shortlists,
            program.defines,
            program.scores,
            program.trees,
            program.obligations,
            program.rules,
        )
        for construct in _below(part, _Owner(), None)
    }
    return tuple(sorted(found, key=lambda c: (c.place, c.kind, c.name, c.refs)))


@dataclass(frozen=True, slots=True)
class _Owner:
    """The declaration that a node stands in: its word, its name, a catalogue's keys."""

    kind: str = ""
    name: str = ""
    keys: tuple[str, ...] = ()


def _below(node: object, owner: _Owner, origin: Origin | None) -> Iterator[Construct]:
    """What cites something at and below a node."""
    if isinstance(node, tuple | Mapping):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from _below(item, owner, origin)
        return
    if not is_dataclass(node) or isinstance(node, type | Origin):
        return
    origin = getattr(node, "origin", origin)
    match node:
        case core.Bar() | core.Define():
            owner = _Owner(node.kind, node.name)
        case core.Catalog():
            owner = _Owner("", node.name, node.keys)
        case core.Input() | core.Shortlist() | core.Score() | core.Tree():
            owner = _Owner("", node.name)
        case core.Rule() | core.Obligation():
            owner = _Owner("", node.name)
        case _:
            pass
    refs = getattr(node, "refs", ())
    if refs:
        assert origin is not None
        yield Construct(KINDS[type(node)] or owner.kind, _name(node, owner), refs, origin.place)
    for field in fields(node):
        if field.name not in ("origin", "type", "columns", "refs"):
            yield from _below(getattr(node, field.name), owner, origin)


def _name(node: object, owner: _Owner) -> str:
    """What a construct is called within its declaration."""
    match node:
        case core.Conversion():
            return node.text
        case core.Dated(since=since):
            day = datetime.date.fromordinal(since).isoformat() if since > 0 else ""
            return f"{owner.name} from {day}" if day else owner.name
        case core.ExceptionRule():
            return f"{node.name} to {owner.name}"
        case core.CatalogRow():
            cells = (node.cells[key].origin.text for key in owner.keys if key in node.cells)
            return " ".join([owner.name, *(word for cell in cells for word in cell.split())])
        case core.Line() | core.Question():
            return f"{owner.name}.{node.name}"
        case core.LeafNode():
            return f"{owner.name}: {node.outcome or 'infeasible'}"
        case core.GotoNode():
            return f"{owner.name}: {node.tree}"
        case _:
            return owner.name


# ── What tests reach ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Traced:
    """What the traces of some decisions show: references, and catalogues that were read. (A
    catalogue has no step of its own: it is seen in what is looked up and read in it.)"""

    refs: frozenset[str]
    tables: frozenset[str]

    def shows(self, construct: Construct, ref: str) -> bool:
        return ref in self.refs or (construct.kind == "catalog" and construct.name in self.tables)


_LOOKS_UP = frozenset({"lookup", "has", "first"})


def traced(decisions: Iterable[Decision]) -> Traced:
    """What the traces of decisions show."""
    refs: set[str] = set()
    tables: set[str] = set()
    for decision in decisions:
        stack: list[Trace] = [decision.trace]
        while stack:
            step = stack.pop()
            refs.update(step.refs)
            if step.kind == "cell":
                tables.add(step.name.partition(".")[0])
            elif step.kind in _LOOKS_UP:
                tables.add(step.name)
            stack.extend(step.children)
    return Traced(frozenset(refs), frozenset(tables))


# ── The account ──────────────────────────────────────────────────────────────────────────


class State(StrEnum):
    """How an entry of a ledger is accounted for."""

    CITED = "cited"
    RESOLVED = "through resolutions"
    EXCUSED = "excused"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of a ledger and who speaks for it.

    `citations` are the constructs that cite it, `resolutions` the ids of those cited
    resolutions that settle it. `untested` where constructs cite it and no test shows one.
    """

    source: str
    entry: Entry
    state: State
    citations: tuple[Construct, ...]
    resolutions: tuple[str, ...]
    untested: bool = False

    @property
    def ref(self) -> str:
        return f"{self.source}#{self.entry.id}"

    @property
    def group(self) -> str:
        return group_of(self.entry)

    @property
    def stale(self) -> bool:
        """Is it excused from being cited, and cited all the same?"""
        return bool(self.entry.excuse and self.citations)


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """The account of one source. Of a collection of facts nothing need be cited: it is there
    to be drawn from."""

    source: str
    ledger: Ledger
    accounts: tuple[Account, ...]

    def counts(self, group: str) -> Mapping[State, int]:
        states = [account.state for account in self.accounts if account.group == group]
        return {state: states.count(state) for state in State}


GROUPS = ("clauses", "resolutions", "facts")


def group_of(entry: Entry) -> str:
    """The section of the ledger an entry stands in: what only a clause, or a fact, has."""
    if entry.lines:
        return "clauses"
    return "facts" if entry.trust else "resolutions"


def cover(
    program: core.Program, ledgers: Mapping[str, Ledger], seen: Traced | None = None
) -> tuple[SourceCoverage, ...]:
    """The account of every source, those with a document first. With `seen`, a citation counts
    only where it was seen."""
    citing: dict[str, list[Construct]] = {}
    counted: set[str] = set()
    for construct in constructs(program):
        for ref in construct.refs:
            citing.setdefault(ref, []).append(construct)
            if seen is None or seen.shows(construct, ref):
                counted.add(ref)
    found = []
    for source, ledger in sorted(ledgers.items(), key=lambda pair: (not pair[1].sha256, pair[0])):
        settled: dict[str, list[str]] = {}
        for entry in ledger.entries.values():
            if f"{source}#{entry.id}" in counted:
                for target in entry.settles:
                    settled.setdefault(target, []).append(entry.id)
        accounts = []
        for entry in ledger.entries.values():
            ref = f"{source}#{entry.id}"
            citations = tuple(citing.get(ref, ()))
            resolutions = tuple(settled.get(entry.id, ()))
            if ref in counted:
                state = State.CITED
            elif resolutions:
                state = State.RESOLVED
            elif entry.excuse:
                state = State.EXCUSED
            else:
                state = State.MISSING
            untested = bool(citations) and ref not in counted
            accounts.append(Account(source, entry, state, citations, resolutions, untested))
        found.append(SourceCoverage(source, ledger, tuple(accounts)))
    return tuple(found)


def faults(covered: Iterable[SourceCoverage]) -> tuple[Diagnostic, ...]:
    """What is missing, and what is excused for nothing."""
    return tuple(
        fault
        for source in covered
        for account in source.accounts
        if account.group != "facts"
        for fault in _faults(account)
    )


def _faults(account: Account) -> Iterator[Diagnostic]:
    entry = account.entry
    origin = entry.origin
    file = origin.source.name if origin else ""
    what = "resolution" if account.group == "resolutions" else "clause"
    if account.state is State.MISSING and account.untested:
        first = account.citations[0]
        message = f"no test reaches what cites {what} `{account.ref}`"
        help = f"write a test that reaches {first} ({first.place.file}:{first.place.line})"
        yield Diagnostic("MLP0512", message, origin, help, file=file)
    elif account.state is State.MISSING:
        message = f"no construct cites {what} `{account.ref}`"
        help = f"add `ref {account.ref}` to the construct that says it"
        if what == "clause":
            help += ", or cite a resolution that settles it"
        if entry.kind in EXCUSABLE and what == "clause":
            help += ', or excuse it in the ledger: `excuse: "why"`'
        yield Diagnostic("MLP0512", message, origin, help, file=file)
    if account.stale:
        first = account.citations[0]
        message = f"`{account.ref}` is excused, and {first} cites it"
        help = f"remove its `excuse`, or the `ref` at {first.place.file}:{first.place.line}"
        yield Diagnostic("MLP0513", message, origin, help, (), Severity.WARNING, file)
