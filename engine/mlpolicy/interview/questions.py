"""A manifest's text and the decisions on it in, the next question out; an answer in, the changed
text with new decisions out.

Nothing is known here that the policy and the schema do not say. What can still change an
outcome is read off the decision (`settled_by`), what a cost misses and a rule waits for too;
the wording is the policy's `ask`, the kind of answer the schema's field. Values only: who asks,
reads and writes is the command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from mlpolicy.core import visit
from mlpolicy.core.decision import Cost, Decision, Split, WorkloadDecision
from mlpolicy.core.facts import DeclaredUnknown, Document, Estimate, Fact
from mlpolicy.core.labels import asked
from mlpolicy.core.notices import Fault
from mlpolicy.core.paths import FieldPath, Need
from mlpolicy.core.program import BestRow, ColumnRef, Input, InputRef, PathRef, Program
from mlpolicy.core.replies import Given
from mlpolicy.core.scopes import Scopes
from mlpolicy.core.terms import Level, RuleState, Status
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.values import NO, YES
from mlpolicy.diagnostics import Diagnostic, Matter
from mlpolicy.explain.kinds import BESIDE_THE_CHOICE
from mlpolicy.explain.known import is_open
from mlpolicy.explain.ranking import ranked
from mlpolicy.manifest.edit import Change, Path, Plain, key_order, rewritten
from mlpolicy.manifest.load import load_read
from mlpolicy.manifest.read import Reading, reading
from mlpolicy.manifest.typed import Unread, value_of
from mlpolicy.schema import Field, Kind, Schema
from mlpolicy.schema.nodes import Mapping as MappingNode
from mlpolicy.schema.nodes import Node, Scalar

_OPEN = (Status.UNDECIDED, Status.PROVISIONAL, Status.HELD)
BODY = "spec"


class Purpose(StrEnum):
    """Why a question is asked."""

    BEGIN = "begin"
    OUTCOME = "outcome"
    DETAIL = "detail"
    COST = "cost"
    RULE = "rule"


#: What tells questions apart: the document, the workload, the field, the key of an entry.
Key = tuple[int, str, FieldPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask.

    `path` is the field as the decision names it, `workload` whose it is, `turn` whose outcome
    it is asked for, where that is another's, and `field` what may stand there. `entry` holds
    what is known of an entry of a list that is to be made, `column` which of its keys is asked
    for; the entry is written once that `completes` it.
    `splits` say what each answer would leave, `reasons` what in the policy waits for it, and
    `stated` what the manifest says so far, where that is not enough. `given` is what `splits`
    take for granted of the other keys of an entry.
    """

    document: int
    workload: str
    path: FieldPath
    ask: str
    purpose: Purpose
    field: Field
    splits: tuple[Split, ...] = ()
    reasons: tuple[tuple[str, tuple[str, ...]], ...] = ()
    entry: Mapping[str, Plain] | None = None
    column: str = ""
    completes: bool = True
    stated: str = ""
    turn: str = ""
    given: Given = ()

    @property
    def asker(self) -> str:
        """The workload whose outcome it is asked for."""
        return self.turn or self.workload

    @property
    def owner(self) -> str:
        """The workload whose fact it is; empty for one of the project."""
        return "" if self.path.is_shared else self.workload

    @property
    def key(self) -> Key:
        """What is asked; a fact of the project is asked once for all workloads."""
        return self.document, self.owner, self.path, self.column


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer that was taken; `value` None where it is not known and nothing was written."""

    question: Question
    value: Plain | None


@dataclass(frozen=True, kw_only=True)
class InterviewContext:
    """What an interview is held with: the schema, for each document the policy that decides
    and the way it does, how a fault of a workload is told, and whose workloads are asked about
    (all where `workload` is empty)."""

    file: str
    schema: Schema
    programs: tuple[Program, ...]
    decide: Callable[[int, Document], Decision]
    told: Callable[[Fault], str]
    today: date
    workload: str = ""
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """An interview as it stands. `read` is what was read of the text, which is read once.
    `passed` are questions not to be asked again in this run."""

    text: str
    read: Reading
    documents: tuple[Document, ...]
    decisions: tuple[Decision, ...]
    passed: frozenset[Key] = frozenset()
    drafts: Mapping[Key, Mapping[str, Plain]] | None = None
    details: tuple[Key, ...] = ()
    taken: tuple[RecordedAnswer, ...] = ()

    @cached_property
    def roots(self) -> tuple[tuple[int, MappingNode], ...]:
        """For each manifest: which document of the file it is, and its tree as written."""
        found: list[tuple[int, MappingNode]] = []
        for number, each in enumerate(self.read.documents):
            root = each.root
            if len(found) < len(self.documents) and isinstance(root, MappingNode):
                document = self.documents[len(found)]
                scopes = document.scopes
                if not scopes.items or _names(root, scopes) == [w.name for w in document.workloads]:
                    found.append((number, root))
        return tuple(found)


def begin(text: str, context: InterviewContext) -> State | tuple[Diagnostic, ...]:
    """The state of a manifest before the first question, or what is wrong with it."""
    return _begun(text, reading(text.encode(), context.file), context)


def _begun(text: str, read: Reading, context: InterviewContext) -> State | tuple[Diagnostic, ...]:
    documents, faults = load_read(read, context.schema)
    if faults or len(documents) != len(context.programs):
        return faults
    decisions = tuple(context.decide(number, each) for number, each in enumerate(documents))
    return State(text=text, read=read, documents=documents, decisions=decisions)


def _names(root: MappingNode, scopes: Scopes) -> list[str]:
    body = root.get(BODY) or root
    listed = body.get(scopes.items) if isinstance(body, MappingNode) else None
    items = getattr(listed, "items", ())
    names = [item.get("name") for item in items if isinstance(item, MappingNode)]
    return [str(name.value) for name in names if isinstance(name, Scalar)]


# -- what to ask -------------------------------------------------------------------------------


def workloads(state: State, context: InterviewContext) -> Iterator[tuple[int, WorkloadDecision]]:
    """The workloads that are asked about, with the number of their document."""
    for number, decision in enumerate(state.decisions):
        for workload in decision.workloads:
            if not context.workload or workload.name == context.workload:
                yield number, workload


def is_firm(workload: WorkloadDecision) -> bool:
    """Can no answer change the outcome any more?"""
    return workload.status not in _OPEN and workload.error is None and not workload.settled_by


def settling(state: State, context: InterviewContext) -> Iterator[Question]:
    """The questions that can still change an outcome, workload by workload, in the order in which
    the decision comes to them: so that nothing is asked that an answer before makes needless.
    Before all what settles several others; before them what belongs to an entry just made."""
    yield from _details(state, context)
    for number, workload in workloads(state, context):
        met = _met(workload.trace)
        last = len(met)
        order = sorted(ranked(workload), key=lambda s: (-s.settles, met.get(s.path, last)))
        for settle in order:
            if settle.path is None:
                continue
            reasons = tuple(_waiting(workload.trace, settle.path))
            reasons = reasons or tuple(_reading(context.programs[number], settle.path))
            owner = settle.workload or workload.name
            for question in _asked(
                state,
                context,
                number,
                owner,
                settle.path,
                Purpose.OUTCOME,
                settle.ask if isinstance(settle.ask, str) else "",
                settle.when,
                reasons,
            ):
                yield replace(question, turn=workload.name, given=settle.given)


def completing(state: State, context: InterviewContext) -> Iterator[Question]:
    """What the costs of the outcomes shown miss, then what rules that block or warn wait for."""
    seen: set[Key] = set()
    for question in _completing(state, context):
        if question.key not in seen:
            seen.add(question.key)
            yield question


def _completing(state: State, context: InterviewContext) -> Iterator[Question]:
    """Questions that settle no answer: what costs lack first, then what rules wait for."""
    yield from _for_costs(state, context)
    for level in (Level.BLOCK, Level.WARN):
        yield from _for_rules(state, context, level)


def _for_costs(state: State, context: InterviewContext) -> Iterator[Question]:
    """What the cost of each shown answer lacks."""
    for number, workload in workloads(state, context):
        for cost in workload.costs:
            shown = workload.choice.outcome if workload.choice else None
            if cost.outcome != shown:
                continue
            for path in _fields(cost.missing):
                because = ((_lines_missing(cost), cost.refs),)
                yield from _asked(
                    state, context, number, workload.name, path, Purpose.COST, "", (), because
                )


def _for_rules(state: State, context: InterviewContext, level: Level) -> Iterator[Question]:
    """What the rules of a level wait for."""
    for number, decision in enumerate(state.decisions):
        for finding in decision.findings:
            owner = finding.workload or ""
            waits = finding.state is RuleState.WAITING or finding.unjudged
            if not waits or finding.level != level:
                continue
            if context.workload and owner not in ("", context.workload):
                continue
            because = ((f"rule `{finding.rule}` ({level}) waits for it", finding.refs),)
            for path in _fields(finding.needs):
                turns = [owner] if owner else [w.name for w in decision.workloads]
                if path.is_shared:
                    turns = turns[:1]
                for turn in turns:
                    if not owner and not path.is_shared:
                        if not _open_there(state, number, turn, path):
                            continue
                        if context.workload and turn != context.workload:
                            continue
                    yield from _asked(
                        state, context, number, turn, path, Purpose.RULE, "", (), because
                    )


def _fields(needs: tuple[Need, ...]) -> list[FieldPath]:
    return [need for need in needs if isinstance(need, FieldPath)]


def _open_there(state: State, number: int, workload: str, path: FieldPath) -> bool:
    """Does a project's rule wait for this path in this workload? Only where something else of
    the workload waits for it too: the project does not say for which one it waits."""
    for each in state.decisions[number].workloads:
        if each.name == workload:
            shown = each.choice.outcome if each.choice else None
            costs = [cost for cost in each.costs if cost.outcome == shown]
            return any(path in cost.missing for cost in costs)
    return False


def _lines_missing(cost: Cost) -> str:
    return f"the cost of {cost.outcome} ({cost.formula}) cannot be added up without it"


def _met(trace: Step) -> dict[Need | None, int]:
    """What the decision waits for, by the order in which it comes to it: where the innermost step
    that waits for it stands, among all the steps. Which of several formulas holds comes after
    what they are worked out from, which often tells enough."""
    found: dict[Need | None, int] = {}
    later: list[Step] = []

    def walk(node: Step) -> None:
        below = [child for child in node.children if child.kind not in BESIDE_THE_CHOICE]
        if node.kind is StepKind.CASE and len(below) > 1:
            later.append(below.pop(0))
        for child in below:
            walk(child)
        if is_open(node.value):
            for need in () if node.kind is StepKind.CASE else node.needs:
                found.setdefault(need, len(found))

    walk(trace)
    while later:
        walk(later.pop(0))
    return found


def _waiting(trace: Step, path: FieldPath) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What in the policy waits for a path, from the decision inwards, with its clauses."""
    told: set[str] = set()
    waiting = [trace]
    while waiting:
        node = waiting.pop()
        if path in node.needs and node.refs and is_open(node.value):
            name = " ".join((node.text or node.name).split())
            if name and name not in told:
                told.add(name)
                yield name, node.refs
        # What findings and costs wait for does not change the choice.
        waiting.extend(c for c in reversed(node.children) if c.kind not in BESIDE_THE_CHOICE)


