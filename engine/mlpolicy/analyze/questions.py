"""Which questions would settle an open answer, and which unknowns do not matter.

Every unknown that the outcome can still hang on is asked about: each answer to it is tried
(`analyze.partition` cuts what it may be into answers), and told with the outcomes it leaves. An
unknown that no undecided condition depends on is proved not to matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from mlpolicy.analyze.partition import (
    ERROR,
    Answers,
    Asked,
    Piece,
    decided_for,
    interval,
    most_telling,
    questions,
    removes,
    settling_of,
)
from mlpolicy.analyze.turns import Turns
from mlpolicy.core.decision import OpenCell, Settle, Split
from mlpolicy.core.facts import Document
from mlpolicy.core.fields import field_path, input_fields, path_of
from mlpolicy.core.numbers import Infinite, Range, range_of
from mlpolicy.core.paths import FieldPath, order
from mlpolicy.core.program import (
    Catalog,
    CatalogRow,
    Const,
    Define,
    LeafNode,
    Program,
)
from mlpolicy.core.replies import Reply
from mlpolicy.core.symbols import PROJECT_PLACE, FieldSymbol, InputSymbol, Symbol, is_limit
from mlpolicy.core.terms import DefineKind, Per
from mlpolicy.core.types import DateType, Quantity
from mlpolicy.core.values import Num, Value, member
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env, FaultError, Result, Run
from mlpolicy.evaluate.trees import Branch, Residual
from mlpolicy.evaluate.trees import ways as ways_to
from mlpolicy.evaluate.unknowns import State, unknown_of
from mlpolicy.evaluate.values import result
from mlpolicy.judge.answers import judged_answer
from mlpolicy.source import Place


def settling(found: Residual, env: Env, met: Turns) -> tuple[Settle, ...]:
    """The questions that can still change the outcome: first those with an answer that rules
    out most outcomes, among these those with one that narrows the cost most. All of them
    together settle it, so those that remove nothing alone are kept, as the last. Where every
    answer to one question leaves a single outcome, that question is all there is."""
    if found.firm:
        return ()
    run = env.subject.run
    ledger = _Spread(found, env)
    trials = settling_of(found, env, met)
    results: list[Settle] = []
    for (other, path), ways in questions(found, env).items():
        best = most_telling(ways, trials)
        results.append(_question(other, path, best, found, ledger))
    results.sort(key=lambda s: (-s.removes, -(s.spread or 0), s.workload or "", order(s.path)))
    alone = [settle for settle in results if _decides(settle, run.program)]
    if len(alone) == 1:
        return tuple(alone)
    grants = run.program.reads.grants
    several = [_with_what_it_settles(settle, results, grants) for settle in results]
    return (*several, *_of_the_policy(found, run, bool(results)))


def settling_how(found: Residual, env: Env) -> tuple[Settle, ...]:
    """Of one outcome that may still be reached in several ways, or with an attribute that is open:
    what would tell which, in the order in which the tree asks for it; last what only says that
    nothing more is to be said, of one thing before of all."""
    run = env.subject.run
    symbols = dict.fromkeys(found.settling)
    routes = ways_to(found)
    for leaf in found.possible:
        settings = leaf.node.settings if isinstance(leaf.node, LeafNode) else ()
        for _, setting in settings:
            value = result(setting, routes[leaf].env, NOTHING_BOUND)
            if not value.known:
                symbols.update(dict.fromkeys(value.open))
    told: dict[tuple[str, FieldPath], Settle] = {}
    for symbol in symbols:
        unknown = unknown_of(symbol, run)
        if unknown is None or unknown.path is None:
            continue
        other = (
            PROJECT_PLACE if unknown.path.is_shared else getattr(symbol, "subject", PROJECT_PLACE)
        )
        whose = run.subjects[other].subject.name if other != env.subject.place else ""
        asked = Settle(
            path=unknown.path, ask=unknown.ask, removes=0, when=(), workload=whose or None
        )
        told.setdefault((whose, unknown.path), asked)
    grants = run.program.reads.grants
    last = [(path in grants, path.is_shared and path in grants) for _, path in told]
    return tuple(each for _, each in sorted(zip(last, told.values(), strict=True), key=_first))


def _first(pair: tuple[tuple[bool, bool], Settle]) -> tuple[bool, bool]:
    return pair[0]


def settling_of_one(
    program: Program, document: Document, as_of: date, workload: str
) -> tuple[Settle, ...]:
    """The same for one workload of a document, of which nothing else is decided; none where it ends
    in an error."""
    opened = decided_for(program, document, as_of, workload)
    if opened is None:
        return ()
    found, env, met = opened
    env.subject.run.answers[workload] = judged_answer(found)
    return settling(found, env, met)


def _with_what_it_settles(
    settle: Settle, others: list[Settle], grants: Mapping[FieldPath, frozenset[FieldPath]]
) -> Settle:
    """A question with the number of those others to which the policy has an answer of its own once
    this one is answered with yes: whether all needs are stated settles each that is not."""
    if settle.path is None:
        return settle
    settled = grants.get(settle.path, ())
    many = sum(each.path in settled for each in others)
    return replace(settle, settles=many) if many > 1 else settle


def _decides(settle: Settle, program: Program) -> bool:
    """Does every answer there is leave one outcome? Then whatever else turns out, the outcome
    hangs on this alone. (Not so of an entry told only for some of its other fields, nor where
    saying nothing may come to mean something once another field is stated.)"""
    return (
        settle.path is not None
        and not _absence_may_speak(settle.path, program)
        and len(settle.when) > 1
        and not settle.given
        and all(len(s.possible) == 1 and s.possible[0] != ERROR for s in settle.when)
        and not any(s.range is not None and s.range.narrow for s in settle.when)
    )


def _absence_may_speak(path: FieldPath, program: Program) -> bool:
    return any(
        declared.absent is not None and path in input_fields(declared)
        for declared in program.inputs.values()
    )


def _question(
    other: str, path: FieldPath, best: Answers, found: Residual, ledger: _Spread
) -> Settle:
    way, parts = best.asked, best.pieces
    most = removes(found, parts)
    return Settle(
        path=path,
        ask=way.slots[0].ask,
        removes=most,
        when=_splits(way, parts) if most else (),
        at=None,
        spread=ledger.removed(parts),
        currency=ledger.currency,
        workload=other or None,
        given=best.given,
    )


def _of_the_policy(found: Residual, run: Run, askable: bool) -> list[Settle]:
    """What nobody who fills a manifest can answer: cells of a catalogue that the policy itself
    does not know, by their place. Where nothing is `askable`, also what it does not know
    elsewhere; and where a value is open for another reason (a row that is not there, a bar
    without a line for the day), by where it is read."""
    gaps = [u for s in found.relevant if (u := unknown_of(s, run)) and u.state is State.POLICY]
    open_ = [gap.place for gap in gaps]
    read = list(_read_at(found))
    cells = _cells_by_line(run.program) if open_ or read else {}
    asked = {at: _asked_of_owner(at, cells) for at in (*open_, *read)}
    told: dict[Place | None, OpenCell | None] = {at: cell for at, cell in asked.items() if cell}
    if not told and not askable:
        told = dict.fromkeys(open_ or read)
    # By what is asked first, so that the order of the declarations does not matter.
    found_at = [(_cell_order(cell), order(at), cell, at) for at, cell in told.items() if at]
    found_at.sort(key=lambda each: each[:2])
    return [
        Settle(path=None, ask=cell or "", removes=0, when=(), at=at) for _, _, cell, at in found_at
    ]


def _cell_order(cell: OpenCell | None) -> tuple[object, ...]:
    return () if cell is None else (cell.column, cell.row, cell.catalog)


#: The rows that have cells in a line of a file: the row, its catalogue, and the columns of its
#: cells by where in the line they begin.
_ByLine = dict[tuple[str, int], list[tuple[CatalogRow, Catalog, dict[int, str]]]]


def _cells_by_line(program: Program) -> _ByLine:
    found: _ByLine = {}
    for catalog in program.catalogs.values():
        for row in catalog.rows:
            lines: dict[tuple[str, int], dict[int, str]] = {}
            for column, cell in row.cells.items():
                at = cell.origin.place
                if at is not None:
                    lines.setdefault((at.file, at.line), {})[at.column] = column
            for line, begins in lines.items():
                found.setdefault(line, []).append((row, catalog, begins))
    return found


def _asked_of_owner(place: Place | None, cells: _ByLine) -> OpenCell | None:
    """What the policy's owner has to look up where a cell of a catalogue is open, and by which
    references; None where the place is no cell. A row stands in one line, so that a `?` is
    in the last cell that begins before it."""
    if place is None:
        return None
    for row, catalog, columns in cells.get((place.file, place.line), ()):
        begins = [at for at in columns if at <= place.column]
        if begins:
            keys = (row.cells[key] for key in catalog.keys if key in row.cells)
            whose = tuple(str(key.value) for key in keys if isinstance(key, Const))
            refs = tuple(dict.fromkeys((*row.refs, *catalog.refs)))
            return OpenCell(columns[max(begins)], whose, catalog.name, refs)
    return None


def _read_at(found: Residual) -> Iterator[Place]:
    """Where the conditions stand that the outcome hangs on, where no cell and no field is what
    is open in them."""
    for branch in _branches(found):
        if branch.open and branch.impossible is None:
            place = branch.node.condition.origin.place
            if place is not None:
                yield place


def _branches(found: Residual) -> Iterator[Branch]:
    """The conditions below which more than one outcome is possible, each once."""
    seen: set[int] = set()
    waiting = [found]
    while waiting:
        here = waiting.pop()
        if id(here) in seen or here.firm:
            continue
        seen.add(id(here))
        if isinstance(here.at, Branch):
            yield here.at
        waiting.extend(reversed(here.arms))


def _splits(way: Asked, parts: list[Piece]) -> tuple[Split, ...]:
    """The answers as told: members that leave the same outcomes in one, in the order of the
    first of them."""
    if isinstance(way.type, Quantity | DateType):
        return tuple(Split((p.reply,), tuple(sorted(p.outcomes)), interval(way, p)) for p in parts)
    replies: dict[frozenset[str], list[Reply]] = {}
    for part in parts:
        replies.setdefault(part.outcomes, []).append(part.reply)
    return tuple(Split(tuple(r), tuple(sorted(left))) for left, r in replies.items())


# ── Money ────────────────────────────────────────────────────────────────────────────────


class _Spread:
    """How far apart the costs of the outcomes still possible lie: from the least that one of
    them may cost to the most. By the policy's first cost formula."""

    def __init__(self, found: Residual, env: Env) -> None:
        self.env = env
        program = env.subject.run.program
        self.currency = program.currency
        self.define: Define | None = next(
            (d for d in program.defines.values() if d.kind is DefineKind.COST), None
        )
        self.nodes: dict[str, Result] = {}
        self.now: Fraction | None = None
        if self.define is not None:
            members = program.outcome.members
            for outcome in found.outcomes:
                if outcome in members and self._priced(outcome):
                    node = self._cost(outcome, env)
                    if node is not None:
                        self.nodes[outcome] = node
            self.now = _width([n.value for n in self.nodes.values()])

    def _priced(self, outcome: str) -> bool:
        assert self.define is not None
        return self.define.key is None or outcome in self.define.key.members

    def _cost(self, outcome: str, env: Env) -> Result | None:
        assert self.define is not None
        b = Bindings()
        if self.define.key is not None:
            b = b.with_name(self.define.parameter, member(outcome))
        try:
            return result(self.define.body, env, b)
        except FaultError:
            return None

    def removed(self, parts: list[Piece]) -> Fraction | None:
        """The most of the spread that one answer takes away; None where it is not known how
        far it is now."""
        if self.now is None:
            return None
        best = Fraction(0)
        for part in parts:
            left = _width(list(self._after(part)))
            if left is not None:
                best = max(best, self.now - left)
        return best

    def _after(self, part: Piece) -> Iterator[Value]:
        touched = frozenset(part.values)
        env = None
        for outcome, node in self.nodes.items():
            if outcome not in part.outcomes:
                continue
            if touched.isdisjoint(node.reads):
                yield node.value
                continue
            env = env or self.env.state(part.values)
            after = self._cost(outcome, env)
            yield after.value if after is not None else node.value


