"""Manifests in, documents or messages out. Most cases stand in `cases/`.

A case is a `yaml` or `json` block and an `errors` block: one line for each message,
`line:column: error[CODE]: message (help)`, and a last line with the names of the documents
that were good all the same.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mlpolicy.core.facts import DECLARED_UNKNOWN, Document, Estimate, Fact
from mlpolicy.diagnostics import CODES, Diagnostic
from mlpolicy.manifest import full, load, load_waivers, sniff
from mlpolicy.resources import resource_root
from mlpolicy.schema import Field, Kind, Schema, load_schema
from mlpolicy.schema.explain import meant
from mlpolicy.yamltext import parsed as yamltext
from tests.mdcase import Case, Golden, for_each, pages
from tests.profiles import examples
from tests.scopes import SCOPES

HERE = Path(__file__).parent
BAD = pages(HERE / "cases")
GOOD = sorted((HERE / "good").iterdir())
TEXT = (resource_root() / "schemas" / "mlproject.v1.schema.json").read_bytes()
SCHEMA = load_schema(TEXT, SCOPES)
HEAD = "project: p\nowner: team/x\nregions: [eu-west-1]\n"


def line(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    where = f"{place.line}:{place.column}" if place else "-"
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"{where}: error[{diagnostic.code}]: {diagnostic.message}{help}"


def told(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [line(diagnostic) for diagnostic in load(data, "m.yaml", SCHEMA)[1]]


def good(text: str | bytes) -> Document:
    data = text if isinstance(text, bytes) else text.encode()
    documents, diagnostics = load(data, "m.yaml", SCHEMA)
    assert [line(each) for each in diagnostics] == []
    assert len(documents) == 1
    return documents[0]


def workload(extra: str) -> str:
    return f"{HEAD}workloads:\n  - name: w\n    task: sentiment\n    {extra}\n"


def value(document: Document, *path: str) -> object:
    fact = document.workloads[0].fact.get(*path)
    assert fact is not None
    return fact.value


# -- bad manifests: the cases --------------------------------------------------------------

_ESCAPED = {"\\t": "\t", "\\x07": "\x07", "\\u202e": "\u202e"}


def content(case: Case) -> bytes:
    """The manifest of a case as it lies on a disk: see the head of `cases/read.md`."""
    block = case.one("yaml", "json")
    text = block.text
    (mark,) = block.marks or {"utf-8"}
    match mark:
        case "crlf":
            return text.replace("\n", "\r\n").encode()
        case "escaped":
            return re.sub(r"\\(t|x07|u202e)", lambda found: _ESCAPED[found[0]], text).encode()
        case _:
            return text.encode(mark)


def named(title: str) -> Case:
    return next(case for case in BAD if case.title == title)


@for_each(BAD)
def test_a_bad_manifest_is_told_as_expected(case: Case, golden: Golden) -> None:
    name = f"m.{case.one('yaml', 'json').kind}"
    documents, diagnostics = load(content(case), name, SCHEMA)
    names = " ".join(document.name for document in documents) or "none"
    golden.holds(case, "errors", "".join(f"{line(d)}\n" for d in diagnostics) + f"good: {names}\n")
    assert diagnostics, "each case has something wrong with it"
    assert all(each.code in CODES for each in diagnostics)


def test_every_code_of_manifests_but_the_size_limits_has_a_case() -> None:
    seen = "".join(case.one("errors").text for case in BAD)
    codes = {code for code in CODES if code.startswith(("MLP06", "MLP07"))}
    assert {code for code in codes if code not in seen} == {"MLP0602", "MLP0614", "MLP0719"}


# -- bad manifests: too large for a file ---------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("[" * 100_000, "MLP0605", id="100,000 open brackets"),
        pytest.param("{a: " * 100_000, "MLP0605", id="100,000 open braces"),
        pytest.param("- " * 100_000, "MLP0605", id="100,000 dashes"),
        pytest.param("# " + "x" * (1024 * 1024), "MLP0602", id="more than 1 MiB"),
        pytest.param("a: [" + "1," * 2000 + "]", "MLP0602", id="2,000 items in a list"),
        pytest.param("[1]\n---\n" * 60_000, "MLP0602", id="100,000 values"),
        pytest.param("".join(f"k{i}: 1\n" for i in range(2000)), "MLP0602", id="2,000 keys"),
    ],
)
def test_a_bomb_is_refused_with_one_message(text: str, code: str) -> None:
    documents, diagnostics = load(text.encode(), "m.yaml", SCHEMA)
    assert documents == ()
    assert [each.code for each in diagnostics if each.code == code] == [code]


def test_at_most_500_workloads_and_2000_characters() -> None:
    row = "  - {{name: w{}, task: sentiment}}\n"
    many = HEAD + "workloads:\n" + "".join(row.format(i) for i in range(501))
    assert told(many) == [
        "5:3: error[MLP0707]: `workloads` has 501 items; at most 500 are allowed (split it)"
    ]
    good(HEAD + "workloads:\n" + "".join(row.format(i) for i in range(500)))
    assert told(workload(f"task_description: {'x' * 2001}")) == [
        "7:23: error[MLP0719]: `task_description` has 2001 characters; at most 2000 are allowed"
        " (shorten it)"
    ]


def several(*numbers: int) -> str:
    """A file of documents that have so many workloads."""
    row = "  - {{name: w{}, task: sentiment}}\n"
    rows = ("".join(row.format(i) for i in range(number)) for number in numbers)
    return "".join(f"---\n{HEAD}workloads:\n{each}" for each in rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("numbers", "read", "line"),
    [
        ((250, 250), 2, 0),
        ((250, 250, 1), 2, 516),
        ((499, 2, 1), 1, 510),
        ((1, 500), 1, 12),
        ((501, 250, 250), 2, 6),
        ((250, 501, 250), 2, 261),
    ],
)
def test_the_documents_of_a_file_have_500_workloads_together(
    numbers: tuple[int, ...], read: int, line: int
) -> None:
    """A document with an error of its own is not decided, and takes no place from the others."""
    documents, faults = load(several(*numbers).encode(), "m.yaml", SCHEMA)
    assert len(documents) == read
    assert [each.place.line for each in faults if each.place] == ([line] if line else [])
    if 501 not in numbers and faults:
        assert "the file holds more than 500 workloads" in faults[0].message
        assert faults[0].help == "split the file into several"


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("---\nx\n" * 100, ""),
        ("---\nx\n" * 101, ""),
        ("---\nx\n" * 900, "202:1: error[MLP0614]: 800 more messages on this file,"),
        (HEAD + "workloads: [" + "!a 1, " * 400 + "]", "4:613: error[MLP0614]: "),
    ],
)
def test_messages_are_bounded_in_one_file(text: str, more: str) -> None:
    said = told(text)
    assert len(said) <= 101
    assert [each for each in said if "MLP0614" in each] == ([said[-1]] if more else [])
    assert said[-1].startswith(more)


def test_what_stopped_the_reading_is_told_behind_a_hundred_messages() -> None:
    *others, stop = told("---\nx\n" * 300 + "---\n[")
    assert "MLP0603" in stop
    assert "200 more messages" in others[-1]


def test_a_thousand_unknown_keys_are_told_in_bounded_number() -> None:
    text = HEAD + "workloads: []\n" + "".join(f"strange{i}: 1\n" for i in range(900))
    assert 50 < len(told(text)) <= 101


# -- good manifests ------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_good_manifest_loads_and_is_valid_for_jsonschema_too(path: Path) -> None:
    document = good(path.read_bytes())
    assert document.kind == "MLProject"
    raw = yaml.safe_load(path.read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(TEXT)).validate(raw)


def test_the_minimal_manifest_is_read_in_full() -> None:
    document = good((HERE / "good" / "minimal.yaml").read_bytes())
    assert (document.name, document.policy, document.decision_date) == (
        "invoice-intake",
        None,
        None,
    )
    assert document.digest.startswith("sha256:")
    regions = document.project.get("aws", "regions")
    assert regions is not None
    assert isinstance(regions.value, tuple)
    assert [each.value for each in regions.value] == ["us-east-1"]
    assert str(regions.place) == "m.yaml:3:10"
    assert str(regions.key_place) == "m.yaml:3:1"
    assert document.project.get("workloads") is None
    [only] = document.workloads
    assert only.name == "read-invoices"
    usage = only.fact.get("usage", "documents_per_month")
    assert usage is not None
    assert usage.value == Fraction(50000)
    assert str(usage.place) == "m.yaml:7:34"
    assert str(usage.key_place) == "m.yaml:7:13"


def test_the_hybrid_manifest_is_read_in_full() -> None:
    document = good((HERE / "good" / "hybrid.yaml").read_bytes())
    assert document.decision_date == "2026-11-22"
    names = [each.name for each in document.workloads]
    assert names == ["transcribe", "to-english", "redact", "intent", "spoken-reply"]
    [waiver] = document.waivers
    assert (waiver.id, waiver.rule, waiver.workload) == ("W-1", "residency", "to-english")
    assert (waiver.approved_on, waiver.expires_on) == ("2026-10-01", "2027-04-01")
    assert (waiver.owner, waiver.max_amount, waiver.ticket) == (None, None, None)
    assert document.project.get("waivers") is None


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("1e6", Fraction(10**6)),
        ("1.5E+3", Fraction(1500)),
        ("12.50", Fraction(25, 2)),
        ("0", Fraction(0)),
        ("-0", Fraction(0)),
        ("+7", Fraction(7)),
        ("1000000000000000", Fraction(10**15)),
        ("0e99", Fraction(0)),
        ("-0.0e99999999999999999999", Fraction(0)),
        ("0e-99999999999999999999", Fraction(0)),
        ("1e+00000000000000000002", Fraction(100)),
    ],
)
def test_numbers_are_exact(written: str, exact: Fraction) -> None:
    document = good(workload(f"costs: {{diy: {{dev_usd: {written}}}}}"))
    got = value(document, "costs", "diy", "dev_usd")
    assert got == exact
    assert isinstance(got, Fraction)


@pytest.mark.parametrize("sign", ["", "-", "+"])
@pytest.mark.parametrize(
    "power", ["e99999999999999999999", "E-99999999999999999999", "e9999", "e-13"]
)
def test_a_number_with_an_endless_power_is_told(sign: str, power: str) -> None:
    [said] = told(workload(f"costs: {{diy: {{dev_usd: {sign}1{power}}}}}"))
    assert said.startswith("7:28: error[MLP0612]: the number")


def test_a_price_keeps_twelve_decimals() -> None:
    row = "workloads: [{name: w, task: sentiment}]"
    document = good(f"{HEAD}prices: [{{item: x, each_usd: 0.000000000001}}]\n{row}\n")
    prices = document.project.get("prices")
    assert prices is not None
    assert isinstance(prices.value, tuple)
    each = prices.value[0].get("each_usd")
    assert each is not None
    assert each.value == Fraction(1, 10**12)


def test_estimates_and_unknown_have_values_of_their_own() -> None:
    text = workload("volume: {requests_per_month: {low: 1e6, high: 3000000}}")
    document = good(f"{text}    quality: {{required_pct: unknown, metric: unknown}}\n")
    got = value(document, "volume", "requests_per_month")
    assert got == Estimate(Fraction(10**6), Fraction(3 * 10**6))
    assert value(document, "quality", "required_pct") is DECLARED_UNKNOWN
    assert value(document, "quality", "metric") is DECLARED_UNKNOWN


def test_unknown_is_a_word_where_the_schema_does_not_offer_it() -> None:
    document = good(f"{HEAD}workloads: [{{name: unknown, task: sentiment}}]\n")
    assert document.workloads[0].name == "unknown"


def test_an_interval_is_not_an_estimate() -> None:
    row = (
        "{system: comprehend, metric: f1, value_pct: 87, confidence_interval: {low: 85, high: 89}}"
    )
    measured = value(good(workload(f"measurements: [{row}]")), "measurements")
    assert isinstance(measured, tuple)
    interval = measured[0].get("confidence_interval", "low")
    assert interval is not None
    assert interval.value == 85


def test_other_words_for_a_task_are_read_as_ours() -> None:
    text = f"{HEAD}workloads: [{{name: w, task: automatic-speech-recognition}}]\n"
    assert value(good(text), "task") == "speech-to-text"
    assert "task: speech-to-text" in full(text.encode(), "m.yaml", SCHEMA)[0]


def test_yaml_1_2_words_stay_words() -> None:
    document = good(workload('task_description: "no"\n    shared_cost_group: yes'))
    assert value(document, "shared_cost_group") == "yes"
    assert value(good(workload("review_by: 2027-01-31")), "review_by") == "2027-01-31"


def test_anchors_are_written_out() -> None:
    text = (
        f"{HEAD}workloads:\n  - {{name: a, task: sentiment, quality: &q {{required_pct: 88}}}}\n"
        "  - {name: b, task: sentiment, quality: *q}\n"
    )
    first, second = good(text).workloads
    assert first.fact.get("quality") == second.fact.get("quality") is not None


def test_prose_may_have_several_lines_and_joiners() -> None:
    text = workload('task_description: "one\\ntwo \\u200D three"')
    assert value(good(text), "task_description") == "one\ntwo \u200d three"


def test_json_crlf_and_a_mark_at_the_beginning_read_the_same() -> None:
    data = (HERE / "good" / "hybrid.yaml").read_bytes()
    plain = good(data)
    crlf = good(data.replace(b"\n", b"\r\n"))
    marked = good(b"\xef\xbb\xbf" + data)
    as_json = good(json.dumps(yaml.safe_load(data), indent=1))
    for other in (crlf, marked, as_json):
        assert other.project == plain.project
        assert other.workloads == plain.workloads
        assert other.digest != plain.digest
    assert marked.project.place == plain.project.place == crlf.project.place


def test_json_may_escape_characters_beyond_the_first_plane() -> None:
    raw = yaml.safe_load((HERE / "good" / "minimal.yaml").read_bytes())
    raw["workloads"][0]["task_description"] = "a 😀 b \\ud83d"
    escaped = json.dumps(raw)
    assert "\\ud83d\\ude00" in escaped
    assert value(good(escaped), "task_description") == "a 😀 b \\ud83d"


def test_places_count_characters_also_beyond_the_first_plane() -> None:
    text = f"{HEAD}workloads: [{{name: w, task: sentiment, task_description: 😀é, mode: fast}}]\n"
    assert told(text)[0].startswith("4:68: error[MLP0706]: `mode` is `fast`")


def test_good_documents_of_a_file_are_returned_beside_a_bad_one() -> None:
    data = content(named("Of several documents one may be bad"))
    documents, diagnostics = load(data, "m.yaml", SCHEMA)
    assert len(documents) == 2
    assert [each.code for each in diagnostics] == ["MLP0706"]


def test_documents_of_other_tools_are_passed_over_beside_a_manifest() -> None:
    other = "apiVersion: backstage.io/v1alpha1\nkind: Component\n---\n"
    good(other + (HERE / "good" / "hybrid.yaml").read_text("utf-8"))
    slip = other.replace("backstage.io", "mlpolcy.dev")
    assert told(slip + (HERE / "good" / "hybrid.yaml").read_text("utf-8")) == [
        "1:13: error[MLP0701]: `apiVersion` is `mlpolcy.dev/v1alpha1`; expected `mlpolicy.dev/v1`"
    ]


@pytest.mark.slow
def test_the_pure_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = good((HERE / "good" / "hybrid.yaml").read_bytes())
    monkeypatch.setattr(yamltext, "LOADER", yaml.Loader)
    assert good((HERE / "good" / "hybrid.yaml").read_bytes()) == fast
    assert [each.code for each in load(b"[" * 99_999, "m", SCHEMA)[1]] == ["MLP0605"]


def test_both_places_of_a_repeated_key_are_shown() -> None:
    [fault] = load(content(named("A key stands once")), "m", SCHEMA)[1]
    assert fault.origin is not None
    assert fault.origin.text == "budget"
    assert [(each.origin.place.line, each.message) for each in fault.labels] == [
        (4, "first given here")
    ]


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("$5K", "USD", "5000"),
        ("$5K", "person", None),
        ("5,000", "USD/month", "5000"),
        ("1,234,567.5", "USD", "1234567.5"),
        ("1,5", "USD", "1.5"),
        ("5.000,00", "USD", "5000"),
        ("5.000.000", "USD", "5000000"),
        ("50\u00a0000", "USD", "50000"),
        ("50\u202f000,5", "USD", "50000.5"),
        ("50\u2019000", "USD", "50000"),
        ("\u22125", "USD", "-5"),
        ("\u0665\u0660", "USD", "50"),
        ("0,125", "USD", None),
        ("5,0,0", "USD", None),
        ("10\u201320", "USD", None),
        ("10 USD", "USD/year", "10"),
        ("10 EUR", "USD", None),
        ("5m", "USD", None),
        ("2M", "text/month", "2000000"),
        ("24 months", "month", "24"),
        ("24 months", "week", None),
        ("100 requests/month", "request/month", "100"),
        ("100 requests/day", "request/month", None),
        ("87 %", "%", "87"),
        ("0x10", "number", "16"),
        ("1_000_000", "number", "1000000"),
        ("-$5", "USD", None),
        ("many", "number", None),
    ],
)
def test_a_number_is_suggested_only_where_there_is_no_doubt(
    text: str, unit: str, number: str | None
) -> None:
    assert meant(text, unit) == number


# -- full form, sniffing, waiver files -----------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_the_full_form_says_the_same(path: Path) -> None:
    text, diagnostics = full(path.read_bytes(), path.name, SCHEMA)
    assert diagnostics == ()
    assert text.startswith("apiVersion: mlpolicy.dev/v1\nkind: MLProject\nmetadata:\n  name: ")
    before, after = good(path.read_bytes()), good(text)
    assert (after.name, after.project) == (before.name, before.project)
    assert after.workloads == before.workloads
    assert after.waivers == before.waivers
    assert full(text.encode(), path.name, SCHEMA)[0] == text
    jsonschema.Draft202012Validator(json.loads(TEXT)).validate(yaml.safe_load(text))


def test_the_full_form_keeps_numbers_and_quotes_what_needs_it() -> None:
    text = workload('task_description: "no"')
    text += "    value_of_quality_gain_usd_per_year: 1e6\n    usage: {chars_per_text: 0.10}\n"
    text += "    plan: {reason: 'a: b # c', approach: on}\n    review_by: 2027-01-31\n"
    text += '    measurements: [{system: a, metric: f1, slice: "x\\u2028y\\n😀"}]\n'
    out = full(text.encode(), "m.yaml", SCHEMA)[0]
    assert 'task_description: "no"' in out
    assert "value_of_quality_gain_usd_per_year: 1000000\n" in out
    assert "chars_per_text: 0.1\n" in out
    assert 'reason: "a: b # c"' in out
    assert 'approach: "on"' in out
    assert 'review_by: "2027-01-31"' in out
    assert good(out).workloads == good(text).workloads


@pytest.mark.parametrize(
    ("data", "claims"),
    [
        (b"apiVersion: mlpolicy.dev/v1\nkind: MLProject\n", True),
        (b"# x\n---\nkind: MLProject\napiVersion: 'mlpolicy.dev/v2'\n", True),
        (b'{"kind": "MLProject", "apiVersion": "mlpolicy.dev/v1"}', True),
        (b'{"apiVersion":"mlpolicy.dev/v1"}', True),
        (b"apiVersion: v1\nkind: Pod\n", False),
        (b"# apiVersion: mlpolicy.dev/v1\n", False),
        (b"project: p\n", False),
        (b"", False),
        (b"apiVersion: mlpolicy.dev/v1\nkind: Waivers\nwaivers: []\n", False),
        (b"\n" * 60_000 + b"x: 1", False),
        (b" " * 60_000, False),
        (b"\xff\xfe\x00", False),
    ],
)
def test_a_file_claims_to_be_a_manifest_by_its_api_version(data: bytes, claims: bool) -> None:
    assert sniff(data, ("mlpolicy.dev",)) is claims


WAIVERS = """apiVersion: mlpolicy.dev/v1
kind: Waivers
waivers:
  - id: W-1
    rule: residency
    workload: elsewhere
    owner: team/cx
    reason: because
    approved_by: dpo@example.com
    expires_on: 2027-04-01
    max_amount: 1200.50
