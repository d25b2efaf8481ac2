"""The author's texts, with their holes filled: values as a person reads them."""

from __future__ import annotations

from collections.abc import Callable

from mlpolicy.core.program import Expr
from mlpolicy.core.show import show
from mlpolicy.core.values import Value
from mlpolicy.evaluate.env import Bindings, Env
from mlpolicy.evaluate.representative import preferred
from mlpolicy.evaluate.values import result


def fill(parts: tuple[str | Expr, ...], env: Env, b: Bindings) -> str:
    """A text with its holes filled."""
    return _filled(parts, lambda part: result(part, env, b).value)


def fill_preferred(parts: tuple[str | Expr, ...], env: Env) -> str:
    """A text with its holes filled; what is open in it is shown as preferred."""
    return _filled(parts, lambda part: preferred(part, env))


def _filled(parts: tuple[str | Expr, ...], found: Callable[[Expr], Value]) -> str:
    return "".join(
        part if isinstance(part, str) else show(found(part), part.type) for part in parts
    )
