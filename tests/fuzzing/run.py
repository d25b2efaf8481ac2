"""Throws made inputs at the engine, in this process, and says what goes wrong: an exception, an end
with 70, a success on broken input, more than `MOST_SECONDS` of computing, more than `MOST_MB` of
memory, an output that is unsafe. A run by number: the same seed makes the same inputs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mlpolicy.config import read_config
from mlpolicy.diagnostics import Diagnostic, Severity
from mlpolicy.ledger import load_ledger
from mlpolicy.manifest import load, load_waivers
from mlpolicy.measure import Metric, compute, measure
from mlpolicy.records import line_at, line_of, sealed
from mlpolicy.render.diagnostics import diagnostics_text
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.field.field_support import GIVEN, unsafe
from tests.fuzzing import made, packs, schemas

MOST_SECONDS = 5.0
MOST_MB = 500
#: So often a file goes through the whole command line, which takes a hundred times as long.
WHOLE = 0.01

PACKS = ("tests/field/given/tiny", "policies/aws-ml-selection/1.2.0")
FRAGMENTS = (PACKS[1], *(f"policies/{name}/1.0.0" for name in packs.EXTENSIONS))
MANIFESTS = ("tests/manifest/good/*.yaml", "tests/snapshots/manifests/*.yaml")


class TooLongError(BaseException):
    """An input took more computing than it may."""


@dataclass
class Found:
    """One thing that went wrong: what, with which input, and where it was kept."""

    kind: str
    seed: str
    what: str
    data: bytes


@dataclass
class Tally:
    """How much was tried, of each kind, and what was found."""

    tried: Counter[str] = field(default_factory=Counter)
    sound: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


Checked = tuple[bytes, Callable[[], bool]]


def said(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Is the input sound? What is said of it is printed, and must be safe."""
    shown = diagnostics_text(diagnostics)
    wrong = unsafe(shown)
    assert not wrong, f"unsafe output: {wrong[0]!r}"
    return not any(each.severity is Severity.ERROR for each in diagnostics)


# ── The kinds ────────────────────────────────────────────────────────────────────────────


def manifests(rng: Random) -> Checked:
    data = made.manifest(rng)
    if rng.random() < 0.3:
        data = made.bytes_changed(data, rng)
    return _manifest(data, rng)


def manifest_bytes(rng: Random) -> Checked:
    return _manifest(made.bytes_changed(rng.choice(made.seeds(*MANIFESTS)), rng), rng)


def _manifest(data: bytes, rng: Random) -> Checked:
    if rng.random() >= WHOLE:
        return data, lambda: said(load(data, "m.yaml", made.schema())[1])
    view = rng.choice((["check"], ["check", "--format", "json"], ["explain"], ["manifest", "full"]))

    def whole() -> bool:
        documents, faults = load(data, "m.yaml", made.schema())
        Path("m.yaml").write_bytes(data)
        policy = [] if view[0] == "manifest" else ["--policy", str(GIVEN / "tiny")]
        code = command([*view, "m.yaml", *policy])
        if any(each.severity is Severity.ERROR for each in faults) or not documents:
            assert code == 3, f"{view} ended with {code} on broken input"
        return code != 3

    return data, whole


def waivers(rng: Random) -> Checked:
    head = b"apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers:\n- {id: W-1, rule: above_need, "
    tail = b"reason: x, approved_by: a@b.co, expires_on: 2027-01-31, max_amount: 9, workload: w}\n"
    data = made.bytes_changed(head + tail, rng)
    return data, lambda: said(load_waivers(data, "w.yaml", made.schema())[1])


def policies(rng: Random) -> Checked:
    is_small = rng.random() < 0.97
    files = made.policy(rng, PACKS[0] if is_small else PACKS[1])
    data = b"\0".join(name.encode() + b"\n" + text for name, text in files.items())
    given = rng.choice(("batch.yaml", "small.yaml", "plan.yaml"))

    def check() -> bool:
        shutil.rmtree("p", ignore_errors=True)
        for name, text in files.items():
            path = Path("p") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        code = command(["policies", "check", "p"])
        assert code in (0, 1, 3), f"`policies check` ended with {code}"
        if code == 0:
            code = command(["check", str(GIVEN / given), "--policy", "p"])
            assert code in (0, 1, 2, 3), f"`check` ended with {code}"
            if is_small:  # the shipped policy has hundreds of tests, which take their time
                code = command(["test", "p"])
                assert code in (0, 1, 3), f"`test` ended with {code}"
            return True
        return False

    return data, check


