"""Does what it costs grow with the length of a policy and a manifest, or with the number of ways
through them? Prints CPU time in multiples of a calibration loop, so that numbers of two machines
can be compared.

    python benchmarks/growth.py [--quick] [FAMILY …]

Each family is a small policy that grows with n, with a manifest that says nothing (unless the
family says otherwise). `check` decides without an explanation, `explain` with one; `last ÷ first`
says how many times as much the longest takes, beside how many times as long it is. A family that
grows by the number of ways would not end. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

DAY = datetime.date(2026, 11, 22)
REF = " ref made#A"
UNKNOWN = {"const": "unknown"}
WORDS = ("a", "b", "c")
HEAD = """\
policy growth 1.0.0 effective 2025-01-01
manifest Growth schema "growth.schema.json" of project, workload in workloads
source made = "made.yaml"
unit thing
outcome way : low < high
"""
LEDGER = """\
name: made
title: "made up"
document: {as_of: "2025-01-01"}
facts:
  - {id: A, kind: fact, text: "made up", trust: A, source: "nobody", as_of: "2025-01-01"}
"""


@dataclass(frozen=True)
class Case:
    """A policy's text, the fields of a workload, and the workloads of a manifest."""

    text: str
    flags: int = 0
    numbers: int = 0
    worded: tuple[str, ...] = ()
    words: tuple[str, ...] = WORDS
    workloads: tuple[dict[str, object], ...] = ({"name": "w0"},)

    def schema(self) -> dict[str, object]:
        number = {"type": "number", "minimum": 0}
        spread = {
            "type": "object",
            "properties": {"low": number, "high": number},
            "required": ["low", "high"],
            "additionalProperties": False,
        }
        amount = {"x-unit": "thing", "anyOf": [number, spread, UNKNOWN]}
        fields: dict[str, object] = {"name": {"type": "string"}}
        fields |= {f"f{i}": {"anyOf": [{"type": "boolean"}, UNKNOWN]} for i in range(self.flags)}
        fields |= {f"x{i}": amount for i in range(self.numbers)}
        word = {"anyOf": [{"enum": list(self.words)}, UNKNOWN]}
        fields |= dict.fromkeys(self.worded, word)
        workload = {
            "type": "object",
            "properties": fields,
            "required": ["name"],
            "additionalProperties": False,
        }
        workloads = {"type": "array", "minItems": 1, "items": workload}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Growth",
            "type": "object",
            "properties": {
                "apiVersion": {"const": "mlpolicy.dev/v1"},
                "kind": {"const": "Growth"},
                "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
                "spec": {"type": "object", "properties": {"workloads": workloads}},
            },
        }

    def inputs(self) -> str:
        lines = [f"input f{i} : flag from workload.f{i}" for i in range(self.flags)]
        lines += [f"input x{i} : thing from workload.x{i}" for i in range(self.numbers)]
        lines += [f"enum word : {', '.join(self.words)}"] if self.worded else []
        lines += [f"input {name} : word from workload.{name}" for name in self.worded]
        return "\n".join(lines) + "\n"


def asks(condition: str) -> str:
    return (
        f'decision tree start : way\n  if {condition} : low because "yes"{REF}\n'
        f'  otherwise : high because "no"{REF}\n'
    )


# ── The families ─────────────────────────────────────────────────────────────────────────


def chained_tables(n: int) -> Case:
    """Tables of six rows, each on the one before and on an input of its own."""
    rows = ("a | a | -> a", "a | - | -> b", "b | b | -> c", "b | - | -> a", "c | c | -> b")
    text = ""
    for i in range(1, n + 1):
        before = "w0" if i == 1 else f"t{i - 1}"
        lines = "".join(f"  | {row}\n" for row in (*rows, "- | - | -> c"))
        text += f"table t{i} : word first{REF}\n  | {before} | w{i} |\n{lines}"
    return Case(text + asks(f"t{n} is a"), worded=tuple(f"w{i}" for i in range(n + 1)))


