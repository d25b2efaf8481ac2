"""`mlpolicy replay`: decide again from what a log has stored, and say exactly what differs."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlpolicy.cli.exits import ExitCode, worst
from mlpolicy.cli.options import format_option

if TYPE_CHECKING:
    from mlpolicy.core.decision import Decision
    from mlpolicy.core.program import Program
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.manifest import Schema
    from mlpolicy.records import Inputs, Line
    from mlpolicy.render.records import Replayed


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
    help="Count it too where a file at its recorded path is another one today.",
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
    from mlpolicy.cli.logbook import lines_of
    from mlpolicy.cli.output import emit, has_color, width
    from mlpolicy.diagnostics import Diagnostic, about
    from mlpolicy.records import chain_faults, no_records, read_salts, selected
    from mlpolicy.render.records import replay_json, replay_text

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
    again = _Again(
        log, read_salts(kept), [data for data in files if isinstance(data, bytes)], current
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
            results.append(again.replayed(line, tuple(chain_faults(before, line))))
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
    from mlpolicy.cli.output import complain, emit
    from mlpolicy.render.json import diagnostics_json

    if form == "json":
        emit(diagnostics_json(faults))
    else:
        complain(faults)
    return ExitCode.NOT_EVALUATED


_CODES = {
    "same": ExitCode.PASS,
    "differs": ExitCode.FINDINGS,
    "faulty": ExitCode.FINDINGS,
    "open": ExitCode.NOT_EVALUATED,
}


def _read(file: str) -> bytes | Diagnostic:
    from mlpolicy.diagnostics import Diagnostic
    from mlpolicy.workspace import opened

    with opened(file) as stream:
        return stream if isinstance(stream, Diagnostic) else stream.read()


# ── Deciding from what is stored ─────────────────────────────────────────────────────────


def engine() -> dict[str, object]:
    """What decides: version, digest of the source, and what it runs on."""
    from importlib.metadata import PackageNotFoundError, version

    from mlpolicy import __version__
    from mlpolicy.workspace import engine_digest

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "unknown"

    return {
        "version": __version__,
        "digest": engine_digest(),
        "python": platform.python_version(),
        "libraries": {name: installed(name) for name in ("PyYAML", "jsonschema", "lark")},
    }


@cache
def program_of(
    folder: str,
    texts: tuple[tuple[str, bytes], ...],
    ledgers: tuple[tuple[str, bytes], ...],
    schema: tuple[str, bytes],
    anew: bool,
) -> tuple[Program | None, Schema | None, tuple[Diagnostic, ...]]:
    """The program and the schema of stored files."""
    from mlpolicy.diagnostics import about
    from mlpolicy.manifest import load_schema
    from mlpolicy.workspace import Brought, PolicyFiles, program_from

    files = PolicyFiles("", "", "", Path(), folder, texts, Brought(ledgers, schema))
    program, faults = program_from(files, anew=anew)
    try:
        read = load_schema(schema[1].decode("utf-8-sig"))
    except ValueError:
        name = schema[0]
        return None, None, (*faults, about("MLP0917", f"`{name}` is not a schema", name))
    return program, read, faults


def decided(
    inputs: Inputs, *, anew: bool = True
) -> tuple[tuple[Decision, Program] | None, tuple[Diagnostic, ...]]:
    """The decision that inputs lead to, or why they lead to none. The policy is checked `anew`:
    a replay rests on nothing that is kept elsewhere."""
    from mlpolicy.core.facts import Waiver
    from mlpolicy.diagnostics import Severity, about
    from mlpolicy.evaluate import evaluate
    from mlpolicy.manifest import load, load_waivers

    program, schema, faults = program_of(
        inputs.folder, inputs.policy, inputs.sources, inputs.schema, anew
    )
    if program is None or schema is None:
        return None, faults
    path, data = inputs.manifest
    documents, said = load(data, path, schema)
    if not 0 < inputs.document <= len(documents):
        if not said:
            message = f"`{path}` has no document {inputs.document}"
            said = (about("MLP1111", message, path),)
        return None, said
    waivers: tuple[Waiver, ...] = ()
    if inputs.waivers:
        file, data = inputs.waivers
        waivers, said = load_waivers(data, file, schema)
        if any(fault.severity is Severity.ERROR for fault in said):
            return None, said
    decision = evaluate(
        program,
        documents[inputs.document - 1],
        as_of=inputs.as_of,
        today=inputs.today,
        waivers=waivers,
        allow_manifest_waivers=inputs.manifest_waivers,
    )
    return (decision, program), ()


def document_bytes(decision: Decision) -> bytes:
    """The decision document, as `explain --format json` prints it."""
    from mlpolicy.render.json import decision_json

    return decision_json(decision).encode("utf-8", "backslashreplace")


# ── One record ───────────────────────────────────────────────────────────────────────────


class _Again:
    """What all records of a replay share: the log, what was given to unmask, what was read."""

    def __init__(
        self,
        log: str,
        salts: Mapping[str, Mapping[str, bytes]],
        originals: Sequence[bytes],
        current: bool,
    ) -> None:
        self.log = log
        self.salts = salts
        self.originals = originals
        self.current = current
        self.engine = engine()
        self._stored: dict[str, bytes | Diagnostic | None] = {}

    def replayed(self, line: Line, chain: tuple[Diagnostic, ...]) -> Replayed:
        """A record decided again."""
        from mlpolicy.diagnostics import Severity
        from mlpolicy.render.records import Replayed

        record = line.record
        faults = [*line.faults, *chain]
        if record is None:
            return Replayed(line.number, None, "faulty", tuple(faults), ())
        inputs, wrong = self._inputs(line)
        faults += wrong
        notes: list[str] = []
        since = list(_since(record)) if inputs else []
        if self.current:
            faults += since
        result = ""
        if inputs is not None:
            result, said = self._compared(line, record, inputs, notes)
            faults += said
            if not self.current:
                notes += [fault.message for fault in since]
        errors = [fault for fault in faults if fault.severity is Severity.ERROR]
        notes += [fault.message for fault in faults if fault.severity is not Severity.ERROR]
        if engine := self._engine_note(record):
            nevertheless = "; the decision comes out the same" if result == "same" else ""
            notes.append(f"{engine}{nevertheless}")
        if not result or (result == "same" and errors):
            only_since = {fault.code for fault in errors} == {"MLP1119"}
            result = "differs" if only_since else "faulty"
        return Replayed(line.number, record, result, tuple(errors), tuple(notes))

    def _get(self, name: str, most: int | None = None) -> bytes | Diagnostic | None:
        from mlpolicy.cli.logbook import stored

        if name.endswith(".gz"):  # long, and each record's own
            return stored(self.log, name, most)
        if name not in self._stored:
            self._stored[name] = stored(self.log, name)
        return self._stored[name]

    def _inputs(self, line: Line) -> tuple[Inputs | None, list[Diagnostic]]:
        """The inputs of a record from the store; None where one of them is not as it was."""
        from mlpolicy.cli.logbook import store_of
        from mlpolicy.diagnostics import Diagnostic
        from mlpolicy.records import Inputs, altered, fault_at, missing, no_store, stored_by

        record = line.record
        assert record is not None
        store = store_of(self.log)
        if not os.path.isdir(store):
            return None, [no_store(self.log, store)]
        found: dict[str, list[tuple[str, bytes]]] = {"source": [], "waivers": []}
        faults = []
        for part in stored_by(record):
            if part.what == "decision":
                continue
            data = self._get(part.name)
            shown = f"{store}/{part.name}"
            if data is None:
                faults.append(missing(line, part, shown))
            elif isinstance(data, Diagnostic):
                say = altered if data.code == "MLP1108" else missing
                faults.append(say(line, part, shown))
            else:
                found.setdefault(part.what, []).append((part.path, data))
        if faults:
            return None, faults
        try:
            as_of = datetime.date.fromisoformat(record["as_of"])
            today = datetime.date.fromisoformat(record["today"])
        except ValueError:
            return None, [fault_at("MLP1102", "a date of the record is no day", line)]
        return Inputs(
            folder=record["policy"]["folder"],
            policy=tuple(found["policy"]) if "policy" in found else (),
            sources=tuple(found["source"]),
            schema=found["schema"][0],
            manifest=found["manifest"][0],
            # What is stored of a masked manifest is the one document.
            document=1 if record["masked"] else record["manifest"]["document"],
            waivers=found["waivers"][0] if found["waivers"] else None,
            as_of=as_of,
            today=today,
            manifest_waivers=record["manifest_waivers"],
        ), []

    def _engine_note(self, record: Mapping[str, Any]) -> str:
        was, now = record["engine"], self.engine
        if was["version"] != now["version"]:
            return f"the engine differs: mlpolicy {was['version']} then, {now['version']} now"
        if was["digest"] != now["digest"]:
            old, new = was["digest"][:19], str(now["digest"])[:19]
            return f"the engine differs: source {old}… of {was['version']} then, {new}… now"
        return ""

    def _surroundings(self, record: Mapping[str, Any]) -> str:
        """What else is not as it was, where that may be why the decision differs."""
        was, now = record["engine"], self.engine
        pairs = [("Python", was["python"], now["python"])]
        libraries = now["libraries"]
        assert isinstance(libraries, dict)
        pairs += [(name, was["libraries"][name], libraries[name]) for name in libraries]
        return ", ".join(f"{name} was {old}, is {new}" for name, old, new in pairs if old != new)

    def _compared(
        self, line: Line, record: Mapping[str, Any], inputs: Inputs, notes: list[str]
    ) -> tuple[str, list[Diagnostic]]:
        """Decide, and compare with what was recorded: `same`, `differs` or `open`."""
        from mlpolicy.records import fault_at

        if record["masked"]:
            return self._masked(line, record, inputs, notes)
        made, said = decided(inputs)
        if made is None:
            reason = said[0].message if said else "no reason"
            message = f"the stored inputs lead to no decision here: {reason}"
            return "open", [fault_at("MLP1111", message, line)]
        decision, _ = made
        faults = self._document(line, record, document_bytes(decision))
        faults += _derived(line, record, inputs, decision, None)
        if any(fault.code == "MLP1110" for fault in faults):
            surroundings = self._surroundings(record)
            notes += [f"surroundings differ: {surroundings}"] if surroundings else []
            return "differs", faults
        return "same", faults

    def _document(self, line: Line, record: Mapping[str, Any], now: bytes) -> list[Diagnostic]:
        """The decision document byte for byte."""
        from mlpolicy.cli.logbook import store_of
        from mlpolicy.records import (
            altered,
            difference_text,
            digest_of,
            fault_at,
            first_difference,
            missing,
            stored_by,
        )

        document = record["decision"]["document"]
        if document is None:
            return [fault_at("MLP1102", "the record has neither a decision nor a mask", line)]
        part = stored_by(record)[-1]
        shown = f"{store_of(self.log)}/{part.name}"
        was = self._get(part.name, document["length"])
        same = digest_of(now) == document["digest"]
        if not isinstance(was, bytes):
            say = missing if was is None or was.code != "MLP1108" else altered
            faults = [say(line, part, shown)]
            if not same:
                message = "the decision made from the stored inputs has not the recorded digest"
                faults.append(fault_at("MLP1110", message, line))
            return faults
        if digest_of(was) != document["digest"] or len(was) != document["length"]:
            return [altered(line, part, shown)]
        if same:
            return []
        found = first_difference(was.decode("utf-8", "replace"), now.decode("utf-8", "replace"))
        assert found is not None
        message = f"the decision differs at {difference_text(found)}"
        return [fault_at("MLP1110", message, line)]

    # Masked records.

    def _masked(
        self, line: Line, record: Mapping[str, Any], inputs: Inputs, notes: list[str]
    ) -> tuple[str, list[Diagnostic]]:
        from mlpolicy.records import fault_at

        masked = record["masked"]
        count = len(masked["manifest"]) + len(masked["waivers"])
        values = "1 value is" if count == 1 else f"{count} values are"
        salts = self.salts.get(record["hash"])
        if salts is None and self.salts:
            notes.append("the file of salts has none for this record")
        if salts is not None:
            original, said = self._unmasked(line, record, inputs, salts)
            if said:
                return ("open" if said[0].code == "MLP1117" else "differs"), said
            if original is not None:
                return self._in_full(line, record, original, salts, notes)
        made, _ = decided(inputs)
        if made is not None:
            decision, _ = made
            if not _derived(line, record, inputs, decision, None):
                notes.append(
                    f"{values} masked: verdict, answers and findings come out the same without "
                    "them; the rest was not compared"
                )
                return "same", []
        help = (
            "give the original files with `--original`"
            if salts is not None
            else "give `--salts`, and the original files with `--original`"
        )
        message = f"{values} masked, and the decision depends on what is masked"
        return "open", [fault_at("MLP1111", message, line, help=help)]

    def _unmasked(
        self,
        line: Line,
        record: Mapping[str, Any],
        inputs: Inputs,
        salts: Mapping[str, bytes],
    ) -> tuple[Inputs | None, list[Diagnostic]]:
        """The inputs with the original files in place of the masked ones; None where they were
        not given. What is stored must be what masking the originals gives."""
        from dataclasses import replace

        from mlpolicy.manifest import load_schema
        from mlpolicy.manifest.mask import maskable
        from mlpolicy.records import commitment, fault_at, token_of

        wanted = record["masked"]["original"]
        found: dict[str, bytes] = {}
        for what in ("manifest", "waivers"):
            if wanted[what] is None:
                continue
            for data in self.originals:
                if commitment(salts.get(what, b""), data) == wanted[what]:
                    found[what] = data
            if what not in found:
                if not self.originals:
                    return None, []
                name = "manifest" if what == "manifest" else "waiver file"
                message = f"no file given is the {name} of record {record['number']} as it was"
                return None, [fault_at("MLP1117", message, line)]
        schema = load_schema(inputs.schema[1].decode("utf-8-sig"))
        number = record["manifest"]["document"]
        path = inputs.manifest[0]
        texts = {}
        for what, data in found.items():
            seen = schema if what == "manifest" else schema.waivers
            documents, _ = maskable(data, path, seen, _exactly(record["masked"][what]))
            if what == "manifest":
                documents = documents[number - 1 : number]
            texts[what] = "---\n".join(
                document.masked(
                    {
                        secret.pointer: token_of(
                            salts.get(f"{what}:{secret.pointer}", b""), secret.value
                        )
                        for secret in document.secrets
                        if secret.pointer in record["masked"][what]
                    }
                )
                for document in documents
            )
        stored = {"manifest": inputs.manifest[1]}
        if inputs.waivers:
            stored["waivers"] = inputs.waivers[1]
        for what, text in texts.items():
            if text.encode() != stored[what]:
                message = f"the stored {what} is not what masking the original gives"
                return None, [fault_at("MLP1110", message, line)]
        original = replace(inputs, manifest=(path, found["manifest"]), document=number)
        if inputs.waivers and "waivers" in found:
            original = replace(original, waivers=(inputs.waivers[0], found["waivers"]))
        return original, []

    def _in_full(
        self,
        line: Line,
        record: Mapping[str, Any],
        original: Inputs,
        salts: Mapping[str, bytes],
        notes: list[str],
    ) -> tuple[str, list[Diagnostic]]:
        from mlpolicy.records import commitment, fault_at

        made, said = decided(original)
        if made is None:
            reason = said[0].message if said else "no reason"
            message = f"the original inputs lead to no decision here: {reason}"
            return "open", [fault_at("MLP1111", message, line)]
        decision, _ = made
        names = _names(record)
        faults = _derived(line, record, original, decision, names)
        tie = commitment(salts.get("decision", b""), document_bytes(decision))
        if not faults and tie != record["masked"]["original"]["decision"]:
            message = "the decision document is not, byte for byte, the one that was recorded"
            faults.append(fault_at("MLP1110", message, line))
        if faults:
            surroundings = self._surroundings(record)
            notes += [f"surroundings differ: {surroundings}"] if surroundings else []
            return "differs", faults
        notes.append("unmasked with the salts and the original files, and compared in full")
        return "same", []


def _exactly(pointers: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """JSON Pointers as patterns, any item of a list standing for all."""
    patterns = []
    for pointer in pointers:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        patterns.append(tuple("*" if step.isdigit() else step for step in steps))
    return tuple(patterns)


def _names(record: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The names as the record has them, for a comparison in which they may be masked."""
    workloads = tuple(str(each["name"]) for each in record["decision"]["workloads"])
    return str(record["manifest"]["name"]), workloads


