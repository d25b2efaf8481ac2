"""Loading a ledger: what is kept, what is refused and where the message points."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from mlpolicy.diagnostics import CODES, Diagnostic
from mlpolicy.ledger import Ledger, load_ledger, verify
from mlpolicy.yamltext import parsed as yamltext

DOCUMENT = b"Advice\nUse the small box.\nIf it is full, use the large box.\n"

GOOD = f"""\
name: boxes
title: "How to choose a box"
document:
  file: boxes.txt
  lines: "3"
  sha256: {sha256(DOCUMENT).hexdigest()}
clauses:
  - id: B1.1
    lines: "2"
    kind: rule
    text: "The small box comes first."
  - id: B1.2
    lines: "2-3, 3"
    kind: threshold
    text: "A full small box gives way to the large one."
resolutions:
  - id: C1
    kind: resolution
    settles: [B1.1, B1.2]
    text: "A box is full when its lid does not close."
    because: "The document does not say when a box is full."
"""

FACTS = """\
name: sizes
title: "Sizes of boxes"
document:
  as_of: "2026-11"
facts:
  - id: S1
    kind: fact
    text: "The small box holds 3 litres."
    trust: A
    source: "measured"
    as_of: "2026-10-03"
    since: "2019"
"""

LAW = """\
name: act
title: "The act on boxes"
document:
  address: "https://law.example/boxes"
  as_of: "2026-11-02"
clauses:
  - id: A6.2
    at: "Article 6(2)"
    kind: rule
    text: "A box has a lid."
