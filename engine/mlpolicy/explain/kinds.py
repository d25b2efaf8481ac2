"""Sets of kinds of steps, in one place. What a set is for stands beside it."""

from __future__ import annotations

from mlpolicy.core.trace import StepKind as K

#: Two sides that are compared.
RELATIONS = frozenset({K.COMPARE, K.IS, K.IN, K.WITHIN})

#: What is yes or no by rules of its own: a value below one is no part of the value above it.
CONDITIONS = RELATIONS | {K.AND, K.OR, K.NOT, K.HAS, K.ANY, K.SCORE, K.QUESTION}

#: What a person knows by its name, not by its wording.
NAMED = frozenset(
    {
        *(K.INPUT, K.THRESHOLD, K.PARAM, K.DEFINE, K.COST, K.TABLE, K.SCORE, K.ROW),
        *(K.CELL, K.ENTRY, K.FIRST, K.BEST, K.LOOKUP, K.CHOICE, K.ANSWER, K.AS_OF),
        *(K.PARAMETER, K.EXCEPTION, K.RULE, K.OBLIGATION, K.FACT),
    }
)

#: What follows from nothing: its value stands where it is used.
GIVEN = frozenset({K.CONSTANT, K.FACT, K.PARAMETER, K.ASSUMED, K.AS_OF})

#: What looks through rows.
SEARCHES = frozenset({K.ANY, K.FIRST})

#: The steps of a tree.
TREE = frozenset({K.TREE, K.IF, K.GOTO, K.LEAF, K.HOLD})

#: The policy's own side of a comparison: what a value is measured against.
BARS = frozenset({K.THRESHOLD, K.PARAM, K.CONSTANT})

#: What hands on whether it holds from its parts, and says nothing of its own.
WRAPPERS = frozenset({K.AND, K.RULE, K.CHOICES, K.CHOICE})

#: A reason by itself: its name and its value say why.
REASONS = frozenset({K.INPUT, K.DEFINE, K.SCORE, K.ENTRY, K.CELL})

#: What is judged once the choice stands, and cannot change it.
BESIDE_THE_CHOICE = frozenset({K.RULE, K.OBLIGATION, K.COST})

#: A row, or something read of one.
OF_A_ROW = frozenset({K.ROW, K.CELL, K.PRICE})

#: What finds a row, or whether there is one.
LOOKUPS = frozenset({K.LOOKUP, K.HAS, K.FIRST})
