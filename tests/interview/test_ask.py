"""`mlpolicy ask`: asks what matters, takes what fits, keeps the manifest and its text."""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from mlpolicy.manifest import load
from mlpolicy.schema import load_schema
from tests.interview.interview_support import Ask
from tests.mdcase import Case, Golden, for_each, read
from tests.scopes import SCOPES

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "tests" / "cli" / "packs" / "sentiment" / "1.0.0"
SCHEMA = load_schema((ROOT / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES)
JUDGE = ("--policy", str(PACK), "--as-of", "2026-11-22")
PROOF = ("--policy", str(Path(__file__).parent / "pack" / "1.0.0"), "--as-of", "2026-11-22")
AWS = ("--policy", "aws-ml-selection@1.0.0", "--as-of", "2026-11-22")
PLAIN = """\
project: p
owner: team/x
regions: [us-east-1]
workloads:
  - name: w
    task: sentiment
"""


CONVERSATIONS = read(Path(__file__).parent / "cases" / "conversations.md")


@pytest.mark.slow
@for_each(CONVERSATIONS)
def test_a_conversation(case: Case, golden: Golden, mlpolicy: Ask) -> None:
    """A manifest, what is typed, the manifest afterwards, and what is said."""
    file = Path("mlproject.yaml")
    file.write_text(case.one("yaml").text)
    ran = mlpolicy("ask", *JUDGE, typed=case.one("typed").text)
    after = file.read_text()
    assert case.after is not None
    golden.holds(case, case.after, after)
    golden.shows(case, "conversation", f"{ran.out}{ran.err}exit code {ran.code}\n")
    assert "\x1b" not in ran.out
    assert not [line for line in ran.out.splitlines() if len(line) > 80]
    assert not load(after.encode(), "f", SCHEMA)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "asked", "barred"),
    [("accuracy", "value_pct", "value"), ("rmse", "value", "value_pct")],
)
def test_of_an_entry_only_what_goes_with_its_words_is_asked(
    metric: str, asked: str, barred: str, mlpolicy: Ask
) -> None:
    """The schema says which keys stand beside which metric (`x-stands-with`)."""
    wanted = "required_pct: 80" if metric == "accuracy" else "required: 5"
    needs = "    needs: {complete: true, languages: [en]}\n    data: {labelled_examples: 900}\n"
    quality = f"    quality: {{metric: {metric}, {wanted}}}\n"
    Path("m.yaml").write_text(PLAIN + needs + quality)
    policy = ("--policy", "aws-ml-selection@1.2.0", "--as-of", "2026-11-22")
    said = mlpolicy("ask", "m.yaml", *policy, typed="3.5\n").out
    entry = re.findall(r"workload\.measurements\S*[^\n]*? ?(value_pct|value)\b", said)
    assert asked in entry
    assert barred not in entry


def test_what_was_unknown_is_asked_again_on_request(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN + "    needs: {strict_compliance: unknown}\n")
    assert "May data" not in mlpolicy("ask", "m.yaml", *JUDGE, typed="no\n").out.split("Not ans")[0]
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--again", typed="yes\nno\n")
    assert ran.code == 0
    assert "stated so far: unknown" in ran.out
    assert Path("m.yaml").read_text() == PLAIN + "    needs: {strict_compliance: true}\n"


