"""One document decided by one policy: the only place from which a decision is asked for.

Who is asked to decide brings what stands beside policy and manifest: the day, the waivers of a
waiver file, and what is stated of approvals.
"""

from __future__ import annotations

import datetime

from mlpolicy.approvals import with_approvals
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Approval, Document, Waiver
from mlpolicy.core.node import node
from mlpolicy.core.program import Program
from mlpolicy.explain.decision import decide_document


@node(kw_only=True)
class Context:
    """What a decision rests on besides the policy and the document.

    `as_of` is the day decided for, `today` that of the clock. `waivers` are those of a waiver
    file; those of the document count only with `manifest_waivers`. `approvals` are all that is
    stated, of whatever policy. Without `explain`, what only an explanation needs is left out of
    the decision. With `rules`, of the rules only these are judged, and those that may end in an
    error, since an error is one of the whole workload.
    """

    as_of: datetime.date
    today: datetime.date
    waivers: tuple[Waiver, ...] = ()
    manifest_waivers: bool = True
    approvals: tuple[Approval, ...] = ()
    explain: bool = True
    rules: frozenset[str] | None = None


def decide(program: Program, document: Document, context: Context) -> Decision:
    """The decision of a policy on a document, with the approvals that hold for this policy."""
    decision = decide_document(
        program,
        document,
        as_of=context.as_of,
        today=context.today,
        waivers=context.waivers,
        allow_manifest_waivers=context.manifest_waivers,
        explain=context.explain,
        rules=context.rules,
    )
    return with_approvals(decision, context.approvals)
