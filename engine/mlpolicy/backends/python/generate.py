"""The functions of a compiled program: one for every expression and every declaration.

Every expression has a function `e<id>(s, …)`: `s` is the frame of a workload (or of the project),
what follows are the rows and the names that must be bound for it, in the order of `Known`. It
returns the plain value of the expression where that is known with nothing assumed, else `U`. A
simple expression is written out where it is used; one with several steps is called. Declarations
have functions too, which keep what they came to in the frame, by the number of their slot.

What a function leaves out of account can meet no fault (`Known.safe`): where something may, it
returns `U`, and the reference works the value out and tells what it met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import assert_never

from mlpolicy.check.reads import body
from mlpolicy.core import calendar
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
    ExceptionRule,
    Expr,
    FirstRemaining,
    FirstRow,
    HasRow,
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
    Typed,
    UnknownConst,
    VariableRef,
)
from mlpolicy.core.terms import DeclaredAs, Fold, Over, Per, Strategy
from mlpolicy.core.types import (
    DateType,
    EnumType,
    FlagType,
    Grain,
    ListOf,
    Quantity,
    RowType,
    SetOf,
    TextType,
    Type,
)
from mlpolicy.core.visit import Node, children, walk

#: What becomes of the texts of the operands, where that is the same whatever they are.
_FORMS = {
    "not": "not {}",
    "is": "{} == {}",
    "in": "{} in {}",
    "mentions": "mentions({}, {})",
    "starts with": "{}.startswith({})",
    "ends with": "{}.endswith({})",
    "matches": "matches({}, {})",
    "within": "{} <= {}",
    "abs": "abs({})",
}


#: The operators on numbers that work on multiples of them.
_OF_NUMBERS = frozenset(("+", "-", "*", "<", "<=", ">", ">=", "="))


class _Value:
    """The text of a plain value; `sure` where it cannot be `U`. A number may be held as a multiple
    of itself, `scale` times it, so that whole numbers stay whole."""

    __slots__ = ("scale", "sure", "text")

    def __init__(self, text: str, sure: bool = False, scale: int = 1) -> None:
        self.text = text
        self.sure = sure
        self.scale = scale

    def times(self, factor: int) -> str:
        """The text of a multiple."""
        return self.text if factor == 1 else f"{self.text} * {factor}"


_UNKNOWN = _Value("U")

#: A number that would be held as a greater multiple of itself is worked out first.
_MOST_SCALED = 10**9


class _Module:
    """What is written of a module: functions, constants, numbers of slots."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.slots: dict[tuple[str, str], int] = {}
        self.constants: dict[str, str] = {}
        self.functions: dict[str, list[str]] = {}
        self.waiting: list[tuple[str, Expr | None, tuple[str, str]]] = []
        self.ids: dict[int, Expr] = {}

    def take(self, node: Node) -> None:
        """Compiles every expression at and below a node."""
        waiting: list[Node] = [node]
        while waiting:
            here = waiting.pop()
            waiting.extend(children(here))
            if isinstance(here, Typed) and not isinstance(here, Const | PathRef):
                self.need(here)
        self.write_waiting()

    def write_waiting(self) -> None:
        """Writes the functions that were asked for."""
        while self.waiting:
            name, expr, declared = self.waiting.pop()
            made = _Body(self, name)
            if expr is not None:
                made.expression(expr)
            else:
                made.declaration(*declared)
            self.functions[name] = made.lines

    def begin(self, name: str, params: Sequence[str]) -> _Body:
        """A function of its own, to be written."""
        made = _Body(self, name)
        made.head(params)
        self.functions[name] = made.lines
        return made

    def need(self, expr: Expr) -> str:
        """The function of an expression."""
        name = f"e{expr.id}"
        if expr.id not in self.ids:
            self.ids[expr.id] = expr
            self.waiting.append((name, expr, ("", "")))
        return name

    def declared(self, kind: str, name: str) -> tuple[str, int]:
        """The function of a declaration, and its slot."""
        known = (kind, name) in self.slots
        slot = self.slots.setdefault((kind, name), len(self.slots))
        function = f"{kind}{slot}"
        if not known and kind != "input":
            self.waiting.append((function, None, (kind, name)))
        return function, slot

    def constant(self, text: str) -> str:
        """The name of a constant that is made once."""
        return self.constants.setdefault(text, f"K{len(self.constants)}")

    def is_safe(self, expr: Expr) -> bool:
        """Can evaluating it meet no fault?"""
        return self.program.nodes[expr.id].safe

    def number(self, value: Fraction) -> str:
        """The text of a number."""
        if value.denominator == 1:
            return f"({value.numerator})"
        return self.constant(f"Fraction({value.numerator}, {value.denominator})")

    def literal(self, expr: Const) -> str:
        """The text of a literal's plain value."""
        match expr.type:
            case FlagType():
                return repr(bool(expr.value))
            case Quantity():
                assert isinstance(expr.value, Fraction)
                return self.number(expr.value)
            case DateType():
                return repr(expr.value)
            case EnumType() | TextType() | SetOf() | ListOf() | RowType():
                return repr(str(expr.value))
            case _:
                assert_never(expr.type)

    def members(self, names: Iterable[str]) -> str:
        """The text of a set of words."""
        inside = ", ".join(repr(name) for name in sorted(set(names)))
        return self.constant(f"frozenset(({inside},))" if inside else "frozenset()")

    def params(self, expr: Expr) -> list[str]:
        """What is bound for an expression: rows of tables, then names."""
        known = self.program.nodes[expr.id]
        return [*(f"r_{name}" for name in known.rows), *(f"n_{name}" for name in known.names)]

    def answering(self) -> Iterable[int]:
        """The slots of what rests on the answer."""
        kinds = {"define": DeclaredAs.DEFINITION, "score": DeclaredAs.DEFINITION}
        kinds |= dict.fromkeys(("any", "first", "list"), DeclaredAs.SHORTLIST)
        kinds |= {"input": DeclaredAs.INPUT, "bar": DeclaredAs.BAR}
        for (kind, name), slot in self.slots.items():
            parts = body(kinds[kind], name, self.program)
            inside = (part for part in walk(*parts) if isinstance(part, Typed))
            if any(self.program.nodes[part.id].answering for part in inside):
                yield slot

    def text(self) -> str:
        lines = [f"{name} = {text}" for text, name in self.constants.items()]
        for function in self.functions.values():
            lines.extend(function)
        inputs = {name: slot for (kind, name), slot in self.slots.items() if kind == "input"}
        lines.append(f"INPUTS = {inputs!r}")
        lines.append(f"SLOTS = {len(self.slots)}")
        lines.append(f"ANSWERING = {tuple(self.answering())!r}")
        lines.append("E = {" + ", ".join(f"{number}: e{number}" for number in self.ids) + "}")
        return "\n".join(lines) + "\n"


