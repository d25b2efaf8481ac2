"""`mlpolicy record`: keep decisions in a log, and see that the log is whole."""

from __future__ import annotations

import datetime
import os
import secrets as random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.options import as_of_option, format_option, policy_option, waivers_option
from mlpolicy.cli.replay import command as replay_command
from mlpolicy.cli.replay import refused

if TYPE_CHECKING:
    from mlpolicy.cli.judging import Judged, Judgement, Options
    from mlpolicy.core.decision import Decision
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.manifest import Schema
    from mlpolicy.manifest.mask import Maskable, Pattern
    from mlpolicy.records import Inputs, Line, Masking


@click.group("record", short_help="Keep decisions in a log, verify and replay it.")
def command() -> None:
    """Keep decisions in a log, verify and replay it."""


command.add_command(replay_command, "replay")


# ── add ──────────────────────────────────────────────────────────────────────────────────


@command.command(
    "add",
    epilog="Example: mlpolicy record add mlproject.yaml --log decisions.jsonl",
    short_help="Decide on manifests, and append the decisions to a log.",
)
@click.argument("paths", nargs=-1, required=True, metavar="MANIFEST...")
@click.option("--log", metavar="FILE", help="The log, else the one that the configuration names.")
@click.option("--by", metavar="TEXT", help="Who records it, in your words.")
@click.option("--mask", is_flag=True, help="Hide the values of fields marked as sensitive.")
@click.option(
    "--mask-field",
    "fields",
    metavar="PATH",
    multiple=True,
    help="Hide this field too, such as `project.business`. May be repeated.",
)
@click.option("--salts", metavar="FILE", help="Where to keep what unmasks, away from the log.")
@policy_option
@as_of_option
@waivers_option
@format_option
def add(
    paths: tuple[str, ...],
    log: str | None,
    by: str | None,
    mask: bool,
    fields: tuple[str, ...],
    salts: str | None,
    policy: str,
    as_of: str,
    waivers: str,
    form: str,
) -> int:
    """Decide on each MANIFEST and append the decision to a log, with all it was made from.

    The log grows by a line for each document. What the lines rest on lies in the folder
    `FILE.d` beside the log; keep the two together. Nothing is recorded unless everything can
    be evaluated. Ends with 0 once it has recorded, whatever the verdict; with 3 where it has
    not.
    """
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.render.records import added_json, added_text

    mask = mask or bool(fields)
    if mask and not salts:
        raise click.UsageError("masking needs `--salts FILE`, kept by whoever may unmask")
    if salts and not mask:
        raise click.UsageError("`--salts` goes with `--mask`")
    options = Options(policy, as_of, waivers)
    # Only what is stored is decided in full: see `_ready`.
    judged = judge(paths, options, explain=False)
    log = log or _configured(judged)
    if salts and _same_place(salts, log):
        raise click.UsageError("the salts must not lie in the log or in its store")
    done: _Done | tuple[Diagnostic, ...]
    done = (*judged.diagnostics, *_not_evaluated(judged))
    if not judged.incomplete:
        done = _add(judged, options, log, _shown(by) if by else None, mask, fields, salts or "")
    if not isinstance(done, _Done):
        return refused(done, form)
    if form == "json":
        emit(added_json(log, done.records, (*judged.diagnostics, *done.said)))
    else:
        complain((*judged.diagnostics, *done.said))
        emit(added_text(log, done.records, width=width(), color=has_color()))
    return ExitCode.PASS


def _configured(judged: Judged) -> str:
    """The one log that the configurations above the manifests name."""
    from pathlib import Path

    configs = {judgement.config for judgement in judged.judgements}
    logs = {
        Path(config.file).parent.joinpath(config.log).as_posix() if config.log else ""
        for config in configs
    }
    if len(logs) == 1 and (log := logs.pop()):
        return log
    raise click.UsageError('say where: `--log FILE`, or `log = "FILE"` in mlpolicy.toml')


def _same_place(salts: str, log: str) -> bool:
    from mlpolicy.cli.logbook import store_of

    place, real = os.path.realpath(salts), os.path.realpath(log)
    return place == real or place.startswith(os.path.join(store_of(real), ""))


def _not_evaluated(judged: Judged) -> tuple[Diagnostic, ...]:
    """Why nothing is recorded, where a workload could not be evaluated."""
    from mlpolicy.diagnostics import about

    faults = [
        about("MLP1114", f"`{workload.name}` could not be evaluated: {workload.error}", file)
        for decision in judged.decisions
        for file in (decision.manifest_path,)
        for workload in decision.workloads
        if workload.error is not None
    ]
    if judged.decisions or faults:
        faults.append(about("MLP1114", "nothing was recorded", help="mend the faults first"))
    return tuple(faults)


