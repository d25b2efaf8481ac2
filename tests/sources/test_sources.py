"""`mlpolicy sources`: what is cited, settled, excused and missing, and which document it is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from mlpolicy.coverage import ids_of
from mlpolicy.ledger import load_ledger
from tests.command_support import Command

pytestmark = pytest.mark.slow

PACK = Path(__file__).parent / "packs" / "parcels" / "1.0.0"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PACK, tmp_path / "pack")
    monkeypatch.chdir(tmp_path)


def change(file: str, old: str, new: str) -> None:
    path = Path("pack") / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# list


def test_each_clause_is_listed_with_who_accounts_for_it(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "list", "pack", "--source", "handbook")
    assert ran.code == 0
    line = next(
        number
        for number, text in enumerate(Path("pack/policy.mlp").read_text().splitlines(), start=1)
        if text.startswith("shortlist")
    )
    assert f"cited by  shortlist cheap  pack/policy.mlp:{line}" in ran.out
    assert "H2  threshold  lines 4\n  Over 20 is heavy.\n  settled by  R1\n" in ran.out
    assert "  excused  manners are not for a policy\n" in ran.out
    assert "notes" not in ran.out


def test_only_what_is_not_cited(mlpolicy: Command) -> None:
    value = mlpolicy("sources", "list", "pack", "--uncited", "--format", "json").json
    listed = [entry["ref"] for source in value["sources"] for entry in source["entries"]]
    assert listed == ["handbook#H2", "handbook#H3", "handbook#H5", "notes#N2"]


def test_json_names_the_constructs(mlpolicy: Command) -> None:
    value = mlpolicy("sources", "list", "pack", "--format", "json").json
    entries = {entry["ref"]: entry for source in value["sources"] for entry in source["entries"]}
    (cited,) = entries["notes#N1"]["cited_by"]
    assert (cited["kind"], cited["name"], cited["file"]) == ("rule", "lift", "pack/policy.mlp")
    assert entries["handbook#H3"]["settled_by"] == ["R1"]
    assert entries["handbook#H5"]["state"] == "excused"
    assert value["sources"][0]["counts"]["clauses"] == {
        "entries": 6,
        "cited": 3,
        "resolved": 2,
        "excused": 1,
        "extension": 0,
        "missing": 0,
    }


# check


def test_a_policy_that_says_all_is_0(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 0
    assert "handbook: 6 clauses: 3 cited, 2 through resolutions, 1 excused, 0 missing\n" in ran.out
    assert "handbook: 1 resolution: 1 cited, 0 through resolutions, 0 missing\n" in ran.out
    assert "notes: 2 facts: 1 cited, 1 not\n" in ran.out


def test_a_clause_that_nothing_accounts_for_is_1(mlpolicy: Command) -> None:
    change("sources/handbook.yaml", ', excuse: "manners are not for a policy"', "")
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    assert "pack/sources/handbook.yaml:12:10: error[MLP0512]: no construct cites clause" in ran.out
    assert 'or excuse it in the ledger: `excuse: "why"`' in ran.out
    assert "0 excused, 1 missing" in ran.out
    value = mlpolicy("sources", "check", "pack", "--format", "json").json
    assert [one["code"] for one in value["diagnostics"]] == ["MLP0512"]


def test_a_resolution_that_nothing_cites_is_1_and_settles_nothing(mlpolicy: Command) -> None:
    change("policy.mlp", "ref handbook#R1", "ref handbook#H1")
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    for ref in ("clause `handbook#H2`", "clause `handbook#H3`", "resolution `handbook#R1`"):
        assert f"no construct cites {ref}" in ran.out
    assert "3 cited, 0 through resolutions, 1 excused, 2 missing" in ran.out


def test_a_resolution_settles_only_the_clauses_that_it_names(mlpolicy: Command) -> None:
    change("sources/handbook.yaml", "settles: [H2, H3]", "settles: [H2]")
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    assert "no construct cites clause `handbook#H3`" in ran.out
    assert "handbook#H2" not in ran.out


def test_a_clause_excused_and_cited_is_a_warning_and_1(mlpolicy: Command) -> None:
    change("policy.mlp", '"wrap it well" ref handbook#H1', '"wrap it well" ref handbook#H5')
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    said = " ".join(ran.out.split())
    assert "warning[MLP0513]: `handbook#H5` is excused, and obligation pack cites it" in said
    assert "4 cited, 2 through resolutions, 0 excused, 0 missing" in ran.out


def test_a_fact_need_not_be_cited(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "check", "pack", "--source", "notes")
    assert (ran.code, ran.out) == (0, "parcels 1.0.0\nnotes: 2 facts: 1 cited, 1 not\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("policy.mlp", "ref notes#N1", "ref notes#N9", "MLP0211"),
        ("policy.mlp", "ref notes#N1", "ref note#N1", "MLP0210"),
        ("sources/handbook.yaml", "[H2, H3]", "[H2, H8]", "MLP0508"),
        ("sources/handbook.yaml", 'heavy."}', 'heavy.", excuse: "no"}', "MLP0511"),
        ("sources/handbook.yaml", '"manners are not for a policy"', '" "', "MLP0503"),
        ("sources/handbook.yaml", ', because: "the lower bar is safer"', "", "MLP0503"),
        ("sources/handbook.yaml", "settles: [H2, H3], ", "", "MLP0503"),
    ],
)
def test_a_reference_that_leads_nowhere_is_1(
    mlpolicy: Command, file: str, old: str, new: str, code: str
) -> None:
    change(file, old, new)
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert f"pack/{file}:" in ran.err


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("policy.mlp", "param rate", "parm rate"),
        ("sources/handbook.yaml", "clauses:", "clauses: ["),
    ],
)
def test_what_cannot_be_read_is_3(mlpolicy: Command, file: str, old: str, new: str) -> None:
    change(file, old, new)
    assert mlpolicy("sources", "check", "pack").code == 3


def test_a_policy_that_is_not_there_is_3(mlpolicy: Command) -> None:
    assert mlpolicy("sources", "check", "nowhere").code == 3
    Path("pack/sources/notes.yaml").unlink()
    assert mlpolicy("sources", "check", "pack").code == 3


# check --traced


def test_a_citation_counts_where_a_test_reaches_it(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 0
    assert "traced through 2 tests\n" in ran.out


def test_a_citation_that_no_test_reaches_is_missing(mlpolicy: Command) -> None:
    """The hold is cited by H7 alone, and no parcel of the tests is lost."""
    clause = "  - {id: H7, lines: '3', kind: rule, text: t}\n"
    change("sources/handbook.yaml", "resolutions:", f"{clause}resolutions:")
    change("policy.mlp", '"look for it first" ref handbook#H1', '"look" ref handbook#H7')
    assert mlpolicy("sources", "check", "pack").code == 0
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 1
    assert "no test reaches what cites clause `handbook#H7`" in ran.out
    assert "help: write a test that reaches hold choice (pack/policy.mlp:" in ran.out
    with Path("pack/tests/all.mlp").open("a") as file:
        file.write(
            'test "a lost parcel is looked for"\n  like "a light parcel goes by post"\n'
            "  given\n    workload.needs.strict_compliance = yes\n  expect held\n"
        )
    assert mlpolicy("sources", "check", "pack", "--traced").code == 0


def test_a_test_that_fails_shows_nothing(mlpolicy: Command) -> None:
    change("tests/all.mlp", "answer = courier", "answer = post")
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert "traced through 1 test; 1 failed and does not count" in ran.out


def test_without_tests_nothing_is_traced(mlpolicy: Command) -> None:
    shutil.rmtree("pack/tests")
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 3
    assert "MLP0918" in ran.err


def row_clause(row: str) -> None:
    """Let a clause be cited by one row of the catalogue alone."""
    clause = "  - {id: H8, lines: '3', kind: catalog, text: t}\n"
    change("sources/handbook.yaml", "resolutions:", f"{clause}resolutions:")
    text = Path("pack/policy.mlp").read_text()
    old = next(line for line in text.splitlines() if line.startswith(f"  | {row} "))
    change("policy.mlp", old, old.replace("handbook#H4", "handbook#H8"))


def test_what_a_row_cites_counts_where_that_row_is_used(mlpolicy: Command) -> None:
    row_clause("sentiment")
    assert mlpolicy("sources", "check", "pack", "--traced").code == 0


def test_a_row_that_only_drops_out_is_not_used(mlpolicy: Command) -> None:
    """Every test asks for a stamp for sentiment: the other one drops out, whatever it costs."""
    row_clause("translation")
    assert mlpolicy("sources", "check", "pack").code == 0
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 1
    assert "no test reaches what cites clause `handbook#H8`" in ran.out
    assert "write a test that reaches row stamp translation" in ran.out
    with Path("pack/tests/all.mlp").open("a") as file:
        file.write(
            'test "a translation has a stamp"\n  like "a light parcel goes by post"\n'
            "  given\n    workload.task = translation\n  expect answer = post decided\n"
        )
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 1  # at 6 USD it drops out at its price
    change("policy.mlp", "| 6 USD ", "| 4 USD ")
    assert mlpolicy("sources", "check", "pack", "--traced").code == 0


def test_what_a_catalogue_cites_counts_where_any_row_of_it_is_used(mlpolicy: Command) -> None:
    clause = "  - {id: H8, lines: '3', kind: catalog, text: t}\n"
    change("sources/handbook.yaml", "resolutions:", f"{clause}resolutions:")
    change(
        "policy.mlp",
        "catalog stamp by task ref handbook#H6",
        "catalog stamp by task ref handbook#H8",
    )
    assert mlpolicy("sources", "check", "pack", "--traced").code == 0
    change("policy.mlp", "| sentiment ", "| churn ")
    ran = mlpolicy("sources", "check", "pack", "--traced")
    assert ran.code == 1
    assert "write a test that reaches catalog stamp (" in " ".join(ran.out.split())


# tests that are named for clauses


def name_tests(first: str, second: str = "a heavy parcel goes by courier") -> None:
    change("tests/all.mlp", 'test "a light parcel goes by post"', f'test "{first}"')
    change("tests/all.mlp", 'like "a light parcel goes by post"', f'like "{first}"')
    change("tests/all.mlp", 'test "a heavy parcel goes by courier"', f'test "{second}"')


@pytest.mark.parametrize(
    ("title", "ids"),
    [
        ("G7.2: measure first", ("G7.2",)),
        ("C5, G7.2: measure first", ("C5", "G7.2")),
        ("C5 and facts#F3: measure first", ("C5", "facts#F3")),
        ("a light parcel: goes by post", ()),
        ("light: 3 examples", ()),
        ("20 examples: by post", ()),
        ("G7.2 is about measuring", ()),
    ],
)
def test_the_ids_at_the_front_of_a_title(title: str, ids: tuple[str, ...]) -> None:
    assert ids_of(title) == ids


def test_tests_named_for_a_clause_are_listed_with_it(mlpolicy: Command) -> None:
    name_tests("H1, H4: light parcels", "H1: heavy parcels")
    ran = mlpolicy("sources", "list", "pack", "--source", "handbook", "--tests")
    assert ran.code == 0
    h1, h4, h6 = (ran.out.split(f"\n{id}  ")[1].split("\n\n")[0] for id in ("H1", "H4", "H6"))
    assert "  tested by  H1, H4: light parcels\n  tested by  H1: heavy parcels" in h1
    assert "  tested by  H1, H4: light parcels" in h4
    assert h6.endswith("  no test is named for it")
    assert "tested by" not in mlpolicy("sources", "list", "pack").out
    value = mlpolicy("sources", "list", "pack", "--tests", "--format", "json").json
    entries = {entry["ref"]: entry for source in value["sources"] for entry in source["entries"]}
    assert entries["handbook#H4"]["tests"] == ["H1, H4: light parcels"]
    assert entries["handbook#H4"]["reached_by"] is None


def test_tests_that_reach_a_clause_are_counted(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "list", "pack", "--traced")
    rule = ran.out.split("\nN1  ")[1].split("\n\n")[0]
    assert rule.endswith("  reached by  2 tests; such as a heavy parcel goes by courier")
    change("policy.mlp", '"look for it first" ref handbook#H1', '"look" ref handbook#H3')
    value = mlpolicy("sources", "list", "pack", "--traced", "--format", "json").json
    entries = {entry["ref"]: entry for source in value["sources"] for entry in source["entries"]}
    assert entries["handbook#H3"]["reached_by"] == []
    assert entries["handbook#R1"]["reached_by"] == [
        "a heavy parcel goes by courier",
        "a light parcel goes by post",
    ]


def test_a_test_named_for_a_clause_that_is_not_there_is_1(mlpolicy: Command) -> None:
    name_tests("H1: light parcels", "H11: heavy parcels")
    ran = mlpolicy("sources", "check", "pack")
    assert ran.code == 1
    assert "error[MLP0516]: this test is named for `H11`, which no source has" in ran.out
    assert "help: did you mean `H1`?" in ran.out
    assert "pack/tests/all.mlp:" in ran.out


def test_titles_that_only_look_like_ids_are_titles(mlpolicy: Command) -> None:
    name_tests("T1: light parcels", "T2: heavy parcels")
    assert mlpolicy("sources", "check", "pack").code == 0
    assert "a test of their own" not in mlpolicy("test", "pack").out


def test_the_clauses_that_have_a_test_of_their_own_are_counted(mlpolicy: Command) -> None:
    name_tests("H1: light parcels", "R1: heavy parcels")
    ran = mlpolicy("test", "pack")
    assert ran.code == 0
    assert ran.out.endswith(
        "parcels 1.0.0: 2 passed, 0 failed\n"
        "handbook: 1 of 3 clauses that decide, warn or compute have a test of their own\n"
        "  without: H4, H6\n"
        "handbook: 1 of 1 resolution has a test of its own\n"
    )
    assert mlpolicy("test", "pack", "--format", "json").json["clauses"][0] == {
        "source": "handbook",
        "group": "clauses",
        "tested": 1,
        "of": 3,
        "without": ["H4", "H6"],
    }


def test_a_test_that_fails_is_no_test_of_a_clause(mlpolicy: Command) -> None:
    name_tests("H1: light parcels", "R1: heavy parcels")
    change("tests/all.mlp", "answer = courier", "answer = post")
    ran = mlpolicy("test", "pack")
    assert ran.code == 1
    assert "handbook: 0 of 1 resolution has a test of its own\n  without: R1\n" in ran.out


# verify


def test_the_document_is_known_by_its_digest(mlpolicy: Command) -> None:
    digest = hashlib.sha256(Path("pack/handbook.txt").read_bytes()).hexdigest()
    ran = mlpolicy("sources", "verify", "pack", "pack/handbook.txt")
    assert ran.code == 0
    assert ran.out == (
        "pack/handbook.txt is the document of `handbook`\n"
        f"  file    sha256:{digest}\n  ledger  sha256:{digest}\n"
    )


def test_another_document_is_1_and_both_digests_are_said(mlpolicy: Command) -> None:
    Path("other.txt").write_text("another\n")
    ran = mlpolicy("sources", "verify", "pack", "other.txt")
    assert ran.code == 1
    assert ran.out.startswith("other.txt is not the document of `handbook`\n")
    assert hashlib.sha256(b"another\n").hexdigest() in ran.out
    value = mlpolicy("sources", "verify", "pack", "other.txt", "--format", "json").json
    assert value["same"] is False
    assert value["sha256"]["file"] != value["sha256"]["ledger"]


@pytest.mark.slow
def test_verify_needs_a_file_and_a_pin(mlpolicy: Command) -> None:
    assert mlpolicy("sources", "verify", "pack", "gone.txt").code == 3
    ran = mlpolicy("sources", "verify", "aws-ml-selection")
    assert ran.code == 3
    assert "= help: FILE is the document; a policy may be named before it" in ran.err
    ran = mlpolicy("sources", "verify", "gone.txt", "--format", "json")
    assert (ran.code, ran.err, ran.json["schema"]) == (3, "", "mlpolicy/sources/v1")
    ran = mlpolicy("sources", "verify", "pack", "pack/handbook.txt", "--source", "notes")
    assert ran.code == 3
    assert "MLP0515" in ran.err
    assert mlpolicy("sources", "verify", "a", "b", "c").code == 3


def test_without_a_policy_the_built_in_one_is_meant(mlpolicy: Command) -> None:
    ran = mlpolicy("sources", "verify", "pack/handbook.txt")
    assert ran.code == 1
    assert "is not the document of `guide`" in ran.out


def test_a_source_that_is_not_there_is_3(mlpolicy: Command) -> None:
    for command in ("list", "check"):
        ran = mlpolicy("sources", command, "pack", "--source", "handbok")
        assert ran.code == 3
        assert "did you mean `handbook`?" in ran.err


# The key `excuse` of a ledger.


def ledger(kind: str, excuse: str) -> tuple[str, ...]:
    text = (
        "name: n\ntitle: t\ndocument: {file: f, lines: '3', sha256: " + "0" * 64 + "}\n"
        f"clauses:\n  - {{id: A1, lines: '1', kind: {kind}, text: t, excuse: {excuse}}}\n"
    )
    found, diagnostics = load_ledger(text.encode(), "n.yaml")
    assert (found is None) == bool(diagnostics)
    return tuple(f"{d.code} {d.message}" for d in diagnostics)


@pytest.mark.parametrize("kind", ["fact", "advice"])
def test_a_fact_or_advice_may_be_excused_with_a_reason(kind: str) -> None:
    assert ledger(kind, "'it only tells'") == ()
    assert ledger(kind, "''") == ("MLP0503 `excuse` is empty",)


@pytest.mark.parametrize("kind", ["threshold", "rule", "table", "formula", "catalog", "scenario"])
def test_a_clause_with_a_consequence_may_not(kind: str) -> None:
    message = f"MLP0511 a clause of kind `{kind}` cannot be excused"
    assert ledger(kind, "'we would rather not'") == (message,)
    assert ledger(kind, "''") == (message,)


def test_resolutions_and_facts_have_no_excuse() -> None:
    text = (
        "name: n\ntitle: t\ndocument: {as_of: '2026'}\nfacts:\n"
        "  - {id: F1, kind: fact, text: t, trust: A, source: s, as_of: '2026', excuse: why}\n"
    )
    _, diagnostics = load_ledger(text.encode(), "n.yaml")
    assert [d.code for d in diagnostics] == ["MLP0504"]


def test_faults_of_the_policy_are_json_where_json_is_asked_for(mlpolicy: Command) -> None:
    change("policy.mlp", "ref notes#N1", "ref notes#N9")
    ran = mlpolicy("sources", "check", "pack", "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    assert [one["code"] for one in ran.json["diagnostics"]] == ["MLP0211"]


def test_json_says_first_what_it_is(mlpolicy: Command) -> None:
    """Every `.json` of these tests is validated against the schema of that name."""
    calls = (
        ("list", "pack"),
        ("check", "pack"),
        ("verify", "pack", "pack/handbook.txt"),
        ("check", "nowhere"),
    )
    for call in calls:
        value = mlpolicy("sources", *call, "--format", "json").json
        assert next(iter(value.items())) == ("schema", "mlpolicy/sources/v1")
