"""What a record is: the bytes of its line, and how it is made from a decision.

A log is a text of lines; a line is a record, a JSON object in its canonical form: keys sorted,
no space, UTF-8, neither fractions nor floats. Its `hash` is the sha256 of the same form without
`hash`; its `previous` is the hash of the line before. That form is what RFC 8785 gives for such
values, so anybody can check a log with a dozen lines in any language.

What a decision was made from is not in the line: the line names it by its sha256, and the bytes
lie in a store beside the log, once for all records.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Approval

FORM = "mlpolicy/record/v1"

Value = dict[str, Any]


# ── Bytes ────────────────────────────────────────────────────────────────────────────────


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value made of texts, whole numbers, true, false and null."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(data: bytes) -> str:
    """The SHA-256 of bytes, as records write it: `sha256:` and 64 digits."""
    return f"sha256:{sha256(data).hexdigest()}"


def commitment(salt: bytes, data: bytes) -> str:
    """What ties a record to bytes that it does not show. Without the salt, nobody can tell
    whether a guess at them is right."""
    return digest_of(salt + data)


def token_of(salt: bytes, value: str) -> str:
    """What stands in place of a masked value, given by its JSON text."""
    return f"masked:{commitment(salt, value.encode())}"


# ── Making ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Extending:
    """An extension that decided with a policy: its name, how messages call its folder, its files
    and its sources."""

    name: str
    folder: str
    files: tuple[tuple[str, bytes], ...]
    sources: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that a decision follows from. `folder` is how messages call the policy's; `document`
    the number of the document in the manifest's file, from 1; `dated` says that `as_of` is the
    manifest's own day; `require` names the fields that it has to state; `approvals` is what the
    configuration states about this policy."""

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
    dated: bool
    require: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()
    extensions: tuple[Extending, ...] = ()

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """What goes into the store."""
        waivers = (self.waivers[1],) if self.waivers else ()
        more = [pair for each in self.extensions for pair in (*each.files, *each.sources)]
        pairs = (*self.policy, *self.sources, *more, self.schema, self.manifest)
        return (*(data for _, data in pairs), *waivers)


@dataclass(frozen=True, slots=True, kw_only=True)
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
    asked: Mapping[str, object],
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
        "dated": inputs.dated,
        "require": list(inputs.require),
        "approvals": approvals_value(inputs.approvals),
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
            "extensions": [
                {
                    "name": id.name,
                    "version": id.version,
                    "digest": id.digest,
                    "folder": each.folder,
                    "files": [_part(*pair) for pair in each.files],
                    "sources": [_part(*pair) for pair in each.sources],
                }
                for id, each in zip(policy.extensions, inputs.extensions, strict=True)
            ],
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
    """The line of a record in a log: its canonical form with a line end."""
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
                    {"id": duty.id, "state": duty.state.value} for duty in workload.obligations
                ],
            }
            for workload in decision.workloads
        ],
        "findings": [
            {
                "rule": finding.rule,
                "level": finding.level.value,
                "state": finding.state.value,
                "workload": shown[finding.workload] if finding.workload else None,
                "waiver": finding.waiver.id if finding.waiver else None,
            }
            for finding in decision.findings
        ],
    }


def approvals_value(approvals: Iterable[Approval]) -> list[Value]:
    """What was stated about the approval of the policy."""
    return [
        {"policy": a.policy, "digest": a.digest, "by": a.by, "on": a.on, "ticket": a.ticket}
        for a in approvals
    ]


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
