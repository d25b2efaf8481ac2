"""Fields of a manifest as tests write them."""

from __future__ import annotations

from mlpolicy.core.paths import FieldPath
from mlpolicy.interview.answers import path_typed
from tests.scopes import SCOPES


def path(text: str) -> FieldPath:
    """The field that `workload.quality.required_pct` names."""
    found = path_typed(text, SCOPES)
    assert found is not None, text
    return found
