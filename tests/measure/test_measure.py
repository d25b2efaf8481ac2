"""`mlpolicy measure`: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mlpolicy import measure as engine
from mlpolicy.manifest import load
from mlpolicy.resources import resource_root
from mlpolicy.schema import load_schema
from tests.command_support import Command
from tests.scopes import SCOPES

TABLE = "id,label,answer\n" + "".join(
    f"{i},{'praise' if i % 3 else 'complaint'},{'praise' if i % 3 or i % 5 == 0 else 'complaint'}\n"
    for i in range(200)
)
COLUMNS = ("--truth", "label", "--predicted", "answer")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("march.csv").write_text(TABLE)


def test_the_figures_are_printed_with_their_intervals(mlpolicy: Command) -> None:
    ran = mlpolicy("measure", "march.csv", *COLUMNS)
    assert ran.code == 0
    assert "march.csv  200 rows, comma-separated" in ran.out
    assert "accuracy  93.00 %  88.59 .. 95.79 %  186 of 200" in ran.out
    assert "macro average" in ran.out
    assert "weighted average" in ran.out
    assert "with `--system NAME` this becomes an entry" in ran.out


@pytest.mark.parametrize(
    ("bar", "said"),
    [
        ("85", "bar 85 %  met: the interval lies above it"),
        ("99", "bar 99 %  missed: the interval lies below it"),
        ("90", "bar 90 %  met, but the interval holds it: to tell 93.00 % from 90 % takes 385 "),
        ("95.5", "bar 95.5 %  missed, but the interval holds it"),
        ("93", "bar 93 %  met, exactly: no sample, however large"),
    ],
)
def test_a_bar_is_compared_with(mlpolicy: Command, bar: str, said: str) -> None:
    ran = mlpolicy("measure", "march.csv", *COLUMNS, "--bar", bar)
    assert ran.code == 0
    assert said in ran.out


def test_the_entry_is_one_that_a_manifest_takes(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("measure", "march.csv", *COLUMNS, "--system", "comprehend", "--positive", "complaint"),
        *("--dataset", "tickets: March, no. 3", "--measured-on", "2026-11-01", "--format", "yaml"),
    )
    assert ran.code == 0
    head = "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads:\n  - name: w\n"
    below = "".join(f"    {line}\n" for line in ran.out.splitlines())
    schema = load_schema(
        (resource_root() / "schemas" / "mlproject.v1.schema.json").read_text(), SCOPES
    )
    documents, faults = load(f"{head}    task: sentiment\n{below}".encode(), "m.yaml", schema)
    assert faults == ()
    (document,) = documents
    facts = document.workloads[0].fact.get("measurements")
    assert facts is not None
    assert isinstance(facts.value, tuple)
    stated = [{key: fact.value for key, fact in entry.value.items()} for entry in facts.value]  # type: ignore[union-attr]
    assert [one["metric"] for one in stated] == ["accuracy", "precision", "recall", "f1"]
    assert stated[0]["system"] == "comprehend"
    assert stated[0]["value_pct"] == 93
    assert stated[0]["sample_size"] == 200
    assert stated[0]["measured_on"] == "2026-11-01"
    assert stated[0]["dataset"] == "tickets: March, no. 3"
    assert "sha256:" in str(stated[0]["source"])
    assert stated[2]["slice"] == "class=complaint"


def test_json_says_the_same(mlpolicy: Command) -> None:
    ran = mlpolicy(
        *("measure", "march.csv", *COLUMNS, "--system", "current", "--bar", "90"),
        *("--measured-on", "2026-11-01", "--format", "json"),
    )
    value = ran.json
    assert ran.code == 0
    assert value["accuracy"]["pct"] == 93
    assert (value["accuracy"]["part"], value["accuracy"]["whole"]) == (186, 200)
    assert value["bar"] == {
        "metric": "accuracy",
        "bar_pct": 90,
        "met": True,
        "straddled": True,
        "needed": 385,
    }
    (entry,) = value["measurements"]
    assert (entry["value_pct"], entry["measured_on"]) == (93, "2026-11-01")
    assert set(value["averages"]) == {"macro", "weighted"}


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolon"), ("\t", "tab")])
def test_other_separators_are_found_and_told(mlpolicy: Command, mark: str, name: str) -> None:
    Path("other.csv").write_text(TABLE.replace(",", mark))
    ran = mlpolicy("measure", "other.csv", *COLUMNS)
    assert ran.code == 0
    assert f"200 rows, {name}-separated" in ran.out


def test_a_byte_order_mark_quotes_and_lines_inside_them_are_read(mlpolicy: Command) -> None:
    text = '\ufefflabel,note,answer\r\n"a","two\r\nlines, and ""quotes""",a\r\n\r\nb,,b\r\n'
    Path("quoted.csv").write_bytes(text.encode())
    value = mlpolicy("measure", "quoted.csv", *COLUMNS, "--format", "json").json
    assert value["rows"] == 2
    assert [one["label"] for one in value["classes"]] == ["a", "b"]


