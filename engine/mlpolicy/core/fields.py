"""Which fields of a manifest the declarations of a program are read from."""

from __future__ import annotations

from mlpolicy.core.paths import FieldPath
from mlpolicy.core.program import Input, PathRef


def field_path(path: PathRef, key: str = "") -> FieldPath:
    """The field that a policy reads, for one member of its key."""
    steps = tuple(key if step.startswith("{") else step for step in path.steps)
    return FieldPath(path.scope, steps)


def path_of(declared: Input, key: str) -> FieldPath | None:
    """The field that an input is read from first; None where there is none."""
    for source in declared.sources:
        for path in source.paths:
            return field_path(path, key)
    return None


def input_fields(declared: Input) -> frozenset[FieldPath]:
    """The fields of the manifest that an input is read from."""
    keys = declared.key.members if declared.key is not None else ("",)
    paths = [path for source in declared.sources for path in source.paths]
    return frozenset(field_path(path, key) for path in paths for key in keys)
