"""Rules of the grammar in, nodes of `tree` out: a method for each rule that the parser found.

The parser keeps every token, so each method takes the children of its rule as the grammar
writes them. Each part of the grammar has a module.

What the grammar accepts and the language does not (a date that does not exist, a clause given
twice, a row with a cell too many) is noted in `problems`; the node is made where it can be.
"""

from __future__ import annotations

from mlpolicy.syntax import tree as t
from mlpolicy.syntax.building.cases import Cases
from mlpolicy.syntax.building.declarations import Declarations
from mlpolicy.syntax.building.expressions import Expressions
from mlpolicy.syntax.building.rules import Rules
from mlpolicy.syntax.building.trees import Trees
from mlpolicy.syntax.fragments import Children


class Builder(Expressions, Declarations, Trees, Rules, Cases):
    """Makes the nodes of one declaration of a source, a method for each rule."""

    def start(self, c: Children) -> t.Decl | None:
        """A declaration, once it is whole."""
        declaration: t.Decl | None = c[0]
        return declaration
