"""The fuzzer finds nothing in a short run, and does find what is planted."""

from __future__ import annotations

import sys
from random import Random

import pytest

from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.fuzzing import packs, run
from tests.fuzzing.grammar import PARTS, Drawer, declarations_of, grammar, text_of
from tests.fuzzing.run import KINDS, Tally, fuzz
from tests.profiles import DEEP, scaled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="how time and memory are counted"),
]


#: How many inputs of a kind the profile takes its share of, where that is not `MANY`.
NUMBERS = {
    "policies": 96,
    "fragments": 480,
    "grammar": 480 if DEEP else 240,
    "typed_policies": 96,
    "extensions": 32,
    "extended": 480,
}
MANY = 3200
#: Of these, one takes longest.
COSTLY = ("policies", "grammar", "fragments", "extended", "typed_policies")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_goes_wrong(kind: str) -> None:
    number = scaled(NUMBERS.get(kind, MANY), costly=kind in COSTLY)
    tally = fuzz("kept", number=number, only=(kind,))
    assert [f"{each.kind}:{each.seed} {each.what}" for each in tally.found] == []
    assert tally.tried[kind] == number
    assert kind in ("ledgers", "records", "extensions") or tally.sound[kind] > 0


def test_what_is_planted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(run, "read_config", raises)
    tally = fuzz("planted", number=5, only=("configurations",))
    assert len(tally.found) == 5
    assert "RecursionError" in tally.found[0].what


def test_what_takes_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr(run, "read_config", never_ends)
    monkeypatch.setattr(run, "MOST_SECONDS", 0.05)
    tally: Tally = fuzz("planted", number=1, only=("configurations",))
    assert "of computing" in tally.found[0].what


@pytest.mark.parametrize("folder", packs.SMALL)
def test_what_is_drawn_from_the_grammar_is_laid_out_as_it_is_read(folder: str) -> None:
    """A pack that is written anew from what was read of it means the same."""
    pack = packs.pack_at(folder)
    texts = tuple(text_of(each) for each in pack.declarations)
    assert [declarations_of(text) for text in texts] == [(each,) for each in pack.declarations]
    assert packs.checked(packs.Changed(pack, texts)) is not None


def test_there_is_a_text_for_each_terminal_of_the_grammar() -> None:
    known = grammar()
    ways = [way for ways in known.rules.values() for way in ways]
    terminals = {name for way in ways for name, deeper in way if not deeper}
    told = {name for name in terminals if name not in known.written and not name.startswith("_")}
    assert told <= set(PARTS)


def test_much_of_what_is_drawn_is_a_policy_to_the_parser() -> None:
    pack = packs.pack_at(next(iter(packs.SMALL)))
    read = 0
    for number in range(100):
        drawer = Drawer(Random(number), pack.pool)
        _, faults = parse(Source("p.mlp", text_of(drawer.part("start"))))
        read += not faults
    assert 60 < read < 100
