"""The command `mlpolicy`, and `python -m mlpolicy`."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Starts the command line. Interrupted while it is still being loaded, it shows no
    traceback; from then on, the command line itself sees to it."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from mlpolicy.cli import run as start

    signal.signal(signal.SIGINT, signal.default_int_handler)
    start()


if __name__ == "__main__":
    run()