def grown_by_grammar(rng: Random) -> Checked:
    """Small packs of several fields, changed by the grammar; see `packs.changed`."""
    return _policy(packs.changed(rng), rng)


def typed_policies(rng: Random) -> Checked:
    """Policies that are drawn type by type; see `packs.typed`."""
    return _policy(packs.typed(rng), rng)


def _policy(policy: packs.Changed, rng: Random) -> Checked:
    """All that is done with a policy; now and then by the command line, which must say the same."""
    whole = rng.random() < WHOLE

    def check() -> bool:
        program = packs.checked(policy)
        if program is not None:
            packs.decided(program, policy.pack, rng)
        if whole:
            shutil.rmtree("p", ignore_errors=True)
            packs.write(Path("p"), policy.files())
            code = command(["policies", "check", "p"])
            assert code in (0, 1, 3), f"`policies check` ended with {code}"
            assert code or program is not None, "`policies check` takes what has an error"
            if not code:
                code = command(["test", "p"])
                assert code in (0, 1, 3), f"`test` ended with {code}"
        return program is not None

    return policy.data, check


def extensions(rng: Random) -> Checked:
    """The shipped extensions, changed by the grammar, with their core."""
    policy = packs.extended(rng)

    def check() -> bool:
        program = packs.checked_with_core(policy)
        if program is not None:
            data = made.manifest(rng, slips=0)
            documents, _ = load(data, "m.yaml", policy.extension.schema)
            for document in documents[:1]:
                packs.both_ways(program, document, rng)
        return program is not None

    return policy.data, check


def extended_manifests(rng: Random) -> Checked:
    """Manifests over the shipped pack with an extension."""
    name = rng.choice(packs.EXTENSIONS)
    packs.code_with(name)  # it is made once, which is not the manifest's time
    data = made.manifest(rng, slips=rng.choice((0, 0, 0, 1)))
    return data, lambda: packs.manifest_decided(data, name, rng)


def fragments(rng: Random) -> Checked:
    """Files of the shipped policies, through the parser alone."""
    texts = made.pack(rng.choice(FRAGMENTS))
    name = rng.choice([each for each in texts if each.endswith(".mlp") and "/" not in each])
    pieces = texts[name].split("\n\n")
    begin = rng.randrange(len(pieces))
    text = made.tokens_changed("\n\n".join(pieces[begin : begin + 4]) or "policy", rng)
    return text.encode("utf-8", "replace"), lambda: said(parse(Source("p.mlp", text))[1])


def ledgers(rng: Random) -> Checked:
    data = made.bytes_changed(rng.choice(made.seeds(f"{PACKS[0]}/s.yaml")), rng)
    return data, lambda: said(load_ledger(data, "s.yaml")[1])


#: The policy that small manifests are judged by.
TINY = str(GIVEN / "tiny")

CONFIG = """\
policy = "aws-ml-selection@1"
as_of = "2026-11-22"
waivers = "w.yaml"
manifest_waivers = false
fail_on = ["block", "warn"]
log = "l.jsonl"
require_approval = true
[[approved]]
policy = "aws-ml-selection@1.2.0"
digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
by = "a@b.co"
on = 2026-11-22
"""


def configurations(rng: Random) -> Checked:
    """A good one changed byte by byte, or one made from its schema, alone or in a `pyproject.toml`;
    now and then it governs a repository."""
    table = rng.random() < 0.2
    if rng.random() < 0.4:
        data = made.bytes_changed(CONFIG.encode(), rng)
    else:
        value = schemas.made("configuration.v1.schema.json", rng)
        value = value if isinstance(value, dict) else {"policy": value}
        whole_ = {"tool": {"mlpolicy": value}} if table else value
        data = schemas.toml(whole_, rng).encode("utf-8", "surrogatepass")
        if rng.random() < 0.2:
            data = made.bytes_changed(data, rng)
    text = data.decode("utf-8", "replace")
    whole = rng.random() < WHOLE

    def check() -> bool:
        sound = said(read_config(Source("mlpolicy.toml", text), table=table)[1])
        if whole:
            _governed(data, table)
        return sound

    return data, check


