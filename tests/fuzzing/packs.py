"""The packs that the fuzzer changes, and what is done with one that was changed: all that the
engine does with a policy, from its text to what is printed of a decision."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from mlpolicy.backends.python.compiling import code_of
from mlpolicy.backends.python.runtime import Code
from mlpolicy.check.passes import Extending, check
from mlpolicy.core.decision import Decision
from mlpolicy.core.facts import Document
from mlpolicy.core.program import Extension, Program
from mlpolicy.decide import Context, decide
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.ledger import Ledger, load_ledger
from mlpolicy.manifest import load
from mlpolicy.render.check import Detail, check_text
from mlpolicy.render.diagnostics import diagnostics_text
from mlpolicy.render.json import decision_json
from mlpolicy.render.text import explain
from mlpolicy.schema import Schema, load_schema
from mlpolicy.session import Session
from mlpolicy.soundness import soundness
from mlpolicy.source import Source
from mlpolicy.starter import pack as starter
from mlpolicy.syntax import tree
from mlpolicy.syntax.concrete import Branch
from mlpolicy.syntax.parse import parse
from mlpolicy.testing import run_policy_tests
from tests.field.field_support import unsafe
from tests.fuzzing import made
from tests.fuzzing.grammar import Drawer, Pool, declarations_of, grammar, text_of
from tests.laws.choices import SCHEMA_TEXT
from tests.laws.generate import make_policy
from tests.scopes import SCOPES

CORE = "policies/aws-ml-selection/1.2.0"
EXTENSIONS = ("savings", "moving", "team")
#: The packs of other fields by their folder, and how often each is taken: by what it costs.
SMALL: Mapping[str, int] = {
    "tests/field/given/tiny": 20,
    "tests/packs/trip/1.0.0": 30,
    "benchmarks/parcels": 20,
    "starter": 20,
    "tests/policy/second_pack/1.0.0": 5,
    "tests/packs/household/1.0.0": 3,
    "tests/packs/ai-act/1.0.0": 3,
}
DAY = datetime.date(2026, 11, 22)


@dataclass(frozen=True)
class Pack:
    """A policy that is in order: its declarations, the tests among them apart; the text of every
    file; the schema of its manifests, its ledgers, and what it is written with."""

    name: str
    declarations: tuple[Branch, ...]
    tests: tuple[Branch, ...]
    files: Mapping[str, bytes]
    schema: Schema
    ledgers: Mapping[str, Ledger]
    kind: str
    api: str
    pool: Pool = field(repr=False)


@cache
def pack_at(folder: str) -> Pack:
    """The pack in a folder of the repository, or `starter`, the one that `new pack` makes."""
    if folder == "starter":
        made_ = starter("desk", "EUR")
        texts = {
            name.removeprefix("1.0.0/"): text.encode()
            for name, text in made_.items()
            if name.startswith("1.0.0/")
        }
    else:
        top = made.ROOT / folder
        texts = {
            path.relative_to(top).as_posix(): path.read_bytes()
            for path in sorted(top.rglob("*"))
            if path.suffix in (".mlp", ".yaml", ".json")
        }
    written = [
        branch
        for name, text in texts.items()
        if name.endswith(".mlp")
        for branch in declarations_of(text.decode())
    ]
    pool = Pool()
    pool.add(written)
    tests = tuple(each for each in written if kind_of(each) == "test")
    rest = tuple(each for each in written if kind_of(each) != "test")
    parsed = [_parsed(text_of(each)) for each in rest]
    decls = [each for _, file, _ in parsed for each in file.declarations]
    ledgers = {
        each.name.text: _ledger(texts[each.path])
        for each in decls
        if isinstance(each, tree.SourceDecl)
    }
    session = Session()
    [manifest] = [each for each in decls if isinstance(each, tree.ManifestDecl)]
    with TemporaryDirectory() as place:
        write(Path(place), texts)
        files, faults = session.find(place, DAY.isoformat())
        assert files is not None, faults
        program, faults = session.program(files)
        assert program is not None, faults
        schema, faults = session.schema(program, files.folder)
        assert schema is not None, faults
    api = manifest.api.text if manifest.api is not None else "mlpolicy.dev/v1"
    return Pack(folder, rest, tests, texts, schema, ledgers, manifest.kind.text, api, pool)


def _ledger(data: bytes) -> Ledger:
    ledger, faults = load_ledger(data, "s.yaml")
    assert ledger is not None, faults
    return ledger


def write(folder: Path, texts: Mapping[str, bytes]) -> None:
    """Writes files by their names below a folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def kind_of(declaration: Branch) -> str:
    """Of what kind a declaration is: the name of its rule in the grammar."""
    first = declaration.parts[0]
    return first.rule if isinstance(first, Branch) else declaration.rule


@lru_cache(4000)
def _parsed(text: str) -> tuple[Source, tree.File, tuple[Diagnostic, ...]]:
    source = Source("p.mlp", text)
    file, faults = parse(source)
    return source, file, faults


