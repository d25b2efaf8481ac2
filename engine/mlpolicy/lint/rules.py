"""The rules, each a function from a policy to what it finds; `RULES` is the list of them.

They miss a case rather than cry wolf: a finding that is meant has to be answered by an ignore with
a reason, which somebody has to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlpolicy.core import program as core
from mlpolicy.core.visit import Node, walk, walk_whole
from mlpolicy.ledger import Entry, Ledger
from mlpolicy.lint.findings import Finding, Fix, Rule, Subject, here, named
from mlpolicy.lint.ignores import UNNEEDED, Ignore, ignores_in
from mlpolicy.schema import Schema
from mlpolicy.source import Source, Span
from mlpolicy.suggest import differ_by_one
from mlpolicy.syntax import tree as t
from mlpolicy.syntax import visit

#: How long a line of a policy should be at most, as `mlpolicy fmt` has it.
LONGEST = 110


def _declarations(subject: Subject) -> Iterator[tuple[Source, t.Decl]]:
    for source, file in subject.files:
        for decl in file.declarations:
            yield source, decl


# ── What nothing needs ───────────────────────────────────────────────────────────────────


def unused(subject: Subject) -> Iterator[Finding]:
    """A source that nothing cites, a written enum that nothing has as its type, a column that
    nothing reads. (Whatever else is not used, `policies check` says. An enum of the schema may be
    that of a column of records, which no policy writes down.)"""
    nodes: list[visit.Node] = [node for _, file in subject.files for node in visit.walk(file)]
    cited = {node.source for node in nodes if isinstance(node, t.Ref)}
    typed = {node.text for node in nodes if isinstance(node, t.TypeName)}
    read = {node.name.text for node in nodes if isinstance(node, t.Column)}
    read |= {name.text for node in nodes if isinstance(node, t.BestOf) for name in node.by}
    charged = {n.table for n in walk_whole(subject.program) if isinstance(n, core.ChargeExpr)}
    for source, decl in _declarations(subject):
        match decl:
            case t.SourceDecl(name=name) if name.text not in cited:
                yield _unused(f"nothing cites source `{name.text}`", source, name, decl)
            case t.EnumDecl(name=name, path=None) if name.text not in typed:
                yield _unused(f"nothing has the type `{name.text}`", source, name, decl)
            case t.CatalogDecl() if decl.name.text not in charged:
                for head in decl.header:
                    column = head.name.text
                    is_key = column in {key.text for key in decl.keys}
                    if head.type is not None and not is_key and column not in read:
                        message = f"nothing reads the column `{column}` of `{decl.name.text}`"
                        yield _unused(message, source, head.name, decl)
            case _:
                pass


def _unused(message: str, source: Source, name: t.Name, decl: t.Decl) -> Finding:
    whole = isinstance(decl, t.SourceDecl | t.EnumDecl)
    does = f"take out `{source.slice(decl.span).splitlines()[0]}`"
    return Finding(
        rule="unused",
        message=message,
        origin=here(source, name.span),
        help="use it, or take it out",
        names=named(decl) | {name.text},
        fix=Fix(does, here(source, decl.span), "", safe=False) if whole else None,
    )


def overdue(subject: Subject) -> Iterator[Finding]:
    """A source, or an entry of one, whose `review_by` is over."""
    for ledger in subject.ledgers.values():
        for name, day, origin in (
            (f"source `{ledger.name}`", ledger.review_by, ledger.review_at),
            *((f"`{e.id}`", e.review_by, e.origin) for e in ledger.entries.values()),
        ):
            # Of a month or a year, all of it is left.
            if origin is not None and day and day < subject.today[: len(day)]:
                yield Finding(
                    rule="review-overdue",
                    message=f"{name} was to be reviewed by {day}",
                    origin=origin,
                    help="review it, and write the next day down",
                    names=frozenset({ledger.name, name.strip("`")}),
                )


# ── What is not known ────────────────────────────────────────────────────────────────────


def unknown_arm(subject: Subject) -> Iterator[Finding]:
    """An `if` block without an `unknown` arm whose condition reads what need not be stated."""
    conditions = {
        node.condition.origin.place: node.condition
        for node in walk_whole(subject.program)
        if isinstance(node, core.IfNode)
    }
    for source, decl in _declarations(subject):
        if not isinstance(decl, t.TreeDecl):
            continue
        for node in visit.walk(decl):
            if not isinstance(node, t.IfBlock) or _labels(node) >= {"unknown"}:
                continue
            condition = conditions.get(source.place(node.condition.span))
            if condition is None:
                continue
            open_ = sorted(_optional(condition, subject))
            if open_:
                said = " and ".join(f"`{name}`" for name in open_[:2])
                more = f" and {len(open_) - 2} more" if len(open_) > 2 else ""
                yield Finding(
                    rule="unknown-arm",
                    message=f"{said}{more} need not be stated, and nothing says what is shown "
                    "while this is unknown",
                    origin=here(source, node.condition.span),
                    help="add an `unknown:` arm, or write `no, unknown:`",
                    names=named(decl),
                )


def _labels(block: t.IfBlock) -> set[str]:
    return {label for arm in block.arms for label in arm.labels}


def open_hole(subject: Subject) -> Iterator[Finding]:
    """A `say` or `fix` that shows what need not be stated, where no condition of its rule asks for
    it: it would read "unknown"."""
    # Of the rules for each row of a catalogue, which are written once, the first tells of all.
    written: dict[str, core.Rule] = {}
    for each_rule in subject.program.rules.values():
        written.setdefault(each_rule.names[-1], each_rule)
    for called, rule in written.items():
        conditions = [each for each in (rule.guard, rule.when) if each is not None]
        asked = {name for each in conditions for name in _read(each, subject)}
        fields = {path for name in asked for path in _paths(subject, name)}
        for text in (rule.say, rule.fix):
            for part in text.parts if text is not None else ():
                if isinstance(part, str):
                    continue
                # An input that reads the same fields is the same fact by another name.
                unasked = sorted(
                    name
                    for name in _optional(part, subject) - asked
                    if not set(_paths(subject, name)) <= fields
                )
                if unasked:
                    yield Finding(
                        rule="open-hole",
                        message=f"`{unasked[0]}` need not be stated, and rule `{called}` fires "
                        "whether it is or not: this may read `unknown`",
                        origin=part.origin,
                        help="ask for it in the condition, or leave it out of the text",
                        names=frozenset({called}),
                    )


def _paths(subject: Subject, name: str) -> list[core.PathRef]:
    return [path for each in subject.program.inputs[name].sources for path in each.paths]


def _optional(node: Node, subject: Subject) -> set[str]:
    """Of the inputs that a value rests on, those which a manifest need not state and which
    nothing stands in for."""
    inputs = subject.program.inputs
    read = _read(node, subject)
    return {name for name in read if _may_be_absent(inputs[name], subject.schema)}


def _read(node: Node, subject: Subject) -> set[str]:
    """The inputs that a value rests on, through all that is named."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[Node] = [node]
    program = subject.program
    while waiting:
        for part in walk(waiting.pop()):
            named_nodes: Iterable[Node] = ()
            match part:
                case core.InputRef(name=name):
                    found.add(name)
                case core.DefRef(name=name) if name not in seen:
                    seen.add(name)
                    named_nodes = [x[name] for x in (program.defines, program.scores) if name in x]
                case core.AnyRemains(shortlist=name) | core.FirstRemaining(shortlist=name):
                    if name not in seen:
                        seen.add(name)
                        named_nodes = [program.shortlists[name]]
                case _:
                    pass
            waiting.extend(named_nodes)
    return found


