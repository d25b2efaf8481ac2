"""What a rule, an obligation or a message means: a page for those who meet its name in a report.

What it means and why, how to put it right, how it may be waived, where it stands, and an example
from the policy's own tests. Everything but the example comes from the checked program; of what
the engine itself says, from the tables here and in `diagnostics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from mlpolicy.core.node import node
from mlpolicy.core.program import Obligation, Program, Rule, Template
from mlpolicy.core.terms import Level
from mlpolicy.diagnostics import CODES
from mlpolicy.render import titled
from mlpolicy.render.json import Json, value_json
from mlpolicy.render.style import bold, cyan, finish, plain, wrap
from mlpolicy.source import Place

SCHEMA = "mlpolicy/rule/v1"


class PageKind(StrEnum):
    """Of what a page is. The values are those of the JSON document."""

    RULE = "rule"
    OBLIGATION = "obligation"
    CHECK = "check"  # one of mlpolicy itself
    MESSAGE = "message"


@node
class Why:
    """A clause that something rests on, in the words of the policy's ledger."""

    ref: str
    text: str


@node
class Example:
    """A manifest on which it fires, from the test of that title, on that day (ISO)."""

    title: str
    day: str
    manifest: str


@node(kw_only=True)
class Page:
    """What there is to say of one name. `levels` are those at which it may be found: one of a
    rule or an obligation, several of a check, none of a message. `condition` is written as in the
    policy. `waivable` None where nothing of the kind is waived; `bounded` where a waiver may bound
    an amount. `policy` and `place` are empty for what is no policy's."""

    id: str
    kind: PageKind
    levels: tuple[Level, ...]
    title: str
    means: str
    fix: str
    condition: str = ""
    why: tuple[Why, ...] = ()
    waivable: bool | None = None
    bounded: bool = False
    policy: str = ""
    place: Place | None = None
    example: Example | None = None


# ── What the engine itself says ──────────────────────────────────────────────────────────

#: name -> (levels, title, what it means, how to put it right): the checks that no policy declares.
CHECKS: dict[str, tuple[tuple[Level, ...], str, str, str]] = {
    "decision_date": (
        (Level.WARN,),
        "the day decided for has not come",
        "A decision for a day to come rests on values that may still change.",
        "Decide for today, or for an earlier day where an old decision is looked at.",
    ),
    "possible_fault": (
        (Level.WARN,),
        "a fault could not be excluded",
        "With what is not known yet, two exceptions of the policy may both apply, or a number may "
        "be divided by zero. Once it is known, nothing is wrong or the answer ends in an error.",
        "State what the message names. Where that is a place of the policy, tell its owner.",
    ),
    "unfinished": (
        (Level.WARN,),
        "not all open cases were worked out",
        "So much is unknown that there are too many cases to work out; what is shown is wider than "
        "it need be, and never wrong.",
        "State more of what is unknown.",
    ),
    "fact_required": (
        (Level.BLOCK,),
        "what every manifest has to state is missing",
        "The configuration requires this field (`require`), and the manifest does not state it, or "
        "says that it is unknown. Nothing that hangs on it can be judged, so leaving it out never "
        "helps. No waiver lifts it.",
        "Add the line that the message gives.",
    ),
    "waiver_not_counted": (
        (Level.WARN,),
        "a waiver does not count",
        "It stands in a manifest, which those who are judged write, and the configuration does "
        "not let such waivers count; or it names nobody who approved it, or no reason.",
        "Put it into the waiver file that the configuration names, or have `manifest_waivers = "
        "true` written into the configuration at the top.",
    ),
    "waiver_by_date": (
        (Level.WARN,),
        "a waiver holds only by the day of the manifest",
        "On the day that the manifest gives as its `decision_date` the waiver is in force; today "
        "it is not.",
        "Have it approved again, or decide as of today.",
    ),
    "waiver_self_approved": (
        (Level.WARN,),
        "a waiver was approved by whom it frees",
        "Who approved it owns what is judged, or asked for the waiver and answers for it.",
        "Have it approved by somebody else.",
    ),
    "waiver_unknown_rule": (
        (Level.BLOCK,),
        "a waiver names no rule of this policy",
        "A waiver whose rule does not exist allows nothing, though somebody approved it.",
        "Correct the rule's name, or remove the waiver.",
    ),
    "waiver_unused": (
        (Level.WARN, Level.ADVISE),
        "a waiver allows nothing",
        "Its rule did not fire, what it names is not there, or it is approved only later.",
        "Remove the waiver, or correct what it names.",
    ),
    "waiver_expired": (
        (Level.WARN,),
        "a waiver has expired",
        "The day until which it was approved has passed: its rule stands again.",
        "Have it approved again, or settle the finding and remove it.",
    ),
    "waiver_expiring": (
        (Level.ADVISE,),
        "a waiver expires soon",
        "The day until which it was approved is near: then its rule stands again.",
        "Settle the finding, or have the waiver approved again.",
    ),
    "no_answer": (
        (),
        "there is no answer",
        "With what is stated no option can be shown, or the policy holds the answer back. Nothing "
        "that hangs on the answer passes.",
        "`mlpolicy ask` asks for what settles it.",
    ),
    "no_feasible_option": (
        (),
        "no option is feasible",
        "Every option that the policy knows is excluded by what is stated. That is an answer: "
        "what is planned all the same cannot meet what is asked of it.",
        "`mlpolicy explain MANIFEST --why-not OUTCOME` says which facts exclude an option.",
    ),
    "not_evaluated": (
        (),
        "something could not be evaluated",
        "What is stated contradicts itself or the policy, so that there is no answer.",
        "Correct the fact that the message names.",
    ),
}