def _reading(program: Program, path: FieldPath) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What in the policy reads a path, with its clauses: where the evaluation has not come to
    it yet, the innermost constructs that name an input read from there."""
    names = {name for name, declared in program.inputs.items() if _reads(declared, path)}
    records = {n for n, each in program.records.items() if _is_at(each.path, path)}
    parts = (program.trees, program.shortlists, program.scores, program.defines, program.bars)
    told: set[str] = set()

    def below(here: visit.Node) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
        """Where an input is named in it outside of any part with clauses, and what such parts
        are."""
        named = ""
        if (isinstance(here, InputRef) and here.name in names) or (
            isinstance(here, ColumnRef) and _table(here) in records
        ):
            place = here.origin.place
            named = f"{place.file.rsplit('/', 1)[-1]}:{place.line}"
        found: list[tuple[str, tuple[str, ...]]] = []
        for child in visit.children(here):
            inside, more = below(child)
            named = named or inside
            found += more
        refs = getattr(here, "refs", ())
        if named and refs and isinstance(refs, tuple):
            return "", [*found, (str(getattr(here, "name", "")) or "a step of the tree", refs)]
        return named, found

    for part in parts:
        for name, declared in part.items():
            named, found = below(declared)
            for reason, refs in [*found, *([(f"{name} ({named})", ())] if named else [])]:
                text = reason if reason.startswith(name) else f"{name}: {reason}"
                if text not in told:
                    told.add(text)
                    yield text, refs


def _asked(
    state: State,
    context: InterviewContext,
    number: int,
    workload: str,
    path: FieldPath,
    purpose: Purpose,
    ask: str,
    splits: tuple[Split, ...],
    reasons: tuple[tuple[str, tuple[str, ...]], ...],
) -> Iterator[Question]:
    """The question for a path, if it can be asked and has not been."""
    field = field_at(path, context.schema)
    if field is None:
        return
    program = context.programs[number]
    wording = ask or _wording(path, program)
    base = Question(
        document=number,
        workload=workload,
        path=path,
        ask=wording,
        purpose=purpose,
        field=field,
        splits=splits,
        reasons=reasons,
    )
    if field.kind is Kind.LIST and field.items is not None and field.items.kind is Kind.MAPPING:
        question = _entry_question(base, field.items, state, program)
        if question is None:
            return
    elif field.kind is Kind.MAPPING:
        return
    else:
        question = replace(base, ask=wording or field.description)
    if base.key in state.passed or question.key in state.passed:
        return
    fact = _fact(state.documents[number], workload, path) if not path.entry else None
    if not context.again and fact is not None and isinstance(fact.value, DeclaredUnknown):
        return
    yield replace(question, stated=_stated(fact))


def _stated(fact: Fact | None) -> str:
    """What the manifest says there, where it is too little: an estimate, or `unknown`."""
    match fact.value if fact is not None else None:
        case Estimate() as estimate:
            return f"{_digits(estimate.low)}..{_digits(estimate.high)}"
        case DeclaredUnknown():
            return "unknown"
        case _:
            return ""


def _digits(number: Fraction) -> str:
    """The digits of a number that came out of a manifest, which a decimal always is."""
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")


def _entry_question(base: Question, item: Field, state: State, program: Program) -> Question | None:
    """Which key of a new entry is asked for next: what the schema requires, then the result,
    which is the first number that the policy reads."""
    known: dict[str, Plain] = {**dict(base.path.entry), **(state.drafts or {}).get(base.key, {})}
    missing = [key for key in item.children if key in item.required and key not in known]
    if missing:
        column, completes = missing[0], False
    else:
        result = next(
            (
                name
                for name in _columns(program, base.path, item, known)
                if name not in known and item.children[name].kind in (Kind.NUMBER, Kind.INTEGER)
            ),
            None,
        )
        if result is None:
            return None
        column, completes = result, True
    field = item.children[column]
    of = ", ".join(str(value) for value in known.values())
    described = field.description.rstrip(".")
    ask = base.ask or (f"{described} ({of})." if of else field.description)
    return replace(base, ask=ask, field=field, entry=known, column=column, completes=completes)


def _details(state: State, context: InterviewContext) -> Iterator[Question]:
    """What else of an entry that was just made something waits for: a rule, a duty, a step of
    the tree; and that by which the best one is found."""
    for number, workload, path, column in state.details:
        here = path.below(column)
        field = field_at(here, context.schema)
        if field is None or field.kind in (Kind.MAPPING, Kind.LIST):
            continue
        question = Question(
            document=number,
            workload=workload,
            path=here,
            ask=_asked_of_entry(path, column, context.programs[number]) or field.description,
            purpose=Purpose.DETAIL,
            field=field,
        )
        picks = column in _picking(context.programs[number])
        awaited = picks or question.path in _awaited(state.decisions[number], workload)
        if awaited and question.key not in state.passed:
            yield question


def _asked_of_entry(path: FieldPath, column: str, program: Program) -> str:
    """The policy's own question for a column of an entry of a list; empty where it has none."""
    keys = dict(path.entry)
    for records in program.records.values():
        if records.path.scope == path.scope and records.path.steps == path.steps:
            return asked(records.asks.get(column, ()), keys, program.titles)
    return ""


