"""One document decided by one policy: the only place from which a decision is asked for.

Who is asked to decide brings what stands beside policy and manifest: the day, the waivers of a
waiver file, and what is stated of approvals.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from mlpolicy.approvals import with_approvals
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Approval, Document, Required, Waiver
from mlpolicy.core.node import node
from mlpolicy.core.notices import NotJudged
from mlpolicy.core.program import Program
from mlpolicy.core.terms import Status
from mlpolicy.evaluate import Memory
from mlpolicy.explain.decision import decide_document
from mlpolicy.explain.findings import Early
from mlpolicy.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.backends.python.runtime import Code, Compiled, Whole
    from mlpolicy.evaluate.env import Run


@node(kw_only=True)
class Context:
    """What a decision rests on besides the policy and the document.

    `as_of` is the day decided for, `today` that of the clock. `waivers` are those of a waiver
    file; those of the document count only with `manifest_waivers`. With `dated` the day decided
    for is the document's own; `require` are the fields that it has to state. `approvals` are all
    that is stated, of whatever policy. Without `explain`, what only an explanation needs is left
    out of the decision; without `settle`, what would settle an open answer, which takes longest,
    and what is irrelevant; without `steps`, the steps that it follows from. With `rules`, of the
    rules only these are judged, and those that may end in an error, since an error is one of the
    whole workload.
    """

    as_of: datetime.date
    today: datetime.date
    waivers: tuple[Waiver, ...] = ()
    manifest_waivers: bool = True
    dated: bool = False
    require: tuple[Required, ...] = ()
    approvals: tuple[Approval, ...] = ()
    explain: bool = True
    settle: bool = True
    steps: bool = True
    rules: frozenset[str] | None = None


def decide(
    program: Program,
    document: Document,
    context: Context,
    code: Code | None = None,
    memory: Memory | None = None,
    begun: Callable[[Run], None] | None = None,
) -> Decision:
    """The decision of a policy on a document, with the approvals that hold for this policy.

    `code` is the compiled form of the program, if there is one: without `explain` the decision is
    made with its help, and is the same. It keeps what it worked out of what is open for the next
    documents of the day. So it is with a `memory` of the caller, which then serves instead. `begun`
    is called with the run before anything is worked out in it; it goes without `code`.
    """
    decision = None
    if code is not None and memory is None and not context.explain:
        from mlpolicy.backends.python.runtime import Whole

        whole = Whole(code, document, context.as_of.toordinal())
        decision = _straight(whole, context)
        if decision is not None:
            return decision
        decision = _with(whole, context)
    if decision is None:
        decision = _decided(program, document, context, begun, memory=memory)
    return with_approvals(decision, context.approvals)


def _straight(whole: Whole, context: Context) -> Decision | None:
    """The decision where all that is read is known; None where that is not so, or where more is
    asked for than policy and manifest tell."""
    from mlpolicy.straight import decision

    if whole.document.waivers or context.waivers or context.require or context.rules is not None:
        return None
    return decision(whole, context.as_of, context.today, context.approvals)


def _decided(
    program: Program,
    document: Document,
    context: Context,
    ahead: Callable[[Run], Early | None] | None = None,
    memory: Memory | None = None,
) -> Decision:
    return decide_document(
        program,
        document,
        as_of=context.as_of,
        today=context.today,
        waivers=context.waivers,
        allow_manifest_waivers=context.manifest_waivers,
        dated=context.dated,
        require=context.require,
        explain=context.explain,
        settle=context.settle,
        steps=context.steps,
        rules=context.rules,
        ahead=ahead,
        memory=memory,
    )


def _with(whole: Whole, context: Context) -> Decision | None:
    """The decision with the help of a compiled form; None where the reference has to make it:
    something could not be evaluated, or it comes near the limit of what is worked out. There it
    matters what the reference looks at, and in which order."""
    from mlpolicy.backends.python.runtime import Compiled

    code, program, used = whole.code, whole.code.program, list[Compiled]()

    def begin(run: Run) -> Compiled:
        used.append(Compiled(code, run, whole))
        return used[0]

    with code.remembering(context.as_of.toordinal()) as memory:
        decision = _decided(program, whole.document, context, begin, memory)
    (compiled,) = used
    failed = any(workload.status is Status.ERROR for workload in decision.workloads)
    if program.extensions and not failed:  # a fault of theirs leaves the workload as it is
        failed = any(isinstance(each.notice, NotJudged) for each in decision.findings)
        failed = failed or any(each.error for w in decision.workloads for each in w.reports)
    return None if failed or compiled.unfinished else decision