def known(program: Program | None) -> list[str]:
    """Every name there is a page for."""
    named = (*program.rules, *program.obligations) if program is not None else ()
    return [*dict.fromkeys((*named, *CHECKS, *CODES))]


def page_of(name: str, program: Program | None, example: Example | None = None) -> Page | None:
    """The page of a name, None where nobody knows it. A policy's own names go first."""
    if program is not None and name in program.rules:
        return _of_rule(program.rules[name], program, example)
    if program is not None and name in program.obligations:
        return _of_obligation(program.obligations[name], program, example)
    if name in CHECKS:
        levels, title, means, fix = CHECKS[name]
        kind = PageKind.CHECK
        return Page(id=name, kind=kind, levels=levels, title=title, means=means, fix=fix)
    if name in CODES:
        title, means = CODES[name]
        kind = PageKind.MESSAGE
        return Page(id=name, kind=kind, levels=(), title=title, means=means, fix="")
    return None


def _of_rule(rule: Rule, program: Program, example: Example | None) -> Page:
    said = template(rule.say)
    return Page(
        id=rule.name,
        kind=PageKind.RULE,
        levels=(rule.level, *(level for _, level in rule.later)),
        title=program.titles.findings.get(rule.name, said),
        means=said,
        fix=template(rule.fix) if rule.fix is not None else "",
        condition=" ".join(rule.when.origin.text.split()),
        why=_why(rule.refs, program),
        waivable=rule.waivable,
        bounded=rule.bounds is not None,
        policy=titled.policy(program),
        place=rule.origin.place,
        example=example,
    )


def _of_obligation(owed: Obligation, program: Program, example: Example | None) -> Page:
    said = template(owed.text)
    parts = [("when", owed.when), ("met when", owed.met_when), ("due when", owed.due_when)]
    shown = [f"{word} {' '.join(expr.origin.text.split())}" for word, expr in parts if expr]
    return Page(
        id=owed.name,
        kind=PageKind.OBLIGATION,
        levels=(owed.level, *(level for _, level in owed.later)),
        title=program.titles.findings.get(owed.name, said),
        means=said,
        fix=said,
        condition="; ".join(shown),
        why=_why(owed.refs, program),
        waivable=owed.waivable,
        policy=titled.policy(program),
        place=owed.origin.place,
        example=example,
    )


def _why(refs: Sequence[str], program: Program) -> tuple[Why, ...]:
    return tuple(
        Why(ref, " ".join(program.clauses[ref].text.split()) if ref in program.clauses else "")
        for ref in refs
    )


def of_clause(name: str, program: Program | None) -> str:
    """What the clause of this name says (`guide#G22.8`, or `G22.8` where one source has it), for
    readers who ask for it as if it were a rule. Empty where no one clause that the policy cites has
    the name."""
    clauses = program.clauses if program is not None else {}
    fitting = [ref for ref in clauses if name in (ref, ref.partition("#")[2])]
    if len(fitting) != 1:
        return ""
    (ref,) = fitting
    (why,) = _why((ref,), program) if program is not None else ()
    return (
        f"`{ref}` is a clause: {why.text.rstrip('.')}. `mlpolicy sources list` says what cites it"
    )


def template(text: Template) -> str:
    """A text of the author's with its holes, as it is written: `the plan is {plan}`."""
    parts = (
        part if isinstance(part, str) else f"{{{' '.join(part.origin.text.split())}}}"
        for part in text.parts
    )
    return " ".join("".join(parts).split())


# ── Sentences ────────────────────────────────────────────────────────────────────────────


def owner(page: Page) -> str:
    """What a page's name is, and whose."""
    levels = ", ".join(level.value for level in page.levels)
    match page.kind:
        case PageKind.MESSAGE:
            return "a message about a file"
        case PageKind.CHECK:
            return f"a check of mlpolicy itself{f', level {levels}' if levels else ''}"
        case PageKind.RULE:
            return f"a rule of {page.policy}, level {levels}"
        case PageKind.OBLIGATION:
            return f"an obligation of {page.policy}, level {levels}"
        case _:
            assert_never(page.kind)


