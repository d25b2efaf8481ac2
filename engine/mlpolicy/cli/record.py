"""`mlpolicy record`: keep decisions in a log, and see that the log is whole."""

from __future__ import annotations

import datetime
import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode
from mlpolicy.cli.groups import Group
from mlpolicy.cli.options import (
    as_of_option,
    config_option,
    extension_option,
    format_option,
    policy_option,
    waivers_option,
)
from mlpolicy.cli.replay import command as replay_command
from mlpolicy.cli.replay import refused

if TYPE_CHECKING:
    from mlpolicy.cli.judging import Judged, Judgement, Options
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.records.masking import Ready


@click.group(
    "record",
    cls=Group,
    epilog="Example: mlpolicy record add mlproject.yaml --log decisions.jsonl",
    short_help="Keep decisions in a log, verify and replay it.",
)
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
    help="Hide this field too, such as `household.rent`. May be repeated.",
)
@click.option("--salts", metavar="FILE", help="Where to keep what unmasks, away from the log.")
@policy_option
@extension_option
@as_of_option
@waivers_option
@config_option
@format_option
def add(
    paths: tuple[str, ...],
    log: str | None,
    by: str | None,
    mask: bool,
    fields: tuple[str, ...],
    salts: str | None,
    policy: str,
    extensions: tuple[str, ...],
    as_of: str,
    waivers: str,
    config: str,
    form: str,
) -> int:
    """Decide on each MANIFEST and append the decision to a log, with all it was made from.

    The log grows by a line for each document. What the lines rest on lies in the folder
    `FILE.d` beside the log; keep the two together. Nothing is recorded unless a decision was made
    on every MANIFEST; that something in it ends undecided or in an error is a decision too.
    Ends with 0 once it has recorded, whatever the verdict; with 3 where it has not.
    """
    from mlpolicy.cli.judging import Options, judge
    from mlpolicy.cli.output import complain, emit, has_color, width
    from mlpolicy.render.records import added_json, added_text
    from mlpolicy.session import is_named

    mask = mask or bool(fields)
    if mask and not salts:
        raise click.UsageError("masking needs `--salts FILE`, kept by those who may unmask")
    if "-" in (log, salts):
        raise click.UsageError("log and salts are files: `-` is none")
    if salts and not mask:
        raise click.UsageError("`--salts` goes with `--mask`")
    options = Options(
        policy=policy, as_of=as_of, waivers=waivers, config=config, extensions=extensions
    )
    # Only what is stored is decided in full: see `_ready`.
    judged = judge(paths, options, explain=False)
    log = log or _configured(judged, named=is_named(config))
    if salts and _same_place(salts, log):
        raise click.UsageError("the salts must not lie in the log or in its store")
    done: _Done | tuple[Diagnostic, ...]
    done = (*judged.diagnostics, *_nothing(judged))
    if not judged.unread:
        done = _add(judged, options, log, _shown(by) if by else None, mask, fields, salts or "")
    if not isinstance(done, _Done):
        return refused(done, form)
    if form == "json":
        emit(added_json(log, done.records, (*judged.diagnostics, *done.diagnostics)))
    else:
        complain((*judged.diagnostics, *done.diagnostics))
        emit(added_text(log, done.records, width=width(), color=has_color()))
    return ExitCode.PASS


def _configured(judged: Judged, *, named: bool) -> str:
    """The one log that the configurations above the manifests name. One that nobody `named` came
    with the repository, and chooses no file outside of it."""
    from pathlib import Path

    from mlpolicy.session import lies_with

    configs = {judgement.config for judgement in judged.judgements}
    logs = {
        Path(config.file).parent.joinpath(config.log).as_posix() if config.log else ""
        for config in configs
    }
    if len(logs) == 1 and (log := logs.pop()):
        (config,) = configs
        if not named and not lies_with(log, config.file):
            raise click.UsageError(
                f"`log` in `{config.file}` leads out of its repository or folder; where that is "
                "meant, give `--log FILE`"
            )
        return log
    raise click.UsageError('say where: `--log FILE`, or `log = "FILE"` in mlpolicy.toml')


def _same_place(salts: str, log: str) -> bool:
    from mlpolicy.cli.logbook import store_of

    place, real = os.path.realpath(salts), os.path.realpath(log)
    return place == real or Path(place).is_relative_to(store_of(real))


def _nothing(judged: Judged) -> tuple[Diagnostic, ...]:
    """That nothing is recorded, where some of the manifests could have been."""
    from mlpolicy.diagnostics import about

    if not judged.decisions:
        return ()
    return (about("MLP1114", "nothing was recorded", help="correct the faults first"),)