def test_standard_input(mlpolicy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys
    from types import SimpleNamespace

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TABLE.encode())))
    ran = mlpolicy("measure", "-", *COLUMNS)
    assert ran.code == 0
    assert "<stdin>  200 rows" in ran.out


# Bad input.

REFUSED = {
    "empty": (b"", "MLP1001", "`bad.csv` is empty"),
    "blank": (b"\n \n", "MLP1001", "`bad.csv` is empty"),
    "only names": (b"label,answer\n", "MLP1001", "has names of columns and no rows"),
    "no such column": (b"labels,answer\na,a\n", "MLP1002", "no column `label`"),
    "latin 1": (b"label,answer\na,a\ncaf\xe9,a\n", "MLP1003", "line 3 of `bad.csv` is not UTF-8"),
    "utf 16": ("label,answer\na,a\n".encode("utf-16"), "MLP1003", "line 1 of `bad.csv` is not"),
    "a zip": (b"PK\x03\x04\0\0", "MLP1003", "line 1 of `bad.csv` is not text"),
    "short row": (b"label,answer\na,a\na\n", "MLP1004", "1 cell where the first line has 2"),
    "long row": (b"label,answer\na,b,c\n", "MLP1004", "3 cells where the first line has 2"),
    "no truth": (b"label,answer\n,a\n", "MLP1005", "no value in `label`"),
    "neither": (b"label,answer\n , \n", "MLP1005", "no value in `label` and `answer`"),
    "open quote": (b'label,answer\na,a\n"b,b\n', "MLP1006", "a quote is opened and never closed"),
    "after quote": (b'label,answer\n"a"x,a\n', "MLP1006", "text follows a closing quote"),
    "old line ends": (b"label,answer\ra,a\r", "MLP1006", "a line ends with a carriage return"),
    "twice": (b"label,answer,label\na,a,b\n", "MLP1008", "2 columns are called `label`"),
    "ids": (
        b"label,answer\n" + b"".join(b"n%d,n%d\n" % (i, i) for i in range(2000)),
        "MLP1007",
        "more than 1,000 different labels",
    ),
    "amounts": (b"label,answer\n10.5,11\n9,9.25\n", "MLP1016", "hold amounts, not labels"),
    "many numbers": (
        b"label,answer\n" + b"".join(b"%d,%d\n" % (i, i + 1) for i in range(90)),
        "MLP1016",
        "hold amounts, not labels",
    ),
    "one long line": (b"label,answer\n" + b"x" * 1_100_000, "MLP1007", "line 2 has more than"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_bad_table_is_3_with_one_message(mlpolicy: Command, name: str) -> None:
    data, code, message = REFUSED[name]
    Path("bad.csv").write_bytes(data)
    ran = mlpolicy("measure", "bad.csv", *COLUMNS)
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.count("error[") == 1
    assert f"error[{code}]" in ran.err
    assert message in ran.err
    assert "help: " in ran.err


def test_a_fault_of_a_row_is_told_with_its_line(mlpolicy: Command) -> None:
    """The line of the file, though a cell above goes over several."""
    Path("bad.csv").write_text('label,note,answer\na,"x\ny\nz",a\na,,a\nb,\n')
    ran = mlpolicy("measure", "bad.csv", *COLUMNS)
    assert ran.code == 3
    assert "--> bad.csv:6:1\n6 | b,\n  | ^^\n" in ran.err


def test_the_nearest_column_is_named(mlpolicy: Command) -> None:
    ran = mlpolicy("measure", "march.csv", "--truth", "lable", "--predicted", "answr")
    assert "did you mean `label`?" in ran.err
    assert "did you mean `answer`?" in ran.err
    assert "--> march.csv:1:1" in ran.err


def test_one_column_is_not_both(mlpolicy: Command) -> None:
    ran = mlpolicy("measure", "march.csv", "--truth", "label", "--predicted", "label")
    assert ran.code == 3
    assert "cannot be both the truth and the prediction" in ran.err


def test_many_faults_are_not_all_told(mlpolicy: Command) -> None:
    Path("bad.csv").write_text("label,answer\n" + "a\n" * 50)
    ran = mlpolicy("measure", "bad.csv", *COLUMNS)
    assert ran.err.count("error[MLP1004]") == engine.MOST_FAULTS + 1
    assert "45 more rows have faults" in ran.err


def test_too_many_rows_are_refused(mlpolicy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.table, "MOST_ROWS", 100)
    ran = mlpolicy("measure", "march.csv", *COLUMNS)
    assert ran.code == 3
    assert "MLP1007" in ran.err


def test_a_missing_file_is_3_and_its_neighbour_named(mlpolicy: Command) -> None:
    ran = mlpolicy("measure", "mrach.csv", *COLUMNS)
    assert ran.code == 3
    assert "there is no `mrach.csv`" in ran.err
    assert "did you mean `march.csv`?" in ran.err
    assert mlpolicy("measure", ".", *COLUMNS).code == 3


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_3(mlpolicy: Command) -> None:
    Path("march.csv").chmod(0)
    ran = mlpolicy("measure", "march.csv", *COLUMNS)
    assert ran.code == 3
    assert "no permission" in ran.err


# Right, and likely a slip.


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("label,answer\na,a\na,a\n", "MLP1009", "every row is truly `a`"),
        (
            "label,answer\npraise,praise\nblame,prase\n",
            "MLP1010",
            "`prase` is predicted in 1 row and never true",
        ),
        (
            "label,answer\nyes,Yes\nYes,yes\nno,no\n",
            "MLP1011",
            "`Yes` and `yes` count as 2 classes",
        ),
        (
            "label,answer\nNaN,NaN\nno,NaN\nno,no\n",
            "MLP1015",
            "`NaN` counts as a class like any other",
        ),
        (
            "label,answer\nN/A,N/A\nno,no\n",
            "MLP1015",
            "`N/A` counts as a class like any other",
        ),
    ],
)
def test_a_likely_slip_is_a_warning(mlpolicy: Command, text: str, code: str, message: str) -> None:
    Path("odd.csv").write_text(text)
    ran = mlpolicy("measure", "odd.csv", *COLUMNS)
    assert ran.code == 0
    assert f"warning[{code}]: {message}" in ran.err
    json_said = mlpolicy("measure", "odd.csv", *COLUMNS, "--format", "json").json["diagnostics"]
    assert [one["code"] for one in json_said] == [code]


