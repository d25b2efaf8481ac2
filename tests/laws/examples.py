"""What all law tests share: how many examples, and the cases they run on."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from random import Random

from hypothesis import Phase, settings
from hypothesis import strategies as st

from mlpolicy.check.passes import check
from mlpolicy.core.decision import Decision
from mlpolicy.core.program import Program
from mlpolicy.ledger import load_ledger
from mlpolicy.resources import resource_root
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.laws.generate import (
    blank,
    compile_policy,
    filled,
    fillings,
    make_gapped_policy,
    make_nested_policy,
    make_policy,
)
from tests.laws.manifests import (
    AS_OF,
    Hole,
    Manifest,
    Openness,
    World,
    complete,
    draw_manifest,
    fill,
    world_of,
)
from tests.laws.properties import decide
from tests.profiles import THOROUGH, examples


def laws(number: int, *, costly: bool = False) -> settings:
    """So many examples, of which the profile takes its share, less of those that are `costly`
    (tests/profiles.py). Shrinking policies takes minutes:
    `thorough` does, the other profiles show what they met."""
    shrink = (Phase.shrink,) if THOROUGH else ()
    phases = (Phase.explicit, Phase.generate, *shrink)
    return settings(examples(number, costly=costly), phases=phases)


#: What a case is drawn from. Seeds give more different cases; draws that Hypothesis makes one
#: by one can be shrunk.
DRAWS: st.SearchStrategy[Random] = (
    st.randoms(use_true_random=False) if THOROUGH else st.integers(0, 2**64 - 1).map(Random)
)


@dataclass
class Case:
    """A policy, a date, a partial manifest, and what it is decided."""

    declarations: list[str]
    program: Program
    as_of: date
    manifest: Manifest
    openness: Openness
    decision: Decision = field(repr=False)

    def __str__(self) -> str:
        policy = "\n".join(self.declarations)
        return f"{policy}\n\nas of {self.as_of}: {self.manifest.project} {self.manifest.workloads}"

    def completion(self, rng: Random, keep: int) -> tuple[Manifest, Decision]:
        manifest = complete(self.manifest, self.openness, rng, keep)
        return manifest, decide(self.program, manifest, self.as_of)


def program_of(declarations: list[str]) -> Program:
    program, errors, _ = compile_policy("\n".join(declarations) + "\n")
    assert program is not None, [(str(e.place), e.message) for e in errors]
    return program


def draw_case(rng: Random, openness: int | None = None, workloads: int | None = None) -> Case:
    declarations = make_policy(rng)
    program = program_of(declarations)
    as_of = AS_OF[rng.randrange(len(AS_OF))]
    manifest = draw_manifest(rng, openness=openness, workloads=workloads)
    decision = decide(program, manifest, as_of)
    return Case(declarations, program, as_of, manifest, Openness(program), decision)


def draw_nested_case(rng: Random) -> Case:
    """The same with a deep tree of a few conditions."""
    declarations = make_nested_policy(rng)
    program = program_of(declarations)
    manifest = draw_manifest(rng, openness=85, workloads=1)
    decision = decide(program, manifest, AS_OF[1])
    return Case(declarations, program, AS_OF[1], manifest, Openness(program), decision)


#: All that a nested policy asks for.
NESTED = (
    Hole(0, ("quality_pct",)),
    Hole(0, ("needs", "explain")),
    Hole(-1, ("team", "people")),
)


def nested_completions(case: Case, rng: Random, count: int) -> Iterator[tuple[Manifest, Decision]]:
    """Completions of a nested case that fill what its policy asks for, and nothing else."""
    holes = [hole for hole in case.openness.holes(case.manifest) if hole in NESTED]
    for _ in range(count):
        manifest = case.manifest.copied()
        for hole in holes:
            values = case.openness.domain(case.manifest, hole).values
            fill(manifest, hole, copy.deepcopy(values[rng.randrange(len(values))]))
        yield manifest, decide(case.program, manifest, case.as_of)


def draw_gapped_case(rng: Random) -> tuple[Case, Decision]:
    """A policy that leaves much open, decided; and the same manifest under the policy with
    everything looked up."""
    declarations, gaps = make_gapped_policy(rng)
    open_ = blank(declarations, gaps)
    program = program_of(open_)
    manifest = draw_manifest(rng, openness=rng.randrange(50), workloads=1)
    decision = decide(program, manifest, AS_OF[1])
    whole = program_of(filled(declarations, fillings(gaps, rng)))
    completed = decide(whole, complete(manifest, Openness(program), rng, 30), AS_OF[1])
    return Case(open_, program, AS_OF[1], manifest, Openness(program), decision), completed


@cache
def pack() -> tuple[Program, World]:
    """The first real policy, and what its manifests may say."""
    root = resource_root()
    folder = root / "policies" / "aws-ml-selection" / "1.0.0"
    files = []
    for path in sorted(folder.glob("*.mlp")):
        source = Source(path.name, path.read_text("utf-8"))
        tree, faults = parse(source)
        assert not faults
        files.append((source, tree))
    ledgers = {}
    for path in sorted((folder / "sources").glob("*.yaml")):
        ledger, _ = load_ledger(path.read_bytes(), path.name)
        assert ledger is not None
        ledgers[path.stem] = ledger
    schema = json.loads((root / "schemas" / "mlproject.v1.schema.json").read_text("utf-8"))
    program, errors = check(files, schema=schema, ledgers=ledgers, digest="sha256:0")
    assert program is not None, errors
    return program, world_of(program)


def draw_pack_case(rng: Random) -> Case:
    program, world = pack()
    manifest = draw_manifest(rng, world, workloads=1)
    as_of = AS_OF[1]
    decision = decide(program, manifest, as_of)
    return Case([program.name], program, as_of, manifest, Openness(program, world), decision)
