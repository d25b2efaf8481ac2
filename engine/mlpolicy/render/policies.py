"""Policies as text and JSON: the list of packs, what one holds, how its tests went."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mlpolicy.characters import one_line
from mlpolicy.core.decision import PolicyId
from mlpolicy.core.notices import Fault
from mlpolicy.core.program import Bar, Dated, Program
from mlpolicy.core.terms import BarKind
from mlpolicy.core.trace import Step
from mlpolicy.reach import Coverage
from mlpolicy.render import titled
from mlpolicy.render.approval import approved
from mlpolicy.render.citations import source_text
from mlpolicy.render.coverage import coverage_value
from mlpolicy.render.json import Json, approvals_value, extensions_value, source_value, value_json
from mlpolicy.render.notices import fault_text
from mlpolicy.render.path import node_lines
from mlpolicy.render.reports.junit import junit_of_tests
from mlpolicy.render.style import (
    bold,
    columns,
    cyan,
    dim,
    finish,
    green,
    no_command,
    pad,
    red,
    wrap,
)
from mlpolicy.source import Place

if TYPE_CHECKING:
    from mlpolicy.coverage import OwnTests
    from mlpolicy.session import PolicyFiles


#: What the JSON documents of `policies` and of `test` say they are.
SCHEMA = "mlpolicy/policies/v1"
TESTS_SCHEMA = "mlpolicy/test/v1"


class Failure(Protocol):
    """What a test expected and got, as `testing` tells it."""

    @property
    def expected(self) -> str:
        """What the author wrote."""

    @property
    def got(self) -> Sequence[str | Fault]:
        """What came instead, in parts."""

    @property
    def steps(self) -> Sequence[Step]:
        """What that follows from, where it is told."""


class TestResult(Protocol):
    """What the runner says of one test."""

    @property
    def title(self) -> str:
        """What the author calls the test."""

    @property
    def passed(self) -> bool:
        """Was everything as the test expects?"""

    @property
    def failures(self) -> Sequence[Failure]:
        """What was not as expected; none where it passed."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def bars(self) -> Sequence[str]:
        """The values of the policy that it replaces."""


#: So many levels of what a value follows from are told where a test fails.
_DEPTH = 3


def list_text(packs: Mapping[str, Sequence[PolicyFiles]], today: str) -> str:
    """A line for each version; the one that a bare name means today is marked."""
    lines = []
    rows = [(name, files) for name, versions in packs.items() for files in versions]
    wide = max((columns(name) for name, _ in rows), default=0)
    for name, versions in packs.items():
        stable = [v for v in versions if "-" not in v.version and v.effective <= today]
        for files in versions:
            mark = "  in effect" if stable and files is stable[-1] else ""
            extends = f"  extends {files.extends} {files.since}" if files.extends else ""
            lines.append(
                f"{pad(name, wide)}  {files.version:<10}  effective {files.effective}"
                f"{extends}{mark}"
            )
    return finish("\n".join(lines or ["no built-in policies"]) + "\n", color=False)


def list_json(packs: Mapping[str, Sequence[PolicyFiles]]) -> str:
    """The same as JSON."""
    rows: list[Json] = [
        {
            "name": name,
            "version": files.version,
            "effective": files.effective,
            "extends": {"name": files.extends, "since": files.since} if files.extends else None,
        }
        for name, versions in packs.items()
        for files in versions
    ]
    return value_json({"schema": SCHEMA, "policies": rows})


def checked_line(program: Program | None, path: str, errors: int, warnings: int) -> str:
    """The last line of `policies check`."""
    warned = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    if program is None:
        return f"{no_command(one_line(path))}: {errors} error{'s' if errors != 1 else ''}{warned}\n"
    return f"{titled.policy(program)} is sound{warned}: {_holds(program)}\n"


_OWN_TESTS = {
    ("clauses", False): "clauses that decide, warn or compute have a test of their own",
    ("clauses", True): "clause that decides, warns or computes has a test of its own",
    ("resolutions", False): "resolutions have a test of their own",
    ("resolutions", True): "resolution has a test of its own",
}


