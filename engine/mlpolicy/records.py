"""Decision records: what was decided, from what, by what, each tied to the one before it.

A log is a text of lines; a line is a record, a JSON object in its canonical form: keys sorted,
no space, UTF-8, neither fractions nor floats. Its `hash` is the sha256 of the same form without
`hash`; its `previous` is the hash of the line before. That form is what RFC 8785 gives for such
values, so anybody can check a log with a dozen lines in any language.

What a decision was made from is not in the line: the line names it by its sha256, and the bytes
lie in a store beside the log, once for all records. This module makes and checks lines; it
knows neither files nor the store.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from mlpolicy.core.decision import Decision
from mlpolicy.diagnostics import Diagnostic, Severity, about, at
from mlpolicy.source import Source, Span

FORM = "mlpolicy/record/v1"
SALTS_FORM = "mlpolicy/salts/v1"

#: No line that we write comes near it.
MOST_BYTES = 16 << 20

Value = dict[str, Any]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


# ── Bytes ────────────────────────────────────────────────────────────────────────────────


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value made of texts, whole numbers, true, false and null."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def commitment(salt: bytes, data: bytes) -> str:
    """What ties a record to bytes that it does not show. Without the salt, nobody can tell
    whether a guess at them is right."""
    return digest_of(salt + data)


def token_of(salt: bytes, value: str) -> str:
    """What stands in place of a masked value, given by its JSON text."""
    return f"masked:{commitment(salt, value.encode())}"


# ── Making ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a decision follows from. `folder` is how messages call the policy's; `document`
    the number of the document in the manifest's file, from 1."""

    folder: str
    policy: tuple[tuple[str, bytes], ...]
    sources: tuple[tuple[str, bytes], ...]
    schema: tuple[str, bytes]
    manifest: tuple[str, bytes]
    document: int
    waivers: tuple[str, bytes] | None
    as_of: datetime.date
    today: datetime.date
    manifest_waivers: bool

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """What goes into the store."""
        waivers = (self.waivers[1],) if self.waivers else ()
        pairs = (*self.policy, *self.sources, self.schema, self.manifest)
        return (*(data for _, data in pairs), *waivers)


@dataclass(frozen=True, slots=True)
class Masking:
    """What was masked, and what ties the record to what it hides: pointers into manifest and
    waiver file, and commitments to the original bytes of both and to the decision's. The stored
    manifest holds one document alone; `document` is its number in the original."""

    manifest: tuple[str, ...]
    waivers: tuple[str, ...]
    manifest_original: str
    waivers_original: str | None
    decision_original: str
    document: int


@dataclass(frozen=True, slots=True)
class Document:
    """The decision document as it was stored: the name in the store, sha256 and length of the
    document itself. Both are empty where it is masked."""

    stored: str
    digest: str
    length: int


def made(
    inputs: Inputs,
    decision: Decision,
    *,
    number: int,
    previous: str | None,
    recorded_at: str,
    recorded_by: str | None,
    asked: Mapping[str, str],
    configuration: Mapping[str, object] | None,
    engine: Mapping[str, object],
    document: Document | None,
    masking: Masking | None = None,
    names: tuple[str, tuple[str, ...]] | None = None,
) -> Value:
    """A record, sealed. `names` are those of project and workloads where they are masked."""
    policy = decision.policy
    project = names[0] if names else decision.manifest_name
    body: Value = {
        "schema": FORM,
        "number": number,
        "previous": previous,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "as_of": inputs.as_of.isoformat(),
        "today": inputs.today.isoformat(),
        "asked": dict(asked),
        "configuration": dict(configuration) if configuration is not None else None,
        "manifest_waivers": inputs.manifest_waivers,
        "engine": dict(engine),
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "digest": policy.digest,
            "meaning": policy.meaning,
            "language": policy.language,
            "folder": inputs.folder,
            "files": [_part(*pair) for pair in inputs.policy],
            "sources": [_part(*pair) for pair in inputs.sources],
        },
        "manifest_schema": _part(*inputs.schema),
        "manifest": {
            **_part(*inputs.manifest),
            "document": masking.document if masking else inputs.document,
            "name": project,
        },
        "waivers": _part(*inputs.waivers) if inputs.waivers else None,
        "masked": _masked(masking) if masking else None,
        "decision": {
            **summary(decision, names),
            "document": {
                "stored": document.stored,
                "digest": document.digest,
                "length": document.length,
            }
            if document
            else None,
        },
    }
    return sealed(body)


