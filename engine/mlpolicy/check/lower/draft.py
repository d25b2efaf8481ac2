"""What lowering works on: the declarations with their types, and the parts of the program
made so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlpolicy.check.declare import Signatures, Value
from mlpolicy.check.inputs import Schema
from mlpolicy.check.names import Names, References
from mlpolicy.check.report import Report
from mlpolicy.check.typecheck.context import Expressions, Here
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.core import program as core
from mlpolicy.core.scopes import Scope
from mlpolicy.core.types import DATE, FLAG
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a program is made of. The mappings are in the order of the names."""

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
    reports: dict[str, core.Report] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A program in the making: what the declarations say, and the parts made of them so far."""

    names: Names
    signatures: Signatures
    expressions: Expressions
    references: References
    schema: Schema | None
    report: Report
    parts: Parts = field(default_factory=Parts)

    def scope(self, path: tree.PathLiteral) -> Scope:
        """The scope of a path; any, where it is none, which is reported."""
        return self.names.scope(path)


def here_in(source: Source, label: str, value: Value | None = None) -> Here:
    """The place of an expression of a declaration, called `label`, with its key or row if it has
    one."""
    here = Here(source=source, label=label)
    if value is None:
        return here
    rows = frozenset({value.of}) if value.of not in ("", "?") else frozenset[str]()
    return replace(here, parameter=value.parameter, key=value.key, rows=rows)


def days_of(
    draft: Draft, force: tree.InForce, what: str, source: Source
) -> tuple[int | None, int | None]:
    """The first day that counts and the first that does not any more, as ordinals."""
    since = None if force.since is None else ordinal(force.since)
    until = None if force.until is None else ordinal(force.until)
    if since is not None and until is not None and until <= since:
        message = f"{what} ends before it begins"
        help = "correct `from` or `until`: the first day counts, the last does not"
        draft.report.error("MLP0410", message, source, force.span, help)
    return since, until


def days_in(draft: Draft, force: tree.InForce, what: str, source: Source) -> tuple[core.Expr, ...]:
    """The conditions that the day decided for is one of those on which something holds."""
    since, until = days_of(draft, force, what, source)
    parts: list[core.Expr] = []
    edges = (("from", force.since), ("until", force.until))
    form = " ".join(f"{word} {node.text}" for word, node in edges if node is not None)
    origin = Origin(source, force.span, form)
    for operator, day, node in ((">=", since, force.since), ("<", until, force.until)):
        if day is not None and node is not None:
            edge = core.Const(day, type=DATE, origin=Origin(source, node.span))
            as_of = core.AsOf(type=DATE, origin=origin)
            made = core.Apply(operator=operator, operands=(as_of, edge), type=FLAG, origin=origin)
            parts.append(made)
    return tuple(parts)


def once(draft: Draft, name: tree.Name, seen: dict[str, tree.Name], source: Source) -> None:
    """Notes a name inside a declaration; a second one of that name is reported."""
    if name.text in seen:
        label = Label(Origin(source, seen[name.text].span), "the first one")
        message = f"`{name.text}` is declared twice"
        help = "give one of them another name"
        draft.report.error("MLP0201", message, source, name.span, help, (label,))
    seen.setdefault(name.text, name)
