"""Where a policy looks a row up by words of enums, and what holds where it is come to.

It goes through all that is evaluated: trees, rules, obligations, costs and reports, and the
definitions that these name. A way is what holds where a look-up is evaluated: the conditions of
trees, guards, lines, and the other parts of an `and` or `or`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, product

from mlpolicy.core import program as core
from mlpolicy.core.node import node
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.terms import DefineKind, Over
from mlpolicy.core.types import EnumType
from mlpolicy.core.visit import Node, children, map_children, walk
from mlpolicy.dataclass import dataclass, field, replace

#: How many words one look-up may lack.
MOST_WORDS = 2_000

#: On how many ways one look-up is looked at, and how many answers a tree may give on its ways.
MOST_WAYS = 60
_MOST_LEAVES = 200

#: How many levels of expressions a look-up may stand in, and how many expressions are gone through.
_MOST_LEVELS = 150
_MOST_VISITS = 10_000

Lookup = core.LookupRow | core.ChargeExpr
#: A word for each key.
Words = tuple[str, ...]
#: Days, from one on and before another, if there is one.
Span = tuple[int, int | None]
#: What names stand for: parameters, rows of a catalogue, what is said of the answer.
Bound = tuple[tuple[str, core.Expr], ...]
#: A condition, whether it holds, and what its names stand for.
Step = tuple[core.Expr, bool, Bound]


@node
class Way:
    """How a look-up is come to: what holds there, what its names stand for, and whether a manifest
    that states all it is asked for comes there (`sure`)."""

    steps: tuple[Step, ...] = ()
    bound: Bound = ()
    sure: bool = True

    def on(self, condition: core.Expr, holds: bool) -> Way:
        """The same where a condition holds, or does not."""
        return replace(self, steps=(*self.steps, (condition, holds, self.bound)))


@node
class Leaf:
    """An answer of the decision tree, and what holds where it is given."""

    leaf: core.LeafNode
    way: Way


@dataclass
class KeyedRows:
    """The keys for which a catalogue has rows, from the policy's first day on."""

    catalog: core.Catalog
    effective: int

    def may_lack(self, lookup: Lookup) -> bool:
        """May a look-up by words lack a row on some day?"""
        return any(self.missing(lookup, on) for on in self.spans())

    def days(self) -> list[int]:
        """The days on which other rows come into force than before."""
        days = {day for row in self.catalog.rows for day in (row.since, row.until)}
        return sorted(day for day in days if day is not None and day > self.effective)

    def spans(self) -> list[Span]:
        """The spans of days within which the same rows are in force."""
        begins = [self.effective, *self.days()]
        return [*pairwise(begins), (begins[-1], None)]

    def missing(self, lookup: Lookup, on: Span) -> list[Words]:
        """The words of a look-up without a row on some days, one more than `MOST_WORDS` at most;
        none where a key is no enum. Of rows that only begin later, `days` tells."""
        kinds = kinds_of(lookup)
        if kinds is None:
            return []
        there = self.there(len(kinds), on[0])
        begun = {
            self.key_of(row, len(kinds))
            for row in self.catalog.rows
            if row.since is None or row.since <= on[0]
        }
        every = {self.key_of(row, len(kinds)) for row in self.catalog.rows}
        there |= {words for words in every - begun if words is not None}
        members = [
            (str(key.value),) if isinstance(key, core.Const) else kind.members
            for key, kind in zip(lookup.keys, kinds, strict=True)
        ]
        missing = (words for words in product(*members) if words not in there)
        return list(islice(missing, MOST_WORDS + 1))

    def there(self, number: int, day: int) -> set[Words]:
        """The words of the first keys of the rows that are in force on a day."""
        rows = (row for row in self.catalog.rows if _in_force(row, day))
        return {words for row in rows if (words := self.key_of(row, number)) is not None}

    def key_of(self, row: core.CatalogRow, number: int) -> Words | None:
        """The words of the first keys of a row; None where one is no word that is known."""
        cells = [row.cells.get(key) for key in self.catalog.keys[:number]]
        words = tuple(
            cell.value
            for cell in cells
            if isinstance(cell, core.Const) and isinstance(cell.value, str)
        )
        return words if len(words) == number else None

    def is_plain(self, number: int) -> bool:
        """Are the first keys of all rows words that are known?"""
        return all(self.key_of(row, number) is not None for row in self.catalog.rows)


def _in_force(row: core.CatalogRow, day: int) -> bool:
    return (row.since is None or row.since <= day) and (row.until is None or day < row.until)