def _may_be_absent(given: core.Input, schema: Schema) -> bool:
    if given.absent is not None and given.absent.when is None:
        return False
    paths = [path for source in given.sources for path in source.paths]
    return not all(_is_required(path, schema) for path in paths)


def _is_required(path: core.PathRef, schema: Schema) -> bool:
    here_ = schema.root.at(*(schema.scopes.home if path.scope.is_each else ("spec",)))
    if here_ is None:
        return False
    for step in path.steps:
        if step not in here_.required or step not in here_.children:
            return False
        here_ = here_.children[step]
    return True


# ── Names ────────────────────────────────────────────────────────────────────────────────

#: Letters that look like one another, in the form in which names are compared.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "-": "_"})
#: A shorter name differs from another one in one letter by chance.
_SHORT = 5


def confusable(subject: Subject) -> Iterator[Finding]:
    """Two names of one kind that differ in one letter, or in letters that look alike. Those that
    differ in a number, or in an `s` at the end, are told apart by everybody."""
    groups: dict[str, list[tuple[t.Name, Source, t.Decl]]] = {}
    for source, decl in _declarations(subject):
        for kind, name in _names(decl):
            groups.setdefault(kind, []).append((name, source, decl))
    for each in groups.values():
        for number, (name, source, decl) in enumerate(each):
            for other, other_source, _ in each[:number]:
                if _alike(name.text, other.text):
                    yield Finding(
                        rule="confusable-names",
                        message=f"`{name.text}` is easily taken for `{other.text}`",
                        origin=here(source, name.span),
                        help="give one of the two a name that says how they differ",
                        names=named(decl) | {name.text, other.text},
                        other=here(other_source, other.span),
                    )


