"""What a record holds, what a replay gives, and that whatever is touched is named."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlpolicy.records import FORM, canonical, chain_faults, line_at, sealed
from tests.command_support import Command, Ran
from tests.profiles import scaled, some
from tests.records.records_support import AS_OF, MANIFEST, POLICY, add, copied, records

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parents[1] / "schemas" / "record.v1.schema.json").read_text("utf-8"))


def results(ran: Ran) -> list[tuple[int | None, str]]:
    return [(one["number"], one["result"]) for one in ran.json["records"]]


# ── What is recorded ─────────────────────────────────────────────────────────────────────


def test_a_record_is_as_its_schema_says(log: Path) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for record in records(log):
        assert list(validator.iter_errors(record)) == []


@pytest.mark.slow
def test_what_the_schema_refuses_is_no_record(log: Path) -> None:
    """And the other way round: the form in the code and the schema are one."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    wrong: list[object] = [None, 7, True, "text", [], {}, -1]
    for record in records(log):
        for where, key in _places(record):
            for value in (*wrong, KeyError):
                changed = json.loads(json.dumps(record))
                inner = _at(changed, where)
                if value is KeyError:
                    if isinstance(inner, list):
                        continue
                    del inner[key]
                else:
                    inner[key] = value
                line = line_at(canonical(changed) + b"\n", 1, "log")
                fits = line.record is not None
                assert fits == validator.is_valid(changed), (where, key, value, line.faults)


def _places(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))[:1]
    else:
        return []
    found = []
    for key in keys:
        found += [(where, key), *_places(value[key], (*where, key))]
    return found


def _at(value: Any, where: tuple[Any, ...]) -> Any:
    for step in where:
        value = value[step]
    return value