def _picking(program: Program) -> set[str]:
    """The columns by which the policy picks the best entry."""
    parts = (program.defines, program.trees, program.rules, program.shortlists)
    nodes = (node for part in parts for node in visit.walk(*part.values()))
    return {name for node in nodes if isinstance(node, BestRow) for name in node.by}


def _awaited(decision: Decision, workload: str) -> set[Need | None]:
    """Every place that something of this workload, or of the project, waits for."""
    found: set[Need | None] = {
        need for f in decision.findings if f.workload in (None, workload) for need in f.needs
    }
    for each in decision.workloads:
        if each.name == workload:
            found.update(settle.path for settle in each.settled_by)
            found.update(need for duty in each.obligations for need in duty.needs)
            waiting = [each.trace]
            while waiting:
                node = waiting.pop()
                if node.value is YES or node.value is NO:
                    continue  # nothing waits for what hangs in a question that is answered
                found.update(node.needs)
                waiting.extend(node.children)
    return found


def measured_systems(
    decision: Decision, document: Document, workload: str, scopes: Scopes
) -> frozenset[str]:
    """The systems of which a thing that is decided has measurements, or of which the policy asks
    for some."""
    found: set[str] = set()
    listed = measurements(scopes)
    for path in _awaited(decision, workload):
        if isinstance(path, FieldPath) and path.steps == listed.steps:
            found.update(value for key, value in path.entry if key == "system")
    entries = _fact(document, workload, listed)
    if entries is not None and isinstance(entries.value, tuple):
        stated = (entry.get("system") for entry in entries.value)
        found.update(fact.value for fact in stated if fact and isinstance(fact.value, str))
    return frozenset(found)


