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
from typing import Protocol

#: Seconds before the line appears, and between two states of it.
PATIENCE = 1.0
PAUSE = 0.25


class Step(Protocol):
    """Says that one more is done."""

    def __call__(self) -> None:
        """One more is done."""


@contextmanager
def progress(doing: str, total: int = 0) -> Iterator[Step]:
    """While it lasts, the line says what is being done (`doing`), how many of `total` are done
    (where there is a total), and how many seconds it has taken."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _nothing
        return
    import threading

    done, over = 0, threading.Event()
    begun = time.monotonic()

    def step() -> None:
        nonlocal done
        done += 1

    def show() -> None:
        written = False
        pause = PATIENCE
        while not over.wait(pause):
            pause = PAUSE
            counted = f" {done:,} of {total:,}," if total > 1 else ""
            _put(f"\r\x1b[K{doing}:{counted} {time.monotonic() - begun:.0f} s")
            written = True
        if written:
            _put("\r\x1b[K")

    teller = threading.Thread(target=show, daemon=True)
    teller.start()
    try:
        yield step
    finally:
        over.set()
        teller.join()


def _nothing() -> None:
    pass


def _put(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        pass  # nobody looks any more