def chained_flags(n: int) -> Case:
    """Flags of three cases, each on the one before."""
    text = "".join(
        f"define d{i} : flag\n  when {'f0' if i == 1 else f'd{i - 1}'} and f{i} : no\n"
        f"  when {'f0' if i == 1 else f'd{i - 1}'} : yes\n  otherwise : f{i}{REF}\n"
        for i in range(1, n + 1)
    )
    return Case(text + asks(f"d{n}"), flags=n + 1)


def meeting_arms(n: int) -> Case:
    """Trees of which both arms go on to the next."""
    text = ""
    for i in range(n):
        arms = f"goto t{i + 1}", f"goto t{i + 1}"
        if i == n - 1:
            arms = "low", "high"
        head = "decision " if i == 0 else ""
        text += f'{head}tree t{i} : way\n  if f{i} : {arms[0]} because "x"{REF}\n'
        text += f'  otherwise : {arms[1]} because "y"{REF}\n'
    return Case(text.replace(' because "x"' + REF, REF).replace(' because "y"' + REF, REF), flags=n)


def products(n: int) -> Case:
    """A product of sums of two unknowns each."""
    sums = " * ".join(f"((x{2 * i} + x{2 * i + 1}) / 1 thing)" for i in range(n))
    return Case(f"define total : number = {sums}{REF}\n" + asks("total > 5"), numbers=2 * n)


def cases_on_cases(n: int) -> Case:
    """Numbers by cases, each on the one before."""
    text = f"define d0 : thing = x0{REF}\n" + "".join(
        f"define d{i + 1} : thing\n  when f{i} : d{i} + 1 thing\n  otherwise : d{i}{REF}\n"
        for i in range(n)
    )
    return Case(text + asks(f"d{n} > 5 thing"), flags=n, numbers=1)


def greatest(n: int) -> Case:
    """The greatest of n unknown numbers."""
    return Case(asks(f"max({', '.join(f'x{i}' for i in range(n))}) > 5 thing"), numbers=n)


def wide_table(n: int) -> Case:
    """A table of a row for each of the n words that an unknown one may be."""
    words = tuple(f"k{i}" for i in range(n))
    rows = "".join(
        f"  | k{i} | {'yes' if i % 2 else 'no'} | -> {'low' if i % 2 else 'high'}{REF}\n"
        for i in range(n)
    )
    text = f"table tb : way first\n  | kind | f0 |\n{rows}  | - | - | -> low{REF}\n"
    return Case(text + asks("tb is low and f1"), flags=2, worded=("kind",), words=words)


def shortlists(n: int) -> Case:
    """A shortlist of n rows of which the key is not known."""
    words = tuple(f"k{i}" for i in range(8))
    rows = "".join(
        f"  | k{i % 8} | {i + 1} thing | {2 * i + 3} thing | made#A |\n" for i in range(n)
    )
    text = (
        f"catalog c by kind{REF}\n  | kind : word | lim : thing | lim2 : thing | ref |\n{rows}"
        f"shortlist s1 of c{REF}\n  k : c.kind is kind{REF}\n"
        f"shortlist s2 of s1{REF}\n  l : x0 <= c.lim{REF}\n  m : f0 or x1 <= c.lim2{REF}\n"
    )
    return Case(text + asks("any s2"), flags=1, numbers=2, worded=("kind",), words=words)


def sums_over_workloads(n: int) -> Case:
    """A rule on a sum over n workloads, of which nothing is known."""
    text = asks("f0") + (
        f"define total : thing = sum(x0) over workloads{REF}\n"
        f'rule big warn\n  when x0 > total / 2\n  say "big"{REF}\n'
    )
    workloads = tuple({"name": f"w{i}", "f0": True} for i in range(n))
    return Case(text, flags=1, numbers=1, workloads=workloads)


def unknown_inputs(n: int) -> Case:
    """A tree that reads n inputs, none known."""
    arms = "".join(f'  if f{i} : {("low", "high")[i % 2]} because "f{i}"{REF}\n' for i in range(n))
    text = f'decision tree start : way\n{arms}  otherwise : high because "none"{REF}\n'
    return Case(text, flags=n)


