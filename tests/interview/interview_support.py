"""What the tests of the interview share."""

from __future__ import annotations

from tests.command_support import Command as Ask

__all__ = ["Ask"]