@dataclass(frozen=True, slots=True)
class _Done:
    records: tuple[Mapping[str, object], ...]
    said: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A decision that can be recorded: made from the very bytes that will be stored."""

    inputs: Inputs
    decision: Decision
    asked: Mapping[str, str]
    configuration: Mapping[str, object] | None
    document: bytes
    masking: Masking | None = None
    names: tuple[str, tuple[str, ...]] | None = None
    salts: Mapping[str, bytes] | None = None


def _add(
    judged: Judged,
    options: Options,
    log: str,
    by: str | None,
    mask: bool,
    fields: tuple[str, ...],
    salts: str,
) -> _Done | tuple[Diagnostic, ...]:
    from mlpolicy.cli import logbook
    from mlpolicy.cli.replay import engine
    from mlpolicy.diagnostics import Diagnostic, Severity, about
    from mlpolicy.records import Document, digest_of, line_of, made, salts_line

    ready: list[_Ready] = []
    for judgement in judged.judgements:
        one = _ready(judgement, options)
        if isinstance(one, _Ready) and mask:
            one = _masked(one, fields, by)
        if not isinstance(one, _Ready):
            return one
        ready.append(one)
    files: dict[str, bytes] = {}
    documents: list[Document | None] = []
    for one in ready:
        files.update(logbook.plain(data) for data in one.inputs.blobs)
        if one.masking:
            documents.append(None)
            continue
        name, data = logbook.packed(one.document)
        files[name] = data
        documents.append(Document(name, digest_of(one.document), len(one.document)))
    runs_on = engine()
    records: list[Mapping[str, object]] = []

    def make(number: int, previous: str | None) -> tuple[list[bytes], bytes]:
        kept = b""
        for one, document in zip(ready, documents, strict=True):
            record = made(
                one.inputs,
                one.decision,
                number=number,
                previous=previous,
                recorded_at=_now(),
                recorded_by=by,
                asked=one.asked,
                configuration=one.configuration,
                engine=runs_on,
                document=document,
                masking=one.masking,
                names=one.names,
            )
            records.append(record)
            number, previous = number + 1, record["hash"]
            if one.salts is not None:
                kept += salts_line(record["hash"], one.salts)
        return [line_of(record) for record in records], kept

    added = logbook.add(log, list(files.items()), make, salts)
    if isinstance(added, Diagnostic):
        return (added,)
    said = []
    if added.torn is not None:
        message = f"`{log}` ended in a line without its end, left by a writer that was stopped; "
        message += (
            f"the piece is kept as `{added.torn}`"
            if added.torn
            else "the record in it was whole, and stays"
        )
        said.append(about("MLP1106", message, log, severity=Severity.WARNING))
    return _Done(tuple(records), tuple(said))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(text: str) -> str:
    """A text of the command line as it can stand in UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _ready(judgement: Judgement, options: Options) -> _Ready | tuple[Diagnostic, ...]:
    """The decision again, from the bytes that are stored with it: what is recorded is what a
    replay starts from."""
    from mlpolicy.cli.judging import waiver_file
    from mlpolicy.cli.replay import decided, document_bytes
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.records import Inputs
    from mlpolicy.workspace import brought_along, read_manifest, shown_name

    files, faults = brought_along(judgement.files)
    if files is None or files.brought is None:
        return faults
    waivers: tuple[str, bytes] | None = None
    if file := waiver_file(options, judgement.config):
        data = read_manifest(file)
        if isinstance(data, Diagnostic):
            return (data,)
        waivers = (_shown(file), data)
    inputs = Inputs(
        folder=_shown(files.shown),
        policy=files.texts,
        sources=files.brought.ledgers,
        schema=files.brought.schema,
        manifest=(_shown(shown_name(judgement.document.file)), judgement.data),
        document=0,
        waivers=waivers,
        as_of=judgement.as_of,
        today=judgement.today,
        manifest_waivers=judgement.config.manifest_waivers,
    )
    inputs = replace(inputs, document=_number(judgement, inputs))
    made, faults = decided(inputs, anew=False)
    if made is None:
        return faults
    decision, _ = made
    config = judgement.config
    configuration = {
        "file": _shown(config.file),
        "policy": config.policy,
        "as_of": config.as_of,
        "waivers": config.waivers,
        "manifest_waivers": config.manifest_waivers,
    }
    return _Ready(
        inputs,
        decision,
        {
            "policy": _shown(options.policy),
            "as_of": options.as_of,
            "waivers": _shown(options.waivers),
        },
        configuration if config.file else None,
        document_bytes(decision),
    )


