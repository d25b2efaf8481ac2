"""What the tests of the package share."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def clean_environment() -> dict[str, str]:
    """This process's environment without what would leak into another repository or
    another Python: pytest may itself have been started by a git hook."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "MLPOLICY_", "PRE_COMMIT"))
        and name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR")
    }