def consequence(page: Page) -> str:
    """What comes of it; empty where that hangs on more than the name."""
    if len(page.levels) != 1:
        return ""
    what = "Once it is overdue, it" if page.kind is PageKind.OBLIGATION else "It"
    match page.levels[0]:
        case Level.BLOCK:
            return f"{what} stops a commit."
        case Level.WARN:
            return f"{what} warns, and stops a commit where the configuration or an option says so."
        case Level.ADVISE:
            return f"{what} is advice."
        case level:
            assert_never(level)


def waiving(page: Page) -> str:
    """How it may be waived; empty where nothing of the kind is."""
    if page.waivable is None:
        return ""
    if not page.waivable:
        return "It cannot be waived."
    bound = "; `max_amount` bounds the amount" if page.bounded else ""
    return (
        f"By a waiver that names `{page.id}`, who approved it, why, and until when"
        f"{bound}. The configuration says whose waivers count."
    )


# ── Forms ────────────────────────────────────────────────────────────────────────────────


def rule_text(page: Page, *, width: int = 100, color: bool = False) -> str:
    """A page for a terminal."""
    lines = [f"{bold(page.id)}  {owner(page)}", ""]
    if page.means != page.title:
        lines += [*wrap(page.title, width), ""]
    lines += wrap(page.means, width)
    for head, text in (
        ("applies", page.condition),
        ("level", consequence(page)),
        ("fix", page.fix if page.fix != page.means else ""),
        ("waiver", waiving(page)),
        ("stands", str(page.place) if page.place else ""),
    ):
        if text:
            lines += wrap(text, width, f"  {cyan(head)}{' ' * (9 - len(head))}")
    if page.why:
        lines += ["", "why"]
        for clause in page.why:
            lines += wrap(clause.text, width, f"  {cyan(clause.ref)}  ", "      ")
    if page.example is not None:
        title = f'example: "{page.example.title}", on {page.example.day}'
        lines += ["", *wrap(title, width), ""]
        lines += [f"  {line}" for line in page.example.manifest.rstrip("\n").split("\n")]
    return finish("\n".join(line.rstrip() for line in lines) + "\n", color=color)


def rule_markdown(page: Page, *, example: bool = True) -> str:
    """A page in Markdown: for a report that shows it, or for a place to keep it."""
    from mlpolicy.render.escaping import as_code, as_text

    lines = [f"**{as_code(page.id)}**: {as_text(owner(page))}", "", as_text(page.means), ""]
    if page.condition:
        lines += [f"*Applies where* {as_code(page.condition)}", ""]
    for head, text in (
        ("Level", consequence(page)),
        ("How to fix it", page.fix if page.fix != page.means else ""),
        ("How to waive it", waiving(page)),
    ):
        if text:
            lines += [f"*{head}*: {as_text(text)}", ""]
    if page.why:
        lines += ["*Why*", ""]
        lines += [f"- {as_code(each.ref)} {as_text(each.text)}".rstrip() for each in page.why]
        lines += [""]
    if page.place is not None:
        lines += [f"*Stands at* {as_code(str(page.place))}", ""]
    if example and page.example is not None:
        lines += [f"*Example*: {as_text(page.example.title)}, on {page.example.day}", ""]
        lines += ["```yaml", plain(page.example.manifest).rstrip("\n"), "```", ""]
    return "\n".join(lines)


def rule_plain(page: Page) -> str:
    """A page as lines of plain text, without the example: for a report that shows no Markdown."""
    said = [page.means, f"Applies where {page.condition}." if page.condition else ""]
    said += [consequence(page)]
    said += [f"Fix: {page.fix}" if page.fix not in ("", page.means) else ""]
    said += [waiving(page)]
    said += [f"{each.ref}: {each.text}" for each in page.why if each.text]
    return "\n".join(plain(each) for each in said if each)


def rule_json(page: Page) -> str:
    """A page as the document `mlpolicy/rule/v1`."""
    place, example = page.place, page.example
    value: dict[str, Json] = {
        "schema": SCHEMA,
        "id": page.id,
        "kind": page.kind.value,
        "levels": [level.value for level in page.levels],
        "policy": page.policy or None,
        "title": page.title,
        "means": page.means,
        "applies": page.condition or None,
        "consequence": consequence(page) or None,
        "fix": page.fix or None,
        "waivable": page.waivable,
        "waiver": waiving(page) or None,
        "why": [{"ref": each.ref, "text": each.text} for each in page.why],
        "place": None
        if place is None
        else {"file": place.file, "line": place.line, "column": place.column},
        "example": None
        if example is None
        else {"title": example.title, "as_of": example.day, "manifest": example.manifest},
    }
    return value_json(value)