def _number(judgement: Judgement, inputs: Inputs) -> int:
    """Which document of its file this is, from 1: each stands at a place of its own."""
    from mlpolicy.manifest import load

    documents, _ = load(judgement.data, judgement.document.file, _schema(inputs))
    places = [document.project.place for document in documents]
    return places.index(judgement.document.project.place) + 1


def _schema(inputs: Inputs) -> Schema:
    from mlpolicy.manifest import load_schema

    return load_schema(inputs.schema[1].decode("utf-8-sig"))


# ── Masking ──────────────────────────────────────────────────────────────────────────────


def _masked(
    ready: _Ready, fields: tuple[str, ...], by: str | None
) -> _Ready | tuple[Diagnostic, ...]:
    """The same record without the values to be hidden.

    What is stored is the full form with tokens, and of the decision its summary alone: its
    texts, figures and trace repeat what the manifest states. Commitments with a salt of their
    own tie the record to originals and decision; a plain sha256 of a file of which all but a
    name is known would give the name away to whoever tries a list of names.
    """
    from mlpolicy.manifest.mask import maskable, patterns_of
    from mlpolicy.records import Masking, commitment, token_of

    inputs = ready.inputs
    schema = _schema(inputs)
    patterns, faults = patterns_of(fields, schema)
    if faults:
        return tuple(faults)
    salts: dict[str, bytes] = {}
    hidden: dict[str, tuple[str, ...]] = {"manifest": (), "waivers": ()}
    ties: dict[str, str] = {}
    texts: dict[str, str] = {}
    names = None
    everything: list[tuple[str, Maskable, dict[str, str]]] = []
    originals = {"manifest": inputs.manifest}
    if inputs.waivers:
        originals["waivers"] = inputs.waivers
    for what, (file, data) in originals.items():
        own = schema if what == "manifest" else schema.waivers
        wanted = patterns if what == "manifest" else _of_waivers(patterns)
        documents, _ = maskable(data, file, own, wanted)
        if what == "manifest":
            documents = documents[inputs.document - 1 : inputs.document]
        pieces = []
        for document in documents:
            tokens = {}
            for secret in document.secrets:
                salt = random.token_bytes(32)
                salts[f"{what}:{secret.pointer}"] = salt
                tokens[secret.pointer] = token_of(salt, secret.value)
            pieces.append(document.masked(tokens))
            hidden[what] = (*hidden[what], *tokens)
            everything.append((what, document, tokens))
            if what == "manifest":
                names = document.names(tokens)
        texts[what] = "---\n".join(pieces)
        salts[what] = random.token_bytes(32)
        ties[what] = commitment(salts[what], data)
    salts["decision"] = random.token_bytes(32)
    masking = Masking(
        manifest=hidden["manifest"],
        waivers=hidden["waivers"],
        manifest_original=ties["manifest"],
        waivers_original=ties.get("waivers"),
        decision_original=commitment(salts["decision"], ready.document),
        document=inputs.document,
    )
    masked = replace(
        ready,
        inputs=replace(
            inputs,
            manifest=(inputs.manifest[0], texts["manifest"].encode()),
            document=1,
            waivers=(inputs.waivers[0], texts["waivers"].encode()) if inputs.waivers else None,
        ),
        masking=masking,
        names=names,
        salts=salts,
    )
    leaks = tuple(_leaks(masked, everything, by))
    return leaks or masked


