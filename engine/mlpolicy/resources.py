"""Where the package keeps its grammar, policies and schemas."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """The folder that holds `grammar/`, `policies/` and `schemas/`.

    In an installed package that is the package itself; in a checkout, the repository.
    """
    package = Path(__file__).parent
    return package if (package / "grammar").is_dir() else package.parents[1]
