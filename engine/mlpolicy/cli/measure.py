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
    from collections.abc import Iterator, Mapping

    from mlpolicy.cli.judging import Judgement
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.measure import Bar, Figures, Measured, Metric


_NO_INTERVALS = ("auc", "mae", "rmse", "mape", "wape", "wer", "cer", "ndcg", "map")
_METRICS = ("accuracy", "precision", "recall", "f1", *_NO_INTERVALS)


def _bar(text: str, metric: Metric) -> Fraction:
    """The bar in the unit of a figure: a ratio, or an amount."""
    number = re.sub(r"\s*%$", "", text)
    if not metric.is_percentage:
        if not re.fullmatch(r"\d{1,15}(\.\d{1,12})?", text):
            message = f"`{text}` is no bar for {metric.value}; write an amount such as 12.5"
            raise click.BadParameter(message, param_hint="--bar")
        return Fraction(text)
    if not re.fullmatch(r"\d{1,3}(\.\d{1,12})?", number) or Fraction(number) > 100:
        message = f"`{text}` is no percentage up to 100; write it as 85 or 87.5"
        raise click.BadParameter(message, param_hint="--bar")
    if 0 < Fraction(number) <= 1 and number == text:
        message = f"`{text}` looks like a fraction; write 85 for 85 %, and 0.5% for half a percent"
        raise click.BadParameter(message, param_hint="--bar")
    return Fraction(number) / 100


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
    short_help="Measure a system on a table.",
)
@click.argument("file", metavar="TABLE.csv")
@click.option(
    "--metric",
    "names",
    metavar="NAME",
    multiple=True,
    type=click.Choice(_METRICS),
    help="What to compute, else what labels give; may be given several times.",
)
@click.option("--truth", metavar="COLUMN", default="", help="The column of what is right.")
@click.option(
    "--predicted", metavar="COLUMN", default="", help="The column of what the system said."
)
@click.option("--query", metavar="COLUMN", default="", help="The column of queries or users.")
@click.option(
    "--rank", metavar="COLUMN", default="", help="The column of ranks, instead of scores."
)
@click.option(
    "--k",
    "at",
    metavar="NUMBER",
    type=click.IntRange(1, 10_000),
    help="Of rankings, the first rows.",
)
@click.option(
    "--system", metavar="NAME", default="", help="What was measured, in a manifest's words."
)
@click.option("--dataset", metavar="NAME", default="", help="What the data is called.")
@click.option(
    "--positive",
    metavar="LABEL",
    default="",
    help="The class that precision, recall, F1 or scores are about.",
)
@click.option(
    "--bar", "bar_text", metavar="NUMBER", default="", help="Compare the metric with a bar."
)
@click.option(
    "--measured-on",
    metavar="DATE",
    callback=_day,
    help="The day of the measurement, else today (UTC).",
)
@click.option("--into", metavar="MANIFEST", default="", help="Write the entry into this manifest.")
@click.option(
    "--of",
    "workload",
    metavar="NAME",
    default="",
    help="Which one it is for, where there are several.",
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
    names: tuple[str, ...],
    truth: str,
    predicted: str,
    query: str,
    rank: str,
    at: int | None,
    system: str,
    dataset: str,
    positive: str,
    bar_text: str,
    measured_on: str,
    into: str,
    workload: str,
    config: str,
    form: str,
) -> int:
    """Measure a system on a table of what is right and what it said. Of labels: accuracy, and for
    each class precision, recall and F1, with 95 % Wilson intervals. With --metric, of amounts: mae,
    rmse, mape, wape; of texts: wer, cer; of scores: auc; of rankings: ndcg, map. With --system,
    write an entry for the `measurements` of a manifest.

    TABLE.csv is UTF-8 with the names of the columns in its first line, separated by commas,
    semicolons, tabs or bars; `-` is standard input. Columns with usual names need not be named.
    With --into, the entry is written into a manifest, whose text stays as it is otherwise; an entry
    of the same system, metric and day is replaced.

    Ends with 0 once it has measured, however good the system is: that is for a policy to judge.
    Ends with 3 where it could not.
    """
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.diagnostics import Diagnostic, Severity
    from mlpolicy.measure import Figures, Kind, Metric, entries, figure_entries
    from mlpolicy.render.measure import Named, measured_json, measured_text, measurements_yaml
    from mlpolicy.session import shown_name

    if (form == "yaml" or into) and not system:
        raise click.UsageError("an entry names what was measured: give `--system NAME`")
    if workload and not into:
        raise click.UsageError("`--of` says where in a manifest: give `--into MANIFEST`")
    unfit = _unfit(system) if system else None
    if unfit is not None:
        return _refused((unfit,), form)
    home = _home(into, workload, config) if into else None
    if isinstance(home, tuple):
        return _refused(home, form)
    required = home.metric if home is not None else None
    metrics = tuple(dict.fromkeys(Metric(name) for name in names))
    if not metrics and required is not None and required.kind is not Kind.LABELS:
        metrics = (required,)
    given = {"--truth": truth, "--predicted": predicted, "--query": query, "--rank": rank}
    _fitting(metrics, given, at, positive)
    stated = metrics or tuple(
        metric for metric in Metric if metric is Metric.ACCURACY or (positive and metric.of_a_class)
    )
    about = _about(stated, required) if bar_text else None
    bar = _bar(bar_text, about) if about is not None else None
    shown = shown_name(file)
    measured, said = _measured(file, metrics, given, positive, at)
    if measured is None:
        return _refused(said, form)
    found, more = (
        figure_entries(measured)
        if isinstance(measured, Figures)
        else entries(measured, positive, metrics)
    )
    said = (*said, *more)
    if any(fault.severity is Severity.ERROR for fault in said):
        return _refused(said, form)
    compared = None
    if about is not None and bar is not None:
        outcome = _compared(measured, positive, about, bar)
        if isinstance(outcome, Diagnostic):
            return _refused((*said, outcome), form)
        compared = outcome
    named = Named(system, dataset or Path(shown).name, measured_on)
    entry = measurements_yaml(found, measured, named) if system and found else ""
    written = ""
    if home is not None and not entry:
        return _refused((*said, _nothing(home.file)), form)
    if home is not None:
        done = _write_into(home, system, entry)
        if isinstance(done, tuple):
            return _refused((*said, *done), form)
        written = done.said
        said = (*said, *done.doubts)
    if form == "json":
        emit(measured_json(measured, compared, found, said, named))
        return ExitCode.PASS
    if form == "yaml":
        emit(entry)
    else:
        text = measured_text(
            measured,
            compared,
            entry,
            positive=positive,
            offered=not system,
            written=written,
            width=width(),
            color=has_color(),
        )
        emit(text)
    complain(said)
    return ExitCode.PASS