"""


def load(text: str) -> tuple[Ledger | None, tuple[Diagnostic, ...]]:
    return load_ledger(text.encode(), "boxes.yaml")


def good(text: str) -> Ledger:
    ledger, diagnostics = load(text)
    assert diagnostics == ()
    assert ledger is not None
    return ledger


def test_a_ledger_keeps_its_entries_in_order_with_their_places() -> None:
    ledger = good(GOOD)
    assert (ledger.name, ledger.title) == ("boxes", "How to choose a box")
    assert (ledger.document, ledger.lines) == ("boxes.txt", 3)
    assert list(ledger.entries) == ["B1.1", "B1.2", "C1"]
    assert [entry.line for entry in ledger.entries.values()] == [8, 12, 17]
    origin = ledger.entries["B1.2"].origin
    assert origin is not None
    assert (str(origin.place), origin.text) == ("boxes.yaml:12:9", "B1.2")
    assert ledger.entries["C1"].settles == ("B1.1", "B1.2")


def test_a_ledger_of_facts_needs_no_document() -> None:
    ledger = good(FACTS)
    assert ledger.sha256 is None
    assert ledger.as_of == "2026-11"
    fact = ledger.entries["S1"]
    assert (fact.trust, fact.as_of, fact.since) == ("A", "2026-10-03", "2019")


def test_a_document_may_be_known_by_its_address_and_a_clause_by_its_part() -> None:
    ledger = good(LAW)
    assert (ledger.address, ledger.as_of) == ("https://law.example/boxes", "2026-11-02")
    assert (ledger.document, ledger.lines, ledger.sha256) == ("", 0, None)
    (clause,) = ledger.entries.values()
    assert (clause.at, clause.lines, clause.kind) == ("Article 6(2)", "", "rule")


def test_scalars_are_text_and_never_turned_into_something_else() -> None:
    ledger = good(GOOD.replace('"How to choose a box"', "2026-01-01").replace("B1.1", "no"))
    assert ledger.title == "2026-01-01"
    assert "no" in ledger.entries


def test_entries_are_equal_wherever_they_stand() -> None:
    assert good(GOOD).entries == good("# a remark\n" + GOOD).entries


def test_a_byte_order_mark_and_carriage_returns_do_no_harm() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")
    assert good(text).entries == good(GOOD).entries
    assert good(text).entries["C1"].line == 17


def test_places_count_characters_beyond_the_basic_plane_once() -> None:
    ledger = good(GOOD.replace("small box comes", "📦 “Größe” comes"))
    origin = ledger.entries["C1"].origin
    assert origin is not None
    assert (origin.text, origin.place.line) == ("C1", 17)


def test_the_document_is_verified_to_the_last_bit() -> None:
    ledger = good(GOOD)
    assert verify(ledger, DOCUMENT)
    for place in range(len(DOCUMENT)):
        flipped = bytearray(DOCUMENT)
        flipped[place] ^= 1
        assert not verify(ledger, bytes(flipped))
    assert not verify(ledger, DOCUMENT + b"\n")


def test_without_a_pin_nothing_is_verified() -> None:
    assert not verify(good(FACTS), b"")


PIN = sha256(DOCUMENT).hexdigest()

# what is wrong; what is written, in place of what; the code; the underlined text; part of what is
# said
BAD = [
    ("not YAML", "title:", "title: [", "MLP0501", None, "indentation"),
    ("control character", "comes", "\x07comes", "MLP0611", "\x07", "delete"),
    ("line end of some", "name: boxes", "# a\x85name: boxes", "MLP0611", "\x85", "new line"),
    ("carriage return alone", "name: boxes", "# a\rname: boxes", "MLP0611", "\r", "LF or CRLF"),
    ("text turned round", "name: boxes", "# a \u202e\nname: boxes", "MLP0611", "\u202e", "order"),
    ("tab as indentation", "    kind: rule", "\tkind: rule", "MLP0501", None, "indentation"),
    ("alias", '"The small box comes first."', "*first", "MLP0502", "*first", "in full"),
    ("two documents", "clauses:", "---\nclauses:", "MLP0502", None, "`---`"),
    ("field named by a list", "  file:", "  ? [a]\n  : b\n  file:", "MLP0502", "[", "name"),
    ("nested deeply", "[B1.1, B1.2]", "[" * 99 + "]" * 99, "MLP0502", None, "four levels"),
    ("crowd of brackets", "[B1.1, B1.2]", "[" * 9999, "MLP0502", None, "four levels"),
    ("list for text", '"How to choose a box"', "[a]", "MLP0502", "[a]", "expected text"),
    ("text for fields", "clauses:", "clauses:\n  - B1.0", "MLP0502", "B1.0", "with id, lines"),
    ("text for entries", "resolutions:", "facts: no\nresolutions:", "MLP0502", "no", "put `- `"),
    ("text for ids", "[B1.1, B1.2]", "B1.1", "MLP0502", "B1.1", "`[B1.1]`"),
    ("lists for ids", "[B1.1, B1.2]", "[[B1.1]]", "MLP0502", "[B1.1]", "expected text"),
    ("no name", "name: boxes\n", "", "MLP0503", None, "`name: …`"),
    ("no title", 'title: "How to choose a box"\n', "", "MLP0503", None, "`title: …`"),
    ("no pin", f"  sha256: {PIN}\n", "", "MLP0503", None, "`sha256: …`"),
    ("no file", "  file: boxes.txt\n", "", "MLP0503", None, "`file: …`"),
    ("no number of lines", '  lines: "3"\n', "", "MLP0503", None, "`lines: …`"),
    ("no id", "  - id: B1.1\n    lines", "  - lines", "MLP0503", None, "`id: …`"),
    ("no lines", '    lines: "2"\n', "", "MLP0503", None, "`lines: …`"),
    ("no kind", "    kind: rule\n", "", "MLP0503", None, "`kind: …`"),
    ("no reason", "    because:", "    # because:", "MLP0503", None, "`because: …`"),
    ("nothing settled", "    settles:", "    # settles:", "MLP0503", None, "`settles: …`"),
    ("empty text", '"The small box comes first."', '" "', "MLP0503", "text", "after the colon"),
    ("empty title", '"How to choose a box"', "", "MLP0503", "title", "after the colon"),
    ("misspelt field", "    kind: rule", "    knid: rule", "MLP0504", "knid", "`kind`"),
    ("misspelt section", "resolutions:", "resolution:", "MLP0504", "resolution", "`resolutions`"),
    ("field of another", "    because:", "    trust: A\n    because:", "MLP0504", "trust", "facts"),
    ("same id twice", "id: B1.2", "id: B1.1", "MLP0505", "B1.1", "rename"),
    ("same id in two sections", "id: C1", "id: B1.1", "MLP0505", "B1.1", "another id"),
    ("same field twice", "kind: rule", "kind: rule\n    kind: rule", "MLP0505", "kind", "one"),
    ("unknown kind", "kind: rule", "kind: law", "MLP0506", "law", "`threshold`, `rule`"),
    ("misspelt kind", "kind: rule", "kind: rules", "MLP0506", "rules", "`rule`"),
    ("kind of another", "kind: rule", "kind: resolution", "MLP0506", "resolution", "one of"),
    ("short pin", PIN, PIN[:-1], "MLP0507", PIN[:-1], "64 digits"),
    ("pin in capitals", PIN, "A" * 64, "MLP0507", "A" * 64, "64 digits"),
    ("unknown clause", "[B1.1, B1.2]", "[B1.1, X9]", "MLP0508", "X9", "an entry"),
    ("misspelt clause", "[B1.1, B1.2]", "[B1.1, B1.3]", "MLP0508", "B1.3", "`B1.1`"),
    ("settles itself", "[B1.1, B1.2]", "[C1]", "MLP0508", "C1", "clauses"),
    ("lines in words", 'lines: "2"', "lines: two", "MLP0509", "two", "`10-73`"),
    ("lines beyond the end", 'lines: "2"', 'lines: "2-4"', "MLP0509", '"2-4"', "within"),
    ("lines backwards", '"2-3, 3"', '"3-2"', "MLP0509", '"3-2"', "lower number first"),
    ("line zero", 'lines: "2"', 'lines: "0"', "MLP0509", '"0"', "from 1"),
    ("length in words", 'lines: "3"', "lines: many", "MLP0509", "many", "whole number"),
    ("name with spaces", "name: boxes", "name: my boxes", "MLP0510", "my boxes", "letter"),
    ("id with spaces", "id: C1", "id: C 1", "MLP0510", "C 1", "no spaces"),
    ("excused rule", "kind: rule", "kind: rule\n    excuse: x", "MLP0511", "excuse", "cite it"),
    ("hidden letter", "comes first", "comes\\u202e first", "MLP0611", None, "U+202E"),
    ("empty id", "[B1.1, B1.2]", "[B1.1, '']", "MLP0503", "''", "delete it"),
]  # fmt: skip

BAD_FACTS = [
    ("no date of the ledger", 'as_of: "2026-11"\nfacts', "file: f\nfacts", "MLP0503", None, "…"),
    ("no trust", "    trust: A\n", "", "MLP0503", None, "`trust: …`"),
    ("no source", '    source: "measured"\n', "", "MLP0503", None, "`source: …`"),
    ("unknown trust", "trust: A", "trust: D", "MLP0510", "D", "`A`, `B`, `C`"),
    ("no such month", '"2019"', '"2019-13"', "MLP0510", '"2019-13"', "`2026-04`"),
    ("no such day", '"2026-10-03"', '"2026-02-30"', "MLP0510", '"2026-02-30"', "`2026-04`"),
    ("date in words", '"2019"', "long ago", "MLP0510", "long ago", "`2026`"),
    ("unknown kind", "kind: fact", "kind: rule", "MLP0506", "rule", "`fact`"),
]

BAD_LAW = [
    ("no part", '    at: "Article 6(2)"\n', "", "MLP0503", None, "`at: …`"),
    ("lines for a part", 'at: "Article 6(2)"', 'lines: "3"', "MLP0503", None, "`at: …`"),
    ("lines and a part", "    at:", '    lines: "3"\n    at:', "MLP0502", "lines", "keep `at`"),
    ("no day", '  as_of: "2026-11-02"\n', "", "MLP0503", None, "`as_of: …`"),
    ("no address", "https://law.example/boxes", "the shelf", "MLP0510", '"the shelf"', "https://"),
    ("file and address", "  as_of", "  file: boxes.txt\n  as_of", "MLP0502", "file", "address"),
]


@pytest.mark.parametrize(
    ("base", "old", "new", "code", "underlined", "said"),
    [
        pytest.param(base, *case, id=title)
        for base, cases in ((GOOD, BAD), (FACTS, BAD_FACTS), (LAW, BAD_LAW))
        for title, *case in cases
    ],
)
def test_a_bad_ledger_is_refused(
    base: str, old: str, new: str, code: str, underlined: str | None, said: str
) -> None:
    assert old in base
    ledger, diagnostics = load(base.replace(old, new, 1))
    assert ledger is None
    assert {d.code for d in diagnostics} == {code}
    first = diagnostics[0]
    assert said in first.message + first.help
    assert first.place is not None
    assert first.place.file == "boxes.yaml"
    assert "\n" not in first.message
    assert first.message[0].islower() or first.message[0] == "`"
    assert not first.message.endswith(".")
    if underlined is not None:
        assert first.origin is not None
        assert first.origin.text.startswith(underlined)


def test_each_of_our_codes_has_a_bad_ledger() -> None:
    ours = {code for code in CODES if "MLP0501" <= code <= "MLP0510"}
    assert ours <= {code for _, _, _, code, _, _ in (*BAD, *BAD_FACTS)}


def test_a_file_that_is_not_utf8_names_its_line() -> None:
    ledger, (diagnostic,) = load_ledger(GOOD.encode().replace(b"first", b"\xff"), "boxes.yaml")
    assert ledger is None
    assert diagnostic.code == "MLP0501"
    assert str(diagnostic.place) == "boxes.yaml:11:32"
    assert "0xFF" in diagnostic.message


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "- a\n", "text\n", "{}\n"])
def test_what_is_no_ledger_is_refused(text: str) -> None:
    ledger, diagnostics = load(text)
    assert ledger is None
    assert diagnostics


@pytest.mark.parametrize("rest", ["", "clauses: []\n", "facts: []\nclauses: []\n"])
def test_a_ledger_without_entries_is_refused(rest: str) -> None:
    head, _, _ = GOOD.partition("clauses:")
    ledger, (diagnostic,) = load(head + rest)
    assert ledger is None
    assert diagnostic.code == "MLP0503"


def test_all_faults_are_told_in_one_run_and_in_order() -> None:
    text = GOOD.replace("kind: rule", "kind: law").replace("B1.1, B1.2", "B9.9, B1.1")
    text = text.replace(PIN, "0")
    _, diagnostics = load(text)
    assert [d.code for d in diagnostics] == ["MLP0507", "MLP0506", "MLP0508"]


def test_a_repeated_id_shows_where_it_was_first_given() -> None:
    _, (diagnostic,) = load(GOOD.replace("id: B1.2", "id: B1.1"))
    (label,) = diagnostic.labels
    assert label.origin.place.line == 8
    assert label.message == "first given here"


def test_an_entry_is_named_where_a_field_of_it_is_missing() -> None:
    _, (diagnostic,) = load(GOOD.replace("    kind: rule\n", ""))
    assert (str(diagnostic.place), diagnostic.message) == (
        "boxes.yaml:8:5",
        "`kind` is missing in `B1.1`",
    )
    assert diagnostic.help == "add `kind: …` (what the clause is)"


def test_an_id_of_two_sections_shows_where_it_was_first_given() -> None:
    _, (diagnostic,) = load(GOOD.replace("id: C1", "id: B1.2"))
    assert diagnostic.message == "`clauses` and `resolutions` have an entry `B1.2` each"
    (label,) = diagnostic.labels
    assert label.origin.place.line == 12


@pytest.mark.parametrize("text", [GOOD, FACTS, LAW])
def test_the_published_schema_accepts_a_good_ledger_and_knows_each_field(text: str) -> None:
    import yaml
    from jsonschema import Draft202012Validator

    from mlpolicy.session import report_schema

    schema = json.loads(report_schema("ledger"))
    Draft202012Validator.check_schema(schema)
    value = yaml.safe_load(text)
    assert list(Draft202012Validator(schema).iter_errors(value)) == []
    for broken in (value | {"titel": "x"}, {**value, "name": "a b"}, {**value, "document": {}}):
        assert list(Draft202012Validator(schema).iter_errors(broken))


def test_a_faulty_clause_can_still_be_settled() -> None:
    _, diagnostics = load(GOOD.replace("kind: rule", "kind: law"))
    assert [d.code for d in diagnostics] == ["MLP0506"]


def test_both_parsers_of_yaml_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    fast = [load(GOOD), load(FACTS), load(GOOD.replace("kind: rule", "kind: law"))]
    monkeypatch.setattr(yamltext, "LOADER", yaml.Loader)
    assert [load(GOOD), load(FACTS), load(GOOD.replace("kind: rule", "kind: law"))] == fast
