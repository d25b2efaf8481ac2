"""`mlpolicy replay`: decide again from what a log has stored, and say exactly what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.options import format_option

if TYPE_CHECKING:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.records import Line, Replayed


@click.command(
    "replay",
    epilog="Example: mlpolicy replay decisions.jsonl --record 12",
    short_help="Decide again what a log recorded.",
)
@click.argument("log", metavar="LOG")
@click.option("--record", "wanted", metavar="N|HASH", help="Only this record.")
@click.option("--salts", metavar="FILE", help="The salts kept for masked records.")
@click.option(
    "--original",
    "originals",
    metavar="FILE",
    multiple=True,
    help="The manifest or waiver file of a masked record, as it was. May be repeated.",
)
@click.option(
    "--current",
    is_flag=True,
    help="Count it too where a file at its recorded path is another one today, or is gone.",
)
@format_option
def command(
    log: str,
    wanted: str | None,
    salts: str | None,
    originals: tuple[str, ...],
    current: bool,
    form: str,
) -> int:
    """Decide each record of LOG again from the inputs that were stored with it, compare the
    decision byte for byte, and name what differs: record, policy, manifest, schema, engine or
    decision. Neither the policy's folder nor the manifest is needed.

    Exit codes: 0 all decisions came out the same; 1 something was altered or differs; 3 the
    log cannot be read, or a record cannot be replayed here.
    """
    from mlpolicy.cli.engine import document_bytes, engine
    from mlpolicy.cli.logbook import lines_of, store_of
    from mlpolicy.cli.output import emit, has_color, width
    from mlpolicy.diagnostics import Diagnostic, about
    from mlpolicy.records import chain_faults, no_records, selected
    from mlpolicy.records.masking import read_salts
    from mlpolicy.records.replay import Given, replayed
    from mlpolicy.render.records import replay_json, replay_text
    from mlpolicy.session import bytes_at

    if originals and not salts:
        raise click.UsageError("`--original` goes with `--salts`")
    lines = lines_of(log)
    if isinstance(lines, Diagnostic):
        return refused((lines,), form)
    kept = _read(salts) if salts else b""
    files = [_read(file) for file in originals]
    unread = [each for each in (kept, *files) if isinstance(each, Diagnostic)]
    if unread:
        return refused(unread, form)
    assert isinstance(kept, bytes)
    given = Given(
        store=store_of(log),
        there=Path(store_of(log)).is_dir(),
        stored=_from_store(log),
        salts=read_salts(kept),
        originals=[data for data in files if isinstance(data, bytes)],
        engine=engine(),
        spell=document_bytes,
        standing=bytes_at,
        current=current,
    )
    results: list[Replayed] = []
    sound: list[tuple[int, str]] = []
    before: Line | None = None
    chosen = None
    if wanted is not None:
        every = list(lines)
        known = [(line.record["number"], line.record["hash"]) for line in every if line.record]
        position = selected(known, wanted)
        if position is None:
            there = f"1 to {len(known)}" if known else "none"
            help = f"give a number ({there}), or the beginning of one record's hash"
            fault = about("MLP1112", f"`{log}` has no record `{wanted}`", log, help=help)
            return refused((fault,), form)
        chosen = known[position]
        lines = iter(every)
    for line in lines:
        own = (line.record["number"], line.record["hash"]) if line.record else None
        if line.newer:
            return refused(line.faults, form)
        if own:
            sound.append(own)
        if chosen is None or own == chosen:
            results.append(replayed(line, tuple(chain_faults(before, line)), given))
        before = line
    if not sound:
        faults = [fault for result in results for fault in result.faults]
        return refused((*faults[:1], no_records(log, empty=not results)), form)
    if form == "json":
        emit(replay_json(log, results))
    else:
        emit(replay_text(log, results, width=width(), color=has_color()))
    return worst(_CODES[result.result] for result in results)


def refused(faults: Sequence[Diagnostic], form: str) -> ExitCode:
    """Say why a log cannot be read."""
    from mlpolicy.cli import output
    from mlpolicy.render.records import SCHEMA

    return output.refused(faults, form, SCHEMA)


_CODES = {
    "same": ExitCode.PASS,
    "differs": ExitCode.FINDINGS,
    "faulty": ExitCode.FINDINGS,
    "open": ExitCode.NOT_EVALUATED,
}


def _read(file: str) -> bytes | Diagnostic:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.session import opened

    with opened(file) as stream:
        return stream if isinstance(stream, Diagnostic) else stream.read()


def _from_store(log: str) -> Callable[[str, int | None], bytes | Diagnostic | None]:
    """What is stored beside a log. What several records share is read once."""
    from mlpolicy.cli.logbook import stored

    kept: dict[str, bytes | Diagnostic | None] = {}

    def get(name: str, most: int | None) -> bytes | Diagnostic | None:
        if name.endswith(".gz"):  # long, and each record's own
            return stored(log, name, most)
        if name not in kept:
            kept[name] = stored(log, name)
        return kept[name]

    return get
