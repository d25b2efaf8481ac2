"""What decides here: version, digest of the source, interpreter and libraries."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpolicy.core.decision import Decision


def engine() -> dict[str, object]:
    """As a record states it."""
    from importlib.metadata import PackageNotFoundError, version

    from mlpolicy import __version__
    from mlpolicy.session import engine_digest

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "unknown"

    return {
        "version": __version__,
        "digest": engine_digest(),
        "python": platform.python_version(),
        "libraries": {name: installed(name) for name in ("PyYAML", "jsonschema", "lark")},
    }


def document_bytes(decision: Decision) -> bytes:
    """The decision document, as `explain --format json` prints it."""
    from mlpolicy.render.json import decision_json

    return decision_json(decision).encode("utf-8", "backslashreplace")
