"""What a manifest states, with the place of every statement.

INVARIANT: a `Document` has passed its JSON Schema. Values are plain: nothing here knows a
unit, a default or a policy. What is absent is absent from the mapping; the word `unknown`
and a `{low, high}` estimate have values of their own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction

from mlpolicy.core.node import node
from mlpolicy.core.paths import FieldPath
from mlpolicy.core.scopes import Scopes
from mlpolicy.dataclass import field
from mlpolicy.pattern import pattern
from mlpolicy.source import Place


@node
class DeclaredUnknown:
    """The manifest says `unknown` in so many words."""


DECLARED_UNKNOWN = DeclaredUnknown()


@node
class Estimate:
    """`{low: 1, high: 3}`: a number known to lie between two bounds, both included."""

    low: Fraction
    high: Fraction


@node
class Said:
    """What a manifest says about a fact: why it is so, who says it, and, of an entry that was
    measured, on what; empty where it does not say. `keys` are those that may say why and who."""

    because: str = ""
    by: str = ""
    measured_on: str = ""
    keys: tuple[str, ...] = ()


@node
class Fact:
    """One value of a manifest and where it stands.

    `value` is a bool, an exact number (`Fraction`), a string (dates too, as written),
    `DECLARED_UNKNOWN`, an `Estimate`, a tuple of facts (a list) or a mapping of facts.
    `place` is where the value starts; `key_place` where its key does (None in a list). `said` is
    what stands beside it about it, None where nothing may; it makes no other fact of it.
    """

    value: (
        bool | Fraction | str | DeclaredUnknown | Estimate | tuple[Fact, ...] | Mapping[str, Fact]
    )
    place: Place = field(compare=False)
    key_place: Place | None = field(default=None, compare=False)
    said: Said | None = field(default=None, compare=False)

    def get(self, *path: str) -> Fact | None:
        """The fact at a path of keys below this one, or None where it is absent."""
        here: Fact | None = self
        for key in path:
            if here is None:
                return None
            value = here.value
            # To ask for the class takes less time than to ask whether it is a mapping.
            if value.__class__ is not dict and not isinstance(value, Mapping):
                return None
            here = value.get(key)
        return here


def differing(
    before: Fact | None, now: Fact | None, steps: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The fields in which two manifests differ, of which the second was made from the first and
    shares what is the same."""
    if before is now:
        return
    one = before.value if before is not None else None
    two = now.value if now is not None else None
    if not (isinstance(one, Mapping) and isinstance(two, Mapping)):
        yield steps
        return
    for name in {**one, **two}:
        yield from differing(one.get(name), two.get(name), (*steps, name))


def statement(fact: Fact | None) -> Hashable:
    """What is stated, without its places: the same where the same is stated."""
    if fact is None:
        return None
    value = fact.value
    if isinstance(value, Mapping):
        return tuple((name, statement(below)) for name, below in sorted(value.items()))
    if isinstance(value, tuple):
        return tuple(statement(below) for below in value)
    return (type(value).__name__, value)


@node
class Workload:
    """One prediction task of a project."""

    name: str
    fact: Fact


@node(kw_only=True)
class Waiver:
    """A stated exception: `rule` (for `workload`, or for all) is accepted by `approved_by`.

    Dates are ISO texts already checked by the schema; `max_amount` is the money bound, in the
    currency of the policy.
    """

    id: str
    rule: str
    workload: str | None
    owner: str | None
    reason: str
    approved_by: str
    approved_on: str | None
    expires_on: str
    max_amount: Fraction | None
    ticket: str | None
    place: Place = field(compare=False)


@node(kw_only=True)
class Required:
    """A field that every manifest has to state, because the configuration says so.

    `sample` is how a value of it is written, `members` are the words that it may be where there
    are only some. It is not stated without the keys `needed` below it. With `entries` it is a list
    of them, and an empty one states nothing; `free` is a text in the author's own words, and
    `remarks` are the keys below it that hold one, which alone state nothing.
    """

    path: FieldPath
    sample: str
    members: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    entries: bool = False
    free: bool = False
    remarks: tuple[str, ...] = ()


@node(kw_only=True)
class Approval:
    """A statement that `by` approved a version of a policy, on a day: the bytes with this
    `digest`, which `policy` calls `NAME@1.2.0`. It comes from a configuration, never from a
    manifest."""

    policy: str
    digest: str
    by: str
    on: str
    ticket: str | None = None


@node(kw_only=True)
class Document:
    """One manifest, normalised to the full form.

    `project` is the mapping under `spec` without what is decided one by one and the waivers;
    a short form has been rewritten to it. `workloads` are the things that are decided: the items
    of the list that the `scopes` of the policy name, or else the manifest as a whole. `digest` is
    `sha256:…` over the file's bytes.
    """

    file: str
    digest: str
    kind: str
    name: str
    policy: str | None
    decision_date: str | None
    project: Fact
    workloads: tuple[Workload, ...]
    waivers: tuple[Waiver, ...]
    scopes: Scopes

    def place_of(self, workload: str | None) -> int:
        """The place of a workload, or of the project (None, ""), among the subjects: that of its
        symbols. INVARIANT: there is one of this name."""
        names = (each.name for each in self.workloads)
        return next(i for i, name in enumerate(("", *names)) if name == (workload or ""))


#: Words that stand where nobody knows what to write.
_NOTHING = frozenset(
    {
        *("", "unknown", "not known", "unclear", "tbd", "tba", "tbc", "todo", "fixme", "n/a", "na"),
        *(
            "n.a",
            "none",
            "nobody",
            "no one",
            "nil",
            "null",
            "pending",
            "open",
            "not yet",
            "missing",
        ),
        *("undecided", "undetermined", "unspecified", "unassigned", "unnamed", "anonymous"),
        *("somebody", "someone", "anybody", "anyone", "whoever", "placeholder", "unbekannt"),
    }
)

#: What begins so has still to be said: `TBD (ask Kim)`, `to be confirmed by the board`, `xxx`.
_STILL = pattern(
    r"(?:tb[adc]|todo|fixme)\b|x{3,}$|(?:unknown|unclear)\s*[^\w\s]"
    r"|not (?:yet )?(?:known|decided|determined|named|assigned|approved|signed)\b"
    r"|to be (?:decided|determined|confirmed|announced|named|defined|filled)\b"
)


#: Of a person who approves: they have still to do it.
_TO_APPROVE = pattern(r"(?:pending|await(?:ing|s)|waiting|approval|sign-?off|in review)\b")


def names_nobody(text: str) -> bool:
    """Does a text that should say who approved something name nobody who has done it? Besides what
    says nothing at all these are texts such as `pending review`."""
    word = text.strip(" ([<\"'").casefold()
    return says_nothing(text) or _TO_APPROVE.match(word) is not None


def says_nothing(text: str) -> bool:
    """Is a text one of the words that stand where nobody knows, or no word at all? Of an address,
    the part before the `@` tells."""
    word = "".join(each if each.isprintable() else " " for each in text)
    word = word.strip(" .?!-_–—…*<>()[]'\"`\u00a0").casefold()
    return word.partition("@")[0] in _NOTHING or _STILL.match(word) is not None
