"""How much of its sources a policy says: which construct cites which clause.

In goes a checked program and the ledgers of its sources, out comes an account of every entry:
who cites it, which resolution settles it, which extension says it, or why it is excused. What is
left over is missing: something the document says and the policy does not.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mlpolicy.core import program as core
from mlpolicy.core.decision import Decision
from mlpolicy.core.terms import RuleState
from mlpolicy.core.trace import Judged, Step, StepKind
from mlpolicy.core.values import NO
from mlpolicy.core.visit import Node, children
from mlpolicy.diagnostics import Diagnostic, Severity, at
from mlpolicy.explain.kinds import LOOKUPS, OF_A_ROW
from mlpolicy.explain.known import finds_a_row
from mlpolicy.ledger import EXCUSABLE, Entry, Ledger
from mlpolicy.source import Origin, Place
from mlpolicy.suggest import nearest


class Group(StrEnum):
    """The sections of a ledger."""

    CLAUSES = "clauses"
    RESOLUTIONS = "resolutions"
    FACTS = "facts"


# ── What a policy cites ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """A construct that says why it exists: `threshold accuracy_bar from 2026-01-01`; `of` is the
    class of its node, `kind` what it is called."""

    of: type
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
    """Every construct of a program that cites something, in the order of their places."""
    found = set(_below(program, _Owner(), None))
    return tuple(sorted(found, key=lambda c: (c.place, c.kind, c.name, c.refs)))


@dataclass(frozen=True, slots=True)
class _Owner:
    """The declaration that a node stands in: its word, its name, a catalogue's keys."""

    kind: str = ""
    name: str = ""
    keys: tuple[str, ...] = ()


def _below(node: Node, owner: _Owner, origin: Origin | None) -> Iterator[Construct]:
    """What cites something at and below a node."""
    if isinstance(node, core.Records):
        for column, absent in node.absent.items():
            yield from _below(absent, _Owner("", f"{node.name}.{column}"), node.origin)
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
        kind = KINDS[type(node)] or owner.kind
        yield Construct(
            of=type(node), kind=kind, name=_name(node, owner), refs=refs, place=origin.place
        )
    for child in children(node):
        yield from _below(child, owner, origin)


def _name(node: Node, owner: _Owner) -> str:
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
    """What the traces of decisions show: references, and the rows of catalogues that were used,
    by their places, with the catalogues they stand in. (A catalogue has no step of its own.)"""

    refs: frozenset[str] = frozenset()
    rows: frozenset[Place] = frozenset()
    tables: frozenset[str] = frozenset()

    def shows(self, construct: Construct, ref: str) -> bool:
        """Is the construct, as far as it cites `ref`, among what was reached? What a row cites
        counts where that row is used, what a catalogue cites where any row of it is."""
        if construct.of is core.CatalogRow:
            return construct.place in self.rows
        if construct.of is core.Catalog:
            return construct.name in self.tables
        return ref in self.refs


#: The states of a rule whose condition decided nothing.
_NOT_JUDGED = (RuleState.WAITING, RuleState.DOES_NOT_APPLY)


def traced(program: core.Program, decision: Decision) -> Traced:
    """What the trace of a decision shows. A row that dropped out of a list was looked at, not used:
    what was read of it for that does not count."""
    rows_of = _rows_by_cell(program)
    refs: set[str] = set()
    rows: set[Place] = set()
    tables: set[str] = set()
    stack: list[tuple[Step, frozenset[Place]]] = [(decision.trace, frozenset())]
    while stack:
        step, dropped = stack.pop()
        if isinstance(step.detail, Judged) and step.detail.state in _NOT_JUDGED:
            continue  # it was neither found to hold nor found not to
        row = rows_of.get(step.at) if step.at is not None and step.kind in OF_A_ROW else None
        if row is None:
            # A column takes the references of its cell, which stands below it.
            refs.update(step.refs if step.kind is not StepKind.COLUMN else ())
        elif step.kind is StepKind.ROW and step.value is NO:
            dropped |= {row[0]}
        elif row[0] not in dropped:
            rows.add(row[0])
            tables.add(row[1])
        if step.kind in LOOKUPS and step.name in program.catalogs and finds_a_row(step):
            tables.add(step.name)
        stack.extend((child, dropped) for child in step.children)
    return Traced(frozenset(refs), frozenset(rows), frozenset(tables))


def _rows_by_cell(program: core.Program) -> Mapping[Place, tuple[Place, str]]:
    """The row and the catalogue that each cell, and each row itself, belongs to."""
    found: dict[Place, tuple[Place, str]] = {}
    for catalog in program.catalogs.values():
        for row in catalog.rows:
            home = (row.origin.place, catalog.name)
            found[home[0]] = home
            found.update((cell.origin.place, home) for cell in row.cells.values())
    return found


# ── What tests are named for ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Named:
    """The tests that begin with the id of an entry, `G7.2: …`, by `source#id`; and those that
    begin with an id that no ledger has, each with the id."""

    tests: Mapping[str, tuple[str, ...]]
    lost: tuple[tuple[core.PolicyTest, str], ...] = ()

    @property
    def used(self) -> bool:
        """Does this policy name its tests for clauses at all?"""
        return bool(self.tests)


