"""The lossless view of a declaration: every token as it is written, in the rules of the grammar
that read it. Parentheses and words that the syntax tree does without are kept; remarks are kept
by their places (`tree.File.comments`).

It knows no construct: a rule that is added to the grammar is here at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mlpolicy.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Leaf:
    """A token: its terminal in the grammar, and its text. `_NL`, `_INDENT` and `_DEDENT` are
    tokens too."""

    kind: str
    text: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """A rule of the grammar, or the name that the grammar gives to one of its forms, and what it
    was read from, in order. INVARIANT: it is not empty."""

    rule: str
    parts: tuple[Branch | Leaf, ...]
