"""mlpolicy from Python: a policy, and the decisions it makes. Re-exported by `mlpolicy`."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from mlpolicy.config import Asked, is_date
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document, Required
from mlpolicy.core.program import Program
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.session import PolicyFiles, Session, read_manifest


class PolicyError(Exception):
    """A policy that cannot be found, or has faults; `diagnostics` says which."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(_told(diagnostics))
        self.diagnostics = tuple(diagnostics)


class ManifestError(Exception):
    """A manifest that cannot be read, or has faults; `diagnostics` says which."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(_told(diagnostics))
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A checked policy. Made by `load_policy`. `digest` is that of its own files;
    `program.extensions` are those that decide with it, each with its own."""

    name: str
    version: str
    digest: str
    program: Program = field(repr=False)
    files: PolicyFiles = field(repr=False, compare=False)
    session: Session = field(repr=False, compare=False)

    def read(self, manifest: str | os.PathLike[str] | bytes | Mapping[str, object]) -> Document:
        """Read and check one manifest, to decide it several times: a path, the bytes of one, or
        its content as plain values. Raises ManifestError where it cannot be used."""
        file, data = _bytes_of(manifest)
        if isinstance(data, Diagnostic):
            raise ManifestError((data,))
        documents, faults = self.session.documents(data, file, self.program, self.files.folder)
        errors = [fault for fault in faults if fault.severity is Severity.ERROR]
        if errors or not documents:
            raise ManifestError(errors or faults)
        if len(documents) > 1:
            raise ValueError(f"{file} holds {len(documents)} manifests; give them one by one")
        return documents[0]

    def decide(
        self,
        manifest: Document | str | os.PathLike[str] | bytes | Mapping[str, object],
        *,
        as_of: datetime.date | str | None = None,
        manifest_waivers: bool = False,
        require: Sequence[str] = (),
        explain: bool = True,
    ) -> Decision:
        """Decide one manifest: one that was `read`, a path, the bytes of one, or its content as
        plain values. Without `explain`, which is much faster, the decision holds answers, findings
        and costs, and no steps: it cannot be told why.

        `as_of` is the date to decide for; without it the manifest's own decision date, else
        today (UTC). Waivers of the manifest count only with `manifest_waivers`; a field of
        `require`, named as in a configuration, that is not stated blocks. Raises ManifestError
        where the manifest cannot be used, ValueError where its schema has no such field. No
        configuration file is read: the caller has chosen the judge.
        """
        from mlpolicy.decide import Context, decide
        from mlpolicy.required import resolved

        document = manifest if isinstance(manifest, Document) else self.read(manifest)
        today = datetime.datetime.now(datetime.UTC).date()
        stated = document.decision_date
        day = _date(as_of if as_of is not None else stated if stated is not None else today)
        required: tuple[Required, ...] = ()
        if require:
            schema, _ = self.session.schema(self.program, self.files.folder)
            assert schema is not None  # the manifest was read by it
            required, unknown = resolved([Asked(text) for text in require], schema)
            if unknown:
                raise ValueError(_told(unknown))
        context = Context(
            as_of=day,
            today=today,
            manifest_waivers=manifest_waivers,
            dated=as_of is None and stated is not None,
            require=required,
            explain=explain,
        )
        code = None if explain else self.session.code(self.files)
        return decide(self.program, document, context, code)


def load_policy(
    spec: str | os.PathLike[str],
    *,
    extensions: Sequence[str | os.PathLike[str]] = (),
    as_of: datetime.date | str | None = None,
) -> Policy:
    """Find and check a policy: `NAME`, `NAME@1`, `NAME@1.2.0`, or a path; and the `extensions`,
    named alike, that decide with it. The name of an extension means its core with it.

    A name means the newest stable version that is effective at `as_of` (today, unless given).
    Raises PolicyError where there is none, or where it has faults.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    day = _date(today if as_of is None else as_of)
    session = Session()
    files, faults = session.find(os.fspath(spec), day.isoformat())
    if files is not None and extensions:
        named = [os.fspath(each) for each in extensions]
        files, more = session.with_extensions(files, None, named, day.isoformat())
        faults = (*faults, *more)
    program, said = session.program(files) if files else (None, ())
    if files is None or program is None:
        raise PolicyError((*faults, *said))
    name, version, digest = program.name, program.version, program.digest
    return Policy(
        name=name,
        version=version,
        digest=digest,
        program=program,
        files=files,
        session=session,
    )


def to_json(decision: Decision) -> str:
    """The decision document, `mlpolicy/decision/v1`."""
    from mlpolicy.render.json import decision_json

    return decision_json(decision)


def to_text(decision: Decision, *, width: int = 100) -> str:
    """The explanation, as `mlpolicy explain` prints it."""
    from mlpolicy.render.text import explain

    return explain(decision, width=width)


def _told(diagnostics: Sequence[Diagnostic]) -> str:
    from mlpolicy.render.diagnostics import diagnostic_line

    return "\n".join(diagnostic_line(diagnostic) for diagnostic in diagnostics)


def _date(value: datetime.date | str) -> datetime.date:
    if isinstance(value, datetime.datetime):
        raise TypeError("as_of is a date, not a time")
    if isinstance(value, datetime.date):
        return value
    if not is_date(value):
        raise ValueError(f"`{value}` is no date; write it as 2026-11-22")
    return datetime.date.fromisoformat(value)


def _bytes_of(
    manifest: str | os.PathLike[str] | bytes | Mapping[str, object],
) -> tuple[str, bytes | Diagnostic]:
    if isinstance(manifest, bytes):
        return "<bytes>", manifest
    if isinstance(manifest, Mapping):
        return "<mapping>", _plain(manifest).encode()
    file = os.fspath(manifest)
    return file, read_manifest(file)


def _plain(value: object) -> str:
    """Plain values as JSON text. Decimals stay exact, which is why json does not write them. A
    Python float is written by its shortest digits and read exactly as these; one that carries
    the noise of binary arithmetic, or is not finite, the reader refuses."""
    import json

    match value:
        case Decimal():
            return format(value, "f")
        case datetime.date():
            return json.dumps(value.isoformat())
        case Mapping():
            items = (f"{json.dumps(str(key))}: {_plain(item)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        case list() | tuple():
            return "[" + ", ".join(_plain(item) for item in value) + "]"
        case None | bool() | int() | float() | str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            raise TypeError(f"a manifest cannot hold a {type(value).__name__}")
