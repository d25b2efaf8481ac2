"""The passes of `check`, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlpolicy import schema as json_schema
from mlpolicy.check.cases import cases
from mlpolicy.check.declare import sign
from mlpolicy.check.digest import Meaning, semantic_digest
from mlpolicy.check.extensions import check_exceptions, check_unchanged
from mlpolicy.check.inputs import Missing, Schema
from mlpolicy.check.lower import lower, with_columns
from mlpolicy.check.lower.draft import Parts
from mlpolicy.check.names import Names, References, collect, in_reading_order, lost, scopes_of_line
from mlpolicy.check.number import number
from mlpolicy.check.reads import reads_of
from mlpolicy.check.report import EnoughError, Report
from mlpolicy.check.structure import complete, depth
from mlpolicy.check.titles import of_rows, titles
from mlpolicy.check.typecheck import expressions
from mlpolicy.check.typecheck.literals import ordinal
from mlpolicy.check.units import Units
from mlpolicy.check.world import check_world
from mlpolicy.core.program import Cited, Clause, Extension, Program
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.types import EnumType
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.ledger import Entry, Ledger, Where
from mlpolicy.soundness.tables import prove
from mlpolicy.source import Origin, Source
from mlpolicy.suggest import listing
from mlpolicy.syntax import tree

__all__ = ["LANGUAGE", "Extending", "Needs", "check", "needs"]

#: The version of the language that is checked.
LANGUAGE = 2


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be read before checking: the schema's name and the scopes of its manifests, and the
    path of each source, as declared; `places` says where each path is written."""

    schema: str | None
    sources: Mapping[str, str]
    scopes: Scopes | None = None
    places: Mapping[str, Origin] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Extending:
    """An extension that is checked together with its core: which one it is, and its files."""

    id: Extension
    files: Sequence[tuple[Source, tree.File]]


def needs(files: Sequence[tuple[Source, tree.File]]) -> Needs:
    """The schema and the sources that the files name; the first of each where there are two."""
    schema: str | None = None
    scopes: Scopes | None = None
    sources: dict[str, str] = {}
    places: dict[str, Origin] = {}
    for source, file in in_reading_order(files):
        for declaration in file.declarations:
            match declaration:
                case tree.ManifestDecl() if schema is None:
                    schema, scopes = declaration.schema, scopes_of_line(declaration)
                case tree.SourceDecl():
                    name = declaration.name.text
                    sources.setdefault(name, declaration.path)
                    places.setdefault(name, Origin(source, declaration.path_span))
                case _:
                    pass
    return Needs(schema, dict(sorted(sources.items())), scopes, places)


