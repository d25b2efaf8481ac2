"""Makes what is shipped with the package: its policies checked, their schemas read, and the tables
of the parser. Called when a wheel is built, by `hatch_build.py`."""

from __future__ import annotations

from mlpolicy import kept
from mlpolicy.schema.fields import own_schema
from mlpolicy.session import Session
from mlpolicy.session.policies import builtin_policies


def ship(folder: str) -> None:
    """Writes into a folder what checking every policy of the package comes to. Raises ValueError
    for a policy with faults."""
    with kept.shipping(folder):
        for versions in builtin_policies().values():
            for files in versions:
                session = Session()
                program, faults = session.program(files)
                if program is None:
                    raise ValueError("\n".join(str(fault) for fault in faults))
                session.schema(program, files.folder)
        for name in ("configuration", "waiver-file"):
            own_schema(name)