def kinds_of(lookup: Lookup | core.HasRow) -> list[EnumType] | None:
    """The enums of the words that are looked up by; None where a key is none."""
    kinds = [key.type for key in lookup.keys if isinstance(key.type, EnumType)]
    return kinds if len(kinds) == len(lookup.keys) else None


#: A declaration, by its kind and name.
Declared = tuple[str, str]


@dataclass(kw_only=True)
class Ways:
    """Goes through all that is evaluated and comes to the look-ups `wanted`, by their ids. `found`
    has each place where one stands, with the ways to it, and None among them where not all were
    gone. `stopped` where there was too much to go through. With `apart`, each declaration is gone
    through by itself, whatever leads to it."""

    program: core.Program
    wanted: frozenset[int]
    apart: bool = False
    found: dict[int, tuple[Lookup, list[Way | None]]] = field(default_factory=dict)
    leaves: list[Leaf] | None = field(default_factory=list)
    owing: dict[str, list[Way]] = field(default_factory=dict)
    reading: dict[int, bool] = field(default_factory=dict)
    inputs: dict[int, frozenset[str]] = field(default_factory=dict)
    declarations: set[Declared] = field(default_factory=set)
    visits: int = 0
    stopped: bool = False

    def go(self) -> None:
        """Goes through the whole program."""
        program = self.program
        self.declarations = self._with_lookups()
        if program.decision:
            self._tree(program.trees[program.decision].root, Way())
        for rule in program.rules.values():
            self._rule(rule)
        for duty in program.obligations.values():
            self._duty(duty)
        for define in program.defines.values():
            if define.kind is DefineKind.COST:
                self._define(define, Way())
        for report in program.reports.values():
            self.visit(report.value, Way())
        for declared in self.declarations if self.apart else ():
            self._declaration(*declared)

    # -- what there is to go through ---------------------------------------------------------

    def _with_lookups(self) -> set[Declared]:
        """The declarations in which a look-up stands, and those that name one in which it does."""
        program = self.program
        parts: dict[Declared, Node] = {}
        parts.update((("input", name), each) for name, each in program.inputs.items())
        parts.update((("bar", name), each) for name, each in program.bars.items())
        parts.update((("define", name), each) for name, each in program.defines.items())
        parts.update((("define", name), each) for name, each in program.scores.items())
        parts.update((("shortlist", name), each) for name, each in program.shortlists.items())
        found: set[Declared] = set()
        named_by: dict[Declared, list[Declared]] = {}
        for key, whole in parts.items():
            for part in walk(whole):
                if isinstance(part, core.Typed):
                    if part.id in self.wanted:
                        found.add(key)
                    for other in _named(part, program):
                        named_by.setdefault(other, []).append(key)
        waiting = [] if self.apart else [*found]
        while waiting:
            for other in named_by.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def _reads(self, expr: core.Expr) -> bool:
        """Does a look-up stand in it, or in what it names?"""
        found = self.reading.get(expr.id)
        if found is None:
            found = self.reading[expr.id] = any(
                isinstance(part, core.Typed)
                and (
                    part.id in self.wanted
                    or any(each in self.declarations for each in _named(part, self.program))
                )
                for part in walk(expr)
            )
        return found

    def _asks_for(self, name: str, condition: core.Expr) -> bool:
        """Does a condition itself ask for an input?"""
        found = self.inputs.get(condition.id)
        if found is None:
            asked = (part for part in walk(condition) if isinstance(part, core.InputRef))
            found = self.inputs[condition.id] = frozenset(part.name for part in asked)
        return name in found

    def _declaration(self, kind: str, name: str) -> None:
        """A declaration by itself."""
        program = self.program
        match kind:
            case "input":
                self._input(program.inputs[name], Way())
            case "bar":
                self._bar(program.bars[name], Way())
            case "shortlist":
                self._lines(program.shortlists[name], Way())
            case _ if name in program.scores:
                self._score(program.scores[name], Way())
            case _:
                self._define(program.defines[name], Way())

    # -- where it is evaluated ---------------------------------------------------------------

    def _tree(self, root: core.TreeNode, way: Way, level: int = 0) -> None:
        here = root
        while isinstance(here, core.IfNode):
            self.visits += 1
            if self.visits > _MOST_VISITS:
                self.stopped, self.leaves = True, None
                return
            self.visit(here.condition, way)
            self._tree(here.yes, way.on(here.condition, True), level + 1)
            if here.unknown_arm is not None:
                self._tree(here.unknown_arm, replace(way, sure=False), level + 1)
            way = way.on(here.condition, False)
            here = here.no
        for duty in () if isinstance(here, core.IfNode) else here.owes:
            self.owing.setdefault(duty, []).append(way)
        match here:
            case core.LeafNode():
                for _, setting in here.settings:
                    self.visit(setting, way)
                self._text(here.because, way)
                if self.leaves is not None:
                    self.leaves.append(Leaf(here, way))
                    if len(self.leaves) > _MOST_LEAVES:
                        self.leaves = None
            case core.HoldNode():
                self._text(here.reason, way)
            case core.GotoNode():
                self._text(here.because, way)
                self._tree(self.program.trees[here.tree].root, way, level + 1)
            case _:
                pass

    def _rule(self, rule: core.Rule) -> None:
        way = Way()
        if rule.guard is not None:
            self.visit(rule.guard, way)
            way = way.on(rule.guard, True)
        self.visit(rule.when, way)
        if rule.if_unknown is not None:
            unknown = replace(way, sure=False)
            if rule.if_unknown.when is not None:
                self.visit(rule.if_unknown.when, unknown)
            self._text(rule.if_unknown.say, unknown)
            self._text(rule.if_unknown.fix, unknown)
        way = way.on(rule.when, True)
        self._text(rule.say, way)
        self._text(rule.fix, way)
        if rule.bounds is not None:
            self.visit(rule.bounds, way)

    def _duty(self, duty: core.Obligation) -> None:
        ways = list(self.owing.get(duty.name, ()))
        if duty.when is not None:
            self.visit(duty.when, Way())
            ways.append(Way().on(duty.when, True))
        for way in ways:
            self._text(duty.text, way)
            if duty.met_when is not None:
                self.visit(duty.met_when, way)
            if duty.due_when is not None:
                due = way if duty.met_when is None else way.on(duty.met_when, False)
                self.visit(duty.due_when, due)

    def _text(self, text: core.Template | None, way: Way) -> None:
        for part in () if text is None else text.parts:
            if not isinstance(part, str):
                self.visit(part, way)

    # -- expressions -------------------------------------------------------------------------

    def visit(self, expr: core.Expr, way: Way, level: int = 0) -> None:
        """What evaluating an expression evaluates."""
        if not self._reads(expr):
            return
        self.visits += 1
        if level > _MOST_LEVELS or self.visits > _MOST_VISITS:
            self.stopped = True
            return
        level += 1
        if isinstance(expr, core.LookupRow | core.ChargeExpr) and expr.id in self.wanted:
            _, ways = self.found.setdefault(id(expr), (expr, []))
            if len(ways) <= MOST_WAYS and way not in ways:
                ways.append(way if len(ways) < MOST_WAYS else None)
        match expr:
            case core.Apply() if OPERATORS[expr.operator].connects is not None:
                self._joined(expr, way, level)
                return
            case core.Choose():
                self._choose(expr, way, level)
                return
            case core.IsUnknownExpr():
                return  # that it is not there is what is asked
            case core.AggregateExpr():
                self._aggregate(expr, way, level)
                return
            case _ if not self.apart:
                self._named(expr, way, level)
            case _:
                pass
        for child in children(expr):
            if isinstance(child, core.Typed):
                self.visit(child, way, level)

    def _named(self, expr: core.Expr, way: Way, level: int) -> None:
        """The declarations that an expression names."""
        program = self.program
        match expr:
            case core.AnyRemains(shortlist=name) | core.FirstRemaining(shortlist=name):
                lists: list[core.Shortlist] = []
                while name:
                    lists.append(program.shortlists[name])
                    name = lists[-1].parent
                for each in reversed(lists):
                    way = self._lines(each, way, level)
            case core.InputRef(name=name, key=key):
                declared = program.inputs[name]
                bound = _bind(declared.key.name if declared.key else "", key, way)
                # Where it is stated, what is assumed of it is not asked for.
                stated = any(self._asks_for(name, condition) for condition, _, _ in way.steps)
                self._input(
                    declared, replace(way, bound=bound, sure=way.sure and not stated), level
                )
            case core.BarRef(name=name):
                self._bar(program.bars[name], replace(way, bound=()), level)
            case core.DefRef(name=name) if name in program.scores:
                self._score(program.scores[name], replace(way, bound=()), level)
            case core.DefRef(name=name, key=key, row=row):
                define = program.defines[name]
                bound = _bind(define.parameter, key, way)
                if row is not None:
                    bound = (*bound, (f"row {define.of}", put(row, way.bound)))
                self._define(define, replace(way, bound=bound), level)
            case _:
                pass

    def _input(self, declared: core.Input, way: Way, level: int = 0) -> None:
        absent = declared.absent
        if absent is not None and absent.when is not None:
            self.visit(absent.when, way, level)
            way = way.on(absent.when, True)
        if absent is not None and absent.value is not None:
            self.visit(absent.value, way, level)

    def _bar(self, bar: core.Bar, way: Way, level: int = 0) -> None:
        way = self._exceptions(bar.exceptions, way, level)
        for line in bar.lines:
            self.visit(line.value, way, level)

    def _score(self, score: core.Score, way: Way, level: int = 0) -> None:
        for question in score.questions:
            self.visit(question.condition, way, level)

    def _define(self, define: core.Define, way: Way, level: int = 0) -> None:
        self.visit(define.body, self._exceptions(define.exceptions, way, level), level)

    def _exceptions(self, exceptions: Sequence[core.ExceptionRule], way: Way, level: int) -> Way:
        """What is said instead; the way on which none of it is."""
        rest = way
        for exception in exceptions:
            self.visit(exception.guard, way, level)
            self.visit(exception.value, way.on(exception.guard, True), level)
            rest = rest.on(exception.guard, False)
        return rest

    def _lines(self, shortlist: core.Shortlist, way: Way, level: int = 0) -> Way:
        """The lines of a shortlist; the way on which all of them hold."""
        for line in shortlist.lines:
            self.visit(line.condition, way, level)
            way = way.on(line.condition, True)
        return way

    def _joined(self, expr: core.Apply, way: Way, level: int) -> None:
        connects = OPERATORS[expr.operator].connects
        for operand in expr.operands:
            if not self._reads(operand):
                continue
            beside = way
            for other in expr.operands:
                if other is not operand and connects is not Connects.OPPOSITE:
                    beside = beside.on(other, connects is Connects.EVERY)
            self.visit(operand, beside, level)

    def _choose(self, choose: core.Choose, way: Way, level: int) -> None:
        before = way
        for case in choose.cases:
            self.visit(case.guard, before, level)
            self.visit(case.value, before.on(case.guard, True), level)
            if choose.strategy.in_order:
                before = before.on(case.guard, False)
        if choose.otherwise is not None:
            rest = way
            for case in choose.cases:
                rest = rest.on(case.guard, False)
            self.visit(choose.otherwise, rest, level)

    def _aggregate(self, expr: core.AggregateExpr, way: Way, level: int) -> None:
        if expr.domain is not None:
            self.visit(expr.domain, way, level)
        inner = way
        if expr.over is not Over.SET:
            # What holds of one of them says nothing of another.
            inner = Way(sure=way.sure and not way.steps and not way.bound)
        if expr.where is not None:
            self.visit(expr.where, inner, level)
            inner = inner.on(expr.where, True)
        self.visit(expr.body, inner, level)
        if expr.once_per is not None:
            self.visit(expr.once_per, inner, level)


