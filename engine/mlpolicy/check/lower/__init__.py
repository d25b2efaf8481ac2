"""Turns declarations into the nodes of a program, a module for each kind of declaration.

Sugar goes away here: `when` lines, tables and scores become guarded cases, the flat lines of a
tree become nested `if`s. A declaration that has an error yields nothing; the others do, so
that everything wrong is found in one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mlpolicy.check.declare import Signatures, Table
from mlpolicy.check.inputs import Schema
from mlpolicy.check.lower.catalogues import lower_catalog
from mlpolicy.check.lower.definitions import lower_bar, lower_define, lower_exceptions, lower_score
from mlpolicy.check.lower.draft import Draft, Parts
from mlpolicy.check.lower.entries import lower_records, lower_shortlist
from mlpolicy.check.lower.findings import lower_obligation, lower_report, lower_rule
from mlpolicy.check.lower.inputs import lower_floors, lower_input
from mlpolicy.check.lower.tables import lower_table
from mlpolicy.check.lower.trees import lower_tree, one_decision
from mlpolicy.check.names import Declared, Names, References, ValueDecl
from mlpolicy.check.report import Report
from mlpolicy.check.typecheck.context import Expressions
from mlpolicy.core import program as core
from mlpolicy.syntax import tree


def lower(
    names: Names,
    signatures: Signatures,
    expressions: Expressions,
    references: References,
    schema: Schema | None,
    report: Report,
) -> Parts:
    """The nodes of all declarations that are free of errors; the errors of the others are
    reported."""
    draft = Draft(
        names=names,
        signatures=signatures,
        expressions=expressions,
        references=references,
        schema=schema,
        report=report,
    )
    exceptions = lower_exceptions(draft)
    # What the manifest's schema says of inputs is told before what follows from it.
    for name, declared in sorted(names.values.items(), key=_inputs_first):
        _value(draft, name, declared, tuple(exceptions.get(name, ())))
    lower_floors(draft)
    one_decision(draft)
    for name, made in sorted(names.trees.items()):
        lower_tree(draft, name, made.node, made.source)
    for name, finding in sorted(names.findings.items()):
        if isinstance(finding.node, tree.RuleDecl):
            lower_rule(draft, name, finding.node, finding.source)
        else:
            lower_obligation(draft, name, finding.node, finding.source)
    for reported in names.reports:
        lower_report(draft, reported.node, reported.source)
    draft.parts.records = with_columns(draft.parts.records, signatures)
    return draft.parts


def _inputs_first(named: tuple[str, Declared[ValueDecl]]) -> tuple[bool, str]:
    name, declared = named
    return not isinstance(declared.node, tree.InputDecl), name


def _value(
    draft: Draft,
    name: str,
    declared: Declared[ValueDecl],
    exceptions: tuple[core.ExceptionRule, ...],
) -> None:
    source = declared.source
    match declared.node:
        case tree.InputDecl() as node:
            lower_input(draft, name, node, source)
        case tree.ThresholdDecl() as node:
            lower_bar(draft, name, node, source, exceptions)
        case tree.DefineDecl() as node:
            lower_define(draft, name, node, source, exceptions)
        case tree.ScoreDecl() as node:
            lower_score(draft, name, node, source)
        case tree.TableDecl() as node:
            lower_table(draft, name, node, source, exceptions)
        case tree.CatalogDecl() as node:
            lower_catalog(draft, name, node, source)
        case tree.RecordsDecl() as node:
            lower_records(draft, name, node, source)
        case tree.ShortlistDecl() as node:
            lower_shortlist(draft, name, node, source)


def with_columns(
    records: Mapping[str, core.Records], signatures: Signatures
) -> dict[str, core.Records]:
    """The records with their columns: the fields of an entry, and of those within groups the
    ones that have been read so far."""
    return {
        name: replace(made, columns=dict(sorted(_columns(signatures.tables[name]))))
        for name, made in records.items()
    }


def _columns(table: Table) -> Iterator[tuple[str, core.RecordField]]:
    own = {name: ((name,), found) for name, found in table.fields.items()}
    for name, (steps, found) in {**own, **table.read}.items():
        yield (
            name,
            core.RecordField(
                type=found.type,
                low=found.low,
                high=found.high,
                low_open=found.low_open,
                steps=steps,
            ),
        )
