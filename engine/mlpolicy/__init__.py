"""mlpolicy: policy as code, which decides manifests by rules that people read, and says why.

    >>> import mlpolicy
    >>> policy = mlpolicy.load_policy("aws-ml-selection")
    >>> decision = policy.decide("mlproject.yaml", as_of="2026-11-22")
    >>> decision.verdict, [w.choice for w in decision.workloads]

Names are loaded when they are asked for, so that the import alone costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mlpolicy.api import (
        ManifestError,
        Policy,
        PolicyError,
        load_policy,
        to_json,
        to_text,
    )
    from mlpolicy.core.decision import Decision

__version__ = "0.1.0"

__all__ = [
    "Decision",
    "ManifestError",
    "Policy",
    "PolicyError",
    "__version__",
    "load_policy",
    "to_json",
    "to_text",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "mlpolicy.core.decision" if name == "Decision" else "mlpolicy.api"
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