# ── Changed packs ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Changed:
    """A pack with other declarations, each a text of its own."""

    pack: Pack
    texts: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """What it is kept as, where something goes wrong."""
        return f"# {self.pack.name}\n".encode() + "".join(self.texts).encode("utf-8", "replace")

    def files(self) -> dict[str, bytes]:
        """All of its files."""
        rest = {name: text for name, text in self.pack.files.items() if not name.endswith(".mlp")}
        return {"policy.mlp": "".join(self.texts).encode("utf-8", "replace"), **rest}


def changed(rng: Random) -> Changed:
    """A small pack with some declarations that are changed by the grammar, or drawn by it."""
    [folder] = rng.choices(list(SMALL), list(SMALL.values()))
    pack = pack_at(folder)
    pool = pack.pool if rng.random() < 0.8 else _everything()
    drawer = Drawer(rng, pool)
    texts = [text_of(each) for each in pack.declarations]
    if pack.tests and rng.random() < 0.3:
        tests = rng.sample(pack.tests, min(2, len(pack.tests)))
        texts += [text_of(drawer.changed(each) if rng.random() < 0.5 else each) for each in tests]
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(texts))
        chance = rng.random()
        if chance < 0.55 and at < len(pack.declarations):
            texts[at] = text_of(drawer.changed(pack.declarations[at]))
        elif chance < 0.75:
            kinds = [name for way in grammar().rules["start"] for name, _ in way]
            texts.append(text_of(drawer.named(drawer.part(rng.choice(kinds)), f"g{at}")))
        elif chance < 0.85:
            donor = rng.choice(_everything().parts["start"])
            texts.append(text_of(drawer.changed(donor) if rng.random() < 0.5 else donor))
        elif chance < 0.9:
            texts[at] = made.tokens_changed(texts[at] or "a", rng)
        elif chance < 0.95:
            texts.append(made.grown(rng))
        else:
            del texts[at]
    return Changed(pack, tuple(texts))


@cache
def _everything() -> Pool:
    """What all packs are written with, those of the extensions among them."""
    pool = Pool()
    for folder in SMALL:
        pool.add(pack_at(folder).declarations)
    for name in EXTENSIONS:
        pool.add(extension(name).declarations)
    return pool


@cache
def _laws() -> Pack:
    ledger = (
        "name: guide\ntitle: A guide of nothing\n"
        f"document: {{file: g.txt, lines: '9', sha256: {0:064}}}\nclauses:\n"
        + "".join(
            f"- {{id: C{i}, lines: '{i}', kind: rule, text: what clause {i} says}}\n"
            for i in range(1, 6)
        )
    )
    files = {
        "laws.schema.json": SCHEMA_TEXT.encode(),
        "sources/guide.yaml": ledger.encode(),
    }
    ledgers = {"guide": _ledger(ledger.encode())}
    schema = load_schema(SCHEMA_TEXT, SCOPES)
    return Pack("laws", (), (), files, schema, ledgers, "MLProject", "mlpolicy.dev/v1", Pool())


def typed(rng: Random) -> Changed:
    """A policy drawn type by type, so that most of it is sound; some with parts that are others by
    the same rule of the grammar."""
    texts = [f"{each}\n" for each in make_policy(rng, size=1)]
    if rng.random() < 0.5:
        pool = Pool()
        branches = {at: declarations_of(texts[at]) for at in rng.sample(range(len(texts)), 12)}
        for each in branches.values():
            pool.add(each)
        drawer = Drawer(rng, pool)
        for at in rng.sample(list(branches), rng.choice((1, 1, 2))):
            texts[at] = "".join(text_of(drawer.changed(each)) for each in branches[at])
    return Changed(_laws(), tuple(texts))


# ── All that is done with a policy ───────────────────────────────────────────────────────


def is_sound(diagnostics: Sequence[Diagnostic]) -> bool:
    """Is nothing of it an error? What is said is printed, and must be safe."""
    safe(diagnostics_text(tuple(diagnostics)))
    return not any(each.severity is Severity.ERROR for each in diagnostics)


def safe(*texts: str) -> None:
    """What is printed can steer no terminal and no log."""
    for text in texts:
        wrong = unsafe(text)
        assert not wrong, f"unsafe output: {wrong[0]!r}"


def checked(policy: Changed) -> Program | None:
    """Its program, where nothing of it is an error."""
    parsed = [_parsed(text) for text in policy.texts]
    faults = [fault for _, _, found in parsed for fault in found]
    files = [(source, file) for source, file, _ in parsed]
    pack = policy.pack
    program, found = check(
        files, schema=pack.schema, ledgers=pack.ledgers, digest=f"sha256:{0:064}"
    )
    said = [*faults, *found]
    if program is not None:
        said += soundness(program)
    return program if is_sound(said) else None


def decided(program: Program, pack: Pack, rng: Random) -> None:
    """Decides made manifests by a program, in both ways, and prints what comes of it; runs the
    tests of the policy."""
    data = made.manifest(rng, pack.schema, api=pack.api, kind=pack.kind)
    documents, faults = load(data, "m.yaml", pack.schema)
    is_sound(faults)
    for document in documents[:1]:
        both_ways(program, document, rng)
    if program.tests:
        run_policy_tests(program, pack.schema)