def _governed(data: bytes, table: bool) -> None:
    """A repository that a configuration governs is checked, recorded and linted."""
    shutil.rmtree("repository", ignore_errors=True)
    (Path("repository") / ".git").mkdir(parents=True)
    shutil.copy(GIVEN / "plan.yaml", "repository/mlproject.yaml")
    name = "pyproject.toml" if table else "mlpolicy.toml"
    (Path("repository") / name).write_bytes(data)
    tiny = ["--policy", TINY]
    for asked in (
        ["check", "repository"],
        ["check", "repository", *tiny],
        ["waivers", "repository"],
    ):
        code = command(asked)
        assert code in (0, 1, 2, 3), f"`{asked[0]}` ended with {code}"


def records(rng: Random) -> Checked:
    """A line of a log changed byte by byte; or as a record, in parts made from its schema, and
    sealed again; now and then the log is verified and replayed with its store."""
    line = _record()
    if rng.random() < 0.4:
        data = made.bytes_changed(line, rng).replace(b"\n", b"")
    else:
        name = "record.v1.schema.json"
        whole_ = rng.random() < 0.3
        value = schemas.made(name, rng) if whole_ else schemas.changed(json.loads(line), name, rng)
        if isinstance(value, dict) and rng.random() < 0.9:
            value = sealed(value)
        data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    data += rng.choice((b"\n", b"\r\n", b""))
    whole = rng.random() < 2 * WHOLE

    def check() -> bool:
        sound = said(line_at(data, 1, "l.jsonl").faults)
        if whole:
            shutil.rmtree("l.jsonl.d", ignore_errors=True)
            shutil.copytree("seed.jsonl.d", "l.jsonl.d")
            Path("l.jsonl").write_bytes(data + rng.choice((b"", line)))
            for asked in (["record", "verify"], ["replay"], ["replay", "--current"]):
                code = command([*asked, "l.jsonl"])
                assert code in (0, 1, 3), f"`{' '.join(asked)}` ended with {code}"
                assert code or sound, f"`{' '.join(asked)}` takes a broken record"
        return sound

    return data, check


def _record() -> bytes:
    """A record, as it stands in a log; its store lies in the current folder. It was made at the
    same time in every run."""
    log = Path("seed.jsonl")
    if not log.exists():
        plan = str(GIVEN / "plan.yaml")
        command(
            ["record", "add", plan, "--policy", TINY, "--as-of", "2026-11-22", "--log", str(log)]
        )
        made_ = json.loads(log.read_bytes())
        whole = sealed({**made_, "recorded_at": "2026-11-22T10:00:00Z", "today": "2026-11-22"})
        log.write_bytes(line_of(whole))
    return log.read_bytes()


def tables(rng: Random) -> Checked:
    rows = "".join(f"{rng.choice('abc')},{rng.choice('abc')}\n" for _ in range(30))
    data = made.bytes_changed(f"truth,said\n{rows}".encode(), rng)
    return data, lambda: said(measure([data], "t.csv", truth="truth", predicted="said")[1])


#: Metrics of each kind of table but labels, with its heading and what its columns hold.
MEASURES: tuple[tuple[tuple[Metric, ...], str, tuple[str, ...]], ...] = (
    ((Metric.MAE, Metric.RMSE, Metric.MAPE, Metric.WAPE), "actual,forecast", ("amount", "amount")),
    ((Metric.WER, Metric.CER), "reference,transcript", ("words", "words")),
    ((Metric.AUC,), "label,score", ("label", "amount")),
    ((Metric.NDCG, Metric.MAP), "query,relevance,score", ("query", "grade", "amount")),
)


def measures(rng: Random) -> Checked:
    """Tables of amounts, transcripts, scores and rankings. Errors are 0 or more, shares 0 to 1."""
    metrics, heading, columns = rng.choice(MEASURES)
    rows = (",".join(made.cell(column, rng) for column in columns) for _ in range(20))
    data = "\n".join((heading, *rows, "")).encode("utf-8", "surrogatepass")
    if rng.random() < 0.5:
        data = made.bytes_changed(data, rng)
    at = rng.choice((None, None, 1, 3)) if "query" in columns else None
    positive = rng.choice(("", "", "yes")) if "label" in columns else ""

    def check() -> bool:
        found, told = compute(
            [data], "t.csv", metrics=metrics, columns={}, positive=positive, at=at
        )
        sound = said(told)
        assert sound is (found is not None)
        for figure in found.figures if found is not None else ():
            low, high = figure.bounds.low, figure.bounds.high
            assert 0 <= low <= high, f"{figure.metric} from {low} to {high}"
            assert figure.metric.lower_is_better or high <= 1, f"{figure.metric} is {high}"
        return sound

    return data, check


