"""A decision in, the same with some values hidden out; with salts and original files, what was
hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlpolicy.core.decision import Decision
from mlpolicy.diagnostics import Diagnostic, about
from mlpolicy.manifest.mask import Maskable, Pattern, maskable, patterns_of
from mlpolicy.records.chain import Line, fault_at
from mlpolicy.records.decide import schema_of
from mlpolicy.records.form import (
    Inputs,
    Masking,
    approvals_value,
    canonical,
    commitment,
    summary,
    token_of,
)
from mlpolicy.schema import load_schema

SALTS_FORM = "mlpolicy/salts/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A decision that can be recorded: made from the very bytes that will be stored."""

    inputs: Inputs
    decision: Decision
    asked: Mapping[str, object]
    configuration: Mapping[str, object] | None
    document: bytes
    masking: Masking | None = None
    names: tuple[str, tuple[str, ...]] | None = None
    salts: Mapping[str, bytes] | None = None


# ── Hiding ───────────────────────────────────────────────────────────────────────────────


def mask(
    ready: Ready, fields: tuple[str, ...], by: str | None, token: Callable[[], bytes]
) -> Ready | tuple[Diagnostic, ...]:
    """The same record without the values to be hidden.

    What is stored is the full form with tokens, and of the decision its summary alone: its
    texts, figures and trace repeat what the manifest states. Commitments with a salt of their
    own tie the record to originals and decision; a plain sha256 of a file of which all but a
    name is known would give the name away to anyone who tries a list of names. `token` gives
    32 bytes that nobody can guess, others at each call.
    """
    inputs = ready.inputs
    schema = load_schema(inputs.schema[1].decode("utf-8-sig"), ready.decision.scopes)
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
                salt = token()
                salts[f"{what}:{secret.pointer}"] = salt
                tokens[secret.pointer] = token_of(salt, secret.value)
            pieces.append(document.masked(tokens))
            hidden[what] = (*hidden[what], *tokens)
            everything.append((what, document, tokens))
            if what == "manifest":
                names = document.names(tokens)
        texts[what] = "---\n".join(pieces)
        salts[what] = token()
        ties[what] = commitment(salts[what], data)
    salts["decision"] = token()
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
    masked: Ready, everything: list[tuple[str, Maskable, dict[str, str]]], by: str | None
) -> Iterator[Diagnostic]:
    """Where the text of a masked value would still stand in log or store."""
    inputs = masked.inputs
    # As texts, and not as JSON writes them: there `"Mina"` would read `\"Mina\"`.
    spoken = "\n".join(
        _texts(
            [
                *(summary(masked.decision, masked.names), masked.asked, masked.configuration, by),
                *(inputs.folder, inputs.manifest[0], inputs.waivers[0] if inputs.waivers else ""),
                approvals_value(inputs.approvals),
            ]
        )
    )
    secrets = [secret for _, document, _ in everything for secret in document.secrets]
    help = "mask that field too with `--mask-field`, or change what it says"
    for _, document, _ in everything:
        for pointer in document.keys:
            key = pointer.rpartition("/")[2]
            yield about(
                "MLP1115",
                f"`{pointer}` is below a mask, and keys are not masked",
                inputs.manifest[0],
                help=f"where `{key}` may be shown, mask it by its own path; else take it out",
            )
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
                f"the masked value of `{secret.pointer}` also stands in a path, an option, `--by`, "
                "an approval of the policy or a name that the record shows"
            )
            yield about("MLP1115", message, inputs.manifest[0], help="write it otherwise there")


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, item in value.items():
                yield from (str(key), *_texts(item))
        case list() | tuple():
            for item in value:
                yield from _texts(item)


# ── Showing again ────────────────────────────────────────────────────────────────────────


def unmasked(
    line: Line,
    record: Mapping[str, Any],
    inputs: Inputs,
    salts: Mapping[str, bytes],
    originals: Sequence[bytes],
) -> tuple[Inputs | None, list[Diagnostic]]:
    """The inputs with the original files in place of the masked ones; None where they were
    not given. What is stored must be what masking the originals gives."""
    wanted = record["masked"]["original"]
    found: dict[str, bytes] = {}
    for what in ("manifest", "waivers"):
        if wanted[what] is None:
            continue
        for data in originals:
            if commitment(salts.get(what, b""), data) == wanted[what]:
                found[what] = data
        if what not in found:
            if not originals:
                return None, []
            name = "manifest" if what == "manifest" else "waiver file"
            message = f"no file given is the {name} of record {record['number']} as it was"
            return None, [fault_at("MLP1117", message, line)]
    schema = schema_of(inputs)
    if schema is None:
        return None, [fault_at("MLP1111", "the stored policy cannot be read", line)]
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


def _exactly(pointers: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """JSON Pointers as patterns, any item of a list standing for all."""
    patterns = []
    for pointer in pointers:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        patterns.append(tuple("*" if step.isdigit() else step for step in steps))
    return tuple(patterns)


# ── Salts ─────────────────────────────────────────────────────────────────────────────────


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
