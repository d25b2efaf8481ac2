"""The account of a policy's sources as text and JSON: who cites which clause."""

from __future__ import annotations

from collections.abc import Sequence

from mlpolicy.coverage import GROUPS, Account, Group, SourceCoverage, State
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.citations import origin_text
from mlpolicy.render.diagnostics import diagnostic_line
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, cyan, dim, finish, green, red, wrap, yellow

#: What every JSON document of this command says it is.
SCHEMA = "mlpolicy/sources/v1"

_ONE = {"clauses": "clause", "resolutions": "resolution", "facts": "fact"}


def accounts_text(
    covered: Sequence[SourceCoverage],
    *,
    uncited: bool,
    tests: bool = False,
    traced: bool = False,
    width: int = 100,
    color: bool = False,
) -> str:
    """For each entry its id, kind and text, and who accounts for it; with `tests` the tests
    that are named for it, with `traced` how many reach it."""
    lines: list[str] = []
    for source in covered:
        lines += wrap(f"{bold(source.source)}  {source.ledger.title}", width, "", "  ")
        if source.ledger.sha256:
            lines += wrap(dim(f"sha256:{source.ledger.sha256}"), width, "  ")
        lines += wrap(source.ledger.published, width, "  ") if source.ledger.published else []
        lines.append("")
        for account in _shown(source, uncited):
            lines += _account(account, width, tests=tests, traced=traced)
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
        elsewhere = counts[State.EXTENSION]
        left = (f"{elsewhere} {State.EXTENSION}",) if elsewhere else ()
        parts = {
            "clauses": (cited, resolved, *left, excused, missing),
            "resolutions": (cited, resolved, *left, missing),
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


def accounts_json(
    name: str,
    covered: Sequence[SourceCoverage],
    *,
    uncited: bool,
    tests: bool = False,
    traced: bool = False,
) -> str:
    """All entries with who accounts for them; `tests` and `reached_by` where they were asked
    for, else null."""
    return value_json(
        {
            "schema": SCHEMA,
            "policy": name,
            "sources": [_source(source, uncited, tests, traced) for source in covered],
        }
    )


def checked_json(
    name: str, covered: Sequence[SourceCoverage], faults: Sequence[Diagnostic], *, note: str = ""
) -> str:
    """The sums and the faults; `note` says through which tests citations were traced."""
    return value_json(
        {
            "schema": SCHEMA,
            "policy": name,
            "traced": note or None,
            "sources": [{"source": s.source, "counts": _counts(s)} for s in covered],
            "diagnostics": [diagnostic_value(fault) for fault in faults],
        }
    )


def verified_json(file: str, source: str, found: str, pinned: str) -> str:
    """The document `mlpolicy/sources/v1` of `sources verify`: whether the digest of a file,
    `found`, is the one that the ledger pins."""
    return value_json(
        {
            "schema": SCHEMA,
            "source": source,
            "file": file,
            "same": found == pinned,
            "sha256": {"file": found, "ledger": pinned},
        }
    )


def _shown(source: SourceCoverage, uncited: bool) -> list[Account]:
    return [a for a in source.accounts if not uncited or a.state is not State.CITED]


def _account(
    account: Account, width: int, *, tests: bool = False, traced: bool = False
) -> list[str]:
    entry = account.entry
    part = f"lines {entry.lines}" if entry.lines else entry.at
    where = f"  {dim(part)}" if part else ""
    says = origin_text(entry) if entry.trust else ""
    lines = [f"{cyan(entry.id)}  {entry.kind}{where}"]
    lines += wrap(" ".join(entry.text.split()), width, "  ")
    lines += wrap(says, width, "  ", "    ") if says else []
    for construct in account.citations:
        place = f"{construct.place.file}:{construct.place.line}"
        lines += wrap(f"{construct}  {dim(place)}", width, f"  {green('cited by')}  ", " " * 12)
    if account.resolutions:
        ids = ", ".join(account.resolutions)
        lines += wrap(ids, width, f"  {green('settled by')}  ")
    if entry.excuse:
        lines += wrap(" ".join(entry.excuse.split()), width, f"  {yellow('excused')}  ")
    if account.state is State.EXTENSION:
        lines += wrap(entry.extension, width, f"  {yellow('in extension')}  ")
    if tests:
        for title in account.tests:
            lines += wrap(title, width, f"  {green('tested by')}  ", " " * 13)
        if account.citations and not account.tests and account.group is not Group.FACTS:
            lines.append(f"  {yellow('no test is named for it')}")
    if traced and account.citations:
        lines += wrap(_reach(account), width, f"  {green('reached by')}  ", " " * 14)
    if account.state is State.MISSING:
        lines.append("  not cited" if account.group is Group.FACTS else f"  {red('missing')}")
    return [*lines, ""]


def _reach(account: Account) -> str:
    """`12 tests, 1 of its own among them`: how many tests reach what cites an entry."""
    count = len(account.reached_by)
    number = f"{count} test{'s' if count != 1 else ''}"
    own = [title for title in account.tests if title in account.reached_by]
    if own:
        return number if count == len(own) else f"{number}, {len(own)} of its own among them"
    such = "; such as " + account.reached_by[0] if count else ""
    none = "; none of its own" if account.tests else ""
    return f"{number}{none}{such}"


def _source(source: SourceCoverage, uncited: bool, tests: bool, traced: bool) -> Json:
    return {
        "source": source.source,
        "title": source.ledger.title,
        "sha256": source.ledger.sha256,
        "address": source.ledger.address or None,
        "lines": source.ledger.lines or None,
        "as_of": source.ledger.as_of or None,
        "published": source.ledger.published or None,
        "entries": [_value(account, tests, traced) for account in _shown(source, uncited)],
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


def _value(account: Account, tests: bool, traced: bool) -> Json:
    entry = account.entry
    return {
        "ref": account.ref,
        "group": account.group.value,
        "kind": entry.kind,
        "lines": entry.lines,
        "at": entry.at,
        "text": entry.text,
        "because": entry.because or None,
        "trust": entry.trust or None,
        "source": entry.source or None,
        "as_of": entry.as_of or None,
        "since": entry.since or None,
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
        "extension": entry.extension,
        "tests": list(account.tests) if tests else None,
        "reached_by": list(account.reached_by) if traced else None,
    }
