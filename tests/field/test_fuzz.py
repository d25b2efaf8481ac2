"""The fuzzer finds nothing in a short run, and does find what is planted."""

from __future__ import annotations

import sys

import pytest

from tests.fuzzing import run
from tests.fuzzing.run import KINDS, Tally, fuzz
from tests.profiles import THOROUGH

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="how time and memory are counted"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_goes_wrong(kind: str) -> None:
    number = {"policies": 25, "fragments": 60}.get(kind, 400) * (20 if THOROUGH else 1)
    tally = fuzz("kept", number=number, only=(kind,))
    assert [f"{each.kind}:{each.seed} {each.what}" for each in tally.found] == []
    assert tally.tried[kind] == number
    assert kind in ("ledgers", "records") or tally.sound[kind] > 0


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