def sealed(body: Mapping[str, Any]) -> Value:
    """The record with its hash."""
    plain = {key: value for key, value in body.items() if key != "hash"}
    return {**plain, "hash": digest_of(canonical(plain))}


def line_of(record: Mapping[str, Any]) -> bytes:
    return canonical(record) + b"\n"


def summary(decision: Decision, names: tuple[str, tuple[str, ...]] | None = None) -> Value:
    """What a record says of a decision in so many words: names, states and verdicts, and no
    text or figure that could repeat what a manifest states."""
    shown = {w.name: w.name for w in decision.workloads}
    if names:
        pairs = zip(decision.workloads, names[1], strict=True)
        shown = {workload.name: name for workload, name in pairs}
    return {
        "verdict": decision.verdict.value,
        "workloads": [
            {
                "name": shown[workload.name],
                "status": workload.status.value,
                "outcome": workload.choice.outcome if workload.choice else None,
                "answer": workload.choice.status if workload.choice else None,
                "possible": [choice.outcome for choice in workload.possible],
                "obligations": [
                    {"id": duty.id, "state": duty.state} for duty in workload.obligations
                ],
            }
            for workload in decision.workloads
        ],
        "findings": [
            {
                "rule": finding.rule,
                "level": finding.level,
                "state": finding.state,
                "workload": shown[finding.workload] if finding.workload else None,
                "waiver": finding.waiver.id if finding.waiver else None,
            }
            for finding in decision.findings
        ],
    }


def _part(path: str, data: bytes) -> Value:
    return {"path": path, "digest": digest_of(data)}


def _masked(masking: Masking) -> Value:
    return {
        "manifest": list(masking.manifest),
        "waivers": list(masking.waivers),
        "original": {
            "manifest": masking.manifest_original,
            "waivers": masking.waivers_original,
            "decision": masking.decision_original,
        },
    }


# ── Reading ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log. `record` is None where it is none; `faults` is what is wrong with the
    line by itself. `source` is for messages about it."""

    number: int
    record: Value | None
    faults: tuple[Diagnostic, ...]
    source: Source

    @property
    def newer(self) -> bool:
        return any(fault.code == "MLP1103" for fault in self.faults)


class _NotARecordError(ValueError):
    """Why a text is no record; `needle` is the part of it that is meant."""

    def __init__(self, message: str, needle: str = "") -> None:
        super().__init__(message)
        self.needle = needle


def line_at(data: bytes, number: int, file: str) -> Line:
    """A line of a log, with its line end, taken apart and checked by itself."""
    ended = data.endswith(b"\n")
    text = data.removesuffix(b"\n")
    source = Source(file, text.decode("utf-8", "replace"), number)
    if not ended:
        message = f"the last line has no end: {len(text):,} bytes of a record cut short"
        help = "if no writer is at work, the next `record add` moves them aside, into the store"
        return Line(number, None, (_at("MLP1106", message, source, help=help),), source)
    try:
        record = _record(text)
    except _NotARecordError as error:
        if str(error).startswith("form "):
            form = str(error).removeprefix("form ")
            message = f"the record has the form {form}; this version reads `{FORM}`"
            help = "use the version of mlpolicy that wrote it, or a newer one"
            fault = _at("MLP1103", message, source, error.needle, help=help)
        else:
            fault = _at("MLP1102", f"no record: {error}", source, error.needle)
        return Line(number, None, (fault,), source)
    faults = []
    own = digest_of(canonical({key: value for key, value in record.items() if key != "hash"}))
    if record["hash"] != own:
        message = f"record {record['number']} was altered: its text and its hash do not agree"
        faults.append(_at("MLP1104", message, source, f'"hash":"{record["hash"]}"'))
    return Line(number, record, tuple(faults), source)


def chain_faults(before: Line | None, line: Line) -> Iterator[Diagnostic]:
    """What is wrong with a line as the follower of another (None: it is the first).

    A line that is no record breaks the chain by itself; the one after it is not blamed.
    """
    record = line.record
    if record is None or (before is not None and before.record is None):
        return
    last = before.record if before else None
    number = record["number"]
    wanted = last["number"] + 1 if last else 1
    if number != wanted:
        message = f"record {number} stands where record {wanted} is expected"
        yield _at("MLP1105", message, line.source, f'"number":{number}')
    stated = record["previous"]
    needle = f'"previous":"{stated}"' if stated else '"previous":null'
    if last is None and stated is not None:
        message = f"record {number} is the first line, and names a record before it"
        yield _at("MLP1105", message, line.source, needle)
    elif last is not None and stated != last["hash"]:
        message = f"record {number} does not follow on record {last['number']}: it names another"
        body = {key: value for key, value in last.items() if key != "hash"}
        if stated == digest_of(canonical(body)):
            message = (
                f"record {number} names record {last['number']} as its text is, and not as its "
                "`hash` says: that hash was altered"
            )
        yield _at("MLP1105", message, line.source, needle)
    if last is not None and record["recorded_at"] < last["recorded_at"]:
        message = f"record {number} says that it is older than record {last['number']}"
        yield _at(
            *("MLP1118", message, line.source, f'"recorded_at":"{record["recorded_at"]}"'),
            severity=Severity.WARNING,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store on which a record rests: what it is to the record, its path there,
    its name in the store and the sha256 of the stored bytes."""

    what: str
    path: str
    name: str


