"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

from tests.command_support import Command as Run
from tests.command_support import Ran

HERE = Path(__file__).parent
PACK = HERE / "packs" / "sentiment"
AS_OF = "2026-11-01"

__all__ = ["AS_OF", "HERE", "PACK", "Ran", "Run"]
