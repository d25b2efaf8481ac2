"""The scopes that most policies of the tests have: those of the first pack."""

from __future__ import annotations

from mlpolicy.core.scopes import scopes_of

SCOPES = scopes_of("project", "workload", "workloads")
