"""Turns declarations into the nodes of a program, one function a kind of declaration.

Sugar goes away here: `when` lines, tables and scores become guarded cases, the flat lines of a
tree become nested `if`s. A declaration that has an error yields nothing; the others do, so
that everything wrong is found in one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from mlpolicy.check.declare import DATE_COLUMNS, STATUSES, Signatures, Value
from mlpolicy.check.graph import walk
from mlpolicy.check.inputs import Field, Missing, Schema
from mlpolicy.check.names import Declared, Names, References, ValueDecl, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.check.typecheck import ANY, Expressions, Here, keyed_paths, ordinal, said
from mlpolicy.check.units import plain
from mlpolicy.core import program as core
from mlpolicy.core.types import (
    FLAG,
    DateType,
    EnumType,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
    Unit,
)
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import listing, nearest
from mlpolicy.syntax import tree


@dataclass(slots=True)
class Parts:
    """What a program is made of. `order` of the mappings is by name."""

    inputs: dict[str, core.Input] = field(default_factory=dict)
    bars: dict[str, core.Bar] = field(default_factory=dict)
    catalogs: dict[str, core.Catalog] = field(default_factory=dict)
    records: dict[str, core.Records] = field(default_factory=dict)
    shortlists: dict[str, core.Shortlist] = field(default_factory=dict)
    defines: dict[str, core.Define] = field(default_factory=dict)
    scores: dict[str, core.Score] = field(default_factory=dict)
    trees: dict[str, core.Tree] = field(default_factory=dict)
    obligations: dict[str, core.Obligation] = field(default_factory=dict)
    rules: dict[str, core.Rule] = field(default_factory=dict)


def lower(
    names: Names,
    signatures: Signatures,
    expressions: Expressions,
    references: References,
    schema: Schema | None,
    report: Report,
) -> Parts:
    """The nodes of all declarations that are free of errors."""
    return _Lowering(names, signatures, expressions, references, schema, report).run()


def with_columns(
    records: Mapping[str, core.Records], signatures: Signatures
) -> dict[str, core.Records]:
    """The records with their columns: the fields of an entry, and of those within groups the
    ones that have been read so far."""
    return {
        name: replace(
            made,
            columns={
                column: core.RecordField(f.type, f.low, f.high, f.low_open)
                for column, f in sorted(
                    {**signatures.tables[name].fields, **signatures.tables[name].read}.items()
                )
            },
        )
        for name, made in records.items()
    }


@dataclass(slots=True)
class _Lowering:
    names: Names
    signatures: Signatures
    expressions: Expressions
    references: References
    schema: Schema | None
    report: Report
    parts: Parts = field(default_factory=Parts)

    def run(self) -> Parts:
        exceptions = self.exceptions()
        for name, declared in sorted(self.names.values.items()):
            self.value(name, declared, tuple(exceptions.get(name, ())))
        self.floors()
        self.decision_trees()
        for name, made in sorted(self.names.trees.items()):
            self.one_tree(name, made.node, made.source)
        for name, finding in sorted(self.names.findings.items()):
            if isinstance(finding.node, tree.RuleDecl):
                self.rule(name, finding.node, finding.source)
            else:
                self.obligation(name, finding.node, finding.source)
        self.parts.records = with_columns(self.parts.records, self.signatures)
        return self.parts

    def value(
        self,
        name: str,
        declared: Declared[ValueDecl],
        exceptions: tuple[core.ExceptionRule, ...],
    ) -> None:
        source = declared.source
        match declared.node:
            case tree.InputDecl() as node:
                self.input(name, node, source)
            case tree.ThresholdDecl() as node:
                self.bar(name, node, source, exceptions)
            case tree.DefineDecl() as node:
                self.define(name, node, source, exceptions)
            case tree.ScoreDecl() as node:
                self.score(name, node, source)
            case tree.TableDecl() as node:
                self.table(name, node, source, exceptions)
            case tree.CatalogDecl() as node:
                self.catalog(name, node, source)
            case tree.RecordsDecl() as node:
                self.record(name, node, source)
            case tree.ShortlistDecl() as node:
                self.shortlist(name, node, source)

    def here(self, source: Source, label: str, value: Value | None = None) -> Here:
        """The place of an expression of a declaration, with its key or row if it has one."""
        here = Here(source, label)
        if value is None:
            return here
        rows = frozenset({value.of}) if value.of not in ("", "?") else frozenset[str]()
        return replace(here, parameter=value.parameter, key=value.key, rows=rows)

    # -- inputs ----------------------------------------------------------------------------

    def input(self, name: str, node: tree.InputDecl, source: Source) -> None:
        value = self.signatures.values[name]
        here = self.here(source, name, value)
        made: list[core.InputSource] = []
        fields: list[Field | None] = []
        good = value.type is not None
        for number, written in enumerate(node.sources, 1):
            place = replace(here.at(f"from{number}"), paths=True)
            read = self.input_source(written, value, place)
            fields.append(read[1])
            if read[0] is None:
                good = False
            else:
                made.append(read[0])
        stated = self.stated_range(node.within, value, here)
        absent = self.absent(node.if_absent, value, here)
        if node.if_absent is not None and absent is None:
            good = False
        if not good or value.type is None or stated is None:
            return
        low, high, low_open = self.range(node, fields, stated, source)
        missing = self.missing_keys(node, value)
        self.parts.inputs[name] = core.Input(
            name=name,
            type=value.type,
            per="project",
            sources=tuple(made),
            low=low,
            high=high,
            low_open=low_open,
            whole=bool(fields) and all(f is not None and f.whole for f in fields),
            absent=absent,
            ask=node.ask,
            key=value.key,
            missing_keys=missing,
            origin=Origin(source, node.span),
        )

    def input_source(
        self, written: tree.Expr, value: Value, here: Here
    ) -> tuple[core.InputSource | None, Field | None]:
        """One written form of an input, and what the schema says of it where it is one field."""
        found: Field | None = None
        if isinstance(written, tree.PathLiteral):
            expr = self.expressions.path(written, here)
            if expr is None or value.type is None:
                return None, None
            found = self.expressions.field(written, here)
            if found is None or not self.agree(value.type, found.type, written, here):
                return None, None
        else:
            expr = self.expressions.expect(written, value.type, here)
            if expr is None:
                return None, None
            if isinstance(written, tree.As) and isinstance(written.operand, tree.PathLiteral):
                found = self.converted(written.operand, expr, here)
        paths = tuple(dict.fromkeys(n for n in core_paths(expr)))
        return core.InputSource(expr, paths), found

    def converted(self, path: tree.PathLiteral, expr: core.Expr, here: Here) -> Field | None:
        """The range of a field seen through a conversion."""
        found = self.expressions.field(path, here)
        if found is None or not isinstance(expr, core.ConvertExpr):
            return None
        return replace(
            found,
            whole=False,
            low=None if found.low is None else found.low * expr.factor,
            high=None if found.high is None else found.high * expr.factor,
        )

    def agree(self, declared: Type, stated: Type, path: tree.PathLiteral, here: Here) -> bool:
        """Does the schema say the same of the field as the policy does?"""
        match declared, stated:
            case Quantity(mine), Quantity(theirs):
                if mine.dims == theirs.dims:
                    return True
                message = f"`{path}` is in `{stated}` by the manifest schema, "
                message += f"and `{declared}` is declared"
                units = self.expressions.units
                if units.way(theirs.dims, mine.dims) is not None:
                    help = f"write `from {path} as {declared}`"
                else:
                    help = f"declare it in `{stated}`, or: {units.missing(theirs, mine)}"
                self.report.error("MLP0205", message, here.source, path.span, help)
                return False
            case EnumType(), EnumType():
                return self.members_agree(declared, stated, path, here)
            case SetOf(EnumType() as mine_of), SetOf(EnumType() as theirs_of):
                return self.members_agree(mine_of, theirs_of, path, here)
            case TextType(), EnumType():
                return True
            case SetOf(TextType()), SetOf():
                return True
            case _ if declared == stated:
                return True
        name = _plain_name(stated)
        message = f"`{path}` is a {name} by the manifest schema, and `{declared}` is declared"
        help = {
            "flag": "declare it as `flag`",
            "text": "declare it as `text`",
            "date": "declare it as `date`",
            "set of texts": "declare it as `set of text`",
        }.get(name, f"declare `enum NAME from {path}`")
        if isinstance(stated, Quantity):
            help = f"declare it as `{stated}`"
        self.report.error("MLP0205", message, here.source, path.span, help)
        return False

    def members_agree(
        self, mine: EnumType, theirs: EnumType, path: tree.PathLiteral, here: Here
    ) -> bool:
        """The schema's members must be known here: what a manifest may say, the policy must
        be able to read. The policy may have more (a catalogue uses them), and the outcome may
        have fewer, since not every policy knows every answer."""
        unknown = [m for m in theirs.members if m not in mine.members]
        declared = self.names.types.get(mine.name)
        is_outcome = declared is not None and isinstance(declared.node, tree.OutcomeDecl)
        if not unknown or (is_outcome and len(unknown) < len(theirs.members)):
            return True
        message = f"`{path}` may say {_quoted(unknown)}, which `{mine}` has not"
        help = f"declare `enum NAME from {path}`"
        if not is_outcome:
            help = f"add it to `enum {mine}`, or {help}"
        labels: tuple[Label, ...] = ()
        if declared is not None:
            spot = Origin(declared.source, declared.node.name.span)
            labels = (Label(spot, "declared here"),)
        self.report.error("MLP0214", message, here.source, path.span, help, labels)
        return False

    def stated_range(
        self, within: tree.Between | None, value: Value, here: Here
    ) -> tuple[Fraction | None, Fraction | None] | None:
        """The range after `in`, in base units. None: reported."""
        if within is None:
            return None, None
        if value.type is None:
            return None
        if not isinstance(value.type, Quantity):
            message = f"only a number has a range, and this is {said(value.type)}"
            help = "take the range out"
            self.report.error("MLP0301", message, here.source, within.span, help)
            return None
        found = self.expressions.expect(within, value.type, here.at("in"))
        if not isinstance(found, core.BetweenExpr):
            return None
        ends: list[Fraction | None] = []
        for end, written in ((found.low, within.low), (found.high, within.high)):
            if end is None:
                ends.append(None)
            elif isinstance(end, core.Const) and isinstance(end.value, Fraction):
                ends.append(end.value)
            elif written is not None:
                message = "the ends of a range are numbers"
                help = "write it as `0 % .. 100 %`"
                self.report.error("MLP0313", message, here.source, written.span, help)
                return None
        return ends[0], ends[1]

    def range(
        self,
        node: tree.InputDecl,
        fields: Sequence[Field | None],
        stated: tuple[Fraction | None, Fraction | None],
        source: Source,
    ) -> tuple[Fraction | None, Fraction | None, bool]:
        """The input's range: the declared one, which lies in the schema's, or the schema's."""
        lows = [f.low if f is not None else None for f in fields]
        highs = [f.high if f is not None else None for f in fields]
        low = None if None in lows else min((b for b in lows if b is not None), default=None)
        high = None if None in highs else max((b for b in highs if b is not None), default=None)
        low_open = low is not None and all(
            f.low_open for f in fields if f is not None and f.low == low
        )
        if node.within is None or self.schema is None:
            return (
                (stated[0], stated[1], False) if node.within is not None else (low, high, low_open)
            )
        for written, found in zip(node.sources, fields, strict=True):
            if found is None:
                continue
            below = found.low is not None and (stated[0] is None or stated[0] < found.low)
            above = found.high is not None and (stated[1] is None or stated[1] > found.high)
            if below or above:
                message = f"this range goes beyond that of `{source.slice(written.span)}`"
                unit = found.type.unit if isinstance(found.type, Quantity) else None
                help = f"the manifest schema allows {_range_text(found, unit)}"
                self.report.error("MLP0206", message, source, node.within.span, help)
                break
        return stated[0], stated[1], low_open and stated[0] == low

    def floors(self) -> None:
        """An input made of fields and numbers that are never negative is not either."""
        for name, made in self.parts.inputs.items():
            declared = self.names.values[name].node
            assert isinstance(declared, tree.InputDecl)
            if made.low is None and made.high is None and declared.within is None:
                if isinstance(made.type, Quantity) and self.input_has_floor(name, set()):
                    self.parts.inputs[name] = replace(made, low=Fraction(0))

    def input_has_floor(self, name: str, seen: set[str]) -> bool:
        made = self.parts.inputs.get(name)
        if made is None or name in seen:
            return False
        if made.low is not None:
            return made.low >= 0
        return all(self.has_floor(s.value, seen | {name}) for s in made.sources)

    def has_floor(self, expr: core.Expr, seen: set[str]) -> bool:
        match expr:
            case core.Const(value=Fraction() as value):
                return value >= 0
            case core.PathRef():
                found = self.schema.field(expr.scope, expr.steps) if self.schema else None
                return isinstance(found, Field) and found.low is not None and found.low >= 0
            case core.InputRef():
                return self.input_has_floor(expr.name, seen)
            case core.BarRef():
                bar = self.parts.bars.get(expr.name)
                return (
                    bar is not None
                    and not bar.exceptions
                    and all(self.has_floor(line.value, seen) for line in bar.lines)
                )
            case core.ArithExpr(operator="+" | "*" | "/"):
                return self.has_floor(expr.left, seen) and self.has_floor(expr.right, seen)
            case core.MinMax():
                some = any if expr.function == "max" else all
                return some(self.has_floor(operand, seen) for operand in expr.operands)
            case core.CeilExpr() | core.RoundExpr() | core.ConvertExpr():
                return self.has_floor(expr.operand, seen)
            case _:
                return False

    def absent(self, node: tree.IfAbsent | None, value: Value, here: Here) -> core.Absent | None:
        if node is None:
            return None
        span = node.span
        refs = self.references.need(node.refs, "an `if absent`", here.source, span)
        if node.value is None and value.type is not None:
            if not isinstance(value.type, Quantity | DateType):
                message = f"{said(value.type)} cannot be unlimited"
                help = "write the value that absence means"
                self.report.error("MLP0309", message, here.source, span, help)
        stated: core.Expr | None = None
        if node.value is not None:
            stated = self.expressions.expect(node.value, value.type, here.at("absent"))
        when: core.Expr | None = None
        if node.when is not None:
            when = self.expressions.expect(node.when, FLAG, here.at("absent_when"))
        if (node.value is not None and stated is None) or (node.when is not None and when is None):
            return None
        return core.Absent(node.value is None, stated, when, refs)

    def missing_keys(self, node: tree.InputDecl, value: Value) -> frozenset[str]:
        """The members of the key for which the schema has none of the paths."""
        if value.key is None or self.schema is None:
            return frozenset()
        paths = [
            p for s in node.sources for p in tree_paths(s) if any(x[:1] == "{" for x in p.steps)
        ]
        if not paths:
            return frozenset()
        return frozenset(
            member
            for member in value.key.members
            if all(
                isinstance(self.schema.field(p.scope, keyed_paths(p, value.key)[member]), Missing)
                for p in paths
            )
        )

    # -- bars, definitions, tables ---------------------------------------------------------

    def bar(
        self,
        name: str,
        node: tree.ThresholdDecl,
        source: Source,
        exceptions: tuple[core.ExceptionRule, ...],
    ) -> None:
        kind = self.signatures.values[name].type
        if not node.lines:
            self.report.spoil()
        seen: dict[int, tree.DatedLine] = {}
        lines: list[core.Dated] = []
        for line in sorted(node.lines, key=lambda line: line.date.text):
            since = ordinal(line.date)
            refs = self.references.need(line.refs, f"a line of a {node.keyword}", source, line.span)
            here = self.here(source, f"{name}[{line.date.text}]")
            value = self.expressions.expect(line.value, kind, here)
            if since in seen:
                label = Label(Origin(source, seen[since].date.span), "the first one")
                message = f"`{name}` has two values from {line.date.text} on"
                help = "keep one, or correct a date"
                self.report.error("MLP0410", message, source, line.date.span, help, (label,))
            seen.setdefault(since, line)
            if value is not None:
                lines.append(core.Dated(since, value, refs, Origin(source, line.span)))
        if kind is None or len(lines) != len(node.lines):
            return
        origin = Origin(source, node.span)
        self.parts.bars[name] = core.Bar(node.keyword, name, kind, tuple(lines), exceptions, origin)

    def define(
        self,
        name: str,
        node: tree.DefineDecl,
        source: Source,
        exceptions: tuple[core.ExceptionRule, ...],
    ) -> None:
        value = self.signatures.values[name]
        here = self.here(source, name, value)
        refs = self.references.check(node.refs, source)
        if node.keyword != "define" and not node.refs:
            if not node.cases or not all(case.refs for case in node.cases):
                self.references.need((), f"a `{node.keyword}`", source, node.name.span)
        over: core.Expr | None = None
        if node.over is not None:
            over = self.duration(node.over, here.at("over"))
        if node.value is not None:
            body = self.expressions.expect(node.value, value.type, here)
        else:
            body = self.cases(node.cases, value.type, here, source, node.span)
        if node.keyword == "cost" and isinstance(value.type, Quantity):
            if dict(value.type.unit.dims) != {"USD": 1}:
                message = f"a `cost` is in USD, and this is in `{value.type}`"
                help = "declare it in USD, or as a `formula`"
                self.report.error("MLP0302", message, source, node.type.span, help)
        if body is None or value.type is None or (node.over is not None and over is None):
            return
        self.parts.defines[name] = core.Define(
            kind=node.keyword,
            name=name,
            type=value.type,
            parameter=value.parameter,
            key=value.key,
            of=value.of,
            over=over,
            body=body,
            refs=refs,
            exceptions=exceptions,
            per="project",
            origin=Origin(source, node.span),
        )

    def duration(self, node: tree.Expr, here: Here) -> core.Expr | None:
        found = self.expressions.quantity(node, ANY, here)
        if found is None:
            return None
        assert isinstance(found.type, Quantity)
        if found.type.unit.dims not in ((("month", 1),), (("s", 1),)):
            message = f"a cost is over a time, and this is in `{found.type}`"
            help = "write it as `over 12 month`"
            self.report.error("MLP0302", message, here.source, node.span, help)
            return None
        return found

    def cases(
        self,
        lines: Sequence[tree.CaseLine],
        kind: Type | None,
        here: Here,
        source: Source,
        span: Span,
    ) -> core.Expr | None:
        """`when … : …` lines, lowered to the first case that holds."""
        made: list[core.Case] = []
        otherwise: core.Expr | None = None
        good = True
        ended = False
        label = self.expressions.label(here)
        for number, line in enumerate(lines, 1):
            origin = Origin(source, line.span)
            if ended:
                self.report.spoil()
                continue
            refs = self.references.check(line.refs, source)
            if line.condition is None:
                ended = True
                otherwise = self.expressions.expect(line.value, kind, here.at("otherwise"))
                good = good and otherwise is not None
                continue
            guard = self.expressions.expect(line.condition, FLAG, here.at(f"{number}/when"))
            value = self.expressions.expect(line.value, kind, here.at(str(number)))
            if guard is None or value is None:
                good = False
            else:
                made.append(core.Case(guard, value, refs, origin))
        if not good or kind is None:
            return None
        return core.Choose(
            "first", tuple(made), otherwise, label, type=kind, origin=Origin(source, span)
        )

    def score(self, name: str, node: tree.ScoreDecl, source: Source) -> None:
        refs = self.references.check(node.refs, source)
        if not node.refs and not all(question.refs for question in node.questions):
            self.references.need((), "a `score`", source, node.name.span)
        if not 1 <= node.target <= len(node.questions):
            count = len(node.questions)
            message = f"{node.target} of {count} questions is never or always reached"
            help = f"write a number from 1 to {count}"
            self.report.error("MLP0419", message, source, node.name.span, help)
        seen: dict[str, tree.Name] = {}
        questions: list[core.Question] = []
        for question in node.questions:
            self.once(question.name, seen, source)
            here = self.here(source, f"{name}/{question.name.text}")
            text = self.expressions.template(question.text, here.at("text"))
            condition = self.expressions.expect(question.condition, FLAG, here)
            cited = self.references.check(question.refs, source)
            if text is not None and condition is not None:
                origin = Origin(source, question.span)
                questions.append(core.Question(question.name.text, text, condition, cited, origin))
        if len(questions) == len(node.questions):
            self.parts.scores[name] = core.Score(
                name, node.target, tuple(questions), refs, "project", Origin(source, node.span)
            )

    def once(self, name: tree.Name, seen: dict[str, tree.Name], source: Source) -> None:
        """A name inside a declaration, which may stand there once."""
        if name.text in seen:
            label = Label(Origin(source, seen[name.text].span), "the first one")
            message = f"`{name.text}` is declared twice"
            help = "give one of them another name"
            self.report.error("MLP0201", message, source, name.span, help, (label,))
        seen.setdefault(name.text, name)

    def table(
        self,
        name: str,
        node: tree.TableDecl,
        source: Source,
        exceptions: tuple[core.ExceptionRule, ...],
    ) -> None:
        kind = self.signatures.values[name].type
        here = self.here(source, name)
        refs = self.references.check(node.refs, source)
        wanted = kind
        if node.strategy == "collect" and kind is not None:
            if isinstance(kind, SetOf):
                wanted = kind.element
            else:
                message = f"`collect` makes a set, and `{kind}` is none"
                help = f"declare `set of {kind}`"
                self.report.error("MLP0301", message, source, node.type.span, help)
                kind = wanted = None
        label = self.expressions.label(here)
        columns = [
            self.column_of_table(column, here.at(f"column{i}"))
            for i, column in enumerate(node.columns, 1)
        ]
        self.table_header(node, source)
        cases: list[core.Case] = []
        good = all(column is not None for column in columns)
        for number, row in enumerate(node.rows, 1):
            cited = self.references.check(row.refs, source)
            if not node.refs and not row.refs:
                self.references.need((), "a row of a `table`", source, row.span)
            place = self.here(source, f"{name}[{number}]")
            if len(row.cells) != len(node.columns):
                self.report.spoil()
                good = False
                continue
            value = self.expressions.expect(row.value, wanted, place)
            guards: list[core.Expr | None] = []
            for i, (cell, column) in enumerate(zip(row.cells, columns, strict=True), 1):
                if column is None or isinstance(cell, tree.Dash):
                    continue
                at = place.at(f"column{i}")
                guards.append(self.cell(cell, node.columns[i - 1], column.type, at))
            held = [guard for guard in guards if guard is not None]
            if value is None or len(held) != len(guards):
                good = False
                continue
            origin = Origin(source, row.span)
            cases.append(core.Case(_all(held, origin), value, cited, origin))
        if not good or kind is None:
            return
        origin = Origin(source, node.span)
        self.parts.defines[name] = core.Define(
            kind="table",
            name=name,
            type=kind,
            parameter="",
            key=None,
            of="",
            over=None,
            body=core.Choose(node.strategy, tuple(cases), None, label, type=kind, origin=origin),
            refs=refs,
            exceptions=exceptions,
            per="project",
            origin=origin,
        )

    def column_of_table(self, column: tree.Expr, here: Here) -> core.Expr | None:
        found = self.expressions.expr(column, ANY, replace(here, compared=_is_var(column)))
        if found is not None and isinstance(found.type, SetOf | RowType):
            message = f"a column of a table has one value, and this is {said(found.type)}"
            help = "define a flag or a number, and ask for that"
            self.report.error("MLP0301", message, here.source, column.span, help)
            return None
        return found

    def table_header(self, node: tree.TableDecl, source: Source) -> None:
        if not node.header:
            return
        if len(node.header) != len(node.columns):
            self.report.spoil()
            return
        for name, column in zip(node.header, node.columns, strict=True):
            if isinstance(column, tree.Var) and column.name != name.text:
                message = f"this column is `{column.name}`, and the heading says `{name.text}`"
                help = "write the columns in the order of the `on` line"
                self.report.error("MLP0415", message, source, name.span, help)

    def cell(
        self,
        cell: tree.Expr | tree.Comparison,
        column: tree.Expr,
        kind: Type,
        here: Here,
    ) -> core.Expr | None:
        """The condition of one cell: compared, member of a set, or equal."""
        if isinstance(cell, tree.Comparison):
            test = tree.Binary(cell.operator, column, cell.value, span=cell.span)
        elif isinstance(cell, tree.SetLiteral):
            test = tree.Binary("in", column, cell, span=cell.span)
        else:
            equal = "=" if isinstance(kind, Quantity | DateType) else "is"
            test = tree.Binary(equal, column, cell, span=cell.span)
        return self.expressions.expect(test, FLAG, here)

    # -- rows ------------------------------------------------------------------------------

    def catalog(self, name: str, node: tree.CatalogDecl, source: Source) -> None:
        signature = self.signatures.tables[name]
        refs = self.references.check(node.refs, source)
        rows: list[core.CatalogRow] = []
        uncited: list[tree.Row] = []
        for index, row in enumerate(node.rows):
            if len(row.cells) != len(node.header):
                self.report.spoil()
                continue
            made = self.row(name, index, row, node, source)
            if not node.refs and (made is None or not made.refs):
                uncited.append(row)
            if made is not None:
                rows.append(made)
        if uncited and any(not any(isinstance(c, tuple) and c for c in r.cells) for r in uncited):
            self.references.need((), "a `catalog`, or each of its rows,", source, node.name.span)
        override = self.override(name, node, source)
        if any(column is None for column in signature.columns.values()):
            return
        if len(rows) != len(node.rows):
            return
        if {"up_to", "each"} <= set(signature.columns):
            self.one_price_at_a_time(rows, tuple(signature.keys), source)
        self.parts.catalogs[name] = core.Catalog(
            name=name,
            keys=signature.keys,
            columns={c: t for c, t in signature.columns.items() if t is not None},
            rows=tuple(rows),
            override=override,
            refs=refs,
            origin=Origin(source, node.span),
        )

    def one_price_at_a_time(
        self, rows: Sequence[core.CatalogRow], keys: Sequence[str], source: Source
    ) -> None:
        """Of two rows for the same amount of the same thing, one ends before the other begins:
        else the first to be written would count, in silence."""
        names = tuple(dict.fromkeys((*keys, "up_to")))
        seen: dict[tuple[core.Expr | None, ...], list[core.CatalogRow]] = {}
        for row in rows:
            same = seen.setdefault(tuple(row.cells.get(name) for name in names), [])
            for other in same:
                begins = row.since is None or other.until is None or row.since < other.until
                ends = other.since is None or row.until is None or other.since < row.until
                if begins and ends:
                    message = "this price and another hold for the same amount at the same time"
                    help = "let one end with `until` where the other begins, or take one out"
                    label = Label(other.origin, "the other price")
                    self.report.error("MLP0410", message, source, row.origin.span, help, (label,))
                    break
            same.append(row)

    def row(
        self, name: str, index: int, row: tree.Row, node: tree.CatalogDecl, source: Source
    ) -> core.CatalogRow | None:
        cells: dict[str, core.Expr] = {}
        dates: dict[str, int] = {}
        refs: tuple[str, ...] = ()
        columns = self.signatures.tables[name].columns
        keys = self.signatures.tables[name].keys
        good = True
        for header, cell in zip(node.header, row.cells, strict=True):
            column = header.name.text
            if isinstance(cell, tuple):
                if column == "ref":
                    refs = self.references.check(cell, source)
                else:
                    message = "references stand in the column `ref`"
                    help = "head this column `ref`"
                    self.report.error("MLP0301", message, source, row.span, help)
                    good = False
            elif isinstance(cell, tree.Dash):
                if column in keys and column != "up_to":
                    message = f"a row needs its key `{column}`"
                    help = "write a key, or `?` where it is not known"
                    self.report.error("MLP0301", message, source, cell.span, help)
                    good = False
            elif column == "ref":
                message = "the column `ref` holds references"
                help = "write `SOURCE#CLAUSE`, or `-`"
                self.report.error("MLP0301", message, source, cell.span, help)
                good = False
            elif column in DATE_COLUMNS:
                if isinstance(cell, tree.DateLiteral):
                    dates[column] = ordinal(cell)
                else:
                    message = f"the column `{column}` holds dates"
                    help = "write a date as `2026-01-01`, or `-` for no end"
                    self.report.error("MLP0301", message, source, cell.span, help)
                    good = False
            elif column in columns:
                here = self.here(source, f"{name}[{index + 1}].{column}")
                value = self.expressions.expect(cell, columns[column], here)
                if value is None:
                    good = False
                else:
                    cells[column] = value
        since, until = dates.get("from"), dates.get("until")
        if since is not None and until is not None and until <= since:
            message = "this row ends before it begins"
            help = "correct `from` or `until`: the first day counts, the last does not"
            self.report.error("MLP0410", message, source, row.span, help)
        if not good:
            return None
        ordered = {column: cells[column] for column in sorted(cells)}
        return core.CatalogRow(index, ordered, since, until, refs, Origin(source, row.span))

    def override(self, name: str, node: tree.CatalogDecl, source: Source) -> core.PathRef | None:
        """The manifest list whose rows come first. Each column must have a field there, called
        as the column, with a unit's suffix or without (`each_usd`)."""
        if node.override is None or self.schema is None:
            return None
        here = replace(self.here(source, f"{name}/override"), paths=True)
        found = self.expressions.field(node.override, here)
        if found is None:
            return None
        if found.kind != "records":
            message = f"`{node.override}` is no list of entries"
            help = "name a list of the manifest whose entries have fields"
            self.report.error("MLP0205", message, source, node.override.span, help)
            return None
        for column in self.signatures.tables[name].columns:
            fitting = [f for f in found.columns if f == column or f.startswith(f"{column}_")]
            if not fitting:
                message = f"the entries of `{node.override}` have no field `{column}`"
                help = f"fields there: {listing(found.columns)}"
                self.report.error("MLP0205", message, source, node.override.span, help)
        return core.PathRef(
            node.override.scope,
            node.override.steps,
            type=RowType(name),
            origin=Origin(source, node.override.span),
        )

    def record(self, name: str, node: tree.RecordsDecl, source: Source) -> None:
        signature = self.signatures.tables[name]
        origin = Origin(source, node.path.span)
        path = core.PathRef(node.path.scope, node.path.steps, type=RowType(name), origin=origin)
        asks: dict[str, tuple[str | core.KeyHole, ...]] = {}
        absent: dict[str, core.Absent] = {}
        seen: dict[str, Span] = {}
        for line in node.columns:
            steps = tuple(step.text for step in line.steps)
            if (field_ := self.record_field(name, line, source)) is None:
                continue
            column = ".".join(steps)
            place = Span(line.steps[0].span.start, line.steps[-1].span.end)
            if column in seen:
                label = Label(Origin(source, seen[column]), "the first one")
                message = f"`{column}` has two lines"
                help = "say it in one line"
                self.report.error("MLP0201", message, source, place, help, (label,))
            seen.setdefault(column, place)
            if line.ask is not None and (ask := self.key_question(name, line.ask, source)):
                asks[column] = ask
            if line.if_absent is not None and (
                meant := self.absent_column(
                    line.if_absent, field_, Here(source, f"{name}/{column}")
                )
            ):
                absent[column] = meant
        ask = () if node.ask is None else self.key_question(name, node.ask, source)
        self.parts.records[name] = core.Records(
            name, path, signature.keys, {}, Origin(source, node.span), ask, asks, absent
        )

    def record_field(self, name: str, line: tree.RecordColumn, source: Source) -> Field | None:
        """The column that a line of records is about."""
        signature = self.signatures.tables[name]
        if signature.open:
            return None
        found = Field("group", columns={**signature.fields, **signature.groups})
        for depth, step in enumerate(line.steps):
            if step.text not in found.columns:
                of = ".".join((name, *(s.text for s in line.steps[:depth])))
                known = found.columns
                unknown_name(
                    self.report, "column", step.text, known, source, step.span, "MLP0213", of
                )
                return None
            found = found.columns[step.text]
        if found.kind != "value":
            column = ".".join((name, *(s.text for s in line.steps)))
            message = f"`{column}` has fields of its own and is no single value"
            help = f"name one of its fields: {listing(found.columns)}"
            self.report.error("MLP0213", message, source, line.steps[-1].span, help)
            return None
        return found

    def key_question(
        self, name: str, text: tree.Text, source: Source
    ) -> tuple[str | core.KeyHole, ...]:
        """The question for what an entry lacks. Only its keys are known before it is there."""
        signature = self.signatures.tables[name]
        parts: list[str | core.KeyHole] = []
        for part in text.parts:
            if isinstance(part, str):
                parts.append(part)
            elif isinstance(part, tree.Var) and part.name in signature.keys:
                parts.append(core.KeyHole(part.name))
            else:
                message = f"a question of `{name}` can name its keys alone"
                words = [f"{{{key}}}" for key in signature.keys]
                close = nearest(part.name, signature.keys) if isinstance(part, tree.Var) else None
                help = f"did you mean `{close}`?" if close else f"write {listing(words)}"
                self.report.error("MLP0315", message, source, part.span, help)
        return tuple(parts)

    def absent_column(self, node: tree.IfAbsent, found: Field, here: Here) -> core.Absent | None:
        """What it means that an entry leaves a column out: a value that is written down."""
        span = node.span
        refs = self.references.need(node.refs, "an `if absent`", here.source, span)
        if node.value is None or node.when is not None:
            what = "be unlimited" if node.value is None else "depend on a condition"
            message = f"what an absent column means cannot {what}"
            help = "write one value: `if absent 100 ref SOURCE#CLAUSE`"
            self.report.error("MLP0313", message, here.source, span, help)
            return None
        value = self.expressions.expect(node.value, found.type, here.at("absent"))
        if value is None:
            return None
        if not isinstance(value, core.Const):
            message = "what an absent column means is one value, written out"
            help = "write a number with its unit, a word, a day, `yes` or `no`"
            self.report.error("MLP0313", message, here.source, node.value.span, help)
            return None
        return core.Absent(False, value, None, refs)

    def shortlist(self, name: str, node: tree.ShortlistDecl, source: Source) -> None:
        parent = node.of.text
        if parent not in self.signatures.shortlists and parent not in self.signatures.tables:
            known = {*self.signatures.shortlists, *self.signatures.tables}
            what = "catalogue or shortlist"
            unknown_name(self.report, what, parent, known, source, node.of.span)
        root = self.signatures.shortlists[name]
        refs = self.references.check(node.refs, source)
        seen: dict[str, tree.Name] = {}
        lines: list[core.Line] = []
        for line in node.lines:
            self.once(line.name, seen, source)
            cited = self.references.check(line.refs, source)
            if not node.refs and not line.refs:
                self.references.need((), "a line of a `shortlist`", source, line.name.span)
            if root is None:
                continue
            here = replace(self.here(source, f"{name}/{line.name.text}"), rows=frozenset({root}))
            condition = self.expressions.expect(line.condition, FLAG, here)
            if condition is not None:
                origin = Origin(source, line.span)
                lines.append(core.Line(line.name.text, condition, cited, origin))
        if root is not None and len(lines) == len(node.lines):
            above = "" if parent in self.signatures.tables else parent
            self.parts.shortlists[name] = core.Shortlist(
                name, root, above, tuple(lines), refs, Origin(source, node.span)
            )

    def exceptions(self) -> dict[str, list[core.ExceptionRule]]:
        """All exceptions by their target, in order of their names."""
        made: dict[str, list[core.ExceptionRule]] = {}
        for name, declared in sorted(self.names.exceptions.items()):
            node, source = declared.node, declared.source
            refs = self.references.need(node.refs, "an `exception`", source, node.name.span)
            target = node.target.text
            value = self.signatures.values.get(target)
            if value is None or value.kind == "input" or self.is_score(target):
                self.wrong_target(node, value, source)
                continue
            here = self.here(source, f"exception {name}", value)
            guard = self.expressions.expect(node.condition, FLAG, here.at("when"))
            stated = self.expressions.expect(node.value, value.type, here)
            if guard is not None and stated is not None:
                rule = core.ExceptionRule(name, guard, stated, refs, Origin(source, node.span))
                made.setdefault(target, []).append(rule)
        return made

    def is_score(self, name: str) -> bool:
        return isinstance(self.names.values[name].node, tree.ScoreDecl)

    def wrong_target(self, node: tree.ExceptionDecl, value: Value | None, source: Source) -> None:
        target = node.target.text
        if value is not None or target in self.names.exceptions or target in self.names.values:
            message = f"there is no exception to `{target}`"
            help = "make it to a threshold, a param or a definition"
            self.report.error("MLP0417", message, source, node.target.span, help)
            return
        known = [
            name
            for name, v in self.signatures.values.items()
            if v.kind != "input" and not self.is_score(name)
        ]
        what = "threshold, param or definition"
        unknown_name(self.report, what, target, known, source, node.target.span, "MLP0417")

    # -- trees -----------------------------------------------------------------------------

    def decision_trees(self) -> None:
        decisions = [d for _, d in sorted(self.names.trees.items()) if d.node.decision]
        if not decisions and "decision" in self.report.lost:
            return
        if not decisions:
            first = min(
                (d for d in self.names.trees.values()),
                key=lambda d: (d.source.name, d.node.span),
                default=None,
            )
            anchor: Declared[tree.Node] | None = first or self.names.policy
            if anchor is not None:
                message = "no tree is the decision tree"
                help = "write `decision tree NAME : OUTCOME` for the one to start with"
                self.report.error("MLP0403", message, anchor.source, anchor.node.span, help)
            return
        decisions.sort(key=lambda d: (d.source.name, d.node.span))
        for other in decisions[1:]:
            spot = Origin(decisions[0].source, decisions[0].node.name.span)
            message = f"`{other.node.name.text}` is a second decision tree"
            help = "write `tree` without `decision`, and go there with `goto`"
            label = (Label(spot, "the first one"),)
            span = other.node.name.span
            self.report.error("MLP0403", message, other.source, span, help, label)

    def one_tree(self, name: str, node: tree.TreeDecl, source: Source) -> None:
        outcome = self.signatures.outcome
        if outcome is not None and node.type.text != outcome.name:
            message = f"a tree gives `{outcome}`, and this says `{node.type.text}`"
            help = f"write `tree {name} : {outcome}`"
            self.report.error("MLP0411", message, source, node.type.span, help)
        root = self.body(node.body, self.here(source, f"tree {name}"))
        if root is not None:
            self.parts.trees[name] = core.Tree(name, node.decision, root, Origin(source, node.span))

    def body(self, body: tree.Body, here: Here) -> core.TreeNode | None:
        """The lines from the last to the first: each has what follows as its other arm."""
        lines = list(body.lines)
        ends = [i for i, line in enumerate(lines) if _ends(line)]
        if ends and ends[0] < len(lines) - 1:
            self.report.spoil()
            lines = lines[: ends[0] + 1]
        good = True
        node: core.TreeNode | None = None
        if not ends:
            message = "this does not say what to do otherwise"
            help = "add a line `otherwise : …` at the end"
            span = _head(lines[-1]) if lines else body.span
            self.report.error("MLP0406", message, here.source, span, help)
            good = False
        for number in range(len(lines), 0, -1):
            line = lines[number - 1]
            made = self.line(line, node, here.at(str(number)))
            if made is None:
                good = False
            if made is not None or _ends(line):
                node = made
        return node if good else None

    def line(
        self, line: tree.FlatLine | tree.IfBlock, rest: core.TreeNode | None, here: Here
    ) -> core.TreeNode | None:
        if isinstance(line, tree.IfBlock):
            return self.block(line, here)
        action = self.action(line.action, here)
        if line.condition is None:
            return action
        condition = self.expressions.expect(line.condition, FLAG, here.at("if"))
        if action is None or condition is None or rest is None:
            return None
        yes, no = (action, rest) if line.keyword == "if" else (rest, action)
        origin = Origin(here.source, line.span)
        return core.IfNode(condition, yes, no, "no", None, line.keyword, origin)

    def block(self, block: tree.IfBlock, here: Here) -> core.TreeNode | None:
        condition = self.expressions.expect(block.condition, FLAG, here.at("if"))
        arms: dict[str, core.TreeNode | None] = {}
        shared: dict[str, tuple[str, ...]] = {}
        for arm in block.arms:
            action = self.action(arm.action, here.at("_".join(arm.labels)))
            for label in arm.labels:
                if label in arms:
                    message = f"a second arm `{label}:`"
                    help = "keep one arm for each of yes, no and unknown"
                    self.report.error("MLP0407", message, here.source, arm.span, help)
                arms[label], shared[label] = action, arm.labels
        missing = [label for label in ("yes", "no") if label not in arms]
        for label in missing:
            message = f"this `if` has no arm `{label}:`"
            help = f"add `{label}: …`: both answers lead somewhere"
            span = block.condition.span
            self.report.error("MLP0404", message, here.source, span, help)
        if "yes" in shared.get("no", ()):
            message = "`yes` and `no` lead to the same"
            help = "take the condition out, or give each its own arm"
            self.report.error("MLP0407", message, here.source, block.condition.span, help)
            return None
        if missing or condition is None or any(action is None for action in arms.values()):
            return None
        yes, no, own = arms["yes"], arms["no"], None
        assert yes is not None
        assert no is not None
        unknown = "none"
        if "unknown" in arms:
            with_ = shared["unknown"]
            unknown = "yes" if "yes" in with_ else "no" if "no" in with_ else "own"
            own = arms["unknown"] if unknown == "own" else None
        origin = Origin(here.source, block.span)
        return core.IfNode(condition, yes, no, unknown, own, "block", origin)

    def action(self, action: tree.Action, here: Here) -> core.TreeNode | None:
        source = here.source
        match action:
            case tree.Body():
                return self.body(action, here)
            case tree.Leaf():
                return self.leaf(action, here)
            case tree.Hold():
                reason = self.expressions.template(action.reason, here.at("hold"))
                owes = self.owes(action.owes, source)
                refs = self.references.check(action.refs, source)
                if reason is None:
                    return None
                return core.HoldNode(reason, owes, refs, Origin(source, action.span))
            case tree.Goto():
                good = action.tree.text in self.names.trees
                if not good:
                    known = self.names.trees
                    name = action.tree
                    unknown_name(self.report, "tree", name.text, known, source, name.span)
                because = self.because(action.because, here)
                owes = self.owes(action.owes, source)
                refs = self.references.check(action.refs, source)
                if not good or (action.because is not None and because is None):
                    return None
                origin = Origin(source, action.span)
                return core.GotoNode(action.tree.text, because, owes, refs, origin)

    def because(self, text: tree.Text | None, here: Here) -> core.Template | None:
        return None if text is None else self.expressions.template(text, here.at("because"))

    def owes(self, names: Iterable[tree.Name], source: Source) -> tuple[str, ...]:
        known = [
            name
            for name, declared in self.names.findings.items()
            if isinstance(declared.node, tree.ObligationDecl)
        ]
        for name in names:
            if name.text not in known:
                unknown_name(self.report, "obligation", name.text, known, source, name.span)
        return tuple(dict.fromkeys(name.text for name in names))

    def leaf(self, leaf: tree.Leaf, here: Here) -> core.TreeNode | None:
        source = here.source
        outcome, status = "", leaf.status or "final"
        good = True
        if leaf.outcome is None:
            status = "infeasible"
        else:
            outcome = leaf.outcome.text
            kind = self.signatures.outcome
            if kind is None:
                good = False
            elif outcome not in kind.members:
                self.expressions.unknown_member(outcome, kind, leaf.outcome.span, here)
                good = False
            if status not in (*STATUSES, "provisional"):
                known = [*STATUSES, "provisional"]
                span = _status_span(leaf, source)
                unknown_name(self.report, "status", status, known, source, span, "MLP0405")
                good = False
        refs = self.references.need(leaf.refs, "an answer of a tree", source, _leaf_span(leaf))
        seen: dict[str, tree.Name] = {}
        settings: list[tuple[str, core.Expr]] = []
        for setting in leaf.settings:
            name = setting.name.text
            self.once(setting.name, seen, source)
            if self.signatures.outcome is None:
                continue
            if name not in self.signatures.attributes:
                known_ = self.signatures.attributes
                span = setting.name.span
                unknown_name(self.report, "attribute", name, known_, source, span, "MLP0213")
                good = False
                continue
            wanted = self.signatures.attributes[name]
            value = self.expressions.expect(setting.value, wanted, here.at(name))
            if value is None:
                good = False
            else:
                settings.append((name, value))
        because = self.because(leaf.because, here)
        owes = self.owes(leaf.owes, source)
        if not good or (leaf.because is not None and because is None):
            return None
        provisional = status == "provisional"
        return core.LeafNode(
            outcome=outcome,
            status="final" if provisional else status,
            provisional=provisional,
            settings=tuple(sorted(settings, key=lambda pair: pair[0])),
            because=because,
            owes=owes,
            refs=refs,
            origin=Origin(source, leaf.span),
        )

    # -- findings --------------------------------------------------------------------------

    def rule(self, name: str, node: tree.RuleDecl, source: Source) -> None:
        refs = self.references.need(node.refs, "a `rule`", source, node.name.span)
        here = replace(self.here(source, f"rule {name}"), choice=True, unknown="unknown")
        plain = replace(here, unknown="")
        when = self.expressions.expect(node.when, FLAG, here.at("when"))
        say = self.expressions.template(node.say, plain.at("say"))
        fix = None if node.fix is None else self.expressions.template(node.fix, plain.at("fix"))
        bounds: core.Expr | None = None
        if node.bounds is not None:
            bounds = self.expressions.quantity(node.bounds, ANY, plain.at("bounds"))
            if bounds is not None and isinstance(bounds.type, Quantity):
                if dict(bounds.type.unit.dims).get("USD") != 1:
                    message = f"a waiver bounds money, and this is in `{bounds.type}`"
                    help = "name a value in USD"
                    self.report.error("MLP0302", message, source, node.bounds.span, help)
        if (
            when is None
            or say is None
            or (node.fix is not None and fix is None)
            or (node.bounds is not None and bounds is None)
        ):
            return
        self.parts.rules[name] = core.Rule(
            name=name,
            level=node.level,
            waivable=node.waivable,
            when=when,
            say=say,
            fix=fix,
            bounds=bounds,
            refs=refs,
            per="project",
            origin=Origin(source, node.span),
        )

    def obligation(self, name: str, node: tree.ObligationDecl, source: Source) -> None:
        refs = self.references.check(node.refs, source)
        here = self.here(source, f"obligation {name}")
        text = self.expressions.template(node.text, here.at("text"))
        conditions: dict[str, core.Expr | None] = {}
        good = text is not None
        for part, written, unknown in (
            ("when", node.when, "unknown"),
            ("met", node.met_when, "known"),
            ("due", node.due_when, "unknown"),
        ):
            conditions[part] = None
            if written is not None:
                place = replace(here.at(part), unknown=unknown)
                conditions[part] = self.expressions.expect(written, FLAG, place)
                good = good and conditions[part] is not None
        if not good or text is None:
            return
        self.parts.obligations[name] = core.Obligation(
            name=name,
            level=node.level,
            waivable=node.waivable,
            text=text,
            when=conditions["when"],
            met_when=conditions["met"],
            due_when=conditions["due"],
            refs=refs,
            origin=Origin(source, node.span),
        )