@pytest.mark.parametrize(
    ("label", "shown"), [("a\nb", '"a\\nb"'), (" a", '" a"'), ("a\tb", '"a\\tb"'), ("é", "é")]
)
def test_a_label_is_one_cell_of_the_table_and_seen_as_it_is(
    mlpolicy: Command, label: str, shown: str
) -> None:
    Path("odd.csv").write_text(f'label,answer\n"{label}","{label}"\nz,z\n', encoding="utf-8")
    ran = mlpolicy("measure", "odd.csv", *COLUMNS)
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line.startswith(f"{shown} ")]


def test_what_does_not_exist_is_said_not_to(mlpolicy: Command) -> None:
    Path("odd.csv").write_text("label,answer\na,b\nb,b\n")
    ran = mlpolicy("measure", "odd.csv", *COLUMNS)
    (row,) = [line for line in ran.out.splitlines() if line.startswith("a ")]
    assert "not defined" in row
    value = mlpolicy("measure", "odd.csv", *COLUMNS, "--format", "json").json
    assert value["classes"][0]["precision"]["pct"] is None
    assert value["averages"]["macro"]["precision_pct"] is None


# Options.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--bar", "0.85"), "`0.85` looks like a fraction; write 85 for 85 %"),
        (("--bar", "101"), "`101` is no percentage"),
        (("--bar", "high"), "`high` is no percentage"),
        (("--bar", "850%"), "`850%` is no percentage"),
        (("--measured-on", "9999-12-31"), "`9999-12-31` is after today"),
        (("--measured-on", "1.11.2026"), "`1.11.2026` is no date"),
        (("--format", "yaml"), "give `--system NAME`"),
        (("--system", "Amazon Comprehend"), "`Amazon Comprehend` cannot name a system"),
        (("--positive", "praises"), "did you mean `praise`?"),
    ],
)
def test_an_option_that_makes_no_sense_is_3(
    mlpolicy: Command, options: tuple[str, ...], message: str
) -> None:
    ran = mlpolicy("measure", "march.csv", *COLUMNS, *options)
    assert ran.code == 3
    assert message in ran.err


