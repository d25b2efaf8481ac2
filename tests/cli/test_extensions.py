"""Extensions: found beside their core, fitted to its version, decided with it, and told wherever
the policy is."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

import mlpolicy
from mlpolicy.decide import Context, decide
from mlpolicy.render import titled
from mlpolicy.render.json import decision_json
from mlpolicy.resources import resource_root
from mlpolicy.session import Session
from mlpolicy.session.elsewhere import rules_elsewhere
from tests.backends.comparing import compiled
from tests.command_support import in_process

ROOT = resource_root()

DAY = "2026-06-01"

STRICT = """\
policy strict {version} effective 2026-01-01 extends parcels {since}
threshold large : EUR
  2026-01-01 = 800 EUR ref handbook#H1
rule large_amount warn ref handbook#H1
  when amount > large and risk > low
  say "{{amount}} are asked for, at {{risk}} risk"
  fix "ask for less"
"""
TESTS = """\
test "801 at medium risk is large"
  like "a small request is handled automatically"
  given
    request.amount = 801
    request.risk = medium
  expect large_amount fired

test "800 is not"
  like "801 at medium risk is large"
  given
    request.amount = 800
  expect large_amount passed

test "799 is not either"
  like "801 at medium risk is large"
  given
    request.amount = 799
  expect large_amount passed

test "801 at low risk is not large"
  like "801 at medium risk is large"
  given
    request.risk = low
  expect large_amount passed

test "how large it is is not known"
  like "801 at medium risk is large"
  given
    request.amount = unknown
  expect large_amount waiting
