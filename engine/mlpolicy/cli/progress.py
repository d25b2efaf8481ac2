"""A line that says what is being done, on a terminal, once it takes longer than a second.

The line is written to standard error and taken away when the work is done, before anything else
is written. Where standard error is no terminal, nothing is written.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds before the line appears, and between two states of it.
PATIENCE = 1.0
PAUSE = 0.25


class Line:
    """The line, as what does the work sees it: a call says that one more is done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> None:
        """One more is done."""
        self.done += 1

    @contextmanager
    def aside(self) -> Iterator[None]:
        """For as long as it lasts, the line is away, and other things can be written."""
        yield


class _Shown(Line):
    """The line on a terminal, written by a thread of its own."""

    def __init__(self, doing: str, total: int) -> None:
        super().__init__()
        import threading

        self._doing, self._total = doing, total
        self._begun = time.monotonic()
        self._written = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._show, daemon=True)
        self._teller.start()

    @contextmanager
    def aside(self) -> Iterator[None]:
        with self._lock:
            self._clear()
            yield

    def end(self) -> None:
        self._over.set()
        self._teller.join()
        self._clear()

    def _show(self) -> None:
        pause = PATIENCE
        while not self._over.wait(pause):
            pause = PAUSE
            with self._lock:
                counted = f" {self.done:,} of {self._total:,}," if self._total > 1 else ""
                seconds = time.monotonic() - self._begun
                _put(f"\r\x1b[K{self._doing}:{counted} {seconds:.0f} s")
                self._written = True

    def _clear(self) -> None:
        if self._written:
            _put("\r\x1b[K")
            self._written = False


@contextmanager
def progress(doing: str, total: int = 0) -> Iterator[Line]:
    """While it lasts, the line says what is being done (`doing`), how many of `total` are done
    (where there is a total), and how many seconds it has taken."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Line()
        return
    line = _Shown(doing, total)
    try:
        yield line
    finally:
        line.end()


def _put(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        pass  # nobody looks any more