# -- places ------------------------------------------------------------------------------------


def measurements(scopes: Scopes) -> FieldPath:
    """Where a thing that is decided states how systems did."""
    return FieldPath(scopes.each, ("measurements",))


def field_at(path: FieldPath, schema: Schema) -> Field | None:
    """What may stand at a place, by the schema."""
    return schema.root.at(*full_path(path, schema.scopes))


def full_path(path: FieldPath, scopes: Scopes) -> Path:
    """The place in the full form of a manifest; of the things that are decided the first one's."""
    if not path.is_shared and (scopes.items or path.steps != ("name",)):
        return (*scopes.home, *path.steps)
    if path.steps == ("name",):
        return ("metadata", "name")
    return (BODY, *path.steps)


def _fact(document: Document, workload: str, path: FieldPath) -> Fact | None:
    here: Fact | None = document.project
    if not path.is_shared:
        here = next((each.fact for each in document.workloads if each.name == workload), None)
    for step in path.steps:
        value = here.value if here is not None else None
        if isinstance(step, str) and isinstance(value, Mapping):
            here = value.get(step)
        elif isinstance(step, int) and isinstance(value, tuple) and step < len(value):
            here = value[step]
        else:
            return None
    return here


def is_stated(state: State, number: int, workload: str, path: FieldPath) -> bool:
    """Does the manifest state something there that is not `unknown`?"""
    fact = _fact(state.documents[number], workload, path)
    if path.entry:
        items = fact.value if fact is not None and isinstance(fact.value, tuple) else ()
        return any(
            all((own := item.get(key)) is not None and own.value == v for key, v in path.entry)
            for item in items
        )
    return fact is not None and not isinstance(fact.value, DeclaredUnknown)


