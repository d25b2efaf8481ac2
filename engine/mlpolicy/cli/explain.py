"""`mlpolicy explain`: say why, for the team, the architect and the auditor."""

from __future__ import annotations

from typing import Any

import click

from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    extension_option,
    policy_option,
    waivers_option,
)


@click.command(
    "explain",
    epilog="Example: mlpolicy explain mlproject.yaml --of read-invoices",
    short_help="Say why.",
)
@click.argument("manifests", nargs=-1, metavar="[MANIFEST]...")
@click.option("--of", "workload", metavar="NAME", help="Only of this one, of several.")
@click.option("--rule", metavar="ID", help="Only this rule or obligation, step by step.")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["team", "author", "auditor"]),
    help="For the team, a page of what to do and why (of one manifest this is what is shown "
    "without it; of several, a few lines each); for the author of the policy, every rule and step "
    "with its values; for the auditor, every step and ledger, the clauses that speak for the "
    "decision, with full digests.",
)
@click.option(
    "--full",
    is_flag=True,
    help="The whole path, the costs line by line, all checks and the clauses they rest on.",
)
@click.option(
    "--why-not",
    metavar="OUTCOME|RULE",
    help="The smallest changes that would give this outcome, or silence this rule.",
)
@click.option(
    "--what-if",
    metavar="PATH=VALUE",
    multiple=True,
    help="What would become of it if the manifest stated this. May be repeated.",
)
@click.option(
    "--break-even",
    metavar="PATH",
    help="Where, along this number of the manifest, one outcome becomes cheaper than another.",
)
@click.option(
    "--between",
    metavar="A",
    help="With --break-even: this amount of the policy, or outcome, instead of every two costs.",
)
@click.option("--and", "and_", metavar="B", help="The other one that it is compared with.")
@policy_option
@extension_option
@as_of_option
@waivers_option
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "markdown", "mermaid", "dot"]),
    default="text",
    help="Text for people, JSON, a page to look at, a comment for a pull request; or the "
    "decision tree alone, for Mermaid or Graphviz.",
)
def command(**options: Any) -> int:
    """Say why: the answer, the path to it with values, bars and margins, the costs, the
    findings with their fixes, and what would settle or change the result.

    MANIFEST is a file, a folder, a pattern, or `-` for standard input; without one, the
    current folder. Ends with 0 once it has explained, whatever it found; with 3 where it
    could not.
    """
    from mlpolicy.cli.explaining import explain

    return explain(**options)
