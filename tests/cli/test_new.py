"""`mlpolicy new`: what it writes passes everything, and nothing is written over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mlpolicy.core.facts import Document, Fact, Workload
from mlpolicy.render.written import silent, written_test
from mlpolicy.resources import resource_root
from mlpolicy.source import Place
from tests.command_support import in_process
from tests.profiles import DEEP
from tests.scopes import SCOPES

ROOT = resource_root()
PLACE = Place("m.yaml", 1, 1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_a_new_pack_passes_all_that_has_to_hold() -> None:
    ran = in_process("new", "pack", "travel-requests", "--currency", "CHF")
    assert ran.code == 0
    told = [line.removeprefix("wrote ") for line in ran.out.splitlines() if "wrote" in line]
    assert {path for path in told if Path(path).is_file()} == set(told)
    verified = in_process("verify", "travel-requests", "--coverage", "100")
    assert verified.code == 0, verified.out
    noticed = in_process("mutate", "./travel-requests", "--fail-under", "100")
    assert noticed.code == 0, noticed.out
    checked = in_process("check", "travel-requests/example.yaml", "--policy", "./travel-requests")
    assert checked.code == 2
    assert "1,020.00 CHF are asked for" in checked.out


#: What an extension may be begun for: a name, what its rule is called, and where it is.
CORES = [
    pytest.param("./desk", "1.0.0", "busy", "busy", "busy", id="beside its core"),
    pytest.param("packs/desk", "1.0.0", "busy-days", "busy_days", "packs/busy-days", id="there"),
    pytest.param("./desk", "1.0.0", "small", "small_2", "small", id="a name that is taken"),
    pytest.param("aws-ml-selection", "1.2.0", "more", "more", "more", marks=pytest.mark.deep),
]


@pytest.mark.slow
@pytest.mark.parametrize(("core", "version", "name", "rule", "folder"), CORES)
def test_a_new_extension_passes_all_that_has_to_hold(
    core: str, version: str, name: str, rule: str, folder: str
) -> None:
    if "desk" in core:
        in_process("new", "pack", "desk", "--into", core)
    ran = in_process("new", "pack", name, "--extends", core, version)
    assert ran.code == 0, ran
    told = {line.removeprefix("wrote ") for line in ran.out.splitlines() if "wrote" in line}
    assert told == {path.as_posix() for path in Path(folder).rglob("*") if path.is_file()}
    assert in_process("policies", "check", f"./{folder}").code == 0
    assert "2 passed, 0 failed" in in_process("test", f"./{folder}").out
    verified = in_process("verify", folder)
    assert (verified.code, "all of it holds" in verified.out) == (0, True), verified.out
    ran = in_process(
        "check", f"{folder}/example.yaml", "--policy", f"./{folder}", "--format", "json"
    )
    fired = {
        each["rule"] for each in ran.json["decisions"][0]["findings"] if each["state"] == "fired"
    }
    assert rule in fired


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--extends", "./desk", "2.0.0"), "`./desk` is `desk 1.0.0`"),
        (("--extends", "./gone", "1.0.0"), "gone"),
        (("--extends", "./busy", "1.0.0"), "`busy` is an extension itself; name `desk`"),
        (("--extends", "./desk", "1.0.0", "--currency", "CHF"), "goes without `--extends`"),
        (("--extends", "./desk", "1.0.0", "--into", "busy"), "`busy` is there already"),
    ],
)
def test_an_extension_that_cannot_be_begun_is_told_why_and_not_written(
    args: tuple[str, ...], said: str
) -> None:
    in_process("new", "pack", "desk")
    in_process("new", "pack", "busy", "--extends", "./desk", "1.0.0")
    ran = in_process("new", "pack", "more", *args)
    assert (ran.code, said in ran.err) == (3, True), ran
    assert not Path("more").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "household, person in persons",
        "trip,item   in items",
        "department_of_purchasing, purchase_order in all_purchase_orders",
        "b, a in n",
    ],
)
def test_a_new_pack_is_in_the_words_of_its_author(words: str) -> None:
    assert in_process("new", "pack", "mine", "--of", words).code == 0
    shared, each, listed = words.replace(",", " ").replace(" in ", " ").split()
    text = Path("mine/1.0.0/policy.mlp").read_text()
    assert f"of {shared}, {each} in {listed}\n" in text
    texts = [path.read_text() for path in Path("mine").rglob("*") if path.is_file()]
    assert len(texts) == 5
    assert not [text for text in texts if "request" in text or "batch" in text]
    verified = in_process("verify", "mine", "--coverage", "100")
    assert verified.code == 0, verified.out
    checked = in_process("check", "mine/example.yaml", "--policy", "./mine")
    assert "1,020.00 EUR are asked for" in checked.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("person", "`person` are not three words"),
        ("person, persons", "are not three words"),
        ("a, a in many", "both scopes are called `a`"),
        ("batch, request in budget", "the policy would not be sound"),
        ("Batch, request in requests", "are not three words"),
        ("batch, if in ifs", "the policy would not be sound"),
    ],
)
def test_words_that_make_no_policy_are_refused_and_nothing_is_written(
    words: str, said: str
) -> None:
    ran = in_process("new", "pack", "mine", "--of", words)
    assert ran.code == 3, ran
    assert said in ran.err
    assert not Path("mine").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rule", "table", "test"])
def test_a_skeleton_is_sound_where_it_is_put(kind: str) -> None:
    in_process("new", "pack", "parcels")
    skeleton = in_process("new", kind, "more").out
    file = Path("parcels/1.0.0") / ("tests/first.mlp" if kind == "test" else "policy.mlp")
    file.write_text(f"{file.read_text()}\n{skeleton}")
    assert in_process("policies", "check", "./parcels").code == 0
    assert in_process("test", "./parcels").code == 0
    assert in_process("fmt", "--check", "parcels").code == 0


THE_CORE = pytest.param("aws-ml-selection/1.2.0", marks=pytest.mark.deep)
PACKS = ("packs/trip", "packs/household", "packs/ai-act", "policy/second_pack", "policy/dmn")


@pytest.mark.slow
@pytest.mark.parametrize(
    "pack", [*PACKS, pytest.param("aws-ml-selection/1.2.0", marks=pytest.mark.deep)]
)
def test_a_skeleton_speaks_in_the_words_of_the_policy_that_it_is_for(pack: str) -> None:
    shipped = pack.startswith("aws")
    version = Path("pack") / (Path(pack).name if shipped else "1.0.0")
    from_ = ROOT / ("policies" if shipped else "tests") / pack
    shutil.copytree(from_, version if shipped else "pack")
    if shipped:  # to check its hundreds of tests takes long, and is not asked here
        shutil.rmtree(version / "tests")
    begun = {"rule": "one-more", "table": "another", "test": "begun here"}
    said = {kind: in_process("new", kind, begun[kind], "--policy", "./pack") for kind in begun}
    for kind, ran in said.items():
        assert (ran.code, ran.err) == (0, "")
        words = ("request", "amount", "handbook", "EUR")
        assert not [word for word in words if word in ran.out], ran.out
        file = (version / "tests" if kind == "test" else version) / f"new_{kind}.mlp"
        file.parent.mkdir(exist_ok=True)
        file.write_text(ran.out)
        assert in_process("fmt", "--check", str(file)).code == 0
    assert in_process("policies", "check", "./pack").code == 0
    ran = in_process("test", "./pack", "-k", "begun here")
    assert "1 passed, 0 failed" in ran.out, ran.out


@pytest.mark.slow
def test_a_skeleton_is_for_the_policy_of_the_configuration() -> None:
    in_process("new", "pack", "trips", "--currency", "CHF", "--of", "firm, journey in journeys")
    assert "request.amount = 500" in in_process("new", "test", "a").out
    Path("mlpolicy.toml").write_text('policy = "trips"\n')
    ran = in_process("new", "test", "a")
    assert "    journey." in ran.out, ran
    assert "request" not in ran.out
    assert "journey" in in_process("new", "rule", "a").out
    Path("mlpolicy.toml").write_text('policy = "tripps"\n')
    ran = in_process("new", "rule", "a")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("error[") == 1


def test_a_line_that_cannot_be_read_does_not_make_a_test_one_that_expects_nothing() -> None:
    in_process("new", "pack", "parcels")
    file = Path("parcels/1.0.0/tests/first.mlp")
    whole = file.read_text()
    file.write_text(f'{whole}\ntest "a"\n  expect over_budget does not apply\n')
    ran = in_process("test", "./parcels")
    assert (ran.code, ran.err.count("error[")) == (3, 1), ran.err
    assert "help: write `does_not_apply`" in ran.err
    file.write_text(f'{whole}\ntest "a"\n  as_of 2026-06-01\ntest "b"\n  expect decided\n')
    ran = in_process("test", "./parcels")
    assert (ran.code, ran.err.count("error[MLP0421]")) == (3, 1), ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("parcels",), "`parcels` is there already"),
        (("Parcels",), "`Parcels` is no name of a policy"),
        (("../out",), "is no name of a policy"),
        (("other", "--currency", "euro"), "`euro` is no currency"),
        (("other", "--into", "file"), "`file` is there already"),
    ],
)
def test_nothing_is_written_over_and_a_name_is_a_name(args: tuple[str, ...], said: str) -> None:
    Path("parcels").mkdir()
    Path("parcels/mine").write_text("mine")
    Path("file").write_text("mine")
    ran = in_process("new", "pack", *args)
    assert (ran.code, said in ran.err) == (3, True), ran.err
    assert sorted(path.name for path in Path().rglob("*")) == ["file", "mine", "parcels"]


# ── A test from what is there ────────────────────────────────────────────────────────────

MANIFESTS = sorted(
    path
    for folder in ("scenarios", "hybrid", "cases", "costs")
    for path in (ROOT / "tests" / "policy" / folder).glob("*.mlproject.yaml")
)
WHOLE = "aws-ml-selection@1.2.0"


@pytest.mark.sweep
@pytest.mark.slow
def test_what_is_written_from_a_manifest_passes() -> None:
    pack = Path(shutil.copytree(ROOT / "policies" / "aws-ml-selection" / "1.2.0", "pack/1.2.0"))
    for file in (pack / "tests").iterdir():
        file.unlink()
    assert len(MANIFESTS) > 10
    files = MANIFESTS if DEEP else MANIFESTS[::4]
    for number, file in enumerate(files):
        ran = in_process("new", "test", f"t{number}", "--from", str(file), "--policy", WHOLE)
        assert ran.code == 0, ran.err
        assert "expect " in ran.out
        (pack / "tests" / f"t{number}.mlp").write_text(ran.out)
    ran = in_process("test", "./pack")
    assert ran.code == 0, ran.out
    assert f"{len(files)} passed, 0 failed" in ran.out
    assert in_process("fmt", "--check", "pack/1.2.0/tests").code == 0


def _parcels() -> None:
    in_process("new", "pack", "parcels")


@pytest.mark.slow
def test_a_test_from_a_manifest_states_it_and_expects_what_is_decided() -> None:
    _parcels()
    ran = in_process(
        "new", "test", 'the "first"', "--from", "parcels/example.yaml", "--policy", "./parcels"
    )
    assert ran.code == 0, ran.err
    assert ran.out.startswith('test "the \\"first\\""\n  as_of ')
    Path("parcels/1.0.0/tests/more.mlp").write_text(ran.out)
    assert in_process("test", "./parcels", "-k", "first").code == 0
    assert in_process("mutate", "./parcels").code == 0


@pytest.mark.slow
def test_a_test_from_a_record_expects_what_was_decided_then() -> None:
    _parcels()
    added = in_process(
        "record", "add", "parcels/example.yaml", "--policy", "./parcels", "--log", "log.jsonl"
    )
    assert Path("log.jsonl").is_file(), added
    ran = in_process("new", "test", "then", "--from", "log.jsonl")
    same = in_process("new", "test", "then", "--from", "log.jsonl", "--record", "1")
    assert (ran.code, ran.out) == (0, same.out), ran.err
    today = in_process(
        "new", "test", "then", "--from", "parcels/example.yaml", "--policy", "./parcels"
    )
    assert ran.out == today.out
    policy = Path("parcels/1.0.0/policy.mlp")
    policy.write_text(policy.read_text().replace("expires", "expired"))
    assert in_process("new", "test", "then", "--from", "log.jsonl").out == ran.out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--from", "gone.yaml"), 3, "gone.yaml"),
        (("--from", "gone.jsonl"), 3, "there is no log `gone.jsonl`"),
        (("--from", "empty.jsonl"), 3, "empty.jsonl"),
        (("--policy", "./parcels"), 3, "there is no policy at `./parcels`"),
        (("--record", "1"), 3, "`--record` goes with `--from`"),
    ],
)
def test_what_cannot_be_read_makes_no_test(args: tuple[str, ...], code: int, said: str) -> None:
    Path("empty.jsonl").write_text("")
    ran = in_process("new", "test", "t", *args)
    assert (ran.code, ran.out, said in ran.err) == (code, "", True), ran.err


def test_a_workload_is_named_in_quotes_where_its_name_is_no_word() -> None:
    fact = Fact({"name": Fact("first", PLACE), "task": Fact("ocr", PLACE)}, PLACE)
    workloads = (Workload("first", fact), Workload("second", fact))
    document = Document(
        file="m.yaml",
        digest="",
        kind="K",
        name="m",
        policy=None,
        decision_date=None,
        project=Fact({}, PLACE),
        workloads=workloads,
        waivers=(),
        scopes=SCOPES,
    )
    assert silent(document) == ""
    assert 'given for "first"\n    workload.task = ocr\n' in written_test("t", document, None)
    bare = Workload("two", Fact({"name": Fact("two", PLACE)}, PLACE))
    assert silent(replace(document, workloads=(*workloads, bare))) == "two"
    assert silent(replace(document, workloads=(bare,))) == ""


def test_witnesses_go_into_a_folder_that_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that holds something, or is none, is refused before anything is looked at."""
    monkeypatch.chdir(tmp_path)
    assert in_process("new", "pack", "desk").code == 0
    file = Path("desk/1.0.0/policy.mlp")
    file.write_text(file.read_text().replace("  | high   | -> 16 hour\n", ""))
    analyze = ("analyze", "desk", "desk", "--quick", "--witness")
    assert in_process(*analyze, "shown").code == 1
    assert [each.name for each in Path("shown").iterdir()] == ["01-gap-effort.yaml"]
    Path("file").write_text("")
    for taken in ("shown", "file"):
        ran = in_process(*analyze, taken)
        assert (ran.code, ran.out) == (3, "")
        assert f"`{taken}` is there already; name another with `--witness`" in ran.err
    ran = in_process(*analyze, "file/below")
    assert ran.code == 3
    assert "cannot write `file/below`" in ran.err