def _measured(
    file: str,
    metrics: tuple[Metric, ...],
    given: Mapping[str, str],
    positive: str,
    at: int | None,
) -> tuple[Measured | Figures | None, tuple[Diagnostic, ...]]:
    """What was counted in a table, or why it could not be. Where a link leads out of the table's
    repository or folder, no message shows any of its text."""
    from mlpolicy.session.faults import shielded
    from mlpolicy.session.files import DISK

    measured, said = _counted(file, metrics, given, positive, at)
    return measured, shielded(DISK, said, file)


def _counted(
    file: str,
    metrics: tuple[Metric, ...],
    given: Mapping[str, str],
    positive: str,
    at: int | None,
) -> tuple[Measured | Figures | None, tuple[Diagnostic, ...]]:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.measure import Kind, compute, measure
    from mlpolicy.session import opened, shown_name

    shown = shown_name(file)
    with opened(file) as stream:
        if isinstance(stream, Diagnostic):
            return None, (stream,)
        pieces = _pieces(stream)
        try:
            if not metrics or metrics[0].kind is Kind.LABELS:
                return measure(
                    pieces, shown, truth=given["--truth"], predicted=given["--predicted"]
                )
            return compute(pieces, shown, metrics=metrics, columns=given, positive=positive, at=at)
        except OSError as error:
            return None, (_broken(shown, error),)