def test_the_stored_decision_is_what_explain_prints(log: Path, mlpolicy: Command) -> None:
    stored = records(log)[0]["decision"]["document"]
    data = gzip.decompress((log.parent / "log.jsonl.d" / stored["stored"]).read_bytes())
    said = mlpolicy(
        *("explain", "mlproject.yaml", "--policy", "policy", "--as-of", AS_OF, "--format", "json")
    )
    assert data.decode() == said.out
    assert stored["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_who_records_is_never_guessed(project: Path, mlpolicy: Command) -> None:
    add(mlpolicy)
    add(mlpolicy, "log.jsonl", "--by", "Mina Harker")
    assert [r["recorded_by"] for r in records(project / "log.jsonl")] == [None, "Mina Harker"]


def test_each_document_of_a_file_has_a_record_of_its_own(project: Path, mlpolicy: Command) -> None:
    (project / "mlproject.yaml").write_text(f"{MANIFEST}---\n{MANIFEST}", encoding="utf-8")
    add(mlpolicy)
    found = records(project / "log.jsonl")
    assert [record["manifest"]["document"] for record in found] == [1, 2]
    digests = {record["decision"]["document"]["digest"] for record in found}
    assert len(digests) == 2, "the second stands on other lines"
    assert mlpolicy("replay", "log.jsonl").code == 0


def test_the_configuration_that_mattered_is_recorded(project: Path, mlpolicy: Command) -> None:
    (project / "mlpolicy.toml").write_text(
        'policy = "policy"\nwaivers = "waivers.yaml"\nlog = "kept/log.jsonl"\n'
        "manifest_waivers = false\n"
    )
    (project / "kept").mkdir()
    ran = mlpolicy("record", "add", "mlproject.yaml", "--as-of", AS_OF)
    assert ran.code == 0, ran
    (record,) = records(project / "kept" / "log.jsonl")
    assert record["configuration"]["manifest_waivers"] is False
    assert record["configuration"]["file"] == "mlpolicy.toml"
    assert record["waivers"]["path"] == "waivers.yaml"
    assert record["asked"] == {
        "policy": "",
        "extensions": [],
        "as_of": AS_OF,
        "waivers": "",
    }
    assert {"rule": "dear", "state": "waived"}.items() <= record["decision"]["findings"][-1].items()
    (project / "mlpolicy.toml").unlink()
    assert mlpolicy("replay", "kept/log.jsonl").code == 0


def test_nothing_is_recorded_where_something_cannot_be_evaluated(
    project: Path, mlpolicy: Command
) -> None:
    (project / "faulty.mlproject.yaml").write_text("project: p\n")
    ran = mlpolicy("record", "add", ".", "--log", "log.jsonl", "--policy", "policy")
    assert ran.code == 3
    assert "nothing was recorded" in ran.err
    assert not (project / "log.jsonl").exists()


# ── Replaying ────────────────────────────────────────────────────────────────────────────


def test_a_replay_needs_nothing_but_the_log_and_its_store(log: Path, mlpolicy: Command) -> None:
    elsewhere = log.parent / "a year later"
    elsewhere.mkdir()
    copied(log, elsewhere / "old.jsonl")
    shutil.rmtree("policy")
    for name in ("mlproject.yaml", "waivers.yaml", "log.jsonl"):
        Path(name).unlink()
    ran = mlpolicy("replay", elsewhere / "old.jsonl", "--format", "json")
    assert (ran.code, results(ran)) == (0, [(1, "same"), (2, "same"), (3, "same")])


def test_one_record_by_number_or_hash(log: Path, mlpolicy: Command) -> None:
    second = records(log)[1]["hash"]
    for wanted in ("2", second, second.removeprefix("sha256:")[:12]):
        ran = mlpolicy("replay", log, "--record", wanted, "--format", "json")
        assert (ran.code, results(ran)) == (0, [(2, "same")])
    ran = mlpolicy("record", "replay", log, "--record", "4")
    assert ran.code == 3
    assert "has no record `4`" in ran.err


def rewritten(log: Path, change: Any) -> None:
    """A log that somebody forged with care: every hash fits."""
    previous = None
    lines = []
    for record in records(log):
        change(record)
        record["previous"] = previous
        record = sealed(record)
        previous = record["hash"]
        lines.append(canonical(record) + b"\n")
    log.write_bytes(b"".join(lines))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("decision", "verdict"), "pass", '`decision.verdict`: recorded "pass", now "block"'),
        (("decision", "workloads", 0, "outcome"), "x", "`decision.workloads[0].outcome`: recor"),
        (("policy", "meaning"), "sha256:0", '`policy.meaning`: recorded "sha256:0", now'),
        (("policy", "version"), "9.9.9", '`policy.version`: recorded "9.9.9", now "1.0.0"'),
        (("manifest", "name"), "letters", '`name`: recorded "letters", now "parcels"'),
        (("today",), "2020-01-01", "`findings[2].rule`: recorded"),
        (("as_of",), "2031-01-01", "the decision differs at `as_of`"),
        (("policy", "folder"), "x", "`findings[0].rule_at.file`: recorded"),
        (("as_of",), "2031-13-01", "a date of the record is no day"),
    ],
)
def test_a_forged_record_is_found_by_deciding_again(
    log: Path, mlpolicy: Command, where: tuple[Any, ...], value: object, said: str
) -> None:
    def change(record: Any) -> None:
        if record["number"] == 1:
            _at(record, where[:-1])[where[-1]] = value

    rewritten(log, change)
    assert mlpolicy("record", "verify", log).code == 0, "its chain is sound"
    ran = mlpolicy("replay", log, "--format", "json")
    assert ran.code == 1
    assert any(said in one["message"] for one in ran.json["records"][0]["diagnostics"]), ran.out
    assert [result for _, result in results(ran)][1:] == ["same", "same"]