def test_a_bar_may_be_written_with_its_sign(mlpolicy: Command) -> None:
    plain = mlpolicy("measure", "march.csv", *COLUMNS, "--bar", "85")
    assert plain.code == 0
    for written in ("85%", "85 %"):
        assert mlpolicy("measure", "march.csv", *COLUMNS, "--bar", written) == plain


def test_the_same_table_gives_the_same_bytes(mlpolicy: Command) -> None:
    call = ("measure", "march.csv", *COLUMNS, "--measured-on", "2026-11-01", "--format", "json")
    assert mlpolicy(*call).out == mlpolicy(*call).out
    assert json.loads(mlpolicy(*call).out)["digest"].startswith("sha256:")


def test_what_is_refused_is_json_where_json_is_asked_for(mlpolicy: Command) -> None:
    Path("bad.csv").write_text("label,answer\na,a\na\n")
    ran = mlpolicy("measure", "bad.csv", *COLUMNS, "--format", "json")
    assert (ran.code, ran.err) == (3, "")
    (fault,) = ran.json["diagnostics"]
    assert (fault["code"], fault["file"], fault["line"]) == ("MLP1004", "bad.csv", 3)


# Other metrics.

FORECAST = "week,actual,forecast\n1,100,90\n2,200,230\n3,50,50\n"
NEED = (
    "project: p\nowner: team/x\nregions: [us-east-1]\nworkloads:\n"
    "  - name: w\n    task: {task}\n    quality: {{metric: {metric}, {bar}}}\n"
)


@pytest.mark.parametrize(
    ("metric", "bar", "said"),
    [
        ("wape", "12", "wape  11.4286 %  over 3 rows\nbar 12 %  met: wape is at most that"),
        ("wape", "11.4285", "bar 11.4285 %  missed: wape is above it"),
        ("mae", "13.4", "mae  13.333334  over 3 rows\nbar 13.4  met"),
        ("rmse", "18.2", "rmse  18.257419  over 3 rows\nbar 18.2  missed: rmse is above it"),
        ("mape", "0.5%", "bar 0.5 %  missed: mape is above it"),
    ],
)
def test_an_error_meets_a_bar_from_below(
    mlpolicy: Command, metric: str, bar: str, said: str
) -> None:
    Path("f.csv").write_text(FORECAST)
    ran = mlpolicy("measure", "f.csv", "--metric", metric, "--bar", bar)
    assert ran.code == 0
    assert said in ran.out
    assert "lower is better; no interval is given" in ran.out
    compared = mlpolicy(
        "measure", "f.csv", "--metric", metric, "--bar", bar, "--format", "json"
    ).json["bar"]
    assert (compared["metric"], compared["met"]) == (metric, "  met" in said)
    assert (compared["straddled"], compared["needed"]) == (None, None)


