"""An interview's questions and answers in, the text of a conversation out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

from mlpolicy.core.decision import Decision, WorkloadDecision
from mlpolicy.core.terms import Status
from mlpolicy.core.titles import Titles
from mlpolicy.interview import Purpose, Question, RecordedAnswer, is_firm
from mlpolicy.manifest.edit import Plain
from mlpolicy.manifest.typed import wanted
from mlpolicy.render import figures, titled
from mlpolicy.render.citations import clause_text
from mlpolicy.render.json import value_json
from mlpolicy.render.notices import fault_text
from mlpolicy.render.places import either
from mlpolicy.render.replies import given_text, replies_text
from mlpolicy.render.settle import leaves, possible
from mlpolicy.render.style import bold, cyan, dim, finish, green, wrap, yellow

#: What the JSON document of this command says it is.
SCHEMA = "mlpolicy/ask/v1"

_COMMANDS = "? (don't know), skip, back, why, quit"
_REASONS = 6


def greeting(decision: Decision, file: str, *, width: int, color: bool) -> str:
    """What is judged and by what, and what may be typed."""
    lines = wrap(f"{bold(decision.manifest_name)} ({file})", width)
    lines += wrap(f"policy {titled.policy(decision.policy)} as of {decision.as_of}", width)
    lines += [*wrap(dim(f"Type an answer, or: {_COMMANDS}. A range is 10..20."), width)]
    return _text(lines, color)


def beginning(file: str, *, width: int, color: bool) -> str:
    """That there is no manifest yet."""
    said = f"There is no {bold(file)} yet. What every manifest states comes first."
    return _text(
        [*wrap(said, width), *wrap(dim(f"Type an answer, or: {_COMMANDS}."), width)], color
    )


def standing(workload: WorkloadDecision, titles: Titles, *, width: int, color: bool) -> str:
    """Where a workload stands, on a line or two."""
    return _text(wrap(_standing(workload, titles), width, "", "  "), color)


def _standing(workload: WorkloadDecision, titles: Titles) -> str:
    name = bold(workload.name)
    if workload.error is not None:
        return f"{name}: {yellow('could not be judged')}: {fault_text(workload.error)}"
    if workload.status is Status.JUDGED:
        return f"{name}: {figures.in_short(workload.reports, titles) or 'judged by the rules'}"
    now = [titled.outcome(name, titles) for name in possible(workload)]
    shown = titled.answer(workload.choice, titles) if workload.choice else None
    mine = titled.outcome(workload.choice.outcome, titles) if workload.choice else None
    others = [outcome for outcome in now if outcome != mine]
    if is_firm(workload):
        return f"{name}: {green(shown or either(now))}. No answer can change this any more."
    if workload.hold is not None:
        return f"{name}: {workload.status}; {workload.hold}"
    if shown is None:
        return f"{name}: {yellow('undecided')}; may be {either(now)}"
    if others:
        return f"{name}: {yellow(shown)} for now; may become {either(others)}"
    return f"{name}: {yellow(shown)} for now"


def asking(
    question: Question, now: Sequence[str], titles: Titles, *, width: int, color: bool
) -> str:
    """The question, what may be answered, and what each answer would leave."""
    wording = question.ask or str(question.path)
    lines = ["", *wrap(bold(wording), width)]
    of = f" of {question.workload}" if question.turn not in ("", question.workload) else ""
    place = f"{dim(str(question.path))}{_column(question)}{of}"
    lines += wrap(f"{place}: {wanted(question.field)}", width, "  ")
    if question.stated:
        lines += wrap(f"stated so far: {question.stated}", width, "  ", "    ")
    told = {split.possible for split in question.splits}
    if len(told) > 1:
        answers = "; ".join(
            f"{replies_text(split.answer)}{leaves(split.possible, tuple(now), titles)}"
            for split in question.splits
        )
        given = f" (with {given_text(question.given)})" if question.given else ""
        lines += wrap(f"{answers}{given}", width, "  ", "    ")
    return _text(lines, color)


def _column(question: Question) -> str:
    return f" {question.column}" if question.column else ""


def reasons(question: Question, decision: Decision | None, *, width: int, color: bool) -> str:
    """Why a question is asked: what in the policy waits for it, with the clauses."""
    lines: list[str] = []
    match question.purpose:
        case Purpose.BEGIN:
            lines += wrap(
                "Every manifest states this; without it there is nothing to judge.", width, "  "
            )
        case Purpose.DETAIL:
            lines += wrap(
                "The policy reads this of an entry to tell how far it can be relied on.",
                width,
                "  ",
            )
        case Purpose.OUTCOME:
            lines += wrap(f"The choice for {question.asker} can still turn on it.", width, "  ")
        case Purpose.COST | Purpose.RULE:
            pass
    seen: dict[str, None] = {}
    for said, refs in question.reasons[:_REASONS]:
        cited = f"  {cyan(' '.join(refs))}" if refs else ""
        lines += wrap(f"{said}{cited}", width, "  - ", "    ")
        seen.update(dict.fromkeys(refs))
    for ref in list(seen)[:_REASONS]:
        if decision is not None and (clause := decision.clauses.get(ref)):
            lines += wrap(f"{cyan(ref)}  {clause_text(clause)}", width, "  ", "      ")
    if not question.reasons and question.field.description:
        lines += wrap(question.field.description, width, "  ")
    return _text(lines, color)


def taken(question: Question, value: Plain, shown: str, *, width: int, color: bool) -> str:
    """What was written, so that a slip is seen at once."""
    name = f"{question.path}{_column(question)}"
    return _text(
        wrap(f"{name}: {shown}{_large(value)}", width, f"  {green('written')} ", "    "), color
    )


def _large(value: Plain) -> str:
    """A long number once more, with marks between thousands."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"  ({value:,})"
    return ""


