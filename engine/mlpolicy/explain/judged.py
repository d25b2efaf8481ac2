"""The steps of rules and obligations, and why a rule passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpolicy.core.decision import Decision, RuleResult
from mlpolicy.core.trace import Step, StepKind
from mlpolicy.core.values import NO
from mlpolicy.explain.deciding import decisive, find
from mlpolicy.explain.kinds import REASONS, WRAPPERS

#: The step of a rule or an obligation, by its name and its workload ("": the project).
JudgedSteps = Mapping[tuple[str, str], Step]


def judged_steps(decision: Decision, workload: str | None = None) -> JudgedSteps:
    """What was judged of a workload, or of all and the project."""
    found: dict[tuple[str, str], Step] = {}
    for subject, trace in _traces(decision, workload):
        for step in find(trace, StepKind.RULE, StepKind.OBLIGATION):
            found.setdefault((step.name, subject), step)
    return found


def _traces(decision: Decision, workload: str | None) -> Iterator[tuple[str, Step]]:
    for each in decision.workloads:
        if workload in (None, each.name):
            yield each.name, each.trace
    if workload is None:
        for child in decision.trace.children:
            if child.kind is StepKind.PROJECT:
                yield "", child


def why_passed(steps: JudgedSteps, result: RuleResult) -> tuple[Step, ...]:
    """Why a rule passed; nothing where the decision was made without its steps."""
    step = steps.get((result.rule, result.workload or ""))
    return failing(step) if step is not None else ()


def failing(step: Step) -> tuple[Step, ...]:
    """Why a condition is not met: its first failing part; of an `or` all of them. Of the step
    of a rule that passed, why it passed."""
    if step.kind in WRAPPERS:
        first = next((child for child in decisive(step) if child.value is NO), None)
        return failing(first) if first is not None else (step,)
    if step.kind is StepKind.OR:
        return tuple(part for child in step.children for part in failing(child))
    if step.kind is StepKind.NOT and step.children[0].kind in REASONS:
        return (step.children[0],)
    return (step,)
