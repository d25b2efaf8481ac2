"""A report in the XML of JUnit, in the form that Jenkins publishes a schema of.

A suite is a manifest, or a file that could not be read; a case is what was judged of a workload. A
case fails where the run fails because of it; what waits is skipped; what fires at a level that lets
the run pass says so in its output. The place stands in front of a message as `file:line:column`:
the form has no attribute for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from mlpolicy.core.decision import Decision
from mlpolicy.core.node import node
from mlpolicy.core.terms import RuleState
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.reports.problems import (
    Grade,
    Kind,
    Problem,
    in_repository,
    of_decision,
    of_diagnostic,
)
from mlpolicy.render.style import plain

#: What makes a run fail besides the levels of rules.
INCOMPLETE = "incomplete"


@node(kw_only=True)
class _Case:
    """A case: `ended` is the element that says how it did, empty where it passed."""

    name: str
    of: str
    ended: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


@node
class _Suite:
    name: str
    file: str
    cases: tuple[_Case, ...]


def junit(
    decisions: Sequence[tuple[Decision, frozenset[str]]], diagnostics: Sequence[Diagnostic]
) -> str:
    """The report as a document. With every decision come the levels at which its run fails:
    `block`, `warn`, `advise`, and `incomplete` for what waits and for what has no answer."""
    suites = [
        _Suite(decision.manifest_name, decision.manifest_path, tuple(_cases(decision, fails)))
        for decision, fails in decisions
    ]
    broken: dict[str, list[_Case]] = {}
    for each in map(of_diagnostic, diagnostics):
        broken.setdefault(in_repository(each.file), []).append(_fault(each))
    suites += [_Suite(file or "mlpolicy", file, tuple(cases)) for file, cases in broken.items()]
    return "\n".join(_document(suites)) + "\n"


def junit_of_tests(policy: str, results: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """The same of the tests of a policy: each with its title, its place as `file:line`, and what
    went wrong; nothing where it passed."""
    suites: dict[str, list[_Case]] = {}
    for title, place, failures in results:
        text = "\n".join(f"{place}: {failure}" for failure in failures)
        case = _Case(
            name=title,
            of=policy,
            ended="failure" if failures else "",
            type="failure",
            message=failures[0] if failures else "",
            text=text,
        )
        suites.setdefault(place.rpartition(":")[0], []).append(case)
    told = [_Suite(file, file, tuple(cases)) for file, cases in suites.items()]
    return "\n".join(_document(told)) + "\n"


def _cases(decision: Decision, fails: frozenset[str]) -> Iterator[_Case]:
    """Everything that was judged: what passed, and every problem."""
    for result in decision.results:
        if result.state is RuleState.PASSED:
            yield _Case(name=result.rule, of=_of(decision.manifest_name, result.workload))
    found = list(of_decision(decision))
    answered = {each.workload for each in found if each.level is None}
    for workload in decision.workloads:
        if workload.name not in answered:
            yield _Case(name="answer", of=_of(decision.manifest_name, workload.name))
    for each in found:
        yield _fault(each) if each.kind is Kind.FAULT else _case(each, fails)


def _case(each: Problem, fails: frozenset[str]) -> _Case:
    of, text = _of(each.project, each.workload), _text(each)
    level = each.level.value if each.level is not None else INCOMPLETE
    match each.kind:
        case Kind.WAITING | Kind.ANSWER:
            ended = "failure" if INCOMPLETE in fails else "skipped"
        case Kind.WAIVED:
            assert each.waiver is not None
            text += f"\nwaived by {each.waiver.id}: {plain(each.waiver.reason)}"
            ended = "system-out"
        case _:
            ended = "failure" if level == "block" or level in fails else "system-out"
    return _Case(name=each.id, of=of, ended=ended, type=level, message=each.message, text=text)


def _fault(each: Problem) -> _Case:
    """Something that could not be evaluated; a warning about a file lets the run pass."""
    of = _of(each.project or in_repository(each.file) or "mlpolicy", each.workload)
    ended = "error" if each.grade is Grade.ERROR else "system-out"
    return _Case(
        name=each.id, of=of, ended=ended, type="error", message=each.message, text=_text(each)
    )


def _of(project: str, workload: str | None) -> str:
    return f"{project}.{workload}" if workload else project


def _text(each: Problem) -> str:
    place = ""
    if in_repository(each.file):
        at = f":{each.place.line}:{each.place.column}" if each.place else ""
        place = f"{in_repository(each.file)}{at}: "
    lines = [f"{place}{each.message}"]
    lines += [f"fix: {each.fix}"] if each.fix else []
    lines += [f"mlpolicy rule {each.id} says more"]
    return "\n".join(lines)


# ── The document ─────────────────────────────────────────────────────────────────────────


def _document(suites: Sequence[_Suite]) -> Iterator[str]:
    every = [case for suite in suites for case in suite.cases]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    counts = _counts(every, ("tests", "failures", "errors"))
    if not suites:
        yield f'<testsuites name="mlpolicy" {counts}/>'
        return
    yield f'<testsuites name="mlpolicy" {counts}>'
    for number, suite in enumerate(suites):
        counts = _counts(suite.cases, ("tests", "failures", "errors", "skipped"))
        file = f" file={_value(in_repository(suite.file))}" if in_repository(suite.file) else ""
        yield f'  <testsuite id="{number}" name={_value(suite.name)}{file} {counts}>'
        for case in suite.cases:
            yield from _element(case)
        yield "  </testsuite>"
    yield "</testsuites>"


def _counts(cases: Iterable[_Case], names: Sequence[str]) -> str:
    ended = [case.ended for case in cases]
    counts = {
        "tests": len(ended),
        "failures": ended.count("failure"),
        "errors": ended.count("error"),
        "skipped": ended.count("skipped"),
    }
    return " ".join(f'{name}="{counts[name]}"' for name in names)


def _element(case: _Case) -> Iterator[str]:
    head = f"    <testcase classname={_value(case.of)} name={_value(case.name)}"
    if not case.ended:
        yield f"{head}/>"
        return
    yield f"{head}>"
    if case.ended == "system-out":
        yield f"      <system-out>{_content(case.text)}</system-out>"
    else:
        kind = f"type={_value(case.type)} message={_value(case.message)}"
        yield f"      <{case.ended} {kind}>{_content(case.text)}</{case.ended}>"
    yield "    </testcase>"


def _content(text: str) -> str:
    """A text between tags. What XML cannot hold, and what nobody can see, is spelled out."""
    return escape(plain(text))


def _value(text: str) -> str:
    return quoteattr(" ".join(plain(text).split()))