def check(
    files: Sequence[tuple[Source, tree.File]],
    *,
    schema: json_schema.Schema | Mapping[str, object] | None,
    ledgers: Mapping[str, Ledger],
    digest: str,
    extensions: Sequence[Extending] = (),
    core: Program | None = None,
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """The program that the files make together, and the diagnostics in their order; None in
    its place where one of them is an error. With `extensions`, the files are those of their
    `core`, which is checked by itself before.

    `schema` is the manifest's JSON Schema, read for the scopes of these files or as its plain
    value; without it no field is checked. `ledgers` are those
    of the sources by name; the clauses of a source that has none are not checked. That one
    cannot be read is reported by the caller, who reads them. `digest` is that of the files'
    bytes, as the program states it. Where very much is wrong, what was found until then is told.
    """
    report = Report(lost([*files, *(file for each in extensions for file in each.files)]))
    try:
        return _checked(files, schema, ledgers, digest, extensions, core, report)
    except EnoughError:
        return None, report.diagnostics


def _dropped(parts: Parts, names: Names, report: Report) -> None:
    """An error for each declaration of which nothing was made though no fault was told: a policy
    without one of its rules would let pass what the rule is for."""
    made = {*parts.rules, *parts.obligations, *parts.trees, *parts.inputs, *parts.bars}
    made |= {*parts.catalogs, *parts.records, *parts.shortlists, *parts.defines, *parts.scores}
    made |= {rule.family for rule in parts.rules.values()}
    made |= {define.table for define in parts.defines.values()}
    for group in (names.findings, names.trees, names.values):
        for name, declared in group.items():
            if name not in made:
                message = f"`{name}` cannot be worked out as it is written"
                help = "write it in another way; that no fault is told is one of mlpolicy"
                report.error("MLP0313", message, declared.source, declared.node.name.span, help)


def _checked(
    files: Sequence[tuple[Source, tree.File]],
    schema: json_schema.Schema | Mapping[str, object] | None,
    ledgers: Mapping[str, Ledger],
    digest: str,
    extensions: Sequence[Extending],
    core: Program | None,
    report: Report,
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    names = collect(files, report, {each.id.name: each.files for each in extensions})
    scopes = names.scopes()
    fields = None
    if schema is not None and scopes is not None:
        if not isinstance(schema, json_schema.Schema):
            schema = json_schema.Schema(schema, scopes)
        root = schema.root
        check_world(names, root, report)
        fields = Schema(root, scopes)
    else:
        report.mark_invalid()  # that it cannot be read is reported by the caller
    known = {name: frozenset(ledger.entries) for name, ledger in ledgers.items()}
    references = References(names=names, known=known, report=report)
    units = Units(names, report)
    units.read_converts(references)
    signatures = sign(names, fields, units, report)
    checker = expressions(signatures, units, fields, scopes, report)
    parts = lower(names, signatures, checker, references, fields, report)
    _bound(ledgers, fields, report)
    parts = complete(parts, names, references, units, report)
    called = of_rows(titles(names, signatures, report), names, parts)
    tests = cases(names, parts, checker, fields, report)
    check_exceptions(names, report)
    if not report.failed and schema is not None:
        _dropped(parts, names, report)
    if not report.failed and schema is not None:
        depth(parts, names, report)
    if report.failed or schema is None:
        return None, report.diagnostics
    assert names.policy is not None
    assert names.manifest is not None
    assert scopes is not None
    manifest = names.manifest.node
    policy = names.policy.node
    meaning = Meaning(
        name=policy.name.text,
        version=policy.version,
        effective=ordinal(policy.effective),
        language=LANGUAGE,
        manifest_kind=manifest.kind.text,
        schema_name=manifest.schema,
        scopes=scopes,
        files=tuple(each.text for each in manifest.files),
        api=manifest.api.text if manifest.api is not None else "",
        currency=units.currency,
        outcome=signatures.outcome or EnumType("answer", (), ordered=True),
        attributes={n: t for n, t in signatures.attributes.items() if t is not None},
        statuses=signatures.statuses,
        conversions=units.conversions,
        inputs=parts.inputs,
        bars=parts.bars,
        catalogs=parts.catalogs,
        records=parts.records,
        shortlists=parts.shortlists,
        defines=parts.defines,
        scores=parts.scores,
        trees=parts.trees,
        decision=next((name for name, made in parts.trees.items() if made.decision), ""),
        obligations=parts.obligations,
        rules=parts.rules,
        reports=parts.reports,
    )
    # A test may read a field that the policy does not: it is no part of what the policy means.
    whole: Meaning = {**meaning, "records": with_columns(parts.records, signatures)}
    program = Program(
        **whole,
        digest=digest,
        meaning=semantic_digest(meaning),
        clauses=_clauses(references, ledgers),
        sources={
            name: _cited(name, ledgers[name]) for name in sorted(names.sources) if name in ledgers
        },
        tests=tests,
        titles=called,
        reads=reads_of(parts),
        extensions=tuple(each.id for each in extensions),
    )
    program = number(prove(program))
    if core is not None:
        check_unchanged(core, program, names, report)
    return None if report.failed else program, report.diagnostics


def _clauses(references: References, ledgers: Mapping[str, Ledger]) -> dict[str, Clause]:
    """The cited clauses, by `source#clause`."""
    clauses: dict[str, Clause] = {}
    for ref in sorted(references.cited):
        source, _, clause = ref.partition("#")
        if source in ledgers:
            entry = ledgers[source].entries[clause]
            clauses[ref] = Clause(
                ref=ref,
                kind=entry.kind,
                text=entry.text,
                lines=entry.lines,
                at=entry.at,
                because=entry.because,
                trust=entry.trust,
                source=entry.source,
                as_of=entry.as_of,
                since=entry.since,
                where=_where(clause, ledgers[source].entries),
            )
    return clauses


def _where(id: str, entries: Mapping[str, Entry]) -> Where:
    """For which manifests an entry was established: what it says itself, or the nearest above."""
    while id:
        if id in entries and entries[id].where:
            return entries[id].where
        id = id.rpartition(".")[0]
    return ()


def _bound(ledgers: Mapping[str, Ledger], fields: Schema | None, report: Report) -> None:
    """Reports a fact that is bound to a field which the manifest's schema does not have."""
    if fields is None:
        return
    for ledger in ledgers.values():
        for entry in ledger.entries.values():
            for (scope, *steps), _ in entry.where:
                known = scope in fields.scopes.words and steps
                found = fields.field(scope, tuple(steps)) if known else None
                if found is None or isinstance(found, Missing):
                    path = ".".join((scope, *steps))
                    begin = listing([f"`{word}.`" for word in fields.scopes.words])
                    assert entry.origin is not None
                    report.error(
                        "MLP0203",
                        f"unknown field `{path}` in `where` of `{entry.id}`",
                        entry.origin.source,
                        entry.origin.span,
                        f"name a field as a policy does; paths begin with {begin}",
                    )


def _cited(name: str, ledger: Ledger) -> Cited:
    """What a policy calls a source, and the document or collection that it is."""
    return Cited(
        name=name,
        title=ledger.title,
        sha256=ledger.sha256 or "",
        address=ledger.address,
        lines=ledger.lines,
        as_of=ledger.as_of,
        published=ledger.published,
    )
