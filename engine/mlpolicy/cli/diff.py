"""`mlpolicy diff`: what differs in meaning between two versions of a policy."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import click

from mlpolicy.cli.analyze import ground_of
from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option
from mlpolicy.cli.output import complain, emit, has_color, refused, width
from mlpolicy.cli.progress import progress
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.versions import DIFF_SCHEMA, diff_json, diff_text
from mlpolicy.session import Session
from mlpolicy.versions.advice import advice
from mlpolicy.versions.constructs import Change, changes
from mlpolicy.versions.impact import version_of
from mlpolicy.witness.differing import Compared, compared
from mlpolicy.witness.ground import Ground


@click.command(
    "diff",
    epilog="Example: mlpolicy diff aws-ml-selection@1.2.0 policies/next",
    short_help="Say what differs between two versions.",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--exit-code", is_flag=True, help="End with 1 where they do not mean the same.")
@click.option("--no-witness", is_flag=True, help="Look for no manifest that is decided otherwise.")
@format_option
@click.option("-v", "--verbose", is_flag=True, help="Tell words too, and every part.")
def command(
    *, old: str, new: str, exit_code: bool, no_witness: bool, form: str, verbose: bool
) -> int:
    """Compare what two versions of a policy say, OLD and NEW: construct by construct, words apart.
    A policy that was only laid out otherwise, or split into other files, does not differ. Also says
    by which number the version should be raised.

    Then manifests that they decide otherwise, each as a test that expects what OLD decides; or the
    proof that there is none; or that neither was found.

    Exit codes: 0; 1 they do not mean the same, with --exit-code; 3 one of them cannot be read.
    """
    session = Session()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    programs: list[Program] = []
    grounds: list[Ground | None] = []
    told: list[Diagnostic] = []
    for spec in (old, new):
        files, faults = session.find(spec, today)
        program, said = session.program(files) if files else (None, ())
        told += [*faults, *said]
        if program is not None and files is not None:
            programs.append(program)
            grounds.append(None if no_witness else ground_of(session, files)[0])
    if len(programs) < 2:
        return refused(told, form, DIFF_SCHEMA)
    complain(told)
    before, after = programs
    found = changes(before, after)
    advised = advice(found, before, after)
    sides = version_of(before), version_of(after)
    one = _compared(grounds, found)
    if form == "json":
        emit(diff_json(*sides, found, advised, one))
    else:
        text = diff_text(
            *sides, found, advised, found=one, verbose=verbose, width=width(), color=has_color()
        )
        emit(text)
    same = not any(change.means for change in found)
    return ExitCode.PASS if same or not exit_code else ExitCode.FINDINGS


def _compared(grounds: Sequence[Ground | None], found: Sequence[Change]) -> Compared | None:
    """Which manifests are decided otherwise; None where there is nothing to ask, or the versions
    read manifests of another schema."""
    old, new = grounds
    if old is None or new is None or not any(change.means for change in found):
        return None
    if old.schema.raw != new.schema.raw:
        return None
    with progress("comparing"):
        return compared(old, new)
