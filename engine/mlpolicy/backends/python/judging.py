"""Trees, rules, obligations and what is read of a manifest, as functions of the compiled form.

Each says what comes out where all that it rests on is known, else that it is not known: then the
reference is asked. No steps are made, and no residual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, assert_never

from mlpolicy.backends.python.generate import _Body, _Module
from mlpolicy.backends.python.plain import (
    FIRED,
    KEPT_OUT,
    MET,
    NOT_KNOWN,
    NOT_OWED,
    OVERDUE,
    OWED,
    PASSED,
    ends,
)
from mlpolicy.core.program import (
    GotoNode,
    HoldNode,
    IfNode,
    Input,
    LeafNode,
    Obligation,
    PathRef,
    Rule,
    TreeNode,
)
from mlpolicy.core.terms import Per
from mlpolicy.core.types import EnumType, FlagType, Quantity

T = TypeVar("T")

#: How many arms of a tree are written within one another before a function of their own begins.
_MOST_INDENTED = 20


def take_all(module: _Module) -> list[str]:
    """Writes the functions of a program, and gives the lines that name them."""
    program = module.program
    rules = {name: _rule(rule, f"j{i}", module) for i, (name, rule) in _each(program.rules)}
    duties = {name: _duty(owed, f"o{i}", module) for i, (name, owed) in _each(program.obligations)}
    _Trees(module).all()
    _look(module)
    tree = f"tree_{sorted(program.trees).index(program.decision)}" if program.decision else "None"
    return [f"RULES = {_table(rules)}", f"DUTIES = {_table(duties)}", f"TREE = {tree}"]


def _each(declared: Mapping[str, T]) -> Iterator[tuple[int, tuple[str, T]]]:
    return enumerate(sorted(declared.items()))


def _table(functions: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name!r}: {function}" for name, function in functions.items()) + "}"


# ── Rules and obligations ────────────────────────────────────────────────────────────────


def _rule(rule: Rule, name: str, module: _Module) -> str:
    """What became of a rule. What its line `if unknown` asks is of no matter where its condition is
    known, unless that meets a fault."""
    body = module.begin(name, ())
    if rule.guard is not None:
        guard = body.value(rule.guard)
        body.line(f"if {guard.text} is False:")
        body.line(f"    return {KEPT_OUT}")
        if not guard.sure:
            body.line(f"if {guard.text} is U:")
            body.line(f"    return {NOT_KNOWN}")
    when = body.value(rule.when)
    if not when.sure:
        body.line(f"if {when.text} is U:")
        body.line(f"    return {NOT_KNOWN}")
    beside = rule.if_unknown.when if rule.if_unknown is not None else None
    if beside is not None and not module.is_safe(beside):
        found = body.value(beside)
        body.line(f"if {found.text} is U:")
        body.line(f"    return {NOT_KNOWN}")
    body.line(f"return {FIRED} if {when.text} else {PASSED}")
    return name


def _duty(obligation: Obligation, name: str, module: _Module) -> str:
    """Where an obligation stands; `owed` says that it is owed on the way to the answer."""
    body = module.begin(name, ("owed",))
    body.line("if not owed:")
    body.indent += 1
    if obligation.when is None:
        body.line(f"return {NOT_OWED}")
    else:
        when = body.value(obligation.when)
        body.line(f"if {when.text} is U: return None")
        body.line(f"if not {when.text}: return {NOT_OWED}")
    body.indent -= 1
    for condition, state in ((obligation.met_when, MET), (obligation.due_when, OVERDUE)):
        if condition is not None:
            found = body.value(condition)
            body.line(f"if {found.text} is U: return None")
            body.line(f"if {found.text}: return {state}")
    body.line(f"return {OWED}")
    return name


# ── Trees ────────────────────────────────────────────────────────────────────────────────


class _Trees:
    """The functions of the trees: each gives the number of the leaf that it ends in (`ends`)."""

    def __init__(self, module: _Module) -> None:
        self.module = module
        self.names = {name: f"tree_{i}" for i, name in enumerate(sorted(module.program.trees))}
        self.numbers = {id(end): i for i, end in enumerate(ends(module.program))}
        self.waiting: list[tuple[str, TreeNode]] = []

    def all(self) -> None:
        """Writes them."""
        for name, function in self.names.items():
            self.waiting.append((function, self.module.program.trees[name].root))
        parts = 0
        while self.waiting:
            function, root = self.waiting.pop()
            body = self.module.begin(function, ())
            arms = [(root, 1)]
            while arms:
                node, body.indent = arms.pop()
                if body.indent > _MOST_INDENTED:
                    parts += 1
                    self.waiting.append((f"arm_{parts}", node))
                    body.line(f"return arm_{parts}(s)")
                else:
                    arms.extend(self.node(node, body))

    def node(self, node: TreeNode, body: _Body) -> list[tuple[TreeNode, int]]:
        """Writes a node, and gives those to be written next, the last one first."""
        match node:
            case LeafNode() | HoldNode():
                body.line(f"return {self.numbers[id(node)]}")
                return []
            case GotoNode(tree=tree):
                body.line(f"found = {self.names[tree]}(s)")
                body.line(f"return None if found is None else ({self.numbers[id(node)]}, found)")
                return []
            case IfNode(condition=condition, yes=yes, no=no):
                here = body.indent
                found = body.value(condition)
                if not found.sure:
                    body.line(f"if {found.text} is U: return None")
                body.line(f"if {found.text}:")
                return [(no, here), (yes, here + 1)]
            case _:
                assert_never(node)


# ── What is stated ───────────────────────────────────────────────────────────────────────


def _look(module: _Module) -> None:
    """The functions that read every stated field that inputs are. A field that is one by itself is
    read here; of all else, and of what is more than a plain value, the runtime reads it."""
    for per, name in ((Per.EACH, "look_at_each"), (Per.SHARED, "look_at_project")):
        body = module.begin(name, ("stated",))
        body.line("kept = s.kept")
        groups: dict[tuple[str, ...], str] = {(): "stated"}
        for declared in module.program.inputs.values():
            if declared.per is not per or ("input", declared.name) not in module.slots:
                continue
            path = _field(declared, per)
            if path is None:
                body.line(f"s.code.inputs[{declared.name!r}].look(s)")
                continue
            for i in range(1, len(path.steps)):
                above = path.steps[:i]
                if above not in groups:
                    groups[above] = f"g{len(groups)}"
                    inside = groups[path.steps[: i - 1]]
                    body.line(f"{groups[above]} = below({inside}.get({path.steps[i - 1]!r}))")
            body.line(f"fact = {groups[path.steps[:-1]]}.get({path.steps[-1]!r})")
            body.line("if fact is not None:")
            body.indent += 1
            _read(declared, path, module, body)
            body.indent -= 1


def _field(declared: Input, per: Per) -> PathRef | None:
    """The one field that an input is, if it is one of what it is read for."""
    if declared.key is not None or len(declared.sources) != 1:
        return None
    path = declared.sources[0].value
    if not isinstance(path, PathRef) or any(step.startswith("{") for step in path.steps):
        return None
    return path if path.scope.is_each is (per is Per.EACH) and path.type == declared.type else None


def _read(declared: Input, path: PathRef, module: _Module, body: _Body) -> None:
    slot = module.slots["input", declared.name]
    body.line("value = fact.value")
    test = None
    match declared.type:
        case FlagType():
            test = "value.__class__ is bool"
        case EnumType(members=members):
            test = f"value.__class__ is str and value in {module.members(members)}"
        case Quantity(unit):
            test = "value.__class__ is Fraction"
            held = "value.numerator if value.denominator == 1 else value"
            if unit.scale == 1:
                body.line(f"if {test}: value = {held}")
            else:
                body.line(f"if {test}:")
                body.line(f"    value = value * {module.number(unit.scale)}")
                body.line(f"    value = {held}")
            limits = ["value.__class__ is int or value.__class__ is Fraction"]
            if declared.low is not None:
                sign = "<" if declared.low_open else "<="
                limits.append(f"{module.number(declared.low)} {sign} value")
            if declared.high is not None:
                limits.append(f"value <= {module.number(declared.high)}")
            test = " and ".join(f"({each})" for each in limits)
        case _:
            pass
    if test is None:
        body.line(f"s.code.inputs[{declared.name!r}].look(s)")
        return
    body.line(f"if {test}: kept[{slot}] = value")
    body.line(f"else: s.code.inputs[{declared.name!r}].look(s)")