def test_a_forged_decision_is_named_by_its_place(log: Path, mlpolicy: Command) -> None:
    def change(record: Any) -> None:
        document = record["decision"]["document"]
        if record["number"] != 1:
            return
        store = log.parent / "log.jsonl.d"
        data = gzip.decompress((store / document["stored"]).read_bytes())
        data = data.replace(b'"high": "2400.00"', b'"high": "2399.00"').replace(
            b'"outcome": "post"', b'"outcome": "courier"', 1
        )
        small = gzip.compress(data)
        document["stored"] = f"{hashlib.sha256(small).hexdigest()}.gz"
        document["digest"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
        document["length"] = len(data)
        (store / document["stored"]).write_bytes(small)

    rewritten(log, change)
    assert mlpolicy("record", "verify", log).code == 0
    ran = mlpolicy("replay", log, "--record", "1", "--format", "json")
    assert ran.code == 1
    (fault,) = ran.json["records"][0]["diagnostics"]
    assert fault["code"] == "MLP1110"
    assert '`workloads[0].choice.outcome`: recorded "courier", now "post"' in fault["message"]


def test_another_engine_is_named_and_need_not_change_the_decision(
    log: Path, mlpolicy: Command
) -> None:
    rewritten(log, lambda record: record["engine"].update(version="0.0.9"))
    ran = mlpolicy("replay", log, "--format", "json")
    assert ran.code == 0
    for record in ran.json["records"]:
        assert "0.0.9 then" in record["notes"][-1]
        assert "comes out the same" in record["notes"][-1]


def test_an_engine_that_decides_otherwise_is_named_with_the_difference(
    log: Path, mlpolicy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlpolicy.core.decision import Verdict
    from mlpolicy.explain.decision import decide_document as right

    def wrong(*args: Any, **options: Any) -> Any:
        return replace(right(*args, **options), verdict=Verdict.PASS)

    monkeypatch.setattr("mlpolicy.decide.decide_document", wrong)
    monkeypatch.setattr("mlpolicy.session.engine_digest", lambda: f"sha256:{'0' * 64}")
    ran = mlpolicy("replay", log, "--record", "1", "--format", "json")
    (record,) = ran.json["records"]
    assert (ran.code, record["result"]) == (1, "differs")
    first = record["diagnostics"][0]["message"]
    assert first == 'the decision differs at `verdict`: recorded "block", now "pass"'
    assert "the engine differs: source" in record["notes"][-1]


def test_files_changed_since_are_told_and_count_where_asked(log: Path, mlpolicy: Command) -> None:
    changes = {
        "mlproject.yaml": MANIFEST.replace("150", "151"),
        "policy/policy.mlp": POLICY.replace("500", "600"),
        "policy/notes.yaml": "name: notes\n",
        "waivers.yaml": "{}",
    }
    for file, text in changes.items():
        before = Path(file).read_bytes()
        Path(file).write_text(text, encoding="utf-8")
        ran = mlpolicy("replay", log, "--format", "json")
        assert ran.code == 0
        assert f"what stands at `{file}` today" in json.dumps(ran.json["records"][1]["notes"])
        ran = mlpolicy("replay", log, "--current", "--format", "json")
        assert (ran.code, ran.json["records"][1]["result"]) == (1, "differs")
        assert f"what stands at `{file}` today" in json.dumps(ran.json["records"][1]["diagnostics"])
        Path(file).write_bytes(before)


def test_files_gone_since_count_where_asked(log: Path, mlpolicy: Command) -> None:
    for file in ("mlproject.yaml", "policy/policy.mlp", "waivers.yaml"):
        Path(file).rename("away")
        ran = mlpolicy("replay", log, "--format", "json")
        assert (ran.code, ran.json["records"][1]["notes"]) == (0, [])
        ran = mlpolicy("replay", log, "--current", "--format", "json")
        assert (ran.code, ran.json["records"][1]["result"]) == (1, "differs")
        (fault,) = ran.json["records"][1]["diagnostics"]
        assert fault["code"] == "MLP1119"
        assert fault["message"] == f"`{file}`, which was recorded, is not there today"
        Path("away").rename(file)
    Path("policy").rename("away")
    ran = mlpolicy("replay", log, "--current", "--format", "json")
    (fault,) = ran.json["records"][1]["diagnostics"]
    assert (ran.code, fault["message"]) == (1, "the policy does not stand in `policy` any more")


def test_what_came_from_standard_input_stands_nowhere(
    project: Path, mlpolicy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(Path("mlproject.yaml").read_bytes()), "utf-8")
    monkeypatch.setattr(sys, "stdin", stream)
    ran = mlpolicy("record", "add", "-", "--policy", "policy", "--log", "log.jsonl")
    assert ran.code == 0, ran.err
    assert mlpolicy("replay", "log.jsonl", "--current").code == 0


@pytest.mark.slow
def test_a_log_is_a_file(project: Path, mlpolicy: Command) -> None:
    for options in (("--log", "-"), ("--log", "log.jsonl", "--mask", "--salts", "-")):
        ran = mlpolicy("record", "add", "mlproject.yaml", *options)
        assert ran.code == 3
        assert "`-` is none" in ran.err
    assert not Path("-").exists()
    ran = mlpolicy("record", "add", "mlproject.yaml", "--log", "no/log.jsonl")
    assert ran.code == 3
    assert "cannot write `no/log.jsonl`: no such file or directory" in ran.err


# ── The chain ────────────────────────────────────────────────────────────────────────────


def independent(log: Path) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-I", str(HERE / "independent.py"), str(log)]
    return subprocess.run(script, capture_output=True, text=True)


def test_a_script_of_twenty_lines_agrees(log: Path, mlpolicy: Command) -> None:
    done = independent(log)
    assert done.returncode == 0, done.stderr
    ran = mlpolicy("record", "verify", log, "--format", "json")
    assert (ran.code, ran.json["head"]) == (0, done.stdout.strip())
    data = log.read_bytes()
    log.write_bytes(data.replace(b'"verdict":"block"', b'"verdict":"Block"', 1))
    assert independent(log).returncode != 0


def test_records_taken_out_or_put_elsewhere_are_found(log: Path, mlpolicy: Command) -> None:
    first, second, third = log.read_bytes().splitlines(keepends=True)
    for lines, place in (
        ((second, third), 1),
        ((first, third), 2),
        ((first, third, second), 2),
        ((first, second, second, third), 3),
        ((first, first, second, third), 2),
    ):
        log.write_bytes(b"".join(lines))
        ran = mlpolicy("record", "verify", log, "--format", "json")
        assert ran.code == 1
        assert (ran.json["diagnostics"][0]["code"], ran.json["diagnostics"][0]["line"]) == (
            "MLP1105",
            place,
        )


def test_only_a_pinned_head_shows_that_the_end_is_gone(log: Path, mlpolicy: Command) -> None:
    head = records(log)[-1]["hash"]
    ran = mlpolicy("record", "verify", log, "--expect", head)
    assert (ran.code, "as expected" in ran.out) == (0, True)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:2]))
    assert mlpolicy("record", "verify", log).code == 0
    ran = mlpolicy("record", "verify", log, "--expect", head.removeprefix("sha256:"))
    assert (ran.code, "MLP1107" in ran.out) == (1, True)
    log.write_bytes(b"".join(lines))
    second = records(log)[1]["hash"]
    ran = mlpolicy("record", "verify", log, "--expect", second)
    assert (ran.code, "1 record after it" in " ".join(ran.out.split())) == (0, True)