def _bind(name: str, key: core.Expr | None, way: Way) -> Bound:
    """What names stand for within a declaration with a key."""
    return ((name, put(key, way.bound)),) if name and key is not None else ()


def _named(part: Node, program: core.Program) -> Iterator[tuple[str, str]]:
    """The declarations that evaluating a part evaluates."""
    match part:
        case core.InputRef(name=name):
            yield "input", name
        case core.BarRef(name=name):
            yield "bar", name
        case core.DefRef(name=name):
            yield "define", name
        case core.AnyRemains(shortlist=name) | core.FirstRemaining(shortlist=name):
            while name:
                yield "shortlist", name
                name = program.shortlists[name].parent
        case _:
            pass


def put(expr: core.Expr, bound: Bound) -> core.Expr:
    """An expression with what its names stand for in their places."""
    if not bound:
        return expr
    said = dict(bound)
    match expr:
        case core.ParameterRef(name=name):
            return said.get(name, expr)
        case core.RowRef(table=table):
            return said.get(f"row {table}", expr)
        case core.ChoiceRef(attribute=attribute):
            return said.get(f"answer {attribute}", expr)
        case core.FirstRow(table=table) | core.BestRow(table=table):
            bound = tuple(each for each in bound if each[0] != f"row {table}")
        case _:
            pass

    def inner(child: Node) -> Node:
        return put(child, bound) if isinstance(child, core.Typed) else map_children(child, inner)

    return map_children(expr, inner)
