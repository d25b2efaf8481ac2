"""Bare words, named values and manifest fields: what a name means where it stands."""

from __future__ import annotations

from dataclasses import replace

from mlpolicy.check.declare import find, is_scope, unknown_field
from mlpolicy.check.inputs import Field, FieldKind, Missing
from mlpolicy.check.names import BUILT_IN_VALUES, unknown_name
from mlpolicy.check.typecheck.context import ANY, BROKEN, Expressions, Here, Wanted, origin_of
from mlpolicy.check.typecheck.fit import expect, typed, unknown_member
from mlpolicy.core import program as core
from mlpolicy.core.terms import DeclaredAs, Which
from mlpolicy.core.types import DATE, TEXT, EnumType, RowType, TextType
from mlpolicy.source import Origin
from mlpolicy.suggest import listing
from mlpolicy.syntax import tree


def is_value(env: Expressions, name: str, here: Here) -> bool:
    """Does a bare `name` stand for a value here, whatever type is wanted?"""
    return (
        (name == here.parameter and bool(name))
        or name in here.variables
        or name in here.rows
        or name in env.signatures.values
        or name in BUILT_IN_VALUES
    )


def is_bare(env: Expressions, node: tree.Expr, here: Here) -> bool:
    """Is it a bare word whose meaning the other side of an operator has to give?"""
    match node:
        case tree.Var():
            return not is_value(env, node.name, here)
        case tree.SetLiteral() | tree.ListLiteral():
            return all(is_bare(env, item, here) for item in node.items)
        case tree.UnknownLiteral() | tree.AnyLiteral():
            return True
        case tree.Binary(operator="+"):
            return is_bare(env, node.left, here) and is_bare(env, node.right, here)
        case _:
            return False


def both_sides(
    env: Expressions, left: tree.Expr, right: tree.Expr, here: Here, want: Wanted = ANY
) -> tuple[core.Expr | None, core.Expr | None]:
    """Both sides of an operator, where each gives the bare words of the other their meaning."""
    first, second = left, right
    turned = is_bare(env, left, here) and not is_bare(env, right, here)
    if turned:
        first, second = right, left
    one = typed(env, first, want, here)
    other = typed(env, second, BROKEN if one is None else one.type, here)
    return (other, one) if turned else (one, other)


def typed_name(env: Expressions, node: tree.Var, want: Wanted, here: Here) -> core.Expr | None:
    """What a bare word means here: a value, a member of what is wanted, or a text."""
    name, origin = node.name, origin_of(node, here.source)
    if name == here.parameter and name:
        if here.key is None:
            return None
        return core.ParameterRef(name, type=here.key, origin=origin)
    if name in here.variables:
        variable = here.variables[name]
        return core.VariableRef(variable.name, type=variable.type, origin=origin)
    if name in here.rows:
        return core.RowRef(name, type=RowType(name), origin=origin)
    value = name in env.signatures.values or name in BUILT_IN_VALUES
    if isinstance(want, EnumType) and name in want.members:
        if value:
            message = f"`{name}` may be a member of `{want}` or a value of that name"
            help = "give the value another name"
            env.error("MLP0208", message, node.span, here, help)
            return None
        return core.Const(name, type=want, origin=origin)
    if value:
        return typed_value(env, name, None, origin, here)
    if name in env.signatures.tables or name in env.signatures.shortlists:
        message = f"`{name}` is a list of rows and no value"
        if name in env.signatures.shortlists:
            help = f"write `any {name}` or `first {name}`"
        else:
            help = f"look a row up: `{name}[KEY].COLUMN`"
        env.error("MLP0418", message, node.span, here, help)
        return None
    if isinstance(want, TextType):
        return core.Const(name, type=TEXT, origin=origin)
    if want == BROKEN:
        return None
    if isinstance(want, EnumType):
        unknown_member(env, name, want, node.span, here)
        return None
    outputs = [each for each in env.signatures.values if each.startswith(f"{name}.")]
    if outputs:
        message = f"`{name}` has several outputs and is no single value"
        env.error("MLP0213", message, node.span, here, f"name one of them: {', '.join(outputs)}")
        return None
    _unknown(env, node, here)
    return None


def _unknown(env: Expressions, node: tree.Var, here: Here) -> None:
    """Reports a word that is no name here: it may be a column of a row, or a rule."""
    name = node.name
    for row in sorted(here.rows):
        table = env.signatures.tables.get(row)
        if table is not None and name in table.columns:
            message = f"`{name}` is a column, and this does not say of what"
            env.error("MLP0202", message, node.span, here, f"write `{row}.{name}`")
            return
    known: set[str] = set()
    if env.report.guesses.left > 0:
        known = {*env.signatures.values, *here.variables, *here.rows, *BUILT_IN_VALUES}
    unknown_name(env.report, "name", name, known, here.source, node.span)


