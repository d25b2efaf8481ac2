"""`mlpolicy schema`: the JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import policy_option


@click.command(
    "schema",
    epilog="Example: mlpolicy schema manifest > mlproject.schema.json",
    short_help="Print a JSON Schema.",
)
@click.argument("which", type=click.Choice(["manifest", "decision", "check"]))
@policy_option
def command(which: str, policy: str) -> int:
    """Print the JSON Schema of manifests (as the policy that applies reads them), of the
    decision document, or of the report of several."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.workspace import manifest_schema, report_schema

    if which == "manifest":
        text, faults = manifest_schema(policy)
        if text is None:
            complain(faults)
            return ExitCode.NOT_EVALUATED
        emit(text)
    else:
        emit(report_schema(which))
    return ExitCode.PASS