def stored_by(record: Mapping[str, Any]) -> tuple[Stored, ...]:
    """The files of the store that a record names, in order."""
    policy = record["policy"]
    files = [Stored("policy", part["path"], _name(part)) for part in policy["files"]]
    files += [Stored("source", part["path"], _name(part)) for part in policy["sources"]]
    files.append(
        Stored("schema", record["manifest_schema"]["path"], _name(record["manifest_schema"]))
    )
    files.append(Stored("manifest", record["manifest"]["path"], _name(record["manifest"])))
    if record["waivers"]:
        files.append(Stored("waivers", record["waivers"]["path"], _name(record["waivers"])))
    document = record["decision"]["document"]
    if document:
        files.append(Stored("decision", "decision.json", document["stored"]))
    return tuple(files)


def altered(line: Line, stored: Stored, shown: str) -> Diagnostic:
    """A stored file whose content is not what its name says."""
    number = line.record["number"] if line.record else 0
    what = _SPOKEN[stored.what]
    message = f"{what} of record {number} was altered: `{stored.path}`, stored as `{shown}`"
    return _at("MLP1108", message, line.source, stored.name.removesuffix(".gz"))


def missing(line: Line, stored: Stored, shown: str) -> Diagnostic:
    """A stored file that is not there, or cannot be read."""
    number = line.record["number"] if line.record else 0
    what = _SPOKEN[stored.what]
    message = f"{what} of record {number} is missing: `{stored.path}`, to be stored as `{shown}`"
    help = "copy the store together with the log"
    return _at("MLP1109", message, line.source, stored.name.removesuffix(".gz"), help=help)


def no_store(log: str, store: str) -> Diagnostic:
    """The whole store is not there."""
    message = f"the store `{store}` is missing, so nothing that the records rest on is there"
    return about("MLP1109", message, log, help="copy the folder together with the log")


_SPOKEN = {
    "policy": "the policy",
    "source": "a source of the policy",
    "schema": "the schema",
    "manifest": "the manifest",
    "waivers": "the waiver file",
    "decision": "the decision",
}


def _name(part: Mapping[str, str]) -> str:
    return part["digest"].removeprefix("sha256:")


def no_records(file: str, *, empty: bool) -> Diagnostic:
    if empty:
        return about("MLP1101", f"`{file}` holds no records, so nothing was verified", file)
    return about("MLP1101", f"`{file}` holds no whole record, so nothing was verified", file)


