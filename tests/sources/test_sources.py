"""`mlpolicy sources`: what is cited, settled, excused and missing, and which document it is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from command_support import Command

from mlpolicy.ledger import load_ledger

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


def test_verify_needs_a_file_and_a_pin(mlpolicy: Command) -> None:
    assert mlpolicy("sources", "verify", "pack", "gone.txt").code == 3
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