def tests_text(
    program: Program,
    results: Sequence[TestResult],
    own: Sequence[OwnTests],
    *,
    width: int,
    color: bool,
) -> str:
    """A line for each test, what differed for those that failed, and the sum; and how many
    clauses have a test that is named for them."""
    lines = []
    for result in results:
        mark = green("passed") if result.passed else red("FAILED")
        where = "" if result.passed else f"  {dim(f'{result.place.file}:{result.place.line}')}"
        bars = ", ".join(result.bars)
        instead = f"  {dim(f'(with {bars})')}" if bars else ""
        lines.append(f"{mark}  {result.title}{instead}{where}")
        for failure in result.failures:
            lines += [f"        {line}" for line in failure_text(failure).splitlines()]
            for step in failure.steps:
                lines += [f"        {line}" for line in node_lines(step, width - 8, depth=_DEPTH)]
    failed = sum(not result.passed for result in results)
    passed = len(results) - failed
    lines.append(f"{titled.policy(program)}: {passed} passed, {failed} failed")
    for group in own:
        what = _OWN_TESTS[group.group, group.of == 1]
        lines += wrap(f"{group.source}: {group.tested} of {group.of} {what}", width, "", "  ")
        if group.without:
            lines += wrap(f"without: {', '.join(group.without)}", width, "  ", "    ")
    return finish("\n".join(lines) + "\n", color=color)


def lock_line(file: str, kept: int, added: Sequence[str], *, check: bool) -> str:
    """What a lock file keeps, and what was added to it."""
    name = no_command(one_line(file))
    versions = f"{kept} version{'' if kept == 1 else 's'}"
    if not added or check:
        return f"{name}: {versions} kept\n"
    return f"{name}: {versions} kept, added {', '.join(added)}\n"


def failure_text(failure: Failure) -> str:
    """`expected …, got …`"""
    got = "".join(part if isinstance(part, str) else fault_text(part) for part in failure.got)
    return f"expected {failure.expected}, got {got}"


def tests_junit(program: Program, results: Sequence[TestResult]) -> str:
    """The same in the XML of JUnit."""
    return junit_of_tests(
        titled.policy(program),
        [
            (r.title, f"{r.place.file}:{r.place.line}", [failure_text(f) for f in r.failures])
            for r in results
        ],
    )


def tests_json(
    program: Program,
    results: Sequence[TestResult],
    own: Sequence[OwnTests],
    reach: Coverage | None,
) -> str:
    """The same as JSON, with what was reached where that was counted."""
    return value_json(
        {
            "schema": TESTS_SCHEMA,
            "policy": {"name": program.name, "version": program.version},
            "tests": [
                {
                    "title": r.title,
                    "passed": r.passed,
                    "bars": list(r.bars),
                    "file": r.place.file,
                    "line": r.place.line,
                    "failures": list(map(failure_text, r.failures)),
                }
                for r in results
            ],
            "clauses": [
                {
                    "source": group.source,
                    "group": group.group,
                    "tested": group.tested,
                    "of": group.of,
                    "without": list(group.without),
                }
                for group in own
            ],
            **({} if reach is None else {"coverage": coverage_value(reach)}),
        }
    )


def policy_text(
    program: Program,
    as_of: str,
    policy: PolicyId,
    entry: Sequence[str],
    file: str,
    *,
    width: int = 100,
    color: bool = False,
) -> str:
    """What a policy is and holds; its thresholds and params with the values in force; its rules.
    `policy`
    knows who approved it; `entry` is what states that in a configuration `file`."""
    facts = [
        ("effective", _date(program.effective)),
        ("digest", program.digest),
        ("meaning", program.meaning),
        ("language", str(program.language)),
        ("manifests", f"{program.manifest_kind} ({program.schema_name})"),
        ("outcomes", " < ".join(program.outcome.members)),
        ("reports", ", ".join(program.reports)),
        ("holds", _holds(program)),
    ]
    facts = [(name, text) for name, text in facts if text]
    facts += [("approval", said) for said in approved(policy)]
    for each in policy.extensions:
        facts.append(("extension", f"{each.name} {each.version}, digest {each.digest}"))
        facts += [("", said) for said in approved(each)]
    lines = [f"policy {bold(program.name)} {program.version}"]
    for name, text in facts:
        lines += wrap(text, width, f"  {pad(name, 10)}  ")
    if policy.not_approved is not None:
        lines += ["", f"to state who approved it, fill this in and add it to {file}"]
        lines += [f"  {line}" for line in entry]
    if program.sources:
        lines += ["", "sources"]
        for source in program.sources.values():
            lines += wrap(source_text(source), width, f"  {bold(source.name)}  ", "    ")
    for kind, title in (("threshold", "thresholds"), ("param", "params")):
        bars = [bar for bar in program.bars.values() if bar.kind == kind]
        if bars:
            lines += ["", f"{title} as of {as_of}"]
            for bar in bars:
                lines += _bar(bar, as_of, program, width)
    if program.rules:
        lines += ["", "rules"]
    day = datetime.date.fromisoformat(as_of).toordinal()
    for rule in program.rules.values():
        cited = f"  {dim(' '.join(rule.refs))}" if rule.refs else ""
        level = pad(rule.level_on(day), 6)
        told = "".join(f", {level} from {_date(since)}" for since, level in rule.later)
        lines += wrap(f"{bold(rule.name)}{told}{cited}", width, f"  {level}  ", "          ")
    return finish("\n".join(lines) + "\n", color=color)


