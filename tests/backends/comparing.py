"""The compiled form beside the reference: what differs between them, in words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from itertools import count
from random import Random
from typing import get_args

from mlpolicy.backends.python.compiling import code_of
from mlpolicy.backends.python.runtime import Code, Compiled, Whole
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document, Fact
from mlpolicy.core.program import Apply, Const, Expr, Program, Typed
from mlpolicy.core.terms import Status
from mlpolicy.core.visit import walk
from mlpolicy.decide import Context, decide
from mlpolicy.evaluate import begin
from mlpolicy.evaluate.env import NOTHING_BOUND, FaultError
from mlpolicy.evaluate.values import result
from mlpolicy.manifest import load
from mlpolicy.source import Place
from mlpolicy.straight import decision
from tests.evaluate.evaluate_cases import HERE, SCHEMA, TODAY, program_of
from tests.laws.examples import draw_case, draw_gapped_case, draw_nested_case
from tests.laws.manifests import complete, document
from tests.mdcase import pages

CASES = HERE / "cases"


def compiled(program: Program) -> Code:
    return Code(program, code_of(program))


@dataclass
class Seen:
    """What was compared: decisions, and values by the construct they are of, known and not."""

    decisions: int = 0
    helped: int = 0
    straight: int = 0
    known: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)

    def take(self, decision: Decision) -> None:
        """Counts what a decision comes to."""
        self.told[f"verdict {decision.verdict}"] += 1
        self.told.update(f"rule {each.state}" for each in decision.results)
        for finding in decision.findings:
            self.told["needs"] += bool(finding.needs)
            self.told["text"] += bool(finding.say)
        for workload in decision.workloads:
            self.told[f"status {workload.status}"] += 1
            self.told.update(f"obligation {each.state}" for each in workload.obligations)
            self.told["cost"] += len(workload.costs)
            self.told["report"] += len(workload.reports)


#: What is never known with nothing assumed, or stands only where it is read by its parent.
NEVER = {"UnknownConst", "BetweenExpr", "Const", "PathRef"}
#: What means something only where a row, a name or an answer is bound.
BOUND = {"ParameterRef", "VariableRef", "RowRef", "ChoiceRef", "IsProvisional"}


def constructs() -> set[str]:
    """The kinds of expression whose values are compared, without the operators."""
    return {kind.__name__ for kind in get_args(Expr)} - {"Apply"} - NEVER - BOUND


# ── Decisions ────────────────────────────────────────────────────────────────────────────


def decided_apart(code: Code, stated: Document, as_of: date, seen: Seen) -> list[str]:
    """Where the decision that is made with the compiled form differs from that of the
    reference."""
    context = Context(as_of=as_of, today=as_of, explain=False)
    ours = decide(code.program, stated, context, code)
    other = decide(code.program, stated, context)
    seen.decisions += 1
    whole = Whole(code, stated, as_of.toordinal())
    seen.straight += not stated.waivers and decision(whole, as_of, as_of) is not None
    seen.take(other)
    seen.helped += all(workload.status is not Status.ERROR for workload in other.workloads)
    return list(_differences(other, ours, "decision"))


def _differences(one: object, other: object, where: str) -> Iterator[str]:
    if one == other:
        return
    if type(one) is type(other) and dataclasses.is_dataclass(one):
        for each in dataclasses.fields(one):
            yield from _differences(
                getattr(one, each.name), getattr(other, each.name), f"{where}.{each.name}"
            )
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _differences(a, b, f"{where}[{i}]")
    else:
        yield f"{where}: {one!r} became {other!r}"


# ── Values ───────────────────────────────────────────────────────────────────────────────


def values_apart(code: Code, stated: Document, as_of: date, seen: Seen) -> list[str]:
    """Every value that the compiled form knows, for every workload and the project, beside that
    of the reference; a value that it knows where the reference meets a fault counts too."""
    program = code.program
    ours = begin(program, stated, as_of.toordinal())
    frames = Compiled(code, ours)
    if frames.strange:
        return []
    other = begin(program, stated, as_of.toordinal())
    found: list[str] = []
    for name, env in other.envs.items():
        for expr in _plain_of(code):
            known = program.nodes[expr.id]
            said = frames.frames[name].known(expr.id, expr, known, NOTHING_BOUND)
            kind = expr.operator if isinstance(expr, Apply) else type(expr).__name__
            if said is None:
                seen.open[kind] += 1
                continue
            seen.known[kind] += 1
            try:
                value: object = result(expr, env, NOTHING_BOUND).value
            except FaultError as fault:
                value = fault.fault
            if value != said.value:
                found.append(f"{name}: `{expr.origin.text}` {value} became {said.value}")
    return found


@lru_cache(maxsize=8)
def _plain_of(code: Code) -> tuple[Expr, ...]:
    return tuple(plain_expressions(code.program))


def plain_expressions(program: Program) -> Iterator[Expr]:
    """The expressions of a program that mean something where nothing is bound."""
    seen: set[int] = set()
    parts = (program.inputs, program.bars, program.defines, program.scores, program.trees)
    more = (program.obligations, program.rules, program.shortlists, program.catalogs)
    for part in (*parts, *more):
        for node in walk(*part.values()):
            if not isinstance(node, Typed) or isinstance(node, Const) or node.id in seen:
                continue
            seen.add(node.id)
            known = program.nodes[node.id]
            if not known.rows and not known.names and not known.answering:
                yield node


# ── Cases ────────────────────────────────────────────────────────────────────────────────


def draw(rng: Random, manifests: int) -> Iterator[tuple[Code, Document, date]]:
    """A policy, compiled, with manifests for it: one that is partly open, and what it may turn
    out to be, with less and less left open."""
    kind = rng.randrange(4)
    if kind < 2:
        case = draw_case(rng)
    else:
        case = draw_nested_case(rng) if kind == 2 else draw_gapped_case(rng)[0]
    code = compiled(case.program)
    yield code, placed(document(case.manifest)), case.as_of
    for i in range(manifests - 1):
        keep = (0, 10, 30, 60, 100)[i % 5]
        manifest = complete(case.manifest, case.openness, rng, keep)
        yield code, placed(document(manifest)), case.as_of


def small_cases() -> Iterator[tuple[Code, Document, date]]:
    """The small policies of the evaluator's cases, each with its manifest: one for every way in
    which something comes out, faults and doubts among them."""
    for program, documents in _small_policies():
        code = compiled(program)
        for stated in documents:
            yield code, stated, TODAY


@cache
def _small_policies() -> list[tuple[Program, tuple[Document, ...]]]:
    return [
        (
            program_of(case.one("mlp").text),
            load(case.one("yaml").text.encode(), "m.yaml", SCHEMA)[0],
        )
        for case in pages(CASES)
    ]


def placed(stated: Document) -> Document:
    """The same with a place of its own for every statement, so that findings that point to
    different ones differ."""
    lines = count(1)

    def again(fact: Fact) -> Fact:
        line = next(lines)
        value = fact.value
        if isinstance(value, tuple):
            value = tuple(again(item) for item in value)
        elif isinstance(value, dict):
            value = {key: again(item) for key, item in value.items()}
        place = Place("manifest.yaml", line, 1)
        return Fact(value, place, place if fact.key_place is not None else None)

    return dataclasses.replace(
        stated,
        project=again(stated.project),
        workloads=tuple(
            dataclasses.replace(each, fact=again(each.fact)) for each in stated.workloads
        ),
    )
