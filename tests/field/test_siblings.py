"""Siblings of the cases, made by the hundred: what a kind of input must come to, whatever it is
called and however it is written. Each generator says how many it makes, and each is shown to fail
where its mechanism is switched off."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from mlpolicy import soundness as whole
from mlpolicy.core import facts
from mlpolicy.core.facts import names_nobody, says_nothing
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.manifest import load
from mlpolicy.measure import Metric, compute, measure
from mlpolicy.measure.numbers import Numbers
from mlpolicy.measure.table import Table
from mlpolicy.schema import Field, Kind, constraints
from mlpolicy.soundness import soundness
from tests.check.check_cases import run
from tests.fuzzing.made import schema

# ── Unknown is never a pass ──────────────────────────────────────────────────────────────

NOBODY_KNOWS = (
    *("unknown", "Unknown", "UNKNOWN", "tbd", "TBD", "tba", "tbc", "n/a", "N/A", "na", "none"),
    *("?", "??", "-", "--", "…", "...", "todo", "TODO", "xxx", "nobody", "no one", "null", "nil"),
    *("to be decided", "to be confirmed", "not known", "not yet known", "unclear", "open"),
    *("undecided", "unassigned", "somebody", "anyone", "placeholder", "missing", "not decided"),
)
AROUND = ("{}", " {} ", "<{}>", "({})", "[{}]", "{}.", "{}?", "*{}*", "'{}'", "{}\u00a0")
BEHIND = ("unknown (ask Kim)", "unknown, ask Kim", "unknown - see 12", "TBD (ask Kim)", "TBD: Kim")
STILL_TO_COME = (
    *("pending", "pending review", "pending approval", "awaiting sign-off", "awaiting the board"),
    *("waiting for Kim", "not yet approved", "not approved", "not signed", "approval outstanding"),
    *("sign-off to follow", "in review"),
)
SOMEBODY = (
    *("board@example.com", "Kim Open", "Ann Unknowne", "team/none-of-us", "N. Abel", "Naomi"),
    *("Tbilisi office", "approvals@example.com", "pendington@example.com", "Xavier", "Nobel, A."),
)


def nothing() -> list[str]:
    return [*(around.format(word) for word, around in product(NOBODY_KNOWS, AROUND)), *BEHIND]


def test_there_are_hundreds_of_words_for_nothing() -> None:
    assert len(set(nothing())) > 370


def test_no_word_for_nothing_says_who_or_what() -> None:
    assert [text for text in nothing() if not says_nothing(text)] == []
    assert [text for text in (*nothing(), *STILL_TO_COME) if not names_nobody(text)] == []
    assert [text for text in SOMEBODY if names_nobody(text)] == []


def test_what_is_missing_among_the_words_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_NOTHING", facts._NOTHING - {"tbd", "open"})
    assert "open" in [text for text in nothing() if not says_nothing(text)]


# ── Misspelt is never taken for something else ───────────────────────────────────────────


def slips(word: str, rng: Random) -> Iterator[str]:
    """A letter left out, doubled, exchanged with the next, or another one."""
    at = rng.randrange(1, len(word) - 1)
    yield word[:at] + word[at + 1 :]
    yield word[:at] + word[at] + word[at:]
    yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    yield word[:at] + "q" + word[at + 1 :]


def words_of(field: Field, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every word that a manifest may have somewhere, with where."""
    for word in (*field.members, *field.usual):
        if isinstance(word, str) and word.isascii() and len(word) >= 5:
            yield path, word
    for name, child in field.children.items():
        yield from words_of(child, (*path, name))
    if field.items is not None:
        yield from words_of(field.items, (*path, "[]"))


def stated(path: tuple[str, ...], text: str) -> object:
    """A document that says nothing but this, at its place."""
    value: object = text
    for step in reversed(path):
        value = [value] if step == "[]" else {step: value}
    return value


def places() -> list[tuple[tuple[str, ...], str]]:
    found = list(dict.fromkeys(words_of(schema().root)))
    return [(path, word) for path, word in found if path[0] == "spec" and len(path) > 1]


@pytest.mark.slow
def test_a_misspelt_word_is_refused_wherever_a_word_may_stand() -> None:
    """That the document lacks much else is said too, and does not matter here."""
    import json

    rng, tried = Random("slips"), 0
    known: dict[tuple[str, ...], set[str]] = {}
    for path, word in places():
        known.setdefault(path, set()).add(word)
    for path, word in places():
        field = schema().root.at(*(0 if step == "[]" else step for step in path))
        assert field is not None
        others = {*map(str, field.members), *field.usual, *field.aliases, *field.hints}
        for slip in slips(word, rng):
            if slip in others or slip == word or field.kind is not Kind.TEXT:
                continue
            data = json.dumps(stated(path, slip)).encode()
            _, said = load(data, "m.yaml", schema())
            assert any(f"`{slip}`" in each.message for each in said), (path, slip)
            tried += 1
    assert tried > 900


