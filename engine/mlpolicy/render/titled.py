"""How people call an answer: titles of the policy, in place of its identifiers.

What has no title keeps its identifier, so that a policy without titles reads as it is written.
"""

from __future__ import annotations

from mlpolicy.core.decision import Choice, PolicyId
from mlpolicy.core.program import Program
from mlpolicy.core.terms import PLAIN
from mlpolicy.core.titles import Titles

#: What is answered where no outcome is feasible.
NO_OPTION = "no feasible option"
#: How that is written where outcomes are named.
INFEASIBLE = "infeasible"


def policy(of: PolicyId | Program) -> str:
    """`aws-ml-selection 1.2.0 with savings 1.0.0, team 1.0.0`: a policy with its extensions."""
    more = ", ".join(f"{each.name} {each.version}" for each in of.extensions)
    return f"{of.name} {of.version}" + (f" with {more}" if more else "")


def outcome(name: str | None, titles: Titles) -> str:
    """`AI service`; `no feasible option` where there is no outcome (None, or `infeasible`)."""
    return NO_OPTION if name in (None, INFEASIBLE) else titles.answer(str(name))


def answer(choice: Choice, titles: Titles) -> str:
    """`AI service (Amazon Comprehend, pretrained)`: an outcome with what its attributes say, and
    the status of its leaf where that is worth a word."""
    if choice.outcome is None:
        return NO_OPTION
    said = [titles.attribute(name, word) for name, word in choice.attributes if word is not None]
    if choice.status not in PLAIN:
        said.append(titles.status(choice.status))
    name = titles.answer(choice.outcome)
    return f"{name} ({', '.join(said)})" if said else name
