"""`mlpolicy measure`: how good a system is, from a labelled table."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import config_option
from mlpolicy.config import is_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlpolicy.diagnostics import Diagnostic


def _bar(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    if value is None:
        return None
    given, value = value, re.sub(r"\s*%$", "", value)
    if not re.fullmatch(r"\d{1,3}(\.\d{1,12})?", value) or Fraction(value) > 100:
        raise click.BadParameter(f"`{given}` is no percentage up to 100; write it as 85 or 87.5")
    if 0 < Fraction(value) <= 1:
        raise click.BadParameter(f"`{value}` looks like a fraction; write 85 for 85 %")
    return Fraction(value) / 100


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    day = datetime.datetime.now(datetime.UTC).date()
    today, latest = day.isoformat(), (day + datetime.timedelta(days=1)).isoformat()
    if value is None or value == "today":
        return today
    if not is_date(value):
        raise click.BadParameter(f"`{value}` is no date; write it as 2026-11-22, or `today`")
    if value > latest:  # east of Greenwich it is tomorrow already
        raise click.BadParameter(f"`{value}` is after today, {today}")
    return value


@click.command(
    "measure",
    epilog="Example: mlpolicy measure march.csv --truth label --predicted answer "
    "--system comprehend",
    short_help="Measure a system on a labelled table.",
)
@click.argument("file", metavar="LABELLED.csv")
@click.option("--truth", metavar="COLUMN", required=True, help="The column of true labels.")
@click.option("--predicted", metavar="COLUMN", required=True, help="The column of predictions.")
@click.option(
    "--system", metavar="NAME", default="", help="What was measured, in a manifest's words."
)
@click.option("--dataset", metavar="NAME", default="", help="What the data is called.")
@click.option(
    "--positive",
    metavar="LABEL",
    default="",
    help="State precision, recall and F1 of this class too.",
)
@click.option("--bar", metavar="PERCENT", callback=_bar, help="Compare the accuracy with a bar.")
@click.option(
    "--measured-on", metavar="DATE", callback=_day, help="The day of the measurement, else today."
)
@click.option("--into", metavar="MANIFEST", default="", help="Write the entry into this manifest.")
@click.option(
    "--workload",
    metavar="NAME",
    default="",
    help="The workload it is for, where there are several.",
)
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "yaml"]),
    default="text",
    help="Text for people, JSON, or only the entry for a manifest.",
)
def command(
    file: str,
    truth: str,
    predicted: str,
    system: str,
    dataset: str,
    positive: str,
    bar: Fraction | None,
    measured_on: str,
    into: str,
    workload: str,
    config: str,
    form: str,
) -> int:
    """Measure a system on a table of true and predicted labels: accuracy, and for each class
    precision, recall and F1, with 95 % Wilson intervals. With --system, write an entry for the
    `measurements` of a manifest.

    LABELLED.csv is UTF-8 with the names of the columns in its first line, separated by commas,
    semicolons or tabs; `-` is standard input. With --into, the entry is written into a manifest,
    whose text stays as it is otherwise; an entry of the same system, metric and day is replaced.

    Ends with 0 once it has measured, however good the system is: that is for a policy to judge.
    Ends with 3 where it could not.
    """
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.diagnostics import Diagnostic, Severity
    from mlpolicy.measure import against, entries, measure
    from mlpolicy.render.measure import measured_json, measured_text, measurements_yaml
    from mlpolicy.session import opened, shown_name

    if form == "yaml" and not system:
        raise click.UsageError("an entry names what was measured: give `--system NAME`")
    if into and not system:
        raise click.UsageError("an entry names what was measured: give `--system NAME`")
    if workload and not into:
        raise click.UsageError("`--workload` says where in a manifest: give `--into MANIFEST`")
    unfit = _unfit(system) if system else None
    if unfit is not None:
        return _refused((unfit,), form)
    shown = shown_name(file)
    with opened(file) as stream:
        if isinstance(stream, Diagnostic):
            return _refused((stream,), form)
        try:
            measured, said = measure(_pieces(stream), shown, truth=truth, predicted=predicted)
        except OSError as error:
            return _refused((_broken(shown, error),), form)
    if measured is None:
        return _refused(said, form)
    stated, more = entries(measured, positive)
    said = (*said, *more)
    if any(fault.severity is Severity.ERROR for fault in said):
        return _refused(said, form)
    compared = against(measured.accuracy, bar) if bar is not None else None
    named = dataset or Path(shown).name
    entry = ""
    if system and stated:
        entry = measurements_yaml(
            stated, measured, system=system, dataset=named, measured_on=measured_on
        )
    written = ""
    if into:
        done = _write_into(into, workload, system, entry, config)
        if isinstance(done, tuple):
            return _refused(done, form)
        written = done.said
        said = (*said, *done.doubts)
    if form == "json":
        emit(
            measured_json(
                measured,
                compared,
                stated,
                said,
                system=system,
                dataset=named,
                measured_on=measured_on,
            )
        )
        return ExitCode.PASS
    if form == "yaml":
        emit(entry)
    else:
        emit(
            measured_text(
                measured, compared, entry, written=written, width=width(), color=has_color()
            )
        )
    complain(said)
    return ExitCode.PASS


def _refused(faults: tuple[Diagnostic, ...], form: str) -> ExitCode:
    from mlpolicy.cli.output import refused
    from mlpolicy.render.measure import SCHEMA

    return refused(faults, form, SCHEMA)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(1 << 16):
        yield piece


def _broken(file: str, error: OSError) -> Diagnostic:
    from mlpolicy.diagnostics import about

    reason = (error.strerror or "unknown reason").lower()
    return about("MLP0902", f"cannot read `{file}`: {reason}", file)


def _unfit(system: str) -> Diagnostic | None:
    """Why a manifest could not name the system so."""
    from mlpolicy.diagnostics import about
    from mlpolicy.schema import load_schema
    from mlpolicy.session import manifest_schema

    text, _ = manifest_schema()
    if text is None:
        return None
    field = load_schema(text).root.at("spec", "workloads", 0, "measurements", 0, "system")
    if field is None or not field.pattern or re.search(field.pattern, system):
        return None
    return about("MLP1013", f"`{system}` cannot name a system", help=f"use {field.says}")


#: By what an entry is known again, and what of it is counted anew. Anything else that stands
#: in it, such as a latency, is not ours to change.
_SAME = ("system", "metric", "measured_on", "slice")
_COUNTED = ("value_pct", "value", "confidence_interval", "sample_size", "dataset", "source")


@dataclass(frozen=True, slots=True)
class _Into:
    """What was written, as a sentence, and what may be wrong with it."""

    said: str
    doubts: tuple[Diagnostic, ...]


def _write_into(
    file: str, workload: str, system: str, entry: str, config: str
) -> _Into | tuple[Diagnostic, ...]:
    """Write the entries of `measurements: …` into a manifest, or say why that cannot be."""
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import Diagnostic, Severity, about
    from mlpolicy.interview.questions import MEASUREMENTS, State, measured_systems, written_path
    from mlpolicy.manifest import load
    from mlpolicy.manifest.edit import edited, into_list, key_order, plain
    from mlpolicy.manifest.read import read, reading
    from mlpolicy.suggest import likely, listing, nearest

    if file == "-":
        hint = "name a file, or paste what `--format yaml` prints"
        return (about("MLP1206", "a manifest from standard input cannot be written", help=hint),)
    judged = judge([file], Options(config=config))
    errors = tuple(f for f in judged.diagnostics if f.severity is Severity.ERROR)
    if errors or not judged.judgements:
        return errors or judged.diagnostics
    homes = [
        (number, each.name)
        for number, judgement in enumerate(judged.judgements)
        for each in judgement.document.workloads
        if workload in ("", each.name)
    ]
    names = [each.name for judgement in judged.judgements for each in judgement.document.workloads]
    if len(homes) != 1:
        if not homes:
            near = nearest(workload, names)
            hint = f"did you mean `{near}`?" if near else f"there are: {listing(names)}"
            return (about("MLP1207", f"no workload `{workload}` in `{file}`", file, help=hint),)
        hint = f"give `--workload` with one of {listing(names)}"
        message = f"`{file}` has several workloads that this may be for"
        return (about("MLP1207", message, file, help=hint),)
    (number, name) = homes[0]
    judgement = judged.judgements[number]
    if any(each.document.file != judgement.document.file for each in judged.judgements):
        message = f"`{file}` holds several manifests"
        return (about("MLP1207", message, file, help="name one of them"),)
    file = judgement.document.file
    asked = measured_systems(judgement.decision, judgement.document, name)
    schema = judgement.schema
    mark = "\ufeff" if judgement.data.startswith(b"\xef\xbb\xbf") else ""
    text = judgement.data.decode("utf-8").removeprefix(mark)
    documents = tuple(each.document for each in judged.judgements)
    _, written, _ = read(entry.encode(), "")
    listed = plain(written[0].root) if written and written[0].root else {}
    stated = listed.get("measurements", ()) if isinstance(listed, dict) else ()
    replaced = 0
    for fields in stated:
        document, root = State(
            text=text, read=reading(text.encode(), file), documents=documents, decisions=()
        ).roots[number]
        path = written_path(MEASUREMENTS, name, root, schema)
        changes, was_there = into_list(root, path, fields, _SAME, _COUNTED, document)
        order = key_order(schema, is_short=root.get("spec") is None)
        after = edited(text, changes, file, order=order)
        if isinstance(after, Diagnostic):
            return (after,)
        text, replaced = after, replaced + was_there
    faults = load(text.encode(), file, schema)[1]
    if faults:
        return faults
    fault = save(file, judgement.data, (mark + text).encode())
    if fault is not None:
        return (fault,)
    many = "1 entry" if len(stated) == 1 else f"{len(stated)} entries"
    instead = f"; {replaced} stood there already and {'was' if replaced == 1 else 'were'} renewed"
    doubts: tuple[Diagnostic, ...] = ()
    if system not in asked and (close := likely(system, asked)):
        message = f"the policy asks for no measurement of `{system}`"
        help = f"did you mean `{close}`? then correct `system` in {file}"
        doubts = (about("MLP1014", message, file, help=help, severity=Severity.WARNING),)
    said = f"{many} written into {file}, workload {name}{instead if replaced else ''}"
    return _Into(said, doubts)
