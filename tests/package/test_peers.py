"""The policy that engines are compared by decides as it does in plain Python."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_policy_of_the_benchmark_decides_as_plain_python_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    peers = import_module("peers")
    prepared, decided = peers.mlpolicy()
    some = peers.parcels(60)
    assert [p for p in some if peers.differs(decided(prepared(p)), peers.plain(p))] == []
    assert {peers.plain(p)[0] for p in some} == set(peers.WAYS)
    del sys.modules["peers"]


def test_an_engine_that_says_otherwise_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    peers = import_module("peers")
    monkeypatch.setitem(peers.ENGINES, "wrong", lambda: (dict, lambda _: ("bike", ())))
    assert "says otherwise of" in peers.measured("wrong", 0.01, peers.parcels(20))
    assert peers.measured("plain Python", 0.01, peers.parcels(2)).split()[:2] == ["plain", "Python"]
    del sys.modules["peers"]