# ── Numbers of a policy ──────────────────────────────────────────────────────────────────


def sound(text: str) -> bool:
    return not any(each.severity is Severity.ERROR for each in told(text))


def told(text: str) -> tuple[Diagnostic, ...]:
    """What `policies check` says of a small policy."""
    program, said = run(text)
    return said if program is None else (*said, *soundness(program))


INPUTS = "input pages : page/month from workload.pages\n"


def comparing(low: Fraction, high: Fraction, join: str) -> str:
    return (
        f"{INPUTS}rule r advise\n  when pages < {low} page/month {join} pages > {high} page/month\n"
        '  say "x" ref guide#C1\n'
    )


@pytest.mark.slow
def test_what_can_never_hold_is_an_error_and_what_can_is_none() -> None:
    rng = Random("never")
    for _ in range(150):
        low, high = Fraction(rng.randint(1, 999)), Fraction(rng.randint(1, 999))
        assert sound(comparing(low, high, "and")) is (high < low), (low, high)
        assert sound(comparing(low, high, "or")), (low, high)


def table(rows: list[tuple[int, str]], *, closed: bool) -> str:
    lines = [f"  | >= {least} page/month | -> {word}\n" for least, word in rows]
    last = "  | - | -> last\n" if closed else ""
    return (
        f"{INPUTS}enum way2 : {', '.join(dict.fromkeys(word for _, word in rows))}, last\n"
        f"table t : way2 first ref guide#C1\n  | pages |\n{''.join(lines)}{last}"
        'rule r advise\n  when t is last\n  say "x" ref guide#C1\n'
    )


@pytest.mark.slow
def test_a_row_that_is_never_reached_is_an_error_and_a_gap_a_warning() -> None:
    """In a `first` table with lower ends, a row is reached where no row above has a lower end."""
    rng = Random("rows")
    dead = gaps = 0
    for _ in range(150):
        ends = [rng.randint(1, 9) * 100 for _ in range(rng.randint(1, 4))]
        rows = [(end, f"w{at}") for at, end in enumerate(ends)]
        reached = all(end < min(ends[:at], default=10**9) for at, end in enumerate(ends))
        closed = rng.random() < 0.5
        codes = {each.code for each in told(table(rows, closed=closed))}
        assert ("MLP0407" in codes) is not reached, ends
        dead += not reached
        if reached:
            assert ("MLP0423" in codes) is not closed, (ends, closed)
            gaps += not closed
    assert min(dead, gaps) > 20


# ── Tables of labels ─────────────────────────────────────────────────────────────────────

LABELS = ("spam", "ham", "café", "neue Straße", "a,b", "a;b", 'say "no"', "x|y", "7")


def written(rows: list[tuple[str, str]], rng: Random) -> tuple[bytes, str]:
    """The same rows as one program or another writes them."""
    mark = rng.choice(",;\t|")
    columns = ["label", "answer"]
    extra = rng.choice((0, 1))
    text = io.StringIO()
    out = csv.writer(
        text,
        delimiter=mark,
        lineterminator=rng.choice(("\n", "\r\n")),
        quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    )
    swapped = rng.random() < 0.5
    for at, row in enumerate([tuple(columns), *rows]):
        cells = list(reversed(row)) if swapped else list(row)
        out.writerow([*cells, *(["note" if not at else "n"] * extra)])
    head = rng.choice(("", f"sep={mark}\r\n", f'"sep={mark}"\n'))
    mark_of_order = rng.choice(("", "\ufeff"))
    return f"{mark_of_order}{head}{text.getvalue()}".encode(), mark


def test_a_table_comes_to_the_same_however_it_is_written() -> None:
    rng = Random("tables")
    for _ in range(300):
        some = rng.sample(LABELS, 3)
        rows = [(rng.choice(some), rng.choice(some)) for _ in range(40)]
        data, mark = written(rows, rng)
        found, said = measure([data], "t.csv", truth="label", predicted="answer")
        assert found is not None, [each.message for each in said]
        right = sum(true == answer for true, answer in rows)
        assert (found.accuracy.part, found.rows, found.separator) == (right, 40, mark)