def named(program: core.Program, ledgers: Mapping[str, Ledger]) -> Named:
    """Which tests are named for which entry. An id means the entry of the first source that has
    it, those with a document first; `facts#F3: …` says which."""
    order = _in_order(ledgers)
    tests: dict[str, list[str]] = {}
    lost: list[tuple[core.PolicyTest, str]] = []
    for test in program.tests:
        for id in ids_of(test.title):
            wanted, _, entry = id.rpartition("#")
            source = next(
                (s for s in order if wanted in ("", s) and entry in ledgers[s].entries), None
            )
            if source is None:
                lost.append((test, id))
            else:
                tests.setdefault(f"{source}#{entry}", []).append(test.title)
    return Named({ref: tuple(titles) for ref, titles in sorted(tests.items())}, tuple(lost))


_ID = r"(?:[A-Za-z][\w-]*#)?(?=\S*\d)[A-Za-z][\w-]*(?:\.[\w-]+)*"
_HEAD = re.compile(rf"{_ID}(?:(?:, | and ){_ID})*(?=: )")


def ids_of(title: str) -> tuple[str, ...]:
    """The ids at the front of a test's title: `C5` and `G7.2` of `C5, G7.2: …`. An id has a digit
    in it. No ids where the title does not begin with one."""
    head = _HEAD.match(title)
    return tuple(re.split(", | and ", head[0])) if head else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTests:
    """Of the entries of a group that constructs cite, how many have a test named for them."""

    source: str
    group: Group
    tested: int
    of: int
    without: tuple[str, ...]


def own_tests(
    program: core.Program,
    ledgers: Mapping[str, Ledger],
    passed: frozenset[str],
    holds: Callable[[str], bool] = lambda file: True,
) -> tuple[OwnTests, ...]:
    """For each source the clauses, and the resolutions, that decide, warn or compute something
    (that a construct cites in a file of which `holds` is true), and which of them have a test of
    their own among those `passed`. Nothing where no test is named for a clause."""
    own = named(program, ledgers)
    if not own.used:
        return ()
    found = []
    for source in cover(program, ledgers):
        for group in (Group.CLAUSES, Group.RESOLUTIONS):
            cited = [
                a
                for a in source.accounts
                if a.group is group and any(holds(each.place.file) for each in a.citations)
            ]
            without = tuple(
                a.entry.id for a in cited if passed.isdisjoint(own.tests.get(a.ref, ()))
            )
            if cited:
                tested = len(cited) - len(without)
                found.append(
                    OwnTests(
                        source=source.source,
                        group=group,
                        tested=tested,
                        of=len(cited),
                        without=without,
                    )
                )
    return tuple(found)


# ── The account ──────────────────────────────────────────────────────────────────────────


