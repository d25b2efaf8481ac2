"""`mlpolicy explain --why-not, --what-if, --break-even`: what would have to change, and what
would follow if it did. The manifest itself is not touched."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.output import complain, emit, has_color, width
from mlpolicy.cli.progress import progress
from mlpolicy.core.terms import Per
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.suggest import listing, nearest

if TYPE_CHECKING:
    from mlpolicy.changes.breakeven import Named
    from mlpolicy.cli.judging import Judged, Judgement
    from mlpolicy.core.program import Program
    from mlpolicy.manifest.overlay import Overlay
    from mlpolicy.schema import Field, Schema
    from mlpolicy.session import PolicyFiles


def changed(
    judged: Judged,
    workload: str | None,
    why_not: str | None,
    what_if: tuple[str, ...],
    break_even: str | None,
    between: tuple[str | None, str | None],
    form: str,
    full: bool = False,
) -> int:
    """Answers one of the three questions about one manifest. Writes the answer, and gives the
    exit code: 0 once it has been answered, 3 where it could not be asked."""
    faults: Sequence[Diagnostic] = _asked_wrongly(
        judged, why_not, what_if, break_even, between, form
    )
    if not faults and judged.judgements:
        judgement = judged.judgements[0]
        schema = judgement.schema
        if why_not is not None:
            faults = _why_not(judgement, schema, workload, why_not, form)
        elif what_if:
            faults = _what_if(judgement, schema, workload, what_if, form, full)
        else:
            assert break_even is not None
            faults = _break_even(judgement, schema, workload, break_even, between, form)
    complain((*judged.diagnostics, *faults))
    wrong = bool(faults) or not judged.judgements or bool(judged.diagnostics and judged.incomplete)
    return ExitCode.NOT_EVALUATED if wrong else ExitCode.PASS


def _asked_wrongly(
    judged: Judged,
    why_not: str | None,
    what_if: tuple[str, ...],
    break_even: str | None,
    between: tuple[str | None, str | None],
    form: str,
) -> list[Diagnostic]:
    if any(between) and (break_even is None or not all(between)):
        message = "`--between` and `--and` go together, with `--break-even`"
        example = "--break-even PATH --between ONE --and OTHER"
        return [about("MLP1305", message, help=f"write both: `{example}`")]
    if sum((why_not is not None, bool(what_if), break_even is not None)) > 1:
        help = "leave all but one of them out"
        message = "`--why-not`, `--what-if` and `--break-even` are asked one at a time"
        return [about("MLP1305", message, help=help)]
    if form not in ("text", "json"):
        message = f"there is no answer to this as `{form}`"
        return [about("MLP1305", message, help="use `--format text` or `--format json`")]
    if len(judged.judgements) > 1:
        files = listing([f"`{j.document.file}`" for j in judged.judgements], 4)
        message = f"this is asked of one manifest, and there are {len(judged.judgements)}: {files}"
        return [about("MLP1305", message, help="name one file")]
    return []


def _emit(text: str, value: object, form: str) -> None:
    from mlpolicy.render.json import value_json

    emit(value_json(value) if form == "json" else text)  # type: ignore[arg-type]


def _shown(judgement: Judgement) -> str:
    """The command that lists the rules of the policy which decided, as it is typed."""
    files = judgement.files
    name = _named(files)
    more = "".join(f" --extension {shlex.quote(_named(each))}" for each in files.extensions)
    return f"`mlpolicy policies show {shlex.quote(name)}{more}`"


def _named(files: PolicyFiles) -> str:
    from mlpolicy.session import builtin_policies

    ours = {each.folder for each in builtin_policies().get(files.name, ())}
    return f"{files.name}@{files.version}" if files.folder in ours else files.shown


# ── --why-not ────────────────────────────────────────────────────────────────────────────


def _why_not(
    judgement: Judgement, schema: Schema, workload: str | None, wanted: str, form: str
) -> list[Diagnostic]:
    from mlpolicy.changes import change
    from mlpolicy.evaluate import Memory
    from mlpolicy.manifest.overlay import overlay
    from mlpolicy.render.change import why_not_text, why_not_value

    program, document = judgement.program, judgement.document
    names = [w.name for w in document.workloads]
    rules = (*program.rules, *program.obligations)
    if wanted not in program.outcome.members and wanted not in rules:
        close = nearest(wanted, [*program.outcome.members, *rules])
        hint = f"did you mean `{close}`?" if close else ""
        outcomes = listing(list(program.outcome.members))
        help = hint or f"the outcomes are {outcomes}; the rules stand in {_shown(judgement)}"
        message = f"`{wanted}` is neither an outcome nor a rule of {program.name}"
        return [about("MLP1304", message, help=help)]

    memory = Memory()

    def confirm(changes: Sequence[Overlay]) -> object:
        overlaid, _ = overlay(judgement.data, document, schema, changes)
        if overlaid is None:
            return None
        return judgement.decide(overlaid, explain=False, memory=memory)

    subjects: list[str | None] = [workload] if workload is not None else list(names)
    rule = program.rules.get(wanted)
    if rule is not None and rule.per is Per.SHARED:
        subjects = [None]
    elif wanted in rules and workload is None:
        told = {f.workload for f in judgement.decision.findings if f.rule == wanted}
        subjects = [name for name in names if name in told] or list(names)
    elif workload is None:
        # Those that have the outcome already are told in a line; only the others are searched.
        subjects = list(names)
    answers = []
    with progress("looking for what would have to change", len(subjects)) as step:
        for name in subjects:
            found = change.why_not(
                program,
                schema,
                document,
                judgement.decision,
                confirm,  # type: ignore[arg-type]
                wanted=wanted,
                workload=name,
                as_of=judgement.context.as_of,
                memory=memory,
            )
            answers.append(found)
            step()
    text = (
        why_not_text(answers, judgement.decision, width=width(), color=has_color())
        if form == "text"
        else ""
    )
    _emit(text, why_not_value(answers, judgement.decision), form)
    return []


# ── --what-if ────────────────────────────────────────────────────────────────────────────


def _what_if(
    judgement: Judgement,
    schema: Schema,
    workload: str | None,
    stated: tuple[str, ...],
    form: str,
    full: bool,
) -> list[Diagnostic]:
    from mlpolicy.changes.difference import difference
    from mlpolicy.manifest.overlay import overlay
    from mlpolicy.render.change import what_if_text, what_if_value

    changes: list[Overlay] = []
    told: list[tuple[str, str]] = []
    for text in stated:
        read = _statement(text, judgement, schema, workload)
        if isinstance(read, Diagnostic):
            return [read]
        changes.append(read)
        told.append((text.partition("=")[0].strip(), text.partition("=")[2].strip()))
    document, faults = overlay(judgement.data, judgement.document, schema, changes)
    if document is None:
        fault = faults[0]
        help = fault.help or "state a value that the manifest could have there"
        return [about("MLP1302", fault.message, help=help)]
    before, after = judgement.decision, judgement.decide(document)
    found = difference(before, after)
    text = (
        what_if_text(found, told, before, after, full=full, width=width(), color=has_color())
        if form == "text"
        else ""
    )
    _emit(text, what_if_value(found, told, before, after), form)
    return []


def _statement(
    text: str, judgement: Judgement, schema: Schema, workload: str | None
) -> Overlay | Diagnostic:
    """`PATH=VALUE`, read as the schema has it."""
    from mlpolicy.manifest.overlay import Overlay, read_value

    path, equals, value = text.partition("=")
    if not equals:
        message = f"`{text}` has no `=`"
        example = f"--what-if {schema.scopes.each}.FIELD=85"
        return about("MLP1302", message, help=f"write PATH=VALUE, such as `{example}`")
    steps = tuple(step.strip() for step in path.strip().split("."))
    field = _field(steps, schema)
    if isinstance(field, Diagnostic):
        return field
    owner: str | None = None
    if steps[0] == schema.scopes.each.word:
        found = _one_workload(judgement, workload, path.strip())
        if isinstance(found, Diagnostic):
            return found
        owner = found
    node = read_value(value, field)
    if isinstance(node, Diagnostic):
        return about("MLP1302", f"`{path.strip()}`: {node.message}", help=node.help)
    return Overlay(owner, steps[1:], node)


def _field(steps: tuple[str, ...], schema: Schema) -> Field | Diagnostic:
    """What the schema says about a path, or which name in it is none."""
    scopes = schema.scopes
    spec = schema.root.at("spec")
    starts = {scopes.shared.word: spec, scopes.each.word: schema.root.at(*scopes.home)}
    shown = ".".join(steps)
    here = starts.get(steps[0])
    if here is None:
        every = [".".join((word, *p)) for word in starts for p in _paths(starts[word])]
        ends = [p for p in every if p.split(".")[1:] == list(steps)]
        close = ends[0] if ends else nearest(shown, every)
        begin = " or ".join(f"`{word}.`" for word in reversed(scopes.words))
        help = f"did you mean `{close}`?" if close else f"begin with {begin}"
        return about("MLP1301", f"`{shown}` is no path of a manifest", help=help)
    for number, step in enumerate(steps[1:], start=1):
        below = here.children.get(step, here.other) if here is not None else None
        if below is None or (here is spec and step in scopes.not_fields):
            known = [] if here is None else [k for k in here.children if k != scopes.items]
            above = ".".join(steps[:number])
            close = nearest(step, known)
            if close is None:
                homes = [p for p in _paths(starts[steps[0]]) if p[-1] == step]
                hint = f"did you mean `{'.'.join((steps[0], *homes[0]))}`?" if homes else ""
            else:
                hint = f"did you mean `{'.'.join((above, close, *steps[number + 1 :]))}`?"
            help = hint or (f"there are: {listing(known)}" if known else "it has no fields below")
            return about("MLP1301", f"`{above}` has no field `{step}`", help=help)
        here = below
    if len(steps) == 1:
        below_it = listing(list(here.children))
        return about("MLP1301", f"`{shown}` is no field", help=f"name one below it: {below_it}")
    if steps == (scopes.each.word, "name"):
        message = f"the name of {scopes.a()} is what it is known by"
        return about("MLP1301", message, help="state a field")
    return here


def _paths(field: Field | None) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, child in (field.children if field is not None else {}).items():
        found.append((name,))
        found.extend((name, *rest) for rest in _paths(child))
    return found


def _one_workload(judgement: Judgement, workload: str | None, path: str) -> str | Diagnostic:
    names = [w.name for w in judgement.document.workloads]
    if workload is not None:
        return workload
    if len(names) == 1:
        return names[0]
    scopes = judgement.program.scopes
    message = f"`{path}` is a field of {scopes.a()}, and the manifest has {len(names)}"
    return about("MLP1303", message, help=f"add `--of` with one of: {listing(names)}")


# ── --break-even ─────────────────────────────────────────────────────────────────────────


def _break_even(
    judgement: Judgement,
    schema: Schema,
    workload: str | None,
    path: str,
    between: tuple[str | None, str | None],
    form: str,
) -> list[Diagnostic]:
    from mlpolicy.changes import breakeven
    from mlpolicy.interview.answers import path_typed
    from mlpolicy.render.change import break_even_text, break_even_value

    program, document = judgement.program, judgement.document
    name = _one_workload(judgement, workload, path)
    if isinstance(name, Diagnostic):
        return [name]
    at = path_typed(path, schema.scopes)
    editable = breakeven.number_field(program, document, schema, name, at) if at else None
    if editable is None:
        field = _field(tuple(path.split(".")), schema)
        if isinstance(field, Diagnostic):
            return [field]
        fields = breakeven.number_paths(program, document, schema, name)
        known = [str(each) for each in fields]
        near = nearest(path, known)
        help = f"did you mean `{near}`?" if near else f"such are: {listing(known)}"
        why = "the policy reads no single number there"
        return [about("MLP1301", f"`{path}`: {why}", help=help)]
    one, other = between
    pair = None if one is None or other is None else (one.replace(" ", ""), other.replace(" ", ""))
    fault = None if pair is None else _cannot_compare(program, pair)
    if fault is not None:
        return [fault]
    with progress("looking for where costs cross"):
        found = breakeven.break_even(
            program, document, editable, name, as_of=judgement.context.as_of, between=pair
        )
    text = (
        break_even_text(found, judgement.decision, width=width(), color=has_color())
        if form == "text"
        else ""
    )
    _emit(text, break_even_value(found, judgement.decision), form)
    return []


def _cannot_compare(program: Program, between: tuple[str, str]) -> Diagnostic | None:
    """What is wrong with two names that are to be compared, None where nothing is."""
    from mlpolicy.changes import breakeven

    found = []
    for name in between:
        amounts = breakeven.named(program, name)
        if not amounts:
            return _no_amount(program, name)
        found.append(amounts)
    one, other = between
    if one == other:
        message = f"`{one}` is compared with itself"
        return about("MLP1306", message, help="name another one after `--and`")
    if any(a.unit.dims == b.unit.dims for a in found[0] for b in found[1]):
        return None
    units = [listing(dict.fromkeys(_unit(a) for a in amounts)) for amounts in found]
    message = f"`{one}` is in {units[0]} and `{other}` in {units[1]}: they cannot be compared"
    alike = [
        name
        for name, amount in breakeven.comparable(program).items()
        if amount.unit.dims == found[0][0].unit.dims and name != one
    ]
    help = f"in {_unit(found[0][0])} there are: {listing(alike, 12)}" if alike else ""
    return about("MLP1306", message, help=help or "nothing else has the unit of the first")


def _unit(amount: Named) -> str:
    return amount.unit.text or "number"


def _no_amount(program: Program, name: str) -> Diagnostic:
    from mlpolicy.changes import breakeven

    every = list(breakeven.comparable(program))
    keyed = [known for known in every if known.startswith(f"{name}(")]
    if keyed:
        message = f"`{name}` is one amount for each {_key_of(program, name)}"
        return about("MLP1306", message, help=f"name one of them: {listing(keyed)}")
    declared = {*program.inputs, *program.defines, *program.bars, *program.scores}
    if name in declared:
        message = f"`{name}` is no amount that could be compared: it has no number of its own"
        return about("MLP1306", message, help=_amounts_there_are(program, every))
    near = nearest(name, [*program.outcome.members, *every, *(k.partition("(")[0] for k in every)])
    help = f"did you mean `{near}`?" if near else _amounts_there_are(program, every)
    message = f"{program.name} has no amount `{name}`"
    return about("MLP1306", message, help=help)


def _key_of(program: Program, name: str) -> str:
    of = program.inputs[name].key if name in program.inputs else program.defines[name].key
    return of.name if of is not None else ""


def _amounts_there_are(program: Program, every: Sequence[str]) -> str:
    outcomes = listing(list(program.outcome.members))
    shown = listing(list(dict.fromkeys(name.partition("(")[0] for name in every)), 60)
    return f"there are the outcomes {outcomes}, and the amounts {shown}"
