"""Nothing that is printed can begin a command of a CI system, steer a terminal, or say what its
reader does not see, whatever stands in manifests, tables and names."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpolicy.characters import hidden, printed
from mlpolicy.render.json import quoted
from mlpolicy.render.style import bold, finish, red
from tests.command_support import Command
from tests.field.field_support import unsafe
from tests.profiles import examples

COMMANDS = (
    "::error file=a.py,line=1::x",
    "##[error]x",
    "##vso[task.complete result=Succeeded]x",
    "##teamcity[buildStatus status='SUCCESS']",
    "::add-mask::x",
    "##[group]x",
)
UNSEEN = (
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202e\u2060\u2066\u3164\u2800\ufeff\U000e0041\U0001d173"
)
#: What an escape must not bring into a manifest, since no text file may hold it.
REFUSED = ("\\e[2K", "\\0", "\\x01r", "\\b", "\\x7f", "\\u0085", "\\u202e", "\\U000E0041")
#: A text for a manifest in quotes: all of it at once, since a view is made only once.
HOSTILE = " ".join(
    [
        *COMMANDS,
        *(f"\\U{ord(char):08X}" for char in UNSEEN if hidden(f"é{char}é") is None),
        *("\\r", "\\u200b", "\\u2028", "\\n::error::x", "\\t::error::x"),
    ]
)

MANIFEST = """
project: p
owner: team/x
regions: [us-east-1]
decision_date: 2026-11-28
lifecycle: poc
workloads:
  - name: w
    task: invoice-extraction
    task_description: "HOSTILE"
    needs: {complete: true, languages: [en]}
    usage: {documents_per_month: 50000, pages_per_document: 1}
    measurements:
      - {system: textract, metric: accuracy, value_pct: 93, dataset: "HOSTILE",
         sample_size: 400, measured_on: "2026-11-02", source: "HOSTILE"}
    plan: {outcome: sagemaker}
waivers:
  - {id: W-1, rule: above_need, reason: "HOSTILE", approved_by: "b@example.com",
     expires_on: "2027-01-31", ticket: "HOSTILE", owner: "##[error] ::error::x"}