def refused(message: str, help: str, *, width: int, color: bool) -> str:
    """Why an answer was not taken."""
    hint = f"; {help}" if help else ""
    return _text(wrap(f"{message}{hint}", width, f"  {yellow('not taken')}: ", "    "), color)


def note(text: str, *, width: int, color: bool) -> str:
    """A remark of the interview, filled to the width, its further lines indented."""
    return _text(wrap(text, width, "", "  "), color)


def left_open(questions: Sequence[Question], *, width: int, color: bool) -> str:
    """Questions that nobody answered, one a line."""
    lines: list[str] = []
    for question in questions:
        owner = f"{question.workload}: " if question.workload else ""
        ask = f"  {dim(question.ask)}" if question.ask else ""
        lines += wrap(f"{owner}{question.path}{_column(question)}{ask}", width, "  ", "      ")
    return _text(lines, color)


def report(
    file: str,
    decisions: Sequence[Decision],
    answers: Sequence[RecordedAnswer],
    open_: Sequence[Question],
    optional: Sequence[Question],
    unused: Sequence[str],
    *,
    workload: str,
) -> str:
    """The same as JSON: what was taken, and what is still open."""
    judged = [w for d in decisions for w in d.workloads if workload in ("", w.name)]
    return value_json(
        cast(
            Any,
            {
                "schema": SCHEMA,
                "manifest": file,
                "firm": bool(judged) and all(is_firm(each) for each in judged),
                "workloads": [
                    {
                        "name": each.name,
                        "status": each.status.value,
                        "firm": is_firm(each),
                        "possible": list(possible(each)),
                    }
                    for each in judged
                ],
                "taken": [
                    {**_asked(each.question), "value": _plain(each.value)} for each in answers
                ],
                "open": [_open(each) for each in open_],
                "optional": [_open(each) for each in optional],
                "unused": list(unused),
            },
        )
    )


def _asked(question: Question) -> dict[str, object]:
    return {
        "path": str(question.path),
        "column": question.column or None,
        "workload": question.owner or None,
        "purpose": question.purpose.value,
    }


def _open(question: Question) -> dict[str, object]:
    return {
        **_asked(question),
        "ask": question.ask,
        "expects": wanted(question.field),
        "unit": question.field.unit,
        "when": [
            {"answer": replies_text(split.answer), "possible": list(split.possible)}
            for split in question.splits
        ],
    }


def _plain(value: Plain | None) -> object:
    match value:
        case None | bool() | str():
            return value
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return Fraction(cast(Any, value))


def _text(lines: Sequence[str], color: bool) -> str:
    return finish("\n".join(lines) + "\n", color=color)
