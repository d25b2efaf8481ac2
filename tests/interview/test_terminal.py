"""On a real terminal: a line can be corrected, colours appear, and Ctrl-C keeps what was said."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "tests" / "cli" / "packs" / "sentiment" / "1.0.0"
PLAIN = "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads: [{name: w, task: churn}]\n"
PATIENCE_SECONDS = 60


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A terminal of 80 columns with `mlpolicy ask` in it."""

    def __init__(self, folder: Path, *args: str, **environment: str) -> None:
        self.ours, theirs = pty.openpty()
        inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlpolicy", "ask", "--policy", str(PACK), *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env={
                **inherited,
                "COLUMNS": "80",
                "TERM": "xterm",
                **environment,
            },
            start_new_session=True,
            preexec_fn=_own_terminal,  # so that Ctrl-C reaches it as it would reach anybody
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> str:
        """What appears up to a text."""
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            assert time.monotonic() < end, f"{text!r} did not appear in {self.seen!r}"
            if not self._more(0.2) and self.process.poll() is not None:
                assert text in self.seen, self.seen
        before, _, self.seen = self.seen.partition(text)
        return before

    def rest(self) -> tuple[int, str]:
        """The exit code, and what else appears."""
        code = self.process.wait(PATIENCE_SECONDS)
        while self._more(0.2):
            pass
        os.close(self.ours)
        return code, self.seen

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.ours, 4096)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mlproject.yaml").write_text(PLAIN)
    return tmp_path


def test_a_line_is_corrected_coloured_and_saved(folder: Path) -> None:
    terminal = Terminal(folder)
    first = terminal.until("  > ")
    assert "\x1b[1mMay data not leave the site?\x1b[0m" in first
    plain = re.sub(r"\x1b\[[0-9;]*m", "", first)
    assert max(map(len, plain.splitlines())) <= 80
    terminal.type("nope\x7f\x7f\x7f\x7fyes\n")
    terminal.until("written")
    assert "strict_compliance: true" in (folder / "mlproject.yaml").read_text()
    terminal.until("  > ")
    terminal.type("no\n")
    assert terminal.rest()[0] == 0


@pytest.mark.parametrize("how", ["\x03", "\x04", "signal"], ids=["Ctrl-C", "Ctrl-D", "SIGINT"])
def test_breaking_off_keeps_what_was_answered(how: str, folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.until("  > ")
    terminal.type("no\n")
    terminal.until("written")
    terminal.until("  > ")
    # Python may miss a signal that comes just before it begins to wait for a line: whoever sees
    # nothing happen presses again.
    for _ in range(5):
        if how == "signal":
            os.kill(terminal.process.pid, signal.SIGINT)
        else:
            terminal.type(how)
        with suppress(subprocess.TimeoutExpired):
            terminal.process.wait(PATIENCE_SECONDS / 5)
            break
    code, said = terminal.rest()
    assert code == 130
    assert "1 answer kept in mlproject.yaml. Run the command again to go on." in said
    assert "Traceback" not in said
    assert "strict_compliance: false" in (folder / "mlproject.yaml").read_text()


def test_no_colour_where_the_user_says_no(folder: Path) -> None:
    terminal = Terminal(folder, NO_COLOR="1")
    first = terminal.until("  > ")
    assert "\x1b[1m" not in first
    terminal.type("quit\n")
    assert terminal.rest()[0] == 4
