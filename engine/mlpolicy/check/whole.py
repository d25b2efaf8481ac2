"""A changed program, made whole again: what was worked out of its parts is worked out anew."""

from __future__ import annotations

import pickle
from dataclasses import replace

from mlpolicy.check.number import number
from mlpolicy.check.reads import reads_of
from mlpolicy.core.program import Program
from mlpolicy.soundness.tables import prove


def whole(program: Program) -> Program:
    """A program of which a part was replaced, or that was put together from parts of others, as if
    it had been checked so: with what is proved of its tables, with what it reads, and with ids of
    its own. Ids are put into the nodes of a program, which must not be those of another one: all of
    it is copied."""
    made: Program = pickle.loads(pickle.dumps(program))
    return number(prove(replace(made, reads=reads_of(made))))
