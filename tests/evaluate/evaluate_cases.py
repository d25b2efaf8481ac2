"""Runs small policies on small manifests, and tells what comes of it in short.

A case is an `mlp` block (lines every policy needs are added where it has none of its own), a
`yaml` block (one manifest) and a `decision` block.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from mlpolicy.check.passes import check
from mlpolicy.core.decision import Choice, Decision, Settle
from mlpolicy.core.program import Program
from mlpolicy.core.show import decimal_text
from mlpolicy.core.terms import WaitsFor
from mlpolicy.core.trace import Step
from mlpolicy.explain.decision import decide_document
from mlpolicy.explain.judged import judged_steps, why_passed
from mlpolicy.ledger import Entry, Ledger
from mlpolicy.manifest import load
from mlpolicy.render import notices, words
from mlpolicy.render.replies import given_text, replies_text
from mlpolicy.schema import load_schema
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.scopes import SCOPES

HERE = Path(__file__).parent
TODAY = date(2026, 6, 1)
SCHEMA_TEXT = (HERE / "small.schema.json").read_text("utf-8")
SCHEMA = load_schema(SCHEMA_TEXT, SCOPES)
LEDGER = Ledger(
    name="guide",
    title="A small guide",
    sha256="0" * 64,
    entries={c: Entry(id=c, kind="rule", text=f"what {c} says") for c in ("G1", "G2", "C1")},
)
PREAMBLE = {
    "policy": "policy parcels 1.0.0 effective 2026-01-01",
    "manifest": 'manifest Parcels schema "small.schema.json" of project, workload in workloads',
    "source": 'source guide = "sources/guide.yaml"',
    "unit": "unit kg, km, parcel",
    "outcome": "outcome way : none < post < courier < own_van with carrier : text",
    "decision": 'decision tree choice : way\n  otherwise : post because "simple" ref guide#G1',
}


def program_of(*texts: str) -> Program:
    """A checked program from policy texts and what they lack."""
    whole = "\n".join(texts)
    lines = [line for word, line in PREAMBLE.items() if not re.search(rf"^{word} ", whole, re.M)]
    if " conditional" in whole and not re.search(r"^outcome ", whole, re.M):
        lines[lines.index(PREAMBLE["outcome"])] += "\n  status conditional"
    if "USD" in whole:
        lines.append("currency USD")
    files = []
    for i, text in enumerate((*texts, "\n".join(lines) + "\n")):
        source = Source(f"file{i}.mlp", text)
        file, faults = parse(source)
        assert not faults, [f"{f.place} {f.message}" for f in faults]
        files.append((source, file))
    program, faults = check(
        files, schema=json.loads(SCHEMA_TEXT), ledgers={"guide": LEDGER}, digest="sha256:0"
    )
    errors = [f"{f.place} {f.code} {f.message} ({f.help})" for f in faults if f.severity == "error"]
    assert program is not None, errors
    return program


def decide(program: Program, manifest: str, as_of: date = TODAY) -> Decision:
    """The decision on a manifest that the small schema accepts."""
    documents, faults = load(manifest.encode(), "m.yaml", SCHEMA)
    assert not faults, [f"{f.place} {f.message} ({f.help})" for f in faults]
    return decide_document(program, documents[0], as_of=as_of, today=TODAY)


def tell(decision: Decision) -> str:
    """A decision in short: answers, what is possible, duties, costs, findings."""
    lines = []
    for w in decision.workloads:
        shown = (
            _choice(w.choice)
            if w.choice
            else w.hold or (notices.fault_text(w.error) if w.error else "nothing")
        )
        lines.append(f"{w.name}: {w.status} {shown}")
        if w.choice:
            lines.extend(f"  because {reason}" for reason in w.choice.because if reason)
        if len(w.possible) > 1:
            lines.append("  possible: " + "; ".join(_choice(c) for c in w.possible))
        for settle in w.settled_by:
            splits = "; ".join(
                f"{replies_text(s.answer)} -> {' or '.join(s.possible)}" for s in settle.when
            )
            lines.append(f"  settled by {_asked(settle)}: {splits}")
        if w.irrelevant:
            lines.append("  irrelevant: " + ", ".join(map(str, w.irrelevant)))
        lines.extend(
            f"  assumed {notices.keyed(a.name, a.key)} = {notices.figure(a.stands)}"
            for a in w.assumed
        )
        lines.extend(f"  {d.state} {d.id}: {d.text}" for d in w.obligations)
        for cost in w.costs:
            total = _range(cost.low, cost.high)
            missing = f", needs {', '.join(map(str, cost.missing))}" if cost.missing else ""
            lines.append(f"  {cost.formula}({cost.outcome}) = {total}{missing}")
            lines.extend(
                f"    {line.name}: {_range(line.low, line.high)} from {origin}"
                for line in cost.lines
                for origin in (words.line_origin(line.origin),)
            )
    steps = judged_steps(decision)
    for r in decision.results:
        where = f" of {r.workload}" if r.workload else ""
        finding = next(
            (f for f in decision.findings if f.rule == r.rule and f.workload == r.workload), None
        )
        text = f'"{notices.say(finding)}"' if finding else ""
        if r.state == "passed":
            text = words.reason(why_passed(steps, r))
        needs = f" needs {', '.join(map(str, finding.needs))}" if finding and finding.needs else ""
        state = r.state.value
        if finding is not None and finding.unjudged:
            state += f" {r.level} unjudged"
        if finding is not None and finding.waits_for is WaitsFor.POLICY:
            state += " for the policy"
        lines.append(f"{r.rule}{where}: {state} {text}{needs}".rstrip())
    told = {r.rule for r in decision.results}
    lines.extend(
        f"{f.rule}: {f.state} {f.level} {notices.say(f)}"
        for f in decision.findings
        if f.rule not in told
    )
    lines.append(f"verdict {decision.verdict}")
    return "\n".join(lines) + "\n"


def _asked(settle: Settle) -> str:
    """A question by its path, with what it removes beside the outcomes its answers name."""
    words = str(settle.path or settle.at)
    if settle.workload:
        words += f" of {settle.workload}"
    if settle.given:
        words += f" (given {given_text(settle.given)})"
    if settle.spread:
        words += f" (removes {decimal_text(settle.spread, 2)} USD)"
    return words


def _choice(choice: Choice) -> str:
    name = choice.outcome or choice.status
    attributes = " ".join(v for _, v in choice.attributes if v)
    plain = choice.outcome is None or choice.status == "final"
    status = "" if plain else f" {choice.status}"
    return name + status + (f" [{attributes}]" if attributes else "")


def _range(low: object, high: object) -> str:
    from fractions import Fraction

    def one(value: object) -> str:
        return "open" if value is None else decimal_text(Fraction(str(value)), 2)

    return one(low) if low == high else f"{one(low)} .. {one(high)}"


def kinds(trace: Step) -> set[str]:
    """Every kind of node in a trace."""
    found = {trace.kind.value}
    for child in trace.children:
        found |= kinds(child)
    return found