def test_the_bar_is_compared_with_the_metric_that_it_is_about(mlpolicy: Command) -> None:
    Path("rare.csv").write_text(
        "label,answer\n" + "safe,safe\n" * 94 + "unsafe,unsafe\n" * 4 + "unsafe,safe\n" * 2
    )
    of_unsafe = ("measure", "rare.csv", *COLUMNS, "--positive", "unsafe", "--bar", "95")
    ran = mlpolicy(*of_unsafe)
    assert ran.code == 3
    assert "several are computed: accuracy, precision, recall, f1; name only" in ran.err
    ran = mlpolicy(*of_unsafe, "--metric", "recall")
    assert "recall of unsafe  66.67 %\nbar 95 %  missed: the interval" in ran.out
    ran = mlpolicy(*of_unsafe, "--metric", "f1")
    assert "f1 of unsafe  80.00 %\nbar 95 %  missed: f1 is below it" in ran.out
    value = mlpolicy(*of_unsafe, "--metric", "accuracy", "--format", "json").json
    assert (value["bar"]["metric"], value["bar"]["met"]) == ("accuracy", True)


@pytest.mark.slow
def test_the_manifest_says_which_metric_a_bar_is_about(mlpolicy: Command) -> None:
    Path("m.yaml").write_text(
        NEED.format(task="text-classification", metric="recall", bar="required_pct: 95")
    )
    ran = mlpolicy(
        *("measure", "march.csv", *COLUMNS, "--positive", "complaint", "--bar", "95"),
        *("--system", "comprehend", "--into", "m.yaml", "--format", "json"),
    )
    assert ran.json["bar"]["metric"] == "recall"


@pytest.mark.slow
def test_a_manifest_takes_the_entries_and_renews_them(mlpolicy: Command) -> None:
    """The metric is that of the requirement where none is named."""
    Path("f.csv").write_text(FORECAST)
    Path("m.yaml").write_text(
        NEED.format(task="tabular-regression", metric="rmse", bar="required: 20")
    )
    call = ("measure", "f.csv", "--system", "candidate:x", "--into", "m.yaml")
    assert "1 entry written into m.yaml" in mlpolicy(*call).out
    assert "value: 18.257419" in Path("m.yaml").read_text()
    assert "value_pct" not in Path("m.yaml").read_text()
    Path("f.csv").write_text(FORECAST.replace("230", "210"))
    both = mlpolicy(*call, "--metric", "rmse", "--metric", "wape")
    assert "2 entries written into m.yaml" in both.out
    assert "1 stood there already and was renewed" in both.out
    text = Path("m.yaml").read_text()
    assert text.count("metric: rmse") == 2  # the requirement, and one entry
    assert "value: 8.164966" in text
    assert "value_pct: 5.7143" in text