def test_an_altered_hash_is_told_from_an_altered_text(log: Path, mlpolicy: Command) -> None:
    own = records(log)[0]["hash"].encode()
    log.write_bytes(log.read_bytes().replace(b'"hash":"' + own, b'"hash":"sha256:' + b"0" * 64, 1))
    ran = mlpolicy("record", "verify", log, "--format", "json")
    assert [fault["line"] for fault in ran.json["diagnostics"]] == [1, 2]
    assert "that hash was altered" in ran.json["diagnostics"][1]["message"]


def test_a_clock_set_back_is_no_fault(log: Path, mlpolicy: Command) -> None:
    rewritten(
        log, lambda record: record.update(recorded_at=f"20{30 - record['number']}-01-01T00:00:00Z")
    )
    ran = mlpolicy("record", "verify", log, "--format", "json")
    assert (ran.code, len(ran.json["notes"])) == (0, 2)


# ── Whatever is touched is named ─────────────────────────────────────────────────────────


@pytest.mark.slow
def test_every_byte_of_a_log_counts(log: Path) -> None:
    """Each byte of each line, one bit flipped: the line is no record, or its hash does not fit."""
    for number, data in enumerate(log.read_bytes().splitlines(keepends=True), 1):
        for position in some(range(len(data))):
            flipped = bytearray(data)
            flipped[position] ^= 1 << (position % 8)
            faults = [
                fault
                for at, piece in enumerate(bytes(flipped).splitlines(keepends=True))
                for fault in line_at(piece, number + at, "log").faults
            ]
            assert faults, (number, position)
            assert all(fault.place is not None for fault in faults)