class State(StrEnum):
    """How an entry of a ledger is accounted for."""

    CITED = "cited"
    RESOLVED = "through resolutions"
    EXTENSION = "in extensions"
    EXCUSED = "excused"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An entry of a ledger, and what of the policy accounts for it.

    `citations` are the constructs that cite it, `resolutions` the ids of those cited resolutions
    that settle it. `needless` where constructs cite it, although it is excused from that, or left
    to an extension that does not decide. `untested` where constructs cite it and no test shows
    one. `tests` are the titles of the tests that are named for it, `reached_by` of those that reach
    a construct that cites it.
    """

    source: str
    entry: Entry
    state: State
    citations: tuple[Construct, ...]
    resolutions: tuple[str, ...]
    needless: bool = False
    untested: bool = False
    tests: tuple[str, ...] = ()
    reached_by: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """`source#id`, as a policy cites the entry."""
        return f"{self.source}#{self.entry.id}"

    @property
    def group(self) -> Group:
        """The section of the ledger that it stands in."""
        return group_of(self.entry)


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """The account of one source. A collection of facts is there to be cited where it helps: none of
    them needs to be."""

    source: str
    ledger: Ledger
    accounts: tuple[Account, ...]

    def counts(self, group: Group) -> Mapping[State, int]:
        """How many entries of a group are in each state."""
        states = [account.state for account in self.accounts if account.group is group]
        return {state: states.count(state) for state in State}


GROUPS = tuple(Group)


def group_of(entry: Entry) -> Group:
    """The section of the ledger an entry stands in: what only a clause, or a fact, has."""
    if entry.lines or entry.at:
        return Group.CLAUSES
    return Group.FACTS if entry.trust else Group.RESOLUTIONS


def cover(
    program: core.Program,
    ledgers: Mapping[str, Ledger],
    seen: Mapping[str, Traced] | None = None,
) -> tuple[SourceCoverage, ...]:
    """The account of every source, those with a document first. With `seen`, what tests reach, by
    their titles, a citation counts only where one of these tests reaches it."""
    citing: dict[str, list[Construct]] = {}
    for construct in constructs(program):
        for ref in construct.refs:
            citing.setdefault(ref, []).append(construct)
    reached_by = {
        ref: tuple(
            title
            for title, traced in (seen or {}).items()
            if any(traced.shows(construct, ref) for construct in found)
        )
        for ref, found in citing.items()
    }
    counted = {ref for ref in citing if seen is None or reached_by[ref]}
    own = named(program, ledgers).tests
    decides = frozenset(each.name for each in program.extensions)
    here = {
        source: _without(
            ledger,
            decides,
            {ref.partition("#")[2] for ref in citing if decides and ref.startswith(f"{source}#")},
        )
        for source, ledger in ledgers.items()
    }
    return tuple(
        SourceCoverage(
            source,
            here[source],
            tuple(_accounts(source, here[source], citing, counted, reached_by, own)),
        )
        for source in _in_order(ledgers)
    )


def _without(ledger: Ledger, extensions: Collection[str], cited: Collection[str]) -> Ledger:
    """A ledger of which no entry is left to an extension that decides, so that it has to be cited,
    and none that another extension cites."""
    entries = {
        id: replace(entry, extension="") if entry.extension in extensions or id in cited else entry
        for id, entry in ledger.entries.items()
    }
    return replace(ledger, entries=entries)


def _in_order(ledgers: Mapping[str, Ledger]) -> list[str]:
    """The names of sources, those with a document first."""
    return sorted(ledgers, key=lambda name: (not ledgers[name].sha256, name))


def _accounts(
    source: str,
    ledger: Ledger,
    citing: Mapping[str, Sequence[Construct]],
    counted: Collection[str],
    reached_by: Mapping[str, tuple[str, ...]],
    own: Mapping[str, tuple[str, ...]],
) -> Iterator[Account]:
    settled: dict[str, list[str]] = {}
    for entry in ledger.entries.values():
        if f"{source}#{entry.id}" in counted:
            for target in entry.settles:
                settled.setdefault(target, []).append(entry.id)
    for entry in ledger.entries.values():
        ref = f"{source}#{entry.id}"
        citations = tuple(citing.get(ref, ()))
        resolutions = tuple(settled.get(entry.id, ()))
        if ref in counted:
            state = State.CITED
        elif resolutions:
            state = State.RESOLVED
        elif entry.extension:
            state = State.EXTENSION
        elif entry.excuse:
            state = State.EXCUSED
        else:
            state = State.MISSING
        yield Account(
            source=source,
            entry=entry,
            state=state,
            citations=citations,
            resolutions=resolutions,
            needless=bool(citations) and bool(entry.excuse or entry.extension),
            untested=bool(citations) and ref not in counted,
            tests=own.get(ref, ()),
            reached_by=reached_by.get(ref, ()),
        )


def faults(covered: Sequence[SourceCoverage], own: Named | None = None) -> tuple[Diagnostic, ...]:
    """The diagnostics on an account: entries that are missing, entries that are excused without
    need, and tests that are named for an entry that does not exist (only where a policy names tests
    for entries at all)."""
    found = [
        fault
        for source in covered
        for account in source.accounts
        if account.group is not Group.FACTS
        for fault in _faults(account)
    ]
    if own is not None and own.used:
        known = [a.entry.id for source in covered for a in source.accounts]
        for test, id in own.lost:
            close = nearest(id.rpartition("#")[2], known)
            help = f"did you mean `{close}`?" if close else "name the clause that it tests"
            message = f"this test is named for `{id}`, which no source has"
            found.append(at("MLP0516", message, test.origin.source, test.origin.span, help=help))
    return tuple(found)


def _faults(account: Account) -> Iterator[Diagnostic]:
    entry = account.entry
    origin = entry.origin
    file = origin.source.name if origin else ""
    what = "resolution" if account.group is Group.RESOLUTIONS else "clause"
    if account.state is State.MISSING and account.untested:
        first = account.citations[0]
        message = f"no test reaches what cites {what} `{account.ref}`"
        help = f"write a test that reaches {first} ({first.place.file}:{first.place.line})"
        yield Diagnostic(code="MLP0512", message=message, origin=origin, help=help, file=file)
    elif account.state is State.MISSING:
        message = f"no construct cites {what} `{account.ref}`"
        help = f"add `ref {account.ref}` to the construct that says it"
        if what == "clause":
            help += ", or cite a resolution that settles it"
        if entry.kind in EXCUSABLE and what == "clause":
            help += ', or excuse it in the ledger: `excuse: "why"`'
        yield Diagnostic(code="MLP0512", message=message, origin=origin, help=help, file=file)
    if account.needless:
        first = account.citations[0]
        field = "excuse" if entry.excuse else "extension"
        said = "excused" if entry.excuse else f"left to the extension `{entry.extension}`"
        message = f"`{account.ref}` is {said}, and {first} cites it"
        help = f"remove its `{field}`, or the `ref` at {first.place.file}:{first.place.line}"
        yield Diagnostic(
            code="MLP0513",
            message=message,
            origin=origin,
            help=help,
            labels=(),
            severity=Severity.WARNING,
            file=file,
        )
