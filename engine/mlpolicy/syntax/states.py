"""What people write for the state of a rule or an obligation that a test expects: `does not apply`,
`is fired`, `not owed`. The language has one word for each state."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlpolicy.pattern import pattern

_WORD = pattern(r"[a-z]+(?:['’]t)?")
#: Words that are left aside, and those that deny what follows.
_BESIDE = frozenset(
    ("is", "was", "are", "has", "have", "be", "been", "to", "does", "do", "did", "should", "will")
)
_DENYING = frozenset(("not", "never", "no", "isnt", "wasnt", "doesnt", "didnt", "wont", "hasnt"))

_FIRED, _PASSED, _WAITING, _ABSENT = "fired", "passed", "waiting", "absent"
#: The state that each word of people is about.
_ABOUT: Mapping[str, str] = {
    **dict.fromkeys(("fire", "fires", "fired", "firing", "triggered", "triggers"), _FIRED),
    **dict.fromkeys(("pass", "passes", "passed", "passing"), _PASSED),
    **dict.fromkeys(("wait", "waits", "waiting", "waited"), _WAITING),
    **dict.fromkeys(("waive", "waived"), "waived"),
    **dict.fromkeys(("apply", "applies", "applied", "applicable"), "applies"),
    **dict.fromkeys(("owe", "owes", "owed"), "owed"),
    **dict.fromkeys(("meet", "meets", "met", "fulfilled"), "met"),
    **dict.fromkeys(("due", "overdue"), "overdue"),
    **dict.fromkeys(("absent", "missing"), _ABSENT),
}
#: What it can be that is denied; and what one can be of which is said only that it applies.
_DENIED: Mapping[str, tuple[str, ...]] = {
    _FIRED: (_PASSED, _WAITING, "does_not_apply"),
    _PASSED: (_FIRED, _WAITING, "does_not_apply"),
    _WAITING: (_FIRED, _PASSED, "does_not_apply"),
    "waived": (_FIRED,),
    "applies": ("does_not_apply",),
    "owed": (_ABSENT,),
    "met": ("owed", "overdue"),
    "overdue": ("owed", "met", _ABSENT),
    _ABSENT: ("owed", "met", "overdue"),
}
_APPLIES = (_FIRED, _PASSED, _WAITING)


def meant(phrase: str) -> tuple[str, ...]:
    """The states that a phrase can mean, the likeliest first; none where it is about no state."""
    denied = False
    about: set[str] = set()
    for word in _WORD.findall(phrase.casefold().replace("_", " ").replace("-", " ")):
        if word in _DENYING or word.endswith(("n't", "n’t")):
            denied = not denied
        elif word not in _BESIDE:
            about.add(_ABOUT.get(word, ""))
    if len(about) != 1:
        return ()
    (state,) = about
    if denied:
        return _DENIED.get(state, ())
    return _APPLIES if state == "applies" else (state,) if state else ()


def help_for(phrase: str, known: Collection[str] = ()) -> str:
    """How to write what a phrase means, of the `known` states where these are given; empty where it
    is about none of them."""
    states = [each for each in meant(phrase) if not known or each in known]
    if len(states) > 1:
        shown = ", ".join(f"`{each}`" for each in states[:-1])
        return f"write the state that is meant: {shown} or `{states[-1]}`"
    return f"write `{states[0]}`" if states else ""
