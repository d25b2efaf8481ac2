"""The decision tables of the public conformance suite of DMN, as `dmn/suite.yaml` lists them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.policy.policy_support import HERE
from tests.yaml_support import yaml_of


@dataclass(frozen=True, kw_only=True)
class SuiteTable:
    """A table of the suite: its case, the decision where the case has several, its hit policy, and
    either the table of the policy that it is or why there is none."""

    case: str
    hits: str
    decision: str = ""
    table: str = ""
    why: str = ""


def tables() -> list[SuiteTable]:
    """All of them, in the order of the suite."""
    return [SuiteTable(**entry) for entry in yaml_of(HERE / "dmn" / "suite.yaml")]
