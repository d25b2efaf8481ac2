"""What the parser makes of a snippet, in words.

A case is a policy snippet in an `mlp` block, and either a `tree` block (the nodes the snippet
becomes) or an `errors` block (one line each: code, the underlined text between guillemets,
message; then the help).
"""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction

from mlpolicy.diagnostics import Diagnostic
from mlpolicy.source import Source
from mlpolicy.syntax import tree as t
from mlpolicy.syntax.parse import parse
from tests.mdcase import Case


def actual(case: Case) -> str:
    """What the parser makes of a case, in the form of its expectation."""
    file, problems = parse(Source("case.mlp", case.one("mlp").text))
    if case.kind == "errors":
        return "".join(map(told, problems))
    assert not problems, "".join(map(told, problems))
    lines = [dump(declaration) for declaration in file.declarations]
    lines += [f"comment: {comment.text.strip()}" for comment in file.comments]
    return "\n".join(lines) + "\n"


def told(problem: Diagnostic) -> str:
    assert problem.origin is not None
    underlined = problem.origin.text.replace("\t", "→")
    help = f"    {problem.help}\n" if problem.help else ""
    return f"{problem.code} «{underlined}» {problem.message}\n{help}"


def dump(value: object, indent: int = 0, width: int = 96) -> str:
    """A node by its class and the fields that say something."""
    flat = _flat(value)
    if len(flat) + indent <= width or not isinstance(value, (t.Node, tuple)):
        return flat
    step = " " * (indent + 2)
    if isinstance(value, tuple):
        inner = ",\n".join(step + dump(item, indent + 2) for item in value)
        return f"[\n{inner}]"
    parts = [f"{step}{name}={dump(item, indent + 2)}" for name, item in _said(value)]
    return f"{type(value).__name__}(\n" + ",\n".join(parts) + ")"


def _flat(value: object) -> str:
    match value:
        case t.Name():
            return value.text
        case t.TypeName():
            return f"<{value.text}>"
        case t.Ref() | t.PathLiteral():
            return str(value)
        case t.Var():
            return f"Var({value.name})"
        case t.DateLiteral():
            return value.text
        case t.Node():
            inner = ", ".join(f"{name}={_flat(item)}" for name, item in _said(value))
            return f"{type(value).__name__}({inner})"
        case tuple():
            return f"[{', '.join(map(_flat, value))}]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"') + '"'
        case Fraction():
            return str(value)
        case bool():
            return "yes" if value else "no"
        case _:
            return repr(value)


def _said(node: t.Node) -> list[tuple[str, object]]:
    values = [(f.name, getattr(node, f.name)) for f in fields(node) if f.compare]
    return [(name, value) for name, value in values if value not in ((), None, "")]