"""
MANIFEST = "parcels/example.yaml"


@pytest.fixture(autouse=True)
def _packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    in_process("new", "pack", "parcels")
    extension("1.0.0")


def extension(version: str, since: str = "1.0.0", text: str = STRICT) -> Path:
    """An extension beside its core, in a folder of its version."""
    folder = Path("strict", version)
    (folder / "tests").mkdir(parents=True)
    (folder / "strict.mlp").write_text(text.format(version=version, since=since))
    (folder / "tests/all.mlp").write_text(TESTS)
    return folder


def decided(*args: str) -> dict[str, object]:
    ran = in_process("explain", MANIFEST, "--as-of", DAY, "--format", "json", *args)
    assert ran.code == 0, ran.err
    value: dict[str, object] = json.loads(ran.out)
    return value


def named(decision: dict[str, object]) -> list[tuple[str, str]]:
    policy = decision["policy"]
    assert isinstance(policy, dict)
    return [(each["name"], each["version"]) for each in policy["extensions"]]


# ── Which one, and with which core ───────────────────────────────────────────────────────


def test_an_option_adds_one_and_its_name_means_its_core_with_it() -> None:
    alone = decided("--policy", "./parcels")
    added = decided("--policy", "./parcels", "--extension", "./strict")
    assert named(alone) == []
    assert named(added) == [("strict", "1.0.0")]
    assert decided("--policy", "./strict") == added
    rules = [{each["rule"] for each in d["findings"]} for d in (alone, added)]  # type: ignore[attr-defined]
    assert rules[1] - rules[0] == {"large_amount"}
    assert [w["choice"] for w in alone["workloads"]] == [w["choice"] for w in added["workloads"]]  # type: ignore[attr-defined]


def test_of_a_name_the_version_counts_that_fits_the_core() -> None:
    extension("2.0.0", "2.0.0")
    assert named(decided("--policy", "./parcels", "--extension", "./strict")) == [
        ("strict", "1.0.0")
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("core", "since", "fits"),
    [
        ("1.0.0", "1.0.0", True),
        ("1.4.2", "1.0.0", True),
        ("1.4.2", "1.5.0", False),
        ("2.0.0", "1.0.0", False),
        ("0.3.1", "0.3.0", True),
        ("0.4.0", "0.3.0", False),
        ("1.0.0-rc.1", "1.0.0", False),
    ],
)
def test_an_extension_fits_later_versions_of_the_same_first_number(
    core: str, since: str, *, fits: bool
) -> None:
    file = Path("parcels/1.0.0/policy.mlp")
    file.write_text(file.read_text().replace("policy parcels 1.0.0", f"policy parcels {core}"))
    Path("strict/1.0.0/strict.mlp").write_text(STRICT.format(version="1.0.0", since=since))
    one = ("--policy", "./parcels/1.0.0", "--extension", "./strict")
    ran = in_process("check", MANIFEST, "--as-of", DAY, *one)
    assert ("MLP0941" in ran.err) is not fits, ran.err
    assert ran.err.count("error[") == (0 if fits else 1)


@pytest.mark.parametrize(
    ("spec", "code", "said"),
    [
        ("./parcels", "MLP0940", "`parcels 1.0.0` is no extension: it extends no policy"),
        ("./nowhere", "MLP0901", "there is no policy at `./nowhere`"),
        ("lost", "MLP0904", "unknown policy `lost`"),
    ],
)
def test_what_is_no_extension_is_told_once(spec: str, code: str, said: str) -> None:
    ran = in_process("check", MANIFEST, "--policy", "./parcels", "--extension", spec)
    assert ran.code == 3
    assert ran.err.count("error[") == 1, ran.err
    assert f"error[{code}]: {said}" in ran.err


def test_an_extension_without_its_core_says_what_is_missing() -> None:
    Path("parcels").rename("elsewhere")
    ran = in_process("policies", "check", "./strict")
    assert ran.code == 3
    assert (
        "error[MLP0942]: `strict 1.0.0` extends `parcels` from 1.0.0 on, below 2.0.0, and there "
        "is no policy of that name" in ran.out
    )


def test_a_fault_of_the_core_is_told_as_the_core_has_it() -> None:
    file = Path("parcels/1.0.0/policy.mlp")
    file.write_text(file.read_text().replace("= 500 EUR", "= 500 USD"))
    told = {
        in_process("policies", "check", each).out.replace(each, "")
        for each in ("./parcels", "./strict")
    }
    assert len(told) == 1


def test_a_name_declared_in_both_shows_both_places() -> None:
    file = Path("strict/1.0.0/strict.mlp")
    file.write_text(file.read_text().replace("large : EUR", "small : EUR"))
    ran = in_process("policies", "check", "./strict")
    assert "error[MLP0201]: `small` is declared twice" in ran.out
    assert "--> strict/1.0.0/strict.mlp:2:11" in ran.out
    assert "parcels/1.0.0/policy.mlp:" in ran.out


# ── The configuration ────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_configuration_adds_some_and_one_below_adds_more() -> None:
    other = Path("careful/1.0.0")
    other.mkdir(parents=True)
    text = (
        STRICT.replace("strict", "careful")
        .replace("large", "big")
        .format(version="1.0.0", since="1.0.0")
    )
    (other / "careful.mlp").write_text(text)
    Path("mlpolicy.toml").write_text('policy = "parcels"\nextensions = ["strict"]\n')
    assert named(decided()) == [("strict", "1.0.0")]
    Path("parcels/mlpolicy.toml").write_text('extensions = ["../careful"]\n')
    assert named(decided()) == [("careful", "1.0.0"), ("strict", "1.0.0")]
    Path("parcels/mlpolicy.toml").write_text("extensions = []\n")
    assert named(decided()) == [("strict", "1.0.0")]
    assert named(decided("--policy", "./parcels")) == []
    assert "\n  extension   strict 1.0.0, digest" in in_process("policies", "show").out


def test_a_wrong_one_in_a_configuration_is_told_where_it_stands() -> None:
    Path("mlpolicy.toml").write_text('policy = "parcels"\nextensions = ["strcit"]\n')
    ran = in_process("check", MANIFEST)
    assert ran.code == 3
    assert "error[MLP0904]: unknown policy `strcit`\n --> mlpolicy.toml:2:15\n" in ran.err.replace(
        "  -->", " -->"
    )


def test_where_approval_is_required_each_needs_one() -> None:
    policy = decided("--policy", "./strict")["policy"]
    assert isinstance(policy, dict)
    entry = '[[approved]]\npolicy = "{}"\ndigest = "{}"\nby = "the board"\non = "2026-01-01"\n'
    core = entry.format("parcels@1.0.0", policy["digest"])
    head = 'policy = "parcels"\nextensions = ["strict"]\nrequire_approval = true\n'
    Path("mlpolicy.toml").write_text(head + core)
    ran = in_process("check", MANIFEST, "--as-of", DAY)
    assert ran.code == 3
    assert "error[MLP0921]: nobody states that `strict@1.0.0` was approved" in ran.err
    Path("mlpolicy.toml").write_text(
        head + core + entry.format("strict@1.0.0", policy["extensions"][0]["digest"])
    )
    assert in_process("check", MANIFEST, "--as-of", DAY).err == ""
    policy = decided()["policy"]
    assert isinstance(policy, dict)
    assert policy["not_approved"] is policy["extensions"][0]["not_approved"] is None


def test_the_hook_knows_that_an_extension_is_of_the_judge() -> None:
    Path("mlpolicy.toml").write_text('policy = "parcels"\nextensions = ["strict"]\n')
    ran = in_process("check", "--if-judge-changed", "strict/1.0.0/strict.mlp")
    assert "of parcels 1.0.0 with strict 1.0.0" in ran.out
    assert in_process("check", "--if-judge-changed", "README.md").out == ""


# ── Wherever the policy is told ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "args",
    [
        ("check", MANIFEST, "-v"),
        ("check", MANIFEST, "--format", "sarif"),
        ("check", MANIFEST, "--format", "markdown"),
        ("explain", MANIFEST),
        ("explain", MANIFEST, "--for", "auditor"),
        ("explain", MANIFEST, "--format", "html"),
        ("explain", MANIFEST, "--what-if", "batch.budget=5000"),
        ("policies", "check", "./strict"),
        ("test", "./strict"),
        ("rule", "large_amount"),
        ("record", "add", MANIFEST, "--log", "log.jsonl"),
    ],
)
def test_it_stands_beside_its_core(args: tuple[str, ...]) -> None:
    options = () if "./strict" in args else ("--policy", "./parcels", "--extension", "./strict")
    ran = in_process(*args, *options)
    assert "strict 1.0.0" in ran.out, (ran.out, ran.err)


@pytest.mark.slow
def test_a_record_replays_with_just_these() -> None:
    added = in_process("record", "add", MANIFEST, "--policy", "./strict", "--log", "log.jsonl")
    assert added.code == 0, added.err
    record = json.loads(Path("log.jsonl").read_text())
    (one,) = record["policy"]["extensions"]
    assert (one["name"], one["version"], one["folder"]) == ("strict", "1.0.0", "strict/1.0.0")
    Path("strict").rename("gone")
    Path("parcels/1.0.0").rename("parcels/gone")
    assert in_process("replay", "log.jsonl").code == 0
    ran = in_process("replay", "log.jsonl", "--current")
    assert ran.code == 1
    assert "the extension does not stand in `strict/1.0.0` any more" in ran.out + ran.err
    Path("gone").rename("strict")
    Path("strict/1.0.0/strict.mlp").write_text(
        STRICT.format(version="1.0.0", since="1.0.0").replace("800", "700")
    )
    assert in_process("replay", "log.jsonl").code == 0
    assert in_process("replay", "log.jsonl", "--current").code == 1
    Path(f"log.jsonl.d/{one['files'][0]['digest'].removeprefix('sha256:')}").unlink()
    assert in_process("replay", "log.jsonl").code == 1


def test_what_was_kept_is_not_used_for_another_extension() -> None:
    one = ("--policy", "./strict", "--as-of", DAY)
    assert "large_amount" in in_process("check", MANIFEST, *one).out
    file = Path("strict/1.0.0/strict.mlp")
    file.write_text(file.read_text().replace("= 800 EUR", "= 9000 EUR"))
    assert "large_amount" not in in_process("check", MANIFEST, *one).out
    assert "large_amount" not in in_process("check", MANIFEST, "--policy", "./parcels").out


# ── For its author ───────────────────────────────────────────────────────────────────────


def test_its_own_tests_run_with_the_core_and_reach_all_of_it() -> None:
    ran = in_process("test", "./strict", "--coverage", "--fail-under", "100")
    assert ran.code == 0, ran.out
    assert "parcels 1.0.0 with strict 1.0.0: 5 passed, 0 failed" in ran.out
    assert in_process("test", "strict/1.0.0/tests/all.mlp", "-k", "800").code == 0
    assert "12 passed" in in_process("test", "./parcels").out


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("verify", "--coverage", "100"),
        ("lint",),
        ("analyze",),
        ("mutate", "--fail-under", "100"),
        ("fmt", "--check"),
    ],
)
def test_what_asks_of_a_policy_asks_of_an_extension(command: tuple[str, ...]) -> None:
    ran = in_process(command[0], "./strict", *command[1:])
    assert ran.code == 0, (ran.out, ran.err)


def test_only_what_is_its_own_is_found() -> None:
    """What `lint` finds in the core is not told of the extension."""
    file = Path("parcels/1.0.0/policy.mlp")
    file.write_text(
        file.read_text()
        + '\nrule tiny advise ref handbook#H1\n  when amount < 5 EUR\n  say "it is tiny"\n'
    )
    assert "warning[no-fix]" in in_process("lint", "./parcels").out
    assert in_process("lint", "./strict").out == "1 policy: nothing found\n"


@pytest.mark.slow
def test_every_version_in_a_folder_is_verified_and_locked() -> None:
    Path("packs").mkdir()
    for name in ("parcels", "strict"):
        Path(name).rename(Path("packs", name))
    Path("packs/parcels/example.yaml").rename("example.yaml")
    assert in_process("policies", "lock", "packs").code == 0
    lock = Path("packs/policies.lock").read_text()
    assert [line.split("@")[0] for line in lock.splitlines()[1:]] == ["parcels", "strict"]
    ran = in_process("verify", "packs")
    assert ran.code == 0, ran.out
    assert "strict 1.0.0" in ran.out
    file = Path("packs/strict/1.0.0/strict.mlp")
    file.write_text(file.read_text() + "# more\n")
    ran = in_process("policies", "lock", "packs", "--check")
    assert ran.code == 1
    assert "`strict@1.0.0` is locked" in ran.err
    assert "`parcels@1.0.0` is locked" not in ran.err


def test_impact_and_diff_say_what_adding_it_changes() -> None:
    ran = in_process("impact", "./parcels", "./strict", MANIFEST)
    assert "parcels 1.0.0 with strict 1.0.0" in ran.out
    assert "large_amount" in ran.out
    ran = in_process("diff", "./parcels", "./strict", "--no-witness")
    assert "parcels 1.0.0 with strict 1.0.0" in ran.out
    assert "large_amount" in ran.out


@pytest.mark.slow
def test_a_clause_is_left_to_an_extension_or_cited_by_it() -> None:
    ledger = Path("parcels/1.0.0/sources/handbook.yaml")
    left = (
        "resolutions:\n  - {id: R1, kind: resolution, settles: [], text: Large is above 800., "
        "because: nobody says, extension: strict}\nfacts:"
    )
    ledger.write_text(ledger.read_text().replace("facts:", left))
    ran = in_process("sources", "check", "./parcels")
    assert ran.code == 0
    assert "1 resolution: 0 cited, 0 through resolutions, 1 in extensions, 0 missing" in ran.out
    ran = in_process("sources", "check", "./strict")
    assert ran.code == 1
    assert "no construct cites resolution" in ran.out
    file = Path("strict/1.0.0/strict.mlp")
    file.write_text(file.read_text().replace("800 EUR ref handbook#H1", "800 EUR ref handbook#R1"))
    assert in_process("sources", "check", "./strict").code == 0
    core = Path("parcels/1.0.0/policy.mlp")
    core.write_text(core.read_text().replace("500 EUR ref handbook#H1", "500 EUR ref handbook#R1"))
    assert "warning[MLP0513]" in in_process("sources", "check", "./parcels").out


def test_from_python() -> None:
    policy = mlpolicy.load_policy("./parcels", extensions=["./strict"])
    assert [each.name for each in policy.program.extensions] == ["strict"]
    assert policy.digest == mlpolicy.load_policy("./parcels").digest
    decision = policy.decide(MANIFEST, as_of=DAY)
    assert titled.policy(decision.policy) == "parcels 1.0.0 with strict 1.0.0"
    with pytest.raises(mlpolicy.PolicyError, match="is no extension"):
        mlpolicy.load_policy("./parcels", extensions=["./parcels"])


def test_text_of_an_extension_outside_of_the_repository_is_not_shown(tmp_path: Path) -> None:
    project = Path("project")
    (project / ".git").mkdir(parents=True)
    Path("parcels").rename(project / "parcels")
    file = Path("strict/1.0.0/strict.mlp")
    file.write_text(file.read_text() + "\nsecret words of nobody's\n")
    (project / "mlpolicy.toml").write_text('policy = "parcels"\nextensions = ["../strict"]\n')
    ran = in_process("check", "project/parcels/example.yaml")
    assert ran.code == 3
    assert "secret" not in ran.err + ran.out


def test_one_question_is_asked_of_the_session_once() -> None:
    session = Session()
    files, _ = session.find("./strict", DAY)
    assert files is not None
    assert files.named.name == "strict"
    assert [each.name for each in files.parts] == ["parcels", "strict"]
    assert session.program(files)[0] is session.program(files)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "added", "said"),
    [
        (
            "unusual_dev_cost",
            (),
            "the extension `savings` has it; add it with `--extension savings`",
        ),
        ("unusual_dev_cots", (), "did you mean `unusual_dev_cost` of the extension `savings`?"),
        ("unusual_dev_cots", ("savings",), "did you mean `unusual_dev_cost`?\n"),
        ("above_nee", (), "did you mean `above_need`?\n"),
        ("above_need.row", (), "did you mean `above_need`?\n"),
        ("zzzzzz", (), "there are: above_need, "),
    ],
)
def test_a_rule_of_one_that_is_not_added_is_told_with_how_to_add_it(
    name: str, added: tuple[str, ...], said: str
) -> None:
    options = [word for each in added for word in ("--extension", each)]
    manifest = ROOT / "tests/policy/scenarios/call-sentiment.mlproject.yaml"
    for command in (("rule", name), ("explain", str(manifest), "--rule", name)):
        ran = in_process(*command, *options)
        assert ran.code == 3
        assert "error[MLP0914]" in ran.err
        assert said in ran.err


@pytest.mark.slow
def test_a_name_that_is_in_a_text_is_read_as_the_parser_reads_it() -> None:
    session = Session()
    files, _ = session.find("aws-ml-selection", "2026-11-22")
    assert files is not None
    program, _ = session.program(files)
    assert program is not None
    told: dict[str, str] = rules_elsewhere((files,))
    assert set(told.values()) == {"savings", "moving", "team"}
    for name in sorted(set(told.values())):
        whole, _ = session.with_extensions(files, None, (name,), "2026-11-22")
        assert whole is not None
        more, _ = session.program(whole)
        assert more is not None
        rules = {each.family or each.name for each in more.rules.values()}
        known = {each.family or each.name for each in program.rules.values()}
        wanted = (rules - known) | (set(more.obligations) - set(program.obligations))
        assert {rule for rule, one in told.items() if one == name} == wanted
        assert not set(rules_elsewhere((whole,))) & wanted


# ── A fault of an extension ──────────────────────────────────────────────────────────────

#: What stands in an extension, and what is told of it for the second request. `spread` is zero for
#: that one, `later` has no value yet, and `hints` no row.
FAULTY = """\
policy strict 1.0.0 effective 2026-01-01 extends parcels 1.0.0
define spread : EUR ref handbook#H1
  when risk is medium : 0 EUR
  otherwise           : 1 EUR
