"""One rule on characters for every text file, in remarks too; prose of any language keeps it."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from mlpolicy.characters import clean, code_point, decoded, hidden, one_line, printed, spelled
from mlpolicy.cli.locking import locked
from mlpolicy.config import read_config
from mlpolicy.diagnostics import Diagnostic
from mlpolicy.interview import parse_answers
from mlpolicy.ledger import load_ledger
from mlpolicy.lock import LOCK_FILE
from mlpolicy.manifest import load, load_waivers
from mlpolicy.measure import Metric, compute, measure
from mlpolicy.records import line_at
from mlpolicy.records.shape import NotARecordError, record_in
from mlpolicy.resources import resource_root
from mlpolicy.schema import load_schema, read_schema
from mlpolicy.session import Session
from mlpolicy.source import Source
from mlpolicy.syntax.parse import parse
from tests.rows import each
from tests.scopes import SCOPES

SCHEMA = load_schema(
    (resource_root() / "schemas" / "mlproject.v1.schema.json").read_bytes(), SCOPES
)

#: What no text file may hold, as it stands in a text, and the name that is told.
REFUSED = {
    "a\x85b": "U+0085 NEXT LINE",
    "a\u2028b": "U+2028 LINE SEPARATOR",
    "a\u2029b": "U+2029 PARAGRAPH SEPARATOR",
    "a\rb": "U+000D CARRIAGE RETURN",
    "a\x0bb": "U+000B LINE TABULATION",
    "a\x0cb": "U+000C FORM FEED",
    "a\x00b": "U+0000 NULL",
    "a\x1b[2Kb": "U+001B ESCAPE",
    "a\x9bb": "U+009B",
    "a\u202eb": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "a\u2066b": "U+2066 LEFT-TO-RIGHT ISOLATE",
    "a\u200bb": "U+200B ZERO WIDTH SPACE",
    "a\u200db": "U+200D ZERO WIDTH JOINER",
    "a\ufeffb": "U+FEFF ZERO WIDTH NO-BREAK SPACE",
    "a\u2063b": "U+2063 INVISIBLE SEPARATOR",
    "a\u206ab": "U+206A INHIBIT SYMMETRIC SWAPPING",
    "a\u3164b": "U+3164 HANGUL FILLER",
    "a\U000e0041b": "U+E0041 TAG LATIN CAPITAL LETTER A",
    "Dampf\u00adschiff": "U+00AD SOFT HYPHEN",
    "word\u2060joiner": "U+2060 WORD JOINER",
    "Auf\u200clage": "U+200C ZERO WIDTH NON-JOINER",
    "é\u200de": "U+200D ZERO WIDTH JOINER",
    "left\u200eright": "U+200E LEFT-TO-RIGHT MARK",
    "a\u061cb": "U+061C ARABIC LETTER MARK",
    "heart\ufe0f": "U+FE0F VARIATION SELECTOR-16",
    "😀\U000e0100": "U+E0100 VARIATION SELECTOR-17",
    "❤\ufe0f\ufe0f": "U+FE0F VARIATION SELECTOR-16",
    "a\u200d\u200db": "U+200D ZERO WIDTH JOINER",
    "\U0001f3f4\U000e0067\U000e0062b": "U+E0067 TAG LATIN SMALL LETTER G",
    "é\uffffb": "U+FFFF",
}
#: Prose as people write it.
PROSE = [
    "Größe, naïve façade, œuvre — “quoted” … 5 € ½",
    "Dampfschiff 10\u00a0km 10\u202fkm",
    "keycap 1\ufe0f\u20e3 of #\ufe0f\u20e3",
    "سورة ١ \u200e(a) \u061c١",
    "Ελληνικά, русский, հայերեն, ქართული",
    "مرحبا بالعالم، می\u200cخواهم PDF\u200cها",
    "שלום!\u200f hello, שָׁלוֹם",
    "हिन्दी क्\u200dष, தமிழ், ไทย\u200bภาษา, ខ្មែរ\u200bភាសា",
    "日本語の文、中文，한국어 文\U000e0100\u3000空白",
    "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 🏳\ufe0f\u200d🌈",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 🇩🇪",
    "ᠮᠣᠩᠭᠣᠯ\u180eᠠ",
    "tab\there",
]


def faults_of_manifest(remark: str) -> tuple[Diagnostic, ...]:
    head = f"project: p\nowner: team/x # {remark}\nregions: [eu-west-1]\n"
    return load(f"{head}workloads: [{{name: w, task: sentiment}}]\n".encode(), "m", SCHEMA)[1]


def faults_of_json(remark: str) -> tuple[Diagnostic, ...]:
    head = '{"project": "p", "owner": "team/x", "regions": ["eu-west-1"],\n'
    text = head + '"workloads": [{"name": "w", "task": "sentiment"}]} # ' + remark
    return load(text.encode(), "m", SCHEMA)[1]


def faults_of_waivers(remark: str) -> tuple[Diagnostic, ...]:
    text = f"apiVersion: mlpolicy.dev/v1 # {remark}\nkind: Waivers\nwaivers: []\n"
    return load_waivers(text.encode(), "w", SCHEMA)[1]


def faults_of_ledger(remark: str) -> tuple[Diagnostic, ...]:
    text = f"name: s # {remark}\ntitle: t\ndocument: {{as_of: 2026-11}}\nfacts:\n"
    text += "- {id: S1, kind: fact, text: t, trust: A, source: s, as_of: 2026-11}\n"
    return load_ledger(text.encode(), "s.yaml")[1]


def faults_of_policy(remark: str) -> tuple[Diagnostic, ...]:
    return parse(Source("p.mlp", f"policy p 1.0.0 effective 2026-01-01 # {remark}\n"))[1]


def faults_of_text_in_a_policy(remark: str) -> tuple[Diagnostic, ...]:
    return parse(Source("p.mlp", f'source s = "{remark}"\n'))[1]


def faults_of_configuration(remark: str) -> tuple[Diagnostic, ...]:
    return read_config(Source("mlpolicy.toml", f"# {remark}\n"), table=False)[1]


def faults_of_project(remark: str) -> tuple[Diagnostic, ...]:
    text = f"[tool.mlpolicy]\nfail_on = [] # {remark}\n"
    return read_config(Source("pyproject.toml", text), table=True)[1]


def faults_of_text(remark: str) -> tuple[Diagnostic, ...]:
    head = "project: p\nowner: team/x\nregions: [eu-west-1]\n"
    text = f"business:\n  problem: |\n    {remark}\nworkloads: [{{name: w, task: sentiment}}]\n"
    return load((head + text).encode(), "m", SCHEMA)[1]


def faults_of_waived(remark: str) -> tuple[Diagnostic, ...]:
    text = "project: p\nowner: team/x\nregions: [eu-west-1]\nworkloads:\n"
    text += "  - {name: w, task: sentiment}\nwaivers:\n"
    text += f'  - {{id: W-1, rule: r, approved_by: b@e.com, reason: "{remark}",\n'
    return load(f'{text}     expires_on: "2027-01-31"}}\n'.encode(), "m", SCHEMA)[1]


def faults_of_clause(remark: str) -> tuple[Diagnostic, ...]:
    text = "name: s\ntitle: t\ndocument: {as_of: 2026-11}\nfacts:\n"
    text += f'- {{id: S1, kind: fact, text: "{remark}", trust: A, source: s, as_of: 2026-11}}\n'
    return load_ledger(text.encode(), "s.yaml")[1]


def faults_of_schema(remark: str) -> tuple[Diagnostic, ...]:
    found = read_schema(f'{{"title": "{remark}"}}'.encode(), "x.schema.json", SCOPES)[1]
    return tuple(each for each in found if each.code == "MLP0611")


def faults_of_lock(remark: str) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, LOCK_FILE).write_bytes(f"# note {remark}\n".encode())
        found = locked(folder, writes=False).faults
    return tuple(each for each in found if each.code != "MLP0907")  # it holds no policies


def faults_of_answers(remark: str) -> tuple[Diagnostic, ...]:
    found = parse_answers(f"project.owner: team/x # {remark}\n".encode(), "a.yaml")
    return found if isinstance(found, tuple) else ()


def faults_of_approval(remark: str) -> tuple[Diagnostic, ...]:
    text = f'[[approvals]]\nby = "{remark}"\n'
    found = read_config(Source("mlpolicy.toml", text), table=False)[1]
    return tuple(each for each in found if each.code == "MLP0611")


def faults_of_heading(remark: str) -> tuple[Diagnostic, ...]:
    rows = f'truth,said,"{remark}"\na,a,x\nb,b,x\n'.encode()
    found = measure([rows], "t.csv", truth="truth", predicted="said")[1]
    return tuple(each for each in found if each.severity.value == "error")


def faults_of_unused_cell(remark: str) -> tuple[Diagnostic, ...]:
    rows = f'truth,said,note\na,a,"{remark}"\nb,b,x\n'.encode()
    found = measure([rows], "t.csv", truth="truth", predicted="said")[1]
    return tuple(each for each in found if each.code != "MLP1012")


def faults_of_transcripts(remark: str) -> tuple[Diagnostic, ...]:
    rows = f'reference,hypothesis\n"{remark}",x\n'.encode()
    return compute([rows], "t.csv", metrics=(Metric.WER,), columns={})[1]


def faults_of_table(remark: str) -> tuple[Diagnostic, ...]:
    rows = f'truth,said\na,a\na,"{remark}"\nb,b\n'.encode()
    found = measure([rows], "t.csv", truth="truth", predicted="said")[1]
    return tuple(each for each in found if each.severity.value == "error")


Reader = Callable[[str], tuple[Diagnostic, ...]]
READERS: list[Reader] = [
    faults_of_manifest,
    faults_of_json,
    faults_of_waivers,
    faults_of_ledger,
    faults_of_policy,
    faults_of_text_in_a_policy,
    faults_of_configuration,
    faults_of_project,
    faults_of_table,
    faults_of_text,
    faults_of_waived,
    faults_of_clause,
    faults_of_schema,
    faults_of_lock,
    faults_of_answers,
    faults_of_approval,
    faults_of_heading,
    faults_of_unused_cell,
    faults_of_transcripts,
]
TABLES = (faults_of_table, faults_of_heading, faults_of_unused_cell, faults_of_transcripts)

#: Format characters that are seen: they stand before or over the digits that they embrace.
SEEN = {*"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd"}
#: What Unicode says is drawn as nothing and is no format character, and what is no character.
IGNORED = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0\ufff0\ufff8",
    *"\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff\U000e0000\U000e0100\U000e01ef\U000e0fff",
    *"\U0001d159",
    *map(chr, range(0xFE00, 0xFE10)),
}


@cache
def invisible() -> list[str]:
    """All that is not seen: format characters of the whole of Unicode, and the others."""
    formats = {c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Cf"}
    return sorted(formats - SEEN | IGNORED)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_no_file_holds_what_is_not_seen_within_plain_letters(
    reader: Reader,
) -> None:
    """Each kind of file with each character: one fault, at its place, with its name."""
    assert len(invisible()) > 190
    wrong = []
    for char in invisible():
        faults = reader(f"a{char}b")
        told = f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()
        fine = [
            fault.code == "MLP0611"
            and told in fault.message
            and fault.origin is not None
            and fault.origin.text == char
            for fault in faults
        ]
        if fine != [True]:
            wrong.append((told, [fault.message for fault in faults]))
    assert wrong == []


def test_no_record_holds_it_either() -> None:
    for char in invisible():
        line = f'{{"schema":"mlpolicy/record/v1","recorded_by":"a{char}b"}}\n'
        [fault] = line_at(line.encode(), 7, "l.jsonl").faults
        assert f"U+{ord(char):04X}" in fault.message
        assert str(fault.place) == f"l.jsonl:7:{line.index(char) + 1}"


def test_nothing_that_is_not_seen_is_printed() -> None:
    for char in invisible():
        for text in (f"a{char}b", f"{char}", f"é{char}"):
            for shown in (printed(text), one_line(text), clean(text)):
                assert char not in shown
                assert f"{ord(char):04x}" in shown


def name_of(reader: Reader) -> str:
    """What a reader reads."""
    return reader.__name__


@pytest.mark.parametrize("text", REFUSED, ids=REFUSED.values())
def test_no_file_may_hide_anything(text: str) -> None:
    each(READERS, name_of, lambda reader: refused(text, reader))


def refused(text: str, reader: Reader) -> None:
    """Fails where the reader does not refuse the text, at its place and by its name."""
    faults = reader(text)
    if reader in TABLES and text in ("a\rb", "a\x00b"):
        assert {fault.code for fault in faults} <= {"MLP0611", "MLP1003", "MLP1006"}
        assert faults
        return
    [fault] = faults
    assert fault.code == "MLP0611"
    assert REFUSED[text] in fault.message
    assert fault.help
    assert fault.origin is not None
    if reader not in TABLES:
        assert f"U+{ord(fault.origin.text):04X}" in REFUSED[text]


@pytest.mark.parametrize("text", PROSE)
def test_prose_of_any_language_is_read(text: str) -> None:
    assert {name_of(reader): reader(text) for reader in READERS if reader(text)} == {}


@pytest.mark.parametrize("text", PROSE)
def test_prose_of_any_language_is_a_value(text: str) -> None:
    prose = text.replace("\t", " ")
    manifest = (
        f'project: p\nowner: team/x\nregions: [eu-west-1]\nbusiness: {{problem: "{prose}"}}\n'
    )
    manifest += "workloads: [{name: w, task: sentiment}]\n"
    [document], faults = load(manifest.encode(), "m", SCHEMA)
    assert faults == ()
    problem = document.project.get("business", "problem")
    assert problem is not None
    assert problem.value == prose


@pytest.mark.parametrize("text", REFUSED)
def test_a_line_of_a_log_hides_nothing(text: str) -> None:
    """JSON allows most of it inside a text; what we write has it spelled out."""
    line = b'{"schema":"mlpolicy/record/v1","recorded_by":"' + text.encode() + b'"}'
    with pytest.raises(NotARecordError, match="not allowed in a text file"):
        record_in(line)
    assert hidden(spelled(text)) is None


def test_a_file_with_old_line_ends_is_refused_once() -> None:
    source, fault = decoded(b"a: 1\rb: 2\rc: 3\r", "m.yaml", "MLP0601")
    assert fault is not None
    assert (str(fault.place), fault.code) == ("m.yaml:1:5", "MLP0611")
    assert "LF or CRLF" in fault.help
    assert hidden(source.text.replace("\r", "\r\n")) is None


def test_the_first_of_several_is_told() -> None:
    assert hidden("é ok\n then \u2028 and \x85") == 11
    assert hidden("plain\n") is None


def test_a_text_is_shown_with_everything_in_it_visible() -> None:
    assert clean("a\u202eb\U000e0041c\u3164") == "a\\u202eb\\U000e0041c\\u3164"
    assert code_point("\x07") == "the control character U+0007 ALERT"


#: A declaration, and the letter that is told.
MIXED = [
    ("unit dоcument", "U+043E CYRILLIC SMALL LETTER O"),
    ("unit αlpha_beta", "U+03B1 GREEK SMALL LETTER ALPHA"),
    ("define pаge : flag = yes\ndefine x : flag = pаge", "U+0430 CYRILLIC SMALL LETTER A"),
]


@pytest.mark.parametrize(("text", "letter"), MIXED)
def test_a_name_of_a_policy_is_in_one_alphabet(text: str, letter: str) -> None:
    found = [each for each in parse(Source("p.mlp", text))[1] if each.code == "MLP0117"]
    [fault] = found
    assert letter in fault.message
    assert fault.origin is not None
    assert f"U+{ord(fault.origin.text):04X}" in letter


@pytest.mark.parametrize(
    "text",
    ["unit größe", "unit a_价格ベース", "# dоcument\nunit a", 'source s = "dоcument"'],
)
def test_other_letters_are_no_mixture(text: str) -> None:
    assert "MLP0117" not in {each.code for each in parse(Source("p.mlp", text))[1]}


POLICY = "policy tiny 1.0.0 effective 2026-01-01\nmanifest mlproject.v1\noutcome a b\n"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ("define x : flag = yes".encode("utf-16"), "MLP0902"),
        ("# \u2028\ndefine x : flag = yes".encode(), "MLP0611"),
        ("define dоcument : flag = yes".encode(), "MLP0117"),
    ],
)
def test_what_only_follows_from_a_file_that_cannot_be_read_is_not_told(
    tmp_path: Path, other: bytes, code: str
) -> None:
    (tmp_path / "p.mlp").write_text(POLICY + "define z : flag = x and document\n")
    (tmp_path / "q.mlp").write_bytes(other)
    session = Session()
    files, faults = session.find(str(tmp_path), "2026-11-22")
    assert files is not None, faults
    program, found = session.program(files)
    assert program is None
    assert {each.code for each in found if each.file.endswith("q.mlp")} == {code}
    assert not {"MLP0201", "MLP0202"} & {each.code for each in found}


def test_labels_that_differ_in_composition_are_told() -> None:
    rows = "truth,said\ncafe\u0301,caf\u00e9\nthé,thé\n".encode()
    found = measure([rows], "t.csv", truth="truth", predicted="said")[1]
    assert {each.code for each in found} >= {"MLP1010", "MLP1011"}
    assert all("composed" in each.message + each.help for each in found if each.code > "MLP1009")
