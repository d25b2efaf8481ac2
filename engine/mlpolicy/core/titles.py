"""How people call what a policy declares: its titles, as values.

Titles are words and no meaning: nothing is decided by them, and the digest of a policy's meaning
leaves them out. Views ask here, and show the identifier where nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlpolicy.core.node import node
from mlpolicy.dataclass import field


@node(kw_only=True)
class Titles:
    """The titles of a policy, by identifier: `values` of inputs, definitions, bars, scores, tables,
    catalogues, records and shortlists; `types` of enums and of the outcome; `trees`; `findings` of
    rules and obligations; `members` of the words of an enum, by its name; `lines` of the conditions
    of a shortlist, by its name. `outcome` is the name of the outcome, `of_status` that of its
    statuses, `attributes` the enum of each attribute of an answer that has one."""

    values: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    trees: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outcome: str = ""
    of_status: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """The title of an input, a definition or a table; its name where it has none."""
        return self.values.get(name, name)

    def tree(self, name: str) -> str:
        """The title of a tree; its name where it has none."""
        return self.trees.get(name, name)

    def finding(self, name: str) -> str:
        """The title of a rule or an obligation; its name where it has none."""
        return self.findings.get(name, name)

    def member(self, enum: str, word: str) -> str:
        """The title of a word of an enum; the word where it has none."""
        return self.members.get(enum, {}).get(word, word)

    def word(self, word: str) -> str:
        """The title of a word of which it is not known to which enum it belongs; the word itself
        where it has none, or several."""
        found = {each[word] for each in self.members.values() if word in each}
        return found.pop() if len(found) == 1 else word

    def answer(self, outcome: str) -> str:
        """The title of an outcome; its name where it has none."""
        return self.member(self.outcome, outcome)

    def status(self, word: str) -> str:
        """The title of a status of an answer; the word where it has none."""
        return self.member(self.of_status, word)

    def attribute(self, name: str, word: str) -> str:
        """The title of what an attribute of an answer is; the word where it has none."""
        return self.member(self.attributes.get(name, ""), word)
