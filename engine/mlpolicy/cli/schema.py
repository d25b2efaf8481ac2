"""`mlpolicy schema`: the JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import policy_option

_DOCUMENTS = (
    "manifest",
    "decision",
    "check",
    "sources",
    "waivers",
    "measure",
    "record",
    "records",
    "ask",
    "changes",
)


@click.command(
    "schema",
    epilog="Example: mlpolicy schema manifest > mlproject.schema.json",
    short_help="Print a JSON Schema.",
)
@click.argument("which", type=click.Choice(_DOCUMENTS))
@policy_option
def command(which: str, policy: str) -> int:
    """Print the JSON Schema of manifests (as the policy that applies reads them), of the
    decision document, of the report of several, of what `sources`, `waivers`, `measure` and
    `ask` report as JSON, of a line of a log of records (`record`) and of what the commands on
    such a log report (`records`), or of `changes` (what `explain` answers to `--why-not`,
    `--what-if` and `--break-even`)."""
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