def policy_json(program: Program, as_of: str, policy: PolicyId) -> str:
    """The same as JSON."""
    day = datetime.date.fromisoformat(as_of).toordinal()
    bars: list[Json] = [
        {
            "kind": bar.kind,
            "name": bar.name,
            "type": str(bar.type),
            "value": _value(line) if (line := _in_force(bar, as_of)) else None,
            "values": [
                {
                    "since": _date(dated.since) if dated.since > 0 else None,
                    "value": _value(dated),
                    "refs": list(dated.refs),
                }
                for dated in bar.lines
            ],
        }
        for bar in program.bars.values()
    ]
    return value_json(
        {
            "schema": SCHEMA,
            "name": program.name,
            "version": program.version,
            "effective": _date(program.effective),
            "digest": program.digest,
            "meaning": program.meaning,
            "language": program.language,
            **approvals_value(policy),
            "extensions": extensions_value(policy),
            "manifest": {"kind": program.manifest_kind, "schema": program.schema_name},
            "outcomes": list(program.outcome.members),
            "sources": [source_value(source) for source in program.sources.values()],
            "counts": {what.replace(" ", "_"): number for what, number in _counts(program)},
            "as_of": as_of,
            "thresholds": bars,
            "rules": [
                {"name": rule.name, "level": rule.level_on(day), "refs": list(rule.refs)}
                for rule in program.rules.values()
            ],
        }
    )


def _holds(program: Program) -> str:
    """`9 inputs, 1 threshold, …`; what there is none of is left out."""
    return ", ".join(
        f"{number} {what if number > 1 else what[:-1]}"
        for what, number in _counts(program)
        if number
    )


def _counts(program: Program) -> tuple[tuple[str, int], ...]:
    bars = [bar.kind for bar in program.bars.values()]
    return (
        ("inputs", len(program.inputs)),
        ("thresholds", bars.count(BarKind.THRESHOLD)),
        ("params", bars.count(BarKind.PARAM)),
        ("catalogues", len(program.catalogs)),
        ("definitions", len(program.defines)),
        ("scores", len(program.scores)),
        ("trees", len(program.trees)),
        ("obligations", len(program.obligations)),
        ("rules", len({rule.family or rule.name for rule in program.rules.values()})),
        ("cited clauses", len(program.clauses)),
    )


def _bar(bar: Bar, as_of: str, program: Program, width: int) -> list[str]:
    line = _in_force(bar, as_of)
    if line is None:
        return [f"  {bold(bar.name)}  no value before {_date(bar.lines[0].since)}"]
    later = [dated for dated in bar.lines if dated.since > line.since]
    change = f", {_value(later[0])} from {_date(later[0].since)}" if later else ""
    since = f" since {_date(line.since)}" if line.since > 0 else ""
    text = f"{bold(bar.name)} = {_value(line)}{since}{change}  {dim(' '.join(line.refs))}"
    lines = wrap(text, width, "  ", "      ")
    for ref in line.refs:
        clause = program.clauses.get(ref)
        if clause is not None:
            lines += wrap(" ".join(clause.text.split()), width, f"      {cyan(ref)}  ", "        ")
    return lines


def _in_force(bar: Bar, as_of: str) -> Dated | None:
    day = datetime.date.fromisoformat(as_of).toordinal()
    return next((line for line in reversed(bar.lines) if line.since <= day), None)


def _value(line: Dated) -> str:
    """As the policy writes it."""
    return line.value.origin.text


def _date(ordinal: int) -> str:
    return datetime.date.fromordinal(ordinal).isoformat() if ordinal > 0 else "always"
