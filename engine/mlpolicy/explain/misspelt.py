"""A word of the manifest for which a catalogue has no row, and the row that is nearest to it.

A rule that fires where a row is missing cannot say which name was meant: the policy does not know
what is written. What is known of it here is the word, and what the catalogue has.
"""

from __future__ import annotations

from mlpolicy.core.notices import Misspelt
from mlpolicy.core.program import HasRow
from mlpolicy.core.rows import RowId
from mlpolicy.core.values import NO, YES, Members
from mlpolicy.core.visit import walk
from mlpolicy.evaluate.env import Env
from mlpolicy.evaluate.rows import first_key, rows_in_force
from mlpolicy.evaluate.values import result, value
from mlpolicy.judge.rules import Judged
from mlpolicy.suggest import nearest


def misspelt(judged: Judged) -> Misspelt | None:
    """The first word of a rule that fired for which it asked a catalogue with one key, in vain,
    where the catalogue has one that is near; else None."""
    if judged.value is not YES:
        return None
    asked = (node for node in walk(judged.rule.when) if isinstance(node, HasRow))
    for node in asked:
        if len(node.keys) != 1 or result(node, judged.env, judged.bindings).value is not NO:
            continue
        written = value(node.keys[0], judged.env, judged.bindings)
        if not isinstance(written, Members) or not written.options or len(written.options) > 1:
            continue
        (word,) = written.options
        guess = None if word is None else nearest(word, _keys(node, judged.env))
        if word is not None and guess is not None:
            return Misspelt(word, guess)
    return None


def _keys(node: HasRow, env: Env) -> list[str]:
    """The words that a catalogue has a row for."""
    rows = (RowId(table=node.table, index=row.index) for row in rows_in_force(node.table, env))
    return [key for row in rows if (key := first_key(row, env)) is not None]