"""
BROKEN = MANIFEST.replace("owner:", '"HOSTILE": 1\nowner:', 1).replace("task:", 'task: "HOSTILE" #')

VIEWS = (
    ["check", "m.yaml"],
    ["check", "m.yaml", "--format", "json"],
    ["explain", "m.yaml"],
    ["explain", "m.yaml", "--for", "team"],
    ["explain", "m.yaml", "--for", "auditor"],
    ["explain", "m.yaml", "--format", "json"],
    ["explain", "m.yaml", "--format", "markdown"],
    ["explain", "m.yaml", "--format", "html"],
    ["explain", "m.yaml", "--format", "mermaid"],
    ["explain", "m.yaml", "--format", "dot"],
    ["explain", "m.yaml", "--what-if", "owner=::error::x ##[error]"],
    ["waivers", "m.yaml"],
    ["waivers", "m.yaml", "--format", "json"],
    ["manifest", "full", "m.yaml"],
    ["record", "add", "m.yaml", "--log", "l.jsonl", "--by", "::error::x ##[error]"],
    ["record", "verify", "l.jsonl"],
    ["replay", "l.jsonl", "--format", "json"],
    ["ask", "m.yaml", "--format", "json"],
    ["check", "::error::x\n::error::y", "##[error]"],
    ["explain", "m.yaml", "--of", "##[error]\n::error::"],
    ["policies", "show", "\n::error::x##[error]"],
    ["schema", "\n::error::x##[error]"],
    ["\n::error::x##[error]"],
)


@pytest.mark.slow
@pytest.mark.parametrize("text", [MANIFEST, BROKEN], ids=["judged", "refused"])
def test_no_view_prints_what_is_not_seen_or_starts_a_command(
    text: str, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(text.replace("HOSTILE", HOSTILE), "utf-8")
    assert mlpolicy("check", "m.yaml").code == (2 if text is MANIFEST else 3)
    wrong = {}
    for view in VIEWS:
        answers = io.BytesIO(b"::error::x ##[error]\nquit\n")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(answers, "utf-8"))
        ran = mlpolicy(*view)
        assert ran.code != 70, view
        assert ran.out + ran.err, view
        if found := unsafe(ran.out + ran.err):
            wrong[" ".join(view)] = found[0][:500]
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("escape", REFUSED)
@pytest.mark.parametrize(
    "at", ["task_description: x", "source: x", "dataset: x", "reason: x", "lifecycle"]
)
def test_no_escape_brings_in_what_no_file_may_hold(
    escape: str, at: str, mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = MANIFEST.replace('"HOSTILE"', "x")
    key, _, _ = at.partition(": ")
    line = f'"{key}{escape}": ' if at == key else f'{key}: "x{escape}y"'
    where = rf"\b{key}: " if at == key else rf"\b{key}: \w+"
    text, times = re.subn(where, lambda _: line, text, count=1)
    assert times == 1
    Path("m.yaml").write_text(text, "utf-8")
    ran = mlpolicy("check", "m.yaml")
    assert ran.code == 3
    assert "MLP0611" in ran.err
    assert f"m.yaml:{text[: text.index(escape)].count(chr(10)) + 1}:" in ran.err


def test_no_label_of_a_table_does_either(
    mlpolicy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    beside = ("می{}خواهم", "👩{}👧", "ไทย{}ภาษา", "שלום{}!", "⠓{}⠑")
    unseen = (text.format(char) for text in beside for char in UNSEEN)
    labels = [*COMMANDS, *(text for text in unseen if hidden(text) is None)]
    assert len(labels) > len(COMMANDS) + 5
    rows = "".join(f'"{label}","{label}"\n' for label in labels) * 3
    Path("t.csv").write_text(f"truth,said\n{rows}", "utf-8")
    for form in ("text", "json", "yaml"):
        options = ["--truth", "truth", "--predicted", "said", "--format", form]
        ran = mlpolicy("measure", "t.csv", *options, "--system", "x")
        assert ran.out, ran.err
        assert unsafe(ran.out + ran.err) == []


pieces = st.lists(
    st.one_of(
        st.sampled_from([*COMMANDS, *UNSEEN, *"#:[ \n\t\r", "::", "##"]), st.text(max_size=5)
    ),
    max_size=12,
).map("".join)


@examples(500)
@given(pieces, st.booleans())
def test_text_is_safe_in_any_colour(text: str, color: bool) -> None:
    middle = len(text) // 2
    # Marks of colour are our own: a text of the user never brings them in.
    text = text.replace("\x01", "").replace("\x02", "")
    shown = finish(f"{text[:middle]}{bold(text[middle:])}\n{red(text)}", color=color)
    assert unsafe(re.sub("\x1b\\[[0-9;]*m", "", shown)) == []


@examples(500)
@given(pieces)
def test_json_is_safe_and_means_the_same(text: str) -> None:
    written = quoted(text)
    assert json.loads(written) == text
    assert "##" not in written
    assert "\n" not in written
    assert printed(written) == written


@examples(300)
@given(pieces)
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    """Only what must be spelled out is."""
    if printed(text) == text and "##" not in text and "::" not in text:
        assert finish(text, color=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x",
        "www.evil.example",
        "write to a@b.co",
        "owner/repo#1",
        "@somebody",
        "GH-12",
        "mailto:a@b.co",
        "commit 0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_no_text_becomes_a_link_in_a_comment(text: str) -> None:
    from mlpolicy.render.escaping import as_text

    link = r"https?://\w|www\.\w|\w@\w|(?:^|\W)@\w|#\d|GH-\d|mailto:\w|\b[0-9a-f]{7,40}\b"
    assert re.search(link, text)
    assert not re.search(link, as_text(text))
