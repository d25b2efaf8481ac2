"""Checks the program as a whole: cycles, what the decision may read, what nothing uses.

It also finds out what is a matter of one workload and what of the whole project (`per`):
whatever reads a workload's field, record or answer, other than by adding up over workloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlpolicy.check.graph import Graph, closure, cycles, path, reads, walk
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Declared, Names, References
from mlpolicy.check.report import Report
from mlpolicy.check.units import Units
from mlpolicy.core import program as core
from mlpolicy.core.types import Quantity
from mlpolicy.diagnostics import Label
from mlpolicy.source import Origin, Source
from mlpolicy.syntax import tree


def settle(
    parts: Parts, names: Names, references: References, units: Units, report: Report
) -> Parts:
    """The parts with `per` filled in; what is wrong between them is reported."""
    structure = _Structure(parts, names, report)
    structure.cycles()
    structure.trees()
    structure.answers()
    structure.money()
    if not report.failed:
        structure.unused(references, units)
    return structure.with_per()


@dataclass(slots=True)
class _Structure:
    parts: Parts
    names: Names
    report: Report

    def values(self) -> dict[str, object]:
        parts = self.parts
        groups: tuple[Mapping[str, object], ...] = (
            parts.inputs,
            parts.bars,
            parts.catalogs,
            parts.records,
            parts.shortlists,
            parts.defines,
            parts.scores,
        )
        return {name: node for group in groups for name, node in group.items()}

    def graph(self, *, outside_workloads: bool = False) -> Graph:
        return {
            name: reads(node, outside_workloads=outside_workloads)
            for name, node in self.values().items()
        }

    # -- cycles and trees ------------------------------------------------------------------

    def cycles(self) -> None:
        graph = dict(self.graph())
        for name, declared in self.names.values.items():
            if isinstance(declared.node, tree.ShortlistDecl) and name not in graph:
                graph[name] = frozenset({declared.node.of.text})
        for way in cycles(graph):
            declared_first = self.names.values[way[0]]
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
        declared = self.names.values[name]
        return Label(Origin(declared.source, declared.node.name.span), message)

    def trees(self) -> None:
        """Every tree is reached from the decision tree, and none leads back to itself."""
        steps: dict[str, frozenset[str]] = {
            name: frozenset(_gotos(declared.node.body))
            for name, declared in self.names.trees.items()
        }
        for way in cycles(steps):
            declared = self.names.trees[way[0]]
            chain = " → ".join(f"`{name}`" for name in way)
            help = "let one of them end in an answer"
            message = f"these trees lead back to where they began: {chain}"
            span = declared.node.name.span
            self.report.error("MLP0409", message, declared.source, span, help)
        decisions = frozenset(n for n, d in self.names.trees.items() if d.node.decision)
        unsure = self.report.lost & {"decision", "tree"} or any(
            goto not in self.names.trees for gotos in steps.values() for goto in gotos
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
        graph: dict[str, frozenset[str]] = dict(self.graph())
        asks = {
            name: ref for name, node in self.values().items() if (ref := _answer(node)) is not None
        }
        for name, node in sorted(self.parts.trees.items()):
            declared = self.names.trees[name]
            first = _answer(_bare(node.root))
            if first is not None:
                self.circular(f"tree `{name}`", (), first.origin, declared)
                continue
            start = frozenset(reads(_bare(node.root)))
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
        """A money formula that divides by other than twos and fives has no decimal form."""
        for name, define in sorted(self.parts.defines.items()):
            if define.kind not in ("formula", "cost") or not _is_money(define.type):
                continue
            for division in _divisions(define.body):
                source, span = division.origin.source, division.origin.span
                help = "write `round(…, 0.01 USD)` around it, with the step you mean"
                if isinstance(division.right, core.Const):
                    if _decimal(division.right):
                        continue
                    message = f"`{name}` divides by a number that leaves no decimal form"
                    self.report.error("MLP0311", message, source, span, help)
                else:
                    message = f"`{name}` divides, and may have no decimal form"
                    self.report.warning("MLP0311", message, source, span, help)

    # -- what nothing uses -----------------------------------------------------------------

    def unused(self, references: References, units: Units) -> None:
        graph = self.graph()
        used: set[str] = set()
        for name, read in graph.items():
            used |= read - {name}
        for group in (self.parts.trees, self.parts.rules, self.parts.obligations):
            for made in group.values():
                used |= reads(made)
        for name, declared in sorted(self.names.values.items()):
            node = declared.node
            if name in used or (isinstance(node, tree.DefineDecl) and node.keyword == "cost"):
                continue
            self.idle(f"nothing uses `{name}`", declared.source, node.name)
        for name, source_decl in sorted(self.names.sources.items()):
            if name not in references.sources:
                spot = source_decl.node.name
                self.idle(f"nothing cites the source `{name}`", source_decl.source, spot)
        for name, unit in sorted(self.names.units.items()):
            if name not in units.used:
                self.idle(f"nothing is counted in `{name}`", unit.source, unit.node)

    def idle(self, message: str, source: Source, name: tree.Name) -> None:
        self.report.warning("MLP0216", message, source, name.span, "use it, or take it out")

    # -- per workload or per project -------------------------------------------------------

    def with_per(self) -> Parts:
        parts = self.parts
        graph = self.graph(outside_workloads=True)
        own = {name for name, node in self.values().items() if _asks_workload(node)}
        local = {name for name in graph if closure(graph, frozenset({name})) & own}

        def per(node: object) -> str:
            if _asks_workload(node) or reads(node, outside_workloads=True) & local:
                return "workload"
            return "project"

        def named(name: str) -> str:
            return "workload" if name in local else "project"

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
        )


def _asks_workload(node: object) -> bool:
    for part in walk(node, outside_workloads=True):
        match part:
            case core.PathRef(scope="workload") | core.ChoiceRef():
                return True
            case core.AggregateExpr(over="upstream"):
                return True
            case _:
                pass
    return False


def _answer(node: object) -> core.ChoiceRef | None:
    """Where `answer` or `choice` is asked for at or below `node`."""
    return next((part for part in walk(node) if isinstance(part, core.ChoiceRef)), None)


def _bare(node: core.TreeNode) -> core.TreeNode:
    """A tree without its texts: those are printed once the answer is known."""
    match node:
        case core.LeafNode() | core.GotoNode():
            return replace(node, because=None)
        case core.HoldNode():
            return replace(node, reason=core.Template(()))
        case core.IfNode():
            arm = node.unknown_arm
            return replace(
                node,
                yes=_bare(node.yes),
                no=_bare(node.no),
                unknown_arm=None if arm is None else _bare(arm),
            )


def _gotos(node: object) -> set[str]:
    """The trees that a tree of the syntax leads to."""
    if isinstance(node, tree.Goto):
        return {node.tree.text}
    found: set[str] = set()
    if isinstance(node, tuple):
        for item in node:
            found |= _gotos(item)
    elif isinstance(node, tree.Body | tree.FlatLine | tree.IfBlock | tree.Arm):
        for name in type(node).__dataclass_fields__:
            found |= _gotos(getattr(node, name))
    return found


def _is_money(kind: object) -> bool:
    return isinstance(kind, Quantity) and dict(kind.unit.dims).get("USD", 0) == 1


def _divisions(node: object) -> list[core.ArithExpr]:
    """The divisions that no `round` or `ceil` closes off, in the part that becomes money."""
    if isinstance(node, core.RoundExpr | core.CeilExpr):
        return []
    if isinstance(node, core.Choose):
        found = [d for case in node.cases for d in _divisions(case.value)]
        return found + _divisions(node.otherwise)
    if isinstance(node, core.ArithExpr):
        own = [node] if node.operator == "/" else []
        return own + _divisions(node.left) + _divisions(node.right)
    if isinstance(node, core.MinMax):
        return [d for operand in node.operands for d in _divisions(operand)]
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