def test_an_interview_can_be_left_and_resumed(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    assert mlpolicy("ask", "m.yaml", *JUDGE, typed="no\nquit\n").code == 4
    ran = mlpolicy("ask", "m.yaml", *JUDGE, typed="80\nno\n")
    assert ran.code == 0
    assert "May data" not in ran.out
    whole = Path("m.yaml").read_text()
    Path("n.yaml").write_text(PLAIN)
    mlpolicy("ask", "n.yaml", *JUDGE, typed="no\n80\nno\n")
    assert whole == Path("n.yaml").read_text()


def test_only_one_workload_is_asked_about(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN + "  - {name: v, task: churn}\n")
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--of", "v", typed="yes\nno\n")
    assert ran.code == 0
    assert Path("m.yaml").read_text() == (
        PLAIN + "  - {name: v, task: churn, needs: {strict_compliance: true}}\n"
    )
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--of", "vv", typed="yes\n")
    assert ran.code == 3
    assert "MLP0913" in ran.err


# -- a list of records ---------------------------------------------------------------------------


def test_a_measurement_is_asked_for_and_appended(mlpolicy: Ask) -> None:
    before = PLAIN + (
        "    measurements: # from the pilot\n"
        "    - {system: other, metric: accuracy, value_pct: 50}\n"
        "    mode: batch\n"
    )
    Path("m.yaml").write_text(before)
    ran = mlpolicy("ask", "m.yaml", *PROOF, typed="0.91\n91\n400\nyesterday\n2026-11-01\n")
    assert ran.code == 0, ran.out
    assert "looks like a fraction" in ran.out
    assert "not taken: `measured_on` is `yesterday`; expected a date" in ran.out
    assert Path("m.yaml").read_text() == before.replace(
        "    mode",
        "    - system: reader\n      metric: accuracy\n      value_pct: 91\n"
        '      sample_size: 400\n      measured_on: "2026-11-01"\n    mode',
    )


def test_a_measurement_may_be_unknown_and_its_details_skipped(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    ran = mlpolicy("ask", "m.yaml", *PROOF, typed="?\nno\n")
    assert ran.code == 4
    assert Path("m.yaml").read_text() == PLAIN
    ran = mlpolicy("ask", "m.yaml", *PROOF, typed="80\nskip\nskip\nno\n")
    assert ran.code == 0
    assert Path("m.yaml").read_text() == PLAIN + (
        "    measurements:\n      - system: reader\n        metric: accuracy\n"
        "        value_pct: 80\n"
    )


# -- a new manifest --------------------------------------------------------------------------------


def test_a_manifest_is_begun_where_there_is_none(mlpolicy: Ask) -> None:
    typed = (
        "my shop\nmy-shop\nteam/x\nparis\nus-east-1 eu-west-1\nw\nsentimnet\nsentiment\nyes\nno\n"
    )
    ran = mlpolicy("ask", *JUDGE, typed=typed)
    assert ran.code == 0
    assert "There is no mlproject.yaml yet." in ran.out
    assert "did you mean `sentiment`?" in ran.out
    assert Path("mlproject.yaml").read_text() == (
        "project: my-shop\nowner: team/x\nregions: [us-east-1, eu-west-1]\nworkloads:\n"
        "  - name: w\n    task: sentiment\n    needs:\n      strict_compliance: true\n"
    )


def test_what_the_schema_asks_only_then_is_asked_then(mlpolicy: Ask) -> None:
    typed = "p\nteam/x\nus-east-1\nw\nother\nreads minds\nyes\nno\n"
    assert mlpolicy("ask", "new.json", *JUDGE, typed=typed).code == 0
    written = json.loads(Path("new.json").read_text())
    assert written["workloads"][0] == {
        "name": "w",
        "task": "other",
        "task_description": "reads minds",
        "needs": {"strict_compliance": True},
    }


def test_nothing_is_written_before_a_manifest_is_whole(mlpolicy: Ask) -> None:
    ran = mlpolicy("ask", *JUDGE, typed="p\nteam/x\n")
    assert ran.code == 130
    said = " ".join(ran.out.split())
    assert (
        "Nothing was written: mlproject.yaml has not been begun. A manifest is written once" in said
    )
    assert list(Path().iterdir()) == []
    ran = mlpolicy("ask", *JUDGE, typed="p\n?\nskip\nback\nq\nquit\n")
    assert ran.code == 4
    assert list(Path().iterdir()) == []


# -- answers from a file ---------------------------------------------------------------------------


def test_answers_come_from_a_file(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    Path("a.yaml").write_text(
        "w:\n  needs: {strict_compliance: no}\n  quality.positive_rate_pct: 80..85\n"
        "  latency.required_ms: 5\n"
    )
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--answers", "a.yaml")
    assert ran.code == 0, ran.err
    assert "MLP1204" in ran.err
    assert "`workload.latency.required_ms` was not asked for of `w`" in ran.err
    assert Path("m.yaml").read_text() == (
        PLAIN + "    needs:\n      strict_compliance: false\n"
        "    quality:\n      positive_rate_pct: {low: 80, high: 85}\n"
    )
    again = mlpolicy("ask", "m.yaml", *JUDGE, "--answers", "a.yaml")
    assert "the manifest states it already" in again.err


def test_a_file_of_answers_says_the_same_in_every_form(mlpolicy: Ask) -> None:
    results = set()
    for form in (
        "w: {needs: {strict_compliance: yes}}",
        'w: {needs.strict_compliance: "yes"}',
        "workload.needs.strict_compliance: true",
        '{"workload": {"needs.strict_compliance": true}}',
        "w: {workload.needs.strict_compliance: y}",
    ):
        Path("m.yaml").write_text(PLAIN)
        Path("a.yaml").write_text(form)
        assert mlpolicy("ask", "m.yaml", *JUDGE, "--answers", "a.yaml").code == 0, form
        results.add(Path("m.yaml").read_text())
    assert len(results) == 1


BAD = {
    "w: {needs.strict_compliance: perhaps}": "strict_compliance`: expected yes or no",
    "w: {nedes.strict_compliance: yes}": "did you mean `workload.needs.strict_compliance`?",
    "v: {needs.strict_compliance: yes}": "`v` is neither a workload nor a path",
    "w: {needs.strict_compliance: no, quality.positive_rate_pct: 101}": "expected 0 to 100 %",
    "w: {needs.strict_compliance: no, quality.positive_rate_pct: 10k}": "plain digits",
    "[1, 2]": "MLP1205",
    "w: {needs.strict_compliance: !!str yes}": "MLP0608",
}


@pytest.mark.parametrize("answers", BAD)
def test_with_a_bad_answer_nothing_is_written(answers: str, mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    Path("a.yaml").write_text(answers)
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--answers", "a.yaml")
    assert ran.code == 3
    assert BAD[answers] in ran.err
    assert Path("m.yaml").read_text() == PLAIN


def test_without_an_answer_a_question_is_listed(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    ran = mlpolicy(
        "ask", "m.yaml", *JUDGE, "--answers", "-", "--format", "json", typed="{w: {task: churn}}"
    )
    assert ran.code == 4
    assert ran.json["firm"] is False
    first = ran.json["open"][0]
    assert first["path"] == "workload.needs.strict_compliance"
    assert first["when"][0] == {"answer": "yes", "possible": ["diy"]}
    assert ran.json["unused"] == ["workload.task"]
    assert Path("m.yaml").read_text() == PLAIN
    ran = mlpolicy("ask", "m.yaml", *JUDGE, "--answers", os.devnull)
    assert ran.code == 4
    assert "Not answered, and can still change the result:" in ran.out


def test_a_new_manifest_comes_from_answers_whole_or_not(mlpolicy: Ask) -> None:
    Path("a.yaml").write_text(
        "project: {name: p, owner: team/x, aws.regions: [us-east-1]}\n"
        "w: {task: sentiment, needs.strict_compliance: true}\n"
    )
    ran = mlpolicy("ask", "new.yaml", *JUDGE, "--answers", "a.yaml")
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert Path("new.yaml").read_text() == PLAIN + "    needs:\n      strict_compliance: true\n"
    Path("a.yaml").write_text("project.name: p\nworkload: {name: w}\n")
    ran = mlpolicy("ask", "other.yaml", *JUDGE, "--answers", "a.yaml")
    assert ran.code == 3
    assert "`workload.task` has no answer" in ran.err
    assert not Path("other.yaml").exists()


def test_a_measurement_comes_from_answers_in_one_piece(mlpolicy: Ask) -> None:
    Path("m.yaml").write_text(PLAIN)
    Path("a.yaml").write_text(
        "w:\n  measurements[system=reader,metric=accuracy]:\n"
        "    {value_pct: 91, sample_size: 400, measured_on: today}\n"
    )
    # "today" is the day of the clock, so the day that is judged may not lie before it.
    today = str(date.today() + timedelta(days=1))
    ran = mlpolicy("ask", "m.yaml", *PROOF[:3], today, "--answers", "a.yaml")
    assert ran.err == ""
    document = load(Path("m.yaml").read_bytes(), "f", SCHEMA)[0][0]
    held = document.workloads[0].fact.get("measurements")
    assert held is not None
    assert isinstance(held.value, tuple)
    (entry,) = held.value
    assert isinstance(entry.value, Mapping)
    assert {key: fact.value for key, fact in entry.value.items()} | {"measured_on": ""} == {
        "system": "reader",
        "metric": "accuracy",
        "value_pct": 91,
        "sample_size": 400,
        "measured_on": "",
    }


# -- the file --------------------------------------------------------------------------------------


def test_links_and_permissions_stay(mlpolicy: Ask) -> None:
    Path("real").mkdir()
    target = Path("real/m.yaml")
    target.write_bytes(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())
    target.chmod(0o640)
    Path("m.yaml").symlink_to(target)
    assert mlpolicy("ask", "m.yaml", *JUDGE, typed="yes\nno\n").code == 0
    assert Path("m.yaml").is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())
    assert data.endswith(b"    needs:\r\n      strict_compliance: true\r\n")
    assert [path.name for path in Path("real").iterdir()] == ["m.yaml"]


def test_what_somebody_else_wrote_is_not_written_over(
    mlpolicy: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlpolicy.cli import ask

    Path("m.yaml").write_text(PLAIN)
    heard = ask.Prompt.read_line

    def meanwhile(prompt: ask.Prompt) -> str:
        with Path("m.yaml").open("a") as file:
            file.write("# a colleague was here\n")
        return heard(prompt)

    monkeypatch.setattr(ask.Prompt, "read_line", meanwhile)
    ran = mlpolicy("ask", "m.yaml", *JUDGE, typed="yes\n")
    assert ran.code == 3
    assert "MLP1202" in ran.err
    assert Path("m.yaml").read_text() == PLAIN + "# a colleague was here\n"


def test_a_crash_in_the_middle_leaves_the_old_file(
    mlpolicy: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("m.yaml").write_text(PLAIN)

    def fails(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    ran = mlpolicy("ask", "m.yaml", *JUDGE, typed="yes\n")
    assert ran.code == 3
    assert "no space left on device" in ran.err
    assert Path("m.yaml").read_text() == PLAIN
    assert [path.name for path in Path().iterdir()] == ["m.yaml"]


def test_what_cannot_be_edited_is_said_and_the_question_stays(mlpolicy: Ask) -> None:
    text = (
        "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads:\n"
        "  - {name: w, task: churn, needs: &n {complete: true}}\n"
        "  - {name: v, task: churn, needs: *n}\n"
    )
    Path("m.yaml").write_text(text)
    ran = mlpolicy("ask", "m.yaml", *JUDGE, typed="yes\nquit\n")
    assert ran.code == 4
    assert "the alias `*n` stands for this value in another place" in " ".join(ran.out.split())
    assert Path("m.yaml").read_text() == text


@pytest.mark.parametrize(
    ("args", "text", "code"),
    [
        (("-",), "", "MLP1206"),
        (("m.yaml",), "project: [", "MLP0603"),
        (("m.yaml",), PLAIN.replace("owner", "ownr"), "MLP0702"),
        (("m.yaml", "--answers", "none.yaml"), PLAIN, "MLP0901"),
    ],
)
def test_what_cannot_be_asked_about_ends_with_3(
    args: tuple[str, ...], text: str, code: str, mlpolicy: Ask
) -> None:
    Path("m.yaml").write_text(text)
    ran = mlpolicy("ask", *args, *JUDGE)
    assert ran.code == 3
    assert code in ran.err
    assert Path("m.yaml").read_text() == text


# -- every path to the end -------------------------------------------------------------------------


@pytest.mark.slow
def test_whatever_is_answered_the_manifest_is_valid_and_the_end_is_reached(mlpolicy: Ask) -> None:
    """Answer after answer by a fixed rule, over the built-in policy and a project of five."""
    source = ROOT / "tests" / "policy" / "hybrid" / "web-shop.mlproject.yaml"
    lines = ["no", "90", "0", "pii", "low", "skip"]
    Path("m.yaml").write_bytes(source.read_bytes())
    ran = mlpolicy("ask", "m.yaml", *AWS, typed="\n".join(lines * 25) + "\nquit\n")
    assert ran.code in (0, 4), ran.err
    assert ran.err == ""
    assert ran.out.count("  written ") >= 4
    text = Path("m.yaml").read_text()
    assert not load(text.encode(), "f", SCHEMA)[1]
    remarks = [line for line in source.read_text().splitlines() if "#" in line]
    assert remarks == [line for line in text.splitlines() if "#" in line]


# -- measure --into --------------------------------------------------------------------------------

TABLE = "truth,said\n" + "a,a\n" * 9 + "a,b\n" + "b,b\n" * 10


def small_policy() -> None:
    """Policy of this folder: the shipped one would take seconds to ask what is open."""
    Path("mlpolicy.toml").write_text(f'policy = "{PROOF[1]}"\nas_of = "{PROOF[3]}"\n')


@pytest.mark.slow
def test_a_measurement_is_written_and_renewed(mlpolicy: Ask) -> None:
    small_policy()
    Path("m.yaml").write_text(PLAIN)
    Path("t.csv").write_text(TABLE)
    command: tuple[str, ...] = (
        "measure",
        "t.csv",
        "--truth",
        "truth",
        "--predicted",
        "said",
        "--system",
        "comprehend",
    )
    command = (*command, "--measured-on", "2026-11-01", "--into", "m.yaml")
    ran = mlpolicy(*command)
    assert ran.code == 0, ran.err
    assert "1 entry written into m.yaml, workload w\n" in ran.out
    first = Path("m.yaml").read_text()
    assert first.startswith(PLAIN + "    measurements:\n      - system: comprehend\n")
    assert "value_pct: 95\n" in first
    # Renewed in place: remarks and what was not counted stay.
    noted = first.replace("value_pct: 95", "value_pct: 94 # by hand\n        p99_ms: 30")
    noted = noted.replace("sample_size: 20", "sample_size: 10")
    Path("m.yaml").write_text(noted)
    assert "1 stood there already and was renewed" in mlpolicy(*command).out
    assert Path("m.yaml").read_text() == first.replace(
        "value_pct: 95", "value_pct: 95 # by hand\n        p99_ms: 30"
    )
    # Another day is another entry.
    mlpolicy(*command[:-3], "2026-11-02", "--into", "m.yaml")
    assert Path("m.yaml").read_text().count("- system: comprehend") == 2


def test_a_measurement_wants_one_workload(mlpolicy: Ask) -> None:
    small_policy()
    text = PLAIN + "  - {name: v, task: churn}\n"
    Path("m.yaml").write_text(text)
    Path("t.csv").write_text(TABLE)
    command = ("measure", "t.csv", "--truth", "truth", "--predicted", "said", "--into", "m.yaml")
    ran = mlpolicy(*command, "--system", "comprehend")
    assert ran.code == 3
    assert "MLP1207" in ran.err
    assert Path("m.yaml").read_text() == text
    ran = mlpolicy(*command, "--system", "comprehend", "--of", "x")
    assert ran.code == 3
    assert mlpolicy(*command).code == 3
    ran = mlpolicy(*command, "--system", "comprehend", "--of", "v")
    assert ran.code == 0, ran.err
    assert (
        Path("m.yaml")
        .read_text()
        .startswith(
            PLAIN
            + "  - {name: v, task: churn, measurements: [{system: comprehend, metric: accuracy,"
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "meant"),
    [
        ("readerr", "reader"),
        ("raeder", "reader"),
        ("quick-reader", "reader"),
        ("reader", ""),
        ("current", ""),
        ("candidate:bert", ""),
    ],
)
def test_a_misspelt_system_is_told(mlpolicy: Ask, system: str, meant: str) -> None:
    small_policy()
    Path("m.yaml").write_text(PLAIN)
    Path("t.csv").write_text(TABLE)
    command = ("measure", "t.csv", "--truth", "truth", "--predicted", "said", "--into", "m.yaml")
    ran = mlpolicy(*command, "--system", system)
    assert ran.code == 0
    (entry,) = yaml.safe_load(Path("m.yaml").read_text())["workloads"][0]["measurements"]
    assert entry["system"] == system
    assert ("MLP1014" in ran.err) is bool(meant)
    if meant:
        assert f"the policy asks for no measurement of `{system}`" in ran.err
        assert f"did you mean `{meant}`? then correct `system` in m.yaml" in ran.err
    # One that the manifest has measured already was meant, too.
    again = mlpolicy(*command, "--system", system)
    assert again.err == ""


def test_a_folder_is_written_into_where_it_holds_one_manifest(mlpolicy: Ask) -> None:
    small_policy()
    Path("one").mkdir()
    Path("one/mlproject.yaml").write_text(PLAIN)
    Path("t.csv").write_text(TABLE)
    command = ("measure", "t.csv", "--truth", "truth", "--predicted", "said", "--into", "one")
    named = ("--system", "comprehend", "--of", "w")
    ran = mlpolicy(*command, *named)
    assert ran.code == 0, ran.err
    assert "written into one/mlproject.yaml" in ran.out
    Path("one/b.mlproject.yaml").write_text(PLAIN.replace("name: w", "name: v"))
    before = Path("one/mlproject.yaml").read_text()
    ran = mlpolicy(*command, *named)
    assert ran.code == 3
    assert "`one` holds several manifests" in ran.err
    assert "= help: name one of them" in ran.err
    assert Path("one/mlproject.yaml").read_text() == before


def test_opening_reads_and_decides_once_and_each_answer_once_more(
    mlpolicy: Ask, counted: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The places in a text are known from its reading: it is not taken apart once more.
    monkeypatch.delattr("mlpolicy.manifest.edit.compose")
    for number, typed in enumerate(("quit\n", "no\nquit\n", "no\n80\nquit\n")):
        Path("m.yaml").write_text(PLAIN)
        counted.clear()
        mlpolicy("ask", "m.yaml", *JUDGE, typed=typed)
        assert counted["decide"] == counted["load"] == counted["read"] == 1 + number