def _names(decl: t.Decl) -> Iterator[tuple[str, t.Name]]:
    """The names that a declaration gives, each with the kind of thing that it is."""
    match decl:
        case t.TestDecl() | t.PolicyDecl() | t.ManifestDecl() | t.ConvertDecl() | t.CurrencyDecl():
            return
        case t.ReportDecl():  # names what others declare
            return
        case t.UnitDecl(names=names):
            yield from (("unit", name) for name in names)
        case t.RuleDecl() | t.ObligationDecl():
            yield "rule", decl.name
        case t.OutcomeDecl() | t.EnumDecl():
            yield "type", decl.name
            yield from ((f"member of {decl.name.text}", name) for name in decl.members)
        case t.CatalogDecl() | t.ShortlistDecl() | t.RecordsDecl():
            yield "rows", decl.name
        case t.SourceDecl() | t.TreeDecl() | t.ExceptionDecl():
            yield type(decl).__name__, decl.name
        case _:
            yield "value", decl.name


def _alike(one: str, other: str) -> bool:
    if one == other or min(len(one), len(other)) < _SHORT or abs(len(one) - len(other)) > 1:
        return False
    same = one.casefold().translate(_ALIKE) == other.casefold().translate(_ALIKE)
    if not same and not differ_by_one(one, other):
        return False
    numbered = re.sub(r"\d", "", one) == re.sub(r"\d", "", other)
    return not (numbered or f"{one}s" == other or f"{other}s" == one)


# ── Reasons ──────────────────────────────────────────────────────────────────────────────


def no_reason(subject: Subject) -> Iterator[Finding]:
    """An answer of a tree without `because`: the report can cite a clause, and cannot say why."""
    for source, decl in _declarations(subject):
        for node in visit.walk(decl) if isinstance(decl, t.TreeDecl) else ():
            if isinstance(node, t.Leaf) and node.outcome is not None and node.because is None:
                yield Finding(
                    rule="no-reason",
                    message=f"the answer `{node.outcome.text}` says no reason",
                    origin=here(source, node.outcome.span),
                    help='write `because "…"`: it is the sentence that teams read first',
                    names=named(decl),
                )


def no_fix(subject: Subject) -> Iterator[Finding]:
    """A rule without `fix`: it says what is wrong, and leaves the reader there."""
    for source, decl in _declarations(subject):
        if isinstance(decl, t.RuleDecl) and decl.fix is None:
            yield Finding(
                rule="no-fix",
                message=f"rule `{decl.name.text}` does not say how to put it right",
                origin=here(source, decl.name.span),
                help='write `fix "…"`: what a team may do now',
                names=named(decl),
            )


# ── Tests ────────────────────────────────────────────────────────────────────────────────


