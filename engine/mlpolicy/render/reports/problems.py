"""What a check has to say, one problem after another: what every format of a report is made of.

A problem is a rule that fired, waits or is waived; an answer that there is none of; or a fault of
a file. It has one place at most, a grade in the words that other programs know, and a fingerprint
that stays the same while lines move.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import assert_never

from mlpolicy.core.decision import Decision, Finding, WaiverUse, WorkloadDecision
from mlpolicy.core.node import node
from mlpolicy.core.terms import Level, RuleState, Status
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.render import notices, titled
from mlpolicy.render.places import SETTLED, asked
from mlpolicy.render.style import plain
from mlpolicy.source import Origin, Place
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.changes.edits import ProvedEdit

#: What a problem is called where no rule speaks of it; `mlpolicy rule` explains each.
NO_ANSWER = "no_answer"
NOT_FEASIBLE = "no_feasible_option"
NOT_EVALUATED = "not_evaluated"


class Kind(Enum):
    """What a problem is."""

    FIRED = auto()  # a rule holds against the manifest
    WAITING = auto()  # a rule could not be judged
    WAIVED = auto()
    ANSWER = auto()  # a workload has no answer, or none that will do
    FAULT = auto()  # something could not be evaluated


class Grade(Enum):
    """How grave a problem is, as other programs grade it."""

    ERROR = auto()
    WARNING = auto()
    NOTE = auto()


@node(kw_only=True)
class Problem:
    """One problem. `id` is what `mlpolicy rule` explains; `level` that of a rule, else None. `file`
    is empty where the problem is about no file; `place` None where it is about no line of it.
    `message` and `fix` are plain text, `facts` what a check waits for, each once. `policy` is the
    name and version of the one that judged, `key` what tells it from others. `origin` is what a
    fault of a file covers, and `instead` what would stand there rightly. `edits` are the edits of
    the manifest that are proved to silence a rule."""

    kind: Kind
    id: str
    grade: Grade
    level: Level | None
    file: str
    place: Place | None
    project: str
    workload: str | None
    message: str
    fix: str
    facts: tuple[str, ...] = ()
    policy: str = ""
    key: str = ""
    waiver: WaiverUse | None = None
    origin: Origin | None = None
    instead: str | None = None
    edits: tuple[ProvedEdit, ...] = ()
    fingerprint: str = ""


def problems(
    decisions: Sequence[Decision],
    diagnostics: Sequence[Diagnostic],
    edits: Sequence[tuple[ProvedEdit, ...]] = (),
) -> tuple[Problem, ...]:
    """All of them, each with its fingerprint: the gravest first, then in the order of files.
    `edits` holds the edits of each decision, where they were looked for."""
    found = [of_diagnostic(each) for each in diagnostics]
    for number, decision in enumerate(decisions):
        found += of_decision(decision, edits[number] if edits else ())
    return tuple(sorted(_marked(found), key=_order))


def in_repository(file: str) -> str:
    """A file's path as reports name it: without `./` and the like, empty where it has none."""
    if not file or file.startswith("<"):
        return ""
    path = posixpath.normpath(file)
    return "" if path == "." else path


# ── From decisions ───────────────────────────────────────────────────────────────────────

#: How grave a finding of a level is to other programs.
GRADES = {Level.BLOCK: Grade.ERROR, Level.WARN: Grade.WARNING, Level.ADVISE: Grade.NOTE}


def of_decision(decision: Decision, edits: tuple[ProvedEdit, ...] = ()) -> Iterator[Problem]:
    """The problems of one decision, without their fingerprints. Advice that waits is none."""
    places = {each.name: each.at for each in decision.workloads}
    for finding in decision.findings:
        if finding.state is RuleState.WAITING and finding.level is Level.ADVISE:
            continue
        yield _of_finding(decision, finding, places, edits)
    for workload in decision.workloads:
        problem = _of_answer(decision, workload)
        if problem is not None:
            yield problem