@dataclass(frozen=True, slots=True)
class _Done:
    records: tuple[Mapping[str, object], ...]
    diagnostics: tuple[Diagnostic, ...]


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
    from mlpolicy.cli.engine import engine
    from mlpolicy.diagnostics import Diagnostic, Severity, about
    from mlpolicy.records import Document, digest_of, line_of, made
    from mlpolicy.records.masking import Ready, salts_line
    from mlpolicy.records.masking import mask as hidden

    ready: list[Ready] = []
    for judgement in judged.judgements:
        one = _ready(judgement, options)
        if isinstance(one, Ready) and mask:
            one = hidden(one, fields, by, lambda: random.token_bytes(32))
        if not isinstance(one, Ready):
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
    diagnostics = []
    if added.torn is not None:
        message = f"`{log}` ended in a line without its end, left by a writer that was stopped; "
        message += (
            f"the piece is kept as `{added.torn}`"
            if added.torn
            else "the record in it was whole, and stays"
        )
        diagnostics.append(about("MLP1106", message, log, severity=Severity.WARNING))
    return _Done(tuple(records), tuple(diagnostics))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(text: str) -> str:
    """A text of the command line as it can stand in a text file."""
    from mlpolicy.characters import spelled

    return spelled(text.encode("utf-8", "backslashreplace").decode())


def _ready(judgement: Judgement, options: Options) -> Ready | tuple[Diagnostic, ...]:
    """The decision again, from the bytes that are stored with it: what is recorded is what a
    replay starts from."""
    from mlpolicy.approvals import concerning
    from mlpolicy.cli.engine import document_bytes
    from mlpolicy.cli.judging import waiver_file
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.records import Extending, Inputs
    from mlpolicy.records.decide import decided
    from mlpolicy.records.masking import Ready
    from mlpolicy.session import Session, read_manifest, shown_name

    files = judgement.files
    parts, faults = Session().parts(files)
    if parts is None:
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
        sources=parts.ledgers,
        schema=parts.schema,
        manifest=(_shown(shown_name(judgement.document.file)), judgement.data),
        document=0,
        waivers=waivers,
        as_of=judgement.context.as_of,
        today=judgement.context.today,
        manifest_waivers=judgement.config.manifest_waivers,
        dated=judgement.context.dated,
        require=tuple(each.text for each in judgement.config.require),
        approvals=concerning(judgement.config.approvals, judgement.decision.policy),
        extensions=tuple(
            Extending(name=each.name, folder=_shown(each.shown), files=each.texts, sources=sources)
            for each, sources in zip(files.extensions, parts.of_extensions, strict=True)
        ),
    )
    inputs = replace(inputs, document=_number(judgement))
    made, faults = decided(inputs, anew=False)
    if made is None:
        return faults
    decision, _ = made
    config = judgement.config
    configuration = {
        "file": _shown(config.file),
        "files": [{"path": _shown(file), "digest": digest} for file, digest in config.digests],
        "policy": config.policy,
        "extensions": [each.text for each in config.extensions],
        "as_of": config.as_of,
        "waivers": config.waivers,
        "manifest_waivers": config.manifest_waivers,
        "decision_date": config.decision_date,
        "require": [each.text for each in config.require],
        "fail_on": list(config.fail_on),
        "require_approval": config.require_approval,
    }
    return Ready(
        inputs=inputs,
        decision=decision,
        asked={
            "policy": _shown(options.policy),
            "extensions": [_shown(each) for each in options.extensions],
            "as_of": options.as_of,
            "waivers": _shown(options.waivers),
        },
        configuration=configuration if config.file else None,
        document=document_bytes(decision),
    )


def _number(judgement: Judgement) -> int:
    """Which document of its file this is, from 1: each stands at a place of its own."""
    from mlpolicy.manifest import load

    documents, _ = load(judgement.data, judgement.document.file, judgement.schema)
    places = [document.project.place for document in documents]
    return places.index(judgement.document.project.place) + 1


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
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.records.verify import Shelf, verified
    from mlpolicy.render.records import verified_json, verified_text

    lines = logbook.lines_of(log)
    if isinstance(lines, Diagnostic):
        return refused((lines,), form)
    store = logbook.store_of(log)
    broken, torn = logbook.unsound(log)
    shelf = Shelf(
        store=store,
        there=Path(store).is_dir(),
        holds=lambda name: Path(store, name).is_file(),
        stored=lambda name, most: logbook.stored(log, name, most),
        broken=broken,
        torn=torn,
        names=logbook.names_of(log),
    )
    found = verified(log, lines, shelf, expect)
    if isinstance(found, tuple):
        return refused(found, form)
    if form == "json":
        emit(verified_json(found))
    else:
        emit(verified_text(found, width=width(), color=has_color()))
    return ExitCode.FINDINGS if found.faults else ExitCode.PASS