def known_inputs(n: int) -> Case:
    """The same with all known."""
    known: dict[str, object] = {"name": "w0", **{f"f{i}": False for i in range(n)}}
    return Case(unknown_inputs(n).text, flags=n, workloads=(known,))


def many_workloads(n: int) -> Case:
    """n workloads of which all is known."""
    case = chained_flags(3)
    known = {f"f{i}": bool(i % 2) for i in range(case.flags)}
    workloads = tuple({"name": f"w{i}", **known} for i in range(n))
    return Case(case.text, flags=case.flags, workloads=workloads)


@dataclass(frozen=True)
class Family:
    """A family of cases, and the sizes to try: all of them, and the quick ones."""

    make: Callable[[int], Case]
    sizes: tuple[int, ...]
    quick: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.make.__name__.replace("_", " ")


FAMILIES = (
    Family(chained_tables, (5, 10, 20), (5, 10)),
    Family(chained_flags, (10, 20, 40), (10, 20)),
    Family(meeting_arms, (7, 14, 28), (7, 14)),
    Family(products, (6, 12, 24), (6, 12)),
    Family(cases_on_cases, (8, 16, 32), (8, 16)),
    Family(greatest, (10, 20, 40), (10, 20)),
    Family(wide_table, (75, 150, 300), (75, 150)),
    Family(shortlists, (25, 50, 100), (25, 50)),
    Family(sums_over_workloads, (50, 100, 200), (25, 50)),
    Family(unknown_inputs, (10, 20, 30), (15, 30)),
    Family(known_inputs, (10, 20, 30), (15, 30)),
    Family(many_workloads, (50, 250, 500), (50, 100)),
)

# ── Measuring ────────────────────────────────────────────────────────────────────────────


def calibration() -> float:
    """CPU seconds of a loop of pure Python that other work on the machine slows alike."""
    start = time.process_time()
    total = 0
    for i in range(1_000_000):
        total += i % 7
    return time.process_time() - start


def cost(case: Case, explain: bool) -> float:
    """What deciding a case takes, in calibration loops: the least of three."""
    from mlpolicy.api import load_policy
    from mlpolicy.decide import Context, decide

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.mlp").write_text(HEAD + case.inputs() + case.text)
        (folder / "made.yaml").write_text(LEDGER)
        (folder / "growth.schema.json").write_text(json.dumps(case.schema()))
        policy = load_policy(folder)
        manifest = {
            "apiVersion": "mlpolicy.dev/v1",
            "kind": "Growth",
            "metadata": {"name": "m"},
            "spec": {"workloads": list(case.workloads)},
        }
        document = policy.read(manifest)
        context = Context(as_of=DAY, today=DAY, explain=explain)
        found: list[float] = []
        for _ in range(3):
            unit = calibration()
            start = time.process_time()
            decide(policy.program, document, context)
            found.append((time.process_time() - start) / min(unit, calibration()))
            if found[-1] > 20:
                break
    return min(found)


def table(families: Iterable[Family], quick: bool) -> None:
    print("CPU time in calibration loops (a million turns of a loop of pure Python)")
    print(f"{'':<26}{'n':>24}{'check':>24}{'÷':>6}{'explain':>24}{'÷':>6}")
    for family in families:
        sizes = family.quick if quick else family.sizes
        rows = []
        for explain in (False, True):
            costs = [cost(family.make(n), explain) for n in sizes]
            rows.append(f"{'  '.join(f'{one:.2f}' for one in costs):>24}")
            rows.append(f"{costs[-1] / costs[0]:>6.1f}")
        longer = f"{'  '.join(map(str, sizes))} (× {sizes[-1] / sizes[0]:.0f})"
        print(f"{family.name:<26}{longer:>24}{''.join(rows)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="How what it costs grows.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="only these")
    arguments = parser.parse_args()
    os.environ["MLPOLICY_NO_CACHE"] = "1"
    wanted = [f for f in FAMILIES if not arguments.families or f.name in arguments.families]
    if not wanted:
        parser.error(f"the families are: {', '.join(f.name for f in FAMILIES)}")
    table(wanted, arguments.quick)


if __name__ == "__main__":
    main()
