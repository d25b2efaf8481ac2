"""Makes what is shipped with the package: its policies checked, their schemas read, and the tables
of the parser. Called when a wheel is built, by `hatch_build.py`."""

from __future__ import annotations

from mlpolicy import kept
from mlpolicy.schema.fields import own_schema
from mlpolicy.session import Session
from mlpolicy.session.policies import builtin_policies


def ship(folder: str) -> None:
    """Writes into a folder what checking every policy of the package comes to, of an extension
    together with its core. Raises ValueError for a policy with faults."""
    with kept.shipping(folder):
        for versions in builtin_policies().values():
            for files in versions:
                session = Session()
                whole, faults = session.with_core(files, files.effective)
                program = None
                if whole is not None:
                    program, faults = session.program(whole)
                if program is None or whole is None:
                    raise ValueError("\n".join(str(fault) for fault in faults))
                session.schema(program, whole.folder)
        for name in ("configuration", "waiver-file"):
            own_schema(name)