threshold later : EUR
  2026-09-01 = 5 EUR ref handbook#H1
catalog hints by risk ref handbook#H1
  | risk : risk | least : EUR |
  | low         | 1 EUR       |
  | high        | 1 EUR       |
"""
FAULTS = {
    "a zero that divides": (
        'rule found warn ref handbook#H1\n  when amount / spread > 5\n  say "much"',
        "divide",
    ),
    "a bar before its first value": (
        'rule found warn ref handbook#H1\n  when amount > later\n  say "much"',
        "later",
    ),
    "a row that is missing": (
        'rule found warn ref handbook#H1\n  when amount > hints[risk].least\n  say "much"',
        "hints",
    ),
    "a guard": (
        "rule found warn ref handbook#H1\n  for amount / spread > 5\n  when amount > small\n"
        '  say "much"',
        "divide",
    ),
    "what a rule says": (
        "define part : number = amount / spread\nrule found warn ref handbook#H1\n"
        '  when amount > small\n  say "{part} is much"',
        "divide",
    ),
    "when it is owed": (
        'obligation found warn "look" ref handbook#H1\n  when amount / spread > 5 ref handbook#H1',
        "divide",
    ),
    "when it is met": (
        'obligation found warn "look" ref handbook#H1\n  when amount > small ref handbook#H1\n'
        "  met when amount / spread > 5 ref handbook#H1",
        "divide",
    ),
    "what an obligation asks for": (
        "define part : number = amount / spread\n"
        'obligation found warn "look at {part}" ref handbook#H1\n'
        "  when amount > small ref handbook#H1",
        "divide",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("added", "fault"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("how", ["explained", "compiled"])
def test_a_fault_of_one_takes_no_answer_of_its_core(how: str, added: str, fault: str) -> None:
    """Explained by the reference, and judged by the compiled form."""
    manifest = Path(MANIFEST)
    manifest.write_text(manifest.read_text().replace("budget: 1000", "budget: 5000"))
    alone, whole = faulty(how, added)
    of = [{each["name"]: each for each in d["workloads"]} for d in (alone, whole)]
    told = ("status", "choice", "possible", "costs", "error")
    for name, one in of[0].items():
        assert [one[key] for key in told] == [of[1][name][key] for key in told]
    assert whole["verdict"] == "incomplete"
    of_core = [[f for f in d["findings"] if f["rule"] != "found"] for d in (alone, whole)]
    assert of_core[0] == [f for f in of_core[1] if f["rule"] != "possible_fault"]
    (found,) = [f for f in whole["findings"] if (f["rule"], f["workload"]) == ("found", "second")]
    assert (found["state"], found["level"], found["waits_for"]) == ("waiting", "warn", "team")
    assert found["say"].startswith("could not be judged: ")
    assert fault in found["say"]
    owed = [duty["state"] for duty in of[1]["second"]["obligations"] if duty["id"] == "found"]
    assert owed == (["maybe"] if "obligation" in added else [])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["explained", "compiled"])
def test_a_figure_of_one_that_ends_in_a_fault_says_so_alone(how: str) -> None:
    added = "define part : number = amount / spread\nreport part"
    alone, whole = faulty(how, added)
    for one, other in zip(alone["workloads"], whole["workloads"], strict=True):
        assert (one["status"], one["choice"]) == (other["status"], other["choice"])
    (part,) = whole["workloads"][1]["reports"]
    assert "zero" in part["error"]


def test_what_is_stated_is_read_and_its_fault_is_one_of_the_manifest() -> None:
    """Also where only an extension reads it: somebody stated what cannot be."""
    added = (
        "input asked : EUR in 200 EUR .. from request.amount\n"
        'rule found warn ref handbook#H1\n  when asked > small\n  say "much"'
    )
    alone, whole = faulty("compiled", added)
    assert alone["workloads"][0]["error"] is None
    assert "200" in whole["workloads"][0]["error"]
    assert whole["workloads"][1]["error"] is None


def faulty(how: str, added: str) -> tuple[Any, Any]:
    """The decisions of the core alone, and with an extension that has this besides: explained, or
    as the compiled form judges."""
    Path("strict/1.0.0/strict.mlp").write_text(FAULTY + added + "\n")
    day = datetime.date.fromisoformat(DAY)
    context = Context(as_of=day, today=day, explain=how == "explained")
    alone, whole = (
        decide(
            policy.program,
            policy.read(MANIFEST),
            context,
            compiled(policy.program) if how == "compiled" else None,
        )
        for policy in map(mlpolicy.load_policy, ("./parcels", "./strict"))
    )
    return json.loads(decision_json(alone)), json.loads(decision_json(whole))
