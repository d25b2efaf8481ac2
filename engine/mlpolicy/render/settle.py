"""What would settle an answer, what cannot matter to it, and on what statements it rests."""

from __future__ import annotations

from mlpolicy.core.decision import Settle, WorkloadDecision
from mlpolicy.core.show import money
from mlpolicy.core.terms import Status
from mlpolicy.core.titles import Titles
from mlpolicy.explain.known import is_open
from mlpolicy.explain.ranking import ranked
from mlpolicy.render import titled
from mlpolicy.render.notices import figure, keyed
from mlpolicy.render.places import either, told
from mlpolicy.render.reasons import called_of
from mlpolicy.render.replies import ask_text, given_text, replies_text
from mlpolicy.render.style import bold, dim, wrap

_OPEN = (Status.UNDECIDED, Status.HELD, Status.PROVISIONAL)
_TELLING = 3
_QUESTIONS = 8
_NAMES = 8
#: How many more outcomes an answer may become before naming them says nothing.
_FEW = 2
UNTRIED = (
    "not every answer was tried: there are too many cases of what is open, so that there may be "
    "more that settles it"
)
_REST = "(all with --format json)"


def possible(workload: WorkloadDecision) -> tuple[str, ...]:
    """The outcomes that are possible, in the policy's order."""
    return tuple(dict.fromkeys(choice.outcome or "infeasible" for choice in workload.possible))


def open_words(workload: WorkloadDecision) -> list[tuple[str, list[str]]]:
    """The attributes of the answer that is shown that may yet be another word, with these words."""
    shown = workload.choice
    if shown is None or shown.outcome is None:
        return []
    same = [choice for choice in workload.possible if choice.outcome == shown.outcome]
    found = []
    for name, value in shown.attributes:
        others = {dict(choice.attributes).get(name) for choice in same} - {value, None}
        if value is not None and others:
            found.append((name, sorted(each for each in others if each)))
    return found


def may_become(workload: WorkloadDecision, titles: Titles | None = None) -> str:
    """What an answer that is shown may yet be instead, where that says something: one or two other
    outcomes, of an answer that is not decided; or how a decided one may be carried out. With
    `titles`, as people call these."""
    if workload.choice is None:
        return ""
    mine = workload.choice.outcome or titled.INFEASIBLE
    others = [name for name in possible(workload) if name != mine]
    open_ = [(name, word) for name, words in open_words(workload) for word in words]
    said = []
    if others and len(others) <= _FEW and workload.status is Status.PROVISIONAL:
        said.append(f"may become {either(_called(others, titles))}")
    if open_ and len(open_) <= _FEW:
        how = [
            f"{name} {word}" if titles is None else titles.attribute(name, word)
            for name, word in open_
        ]
        said.append(f"still open how: perhaps {either(how)}")
    return "; ".join(said)


def given(settle: Settle) -> str:
    """What an answer takes for granted of the rest of its entry."""
    return f"for an entry with {given_text(settle.given)}" if settle.given else ""


def more(settle: Settle) -> str:
    """How many other questions a yes settles too; empty where it settles none."""
    return f"yes settles {settle.settles} more questions" if settle.settles else ""


def heading(workload: WorkloadDecision) -> str:
    """What the questions of a workload tell: which answer it is, or of a firm one only how it is
    carried out."""
    return "what settles it" if workload.status in _OPEN else "what settles how it is done"


def in_short(workload: WorkloadDecision, width: int) -> list[str]:
    """The most telling questions, for the head of a workload that is not decided."""
    questions = _alone(ranked(workload)) or ranked(workload)
    if workload.status not in _OPEN or not questions:
        return []
    names = list(dict.fromkeys(question(settle) for settle in questions))
    left = len(names) - _TELLING
    rest = f"; {left} more below" if left > 0 else ""
    return wrap(f"{'; '.join(names[:_TELLING])}{rest}", width, "  settled by  ")


