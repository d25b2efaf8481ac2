"""`mlpolicy analyze`: what of a policy can never be, and what should never be and can."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import format_option
from mlpolicy.dataclass import replace

if TYPE_CHECKING:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.session import PolicyFiles, Session
    from mlpolicy.witness.findings import Analysis, Finding
    from mlpolicy.witness.ground import Ground


@click.command(
    "analyze",
    epilog="Example: mlpolicy analyze policies/my-policy/1.0.0 --witness witnesses",
    short_help="Find what can never be in a policy, and what should not be and can.",
)
@click.argument("policies", nargs=-1, metavar="[NAME[@VERSION]|PATH]...")
@click.option("--quick", is_flag=True, help="Look at fewer manifests, as `verify` does.")
@click.option(
    "--witness",
    metavar="FOLDER",
    default="",
    help="Also write each witness there, as a manifest.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name all that is not checked.")
@format_option
def command(
    *, policies: tuple[str, ...], quick: bool, witness: str, verbose: bool, form: str
) -> int:
    """Find cases of a table that no row or two rows match, arms, rows and outcomes that nothing
    reaches, rules that never or always fire, exceptions that hold at once, bars out of order,
    obligations that nobody owes, words without a row in a catalogue.

    What can be is shown by a manifest that the schema allows, as a test that fails. What cannot be
    is proved, and that is said. What is neither is told as not checked, with the reason.

    Ends with 1 where something is found, with 3 where a policy cannot be read or does not check.
    """
    from mlpolicy.cli.output import complain, emit, has_color, refused, width
    from mlpolicy.render.witness import SCHEMA, found_json, found_text
    from mlpolicy.session import Session

    if witness:
        from mlpolicy.cli.saving import fresh

        fresh(Path(witness), "name another with `--witness`")
    session = Session()
    told: list[tuple[str, str, Analysis]] = []
    grounds: list[Ground] = []
    said: list[Diagnostic] = []
    for policy in dict.fromkeys(policies) or ("",):
        files, faults = session.find(_folder(policy), _today())
        ground, wrong = ground_of(session, files) if files is not None else (None, faults)
        if ground is None:
            said.extend(wrong)
            continue
        grounds.append(ground)
        assert files is not None
        analysis = own_of(files, _analysed(ground, quick=quick))
        told.append((files.named.name, files.named.version, analysis))
    if said:
        return refused(said, form, SCHEMA)
    if form == "json":
        emit(found_json(told))
    else:
        for name, version, found in told:
            text = found_text(
                f"{name} {version}", found, verbose=verbose, width=width(), color=has_color()
            )
            emit(text)
    if witness:
        each = (
            (ground, one)
            for ground, (_, _, found) in zip(grounds, told, strict=True)
            for one in found.findings
        )
        said += _write(witness, each)
    if said:
        complain(said)
        return ExitCode.NOT_EVALUATED
    return ExitCode.FINDINGS if any(found.findings for _, _, found in told) else ExitCode.PASS


def ground_of(session: Session, files: PolicyFiles) -> tuple[Ground | None, tuple[Diagnostic, ...]]:
    """What there is to analyze of a policy, or why there is nothing."""
    from mlpolicy.diagnostics import about
    from mlpolicy.render.manifest import skeleton
    from mlpolicy.testing import PROJECT
    from mlpolicy.witness.ground import prepared

    program, _, said = session.tested(files)
    if program is None:
        return None, said
    schema, missing = session.schema(program, files.folder)
    if schema is None:
        return None, missing
    ground = prepared(program, schema, skeleton(schema, PROJECT))
    if ground is None:
        help = "give the fields that it requires an `examples`, so that a manifest can begin"
        message = f"no manifest of `{program.schema_name}` can be begun with"
        return None, (about("MLP0932", message, files.shown, help=help),)
    return ground, ()


def own_of(files: PolicyFiles, found: Analysis) -> Analysis:
    """What is found of the part of a policy that was named: of an extension and not of its core, or
    of a core."""
    return replace(
        found,
        findings=tuple(each for each in found.findings if files.holds(each.place.file)),
        unsettled=tuple(each for each in found.unsettled if files.holds(each.place.file)),
    )


def _analysed(ground: Ground, *, quick: bool) -> Analysis:
    from mlpolicy.cli.progress import progress
    from mlpolicy.witness.analysis import analysed

    with progress("analyzing") as line:
        return analysed(ground, quick=quick, step=line)


def _folder(policy: str) -> str:
    """A file of the tests of a policy stands for the policy."""
    file = Path(policy)
    if file.suffix == ".mlp" and file.absolute().parent.name == "tests":
        return os.path.normpath(file.parent / "..")
    return policy


def _write(folder: str, found: Iterable[tuple[Ground, Finding]]) -> list[Diagnostic]:
    """Writes each witness as a manifest, by the number of what it shows and its name."""
    from mlpolicy.cli.saving import save

    said = []
    for number, (ground, each) in enumerate(found, 1):
        if each.witness is not None:
            file = Path(folder) / f"{number:02}-{each.kind.value}-{each.name}.yaml"
            text = f"{ground.manifest(each.witness.given)}\n"
            fault = save(file.as_posix(), None, text.encode())
            said += [fault] if fault is not None else []
    return said


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
