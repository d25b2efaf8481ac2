"""Conditions that can never hold, and those that always do.

A condition is taken apart at `and`, `or` and `not`, through the definitions that it names, down to
what is compared with words, flags and numbers. It is then worked out for every case there is of
them (see `cuts`). In a tree, a condition is looked at with those assumed under which it is asked.

What never holds is an error: a rule that can never fire, a line that is never reached. What always
holds is a warning. A condition with more cases than `MOST_CASES` is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from mlpolicy.core import program as core
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.operators.row import Connects
from mlpolicy.core.terms import DefineKind, Strategy
from mlpolicy.core.visit import Node, walk_whole
from mlpolicy.dataclass import dataclass, field
from mlpolicy.diagnostics import Severity
from mlpolicy.soundness.cuts import Column, Cuts, add, asks
from mlpolicy.soundness.findings import Findings
from mlpolicy.soundness.formulas import Formulas, holds_with

#: How many cases of one condition are looked at.
MOST_CASES = 5_000

#: How many of the conditions on the way are looked at, the nearest ones.
_MOST_ASSUMED = 20

#: How many parts of conditions are worked out for one policy; then nothing more is told.
_MOST_WORK = 3_000_000

#: A condition, and whether it holds.
Assumed = tuple[core.Expr, bool]

#: A condition, what is assumed where it is asked, and what follows if it never holds.
_Standing = tuple[core.Expr, tuple[Assumed, ...], str]

_BOTH = frozenset((True, False))


def check_conditions(program: core.Program, cuts: Cuts, findings: Findings) -> None:
    """Reports conditions that never or always hold, with what follows from it where they stand."""
    looked = Looked(program=program, cuts=cuts, findings=findings)
    for condition, when, what in _conditions(program):
        looked.at(condition, when, what)
    for tree in program.trees.values():
        looked.tree(tree.root, ())
    for lines in _lines(program):
        looked.lines(lines)


def _conditions(program: core.Program) -> Iterator[_Standing]:
    """Every condition that stands by itself: with what is assumed where it is asked, and what
    follows if it never holds."""
    for rule in program.rules.values():
        yield from _of_rule(rule)
    for duty in program.obligations.values():
        name = f"the obligation `{duty.name}`"
        for condition, never in (
            (duty.when, f"{name} is never owed by it"),
            (duty.met_when, f"{name} can never be met"),
            (duty.due_when, f"{name} is never overdue"),
        ):
            if condition is not None:
                yield condition, (), never
    for exceptions in (
        *(bar.exceptions for bar in program.bars.values()),
        *(define.exceptions for define in program.defines.values()),
    ):
        for exception in exceptions:
            yield exception.guard, (), f"the exception `{exception.name}` never applies"
    for shortlist in program.shortlists.values():
        for line in shortlist.lines:
            yield line.condition, (), f"no row passes `{line.name}`"
    for score in program.scores.values():
        for question in score.questions:
            yield question.condition, (), f"`{question.name}` is never answered with yes"
    for declared in program.inputs.values():
        if declared.absent is not None and declared.absent.when is not None:
            yield declared.absent.when, (), "what absence means never counts"
    for found in walk_whole(program):
        yield from _within(found)


def _of_rule(rule: core.Rule) -> Iterator[_Standing]:
    name = f"the rule `{rule.name}`"
    guarded: tuple[Assumed, ...] = ()
    if rule.guard is not None:
        yield rule.guard, (), f"{name} never applies"
        guarded = ((rule.guard, True),)
    yield rule.when, guarded, f"{name} can never fire"
    if rule.if_unknown is not None and rule.if_unknown.when is not None:
        yield rule.if_unknown.when, guarded, f"{name} never fires for being unknown"


def _within(found: Node) -> Iterator[_Standing]:
    """The conditions within an expression."""
    match found:
        case core.FirstRow(where=where) | core.BestRow(where=where) if where is not None:
            yield where, (), "no row is ever taken"
        case core.AggregateExpr(where=where) if where is not None:
            yield where, (), "nothing is ever counted"
        case core.Apply(operator=operator) if _is_or(operator):
            for part in found.operands:
                yield part, (), "this part adds nothing"
        case _:
            pass


def _lines(program: core.Program) -> Iterator[core.Choose]:
    """The lines of definitions, of which the first that holds counts."""
    tables = {
        id(define.body) for define in program.defines.values() if define.kind is DefineKind.TABLE
    }
    for found in walk_whole(program):
        if isinstance(found, core.Choose) and id(found) not in tables:
            if found.strategy is Strategy.FIRST:
                yield found


@dataclass(kw_only=True)
class Looked:
    """Conditions of a program, and what they may come to. `left` is how much may still be worked
    out, `asked` what each condition asks for."""

    program: core.Program
    cuts: Cuts
    findings: Findings
    left: int = _MOST_WORK
    asked: dict[core.Expr, frozenset[core.Expr]] = field(default_factory=dict)

    # -- where conditions stand ------------------------------------------------------------

    def at(self, condition: core.Expr, assumed: Sequence[Assumed], never: str) -> None:
        """A condition that stands by itself."""
        found = self.outcomes(condition, assumed)
        if found == _BOTH or self._is_told(condition):
            return
        if found == {False}:
            self._never(condition, f"this never holds: {never}")
        elif found == {True}:
            self._always(condition, "this always holds")

    def tree(self, root: core.TreeNode, assumed: tuple[Assumed, ...]) -> None:
        """The conditions of a tree below a node, with those of the way to it."""
        here, on_the_way = root, assumed
        while isinstance(here, core.IfNode):
            condition = here.condition
            found = self.outcomes(condition, on_the_way)
            if found == {False} and not self._is_told(condition):
                self._never(condition, "this never holds here: what it leads to is never reached")
            elif found == {True} and not self._is_told(condition):
                self._always(condition, "this always holds here: what follows is never reached")
            if True in found:
                self.tree(here.yes, (*on_the_way, (condition, True)))
            if here.unknown_arm is not None:
                self.tree(here.unknown_arm, on_the_way)
            on_the_way = (*on_the_way, (condition, False))
            if False not in found:
                return
            here = here.no

    def lines(self, choose: core.Choose) -> None:
        """Lines of which the first that holds counts."""
        before: tuple[Assumed, ...] = ()
        for case in choose.cases:
            found = self.outcomes(case.guard, before)
            if True not in found:
                if not self._is_told(case.guard):
                    why = "what it asks for is taken before it"
                    if True not in self.outcomes(case.guard, ()):
                        why = "what it asks for never holds"
                    help = "correct it, move it up, or take it out"
                    message = f"this line is never reached: {why}"
                    self.findings.tell(Severity.ERROR, "MLP0407", message, case.origin, help)
                    self.findings.told.add(case.guard.origin)
                continue
            before = (*before, (case.guard, False))
            if False not in found:
                return
        if choose.otherwise is None and not self.findings.follows(choose):
            message = "where none of these lines holds this is unknown"
            help = (
                "add a last line `otherwise : VALUE`, or `otherwise : unknown` where that is meant"
            )
            self.findings.tell(Severity.WARNING, "MLP0423", message, choose.origin, help)

    def _never(self, condition: core.Expr, message: str) -> None:
        help = "correct it, or take it out"
        self.findings.tell(Severity.ERROR, "MLP0430", message, condition.origin, help)
        self.findings.told.add(condition.origin)

    def _always(self, condition: core.Expr, message: str) -> None:
        help = "correct it, or take it out: it makes no difference"
        self.findings.tell(Severity.WARNING, "MLP0431", message, condition.origin, help)
        self.findings.told.add(condition.origin)

    def _is_told(self, condition: core.Expr) -> bool:
        """A literal is meant as it is; what follows from another fault is not told."""
        return isinstance(condition, core.Const) or self.findings.follows(condition)

    # -- what they come to -----------------------------------------------------------------

    def outcomes(self, condition: core.Expr, assumed: Sequence[Assumed]) -> frozenset[bool]:
        """What a condition may come to where what is assumed holds; both where that is not told.
        Of what is assumed, only what asks for the same is looked at."""
        own = self._asked(condition)
        touching = [each for each in assumed if not self._asked(each[0]).isdisjoint(own)]
        formulas = Formulas(program=self.program)
        wanted = formulas.of(condition)
        given = [(formulas.of(other), holds) for other, holds in touching[-_MOST_ASSUMED:]]
        every = (1 << len(formulas.atoms)) - 1
        columns: list[Column] = []
        for atom, bit in formulas.atoms.items():
            add(columns, bit, atom)
        parts, _ = self.cuts.parts(columns, every)
        if prod(len(found) for found in parts) > MOST_CASES or self.left < 0:
            return _BOTH
        found: set[bool] = set()
        for combination in product(*parts):
            held = every
            for part in combination:
                held &= part.rows
            self.left -= formulas.size
            if all(holds_with(formula, held) is holds for formula, holds in given):
                found.add(holds_with(wanted, held))
            if len(found) == 2 or self.left < 0:
                return _BOTH
        # Where nothing can be, what is assumed has been told of already.
        return frozenset(found) or _BOTH

    def _asked(self, condition: core.Expr) -> frozenset[core.Expr]:
        """What a condition asks for."""
        if condition not in self.asked:
            formulas = Formulas(program=self.program)
            formulas.of(condition)
            asked = (asks(bit, atom)[0] for atom, bit in formulas.atoms.items())
            self.asked[condition] = frozenset(asked)
        return self.asked[condition]


def _is_or(operator: str) -> bool:
    return OPERATORS[operator].connects is Connects.SOME