def _fitting(
    metrics: tuple[Metric, ...],
    given: Mapping[str, str],
    at: int | None,
    positive: str,
) -> None:
    """Refuses options that do not go together."""
    from mlpolicy.measure import Kind

    kind = metrics[0].kind if metrics else Kind.LABELS
    other = next((metric for metric in metrics if metric.kind is not kind), None)
    if other is not None:
        message = (
            f"{metrics[0].value} and {other.value} are of different tables: measure them apart"
        )
        raise click.UsageError(message)
    if kind is not Kind.RANKINGS:
        strange = (
            "--k" if at is not None else next((o for o in ("--query", "--rank") if given[o]), "")
        )
        if strange:
            raise click.UsageError(f"`{strange}` is of rankings: give `--metric ndcg` or `map`")
    if given["--rank"] and given["--predicted"]:
        raise click.UsageError("`--rank` and `--predicted` both say the order: give one of them")
    if positive and kind not in (Kind.LABELS, Kind.SCORES):
        raise click.UsageError(
            f"`--positive` is of labels and scores, and {metrics[0].value} of neither"
        )
    lone = next((metric for metric in metrics if metric.of_a_class and not positive), None)
    if lone is not None:
        raise click.UsageError(f"{lone.value} is of one class: give `--positive LABEL`")


def _about(stated: tuple[Metric, ...], required: Metric | None) -> Metric:
    """The metric that a bar is about: the only one, or the one that the manifest requires."""
    if len(stated) == 1:
        return stated[0]
    if required in stated:
        assert required is not None
        return required
    names = ", ".join(metric.value for metric in stated)
    message = f"a bar is for one metric, and several are computed: {names}; "
    raise click.UsageError(f"{message}name only that one with `--metric`")


def _compared(
    measured: Measured | Figures, positive: str, metric: Metric, bar: Fraction
) -> Bar | Diagnostic:
    """The metric beside its bar, or why it has no value to be compared."""
    from mlpolicy.diagnostics import about
    from mlpolicy.measure import Bounds, Figures, Metric, against, held_against

    if isinstance(measured, Figures):
        (figure,) = (one for one in measured.figures if one.metric is metric)
        return held_against(metric, figure.bounds, bar)
    if metric is Metric.ACCURACY:
        return against(metric, measured.accuracy, bar)
    (one,) = (one for one in measured.classes if one.label == positive)
    if metric is Metric.F1:
        return held_against(metric, Bounds(one.f1, one.f1), bar)
    share = one.precision if metric is Metric.PRECISION else one.recall
    if share.value is None:
        message = f"{metric.value} of `{positive}` is not defined, and meets no bar"
        help = "measure on cases of this class"
        return about("MLP1018", message, measured.file, help=help)
    return against(metric, share, bar)


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


def _nothing(file: str) -> Diagnostic:
    from mlpolicy.diagnostics import about

    help = "see above why; without `--into` the figures are printed"
    return about("MLP1013", f"nothing could be written into {file}", file, help=help)


def _unfit(system: str) -> Diagnostic | None:
    """Why a manifest could not name the system so."""
    from mlpolicy.diagnostics import about
    from mlpolicy.session import schema_by

    schema, _ = schema_by()
    if schema is None:
        return None
    field = schema.root.at(*schema.scopes.home, "measurements", 0, "system")
    if field is None or not field.pattern or re.search(field.pattern, system):
        return None
    return about("MLP1013", f"`{system}` cannot name a system", help=f"use {field.says}")


