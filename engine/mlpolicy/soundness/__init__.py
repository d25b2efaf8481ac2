"""Whether a program, which is well formed, can be meant: a `Program` goes in, diagnostics come out.

Its parts: `ranges` (numbers out of range, comparisons that cannot turn), `days` (values that do not
hold when the policy decides), `tables` (rows that are never reached, overlaps, gaps), `conditions`
(what can never hold, or always does), `rows` (words that a catalogue is looked up by and has no row
for). Nothing is evaluated for a manifest: what is told holds
whatever a manifest states. Where a policy is too involved to tell, nothing is said.

Errors are what must be wrong, and keep a policy from being used. Warnings are what is of no use, or
most likely not meant.
"""

from __future__ import annotations

from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.soundness.conditions import check_conditions
from mlpolicy.soundness.cuts import Cuts
from mlpolicy.soundness.days import idle_days
from mlpolicy.soundness.findings import Findings
from mlpolicy.soundness.ranges import Ranges, out_of_range, small_shares
from mlpolicy.soundness.rows import check_rows
from mlpolicy.soundness.tables import check_tables

__all__ = ["soundness"]


def soundness(program: Program) -> tuple[Diagnostic, ...]:
    """What of a program cannot be meant, in order."""
    findings = Findings()
    ranges = Ranges(program)
    out_of_range(program, ranges, findings)
    small_shares(program, ranges, findings)
    idle_days(program, findings)
    check_tables(program, Cuts(ranges), findings)
    check_conditions(program, Cuts(ranges), findings)
    check_rows(program, Cuts(ranges), findings)
    return findings.diagnostics