def _of_waivers(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """The patterns of a manifest's waivers, for a file that holds nothing else."""
    return tuple(pattern[1:] for pattern in patterns if pattern[:2] == ("spec", "waivers"))


def _leaks(
    masked: _Ready, everything: list[tuple[str, Maskable, dict[str, str]]], by: str | None
) -> Iterator[Diagnostic]:
    """Where the text of a masked value would still stand in log or store."""
    from mlpolicy.diagnostics import about
    from mlpolicy.records import canonical, summary

    inputs = masked.inputs
    spoken = canonical(
        [
            *(summary(masked.decision, masked.names), masked.asked, masked.configuration, by),
            *(inputs.folder, inputs.manifest[0], inputs.waivers[0] if inputs.waivers else ""),
        ]
    ).decode()
    secrets = [secret for _, document, _ in everything for secret in document.secrets]
    help = "mask that field too with `--mask-field`, or change what it says"
    for what, document, tokens in everything:
        for pointer, there in document.shown_elsewhere(secrets, tokens):
            file = inputs.manifest[0] if what == "manifest" else (inputs.waivers or ("",))[0]
            message = (
                f"the masked value of `{pointer}` also stands in `{there}`, which is not masked"
            )
            yield about("MLP1115", message, file, help=help)
    for secret in secrets:
        if secret.text and secret.text.casefold() in spoken.casefold():
            message = (
                f"the masked value of `{secret.pointer}` also stands in a path, an option, `--by` "
                "or a name that the record shows"
            )
            yield about("MLP1115", message, inputs.manifest[0], help="write it otherwise there")


# ── verify ───────────────────────────────────────────────────────────────────────────────


def _hash(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    digits = value.strip().removeprefix("sha256:").lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise click.BadParameter("a hash is `sha256:` and 64 digits and letters a to f")
    return f"sha256:{digits}"


@command.command(
    "verify",
    epilog="Example: mlpolicy record verify decisions.jsonl",
    short_help="Check that a log is whole.",
)
@click.argument("log", metavar="LOG")
@click.option(
    "--expect",
    metavar="HASH",
    callback=_hash,
    help="The head noted earlier, which must be there: else records were taken off the end.",
)
@format_option
def verify(log: str, expect: str | None, form: str) -> int:
    """Check that LOG is whole: every record against its hash, each against the one before it,
    and all stored files against their names. Nothing is decided again; that is `replay`.

    Exit codes: 0 all is whole; 1 something was altered, is missing or torn; 3 the log cannot
    be read, or holds nothing to verify.
    """
    from mlpolicy.cli import logbook
    from mlpolicy.cli.output import emit, has_color, width
    from mlpolicy.diagnostics import Diagnostic, Severity, about
    from mlpolicy.records import chain_faults, no_records, no_store
    from mlpolicy.render.records import Verified, verified_json, verified_text

    lines = logbook.lines_of(log)
    if isinstance(lines, Diagnostic):
        return refused((lines,), form)
    said: list[Diagnostic] = []
    before: Line | None = None
    head: Line | None = None
    number = masked = 0
    after: int | None = None
    broken, torn = logbook.unsound(log)
    known = {fault.file for fault in broken}
    seen: dict[str, bool] = {}
    there = os.path.isdir(logbook.store_of(log))
    for line in lines:
        if line.newer:
            return refused(line.faults, form)
        said += (*line.faults, *chain_faults(before, line))
        before = line
        if line.record is None:
            continue
        head, number = line, number + 1
        masked += line.record["masked"] is not None
        after = after + 1 if after is not None else 0 if line.record["hash"] == expect else None
        if there:
            said += _stored_faults(log, line, seen, known)
    if head is None or head.record is None:
        return refused((*said[:1], no_records(log, empty=before is None)), form)
    if not there:
        said.append(no_store(log, logbook.store_of(log)))
    # What a record rests on was told with the record.
    said += [fault for fault in broken if fault.file not in seen]
    if expect is not None and after is None:
        message = f"no record of `{log}` has the expected hash {expect}"
        help = "records were taken off the end, or this is another log"
        said.append(about("MLP1107", message, log, help=help))
    faults = tuple(fault for fault in said if fault.severity is Severity.ERROR)
    notes = [f"{fault.place}: {fault.message}" for fault in said if fault not in faults]
    notes += [f"`{piece}` is a piece of a line that a stopped writer left" for piece in torn]
    found = Verified(log, number, head.record["hash"], masked, faults, tuple(notes), after)
    if form == "json":
        emit(verified_json(found))
    else:
        emit(verified_text(found, width=width(), color=has_color()))
    return ExitCode.FINDINGS if faults else ExitCode.PASS


def _stored_faults(
    log: str, line: Line, seen: dict[str, bool], known: set[str]
) -> Iterator[Diagnostic]:
    """What is wrong with the files that a record rests on. `seen` remembers those looked for,
    by the path that messages show; `known` are those whose names do not fit them."""
    from mlpolicy.cli import logbook
    from mlpolicy.records import altered, digest_of, missing, stored_by

    record = line.record
    assert record is not None
    for part in stored_by(record):
        shown = f"{logbook.store_of(log)}/{part.name}"
        if shown not in seen:
            seen[shown] = os.path.isfile(shown)
        if not seen[shown]:
            yield missing(line, part, shown)
        elif shown in known:
            yield altered(line, part, shown)
        elif part.what == "decision":
            document = record["decision"]["document"]
            data = logbook.stored(log, part.name, document["length"])
            if not isinstance(data, bytes) or digest_of(data) != document["digest"]:
                yield altered(line, part, shown)