def written_path(path: FieldPath, workload: str, root: MappingNode, schema: Schema) -> Path:
    """The place in a document as written, in its short or its full form."""
    is_short = _is_short(root, schema)
    body = root if is_short else root.get(BODY)
    steps: Path = path.steps
    if not path.is_shared and schema.scopes.items:
        names = _names(root, schema.scopes)
        steps = (schema.scopes.items, names.index(workload), *steps)
    if not is_short:
        return (BODY, *steps)
    for key, home in schema.short_form.items():
        if (BODY, *steps) == home and isinstance(body, MappingNode):
            if body.get(*home[1:]) is None:
                return (key,)
    return steps


def _is_short(root: MappingNode, schema: Schema) -> bool:
    return bool(schema.short_form) and root.get(BODY) is None


def _wording(path: FieldPath, program: Program) -> str:
    """The policy's own words for what stands at a path: a question, else a title that is one."""
    read = [declared for declared in program.inputs.values() if _reads(declared, path)]
    titles = [program.titles.values.get(declared.name, "") for declared in read]
    asks = (*(declared.ask for declared in read), *(t for t in titles if t.endswith("?")))
    return next((said for said in asks if said), "")


def _reads(declared: Input, path: FieldPath) -> bool:
    """Is the input read from there? A step in braces stands for any member of its key."""
    return not path.entry and any(
        each.scope == path.scope
        and len(each.steps) == len(path.steps)
        and all(s.startswith("{") or s == p for s, p in zip(each.steps, path.steps, strict=True))
        for source in declared.sources
        for each in source.paths
    )