"""


def test_a_waiver_file_holds_waivers_only() -> None:
    waivers, diagnostics = load_waivers(WAIVERS.encode(), "w.yaml", SCHEMA)
    assert diagnostics == ()
    [waiver] = waivers
    assert waiver.max_amount == Fraction(2401, 2)
    assert waiver.workload == "elsewhere"
    assert str(waiver.place) == "w.yaml:4:5"
    assert told(WAIVERS) == [
        "2:7: error[MLP0701]: `kind` is `Waivers`; expected `MLProject` "
        "(a waiver file is read with `--waivers FILE`)"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("expires_on: 2027-04-01", "expires_on: soon", "MLP0709"),
        ("rule: residency", "rul: residency", "MLP0702"),
        ("kind: Waivers", "kind: MLProject", "MLP0701"),
        ("reason: because", "reason:", "MLP0610"),
        ("waivers:\n", "waivers: {}\nx:\n", "MLP0704"),
    ],
)
def test_a_bad_waiver_file_gives_no_waivers(old: str, new: str, expected: str) -> None:
    assert old in WAIVERS
    waivers, diagnostics = load_waivers(WAIVERS.replace(old, new).encode(), "w.yaml", SCHEMA)
    assert waivers == ()
    assert expected in [each.code for each in diagnostics]


# -- the schema ----------------------------------------------------------------------------


def test_the_schema_is_valid_and_has_no_defaults() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(TEXT))
    assert '"default"' not in TEXT.decode()


def test_the_schema_without_references_means_the_same() -> None:
    """The engine validates with `$ref`s written out; an editor with the file as it is."""
    editor = jsonschema.Draft202012Validator(json.loads(TEXT, parse_float=Decimal))
    answers = set()
    files = [(path.name, path.read_bytes()) for path in GOOD]
    # No bomb is to be opened here.
    files += [(str(case), content(case)) for case in BAD if "lias" not in case.title]
    for name, data in files:
        try:
            raw = json.dumps(yaml.safe_load(data.decode()), default=str)
        except (yaml.YAMLError, ValueError, TypeError):
            continue
        read = json.loads(raw, parse_float=Decimal)
        valid = not list(SCHEMA.errors(read))
        assert valid == editor.is_valid(read), name
        answers.add(valid)
    assert answers == {True, False}


def test_a_value_that_is_wrong_in_itself_is_told_once() -> None:
    assert told(workload("costs: {diy: {dev_usd: -1.005}}")) == [
        "7:28: error[MLP0707]: `dev_usd` is -1.005; it cannot be negative (write it without a sign)"
    ]


def test_the_short_form_has_the_keys_of_spec_and_the_moved_ones() -> None:
    definitions = json.loads(TEXT)["$defs"]
    short, spec = definitions["short"]["properties"], definitions["spec"]["properties"]
    assert set(short) == set(spec) | set(SCHEMA.short_form)
    for path in SCHEMA.short_form.values():
        assert SCHEMA.root.at(*path) is not None


def every_field(field: Field, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Field]]:
    found = [(path, field)]
    for name, child in field.children.items():
        found += every_field(child, (*path, name))
    if field.items:
        found += every_field(field.items, (*path, "[]"))
    return found


UNITS = {
    *("%", "USD", "USD/month", "USD/year", "ms", "second", "minute", "hour", "day", "week"),
    *("month", "year", "request", "request/month", "request/day", "request/second"),
    *("text/month", "char/text", "char/month", "document/month", "page/document"),
    *("image/month", "minute/month", "call/month", "minute/call", "billed/image", "person"),
    *("example", "number", "hour/month", "GB/month", "training/month", "ms/request", "MB"),
    "token/request",
}


def test_every_field_is_described_and_every_quantity_has_a_unit() -> None:
    fields = every_field(SCHEMA.root)
    assert len(fields) > 230
    for path, field in fields[1:]:
        name = ".".join(path)
        assert field.description or path[-1] == "[]", name
        if field.kind in (Kind.NUMBER, Kind.INTEGER):
            assert field.unit in UNITS, name
            assert field.most is not None or field.members, name
        if path[-1].endswith("_pct"):
            assert field.unit == "%", name
        if path[-1].endswith("usd_per_year"):
            assert field.unit == "USD/year", name
        elif path[-1].endswith("monthly_usd") or path[-1] == "monthly_cost_usd":
            assert field.unit == "USD/month", name
        elif path[-1].endswith("_usd"):
            assert field.unit == "USD", name
        if field.refers_to:
            assert SCHEMA.homes[field.refers_to], name


def test_aliases_hints_and_contradictions_lead_to_what_the_schema_has() -> None:
    for path, field in every_field(SCHEMA.root):
        for word in (*field.aliases.values(), *field.hints.values()):
            assert word in field.members if field.members else word not in field.hints, (path, word)
        assert not set(field.aliases) & set(field.members), path
        for law in field.contradictions:
            for atom in (law.when, law.excluded):
                *above, last = atom.path
                below = field.at(*above)
                assert below is not None
                children = below.children.values() if last == "*" else [below.children[last]]
                for child in children:
                    held = child.items or child
                    words = (True, False) if held.kind is Kind.FLAG else held.members
                    assert set(atom.members) <= set(words), law
        for word in field.words:
            assert word in field.members, (path, word)
        assert not field.words or set(field.words) == set(field.members), path
        for month, day in field.same:
            assert (field.children[month].unit, field.children[day].unit) == (
                "request/month",
                "request/day",
            )


def test_a_schema_of_another_subject_works_with_the_same_engine() -> None:
    """Another pack brings its own schema; the package knows only the envelope."""
    raw = json.loads(TEXT, parse_float=Decimal)
    definitions = raw["$defs"]
    definitions["spec"]["properties"]["crop"] = {"type": "string", "enum": ["wheat", "rye"]}
    definitions["envelope"]["properties"]["kind"] = {"const": "Farm"}
    other = Schema(raw, SCOPES)
    text = f"{HEAD}crop: rye\nworkloads: [{{name: w, task: sentiment}}]\n"
    [document] = load(text.encode(), "m", other)[0]
    assert document.kind == "Farm"
    crop = document.project.get("crop")
    assert crop is not None
    assert crop.value == "rye"


# -- laws ----------------------------------------------------------------------------------


def plain(fact: Fact) -> object:
    match fact.value:
        case tuple() as items:
            return [plain(each) for each in items]
        case dict() as entries:
            return {key: plain(each) for key, each in entries.items()}
        case other:
            return other


PIECES = st.sampled_from(
    [
        *("project: p\n", "owner: t\n", "regions: [eu-west-1]\n", "workloads:\n", "  - name: a\n"),
        *("    task: sentiment\n", "apiVersion: mlpolicy.dev/v1\n", "kind: MLProject\n", "spec:\n"),
        *("metadata: {name: p}\n", "---\n", "...\n", "&a ", "*a", "<<: *a\n", "[", "]", "{", "}"),
        *("? ", ": ", "- ", ", ", "!!str ", "!x ", "'", '"', "\\u202e", "|\n", ">\n", "#", "\t"),
        *("1e999", ".nan", "0.5", "-3", "~", "unknown", "true", "yes", "$5K", "{low: 3, high: 1}"),
        *("team: ", "budget: ", "quality: {required_pct: ", "waivers: ", "\n", "  ", "    "),
        *("\x00", "\ud7ff", "\ufeff", "\u2028", "\x85", "\r", "😀", "%YAML 1.1\n", "@", "`"),
    ]
)


@pytest.mark.slow
@examples(400)
@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda t: t.encode("utf-8", "surrogatepass")),
        st.lists(PIECES, max_size=30).map(lambda p: "".join(p).encode()),
    )
)
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"? [a]\n: b\n")
@example(b"a: &a {b: *a}\n")
def test_any_bytes_give_a_document_or_a_diagnostic(data: bytes) -> None:
    documents, diagnostics = load(data, "m.yaml", SCHEMA)
    assert documents or diagnostics
    for each in diagnostics:
        assert each.code in CODES
        assert "\n" not in each.message + each.help
        assert not each.message.endswith(".")
    for document in documents:
        assert document.name
        assert document.workloads
    full(data, "m.yaml", SCHEMA)
    load_waivers(data, "m.yaml", SCHEMA)
    sniff(data, ("mlpolicy.dev",))


HYBRID = (HERE / "good" / "hybrid.yaml").read_text("utf-8")


@pytest.mark.slow
@examples(200)
@given(st.integers(0, len(HYBRID)), st.integers(0, 12), st.one_of(PIECES, st.text(max_size=3)))
def test_a_damaged_manifest_is_never_a_crash(start: int, length: int, new: str) -> None:
    damaged = HYBRID[:start] + new + HYBRID[start + length :]
    data = damaged.encode("utf-8", "surrogatepass")
    documents, diagnostics = load(data, "m.yaml", SCHEMA)
    assert documents or diagnostics
    if documents and not diagnostics:
        text, _ = full(data, "m.yaml", SCHEMA)
        again, faults = load(text.encode(), "m.yaml", SCHEMA)
        assert faults == ()
        assert [plain(each.project) for each in again] == [
            plain(each.project) for each in documents
        ]


def test_every_example_of_the_schema_is_a_value_of_its_field() -> None:
    raw = json.loads(TEXT)
    checked = 0
    waiting = [raw["$defs"]]
    while waiting:
        node = waiting.pop()
        children = node.values() if isinstance(node, dict) else node
        waiting += [child for child in children if isinstance(child, dict | list)]
        if isinstance(node, dict) and isinstance(node.get("examples"), list):
            one = jsonschema.Draft202012Validator({**node, "$defs": raw["$defs"]})
            for each in node["examples"]:
                assert one.is_valid(each), (node, each)
                checked += 1
    assert checked > 40
