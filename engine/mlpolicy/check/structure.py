"""Checks the program as a whole: cycles, what the decision may read, what nothing uses.

It also finds out what is a matter of one workload and what of the whole project (`per`):
it is of one workload if it reads a field, a record or the answer of one, except where that is
added up over all workloads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mlpolicy.check.depth import too_deep
from mlpolicy.check.graph import Graph, backwards, closure, cycles, of_one_workload, path, reads
from mlpolicy.check.lower.catalogues import meet
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Declared, FindingDecl, Names, References, ValueDecl
from mlpolicy.check.report import Report
from mlpolicy.check.units import Units
from mlpolicy.core import program as core
from mlpolicy.core.currencies import CODES
from mlpolicy.core.operators import OPERATORS
from mlpolicy.core.scopes import Scope
from mlpolicy.core.terms import DefineKind, Over, Per
from mlpolicy.core.types import Quantity
from mlpolicy.core.visit import Node, walk
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree, visit


def complete(
    parts: Parts, names: Names, references: References, units: Units, report: Report
) -> Parts:
    """The parts with `per` filled in. What is wrong between them is reported: circles, trees that
    nothing leads to, answers that need themselves, what nothing uses."""
    structure = _Structure(parts, names, report, _values(parts))
    structure.cycles()
    structure.trees()
    structure.answers()
    structure.money()
    structure.rows_of_a_key()
    if not report.failed:
        structure.unused(references, units)
    return structure.with_per()


def depth(parts: Parts, names: Names, report: Report) -> None:
    """Reports what is nested so deeply, through all that it names, that it could not be worked out.
    The parts must be complete, without circles."""
    for kind, name in too_deep(parts):
        declared: Declared[tree.TreeDecl] | Declared[ValueDecl] | Declared[FindingDecl]
        match kind:
            case "tree":
                declared = names.trees[name]
            case "rule" | "obligation":
                declared = names.findings[name]
            case _:
                declared = names.value(name)
        message = f"with all that `{name}` names, more than {core.MOST_LEVELS} levels are nested"
        help = "let it rest on fewer others, one within the other"
        report.error("MLP0420", message, declared.source, declared.node.name.span, help)


def _values(parts: Parts) -> dict[str, Node]:
    """All that has a value, rows or a list of rows, by name."""
    groups: tuple[Mapping[str, Node], ...] = (
        parts.inputs,
        parts.bars,
        parts.catalogs,
        parts.records,
        parts.shortlists,
        parts.defines,
        parts.scores,
    )
    return {name: node for group in groups for name, node in group.items()}


@dataclass(slots=True)
class _Structure:
    parts: Parts
    names: Names
    report: Report
    values: Mapping[str, Node]
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.graph = {name: reads(node) for name, node in self.values.items()}

    # -- cycles and trees ------------------------------------------------------------------

    def cycles(self) -> None:
        graph = dict(self.graph)
        for name, declared in self.names.values.items():
            if isinstance(declared.node, tree.ShortlistDecl) and name not in graph:
                graph[name] = frozenset({declared.node.of.text})
        for way in cycles(graph):
            declared_first = self.names.value(way[0])
            chain = " → ".join(f"`{name}`" for name in way)
            labels = tuple(self.names_label(name, "on the way") for name in way[1:-1])
            self.report.error(
                "MLP0409",
                f"`{way[0]}` needs itself: {chain}",
                declared_first.source,
                declared_first.node.name.span,
                "break the circle: a value may not rest on itself",
                labels,
            )

    def names_label(self, name: str, message: str) -> Label:
        declared = self.names.value(name)
        return Label(Origin(declared.source, declared.node.name.span), message)

    def trees(self) -> None:
        """Every tree is reached from the decision tree, and none leads back to itself."""
        steps: dict[str, frozenset[str]] = {
            name: _gotos(declared.node.body) for name, declared in self.names.trees.items()
        }
        for way in cycles(steps):
            declared = self.names.trees[way[0]]
            chain = " → ".join(f"`{name}`" for name in way)
            help = "let one of them end in an answer"
            message = f"these trees lead back to where they began: {chain}"
            span = declared.node.name.span
            self.report.error("MLP0409", message, declared.source, span, help)
        decisions = frozenset(n for n, d in self.names.trees.items() if d.node.decision)
        # A tree may be meant where an answer is none.
        unsure = (
            self.report.lost & {"decision", "tree"}
            or self.report.failed
            or any(goto not in self.names.trees for gotos in steps.values() for goto in gotos)
        )
        if not decisions or unsure:
            return
        reached = closure(steps, decisions)
        for name in sorted(self.names.trees):
            if name not in reached:
                declared = self.names.trees[name]
                help = f"write `goto {name}` in a tree that is reached, or take it out"
                message = f"no way leads to the tree `{name}`"
                span = declared.node.name.span
                self.report.error("MLP0408", message, declared.source, span, help)

    def answers(self) -> None:
        """What the decision rests on may not ask what the decision is."""
        graph = dict(self.graph)
        asks = {
            name: ref for name, node in self.values.items() if (ref := _answer(node)) is not None
        }
        for name, node in sorted(self.parts.trees.items()):
            declared = self.names.trees[name]
            first = _answer(node.root, _before_the_answer)
            if first is not None:
                self.circular(f"tree `{name}`", (), first.origin, declared)
                continue
            start = reads(node.root, _before_the_answer)
            graph["decision tree"] = start
            for target in sorted(asks):
                way = path(graph, "decision tree", target)
                if way is not None:
                    self.circular(f"tree `{name}`", way[1:], asks[target].origin, declared)
                    break

    def circular(
        self,
        begin: str,
        way: tuple[str, ...],
        end: Origin,
        declared: Declared[tree.TreeDecl],
    ) -> None:
        chain = " → ".join([begin, *(f"`{name}`" for name in way), f"`{end.text}`"])
        labels = tuple(self.names_label(name, "on the way") for name in way)
        self.report.error(
            "MLP0413",
            f"the tree needs the answer to find the answer: {chain}",
            end.source,
            end.span,
            "name an option instead of `answer`, or move this into a rule",
            (Label(Origin(declared.source, declared.node.name.span), "the tree"), *labels),
        )

    # -- money -----------------------------------------------------------------------------

    def money(self) -> None:
        """An amount of money that divides by other than twos and fives has no decimal form."""
        for name, define in sorted(self.parts.defines.items()):
            if define.kind is DefineKind.TABLE or not _is_money(define.type):
                continue
            for division in _divisions(define.body):
                source, span = division.origin.source, division.origin.span
                _, divisor = division.operands
                help = "write `round(…, STEP)` around it, as in `round(x, 0.01 EUR)`"
                if isinstance(divisor, core.Const):
                    if _decimal(divisor):
                        continue
                    message = f"`{name}` divides by a number that leaves no decimal form"
                    self.report.error("MLP0311", message, source, span, help)
                else:
                    message = f"`{name}` divides, and may have no decimal form"
                    self.report.warning("MLP0311", message, source, span, help)

    # -- rows of one key -------------------------------------------------------------------

    def rows_of_a_key(self) -> None:
        """Where a catalogue is looked up by its key, no two rows of a key may say something else on
        one day: the first would count, and nothing would say so. A catalogue that only a shortlist
        goes through may have several rows of a key."""
        for name, lookup in sorted(self.lookups().items()):
            catalog = self.parts.catalogs[name]
            seen: dict[tuple[core.Expr, ...], list[core.CatalogRow]] = {}
            for row in catalog.rows:
                key = tuple(row.cells[each] for each in catalog.keys if each in row.cells)
                if any(isinstance(cell, core.UnknownConst) for cell in key):
                    continue
                same = seen.setdefault(key, [])
                other = next((each for each in same if _contradicts(each, row)), None)
                if other is not None:
                    self.contradicted(catalog, other, row, lookup)
                same.append(row)

    def lookups(self) -> dict[str, Origin]:
        """Where each catalogue is looked up by its key for the first time."""
        parts = self.parts
        groups: tuple[Mapping[str, Node], ...] = (
            self.values,
            parts.trees,
            parts.rules,
            parts.obligations,
            parts.reports,
        )
        found: dict[str, Origin] = {}
        for group in groups:
            for _, made in sorted(group.items()):
                for node in walk(made):
                    if isinstance(node, core.LookupRow) and node.table in parts.catalogs:
                        found.setdefault(node.table, node.origin)
        return found

    def contradicted(
        self, catalog: core.Catalog, other: core.CatalogRow, row: core.CatalogRow, lookup: Origin
    ) -> None:
        key = ", ".join(row.cells[each].origin.text for each in catalog.keys if each in row.cells)
        message = f"this row and another say different things of `{key}` on the same days"
        help = "take one out, let one end with `until` where the other begins, or name a further "
        help += f"key that tells them apart: `catalog {catalog.name} by KEY, KEY`"
        labels = (Label(other.origin, "the other row"), Label(lookup, "looked up here"))
        self.report.error("MLP0410", message, row.origin.source, row.origin.span, help, labels)

    # -- what nothing uses -----------------------------------------------------------------

    def unused(self, references: References, units: Units) -> None:
        direct: set[str] = set()
        for group in (
            self.parts.trees,
            self.parts.rules,
            self.parts.obligations,
            self.parts.reports,
        ):
            for made in group.values():
                direct |= reads(made)
        for name, declared in self.names.values.items():
            if isinstance(declared.node, tree.DefineDecl) and declared.node.keyword == "cost":
                direct.add(name)
        used = closure(self.graph, frozenset(direct))
        readers = backwards(self.graph)
        for name, declared in sorted(self.names.values.items()):
            if name in used:
                continue
            message = f"nothing uses `{name}`"
            among = sorted(readers.get(name, frozenset()) - {name})
            if among:
                message = f"nothing uses `{name}` but `{among[0]}`, which nothing uses"
            self.idle(message, declared.source, declared.node.name)
        owed = {
            duty
            for made in self.parts.trees.values()
            for node in walk(made)
            if isinstance(node, core.LeafNode | core.HoldNode | core.GotoNode)
            for duty in node.owes
        }
        for name, obligation in sorted(self.parts.obligations.items()):
            if obligation.when is None and name not in owed:
                finding = self.names.findings[name]
                self.idle(f"nothing owes `{name}`", finding.source, finding.node.name)
        for name, source_decl in sorted(self.names.sources.items()):
            if name not in references.sources:
                spot = source_decl.node.name
                self.idle(f"nothing cites the source `{name}`", source_decl.source, spot)
        currency = self.names.currency
        if currency is not None and currency.node.name.text not in units.used:
            name = currency.node.name.text
            self.idle(f"no amount is in `{name}`", currency.source, currency.node.name)
        for name, unit in sorted(self.names.units.items()):
            if name not in units.used:
                self.idle(f"nothing is counted in `{name}`", unit.source, unit.node)

    def idle(self, message: str, source: Source, name: tree.Name) -> None:
        """Reports what nothing uses; not where it may be that what uses it could not be read."""
        if self.report.failed:
            return
        self.report.warning("MLP0216", message, source, name.span, "use it, or take it out")

    # -- per workload or per project -------------------------------------------------------

    def with_per(self) -> Parts:
        parts = self.parts
        local, per = _local(self.values), per_of(parts)

        def named(name: str) -> Per:
            return Per.EACH if name in local else Per.SHARED

        return replace(
            parts,
            inputs={n: replace(x, per=named(n)) for n, x in sorted(parts.inputs.items())},
            bars=dict(sorted(parts.bars.items())),
            catalogs=dict(sorted(parts.catalogs.items())),
            records=dict(sorted(parts.records.items())),
            shortlists=dict(sorted(parts.shortlists.items())),
            defines={n: replace(x, per=named(n)) for n, x in sorted(parts.defines.items())},
            scores={n: replace(x, per=named(n)) for n, x in sorted(parts.scores.items())},
            trees=dict(sorted(parts.trees.items())),
            obligations=dict(sorted(parts.obligations.items())),
            rules={n: replace(x, per=per(x)) for n, x in sorted(parts.rules.items())},
            reports={n: replace(x, per=per(x)) for n, x in parts.reports.items()},
        )


def per_of(parts: Parts) -> Callable[[Node], Per]:
    """What tells of a node whether it is a matter of each thing that is decided or of the whole."""
    local = _local(_values(parts))

    def per(node: Node) -> Per:
        if _asks_workload(node) or reads(node, of_one_workload) & local:
            return Per.EACH
        return Per.SHARED

    return per


def _local(values: Mapping[str, Node]) -> frozenset[str]:
    """The names of what is of one workload."""
    graph = {name: reads(node, of_one_workload) for name, node in values.items()}
    own = {name for name, node in values.items() if _asks_workload(node)}
    return frozenset(closure(backwards(graph), frozenset(own)))


def _asks_workload(node: Node) -> bool:
    for part in walk(node, inside=of_one_workload):
        match part:
            case core.PathRef(scope=Scope(is_each=True)) | core.ChoiceRef():
                return True
            case core.AggregateExpr(over=Over.UPSTREAM):
                return True
            case _:
                pass
    return False


def _answer(node: Node, inside: Callable[[Node], bool] | None = None) -> core.ChoiceRef | None:
    """Where `answer` or `choice` is asked for at or below `node`."""
    return next((n for n in walk(node, inside=inside) if isinstance(n, core.ChoiceRef)), None)


def _before_the_answer(node: Node) -> bool:
    """Is what stands inside this node read to find the answer? The texts of a tree are not:
    they are printed once it is known."""
    return not isinstance(node, core.Template)


def _gotos(body: tree.Body) -> frozenset[str]:
    """The trees that a tree of the syntax leads to."""
    return frozenset(n.tree.text for n in visit.walk(body) if isinstance(n, tree.Goto))


def _contradicts(one: core.CatalogRow, other: core.CatalogRow) -> bool:
    """Do two rows of a key hold on one day, and differ in a cell?"""
    return meet(one, other) and one.cells != other.cells


def _is_money(kind: object) -> bool:
    return isinstance(kind, Quantity) and any(d in CODES and p == 1 for d, p in kind.unit.dims)


def _divisions(node: core.Expr) -> list[core.Apply]:
    """The divisions that no `round` or `ceil` closes off, in the part that becomes money."""
    if isinstance(node, core.Choose):
        found = [d for case in node.cases for d in _divisions(case.value)]
        return found + (_divisions(node.otherwise) if node.otherwise is not None else [])
    if isinstance(node, core.Apply):
        row = OPERATORS[node.operator]
        if row.steps is not None:
            return []
        own = [node] if row.fault is not None else []
        return own + [d for operand in node.operands for d in _divisions(operand)]
    if isinstance(node, core.ConvertExpr):
        return _divisions(node.operand)
    if isinstance(node, core.AggregateExpr):
        return _divisions(node.body)
    return []


def _decimal(divisor: core.Const) -> bool:
    """Has the quotient of a decimal number by this one a decimal form, in its written unit?"""
    assert isinstance(divisor.type, Quantity)
    value = divisor.value
    assert not isinstance(value, str)
    rest = abs((value / divisor.type.unit.scale).numerator) if value else 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
