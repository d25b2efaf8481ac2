"""Checks a policy: syntax trees and the manifest's schema go in, a `Program` comes out.

The passes, in their order: `names` collects the declarations, `declare` gives each its type,
`lower` turns them into the nodes of a program, with `typecheck` for every expression in them,
`structure` looks at the whole, `cases` at the tests, `meaning` takes the digest. Every pass
goes through everything, so that all faults are told in one run; none tells what follows from
another, nor what the parser has told: a name that stands in a line it could not read is not
unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mlpolicy.check.cases import cases
from mlpolicy.check.declare import sign
from mlpolicy.check.inputs import Schema
from mlpolicy.check.lower import lower, with_columns
from mlpolicy.check.meaning import meaning
from mlpolicy.check.names import References, collect, lost
from mlpolicy.check.reads import reads_of
from mlpolicy.check.report import Report
from mlpolicy.check.structure import settle
from mlpolicy.check.typecheck import expressions
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.check.units import Units
from mlpolicy.core.program import Clause, Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.ledger import Ledger
from mlpolicy.source import Source
from mlpolicy.syntax import tree

__all__ = ["LANGUAGE", "Needs", "check", "needs"]

#: The version of the language that is checked.
LANGUAGE = 1


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be read before checking: the schema's name, and the path of each source, as
    declared."""

    schema: str | None
    sources: Mapping[str, str]


def needs(files: Sequence[tuple[Source, tree.File]]) -> Needs:
    """The schema and the ledgers that the files name."""
    names = collect(files, Report())
    return Needs(
        names.manifest.node.schema if names.manifest is not None else None,
        {name: declared.node.path for name, declared in sorted(names.sources.items())},
    )


def check(
    files: Sequence[tuple[Source, tree.File]],
    *,
    schema: Mapping[str, object] | None,
    ledgers: Mapping[str, Ledger],
    digest: str,
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """The program that the files make together, or None where anything is wrong.

    Without a schema no field is checked, and without a source's ledger none of its clauses:
    that they cannot be read has been reported by who reads them. `digest` is that of the
    files' bytes.
    """
    report = Report(lost(files))
    names = collect(files, report)
    fields = None if schema is None else Schema(schema)
    known = {name: frozenset(ledger.entries) for name, ledger in ledgers.items()}
    references = References(names, known, report)
    units = Units(names, report)
    units.read_converts(references)
    signatures = sign(names, fields, units, report)
    checker = expressions(signatures, units, fields, report)
    parts = lower(names, signatures, checker, references, fields, report)
    parts = settle(parts, names, references, units, report)
    tests = cases(names, parts, checker, fields, report)
    if report.failed or schema is None:
        return None, report.diagnostics
    assert names.policy is not None
    assert names.manifest is not None
    assert signatures.outcome is not None
    policy = names.policy.node
    program = Program(
        name=policy.name.text,
        version=policy.version,
        effective=ordinal(policy.effective),
        language=LANGUAGE,
        digest=digest,
        meaning="",
        manifest_kind=names.manifest.node.kind.text,
        schema_name=names.manifest.node.schema,
        outcome=signatures.outcome,
        attributes={n: t for n, t in signatures.attributes.items() if t is not None},
        conversions=units.conversions,
        inputs=parts.inputs,
        bars=parts.bars,
        catalogs=parts.catalogs,
        records=parts.records,
        shortlists=parts.shortlists,
        defines=parts.defines,
        scores=parts.scores,
        trees=parts.trees,
        decision=next(name for name, made in parts.trees.items() if made.decision),
        obligations=parts.obligations,
        rules=parts.rules,
        clauses=_clauses(references, ledgers),
        documents={
            name: _document(ledgers[name]) for name in sorted(names.sources) if name in ledgers
        },
        tests=tests,
    )
    program = replace(program, meaning=meaning(program), reads=reads_of(program))
    # A test may read a field that the policy does not.
    program = replace(program, records=with_columns(parts.records, signatures))
    return program, report.diagnostics


def _clauses(references: References, ledgers: Mapping[str, Ledger]) -> dict[str, Clause]:
    """The cited clauses, by `source#clause`."""
    clauses: dict[str, Clause] = {}
    for ref in sorted(references.cited):
        source, _, clause = ref.partition("#")
        if source in ledgers:
            entry = ledgers[source].entries[clause]
            clauses[ref] = Clause(ref, entry.kind, entry.text)
    return clauses


def _document(ledger: Ledger) -> str:
    """Title and digest of a document; the date of a collection that has no document."""
    if ledger.sha256 is not None:
        return f"{ledger.title} sha256:{ledger.sha256}"
    return f"{ledger.title} ({ledger.as_of})" if ledger.as_of else ledger.title