def _columns(
    program: Program, path: FieldPath, item: Field, entry: Mapping[str, Plain]
) -> list[str]:
    """The keys that the policy reads of an entry of this list, and that may stand beside what is
    known of it, in the schema's order. Groups of keys are left to the file."""
    barred = {law.key for law in item.companions if not law.allows(entry.get(law.beside))}
    for name, records in program.records.items():
        if _is_at(records.path, path):
            used = set(_columns_read(program, name))
            return [column for column in item.children if column in used - barred]
    return []


def _is_at(listed: PathRef, path: FieldPath) -> bool:
    return listed.scope == path.scope and listed.steps == path.steps


def _table(ref: ColumnRef) -> str:
    of = getattr(ref.row, "type", None)
    return str(getattr(of, "table", getattr(of, "name", "")))


def _columns_read(program: Program, table: str) -> Iterator[str]:
    """The columns of records that the policy compares, or picks the best entry by."""
    rules = (program.rules, program.obligations, program.bars)
    parts = (program.defines, program.trees, program.shortlists, program.scores, *rules)
    for node in (node for part in parts for node in visit.walk(*part.values())):
        if isinstance(node, ColumnRef) and _table(node) == table:
            yield node.column
        if isinstance(node, BestRow) and node.table == table:
            yield from node.by


# -- answers -----------------------------------------------------------------------------------


def understood(question: Question, text: str, context: InterviewContext) -> Plain | Unread:
    """The value that a typed text stands for."""
    return value_of(text, question.field, today=context.today)