def untested_clause(subject: Subject) -> Iterator[Finding]:
    """A clause, or a resolution, that is cited only where no test comes by. Facts are there to be
    cited where it helps: none of them needs a test."""
    assert subject.tested is not None
    seen = {f"{n}#{e.id}" for n, ledger in subject.ledgers.items() for e in facts_of(ledger)}
    for source, decl in _declarations(subject):
        for node in visit.walk(decl):
            if isinstance(node, t.Ref) and str(node) not in seen:
                seen.add(str(node))
                if str(node) not in subject.tested.reached:
                    yield Finding(
                        rule="untested-clause",
                        message=f"no test reaches what cites `{node}`",
                        origin=here(source, node.span),
                        help="write a test that this line decides",
                        names=named(decl) | {str(node)},
                    )


def facts_of(ledger: Ledger) -> Iterator[Entry]:
    """The facts of a ledger."""
    return (entry for entry in ledger.entries.values() if entry.trust)


def idle_given(subject: Subject) -> Iterator[Finding]:
    """A test that passes without the facts that it gives: whatever it is to show, it does not."""
    assert subject.tested is not None
    for source, decl in _declarations(subject):
        if isinstance(decl, t.TestDecl) and source.place(decl.span) in subject.tested.idle:
            facts = decl.given or (decl.examples,)
            assert facts[0] is not None
            what = "what it gives" if decl.examples is not None else "its `given`"
            yield Finding(
                rule="idle-given",
                message=f"this test passes without {what} as well",
                origin=here(source, facts[0].span),
                help="expect what these facts change, or take them out",
                names=named(decl),
            )


# ── The text itself ──────────────────────────────────────────────────────────────────────


def long_line(subject: Subject) -> Iterator[Finding]:
    """A line of more than 110 characters."""
    for source, file in subject.files:
        offset = 0
        for number, line in enumerate(source.text.split("\n"), source.first):
            if len(line.rstrip()) > LONGEST:
                decls = (d for d in file.declarations if d.span.start <= offset < d.span.end)
                decl = next(decls, None)
                yield Finding(
                    rule="long-line",
                    message=f"line {number} has {len(line.rstrip())} characters",
                    origin=here(source, Span(offset + LONGEST, offset + len(line.rstrip()))),
                    help="run `mlpolicy fmt`; what it cannot break, say in fewer words",
                    names=named(decl) if decl is not None else frozenset(),
                )
            offset += len(line) + 1


# ── Ignores ──────────────────────────────────────────────────────────────────────────────


def faulty_ignore(subject: Subject) -> Iterator[Finding]:
    """An ignore in a remark that gives no reason, or names no rule."""
    known = {rule.name for rule in RULES}
    for source, file in subject.files:
        for ignore in ignores_in(source, file):
            if ignore.rule not in known:
                help = f"write one of {', '.join(sorted(known))}"
                yield _ignored(ignore, f"there is no rule `{ignore.rule}`", help)
            elif not ignore.reason:
                help = f"write why, behind it: `# lint: ignore {ignore.rule} …`"
                yield _ignored(ignore, f"nothing says why `{ignore.rule}` is ignored here", help)


def _ignored(ignore: Ignore, message: str, help: str) -> Finding:
    return Finding(rule="ignore-reason", message=message, origin=ignore.origin, help=help)


def _elsewhere(_: Subject) -> Iterator[Finding]:
    """An ignore that nothing needs is found where what is ignored is left out: `ignores.kept`."""
    return iter(())


#: Every rule, in the order in which `docs/lint.md` tells them.
RULES: tuple[Rule, ...] = (
    Rule(name="unused", level="warning", find=unused),
    Rule(name="review-overdue", level="warning", find=overdue),
    Rule(name="unknown-arm", level="note", find=unknown_arm),
    Rule(name="open-hole", level="note", find=open_hole),
    Rule(name="confusable-names", level="warning", find=confusable),
    Rule(name="no-reason", level="warning", find=no_reason),
    Rule(name="no-fix", level="warning", find=no_fix),
    Rule(name="untested-clause", level="warning", find=untested_clause, tests=True),
    Rule(name="idle-given", level="note", find=idle_given, tests=True),
    Rule(name="long-line", level="note", find=long_line),
    Rule(name="ignore-reason", level="warning", find=faulty_ignore),
    Rule(name=UNNEEDED, level="warning", find=_elsewhere),
)
