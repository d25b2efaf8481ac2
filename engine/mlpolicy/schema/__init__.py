"""JSON Schema: bytes in, fields out, for the checker of policies and the loader of manifests."""

from __future__ import annotations

from mlpolicy.schema.fields import Atom, Field, Kind, Schema, load_schema, read_schema
from mlpolicy.schema.keywords import RANKS

__all__ = ["RANKS", "Atom", "Field", "Kind", "Schema", "load_schema", "read_schema"]