def both_ways(program: Program, document: Document, rng: Random) -> None:
    """A document decided with an explanation, and now and then by the compiled form."""
    context = Context(as_of=DAY, today=DAY, explain=rng.random() < 0.5)
    decision = decide(program, document, context)
    if context.explain:
        safe(explain(decision, width=100))
    safe(check_text([decision], detail=Detail.ALL), decision_json(decision))
    if rng.random() < 0.3:
        code = Code(program, code_of(program))
        quick = decide(program, document, Context(as_of=DAY, today=DAY, explain=False), code)
        assert _told(quick) == _told(decision), "the compiled form decides otherwise"


def _told(decision: Decision) -> object:
    return (
        decision.verdict,
        [
            (each.name, each.status, str(each.choice and each.choice.outcome))
            for each in decision.workloads
        ],
        sorted((each.rule, each.state, each.level) for each in decision.findings),
    )


# ── The shipped pack with its extensions ─────────────────────────────────────────────────


@dataclass(frozen=True)
class Joined:
    """An extension: its declarations, and the shipped pack with and without it."""

    name: str
    declarations: tuple[Branch, ...]
    core: Sequence[tuple[Source, tree.File]]
    schema: Schema
    ledgers: Mapping[str, Ledger]
    program: Program
    whole: Program
    pool: Pool = field(repr=False)


@cache
def extension(name: str) -> Joined:
    """A shipped extension with its core."""
    session = Session()
    core, faults = session.find(str(made.ROOT / CORE), DAY.isoformat())
    assert core is not None, faults
    folder = str(made.ROOT / "policies" / name)
    both, faults = session.with_extensions(core, None, [folder], DAY.isoformat())
    assert both is not None, faults
    program, faults = session.program(core)
    assert program is not None, faults
    whole, faults = session.program(both)
    assert whole is not None, faults
    schema, faults = session.schema(program, core.folder)
    assert schema is not None, faults
    texts = [data.decode() for _, data in both.extensions[0].texts]
    written = tuple(each for text in texts for each in declarations_of(text))
    pool = Pool()
    pool.add(written)
    sources = [Source(file, data.decode()) for file, data in core.texts]
    trees = [(source, parse(source)[0]) for source in sources]
    ledgers = {
        path.stem: _ledger(path.read_bytes())
        for path in sorted((made.ROOT / CORE / "sources").glob("*.yaml"))
    }
    return Joined(name, written, trees, schema, ledgers, program, whole, pool)


@dataclass(frozen=True)
class Extended:
    """An extension with other declarations."""

    extension: Joined
    texts: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """What it is kept as, where something goes wrong."""
        return f"# {self.extension.name}\n".encode() + "".join(self.texts).encode()


def extended(rng: Random) -> Extended:
    """A shipped extension of which a declaration is changed by the grammar, or that has one of
    another pack besides."""
    found = extension(rng.choice(EXTENSIONS))
    texts = [text_of(each) for each in found.declarations]
    drawer = Drawer(rng, found.pool)
    for _ in range(rng.choice((1, 2))):
        at = rng.randrange(len(texts))
        if rng.random() < 0.85:
            texts[at] = text_of(drawer.changed(found.declarations[at]))
        else:
            texts.append(text_of(rng.choice(_everything().parts["start"])))
    return Extended(found, tuple(texts))


def checked_with_core(policy: Extended) -> Program | None:
    """The program of the shipped pack with such an extension."""
    found = policy.extension
    parsed = [_parsed(text) for text in policy.texts]
    faults = [fault for _, _, said in parsed for fault in said]
    trees = [(source, file) for source, file, _ in parsed]
    program, said = check(
        found.core,
        schema=found.schema,
        ledgers=found.ledgers,
        digest=f"sha256:{0:064}",
        extensions=[Extending(Extension(found.name, "1.0.0", f"sha256:{0:064}"), trees)],
        core=found.program,
    )
    if program is not None:
        said = (*said, *soundness(program))
    return program if is_sound([*faults, *said]) else None


@cache
def code_with(name: str) -> Code:
    """The compiled form of the shipped pack with an extension."""
    whole = extension(name).whole
    return Code(whole, code_of(whole))


def manifest_decided(data: bytes, name: str, rng: Random) -> bool:
    """A manifest decided by the shipped pack with an extension: by the compiled form, and now and
    then with an explanation, which says the same."""
    found, code = extension(name), code_with(name)
    documents, faults = load(data, "m.yaml", found.schema)
    sound = is_sound(faults) and bool(documents)
    for document in documents[:1]:
        quick = decide(code.program, document, Context(as_of=DAY, today=DAY, explain=False), code)
        safe(check_text([quick]))
        if rng.random() < 0.02:
            told = decide(code.program, document, Context(as_of=DAY, today=DAY))
            safe(explain(told, width=100), decision_json(told))
            assert _told(told) == _told(quick), "the compiled form decides otherwise"
    return sound
