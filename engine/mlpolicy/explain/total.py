"""What the answer that is shown costs: all that is told of costs without an explanation."""

from __future__ import annotations

from fractions import Fraction

from mlpolicy.core.decision import Cost
from mlpolicy.core.numbers import Infinite, range_of
from mlpolicy.core.program import Define
from mlpolicy.core.terms import DefineKind
from mlpolicy.core.values import Num, member
from mlpolicy.evaluate.env import Answer, Bindings, Env
from mlpolicy.evaluate.values import result


def total(env: Env, answer: Answer | None) -> tuple[Cost, ...]:
    """What the answer that is shown costs by the policy's first cost formula, without its lines and
    what it is made of: the costs of a decision that is not explained. Raises FaultError."""
    reached = answer.reached if answer is not None else None
    formulas = (d for d in env.subject.run.program.defines.values() if d.kind is DefineKind.COST)
    first = next(formulas, None)
    if first is None or reached is None or answer is None:
        return ()
    key = reached.leaf.outcome if first.key else ""
    if first.key and not key:
        return ()
    b, env = cost_bindings(first, key, answer), cost_env(key, env, answer)
    value = result(first.body, env, b).value
    assert isinstance(value, Num)
    extent = range_of(value.poly)
    low, high = end_of(extent.range.lo), end_of(extent.range.hi)
    over = result(first.over, env, b).value if first.over is not None else None
    return (
        Cost(
            formula=first.name,
            outcome=key,
            over="",
            months=over.poly.constant if isinstance(over, Num) else None,
            currency=env.subject.run.program.currency,
            low=low if low or high is not None else None,
            high=high,
            wider=extent.wider,
            lines=(),
            missing=(),
            refs=first.refs,
        ),
    )


def cost_bindings(define: Define, key: str, answer: Answer | None) -> Bindings:
    """What names stand for in a cost formula of one outcome."""
    b = Bindings(answer=answer)
    return b if define.key is None else b.with_name(define.parameter, member(key))


def cost_env(key: str, env: Env, answer: Answer | None) -> Env:
    """The cost of what is shown is asked with its path assumed; others with nothing assumed."""
    if answer is not None and answer.reached is not None and answer.reached.leaf.outcome == key:
        return answer.reached.env
    return env


def end_of(bound: Fraction | Infinite) -> Fraction | None:
    """An end of a cost as it is told; None where it is open."""
    return None if isinstance(bound, Infinite) else bound
