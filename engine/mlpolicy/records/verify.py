"""The lines of a log in, whether chain and store are whole out. Nothing is decided again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.characters import one_line
from mlpolicy.diagnostics import Diagnostic, Severity, about
from mlpolicy.records.chain import Line, chain_faults, no_records
from mlpolicy.records.form import digest_of
from mlpolicy.records.results import Verified
from mlpolicy.records.store import altered, missing, no_store, stored_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The store as it is found: its name and whether it is `there`; whether it `holds` a file;
    what is `stored` under a name, at most so many bytes of it; the files that are not what their
    names say (`broken`), and the pieces of torn lines; the `names` of all that lies in it."""

    store: str
    there: bool
    holds: Callable[[str], bool]
    stored: Callable[[str, int | None], bytes | Diagnostic | None]
    broken: Sequence[Diagnostic]
    torn: Sequence[str]
    names: Sequence[str]


def verified(
    log: str, lines: Iterable[Line], shelf: Shelf, expect: str | None
) -> Verified | tuple[Diagnostic, ...]:
    """What a look at a log finds; or why there is nothing to look at. `expect` is the hash of a
    record that must be among them."""
    diagnostics: list[Diagnostic] = []
    before: Line | None = None
    head: Line | None = None
    number = masked = 0
    after: int | None = None
    known = {fault.file for fault in shelf.broken}
    seen: dict[str, bool] = {}
    for line in lines:
        if line.newer:
            return line.faults
        diagnostics += (*line.faults, *chain_faults(before, line))
        before = line
        if line.record is None:
            continue
        head, number = line, number + 1
        masked += line.record["masked"] is not None
        after = after + 1 if after is not None else 0 if line.record["hash"] == expect else None
        if shelf.there:
            diagnostics += _stored_faults(line, shelf, seen, known)
    if head is None or head.record is None:
        return (*diagnostics[:1], no_records(log, empty=before is None))
    if not shelf.there:
        diagnostics.append(no_store(log, shelf.store))
    # What a record rests on was told with the record.
    diagnostics += [fault for fault in shelf.broken if fault.file not in seen]
    if expect is not None and after is None:
        message = f"no record of `{log}` has the expected hash {expect}"
        help = "records were taken off the end, or this is another log"
        diagnostics.append(about("MLP1107", message, log, help=help))
    faults = tuple(fault for fault in diagnostics if fault.severity is Severity.ERROR)
    notes = [f"{fault.place}: {fault.message}" for fault in diagnostics if fault not in faults]
    notes += [f"`{piece}` is a piece of a line that a stopped writer left" for piece in shelf.torn]
    notes += _others(shelf, {*seen, *known, *shelf.torn})
    return Verified(
        log=log,
        records=number,
        head=head.record["hash"],
        masked=masked,
        faults=faults,
        notes=tuple(notes),
        after=after,
    )


def _others(shelf: Shelf, named: set[str]) -> Iterator[str]:
    """What lies in the store and belongs to no record: not a fault, since a writer that is stopped
    leaves files behind; records that were taken off the end leave theirs too."""
    found = [f"{shelf.store}/{name}" for name in shelf.names]
    others = [one_line(path) for path in found if path not in named]
    if len(others) == 1:
        yield f"`{others[0]}` belongs to no record"
    elif others:
        yield f"{len(others)} files in `{shelf.store}` belong to no record, such as `{others[0]}`"


def _stored_faults(
    line: Line, shelf: Shelf, seen: dict[str, bool], known: set[str]
) -> Iterator[Diagnostic]:
    """What is wrong with the files that a record rests on. `seen` remembers those looked for,
    by the path that messages show; `known` are those whose names do not fit them."""
    record = line.record
    assert record is not None
    for part in stored_by(record):
        shown = f"{shelf.store}/{part.name}"
        if shown not in seen:
            seen[shown] = shelf.holds(part.name)
        if not seen[shown]:
            yield missing(line, part, shown)
        elif shown in known:
            yield altered(line, part, shown)
        elif part.what == "decision":
            document = record["decision"]["document"]
            data = shelf.stored(part.name, document["length"])
            if not isinstance(data, bytes) or digest_of(data) != document["digest"]:
                yield altered(line, part, shown)
