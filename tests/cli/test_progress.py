"""The line that says what is being done: only on a terminal, only after a while, and gone when
something else is written."""

from __future__ import annotations

import io
import time
from types import SimpleNamespace

import pytest

from mlpolicy.cli import progress as room
from mlpolicy.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    monkeypatch.setattr(room, "sys", SimpleNamespace(stderr=found))  # not the one of pytest
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(room, "PATIENCE", 0.0)
    monkeypatch.setattr(room, "PAUSE", 0.001)
    return found


def wait_for(text: str, terminal: Terminal) -> None:
    until = time.monotonic() + 30
    while text not in terminal.getvalue():
        assert time.monotonic() < until, terminal.getvalue()
        time.sleep(0.001)


def test_it_counts_what_is_done_and_is_gone_at_the_end(terminal: Terminal) -> None:
    with progress("testing", 1000) as step:
        wait_for("testing: 0 of 1,000, 0 s", terminal)
        step()
        wait_for("testing: 1 of 1,000, 0 s", terminal)
    assert terminal.getvalue().endswith("\r\x1b[K")
    before = terminal.getvalue()
    time.sleep(0.01)
    assert before == terminal.getvalue()


def test_it_is_gone_after_a_fault(terminal: Terminal) -> None:
    def fail() -> None:
        with progress("looking"):
            wait_for("looking: 0 s", terminal)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_what_is_quick_is_not_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 60.0)
    with progress("testing", 2) as step:
        step()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("tty", "term"), [(False, "xterm"), (True, "dumb")])
def test_nothing_is_written_where_nobody_would_see_it_move(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tty: bool, term: str
) -> None:
    monkeypatch.setattr(Terminal, "isatty", lambda self: tty)
    monkeypatch.setenv("TERM", term)
    with progress("testing", 2) as step:
        time.sleep(0.01)
        step()
    assert terminal.getvalue() == ""
