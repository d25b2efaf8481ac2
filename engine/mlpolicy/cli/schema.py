"""`mlpolicy schema`: the JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import policy_option

DOCUMENTS = (
    "manifest",
    "configuration",
    "ledger",
    "decision",
    "check",
    "sources",
    "waiver-file",
    "waivers",
    "measure",
    "record",
    "records",
    "ask",
    "changes",
    "policies",
    "fmt",
    "lint",
    "rule",
    "test",
    "diff",
    "impact",
    "verify",
    "mutate",
    "analyze",
)


def _document(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value not in DOCUMENTS:
        from mlpolicy.suggest import nearest

        close = nearest(value, DOCUMENTS)
        hint = f"did you mean `{close}`?" if close else f"there are: {', '.join(DOCUMENTS)}"
        raise click.BadParameter(f"there is no schema `{value}`; {hint}")
    return value


@click.command(
    "schema",
    epilog="Example: mlpolicy schema manifest > mlproject.schema.json",
    short_help="Print a JSON Schema.",
)
@click.argument("which", metavar="DOCUMENT", callback=_document)
@policy_option
def command(which: str, policy: str) -> int:
    """Print the JSON Schema of a DOCUMENT.

    \b
    manifest   a manifest, as the policy that applies reads it
    configuration
               `mlpolicy.toml`, or `[tool.mlpolicy]` of `pyproject.toml`
    ledger     a policy's ledger of a source
    waiver-file
               waivers of a policy whose manifests have none of their own
    decision   what `explain` says of one manifest
    check      what `check` says of several
    changes    what `explain` answers to --why-not, --what-if and --break-even
    record     a line of a log of records
    records    what the commands on such a log report
    analyze, ask, diff, fmt, impact, lint, measure, mutate, policies, rule,
    sources, test, verify, waivers
               what the command of that name reports
    """
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.session import manifest_schema, report_schema

    if which == "manifest":
        text, faults = manifest_schema(policy)
        if text is None:
            complain(faults)
            return ExitCode.NOT_EVALUATED
        emit(text)
    else:
        emit(report_schema(which))
    return ExitCode.PASS