@pytest.mark.slow
def test_what_no_manifest_states_is_told_and_not_written(mlpolicy: Command) -> None:
    Path("f.csv").write_text("actual,forecast\n1,5\n")
    Path("m.yaml").write_text(
        before := NEED.format(task="time-series-forecast", metric="wape", bar="required_pct: 20")
    )
    ran = mlpolicy("measure", "f.csv", "--system", "candidate:x", "--into", "m.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert "wape is above 100 %" in ran.err
    assert "nothing could be written into m.yaml" in ran.err
    assert Path("m.yaml").read_text() == before
    ran = mlpolicy("measure", "f.csv", "--metric", "wape", "--system", "candidate:x")
    assert (ran.code, "`--system NAME`" in ran.out) == (0, False)


@pytest.mark.parametrize(
    ("text", "options", "code", "said"),
    [
        (FORECAST, (), "MLP1002", "the columns are those of `--metric wape`"),
        ("user,relevance,score\na,1,2\n", (), "MLP1002", "those of `--metric ndcg`"),
        ("label,answer\n1.5,2\n9,9.25\n8,1\n", (), "MLP1016", "by `--metric wape`, `mape`"),
        ("label,answer\n1,0.75\n0,0.5\n", (), "MLP1016", "by `--metric auc`"),
        ("label,answer\nyes,0.75\nno,0.5\n", (), "MLP1016", "by `--metric auc`"),
        (FORECAST, ("--metric", "wer"), "MLP1002", "which column is the reference?"),
        (FORECAST, ("--metric", "mae", "--truth", "actuals"), "MLP1002", "did you mean `actual`?"),
        ("actual,truth,forecast\n1,1,1\n", ("--metric", "mae"), "MLP1008", "may each be the true"),
        (
            "q,relevance,rank,score\n1,1,1,1\n",
            ("--metric", "map", "--query", "q"),
            "MLP1008",
            "`--predicted` or `--rank`",
        ),
    ],
)
def test_the_fitting_metric_or_column_is_named(
    mlpolicy: Command, text: str, options: tuple[str, ...], code: str, said: str
) -> None:
    Path("odd.csv").write_text(text)
    ran = mlpolicy("measure", "odd.csv", *options)
    assert (ran.code, ran.out) == (3, "")
    assert f"error[{code}]" in ran.err
    assert said in ran.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--metric", "mae", "--metric", "wer"), "mae and wer are of different tables"),
        (("--metric", "mae", "--k", "3"), "`--k` is of rankings"),
        (("--query", "id"), "`--query` is of rankings"),
        (("--metric", "map", "--rank", "a", "--predicted", "b"), "both say the order"),
        (("--metric", "recall"), "recall is of one class: give `--positive LABEL`"),
        (("--metric", "wer", "--positive", "a"), "`--positive` is of labels and scores"),
        (("--metric", "rmse", "--bar", "5%"), "`5%` is no bar for rmse"),
        (("--metric", "bleu"), "bleu"),
    ],
)
def test_options_that_do_not_go_together_are_3(
    mlpolicy: Command, options: tuple[str, ...], message: str
) -> None:
    ran = mlpolicy("measure", "march.csv", *options)
    assert ran.code == 3
    assert message in ran.err


def test_a_spreadsheet_is_read_as_it_was_saved(mlpolicy: Command) -> None:
    """`sep=;`, a byte order mark, line ends with CR LF, decimal commas."""
    text = '\ufeffsep=;\r\nActual;Forecast\r\n1.200,5;1000\r\n"10,5";11\r\n'
    Path("sheet.csv").write_bytes(text.encode())
    value = mlpolicy("measure", "sheet.csv", "--metric", "mae", "--format", "json").json
    assert value["separator"] == "semicolon"
    assert value["columns"] == {"truth": "Actual", "predicted": "Forecast"}
    assert value["figures"][0]["low"] == value["figures"][0]["high"] == 100.5


def test_rankings_say_over_what_they_are(mlpolicy: Command) -> None:
    Path("r.csv").write_text("user,relevance,rank\na,1,1\na,0,2\nb,0,1\nb,3,2\n")
    ran = mlpolicy(
        *("measure", "r.csv", "--metric", "map", "--metric", "ndcg", "--k", "1"),
        *("--system", "personalize", "--measured-on", "2026-11-01"),
    )
    assert "ndcg  50 %  over 2 queries, the first 1 row of each" in ran.out
    assert "map   50 %" in ran.out
    assert "mlpolicy measure r.csv --k 1, sha256:" in ran.out