def _derived(
    line: Line,
    record: Mapping[str, Any],
    inputs: Inputs,
    decision: Decision,
    names: tuple[str, tuple[str, ...]] | None,
) -> list[Diagnostic]:
    """What the record itself says of policy and decision, against what follows from them. With
    `names`, the masked ones stand for those of the decision."""
    from mlpolicy.records import difference_text, fault_at, made, value_difference

    if names is not None and len(names[1]) != len(decision.workloads):
        return [fault_at("MLP1110", "the record has another number of workloads", line)]
    again = made(
        inputs,
        decision,
        number=record["number"],
        previous=record["previous"],
        recorded_at=record["recorded_at"],
        recorded_by=record["recorded_by"],
        asked=record["asked"],
        configuration=record["configuration"],
        engine=record["engine"],
        document=None,
        names=names,
    )
    was = {key: record[key] for key in ("policy", "decision")}
    now = {key: again[key] for key in was}
    was["decision"] = {**was["decision"], "document": None}
    was["name"], now["name"] = record["manifest"]["name"], again["manifest"]["name"]
    found = value_difference(was, now)
    if found is None:
        return []
    return [fault_at("MLP1110", f"the record differs at {difference_text(found)}", line)]


# ── What stands there today ──────────────────────────────────────────────────────────────


def _since(record: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Files that stand at their recorded path and are not what was recorded."""
    from mlpolicy.diagnostics import about
    from mlpolicy.records import digest_of
    from mlpolicy.workspace import bytes_at

    folder = record["policy"]["folder"]
    pairs = [
        (os.path.join(folder, part["path"]), part["digest"])
        for part in (*record["policy"]["files"], *record["policy"]["sources"])
    ]
    if not record["masked"]:
        pairs.append((record["manifest"]["path"], record["manifest"]["digest"]))
        if record["waivers"]:
            pairs.append((record["waivers"]["path"], record["waivers"]["digest"]))
    for path, digest in pairs:
        there = [digest_of(data) for data in bytes_at(path)]
        if there and digest not in there:
            shown = path.replace(os.sep, "/")
            message = f"what stands at `{shown}` today is not what was recorded"
            yield about("MLP1119", message, shown)
