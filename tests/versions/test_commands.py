"""`mlpolicy diff` and `mlpolicy impact`, typed: one table of edits of a small policy, and what is
said of each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_support import HERE, PACK
from tests.command_support import in_process

MANIFEST = HERE / "manifests" / "good.mlproject.yaml"
DAY = "2026-11-01"

Edit = Callable[[str], str]


def replaced(before: str, after: str) -> Edit:
    def edit(text: str) -> str:
        assert text.count(before) == 1, before
        return text.replace(before, after)

    return edit


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Edit], None]:
    """Makes `old` and `new`, the latter edited, and a manifest; the current folder is theirs."""
    monkeypatch.chdir(tmp_path)

    def make(edit: Edit) -> None:
        for name in ("old", "new"):
            shutil.copytree(PACK / "1.0.0", tmp_path / name)
        file = tmp_path / "new" / "policy.mlp"
        text = file.read_text()
        file.write_text(edit(text))
        shutil.copy(MANIFEST, tmp_path / "mlproject.yaml")

    return make


def changes_of(found: Any) -> list[tuple[str, str, str]]:
    return [(each["how"], each["kind"], each["name"]) for each in found["changes"]]


#: An edit, what differs by it, and the number to raise.
EDITS: dict[str, tuple[Edit, list[tuple[str, str, str]], str]] = {
    "a comment": (replaced("score custom_need", "# three needs\nscore custom_need"), [], "nothing"),
    "a reason": (
        replaced('"data may not leave the site"', '"the site is closed"'),
        [("words", "tree", "choice")],
        "patch",
    ),
    "a later value": (
        replaced("88 % ref notes#N2", "88 % ref notes#N2\n  2027-01-01 = 92 % ref notes#N2"),
        [("changed", "threshold", "accuracy_bar")],
        "minor",
    ),
    "a value that holds already": (
        replaced("= 88 %", "= 92 %"),
        [("changed", "threshold", "accuracy_bar")],
        "major",
    ),
    "an arm": (
        replaced('no: sagemaker because "the managed', 'no: diy because "the managed'),
        [("changed", "tree", "choice")],
        "major",
    ),
    "a rule less": (
        lambda text: text[: text.index("rule own_words")] + text[text.index('test "') :],
        [("removed", "rule", "own_words")],
        "major",
    ),
    "a rule that advises": (
        replaced(
            "rule own_words",
            'rule again advise ref notes#N3\n  when vocab\n  say "again"\n\nrule own_words',
        ),
        [("added", "rule", "again")],
        "minor",
    ),
    "a rule that blocks": (
        replaced(
            "rule own_words",
            'rule again block ref notes#N3\n  when vocab\n  say "again"\n\nrule own_words',
        ),
        [("added", "rule", "again")],
        "major",
    ),
    "another name for a rule": (
        replaced("rule own_words advise", "rule words_alone was own_words advise"),
        [("renamed", "rule", "words_alone")],
        "minor",
    ),
    "another level": (
        replaced("rule dear warn", "rule dear block"),
        [("changed", "rule", "dear")],
        "major",
    ),
    "another answer": (
        replaced("ai_service < sagemaker < diy with", "ai_service < sagemaker < diy < none with"),
        # What is keyed by the answer has no field for the new one.
        [("changed", "enum", "option"), ("changed", "input", "build"), ("changed", "input", "run")],
        "major",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_told_as_what_it_is(name: str, versions: Callable[[Edit], None]) -> None:
    edit, expected, number = EDITS[name]
    versions(edit)
    found = in_process("diff", "old", "new", "--format", "json").json
    assert changes_of(found) == expected
    assert found["raise"]["number"] == number
    assert found["same_meaning"] is all(how == "words" for how, _, _ in expected)


@pytest.mark.slow
def test_the_exit_code_tells_another_meaning_where_it_is_asked_for(
    versions: Callable[[Edit], None],
) -> None:
    versions(replaced("= 88 %", "= 92 %"))
    assert in_process("diff", "old", "new").code == 0
    assert in_process("diff", "old", "new", "--exit-code").code == 1
    assert in_process("diff", "old", "old", "--exit-code").code == 0


def two_edits(text: str) -> str:
    text = replaced("= 88 %", "= 92 %")(text)
    return replaced('say "own words', 'say "words')(
        replaced("rule dear warn", "rule dear block")(text)
    )


def test_an_effect_is_put_down_to_the_change_that_made_it(
    versions: Callable[[Edit], None],
) -> None:
    versions(two_edits)
    found = in_process("impact", "old", "new", "--as-of", DAY, "--format", "json").json
    assert found["counts"]["affected"] == 1
    by = {
        (effect["what"], effect["name"]): [each["name"] for each in effect["responsible"]]
        for effect in found["effects"]
    }
    assert by["answer", None] == ["accuracy_bar"]
    assert all(names == ["accuracy_bar"] for names in by.values())
    assert {each["name"] for each in found["changes"]} == {"accuracy_bar", "dear", "own_words"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("on", "code"), [((), 0), (("answer",), 1), (("worse",), 1), (("any",), 1)]
)
def test_it_fails_where_it_is_asked_to(
    on: tuple[str, ...], code: int, versions: Callable[[Edit], None]
) -> None:
    versions(two_edits)
    options = [word for each in on for word in ("--fail-on", each)]
    assert in_process("impact", "old", "new", "--as-of", DAY, *options).code == code
    assert in_process("impact", "old", "old", "--as-of", DAY, *options).code == 0


def test_one_version_on_two_days(versions: Callable[[Edit], None]) -> None:
    versions(replaced("88 % ref notes#N2", "88 % ref notes#N2\n  2027-01-01 = 92 % ref notes#N2"))
    days = ("--as-of", "2026-12-31", "--new-as-of", "2027-01-01")
    found = in_process("impact", "new", "new", *days, "--format", "json").json
    answers = [effect for effect in found["effects"] if effect["what"] == "answer"]
    assert [each["responsible"][0]["name"] for each in answers] == ["accuracy_bar"]
    assert (found["old"]["as_of"], found["new"]["as_of"]) == ("2026-12-31", "2027-01-01")
    later = ("--as-of", "2027-01-01", "--new-as-of", "2027-06-01")
    assert in_process("impact", "new", "new", *later, "--fail-on", "any").code == 0


def test_an_exception_that_begins_is_responsible_for_what_it_changes(
    versions: Callable[[Edit], None],
) -> None:
    exception = (
        "exception strict to accuracy_bar when not vocab -> 95 % from 2027-01-01 ref notes#N2"
    )
    versions(replaced("score custom_need", f"{exception}\n\nscore custom_need"))
    days = ("--as-of", "2026-12-31", "--new-as-of", "2027-01-01")
    found = in_process("impact", "new", "new", *days, "--format", "json").json
    assert found["counts"]["affected"] == 1
    assert {each["name"] for effect in found["effects"] for each in effect["responsible"]} == {
        "accuracy_bar"
    }
    assert changes_of(found) == [("changed", "threshold", "accuracy_bar")]


def test_two_manifests_of_one_name_are_two(
    versions: Callable[[Edit], None], tmp_path: Path
) -> None:
    versions(replaced("= 88 %", "= 92 %"))
    text = (tmp_path / "mlproject.yaml").read_text()
    above = replaced("positive_rate_pct: 90", "positive_rate_pct: 95")(text)
    (tmp_path / "mlproject.yaml").write_text(f"{text}---\n{above}")
    found = in_process("impact", "old", "new", "--as-of", DAY, "--format", "json").json
    assert found["counts"]["manifests"] == 2
    answers = [effect for effect in found["effects"] if effect["what"] == "answer"]
    assert len(answers) == 1


@pytest.mark.slow
def test_what_was_recorded_and_what_is_tested_are_cases_too(
    versions: Callable[[Edit], None],
) -> None:
    versions(replaced("= 88 %", "= 92 %"))
    args = ("mlproject.yaml", "--policy", "old", "--as-of", DAY, "--log", "log.jsonl")
    assert in_process("record", "add", *args).code == 0
    logged = in_process("impact", "old", "new", "--log", "log.jsonl", "--format", "json")
    assert (logged.code, logged.json["counts"]["affected"]) == (0, 1)
    tested = ("impact", "old", "new", "--tests", "--format", "json")
    refused = in_process(*tested)
    assert (refused.code, refused.json["counts"]["manifests"]) == (3, 0)
    assert "`aws` is missing" in refused.json["diagnostics"][0]["message"]
    for folder in ("old", "new"):
        file = Path(folder, "policy.mlp")
        file.write_text(
            file.read_text().replace(
                "  given\n",
                "  given\n    project.aws.regions = [eu-west-1]\n    workload.task = sentiment\n",
            )
        )
    found = in_process(*tested, "--as-of", DAY).json
    assert {each["manifest"] for each in found["effects"]} == {"accurate and plain"}


FACTS = "  given\n    project.aws.regions = [eu-west-1]\n    workload.task = sentiment\n"


def test_a_bar_that_a_test_states_counts_in_both_versions(
    versions: Callable[[Edit], None],
) -> None:
    versions(replaced("  2026-01-01 = 88 %", "  2026-01-01 = 92 %"))
    for folder in ("old", "new"):
        file = Path(folder, "policy.mlp")
        file.write_text(file.read_text().replace("  given\n", f"{FACTS}    accuracy_bar = 85 %\n"))
    tested = ("impact", "old", "new", "--tests", "--as-of", DAY, "--format", "json")
    found = in_process(*tested).json
    assert (found["effects"], found["diagnostics"]) == ([], [])
    assert found["counts"]["manifests"] > 0


def test_a_bar_that_a_test_states_and_a_version_lacks_is_told(
    versions: Callable[[Edit], None],
) -> None:
    versions(lambda text: text.replace("accuracy_bar", "least").replace("= 88 %", "= 92 %"))
    for folder, bar in (("old", "accuracy_bar"), ("new", "least")):
        file = Path(folder, "policy.mlp")
        file.write_text(file.read_text().replace("  given\n", f"{FACTS}    {bar} = 95 %\n"))
    ran = in_process("impact", "old", "new", "--tests", "--as-of", DAY, "--format", "json")
    (told,) = {each["message"] for each in ran.json["diagnostics"]}
    assert "states the bar `least`, and" in told
    assert "1.0.0 has none with such values" in told
    assert {each["what"] for each in ran.json["effects"]} >= {"answer"}


def test_titles_stand_beside_identifiers_and_the_document_keeps_those(
    versions: Callable[[Edit], None],
) -> None:
    versions(replaced("= 88 %", "= 92 %"))
    for folder in ("old", "new"):
        file = Path(folder, "policy.mlp")
        text = replaced(
            "with service : text\n", 'with service : text\n  ai_service "An AI service"\n'
        )(file.read_text())
        last = 'before building"'
        file.write_text(replaced(last, f'{last} title "Try it first"')(text))
    asked = ("impact", "old", "new", "--as-of", DAY)
    said = " ".join(in_process(*asked).out.split())
    assert "1 of 1 manifest (1 workload) is decided otherwise" in said
    assert "decided ai_service (An AI service), service comprehend -> " in said
    assert "pilot (Try it first): " in said
    effects = in_process(*asked, "--format", "json").json["effects"]
    assert not any("(An AI" in each["before"] for each in effects)
    assert "pilot" in {each["name"] for each in effects}


def test_the_comment_on_a_pull_request_names_the_change(versions: Callable[[Edit], None]) -> None:
    versions(replaced("= 88 %", "= 92 %"))
    said = in_process("impact", "old", "new", "--as-of", DAY, "--format", "markdown").out
    assert "### `threshold accuracy_bar`" in said
    assert "- from 2026-01-01: `88 %` → `92 %`" in said


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("old", "nowhere"), 3, "unknown policy `nowhere`"),
        (("old", "new", "nowhere"), 3, "there is no `nowhere`"),
        (("old", "new", "--log", "none.jsonl"), 3, "there is no log `none.jsonl`"),
        (("old", "new", "--new-as-of", "soon"), 3, "`soon` is no date"),
        (("old", "new", "--log", "a", "--tests"), 3, "do not go together"),
        (("old", "new", ".", "--tests"), 3, "goes with no PATH"),
    ],
)
def test_what_cannot_be_compared_is_told(
    args: tuple[str, ...], code: int, said: str, versions: Callable[[Edit], None]
) -> None:
    versions(lambda text: text)
    ran = in_process("impact", *args)
    assert (ran.code, said in ran.err) == (code, True), ran.err


@pytest.mark.slow
def test_exactly_the_flips_that_were_planted_are_found(
    versions: Callable[[Edit], None], tmp_path: Path
) -> None:
    """Two hundred manifests: those between the two bars are decided otherwise, and no other."""
    versions(replaced("= 88 %", "= 92 %"))
    text = (tmp_path / "mlproject.yaml").read_text()
    shares = {f"team-{n}": n * 7 % 100 for n in range(200)}
    every = [
        replaced("positive_rate_pct: 90", f"positive_rate_pct: {share}")(
            replaced("name: support-calls", f"name: {name}")(text)
        )
        for name, share in shares.items()
    ]
    (tmp_path / "mlproject.yaml").write_text("---\n".join(every))
    found = in_process("impact", "old", "new", "--as-of", DAY, "--format", "json").json
    assert found["counts"]["manifests"] == 200
    flipped = {name for name, share in shares.items() if 88 <= share < 92}
    assert {each["manifest"] for each in found["effects"]} == flipped
    assert all(each["responsible"][0]["name"] == "accuracy_bar" for each in found["effects"])
    said = in_process("impact", "old", "new", "--as-of", DAY).out
    assert f"{len(flipped)} of 200 manifests (200 workloads) are decided otherwise" in " ".join(
        said.split()
    )


def test_what_is_wrong_with_either_version_is_told(versions: Callable[[Edit], None]) -> None:
    versions(replaced("threshold accuracy_bar :", "threshold accuracy_bar"))
    ran = in_process("diff", "new", "nowhere")
    assert ran.code == 3
    assert "new/policy.mlp" in ran.err
    assert "unknown policy `nowhere`" in ran.err
