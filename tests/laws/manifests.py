"""Manifests: partial ones, and what a partial one may turn out to be.

A manifest is held as plain data; `document` turns it into facts. A completion fills what is
open (absent without a meaning of its own, `unknown`, an estimate) and touches nothing that is
a statement: an input that the policy gives a meaning to when absent stays absent, an input
stated in one of its forms is not stated in another, and an entry is added to a list of
measurements only where no stated one is newer or answers the same question.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random

from mlpolicy.check.reads import reached
from mlpolicy.core.facts import (
    DECLARED_UNKNOWN,
    Document,
    Estimate,
    Fact,
    Waiver,
    Workload,
)
from mlpolicy.core.program import BestRow, Input, InputRef, InputSource, PathRef, Program
from mlpolicy.core.terms import Per
from mlpolicy.core.types import DateType, EnumType, FlagType, Quantity, SetOf
from mlpolicy.core.visit import walk
from mlpolicy.source import Place
from tests.laws.choices import INPUTS, LANGUAGES, MEMBERS, POINTS, POOL, TIERS
from tests.scopes import SCOPES

HERE = Place("manifest.yaml", 1, 1)
UNKNOWN = "unknown"
AS_OF = tuple(
    date.fromisoformat(d) for d in ("2025-10-15", "2026-02-01", "2026-06-15", "2027-03-31")
)
MEASURED = ("2024-06-30", "2025-01-10", "2025-09-01", "2025-10-15")
#: Behind every stated entry, by whatever they are chosen: what may be added without replacing one.
WEAKEST: Mapping[str, Plain] = {
    "measured_on": "2024-01-05",
    "sample_size": Fraction(1),
    "value_pct": Fraction(0),
    "p99_ms": Fraction(0),
}

#: Fields of a workload that state one fact: only one of them is written.
FORMS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("per_month",), ("per_day",)),
    (("volume", "requests_per_month"), ("volume", "requests_per_day")),
    (("usage", "recommendation_requests_per_month"), ("volume", "requests_per_month")),
    (("usage", "minutes_per_month"), ("usage", "calls_per_month")),
)

Path = tuple[str, ...]
Plain = bool | Fraction | str | Estimate | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True)
class Domain:
    """What a field may hold: `values` to draw from, and whether an estimate may stand there."""

    values: tuple[Plain, ...]
    number: bool = False
    whole: bool = False


def _numbers(unit: str, whole: bool = False) -> Domain:
    return Domain(tuple(Fraction(v) for v in POOL[unit]), number=True, whole=whole)


def _subsets(of: tuple[str, ...]) -> Domain:
    sets: list[Plain] = []
    for i in range(2 ** len(of)):
        sets.append([m for j, m in enumerate(of) if i >> j & 1])
    return Domain(tuple(sets))


def _domain(of: str) -> Domain:
    if of == "flag":
        return Domain((True, False))
    if of in MEMBERS:
        return Domain(MEMBERS[of])
    if of == "set of region":
        return _subsets(MEMBERS["region"])
    if of == "set of text":
        return _subsets(LANGUAGES)
    if of in POINTS:
        return Domain(POINTS[of])
    if of == "text":
        return Domain(("north", "south"))
    return _numbers(of, whole=of in ("person", "month"))


def _fields() -> dict[str, dict[Path, Domain]]:
    fields: dict[str, dict[Path, Domain]] = {"project": {}, "workload": {}}
    for of, path in INPUTS.values():
        scope, *steps = path.split(".")
        fields[scope][tuple(steps)] = _domain(of)
    fields["project"]["timeline", "weeks"] = Domain(
        (Fraction(0), Fraction(4), Fraction(9)), True, True
    )
    fields["workload"]["latency_ms",] = _numbers("ms")
    fields["workload"]["per_month",] = _numbers("request/month", whole=True)
    fields["workload"]["per_day",] = Domain((Fraction(0), Fraction(40), Fraction(900)), True, True)
    for tier in TIERS[1:]:
        fields["workload"]["costs", tier, "dev_usd"] = _numbers("USD")
        fields["workload"]["costs", tier, "monthly_usd"] = _numbers("USD/month")
    return fields


@dataclass(frozen=True)
class World:
    """What manifests of one kind may say: the fields of the project and of a workload, and
    those of an entry of `measurements` besides its keys."""

    fields: Mapping[str, Mapping[Path, Domain]]
    entry: Mapping[str, Domain]
    systems: tuple[str, ...]
    metrics: tuple[str, ...]
    prices: bool = False


#: What the generated policies read.
SMALL = World(
    _fields(),
    {"value_pct": _numbers("%"), "p99_ms": _numbers("ms"), "measured_on": Domain(MEASURED)},
    MEMBERS["product"],
    MEMBERS["metric"],
    prices=True,
)


def world_of(program: Program) -> World:
    """What manifests for a given policy may say, as its inputs tell."""
    fields: dict[str, dict[Path, Domain]] = {"project": {}, "workload": {}}
    for declared in program.inputs.values():
        for source in declared.sources:
            for ref in source.paths:
                for path in _expand(declared, ref):
                    fields[ref.scope.word][path] = _domain_of(ref, declared)
    columns = next(iter(program.records.values())).columns
    metrics = columns["metric"].type
    systems = program.attributes["service"]
    assert isinstance(metrics, EnumType)
    assert isinstance(systems, EnumType)
    return World(
        fields,
        {
            "value_pct": Domain(tuple(Fraction(v) for v in (50, 84, 85, 90, 96)), True),
            "sample_size": Domain(tuple(Fraction(v) for v in (50, 200, 1500)), True, True),
            "measured_on": Domain(MEASURED),
            "p99_ms": Domain(tuple(Fraction(v) for v in (5, 90, 400)), True),
        },
        systems.members,
        metrics.members[:4],
    )


def _domain_of(path: PathRef, declared: Input) -> Domain:
    match path.type:
        case FlagType():
            return Domain((True, False))
        case EnumType(members=members):
            if isinstance(declared.type, EnumType):
                members = tuple(m for m in members if m in declared.type.members)
            return Domain(members)
        case SetOf(element=EnumType(members=members)):
            return _subsets(members[:3])
        case SetOf():
            return _subsets(("en", "xx"))
        case DateType(grain):
            return Domain(POINTS[grain.value][2:4])
        case Quantity(unit=unit):
            values = [Fraction(v) for v in (1, 5, 9, 50, 99, 300, 20000, 10**9)]
            low, high = declared.low, declared.high
            if any(not isinstance(s.value, PathRef) for s in declared.sources):
                low, high = Fraction(0), None
            inside = [
                v
                for v in (Fraction(0), *values)
                if (low is None or v * unit.scale > low or (v * unit.scale == low))
                and not (declared.low_open and v == 0)
                and (high is None or v * unit.scale <= high)
            ]
            return Domain(tuple(inside), True, True)
        case _:
            return Domain(("north", "south"))


@dataclass
class Manifest:
    """One manifest as plain data. `workloads` hold their own fields with `name`."""

    project: dict[str, Plain]
    workloads: list[dict[str, Plain]]
    waivers: tuple[Waiver, ...] = ()

    def copied(self) -> Manifest:
        return Manifest(copy.deepcopy(self.project), copy.deepcopy(self.workloads), self.waivers)

    def root(self, where: int) -> dict[str, Plain]:
        """The project (-1), or a workload by its number."""
        return self.project if where < 0 else self.workloads[where]


def get(root: Mapping[str, Plain], path: Path) -> Plain | None:
    here: Plain | None = dict(root)
    for step in path:
        if not isinstance(here, dict):
            return None
        here = here.get(step)
    return here


def put(root: dict[str, Plain], path: Path, value: Plain | None) -> None:
    for step in path[:-1]:
        inner = root.setdefault(step, {})
        assert isinstance(inner, dict)
        root = inner
    if value is None:
        root.pop(path[-1], None)
    else:
        root[path[-1]] = value


# ── As facts ─────────────────────────────────────────────────────────────────────────────


def fact(value: Plain) -> Fact:
    if isinstance(value, dict):
        return Fact({k: fact(v) for k, v in value.items()}, HERE, HERE)
    if isinstance(value, list):
        return Fact(tuple(fact(v) for v in value), HERE, HERE)
    if isinstance(value, str) and value == UNKNOWN:
        return Fact(DECLARED_UNKNOWN, HERE, HERE)
    return Fact(value, HERE, HERE)


def document(manifest: Manifest) -> Document:
    workloads = tuple(Workload(str(w["name"]), fact(w)) for w in manifest.workloads)
    return Document(
        file="manifest.yaml",
        digest="sha256:0",
        kind="MLProject",
        name="generated",
        policy=None,
        decision_date=None,
        project=fact(manifest.project),
        workloads=workloads,
        waivers=manifest.waivers,
        scopes=SCOPES,
    )


def plain(value: Plain) -> object:
    """For a YAML writer: numbers as decimals in text are the caller's to keep exact."""
    if isinstance(value, Estimate):
        return {"low": _number(value.low), "high": _number(value.high)}
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


