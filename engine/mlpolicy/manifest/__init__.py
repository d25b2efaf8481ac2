"""Manifests: bytes in, checked documents with the place of every statement out.

The package knows the envelope, the short form's rule, names of workloads, `policy`,
`decision_date` and waivers; everything else it reads from the JSON Schema it is given.
"""

from __future__ import annotations

from mlpolicy.manifest.load import (
    Claim,
    Parsed,
    claims,
    load,
    load_parsed,
    load_waivers,
    parse,
    sniff,
)
from mlpolicy.manifest.write import full
from mlpolicy.schema import Field, Kind, Schema, load_schema, read_schema

__all__ = [
    "Claim",
    "Field",
    "Kind",
    "Parsed",
    "Schema",
    "claims",
    "full",
    "load",
    "load_parsed",
    "load_schema",
    "load_waivers",
    "parse",
    "read_schema",
    "sniff",
]
