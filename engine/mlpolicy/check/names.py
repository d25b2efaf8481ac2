"""Collects the declarations of all files into one namespace, and finds what is declared twice.

In go the files, out comes `Names`: every declaration under its name, with the source it stands
in. Files are read in the order of their names, so that nothing depends on how they were found.

There are seven kinds of name, each with a space of its own: values (inputs, definitions, bars,
scores, tables, catalogues, records, shortlists), types (the outcome and enums), trees,
findings (rules and obligations), exceptions, sources and units. A catalogue's name is a type
too, that of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from mlpolicy.check.report import Report
from mlpolicy.core.currencies import CODES, written
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.scopes import Scope, Scopes, scopes_of
from mlpolicy.core.types import BASE_UNITS
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source, Span
from mlpolicy.suggest import listing
from mlpolicy.syntax import foreign, tree
from mlpolicy.syntax.visit import walk

#: Names with a meaning of their own, which no declaration may take.
BUILT_IN_VALUES = ("as_of", "choice", "answer")
_FUNCTIONS = tuple(row for row in OPERATORS.values() if row.is_function)
FUNCTIONS = (*(row.name for row in _FUNCTIONS), "charge")
#: A function that came later leaves its name to the policies that have it already.
RESERVED = (*BUILT_IN_VALUES, *(row.name for row in _FUNCTIONS if not row.later), "charge")
#: What other languages call a value or a function, with what to write here.
FOREIGN: Mapping[str, Mapping[str, str]] = {"name": foreign.NAMES, "function": foreign.FUNCTIONS}
BUILT_IN_TYPES = ("flag", "text", "date", "time", "date-time")

D_co = TypeVar("D_co", bound=tree.Node, covariant=True)
D = TypeVar("D", bound=tree.Node)


@dataclass(frozen=True, slots=True)
class Declared(Generic[D_co]):
    """A declaration and the source it stands in."""

    node: D_co
    source: Source

    @property
    def origin(self) -> Origin:
        """Where the declaration stands."""
        return Origin(self.source, self.node.span)


ValueDecl = (
    tree.InputDecl
    | tree.ThresholdDecl
    | tree.DefineDecl
    | tree.ScoreDecl
    | tree.TableDecl
    | tree.CatalogDecl
    | tree.RecordsDecl
    | tree.ShortlistDecl
)
FindingDecl = tree.RuleDecl | tree.ObligationDecl

#: What only a core says, and no extension of it.
_OF_THE_CORE: Mapping[type, str] = {
    tree.ManifestDecl: "a `manifest` line",
    tree.CurrencyDecl: "a `currency` line",
    tree.OutcomeDecl: "an `outcome`",
    tree.TreeDecl: "a tree",
}
TypeDecl = tree.OutcomeDecl | tree.EnumDecl


def _of_the_core(node: tree.Decl) -> str:
    """What a declaration is that only a core says; empty for any other."""
    if isinstance(node, tree.DefineDecl) and node.keyword == "cost":
        return "a `cost`"
    return _OF_THE_CORE.get(type(node), "")


@dataclass(slots=True, kw_only=True)
class Names:
    """All declarations, by kind and name; the first one where there are two."""

    policy: Declared[tree.PolicyDecl] | None = None
    extensions: dict[str, Declared[tree.PolicyDecl]] = field(default_factory=dict)
    belongs: dict[str, str] = field(default_factory=dict)
    manifest: Declared[tree.ManifestDecl] | None = None
    currency: Declared[tree.CurrencyDecl] | None = None
    outcome: Declared[tree.OutcomeDecl] | None = None
    values: dict[str, Declared[ValueDecl]] = field(default_factory=dict)
    types: dict[str, Declared[TypeDecl]] = field(default_factory=dict)
    trees: dict[str, Declared[tree.TreeDecl]] = field(default_factory=dict)
    findings: dict[str, Declared[FindingDecl]] = field(default_factory=dict)
    former: dict[str, Declared[tree.Name]] = field(default_factory=dict)
    exceptions: dict[str, Declared[tree.ExceptionDecl]] = field(default_factory=dict)
    sources: dict[str, Declared[tree.SourceDecl]] = field(default_factory=dict)
    units: dict[str, Declared[tree.Name]] = field(default_factory=dict)
    converts: list[Declared[tree.ConvertDecl]] = field(default_factory=list)
    reports: list[Declared[tree.ReportDecl]] = field(default_factory=list)
    tests: list[Declared[tree.TestDecl]] = field(default_factory=list)

    def extension_of(self, source: Source) -> str:
        """The extension that a file belongs to; empty for one of the core."""
        return self.belongs.get(source.name, "")

    def scopes(self) -> Scopes | None:
        """The words that the policy has for what it decides; None without a `manifest` line."""
        return None if self.manifest is None else scopes_of_line(self.manifest.node)

    def scope(self, path: tree.PathLiteral) -> Scope:
        """The scope that a path begins with; where the policy has none of that word, which is
        reported, one that nothing else has."""
        scopes = self.scopes()
        found = None if scopes is None else scopes.named(path.scope)
        return found or Scope(True, path.scope)

    def value(self, name: str) -> Declared[ValueDecl]:
        """The declaration of a value; of an output of a table (`terms.rate`) that of the table."""
        found = self.values.get(name)
        return self.values[name.partition(".")[0]] if found is None else found

    def table(self, name: str) -> Declared[ValueDecl] | None:
        """The catalogue or the records of that name; None where neither is called so."""
        found = self.values.get(name)
        if found is not None and isinstance(found.node, tree.CatalogDecl | tree.RecordsDecl):
            return found
        return None

    def tables(self) -> Iterable[str]:
        """The names of all catalogues and records, in alphabetical order."""
        return (n for n in sorted(self.values) if self.table(n) is not None)

    def shortlists(self) -> Iterable[str]:
        """The names of all shortlists, in alphabetical order."""
        return (n for n, d in sorted(self.values.items()) if isinstance(d.node, tree.ShortlistDecl))


def scopes_of_line(node: tree.ManifestDecl) -> Scopes:
    """The scopes that a `manifest` line declares."""
    each, items = (part.text if part is not None else "" for part in (node.each, node.items))
    return scopes_of(node.shared.text, each, items)


def lost(files: Sequence[tuple[Source, tree.File]]) -> frozenset[str]:
    """What the parser could not read: the first words, and all names before a colon or an equals
    sign, of those lines in column 1 at which no declaration begins. They are not reported as
    unknown."""
    words: set[str] = set()
    for source, file in files:
        begins = {declaration.span.start for declaration in file.declarations}
        for line in re.finditer(r"^[^\s#].*$", source.text, flags=re.M):
            if line.start() not in begins:
                head = re.split(r"[:=]", line.group(), maxsplit=1)[0]
                said = re.findall(r"[A-Za-z_][\w-]*", head)
                words.update(said)
                words.update(re.findall(r'^test[ ]+"([^"\n]*)"', line.group()))
                # A name that is written as several words is used as one.
                words.update(sign.join(said[1:]) for sign in ("_", "-"))
    return frozenset(words)


def in_reading_order(
    files: Sequence[tuple[Source, tree.File]],
) -> list[tuple[Source, tree.File]]:
    """The files by their names. Every pass reads them so, and where something is declared twice
    the first declaration counts."""
    return sorted(files, key=lambda pair: pair[0].name)


def collect(
    files: Sequence[tuple[Source, tree.File]],
    report: Report,
    extensions: Mapping[str, Sequence[tuple[Source, tree.File]]] = MappingProxyType({}),
) -> Names:
    """Every declaration of all files, under its name: those of the policy, then those of its
    extensions, which stand under the names that they have."""
    names = Names()
    for source, file in in_reading_order(files):
        for declaration in file.declarations:
            _add(names, declaration, source, report)
    for name, extension in extensions.items():
        for source, file in in_reading_order(extension):
            names.belongs[source.name] = name
            _of_extension(names, source, file, report)
    for name, old in names.former.items():
        if name in names.findings:
            _twice(names.findings[name], old.node, old.source, report)
    _check_headers(names, files, report)
    return names


def _of_extension(names: Names, source: Source, file: tree.File, report: Report) -> None:
    """What a file of an extension declares, but for what only its core may say."""
    for declaration in file.declarations:
        if isinstance(declaration, tree.PolicyDecl):
            names.extensions[declaration.name.text] = Declared(declaration, source)
        elif what := _of_the_core(declaration):
            message = f"an extension has {what}, which only its core may have"
            help = "take it out: an extension adds to what is found, its core gives the answer"
            report.error("MLP0440", message, source, declaration.span, help)
        else:
            _add(names, declaration, source, report)


def _add(names: Names, node: tree.Decl, source: Source, report: Report) -> None:  # noqa: C901 - one match over all declarations
    match node:
        case tree.PolicyDecl():
            if names.policy is None:
                names.policy = Declared(node, source)
            else:
                _second("policy", "MLP0402", names.policy, node, source, report)
        case tree.ManifestDecl():
            if names.manifest is None:
                names.manifest = Declared(node, source)
            else:
                _second("manifest", "MLP0402", names.manifest, node, source, report)
        case tree.CurrencyDecl():
            if names.currency is None:
                names.currency = Declared(node, source)
            else:
                _second("currency", "MLP0402", names.currency, node, source, report)
            _check_currency(node.name, source, report)
        case tree.OutcomeDecl():
            if names.outcome is None:
                names.outcome = Declared(node, source)
                _enter(names.types, node.name, Declared(node, source), report)
                _check_type_name(names, node.name, source, report)
            else:
                _second("outcome", "MLP0402", names.outcome, node, source, report)
        case tree.EnumDecl():
            _enter(names.types, node.name, Declared(node, source), report)
            _check_type_name(names, node.name, source, report)
        case tree.SourceDecl():
            _enter(names.sources, node.name, Declared(node, source), report)
        case tree.UnitDecl():
            for name in node.names:
                if name.text in BASE_UNITS:
                    message = f"`{name.text}` is a unit of the language"
                    help = "take it out: it needs no declaration"
                    report.error("MLP0209", message, source, name.span, help)
                else:
                    _enter(names.units, name, Declared(name, source), report)
        case tree.ConvertDecl():
            names.converts.append(Declared(node, source))
        case tree.TreeDecl():
            _enter(names.trees, node.name, Declared(node, source), report)
        case tree.ExceptionDecl():
            _enter(names.exceptions, node.name, Declared(node, source), report)
        case tree.RuleDecl() | tree.ObligationDecl():
            finding: Declared[FindingDecl] = Declared(node, source)
            _enter(names.findings, node.name, finding, report)
            for old in node.was if isinstance(node, tree.RuleDecl) else ():
                _enter(names.former, old.name, Declared(old.name, source), report)
        case tree.ReportDecl():
            names.reports.append(Declared(node, source))
        case tree.TestDecl():
            names.tests.append(Declared(node, source))
        case _:
            if node.name.text in RESERVED:
                _reserved(node.name, source, report)
            value: Declared[ValueDecl] = Declared(node, source)
            _enter(names.values, node.name, value, report)


def _enter(
    space: dict[str, Declared[D]], name: tree.Name, declared: Declared[D], report: Report
) -> None:
    first = space.get(name.text)
    if first is None:
        space[name.text] = declared
        return
    _twice(first, name, declared.source, report)
    # The first declaration counts. Whoever means the second finds nothing of what it names.
    within = walk(declared.node)  # type: ignore[arg-type] # every declaration is one of its nodes
    report.lose(each.text for each in within if isinstance(each, tree.Name))


def _twice(first: Declared[Any], name: tree.Name, source: Source, report: Report) -> None:
    label = Label(Origin(first.source, _name(first.node).span), "declared here first")
    report.error(
        "MLP0201",
        f"`{name.text}` is declared twice",
        source,
        name.span,
        "give one of them another name, or take it out",
        (label,),
    )


def _name(node: tree.Node) -> tree.Name:
    """The name that a declaration declares."""
    name = node if isinstance(node, tree.Name) else getattr(node, "name", None)
    assert isinstance(name, tree.Name)
    return name


def _second(
    what: str,
    code: str,
    first: Declared[tree.Node],
    node: tree.Node,
    source: Source,
    report: Report,
) -> None:
    label = Label(first.origin, "the first one")
    help = "keep one: all files of a policy are one namespace"
    report.error(code, f"a second `{what}` line", source, node.span, help, (label,))


def _check_type_name(names: Names, name: tree.Name, source: Source, report: Report) -> None:
    if name.text in BUILT_IN_TYPES or name.text in BASE_UNITS:
        _reserved(name, source, report)


def _check_currency(name: tree.Name, source: Source, report: Report) -> None:
    if name.text in CODES:
        return
    code = name.text.upper()
    known = (each for each in sorted(CODES) if name.text.casefold() in written(each))
    close = code if code in CODES else next(known, None)
    help = f"did you mean `{close}`?" if close else "write its code of three letters, as in `EUR`"
    report.lose(CODES)
    message = f"`{name.text}` is no currency of ISO 4217"
    report.error("MLP0304", message, source, name.span, help)


def _reserved(name: tree.Name, source: Source, report: Report) -> None:
    message = f"`{name.text}` is a word of the language"
    report.error("MLP0209", message, source, name.span, "choose another name")


def _check_headers(names: Names, files: Sequence[tuple[Source, tree.File]], report: Report) -> None:
    """What every policy must say once; and names that would be read in two ways."""
    first = min((source for source, _ in files), key=lambda s: s.name, default=Source("", ""))
    start = Span(0, 0)
    if names.policy is None and "policy" not in report.lost:
        help = "begin with `policy NAME 1.0.0 effective 2026-01-01`"
        report.error("MLP0401", "the policy has no `policy` line", first, start, help)
    if names.manifest is None and "manifest" not in report.lost:
        help = (
            'add `manifest KIND schema "FILE.schema.json" of SHARED, EACH in LIST`, '
            "in your own words"
        )
        report.error("MLP0401", "the policy has no `manifest` line", first, start, help)
    answers = any(d.node.decision for d in names.trees.values())
    if names.outcome is None and answers and "outcome" not in report.lost:
        help = "add `outcome NAME : simplest < … < most complex`"
        report.error("MLP0401", "the policy has no `outcome` line", first, start, help)
    currency = names.currency
    if currency is not None and currency.node.name.text in names.units:
        unit = names.units[currency.node.name.text]
        _twice(currency, unit.node, unit.source, report)
    for name in sorted(names.types):
        declared = names.types[name]
        other: Declared[tree.Node] | None = names.table(name) or names.units.get(name)
        if other is not None:
            spot = _name(other.node)
            label = Label(Origin(declared.source, declared.node.name.span), "declared here first")
            report.error(
                "MLP0201",
                f"`{name}` is declared twice, and both can be written as a type",
                other.source,
                spot.span,
                "give one of them another name",
                (label,),
            )


def unknown_name(
    report: Report,
    what: str,
    name: str,
    known: Iterable[str],
    source: Source,
    span: Span,
    code: str = "MLP0202",
    of: str = "",
) -> None:
    """Reports that nothing of kind `what` is called `name` (or nothing in `of` is). The help offers
    the nearest of the names in `known`, or lists them. Nothing is reported of a name that the
    parser could not read."""
    if name in report.lost:
        return
    candidates = sorted(set(known))
    elsewhere = FOREIGN.get(what, {}).get(name.casefold(), "")
    close = None if elsewhere else report.guesses.nearest(name, candidates)
    if elsewhere:
        help = elsewhere
    elif close is not None:
        help = f"did you mean `{close}`?"
    elif candidates:
        help = f"write one of: {listing(candidates)}"
    else:
        help = "declare it"
    message = f"`{of}` has no {what} `{name}`" if of else f"unknown {what} `{name}`"
    report.error(code, message, source, span, help)


@dataclass(slots=True, kw_only=True)
class References:
    """Checks `ref`s against the declared sources and their ledgers, and remembers them: `cited` as
    `source#clause`, `sources` by name. (docs/language.md, Identity)"""

    names: Names
    known: Mapping[str, frozenset[str]]
    report: Report
    cited: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def check(self, refs: Sequence[tree.Ref], source: Source) -> tuple[str, ...]:
        """The references as `source#clause`, each once. An unknown source or clause is reported."""
        for ref in refs:
            span = ref.span
            if ref.source not in self.names.sources:
                end = Span(span.start, span.start + len(ref.source))
                unknown_name(
                    self.report, "source", ref.source, self.names.sources, source, end, "MLP0210"
                )
                continue
            self.sources.add(ref.source)
            clauses = self.known.get(ref.source)
            if clauses is not None and ref.clause not in clauses:
                self._unknown_clause(ref, clauses, source)
                continue
            self.cited.add(str(ref))
        return tuple(dict.fromkeys(str(ref) for ref in refs))

    def _unknown_clause(self, ref: tree.Ref, clauses: frozenset[str], source: Source) -> None:
        family = [c for c in clauses if c.split(".")[0] == ref.clause.split(".")[0]]
        close = self.report.guesses.nearest(ref.clause, family or clauses)
        message = f"source `{ref.source}` has no clause `{ref.clause}`"
        if close is not None:
            help = f"did you mean `{ref.source}#{close}`?"
        else:
            help = "cite a clause of its ledger, or add this one to the ledger"
        self.report.error("MLP0211", message, source, ref.span, help)

    def need(
        self, refs: Sequence[tree.Ref], what: str, source: Source, span: Span
    ) -> tuple[str, ...]:
        """The same, where at least one reference is required; `what` names the construct in the
        message."""
        if not refs:
            help = "add `ref SOURCE#CLAUSE`: every such line says why it exists"
            self.report.error("MLP0212", f"{what} needs a reference", source, span, help)
        return self.check(refs, source)