def typed_value(
    env: Expressions, name: str, argument: tree.Expr | None, origin: Origin, here: Here
) -> core.Expr | None:
    """A named value, with the argument it was called with."""
    if name in BUILT_IN_VALUES:
        return built_in(env, name, origin, here)
    signature = env.signatures.values[name]
    if signature.unlimited and not here.compared:
        message = f"`{name}` may be unlimited, so it has no number to work with"
        help = "compare it: `<`, `<=`, `>`, `>=`"
        env.error("MLP0309", message, origin.span, here, help)
        return None
    key: core.Expr | None = None
    if signature.keyed:
        if argument is None:
            sample = signature.key.members[0] if signature.key else signature.parameter
            message = f"`{name}` has a value for each `{signature.parameter}`"
            env.error("MLP0308", message, origin.span, here, f"say which: `{name}({sample})`")
            return None
        key = expect(env, argument, signature.key, replace(here, compared=False))
        if key is None:
            return None
    if signature.of:
        if signature.of != "?":
            message = f"`{name}` is a column of `{signature.of}`"
            help = f"say of which row: `{signature.of}.{name}`"
            env.error("MLP0308", message, origin.span, here, help)
        return None
    if signature.type is None:
        return None
    if signature.kind is DeclaredAs.INPUT:
        return core.InputRef(name=name, key=key, type=signature.type, origin=origin)
    if signature.kind is DeclaredAs.BAR:
        return core.BarRef(name, type=signature.type, origin=origin)
    return core.DefRef(name=name, key=key, type=signature.type, origin=origin)


def built_in(env: Expressions, name: str, origin: Origin, here: Here) -> core.Expr | None:
    """`as_of`, `answer` and `choice`."""
    if name == "as_of":
        return core.AsOf(type=DATE, origin=origin)
    if name == "choice" and not here.choice:
        message = "`choice` has a meaning only in a rule"
        help = "write `answer`, the choice that is shown, or move this into a rule"
        env.error("MLP0414", message, origin.span, here, help)
        return None
    outcome = env.signatures.outcome
    if outcome is None:
        if "outcome" not in env.report.lost:
            message = f"`{name}` stands for an answer, and this policy gives none"
            help = "declare an `outcome` and a `decision tree`, or leave it out"
            env.error("MLP0414", message, origin.span, here, help)
        return None
    return core.ChoiceRef(which=Which(name), type=outcome, origin=origin)


def typed_path(env: Expressions, node: tree.PathLiteral, here: Here) -> core.Expr | None:
    """A field of the manifest, where one may be named."""
    if not here.paths:
        env.report.mark_invalid()
        return None
    found = field_at(env, node, here)
    if found is None or env.schema is None:
        return None
    scope = env.schema.scopes.named(node.scope)
    assert scope is not None
    if found.kind is not FieldKind.VALUE:
        message = f"`{node}` has fields of its own and is no single value"
        env.error("MLP0205", message, node.span, here, "name one of its fields")
        return None
    origin = origin_of(node, here.source)
    return core.PathRef(scope=scope, steps=node.steps, type=found.type, origin=origin)


def field_at(env: Expressions, node: tree.PathLiteral, here: Here) -> Field | None:
    """The field of a path; of a keyed path, the first of those that exist. None where there is
    none, which is reported."""
    if env.schema is None:
        return None
    if not is_scope(env.schema, node, here.source, env.report):
        return None
    if all(step[:1] != "{" for step in node.steps):
        return find(env.schema, node, node.steps, here.source, env.report)
    for step in node.steps:
        if step[:1] == "{" and step[1:-1] != here.parameter:
            message = f"`{step}` is no key of this input"
            help = "write the key in brackets after the input's name, and `{KEY}` in the path"
            env.error("MLP0308", message, node.span, here, help)
            return None
    if here.key is None:
        return None
    fields = [env.schema.field(node.scope, s) for s in keyed_paths(node, here.key).values()]
    good = [f for f in fields if isinstance(f, Field)]
    if not good:
        message = f"the manifest schema has `{node}` for no member of `{here.key}`"
        steps, missing = max(
            zip(keyed_paths(node, here.key).values(), fields, strict=True),
            key=lambda pair: pair[1].depth if isinstance(pair[1], Missing) else 0,
        )
        assert isinstance(missing, Missing)
        if node.steps[missing.depth][:1] == "{":
            help = f"fields there: {listing(missing.known)}"
            env.error("MLP0215", message, node.span, here, help)
        else:
            unknown_field(env.report, env.schema, node, steps, missing, here.source)
        return None
    return good[0]


def keyed_paths(node: tree.PathLiteral, key: EnumType) -> dict[str, tuple[str, ...]]:
    """The path of each member of the key of a keyed input."""
    return {
        member: tuple(member if step[:1] == "{" else step for step in node.steps)
        for member in key.members
    }