def _of_finding(
    decision: Decision,
    finding: Finding,
    places: dict[str, Place | None],
    edits: tuple[ProvedEdit, ...],
) -> Problem:
    place = _place_of(decision, finding) or places.get(finding.workload or "")
    grade, kind = GRADES[finding.level], Kind.FIRED
    message, fix = notices.say(finding), notices.fix(finding)
    facts: tuple[str, ...] = ()
    match finding.state:
        case RuleState.WAITING:
            kind, grade = Kind.WAITING, Grade.NOTE
            facts = tuple(dict.fromkeys(_line(asked(need)) for need in finding.needs))
            waits = f"could not be judged: it waits for {', '.join(facts) or SETTLED}"
            message = message if finding.notice else waits
        case RuleState.WAIVED:
            kind = Kind.WAIVED
        case _:
            pass
    return Problem(
        kind=kind,
        id=finding.rule,
        grade=grade,
        level=finding.level,
        file=place.file if place else decision.manifest_path,
        place=place,
        project=decision.manifest_name,
        workload=finding.workload,
        message=_line(message),
        fix=_line(fix),
        facts=facts,
        policy=titled.policy(decision.policy),
        key=decision.policy.key,
        waiver=finding.waiver,
        edits=tuple([each for each in edits if each.silences(finding)]),
    )


def _place_of(decision: Decision, finding: Finding) -> Place | None:
    """Where a finding points, if that is a file of the team's: one in the policy is none."""
    if finding.at is None or finding.at.file == decision.manifest_path:
        return finding.at
    return finding.at if finding.waiver is not None else None


def _of_answer(decision: Decision, workload: WorkloadDecision) -> Problem | None:
    match workload.status:
        case Status.DECIDED | Status.PROVISIONAL | Status.JUDGED:
            return None
        case Status.INFEASIBLE:
            id, grade, message = NOT_FEASIBLE, Grade.WARNING, "no option is feasible"
        case Status.UNDECIDED:
            id, grade, message = NO_ANSWER, Grade.NOTE, "there is no answer yet"
        case Status.HELD:
            id, grade = NO_ANSWER, Grade.NOTE
            message = f"there is no answer: {workload.hold or 'the policy holds it'}"
        case Status.ERROR:
            assert workload.error is not None
            id, grade, message = NOT_EVALUATED, Grade.ERROR, notices.fault_text(workload.error)
        case _:
            assert_never(workload.status)
    because = workload.choice.because if workload.choice and id == NOT_FEASIBLE else ()
    return Problem(
        kind=Kind.FAULT if id == NOT_EVALUATED else Kind.ANSWER,
        id=id,
        grade=grade,
        level=None,
        file=decision.manifest_path,
        place=workload.at,
        project=decision.manifest_name,
        workload=workload.name,
        message=_line("; ".join([message, *because])),
        fix="",
        policy=titled.policy(decision.policy),
        key=decision.policy.key,
    )


# ── From faults of files ─────────────────────────────────────────────────────────────────


_GRADES = {
    Severity.ERROR: Grade.ERROR,
    Severity.WARNING: Grade.WARNING,
    Severity.NOTE: Grade.NOTE,
}


def of_diagnostic(diagnostic: Diagnostic) -> Problem:
    """A fault of a file as a problem, without its fingerprint."""
    return Problem(
        kind=Kind.FAULT,
        id=diagnostic.code,
        grade=_GRADES[diagnostic.severity],
        level=None,
        file=diagnostic.place.file if diagnostic.place else diagnostic.file,
        place=diagnostic.place,
        project="",
        workload=None,
        message=_line(diagnostic.message),
        fix=_line(diagnostic.help),
        origin=diagnostic.origin,
        instead=diagnostic.instead,
    )


# ── What all have ────────────────────────────────────────────────────────────────────────


def _line(text: str) -> str:
    """A text on one line in which nothing is hidden and nothing is a command."""
    return " ".join(plain(text).split())


def _marked(found: Iterable[Problem]) -> Iterator[Problem]:
    """Problems with their fingerprints: of what, about whom and where, but on no line. Those that
    have all of it in common are told apart by their order."""
    from dataclasses import replace

    seen: Counter[str] = Counter()
    for each in found:
        waiver = each.waiver.id if each.waiver is not None else ""
        text = each.origin.text if each.origin is not None else ""
        about = each.message if each.kind is Kind.FAULT and not text else ""
        parts = (each.id, in_repository(each.file), each.project, each.workload or "", waiver, text)
        key = "\0".join((*parts, about))
        seen[key] += 1
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "backslashreplace"))
        yield replace(each, fingerprint=digest.hexdigest())


_KINDS = tuple(Kind)
_ORDER = tuple(Grade)


def _order(each: Problem) -> tuple[object, ...]:
    line, column = (each.place.line, each.place.column) if each.place else (0, 0)
    open_ = each.kind in (Kind.WAIVED, Kind.WAITING)
    return (open_, _ORDER.index(each.grade), each.file, line, column, each.id, each.fingerprint)
