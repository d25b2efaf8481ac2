"""What a policy calls the things that it speaks of: the scopes of its manifests, as values.

A manifest says some facts once, and others of each thing that is decided: of each workload of a
project, of each person of a household. Which words there are is for the policy to say, in its line
`manifest … of household, person in persons`; no part of the engine has one of its own.
"""

from __future__ import annotations

from mlpolicy.typed import NamedTuple


class Scope(NamedTuple):
    """Whose a field is: each one's, or said once for all; and the policy's word for it."""

    is_each: bool
    word: str

    def __str__(self) -> str:
        """The word, as paths begin with it."""
        return self.word


class Scopes(NamedTuple):
    """The scopes of a policy. `items` is the list of a manifest that holds the things that are
    decided; it is empty where a manifest is one such thing as a whole, and both scopes then have
    the one word of the policy."""

    shared: Scope
    each: Scope
    items: str

    def __str__(self) -> str:
        """As the `manifest` line says them."""
        return f"{self.shared}, {self.each} in {self.items}" if self.items else self.each.word

    @property
    def words(self) -> tuple[str, ...]:
        """What a path may begin with."""
        return tuple(dict.fromkeys((self.shared.word, self.each.word)))

    @property
    def many(self) -> str:
        """How several of the things are called: as the list that holds them."""
        return self.items or f"{self.each.word}s"

    @property
    def home(self) -> tuple[str | int, ...]:
        """Where in the full form of a manifest the first of the things stands."""
        return ("spec", self.items, 0) if self.items else ("spec",)

    @property
    def not_fields(self) -> frozenset[str]:
        """The keys beside the shared fields that are none of them."""
        return frozenset((self.items, "waivers"))

    def named(self, word: str) -> Scope | None:
        """The scope that a path begins with; None where the policy has none of that word."""
        return next((each for each in (self.each, self.shared) if each.word == word), None)

    def counted(self, number: int) -> str:
        """`1 person`, `3 persons`."""
        return f"{number:,} {self.each.word if number == 1 else self.many}"

    def a(self) -> str:
        """`a person`, `an item`."""
        return with_article(self.each.word)


def scopes_of(shared: str, each: str = "", items: str = "") -> Scopes:
    """Scopes from their words; with the first alone, a manifest is one such thing as a whole."""
    return Scopes(Scope(False, shared), Scope(True, each or shared), items)


def with_article(word: str) -> str:
    """`a person`, `an item`."""
    return f"{'an' if word[:1].casefold() in tuple('aeiou') else 'a'} {word}"
