"""A line of a log in, what is wrong with it and its place in the chain out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlpolicy.diagnostics import Diagnostic, Matter, Severity, about, at
from mlpolicy.records.form import FORM, Value, canonical, digest_of
from mlpolicy.records.shape import NotARecordError, record_in
from mlpolicy.source import Source, Span


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
        """Was the line written by a later version, in a form that is not known here?"""
        return any(fault.matter is Matter.NEWER for fault in self.faults)


def line_at(data: bytes, number: int, file: str) -> Line:
    """A line of a log, with its line end, taken apart and checked by itself."""
    ended = data.endswith(b"\n")
    text = data.removesuffix(b"\n")
    source = Source(file, text.decode("utf-8", "replace"), number)
    if ended and text.endswith(b"\r"):
        message = "no record: the line ends with CR LF, so git or an editor has changed the log"
        help = "write `*.jsonl -text` and `*.jsonl.d/** -text` into `.gitattributes`, and check "
        help += "the log out again"
        span = Span(len(source.text) - 1, len(source.text))
        return Line(number, None, (at("MLP1102", message, source, span, help=help),), source)
    if not ended:
        message = f"the last line has no end: {len(text):,} bytes of a record cut short"
        help = "if no writer is at work, the next `record add` moves them aside, into the store"
        return Line(number, None, (fault_in("MLP1106", message, source, help=help),), source)
    try:
        record = record_in(text)
    except NotARecordError as error:
        if str(error).startswith("form "):
            form = str(error).removeprefix("form ")
            message = f"the record has the form {form}; this version reads `{FORM}`"
            help = "use the version of mlpolicy that wrote it, or a newer one"
            fault = fault_in("MLP1103", message, source, error.needle, help=help)
        else:
            fault = fault_in("MLP1102", f"no record: {error}", source, error.needle)
        return Line(number, None, (fault,), source)
    faults = []
    own = digest_of(canonical({key: value for key, value in record.items() if key != "hash"}))
    if record["hash"] != own:
        message = f"record {record['number']} was altered: its text and its hash do not agree"
        faults.append(fault_in("MLP1104", message, source, f'"hash":"{record["hash"]}"'))
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
        yield fault_in("MLP1105", message, line.source, f'"number":{number}')
    stated = record["previous"]
    needle = f'"previous":"{stated}"' if stated else '"previous":null'
    if last is None and stated is not None:
        message = f"record {number} is the first line, and names a record before it"
        yield fault_in("MLP1105", message, line.source, needle)
    elif last is not None and stated != last["hash"]:
        message = f"record {number} does not follow on record {last['number']}: it names another"
        body = {key: value for key, value in last.items() if key != "hash"}
        if stated == digest_of(canonical(body)):
            message = (
                f"record {number} names record {last['number']} as its text is, and not as its "
                "`hash` says: that hash was altered"
            )
        yield fault_in("MLP1105", message, line.source, needle)
    if last is not None and record["recorded_at"] < last["recorded_at"]:
        message = f"record {number} says that it is older than record {last['number']}"
        yield fault_in(
            *("MLP1118", message, line.source, f'"recorded_at":"{record["recorded_at"]}"'),
            severity=Severity.WARNING,
        )


def no_records(file: str, *, empty: bool) -> Diagnostic:
    """What is said of a log in which nothing could be verified: `empty` where it holds no line at
    all, else where its only line was not written to its end."""
    if empty:
        return about("MLP1101", f"`{file}` holds no records, so nothing was verified", file)
    return about("MLP1101", f"`{file}` holds no whole record, so nothing was verified", file)


def fault_in(
    code: str,
    message: str,
    source: Source,
    needle: str = "",
    *,
    help: str = "",
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A message about the part of a line that reads `needle`."""
    start = source.text.find(needle) if needle else 0
    span = Span(start, start + len(needle)) if needle and start >= 0 else Span(0, 1)
    return at(code, message, source, span, help=help, severity=severity)


def fault_at(code: str, message: str, line: Line, *, help: str = "") -> Diagnostic:
    """A message about a line as a whole."""
    return fault_in(code, message, line.source, help=help)


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
