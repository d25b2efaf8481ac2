"""Generates an extension of a generated policy: bars, tables with empty cells, columns, values,
exceptions, obligations and rules of its own, which read what its core declares."""

from __future__ import annotations

import json
from random import Random

from mlpolicy.check.passes import Extending, check
from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Extension, Program
from mlpolicy.diagnostics import Severity
from mlpolicy.render.json import decision_json
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.laws.choices import LEDGER, MEMBERS, REF, SCHEMA
from tests.laws.drawing import Where
from tests.laws.generate import Maker
from tests.laws.properties import first_difference, plainly

NAME = "more"


class Extender(Maker):
    """Draws a policy, and then an extension of it."""

    def extension(self) -> list[str]:
        """The declarations of the extension. INVARIANT: the policy was drawn before."""
        self.out = [f"policy {NAME} 1.0.0 effective 2026-01-01 extends laws 1.0.0"]
        names, here = self.names, Where()
        for name, of in (("x_good", "%"), ("x_rate", "USD/request")):
            self.out.append(f"threshold {name} : {of}{self.dated(of)}")
            names.add(of, name)
        if self.chance(50):
            guard = self.pick(("explain", "strict", "(stage < build)"))
            self.out.append(
                f"exception x_relief to x_good when {guard} -> {self.literal('%')} {REF}"
            )
        self.tables()
        for number, of in enumerate(("flag", "%", "USD/month", "tier", "way")):
            name = f"x_value{number}"
            self.out.append(f"define {name} : {of}{self.value(of, here)}")
            names.add(of, name)
        row = Where(rows=frozenset(("offering",)))
        self.out.append(f"define x_fit of offering : flag{self.value('flag', row)}")
        names.of_offering["flag"].append("offering.x_fit")
        self.findings()
        return self.out

    def tables(self) -> None:
        """A catalogue in which a column may be absent, and a table that asks for less or more."""
        rows = "\n".join(
            f"  | {task} | {self.or_dash('%')} | {self.or_dash('ms')} | {self.or_dash('flag')} |"
            for task in self.some(MEMBERS["task"], 1)
        )
        self.out.append(
            f"catalog x_aside by task {REF}\n"
            f"  | task : task | bonus : % | pace : ms | free : flag |\n{rows}"
        )
        key = self.pick(("task", *MEMBERS["task"]))
        self.names.add("%", f"x_aside[{key}].bonus")
        self.names.add("flag", f"x_aside[{key}].free")
        asked = [
            f"  | {self.pick(('-', 'yes', 'no'))} | {self.pick(('-', 'idea', '> poc'))} |"
            f" -> {self.pick(('yes', 'no'))}"
            for _ in range(self.rng.randrange(1, 3))
        ]
        lines = "\n".join([*asked, "  | otherwise | -> no"])
        self.out.append(f"table x_asked : flag first {REF}\n  | explain | stage |\n{lines}")
        self.names.add("flag", "x_asked")

    def or_dash(self, of: str) -> str:
        return "-" if self.chance(35) else self.cell(of)

    def findings(self) -> None:
        at = Where(rule=True, choice=True, asks_known=True)
        owed = Where(rule=True, asks_known=True)
        self.out.append(
            f'obligation x_owed warn "do more" {REF}\n  when {self.flag(1, owed)} {REF}'
        )
        for number in range(self.rng.randrange(1, 4)):
            level = self.pick(("block", "warn", "advise"))
            self.out.append(
                f"rule x{number} {level} {self.ref()}\n{self.guard(at)}"
                f"  when {self.flag(2, at)}\n{self.if_unknown(at)}"
                f'  say "more of {{quality}}, {{answer}}" {REF}\n  fix "do {{x_good}}"'
            )
        whole = Where(project=True, rule=True)
        self.out.append(
            f'rule x_whole warn {REF}\n  when {self.flag(2, whole)}\n  say "all"\n  fix "ask"'
        )


def extended(rng: Random) -> tuple[Program, Program, list[str], list[str]]:
    """A policy alone and with an extension, and the declarations of both."""
    maker = Extender(rng)
    core = list(maker.policy())
    more = list(maker.extension())
    alone, _ = _checked(core, [])
    whole, said = _checked(core, more)
    assert alone is not None
    assert whole is not None, said
    return alone, whole, core, more


def _checked(core: list[str], more: list[str]) -> tuple[Program | None, list[str]]:
    files = []
    for name, declarations in (("core.mlp", core), ("more/more.mlp", more)):
        source = Source(name, "\n".join(declarations) + "\n")
        parsed, faults = parse(source)
        assert faults == (), faults
        files.append((source, parsed))
    id = Extension(NAME, "1.0.0", "sha256:1")
    program, said = check(
        files[:1],
        schema=SCHEMA,
        ledgers={"guide": LEDGER},
        digest="sha256:0",
        extensions=[Extending(id, files[1:])] if more else [],
    )
    return program, [f"{d.place}: {d.message}" for d in said if d.severity is Severity.ERROR]


def of_the_core(decision: Decision, core: Program) -> object:
    """What a decision says that its core alone says too: answers with what they rest on, costs,
    reports as they are told, the rules and obligations of the core and what was found by them."""
    own = {*core.rules, *core.obligations}
    as_told = json.loads(decision_json(decision))
    workloads = []
    for each in decision.workloads:
        choices = each.choice, each.possible
        open_ = each.settled_by, each.irrelevant, each.assumed, each.untried
        told = each.status, each.hold, each.error, each.costs, each.plan
        owed = [duty for duty in each.obligations if duty.id in own]
        workloads.append((each.name, choices, open_, told, each.rests_on, tuple(owed)))
    results = tuple(each for each in decision.results if each.rule in own)
    found = tuple(each for each in decision.findings if each.rule in own)
    whole = decision.project_costs, decision.outcomes
    reports = as_told["reports"], [each["reports"] for each in as_told["workloads"]]
    return plainly((tuple(workloads), results, found, whole, str(reports)))


def changed(alone: Decision, whole: Decision, core: Program) -> str:
    """What an extension has changed of its core, in words; empty where it is nothing."""
    return first_difference(of_the_core(alone, core), of_the_core(whole, core))
