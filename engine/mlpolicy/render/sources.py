"""The account of a policy's sources as text and JSON: who cites which clause."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.coverage import GROUPS, Account, SourceCoverage, State
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.diagnostics import diagnostic_line
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, cyan, dim, finish, green, red, wrap, yellow

_ONE = {"clauses": "clause", "resolutions": "resolution", "facts": "fact"}


def accounts_text(
    covered: Sequence[SourceCoverage], *, uncited: bool, width: int = 100, color: bool = False
) -> str:
    """For each entry its id, kind and text, and who accounts for it."""
    lines: list[str] = []
    for source in covered:
        head = f"{bold(source.source)}  {source.ledger.title}"
        lines += [*wrap(head, width, "", "  "), ""]
        for account in _shown(source, uncited):
            lines += _account(account, width)
        lines += [*sums(source), ""]
    return finish("\n".join(lines).rstrip("\n") + "\n", color=color)


def checked_text(
    name: str,
    covered: Sequence[SourceCoverage],
    faults: Sequence[Diagnostic],
    *,
    note: str = "",
    width: int = 100,
    color: bool = False,
) -> str:
    """A line for each fault, with what to do about it; then the sums."""
    lines = []
    for fault in faults:
        lines += wrap(diagnostic_line(fault).rstrip("\n"), width, "", "  ")
        lines += [dim(line) for line in wrap(f"help: {fault.help}", width, "  ", "    ")]
    if lines:
        lines.append("")
    if note:
        lines.append(note)
    lines.append(bold(name))
    for source in covered:
        lines += sums(source)
    return finish("\n".join(lines) + "\n", color=color)


def sums(source: SourceCoverage) -> list[str]:
    """`guide: 216 clauses: 150 cited, 30 through resolutions, 36 excused, 0 missing`"""
    lines = []
    for group in GROUPS:
        counts = source.counts(group)
        number = sum(counts.values())
        if not number:
            continue
        what = group if number != 1 else _ONE[group]
        cited = f"{counts[State.CITED]} cited"
        resolved = f"{counts[State.RESOLVED]} {State.RESOLVED}"
        excused = f"{counts[State.EXCUSED]} {State.EXCUSED}"
        missing = f"{counts[State.MISSING]} {State.MISSING}"
        parts = {
            "clauses": (cited, resolved, excused, missing),
            "resolutions": (cited, resolved, missing),
            "facts": (cited, f"{number - counts[State.CITED]} not"),
        }[group]
        lines.append(f"{source.source}: {number} {what}: {', '.join(parts)}")
    return lines


def verified_text(file: str, source: str, found: str, pinned: str, *, color: bool = False) -> str:
    """Whether a file is the pinned document, with both digests."""
    same = found == pinned
    what = f"the document of `{source}`"
    verdict = green(f"{file} is {what}") if same else red(f"{file} is not {what}")
    lines = [verdict, f"  file    sha256:{found}", f"  ledger  sha256:{pinned}"]
    return finish("\n".join(lines) + "\n", color=color)


def accounts_json(covered: Sequence[SourceCoverage], *, uncited: bool) -> str:
    return value_json({"sources": [_source(source, uncited) for source in covered]})


def checked_json(
    name: str, covered: Sequence[SourceCoverage], faults: Sequence[Diagnostic], *, note: str = ""
) -> str:
    """The sums and the faults; `note` says through which tests citations were traced."""
    return value_json(
        {
            "policy": name,
            "traced": note or None,
            "sources": [{"source": s.source, "counts": _counts(s)} for s in covered],
            "diagnostics": [diagnostic_value(fault) for fault in faults],
        }
    )


def verified_json(file: str, source: str, found: str, pinned: str) -> str:
    return value_json(
        {
            "source": source,
            "file": file,
            "same": found == pinned,
            "sha256": {"file": found, "ledger": pinned},
        }
    )


def _shown(source: SourceCoverage, uncited: bool) -> list[Account]:
    return [a for a in source.accounts if not uncited or a.state is not State.CITED]


def _account(account: Account, width: int) -> list[str]:
    entry = account.entry
    where = f"  {dim(f'lines {entry.lines}')}" if entry.lines else ""
    lines = [f"{cyan(entry.id)}  {entry.kind}{where}"]
    lines += wrap(" ".join(entry.text.split()), width, "  ")
    for construct in account.citations:
        place = f"{construct.place.file}:{construct.place.line}"
        lines += wrap(f"{construct}  {dim(place)}", width, f"  {green('cited by')}  ", " " * 12)
    if account.resolutions:
        ids = ", ".join(account.resolutions)
        lines += wrap(ids, width, f"  {green('settled by')}  ")
    if entry.excuse:
        lines += wrap(" ".join(entry.excuse.split()), width, f"  {yellow('excused')}  ")
    if account.state is State.MISSING:
        lines.append("  not cited" if account.group == "facts" else f"  {red('missing')}")
    return [*lines, ""]


def _source(source: SourceCoverage, uncited: bool) -> Json:
    return {
        "source": source.source,
        "title": source.ledger.title,
        "sha256": source.ledger.sha256,
        "entries": [_value(account) for account in _shown(source, uncited)],
        "counts": _counts(source),
    }


def _counts(source: SourceCoverage) -> Json:
    value: dict[str, Json] = {}
    for group in GROUPS:
        counts = source.counts(group)
        value[group] = {
            "entries": sum(counts.values()),
            **{state.name.lower(): number for state, number in counts.items()},
        }
    return value


def _value(account: Account) -> Json:
    entry = account.entry
    return {
        "ref": account.ref,
        "group": account.group,
        "kind": entry.kind,
        "lines": entry.lines,
        "text": entry.text,
        "state": account.state.name.lower(),
        "cited_by": [
            {
                "kind": construct.kind,
                "name": construct.name,
                "file": construct.place.file,
                "line": construct.place.line,
            }
            for construct in account.citations
        ],
        "settled_by": list(account.resolutions),
        "excuse": entry.excuse,
    }