# -- small helpers -----------------------------------------------------------------------------


def tree_paths(node: object) -> Iterable[tree.PathLiteral]:
    """The manifest fields that an expression of the syntax names."""
    if isinstance(node, tree.PathLiteral):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from tree_paths(item)
    elif isinstance(node, tree.Node):
        for name in type(node).__dataclass_fields__:
            yield from tree_paths(getattr(node, name))


def core_paths(expr: core.Expr) -> Iterable[core.PathRef]:
    """The manifest fields that a core expression reads."""
    return (node for node in walk(expr) if isinstance(node, core.PathRef))


def _all(guards: Sequence[core.Expr], origin: Origin) -> core.Expr:
    if len(guards) == 1:
        return guards[0]
    if not guards:
        return core.Const(True, type=FLAG, origin=origin)
    return core.AndExpr(tuple(guards), type=FLAG, origin=origin)


def _ends(line: tree.FlatLine | tree.IfBlock) -> bool:
    """Does nothing get past this line?"""
    return isinstance(line, tree.IfBlock) or line.condition is None


def _head(line: tree.FlatLine | tree.IfBlock) -> Span:
    """What to underline of a line: its condition, or all of it."""
    return line.span if line.condition is None else line.condition.span


def _leaf_span(leaf: tree.Leaf) -> Span:
    return leaf.span if leaf.outcome is None else leaf.outcome.span


def _status_span(leaf: tree.Leaf, source: Source) -> Span:
    """The word after the outcome."""
    start = source.text.find(leaf.status, _leaf_span(leaf).end, leaf.span.end)
    return Span(start, start + len(leaf.status)) if start >= 0 else leaf.span


def _is_var(node: tree.Expr) -> bool:
    return isinstance(node, tree.Var)


def _plain_name(kind: Type) -> str:
    match kind:
        case EnumType():
            return "word of a fixed list"
        case SetOf(EnumType()):
            return "set of words of a fixed list"
        case SetOf():
            return "set of texts"
        case Quantity():
            return f"number in `{kind}`"
        case _:
            return str(kind)


def _quoted(words: Sequence[str]) -> str:
    return listing([f"`{word}`" for word in words], 4)


def _range_text(found: Field, unit: Unit | None) -> str:
    scale = unit.scale if unit is not None else Fraction(1)
    word = f" {unit.text}" if unit is not None and unit.text not in ("", "number") else ""
    low = "" if found.low is None else f"{plain(found.low / scale)}{word} "
    high = "" if found.high is None else f" {plain(found.high / scale)}{word}"
    more = " (more than the first)" if found.low_open else ""
    return f"`{low}..{high}`{more}"
