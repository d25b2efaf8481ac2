"""The start of a run: every workload has its subject before any is decided, so that what one
reads over all of them (or upstream) is there."""

from __future__ import annotations

from datetime import date

from mlpolicy.core.facts import Document
from mlpolicy.core.program import Program
from mlpolicy.evaluate.assume import assume
from mlpolicy.evaluate.expressions import evaluate_expression
from mlpolicy.evaluate.state import Env, Run, Subject


def begin(program: Program, document: Document, as_of: date, explain: bool) -> Run:
    """A run in which nothing has been decided. With `explain`, deciding notes where answers
    may turn."""
    run = Run(program, document, as_of.toordinal(), evaluate_expression, assume, explain)
    run.turns = run.met if explain else None
    for workload in document.workloads:
        subject = Subject(run, workload)
        run.subjects[workload.name] = subject
        run.envs[workload.name] = Env(subject)
    return run