#: By what an entry is known again, and what of it is counted anew. Anything else that stands
#: in it, such as a latency, is not ours to change.
_SAME = ("system", "metric", "measured_on", "slice")
_COUNTED = ("value_pct", "value", "confidence_interval", "sample_size", "dataset", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Home:
    """The workload of a manifest that entries are for, and the metric that it is required by."""

    file: str
    name: str
    number: int
    judgements: tuple[Judgement, ...]
    metric: Metric | None


@dataclass(frozen=True, slots=True)
class _Into:
    """What was written, as a sentence, and what may be wrong with it."""

    said: str
    doubts: tuple[Diagnostic, ...]


def _home(file: str, workload: str, config: str) -> _Home | tuple[Diagnostic, ...]:
    """Where in a manifest entries are to stand, or why that cannot be said."""
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.diagnostics import Severity, about
    from mlpolicy.measure import Metric
    from mlpolicy.suggest import listing, nearest

    if file == "-":
        hint = "name a file, or paste what `--format yaml` prints"
        return (about("MLP1206", "a manifest from standard input cannot be written", help=hint),)
    judged = judge([file], Options(config=config))
    errors = tuple(f for f in judged.diagnostics if f.severity is Severity.ERROR)
    if errors or not judged.judgements:
        return errors or judged.diagnostics
    homes = [
        (number, each)
        for number, judgement in enumerate(judged.judgements)
        for each in judgement.document.workloads
        if workload in ("", each.name)
    ]
    names = [each.name for judgement in judged.judgements for each in judgement.document.workloads]
    scopes = judged.judgements[0].program.scopes
    if len(homes) != 1:
        if not homes:
            near = nearest(workload, names)
            hint = f"did you mean `{near}`?" if near else f"there are: {listing(names)}"
            return (
                about("MLP1207", f"no {scopes.each} `{workload}` in `{file}`", file, help=hint),
            )
        hint = f"give `--of` with one of {listing(names)}"
        message = f"`{file}` has several {scopes.many} that this may be for"
        return (about("MLP1207", message, file, help=hint),)
    (number, each) = homes[0]
    judgement = judged.judgements[number]
    if any(other.document.file != judgement.document.file for other in judged.judgements):
        message = f"`{file}` holds several manifests"
        return (about("MLP1207", message, file, help="name one of them"),)
    fact = each.fact.get("quality", "metric")
    metric = next((one for one in Metric if fact is not None and fact.value == one.value), None)
    return _Home(
        file=judgement.document.file,
        name=each.name,
        number=number,
        judgements=tuple(judged.judgements),
        metric=metric,
    )


def _write_into(home: _Home, system: str, entry: str) -> _Into | tuple[Diagnostic, ...]:
    """Write the entries of `measurements: …` into a manifest, or say why that cannot be."""
    from mlpolicy.cli.saving import save
    from mlpolicy.diagnostics import Diagnostic, Severity, about
    from mlpolicy.interview.questions import State, measured_systems, measurements, written_path
    from mlpolicy.manifest import load
    from mlpolicy.manifest.edit import edited, into_list, key_order, plain
    from mlpolicy.manifest.read import read, reading
    from mlpolicy.suggest import likely

    file, name, number = home.file, home.name, home.number
    judgement = home.judgements[number]
    asked = measured_systems(judgement.decision, judgement.document, name, judgement.program.scopes)
    schema = judgement.schema
    mark = "\ufeff" if judgement.data.startswith(b"\xef\xbb\xbf") else ""
    text = judgement.data.decode("utf-8").removeprefix(mark)
    documents = tuple(each.document for each in home.judgements)
    _, written, _ = read(entry.encode(), "")
    listed = plain(written[0].root) if written and written[0].root else {}
    stated = listed.get("measurements", ()) if isinstance(listed, dict) else ()
    replaced = 0
    for fields in stated:
        document, root = State(
            text=text, read=reading(text.encode(), file), documents=documents, decisions=()
        ).roots[number]
        path = written_path(measurements(schema.scopes), name, root, schema)
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
    whose = f"{schema.scopes.each} {name}"
    said = f"{many} written into {file}, {whose}{instead if replaced else ''}"
    return _Into(said, doubts)
