"""`mlpolicy manifest`: begin a manifest, or write one out in full."""

from __future__ import annotations

import os
import re

import click

from mlpolicy.characters import one_line
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.groups import Group
from mlpolicy.cli.options import policy_option


@click.group(
    "manifest",
    cls=Group,
    epilog="Example: mlpolicy manifest init invoice-intake",
    short_help="Begin a manifest, or write one out in full.",
)
def command() -> None:
    """Begin a manifest, or write one out in full."""


@command.command(
    "init",
    epilog="Example: mlpolicy manifest init invoice-intake --output mlproject.yaml",
    short_help="Write a manifest to begin with.",
)
@click.argument("name", default="my-project")
@click.option("--output", "-o", metavar="FILE", help="Write to a file instead.")
@click.option("--force", is_flag=True, help="Overwrite the file where it exists.")
@policy_option
def init(name: str, output: str | None, force: bool, policy: str) -> int:
    """Write a manifest to begin with: what every manifest states, and in comments what it
    may state besides, with the question behind each field.

    NAME is what the manifest is about.
    """
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import about
    from mlpolicy.disk import read
    from mlpolicy.render.manifest import skeleton
    from mlpolicy.session import DISK, schema_by
    from mlpolicy.session.faults import unreadable

    schema, faults = schema_by(policy)
    if schema is None:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    field = schema.root.at("metadata", "name")
    if field is not None and field.pattern and not re.search(field.pattern, name):
        hint = f"use {field.says or field.pattern}"
        complain(
            (
                about(
                    "MLP0919", f"`{name}` cannot be the name of a {schema.scopes.shared}", help=hint
                ),
            )
        )
        return ExitCode.NOT_EVALUATED
    written = skeleton(schema, name)
    if output is None:
        emit(written)
        return ExitCode.PASS
    before: bytes | None = None
    try:
        before = read(output, 4 << 20)
    except FileNotFoundError:
        pass
    except OSError as error:
        complain((unreadable(DISK, output, error),))
        return ExitCode.NOT_EVALUATED
    if before is not None and not force:
        hint = "choose another name, or give `--force`"
        complain((about("MLP0916", f"`{output}` exists already", output, help=hint),))
        return ExitCode.NOT_EVALUATED
    if (fault := save(output, before, written.encode())) is not None:
        complain((fault,))
        return ExitCode.NOT_EVALUATED
    shown = one_line(output.replace(os.sep, "/"))
    emit(f"{shown} written; next: mlpolicy explain {shown}\n")
    return ExitCode.PASS


@command.command(
    "full",
    epilog="Example: mlpolicy manifest full mlproject.yaml",
    short_help="Print a manifest in the full form.",
)
@click.argument("file")
@policy_option
def full(file: str, policy: str) -> int:
    """Print a manifest in the full form: a short form written out, other words for the same
    thing replaced. FILE may be `-`."""
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.diagnostics import Diagnostic, Severity
    from mlpolicy.manifest import full as write_full
    from mlpolicy.session import DISK, read_manifest, schema_by, shown_name
    from mlpolicy.session.faults import shielded

    data = read_manifest(file)
    if isinstance(data, Diagnostic):
        complain((data,))
        return ExitCode.NOT_EVALUATED
    schema, faults = schema_by(policy)
    if schema is None:
        complain(faults)
        return ExitCode.NOT_EVALUATED
    written, found = write_full(data, shown_name(file), schema)
    emit(written)
    complain(shielded(DISK, found, file))
    broken = any(fault.severity is Severity.ERROR for fault in found)
    return ExitCode.NOT_EVALUATED if broken else ExitCode.PASS
