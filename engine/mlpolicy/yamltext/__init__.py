"""The text of a YAML file in, its nodes as they are written out.

What is written plainly is read here (`plain`), in a fraction of the time that loading PyYAML takes;
all else, and whatever is wrong, is left to PyYAML (`parsed`), which says the same of all that is
read here: a test compares the two.
"""

from __future__ import annotations

from mlpolicy.yamltext.plain import composed
from mlpolicy.yamltext.written import Composed, Limits, Stop, Why, Written

__all__ = ["Composed", "Limits", "Stop", "Why", "Written", "compose"]


def compose(text: str, limits: Limits) -> Composed:
    """The documents of a text. INVARIANT: no node lies deeper than the limit."""
    found = composed(text, limits)
    if found is not None:
        return found
    from mlpolicy.yamltext.parsed import compose as by_pyyaml

    return by_pyyaml(text, limits)
