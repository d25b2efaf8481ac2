"""The inputs of a record in, the decision that they lead to out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mlpolicy.config import Asked
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Waiver
from mlpolicy.core.program import Program
from mlpolicy.dataclass import replace
from mlpolicy.decide import Context, decide
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.manifest import load, load_waivers
from mlpolicy.records.form import Extending, Inputs
from mlpolicy.required import resolved
from mlpolicy.schema import Schema, read_schema
from mlpolicy.session import PolicyFiles, Session, Stored, identified


def decided(
    inputs: Inputs, *, anew: bool = True
) -> tuple[tuple[Decision, Program] | None, tuple[Diagnostic, ...]]:
    """The decision that inputs lead to, or why they lead to none. The policy is checked `anew`:
    a replay rests on nothing that is kept elsewhere."""
    program, schema, faults = _program_of(
        inputs.folder, inputs.policy, inputs.sources, inputs.schema, inputs.extensions, anew
    )
    if program is None or schema is None:
        return None, faults
    decision, faults = decided_by(program, schema, inputs)
    return (None if decision is None else (decision, program)), faults


def decided_by(
    program: Program, schema: Schema, inputs: Inputs, *, explain: bool = True
) -> tuple[Decision | None, tuple[Diagnostic, ...]]:
    """What another policy, or another form of the same, decides on the inputs of a record; None
    with the reasons where it cannot. `schema` is the one by which that policy reads manifests."""
    path, data = inputs.manifest
    documents, diagnostics = load(data, path, schema)
    if not 0 < inputs.document <= len(documents):
        if not diagnostics:
            message = f"`{path}` has no document {inputs.document}"
            diagnostics = (about("MLP1111", message, path),)
        return None, diagnostics
    waivers: tuple[Waiver, ...] = ()
    if inputs.waivers:
        file, data = inputs.waivers
        waivers, diagnostics = load_waivers(data, file, schema)
        if any(fault.severity is Severity.ERROR for fault in diagnostics):
            return None, diagnostics
    required, diagnostics = resolved([Asked(text) for text in inputs.require], schema)
    if diagnostics:
        return None, diagnostics
    context = Context(
        as_of=inputs.as_of,
        today=inputs.today,
        waivers=waivers,
        manifest_waivers=inputs.manifest_waivers,
        dated=inputs.dated,
        require=required,
        approvals=inputs.approvals,
        explain=explain,
    )
    return decide(program, documents[inputs.document - 1], context), ()


def schema_of(inputs: Inputs, *, anew: bool = True) -> Schema | None:
    """The schema by which the policy of a record reads manifests; None where it has faults."""
    return _program_of(
        inputs.folder, inputs.policy, inputs.sources, inputs.schema, inputs.extensions, anew
    )[1]


#: Where the stored files of a policy stand, for as long as they are read.
_FOLDER = "/policy"


@cache
def _program_of(
    folder: str,
    texts: tuple[tuple[str, bytes], ...],
    ledgers: tuple[tuple[str, bytes], ...],
    schema: tuple[str, bytes],
    extensions: tuple[Extending, ...],
    anew: bool,
) -> tuple[Program | None, Schema | None, tuple[Diagnostic, ...]]:
    """The program and the schema of stored files."""
    stored = {f"{_FOLDER}/{path}": data for path, data in (*texts, *ledgers, schema)}
    files = _files(_FOLDER, folder, texts)
    more = []
    for number, each in enumerate(extensions, 1):
        own = f"{_FOLDER}-{number}"
        stored.update((f"{own}/{path}", data) for path, data in (*each.files, *each.sources))
        more.append(_files(own, each.folder, each.files))
    files = replace(files, extensions=tuple(more))
    program, faults = Session(Stored(stored)).program(files, anew=anew)
    name, data = schema
    if program is None:
        return None, None, faults
    read, diagnostics = read_schema(data, name, program.scopes)
    return program if read else None, read, tuple(dict.fromkeys((*faults, *diagnostics)))


def _files(folder: str, shown: str, texts: tuple[tuple[str, bytes], ...]) -> PolicyFiles:
    return identified(Path(folder), shown, texts, "")
