"""Two versions of a policy as text, Markdown and JSON: what differs in what they say, and what they
decide otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpolicy.core.node import node
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.render.compared import compared_lines, compared_value, titled
from mlpolicy.render.escaping import as_code, as_text
from mlpolicy.render.json import Json, diagnostic_value, value_json
from mlpolicy.render.style import bold, dim, finish, green, pad, red, wrap, yellow
from mlpolicy.source import Place
from mlpolicy.versions.advice import Advice, Raise
from mlpolicy.versions.constructs import Change, How
from mlpolicy.versions.impact import Effect, Group, Report, Version, What
from mlpolicy.versions.within import PartChange
from mlpolicy.witness.differing import Compared

#: What the JSON documents say they are.
DIFF_SCHEMA = "mlpolicy/diff/v1"
IMPACT_SCHEMA = "mlpolicy/impact/v1"

#: So many places are named for an effect, and so many parts of a change told, unless all are asked
#: for.
_FEW = 3
_LABEL = 10

_PAINT = {
    How.ADDED: green,
    How.REMOVED: red,
    How.RENAMED: yellow,
    How.CHANGED: yellow,
    How.WORDS: dim,
}


# ── What differs ─────────────────────────────────────────────────────────────────────────


def diff_text(
    old: Version,
    new: Version,
    changes: Sequence[Change],
    advised: Advice,
    *,
    found: Compared | None = None,
    verbose: bool = False,
    width: int = 100,
    color: bool = False,
) -> str:
    """What differs between two versions, a block for each construct; what is only said in other
    words in one line each, unless all is asked for."""
    lines = wrap(f"{old} -> {new}: {_counted(changes)}", width, "", "  ")
    lines += wrap(_advised(advised, new), width, "", "  ")
    for change in changes:
        if change.means or verbose:
            lines += ["", *_change(change, width, verbose=verbose)]
    words = [change for change in changes if not change.means]
    if words and not verbose:
        names = ", ".join(_name(change) for change in words[:_FEW])
        more = f" and {len(words) - _FEW} more" if len(words) > _FEW else ""
        lines += ["", *wrap(dim(f"in other words only (-v): {names}{more}"), width, "", "  ")]
    if found is not None:
        lines += ["", *compared_lines(found, width, verbose=verbose)]
    return finish("\n".join(lines) + "\n", color=color)


def _counted(changes: Sequence[Change]) -> str:
    means = sum(change.means for change in changes)
    words = len(changes) - means
    if not changes:
        return "no difference"
    if not means:
        return f"they mean the same; {_many(words, 'construct')} differ in words"
    said = f"; {words} more in words only" if words else ""
    verb = "means" if means == 1 else "mean"
    return f"{_many(means, 'construct')} {verb} something else{said}"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


_NUMBERS = {
    Raise.PATCH: "the third number, a patch: only words differ",
    Raise.MINOR: "the second number, minor: what is new decides nothing otherwise by itself, or "
    "only from an announced day on",
    Raise.MAJOR: "the first number, major: an answer or a verdict may change for a manifest that "
    "nobody edited",
}


def _advised(advised: Advice, new: Version) -> str:
    if advised.number is Raise.NOTHING:
        return "nothing to raise"
    names = ", ".join(_name(change) for change in advised.changes[:_FEW])
    more = f" and {len(advised.changes) - _FEW} more" if len(advised.changes) > _FEW else ""
    return f"raise {_NUMBERS[advised.number]} ({names}{more})"


def _name(change: Change) -> str:
    name = change.construct.name
    return f"{change.kind} {name}" if name and name != change.kind else change.kind


def _change(change: Change, width: int, *, verbose: bool) -> list[str]:
    place = change.now or change.was
    word = _PAINT[change.how](pad(change.how.value, len("changed")))
    before = f", was {change.before}" if change.before else ""
    head = f"{word}  {bold(_name(change))}{before}"
    lines = wrap(f"{head}  {dim(_at(place))}" if place else head, width, "", "  ")
    parts = [part for part in change.parts if verbose or not part.words or not change.means]
    for part in parts if verbose else parts[: 4 * _FEW]:
        lines += _part(part, width)
    if not verbose and len(parts) > 4 * _FEW:
        lines += wrap(dim(f"and {len(parts) - 4 * _FEW} more parts: -v"), width, "  ", "    ")
    return lines


def _part(part: PartChange, width: int) -> list[str]:
    lines = wrap(dim(part.where), width, "  ", "    ") if part.where else []
    indent = "    " if part.where else "  "
    if part.before:
        lines += wrap(part.before, width, f"{indent}{red('-')} ", f"{indent}  ")
    if part.after:
        lines += wrap(part.after, width, f"{indent}{green('+')} ", f"{indent}  ")
    return lines


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}"


def diff_json(
    old: Version,
    new: Version,
    changes: Sequence[Change],
    advised: Advice,
    found: Compared | None = None,
) -> str:
    """The document `mlpolicy/diff/v1`."""
    return value_json(
        {
            "schema": DIFF_SCHEMA,
            "old": _version(old),
            "new": _version(new),
            "same_meaning": not any(change.means for change in changes),
            "raise": {
                "number": advised.number.value,
                "because": [_construct(change) for change in advised.changes],
            },
            "changes": [_change_value(change) for change in changes],
            "compared": None if found is None else compared_value(found),
            "diagnostics": [],
        }
    )


def _version(version: Version) -> Json:
    return {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "extensions": [
            {"name": each.name, "version": each.version, "digest": each.digest}
            for each in version.extensions
        ],
        "as_of": version.day or None,
    }


def _construct(change: Change) -> dict[str, Json]:
    return {"kind": change.kind, "name": change.construct.name}


def _change_value(change: Change) -> Json:
    return {
        **_construct(change),
        "how": change.how.value,
        "was": change.before or None,
        "before": _place(change.was),
        "after": _place(change.now),
        "parts": [
            {
                "where": part.where,
                "before": part.before or None,
                "after": part.after or None,
                "words": part.words,
            }
            for part in change.parts
        ],
    }


def _place(place: Place | None) -> Json:
    return None if place is None else {"file": place.file, "line": place.line}


# ── What is decided otherwise ────────────────────────────────────────────────────────────


@node(kw_only=True)
class _Line:
    """Effects that are alike, and where they are."""

    what: What
    text: str
    worse: bool
    places: tuple[str, ...]


def impact_text(
    report: Report,
    groups: Sequence[Group],
    *,
    verbose: bool = False,
    width: int = 100,
    color: bool = False,
) -> str:
    """What two versions decide otherwise, a block for each change that is responsible."""
    lines = wrap(bold(_summary(report)), width, "", "  ")
    for group in groups:
        lines += ["", *_group(group, report, width, verbose=verbose)]
    idle = _idle(report, groups)
    if idle:
        lines += ["", *wrap(dim(idle), width, "", "  ")]
    return finish("\n".join(lines) + "\n", color=color)


def _summary(report: Report) -> str:
    days = (report.old.day, report.new.day)
    between = f"{_dated(report.old)} -> {_dated(report.new)}"
    if days[0] == days[1]:
        between = f"{report.old} -> {_dated(report.new)}"
    of, things = _many(report.manifests, "manifest"), report.scopes.counted(report.workloads)
    if not report.affected:
        return f"{between}: nothing is decided otherwise ({of}, {things})"
    number = len({(each.file, each.name) for each in report.affected})
    kinds = [
        f"{count:,} {one if count == 1 else several}"
        for what, (one, several) in _WORDS.items()
        if (count := sum(e.what is what and not e.is_quiet for e in report.effects))
    ]
    verb = "is" if number == 1 else "are"
    told = f"{number:,} of {of} ({things}) {verb} decided otherwise"
    return f"{between}: {told}: {', '.join(kinds)}"


_WORDS = {
    What.VERDICT: ("verdict", "verdicts"),
    What.ANSWER: ("answer", "answers"),
    What.POSSIBLE: ("set of possible answers", "sets of possible answers"),
    What.FINDING: ("finding", "findings"),
    What.DUTY: ("obligation", "obligations"),
    What.COST: ("cost", "costs"),
    What.REPORT: ("reported value", "reported values"),
}


def _dated(version: Version) -> str:
    return f"{version} as of {version.day}" if version.day else str(version)


def _group(group: Group, report: Report, width: int, *, verbose: bool) -> list[str]:
    lines: list[str] = []
    if not group.changes:
        text = "it is not known which change is responsible" if _means(report) else "the day itself"
        lines += wrap(bold(text), width, "", "  ")
    if len(group.changes) > 1:
        lines += wrap("only together:", width)
    for change in group.changes:
        lines += _change(change, width, verbose=False)
    told = list(_lines(group, verbose=verbose))
    one = {line.places for line in told}
    single = len(one) == 1 and not verbose and len(told) > 1
    if single:
        lines += wrap(dim(_places(told[0].places, verbose=verbose)), width, "  in ", "    ")
    for line in told:
        word = (red if line.worse else str)(pad(line.what.value, _LABEL))
        where = "" if single else f"  {dim(_places(line.places, verbose=verbose))}"
        count = f"{len(line.places)} × " if len(line.places) > 1 else ""
        lines += wrap(f"{count}{line.text}{where}", width, f"  {word}  ", " " * (_LABEL + 4))
    quiet = 0 if verbose else sum(effect.is_quiet for _, effect in group.hits)
    if quiet:
        text = f"{_many(quiet, 'check')} that only waited, or only wait now: -v"
        lines += wrap(dim(text), width, f"  {pad('', _LABEL)}  ", " " * (_LABEL + 4))
    return lines


def _places(places: Sequence[str], *, verbose: bool) -> str:
    more = len(places) - _FEW
    return ", ".join(places if verbose or more < 1 else (*places[:_FEW], f"{more} more"))


def _means(report: Report) -> bool:
    return any(change.means for change in report.changes)


def _lines(group: Group, *, verbose: bool) -> Iterator[_Line]:
    """The effects of a group, those alike in one line."""
    found: dict[tuple[What, str, bool], list[str]] = {}
    for affected, effect in group.hits:
        if effect.is_quiet and not verbose:
            continue
        workload = f" ({effect.workload})" if effect.workload else ""
        text = _effect(effect, exact=verbose or group.cases == 1)
        found.setdefault((effect.what, text, effect.worse), []).append(f"{affected.file}{workload}")
    order = list(What)
    for (what, text, worse), places in sorted(found.items(), key=lambda e: order.index(e[0][0])):
        unique = tuple(dict.fromkeys(places))
        yield _Line(what=what, text=text, worse=worse, places=unique)


def _effect(effect: Effect, *, exact: bool) -> str:
    if effect.what is What.COST and not exact:
        return effect.name
    name, before, after = titled(effect)
    return f"{f'{name}: ' if name else ''}{before} -> {bold(after)}"


def _idle(report: Report, groups: Sequence[Group]) -> str:
    """That some changes do nothing to these manifests."""
    busy = {change.construct for group in groups for change in group.changes}
    means = [change for change in report.changes if change.means]
    idle = [change for change in means if change.construct not in busy]
    if not means:
        return "the versions mean the same: no manifest can be decided otherwise by them"
    if not idle or len(means) > 4 * _FEW:
        return ""
    names = ", ".join(_name(change) for change in idle)
    return f"nothing here is decided otherwise by {names} alone"


def impact_markdown(report: Report, groups: Sequence[Group]) -> str:
    """The same as a comment on a pull request."""
    lines = [f"**{as_text(_summary(report))}**", ""]
    for group in groups:
        names = ", ".join(as_code(_name(change)) for change in group.changes)
        lines += [f"### {names or 'not told which change'}", ""]
        for change in group.changes:
            for part in change.parts[:_FEW]:
                where = f"{as_text(part.where)}: " if part.where else ""
                before = as_code(part.before) if part.before else "nothing"
                after = as_code(part.after) if part.after else "nothing"
                lines.append(f"- {where}{before} → {after}")
        lines += ["", "| what | before → after | where |", "|---|---|---|"]
        for line in _lines(group, verbose=False):
            more = len(line.places) - _FEW
            places = ", ".join(as_code(place) for place in line.places[:_FEW])
            places += f" and {more} more" if more > 0 else ""
            mark = " ⚠" if line.worse else ""
            text = as_text(finish(line.text, color=False))
            lines.append(f"| {line.what.value}{mark} | {text} | {places} |")
        lines.append("")
    idle = _idle(report, groups)
    if idle:
        lines += [as_text(idle), ""]
    return finish("\n".join(lines), color=False)


def impact_json(report: Report, groups: Sequence[Group], faults: Sequence[Diagnostic]) -> str:
    """The document `mlpolicy/impact/v1`."""
    return value_json(
        {
            "schema": IMPACT_SCHEMA,
            "old": _version(report.old),
            "new": _version(report.new),
            "counts": {
                "manifests": report.manifests,
                "workloads": report.workloads,
                "affected": len({(each.file, each.name) for each in report.affected}),
                "effects": len(report.effects),
            },
            "changes": [_change_value(change) for change in report.changes],
            "effects": [
                {
                    "file": affected.file,
                    "manifest": affected.name,
                    "workload": effect.workload,
                    "what": effect.what.value,
                    "name": effect.name or None,
                    "before": effect.before,
                    "after": effect.after,
                    "worse": effect.worse,
                    "responsible": [_construct(change) for change in group.changes],
                }
                for group in groups
                for affected, effect in group.hits
            ],
            "diagnostics": [diagnostic_value(fault) for fault in faults],
        }
    )
