"""The author's texts, with their holes filled: values as a person reads them.

The words of an enum are told by their titles, and those of a set or a list without brackets,
except between backticks: what stands there is to be typed as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from mlpolicy.core.program import Expr
from mlpolicy.core.show import show
from mlpolicy.core.titles import Titles
from mlpolicy.core.types import Type
from mlpolicy.core.values import Items, Series, Value, is_known
from mlpolicy.evaluate.env import Bindings, Env
from mlpolicy.evaluate.representative import preferred
from mlpolicy.evaluate.values import result


def fill(parts: tuple[str | Expr, ...], env: Env, b: Bindings) -> str:
    """A text with its holes filled."""
    return filled(parts, _titles(env), lambda part: result(part, env, b).value)


def fill_preferred(parts: tuple[str | Expr, ...], env: Env) -> str:
    """A text with its holes filled; what is open in it is shown as preferred."""
    return filled(parts, _titles(env), lambda part: preferred(part, env))


def _titles(env: Env) -> Titles:
    return env.subject.run.program.titles


def filled(parts: tuple[str | Expr, ...], titles: Titles, found: Callable[[Expr], Value]) -> str:
    """A text with the value that is `found` of each hole."""
    typed = False
    said: list[str] = []
    for part in parts:
        if isinstance(part, str):
            typed ^= part.count("`") % 2 == 1
            said.append(part)
        elif typed:
            said.append(show(found(part), part.type))
        else:
            said.append(_said(found(part), part.type, titles))
    return "".join(said)


def _said(value: Value, of: Type, titles: Titles) -> str:
    text = show(value, of, titles)
    several = isinstance(value, Items) and value.must is not None and value.must == value.may
    if several or (isinstance(value, Series) and is_known(value)):
        return text[1:-1] or "none"
    return text
