"""A line of a log in, what becomes of it out: decided again from what is stored, compared byte
for byte, and what differs called by its name.

What stands on a disk is not read here: the caller brings it along.
"""

from __future__ import annotations

import datetime
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Approval
from mlpolicy.diagnostics import Diagnostic, Matter, Severity, about
from mlpolicy.records.chain import Line, fault_at
from mlpolicy.records.decide import decided
from mlpolicy.records.differences import difference_text, first_difference, value_difference
from mlpolicy.records.form import Extending, Inputs, commitment, digest_of, made
from mlpolicy.records.masking import unmasked
from mlpolicy.records.results import Replayed
from mlpolicy.records.store import altered, missing, no_store, stored_by
from mlpolicy.session import STDIN, shown_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a replay is given besides the lines: the store's name and whether it is `there`; what
    is `stored` under a name (None: nothing; a diagnostic: not what the name says), at most so
    many bytes of it; `salts` and `originals` to unmask with; the `engine` that runs; `spell`,
    which writes a decision document; what is `standing` at a path today, and whether it counts
    that this is not what was recorded (`current`)."""

    store: str
    there: bool
    stored: Callable[[str, int | None], bytes | Diagnostic | None]
    salts: Mapping[str, Mapping[str, bytes]]
    originals: Sequence[bytes]
    engine: Mapping[str, object]
    spell: Callable[[Decision], bytes]
    standing: Callable[[str], Iterable[bytes]]
    current: bool


def replayed(line: Line, chain: tuple[Diagnostic, ...], given: Given) -> Replayed:
    """A record decided again. `chain` is what is wrong with its place in the log."""
    record = line.record
    faults = [*line.faults, *chain]
    if record is None:
        return Replayed(
            line=line.number, record=None, result="faulty", faults=tuple(faults), notes=()
        )
    inputs, wrong = inputs_of(line, given.store, given.there, given.stored)
    faults += wrong
    notes: list[str] = []
    since = list(_since(record, given.standing, gone=given.current)) if inputs else []
    if given.current:
        faults += since
    result = ""
    if inputs is not None:
        result, diagnostics = _compared(given, line, record, inputs, notes)
        faults += diagnostics
        if not given.current:
            notes += [fault.message for fault in since]
    errors = [fault for fault in faults if fault.severity is Severity.ERROR]
    notes += [fault.message for fault in faults if fault.severity is not Severity.ERROR]
    if engine := _engine_note(given, record):
        nevertheless = "; the decision comes out the same" if result == "same" else ""
        notes.append(f"{engine}{nevertheless}")
    if not result or (result == "same" and errors):
        only_since = {fault.matter for fault in errors} == {Matter.SINCE}
        result = "differs" if only_since else "faulty"
    return Replayed(
        line=line.number, record=record, result=result, faults=tuple(errors), notes=tuple(notes)
    )


def inputs_of(
    line: Line,
    store: str,
    there: bool,
    stored: Callable[[str, int | None], bytes | Diagnostic | None],
) -> tuple[Inputs | None, list[Diagnostic]]:
    """The inputs of a line's record from the store of that name, if that is `there`; None where
    one of them is not as it was. `stored` gives what lies there under a name. INVARIANT: the line
    has a record."""
    record = line.record
    assert record is not None
    if not there:
        return None, [no_store(line.source.name, store)]
    found: dict[tuple[str, int], list[tuple[str, bytes]]] = defaultdict(list)
    faults = []
    for part in stored_by(record):
        if part.what == "decision":
            continue
        data = stored(part.name, None)
        shown = f"{store}/{part.name}"
        if data is None:
            faults.append(missing(line, part, shown))
        elif isinstance(data, Diagnostic):
            say = altered if data.matter is Matter.ALTERED else missing
            faults.append(say(line, part, shown))
        else:
            found[part.what, part.extension].append((part.path, data))
    if faults:
        return None, faults
    try:
        as_of = datetime.date.fromisoformat(record["as_of"])
        today = datetime.date.fromisoformat(record["today"])
    except ValueError:
        return None, [fault_at("MLP1102", "a date of the record is no day", line)]
    return Inputs(
        folder=record["policy"]["folder"],
        policy=tuple(found["policy", 0]),
        sources=tuple(found["source", 0]),
        schema=found["schema", 0][0],
        manifest=found["manifest", 0][0],
        # What is stored of a masked manifest is the one document.
        document=1 if record["masked"] else record["manifest"]["document"],
        waivers=found["waivers", 0][0] if found["waivers", 0] else None,
        as_of=as_of,
        today=today,
        manifest_waivers=record["manifest_waivers"],
        dated=record["dated"],
        require=tuple(record["require"]),
        approvals=tuple(Approval(**stated) for stated in record["approvals"]),
        extensions=tuple(
            Extending(
                name=each["name"],
                folder=each["folder"],
                files=tuple(found["policy", number]),
                sources=tuple(found["source", number]),
            )
            for number, each in enumerate(record["policy"]["extensions"], 1)
        ),
    ), []


def _engine_note(given: Given, record: Mapping[str, Any]) -> str:
    was, now = record["engine"], given.engine
    if was["version"] != now["version"]:
        return f"the engine differs: mlpolicy {was['version']} then, {now['version']} now"
    if was["digest"] != now["digest"]:
        old, new = was["digest"][:19], str(now["digest"])[:19]
        return f"the engine differs: source {old}… of {was['version']} then, {new}… now"
    return ""


def _surroundings(given: Given, record: Mapping[str, Any]) -> str:
    """What else is not as it was, where that may be why the decision differs."""
    was, now = record["engine"], given.engine
    pairs = [("Python", was["python"], now["python"])]
    libraries = now["libraries"]
    assert isinstance(libraries, dict)
    pairs += [(name, was["libraries"][name], libraries[name]) for name in libraries]
    return ", ".join(f"{name} was {old}, is {new}" for name, old, new in pairs if old != new)


def _compared(
    given: Given, line: Line, record: Mapping[str, Any], inputs: Inputs, notes: list[str]
) -> tuple[str, list[Diagnostic]]:
    """Decide, and compare with what was recorded: `same`, `differs` or `open`."""
    if record["masked"]:
        return _masked(given, line, record, inputs, notes)
    made, diagnostics = decided(inputs)
    if made is None:
        reason = diagnostics[0].message if diagnostics else "no reason"
        message = f"the stored inputs lead to no decision here: {reason}"
        return "open", [fault_at("MLP1111", message, line)]
    decision, _ = made
    faults = _document(given, line, record, given.spell(decision))
    faults += _derived(line, record, inputs, decision, None)
    if any(fault.matter is Matter.DIFFERS for fault in faults):
        surroundings = _surroundings(given, record)
        notes += [f"surroundings differ: {surroundings}"] if surroundings else []
        return "differs", faults
    return "same", faults


def _document(given: Given, line: Line, record: Mapping[str, Any], now: bytes) -> list[Diagnostic]:
    """The decision document byte for byte."""
    document = record["decision"]["document"]
    if document is None:
        return [fault_at("MLP1102", "the record has neither a decision nor a mask", line)]
    part = stored_by(record)[-1]
    shown = f"{given.store}/{part.name}"
    was = given.stored(part.name, document["length"])
    same = digest_of(now) == document["digest"]
    if not isinstance(was, bytes):
        say = missing if was is None or was.matter is not Matter.ALTERED else altered
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


def _masked(
    given: Given, line: Line, record: Mapping[str, Any], inputs: Inputs, notes: list[str]
) -> tuple[str, list[Diagnostic]]:
    masked = record["masked"]
    count = len(masked["manifest"]) + len(masked["waivers"])
    values = "1 value is" if count == 1 else f"{count} values are"
    salts = given.salts.get(record["hash"])
    if salts is None and given.salts:
        notes.append("the file of salts has none for this record")
    if salts is not None:
        original, diagnostics = unmasked(line, record, inputs, salts, given.originals)
        if diagnostics:
            return ("open" if diagnostics[0].matter is Matter.UNMASKING else "differs"), diagnostics
        if original is not None:
            return _in_full(given, line, record, original, salts, notes)
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


def _in_full(
    given: Given,
    line: Line,
    record: Mapping[str, Any],
    original: Inputs,
    salts: Mapping[str, bytes],
    notes: list[str],
) -> tuple[str, list[Diagnostic]]:
    made, diagnostics = decided(original)
    if made is None:
        reason = diagnostics[0].message if diagnostics else "no reason"
        message = f"the original inputs lead to no decision here: {reason}"
        return "open", [fault_at("MLP1111", message, line)]
    decision, _ = made
    names = _names(record)
    faults = _derived(line, record, original, decision, names)
    tie = commitment(salts.get("decision", b""), given.spell(decision))
    if not faults and tie != record["masked"]["original"]["decision"]:
        message = "the decision document is not, byte for byte, the one that was recorded"
        faults.append(fault_at("MLP1110", message, line))
    if faults:
        surroundings = _surroundings(given, record)
        notes += [f"surroundings differ: {surroundings}"] if surroundings else []
        return "differs", faults
    notes.append("unmasked with the salts and the original files, and compared in full")
    return "same", []


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
    if names is not None and len(names[1]) != len(decision.workloads):
        return [fault_at("MLP1110", "the record decides another number of things", line)]
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


def _since(
    record: Mapping[str, Any], standing: Callable[[str], Iterable[bytes]], *, gone: bool
) -> Iterator[Diagnostic]:
    """Files that stand at their recorded path and are not what was recorded; with `gone` also
    what stands there no more. A file of the policy is looked for only where its folder is."""
    pairs: list[tuple[str, str, list[str]]] = []
    for policy in (record["policy"], *record["policy"]["extensions"]):
        folder = policy["folder"]
        parts = [
            (posixpath.join(folder, part["path"]), part["digest"])
            for part in (*policy["files"], *policy["sources"])
        ]
        own = [(path, digest, list(map(digest_of, standing(path)))) for path, digest in parts]
        if gone and not any(there for _, _, there in own):
            what = "policy" if policy is record["policy"] else "extension"
            message = f"the {what} does not stand in `{folder}` any more"
            yield about("MLP1119", message, folder)
        else:
            pairs += own
    if not record["masked"]:
        for part in (record["manifest"], record["waivers"]):
            if part and part["path"] != shown_name(STDIN):
                there = [digest_of(data) for data in standing(part["path"])]
                pairs.append((part["path"], part["digest"], there))
    for path, digest, there in pairs:
        if there and digest not in there:
            message = f"what stands at `{path}` today is not what was recorded"
            yield about("MLP1119", message, path)
        elif gone and not there:
            yield about("MLP1119", f"`{path}`, which was recorded, is not there today", path)