class _Body:
    """One function while it is written."""

    def __init__(self, module: _Module, name: str) -> None:
        self.module = module
        self.name = name
        self.lines: list[str] = []
        self.indent = 1
        self.temps = 0

    # ── Lines ────────────────────────────────────────────────────────────────────────────

    def head(self, params: Sequence[str]) -> None:
        self.lines.append(f"def {self.name}({', '.join(('s', *params))}):")

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def temp(self, text: str) -> str:
        name = f"t{self.temps}"
        self.temps += 1
        self.line(f"{name} = {text}")
        return name

    def give(self, value: _Value) -> None:
        self.line(f"return {value.text}")

    def of(self, text: str, *parts: _Value, scale: int = 1) -> _Value:
        """What is worked out from parts: `U` where one of them is."""
        if any(part is _UNKNOWN for part in parts):
            return _UNKNOWN
        open_ = list(dict.fromkeys(part.text for part in parts if not part.sure))
        if not open_:
            return _Value(self.temp(text), sure=True, scale=scale)
        missing = " or ".join(f"{each} is U" for each in open_)
        return _Value(self.temp(f"U if {missing} else {text}"), scale=scale)

    def ask(self, text: str, *parts: _Value) -> _Value:
        """The same, where it may be `U` although all its parts are known."""
        found = self.of(text, *parts)
        return found if found is _UNKNOWN else _Value(found.text)

    def call(self, expr: Expr) -> _Value:
        """The value of an expression by its function."""
        name = self.module.need(expr)
        return _Value(self.temp(f"{name}({', '.join(('s', *self.module.params(expr)))})"))

    # ── Expressions ──────────────────────────────────────────────────────────────────────

    def expression(self, expr: Expr) -> None:
        """The whole function of an expression."""
        self.head(self.module.params(expr))
        match expr:
            case Apply(operator="and", operands=operands):
                self.several(operands, stop=False)
            case Apply(operator="or", operands=operands):
                self.several(operands, stop=True)
            case Choose():
                self.choose(expr)
            case AggregateExpr():
                self.aggregate(expr)
            case FirstRow(table=table, where=where):
                self.line(f"for r_{table} in s.day.rows({table!r}):")
                self.indent += 1
                found = self.value(where)
                self.line(f"if {found.text} is True:")
                self.line(f"    return r_{table}")
                self.line(f"if {found.text} is U:")
                self.line("    return U")
                self.indent -= 1
                self.line("return None")
            case BestRow(table=table, stating=stating, by=by, where=where):
                if where is None:
                    self.line(f"return best(s, {table!r}, {stating!r}, {by!r}, None)")
                else:
                    given = ", ".join(("s", *self.module.params(where)))
                    test = f"lambda r_{table}: {self.module.need(where)}({given})"
                    self.line(f"return best(s, {table!r}, {stating!r}, {by!r}, {test})")
            case _:
                self.give(self.simple(expr))

    def value(self, expr: Expr) -> _Value:
        """The value of an expression inside a function: written out, or called."""
        match expr:
            case Apply(operator="and" | "or"):
                return self.call(expr)
            case Choose() | AggregateExpr() | FirstRow() | BestRow():
                return self.call(expr)
            case _:
                return self.simple(expr)

    def simple(self, expr: Expr) -> _Value:  # noqa: C901 - one match over all kinds
        """The value of an expression that is written out where it is used."""
        match expr:
            case Const():
                return _Value(self.module.literal(expr), sure=True)
            case UnknownConst() | BetweenExpr():
                return _UNKNOWN
            case EveryMember():
                of = expr.type.element if isinstance(expr.type, SetOf) else None
                if isinstance(of, EnumType):
                    return _Value(self.module.members(of.members), sure=True)
                return _UNKNOWN
            case SetExpr():
                return self.set_of(expr)
            case ListExpr(items=items):
                values = [self.value(item) for item in items]
                return self.ask(f"list_of({_tuple(values)})", *values)
            case InputRef():
                return self.input(expr)
            case PathRef(scope=scope, steps=steps):
                filled = ", ".join(
                    f"n_{step[1:-1]}" if step.startswith("{") else repr(step) for step in steps
                )
                return _Value(self.temp(f"field(s, {scope.is_each!r}, ({filled},), {expr.id})"))
            case BarRef(name=name):
                return self.kept("bar", name, "s")
            case DefRef():
                return self.definition(expr)
            case ParameterRef(name=name) | VariableRef(name=name):
                return _Value(f"n_{name}", sure=True)
            case RowRef(table=table):
                return _Value(f"r_{table}", sure=True)
            case ColumnRef():
                return self.column(expr)
            case LookupRow(table=table, keys=keys):
                values = [self.value(key) for key in keys]
                return self.ask(f"lookup(s, {table!r}, {_tuple(values)})", *values)
            case HasRow(table=table, keys=keys):
                values = [self.value(key) for key in keys]
                return self.ask(f"has_row(s, {table!r}, {_tuple(values)})", *values)
            case AnyRemains(shortlist=shortlist):
                return self.kept("any", shortlist, "s")
            case FirstRemaining(shortlist=shortlist):
                return self.kept("first", shortlist, "s")
            case Apply(operator="and" | "or"):
                return self.call(expr)
            case Apply():
                return self.applied(expr)
            case IsUnknownExpr(operand=operand, known=known):
                inner = self.value(operand)
                if inner is _UNKNOWN:
                    return _UNKNOWN
                return _Value(self.temp(f"U if {inner.text} is U or s.opened else {known}"))
            case ConvertExpr():
                return self.worked_out(self.scaled(expr))
            case ChargeExpr(quantity=quantity, table=table, keys=keys):
                values = [self.value(quantity), *(self.value(key) for key in keys)]
                text = f"charge(s, {table!r}, {values[0].text}, {_tuple(values[1:])})"
                return self.ask(text, *values)
            case AsOf():
                return _Value("s.as_of", sure=True)
            case ChoiceRef(which=which, attribute=attribute, type=of):
                words = isinstance(of, EnumType | TextType)
                return _Value(self.temp(f"choice(s.{which.value}, {str(attribute)!r}, {words})"))
            case IsProvisional(answer=answer):
                assert isinstance(answer, ChoiceRef)
                return _Value(self.temp(f"provisional(s.{answer.which.value})"))
            case Choose() | AggregateExpr() | FirstRow() | BestRow():
                return self.call(expr)
            case _:
                assert_never(expr)

    # ── Numbers ──────────────────────────────────────────────────────────────────────────

    def scaled(self, expr: Expr) -> _Value:
        """The value of an expression; a number perhaps as a multiple of itself."""
        match expr:
            case Const(type=Quantity(), value=Fraction() as number):
                return _Value(f"({number.numerator})", True, number.denominator)
            case ConvertExpr(operand=operand, factor=factor):
                inner = self.scaled(operand)
                return self.product(
                    inner, _Value(f"({factor.numerator})", True, factor.denominator)
                )
            case Apply(operator="*", operands=(one, other)):
                return self.product(self.scaled(one), self.scaled(other))
            case Apply(operator="+" | "-", operands=(one, other)) if isinstance(
                one.type, Quantity
            ) and isinstance(other.type, Quantity):
                left, right, scale = self.alike(self.scaled(one), self.scaled(other))
                return self.of(
                    f"{left.text} {expr.operator} {right.text}", left, right, scale=scale
                )
            case _:
                return self.value(expr)

    def product(self, one: _Value, other: _Value) -> _Value:
        if one.scale * other.scale > _MOST_SCALED:
            one, other = self.worked_out(one), self.worked_out(other)
        scale = one.scale * other.scale
        for factor, number in ((one, other), (other, one)):
            if factor.text == "(1)":
                return _Value(number.text, number.sure, scale)
        return self.of(f"{one.text} * {other.text}", one, other, scale=scale)

    def alike(self, one: _Value, other: _Value) -> tuple[_Value, _Value, int]:
        """Two numbers as the same multiple of themselves, and which."""
        scale = lcm(one.scale, other.scale)
        if scale > _MOST_SCALED:
            return self.worked_out(one), self.worked_out(other), 1
        pair = [_Value(v.times(scale // v.scale), v.sure) for v in (one, other)]
        for made, given in zip(pair, (one, other), strict=True):
            if made.text != given.text and not given.sure:
                made.text = self.of(made.text, given).text
        return pair[0], pair[1], scale

    def worked_out(self, value: _Value) -> _Value:
        """The number itself."""
        return value if value.scale == 1 else self.of(f"ratio({value.text}, {value.scale})", value)

    # ── Sets and connectives ─────────────────────────────────────────────────────────────

    def set_of(self, expr: SetExpr) -> _Value:
        if expr.open:
            return _UNKNOWN
        if all(isinstance(item, Const) for item in expr.items):
            words = [str(item.value) for item in expr.items if isinstance(item, Const)]
            return _Value(self.module.members(words), sure=True)
        values = [self.value(item) for item in expr.items]
        return self.of(f"set_of({_tuple(values)})", *values)

    def several(self, operands: Sequence[Expr], *, stop: bool) -> None:
        """`and` and `or`: done as soon as one operand is `stop`, unless what is left may meet a
        fault. An operand that may and is not known leaves the whole to the reference."""
        safe = [self.module.is_safe(each) for each in operands]
        self.line(f"found = {not stop}")
        for i, each in enumerate(operands):
            skipped = safe[i] and not all(safe)
            if skipped:
                self.line(f"if found is not {stop}:")
                self.indent += 1
            value = self.value(each)
            self.line(f"if {value.text} is {stop}:")
            self.line(f"    return {stop}" if all(safe[i + 1 :]) else f"    found = {stop}")
            if not value.sure:
                self.line(f"elif {value.text} is U:")
                self.line("    found = U" if safe[i] else "    return U")
            if skipped:
                self.indent -= 1
        self.line("return found")

    # ── Operators ────────────────────────────────────────────────────────────────────────

    def applied(self, expr: Apply) -> _Value:
        """An operator on known values, other than `and` and `or`."""
        if expr.operator in _OF_NUMBERS and all(
            isinstance(operand.type, Quantity) for operand in expr.operands
        ):
            return self.of_numbers(expr)
        values = [self.value(operand) for operand in expr.operands]
        types = [operand.type for operand in expr.operands]
        texts = [value.text for value in values]
        form = _FORMS.get(expr.operator)
        if form is not None:
            return self.of(form.format(*texts), *values)
        match expr.operator:
            case "<" | "<=" | ">" | ">=" | "=":
                operator = "==" if expr.operator == "=" else expr.operator
                enums: list[tuple[str, ...]] = [
                    of.members for of in types if isinstance(of, EnumType)
                ]
                if enums:
                    # By the enum that has all members of both.
                    members = max(enums, key=lambda each: len(each))
                    places = {name: i for i, name in enumerate(members)}
                    by = self.module.constant(repr(places))
                    text = f"ordered({operator!r}, {texts[0]}, {texts[1]}, {by})"
                    return self.of(text, *values)
                return self.of(f"{texts[0]} {operator} {texts[1]}", *values)
            case "+" | "-" | "*":
                return self.arithmetic(expr.operator, types, values)
            case "/":
                return self.ask(f"divided({texts[0]}, {texts[1]})", *values)
            case "min" | "max" if len(values) > 1:
                return self.of(f"{expr.operator}({', '.join(texts)})", *values)
            case "ceil":
                by = self.module.number(expr.constants[0])
                return self.of(f"-(-{texts[0]} // {by}) * {by}", *values)
            case "floor":
                by = self.module.number(expr.constants[0])
                return self.of(f"{texts[0]} // {by} * {by}", *values)
            case "text":
                of = types[0]
                assert isinstance(of, Quantity)
                return self.ask(
                    f"number_as_text({texts[0]}, {self.module.number(of.unit.scale)})", *values
                )
            case "power":
                return self.of(f"{texts[0]} ** {int(expr.constants[0])}", *values)
            case "round":
                by = self.module.number(expr.constants[0])
                return self.of(f"rounded({texts[0]}, {by})", *values)
            case _:
                raise AssertionError(expr.operator)

    def of_numbers(self, expr: Apply) -> _Value:
        """A sum, a product or a comparison of numbers."""
        if expr.operator in ("+", "-", "*"):
            return self.worked_out(self.scaled(expr))
        left, right, _ = self.alike(*map(self.scaled, expr.operands))
        operator = "==" if expr.operator == "=" else expr.operator
        return self.of(f"{left.text} {operator} {right.text}", left, right)

    def arithmetic(self, operator: str, types: Sequence[Type], values: Sequence[_Value]) -> _Value:
        one, other = (value.text for value in values)
        match types[0], types[1]:
            case TextType(), TextType():
                return self.ask(f"chained({one}, {other})", *values)
            case SetOf(), SetOf():
                return self.of(f"{one} {'|' if operator == '+' else '-'} {other}", *values)
            case DateType(grain), DateType():
                if grain is Grain.DAY:
                    return self.of(f"({one} - {other}) * 86400", *values)
                step = self.module.number(calendar.seconds(grain))
                return self.of(f"({one} - {other}) * {step}", *values)
            case DateType(grain), Quantity(unit):
                months = ("month", 1) in unit.dims
                sign = "" if operator == "+" else "-"
                size = "None" if months else self.module.number(calendar.seconds(grain))
                return self.of(
                    f"moved({one}, {sign}whole_part({other}, {size}), {months})", *values
                )
            case _:
                return self.of(f"{one} {operator} {other}", *values)

    # ── Names ────────────────────────────────────────────────────────────────────────────

    def kept(self, kind: str, name: str, frame: str) -> _Value:
        """What a declaration came to, from its slot or from its function."""
        function, slot = self.module.declared(kind, name)
        found = self.temp(f"{frame}.kept[{slot}]")
        self.line(f"if {found} is N:")
        self.line(f"    {found} = {function}({frame})")
        return _Value(found)

    def input(self, expr: InputRef) -> _Value:
        declared = self.module.program.inputs[expr.name]
        frame = "s" if declared.per is Per.EACH else "s.project"
        _, slot = self.module.declared("input", expr.name)
        if expr.key is None:
            found = self.temp(f"{frame}.kept[{slot}]")
            self.line(f"if {found} is N:")
            self.line(f"    {found} = {frame}.input({expr.name!r})")
            return _Value(found)
        key = self.value(expr.key)
        return self.ask(f"{frame}.keyed({expr.name!r}, {key.text})", key)

    def definition(self, expr: DefRef) -> _Value:
        program = self.module.program
        if expr.name in program.scores:
            per = program.scores[expr.name].per
            return self.kept("score", expr.name, "s" if per is Per.EACH else "s.project")
        frame = "s" if program.defines[expr.name].per is Per.EACH else "s.project"
        of = expr.row if expr.row is not None else expr.key
        if of is None:
            return self.kept("define", expr.name, frame)
        function, _ = self.module.declared("define", expr.name)
        which = self.value(of)
        return self.ask(f"{function}({frame}, {which.text})", which)

    def column(self, expr: ColumnRef) -> _Value:
        row = self.value(expr.row)
        assert isinstance(expr.row.type, RowType)
        table = expr.row.type.table
        if table in self.module.program.records:
            return self.ask(f"entry(s, {row.text}, {expr.column!r})", row)
        cells: list[str] = []
        for written in self.module.program.catalogs[table].rows:
            cell = written.cells.get(expr.column)
            match cell:
                case None | UnknownConst() | BetweenExpr():
                    cells.append("U")
                case Const() | SetExpr() | EveryMember():
                    found = self.plain_cell(cell)
                    cells.append(found if found is not None else "N")
                case _:
                    cells.append("N")
        column = self.module.constant(f"({''.join(f'{cell}, ' for cell in cells)})")
        if "N" in cells:
            return self.ask(f"cell(s, {table!r}, {row.text}, {expr.column!r}, {column})", row)
        if isinstance(expr.row, RowRef):
            return _Value(self.temp(f"{column}[{row.text}]"))
        open_ = "" if row.sure else f"{row.text} is U or "
        return _Value(self.temp(f"U if {open_}{row.text} is None else {column}[{row.text}]"))

    def plain_cell(self, cell: Const | SetExpr | EveryMember) -> str | None:
        """The text of a cell that is a constant."""
        if isinstance(cell, SetExpr) and not all(isinstance(item, Const) for item in cell.items):
            return None
        found = self.simple(cell)
        return found.text

    # ── Cases ────────────────────────────────────────────────────────────────────────────

    def choose(self, expr: Choose) -> None:
        match expr.strategy:
            case Strategy.FIRST | Strategy.PRIORITY:
                for case in expr.cases:
                    guard = self.value(case.guard)
                    self.line(f"if {guard.text} is True:")
                    self.indent += 1
                    self.give(self.value(case.value))
                    self.indent -= 1
                    if not guard.sure:
                        self.line(f"if {guard.text} is U:")
                        self.line("    return U")
                self.give(self.value(expr.otherwise) if expr.otherwise is not None else _UNKNOWN)
            case Strategy.UNIQUE | Strategy.ANY:
                self.line("found = N")
                same = " and found != {}" if expr.strategy is Strategy.ANY else ""
                for case in expr.cases:
                    before = f"if found is not N{same}: return U"
                    self.taken(case.guard, case.value, "found = ", before)
                self.line("if found is not N:")
                self.line("    return found")
                self.give(self.value(expr.otherwise) if expr.otherwise is not None else _UNKNOWN)
            case Strategy.COLLECT:
                self.line("found = []")
                for case in expr.cases:
                    self.taken(case.guard, case.value, "found.append", "")
                self.line("return set_of(found)")
            case Strategy.LIST | Strategy.RANKED:
                self.line("found = []")
                for case in expr.cases:
                    self.taken(case.guard, case.value, "found.append", "")
                if expr.otherwise is None:
                    self.line("return list_of(found)")
                else:
                    self.line("if found:")
                    self.line("    return list_of(found)")
                    self.give(self.value(expr.otherwise))
            case Strategy.SUM | Strategy.COUNT:
                self.line("found = 0")
                for case in expr.cases:
                    self.taken(case.guard, case.value, "found += ", "")
                self.line("return found")
            case Strategy.MIN | Strategy.MAX:
                self.line("found = []")
                for case in expr.cases:
                    self.taken(case.guard, case.value, "found.append", "")
                self.line("if found:")
                best = "min" if expr.strategy is Strategy.MIN else "max"
                self.line(f"    return {best}(found)")
                self.give(self.value(expr.otherwise) if expr.otherwise is not None else _UNKNOWN)
            case _:
                assert_never(expr.strategy)

    def taken(self, guard: Expr, value: Expr, how: str, before: str) -> None:
        """A case of which several are looked at."""
        holds = self.value(guard)
        if not holds.sure:
            self.line(f"if {holds.text} is U:")
            self.line("    return U")
        self.line(f"if {holds.text}:")
        self.indent += 1
        found = self.value(value)
        if not found.sure:
            self.line(f"if {found.text} is U:")
            self.line("    return U")
        if before:
            self.line(before.format(found.text))
        self.line(f"{how}({found.text})")
        self.indent -= 1

    # ── Sums and counts ──────────────────────────────────────────────────────────────────

    def aggregate(self, expr: AggregateExpr) -> None:  # noqa: C901 - a step for each part of it
        # Over a set there is neither `where` nor `once per`.
        where = expr.where if expr.over is not Over.SET else None
        grouped = expr.over is not Over.SET and expr.once_per is not None
        if expr.once_per is not None and not isinstance(expr.once_per.type, EnumType | TextType):
            return self.give(_UNKNOWN)
        start = {Fold.ANY: "False", Fold.ALL: "True"}.get(expr.kind, "0")
        self.line(f"found = {start}")
        if grouped:
            self.line("groups = {}")
        if expr.over is Over.SET:
            assert expr.domain is not None
            domain = self.value(expr.domain)
            if not domain.sure:
                self.line(f"if {domain.text} is U:")
                self.line("    return U")
            self.line(f"for n_{expr.variable} in sorted({domain.text}):")
        else:
            self.line("asking = s")
            self.line(f"for s in asking.{expr.over.value}({self.answering(expr)}):")
        self.indent += 1
        each = self.value(expr.body)
        possible = not self.module.is_safe(expr.body)
        if possible or expr.kind in (Fold.COUNT, Fold.SUM):
            if not each.sure and (possible or where is None):
                self.line(f"if {each.text} is U:")
                self.line("    return U")
        if where is not None:
            counts = self.value(where)
            self.line(f"if {counts.text} is U:")
            self.line("    return U")
            self.line(f"if {counts.text}:")
            self.indent += 1
            if expr.kind in (Fold.COUNT, Fold.SUM) and not each.sure:
                self.line(f"if {each.text} is U:")
                self.line("    return U")
        if grouped:
            assert expr.once_per is not None
            key = self.value(expr.once_per)
            self.line(f"if {key.text} is U or {key.text} is NOTHING:")
            self.line("    return U")
        match expr.kind:
            case Fold.ANY:
                self.line(f"if {each.text} is True: found = True")
                self.line(f"if {each.text} is U and found is False: found = U")
            case Fold.ALL:
                self.line(f"if {each.text} is False: found = False")
                self.line(f"if {each.text} is U and found is True: found = U")
            case Fold.COUNT:
                self.line(f"if {each.text}: found += 1")
            case _ if grouped:
                self.line(f"groups.setdefault({key.text}, []).append({each.text})")
            case _:
                self.line(f"found += {each.text}")
        if where is not None:
            self.indent -= 1
        self.indent -= 1
        if grouped and expr.kind is Fold.SUM:
            self.line("for amounts in groups.values(): found += max(amounts)")
        self.line("return found")
        return None

    def answering(self, expr: AggregateExpr) -> bool:
        """Does what it gathers rest on the answers of the workloads?"""
        nodes = self.module.program.nodes
        parts = (expr.body, expr.where, expr.once_per)
        return any(nodes[part.id].answering for part in parts if part is not None)

    # ── Declarations ─────────────────────────────────────────────────────────────────────

    def declaration(self, kind: str, name: str) -> None:
        """The whole function of a declaration, which keeps what it came to."""
        program = self.module.program
        slot = self.module.slots[kind, name]
        match kind:
            case "bar":
                self.head(())
                self.bar(program.bars[name])
            case "score":
                self.head(())
                self.score(name)
            case "define":
                declared = program.defines[name]
                if declared.of or declared.key is not None:
                    return self.keyed_definition(declared, slot)
                self.head(())
                self.line(f"base = {self.base(declared)}")
                self.excepted(declared)
            case "any":
                self.head(())
                self.line(f"rows = {self.listed(name)}")
                self.line("found = any_of(rows)")
            case "first":
                self.head(())
                self.line(f"rows = {self.listed(name)}")
                self.line("found = first_of(rows)")
            case "list":
                self.head(())
                self.shortlist(name)
            case _:
                raise AssertionError(kind)
        self.line(f"s.kept[{slot}] = found")
        self.line("return found")
        return None

    def base(self, declared: Define) -> str:
        return self.value(declared.body).text

    def keyed_definition(self, declared: Define, slot: int) -> None:
        """One that has a value for each row, or for each member of its key."""
        param = f"r_{declared.of}" if declared.of else f"n_{declared.parameter}"
        self.head((param,))
        self.line(f"if {param} is None or {param} is NOTHING:")
        self.line("    return U")
        self.line(f"kept = s.kept[{slot}]")
        self.line("if kept is N:")
        self.line(f"    kept = s.kept[{slot}] = {{}}")
        self.line(f"elif {param} in kept:")
        self.line(f"    return kept[{param}]")
        self.line(f"base = {self.base(declared)}")
        self.excepted(declared)
        self.line(f"kept[{param}] = found")
        self.line("return found")

    def excepted(self, declared: Bar | Define) -> None:
        """From `base` to `found`: a value, unless an exception applies."""
        self.line("found = base")
        if not declared.exceptions:
            return
        self.line("applied = 0")
        for exception in declared.exceptions:
            self.exception(exception)
        self.line("if applied is U or applied > 1:")
        self.line("    found = U")
        if isinstance(declared, Define):
            bases: list[Expr] = [declared.body]
        else:
            bases = [line.value for line in declared.lines]
        if not all(map(self.module.is_safe, bases)):
            self.line("if base is U:")
            self.line("    found = U")

    def exception(self, exception: ExceptionRule) -> None:
        guard = self.value(exception.guard)
        self.line(f"if {guard.text} is U:")
        self.line("    applied = U")
        self.line(f"elif {guard.text} and applied is not U:")
        self.indent += 1
        self.line("applied += 1")
        self.line(f"found = {self.value(exception.value).text}")
        self.indent -= 1

    def bar(self, declared: Bar) -> None:
        for i, line in enumerate(reversed(declared.lines)):
            self.line(f"{'elif' if i else 'if'} s.as_of >= {line.since}:")
            self.indent += 1
            self.line(f"base = {self.value(line.value).text}")
            self.indent -= 1
        if declared.lines:
            self.line("else:")
            self.line("    base = U")
        else:
            self.line("base = U")
        self.excepted(declared)

    def score(self, name: str) -> None:
        declared = self.module.program.scores[name]
        self.line("sure = open_ = 0")
        self.line("fault = False")
        for question in declared.questions:
            value = self.value(question.condition)
            self.line(f"if {value.text} is True: sure += 1")
            self.line(f"elif {value.text} is U:")
            self.line("    open_ += 1")
            if not self.module.is_safe(question.condition):
                self.line("    fault = True")
        self.line("if fault: found = U")
        self.line(f"elif sure >= {declared.target}: found = True")
        self.line(f"else: found = False if sure + open_ < {declared.target} else U")

    def listed(self, name: str) -> str:
        return self.kept("list", name, "s").text

    def shortlist(self, name: str) -> None:
        """The rows that are not surely dropped, each with whether it remains; `U` where a line
        that may meet a fault is not known."""
        declared = self.module.program.shortlists[name]
        row = f"r_{declared.table}"
        if declared.parent:
            self.line(f"before = {self.listed(declared.parent)}")
            self.line("if before is U:")
            self.line(f"    s.kept[{self.module.slots['list', name]}] = U")
            self.line("    return U")
            self.line("found = []")
            self.line(f"for {row}, remains in before:")
        else:
            self.line("found = []")
            self.line(f"for {row} in s.day.rows({declared.table!r}):")
            self.line("    remains = True")
        self.indent += 1
        for line in declared.lines:
            value = self.value(line.condition)
            if value.text == "True":
                continue
            self.line(f"if {value.text} is False: continue")
            if not self.module.is_safe(line.condition):
                self.line(f"if {value.text} is U:")
                self.line("    found = U")
                self.line("    break")
            elif not value.sure:
                self.line(f"if {value.text} is U: remains = U")
        self.line(f"found.append(({row}, remains))")
        self.indent -= 1


def _tuple(values: Sequence[_Value]) -> str:
    return f"({''.join(f'{value.text}, ' for value in values)})"
