"""How people call what a policy declares: the titles of all declarations in, `Titles` out.

Two things of one kind with the same title could not be told apart in a view, so that is a fault, as
is a title for a word that the enum does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from mlpolicy.check.declare import STATUS, Signatures
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Declared, Names, unknown_name
from mlpolicy.check.report import Report
from mlpolicy.core.titles import Titles
from mlpolicy.core.types import EnumType, ListOf, SetOf, Type
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree

D = TypeVar("D", bound=tree.Node)


def titles(names: Names, signatures: Signatures, report: Report) -> Titles:
    """The titles of a policy. What is called twice, or the same as another, is reported."""
    members: dict[str, dict[str, str]] = {}
    for name, declared in sorted(names.types.items()):
        more = signatures.statuses if isinstance(declared.node, tree.OutcomeDecl) else ()
        found = _members(declared, signatures.enums.get(name), more, report)
        if found:
            members[name] = found
    if signatures.statuses and names.outcome is not None:
        own = members.get(names.outcome.node.name.text, {})
        members[STATUS] = {s: own.pop(s) for s in signatures.statuses if s in own}
    lines: dict[str, dict[str, str]] = {}
    for name, value in sorted(names.values.items()):
        if isinstance(value.node, tree.ShortlistDecl):
            said = ((each.name.text, each.title, value.source) for each in value.node.lines)
            if of_lines := _distinct(said, report):
                lines[name] = of_lines
    return Titles(
        values=_distinct(((n, d.node.title, d.source) for n, d in _by_name(names.values)), report),
        types=_distinct(((n, d.node.title, d.source) for n, d in _by_name(names.types)), report),
        trees=_distinct(((n, d.node.title, d.source) for n, d in _by_name(names.trees)), report),
        findings=_distinct(
            ((n, d.node.title, d.source) for n, d in _by_name(names.findings)), report
        ),
        members=members,
        lines=lines,
        outcome=signatures.outcome.name if signatures.outcome is not None else "",
        of_status=STATUS,
        attributes={
            name: enum
            for name, kind in sorted(signatures.attributes.items())
            if (enum := _enum_of(kind))
        },
    )


def of_rows(called: Titles, names: Names, parts: Parts) -> Titles:
    """The titles, with one for each rule of a row of a catalogue: the title of the rule for each
    row, and the words of the key."""
    findings = dict(called.findings)
    for rule in parts.rules.values():
        if rule.family not in called.findings:
            continue
        node = names.findings[rule.family].node
        assert isinstance(node, tree.RuleDecl)
        assert node.each is not None
        catalog = parts.catalogs[node.each.text]
        enums = (_enum_of(catalog.columns[key]) for key in catalog.keys)
        words = rule.name.removeprefix(f"{rule.family}.").split(".")
        key = ", ".join(called.member(*each) for each in zip(enums, words, strict=True))
        findings[rule.name] = f"{called.findings[rule.family]}: {key}"
    return replace(called, findings=findings)


def _by_name(space: Mapping[str, Declared[D]]) -> Iterable[tuple[str, Declared[D]]]:
    return sorted(space.items())


def _enum_of(kind: Type | None) -> str:
    kind = kind.element if isinstance(kind, SetOf | ListOf) else kind
    return kind.name if isinstance(kind, EnumType) else ""


def _members(
    declared: Declared[tree.OutcomeDecl | tree.EnumDecl],
    enum: EnumType | None,
    more: tuple[str, ...],
    report: Report,
) -> dict[str, str]:
    """The titles of the members of an enum, and of `more` words below it."""
    source = declared.source
    first: dict[str, tree.Called] = {}
    for called in declared.node.called:
        word = called.name.text
        if word in first:
            label = Label(Origin(source, first[word].name.span), "called first here")
            message = f"`{word}` is called twice"
            report.error("MLP0201", message, source, called.name.span, "keep one of them", (label,))
            continue
        first[word] = called
        if enum is not None and word not in (*enum.members, *more):
            unknown_name(
                report,
                "member",
                word,
                enum.members,
                source,
                called.name.span,
                "MLP0207",
                of=enum.name,
            )
    return _distinct(((word, called.title, source) for word, called in first.items()), report)


def _distinct(
    said: Iterable[tuple[str, tree.Title | None, Source]], report: Report
) -> dict[str, str]:
    """The titles by name. The second of two that are the same is reported."""
    titles: dict[str, str] = {}
    first: dict[str, tuple[str, tree.Title, Source]] = {}
    for name, title, source in said:
        if title is None:
            continue
        titles[name] = title.text
        key = " ".join(title.text.casefold().split())
        if key in first:
            other, earlier, where = first[key]
            report.error(
                "MLP0217",
                f"`{name}` and `{other}` have the same title",
                source,
                title.span,
                "say what is different about each: a reader sees nothing but the titles",
                (Label(Origin(where, earlier.span), "the same here"),),
            )
        else:
            first[key] = (name, title, source)
    return titles
