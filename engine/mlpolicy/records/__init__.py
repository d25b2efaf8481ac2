"""Decision records: what was decided, from what, by what, each tied to the one before it.

`form` says what a record is, `shape` and `chain` read one and check it, `store` names what it
rests on, `verify` goes through a log, `masking` hides values and shows them again, `decide` and
`replay` decide again and compare. Nothing here reads or writes a file; `cli/logbook` does. What
decides is not loaded with this package: `record verify` needs none of it.
"""

from mlpolicy.records.chain import (
    Line,
    chain_faults,
    fault_at,
    line_at,
    no_records,
    selected,
)
from mlpolicy.records.form import (
    FORM,
    Document,
    Extending,
    Inputs,
    Masking,
    Value,
    canonical,
    commitment,
    digest_of,
    line_of,
    made,
    sealed,
    summary,
    token_of,
)
from mlpolicy.records.results import Replayed, Verified
from mlpolicy.records.store import Stored, altered, missing, no_store, stored_by

__all__ = [
    "FORM",
    "Document",
    "Extending",
    "Inputs",
    "Line",
    "Masking",
    "Replayed",
    "Stored",
    "Value",
    "Verified",
    "altered",
    "canonical",
    "chain_faults",
    "commitment",
    "digest_of",
    "fault_at",
    "line_at",
    "line_of",
    "made",
    "missing",
    "no_records",
    "no_store",
    "sealed",
    "selected",
    "stored_by",
    "summary",
    "token_of",
]
