"""Manifests: bytes in, checked documents with the place of every statement out.

The package knows the envelope, the short form's rule, names of workloads, `policy`,
`decision_date` and waivers; everything else it reads from the JSON Schema it is given.
"""

from __future__ import annotations

from mlpolicy.manifest.load import load, load_waivers, sniff
from mlpolicy.manifest.write import full
from mlpolicy.schema import Field, Kind, Schema, load_schema, read_schema

__all__ = [
    "Field",
    "Kind",
    "Schema",
    "full",
    "load",
    "load_schema",
    "load_waivers",
    "read_schema",
    "sniff",
]
