"""The values that a policy reports, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.decision import Decision, Reported
from mlpolicy.core.terms import Status
from mlpolicy.core.titles import Titles
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.values import is_known
from mlpolicy.render import notices
from mlpolicy.render.places import gathered


def said(reported: Reported) -> str:
    """`4,166.67 EUR/month`, or what is missing for it."""
    if reported.error is not None:
        return notices.fault_text(reported.error)
    assert reported.figure is not None
    value = notices.figure(reported.figure)
    if is_known(reported.figure.value) or not reported.needs:
        return value
    return f"{value}, needs {gathered(reported.needs)}"


def in_short(reports: Sequence[Reported], titles: Titles) -> str:
    """All of them on one line, in place of an answer where the policy gives none."""
    return "; ".join(f"{titles.value(each.name)} {said(each)}" for each in reports)


def beside(decision: Decision, workload: str | None = None) -> Iterator[tuple[str, str, str]]:
    """What is reported beside the answers: whose it is, what it is called, what it comes to. What
    stands in place of an answer is left out."""
    titles = decision.titles
    for each in decision.workloads:
        if workload in (None, each.name) and each.status is not Status.JUDGED:
            for reported in each.reports:
                yield each.name, titles.value(reported.name), said(reported)
    if workload is None:
        for reported in decision.reports:
            yield decision.manifest_name, titles.value(reported.name), said(reported)


def lines(reports: Sequence[Reported], trace: Step, width: int, depth: int) -> list[str]:
    """Each with what it follows from, down to a depth; `trace` is the step of whose they are."""
    from mlpolicy.render.path import node_lines  # `check`, which shows no steps, needs none of it

    steps = {step.name: step for step in trace.children if step.kind not in _OTHERS}
    found: list[str] = []
    for reported in reports:
        step = steps.get(reported.name)
        if step is None:
            found.append(f"  {reported.name}: {said(reported)}")
        else:
            found += node_lines(step, width, depth=depth)
    return found


#: Steps of a workload or a project that are no figures.
_OTHERS = frozenset({StepKind.TREE, StepKind.RULE, StepKind.OBLIGATION, StepKind.COST})