@pytest.mark.slow
def test_any_byte_of_log_or_store_touched_is_named(log: Path, mlpolicy: Command) -> None:
    """By `verify` and by `replay`, with the line or the file where it is."""
    rng = random.Random(20261122)
    files = [log, *sorted(path for path in Path("log.jsonl.d").iterdir() if path.name != "lock")]
    store = {path.name: path.read_bytes() for path in files}
    for turn in range(scaled(400)):
        path = rng.choice(files)
        data = bytearray(store[path.name])
        position = rng.randrange(len(data))
        data[position] ^= rng.randrange(1, 256)
        path.write_bytes(bytes(data))
        ran = mlpolicy("record", "verify", "log.jsonl", "--format", "json")
        assert ran.code in (1, 3), (path, position)
        text = json.dumps(ran.json["diagnostics"])
        if path is log:
            line = store["log.jsonl"].count(b"\n", 0, position) + 1
            assert line in [fault["line"] for fault in ran.json["diagnostics"]], (position, text)
        else:
            assert path.name in text
        if turn % 4 == 0:
            ran = mlpolicy("replay", "log.jsonl", "--format", "json")
            assert ran.code in (1, 3), (path, position)
            assert (f'"line": {line}' if path is log else path.name) in ran.out
        path.write_bytes(store[path.name])
    assert mlpolicy("record", "verify", "log.jsonl").code == 0


def test_what_was_altered_is_called_by_its_name(log: Path, mlpolicy: Command) -> None:
    record = records(log)[1]
    names = {
        "the policy": record["policy"]["files"][0]["digest"],
        "a source of the policy": record["policy"]["sources"][0]["digest"],
        "the schema": record["manifest_schema"]["digest"],
        "the manifest": record["manifest"]["digest"],
        "the waiver file": record["waivers"]["digest"],
        "the decision": record["decision"]["document"]["stored"],
    }
    for what, digest in names.items():
        path = Path("log.jsonl.d") / digest.removeprefix("sha256:")
        before = path.read_bytes()
        for after, word in ((before + b" ", "was altered"), (None, "is missing")):
            path.unlink() if after is None else path.write_bytes(after)
            for command in (("record", "verify"), ("replay",)):
                ran = mlpolicy(*command, "log.jsonl")
                assert ran.code == 1
                assert f"{what} of record 2 {word}" in " ".join(ran.out.split())
        path.write_bytes(before)


def test_a_log_without_its_store_says_so_once(log: Path, mlpolicy: Command) -> None:
    shutil.rmtree("log.jsonl.d")
    ran = mlpolicy("record", "verify", log, "--format", "json")
    assert ran.code == 1
    (fault,) = ran.json["diagnostics"]
    assert (fault["code"], fault["help"]) == ("MLP1109", "copy the folder together with the log")
    assert mlpolicy("replay", log).code == 1


# ── Bad input ────────────────────────────────────────────────────────────────────────────

LINE = {"schema": FORM}


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "MLP1101", "holds no records"),
        (b"\n", "MLP1102", "it is not JSON"),
        (b"project: parcels\n", "MLP1102", "it is not JSON"),
        (b"[]\n", "MLP1102", "it is no JSON object"),
        (b"\xff\xfe\n", "MLP1102", "it is not UTF-8"),
        (b"{}\n", "MLP1102", "it has no `schema`"),
        (b'{"schema":"mlpolicy/record/v2"}\n', "MLP1103", "reads `mlpolicy/record/v1`"),
        (b'{"schema":"mlpolicy/record/v1"}\n', "MLP1102", "`number` is missing"),
        (b'{"a":1,"a":2}\n', "MLP1102", "the key `a` stands in it twice"),
        (b"[" * 100_000 + b"\n", "MLP1102", "not JSON"),
        (b'{"a":' + b"9" * 5000 + b"}\n", "MLP1102", "not JSON"),
        (b'{"approvals":[', "MLP1106", "14 bytes of a record cut short"),
    ],
)
def test_what_is_no_log_is_refused(
    project: Path, mlpolicy: Command, data: bytes, code: str, said: str
) -> None:
    (project / "odd").write_bytes(data)
    for command in (("record", "verify"), ("replay",)):
        ran = mlpolicy(*command, "odd")
        assert (ran.code, ran.out) == (3, "")
        assert code in ran.err
        assert said in ran.err
        ran = mlpolicy(*command, "odd", "--format", "json")
        assert (ran.code, ran.json["diagnostics"][0]["code"]) == (3, code)


