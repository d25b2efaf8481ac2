"""The steps of an evaluation: what was evaluated, to what, from what.

`Tracer` goes through an expression as its meaning does and asks `evaluate` for the value of
each part, which has been worked out and is remembered. So the steps are made only where
somebody wants to see them, and cannot drift from what was evaluated. What stands here is which
parts a construct has and where they are evaluated; what they mean stands in `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from mlpolicy.core.facts import Estimate
from mlpolicy.core.fields import field_path, path_of
from mlpolicy.core.labels import row_label
from mlpolicy.core.node import node
from mlpolicy.core.numbers import ZERO, Bound, Infinite, Range, range_of
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import (
    AggregateExpr,
    AnyRemains,
    Apply,
    AsOf,
    Bar,
    BarRef,
    BestRow,
    BetweenExpr,
    ChargeExpr,
    ChoiceRef,
    Choose,
    ColumnRef,
    Const,
    ConvertExpr,
    Define,
    DefRef,
    EveryMember,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
    Input,
    InputRef,
    IsProvisional,
    IsUnknownExpr,
    ListExpr,
    LookupRow,
    ParameterRef,
    PathRef,
    Program,
    RowRef,
    SetExpr,
    UnknownConst,
    VariableRef,
)
from mlpolicy.core.rows import RowId
from mlpolicy.core.terms import Over, Said, Which
from mlpolicy.core.trace import (
    Asked,
    Basis,
    Converted,
    Dropped,
    Failed,
    Guarded,
    InForce,
    LeftOut,
    OfRow,
    OfTier,
    Step,
    StepKind,
    Target,
    Wording,
)
from mlpolicy.core.types import FLAG, TEXT, FlagType, Type
from mlpolicy.core.values import (
    NO,
    NO_OUTCOME,
    UNKNOWN,
    YES,
    Num,
    Rows,
    Truth,
    Value,
    is_known,
    member,
)
from mlpolicy.dataclass import replace
from mlpolicy.evaluate.amounts import Member, aggregated, tiers
from mlpolicy.evaluate.env import NOTHING_BOUND, Bindings, Env, Frame, Result
from mlpolicy.evaluate.holes import tables
from mlpolicy.evaluate.inputs import fact_at, read_input
from mlpolicy.evaluate.names import Met, answer_env, cases, defined, line_in_force
from mlpolicy.evaluate.representative import picking
from mlpolicy.evaluate.rows import (
    Candidate,
    candidates,
    entries,
    key_rows,
    read_cell,
    tried_rows,
)
from mlpolicy.evaluate.texts import fill
from mlpolicy.evaluate.unknowns import entry_path
from mlpolicy.evaluate.values import definition_bindings, members, result, value
from mlpolicy.source import Origin, Place
from mlpolicy.typed import assert_never, cast

#: Kinds whose steps stand for a declaration, which is known by its name.
_DECLARED = frozenset(
    {
        *(StepKind.INPUT, StepKind.TREE, StepKind.IF, StepKind.LEAF, StepKind.HOLD),
        *(StepKind.GOTO, StepKind.RULE, StepKind.OBLIGATION, StepKind.THRESHOLD),
        *(StepKind.PARAM, StepKind.DEFINE, StepKind.COST, StepKind.SCORE),
        *(StepKind.TABLE, StepKind.ROW, StepKind.LINE, StepKind.QUESTION),
        *(StepKind.CASE, StepKind.CASES, StepKind.CHOICE, StepKind.CHOICES),
        *(StepKind.EXCEPTION, StepKind.PROJECT, StepKind.WORKLOAD, StepKind.ARM),
        *(StepKind.REACH, StepKind.ENTRY),
    }
)


@node
class Stands:
    """Where in the manifest the value of a step is stated, and where it first might be."""

    step: Step
    stated: Place | None
    might: Place | None


class Tracer:
    """Makes the steps of one subject. What has a name of its own is shown once, with all it
    follows from; later steps of the same say so (`again`) and have no children. With `full`
    every step has all it follows from. With `brief` a step holds only what tells a place: its
    value, its basis and where it is stated; it is made when it is looked at; and of the rows of a
    shortlist only the first is looked at."""

    def __init__(self, program: Program, *, full: bool = False, brief: bool = False) -> None:
        self.program = program
        self.full = full or brief
        self.brief = brief
        self._shown: dict[object, Step] = {}
        self._later: dict[object, Step] = {}
        self.stands: dict[int, Stands] = {}

    # ── Making steps ─────────────────────────────────────────────────────────────────────

    def make(
        self,
        kind: StepKind,
        name: str,
        found: Value,
        of: Type,
        origin: Origin | None,
        children: Iterable[Step] = (),
        *,
        node: int = -1,
        basis: Basis = Basis.COMPUTED,
        taken: bool = False,
        detail: object = None,
        refs: tuple[str, ...] = (),
        place: Place | None = None,
        path: FieldPath | None = None,
        asks: tuple[Need, ...] = (),
        input: str = "",
        key: str = "",
    ) -> Step:
        """A step. `asks` are the manifest paths that would fill this very value."""
        below = tuple(children)
        if self.brief:
            return Step(
                kind=kind, name=name, value=found, type=of, basis=basis, from_=place, children=below
            )
        return Step(
            kind=kind,
            name=name,
            node=node,
            value=found,
            type=of,
            basis=basis,
            taken=taken,
            detail=detail,  # type: ignore[arg-type]
            rows=self._rows(found),
            input=input,
            key=key,
            path=path,
            text=self._text(kind, origin),
            at=origin.place if origin is not None else None,
            from_=place,
            refs=refs,
            needs=_needs(found, asks, below),
            children=below,
        )

    def of(self, expr: Expr, kind: StepKind, name: str, found: Value, *children: Step,
           basis: Basis = Basis.COMPUTED, detail: object = None,
           refs: tuple[str, ...] = (), place: Place | None = None,
           path: FieldPath | None = None) -> Step:  # fmt: skip
        """A step of an expression."""
        return self.make(
            kind,
            name,
            found,
            expr.type,
            expr.origin,
            children,
            node=expr.id,
            basis=basis,
            detail=detail,
            refs=refs,
            place=place,
            path=path,
        )

    def _rows(self, found: Value) -> tuple[str, ...]:
        if not isinstance(found, Rows):
            return ()
        return tuple(row_label(row, self.program) if row else "" for row in found.options)

    @staticmethod
    def _text(kind: StepKind, origin: Origin | None) -> str:
        if origin is None or kind in _DECLARED:
            return ""
        return origin.text

    def once(self, key: object, made: Step) -> Step:
        """The step in full where it is shown first, else without what it follows from. `key`
        tells values that were worked out apart from one another."""
        if self.brief or not made.children:
            return made
        before = self._shown.setdefault(key, made)
        return before if self.full or before is made else replace(made, again=True, children=())

    def _known(self, key: object) -> Step | None:
        """The step that was shown under this key, without what it follows from."""
        before = self._shown.get(key) if not self.brief else None
        return self.once(key, replace(before)) if before is not None else None

    # ── Expressions ──────────────────────────────────────────────────────────────────────

    def step(self, expr: Expr, env: Env, b: Bindings) -> Step:
        """The step of an expression, with all it follows from."""
        if not self.brief:
            return self._now(expr, env, b)
        known = self.program.nodes[expr.id]
        found = result(expr, env, b)
        # A result is one object wherever the same is assumed of all that it rests on; where it is
        # known ahead, it may be one of several subjects, and its parts may differ with what is
        # assumed of them.
        bound = b.bound(known.rows, known.names)
        assumed = env.settled_ids if found.known else 0
        key: object = (expr.id, bound, env.subject.name, id(found), assumed)
        if known.answering:
            key = (key, b.answer, b.choice)
        made = self._later.get(key)
        if made is None:
            later = _Later(found, lambda: self._now(expr, env, b))
            made = self._later[key] = cast(Step, later)
        return made

    def _now(self, expr: Expr, env: Env, b: Bindings) -> Step:
        found = result(expr, env, b)
        if not isinstance(expr, Const):
            if is_taken(expr, env, b):
                return self.of(expr, StepKind.ASSUMED, "", found.value, basis=Basis.TAKEN)
            if self.program.nodes[expr.id].shared and env.subject.workload is not None:
                env = env.seen("", env.subject.run.project)
        run = env.subject.run
        outer, run.frame = run.frame, Frame()
        try:
            return self._step(expr, found, env, b)
        finally:
            run.frame = outer

    def _step(self, expr: Expr, r: Result, env: Env, b: Bindings) -> Step:  # noqa: C901 - one match over all kinds
        found = r.value

        def steps(*parts: Expr) -> tuple[Step, ...]:
            # A list, since a generator within a call takes room on the stack of the process.
            return tuple([self.step(part, env, b) for part in parts])

        match expr:
            case Const():
                return self.of(expr, StepKind.CONSTANT, "", found)
            case UnknownConst():
                return self.of(expr, StepKind.CONSTANT, "?", found, basis=Basis.POLICY_UNKNOWN)
            case BetweenExpr():
                return self.of(expr, StepKind.CONSTANT, "", found, basis=Basis.POLICY_ESTIMATE)
            case EveryMember():
                return self.of(expr, StepKind.CONSTANT, "any", found)
            case SetExpr() | ListExpr():
                items = steps(*expr.items)
                plain = all(item.kind is StepKind.CONSTANT for item in items)
                return self.of(expr, StepKind.CONSTANT, "", found, *(() if plain else items))
            case InputRef():
                return self._input(expr, r, env, b)
            case PathRef():
                return self._fact(expr, found, env, b)
            case BarRef():
                return self._bar(expr, r, env, b)
            case DefRef():
                return self._definition(expr, r, env, b)
            case ParameterRef() | VariableRef():
                return self.of(expr, StepKind.PARAMETER, expr.origin.text, found)
            case RowRef():
                return self.of(expr, StepKind.ROW, expr.table, found)
            case ColumnRef():
                return self._column(expr, found, env, b)
            case LookupRow():
                return self.of(expr, StepKind.LOOKUP, expr.table, found, *steps(*expr.keys))
            case HasRow():
                return self.of(expr, StepKind.HAS, expr.table, found, *steps(*expr.keys))
            case FirstRow():
                return self._first_row(expr, found, env, b)
            case BestRow():
                return self._best(expr, found, env, b)
            case AnyRemains():
                return self._any(expr, r, env, b)
            case FirstRemaining():
                rows = candidates(expr.shortlist, env, b)
                shown = self._some([c for c in rows if c.remains is not NO])
                below = [self._candidate(expr.shortlist, c, env, b) for c in shown]
                return self.of(expr, StepKind.FIRST, expr.shortlist, found, *below)
            case Apply():
                kind = OPERATORS[expr.operator].step
                return self.of(expr, kind, expr.operator, found, *steps(*expr.operands))
            case IsProvisional():
                marked = self.make(StepKind.CONSTANT, "", member("provisional"), TEXT, expr.origin)
                sides = (*steps(expr.answer), marked)
                return self.of(expr, StepKind.IS, "is", found, *sides)
            case IsUnknownExpr():
                name = "is known" if expr.known else "is unknown"
                asked = Wording(expr.operand.origin.text, expr.known)
                return self.of(expr, StepKind.IS, name, found, *steps(expr.operand), detail=asked)
            case ConvertExpr():
                used = [self.program.conversions[i] for i in expr.converts]
                return self.of(
                    expr,
                    StepKind.CONVERT,
                    "as",
                    found,
                    *steps(expr.operand),
                    detail=Converted(tuple(c.text for c in used)) if used else None,
                    refs=tuple(ref for c in used for ref in c.refs),
                )
            case ChargeExpr():
                return self._charge(expr, found, env, b)
            case AggregateExpr():
                return self._aggregate(expr, found, env, b)
            case Choose():
                return self._choose(expr, found, env, b)
            case AsOf():
                return self.of(expr, StepKind.AS_OF, "as_of", found)
            case ChoiceRef():
                return self._choice(expr, found, b)
            case _:
                assert_never(expr)

    # ── Inputs ───────────────────────────────────────────────────────────────────────────

    def _input(self, expr: InputRef, r: Result, env: Env, b: Bindings) -> Step:
        declared = self.program.inputs[expr.name]
        if expr.key is None:
            return self._read(declared, "", env, b, ("input", expr.name, r))
        return self._keyed(
            expr,
            StepKind.INPUT,
            r,
            env,
            b,
            lambda m, where: self._read(declared, m, where, b, ("input", expr.name, m, where)),
        )

    def _keyed(
        self,
        expr: InputRef | DefRef,
        kind: StepKind,
        r: Result,
        env: Env,
        b: Bindings,
        one: Callable[[str, Env], Step],
    ) -> Step:
        """Something keyed: for each member that the key may be."""
        key, name = expr.key, expr.name
        assert key is not None
        key_step = self.step(key, env, b)
        options = members(key, env, b)
        names = [m for m in options if m != NO_OUTCOME]
        none = self.of(expr, kind, name, r.value, basis=Basis.NO_OUTCOME)
        if not names:
            return self.of(expr, kind, name, r.value, key_step, basis=Basis.NO_OUTCOME)
        where = answer_env(key, env, b)
        below = [one(m, where) for m in names]
        if NO_OUTCOME in options:
            below.append(none)
        if len(below) == 1:
            return below[0]
        return self.of(expr, kind, name, r.value, key_step, *below)

    def _read(self, declared: Input, key: str, env: Env, b: Bindings, once: object) -> Step:
        before = self._known(once)
        if before is not None:
            return before
        reading = read_input(declared, key, env, b)
        inner = b.inner()
        if declared.key is not None:
            inner = inner.with_name(declared.key.name, member(key))
        below: list[Step] = []
        path = path_of(declared, key)
        at = (path,) if path is not None else ()
        asks: tuple[Need, ...] = () if is_known(reading.value) else at
        match reading.basis:
            case Basis.STATED | Basis.ESTIMATE:
                if reading.source is not None:
                    part = self.step(reading.source, env, inner)
                    if part.kind is not StepKind.FACT:
                        below = [part]
                    elif declared.key is None:
                        path = part.path
            case Basis.ASSUMED:
                if reading.when is not None:
                    below.append(self.step(reading.when, env.stated, inner))
                if reading.assumed is not None:
                    below.append(self.step(reading.assumed, env, inner))
            case Basis.NO_FIELD:
                asks = ()
            case _:
                asks = at
        name = f"{declared.name}({key})" if key else declared.name
        made = self.make(
            StepKind.INPUT,
            name,
            reading.value,
            declared.type,
            declared.origin,
            below,
            basis=reading.basis,
            taken=reading.taken,
            refs=reading.refs,
            place=reading.place,
            path=path,
            asks=asks,
            input=declared.name,
            key=key,
        )
        return self.once(once, made)

    def _fact(self, expr: PathRef, found: Value, env: Env, b: Bindings) -> Step:
        fact = fact_at(expr, env, b)
        known = fact is None or (is_known(found) and not isinstance(fact.value, Estimate))
        basis = Basis.STATED if known else Basis.ESTIMATE
        place = fact.place if fact is not None else None
        path = field_path(expr)
        return self.of(expr, StepKind.FACT, str(path), found, basis=basis, place=place, path=path)

    # ── Names ────────────────────────────────────────────────────────────────────────────

    def _bar(self, expr: BarRef, r: Result, env: Env, b: Bindings) -> Step:
        once = ("bar", expr.name, env.subject.name, r)
        before = self._known(once)
        if before is not None:
            return before
        declared = self.program.bars[expr.name]
        as_of = env.subject.run.as_of
        line = line_in_force(declared, as_of)
        later = [each for each in declared.lines if each.since > as_of]
        if line is not None:
            detail = InForce(changes_on=later[0].since) if later else None
            origin, refs = line.origin, line.refs
        else:
            detail = InForce(not_before=declared.lines[0].since)
            origin, refs = declared.origin, ()
        made = self.make(
            StepKind(declared.kind),
            declared.name,
            r.value,
            declared.type,
            origin,
            self._exceptions(declared, env, b.inner()),
            detail=detail,
            refs=refs,
        )
        return self.once(once, made)

    def _exceptions(self, declared: Bar | Define, env: Env, b: Bindings) -> list[Step]:
        steps = []
        for exception in declared.exceptions:
            guard = self.step(exception.guard, env, b)
            below = [guard]
            found: Value = NO
            if guard.value is not NO:
                below.append(self.step(exception.value, env, b))
                assert below[1].value is not None
                found = below[1].value
            steps.append(
                self.make(
                    StepKind.EXCEPTION,
                    exception.name,
                    found,
                    declared.type if guard.value is not NO else FLAG,
                    exception.origin,
                    below,
                    refs=exception.refs,
                )
            )
        return steps

    def _definition(self, expr: DefRef, r: Result, env: Env, b: Bindings) -> Step:
        if expr.name in self.program.scores:
            return self._score(expr, r, env, b)
        declared = self.program.defines[expr.name]
        kind = StepKind(declared.kind)
        if expr.row is not None:
            rows_step = self.step(expr.row, env, b)
            rows = rows_step.value
            assert isinstance(rows, Rows)
            below = [
                self._defined(expr, declared, row, "", env, b)
                if row is not None
                else self.make(kind, expr.name, r.value, expr.type, expr.origin, basis=Basis.NO_ROW)
                for row in rows.options
            ]
            if len(below) == 1:
                return below[0]
            return self.of(expr, kind, expr.name, r.value, rows_step, *below)
        if expr.key is not None:
            return self._keyed(
                expr,
                kind,
                r,
                env,
                b,
                lambda m, where: self._defined(expr, declared, None, m, where, b),
            )
        return self._defined(expr, declared, None, "", env, b)

    def _defined(
        self, expr: DefRef, declared: Define, row: RowId | None, key: str, env: Env, b: Bindings
    ) -> Step:
        inner = definition_bindings(declared, row, key, b)
        body = result(declared.body, env, inner)
        # What a body came to is one object, however often it is asked for.
        same: object = body if body.reads else env.subject.name
        once = ("define", expr.name, row, key, same)
        before = self._known(once)
        if before is not None:
            return before
        found = defined(expr, row, key, env, b)
        made = self.make(
            StepKind(declared.kind),
            f"{expr.name}({key})" if key else expr.name,
            found,
            declared.type,
            declared.origin,
            (self.step(declared.body, env, inner), *self._exceptions(declared, env, inner)),
            detail=OfRow(row_label(row, self.program)) if row is not None else None,
            refs=declared.refs,
        )
        return self.once(once, made)

    def _score(self, expr: DefRef, r: Result, env: Env, b: Bindings) -> Step:
        once = ("score", expr.name, env.subject.name, r)
        before = self._known(once)
        if before is not None:
            return before
        declared = self.program.scores[expr.name]
        questions = []
        for question in declared.questions:
            inner = self.step(question.condition, env, b.inner())
            assert inner.value is not None
            text = fill(question.text.parts, env, b.inner())
            questions.append(
                self.make(
                    StepKind.QUESTION,
                    question.name,
                    inner.value,
                    FLAG,
                    question.origin,
                    (inner,),
                    detail=Asked(text),
                    refs=question.refs,
                )
            )
        answers = tuple((q.name, _flag(q)) for q in questions)
        made = self.make(
            StepKind.SCORE,
            declared.name,
            r.value,
            FLAG,
            declared.origin,
            questions,
            detail=Target(declared.target, answers),
            refs=declared.refs,
        )
        return self.once(once, made)

    def _choose(self, expr: Choose, found: Value, env: Env, b: Bindings) -> Step:
        below: list[Step] = []
        applying: list[Met] = []
        for met in cases(expr, env, b):
            if met.inside is not None:
                applying.append(met)
            if met.case is None:
                if expr.otherwise is not None:
                    assert met.inside is not None
                    value_step = self.step(expr.otherwise, met.inside, b)
                    assert value_step.value is not None
                    below.append(
                        self.make(
                            StepKind.CASE,
                            "otherwise",
                            value_step.value,
                            expr.type,
                            expr.otherwise.origin,
                            (value_step,),
                        )
                    )
                continue
            case = met.case
            guard = self.step(case.guard, met.at, b)
            if met.inside is None:
                below.append(
                    self.make(
                        StepKind.CASE,
                        "when",
                        met.guard,
                        FLAG,
                        case.origin,
                        (guard,),
                        detail=Guarded(),
                        refs=case.refs,
                    )
                )
                continue
            value_step = self.step(case.value, met.inside, b)
            assert value_step.value is not None
            below.append(
                self.make(
                    StepKind.CASE,
                    "when",
                    value_step.value,
                    case.value.type,
                    case.origin,
                    (guard, value_step),
                    detail=Guarded(),
                    refs=case.refs,
                )
            )
        left = expr.id in tables(env.subject.run) and all(met.case is None for met in applying)
        basis = Basis.NO_ROW if left and applying and expr.otherwise is None else Basis.COMPUTED
        return self.of(expr, StepKind.CASES, expr.strategy, found, *below, basis=basis)

    # ── Rows ─────────────────────────────────────────────────────────────────────────────

    def _column(self, expr: ColumnRef, found: Value, env: Env, b: Bindings) -> Step:
        rows = value(expr.row, env, b)
        assert isinstance(rows, Rows)
        below = [
            self.cell(row, expr.column, expr.type, expr.origin, env)
            if row is not None
            else self.of(expr, StepKind.COLUMN, expr.column, found, basis=Basis.NO_ROW)
            for row in rows.options
        ]
        if isinstance(expr.row, RowRef):
            if len(below) == 1:
                return below[0]
            return self.of(expr, StepKind.COLUMN, expr.column, found, *below)
        rows_step = self.step(expr.row, env, b)
        if len(below) == 1:
            (only,) = below
            assert only.value is not None
            assert only.type is not None
            return self.make(
                StepKind.COLUMN,
                expr.column,
                only.value,
                only.type,
                expr.origin,
                (rows_step, only),
                node=expr.id,
                refs=only.refs,
                place=only.from_,
            )
        return self.of(expr, StepKind.COLUMN, expr.column, found, rows_step, *below)

    def cell(self, row: RowId, name: str, of: Type, origin: Origin, env: Env) -> Step:
        """The step of a column of one row."""
        read = read_cell(row, name, of, env)
        label = f"{row.table}.{name}"
        if row.table in self.program.records:
            records = self.program.records[row.table]
            path = entry_path(row, name, self.program)
            asks: tuple[Need, ...] = () if read.basis is Basis.STATED else (path,)
            return self.make(
                StepKind.ENTRY,
                label,
                read.value,
                records.columns[name].type,
                records.origin,
                basis=read.basis,
                refs=read.refs,
                place=read.place,
                path=path,
                asks=asks,
            )
        if row.of_manifest or read.written is None:
            if not row.of_manifest:
                origin = self.program.catalogs[row.table].rows[row.index].origin
                origin = origin._replace(form="-")  # what stands in the cell
            return self.make(
                StepKind.CELL,
                label,
                read.value,
                of,
                origin,
                basis=read.basis if read.basis is Basis.NOT_APPLICABLE else Basis.COMPUTED,
                refs=read.refs,
                place=read.place,
            )
        written = self.step(read.written, env, NOTHING_BOUND)
        return self.make(
            StepKind.CELL,
            label,
            read.value,
            of,
            read.written.origin,
            basis=written.basis,
            taken=written.taken,
            detail=written.detail,
            refs=read.refs,
            asks=() if is_known(read.value) else (read.written.origin.place,),
        )

    def _first_row(self, expr: FirstRow, found: Value, env: Env, b: Bindings) -> Step:
        below = []
        for row, verdict in tried_rows(expr, env, b):
            written = self.program.catalogs[expr.table].rows[row.index]
            condition = self.step(expr.where, env, b.with_row(row))
            below.append(
                self.make(
                    StepKind.ROW,
                    row_label(row, self.program),
                    verdict,
                    FLAG,
                    written.origin,
                    (condition,),
                    refs=written.refs,
                )
            )
        return self.of(expr, StepKind.FIRST, expr.table, found, *below)

    def _best(self, expr: BestRow, found: Value, env: Env, b: Bindings) -> Step:
        below = []
        for i, fact in enumerate(entries(expr.table, env)):
            inner = b.with_row(RowId(table=expr.table, index=i))
            met = self.step(expr.where, env, inner) if expr.where is not None else None
            below.append(
                self.make(
                    StepKind.ENTRY,
                    f"{expr.table} {i + 1}",
                    met.value if met is not None and met.value is not None else YES,
                    FLAG,
                    expr.origin,
                    (met,) if met is not None else (),
                    place=fact.place,
                )
            )
        return self.of(expr, StepKind.BEST, expr.table, found, *below)

    def _any(self, expr: AnyRemains, r: Result, env: Env, b: Bindings) -> Step:
        once = ("any", expr.shortlist, env.subject.name, r)
        before = self._known(once)
        if before is not None:
            return before
        declared = self.program.shortlists[expr.shortlist]
        rows = candidates(expr.shortlist, env, b)
        close = [c for c in rows if c.remains is not NO or _came_far(c)]
        others = [c for c in rows if c not in close]
        close = self._some(close)
        names = [declared.lines[len(c.lines) - 1].name for c in others]
        made = self.make(
            StepKind.ANY,
            expr.shortlist,
            r.value,
            expr.type,
            expr.origin,
            [self._candidate(expr.shortlist, c, env, b) for c in close],
            node=expr.id,
            detail=Dropped(len(others), tuple(dict.fromkeys(names))) if others else None,
            refs=declared.refs,
        )
        return self.once(once, made)

    def _some(self, rows: list[Candidate]) -> list[Candidate]:
        return rows[:1] if self.brief else rows

    def _candidate(self, name: str, found: Candidate, env: Env, b: Bindings) -> Step:
        declared = self.program.shortlists[name]
        inner = b.inner().with_row(found.row)
        below: list[Step] = []
        if declared.parent:
            earlier = next(c for c in candidates(declared.parent, env, b) if c.row == found.row)
            below.append(self._candidate(declared.parent, earlier, env, b))
        for line, verdict in zip(declared.lines, found.lines, strict=False):
            condition = self.step(line.condition, env, inner)
            below.append(
                self.make(
                    StepKind.LINE,
                    line.name,
                    verdict,
                    FLAG,
                    line.origin,
                    (condition,),
                    refs=line.refs,
                )
            )
        written = self.program.catalogs[found.row.table].rows[found.row.index]
        label = row_label(found.row, self.program)
        return self.make(StepKind.ROW, label, found.remains, FLAG, written.origin, below)

    # ── Amounts ──────────────────────────────────────────────────────────────────────────

    def _charge(self, expr: ChargeExpr, found: Value, env: Env, b: Bindings) -> Step:
        below = [self.step(expr.quantity, env, b), *(self.step(k, env, b) for k in expr.keys)]
        rows = key_rows(expr.table, expr.keys, env, b)
        if not rows:
            return self.of(expr, StepKind.CHARGE, expr.table, found, *below, basis=Basis.NO_PRICE)
        if all(v is YES for _, v in rows):
            quantity = below[0].value
            assert isinstance(quantity, Num)
            extent = range_of(quantity.poly).range
            steps = tiers([row for row, _ in rows], expr, env)
            of = self.program.catalogs[expr.table].columns["each"]
            for i, tier in enumerate(steps):
                lower = steps[i - 1].upper if i else None
                price = self.cell(tier.row, "each", of, expr.origin, env)
                assert price.value is not None
                reached = lower is None or not extent.hi <= lower
                below.append(
                    replace(
                        price,
                        kind=StepKind.PRICE,
                        name=row_label(tier.row, self.program),
                        basis=price.basis if reached else Basis.NOT_REACHED,
                        detail=_tier(lower or ZERO, tier.upper, extent),
                    )
                )
        return self.of(expr, StepKind.CHARGE, expr.table, found, *below)

    def _aggregate(self, expr: AggregateExpr, found: Value, env: Env, b: Bindings) -> Step:
        below: list[Step] = []
        if expr.over is Over.SET:
            assert expr.domain is not None
            below.append(self.step(expr.domain, env, b))
        below.extend(self._member(expr, each) for each in aggregated(expr, env, b))
        return self.of(expr, StepKind.AGGREGATE, expr.kind, found, *below)

    def _member(self, expr: AggregateExpr, each: Member) -> Step:
        kind = StepKind.ITEM if expr.over is Over.SET else StepKind.WORKLOAD
        if each.fault:
            assert each.value is not None
            failed = self.make(
                kind,
                each.name,
                each.value,
                expr.body.type,
                expr.origin,
                detail=Failed(each.fault),
            )
            return self.make(kind, each.name, each.value, expr.body.type, expr.origin, (failed,))
        below = (
            [self.step(expr.where, each.env, each.bindings)]
            if expr.where is not None and expr.over is not Over.SET
            else []
        )
        if each.value is None:
            return self.make(kind, each.name, NO, FLAG, expr.origin, below, detail=LeftOut())
        body = self.step(expr.body, each.env, each.bindings)
        return self.make(kind, each.name, each.value, expr.body.type, expr.origin, (*below, body))

    # ── The answer ───────────────────────────────────────────────────────────────────────

    def _choice(self, expr: ChoiceRef, found: Value, b: Bindings) -> Step:
        kind = StepKind(expr.which)
        name = f"{expr.which}.{expr.attribute}" if expr.attribute else expr.which.value
        bound = b.choice if expr.which is Which.CHOICE else b.answer
        if bound is None or bound.reached is None:
            basis = Basis.HELD if bound is not None and bound.held else Basis.NO_ANSWER
            return self.of(expr, kind, name, found, basis=basis)
        if isinstance(expr.attribute, Said):
            return self.of(expr, kind, name, found)
        for attribute, setting in bound.reached.leaf.settings:
            if attribute == expr.attribute:
                env = bound.reached.env
                if expr.which is Which.ANSWER:
                    env = picking(setting, env)
                return self.of(expr, kind, name, found, self.step(setting, env, NOTHING_BOUND))
        return self.of(expr, kind, name, found, basis=Basis.NOT_SET)


def is_taken(expr: Expr, env: Env, b: Bindings) -> bool:
    """Is a condition taken as settled here, and so not looked into?"""
    if not env.settled_ids >> expr.id & 1 or not isinstance(expr.type, FlagType):
        return False
    known = env.subject.run.program.nodes[expr.id]
    return env.settled.get((expr.id, b.bound(known.rows, known.names))) is not None


class _Later:
    """A step that is made when something of it is asked for, except for its value."""

    __slots__ = ("_made", "_make", "result", "value")

    def __init__(self, result: Result, make: Callable[[], Step]) -> None:
        self.result = result
        self.value = result.value
        self._make: Callable[[], Step] | None = make
        self._made: Step | None = None

    def __getattr__(self, name: str) -> object:
        if self._made is None:
            assert self._make is not None
            self._made, self._make = self._make(), None
        return getattr(self._made, name)


def _needs(found: Value, asks: tuple[Need, ...], children: tuple[Step, ...]) -> tuple[Need, ...]:
    """The paths without which a value stays unknown; none where it is known."""
    if is_known(found):
        return ()
    needs: dict[Need, None] = dict.fromkeys(asks)
    for child in children:
        needs.update(dict.fromkeys(child.needs))
        guarded = child.kind in (StepKind.CASE, StepKind.EXCEPTION) and child.children
        if guarded and child.children[0].value is UNKNOWN:
            # Its value may be known: whether it applies is not.
            needs.update(dict.fromkeys(child.children[0].needs))
    return tuple(needs)


def _tier(above: Fraction, up_to: Fraction | None, quantity: Range) -> OfTier:
    """How much of a quantity lies above one end of a tier and not above the other."""

    def within(bound: Bound) -> Fraction | None:
        part = bound if up_to is None or bound < up_to else up_to
        if isinstance(part, Infinite):
            return None if part.sign > 0 else ZERO
        return max(ZERO, part - above)

    return OfTier(above, up_to, within(quantity.lo) or ZERO, within(quantity.hi))


def _flag(step: Step) -> Truth:
    assert isinstance(step.value, Truth)
    return step.value


def _came_far(found: Candidate) -> bool:
    """Worth showing: it passed at least one line before it dropped out."""
    return found.earlier is not None or any(line is not NO for line in found.lines)