#: How often each comes: by what it costs, and by what it may find.
KINDS: dict[str, tuple[Callable[[Random], Checked], int]] = {
    "manifests": (manifests, 30),
    "manifest_bytes": (manifest_bytes, 20),
    "waivers": (waivers, 5),
    "policies": (policies, 10),
    "grammar": (grown_by_grammar, 30),
    "typed_policies": (typed_policies, 2),
    "extensions": (extensions, 1),
    "extended": (extended_manifests, 20),
    "fragments": (fragments, 10),
    "ledgers": (ledgers, 5),
    "configurations": (configurations, 10),
    "records": (records, 5),
    "tables": (tables, 5),
    "measures": (measures, 10),
}


# ── Running ──────────────────────────────────────────────────────────────────────────────


def command(arguments: list[str]) -> int:
    """The command line in this process; what it prints must be safe."""
    from mlpolicy.cli import main

    out, err = io.StringIO(), io.StringIO()
    code: object = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as left:
        code = left.code
    assert isinstance(code, int)
    assert code != 70, f"{arguments} ended with 70: {err.getvalue()[:2000]}"
    wrong = unsafe(out.getvalue() + err.getvalue())
    assert not wrong, f"unsafe output of {arguments}: {wrong[0]!r}"
    return code


def one(kind: str, number: str, tally: Tally) -> None:
    """Makes an input and tries it."""
    rng = Random(f"{kind}:{number}")
    data, check = KINDS[kind][0](rng)
    held, begun = _forget_peak(), time.process_time()
    what = ""
    try:
        with _at_most(4 * MOST_SECONDS):
            tally.sound[kind] += check()
    except TooLongError:
        what = f"more than {4 * MOST_SECONDS} s of computing"
    except Exception:
        what = traceback.format_exc(limit=-6)
    taken = time.process_time() - begun
    tally.tried[kind] += 1
    tally.slowest[kind] = max(taken, tally.slowest.get(kind, 0.0))
    if not what and taken > MOST_SECONDS:
        what = f"{taken:.1f} s of computing"
    used = _peak() - held
    if not what and used > MOST_MB:
        what = f"{used} MB of memory"
    if what:
        tally.found.append(Found(kind, number, what, data))


def _peak() -> int:
    """The most memory that this process had since `_forget_peak`, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _forget_peak() -> int:
    """The most memory is counted anew from what the process has now, which is returned, in MB: what
    it did before is not the input's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def own_folder() -> Iterator[None]:
    """A folder, a cache and a state of its own. The policies that inputs are judged by are checked
    once: what is tried is the input."""
    before = Path.cwd()
    names = ("MLPOLICY_NO_CACHE", "MLPOLICY_CACHE_DIR", "XDG_STATE_HOME")
    kept = {name: os.environ.pop(name, None) for name in names}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as own:
        os.chdir(folder)
        os.environ.update(MLPOLICY_CACHE_DIR=own, XDG_STATE_HOME=own)
        try:
            yield
        finally:
            os.chdir(before)
            for name, value in kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def fuzz(
    seed: str,
    *,
    seconds: float = 0,
    number: int = 0,
    only: tuple[str, ...] = (),
    most_found: int = 20,
) -> Tally:
    """Tries inputs for so many seconds of computing, or so many of them."""
    tally = Tally()
    kinds = only or tuple(KINDS)
    choose = Random(seed)
    weights = [KINDS[kind][1] for kind in kinds]
    begun = time.process_time()
    count = 0
    with own_folder(), contextlib.suppress(KeyboardInterrupt):  # what was tried until then is told
        while len(tally.found) < most_found:
            if (number and count >= number) or (seconds and time.process_time() - begun > seconds):
                break
            [kind] = choose.choices(kinds, weights)
            one(kind, f"{seed}-{count}", tally)
            count += 1
    return tally
