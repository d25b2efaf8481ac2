"""A record in, the files of the store that it rests on out; what to say where one is amiss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.records.chain import Line, fault_in


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store on which a record rests: what it is to the record, its path there,
    its name in the store and the sha256 of the stored bytes; of which extension of the policy it
    is, by its number from 1, 0 where it is of none."""

    what: str
    path: str
    name: str
    extension: int = 0


def stored_by(record: Mapping[str, Any]) -> tuple[Stored, ...]:
    """The files of the store that a record names, in order."""
    policy = record["policy"]
    files = [Stored("policy", part["path"], _name(part)) for part in policy["files"]]
    files += [Stored("source", part["path"], _name(part)) for part in policy["sources"]]
    for number, each in enumerate(policy["extensions"], 1):
        for what, key in (("policy", "files"), ("source", "sources")):
            files += [Stored(what, part["path"], _name(part), number) for part in each[key]]
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
    return fault_in("MLP1108", message, line.source, stored.name.removesuffix(".gz"))


def missing(line: Line, stored: Stored, shown: str) -> Diagnostic:
    """A stored file that is not there, or cannot be read."""
    number = line.record["number"] if line.record else 0
    what = _SPOKEN[stored.what]
    message = f"{what} of record {number} is missing: `{stored.path}`, to be stored as `{shown}`"
    help = "copy the store together with the log"
    return fault_in("MLP1109", message, line.source, stored.name.removesuffix(".gz"), help=help)


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
