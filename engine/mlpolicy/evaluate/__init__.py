"""The reference meaning: values only.

`meaning` is the page: what every expression means, as a match over their kinds, with its
families `inputs`, `rows`, `names` and `amounts`. `values` is the recursion, which remembers and
keeps account of what a value rests on; `refine` says what follows from assuming a condition;
`trees` what a decision tree comes to, as a residual. `env` holds what all of them are evaluated
in, `representative` picks what is shown of an open value.
"""

from __future__ import annotations

import sys

from mlpolicy.core.facts import Document
from mlpolicy.core.program import MOST_LEVELS, Program
from mlpolicy.core.symbols import PROJECT_PLACE
from mlpolicy.evaluate.env import Env, Run, Subject
from mlpolicy.evaluate.meaning import meaning
from mlpolicy.evaluate.memory import Memory

#: How deep calls may be nested: enough for the deepest program, of which each level takes ten at
#: the most. Few of them take room on the stack of the process.
MOST_CALLS = 12 * MOST_LEVELS
sys.setrecursionlimit(max(sys.getrecursionlimit(), MOST_CALLS))


def begin(
    program: Program,
    document: Document,
    as_of: int,
    *,
    opened: bool = False,
    memory: Memory | None = None,
) -> Run:
    """A run in which nothing has been decided; `as_of` is an ordinal. Every workload has its
    subject before any is decided, so that what one reads over all of them is there. `opened`
    says that fields of the document were opened for a query. `memory` holds what was worked out
    by earlier runs of the same program for the same day."""
    run = Run(
        program=program,
        document=document,
        as_of=as_of,
        meaning=meaning,
        opened=opened,
        memory=memory,
    )
    if memory is not None:
        memory.serve(run)
    run.subjects.append(Env(Subject(run=run, workload=None, place=PROJECT_PLACE)))
    for place, workload in enumerate(document.workloads, PROJECT_PLACE + 1):
        run.subjects.append(Env(Subject(run=run, workload=workload, place=place)))
    run.envs.update((env.subject.name, env) for env in run.subjects)
    run.allow()
    return run


__all__ = ["Memory", "begin"]
