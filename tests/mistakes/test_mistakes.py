"""A plausible mistake in a policy has one message, at the right place, with help that mends it."""

from __future__ import annotations

import re

import pytest

from mlpolicy.syntax import foreign
from mlpolicy.syntax.forms import FORMS
from tests.mistakes.mistakes_support import FILE, Mistake, cases, edited, found, seen
from tests.profiles import lanes

CASES = cases()
MENDED = [case for case in CASES if case.then]


def _id(case: Mistake) -> str:
    return re.sub(r"\s+", " ", case.now)[:60]


def _kind(case: Mistake) -> str:
    """What finds it: the hundred of the code of its message."""
    return case.says[:5]


def test_the_policy_is_sound_as_it_stands() -> None:
    assert found(FILE, edited(CASES[0], CASES[0].was)[0]) == ()


@pytest.mark.parametrize("case", lanes(CASES, fast=24, kind=_kind), ids=_id)
def test_a_mistake_has_one_message_at_its_place(case: Mistake) -> None:
    """`python -m tests.mistakes.renew` writes what is said into the cases; read the difference."""
    assert seen(case) == case


@pytest.mark.parametrize("case", lanes(MENDED, fast=24, kind=_kind), ids=_id)
def test_what_the_help_says_mends_it(case: Mistake) -> None:
    text, start = edited(case, case.mended)
    stop = text.find("\n", start + len(case.mended))
    lines = text[text.rfind("\n", 0, start) + 1 : stop if stop >= 0 else None]
    told = [] if "take " in case.help else _written(case.help)
    assert not told or any(_stands(each, lines) for each in told), case.help
    assert found(case.file, text) == ()


def _written(help: str) -> list[str]:
    """What a help says to write: what stands between backticks."""
    return re.findall(r"`([^`]+)`", help)


def _stands(written: str, text: str) -> bool:
    """Does a text say what is to be written? Words in capitals stand for words of the policy."""
    plain = re.sub(r"\s+", " ", text)
    words = [word for word in written.split() if not re.search(r"[A-Z]{3}|…|2026-01-31", word)]
    return all(word.strip('"') in plain for word in words)


def test_there_are_enough_of_them_and_most_are_mended() -> None:
    assert len(CASES) > 350
    assert len(MENDED) > 230
    assert len({(case.file, case.was, case.plain) for case in CASES}) == len(CASES)


def test_every_case_has_help_or_says_what_is_expected() -> None:
    assert [case for case in CASES if not case.help and "; expected " not in case.says] == []


def test_every_kind_of_declaration_has_a_mistake_in_it() -> None:
    text = edited(CASES[0], CASES[0].was)[0]
    begins = [line.split(" ", 1)[0] for line in text.splitlines() if line[:1].isalpha()]
    assert set(FORMS) - set(begins) == {"test"}  # which stands in a file of its own
    starts = [m.start() for m in re.finditer(r"^[a-z]", text, re.MULTILINE)]
    touched = set()
    for case in CASES:
        if case.file == FILE:
            place = text.index(case.was.lstrip())
            begin = max(start for start in starts if start <= place)
            touched.add(text[begin:].split(" ", 1)[0])
    assert set(FORMS) - touched == {"test"}


@pytest.mark.slow
@pytest.mark.parametrize("sign", sorted(set(foreign.SIGNS) - set("\t\u00a0'“”„;–—−→≤≥×÷")))
def test_a_sign_of_another_language_is_told_what_to_write(sign: str) -> None:
    case = Mistake(was="noise > 70", now=f"noise {sign} 70", says="")
    (fault,) = found(FILE, edited(case, case.now)[0])
    assert fault.help, sign


WORDS = (
    *("between", "contains", "startswith", "endswith", "like", "equals", "greater", "less", "mod"),
    *("plus", "minus", "times", "AND", "OR", "then", "else", "if", "when", "to", "latest"),
)


@pytest.mark.slow
@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_another_language_is_told_what_to_write(word: str) -> None:
    case = Mistake(was="noise > 70", now=f"noise {word} 70", says="")
    (fault,) = found(FILE, edited(case, case.now)[0])
    assert (fault.code, fault.origin and fault.origin.text) == ("MLP0111", word)
    assert fault.help, word
