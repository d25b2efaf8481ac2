"""Words by which a catalogue is looked up though it has no row for them.

Every look-up by words of enums is found with the ways on which it is come to: the conditions of
trees, guards of rules, lines, and the other parts of an `and` or `or` that hold there. A word
without a row is told where some manifest surely comes to it: where all that these ways ask for is
stated, each by itself. Where no case of it comes to the word, there is nothing to tell. Where that
hangs on what cannot be told, or where there are too many cases, it is said that it was not checked.

What a schema rules out of several fields together is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import and_

from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.show import show_date
from mlpolicy.core.terms import DefineKind, Said, Strategy
from mlpolicy.core.types import EnumType, FlagType, RowType, SetOf
from mlpolicy.core.values import NO_OUTCOME, member
from mlpolicy.core.visit import walk, walk_whole
from mlpolicy.dataclass import dataclass, field, replace
from mlpolicy.diagnostics import Label, Severity
from mlpolicy.soundness.cuts import Column, Cuts, add, asks
from mlpolicy.soundness.findings import Findings
from mlpolicy.soundness.formulas import (
    ALWAYS,
    MOST_PARTS,
    NEVER,
    Atom,
    Formula,
    Formulas,
    Joined,
    bits_of,
    chosen,
    holds_as_far,
    opposite,
)
from mlpolicy.soundness.lookups import (
    MOST_WORDS,
    Bound,
    KeyedRows,
    Leaf,
    Lookup,
    Span,
    Way,
    Ways,
    Words,
    kinds_of,
    put,
)

#: How many cases of what leads to one look-up are looked at, together for one policy.
MOST_CASES = 5_000
MOST_WORK = 300_000

#: Through how many definitions a condition is looked through for the same look-up.
_MOST_NESTED = 5

#: How many spans of days with other rows are told apart.
_MOST_SPANS = 12

#: How many words, and further places, are named.
_NAMED = 3


@node
class Lacking:
    """A look-up that may lack rows: the words that some manifest comes to, each with the days on
    which it has none (None: all of them), and those of which that is not known. `cases` is how
    many there were to be looked at, where these were too many."""

    lookup: Lookup
    reached: dict[Words, Span | None]
    open: tuple[Words, ...]
    cases: int = 0


def check_rows(program: core.Program, cuts: Cuts, findings: Findings) -> None:
    """Reports the words that a catalogue is looked up by and has no row for, once for each
    catalogue; and those of which it is not known whether it is looked up by them."""
    found = [each for each in lacking_rows(program, cuts) if not findings.follows(each.lookup)]
    for name in dict.fromkeys(each.lookup.table for each in found):
        of_it = [each for each in found if each.lookup.table == name]
        reached = [each for each in of_it if each.reached]
        if reached:
            words = {w: days for each in reversed(reached) for w, days in each.reached.items()}
            asked = f"which `{_keys_of(reached[0])}` may be here"
            if any(isinstance(key, core.Const) for key in reached[0].lookup.keys):
                asked = "by which it is looked up here"
            message = f"{_days(words.values())}`{name}` has no row for {_written(words)}, {asked}"
            _tell(Severity.WARNING, message, reached, findings)
        told = {words for each in reached for words in each.reached}
        left = [each for each in of_it if any(words not in told for words in each.open)]
        if left:
            words_left = dict.fromkeys(w for each in left for w in each.open if w not in told)
            cases = max(each.cases for each in left)
            message = "not checked: " + (f"{cases:,} cases in which" if cases else "whether")
            message += f" `{_keys_of(left[0])}` may be {_written(words_left)} here"
            message += f", for which `{name}` has no row"
            _tell(Severity.NOTE, message, left, findings)


def _keys_of(found: Lacking) -> str:
    return ", ".join(" ".join(key.origin.text.split()) for key in found.lookup.keys)


def _tell(severity: Severity, message: str, where: Sequence[Lacking], findings: Findings) -> None:
    places = list(dict.fromkeys(each.lookup.origin for each in where))
    labels = tuple(Label(other, "and here") for other in places[1 : _NAMED + 1])
    lookup = where[0].lookup
    help = "add a row"
    if len(lookup.keys) == 1:
        help += f", or ask first whether there is one: `{lookup.table} has {_keys_of(where[0])}`"
    findings.tell(severity, "MLP0433", message, places[0], help, labels)


def _written(words: Iterable[Words]) -> str:
    each = [", ".join(each) for each in words]
    named = ", ".join(f"`{one}`" for one in each[:_NAMED])
    more = len(each) - _NAMED
    return named if more <= 0 else f"{named} and {more} other{'s' if more > 1 else ''}"


def _days(spans: Iterable[Span | None]) -> str:
    """On which days, where it is not so on all of them."""
    (span, *others) = dict.fromkeys(spans)
    if others or span is None:
        return "on some days " if others else ""
    since, until = span
    return f"from {show_date(since)} " + (f"until {show_date(until)} " if until else "on ")


# ── What is looked up, and on which ways ─────────────────────────────────────────────────


def lacking_rows(program: core.Program, cuts: Cuts) -> list[Lacking]:
    """The look-ups by words of enums that lack rows, as far as they may be come to."""
    if not program.catalogs:
        return []
    rows = {name: KeyedRows(each, program.effective) for name, each in program.catalogs.items()}
    wanted: dict[int, Lookup] = {}
    for each in walk_whole(program):
        if isinstance(each, core.LookupRow | core.ChargeExpr) and each.table in rows:
            if rows[each.table].may_lack(each):
                wanted.setdefault(each.id, each)
    if not wanted:
        return []
    asked = _Asked(program=program, cuts=cuts, rows=rows)
    # Most of them are asked for only where there is a row, in the declaration they stand in.
    apart = Ways(program=program, wanted=frozenset(wanted), apart=True)
    apart.go()
    left = {lookup.id for lookup, ways in apart.found.values() if asked.may_lack(lookup, ways)}
    if apart.stopped:
        left = {*wanted}
    if not left:
        return []
    ways = Ways(program=program, wanted=frozenset(left))
    ways.go()
    asked.leaves = ways.leaves
    found = [asked.of(lookup, several) for lookup, several in ways.found.values()]
    if ways.stopped:
        found += [asked.of(lookup, (None,)) for number, lookup in wanted.items() if number in left]
    found = [each for each in found if each.reached or each.open]
    return sorted(found, key=lambda each: each.lookup.origin.place)


# ── Whether some case comes to a word ────────────────────────────────────────────────────


@node
class _Found:
    """`sure` where some manifest comes to it, `no` where none does, neither where that is open;
    `cases` where these were too many."""

    sure: bool = False
    no: bool = False
    cases: int = 0


#: The bit of an atom that asks for a key, the atom, and the number of the key.
_Keyed = tuple[int, core.Expr, int]

_NO, _SURE, _OPEN = _Found(no=True), _Found(sure=True), _Found()


@dataclass(kw_only=True)
class _Asked:
    """Asks of look-ups by which words they are come to."""

    program: core.Program
    cuts: Cuts
    rows: dict[str, KeyedRows]
    leaves: list[Leaf] | None = None
    left: int = MOST_WORK
    known: dict[core.Expr, dict[str, bool | None]] = field(default_factory=dict)

    def may_lack(self, lookup: Lookup, ways: Sequence[Way | None]) -> bool:
        """May a row be missing, as far as the conditions next to it tell?"""
        rows = self.rows[lookup.table]
        if not rows.is_plain(len(lookup.keys)):
            return True
        for on in rows.spans():
            words = rows.missing(lookup, on)
            for way in ways if words else ():
                if way is None or len(words) > MOST_WORDS:
                    return True
                case = _Case.of(self, lookup, way, on, dated=False)
                if not all(case.never(each) for each in words):
                    return True
        return False

    def at(self, condition: core.Expr, word: str) -> bool | None:
        """Does a condition on a key hold at a word?"""
        known = self.known.setdefault(condition, {})
        if word not in known:
            self.left -= 1
            known[word] = self.cuts.at(condition, member(word))
        return known[word]

    def of(self, lookup: Lookup, ways: Sequence[Way | None]) -> Lacking:
        """What is found of one look-up, of which these are the ways. None is one that was not
        looked at."""
        reached: dict[Words, Span | None] = {}
        left_open: dict[Words, None] = {}
        most = 0
        rows = self.rows[lookup.table]
        spans = rows.spans()
        for on in spans:
            words = rows.missing(lookup, on)
            plain = rows.is_plain(len(lookup.keys)) and len(words) <= MOST_WORDS
            plain = plain and len(spans) <= _MOST_SPANS
            for way in ways:
                left = [each for each in words if each not in reached]
                if way is None or not plain:
                    left_open.update(dict.fromkeys(left))
                    continue
                for each, found in self._on_way(lookup, way, left, on, dated=len(spans) > 1):
                    most = max(most, found.cases)
                    if found.sure:
                        reached[each] = on if len(spans) > 1 else None
                    else:
                        left_open[each] = None
        still_open = tuple(each for each in left_open if each not in reached)
        return Lacking(lookup, reached, still_open, most)

    def _on_way(
        self, lookup: Lookup, way: Way, words: Sequence[Words], on: Span, *, dated: bool
    ) -> Iterator[tuple[Words, _Found]]:
        """The words that are come to on a way, or may be."""
        if self.left < 0:
            yield from ((each, _OPEN) for each in words)
            return
        case = _Case.of(self, lookup, way, on, dated=dated)
        left = [each for each in words if not case.never(each)]
        cases = [case]
        if case.answering:
            cases = (
                [
                    _Case.of(self, lookup, answered, on, dated=dated)
                    for answered in self._answers(way)
                ]
                if left
                else []
            )
        for each in left:
            found = [case.comes_to(each) for case in cases if not case.never(each)]
            found = [one for one in found if not one.no]
            if found:
                yield each, max(found, key=lambda one: (one.sure, one.cases))

    def _answers(self, way: Way) -> list[Way]:
        """The way with each answer; as it is where there are too many."""
        if self.leaves is None:
            return [replace(way, sure=False)]
        return [_answered(way, leaf, self.program.outcome) for leaf in self.leaves]


def _answered(way: Way, leaf: Leaf, outcome: EnumType) -> Way:
    """A way on which the answer is that of a leaf."""
    said: dict[str, core.Expr] = {f"answer {name}": value for name, value in leaf.leaf.settings}
    word = leaf.leaf.outcome or NO_OUTCOME
    said[f"answer {Said.OUTCOME}"] = core.Const(word, type=outcome, origin=leaf.leaf.origin)
    answer = tuple(said.items())

    def put_in(bound: Bound) -> Bound:
        return (*((name, put(each, answer)) for name, each in bound), *answer)

    steps = tuple((expr, holds, put_in(bound)) for expr, holds, bound in way.steps)
    sure = way.sure and leaf.way.sure
    return Way(steps=(*leaf.way.steps, *steps), bound=put_in(way.bound), sure=sure)


@dataclass(kw_only=True)
class _Guards(Formulas):
    """Takes the conditions of a way apart. `bound` is what names stand for in the one at hand.
    What looks the `missing` row up too may hold or not: those are `holes`."""

    asked: _Asked
    on: Span
    missing: tuple[str, tuple[core.Expr, ...]]
    bound: Bound = ()
    holes: int = 0
    answering: bool = False

    def under(self, expr: core.Expr, bound: Bound) -> Formula:
        """A condition in which names stand for something."""
        outer, self.bound, self.size = self.bound, bound, 0
        try:
            return self.of(expr)
        finally:
            self.bound = outer

    def of(self, expr: core.Expr) -> Formula:
        match expr:
            case core.HasRow():
                found = self._has(expr)
                return Formulas.of(self, expr) if found is None else found
            case core.DefRef(name=name, key=core.Typed(), row=None) if self.size <= MOST_PARTS:
                define = self.program.defines[name]
                if not define.exceptions and define.kind is not DefineKind.TABLE:
                    return self._within(define, expr, self.of)
            case _:
                pass
        return Formulas.of(self, expr)

    def _within(
        self, define: core.Define, named: core.DefRef, go: Callable[[core.Expr], Formula]
    ) -> Formula:
        outer = self.bound
        said = tuple(each for each in outer if each[0].startswith("answer "))
        bound = ((define.parameter, put(named.key, outer)),) if named.key is not None else ()
        self.bound = (*bound, *said)
        self.size += 1
        try:
            return go(define.body)
        finally:
            self.bound = outer

    def atom(self, expr: core.Expr) -> Formula:
        whole = put(expr, self.bound)
        self.answering = self.answering or _speaks_of_answer(whole, self.program)
        if self._meets_hole(whole):
            bit = Formulas.atom(self, whole)
            assert isinstance(bit, Atom)
            self.holes |= bit.bit
            return bit
        holds = self.asked.cuts.at(whole)
        if holds is not None:
            return ALWAYS if holds else NEVER
        return Formulas.atom(self, whole)

    def _meets_hole(self, expr: core.Expr, depth: int = 0) -> bool:
        """Does it surely look the row up that is missing, so that it is unknown?"""
        match expr:
            case core.LookupRow(table=table, keys=keys) | core.ChargeExpr(table=table, keys=keys):
                return (table, keys) == self.missing
            case core.Apply(operator=operator, operands=operands):
                if OPERATORS[operator].connects is None:
                    return any(self._meets_hole(each, depth) for each in operands)
            case core.ColumnRef(row=inner) | core.ConvertExpr(operand=inner):
                return self._meets_hole(inner, depth)
            case core.DefRef(name=name, key=None, row=None) if name in self.program.defines:
                define = self.program.defines[name]
                if not define.exceptions and depth < _MOST_NESTED:
                    return self._meets_hole(define.body, depth + 1)
            case _:
                pass
        return False

    # -- rows that are there -----------------------------------------------------------------

    def _has(self, expr: core.HasRow) -> Formula | None:
        """`reach has service` says which word it is; None where that is not told."""
        rows = self.asked.rows.get(expr.table)
        kinds = kinds_of(expr)
        if rows is None or kinds is None or not rows.is_plain(len(kinds)):
            return None
        if rows.catalog.override is not None and expr.table != self.missing[0]:
            return None
        begin, end = self.on
        if any(begin < day and (end is None or day < end) for day in rows.days()):
            return None
        there = sorted(rows.there(len(kinds), begin))
        if len(kinds) > 1 and len(there) > MOST_PARTS:
            return None
        if len(kinds) == 1:
            items = tuple(_word(each, expr.keys[0]) for (each,) in there)
            among = core.SetExpr(items=items, open=False, type=SetOf(kinds[0]), origin=expr.origin)
            return self.atom(_compared("in", expr.keys[0], among))
        each_row = (
            Joined(tuple(self.atom(_is(k, w)) for k, w in zip(expr.keys, words, strict=True)))
            for words in there
        )
        return Joined(tuple(each_row), any=True)

    # -- words -------------------------------------------------------------------------------

    def word(self, key: core.Expr, word: str) -> Formula:
        """That a key is a word, taken apart through what chooses it."""
        key = put(key, self.bound)
        self.size += 1
        match key:
            case _ if self.size > MOST_PARTS:
                pass
            case core.Const(value=value):
                return ALWAYS if value == word else NEVER
            case core.UnknownConst():
                return NEVER
            case core.DefRef(name=name, row=None) if name in self.program.defines:
                define = self.program.defines[name]
                if not define.exceptions:
                    return self._within(define, key, lambda body: self.word(body, word))
            case core.Choose(strategy=Strategy.FIRST | Strategy.UNIQUE | Strategy.ANY):
                rest = NEVER if key.otherwise is None else self.word(key.otherwise, word)
                for case in reversed(key.cases):
                    rest = chosen(self.of(case.guard), self.word(case.value, word), rest)
                return rest
            case core.ColumnRef(row=row, column=column):
                if not self._may_stand(row, column, word):
                    return NEVER
            case core.ChoiceRef(attribute=Said.OUTCOME):
                if self.asked.leaves is not None:
                    if all(each.leaf.outcome != word for each in self.asked.leaves):
                        return NEVER
            case _:
                pass
        return self.atom(_is(key, word))

    def _may_stand(self, row: core.Expr, column: str, word: str) -> bool:
        """May a word stand in a column of a catalogue?"""
        rows = self.asked.rows.get(row.type.table) if isinstance(row.type, RowType) else None
        if rows is None or rows.catalog.override is not None:
            return True
        for each in rows.catalog.rows:
            cell = each.cells.get(column)
            if not isinstance(cell, core.Const) or cell.value == word:
                return True
        return False


def _keyed(guards: _Guards, keys: Sequence[core.Expr]) -> list[_Keyed]:
    """The atoms that ask for a key, each with its bit and the number of the key."""
    return [
        (bit, atom, number)
        for atom, bit in guards.atoms.items()
        if not bit & guards.holes
        for number, key in enumerate(keys)
        if asks(0, atom)[0] == key
    ]


def _word(word: str, key: core.Expr) -> core.Const:
    return core.Const(word, type=key.type, origin=key.origin)


def _is(key: core.Expr, word: str) -> core.Expr:
    return _compared("is", key, _word(word, key))


def _compared(operator: str, left: core.Expr, right: core.Expr) -> core.Expr:
    return core.Apply(
        operator=operator, operands=(left, right), type=FlagType(), origin=left.origin
    )


def _speaks_of_answer(expr: core.Expr, program: core.Program) -> bool:
    for part in walk(expr):
        if isinstance(part, core.ChoiceRef):
            return True
        if isinstance(part, core.DefRef) and ("define", part.name) in program.reads.answering:
            return True
    return False


@dataclass(kw_only=True)
class _Case:
    """A way to a look-up, on days on which it lacks rows."""

    asked: _Asked
    lookup: Lookup
    way: Way
    on: Span
    dated: bool
    keys: tuple[core.Expr, ...]
    guards: _Guards
    path: list[Formula]
    answering: bool
    keyed: list[_Keyed]

    @classmethod
    def of(cls, asked: _Asked, lookup: Lookup, way: Way, on: Span, *, dated: bool) -> _Case:
        """The case, with the conditions of the way taken apart."""
        keys = tuple(put(key, way.bound) for key in lookup.keys)
        guards = _Guards(program=asked.program, asked=asked, on=on, missing=(lookup.table, keys))
        path = []
        for expr, holds, bound in way.steps:
            formula = guards.under(expr, bound)
            asked.left -= guards.size
            path.append(formula if holds else opposite(formula))
        speaks = any(_speaks_of_answer(key, asked.program) for key in keys)
        return cls(
            asked=asked,
            lookup=lookup,
            way=way,
            on=on,
            dated=dated,
            keys=keys,
            guards=guards,
            path=path,
            answering=speaks or guards.answering,
            keyed=_keyed(guards, keys),
        )

    def never(self, words: Words) -> bool:
        """Does a condition of the way surely not hold where the keys are these words?"""
        for key, word in zip(self.keys, words, strict=True):
            if isinstance(key, core.Const) and key.value != word:
                return True
        held, not_held, _ = self._at(self.keyed, words)
        self.asked.left -= len(self.path)
        return any(holds_as_far(each, held, not_held) is False for each in reversed(self.path))

    def _at(
        self, keyed: Iterable[tuple[int, core.Expr, int]], words: Words
    ) -> tuple[int, int, int]:
        """Of the atoms that ask for the keys, which hold at these words and which do not; and which
        do not tell."""
        held = not_held = open_bits = 0
        for bit, atom, number in keyed:
            holds = self.asked.at(atom, words[number])
            held |= bit if holds is True else 0
            not_held |= bit if holds is False else 0
            open_bits |= bit if holds is None else 0
        return held, not_held, open_bits

    def comes_to(self, words: Words) -> _Found:
        """Does some manifest come to these words on this way?"""
        guards = replace(self.guards, atoms=dict(self.guards.atoms), size=0)
        formulas = list(self.path)
        sure = self.way.sure
        for key, word, meant in zip(self.lookup.keys, words, self.keys, strict=True):
            guards.bound, guards.size = self.way.bound, 0
            chosen_so, itself = guards.word(key, word), guards.atom(_is(meant, word))
            formulas += [chosen_so, itself]
            # What is neither stated nor chosen by what is may not be all the words that it has.
            sure = sure and (
                chosen_so in (ALWAYS, NEVER) or chosen_so != itself or self._is_free(meant)
            )
        if self.dated:
            formulas += self._days(guards)
        held, not_held, open_bits = self._at(_keyed(guards, self.keys), words)
        parts = list[_Parts]()
        columns: list[Column] = []
        for atom, bit in guards.atoms.items():
            if bit & guards.holes:
                parts.append(_Parts(bits=bit, each=[(bit, 0), (0, bit)]))
            elif bit & open_bits:
                parts.append(_Parts(bits=bit, each=[(bit, 0), (0, bit)], free=False))
            elif not bit & (held | not_held):
                add(columns, bit, atom)
        used = [path for key in self.keys for path in self._paths(key)]
        for column in columns:
            free = self._is_free(column.asked) and self._is_told(column)
            paths = self._paths(column.asked)
            if any(path in used for path in paths):
                free = False
            used += paths
            bits = sum(cell.bit for cell in column.cells)
            cut = self.asked.cuts.parts([column], bits)[0]
            for several in cut:
                # Each of several parts is of those conditions that it tells apart.
                own = bits if len(cut) == 1 else bits & ~reduce(and_, (p.rows for p in several))
                each = [(part.rows & own, own & ~part.rows) for part in several]
                parts.append(_Parts(bits=own, each=each, free=free))
        found = self._solved(formulas, held, not_held, parts)
        return found if sure or not found.sure else _OPEN

    def _days(self, guards: _Guards) -> list[Formula]:
        """That it is decided on one of the days, where a condition asks for the day."""
        dates = [
            part for atom in guards.atoms for part in walk(atom) if isinstance(part, core.AsOf)
        ]
        if not dates:
            return []
        begin, end = self.on
        as_of = dates[0]
        day = core.Const(begin, type=as_of.type, origin=as_of.origin)
        found: list[Formula] = [guards.atom(_compared(">=", as_of, day))]
        if end is not None:
            day = core.Const(end, type=as_of.type, origin=as_of.origin)
            found.append(guards.atom(_compared("<", as_of, day)))
        return found

    def _is_free(self, asked: core.Expr) -> bool:
        """Is it stated by itself, so that a manifest may say any value of it?"""
        return isinstance(asked, core.AsOf) or bool(self._paths(asked))

    def _paths(self, asked: core.Expr) -> list[core.PathRef]:
        """The field that an input is stated in; none of anything else."""
        if not isinstance(asked, core.InputRef) or asked.key is not None:
            return []
        sources = self.asked.program.inputs[asked.name].sources
        return [each.value for each in sources if isinstance(each.value, core.PathRef)]

    def _is_told(self, column: Column) -> bool:
        """Is it known which values there are on both sides of all that it is compared with?"""
        if self.asked.cuts.is_of_literals(column):
            return True
        others = {cell.other for cell in column.cells}
        if len(others) > 1 or not all(isinstance(other, core.BarRef) for other in others):
            return False
        ranges = self.asked.cuts.ranges
        (bar,) = (ranges.of(other) for other in others if other is not None)
        within = ranges.of(column.asked)
        return within.lo < bar.lo and bar.hi < within.hi

    def _solved(
        self, formulas: Sequence[Formula], held: int, not_held: int, parts: Sequence[_Parts]
    ) -> _Found:
        """Can all of some formulas hold? Those that ask for nothing in common are apart."""
        groups: list[tuple[int, list[Formula]]] = []
        for formula in formulas:
            known = holds_as_far(formula, held, not_held)
            if known is not None:
                if not known:
                    return _NO
                continue
            bits = bits_of(formula)
            for part in parts:
                bits |= part.bits if part.bits & bits else 0
            touching = [each for each in groups if each[0] & bits & ~(held | not_held)]
            groups = [each for each in groups if each not in touching]
            for other, _ in touching:
                bits |= other
            groups.append((bits, [formula, *(one for each in touching for one in each[1])]))
        found = _SURE
        for bits, together in groups:
            one = self._together(together, held, not_held, [p for p in parts if p.bits & bits])
            if one.no:
                return _NO
            if not one.sure:
                found = one if one.cases >= found.cases else found
        return found

    def _together(
        self, formulas: Sequence[Formula], held: int, not_held: int, parts: Sequence[_Parts]
    ) -> _Found:
        free = [part.each for part in parts if part.free]
        other = [part.each for part in parts if not part.free]
        count = prod(len(each) for each in (*free, *other))
        if count > MOST_CASES or self.asked.left < 0:
            return _Found(cases=count)
        whole = Joined(tuple(formulas))
        may_be = False
        for stated in product(*free):
            yes, no = _with(stated, held, not_held)
            self.asked.left -= len(formulas)
            holds = holds_as_far(whole, yes, no)
            if holds:
                return _SURE
            if holds is None and not may_be:
                for rest in product(*other):
                    self.asked.left -= len(formulas)
                    if holds_as_far(whole, *_with(rest, yes, no)):
                        may_be = True
                        break
        return _OPEN if may_be else _NO


@node
class _Parts:
    """What conditions on one thing come to, each time as the bits of those that hold and of those
    that do not; `free` where a manifest may state it so, whatever else it states."""

    bits: int
    each: list[tuple[int, int]]
    free: bool = True


def _with(stated: Iterable[tuple[int, int]], held: int, not_held: int) -> tuple[int, int]:
    for yes, no in stated:
        held |= yes
        not_held |= no
    return held, not_held
