"""What is told of a search for changes, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from mlpolicy.core.decision import Decision, OpenCell
from mlpolicy.core.node import node
from mlpolicy.core.notices import Fault
from mlpolicy.core.paths import FieldPath, Hindrance
from mlpolicy.core.replies import Reply
from mlpolicy.core.terms import RuleState, Status
from mlpolicy.core.trace import Step
from mlpolicy.core.values import Truth
from mlpolicy.manifest.overlay import Overlay, Plain
from mlpolicy.source import Place

#: What, known or measured, would give an outcome: the field, the reply, the question.
Evidence = tuple[FieldPath, tuple[Reply, ...], str | OpenCell]


@node(kw_only=True)
class Setting:
    """One field of a change. `value` is the nearest that does it, `region` all that do with
    the other settings as they are, in words; `before` what is stated, in words. `exact` where
    the region's ends were proved: just outside it, it does not do."""

    path: FieldPath
    workload: str | None
    before: str
    value: Plain
    shown: str
    region: str
    exact: bool


@node
class Change:
    """Settings that together do it, and the decision they lead to."""

    settings: tuple[Setting, ...]
    after: Decision


@node(kw_only=True)
class Turn:
    """An `if` of the path at which the answer turned away: what was asked, what it came to, and
    the comparisons and inputs that made it so; `at` the policy's line. `last` where no further
    one leads to it. `facts` are the fields behind the one value that turned it away, where nobody
    can choose them."""

    condition: str
    came_to: Truth
    values: tuple[Step, ...]
    at: Place | None
    last: bool
    facts: tuple[FieldPath, ...] = ()


class Proof(StrEnum):
    """How the search ended."""

    ALREADY = "already so"
    FOUND = "found"
    PROVISIONAL = "only provisional"
    IMPOSSIBLE = "impossible"  # whatever the editable fields state
    HINDERED = "never decided"  # while something is unknown, whatever the fields state
    MORE = "more than three fields"
    UNTOLD = "not told"


class Wanted(StrEnum):
    """What a change is looked for: an outcome, or that a rule is silent."""

    OUTCOME = "outcome"
    SILENCE = "rule"


@node
class Stands:
    """How what is asked for stands today: of an outcome, the workload's status and what is
    shown ("" where nothing is), or the error; of a rule, what became of it."""

    status: Status | None = None
    shown: str = ""
    error: Fault | None = None
    rule: RuleState | None = None


@node(kw_only=True)
class WhyNot:
    """The answer. `question` is what was wanted; `stands` how it stands today. `asked` are
    the fields that were considered, `untold` the sets of which nothing could be told,
    `complete` whether all changes of the size are told but for those. `open_for` is what must
    become known before any change can make it decided; `evidence` what, known or measured,
    would give it: path, answer, question. `facts` are needs of which each alone would give it if
    the task had it: nobody can choose them, so that they are no changes. `settling` are, of a rule
    that speaks of an answer that is not final, the facts that would settle the answer."""

    question: Wanted
    wanted: str
    workload: str | None
    stands: Stands
    turns: tuple[Turn, ...]
    proof: Proof
    changes: tuple[Change, ...]
    complete: bool
    size: int
    untold: tuple[tuple[FieldPath, ...], ...]
    open_for: Hindrance | None
    asked: tuple[FieldPath, ...]
    evidence: tuple[Evidence, ...]
    facts: tuple[Setting, ...] = ()
    settling: tuple[tuple[FieldPath, str | OpenCell], ...] = ()


#: The decision on the manifest with fields restated; None where its schema refuses them.
Confirm = Callable[[Sequence[Overlay]], Decision | None]