#: Pairs that a person reads as one label.
ALIKE = (
    *(("1", "1.0"), ("1", "01"), ("1", "1e0"), ("10", "1e1"), ("0.5", ".5"), ("2", "2.00")),
    *(("caf\u00e9", "cafe\u0301"), ("\ufb01ne", "fine"), ("A1", "\uff21\uff11"), ("Yes", "yes")),
    *(("a b", "a  b"), ("a b", "a\u00a0b"), ("a", " a"), ("a", "a "), ("not_spam", "not spam")),
    *(("not-spam", "not_spam"), ("don't", "don\u2019t"), ("a-b", "a\u2013b"), ("a-b", "a\u2212b")),
    *(("stra\u00dfe", "STRASSE"), ('"a"', "\u201ca\u201d")),
)
#: Pairs that are two labels.
APART = (("1", "-1"), ("1", "10"), ("a", "b"), ("a1", "a2"), ("ab", "a b"), ("1.5", "15"))


@pytest.mark.parametrize(("one", "other"), [*ALIKE, *APART])
def test_labels_that_look_alike_are_told_and_others_are_not(one: str, other: str) -> None:
    def said(true: str, answer: str) -> set[str]:
        text = io.StringIO()
        rows = [("label", "answer"), *[(true, answer), ("z", "z"), ("y", "y")] * 5]
        csv.writer(text).writerows(rows)
        found = measure([text.getvalue().encode()], "t.csv", truth="label", predicted="answer")
        return {each.code for each in found[1]}

    for pair in ((one, other), (other, one)):
        told = said(*pair)
        assert ("MLP1011" in told) is ((one, other) in ALIKE) or "MLP1016" in told, (pair, told)


NO_VALUES = (
    *("NaN", "null", "None", "NA", "N/A", "n.a.", "-", "--", "?", ".", "(null)", "undefined"),
    *("unknown", "missing", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "<NA>"),
    *("\\N", "NaT", "(blank)", "(empty)", "[]", "{}", "not available", "nil", "none"),
)


@pytest.mark.parametrize("word", NO_VALUES)
def test_a_word_for_no_value_is_told_in_any_case(word: str) -> None:
    for text in {word, word.lower(), word.upper(), f" {word} "}:
        data = f"label,answer\n{f'{text},{text}' + chr(10)}a,a\nb,b\n".encode()
        _, said = measure([data], "t.csv", truth="label", predicted="answer")
        assert any(each.code == "MLP1015" for each in said), text


def amounts(*cells: str) -> tuple[Fraction | None, tuple[Diagnostic, ...]]:
    rows = "".join(f'"{cell}",0\n' for cell in cells)
    found, said = compute(
        [f"actual,forecast\n{rows}".encode()], "t.csv", metrics=(Metric.MAE,), columns={}
    )
    return (found.figures[0].bounds.low if found is not None else None), said


def test_an_amount_is_what_is_meant_or_something_is_said() -> None:
    """Never a thousandth in silence: of a number in groups of three by any mark."""
    rng = Random("amounts")
    for _ in range(400):
        number = rng.choice((rng.randint(1, 999) * 1000, rng.randint(1000, 10**9)))
        mark = rng.choice((",", ".", " ", "\u00a0", "\u202f", "'", "\u2019", "_", ""))
        text = f"{number:,}".replace(",", mark)
        found, said = amounts(text)
        assert found == number or said, text
        assert found in (None, number) or any(each.code == "MLP1017" for each in said), text


# ── Each can fail ────────────────────────────────────────────────────────────────────────

#: A mechanism, what it is replaced by, and the property that must notice it.
PLANTED: tuple[tuple[object, str, object, Callable[[], None]], ...] = (
    (
        constraints,
        "_misspelt",
        lambda *_: None,
        test_a_misspelt_word_is_refused_wherever_a_word_may_stand,
    ),
    (
        whole,
        "check_conditions",
        lambda *_: None,
        test_what_can_never_hold_is_an_error_and_what_can_is_none,
    ),
    (
        whole,
        "check_tables",
        lambda *_: None,
        test_a_row_that_is_never_reached_is_an_error_and_a_gap_a_warning,
    ),
    (
        Numbers,
        "doubts",
        lambda _: None,
        test_an_amount_is_what_is_meant_or_something_is_said,
    ),
    (
        Table,
        "_told_separator",
        lambda *_: None,
        test_a_table_comes_to_the_same_however_it_is_written,
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name", "instead", "law"), PLANTED)
def test_a_planted_fault_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    instead: object,
    law: Callable[[], None],
) -> None:
    monkeypatch.setattr(owner, name, instead)
    with pytest.raises(AssertionError):
        law()