def answered(
    state: State, question: Question, value: Plain, context: InterviewContext
) -> State | tuple[Diagnostic | Fault, ...]:
    """The state with an answer written into the text; or why it cannot be, the state being as
    it was. The schema and the policy have both looked at the new text."""
    if not question.completes:
        drafts = dict(state.drafts or {})
        base = replace(question, column="").key
        drafts[base] = {**drafts.get(base, {}), question.column: value}
        trial = _entry_with(question, value)
        faults = _faults_of_entry(state, question, trial, context)
        if faults:
            return faults
        return replace(state, drafts=drafts)
    change = _change(state, question, value, context)
    new = _with_change(state, change, context)
    if not isinstance(new, State):
        return new
    for before, after in zip(state.decisions, new.decisions, strict=True):
        errors = {workload.name: workload.error for workload in before.workloads}
        for workload in after.workloads:
            if workload.error is not None and errors.get(workload.name) is None:
                return (workload.error,)
    done = replace(question, column="").key if question.column else question.key
    details = tuple(each for each in state.details if _detail_key(each) != question.key)
    if question.column:
        index = change.path[-1]
        path = FieldPath(question.path.scope, (*question.path.steps, index))
        listed = field_at(question.path, context.schema)
        assert listed is not None
        assert listed.items is not None
        known = _entry_with(question, value)
        rest = _columns(context.programs[question.document], question.path, listed.items, known)
        details += tuple(
            (question.document, question.workload, path, name) for name in rest if name not in known
        )
    return replace(
        new,
        passed=state.passed | {done},
        drafts=state.drafts,
        details=details,
        taken=(*state.taken, RecordedAnswer(question, value)),
    )


def not_known(state: State, question: Question, context: InterviewContext) -> State:
    """The state after "don't know": `unknown` is written where the schema allows it, else the
    field is left out; it is not asked again."""
    passed = state.passed | {question.key, replace(question, column="").key}
    if question.field.unknown and not question.column and question.purpose is not Purpose.BEGIN:
        new = _with_change(state, _change(state, question, "unknown", context), context)
        if isinstance(new, State):
            taken = (*state.taken, RecordedAnswer(question, "unknown"))
            return replace(
                new, passed=passed, drafts=state.drafts, details=state.details, taken=taken
            )
    return replace(state, passed=passed, taken=(*state.taken, RecordedAnswer(question, None)))


def passed_over(state: State, question: Question) -> State:
    """The state after `skip`: not asked again in this run."""
    return replace(state, passed=state.passed | {question.key, replace(question, column="").key})


def _detail_key(detail: Key) -> Key:
    number, workload, path, column = detail
    return number, "" if path.is_shared else workload, path.below(column), ""


def _entry_with(question: Question, value: Plain) -> dict[str, Plain]:
    return {**(question.entry or {}), question.column: value}


def _change(state: State, question: Question, value: Plain, context: InterviewContext) -> Change:
    number, root = state.roots[question.document]
    path = written_path(question.path, question.workload, root, context.schema)
    if question.column:
        held = _held(root, path)
        path = (*path, held)
        return Change(path, _entry_with(question, value), number)
    return Change(path, value, number)


def _held(root: MappingNode, path: Path) -> int:
    """How many items the list at a path has."""
    here: Node | None = root
    for step in path:
        if isinstance(here, MappingNode) and isinstance(step, str):
            here = here.get(step)
        elif isinstance(step, int):
            here = getattr(here, "items", ())[step]
    return len(getattr(here, "items", ()))


def _with_change(
    state: State, change: Change, context: InterviewContext
) -> State | tuple[Diagnostic | Fault, ...]:
    found = _changed(state, change, context)
    return (found,) if isinstance(found, Diagnostic) else _begun(*found, context)


def _changed(
    state: State, change: Change, context: InterviewContext
) -> tuple[str, Reading] | Diagnostic:
    number = [each for each, _ in state.roots].index(change.document)
    is_short = _is_short(state.roots[number][1], context.schema)
    order = key_order(context.schema, is_short=is_short)
    return rewritten(state.read, state.text, [change], order)


def _faults_of_entry(
    state: State, question: Question, entry: Mapping[str, Plain], context: InterviewContext
) -> tuple[Diagnostic | Fault, ...]:
    """What is wrong with a key of an entry that is not complete yet: nothing else counts."""
    number, root = state.roots[question.document]
    path = written_path(question.path, question.workload, root, context.schema)
    change = Change((*path, _held(root, path)), entry, number)
    found = _changed(state, change, context)
    faults = (found,) if isinstance(found, Diagnostic) else load_read(found[1], context.schema)[1]
    return tuple(fault for fault in faults if fault.matter is not Matter.MISSING)