def in_full(workload: WorkloadDecision, width: int) -> list[str]:
    """Every question, with what each answer would leave, or how many others it settles; those
    that take others besides in a line of their own."""
    every = ranked(workload)
    if not every:
        return ["", *wrap(UNTRIED, width, "  ")] if workload.untried else []
    questions = [each for each in every if each.settles or _is_alone(each)] or every
    lines = ["", f"  {heading(workload)}"]
    now = possible(workload)
    # What settles others stands first, and takes the place of none.
    most = _QUESTIONS + sum(1 for each in questions if each.settles and not _is_alone(each))
    for settle in questions[:most]:
        ask = f"  {ask_text(settle.ask)}" if settle.ask else ""
        lines += wrap(f"{bold(question(settle))}{ask}", width, "    ", "        ")
        if settle.given:
            lines += wrap(f"({given(settle)})", width, "      ", "        ")
        if settle.settles:
            lines.append(f"      {more(settle)}")
        if len({split.possible for split in settle.when}) > 1:
            answers = [
                f"{replies_text(split.answer)}{leaves(split.possible, now)}"
                for split in settle.when
            ]
            lines += wrap(f"{'; '.join(answers)}{_saved(settle)}", width, "      ", "        ")
    if len(questions) > most:
        lines.append(f"    and {len(questions) - most} more {_REST}")
    names = [question(settle) for settle in every if settle not in questions]
    if names:
        left = len(names) - _NAMES
        rest = f" and {left} more {_REST}" if left > 0 else ""
        text = f"{', '.join(map(str, names[:_NAMES]))}{rest}"
        lines += wrap(text, width, "    only together with other answers: ", "        ")
    if workload.untried:
        lines += wrap(UNTRIED, width, "    ", "        ")
    return lines


def _alone(questions: list[Settle]) -> list[Settle]:
    return [settle for settle in questions if _is_alone(settle)]


def _is_alone(settle: Settle) -> bool:
    """Does one answer rule something out by itself, or can only the policy's author answer it?"""
    return bool(settle.removes) or settle.path is None


def _saved(settle: Settle) -> str:
    """The money that the best answer takes off the spread of what it may cost."""
    if not settle.spread:
        return ""
    return f"; takes up to {money(settle.spread, settle.currency)} off the spread of cost"


def without_effect(workload: WorkloadDecision, width: int) -> list[str]:
    """The unknown inputs that are proved not to matter."""
    names = workload.irrelevant
    if not names:
        return []
    more = len(names) - _NAMES
    rest = f" and {more} more {_REST}" if more > 0 else ""
    text = f"{', '.join(map(str, names[:_NAMES]))}{rest}"
    return ["", *wrap(text, width, "  does not matter for the choice: ", "    ")]


def assumed(workload: WorkloadDecision, width: int, titles: Titles | None = None) -> list[str]:
    """What the policy takes for granted where nothing is stated, and what it works out instead; not
    what only another outcome would rest on."""
    shown = workload.choice.outcome if workload.choice else None
    others = {cost.outcome for cost in workload.costs} | set(possible(workload))
    others = others - {shown} if shown else set()
    told_ = [a for a in workload.assumed if a.key not in others and not is_open(a.stands.value)]
    if not told_:
        return []
    parts: dict[bool, list[str]] = {False: [], True: []}
    for each in told_:
        name = each.name if each.key == shown else keyed(each.name, each.key)
        name = name if titles is None else f"{called_of(name, titles)}:"
        looks = dim(f"({' '.join((str(each.path), *each.refs))})")
        parts[each.computed].append(f"{name} {figure(each.stands)} {looks}".replace("?:", "?"))
    lines = [""]
    for computed, texts in parts.items():
        what = "computed from what is stated" if computed else "assumed, as nothing is stated"
        lines += wrap(", ".join(texts), width, f"  {what}: ", "    ") if texts else []
    return lines


def question(settle: Settle) -> str:
    """What would settle an answer, by name: a path of the manifest with its workload, or the place
    in the policy that is open."""
    if settle.path:
        return f"{settle.path} of {settle.workload}" if settle.workload else str(settle.path)
    place = f" ({told(settle.at)})" if settle.at else ""
    return f"what the policy itself does not know{place}"


def leaves(left: tuple[str, ...], now: tuple[str, ...], titles: Titles | None = None) -> str:
    """` -> sagemaker`, ` -> ai_service or diy`, `: rules out ai_service`; with `titles`, as
    people call these, and that nothing is feasible is then no option that could be ruled out."""
    gone = [name for name in now if name not in left]
    stays = [*(name for name in now if name in left), *(n for n in left if n not in now)]
    if not gone and len(now) > 2:
        return ": all stay possible"
    if len(now) > 2 and len(gone) < len(stays):
        if titles is None:
            return f": rules out {either(gone)}"
        options = [name for name in gone if name != titled.INFEASIBLE]
        said = [f"rules out {either(_called(options, titles))}"] if options else []
        if len(options) < len(gone):
            said.append("at least one option is feasible")
        return f": {', and '.join(said)}"
    return f" -> {either(_called(stays, titles))}"


def _called(names: list[str], titles: Titles | None) -> list[str]:
    return names if titles is None else [titled.outcome(name, titles) for name in names]
