"""What an analysis found in a policy, as text and JSON, and a witness as a test to paste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from mlpolicy.render.json import Json, value_json
from mlpolicy.render.style import bold, dim, finish, green, red, wrap
from mlpolicy.render.written import facts_of, quoted
from mlpolicy.witness.findings import Analysis, By, Finding, Kind, Proof, Unsettled
from mlpolicy.witness.proofs import Why
from mlpolicy.witness.search import Witness

#: What the JSON document says it is.
SCHEMA = "mlpolicy/analyze/v1"

#: So many names are told of what is not settled, unless all are asked for.
_FEW = 6

#: What was looked at, of one and of several.
_THINGS: Mapping[Kind, tuple[str, str]] = {
    Kind.GAP: ("table", "tables"),
    Kind.OVERLAP: ("table", "tables"),
    Kind.ROW: ("row or line", "rows and lines"),
    Kind.ARM: ("arm", "arms"),
    Kind.OUTCOME: ("outcome", "outcomes"),
    Kind.NEVER: ("rule", "rules"),
    Kind.ALWAYS: ("rule", "rules"),
    Kind.EXCEPTION: ("exception", "exceptions"),
    Kind.BOTH: ("pair of exceptions", "pairs of exceptions"),
    Kind.BARS: ("step", "steps"),
    Kind.DUTY: ("obligation", "obligations"),
    Kind.WORD: ("lookup", "lookups"),
}

_ASKS: Mapping[Kind, str] = {
    Kind.GAP: "whether a case has no row",
    Kind.OVERLAP: "whether rows match the same case",
    Kind.ROW: "whether it is reached",
    Kind.ARM: "whether it is taken",
    Kind.OUTCOME: "whether it is reached",
    Kind.NEVER: "whether it can fire",
    Kind.ALWAYS: "whether it always fires",
    Kind.EXCEPTION: "whether it can apply",
    Kind.BOTH: "whether both hold at once",
    Kind.BARS: "whether they are in order",
    Kind.DUTY: "whether it is ever owed",
    Kind.WORD: "whether a word without a row is looked up",
}

_WHY: Mapping[Why, str] = {
    Why.SEARCHED: "no manifest was found that shows it, and no proof that there is none",
    Why.WORKLOADS: "it counts what several state together, and manifests with one were looked at",
    Why.OVERRIDES: "it reads rows that a manifest may bring",
    Why.DAYS: "it counts days",
    Why.LIMIT: "it is too involved to be worked out whole",
    Why.CASES: "there are too many cases",
    Why.LINES: "there are too many of them",
    Why.ANSWER: "it asks for the answer, or for a row",
    Why.KEYS: "rows are looked up by more than words of an enum",
    Why.SHOWN: "it is asked only while something is unknown",
}


def found_text(
    name: str, analysis: Analysis, *, verbose: bool = False, width: int = 100, color: bool = False
) -> str:
    """What was found of one policy, each with its proof or with a test that fails; then what is not
    settled."""
    number = len(analysis.findings)
    paint = red if number else green
    head = "nothing found" if not number else f"{number} found"
    looked = ", ".join(_counted(kind, count) for kind, count in _looked_at(analysis))
    lines = wrap(f"{name}: {paint(head)} in {looked}", width, "", "  ")
    for finding in analysis.findings:
        lines += ["", *_finding(finding, width)]
    if analysis.unsettled:
        lines.append("")
    for told in _unsettled(analysis, verbose=verbose):
        lines += wrap(dim(told), width, "", "  ")
    return finish("\n".join(lines) + "\n", color=color)


def _looked_at(analysis: Analysis) -> Iterator[tuple[Kind, int]]:
    for kind, number in analysis.looked_at.items():
        if kind is not Kind.OVERLAP:
            yield kind, number


def _counted(kind: Kind, number: int) -> str:
    one, several = _THINGS[kind]
    return f"{number:,} {one if number == 1 else several}"


def _finding(finding: Finding, width: int) -> Iterator[str]:
    place = finding.place
    yield from wrap(f"{bold(sentence(finding))}  {dim(f'{place.file}:{place.line}')}", width)
    if finding.proof is not None:
        yield from wrap(proved(finding.proof), width, "  ", "    ")
    if finding.witness is not None:
        yield "  this test fails:"
        for line in witness_test(finding).splitlines():
            yield f"    {line}"


def sentence(finding: Finding) -> str:
    """What is found, in one sentence."""
    name, said = f"`{finding.name}`", finding.said
    match finding.kind:
        case Kind.GAP:
            more = f", nor {int(finding.others[0]) - 1} other cases" if finding.others else ""
            return f"no row of {name} matches {said or 'anything'}{more}"
        case Kind.OVERLAP:
            return f"two rows of {name} match {said}: this one and that of line {finding.others[0]}"
        case Kind.ROW:
            return f"this line of {name} is never reached: {said}"
        case Kind.ARM:
            return f"this arm of {name} is never taken: {said}"
        case Kind.OUTCOME:
            return f"nothing reaches the outcome {name}"
        case Kind.NEVER:
            return f"the rule {name} never fires"
        case Kind.ALWAYS:
            return f"the rule {name} always fires"
        case Kind.EXCEPTION:
            return f"the exception {name} to `{said}` never applies"
        case Kind.BOTH:
            return f"two exceptions to {name} hold at once, which is an error: {said}"
        case Kind.BARS:
            day = f" from {finding.day.isoformat()} on" if finding.day is not None else ""
            return (
                f"bars of {name} are out of order{day}: what {said} asks for is taken before it "
                f"by {finding.others[0]}"
            )
        case Kind.DUTY:
            return f"nobody ever owes {name}"
        case Kind.WORD:
            return f"`{finding.name}` has no row for `{said}`, which `{finding.others[0]}` may be"
        case _:
            assert_never(finding.kind)


def proved(proof: Proof) -> str:
    """How it is shown that something cannot be."""
    match proof.by:
        case By.RANGES:
            days = "" if proof.number == 1 else f", on each of {proof.number} spans of days"
            return f"proved: with every field of the manifest open it cannot be otherwise{days}"
        case By.CASES:
            return f"proved: by all {proof.number:,} cases"
        case By.VALUES:
            return "proved: by what the policy writes"
        case _:
            assert_never(proof.by)


def _unsettled(analysis: Analysis, *, verbose: bool) -> Iterator[str]:
    grouped: dict[tuple[Kind, Why], list[Unsettled]] = {}
    for each in analysis.unsettled:
        grouped.setdefault((each.kind, each.why), []).append(each)
    for (kind, why), several in grouped.items():
        names = list(dict.fromkeys(_called(each) for each in several))
        few = names if verbose else names[:_FEW]
        more = f" and {len(names) - len(few)} more (-v)" if len(names) > len(few) else ""
        count = sum(each.number or 1 for each in several) if kind is Kind.ROW else len(several)
        told = f"not checked: {_ASKS[kind]}, of {_counted(kind, count)}: {_WHY[why]}"
        yield f"{told}: {', '.join(few)}{more}"


def _called(each: Unsettled) -> str:
    if each.kind is Kind.WORD:
        if not each.number:
            return each.name
        return f"{each.name} ({each.number:,} {'word' if each.number == 1 else 'words'})"
    if each.kind is Kind.ROW and each.number:
        return f"{each.name} ({_counted(Kind.ROW, each.number)})"
    number = f" ({each.number:,} {'case' if each.number == 1 else 'cases'})" if each.number else ""
    said = f" `{each.said}`" if each.said else ""
    return f"{each.name}{said}{number}"


# ── Witnesses ────────────────────────────────────────────────────────────────────────────


def witness_test(finding: Finding) -> str:
    """The witness of a finding as a test of the policy language. It fails as long as it is so."""
    assert finding.witness is not None
    return test_text(_title(sentence(finding)), finding.witness, (f"expect {finding.expects}",))


def _title(text: str) -> str:
    return text.replace("`", "").replace('"', "'").replace("\\", "/")


#: What every test has, so that it need not state it.
_BESIDE = frozenset({"owner", "name"})


def test_text(title: str, witness: Witness, expects: Sequence[str]) -> str:
    """A witness as a test that expects so."""
    document = witness.document
    scopes = document.scopes
    facts = [*facts_of(scopes.shared, document.project, _BESIDE)] if scopes.items else []
    for workload in document.workloads:
        facts += facts_of(scopes.each, workload.fact, _BESIDE)
    lines = [f"test {quoted(title)}", f"  as_of {witness.day.isoformat()}"]
    lines += ["  given", *(f"    {fact}" for fact in facts)] if facts else []
    lines += [f"  {each}" for each in expects]
    return "\n".join(lines) + "\n"


# ── JSON ─────────────────────────────────────────────────────────────────────────────────


def found_json(analyses: Sequence[tuple[str, str, Analysis]]) -> str:
    """The document `mlpolicy/analyze/v1`: of each policy its name, its version and what was
    found."""
    return value_json(
        {
            "schema": SCHEMA,
            "policies": [
                {
                    "name": name,
                    "version": version,
                    "looked_at": {
                        kind.value: number for kind, number in analysis.looked_at.items()
                    },
                    "findings": [_finding_value(each) for each in analysis.findings],
                    "not_checked": [_unsettled_value(each) for each in analysis.unsettled],
                }
                for name, version, analysis in analyses
            ],
        }
    )


def _finding_value(finding: Finding) -> Json:
    proof = finding.proof
    return {
        "kind": finding.kind.value,
        "name": finding.name,
        "message": sentence(finding),
        "file": finding.place.file,
        "line": finding.place.line,
        "since": finding.day.isoformat() if finding.day is not None else None,
        "proof": None if proof is None else {"by": proof.by.value, "number": proof.number},
        "test": None if finding.witness is None else witness_test(finding),
    }


def _unsettled_value(each: Unsettled) -> Json:
    return {
        "kind": each.kind.value,
        "name": each.name,
        "about": each.said or None,
        "number": each.number,
        "why": each.why.value,
        "message": f"{_ASKS[each.kind]}: {_WHY[each.why]}",
        "file": each.place.file,
        "line": each.place.line,
    }