# ── Drawing a manifest ───────────────────────────────────────────────────────────────────


def draw_value(rng: Random, domain: Domain) -> Plain:
    return copy.deepcopy(domain.values[rng.randrange(len(domain.values))])


def draw_estimate(rng: Random, domain: Domain) -> Estimate:
    numbers = [v for v in domain.values if isinstance(v, Fraction)]
    i = rng.randrange(len(numbers) - 1)
    j = rng.randrange(i + 1, len(numbers))
    return Estimate(numbers[i], numbers[j])


def _maybe(rng: Random, domain: Domain, openness: int) -> Plain | None:
    """A value, or one of the ways not to know it."""
    draw = rng.randrange(100)
    if draw >= openness:
        return draw_value(rng, domain)
    if draw < openness // 5:
        return UNKNOWN
    if domain.number and draw < openness // 2:
        return draw_estimate(rng, domain)
    return None


def draw_manifest(  # noqa: C901 (a step for each part of a manifest)
    rng: Random,
    world: World = SMALL,
    openness: int | None = None,
    workloads: int | None = None,
) -> Manifest:
    """A partial manifest; `openness` is how many of a hundred fields are open."""
    if openness is None:
        openness = (10, 30, 60)[rng.randrange(3)]
    if workloads is None:
        workloads = (1, 1, 2, 3)[rng.randrange(4)]
    project: dict[str, Plain] = {}
    for path, domain in world.fields["project"].items():
        put(project, path, _maybe(rng, domain, openness))
    if get(project, ("business", "value_of_quality_gain_usd_per_year")) is not None:
        forms: list[Path] = [("value_of_quality_gain_usd_per_year",)]
    else:
        forms = []
    for target in ("target", "target_date"):  # one fact, one form
        if get(project, ("timeline", target)) is not None:
            put(project, ("timeline", "weeks"), None)
    if world.prices and rng.randrange(4) == 0:
        project["prices"] = [
            {"item": "ia", "up_to": Fraction(100), "each_usd": Fraction(1, 2)},
            {"item": "ia", "each_usd": Fraction(1, 4)},
        ]
    made: list[dict[str, Plain]] = []
    for i in range(workloads):
        workload: dict[str, Plain] = {"name": f"w{i}"}
        for path, domain in world.fields["workload"].items():
            put(workload, path, _maybe(rng, domain, openness))
        for form in forms:
            put(workload, form, None)
        for first, *others in FORMS:
            if get(workload, first) is not None:
                for other in others:
                    put(workload, other, None)
        if i and rng.randrange(2):
            workload["depends_on"] = [f"w{rng.randrange(i)}"]
        entries: list[Plain] = []
        for _ in range(rng.randrange(3)):
            entry: dict[str, Plain] = {
                "system": world.systems[rng.randrange(len(world.systems))],
                "metric": world.metrics[rng.randrange(len(world.metrics))],
            }
            for name, domain in world.entry.items():
                value = _maybe(rng, domain, openness // 2)
                if value is not None and not (name == "p99_ms" and isinstance(value, Estimate)):
                    entry[name] = value
            entries.append(entry)
        if entries or rng.randrange(2):
            workload["measurements"] = entries
        made.append(workload)
    return Manifest(project, made)


# ── What is open, and how it may be filled ───────────────────────────────────────────────


@dataclass(frozen=True)
class Hole:
    """A place that a completion may fill: `where` as in `Manifest.root`; inside a list of
    measurements `entry` counts from 0, else it is -1."""

    where: int
    path: Path
    entry: int = -1


def _is_open(value: Plain | None) -> bool:
    return value is None or value == UNKNOWN or isinstance(value, Estimate)


def _expand(declared: Input, path: PathRef) -> Iterator[Path]:
    if any(step.startswith("{") for step in path.steps):
        assert declared.key is not None
        for member in declared.key.members:
            yield tuple(member if s.startswith("{") else s for s in path.steps)
    else:
        yield path.steps


def _read_by(source: InputSource, program: Program) -> list[PathRef]:
    """The fields that one written form of an input rests on, through other inputs too."""
    return [e for e in reached([source.value], program) if isinstance(e, PathRef)]


class Openness:
    """Which paths a program lets a completion fill."""

    def __init__(self, program: Program, world: World = SMALL) -> None:
        self.program = program
        self.world = world
        #: The columns of which it counts as said that an entry does not state them.
        self.stating = {
            name
            for part in (program.defines, program.trees, program.rules, program.shortlists)
            for node in walk(*part.values())
            if isinstance(node, BestRow)
            for name in node.stating
        }
        #: per (scope, path): the (input, its other forms) that read it.
        self.readers: dict[tuple[str, Path], list[tuple[Input, str]]] = {}
        for declared in program.inputs.values():
            for source in declared.sources:
                for ref in _read_by(source, program):
                    for path in _expand(declared, ref):
                        key = ""
                        for step, real in zip(ref.steps, path, strict=True):
                            if step.startswith("{"):
                                key = real
                        self.readers.setdefault((ref.scope.word, path), []).append((declared, key))

    def holes(self, manifest: Manifest) -> list[Hole]:
        found: list[Hole] = []
        for where in range(-1, len(manifest.workloads)):
            scope = "project" if where < 0 else "workload"
            for path in self.world.fields[scope]:
                value = get(manifest.root(where), path)
                if _is_open(value) and not self._is_said(manifest, where, scope, path):
                    found.append(Hole(where, path))
            if where >= 0:
                entries = manifest.root(where).get("measurements", [])
                assert isinstance(entries, list)
                for i, entry in enumerate(entries):
                    assert isinstance(entry, dict)
                    found += [
                        Hole(where, (n,), i)
                        for n in self.world.entry
                        if _is_open(entry.get(n)) and not (n in self.stating and n not in entry)
                    ]
        return found

    def _is_said(self, manifest: Manifest, where: int, scope: str, path: Path) -> bool:
        """Would filling it contradict a statement: another form that is stated, or an absence
        that the policy gives a meaning to?"""
        if path == ("group",) and get(manifest.root(where), path) is None:
            return True  # to share with nobody is said by not naming a group
        for declared, key in self.readers.get((scope, path), ()):
            own = where >= 0 or declared.per is Per.SHARED
            roots = [where] if own else range(len(manifest.workloads))
            for root in roots:
                if self._input_is_said(manifest, root, declared, key, scope, path):
                    return True
        return False

    def _input_is_said(
        self,
        manifest: Manifest,
        where: int,
        declared: Input,
        key: str,
        scope: str,
        path: Path,
    ) -> bool:
        declared_unknown = False
        for source in declared.sources:
            values = []
            mine = False
            for ref in _read_by(source, self.program):
                steps = tuple(key if s.startswith("{") else s for s in ref.steps)
                root = manifest.project if not ref.scope.is_each else manifest.root(where)
                values.append(get(root, steps))
                mine = mine or (ref.scope.word == scope and steps == path)
            declared_unknown = declared_unknown or UNKNOWN in [
                v for v in values if isinstance(v, str)
            ]
            if not mine and values and all(v is not None and v != UNKNOWN for v in values):
                return True
            if mine and values and all(v is not None and v != UNKNOWN for v in values):
                return False
        if declared.absent is None or declared_unknown:
            return False
        guard = declared.absent.when
        if guard is None or not isinstance(guard, InputRef):
            return True
        flag = self.program.inputs[guard.name].sources[0].paths[0]
        root = manifest.project if not flag.scope.is_each else manifest.root(where)
        return get(root, flag.steps) is True

    def domain(self, manifest: Manifest, hole: Hole) -> Domain:
        """What may stand at a hole."""
        if hole.entry >= 0:
            whole = self.world.entry[hole.path[0]]
            entries = manifest.root(hole.where)["measurements"]
            assert isinstance(entries, list)
            entry = entries[hole.entry]
            assert isinstance(entry, dict)
            value = entry.get(hole.path[0])
        else:
            whole = self.world.fields["project" if hole.where < 0 else "workload"][hole.path]
            value = get(manifest.root(hole.where), hole.path)
        if not isinstance(value, Estimate):
            return whole
        inside = {
            v for v in whole.values if isinstance(v, Fraction) and value.low <= v <= value.high
        }
        inside |= {value.low, value.high}
        middle = (value.low + value.high) / 2
        inside.add(Fraction(int(middle)) if whole.whole else middle)
        return Domain(
            tuple(sorted(v for v in inside if value.low <= v <= value.high)), True, whole.whole
        )


def fill(manifest: Manifest, hole: Hole, value: Plain | None) -> None:
    if hole.entry < 0:
        put(manifest.root(hole.where), hole.path, value)
        return
    entries = manifest.root(hole.where)["measurements"]
    assert isinstance(entries, list)
    entry = entries[hole.entry]
    assert isinstance(entry, dict)
    if value is None:
        entry.pop(hole.path[0], None)
    else:
        entry[hole.path[0]] = value


def complete(manifest: Manifest, openness: Openness, rng: Random, keep: int = 20) -> Manifest:
    """One completion; `keep` of a hundred holes are left as they are (knowing a little more
    is a completion too), estimates are sometimes only narrowed."""
    made = manifest.copied()
    holes = openness.holes(made)
    rng.shuffle(holes)
    for hole in holes:
        if hole not in openness.holes(made) or rng.randrange(100) < keep:
            continue
        domain = openness.domain(made, hole)
        numbers = [v for v in domain.values if isinstance(v, Fraction)]
        if (
            domain.number
            and len(numbers) > 1
            and rng.randrange(8) == 0
            and hole.path != ("p99_ms",)
        ):
            fill(made, hole, draw_estimate(rng, domain))
        else:
            fill(made, hole, draw_value(rng, domain))
    for where in range(len(made.workloads)):
        if rng.randrange(2):
            add_entry(made, where, rng, openness.world)
    return made


def add_entry(manifest: Manifest, where: int, rng: Random, world: World) -> None:
    """States a measurement that is missing: of a pair that no entry has, behind all
    others."""
    workload = manifest.root(where)
    entries = workload.setdefault("measurements", [])
    assert isinstance(entries, list)
    stated = [e for e in entries if isinstance(e, dict)]
    if any(_is_open(e.get(name)) for e in stated for name in world.entry):
        return  # that one might turn out to be the weaker one
    pairs = {(e["system"], e["metric"]) for e in stated}
    free = [(s, m) for s in world.systems for m in world.metrics if (s, m) not in pairs]
    if not free:
        return
    system, metric = free[rng.randrange(len(free))]
    added: dict[str, Plain] = {"system": system, "metric": metric}
    for name, domain in world.entry.items():
        weakest = WEAKEST.get(name)
        added[name] = draw_value(rng, domain) if weakest is None else weakest
    entries.append(added)


def every_completion(manifest: Manifest, openness: Openness, limit: int) -> list[Manifest] | None:
    """All completions over the pools, where there are no more than `limit`."""
    waiting = [manifest.copied()]
    done: list[Manifest] = []
    while waiting:
        here = waiting.pop()
        holes = openness.holes(here)
        if not holes:
            done.append(here)
        else:
            for value in openness.domain(here, holes[0]).values:
                further = here.copied()
                fill(further, holes[0], copy.deepcopy(value))
                waiting.append(further)
        if len(waiting) + len(done) > limit:
            return None
    return done