@pytest.mark.parametrize("name", ["nothing", "policy"])
def test_no_log_and_a_folder_are_refused(project: Path, mlpolicy: Command, name: str) -> None:
    for command in (("record", "verify"), ("replay",)):
        ran = mlpolicy(*command, name)
        assert (ran.code, ran.out) == (3, "")
        assert f"`{name}`" in ran.err
        ran = mlpolicy(*command, name, "--format", "json")
        assert (ran.code, ran.err, ran.json["schema"]) == (3, "", "mlpolicy/records/v1")


def test_a_line_spelt_otherwise_is_no_record(log: Path, mlpolicy: Command) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[1] = json.dumps(json.loads(lines[1])).encode() + b"\n"
    log.write_bytes(b"".join(lines))
    ran = mlpolicy("record", "verify", log, "--format", "json")
    (fault,) = ran.json["diagnostics"]
    assert (ran.code, fault["code"], fault["line"]) == (1, "MLP1102", 2)


@pytest.mark.parametrize(
    ("log", "options", "said"),
    [
        ("mlproject.yaml", (), "is no log of records, and is left as it is"),
        ("policy", (), "it is a folder"),
        ("nowhere/log.jsonl", (), "make its folder first"),
        ("l", ("--mask",), "masking needs `--salts FILE`"),
        ("l", ("--salts", "s"), "goes with `--mask`"),
        ("l", ("--mask", "--salts", "l"), "must not lie in the log"),
        ("l", ("--mask", "--salts", "l.d/s"), "must not lie in the log"),
        ("l", ("--mask-field", "project.busines", "--salts", "s"), "did you mean `business`?"),
        ("l", ("--waivers", "none.yaml"), "there is no `none.yaml`"),
    ],
)
def test_what_cannot_be_recorded(
    project: Path, mlpolicy: Command, log: str, options: tuple[str, ...], said: str
) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    ran = mlpolicy(
        *("record", "add", "mlproject.yaml", "--policy", "policy", "--log", log, *options)
    )
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_nothing_is_added_behind_an_altered_record(log: Path, mlpolicy: Command) -> None:
    data = log.read_bytes()
    log.write_bytes(data[:-200] + b"x" + data[-199:])
    touched = log.read_bytes()
    ran = mlpolicy("record", "add", "mlproject.yaml", "--policy", "policy", "--log", "log.jsonl")
    assert (ran.code, ran.out) == (3, "")
    assert "record verify" in ran.err
    assert log.read_bytes() == touched


def test_nothing_rests_on_an_altered_file(log: Path, mlpolicy: Command) -> None:
    digest = records(log)[0]["policy"]["files"][0]["digest"].removeprefix("sha256:")
    (Path("log.jsonl.d") / digest).write_bytes(b"altered")
    ran = mlpolicy("record", "add", "mlproject.yaml", "--policy", "policy", "--log", "log.jsonl")
    assert ran.code == 3
    assert "MLP1108" in ran.err
    assert len(records(log)) == 3


def test_the_chain_law_holds_for_any_records(log: Path) -> None:
    """A line follows another exactly where number and hash do."""
    lines = [line_at(data, 1, "log") for data in log.read_bytes().splitlines(keepends=True)]
    for i, before in enumerate([None, *lines]):
        for j, line in enumerate(lines):
            assert (i == j) == (list(chain_faults(before, line)) == [])