def _width(values: list[Value]) -> Fraction | None:
    """From the least end to the greatest; None where one is open or there is nothing."""
    whole: Range | None = None
    for value in values:
        if isinstance(value, Num):
            extent = range_of(value.poly).range
            whole = extent if whole is None else whole.hull(extent)
    if whole is None or isinstance(whole.lo, Infinite) or isinstance(whole.hi, Infinite):
        return None
    return whole.hi - whole.lo


# ── What does not matter ─────────────────────────────────────────────────────────────────


def irrelevant(found: Residual, env: Env, asked: tuple[Settle, ...]) -> tuple[FieldPath, ...]:
    """The fields of the unknown inputs of the tree that are proved not to matter to the outcome:
    where it is firm all of them; where one question `asked` decides it alone, all that it does
    not fill; else those that no undecided condition depends on. Nothing is proved where some
    of it was not worked out."""
    subject = env.subject
    run = subject.run
    if any(map(is_limit, found.relevant)):
        return ()
    alone = asked[0] if len(asked) == 1 and _decides(asked[0], run.program) else None
    matters: set[FieldPath] = set() if alone is not None else set(_fields_of(found.relevant, run))
    if found.firm:
        matters.update(each.path for each in asked if each.path is not None)
    unknown: list[tuple[FieldPath, frozenset[Symbol]]] = []
    for name in sorted(run.program.inputs):
        declared = run.program.inputs[name]
        keys = declared.key.members if declared.key is not None else ("",)
        owner = subject.place if declared.per is Per.EACH else PROJECT_PLACE
        for key in keys:
            paths = {field_path(p, key) for s in declared.sources for p in s.paths}
            if alone is not None:
                matters |= paths if alone.path in paths else set()
            elif InputSymbol(owner, name, key) in found.relevant:
                matters |= paths
        if declared.key is None and name in run.program.reads.tree_inputs:
            known = run.program.reads.inputs.get(name)
            if known is None:
                continue
            try:
                reading = result(known, env, NOTHING_BOUND)
            except FaultError:
                continue
            path = path_of(declared, "")
            if not reading.known and path is not None:
                unknown.append((path, reading.reads))
    paths_: dict[FieldPath, None] = {}
    for path, symbols in unknown:
        if path not in matters and (alone is not None or symbols.isdisjoint(found.relevant)):
            paths_[path] = None
    return tuple(paths_)


def _fields_of(symbols: frozenset[Symbol], run: Run) -> Iterator[FieldPath]:
    """The fields of the estimates among some symbols."""
    for symbol in symbols:
        if isinstance(symbol, FieldSymbol):
            unknown = unknown_of(symbol, run)
            if unknown is not None and unknown.path is not None:
                yield unknown.path