def _at(
    code: str,
    message: str,
    source: Source,
    needle: str = "",
    *,
    help: str = "",
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    start = source.text.find(needle) if needle else 0
    span = Span(start, start + len(needle)) if needle and start >= 0 else Span(0, 1)
    return at(code, message, source, span, help=help, severity=severity)


def fault_at(code: str, message: str, line: Line, *, help: str = "") -> Diagnostic:
    """A message about a line as a whole."""
    return _at(code, message, line.source, help=help)


# ── The form of a record ─────────────────────────────────────────────────────────────────


def _record(text: bytes) -> Value:
    """The record in a line, or `_NotARecordError`. What is returned has every part that this module
    and a replay ask for, each of its kind."""
    if len(text) > MOST_BYTES:
        raise _NotARecordError(f"the line has {len(text):,} bytes")
    try:
        value = json.loads(text.decode(), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise _NotARecordError("it is not UTF-8") from None
    except _NotARecordError:
        raise
    except json.JSONDecodeError as error:
        raise _NotARecordError(f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except (ValueError, RecursionError):
        raise _NotARecordError("it is not JSON that could be a record") from None
    if not isinstance(value, dict):
        raise _NotARecordError("it is no JSON object")
    form = value.get("schema")
    if isinstance(form, str) and form != FORM and form.startswith("mlpolicy/record/"):
        raise _NotARecordError(f"form `{form[:40]}`", f'"schema":"{form}"')
    if form != FORM:
        raise _NotARecordError(f"it has no `schema` that says `{FORM}`")
    _fits(value, _SHAPE, "")
    try:
        same = canonical(value) == text
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise _NotARecordError(
            "it is not in the canonical form, so it was written by something else"
        )
    return value


def _once(pairs: list[tuple[str, Any]]) -> Value:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _NotARecordError(f"the key `{key[:60]}` stands in it twice", f'"{key}"')
            seen.add(key)
    return value


@dataclass(frozen=True, slots=True)
class _Maybe:
    """null, or this."""

    shape: Any


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a form."""

    pattern: re.Pattern[str]


def _name_in_store() -> _Text:
    return _Text(re.compile(r"[0-9a-f]{64}(\.gz)?"))


_PART = {"path": str, "digest": _Text(_DIGEST)}
_DAY = _Text(re.compile(r"\d{4}-\d\d-\d\d"))
#: What a record has. `schemas/record.v1.schema.json` says the same for others; a test compares
#: the two. jsonschema is not asked here: replaying a thousand records would wait for it.
_SHAPE: Mapping[str, Any] = {
    "schema": str,
    "number": int,
    "previous": _Maybe(_Text(_DIGEST)),
    "hash": _Text(_DIGEST),
    "recorded_at": _Text(_INSTANT),
    "recorded_by": _Maybe(str),
    "as_of": _DAY,
    "today": _DAY,
    "asked": {"policy": str, "as_of": str, "waivers": str},
    "configuration": _Maybe(
        {"file": str, "policy": str, "as_of": str, "waivers": str, "manifest_waivers": bool}
    ),
    "manifest_waivers": bool,
    "engine": {
        "version": str,
        "digest": _Text(_DIGEST),
        "python": str,
        "libraries": {"PyYAML": str, "jsonschema": str, "lark": str},
    },
    "policy": {
        "name": str,
        "version": str,
        "digest": _Text(_DIGEST),
        "meaning": str,
        "language": int,
        "folder": str,
        "files": [_PART],
        "sources": [_PART],
    },
    "manifest_schema": _PART,
    "manifest": {**_PART, "document": int, "name": str},
    "waivers": _Maybe(_PART),
    "masked": _Maybe(
        {
            "manifest": [str],
            "waivers": [str],
            "original": {
                "manifest": _Text(_DIGEST),
                "waivers": _Maybe(_Text(_DIGEST)),
                "decision": _Text(_DIGEST),
            },
        }
    ),
    "decision": {
        "verdict": str,
        "workloads": [
            {
                "name": str,
                "status": str,
                "outcome": _Maybe(str),
                "answer": _Maybe(str),
                "possible": [_Maybe(str)],
                "obligations": [{"id": str, "state": str}],
            }
        ],
        "findings": [
            {
                "rule": str,
                "level": str,
                "state": str,
                "workload": _Maybe(str),
                "waiver": _Maybe(str),
            }
        ],
        "document": _Maybe({"stored": _name_in_store(), "digest": _Text(_DIGEST), "length": int}),
    },
}


def _fits(value: Any, shape: Any, path: str) -> None:
    match shape:
        case _Maybe():
            if value is not None:
                _fits(value, shape.shape, path)
        case _Text():
            _fits(value, str, path)
            if not shape.pattern.fullmatch(value):
                raise _NotARecordError(f"`{path}` is `{value[:80]}`")
        case dict():
            if not isinstance(value, dict):
                raise _NotARecordError(f"`{path}` is no JSON object")
            for key in (*shape, *value):
                if key not in value:
                    raise _NotARecordError(f"`{_dotted(path, key)}` is missing")
                if key not in shape:
                    raise _NotARecordError(
                        f"it has a key `{_dotted(path, key)[:80]}` that no record has"
                    )
                _fits(value[key], shape[key], _dotted(path, key))
        case list():
            if not isinstance(value, list):
                raise _NotARecordError(f"`{path}` is no list")
            for number, item in enumerate(value):
                _fits(item, shape[0], f"{path}[{number}]")
        case _:
            if type(value) is not shape:
                raise _NotARecordError(f"`{path}` is not {_KINDS[shape]}")


_KINDS = {str: "a text", int: "a whole number", bool: "true or false"}


def _dotted(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


# ── Comparing ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place at which two documents differ, and what stands there in each, as JSON;
    None where there is nothing."""

    path: str
    recorded: str | None
    now: str | None


def first_difference(recorded: str, now: str) -> Difference | None:
    """Of two JSON documents, in the order of the first. Texts that differ in their spelling
    only differ at the top."""
    try:
        was = json.loads(recorded, parse_float=Decimal)
        found = _differ(was, json.loads(now, parse_float=Decimal), "")
    except (ValueError, RecursionError):
        return Difference("", recorded[:200], now[:200])
    if found is None and recorded != now:
        return Difference("", "the same values in another spelling", None)
    return found


def value_difference(recorded: object, now: object, path: str = "") -> Difference | None:
    """The same for two values."""
    return _differ(recorded, now, path)


#: What is compared last: a trace differs wherever anything does, and says it less plainly.
_LAST = ("trace",)


def _differ(was: Any, now: Any, path: str) -> Difference | None:
    if isinstance(was, dict) and isinstance(now, dict):
        keys = [*was, *(key for key in now if key not in was)]
        keys.sort(key=lambda key: key in _LAST)
        for key in keys:
            there = _dotted(path, key)
            if key not in was or key not in now:
                return Difference(
                    there,
                    _shown(was[key]) if key in was else None,
                    _shown(now[key]) if key in now else None,
                )
            if found := _differ(was[key], now[key], there):
                return found
        return None
    if isinstance(was, list) and isinstance(now, list):
        for number in range(max(len(was), len(now))):
            there = f"{path}[{number}]"
            if number >= len(was):
                return Difference(there, None, _shown(now[number]))
            if number >= len(now):
                return Difference(there, _shown(was[number]), None)
            if found := _differ(was[number], now[number], there):
                return found
        return None
    if type(was) is not type(now) or was != now:
        return Difference(path, _shown(was), _shown(now))
    return None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:200]}…"


def difference_text(found: Difference) -> str:
    """One line: where, and both values."""
    where = f"`{found.path}`" if found.path else "the document"
    if found.recorded is None:
        return f"{where}: nothing was recorded, now {found.now}"
    if found.now is None:
        return f"{where}: recorded {found.recorded}, now nothing"
    return f"{where}: recorded {found.recorded}, now {found.now}"


# ── Salts ────────────────────────────────────────────────────────────────────────────────


def salts_line(record: str, salts: Mapping[str, bytes]) -> bytes:
    """What the owner of a masked record keeps: its hash, and the salt of each thing hidden."""
    value = {
        "schema": SALTS_FORM,
        "record": record,
        "salts": {name: salt.hex() for name, salt in salts.items()},
    }
    return canonical(value) + b"\n"


def read_salts(data: bytes) -> dict[str, dict[str, bytes]]:
    """Record's hash -> name -> salt. A line that is none is a piece that a stopped writer left,
    and no record was written for it."""
    found: dict[str, dict[str, bytes]] = {}
    for line in data.split(b"\n"):
        try:
            value = json.loads(line)
            if value["schema"] != SALTS_FORM:
                raise ValueError
            found[value["record"]] = {
                name: bytes.fromhex(salt) for name, salt in value["salts"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return found


def selected(records: Sequence[tuple[int, str]], wanted: str) -> int | None:
    """Which of the records (number, hash) `--record` names, by number or by the beginning of
    its hash; the position among them. None where none or several fit."""
    if wanted.isdigit() and len(wanted) < 8:
        fits = [i for i, (number, _) in enumerate(records) if number == int(wanted)]
    else:
        begin = wanted.removeprefix("sha256:")
        fits = [
            i for i, (_, own) in enumerate(records) if own.removeprefix("sha256:").startswith(begin)
        ]
    return fits[0] if len(fits) == 1 else None
